/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * libcurl's sockets on the lane's loop. libcurl tells what it awaits request by request; a kept
 * connection would be taken out of epoll and put back for each. So the watch lives as long as the
 * descriptor, and what happens between two requests (the State closes) ends it. Layer: gateway.
 */
#include "gateway/net/fetch_int.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct pt_fetch_socket **find(struct pt_fetcher *fetcher, curl_socket_t fd)
{
    struct pt_fetch_socket **at = &fetcher->sockets[(unsigned)fd % PT_FETCH_SOCKET_ROWS];
    while (*at != NULL && (*at)->watch.fd != fd) {
        at = &(*at)->next;
    }
    return at;
}

static void forget(struct pt_fetcher *fetcher, curl_socket_t fd)
{
    struct pt_fetch_socket **at = find(fetcher, fd);
    struct pt_fetch_socket *socket = *at;
    if (socket != NULL) {
        *at = socket->next;
        pt_loop_unwatch(fetcher->loop, &socket->watch);
        if (socket->conn != NULL) {
            socket->conn->socket = NULL;
        }
        free(socket);
    }
}

void pt_fetch_socket_forget_all(struct pt_fetcher *fetcher)
{
    for (size_t i = 0U; i < PT_FETCH_SOCKET_ROWS; i++) {
        while (fetcher->sockets[i] != NULL) {
            forget(fetcher, fetcher->sockets[i]->watch.fd);
        }
    }
}

static void on_socket(void *ctx, uint32_t events)
{
    struct pt_fetch_socket *socket = ctx;
    if (socket->conn != NULL) {
        pt_fetch_conn_ready(socket->conn);
        return;
    }
    int mask = 0;
    mask |= (events & (uint32_t)(PT_LOOP_IN | PT_LOOP_HUP)) != 0U ? CURL_CSELECT_IN : 0;
    mask |= (events & (uint32_t)PT_LOOP_OUT) != 0U ? CURL_CSELECT_OUT : 0;
    mask |= (events & (uint32_t)PT_LOOP_ERR) != 0U ? CURL_CSELECT_ERR : 0;
    pt_fetch_act(socket->fetcher, socket->watch.fd, mask);
}

static struct pt_fetch_socket *add(struct pt_fetcher *fetcher, curl_socket_t fd, bool ours)
{
    struct pt_fetch_socket *socket = calloc(1U, sizeof *socket);
    if (socket != NULL) {
        socket->fetcher = fetcher;
        socket->ours = ours;
        socket->watch = (struct pt_watch){.fd = fd, .ready = on_socket, .ctx = socket};
        *find(fetcher, fd) = socket; /* at the end of its row */
    }
    return socket;
}

/* A descriptor that libcurl opened without us (its resolver's) it closes without us: nothing of it
 * may stay, its number will be somebody else's. */
static int rest(struct pt_fetcher *fetcher, struct pt_fetch_socket *socket)
{
    if (socket != NULL && socket->ours) {
        pt_loop_unwatch(fetcher->loop, &socket->watch);
    } else if (socket != NULL) {
        forget(fetcher, socket->watch.fd);
    }
    return 0;
}

int pt_fetch_socket_want(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct pt_fetcher *fetcher = arg;
    (void)easy;
    (void)known; /* libcurl forgets it with the first request */
    struct pt_fetch_socket *socket = *find(fetcher, fd);
    if (socket != NULL && socket->conn != NULL) {
        return 0; /* libcurl has nothing to await there any more */
    }
    if (what == CURL_POLL_REMOVE) {
        return rest(fetcher, socket);
    }
    uint32_t events = 0U;
    events |= (what & CURL_POLL_IN) != 0 ? (uint32_t)PT_LOOP_IN : 0U;
    events |= (what & CURL_POLL_OUT) != 0 ? (uint32_t)PT_LOOP_OUT : 0U;
    socket = socket != NULL ? socket : add(fetcher, fd, false);
    if (socket == NULL) {
        return -1;
    }
    const pt_status st = socket->watch.watched
                             ? pt_loop_rewatch(fetcher->loop, &socket->watch, events)
                             : pt_loop_watch(fetcher->loop, &socket->watch, events);
    return pt_ok(st) ? 0 : -1;
}

/* The number of a new descriptor belongs to nobody any more, whoever closed the old one. */
curl_socket_t pt_fetch_socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) {
        return CURL_SOCKET_BAD;
    }
    forget(arg, fd);
    if (add(arg, fd, true) == NULL) {
        (void)close(fd);
        return CURL_SOCKET_BAD;
    }
    return fd;
}

int pt_fetch_socket_close(void *arg, curl_socket_t fd)
{
    forget(arg, fd);
    return close(fd);
}

PT_RESULT pt_fetch_socket_take(struct pt_fetcher *fetcher, curl_socket_t fd,
                               struct pt_fetch_conn *conn)
{
    struct pt_fetch_socket *socket = fd != CURL_SOCKET_BAD ? *find(fetcher, fd) : NULL;
    PT_ENSURE(socket != NULL, PT_E_ABSENT);
    PT_TRY(socket->watch.watched ? pt_loop_rewatch(fetcher->loop, &socket->watch, PT_LOOP_IN)
                                 : pt_loop_watch(fetcher->loop, &socket->watch, PT_LOOP_IN));
    socket->conn = conn;
    conn->socket = socket;
    return PT_SUCCESS;
}
