/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Strict JSON: one table of texts with our verdict and jansson's, then the tokens one by one.
 */
#include <criterion/criterion.h>
#include <jansson.h>

#include "schemas/names_int.h"
#include "schemas/token_int.h"
#include "tests/support/masked.h"

#define FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL)

TestSuite(token, .timeout = 20.0);

/* `jansson` is set on the rows where jansson 2.14 decides otherwise, for a reason that
 * docs/minimisation.md gives. Each text stands as the value of a member the descriptor does not
 * know: {"x":TEXT}. */
struct row {
    pt_slice text;
    uint32_t code;
    bool jansson_differs;
};
#define YES(t)                                                                                     \
    {                                                                                              \
        PT_SLICE_INIT(t), PT_OK, false                                                             \
    }
#define NO(t)                                                                                      \
    {                                                                                              \
        PT_SLICE_INIT(t), PT_E_SYNTAX, false                                                       \
    }
#define LIMIT(t)                                                                                   \
    {                                                                                              \
        PT_SLICE_INIT(t), PT_E_LIMIT, false                                                        \
    }
#define NO_BUT(t)                                                                                  \
    {                                                                                              \
        PT_SLICE_INIT(t), PT_E_SYNTAX, true                                                        \
    }
#define YES_BUT(t)                                                                                 \
    {                                                                                              \
        PT_SLICE_INIT(t), PT_OK, true                                                              \
    }
#define LIM_BUT(t)                                                                                 \
    {                                                                                              \
        PT_SLICE_INIT(t), PT_E_LIMIT, true                                                         \
    }
#define DIGITS_16 "1234567890123456"
#define OPEN_8    "[[[[[[[["
#define CLOSE_8   "]]]]]]]]"

static const struct row rows[] = {
    /* --- not a value, or not one value */
    NO(""),
    NO(" "),
    NO("nul"),
    NO("nulll"),
    NO("NULL"),
    NO("True"),
    NO("truE"),
    NO("fals"),
    NO("undefined"),
    NO("NaN"),
    NO("Infinity"),
    NO("-Infinity"),
    NO("nan"),
    NO("1 2"),
    NO("1,"),
    NO("[1]]"),
    NO("{}}"),
    NO("true false"),
    NO("'a'"),
    NO("a"),
    NO("\xEF\xBB\xBF"
       "1"),
    NO("\xFE\xFF\x00\x31"),
    NO("\0"),
    NO_BUT("1\0"),
    NO("\v1"),
    NO("\f1"),
    NO("\xC2\xA0"
       "1"),
    NO("\xE2\x80\xA8"
       "1"),
    NO("1 // no"),
    NO("1 /* no */"),
    NO("# 1"),
    NO(","),
    NO(":"),
    NO("]"),
    NO("*"),
    /* --- arrays */
    NO("["),
    NO("[1"),
    NO("[1,"),
    NO("[,1]"),
    NO("[1,]"),
    NO("[1,,2]"),
    NO("[1 2]"),
    NO("[1;2]"),
    NO("[1}"),
    NO("[\"a\":1]"),
    NO("[:]"),
    YES("[]"),
    YES("[ ]"),
    YES("[1,2]"),
    YES("[\t1 ,\r\n2 ]"),
    YES("[[],[[]],{}]"),
    YES("[null,true,false]"),
    /* --- objects */
    NO("{"),
    NO("{\"a\""),
    NO("{\"a\":"),
    NO("{\"a\":1"),
    NO("{\"a\":1,"),
    NO("{\"a\":1,}"),
    NO("{,\"a\":1}"),
    NO("{\"a\":1,,\"b\":2}"),
    NO("{\"a\" 1}"),
    NO("{\"a\",1}"),
    NO("{\"a\"::1}"),
    NO("{\"a\":1 \"b\":2}"),
    NO("{\"a\":1]"),
    NO("{a:1}"),
    NO("{'a':1}"),
    NO("{1:1}"),
    NO("{null:1}"),
    NO("{[]:1}"),
    NO("{\"a\":}"),
    NO("{\"a\"}"),
    NO("{\"a\":1,\"a\":1}"),
    NO("{\"a\":1,\"b\":2,\"a\":3}"),
    NO("{\"a\":1,\"\\u0061\":2}"),
    NO("{\"\\u00e9\":1,\"\xC3\xA9\":2}"),
    NO("{\"\\u00E9\":1,\"\\u00e9\":2}"),
    NO("{\"\\/\":1,\"/\":2}"),
    NO("{\"\\n\":1,\"\\u000a\":2}"),
    NO("{\"\\uD83D\\uDE00\":1,\"\xF0\x9F\x98\x80\":2}"),
    NO("{\"\":1,\"\":2}"),
    NO("{\"o\":{\"a\":1,\"a\":2}}"),
    NO("[{\"a\":1},{\"b\":1,\"b\":2}]"),
    YES("{}"),
    YES("{ }"),
    YES("{\"\":1}"),
    YES("{\"a\":1,\"A\":2}"),
    YES("{\"a\":1,\"b\":{\"a\":1}}"),
    YES("[{\"a\":1},{\"a\":1}]"),
    YES("{\"a\":1,\"aa\":2,\"\\u0061b\":3}"),
    YES("{\"\xC3\xA9\":1,\"e\xCC\x81\":2}"),
    YES(" { \"a\" : 1 , \"b\" : [ ] } "),
    YES_BUT("{\"\\u0000\":1}"),
    YES_BUT("{\"a\\u0000\":1,\"a\":2,\"a\\u0000b\":3}"),
    /* --- strings */
    NO("\""),
    NO("\"a"),
    NO("\"\\"),
    NO("\"\\\""),
    NO("\"\\a\""),
    NO("\"\\x41\""),
    NO("\"\\'\""),
    NO("\"\\0\""),
    NO("\"\\U0041\""),
    NO("\"\\u\""),
    NO("\"\\u00\""),
    NO("\"\\u004\""),
    NO("\"\\u00G0\""),
    NO("\"\\u 041\""),
    NO("\"\\u-041\""),
    NO("\"\\uD800\""),
    NO("\"\\uDBFF x\""),
    NO("\"\\uDC00\""),
    NO("\"\\uDFFF\""),
    NO("\"\\uD800\\u0041\""),
    NO("\"\\uD800\\uD800\""),
    NO("\"\\uD800\\n\""),
    NO("\"\\uD83D\\uDE0\""),
    NO("\"\\uD83Dxude00\""),
    NO("\"\\uD83D\\xde00\""),
    NO("\"\\u00g0\""),
    NO("\"\\u00:0\""),
    NO("\"\n\""),
    NO("\"\t\""),
    NO("\"a\rb\""),
    NO("\"\0\""),
    NO("\"\x01\""),
    NO("\"\x1F\""),
    NO("\"12345678\x1F\""),
    NO("\"1234567\x08\""),
    NO("\"\x80\""),
    NO("\"\xBF\""),
    NO("\"\xC3\""),
    NO("\"\xC3(\""),
    NO("\"\xC0\x80\""),
    NO("\"\xC1\xBF\""),
    NO("\"\xE0\x80\x80\""),
    NO("\"\xE0\x9F\xBF\""),
    NO("\"\xE2\x82\""),
    NO("\"\xE2(\xA1\""),
    NO("\"\xED\xA0\x80\""),
    NO("\"\xED\xBF\xBF\""),
    NO("\"\xF0\x80\x80\x80\""),
    NO("\"\xF0\x8F\xBF\xBF\""),
    NO("\"\xF0\x9F\x98\""),
    NO("\"\xF4\x90\x80\x80\""),
    NO("\"\xF5\x80\x80\x80\""),
    NO("\"\xF8\x88\x80\x80\x80\""),
    NO("\"\xFE\""),
    NO("\"\xFF\""),
    NO("\"12345678\xFF\""),
    YES("\"\""),
    YES("\"a\""),
    YES("\"12345678\""),
    YES("\"123456789 abcdefgh ijklmnop\""),
    YES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    YES("\"1234567\\\"12345678\\\\\""),
    YES("\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\""),
    YES("\"\\u0000\""),
    YES("\"\\u09af\\uAF90\\ufa09\""),
    YES("\"\\uFFFF\""),
    YES("\"\x7F\""),
    YES("\"\xC2\x80\""),
    YES("\"\xDF\xBF\""),
    YES("\"\xE0\xA0\x80\""),
    YES("\"\xED\x9F\xBF\""),
    YES("\"\xEE\x80\x80\""),
    YES("\"\xEF\xBF\xBF\""),
    YES("\"\xF0\x90\x80\x80\""),
    YES("\"\xF4\x8F\xBF\xBF\""),
    YES("\"D\xC3\xA9"
        "cembre \xE2\x82\xAC\""),
    YES("\"\xEF\xBB\xBF\""),
    YES("\"\xE2\x80\xA8\""),
    /* --- numbers */
    NO("-"),
    NO("+1"),
    NO("--1"),
    NO("- 1"),
    NO("01"),
    NO("-01"),
    NO("00"),
    NO("-00.1"),
    NO("0x10"),
    NO("1."),
    NO(".5"),
    NO("-.5"),
    NO("1.e1"),
    NO("1..2"),
    NO("1.2.3"),
    NO("1e"),
    NO("1e+"),
    NO("1E-"),
    NO("1e1.5"),
    NO("1e1e1"),
    NO("0e"),
    NO("1_000"),
    NO("1 000"),
    NO("1,5"),
    NO("0b1"),
    NO("1a"),
    NO("\xD9\xA1"),
    YES("0"),
    YES("-0"),
    YES("-0.0"),
    YES("7"),
    YES("-12"),
    YES("1.5"),
    YES("0.0001"),
    YES("1e5"),
    YES("1E+5"),
    YES("1e-5"),
    YES("0e0"),
    YES("0E+999999"),
    YES("1e05"),
    YES("1e-999"),
    YES("9007199254740993"),
    YES("9223372036854775808"),
    YES("9.9e307"),
    YES("0.00001e312"),
    YES(DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16),
    LIM_BUT(DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16 "7"),
    LIM_BUT("1.5e308"),
    LIM_BUT("10e307"),
    LIMIT("1e309"),
    LIMIT("-1e400"),
    LIMIT("1e99999999999999999999"),
    /* --- depth: the member's object is level 1 */
    YES(OPEN_8 OPEN_8 OPEN_8 "[[[[[[["
                             "]]]]]]]" CLOSE_8 CLOSE_8 CLOSE_8),
    LIM_BUT(OPEN_8 OPEN_8 OPEN_8 OPEN_8 CLOSE_8 CLOSE_8 CLOSE_8 CLOSE_8),
};

static size_t wrap(char *to, pt_slice text)
{
    size_t n = 0U;
    memcpy(to, "{\"x\":", 5U);
    n = 5U;
    if (text.len > 0U) {
        memcpy(to + n, text.ptr, text.len);
    }
    n += text.len;
    to[n++] = '}';
    return n;
}

Test(token, the_table_of_texts_gets_our_verdict_and_jansson_agrees_where_it_is_said_to)
{
    struct masked m = {0};
    masked_open(&m, "o", "");
    cr_assert_geq(PT_COUNT(rows), 120U);
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        char text[512] = {0};
        const size_t len = wrap(text, rows[i].text);
        const uint32_t code = masked_walk(&m, pt_slice_of(text, len));
        cr_expect_eq(code, rows[i].code, "row %zu: %.*s gives %#x", i, (int)len, text, code);

        json_t *const tree = json_loadb(text, len, FLAGS, NULL);
        const bool same = (tree != NULL) == (rows[i].code == PT_OK);
        json_decref(tree);
        cr_expect_neq(same, rows[i].jansson_differs, "row %zu: jansson on %.*s", i, (int)len, text);
    }
    masked_close(&m);
}

Test(token, every_text_cut_anywhere_is_refused)
{
    struct masked m = {0};
    const pt_slice whole =
        PT_SLICE("{\"a\":[1.5e+3,\"\\uD83D\\uDE00\xC3\xA9\",true,false,null,{\"b\":-0}],\"c\":{}}");
    masked_open(&m, "o", "");
    for (size_t n = 0U; n < whole.len; n++) {
        char *const copy = malloc(n + 1U); /* its own block: a read past the end is seen */
        cr_assert_not_null(copy);
        memcpy(copy, whole.ptr, n);
        cr_expect_eq(masked_walk(&m, pt_slice_of(copy, n)), PT_E_SYNTAX, "cut at %zu", n);
        cr_expect_leq(m.report.offset, n);
        free(copy);
    }
    cr_expect_eq(masked_walk(&m, whole), PT_OK);
    masked_close(&m);
}

Test(token, a_stop_byte_is_found_at_every_place_of_a_word)
{
    struct masked m = {0};
    masked_open(&m, "o", "");
    const char bad[] = {'\x1F', '\n', '\0', '\x80', '\xFF', '\xC3'};
    for (size_t len = 0U; len < 40U; len++) {
        for (size_t b = 0U; b < sizeof(bad); b++) {
            char text[64] = "{\"x\":\"";
            memset(text + 6, 'a', len);
            text[6U + len] = bad[b];
            memcpy(text + 7U + len, "zzzzzzzz\"}", 10U);
            cr_expect_eq(masked_walk(&m, pt_slice_of(text, len + 17U)), PT_E_SYNTAX);
            cr_expect_eq(m.report.offset, 6U + len, "byte %#x after %zu", bad[b], len);
        }
    }
    masked_close(&m);
}

Test(token, bytes_next_to_a_stop_byte_are_not_taken_for_one)
{
    /* '!' and '#' stand beside the quote, '[' and ']' beside the reverse solidus, space beside
     * the controls: the borrow of the eight-byte test must not reach them. */
    struct masked m = {0};
    masked_open(&m, "o{s:s}", "/s");
    const pt_slice text = PT_SLICE("{\"s\":\"!#[] \x7F!#[] \x7F!!##[[]]  \\\"!#[] \\\\!#[] \"}");
    cr_expect_eq(masked_walk(&m, text), PT_OK);
    cr_expect(pt_slice_eq(pt_buf_slice(&m.out), text));
    masked_close(&m);
}

static bool number(const char *text, bool *ret_integer, uint32_t *ret_code)
{
    struct pt_scan scan;
    pt_scan_init(&scan, pt_slice_str(text));
    const bool ok = pt_scan_number(&scan, ret_integer);
    *ret_code = scan.status.code;
    return ok && scan.at == scan.end;
}

Test(token, an_integer_is_a_number_whose_fraction_is_zero_however_it_is_spelled)
{
    const struct {
        const char *text;
        bool integer;
    } table[] = {
        {"0.1", false},   {"1.5", false},    {"1e-1", false},   {"10.01e1", false},
        {"-0.5", false},  {"123e-3", false}, {"1e-999", false}, {"1.00000000000000000001", false},
        {"0", true},      {"-0", true},      {"1.0", true},     {"-1.000", true},
        {"1e2", true},    {"1.5e1", true},   {"100e-2", true},  {"1.20e1", true},
        {"0.0", true},    {"0e-5", true},    {"0.00e-7", true}, {"12300e-2", true},
        {"1.5E+1", true}, {"0.001e3", true},
    };
    for (size_t i = 0U; i < PT_COUNT(table); i++) {
        bool integer = !table[i].integer;
        uint32_t code = 0U;
        cr_expect(number(table[i].text, &integer, &code), "%s", table[i].text);
        cr_expect_eq(integer, table[i].integer, "%s", table[i].text);
    }
}

Test(token, a_number_outside_the_bounds_is_a_limit_and_not_a_fault_of_grammar)
{
    bool integer = false;
    uint32_t code = 0U;
    cr_expect_not(number("1e308", &integer, &code));
    cr_expect_eq(code, PT_E_LIMIT);
    cr_expect(number("9.99999e307", &integer, &code));
    cr_expect(number("0.0000000001e317", &integer, &code));
    cr_expect_not(number("0.0000000001e318", &integer, &code));
    cr_expect(number("1e-99999999999999999999", &integer, &code));
}

static struct pt_text text_of(const char *spelled)
{
    struct pt_text text = {0};
    struct pt_scan scan;
    pt_scan_init(&scan, pt_slice_str(spelled));
    cr_assert(pt_scan_string(&scan, &text), "%s", spelled);
    return text;
}

Test(token, names_are_compared_as_what_they_stand_for)
{
    const struct {
        const char *a;
        const char *b;
        int order;
    } table[] = {
        {"\"a\"", "\"b\"", -1},
        {"\"a\"", "\"aa\"", -1},
        {"\"\"", "\"a\"", -1},
        {"\"\"", "\"\"", 0},
        {"\"a\"", "\"\\u0061\"", 0},
        {"\"\\u0061b\"", "\"a\\u0062\"", 0},
        {"\"\\b\\f\\n\\r\\t\\\"\\\\\\/\"", "\"\\u0008\\u000C\\u000a\\u000D\\u0009\\u0022\\u005c/\"",
         0},
        {"\"\\u00E9\"", "\"\xC3\xA9\"", 0},
        {"\"\\u007f\"", "\"\x7F\"", 0},
        {"\"\\u0080\"", "\"\xC2\x80\"", 0},
        {"\"\\u07fF\"", "\"\xDF\xBF\"", 0},
        {"\"\\u0800\"", "\"\xE0\xA0\x80\"", 0},
        {"\"\\uffff\"", "\"\xEF\xBF\xBF\"", 0},
        {"\"\\ud800\\udc00\"", "\"\xF0\x90\x80\x80\"", 0},
        {"\"\\udbff\\udfff\"", "\"\xF4\x8F\xBF\xBF\"", 0},
        {"\"\\u20ac\"", "\"\xE2\x82\xAC\"", 0},
        {"\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\"", 0},
        {"\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x81\"", -1},
        {"\"\\u0061\"", "\"aa\"", -1},
        {"\"\\u0000\"", "\"\"", 1},
        {"\"\\u00e9\"", "\"z\"", 1},
    };
    for (size_t i = 0U; i < PT_COUNT(table); i++) {
        const struct pt_text a = text_of(table[i].a);
        const struct pt_text b = text_of(table[i].b);
        const int order = pt_text_cmp(&a, &b);
        const int back = pt_text_cmp(&b, &a);
        cr_expect_eq((order > 0) - (order < 0), table[i].order, "%s %s", table[i].a, table[i].b);
        cr_expect_eq((back > 0) - (back < 0), -table[i].order, "%s %s", table[i].b, table[i].a);
    }
}

Test(token, names_beyond_the_bound_are_refused)
{
    struct pt_names names;
    const struct pt_text name = {.ptr = "a", .len = 1U};
    pt_names_init(&names);
    for (size_t i = 0U; i < PT_JSON_NAMES_MAX; i++) {
        const pt_status st = pt_names_push(&names, &name);
        cr_assert_eq(st.code, PT_OK);
    }
    const pt_status st = pt_names_push(&names, &name);
    cr_expect_eq(st.code, PT_E_LIMIT);
    pt_names_done(&names);
}

Test(token, two_equal_names_are_found_at_every_distance)
{
    for (size_t n = 2U; n < 24U; n++) {
        for (size_t twin = 1U; twin < n; twin++) {
            char text[24];
            struct pt_names names;
            pt_names_init(&names);
            for (size_t i = 0U; i < n; i++) {
                text[i] = (char)('a' + (i * 29U) % n);
            }
            text[twin] = text[0];
            for (size_t i = 0U; i < n; i++) {
                const struct pt_text name = {.ptr = &text[i], .len = 1U};
                const pt_status st = pt_names_push(&names, &name);
                cr_assert_eq(st.code, PT_OK);
            }
            cr_expect_eq(pt_names_close(&names, 0U), &text[twin], "%zu of %zu", twin, n);
            cr_expect_eq(names.count, 0U);
            pt_names_done(&names);
        }
    }
}

Test(token, a_twin_is_found_in_any_disorder_and_none_is_imagined)
{
    static char digits[PT_JSON_NAMES_MAX][4];
    uint32_t state = 1U;
    for (size_t round = 0U; round < 4000U; round++) {
        const size_t n = 2U + round % 150U;
        struct pt_names names;
        pt_names_init(&names);
        for (size_t i = 0U; i < n; i++) { /* names 0 .. n - 1, shuffled as they come */
            state = state * 1664525U + 1013904223U;
            const size_t other = (state >> 8) % (i + 1U);
            memcpy(digits[i], digits[other], sizeof(digits[i]));
            (void)snprintf(digits[other], sizeof(digits[other]), "%03zu", i);
        }
        const size_t twin = 1U + (state >> 16) % (n - 1U);
        if (round % 2U == 0U) {
            memcpy(digits[twin], digits[(state >> 4) % twin], sizeof(digits[twin]));
        }
        for (size_t i = 0U; i < n; i++) {
            const struct pt_text name = {.ptr = digits[i], .len = 3U};
            const pt_status st = pt_names_push(&names, &name);
            cr_assert_eq(st.code, PT_OK);
        }
        const char *const want = round % 2U == 0U ? digits[twin] : NULL;
        cr_expect_eq(pt_names_close(&names, 0U), want, "round %zu of %zu names", round, n);
        pt_names_done(&names);
    }
}
