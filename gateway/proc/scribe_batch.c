/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Group commit (audit-log design 2.5): take everything that is queued, one durable transaction,
 * then the waiters. Batching comes from the flush time itself; we linger only when the last batch
 * shows that callers queue and more of them are known to be on their way.
 */
#include "gateway/proc/scribe_int.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define OWN_CHANNEL PT_SCRIBE_CHANNELS_MAX
#define SUPERVISOR  (PT_SCRIBE_CHANNELS_MAX + 1U)
#define LINGER_FROM 4U /* records in the last batch from which lingering pays */

static PT_RESULT listen_to(struct pt_scribe *s, int fd, unsigned which)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = which}};
    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    return PT_SUCCESS;
}

PT_RESULT pt_scribe_listen(struct pt_scribe *s)
{
    PT_TRY(listen_to(s, s->wake, OWN_CHANNEL));
    return listen_to(s, PT_CONTROL_FD, SUPERVISOR);
}

PT_RESULT pt_scribe_add_channel(struct pt_scribe *s, int fd)
{
    for (unsigned i = 0U; i < PT_SCRIBE_CHANNELS_MAX; i++) {
        if (s->channels[i].fd >= 0) {
            continue;
        }
        PT_TRY(listen_to(s, fd, i));
        s->channels[i] = (struct pt_scribe_channel){.fd = fd};
        return PT_SUCCESS;
    }
    return PT_FAIL(PT_E_LIMIT);
}

void pt_scribe_drop_channel(struct pt_scribe *s, unsigned channel)
{
    (void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, s->channels[channel].fd, NULL);
    (void)close(s->channels[channel].fd);
    s->channels[channel] = (struct pt_scribe_channel){.fd = -1};
}

/* The supervisor replaces a gate that breaks the protocol: no lane stays without its channel. */
static void accuse_gate(void)
{
    (void)pt_ok(pt_control_send(PT_CONTROL_FD, PT_MSG_HOSTILE, NULL, 0U));
}

/* --- intake --- */

static bool is_gates(enum pt_entry_type type)
{
    return type == PT_ENTRY_ASKED || type == PT_ENTRY_ANSWERED || type == PT_ENTRY_REFUSED ||
           type == PT_ENTRY_FAILED;
}

static void count_open(struct pt_scribe_channel *channel, enum pt_entry_type type)
{
    if (type == PT_ENTRY_ASKED) {
        channel->open++;
    } else if (type != PT_ENTRY_REFUSED && channel->open > 0U) {
        channel->open--;
    }
}

static PT_RESULT take_record(struct pt_scribe *s, unsigned channel, struct pt_ipc_reader *body)
{
    struct pt_scribe_item *item = &s->items[s->nitems];
    struct pt_record *record = &s->records[s->nitems];
    PT_ENSURE(s->nitems < PT_BATCH_RECORDS_MAX, PT_E_PROTOCOL);
    item->token = pt_ipc_get_u64(body);
    PT_TRY(pt_record_get(body, record));
    PT_ENSURE(is_gates(record->type), PT_E_PROTOCOL);
    item->channel = channel;
    item->own = NULL;
    count_open(&s->channels[channel], record->type);
    s->nitems++;
    return PT_SUCCESS;
}

/* All of a frame or none: what a hostile one began with is not written either. */
static PT_RESULT take_records(struct pt_scribe *s, unsigned channel, struct pt_ipc_reader *body)
{
    const size_t before = s->nitems;
    pt_status st = take_record(s, channel, body);
    while (pt_ok(st) && body->rest.len > 0U && s->nitems < before + PT_IPC_RECORDS_MAX) {
        st = take_record(s, channel, body);
    }
    if (pt_ok(st)) {
        st = pt_ipc_get_end(body);
    }
    if (!pt_ok(st)) {
        s->nitems = before;
        return st;
    }
    s->nbytes += s->frames[s->nframes].len;
    s->nframes++;
    return PT_SUCCESS;
}

/* The row of gate's lanes: records and questions about their own exchanges, nothing else. */
static PT_RESULT take_frame(struct pt_scribe *s, unsigned channel)
{
    struct pt_buf *frame = &s->frames[s->nframes];
    PT_TRY(pt_ipc_recv(s->channels[channel].fd, frame, NULL, NULL));
    uint8_t type = 0U;
    struct pt_ipc_reader body;
    PT_TRY(pt_ipc_open(pt_buf_slice(frame), &type, &body));
    switch (type) {
    case PT_MSG_RECORD:
        return take_records(s, channel, &body);
    case PT_MSG_STATUS_GET:
    case PT_MSG_RECEIPT_GET:
        pt_service_take(s->service, s->channels[channel].fd, pt_buf_slice(frame));
        return PT_SUCCESS;
    default:
        return PT_FAIL_AUX(PT_E_PROTOCOL, type);
    }
}

/* For one more frame of any size. */
static bool has_room(const struct pt_scribe *s)
{
    return s->nitems + PT_IPC_RECORDS_MAX <= PT_BATCH_RECORDS_MAX && s->nbytes < PT_BATCH_BYTES_MAX;
}

/* Questions fill no batch: a gate that only asks, without end, must not keep the others waiting. */
static void drain_channel(struct pt_scribe *s, unsigned channel)
{
    pt_status st = PT_SUCCESS;
    for (unsigned n = 0U; pt_ok(st) && has_room(s) && n < PT_BATCH_RECORDS_MAX; n++) {
        st = take_frame(s, channel);
    }
    if (pt_ok(st) || st.code == PT_E_AGAIN) {
        return;
    }
    if (st.code != PT_E_CLOSED) {
        PT_LOG(&s->log, PT_ERROR, "channel.hostile", PT_F_U64("channel", channel),
               PT_F_STATUS("why", st));
        accuse_gate();
    }
    pt_scribe_drop_channel(s, channel);
}

static void take_own(struct pt_scribe *s)
{
    (void)pthread_mutex_lock(&s->own_lock);
    while (s->own_first != NULL && has_room(s)) {
        struct pt_scribe_own *own = s->own_first;
        s->own_first = own->next;
        s->records[s->nitems] = *own->record;
        s->items[s->nitems].channel = OWN_CHANNEL;
        s->items[s->nitems].own = own;
        s->nitems++;
    }
    (void)pthread_mutex_unlock(&s->own_lock);
}

static int gather(struct pt_scribe *s, int timeout_ms)
{
    struct epoll_event events[PT_SCRIBE_CHANNELS_MAX + 2U];
    const int n = epoll_wait(s->epoll, events, (int)PT_COUNT(events), timeout_ms);
    for (int i = 0; i < n; i++) {
        const unsigned which = events[i].data.u32;
        if (which == OWN_CHANNEL) {
            uint64_t count = 0U;
            (void)!read(s->wake, &count, sizeof count);
        } else if (which == SUPERVISOR) {
            s->told = true;
        } else if (s->channels[which].fd >= 0) {
            drain_channel(s, which);
        }
    }
    take_own(s);
    return n;
}

static uint64_t expected(const struct pt_scribe *s)
{
    uint64_t open = 0U;
    for (unsigned i = 0U; i < PT_SCRIBE_CHANNELS_MAX; i++) {
        open += s->channels[i].fd >= 0 ? s->channels[i].open : 0U;
    }
    return open;
}

static void linger(struct pt_scribe *s)
{
    const uint64_t until = pt_clock_mono_us(&pt_clock_system) + PT_LINGER_US;
    while (has_room(s) && s->nitems < s->last_batch && s->nitems < expected(s) &&
           pt_clock_mono_us(&pt_clock_system) < until) {
        (void)gather(s, 1);
    }
}

/* --- commit and acknowledgement --- */

static void put_ack(struct pt_scribe *s, size_t i, pt_status st)
{
    pt_ipc_put_u64(&s->out, s->items[i].token);
    pt_ipc_put_u32(&s->out, st.code);
    pt_ipc_put_u64(&s->out, s->appended[i].seq);
}

static uint16_t count_of(const struct pt_scribe *s, unsigned channel)
{
    uint16_t n = 0U;
    for (size_t i = 0U; i < s->nitems; i++) {
        n = (uint16_t)(n + (s->items[i].channel == channel ? 1U : 0U));
    }
    return n;
}

static void acknowledge(struct pt_scribe *s, unsigned channel, pt_status st)
{
    const uint16_t n = count_of(s, channel);
    if (n == 0U || s->channels[channel].fd < 0) {
        return;
    }
    pt_buf_clear(&s->out);
    pt_ipc_begin(&s->out, PT_MSG_RECORDED);
    pt_ipc_put_u16(&s->out, n);
    for (size_t i = 0U; i < s->nitems; i++) {
        if (s->items[i].channel == channel) {
            put_ack(s, i, st);
        }
    }
    pt_status sent = pt_ipc_end(&s->out);
    if (pt_ok(sent)) {
        sent = pt_ipc_send(s->channels[channel].fd, pt_buf_slice(&s->out), NULL, 0U);
    }
    if (!pt_ok(sent)) { /* a gate that does not read its acknowledgements is not ours any more */
        if (sent.code != PT_E_CLOSED) {
            PT_LOG(&s->log, PT_ERROR, "channel.deaf", PT_F_STATUS("why", sent));
            accuse_gate();
        }
        pt_scribe_drop_channel(s, channel);
    }
}

static void release_own(struct pt_scribe *s, pt_status st)
{
    (void)pthread_mutex_lock(&s->own_lock);
    for (size_t i = 0U; i < s->nitems; i++) {
        if (s->items[i].own != NULL) {
            s->items[i].own->status = st;
            s->items[i].own->done = true;
        }
    }
    (void)pthread_cond_broadcast(&s->own_done);
    (void)pthread_mutex_unlock(&s->own_lock);
}

static void forget_batch(struct pt_scribe *s)
{
    for (size_t i = 0U; i < s->nframes; i++) {
        pt_buf_clear(&s->frames[i]);
    }
    for (size_t i = 0U; i < s->nitems; i++) {
        s->items[i].own = NULL;
    }
    s->nframes = 0U;
    s->last_batch = s->nitems;
    s->nitems = 0U;
    s->nbytes = 0U;
}

/* On PT_E_FULL the journal stays usable; any other failure leaves it in doubt. */
static PT_RESULT commit(struct pt_scribe *s)
{
    if (s->nitems == 0U) {
        return PT_SUCCESS;
    }
    const pt_status st = pt_journal_append(s->journal, s->records, s->nitems, s->appended);
    for (unsigned c = 0U; c < PT_SCRIBE_CHANNELS_MAX; c++) {
        acknowledge(s, c, st);
    }
    release_own(s, st);
    forget_batch(s);
    if (!pt_ok(st)) {
        PT_LOG(&s->log, PT_ERROR, "log.append", PT_F_STATUS("why", st));
        return st.code == PT_E_FULL ? PT_SUCCESS : st;
    }
    pt_scribe_wake_sealer(s);
    return PT_SUCCESS;
}

PT_RESULT pt_scribe_turn(struct pt_scribe *s, int timeout_ms)
{
    (void)gather(s, timeout_ms);
    if (s->last_batch >= LINGER_FROM) {
        linger(s);
    }
    return commit(s);
}

PT_RESULT pt_scribe_append_one(struct pt_scribe *s, const struct pt_record *record)
{
    struct pt_appended place;
    const pt_status st = pt_journal_append(s->journal, record, 1U, &place);
    if (pt_ok(st)) {
        pt_scribe_wake_sealer(s);
    }
    return st;
}

PT_RESULT pt_scribe_append_wait(struct pt_scribe *s, const struct pt_record *record)
{
    struct pt_scribe_own own = {.record = record, .status = PT_FAIL(PT_E_CLOSED)};
    const uint64_t one = 1U;
    (void)pthread_mutex_lock(&s->own_lock);
    if (!s->own_closed) {
        struct pt_scribe_own **last = &s->own_first;
        while (*last != NULL) {
            last = &(*last)->next;
        }
        *last = &own;
        (void)!write(s->wake, &one, sizeof one);
        while (!own.done && !s->own_closed) {
            (void)pthread_cond_wait(&s->own_done, &s->own_lock);
        }
    }
    (void)pthread_mutex_unlock(&s->own_lock);
    return own.status;
}
