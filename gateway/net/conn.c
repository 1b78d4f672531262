/* SPDX-License-Identifier: EUPL-1.2 */
/* conn.c -- the frame of one connection: its beginning and handshake, its events, its delays, its
 * end (states in gateway/net/door_int.h). Layer: gateway. */
#include "gateway/net/door_int.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A deadline that moves away costs nothing: the timer stays where it is and looks again. */
void conn_deadline(struct conn *conn, uint64_t at_us)
{
    conn->deadline_us = at_us;
    if (at_us != NEVER && (!conn->timer.armed || at_us < conn->timer.at_us)) {
        pt_timer_arm(conn->door->loop, &conn->timer, at_us);
    }
}

/* --- the end --------------------------------------------------------------------------------- */

/* The exchange outlives its connection: from now on only the handler keeps it. */
static void orphan(struct work *work)
{
    struct pt_door *const door = work->door;
    work->conn = NULL;
    work->x.gone = true;
    door->refs++;
    door->counters.gone++;
    if (door->handler.gone != NULL) {
        door->handler.gone(door->handler.ctx, &work->x);
    }
}

void conn_close(struct conn *conn)
{
    struct pt_door *const door = conn->door;
    struct work *const work = conn->work;
    const bool parked = conn->state == CONN_PARKED;
    if (conn->state == CONN_DEAD) {
        return;
    }
    conn->state = CONN_DEAD;
    conn->work = NULL;
    pt_loop_unwatch(door->loop, &conn->watch);
    pt_timer_disarm(door->loop, &conn->timer);
    if (conn->resuming) {
        pt_loop_undefer(door->loop, &conn->resume);
    }
    warm_forget(conn);
    conn->tls = pt_tls_free(conn->tls);
    (void)close(conn->watch.fd);
    conn->client = client_leave(door, conn->client);
    pt_buf_done(&conn->out);
    door_bury(conn);
    if (parked) {
        orphan(work);
    } else if (work != NULL) {
        door_work_free(work);
    }
}

void conn_broke(struct conn *conn)
{
    if (conn->state == CONN_WRITING) {
        conn->door->counters.gone++;
    }
    conn_close(conn);
}

void conn_expel(struct conn *conn, pt_status why)
{
    struct pt_door *const door = conn->door;
    door->counters.expelled++;
    if (door->handler.expelled != NULL) {
        door->handler.expelled(door->handler.ctx, why);
    }
    conn_broke(conn);
}

void conn_drain(struct conn *conn)
{
    if (conn->state == CONN_READING && conn->work == NULL) {
        conn_finish(conn);
    }
}

/* --- handshake, events, deadlines ----------------------------------------------------------------
 */

static void sink(struct conn *conn)
{
    const ssize_t got = recv(conn->watch.fd, conn->door->sink, sizeof conn->door->sink, 0);
    if (got > 0) {
        conn->sunk += (uint32_t)got;
    }
    const bool wait = got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
    if (!wait || conn->sunk > PT_HTTP_LINGER_BYTES) {
        conn_close(conn);
    }
}

/* --- handshake, events, deadlines ------------------------------------------------------------ */

static void handshake_failed(struct conn *conn, pt_status why)
{
    struct pt_door *const door = conn->door;
    door->counters.handshakes_failed++;
    door->counters.certificates_refused += why.code == PT_E_DENIED ? 1U : 0U;
    if (door->handler.handshake_failed != NULL) {
        door->handler.handshake_failed(door->handler.ctx, why);
    }
    conn_linger(conn); /* the alert is on its way */
}

static void handshake(struct conn *conn)
{
    const pt_status st = wire_handshake(conn);
    if (st.code == PT_E_AGAIN) {
        if (!pt_ok(wire_watch(conn, CONN_IN))) {
            conn_broke(conn);
        }
        return;
    }
    if (!pt_ok(st)) {
        handshake_failed(conn, st);
        return;
    }
    const uint8_t *const fingerprint = pt_tls_client(conn->tls);
    if (fingerprint != NULL && !pt_ok(client_join(conn->door, fingerprint, &conn->client))) {
        conn_broke(conn);
        return;
    }
    /* The context may have been replaced while the handshake was under way. */
    const pt_status welcome = client_judge(conn);
    if (!pt_ok(welcome)) {
        conn_expel(conn, welcome);
        return;
    }
    conn->door->counters.handshakes++;
    conn->state = CONN_READING;
    conn->deadline_us = NEVER;
    if (conn_more_inside(conn)) {
        conn_read(conn);
    } else {
        conn_settle(conn);
    }
}

static void ready(void *ctx, uint32_t events)
{
    struct conn *const conn = ctx;
    wire_told(conn, events);
    const bool broken = (events & (PT_LOOP_ERR | PT_LOOP_HUP)) != 0U;
    switch (conn->state) {
    case CONN_HANDSHAKE:
        handshake(conn);
        break;
    case CONN_READING:
        if (!conn->resuming) {
            conn_read(conn);
        }
        break;
    case CONN_PARKED:
        if (broken) {
            conn_broke(conn);
        } else {
            conn_overhear(conn);
        }
        break;
    case CONN_WRITING:
        if (broken) {
            conn_broke(conn);
        } else {
            conn_flush_rest(conn);
        }
        break;
    case CONN_LINGERING:
        sink(conn);
        break;
    case CONN_DEAD:
    default:
        break;
    }
}

static void expired(struct conn *conn)
{
    struct pt_door_counters *const counters = &conn->door->counters;
    if (conn->state == CONN_LINGERING) {
        conn_close(conn);
    } else if (conn->state == CONN_READING && conn->work == NULL) {
        conn_finish(conn);
    } else {
        counters->timeouts++;
        if (conn->state == CONN_HANDSHAKE) {
            handshake_failed(conn, PT_FAIL(PT_E_TIMEOUT));
        } else if (conn->state == CONN_READING) {
            conn_refuse(conn, PT_HTTP1_TIMEOUT);
        } else {
            conn_broke(conn);
        }
    }
}

static void timer_fired(void *ctx)
{
    struct conn *const conn = ctx;
    if (conn->deadline_us == NEVER) {
        return;
    }
    if (pt_loop_now_us(conn->door->loop) < conn->deadline_us) {
        pt_timer_arm(conn->door->loop, &conn->timer, conn->deadline_us);
    } else {
        expired(conn);
    }
}

/* --- the beginning --------------------------------------------------------------------------- */

static PT_RESULT set_up(struct conn *conn)
{
    struct pt_door *const door = conn->door;
    const int on = 1;
    (void)setsockopt(conn->watch.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (door->tls != NULL) {
        PT_TRY(pt_tls_new(door->tls, conn->watch.fd, &conn->tls));
    }
    return pt_loop_watch(door->loop, &conn->watch, CONN_IN);
}

PT_RESULT conn_new(struct pt_door *door, int fd, struct conn **ret_conn)
{
    struct conn *const conn = calloc(1U, sizeof *conn);
    PT_ENSURE(conn != NULL, PT_E_NOMEM);
    conn->door = door;
    conn->state = door->tls != NULL ? CONN_HANDSHAKE : CONN_READING;
    conn->watch = (struct pt_watch){.fd = fd, .ready = ready, .ctx = conn};
    conn->timer = (struct pt_timer){.fire = timer_fired, .ctx = conn};
    conn->resume = (struct pt_task){.run = conn_resume, .ctx = conn};
    const pt_status st = set_up(conn);
    if (!pt_ok(st)) {
        (void)pt_tls_free(conn->tls);
        free(conn);
        return st;
    }
    conn_deadline(conn, conn_in_ms(conn, door->tls != NULL ? door->limits.handshake_ms
                                                           : door->limits.idle_ms));
    *ret_conn = conn;
    return PT_SUCCESS;
}
