/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * http1_reply.h -- one HTTP/1.1 answer as bytes (RFC 9112 4, 6). Layer: gateway.
 *
 * Injection is impossible by construction: a name that is no token, or a value with a control
 * byte, fails the whole answer. Length, date and connection management belong to the writer, so
 * that a caller cannot contradict the framing.
 */
#ifndef POTERNE_GATEWAY_HTTP1_REPLY_H
#define POTERNE_GATEWAY_HTTP1_REPLY_H

#include "poterne/base/buf.h"
#include "poterne/gateway/http1.h"

#define PT_HTTP_DATE_LEN 29U /* Sun, 06 Nov 1994 08:49:37 GMT (RFC 9110 5.6.7) */

struct pt_http1_reply {
    uint16_t status; /* 200 to 599 */
    bool keep_alive;
    bool head_only; /* the answer to HEAD: its length is said, its body is not sent */
    const struct pt_http_header *headers;
    size_t header_count;
    pt_slice date; /* PT_HTTP_DATE_LEN bytes of pt_http1_date, or empty: no Date field */
    pt_slice body;
};

/** Fixed interim answer (RFC 9110 15.2.1). */
#define PT_HTTP1_CONTINUE PT_SLICE("HTTP/1.1 100 Continue\r\n\r\n")

/**
 * Append the whole answer to @out.
 * @return PT_E_ARG a status outside 200..599, a name that is no token or that belongs to the
 *         writer (Content-Length, Transfer-Encoding, Connection, Date, Trailer, Upgrade), a value
 *         with a control byte, a body with 204 or 304; @out is then as before.
 *         PT_E_LIMIT, PT_E_NOMEM as @out says.
 */
PT_RESULT pt_http1_reply_write(const struct pt_http1_reply *reply, struct pt_buf *out);

/** IMF-fixdate of @wall_ms, NUL-terminated. */
void pt_http1_date(uint64_t wall_ms, char out[static PT_HTTP_DATE_LEN + 1U]);

/** Reason phrase of a status ("OK"), "" for one that has none here. */
const char *pt_http1_phrase(uint16_t status);

#endif /* POTERNE_GATEWAY_HTTP1_REPLY_H */
