/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The tree of values: building, indexing by key, looking up.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

#include <stdlib.h>

struct pt_yaml *pt_yaml_new(struct pt_arena *arena, enum pt_yaml_kind kind,
                            const struct pt_mark *mark)
{
    struct pt_yaml *node = pt_arena_alloc(arena, sizeof *node);
    if (node != NULL) {
        node->kind = kind;
        node->mark = *mark;
    }
    return node;
}

void pt_yaml_append(struct pt_yaml *parent, struct pt_yaml *child)
{
    child->parent = parent;
    child->next = NULL;
    if (parent->last != NULL) {
        parent->last->next = child;
    } else {
        parent->first = child;
    }
    parent->last = child;
    parent->count++;
}

static int three_way(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int by_key(const void *a, const void *b)
{
    const struct pt_yaml *x = *(const struct pt_yaml *const *)a;
    const struct pt_yaml *y = *(const struct pt_yaml *const *)b;
    int order = pt_slice_cmp(x->key, y->key);
    if (order == 0) {
        order = three_way(x->key_mark.file, y->key_mark.file);
    }
    if (order == 0) {
        order = three_way(x->key_mark.line, y->key_mark.line);
    }
    return order != 0 ? order : three_way(x->key_mark.column, y->key_mark.column);
}

PT_RESULT pt_yaml_index(struct pt_yaml *map, struct pt_arena *arena, struct pt_diag *diag)
{
    map->nindex = 0U;
    if (map->count == 0U) {
        return PT_SUCCESS;
    }
    struct pt_yaml **index = pt_arena_alloc(arena, map->count * sizeof(struct pt_yaml *));
    PT_ENSURE(index != NULL, PT_E_NOMEM);
    uint32_t n = 0U;
    for (struct pt_yaml *child = map->first; child != NULL; child = child->next) {
        if (!child->bad) {
            index[n] = child;
            n++;
        }
    }
    qsort(index, n, sizeof(struct pt_yaml *), by_key);
    uint32_t kept = 0U;
    for (uint32_t i = 0U; i < n; i++) {
        if (kept > 0U && pt_slice_eq(index[kept - 1U]->key, index[i]->key)) {
            PT_REPORT(diag, &index[i]->key_mark, PT_SLICE("« "), index[i]->key,
                      PT_SLICE(" » est déjà défini à "),
                      pt_diag_place(diag, &index[kept - 1U]->key_mark));
            index[i]->bad = true;
            continue;
        }
        index[kept] = index[i];
        kept++;
    }
    map->index = index;
    map->nindex = kept;
    return PT_SUCCESS;
}

const struct pt_yaml *pt_yaml_get(const struct pt_yaml *map, const char *key)
{
    if (map == NULL || map->bad) {
        return NULL;
    }
    const pt_slice name = pt_slice_str(key);
    for (const struct pt_yaml *child = map->first; child != NULL; child = child->next) {
        if (!child->bad && pt_slice_eq(child->key, name)) {
            return child;
        }
    }
    return NULL;
}

bool pt_yaml_has(const struct pt_yaml *map, const char *key)
{
    const pt_slice name = pt_slice_str(key);
    for (const struct pt_yaml *child = map->first; child != NULL; child = child->next) {
        if (pt_slice_eq(child->key, name) || pt_slice_eq(pt_slice_str(child->meant), name)) {
            return true;
        }
    }
    return false;
}

uint32_t pt_yaml_find(const struct pt_yaml *map, pt_slice key)
{
    uint32_t low = 0U;
    uint32_t high = map->nindex;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2U;
        const int order = pt_slice_cmp(map->index[middle]->key, key);
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1U;
        } else {
            high = middle;
        }
    }
    return map->nindex;
}

bool pt_yaml_is_null(const struct pt_yaml *node)
{
    return node->kind == PT_YAML_SCALAR && node->plain &&
           (node->text.len == 0U || pt_slice_eq(node->text, PT_SLICE("~")) ||
            pt_slice_eq(node->text, PT_SLICE("null")));
}
