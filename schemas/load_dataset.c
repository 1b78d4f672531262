/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * load_dataset.c -- one descriptor file, from bytes to struct pt_dataset.
 * The format is docs/datasets.md. Layer 1 (schemas).
 */
#include "schemas/load_int.h"

#include "poterne/base/limits.h"
#include "schemas/json_int.h"
#include "schemas/path_int.h"

static const char *const dataset_keys[] = {"id",       "api",        "path",    "title",
                                           "provider", "deprecated", "params",  "scopes",
                                           "quota",    "cache",      "subject", "response"};
static const char *const quota_keys[] = {"bucket", "limit", "period_s"};

static bool word(pt_slice s)
{
    for (size_t i = 0U; i < s.len; i++) {
        const char c = s.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-' &&
            c != '.') {
            return false;
        }
    }
    return s.len > 0U && s.ptr[0] != '.';
}

static bool version(pt_slice s)
{
    for (size_t i = 1U; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return s.len >= 2U && s.ptr[0] == 'v';
}

/* <api>/<version>/<provider>/<resource> (INTERFACES 6). */
static bool id_valid(const struct pt_dataset *d)
{
    pt_slice rest = d->id;
    const pt_slice api = pt_slice_cut(&rest, '/');
    const pt_slice vers = pt_slice_cut(&rest, '/');
    const pt_slice provider = pt_slice_cut(&rest, '/');
    return d->id.len <= PT_DATASET_ID_MAX && word(api) && pt_slice_eq(api, d->api) &&
           version(vers) && word(provider) && pt_slice_eq(provider, d->provider) && word(rest);
}

static PT_RESULT read_identity(const struct pt_load *load, const struct pt_at *at, json_t *json,
                               struct pt_dataset *d)
{
    const struct {
        const char *key;
        pt_slice *ret;
    } texts[] = {{"id", &d->id},
                 {"api", &d->api},
                 {"path", &d->path},
                 {"title", &d->title},
                 {"provider", &d->provider}};
    for (size_t i = 0U; i < PT_COUNT(texts); i++) {
        const struct pt_at here = {at, texts[i].key};
        PT_TRY(pt_load_text(load, &here, json_object_get(json, texts[i].key), texts[i].ret));
    }
    const struct pt_at id = {at, "id"};
    if (!id_valid(d)) {
        return pt_load_refuse(load, &id, PT_FAIL(PT_E_SCHEMA),
                              "l'identifiant attendu est <api>/v<n>/<provider>/<ressource>", NULL);
    }
    const struct pt_at path = {at, "path"};
    if (!pt_path_template_valid(d->path)) {
        return pt_load_refuse(load, &path, PT_FAIL(PT_E_SCHEMA), "ce chemin n'est pas un modèle",
                              d->path.ptr);
    }
    const struct pt_at deprecated = {at, "deprecated"};
    return pt_load_bool(load, &deprecated, json_object_get(json, "deprecated"), &d->deprecated);
}

static PT_RESULT read_quota(const struct pt_load *load, const struct pt_at *at, json_t *json,
                            struct pt_dataset *d)
{
    const struct pt_at here = {at, "quota"};
    const struct pt_at bucket = {&here, "bucket"};
    const struct pt_at limit = {&here, "limit"};
    const struct pt_at period = {&here, "period_s"};
    json_t *quota = json_object_get(json, "quota");
    if (quota == NULL) {
        return PT_SUCCESS;
    }
    PT_TRY(pt_load_keys(load, &here, quota, quota_keys, PT_COUNT(quota_keys)));
    PT_TRY(pt_load_text(load, &bucket, json_object_get(quota, "bucket"), &d->quota_bucket));
    PT_TRY(pt_load_u32(load, &limit, json_object_get(quota, "limit"), &d->quota_limit));
    return pt_load_u32(load, &period, json_object_get(quota, "period_s"), &d->quota_period_s);
}

static PT_RESULT read_rights(const struct pt_load *load, const struct pt_at *at, json_t *json,
                             struct pt_dataset *d)
{
    const struct pt_at scopes = {at, "scopes"};
    const struct pt_at cache = {at, "cache"};
    pt_slice *list = NULL;
    json_t *given = json_object_get(json, "scopes");
    PT_TRY(pt_load_texts(load, &scopes, given, PT_DATASET_SCOPES_MAX, &list));
    d->scopes = list;
    d->nscopes = json_array_size(given);
    PT_TRY(read_quota(load, at, json, d));
    json_t *text = json_object_get(json, "cache");
    return text == NULL ? PT_SUCCESS : pt_load_text(load, &cache, text, &d->cache);
}

static PT_RESULT read_subject(const struct pt_load *load, const struct pt_at *at, json_t *json,
                              struct pt_dataset *d)
{
    const struct pt_at here = {at, "subject"};
    json_t *text = json_object_get(json, "subject");
    if (text == NULL) {
        return PT_SUCCESS;
    }
    PT_TRY(pt_load_text(load, &here, text, &d->subject));
    for (size_t i = 0U; i < d->nparams; i++) {
        if (pt_slice_eq(d->params[i].name, d->subject)) {
            return PT_SUCCESS;
        }
    }
    return pt_load_refuse(load, &here, PT_FAIL(PT_E_SCHEMA), "aucun paramètre de ce nom",
                          d->subject.ptr);
}

static PT_RESULT read_dataset(const struct pt_load *load, json_t *json, struct pt_dataset *d)
{
    const struct pt_at root = {NULL, NULL};
    const struct pt_at params = {&root, "params"};
    const struct pt_at response = {&root, "response"};
    PT_TRY(pt_load_keys(load, &root, json, dataset_keys, PT_COUNT(dataset_keys)));
    PT_TRY(read_identity(load, &root, json, d));
    PT_TRY(pt_load_params(load, &params, json_object_get(json, "params"), d));
    PT_TRY(read_rights(load, &root, json, d));
    PT_TRY(read_subject(load, &root, json, d));
    return pt_load_tree(load, &response, json_object_get(json, "response"), d);
}

static pt_status refuse_json(const struct pt_load *load, const json_error_t *error, pt_status st)
{
    if (load->why != NULL && st.code != (uint32_t)PT_E_NOMEM) {
        pt_buf_put(load->why, load->file);
        pt_buf_put_byte(load->why, ':');
        pt_buf_put_u64(load->why, error->line > 0 ? (uint64_t)error->line : 0U);
        pt_buf_put_byte(load->why, ':');
        pt_buf_put_u64(load->why, error->column > 0 ? (uint64_t)error->column : 0U);
        pt_buf_put_str(load->why, json_error_code(error) == json_error_duplicate_key
                                      ? ": cette clé est donnée deux fois\n"
                                      : ": ce n'est pas du JSON bien formé\n");
    }
    return st;
}

PT_RESULT pt_load_dataset(const struct pt_load *load, pt_slice json, const struct pt_dataset **ret)
{
    if (json.len > PT_DATASET_FILE_MAX) {
        return pt_load_refuse(load, NULL, PT_FAIL(PT_E_LIMIT), "le fichier est trop gros", NULL);
    }
    struct pt_dataset *dataset = pt_arena_alloc(load->arena, sizeof(*dataset));
    PT_ENSURE(dataset != NULL, PT_E_NOMEM);
    json_error_t error;
    json_t *tree = NULL;
    pt_status st = pt_json_parse(json, 0U, &error, &tree);
    if (!pt_ok(st)) {
        return refuse_json(load, &error, st);
    }
    st = read_dataset(load, tree, dataset);
    json_decref(tree);
    if (pt_ok(st)) {
        *ret = dataset;
    }
    return st;
}
