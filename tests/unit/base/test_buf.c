/* SPDX-License-Identifier: EUPL-1.2 */
/* The bounded buffer: limits at n-1, n, n+1, sticky errors, wiping, JSON quoting. */
#include "poterne/base/buf.h"

#include "torture.h"

#include <criterion/criterion.h>
#include <signal.h>

static void expect(const struct pt_buf *buf, pt_slice text)
{
    cr_assert(pt_ok(pt_buf_status(buf)));
    cr_assert_eq(buf->len, text.len, "%zu for %zu", buf->len, text.len);
    cr_assert(pt_slice_eq(pt_buf_slice(buf), text));
}

Test(buf, a_zeroed_buffer_takes_nothing)
{
    struct pt_buf buf = {0};
    pt_buf_put(&buf, PT_SLICE_EMPTY);
    expect(&buf, PT_SLICE(""));
    pt_buf_put_byte(&buf, 'x');
    cr_assert_eq(pt_buf_status(&buf).code, PT_E_LIMIT);
    pt_buf_done(&buf);
}

Test(buf, the_limit_is_exact_at_every_size)
{
    static const size_t MAXES[] = {1U, 2U, 63U, 64U, 65U, 127U, 128U, 129U, 1000U};
    for (size_t i = 0U; i < PT_COUNT(MAXES); i++) {
        struct pt_buf buf;
        pt_buf_init(&buf, MAXES[i]);
        for (size_t n = 0U; n < MAXES[i]; n++) {
            pt_buf_put_byte(&buf, 'x');
            cr_assert(pt_ok(pt_buf_status(&buf)));
            cr_assert(buf.cap <= MAXES[i]);
        }
        pt_buf_put_byte(&buf, 'x');
        cr_assert_eq(pt_buf_status(&buf).code, PT_E_LIMIT);
        cr_assert_eq(buf.len, MAXES[i]);
        pt_buf_done(&buf);
    }
}

Test(buf, an_append_that_does_not_fit_adds_nothing_and_sticks)
{
    struct pt_buf buf;
    pt_buf_init(&buf, 4U);
    pt_buf_put_str(&buf, "abc");
    pt_buf_put_str(&buf, "de");
    cr_assert_eq(pt_buf_status(&buf).code, PT_E_LIMIT);
    pt_buf_put_byte(&buf, 'd'); /* would fit, but the text already has a hole */
    cr_assert_eq(buf.len, 3U);
    cr_assert_null(pt_buf_space(&buf, 1U));
    pt_buf_clear(&buf);
    pt_buf_put_str(&buf, "abcd");
    expect(&buf, PT_SLICE("abcd"));
    pt_buf_done(&buf);
}

Test(buf, a_huge_request_does_not_wrap)
{
    struct pt_buf buf;
    pt_buf_init(&buf, SIZE_MAX);
    pt_buf_put_byte(&buf, 'x');
    cr_assert_null(pt_buf_space(&buf, SIZE_MAX));
    cr_assert_eq(pt_buf_status(&buf).code, PT_E_LIMIT);
    pt_buf_done(&buf);
}

Test(buf, committing_more_than_the_space_is_a_bug, .signal = SIGABRT)
{
    struct pt_buf buf;
    pt_buf_init(&buf, 8U);
    (void)pt_buf_space(&buf, 4U);
    pt_buf_commit(&buf, 9U);
}

Test(buf, consuming_more_than_there_is_is_a_bug, .signal = SIGABRT)
{
    struct pt_buf buf;
    pt_buf_init(&buf, 8U);
    pt_buf_put_byte(&buf, 'x');
    pt_buf_consume(&buf, 2U);
}

Test(buf, out_of_memory_is_told_once_at_the_end)
{
    TORTURE(nth)
    {
        struct pt_buf buf;
        pt_buf_init(&buf, 4096U);
        torture_arm(nth);
        for (unsigned i = 0U; i < 500U; i++) {
            pt_buf_put_str(&buf, "word ");
        }
        torture_disarm();
        const pt_status st = pt_buf_status(&buf);
        pt_buf_done(&buf);
        if (pt_ok(st)) {
            cr_assert_gt(nth, 3U);
            return;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
    }
    cr_assert_fail("never succeeded");
}

Test(buf, growth_keeps_the_content)
{
    struct pt_buf buf;
    pt_buf_init(&buf, 100000U);
    for (uint64_t i = 0U; i < 10000U; i++) {
        pt_buf_put_byte(&buf, (char)('a' + (char)(i % 26U)));
    }
    cr_assert(pt_ok(pt_buf_status(&buf)));
    for (size_t i = 0U; i < 10000U; i++) {
        cr_assert_eq(buf.ptr[i], (char)('a' + (char)(i % 26U)));
    }
    pt_buf_done(&buf);
}

Test(buf, done_leaves_a_valid_empty_buffer)
{
    struct pt_buf buf;
    pt_buf_init(&buf, 64U);
    pt_buf_put_str(&buf, "secret");
    pt_buf_done(&buf);
    cr_assert_null(buf.ptr);
    cr_assert_eq(buf.max, 0U);
    expect(&buf, PT_SLICE(""));
    pt_buf_done(&buf);
}

/* CCC-05 */
Test(buf, clear_and_consume_wipe_what_they_drop)
{
    struct pt_buf buf;
    pt_buf_init(&buf, 64U);
    pt_buf_put_str(&buf, "0123456789");
    pt_buf_consume(&buf, 4U);
    expect(&buf, PT_SLICE("456789"));
    cr_assert_arr_eq(buf.ptr + 6, "\0\0\0\0", 4U);
    pt_buf_consume(&buf, 0U);
    pt_buf_clear(&buf);
    cr_assert_arr_eq(buf.ptr, "\0\0\0\0\0\0", 6U);
    pt_buf_consume(&buf, 0U);
    pt_buf_done(&buf);
}

Test(buf, numbers_are_written_in_decimal)
{
    struct pt_buf buf;
    pt_buf_init(&buf, 64U);
    pt_buf_put_u64(&buf, 0U);
    pt_buf_put_byte(&buf, ' ');
    pt_buf_put_u64(&buf, UINT64_MAX);
    expect(&buf, PT_SLICE("0 18446744073709551615"));
    pt_buf_done(&buf);
}

Test(buf, json_text_has_the_escapes_of_rfc_8785_and_no_other)
{
    static const struct {
        pt_slice in;
        pt_slice out;
    } ROWS[] = {
        {PT_SLICE_INIT(""), PT_SLICE_INIT("\"\"")},
        {PT_SLICE_INIT("a\"b\\c/"), PT_SLICE_INIT("\"a\\\"b\\\\c/\"")},
        {PT_SLICE_INIT("\b\t\n\f\r"), PT_SLICE_INIT("\"\\b\\t\\n\\f\\r\"")},
        {PT_SLICE_INIT("\0\x01\x0b\x1f"), PT_SLICE_INIT("\"\\u0000\\u0001\\u000b\\u001f\"")},
        {PT_SLICE_INIT("\x20\x7f"), PT_SLICE_INIT("\"\x20\x7f\"")},
        {PT_SLICE_INIT("\xE2\x82\xAC \xC3\xA9"), PT_SLICE_INIT("\"\xE2\x82\xAC \xC3\xA9\"")},
        {PT_SLICE_INIT("\n\n"), PT_SLICE_INIT("\"\\n\\n\"")},
    };
    for (size_t i = 0U; i < PT_COUNT(ROWS); i++) {
        struct pt_buf buf;
        pt_buf_init(&buf, 64U);
        pt_buf_put_json(&buf, ROWS[i].in);
        expect(&buf, ROWS[i].out);
        pt_buf_done(&buf);
    }
}

Test(buf, json_text_that_does_not_fit_is_an_error)
{
    struct pt_buf buf;
    pt_buf_init(&buf, 4U);
    pt_buf_put_json(&buf, PT_SLICE("abc"));
    cr_assert_eq(pt_buf_status(&buf).code, PT_E_LIMIT);
    pt_buf_done(&buf);
}
