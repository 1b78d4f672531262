/* SPDX-License-Identifier: EUPL-1.2 */
/* Numbers: the whole slice or nothing. */
#include "poterne/base/num.h"

#include <criterion/criterion.h>

Test(num, what_is_not_only_digits_is_refused)
{
    static const pt_slice BAD[] = {
        PT_SLICE_INIT(""),         PT_SLICE_INIT(" 1"),
        PT_SLICE_INIT("1 "),       PT_SLICE_INIT("+1"),
        PT_SLICE_INIT("-1"),       PT_SLICE_INIT("1.0"),
        PT_SLICE_INIT("0x1"),      PT_SLICE_INIT("1e3"),
        PT_SLICE_INIT("1\0"),      PT_SLICE_INIT("a"),
        PT_SLICE_INIT("1_000"),    PT_SLICE_INIT("/"),
        PT_SLICE_INIT(":"),        PT_SLICE_INIT("99999999999999999999999999999x"),
        PT_SLICE_INIT("\xD9\xA1"),
    };
    for (size_t i = 0U; i < PT_COUNT(BAD); i++) {
        uint64_t out = 7U;
        cr_assert_eq(pt_num_u64(BAD[i], 0U, UINT64_MAX, &out).code, PT_E_SYNTAX, "row %zu", i);
        cr_assert_eq(out, 7U);
    }
}

Test(num, the_range_is_inclusive_on_both_sides)
{
    static const struct {
        const char *text;
        uint32_t code;
    } ROWS[] = {{"9", PT_E_LIMIT}, {"10", PT_OK},      {"11", PT_OK},  {"19", PT_OK},
                {"20", PT_OK},     {"21", PT_E_LIMIT}, {"0010", PT_OK}};
    for (size_t i = 0U; i < PT_COUNT(ROWS); i++) {
        uint64_t out = 7U;
        const pt_status st = pt_num_u64(pt_slice_str(ROWS[i].text), 10U, 20U, &out);
        cr_assert_eq(st.code, ROWS[i].code, "%s", ROWS[i].text);
        cr_assert(pt_ok(st) || out == 7U);
    }
}

Test(num, the_largest_number_passes_and_the_next_does_not)
{
    uint64_t out = 0U;
    cr_assert(pt_ok(pt_num_u64(PT_SLICE("18446744073709551615"), 0U, UINT64_MAX, &out)));
    cr_assert_eq(out, UINT64_MAX);
    cr_assert_eq(pt_num_u64(PT_SLICE("18446744073709551616"), 0U, UINT64_MAX, &out).code,
                 PT_E_LIMIT);
    cr_assert_eq(pt_num_u64(PT_SLICE("99999999999999999999"), 0U, UINT64_MAX, &out).code,
                 PT_E_LIMIT);
    cr_assert_eq(pt_num_u64(PT_SLICE("184467440737095516150"), 0U, UINT64_MAX, &out).code,
                 PT_E_LIMIT);
    cr_assert_eq(out, UINT64_MAX);
    cr_assert(pt_ok(pt_num_u64(PT_SLICE("000000000000000000000000001"), 0U, UINT64_MAX, &out)));
    cr_assert_eq(out, 1U);
}

Test(num, hexadecimal_has_one_to_sixteen_digits)
{
    uint64_t out = 7U;
    cr_assert_eq(pt_num_hex(PT_SLICE(""), UINT64_MAX, &out).code, PT_E_SYNTAX);
    cr_assert_eq(pt_num_hex(PT_SLICE("g"), UINT64_MAX, &out).code, PT_E_SYNTAX);
    cr_assert_eq(pt_num_hex(PT_SLICE("0x1"), UINT64_MAX, &out).code, PT_E_SYNTAX);
    cr_assert_eq(pt_num_hex(PT_SLICE("00000000000000001"), UINT64_MAX, &out).code, PT_E_SYNTAX);
    cr_assert_eq(pt_num_hex(PT_SLICE("100"), 255U, &out).code, PT_E_LIMIT);
    cr_assert_eq(out, 7U);
    cr_assert(pt_ok(pt_num_hex(PT_SLICE("fF"), 255U, &out)));
    cr_assert_eq(out, 255U);
    cr_assert(pt_ok(pt_num_hex(PT_SLICE("FFFFffffFFFFffff"), UINT64_MAX, &out)));
    cr_assert_eq(out, UINT64_MAX);
}

Test(num, what_is_written_reads_back)
{
    uint64_t number = 1U;
    for (unsigned i = 0U; i < 200U; i++) {
        char text[PT_U64_DIGITS];
        const size_t n = pt_num_format(number, text);
        uint64_t back = 0U;
        cr_assert(pt_ok(pt_num_u64(pt_slice_of(text, n), 0U, UINT64_MAX, &back)));
        cr_assert_eq(back, number);
        number = number * 6364136223846793005U + 1442695040888963407U;
        number >>= i % 64U;
    }
    char text[PT_U64_DIGITS];
    cr_assert_eq(pt_num_format(0U, text), 1U);
    cr_assert_eq(text[0], '0');
    cr_assert_eq(pt_num_format(UINT64_MAX, text), 20U);
}
