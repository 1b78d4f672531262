/* SPDX-License-Identifier: EUPL-1.2 */
/* The months on the disk: nothing missing, nothing changed, nothing written when it does not fit.
 */
#include "audit/store_int.h"

#include "logkit.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[256];
static struct pt_months *months;
static struct pt_view *view;

static void reopen(bool writable, uint64_t map, uint64_t ahead)
{
    const struct pt_months_options options = {
        .dir = dir, .writable = writable, .map_bytes = map, .ahead = ahead};

    view = pt_view_close(view);
    months = pt_months_close(months);
    cr_assert(pt_ok(pt_months_open(&options, &months)));
    cr_assert(pt_ok(pt_view_open(months, &view)));
}

static void setup(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/poterne-store-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    reopen(true, 1U << 26U, 0U);
}

static void teardown(void)
{
    view = pt_view_close(view);
    months = pt_months_close(months);
    logkit_remove(dir);
}

TestSuite(store, .init = setup, .fini = teardown);

/* Entry @seq is its number, over and over, 16 + seq % 100 bytes times @scale. */
static pt_slice value_of(uint64_t seq, size_t scale, char *text)
{
    const size_t n = (16U + (size_t)(seq % 100U)) * scale;

    for (size_t i = 0; i < n; i++) {
        text[i] = (char)('0' + (seq >> (i % 16U)) % 10U);
    }
    return pt_slice_of(text, n);
}

static pt_status append(uint64_t first, size_t n, size_t scale)
{
    static char texts[64][8192];
    pt_slice values[64];

    for (size_t i = 0; i < n; i++) {
        values[i] = value_of(first + i, scale, texts[i]);
    }
    return pt_months_append(months, first, values, n);
}

static void enter(uint32_t month)
{
    cr_assert(pt_ok(pt_months_enter(months, month)));
}

static void must_append(uint64_t first, size_t n)
{
    cr_assert(pt_ok(append(first, n, 1U)));
}

static void expect(uint64_t seq)
{
    char text[8192];
    pt_slice value;

    cr_assert(pt_ok(pt_view_get(view, seq, &value)), "entry %llu", (unsigned long long)seq);
    cr_assert(pt_slice_eq(value, value_of(seq, 1U, text)));
}

static uint64_t size(void)
{
    uint64_t n = 0;

    cr_assert(pt_ok(pt_months_size(months, &n)));
    return n;
}

Test(store, nothing_is_appended_before_a_month_is_entered_or_out_of_order)
{
    cr_assert_eq(append(0U, 1U, 1U).code, PT_E_ARG);
    enter(202611U);
    must_append(0U, 3U);
    cr_assert_eq(append(2U, 1U, 1U).code, PT_E_ARG);
    cr_assert_eq(append(4U, 1U, 1U).code, PT_E_ARG);
    cr_assert_eq(size(), 3U);
}

Test(store, a_past_month_is_not_entered_again)
{
    enter(202612U);
    cr_assert_eq(pt_months_enter(months, 202611U).code, PT_E_ARG);
}

Test(store, what_is_not_there_is_absent)
{
    pt_slice value;
    uint32_t month = 0;

    cr_assert_eq(pt_view_get(view, 0U, &value).code, PT_E_ABSENT);
    cr_assert_eq(pt_months_of(months, 0U, &month).code, PT_E_ABSENT);
    enter(202611U);
    must_append(0U, 3U);
    cr_assert_eq(pt_view_get(view, 3U, &value).code, PT_E_ABSENT);
    expect(2U);
    cr_assert_eq(pt_view_get(view, 3U, &value).code, PT_E_ABSENT);
    cr_assert_eq(pt_view_get(view, UINT64_MAX, &value).code, PT_E_ABSENT);
}

Test(store, a_reader_never_writes)
{
    enter(202611U);
    must_append(0U, 3U);
    reopen(false, 0U, 0U);
    cr_assert_eq(pt_months_enter(months, 202612U).code, PT_E_ARG);
    cr_assert_eq(append(3U, 1U, 1U).code, PT_E_ARG);
    expect(2U);
}

Test(store, a_full_map_refuses_and_the_store_stays_usable)
{
    uint64_t n = 0;
    pt_status st = PT_SUCCESS;

    reopen(true, 1U << 20U, 0U);
    enter(202611U);
    while (pt_ok(st)) {
        st = append(n, 32U, 50U);
        n += pt_ok(st) ? 32U : 0U;
    }
    cr_assert_eq(st.code, PT_E_FULL);
    cr_assert_eq(size(), n);
    reopen(true, 1U << 24U, 0U); /* a wider map goes on from there */
    cr_assert_eq(size(), n);
    cr_assert(pt_ok(append(n, 32U, 50U)));
}

Test(store, a_month_that_is_missing_in_the_middle_is_damage)
{
    struct pt_months *other = NULL;
    const struct pt_months_options options = {.dir = dir, .writable = true};
    char path[512];

    for (uint32_t month = 202610U; month <= 202612U; month++) {
        enter(month);
        must_append(size(), 5U);
    }
    view = pt_view_close(view);
    months = pt_months_close(months);
    (void)snprintf(path, sizeof path, "%s/log/2026-11", dir);
    logkit_remove(path);
    cr_assert_eq(pt_months_open(&options, &other).code, PT_E_CORRUPT);
    cr_assert_null(other);
}

Test(store, the_oldest_months_may_be_gone)
{
    char path[512];

    for (uint32_t month = 202610U; month <= 202612U; month++) {
        enter(month);
        must_append(size(), 5U);
    }
    view = pt_view_close(view);
    months = pt_months_close(months);
    (void)snprintf(path, sizeof path, "%s/log/2026-10", dir);
    logkit_remove(path);
    reopen(true, 1U << 24U, 0U);
    cr_assert_eq(pt_months_first(months), 5U);
    cr_assert_eq(size(), 15U);
    expect(5U);
}

Test(store, a_month_may_be_empty_after_a_crash)
{
    enter(202611U);
    must_append(0U, 5U);
    enter(202612U);
    reopen(true, 1U << 24U, 0U);
    cr_assert_eq(size(), 5U);
    cr_assert_eq(pt_months_last(months), 202612U);
    enter(202701U);
    must_append(5U, 2U);
    reopen(true, 1U << 24U, 0U);
    cr_assert_eq(size(), 7U);
    expect(6U);
}

Test(store, entries_of_all_months_are_read_in_one_go_and_at_random)
{
    for (uint32_t month = 202610U; month <= 202612U; month++) {
        enter(month);
        for (unsigned i = 0; i < 7U; i++) {
            must_append(size(), 40U);
        }
    }
    for (int pass = 0; pass < 2; pass++) {
        for (uint64_t seq = 0; seq < size(); seq++) {
            expect(seq);
        }
        for (uint64_t i = 0; i < size(); i++) {
            expect(i * 7919U % size());
        }
        reopen(pass == 0, 1U << 26U, 0U);
    }
}

Test(store, each_number_has_its_month)
{
    struct pt_month_span span;
    uint32_t month = 0;

    enter(202610U);
    must_append(0U, 3U);
    enter(202611U);
    must_append(3U, 4U);
    cr_assert(pt_ok(pt_months_of(months, 2U, &month)));
    cr_assert_eq(month, 202610U);
    cr_assert(pt_ok(pt_months_of(months, 3U, &month)));
    cr_assert_eq(month, 202611U);
    cr_assert(pt_ok(pt_months_nth(months, 1U, &span)));
    cr_assert_eq(span.month, 202611U);
    cr_assert_eq(span.first, 3U);
    cr_assert_eq(span.n, 4U);
    cr_assert_eq(pt_months_nth(months, 2U, &span).code, PT_E_ABSENT);
}

Test(store, a_view_sees_what_is_committed_after_it_began)
{
    enter(202611U);
    must_append(0U, 3U);
    expect(2U);
    must_append(3U, 3U);
    expect(5U);
    expect(0U);
    pt_view_reset(view);
    expect(4U);
}

Test(store, a_reader_alone_sees_a_writer_go_on)
{
    const struct pt_months_options options = {.dir = dir, .writable = false};
    struct pt_months *reader = NULL;
    int pipe_in[2];
    int pipe_out[2];
    char byte = 'x';
    uint64_t n = 0;

    /* LMDB wants one opening a process, so the writer is another one. */
    enter(202611U);
    must_append(0U, 3U);
    view = pt_view_close(view);
    months = pt_months_close(months);
    cr_assert_eq(pipe(pipe_in), 0);
    cr_assert_eq(pipe(pipe_out), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        reopen(true, 1U << 26U, 0U);
        (void)!read(pipe_in[0], &byte, 1U);
        must_append(3U, 60U);
        (void)!write(pipe_out[1], &byte, 1U);
        _exit(0);
    }
    cr_assert(pt_ok(pt_months_open(&options, &reader)));
    cr_assert(pt_ok(pt_months_size(reader, &n)));
    cr_assert_eq(n, 3U);
    cr_assert_eq(write(pipe_in[1], &byte, 1U), 1);
    cr_assert_eq(read(pipe_out[0], &byte, 1U), 1);
    cr_assert(pt_ok(pt_months_size(reader, &n)));
    cr_assert_eq(n, 63U);
    reader = pt_months_close(reader);
}

Test(store, zeroes_ahead_never_touch_an_entry)
{
    char path[512];
    struct stat info;

    reopen(true, 1U << 27U, 1U << 22U);
    enter(202611U);
    for (unsigned i = 0; i < 60U; i++) {
        must_append(size(), 40U);
        cr_assert(pt_ok(pt_months_tend(months)));
    }
    (void)snprintf(path, sizeof path, "%s/log/2026-11/data.mdb", dir);
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_geq(info.st_size, 1 << 22);
    for (uint64_t seq = 0; seq < size(); seq++) {
        expect(seq);
    }
    reopen(true, 1U << 27U, 0U);
    for (uint64_t seq = 0; seq < size(); seq++) {
        expect(seq);
    }
    must_append(size(), 40U);
}

Test(store, a_folder_that_is_not_a_month_is_left_alone)
{
    char path[512];

    enter(202611U);
    must_append(0U, 1U);
    (void)snprintf(path, sizeof path, "%s/log/lost+found", dir);
    cr_assert_eq(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/log/2026-13", dir);
    cr_assert_eq(mkdir(path, 0700), 0);
    reopen(true, 1U << 24U, 0U);
    cr_assert_eq(size(), 1U);
}

Test(store, without_memory_nothing_is_opened_and_nothing_leaks)
{
    const struct pt_months_options options = {.dir = dir, .writable = true};

    enter(202611U);
    must_append(0U, 5U);
    view = pt_view_close(view);
    months = pt_months_close(months);
    TORTURE(nth)
    {
        torture_arm(nth);
        const pt_status st = pt_months_open(&options, &months);
        torture_disarm();
        if (pt_ok(st)) {
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
        cr_assert_null(months);
    }
    cr_assert_eq(size(), 5U);
}
