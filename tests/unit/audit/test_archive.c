/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Reading the log: who may see what, first; then entries, exchanges, filters, receipts.
 * Covers LOG-08 (readers) and INTERFACES 3.2 (the caller's own exchange).
 */
#include "log_files.h"

#include "poterne/audit/note.h"
#include "poterne/audit/query.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MINUTE 60000U

static struct pt_archive *alone(const struct logkit *kit, bool keys)
{
    struct pt_archive *archive = NULL;
    const pt_status st =
        pt_archive_open(kit->dir, keys ? kit->options.kek : PT_SLICE_EMPTY, &archive);

    cr_assert(pt_ok(st), "%s at %s", pt_code_name(st.code), st.origin);
    return archive;
}

/* The exchange that log_make() made as number @i: the kit's clock was there then. */
static struct pt_uuid exchange(const struct logkit *kit, uint64_t i)
{
    struct logkit then = *kit;

    then.now_ms = LOGKIT_START_MS + i * 10U * MINUTE;
    return logkit_uuid(&then, i);
}

static bool holds(const struct pt_buf *text, const char *what)
{
    return memmem(text->ptr, text->len, what, strlen(what)) != NULL;
}

/* --- what is refused
 * ------------------------------------------------------------------------------ */

Test(archive, another_clients_exchange_and_an_unknown_one_give_the_same_answer)
{
    struct logkit kit;
    struct pt_archive *archive = NULL;
    struct pt_buf out;

    log_make(&kit, 3U, 1U);
    cr_assert(pt_ok(pt_archive_of(kit.journal, &archive)));
    pt_buf_init(&out, PT_RECEIPT_MAX);
    const struct pt_uuid mine = exchange(&kit, 1U);
    const struct pt_uuid unknown = exchange(&kit, 77U);
    const struct {
        const struct pt_uuid *id;
        pt_slice client;
    } table[] = {{&mine, PT_SLICE("grc-publik-000000000002")},
                 {&mine, PT_SLICE("")},
                 {&mine, PT_SLICE("grc-publik-00000000000")},
                 {&unknown, PT_SLICE("grc-publik-000000000001")}};
    for (size_t i = 0; i < PT_COUNT(table); i++) {
        cr_expect_eq(pt_archive_receipt(archive, table[i].id, table[i].client, &out).code,
                     PT_E_ABSENT, "row %zu", i);
        cr_expect_eq(pt_archive_status(archive, table[i].id, table[i].client, &out).code,
                     PT_E_ABSENT, "row %zu", i);
        cr_expect_eq(out.len, 0U);
    }
    cr_expect(pt_ok(pt_archive_receipt(archive, &mine, PT_SLICE("grc-publik-000000000001"), &out)));
    pt_buf_done(&out);
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

Test(archive, a_receipt_waits_for_its_checkpoint)
{
    struct logkit kit;
    struct pt_archive *archive = NULL;
    struct pt_buf out;

    logkit_init(&kit, NULL);
    logkit_open(&kit);
    const uint64_t seq = logkit_append(&kit, PT_ENTRY_ASKED, 0U);
    const struct pt_uuid id = exchange(&kit, 0U);
    cr_assert(pt_ok(pt_archive_of(kit.journal, &archive)));
    pt_buf_init(&out, PT_RECEIPT_MAX);
    cr_expect_eq(pt_archive_receipt(archive, &id, PT_SLICE("grc-publik-000000000000"), &out).code,
                 PT_E_AGAIN);
    cr_expect_eq(pt_archive_prove(archive, seq, &out).code, PT_E_AGAIN);
    (void)logkit_seal(&kit);
    cr_expect(pt_ok(pt_archive_receipt(archive, &id, PT_SLICE("grc-publik-000000000000"), &out)));
    (void)logkit_append(&kit, PT_ENTRY_ANSWERED, 0U);
    pt_buf_clear(&out);
    cr_expect_eq(pt_archive_receipt(archive, &id, PT_SLICE("grc-publik-000000000000"), &out).code,
                 PT_E_AGAIN, "the end is not covered yet");
    pt_buf_done(&out);
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

Test(archive, without_keys_nothing_sealed_is_readable_or_searchable)
{
    struct logkit kit;
    struct pt_entry entry;
    uint64_t first = 7;
    uint64_t last = 7;

    log_make(&kit, 2U, 1U);
    logkit_close(&kit);
    struct pt_archive *archive = alone(&kit, false);
    cr_expect(!pt_archive_has_keys(archive));
    const struct pt_uuid id = exchange(&kit, 0U);
    cr_expect_eq(pt_archive_exchange(archive, &id, &first, &last).code, PT_E_DENIED);
    cr_expect(first == 7U && last == 7U);
    uint64_t size = 0;
    cr_assert(pt_ok(pt_archive_size(archive, &size)));
    for (uint64_t seq = 0; seq < size; seq++) {
        struct pt_buf json;
        cr_assert(pt_ok(pt_archive_get(archive, seq, &entry)));
        cr_expect(!entry.opened);
        cr_expect_eq(entry.record.client.len + entry.record.agent.len + entry.record.subject.len +
                         entry.record.case_ref.len + entry.record.fields.len,
                     0U);
        cr_expect_eq(entry.time_ms % 3600000U, 0U);
        pt_buf_init(&json, 8192U);
        cr_assert(pt_ok(pt_entry_json(&entry, &json)));
        cr_expect(holds(&json, "\"time\":null") && holds(&json, "\"agent\":null") &&
                  holds(&json, "\"exchange\":null") && holds(&json, "\"opened\":false"));
        pt_buf_done(&json);
    }
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

Test(archive, what_is_beyond_the_end_is_absent)
{
    struct logkit kit;
    struct pt_entry entry;
    struct pt_buf out;
    uint64_t size = 0;

    log_make(&kit, 1U, 1U);
    logkit_close(&kit);
    struct pt_archive *archive = alone(&kit, true);
    cr_assert(pt_ok(pt_archive_size(archive, &size)));
    cr_expect_eq(pt_archive_get(archive, size, &entry).code, PT_E_ABSENT);
    cr_expect_eq(pt_archive_get(archive, UINT64_MAX, &entry).code, PT_E_ABSENT);
    pt_buf_init(&out, PT_RECEIPT_MAX);
    cr_expect_eq(pt_archive_prove(archive, size, &out).code, PT_E_ABSENT);
    pt_buf_done(&out);
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

Test(archive, a_wrong_kek_opens_nothing)
{
    struct logkit kit;
    struct pt_archive *archive = NULL;
    uint8_t kek[32] = {1};

    log_make(&kit, 1U, 1U);
    logkit_close(&kit);
    cr_expect_eq(pt_archive_open(kit.dir, pt_slice_of(kek, sizeof kek), &archive).code,
                 PT_E_FORGED);
    cr_expect_null(archive);
    logkit_done(&kit);
}

Test(archive, memory_that_runs_out_leaves_nothing_behind)
{
    struct logkit kit;

    log_make(&kit, 1U, 1U);
    logkit_close(&kit);
    TORTURE(nth)
    {
        struct pt_archive *archive = NULL;
        struct pt_entry entry;
        torture_arm(nth);
        pt_status st = pt_archive_open(kit.dir, kit.options.kek, &archive);
        if (pt_ok(st)) {
            st = pt_archive_get(archive, 1U, &entry);
        }
        torture_disarm();
        archive = pt_archive_close(archive);
        if (pt_ok(st)) {
            cr_assert_gt(nth, 3U);
            break;
        }
    }
    logkit_done(&kit);
}

/* --- one entry
 * --------------------------------------------------------------------------------------- */

Test(archive, an_entry_tells_everything_it_was_told)
{
    struct logkit kit;
    struct pt_entry entry;

    log_make(&kit, 2U, 1U);
    const struct pt_record want = logkit_record(&kit, PT_ENTRY_ANSWERED, 1U);
    const struct pt_uuid id = exchange(&kit, 1U);
    logkit_close(&kit);
    struct pt_archive *archive = alone(&kit, true);
    uint64_t first = 0;
    uint64_t last = 0;
    cr_assert(pt_ok(pt_archive_exchange(archive, &id, &first, &last)));
    cr_assert_eq(last, first + 1U);
    cr_assert(pt_ok(pt_archive_get(archive, last, &entry)));
    const struct pt_record *got = &entry.record;
    cr_assert(entry.opened);
    cr_expect_eq(entry.seq, last);
    cr_expect_eq(got->type, PT_ENTRY_ANSWERED);
    cr_expect_eq(got->outcome, want.outcome);
    cr_expect_eq(got->count, want.count);
    cr_expect_arr_eq(got->exchange.bytes, id.bytes, PT_UUID_LEN);
    cr_expect_arr_eq(got->digest, want.digest, sizeof want.digest);
    const struct {
        pt_slice got;
        pt_slice want;
    } texts[] = {{got->dataset, want.dataset}, {got->procedure, want.procedure},
                 {got->mode, want.mode},       {got->client, want.client},
                 {got->agent, want.agent},     {got->channel, want.channel},
                 {got->fields, want.fields},   {got->habilitation, want.habilitation},
                 {got->subject, want.subject}, {got->case_ref, want.case_ref},
                 {got->reason, want.reason}};
    for (size_t i = 0; i < PT_COUNT(texts); i++) {
        cr_expect(pt_slice_eq(texts[i].got, texts[i].want), "text %zu: %.*s", i,
                  (int)texts[i].got.len, texts[i].got.ptr);
    }
    cr_expect_eq(entry.time_ms, LOGKIT_START_MS + 10U * MINUTE);
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

Test(archive, texts_that_json_must_escape_come_back_as_they_were)
{
    struct logkit kit;
    struct pt_entry entry;
    struct pt_appended told;

    logkit_init(&kit, NULL);
    logkit_open(&kit);
    struct pt_record record = logkit_record(&kit, PT_ENTRY_REFUSED, 5U);
    record.agent = PT_SLICE("H\xC3\xA9l\xC3\xA8ne \"la\" \\ b/c");
    record.case_ref = PT_SLICE("\\u0041\"\"");
    record.fields = PT_SLICE("/data/\"a\"\n/data/\\b");
    cr_assert(pt_ok(pt_journal_append(kit.journal, &record, 1U, &told)));
    struct pt_archive *archive = NULL;
    cr_assert(pt_ok(pt_archive_of(kit.journal, &archive)));
    cr_assert(pt_ok(pt_archive_get(archive, told.seq, &entry)));
    cr_assert(entry.opened);
    cr_expect(pt_slice_eq(entry.record.agent, record.agent));
    cr_expect(pt_slice_eq(entry.record.case_ref, record.case_ref));
    cr_expect(pt_slice_eq(entry.record.fields, record.fields));
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

/* --- exchanges
 * ----------------------------------------------------------------------------------------- */

Test(archive, every_exchange_is_found_indexed_or_not_by_the_journal_and_alone)
{
    struct logkit kit;
    struct pt_archive *archive = NULL;
    uint64_t first = 0;
    uint64_t last = 0;

    log_make(&kit, 20U, 7U);
    (void)logkit_append(&kit, PT_ENTRY_ASKED, 20U); /* not sealed, so not indexed */
    cr_assert(pt_ok(pt_archive_of(kit.journal, &archive)));
    for (uint64_t i = 0; i <= 20U; i++) {
        const struct pt_uuid id = exchange(&kit, i);
        cr_expect(pt_ok(pt_archive_exchange(archive, &id, &first, &last)), "%u", (unsigned)i);
        cr_expect_eq(last - first, i < 20U ? 1U : 0U);
    }
    archive = pt_archive_close(archive);
    archive = alone(&kit, true);
    for (uint64_t i = 0; i <= 20U; i++) {
        const struct pt_uuid id = exchange(&kit, i);
        cr_expect(pt_ok(pt_archive_exchange(archive, &id, &first, &last)), "alone %u", (unsigned)i);
        cr_expect_eq(last - first, i < 20U ? 1U : 0U);
    }
    const struct pt_uuid unknown = exchange(&kit, 900U);
    cr_expect_eq(pt_archive_exchange(archive, &unknown, &first, &last).code, PT_E_ABSENT);
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

Test(archive, without_an_index_exchanges_are_found_by_reading)
{
    struct logkit kit;
    char path[384];
    uint64_t first = 0;
    uint64_t last = 0;

    log_make(&kit, 5U, 2U);
    logkit_close(&kit);
    (void)snprintf(path, sizeof path, "%s/idx", kit.dir);
    logkit_remove(path);
    struct pt_archive *archive = alone(&kit, true);
    const struct pt_uuid id = exchange(&kit, 3U);
    cr_expect(pt_ok(pt_archive_exchange(archive, &id, &first, &last)));
    cr_expect_eq(last, first + 1U);
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

Test(archive, the_owner_learns_the_state_of_the_exchange)
{
    struct logkit kit;
    struct pt_archive *archive = NULL;
    struct pt_buf out;

    log_make(&kit, 2U, 1U);
    (void)logkit_append(&kit, PT_ENTRY_ASKED, 2U);
    cr_assert(pt_ok(pt_archive_of(kit.journal, &archive)));
    pt_buf_init(&out, 8192U);
    const struct pt_uuid ended = exchange(&kit, 1U);
    cr_assert(pt_ok(pt_archive_status(archive, &ended, PT_SLICE("grc-publik-000000000001"), &out)));
    static const char *const WANT[] = {"\"outcome\":\"delivered\"",
                                       "\"dataset\":\"entreprise/v4/insee/unites_legales\"",
                                       "\"asked_at\":\"2026-11-24T00:10:00.123Z\"",
                                       "\"ended_at\":\"2026-11-24T00:10:00.123Z\"",
                                       "\"fields\":[\"/data/siren\",",
                                       "/receipt\"}"};
    for (size_t i = 0; i < PT_COUNT(WANT); i++) {
        cr_expect(holds(&out, WANT[i]), "%s in %.*s", WANT[i], (int)out.len, out.ptr);
    }
    pt_buf_clear(&out);
    const struct pt_uuid open_ = exchange(&kit, 2U);
    cr_assert(pt_ok(pt_archive_status(archive, &open_, PT_SLICE("grc-publik-000000000002"), &out)));
    cr_expect(holds(&out, "\"outcome\":null") && holds(&out, "\"ended_at\":null") &&
              holds(&out, "\"fields\":null"));
    pt_buf_done(&out);
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

/* --- filters
 * --------------------------------------------------------------------------------------------- */

struct rows {
    uint64_t n;
    uint64_t first;
    uint64_t last;
    uint64_t fail_at; /* 0: never */
};

static PT_RESULT take_row(void *ctx, const struct pt_entry *entry)
{
    struct rows *rows = ctx;

    rows->first = rows->n == 0U ? entry->seq : rows->first;
    cr_expect(rows->n == 0U || entry->seq > rows->last, "out of order");
    rows->last = entry->seq;
    rows->n++;
    return rows->n == rows->fail_at ? PT_FAIL(PT_E_CLOSED) : PT_SUCCESS;
}

static struct rows list(struct pt_archive *archive, struct pt_filter filter, uint64_t *ret_next)
{
    struct rows rows = {.n = 0U};
    uint64_t next = 0;

    filter.limit = filter.limit == 0U ? 10000U : filter.limit;
    const pt_status st = pt_archive_list(archive, &filter, take_row, &rows, &next);
    cr_assert(pt_ok(st), "%s at %s", pt_code_name(st.code), st.origin);
    if (ret_next != NULL) {
        *ret_next = next;
    }
    return rows;
}

Test(archive, filters_find_what_matches_and_nothing_else)
{
    struct logkit kit;
    struct pt_archive *archive = NULL;

    log_make(&kit, 30U, 9U); /* five hours, 10 minutes apart */
    cr_assert(pt_ok(pt_archive_of(kit.journal, &archive)));
    const uint64_t start = LOGKIT_START_MS;
    const struct {
        struct pt_filter filter;
        uint64_t rows;
    } table[] = {{{.agent = PT_SLICE("agent-000000000004")}, 2U},
                 {{.agent = PT_SLICE("agent-00000000000")}, 0U},
                 {{.client = PT_SLICE("grc-publik-000000000029")}, 2U},
                 {{.case_ref = PT_SLICE("DOSSIER-000000000000")}, 2U},
                 {{.channel = PT_SLICE("guichet-canal")}, 60U},
                 {{.channel = PT_SLICE("guichet")}, 0U},
                 {{.dataset = PT_SLICE("entreprise/v4/insee/unites_legales")}, 60U},
                 {{.dataset = PT_SLICE("entreprise/v4/insee")}, 0U},
                 {{.procedure = PT_SLICE("subvention-association")}, 60U},
                 {{.outcome = PT_SLICE("delivered")}, 30U},
                 {{.outcome = PT_SLICE("delivered"), .agent = PT_SLICE("agent-000000000004")}, 1U},
                 {{.outcome = PT_SLICE("quota")}, 0U},
                 {{.type = PT_SLICE("asked")}, 30U},
                 {{.type = PT_SLICE("asked"), .since_ms = start + 10U * 10U * MINUTE}, 20U},
                 {{.type = PT_SLICE("asked"), .since_ms = start + 10U * 10U * MINUTE + 1U}, 19U},
                 {{.type = PT_SLICE("asked"), .until_ms = start + 10U * 10U * MINUTE}, 10U},
                 {{.type = PT_SLICE("asked"),
                   .since_ms = start + 5U * 10U * MINUTE,
                   .until_ms = start + 8U * 10U * MINUTE},
                  3U},
                 {{.since_ms = start + 400U * 86400000U}, 0U},
                 {{.until_ms = 1U}, 0U},
                 {{.type = PT_SLICE("asked"), .limit = 7U}, 7U}};
    for (size_t i = 0; i < PT_COUNT(table); i++) {
        cr_expect_eq(list(archive, table[i].filter, NULL).n, table[i].rows, "row %zu: %llu", i,
                     (unsigned long long)list(archive, table[i].filter, NULL).n);
    }
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

Test(archive, pages_join_without_a_gap_or_a_repeat)
{
    struct logkit kit;
    struct pt_archive *archive = NULL;
    uint64_t whole = 0;

    log_make(&kit, 23U, 5U);
    cr_assert(pt_ok(pt_archive_of(kit.journal, &archive)));
    const struct pt_filter all = {.type = PT_SLICE("answered")};
    const uint64_t want = list(archive, all, NULL).n;
    struct pt_filter page = {.type = PT_SLICE("answered"), .limit = 4U};
    uint64_t last = 0;
    for (unsigned turns = 0; turns < 20U; turns++) {
        uint64_t next = 0;
        const struct rows rows = list(archive, page, &next);
        cr_expect(rows.n == 0U || turns == 0U || rows.first > last);
        last = rows.last;
        whole += rows.n;
        if (next == 0U) {
            break;
        }
        page.from_seq = next;
    }
    cr_expect_eq(whole, want);
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

Test(archive, a_row_that_fails_stops_the_list)
{
    struct logkit kit;
    struct pt_archive *archive = NULL;
    struct rows rows = {.fail_at = 3U};
    const struct pt_filter filter = {.limit = 100U};
    uint64_t next = 55;

    log_make(&kit, 4U, 2U);
    cr_assert(pt_ok(pt_archive_of(kit.journal, &archive)));
    cr_expect_eq(pt_archive_list(archive, &filter, take_row, &rows, &next).code, PT_E_CLOSED);
    cr_expect_eq(rows.n, 3U);
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

Test(archive, sealed_filters_match_nothing_without_keys_and_clear_ones_do)
{
    struct logkit kit;

    log_make(&kit, 4U, 2U);
    logkit_close(&kit);
    struct pt_archive *archive = alone(&kit, false);
    const struct pt_filter sealed = {.agent = PT_SLICE("agent-000000000001")};
    const struct pt_filter clear = {.type = PT_SLICE("asked"),
                                    .dataset = PT_SLICE("entreprise/v4/insee/unites_legales")};
    cr_expect(pt_filter_needs_keys(&sealed) && !pt_filter_needs_keys(&clear));
    cr_expect_eq(list(archive, sealed, NULL).n, 0U);
    cr_expect_eq(list(archive, clear, NULL).n, 4U);
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

Test(archive, an_empty_log_lists_nothing)
{
    struct logkit kit;

    logkit_init(&kit, NULL);
    struct pt_archive *archive = alone(&kit, false);
    const struct pt_filter all = {.limit = 5U};
    uint64_t size = 9;
    cr_expect_eq(list(archive, all, NULL).n, 0U);
    cr_assert(pt_ok(pt_archive_size(archive, &size)));
    cr_expect_eq(size, 0U);
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}

/* --- receipts
 * ------------------------------------------------------------------------------------------------
 */

Test(archive, every_receipt_verifies_with_the_keys_alone)
{
    struct logkit kit;
    struct pt_archive *archive = NULL;
    struct pt_buf out;

    log_make(&kit, 140U, 33U);
    cr_assert(pt_ok(pt_archive_of(kit.journal, &archive)));
    pt_buf_init(&out, PT_RECEIPT_MAX);
    for (uint64_t i = 0; i < 140U; i += 9U) {
        const struct pt_uuid id = exchange(&kit, i);
        struct pt_verdict v;
        char client[64];
        (void)snprintf(client, sizeof client, "grc-publik-%012u", (unsigned)i);
        pt_buf_clear(&out);
        const pt_status st = pt_archive_receipt(archive, &id, pt_slice_str(client), &out);
        cr_assert(pt_ok(st), "%s at %s", pt_code_name(st.code), st.origin);
        cr_assert(pt_ok(pt_verify_receipt(pt_buf_slice(&out), pt_buf_slice(&kit.vkeys), &v)));
        cr_expect(v.ok, "%s", pt_fault_code(v.fault));
    }
    uint64_t size = 0;
    cr_assert(pt_ok(pt_archive_size(archive, &size)));
    for (uint64_t seq = 0; seq < size; seq += 13U) {
        struct pt_verdict v;
        pt_buf_clear(&out);
        cr_assert(pt_ok(pt_archive_prove(archive, seq, &out)));
        cr_assert(pt_ok(pt_verify_receipt(pt_buf_slice(&out), pt_buf_slice(&kit.vkeys), &v)));
        cr_expect(v.ok, "%s", pt_fault_code(v.fault));
    }
    pt_buf_done(&out);
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}
