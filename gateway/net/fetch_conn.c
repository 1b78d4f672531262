/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * fetch_conn.c -- connections to the State: opened by libcurl, kept, used by one fetch after the
 * other, closed at the first doubt. Layer: gateway.
 *
 * Law: an answer belongs to the request before it. A connection that holds one byte more than its
 * answer, says anything while nothing is asked, has not taken its whole request, or lost a fetch
 * midway, carries nothing else. (What is still on its way when the next request is sent, nobody can
 * see: a State that speaks unasked is believed once. HTTP/1.1 has no other bond.)
 */
#include "gateway/net/fetch_int.h"

#include "gateway/net/tls_upstream_int.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

static pt_status status_of(CURLcode code)
{
    switch ((int)code) {
    case CURLE_OPERATION_TIMEDOUT:
        return PT_FAIL_AUX(PT_E_TIMEOUT, code);
    case CURLE_OUT_OF_MEMORY:
        return PT_FAIL_AUX(PT_E_NOMEM, code);
    default:
        return PT_FAIL_AUX(PT_E_UPSTREAM, code);
    }
}

/* --- origins ---------------------------------------------------------------------------------- */

static bool same_slice(pt_slice a, pt_slice b)
{
    return a.ptr == b.ptr && a.len == b.len;
}

static bool is_origin(const struct pt_fetch_origin *origin, pt_slice host,
                      const struct pt_fetch_trust *trust)
{
    return !origin->retired && same_slice(origin->trust.ca, trust->ca) &&
           same_slice(origin->trust.crl, trust->crl) && origin->trust.stapling == trust->stapling &&
           pt_slice_eq_nocase(pt_slice_str(origin->host), host);
}

static PT_RESULT origin_of(struct pt_fetcher *fetcher, pt_slice host,
                           const struct pt_fetch_trust *trust, struct pt_fetch_origin **ret_origin)
{
    struct pt_fetch_origin *origin = fetcher->origins;
    while (origin != NULL && !is_origin(origin, host, trust)) {
        origin = origin->next;
    }
    if (origin == NULL) {
        origin = calloc(1U, sizeof *origin);
        PT_ENSURE(origin != NULL, PT_E_NOMEM);
        origin->fetcher = fetcher;
        origin->trust = *trust;
        memcpy(origin->host, host.ptr, host.len);
        origin->next = fetcher->origins;
        fetcher->origins = origin;
    }
    *ret_origin = origin;
    return PT_SUCCESS;
}

/* A retired origin goes when nobody is left. */
static void tidy(struct pt_fetch_origin *origin)
{
    if (!origin->retired || origin->conns > 0U || origin->waiting != NULL) {
        return;
    }
    struct pt_fetch_origin **at = &origin->fetcher->origins;
    while (*at != origin) {
        at = &(*at)->next;
    }
    *at = origin->next;
    free(origin);
}

static void unqueue(struct pt_fetch *fetch)
{
    struct pt_fetch **at = &fetch->origin->waiting;
    while (*at != fetch) {
        at = &(*at)->next;
    }
    *at = fetch->next;
    fetch->next = NULL;
}

/* --- the life of a connection ------------------------------------------------------------------
 */

static void close_conn(struct pt_fetch_conn *conn)
{
    struct pt_fetcher *fetcher = conn->origin->fetcher;
    if (conn->socket != NULL) {
        pt_loop_unwatch(fetcher->loop, &conn->socket->watch);
        conn->socket->conn = NULL;
    }
    (void)curl_multi_remove_handle(fetcher->multi, conn->easy); /* closes it */
    curl_easy_cleanup(conn->easy);
    conn->origin->conns--;
    free(conn);
}

static void close_idle(struct pt_fetch_conn *conn)
{
    struct pt_fetch_conn **at = &conn->origin->idle;
    while (*at != conn) {
        at = &(*at)->next;
    }
    *at = conn->next;
    close_conn(conn);
}

static PT_RESULT set_up(struct pt_fetch_conn *conn, const struct pt_fetch_trust *trust)
{
    conn->easy = curl_easy_init();
    PT_ENSURE(conn->easy != NULL, PT_E_NOMEM);
    PT_TRY(pt_fetch_options(conn, trust));
    const CURLMcode added = curl_multi_add_handle(conn->origin->fetcher->multi, conn->easy);
    return added == CURLM_OK ? PT_SUCCESS : PT_FAIL_AUX(PT_E_NOMEM, added);
}

/* Anchors are those of the fetch: a retired origin's may be gone. */
static PT_RESULT open_conn(struct pt_fetch_origin *origin, const struct pt_fetch_trust *trust,
                           struct pt_fetch_conn **ret_conn)
{
    struct pt_fetch_conn *conn = calloc(1U, sizeof *conn);
    PT_ENSURE(conn != NULL, PT_E_NOMEM);
    conn->origin = origin;
    const pt_status st = set_up(conn, trust);
    if (!pt_ok(st)) {
        curl_easy_cleanup(conn->easy);
        free(conn);
        return st;
    }
    origin->conns++;
    *ret_conn = conn;
    return PT_SUCCESS;
}

static void part(struct pt_fetch_conn *conn)
{
    if (conn->fetch != NULL) {
        conn->fetch->conn = NULL;
        conn->fetch = NULL;
    }
}

/* --- who is served ------------------------------------------------------------------------------
 */

static void serve(struct pt_fetch_origin *origin);

/* The connection failed under its fetch. One that had served before may only have been closed
 * while it idled: the request is asked again, once, on a new one (RFC 9110 9.2.2, RFC 9112 9.3.1:
 * GET may be). */
static void broke(struct pt_fetch_conn *conn, pt_status why)
{
    struct pt_fetch *fetch = conn->fetch;
    struct pt_fetch_origin *origin = conn->origin;
    const bool again = conn->served && why.code == (uint32_t)PT_E_UPSTREAM && fetch->in.len == 0U &&
                       !fetch->retried;
    part(conn);
    close_conn(conn);
    if (again) {
        fetch->retried = true;
        fetch->sent = 0U;
        pt_http1_response_init(&fetch->parser); /* it has seen the end */
        fetch->next = origin->waiting;
        origin->waiting = fetch;
    } else {
        pt_fetch_fail(fetch, why);
    }
}

/* True when the connection still stands. */
static bool transmit(struct pt_fetch_conn *conn)
{
    struct pt_fetch *fetch = conn->fetch;
    CURLcode code = CURLE_OK;
    if (conn->socket == NULL) { /* libcurl found it dead */
        broke(conn, PT_FAIL(PT_E_UPSTREAM));
        return false;
    }
    while (code == CURLE_OK && fetch->sent < fetch->head.len) {
        size_t n = 0U;
        code = curl_easy_send(conn->easy, fetch->head.ptr + fetch->sent,
                              fetch->head.len - fetch->sent, &n);
        fetch->sent += n;
    }
    const bool more = code == CURLE_AGAIN;
    pt_status st = code == CURLE_OK || more ? PT_SUCCESS : status_of(code);
    if (pt_ok(st)) {
        const uint32_t events = (uint32_t)PT_LOOP_IN | (more ? (uint32_t)PT_LOOP_OUT : 0U);
        st = pt_loop_rewatch(fetch->fetcher->loop, &conn->socket->watch, events);
    }
    if (!pt_ok(st)) {
        broke(conn, st);
        return false;
    }
    return true;
}

/* Nothing has come since its last answer: its end and noise look the same here. OpenSSL held
 * nothing when it came to rest, and nobody has read since: what there is, is in the socket. */
static bool is_silent(const struct pt_fetch_conn *conn)
{
    char byte = '\0';
    return conn->socket != NULL &&
           recv(conn->socket->watch.fd, &byte, 1U, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* The last used of the idle ones that is fit to carry a request; those that are not are closed. */
static struct pt_fetch_conn *take_idle(struct pt_fetch_origin *origin)
{
    while (origin->idle != NULL) {
        struct pt_fetch_conn *conn = origin->idle;
        if (is_silent(conn)) {
            origin->idle = conn->next;
            conn->next = NULL;
            return conn;
        }
        close_idle(conn);
    }
    return NULL;
}

/* A connection for @fetch: an idle one, or a new one while there may be more. NULL: it waits. */
static PT_RESULT find_conn(struct pt_fetch_origin *origin, const struct pt_fetch *fetch,
                           struct pt_fetch_conn **ret_conn)
{
    *ret_conn = fetch->retried ? NULL : take_idle(origin);
    if (*ret_conn != NULL) {
        return PT_SUCCESS;
    }
    if (origin->conns >= origin->fetcher->per_host_max) {
        if (origin->idle == NULL) {
            return PT_SUCCESS;
        }
        close_idle(origin->idle);
    }
    return open_conn(origin, &fetch->trust, ret_conn);
}

static void serve(struct pt_fetch_origin *origin)
{
    while (origin->waiting != NULL) {
        struct pt_fetch *fetch = origin->waiting;
        struct pt_fetch_conn *conn = NULL;
        const pt_status st = find_conn(origin, fetch, &conn);
        if (pt_ok(st) && conn == NULL) {
            return;
        }
        unqueue(fetch);
        if (!pt_ok(st)) {
            pt_fetch_fail(fetch, st);
            continue;
        }
        conn->fetch = fetch;
        fetch->conn = conn;
        if (conn->connected) {
            (void)transmit(conn);
        }
    }
}

/* What a connection's end or freedom means for those who wait. */
static void go_on(struct pt_fetch_origin *origin)
{
    serve(origin);
    tidy(origin);
}

PT_RESULT pt_fetch_enter(struct pt_fetch *fetch, pt_slice host)
{
    PT_TRY(origin_of(fetch->fetcher, host, &fetch->trust, &fetch->origin));
    struct pt_fetch **last = &fetch->origin->waiting;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = fetch;
    serve(fetch->origin);
    return PT_SUCCESS;
}

void pt_fetch_leave(struct pt_fetch *fetch)
{
    struct pt_fetch_conn *conn = fetch->conn;
    if (conn == NULL) {
        unqueue(fetch);
    } else {
        part(conn);
        close_conn(conn);
    }
    go_on(fetch->origin);
}

/* --- answers ------------------------------------------------------------------------------------
 */

static void rest(struct pt_fetch_conn *conn)
{
    struct pt_fetch_origin *origin = conn->origin;
    struct pt_fetcher *fetcher = origin->fetcher;
    conn->idle_us = pt_loop_now_us(fetcher->loop);
    conn->next = origin->idle;
    origin->idle = conn;
    if (!fetcher->sweep.armed) {
        pt_timer_arm(fetcher->loop, &fetcher->sweep,
                     conn->idle_us + (uint64_t)fetcher->idle_ms * 1000U);
    }
}

static bool may_serve_again(const struct pt_fetch_conn *conn, bool ended)
{
    const struct pt_fetch *fetch = conn->fetch;
    return !ended && fetch->sent == fetch->head.len && !conn->origin->retired &&
           pt_http1_response_keeps(&fetch->parser) &&
           pt_http1_response_used(&fetch->parser) == fetch->in.len &&
           !pt_tls_upstream_pending(conn->tls);
}

static void answered(struct pt_fetch_conn *conn, bool ended)
{
    struct pt_fetch *fetch = conn->fetch;
    struct pt_fetch_origin *origin = conn->origin;
    const bool again = may_serve_again(conn, ended);
    part(conn);
    conn->served = true;
    if (again) {
        rest(conn);
    } else {
        close_conn(conn);
    }
    go_on(origin);
    pt_fetch_answered(fetch); /* last: it may start the next one, or free the fetcher's all */
}

static void refused(struct pt_fetch_conn *conn)
{
    struct pt_fetch_origin *origin = conn->origin;
    const enum pt_http1_reason reason = pt_http1_response_reason(&conn->fetch->parser);
    const uint16_t status = pt_http1_reason_status(reason);
    const bool too_large = status == 413U || status == 414U || status == 431U;
    const uint32_t aux = PT_FETCH_AUX_RESPONSE | (uint32_t)reason;
    broke(conn, too_large ? PT_FAIL_AUX(PT_E_LIMIT, aux) : PT_FAIL_AUX(PT_E_UPSTREAM, aux));
    go_on(origin);
}

static void lost(struct pt_fetch_conn *conn, pt_status why)
{
    struct pt_fetch_origin *origin = conn->origin;
    broke(conn, why);
    go_on(origin);
}

/* One read and what it completes. False: nothing more to do now. */
static bool receive(struct pt_fetch_conn *conn)
{
    struct pt_fetch *fetch = conn->fetch;
    size_t n = 0U;
    char *space = pt_buf_space(&fetch->in, PT_FETCH_READ);
    if (space == NULL) {
        lost(conn, pt_buf_status(&fetch->in));
        return false;
    }
    const CURLcode code = curl_easy_recv(conn->easy, space, PT_FETCH_READ, &n);
    if (code == CURLE_AGAIN) {
        return false;
    }
    if (code != CURLE_OK) {
        lost(conn, status_of(code));
        return false;
    }
    if (n == 0U && !pt_tls_upstream_ended(conn->tls)) { /* cut, whoever did it */
        lost(conn, PT_FAIL_AUX(PT_E_UPSTREAM, CURLE_PARTIAL_FILE));
        return false;
    }
    pt_buf_commit(&fetch->in, n);
    switch (pt_http1_response_feed(&fetch->parser, fetch->in.ptr, fetch->in.len, n == 0U)) {
    case PT_HTTP1_ANSWER:
        answered(conn, n == 0U);
        return false;
    case PT_HTTP1_ANSWER_REFUSED:
        refused(conn);
        return false;
    case PT_HTTP1_ANSWER_MORE:
    default:
        return true;
    }
}

/* --- events -------------------------------------------------------------------------------------
 */

void pt_fetch_conn_ready(struct pt_fetch_conn *conn)
{
    struct pt_fetch_origin *origin = conn->origin;
    if (conn->fetch == NULL) { /* a farewell, or noise: neither is an answer */
        close_idle(conn);
        tidy(origin);
        return;
    }
    if (conn->fetch->sent < conn->fetch->head.len && !transmit(conn)) {
        go_on(origin);
        return;
    }
    while (receive(conn)) {
    }
}

static PT_RESULT take_over(struct pt_fetch_conn *conn)
{
    struct curl_tlssessioninfo *tls = NULL;
    curl_socket_t fd = CURL_SOCKET_BAD;
    (void)curl_easy_getinfo(conn->easy, CURLINFO_ACTIVESOCKET, &fd);
    PT_TRY(pt_fetch_socket_take(conn->origin->fetcher, fd, conn));
    conn->connected = true;
    if (!transmit(conn)) {
        return PT_SUCCESS; /* told already */
    }
    (void)curl_easy_getinfo(conn->easy, CURLINFO_TLS_SSL_PTR, &tls);
    conn->tls = tls != NULL ? tls->internals : NULL;
    return PT_SUCCESS;
}

void pt_fetch_conn_opened(struct pt_fetch_conn *conn, CURLcode code)
{
    struct pt_fetch_origin *origin = conn->origin;
    pt_status st = code == CURLE_OK ? PT_SUCCESS : status_of(code);
    if (pt_ok(st)) {
        st = take_over(conn);
    }
    if (!pt_ok(st)) {
        broke(conn, st);
    }
    go_on(origin);
}

/* --- what ends by itself ------------------------------------------------------------------------
 */

static void sweep_origin(struct pt_fetch_origin *origin, uint64_t now, uint64_t *next_us)
{
    struct pt_fetch_conn *conn = origin->idle;
    while (conn != NULL) {
        struct pt_fetch_conn *const after = conn->next;
        const uint64_t end = conn->idle_us + (uint64_t)origin->fetcher->idle_ms * 1000U;
        if (end <= now) {
            close_idle(conn);
        } else if (end < *next_us) {
            *next_us = end;
        }
        conn = after;
    }
}

void pt_fetch_sweep(void *ctx)
{
    struct pt_fetcher *fetcher = ctx;
    uint64_t next_us = UINT64_MAX;
    for (struct pt_fetch_origin *origin = fetcher->origins; origin != NULL; origin = origin->next) {
        sweep_origin(origin, pt_loop_now_us(fetcher->loop), &next_us);
    }
    if (next_us != UINT64_MAX) {
        pt_timer_arm(fetcher->loop, &fetcher->sweep, next_us);
    }
}

void pt_fetch_retire_all(struct pt_fetcher *fetcher)
{
    struct pt_fetch_origin *origin = fetcher->origins;
    while (origin != NULL) {
        struct pt_fetch_origin *const after = origin->next;
        origin->retired = true;
        while (origin->idle != NULL) {
            struct pt_fetch_conn *const conn = origin->idle;
            origin->idle = conn->next;
            close_conn(conn);
        }
        tidy(origin);
        origin = after;
    }
}
