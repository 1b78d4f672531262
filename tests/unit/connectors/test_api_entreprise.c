/* SPDX-License-Identifier: EUPL-1.2 */
/* API Entreprise: a call in, a request out; a response in, one of the outcomes. */
#include "tests/unit/connectors/calls.h"

static struct world w;

static void setup(void)
{
    world_open(&w);
}

static void teardown(void)
{
    world_close(&w);
}

TestSuite(api_entreprise, .init = setup, .fini = teardown, .timeout = 10.0);

static uint32_t prepare(void)
{
    return pt_connector_api_entreprise.prepare(&w.call, &w.request).code;
}

/* --- prepare ------------------------------------------------------------------------------------
 */

Test(api_entreprise, leg_26_without_a_context_the_call_has_no_form)
{
    static const char *const blanks[] = {"", " ", "\t  "};
    for (size_t i = 0U; i < PT_COUNT(blanks); i++) {
        w.call.context = pt_slice_str(blanks[i]);
        cr_expect_eq(prepare(), PT_E_SCHEMA);
        cr_expect_eq(w.request.url.len, 0U);
    }
}

Test(api_entreprise, leg_26_without_an_object_the_call_has_no_form)
{
    w.call.object = PT_SLICE("  ");
    cr_expect_eq(prepare(), PT_E_SCHEMA);
    cr_expect_eq(w.request.headers.len, 0U);
}

Test(api_entreprise, leg_26_without_a_valid_recipient_the_call_has_no_form)
{
    static const char *const bad[] = {"", "2168099960000", "21680999600005", "x1680999600004"};
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        w.call.recipient = pt_slice_str(bad[i]);
        cr_expect_eq(prepare(), PT_E_SCHEMA, "%s", bad[i]);
    }
}

Test(api_entreprise, without_a_token_the_call_has_no_form)
{
    w.call.token = NULL;
    cr_expect_eq(prepare(), PT_E_SCHEMA);
}

Test(api_entreprise, a_missing_path_argument_is_refused)
{
    w.call.nargs = 0U;
    cr_expect_eq(prepare(), PT_E_SCHEMA);
}

Test(api_entreprise, the_request_is_one_get_with_its_tracing_parameters_and_its_token)
{
    cr_assert_eq(prepare(), PT_OK);
    cr_expect_str_eq(
        w.request.url.ptr,
        "https://state.example/v4/insee/sirene/unites_legales/418166096?limit=10%20%26b"
        "&context=Subventions&object=subvention%20n%C2%B0%201&recipient=21680999600004");
    const char want[] = "Authorization: Bearer made.for.tests\0"
                        "Accept: application/vnd.api+json, application/json";
    cr_expect(pt_slice_eq(pt_buf_slice(&w.request.headers), pt_slice_of(want, sizeof want)));
}

Test(api_entreprise, the_token_is_never_in_the_url)
{
    cr_assert_eq(prepare(), PT_OK);
    cr_expect_null(strstr(w.request.url.ptr, "made.for.tests"));
}

Test(api_entreprise, no_cache_is_handed_on)
{
    w.call.no_cache = true;
    cr_assert_eq(prepare(), PT_OK);
    cr_expect_not_null(
        memmem(w.request.headers.ptr, w.request.headers.len, "Cache-Control: no-cache", 24U));
}

Test(api_entreprise, a_second_request_leaves_nothing_of_the_first)
{
    cr_assert_eq(prepare(), PT_OK);
    const size_t len = w.request.url.len;
    cr_assert_eq(prepare(), PT_OK);
    cr_expect_eq(w.request.url.len, len);
}

/* --- accept: answers
 * -------------------------------------------------------------------------------- */

#define ANSWER                                                                                     \
    "{\"data\":{\"siren\":\"418166096\",\"nom\":\"X\",\"neuf\":1},\"links\":{},\"meta\":{}}"

Test(api_entreprise, leg_02_an_answer_keeps_what_is_allowed_and_nothing_else)
{
    world_accept(&w, 200U, "application/vnd.api+json", ANSWER);
    cr_expect_eq(w.answer.outcome, PT_OUTCOME_DELIVERED);
    cr_expect(
        pt_slice_eq(pt_buf_slice(&w.body),
                    PT_SLICE("{\"data\":{\"siren\":\"418166096\"},\"links\":{},\"meta\":{}}")));
    cr_expect_eq(w.answer.report.unknown, 1U);
    cr_expect_eq(w.answer.report.withheld, 1U);
}

Test(api_entreprise, an_answer_that_breaks_its_descriptor_is_impossible_and_leaves_nothing)
{
    world_accept(&w, 200U, "application/json",
                 "{\"data\":{\"siren\":418166096},\"links\":{},\"meta\":{}}");
    cr_expect_eq(w.answer.outcome, PT_OUTCOME_IMPOSSIBLE);
    cr_expect_eq(w.answer.fault, PT_FAULT_CONTRACT);
    cr_expect_not_null(w.answer.report.culprit);
    cr_expect_eq(w.body.len, 0U);
}

Test(api_entreprise, an_answer_that_is_not_json_is_impossible)
{
    static const char *const bad[] = {"", "{", "<html>", "{\"data\":{}}{", "\xff"};
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        world_accept(&w, 200U, "application/json", bad[i]);
        cr_expect_eq(w.answer.outcome, PT_OUTCOME_IMPOSSIBLE, "%s", bad[i]);
        cr_expect_neq(w.answer.fault, PT_FAULT_NONE);
        cr_expect_eq(w.body.len, 0U);
    }
}

Test(api_entreprise, an_answer_of_another_content_type_is_not_even_read)
{
    world_accept(&w, 200U, "text/html", ANSWER);
    cr_expect_eq(w.answer.fault, PT_FAULT_UNREADABLE);
}

Test(api_entreprise, what_is_neither_200_nor_an_error_is_impossible)
{
    static const uint32_t odd[] = {0U, 100U, 201U, 204U, 206U, 301U, 302U, 304U, 399U, 600U, 999U};
    for (size_t i = 0U; i < PT_COUNT(odd); i++) {
        world_accept(&w, odd[i], "application/json", ANSWER);
        cr_expect_eq(w.answer.outcome, PT_OUTCOME_IMPOSSIBLE, "%u", odd[i]);
        cr_expect_eq(w.answer.fault, PT_FAULT_UNREADABLE);
    }
}

/* --- accept: errors (state-apis 3.3)
 * ------------------------------------------------------------------- */

struct row {
    uint32_t status;
    const char *code;
    enum pt_outcome outcome;
};

static void expect_row(const struct row *row)
{
    char json[128];
    (void)snprintf(json, sizeof json,
                   "{\"errors\":[{\"code\":\"%s\",\"title\":\"t\",\"meta\":{}}]}", row->code);
    world_accept(&w, row->status, "application/vnd.api+json", json);
    cr_expect_eq(w.answer.outcome, row->outcome, "%u %s", row->status, row->code);
    cr_expect_eq(w.answer.fault, PT_FAULT_NONE);
    cr_expect_eq(w.answer.status, row->status);
    cr_expect_str_eq(w.answer.state_code, row->code);
    cr_expect(world_body_has(&w, pt_outcome_name(row->outcome)));
}

Test(api_entreprise, requests_that_are_wrong_are_invalid)
{
    static const struct row rows[] = {{400U, "00401", PT_OUTCOME_INVALID},
                                      {422U, "00201", PT_OUTCOME_INVALID},
                                      {422U, "00210", PT_OUTCOME_INVALID},
                                      {422U, "00301", PT_OUTCOME_INVALID}};
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        expect_row(&rows[i]);
    }
}

Test(api_entreprise, our_credential_refused_by_the_state_is_refused)
{
    static const struct row rows[] = {{401U, "00101", PT_OUTCOME_REFUSED},
                                      {401U, "00103", PT_OUTCOME_REFUSED},
                                      {401U, "00105", PT_OUTCOME_REFUSED},
                                      {403U, "00100", PT_OUTCOME_REFUSED},
                                      {403U, "00107", PT_OUTCOME_REFUSED}};
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        expect_row(&rows[i]);
    }
}

Test(api_entreprise, only_a_404_of_a_provider_is_not_found)
{
    static const struct row rows[] = {{404U, "01003", PT_OUTCOME_NOT_FOUND},
                                      {404U, "38422", PT_OUTCOME_NOT_FOUND},
                                      {404U, "00402", PT_OUTCOME_IMPOSSIBLE}};
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        expect_row(&rows[i]);
    }
}

Test(api_entreprise, leg_13_every_failure_of_the_state_is_impossible_never_a_no)
{
    static const struct row rows[] = {
        {409U, "00015", PT_OUTCOME_IMPOSSIBLE}, {410U, "00403", PT_OUTCOME_IMPOSSIBLE},
        {451U, "01005", PT_OUTCOME_IMPOSSIBLE}, {500U, "00500", PT_OUTCOME_IMPOSSIBLE},
        {501U, "00503", PT_OUTCOME_IMPOSSIBLE}, {502U, "04501", PT_OUTCOME_IMPOSSIBLE},
        {502U, "03501", PT_OUTCOME_IMPOSSIBLE}, {503U, "01020", PT_OUTCOME_IMPOSSIBLE},
        {504U, "01002", PT_OUTCOME_IMPOSSIBLE}, {418U, "00000", PT_OUTCOME_IMPOSSIBLE}};
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        expect_row(&rows[i]);
    }
}

Test(api_entreprise, a_404_without_the_envelope_says_nothing_about_the_company)
{
    world_accept(&w, 404U, "text/plain", "404 Not Found");
    cr_expect_eq(w.answer.outcome, PT_OUTCOME_IMPOSSIBLE);
    cr_expect_eq(w.answer.fault, PT_FAULT_UNREADABLE);
}

Test(api_entreprise, a_quota_is_a_quota_even_without_a_readable_body)
{
    world_accept(&w, 429U, "text/html", "<html>");
    cr_expect_eq(w.answer.outcome, PT_OUTCOME_QUOTA);
    world_accept(&w, 429U, "application/json; charset=utf-8",
                 "{\"errors\":[{\"code\":\"00429\"}]}");
    cr_expect_eq(w.answer.outcome, PT_OUTCOME_QUOTA);
    cr_expect_eq(w.answer.fault, PT_FAULT_NONE);
}

Test(api_entreprise, rate_limits_are_read_when_the_three_are_there)
{
    struct pt_upstream_response response = {.status = 429U,
                                            .content_type = PT_SLICE("application/json"),
                                            .retry_after = PT_SLICE("12"),
                                            .rate_limit = PT_SLICE("250"),
                                            .rate_remaining = PT_SLICE("0"),
                                            .rate_reset = PT_SLICE("1764000000"),
                                            .body =
                                                PT_SLICE("{\"errors\":[{\"code\":\"00429\"}]}")};
    cr_assert(pt_ok(pt_connector_api_entreprise.accept(&w.call, &response, &w.body, &w.answer)));
    cr_expect(w.answer.has_rate);
    cr_expect_eq(w.answer.rate_limit, 250U);
    cr_expect_eq(w.answer.rate_reset, 1764000000U);
    cr_expect_eq(w.answer.retry_in, 12U);
    response.rate_reset = PT_SLICE_EMPTY;
    response.retry_after = PT_SLICE("Wed, 21 Oct 2026 07:28:00 GMT");
    cr_assert(pt_ok(pt_connector_api_entreprise.accept(&w.call, &response, &w.body, &w.answer)));
    cr_expect_not(w.answer.has_rate);
    cr_expect_not(w.answer.has_retry);
}

Test(api_entreprise, the_registry_knows_it_by_kind_and_by_api)
{
    cr_expect_eq(pt_connector_find(PT_SLICE("api-entreprise")), &pt_connector_api_entreprise);
    cr_expect_eq(pt_connector_for_api(PT_SLICE("entreprise")), &pt_connector_api_entreprise);
    cr_expect_null(pt_connector_find(PT_SLICE("entreprise")));
    cr_expect_null(pt_connector_for_api(PT_SLICE("")));
}
