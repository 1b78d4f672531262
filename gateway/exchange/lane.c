/* SPDX-License-Identifier: EUPL-1.2 */
/* One lane: where the door's requests become exchanges. */
#include "gateway/exchange/exchange_int.h"

#include "poterne/base/num.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* --- exchanges ---------------------------------------------------------------------------------
 */

PT_RESULT pt_lane_take(struct pt_lane *lane, struct pt_exchange **ret)
{
    PT_ENSURE(lane->in_flight < PT_EXCHANGE_IN_FLIGHT_MAX, PT_E_LIMIT);
    struct pt_exchange *x = lane->spare;
    struct pt_arena *arena = NULL;
    if (x != NULL) {
        lane->spare = x->next;
        arena = x->arena;
    } else {
        x = malloc(sizeof *x);
        PT_ENSURE(x != NULL, PT_E_NOMEM);
        const pt_status st = pt_arena_new(PT_EXCHANGE_ARENA_MAX, &arena);
        if (!pt_ok(st)) {
            free(x);
            return st;
        }
    }
    *x = (struct pt_exchange){.lane = lane, .arena = arena};
    lane->in_flight++;
    *ret = x;
    return PT_SUCCESS;
}

static void stop_when_empty(struct pt_lane *lane)
{
    if (lane->drained && lane->in_flight == 0U) {
        pt_loop_stop(lane->loop);
    }
}

void pt_lane_recycle(struct pt_lane *lane, struct pt_exchange *x)
{
    x->next = lane->spare;
    lane->spare = x;
    lane->in_flight--;
    stop_when_empty(lane);
}

/* --- the door's handler
 * --------------------------------------------------------------------------- */

static void on_request(void *ctx, struct pt_door_exchange *door)
{
    struct pt_lane *lane = ctx;
    if (!door->has_client) {
        pt_lane_refuse(door, PT_ERR_DENIED);
    } else if (pt_slice_starts(door->request->path, PT_SLICE("/v1/"))) {
        pt_resources_request(lane, door);
    } else {
        pt_exchange_start(lane, door);
    }
}

/* The door refuses by itself what is not a request; the table of codes is ours. */
static enum pt_error error_of(enum pt_http1_reason reason)
{
    switch (pt_http1_reason_status(reason)) {
    case 408U:
        return PT_ERR_SLOW;
    case 413U:
    case 414U:
    case 431U:
        return PT_ERR_TOO_LARGE;
    case 417U:
    case 501U:
    case 505U:
        return PT_ERR_UNSUPPORTED;
    case 429U:
    case 503U:
        return PT_ERR_BUSY;
    default:
        return PT_ERR_HTTP;
    }
}

static void on_refuse(void *ctx, enum pt_http1_reason reason, struct pt_buf *body)
{
    (void)ctx;
    const struct pt_error_detail detail = {.error = error_of(reason)};
    pt_error_body(&detail, body);
}

static void on_handshake_failed(void *ctx, pt_status why)
{
    struct pt_lane *lane = ctx;
    const uint64_t now = pt_loop_now_us(lane->loop);
    if (now - lane->handshake_log_us >= UINT64_C(1000000)) {
        lane->handshake_log_us = now;
        PT_LOG(lane->log, PT_WARN, "door.handshake", PT_F_U64("lane", lane->index),
               PT_F_STATUS("why", why));
    }
}

static void on_drained(void *ctx)
{
    struct pt_lane *lane = ctx;
    lane->drained = true;
    stop_when_empty(lane);
}

/* --- answers
 * ------------------------------------------------------------------------------------------- */

static size_t put_number(char *out, uint32_t number)
{
    char digits[PT_U64_DIGITS];
    const size_t n = pt_num_format(number, digits);
    memcpy(out, digits, n);
    return n;
}

void pt_lane_reply(struct pt_door_exchange *door, const struct pt_reply *reply)
{
    struct pt_http_header headers[6];
    char retry[PT_U64_DIGITS];
    char link[96];
    size_t n = 0U;
    const char *type = reply->content_type != NULL ? reply->content_type : "application/json";
    headers[n++] = (struct pt_http_header){PT_SLICE("Content-Type"), pt_slice_str(type)};
    headers[n++] = (struct pt_http_header){PT_SLICE("Cache-Control"), PT_SLICE("no-store")};
    if (reply->outcome != PT_OUTCOME_NONE) {
        headers[n++] = (struct pt_http_header){PT_SLICE("Poterne-Outcome"),
                                               pt_slice_str(pt_outcome_name(reply->outcome))};
    }
    if (reply->retry_in != 0U) {
        headers[n++] = (struct pt_http_header){
            PT_SLICE("Retry-After"), pt_slice_of(retry, put_number(retry, reply->retry_in))};
    }
    if (reply->exchange != NULL) {
        const int len = snprintf(link, sizeof link, "</v1/exchanges/%s/receipt>; rel=\"receipt\"",
                                 reply->exchange);
        headers[n++] =
            (struct pt_http_header){PT_SLICE("Poterne-Exchange"), pt_slice_str(reply->exchange)};
        headers[n++] = (struct pt_http_header){PT_SLICE("Link"), pt_slice_of(link, (size_t)len)};
    }
    pt_door_reply(door, &(struct pt_door_reply){.status = reply->status,
                                                .headers = headers,
                                                .header_count = n,
                                                .body = reply->body});
}

void pt_lane_refuse(struct pt_door_exchange *door, enum pt_error error)
{
    struct pt_buf body;
    pt_buf_init(&body, PT_HTTP_LINE_MAX);
    const struct pt_error_detail detail = {.error = error};
    pt_error_body(&detail, &body);
    pt_lane_reply(door, &(struct pt_reply){.status = pt_error_info(error)->http,
                                           .outcome = pt_error_info(error)->outcome,
                                           .body = pt_buf_slice(&body)});
    pt_buf_done(&body);
}

/* --- the operational log: no value of anybody, ever
 * ----------------------------------------------------- */

void pt_lane_log_upstream(struct pt_lane *lane, const char *exchange, pt_status why)
{
    PT_LOG(lane->log, PT_WARN, "upstream.failed", PT_F_STR("exchange", pt_slice_str(exchange)),
           PT_F_STATUS("why", why));
}

void pt_lane_log_fault(struct pt_lane *lane, const char *exchange, const struct pt_dataset *dataset,
                       const struct pt_answer *answer)
{
    struct pt_buf where;
    pt_buf_init(&where, PT_POINTER_MAX);
    if (answer->report.culprit != NULL) {
        pt_node_pointer(answer->report.culprit, &where);
    }
    PT_LOG(lane->log, PT_WARN, "upstream.contract", PT_F_STR("exchange", pt_slice_str(exchange)),
           PT_F_STR("dataset", dataset->id), PT_F_STR("place", pt_buf_slice(&where)),
           PT_F_U64("offset", answer->report.offset));
    pt_buf_done(&where);
}

/* --- life
 * --------------------------------------------------------------------------------------------------
 */

static PT_RESULT open_lane(struct pt_lane *lane, const struct pt_lane_options *options)
{
    PT_TRY(pt_loop_new(options->clock, &lane->loop));
    pt_link_init(&lane->link, lane->loop);
    PT_TRY(pt_fetcher_new(lane->loop, &lane->fetcher));
    const struct pt_door_config config = {.fd = options->listener,
                                          .tls = options->tls,
                                          .handler = {.request = on_request,
                                                      .refuse = on_refuse,
                                                      .handshake_failed = on_handshake_failed,
                                                      .drained = on_drained,
                                                      .ctx = lane}};
    return pt_door_new(lane->loop, &config, &lane->door);
}

PT_RESULT pt_lane_new(const struct pt_lane_options *options, struct pt_lane **ret_lane)
{
    struct pt_lane *lane = calloc(1U, sizeof *lane);
    PT_ENSURE(lane != NULL, PT_E_NOMEM);
    lane->index = options->index;
    lane->clock = options->clock;
    lane->log = options->log;
    lane->snapshot = pt_snapshot_hold(options->snapshot);
    const pt_status st = open_lane(lane, options);
    if (!pt_ok(st)) {
        (void)pt_lane_free(lane);
        return st;
    }
    *ret_lane = lane;
    return PT_SUCCESS;
}

struct pt_lane *pt_lane_free(struct pt_lane *lane)
{
    if (lane == NULL) {
        return NULL;
    }
    if (lane->loop != NULL) {
        pt_link_done_with(&lane->link);
    }
    lane->door = pt_door_free(lane->door);
    while (lane->spare != NULL) {
        struct pt_exchange *x = lane->spare;
        lane->spare = x->next;
        x->arena = pt_arena_free(x->arena);
        free(x);
    }
    lane->fetcher = pt_fetcher_free(lane->fetcher);
    lane->loop = pt_loop_free(lane->loop);
    lane->snapshot = pt_snapshot_release(lane->snapshot);
    free(lane);
    return NULL;
}

PT_RESULT pt_lane_run(struct pt_lane *lane)
{
    return pt_loop_run(lane->loop);
}

struct pt_loop *pt_lane_loop(struct pt_lane *lane)
{
    return lane->loop;
}

uint64_t pt_lane_outcomes(const struct pt_lane *lane, enum pt_outcome outcome)
{
    return atomic_load_explicit(&lane->outcomes[outcome], memory_order_relaxed);
}

uint64_t pt_lane_strangers(const struct pt_lane *lane)
{
    return atomic_load_explicit(&lane->strangers, memory_order_relaxed);
}

bool pt_lane_is_up(const struct pt_lane *lane)
{
    return pt_link_is_up(&lane->link);
}
