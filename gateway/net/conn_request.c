/* SPDX-License-Identifier: EUPL-1.2 */
/* conn_request.c -- requests of one connection, one at a time: the next one is looked at when the
 * answer to the one before is on its way, so answers keep the order of requests by construction.
 * Layer: gateway. */
#include "gateway/net/door_int.h"

#include "poterne/base/secret.h"

/* --- requests -----------------------------------------------------------------------------------
 */

/* The wall clock is asked once a turn, and only a new second is written out. */
static pt_slice date_now(struct pt_door *door)
{
    const uint64_t now_us = pt_loop_now_us(door->loop);
    if (door->date[0] == '\0' || now_us != door->date_turn_us) {
        const uint64_t wall_ms = pt_clock_wall_ms(pt_loop_clock(door->loop));
        if (door->date[0] == '\0' || wall_ms / 1000U != door->date_second) {
            door->date_second = wall_ms / 1000U;
            pt_http1_date(wall_ms, door->date);
        }
        door->date_turn_us = now_us;
    }
    return pt_slice_of(door->date, PT_HTTP_DATE_LEN);
}

/* The answer as bytes in door->out. False: the connection is closed. */
static bool compose(struct conn *conn, const struct pt_door_reply *reply, bool head_only)
{
    struct pt_door *const door = conn->door;
    struct pt_http1_reply text = {.status = reply->status,
                                  .keep_alive = !conn->closing,
                                  .head_only = head_only,
                                  .headers = reply->headers,
                                  .header_count = reply->header_count,
                                  .date = date_now(door),
                                  .body = reply->body};
    pt_buf_clear(&door->out);
    pt_status st = pt_http1_reply_write(&text, &door->out);
    if (st.code == PT_E_ARG) { /* a defect of the handler must not become one of the wire */
        conn->closing = true;
        text = (struct pt_http1_reply){.status = 500U, .date = text.date};
        st = pt_http1_reply_write(&text, &door->out);
    }
    return pt_ok(st);
}

static void send_composed(struct conn *conn)
{
    struct pt_door *const door = conn->door;
    conn_flush(conn, pt_buf_slice(&door->out));
    if (door->out.cap > SPARE_BYTES) {
        pt_buf_done(&door->out);
        pt_buf_init(&door->out, OUT_MAX);
    }
}

/* The request was answered: what stands behind it becomes the next one. */
static void forget_request(struct work *work)
{
    if (work->client != NULL) {
        work->client->in_flight--;
        work->client = client_leave(work->door, work->client);
    }
    pt_buf_consume(&work->in, pt_http1_used(&work->parser));
    pt_buf_put(&work->in, pt_buf_slice(&work->next));
    pt_buf_done(&work->next);
    pt_http1_init(&work->parser);
    work->door->counters.in_flight--;
}

void conn_answer(struct conn *conn, const struct pt_door_reply *reply)
{
    const struct pt_http1_request *const request = &conn->work->request;
    const bool head = request->method == PT_HTTP_HEAD;
    conn->closing = !request->keep_alive || reply->close || conn->door->draining;
    const bool composed = compose(conn, reply, head); /* it may quote the request: not yet */
    forget_request(conn->work);
    if (!pt_ok(pt_buf_status(&conn->work->in))) {
        conn->closing =
            true; /* what was read ahead is lost: the next request would begin anywhere */
    }
    if (composed) {
        send_composed(conn);
    } else {
        conn->state = CONN_WRITING;
        conn_broke(conn);
    }
}

static void own_reply(struct pt_door *door, enum pt_http1_reason reason,
                      struct pt_door_reply *ret_reply)
{
    static const struct pt_http_header headers[] = {
        {PT_SLICE_INIT("Cache-Control"), PT_SLICE_INIT("no-store")},
        {PT_SLICE_INIT("Content-Type"), PT_SLICE_INIT("application/json")},
    };
    pt_buf_clear(&door->body);
    if (door->handler.refuse != NULL) {
        door->handler.refuse(door->handler.ctx, reason, &door->body);
    }
    const bool has_body = pt_ok(pt_buf_status(&door->body)) && door->body.len != 0U;
    *ret_reply =
        (struct pt_door_reply){.status = pt_http1_reason_status(reason),
                               .headers = headers,
                               .header_count = has_body ? 2U : 1U,
                               .body = has_body ? pt_buf_slice(&door->body) : PT_SLICE_EMPTY};
    door->counters.refusals++;
}

void conn_refuse(struct conn *conn, enum pt_http1_reason reason)
{
    struct pt_door_reply reply;
    const bool head = pt_http1_method(&conn->work->parser) == PT_HTTP_HEAD;
    own_reply(conn->door, reason, &reply);
    conn->closing = true;
    if (compose(conn, &reply, head)) {
        send_composed(conn);
    } else {
        conn_broke(conn);
    }
}

static void deliver(struct conn *conn)
{
    struct pt_door *const door = conn->door;
    struct work *const work = conn->work;
    pt_http1_request(&work->parser, work->in.ptr, &work->request);
    conn->state = CONN_PARKED;
    conn_deadline(conn, NEVER);
    door->counters.requests++;
    door->counters.in_flight++;
    work->x = (struct pt_door_exchange){.request = &work->request};
    pt_buf_init(&work->next, AHEAD_MAX);
    if (conn->client != NULL) {
        work->client = client_ref(conn->client);
        work->client->in_flight++;
        work->x.has_client = true;
        memcpy(work->x.client, conn->client->fingerprint, PT_FINGERPRINT_LEN);
        if (work->client->in_flight > door->limits.per_client) {
            struct pt_door_reply reply;
            own_reply(door, PT_HTTP1_CLIENT_BUSY, &reply);
            conn_answer(conn, &reply);
            return;
        }
    }
    door->handler.request(door->handler.ctx, &work->x);
}

/* Twenty-five bytes that do not fit mean a peer that never reads: no use to go on. */
static void say_continue(struct conn *conn)
{
    size_t put = 0U;
    const pt_status st = wire_write(conn, PT_HTTP1_CONTINUE, &put);
    if (!pt_ok(st) || put != PT_HTTP1_CONTINUE.len) {
        conn_broke(conn);
    }
}

void conn_resume(void *ctx)
{
    struct conn *const conn = ctx;
    const bool paused = conn->paused;
    conn->resuming = false;
    conn->paused = false;
    if (!paused) {
        conn_continue(conn);
    } else if (conn->state == CONN_READING) {
        conn_read(conn); /* the delay of a request that has begun goes on */
    }
}

/* All requests that are here and whole, one after the other, as long as they are answered at
 * once; after PT_HTTP_PIPELINE_MAX of them the other connections have their turn. */
static void conn_advance(struct conn *conn)
{
    uint32_t served = 0U;
    if (conn->resuming) {
        return;
    }
    conn->in_turn = true;
    while (conn->state == CONN_READING && conn->work->in.len != 0U) {
        const enum pt_http1_verdict verdict =
            pt_http1_feed(&conn->work->parser, conn->work->in.ptr, conn->work->in.len);
        if (verdict == PT_HTTP1_REFUSED) {
            conn_refuse(conn, pt_http1_reason(&conn->work->parser));
        } else if (verdict == PT_HTTP1_MORE) {
            if (pt_http1_continue_due(&conn->work->parser)) {
                say_continue(conn);
            }
            break;
        } else if (served++ == PT_HTTP_PIPELINE_MAX) {
            conn->resuming = true;
            pt_loop_defer(conn->door->loop, &conn->resume);
            break;
        } else {
            deliver(conn);
        }
    }
    conn->in_turn = false;
}

/* --- reading --------------------------------------------------------------------------------- */

bool conn_more_inside(const struct conn *conn)
{
    return conn->tls != NULL && pt_tls_pending(conn->tls);
}

/* One read, then whatever it completes. False: nothing more to do now. */
static bool read_once(struct conn *conn)
{
    if (conn->work == NULL && !pt_ok(door_work_new(conn))) {
        conn_broke(conn);
        return false;
    }
    char *const space = pt_buf_space(&conn->work->in, READ_SIZE);
    if (space == NULL) {
        conn_refuse(conn, PT_HTTP1_NO_MEMORY);
        return false;
    }
    size_t got = 0U;
    const bool first = conn->work->in.len == 0U;
    const pt_status st = wire_read(conn, space, READ_SIZE, &got);
    if (pt_ok(st)) {
        pt_buf_commit(&conn->work->in, got);
        if (first) {
            conn->deadline_us = NEVER; /* conn_settle sets the one of this request */
        }
        conn_advance(conn);
        return conn->state == CONN_READING && !conn->resuming && conn_more_inside(conn);
    }
    if (st.code == PT_E_CLOSED) {
        conn->eof = true;
    } else if (st.code != PT_E_AGAIN) {
        conn_broke(conn);
    }
    return false;
}

/* Nothing runs any more for this connection in this turn: what does it wait for? */
void conn_settle(struct conn *conn)
{
    if (conn->state == CONN_PARKED && !pt_ok(wire_watch(conn, conn->watch.events))) {
        conn_broke(conn);
    }
    if (conn->state != CONN_READING || conn->resuming) {
        return;
    }
    if (conn->eof) {
        conn_finish(conn);
        return;
    }
    if (conn->work != NULL && conn->work->in.len == 0U) {
        door_work_free(conn->work);
        conn->work = NULL;
    }
    if (conn->work == NULL) {
        if (conn->door->draining) {
            conn_finish(conn);
            return;
        }
        if (conn->deadline_us == NEVER) {
            conn_deadline(conn, conn_in_ms(conn, conn->door->limits.idle_ms));
        }
    } else if (conn->deadline_us == NEVER) {
        conn_deadline(conn, conn_in_ms(conn, conn->door->limits.request_ms));
    }
    if (!pt_ok(wire_watch(conn, CONN_IN))) {
        conn_broke(conn);
    }
}

/* There is more inside, and others have waited long enough: their turn, then ours again. */
static void pause_reading(struct conn *conn)
{
    if (conn->work != NULL && conn->work->in.len != 0U && conn->deadline_us == NEVER) {
        conn_deadline(conn, conn_in_ms(conn, conn->door->limits.request_ms));
    }
    conn->resuming = true;
    conn->paused = true;
    pt_loop_defer(conn->door->loop, &conn->resume);
}

/* Bounded: what OpenSSL holds may end inside a record each time, for as long as the peer likes. */
void conn_read(struct conn *conn)
{
    unsigned reads = 1U;
    while (read_once(conn)) {
        if (reads++ == READS_MAX) {
            pause_reading(conn);
            return;
        }
    }
    conn_settle(conn);
}

/* After an answer, or in a later turn: go on with what is here already. */
void conn_continue(struct conn *conn)
{
    conn->deadline_us = NEVER;
    conn_advance(conn);
    if (conn->state == CONN_READING && !conn->resuming && !conn->eof && conn_more_inside(conn)) {
        conn_read(conn);
    } else {
        conn_settle(conn);
    }
}

/* One read while a request is with the handler, behind what was read ahead already. */
static PT_RESULT read_ahead(struct conn *conn)
{
    struct pt_door *const door = conn->door;
    size_t got = 0U;
    PT_TRY(wire_read(conn, door->sink, sizeof door->sink, &got));
    pt_buf_put(&conn->work->next, pt_slice_of(door->sink, got));
    pt_wipe(door->sink, got);
    return pt_buf_status(&conn->work->next);
}

/* While a request is with the handler: the beginning of the next ones, or the end. What OpenSSL
 * holds may be the beginning of a record only: then it asks for more, and that is the end too. */
void conn_overhear(struct conn *conn)
{
    pt_status st = PT_SUCCESS;
    bool room = true;
    do {
        room = AHEAD_MAX - conn->work->next.len >= sizeof conn->door->sink;
        if (room) {
            st = read_ahead(conn);
        }
    } while (room && pt_ok(st) && conn_more_inside(conn));
    if (st.code == PT_E_CLOSED) {
        conn->eof = true;
    } else if (!pt_ok(st) && st.code != PT_E_AGAIN) {
        conn_broke(conn);
        return;
    }
    if (!pt_ok(wire_watch(conn, room && !conn->eof ? CONN_IN : 0U))) {
        conn_broke(conn);
    }
}
