/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Input formats: what is refused before it leaves, one table a format.
 */
#include <criterion/criterion.h>

#include "poterne/schemas/format.h"

TestSuite(format, .timeout = 10.0);

struct row {
    enum pt_format_id format;
    bool valid;
    const char *text;
};

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        const pt_status st = pt_format_check(rows[i].format, pt_slice_str(rows[i].text));
        cr_expect_eq(pt_ok(st), rows[i].valid, "%s \"%s\"", pt_format_name(rows[i].format),
                     rows[i].text);
        cr_expect(pt_ok(st) || st.code == PT_E_SYNTAX);
    }
}

Test(format, a_siren_has_nine_digits_and_a_right_key)
{
    static const struct row rows[] = {
        {PT_FORMAT_SIREN, false, ""},
        {PT_FORMAT_SIREN, false, "99900010"},
        {PT_FORMAT_SIREN, false, "999000103"},
        {PT_FORMAT_SIREN, false, "9990001020"},
        {PT_FORMAT_SIREN, false, "99900010a"},
        {PT_FORMAT_SIREN, false, " 99900102"},
        {PT_FORMAT_SIREN, false, "999 000 102"},
        {PT_FORMAT_SIREN, false, "-99900102"},
        {PT_FORMAT_SIREN, false, "123456789"},
        {PT_FORMAT_SIREN, true, "999000102"},
        {PT_FORMAT_SIREN, true, "000000000"},
        {PT_FORMAT_SIREN, true, "356000000"},
    };
    check(rows, PT_COUNT(rows));
}

Test(format, a_siret_has_fourteen_digits_and_a_right_key_except_at_la_poste)
{
    static const struct row rows[] = {
        {PT_FORMAT_SIRET, false, "999000102"},      {PT_FORMAT_SIRET, false, "99900010200016"},
        {PT_FORMAT_SIRET, false, "9990001020001"},  {PT_FORMAT_SIRET, false, "999000102000150"},
        {PT_FORMAT_SIRET, false, "9990001020001O"}, {PT_FORMAT_SIRET, true, "99900010200015"},
        {PT_FORMAT_SIRET, true, "21680999600004"},  {PT_FORMAT_SIRET, true, "35600000000001"},
        {PT_FORMAT_SIRET, true, "35600000012345"},  {PT_FORMAT_SIRET, false, "35600000112345"},
        {PT_FORMAT_SIRET, false, "3560000001234a"},
    };
    check(rows, PT_COUNT(rows));
}

Test(format, every_single_wrong_digit_breaks_the_key_of_a_siren)
{
    for (size_t at = 0U; at < 9U; at++) {
        for (char digit = '0'; digit <= '9'; digit++) {
            char text[] = "999000102";
            const bool same = text[at] == digit;
            text[at] = digit;
            cr_expect_eq(pt_siren_valid(pt_slice_str(text)), same, "%s", text);
        }
    }
}

Test(format, an_association_has_a_number_of_its_own)
{
    static const struct row rows[] = {
        {PT_FORMAT_RNA, true, "W689000017"},
        {PT_FORMAT_RNA, true, "W9R1234567"},
        {PT_FORMAT_RNA, true, "0680001234"},
        {PT_FORMAT_RNA, false, "0680101234"},
        {PT_FORMAT_RNA, false, "1680001234"},
        {PT_FORMAT_RNA, false, "w689000017"},
        {PT_FORMAT_RNA, false, "W68900001"},
        {PT_FORMAT_RNA, false, "W6890000177"},
        {PT_FORMAT_RNA, false, "WA89000017"},
        {PT_FORMAT_RNA, false, "W6a9000017"},
        {PT_FORMAT_RNA, false, "W68900001A"},
        {PT_FORMAT_RNA, false, ""},
        {PT_FORMAT_SIREN_OR_RNA, true, "999000102"},
        {PT_FORMAT_SIREN_OR_RNA, true, "W689000017"},
        {PT_FORMAT_SIREN_OR_RNA, false, "99900010200015"},
        {PT_FORMAT_SIRET_OR_RNA, true, "99900010200015"},
        {PT_FORMAT_SIRET_OR_RNA, true, "W689000017"},
        {PT_FORMAT_SIRET_OR_RNA, false, "999000102"},
        {PT_FORMAT_SIREN_OR_SIRET_OR_RNA, true, "999000102"},
        {PT_FORMAT_SIREN_OR_SIRET_OR_RNA, true, "99900010200015"},
        {PT_FORMAT_SIREN_OR_SIRET_OR_RNA, true, "0680001234"},
        {PT_FORMAT_SIREN_OR_SIRET_OR_RNA, false, "999000103"},
    };
    check(rows, PT_COUNT(rows));
}

Test(format, an_eori_begins_with_a_country)
{
    static const struct row rows[] = {
        {PT_FORMAT_EORI, true, "FR99900010200015"},
        {PT_FORMAT_EORI, true, "ES1"},
        {PT_FORMAT_EORI, true, "DE123456789012345"},
        {PT_FORMAT_EORI, false, "DE1234567890123456"},
        {PT_FORMAT_EORI, false, "FR"},
        {PT_FORMAT_EORI, false, "F1234"},
        {PT_FORMAT_EORI, false, "fr123"},
        {PT_FORMAT_EORI, false, "FR12-3"},
        {PT_FORMAT_SIRET_OR_EORI, true, "99900010200015"},
        {PT_FORMAT_SIRET_OR_EORI, true, "FR99900010200015"},
        {PT_FORMAT_SIRET_OR_EORI, false, "99900010200016"},
    };
    check(rows, PT_COUNT(rows));
}

Test(format, dates_exist)
{
    static const struct row rows[] = {
        {PT_FORMAT_DATE, true, "2024-02-29"},  {PT_FORMAT_DATE, false, "2023-02-29"},
        {PT_FORMAT_DATE, false, "1900-02-29"}, {PT_FORMAT_DATE, true, "2000-02-29"},
        {PT_FORMAT_DATE, false, "2024-04-31"}, {PT_FORMAT_DATE, false, "2024-13-01"},
        {PT_FORMAT_DATE, false, "2024-00-10"}, {PT_FORMAT_DATE, false, "2024-01-00"},
        {PT_FORMAT_DATE, false, "2024/01/01"}, {PT_FORMAT_DATE, false, "24-01-01"},
        {PT_FORMAT_DATE, false, "2024-1-1"},   {PT_FORMAT_DATE, false, "2024-01-011"},
        {PT_FORMAT_YEAR, true, "1900"},        {PT_FORMAT_YEAR, true, "2100"},
        {PT_FORMAT_YEAR, false, "1899"},       {PT_FORMAT_YEAR, false, "2101"},
        {PT_FORMAT_YEAR, false, "02024"},      {PT_FORMAT_YEAR, false, "24"},
        {PT_FORMAT_MONTH, true, "1"},          {PT_FORMAT_MONTH, true, "01"},
        {PT_FORMAT_MONTH, true, "12"},         {PT_FORMAT_MONTH, false, "0"},
        {PT_FORMAT_MONTH, false, "00"},        {PT_FORMAT_MONTH, false, "13"},
        {PT_FORMAT_MONTH, false, "001"},       {PT_FORMAT_MONTH, false, ""},
    };
    check(rows, PT_COUNT(rows));
}

Test(format, plain_values_are_bounded)
{
    static const struct row rows[] = {
        {PT_FORMAT_INTEGER, true, "0"},
        {PT_FORMAT_INTEGER, true, "-12"},
        {PT_FORMAT_INTEGER, true, "999999999999999999"},
        {PT_FORMAT_INTEGER, false, "9999999999999999990"},
        {PT_FORMAT_INTEGER, false, "-"},
        {PT_FORMAT_INTEGER, false, "+1"},
        {PT_FORMAT_INTEGER, false, "1.0"},
        {PT_FORMAT_INTEGER, false, ""},
        {PT_FORMAT_BOOLEAN, true, "true"},
        {PT_FORMAT_BOOLEAN, true, "false"},
        {PT_FORMAT_BOOLEAN, false, "True"},
        {PT_FORMAT_BOOLEAN, false, "1"},
        {PT_FORMAT_TEXT, true, "Crèche"},
        {PT_FORMAT_TEXT, false, ""},
        {PT_FORMAT_TEXT, false, "a\nb"},
        {PT_FORMAT_TEXT, false, "\x7f"},
        {PT_FORMAT_TEXT, false, "\xc3"},
        {PT_FORMAT_TEXT, false, "\xed\xa0\x80"},
    };
    check(rows, PT_COUNT(rows));
    cr_expect_eq(pt_format_check(PT_FORMAT_TEXT, pt_slice_of("a\0b", 3U)).code, PT_E_SYNTAX);
}

Test(format, every_format_has_a_name_that_finds_it_and_a_french_help)
{
    for (unsigned i = 0U; i < (unsigned)PT_FORMAT_COUNT; i++) {
        const enum pt_format_id id = (enum pt_format_id)i;
        enum pt_format_id found = PT_FORMAT_COUNT;
        cr_assert(pt_ok(pt_format_find(pt_slice_str(pt_format_name(id)), &found)));
        cr_expect_eq(found, id);
        cr_expect_gt(strlen(pt_format_help(id)), 10U, "%s", pt_format_name(id));
    }
    enum pt_format_id untouched = PT_FORMAT_EORI;
    cr_expect_eq(pt_format_find(PT_SLICE("nir"), &untouched).code, PT_E_ABSENT);
    cr_expect_eq(untouched, PT_FORMAT_EORI);
    cr_expect_eq(pt_format_check(PT_FORMAT_COUNT, PT_SLICE("x")).code, PT_E_ARG);
    cr_expect_str_eq(pt_format_name(PT_FORMAT_COUNT), "");
}
