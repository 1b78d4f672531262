/* SPDX-License-Identifier: EUPL-1.2 */
#include "door_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static uint64_t wall_ms(void *ctx)
{
    return ((struct fixture *)ctx)->wall_ms;
}

static uint64_t mono_us(void *ctx)
{
    return ((struct fixture *)ctx)->mono_us;
}

/* --- the handler --------------------------------------------------------------------------- */

static void on_request(void *ctx, struct pt_door_exchange *x)
{
    struct fixture *const f = ctx;
    f->requests++;
    f->last_has_client = x->has_client;
    memcpy(f->last_client, x->client, sizeof f->last_client);
    (void)snprintf(f->last_target, sizeof f->last_target, "%.*s", (int)x->request->target.len,
                   x->request->target.ptr);
    if (f->park) {
        must(f->parked_count < PARKED_MAX);
        f->parked[f->parked_count++] = x;
        return;
    }
    const pt_slice body = x->request->body.len != 0U ? x->request->body : x->request->path;
    const struct pt_door_reply reply = {.status = 200U, .body = body};
    pt_door_reply(x, &reply);
}

static void on_gone(void *ctx, struct pt_door_exchange *x)
{
    struct fixture *const f = ctx;
    must(x->gone);
    f->gone++;
}

static void on_refuse(void *ctx, enum pt_http1_reason reason, struct pt_buf *body)
{
    struct fixture *const f = ctx;
    f->refused++;
    f->last_reason = reason;
    pt_buf_put(body, PT_SLICE("{\"errors\":[{\"code\":\"PT000\",\"detail\":\""));
    pt_buf_put_str(body, pt_http1_reason_name(reason));
    pt_buf_put(body, PT_SLICE("\"}]}"));
}

static void on_handshake_failed(void *ctx, pt_status why)
{
    struct fixture *const f = ctx;
    f->handshakes_failed++;
    f->last_failure = why;
}

static void on_expelled(void *ctx, pt_status why)
{
    ((struct fixture *)ctx)->last_failure = why;
}

static void on_drained(void *ctx)
{
    ((struct fixture *)ctx)->drained = true;
}

void fixture_answer(struct fixture *f, size_t index, const char *body)
{
    const struct pt_door_reply reply = {.status = 200U, .body = pt_slice_str(body)};
    struct pt_door_exchange *const x = f->parked[index];
    must(x != NULL);
    f->parked[index] = NULL;
    pt_door_reply(x, &reply);
}

/* --- the door ------------------------------------------------------------------------------- */

void fixture_open(struct fixture *f, const struct pt_door_config *config)
{
    struct pt_door_config full = *config;
    (void)signal(SIGPIPE, SIG_IGN);
    *f = (struct fixture){.mono_us = 1000000U, .wall_ms = FIXTURE_NOW * 1000ULL};
    f->clock = (struct pt_clock){.wall_ms = wall_ms, .mono_us = mono_us, .ctx = f};
    full.handler = (struct pt_door_handler){.request = on_request,
                                            .gone = on_gone,
                                            .refuse = on_refuse,
                                            .handshake_failed = on_handshake_failed,
                                            .expelled = on_expelled,
                                            .drained = on_drained,
                                            .ctx = f};
    must(pt_ok(pt_loop_new(&f->clock, &f->loop)));
    must(pt_ok(pt_door_listen(PT_SLICE("127.0.0.1:0"), 1U, &full.fd, &f->port)));
    must(pt_ok(pt_door_new(f->loop, &full, &f->door)));
}

void fixture_close(struct fixture *f)
{
    for (size_t i = 0U; i < f->parked_count; i++) {
        if (f->parked[i] != NULL) {
            fixture_answer(f, i, "late");
        }
    }
    f->door = pt_door_free(f->door);
    f->loop = pt_loop_free(f->loop);
}

void fixture_turn(struct fixture *f)
{
    must(pt_ok(pt_loop_turn(f->loop, 0U)));
}

void fixture_pass_ms(struct fixture *f, uint64_t ms)
{
    f->mono_us += ms * 1000U;
    f->wall_ms += ms;
    fixture_turn(f);
    fixture_turn(f);
}

/* --- peers ------------------------------------------------------------------------------------ */

void peer_open(struct fixture *f, struct peer *p)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(f->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int on = 1;
    *p = (struct peer){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    must(p->fd >= 0 && connect(p->fd, (const struct sockaddr *)&to, sizeof to) == 0);
    must(fcntl(p->fd, F_SETFL, O_NONBLOCK) == 0);
    must(setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    p->received = calloc(1U, RECEIVED_MAX);
    must(p->received != NULL);
}

void peer_close(struct peer *p)
{
    SSL_free(p->ssl);
    p->ssl = NULL;
    if (p->fd >= 0) {
        (void)close(p->fd);
    }
    p->fd = -1;
    free(p->received);
    p->received = NULL;
}

void peer_abort(struct peer *p)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    must(setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
    peer_close(p);
}

bool peer_handshake(struct fixture *f, struct peer *p, SSL_CTX *ctx)
{
    if (p->ssl == NULL) {
        p->ssl = SSL_new(ctx);
    }
    must(p->ssl != NULL && SSL_set_fd(p->ssl, p->fd) == 1);
    for (unsigned i = 0U; i < TURNS_MAX; i++) {
        ERR_clear_error();
        const int rc = SSL_connect(p->ssl);
        if (rc == 1) {
            return true;
        }
        const int why = SSL_get_error(p->ssl, rc);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
            return false;
        }
        fixture_turn(f);
    }
    return false;
}

static ssize_t put_some(struct peer *p, pt_slice bytes)
{
    if (p->ssl == NULL) {
        return send(p->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
    }
    ERR_clear_error();
    const int n = SSL_write(p->ssl, bytes.ptr, (int)bytes.len);
    if (n <= 0) {
        errno = SSL_get_error(p->ssl, n) == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
        return -1;
    }
    return n;
}

void peer_send(struct fixture *f, struct peer *p, pt_slice bytes)
{
    for (unsigned i = 0U; i < TURNS_MAX && bytes.len != 0U; i++) {
        const ssize_t n = put_some(p, bytes);
        if (n > 0) {
            bytes = pt_slice_from(bytes, (size_t)n);
        } else if (errno != EAGAIN) {
            return;
        }
        fixture_turn(f);
    }
    fixture_turn(f); /* one turn accepts, the next one reads */
}

void peer_half_close(struct peer *p)
{
    if (p->ssl != NULL) {
        (void)SSL_shutdown(p->ssl);
    }
    must(shutdown(p->fd, SHUT_WR) == 0);
}

static ssize_t take_some(struct peer *p, char *into, size_t n)
{
    if (p->ssl == NULL) {
        return recv(p->fd, into, n, 0);
    }
    ERR_clear_error();
    const int got = SSL_read(p->ssl, into, (int)n);
    if (got > 0) {
        return got;
    }
    const int why = SSL_get_error(p->ssl, got);
    errno = why == SSL_ERROR_WANT_READ ? EAGAIN : ECONNRESET;
    return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

void peer_pump(struct fixture *f, struct peer *p)
{
    fixture_turn(f);
    const size_t space = RECEIVED_MAX - 1U - p->len;
    must(space != 0U);
    const ssize_t n = take_some(p, p->received + p->len, space);
    if (n > 0) {
        p->len += (size_t)n;
        p->received[p->len] = '\0';
    } else if (n == 0) {
        p->closed = true;
    } else if (errno != EAGAIN) {
        p->closed = true;
        p->reset = true;
    } else {
        must(pt_ok(pt_loop_turn(f->loop, 1U))); /* the kernel may need a moment */
    }
}

size_t count_text(const char *in, const char *text)
{
    size_t n = 0U;
    for (const char *at = strstr(in, text); at != NULL; at = strstr(at + 1, text)) {
        n++;
    }
    return n;
}

size_t peer_expect_bytes(struct fixture *f, struct peer *p, char byte, size_t n)
{
    size_t seen = 0U;
    size_t at = 0U;
    for (unsigned i = 0U; i < TURNS_MAX && seen < n && !p->closed; i++) {
        peer_pump(f, p);
        for (; at < p->len; at++) {
            seen += p->received[at] == byte ? 1U : 0U;
        }
    }
    return seen;
}

bool peer_expect(struct fixture *f, struct peer *p, const char *text, size_t times)
{
    for (unsigned i = 0U; i < TURNS_MAX && !p->closed; i++) {
        if (count_text(p->received, text) >= times) {
            break;
        }
        peer_pump(f, p);
    }
    return count_text(p->received, text) == times;
}

bool peer_expect_close(struct fixture *f, struct peer *p)
{
    for (unsigned i = 0U; i < TURNS_MAX && !p->closed; i++) {
        peer_pump(f, p);
    }
    return p->closed;
}

bool peer_quiet(struct fixture *f, struct peer *p)
{
    const size_t before = p->len;
    for (unsigned i = 0U; i < 20U; i++) {
        peer_pump(f, p);
    }
    return p->len == before && !p->closed;
}
