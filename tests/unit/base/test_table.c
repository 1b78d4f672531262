/* SPDX-License-Identifier: EUPL-1.2 */
/* One answer in three forms, with cells an attacker chose. */
#include "poterne/base/cli.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static const struct pt_column COLUMNS[] = {
    {"seq", "N°", 4}, {"client", "Client", 8}, {"note", "Note", 6}};

#define TEXT(s)                                                                                    \
    {                                                                                              \
        .kind = PT_CELL_TEXT, .text = PT_SLICE_INIT(s)                                             \
    }
#define NUMBER(n)                                                                                  \
    {                                                                                              \
        .kind = PT_CELL_NUMBER, .number = (n)                                                      \
    }
#define JSON(s)                                                                                    \
    {                                                                                              \
        .kind = PT_CELL_JSON, .text = PT_SLICE_INIT(s)                                             \
    }
#define NONE                                                                                       \
    {                                                                                              \
        .kind = PT_CELL_NULL                                                                       \
    }

static void expect(enum pt_format format, const struct pt_cell (*rows)[3], size_t n,
                   const char *expected)
{
    char *text = NULL;
    size_t len = 0U;
    FILE *out = open_memstream(&text, &len);
    cr_assert_not_null(out);
    struct pt_table table = {
        .out = out, .format = format, .columns = COLUMNS, .ncolumns = PT_COUNT(COLUMNS)};
    pt_table_begin(&table);
    for (size_t i = 0U; i < n; i++) {
        pt_table_row(&table, rows[i]);
    }
    pt_table_end(&table);
    (void)fclose(out);
    cr_assert_eq(table.rows, n);
    cr_assert_str_eq(text, expected);
    free(text);
}

static const struct pt_cell PLAIN[][3] = {
    {NUMBER(7U), TEXT("grc"), JSON("[\"a\",\"b\"]")},
    {NUMBER(12345U), TEXT("H\xC3\xB4tel de ville"), NONE},
};

Test(table, no_row_is_still_an_answer)
{
    expect(PT_FORMAT_JSON, NULL, 0U, "[]\n");
    expect(PT_FORMAT_CSV, NULL, 0U, "seq,client,note\r\n");
    expect(PT_FORMAT_TABLE, NULL, 0U, "N°    Client    Note\n");
}

Test(table, columns_are_aligned_by_characters_and_grow_when_needed)
{
    expect(PT_FORMAT_TABLE, PLAIN, 2U,
           "N°    Client    Note\n"
           "7     grc       [\"a\",\"b\"]\n"
           "12345  H\xC3\xB4tel de ville  \n");
}

Test(table, json_keeps_the_type_of_each_cell)
{
    expect(PT_FORMAT_JSON, PLAIN, 2U,
           "[\n{\"seq\":7,\"client\":\"grc\",\"note\":[\"a\",\"b\"]},\n"
           "{\"seq\":12345,\"client\":\"H\xC3\xB4tel de ville\",\"note\":null}\n]\n");
}

Test(table, csv_quotes_what_needs_quotes)
{
    static const struct pt_cell ROWS[][3] = {
        {NUMBER(1U), TEXT("a,b"), TEXT("say \"hi\"")},
        {NUMBER(2U), TEXT("a;b"), TEXT("line\nbreak")},
        {NUMBER(3U), NONE, TEXT("")},
    };
    expect(
        PT_FORMAT_CSV, ROWS, 3U,
        "seq,client,note\r\n1,\"a,b\",\"say \"\"hi\"\"\"\r\n2,\"a;b\",\"line\nbreak\"\r\n3,,\r\n");
}

Test(table, csv_never_starts_a_formula)
{
    static const struct pt_cell ROWS[][3] = {
        {NUMBER(1U), TEXT("=1+1"), TEXT("+33")},
        {NUMBER(2U), TEXT("-2"), TEXT("@SUM(A1)")},
        {NUMBER(3U), TEXT("\t=1"), TEXT("a=b")},
    };
    expect(PT_FORMAT_CSV, ROWS, 3U,
           "seq,client,note\r\n1,\"'=1+1\",\"'+33\"\r\n2,\"'-2\",\"'@SUM(A1)\"\r\n3,\"'\t=1\",a="
           "b\r\n");
}

Test(table, a_cell_cannot_drive_the_terminal)
{
    static const struct pt_cell ROWS[][3] = {
        {NUMBER(1U), TEXT("a\033[2Jb"), TEXT("x\ny\x7F")},
        {NUMBER(2U),
         TEXT("\xC2\x9B"
              "c\xC2\xA0"),
         TEXT("bad \xFF utf")},
    };
    expect(PT_FORMAT_TABLE, ROWS, 2U,
           "N°    Client    Note\n"
           "1     a?[2Jb    x?y?\n"
           "2     ?c\xC2\xA0       bad ? utf\n");
}

Test(table, json_stays_valid_whatever_a_cell_holds)
{
    static const struct pt_cell ROWS[][3] = {
        {NUMBER(UINT64_MAX), TEXT("\"\\\n\x01"),
         TEXT("\xFF"
              "a")},
    };
    expect(
        PT_FORMAT_JSON, ROWS, 1U,
        "[\n{\"seq\":18446744073709551615,\"client\":\"\\\"\\\\\\n\\u0001\",\"note\":\"?a\"}\n]\n");
}
