/* SPDX-License-Identifier: EUPL-1.2 */
/* The fetcher's own state. Private to gateway/net/fetch*.c. */
#ifndef POTERNE_GATEWAY_FETCH_INT_H
#define POTERNE_GATEWAY_FETCH_INT_H

#include "poterne/base/limits.h"
#include "poterne/gateway/fetch.h"

#include <curl/curl.h>

#define PT_FETCH_FIELD_MAX 128U /* a response header we keep; longer ones are dropped */

/* The response headers that are kept; the order is that of `fields`. */
enum pt_fetch_field {
    PT_FETCH_CONTENT_TYPE = 0,
    PT_FETCH_RETRY_AFTER,
    PT_FETCH_RATE_LIMIT,
    PT_FETCH_RATE_REMAINING,
    PT_FETCH_RATE_RESET,
    PT_FETCH_REQUEST_ID,
    PT_FETCH_FIELDS
};

struct pt_fetch {
    struct pt_fetcher *fetcher;
    struct pt_fetch *next; /* of the spare ones */
    CURL *easy;
    struct curl_slist *headers;
    pt_slice ca; /* what the handle was last given */
    bool running;
    void (*done)(void *ctx, pt_status st);
    void *ctx;
    struct pt_buf body;
    size_t header_bytes;
    bool too_large;
    char fields[PT_FETCH_FIELDS][PT_FETCH_FIELD_MAX];
    size_t lengths[PT_FETCH_FIELDS];
    struct pt_upstream_response response;
};

/* One watched socket of libcurl. */
struct pt_fetch_socket {
    struct pt_fetcher *fetcher;
    struct pt_watch watch;
};

struct pt_fetcher {
    struct pt_loop *loop;
    CURLM *multi;
    struct pt_timer timer;
    struct pt_fetch *spare;
    unsigned nspare;
};

/** Every option that does not change from one request to the next. @return PT_E_NOMEM */
PT_RESULT pt_fetch_options(struct pt_fetch *fetch);

#endif /* POTERNE_GATEWAY_FETCH_INT_H */
