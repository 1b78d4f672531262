/* SPDX-License-Identifier: EUPL-1.2 */
/* conn_write.c -- an answer on its way out, and the end of a connection. Layer: gateway. */
#include "gateway/net/door_int.h"

#include <sys/socket.h>

/* RFC 9112 9.6: closing a socket with unread bytes resets it and may destroy the answer in the
 * peer's hands. So we say that we send no more, and read away until the peer is done too. */
void conn_linger(struct conn *conn)
{
    conn->state = CONN_LINGERING;
    if (conn->work != NULL) {
        door_work_free(conn->work);
        conn->work = NULL;
    }
    if (conn->eof || shutdown(conn->watch.fd, SHUT_WR) != 0 ||
        !pt_ok(pt_loop_rewatch(conn->door->loop, &conn->watch, PT_LOOP_IN))) {
        conn_close(conn);
        return;
    }
    conn_deadline(conn, conn_in_ms(conn, PT_HTTP_LINGER_MS));
}

void conn_finish(struct conn *conn)
{
    if (conn->tls != NULL) {
        pt_tls_bye(conn->tls);
    }
    conn_linger(conn);
}

static void written(struct conn *conn)
{
    conn->door->counters.replies++;
    if (conn->closing) {
        conn_finish(conn);
        return;
    }
    conn->state = CONN_READING;
    if (!conn->in_turn) {
        conn_continue(conn);
    }
}

/* Keep what the socket did not take and wait until it takes more. */
static void wait_to_write(struct conn *conn, pt_slice rest)
{
    if (conn->out.len == 0U) {
        pt_buf_init(&conn->out, OUT_MAX);
        pt_buf_put(&conn->out, rest);
        conn->out_at = 0U;
        conn_deadline(conn, conn_in_ms(conn, conn->door->limits.write_ms));
    } else {
        conn->out_at = conn->out.len - rest.len;
    }
    if (!pt_ok(pt_buf_status(&conn->out)) ||
        !pt_ok(pt_loop_rewatch(conn->door->loop, &conn->watch, PT_LOOP_OUT))) {
        conn_broke(conn);
    }
}

void conn_flush(struct conn *conn, pt_slice bytes)
{
    conn->state = CONN_WRITING;
    while (bytes.len != 0U) {
        size_t put = 0U;
        const pt_status st = wire_write(conn, bytes, &put);
        if (st.code == PT_E_AGAIN) {
            wait_to_write(conn, bytes);
            return;
        }
        if (!pt_ok(st)) {
            conn_broke(conn);
            return;
        }
        bytes = pt_slice_from(bytes, put);
    }
    pt_buf_done(&conn->out);
    written(conn);
}

void conn_flush_rest(struct conn *conn)
{
    conn_flush(conn, pt_slice_from(pt_buf_slice(&conn->out), conn->out_at));
}
