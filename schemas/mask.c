/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * mask.c -- compile JSON Pointers into one decision a place.
 *
 * Three passes over the descriptor's tree, parents before children and without recursion: count,
 * lay out (tables of member names), and, once the pointers have marked their places and the way
 * to them, hand WHOLE down to everything under a named place. Default deny: a plan starts with
 * nothing open.
 * Layer 1 (schemas).
 */
#include "schemas/mask_int.h"

#include <stdlib.h>

const pt_slice pt_shell_names[PT_SHELL_COUNT] = {PT_SLICE_INIT("data"), PT_SLICE_INIT("links"),
                                                 PT_SLICE_INIT("meta")};

/* --- tables of member names ------------------------------------------------------------------ */

static uint64_t load(const char *p, size_t n)
{
    uint64_t word = 0U;
    memcpy(&word, p, n);
    return word;
}

/* Both ends of the name and its length. Names of the table come from a descriptor, never from
 * an answer: nobody can make them collide from outside. */
static uint32_t hash(const char *name, size_t len)
{
    uint64_t mix = (uint64_t)len;
    if (len >= 8U) {
        mix ^= load(name, 8U) ^ (load(name + len - 8U, 8U) * UINT64_C(0x9E3779B97F4A7C15));
    } else if (len >= 4U) {
        mix ^= load(name, 4U) ^ (load(name + len - 4U, 4U) << 32);
    } else if (len > 0U) {
        mix ^= ((uint64_t)(uint8_t)name[0] << 16) ^ ((uint64_t)(uint8_t)name[len / 2U] << 24) ^
               ((uint64_t)(uint8_t)name[len - 1U] << 32);
    }
    mix *= UINT64_C(0xD6E8FEB86659FD93);
    return (uint32_t)(mix >> 32);
}

static uint32_t table_size(uint32_t nmembers)
{
    uint32_t size = 2U;
    while (size < nmembers * 2U) {
        size *= 2U;
    }
    return size;
}

static void table_add(struct pt_mask *mask, const struct pt_plan *plan,
                      const struct pt_node *member)
{
    uint32_t at = hash(member->name.ptr, member->name.len) & plan->slot_mask;
    while (mask->slots[plan->slots + at] != 0U) {
        at = (at + 1U) & plan->slot_mask;
    }
    mask->slots[plan->slots + at] = member->index + 1U;
}

/* A name spelled with escapes is rare: binary search on what it stands for. */
static const struct pt_plan *search(const struct pt_mask *mask, const struct pt_plan *plan,
                                    const struct pt_text *name)
{
    uint32_t low = 0U;
    uint32_t high = plan->node->nmembers;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2U;
        const struct pt_node *member = &plan->node->members[middle];
        const struct pt_text other = {.ptr = member->name.ptr, .len = (uint32_t)member->name.len};
        const int order = pt_text_cmp(name, &other);
        if (order == 0) {
            return &mask->plans[member->index];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1U;
        }
    }
    return NULL;
}

const struct pt_plan *pt_mask_member(const struct pt_mask *mask, const struct pt_plan *plan,
                                     const struct pt_text *name)
{
    if (name->escaped) {
        return search(mask, plan, name);
    }
    const uint32_t *const table = mask->slots + plan->slots;
    uint32_t at = hash(name->ptr, name->len) & plan->slot_mask;
    for (; table[at] != 0U; at = (at + 1U) & plan->slot_mask) {
        const struct pt_plan *const member = &mask->plans[table[at] - 1U];
        const pt_slice known = member->node->name;
        if (known.len == name->len && memcmp(known.ptr, name->ptr, known.len) == 0) {
            return member;
        }
    }
    return NULL;
}

/* --- the tree -------------------------------------------------------------------------------- */

/* The place after @node and all that is under it. */
static const struct pt_node *node_after(const struct pt_node *node)
{
    for (; node->parent != NULL; node = node->parent) {
        const struct pt_node *const parent = node->parent;
        if (node != parent->items) {
            if (node + 1 < parent->members + parent->nmembers) {
                return node + 1;
            }
            if (parent->items != NULL) {
                return parent->items;
            }
        }
    }
    return NULL;
}

/* Preorder: every place comes after its parent. NULL after the last one. */
static const struct pt_node *node_next(const struct pt_node *node)
{
    if (node->nmembers > 0U) {
        return node->members;
    }
    return node->items != NULL ? node->items : node_after(node);
}

static uint32_t node_depth(const struct pt_node *node)
{
    uint32_t depth = 1U;
    for (; node->parent != NULL; node = node->parent) {
        depth++;
    }
    return depth;
}

/* Slots that all tables need; refuses a tree the walker has no room for. */
static pt_status measure(const struct pt_dataset *dataset, uint32_t *ret_slots)
{
    uint32_t slots = 0U;
    PT_ENSURE(dataset->root->index == 0U, PT_E_ARG);
    for (const struct pt_node *node = dataset->root; node != NULL; node = node_next(node)) {
        PT_ENSURE(node->index < dataset->nnodes, PT_E_ARG);
        PT_ENSURE(node->nmembers <= PT_NODE_MEMBERS_MAX, PT_E_LIMIT);
        PT_ENSURE(node_depth(node) <= PT_JSON_DEPTH_MAX, PT_E_LIMIT);
        slots += table_size(node->nmembers);
    }
    *ret_slots = slots;
    return PT_SUCCESS;
}

static void lay_out(struct pt_mask *mask, const struct pt_node *node)
{
    struct pt_plan *const plan = &mask->plans[node->index];
    const uint32_t size = table_size(node->nmembers);
    const bool member = node->parent != NULL && node != node->parent->items;
    *plan = (struct pt_plan){.node = node,
                             .slots = mask->nslots,
                             .slot_mask = size - 1U,
                             .rank = member ? (uint16_t)(node - node->parent->members) : 0U,
                             .pointer = PT_NO_POINTER};
    mask->nslots += size;
    for (uint32_t i = 0U; i < node->nmembers; i++) {
        table_add(mask, plan, &node->members[i]);
        plan->nrequired = (uint16_t)(plan->nrequired + (node->members[i].required ? 1U : 0U));
    }
    if (node->items != NULL) {
        plan->items = &mask->plans[node->items->index];
    }
}

static void mark_shells(struct pt_mask *mask)
{
    const struct pt_plan *const root = &mask->plans[0];
    for (size_t i = 0U; i < PT_SHELL_COUNT; i++) {
        const pt_slice name = pt_shell_names[i];
        const struct pt_text text = {.ptr = name.ptr, .len = (uint32_t)name.len};
        const struct pt_plan *const member = pt_mask_member(mask, root, &text);
        if (member != NULL) {
            mask->plans[member->node->index].opens |= PT_OPENS_SHELL;
            mask->shells[i] = member;
        }
    }
    mask->envelope = mask->shells[0] != NULL;
}

/* Everything under a place that is open is open; the class is the highest of what is. The parent
 * of @node has had its turn. */
static void hand_down(struct pt_mask *mask, const struct pt_node *node)
{
    struct pt_plan *const plan = &mask->plans[node->index];
    if (node->parent != NULL) {
        plan->opens |= mask->plans[node->parent->index].opens & PT_OPENS_WHOLE;
    }
    if ((plan->opens & PT_OPENS_WHOLE) != 0U && node->class_ > mask->class_) {
        mask->class_ = node->class_;
    }
}

/* --- pointers -------------------------------------------------------------------------------- */

static void open_place(struct pt_mask *mask, const struct pt_node *node, uint16_t pointer)
{
    struct pt_plan *const plan = &mask->plans[node->index];
    plan->opens |= PT_OPENS_WHOLE;
    if (plan->pointer == PT_NO_POINTER) {
        plan->pointer = pointer;
    }
    mask->first[pointer] = plan->pointer;
    for (const struct pt_node *child = node; child->parent != NULL; child = child->parent) {
        const bool item = child == child->parent->items;
        mask->plans[child->parent->index].opens |= item ? PT_OPENS_ITEMS : PT_OPENS_MEMBERS;
    }
}

static pt_status open_pointers(struct pt_mask *mask, size_t *ret_bad)
{
    for (size_t i = 0U; i < mask->n; i++) {
        const struct pt_node *node = NULL;
        const pt_status st = mask->pointers[i].len == 0U
                                 ? PT_FAIL(PT_E_SYNTAX) /* the whole document is no field */
                                 : pt_dataset_find(mask->dataset, mask->pointers[i], &node);
        if (!pt_ok(st)) {
            *ret_bad = i;
            return st;
        }
        open_place(mask, node, (uint16_t)i);
    }
    return PT_SUCCESS;
}

static size_t text_length(const pt_slice *pointers, size_t n)
{
    size_t total = 0U;
    for (size_t i = 0U; i < n; i++) {
        total += pointers[i].len;
    }
    return total;
}

static void copy_pointers(struct pt_mask *mask, const pt_slice *pointers)
{
    size_t at = 0U;
    for (size_t i = 0U; i < mask->n; i++) {
        const pt_slice from = pointers[i];
        if (from.len > 0U) {
            memcpy(mask->text + at, from.ptr, from.len);
        }
        mask->pointers[i] = pt_slice_of(mask->text + at, from.len);
        at += from.len;
    }
}

/* --- the mask -------------------------------------------------------------------------------- */

static struct pt_mask *mask_alloc(const struct pt_dataset *dataset, uint32_t nslots, size_t n,
                                  size_t text)
{
    struct pt_mask *mask = calloc(1U, sizeof(*mask));
    if (mask == NULL) {
        return NULL;
    }
    mask->dataset = dataset;
    mask->n = n;
    mask->plans = calloc(dataset->nnodes, sizeof(*mask->plans));
    mask->slots = calloc(nslots, sizeof(*mask->slots));
    mask->pointers = calloc(n + 1U, sizeof(*mask->pointers));
    mask->first = calloc(n + 1U, sizeof(*mask->first));
    mask->text = malloc(text + 1U);
    const bool whole = mask->plans != NULL && mask->slots != NULL && mask->pointers != NULL &&
                       mask->first != NULL && mask->text != NULL;
    return whole ? mask : pt_mask_free(mask);
}

static pt_status mask_fill(struct pt_mask *mask, size_t *ret_bad)
{
    const struct pt_node *const root = mask->dataset->root;
    for (const struct pt_node *node = root; node != NULL; node = node_next(node)) {
        lay_out(mask, node);
    }
    mark_shells(mask);
    PT_TRY(open_pointers(mask, ret_bad));
    for (const struct pt_node *node = root; node != NULL; node = node_next(node)) {
        hand_down(mask, node);
    }
    return PT_SUCCESS;
}

PT_RESULT pt_mask_new(const struct pt_dataset *dataset, const pt_slice *pointers, size_t n,
                      struct pt_mask **ret_mask, size_t *ret_bad)
{
    PT_ENSURE(dataset != NULL && dataset->root != NULL && ret_mask != NULL && ret_bad != NULL,
              PT_E_ARG);
    PT_ENSURE(n == 0U || pointers != NULL, PT_E_ARG);
    PT_ENSURE(n <= PT_MASK_FIELDS_MAX, PT_E_LIMIT);
    uint32_t nslots = 0U;
    PT_TRY(measure(dataset, &nslots));

    struct pt_mask *mask = mask_alloc(dataset, nslots, n, text_length(pointers, n));
    PT_ENSURE(mask != NULL, PT_E_NOMEM);
    copy_pointers(mask, pointers);
    const pt_status st = mask_fill(mask, ret_bad);
    if (!pt_ok(st)) {
        (void)pt_mask_free(mask);
        return st;
    }
    *ret_mask = mask;
    return PT_SUCCESS;
}

struct pt_mask *pt_mask_free(struct pt_mask *mask)
{
    if (mask != NULL) {
        free(mask->plans);
        free(mask->slots);
        free(mask->pointers);
        free(mask->first);
        free(mask->text);
        free(mask);
    }
    return NULL;
}

size_t pt_mask_count(const struct pt_mask *mask)
{
    return mask->n;
}

pt_slice pt_mask_pointer(const struct pt_mask *mask, size_t i)
{
    PT_BUG_ON(i >= mask->n);
    return mask->pointers[i];
}

enum pt_class pt_mask_class(const struct pt_mask *mask)
{
    return mask->class_;
}
