/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * tsp.h -- time-stamps (RFC 3161, RFC 5816): the request, everything that is checked of an answer
 * before it is believed, and a client that asks a second authority when the first one fails
 * (SIG-08). Sans-I/O: the client says what to POST and is told what came back.
 *
 * Files: a request is a .tsq, an answer a .tsr, as `openssl ts -query` and `-reply` write them;
 * `openssl ts -verify -in F.tsr -queryfile F.tsq -CAfile ROOT` accepts what is accepted here.
 * Layer 1 (pki): no clock, no socket. Times are seconds since 1970-01-01.
 */
#ifndef POTERNE_PKI_TSP_H
#define POTERNE_PKI_TSP_H

#include "poterne/pki/signer.h"
#include "poterne/pki/trust.h"
#include "poterne/ports.h"

#define PT_TSR_MAX             65536U /* bytes of one answer */
#define PT_TSQ_MAX             512U   /* bytes of one request */
#define PT_TSP_NONCE_LEN       16U    /* 128 bits; at least 64 are wanted */
#define PT_TSP_ACCURACY_MAX_MS 1000U  /* EN 319 421: one second or better */
#define PT_TSP_SKEW_S          60     /* our clock and theirs may differ by this much */
#define PT_TSP_AUTHORITIES_MAX 4U
#define PT_TSP_CACHE_MAX       64U   /* tokens remembered */
#define PT_TSP_CACHE_S         86400 /* ... this long */
#define PT_TSP_REST_S          300   /* an authority that failed is asked last for this long */
#define PT_TSP_ALERT_S         86400 /* SIG-07: alert after 24 h without a token */

/* What is asked of an authority: the digest of something, and a nonce. */
struct pt_tsp_ask {
    enum pt_seal_digest digest; /* SHA-256 or SHA-384 */
    uint8_t imprint[PT_DIGEST_MAX];
    size_t imprint_len;
    uint8_t nonce[PT_TSP_NONCE_LEN];
    pt_slice policy; /* dotted OID the token must be issued under; empty: the authority's own */
};

/** @random NULL: OpenSSL's DRBG (CRY-04). The nonce's first bit is cleared and its first byte is
 * not zero, so that its DER is always 128 bits long. */
PT_RESULT pt_tsp_ask_new(pt_slice imprint, pt_slice policy, const struct pt_random_port *random,
                         struct pt_tsp_ask *ret);
/** TimeStampReq as DER appended; certReq is set: the token brings the unit's certificate. */
PT_RESULT pt_tsp_request(const struct pt_tsp_ask *ask, struct pt_buf *out);

/* The frame an answer must fit in. */
struct pt_tsp_window {
    int64_t sent;           /* our clock when the request left */
    int64_t received;       /* ... and when the answer was there */
    bool accuracy_optional; /* an authority that does not state its accuracy is accepted */
};

/**
 * Judge an answer to our own question: status, imprint (algorithm and value), nonce, policy, unit
 * (extended key usage critical and alone, ESSCertIDv2, chain to @trust->tsa_anchors), signature,
 * genTime within the window. When the verdict is VALID the bare token is appended to @token.
 * @return PT_E_ARG, PT_E_NOMEM; @verdict is initialised here, release with pt_verdict_done()
 */
PT_RESULT pt_tsp_accept(const struct pt_tsp_ask *ask, const struct pt_tsp_window *window,
                        const struct pt_trust *trust, pt_slice answer, struct pt_verdict *verdict,
                        struct pt_buf *token);

/* What is asked about a stored answer or token. */
struct pt_tsr_check {
    pt_slice tsr; /* TimeStampResp or bare TimeStampToken, DER */
    bool has_content;
    pt_slice content; /* what it should be over */
    const struct pt_trust *trust;
    int64_t now;
};
/**
 * Judge a stored time-stamp. times.proven is its time, `signer` and `authority` its unit.
 * @return as pt_cms_verify()
 */
PT_RESULT pt_tsr_verify(const struct pt_tsr_check *check, struct pt_verdict *verdict);

/* --- the client --------------------------------------------------------------------------------
 */

struct pt_tsp_authority {
    pt_slice url;    /* http:// or https:// */
    pt_slice policy; /* as in pt_tsp_ask */
    bool accuracy_optional;
};

struct pt_tsp_spec {
    const struct pt_tsp_authority *authorities; /* in the order they are asked; borrowed */
    size_t nauthorities;
    const struct pt_trust *trust; /* borrowed */
    const struct pt_random_port *random;
};

/*
 * One time-stamp at a time:
 *
 *     pt_tsp_begin(client, imprint, now)   PT_OK: already there (cache); PT_E_AGAIN: ask
 *     pt_tsp_next(client, now, &ask)       PT_OK: POST it; PT_E_UPSTREAM: nobody is left
 *     pt_tsp_answered(client, now, body)   PT_OK: done; PT_E_AGAIN: next one
 *     pt_tsp_failed(client, now)           no answer: next one
 *     pt_tsp_token(client), pt_tsp_response(client)
 *
 * Not thread-safe.
 */
struct pt_tsp_client;

/** @return PT_E_ARG no authority or too many, a URL that is none; PT_E_NOMEM */
PT_RESULT pt_tsp_client_new(const struct pt_tsp_spec *spec, struct pt_tsp_client **ret_client);
struct pt_tsp_client *pt_tsp_client_free(struct pt_tsp_client *client);

PT_RESULT pt_tsp_begin(struct pt_tsp_client *client, pt_slice imprint, int64_t now);
/** @ret_ask lives until the next call. */
PT_RESULT pt_tsp_next(struct pt_tsp_client *client, int64_t now, struct pt_fetch_ask *ret_ask);
PT_RESULT pt_tsp_answered(struct pt_tsp_client *client, int64_t now, pt_slice body);
void pt_tsp_failed(struct pt_tsp_client *client, int64_t now);
/** DER of the token and of the whole answer; empty when there is none. Live until the next
 * pt_tsp_begin(). */
pt_slice pt_tsp_token(const struct pt_tsp_client *client);
pt_slice pt_tsp_response(const struct pt_tsp_client *client);
/** Which authority answered, or was asked last. */
size_t pt_tsp_authority(const struct pt_tsp_client *client);
/** Why the last answer was refused; PT_REASON_NONE when there was none. */
enum pt_reason pt_tsp_refusal(const struct pt_tsp_client *client);

/** begin, then ask one after the other through @fetch. @return PT_E_UPSTREAM when all failed */
PT_RESULT pt_tsp_run(struct pt_tsp_client *client, pt_slice imprint,
                     const struct pt_fetch_port *fetch, const struct pt_clock *clock);

/* SIG-07 */
struct pt_tsp_health {
    bool degraded;         /* the last question got no token */
    bool alert;            /* ... and none has come for PT_TSP_ALERT_S */
    int64_t failing_since; /* first failure since the last token; 0: none */
    int64_t last_token;    /* 0: none yet */
};
void pt_tsp_health(const struct pt_tsp_client *client, int64_t now, struct pt_tsp_health *ret);

#endif /* POTERNE_PKI_TSP_H */
