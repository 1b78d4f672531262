/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * metrics.h -- the metrics listener: /metrics (Prometheus text 0.0.4), /health/live, /health/ready
 * (INTERFACES 5). Plain HTTP, for the loopback. Counts and dates: no identifier of anybody.
 * Layer 3 (gateway).
 */
#ifndef POTERNE_GATEWAY_METRICS_H
#define POTERNE_GATEWAY_METRICS_H

#include "poterne/gateway/calendar.h"
#include "poterne/gateway/lane.h"
#include "poterne/gateway/loop.h"

struct pt_metrics;

struct pt_metrics_options {
    int listener;                 /* owned on success */
    struct pt_lane *const *lanes; /* outlive the metrics */
    unsigned nlanes;
    struct pt_board *board;       /* outlives the metrics; NULL: no calendar is shown */
    const struct pt_clock *clock; /* for the calendar */
};
PT_RESULT pt_metrics_new(struct pt_loop *loop, const struct pt_metrics_options *options,
                         struct pt_metrics **ret_metrics);
struct pt_metrics *pt_metrics_free(struct pt_metrics *metrics); /* accepts NULL */

#endif /* POTERNE_GATEWAY_METRICS_H */
