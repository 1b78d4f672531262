/* SPDX-License-Identifier: EUPL-1.2 */
/* conn_io.c -- bytes of a connection, TLS or plain, with one vocabulary of failures
 * (gateway/net/tls_int.h). Layer: gateway. */
#include "gateway/net/door_int.h"

#include <errno.h>
#include <sys/socket.h>

static pt_status from_errno(void)
{
    if (errno == EAGAIN || errno == EINTR) {
        return PT_FAIL(PT_E_AGAIN);
    }
    return PT_FAIL_AUX(PT_E_IO, errno);
}

void wire_told(struct conn *conn, uint32_t events)
{
    conn->readable = true;
    conn->hung_up = conn->hung_up || (events & (PT_LOOP_RDHUP | PT_LOOP_HUP | PT_LOOP_ERR)) != 0U;
}

/* The socket gave less than it was asked for: it is empty (epoll(7)), and the loop tells when it
 * is not any more. The end of a stream comes with the bytes before it, and is not told again. */
static void read_empty(struct conn *conn)
{
    conn->readable = conn->hung_up;
}

PT_RESULT wire_handshake(struct conn *conn)
{
    warm_keep(conn);
    const pt_status st = pt_tls_handshake(conn->tls);
    if (pt_tls_read_empty(conn->tls)) {
        read_empty(conn);
    }
    return st;
}

static PT_RESULT read_tls(struct conn *conn, char *into, size_t n, size_t *ret_n)
{
    warm_keep(conn);
    const pt_status st = pt_tls_read(conn->tls, into, n, ret_n);
    if (pt_tls_read_empty(conn->tls)) {
        read_empty(conn);
    }
    return st;
}

static PT_RESULT read_plain(struct conn *conn, char *into, size_t n, size_t *ret_n)
{
    const ssize_t got = recv(conn->watch.fd, into, n, 0);
    if (got < 0 ? errno == EAGAIN : (size_t)got < n) {
        read_empty(conn);
    }
    if (got < 0) {
        return from_errno();
    }
    PT_ENSURE(got != 0, PT_E_CLOSED);
    *ret_n = (size_t)got;
    return PT_SUCCESS;
}

PT_RESULT wire_read(struct conn *conn, char *into, size_t n, size_t *ret_n)
{
    PT_TRY(conn->tls != NULL ? read_tls(conn, into, n, ret_n) : read_plain(conn, into, n, ret_n));
    conn->door->counters.bytes_in += *ret_n;
    return PT_SUCCESS;
}

PT_RESULT wire_write(struct conn *conn, pt_slice bytes, size_t *ret_n)
{
    if (conn->tls != NULL) {
        warm_keep(conn);
        PT_TRY(pt_tls_write(conn->tls, bytes, ret_n));
    } else {
        const ssize_t put = send(conn->watch.fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (put < 0) {
            return from_errno();
        }
        *ret_n = (size_t)put;
    }
    conn->door->counters.bytes_out += *ret_n;
    return PT_SUCCESS;
}

/* OpenSSL may have to write in order to read (a key update to acknowledge). To ask for other events
 * is to be told of those that last; for the same ones the loop has to be asked, when there may be
 * something left. */
PT_RESULT wire_watch(struct conn *conn, uint32_t events)
{
    struct pt_loop *const loop = conn->door->loop;
    if (conn->tls != NULL && pt_tls_wants_write(conn->tls)) {
        events |= PT_LOOP_OUT;
        events |=
            (events & PT_LOOP_IN) == 0U ? PT_LOOP_EDGE : 0U; /* told once: nobody writes now */
    }
    const bool again = conn->readable && (events & PT_LOOP_IN) != 0U;
    if (again) {
        conn->readable = false;
    }
    return again && conn->watch.events == events ? pt_loop_again(loop, &conn->watch)
                                                 : pt_loop_rewatch(loop, &conn->watch, events);
}
