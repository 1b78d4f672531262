/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * load_tree.c -- the tree of an answer: JSON places compiled into struct pt_node.
 *
 * The members of a place are contiguous and sorted by name, so that the walker finds one by
 * bisection; the index of a place is its rank in preorder, so that a subtree is a range.
 * Layer 1 (schemas).
 */
#include "schemas/load_int.h"

#include "poterne/base/limits.h"

#include <stdlib.h>

static const char *const node_keys[] = {"type",  "nullable", "required",
                                        "class", "members",  "items"};
static const char *const item_keys[] = {"type", "nullable", "class", "members", "items"};

struct type_row {
    const char *name;
    uint8_t bit;
};
static const struct type_row type_rows[] = {
    {"string", PT_TYPE_STRING},   {"number", PT_TYPE_NUMBER}, {"integer", PT_TYPE_INTEGER},
    {"boolean", PT_TYPE_BOOLEAN}, {"object", PT_TYPE_OBJECT}, {"array", PT_TYPE_ARRAY},
};
static const char *const class_names[] = {"public", "personal", "sensitive"};

/* The nodes of one descriptor: one block, handed out in contiguous groups of siblings. */
struct tree {
    const struct pt_load *load;
    struct pt_node *nodes;
    size_t used;
    size_t size;
    uint32_t next_index;
    unsigned depth;
};

static size_t count_places(json_t *json, unsigned depth)
{
    if (depth > PT_JSON_DEPTH_MAX || !json_is_object(json)) {
        return 1U;
    }
    size_t n = 1U;
    json_t *members = json_object_get(json, "members");
    for (void *it = json_object_iter(members); it != NULL;
         it = json_object_iter_next(members, it)) {
        n += count_places(json_object_iter_value(it), depth + 1U);
    }
    json_t *items = json_object_get(json, "items");
    return items != NULL ? n + count_places(items, depth + 1U) : n;
}

static PT_RESULT read_type(const struct tree *t, const struct pt_at *at, json_t *json,
                           uint8_t *types)
{
    for (size_t i = 0U; json_is_string(json) && i < PT_COUNT(type_rows); i++) {
        if (strcmp(json_string_value(json), type_rows[i].name) != 0) {
            continue;
        }
        if ((*types & type_rows[i].bit) != 0U) {
            return pt_load_refuse(t->load, at, PT_FAIL(PT_E_SCHEMA), "type donné deux fois",
                                  type_rows[i].name);
        }
        *types = (uint8_t)(*types | type_rows[i].bit);
        return PT_SUCCESS;
    }
    return pt_load_refuse(t->load, at, PT_FAIL(PT_E_SCHEMA),
                          "type attendu : string, number, integer, boolean, object ou array", NULL);
}

static PT_RESULT read_types(const struct tree *t, const struct pt_at *at, json_t *json,
                            uint8_t *ret_types)
{
    const struct pt_at here = {at, "type"};
    uint8_t types = 0U;
    if (!json_is_array(json) || json_array_size(json) == 0U) {
        PT_TRY(read_type(t, &here, json, &types));
    }
    for (size_t i = 0U; i < json_array_size(json); i++) {
        PT_TRY(read_type(t, &here, json_array_get(json, i), &types));
    }
    *ret_types = types;
    return PT_SUCCESS;
}

/* A class only goes up on the way down. */
static PT_RESULT read_class(const struct tree *t, const struct pt_at *at, json_t *json,
                            enum pt_class *inout_class)
{
    const struct pt_at here = {at, "class"};
    if (json == NULL) {
        return PT_SUCCESS;
    }
    for (size_t i = 0U; json_is_string(json) && i < PT_COUNT(class_names); i++) {
        if (strcmp(json_string_value(json), class_names[i]) != 0) {
            continue;
        }
        if ((enum pt_class)i < *inout_class) {
            return pt_load_refuse(t->load, &here, PT_FAIL(PT_E_SCHEMA),
                                  "une place ne peut pas être d'une classe plus basse que celle "
                                  "qui la contient",
                                  NULL);
        }
        *inout_class = (enum pt_class)i;
        return PT_SUCCESS;
    }
    return pt_load_refuse(t->load, &here, PT_FAIL(PT_E_SCHEMA),
                          "classe attendue : public, personal ou sensitive", NULL);
}

static PT_RESULT read_place(struct tree *t, const struct pt_at *at, json_t *json,
                            struct pt_node *node);

static int compare_names(const void *a, const void *b)
{
    const struct pt_node *x = (const struct pt_node *)a;
    const struct pt_node *y = (const struct pt_node *)b;
    return pt_slice_cmp(x->name, y->name);
}

static struct pt_node *take(struct tree *t, size_t n)
{
    PT_BUG_ON(n > t->size - t->used);
    struct pt_node *nodes = &t->nodes[t->used];
    t->used += n;
    return nodes;
}

static PT_RESULT name_members(const struct tree *t, const struct pt_at *at, json_t *members,
                              struct pt_node *nodes)
{
    size_t i = 0U;
    for (void *it = json_object_iter(members); it != NULL;
         it = json_object_iter_next(members, it)) {
        const pt_slice name = pt_slice_str(json_object_iter_key(it));
        if (name.len == 0U || name.len > PT_POINTER_MAX) {
            return pt_load_refuse(t->load, at, PT_FAIL(PT_E_SCHEMA),
                                  "un nom de membre est vide ou trop long", NULL);
        }
        PT_TRY(pt_arena_dup(t->load->arena, name, &nodes[i].name));
        i++;
    }
    return PT_SUCCESS;
}

static PT_RESULT read_members(struct tree *t, const struct pt_at *at, json_t *members,
                              struct pt_node *node)
{
    const struct pt_at here = {at, "members"};
    const size_t n = json_object_size(members);
    if (n > PT_NODE_MEMBERS_MAX) {
        return pt_load_refuse(t->load, &here, PT_FAIL(PT_E_LIMIT), "trop de membres", NULL);
    }
    if (n == 0U) {
        return PT_SUCCESS;
    }
    struct pt_node *nodes = take(t, n);
    PT_TRY(name_members(t, &here, members, nodes));
    qsort(nodes, n, sizeof(*nodes), compare_names);
    node->members = nodes;
    node->nmembers = (uint32_t)n;
    for (size_t i = 0U; i < n; i++) {
        const struct pt_at member = {&here, nodes[i].name.ptr};
        nodes[i].parent = node;
        nodes[i].class_ = node->class_;
        PT_TRY(read_place(t, &member, json_object_get(members, nodes[i].name.ptr), &nodes[i]));
    }
    return PT_SUCCESS;
}

static PT_RESULT read_items(struct tree *t, const struct pt_at *at, json_t *items,
                            struct pt_node *node)
{
    const struct pt_at here = {at, "items"};
    struct pt_node *item = take(t, 1U);
    item->parent = node;
    item->class_ = node->class_;
    node->items = item;
    return read_place(t, &here, items, item);
}

/* `members` goes with object and `items` with array, and neither goes without. */
static PT_RESULT check_children(const struct tree *t, const struct pt_at *at, json_t *json,
                                uint8_t types)
{
    const json_t *members = json_object_get(json, "members");
    const json_t *items = json_object_get(json, "items");
    if (((types & PT_TYPE_OBJECT) != 0U) != (members != NULL) ||
        (members != NULL && !json_is_object(members))) {
        return pt_load_refuse(
            t->load, at, PT_FAIL(PT_E_SCHEMA),
            "« members » (un objet) va avec le type object, et seulement avec lui", NULL);
    }
    if (((types & PT_TYPE_ARRAY) != 0U) != (items != NULL)) {
        return pt_load_refuse(t->load, at, PT_FAIL(PT_E_SCHEMA),
                              "« items » va avec le type array, et seulement avec lui", NULL);
    }
    return PT_SUCCESS;
}

static PT_RESULT read_children(struct tree *t, const struct pt_at *at, json_t *json,
                               struct pt_node *node)
{
    json_t *items = json_object_get(json, "items");
    PT_TRY(read_members(t, at, json_object_get(json, "members"), node));
    return items != NULL ? read_items(t, at, items, node) : PT_SUCCESS;
}

static PT_RESULT read_flags(const struct tree *t, const struct pt_at *at, json_t *json,
                            struct pt_node *node)
{
    const struct pt_at nullable = {at, "nullable"};
    const struct pt_at required = {at, "required"};
    PT_TRY(pt_load_bool(t->load, &nullable, json_object_get(json, "nullable"), &node->nullable));
    return pt_load_bool(t->load, &required, json_object_get(json, "required"), &node->required);
}

static PT_RESULT read_place(struct tree *t, const struct pt_at *at, json_t *json,
                            struct pt_node *node)
{
    if (node->name.len > 0U) {
        PT_TRY(pt_load_keys(t->load, at, json, node_keys, PT_COUNT(node_keys)));
    } else {
        PT_TRY(pt_load_keys(t->load, at, json, item_keys, PT_COUNT(item_keys)));
    }
    if (t->depth >= PT_JSON_DEPTH_MAX) {
        return pt_load_refuse(t->load, at, PT_FAIL(PT_E_LIMIT), "trop de niveaux", NULL);
    }
    node->index = t->next_index++;
    PT_TRY(read_types(t, at, json_object_get(json, "type"), &node->types));
    PT_TRY(read_flags(t, at, json, node));
    PT_TRY(read_class(t, at, json_object_get(json, "class"), &node->class_));
    PT_TRY(check_children(t, at, json, node->types));
    t->depth++;
    PT_TRY(read_children(t, at, json, node));
    t->depth--;
    return PT_SUCCESS;
}

/* A place carries the highest class of itself and of everything under it. Children stand
 * after their parent in the block, so one pass from the end is enough. */
static void raise_classes(struct pt_node *nodes, size_t n)
{
    for (size_t i = n; i-- > 0U;) {
        struct pt_node *node = &nodes[i];
        for (uint32_t k = 0U; k < node->nmembers; k++) {
            const enum pt_class below = node->members[k].class_;
            node->class_ = below > node->class_ ? below : node->class_;
        }
        if (node->items != NULL && node->items->class_ > node->class_) {
            node->class_ = node->items->class_;
        }
    }
}

/* The State's envelope: exactly data, links and meta (state-apis, 3.1). */
static PT_RESULT check_envelope(const struct tree *t, const struct pt_at *at,
                                const struct pt_node *root)
{
    static const char *const names[] = {"data", "links", "meta"};
    bool same =
        root->types == PT_TYPE_OBJECT && !root->nullable && root->nmembers == PT_COUNT(names);
    for (size_t i = 0U; same && i < PT_COUNT(names); i++) {
        same = pt_slice_eq(root->members[i].name, pt_slice_str(names[i]));
    }
    if (!same) {
        return pt_load_refuse(t->load, at, PT_FAIL(PT_E_SCHEMA),
                              "la réponse est un objet dont les membres sont data, links et meta",
                              NULL);
    }
    return PT_SUCCESS;
}

PT_RESULT pt_load_tree(const struct pt_load *load, const struct pt_at *at, json_t *json,
                       struct pt_dataset *dataset)
{
    struct tree t = {.load = load, .size = count_places(json, 0U)};
    if (t.size > PT_DATASET_PLACES_MAX) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_LIMIT), "trop de places", NULL);
    }
    t.nodes = pt_arena_alloc(load->arena, t.size * sizeof(*t.nodes));
    PT_ENSURE(t.nodes != NULL, PT_E_NOMEM);
    struct pt_node *root = take(&t, 1U);
    PT_TRY(read_place(&t, at, json, root));
    PT_TRY(check_envelope(&t, at, root));
    raise_classes(t.nodes, t.used);
    dataset->root = root;
    dataset->nnodes = t.used;
    dataset->class_ = root->class_;
    return PT_SUCCESS;
}
