/* SPDX-License-Identifier: EUPL-1.2 */
/* http1_target.c -- the request line: method, target, version; and what a host may look like
 * (RFC 9112 3, RFC 3986 3). Layer: gateway. */
#include "gateway/net/http1_int.h"

static const pt_slice methods[] = {
    [PT_HTTP_GET] = PT_SLICE_INIT("GET"),
    [PT_HTTP_HEAD] = PT_SLICE_INIT("HEAD"),
    [PT_HTTP_POST] = PT_SLICE_INIT("POST"),
    [PT_HTTP_DELETE] = PT_SLICE_INIT("DELETE"),
};

const char *pt_http1_method_name(enum pt_http1_method method)
{
    return (size_t)method < PT_COUNT(methods) ? methods[method].ptr : "";
}

static bool all_of(pt_slice s, unsigned mask)
{
    size_t i = 0U;
    while (i < s.len && pt_h1_is(s.ptr[i], mask)) {
        i++;
    }
    return i == s.len;
}

static bool port_ok(pt_slice port)
{
    uint32_t number = 0U;
    for (size_t i = 0U; i < port.len; i++) {
        if (port.ptr[i] < '0' || port.ptr[i] > '9') {
            return false;
        }
        number = number * 10U + (uint32_t)(port.ptr[i] - '0');
    }
    return port.len >= 1U && port.len <= 5U && number <= 65535U;
}

/* "[" IPv6 "]": hexadecimal digits, colons and dots; what it means is not our business. */
static bool literal_ok(pt_slice address)
{
    bool colon = false;
    for (size_t i = 0U; i < address.len; i++) {
        const char c = address.ptr[i];
        if (c != ':' && c != '.' && !pt_h1_is(c, PT_H1_HEX)) {
            return false;
        }
        colon = colon || c == ':';
    }
    return colon && address.len <= 45U;
}

bool pt_h1_host_ok(pt_slice host)
{
    size_t end = 0U;
    if (host.len == 0U) {
        return false;
    }
    if (host.ptr[0] == '[') {
        end = pt_slice_find(host, ']');
        if (end == host.len || !literal_ok(pt_slice_of(host.ptr + 1U, end - 1U))) {
            return false;
        }
        end++;
    } else {
        end = pt_slice_find(host, ':');
        if (end == 0U || end > 255U || !all_of(pt_slice_head(host, end), PT_H1_HOST)) {
            return false;
        }
    }
    return end == host.len || (host.ptr[end] == ':' && port_ok(pt_slice_from(host, end + 1U)));
}

/* Every "%" begins a two-digit escape; an escaped NUL ends strings in too many programs. */
static enum pt_http1_reason escapes(pt_slice s, unsigned mask)
{
    for (size_t i = 0U; i < s.len; i++) {
        if (pt_h1_is(s.ptr[i], mask)) {
            continue;
        }
        if (s.ptr[i] != '%') {
            return PT_HTTP1_TARGET_SYNTAX;
        }
        if (s.len - i < 3U || !all_of(pt_slice_of(s.ptr + i + 1U, 2U), PT_H1_HEX) ||
            (pt_h1_hex(s.ptr[i + 1U]) == 0U && pt_h1_hex(s.ptr[i + 2U]) == 0U)) {
            return PT_HTTP1_TARGET_ESCAPE;
        }
        i += 2U;
    }
    return PT_HTTP1_NO_REASON;
}

/* "." and "..", however they are escaped. */
static bool is_dots(pt_slice segment)
{
    size_t dots = 0U;
    while (segment.len != 0U) {
        if (segment.ptr[0] == '.') {
            segment = pt_slice_from(segment, 1U);
        } else if (pt_slice_eq_nocase(pt_slice_head(segment, 3U), PT_SLICE("%2e"))) {
            segment = pt_slice_from(segment, 3U);
        } else {
            return false;
        }
        dots++;
    }
    return dots == 1U || dots == 2U;
}

static enum pt_http1_reason path_and_query(struct pt_http1_parser *p, const char *bytes,
                                           struct pt_http1_span span)
{
    const pt_slice all = pt_h1_slice(bytes, span);
    const uint32_t mark = (uint32_t)pt_slice_find(all, '?');
    p->path = (struct pt_http1_span){.at = span.at, .len = mark};
    if (mark < span.len) {
        p->query = (struct pt_http1_span){.at = span.at + mark + 1U, .len = span.len - mark - 1U};
    }
    pt_slice rest = pt_h1_slice(bytes, p->path);
    enum pt_http1_reason reason = escapes(rest, PT_H1_PATH);
    if (reason == PT_HTTP1_NO_REASON) {
        reason = escapes(pt_h1_slice(bytes, p->query), PT_H1_QUERY);
    }
    while (reason == PT_HTTP1_NO_REASON && rest.len != 0U) {
        if (is_dots(pt_slice_cut(&rest, '/'))) {
            reason = PT_HTTP1_TARGET_DOTS;
        }
    }
    return reason;
}

/* absolute-form: http[s]://authority path [?query]; the authority is compared with Host later. */
static enum pt_http1_reason absolute_form(struct pt_http1_parser *p, const char *bytes)
{
    const pt_slice all = pt_h1_slice(bytes, p->target);
    uint32_t from = 0U;
    if (pt_slice_eq_nocase(pt_slice_head(all, 8U), PT_SLICE("https://"))) {
        from = 8U;
    } else if (pt_slice_eq_nocase(pt_slice_head(all, 7U), PT_SLICE("http://"))) {
        from = 7U;
    } else {
        return PT_HTTP1_TARGET_FORM;
    }
    uint32_t end = from;
    while (end < all.len && all.ptr[end] != '/' && all.ptr[end] != '?') {
        end++;
    }
    p->authority = (struct pt_http1_span){.at = p->target.at + from, .len = end - from};
    if (!pt_h1_host_ok(pt_h1_slice(bytes, p->authority))) {
        return PT_HTTP1_TARGET_SYNTAX;
    }
    return path_and_query(
        p, bytes, (struct pt_http1_span){.at = p->target.at + end, .len = p->target.len - end});
}

static enum pt_http1_reason method_of(pt_slice name, uint8_t *ret_method)
{
    for (size_t i = 0U; i < PT_COUNT(methods); i++) {
        if (pt_slice_eq(name, methods[i])) {
            *ret_method = (uint8_t)i;
            return PT_HTTP1_NO_REASON;
        }
    }
    return PT_HTTP1_METHOD_UNKNOWN;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static enum pt_http1_reason version_of(pt_slice v)
{
    if (v.len != 8U || !pt_slice_starts(v, PT_SLICE("HTTP/")) || !is_digit(v.ptr[5]) ||
        v.ptr[6] != '.' || !is_digit(v.ptr[7])) {
        return PT_HTTP1_VERSION_SYNTAX;
    }
    return v.ptr[5] == '1' && v.ptr[7] == '1' ? PT_HTTP1_NO_REASON : PT_HTTP1_VERSION_UNKNOWN;
}

/* request-line = method SP request-target SP HTTP-version, with single spaces: syntax first, in
 * the order of the line, then what the words mean. */
enum pt_http1_reason pt_h1_request_line(struct pt_http1_parser *parser, const char *bytes,
                                        struct pt_http1_span span)
{
    pt_slice rest = pt_h1_slice(bytes, span);
    const pt_slice method = pt_slice_cut(&rest, ' ');
    const pt_slice target = pt_slice_cut(&rest, ' ');
    if (method.len == 0U || !all_of(method, PT_H1_TOKEN)) {
        return PT_HTTP1_METHOD_SYNTAX;
    }
    if (target.len == 0U || rest.len == 0U) {
        return PT_HTTP1_LINE_SYNTAX;
    }
    enum pt_http1_reason reason = version_of(rest);
    if (reason == PT_HTTP1_NO_REASON) {
        reason = method_of(method, &parser->method);
    }
    if (reason != PT_HTTP1_NO_REASON) {
        return reason;
    }
    parser->target =
        (struct pt_http1_span){.at = (uint32_t)(target.ptr - bytes), .len = (uint32_t)target.len};
    return target.ptr[0] == '/' ? path_and_query(parser, bytes, parser->target)
                                : absolute_form(parser, bytes);
}
