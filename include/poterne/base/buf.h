/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * buf.h -- an owned, growing, bounded byte buffer.
 *
 * The maximum is given at birth. The first failing append marks the buffer: later appends do
 * nothing, and pt_buf_status() tells once, at the end, whether everything went in. Growth
 * copies to new memory and wipes the old (no realloc: nothing secret stays behind).
 * pt_buf_done() wipes. A zeroed struct is a valid, empty buffer of maximum 0.
 * Layer 0 (base).
 */
#ifndef POTERNE_BASE_BUF_H
#define POTERNE_BASE_BUF_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

struct pt_buf {
    char *ptr;
    size_t len;
    size_t cap;
    size_t max;
    uint32_t error; /* enum pt_code of the first failure, sticky */
};

void pt_buf_init(struct pt_buf *buf, size_t max);
void pt_buf_done(struct pt_buf *buf);  /* wipes, frees, leaves a valid empty buffer of max 0 */
void pt_buf_clear(struct pt_buf *buf); /* wipes the content, keeps memory, clears the error */

void pt_buf_put(struct pt_buf *buf, pt_slice bytes);
void pt_buf_put_str(struct pt_buf *buf, const char *text);
void pt_buf_put_byte(struct pt_buf *buf, char byte);
void pt_buf_put_u64(struct pt_buf *buf, uint64_t number); /* decimal */
/** Quote @text for JSON with the minimal escapes of RFC 8785 3.2.2.2; bytes >= 0x80 pass as they
 * are. */
void pt_buf_put_json(struct pt_buf *buf, pt_slice text);

/** Room for @n (>= 1) more bytes; NULL (and the sticky error) when there is none. */
char *pt_buf_space(struct pt_buf *buf, size_t n);
/** Take @n bytes that were written into the space. */
void pt_buf_commit(struct pt_buf *buf, size_t n);
/** Drop @n bytes from the front (n <= len). */
void pt_buf_consume(struct pt_buf *buf, size_t n);

static inline pt_slice pt_buf_slice(const struct pt_buf *buf)
{
    return pt_slice_of(buf->ptr, buf->len);
}
PT_RESULT pt_buf_status(const struct pt_buf *buf);

#endif /* POTERNE_BASE_BUF_H */
