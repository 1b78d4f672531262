/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * API Entreprise v3 and v4: one GET, `context`, `object` and `recipient` on every call, a bearer
 * token of one procedure, {data, links, meta} or {errors} back (state-apis 2.1, 2.2, 3).
 */
#include "connectors/connectors_int.h"

#include "poterne/base/limits.h"
#include "poterne/base/num.h"

#define OBJECT_MAX 50U /* characters; the State asks for a short description (state-apis 2.2) */

static bool is_blank(pt_slice text)
{
    for (size_t i = 0U; i < text.len; i++) {
        if (text.ptr[i] != ' ' && text.ptr[i] != '\t') {
            return false;
        }
    }
    return true;
}

/* LEG-26: without its tracing parameters a call has no form, hence cannot be sent. */
static PT_RESULT check_tracing(const struct pt_call *call)
{
    PT_ENSURE(pt_siret_valid(call->recipient), PT_E_SCHEMA);
    PT_ENSURE(!is_blank(call->context), PT_E_SCHEMA);
    PT_ENSURE(!is_blank(call->object), PT_E_SCHEMA);
    PT_ENSURE(call->token != NULL && pt_secret_slice(call->token).len > 0U, PT_E_SCHEMA);
    return PT_SUCCESS;
}

static bool is_query_param(const struct pt_dataset *dataset, pt_slice name)
{
    for (size_t i = 0U; i < dataset->nparams; i++) {
        if (dataset->params[i].in == PT_PARAM_QUERY && pt_slice_eq(dataset->params[i].name, name)) {
            return true;
        }
    }
    return false;
}

static PT_RESULT write_url(const struct pt_call *call, struct pt_buf *url)
{
    pt_buf_put(url, call->base_url);
    PT_TRY(pt_url_put_path(url, call->dataset->path, call->args, call->nargs));
    bool first = true;
    for (size_t i = 0U; i < call->nargs; i++) {
        if (is_query_param(call->dataset, call->args[i].name)) {
            pt_url_put_query(url, &first, call->args[i].name, call->args[i].value);
        }
    }
    pt_url_put_query(url, &first, PT_SLICE("context"), call->context);
    pt_url_put_query(url, &first, PT_SLICE("object"), call->object);
    pt_url_put_query(url, &first, PT_SLICE("recipient"), call->recipient);
    pt_buf_put_byte(url, '\0');
    return pt_buf_status(url);
}

static PT_RESULT prepare(const struct pt_call *call, struct pt_upstream_request *request)
{
    PT_ENSURE(call != NULL && request != NULL && call->dataset != NULL, PT_E_ARG);
    PT_TRY(check_tracing(call));
    pt_buf_clear(&request->url);
    pt_buf_clear(&request->headers);
    PT_TRY(write_url(call, &request->url));
    struct pt_buf *headers = &request->headers;
    pt_buf_put_str(headers, "Authorization: Bearer ");
    pt_buf_put(headers, pt_secret_slice(call->token));
    pt_buf_put_byte(headers, '\0');
    pt_buf_put_str(headers, "Accept: application/vnd.api+json, application/json");
    pt_buf_put_byte(headers, '\0');
    if (call->no_cache) {
        pt_buf_put_str(headers, "Cache-Control: no-cache");
        pt_buf_put_byte(headers, '\0');
    }
    return pt_buf_status(headers);
}

/* state-apis 3.3, by HTTP status; the shared envelope refines it by code. Anything that is not
 * listed is a trouble of the State, never a "no" (law 8). */
static enum pt_outcome outcome_of(uint32_t status)
{
    switch (status) {
    case 400U:
    case 422U:
        return PT_OUTCOME_INVALID;
    case 401U:
    case 403U:
        return PT_OUTCOME_REFUSED;
    case 404U:
        return PT_OUTCOME_NOT_FOUND;
    case 429U:
        return PT_OUTCOME_QUOTA;
    default:
        return PT_OUTCOME_IMPOSSIBLE;
    }
}

static void read_rate(const struct pt_upstream_response *response, struct pt_answer *answer)
{
    uint64_t limit = 0U;
    uint64_t remaining = 0U;
    uint64_t reset = 0U;
    answer->has_rate = pt_ok(pt_num_u64(response->rate_limit, 0U, UINT32_MAX, &limit)) &&
                       pt_ok(pt_num_u64(response->rate_remaining, 0U, UINT32_MAX, &remaining)) &&
                       pt_ok(pt_num_u64(response->rate_reset, 0U, UINT64_MAX, &reset));
    if (answer->has_rate) {
        answer->rate_limit = limit;
        answer->rate_remaining = remaining;
        answer->rate_reset = reset;
    }
}

/* Retry-After in delta-seconds wins over meta.retry_in (state-apis 3.5). */
static void read_retry(const struct pt_upstream_response *response, struct pt_answer *answer)
{
    uint64_t seconds = 0U;
    if (pt_ok(pt_num_u64(response->retry_after, 1U, 31536000U, &seconds))) {
        answer->has_retry = true;
        answer->retry_in = (uint32_t)seconds;
    }
}

static void set_fault(struct pt_answer *answer, enum pt_fault fault)
{
    answer->outcome = PT_OUTCOME_IMPOSSIBLE;
    answer->fault = fault;
    answer->status = 502U;
}

static PT_RESULT accept_data(const struct pt_call *call,
                             const struct pt_upstream_response *response, struct pt_buf *body,
                             struct pt_answer *answer)
{
    const pt_status st = pt_walk(call->dataset, call->mask, response->body, body, &answer->report);
    switch (st.code) {
    case PT_OK:
        answer->outcome = PT_OUTCOME_DELIVERED;
        return PT_SUCCESS;
    case PT_E_NOMEM:
        return st;
    case PT_E_SCHEMA:
        set_fault(answer, PT_FAULT_CONTRACT);
        return PT_SUCCESS;
    default:
        set_fault(answer, PT_FAULT_UNREADABLE);
        return PT_SUCCESS;
    }
}

static PT_RESULT accept_error(const struct pt_upstream_response *response, struct pt_buf *body,
                              struct pt_answer *answer)
{
    answer->outcome = outcome_of(response->status);
    read_retry(response, answer);
    const pt_status st = pt_state_is_json(response->content_type)
                             ? pt_state_errors(response->body, body, answer)
                             : PT_FAIL(PT_E_SYNTAX);
    if (pt_ok(st) || st.code == PT_E_NOMEM) {
        return st;
    }
    /* No envelope: a status alone proves nothing about the person, but a quota stays a quota. */
    if (answer->outcome == PT_OUTCOME_QUOTA) {
        answer->fault = PT_FAULT_UNREADABLE;
    } else {
        set_fault(answer, PT_FAULT_UNREADABLE);
    }
    return PT_SUCCESS;
}

static PT_RESULT accept_response(const struct pt_call *call,
                                 const struct pt_upstream_response *response, struct pt_buf *body,
                                 struct pt_answer *ret_answer)
{
    PT_ENSURE(call != NULL && response != NULL && body != NULL && ret_answer != NULL, PT_E_ARG);
    struct pt_answer answer = {.status = response->status};
    pt_buf_clear(body);
    read_rate(response, &answer);
    if (response->status >= 400U && response->status <= 599U) {
        PT_TRY(accept_error(response, body, &answer));
    } else if (response->status != 200U || !pt_state_is_json(response->content_type)) {
        set_fault(&answer, PT_FAULT_UNREADABLE);
    } else {
        PT_TRY(accept_data(call, response, body, &answer));
    }
    *ret_answer = answer;
    return PT_SUCCESS;
}

const struct pt_connector_ops pt_connector_api_entreprise = {
    .abi = PT_CONNECTOR_ABI,
    .kind = "api-entreprise",
    .api = "entreprise",
    .prepare = prepare,
    .accept = accept_response,
};
