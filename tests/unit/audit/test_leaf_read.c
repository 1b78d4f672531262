/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The strict reader of leaves: everything that is not the one canonical form of a leaf first, then
 * what the journal really writes.
 */
#include "audit/leaf_read_int.h"

#include "log_files.h"
#include "poterne/audit/query.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define C1 "1111111111111111111111111111111111111111111"
#define SD                                                                                         \
    "[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","                                            \
    "\"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA\","                                             \
    "\"CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCA\","                                             \
    "\"DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDA\","                                             \
    "\"EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEA\","                                             \
    "\"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA\","                                             \
    "\"GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGA\","                                             \
    "\"HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHA\"]"
#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static uint32_t code_of(const char *text)
{
    struct pt_leaf leaf;
    return pt_leaf_read(pt_slice_str(text), &leaf).code;
}

Test(leaf_read, what_is_not_a_canonical_leaf_is_refused)
{
    static const char *const BAD[] = {
        "", "{}", "{", "null", "[]",
        /* members missing */
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\"}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"asked\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"conf\",\"v\":1}",
        /* another spelling of the same object */
        " {\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}\n",
        "{\"_sd\":" SD ",\"gw\":\"g\", \"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"\\u0067\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"gw\":\"g\",\"_sd\":" SD ",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"t\":\"boot\",\"seq\":0,\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":01,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1.0,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1e0,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":-1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":\"1\",\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":9007199254740992,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":,\"t\":\"boot\",\"v\":1}",
        /* twice, unknown, out of place */
        "{\"_sd\":" SD ",\"gw\":\"g\",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1,\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1,\"x\":1}",
        "{\"_sd\":" SD ",\"a\":1,\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1,}",
        "{,\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        /* values that are none */
        "{\"_sd\":" SD ",\"gw\":\"\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"\xC3\xA9\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"a\x1f\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boots\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":2}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"n\":0,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"rc\":\"yes\",\"seq\":0,\"t\":\"asked\",\"v\":1}",
        "{\"_sd\":" SD ",\"cf\":\"00\",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"conf\",\"v\":1}",
        "{\"_sd\":" SD
        ",\"cf\":\"00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff\","
        "\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"conf\",\"v\":1}",
        /* members of another type */
        "{\"_sd\":" SD ",\"cf\":\"" HEX64
        "\",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"ds\":\"d\",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"read\",\"v\":1}",
        "{\"_sd\":" SD ",\"fc\":\"list\",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"rc\":\"none\",\"seq\":0,\"t\":\"boot\",\"v\":1}",
        /* commitments */
        "{\"_sd\":[],\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}",
        "{\"_sd\":[\"" C1 "\"],\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}"};

    for (size_t i = 0; i < PT_COUNT(BAD); i++) {
        cr_expect_eq(code_of(BAD[i]), PT_E_SYNTAX, "row %zu: %s", i, BAD[i]);
    }
}

/* Sorted and all different (RFC 9901 4.2.4.1), 43 characters whose unused bits are zero. */
Test(leaf_read, commitments_are_eight_sorted_and_canonical)
{
    static const char GOOD[] =
        "{\"_sd\":" SD ",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"boot\",\"v\":1}";
    char text[sizeof GOOD];
    static const struct {
        size_t at;
        char byte;
    } POKES[] = {{9U, 'Z'},       {10U, '='}, {9U, '+'},  {51U, 'B'},
                 {9U + 46U, '-'}, {8U, '\''}, {52U, ';'}, {9U + 46U * 7U, 'F'}};

    cr_assert_eq(code_of(GOOD), PT_OK);
    for (size_t i = 0; i < PT_COUNT(POKES); i++) {
        memcpy(text, GOOD, sizeof text);
        text[POKES[i].at] = POKES[i].byte;
        cr_expect_eq(code_of(text), PT_E_SYNTAX, "row %zu: %.60s", i, text);
    }
}

Test(leaf_read, a_leaf_longer_than_the_limit_is_refused_unread)
{
    static char text[PT_LEAF_MAX + 1U];
    struct pt_leaf leaf;

    memset(text, 'x', sizeof text);
    cr_expect_eq(pt_leaf_read(pt_slice_of(text, sizeof text), &leaf).code, PT_E_LIMIT);
}

Test(leaf_read, each_type_is_read_with_its_members)
{
    struct pt_leaf leaf;

    cr_assert(pt_ok(pt_leaf_read(
        PT_SLICE("{\"_sd\":" SD
                 ",\"ds\":\"a/v1/b/c\",\"gw\":\"gw1\",\"h\":494184,\"md\":\"demande\","
                 "\"n\":3,\"pu\":\"cantine\",\"rc\":\"not-found\",\"seq\":9007199254740991,"
                 "\"t\":\"answered\",\"v\":1}"),
        &leaf)));
    cr_expect_eq(leaf.type, PT_ENTRY_ANSWERED);
    cr_expect_eq(leaf.outcome, PT_OUTCOME_NOT_FOUND);
    cr_expect_eq(leaf.seq, 9007199254740991ULL);
    cr_expect_eq(leaf.hour, 494184U);
    cr_expect_eq(leaf.count, 3U);
    cr_expect(pt_slice_eq(leaf.dataset, PT_SLICE("a/v1/b/c")));
    cr_expect(pt_slice_eq(leaf.procedure, PT_SLICE("cantine")));
    cr_expect(pt_slice_eq(leaf.mode, PT_SLICE("demande")));
    cr_expect(pt_slice_eq(leaf.gateway, PT_SLICE("gw1")));
    cr_expect(pt_leaf_commits(&leaf, PT_SLICE("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")));
    cr_expect(!pt_leaf_commits(&leaf, PT_SLICE("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB")));
    cr_assert(
        pt_ok(pt_leaf_read(PT_SLICE("{\"_sd\":" SD ",\"cf\":\"" HEX64
                                    "\",\"gw\":\"g\",\"h\":1,\"seq\":0,\"t\":\"conf\",\"v\":1}"),
                           &leaf)));
    cr_expect_eq(leaf.conf[1], 0x11U);
    cr_assert(pt_ok(pt_leaf_read(
        PT_SLICE("{\"_sd\":" SD
                 ",\"fc\":\"list\",\"gw\":\"g\",\"h\":1,\"n\":7,\"seq\":0,\"t\":\"read\",\"v\":1}"),
        &leaf)));
    cr_expect(pt_slice_eq(leaf.filter, PT_SLICE("list")));
}

/* Whatever the journal writes, the reader accepts; and of it no prefix, no longer text. */
Test(leaf_read, every_leaf_of_a_journal_is_canonical_and_no_part_of_it_is)
{
    static const enum pt_entry_type TYPES[] = {
#define X(name, number, text) name,
        PT_ENTRIES(X)
#undef X
    };
    struct logkit kit;
    struct pt_archive *archive = NULL;
    struct pt_entry entry;

    logkit_init(&kit, NULL);
    logkit_open(&kit);
    for (size_t i = 0; i < PT_COUNT(TYPES); i++) {
        (void)logkit_append(&kit, TYPES[i], 40U + i);
    }
    cr_assert(pt_ok(pt_archive_of(kit.journal, &archive)));
    for (uint64_t seq = 0; seq < pt_journal_size(kit.journal); seq++) {
        struct pt_leaf leaf;
        char longer[PT_LEAF_MAX + 1U];
        cr_assert(pt_ok(pt_archive_get(archive, seq, &entry)));
        cr_assert(pt_ok(pt_leaf_read(entry.leaf, &leaf)));
        cr_expect_eq(leaf.seq, seq);
        for (size_t n = 0; n < entry.leaf.len; n++) {
            cr_expect(!pt_ok(pt_leaf_read(pt_slice_head(entry.leaf, n), &leaf)));
        }
        memcpy(longer, entry.leaf.ptr, entry.leaf.len);
        longer[entry.leaf.len] = '}';
        cr_expect(!pt_ok(pt_leaf_read(pt_slice_of(longer, entry.leaf.len + 1U), &leaf)));
    }
    archive = pt_archive_close(archive);
    logkit_done(&kit);
}
