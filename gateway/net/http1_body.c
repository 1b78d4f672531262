/* SPDX-License-Identifier: EUPL-1.2 */
/* http1_body.c -- the chunked coding, decoded in place (RFC 9112 7.1). The first chunk stays where
 * it is, the next ones are moved down behind it. Layer: gateway. */
#include "gateway/net/http1_int.h"

#define CHUNK_DIGITS_MAX 8U /* more could only be leading zeros or far too much */

static size_t run_of(pt_slice s, size_t from, unsigned mask)
{
    size_t i = from;
    while (i < s.len && pt_h1_is(s.ptr[i], mask)) {
        i++;
    }
    return i;
}

/* quoted-string at @from: index after its closing quote, 0 when it has none. */
static size_t quoted_end(pt_slice s, size_t from)
{
    size_t i = from + 1U;
    while (i < s.len && s.ptr[i] != '"') {
        i += s.ptr[i] == '\\' ? 2U : 1U;
    }
    return i < s.len ? i + 1U : 0U;
}

/* chunk-ext = *( ";" token [ "=" ( token / quoted-string ) ] ), without the "bad" white space
 * that senders MUST NOT generate. The extensions themselves are ignored, as they must be. */
static bool extensions_ok(pt_slice s)
{
    size_t i = 0U;
    while (i < s.len) {
        const size_t name = i + 1U;
        i = run_of(s, name, PT_H1_TOKEN);
        if (s.ptr[name - 1U] != ';' || i == name) {
            return false;
        }
        if (i == s.len || s.ptr[i] != '=') {
            continue;
        }
        const size_t value = i + 1U;
        i = value < s.len && s.ptr[value] == '"' ? quoted_end(s, value)
                                                 : run_of(s, value, PT_H1_TOKEN);
        if (i <= value) {
            return false;
        }
    }
    return true;
}

static enum pt_http1_reason chunk_line(struct pt_http1_parser *p, pt_slice line)
{
    const size_t digits = run_of(line, 0U, PT_H1_HEX);
    if (digits == 0U || digits > CHUNK_DIGITS_MAX ||
        (digits < line.len && line.ptr[digits] != ';')) {
        return PT_HTTP1_CHUNK_SIZE;
    }
    uint32_t size = 0U;
    for (size_t i = 0U; i < digits; i++) {
        size = size << 4U | pt_h1_hex(line.ptr[i]);
    }
    if (!extensions_ok(pt_slice_from(line, digits))) {
        return PT_HTTP1_CHUNK_EXTENSION;
    }
    const uint32_t max = p->body_max != 0U ? p->body_max : PT_HTTP_BODY_MAX;
    if (size > max - p->body_len) {
        return PT_HTTP1_BODY_LONG;
    }
    p->overhead += (uint32_t)line.len + 4U;
    p->chunk_left = size;
    p->phase = size != 0U ? PT_H1_AT_CHUNK_DATA : PT_H1_AT_LAST_LINE;
    return p->overhead > PT_HTTP_CHUNK_OVERHEAD_MAX ? PT_HTTP1_CHUNK_OVERHEAD : PT_HTTP1_NO_REASON;
}

static void at_chunk_line(struct pt_http1_parser *p, pt_slice bytes)
{
    static const struct pt_h1_line rule = {.mask = PT_H1_LINE,
                                           .max = PT_HTTP_CHUNK_LINE_MAX,
                                           .wrong_byte = PT_HTTP1_CHUNK_SIZE,
                                           .too_long = PT_HTTP1_CHUNK_LINE_LONG};
    uint32_t end = 0U;
    if (pt_h1_line(p, bytes, &rule, &end)) {
        p->reason = (uint8_t)chunk_line(p, pt_slice_of(bytes.ptr + p->line, end - p->line));
        p->line = p->at;
    }
}

static void at_chunk_data(struct pt_http1_parser *p, char *bytes, size_t len)
{
    const size_t there = len - p->at;
    const uint32_t n = there < p->chunk_left ? (uint32_t)there : p->chunk_left;
    if (p->body_len == 0U) {
        p->body = p->at;
    } else if (n != 0U) {
        memmove(bytes + p->body + p->body_len, bytes + p->at, n);
    }
    p->body_len += n;
    p->at += n;
    p->chunk_left -= n;
    if (p->chunk_left == 0U) {
        p->phase = PT_H1_AT_CHUNK_END;
        p->line = p->at;
    }
}

/* Exactly CRLF: after the data of a chunk, or after the last one (no trailer). */
static void at_crlf(struct pt_http1_parser *p, pt_slice bytes)
{
    const bool last = p->phase == PT_H1_AT_LAST_LINE;
    if (p->at == bytes.len) {
        return;
    }
    const char c = bytes.ptr[p->at];
    if (p->at != p->line) {
        p->reason = c == '\n' ? PT_HTTP1_NO_REASON : PT_HTTP1_BARE_CR;
        p->phase = last ? PT_H1_AT_DONE : PT_H1_AT_CHUNK_LINE;
        p->line = p->at + 1U;
    } else if (c == '\n') {
        p->reason = PT_HTTP1_BARE_LF;
    } else if (c != '\r') {
        p->reason = last ? PT_HTTP1_TRAILER : PT_HTTP1_CHUNK_END;
    }
    p->at++;
}

void pt_h1_chunked(struct pt_http1_parser *parser, char *bytes, size_t len)
{
    if (parser->phase == PT_H1_AT_CHUNK_LINE) {
        at_chunk_line(parser, pt_slice_of(bytes, len));
    } else if (parser->phase == PT_H1_AT_CHUNK_DATA) {
        at_chunk_data(parser, bytes, len);
    } else {
        at_crlf(parser, pt_slice_of(bytes, len));
    }
}
