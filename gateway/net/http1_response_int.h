/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * http1_response_int.h -- the strict HTTP/1.1 response parser of the way out (RFC 9110, RFC 9112),
 * sans-I/O. Private to gateway/net and its tests.
 *
 * The other half of http1.h, with the same lines and the same chunks: bytes in, verdict out; the
 * caller keeps the whole response contiguous in a buffer of its own, which may move between two
 * calls; a chunked body is decoded in place. Where a clause leaves a choice, the strict one is
 * taken: CRLF alone ends a line, no folding, one Content-Length or one "chunked" and never both,
 * no trailer. A response that two readers could read differently is nobody's answer.
 */
#ifndef POTERNE_GATEWAY_NET_HTTP1_RESPONSE_INT_H
#define POTERNE_GATEWAY_NET_HTTP1_RESPONSE_INT_H

#include "poterne/gateway/http1.h"

#define PT_HTTP1_KEPT_MAX    128U /* bytes of a field that is kept; a longer one is dropped */
#define PT_HTTP1_INTERIM_MAX 4U   /* 1xx responses before the final one */

/* X(name, field): what a connector may want to know; everything else is checked and dropped. */
#define PT_HTTP1_KEPT(X)                                                                           \
    X(PT_KEPT_CONTENT_TYPE, "content-type")                                                        \
    X(PT_KEPT_RETRY_AFTER, "retry-after")                                                          \
    X(PT_KEPT_RATE_LIMIT, "ratelimit-limit")                                                       \
    X(PT_KEPT_RATE_REMAINING, "ratelimit-remaining")                                               \
    X(PT_KEPT_RATE_RESET, "ratelimit-reset")                                                       \
    X(PT_KEPT_REQUEST_ID, "x-request-id")

enum pt_http1_kept {
#define X(name, field) name,
    PT_HTTP1_KEPT(X)
#undef X
        PT_KEPT_COUNT
};

/* Zeroed memory is a fresh one. */
struct pt_http1_response {
    struct pt_http1_parser parser; /* lines, fields that frame, chunks */
    uint16_t status;
    uint8_t interim; /* 1xx responses so far */
    bool old;        /* HTTP/1.0 */
    bool to_the_end; /* the body ends with the connection (RFC 9112 6.3, 8) */
    struct pt_http1_span kept[PT_KEPT_COUNT];
};

enum pt_http1_answer { PT_HTTP1_ANSWER_MORE = 0, PT_HTTP1_ANSWER, PT_HTTP1_ANSWER_REFUSED };

void pt_http1_response_init(struct pt_http1_response *response);
/**
 * Look at bytes[0, len): the whole response so far. @ended: the peer has said that there is no
 * more. MORE never comes with @ended.
 * ANSWER   complete; pt_http1_response_used() tells how many bytes it took.
 * REFUSED  pt_http1_response_reason(); of NO_REASON: the end came too early.
 */
enum pt_http1_answer pt_http1_response_feed(struct pt_http1_response *response, char *bytes,
                                            size_t len, bool ended);
enum pt_http1_reason pt_http1_response_reason(const struct pt_http1_response *response);
size_t pt_http1_response_used(const struct pt_http1_response *response);
/** After ANSWER. */
pt_slice pt_http1_response_body(const struct pt_http1_response *response, const char *bytes);
pt_slice pt_http1_response_kept(const struct pt_http1_response *response, const char *bytes,
                                enum pt_http1_kept which);
/** May the connection carry another exchange (RFC 9112 9.3)? */
bool pt_http1_response_keeps(const struct pt_http1_response *response);

#endif /* POTERNE_GATEWAY_NET_HTTP1_RESPONSE_INT_H */
