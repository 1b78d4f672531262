/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * import_schema.c -- an OpenAPI schema folded into a place of a descriptor.
 *
 * Only what decides whether an answer is what it should be is kept: types, null, required
 * members. allOf, oneOf and anyOf fold their parts into the same place: the union of their
 * types and members; a member that only one alternative requires is not required.
 * Layer 1 (schemas).
 */
#include "schemas/import_int.h"

#include "poterne/base/limits.h"

/* Where the fold is: how deep, and whether inside an alternative. */
struct fold {
    const struct pt_job *job;
    unsigned depth;
    unsigned loose;
    unsigned steps; /* schemas folded: references can make a small file a huge tree */
};

static PT_RESULT fold_schema(struct fold *f, const struct pt_at *at, json_t *given, json_t *node);

static bool has_type(json_t *node, const char *type)
{
    json_t *types = json_object_get(node, "type");
    for (size_t i = 0U; i < json_array_size(types); i++) {
        if (strcmp(json_string_value(json_array_get(types, i)), type) == 0) {
            return true;
        }
    }
    return false;
}

/* A type that JSON does not have stays as it is: the overlay corrects it, or the descriptor will
 * not load and says where. */
static PT_RESULT add_type(json_t *node, const char *type)
{
    json_t *types = NULL;
    if (strcmp(type, "null") == 0) {
        return pt_json_put(node, "nullable", json_true());
    }
    PT_TRY(pt_json_child(node, "type", JSON_ARRAY, &types));
    return has_type(node, type) ? PT_SUCCESS : pt_json_add(types, json_string(type));
}

/* OpenAPI 3.0 has one type and `nullable`, 3.1 a list of types with "null". */
static PT_RESULT fold_types(json_t *schema, json_t *node)
{
    json_t *type = json_object_get(schema, "type");
    if (json_is_true(json_object_get(schema, "nullable"))) {
        PT_TRY(pt_json_put(node, "nullable", json_true()));
    }
    if (json_is_string(type)) {
        return add_type(node, json_string_value(type));
    }
    for (size_t i = 0U; i < json_array_size(type); i++) {
        const char *text = json_string_value(json_array_get(type, i));
        PT_TRY(add_type(node, text != NULL ? text : ""));
    }
    return PT_SUCCESS;
}

/* A schema may leave its type to be understood. */
static PT_RESULT guess_type(json_t *schema, json_t *node)
{
    if (json_object_get(schema, "properties") != NULL && !has_type(node, "object")) {
        PT_TRY(add_type(node, "object"));
    }
    if (json_object_get(schema, "items") != NULL && !has_type(node, "array")) {
        PT_TRY(add_type(node, "array"));
    }
    if (json_object_get(node, "type") != NULL) {
        return PT_SUCCESS;
    }
    PT_TRY(add_type(node, "string"));
    PT_TRY(add_type(node, "number"));
    PT_TRY(add_type(node, "boolean"));
    return pt_json_put(node, "nullable", json_true());
}

static PT_RESULT fold_required(struct fold *f, json_t *schema, json_t *members)
{
    json_t *names = json_object_get(schema, "required");
    for (size_t i = 0U; f->loose == 0U && i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        json_t *member = name != NULL ? json_object_get(members, name) : NULL;
        if (member != NULL) {
            PT_TRY(pt_json_put(member, "required", json_true()));
        }
    }
    return PT_SUCCESS;
}

static PT_RESULT fold_members(struct fold *f, const struct pt_at *at, json_t *schema, json_t *node)
{
    const struct pt_at here = {at, "properties"};
    json_t *properties = json_object_get(schema, "properties");
    json_t *members = NULL;
    PT_TRY(pt_json_child(node, "members", JSON_OBJECT, &members));
    for (void *it = json_object_iter(properties); it != NULL;
         it = json_object_iter_next(properties, it)) {
        const struct pt_at member_at = {&here, json_object_iter_key(it)};
        json_t *member = NULL;
        PT_TRY(pt_json_child(members, member_at.key, JSON_OBJECT, &member));
        PT_TRY(fold_schema(f, &member_at, json_object_iter_value(it), member));
    }
    return fold_required(f, schema, members);
}

static PT_RESULT fold_items(struct fold *f, const struct pt_at *at, json_t *schema, json_t *node)
{
    const struct pt_at here = {at, "items"};
    json_t *items = NULL;
    PT_TRY(pt_json_child(node, "items", JSON_OBJECT, &items));
    json_t *given = json_object_get(schema, "items");
    return given != NULL ? fold_schema(f, &here, given, items) : guess_type(given, items);
}

static PT_RESULT fold_parts(struct fold *f, const struct pt_at *at, json_t *schema, json_t *node)
{
    static const char *const keywords[] = {"allOf", "oneOf", "anyOf"};
    for (size_t k = 0U; k < PT_COUNT(keywords); k++) {
        const struct pt_at here = {at, keywords[k]};
        json_t *parts = json_object_get(schema, keywords[k]);
        f->loose += k > 0U ? 1U : 0U;
        for (size_t i = 0U; i < json_array_size(parts); i++) {
            PT_TRY(fold_schema(f, &here, json_array_get(parts, i), node));
        }
        f->loose -= k > 0U ? 1U : 0U;
    }
    return PT_SUCCESS;
}

static PT_RESULT fold_schema(struct fold *f, const struct pt_at *at, json_t *given, json_t *node)
{
    json_t *schema = NULL;
    PT_TRY(pt_import_deref(f->job, at, given, &schema));
    if (!json_is_object(schema)) {
        return pt_load_refuse(&f->job->openapi, at, PT_FAIL(PT_E_SCHEMA), "un schéma est attendu",
                              NULL);
    }
    if (f->depth >= PT_JSON_DEPTH_MAX || f->steps >= PT_DATASET_PLACES_MAX) {
        return pt_load_refuse(&f->job->openapi, at, PT_FAIL(PT_E_LIMIT),
                              "trop de niveaux ou de places (référence circulaire ?)", NULL);
    }
    f->depth++;
    f->steps++;
    PT_TRY(fold_parts(f, at, schema, node));
    PT_TRY(fold_types(schema, node));
    PT_TRY(guess_type(schema, node));
    if (has_type(node, "object")) {
        PT_TRY(fold_members(f, at, schema, node));
    }
    if (has_type(node, "array")) {
        PT_TRY(fold_items(f, at, schema, node));
    }
    f->depth--;
    return PT_SUCCESS;
}

PT_RESULT pt_import_schema(const struct pt_job *job, const struct pt_at *at, json_t *schema,
                           json_t *node)
{
    struct fold f = {.job = job};
    return fold_schema(&f, at, schema, node);
}
