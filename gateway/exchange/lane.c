/* SPDX-License-Identifier: EUPL-1.2 */
/* One lane: where the door's requests become exchanges. */
#include "gateway/exchange/exchange_int.h"

#include <stdlib.h>
#include <unistd.h>

/* --- the door's handler --- */

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

static void on_expelled(void *ctx, pt_status why)
{
    struct pt_lane *lane = ctx;
    const uint64_t now = pt_loop_now_us(lane->loop);
    if (now - lane->expelled_log_us >= UINT64_C(1000000)) {
        lane->expelled_log_us = now;
        PT_LOG(lane->log, PT_WARN, "door.expelled", PT_F_U64("lane", lane->index),
               PT_F_U64("total", pt_door_counters(lane->door)->expelled), PT_F_STATUS("why", why));
    }
}

static void on_drained(void *ctx)
{
    struct pt_lane *lane = ctx;
    lane->drained = true;
    pt_lane_settle(lane);
}

/* --- life --- */

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
                                                      .expelled = on_expelled,
                                                      .drained = on_drained,
                                                      .ctx = lane},
                                          .limits = {.connections = options->connections}};
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
