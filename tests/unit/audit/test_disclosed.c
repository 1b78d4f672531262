/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What opened boxes say, and what the tool reads of a row: texts that are not ours first.
 */
#include "audit/disclosed_int.h"

#include "audit/cli/tool_int.h"
#include "audit/proof_int.h"
#include "poterne/base/codec.h"

#include <criterion/criterion.h>

static uint32_t read_code(const char *text, struct pt_record *record, uint64_t *time_ms,
                          struct pt_buf *plain)
{
    pt_buf_init(plain, 4096U);
    pt_buf_put_str(plain, text);
    return pt_disclosed_read(plain, record, time_ms).code;
}

Test(disclosed, what_is_not_our_disclosure_is_refused)
{
    static const char *const BAD[] = {
        "[",
        "[]",
        "[\"s\"]",
        "[\"s\",\"case\"]",
        "[\"s\",\"case\",\"D\"",
        "[\"s\",\"case\",\"D\"]x",
        "[\"s\",\"case\",\"D\"]\n",
        "[\"s\",\"case\",\"D\"]\n\n[\"s\",\"case\",\"D\"]",
        "\n[\"s\",\"case\",\"D\"]",
        "[\"s\", \"case\",\"D\"]",
        "[\"s\",\"case\",12]",
        "[\"s\",\"case\",null]",
        "[\"s\",\"name\",\"D\"]",
        "[\"s\",\"\",\"D\"]",
        "[\"s\",\"case\",\"D\",\"E\"]",
        "[\"s\",\"case\",\"\\x41\"]",
        "[\"s\",\"case\",\"\\u0041\"]",
        "[\"s\",\"case\",\"\\u00\"]",
        "[\"s\",\"case\",\"\\\"]",
        "[\"s\",\"case\",\"\x01\"]",
        "[\"s\",\"case\",\"D]",
        "[\"s\",\"exchange\",\"nope\"]",
        "[\"s\",\"exchange\",\"019AB000-0000-7000-8000-000000000000\"]",
        "[\"s\",\"time\",\"yesterday\"]",
        "[\"s\",\"digest\",\"AAAA\"]",
        "[\"s\",\"digest\",\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"]",
        "[\"s\",\"fields\",\"/data\"]",
        "[\"s\",\"fields\",[\"/data\" ,\"/b\"]]",
        "[\"s\",\"fields\",[\"/data\",]]",
        "[\"s\",\"fields\",[",
        "[\"s\",\"fields\",[1]]",
        "[\"s\",\"actor\",{\"agent\":1}]",
        "[\"s\",\"actor\",{\"agent\":\"a\",}]",
        "[\"s\",\"actor\",{\"agents\":\"a\"}]",
        "[\"s\",\"actor\",{\"agent\" \"a\"}]",
        "[\"s\",\"actor\",[]]"};

    for (size_t i = 0; i < PT_COUNT(BAD); i++) {
        struct pt_record record = {.type = PT_ENTRY_ASKED};
        struct pt_buf plain;
        uint64_t time_ms = 5;
        cr_expect_eq(read_code(BAD[i], &record, &time_ms, &plain), PT_E_SYNTAX, "row %zu: %s", i,
                     BAD[i]);
        cr_expect_eq(time_ms, 5U);
        pt_buf_done(&plain);
    }
}

Test(disclosed, every_name_is_read_and_every_escape_undone)
{
    struct pt_record r = {.type = PT_ENTRY_ANSWERED};
    struct pt_buf plain;
    uint64_t time_ms = 0;

    cr_assert_eq(read_code("[\"s1\",\"subject\",\"siren:552100554\"]\n"
                           "[\"s2\",\"case\",\"\\\"\\\\\\b\\f\\n\\r\\t\\u001f\xC3\xA9\"]\n"
                           "[\"s3\",\"digest\",\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"]\n"
                           "[\"s4\",\"exchange\",\"019ab000-0000-7000-8000-000000000000\"]\n"
                           "[\"s5\",\"time\",\"2026-11-24T01:02:03.456Z\"]\n"
                           "[\"s6\",\"actor\",{\"agent\":\"a\",\"channel\":\"c\",\"client\":\"cl\","
                           "\"habilitation\":\"h\"}]\n"
                           "[\"s7\",\"fields\",[\"/data/a\",\"/data/\\\"b\\\"\"]]\n"
                           "[\"s8\",\"reason\",\"dataset\"]",
                           &r, &time_ms, &plain),
                 PT_OK);
    cr_expect(pt_slice_eq(r.subject, PT_SLICE("siren:552100554")));
    cr_expect(pt_slice_eq(r.case_ref, PT_SLICE("\"\\\b\f\n\r\t\x1f\xC3\xA9")));
    cr_expect_eq(r.digest[0], 1U);
    cr_expect_eq(r.exchange.bytes[0], 0x01U);
    cr_expect_eq(time_ms % 60000U, 3456U);
    cr_expect(pt_slice_eq(r.agent, PT_SLICE("a")) && pt_slice_eq(r.channel, PT_SLICE("c")));
    cr_expect(pt_slice_eq(r.client, PT_SLICE("cl")) && pt_slice_eq(r.habilitation, PT_SLICE("h")));
    cr_expect(pt_slice_eq(r.fields, PT_SLICE("/data/a\n/data/\"b\"")));
    cr_expect(pt_slice_eq(r.reason, PT_SLICE("dataset")));
    pt_buf_done(&plain);
}

Test(disclosed, nothing_says_nothing)
{
    struct pt_record r = {.type = PT_ENTRY_ASKED};
    struct pt_buf plain;
    uint64_t time_ms = 5;

    cr_expect_eq(read_code("", &r, &time_ms, &plain), PT_OK);
    cr_expect_eq(time_ms, 5U);
    pt_buf_done(&plain);
}

Test(disclosed, only_what_the_leaf_committed_to_counts)
{
    static const char TRUE_ONE[] = "[\"s1\",\"case\",\"D-1\"]";
    struct pt_leaf leaf = {.seq = 0U};
    struct pt_buf text;
    char commitment[43];

    pt_buf_init(&text, 256U);
    pt_b64url_encode(&text, pt_slice_str(TRUE_ONE));
    pt_disclosure_commitment(pt_buf_slice(&text), commitment);
    leaf.commitments[3] = pt_slice_of(commitment, sizeof commitment);
    cr_expect_eq(pt_disclosed_committed(&leaf, PT_SLICE("[\"s1\",\"case\",\"D-2\"]")).code,
                 PT_E_FORGED);
    cr_expect_eq(pt_disclosed_committed(&leaf, PT_SLICE("\n")).code, PT_E_FORGED);
    cr_expect(pt_ok(pt_disclosed_committed(&leaf, pt_slice_str(TRUE_ONE))));
    cr_expect(pt_ok(pt_disclosed_committed(&leaf, PT_SLICE_EMPTY)));
    pt_buf_done(&text);
}

/* --- rows in the tool
 * ------------------------------------------------------------------------------- */

Test(disclosed, a_row_that_is_not_a_flat_object_has_no_members)
{
    static const char *const BAD[] = {"",        "{",           "{}",         "{\"a\"",
                                      "{\"a\":", "{\"a\":1",    "{\"a\" :1}", "{a:1}",
                                      "[1]",     "{\"b\":\"x}", "{\"a",       "{\"a\\"};

    for (size_t i = 0; i < PT_COUNT(BAD); i++) {
        cr_expect_eq(member(pt_slice_str(BAD[i]), "a").len, 0U, "row %zu", i);
    }
}

Test(disclosed, members_are_found_and_shown_as_people_read_them)
{
    static const struct {
        const char *key;
        const char *plain;
    } TABLE[] = {{"n", "12"},        {"t", "a\"b\\c}"}, {"z", ""},        {"f", "/a /b,]"},
                 {"o", "{\"x\":1}"}, {"e", ""},         {"last", "true"}, {"absent", ""}};
    const pt_slice row =
        PT_SLICE("{\"n\":12,\"t\":\"a\\\"b\\\\c}\",\"z\":null,\"f\":[\"/a\",\"/b,]\"],"
                 "\"o\":{\"x\":1},\"e\":[],\"last\":true}");

    for (size_t i = 0; i < PT_COUNT(TABLE); i++) {
        struct pt_buf out;
        pt_buf_init(&out, 256U);
        member_plain(member(row, TABLE[i].key), &out);
        cr_expect(pt_slice_eq(pt_buf_slice(&out), pt_slice_str(TABLE[i].plain)), "%s: %.*s",
                  TABLE[i].key, (int)out.len, out.ptr);
        pt_buf_done(&out);
    }
}
