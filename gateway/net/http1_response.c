/* SPDX-License-Identifier: EUPL-1.2 */
/* http1_response.c -- one response of a State API (contract: http1_response_int.h). Every decision
 * is taken at the first byte that allows it, in the order of the bytes. Layer: gateway. */
#include "gateway/net/http1_response_int.h"

#include "gateway/net/http1_int.h"

void pt_http1_response_init(struct pt_http1_response *response)
{
    *response = (struct pt_http1_response){
        .parser = {.body_max = PT_FETCH_BODY_MAX, .overhead_max = PT_FETCH_CHUNKS_MAX}};
}

/* --- status line ----------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 9112 4: HTTP-version SP 3DIGIT SP [ reason-phrase ]; the phrase says nothing (ibid.). A
 * response of HTTP/1.0 is understood, and is the last one of its connection. */
static enum pt_http1_reason status_line(struct pt_http1_response *r, pt_slice line)
{
    r->old = pt_slice_starts(line, PT_SLICE("HTTP/1.0 "));
    if (!r->old && !pt_slice_starts(line, PT_SLICE("HTTP/1.1 "))) {
        return PT_HTTP1_VERSION_UNKNOWN;
    }
    const pt_slice rest = pt_slice_from(line, 9U);
    if (rest.len < 3U || !is_digit(rest.ptr[0]) || !is_digit(rest.ptr[1]) ||
        !is_digit(rest.ptr[2]) || (rest.len > 3U && rest.ptr[3] != ' ')) {
        return PT_HTTP1_LINE_SYNTAX;
    }
    r->status =
        (uint16_t)((rest.ptr[0] - '0') * 100 + (rest.ptr[1] - '0') * 10 + (rest.ptr[2] - '0'));
    r->parser.close = r->parser.close || r->old;
    /* 101: we asked for no other protocol (RFC 9110 15.2.2) */
    return r->status < 100U || r->status > 599U || r->status == 101U ? PT_HTTP1_LINE_SYNTAX
                                                                     : PT_HTTP1_NO_REASON;
}

static void at_status_line(struct pt_http1_response *r, pt_slice bytes)
{
    static const struct pt_h1_line rule = {.mask = PT_H1_FIELD,
                                           .max = PT_FETCH_HEADER_MAX,
                                           .wrong_byte = PT_HTTP1_LINE_BYTE,
                                           .too_long = PT_HTTP1_LINE_LONG};
    struct pt_http1_parser *const p = &r->parser;
    uint32_t end = 0U;
    if (pt_h1_line(p, bytes, &rule, &end)) {
        p->reason = (uint8_t)status_line(r, pt_slice_of(bytes.ptr + p->line, end - p->line));
        p->phase = PT_H1_AT_FIELDS;
        p->line = p->at;
    }
}

/* --- fields ---------------------------------------------------------------------------------- */

static enum pt_http1_reason content_length(struct pt_http1_parser *p, pt_slice value)
{
    if (p->has_length) {
        return PT_HTTP1_LENGTH_REPEATED;
    }
    p->has_length = true;
    if (value.len == 0U) {
        return PT_HTTP1_LENGTH_SYNTAX;
    }
    for (size_t i = 0U; i < value.len; i++) {
        if (!is_digit(value.ptr[i])) {
            return PT_HTTP1_LENGTH_SYNTAX;
        }
        if (p->body_len <= p->body_max) { /* what is too long stays too long, never wraps */
            p->body_len = p->body_len * 10U + (uint32_t)(value.ptr[i] - '0');
        }
    }
    return p->body_len > p->body_max ? PT_HTTP1_BODY_LONG : PT_HTTP1_NO_REASON;
}

static const struct {
    pt_slice name;
    enum pt_http1_reason (*seen)(struct pt_http1_parser *p, pt_slice value);
} framing_fields[] = {
    {PT_SLICE_INIT("content-length"), content_length},
    {PT_SLICE_INIT("transfer-encoding"), pt_h1_transfer_encoding},
    {PT_SLICE_INIT("connection"), pt_h1_connection},
};

static const pt_slice kept_fields[PT_KEPT_COUNT] = {
#define X(name, field) PT_SLICE_INIT(field),
    PT_HTTP1_KEPT(X)
#undef X
};

/* The last one counts, as long as it is short: none of them frames anything. */
static void keep(struct pt_http1_response *r, pt_slice name, struct pt_http1_span value)
{
    for (size_t i = 0U; i < PT_KEPT_COUNT; i++) {
        if (value.len <= PT_HTTP1_KEPT_MAX && pt_slice_eq_nocase(name, kept_fields[i])) {
            r->kept[i] = value;
        }
    }
}

static enum pt_http1_reason field_line(struct pt_http1_response *r, const char *bytes, uint32_t end)
{
    struct pt_http1_parser *const p = &r->parser;
    uint32_t colon = p->line;
    while (colon < end && pt_h1_is(bytes[colon], PT_H1_TOKEN)) {
        colon++;
    }
    if (colon == p->line || colon == end || bytes[colon] != ':') {
        return PT_HTTP1_FIELD_NAME;
    }
    const pt_slice name = pt_slice_of(bytes + p->line, colon - p->line);
    const pt_slice value = pt_h1_trim(pt_slice_of(bytes + colon + 1U, end - colon - 1U));
    for (size_t i = 0U; i < PT_COUNT(framing_fields); i++) {
        if (pt_slice_eq_nocase(name, framing_fields[i].name)) {
            return framing_fields[i].seen(p, value);
        }
    }
    keep(r, name,
         (struct pt_http1_span){.at = value.len != 0U ? (uint32_t)(value.ptr - bytes) : end,
                                .len = (uint32_t)value.len});
    return PT_HTTP1_NO_REASON;
}

/* A 1xx response has no body and announces another one (RFC 9110 15.2). */
static enum pt_http1_reason next_response(struct pt_http1_response *r)
{
    const struct pt_http1_parser *const p = &r->parser;
    const bool framed = p->has_length || p->chunked;
    *r = (struct pt_http1_response){
        .interim = (uint8_t)(r->interim + 1U),
        .parser = {.at = p->at, .line = p->at, .close = p->close, .body_max = p->body_max}};
    return framed || r->interim > PT_HTTP1_INTERIM_MAX ? PT_HTTP1_BODY_FORBIDDEN
                                                       : PT_HTTP1_NO_REASON;
}

/* RFC 9112 6.3: what the body is, once all fields are known. */
static enum pt_http1_reason framing(struct pt_http1_response *r)
{
    struct pt_http1_parser *const p = &r->parser;
    if (r->status < 200U) {
        return next_response(r);
    }
    if (p->chunked && (p->has_length || r->old)) { /* HTTP/1.0 knows no coding (ibid. 6.1) */
        return PT_HTTP1_LENGTH_AND_CODING;
    }
    p->body = p->at;
    p->line = p->at;
    p->phase = p->chunked ? PT_H1_AT_CHUNK_LINE : PT_H1_AT_BODY;
    if (r->status == 204U || r->status == 304U) {
        p->phase = PT_H1_AT_BODY;
        p->body_len = 0U;
        return p->chunked ? PT_HTTP1_BODY_FORBIDDEN : PT_HTTP1_NO_REASON;
    }
    r->to_the_end = !p->chunked && !p->has_length;
    return PT_HTTP1_NO_REASON;
}

static void at_fields(struct pt_http1_response *r, pt_slice bytes)
{
    static const struct pt_h1_line rule = {.mask = PT_H1_FIELD,
                                           .max = PT_FETCH_HEADER_MAX,
                                           .wrong_byte = PT_HTTP1_FIELD_BYTE,
                                           .too_long = PT_HTTP1_FIELD_LONG};
    struct pt_http1_parser *const p = &r->parser;
    uint32_t end = 0U;
    if (p->at == p->line && p->at < bytes.len &&
        (bytes.ptr[p->at] == ' ' || bytes.ptr[p->at] == '\t')) {
        p->reason = PT_HTTP1_FOLD;
    } else if (!pt_h1_line(p, bytes, &rule, &end)) {
        return;
    } else if (p->at > PT_FETCH_HEADERS_MAX) {
        p->reason = PT_HTTP1_FIELDS_LONG;
    } else if (end != p->line) {
        p->reason = (uint8_t)field_line(r, bytes.ptr, end);
        p->line = p->at;
    } else {
        p->reason = (uint8_t)framing(r);
    }
}

/* --- body ------------------------------------------------------------------------------------ */

static void at_body(struct pt_http1_response *r, size_t len, bool ended)
{
    struct pt_http1_parser *const p = &r->parser;
    const size_t there = len - p->body;
    if (r->to_the_end) {
        if (there > p->body_max) {
            p->reason = PT_HTTP1_BODY_LONG;
            return;
        }
        p->body_len = (uint32_t)there;
    }
    if (r->to_the_end ? ended : there >= p->body_len) {
        p->at = p->body + p->body_len;
        p->phase = PT_H1_AT_DONE;
    }
}

static void step(struct pt_http1_response *r, char *bytes, size_t len, bool ended)
{
    switch (r->parser.phase) {
    case PT_H1_AT_LINE:
        at_status_line(r, pt_slice_of(bytes, len));
        break;
    case PT_H1_AT_FIELDS:
        at_fields(r, pt_slice_of(bytes, len));
        break;
    case PT_H1_AT_BODY:
        at_body(r, len, ended);
        break;
    default:
        pt_h1_chunked(&r->parser, bytes, len);
        break;
    }
}

enum pt_http1_answer pt_http1_response_feed(struct pt_http1_response *response, char *bytes,
                                            size_t len, bool ended)
{
    struct pt_http1_parser *const p = &response->parser;
    uint32_t at = 0U;
    uint8_t phase = 0U;
    do {
        if (p->phase == PT_H1_AT_DONE) {
            return PT_HTTP1_ANSWER;
        }
        if (p->phase == PT_H1_AT_REFUSED) {
            return PT_HTTP1_ANSWER_REFUSED;
        }
        at = p->at;
        phase = p->phase;
        step(response, bytes, len, ended);
        if (p->reason != PT_HTTP1_NO_REASON) {
            p->phase = PT_H1_AT_REFUSED;
        }
    } while (p->at != at || p->phase != phase);
    if (ended) { /* before it was complete: nobody knows what is missing */
        p->phase = PT_H1_AT_REFUSED;
        return PT_HTTP1_ANSWER_REFUSED;
    }
    return PT_HTTP1_ANSWER_MORE;
}

enum pt_http1_reason pt_http1_response_reason(const struct pt_http1_response *response)
{
    return (enum pt_http1_reason)response->parser.reason;
}

size_t pt_http1_response_used(const struct pt_http1_response *response)
{
    return response->parser.at;
}

pt_slice pt_http1_response_body(const struct pt_http1_response *response, const char *bytes)
{
    const struct pt_http1_parser *const p = &response->parser;
    return pt_h1_slice(bytes, (struct pt_http1_span){.at = p->body, .len = p->body_len});
}

pt_slice pt_http1_response_kept(const struct pt_http1_response *response, const char *bytes,
                                enum pt_http1_kept which)
{
    return pt_h1_slice(bytes, response->kept[which]);
}

bool pt_http1_response_keeps(const struct pt_http1_response *response)
{
    return !response->parser.close && !response->to_the_end;
}
