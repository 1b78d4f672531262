/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Group commit: numbers without a gap, time that never goes back, a full disk that refuses and
 * says so. Covers law 1 and LOG-06.
 */
#include "poterne/audit/journal.h"

#include "audit/journal_int.h"
#include "audit/stored_int.h"
#include "logkit.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static struct logkit kit;

static void setup(void)
{
    logkit_init(&kit, NULL);
}

static void teardown(void)
{
    logkit_done(&kit);
}

TestSuite(journal, .init = setup, .fini = teardown);

/* The text of box A of an entry. */
static void box_a(uint64_t seq, struct pt_buf *plain)
{
    struct pt_view *view = NULL;
    struct pt_cipher *cipher = NULL;
    struct pt_month_keys keys;
    struct pt_stored stored;
    pt_slice value;
    uint32_t month = 0;

    pt_buf_clear(plain);
    cr_assert(pt_ok(pt_view_open(pt_journal_months(kit.journal), &view)));
    cr_assert(pt_ok(pt_cipher_new(&cipher)));
    cr_assert(pt_ok(pt_months_of(pt_journal_months(kit.journal), seq, &month)));
    cr_assert(pt_ok(pt_keyring_get(pt_journal_keyring(kit.journal), month, &keys)));
    cr_assert(pt_ok(pt_view_get(view, seq, &value)));
    cr_assert(pt_ok(pt_stored_read(value, &stored)));
    cr_assert(pt_ok(pt_stored_open_a(cipher, &keys, seq, &stored, plain)));
    pt_month_keys_done(&keys);
    cipher = pt_cipher_free(cipher);
    view = pt_view_close(view);
}

static void assert_time(uint64_t seq, const char *text)
{
    struct pt_buf plain;
    char time[64];

    pt_buf_init(&plain, PT_BOX_MAX);
    box_a(seq, &plain);
    (void)snprintf(time, sizeof time, "\"time\",\"%s\"]", text);
    cr_assert_not_null(memmem(plain.ptr, plain.len, time, strlen(time)), "%.*s", (int)plain.len,
                       plain.ptr);
    pt_buf_done(&plain);
}

Test(journal, options_that_make_no_sense_are_refused)
{
    const struct pt_journal_options good = kit.options;

    kit.options.kek = PT_SLICE("short");
    cr_assert_eq(logkit_try(&kit).code, PT_E_ARG);
    kit.options = good;
    kit.options.origin = PT_SLICE_EMPTY;
    cr_assert_eq(logkit_try(&kit).code, PT_E_ARG);
    kit.options = good;
    kit.options.gateway = PT_SLICE("a\"b");
    cr_assert_eq(logkit_try(&kit).code, PT_E_ARG);
    kit.options = good;
    kit.options.nsigners = 3U;
    cr_assert_eq(logkit_try(&kit).code, PT_E_ARG);
    kit.options = good;
}

Test(journal, an_empty_or_too_large_batch_is_refused)
{
    static struct pt_record records[PT_BATCH_RECORDS_MAX + 1U];
    struct pt_appended told[1];

    logkit_open(&kit);
    cr_assert_eq(pt_journal_append(kit.journal, records, 0U, told).code, PT_E_ARG);
    cr_assert_eq(pt_journal_append(kit.journal, records, PT_COUNT(records), told).code, PT_E_ARG);
    cr_assert_eq(pt_journal_size(kit.journal), 0U);
}

Test(journal, a_record_that_cannot_be_written_takes_its_batch_with_it_and_no_number)
{
    struct pt_record records[3];
    struct pt_appended told[3];

    logkit_open(&kit);
    for (size_t i = 0; i < 3U; i++) {
        records[i] = logkit_record(&kit, PT_ENTRY_ASKED, i);
    }
    records[2].agent = PT_SLICE("\x01");
    cr_assert_eq(pt_journal_append(kit.journal, records, 3U, told).code, PT_E_ARG);
    cr_assert_eq(pt_journal_size(kit.journal), 0U);
    cr_assert_eq(logkit_append(&kit, PT_ENTRY_ASKED, 7U), 0U); /* and the journal goes on */
}

Test(journal, without_room_nothing_is_written_and_nothing_is_lost)
{
    const struct pt_record record = logkit_record(&kit, PT_ENTRY_ASKED, 1U);
    struct pt_appended told;

    kit.options.reserve_bytes = UINT64_MAX;
    logkit_open(&kit);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(pt_journal_append(kit.journal, &record, 1U, &told).code, PT_E_FULL);
    }
    cr_assert_eq(pt_journal_size(kit.journal), 0U);
    logkit_close(&kit);
    kit.options.reserve_bytes = 0U;
    logkit_open(&kit);
    cr_assert_eq(logkit_append(&kit, PT_ENTRY_ASKED, 1U), 0U);
}

Test(journal, a_full_map_refuses_without_poison)
{
    struct pt_record records[64];
    struct pt_appended told[64];
    pt_status st = PT_SUCCESS;

    kit.options.map_bytes = 1U << 20U;
    logkit_open(&kit);
    for (size_t i = 0; i < 64U; i++) {
        records[i] = logkit_record(&kit, PT_ENTRY_ASKED, i);
    }
    while (pt_ok(st)) {
        st = pt_journal_append(kit.journal, records, 64U, told);
    }
    cr_assert_eq(st.code, PT_E_FULL);
    const uint64_t size = pt_journal_size(kit.journal);
    cr_assert_eq(logkit_seal(&kit), size);
    logkit_close(&kit);
    kit.options.map_bytes = 1U << 24U;
    logkit_open(&kit);
    cr_assert_eq(kit.boot.size, size);
    cr_assert(kit.boot.clean);
    cr_assert_eq(logkit_append(&kit, PT_ENTRY_ASKED, 1U), size);
}

Test(journal, a_second_writer_is_not_let_in)
{
    struct pt_journal *other = NULL;
    struct pt_journal_boot boot;

    logkit_open(&kit);
    cr_assert_eq(pt_journal_open(&kit.options, &other, &boot).code, PT_E_EXISTS);
    cr_assert_null(other);
}

Test(journal, without_random_bits_there_is_no_month)
{
    const struct pt_record record = logkit_record(&kit, PT_ENTRY_ASKED, 1U);
    struct pt_appended told;

    logkit_open(&kit);
    kit.no_random = true;
    cr_assert_eq(pt_journal_append(kit.journal, &record, 1U, &told).code, PT_E_CRYPTO);
    kit.no_random = false;
    cr_assert_eq(logkit_append(&kit, PT_ENTRY_ASKED, 1U), 0U);
}

Test(journal, numbers_follow_each_other_over_batches_of_any_size)
{
    static struct pt_record records[PT_BATCH_RECORDS_MAX];
    static struct pt_appended told[PT_BATCH_RECORDS_MAX];
    const size_t sizes[] = {1, 2, 3, 255, 256, 257, 512, 1};
    uint64_t next = 0;

    logkit_open(&kit);
    for (size_t i = 0; i < PT_COUNT(records); i++) {
        records[i] = logkit_record(&kit, PT_ENTRY_ASKED, i);
    }
    for (size_t b = 0; b < PT_COUNT(sizes); b++) {
        cr_assert(pt_ok(pt_journal_append(kit.journal, records, sizes[b], told)));
        for (size_t i = 0; i < sizes[b]; i++) {
            cr_assert_eq(told[i].seq, next++);
        }
        cr_assert_eq(pt_journal_size(kit.journal), next);
    }
}

Test(journal, time_never_goes_back)
{
    logkit_open(&kit);
    logkit_append(&kit, PT_ENTRY_ASKED, 0U);
    kit.now_ms += 1000U;
    logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    kit.now_ms -= 3600000U;
    logkit_append(&kit, PT_ENTRY_ASKED, 2U);
    assert_time(0U, "2026-11-24T00:00:00.123Z");
    assert_time(1U, "2026-11-24T00:00:01.123Z");
    assert_time(2U, "2026-11-24T00:00:01.123Z");
    logkit_close(&kit);
    logkit_open(&kit); /* nor across a restart */
    logkit_append(&kit, PT_ENTRY_ASKED, 3U);
    assert_time(3U, "2026-11-24T00:00:01.123Z");
    kit.now_ms = LOGKIT_START_MS + 5000U;
    logkit_append(&kit, PT_ENTRY_ASKED, 4U);
    assert_time(4U, "2026-11-24T00:00:05.123Z");
}

#define WEEK_MS (7U * 86400000ULL)

Test(journal, a_new_month_has_its_own_store_and_keys_and_no_way_back)
{
    uint32_t month = 0;

    logkit_open(&kit);
    logkit_append(&kit, PT_ENTRY_ASKED, 0U);
    kit.now_ms += WEEK_MS;
    logkit_append(&kit, PT_ENTRY_ANSWERED, 0U);
    kit.now_ms -= WEEK_MS; /* the clock is set back over the border */
    logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    cr_assert(pt_ok(pt_months_of(pt_journal_months(kit.journal), 0U, &month)));
    cr_assert_eq(month, 202611U);
    for (uint64_t seq = 1; seq < 3U; seq++) {
        cr_assert(pt_ok(pt_months_of(pt_journal_months(kit.journal), seq, &month)));
        cr_assert_eq(month, 202612U);
        assert_time(seq, "2026-12-01T00:00:00.123Z");
    }
}

static void assert_found(uint64_t number, uint64_t first, uint64_t last)
{
    const struct pt_uuid id = logkit_uuid(&kit, number);
    uint64_t found[2];

    cr_assert(pt_ok(pt_journal_find(kit.journal, &id, &found[0], &found[1])));
    cr_assert_eq(found[0], first);
    cr_assert_eq(found[1], last);
}

Test(journal, an_exchange_is_found_before_and_after_it_is_indexed)
{
    const struct pt_uuid unknown = logkit_uuid(&kit, 99U);
    uint64_t found[2];

    logkit_open(&kit);
    logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    logkit_append(&kit, PT_ENTRY_ASKED, 2U);
    assert_found(1U, 0U, 0U);
    logkit_append(&kit, PT_ENTRY_ANSWERED, 1U);
    assert_found(1U, 0U, 2U);
    logkit_seal(&kit);
    assert_found(1U, 0U, 2U);
    assert_found(2U, 1U, 1U);
    logkit_append(&kit, PT_ENTRY_FAILED, 2U); /* one in the index, one in the tail */
    assert_found(2U, 1U, 3U);
    logkit_seal(&kit); /* too early for the index: all in the tail */
    assert_found(2U, 1U, 3U);
    kit.now_ms += PT_IDX_LAG_MS;
    logkit_append(&kit, PT_ENTRY_BOOT, 0U);
    logkit_seal(&kit);
    kit.now_ms -= PT_IDX_LAG_MS;
    assert_found(2U, 1U, 3U);
    cr_assert_eq(pt_journal_find(kit.journal, &unknown, &found[0], &found[1]).code, PT_E_ABSENT);
}

Test(journal, an_exchange_over_the_border_of_a_month_is_found_whole)
{
    const uint64_t start = kit.now_ms;

    logkit_open(&kit);
    logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    struct pt_record record = logkit_record(&kit, PT_ENTRY_ANSWERED, 1U);
    kit.now_ms += WEEK_MS;
    struct pt_appended told;
    cr_assert(pt_ok(pt_journal_append(kit.journal, &record, 1U, &told)));
    kit.now_ms = start; /* identifiers are of the day they were given */
    assert_found(1U, 0U, 1U);
    kit.now_ms = start + WEEK_MS;
    logkit_seal(&kit);
    kit.now_ms = start;
    assert_found(1U, 0U, 1U);
}

Test(journal, a_consultation_of_an_exchange_is_not_a_part_of_it)
{
    struct pt_record record = logkit_record(&kit, PT_ENTRY_READ, 1U);
    struct pt_appended told;

    logkit_open(&kit);
    logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    record.exchange = logkit_uuid(&kit, 1U);
    cr_assert(pt_ok(pt_journal_append(kit.journal, &record, 1U, &told)));
    assert_found(1U, 0U, 0U);
    logkit_seal(&kit);
    assert_found(1U, 0U, 0U);
}

/* --- two threads: one seals while the other flushes ------------------------------------------ */

struct worker {
    pthread_t id;
    struct pt_appended told[40][17];
    uint64_t base;
};

static void *work(void *arg)
{
    struct worker *const worker = arg;

    for (size_t b = 0; b < 40U; b++) {
        struct pt_record records[17];
        for (size_t i = 0; i < 17U; i++) {
            records[i] = (struct pt_record){.type = PT_ENTRY_BOOT, .reason = PT_SLICE("worker")};
        }
        if (!pt_ok(pt_journal_append(kit.journal, records, 17U, worker->told[b]))) {
            abort();
        }
    }
    return NULL;
}

static void *seal_often(void *arg)
{
    for (int i = 0; i < 30; i++) {
        uint64_t size = 0;
        if (!pt_ok(pt_journal_seal(kit.journal, &size))) {
            abort();
        }
    }
    return arg;
}

Test(journal, threads_that_append_together_get_numbers_without_gap_or_double)
{
    static struct worker workers[3];
    static bool seen[3U * 40U * 17U];
    pthread_t sealer;

    logkit_open(&kit);
    cr_assert_eq(pthread_create(&sealer, NULL, seal_often, NULL), 0);
    for (size_t w = 0; w < PT_COUNT(workers); w++) {
        cr_assert_eq(pthread_create(&workers[w].id, NULL, work, &workers[w]), 0);
    }
    for (size_t w = 0; w < PT_COUNT(workers); w++) {
        cr_assert_eq(pthread_join(workers[w].id, NULL), 0);
        for (size_t b = 0; b < 40U; b++) {
            for (size_t i = 0; i < 17U; i++) {
                const uint64_t seq = workers[w].told[b][i].seq;
                cr_assert_lt(seq, PT_COUNT(seen));
                cr_assert_not(seen[seq]);
                cr_assert_eq(seq, workers[w].told[b][0].seq + i);
                seen[seq] = true;
            }
        }
    }
    cr_assert_eq(pthread_join(sealer, NULL), 0);
    cr_assert_eq(pt_journal_size(kit.journal), PT_COUNT(seen));
    cr_assert_eq(logkit_seal(&kit), PT_COUNT(seen));
}

Test(journal, without_memory_nothing_is_opened_and_nothing_leaks)
{
    logkit_open(&kit);
    logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    logkit_close(&kit);
    TORTURE(nth)
    {
        torture_arm(nth);
        const pt_status st = logkit_try(&kit);
        torture_disarm();
        if (pt_ok(st)) {
            break;
        }
        cr_assert_null(kit.journal);
    }
    cr_assert_eq(kit.boot.size, 1U);
}

Test(journal, without_memory_an_append_is_refused_and_the_next_one_goes_through)
{
    static struct pt_record records[64];
    static struct pt_appended told[64];

    for (size_t i = 0; i < 64U; i++) {
        records[i] = logkit_record(&kit, PT_ENTRY_ANSWERED, i);
    }
    TORTURE(nth)
    {
        logkit_open(&kit);
        const uint64_t before = pt_journal_size(kit.journal);
        torture_arm(nth);
        const pt_status st = pt_journal_append(kit.journal, records, 64U, told);
        torture_disarm();
        if (pt_ok(st)) {
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
        cr_assert_eq(pt_journal_size(kit.journal), before);
        logkit_append(&kit, PT_ENTRY_ASKED, 1U);
        logkit_close(&kit);
    }
}
