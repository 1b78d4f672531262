/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * gateway/exchange: the table of stages, and each of its edges. The door and the way out are stood
 * in for by the linker (--wrap), the scribe is played by the test: what happens, and in which
 * order, is one line of text (law 1).
 */
#include "exchange_fixture.h"

/* --- the table --- */

static const struct {
    const char *name;
    enum pt_step failure;
} expected[] = {
    {"ROUTE", PT_STEP_ANSWER},      {"RECOGNISE", PT_STEP_ANSWER}, {"READ", PT_STEP_REFUSE},
    {"HABILITATE", PT_STEP_REFUSE}, {"DECLARE", PT_STEP_ANSWER},   {"CALL", PT_STEP_FAIL},
    {"JUDGE", PT_STEP_FAIL},        {"RECORD", PT_STEP_ANSWER},    {"ANSWER", PT_STEP_END},
    {"REFUSE", PT_STEP_ANSWER},     {"FAIL", PT_STEP_ANSWER},      {"END", PT_STEP_END},
};

Test(exchange_table, every_step_has_its_name_its_place_and_its_way_out)
{
    static const enum pt_step failures[] = {
#define X(name, handler, failure) PT_STEP_##failure,
        PT_EXCHANGE_STEPS(X)
#undef X
    };
    cr_assert_eq(PT_COUNT(failures), PT_COUNT(expected));
    for (size_t i = 0U; i < PT_COUNT(expected); i++) {
        cr_expect_str_eq(pt_step_name((enum pt_step)i), expected[i].name);
        cr_expect_eq(failures[i], expected[i].failure, "%s", expected[i].name);
    }
    cr_expect_str_eq(pt_step_name(PT_STEP_COUNT), "?");
}

/* A failure leads to a later place, or to an end that leads to ANSWER: no way back. */
Test(exchange_table, no_failure_leads_back_into_the_exchange)
{
    for (size_t i = 0U; i < PT_COUNT(expected); i++) {
        const enum pt_step to = expected[i].failure;
        cr_expect(to == PT_STEP_ANSWER || to == PT_STEP_REFUSE || to == PT_STEP_FAIL ||
                  to == PT_STEP_END);
    }
    cr_expect_lt(PT_STEP_DECLARE, PT_STEP_CALL, "asked before the State hears of it");
    cr_expect_lt(PT_STEP_RECORD, PT_STEP_ANSWER, "answered before the GRC hears of it");
}

/* --- ROUTE, RECOGNISE: nothing is recorded of what is no exchange --- */

Test(exchange, a_path_nobody_knows_is_answered_and_not_recorded)
{
    request.path = PT_SLICE("/entreprise/v4/nowhere");
    begin();
    expect_end("answer", 404U, "PT101");
    expect_silence_of_the_log();
    cr_expect_null(strstr(replied.headers, "Poterne-Exchange"));
}

Test(exchange, an_api_without_connector_is_an_unknown_path)
{
    request.path = PT_SLICE("/particulier/v3/cnaf/quotient");
    begin();
    expect_end("answer", 404U, "PT101");
}

Test(exchange, another_method_than_get_is_not_permitted)
{
    request.method = PT_HTTP_POST;
    begin();
    expect_end("answer", 405U, "PT102");
}

Test(exchange, a_stranger_never_causes_a_flush, .description = "law 1")
{
    memset(door.client, 0xEE, sizeof door.client);
    begin();
    expect_end("answer", 403U, "PT200");
    expect_silence_of_the_log();
    cr_expect_eq(pt_lane_strangers(&lane), 1U);
}

Test(exchange, more_exchanges_than_the_lane_holds_are_sent_away)
{
    lane.in_flight = PT_EXCHANGE_IN_FLIGHT_MAX;
    begin();
    lane.in_flight = 0U;
    expect_end("answer", 503U, "PT301");
    expect_silence_of_the_log();
}

/* --- READ, HABILITATE: refused, recorded, nothing left --- */

static void expect_refused(uint16_t status, const char *code, const char *in_body)
{
    begin();
    cr_expect_eq(replied.n, 0U, "no answer before its entry");
    hear_and_say(PT_OK);
    expect_end("refused answer", status, code);
    cr_expect_not_null(strstr(replied.body, in_body), "%s", replied.body);
    cr_expect_eq(fetched.n, 0U);
    cr_expect_not_null(strstr(replied.headers, "Poterne-Exchange"));
    cr_expect_not_null(strstr(replied.headers, "/receipt>; rel=\"receipt\""));
    story[0] = '\0';
    memset(&replied, 0, sizeof replied);
}

Test(exchange, a_parameter_that_is_wrong_is_named_and_its_value_is_not)
{
    static const struct {
        const char *query;
        const char *code;
        const char *named;
    } bad[] = {
        {"unknown=VALUE", "PT110", "\"parameter\":\"unknown\""},
        {"siren=VALUE", "PT110", "\"parameter\":\"siren\""},
        {"recipient=VALUE", "PT111", "\"parameter\":\"recipient\""},
        {"object=a&object=VALUE", "PT110", "\"parameter\":\"object\""},
        {"a=%ff", "PT110", "errors"},
        {"%c3=VALUE", "PT110", "errors"},
    };
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        request.query = pt_slice_str(bad[i].query);
        expect_refused(422U, bad[i].code, bad[i].named);
        cr_expect_str_eq(entry.reason, bad[i].code);
        cr_expect_null(strstr(replied.body, "VALUE"));
    }
}

Test(exchange, a_header_that_is_wrong_is_named_and_its_value_is_not)
{
    static const struct pt_http_header bad[] = {
        {PT_SLICE_INIT("Poterne-Agent"), PT_SLICE_INIT("Jeanne Dupont")},
        {PT_SLICE_INIT("poterne-case"), PT_SLICE_INIT("")},
        {PT_SLICE_INIT("Poterne-Channel"), PT_SLICE_INIT("pigeon")},
        {PT_SLICE_INIT("Poterne-Procedure"), PT_SLICE_INIT("a;b")},
    };
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        request.headers[0] = bad[i];
        request.header_count = 1U;
        expect_refused(422U, "PT112", "\"header\":\"Poterne-");
        cr_expect_null(strstr(replied.body, "Dupont"));
    }
}

Test(exchange, a_header_said_twice_is_refused)
{
    request.headers[0] = (struct pt_http_header){PT_SLICE("Poterne-Case"), PT_SLICE("D-1")};
    request.headers[1] = (struct pt_http_header){PT_SLICE("poterne-case"), PT_SLICE("D-2")};
    request.header_count = 2U;
    expect_refused(422U, "PT112", "Poterne-Case");
}

Test(exchange, a_dataset_without_habilitation_is_refused_and_the_log_knows_why)
{
    request.path = PT_SLICE("/entreprise/v4/djepva/associations/" SIREN);
    expect_refused(403U, "PT200", "errors");
    cr_expect_str_eq(entry.reason, pt_condition_name(PT_COND_DATASET));
    cr_expect_eq(entry.outcome, PT_OUTCOME_REFUSED);
}

Test(exchange, a_refusal_that_cannot_be_recorded_is_no_refusal)
{
    request.path = PT_SLICE("/entreprise/v4/djepva/associations/" SIREN);
    begin();
    hear_and_say(PT_E_IO);
    expect_end("refused answer", 503U, "PT300");
    cr_expect_null(strstr(replied.headers, "Poterne-Exchange"));
}

/* --- DECLARE: asked is durable, or nothing leaves --- */

Test(exchange, nothing_leaves_before_the_asked_entry_is_durable, .description = "law 1, R.114-9-5")
{
    begin();
    hear();
    cr_expect_str_eq(story, "asked");
    cr_expect_eq(fetched.n, 0U);
    cr_expect_eq(replied.n, 0U);
}

Test(exchange, an_asked_entry_that_is_not_durable_stops_the_exchange, .description = "LOG-06")
{
    static const uint32_t codes[] = {PT_E_IO, PT_E_LIMIT, PT_E_NOMEM};
    for (size_t i = 0U; i < PT_COUNT(codes); i++) {
        begin();
        hear_and_say(codes[i]);
        expect_end("asked answer", 503U, "PT300");
        cr_expect_eq(fetched.n, 0U);
        story[0] = '\0';
        memset(&replied, 0, sizeof replied);
    }
}

Test(exchange, a_scribe_that_dies_stops_the_exchange)
{
    begin();
    hear();
    hang_up();
    turn();
    expect_end("asked answer", 503U, "PT300");
    cr_expect_eq(fetched.n, 0U);
}

Test(exchange, without_a_scribe_nothing_begins)
{
    hang_up();
    turn();
    begin();
    expect_end("answer", 503U, "PT300");
    cr_expect_eq(fetched.n, 0U);
}

/* --- CALL --- */

Test(exchange, what_fails_on_the_way_out_is_recorded_and_told_by_its_kind)
{
    static const struct {
        uint32_t code;
        uint16_t status;
        const char *error;
    } rows[] = {
        {PT_E_UPSTREAM, 502U, "PT400"},
        {PT_E_TIMEOUT, 504U, "PT401"},
        {PT_E_LIMIT, 502U, "PT405"},
        {PT_E_NOMEM, 500U, "PT302"},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        begin();
        hear_and_say(PT_OK);
        state_answers(rows[i].code);
        cr_expect_eq(replied.n, 0U);
        hear_and_say(PT_OK);
        expect_end("asked call failed answer", rows[i].status, rows[i].error);
        cr_expect_str_eq(entry.reason, rows[i].error);
        cr_expect_eq(entry.outcome, PT_OUTCOME_IMPOSSIBLE);
        cr_expect_eq(fetched.freed, 1U);
        story[0] = '\0';
        memset(&replied, 0, sizeof replied);
        memset(&fetched, 0, sizeof fetched);
    }
}

Test(exchange, a_call_that_cannot_start_has_its_failed_entry)
{
    fetched.st = PT_FAIL(PT_E_NOMEM);
    begin();
    hear_and_say(PT_OK);
    hear_and_say(PT_OK);
    expect_end("asked call failed answer", 500U, "PT302");
}

Test(exchange, a_failed_entry_that_is_not_durable_is_told_as_a_missing_log)
{
    begin();
    hear_and_say(PT_OK);
    state_answers(PT_E_TIMEOUT);
    hear_and_say(PT_E_IO);
    expect_end("asked call failed answer", 503U, "PT300");
}

Test(exchange, a_peer_that_is_gone_before_the_call_costs_the_state_nothing)
{
    begin();
    door.gone = true;
    hear_and_say(PT_OK);
    cr_expect_eq(fetched.n, 0U);
    hear_and_say(PT_OK);
    cr_expect_str_eq(story, "asked failed answer");
    cr_expect_str_eq(entry.reason, "client-gone");
}

Test(exchange, an_answer_nobody_can_read_was_not_delivered)
{
    begin();
    hear_and_say(PT_OK);
    door.gone = true;
    state_answers(PT_OK);
    hear_and_say(PT_OK);
    cr_expect_str_eq(story, "asked call failed answer");
    cr_expect_str_eq(entry.reason, "client-gone");
    cr_expect_eq(pt_lane_outcomes(&lane, PT_OUTCOME_DELIVERED), 0U);
}

/* --- JUDGE (law 8) --- */

static void expect_judged(const char *what, uint16_t status, const char *in_body,
                          enum pt_outcome outcome)
{
    begin();
    hear_and_say(PT_OK);
    state_answers(PT_OK);
    cr_expect_eq(replied.n, 0U, "no answer before its entry");
    hear_and_say(PT_OK);
    expect_end(what, status, in_body);
    cr_expect_eq(entry.outcome, outcome);
    cr_expect_eq(pt_lane_outcomes(&lane, outcome), 1U);
    cr_expect_eq(fetched.freed, 1U, "the State's bytes stay");
}

#define STATE_ERROR(code) "{\"errors\":[{\"code\":\"" code "\",\"title\":\"t\",\"detail\":\"d\"}]}"

Test(exchange, an_answer_that_breaks_its_descriptor_is_not_handed_on)
{
    response.body = PT_SLICE("{\"data\":{\"siren\":42},\"links\":{},\"meta\":{}}");
    expect_judged("asked call failed answer", 502U, "PT403", PT_OUTCOME_IMPOSSIBLE);
}

Test(exchange, an_answer_that_is_no_json_is_not_handed_on)
{
    response.body = PT_SLICE("<html>SECRET</html>");
    expect_judged("asked call failed answer", 502U, "PT402", PT_OUTCOME_IMPOSSIBLE);
}

Test(exchange, a_redirection_of_the_state_is_unreadable)
{
    response.status = 302U;
    expect_judged("asked call failed answer", 502U, "PT402", PT_OUTCOME_IMPOSSIBLE);
}

Test(exchange, a_state_in_trouble_is_impossible_and_never_a_no, .description = "LEG-13")
{
    response.status = 503U;
    response.body = PT_SLICE(STATE_ERROR("01000"));
    expect_judged("asked call failed answer", 503U, "01000", PT_OUTCOME_IMPOSSIBLE);
    cr_expect_str_eq(entry.reason, "01000");
}

Test(exchange, a_quota_of_the_state_is_a_quota_and_its_delay_is_told)
{
    response.status = 429U;
    response.retry_after = PT_SLICE("17");
    response.body = PT_SLICE(STATE_ERROR("00429"));
    expect_judged("asked call failed answer", 429U, "00429", PT_OUTCOME_QUOTA);
    cr_expect_not_null(strstr(replied.headers, "Retry-After: 17\n"));
}

Test(exchange, what_the_state_does_not_know_is_an_answer)
{
    response.status = 404U;
    response.body = PT_SLICE(STATE_ERROR("01003"));
    expect_judged("asked call answered answer", 404U, "01003", PT_OUTCOME_NOT_FOUND);
    cr_expect_not_null(strstr(replied.headers, "Poterne-Outcome: not-found\n"));
}

/* --- RECORD, ANSWER --- */

Test(exchange, no_byte_of_the_answer_leaves_before_its_entry_is_durable, .description = "law 1")
{
    begin();
    hear_and_say(PT_OK);
    state_answers(PT_OK);
    hear();
    cr_expect_str_eq(story, "asked call answered");
    cr_expect_eq(replied.n, 0U);
}

Test(exchange, an_answered_entry_that_is_not_durable_keeps_the_answer_back)
{
    begin();
    hear_and_say(PT_OK);
    state_answers(PT_OK);
    hear_and_say(PT_E_IO);
    expect_end("asked call answered answer", 503U, "PT300");
    cr_expect_null(strstr(replied.body, SIREN));
}

Test(exchange, a_delivered_answer_holds_the_habilitated_fields_and_nothing_else,
     .description = "LEG-02 law 2")
{
    uint8_t digest[32];
    expect_judged("asked call answered answer", 200U,
                  "\"data\":{\"siren\":\"" SIREN "\",\"adresse\":\"1 rue\"}", PT_OUTCOME_DELIVERED);
    cr_expect_str_eq(entry.fields, "/data/siren\n/data/adresse");
    cr_expect_str_eq(entry.subject, "siren:" SIREN);
    cr_expect_str_eq(entry.procedure, "subvention-association");
    cr_expect_eq(entry.count, 1U, "one member that no descriptor knows");
    cr_assert(pt_ok(pt_sha256(pt_slice_str(replied.body), digest)));
    cr_expect_arr_eq(entry.digest, digest, sizeof digest);
    cr_expect_not_null(strstr(replied.headers, "Poterne-Outcome: delivered\n"));
    cr_expect_not_null(strstr(replied.headers, "Cache-Control: no-store\n"));
}

Test(exchange, what_a_caller_gives_as_context_does_not_reach_the_state, .description = "LEG-26")
{
    request.query = PT_SLICE("context=Jeanne+Dupont&recipient=21680999600004");
    begin();
    hear_and_say(PT_OK);
    cr_assert_eq(fetched.n, 1U);
    cr_expect_null(strstr(fetched.url, "Dupont"));
    cr_expect_not_null(strstr(fetched.url, "context=Subventions&object=subvention-association&"
                                           "recipient=21680999600004"),
                       "%s", fetched.url);
    cr_expect_eq(strncmp(fetched.headers, "Authorization: Bearer ", 22U), 0);
    state_answers(PT_E_TIMEOUT);
}

Test(exchange, what_a_caller_says_of_itself_is_in_the_entry)
{
    request.headers[0] = (struct pt_http_header){PT_SLICE("Poterne-Agent"), PT_SLICE("agent-042")};
    request.headers[1] = (struct pt_http_header){PT_SLICE("Poterne-Case"), PT_SLICE("D-2026/7")};
    request.header_count = 2U;
    begin();
    hear();
    cr_expect_str_eq(entry.agent, "agent-042");
    cr_expect_str_eq(entry.case_ref, "D-2026/7");
    cr_expect_null(strstr(story, "call"));
}

Test(exchange, an_exchange_keeps_the_configuration_it_began_with)
{
    begin();
    lane.snapshot = pt_snapshot_release(lane.snapshot); /* a reload: the exchange holds it still */
    hear_and_say(PT_OK);
    state_answers(PT_OK);
    hear_and_say(PT_OK);
    expect_end("asked call answered answer", 200U, SIREN);
}

/* --- memory --- */

/* Whatever comes from the lane is acknowledged, whatever is fetched succeeds, until the answer. */
static void play_on(void)
{
    pt_exchange_start(&lane, &door);
    turn();
    for (unsigned i = 0U; i < 6U && replied.n == 0U; i++) {
        if (fetched.n == 1U && fetched.done != NULL && lane.link.waiting == 0U) {
            fetched.done(fetched.ctx, PT_SUCCESS);
            fetched.done = NULL;
            turn();
        } else {
            hear_and_say(PT_OK);
        }
    }
}

static bool survives(unsigned nth)
{
    story[0] = '\0';
    memset(&replied, 0, sizeof replied);
    memset(&fetched, 0, sizeof fetched);
    free_spares();
    torture_arm(nth);
    play_on();
    torture_disarm();
    cr_assert_eq(replied.n, 1U, "allocation %u: %s", nth, story);
    cr_assert_eq(lane.in_flight, 0U);
    if (replied.status == 200U) {
        cr_assert_str_eq(story, "asked call answered answer");
        return torture_seen() <= nth;
    }
    cr_assert_geq(replied.status, 500U, "allocation %u: %u %s", nth, replied.status, replied.body);
    cr_assert_null(strstr(replied.body, "1 rue"));
    return false;
}

Test(exchange, without_memory_an_exchange_has_one_answer_and_it_blames_nobody_else,
     .description = "law 8")
{
    request.query = PT_SLICE("object=subvention-association&recipient=21680999600004");
    request.headers[0] = (struct pt_http_header){PT_SLICE("Poterne-Agent"), PT_SLICE("agent-042")};
    request.header_count = 1U;
    unsigned nth = 0U;
    while (nth < TORTURE_MAX && !survives(nth)) {
        nth++;
    }
    cr_expect_gt(nth, 5U, "only %u allocations failed", nth);
    cr_expect_lt(nth, TORTURE_MAX);
}
