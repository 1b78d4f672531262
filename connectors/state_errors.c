/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The error envelope that every State API of the family shares:
 * {"errors":[{"code","title","detail","source"?,"meta"}]} (state-apis 3.2). Codes are 5-character
 * strings, but old ones are shorter; `source` is absent or null; several errors may come at once.
 */
#include "connectors/connectors_int.h"

#include "poterne/base/num.h"

#include <jansson.h>

#define ERRORS_MAX 16U        /* errors of one envelope that are handed on */
#define TEXT_MAX   2048U      /* bytes of a title or detail */
#define RETRY_MAX  31536000LL /* a year: above it is no hint */

static pt_slice text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value) || json_string_length(value) > TEXT_MAX) {
        return PT_SLICE_EMPTY;
    }
    return pt_slice_of(json_string_value(value), json_string_length(value));
}

static void put_member(struct pt_buf *body, const char *key, pt_slice value)
{
    if (value.len == 0U) {
        return;
    }
    pt_buf_put_byte(body, ',');
    pt_buf_put_json(body, pt_slice_str(key));
    pt_buf_put_byte(body, ':');
    pt_buf_put_json(body, value);
}

static void put_source(struct pt_buf *body, const json_t *error)
{
    const json_t *source = json_object_get(error, "source");
    const char *const kinds[] = {"parameter", "header"};
    for (size_t i = 0U; i < PT_COUNT(kinds); i++) {
        const pt_slice value = text_of(source, kinds[i]);
        if (value.len > 0U) {
            pt_buf_put_str(body, ",\"source\":{");
            pt_buf_put_json(body, pt_slice_str(kinds[i]));
            pt_buf_put_byte(body, ':');
            pt_buf_put_json(body, value);
            pt_buf_put_byte(body, '}');
            return;
        }
    }
}

static void put_meta(struct pt_buf *body, const json_t *error, struct pt_answer *answer)
{
    const json_t *meta = json_object_get(error, "meta");
    pt_buf_put_str(body, ",\"meta\":{\"outcome\":");
    pt_buf_put_json(body, pt_slice_str(pt_outcome_name(answer->outcome)));
    put_member(body, "provider", text_of(meta, "provider"));
    put_member(body, "provider_error_code", text_of(meta, "provider_error_code"));
    const json_t *retry = json_object_get(meta, "retry_in");
    /* a Retry-After header, read before, wins over the hint of the body (state-apis 3.5) */
    if (!answer->has_retry && json_is_integer(retry) && json_integer_value(retry) > 0 &&
        json_integer_value(retry) <= RETRY_MAX) {
        answer->has_retry = true;
        answer->retry_in = (uint32_t)json_integer_value(retry);
    }
    if (answer->has_retry) {
        pt_buf_put_str(body, ",\"retry_in\":");
        pt_buf_put_u64(body, answer->retry_in);
    }
    pt_buf_put_str(body, "}}");
}

static void keep_code(struct pt_answer *answer, pt_slice code)
{
    if (answer->state_code[0] != '\0') {
        return;
    }
    for (size_t i = 0U; i < code.len; i++) {
        if (code.ptr[i] < '0' || code.ptr[i] > 'Z') {
            return; /* a code is digits and capitals; anything else stays out of our log */
        }
    }
    memcpy(answer->state_code, code.ptr, code.len);
    answer->state_code[code.len] = '\0';
}

static PT_RESULT put_error(struct pt_buf *body, const json_t *error, struct pt_answer *answer)
{
    const pt_slice code = text_of(error, "code");
    PT_ENSURE(code.len > 0U && code.len <= PT_STATE_CODE_MAX, PT_E_SYNTAX);
    keep_code(answer, code);
    pt_buf_put_str(body, "{\"code\":");
    pt_buf_put_json(body, code);
    put_member(body, "title", text_of(error, "title"));
    put_member(body, "detail", text_of(error, "detail"));
    put_source(body, error);
    put_meta(body, error, answer);
    return PT_SUCCESS;
}

/* 404 "this version is not supported" is our descriptor's fault: it says nothing about anybody. */
static void refine(pt_slice code, struct pt_answer *answer)
{
    if (answer->status == 404U && pt_slice_eq(code, PT_SLICE("00402"))) {
        answer->outcome = PT_OUTCOME_IMPOSSIBLE;
    }
}

static PT_RESULT put_errors(const json_t *root, struct pt_buf *body, struct pt_answer *answer)
{
    const json_t *errors = json_object_get(root, "errors");
    const size_t n = json_array_size(errors);
    PT_ENSURE(n > 0U && n <= ERRORS_MAX, PT_E_SYNTAX);
    refine(text_of(json_array_get(errors, 0U), "code"), answer);
    pt_buf_put_str(body, "{\"errors\":[");
    for (size_t i = 0U; i < n; i++) {
        if (i > 0U) {
            pt_buf_put_byte(body, ',');
        }
        PT_TRY(put_error(body, json_array_get(errors, i), answer));
    }
    pt_buf_put_str(body, "]}");
    return pt_buf_status(body);
}

PT_RESULT pt_state_errors(pt_slice json, struct pt_buf *body, struct pt_answer *answer)
{
    json_error_t why;
    json_t *root =
        json_loadb(json.ptr != NULL ? json.ptr : "", json.len, JSON_REJECT_DUPLICATES, &why);
    if (root == NULL) {
        return json_error_code(&why) == json_error_out_of_memory ? PT_FAIL(PT_E_NOMEM)
                                                                 : PT_FAIL(PT_E_SYNTAX);
    }
    pt_buf_clear(body);
    const pt_status st = put_errors(root, body, answer);
    json_decref(root);
    if (!pt_ok(st)) {
        pt_buf_clear(body);
    }
    return st;
}

bool pt_state_is_json(pt_slice content_type)
{
    pt_slice rest = content_type;
    pt_slice type = pt_slice_cut(&rest, ';');
    while (type.len > 0U && type.ptr[type.len - 1U] == ' ') {
        type.len--;
    }
    return pt_slice_eq_nocase(type, PT_SLICE("application/json")) ||
           pt_slice_eq_nocase(type, PT_SLICE("application/vnd.api+json"));
}
