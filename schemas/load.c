/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * load.c -- small readers of jansson values that say in French what is wrong, and where.
 * Layer 1 (schemas).
 */
#include "schemas/load_int.h"

static void put_pointer(struct pt_buf *out, const struct pt_at *at)
{
    if (at == NULL || at->key == NULL) {
        return;
    }
    put_pointer(out, at->up);
    pt_buf_put_byte(out, '/');
    for (const char *c = at->key; *c != '\0'; c++) {
        if (*c == '~' || *c == '/') {
            pt_buf_put_str(out, *c == '~' ? "~0" : "~1");
        } else {
            pt_buf_put_byte(out, *c);
        }
    }
}

pt_status pt_load_refuse(const struct pt_load *load, const struct pt_at *at, pt_status st,
                         const char *what, const char *detail)
{
    if (load->why == NULL) {
        return st;
    }
    pt_buf_put(load->why, load->file);
    pt_buf_put_str(load->why, ": ");
    if (at != NULL && at->key != NULL) {
        put_pointer(load->why, at);
        pt_buf_put_str(load->why, ": ");
    }
    pt_buf_put_str(load->why, what);
    if (detail != NULL) {
        pt_buf_put_str(load->why, " « ");
        pt_buf_put_str(load->why, detail);
        pt_buf_put_str(load->why, " »");
    }
    pt_buf_put_byte(load->why, '\n');
    return st;
}

static bool is_among(const char *key, const char *const *names, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        if (strcmp(key, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

PT_RESULT pt_load_keys(const struct pt_load *load, const struct pt_at *at, json_t *json,
                       const char *const *names, size_t n)
{
    if (!json_is_object(json)) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA), "un objet est attendu", NULL);
    }
    for (void *it = json_object_iter(json); it != NULL; it = json_object_iter_next(json, it)) {
        const char *key = json_object_iter_key(it);
        if (!is_among(key, names, n)) {
            return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA), "clé inconnue", key);
        }
    }
    return PT_SUCCESS;
}

static bool has_control(pt_slice text)
{
    for (size_t i = 0U; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < 0x20U || text.ptr[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

PT_RESULT pt_load_text(const struct pt_load *load, const struct pt_at *at, json_t *json,
                       pt_slice *ret)
{
    if (json == NULL) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA), "cette clé est obligatoire", NULL);
    }
    if (!json_is_string(json)) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA), "un texte est attendu", NULL);
    }
    const pt_slice text = pt_slice_of(json_string_value(json), json_string_length(json));
    if (text.len == 0U || text.len > PT_LOAD_TEXT_MAX || has_control(text)) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA),
                              "le texte est vide, trop long ou contient un caractère de contrôle",
                              NULL);
    }
    return pt_arena_dup(load->arena, text, ret);
}

PT_RESULT pt_load_bool(const struct pt_load *load, const struct pt_at *at, json_t *json, bool *ret)
{
    if (json != NULL && !json_is_boolean(json)) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA), "true ou false est attendu", NULL);
    }
    *ret = json_is_true(json);
    return PT_SUCCESS;
}

PT_RESULT pt_load_u32(const struct pt_load *load, const struct pt_at *at, json_t *json,
                      uint32_t *ret)
{
    if (!json_is_integer(json) || json_integer_value(json) < 1 ||
        json_integer_value(json) > (json_int_t)UINT32_MAX) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA),
                              "un nombre entier à partir de 1 est attendu", NULL);
    }
    *ret = (uint32_t)json_integer_value(json);
    return PT_SUCCESS;
}

static PT_RESULT load_text_of_list(const struct pt_load *load, const struct pt_at *at, json_t *list,
                                   size_t i, pt_slice *texts)
{
    PT_TRY(pt_load_text(load, at, json_array_get(list, i), &texts[i]));
    for (size_t k = 0U; k < i; k++) {
        if (pt_slice_eq(texts[k], texts[i])) {
            return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA), "ce texte est donné deux fois",
                                  texts[i].ptr);
        }
    }
    return PT_SUCCESS;
}

PT_RESULT pt_load_texts(const struct pt_load *load, const struct pt_at *at, json_t *json,
                        size_t max, pt_slice **ret)
{
    if (!json_is_array(json)) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_SCHEMA), "une liste de textes est attendue",
                              NULL);
    }
    const size_t n = json_array_size(json);
    if (n > max) {
        return pt_load_refuse(load, at, PT_FAIL(PT_E_LIMIT), "la liste est trop longue", NULL);
    }
    pt_slice *texts = pt_arena_alloc(load->arena, (n + 1U) * sizeof(*texts));
    PT_ENSURE(texts != NULL, PT_E_NOMEM);
    for (size_t i = 0U; i < n; i++) {
        PT_TRY(load_text_of_list(load, at, json, i, texts));
    }
    *ret = texts;
    return PT_SUCCESS;
}
