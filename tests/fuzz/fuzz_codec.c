/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Every text decoder of base/. Property: what is accepted is the one text of its value, so
 * encoding the value again gives the input back (hexadecimal: but for the case).
 */
#include "poterne/base/clock.h"
#include "poterne/base/codec.h"
#include "poterne/base/num.h"
#include "poterne/base/uuid.h"

#include <stdlib.h>

#define MAX_IN 4096U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_equal(pt_slice a, pt_slice b)
{
    if (!pt_slice_eq(a, b)) {
        abort();
    }
}

static void check_base64(pt_slice text)
{
    uint8_t plain[MAX_IN];
    char again[PT_B64_LEN(MAX_IN)];
    size_t n = 0U;
    if (pt_ok(pt_b64_decode(text, plain, sizeof plain, &n))) {
        must_equal(pt_slice_of(again, pt_b64_encode_raw(pt_slice_of(plain, n), again)), text);
    }
    if (pt_ok(pt_b64url_decode(text, plain, sizeof plain, &n))) {
        must_equal(pt_slice_of(again, pt_b64url_encode_raw(pt_slice_of(plain, n), again)), text);
    }
}

static void check_hex(pt_slice text)
{
    uint8_t plain[MAX_IN];
    char again[PT_HEX_LEN(MAX_IN)];
    const size_t n = text.len / 2U;
    if (pt_ok(pt_hex_decode(text, plain, n))) {
        pt_hex_encode(pt_slice_of(plain, n), again);
        if (!pt_slice_eq_nocase(pt_slice_of(again, 2U * n), text)) {
            abort();
        }
    }
}

static void check_times(pt_slice text)
{
    char again[PT_RFC3339_LEN + 1U];
    uint64_t wall = 0U;
    int32_t days = 0;
    uint32_t month = 0U;
    if (text.len == PT_RFC3339_LEN && pt_ok(pt_time_parse(text, &wall))) {
        pt_time_rfc3339(wall, again);
        must_equal(pt_slice_str(again), text);
    }
    if (pt_ok(pt_time_date_parse(text, &days))) {
        pt_time_date_text(days, again);
        must_equal(pt_slice_str(again), text);
    }
    if (pt_ok(pt_time_month_parse(text, &month))) {
        pt_time_month_text(month, again);
        must_equal(pt_slice_str(again), text);
    }
}

static void check_identifiers(pt_slice text)
{
    struct pt_uuid id;
    char again[PT_UUID_TEXT + 1U];
    uint64_t number = 0U;
    if (pt_ok(pt_uuid_parse(text, &id))) {
        pt_uuid_text(&id, again);
        must_equal(pt_slice_str(again), text);
    }
    if (pt_ok(pt_num_u64(text, 0U, UINT64_MAX, &number)) && text.ptr[0] != '0') {
        must_equal(pt_slice_of(again, pt_num_format(number, again)), text);
    }
    (void)pt_utf8_valid(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pt_slice text = pt_slice_of(data, size);
    if (size <= MAX_IN) {
        check_base64(text);
        check_hex(text);
        check_times(text);
        check_identifiers(text);
    }
    return 0;
}
