/* SPDX-License-Identifier: EUPL-1.2 */
/* A lane's channel to the scribe. */
#include "gateway/exchange/link_int.h"

#include "poterne/wire.h"

#include <unistd.h>

#define NOBODY UINT32_MAX

/* --- waiters --- */

static void release(struct pt_link *link, uint32_t slot)
{
    struct pt_link_waiter *waiter = &link->waiters[slot];
    waiter->done = NULL;
    waiter->ctx = NULL;
    waiter->generation++;
    waiter->next_free = link->first_free;
    link->first_free = slot;
    link->waiting--;
}

static void call(struct pt_link *link, uint32_t slot, pt_status st, pt_slice payload)
{
    const pt_link_done done = link->waiters[slot].done;
    void *ctx = link->waiters[slot].ctx;
    release(link, slot); /* first: done() may send the next request */
    done(ctx, st, payload);
}

static void fail_all(struct pt_link *link, pt_status st)
{
    for (uint32_t slot = 0U; slot < PT_LINK_WAITERS; slot++) {
        if (link->waiters[slot].done != NULL) {
            call(link, slot, st, PT_SLICE_EMPTY);
        }
    }
}

static void answer(struct pt_link *link, uint64_t token, pt_status st, pt_slice payload)
{
    const uint32_t slot = (uint32_t)token;
    if (slot < PT_LINK_WAITERS && link->waiters[slot].done != NULL &&
        link->waiters[slot].generation == (uint32_t)(token >> 32U)) {
        call(link, slot, st, payload);
    }
}

static void on_timer(void *ctx)
{
    struct pt_link *link = ctx;
    const uint64_t now = pt_loop_now_us(link->loop);
    for (uint32_t slot = 0U; slot < PT_LINK_WAITERS; slot++) {
        if (link->waiters[slot].done != NULL && link->waiters[slot].deadline_us <= now) {
            call(link, slot, PT_FAIL(PT_E_TIMEOUT), PT_SLICE_EMPTY);
        }
    }
    if (link->waiting > 0U) {
        pt_timer_arm(link->loop, &link->timer, now + UINT64_C(500000));
    }
}

/* --- what the scribe says --- */

static pt_status status_of(uint32_t code)
{
    return code == PT_OK ? PT_SUCCESS : PT_FAIL(code);
}

static PT_RESULT on_recorded(struct pt_link *link, struct pt_ipc_reader *body)
{
    const uint16_t n = pt_ipc_get_u16(body);
    for (uint16_t i = 0U; i < n && body->error == PT_OK; i++) {
        const uint64_t token = pt_ipc_get_u64(body);
        const uint32_t code = pt_ipc_get_u32(body);
        (void)pt_ipc_get_u64(body);
        if (body->error == PT_OK) {
            answer(link, token, status_of(code), PT_SLICE_EMPTY);
        }
    }
    return pt_ipc_get_end(body);
}

static PT_RESULT on_text(struct pt_link *link, struct pt_ipc_reader *body)
{
    const uint64_t token = pt_ipc_get_u64(body);
    const uint32_t code = pt_ipc_get_u32(body);
    const pt_slice text = pt_ipc_get_bytes(body, PT_IPC_FRAME_MAX);
    PT_TRY(pt_ipc_get_end(body));
    answer(link, token, status_of(code), text);
    return PT_SUCCESS;
}

static PT_RESULT hear(struct pt_link *link)
{
    uint8_t type = 0U;
    struct pt_ipc_reader body;
    PT_TRY(pt_ipc_recv(link->watch.fd, &link->in, NULL, NULL));
    PT_TRY(pt_ipc_open(pt_buf_slice(&link->in), &type, &body));
    switch (type) {
    case PT_MSG_RECORDED:
        return on_recorded(link, &body);
    case PT_MSG_STATUS:
    case PT_MSG_RECEIPT:
        return on_text(link, &body);
    default:
        return PT_FAIL(PT_E_PROTOCOL);
    }
}

static void drop_unsent(struct pt_link *link)
{
    pt_loop_undefer(link->loop, &link->flush);
    pt_buf_clear(&link->out);
    link->nunsent = 0U;
}

static void detach(struct pt_link *link)
{
    drop_unsent(link);
    if (link->watch.fd >= 0) {
        pt_loop_unwatch(link->loop, &link->watch);
        (void)close(link->watch.fd);
        link->watch.fd = -1;
        atomic_store(&link->up, false);
    }
}

static void on_ready(void *ctx, uint32_t events)
{
    struct pt_link *link = ctx;
    (void)events;
    pt_status st = PT_SUCCESS;
    while (pt_ok(st) && link->watch.fd >= 0) {
        st = hear(link);
    }
    if (!pt_ok(st) && st.code != PT_E_AGAIN) {
        detach(link);
        fail_all(link, PT_FAIL(PT_E_CLOSED));
    }
}

/* --- waiting --- */

static uint64_t token_of(const struct pt_link *link, uint32_t slot)
{
    return (uint64_t)link->waiters[slot].generation << 32U | slot;
}

/* The next free slot, whose token is in what was just written. */
static uint32_t take_slot(struct pt_link *link, pt_link_done done, void *ctx)
{
    const uint32_t slot = link->first_free;
    struct pt_link_waiter *waiter = &link->waiters[slot];
    link->first_free = waiter->next_free;
    waiter->done = done;
    waiter->ctx = ctx;
    waiter->deadline_us =
        pt_loop_now_us(link->loop) + (uint64_t)PT_EXCHANGE_RECORD_MS * UINT64_C(1000);
    link->waiting++;
    if (!link->timer.armed) {
        pt_timer_arm(link->loop, &link->timer, pt_loop_now_us(link->loop) + UINT64_C(500000));
    }
    return slot;
}

/* --- records: those of one turn of the loop share a frame --- */

static PT_RESULT send_records(struct pt_link *link)
{
    PT_TRY(pt_ipc_end(&link->out));
    PT_TRY(pt_ipc_send(link->watch.fd, pt_buf_slice(&link->out), NULL, 0U));
    pt_buf_clear(&link->out);
    link->nunsent = 0U;
    return PT_SUCCESS;
}

/* The end of the turn. Whoever hears of a failure may record again: the frame is empty before. */
static void on_flush(void *ctx)
{
    struct pt_link *link = ctx;
    uint32_t slots[PT_IPC_RECORDS_MAX];
    const uint32_t n = link->nunsent;
    memcpy(slots, link->unsent, n * sizeof slots[0]);
    const pt_status st = n > 0U ? send_records(link) : PT_SUCCESS;
    if (pt_ok(st)) {
        return;
    }
    drop_unsent(link);
    for (uint32_t i = 0U; i < n; i++) {
        call(link, slots[i], st, PT_SLICE_EMPTY);
    }
}

/* A frame with room for one more record, whatever its size. */
static PT_RESULT open_frame(struct pt_link *link)
{
    if (link->nunsent == PT_IPC_RECORDS_MAX || link->out.len + PT_RECORD_MAX > PT_IPC_FRAME_MAX) {
        PT_TRY(send_records(link)); /* else the end of the turn tries again, or tells */
        pt_loop_undefer(link->loop, &link->flush);
    }
    if (link->nunsent == 0U) {
        pt_ipc_begin(&link->out, PT_MSG_RECORD);
    }
    return pt_buf_status(&link->out);
}

static PT_RESULT put_record(struct pt_link *link, const struct pt_record *record)
{
    const size_t before = link->out.len;
    pt_ipc_put_u64(&link->out, token_of(link, link->first_free));
    pt_record_put(&link->out, record);
    const pt_status st = pt_buf_status(&link->out);
    if (!pt_ok(st)) { /* the others in the frame are not to suffer for it */
        link->out.len = before;
        link->out.error = PT_OK;
    }
    return st;
}

PT_RESULT pt_link_record(struct pt_link *link, const struct pt_record *record, pt_link_done done,
                         void *ctx)
{
    PT_ENSURE(link->watch.fd >= 0, PT_E_CLOSED);
    PT_ENSURE(link->first_free != NOBODY, PT_E_LIMIT);
    PT_TRY(open_frame(link));
    PT_TRY(put_record(link, record));
    if (link->nunsent == 0U) {
        pt_loop_defer(link->loop, &link->flush);
    }
    link->unsent[link->nunsent] = take_slot(link, done, ctx);
    link->nunsent++;
    return PT_SUCCESS;
}

/* --- questions: at once --- */

static PT_RESULT send_question(struct pt_link *link, const struct pt_link_question *question)
{
    struct pt_buf *frame = &link->question;
    pt_ipc_begin(frame, question->type);
    pt_ipc_put_u64(frame, token_of(link, link->first_free));
    pt_ipc_put_fixed(frame, question->exchange.bytes, PT_UUID_LEN);
    pt_ipc_put_bytes(frame, question->client);
    PT_TRY(pt_ipc_end(frame));
    return pt_ipc_send(link->watch.fd, pt_buf_slice(frame), NULL, 0U);
}

PT_RESULT pt_link_ask(struct pt_link *link, const struct pt_link_question *question,
                      pt_link_done done, void *ctx)
{
    PT_ENSURE(link->watch.fd >= 0, PT_E_CLOSED);
    PT_ENSURE(link->first_free != NOBODY, PT_E_LIMIT);
    const pt_status st = send_question(link, question);
    pt_buf_clear(&link->question);
    PT_TRY(st);
    (void)take_slot(link, done, ctx);
    return PT_SUCCESS;
}

/* --- life --- */

void pt_link_init(struct pt_link *link, struct pt_loop *loop)
{
    link->loop = loop;
    link->watch = (struct pt_watch){.fd = -1, .ready = on_ready, .ctx = link};
    link->timer = (struct pt_timer){.fire = on_timer, .ctx = link};
    link->flush = (struct pt_task){.run = on_flush, .ctx = link};
    pt_buf_init(&link->question, PT_IPC_FRAME_MAX);
    pt_buf_init(&link->out, PT_IPC_FRAME_MAX);
    pt_buf_init(&link->in, PT_IPC_FRAME_MAX);
    for (uint32_t slot = 0U; slot < PT_LINK_WAITERS; slot++) {
        link->waiters[slot].next_free = slot + 1U < PT_LINK_WAITERS ? slot + 1U : NOBODY;
    }
    link->first_free = 0U;
}

void pt_link_done_with(struct pt_link *link)
{
    detach(link);
    fail_all(link, PT_FAIL(PT_E_CLOSED));
    pt_timer_disarm(link->loop, &link->timer);
    pt_buf_done(&link->out);
    pt_buf_done(&link->question);
    pt_buf_done(&link->in);
}

/* Hearing needs no memory afterwards: a moment without must not cost the lane its log. */
static PT_RESULT reserve(struct pt_buf *in)
{
    pt_buf_clear(in);
    return pt_buf_space(in, PT_IPC_FRAME_MAX) != NULL ? PT_SUCCESS : pt_buf_status(in);
}

PT_RESULT pt_link_attach(struct pt_link *link, int fd)
{
    detach(link);
    fail_all(link, PT_FAIL(PT_E_CLOSED));
    link->watch.fd = fd;
    pt_status st = reserve(&link->in);
    if (pt_ok(st)) {
        st = pt_loop_watch(link->loop, &link->watch, PT_LOOP_IN);
    }
    if (!pt_ok(st)) {
        detach(link);
    }
    atomic_store(&link->up, pt_ok(st));
    return st;
}

bool pt_link_is_up(const struct pt_link *link)
{
    return atomic_load(&link->up);
}
