/* SPDX-License-Identifier: EUPL-1.2 */
/* An exchange between a door, a scribe and a State that are played here; for test_exchange.c alone.
 */
#ifndef POTERNE_TESTS_EXCHANGE_FIXTURE_H
#define POTERNE_TESTS_EXCHANGE_FIXTURE_H
#include "gateway/exchange/exchange_int.h"

#include "config_case.h"
#include "poterne/pki/digest.h"
#include "poterne/wire.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEXT_MAX 8192U
#define SIREN    "552100554"
#define PATH     "/entreprise/v4/insee/sirene/unites_legales/" SIREN
#define DATA                                                                                       \
    "{\"data\":{\"siren\":\"" SIREN "\",\"adresse\":\"1 rue\",\"nom\":\"SECRET\",\"new\":1},"      \
    "\"links\":{},\"meta\":{}}"

/* --- what happened --- */

static char story[512];
static struct {
    unsigned n;
    uint16_t status;
    char headers[TEXT_MAX];
    char body[TEXT_MAX];
} replied;
static struct {
    unsigned n;
    unsigned freed;
    pt_status st; /* of the start */
    char url[TEXT_MAX];
    char headers[TEXT_MAX];
    void (*done)(void *ctx, pt_status st);
    void *ctx;
} fetched;
static struct {
    char fields[TEXT_MAX];
    char reason[128];
    char subject[128];
    char agent[128];
    char case_ref[128];
    char procedure[128];
    enum pt_outcome outcome;
    uint64_t count;
    uint8_t digest[32];
    uint64_t token;
} entry;
static struct pt_upstream_response response;

static void tell(const char *what)
{
    const size_t n = strlen(story);
    (void)snprintf(story + n, sizeof story - n, "%s%s", n > 0U ? " " : "", what);
}

static void keep(char *out, size_t size, pt_slice text)
{
    (void)snprintf(out, size, "%.*s", (int)text.len, text.ptr != NULL ? text.ptr : "");
}

/* --- who is stood in for --- */

void __wrap_pt_door_reply(struct pt_door_exchange *x, const struct pt_door_reply *reply);
pt_status __wrap_pt_fetch_start(struct pt_fetcher *fetcher, const struct pt_fetch_request *request,
                                void (*done)(void *ctx, pt_status st), void *ctx,
                                struct pt_fetch **ret_fetch);
const struct pt_upstream_response *__wrap_pt_fetch_response(const struct pt_fetch *fetch);
struct pt_fetch *__wrap_pt_fetch_free(struct pt_fetch *fetch);

void __wrap_pt_door_reply(struct pt_door_exchange *x, const struct pt_door_reply *reply)
{
    (void)x;
    size_t n = 0U;
    replied.n++;
    replied.status = reply->status;
    for (size_t i = 0U; i < reply->header_count; i++) {
        const struct pt_http_header *h = &reply->headers[i];
        n += (size_t)snprintf(replied.headers + n, sizeof replied.headers - n, "%.*s: %.*s\n",
                              (int)h->name.len, h->name.ptr, (int)h->value.len, h->value.ptr);
    }
    keep(replied.body, sizeof replied.body, reply->body);
    tell("answer");
}

pt_status __wrap_pt_fetch_start(struct pt_fetcher *fetcher, const struct pt_fetch_request *request,
                                void (*done)(void *ctx, pt_status st), void *ctx,
                                struct pt_fetch **ret_fetch)
{
    (void)fetcher;
    fetched.n++;
    fetched.done = done;
    fetched.ctx = ctx;
    (void)snprintf(fetched.url, sizeof fetched.url, "%s", request->url);
    keep(fetched.headers, sizeof fetched.headers, request->headers);
    tell("call");
    if (pt_ok(fetched.st)) {
        *ret_fetch = (struct pt_fetch *)(void *)&fetched;
    }
    return fetched.st;
}

const struct pt_upstream_response *__wrap_pt_fetch_response(const struct pt_fetch *fetch)
{
    (void)fetch;
    return &response;
}

struct pt_fetch *__wrap_pt_fetch_free(struct pt_fetch *fetch)
{
    fetched.freed += fetch != NULL ? 1U : 0U;
    return NULL;
}

/* --- the lane --- */

static struct config_case c;
static struct pt_lane lane;
static struct pt_log quiet;
static struct pt_clock clock_;
static uint64_t now_ms;
static int scribe;
static struct pt_buf frame;
static struct pt_http1_request request;
static struct pt_door_exchange door;

static uint64_t wall(void *ctx)
{
    return *(uint64_t *)ctx;
}

static uint64_t mono(void *ctx)
{
    return *(uint64_t *)ctx * 1000U;
}

static void set_up(void)
{
    int pair[2];
    now_ms = (uint64_t)CASE_TODAY * 86400000U;
    clock_ = (struct pt_clock){.wall_ms = wall, .mono_us = mono, .ctx = &now_ms};
    quiet = (struct pt_log){.fd = open("/dev/null", O_WRONLY | O_CLOEXEC),
                            .min = PT_ERROR,
                            .role = "gate",
                            .clock = &clock_};
    case_init_full(&c);
    case_load(&c);
    cr_assert_not_null(c.config, "%s", c.report.ptr);
    lane.clock = &clock_;
    lane.log = &quiet;
    cr_assert(pt_ok(pt_loop_new(&clock_, &lane.loop)));
    cr_assert(pt_ok(pt_snapshot_new(c.config, &lane.snapshot)));
    memcpy(door.client, c.config->clients[0].fingerprint, sizeof door.client);
    c.config = NULL;
    pt_link_init(&lane.link, lane.loop);
    cr_assert(pt_ok(pt_ipc_pair(pair)));
    cr_assert(pt_ok(pt_link_attach(&lane.link, pair[0])));
    scribe = pair[1];
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    request = (struct pt_http1_request){.method = PT_HTTP_GET, .path = PT_SLICE(PATH)};
    door.request = &request;
    door.has_client = true;
    response = (struct pt_upstream_response){
        .status = 200U, .content_type = PT_SLICE("application/json"), .body = PT_SLICE(DATA)};
}

static void hang_up(void)
{
    if (scribe >= 0) {
        (void)close(scribe);
        scribe = -1;
    }
}

static void free_spares(void)
{
    while (lane.spare != NULL) {
        struct pt_exchange *x = lane.spare;
        lane.spare = x->next;
        x->arena = pt_arena_free(x->arena);
        free(x);
    }
}

static void tear_down(void)
{
    hang_up();
    pt_link_done_with(&lane.link);
    cr_expect_eq(lane.in_flight, 0U, "an exchange is lost");
    free_spares();
    lane.loop = pt_loop_free(lane.loop);
    lane.snapshot = pt_snapshot_release(lane.snapshot);
    pt_buf_done(&frame);
    case_done(&c);
    (void)close(quiet.fd);
}

TestSuite(exchange, .init = set_up, .fini = tear_down, .timeout = 20.0);

static void turn(void)
{
    for (unsigned i = 0U; i < 3U; i++) {
        cr_assert(pt_ok(pt_loop_turn(lane.loop, 0U)));
    }
}

static void begin(void)
{
    pt_exchange_start(&lane, &door);
    turn();
}

/* --- the scribe --- */

static void keep_entry(const struct pt_record *r)
{
    keep(entry.fields, sizeof entry.fields, r->fields);
    keep(entry.reason, sizeof entry.reason, r->reason);
    keep(entry.subject, sizeof entry.subject, r->subject);
    keep(entry.agent, sizeof entry.agent, r->agent);
    keep(entry.case_ref, sizeof entry.case_ref, r->case_ref);
    keep(entry.procedure, sizeof entry.procedure, r->procedure);
    entry.outcome = r->outcome;
    entry.count = r->count;
    memcpy(entry.digest, r->digest, sizeof entry.digest);
}

static void hear(void)
{
    uint8_t type = 0U;
    struct pt_record r;
    struct pt_ipc_reader body;
    cr_assert(pt_ok(pt_ipc_recv(scribe, &frame, NULL, NULL)), "no entry came: %s", story);
    cr_assert(pt_ok(pt_ipc_open(pt_buf_slice(&frame), &type, &body)));
    entry.token = pt_ipc_get_u64(&body);
    cr_assert(pt_ok(pt_record_get(&body, &r)));
    cr_assert(pt_ok(pt_ipc_get_end(&body)));
    keep_entry(&r);
    tell(pt_entry_name(r.type));
}

static void hear_and_say(uint32_t code)
{
    hear();
    pt_ipc_begin(&frame, PT_MSG_RECORDED);
    pt_ipc_put_u16(&frame, 1U);
    pt_ipc_put_u64(&frame, entry.token);
    pt_ipc_put_u32(&frame, code);
    pt_ipc_put_u64(&frame, 1U);
    cr_assert(pt_ok(pt_ipc_end(&frame)));
    cr_assert(pt_ok(pt_ipc_send(scribe, pt_buf_slice(&frame), NULL, 0U)));
    turn();
}

static void state_answers(uint32_t code)
{
    cr_assert_eq(fetched.n, 1U, "%s", story);
    fetched.done(fetched.ctx, code == PT_OK ? PT_SUCCESS : PT_FAIL(code));
    turn();
}

static void expect_silence_of_the_log(void)
{
    cr_expect_eq(pt_ipc_recv(scribe, &frame, NULL, NULL).code, PT_E_AGAIN);
}

static void expect_end(const char *what, uint16_t status, const char *in_body)
{
    cr_expect_str_eq(story, what);
    cr_expect_eq(replied.n, 1U);
    cr_expect_eq(replied.status, status);
    cr_expect_not_null(strstr(replied.body, in_body), "%s", replied.body);
    cr_expect_eq(lane.in_flight, 0U);
    cr_expect_null(strstr(replied.body, "SECRET"));
}

#endif /* POTERNE_TESTS_EXCHANGE_FIXTURE_H */
