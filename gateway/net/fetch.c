/* SPDX-License-Identifier: EUPL-1.2 */
/* One lane's fetches: libcurl's multi interface driven by the lane's own loop. */
#include "gateway/net/fetch_int.h"

#include <stdlib.h>

#define SPARE_MAX 256U /* handles kept for the next request */

/* --- libcurl on the loop ------------------------------------------------------------------------
 */

static pt_status status_of(const struct pt_fetch *fetch, CURLcode code)
{
    switch ((int)code) {
    case CURLE_OK:
        return PT_SUCCESS;
    case CURLE_OPERATION_TIMEDOUT:
        return PT_FAIL_AUX(PT_E_TIMEOUT, code);
    case CURLE_FILESIZE_EXCEEDED:
        return PT_FAIL_AUX(PT_E_LIMIT, code);
    case CURLE_OUT_OF_MEMORY:
        return PT_FAIL_AUX(PT_E_NOMEM, code);
    default:
        return PT_FAIL_AUX(fetch->too_large ? PT_E_LIMIT : PT_E_UPSTREAM, code);
    }
}

static pt_slice field(const struct pt_fetch *fetch, enum pt_fetch_field which)
{
    return pt_slice_of(fetch->fields[which], fetch->lengths[which]);
}

static void settle(struct pt_fetch *fetch, CURLcode code)
{
    long status = 0L;
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    fetch->response = (struct pt_upstream_response){
        .status = (uint32_t)status,
        .content_type = field(fetch, PT_FETCH_CONTENT_TYPE),
        .retry_after = field(fetch, PT_FETCH_RETRY_AFTER),
        .rate_limit = field(fetch, PT_FETCH_RATE_LIMIT),
        .rate_remaining = field(fetch, PT_FETCH_RATE_REMAINING),
        .rate_reset = field(fetch, PT_FETCH_RATE_RESET),
        .request_id = field(fetch, PT_FETCH_REQUEST_ID),
        .body = pt_buf_slice(&fetch->body),
    };
    (void)curl_multi_remove_handle(fetch->fetcher->multi, fetch->easy);
    fetch->running = false;
    fetch->done(fetch->ctx, status_of(fetch, code));
}

/* Never from inside a callback of libcurl: what is done may start the next fetch. */
static void reap(struct pt_fetcher *fetcher)
{
    int left = 0;
    for (CURLMsg *msg = curl_multi_info_read(fetcher->multi, &left); msg != NULL;
         msg = curl_multi_info_read(fetcher->multi, &left)) {
        struct pt_fetch *fetch = NULL;
        const CURLcode code = msg->data.result; /* msg dies with the next call */
        (void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&fetch);
        settle(fetch, code);
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

static CURLMcode set_multi(struct pt_fetcher *fetcher)
{
    CURLMcode bad =
        curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, pt_fetch_socket_want);
    bad |= curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    bad |= curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, want_timer);
    bad |= curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    bad |= curl_multi_setopt(fetcher->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                             (long)PT_FETCH_PER_HOST_MAX);
    bad |= curl_multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, (long)PT_FETCH_PER_HOST_MAX);
    bad |= curl_multi_setopt(fetcher->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return bad;
}

PT_RESULT pt_fetcher_new(struct pt_loop *loop, struct pt_fetcher **ret_fetcher)
{
    PT_ENSURE(loop != NULL && ret_fetcher != NULL, PT_E_ARG);
    struct pt_fetcher *fetcher = calloc(1U, sizeof *fetcher);
    PT_ENSURE(fetcher != NULL, PT_E_NOMEM);
    fetcher->loop = loop;
    fetcher->timer = (struct pt_timer){.fire = on_timer, .ctx = fetcher};
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
    curl_easy_cleanup(fetch->easy);
    curl_slist_free_all(fetch->headers);
    pt_buf_done(&fetch->body);
    free(fetch);
}

void pt_fetcher_forget(struct pt_fetcher *fetcher)
{
    while (fetcher->spare != NULL) {
        struct pt_fetch *fetch = fetcher->spare;
        fetcher->spare = fetch->next;
        destroy(fetch);
    }
    fetcher->nspare = 0U;
}

struct pt_fetcher *pt_fetcher_free(struct pt_fetcher *fetcher)
{
    if (fetcher != NULL) {
        pt_fetcher_forget(fetcher);
        if (fetcher->multi != NULL) {
            (void)curl_multi_cleanup(fetcher->multi);
        }
        pt_fetch_socket_forget_all(fetcher);
        pt_timer_disarm(fetcher->loop, &fetcher->timer);
        free(fetcher);
    }
    return NULL;
}

/* --- one fetch
 * ------------------------------------------------------------------------------------------- */

static PT_RESULT create(struct pt_fetcher *fetcher, struct pt_fetch **ret_fetch)
{
    struct pt_fetch *fetch = calloc(1U, sizeof *fetch);
    PT_ENSURE(fetch != NULL, PT_E_NOMEM);
    fetch->fetcher = fetcher;
    pt_buf_init(&fetch->body, PT_FETCH_BODY_MAX);
    fetch->easy = curl_easy_init();
    const pt_status st = fetch->easy != NULL ? pt_fetch_options(fetch) : PT_FAIL(PT_E_NOMEM);
    if (!pt_ok(st)) {
        destroy(fetch);
        return st;
    }
    *ret_fetch = fetch;
    return PT_SUCCESS;
}

static PT_RESULT take(struct pt_fetcher *fetcher, struct pt_fetch **ret_fetch)
{
    if (fetcher->spare == NULL) {
        return create(fetcher, ret_fetch);
    }
    struct pt_fetch *fetch = fetcher->spare;
    fetcher->spare = fetch->next;
    fetcher->nspare--;
    fetch->next = NULL;
    *ret_fetch = fetch;
    return PT_SUCCESS;
}

static PT_RESULT set_headers(struct pt_fetch *fetch, pt_slice lines)
{
    pt_slice rest = lines;
    while (rest.len > 0U) {
        const pt_slice line = pt_slice_cut(&rest, '\0');
        struct curl_slist *longer = curl_slist_append(fetch->headers, line.ptr);
        PT_ENSURE(longer != NULL, PT_E_NOMEM);
        fetch->headers = longer;
    }
    const CURLcode bad = curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, fetch->headers);
    return bad == CURLE_OK ? PT_SUCCESS : PT_FAIL_AUX(PT_E_NOMEM, bad);
}

/* The handle keeps its anchors from one request to the next: same slice, same anchors, because
 * pt_fetcher_forget() comes before any of them can be freed. */
static PT_RESULT set_anchors(struct pt_fetch *fetch, pt_slice ca)
{
    if (fetch->ca.ptr == ca.ptr && fetch->ca.len == ca.len && ca.len > 0U) {
        return PT_SUCCESS;
    }
    PT_ENSURE(ca.len > 0U, PT_E_ARG);
    struct curl_blob blob = {.len = ca.len, .flags = CURL_BLOB_COPY};
    memcpy(&blob.data, &ca.ptr, sizeof blob.data);
    const CURLcode bad = curl_easy_setopt(fetch->easy, CURLOPT_CAINFO_BLOB, &blob);
    PT_ENSURE(bad == CURLE_OK, PT_E_NOMEM);
    fetch->ca = ca;
    return PT_SUCCESS;
}

static PT_RESULT launch(struct pt_fetch *fetch, const struct pt_fetch_request *request)
{
    fetch->header_bytes = 0U;
    fetch->too_large = false;
    memset(fetch->lengths, 0, sizeof fetch->lengths);
    PT_TRY(set_anchors(fetch, request->ca));
    PT_TRY(set_headers(fetch, request->headers));
    const CURLcode bad = curl_easy_setopt(fetch->easy, CURLOPT_URL, request->url);
    PT_ENSURE(bad == CURLE_OK, PT_E_NOMEM);
    const CURLMcode added = curl_multi_add_handle(fetch->fetcher->multi, fetch->easy);
    PT_ENSURE(added == CURLM_OK, PT_E_NOMEM);
    fetch->running = true;
    return PT_SUCCESS;
}

PT_RESULT pt_fetch_start(struct pt_fetcher *fetcher, const struct pt_fetch_request *request,
                         void (*done)(void *ctx, pt_status st), void *ctx,
                         struct pt_fetch **ret_fetch)
{
    PT_ENSURE(fetcher != NULL && request != NULL && done != NULL && ret_fetch != NULL, PT_E_ARG);
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

struct pt_fetch *pt_fetch_free(struct pt_fetch *fetch)
{
    if (fetch == NULL) {
        return NULL;
    }
    struct pt_fetcher *fetcher = fetch->fetcher;
    if (fetch->running) {
        (void)curl_multi_remove_handle(fetcher->multi, fetch->easy);
        fetch->running = false;
    }
    curl_slist_free_all(fetch->headers);
    fetch->headers = NULL;
    (void)curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(fetch->easy, CURLOPT_URL, NULL);
    pt_buf_clear(&fetch->body);
    if (fetcher->nspare >= SPARE_MAX) {
        destroy(fetch);
        return NULL;
    }
    fetch->next = fetcher->spare;
    fetcher->spare = fetch;
    fetcher->nspare++;
    return NULL;
}
