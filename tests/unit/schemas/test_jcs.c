/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * JSON Canonicalization Scheme: RFC 8785's own vectors (3.2.2 structure, 3.2.3 order, appendix B
 * numbers), what is refused, bounds.
 */
#include <criterion/criterion.h>

#include "poterne/base/limits.h"
#include "poterne/schemas/jcs.h"
#include "schemas/jcs_int.h"
#include "tests/support/torture.h"

#include <stdlib.h>

TestSuite(jcs, .timeout = 10.0);

static void expect_form(const char *json, const char *want)
{
    struct pt_buf out;
    pt_buf_init(&out, 65536U);
    const pt_status st = pt_jcs(pt_slice_str(json), &out);
    cr_expect(pt_ok(st), "%s: %s", json, pt_code_name(st.code));
    cr_expect(pt_slice_eq(pt_buf_slice(&out), pt_slice_str(want)), "%s gives %.*s", json,
              (int)out.len, out.ptr);
    pt_buf_done(&out);
}

static void expect_code(pt_slice json, uint32_t code)
{
    struct pt_buf out;
    pt_buf_init(&out, 65536U);
    const pt_status st = pt_jcs(json, &out);
    cr_expect_eq(st.code, code, "%.*s: %s", (int)json.len, json.ptr, pt_code_name(st.code));
    pt_buf_done(&out);
}

Test(jcs, what_is_not_strict_json_is_refused)
{
    static const char *const wrong[] = {"",
                                        " ",
                                        "{",
                                        "[1,]",
                                        "{\"a\":1,}",
                                        "{\"a\":1,\"a\":2}",
                                        "{a:1}",
                                        "'a'",
                                        "01",
                                        "1.",
                                        ".5",
                                        "+1",
                                        "NaN",
                                        "Infinity",
                                        "tru",
                                        "\"\\ud800\"",
                                        "\"\\udc00\"",
                                        "\"\\x41\"",
                                        "\"a\nb\"",
                                        "\"\xc3\"",
                                        "{} {}",
                                        "{\"\\u0000\":1}",
                                        "[1 2]",
                                        "\"\xed\xa0\x80\"",
                                        "\xef\xbb\xbf{}"};
    for (size_t i = 0U; i < PT_COUNT(wrong); i++) {
        expect_code(pt_slice_str(wrong[i]), PT_E_SYNTAX);
    }
    expect_code(PT_SLICE_EMPTY, PT_E_SYNTAX);
}

Test(jcs, a_number_that_ieee_754_cannot_hold_is_refused)
{
    expect_code(PT_SLICE("1e400"), PT_E_LIMIT);
    expect_code(PT_SLICE("[-1e309]"), PT_E_LIMIT);
    expect_form("1e-400", "0");
}

Test(jcs, nesting_is_bounded)
{
    char text[2U * PT_JSON_DEPTH_MAX + 2U];
    for (size_t depth = PT_JSON_DEPTH_MAX - 1U; depth <= PT_JSON_DEPTH_MAX + 1U; depth++) {
        (void)memset(text, '[', depth);
        (void)memset(text + depth, ']', depth);
        expect_code(pt_slice_of(text, 2U * depth), depth <= PT_JSON_DEPTH_MAX ? PT_OK : PT_E_LIMIT);
    }
}

Test(jcs, the_structure_of_the_rfc_comes_out_as_in_the_rfc)
{
    expect_form("{\n \"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, "
                "0.000000000000000000000000001],\n \"string\": "
                "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n \"literals\": "
                "[null, true, false]\n}",
                "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,"
                "1e-27],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

Test(jcs, members_are_sorted_by_utf16_code_units)
{
    expect_form("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,"
                "\"\\u0080\":6,\"\\u00f6\":7}",
                "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xef\xac\xb3\":3}");
    expect_form("{\"ab\":1,\"a\":2,\"\":3,\"b\":{\"z\":1,\"y\":[]}}",
                "{\"\":3,\"a\":2,\"ab\":1,\"b\":{\"y\":[],\"z\":1}}");
    expect_form("{\"\\ue000\":1,\"\\ud800\\udc00\":2,\"\\ud7ff\":3,\"\\ud800\\udc01\":4}",
                "{\"\xed\x9f\xbf\":3,\"\xf0\x90\x80\x80\":2,\"\xf0\x90\x80\x81\":4,"
                "\"\xee\x80\x80\":1}");
    expect_form("{\"x\\ud83d\\ude00\":1,\"x\\uffff\":2,\"xa\":3}",
                "{\"xa\":3,\"x😀\":1,\"x\xef\xbf\xbf\":2}");
}

Test(jcs, numbers_are_written_as_ecmascript_writes_them)
{
    static const struct {
        uint64_t bits;
        const char *want;
    } rows[] = {
        {0x0000000000000000U, "0"},
        {0x8000000000000000U, "0"},
        {0x0000000000000001U, "5e-324"},
        {0x8000000000000001U, "-5e-324"},
        {0x7fefffffffffffffU, "1.7976931348623157e+308"},
        {0xffefffffffffffffU, "-1.7976931348623157e+308"},
        {0x4340000000000000U, "9007199254740992"},
        {0xc340000000000000U, "-9007199254740992"},
        {0x4430000000000000U, "295147905179352830000"},
        {0x44b52d02c7e14af5U, "9.999999999999997e+22"},
        {0x44b52d02c7e14af6U, "1e+23"},
        {0x44b52d02c7e14af7U, "1.0000000000000001e+23"},
        {0x444b1ae4d6e2ef4eU, "999999999999999700000"},
        {0x444b1ae4d6e2ef4fU, "999999999999999900000"},
        {0x444b1ae4d6e2ef50U, "1e+21"},
        {0x3eb0c6f7a0b5ed8cU, "9.999999999999997e-7"},
        {0x3eb0c6f7a0b5ed8dU, "0.000001"},
        {0x41b3de4355555553U, "333333333.3333332"},
        {0x41b3de4355555554U, "333333333.33333325"},
        {0x41b3de4355555555U, "333333333.3333333"},
        {0x41b3de4355555556U, "333333333.3333334"},
        {0x41b3de4355555557U, "333333333.33333343"},
        {0xbecbf647612f3696U, "-0.0000033333333333333333"},
        {0x43143ff3c1cb0959U, "1424953923781206.2"},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        struct pt_buf out;
        double number = 0.0;
        (void)memcpy(&number, &rows[i].bits, sizeof(number));
        pt_buf_init(&out, 64U);
        pt_jcs_number(number, &out);
        cr_expect(pt_slice_eq(pt_buf_slice(&out), pt_slice_str(rows[i].want)), "%s: %.*s",
                  rows[i].want, (int)out.len, out.ptr);
        pt_buf_done(&out);
    }
}

Test(jcs, an_integer_is_what_ieee_754_makes_of_it)
{
    expect_form("9007199254740993", "9007199254740992");
    expect_form("[-0, -0.0, 0e5, 1.0, 100, 1e2, 1E+2]", "[0,0,0,1,100,100,100]");
    expect_form("123456789012345678901234567890", "1.2345678901234568e+29");
    expect_form("[0.1, 1e-7, 123e-20, 1e21, 123456.789]", "[0.1,1e-7,1.23e-18,1e+21,123456.789]");
}

Test(jcs, whatever_the_number_its_text_reads_back_as_the_same_number)
{
    uint64_t state = 0x9e3779b97f4a7c15U;
    for (unsigned i = 0U; i < 20000U; i++) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        double number = 0.0;
        (void)memcpy(&number, &state, sizeof(number));
        if ((state & 0x7ff0000000000000U) == 0x7ff0000000000000U) {
            continue;
        }
        struct pt_buf out;
        pt_buf_init(&out, 64U);
        pt_jcs_number(number, &out);
        pt_buf_put_byte(&out, '\0');
        const double back = strtod(out.ptr, NULL);
        cr_assert(!(back < number) && !(back > number), "%s", out.ptr);
        pt_buf_done(&out);
    }
}

Test(jcs, an_output_that_is_too_small_is_said)
{
    struct pt_buf out;
    pt_buf_init(&out, 4U);
    cr_expect_eq(pt_jcs(PT_SLICE("[1,2,3]"), &out).code, PT_E_LIMIT);
    pt_buf_done(&out);
    cr_expect_eq(pt_jcs(PT_SLICE("[1]"), NULL).code, PT_E_ARG);
}

Test(jcs, running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    bool done = false;
    TORTURE(nth)
    {
        struct pt_buf out;
        pt_buf_init(&out, 4096U);
        torture_arm(nth);
        const pt_status st = pt_jcs(
            PT_SLICE("{\"b\":[1,2.5,\"é\",null,{}],\"a\":{\"z\":true,\"y\":\"\\u0000\"}}"), &out);
        torture_disarm();
        pt_buf_done(&out);
        if (pt_ok(st)) {
            done = nth > 0U;
            break;
        }
        cr_expect_eq(st.code, PT_E_NOMEM, "allocation %u: %s at %s", nth, pt_code_name(st.code),
                     st.origin);
    }
    cr_assert(done);
}
