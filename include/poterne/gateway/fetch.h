/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * fetch.h -- the way out: one bounded HTTPS GET to a State API, on a lane's loop. libcurl connects
 * and judges the server, our own parser reads the response (docs/adr/0011).
 *
 * HTTPS only, the caller's anchors only, no redirect, no proxy, no cookie, no credential of any
 * environment (SYS-05; TLS guide R3, R5-R9 for versions, suites and groups). Connect within
 * PT_FETCH_CONNECT_MS, all within PT_FETCH_TOTAL_MS, PT_FETCH_BODY_MAX bytes. Connections are
 * reused, one exchange at a time. One fetcher a lane, used from its thread only. Layer 3 (gateway).
 */
#ifndef POTERNE_GATEWAY_FETCH_H
#define POTERNE_GATEWAY_FETCH_H

#include "poterne/connectors/connector.h"
#include "poterne/gateway/loop.h"

struct pt_fetcher;
struct pt_fetch;

/** Once a process, before any thread. @return PT_E_IO */
PT_RESULT pt_fetch_global(void);

PT_RESULT pt_fetcher_new(struct pt_loop *loop, struct pt_fetcher **ret_fetcher);
/** After every fetch was freed. Accepts NULL. */
struct pt_fetcher *pt_fetcher_free(struct pt_fetcher *fetcher);
/** The anchors known so far may be freed or change: forget them (a reload). */
void pt_fetcher_forget(struct pt_fetcher *fetcher);

/* Whom the server must be. The slices stay until pt_fetcher_forget(). */
struct pt_fetch_trust {
    pt_slice ca;   /* PEM anchors */
    pt_slice crl;  /* PEM, a list for every authority of its chain (RGS-12); empty: not asked for */
    bool stapling; /* a good, fresh stapled OCSP answer is compulsory (R35, TLS-12) */
};
struct pt_fetch_request {
    const char *url;  /* https://HOST[:PORT]/TARGET, NUL-terminated; copied */
    pt_slice headers; /* "Name: value" lines, each followed by a NUL; copied */
    struct pt_fetch_trust trust;
};
/**
 * Start; @done is called once from the loop, never from here, unless pt_fetch_free() comes first.
 * Its status: PT_OK a complete response · PT_E_TIMEOUT · PT_E_LIMIT a bound was passed ·
 * PT_E_UPSTREAM no connection, TLS refused (aux: CURLcode), broken response (aux: enum
 * pt_http1_reason).
 * @return PT_E_NOMEM; PT_E_ARG no anchors, or a header line that would not be one
 */
PT_RESULT pt_fetch_start(struct pt_fetcher *fetcher, const struct pt_fetch_request *request,
                         void (*done)(void *ctx, pt_status st), void *ctx,
                         struct pt_fetch **ret_fetch);
/** Valid once done with PT_OK, until pt_fetch_free(). */
const struct pt_upstream_response *pt_fetch_response(const struct pt_fetch *fetch);
/** Cancels when it still runs; wipes the body. Accepts NULL, returns NULL. */
struct pt_fetch *pt_fetch_free(struct pt_fetch *fetch);

#endif /* POTERNE_GATEWAY_FETCH_H */
