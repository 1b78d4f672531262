/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The end of a token, from hostile bytes: as the whole token, and as the claims of one. Properties:
 * no crash; an end that is read lies between 1970 and the year 9999; what is refused leaves the
 * caller's number alone.
 */
#include "poterne/base/codec.h"
#include "poterne/base/limits.h"
#include "poterne/gateway/expiry.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define UNTOUCHED   INT64_C(-7)
#define SECONDS_MAX INT64_C(253402300799)

static void check(pt_slice token)
{
    int64_t end = UNTOUCHED;
    const pt_status st = pt_jwt_expiry(token, &end);
    const bool sound =
        pt_ok(st) ? end >= 0 && end <= SECONDS_MAX : end == UNTOUCHED && st.code == PT_E_ABSENT;
    if (!sound) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pt_buf token;
    check(pt_slice_of(data, size));
    pt_buf_init(&token, PT_SECRET_FILE_MAX);
    pt_buf_put_str(&token, "e30.");
    pt_b64url_encode(&token, pt_slice_of(data, size));
    pt_buf_put_str(&token, ".c2ln");
    if (pt_ok(pt_buf_status(&token))) {
        check(pt_buf_slice(&token));
    }
    pt_buf_done(&token);
    return 0;
}
