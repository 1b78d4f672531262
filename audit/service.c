/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * service.c -- questions in, frames out, and a `read` entry before each answer (law 7).
 *
 * Law: nothing that came out of the archive is sent before the entry that says so is durable; if it
 * cannot be, nothing is. A list is therefore walked twice over the same numbers: once to count,
 * once to send; the log only grows, so both see the same. Layer 1 (audit).
 */
#include "poterne/audit/service.h"

#include "audit/leaf_int.h"
#include "audit/service_int.h"
#include "poterne/base/num.h"
#include "poterne/wire.h"

/* One answer under work. */
struct answer {
    const struct pt_audit_service *service;
    struct pt_question question;
    pt_slice reader; /* "unix:1000", "client:grc-publik" */
    struct pt_buf frame;
    struct pt_buf text;
    pt_status sent; /* how the last send went */
    uint64_t rows;
    uint64_t next;
};

static void answer_init(struct answer *a, const struct pt_audit_service *service, pt_slice reader)
{
    *a = (struct answer){.service = service, .reader = reader, .sent = PT_SUCCESS};
    pt_buf_init(&a->frame, PT_IPC_FRAME_MAX);
    pt_buf_init(&a->text, PT_IPC_FRAME_MAX - PT_IPC_HEADER - 32U);
}

static void answer_done(struct answer *a)
{
    pt_buf_done(&a->frame);
    pt_buf_done(&a->text);
}

static pt_status send(struct answer *a)
{
    a->sent = pt_ipc_end(&a->frame);
    if (pt_ok(a->sent)) {
        a->sent = a->service->send(a->service->ctx, pt_buf_slice(&a->frame));
    }
    return a->sent;
}

static pt_status send_text(struct answer *a, enum pt_msg type)
{
    pt_ipc_begin(&a->frame, (uint8_t)type);
    pt_ipc_put_bytes(&a->frame, pt_buf_slice(&a->text));
    return send(a);
}

/* @what: stable class of the question; @about: which exchange, sealed with the entry. */
static pt_status trace(struct answer *a, pt_slice what, pt_slice about, uint64_t rows)
{
    const struct pt_record record = {.type = PT_ENTRY_READ,
                                     .client = pt_slice_head(a->reader, PT_ID_MAX),
                                     .filter = what,
                                     .reason = about,
                                     .count = rows};

    a->rows = rows;
    return a->service->trace == NULL ? PT_SUCCESS : a->service->trace(a->service->ctx, &record);
}

/* --- list --------------------------------------------------------------------------------------
 */

static PT_RESULT count_row(void *ctx, const struct pt_entry *entry)
{
    (void)entry;
    (*(uint64_t *)ctx)++;
    return PT_SUCCESS;
}

static PT_RESULT send_row(void *ctx, const struct pt_entry *entry)
{
    struct answer *a = ctx;

    pt_buf_clear(&a->text);
    PT_TRY(pt_entry_json(entry, &a->text));
    return send_text(a, PT_MSG_ROW);
}

static pt_status answer_list(struct answer *a)
{
    struct pt_archive *archive = a->service->archive;
    struct pt_filter filter = a->question.filter;
    uint64_t rows = 0;
    uint64_t next = 0;

    PT_ENSURE(pt_archive_has_keys(archive) || !pt_filter_needs_keys(&filter), PT_E_DENIED);
    PT_TRY(pt_archive_size(archive, &filter.end_seq));
    if (filter.end_seq == 0U) {
        return trace(a, PT_SLICE("list"), PT_SLICE_EMPTY, 0U);
    }
    PT_TRY(pt_archive_list(archive, &filter, count_row, &rows, &a->next));
    PT_TRY(trace(a, PT_SLICE("list"), PT_SLICE_EMPTY, rows));
    filter.limit = rows;
    return pt_archive_list(archive, &filter, send_row, a, &next);
}

/* --- one entry, one exchange ---------------------------------------------------------------------
 */

static pt_status places(struct answer *a, uint64_t ends[static 2], uint64_t *ret_n)
{
    const struct pt_question *q = &a->question;
    uint64_t size = 0;

    PT_ENSURE(q->by_seq != q->by_exchange, PT_E_SYNTAX);
    if (q->by_exchange) {
        PT_TRY(pt_archive_exchange(a->service->archive, &q->exchange, &ends[0], &ends[1]));
        *ret_n = ends[0] == ends[1] ? 1U : 2U;
        return PT_SUCCESS;
    }
    PT_TRY(pt_archive_size(a->service->archive, &size));
    PT_ENSURE(q->seq < size, PT_E_ABSENT);
    ends[0] = q->seq;
    ends[1] = q->seq;
    *ret_n = 1U;
    return PT_SUCCESS;
}

static pt_status trace_place(struct answer *a, pt_slice what, uint64_t rows)
{
    char about[PT_UUID_TEXT + 1U];
    char digits[PT_U64_DIGITS];

    if (a->question.by_exchange) {
        pt_uuid_text(&a->question.exchange, about);
        return trace(a, what, pt_slice_str(about), rows);
    }
    const size_t n = pt_num_format(a->question.seq, digits);
    return trace(a, what, pt_slice_of(digits, n), rows);
}

static pt_status answer_show(struct answer *a)
{
    uint64_t ends[2] = {0, 0};
    uint64_t n = 0;
    struct pt_entry entry;

    const pt_status found = places(a, ends, &n);
    PT_ENSURE(found.code != (uint32_t)PT_E_SYNTAX, PT_E_SYNTAX);
    PT_TRY(trace_place(a, a->question.by_exchange ? PT_SLICE("exchange") : PT_SLICE("entry"),
                       pt_ok(found) ? n : 0U));
    PT_TRY(found);
    for (uint64_t i = 0; i < n; i++) {
        PT_TRY(pt_archive_get(a->service->archive, ends[i], &entry));
        PT_TRY(send_row(a, &entry));
    }
    return PT_SUCCESS;
}

static pt_status answer_prove(struct answer *a)
{
    uint64_t ends[2] = {0, 0};
    uint64_t n = 0;

    PT_TRY(places(a, ends, &n));
    PT_TRY(pt_archive_prove(a->service->archive, ends[1], &a->text));
    PT_TRY(trace_place(a, PT_SLICE("proof"), 1U));
    return send_text(a, PT_MSG_TEXT);
}

static pt_status answer_stats(struct answer *a)
{
    PT_TRY(pt_archive_stats(a->service->archive, &a->text));
    PT_TRY(trace(a, PT_SLICE("stats"), PT_SLICE_EMPTY, 0U));
    return send_text(a, PT_MSG_TEXT);
}

static pt_status answer_note(struct answer *a)
{
    static const pt_slice CLASSES[] = {PT_SLICE_INIT("verify"), PT_SLICE_INIT("export")};

    for (size_t i = 0; i < PT_COUNT(CLASSES); i++) {
        if (pt_slice_eq(CLASSES[i], a->question.class_)) {
            return trace(a, CLASSES[i], PT_SLICE_EMPTY, 0U);
        }
    }
    return PT_FAIL(PT_E_SYNTAX);
}

/* --- the unix socket
 * ------------------------------------------------------------------------------ */

static pt_status answer_op(struct answer *a, uint8_t op, pt_slice text)
{
    PT_TRY(pt_question_parse(text, &a->question));
    switch (op) {
    case PT_QUERY_LIST:
        return answer_list(a);
    case PT_QUERY_SHOW:
        return answer_show(a);
    case PT_QUERY_PROVE:
        return answer_prove(a);
    case PT_QUERY_STATS:
        return answer_stats(a);
    case PT_QUERY_NOTE:
        return answer_note(a);
    default:
        return PT_FAIL(PT_E_SYNTAX);
    }
}

static pt_status send_end(struct answer *a, pt_status st)
{
    PT_TRY(a->sent); /* the peer is gone: nobody hears the end */
    pt_ipc_begin(&a->frame, PT_MSG_END);
    pt_ipc_put_u32(&a->frame, st.code);
    pt_ipc_put_u64(&a->frame, pt_ok(st) ? a->next : 0U);
    pt_ipc_put_u64(&a->frame, pt_ok(st) ? a->rows : 0U);
    return send(a);
}

PT_RESULT pt_service_query(const struct pt_audit_service *service, pt_slice frame, uint32_t uid)
{
    struct pt_ipc_reader reader;
    char name[sizeof "unix:" + PT_U64_DIGITS] = "unix:";
    struct answer a;
    uint8_t type = 0;

    PT_TRY(pt_ipc_open(frame, &type, &reader));
    PT_ENSURE(type == PT_MSG_QUERY, PT_E_PROTOCOL);
    const uint8_t op = pt_ipc_get_u8(&reader);
    const pt_slice text = pt_ipc_get_bytes(&reader, PT_QUERY_TEXT_MAX);
    PT_TRY(pt_ipc_get_end(&reader));
    const size_t n = sizeof "unix:" - 1U;
    answer_init(&a, service, pt_slice_of(name, n + pt_num_format(uid, &name[n])));
    const pt_status st = send_end(&a, answer_op(&a, op, text));
    answer_done(&a);
    return st;
}

/* --- the gate
 * -------------------------------------------------------------------------------------- */

struct request {
    uint64_t token;
    struct pt_uuid exchange;
    pt_slice client;
    bool receipt;
};

static pt_status request_read(pt_slice frame, struct request *ret)
{
    struct request request = {.receipt = false};
    struct pt_ipc_reader reader;
    uint8_t type = 0;

    PT_TRY(pt_ipc_open(frame, &type, &reader));
    PT_ENSURE(type == PT_MSG_STATUS_GET || type == PT_MSG_RECEIPT_GET, PT_E_PROTOCOL);
    request.receipt = type == PT_MSG_RECEIPT_GET;
    request.token = pt_ipc_get_u64(&reader);
    pt_ipc_get_fixed(&reader, request.exchange.bytes, PT_UUID_LEN);
    request.client = pt_ipc_get_bytes(&reader, PT_ID_MAX);
    PT_TRY(pt_ipc_get_end(&reader));
    /* it becomes a part of a `read` entry: one that cannot be written would stop the log */
    PT_ENSURE(request.client.len != 0U && pt_clear_text(request.client), PT_E_PROTOCOL);
    *ret = request;
    return PT_SUCCESS;
}

static pt_status answer_exchange(struct answer *a, const struct request *request, bool last)
{
    struct pt_archive *archive = a->service->archive;

    a->question.by_exchange = true;
    a->question.exchange = request->exchange;
    pt_status st = request->receipt
                       ? pt_archive_receipt(archive, &request->exchange, request->client, &a->text)
                       : pt_archive_status(archive, &request->exchange, request->client, &a->text);
    if (st.code == (uint32_t)PT_E_AGAIN && !last) {
        return st;
    }
    const pt_status traced = trace_place(
        a, request->receipt ? PT_SLICE("receipt") : PT_SLICE("exchange"), pt_ok(st) ? 1U : 0U);
    st = pt_ok(traced) ? st : traced;
    if (!pt_ok(st)) {
        pt_buf_clear(&a->text);
    }
    pt_ipc_begin(&a->frame, request->receipt ? PT_MSG_RECEIPT : PT_MSG_STATUS);
    pt_ipc_put_u64(&a->frame, request->token);
    pt_ipc_put_u32(&a->frame, st.code);
    pt_ipc_put_bytes(&a->frame, pt_buf_slice(&a->text));
    return send(a);
}

PT_RESULT pt_service_exchange(const struct pt_audit_service *service, pt_slice frame, bool last)
{
    struct request request;
    char name[sizeof "client:" + PT_ID_MAX] = "client:";
    struct answer a;

    PT_TRY(request_read(frame, &request));
    const size_t n = sizeof "client:" - 1U;
    memcpy(&name[n], request.client.len != 0U ? request.client.ptr : "", request.client.len);
    answer_init(&a, service, pt_slice_of(name, n + request.client.len));
    const pt_status st = answer_exchange(&a, &request, last);
    answer_done(&a);
    return st;
}
