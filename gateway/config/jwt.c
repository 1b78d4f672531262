/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The end of a token: the `exp` of its claims. The State's tokens are JWTs (state-apis 1.2); their
 * claims are read, never the signature, and nothing of them leaves this file but one number.
 * Layer 3 (gateway).
 */
#include "poterne/base/codec.h"
#include "poterne/base/limits.h"
#include "poterne/base/secret.h"
#include "poterne/gateway/expiry.h"

#include <jansson.h>
#include <stdlib.h>

#define SECONDS_MAX 253402300799 /* 9999-12-31: later is a mistake of units, not an end */

static PT_RESULT read_claims(pt_slice claims, int64_t *ret_seconds)
{
    json_error_t where;
    json_t *root = json_loadb(claims.ptr, claims.len, JSON_REJECT_DUPLICATES, &where);
    if (root == NULL) {
        const bool memory = json_error_code(&where) == json_error_out_of_memory;
        return PT_FAIL(memory ? PT_E_NOMEM : PT_E_ABSENT);
    }
    const json_t *exp = json_object_get(root, "exp");
    const double seconds = json_number_value(exp); /* 0.0 when it is no number */
    json_decref(root);
    PT_ENSURE(seconds > 0.0 && seconds <= (double)SECONDS_MAX, PT_E_ABSENT);
    *ret_seconds = (int64_t)seconds;
    return PT_SUCCESS;
}

static PT_RESULT decode_claims(pt_slice text, uint8_t *claims, size_t size, int64_t *ret_seconds)
{
    size_t n = 0U;
    if (!pt_ok(pt_b64url_decode(text, claims, size, &n))) {
        return PT_FAIL(PT_E_ABSENT);
    }
    return read_claims(pt_slice_of(claims, n), ret_seconds);
}

PT_RESULT pt_jwt_expiry(pt_slice token, int64_t *ret_seconds)
{
    PT_ENSURE(ret_seconds != NULL, PT_E_ARG);
    pt_slice rest = token;
    (void)pt_slice_cut(&rest, '.');
    const pt_slice text = pt_slice_cut(&rest, '.');
    PT_ENSURE(text.len > 0U && rest.len > 0U && token.len <= PT_SECRET_FILE_MAX, PT_E_ABSENT);
    uint8_t *claims = malloc(text.len);
    PT_ENSURE(claims != NULL, PT_E_NOMEM);
    const pt_status st = decode_claims(text, claims, text.len, ret_seconds);
    pt_wipe(claims, text.len);
    free(claims);
    return st;
}
