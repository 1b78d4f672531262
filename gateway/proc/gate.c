/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Gate: the process that faces the network. Its main thread hears the supervisor; each lane is a
 * thread of its own. It opens no file: configuration, keys and descriptors come in a sealed memfd.
 */
#include "gateway/proc/proc_int.h"

#include "poterne/base/cli.h"
#include "poterne/gateway/fetch.h"
#include "poterne/gateway/lane.h"
#include "poterne/gateway/metrics.h"
#include "poterne/gateway/reader.h"
#include "poterne/gateway/supervisor.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define DAY_MS     86400000U
#define NOBODY     65534U /* the user of those who own nothing */
#define REPORT_MAX 1048576U
#define TURN_MS    100U

struct gate {
    struct pt_log log;
    struct pt_settings settings;
    struct pt_snapshot *snapshot;
    struct pt_tls_context *tls;
    int listeners[PT_LANES_MAX];
    int channels[PT_LANES_MAX];
    int metrics_listener;
    struct pt_metrics *metrics;
    struct pt_lane *lanes[PT_LANES_MAX];
    pthread_t threads[PT_LANES_MAX];
    unsigned nlanes;
    unsigned nthreads;
    bool started;
    bool draining;
    uint64_t drain_until_ms;
    atomic_uint running;
};

/* --- configuration --- */

static PT_RESULT make_tls(const struct pt_config *config, struct pt_tls_context **ret_tls)
{
    const struct pt_tls_material material = {.certificate = config->tls_certificate,
                                             .key = pt_secret_slice(config->tls_key),
                                             .clients = PT_TLS_CLIENT_REQUIRED,
                                             .client_ca = config->tls_client_ca,
                                             .client_crl = config->tls_client_crl,
                                             .level = config->tls_client_level};
    return pt_tls_context_new(&material, &pt_clock_system, ret_tls);
}

static PT_RESULT load_bytes(const struct gate *g, pt_slice bytes, struct pt_config **ret_config)
{
    struct pt_reader_bundle bundle;
    PT_TRY(pt_reader_bundle_open(bytes, &bundle));
    const struct pt_reader_port reader = pt_reader_bundle(&bundle);
    const struct pt_config_source source = {
        .reader = &reader,
        .path = g->settings.config_path,
        .datasets = g->settings.datasets,
        .depth = PT_CONFIG_FULL,
        .today = (int32_t)(pt_clock_wall_ms(&pt_clock_system) / DAY_MS)};
    struct pt_buf report; /* the supervisor has printed it already */
    pt_buf_init(&report, REPORT_MAX);
    const pt_status st = pt_config_load(&source, &report, ret_config);
    pt_buf_done(&report);
    return st;
}

static PT_RESULT load_bundle(const struct gate *g, int fd, struct pt_config **ret_config)
{
    struct pt_buf bytes;
    pt_buf_init(&bytes, PT_BUNDLE_MAX);
    pt_status st = pt_memfd_read(fd, &bytes);
    if (pt_ok(st)) {
        st = load_bytes(g, pt_buf_slice(&bytes), ret_config);
    }
    pt_buf_done(&bytes); /* wiped: it held keys and tokens */
    return st;
}

static PT_RESULT load(const struct gate *g, int fd, struct pt_snapshot **ret_snapshot,
                      struct pt_tls_context **ret_tls)
{
    struct pt_config *config = NULL;
    PT_TRY(load_bundle(g, fd, &config));
    struct pt_tls_context *tls = NULL;
    pt_status st = make_tls(config, &tls);
    if (pt_ok(st)) {
        st = pt_snapshot_new(config, ret_snapshot);
    }
    if (!pt_ok(st)) {
        (void)pt_tls_context_free(tls);
        (void)pt_config_free(config);
        return st;
    }
    *ret_tls = tls;
    return PT_SUCCESS;
}

/* --- lanes --- */

struct thread_start {
    struct gate *gate;
    struct pt_lane *lane;
};

static void *run_lane(void *arg)
{
    struct thread_start *start = arg;
    struct gate *g = start->gate;
    const pt_status st = pt_lane_run(start->lane);
    free(start);
    if (!pt_ok(st)) {
        PT_LOG(&g->log, PT_ERROR, "lane.failed", PT_F_STATUS("why", st));
        abort(); /* the supervisor restarts us: a lane less would be a silent half service */
    }
    (void)atomic_fetch_sub(&g->running, 1U);
    return NULL;
}

/* Callers get half of the descriptors at most: whoever opens connections without end, before any
 * certificate is seen, must not take from the others the way to the State and to the scribe. */
static uint32_t connections_of(const struct gate *g)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
        return 1U;
    }
    const rlim_t soft = files.rlim_cur;
    files.rlim_cur = files.rlim_max;
    const rlim_t all = setrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_max : soft;
    const rlim_t share = all / 2U / g->settings.lanes;
    return share < PT_DOOR_CONNECTIONS_MAX ? (uint32_t)share + 1U : PT_DOOR_CONNECTIONS_MAX;
}

static PT_RESULT make_lane(struct gate *g, unsigned index)
{
    const struct pt_lane_options options = {.index = index,
                                            .listener = g->listeners[index],
                                            .clock = &pt_clock_system,
                                            .log = &g->log,
                                            .snapshot = g->snapshot,
                                            .tls = g->tls,
                                            .connections = connections_of(g)};
    PT_ENSURE(g->listeners[index] >= 0 && g->channels[index] >= 0, PT_E_PROTOCOL);
    PT_TRY(pt_lane_new(&options, &g->lanes[index]));
    g->listeners[index] = -1;
    g->nlanes = index + 1U;
    const int channel = g->channels[index];
    g->channels[index] = -1;
    return pt_lane_attach(g->lanes[index], channel);
}

static PT_RESULT start_thread(struct gate *g, unsigned index)
{
    struct thread_start *start = malloc(sizeof *start);
    PT_ENSURE(start != NULL, PT_E_NOMEM);
    *start = (struct thread_start){.gate = g, .lane = g->lanes[index]};
    (void)atomic_fetch_add(&g->running, 1U);
    const int failed = pthread_create(&g->threads[index], NULL, run_lane, start);
    if (failed != 0) {
        free(start);
        return PT_FAIL_AUX(PT_E_IO, failed);
    }
    g->nthreads = index + 1U;
    return PT_SUCCESS;
}

static PT_RESULT start_metrics(struct gate *g)
{
    if (g->metrics_listener < 0) {
        return PT_SUCCESS;
    }
    const struct pt_metrics_options options = {
        .listener = g->metrics_listener, .lanes = g->lanes, .nlanes = g->nlanes};
    return pt_metrics_new(pt_lane_loop(g->lanes[0]), &options, &g->metrics);
}

static PT_RESULT start_lanes(struct gate *g)
{
    for (unsigned i = 0U; i < g->settings.lanes; i++) {
        PT_TRY(make_lane(g, i));
    }
    PT_TRY(start_metrics(g));
    for (unsigned i = 0U; i < g->nlanes; i++) {
        PT_TRY(start_thread(g, i));
    }
    g->started = true;
    return pt_control_send(PT_CONTROL_FD, PT_MSG_READY, NULL, 0U);
}

/* --- what the supervisor says --- */

static PT_RESULT on_settings(struct gate *g, struct pt_control_message *message)
{
    PT_TRY(pt_settings_get(&message->body, &g->settings));
    PT_ENSURE(message->nfds == 1U && g->snapshot == NULL, PT_E_PROTOCOL);
    PT_TRY(pt_process_drop(g->settings.user, NOBODY));
    const pt_status st = load(g, message->fds[0], &g->snapshot, &g->tls);
    (void)close(message->fds[0]);
    return st;
}

static PT_RESULT on_channels(struct gate *g, struct pt_control_message *message)
{
    const size_t first = pt_ipc_get_u16(&message->body);
    PT_TRY(pt_ipc_get_end(&message->body));
    PT_ENSURE(first + message->nfds <= g->settings.lanes, PT_E_PROTOCOL);
    for (size_t i = 0U; i < message->nfds; i++) {
        if (g->started) {
            PT_TRY(pt_lane_attach(g->lanes[first + i], message->fds[i]));
            continue;
        }
        if (g->channels[first + i] >= 0) { /* the scribe was restarted before we served */
            (void)close(g->channels[first + i]);
        }
        g->channels[first + i] = message->fds[i];
    }
    return PT_SUCCESS;
}

static PT_RESULT on_listeners(struct gate *g, struct pt_control_message *message)
{
    const uint8_t kind = pt_ipc_get_u8(&message->body);
    const size_t first = pt_ipc_get_u16(&message->body);
    PT_TRY(pt_ipc_get_end(&message->body));
    PT_ENSURE(!g->started && first + message->nfds <= g->settings.lanes, PT_E_PROTOCOL);
    for (size_t i = 0U; i < message->nfds; i++) {
        if (kind == PT_LISTENER_METRICS) {
            g->metrics_listener = message->fds[i];
        } else {
            g->listeners[first + i] = message->fds[i];
        }
    }
    return PT_SUCCESS;
}

/* "Done" is said when no lane decides by the old snapshot any more (LEG-11). A lane that does not
 * turn for so long is broken: the supervisor starts gate again. */
static void await_lanes(const struct gate *g, const unsigned *before)
{
    const uint64_t until = pt_clock_mono_ms(&pt_clock_system) + PT_START_MS / 2U;
    const struct timespec pause = {.tv_nsec = 1000000L};
    for (unsigned i = 0U; i < g->nlanes; i++) {
        while (pt_lane_reloads(g->lanes[i]) == before[i]) {
            PT_BUG_ON(pt_clock_mono_ms(&pt_clock_system) >= until);
            (void)nanosleep(&pause, NULL);
        }
    }
}

/* All lanes take the new snapshot, or none: what could fail was done before the first is told. */
static PT_RESULT reload(struct gate *g, int bundle)
{
    struct pt_snapshot *snapshot = NULL;
    struct pt_tls_context *tls = NULL;
    unsigned before[PT_LANES_MAX] = {0};
    PT_TRY(load(g, bundle, &snapshot, &tls));
    for (unsigned i = 0U; i < g->nlanes; i++) {
        before[i] = pt_lane_reloads(g->lanes[i]);
        const pt_status st = pt_lane_reload(g->lanes[i], snapshot, tls);
        PT_BUG_ON(!pt_ok(st)); /* out of memory half way: restart with the new bytes */
    }
    await_lanes(g, before);
    (void)pt_snapshot_release(g->snapshot);
    (void)pt_tls_context_free(g->tls);
    g->snapshot = snapshot;
    g->tls = tls;
    return PT_SUCCESS;
}

static PT_RESULT on_reload(struct gate *g, struct pt_control_message *message)
{
    PT_ENSURE(message->nfds == 1U && g->started, PT_E_PROTOCOL);
    const pt_status st = reload(g, message->fds[0]);
    (void)close(message->fds[0]);
    if (!pt_ok(st)) {
        PT_LOG(&g->log, PT_ERROR, "reload.failed", PT_F_STATUS("why", st));
    }
    return pt_control_send_u32(PT_CONTROL_FD, PT_MSG_RELOADED, st.code);
}

static PT_RESULT on_drain(struct gate *g)
{
    g->draining = true;
    g->drain_until_ms = pt_clock_mono_ms(&pt_clock_system) + PT_DRAIN_MS;
    for (unsigned i = 0U; i < g->nlanes; i++) {
        PT_TRY(pt_lane_drain(g->lanes[i]));
    }
    return PT_SUCCESS;
}

static PT_RESULT on_message(struct gate *g, struct pt_control_message *message)
{
    switch (message->type) {
    case PT_MSG_SETTINGS:
        return on_settings(g, message);
    case PT_MSG_CHANNELS:
        return on_channels(g, message);
    case PT_MSG_LISTENERS:
        return on_listeners(g, message);
    case PT_MSG_START:
        PT_ENSURE(g->snapshot != NULL && !g->started, PT_E_PROTOCOL);
        return start_lanes(g);
    case PT_MSG_RELOAD:
        return on_reload(g, message);
    case PT_MSG_DRAIN:
        return on_drain(g);
    default:
        return PT_FAIL(PT_E_PROTOCOL);
    }
}

/* --- life --- */

static bool is_over(const struct gate *g)
{
    return g->draining && (atomic_load(&g->running) == 0U ||
                           pt_clock_mono_ms(&pt_clock_system) >= g->drain_until_ms);
}

static PT_RESULT serve(struct gate *g)
{
    struct pt_buf frame;
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    pt_status st = PT_SUCCESS;
    while (pt_ok(st) && !is_over(g)) {
        st = pt_control_wait(PT_CONTROL_FD, TURN_MS);
        if (pt_ok(st)) {
            struct pt_control_message message;
            st = pt_control_recv(PT_CONTROL_FD, PT_ROLE_GATE, &frame, &message);
            if (pt_ok(st)) {
                st = on_message(g, &message);
            }
        }
        if (st.code == PT_E_TIMEOUT || st.code == PT_E_AGAIN) {
            st = PT_SUCCESS;
        }
    }
    pt_buf_done(&frame);
    return st;
}

static void stop(struct gate *g)
{
    if (atomic_load(&g->running) != 0U) {
        PT_LOG(&g->log, PT_WARN, "drain.cut", PT_F_U64("lanes", atomic_load(&g->running)));
        _exit(PT_EXIT_OK); /* the delay is over: what still runs has its `asked` entry */
    }
    for (unsigned i = 0U; i < g->nthreads; i++) {
        (void)pthread_join(g->threads[i], NULL);
    }
    g->metrics = pt_metrics_free(g->metrics);
    for (unsigned i = 0U; i < g->nlanes; i++) {
        g->lanes[i] = pt_lane_free(g->lanes[i]);
    }
    g->tls = pt_tls_context_free(g->tls);
    g->snapshot = pt_snapshot_release(g->snapshot);
}

static void init(struct gate *g)
{
    g->log = (struct pt_log){
        .fd = STDERR_FILENO, .min = PT_INFO, .role = "gate", .clock = &pt_clock_system};
    g->metrics_listener = -1;
    for (unsigned i = 0U; i < PT_LANES_MAX; i++) {
        g->listeners[i] = -1;
        g->channels[i] = -1;
    }
}

static int code_of(pt_status st)
{
    return st.code == PT_E_SCHEMA || st.code == PT_E_DENIED ? PT_EXIT_CONFIG : PT_EXIT_NO;
}

int pt_gate_main(void)
{
    struct gate *g = calloc(1U, sizeof *g);
    PT_BUG_ON(g == NULL);
    init(g);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN); /* the supervisor says DRAIN, or closes the channel */
    (void)signal(SIGINT, SIG_IGN);
    pt_status st = pt_process_harden();
    if (pt_ok(st)) {
        st = pt_fetch_global();
    }
    if (pt_ok(st)) {
        st = serve(g);
    }
    if (!pt_ok(st)) {
        PT_LOG(&g->log, PT_ERROR, "gate.failed", PT_F_STATUS("why", st));
        _exit(st.code == PT_E_CLOSED ? PT_EXIT_OK : code_of(st));
    }
    stop(g);
    free(g);
    return PT_EXIT_OK;
}
