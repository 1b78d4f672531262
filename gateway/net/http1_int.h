/* SPDX-License-Identifier: EUPL-1.2 */
/* Private to gateway/net/http1*.c: byte classes, phases, and what the three files share. */
#ifndef POTERNE_GATEWAY_NET_HTTP1_INT_H
#define POTERNE_GATEWAY_NET_HTTP1_INT_H

#include "poterne/gateway/http1.h"

enum {
    PT_H1_TOKEN = 0x01, /* tchar, RFC 9110 5.6.2 */
    PT_H1_FIELD = 0x02, /* field-vchar, SP, HTAB, RFC 9110 5.5 */
    PT_H1_LINE = 0x04,  /* VCHAR, SP: a request line, a chunk line */
    PT_H1_PATH = 0x08,  /* pchar without "%", and "/": RFC 3986 3.3 */
    PT_H1_QUERY = 0x10, /* RFC 3986 3.4, and the brackets of the State's own names ("prenoms[]") */
    PT_H1_HOST = 0x20,  /* a registered name: unreserved characters */
    PT_H1_HEX = 0x40
};

enum {
    PT_H1_AT_LINE = 0,
    PT_H1_AT_FIELDS,
    PT_H1_AT_BODY,
    PT_H1_AT_CHUNK_LINE,
    PT_H1_AT_CHUNK_DATA,
    PT_H1_AT_CHUNK_END,
    PT_H1_AT_LAST_LINE,
    PT_H1_AT_DONE,
    PT_H1_AT_REFUSED
};

extern const uint8_t pt_h1_class[256];

static inline bool pt_h1_is(char byte, unsigned mask)
{
    return (pt_h1_class[(unsigned char)byte] & mask) != 0U;
}

static inline pt_slice pt_h1_slice(const char *bytes, struct pt_http1_span span)
{
    return pt_slice_of(span.len != 0U ? bytes + span.at : (const char *)0, span.len);
}

/* Value of a byte of class PT_H1_HEX. */
static inline unsigned pt_h1_hex(char digit)
{
    return digit <= '9' ? (unsigned)(digit - '0')
                        : ((unsigned)(unsigned char)digit | 0x20U) - (unsigned)'a' + 10U;
}

/* What a line may be, and how it is refused. */
struct pt_h1_line {
    uint32_t max;       /* its length without CRLF */
    uint8_t mask;       /* the bytes it may hold */
    uint8_t wrong_byte; /* enum pt_http1_reason when it holds another */
    uint8_t too_long;   /* ... when it is longer */
};

/** True when a whole line stands at [parser->line, *ret_end); parser->at is then after its CRLF.
 *  False: more bytes are needed, or parser->reason says what is wrong. */
bool pt_h1_line(struct pt_http1_parser *parser, pt_slice bytes, const struct pt_h1_line *rule,
                uint32_t *ret_end);

/** Without the white space around it (OWS, RFC 9110 5.6.3). */
pt_slice pt_h1_trim(pt_slice s);
/** The fields that frame a request and a response alike: one coding, "chunked"; "close". */
enum pt_http1_reason pt_h1_transfer_encoding(struct pt_http1_parser *p, pt_slice value);
enum pt_http1_reason pt_h1_connection(struct pt_http1_parser *p, pt_slice value);

/** Request line in bytes[span]: method, target, version. */
enum pt_http1_reason pt_h1_request_line(struct pt_http1_parser *parser, const char *bytes,
                                        struct pt_http1_span span);
/** uri-host [":" port] of a Host field or of an absolute-form target. */
bool pt_h1_host_ok(pt_slice host);

/** Chunked body (RFC 9112 7.1): decodes what is there, moves the phase on. */
void pt_h1_chunked(struct pt_http1_parser *parser, char *bytes, size_t len);

#endif /* POTERNE_GATEWAY_NET_HTTP1_INT_H */
