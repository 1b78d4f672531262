/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * From a record to an entry: what stays in the clear, what is sealed, what commits to what. Covers
 * law 3 and R.114-9-6 (confidentiality); golden values in tests/fixtures/log/leaves.txt.
 */
#include "audit/leaf_int.h"

#include "audit/leaf_read_int.h"
#include "audit/stored_int.h"
#include "logkit.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct logkit kit;
static struct pt_keyring *keyring;
static struct pt_month_keys keys;
static struct pt_sealer *sealer;
static struct pt_cipher *cipher;
static struct pt_buf value;
static struct pt_buf plain_s;
static struct pt_buf plain_a;

static void setup(void)
{
    char path[512];

    logkit_init(&kit, NULL);
    (void)snprintf(path, sizeof path, "%s/keys/keyring", kit.dir);
    cr_assert(pt_ok(pt_keyring_open(path, kit.options.kek, &keyring)));
    cr_assert(pt_ok(pt_keyring_make(keyring, 202611U, &kit.options.random)));
    cr_assert(pt_ok(pt_keyring_get(keyring, 202611U, &keys)));
    cr_assert(pt_ok(pt_sealer_new(&sealer)));
    cr_assert(pt_ok(pt_cipher_new(&cipher)));
    pt_buf_init(&value, 1U << 20U);
    pt_buf_init(&plain_s, PT_BOX_MAX);
    pt_buf_init(&plain_a, PT_BOX_MAX);
}

static void teardown(void)
{
    keyring = pt_keyring_free(keyring);
    sealer = pt_sealer_free(sealer);
    cipher = pt_cipher_free(cipher);
    pt_buf_done(&value);
    pt_buf_done(&plain_s);
    pt_buf_done(&plain_a);
    logkit_done(&kit);
}

TestSuite(leaf, .init = setup, .fini = teardown);

static pt_status seal(const struct pt_record *record, uint64_t seq, struct pt_stored *stored)
{
    const struct pt_place place = {
        .seq = seq, .time_ms = kit.now_ms, .gateway = kit.options.gateway};
    struct pt_hash hash;
    struct pt_hash again;

    pt_buf_clear(&value);
    PT_TRY(pt_sealer_seal(sealer, &keys, record, &place, &value, &hash));
    PT_TRY(pt_stored_read(pt_buf_slice(&value), stored));
    pt_leaf_hash(stored->leaf, &again);
    cr_assert_arr_eq(hash.bytes, again.bytes, PT_HASH_LEN);
    return PT_SUCCESS;
}

static void seal_and_open(const struct pt_record *record, uint64_t seq, struct pt_leaf *leaf)
{
    struct pt_stored stored;

    cr_assert(pt_ok(seal(record, seq, &stored)));
    cr_assert(pt_ok(pt_leaf_read(stored.leaf, leaf)));
    pt_buf_clear(&plain_s);
    pt_buf_clear(&plain_a);
    cr_assert(pt_ok(pt_stored_open(cipher, &keys, seq, &stored, &plain_s, &plain_a)));
}

/* How many disclosures of a box the leaf commits to: all of them, or the test fails. */
static size_t committed(const struct pt_leaf *leaf, pt_slice plain)
{
    size_t n = 0;

    while (plain.len != 0U) {
        const pt_slice line = pt_slice_cut(&plain, '\n');
        char text[PT_B64URL_LEN(PT_BOX_MAX)];
        char commitment[PT_COMMITMENT_TEXT];
        struct pt_hash hash;
        pt_hash_bytes(pt_slice_of(text, pt_b64url_encode_raw(line, text)), &hash);
        (void)pt_b64url_encode_raw(pt_slice_of(hash.bytes, PT_HASH_LEN), commitment);
        cr_assert(pt_leaf_commits(leaf, pt_slice_of(commitment, sizeof commitment)));
        n++;
    }
    return n;
}

static bool holds(pt_slice text, const char *what)
{
    return memmem(text.ptr, text.len, what, strlen(what)) != NULL;
}

Test(leaf, what_a_record_may_not_say_is_refused_before_anything_is_written)
{
    struct pt_record record = logkit_record(&kit, PT_ENTRY_ASKED, 1U);
    struct pt_stored stored;

    record.dataset = PT_SLICE("a\"b");
    cr_assert_eq(seal(&record, 0U, &stored).code, PT_E_ARG);
    cr_assert_eq(value.len, 0U);
}

Test(leaf, law_3_no_sealed_value_stands_in_the_stored_entry)
{
    const enum pt_entry_type types[] = {PT_ENTRY_ASKED, PT_ENTRY_ANSWERED, PT_ENTRY_REFUSED,
                                        PT_ENTRY_FAILED, PT_ENTRY_READ};

    for (size_t i = 0; i < PT_COUNT(types); i++) {
        const struct pt_record record = logkit_record(&kit, types[i], 42U);
        struct pt_stored stored;
        cr_assert(pt_ok(seal(&record, 5U, &stored)));
        const pt_slice all = pt_buf_slice(&value);
        cr_assert_not(holds(all, "siren"));
        cr_assert_not(holds(all, "000000000042"));
        cr_assert_not(holds(all, "DOSSIER"));
        cr_assert_not(holds(all, "agent"));
        cr_assert_not(holds(all, "guichet"));
        cr_assert_not(holds(all, "habilitation"));
        cr_assert_not(holds(all, "/data/"));
        cr_assert_not(holds(all, "PT200"));
        cr_assert_not(holds(all, "2026-11-24T"));
        cr_assert_null(memmem(all.ptr, all.len, record.exchange.bytes, 16U));
    }
}

Test(leaf, every_disclosure_is_committed_and_absence_does_not_show)
{
    struct pt_record record = logkit_record(&kit, PT_ENTRY_ANSWERED, 1U);
    struct pt_leaf leaf;

    seal_and_open(&record, 1U, &leaf);
    cr_assert_eq(committed(&leaf, pt_buf_slice(&plain_s)), 3U);
    cr_assert_eq(committed(&leaf, pt_buf_slice(&plain_a)), 5U);
    record = (struct pt_record){.type = PT_ENTRY_BOOT};
    seal_and_open(&record, 2U, &leaf); /* eight commitments too: pt_leaf_read wants them */
    cr_assert_eq(committed(&leaf, pt_buf_slice(&plain_s)), 0U);
    cr_assert_eq(committed(&leaf, pt_buf_slice(&plain_a)), 1U);
}

Test(leaf, the_same_record_never_gives_the_same_commitment_twice)
{
    const struct pt_record record = logkit_record(&kit, PT_ENTRY_ASKED, 1U);
    struct pt_leaf one;
    struct pt_leaf two;
    char kept[PT_LEAF_MAX];
    struct pt_stored stored;

    cr_assert(pt_ok(seal(&record, 1U, &stored)));
    memcpy(kept, stored.leaf.ptr, stored.leaf.len);
    cr_assert(pt_ok(pt_leaf_read(pt_slice_of(kept, stored.leaf.len), &one)));
    cr_assert(pt_ok(seal(&record, 2U, &stored)));
    cr_assert(pt_ok(pt_leaf_read(stored.leaf, &two)));
    for (size_t i = 0; i < PT_LEAF_COMMITMENTS; i++) {
        cr_assert_not(pt_leaf_commits(&one, two.commitments[i]));
    }
}

Test(leaf, the_clear_members_say_what_the_record_says)
{
    const struct pt_record record = logkit_record(&kit, PT_ENTRY_ANSWERED, 1U);
    struct pt_leaf leaf;

    seal_and_open(&record, 77U, &leaf);
    cr_assert_eq(leaf.type, PT_ENTRY_ANSWERED);
    cr_assert_eq(leaf.outcome, PT_OUTCOME_DELIVERED);
    cr_assert_eq(leaf.seq, 77U);
    cr_assert_eq(leaf.hour, kit.now_ms / 3600000U);
    cr_assert_eq(leaf.count, 2U);
    cr_assert(pt_slice_eq(leaf.dataset, record.dataset));
    cr_assert(pt_slice_eq(leaf.procedure, record.procedure));
    cr_assert(pt_slice_eq(leaf.mode, record.mode));
    cr_assert(pt_slice_eq(leaf.gateway, PT_SLICE("gw1")));
    cr_assert_eq(leaf.filter.len, 0U);
}

Test(leaf, a_member_stands_only_where_its_type_has_it)
{
    struct pt_record record = logkit_record(&kit, PT_ENTRY_ANSWERED, 1U);
    struct pt_leaf leaf;

    record.filter = PT_SLICE("person");
    record.type = PT_ENTRY_GAP;
    seal_and_open(&record, 1U, &leaf);
    cr_assert_eq(leaf.dataset.len + leaf.procedure.len + leaf.mode.len + leaf.filter.len, 0U);
    record = logkit_record(&kit, PT_ENTRY_CONF, 1U);
    seal_and_open(&record, 2U, &leaf);
    cr_assert_arr_eq(leaf.conf, record.conf, 32U);
    record = logkit_record(&kit, PT_ENTRY_READ, 9U);
    seal_and_open(&record, 3U, &leaf);
    cr_assert(pt_slice_eq(leaf.filter, PT_SLICE("list")));
    cr_assert_eq(leaf.count, 9U);
}

Test(leaf, the_boxes_hold_what_identifies)
{
    struct pt_record record = logkit_record(&kit, PT_ENTRY_ANSWERED, 42U);
    struct pt_leaf leaf;

    record.agent = PT_SLICE("Anne \"Nanou\" \\ Œuvré");
    seal_and_open(&record, 1U, &leaf);
    const pt_slice s = pt_buf_slice(&plain_s);
    const pt_slice a = pt_buf_slice(&plain_a);
    cr_assert(holds(s, "\"subject\",\"siren:000000000042\"]"));
    cr_assert(holds(s, "\"case\",\"DOSSIER-000000000042\"]"));
    cr_assert(holds(s, "\"digest\",\"0dHR0dHR"));
    cr_assert(holds(a, "\"time\",\"2026-11-24T00:00:00.123Z\"]"));
    cr_assert(holds(a, "{\"agent\":\"Anne \\\"Nanou\\\" \\\\ Œuvré\",\"channel\":\"guichet-canal\","
                       "\"client\":\"grc-publik-000000000042\","
                       "\"habilitation\":\"habilitation-subvention\"}"));
    cr_assert(holds(a, "\"fields\",[\"/data/siren\",\"/data/personne_morale_attributs/"
                       "raison_sociale\",\"/data/etat_administratif\"]"));
    cr_assert(holds(a, "\"reason\",\"PT200:ok\"]"));
    cr_assert_not(holds(a, "siren:"));
}

Test(leaf, the_tag_is_that_of_the_subject_and_zero_without_one)
{
    static const uint8_t ZERO[PT_TAG_LEN];
    struct pt_record record = logkit_record(&kit, PT_ENTRY_ASKED, 1U);
    struct pt_stored stored;
    uint8_t tag[PT_TAG_LEN];

    cr_assert(pt_ok(seal(&record, 1U, &stored)));
    pt_subject_tag(&keys, record.subject, tag);
    cr_assert_arr_eq(stored.tag, tag, PT_TAG_LEN);
    record.subject = PT_SLICE_EMPTY;
    cr_assert(pt_ok(seal(&record, 1U, &stored)));
    cr_assert_arr_eq(stored.tag, ZERO, PT_TAG_LEN);
}

Test(leaf, boxes_open_for_their_own_entry_only)
{
    const struct pt_record record = logkit_record(&kit, PT_ENTRY_ANSWERED, 1U);
    struct pt_stored stored;

    cr_assert(pt_ok(seal(&record, 5U, &stored)));
    cr_assert_eq(pt_stored_open(cipher, &keys, 6U, &stored, &plain_s, &plain_a).code, PT_E_FORGED);
    cr_assert_eq(plain_s.len + plain_a.len, 0U);
    stored.tag[0] ^= 1U; /* another subject */
    cr_assert_eq(pt_stored_open(cipher, &keys, 5U, &stored, &plain_s, &plain_a).code, PT_E_FORGED);
    cr_assert_eq(plain_s.len, 0U);
    stored.tag[0] ^= 1U;
    stored.box_s = stored.box_a;
    cr_assert_eq(pt_stored_open(cipher, &keys, 5U, &stored, &plain_s, &plain_a).code, PT_E_FORGED);
}

Test(leaf, a_stored_value_cut_or_prolonged_is_damage)
{
    const struct pt_record record = logkit_record(&kit, PT_ENTRY_ANSWERED, 1U);
    struct pt_stored stored;

    cr_assert(pt_ok(seal(&record, 5U, &stored)));
    for (size_t n = 0; n < value.len; n++) {
        cr_assert_eq(pt_stored_read(pt_slice_head(pt_buf_slice(&value), n), &stored).code,
                     PT_E_CORRUPT);
    }
    pt_buf_put_byte(&value, '\0');
    cr_assert_eq(pt_stored_read(pt_buf_slice(&value), &stored).code, PT_E_CORRUPT);
    value.len--;
    value.ptr[0] = 2;
    cr_assert_eq(pt_stored_read(pt_buf_slice(&value), &stored).code, PT_E_CORRUPT);
}

Test(leaf, the_largest_record_that_is_accepted_can_be_sealed)
{
    static char fields[PT_BOX_MAX];
    static char longest[256];
    struct pt_record record = logkit_record(&kit, PT_ENTRY_ANSWERED, 1U);
    struct pt_leaf leaf;

    memset(fields, '"', sizeof fields);
    memset(longest, '"', sizeof longest);
    record.fields = pt_slice_of(fields, (PT_BOX_MAX - 4096U - 4U) / 2U);
    record.agent = pt_slice_of(longest, PT_AGENT_MAX);
    record.client = record.channel = record.habilitation = pt_slice_of(longest, PT_ID_MAX);
    record.reason = record.subject = pt_slice_of(longest, sizeof longest);
    record.case_ref = pt_slice_of(longest, PT_CASE_MAX);
    seal_and_open(&record, 1U, &leaf);
    memset(fields, '\n', sizeof fields);
    for (size_t i = 1; i < sizeof fields; i += 2U) {
        fields[i] = '/';
    }
    record.fields = pt_slice_of(fields, (PT_BOX_MAX - 4096U - 4U) / 2U);
    cr_assert(pt_ok(pt_record_check(&record)));
    seal_and_open(&record, 1U, &leaf);
}

Test(leaf, without_memory_nothing_is_sealed_and_nothing_leaks)
{
    const struct pt_record record = logkit_record(&kit, PT_ENTRY_ANSWERED, 1U);
    const struct pt_place place = {.gateway = PT_SLICE("gw1")};

    TORTURE(nth)
    {
        struct pt_sealer *fresh = NULL;
        struct pt_buf out;
        struct pt_hash hash;
        pt_buf_init(&out, 65536U);
        torture_arm(nth);
        pt_status st = pt_sealer_new(&fresh);
        if (pt_ok(st)) {
            st = pt_sealer_seal(fresh, &keys, &record, &place, &out, &hash);
        }
        torture_disarm();
        fresh = pt_sealer_free(fresh);
        pt_buf_done(&out);
        if (pt_ok(st)) {
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
    }
}

/* What the cipher added to the first bytes of box A. */
static void key_stream(uint64_t exchange, uint8_t ret[static 64])
{
    const struct pt_record record = logkit_record(&kit, PT_ENTRY_ASKED, exchange);
    struct pt_stored stored;

    cr_assert(pt_ok(seal(&record, 7U, &stored)));
    pt_buf_clear(&plain_a);
    cr_assert(pt_ok(pt_stored_open_a(cipher, &keys, 7U, &stored, &plain_a)));
    cr_assert_geq(plain_a.len, 64U);
    for (size_t i = 0; i < 64U; i++) {
        ret[i] = (uint8_t)stored.box_a.ptr[i] ^ (uint8_t)plain_a.ptr[i];
    }
}

/* A crash or a full disk undoes an entry; its pages may still be in the file. */
Test(leaf, a_number_that_is_given_again_never_meets_the_same_key_stream)
{
    uint8_t undone[64];
    uint8_t given_again[64];
    uint8_t same[64];

    key_stream(1U, undone);
    key_stream(2U, given_again);
    cr_assert_neq(memcmp(undone, given_again, sizeof undone), 0);
    key_stream(1U, same); /* the same entry is the same box: nothing is learnt */
    cr_assert_arr_eq(undone, same, sizeof undone);
}

/* The format must not drift: entries of fixed keys, time and records, byte for byte. */
Test(leaf, the_golden_entries_are_still_the_same)
{
    const enum pt_entry_type types[] = {PT_ENTRY_BOOT,     PT_ENTRY_CONF,    PT_ENTRY_ASKED,
                                        PT_ENTRY_ANSWERED, PT_ENTRY_REFUSED, PT_ENTRY_FAILED,
                                        PT_ENTRY_READ,     PT_ENTRY_GAP};
    struct pt_buf made;
    struct pt_buf golden;

    pt_buf_init(&made, 65536U);
    pt_buf_init(&golden, 65536U);
    for (size_t i = 0; i < PT_COUNT(types); i++) {
        const struct pt_record record = logkit_record(&kit, types[i], 1U);
        struct pt_stored stored;
        struct pt_hash whole;
        char hex[PT_HEX_LEN(PT_HASH_LEN)];
        cr_assert(pt_ok(seal(&record, i, &stored)));
        pt_hash_bytes(pt_buf_slice(&value), &whole); /* tag and boxes too */
        pt_hex_encode(pt_slice_of(whole.bytes, PT_HASH_LEN), hex);
        pt_buf_put(&made, stored.leaf);
        pt_buf_put(&made, PT_SLICE("\nvalue "));
        pt_buf_put(&made, pt_slice_of(hex, sizeof hex));
        pt_buf_put_byte(&made, '\n');
    }
    if (getenv("PT_GOLDEN") != NULL) {
        cr_assert(
            pt_ok(pt_file_replace(PT_FIXTURES_DIR "/log/leaves.txt", pt_buf_slice(&made), 0644)));
    }
    cr_assert(pt_ok(pt_file_read(PT_FIXTURES_DIR "/log/leaves.txt", &golden)));
    cr_assert(pt_slice_eq(pt_buf_slice(&made), pt_buf_slice(&golden)));
    pt_buf_done(&made);
    pt_buf_done(&golden);
}
