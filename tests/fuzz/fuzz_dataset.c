/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Any bytes as a descriptor: either refused with a reason, or a tree that keeps its promises
 * (preorder, sorted members, every pointer leads back to its place).
 */
#include "poterne/schemas/catalogue.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)                                                                              \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static uint32_t check_tree(const struct pt_dataset *dataset, const struct pt_node *node,
                           uint32_t next)
{
    struct pt_buf pointer;
    const struct pt_node *found = NULL;
    REQUIRE(node->index == next && node->types != 0U);
    pt_buf_init(&pointer, 65536U);
    pt_node_pointer(node, &pointer);
    const pt_status st = pt_dataset_find(dataset, pt_buf_slice(&pointer), &found);
    REQUIRE(!pt_ok(st) || found == node);
    pt_buf_done(&pointer);
    next++;
    for (uint32_t i = 0U; i < node->nmembers; i++) {
        REQUIRE(node->members[i].parent == node && node->class_ >= node->members[i].class_);
        REQUIRE(i == 0U || pt_slice_cmp(node->members[i - 1U].name, node->members[i].name) < 0);
        next = check_tree(dataset, &node->members[i], next);
    }
    return node->items != NULL ? check_tree(dataset, node->items, next) : next;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pt_catalogue *catalogue = NULL;
    struct pt_buf why;
    pt_buf_init(&why, 65536U);
    if (!pt_ok(pt_catalogue_new(&catalogue))) {
        return 0;
    }
    const pt_status st = pt_catalogue_add(catalogue, PT_SLICE("x"), pt_slice_of(data, size), &why);
    REQUIRE(pt_ok(st) == (pt_catalogue_count(catalogue) == 1U));
    REQUIRE(pt_ok(st) || st.code == (uint32_t)PT_E_NOMEM || why.len > 0U);
    REQUIRE(pt_ok(pt_catalogue_seal(catalogue)));
    if (pt_ok(st)) {
        const struct pt_dataset *dataset = pt_catalogue_at(catalogue, 0U);
        REQUIRE(check_tree(dataset, dataset->root, 0U) == dataset->nnodes);
    }
    catalogue = pt_catalogue_free(catalogue);
    pt_buf_done(&why);
    return 0;
}
