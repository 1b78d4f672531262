/* SPDX-License-Identifier: EUPL-1.2 */
/* The fetcher's own state. Private to gateway/net/fetch*.c. */
#ifndef POTERNE_GATEWAY_FETCH_INT_H
#define POTERNE_GATEWAY_FETCH_INT_H

#include "poterne/base/limits.h"
#include "poterne/gateway/fetch.h"

#include <curl/curl.h>

#define PT_FETCH_FIELD_MAX   128U /* a response header we keep; longer ones are dropped */
#define PT_FETCH_SOCKET_ROWS 64U
#define PT_FETCH_SEND_BUFFER 16384U /* libcurl takes and gives back one a request: the least */

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

/* One socket of libcurl, from its opening to its closing. Between two requests libcurl asks for no
 * event; the watch stays all the same, because the next request asks for the same ones. */
struct pt_fetch_socket {
    struct pt_fetcher *fetcher;
    struct pt_fetch_socket *next;
    struct pt_watch watch;
    bool idle;
    bool ours; /* we opened it, and are told when it is closed */
};

struct pt_fetcher {
    struct pt_loop *loop;
    CURLM *multi;
    struct pt_timer timer;
    struct pt_fetch_socket *sockets[PT_FETCH_SOCKET_ROWS]; /* by descriptor */
    struct pt_fetch *spare;
    unsigned nspare;
};

/** Every option that does not change from one request to the next. @return PT_E_NOMEM */
PT_RESULT pt_fetch_options(struct pt_fetch *fetch);

/* --- fetch_socket.c: libcurl's sockets on the loop ----------------------------------------- */

/** CURLMOPT_SOCKETFUNCTION. */
int pt_fetch_socket_want(CURL *easy, curl_socket_t fd, int what, void *arg, void *known);
/** CURLOPT_OPENSOCKETFUNCTION, CURLOPT_CLOSESOCKETFUNCTION: @arg is the fetcher. */
curl_socket_t pt_fetch_socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address);
int pt_fetch_socket_close(void *arg, curl_socket_t fd);
/** Forget those that are left. */
void pt_fetch_socket_forget_all(struct pt_fetcher *fetcher);

/** libcurl acts on @fd (fetch.c), then what is finished is handed back. */
void pt_fetch_act(struct pt_fetcher *fetcher, curl_socket_t fd, int mask);

#endif /* POTERNE_GATEWAY_FETCH_INT_H */
