/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * CALL and JUDGE: the connector writes the request, the lane fetches, the connector judges the
 * response in one pass. The `asked` entry is durable when CALL runs: the table says so.
 */
#include "gateway/exchange/exchange_int.h"

static enum pt_error error_of_fetch(pt_status st)
{
    switch (st.code) {
    case PT_E_TIMEOUT:
        return PT_ERR_TIMEOUT;
    case PT_E_LIMIT:
        return PT_ERR_STATE_SIZE;
    case PT_E_NOMEM:
        return PT_ERR_INTERNAL;
    default:
        return PT_ERR_UNREACHABLE;
    }
}

static void on_fetched(void *ctx, pt_status st)
{
    pt_exchange_resume(ctx, st);
}

/* An answer that cannot reach anybody was not delivered, whatever it says. */
static PT_RESULT abandon(struct pt_exchange *x)
{
    x->answer.outcome = PT_OUTCOME_IMPOSSIBLE;
    return PT_FAIL(PT_E_CLOSED);
}

static PT_RESULT start(struct pt_exchange *x)
{
    if (x->door->gone) {
        return abandon(x); /* nor is the State asked for it */
    }
    if (!pt_ok(x->connector->prepare(&x->call, &x->upstream))) {
        return pt_exchange_error(x, PT_ERR_INTERNAL);
    }
    const struct pt_upstream *state = x->decision.habilitation->upstream;
    const struct pt_fetch_request request = {
        .url = x->upstream.url.ptr,
        .headers = pt_buf_slice(&x->upstream.headers),
        .trust = {.ca = state->ca, .crl = state->crl, .stapling = state->ocsp_stapling},
    };
    const pt_status st = pt_fetch_start(x->lane->fetcher, &request, on_fetched, x, &x->fetch);
    if (!pt_ok(st)) {
        return pt_exchange_error(x, error_of_fetch(st));
    }
    x->waiting = true;
    return PT_FAIL(PT_E_AGAIN);
}

PT_RESULT pt_stage_call(struct pt_exchange *x)
{
    if (!x->waiting) {
        return start(x);
    }
    x->waiting = false;
    if (!pt_ok(x->came)) {
        pt_lane_log_upstream(x->lane, x->id_text, x->came);
        x->fetch = pt_fetch_free(x->fetch);
        return pt_exchange_error(x, error_of_fetch(x->came));
    }
    return PT_SUCCESS;
}

static enum pt_error error_of_fault(const struct pt_answer *answer)
{
    if (answer->outcome == PT_OUTCOME_QUOTA) {
        return PT_ERR_STATE_QUOTA;
    }
    return answer->fault == PT_FAULT_CONTRACT ? PT_ERR_CONTRACT : PT_ERR_UNREADABLE;
}

static PT_RESULT judge(struct pt_exchange *x)
{
    const pt_status st =
        x->connector->accept(&x->call, pt_fetch_response(x->fetch), &x->body, &x->answer);
    if (!pt_ok(st)) {
        return pt_exchange_error(x, PT_ERR_INTERNAL);
    }
    if (x->answer.fault != PT_FAULT_NONE) {
        pt_lane_log_fault(x->lane, x->id_text, x->dataset, &x->answer);
        const pt_status refused = pt_exchange_error(x, error_of_fault(&x->answer));
        x->error.retry_in = x->answer.has_retry ? x->answer.retry_in : 0U;
        return refused;
    }
    if (x->door->gone) {
        return abandon(x);
    }
    /* a State in trouble did not answer */
    const bool failed =
        x->answer.outcome == PT_OUTCOME_IMPOSSIBLE || x->answer.outcome == PT_OUTCOME_QUOTA;
    return failed ? PT_FAIL(PT_E_UPSTREAM) : PT_SUCCESS;
}

PT_RESULT pt_stage_judge(struct pt_exchange *x)
{
    const pt_status st = judge(x);
    x->fetch = pt_fetch_free(x->fetch); /* wipes the State's bytes */
    return st;
}
