/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Questions and their traces (law 7, LOG-08: each read makes an event): what must not be answered
 * first.
 */
#include "poterne/audit/service.h"

#include "log_files.h"
#include "poterne/wire.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* Who asks, and everything that came back. */
struct peer {
    struct logkit *kit;
    struct pt_archive *archive;
    struct pt_audit_service service;
    struct pt_buf rows; /* ROW and TEXT, each followed by LF */
    unsigned nrows;
    uint64_t end_next;
    uint64_t end_rows;
    uint32_t end_code;
    bool ended;
    bool no_trace; /* the log cannot be written */
    unsigned traces;
    unsigned fail_after; /* frames; 0: never */
    uint32_t exchange_code;
};

static PT_RESULT trace(void *ctx, const struct pt_record *record)
{
    struct peer *peer = ctx;
    struct pt_appended told;

    PT_ENSURE(!peer->no_trace, PT_E_FULL);
    cr_expect_eq(record->type, PT_ENTRY_READ);
    cr_expect_eq(peer->nrows, 0U, "something was sent before it was traced");
    peer->traces++;
    return pt_journal_append(peer->kit->journal, record, 1U, &told);
}

static PT_RESULT take(void *ctx, pt_slice frame)
{
    struct peer *peer = ctx;
    struct pt_ipc_reader reader;
    uint8_t type = 0;

    cr_assert(pt_ok(pt_ipc_open(frame, &type, &reader)));
    if (type == PT_MSG_END) {
        peer->end_code = pt_ipc_get_u32(&reader);
        peer->end_next = pt_ipc_get_u64(&reader);
        peer->end_rows = pt_ipc_get_u64(&reader);
        peer->ended = true;
    } else {
        if (type == PT_MSG_STATUS || type == PT_MSG_RECEIPT) {
            cr_expect_eq(pt_ipc_get_u64(&reader), 4242U);
            peer->exchange_code = pt_ipc_get_u32(&reader);
        }
        pt_buf_put(&peer->rows, pt_ipc_get_bytes(&reader, PT_IPC_FRAME_MAX));
        pt_buf_put_byte(&peer->rows, '\n');
        peer->nrows++;
    }
    cr_assert(pt_ok(pt_ipc_get_end(&reader)));
    return peer->fail_after != 0U && peer->nrows >= peer->fail_after ? PT_FAIL(PT_E_CLOSED)
                                                                     : PT_SUCCESS;
}

static void peer_init(struct peer *peer, struct logkit *kit)
{
    memset(peer, 0, sizeof *peer);
    peer->kit = kit;
    cr_assert(pt_ok(pt_archive_of(kit->journal, &peer->archive)));
    peer->service = (struct pt_audit_service){
        .archive = peer->archive, .trace = trace, .send = take, .ctx = peer};
    pt_buf_init(&peer->rows, 1U << 20U);
}

static void peer_done(struct peer *peer)
{
    pt_buf_done(&peer->rows);
    peer->archive = pt_archive_close(peer->archive);
}

static pt_status ask(struct peer *peer, uint8_t op, const char *text)
{
    struct pt_buf frame;

    pt_buf_clear(&peer->rows);
    peer->nrows = 0;
    peer->ended = false;
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    pt_ipc_begin(&frame, PT_MSG_QUERY);
    pt_ipc_put_u8(&frame, op);
    pt_ipc_put_bytes(&frame, pt_slice_str(text));
    cr_assert(pt_ok(pt_ipc_end(&frame)));
    const pt_status st = pt_service_query(&peer->service, pt_buf_slice(&frame), 1000U);
    pt_buf_done(&frame);
    return st;
}

static bool holds(const struct peer *peer, const char *what)
{
    return peer->rows.len != 0U &&
           memmem(peer->rows.ptr, peer->rows.len, what, strlen(what)) != NULL;
}

/* --- refused
 * ---------------------------------------------------------------------------------------- */

Test(service, nothing_is_shown_when_the_reading_cannot_be_traced_LOG_08)
{
    static const struct {
        uint8_t op;
        const char *text;
    } TABLE[] = {{PT_QUERY_LIST, ""},
                 {PT_QUERY_SHOW, "seq=0\n"},
                 {PT_QUERY_PROVE, "seq=0\n"},
                 {PT_QUERY_STATS, ""},
                 {PT_QUERY_NOTE, "class=verify\n"}};
    struct logkit kit;
    struct peer peer;

    log_make(&kit, 2U, 1U);
    peer_init(&peer, &kit);
    peer.no_trace = true;
    for (size_t i = 0; i < PT_COUNT(TABLE); i++) {
        cr_assert(pt_ok(ask(&peer, TABLE[i].op, TABLE[i].text)));
        cr_expect(peer.ended);
        cr_expect_eq(peer.end_code, PT_E_FULL);
        cr_expect_eq(peer.nrows, 0U);
    }
    peer_done(&peer);
    logkit_done(&kit);
}

Test(service, questions_that_are_not_understood_are_refused_and_not_guessed)
{
    static const struct {
        uint8_t op;
        const char *text;
    } TABLE[] = {{0U, ""},
                 {99U, ""},
                 {PT_QUERY_LIST, "person=siren:1\n"},
                 {PT_QUERY_LIST, "agent\n"},
                 {PT_QUERY_LIST, "agent=\n"},
                 {PT_QUERY_LIST, "=x\n"},
                 {PT_QUERY_LIST, "agent=a\nagent=b\n"},
                 {PT_QUERY_LIST, "since=yesterday\n"},
                 {PT_QUERY_LIST, "until=2026-02-30\n"},
                 {PT_QUERY_LIST, "limit=0\n"},
                 {PT_QUERY_LIST, "limit=100001\n"},
                 {PT_QUERY_LIST, "limit=-1\n"},
                 {PT_QUERY_LIST, "from=x\n"},
                 {PT_QUERY_SHOW, ""},
                 {PT_QUERY_SHOW, "seq=one\n"},
                 {PT_QUERY_SHOW, "exchange=nope\n"},
                 {PT_QUERY_SHOW, "seq=1\nexchange=019ab000-0000-7000-8000-000000000000\n"},
                 {PT_QUERY_PROVE, ""},
                 {PT_QUERY_NOTE, ""},
                 {PT_QUERY_NOTE, "class=anything\n"}};
    struct logkit kit;
    struct peer peer;

    log_make(&kit, 2U, 1U);
    peer_init(&peer, &kit);
    for (size_t i = 0; i < PT_COUNT(TABLE); i++) {
        cr_assert(pt_ok(ask(&peer, TABLE[i].op, TABLE[i].text)));
        cr_expect_eq(peer.end_code, PT_E_SYNTAX, "row %zu: %s", i, pt_code_name(peer.end_code));
        cr_expect_eq(peer.nrows, 0U);
    }
    cr_expect_eq(peer.traces, 0U);
    peer_done(&peer);
    logkit_done(&kit);
}

Test(service, frames_that_are_no_question_end_the_connection)
{
    struct logkit kit;
    struct peer peer;
    struct pt_buf frame;

    log_make(&kit, 1U, 1U);
    peer_init(&peer, &kit);
    cr_expect_eq(pt_service_query(&peer.service, PT_SLICE_EMPTY, 0U).code, PT_E_PROTOCOL);
    cr_expect_eq(pt_service_query(&peer.service, PT_SLICE("PT garbage"), 0U).code, PT_E_PROTOCOL);
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    pt_ipc_begin(&frame, PT_MSG_RECORD); /* a tool may not append */
    cr_assert(pt_ok(pt_ipc_end(&frame)));
    cr_expect_eq(pt_service_query(&peer.service, pt_buf_slice(&frame), 0U).code, PT_E_PROTOCOL);
    cr_expect_eq(pt_service_exchange(&peer.service, pt_buf_slice(&frame), true).code,
                 PT_E_PROTOCOL);
    pt_ipc_begin(&frame, PT_MSG_QUERY);
    pt_ipc_put_u8(&frame, PT_QUERY_LIST);
    pt_ipc_put_bytes(&frame, PT_SLICE(""));
    pt_ipc_put_u8(&frame, 0U); /* a byte too many */
    cr_assert(pt_ok(pt_ipc_end(&frame)));
    cr_expect_eq(pt_service_query(&peer.service, pt_buf_slice(&frame), 0U).code, PT_E_PROTOCOL);
    cr_expect(!peer.ended);
    pt_buf_done(&frame);
    peer_done(&peer);
    logkit_done(&kit);
}

Test(service, a_peer_that_leaves_ends_the_answer)
{
    struct logkit kit;
    struct peer peer;

    log_make(&kit, 5U, 1U);
    peer_init(&peer, &kit);
    peer.fail_after = 3U;
    cr_expect_eq(ask(&peer, PT_QUERY_LIST, "").code, PT_E_CLOSED);
    cr_expect_eq(peer.nrows, 3U);
    cr_expect(!peer.ended);
    cr_expect_eq(peer.traces, 1U, "it was traced all the same");
    peer_done(&peer);
    logkit_done(&kit);
}

Test(service, what_is_not_there_is_said_and_traced)
{
    struct logkit kit;
    struct peer peer;

    log_make(&kit, 1U, 1U);
    peer_init(&peer, &kit);
    cr_assert(pt_ok(ask(&peer, PT_QUERY_SHOW, "seq=4000\n")));
    cr_expect_eq(peer.end_code, PT_E_ABSENT);
    cr_assert(pt_ok(ask(&peer, PT_QUERY_SHOW, "exchange=019ab000-0000-7000-8000-000000000000\n")));
    cr_expect_eq(peer.end_code, PT_E_ABSENT);
    cr_expect_eq(peer.traces, 2U);
    cr_assert(pt_ok(ask(&peer, PT_QUERY_PROVE, "seq=4000\n")));
    cr_expect_eq(peer.end_code, PT_E_ABSENT);
    peer_done(&peer);
    logkit_done(&kit);
}

/* --- answered
 * ------------------------------------------------------------------------------------------ */

Test(service, a_list_gives_its_rows_its_end_and_leaves_its_trace_LOG_08)
{
    struct logkit kit;
    struct peer peer;
    struct pt_entry entry;

    log_make(&kit, 6U, 2U);
    peer_init(&peer, &kit);
    cr_assert(pt_ok(ask(&peer, PT_QUERY_LIST, "outcome=delivered\nlimit=4\n")));
    cr_expect_eq(peer.end_code, PT_OK);
    cr_expect_eq(peer.nrows, 4U);
    cr_expect_eq(peer.end_rows, 4U);
    cr_expect_gt(peer.end_next, 0U);
    cr_expect(holds(&peer, "\"outcome\":\"delivered\"") && !holds(&peer, "\"type\":\"asked\""));
    cr_assert(pt_ok(pt_archive_get(peer.archive, pt_journal_size(kit.journal) - 1U, &entry)));
    cr_expect_eq(entry.record.type, PT_ENTRY_READ);
    cr_expect_eq(entry.record.count, 4U);
    cr_expect(pt_slice_eq(entry.record.filter, PT_SLICE("list")));
    cr_expect(pt_slice_eq(entry.record.client, PT_SLICE("unix:1000")));
    peer_done(&peer);
    logkit_done(&kit);
}

Test(service, a_list_never_shows_its_own_trace)
{
    struct logkit kit;
    struct peer peer;

    log_make(&kit, 2U, 2U);
    peer_init(&peer, &kit);
    const uint64_t size = pt_journal_size(kit.journal);
    cr_assert(pt_ok(ask(&peer, PT_QUERY_LIST, "")));
    cr_expect_eq(peer.nrows, size);
    cr_expect_eq(peer.end_next, 0U);
    cr_expect(!holds(&peer, "\"type\":\"read\""));
    cr_assert(pt_ok(ask(&peer, PT_QUERY_LIST, "type=read\n")));
    cr_expect_eq(peer.nrows, 1U, "but the next one shows it");
    peer_done(&peer);
    logkit_done(&kit);
}

Test(service, an_exchange_is_shown_by_its_two_ends_and_an_entry_by_its_number)
{
    struct logkit kit;
    struct peer peer;
    char text[128];
    char id[PT_UUID_TEXT + 1U];

    log_make(&kit, 1U, 1U);
    peer_init(&peer, &kit);
    struct logkit then = kit;
    then.now_ms = LOGKIT_START_MS;
    const struct pt_uuid uuid = logkit_uuid(&then, 0U);
    pt_uuid_text(&uuid, id);
    (void)snprintf(text, sizeof text, "exchange=%s\n", id);
    cr_assert(pt_ok(ask(&peer, PT_QUERY_SHOW, text)));
    cr_expect_eq(peer.nrows, 2U);
    cr_expect(holds(&peer, "\"type\":\"asked\"") && holds(&peer, "\"type\":\"answered\""));
    cr_expect(holds(&peer, id));
    cr_assert(pt_ok(ask(&peer, PT_QUERY_SHOW, "seq=0\n")));
    cr_expect_eq(peer.nrows, 1U);
    cr_assert(pt_ok(ask(&peer, PT_QUERY_PROVE, "seq=0\n")));
    cr_expect(holds(&peer, "c2sp.org/tlog-proof@v1"));
    cr_assert(pt_ok(ask(&peer, PT_QUERY_STATS, "")));
    cr_expect(holds(&peer, "\"asked\":1,\"answered\":1"), "%.*s", (int)peer.rows.len,
              peer.rows.ptr);
    cr_expect(holds(&peer, "\"delivered\":1"));
    cr_assert(pt_ok(ask(&peer, PT_QUERY_NOTE, "class=verify\n")));
    cr_expect_eq(peer.nrows, 0U);
    cr_expect_eq(peer.traces, 5U);
    peer_done(&peer);
    logkit_done(&kit);
}

Test(service, memory_that_runs_out_is_said_and_leaks_nothing)
{
    struct logkit kit;
    struct peer peer;

    log_make(&kit, 2U, 2U);
    peer_init(&peer, &kit);
    peer.service.trace = NULL;
    TORTURE(nth)
    {
        struct pt_buf frame;
        pt_buf_clear(&peer.rows);
        pt_buf_put_str(&peer.rows, "room"); /* the peer's own memory is not what is tested */
        peer.nrows = 0;
        peer.ended = false;
        pt_buf_init(&frame, PT_IPC_FRAME_MAX);
        pt_ipc_begin(&frame, PT_MSG_QUERY);
        pt_ipc_put_u8(&frame, PT_QUERY_LIST);
        pt_ipc_put_bytes(&frame, PT_SLICE("limit=2\n"));
        cr_assert(pt_ok(pt_ipc_end(&frame)));
        torture_arm(nth);
        const pt_status st = pt_service_query(&peer.service, pt_buf_slice(&frame), 1U);
        torture_disarm();
        pt_buf_done(&frame);
        if (pt_ok(st) && peer.ended && peer.end_code == PT_OK && peer.nrows == 2U) {
            break;
        }
        cr_assert_lt(nth, 200U);
    }
    peer_done(&peer);
    logkit_done(&kit);
}

/* --- gates
 * ---------------------------------------------------------------------------------------------- */

static pt_status get(struct peer *peer, enum pt_msg type, const struct pt_uuid *id,
                     const char *client, bool last)
{
    struct pt_buf frame;

    pt_buf_clear(&peer->rows);
    peer->nrows = 0;
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    pt_ipc_begin(&frame, (uint8_t)type);
    pt_ipc_put_u64(&frame, 4242U);
    pt_ipc_put_fixed(&frame, id->bytes, PT_UUID_LEN);
    pt_ipc_put_bytes(&frame, pt_slice_str(client));
    cr_assert(pt_ok(pt_ipc_end(&frame)));
    const pt_status st = pt_service_exchange(&peer->service, pt_buf_slice(&frame), last);
    pt_buf_done(&frame);
    return st;
}

Test(service, a_gate_gets_its_clients_exchange_and_no_other)
{
    struct logkit kit;
    struct peer peer;
    struct pt_entry entry;

    log_make(&kit, 1U, 1U);
    peer_init(&peer, &kit);
    struct logkit then = kit;
    then.now_ms = LOGKIT_START_MS;
    const struct pt_uuid id = logkit_uuid(&then, 0U);
    cr_assert(pt_ok(get(&peer, PT_MSG_STATUS_GET, &id, "grc-publik-000000000009", false)));
    cr_expect_eq(peer.exchange_code, PT_E_ABSENT);
    cr_expect_eq(peer.rows.len, 1U, "an empty text");
    cr_assert(pt_ok(get(&peer, PT_MSG_STATUS_GET, &id, "grc-publik-000000000000", false)));
    cr_expect_eq(peer.exchange_code, PT_OK);
    cr_expect(holds(&peer, "\"outcome\":\"delivered\""));
    cr_assert(pt_ok(pt_archive_get(peer.archive, pt_journal_size(kit.journal) - 1U, &entry)));
    cr_expect(pt_slice_eq(entry.record.client, PT_SLICE("client:grc-publik-000000000000")));
    cr_expect_eq(entry.record.count, 1U);
    cr_assert(pt_ok(get(&peer, PT_MSG_RECEIPT_GET, &id, "grc-publik-000000000000", false)));
    cr_expect_eq(peer.exchange_code, PT_OK);
    struct pt_verdict v;
    cr_assert(pt_ok(pt_verify_receipt(pt_slice_head(pt_buf_slice(&peer.rows), peer.rows.len - 1U),
                                      pt_buf_slice(&kit.vkeys), &v)));
    cr_expect(v.ok, "%s", pt_fault_code(v.fault));
    peer_done(&peer);
    logkit_done(&kit);
}

/* A taken-over gate: its words stand in a `read` entry, beside the records of everybody else. */
Test(service, a_client_that_no_entry_can_hold_is_a_breach_and_leaves_no_trace)
{
    static const char *const clients[] = {"", "a\nb", "grc\x01", "\xff\xfe", "\"", "na\xc3\xafve"};
    struct logkit kit;
    struct peer peer;

    log_make(&kit, 1U, 1U);
    peer_init(&peer, &kit);
    const struct pt_uuid id = logkit_uuid(&kit, 0U);
    for (size_t i = 0; i < PT_COUNT(clients); i++) {
        cr_expect_eq(get(&peer, PT_MSG_STATUS_GET, &id, clients[i], true).code, PT_E_PROTOCOL,
                     "row %zu", i);
    }
    cr_expect(peer.traces == 0U && peer.nrows == 0U);
    peer_done(&peer);
    logkit_done(&kit);
}

Test(service, a_receipt_that_must_wait_is_neither_sent_nor_traced_until_the_last_time)
{
    struct logkit kit;
    struct peer peer;

    logkit_init(&kit, NULL);
    logkit_open(&kit);
    (void)logkit_append(&kit, PT_ENTRY_ASKED, 0U);
    const struct pt_uuid id = logkit_uuid(&kit, 0U);
    peer_init(&peer, &kit);
    cr_expect_eq(get(&peer, PT_MSG_RECEIPT_GET, &id, "grc-publik-000000000000", false).code,
                 PT_E_AGAIN);
    cr_expect(peer.nrows == 0U && peer.traces == 0U);
    cr_expect(pt_ok(get(&peer, PT_MSG_RECEIPT_GET, &id, "grc-publik-000000000000", true)));
    cr_expect_eq(peer.exchange_code, PT_E_AGAIN);
    cr_expect_eq(peer.traces, 1U);
    (void)logkit_seal(&kit);
    cr_expect(pt_ok(get(&peer, PT_MSG_RECEIPT_GET, &id, "grc-publik-000000000000", false)));
    cr_expect_eq(peer.exchange_code, PT_OK);
    peer_done(&peer);
    logkit_done(&kit);
}

Test(service, a_gate_learns_nothing_when_the_reading_cannot_be_traced)
{
    struct logkit kit;
    struct peer peer;

    log_make(&kit, 1U, 1U);
    struct logkit then = kit;
    then.now_ms = LOGKIT_START_MS;
    const struct pt_uuid id = logkit_uuid(&then, 0U);
    peer_init(&peer, &kit);
    peer.no_trace = true;
    cr_assert(pt_ok(get(&peer, PT_MSG_STATUS_GET, &id, "grc-publik-000000000000", false)));
    cr_expect_eq(peer.exchange_code, PT_E_FULL);
    cr_expect_eq(peer.rows.len, 1U);
    peer_done(&peer);
    logkit_done(&kit);
}
