/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * import.c -- a whole OpenAPI file of the State turned into descriptors.
 * Layer 1 (schemas).
 */
#include "poterne/schemas/import.h"

#include "poterne/base/limits.h"
#include "poterne/schemas/catalogue.h"
#include "schemas/import_int.h"

#include <stdlib.h>

struct pt_import {
    json_t *descriptors;             /* the list owns them */
    json_t *sorted[PT_DATASETS_MAX]; /* by id */
    size_t count;
};

struct pt_import *pt_import_free(struct pt_import *import)
{
    if (import != NULL) {
        json_decref(import->descriptors);
        free(import);
    }
    return NULL;
}

size_t pt_import_count(const struct pt_import *import)
{
    return import != NULL ? import->count : 0U;
}

pt_slice pt_import_id(const struct pt_import *import, size_t i)
{
    PT_BUG_ON(import == NULL || i >= import->count);
    return pt_slice_str(json_string_value(json_object_get(import->sorted[i], "id")));
}

PT_RESULT pt_import_text(const struct pt_import *import, size_t i, struct pt_buf *out)
{
    PT_ENSURE(import != NULL && i < import->count && out != NULL, PT_E_ARG);
    return pt_describe(import->sorted[i], out);
}

static int compare_ids(const void *a, const void *b)
{
    json_t *const *x = (json_t *const *)a;
    json_t *const *y = (json_t *const *)b;
    return strcmp(json_string_value(json_object_get(*x, "id")),
                  json_string_value(json_object_get(*y, "id")));
}

static PT_RESULT load_text(struct pt_catalogue *catalogue, const struct pt_job *job, json_t *json)
{
    struct pt_buf text;
    pt_buf_init(&text, PT_DATASET_FILE_MAX);
    pt_status st = pt_describe(json, &text);
    const pt_slice path = pt_slice_str(json_string_value(json_object_get(json, "path")));
    if (st.code == (uint32_t)PT_E_LIMIT) {
        st = pt_load_refuse(&job->openapi, NULL, st, "ce descripteur serait trop gros :", path.ptr);
    } else if (pt_ok(st)) {
        st = pt_catalogue_add(catalogue, path, pt_buf_slice(&text), job->openapi.why);
    }
    pt_buf_done(&text);
    return st;
}

/* What was made must load, all of it together: ids and paths are unique. */
static PT_RESULT check_all(const struct pt_import *import, const struct pt_job *job)
{
    struct pt_catalogue *catalogue = NULL;
    PT_TRY(pt_catalogue_new(&catalogue));
    pt_status st = PT_SUCCESS;
    for (size_t i = 0U; pt_ok(st) && i < import->count; i++) {
        st = load_text(catalogue, job, json_array_get(import->descriptors, i));
    }
    catalogue = pt_catalogue_free(catalogue);
    return st;
}

static PT_RESULT import_path(struct pt_import *import, const struct pt_job *job, const char *path,
                             json_t *item)
{
    const struct pt_at root = {NULL, NULL};
    const struct pt_at paths_at = {&root, "paths"};
    const struct pt_at at = {&paths_at, path};
    if (json_object_get(item, "get") == NULL) {
        return PT_SUCCESS;
    }
    PT_TRY(pt_json_add(import->descriptors, json_object()));
    json_t *descriptor = json_array_get(import->descriptors, import->count);
    PT_TRY(pt_import_operation(job, path, item, descriptor));
    PT_TRY(pt_import_overlay(job, path, descriptor));
    if (json_object_get(descriptor, "id") == NULL) {
        return pt_load_refuse(&job->openapi, &at, PT_FAIL(PT_E_ABSENT),
                              "aucun identifiant ne se déduit de ce chemin : le surcouchage doit "
                              "le donner",
                              NULL);
    }
    if (json_object_get(descriptor, "response") == NULL) {
        return pt_load_refuse(&job->openapi, &at, PT_FAIL(PT_E_ABSENT),
                              "la réponse 200 n'a pas de schéma : le surcouchage doit le donner",
                              NULL);
    }
    import->sorted[import->count++] = descriptor;
    return PT_SUCCESS;
}

static PT_RESULT import_all(struct pt_import *import, const struct pt_job *job)
{
    const struct pt_at root = {NULL, NULL};
    const struct pt_at at = {&root, "paths"};
    json_t *paths = json_object_get(job->document, "paths");
    const char **names = NULL;
    PT_TRY(pt_import_check_rules(job));
    if (!json_is_object(paths) || json_object_size(paths) > PT_DATASETS_MAX) {
        return pt_load_refuse(&job->openapi, &at, PT_FAIL(PT_E_SCHEMA),
                              "les chemins manquent ou sont trop nombreux", NULL);
    }
    PT_TRY(pt_json_keys(job->openapi.arena, paths, &names));
    for (size_t i = 0U; i < json_object_size(paths); i++) {
        PT_TRY(import_path(import, job, names[i], json_object_get(paths, names[i])));
    }
    qsort((void *)import->sorted, import->count, sizeof(json_t *), compare_ids);
    return check_all(import, job);
}

static PT_RESULT with_rules(struct pt_import *import, const struct pt_import_source *source,
                            struct pt_job *job)
{
    const pt_slice none = PT_SLICE("{}");
    PT_TRY(pt_import_parse(&job->overlay, source->overlay.len > 0U ? source->overlay : none,
                           &job->rules));
    const pt_status st = import_all(import, job);
    json_decref(job->rules);
    return st;
}

static PT_RESULT with_document(struct pt_import *import, const struct pt_import_source *source,
                               struct pt_job *job)
{
    PT_TRY(pt_import_parse(&job->openapi, source->openapi, &job->document));
    const pt_status st = with_rules(import, source, job);
    json_decref(job->document);
    return st;
}

static PT_RESULT with_arena(struct pt_import *import, const struct pt_import_source *source,
                            struct pt_buf *why)
{
    struct pt_arena *arena = NULL;
    PT_TRY(pt_arena_new(PT_CATALOGUE_MAX, &arena));
    struct pt_job job = {
        .openapi = {.arena = arena, .file = source->openapi_name, .why = why},
        .overlay = {.arena = arena, .file = source->overlay_name, .why = why},
        .api = source->api,
    };
    const pt_status st = with_document(import, source, &job);
    arena = pt_arena_free(arena);
    return st;
}

PT_RESULT pt_import_new(const struct pt_import_source *source, struct pt_buf *why,
                        struct pt_import **ret_import)
{
    PT_ENSURE(source != NULL && source->api.len > 0U && ret_import != NULL, PT_E_ARG);
    struct pt_import *import = calloc(1U, sizeof(*import));
    PT_ENSURE(import != NULL, PT_E_NOMEM);
    import->descriptors = json_array();
    const pt_status st =
        import->descriptors != NULL ? with_arena(import, source, why) : PT_FAIL(PT_E_NOMEM);
    if (!pt_ok(st)) {
        (void)pt_import_free(import);
        return st;
    }
    *ret_import = import;
    return PT_SUCCESS;
}
