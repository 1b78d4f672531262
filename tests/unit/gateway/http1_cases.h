/* SPDX-License-Identifier: EUPL-1.2 */
/* Raw requests, each with the clause that decides and the verdict it must get. Grouped by theme:
 * one table, one test. `want` sums an accepted request up:
 *   METHOD path ?query host=H fields=N body=B [close]
 * NULL: refused for `reason`, or, with reason WANTS_MORE, not decided yet. */
#ifndef POTERNE_TESTS_HTTP1_CASES_H
#define POTERNE_TESTS_HTTP1_CASES_H

#include "poterne/gateway/http1.h"

#define WANTS_MORE PT_HTTP1_REASON_COUNT

struct http1_case {
    const char *clause;
    pt_slice raw;
    enum pt_http1_reason reason;
    const char *want;
};

#define ACCEPT(rfc, bytes, summary)                                                                \
    {                                                                                              \
        .clause = (rfc), .raw = PT_SLICE_INIT(bytes), .reason = PT_HTTP1_NO_REASON,                \
        .want = (summary)                                                                          \
    }
#define REFUSE(rfc, bytes, why)                                                                    \
    {                                                                                              \
        .clause = (rfc), .raw = PT_SLICE_INIT(bytes), .reason = (why), .want = NULL                \
    }
#define MORE(rfc, bytes) REFUSE(rfc, bytes, WANTS_MORE)

#define H       "Host: h\r\n"
#define END     "\r\n"
#define GET     "GET / HTTP/1.1\r\n" H
#define POST    "POST /p HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static const struct http1_case cases_accepted[] = {
    ACCEPT("RFC 9112 3", GET END, "GET / ? host=h fields=1 body="),
    ACCEPT("RFC 9110 9.3.2", "HEAD /x HTTP/1.1\r\n" H END, "HEAD /x ? host=h fields=1 body="),
    ACCEPT("RFC 9110 9.3.5", "DELETE /x HTTP/1.1\r\n" H END, "DELETE /x ? host=h fields=1 body="),
    ACCEPT("RFC 9110 9.3.3", POST "Content-Length: 3\r\n\r\nabc",
           "POST /p ? host=h fields=2 body=abc"),
    ACCEPT("RFC 9112 6.3", POST "Content-Length: 0\r\n\r\n", "POST /p ? host=h fields=2 body="),
    ACCEPT("RFC 9110 8.6", GET "Content-Length: 0\r\n\r\n", "GET / ? host=h fields=2 body="),
    ACCEPT("RFC 9110 5.6.3", "GET / HTTP/1.1\r\nHost:h\r\n\r\n", "GET / ? host=h fields=1 body="),
    ACCEPT("RFC 9110 5.6.3", "GET / HTTP/1.1\r\nHost: \t h \t \r\n\r\n",
           "GET / ? host=h fields=1 body="),
    ACCEPT("RFC 9110 5.1", "GET / HTTP/1.1\r\nhOsT: h\r\n\r\n", "GET / ? host=h fields=1 body="),
    ACCEPT("RFC 9110 5.5", GET "X-Empty:\r\n\r\n", "GET / ? host=h fields=2 body="),
    ACCEPT("RFC 9110 5.5", GET "X: caf\xc3\xa9 \xff\r\n\r\n", "GET / ? host=h fields=2 body="),
    ACCEPT("RFC 9110 5.5", GET "X: a\tb\r\n\r\n", "GET / ? host=h fields=2 body="),
    ACCEPT("RFC 9110 5.6.2", GET "!#$%&'*+-.^_`|~09azAZ: v\r\n\r\n",
           "GET / ? host=h fields=2 body="),
    ACCEPT("RFC 9110 7.8", GET "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n",
           "GET / ? host=h fields=3 body="),
    ACCEPT("RFC 9113 3.1", GET "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
           "GET / ? host=h fields=3 body="),
};

static const struct http1_case cases_connection[] = {
    ACCEPT("RFC 9112 9.6", GET "Connection: close\r\n\r\n", "GET / ? host=h fields=2 body= close"),
    ACCEPT("RFC 9112 9.6", GET "Connection: CLOSE\r\n\r\n", "GET / ? host=h fields=2 body= close"),
    ACCEPT("RFC 9112 9.3", GET "Connection: keep-alive\r\n\r\n", "GET / ? host=h fields=2 body="),
    ACCEPT("RFC 9112 9.6", GET "Connection: keep-alive, close\r\n\r\n",
           "GET / ? host=h fields=2 body= close"),
    ACCEPT("RFC 9110 7.6.1", GET "Connection: close ,x\r\n\r\n",
           "GET / ? host=h fields=2 body= close"),
    ACCEPT("RFC 9110 5.6.1.2", GET "Connection: ,,close,\r\n\r\n",
           "GET / ? host=h fields=2 body= close"),
    ACCEPT("RFC 9110 7.6.1", GET "Connection: x\r\nConnection: close\r\n\r\n",
           "GET / ? host=h fields=3 body= close"),
    ACCEPT("RFC 9110 7.6.1", GET "Connection: closed\r\n\r\n", "GET / ? host=h fields=2 body="),
    ACCEPT("RFC 9110 7.6.1", GET "Connection:\r\n\r\n", "GET / ? host=h fields=2 body="),
};

static const struct http1_case cases_unfinished[] = {
    MORE("RFC 9112 2.1", "G"),
    MORE("RFC 9112 2.1", "GET / HTTP/1.1"),
    MORE("RFC 9112 2.1", "GET / HTTP/1.1\r"),
    MORE("RFC 9112 2.1", "GET / HTTP/1.1\r\n"),
    MORE("RFC 9112 2.1", GET),
    MORE("RFC 9112 2.1", GET "\r"),
    MORE("RFC 9112 6.3", POST "Content-Length: 3\r\n\r\n"),
    MORE("RFC 9112 6.3", POST "Content-Length: 3\r\n\r\nab"),
    MORE("RFC 9112 7.1", CHUNKED),
    MORE("RFC 9112 7.1", CHUNKED "3\r\nabc\r\n"),
    MORE("RFC 9112 7.1", CHUNKED "3\r\nabc\r\n0\r\n"),
    MORE("RFC 9112 7.1", CHUNKED "3\r\nabc\r\n0\r\n\r"),
};

static const struct http1_case cases_line_ends[] = {
    REFUSE("RFC 9112 2.2", "GET / HTTP/1.1\n", PT_HTTP1_BARE_LF),
    REFUSE("RFC 9112 2.2", "GET / HTTP/1.1\nHost: h\n\n", PT_HTTP1_BARE_LF),
    REFUSE("RFC 9112 2.2", "\n", PT_HTTP1_BARE_LF),
    REFUSE("RFC 9112 2.2", "GET / HTTP/1.1\r\nHost: h\n", PT_HTTP1_BARE_LF),
    REFUSE("RFC 9112 2.2", GET "X: a\nY: b\r\n\r\n", PT_HTTP1_BARE_LF),
    REFUSE("RFC 9112 2.2", GET "\n", PT_HTTP1_BARE_LF),
    REFUSE("RFC 9112 2.2", "GET / HTTP/1.1\rX", PT_HTTP1_BARE_CR),
    REFUSE("RFC 9112 2.2", "GET / HTTP/1.1\r\r\n", PT_HTTP1_BARE_CR),
    REFUSE("RFC 9112 2.2", "GET /\rx HTTP/1.1\r\n", PT_HTTP1_BARE_CR),
    REFUSE("RFC 9112 2.2", GET "X: a\rb\r\n\r\n", PT_HTTP1_BARE_CR),
    REFUSE("RFC 9112 2.2", GET "X: a\r\r\n\r\n", PT_HTTP1_BARE_CR),
    REFUSE("RFC 9112 2.2", GET "\rX", PT_HTTP1_BARE_CR),
    REFUSE("RFC 9112 2.2", GET "X\rY: a\r\n\r\n", PT_HTTP1_BARE_CR),
};

static const struct http1_case cases_empty_lines[] = {
    ACCEPT("RFC 9112 2.2", "\r\n" GET END, "GET / ? host=h fields=1 body="),
    REFUSE("RFC 9112 2.2", "\r\n\r\n", PT_HTTP1_EMPTY_LINES),
    REFUSE("RFC 9112 2.2", "\r\n\r\n" GET END, PT_HTTP1_EMPTY_LINES),
    REFUSE("RFC 9112 2.2", "\r\r\n", PT_HTTP1_BARE_CR),
    REFUSE("RFC 9112 3", " GET / HTTP/1.1\r\n", PT_HTTP1_METHOD_SYNTAX),
};

static const struct http1_case cases_line_bytes[] = {
    REFUSE("RFC 9112 3", "GET /\x00 HTTP/1.1\r\n", PT_HTTP1_LINE_BYTE),
    REFUSE("RFC 9112 3", "GET\t/ HTTP/1.1\r\n", PT_HTTP1_LINE_BYTE),
    REFUSE("RFC 9112 3", "GET /\tHTTP/1.1\r\n", PT_HTTP1_LINE_BYTE),
    REFUSE("RFC 9112 3", "GET /\x0b HTTP/1.1\r\n", PT_HTTP1_LINE_BYTE),
    REFUSE("RFC 9112 3", "GET /\x7f HTTP/1.1\r\n", PT_HTTP1_LINE_BYTE),
    REFUSE("RFC 9112 3", "GET /\x1b[2J HTTP/1.1\r\n", PT_HTTP1_LINE_BYTE),
    REFUSE("RFC 3986 2", "GET /caf\xc3\xa9 HTTP/1.1\r\n", PT_HTTP1_LINE_BYTE),
    REFUSE("RFC 3986 2", "GET /\xff HTTP/1.1\r\n", PT_HTTP1_LINE_BYTE),
    REFUSE("RFC 3986 2", "G\xc2\xa0T / HTTP/1.1\r\n", PT_HTTP1_LINE_BYTE),
    REFUSE("RFC 8446 5.1", "\x16\x03\x01\x02\x00\x01", PT_HTTP1_LINE_BYTE),
    REFUSE("RFC 9112 3", "\x80", PT_HTTP1_LINE_BYTE),
    REFUSE("RFC 9112 3", "\xef\xbb\xbfGET / HTTP/1.1\r\n", PT_HTTP1_LINE_BYTE),
};

static const struct http1_case cases_line_syntax[] = {
    REFUSE("RFC 9112 3", "GET\r\n", PT_HTTP1_LINE_SYNTAX),
    REFUSE("RFC 9112 3", "GET \r\n", PT_HTTP1_LINE_SYNTAX),
    REFUSE("RFC 9112 3", "GET /\r\n", PT_HTTP1_LINE_SYNTAX),
    REFUSE("RFC 9112 3", "GET / \r\n", PT_HTTP1_LINE_SYNTAX),
    REFUSE("RFC 9112 3", "GET  / HTTP/1.1\r\n", PT_HTTP1_LINE_SYNTAX),
    REFUSE("RFC 9112 3", "GET /  HTTP/1.1\r\n", PT_HTTP1_VERSION_SYNTAX),
    REFUSE("RFC 9112 3", "GET / HTTP/1.1 \r\n", PT_HTTP1_VERSION_SYNTAX),
    REFUSE("RFC 9112 3", "GET / x HTTP/1.1\r\n", PT_HTTP1_VERSION_SYNTAX),
    REFUSE("RFC 9112 3", "GET /a b HTTP/1.1\r\n", PT_HTTP1_VERSION_SYNTAX),
};

static const struct http1_case cases_method[] = {
    REFUSE("RFC 9112 3.1", "G(T / HTTP/1.1\r\n", PT_HTTP1_METHOD_SYNTAX),
    REFUSE("RFC 9112 3.1", "GET: / HTTP/1.1\r\n", PT_HTTP1_METHOD_SYNTAX),
    REFUSE("RFC 9112 3.1", "G\"T / HTTP/1.1\r\n", PT_HTTP1_METHOD_SYNTAX),
    REFUSE("RFC 9112 3.1", "/ GET HTTP/1.1\r\n", PT_HTTP1_METHOD_SYNTAX),
    REFUSE("RFC 9110 9.1", "get / HTTP/1.1\r\n", PT_HTTP1_METHOD_UNKNOWN),
    REFUSE("RFC 9110 9.1", "Get / HTTP/1.1\r\n", PT_HTTP1_METHOD_UNKNOWN),
    REFUSE("RFC 9110 9.1", "GETX / HTTP/1.1\r\n", PT_HTTP1_METHOD_UNKNOWN),
    REFUSE("RFC 9110 9.1", "GE / HTTP/1.1\r\n", PT_HTTP1_METHOD_UNKNOWN),
    REFUSE("RFC 9110 9.3.4", "PUT / HTTP/1.1\r\n", PT_HTTP1_METHOD_UNKNOWN),
    REFUSE("RFC 9110 9.3.6", "CONNECT h:443 HTTP/1.1\r\n", PT_HTTP1_METHOD_UNKNOWN),
    REFUSE("RFC 9110 9.3.7", "OPTIONS * HTTP/1.1\r\n", PT_HTTP1_METHOD_UNKNOWN),
    REFUSE("RFC 9110 9.3.8", "TRACE / HTTP/1.1\r\n", PT_HTTP1_METHOD_UNKNOWN),
    REFUSE("RFC 5789 2", "PATCH / HTTP/1.1\r\n", PT_HTTP1_METHOD_UNKNOWN),
};

static const struct http1_case cases_version[] = {
    REFUSE("RFC 9110 15.6.6", "GET / HTTP/1.0\r\n", PT_HTTP1_VERSION_UNKNOWN),
    REFUSE("RFC 9110 15.6.6", "GET / HTTP/1.2\r\n", PT_HTTP1_VERSION_UNKNOWN),
    REFUSE("RFC 9110 15.6.6", "GET / HTTP/0.9\r\n", PT_HTTP1_VERSION_UNKNOWN),
    REFUSE("RFC 9110 15.6.6", "GET / HTTP/2.0\r\n", PT_HTTP1_VERSION_UNKNOWN),
    REFUSE("RFC 9113 3.4", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", PT_HTTP1_VERSION_UNKNOWN),
    REFUSE("RFC 9112 2.3", "GET / http/1.1\r\n", PT_HTTP1_VERSION_SYNTAX),
    REFUSE("RFC 9112 2.3", "GET / HTTP/1.1x\r\n", PT_HTTP1_VERSION_SYNTAX),
    REFUSE("RFC 9112 2.3", "GET / HTTP/11\r\n", PT_HTTP1_VERSION_SYNTAX),
    REFUSE("RFC 9112 2.3", "GET / HTTP/1,1\r\n", PT_HTTP1_VERSION_SYNTAX),
    REFUSE("RFC 9112 2.3", "GET / HTTP/01.1\r\n", PT_HTTP1_VERSION_SYNTAX),
    REFUSE("RFC 9112 2.3", "GET / HTTP/1.10\r\n", PT_HTTP1_VERSION_SYNTAX),
    REFUSE("RFC 9112 2.3", "GET / HTTP/-1.1\r\n", PT_HTTP1_VERSION_SYNTAX),
    REFUSE("RFC 9112 2.3", "GET / HTTPS/1.1\r\n", PT_HTTP1_VERSION_SYNTAX),
    REFUSE("RFC 9112 2.3", "GET / FTP/1.1\r\n", PT_HTTP1_VERSION_SYNTAX),
};

static const struct http1_case cases_target[] = {
    ACCEPT("RFC 9112 3.2.1", "GET /a/b?c=d&e HTTP/1.1\r\n" H END,
           "GET /a/b ?c=d&e host=h fields=1 body="),
    ACCEPT("RFC 3986 3.4", "GET /a?b?c/d HTTP/1.1\r\n" H END,
           "GET /a ?b?c/d host=h fields=1 body="),
    ACCEPT("RFC 3986 3.4", "GET /a? HTTP/1.1\r\n" H END, "GET /a ? host=h fields=1 body="),
    ACCEPT("RFC 3986 3.3", "GET //a//b HTTP/1.1\r\n" H END, "GET //a//b ? host=h fields=1 body="),
    ACCEPT("RFC 3986 3.3", "GET /;v=1,2:@!$&'()*+=~- HTTP/1.1\r\n" H END,
           "GET /;v=1,2:@!$&'()*+=~- ? host=h fields=1 body="),
    ACCEPT("RFC 3986 2.1", "GET /caf%C3%a9%2F HTTP/1.1\r\n" H END,
           "GET /caf%C3%a9%2F ? host=h fields=1 body="),
    ACCEPT("RFC 3986 3.4", "GET /a?prenoms[]=x HTTP/1.1\r\n" H END,
           "GET /a ?prenoms[]=x host=h fields=1 body="),
    ACCEPT("RFC 3986 3.3", "GET /a...b/.../c.d HTTP/1.1\r\n" H END,
           "GET /a...b/.../c.d ? host=h fields=1 body="),
    REFUSE("RFC 9112 3.2", "GET /a#b HTTP/1.1\r\n", PT_HTTP1_TARGET_SYNTAX),
    REFUSE("RFC 9112 3.2", "GET /a?b#c HTTP/1.1\r\n", PT_HTTP1_TARGET_SYNTAX),
    REFUSE("RFC 3986 3.3", "GET /a[b] HTTP/1.1\r\n", PT_HTTP1_TARGET_SYNTAX),
    REFUSE("RFC 3986 3.3", "GET /a\\b HTTP/1.1\r\n", PT_HTTP1_TARGET_SYNTAX),
    REFUSE("RFC 3986 3.3", "GET /\"a\" HTTP/1.1\r\n", PT_HTTP1_TARGET_SYNTAX),
    REFUSE("RFC 3986 3.3", "GET /<script> HTTP/1.1\r\n", PT_HTTP1_TARGET_SYNTAX),
    REFUSE("RFC 3986 3.3", "GET /{a} HTTP/1.1\r\n", PT_HTTP1_TARGET_SYNTAX),
    REFUSE("RFC 3986 3.4", "GET /a?b|c HTTP/1.1\r\n", PT_HTTP1_TARGET_SYNTAX),
    REFUSE("RFC 3986 3.4", "GET /a?`id` HTTP/1.1\r\n", PT_HTTP1_TARGET_SYNTAX),
};

static const struct http1_case cases_escapes[] = {
    REFUSE("RFC 3986 2.1", "GET /% HTTP/1.1\r\n", PT_HTTP1_TARGET_ESCAPE),
    REFUSE("RFC 3986 2.1", "GET /%a HTTP/1.1\r\n", PT_HTTP1_TARGET_ESCAPE),
    REFUSE("RFC 3986 2.1", "GET /%zz HTTP/1.1\r\n", PT_HTTP1_TARGET_ESCAPE),
    REFUSE("RFC 3986 2.1", "GET /%%41 HTTP/1.1\r\n", PT_HTTP1_TARGET_ESCAPE),
    REFUSE("RFC 3986 2.1", "GET /%u0041 HTTP/1.1\r\n", PT_HTTP1_TARGET_ESCAPE),
    REFUSE("RFC 3986 2.1", "GET /a?b=%4 HTTP/1.1\r\n", PT_HTTP1_TARGET_ESCAPE),
    REFUSE("RFC 3986 7.3", "GET /a%00b HTTP/1.1\r\n", PT_HTTP1_TARGET_ESCAPE),
    REFUSE("RFC 3986 7.3", "GET /a?b=%00 HTTP/1.1\r\n", PT_HTTP1_TARGET_ESCAPE),
    REFUSE("RFC 3986 5.2.4", "GET /.. HTTP/1.1\r\n", PT_HTTP1_TARGET_DOTS),
    REFUSE("RFC 3986 5.2.4", "GET /a/../b HTTP/1.1\r\n", PT_HTTP1_TARGET_DOTS),
    REFUSE("RFC 3986 5.2.4", "GET /a/./b HTTP/1.1\r\n", PT_HTTP1_TARGET_DOTS),
    REFUSE("RFC 3986 5.2.4", "GET /a/%2e%2E/b HTTP/1.1\r\n", PT_HTTP1_TARGET_DOTS),
    REFUSE("RFC 3986 5.2.4", "GET /a/.%2e HTTP/1.1\r\n", PT_HTTP1_TARGET_DOTS),
    REFUSE("RFC 3986 5.2.4", "GET /%2e/b HTTP/1.1\r\n", PT_HTTP1_TARGET_DOTS),
};

static const struct http1_case cases_forms[] = {
    REFUSE("RFC 9112 3.2.4", "GET * HTTP/1.1\r\n", PT_HTTP1_TARGET_FORM),
    REFUSE("RFC 9112 3.2.3", "GET h:443 HTTP/1.1\r\n", PT_HTTP1_TARGET_FORM),
    REFUSE("RFC 9112 3.2", "GET h HTTP/1.1\r\n", PT_HTTP1_TARGET_FORM),
    REFUSE("RFC 9112 3.2", "GET ?q HTTP/1.1\r\n", PT_HTTP1_TARGET_FORM),
    REFUSE("RFC 9112 3.2", "GET ../x HTTP/1.1\r\n", PT_HTTP1_TARGET_FORM),
    REFUSE("RFC 9112 3.2.2", "GET ftp://h/ HTTP/1.1\r\n", PT_HTTP1_TARGET_FORM),
    REFUSE("RFC 9112 3.2.2", "GET file:///etc/passwd HTTP/1.1\r\n", PT_HTTP1_TARGET_FORM),
    REFUSE("RFC 9112 3.2.2", "GET http:/h/ HTTP/1.1\r\n", PT_HTTP1_TARGET_FORM),
};

static const struct http1_case cases_absolute[] = {
    ACCEPT("RFC 9112 3.2.2", "GET https://h/a?b HTTP/1.1\r\n" H END,
           "GET /a ?b host=h fields=1 body="),
    ACCEPT("RFC 9112 3.2.2", "GET http://h/ HTTP/1.1\r\n" H END, "GET / ? host=h fields=1 body="),
    ACCEPT("RFC 9110 4.2.3", "GET HTTPS://H/a HTTP/1.1\r\n" H END,
           "GET /a ? host=h fields=1 body="),
    ACCEPT("RFC 9110 4.2.3", "GET https://h HTTP/1.1\r\n" H END, "GET / ? host=h fields=1 body="),
    ACCEPT("RFC 3986 3", "GET https://h?q HTTP/1.1\r\n" H END, "GET / ?q host=h fields=1 body="),
    ACCEPT("RFC 9112 3.2.2", "GET https://h:8443/ HTTP/1.1\r\nHost: h:8443\r\n\r\n",
           "GET / ? host=h:8443 fields=1 body="),
    REFUSE("RFC 9112 3.2.2", "GET https://x/ HTTP/1.1\r\n" H END, PT_HTTP1_TARGET_HOST),
    REFUSE("RFC 9112 3.2.2", "GET https://h:1/ HTTP/1.1\r\n" H END, PT_HTTP1_TARGET_HOST),
    REFUSE("RFC 9112 3.2.2", "GET https://h/ HTTP/1.1\r\nHost: h:1\r\n\r\n", PT_HTTP1_TARGET_HOST),
    REFUSE("RFC 9110 4.2.1", "GET https:/// HTTP/1.1\r\n", PT_HTTP1_TARGET_SYNTAX),
    REFUSE("RFC 9110 4.2.4", "GET https://u@h/ HTTP/1.1\r\n", PT_HTTP1_TARGET_SYNTAX),
    REFUSE("RFC 3986 3.2.3", "GET https://h:/ HTTP/1.1\r\n", PT_HTTP1_TARGET_SYNTAX),
    REFUSE("RFC 3986 5.2.4", "GET https://h/../x HTTP/1.1\r\n", PT_HTTP1_TARGET_DOTS),
    REFUSE("RFC 9112 3.2", "GET https://h/ HTTP/1.1\r\n\r\n", PT_HTTP1_HOST_MISSING),
};

static const struct http1_case cases_host[] = {
    REFUSE("RFC 9112 3.2", "GET / HTTP/1.1\r\n\r\n", PT_HTTP1_HOST_MISSING),
    REFUSE("RFC 9112 3.2", "GET / HTTP/1.1\r\nX: h\r\n\r\n", PT_HTTP1_HOST_MISSING),
    REFUSE("RFC 9112 3.2", GET "Host: x\r\n\r\n", PT_HTTP1_HOST_REPEATED),
    REFUSE("RFC 9112 3.2", GET H END, PT_HTTP1_HOST_REPEATED),
    REFUSE("RFC 9112 3.2", GET "X: y\r\nhost:\r\n\r\n", PT_HTTP1_HOST_REPEATED),
    REFUSE("RFC 9110 4.2.1", "GET / HTTP/1.1\r\nHost:\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 9110 4.2.1", "GET / HTTP/1.1\r\nHost: \t\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 9110 7.2", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 9110 7.2", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 9110 7.2", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 9110 7.2", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 9110 7.2", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 9110 7.2", "GET / HTTP/1.1\r\nHost: h\xc3\xa9\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 9110 7.2", "GET / HTTP/1.1\r\nHost: http://h\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
};

static const struct http1_case cases_host_port[] = {
    ACCEPT("RFC 9110 7.2", "GET / HTTP/1.1\r\nHost: grc.mairie-x.fr:8443\r\n\r\n",
           "GET / ? host=grc.mairie-x.fr:8443 fields=1 body="),
    ACCEPT("RFC 3986 3.2.2", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
           "GET / ? host=127.0.0.1 fields=1 body="),
    ACCEPT("RFC 3986 3.2.2", "GET / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n",
           "GET / ? host=[::1]:8443 fields=1 body="),
    ACCEPT("RFC 3986 3.2.2", "GET / HTTP/1.1\r\nHost: [::ffff:1.2.3.4]\r\n\r\n",
           "GET / ? host=[::ffff:1.2.3.4] fields=1 body="),
    REFUSE("RFC 3986 3.2.3", "GET / HTTP/1.1\r\nHost: h:\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 3986 3.2.3", "GET / HTTP/1.1\r\nHost: h:x\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 3986 3.2.3", "GET / HTTP/1.1\r\nHost: h:65536\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 3986 3.2.3", "GET / HTTP/1.1\r\nHost: h:000001\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 3986 3.2.3", "GET / HTTP/1.1\r\nHost: h:1:2\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 3986 3.2.3", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 3986 3.2.2", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 3986 3.2.2", "GET / HTTP/1.1\r\nHost: []\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 3986 3.2.2", "GET / HTTP/1.1\r\nHost: [v1.x]\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
    REFUSE("RFC 3986 3.2.2", "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
};

static const struct http1_case cases_field_names[] = {
    REFUSE("RFC 9112 5.1", GET "X : a\r\n\r\n", PT_HTTP1_COLON_SPACE),
    REFUSE("RFC 9112 5.1", GET "X\t: a\r\n\r\n", PT_HTTP1_COLON_SPACE),
    REFUSE("RFC 9112 5.1", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", PT_HTTP1_COLON_SPACE),
    REFUSE("RFC 9112 5.1", GET "Content-Length : 0\r\n\r\n", PT_HTTP1_COLON_SPACE),
    REFUSE("RFC 9110 5.1", GET ": a\r\n\r\n", PT_HTTP1_FIELD_NAME),
    REFUSE("RFC 9110 5.1", GET "X\r\n\r\n", PT_HTTP1_FIELD_NAME),
    REFUSE("RFC 9110 5.1", GET "X(Y): a\r\n\r\n", PT_HTTP1_FIELD_NAME),
    REFUSE("RFC 9110 5.1", GET "X/Y: a\r\n\r\n", PT_HTTP1_FIELD_NAME),
    REFUSE("RFC 9110 5.1", GET "X@Y: a\r\n\r\n", PT_HTTP1_FIELD_NAME),
    REFUSE("RFC 9110 5.1", GET "X\xc3\xa9: a\r\n\r\n", PT_HTTP1_FIELD_NAME),
    REFUSE("RFC 9110 5.1", GET "\"X\": a\r\n\r\n", PT_HTTP1_FIELD_NAME),
    REFUSE("RFC 9110 5.1", GET "X=a\r\n\r\n", PT_HTTP1_FIELD_NAME),
};

static const struct http1_case cases_fold[] = {
    REFUSE("RFC 9112 5.2", GET "X: a\r\n b\r\n\r\n", PT_HTTP1_FOLD),
    REFUSE("RFC 9112 5.2", GET "X: a\r\n\tb\r\n\r\n", PT_HTTP1_FOLD),
    REFUSE("RFC 9112 5.2", GET "X:\r\n a\r\n\r\n", PT_HTTP1_FOLD),
    REFUSE("RFC 9112 5.2", GET " \r\n\r\n", PT_HTTP1_FOLD),
    REFUSE("RFC 9112 2.2", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", PT_HTTP1_FOLD),
    REFUSE("RFC 9112 2.2", "GET / HTTP/1.1\r\n\tX: y\r\nHost: h\r\n\r\n", PT_HTTP1_FOLD),
};

static const struct http1_case cases_field_bytes[] = {
    REFUSE("RFC 9110 5.5",
           GET "X: a\x00"
               "b\r\n\r\n",
           PT_HTTP1_FIELD_BYTE),
    REFUSE("RFC 9110 5.5", GET "X: a\x01\r\n\r\n", PT_HTTP1_FIELD_BYTE),
    REFUSE("RFC 9110 5.5", GET "X: a\x08\r\n\r\n", PT_HTTP1_FIELD_BYTE),
    REFUSE("RFC 9110 5.5", GET "X: a\x0b\r\n\r\n", PT_HTTP1_FIELD_BYTE),
    REFUSE("RFC 9110 5.5", GET "X: a\x0c\r\n\r\n", PT_HTTP1_FIELD_BYTE),
    REFUSE("RFC 9110 5.5", GET "X: a\x1b[0m\r\n\r\n", PT_HTTP1_FIELD_BYTE),
    REFUSE("RFC 9110 5.5", GET "X: a\x7f\r\n\r\n", PT_HTTP1_FIELD_BYTE),
    REFUSE("RFC 9110 5.1", GET "X\x00: a\r\n\r\n", PT_HTTP1_FIELD_BYTE),
};

static const struct http1_case cases_length[] = {
    REFUSE("RFC 9110 8.6", POST "Content-Length:\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9110 8.6", POST "Content-Length: +5\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9110 8.6", POST "Content-Length: -5\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9110 8.6", POST "Content-Length: 5 5\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9110 8.6", POST "Content-Length: 5, 5\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9110 8.6", POST "Content-Length: 5,\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9110 8.6", POST "Content-Length: 0x5\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9110 8.6", POST "Content-Length: 5.0\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9110 8.6", POST "Content-Length: 1e1\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9110 8.6", POST "Content-Length: \"5\"\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9110 8.6", POST "Content-Length: \xc2\xb2\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9110 8.6", POST "Content-Length: 05\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9110 8.6", POST "Content-Length: 00\r\n\r\n", PT_HTTP1_LENGTH_SYNTAX),
    REFUSE("RFC 9112 6.3", POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
           PT_HTTP1_LENGTH_REPEATED),
    REFUSE("RFC 9112 6.3", POST "Content-Length: 5\r\nX: y\r\ncontent-length: 6\r\n\r\n",
           PT_HTTP1_LENGTH_REPEATED),
};

static const struct http1_case cases_length_limits[] = {
    REFUSE("RFC 9110 15.5.14", POST "Content-Length: 65537\r\n\r\n", PT_HTTP1_BODY_LONG),
    REFUSE("RFC 9110 15.5.14", POST "Content-Length: 4294967296\r\n\r\n", PT_HTTP1_BODY_LONG),
    REFUSE("RFC 9110 15.5.14", POST "Content-Length: 4294967301\r\n\r\n", PT_HTTP1_BODY_LONG),
    REFUSE("RFC 9110 15.5.14", POST "Content-Length: 18446744073709551616\r\n\r\n",
           PT_HTTP1_BODY_LONG),
    REFUSE("RFC 9110 15.5.14", POST "Content-Length: 18446744073709551621\r\n\r\n",
           PT_HTTP1_BODY_LONG),
    REFUSE("RFC 9110 15.5.14",
           POST "Content-Length: 99999999999999999999999999999999999999999\r\n\r\n",
           PT_HTTP1_BODY_LONG),
    REFUSE("RFC 9110 15.5.12", POST END, PT_HTTP1_LENGTH_REQUIRED),
    REFUSE("RFC 9110 15.5.12", POST "Expect: 100-continue\r\n\r\n", PT_HTTP1_LENGTH_REQUIRED),
};

static const struct http1_case cases_no_body[] = {
    REFUSE("RFC 9110 9.3.1", GET "Content-Length: 5\r\n\r\nhello", PT_HTTP1_BODY_FORBIDDEN),
    REFUSE("RFC 9110 9.3.1", GET "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           PT_HTTP1_BODY_FORBIDDEN),
    REFUSE("RFC 9110 9.3.2", "HEAD / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx",
           PT_HTTP1_BODY_FORBIDDEN),
    REFUSE("RFC 9110 9.3.5", "DELETE / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx",
           PT_HTTP1_BODY_FORBIDDEN),
};

static const struct http1_case cases_coding[] = {
    REFUSE("RFC 9112 6.1", POST "Transfer-Encoding: gzip\r\n\r\n", PT_HTTP1_CODING_UNKNOWN),
    REFUSE("RFC 9112 6.1", POST "Transfer-Encoding: gzip, chunked\r\n\r\n",
           PT_HTTP1_CODING_UNKNOWN),
    REFUSE("RFC 9112 6.1", POST "Transfer-Encoding: chunked, gzip\r\n\r\n",
           PT_HTTP1_CODING_UNKNOWN),
    REFUSE("RFC 9112 6.1", POST "Transfer-Encoding: chunked, chunked\r\n\r\n",
           PT_HTTP1_CODING_UNKNOWN),
    REFUSE("RFC 9112 6.1", POST "Transfer-Encoding: identity\r\n\r\n", PT_HTTP1_CODING_UNKNOWN),
    REFUSE("RFC 9112 6.1", POST "Transfer-Encoding:\r\n\r\n", PT_HTTP1_CODING_UNKNOWN),
    REFUSE("RFC 9112 6.1", POST "Transfer-Encoding: xchunked\r\n\r\n", PT_HTTP1_CODING_UNKNOWN),
    REFUSE("RFC 9112 6.1", POST "Transfer-Encoding: chunked;q=1\r\n\r\n", PT_HTTP1_CODING_UNKNOWN),
    REFUSE("RFC 9112 6.1", POST "Transfer-Encoding: \"chunked\"\r\n\r\n", PT_HTTP1_CODING_UNKNOWN),
    REFUSE("RFC 9112 6.1",
           POST "Transfer-Encoding: \x0b"
                "chunked\r\n\r\n",
           PT_HTTP1_FIELD_BYTE),
    REFUSE("RFC 9112 6.1", POST "Transfer-Encoding: chunked\xa0\r\n\r\n", PT_HTTP1_CODING_UNKNOWN),
    REFUSE("RFC 9112 6.1",
           POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           PT_HTTP1_CODING_REPEATED),
    REFUSE("RFC 9112 6.1",
           POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
           PT_HTTP1_CODING_REPEATED),
};

static const struct http1_case cases_smuggling[] = {
    REFUSE("RFC 9112 6.3",
           POST
           "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n",
           PT_HTTP1_LENGTH_AND_CODING),
    REFUSE("RFC 9112 6.3", POST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
           PT_HTTP1_LENGTH_AND_CODING),
    REFUSE("RFC 9112 6.3", POST "transfer-encoding: CHUNKED\r\ncontent-length: 0\r\n\r\n0\r\n\r\n",
           PT_HTTP1_LENGTH_AND_CODING),
    REFUSE("RFC 9112 6.3", POST "Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\nabcd",
           PT_HTTP1_CODING_UNKNOWN),
    REFUSE("RFC 9112 5.1", POST "Content-Length: 4\r\nTransfer-Encoding : chunked\r\n\r\nabcd",
           PT_HTTP1_COLON_SPACE),
    REFUSE("RFC 9112 5.2", POST "Content-Length: 4\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n",
           PT_HTTP1_FOLD),
    REFUSE("RFC 9112 2.2", POST "Content-Length: 4\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n",
           PT_HTTP1_BARE_LF),
    REFUSE("RFC 9112 2.2", POST "Content-Length: 4\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n",
           PT_HTTP1_BARE_CR),
    REFUSE("RFC 9110 9.3.1", GET "Content-Length: 34\r\n\r\nGET /admin HTTP/1.1\r\nHost: h\r\n\r\n",
           PT_HTTP1_BODY_FORBIDDEN),
    ACCEPT("RFC 9110 5.1", POST "Content_Length: 99\r\nContent-Length: 1\r\n\r\nx",
           "POST /p ? host=h fields=3 body=x"),
};

static const struct http1_case cases_chunked[] = {
    ACCEPT("RFC 9112 7.1", CHUNKED "0\r\n\r\n", "POST /p ? host=h fields=2 body="),
    ACCEPT("RFC 9112 7.1", CHUNKED "3\r\nabc\r\n0\r\n\r\n", "POST /p ? host=h fields=2 body=abc"),
    ACCEPT("RFC 9112 7.1", CHUNKED "1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n",
           "POST /p ? host=h fields=2 body=abcdef"),
    ACCEPT("RFC 9112 7.1", CHUNKED "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
           "POST /p ? host=h fields=2 body=01234567890123456789"),
    ACCEPT("RFC 9112 7.1", CHUNKED "00000003\r\nabc\r\n000\r\n\r\n",
           "POST /p ? host=h fields=2 body=abc"),
    ACCEPT("RFC 9112 7.1", CHUNKED "6\r\na\r\nb\r\n\r\n0\r\n\r\n",
           "POST /p ? host=h fields=2 body=a\r\nb\r\n"),
    ACCEPT("RFC 9112 7", POST "Transfer-Encoding:\t Chunked \r\n\r\n2\r\nok\r\n0\r\n\r\n",
           "POST /p ? host=h fields=2 body=ok"),
};

static const struct http1_case cases_chunk_extensions[] = {
    ACCEPT("RFC 9112 7.1.1", CHUNKED "3;a\r\nabc\r\n0;b\r\n\r\n",
           "POST /p ? host=h fields=2 body=abc"),
    ACCEPT("RFC 9112 7.1.1", CHUNKED "3;a=b;c=\"d;\\\" \"\r\nabc\r\n0\r\n\r\n",
           "POST /p ? host=h fields=2 body=abc"),
    REFUSE("RFC 9112 7.1.1", CHUNKED "3;\r\nabc\r\n", PT_HTTP1_CHUNK_EXTENSION),
    REFUSE("RFC 9112 7.1.1", CHUNKED "3;a=\r\nabc\r\n", PT_HTTP1_CHUNK_EXTENSION),
    REFUSE("RFC 9112 7.1.1", CHUNKED "3;=b\r\nabc\r\n", PT_HTTP1_CHUNK_EXTENSION),
    REFUSE("RFC 9112 7.1.1", CHUNKED "3;a=\"b\r\nabc\r\n", PT_HTTP1_CHUNK_EXTENSION),
    REFUSE("RFC 9112 7.1.1", CHUNKED "3;a=\"b\\\r\nabc\r\n", PT_HTTP1_CHUNK_EXTENSION),
    REFUSE("RFC 9112 7.1.1", CHUNKED "3;a=\"b\"c\r\nabc\r\n", PT_HTTP1_CHUNK_EXTENSION),
    REFUSE("RFC 9112 7.1.1", CHUNKED "3; a\r\nabc\r\n", PT_HTTP1_CHUNK_EXTENSION),
    REFUSE("RFC 9112 7.1.1", CHUNKED "3;a =b\r\nabc\r\n", PT_HTTP1_CHUNK_EXTENSION),
    REFUSE("RFC 9112 7.1.1", CHUNKED "3;;a\r\nabc\r\n", PT_HTTP1_CHUNK_EXTENSION),
    REFUSE("RFC 9112 2.2", CHUNKED "3;a\nxx\r\nabc\r\n", PT_HTTP1_BARE_LF),
    REFUSE("RFC 9112 2.2", CHUNKED "3;a\rxx\r\nabc\r\n", PT_HTTP1_BARE_CR),
};

static const struct http1_case cases_chunk_sizes[] = {
    REFUSE("RFC 9112 7.1", CHUNKED "\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9112 7.1", CHUNKED "0x3\r\nabc\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9112 7.1", CHUNKED "x\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9112 7.1", CHUNKED "-1\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9112 7.1", CHUNKED "+3\r\nabc\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9112 7.1", CHUNKED " 3\r\nabc\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9112 7.1", CHUNKED "3 \r\nabc\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9112 7.1", CHUNKED "3\t\r\nabc\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9112 7.1", CHUNKED "3,3\r\nabc\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9112 7.1", CHUNKED "000000003\r\nabc\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9112 7.1", CHUNKED "100000003\r\nabc\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9112 7.1", CHUNKED "10000000000000003\r\nabc\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9112 7.1", CHUNKED "3\x00\r\nabc\r\n", PT_HTTP1_CHUNK_SIZE),
    REFUSE("RFC 9110 15.5.14", CHUNKED "10001\r\n", PT_HTTP1_BODY_LONG),
    REFUSE("RFC 9110 15.5.14", CHUNKED "ffffffff\r\n", PT_HTTP1_BODY_LONG),
    REFUSE("RFC 9110 15.5.14", CHUNKED "1\r\na\r\n10000\r\n", PT_HTTP1_BODY_LONG),
    REFUSE("RFC 9110 15.5.14", CHUNKED "1\r\na\r\nffffffff\r\n", PT_HTTP1_BODY_LONG),
};

static const struct http1_case cases_chunk_ends[] = {
    REFUSE("RFC 9112 7.1", CHUNKED "3\nabc\r\n", PT_HTTP1_BARE_LF),
    REFUSE("RFC 9112 7.1", CHUNKED "3\r\nabc\n", PT_HTTP1_BARE_LF),
    REFUSE("RFC 9112 7.1", CHUNKED "3\r\nabc\r0", PT_HTTP1_BARE_CR),
    REFUSE("RFC 9112 7.1", CHUNKED "3\r\nabcd\r\n", PT_HTTP1_CHUNK_END),
    REFUSE("RFC 9112 7.1", CHUNKED "3\r\nabc0\r\n\r\n", PT_HTTP1_CHUNK_END),
    REFUSE("RFC 9112 7.1", CHUNKED "3\r\nab\r\n0\r\n\r\n", PT_HTTP1_BARE_LF),
    REFUSE("RFC 9112 7.1", CHUNKED "0\r\n\n", PT_HTTP1_BARE_LF),
    REFUSE("RFC 9112 7.1", CHUNKED "0\r\n\rX", PT_HTTP1_BARE_CR),
    REFUSE("RFC 9112 7.1", CHUNKED "0\n", PT_HTTP1_BARE_LF),
};

static const struct http1_case cases_trailers[] = {
    REFUSE("RFC 9112 7.1.2", CHUNKED "0\r\nX: y\r\n\r\n", PT_HTTP1_TRAILER),
    REFUSE("RFC 9110 6.5.1", CHUNKED "0\r\nContent-Length: 5\r\n\r\n", PT_HTTP1_TRAILER),
    REFUSE("RFC 9110 6.5.1", CHUNKED "0\r\nHost: x\r\n\r\n", PT_HTTP1_TRAILER),
    REFUSE("RFC 9112 7.1.2", CHUNKED "0\r\n x\r\n\r\n", PT_HTTP1_TRAILER),
    REFUSE("RFC 9112 7.1.2", CHUNKED "0\r\n0\r\n\r\n", PT_HTTP1_TRAILER),
};

static const struct http1_case cases_expect[] = {
    ACCEPT("RFC 9110 10.1.1", POST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
           "POST /p ? host=h fields=3 body=x"),
    ACCEPT("RFC 9110 10.1.1", POST "expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
           "POST /p ? host=h fields=3 body=x"),
    ACCEPT("RFC 9110 10.1.1", GET "Expect: 100-continue\r\n\r\n", "GET / ? host=h fields=2 body="),
    REFUSE("RFC 9110 10.1.1", GET "Expect: 200-ok\r\n\r\n", PT_HTTP1_EXPECTATION),
    REFUSE("RFC 9110 10.1.1", GET "Expect:\r\n\r\n", PT_HTTP1_EXPECTATION),
    REFUSE("RFC 9110 10.1.1", POST "Expect: 100-continue, x\r\nContent-Length: 1\r\n\r\nx",
           PT_HTTP1_EXPECTATION),
    REFUSE("RFC 9110 10.1.1", GET "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n",
           PT_HTTP1_EXPECTATION),
    REFUSE("RFC 9110 15.5.14", POST "Expect: 100-continue\r\nContent-Length: 99999\r\n\r\n",
           PT_HTTP1_BODY_LONG),
};

/* What stands behind a whole request is the next one, and stays: `want` is the first alone. */
static const struct http1_case cases_pipelined[] = {
    ACCEPT("RFC 9112 9.3.2", GET END GET END, "GET / ? host=h fields=1 body="),
    ACCEPT("RFC 9112 9.3.2", GET END "garbage\n", "GET / ? host=h fields=1 body="),
    ACCEPT("RFC 9112 9.3.2", POST "Content-Length: 2\r\n\r\nabGET /2 HTTP/1.1\r\n",
           "POST /p ? host=h fields=2 body=ab"),
    ACCEPT("RFC 9112 9.3.2", POST "Content-Length: 0\r\n\r\nabc",
           "POST /p ? host=h fields=2 body="),
    ACCEPT("RFC 9112 9.3.2", CHUNKED "2\r\nab\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n",
           "POST /p ? host=h fields=2 body=ab"),
    ACCEPT("RFC 9112 2.2", POST "Content-Length: 2\r\n\r\nab\r\n" GET END,
           "POST /p ? host=h fields=2 body=ab"),
};

/* before + byte repeated n times + after: what stands at a limit, and one byte over it. */
struct http1_filled_case {
    const char *clause;
    pt_slice before;
    char byte;
    size_t n;
    pt_slice after;
    enum pt_http1_reason reason; /* PT_HTTP1_NO_REASON: accepted */
};
#define FILLED(rfc, b, c, count, a, why)                                                           \
    {                                                                                              \
        .clause = (rfc), .before = PT_SLICE_INIT(b), .byte = (c), .n = (count),                    \
        .after = PT_SLICE_INIT(a), .reason = (why)                                                 \
    }

#define LINE_FILL (PT_HTTP_LINE_MAX - sizeof("GET / HTTP/1.1") + 1U)

static const struct http1_filled_case cases_limits[] = {
    FILLED("RFC 9112 3", "GET /", 'a', LINE_FILL, " HTTP/1.1\r\n" H END, PT_HTTP1_NO_REASON),
    FILLED("RFC 9110 15.5.15", "GET /", 'a', LINE_FILL + 1U, " HTTP/1.1\r\n" H END,
           PT_HTTP1_LINE_LONG),
    FILLED("RFC 9110 15.5.15", "GET /", 'a', PT_HTTP_LINE_MAX, "", PT_HTTP1_LINE_LONG),
    FILLED("RFC 9110 15.5.15", "", 'A', PT_HTTP_LINE_MAX + 1U, "", PT_HTTP1_LINE_LONG),
    FILLED("RFC 6585 5", GET "X:", 'a', PT_HTTP_HEADER_MAX - 2U, "\r\n\r\n", PT_HTTP1_NO_REASON),
    FILLED("RFC 6585 5", GET "X:", 'a', PT_HTTP_HEADER_MAX - 1U, "\r\n\r\n", PT_HTTP1_FIELD_LONG),
    FILLED("RFC 6585 5", GET, 'X', PT_HTTP_HEADER_MAX + 1U, "", PT_HTTP1_FIELD_LONG),
    FILLED("RFC 6585 5", GET "X:", ' ', PT_HTTP_HEADER_MAX - 1U, "", PT_HTTP1_FIELD_LONG),
    FILLED("RFC 9110 15.5.14", POST "Content-Length: 65536\r\n\r\n", 'a', PT_HTTP_BODY_MAX, "",
           PT_HTTP1_NO_REASON),
    FILLED("RFC 9110 15.5.14", CHUNKED "10000\r\n", 'a', PT_HTTP_BODY_MAX, "\r\n0\r\n\r\n",
           PT_HTTP1_NO_REASON),
    FILLED("RFC 9112 7.1.1", CHUNKED "1;", 'a', PT_HTTP_CHUNK_LINE_MAX - 2U, "\r\nx\r\n0\r\n\r\n",
           PT_HTTP1_NO_REASON),
    FILLED("RFC 9112 7.1.1", CHUNKED "1;", 'a', PT_HTTP_CHUNK_LINE_MAX - 1U, "\r\nx\r\n",
           PT_HTTP1_CHUNK_LINE_LONG),
    FILLED("RFC 9112 7.1", CHUNKED, '0', PT_HTTP_CHUNK_LINE_MAX + 1U, "", PT_HTTP1_CHUNK_LINE_LONG),
    FILLED("RFC 9110 7.2", "GET / HTTP/1.1\r\nHost: ", 'a', 256U, "\r\n\r\n", PT_HTTP1_HOST_SYNTAX),
};

#endif /* POTERNE_TESTS_HTTP1_CASES_H */
