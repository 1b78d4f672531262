/* SPDX-License-Identifier: EUPL-1.2 */
/* http1.c -- lines, fields and framing of one request (contract: poterne/gateway/http1.h).
 *
 * Every decision is taken at the first byte that allows it, in the order of the bytes, so the
 * verdict cannot depend on how the network cut them. Layer: gateway. */
#include "gateway/net/http1_int.h"

const uint8_t pt_h1_class[256] = {
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x06, 0x1f, 0x06, 0x07, 0x1f, 0x07, 0x1f, 0x1f, 0x1e, 0x1e, 0x1f, 0x1f, 0x1e, 0x3f, 0x3f, 0x1e,
    0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x1e, 0x1e, 0x06, 0x1e, 0x06, 0x16,
    0x1e, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
    0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x16, 0x06, 0x16, 0x07, 0x3f,
    0x07, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
    0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x06, 0x07, 0x06, 0x3f, 0x00,
    0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02,
    0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02,
    0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02,
    0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02,
    0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02,
    0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02,
    0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02,
    0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02,
};

void pt_http1_init(struct pt_http1_parser *parser)
{
    /* the fields are read up to field_count only: a kilobyte that need not be cleared */
    memset(parser, 0, offsetof(struct pt_http1_parser, fields));
}

enum pt_http1_reason pt_http1_reason(const struct pt_http1_parser *parser)
{
    return (enum pt_http1_reason)parser->reason;
}

enum pt_http1_method pt_http1_method(const struct pt_http1_parser *parser)
{
    return (enum pt_http1_method)parser->method;
}

bool pt_h1_line(struct pt_http1_parser *parser, pt_slice bytes, const struct pt_h1_line *rule,
                uint32_t *ret_end)
{
    const char *const b = bytes.ptr;
    size_t i = parser->at;
    const size_t stop = parser->line + (size_t)rule->max;
    const size_t end = bytes.len < stop ? bytes.len : stop;

    while (i < end && pt_h1_is(b[i], rule->mask)) {
        i++;
    }
    parser->at = (uint32_t)i;
    if (i == bytes.len) {
        return false;
    }
    if (b[i] == '\r') {
        if (i + 1U == bytes.len) {
            return false;
        }
        if (b[i + 1U] != '\n') {
            parser->reason = PT_HTTP1_BARE_CR;
            return false;
        }
        *ret_end = (uint32_t)i;
        parser->at = (uint32_t)i + 2U;
        return true;
    }
    if (b[i] == '\n') {
        parser->reason = PT_HTTP1_BARE_LF;
    } else {
        parser->reason = i == stop ? rule->too_long : rule->wrong_byte;
    }
    return false;
}

static void at_request_line(struct pt_http1_parser *p, pt_slice bytes)
{
    static const struct pt_h1_line rule = {.mask = PT_H1_LINE,
                                           .max = PT_HTTP_LINE_MAX,
                                           .wrong_byte = PT_HTTP1_LINE_BYTE,
                                           .too_long = PT_HTTP1_LINE_LONG};
    uint32_t end = 0U;
    if (!pt_h1_line(p, bytes, &rule, &end)) {
        return;
    }
    if (end == p->line) { /* RFC 9112 2.2: one empty line before a request is ignored */
        p->reason = p->skipped_empty_line ? PT_HTTP1_EMPTY_LINES : PT_HTTP1_NO_REASON;
        p->skipped_empty_line = true;
    } else {
        p->reason = (uint8_t)pt_h1_request_line(
            p, bytes.ptr, (struct pt_http1_span){.at = p->line, .len = end - p->line});
        p->phase = PT_H1_AT_FIELDS;
        p->head = p->at;
    }
    p->line = p->at;
}

/* --- the fields that decide about framing ---------------------------------------------------- */

static enum pt_http1_reason on_host(struct pt_http1_parser *p, pt_slice value)
{
    if (p->host.len != 0U) {
        return PT_HTTP1_HOST_REPEATED;
    }
    p->host = p->fields[p->field_count - 1U].value;
    return pt_h1_host_ok(value) ? PT_HTTP1_NO_REASON : PT_HTTP1_HOST_SYNTAX;
}

/* 1*DIGIT without leading zero (an octal reader would disagree); what no uint32 holds is only
 * too long, never wrapped around. */
static enum pt_http1_reason on_content_length(struct pt_http1_parser *p, pt_slice value)
{
    if (p->has_length) {
        return PT_HTTP1_LENGTH_REPEATED;
    }
    p->has_length = true;
    if (value.len == 0U || (value.len > 1U && value.ptr[0] == '0')) {
        return PT_HTTP1_LENGTH_SYNTAX;
    }
    for (size_t i = 0U; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9') {
            return PT_HTTP1_LENGTH_SYNTAX;
        }
        if (p->body_len <= PT_HTTP_BODY_MAX) {
            p->body_len = p->body_len * 10U + (uint32_t)(value.ptr[i] - '0');
        }
    }
    return PT_HTTP1_NO_REASON;
}

enum pt_http1_reason pt_h1_transfer_encoding(struct pt_http1_parser *p, pt_slice value)
{
    if (p->chunked) {
        return PT_HTTP1_CODING_REPEATED;
    }
    p->chunked = true;
    return pt_slice_eq_nocase(value, PT_SLICE("chunked")) ? PT_HTTP1_NO_REASON
                                                          : PT_HTTP1_CODING_UNKNOWN;
}

pt_slice pt_h1_trim(pt_slice s)
{
    while (s.len != 0U && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s = pt_slice_from(s, 1U);
    }
    while (s.len != 0U && (s.ptr[s.len - 1U] == ' ' || s.ptr[s.len - 1U] == '\t')) {
        s.len--;
    }
    return s;
}

enum pt_http1_reason pt_h1_connection(struct pt_http1_parser *p, pt_slice value)
{
    while (value.len != 0U) {
        const pt_slice option = pt_h1_trim(pt_slice_cut(&value, ','));
        p->close = p->close || pt_slice_eq_nocase(option, PT_SLICE("close"));
    }
    return PT_HTTP1_NO_REASON;
}

static enum pt_http1_reason on_expect(struct pt_http1_parser *p, pt_slice value)
{
    if (p->expects || !pt_slice_eq_nocase(value, PT_SLICE("100-continue"))) {
        return PT_HTTP1_EXPECTATION;
    }
    p->expects = true;
    return PT_HTTP1_NO_REASON;
}

struct known_field {
    pt_slice name;
    enum pt_http1_reason (*seen)(struct pt_http1_parser *p, pt_slice value);
};
static const struct known_field known_fields[] = {
    {PT_SLICE_INIT("host"), on_host},
    {PT_SLICE_INIT("content-length"), on_content_length},
    {PT_SLICE_INIT("transfer-encoding"), pt_h1_transfer_encoding},
    {PT_SLICE_INIT("connection"), pt_h1_connection},
    {PT_SLICE_INIT("expect"), on_expect},
};

/* field-line = field-name ":" OWS field-value OWS; the bytes are already of the right class. */
static enum pt_http1_reason field_line(struct pt_http1_parser *p, const char *bytes, uint32_t end)
{
    const uint32_t begin = p->line;
    uint32_t colon = begin;
    while (colon < end && pt_h1_is(bytes[colon], PT_H1_TOKEN)) {
        colon++;
    }
    if (colon == begin || colon == end) {
        return PT_HTTP1_FIELD_NAME;
    }
    if (bytes[colon] != ':') {
        return bytes[colon] == ' ' || bytes[colon] == '\t' ? PT_HTTP1_COLON_SPACE
                                                           : PT_HTTP1_FIELD_NAME;
    }
    if (p->field_count == PT_HTTP_HEADERS_COUNT) {
        return PT_HTTP1_FIELDS_MANY;
    }
    const pt_slice name = pt_slice_of(bytes + begin, colon - begin);
    const pt_slice value = pt_h1_trim(pt_slice_of(bytes + colon + 1U, end - colon - 1U));
    p->fields[p->field_count++] = (struct pt_http1_field){
        .name = {.at = begin, .len = colon - begin},
        .value = {.at = value.len != 0U ? (uint32_t)(value.ptr - bytes) : end,
                  .len = (uint32_t)value.len}};

    for (size_t i = 0U; i < PT_COUNT(known_fields); i++) {
        if (name.len == known_fields[i].name.len &&
            pt_slice_eq_nocase(name, known_fields[i].name)) {
            return known_fields[i].seen(p, value);
        }
    }
    return PT_HTTP1_NO_REASON;
}

/* RFC 9112 6.3: what the body is, once all fields are known. */
static enum pt_http1_reason framing(const struct pt_http1_parser *p, const char *bytes)
{
    if (p->host.len == 0U) {
        return PT_HTTP1_HOST_MISSING;
    }
    if (p->authority.len != 0U &&
        !pt_slice_eq_nocase(pt_h1_slice(bytes, p->authority), pt_h1_slice(bytes, p->host))) {
        return PT_HTTP1_TARGET_HOST;
    }
    if (p->has_length && p->chunked) {
        return PT_HTTP1_LENGTH_AND_CODING;
    }
    if (p->method == PT_HTTP_POST) {
        if (!p->has_length && !p->chunked) {
            return PT_HTTP1_LENGTH_REQUIRED;
        }
    } else if (p->chunked || p->body_len != 0U) {
        return PT_HTTP1_BODY_FORBIDDEN;
    }
    return p->body_len > PT_HTTP_BODY_MAX ? PT_HTTP1_BODY_LONG : PT_HTTP1_NO_REASON;
}

static void at_fields(struct pt_http1_parser *p, pt_slice bytes)
{
    static const struct pt_h1_line rule = {.mask = PT_H1_FIELD,
                                           .max = PT_HTTP_HEADER_MAX,
                                           .wrong_byte = PT_HTTP1_FIELD_BYTE,
                                           .too_long = PT_HTTP1_FIELD_LONG};
    uint32_t end = 0U;
    if (p->at == p->line && p->at < bytes.len &&
        (bytes.ptr[p->at] == ' ' || bytes.ptr[p->at] == '\t')) {
        p->reason = PT_HTTP1_FOLD;
        return;
    }
    if (!pt_h1_line(p, bytes, &rule, &end)) {
        return;
    }
    if (end - p->head > PT_HTTP_HEADERS_TOTAL) {
        p->reason = PT_HTTP1_FIELDS_LONG;
    } else if (end != p->line) {
        p->reason = (uint8_t)field_line(p, bytes.ptr, end);
    } else {
        p->reason = (uint8_t)framing(p, bytes.ptr);
        p->phase = p->chunked ? PT_H1_AT_CHUNK_LINE : PT_H1_AT_BODY;
        p->body = p->at;
        p->continue_due = p->expects && (p->chunked || p->body_len != 0U);
    }
    p->line = p->at;
}

static void step(struct pt_http1_parser *p, char *bytes, size_t len)
{
    const pt_slice view = pt_slice_of(bytes, len);
    if (p->phase == PT_H1_AT_LINE) {
        at_request_line(p, view);
    } else if (p->phase == PT_H1_AT_FIELDS) {
        at_fields(p, view);
    } else if (p->phase == PT_H1_AT_BODY) {
        if (len - p->body >= p->body_len) {
            p->at = p->body + p->body_len;
            p->phase = PT_H1_AT_DONE;
        }
    } else {
        pt_h1_chunked(p, bytes, len);
    }
}

enum pt_http1_verdict pt_http1_feed(struct pt_http1_parser *parser, char *bytes, size_t len)
{
    uint32_t at = 0U;
    uint8_t phase = 0U;
    do {
        if (parser->phase == PT_H1_AT_DONE) {
            return PT_HTTP1_REQUEST;
        }
        if (parser->phase == PT_H1_AT_REFUSED) {
            return PT_HTTP1_REFUSED;
        }
        at = parser->at;
        phase = parser->phase;
        step(parser, bytes, len);
        if (parser->reason != PT_HTTP1_NO_REASON) {
            parser->phase = PT_H1_AT_REFUSED;
        }
    } while (parser->at != at || parser->phase != phase);
    parser->continue_due = parser->continue_due && len == parser->body;
    return PT_HTTP1_MORE;
}

bool pt_http1_continue_due(struct pt_http1_parser *parser)
{
    const bool due = parser->continue_due;
    parser->continue_due = false;
    return due;
}

size_t pt_http1_used(const struct pt_http1_parser *parser)
{
    return parser->at;
}

void pt_http1_request(const struct pt_http1_parser *parser, const char *bytes,
                      struct pt_http1_request *ret_request)
{
    struct pt_http1_request *const r = ret_request;
    r->method = (enum pt_http1_method)parser->method;
    r->target = pt_h1_slice(bytes, parser->target);
    r->path = parser->path.len != 0U ? pt_h1_slice(bytes, parser->path) : PT_SLICE("/");
    r->query = pt_h1_slice(bytes, parser->query);
    r->host = pt_h1_slice(bytes, parser->host);
    r->body = pt_slice_of(parser->body_len != 0U ? bytes + parser->body : NULL, parser->body_len);
    r->keep_alive = !parser->close;
    r->header_count = parser->field_count;
    for (size_t i = 0U; i < parser->field_count; i++) {
        r->headers[i].name = pt_h1_slice(bytes, parser->fields[i].name);
        r->headers[i].value = pt_h1_slice(bytes, parser->fields[i].value);
    }
}

size_t pt_http1_header(const struct pt_http1_request *request, pt_slice name, pt_slice *ret)
{
    size_t found = 0U;
    pt_slice value = PT_SLICE_EMPTY;
    for (size_t i = 0U; i < request->header_count; i++) {
        if (pt_slice_eq_nocase(request->headers[i].name, name)) {
            value = request->headers[i].value;
            found++;
        }
    }
    if (found == 1U) {
        *ret = value;
    }
    return found;
}
