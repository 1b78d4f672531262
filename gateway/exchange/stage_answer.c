/* SPDX-License-Identifier: EUPL-1.2 */
/* ANSWER: the last stage, reached only when the last entry is durable or nothing is handed on. */
#include "gateway/exchange/exchange_int.h"

#include <stdio.h>

static uint16_t status_of(const struct pt_exchange *x)
{
    return x->has_error ? pt_error_info(x->error.error)->http : (uint16_t)x->answer.status;
}

static enum pt_outcome outcome_of(const struct pt_exchange *x)
{
    return x->has_error ? pt_error_info(x->error.error)->outcome : x->answer.outcome;
}

static uint32_t retry_of(const struct pt_exchange *x)
{
    if (x->has_error) {
        return x->error.retry_in;
    }
    return x->answer.has_retry ? x->answer.retry_in : 0U;
}

static PT_RESULT reply(struct pt_exchange *x)
{
    if (x->has_error) {
        pt_buf_clear(&x->body);
        pt_error_body(&x->error, &x->body);
    }
    struct pt_reply_headers headers = {.outcome = outcome_of(x), .retry_in = retry_of(x)};
    if (x->declared) {
        headers.exchange = x->id_text;
    }
    return pt_lane_reply(x->lane, x->door, status_of(x), &headers, pt_buf_slice(&x->body));
}

PT_RESULT pt_stage_answer(struct pt_exchange *x)
{
    pt_lane_count(x->lane, outcome_of(x));
    if (outcome_of(x) != PT_OUTCOME_DELIVERED || x->trace.len > 0U) {
        pt_lane_log_end(x->lane, x);
    }
    return x->door != NULL ? reply(x) : PT_SUCCESS;
}

PT_RESULT pt_stage_end(struct pt_exchange *x)
{
    (void)x;
    return PT_SUCCESS;
}
