/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The owned, bounded buffer. Law: memory that is given back is wiped first, so growth copies to
 * new memory instead of letting the allocator move the old. Layer 0 (base).
 */
#include "poterne/base/buf.h"

#include "base/escape_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/num.h"
#include "poterne/base/secret.h"

#include <stdlib.h>

#define FIRST_CAP 256U

void pt_buf_init(struct pt_buf *buf, size_t max)
{
    *buf = (struct pt_buf){.max = max};
}

void pt_buf_done(struct pt_buf *buf)
{
    if (buf->ptr != NULL) {
        pt_wipe(buf->ptr, buf->cap);
        free(buf->ptr);
    }
    *buf = (struct pt_buf){.max = 0U};
}

void pt_buf_clear(struct pt_buf *buf)
{
    pt_wipe(buf->ptr, buf->len);
    buf->len = 0U;
    buf->error = PT_OK;
}

/* Twice the size, at least @need, never above the maximum; @need <= max. */
static size_t next_cap(const struct pt_buf *buf, size_t need)
{
    size_t cap = buf->cap > 0U ? buf->cap : FIRST_CAP;
    while (cap < need && cap <= buf->max / 2U) {
        cap *= 2U;
    }
    if (cap < need || cap > buf->max) {
        cap = buf->max;
    }
    return cap;
}

static bool grow(struct pt_buf *buf, size_t need)
{
    const size_t cap = next_cap(buf, need);
    char *fresh = malloc(cap);
    if (fresh == NULL) {
        buf->error = PT_E_NOMEM;
        return false;
    }
    if (buf->ptr != NULL) {
        memcpy(fresh, buf->ptr, buf->len);
        pt_wipe(buf->ptr, buf->cap);
        free(buf->ptr);
    }
    buf->ptr = fresh;
    buf->cap = cap;
    return true;
}

/* The capacity never exceeds the maximum, so what fits into it needs no other question. */
static bool fits(const struct pt_buf *buf, size_t n)
{
    return buf->error == PT_OK && n <= buf->cap - buf->len;
}

/* Where the next bytes go once there is room for @n more. Kept apart: appends that fit are many. */
static char *make_room(struct pt_buf *buf, size_t n)
{
    if (buf->error != PT_OK) {
        return NULL;
    }
    if (n > buf->max - buf->len) {
        buf->error = PT_E_LIMIT;
        return NULL;
    }
    return grow(buf, buf->len + n) ? buf->ptr + buf->len : NULL;
}

char *pt_buf_space(struct pt_buf *buf, size_t n)
{
    if (fits(buf, n)) {
        return buf->ptr != NULL ? buf->ptr + buf->len : NULL;
    }
    return make_room(buf, n);
}

void pt_buf_commit(struct pt_buf *buf, size_t n)
{
    PT_BUG_ON(n > buf->cap - buf->len);
    buf->len += n;
}

void pt_buf_consume(struct pt_buf *buf, size_t n)
{
    PT_BUG_ON(n > buf->len);
    if (n == 0U) {
        return;
    }
    const size_t left = buf->len - n;
    memmove(buf->ptr, buf->ptr + n, left);
    pt_wipe(buf->ptr + left, n);
    buf->len = left;
}

void pt_buf_put(struct pt_buf *buf, pt_slice bytes)
{
    if (bytes.len == 0U) {
        return;
    }
    char *const space = fits(buf, bytes.len) ? buf->ptr + buf->len : make_room(buf, bytes.len);
    if (space != NULL) {
        memcpy(space, bytes.ptr, bytes.len);
        buf->len += bytes.len;
    }
}

void pt_buf_put_str(struct pt_buf *buf, const char *text)
{
    pt_buf_put(buf, pt_slice_str(text));
}

void pt_buf_put_byte(struct pt_buf *buf, char byte)
{
    pt_buf_put(buf, pt_slice_of(&byte, 1U));
}

void pt_buf_put_u64(struct pt_buf *buf, uint64_t number)
{
    char digits[PT_U64_DIGITS];
    const size_t n = pt_num_format(number, digits);
    pt_buf_put(buf, pt_slice_of(digits, n));
}

/* The letter of the two-character escape, 0 when JSON has none for this byte. */
static char short_escape(char byte)
{
    switch (byte) {
    case '"':
    case '\\':
        return byte;
    case '\b':
        return 'b';
    case '\t':
        return 't';
    case '\n':
        return 'n';
    case '\f':
        return 'f';
    case '\r':
        return 'r';
    default:
        return '\0';
    }
}

size_t pt_json_escape(char byte, char out[static PT_JSON_ESCAPE_MAX])
{
    const char letter = short_escape(byte);
    if (letter != '\0') {
        out[0] = '\\';
        out[1] = letter;
        return 2U;
    }
    if ((unsigned char)byte >= 0x20U) {
        out[0] = byte;
        return 1U;
    }
    static const char HEAD[4] = {'\\', 'u', '0', '0'};
    memcpy(out, HEAD, sizeof HEAD);
    pt_hex_encode(pt_slice_of(&byte, 1U), out + 4);
    return PT_JSON_ESCAPE_MAX;
}

void pt_buf_put_json(struct pt_buf *buf, pt_slice text)
{
    pt_buf_put_byte(buf, '"');
    size_t from = 0U; /* start of the run that needs no escape */
    for (size_t i = 0U; i < text.len; i++) {
        const char byte = text.ptr[i];
        char escape[PT_JSON_ESCAPE_MAX];
        if ((unsigned char)byte >= 0x20U && byte != '"' && byte != '\\') {
            continue;
        }
        const size_t n = pt_json_escape(byte, escape);
        pt_buf_put(buf, pt_slice_of(text.ptr + from, i - from));
        pt_buf_put(buf, pt_slice_of(escape, n));
        from = i + 1U;
    }
    pt_buf_put(buf, pt_slice_from(text, from));
    pt_buf_put_byte(buf, '"');
}

PT_RESULT pt_buf_status(const struct pt_buf *buf)
{
    return buf->error == PT_OK ? PT_SUCCESS : PT_FAIL(buf->error);
}
