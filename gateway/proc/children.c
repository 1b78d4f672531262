/* SPDX-License-Identifier: EUPL-1.2 */
/* Starting, feeding, connecting and burying the supervisor's children. */
#include "gateway/proc/supervisor_int.h"

#include "poterne/base/cli.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEADY_MS 60000U /* alive this long: the next restart is quick again */

static uint64_t now_ms(void)
{
    return pt_clock_mono_ms(&pt_clock_system);
}

void pt_child_init(struct pt_child *child, enum pt_role role, const char *name)
{
    *child =
        (struct pt_child){.role = role, .name = name, .control = -1, .delay_ms = PT_RESTART_MIN_MS};
}

static PT_RESULT send_settings(int fd, const struct pt_settings *settings, int bundle)
{
    struct pt_buf frame;
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    pt_ipc_begin(&frame, PT_MSG_SETTINGS);
    pt_status st = pt_settings_put(&frame, settings);
    if (pt_ok(st)) {
        st = pt_ipc_end(&frame);
    }
    if (pt_ok(st)) {
        st = pt_ipc_send(fd, pt_buf_slice(&frame), bundle >= 0 ? &bundle : NULL,
                         bundle >= 0 ? 1U : 0U);
    }
    pt_buf_done(&frame);
    return st;
}

static PT_RESULT spawn(struct pt_child *child)
{
    int pair[2];
    PT_TRY(pt_ipc_pair(pair));
    pid_t pid = 0;
    const pt_status st = pt_process_spawn(child->name, pair[1], &pid);
    (void)close(pair[1]);
    if (!pt_ok(st)) {
        (void)close(pair[0]);
        return st;
    }
    child->pid = pid;
    child->control = pair[0];
    child->ready = false;
    child->restart_at_ms = 0U;
    child->deadline_ms = now_ms() + PT_START_MS;
    return PT_SUCCESS;
}

PT_RESULT pt_child_start_scribe(struct pt_supervisor *s)
{
    PT_TRY(spawn(&s->scribe));
    PT_TRY(send_settings(s->scribe.control, &s->scribe_settings, -1));
    return pt_control_send(s->scribe.control, PT_MSG_START, NULL, 0U);
}

PT_RESULT pt_child_start_gate(struct pt_supervisor *s)
{
    PT_TRY(spawn(&s->gate));
    PT_TRY(send_settings(s->gate.control, &s->gate_settings, s->bundle));
    PT_TRY(pt_control_send_fds(s->gate.control, PT_LISTENER_GRC, s->grc, s->gate_settings.lanes));
    if (s->metrics >= 0) {
        PT_TRY(pt_control_send_fds(s->gate.control, PT_LISTENER_METRICS, &s->metrics, 1U));
    }
    PT_TRY(pt_children_connect(s));
    return pt_control_send(s->gate.control, PT_MSG_START, NULL, 0U);
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        (void)close(fds[i]);
    }
}

PT_RESULT pt_children_connect(struct pt_supervisor *s)
{
    const size_t lanes = s->gate_settings.lanes;
    int gate_ends[PT_LANES_MAX];
    int scribe_ends[PT_LANES_MAX];
    size_t made = 0U;
    pt_status st = PT_SUCCESS;
    while (pt_ok(st) && made < lanes) {
        int pair[2];
        st = pt_ipc_pair(pair);
        if (pt_ok(st)) {
            gate_ends[made] = pair[0];
            scribe_ends[made] = pair[1];
            made++;
        }
    }
    if (pt_ok(st)) {
        st = pt_control_send_fds(s->scribe.control, 0U, scribe_ends, made);
    }
    if (pt_ok(st)) {
        st = pt_control_send_fds(s->gate.control, 0U, gate_ends, made);
    }
    close_all(gate_ends, made);
    close_all(scribe_ends, made);
    s->connected = pt_ok(st);
    return st;
}

void pt_child_kill(struct pt_child *child, int signal_number)
{
    if (child->pid > 0) {
        (void)kill(child->pid, signal_number);
    }
}

static int code_of(int wait_status)
{
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

/* A child that never served, or says that serving again cannot help, stops the daemon. */
static bool is_final(const struct pt_child *child, int code)
{
    return !child->was_ready || code == PT_EXIT_INTEGRITY || code == PT_EXIT_PERMISSION ||
           code == PT_EXIT_CONFIG;
}

void pt_child_died(struct pt_supervisor *s, struct pt_child *child, int wait_status)
{
    const int code = code_of(wait_status);
    const uint64_t now = now_ms();
    (void)close(child->control);
    child->control = -1;
    child->pid = 0;
    const bool steady = child->ready && now - child->ready_at_ms > STEADY_MS;
    child->ready = false;
    if (s->phase != PT_PHASE_RUN) {
        return;
    }
    PT_LOG(&s->log, PT_ERROR, "child.died", PT_F_STR("child", pt_slice_str(child->name)),
           PT_F_U64("code", (uint64_t)code));
    if (is_final(child, code)) {
        s->exit_code = code == 0 ? PT_EXIT_NO : code;
        s->phase = PT_PHASE_DRAIN_GATE;
        s->phase_deadline_ms = now;
        return;
    }
    child->delay_ms = steady ? PT_RESTART_MIN_MS : child->delay_ms;
    child->restart_at_ms = now + child->delay_ms;
    child->delay_ms =
        child->delay_ms * 2U < PT_RESTART_MAX_MS ? child->delay_ms * 2U : PT_RESTART_MAX_MS;
    if (child == &s->gate && s->scribe.ready) {
        (void)pt_ok(
            pt_control_send_bytes(s->scribe.control, PT_MSG_INCIDENT, PT_SLICE("gate-crash")));
    }
}
