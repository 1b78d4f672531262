/* SPDX-License-Identifier: EUPL-1.2 */
/* door_listen.c -- listening sockets, one a lane (contract: poterne/gateway/door.h).
 * Layer: gateway. */
#include "poterne/base/limits.h"
#include "poterne/base/num.h"
#include "poterne/gateway/door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024

union endpoint {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t endpoint_len(const union endpoint *e)
{
    return e->any.sa_family == AF_INET ? sizeof e->v4 : sizeof e->v6;
}

static PT_RESULT parse_host(pt_slice host, union endpoint *e)
{
    char text[INET6_ADDRSTRLEN + 1U] = "127.0.0.1";
    const bool v6 = host.len > 2U && host.ptr[0] == '[' && host.ptr[host.len - 1U] == ']';
    if (v6) {
        host = pt_slice_of(host.ptr + 1U, host.len - 2U);
    }
    PT_ENSURE(host.len != 0U && host.len < sizeof text, PT_E_SYNTAX);
    if (v6 || !pt_slice_eq(host, PT_SLICE("localhost"))) {
        memcpy(text, host.ptr, host.len);
        text[host.len] = '\0';
    }
    e->any.sa_family = v6 ? AF_INET6 : AF_INET;
    const int ok = v6 ? inet_pton(AF_INET6, text, &e->v6.sin6_addr)
                      : inet_pton(AF_INET, text, &e->v4.sin_addr);
    PT_ENSURE(ok == 1, PT_E_SYNTAX);
    return PT_SUCCESS;
}

static PT_RESULT parse(pt_slice address, union endpoint *e)
{
    size_t colon = address.len;
    while (colon != 0U && address.ptr[colon - 1U] != ':') {
        colon--;
    }
    PT_ENSURE(colon != 0U, PT_E_SYNTAX);
    uint64_t port = 0U;
    PT_ENSURE(pt_ok(pt_num_u64(pt_slice_from(address, colon), 0U, 65535U, &port)), PT_E_SYNTAX);
    PT_TRY(parse_host(pt_slice_head(address, colon - 1U), e));
    if (e->any.sa_family == AF_INET) {
        e->v4.sin_port = htons((uint16_t)port);
    } else {
        e->v6.sin6_port = htons((uint16_t)port);
    }
    return PT_SUCCESS;
}

/* SO_REUSEPORT would let a second daemon of the same user share our port unseen, and take half of
 * the connections: a socket without it first proves that nobody listens there. */
static bool is_free(const union endpoint *e)
{
    const int on = 1;
    const int fd = socket(e->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    const bool yes = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                     bind(fd, &e->any, endpoint_len(e)) == 0;
    const int why = errno;
    (void)close(fd);
    errno = why;
    return yes;
}

static int bound_socket(const union endpoint *e)
{
    const int on = 1;
    const int fd = socket(e->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if ((e->any.sa_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        bind(fd, &e->any, endpoint_len(e)) != 0 || listen(fd, BACKLOG) != 0) {
        const int why = errno;
        (void)close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

/* The kernel chose the port of the first socket: the others take the same. */
static bool learn_port(int fd, union endpoint *e)
{
    socklen_t len = sizeof *e;
    return getsockname(fd, &e->any, &len) == 0;
}

PT_RESULT pt_door_listen(pt_slice address, size_t n, int *ret_fds, uint16_t *ret_port)
{
    PT_ENSURE(n != 0U && n <= PT_LANES_MAX && ret_fds != NULL, PT_E_ARG);
    union endpoint e = {.v6 = {.sin6_family = AF_UNSPEC}};
    int fds[PT_LANES_MAX];
    PT_TRY(parse(address, &e));
    if (!is_free(&e)) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    for (size_t i = 0U; i < n; i++) {
        fds[i] = bound_socket(&e);
        if (fds[i] < 0 || (i == 0U && !learn_port(fds[0], &e))) {
            const pt_status st = PT_FAIL_AUX(PT_E_IO, errno);
            for (size_t j = 0U; j < i + (fds[i] < 0 ? 0U : 1U); j++) {
                (void)close(fds[j]);
            }
            return st;
        }
    }
    memcpy(ret_fds, fds, n * sizeof fds[0]);
    if (ret_port != NULL) {
        *ret_port = ntohs(e.any.sa_family == AF_INET ? e.v4.sin_port : e.v6.sin6_port);
    }
    return PT_SUCCESS;
}
