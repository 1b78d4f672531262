/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * http1.h -- the strict HTTP/1.1 request parser of the door (RFC 9110, RFC 9112), sans-I/O.
 *
 * Bytes in, verdict out: it owns no memory and no socket. The caller keeps the bytes of the
 * current request, from its first one, contiguous in one buffer of its own, and calls _feed each
 * time there are more; the buffer may move between two calls (the parser keeps offsets). Only the
 * body of a chunked request is rewritten, in place.
 *
 * The verdict is a function of the bytes alone: however they are cut on the wire, the first
 * prefix that decides gives the same verdict, and a wrong byte is refused when it is seen, not
 * when a delay expires. After a refusal nothing more can be read from the connection.
 *
 * Where a clause leaves a choice, the strict one is taken (docs/door.md lists them):
 *   CRLF alone ends a line · HTTP/1.1 alone is spoken · one Host, never empty · a leading zero in
 *   Content-Length, any coding but "chunked", chunk trailers, a body on GET, HEAD or DELETE, dot
 *   segments and %00 in the target are refused.
 * Layer: gateway. Not thread-safe for one parser.
 */
#ifndef POTERNE_GATEWAY_HTTP1_H
#define POTERNE_GATEWAY_HTTP1_H

#include "poterne/base/limits.h"
#include "poterne/base/slice.h"
#include "poterne/base/status.h"

/* X(name, HTTP status, stable name for logs and metrics, the clause that refuses) */
#define PT_HTTP1_REASONS(X)                                                                        \
    X(PT_HTTP1_NO_REASON, 0U, "none", "")                                                          \
    X(PT_HTTP1_BARE_LF, 400U, "bare-lf", "RFC 9112 2.2")                                           \
    X(PT_HTTP1_BARE_CR, 400U, "bare-cr", "RFC 9112 2.2")                                           \
    X(PT_HTTP1_EMPTY_LINES, 400U, "empty-lines", "RFC 9112 2.2")                                   \
    X(PT_HTTP1_LINE_BYTE, 400U, "line-byte", "RFC 9112 3")                                         \
    X(PT_HTTP1_LINE_SYNTAX, 400U, "line-syntax", "RFC 9112 3")                                     \
    X(PT_HTTP1_LINE_LONG, 414U, "line-long", "RFC 9110 15.5.15")                                   \
    X(PT_HTTP1_METHOD_SYNTAX, 400U, "method-syntax", "RFC 9112 3.1")                               \
    X(PT_HTTP1_METHOD_UNKNOWN, 501U, "method-unknown", "RFC 9110 9.1")                             \
    X(PT_HTTP1_VERSION_SYNTAX, 400U, "version-syntax", "RFC 9112 2.3")                             \
    X(PT_HTTP1_VERSION_UNKNOWN, 505U, "version-unknown", "RFC 9110 15.6.6")                        \
    X(PT_HTTP1_TARGET_FORM, 400U, "target-form", "RFC 9112 3.2")                                   \
    X(PT_HTTP1_TARGET_SYNTAX, 400U, "target-syntax", "RFC 3986 3.3")                               \
    X(PT_HTTP1_TARGET_ESCAPE, 400U, "target-escape", "RFC 3986 2.1")                               \
    X(PT_HTTP1_TARGET_DOTS, 400U, "target-dots", "RFC 3986 5.2.4")                                 \
    X(PT_HTTP1_TARGET_HOST, 400U, "target-host", "RFC 9112 3.2.2")                                 \
    X(PT_HTTP1_FIELD_LONG, 431U, "field-long", "RFC 6585 5")                                       \
    X(PT_HTTP1_FIELDS_LONG, 431U, "fields-long", "RFC 6585 5")                                     \
    X(PT_HTTP1_FIELDS_MANY, 431U, "fields-many", "RFC 6585 5")                                     \
    X(PT_HTTP1_FOLD, 400U, "fold", "RFC 9112 5.2")                                                 \
    X(PT_HTTP1_COLON_SPACE, 400U, "colon-space", "RFC 9112 5.1")                                   \
    X(PT_HTTP1_FIELD_NAME, 400U, "field-name", "RFC 9110 5.1")                                     \
    X(PT_HTTP1_FIELD_BYTE, 400U, "field-byte", "RFC 9110 5.5")                                     \
    X(PT_HTTP1_HOST_MISSING, 400U, "host-missing", "RFC 9112 3.2")                                 \
    X(PT_HTTP1_HOST_REPEATED, 400U, "host-repeated", "RFC 9112 3.2")                               \
    X(PT_HTTP1_HOST_SYNTAX, 400U, "host-syntax", "RFC 9110 7.2")                                   \
    X(PT_HTTP1_LENGTH_SYNTAX, 400U, "length-syntax", "RFC 9110 8.6")                               \
    X(PT_HTTP1_LENGTH_REPEATED, 400U, "length-repeated", "RFC 9112 6.3")                           \
    X(PT_HTTP1_LENGTH_REQUIRED, 411U, "length-required", "RFC 9110 15.5.12")                       \
    X(PT_HTTP1_CODING_UNKNOWN, 501U, "coding-unknown", "RFC 9112 6.1")                             \
    X(PT_HTTP1_CODING_REPEATED, 400U, "coding-repeated", "RFC 9112 6.1")                           \
    X(PT_HTTP1_LENGTH_AND_CODING, 400U, "length-and-coding", "RFC 9112 6.3")                       \
    X(PT_HTTP1_BODY_FORBIDDEN, 400U, "body-forbidden", "RFC 9110 9.3")                             \
    X(PT_HTTP1_BODY_LONG, 413U, "body-long", "RFC 9110 15.5.14")                                   \
    X(PT_HTTP1_CHUNK_SIZE, 400U, "chunk-size", "RFC 9112 7.1")                                     \
    X(PT_HTTP1_CHUNK_EXTENSION, 400U, "chunk-extension", "RFC 9112 7.1.1")                         \
    X(PT_HTTP1_CHUNK_LINE_LONG, 400U, "chunk-line-long", "RFC 9112 7.1.1")                         \
    X(PT_HTTP1_CHUNK_END, 400U, "chunk-end", "RFC 9112 7.1")                                       \
    X(PT_HTTP1_CHUNK_OVERHEAD, 413U, "chunk-overhead", "RFC 9112 7.1.1")                           \
    X(PT_HTTP1_TRAILER, 400U, "trailer", "RFC 9112 7.1.2")                                         \
    X(PT_HTTP1_EXPECTATION, 417U, "expectation", "RFC 9110 10.1.1")                                \
    /* Said by the door, not by the parser: */                                                     \
    X(PT_HTTP1_TIMEOUT, 408U, "timeout", "RFC 9110 15.5.9")                                        \
    X(PT_HTTP1_CLIENT_BUSY, 429U, "client-busy", "RFC 6585 4")                                     \
    X(PT_HTTP1_NO_MEMORY, 503U, "no-memory", "RFC 9110 15.6.4")

enum pt_http1_reason {
#define X(name, status, text, clause) name,
    PT_HTTP1_REASONS(X)
#undef X
        PT_HTTP1_REASON_COUNT
};

uint16_t pt_http1_reason_status(enum pt_http1_reason reason);
const char *pt_http1_reason_name(enum pt_http1_reason reason);
const char *pt_http1_reason_clause(enum pt_http1_reason reason);

enum pt_http1_method { PT_HTTP_GET = 0, PT_HTTP_HEAD, PT_HTTP_POST, PT_HTTP_DELETE };
const char *pt_http1_method_name(enum pt_http1_method method);

struct pt_http_header {
    pt_slice name;
    pt_slice value;
};

/* Every slice points into the caller's buffer (path "/" and the empty ones may be static). */
struct pt_http1_request {
    enum pt_http1_method method;
    pt_slice target; /* as received */
    pt_slice path;   /* begins with '/', still percent-encoded, escapes well formed */
    pt_slice query;  /* after the first '?', empty when there is none */
    pt_slice host;   /* as received, well formed */
    pt_slice body;   /* decoded when it was chunked */
    bool keep_alive; /* the client did not ask for "Connection: close" */
    size_t header_count;
    struct pt_http_header headers[PT_HTTP_HEADERS_COUNT]; /* in order, values trimmed */
};

enum pt_http1_verdict { PT_HTTP1_MORE = 0, PT_HTTP1_REQUEST, PT_HTTP1_REFUSED };

struct pt_http1_span {
    uint32_t at;
    uint32_t len;
};
struct pt_http1_field {
    struct pt_http1_span name;
    struct pt_http1_span value;
};

/* Private to http1*.c; public so that it can be embedded. Zeroed memory is a fresh parser;
 * `fields` stands last, and only the first field_count of it mean anything. */
struct pt_http1_parser {
    uint8_t phase;
    uint8_t reason; /* enum pt_http1_reason */
    uint8_t method; /* enum pt_http1_method */
    uint8_t field_count;
    bool skipped_empty_line;
    bool has_length;
    bool chunked;
    bool expects;
    bool continue_due;
    bool close;
    uint32_t at;         /* next byte to look at */
    uint32_t line;       /* where the current line begins */
    uint32_t head;       /* where the field lines begin */
    uint32_t body;       /* where the (decoded) body begins */
    uint32_t body_len;   /* its length: decoded so far, or expected */
    uint32_t body_max;   /* 0: PT_HTTP_BODY_MAX */
    uint32_t chunk_left; /* bytes of the current chunk still to come */
    uint32_t overhead;   /* framing bytes of the chunked body so far */
    struct pt_http1_span target;
    struct pt_http1_span path;
    struct pt_http1_span query;
    struct pt_http1_span authority; /* of an absolute-form target */
    struct pt_http1_span host;
    struct pt_http1_field fields[PT_HTTP_HEADERS_COUNT];
};

void pt_http1_init(struct pt_http1_parser *parser);

/**
 * Look at bytes[0, len): the whole current request so far, old bytes included and unchanged.
 * MORE      nothing is decided; call again with more.
 * REQUEST   complete: _request gives it, _used how many bytes it took; what follows is the next
 *           one, to be moved to the front of the buffer for a parser freshly initialised.
 * REFUSED   _reason tells why; stays refused.
 */
enum pt_http1_verdict pt_http1_feed(struct pt_http1_parser *parser, char *bytes, size_t len);
enum pt_http1_reason pt_http1_reason(const struct pt_http1_parser *parser);

/** The method, as soon as the request line was read; GET before. */
enum pt_http1_method pt_http1_method(const struct pt_http1_parser *parser);
/** After REQUEST: the request over @bytes. */
void pt_http1_request(const struct pt_http1_parser *parser, const char *bytes,
                      struct pt_http1_request *ret_request);
size_t pt_http1_used(const struct pt_http1_parser *parser);

/** After MORE: true, once, when "100 Continue" is due (RFC 9110 10.1.1: no body byte came yet). */
bool pt_http1_continue_due(struct pt_http1_parser *parser);

/**
 * Value of field @name (any case). *ret is untouched unless exactly one field has this name:
 * returns how many there are, so that a repeated field is never read as its first or last.
 */
size_t pt_http1_header(const struct pt_http1_request *request, pt_slice name, pt_slice *ret);

#endif /* POTERNE_GATEWAY_HTTP1_H */
