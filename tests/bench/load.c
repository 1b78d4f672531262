/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * load: an mTLS HTTP/1.1 load generator for ./dev bench. One thread, epoll, keep-alive, TLS 1.3.
 * Closed loop (each connection asks again as soon as it is answered) or open loop (--rate: latency
 * counts from the instant a request was due, so that a slow server cannot hide it).
 *
 *   load --port N --path P --cert F --key F --ca F [--header H]... --connections N --seconds S
 *        [--rate R] [--idle]
 *
 * Prints "ready" when every connection is open and starts at the next line on standard input (or
 * at its end), so that handshakes stay out of the figures. Then one JSON object: requests, errors,
 * seconds, rate, p50_us, p99_us. With --idle: opens the connections, asks once on each, prints
 * "idle" and holds them until standard input ends.
 */
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 8192U
#define SAMPLES_MAX     4000000U
#define ANSWER_MAX      262144U

struct options {
    unsigned port;
    unsigned connections;
    double seconds;
    double rate;
    bool idle;
    const char *path, *cert, *key, *ca;
    char request[16384];
    size_t request_len;
};

struct connection {
    int fd;
    SSL *ssl;
    bool busy;
    uint64_t due_us; /* when its request was due */
    size_t have;     /* bytes of the answer so far */
    size_t want;     /* bytes of the whole answer, 0: head not complete */
};

struct bench {
    struct options o;
    SSL_CTX *ctx;
    int epoll;
    struct connection connections[CONNECTIONS_MAX];
    char answer[ANSWER_MAX];
    uint32_t *samples;
    size_t nsamples;
    uint64_t requests, errors;
    uint64_t next_due_us;
};

static uint64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

static _Noreturn void die(const char *why)
{
    (void)fprintf(stderr, "load: %s: %s\n", why, strerror(errno));
    exit(1);
}

static void add_header(struct options *o, const char *header)
{
    const int n =
        snprintf(o->request + o->request_len, sizeof o->request - o->request_len, "%s\r\n", header);
    o->request_len += (size_t)n;
}

static void parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {{"port", 1, 0, 'p'},
                                          {"path", 1, 0, 'u'},
                                          {"cert", 1, 0, 'c'},
                                          {"key", 1, 0, 'k'},
                                          {"ca", 1, 0, 'a'},
                                          {"header", 1, 0, 'H'},
                                          {"rate", 1, 0, 'r'},
                                          {"seconds", 1, 0, 's'},
                                          {"connections", 1, 0, 'n'},
                                          {"idle", 0, 0, 'i'},
                                          {0, 0, 0, 0}};
    const char *headers[32];
    size_t nheaders = 0U;
    int c = 0;
    o->connections = 1U;
    o->seconds = 2.0;
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        char *end = NULL;
        switch (c) {
        case 'p':
            o->port = (unsigned)strtoul(optarg, &end, 10);
            break;
        case 'n':
            o->connections = (unsigned)strtoul(optarg, &end, 10);
            break;
        case 'r':
            o->rate = strtod(optarg, &end);
            break;
        case 's':
            o->seconds = strtod(optarg, &end);
            break;
        case 'u':
            o->path = optarg;
            break;
        case 'c':
            o->cert = optarg;
            break;
        case 'k':
            o->key = optarg;
            break;
        case 'a':
            o->ca = optarg;
            break;
        case 'i':
            o->idle = true;
            break;
        case 'H':
            headers[nheaders++ % 32U] = optarg;
            break;
        default:
            exit(2);
        }
    }
    o->request_len = (size_t)snprintf(o->request, sizeof o->request,
                                      "GET %s HTTP/1.1\r\nHost: localhost\r\n", o->path);
    for (size_t i = 0U; i < nheaders; i++) {
        add_header(o, headers[i]);
    }
    add_header(o, "");
}

static SSL_CTX *make_context(const struct options *o)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (ctx == NULL || SSL_CTX_use_certificate_chain_file(ctx, o->cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, o->key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_load_verify_locations(ctx, o->ca, NULL) != 1) {
        die("certificates");
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
    (void)SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
    (void)SSL_CTX_set1_groups_list(ctx, "X25519");
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    if (o->idle) { /* thousands of connections that say nothing */
        (void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    }
    SSL_CTX_set_read_ahead(ctx, 1); /* one read a record: the load must not be what limits */
    return ctx;
}

static void open_connection(struct bench *b, struct connection *c)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)b->o.port),
                                   .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    const int one = 1;
    *c = (struct connection){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        die("connect");
    }
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->ssl = SSL_new(b->ctx);
    if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1 || SSL_connect(c->ssl) != 1) {
        die("handshake");
    }
    (void)fcntl(c->fd, F_SETFL, O_NONBLOCK);
    /* told once an answer: read_answer stops only when it is whole or the socket is empty */
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data = {.ptr = c}};
    if (epoll_ctl(b->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0) {
        die("epoll");
    }
}

static void ask(struct bench *b, struct connection *c, uint64_t due_us)
{
    c->busy = true;
    c->due_us = due_us;
    c->have = 0U;
    c->want = 0U;
    if (SSL_write(c->ssl, b->o.request, (int)b->o.request_len) != (int)b->o.request_len) {
        die("write");
    }
}

/* The answer's length from its head; the content itself is thrown away. */
static void read_head(struct bench *b, struct connection *c)
{
    b->answer[c->have] = '\0';
    const char *end = strstr(b->answer, "\r\n\r\n");
    const char *length = strcasestr(b->answer, "\r\ncontent-length:");
    if (end == NULL || length == NULL) {
        return;
    }
    c->want = (size_t)(end - b->answer) + 4U + strtoul(length + 17, NULL, 10);
    if (strncmp(b->answer, "HTTP/1.1 200", 12U) != 0) {
        b->errors++;
    }
}

static bool read_answer(struct bench *b, struct connection *c)
{
    for (;;) {
        char *at = c->want == 0U ? b->answer + c->have : b->answer;
        const int n = SSL_read(c->ssl, at, (int)(ANSWER_MAX - 1U - (size_t)(at - b->answer)));
        if (n <= 0) {
            if (SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_READ) {
                errno = ECONNRESET;
                die("answer");
            }
            return false;
        }
        c->have += (size_t)n;
        if (c->want == 0U) {
            read_head(b, c);
        }
        if (c->want != 0U && c->have >= c->want) {
            return true;
        }
    }
}

static void finish(struct bench *b, struct connection *c)
{
    const uint64_t now = now_us();
    c->busy = false;
    b->requests++;
    if (b->nsamples < SAMPLES_MAX) {
        b->samples[b->nsamples++] = (uint32_t)(now - c->due_us);
    }
    if (b->o.rate <= 0.0 && !b->o.idle) {
        ask(b, c, now);
    }
}

/* Poisson arrivals. */
static uint64_t gap_us(const struct bench *b)
{
    const double u = ((double)random() + 1.0) / ((double)RAND_MAX + 2.0);
    return (uint64_t)(-__builtin_log(u) / b->o.rate * 1e6);
}

static void ask_due(struct bench *b)
{
    const uint64_t now = now_us();
    for (unsigned i = 0U; b->next_due_us <= now && i < b->o.connections; i++) {
        if (!b->connections[i].busy) {
            ask(b, &b->connections[i], b->next_due_us);
            b->next_due_us += gap_us(b);
        }
    }
}

static void turn(struct bench *b, int timeout_ms)
{
    struct epoll_event events[256];
    const int n = epoll_wait(b->epoll, events, 256, timeout_ms);
    for (int i = 0; i < n; i++) {
        struct connection *c = events[i].data.ptr;
        if (read_answer(b, c)) {
            finish(b, c);
        }
    }
}

static int order(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void report(struct bench *b, double seconds)
{
    qsort(b->samples, b->nsamples, sizeof *b->samples, order);
    const uint32_t p50 = b->nsamples > 0U ? b->samples[b->nsamples / 2U] : 0U;
    const uint32_t p99 = b->nsamples > 0U ? b->samples[b->nsamples * 99U / 100U] : 0U;
    (void)printf("{\"requests\":%llu,\"errors\":%llu,\"seconds\":%.3f,\"rate\":%.1f,\"p50_us\":%u,"
                 "\"p99_us\":%u}\n",
                 (unsigned long long)b->requests, (unsigned long long)b->errors, seconds,
                 (double)b->requests / seconds, p50, p99);
}

static void run_idle(struct bench *b)
{
    for (unsigned i = 0U; i < b->o.connections; i++) {
        ask(b, &b->connections[i], now_us());
        while (b->connections[i].busy) {
            turn(b, 1000);
        }
    }
    (void)printf("idle\n");
    (void)fflush(stdout);
    char byte = '\0';
    while (read(STDIN_FILENO, &byte, 1U) > 0) {
    }
}

static void await_start(void)
{
    char byte = '\0';
    (void)printf("ready\n");
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1U) > 0 && byte != '\n') {
    }
}

static void run_load(struct bench *b)
{
    await_start();
    const uint64_t start = now_us();
    const uint64_t end = start + (uint64_t)(b->o.seconds * 1e6);
    b->next_due_us = start;
    for (unsigned i = 0U; b->o.rate <= 0.0 && i < b->o.connections; i++) {
        ask(b, &b->connections[i], start);
    }
    while (now_us() < end) {
        if (b->o.rate > 0.0) {
            ask_due(b);
        }
        turn(b, b->o.rate > 0.0 ? 0 : 100);
    }
    report(b, (double)(now_us() - start) / 1e6);
}

int main(int argc, char **argv)
{
    struct bench *b = calloc(1U, sizeof *b);
    if (b == NULL) {
        die("memory");
    }
    (void)signal(SIGPIPE, SIG_IGN);
    parse(argc, argv, &b->o);
    if (b->o.connections == 0U || b->o.connections > CONNECTIONS_MAX || b->o.path == NULL) {
        return 2;
    }
    b->samples = malloc(SAMPLES_MAX * sizeof *b->samples);
    b->ctx = make_context(&b->o);
    b->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0U; i < b->o.connections; i++) {
        open_connection(b, &b->connections[i]);
    }
    if (b->o.idle) {
        run_idle(b);
    } else {
        run_load(b);
    }
    return 0;
}
