/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tsp_client.c -- which authority to ask, in which order, and what is remembered (tsp.h). An
 * authority that fails rests: it is asked last, never dropped, so that two authorities that are
 * both ill are both still asked. Layer 1 (pki).
 */
#include "poterne/pki/tsp.h"

#include "poterne/base/limits.h"

#include <stdlib.h>

struct known {
    size_t imprint_len; /* 0: free */
    uint8_t imprint[PT_DIGEST_MAX];
    int64_t at;
    struct pt_buf token;
    struct pt_buf response;
};

struct authority {
    struct pt_tsp_authority is;
    bool resting;
    int64_t failed;      /* when it failed last */
    int64_t last_proven; /* of its last token: its clock never goes back */
};

struct pt_tsp_client {
    struct authority authorities[PT_TSP_AUTHORITIES_MAX];
    size_t nauthorities;
    const struct pt_trust *trust;
    const struct pt_random_port *random;
    /* the question under way */
    size_t order[PT_TSP_AUTHORITIES_MAX];
    size_t asked; /* how many of them */
    struct pt_tsp_ask ask;
    uint8_t imprint[PT_DIGEST_MAX];
    size_t imprint_len;
    int64_t sent;
    enum pt_reason refusal;
    struct pt_buf request;
    struct pt_buf token;
    struct pt_buf response;
    /* what is remembered */
    struct known known[PT_TSP_CACHE_MAX];
    size_t next_known;
    struct pt_tsp_health health;
};

/* --- life --------------------------------------------------------------------------------------
 */

static bool url_ok(pt_slice url)
{
    if (url.len > PT_URL_MAX || (!pt_slice_starts(url, PT_SLICE("http://")) &&
                                 !pt_slice_starts(url, PT_SLICE("https://")))) {
        return false;
    }
    for (size_t i = 0U; i < url.len; i++) {
        if ((unsigned char)url.ptr[i] <= 0x20U || (unsigned char)url.ptr[i] >= 0x7fU ||
            url.ptr[i] == '#' || url.ptr[i] == '@') {
            return false;
        }
    }
    return true;
}

static bool spec_ok(const struct pt_tsp_spec *spec)
{
    if (spec == NULL || spec->trust == NULL || spec->authorities == NULL ||
        spec->nauthorities == 0U || spec->nauthorities > PT_TSP_AUTHORITIES_MAX) {
        return false;
    }
    for (size_t i = 0U; i < spec->nauthorities; i++) {
        if (!url_ok(spec->authorities[i].url)) {
            return false;
        }
    }
    return true;
}

PT_RESULT pt_tsp_client_new(const struct pt_tsp_spec *spec, struct pt_tsp_client **ret_client)
{
    PT_ENSURE(ret_client != NULL && spec_ok(spec), PT_E_ARG);
    struct pt_tsp_client *client = (struct pt_tsp_client *)calloc(1U, sizeof(*client));
    PT_ENSURE(client != NULL, PT_E_NOMEM);
    client->nauthorities = spec->nauthorities;
    client->trust = spec->trust;
    client->random = spec->random;
    for (size_t i = 0U; i < spec->nauthorities; i++) {
        client->authorities[i].is = spec->authorities[i];
    }
    pt_buf_init(&client->request, PT_TSQ_MAX);
    pt_buf_init(&client->token, PT_TSR_MAX);
    pt_buf_init(&client->response, PT_TSR_MAX);
    for (size_t i = 0U; i < PT_TSP_CACHE_MAX; i++) {
        pt_buf_init(&client->known[i].token, PT_TSR_MAX);
        pt_buf_init(&client->known[i].response, PT_TSR_MAX);
    }
    client->asked = client->nauthorities;
    *ret_client = client;
    return PT_SUCCESS;
}

struct pt_tsp_client *pt_tsp_client_free(struct pt_tsp_client *client)
{
    if (client != NULL) {
        for (size_t i = 0U; i < PT_TSP_CACHE_MAX; i++) {
            pt_buf_done(&client->known[i].token);
            pt_buf_done(&client->known[i].response);
        }
        pt_buf_done(&client->request);
        pt_buf_done(&client->token);
        pt_buf_done(&client->response);
        free(client);
    }
    return NULL;
}

/* --- memory ------------------------------------------------------------------------------------
 */

static const struct known *find(const struct pt_tsp_client *client, int64_t now)
{
    const pt_slice imprint = pt_slice_of(client->imprint, client->imprint_len);
    for (size_t i = 0U; i < PT_TSP_CACHE_MAX; i++) {
        const struct known *const k = &client->known[i];
        if (k->imprint_len != 0U && now - k->at <= PT_TSP_CACHE_S && now >= k->at &&
            pt_slice_eq(imprint, pt_slice_of(k->imprint, k->imprint_len))) {
            return k;
        }
    }
    return NULL;
}

/* The oldest place is taken; without memory nothing is remembered, and that is no failure. */
static void remember(struct pt_tsp_client *client, int64_t now)
{
    struct known *const k = &client->known[client->next_known];
    client->next_known = (client->next_known + 1U) % PT_TSP_CACHE_MAX;
    pt_buf_clear(&k->token);
    pt_buf_clear(&k->response);
    pt_buf_put(&k->token, pt_buf_slice(&client->token));
    pt_buf_put(&k->response, pt_buf_slice(&client->response));
    const bool kept = pt_ok(pt_buf_status(&k->token)) && pt_ok(pt_buf_status(&k->response));
    k->imprint_len = kept ? client->imprint_len : 0U;
    memcpy(k->imprint, client->imprint, sizeof(k->imprint));
    k->at = now;
}

/* --- a question --------------------------------------------------------------------------------
 */

/* Those that are well first, those that rest after them, each in the order of the spec. */
static void set_order(struct pt_tsp_client *client, int64_t now)
{
    size_t n = 0U;
    for (size_t round = 0U; round < 2U; round++) {
        for (size_t i = 0U; i < client->nauthorities; i++) {
            struct authority *const a = &client->authorities[i];
            a->resting = a->resting && now - a->failed < PT_TSP_REST_S;
            if (a->resting == (round == 1U)) {
                client->order[n++] = i;
            }
        }
    }
}

PT_RESULT pt_tsp_begin(struct pt_tsp_client *client, pt_slice imprint, int64_t now)
{
    PT_ENSURE(client != NULL && (imprint.len == 32U || imprint.len == PT_DIGEST_MAX), PT_E_ARG);
    memcpy(client->imprint, imprint.ptr, imprint.len);
    client->imprint_len = imprint.len;
    client->refusal = PT_REASON_NONE;
    pt_buf_clear(&client->token);
    pt_buf_clear(&client->response);
    const struct known *const k = find(client, now);
    if (k != NULL) {
        client->asked = client->nauthorities;
        pt_buf_put(&client->token, pt_buf_slice(&k->token));
        pt_buf_put(&client->response, pt_buf_slice(&k->response));
        PT_TRY(pt_buf_status(&client->token));
        return pt_buf_status(&client->response);
    }
    set_order(client, now);
    client->asked = 0U;
    return PT_FAIL(PT_E_AGAIN);
}

PT_RESULT pt_tsp_next(struct pt_tsp_client *client, int64_t now, struct pt_fetch_ask *ret_ask)
{
    PT_ENSURE(client != NULL && ret_ask != NULL, PT_E_ARG);
    PT_ENSURE(client->asked < client->nauthorities, PT_E_UPSTREAM);
    const struct pt_tsp_authority *const is = &client->authorities[client->order[client->asked]].is;
    pt_buf_clear(&client->request);
    PT_TRY(pt_tsp_ask_new(pt_slice_of(client->imprint, client->imprint_len), is->policy,
                          client->random, &client->ask));
    PT_TRY(pt_tsp_request(&client->ask, &client->request));
    client->asked++;
    client->sent = now;
    *ret_ask = (struct pt_fetch_ask){
        .url = is->url,
        .type = PT_SLICE("application/timestamp-query"),
        .accept = PT_SLICE("application/timestamp-reply"),
        .body = pt_buf_slice(&client->request),
    };
    return PT_SUCCESS;
}

size_t pt_tsp_authority(const struct pt_tsp_client *client)
{
    return client->asked == 0U ? client->order[0] : client->order[client->asked - 1U];
}

void pt_tsp_failed(struct pt_tsp_client *client, int64_t now)
{
    struct authority *const a = &client->authorities[pt_tsp_authority(client)];
    a->resting = true;
    a->failed = now;
    if (client->asked == client->nauthorities) {
        client->health.degraded = true;
        client->health.failing_since =
            client->health.failing_since != 0 ? client->health.failing_since : now;
    }
}

static pt_status accept(struct pt_tsp_client *client, int64_t now, pt_slice body)
{
    struct authority *const a = &client->authorities[pt_tsp_authority(client)];
    const struct pt_tsp_window window = {
        .sent = client->sent, .received = now, .accuracy_optional = a->is.accuracy_optional};
    struct pt_verdict verdict;
    PT_TRY(pt_tsp_accept(&client->ask, &window, client->trust, body, &verdict, &client->token));
    client->refusal = verdict.reason;
    const bool ok = verdict.kind == PT_VERDICT_VALID;
    const int64_t proven = verdict.times.proven;
    pt_verdict_done(&verdict);
    PT_ENSURE(ok, PT_E_FORGED);
    /* Two accuracies apart, an earlier time after a later one is a clock that was set back. */
    if (proven + 2 * (int64_t)PT_TSP_ACCURACY_MAX_MS / 1000 < a->last_proven) {
        client->refusal = PT_REASON_TOKEN_TIME;
        return PT_FAIL(PT_E_FORGED);
    }
    a->last_proven = proven;
    pt_buf_put(&client->response, body);
    return pt_buf_status(&client->response);
}

PT_RESULT pt_tsp_answered(struct pt_tsp_client *client, int64_t now, pt_slice body)
{
    PT_ENSURE(client != NULL && client->asked != 0U, PT_E_ARG);
    const pt_status st = accept(client, now, body);
    if (!pt_ok(st)) {
        pt_buf_clear(&client->token);
        pt_tsp_failed(client, now);
        return st.code == (uint32_t)PT_E_NOMEM ? st : PT_FAIL(PT_E_AGAIN);
    }
    client->authorities[pt_tsp_authority(client)].resting = false;
    client->health = (struct pt_tsp_health){.last_token = now};
    remember(client, now);
    return PT_SUCCESS;
}

pt_slice pt_tsp_token(const struct pt_tsp_client *client)
{
    return pt_buf_slice(&client->token);
}

pt_slice pt_tsp_response(const struct pt_tsp_client *client)
{
    return pt_buf_slice(&client->response);
}

enum pt_reason pt_tsp_refusal(const struct pt_tsp_client *client)
{
    return client->refusal;
}

void pt_tsp_health(const struct pt_tsp_client *client, int64_t now, struct pt_tsp_health *ret)
{
    *ret = client->health;
    ret->alert = ret->degraded && now - ret->failing_since >= PT_TSP_ALERT_S;
}

/* --- with a port -------------------------------------------------------------------------------
 */

static int64_t seconds(const struct pt_clock *clock)
{
    return (int64_t)(pt_clock_wall_ms(clock) / 1000U);
}

static pt_status ask_one(struct pt_tsp_client *client, const struct pt_fetch_port *fetch,
                         const struct pt_clock *clock, struct pt_buf *answer)
{
    struct pt_fetch_ask ask;
    PT_TRY(pt_tsp_next(client, seconds(clock), &ask));
    pt_buf_clear(answer);
    const pt_status st = fetch->fetch(fetch->ctx, &ask, answer);
    if (!pt_ok(st)) {
        pt_tsp_failed(client, seconds(clock));
        return PT_FAIL(PT_E_AGAIN);
    }
    return pt_tsp_answered(client, seconds(clock), pt_buf_slice(answer));
}

PT_RESULT pt_tsp_run(struct pt_tsp_client *client, pt_slice imprint,
                     const struct pt_fetch_port *fetch, const struct pt_clock *clock)
{
    PT_ENSURE(client != NULL && fetch != NULL && clock != NULL, PT_E_ARG);
    struct pt_buf answer;
    pt_buf_init(&answer, PT_TSR_MAX);
    pt_status st = pt_tsp_begin(client, imprint, seconds(clock));
    while (st.code == (uint32_t)PT_E_AGAIN) {
        st = ask_one(client, fetch, clock, &answer);
    }
    pt_buf_done(&answer);
    return st;
}
