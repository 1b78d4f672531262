/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * door.h -- the HTTP/1.1 listener of one lane: connections in, requests to a handler, answers out.
 *
 * One door serves one listening socket on one loop; a process has as many doors as lanes, each on
 * a socket of its own (SO_REUSEPORT). A connection, its requests and its answers never change
 * lane. Plain HTTP without TLS context (the metrics listener, tests).
 *
 * What cannot be handed to the handler (parse refusals, limits, delays) is answered here, with a
 * body that the owner's `refuse` callback writes, so that one table of error codes serves.
 * Delays are whole delays: a peer that sends a byte now and then does not extend them.
 *
 * The process must ignore SIGPIPE: pt_door_new refuses to work otherwise.
 * Layer: gateway. Everything here is for the thread of the loop, except the listening functions.
 */
#ifndef POTERNE_GATEWAY_DOOR_H
#define POTERNE_GATEWAY_DOOR_H

#include "poterne/base/buf.h"
#include "poterne/gateway/http1.h"
#include "poterne/gateway/loop.h"
#include "poterne/gateway/tls.h"

#define PT_FINGERPRINT_LEN 32U

struct pt_door;

/* --- listening: may be called before privileges are dropped ------------------------------- */

/**
 * @n sockets (at most PT_LANES_MAX) bound to the same "host:port", each with its own queue of
 * connections. The host is an IPv4 address, an IPv6 address in brackets, or "localhost"; port 0
 * lets the kernel choose one for all of them.
 * Non-blocking, close-on-exec. @ret_port may be NULL.
 * @return PT_E_SYNTAX the address · PT_E_IO aux = errno (EADDRINUSE also when another daemon
 *         would share the port)
 */
PT_RESULT pt_door_listen(pt_slice address, size_t n, int *ret_fds, uint16_t *ret_port);

/* --- requests ------------------------------------------------------------------------------ */

/* One request on its way. The door's; valid until pt_door_reply. */
struct pt_door_exchange {
    const struct pt_http1_request *request; /* its slices live as long as the exchange */
    bool has_client;                        /* TLS with a client certificate */
    uint8_t client[PT_FINGERPRINT_LEN];     /* SHA-256 of the client's certificate (DER) */
    bool gone;                              /* nobody will read the answer */
    void *user;                             /* the handler's own; NULL at first */
};

struct pt_door_handler {
    /** A whole, well-formed request. Answer it exactly once with pt_door_reply, now or later. */
    void (*request)(void *ctx, struct pt_door_exchange *x);
    /**
     * The connection of @x broke before its answer. A hint: the work may stop. pt_door_reply must
     * still be called (now or later); it then only releases @x. May be NULL.
     */
    void (*gone)(void *ctx, struct pt_door_exchange *x);
    /**
     * Write the JSON body of an answer the door gives by itself; status and clause follow from
     * @reason (http1.h). May be NULL: empty bodies.
     */
    void (*refuse)(void *ctx, enum pt_http1_reason reason, struct pt_buf *body);
    /** A TLS handshake failed (gateway/net/tls_int.h: PT_E_DENIED with X509_V_ERR_*, PT_E_PROTOCOL,
     *  PT_E_TIMEOUT, PT_E_IO). For the security log; rate-limit it. May be NULL. */
    void (*handshake_failed)(void *ctx, pt_status why);
    /** An open connection was closed because a new context does not let its client in any more
     *  (PT_E_DENIED with X509_V_ERR_*: revoked, most often). For the security log. May be NULL. */
    void (*expelled)(void *ctx, pt_status why);
    /** After pt_door_drain: the last connection is closed. May be NULL. */
    void (*drained)(void *ctx);
    void *ctx;
};

/* Zero takes the value of limits.h. */
struct pt_door_limits {
    uint32_t connections;  /* PT_DOOR_CONNECTIONS_MAX: above, new ones wait in the kernel */
    uint32_t per_client;   /* PT_DOOR_PER_CLIENT_MAX: requests in flight of one certificate */
    uint32_t handshake_ms; /* PT_HTTP_HANDSHAKE_MS */
    uint32_t request_ms;   /* PT_HTTP_REQUEST_MS: from its first byte to its last */
    uint32_t idle_ms;      /* PT_HTTP_IDLE_MS */
    uint32_t write_ms;     /* PT_HTTP_WRITE_MS */
};

struct pt_door_config {
    int fd;                     /* a listening socket; the door owns it from _new on */
    struct pt_tls_context *tls; /* NULL: plain HTTP. The door takes its own reference */
    struct pt_door_handler handler;
    struct pt_door_limits limits;
};

/* Counted since _new; plain numbers of one lane. */
struct pt_door_counters {
    uint64_t accepted;
    uint64_t open; /* now */
    uint64_t handshakes;
    uint64_t handshakes_failed;
    uint64_t certificates_refused; /* among them */
    uint64_t requests;
    uint64_t in_flight; /* now */
    uint64_t replies;
    uint64_t refusals; /* answers given by the door itself */
    uint64_t expelled; /* open connections closed because of their certificate */
    uint64_t timeouts; /* connections cut by any delay */
    uint64_t gone;     /* connections broken before an answer was delivered */
    uint64_t bytes_in;
    uint64_t bytes_out;
};

/** @return PT_E_ARG (also when SIGPIPE is not ignored), PT_E_NOMEM, PT_E_IO; the socket is then
 *  still the caller's. */
PT_RESULT pt_door_new(struct pt_loop *loop, const struct pt_door_config *config,
                      struct pt_door **ret_door);
/**
 * Close everything at once. Accepts NULL, returns NULL. Requests in flight are told `gone`; the
 * memory goes with the last pt_door_reply. Do not call it from a callback of the door.
 */
struct pt_door *pt_door_free(struct pt_door *door);

/**
 * New connections use @tls from now on. Those that are open keep their session, but their client is
 * judged again, once for each certificate: whoever @tls would not let in now is cut at once, before
 * any further byte goes out; its exchanges are told `gone`.
 */
void pt_door_set_tls(struct pt_door *door, struct pt_tls_context *tls);
/** Accept no more, close what is idle, finish what is in flight, then say `drained`. */
void pt_door_drain(struct pt_door *door);
const struct pt_door_counters *pt_door_counters(const struct pt_door *door);

struct pt_door_reply {
    uint16_t status;
    const struct pt_http_header *headers;
    size_t header_count;
    pt_slice body;
    bool close; /* and close the connection afterwards */
};
/**
 * Answer @x, which is then no longer valid; everything in @reply is copied. A reply that cannot be
 * written (PT_E_ARG of http1_reply.h: a header with a control byte, a bad status) is a defect of
 * the caller: the peer gets an empty 500 instead.
 */
void pt_door_reply(struct pt_door_exchange *x, const struct pt_door_reply *reply);

#endif /* POTERNE_GATEWAY_DOOR_H */
