/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The decision. Default deny: an answer is "yes" only when every condition of one habilitation was
 * asked and held. R.114-9-6 ("seuls peuvent accéder"), LEG-01, LEG-02, LEG-11.
 * No allocation, no clock, no state. Layer 3 (gateway).
 */
#include "poterne/gateway/policy.h"

static const char *const names[] = {
#define X(name, text) text,
    PT_CONDITIONS(X)
#undef X
};

const char *pt_condition_name(enum pt_condition condition)
{
    return (uint32_t)condition < PT_COND_COUNT ? names[condition] : "unknown";
}

const struct pt_client *pt_policy_client(const struct pt_config *config, const uint8_t *fingerprint)
{
    size_t low = 0U;
    size_t high = config->nclients;
    while (low < high) {
        const size_t middle = low + (high - low) / 2U;
        const struct pt_client *client = &config->clients[middle];
        const int order = memcmp(client->fingerprint, fingerprint, sizeof client->fingerprint);
        if (order == 0) {
            return client;
        }
        if (order < 0) {
            low = middle + 1U;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static bool has_procedure(const struct pt_client *client, pt_slice procedure)
{
    for (size_t i = 0U; i < client->nhabilitations; i++) {
        if (pt_slice_eq(client->habilitations[i]->procedure, procedure)) {
            return true;
        }
    }
    return false;
}

/* The one procedure all its habilitations serve, or the empty slice. */
static pt_slice only_procedure(const struct pt_client *client)
{
    if (client->nhabilitations == 0U) {
        return PT_SLICE_EMPTY;
    }
    const pt_slice first = client->habilitations[0]->procedure;
    for (size_t i = 1U; i < client->nhabilitations; i++) {
        if (!pt_slice_eq(client->habilitations[i]->procedure, first)) {
            return PT_SLICE_EMPTY;
        }
    }
    return first;
}

/* Named, or the only one, or the one the object parameter names; empty: nobody can tell. */
static pt_slice find_procedure(const struct pt_client *client, const struct pt_question *question)
{
    if (question->procedure.len > 0U) {
        return question->procedure;
    }
    const pt_slice only = only_procedure(client);
    if (only.len > 0U) {
        return only;
    }
    const bool object = question->object.len > 0U && has_procedure(client, question->object);
    return object ? question->object : PT_SLICE_EMPTY;
}

static const struct pt_grant *find_grant(const struct pt_habilitation *habilitation,
                                         const struct pt_dataset *dataset)
{
    for (size_t i = 0U; dataset != NULL && i < habilitation->ngrants; i++) {
        if (habilitation->grants[i].dataset == dataset) {
            return &habilitation->grants[i];
        }
    }
    return NULL;
}

/* --- the agent (LEG-11)
 * ------------------------------------------------------------------------------- */

static const struct pt_agent *find_agent(const struct pt_habilitation *habilitation, pt_slice id)
{
    size_t low = 0U;
    size_t high = habilitation->nagents;
    while (low < high) {
        const size_t middle = low + (high - low) / 2U;
        const struct pt_agent *agent = habilitation->agents[middle];
        const int order = pt_slice_cmp(agent->id, id);
        if (order == 0) {
            return agent;
        }
        if (order < 0) {
            low = middle + 1U;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* A name that is given is checked, also where none was needed: the log never holds a false one. */
static enum pt_condition check_given_agent(const struct pt_habilitation *habilitation,
                                           const struct pt_question *question)
{
    if (pt_slice_eq(question->agent, habilitation->automatic_agent)) {
        return PT_COND_NONE;
    }
    const struct pt_agent *agent = find_agent(habilitation, question->agent);
    if (agent == NULL) {
        return PT_COND_AGENT;
    }
    if (agent->has_from && question->today < agent->valid_from) {
        return PT_COND_AGENT_NOT_YET;
    }
    if (agent->has_until && question->today > agent->valid_until) {
        return PT_COND_AGENT_EXPIRED;
    }
    return PT_COND_NONE;
}

static enum pt_condition check_agent(const struct pt_habilitation *habilitation,
                                     const struct pt_grant *grant,
                                     const struct pt_question *question, pt_slice *ret_agent)
{
    if (question->agent.len > 0U) {
        *ret_agent = question->agent;
        return check_given_agent(habilitation, question);
    }
    *ret_agent = habilitation->automatic_agent;
    const bool personal = pt_mask_class(grant->mask) >= PT_CLASS_PERSONAL;
    return personal && ret_agent->len == 0U ? PT_COND_AGENT_MISSING : PT_COND_NONE;
}

/* --- one habilitation
 * ---------------------------------------------------------------------------------- */

static enum pt_condition check_terms(const struct pt_habilitation *habilitation,
                                     const struct pt_question *question)
{
    if (question->today < habilitation->valid_from) {
        return PT_COND_NOT_YET;
    }
    if (question->today > habilitation->valid_until) {
        return PT_COND_EXPIRED;
    }
    if ((uint32_t)question->channel >= PT_CHANNEL_COUNT ||
        (habilitation->channels & (1U << (uint32_t)question->channel)) == 0U) {
        return PT_COND_CHANNEL;
    }
    if (habilitation->case_required && question->case_ref.len == 0U) {
        return PT_COND_CASE_MISSING;
    }
    return PT_COND_NONE;
}

static void judge(const struct pt_habilitation *habilitation, const struct pt_question *question,
                  struct pt_decision *ret)
{
    ret->habilitation = habilitation;
    ret->grant = find_grant(habilitation, question->dataset);
    ret->agent = PT_SLICE_EMPTY;
    if (ret->grant == NULL) {
        ret->refused = PT_COND_DATASET;
        return;
    }
    ret->refused = check_terms(habilitation, question);
    if (ret->refused == PT_COND_NONE) {
        ret->refused = check_agent(habilitation, ret->grant, question, &ret->agent);
    }
}

/* Any habilitation of the procedure may say yes; if none does, the one that got furthest answers.
 */
static void judge_all(const struct pt_client *client, pt_slice procedure,
                      const struct pt_question *question, struct pt_decision *ret)
{
    *ret = (struct pt_decision){.refused = PT_COND_PROCEDURE, .client = client};
    for (size_t i = 0U; i < client->nhabilitations; i++) {
        if (!pt_slice_eq(client->habilitations[i]->procedure, procedure)) {
            continue;
        }
        struct pt_decision one = {.client = client};
        judge(client->habilitations[i], question, &one);
        if (one.refused == PT_COND_NONE) {
            *ret = one;
            return;
        }
        if (one.refused > ret->refused) {
            *ret = one;
        }
    }
}

void pt_policy_decide(const struct pt_config *config, const struct pt_question *question,
                      struct pt_decision *ret_decision)
{
    *ret_decision = (struct pt_decision){.refused = PT_COND_CLIENT};
    const struct pt_client *client = pt_policy_client(config, question->fingerprint);
    if (client == NULL) {
        return;
    }
    const pt_slice procedure = find_procedure(client, question);
    if (procedure.len == 0U) {
        *ret_decision =
            (struct pt_decision){.refused = PT_COND_PROCEDURE_MISSING, .client = client};
        return;
    }
    judge_all(client, procedure, question, ret_decision);
}
