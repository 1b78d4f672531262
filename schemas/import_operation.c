/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * import_operation.c -- one GET operation of the State, as a descriptor: its id, its
 * parameters, its answer of status 200. The rule of ids is in docs/datasets.md.
 * Layer 1 (schemas).
 */
#include "schemas/import_int.h"

#include "poterne/base/limits.h"
#include "schemas/path_int.h"

/* Segments that only name a sub-API of the provider say nothing more about the resource. */
static const char *const sub_apis[] = {"sirene", "rcs", "rnm", "rne", "rna", "api-association"};

/* What a parameter's name says of its format; the schema's own type comes after. */
static const struct {
    const char *name;
    const char *format;
} format_rules[] = {
    {"siren", "siren"},
    {"siret", "siret"},
    {"siren_or_rna", "siren-or-rna"},
    {"siret_or_rna", "siret-or-rna"},
    {"siren_or_siret_or_rna", "siren-or-siret-or-rna"},
    {"siret_or_eori", "siret-or-eori"},
    {"year", "year"},
    {"annee", "year"},
    {"month", "month"},
    {"mois", "month"},
};
/* The connector's own (state-apis, 2.2). */
static const char *const connector_names[] = {"context", "object", "recipient"};

static bool among(const char *text, const char *const *list, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        if (strcmp(text, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_sub_api(pt_slice segment)
{
    for (size_t i = 0U; i < PT_COUNT(sub_apis); i++) {
        if (pt_slice_eq(segment, pt_slice_str(sub_apis[i]))) {
            return true;
        }
    }
    return false;
}

static PT_RESULT put_slice(json_t *object, const char *key, pt_slice text)
{
    return pt_json_put(object, key, json_stringn(text.ptr, text.len));
}

static void put_resource(pt_slice path, struct pt_buf *id)
{
    struct pt_path_cursor cursor = pt_path_begin(path);
    pt_slice segment = PT_SLICE_EMPTY;
    unsigned literals = 0U;
    for (size_t i = 0U; pt_path_next(&cursor, &segment); i++) {
        if (i < 2U || pt_path_is_param(segment) || (i == 2U && is_sub_api(segment))) {
            continue;
        }
        pt_buf_put_byte(id, literals == 0U ? '/' : '-');
        pt_buf_put(id, segment);
        literals++;
    }
}

/* <api>/<version>/<provider>/<resource>; a path too short for that gets its id by overlay. */
static PT_RESULT put_id(const struct pt_job *job, const struct pt_at *at, json_t *descriptor)
{
    struct pt_path_cursor cursor = pt_path_begin(pt_slice_str(at->key));
    pt_slice version = PT_SLICE_EMPTY;
    pt_slice provider = PT_SLICE_EMPTY;
    struct pt_buf id;
    if (!pt_path_next(&cursor, &version) || !pt_path_next(&cursor, &provider)) {
        return PT_SUCCESS;
    }
    PT_TRY(put_slice(descriptor, "provider", provider));
    pt_buf_init(&id, PT_LOAD_TEXT_MAX);
    pt_buf_put(&id, job->api);
    pt_buf_put_byte(&id, '/');
    pt_buf_put(&id, version);
    pt_buf_put_byte(&id, '/');
    pt_buf_put(&id, provider);
    put_resource(pt_slice_str(at->key), &id);
    pt_status st = pt_buf_status(&id);
    if (st.code == (uint32_t)PT_E_LIMIT) {
        st = pt_load_refuse(&job->openapi, at, st, "ce chemin est trop long", NULL);
    } else if (pt_ok(st)) {
        st = put_slice(descriptor, "id", pt_buf_slice(&id));
    }
    pt_buf_done(&id);
    return st;
}

static const char *format_of(const char *name, json_t *schema)
{
    for (size_t i = 0U; i < PT_COUNT(format_rules); i++) {
        if (strcmp(name, format_rules[i].name) == 0) {
            return format_rules[i].format;
        }
    }
    const char *type = json_string_value(json_object_get(schema, "type"));
    const char *format = json_string_value(json_object_get(schema, "format"));
    if (json_object_get(schema, "enum") != NULL) {
        return "enum";
    }
    if (type != NULL && (strcmp(type, "integer") == 0 || strcmp(type, "number") == 0)) {
        return "integer";
    }
    if (type != NULL && strcmp(type, "boolean") == 0) {
        return "boolean";
    }
    return format != NULL && strcmp(format, "date") == 0 ? "date" : "text";
}

static PT_RESULT put_format(json_t *param, const char *name, json_t *schema)
{
    const char *format = format_of(name, schema);
    PT_TRY(pt_json_put(param, "format", json_string(format)));
    if (strcmp(format, "enum") != 0) {
        return PT_SUCCESS;
    }
    return pt_json_put(param, "values", json_deep_copy(json_object_get(schema, "enum")));
}

static PT_RESULT put_param(const struct pt_job *job, const struct pt_at *at, json_t *given,
                           json_t *params)
{
    const char *name = json_string_value(json_object_get(given, "name"));
    const char *in = json_string_value(json_object_get(given, "in"));
    json_t *schema = NULL;
    if (name == NULL || in == NULL) {
        return pt_load_refuse(&job->openapi, at, PT_FAIL(PT_E_SCHEMA),
                              "un paramètre sans « name » ou sans « in »", NULL);
    }
    if (strcmp(in, "header") == 0 || strcmp(in, "cookie") == 0 ||
        among(name, connector_names, PT_COUNT(connector_names))) {
        return PT_SUCCESS;
    }
    const bool required =
        strcmp(in, "path") == 0 || json_is_true(json_object_get(given, "required"));
    PT_TRY(pt_import_deref(job, at, json_object_get(given, "schema"), &schema));
    PT_TRY(pt_json_add(params, json_object()));
    json_t *param = json_array_get(params, json_array_size(params) - 1U);
    PT_TRY(pt_json_put(param, "name", json_string(name)));
    PT_TRY(pt_json_put(param, "in", json_string(in)));
    PT_TRY(pt_json_put(param, "required", json_boolean(required)));
    return put_format(param, name, schema);
}

static PT_RESULT put_params(const struct pt_job *job, const struct pt_at *at, json_t *holder,
                            json_t *params)
{
    const struct pt_at here = {at, "parameters"};
    json_t *list = json_object_get(holder, "parameters");
    for (size_t i = 0U; i < json_array_size(list); i++) {
        json_t *given = NULL;
        PT_TRY(pt_import_deref(job, &here, json_array_get(list, i), &given));
        PT_TRY(put_param(job, &here, given, params));
    }
    return PT_SUCCESS;
}

/* The first identifier in the path says whose data is asked. */
static PT_RESULT put_subject(json_t *params, json_t *descriptor)
{
    for (size_t i = 0U; i < json_array_size(params); i++) {
        json_t *param = json_array_get(params, i);
        const char *format = json_string_value(json_object_get(param, "format"));
        if (format != NULL && (strncmp(format, "sire", 4U) == 0 || strcmp(format, "rna") == 0 ||
                               strcmp(format, "eori") == 0)) {
            return pt_json_put(descriptor, "subject", json_incref(json_object_get(param, "name")));
        }
    }
    return PT_SUCCESS;
}

/* The three members are always there (state-apis, 3.1), whatever the file forgets. */
static PT_RESULT complete_envelope(json_t *response)
{
    static const char *const names[] = {"links", "meta"};
    json_t *members = json_object_get(response, "members");
    /* What is no object is no envelope: the descriptor will not load, and says so. */
    for (size_t i = 0U; members != NULL && i < PT_COUNT(names); i++) {
        json_t *member = NULL;
        json_t *inner = NULL;
        if (json_object_get(members, names[i]) != NULL) {
            continue;
        }
        PT_TRY(pt_json_child(members, names[i], JSON_OBJECT, &member));
        PT_TRY(pt_json_put(member, "type", json_string("object")));
        PT_TRY(pt_json_child(member, "members", JSON_OBJECT, &inner));
    }
    return PT_SUCCESS;
}

static PT_RESULT put_response(const struct pt_job *job, const struct pt_at *at, json_t *operation,
                              json_t *descriptor)
{
    const struct pt_at responses_at = {at, "responses"};
    const struct pt_at ok_at = {&responses_at, "200"};
    json_t *ok = NULL;
    json_t *response = NULL;
    PT_TRY(pt_import_deref(job, &ok_at,
                           json_object_get(json_object_get(operation, "responses"), "200"), &ok));
    json_t *content = json_object_get(ok, "content");
    json_t *media = json_object_get(content, "application/json");
    if (media == NULL) {
        media = json_object_get(content, "application/vnd.api+json");
    }
    json_t *schema = json_object_get(media, "schema");
    if (schema == NULL) {
        return PT_SUCCESS; /* the overlay must give it */
    }
    PT_TRY(pt_json_child(descriptor, "response", JSON_OBJECT, &response));
    PT_TRY(pt_import_schema(job, &ok_at, schema, response));
    return complete_envelope(response);
}

PT_RESULT pt_import_operation(const struct pt_job *job, const char *path, json_t *item,
                              json_t *descriptor)
{
    const struct pt_at root = {NULL, NULL};
    const struct pt_at paths_at = {&root, "paths"};
    const struct pt_at path_at = {&paths_at, path};
    const struct pt_at get_at = {&path_at, "get"};
    json_t *operation = json_object_get(item, "get");
    json_t *params = NULL;
    json_t *summary = json_object_get(operation, "summary");
    PT_TRY(put_id(job, &path_at, descriptor));
    PT_TRY(put_slice(descriptor, "api", job->api));
    PT_TRY(pt_json_put(descriptor, "path", json_string(path)));
    PT_TRY(pt_json_put(descriptor, "title",
                       json_is_string(summary) ? json_incref(summary) : json_string(path)));
    if (json_is_true(json_object_get(operation, "deprecated"))) {
        PT_TRY(pt_json_put(descriptor, "deprecated", json_true()));
    }
    PT_TRY(pt_json_child(descriptor, "params", JSON_ARRAY, &params));
    PT_TRY(put_params(job, &path_at, item, params));
    PT_TRY(put_params(job, &get_at, operation, params));
    PT_TRY(put_subject(params, descriptor));
    return put_response(job, &get_at, operation, descriptor);
}
