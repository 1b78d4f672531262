/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * import_overlay.c -- the facts that are not in the State's OpenAPI file, kept by hand and put
 * over what was read from it (docs/datasets.md, "The overlay").
 * Layer 1 (schemas).
 */
#include "schemas/import_int.h"

#include "poterne/base/limits.h"

static const char *const rules_keys[] = {"api", "buckets", "classes", "paths"};
static const char *const entry_keys[] = {"id",    "title",   "provider", "scopes",   "bucket",
                                         "cache", "subject", "params",   "response", "fields"};
static const char *const copied_keys[] = {"id",    "title",   "provider", "scopes",
                                          "cache", "subject", "response"};
static const char *const param_keys[] = {"in", "required", "format", "values"};
static const char *const field_keys[] = {"type", "nullable", "required", "class"};
static const char *const class_keys[] = {"personal", "sensitive"};

/* Member names that say by themselves what class their value is of. */
static const char *class_of(json_t *rules, const char *name)
{
    json_t *classes = json_object_get(rules, "classes");
    for (size_t k = PT_COUNT(class_keys); k-- > 0U;) {
        json_t *names = json_object_get(classes, class_keys[k]);
        for (size_t i = 0U; i < json_array_size(names); i++) {
            const char *rule = json_string_value(json_array_get(names, i));
            if (rule != NULL && strcmp(rule, name) == 0) {
                return class_keys[k];
            }
        }
    }
    return NULL;
}

static unsigned rank_of(const char *class_)
{
    for (unsigned k = 0U; class_ != NULL && k < PT_COUNT(class_keys); k++) {
        if (strcmp(class_keys[k], class_) == 0) {
            return k + 1U;
        }
    }
    return 0U;
}

/* What the overlay's fields say goes before the rules by name; a class that the place above has
 * already is not said again. @parent: the rank above. Depth: bounded by the import's fold. */
static PT_RESULT classify(json_t *rules, json_t *node, const char *name, unsigned parent)
{
    json_t *members = json_object_get(node, "members");
    json_t *items = json_object_get(node, "items");
    const char *said = json_string_value(json_object_get(node, "class"));
    const unsigned rank = rank_of(said != NULL || name == NULL ? said : class_of(rules, name));
    if (rank > parent) {
        PT_TRY(pt_json_put(node, "class", json_string(class_keys[rank - 1U])));
    } else {
        (void)json_object_del(node, "class");
    }
    const unsigned here = rank > parent ? rank : parent;
    for (void *it = json_object_iter(members); it != NULL;
         it = json_object_iter_next(members, it)) {
        PT_TRY(classify(rules, json_object_iter_value(it), json_object_iter_key(it), here));
    }
    return items != NULL ? classify(rules, items, NULL, here) : PT_SUCCESS;
}

/* The place @token leads to under @node, made when it is missing: the overlay knows better. */
static PT_RESULT step(json_t *node, const char *token, json_t **ret)
{
    json_t *members = NULL;
    if (strcmp(token, "*") == 0) {
        return pt_json_child(node, "items", JSON_OBJECT, ret);
    }
    PT_TRY(pt_json_child(node, "members", JSON_OBJECT, &members));
    return pt_json_child(members, token, JSON_OBJECT, ret);
}

static PT_RESULT find_place(const struct pt_job *job, const struct pt_at *at, json_t *response,
                            json_t **ret)
{
    pt_slice rest = pt_slice_str(at->key);
    json_t *node = response;
    if (rest.len < 2U || rest.ptr[0] != '/' || node == NULL) {
        return pt_load_refuse(&job->overlay, at, PT_FAIL(PT_E_ABSENT),
                              "ce pointeur ne mène nulle part", NULL);
    }
    rest = pt_slice_from(rest, 1U);
    for (bool more = true; more;) {
        char token[PT_POINTER_MAX + 1U];
        more = pt_slice_find(rest, '/') < rest.len;
        const pt_slice part = pt_slice_cut(&rest, '/');
        if (part.len >= sizeof(token)) {
            return pt_load_refuse(&job->overlay, at, PT_FAIL(PT_E_LIMIT),
                                  "ce pointeur est trop long", NULL);
        }
        (void)memcpy(token, part.ptr, part.len);
        token[part.len] = '\0';
        PT_TRY(step(node, token, &node));
    }
    *ret = node;
    return PT_SUCCESS;
}

/* A flag at its default is not written. */
static PT_RESULT set_field(json_t *node, const char *key, json_t *value)
{
    const char *text = json_string_value(value);
    if (json_is_false(value)) {
        (void)json_object_del(node, key);
        return PT_SUCCESS;
    }
    if (strcmp(key, "type") == 0 && text != NULL) {
        PT_TRY(pt_json_put(node, key, json_array()));
        return pt_json_add(json_object_get(node, key), json_incref(value));
    }
    return pt_json_put(node, key, json_incref(value));
}

static PT_RESULT set_place(const struct pt_job *job, const struct pt_at *at, json_t *response,
                           json_t *fields)
{
    json_t *node = NULL;
    json_t *place = json_object_get(fields, at->key);
    PT_TRY(pt_load_keys(&job->overlay, at, place, field_keys, PT_COUNT(field_keys)));
    PT_TRY(find_place(job, at, response, &node));
    for (void *it = json_object_iter(place); it != NULL; it = json_object_iter_next(place, it)) {
        PT_TRY(set_field(node, json_object_iter_key(it), json_object_iter_value(it)));
    }
    return PT_SUCCESS;
}

static PT_RESULT set_fields(const struct pt_job *job, const struct pt_at *at, json_t *entry,
                            json_t *descriptor)
{
    const struct pt_at here = {at, "fields"};
    json_t *fields = json_object_get(entry, "fields");
    const char **pointers = NULL;
    PT_TRY(pt_json_keys(job->overlay.arena, fields, &pointers));
    for (size_t i = 0U; i < json_object_size(fields); i++) {
        const struct pt_at place = {&here, pointers[i]};
        PT_TRY(set_place(job, &place, json_object_get(descriptor, "response"), fields));
    }
    return PT_SUCCESS;
}

static PT_RESULT find_param(json_t *params, const char *name, json_t **ret)
{
    for (size_t i = 0U; i < json_array_size(params); i++) {
        json_t *param = json_array_get(params, i);
        const char *known = json_string_value(json_object_get(param, "name"));
        if (known != NULL && strcmp(known, name) == 0) {
            *ret = param;
            return PT_SUCCESS;
        }
    }
    PT_TRY(pt_json_add(params, json_object()));
    *ret = json_array_get(params, json_array_size(params) - 1U);
    PT_TRY(pt_json_put(*ret, "name", json_string(name)));
    return pt_json_put(*ret, "required", json_false());
}

static PT_RESULT set_params(const struct pt_job *job, const struct pt_at *at, json_t *entry,
                            json_t *descriptor)
{
    const struct pt_at here = {at, "params"};
    json_t *params = json_object_get(entry, "params");
    const char **names = NULL;
    PT_TRY(pt_json_keys(job->overlay.arena, params, &names));
    for (size_t i = 0U; i < json_object_size(params); i++) {
        const struct pt_at param_at = {&here, names[i]};
        json_t *given = json_object_get(params, names[i]);
        json_t *param = NULL;
        PT_TRY(pt_load_keys(&job->overlay, &param_at, given, param_keys, PT_COUNT(param_keys)));
        PT_TRY(find_param(json_object_get(descriptor, "params"), names[i], &param));
        PT_ENSURE(json_object_update(param, given) == 0, PT_E_NOMEM);
    }
    return PT_SUCCESS;
}

static PT_RESULT set_bucket(const struct pt_job *job, const struct pt_at *at, json_t *entry,
                            json_t *descriptor)
{
    const struct pt_at here = {at, "bucket"};
    json_t *name = json_object_get(entry, "bucket");
    json_t *quota = NULL;
    if (name == NULL) {
        return PT_SUCCESS;
    }
    const char *text = json_string_value(name);
    json_t *bucket =
        text != NULL ? json_object_get(json_object_get(job->rules, "buckets"), text) : NULL;
    if (!json_is_object(bucket)) {
        return pt_load_refuse(&job->overlay, &here, PT_FAIL(PT_E_ABSENT),
                              "ce compteur n'est pas dans « buckets »", text);
    }
    PT_TRY(pt_json_child(descriptor, "quota", JSON_OBJECT, &quota));
    PT_ENSURE(json_object_update(quota, bucket) == 0, PT_E_NOMEM);
    return pt_json_put(quota, "bucket", json_incref(name));
}

static PT_RESULT set_texts(const struct pt_job *job, const struct pt_at *at, json_t *entry,
                           json_t *descriptor)
{
    PT_TRY(pt_load_keys(&job->overlay, at, entry, entry_keys, PT_COUNT(entry_keys)));
    for (size_t i = 0U; i < PT_COUNT(copied_keys); i++) {
        json_t *value = json_object_get(entry, copied_keys[i]);
        if (value != NULL) {
            PT_TRY(pt_json_put(descriptor, copied_keys[i], json_deep_copy(value)));
        }
    }
    return PT_SUCCESS;
}

static PT_RESULT set_entry(const struct pt_job *job, const char *path, json_t *descriptor)
{
    const struct pt_at root = {NULL, NULL};
    const struct pt_at paths_at = {&root, "paths"};
    const struct pt_at at = {&paths_at, path};
    json_t *entry = json_object_get(json_object_get(job->rules, "paths"), path);
    if (entry == NULL) {
        return PT_SUCCESS;
    }
    PT_TRY(set_texts(job, &at, entry, descriptor));
    PT_TRY(set_bucket(job, &at, entry, descriptor));
    PT_TRY(set_params(job, &at, entry, descriptor));
    return set_fields(job, &at, entry, descriptor);
}

PT_RESULT pt_import_overlay(const struct pt_job *job, const char *path, json_t *descriptor)
{
    json_t *scopes = NULL;
    PT_TRY(set_entry(job, path, descriptor));
    PT_TRY(pt_json_child(descriptor, "scopes", JSON_ARRAY, &scopes));
    json_t *response = json_object_get(descriptor, "response");
    return response != NULL ? classify(job->rules, response, NULL, 0U) : PT_SUCCESS;
}

PT_RESULT pt_import_check_rules(const struct pt_job *job)
{
    const struct pt_at root = {NULL, NULL};
    const struct pt_at classes_at = {&root, "classes"};
    const struct pt_at paths_at = {&root, "paths"};
    json_t *known = json_object_get(job->document, "paths");
    json_t *classes = json_object_get(job->rules, "classes");
    json_t *paths = json_object_get(job->rules, "paths");
    PT_TRY(pt_load_keys(&job->overlay, &root, job->rules, rules_keys, PT_COUNT(rules_keys)));
    if (classes != NULL) {
        PT_TRY(pt_load_keys(&job->overlay, &classes_at, classes, class_keys, PT_COUNT(class_keys)));
    }
    const char *api = json_string_value(json_object_get(job->rules, "api"));
    if (api != NULL && !pt_slice_eq(pt_slice_str(api), job->api)) {
        const struct pt_at api_at = {&root, "api"};
        return pt_load_refuse(&job->overlay, &api_at, PT_FAIL(PT_E_SCHEMA),
                              "ce fichier est celui d'une autre API", api);
    }
    for (void *it = json_object_iter(paths); it != NULL; it = json_object_iter_next(paths, it)) {
        const char *path = json_object_iter_key(it);
        if (json_object_get(json_object_get(known, path), "get") == NULL) {
            return pt_load_refuse(&job->overlay, &paths_at, PT_FAIL(PT_E_ABSENT),
                                  "ce chemin n'est pas dans le fichier OpenAPI", path);
        }
    }
    return PT_SUCCESS;
}
