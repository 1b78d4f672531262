/* SPDX-License-Identifier: EUPL-1.2 */
/* The operational log of a lane: no value of anybody, ever (law 3). */
#include "gateway/exchange/lane_int.h"

#include "poterne/connectors/connector.h"

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
