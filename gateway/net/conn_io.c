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

PT_RESULT wire_read(struct conn *conn, char *into, size_t n, size_t *ret_n)
{
    if (conn->tls != NULL) {
        PT_TRY(pt_tls_read(conn->tls, into, n, ret_n));
    } else {
        const ssize_t got = recv(conn->watch.fd, into, n, 0);
        if (got < 0) {
            return from_errno();
        }
        PT_ENSURE(got != 0, PT_E_CLOSED);
        *ret_n = (size_t)got;
    }
    conn->door->counters.bytes_in += *ret_n;
    return PT_SUCCESS;
}

PT_RESULT wire_write(struct conn *conn, pt_slice bytes, size_t *ret_n)
{
    if (conn->tls != NULL) {
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

/* OpenSSL may have to write in order to read (a key update to acknowledge). */
PT_RESULT wire_watch(struct conn *conn, uint32_t events)
{
    if (conn->tls != NULL && pt_tls_wants_write(conn->tls)) {
        events |= PT_LOOP_OUT;
    }
    return pt_loop_rewatch(conn->door->loop, &conn->watch, events);
}
