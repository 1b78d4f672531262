/* SPDX-License-Identifier: EUPL-1.2 */
/* A State API in a thread, and a fetcher that asks it; for test_fetch*.c alone. */
#ifndef POTERNE_TESTS_FETCH_FIXTURE_H
#define POTERNE_TESTS_FETCH_FIXTURE_H
#include "gateway/net/fetch_int.h"
#include "testpki.h"
#include "torture.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DAY         86400
#define REQUEST_MAX 65536U
#define TURNS_MAX   4000U

/* --- the State API --- */

struct server {
    SSL_CTX *tls;
    int listener;
    uint16_t port;
    const char *answer;   /* NULL: silence */
    size_t record;        /* bytes of the answer a TLS record; 0: all */
    const char *more;     /* in a record of its own after the answer */
    bool mute_close;      /* takes the request, then closes without a word */
    struct pt_buf staple; /* OCSP answer sent along with the handshake; empty: none */
    size_t filler;        /* bytes 'x' after it */
    bool close_after;
    pthread_t thread;
    atomic_uint accepted;
    atomic_uint requests;
    char request[REQUEST_MAX]; /* the last one */
};

static struct test_cert root;
static struct test_cert other;
static char *root_pem;
static char *other_pem;
static struct server server;
static pt_slice state_lists; /* of the next requests */
static bool state_stapling;
static struct pt_loop *loop;
static struct pt_fetcher *fetcher;

static const char good_answer[] = "HTTP/1.1 200 OK\r\n"
                                  "Content-Type:  application/json \r\n"
                                  "RateLimit-Limit: 10\r\n"
                                  "ratelimit-remaining: 9\r\n"
                                  "RATELIMIT-RESET: 1795478400\r\n"
                                  "Retry-After: 3\r\n"
                                  "X-Request-Id: r-1\r\n"
                                  "Set-Cookie: spy=1\r\n"
                                  "Content-Length: 2\r\n\r\n{}";

static bool read_request(SSL *ssl)
{
    size_t n = 0U;
    while (n < REQUEST_MAX - 1U) {
        const int got = SSL_read(ssl, server.request + n, (int)(REQUEST_MAX - 1U - n));
        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        server.request[n] = '\0';
        if (strstr(server.request, "\r\n\r\n") != NULL) {
            (void)atomic_fetch_add(&server.requests, 1U);
            return true;
        }
    }
    return false;
}

static bool answer(SSL *ssl)
{
    static const char filler[16384] = {'x'};
    if (server.answer == NULL) {
        return true;
    }
    if (server.mute_close) {
        return false;
    }
    const size_t len = strlen(server.answer);
    const size_t step = server.record != 0U ? server.record : len;
    for (size_t at = 0U; at < len; at += step) {
        const int n = (int)(len - at < step ? len - at : step);
        if (SSL_write(ssl, server.answer + at, n) != n) {
            return false;
        }
    }
    if (server.more != NULL && SSL_write(ssl, server.more, (int)strlen(server.more)) <= 0) {
        return false;
    }
    for (size_t left = server.filler; left > 0U;) {
        const int n = (int)(left < sizeof filler ? left : sizeof filler);
        if (SSL_write(ssl, filler, n) != n) {
            return false;
        }
        left -= (size_t)n;
    }
    return !server.close_after;
}

static void serve(int fd)
{
    SSL *ssl = SSL_new(server.tls);
    (void)SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
        while (read_request(ssl) && answer(ssl)) {
        }
        (void)SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    (void)close(fd);
}

static void *run(void *arg)
{
    (void)arg;
    for (int fd = accept(server.listener, NULL, NULL); fd >= 0;
         fd = accept(server.listener, NULL, NULL)) {
        (void)atomic_fetch_add(&server.accepted, 1U);
        serve(fd);
    }
    return NULL;
}

/* Before start_server(): what kind of server it is. */
static void make_tls(const struct test_cert_spec *spec)
{
    struct test_cert cert = test_cert_new(spec);
    server.tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(server.tls, 0);
    cr_assert_eq(SSL_CTX_use_certificate(server.tls, cert.cert), 1);
    cr_assert_eq(SSL_CTX_use_PrivateKey(server.tls, cert.key), 1);
    test_cert_free(&cert);
}

static struct test_cert_spec good_spec(void)
{
    return (struct test_cert_spec){.cn = "state",
                                   .issuer = &root,
                                   .eku = "serverAuth",
                                   .san = "IP:127.0.0.1",
                                   .now = time(NULL)};
}

/* OpenSSL frees what it is given. */
static int send_staple(SSL *ssl, void *arg)
{
    (void)arg;
    if (server.staple.len == 0U) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    unsigned char *copy = OPENSSL_memdup(server.staple.ptr, server.staple.len);
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)server.staple.len);
    return SSL_TLSEXT_ERR_OK;
}

static void start_server(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    if (server.tls == NULL) {
        const struct test_cert_spec spec = good_spec();
        make_tls(&spec);
    }
    SSL_CTX_set_tlsext_status_cb(server.tls, send_staple);
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(server.listener, (const struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(listen(server.listener, 16), 0);
    cr_assert_eq(getsockname(server.listener, (struct sockaddr *)&at, &len), 0);
    server.port = ntohs(at.sin_port);
    cr_assert_eq(pthread_create(&server.thread, NULL, run, NULL), 0);
}

/* --- our side --- */

static void set_up(void)
{
    const struct test_cert_spec ca = {.cn = "State CA", .ca = true, .now = time(NULL)};
    (void)signal(SIGPIPE, SIG_IGN);
    root = test_cert_new(&ca);
    other = test_cert_new(&ca);
    root_pem = test_cert_pem(&root);
    other_pem = test_cert_pem(&other);
    memset(&server, 0, sizeof server);
    server.answer = good_answer;
    cr_assert(pt_ok(pt_fetch_global()));
    cr_assert(pt_ok(pt_loop_new(&pt_clock_system, &loop)));
    cr_assert(pt_ok(pt_fetcher_new(loop, &fetcher)));
}

static void tear_down(void)
{
    fetcher = pt_fetcher_free(fetcher); /* closes the connections: the server's thread sees it */
    loop = pt_loop_free(loop);
    if (server.port != 0U) {
        (void)shutdown(server.listener, SHUT_RDWR);
        (void)pthread_join(server.thread, NULL);
        (void)close(server.listener);
    }
    SSL_CTX_free(server.tls);
    pt_buf_done(&server.staple);
    test_cert_free(&root);
    test_cert_free(&other);
    free(root_pem);
    free(other_pem);
}

struct waited {
    unsigned calls;
    pt_status st;
};

static void on_done(void *ctx, pt_status st)
{
    struct waited *w = ctx;
    w->calls++;
    w->st = st;
}

static pt_status start(const char *url, const char *ca, struct waited *w, struct pt_fetch **fetch)
{
    const struct pt_fetch_request request = {
        .url = url,
        .headers = PT_SLICE("Authorization: Bearer t\0Accept: application/json\0"),
        .trust = {.ca = pt_slice_str(ca), .crl = state_lists, .stapling = state_stapling}};
    return pt_fetch_start(fetcher, &request, on_done, w, fetch);
}

static void wait_for(const struct waited *w)
{
    for (unsigned i = 0U; i < TURNS_MAX && w->calls == 0U; i++) {
        cr_assert(pt_ok(pt_loop_turn(loop, 100U)));
    }
    cr_assert_eq(w->calls, 1U);
}

static const char *url_of(const char *path)
{
    static char url[256];
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u%s", server.port, path);
    return url;
}

/* Fetch @url with @ca to the end; the fetch is the caller's. */
static struct pt_fetch *fetch_with(const char *url, const char *ca, pt_status *ret)
{
    struct waited w = {0};
    struct pt_fetch *fetch = NULL;
    const pt_status st = start(url, ca, &w, &fetch);
    cr_assert(pt_ok(st), "%s at %s", pt_code_name(st.code), st.origin);
    cr_expect_eq(w.calls, 0U, "never from within the start");
    wait_for(&w);
    *ret = w.st;
    return fetch;
}

static void expect(const char *url, const char *ca, uint32_t code)
{
    pt_status st = PT_SUCCESS;
    struct pt_fetch *fetch = fetch_with(url, ca, &st);
    cr_expect_eq(st.code, code, "%s aux %u", pt_code_name(st.code), st.aux);
    fetch = pt_fetch_free(fetch);
    cr_expect_null(fetch);
}

#endif /* POTERNE_TESTS_FETCH_FIXTURE_H */
