/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * sim.h -- the State-API simulator: API Entreprise and API Particulier as a gateway sees them,
 * for tests, the demonstration and the bench. It answers from files of recorded cases, checks
 * what the State checks in the order the State checks it, and misbehaves on demand.
 *
 * It is a peer, not a part of the product: of Poterne it borrows buffers and slices, never the
 * HTTP parser, the TLS profile or the schemas, so that a mistake there cannot hide here.
 */
#ifndef PEERS_SIM_H
#define PEERS_SIM_H

#include "poterne/base/buf.h"

#include <pthread.h>
#include <stdatomic.h>

#define SIM_FILES_MAX    16U
#define SIM_TOKENS_MAX   16U
#define SIM_ROUTES_MAX   512U
#define SIM_PARAMS_MAX   32U
#define SIM_SEGMENTS_MAX 16U
#define SIM_PAIRS_MAX    64U
#define SIM_HEAD_MAX     65536U
#define SIM_BODY_MAX     65536U /* of a request: control documents */
#define SIM_OUT_MAX      8388608U
#define SIM_LOG_MAX      4096U /* requests remembered */
#define SIM_RULES_MAX    64U
#define SIM_THREADS_MAX  8U
#define SIM_CONNS_MAX    4096U /* per thread */

/* --- cases (sim_cases.c) --------------------------------------------------------------------- */

struct sim_value {
    char *name; /* "siren"; arrays are "prenoms[]" as in a query */
    char *text;
    bool number; /* 3 matches "03" */
};

struct sim_case {
    struct sim_case *next;
    struct sim_value values[SIM_PARAMS_MAX];
    size_t nvalues;
    int status;
    char *body;
    size_t len;
};

struct sim_route {
    char *path; /* template */
    pt_slice segments[SIM_SEGMENTS_MAX];
    size_t nsegments;
    bool entreprise;
    bool trace;         /* recipient (and for Entreprise context, object) compulsory */
    bool franceconnect; /* the bearer is the citizen's token */
    bool legacy;        /* Particulier v2: X-Api-Key */
    struct sim_case *cases;
};

struct sim_table {
    struct sim_route *routes[SIM_ROUTES_MAX];
    size_t n;
    size_t ncases;
};

struct sim_pair {
    pt_slice name;
    pt_slice value;
};

struct sim_pairs {
    struct sim_pair list[SIM_PAIRS_MAX];
    size_t n;
};

bool sim_cases_load(struct sim_table *table, const char *path);
void sim_cases_free(struct sim_table *table);
/** Route of @path; its path parameters are appended to @pairs. */
const struct sim_route *sim_route_find(const struct sim_table *table, pt_slice path,
                                       struct sim_pairs *pairs);
const struct sim_case *sim_case_find(const struct sim_route *route, const struct sim_pairs *pairs);

/* --- one request (sim_http.c) ---------------------------------------------------------------- */

struct sim_request {
    pt_slice method, target, path, query;
    pt_slice bearer, api_key;
    pt_slice body;
    char names[512]; /* header names, lower case, comma separated, for the log */
    size_t nnames;
    bool keep_alive;
    struct sim_pairs pairs; /* decoded into scratch */
    char scratch[16384];
    size_t used;
};

/** @return bytes consumed, 0: more are needed, -1: not HTTP. */
long sim_request_parse(pt_slice bytes, struct sim_request *ret);
/** Percent-decoding; false when malformed or too long. */
bool sim_query_parse(struct sim_request *request);
pt_slice sim_query_get(const struct sim_request *request, const char *name);

/* --- what to answer (sim_answer.c) ----------------------------------------------------------- */

enum sim_after { SIM_KEEP = 0, SIM_CLOSE, SIM_RESET, SIM_HANG };

struct sim_answer {
    int status;
    const char *type; /* NULL: the body is sent as it is, with no head */
    pt_slice body;
    struct pt_buf own; /* holds the body when it is not prebuilt */
    char headers[256]; /* extra header lines */
    size_t cut;        /* bytes of body to send, when cut is set */
    bool cut_short;
    bool chunked;
    uint64_t delay_ms;
    enum sim_after after;
};

struct sim_config {
    struct sim_table table;
    char tokens[SIM_TOKENS_MAX][8192];
    size_t ntokens;
    uint64_t stall_ms;
    uint64_t rate_limit; /* 0: 250 is announced and never enforced */
    unsigned threads;
    uint16_t port;
};

struct sim_control;
struct sim {
    struct sim_config config;
    struct sim_control *control;
    atomic_ullong serial;
    _Atomic uint64_t window; /* high half: minute, low half: requests in it */
    int stop_fd;
};

extern const char *const sim_json;     /* "application/json; charset=utf-8" */
extern const char *const sim_vnd_json; /* "application/vnd.api+json" */

void sim_answer(struct sim *sim, struct sim_request *request, struct sim_answer *answer);
/* Envelope of several errors: begin, put each, end. */
void sim_errors_begin(struct sim_answer *answer, int status, const char *type);
void sim_errors_put(struct pt_buf *out, const char *code, const char *provider, uint64_t retry_in);
void sim_errors_end(struct sim_answer *answer);
/** @code of three characters gets the provider's prefix. */
void sim_provider_error(struct sim_answer *answer, const struct sim_route *route, int status,
                        const char *code, uint64_t retry_in);
/** {"errors":[{code,title,detail,source,meta}]} with provider and retry_in when given. */
void sim_error(struct sim_answer *answer, int status, const char *code, const char *provider,
               uint64_t retry_in);
/** Is @mode one that a rule may name? */
bool sim_mode_known(const char *mode);
void sim_answer_done(struct sim_answer *answer);
/** Head and body as bytes. */
void sim_answer_write(struct sim *sim, const struct sim_answer *answer, struct pt_buf *out);

/* --- misbehaviour and memory (sim_control.c) ------------------------------------------------- */

struct sim_rule {
    char prefix[256];
    char mode[16];
    char code[6];
    uint64_t retry_in;
    uint64_t count; /* left; UINT64_MAX: for ever */
    uint64_t delay_ms;
};

struct sim_control *sim_control_new(void);
struct sim_control *sim_control_free(struct sim_control *control);
/** Takes one turn of the first rule that matches. */
bool sim_rule_take(struct sim_control *control, pt_slice path, struct sim_rule *ret);
void sim_remember(struct sim_control *control, const struct sim_request *request, int status);
/** /_sim/...; false when the path is not one. */
bool sim_control_answer(struct sim_control *control, const struct sim_request *request,
                        struct sim_answer *answer);

/* --- the wire (sim_server.c) ----------------------------------------------------------------- */

struct sim_tls;
struct sim_tls *sim_tls_new(const char *cert, const char *key);
struct sim_tls *sim_tls_free(struct sim_tls *tls);
/** A listening socket on 127.0.0.1; *port 0 picks one. -1 on failure. */
int sim_listen(uint16_t *port);
/** Serve until sim->stop_fd is readable. */
void sim_serve(struct sim *sim, struct sim_tls *tls, int listen_fd);

#endif /* PEERS_SIM_H */
