/* SPDX-License-Identifier: EUPL-1.2 */
/* The exchanges of a lane: bounded in number, recycled with their wiped arena. */
#include "gateway/exchange/exchange_int.h"

#include <stdlib.h>

/* Drained means: the door has said so, and the last exchange has its last entry. */
void pt_lane_settle(struct pt_lane *lane)
{
    if (lane->drained && lane->in_flight == 0U) {
        pt_loop_stop(lane->loop);
    }
}

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

void pt_lane_recycle(struct pt_lane *lane, struct pt_exchange *x)
{
    x->next = lane->spare;
    lane->spare = x;
    lane->in_flight--;
    pt_lane_settle(lane);
}
