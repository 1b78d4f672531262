/* SPDX-License-Identifier: EUPL-1.2 */
/* The State's error envelope: read strictly, rewritten member by member. */
#include "tests/support/torture.h"
#include "tests/unit/connectors/calls.h"

#include <jansson.h>

static struct pt_buf body;
static struct pt_answer answer;

static void setup(void)
{
    pt_buf_init(&body, 65536U);
    answer = (struct pt_answer){.outcome = PT_OUTCOME_NOT_FOUND, .status = 404U};
}

static void teardown(void)
{
    pt_buf_done(&body);
}

TestSuite(state_errors, .init = setup, .fini = teardown, .timeout = 10.0);

static uint32_t read_text(const char *json)
{
    return pt_state_errors(pt_slice_str(json), &body, &answer).code;
}

Test(state_errors, what_is_not_the_envelope_is_refused)
{
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        "{}",
        "{\"errors\":{}}",
        "{\"errors\":[]}",
        "{\"errors\":[1]}",
        "{\"errors\":[{}]}",
        "{\"errors\":[{\"code\":12}]}",
        "{\"errors\":[{\"code\":\"\"}]}",
        "{\"errors\":[{\"code\":\"123456789\"}]}",
        "{\"errors\":[{\"code\":\"1\"}],\"errors\":[]}",
        "{\"errors\":[{\"code\":\"01003\"}]} x",
        "<html>502</html>",
    };
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        cr_expect_eq(read_text(bad[i]), PT_E_SYNTAX, "%s", bad[i]);
        cr_expect_eq(body.len, 0U, "nothing half-written leaves");
    }
}

Test(state_errors, more_errors_than_the_bound_are_refused)
{
    struct pt_buf many;
    pt_buf_init(&many, 4096U);
    pt_buf_put_str(&many, "{\"errors\":[{\"code\":\"1\"}");
    for (unsigned i = 0U; i < 16U; i++) {
        pt_buf_put_str(&many, ",{\"code\":\"1\"}");
    }
    pt_buf_put_str(&many, "]}");
    cr_expect_eq(pt_state_errors(pt_buf_slice(&many), &body, &answer).code, PT_E_SYNTAX);
    pt_buf_done(&many);
}

Test(state_errors, known_members_pass_and_unknown_ones_do_not)
{
    cr_assert_eq(
        read_text(
            "{\"errors\":[{\"code\":\"01003\",\"title\":\"T\",\"detail\":\"D\",\"secret\":\"S\","
            "\"source\":{\"parameter\":\"siren\",\"x\":1},"
            "\"meta\":{\"provider\":\"INSEE\",\"provider_error_message\":\"M\"}}],\"extra\":1}"),
        PT_OK);
    const char want[] = "{\"errors\":[{\"code\":\"01003\",\"title\":\"T\",\"detail\":\"D\","
                        "\"source\":{\"parameter\":\"siren\"},"
                        "\"meta\":{\"outcome\":\"not-found\",\"provider\":\"INSEE\"}}]}";
    cr_expect(pt_slice_eq(pt_buf_slice(&body), pt_slice_str(want)), "%.*s", (int)body.len,
              body.ptr);
    cr_expect_str_eq(answer.state_code, "01003");
}

Test(state_errors, a_null_source_is_an_absent_one)
{
    cr_assert_eq(read_text("{\"errors\":[{\"code\":\"01003\",\"source\":null,\"meta\":{}}]}"),
                 PT_OK);
    const char want[] = "{\"errors\":[{\"code\":\"01003\",\"meta\":{\"outcome\":\"not-found\"}}]}";
    cr_expect(pt_slice_eq(pt_buf_slice(&body), pt_slice_str(want)));
}

Test(state_errors, several_errors_of_one_request_are_all_handed_on)
{
    cr_assert_eq(read_text("{\"errors\":[{\"code\":\"00201\"},{\"code\":\"00202\"}]}"), PT_OK);
    cr_expect_str_eq(answer.state_code, "00201");
    json_t *root = json_loadb(body.ptr, body.len, 0, NULL);
    cr_expect_eq(json_array_size(json_object_get(root, "errors")), 2U);
    json_decref(root);
}

Test(state_errors, retry_in_is_kept_when_it_is_a_delay)
{
    cr_assert_eq(read_text("{\"errors\":[{\"code\":\"04501\",\"meta\":{\"retry_in\":172800}}]}"),
                 PT_OK);
    cr_expect(answer.has_retry);
    cr_expect_eq(answer.retry_in, 172800U);
}

Test(state_errors, retry_in_that_is_no_delay_is_unknown_never_zero)
{
    static const char *const odd[] = {"0", "-5", "\"10\"", "null", "1.5", "99999999999"};
    for (size_t i = 0U; i < PT_COUNT(odd); i++) {
        char text[128];
        (void)snprintf(text, sizeof text,
                       "{\"errors\":[{\"code\":\"1\",\"meta\":{\"retry_in\":%s}}]}", odd[i]);
        answer = (struct pt_answer){.outcome = PT_OUTCOME_IMPOSSIBLE, .status = 502U};
        cr_assert_eq(read_text(text), PT_OK);
        cr_expect_not(answer.has_retry, "%s", odd[i]);
    }
}

Test(state_errors, the_retry_after_header_wins_over_the_body)
{
    answer.has_retry = true;
    answer.retry_in = 7U;
    cr_assert_eq(read_text("{\"errors\":[{\"code\":\"00429\",\"meta\":{\"retry_in\":900}}]}"),
                 PT_OK);
    cr_expect_eq(answer.retry_in, 7U);
}

Test(state_errors, an_unsupported_version_says_nothing_about_anybody)
{
    cr_assert_eq(read_text("{\"errors\":[{\"code\":\"00402\"}]}"), PT_OK);
    cr_expect_eq(answer.outcome, PT_OUTCOME_IMPOSSIBLE);
}

Test(state_errors, a_code_that_is_no_code_stays_out_of_our_log)
{
    cr_assert_eq(read_text("{\"errors\":[{\"code\":\"a b\"}]}"), PT_OK);
    cr_expect_str_eq(answer.state_code, "");
}

Test(state_errors, both_content_types_are_known_with_or_without_parameters)
{
    cr_expect(pt_state_is_json(PT_SLICE("application/json")));
    cr_expect(pt_state_is_json(PT_SLICE("Application/JSON; charset=utf-8")));
    cr_expect(pt_state_is_json(PT_SLICE("application/vnd.api+json")));
    cr_expect_not(pt_state_is_json(PT_SLICE("text/html")));
    cr_expect_not(pt_state_is_json(PT_SLICE("application/jsonp")));
    cr_expect_not(pt_state_is_json(PT_SLICE_EMPTY));
}

Test(state_errors, running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    json_set_alloc_funcs(malloc, free); /* through the torture wrappers */
    bool done = false;
    for (unsigned nth = 0U; nth < 1000U && !done; nth++) {
        pt_buf_done(&body);
        pt_buf_init(&body, 65536U);
        torture_arm(nth);
        const uint32_t code =
            read_text("{\"errors\":[{\"code\":\"01003\",\"meta\":{\"retry_in\":5}}]}");
        torture_disarm();
        done = code == PT_OK;
        /* jansson tells some of its failures of memory as syntax: both refuse the answer */
        cr_expect(done || code == PT_E_NOMEM || code == PT_E_SYNTAX, "allocation %u: %#x", nth,
                  code);
    }
    cr_assert(done);
}
