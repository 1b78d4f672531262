/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The slice operations too long to be inlined. Locale-free: protocol text is ASCII.
 * Layer 0 (base).
 */
#include "poterne/base/slice.h"

static unsigned char lower(char c)
{
    const unsigned char u = (unsigned char)c;
    return u >= 'A' && u <= 'Z' ? (unsigned char)(u + ('a' - 'A')) : u;
}

bool pt_slice_eq_nocase(pt_slice a, pt_slice b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0U; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

size_t pt_slice_find(pt_slice s, char byte)
{
    if (s.len == 0U) {
        return 0U;
    }
    const char *hit = (const char *)memchr(s.ptr, (unsigned char)byte, s.len);
    return hit != NULL ? (size_t)(hit - s.ptr) : s.len;
}

pt_slice pt_slice_cut(pt_slice *s, char byte)
{
    const size_t at = pt_slice_find(*s, byte);
    const pt_slice before = pt_slice_head(*s, at);
    *s = pt_slice_from(*s, at + 1U);
    return before;
}

int pt_slice_cmp(pt_slice a, pt_slice b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int order = n > 0U ? memcmp(a.ptr, b.ptr, n) : 0;
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}
