/* SPDX-License-Identifier: EUPL-1.2 */
/* der.c -- see der_int.h. Layer 1 (pki). */
#include "pki/der_int.h"

/* The length at the front of *@rest, minimal as DER wants it. */
static pt_status take_length(pt_slice *rest, size_t *ret)
{
    PT_ENSURE(rest->len != 0U, PT_E_SYNTAX);
    const uint8_t first = (uint8_t)rest->ptr[0];
    *rest = pt_slice_from(*rest, 1U);
    if (first < 0x80U) {
        *ret = first;
        return PT_SUCCESS;
    }
    const size_t n = first & 0x7fU;
    PT_ENSURE(n >= 1U && n <= 4U && rest->len >= n && rest->ptr[0] != 0, PT_E_SYNTAX);
    size_t len = 0U;
    for (size_t i = 0U; i < n; i++) {
        len = (len << 8U) | (uint8_t)rest->ptr[i];
    }
    *rest = pt_slice_from(*rest, n);
    PT_ENSURE(len >= 0x80U, PT_E_SYNTAX);
    *ret = len;
    return PT_SUCCESS;
}

PT_RESULT pt_der_next(pt_slice *rest, uint8_t *ret_tag, pt_slice *ret)
{
    PT_ENSURE(rest->len != 0U, PT_E_SYNTAX);
    const uint8_t tag = (uint8_t)rest->ptr[0];
    PT_ENSURE((tag & 0x1fU) != 0x1fU, PT_E_SYNTAX);
    pt_slice after = pt_slice_from(*rest, 1U);
    size_t len = 0U;
    PT_TRY(take_length(&after, &len));
    PT_ENSURE(len <= after.len, PT_E_SYNTAX);
    *ret_tag = tag;
    *ret = pt_slice_head(after, len);
    *rest = pt_slice_from(after, len);
    return PT_SUCCESS;
}

PT_RESULT pt_der_take(pt_slice *rest, uint8_t tag, pt_slice *ret)
{
    uint8_t found = 0U;
    PT_ENSURE(rest->len != 0U && (uint8_t)rest->ptr[0] == tag, PT_E_SYNTAX);
    return pt_der_next(rest, &found, ret);
}

PT_RESULT pt_der_maybe(pt_slice *rest, uint8_t tag, pt_slice *ret)
{
    *ret = PT_SLICE_EMPTY;
    if (rest->len == 0U || (uint8_t)rest->ptr[0] != tag) {
        return PT_SUCCESS;
    }
    return pt_der_take(rest, tag, ret);
}

void pt_der_head(struct pt_buf *out, uint8_t tag, size_t len)
{
    pt_buf_put_byte(out, (char)tag);
    if (len < 0x80U) {
        pt_buf_put_byte(out, (char)len);
        return;
    }
    uint8_t n = 1U;
    while (n < 4U && (len >> (8U * n)) != 0U) {
        n++;
    }
    pt_buf_put_byte(out, (char)(0x80U | n));
    for (; n > 0U; n--) {
        pt_buf_put_byte(out, (char)((len >> (8U * (n - 1U))) & 0xffU));
    }
}

void pt_der_put(struct pt_buf *out, uint8_t tag, pt_slice content)
{
    pt_der_head(out, tag, content.len);
    pt_buf_put(out, content);
}
