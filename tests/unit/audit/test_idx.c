/* SPDX-License-Identifier: EUPL-1.2 */
/* The index: rows gathered by exchange say what the rows one by one would have said. */
#include "audit/idx_spans_int.h"

#include "logkit.h"
#include "poterne/base/limits.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define NOVEMBER    202611U
#define DECEMBER    202612U
#define NOVEMBER_MS 1796000000000U /* 2026-11-30T00:53:20Z */
#define DECEMBER_MS 1796200000000U /* two days later */

static struct logkit kit;
static struct pt_keyring *keyring;
static struct pt_idx *idx;

static void setup(void)
{
    char path[512];

    logkit_init(&kit, NULL);
    (void)snprintf(path, sizeof path, "%s/keys/keyring", kit.dir);
    cr_assert(pt_ok(pt_keyring_open(path, kit.options.kek, &keyring)));
    cr_assert(pt_ok(pt_keyring_make(keyring, NOVEMBER, &kit.options.random)));
    cr_assert(pt_ok(pt_keyring_make(keyring, DECEMBER, &kit.options.random)));
    cr_assert(pt_ok(pt_idx_open(kit.dir, true, &idx)));
}

static void teardown(void)
{
    idx = pt_idx_close(idx);
    keyring = pt_keyring_free(keyring);
    logkit_done(&kit);
}

TestSuite(idx, .init = setup, .fini = teardown);

static struct pt_uuid id_of(uint64_t ms, uint8_t number)
{
    const uint8_t random[10] = {number, 1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, (uint8_t)(number * 7U)};
    struct pt_uuid id;

    pt_uuid7(ms, random, &id);
    return id;
}

static struct pt_idx_row row(uint64_t seq, enum pt_entry_type type, uint8_t number)
{
    return (struct pt_idx_row){
        .seq = seq, .exchange = id_of(NOVEMBER_MS + number * 400U, number), .type = type};
}

static void put(uint32_t month, const struct pt_idx_row *rows, size_t n)
{
    cr_assert(pt_ok(pt_idx_put(idx, keyring, month, rows, n)));
}

static void expect_found(uint8_t number, uint64_t first, uint64_t last)
{
    const struct pt_uuid id = id_of(NOVEMBER_MS + number * 400U, number);
    uint64_t bounds[2] = {0U, 0U};

    cr_assert(pt_ok(pt_idx_find(idx, keyring, &id, &bounds[0], &bounds[1])), "exchange %u", number);
    cr_expect_eq(bounds[0], first, "exchange %u", number);
    cr_expect_eq(bounds[1], last, "exchange %u", number);
}

static uint64_t open_exchanges(void)
{
    uint64_t count = 0U;

    cr_assert(pt_ok(pt_idx_open_exchanges(idx, &count)));
    return count;
}

Test(idx, an_exchange_that_was_never_put_is_not_found)
{
    const struct pt_idx_row rows[] = {row(0U, PT_ENTRY_ASKED, 1U)};
    const struct pt_uuid other = id_of(NOVEMBER_MS, 9U);
    uint64_t bounds[2];

    put(NOVEMBER, rows, 1U);
    cr_expect_eq(pt_idx_find(idx, keyring, &other, &bounds[0], &bounds[1]).code, PT_E_ABSENT);
}

Test(idx, more_rows_than_a_transaction_takes_are_refused)
{
    static struct pt_idx_row rows[PT_IDX_ROWS_MAX + 1U];

    cr_expect_eq(pt_idx_put(idx, keyring, NOVEMBER, rows, PT_COUNT(rows)).code, PT_E_ARG);
    cr_expect_eq(pt_idx_put(idx, keyring, NOVEMBER, rows, 0U).code, PT_E_ARG);
}

Test(idx, rows_of_nobody_and_of_those_who_only_read_are_left_out)
{
    struct pt_idx_row rows[] = {row(0U, PT_ENTRY_ASKED, 1U), row(1U, PT_ENTRY_READ, 1U),
                                row(2U, PT_ENTRY_GAP, 2U), row(3U, PT_ENTRY_CONF, 3U)};
    struct pt_idx_span spans[PT_COUNT(rows)];

    rows[3].exchange = (struct pt_uuid){{0}};
    cr_assert_eq(pt_idx_spans(rows, PT_COUNT(rows), spans), 1U);
    cr_expect_eq(spans[0].first, 0U);
    cr_expect_eq(spans[0].last, 0U);
    cr_expect(spans[0].open && !spans[0].ended);
}

Test(idx, rows_of_interleaved_exchanges_are_gathered)
{
    const struct pt_idx_row rows[] = {
        row(10U, PT_ENTRY_ASKED, 2U),    row(11U, PT_ENTRY_ASKED, 1U),
        row(12U, PT_ENTRY_ANSWERED, 1U), row(13U, PT_ENTRY_REFUSED, 3U),
        row(14U, PT_ENTRY_FAILED, 2U),   row(15U, PT_ENTRY_ASKED, 4U)};

    put(NOVEMBER, rows, PT_COUNT(rows));
    expect_found(1U, 11U, 12U);
    expect_found(2U, 10U, 14U);
    expect_found(3U, 13U, 13U);
    expect_found(4U, 15U, 15U);
    cr_expect_eq(open_exchanges(), 1U);
}

Test(idx, an_end_in_a_later_transaction_closes_and_the_first_entry_stays)
{
    const struct pt_idx_row asked[] = {row(0U, PT_ENTRY_ASKED, 1U), row(1U, PT_ENTRY_ASKED, 2U)};
    const struct pt_idx_row ended[] = {row(2U, PT_ENTRY_ANSWERED, 1U)};

    put(NOVEMBER, asked, 2U);
    cr_expect_eq(open_exchanges(), 2U);
    put(NOVEMBER, ended, 1U);
    cr_expect_eq(open_exchanges(), 1U);
    expect_found(1U, 0U, 2U);
}

Test(idx, rows_put_again_with_what_followed_leave_nothing_open)
{
    const struct pt_idx_row rows[] = {row(0U, PT_ENTRY_ASKED, 1U), row(1U, PT_ENTRY_ANSWERED, 1U)};

    put(NOVEMBER, rows, 1U);
    put(NOVEMBER, rows, 2U);
    cr_expect_eq(open_exchanges(), 0U);
    put(NOVEMBER, rows, 2U);
    cr_expect_eq(open_exchanges(), 0U);
    expect_found(1U, 0U, 1U);
}

Test(idx, a_boot_entry_closes_what_came_before_it_and_nothing_after_it)
{
    const struct pt_idx_row rows[] = {row(0U, PT_ENTRY_ASKED, 1U), row(1U, PT_ENTRY_BOOT, 0U),
                                      row(2U, PT_ENTRY_ASKED, 2U)};

    put(NOVEMBER, rows, PT_COUNT(rows));
    cr_expect_eq(open_exchanges(), 1U);
    expect_found(1U, 0U, 0U);
    expect_found(2U, 2U, 2U);
}

Test(idx, an_end_after_midnight_closes_in_the_month_before)
{
    const struct pt_idx_row asked[] = {row(0U, PT_ENTRY_ASKED, 1U)};
    const struct pt_idx_row ended[] = {row(1U, PT_ENTRY_ANSWERED, 1U)};

    put(NOVEMBER, asked, 1U);
    put(DECEMBER, ended, 1U);
    cr_expect_eq(open_exchanges(), 0U);
    expect_found(1U, 0U, 1U);
}

Test(idx, names_of_one_second_are_neighbours_and_do_not_tell_it)
{
    struct pt_month_keys keys;
    struct pt_month_keys others;
    uint8_t names[4][PT_IDX_NAME];
    const struct pt_uuid a = id_of(DECEMBER_MS, 1U);
    const struct pt_uuid b = id_of(DECEMBER_MS + 999U, 2U);
    const struct pt_uuid c = id_of(DECEMBER_MS + 1000U, 3U);

    cr_assert(pt_ok(pt_keyring_get(keyring, DECEMBER, &keys)));
    cr_assert(pt_ok(pt_keyring_get(keyring, NOVEMBER, &others)));
    pt_idx_name(&keys, &a, names[0]);
    pt_idx_name(&keys, &b, names[1]);
    pt_idx_name(&keys, &c, names[2]);
    pt_idx_name(&others, &a, names[3]);
    cr_expect_arr_eq(names[0], names[1], 4U);
    cr_expect_arr_neq(names[0], names[1], PT_IDX_NAME);
    cr_expect_arr_neq(names[0], names[2], 4U);
    cr_expect_arr_neq(names[0], names[3], 4U);
}

Test(idx, spans_come_in_the_order_of_the_names_they_are_found_by)
{
    struct pt_idx_row rows[200];
    struct pt_idx_span spans[PT_COUNT(rows)];
    struct pt_month_keys keys;

    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        rows[i] = row(i, PT_ENTRY_ASKED, (uint8_t)i);
    }
    cr_assert(pt_ok(pt_keyring_get(keyring, NOVEMBER, &keys)));
    cr_assert_eq(pt_idx_spans(rows, PT_COUNT(rows), spans), PT_COUNT(rows));
    pt_idx_spans_name(&keys, spans, PT_COUNT(rows));
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        uint8_t name[PT_IDX_NAME];
        pt_idx_name(&keys, &spans[i].exchange, name);
        cr_expect_arr_eq(name, spans[i].name, PT_IDX_NAME);
        cr_expect(i == 0U || memcmp(spans[i - 1U].name, spans[i].name, PT_IDX_NAME) < 0);
    }
}
