/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * load_params.c -- the parameters of a descriptor, and their agreement with its path.
 * Layer 1 (schemas).
 */
#include "schemas/load_int.h"

#include "poterne/base/limits.h"
#include "schemas/path_int.h"

static const char *const param_keys[] = {"name", "in", "required", "format", "values"};
/* The connector fills these for every call (state-apis, 2.2); a caller never gives them twice. */
static const char *const connector_names[] = {"context", "object", "recipient"};

static bool name_shape(pt_slice name)
{
    for (size_t i = 0U; i < name.len; i++) {
        const char c = name.ptr[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && strchr("_-[]", c) == NULL) {
            return false;
        }
    }
    return name.len > 0U && name.len <= PT_ID_MAX;
}

static PT_RESULT check_name(const struct pt_load *load, const struct pt_at *at, pt_slice name)
{
    if (!name_shape(name)) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA),
                              "lettres, chiffres, « _ », « - » et « [] » seulement", NULL);
    }
    for (size_t i = 0U; i < PT_COUNT(connector_names); i++) {
        if (pt_slice_eq(name, pt_slice_str(connector_names[i]))) {
            return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA),
                                  "ce paramètre est rempli par le connecteur", name.ptr);
        }
    }
    return PT_SUCCESS;
}

static PT_RESULT read_in(const struct pt_load *load, const struct pt_at *at, json_t *json,
                         enum pt_param_in *ret)
{
    const char *text = json_string_value(json);
    if (text != NULL && strcmp(text, "path") == 0) {
        *ret = PT_PARAM_PATH;
        return PT_SUCCESS;
    }
    if (text != NULL && strcmp(text, "query") == 0) {
        *ret = PT_PARAM_QUERY;
        return PT_SUCCESS;
    }
    return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA), "« path » ou « query » est attendu",
                          NULL);
}

static PT_RESULT read_format(const struct pt_load *load, const struct pt_at *at, json_t *json,
                             enum pt_format_id *ret)
{
    pt_slice name = PT_SLICE_EMPTY;
    PT_TRY(pt_load_text(load, at, json, &name));
    if (!pt_ok(pt_format_find(name, ret))) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA), "format inconnu", name.ptr);
    }
    return PT_SUCCESS;
}

static PT_RESULT read_values(const struct pt_load *load, const struct pt_at *at, json_t *json,
                             struct pt_param *param)
{
    pt_slice *values = NULL;
    if (json == NULL && param->format != PT_FORMAT_ENUM) {
        return PT_SUCCESS;
    }
    PT_TRY(pt_load_texts(load, at, json, PT_DATASET_VALUES_MAX, &values));
    param->values = values;
    param->nvalues = json_array_size(json);
    if (param->nvalues == 0U) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA), "la liste est vide", NULL);
    }
    return PT_SUCCESS;
}

static PT_RESULT read_param(const struct pt_load *load, const struct pt_at *at, json_t *json,
                            struct pt_param *param)
{
    const struct pt_at name = {at, "name"};
    const struct pt_at in = {at, "in"};
    const struct pt_at required = {at, "required"};
    const struct pt_at format = {at, "format"};
    const struct pt_at values = {at, "values"};
    PT_TRY(pt_load_keys(load, at, json, param_keys, PT_COUNT(param_keys)));
    PT_TRY(pt_load_text(load, &name, json_object_get(json, "name"), &param->name));
    PT_TRY(check_name(load, &name, param->name));
    PT_TRY(read_in(load, &in, json_object_get(json, "in"), &param->in));
    PT_TRY(pt_load_bool(load, &required, json_object_get(json, "required"), &param->required));
    PT_TRY(read_format(load, &format, json_object_get(json, "format"), &param->format));
    return read_values(load, &values, json_object_get(json, "values"), param);
}

static bool path_names(pt_slice path, pt_slice name)
{
    struct pt_path_cursor cursor = pt_path_begin(path);
    pt_slice segment = PT_SLICE_EMPTY;
    while (pt_path_next(&cursor, &segment)) {
        if (pt_path_is_param(segment) && pt_slice_eq(pt_path_param(segment), name)) {
            return true;
        }
    }
    return false;
}

static PT_RESULT check_param(const struct pt_load *load, const struct pt_at *at,
                             const struct pt_dataset *dataset, const struct pt_param *params,
                             size_t i)
{
    for (size_t k = 0U; k < i; k++) {
        if (pt_slice_eq(params[k].name, params[i].name)) {
            return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA), "paramètre donné deux fois",
                                  params[i].name.ptr);
        }
    }
    if (params[i].in == PT_PARAM_QUERY) {
        return PT_SUCCESS;
    }
    if (!params[i].required || !path_names(dataset->path, params[i].name)) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA),
                              "un paramètre « path » est obligatoire et figure dans le chemin",
                              params[i].name.ptr);
    }
    return PT_SUCCESS;
}

/* Every {parameter} of the path is declared: together with check_param, exactly once. */
static PT_RESULT check_path(const struct pt_load *load, const struct pt_at *at,
                            const struct pt_dataset *dataset)
{
    size_t in_path = 0U;
    size_t declared = 0U;
    struct pt_path_cursor cursor = pt_path_begin(dataset->path);
    pt_slice segment = PT_SLICE_EMPTY;
    while (pt_path_next(&cursor, &segment)) {
        in_path += pt_path_is_param(segment) ? 1U : 0U;
    }
    for (size_t i = 0U; i < dataset->nparams; i++) {
        declared += dataset->params[i].in == PT_PARAM_PATH ? 1U : 0U;
    }
    if (in_path != declared) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA),
                              "chaque paramètre du chemin est déclaré, une seule fois", NULL);
    }
    return PT_SUCCESS;
}

static PT_RESULT read_all(const struct pt_load *load, const struct pt_at *at, json_t *json,
                          struct pt_dataset *dataset, struct pt_param *params)
{
    for (size_t i = 0U; i < json_array_size(json); i++) {
        PT_TRY(read_param(load, at, json_array_get(json, i), &params[i]));
        PT_TRY(check_param(load, at, dataset, params, i));
    }
    dataset->params = params;
    dataset->nparams = json_array_size(json);
    return check_path(load, at, dataset);
}

PT_RESULT pt_load_params(const struct pt_load *load, const struct pt_at *at, json_t *json,
                         struct pt_dataset *dataset)
{
    if (!json_is_array(json)) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA), "une liste est attendue", NULL);
    }
    if (json_array_size(json) > PT_DATASET_PARAMS_MAX) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_LIMIT), "trop de paramètres", NULL);
    }
    struct pt_param *params =
        pt_arena_alloc(load->arena, (json_array_size(json) + 1U) * sizeof(*params));
    PT_ENSURE(params != NULL, PT_E_NOMEM);
    return read_all(load, at, json, dataset, params);
}
