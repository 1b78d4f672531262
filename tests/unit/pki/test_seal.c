/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Unit tests of pki/cades.c, cms*.c, trust.c: what we seal, openssl(1) accepts; what anybody
 * changes in it, openssl(1) and we refuse. SIG-01, SIG-02, SIG-05, SIG-06, CRY-02.
 */
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/pki/cms.h"
#include "poterne/pki/tsp.h"
#include "sealkit.h"
#include "tests/unit/pki/forge.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <stdio.h>

static struct seal_kit kit;
static struct pt_buf seal;
static struct pt_buf other;
static struct pt_buf output;
static struct pt_verdict verdict;

static const pt_slice text = PT_SLICE_INIT("Accusé de réception n° 42\n");

static void setup(void)
{
    pt_buf_init(&seal, 1U << 20U);
    pt_buf_init(&other, 1U << 20U);
    pt_buf_init(&output, 1U << 20U);
    pt_verdict_init(&verdict, KIT_NOW);
}

static void teardown(void)
{
    pt_buf_done(&seal);
    pt_buf_done(&other);
    pt_buf_done(&output);
    pt_verdict_done(&verdict);
    kit_free(&kit);
}

TestSuite(seal, .init = setup, .fini = teardown, .timeout = 120.0);

static struct pt_statement content(void)
{
    return (struct pt_statement){
        .kind = PT_STATEMENT_CONTENT,
        .time = KIT_NOW,
        .is.content = {.name = PT_SLICE("accuse.txt"),
                       .media_type = PT_SLICE("text/plain"),
                       .bytes = text},
    };
}

static void make(const struct pt_statement *statement, bool attached)
{
    pt_buf_clear(&seal);
    const pt_status st = pt_cades_seal(kit.signer, statement, attached, &seal);
    cr_assert(pt_ok(st), "%s %#x", st.origin, st.code);
}

/* The seal in @bytes over @document at @now. */
static enum pt_reason ask(pt_slice bytes, pt_slice document, bool has, int64_t now)
{
    const struct pt_cms_check check = {
        .cms = bytes, .has_content = has, .content = document, .trust = &kit.trust, .now = now};
    pt_verdict_done(&verdict);
    const pt_status st = pt_cms_verify(&check, &verdict);
    cr_assert(pt_ok(st), "%s %#x", st.origin, st.code);
    cr_assert_eq(ERR_peek_error(), 0U);
    return verdict.reason;
}

static void expect(enum pt_verdict_kind kind, enum pt_reason reason)
{
    cr_expect_str_eq(pt_verdict_name(verdict.kind), pt_verdict_name(kind));
    cr_expect_str_eq(pt_reason_code(verdict.reason), pt_reason_code(reason));
}

/* What openssl(1) says of the same: 0 is yes. */
static int openssl_says(pt_slice bytes, pt_slice document, bool attached)
{
    char command[1600];
    kit_write(&kit, "seal.p7s", bytes);
    kit_write(&kit, "document", document);
    (void)snprintf(command, sizeof(command),
                   "cd %s && openssl cms -verify -cades -binary -inform DER -in seal.p7s %s "
                   "-CAfile root.pem -attime %lld -out out.bin >log 2>&1",
                   kit.dir, attached ? "" : "-content document", (long long)KIT_NOW);
    return forge_run(command, &output);
}

static void stamp(int64_t time)
{
    const struct kit_tsa tsa = {.unit = &kit.unit, .time = time};
    struct pt_buf token;
    pt_buf_init(&token, 65536U);
    const unsigned char *at = (const unsigned char *)seal.ptr;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)seal.len);
    const ASN1_OCTET_STRING *value =
        CMS_SignerInfo_get0_signature(sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0));
    kit_token(&tsa, pt_slice_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)),
              &token);
    CMS_ContentInfo_free(cms);
    pt_buf_clear(&other);
    const pt_status st = pt_cades_stamp(pt_buf_slice(&seal), pt_buf_slice(&token), &other);
    cr_assert(pt_ok(st), "%s %#x", st.origin, st.code);
    pt_buf_clear(&seal);
    pt_buf_put(&seal, pt_buf_slice(&other));
    pt_buf_done(&token);
}

/* --- made and accepted -------------------------------------------------------------------------
 */

static void round_trip(const char *key)
{
    kit_new(&kit, key);
    const struct pt_statement statement = content();
    make(&statement, false);
    cr_expect_eq(openssl_says(pt_buf_slice(&seal), text, false), 0, "%s", key);
    cr_expect_eq(ask(pt_buf_slice(&seal), text, true, KIT_NOW), PT_REASON_NONE, "%s: %s", key,
                 pt_reason_code(verdict.reason));
    expect(PT_VERDICT_VALID, PT_REASON_NONE);
    cr_expect_eq(verdict.level, PT_LEVEL_B_B);
    cr_expect_eq(verdict.coverage, PT_COVERS_WHOLE);
    cr_expect_eq(verdict.format, PT_FORMAT_CMS_DETACHED);
    cr_expect_str_eq(verdict.signer.common_name, "Cachet d'Admiville");
    cr_expect(verdict.times.has_claimed && verdict.times.claimed == KIT_NOW);
    cr_expect(!verdict.times.has_proven);
    make(&statement, true);
    cr_expect_eq(openssl_says(pt_buf_slice(&seal), text, true), 0, "%s", key);
    cr_expect_eq(ask(pt_buf_slice(&seal), PT_SLICE_EMPTY, false, KIT_NOW), PT_REASON_NONE);
    cr_expect_eq(verdict.format, PT_FORMAT_CMS_ATTACHED);
    stamp(KIT_NOW + 5);
    cr_expect_eq(openssl_says(pt_buf_slice(&seal), text, true), 0, "%s", key);
    cr_expect_eq(ask(pt_buf_slice(&seal), text, true, KIT_NOW + 10), PT_REASON_NONE, "%s: %s", key,
                 pt_reason_code(verdict.reason));
    cr_expect_eq(verdict.level, PT_LEVEL_B_T);
    cr_expect(verdict.times.has_proven && verdict.times.proven == KIT_NOW + 6);
    cr_expect_str_eq(verdict.authority.common_name, "Horodatage");
}

Test(seal, p256_is_accepted_by_openssl_and_by_us)
{
    round_trip("P-256");
}

Test(seal, p384_is_accepted_by_openssl_and_by_us)
{
    round_trip("P-384");
}

Test(seal, rsa_3072_is_accepted_by_openssl_and_by_us)
{
    round_trip("RSA-3072");
}

/* SIG-09: the bytes of a checkpoint and of a descriptor are rebuilt, always the same. */
Test(seal, a_checkpoint_and_a_descriptor_are_written_out_by_the_holder)
{
    static const pt_slice vkeys[] = {PT_SLICE_INIT("log+00000000+AAAA"),
                                     PT_SLICE_INIT("log+11111111+BBBB")};
    kit_new(&kit, "P-256");
    struct pt_statement statement = {
        .kind = PT_STATEMENT_CHECKPOINT,
        .time = KIT_NOW,
        .is.checkpoint = {.origin = PT_SLICE("trace.21680999600004/poterne"), .size = 12345U},
    };
    memset(statement.is.checkpoint.root, 0xa5, 32U);
    const pt_slice want = PT_SLICE("trace.21680999600004/poterne\n12345\n"
                                   "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=\n");
    make(&statement, false);
    cr_expect_eq(openssl_says(pt_buf_slice(&seal), want, false), 0);
    cr_expect_eq(ask(pt_buf_slice(&seal), want, true, KIT_NOW), PT_REASON_NONE);
    statement = (struct pt_statement){
        .kind = PT_STATEMENT_DESCRIPTOR,
        .time = KIT_NOW,
        .is.descriptor = {.origin = PT_SLICE("log"),
                          .siret = PT_SLICE("21680999600004"),
                          .vkeys = vkeys,
                          .nvkeys = 2U,
                          .not_before = KIT_NOW,
                          .not_after = KIT_NOW + 365 * KIT_DAY},
    };
    make(&statement, true);
    const struct pt_cms_check check = {
        .cms = pt_buf_slice(&seal), .trust = &kit.trust, .now = KIT_NOW};
    cr_assert(pt_ok(pt_cms_verify(&check, &verdict)));
    cr_assert(pt_ok(pt_cms_content(&check, &verdict, &other)));
    pt_buf_put_byte(&other, '\0');
    cr_expect_str_eq(other.ptr, "{\"not_after\":\"2027-11-24T00:00:00.000Z\","
                                "\"not_before\":\"2026-11-24T00:00:00.000Z\",\"origin\":\"log\","
                                "\"siret\":\"21680999600004\",\"type\":\"poterne-log\","
                                "\"vkeys\":[\"log+00000000+AAAA\",\"log+11111111+BBBB\"]}");
}

Test(seal, a_document_held_elsewhere_is_sealed_by_its_digest)
{
    kit_new(&kit, "P-256");
    struct pt_statement statement = {
        .kind = PT_STATEMENT_DOCUMENT,
        .time = KIT_NOW,
        .is.document = {.name = PT_SLICE("a.pdf"),
                        .media_type = PT_SLICE("application/pdf"),
                        .digest_len = 32U},
    };
    cr_assert_eq(
        EVP_Digest(text.ptr, text.len, statement.is.document.digest, NULL, EVP_sha256(), NULL), 1);
    make(&statement, false);
    cr_expect_eq(openssl_says(pt_buf_slice(&seal), text, false), 0);
    cr_expect_eq(ask(pt_buf_slice(&seal), text, true, KIT_NOW), PT_REASON_NONE);
    cr_expect_eq(pt_cades_seal(kit.signer, &statement, true, &other).code, PT_E_ABSENT);
    statement.is.document.digest_len = 48U;
    cr_expect_eq(pt_cades_seal(kit.signer, &statement, false, &other).code, PT_E_ARG);
}

Test(seal, pem_is_read_and_only_one_structure)
{
    kit_new(&kit, "P-256");
    const struct pt_statement statement = content();
    make(&statement, true);
    const char *const names[] = {"CMS", "PKCS7"};
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        char line[64];
        pt_buf_clear(&other);
        (void)snprintf(line, sizeof(line), "-----BEGIN %s-----\n", names[i]);
        pt_buf_put_str(&other, line);
        pt_b64_encode(&other, pt_buf_slice(&seal));
        (void)snprintf(line, sizeof(line), "\n-----END %s-----\n", names[i]);
        pt_buf_put_str(&other, line);
        cr_expect_eq(ask(pt_buf_slice(&other), text, true, KIT_NOW), PT_REASON_NONE);
    }
    pt_buf_put_byte(&seal, 'x');
    cr_expect_eq(ask(pt_buf_slice(&seal), text, true, KIT_NOW), PT_REASON_FORMAT);
    expect(PT_VERDICT_INVALID, PT_REASON_FORMAT);
    cr_expect_eq(ask(PT_SLICE("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                     text, true, KIT_NOW),
                 PT_REASON_FORMAT);
    cr_expect_eq(ask(PT_SLICE_EMPTY, text, true, KIT_NOW), PT_REASON_FORMAT);
}

/* What openssl(1) makes, also streamed: BER of indefinite length. */
Test(seal, the_seals_of_openssl_are_read)
{
    char command[1600];
    char path[600];
    static const char *const modes[] = {"", "-nodetach", "-nodetach -stream"};
    kit_new(&kit, "P-256");
    kit_write(&kit, "seal.pem", pt_slice_str(kit.seal_pem));
    kit_write(&kit, "document", text);
    (void)snprintf(path, sizeof(path), "%s/seal.p7s", kit.dir);
    for (size_t i = 0U; i < PT_COUNT(modes); i++) {
        (void)snprintf(command, sizeof(command),
                       "cd %s && openssl cms -sign -cades -binary -outform DER -md sha256 -in "
                       "document -signer seal.pem -inkey seal.key %s -out seal.p7s 2>log",
                       kit.dir, modes[i]);
        cr_assert_eq(forge_run(command, &output), 0);
        pt_buf_clear(&seal);
        cr_assert(pt_ok(pt_file_read(path, &seal)));
        cr_expect_eq(ask(pt_buf_slice(&seal), text, true, KIT_NOW), PT_REASON_NONE, "%s: %s",
                     modes[i], pt_reason_code(verdict.reason));
    }
    cr_expect_eq((uint8_t)seal.ptr[1], 0x80U); /* it was BER */
}

/* --- changed and refused -----------------------------------------------------------------------
 */

/* Where @part stands in the seal the @nth time, from 0. */
static size_t place_of(pt_slice part, size_t nth)
{
    for (size_t i = 0U; i + part.len <= seal.len; i++) {
        if (memcmp(seal.ptr + i, part.ptr, part.len) == 0 && nth-- == 0U) {
            return i;
        }
    }
    cr_assert(false, "nothing to change");
    return 0U;
}

static size_t digest_place(void)
{
    uint8_t hash[32];
    cr_assert_eq(EVP_Digest(text.ptr, text.len, hash, NULL, EVP_sha256(), NULL), 1);
    return place_of(pt_slice_of(hash, 32U), 0U);
}

static size_t ess_place(void)
{
    uint8_t hash[32];
    test_cert_fingerprint(&kit.seal, hash);
    return place_of(pt_slice_of(hash, 32U), 0U);
}

/* Of DER: an OID's tag, length and content. */
static const char oid_message_digest[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
static const char oid_content_type[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
static const char oid_signing_time[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05";
static const char oid_ess[] = "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f";
static const char oid_sha256[] = "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
static const char oid_ecdsa[] = "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";

#define OID(name) pt_slice_of(name, sizeof(name) - 1U)

static size_t mutation_place(unsigned which)
{
    switch (which) {
    case 0: /* the last byte is of the signature value */
        return seal.len - 1U;
    case 1:
        return seal.len - 40U;
    case 2:
        return digest_place();
    case 3:
        return ess_place();
    case 4: /* a digit of the time */
        return place_of(OID(oid_signing_time), 0U) + sizeof(oid_signing_time) - 1U + 6U;
    case 5:
        return place_of(OID(oid_message_digest), 0U) + sizeof(oid_message_digest) - 2U;
    case 6:
        return place_of(OID(oid_content_type), 0U) + sizeof(oid_content_type) - 2U;
    case 7:
        return place_of(OID(oid_ess), 0U) + sizeof(oid_ess) - 2U;
    case 8: /* digest algorithm of the signature */
        return place_of(OID(oid_sha256), 1U) + sizeof(oid_sha256) - 2U;
    case 9: /* the name that is signed with it */
        return place_of(PT_SLICE("accuse.txt"), 0U);
    case 10: /* ... and the media type */
        return place_of(PT_SLICE("text/plain"), 0U);
    case 11: /* the value of content-type */
        return place_of(OID(oid_content_type), 0U) + 2U * sizeof(oid_content_type) + 1U;
    case 12: /* subject of the certificate */
        return place_of(PT_SLICE("Cachet d'Admiville"), 0U);
    case 13: /* digest algorithm announced in front */
        return place_of(OID(oid_sha256), 0U) + sizeof(oid_sha256) - 2U;
    default: /* algorithm of the signature */
        return place_of(OID(oid_ecdsa), 1U) + sizeof(oid_ecdsa) - 2U;
    }
}

#define MUTATIONS 15U

static void refuse_mutations(bool attached)
{
    for (unsigned which = 0U; which < MUTATIONS; which++) {
        const size_t at = mutation_place(which);
        seal.ptr[at] = (char)(seal.ptr[at] ^ 1);
        cr_expect_neq(openssl_says(pt_buf_slice(&seal), text, attached), 0, "openssl: %u", which);
        cr_expect_neq(ask(pt_buf_slice(&seal), text, true, KIT_NOW + 60), PT_REASON_NONE, "us: %u",
                      which);
        cr_expect_eq(verdict.coverage, PT_COVERS_NOTHING, "%u", which);
        seal.ptr[at] = (char)(seal.ptr[at] ^ 1);
    }
    for (size_t cut = 1U; cut < seal.len; cut += 97U) {
        cr_expect_neq(
            openssl_says(pt_slice_head(pt_buf_slice(&seal), seal.len - cut), text, attached), 0);
        cr_expect_neq(ask(pt_slice_head(pt_buf_slice(&seal), seal.len - cut), text, true, KIT_NOW),
                      PT_REASON_NONE);
    }
}

Test(seal, every_change_of_a_detached_seal_is_refused_by_openssl_and_by_us)
{
    kit_new(&kit, "P-256");
    const struct pt_statement statement = content();
    make(&statement, false);
    refuse_mutations(false);
    cr_expect_neq(openssl_says(pt_buf_slice(&seal), PT_SLICE("Accusé de réception n° 43\n"), false),
                  0);
    cr_expect_eq(ask(pt_buf_slice(&seal), PT_SLICE("Accusé de réception n° 43\n"), true, KIT_NOW),
                 PT_REASON_DIGEST);
    cr_expect_eq(ask(pt_buf_slice(&seal), PT_SLICE_EMPTY, false, KIT_NOW),
                 PT_REASON_CONTENT_ABSENT);
    expect(PT_VERDICT_INDETERMINATE, PT_REASON_CONTENT_ABSENT);
}

Test(seal, every_change_of_an_attached_seal_is_refused_by_openssl_and_by_us)
{
    kit_new(&kit, "P-256");
    const struct pt_statement statement = content();
    make(&statement, true);
    refuse_mutations(true);
    /* SIG-02: another document than the one inside is not covered. */
    cr_expect_eq(ask(pt_buf_slice(&seal), PT_SLICE("autre"), true, KIT_NOW), PT_REASON_DIGEST);
    const size_t at = place_of(text, 0U);
    seal.ptr[at] = 'B';
    cr_expect_neq(openssl_says(pt_buf_slice(&seal), text, true), 0);
    cr_expect_eq(ask(pt_buf_slice(&seal), PT_SLICE_EMPTY, false, KIT_NOW), PT_REASON_DIGEST);
    const struct pt_cms_check check = {
        .cms = pt_buf_slice(&seal), .trust = &kit.trust, .now = KIT_NOW};
    cr_expect_eq(pt_cms_content(&check, &verdict, &other).code, PT_E_DENIED);
}

/* openssl cms does not look at the token at all: here only our refusal counts. */
Test(seal, every_change_of_a_time_stamp_inside_a_seal_is_refused)
{
    kit_new(&kit, "P-256");
    const struct pt_statement statement = content();
    make(&statement, false);
    const size_t bare = seal.len;
    stamp(KIT_NOW + 5);
    for (size_t at = bare + 40U; at < seal.len; at += 13U) {
        seal.ptr[at] = (char)(seal.ptr[at] ^ 1);
        cr_expect_neq(ask(pt_buf_slice(&seal), text, true, KIT_NOW + 60), PT_REASON_NONE, "%zu",
                      at - bare);
        seal.ptr[at] = (char)(seal.ptr[at] ^ 1);
    }
    cr_expect_eq(ask(pt_buf_slice(&seal), text, true, KIT_NOW + 60), PT_REASON_NONE);
}

/* --- when, and whom to believe -----------------------------------------------------------------
 */

#define LATER (KIT_NOW + 800 * (int64_t)KIT_DAY) /* the seal's certificate has expired */

/* SIG-01, SIG-05 */
Test(seal, an_expired_certificate_needs_a_token_that_proves_the_time)
{
    kit_new(&kit, "P-256");
    const struct pt_statement statement = content();
    make(&statement, false);
    (void)ask(pt_buf_slice(&seal), text, true, LATER);
    expect(PT_VERDICT_INDETERMINATE, PT_REASON_EXPIRED_NO_PROOF);
    stamp(KIT_NOW + 5);
    /* The unit lives on, so that its evidence must be fresh; the seal's was made after the token.
     */
    char *const tsa_crl = kit.tsa_crl;
    kit.tsa_crl = NULL;
    kit_lists(&kit, LATER, 0, 0);
    char *const root_crl = kit.root_crl;
    kit.root_crl = test_crl_pem(&(struct test_crl_spec){
        .issuer = &kit.root, .from = (time_t)KIT_NOW + 6, .until = (time_t)KIT_NOW + KIT_DAY});
    kit.crls[0] = pt_slice_str(kit.root_crl);
    (void)ask(pt_buf_slice(&seal), text, true, LATER);
    expect(PT_VERDICT_EXPIRED_NOW, PT_REASON_NONE);
    cr_expect_eq(verdict.coverage, PT_COVERS_WHOLE);
    cr_expect_eq(verdict.level, PT_LEVEL_B_T);
    free(tsa_crl);
    free(root_crl);
}

Test(seal, a_token_from_after_the_expiry_proves_nothing)
{
    kit_new(&kit, "P-256");
    const struct pt_statement statement = content();
    make(&statement, false);
    stamp(LATER - 10);
    kit_lists(&kit, LATER, 0, 0);
    (void)ask(pt_buf_slice(&seal), text, true, LATER);
    expect(PT_VERDICT_INVALID, PT_REASON_EXPIRED_AT_SIGNING);
}

/* SIG-06 */
Test(seal, a_signing_time_of_the_signers_own_changes_nothing)
{
    static const int64_t claims[] = {0, KIT_NOW - 20 * KIT_DAY, KIT_NOW + 700 * (int64_t)KIT_DAY};
    kit_new(&kit, "P-256");
    for (size_t i = 0U; i < PT_COUNT(claims); i++) {
        struct pt_statement statement = content();
        statement.time = claims[i];
        pt_buf_clear(&seal);
        const pt_status st = pt_cades_seal(kit.signer, &statement, false, &seal);
        if (i == 0U) {
            cr_expect_eq(st.code, PT_E_DENIED); /* we do not seal before the certificate's life */
            cr_expect_eq(st.aux, PT_SIGNER_NOT_YET);
            continue;
        }
        cr_assert(pt_ok(st));
        (void)ask(pt_buf_slice(&seal), text, true, KIT_NOW);
        expect(PT_VERDICT_VALID, PT_REASON_NONE);
        cr_expect_eq(verdict.times.claimed, claims[i]);
        (void)ask(pt_buf_slice(&seal), text, true, LATER);
        expect(PT_VERDICT_INDETERMINATE, PT_REASON_EXPIRED_NO_PROOF);
    }
}

Test(seal, revocation_is_asked_and_unknown_is_no_yes)
{
    kit_new(&kit, "P-256");
    const struct pt_statement statement = content();
    make(&statement, false);
    kit.trust.evidence.ncrls = 0U;
    (void)ask(pt_buf_slice(&seal), text, true, KIT_NOW);
    expect(PT_VERDICT_INDETERMINATE, PT_REASON_REVOCATION_UNKNOWN);
    kit.trust.evidence.ncrls = 2U;
    kit_lists(&kit, KIT_NOW, 10, KIT_NOW - 3600);
    (void)ask(pt_buf_slice(&seal), text, true, KIT_NOW);
    expect(PT_VERDICT_INDETERMINATE, PT_REASON_REVOKED_NO_PROOF);
    stamp(KIT_NOW + 5);
    (void)ask(pt_buf_slice(&seal), text, true, KIT_NOW + 60);
    expect(PT_VERDICT_INVALID, PT_REASON_REVOKED);
    kit_lists(&kit, KIT_NOW + KIT_DAY, 10, KIT_NOW + 3600);
    (void)ask(pt_buf_slice(&seal), text, true, KIT_NOW + KIT_DAY);
    expect(PT_VERDICT_EXPIRED_NOW, PT_REASON_NONE); /* sealed before, no longer good now */
}

Test(seal, another_authority_is_not_believed)
{
    kit_new(&kit, "P-256");
    const struct pt_statement statement = content();
    make(&statement, false);
    kit.trust.anchors = kit.tsa_anchors;
    (void)ask(pt_buf_slice(&seal), text, true, KIT_NOW);
    expect(PT_VERDICT_INDETERMINATE, PT_REASON_NO_PATH);
    kit.trust.anchors = kit.anchors;
    stamp(KIT_NOW + 5);
    kit.trust.tsa_anchors = kit.anchors;
    (void)ask(pt_buf_slice(&seal), text, true, KIT_NOW + 60);
    expect(PT_VERDICT_INDETERMINATE, PT_REASON_TOKEN_UNTRUSTED);
}

/* --- stamps ------------------------------------------------------------------------------------
 */

Test(seal, a_stamp_is_put_on_its_own_seal_only_and_once)
{
    kit_new(&kit, "P-256");
    const struct pt_statement statement = content();
    const struct kit_tsa tsa = {.unit = &kit.unit, .time = KIT_NOW};
    struct pt_buf token;
    uint8_t imprint[PT_DIGEST_MAX];
    size_t len = 0U;
    pt_buf_init(&token, 65536U);
    make(&statement, false);
    cr_expect(pt_ok(pt_cades_imprint(pt_buf_slice(&seal), PT_SEAL_SHA256, imprint, &len)));
    cr_expect_eq(len, 32U);
    cr_expect(pt_ok(pt_cades_imprint(pt_buf_slice(&seal), PT_SEAL_SHA384, imprint, &len)));
    cr_expect_eq(len, 48U);
    cr_expect_eq(pt_cades_imprint(text, PT_SEAL_SHA256, imprint, &len).code, PT_E_SYNTAX);
    kit_token(&tsa, text, &token);
    cr_expect_eq(pt_cades_stamp(pt_buf_slice(&seal), pt_buf_slice(&token), &other).code,
                 PT_E_FORGED);
    cr_expect_eq(pt_cades_stamp(pt_buf_slice(&seal), text, &other).code, PT_E_SYNTAX);
    stamp(KIT_NOW + 1);
    cr_expect_eq(pt_cades_stamp(pt_buf_slice(&seal), pt_buf_slice(&token), &other).code,
                 PT_E_EXISTS);
    pt_buf_done(&token);
}

Test(seal, statements_that_are_not_what_they_say_are_not_signed)
{
    kit_new(&kit, "P-256");
    struct pt_statement s = content();
    s.is.content.name = PT_SLICE("../etc/passwd");
    cr_expect_eq(pt_cades_seal(kit.signer, &s, true, &seal).code, PT_E_SYNTAX);
    s.is.content.name = PT_SLICE("a\x01");
    cr_expect_eq(pt_cades_seal(kit.signer, &s, true, &seal).code, PT_E_SYNTAX);
    s = content();
    s.is.content.media_type = PT_SLICE("text");
    cr_expect_eq(pt_cades_seal(kit.signer, &s, true, &seal).code, PT_E_SYNTAX);
    s.is.content.media_type = PT_SLICE("text/pl ain");
    cr_expect_eq(pt_cades_seal(kit.signer, &s, true, &seal).code, PT_E_SYNTAX);
    s = content();
    s.kind = (enum pt_statement_kind)99;
    cr_expect_eq(pt_cades_seal(kit.signer, &s, true, &seal).code, PT_E_ARG);
    s = (struct pt_statement){.kind = PT_STATEMENT_CHECKPOINT, .time = KIT_NOW};
    s.is.checkpoint.origin = PT_SLICE("a\nb");
    cr_expect_eq(pt_cades_seal(kit.signer, &s, true, &seal).code, PT_E_SYNTAX);
    s = (struct pt_statement){.kind = PT_STATEMENT_DESCRIPTOR, .time = KIT_NOW};
    cr_expect_eq(pt_cades_seal(kit.signer, &s, true, &seal).code, PT_E_ARG);
    const pt_slice vkey = PT_SLICE("");
    s.is.descriptor = (struct pt_statement_descriptor){.origin = PT_SLICE("log"),
                                                       .siret = PT_SLICE("2168099960000x"),
                                                       .vkeys = &vkey,
                                                       .nvkeys = 1U};
    cr_expect_eq(pt_cades_seal(kit.signer, &s, true, &seal).code, PT_E_SYNTAX);
    s.is.descriptor.siret = PT_SLICE("21680999600004");
    cr_expect_eq(pt_cades_seal(kit.signer, &s, true, &seal).code, PT_E_SYNTAX);
    s.is.descriptor.nvkeys = 17U;
    cr_expect_eq(pt_cades_seal(kit.signer, &s, true, &seal).code, PT_E_LIMIT);
    s.is.descriptor.nvkeys = 1U;
    const pt_slice good = PT_SLICE("log+0+A");
    s.is.descriptor.vkeys = &good;
    s.is.descriptor.not_before = 2;
    s.is.descriptor.not_after = 1;
    cr_expect_eq(pt_cades_seal(kit.signer, &s, true, &seal).code, PT_E_SYNTAX);
    cr_expect_eq(seal.len, 0U);
}
