/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * fetch_int.h -- the inside of the way out. Private to gateway/net/fetch*.c and their tests.
 *
 * Who does what (docs/adr/0011): libcurl finds the State's server, connects, and is the judge of
 * its certificate; what is said on the connection is one request and one response at a time, in
 * the words of our own parser. A connection belongs to its origin (server and anchors) and serves
 * one fetch after the other.
 */
#ifndef POTERNE_GATEWAY_FETCH_INT_H
#define POTERNE_GATEWAY_FETCH_INT_H

#include "gateway/net/http1_response_int.h"
#include "poterne/base/limits.h"
#include "poterne/gateway/fetch.h"

#include <curl/curl.h>

#define PT_FETCH_READ        16384U /* bytes of one TLS record */
#define PT_FETCH_SOCKET_ROWS 64U

struct pt_fetch_conn;

/* One request, from its start until it is done. */
struct pt_fetch {
    struct pt_fetcher *fetcher;
    struct pt_fetch *next;          /* of the spare ones, or of those that wait */
    struct pt_fetch_origin *origin; /* while it runs */
    struct pt_fetch_conn *conn;     /* NULL: waits for one */
    bool running;
    bool retried; /* once is enough, and on a new connection */
    bool failing; /* the fail task waits: a failure is told at the end of the turn */
    pt_status failed;
    struct pt_task fail;
    struct pt_timer deadline;
    void (*done)(void *ctx, pt_status st);
    void *ctx;
    struct pt_fetch_trust trust; /* of its request */
    struct pt_buf head;          /* the request as bytes: holds the token */
    size_t sent;
    struct pt_buf in; /* the response from its first byte */
    struct pt_http1_response parser;
    struct pt_upstream_response response;
};

/* One connection, from its opening by libcurl to its end. */
struct pt_fetch_conn {
    struct pt_fetch_origin *origin;
    struct pt_fetch_conn *next; /* of the idle ones */
    CURL *easy;                 /* stays in the multi handle: libcurl would close it otherwise */
    struct pt_fetch_socket *socket; /* NULL: libcurl has not told yet, or has closed it */
    const void *tls;
    struct pt_fetch *fetch; /* NULL: idle */
    bool connected;
    bool served; /* has carried an exchange: its end may only mean that it idled for too long */
    uint64_t idle_us;
};

/* One server under one set of anchors. */
struct pt_fetch_origin {
    struct pt_fetcher *fetcher;
    struct pt_fetch_origin *next;
    struct pt_fetch_trust trust; /* identity: same slices, same trust, until pt_fetcher_forget() */
    bool retired;                /* forgotten: goes with its last connection */
    unsigned conns;
    struct pt_fetch_conn *idle;        /* the last used first */
    struct pt_fetch *waiting;          /* the first come first */
    char host[PT_FETCH_HOST_MAX + 1U]; /* "name:port", as in the URL */
};

/* One socket, from its opening to its closing: libcurl's while it connects, then a connection's. */
struct pt_fetch_socket {
    struct pt_fetcher *fetcher;
    struct pt_fetch_socket *next;
    struct pt_watch watch;
    struct pt_fetch_conn *conn; /* NULL: libcurl's */
    bool ours;                  /* we opened it, and are told when it is closed */
};

struct pt_fetcher {
    struct pt_loop *loop;
    CURLM *multi;
    struct pt_timer timer; /* libcurl's */
    struct pt_timer sweep; /* idle connections end */
    struct pt_fetch_origin *origins;
    struct pt_fetch_socket *sockets[PT_FETCH_SOCKET_ROWS]; /* by descriptor */
    struct pt_fetch *spare;
    unsigned nspare;
    uint32_t total_ms;     /* PT_FETCH_TOTAL_MS */
    uint32_t idle_ms;      /* PT_FETCH_IDLE_MS */
    unsigned per_host_max; /* PT_FETCH_PER_HOST_MAX */
};

/* --- fetch.c --- */
/** The end of @fetch, told at the end of the turn: its start may still be on the stack. */
void pt_fetch_fail(struct pt_fetch *fetch, pt_status why);
/** Its response is complete: told at once. */
void pt_fetch_answered(struct pt_fetch *fetch);
/** libcurl acts on @fd, then what has connected is used. */
void pt_fetch_act(struct pt_fetcher *fetcher, curl_socket_t fd, int mask);

/* --- fetch_conn.c --- */
/** @fetch waits for its turn at @host under its trust; nothing is told from here. @return
 * PT_E_NOMEM */
PT_RESULT pt_fetch_enter(struct pt_fetch *fetch, pt_slice host);
/** @fetch is not wanted any more; a connection in the middle of it is of no use to others. */
void pt_fetch_leave(struct pt_fetch *fetch);
/** Its socket has something to say. */
void pt_fetch_conn_ready(struct pt_fetch_conn *conn);
/** libcurl has connected it, or has given up. */
void pt_fetch_conn_opened(struct pt_fetch_conn *conn, CURLcode code);
/** pt_fetcher.sweep: what has idled for PT_FETCH_IDLE_MS ends. */
void pt_fetch_sweep(void *ctx);
/** End every connection that carries nothing; the others end after what they carry. */
void pt_fetch_retire_all(struct pt_fetcher *fetcher);

/* --- fetch_options.c --- */
/** What conn->easy may do: connect to its origin under @trust, nothing else. @return PT_E_NOMEM */
PT_RESULT pt_fetch_options(struct pt_fetch_conn *conn, const struct pt_fetch_trust *trust);

/* --- fetch_socket.c: libcurl's sockets on the loop ----------------------------------------- */
/** CURLMOPT_SOCKETFUNCTION. */
int pt_fetch_socket_want(CURL *easy, curl_socket_t fd, int what, void *arg, void *known);
/** CURLOPT_OPENSOCKETFUNCTION, CURLOPT_CLOSESOCKETFUNCTION: @arg is the fetcher. */
curl_socket_t pt_fetch_socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address);
int pt_fetch_socket_close(void *arg, curl_socket_t fd);
/** From now on @fd's events are @conn's. @return PT_E_ABSENT, PT_E_NOMEM, PT_E_IO */
PT_RESULT pt_fetch_socket_take(struct pt_fetcher *fetcher, curl_socket_t fd,
                               struct pt_fetch_conn *conn);
/** Forget those that are left. */
void pt_fetch_socket_forget_all(struct pt_fetcher *fetcher);

#endif /* POTERNE_GATEWAY_FETCH_INT_H */
