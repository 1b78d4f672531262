/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The scribe: the only writer of the log, holder of its keys, no network. This thread takes
 * records, commits them, acknowledges; it also hears the supervisor.
 */
#include "gateway/proc/scribe_int.h"

#include "poterne/base/cli.h"
#include "poterne/gateway/supervisor.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* --- what the supervisor says --- */

static PT_RESULT on_conf(struct pt_scribe *s, struct pt_ipc_reader *body)
{
    struct pt_record record = {.type = PT_ENTRY_CONF};
    pt_ipc_get_fixed(body, record.conf, sizeof record.conf);
    PT_TRY(pt_ipc_get_end(body));
    const pt_status st = pt_scribe_append_one(s, &record);
    return pt_control_send_u32(PT_CONTROL_FD, PT_MSG_CONF_DONE, st.code);
}

static PT_RESULT on_incident(struct pt_scribe *s, const struct pt_ipc_reader *body)
{
    const struct pt_record record = {.type = PT_ENTRY_GAP,
                                     .reason = pt_slice_head(body->rest, 64U)};
    return pt_scribe_append_one(s, &record);
}

static PT_RESULT on_channels(struct pt_scribe *s, struct pt_control_message *message)
{
    (void)pt_ipc_get_u16(&message->body);
    PT_TRY(pt_ipc_get_end(&message->body));
    for (size_t i = 0U; i < message->nfds; i++) {
        PT_TRY(pt_scribe_add_channel(s, message->fds[i]));
    }
    return PT_SUCCESS;
}

static PT_RESULT on_message(struct pt_scribe *s, struct pt_control_message *message)
{
    switch (message->type) {
    case PT_MSG_CONF:
        return on_conf(s, &message->body);
    case PT_MSG_INCIDENT:
        return on_incident(s, &message->body);
    case PT_MSG_CHANNELS:
        return on_channels(s, message);
    case PT_MSG_DRAIN:
        s->draining = true;
        return PT_SUCCESS;
    default:
        return PT_FAIL(PT_E_PROTOCOL);
    }
}

static PT_RESULT hear(struct pt_scribe *s)
{
    struct pt_buf frame;
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    pt_status st = PT_SUCCESS;
    while (pt_ok(st)) {
        struct pt_control_message message;
        st = pt_control_recv(PT_CONTROL_FD, PT_ROLE_SCRIBE, &frame, &message);
        if (pt_ok(st)) {
            st = on_message(s, &message);
        }
    }
    pt_buf_done(&frame);
    return st.code == PT_E_AGAIN ? PT_SUCCESS : st;
}

/* --- start --- */

/* SETTINGS then START, before anything else. */
static PT_RESULT receive_start(struct pt_scribe *s)
{
    struct pt_buf frame;
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    bool started = false;
    pt_status st = PT_SUCCESS;
    while (pt_ok(st) && !started) {
        struct pt_control_message message;
        st = pt_control_wait(PT_CONTROL_FD, PT_START_MS);
        if (pt_ok(st)) {
            st = pt_control_recv(PT_CONTROL_FD, PT_ROLE_SCRIBE, &frame, &message);
        }
        if (pt_ok(st) && message.type == PT_MSG_SETTINGS) {
            st = pt_settings_get(&message.body, &s->settings);
        } else if (pt_ok(st)) {
            started = message.type == PT_MSG_START;
            st = started ? PT_SUCCESS : PT_FAIL(PT_E_PROTOCOL);
        }
    }
    pt_buf_done(&frame);
    return st;
}

static PT_RESULT init(struct pt_scribe *s)
{
    s->log = (struct pt_log){
        .fd = STDERR_FILENO, .min = PT_INFO, .role = "scribe", .clock = &pt_clock_system};
    for (unsigned i = 0U; i < PT_SCRIBE_CHANNELS_MAX; i++) {
        s->channels[i].fd = -1;
    }
    for (size_t i = 0U; i < PT_BATCH_RECORDS_MAX; i++) {
        pt_buf_init(&s->frames[i], PT_IPC_FRAME_MAX);
    }
    pt_buf_init(&s->out, PT_IPC_FRAME_MAX);
    if (pthread_mutex_init(&s->own_lock, NULL) != 0 || pthread_cond_init(&s->own_done, NULL) != 0) {
        return PT_FAIL(PT_E_NOMEM);
    }
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->wake = eventfd(0U, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->epoll < 0 || s->wake < 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    return pt_scribe_listen(s);
}

/* What this start found: the boot entry, and a gap entry when exchanges have no end. */
static PT_RESULT declare(struct pt_scribe *s, const struct pt_journal_boot *boot)
{
    const struct pt_record records[] = {
        {.type = PT_ENTRY_BOOT,
         .reason = boot->clean ? PT_SLICE("clean") : PT_SLICE("crash"),
         .count = boot->size},
        {.type = PT_ENTRY_GAP, .reason = PT_SLICE("no-end"), .count = boot->open_exchanges}};
    struct pt_appended places[PT_COUNT(records)];
    /* one transaction: a crash between the two would forget what has no end */
    PT_TRY(pt_journal_append(s->journal, records, boot->open_exchanges > 0U ? 2U : 1U, places));
    pt_scribe_wake_sealer(s);
    return PT_SUCCESS;
}

/*
 * All threads of this process: on a core that it shares, gate finishes what it is at before the
 * scribe runs, and what gate has sent meanwhile is one batch. An idle core wakes the scribe at
 * once.
 */
static void yield_to_gate(void)
{
    const struct sched_param none = {.sched_priority = 0};
    (void)sched_setscheduler(0, SCHED_BATCH, &none); /* only speed depends on it */
}

static PT_RESULT start(struct pt_scribe *s)
{
    struct pt_journal_boot boot = {0};
    yield_to_gate();
    PT_TRY(init(s));
    PT_TRY(receive_start(s));
    PT_TRY(pt_process_drop(s->settings.user, (uid_t)-1));
    PT_TRY(pt_scribe_open_journal(s, &boot));
    PT_LOG(&s->log, PT_INFO, "log.open", PT_F_U64("entries", boot.size),
           PT_F_U64("rebuilt", boot.rebuilt), PT_F_U64("clean", boot.clean ? 1U : 0U));
    PT_TRY(pt_service_start(s, &s->service)); /* before the sealer, which tells it */
    PT_TRY(pt_scribe_start_sealer(s));
    PT_TRY(declare(s, &boot));
    return pt_control_send(PT_CONTROL_FD, PT_MSG_READY, NULL, 0U);
}

/* --- life and end --- */

static PT_RESULT serve(struct pt_scribe *s)
{
    while (!s->draining) {
        PT_TRY(pt_scribe_turn(s, -1));
        if (s->told) {
            s->told = false;
            PT_TRY(hear(s));
        }
    }
    /* what gate sent before it ended is still in the channels */
    PT_TRY(pt_scribe_turn(s, 0));
    return PT_SUCCESS;
}

static void refuse_own(struct pt_scribe *s)
{
    (void)pthread_mutex_lock(&s->own_lock);
    s->own_closed = true;
    s->own_first = NULL;
    (void)pthread_cond_broadcast(&s->own_done);
    (void)pthread_mutex_unlock(&s->own_lock);
}

static void stop(struct pt_scribe *s)
{
    refuse_own(s);
    pt_scribe_stop_sealer(s);
    s->service = pt_service_stop(s->service);
    s->journal = pt_journal_close(s->journal);
    s->keys[0] = pt_key_free(s->keys[0]);
    s->keys[1] = pt_key_free(s->keys[1]);
    for (unsigned i = 0U; i < PT_SCRIBE_CHANNELS_MAX; i++) {
        if (s->channels[i].fd >= 0) {
            pt_scribe_drop_channel(s, i);
        }
    }
    for (size_t i = 0U; i < PT_BATCH_RECORDS_MAX; i++) {
        pt_buf_done(&s->frames[i]);
    }
    pt_buf_done(&s->out);
    (void)close(s->epoll);
    (void)close(s->wake);
    free(s);
}

static int code_of(pt_status st)
{
    switch (st.code) {
    case PT_OK:
        return PT_EXIT_OK;
    case PT_E_CORRUPT:
    case PT_E_FORGED:
        return PT_EXIT_INTEGRITY;
    case PT_E_DENIED:
        return PT_EXIT_PERMISSION;
    case PT_E_ABSENT:
        return PT_EXIT_CONFIG;
    default:
        return st.aux == EACCES ? PT_EXIT_PERMISSION : PT_EXIT_NO;
    }
}

int pt_scribe_main(void)
{
    struct pt_scribe *s = calloc(1U, sizeof *s); /* too large for a stack */
    PT_BUG_ON(s == NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN); /* the supervisor says DRAIN, or closes the channel */
    (void)signal(SIGINT, SIG_IGN);
    pt_status st = pt_process_harden();
    if (pt_ok(st)) {
        st = start(s);
    }
    if (!pt_ok(st)) {
        PT_LOG(&s->log, PT_ERROR, "start.failed", PT_F_STATUS("why", st));
        _exit(code_of(st));
    }
    st = serve(s);
    if (pt_ok(st) || st.code == PT_E_CLOSED) {
        stop(s);
        return PT_EXIT_OK;
    }
    /* The journal is in doubt: nothing more is written, the next process recovers (2.1). */
    PT_LOG(&s->log, PT_ERROR, "log.doubt", PT_F_STATUS("why", st));
    _exit(code_of(st));
}
