/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The supervisor's loop: signals, messages of the children, delays. Order at start and at reload:
 * scribe serves -> the policy's digest is in the log -> gate applies it.
 */
#include "gateway/proc/supervisor_int.h"

#include "poterne/base/cli.h"
#include "poterne/gateway/door.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t now_ms(void)
{
    return pt_clock_mono_ms(&pt_clock_system);
}

/* --- what the children say --- */

static void announce(struct pt_supervisor *s)
{
    if (s->announced) {
        return;
    }
    s->announced = true;
    static const char line[] = "ready\n";
    (void)!write(STDERR_FILENO, line, sizeof line - 1U);
    pt_notify("READY=1");
}

/* The scribe writes which policy is about to be in force; gate hears of it when that is durable. */
static void declare(struct pt_supervisor *s, const uint8_t policy[static 32])
{
    const pt_status st =
        pt_control_send_bytes(s->scribe.control, PT_MSG_CONF, pt_slice_of(policy, 32U));
    if (pt_ok(st)) {
        s->confs++;
        return;
    }
    PT_LOG(&s->log, PT_ERROR, "conf.unsent", PT_F_STATUS("why", st));
    pt_child_kill(&s->scribe, SIGKILL);
}

static void end_reload(struct pt_supervisor *s, bool taken)
{
    if (s->pending < 0) {
        return;
    }
    if (taken) {
        (void)close(s->bundle);
        s->bundle = s->pending;
        memcpy(s->policy, s->pending_policy, sizeof s->policy);
        pt_crl_taken(s);
        PT_LOG(&s->log, PT_INFO, "reload.done", PT_F_U64("taken", 1U));
    } else {
        (void)close(s->pending);
        PT_LOG(&s->log, PT_ERROR, "reload.refused", PT_F_U64("taken", 0U));
    }
    s->pending = -1;
    s->applying = false;
    pt_notify("READY=1");
}

/* The log knows the policy: gate is started, connected to this scribe, told to reload. */
static PT_RESULT proceed(struct pt_supervisor *s)
{
    if (s->phase != PT_PHASE_RUN) { /* a gate that has drained is not started again */
        return PT_SUCCESS;
    }
    if (s->gate.pid == 0) {
        end_reload(s, true); /* it starts with the new one */
        return s->gate.restart_at_ms == 0U ? pt_child_start_gate(s) : PT_SUCCESS;
    }
    if (!s->connected) {
        PT_TRY(pt_children_connect(s));
    }
    if (s->pending < 0 || s->applying || !s->gate.ready) {
        return PT_SUCCESS;
    }
    s->applying = true;
    s->apply_deadline_ms = now_ms() + PT_START_MS;
    return pt_control_send(s->gate.control, PT_MSG_RELOAD, &s->pending, 1U);
}

static PT_RESULT on_ready(struct pt_supervisor *s, struct pt_child *child)
{
    child->ready = true;
    child->was_ready = true;
    child->ready_at_ms = now_ms();
    PT_LOG(&s->log, PT_INFO, "child.ready", PT_F_STR("child", pt_slice_str(child->name)));
    if (child == &s->scribe) {
        s->confs = 0U;
        declare(s, s->applying ? s->pending_policy : s->policy);
        return PT_SUCCESS;
    }
    announce(s);
    return s->scribe.ready && s->confs == 0U ? proceed(s) : PT_SUCCESS;
}

static PT_RESULT on_conf_done(struct pt_supervisor *s, struct pt_ipc_reader *body)
{
    const uint32_t code = pt_ipc_get_u32(body);
    PT_TRY(pt_ipc_get_end(body));
    PT_ENSURE(s->confs > 0U, PT_E_PROTOCOL);
    s->confs--;
    if (code == PT_OK) {
        return s->confs == 0U ? proceed(s) : PT_SUCCESS;
    }
    PT_LOG(&s->log, PT_ERROR, "conf.failed", PT_F_STATUS("why", PT_FAIL(code)));
    if (s->pending >= 0 && !s->applying) {
        end_reload(s, false);
    } else { /* nothing runs under a policy that the log does not know: begin again */
        pt_child_kill(&s->scribe, SIGKILL);
    }
    return PT_SUCCESS;
}

static PT_RESULT on_reloaded(struct pt_supervisor *s, struct pt_ipc_reader *body)
{
    const uint32_t code = pt_ipc_get_u32(body);
    PT_TRY(pt_ipc_get_end(body));
    PT_ENSURE(s->applying, PT_E_PROTOCOL);
    end_reload(s, code == PT_OK);
    if (code != PT_OK && s->scribe.ready) {
        declare(s, s->policy); /* the log says that the new policy was about to be in force */
    }
    return PT_SUCCESS;
}

/* Who breaks the protocol between gate and scribe is gate: it faces the network. */
static PT_RESULT on_hostile(struct pt_supervisor *s, const struct pt_ipc_reader *body)
{
    PT_TRY(pt_ipc_get_end(body));
    PT_LOG(&s->log, PT_ERROR, "child.hostile", PT_F_STR("child", pt_slice_str(s->gate.name)));
    pt_child_kill(&s->gate, SIGKILL);
    return PT_SUCCESS;
}

static PT_RESULT on_message(struct pt_supervisor *s, struct pt_child *child,
                            struct pt_control_message *message)
{
    switch (message->type) {
    case PT_MSG_READY:
        return on_ready(s, child);
    case PT_MSG_CONF_DONE:
        PT_ENSURE(child == &s->scribe, PT_E_PROTOCOL);
        return on_conf_done(s, &message->body);
    case PT_MSG_RELOADED:
        PT_ENSURE(child == &s->gate, PT_E_PROTOCOL);
        return on_reloaded(s, &message->body);
    case PT_MSG_HOSTILE:
        PT_ENSURE(child == &s->scribe, PT_E_PROTOCOL);
        return on_hostile(s, &message->body);
    default:
        return PT_FAIL(PT_E_PROTOCOL);
    }
}

/* A child that breaks the protocol is taken for a hostile one: it dies, and that is said. */
static void hear(struct pt_supervisor *s, struct pt_child *child)
{
    struct pt_buf frame;
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    pt_status st = PT_SUCCESS;
    while (pt_ok(st)) {
        struct pt_control_message message;
        st = pt_control_recv(child->control, PT_ROLE_SUPERVISOR, &frame, &message);
        if (pt_ok(st)) {
            for (size_t i = 0U; i < message.nfds; i++) {
                (void)close(message.fds[i]);
            }
            st = on_message(s, child, &message);
        }
    }
    pt_buf_done(&frame);
    if (st.code == PT_E_AGAIN) {
        return;
    }
    if (st.code != PT_E_CLOSED) {
        PT_LOG(&s->log, PT_ERROR, "child.hostile", PT_F_STR("child", pt_slice_str(child->name)),
               PT_F_STATUS("why", st));
    }
    pt_child_kill(child, SIGKILL); /* nobody who hangs up stays; most are ending anyway */
}

/* --- signals --- */

static void begin_stop(struct pt_supervisor *s)
{
    if (s->phase != PT_PHASE_RUN) {
        return;
    }
    pt_notify("STOPPING=1");
    PT_LOG(&s->log, PT_INFO, "stopping", PT_F_U64("drain_ms", PT_DRAIN_MS));
    s->phase = PT_PHASE_DRAIN_GATE;
    s->phase_deadline_ms = now_ms() + PT_DRAIN_MS + 2000U;
    if (s->gate.pid != 0 && !pt_ok(pt_control_send(s->gate.control, PT_MSG_DRAIN, NULL, 0U))) {
        pt_child_kill(&s->gate, SIGTERM);
    }
}

/* RGS-02: what runs is not what was homologated. It may, and it is said. */
static void report_drift(const struct pt_supervisor *s, const struct pt_loaded *loaded)
{
    if (loaded->other_program || loaded->other_configuration) {
        PT_LOG(&s->log, PT_WARN, "homologation_drift",
               PT_F_U64("program", loaded->other_program ? 1U : 0U),
               PT_F_U64("configuration", loaded->other_configuration ? 1U : 0U));
    }
}

static bool is_reload_busy(const struct pt_supervisor *s)
{
    return s->pending >= 0 || !s->scribe.ready;
}

static void begin_reload(struct pt_supervisor *s)
{
    s->wanted = s->phase == PT_PHASE_RUN && is_reload_busy(s);
    if (s->wanted || s->phase != PT_PHASE_RUN) {
        PT_LOG(&s->log, PT_WARN, "reload.busy", PT_F_U64("later", s->wanted ? 1U : 0U));
        return;
    }
    pt_notify("RELOADING=1");
    struct pt_loaded loaded;
    const pt_status st = pt_supervisor_load(s->options, &loaded);
    if (!pt_ok(st)) {
        PT_LOG(&s->log, PT_ERROR, "reload.refused", PT_F_STATUS("why", st));
        pt_notify("READY=1");
        return;
    }
    report_drift(s, &loaded);
    s->pending = loaded.bundle;
    s->pending_crl = loaded.crl;
    memcpy(s->pending_policy, loaded.policy, sizeof loaded.policy);
    declare(s, s->pending_policy);
}

/* A new list changes no policy: nothing is declared to the log, gate takes it as it is. */
static void watch_crl(struct pt_supervisor *s, uint64_t now)
{
    if (is_reload_busy(s) || s->confs != 0U) {
        return;
    }
    pt_status st = pt_crl_watch(s, now);
    if (!pt_ok(st)) {
        PT_LOG(&s->log, PT_ERROR, "reload.refused", PT_F_STATUS("why", st));
        return;
    }
    if (s->pending >= 0) {
        st = proceed(s);
    }
    if (!pt_ok(st)) {
        pt_child_kill(&s->gate, SIGKILL); /* it starts again with what is in force */
    }
}

/* A reload that gate was applying dies with it: the log says again which policy is in force. One
 * that the log does not know yet dies with the scribe. */
static void bury_child(struct pt_supervisor *s, struct pt_child *child, int status)
{
    if (child == &s->gate && s->applying) {
        end_reload(s, false);
        if (s->scribe.ready) {
            declare(s, s->policy);
        }
    } else if (child == &s->scribe && !s->applying) {
        end_reload(s, false);
    }
    memset(s->crl_tried, 0, sizeof s->crl_tried); /* it may not have been the list's fault */
    s->crl_ended = false;
    s->connected = false;
    pt_child_died(s, child, status);
}

static void bury(struct pt_supervisor *s)
{
    int status = 0;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    while (pid > 0) {
        struct pt_child *child = pid == s->gate.pid     ? &s->gate
                                 : pid == s->scribe.pid ? &s->scribe
                                                        : NULL;
        if (child != NULL) {
            bury_child(s, child, status);
        }
        pid = waitpid(-1, &status, WNOHANG);
    }
}

static void take_signals(struct pt_supervisor *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        switch (info.ssi_signo) {
        case SIGHUP:
            begin_reload(s);
            break;
        case SIGCHLD:
            bury(s);
            break;
        default:
            begin_stop(s);
            break;
        }
    }
}

/* --- delays --- */

static void restart_due(struct pt_supervisor *s, uint64_t now)
{
    pt_status st = PT_SUCCESS;
    if (s->scribe.pid == 0 && s->scribe.restart_at_ms <= now) {
        st = pt_child_start_scribe(s);
    }
    const bool declared = s->scribe.ready && s->confs == 0U && s->pending < 0;
    if (pt_ok(st) && s->gate.pid == 0 && declared && s->gate.restart_at_ms != 0U &&
        s->gate.restart_at_ms <= now) {
        st = pt_child_start_gate(s);
    }
    if (!pt_ok(st)) {
        PT_LOG(&s->log, PT_ERROR, "child.start", PT_F_STATUS("why", st));
    }
}

static void kill_late(struct pt_supervisor *s, struct pt_child *child, uint64_t now)
{
    const bool silent = child == &s->gate && s->applying && s->apply_deadline_ms <= now;
    if (child->pid != 0 && (silent || (!child->ready && child->deadline_ms <= now))) {
        PT_LOG(&s->log, PT_ERROR, "child.late", PT_F_STR("child", pt_slice_str(child->name)));
        pt_child_kill(child, SIGKILL);
        child->deadline_ms = now + PT_START_MS;
        s->apply_deadline_ms = child->deadline_ms;
    }
}

static void advance_stop(struct pt_supervisor *s, uint64_t now)
{
    struct pt_child *child = s->phase == PT_PHASE_DRAIN_GATE ? &s->gate : &s->scribe;
    if (child->pid != 0) {
        if (now >= s->phase_deadline_ms) {
            pt_child_kill(child, SIGKILL);
        }
        return;
    }
    if (s->phase == PT_PHASE_DRAIN_SCRIBE) {
        s->phase = PT_PHASE_END;
        return;
    }
    s->phase = PT_PHASE_DRAIN_SCRIBE;
    s->phase_deadline_ms = now + PT_DRAIN_MS;
    if (s->scribe.pid != 0 && !pt_ok(pt_control_send(s->scribe.control, PT_MSG_DRAIN, NULL, 0U))) {
        pt_child_kill(&s->scribe, SIGTERM);
    }
}

static void advance(struct pt_supervisor *s)
{
    const uint64_t now = now_ms();
    if (s->phase == PT_PHASE_RUN) {
        restart_due(s, now);
        kill_late(s, &s->gate, now);
        kill_late(s, &s->scribe, now);
        if (s->wanted && !is_reload_busy(s)) {
            begin_reload(s);
        }
        watch_crl(s, now);
        return;
    }
    advance_stop(s, now);
}

static void turn(struct pt_supervisor *s)
{
    struct pollfd fds[] = {{.fd = s->signals, .events = POLLIN},
                           {.fd = s->gate.control, .events = POLLIN},
                           {.fd = s->scribe.control, .events = POLLIN}};
    if (poll(fds, PT_COUNT(fds), 100) < 0 && errno != EINTR) {
        PT_BUG_ON(errno != ENOMEM);
        return;
    }
    if (fds[1].revents != 0 && s->gate.control >= 0) {
        hear(s, &s->gate);
    }
    if (fds[2].revents != 0 && s->scribe.control >= 0) {
        hear(s, &s->scribe);
    }
    if (fds[0].revents != 0) {
        take_signals(s);
    }
    bury(s);
    advance(s);
}

/* --- start and end --- */

static PT_RESULT open_signals(int *ret_fd)
{
    sigset_t set;
    (void)sigemptyset(&set);
    const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    for (size_t i = 0U; i < PT_COUNT(numbers); i++) {
        (void)sigaddset(&set, numbers[i]);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    const int fd = sigprocmask(SIG_BLOCK, &set, NULL) == 0
                       ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)
                       : -1;
    if (fd < 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    *ret_fd = fd;
    return PT_SUCCESS;
}

static PT_RESULT open_listeners(struct pt_supervisor *s, const struct pt_loaded *loaded)
{
    uint16_t port = 0U;
    PT_TRY(pt_door_listen(pt_slice_str(loaded->grc), s->gate_settings.lanes, s->grc, &port));
    uint16_t metrics = 0U;
    if (loaded->metrics[0] != '\0') {
        PT_TRY(pt_door_listen(pt_slice_str(loaded->metrics), 1U, &s->metrics, &metrics));
    }
    PT_LOG(&s->log, PT_INFO, "listening", PT_F_U64("grc", port), PT_F_U64("metrics", metrics));
    return PT_SUCCESS;
}

static void close_all(struct pt_supervisor *s)
{
    for (size_t i = 0U; i < PT_COUNT(s->grc); i++) {
        if (s->grc[i] >= 0) {
            (void)close(s->grc[i]);
        }
    }
    const int others[] = {s->metrics, s->bundle, s->pending, s->signals};
    for (size_t i = 0U; i < PT_COUNT(others); i++) {
        if (others[i] >= 0) {
            (void)close(others[i]);
        }
    }
}

static void init(struct pt_supervisor *s, const struct pt_supervisor_options *options)
{
    *s = (struct pt_supervisor){.options = options,
                                .log = {.fd = STDERR_FILENO,
                                        .min = PT_INFO,
                                        .role = "supervisor",
                                        .clock = &pt_clock_system},
                                .metrics = -1,
                                .bundle = -1,
                                .pending = -1,
                                .signals = -1};
    for (size_t i = 0U; i < PT_COUNT(s->grc); i++) {
        s->grc[i] = -1;
    }
    pt_child_init(&s->gate, PT_ROLE_GATE, "gate");
    pt_child_init(&s->scribe, PT_ROLE_SCRIBE, "scribe");
}

static PT_RESULT start(struct pt_supervisor *s)
{
    struct pt_loaded loaded;
    PT_TRY(pt_supervisor_load(s->options, &loaded));
    s->bundle = loaded.bundle;
    s->crl = loaded.crl;
    s->crl_look_ms = now_ms() + s->crl.poll_s * 1000ULL;
    memcpy(s->policy, loaded.policy, sizeof s->policy);
    s->gate_settings = loaded.gate;
    s->scribe_settings = loaded.scribe;
    report_drift(s, &loaded);
    PT_TRY(open_signals(&s->signals));
    PT_TRY(open_listeners(s, &loaded));
    return pt_child_start_scribe(s);
}

static int code_of_start(pt_status st)
{
    switch (st.code) {
    case PT_E_SCHEMA:
    case PT_E_ABSENT:
    case PT_E_SYNTAX:
        return PT_EXIT_CONFIG;
    default:
        return st.aux == EACCES || st.aux == EPERM ? PT_EXIT_PERMISSION : PT_EXIT_UNAVAILABLE;
    }
}

static int run(struct pt_supervisor *s)
{
    pt_status st = pt_process_no_dump();
    if (pt_ok(st)) {
        st = start(s);
    }
    if (!pt_ok(st)) {
        PT_LOG(&s->log, PT_ERROR, "start.failed", PT_F_STATUS("why", st));
        s->exit_code = code_of_start(st);
        s->phase = PT_PHASE_DRAIN_GATE;
        s->phase_deadline_ms = now_ms();
    }
    while (s->phase != PT_PHASE_END) {
        turn(s);
    }
    close_all(s);
    PT_LOG(&s->log, PT_INFO, "stopped", PT_F_U64("code", (uint64_t)s->exit_code));
    return s->exit_code;
}

/* Several paths long: not for the stack. */
int pt_supervisor_run(const struct pt_supervisor_options *options)
{
    struct pt_supervisor *s = malloc(sizeof *s);
    PT_BUG_ON(s == NULL);
    init(s, options);
    const int code = run(s);
    free(s);
    return code;
}
