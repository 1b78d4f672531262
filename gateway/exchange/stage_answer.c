/* SPDX-License-Identifier: EUPL-1.2 */
/* ANSWER: the last stage, reached only when the last entry is durable or nothing is handed on. */
#include "gateway/exchange/exchange_int.h"

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

static void reply(struct pt_exchange *x)
{
    if (x->has_error) {
        pt_buf_clear(&x->body);
        pt_error_body(&x->error, &x->body);
    }
    pt_lane_reply(x->door, &(struct pt_reply){.status = status_of(x),
                                              .outcome = outcome_of(x),
                                              .retry_in = retry_of(x),
                                              .exchange = x->declared ? x->id_text : NULL,
                                              .body = pt_buf_slice(&x->body)});
    x->door = NULL;
}

/* Deliveries are in the audit log only; what went wrong, or is being traced, is said here too. */
static void say(const struct pt_exchange *x)
{
    if (outcome_of(x) == PT_OUTCOME_DELIVERED && x->trace.len == 0U) {
        return;
    }
    PT_LOG(x->lane->log, PT_INFO, "exchange.end", PT_F_STR("exchange", pt_slice_str(x->id_text)),
           PT_F_STR("outcome", pt_slice_str(pt_outcome_name(outcome_of(x)))),
           PT_F_U64("status", status_of(x)), PT_F_STR("traceparent", x->trace));
}

PT_RESULT pt_stage_answer(struct pt_exchange *x)
{
    (void)atomic_fetch_add_explicit(&x->lane->outcomes[outcome_of(x)], 1U, memory_order_relaxed);
    say(x);
    reply(x);
    return PT_SUCCESS;
}

PT_RESULT pt_stage_end(struct pt_exchange *x)
{
    (void)x;
    return PT_SUCCESS;
}
