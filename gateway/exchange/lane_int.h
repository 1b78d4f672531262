/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * lane_int.h -- one thread of gate: its loop, its door, its way out, its link to the scribe, and
 * the exchanges that live on it from first byte to last. Nothing of a lane is touched by another
 * thread but its counters and its mailbox. Private to gateway/exchange.
 */
#ifndef POTERNE_GATEWAY_LANE_INT_H
#define POTERNE_GATEWAY_LANE_INT_H

#include "gateway/exchange/errors.h"
#include "gateway/exchange/link_int.h"

#include "poterne/base/log.h"
#include "poterne/gateway/door.h"
#include "poterne/gateway/fetch.h"
#include "poterne/gateway/lane.h"

#include <stdatomic.h>

struct pt_exchange;
struct pt_dataset;
struct pt_answer;

struct pt_lane {
    unsigned index;
    const struct pt_clock *clock;
    const struct pt_log *log;
    struct pt_loop *loop;
    struct pt_door *door;
    struct pt_fetcher *fetcher;
    struct pt_snapshot *snapshot; /* of new exchanges */
    struct pt_exchange *spare;
    unsigned in_flight;
    bool draining;
    bool drained;
    uint64_t expelled_log_us;  /* ... and connections that were cut */
    uint64_t handshake_log_us; /* failed handshakes are said at most once a second */
    atomic_ullong outcomes[PT_OUTCOME_COUNT];
    atomic_ullong strangers;
    atomic_uint reloads; /* snapshots taken since the start */
    struct pt_link link;
};

/** A recycled or new exchange, zeroed but for its arena. @return PT_E_LIMIT too many, PT_E_NOMEM */
PT_RESULT pt_lane_take(struct pt_lane *lane, struct pt_exchange **ret);
void pt_lane_recycle(struct pt_lane *lane, struct pt_exchange *x);
/** Ends the lane's loop when it has drained and nothing is in flight. */
void pt_lane_settle(struct pt_lane *lane);

struct pt_reply {
    uint16_t status;
    enum pt_outcome outcome;  /* NONE: no Poterne-Outcome header */
    uint32_t retry_in;        /* 0: no Retry-After header */
    const char *exchange;     /* id text; NULL: not in the log */
    const char *content_type; /* NULL: application/json */
    pt_slice body;
};
void pt_lane_reply(struct pt_door_exchange *door, const struct pt_reply *reply);
/** An answer of Poterne's own without an exchange. */
void pt_lane_refuse(struct pt_door_exchange *door, enum pt_error error);

/** GET /v1/exchanges/{id}[/receipt] (INTERFACES 3.2). */
void pt_resources_request(struct pt_lane *lane, struct pt_door_exchange *door);

void pt_lane_log_upstream(struct pt_lane *lane, const char *exchange, pt_status why);
void pt_lane_log_fault(struct pt_lane *lane, const char *exchange, const struct pt_dataset *dataset,
                       const struct pt_answer *answer);

#endif /* POTERNE_GATEWAY_LANE_INT_H */
