/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Receipts (c2sp.org/tlog-proof): malformed and dishonest ones first, then what the log gives.
 */
#include "audit/proof_int.h"

#include "log_files.h"
#include "poterne/audit/query.h"
#include "poterne/base/codec.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define H "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* --- syntax
 * ------------------------------------------------------------------------------------------ */

Test(proof, malformed_proofs_are_refused)
{
    static const char *const BAD[] = {"",
                                      "\n",
                                      "c2sp.org/tlog-proof@v1",
                                      "c2sp.org/tlog-proof@v1\n",
                                      "c2sp.org/tlog-proof@v2\nindex 0\n\ncp",
                                      "c2sp.org/tlog-proof@v1\r\nindex 0\n\ncp",
                                      " c2sp.org/tlog-proof@v1\nindex 0\n\ncp",
                                      "c2sp.org/tlog-proof@v1\nindex 0",
                                      "c2sp.org/tlog-proof@v1\nindex 0\n",
                                      "c2sp.org/tlog-proof@v1\nindex \n\ncp",
                                      "c2sp.org/tlog-proof@v1\nindex 00\n\ncp",
                                      "c2sp.org/tlog-proof@v1\nindex 01\n\ncp",
                                      "c2sp.org/tlog-proof@v1\nindex -1\n\ncp",
                                      "c2sp.org/tlog-proof@v1\nindex 1 \n\ncp",
                                      "c2sp.org/tlog-proof@v1\nindex  1\n\ncp",
                                      "c2sp.org/tlog-proof@v1\nindex 9223372036854775808\n\ncp",
                                      "c2sp.org/tlog-proof@v1\nIndex 1\n\ncp",
                                      "c2sp.org/tlog-proof@v1\nextra \nindex 1\n\ncp",
                                      "c2sp.org/tlog-proof@v1\nextra AAAA\n\ncp",
                                      "c2sp.org/tlog-proof@v1\nindex 1\nextra AAAA\n\ncp",
                                      "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\ncp",
                                      "c2sp.org/tlog-proof@v1\nindex 1\n" H "A\n\ncp",
                                      "c2sp.org/tlog-proof@v1\nindex 1\n" H " \n\ncp",
                                      "c2sp.org/tlog-proof@v1\nindex 1\n" H "\ncp"};

    for (size_t i = 0; i < PT_COUNT(BAD); i++) {
        struct pt_proof proof = {.index = 42U};
        cr_expect_eq(pt_proof_parse(pt_slice_str(BAD[i]), &proof).code, PT_E_SYNTAX, "row %zu", i);
        cr_expect_eq(proof.index, 42U);
    }
}

Test(proof, more_than_64_hashes_or_too_many_bytes_are_refused)
{
    struct pt_buf text;
    struct pt_proof proof;

    pt_buf_init(&text, PT_RECEIPT_MAX + 16U);
    pt_buf_put_str(&text, "c2sp.org/tlog-proof@v1\nindex 1\n");
    for (unsigned i = 0; i < 65U; i++) {
        pt_buf_put_str(&text, H "\n");
    }
    pt_buf_put_str(&text, "\ncp");
    cr_expect_eq(pt_proof_parse(pt_buf_slice(&text), &proof).code, PT_E_SYNTAX);
    while (text.len <= PT_RECEIPT_MAX) {
        pt_buf_put_str(&text, "A");
    }
    cr_expect_eq(pt_proof_parse(pt_buf_slice(&text), &proof).code, PT_E_LIMIT);
    pt_buf_done(&text);
}

static uint32_t extra_code(const char *json)
{
    struct pt_buf extra;
    struct pt_buf text;
    struct pt_buf leaf;
    pt_slice rest;
    pt_slice disclosure;

    pt_buf_init(&extra, 4096U);
    pt_buf_init(&text, 4096U);
    pt_buf_init(&leaf, 4096U);
    pt_b64_encode(&extra, pt_slice_str(json));
    pt_status st = pt_extra_open(pt_buf_slice(&extra), &text, &leaf, &rest);
    while (pt_ok(st) && rest.len != 0U) {
        st = pt_disclosure_next(&rest, &disclosure);
    }
    pt_buf_done(&extra);
    pt_buf_done(&text);
    pt_buf_done(&leaf);
    return st.code;
}

Test(proof, an_extra_line_has_one_spelling)
{
    static const char *const BAD[] = {"",
                                      "{}",
                                      "{\"leaf\":\"\"}",
                                      "{\"leaf\":\"YQ\"}",
                                      "{\"leaf\":\"YQ\",\"disclosures\":[}",
                                      "{\"leaf\":\"YQ\",\"disclosures\":]}",
                                      "{\"leaf\":\"YQ\",\"disclosures\":[]",
                                      "{\"leaf\":\"YQ\",\"disclosures\":[]} ",
                                      "{\"leaf\":\"YQ\", \"disclosures\":[]}",
                                      "{\"leaf\":\"YQ==\",\"disclosures\":[]}",
                                      "{\"leaf\":\"Y+\",\"disclosures\":[]}",
                                      "{\"leaf\":\"YR\",\"disclosures\":[]}",
                                      "{\"disclosures\":[],\"leaf\":\"YQ\"}",
                                      "{\"leaf\":\"YQ\",\"disclosures\":[\"a\",]}",
                                      "{\"leaf\":\"YQ\",\"disclosures\":[,\"a\"]}",
                                      "{\"leaf\":\"YQ\",\"disclosures\":[\"a\" ,\"b\"]}",
                                      "{\"leaf\":\"YQ\",\"disclosures\":[\"\"]}",
                                      "{\"leaf\":\"YQ\",\"disclosures\":[\"a]}",
                                      "{\"leaf\":\"YQ\",\"disclosures\":[a]}"};

    for (size_t i = 0; i < PT_COUNT(BAD); i++) {
        cr_expect_eq(extra_code(BAD[i]), PT_E_SYNTAX, "row %zu: %s", i, BAD[i]);
    }
    cr_expect_eq(extra_code("{\"leaf\":\"YQ\",\"disclosures\":[]}"), PT_OK);
    cr_expect_eq(extra_code("{\"leaf\":\"YQ\",\"disclosures\":[\"a\",\"b\"]}"), PT_OK);
}

/* RFC 9901 4.2.3: the digest is over the text of the disclosure, three spellings give three. */
Test(proof, commitments_are_those_of_RFC_9901)
{
    static const struct {
        const char *disclosure;
        const char *digest;
    } TABLE[] = {{"WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0",
                  "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"},
                 {"WyI2SWo3dE0tYTVpVlBHYm9TNXRtdlZBIiwgImVtYWlsIiwgImpvaG5kb2VAZXhhbXBsZS5jb20iXQ",
                  "JzYjH4svliH0R3PyEMfeZu6Jt69u5qehZo7F7EPYlSE"}};

    for (size_t i = 0; i < PT_COUNT(TABLE); i++) {
        char text[44] = "";
        pt_disclosure_commitment(pt_slice_str(TABLE[i].disclosure), text);
        cr_expect_str_eq(text, TABLE[i].digest);
    }
}

/* --- receipts of a log
 * ----------------------------------------------------------------------------------- */

static void receipt_of(struct logkit *kit, uint64_t exchange, struct pt_buf *out)
{
    struct pt_archive *archive = NULL;
    struct logkit then = *kit;
    char client[64];

    then.now_ms = LOGKIT_START_MS + exchange * 600000U;
    const struct pt_uuid id = logkit_uuid(&then, exchange);
    (void)snprintf(client, sizeof client, "grc-publik-%012u", (unsigned)exchange);
    cr_assert(pt_ok(pt_archive_of(kit->journal, &archive)));
    const pt_status st = pt_archive_receipt(archive, &id, pt_slice_str(client), out);
    cr_assert(pt_ok(st), "%s at %s", pt_code_name(st.code), st.origin);
    archive = pt_archive_close(archive);
}

static struct pt_verdict judge(const struct logkit *kit, pt_slice text)
{
    struct pt_verdict v;
    cr_assert(pt_ok(pt_verify_receipt(text, pt_buf_slice(&kit->vkeys), &v)));
    return v;
}

/*
 * Two lines sign. A line whose name or key id is damaged is the line of an unknown key, which the
 * specification ignores as long as the other verifies; nothing else of a receipt may change.
 */
static bool in_name_or_id(pt_slice receipt, size_t at)
{
    size_t line = at;

    while (line > 0U && receipt.ptr[line - 1U] != '\n') {
        line--;
    }
    const pt_slice rest = pt_slice_from(receipt, line);
    const size_t ids = sizeof "\xE2\x80\x94 " LOGKIT_ORIGIN " " - 1U + 6U;
    return pt_slice_starts(rest, PT_SLICE("\xE2\x80\x94 " LOGKIT_ORIGIN " ")) && at - line < ids &&
           at - line >= 4U;
}

Test(proof, every_flipped_byte_of_a_receipt_is_seen_LOG_12, .timeout = 60)
{
    struct logkit kit;
    struct pt_buf out;
    unsigned tried = 0;

    log_make(&kit, 20U, 7U);
    pt_buf_init(&out, PT_RECEIPT_MAX);
    receipt_of(&kit, 9U, &out);
    cr_assert(judge(&kit, pt_buf_slice(&out)).ok);
    for (size_t at = 0; at < out.len; at++) {
        const char was = out.ptr[at];
        const bool spared = in_name_or_id(pt_buf_slice(&out), at);
        out.ptr[at] = (char)(was ^ (1 << (at % 7U)));
        const struct pt_verdict v = judge(&kit, pt_buf_slice(&out));
        cr_expect(!v.ok || spared, "byte %zu", at);
        out.ptr[at] = was;
        tried++;
    }
    for (size_t n = 0; n < out.len; n++) {
        cr_expect(!judge(&kit, pt_slice_head(pt_buf_slice(&out), n)).ok || n > out.len - 200U,
                  "cut to %zu", n);
    }
    cr_expect(!judge(&kit, pt_slice_head(pt_buf_slice(&out), out.len - 1U)).ok);
    cr_expect_gt(tried, 2000U);
    pt_buf_done(&out);
    logkit_done(&kit);
}

/* A disclosure of another receipt, or of nobody, under the right leaf. */
Test(proof, a_foreign_disclosure_is_refused)
{
    struct logkit kit;
    struct pt_buf out;
    struct pt_buf json;
    struct pt_buf leaf;
    struct pt_buf forged;
    struct pt_proof proof;
    pt_slice rest;

    log_make(&kit, 3U, 3U);
    pt_buf_init(&out, PT_RECEIPT_MAX);
    pt_buf_init(&json, PT_RECEIPT_MAX);
    pt_buf_init(&leaf, PT_LEAF_MAX + 3U);
    pt_buf_init(&forged, PT_RECEIPT_MAX);
    receipt_of(&kit, 1U, &out);
    cr_assert(pt_ok(pt_proof_parse(pt_buf_slice(&out), &proof)));
    cr_assert(pt_ok(pt_extra_open(proof.extra, &json, &leaf, &rest)));
    const struct pt_proof_parts parts = {
        .index = proof.index,
        .hashes = proof.hashes,
        .n = proof.n,
        .leaf = pt_buf_slice(&leaf),
        .boxes = {PT_SLICE("[\"AAAAAAAAAAAAAAAAAAAAAA\",\"case\",\"INVENTED\"]"), PT_SLICE_EMPTY},
        .checkpoint = proof.checkpoint};
    cr_assert(pt_ok(pt_proof_write(&parts, &forged)));
    const struct pt_verdict v = judge(&kit, pt_buf_slice(&forged));
    cr_expect(!v.ok && v.fault == PT_FAULT_DISCLOSURE && v.bad_seq == proof.index);
    pt_buf_done(&out);
    pt_buf_done(&json);
    pt_buf_done(&leaf);
    pt_buf_done(&forged);
    logkit_done(&kit);
}

/* The leaf of one entry with the proof of another; a proof of a place that does not exist. */
Test(proof, a_leaf_at_another_place_is_refused)
{
    struct logkit kit;
    struct pt_buf one;
    struct pt_buf two;
    struct pt_buf json;
    struct pt_buf leaf;
    struct pt_buf forged;
    struct pt_proof first;
    struct pt_proof second;
    pt_slice rest;

    log_make(&kit, 3U, 3U);
    pt_buf_init(&one, PT_RECEIPT_MAX);
    pt_buf_init(&two, PT_RECEIPT_MAX);
    pt_buf_init(&json, PT_RECEIPT_MAX);
    pt_buf_init(&leaf, PT_LEAF_MAX + 3U);
    pt_buf_init(&forged, PT_RECEIPT_MAX);
    receipt_of(&kit, 1U, &one);
    receipt_of(&kit, 2U, &two);
    cr_assert(pt_ok(pt_proof_parse(pt_buf_slice(&one), &first)));
    cr_assert(pt_ok(pt_proof_parse(pt_buf_slice(&two), &second)));
    cr_assert(pt_ok(pt_extra_open(first.extra, &json, &leaf, &rest)));
    struct pt_proof_parts parts = {.index = second.index,
                                   .hashes = second.hashes,
                                   .n = second.n,
                                   .leaf = pt_buf_slice(&leaf),
                                   .checkpoint = second.checkpoint};
    cr_assert(pt_ok(pt_proof_write(&parts, &forged)));
    struct pt_verdict v = judge(&kit, pt_buf_slice(&forged));
    cr_expect(!v.ok && v.fault == PT_FAULT_ORDER);
    pt_buf_clear(&forged);
    parts.index = first.index;
    cr_assert(pt_ok(pt_proof_write(&parts, &forged)));
    v = judge(&kit, pt_buf_slice(&forged));
    cr_expect(!v.ok && v.fault == PT_FAULT_PROOF);
    pt_buf_done(&one);
    pt_buf_done(&two);
    pt_buf_done(&json);
    pt_buf_done(&leaf);
    pt_buf_done(&forged);
    logkit_done(&kit);
}

Test(proof, a_receipt_without_its_leaf_proves_nothing)
{
    struct logkit kit;
    struct pt_buf out;
    struct pt_buf bare;
    struct pt_proof proof;

    log_make(&kit, 1U, 1U);
    pt_buf_init(&out, PT_RECEIPT_MAX);
    pt_buf_init(&bare, PT_RECEIPT_MAX);
    receipt_of(&kit, 0U, &out);
    cr_assert(pt_ok(pt_proof_parse(pt_buf_slice(&out), &proof)));
    pt_buf_put_str(&bare, "c2sp.org/tlog-proof@v1\n");
    const char *index = memmem(out.ptr, out.len, "index ", 6);
    cr_assert_not_null(index);
    pt_buf_put(&bare, pt_slice_of(index, out.len - (size_t)(index - out.ptr)));
    const struct pt_verdict v = judge(&kit, pt_buf_slice(&bare));
    cr_expect(!v.ok && v.fault == PT_FAULT_SYNTAX);
    pt_buf_done(&out);
    pt_buf_done(&bare);
    logkit_done(&kit);
}

/* What the client is entitled to: all of its own exchange. */
Test(proof, a_receipt_opens_every_disclosure_of_the_exchange)
{
    struct logkit kit;
    struct pt_buf out;
    struct pt_buf json;
    struct pt_buf leaf;
    struct pt_proof proof;
    pt_slice rest;
    pt_slice disclosure;
    char all[4096] = "";

    log_make(&kit, 1U, 1U);
    pt_buf_init(&out, PT_RECEIPT_MAX);
    pt_buf_init(&json, PT_RECEIPT_MAX);
    pt_buf_init(&leaf, PT_LEAF_MAX + 3U);
    receipt_of(&kit, 0U, &out);
    cr_assert(pt_ok(pt_proof_parse(pt_buf_slice(&out), &proof)));
    cr_assert(pt_ok(pt_extra_open(proof.extra, &json, &leaf, &rest)));
    while (rest.len != 0U) {
        uint8_t raw[1024];
        size_t n = 0;
        cr_assert(pt_ok(pt_disclosure_next(&rest, &disclosure)));
        cr_assert(pt_ok(pt_b64url_decode(disclosure, raw, sizeof raw, &n)));
        (void)snprintf(&all[strlen(all)], sizeof all - strlen(all), "%.*s\n", (int)n, raw);
    }
    static const char *const WANT[] = {"\"subject\",\"siren:", "\"case\",\"DOSSIER-",
                                       "\"digest\",\"",        "\"exchange\",\"",
                                       "\"time\",\"2026-11-",  "\"actor\",{\"agent\":",
                                       "\"fields\",[\"/data/", "\"reason\",\"PT200"};
    for (size_t i = 0; i < PT_COUNT(WANT); i++) {
        cr_expect_not_null(strstr(all, WANT[i]), "%s in %s", WANT[i], all);
    }
    pt_buf_done(&out);
    pt_buf_done(&json);
    pt_buf_done(&leaf);
    logkit_done(&kit);
}
