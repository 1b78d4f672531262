/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * import_ref.c -- small steps on jansson values, and local references of OpenAPI.
 * Layer 1 (schemas).
 */
#include "schemas/import_int.h"

#include "poterne/base/limits.h"
#include "schemas/json_int.h"

#include <stdlib.h>

PT_RESULT pt_json_put(json_t *object, const char *key, json_t *value)
{
    PT_ENSURE(json_object_set_new(object, key, value) == 0, PT_E_NOMEM);
    return PT_SUCCESS;
}

PT_RESULT pt_json_add(json_t *array, json_t *value)
{
    PT_ENSURE(json_array_append_new(array, value) == 0, PT_E_NOMEM);
    return PT_SUCCESS;
}

PT_RESULT pt_json_child(json_t *object, const char *key, json_type type, json_t **ret)
{
    if (json_object_get(object, key) == NULL) {
        PT_TRY(pt_json_put(object, key, type == JSON_ARRAY ? json_array() : json_object()));
    }
    *ret = json_object_get(object, key);
    return PT_SUCCESS;
}

static int compare_texts(const void *a, const void *b)
{
    const char *const *x = (const char *const *)a;
    const char *const *y = (const char *const *)b;
    return strcmp(*x, *y);
}

PT_RESULT pt_json_keys(struct pt_arena *arena, json_t *object, const char ***ret)
{
    const size_t n = json_object_size(object);
    const char **keys = pt_arena_alloc(arena, (n + 1U) * sizeof(*keys));
    PT_ENSURE(keys != NULL, PT_E_NOMEM);
    size_t i = 0U;
    for (void *it = json_object_iter(object); it != NULL; it = json_object_iter_next(object, it)) {
        keys[i++] = json_object_iter_key(it);
    }
    qsort((void *)keys, n, sizeof(*keys), compare_texts);
    *ret = keys;
    return PT_SUCCESS;
}

PT_RESULT pt_import_parse(const struct pt_load *load, pt_slice text, json_t **ret)
{
    json_error_t error;
    if (text.len > PT_IMPORT_FILE_MAX) {
        return pt_load_refuse(load, NULL, PT_FAIL(PT_E_LIMIT), "le fichier est trop gros", NULL);
    }
    size_t blank = 0U;
    while (blank < text.len && strchr(" \t\r\n", text.ptr[blank]) != NULL) {
        blank++;
    }
    if (blank == text.len || text.ptr[blank] != '{') {
        return pt_import_yaml(load, text, ret);
    }
    const pt_status st = pt_json_parse(text, 0U, &error, ret);
    return pt_ok(st) ? st : pt_load_refuse(load, NULL, st, "ce n'est pas du JSON bien formé", NULL);
}

/* One step of a JSON Pointer inside the document. */
static PT_RESULT step(json_t *json, pt_slice token, json_t **ret)
{
    char name[PT_POINTER_MAX + 1U];
    size_t len = 0U;
    for (size_t i = 0U; i < token.len; i++) {
        char c = token.ptr[i];
        if (c == '~' && i + 1U < token.len) {
            i++;
            c = token.ptr[i] == '1' ? '/' : '~';
        }
        PT_ENSURE(len < PT_POINTER_MAX, PT_E_LIMIT);
        name[len++] = c;
    }
    name[len] = '\0';
    *ret = json_object_get(json, name);
    PT_ENSURE(*ret != NULL, PT_E_ABSENT);
    return PT_SUCCESS;
}

static PT_RESULT resolve(json_t *document, const char *reference, json_t **ret)
{
    pt_slice rest = pt_slice_str(reference);
    PT_ENSURE(pt_slice_starts(rest, PT_SLICE("#/")), PT_E_ABSENT);
    rest = pt_slice_from(rest, 2U);
    json_t *json = document;
    for (bool more = true; more;) {
        more = pt_slice_find(rest, '/') < rest.len;
        PT_TRY(step(json, pt_slice_cut(&rest, '/'), &json));
    }
    *ret = json;
    return PT_SUCCESS;
}

PT_RESULT pt_import_deref(const struct pt_job *job, const struct pt_at *at, json_t *json,
                          json_t **ret)
{
    for (unsigned hops = 0U; hops < PT_IMPORT_REFS_MAX; hops++) {
        const char *reference = json_string_value(json_object_get(json, "$ref"));
        if (reference == NULL) {
            *ret = json;
            return PT_SUCCESS;
        }
        const pt_status st = resolve(job->document, reference, &json);
        if (!pt_ok(st)) {
            return pt_load_refuse(&job->openapi, at, st, "cette référence ne mène nulle part",
                                  reference);
        }
    }
    return pt_load_refuse(&job->openapi, at, PT_FAIL(PT_E_LIMIT), "trop de références à la suite",
                          NULL);
}
