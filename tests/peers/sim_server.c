/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * sim_server.c -- the wire: one thread, one listening socket (SO_REUSEPORT), one epoll, TLS by
 * OpenSSL over the socket. A delayed answer parks its connection; the loop wakes for the nearest
 * one. Nothing here is a limit of the product: it is a peer on loopback.
 */
#include "tests/peers/sim.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS   256
#define READ_MAX 16384U

struct conn {
    int fd;
    size_t slot;
    SSL *ssl;
    struct pt_buf in;
    struct pt_buf out;
    uint64_t due_ms; /* when the parked answer leaves; 0: nothing parked */
    enum sim_after after;
};

struct loop {
    struct sim *sim;
    struct sim_tls *tls;
    int epoll_fd;
    int listen_fd;
    struct conn *conns[SIM_CONNS_MAX];
    size_t nconns;
    struct sim_request request;
};

struct sim_tls {
    SSL_CTX *ctx;
};

struct sim_tls *sim_tls_new(const char *cert, const char *key)
{
    struct sim_tls *tls = (struct sim_tls *)calloc(1U, sizeof(*tls));
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (tls == NULL || ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
        SSL_CTX_free(ctx);
        free(tls);
        return NULL;
    }
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    tls->ctx = ctx;
    return tls;
}

struct sim_tls *sim_tls_free(struct sim_tls *tls)
{
    if (tls != NULL) {
        SSL_CTX_free(tls->ctx);
        free(tls);
    }
    return NULL;
}

int sim_listen(uint16_t *port)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(*port),
                             .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0 ||
        bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
        return -1;
    }
    *port = ntohs(at.sin_port);
    return fd;
}

static uint64_t now_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000U + (uint64_t)ts.tv_nsec / 1000000U;
}

/* --- connections ----------------------------------------------------------------------------- */

static void conn_close(struct loop *loop, struct conn *conn)
{
    if (conn->after == SIM_RESET) {
        const struct linger rst = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &rst, sizeof(rst));
    } else {
        (void)SSL_shutdown(conn->ssl);
    }
    ERR_clear_error();
    SSL_free(conn->ssl);
    (void)close(conn->fd);
    pt_buf_done(&conn->in);
    pt_buf_done(&conn->out);
    struct conn *last = loop->conns[--loop->nconns];
    last->slot = conn->slot;
    loop->conns[conn->slot] = last;
    free(conn);
}

static struct conn *conn_new(struct loop *loop, int fd)
{
    struct conn *conn = (struct conn *)calloc(1U, sizeof(*conn));
    SSL *ssl = SSL_new(loop->tls->ctx);
    if (conn == NULL || ssl == NULL || SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        free(conn);
        return NULL;
    }
    SSL_set_accept_state(ssl);
    conn->fd = fd;
    conn->ssl = ssl;
    pt_buf_init(&conn->in, SIM_HEAD_MAX + SIM_BODY_MAX + READ_MAX);
    pt_buf_init(&conn->out, SIM_OUT_MAX * 2U);
    return conn;
}

static void accept_all(struct loop *loop)
{
    for (;;) {
        const int fd = accept4(loop->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            return;
        }
        const int on = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        struct conn *conn = loop->nconns < SIM_CONNS_MAX ? conn_new(loop, fd) : NULL;
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                    .data = {.ptr = conn}};
        if (conn == NULL || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
            (void)close(fd);
            continue;
        }
        conn->slot = loop->nconns;
        loop->conns[loop->nconns++] = conn;
    }
}

/* @return false when the peer is gone. */
static bool fill(struct conn *conn)
{
    for (;;) {
        char part[READ_MAX];
        const int n = SSL_read(conn->ssl, part, sizeof(part));
        if (n > 0) {
            pt_buf_put(&conn->in, pt_slice_of(part, (size_t)n));
            if (!pt_ok(pt_buf_status(&conn->in))) {
                return false;
            }
            continue;
        }
        const int why = SSL_get_error(conn->ssl, n);
        ERR_clear_error();
        return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
    }
}

static bool flush(struct conn *conn)
{
    while (conn->out.len > 0U && conn->due_ms == 0U) {
        const size_t all = conn->out.len < 1U << 20U ? conn->out.len : 1U << 20U;
        const int n = SSL_write(conn->ssl, conn->out.ptr, (int)all);
        if (n > 0) {
            pt_buf_consume(&conn->out, (size_t)n);
            continue;
        }
        const int why = SSL_get_error(conn->ssl, n);
        ERR_clear_error();
        return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
    }
    return true;
}

/* --- exchange -------------------------------------------------------------------------------- */

static bool answer_one(struct loop *loop, struct conn *conn)
{
    const long n = sim_request_parse(pt_buf_slice(&conn->in), &loop->request);
    if (n <= 0) {
        conn->after = n < 0 ? SIM_CLOSE : conn->after;
        return false;
    }
    struct sim_answer answer;
    sim_answer(loop->sim, &loop->request, &answer);
    if (answer.after != SIM_HANG) {
        sim_answer_write(loop->sim, &answer, &conn->out);
    }
    conn->after = !loop->request.keep_alive && answer.after == SIM_KEEP ? SIM_CLOSE : answer.after;
    conn->due_ms = answer.delay_ms > 0U ? now_ms() + answer.delay_ms : 0U;
    sim_answer_done(&answer);
    pt_buf_consume(&conn->in, (size_t)n);
    return true;
}

/* Answers in order; stops while an answer is parked or has ended the connection. */
static void turn(struct loop *loop, struct conn *conn)
{
    bool alive = fill(conn);
    while (alive && conn->due_ms == 0U && conn->after == SIM_KEEP && answer_one(loop, conn)) {
        alive = pt_ok(pt_buf_status(&conn->out));
    }
    alive = flush(conn) && alive;
    const bool spoken = conn->out.len == 0U && conn->due_ms == 0U;
    if (!alive || (spoken && (conn->after == SIM_CLOSE || conn->after == SIM_RESET))) {
        conn_close(loop, conn);
    }
}

/* @return milliseconds until the next parked answer, -1 when there is none. */
static int release_due(struct loop *loop)
{
    const uint64_t now = now_ms();
    uint64_t next = UINT64_MAX;
    for (size_t i = loop->nconns; i > 0U; i--) {
        struct conn *conn = loop->conns[i - 1U];
        if (conn->due_ms != 0U && conn->due_ms <= now) {
            conn->due_ms = 0U;
            turn(loop, conn);
        } else if (conn->due_ms != 0U && conn->due_ms < next) {
            next = conn->due_ms;
        }
    }
    return next == UINT64_MAX ? -1 : (int)(next - now);
}

static bool watch(const struct loop *loop, int fd, const void *tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = (uint64_t)(uintptr_t)tag}};
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool handle(struct loop *loop, const struct epoll_event *event)
{
    if (event->data.ptr == &loop->epoll_fd) {
        return false;
    }
    if (event->data.ptr == &loop->listen_fd) {
        accept_all(loop);
    } else {
        turn(loop, (struct conn *)event->data.ptr);
    }
    return true;
}

static void run(struct loop *loop)
{
    struct epoll_event events[EVENTS];
    bool going = watch(loop, loop->listen_fd, &loop->listen_fd) &&
                 watch(loop, loop->sim->stop_fd, &loop->epoll_fd);
    int timeout = -1;
    while (going) {
        const int n = epoll_wait(loop->epoll_fd, events, EVENTS, timeout);
        for (int i = 0; going && i < n; i++) {
            going = handle(loop, &events[i]);
        }
        timeout = release_due(loop);
    }
    while (loop->nconns > 0U) {
        conn_close(loop, loop->conns[0]);
    }
}

void sim_serve(struct sim *sim, struct sim_tls *tls, int listen_fd)
{
    struct loop *loop = (struct loop *)calloc(1U, sizeof(*loop));
    if (loop == NULL) {
        return;
    }
    loop->sim = sim;
    loop->tls = tls;
    loop->listen_fd = listen_fd;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd >= 0) {
        run(loop);
        (void)close(loop->epoll_fd);
    }
    free(loop);
}
