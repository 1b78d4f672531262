/* SPDX-License-Identifier: EUPL-1.2 */
/* The response parser against its table of raw responses. Every row is fed at once and in every
 * cut into two and byte by byte; the verdict must be the same each time. */
#include "gateway/net/http1_response_int.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(http1_response, .timeout = 30.0);

#define OK_LINE "HTTP/1.1 200 OK\r\n"

/* @want: "STATUS BODY" of an answer, the name of a reason, "more" or "early" (ended too soon). */
struct row {
    const char *clause;
    const char *raw;
    const char *want;
    bool ended;
};

static const struct row rows[] = {
    /* --- what is an answer --- */
    {"9112 4", OK_LINE "Content-Length: 2\r\n\r\n{}", "200 {}", false},
    {"9112 4 no phrase", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200 ", false},
    {"9112 4 no space", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", "404 ", false},
    {"9112 4 phrase", "HTTP/1.1 503 Pas l\xc3\xa0\tdu tout\r\nContent-Length: 1\r\n\r\nx", "503 x",
     false},
    {"9112 6.3 end", OK_LINE "\r\nall of it", "200 all of it", true},
    {"9112 6.3 end", OK_LINE "\r\n", "200 ", true},
    {"9112 6.3 1.0", "HTTP/1.0 200 OK\r\n\r\nold", "200 old", true},
    {"9112 6.3 204", "HTTP/1.1 204 No\r\n\r\n", "204 ", false},
    {"9112 6.3 304", "HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", "304 ", false},
    {"9112 7.1",
     OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;q=1\r\n0123456789\r\n0\r\n\r\n",
     "200 abc0123456789", false},
    {"9112 7.1 empty", OK_LINE "transfer-encoding:chunked\r\n\r\n0\r\n\r\n", "200 ", false},
    {"9110 15.2", "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" OK_LINE "Content-Length: 1\r\n\r\ny",
     "200 y", false},
    {"9110 5.5 obs-text", OK_LINE "X: \xe9\r\nContent-Length: 0\r\n\r\n", "200 ", false},
    {"9110 8.6 zeros", OK_LINE "Content-Length: 002\r\n\r\nab", "200 ab", false},
    {"what follows is the next one", OK_LINE "Content-Length: 1\r\n\r\nxHTTP/1.1 ", "200 x", false},
    /* --- what is not complete --- */
    {"9112 8", OK_LINE "Content-Length: 3\r\n\r\nab", "more", false},
    {"9112 8", OK_LINE "Content-Length: 3\r\n\r\nab", "early", true},
    {"9112 8", OK_LINE "\r\nnot yet", "more", false},
    {"9112 8", OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "early", true},
    {"9112 8", OK_LINE "Content-Le", "early", true},
    {"9112 8", "", "early", true},
    {"9110 15.2", "HTTP/1.1 100 Continue\r\n\r\n", "early", true},
    /* --- what is no answer --- */
    {"9112 4", "HTTP/2 200 OK\r\n\r\n", "version-unknown", false},
    {"9112 4", "http/1.1 200 OK\r\n\r\n", "version-unknown", false},
    {"9112 4", "ICY 200 OK\r\n\r\n", "version-unknown", false},
    {"9112 4", "\r\n" OK_LINE "\r\n", "version-unknown", false},
    {"9112 4", "HTTP/1.1  200 OK\r\n\r\n", "line-syntax", false},
    {"9112 4", "HTTP/1.1 20 OK\r\n\r\n", "line-syntax", false},
    {"9112 4", "HTTP/1.1 2000 OK\r\n\r\n", "line-syntax", false},
    {"9112 4", "HTTP/1.1 +20 OK\r\n\r\n", "line-syntax", false},
    {"9112 4", "HTTP/1.1 099 OK\r\n\r\n", "line-syntax", false},
    {"9112 4", "HTTP/1.1 600 OK\r\n\r\n", "line-syntax", false},
    {"9110 15.2.2", "HTTP/1.1 101 Switching\r\n\r\n", "line-syntax", false},
    {"9112 4", "HTTP/1.1 200 O\x01K\r\n\r\n", "line-byte", false},
    {"9112 2.2", "HTTP/1.1 200 OK\n\n", "bare-lf", false},
    {"9112 2.2", "HTTP/1.1 200 OK\rX", "bare-cr", false},
    {"9112 2.2", OK_LINE "A: b\n\r\n", "bare-lf", false},
    {"9112 5.2", OK_LINE "A: b\r\n c\r\n\r\n", "fold", false},
    {"9112 5.2", OK_LINE " A: b\r\n\r\n", "fold", false},
    {"9112 5.1", OK_LINE "A : b\r\n\r\n", "field-name", false},
    {"9110 5.1", OK_LINE ": b\r\n\r\n", "field-name", false},
    {"9110 5.1", OK_LINE "no colon\r\n\r\n", "field-name", false},
    {"9110 5.5", OK_LINE "A: \x7f\r\n\r\n", "field-byte", false},
    {"9110 8.6", OK_LINE "Content-Length: \r\n\r\n", "length-syntax", false},
    {"9110 8.6", OK_LINE "Content-Length: +1\r\n\r\n", "length-syntax", false},
    {"9110 8.6", OK_LINE "Content-Length: 1, 1\r\n\r\n", "length-syntax", false},
    {"9110 8.6", OK_LINE "Content-Length: 0x1\r\n\r\n", "length-syntax", false},
    {"9112 6.3", OK_LINE "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", "length-repeated",
     false},
    {"9112 6.3", OK_LINE "Content-Length: 2097153\r\n\r\n", "body-long", false},
    {"9112 6.3", OK_LINE "Content-Length: 18446744073709551617\r\n\r\n", "body-long", false},
    {"9112 6.3", OK_LINE "Content-Length: 4294967298\r\n\r\nab", "body-long", false},
    {"9112 6.1", OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n", "coding-unknown", false},
    {"9112 6.1", OK_LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     "coding-repeated", false},
    {"9112 6.3", OK_LINE "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
     "length-and-coding", false},
    {"9112 6.1", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "length-and-coding",
     false},
    {"9112 6.1", "HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n", "body-forbidden", false},
    {"9112 6.3", "HTTP/1.1 103 Hints\r\nContent-Length: 1\r\n\r\n", "body-forbidden", false},
    {"9112 7.1", OK_LINE "Transfer-Encoding: chunked\r\n\r\nx\r\n", "chunk-size", false},
    {"9112 7.1", OK_LINE "Transfer-Encoding: chunked\r\n\r\n200001\r\n", "body-long", false},
    {"9112 7.1", OK_LINE "Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n", "body-long", false},
    {"9112 7.1", OK_LINE "Transfer-Encoding: chunked\r\n\r\n1\r\nxy", "chunk-end", false},
    {"9112 7.1.2", OK_LINE "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n", "trailer", false},
};

static void summarise(const struct pt_http1_response *r, const char *bytes,
                      enum pt_http1_answer verdict, char out[static 256])
{
    const pt_slice body = pt_http1_response_body(r, bytes);
    switch (verdict) {
    case PT_HTTP1_ANSWER:
        (void)snprintf(out, 256U, "%u %.*s", (unsigned)r->status, (int)body.len,
                       body.len > 0U ? body.ptr : "");
        break;
    case PT_HTTP1_ANSWER_REFUSED:
        (void)snprintf(out, 256U, "%s",
                       pt_http1_response_reason(r) == PT_HTTP1_NO_REASON
                           ? "early"
                           : pt_http1_reason_name(pt_http1_response_reason(r)));
        break;
    case PT_HTTP1_ANSWER_MORE:
    default:
        (void)snprintf(out, 256U, "more");
        break;
    }
}

/* Up to @first, then by @step; the end of the connection comes alone, as from a socket. */
static void feed(const struct row *row, size_t first, size_t step, char out[static 256])
{
    const size_t n = strlen(row->raw);
    struct pt_http1_response r;
    char *bytes = malloc(n + 1U); /* exact: the sanitizer guards its end */
    enum pt_http1_answer verdict = PT_HTTP1_ANSWER_MORE;
    cr_assert_not_null(bytes);
    memcpy(bytes, row->raw, n);
    pt_http1_response_init(&r);
    for (size_t len = first;; len = n - len > step ? len + step : n) {
        verdict = pt_http1_response_feed(&r, bytes, len, false);
        if (verdict != PT_HTTP1_ANSWER_MORE || len == n) {
            break;
        }
    }
    if (verdict == PT_HTTP1_ANSWER_MORE && row->ended) {
        verdict = pt_http1_response_feed(&r, bytes, n, true);
    }
    summarise(&r, bytes, verdict, out);
    free(bytes);
}

Test(http1_response, every_row_has_its_verdict_however_it_is_cut)
{
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        const size_t n = strlen(rows[i].raw);
        char got[256];
        feed(&rows[i], n, 1U, got);
        cr_expect_str_eq(got, rows[i].want, "row %zu (%s)", i, rows[i].clause);
        feed(&rows[i], 0U, 1U, got);
        cr_expect_str_eq(got, rows[i].want, "row %zu (%s) byte by byte", i, rows[i].clause);
        for (size_t cut = 1U; cut < n; cut++) {
            feed(&rows[i], cut, n, got);
            cr_expect_str_eq(got, rows[i].want, "row %zu (%s) cut at %zu", i, rows[i].clause, cut);
        }
    }
}

static enum pt_http1_answer whole(struct pt_http1_response *r, char *bytes, bool ended)
{
    pt_http1_response_init(r);
    return pt_http1_response_feed(r, bytes, strlen(bytes), ended);
}

Test(http1_response, what_is_used_is_the_answer_and_not_what_follows)
{
    struct pt_http1_response r;
    char bytes[] = OK_LINE "Content-Length: 1\r\n\r\nxHTTP/1.1 200";
    cr_assert_eq(whole(&r, bytes, false), PT_HTTP1_ANSWER);
    cr_expect_eq(pt_http1_response_used(&r), sizeof bytes - 1U - 12U);
}

Test(http1_response, fields_that_are_kept_are_trimmed_and_short)
{
    struct pt_http1_response r;
    char bytes[1024];
    (void)snprintf(bytes, sizeof bytes,
                   OK_LINE "CONTENT-TYPE:\t application/json \r\nRetry-After: 3\r\n"
                           "X-Request-Id: %0129u\r\nRateLimit-Limit:\r\nContent-Length: 0\r\n\r\n",
                   0U);
    cr_assert_eq(whole(&r, bytes, false), PT_HTTP1_ANSWER);
    cr_expect(pt_slice_eq(pt_http1_response_kept(&r, bytes, PT_KEPT_CONTENT_TYPE),
                          PT_SLICE("application/json")));
    cr_expect(pt_slice_eq(pt_http1_response_kept(&r, bytes, PT_KEPT_RETRY_AFTER), PT_SLICE("3")));
    cr_expect_eq(pt_http1_response_kept(&r, bytes, PT_KEPT_REQUEST_ID).len, 0U);
    cr_expect_eq(pt_http1_response_kept(&r, bytes, PT_KEPT_RATE_LIMIT).len, 0U);
    cr_expect_eq(pt_http1_response_kept(&r, bytes, PT_KEPT_RATE_RESET).len, 0U);
}

Test(http1_response, fields_of_an_interim_response_are_forgotten)
{
    struct pt_http1_response r;
    char bytes[] = "HTTP/1.1 103 Hints\r\nContent-Type: text/plain\r\n\r\n" OK_LINE
                   "Content-Length: 0\r\n\r\n";
    cr_assert_eq(whole(&r, bytes, false), PT_HTTP1_ANSWER);
    cr_expect_eq(pt_http1_response_kept(&r, bytes, PT_KEPT_CONTENT_TYPE).len, 0U);
}

Test(http1_response, a_connection_is_kept_only_when_both_agree)
{
    static const struct {
        const char *raw;
        bool ended;
        bool keeps;
    } cases[] = {
        {OK_LINE "Content-Length: 0\r\n\r\n", false, true},
        {OK_LINE "Connection: keep-alive\r\nContent-Length: 0\r\n\r\n", false, true},
        {OK_LINE "Connection: x, CLOSE\r\nContent-Length: 0\r\n\r\n", false, false},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", false, false},
        {OK_LINE "\r\n", true, false},
        {"HTTP/1.1 103 H\r\nConnection: close\r\n\r\n" OK_LINE "Content-Length: 0\r\n\r\n", false,
         false},
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        struct pt_http1_response r;
        char bytes[256];
        (void)snprintf(bytes, sizeof bytes, "%s", cases[i].raw);
        cr_assert_eq(whole(&r, bytes, cases[i].ended), PT_HTTP1_ANSWER, "case %zu", i);
        cr_expect_eq(pt_http1_response_keeps(&r), cases[i].keeps, "case %zu", i);
    }
}

/* --- bounds --- */

static char big[PT_FETCH_HEADERS_MAX + PT_FETCH_BODY_MAX + 65536U];

static enum pt_http1_reason reason_of(size_t n)
{
    struct pt_http1_response r;
    pt_http1_response_init(&r);
    (void)pt_http1_response_feed(&r, big, n, false);
    return pt_http1_response_reason(&r);
}

static size_t put_field(size_t at, size_t len)
{
    big[at] = 'a';
    big[at + 1U] = ':';
    memset(big + at + 2U, 'x', len - 2U);
    memcpy(big + at + len, "\r\n", 2U);
    return at + len + 2U;
}

Test(http1_response, a_line_and_the_header_section_have_their_bounds)
{
    const size_t begin = strlen(OK_LINE);
    memcpy(big, OK_LINE, begin);
    cr_expect_eq(reason_of(put_field(begin, PT_FETCH_HEADER_MAX)), PT_HTTP1_NO_REASON);
    cr_expect_eq(reason_of(put_field(begin, PT_FETCH_HEADER_MAX + 1U)), PT_HTTP1_FIELD_LONG);
    memset(big, 'x', PT_FETCH_HEADER_MAX + 1U);
    cr_expect_eq(reason_of(PT_FETCH_HEADER_MAX + 1U), PT_HTTP1_LINE_LONG);
    memcpy(big, OK_LINE, begin);
    size_t at = begin;
    while (at + 1026U <= PT_FETCH_HEADERS_MAX) {
        at = put_field(at, 1024U);
    }
    cr_expect_eq(reason_of(at), PT_HTTP1_NO_REASON);
    cr_expect_eq(reason_of(put_field(at, 1024U)), PT_HTTP1_FIELDS_LONG);
}

Test(http1_response, a_body_has_its_bound_in_every_framing)
{
    struct pt_http1_response r;
    const char *const chunked = OK_LINE "Transfer-Encoding: chunked\r\n\r\n200000\r\n";
    const char *const to_the_end = OK_LINE "\r\n";
    size_t n = strlen(to_the_end);
    memcpy(big, to_the_end, n);
    memset(big + n, 'x', PT_FETCH_BODY_MAX + 1U);
    cr_expect_eq(reason_of(n + PT_FETCH_BODY_MAX), PT_HTTP1_NO_REASON);
    cr_expect_eq(reason_of(n + PT_FETCH_BODY_MAX + 1U), PT_HTTP1_BODY_LONG);
    n = strlen(chunked);
    memcpy(big, chunked, n);
    memset(big + n, 'x', PT_FETCH_BODY_MAX);
    memcpy(big + n + PT_FETCH_BODY_MAX, "\r\n0\r\n\r\n", 7U);
    pt_http1_response_init(&r);
    cr_expect_eq(pt_http1_response_feed(&r, big, n + PT_FETCH_BODY_MAX + 7U, false),
                 PT_HTTP1_ANSWER);
    cr_expect_eq(pt_http1_response_body(&r, big).len, PT_FETCH_BODY_MAX);
    memcpy(big + n + PT_FETCH_BODY_MAX, "\r\n1\r\n", 5U);
    cr_expect_eq(reason_of(n + PT_FETCH_BODY_MAX + 5U), PT_HTTP1_BODY_LONG);
}

Test(http1_response, interim_responses_have_an_end)
{
    const char *const interim = "HTTP/1.1 102 Wait\r\n\r\n";
    const size_t n = strlen(interim);
    for (size_t i = 0U; i <= PT_HTTP1_INTERIM_MAX; i++) {
        memcpy(big + i * n, interim, n);
    }
    cr_expect_eq(reason_of(PT_HTTP1_INTERIM_MAX * n), PT_HTTP1_NO_REASON);
    cr_expect_eq(reason_of((PT_HTTP1_INTERIM_MAX + 1U) * n), PT_HTTP1_BODY_FORBIDDEN);
}

Test(http1_response, what_was_refused_stays_refused_and_what_is_complete_stays_so)
{
    struct pt_http1_response r;
    char bad[] = "x\n";
    char good[] = OK_LINE "Content-Length: 0\r\n\r\n";
    cr_assert_eq(whole(&r, bad, false), PT_HTTP1_ANSWER_REFUSED);
    cr_expect_eq(pt_http1_response_feed(&r, good, strlen(good), false), PT_HTTP1_ANSWER_REFUSED);
    cr_assert_eq(whole(&r, good, false), PT_HTTP1_ANSWER);
    cr_expect_eq(pt_http1_response_feed(&r, good, strlen(good), true), PT_HTTP1_ANSWER);
}
