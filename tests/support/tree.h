/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tree.h -- a dataset's tree from one line of text, for tests, fuzzing and benches.
 *
 *   "o{data:o!{siren:s!,nom:s?1,adresses:a[o{ville:s}]},links:o,meta:o}"
 *
 * A value is its types (s string, n number, i integer, b boolean, o object, a array), then flags
 * (? nullable, ! required, 1 personal, 2 sensitive), then {members} and [items]. Names are
 * slices of the text, which must outlive the tree.
 */
#ifndef PT_TEST_TREE_H
#define PT_TEST_TREE_H

#include <stdlib.h>
#include <string.h>

#include "poterne/schemas/dataset.h"

#define TREE_NODES   1024U
#define TREE_MEMBERS 320U

struct tree {
    struct pt_node nodes[TREE_NODES];
    size_t used;
    struct pt_dataset dataset;
};

static const char *tree_value(struct tree *tree, const char *p, struct pt_node *node);

static inline bool tree_letter(struct pt_node *node, char c)
{
    const char letters[] = "snibao";
    const uint8_t types[] = {PT_TYPE_STRING,  PT_TYPE_NUMBER, PT_TYPE_INTEGER,
                             PT_TYPE_BOOLEAN, PT_TYPE_ARRAY,  PT_TYPE_OBJECT};
    const char *const found = c != '\0' ? strchr(letters, c) : NULL;
    if (found != NULL) {
        node->types |= types[found - letters];
        return true;
    }
    node->nullable |= c == '?';
    node->required |= c == '!';
    node->class_ = c == '1' ? PT_CLASS_PERSONAL : c == '2' ? PT_CLASS_SENSITIVE : node->class_;
    return c == '?' || c == '!' || c == '1' || c == '2';
}

static inline int tree_order(const void *a, const void *b)
{
    const struct pt_node *const x = a;
    const struct pt_node *const y = b;
    const size_t least = x->name.len < y->name.len ? x->name.len : y->name.len;
    const int order = memcmp(x->name.ptr, y->name.ptr, least);
    return order != 0 ? order : (x->name.len > y->name.len) - (x->name.len < y->name.len);
}

static inline struct pt_node *tree_store(struct tree *tree, const struct pt_node *from, size_t n)
{
    struct pt_node *const to = &tree->nodes[tree->used];
    tree->used += n;
    if (tree->used > TREE_NODES) {
        abort();
    }
    memcpy(to, from, n * sizeof(*from));
    return to;
}

static inline const char *tree_members(struct tree *tree, const char *p, struct pt_node *node)
{
    struct pt_node *members = calloc(TREE_MEMBERS, sizeof(*members));
    uint32_t n = 0U;
    while (members != NULL && *p != '}' && n < TREE_MEMBERS) {
        const size_t len = strcspn(p, ":");
        members[n].name = pt_slice_of(p, len);
        p = tree_value(tree, p + len + 1U, &members[n++]);
        p += *p == ',' ? 1 : 0;
    }
    if (members == NULL || *p != '}') {
        abort();
    }
    qsort(members, n, sizeof(*members), tree_order);
    node->members = tree_store(tree, members, n);
    node->nmembers = n;
    free(members);
    return p + 1;
}

static inline const char *tree_value(struct tree *tree, const char *p, struct pt_node *node)
{
    while (tree_letter(node, *p)) {
        p++;
    }
    if (*p == '{') {
        p = tree_members(tree, p + 1, node);
    }
    if (*p == '[') {
        struct pt_node items = {0};
        p = tree_value(tree, p + 1, &items);
        node->items = tree_store(tree, &items, 1U);
        if (*p++ != ']') {
            abort();
        }
    }
    return p;
}

static inline void tree_link(struct tree *tree, struct pt_node *node, const struct pt_node *parent,
                             uint32_t *index)
{
    node->parent = parent;
    node->index = (*index)++;
    for (uint32_t i = 0U; i < node->nmembers; i++) {
        tree_link(tree, &tree->nodes[(node->members - tree->nodes) + (ptrdiff_t)i], node, index);
    }
    if (node->items != NULL) {
        tree_link(tree, &tree->nodes[node->items - tree->nodes], node, index);
    }
}

/** Aborts when @text is not a tree. */
static inline const struct pt_dataset *tree_init(struct tree *tree, const char *text)
{
    struct pt_node root = {0};
    uint32_t nnodes = 0U;
    memset(tree, 0, sizeof(*tree));
    if (*tree_value(tree, text, &root) != '\0') {
        abort();
    }
    struct pt_node *const stored = tree_store(tree, &root, 1U);
    tree_link(tree, stored, NULL, &nnodes);
    tree->dataset.id = PT_SLICE("test/v1/tree");
    tree->dataset.root = stored;
    tree->dataset.nnodes = nnodes;
    return &tree->dataset;
}

#endif /* PT_TEST_TREE_H */
