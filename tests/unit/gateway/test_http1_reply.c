/* SPDX-License-Identifier: EUPL-1.2 */
/* Answers as bytes: what is written, what can never be written, dates. */
#include "poterne/gateway/http1_reply.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "torture.h"

TestSuite(http1_reply, .timeout = 10.0);

static const struct pt_http1_reply plain = {
    .status = 200U, .keep_alive = true, .body = PT_SLICE_INIT("{}")};

static void expect_text(const struct pt_http1_reply *reply, const char *want)
{
    struct pt_buf out;
    pt_buf_init(&out, 4096U);
    const pt_status st = pt_http1_reply_write(reply, &out);
    cr_assert(pt_ok(st), "%s", st.origin);
    cr_assert(pt_slice_eq(pt_buf_slice(&out), pt_slice_str(want)), "%.*s", (int)out.len, out.ptr);
    pt_buf_done(&out);
}

static void expect_refused(struct pt_http_header header)
{
    struct pt_http1_reply reply = plain;
    struct pt_buf out;
    reply.headers = &header;
    reply.header_count = 1U;
    pt_buf_init(&out, 4096U);
    const pt_status st = pt_http1_reply_write(&reply, &out);
    cr_assert(st.code == PT_E_ARG, "%.*s: %.*s was written", (int)header.name.len, header.name.ptr,
              (int)header.value.len, header.value.ptr);
    cr_assert(out.len == 0U);
    pt_buf_done(&out);
}

Test(http1_reply, a_header_value_can_not_inject_a_line)
{
    static const pt_slice values[] = {
        PT_SLICE_INIT("a\r\nSet-Cookie: x"),
        PT_SLICE_INIT("a\nb"),
        PT_SLICE_INIT("a\rb"),
        PT_SLICE_INIT("a\0b"),
        PT_SLICE_INIT("\r\n"),
        PT_SLICE_INIT("a\x7f"),
        PT_SLICE_INIT("a\x1b[0m"),
        PT_SLICE_INIT("a\x0b"),
    };
    for (size_t i = 0U; i < PT_COUNT(values); i++) {
        expect_refused((struct pt_http_header){.name = PT_SLICE("X"), .value = values[i]});
    }
}

Test(http1_reply, a_header_name_is_a_token)
{
    static const pt_slice names[] = {
        PT_SLICE_INIT(""),      PT_SLICE_INIT("X "),       PT_SLICE_INIT("X:"),
        PT_SLICE_INIT("X\r\n"), PT_SLICE_INIT("X\nY"),     PT_SLICE_INIT("X\0"),
        PT_SLICE_INIT("X(Y)"),  PT_SLICE_INIT("\xc3\xa9"),
    };
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        expect_refused((struct pt_http_header){.name = names[i], .value = PT_SLICE("v")});
    }
}

Test(http1_reply, framing_headers_belong_to_the_writer)
{
    static const pt_slice names[] = {
        PT_SLICE_INIT("Content-Length"), PT_SLICE_INIT("content-length"),
        PT_SLICE_INIT("Connection"),     PT_SLICE_INIT("Transfer-Encoding"),
        PT_SLICE_INIT("Date"),           PT_SLICE_INIT("Trailer"),
        PT_SLICE_INIT("Upgrade"),
    };
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        expect_refused((struct pt_http_header){.name = names[i], .value = PT_SLICE("1")});
    }
}

Test(http1_reply, statuses_outside_200_to_599_are_refused)
{
    static const uint16_t wrong[] = {0U, 100U, 101U, 199U, 600U, 999U};
    for (size_t i = 0U; i < PT_COUNT(wrong); i++) {
        struct pt_http1_reply reply = plain;
        struct pt_buf out;
        reply.status = wrong[i];
        pt_buf_init(&out, 4096U);
        cr_assert(pt_http1_reply_write(&reply, &out).code == PT_E_ARG);
        pt_buf_done(&out);
    }
}

Test(http1_reply, no_content_and_not_modified_carry_no_body)
{
    struct pt_http1_reply reply = plain;
    struct pt_buf out;
    pt_buf_init(&out, 4096U);
    reply.status = 204U;
    cr_assert(pt_http1_reply_write(&reply, &out).code == PT_E_ARG);
    reply.status = 304U;
    cr_assert(pt_http1_reply_write(&reply, &out).code == PT_E_ARG);
    pt_buf_done(&out);
    reply.body = PT_SLICE_EMPTY;
    expect_text(&reply, "HTTP/1.1 304 Not Modified\r\n\r\n");
}

Test(http1_reply, an_answer_is_status_fields_length_and_body)
{
    const struct pt_http_header headers[] = {
        {PT_SLICE("Content-Type"), PT_SLICE("application/json")},
        {PT_SLICE("Poterne-Outcome"), PT_SLICE("delivered")},
    };
    struct pt_http1_reply reply = plain;
    reply.headers = headers;
    reply.header_count = 2U;
    reply.date = PT_SLICE("Sun, 06 Nov 1994 08:49:37 GMT");
    expect_text(&reply, "HTTP/1.1 200 OK\r\n"
                        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                        "Content-Type: application/json\r\n"
                        "Poterne-Outcome: delivered\r\n"
                        "Content-Length: 2\r\n\r\n{}");
}

Test(http1_reply, the_last_answer_of_a_connection_says_so)
{
    struct pt_http1_reply reply = plain;
    reply.keep_alive = false;
    expect_text(&reply, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
}

Test(http1_reply, the_answer_to_head_has_the_length_and_not_the_body)
{
    struct pt_http1_reply reply = plain;
    reply.head_only = true;
    expect_text(&reply, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
}

Test(http1_reply, an_unknown_status_has_an_empty_phrase_and_its_space)
{
    struct pt_http1_reply reply = plain;
    reply.status = 599U;
    expect_text(&reply, "HTTP/1.1 599 \r\nContent-Length: 2\r\n\r\n{}");
}

Test(http1_reply, every_status_the_parser_gives_has_a_phrase)
{
    for (int r = 1; r < (int)PT_HTTP1_REASON_COUNT; r++) {
        const uint16_t status = pt_http1_reason_status((enum pt_http1_reason)r);
        cr_assert(pt_http1_phrase(status)[0] != '\0', "%u", (unsigned)status);
    }
}

Test(http1_reply, a_full_buffer_is_reported)
{
    struct pt_buf out;
    pt_buf_init(&out, 20U);
    cr_assert(pt_http1_reply_write(&plain, &out).code == PT_E_LIMIT);
    pt_buf_done(&out);
}

Test(http1_reply, room_for_exactly_one_answer_is_enough_and_one_byte_less_is_not)
{
    const struct pt_http_header header = {PT_SLICE("Retry-After"), PT_SLICE("")};
    struct pt_http1_reply reply = plain;
    reply.headers = &header;
    reply.header_count = 1U;
    for (int i = 0; i < 8; i++) {
        struct pt_buf out;
        reply.keep_alive = (i & 1) != 0;
        reply.head_only = (i & 2) != 0;
        reply.date = (i & 4) != 0 ? PT_SLICE("Sun, 06 Nov 1994 08:49:37 GMT") : PT_SLICE_EMPTY;
        pt_buf_init(&out, 4096U);
        cr_assert(pt_ok(pt_http1_reply_write(&reply, &out)));
        const size_t n = out.len;
        pt_buf_done(&out);
        pt_buf_init(&out, n);
        cr_assert(pt_ok(pt_http1_reply_write(&reply, &out)));
        cr_assert(eq(sz, out.len, n));
        pt_buf_done(&out);
        pt_buf_init(&out, n - 1U);
        cr_assert(eq(u32, pt_http1_reply_write(&reply, &out).code, PT_E_LIMIT));
        cr_assert(eq(sz, out.len, 0U), "nothing of it");
        pt_buf_done(&out);
    }
}

Test(http1_reply, dates_have_the_one_form_of_rfc_9110)
{
    static const struct {
        uint64_t ms;
        const char *want;
    } cases[] = {
        {0U, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {784111777000U, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {951782399999U, "Mon, 28 Feb 2000 23:59:59 GMT"},
        {951782400000U, "Tue, 29 Feb 2000 00:00:00 GMT"},
        {1798761599000U, "Thu, 31 Dec 2026 23:59:59 GMT"},
        {4102444800000U, "Fri, 01 Jan 2100 00:00:00 GMT"},
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        char out[PT_HTTP_DATE_LEN + 1U];
        pt_http1_date(cases[i].ms, out);
        cr_assert(strcmp(out, cases[i].want) == 0, "%s", out);
    }
}

Test(http1_reply, running_out_of_memory_is_reported_and_leaks_nothing)
{
    bool done = false;
    TORTURE(nth)
    {
        struct pt_buf out;
        pt_buf_init(&out, 4096U);
        torture_arm(nth);
        const pt_status st = pt_http1_reply_write(&plain, &out);
        torture_disarm();
        pt_buf_done(&out);
        if (pt_ok(st)) {
            done = true;
            break;
        }
        cr_expect(st.code == PT_E_NOMEM);
    }
    cr_assert(done);
}
