/* SPDX-License-Identifier: EUPL-1.2 */
/* One lane's fetches (contract: poterne/gateway/fetch.h): a request as bytes, its delay, its end.
 * Connections are fetch_conn.c's. Layer: gateway. */
#include "gateway/net/fetch_int.h"

#include "gateway/net/http1_int.h"

#include <stdlib.h>

#define SPARE_MAX   256U   /* structs kept for the next request */
#define SPARE_BYTES 65536U /* ... with at most this buffer */
#define HEAD_MAX    (PT_URL_MAX + PT_SECRET_FILE_MAX + PT_HTTP_LINE_MAX)
#define IN_MAX                                                                                     \
    (PT_FETCH_HEADERS_MAX + PT_FETCH_BODY_MAX + PT_HTTP_CHUNK_OVERHEAD_MAX + 2U * PT_FETCH_READ)

/* --- libcurl on the loop -----------------------------------------------------------------------
 */

/* Never from inside a callback of libcurl: what is connected is used at once. */
static void reap(struct pt_fetcher *fetcher)
{
    int left = 0;
    for (CURLMsg *msg = curl_multi_info_read(fetcher->multi, &left); msg != NULL;
         msg = curl_multi_info_read(fetcher->multi, &left)) {
        struct pt_fetch_conn *conn = NULL;
        const CURLcode code = msg->data.result; /* msg dies with the next call */
        (void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&conn);
        pt_fetch_conn_opened(conn, code);
    }
}

void pt_fetch_act(struct pt_fetcher *fetcher, curl_socket_t fd, int mask)
{
    int running = 0;
    (void)curl_multi_socket_action(fetcher->multi, fd, mask, &running);
    reap(fetcher);
}

static void on_timer(void *ctx)
{
    pt_fetch_act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int want_timer(CURLM *multi, long ms, void *arg)
{
    struct pt_fetcher *fetcher = arg;
    (void)multi;
    if (ms < 0L) {
        pt_timer_disarm(fetcher->loop, &fetcher->timer);
    } else {
        pt_timer_arm(fetcher->loop, &fetcher->timer,
                     pt_loop_now_us(fetcher->loop) + (uint64_t)ms * 1000U);
    }
    return 0;
}

/* --- the fetcher
 * -------------------------------------------------------------------------------------- */

PT_RESULT pt_fetch_global(void)
{
    const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    return code == CURLE_OK ? PT_SUCCESS : PT_FAIL_AUX(PT_E_IO, code);
}

/* The bound on connections is ours, by origin; libcurl must not close one to keep its own. */
static CURLMcode set_multi(struct pt_fetcher *fetcher)
{
    CURLMcode bad =
        curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, pt_fetch_socket_want);
    bad |= curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    bad |= curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, want_timer);
    bad |= curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    bad |= curl_multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, (long)INT32_MAX);
    bad |= curl_multi_setopt(fetcher->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return bad;
}

PT_RESULT pt_fetcher_new(struct pt_loop *loop, struct pt_fetcher **ret_fetcher)
{
    PT_ENSURE(loop != NULL && ret_fetcher != NULL, PT_E_ARG);
    struct pt_fetcher *fetcher = calloc(1U, sizeof *fetcher);
    PT_ENSURE(fetcher != NULL, PT_E_NOMEM);
    fetcher->loop = loop;
    fetcher->total_ms = PT_FETCH_TOTAL_MS;
    fetcher->idle_ms = PT_FETCH_IDLE_MS;
    fetcher->per_host_max = PT_FETCH_PER_HOST_MAX;
    fetcher->timer = (struct pt_timer){.fire = on_timer, .ctx = fetcher};
    fetcher->sweep = (struct pt_timer){.fire = pt_fetch_sweep, .ctx = fetcher};
    fetcher->multi = curl_multi_init();
    if (fetcher->multi == NULL || set_multi(fetcher) != CURLM_OK) {
        (void)pt_fetcher_free(fetcher);
        return PT_FAIL(PT_E_NOMEM);
    }
    *ret_fetcher = fetcher;
    return PT_SUCCESS;
}

static void destroy(struct pt_fetch *fetch)
{
    pt_buf_done(&fetch->head);
    pt_buf_done(&fetch->in);
    free(fetch);
}

void pt_fetcher_forget(struct pt_fetcher *fetcher)
{
    pt_fetch_retire_all(fetcher);
}

struct pt_fetcher *pt_fetcher_free(struct pt_fetcher *fetcher)
{
    if (fetcher != NULL) {
        while (fetcher->spare != NULL) {
            struct pt_fetch *fetch = fetcher->spare;
            fetcher->spare = fetch->next;
            destroy(fetch);
        }
        pt_fetch_retire_all(fetcher);
        if (fetcher->multi != NULL) {
            (void)curl_multi_cleanup(fetcher->multi);
        }
        pt_fetch_socket_forget_all(fetcher);
        pt_timer_disarm(fetcher->loop, &fetcher->timer);
        pt_timer_disarm(fetcher->loop, &fetcher->sweep);
        free(fetcher);
    }
    return NULL;
}

/* --- the request as bytes ----------------------------------------------------------------------
 */

/* "https://HOST/TARGET", nothing else: no other scheme, no credential, no fragment. */
static bool split_url(const char *url, pt_slice *ret_host, pt_slice *ret_target)
{
    const pt_slice all = pt_slice_str(url);
    if (!pt_slice_starts(all, PT_SLICE("https://"))) {
        return false;
    }
    const pt_slice rest = pt_slice_from(all, 8U);
    size_t n = 0U;
    while (n < rest.len && rest.ptr[n] != '/' && rest.ptr[n] != '?') {
        n++;
    }
    *ret_host = pt_slice_head(rest, n);
    *ret_target = pt_slice_from(rest, n);
    for (size_t i = 0U; i < ret_target->len; i++) {
        if (!pt_h1_is(ret_target->ptr[i], PT_H1_LINE) || ret_target->ptr[i] == ' ' ||
            ret_target->ptr[i] == '#') {
            return false;
        }
    }
    return ret_host->len > 0U && ret_host->len <= PT_FETCH_HOST_MAX && pt_h1_host_ok(*ret_host);
}

static bool is_line(pt_slice line)
{
    for (size_t i = 0U; i < line.len; i++) {
        if (!pt_h1_is(line.ptr[i], PT_H1_FIELD)) {
            return false;
        }
    }
    return line.len > 0U;
}

static PT_RESULT put_head(struct pt_fetch *fetch, pt_slice host, pt_slice target, pt_slice lines)
{
    struct pt_buf *head = &fetch->head;
    pt_buf_put_str(head, "GET ");
    pt_buf_put_str(head, target.len > 0U && target.ptr[0] == '/' ? "" : "/");
    pt_buf_put(head, target);
    pt_buf_put_str(head, " HTTP/1.1\r\nHost: ");
    pt_buf_put(head, host);
    pt_buf_put_str(head, "\r\nUser-Agent: Poterne\r\n");
    pt_slice rest = lines;
    while (rest.len > 0U) {
        const pt_slice line = pt_slice_cut(&rest, '\0');
        PT_ENSURE(is_line(line), PT_E_ARG); /* nothing may end a line but us */
        pt_buf_put(head, line);
        pt_buf_put_str(head, "\r\n");
    }
    pt_buf_put_str(head, "\r\n");
    return pt_buf_status(head);
}

/* --- one fetch
 * ------------------------------------------------------------------------------------------- */

static void tell(struct pt_fetch *fetch, pt_status st)
{
    pt_timer_disarm(fetch->fetcher->loop, &fetch->deadline);
    fetch->running = false;
    fetch->done(fetch->ctx, st);
}

static void on_fail(void *ctx)
{
    struct pt_fetch *fetch = ctx;
    fetch->failing = false;
    tell(fetch, fetch->failed);
}

void pt_fetch_fail(struct pt_fetch *fetch, pt_status why)
{
    fetch->failed = why;
    fetch->failing = true;
    pt_loop_defer(fetch->fetcher->loop, &fetch->fail);
}

static void on_deadline(void *ctx)
{
    struct pt_fetch *fetch = ctx;
    if (!fetch->failing) {
        pt_fetch_leave(fetch);
        tell(fetch, PT_FAIL(PT_E_TIMEOUT));
    }
}

static pt_slice kept(const struct pt_fetch *fetch, enum pt_http1_kept which)
{
    return pt_http1_response_kept(&fetch->parser, fetch->in.ptr, which);
}

void pt_fetch_answered(struct pt_fetch *fetch)
{
    fetch->response = (struct pt_upstream_response){
        .status = fetch->parser.status,
        .content_type = kept(fetch, PT_KEPT_CONTENT_TYPE),
        .retry_after = kept(fetch, PT_KEPT_RETRY_AFTER),
        .rate_limit = kept(fetch, PT_KEPT_RATE_LIMIT),
        .rate_remaining = kept(fetch, PT_KEPT_RATE_REMAINING),
        .rate_reset = kept(fetch, PT_KEPT_RATE_RESET),
        .request_id = kept(fetch, PT_KEPT_REQUEST_ID),
        .body = pt_http1_response_body(&fetch->parser, fetch->in.ptr),
    };
    tell(fetch, PT_SUCCESS);
}

static PT_RESULT take(struct pt_fetcher *fetcher, struct pt_fetch **ret_fetch)
{
    struct pt_fetch *fetch = fetcher->spare;
    if (fetch == NULL) {
        fetch = calloc(1U, sizeof *fetch);
        PT_ENSURE(fetch != NULL, PT_E_NOMEM);
        fetch->fetcher = fetcher;
        fetch->fail = (struct pt_task){.run = on_fail, .ctx = fetch};
        fetch->deadline = (struct pt_timer){.fire = on_deadline, .ctx = fetch};
    } else {
        fetcher->spare = fetch->next;
        fetcher->nspare--;
        fetch->next = NULL;
    }
    fetch->head.max = HEAD_MAX;
    fetch->in.max = IN_MAX;
    fetch->sent = 0U;
    fetch->retried = false;
    pt_http1_response_init(&fetch->parser);
    *ret_fetch = fetch;
    return PT_SUCCESS;
}

static PT_RESULT launch(struct pt_fetch *fetch, const struct pt_fetch_request *request)
{
    struct pt_loop *loop = fetch->fetcher->loop;
    pt_slice host = PT_SLICE_EMPTY;
    pt_slice target = PT_SLICE_EMPTY;
    const bool ok = split_url(request->url, &host, &target);
    if (ok) {
        PT_TRY(put_head(fetch, host, target, request->headers));
        fetch->trust = request->trust;
        PT_TRY(pt_fetch_enter(fetch, host));
    } else {
        pt_fetch_fail(fetch, PT_FAIL_AUX(PT_E_UPSTREAM, CURLE_URL_MALFORMAT));
    }
    fetch->running = true;
    pt_timer_arm(loop, &fetch->deadline,
                 pt_loop_now_us(loop) + (uint64_t)fetch->fetcher->total_ms * 1000U);
    return PT_SUCCESS;
}

PT_RESULT pt_fetch_start(struct pt_fetcher *fetcher, const struct pt_fetch_request *request,
                         void (*done)(void *ctx, pt_status st), void *ctx,
                         struct pt_fetch **ret_fetch)
{
    PT_ENSURE(fetcher != NULL && request != NULL && done != NULL && ret_fetch != NULL, PT_E_ARG);
    PT_ENSURE(request->url != NULL && request->trust.ca.len > 0U, PT_E_ARG);
    struct pt_fetch *fetch = NULL;
    PT_TRY(take(fetcher, &fetch));
    fetch->done = done;
    fetch->ctx = ctx;
    const pt_status st = launch(fetch, request);
    if (!pt_ok(st)) {
        (void)pt_fetch_free(fetch);
        return st;
    }
    *ret_fetch = fetch;
    return PT_SUCCESS;
}

const struct pt_upstream_response *pt_fetch_response(const struct pt_fetch *fetch)
{
    return &fetch->response;
}

/* Wiped, and small again: a large answer must not be kept for the next one. */
static void empty(struct pt_buf *buf)
{
    if (buf->cap > SPARE_BYTES) {
        pt_buf_done(buf);
    } else {
        pt_buf_clear(buf);
    }
}

struct pt_fetch *pt_fetch_free(struct pt_fetch *fetch)
{
    if (fetch == NULL) {
        return NULL;
    }
    struct pt_fetcher *fetcher = fetch->fetcher;
    if (fetch->failing) {
        pt_loop_undefer(fetcher->loop, &fetch->fail);
        fetch->failing = false;
    } else if (fetch->running) {
        pt_fetch_leave(fetch);
    }
    pt_timer_disarm(fetcher->loop, &fetch->deadline);
    fetch->running = false;
    empty(&fetch->head);
    empty(&fetch->in);
    if (fetcher->nspare >= SPARE_MAX) {
        destroy(fetch);
        return NULL;
    }
    fetch->next = fetcher->spare;
    fetcher->spare = fetch;
    fetcher->nspare++;
    return NULL;
}
