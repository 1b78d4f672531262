/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * json.c -- jansson, opened the strict way. Layer 1 (schemas).
 */
#include "schemas/json_int.h"

static pt_status refusal(enum json_error_code code)
{
    /* jansson says nothing at all when it fails to allocate a container. */
    if (code == json_error_unknown || code == json_error_out_of_memory) {
        return PT_FAIL(PT_E_NOMEM);
    }
    if (code == json_error_numeric_overflow || code == json_error_stack_overflow) {
        return PT_FAIL(PT_E_LIMIT);
    }
    return PT_FAIL(PT_E_SYNTAX);
}

PT_RESULT pt_json_parse(pt_slice text, size_t flags, json_error_t *error, json_t **ret)
{
    *error = (json_error_t){.line = 0};
    json_t *json = json_loadb(text.ptr != NULL ? text.ptr : "", text.len,
                              flags | JSON_REJECT_DUPLICATES, error);
    if (json == NULL) {
        return refusal(json_error_code(error));
    }
    *ret = json;
    return PT_SUCCESS;
}
