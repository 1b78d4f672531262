/* SPDX-License-Identifier: EUPL-1.2 */
/* door.c -- the listener of one lane and the memory of its connections (contract:
 * poterne/gateway/door.h). Layer: gateway. */
#include "gateway/net/door_int.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_BATCH 16U
#define REOPEN_US    100000U /* no descriptor left: look again after this */
#define BODY_OWN_MAX 4096U

/* --- work ------------------------------------------------------------------------------------ */

static void work_destroy(struct work *work)
{
    pt_buf_done(&work->in);
    pt_buf_done(&work->next);
    free(work);
}

PT_RESULT door_work_new(struct conn *conn)
{
    struct pt_door *const door = conn->door;
    struct work *work = door->spare;
    if (work != NULL) {
        door->spare = work->spare;
        door->spare_count--;
        work->spare = NULL;
    } else {
        work = calloc(1U, sizeof *work);
        PT_ENSURE(work != NULL, PT_E_NOMEM);
        work->door = door;
        pt_buf_init(&work->in, IN_MAX);
    }
    work->conn = conn;
    conn->work = work;
    return PT_SUCCESS;
}

void door_work_free(struct work *work)
{
    struct pt_door *const door = work->door;
    pt_buf_done(&work->next);
    if (door->closed || door->spare_count >= SPARE_MAX || work->in.cap > SPARE_BYTES) {
        work_destroy(work);
        return;
    }
    pt_buf_clear(&work->in);
    pt_http1_init(&work->parser);
    work->conn = NULL;
    work->spare = door->spare;
    door->spare = work;
    door->spare_count++;
}

void pt_door_reply(struct pt_door_exchange *x, const struct pt_door_reply *reply)
{
    struct work *const work = (struct work *)(void *)x;
    struct pt_door *const door = work->door;
    if (work->conn != NULL) {
        conn_answer(work->conn, reply);
        return;
    }
    door->counters.in_flight--;
    if (work->client != NULL) {
        work->client->in_flight--;
        work->client = client_leave(door, work->client);
    }
    work_destroy(work);
    door_unref(door);
}

/* --- connections -------------------------------------------------------------------------------
 */

static void accept_again(struct pt_door *door)
{
    if (door->listener.watched) {
        (void)!pt_ok(pt_loop_rewatch(door->loop, &door->listener, PT_LOOP_IN));
    }
}

static void bury(void *ctx)
{
    struct pt_door *const door = ctx;
    door->burying = false;
    while (door->graveyard != NULL) {
        struct conn *const conn = door->graveyard;
        door->graveyard = conn->next;
        free(conn);
    }
    if (door->draining && door->conns == NULL && door->handler.drained != NULL) {
        door->handler.drained(door->handler.ctx);
    }
}

static void bury_soon(struct pt_door *door)
{
    if (!door->burying) {
        door->burying = true;
        pt_loop_defer(door->loop, &door->bury);
    }
}

void door_bury(struct conn *conn)
{
    struct pt_door *const door = conn->door;
    if (conn->prev != NULL) {
        conn->prev->next = conn->next;
    } else {
        door->conns = conn->next;
    }
    if (conn->next != NULL) {
        conn->next->prev = conn->prev;
    }
    conn->prev = NULL;
    conn->next = door->graveyard;
    door->graveyard = conn;
    door->counters.open--;
    bury_soon(door);
    accept_again(door);
}

static void reopen(void *ctx)
{
    accept_again(ctx);
}

static void welcome(struct pt_door *door, int fd)
{
    struct conn *conn = NULL;
    door->counters.accepted++;
    if (!pt_ok(conn_new(door, fd, &conn))) {
        (void)close(fd);
        return;
    }
    conn->next = door->conns;
    if (conn->next != NULL) {
        conn->next->prev = conn;
    }
    door->conns = conn;
    door->counters.open++;
}

/* Above the limit connections wait in the kernel's queue: nobody is turned away by a crowd that
 * is about to leave. */
static void accept_some(void *ctx, uint32_t events)
{
    struct pt_door *const door = ctx;
    (void)events;
    for (unsigned i = 0U; i < ACCEPT_BATCH; i++) {
        if (door->counters.open >= door->limits.connections) {
            (void)!pt_ok(pt_loop_rewatch(door->loop, &door->listener, 0U));
            return;
        }
        const int fd = accept4(door->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(door, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            (void)!pt_ok(pt_loop_rewatch(door->loop, &door->listener, 0U));
            pt_timer_arm(door->loop, &door->reopen, pt_loop_now_us(door->loop) + REOPEN_US);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

/* --- the door itself -----------------------------------------------------------------------------
 */

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value != 0U ? value : otherwise;
}

static struct pt_door_limits limits_of(const struct pt_door_limits *given)
{
    return (struct pt_door_limits){
        .connections = or_default(given->connections, PT_DOOR_CONNECTIONS_MAX),
        .per_client = or_default(given->per_client, PT_DOOR_PER_CLIENT_MAX),
        .handshake_ms = or_default(given->handshake_ms, PT_HTTP_HANDSHAKE_MS),
        .request_ms = or_default(given->request_ms, PT_HTTP_REQUEST_MS),
        .idle_ms = or_default(given->idle_ms, PT_HTTP_IDLE_MS),
        .write_ms = or_default(given->write_ms, PT_HTTP_WRITE_MS),
    };
}

/* OpenSSL writes with write(2): on a reset connection the signal would end the process. */
static bool sigpipe_is_ignored(void)
{
    struct sigaction action;
    return sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler != SIG_DFL;
}

PT_RESULT pt_door_new(struct pt_loop *loop, const struct pt_door_config *config,
                      struct pt_door **ret_door)
{
    PT_ENSURE(loop != NULL && config != NULL && ret_door != NULL, PT_E_ARG);
    PT_ENSURE(config->handler.request != NULL && sigpipe_is_ignored(), PT_E_ARG);
    struct pt_door *const door = calloc(1U, sizeof *door);
    PT_ENSURE(door != NULL, PT_E_NOMEM);
    door->loop = loop;
    door->handler = config->handler;
    door->limits = limits_of(&config->limits);
    door->refs = 1U;
    door->listener = (struct pt_watch){.fd = config->fd, .ready = accept_some, .ctx = door};
    door->reopen = (struct pt_timer){.fire = reopen, .ctx = door};
    door->cooling = (struct pt_timer){.fire = warm_expire, .ctx = door};
    door->bury = (struct pt_task){.run = bury, .ctx = door};
    pt_buf_init(&door->out, OUT_MAX);
    pt_buf_init(&door->body, BODY_OWN_MAX);
    const pt_status st = pt_loop_watch(loop, &door->listener, PT_LOOP_IN);
    if (!pt_ok(st)) {
        free(door);
        return st;
    }
    if (config->tls != NULL) {
        door->tls = pt_tls_context_ref(config->tls);
    }
    *ret_door = door;
    return PT_SUCCESS;
}

void door_unref(struct pt_door *door)
{
    if (--door->refs != 0U) {
        return;
    }
    while (door->spare != NULL) {
        struct work *const work = door->spare;
        door->spare = work->spare;
        work_destroy(work);
    }
    (void)pt_tls_context_free(door->tls);
    pt_buf_done(&door->out);
    pt_buf_done(&door->body);
    free(door);
}

static void stop_listening(struct pt_door *door)
{
    if (door->listener.fd >= 0) {
        pt_loop_unwatch(door->loop, &door->listener);
        pt_timer_disarm(door->loop, &door->reopen);
        (void)close(door->listener.fd);
        door->listener.fd = -1;
    }
}

struct pt_door *pt_door_free(struct pt_door *door)
{
    if (door != NULL) {
        door->closed = true;
        door->handler.drained = NULL;
        stop_listening(door);
        while (door->conns != NULL) {
            conn_close(door->conns);
        }
        pt_timer_disarm(door->loop, &door->cooling);
        pt_loop_undefer(door->loop, &door->bury);
        bury(door);
        door_unref(door);
    }
    return NULL;
}

/* A handshake under way is judged when it is done (conn.c). */
static void judge_all(struct pt_door *door)
{
    struct conn *conn = door->conns;
    while (conn != NULL) {
        struct conn *const next = conn->next; /* conn_expel buries conn */
        const pt_status st = client_judge(conn);
        if (!pt_ok(st)) {
            conn_expel(conn, st);
        }
        conn = next;
    }
}

void pt_door_set_tls(struct pt_door *door, struct pt_tls_context *tls)
{
    struct pt_tls_context *const old = door->tls;
    door->tls = tls != NULL ? pt_tls_context_ref(tls) : NULL;
    (void)pt_tls_context_free(old);
    door->contexts++;
    judge_all(door);
}

void pt_door_drain(struct pt_door *door)
{
    door->draining = true;
    stop_listening(door);
    struct conn *conn = door->conns;
    while (conn != NULL) {
        struct conn *const next = conn->next; /* conn_drain may bury conn */
        conn_drain(conn);
        conn = next;
    }
    bury_soon(door);
}

const struct pt_door_counters *pt_door_counters(const struct pt_door *door)
{
    return &door->counters;
}
