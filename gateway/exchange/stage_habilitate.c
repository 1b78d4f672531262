/* SPDX-License-Identifier: EUPL-1.2 */
/* HABILITATE: one question to the policy; every condition must hold (law 2, R.114-9-6). */
#include "gateway/exchange/exchange_int.h"

#define DAY_MS 86400000U

/* What the caller merely forgot to say is told; what it has no right to is not explained. */
static enum pt_error error_of(enum pt_condition condition)
{
    switch (condition) {
    case PT_COND_PROCEDURE_MISSING:
        return PT_ERR_PROCEDURE_NEEDED;
    case PT_COND_AGENT_MISSING:
        return PT_ERR_AGENT_NEEDED;
    case PT_COND_CASE_MISSING:
        return PT_ERR_CASE_NEEDED;
    case PT_COND_NONE:
    case PT_COND_CLIENT:
    case PT_COND_PROCEDURE:
    case PT_COND_DATASET:
    case PT_COND_NOT_YET:
    case PT_COND_EXPIRED:
    case PT_COND_CHANNEL:
    case PT_COND_AGENT:
    case PT_COND_AGENT_NOT_YET:
    case PT_COND_AGENT_EXPIRED:
    case PT_COND_COUNT:
    default:
        return PT_ERR_DENIED;
    }
}

PT_RESULT pt_stage_habilitate(struct pt_exchange *x)
{
    const struct pt_question question = {
        .fingerprint = x->decision.client->fingerprint,
        .procedure = x->procedure,
        .object = x->object,
        .dataset = x->dataset,
        .agent = x->agent,
        .channel = x->channel,
        .case_ref = x->case_ref,
        .today = (int32_t)(pt_clock_wall_ms(x->lane->clock) / DAY_MS),
    };
    pt_policy_decide(x->config, &question, &x->decision);
    if (x->decision.refused != PT_COND_NONE) {
        return pt_exchange_error(x, error_of(x->decision.refused));
    }
    const struct pt_habilitation *h = x->decision.habilitation;
    x->agent = x->decision.agent;
    x->call = (struct pt_call){
        .dataset = x->dataset,
        .mask = x->decision.grant->mask,
        .args = x->args,
        .nargs = x->nargs,
        .base_url = h->upstream->url,
        .recipient = x->config->siret,
        .context = h->context,
        .object = h->object,
        .token = h->token,
        .no_cache = x->no_cache,
    };
    return PT_SUCCESS;
}
