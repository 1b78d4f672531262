/* SPDX-License-Identifier: EUPL-1.2 */
/* What gate's main thread tells a lane: a command runs once, on the lane's own thread. */
#include "gateway/exchange/lane_int.h"

#include <stdlib.h>
#include <unistd.h>

struct command {
    struct pt_task task;
    struct pt_lane *lane;
    int channel;
    struct pt_snapshot *snapshot;
    struct pt_tls_context *tls;
};

static PT_RESULT post(struct pt_lane *lane, const struct command *what, void (*run)(void *ctx))
{
    struct command *command = malloc(sizeof *command);
    PT_ENSURE(command != NULL, PT_E_NOMEM);
    *command = *what;
    command->lane = lane;
    command->task = (struct pt_task){.run = run, .ctx = command};
    pt_loop_post(lane->loop, &command->task);
    return PT_SUCCESS;
}

static void run_attach(void *ctx)
{
    struct command *command = ctx;
    const pt_status st = pt_link_attach(&command->lane->link, command->channel);
    if (!pt_ok(st)) {
        PT_LOG(command->lane->log, PT_ERROR, "lane.attach", PT_F_STATUS("why", st));
    }
    free(command);
}

PT_RESULT pt_lane_attach(struct pt_lane *lane, int channel)
{
    return post(lane, &(struct command){.channel = channel}, run_attach);
}

/* Exchanges in flight keep the snapshot they began with. */
static void run_reload(void *ctx)
{
    struct command *command = ctx;
    struct pt_lane *lane = command->lane;
    (void)pt_snapshot_release(lane->snapshot);
    lane->snapshot = command->snapshot;
    pt_fetcher_forget(lane->fetcher);
    if (command->tls != NULL) {
        pt_door_set_tls(lane->door, command->tls);
        (void)pt_tls_context_free(command->tls);
    }
    (void)atomic_fetch_add(&lane->reloads, 1U);
    free(command);
}

unsigned pt_lane_reloads(const struct pt_lane *lane)
{
    return atomic_load(&lane->reloads);
}

PT_RESULT pt_lane_reload(struct pt_lane *lane, struct pt_snapshot *snapshot,
                         struct pt_tls_context *tls)
{
    const struct command what = {.snapshot = pt_snapshot_hold(snapshot),
                                 .tls = tls != NULL ? pt_tls_context_ref(tls) : NULL};
    const pt_status st = post(lane, &what, run_reload);
    if (!pt_ok(st)) {
        (void)pt_snapshot_release(what.snapshot);
        (void)pt_tls_context_free(what.tls);
    }
    return st;
}

static void run_drain(void *ctx)
{
    struct command *command = ctx;
    if (!command->lane->draining) {
        command->lane->draining = true;
        pt_door_drain(command->lane->door);
    }
    free(command);
}

PT_RESULT pt_lane_drain(struct pt_lane *lane)
{
    return post(lane, &(struct command){0}, run_drain);
}
