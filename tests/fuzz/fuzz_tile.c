/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A bundle from anybody: entries, their tree, a proof for each; and tile paths for any numbers.
 */
#include "audit/tlog_int.h"

#include <stdlib.h>

#define LEAVES 512U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tree {
    struct pt_hash leaves[LEAVES];
    size_t n;
};

static PT_RESULT get(void *ctx, unsigned level, uint64_t index, struct pt_hash *ret)
{
    const struct tree *tree = ctx;
    const size_t from = (size_t)(index << level);
    struct pt_range range;

    if (from + (1ULL << level) > tree->n) {
        abort(); /* a prover asked for what the tree does not have */
    }
    pt_range_init(&range);
    for (size_t i = 0; i < (1ULL << level); i++) {
        pt_range_append(&range, &tree->leaves[from + i]);
    }
    pt_range_root(&range, ret);
    return PT_SUCCESS;
}

static void check_proofs(struct tree *tree)
{
    const struct pt_hash_port port = {.get = get, .ctx = tree};
    struct pt_range range;
    struct pt_hash root;
    struct pt_hash proof[64];
    size_t n = 0;

    pt_range_init(&range);
    for (size_t i = 0; i < tree->n; i++) {
        pt_range_append(&range, &tree->leaves[i]);
    }
    pt_range_root(&range, &root);
    for (size_t i = 0; i < tree->n; i++) {
        if (!pt_ok(pt_inclusion_prove(&port, i, tree->n, proof, &n)) ||
            !pt_ok(pt_inclusion_verify(i, tree->n, &tree->leaves[i], proof, n, &root))) {
            abort();
        }
    }
}

static uint64_t number(const uint8_t *data, size_t size)
{
    uint64_t n = 0;

    for (size_t i = 0; i < size && i < 8U; i++) {
        n = n << 8U | data[i];
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tree tree;
    char path[PT_TILE_PATH_MAX];
    pt_slice rest = pt_slice_of(data, size);
    pt_slice entry;

    tree.n = 0;
    while (tree.n < LEAVES && pt_ok(pt_bundle_next(&rest, &entry))) {
        pt_leaf_hash(entry, &tree.leaves[tree.n++]);
    }
    if (tree.n < 64U) {
        check_proofs(&tree);
    }
    pt_tile_path(size != 0U ? data[0] % 65U : 0U, number(data, size), (unsigned)(size % 257U),
                 path);
    if (pt_tile_width((unsigned)(size % 8U), number(data, size), number(data, size / 2U)) > 256U) {
        abort();
    }
    return 0;
}
