/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * lane.h -- one thread of gate (ARCHITECTURE 3): made and commanded by its main thread.
 *
 * Commands are posted to the lane's loop and run on its thread. Layer 3 (gateway).
 */
#ifndef POTERNE_GATEWAY_LANE_H
#define POTERNE_GATEWAY_LANE_H

#include "poterne/base/log.h"
#include "poterne/gateway/config.h"
#include "poterne/gateway/tls.h"
#include "poterne/outcome.h"

/* --- a configuration that exchanges hold on to ------------------------------------------------ */

struct pt_snapshot; /* counted owners; the last one frees the configuration */
/** Takes @config over. @return PT_E_NOMEM: @config is still the caller's */
PT_RESULT pt_snapshot_new(struct pt_config *config, struct pt_snapshot **ret_snapshot);
struct pt_snapshot *pt_snapshot_hold(struct pt_snapshot *snapshot);
struct pt_snapshot *
pt_snapshot_release(struct pt_snapshot *snapshot); /* accepts NULL, returns NULL */
const struct pt_config *pt_snapshot_config(const struct pt_snapshot *snapshot);

/* --- the lane -----------------------------------------------------------------------------------
 */

struct pt_lane;

struct pt_lane_options {
    unsigned index;
    int listener; /* owned by the lane on success */
    const struct pt_clock *clock;
    const struct pt_log *log;     /* outlives the lane */
    struct pt_snapshot *snapshot; /* the lane takes its own hold */
    struct pt_tls_context *tls;   /* likewise; NULL in tests */
    uint32_t connections;         /* of callers; 0: PT_DOOR_CONNECTIONS_MAX */
};
PT_RESULT pt_lane_new(const struct pt_lane_options *options, struct pt_lane **ret_lane);
/** After pt_lane_run() returned. Accepts NULL. */
struct pt_lane *pt_lane_free(struct pt_lane *lane);
/** On the lane's own thread, until it has drained. */
PT_RESULT pt_lane_run(struct pt_lane *lane);
/** The lane's loop, so that a process may put a second door on it (metrics). */
struct pt_loop *pt_lane_loop(struct pt_lane *lane);

/* From any thread. @return PT_E_NOMEM: nothing happens */
PT_RESULT pt_lane_attach(struct pt_lane *lane, int channel);
PT_RESULT pt_lane_reload(struct pt_lane *lane, struct pt_snapshot *snapshot,
                         struct pt_tls_context *tls);
PT_RESULT pt_lane_drain(struct pt_lane *lane);
/** How many reloads the lane has taken, from any thread. */
unsigned pt_lane_reloads(const struct pt_lane *lane);

/* For metrics, from any thread. */
uint64_t pt_lane_outcomes(const struct pt_lane *lane, enum pt_outcome outcome);
uint64_t pt_lane_strangers(const struct pt_lane *lane);
bool pt_lane_is_up(const struct pt_lane *lane); /* it has a scribe to write to */

#endif /* POTERNE_GATEWAY_LANE_H */
