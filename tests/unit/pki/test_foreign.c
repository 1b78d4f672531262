/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Unit tests of pki/cms_judge.c, cms_ess.c, cms_verify.c on seals made by others, with every fault
 * OpenSSL can be made to write. SIG-01, CRY-01, CRY-02, RGS-11.
 */
#include "poterne/pki/cms.h"
#include "sealkit.h"

#include <criterion/criterion.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

static struct seal_kit kit;
static struct pt_buf seal;
static struct pt_verdict verdict;

static const pt_slice text = PT_SLICE_INIT("Accusé de réception n° 42\n");

static void setup(void)
{
    pt_buf_init(&seal, 1U << 20U);
    pt_verdict_init(&verdict, KIT_NOW);
}

static void teardown(void)
{
    pt_buf_done(&seal);
    pt_verdict_done(&verdict);
    kit_free(&kit);
}

TestSuite(foreign, .init = setup, .fini = teardown, .timeout = 120.0);

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

/* --- foreign seals, with faults ----------------------------------------------------------------
 */

struct foreign {
    const struct test_cert *cert;
    const char *digest;
    unsigned flags; /* CMS_ */
    unsigned copies;
    bool pss;
    bool pss_sha1_mask;
    int content_type;
};

static void foreign_signer(CMS_ContentInfo *cms, const struct foreign *f, unsigned more)
{
    CMS_SignerInfo *si =
        CMS_add1_signer(cms, f->cert->cert, f->cert->key, EVP_get_digestbyname(f->digest),
                        f->flags | more | CMS_PARTIAL | CMS_NOSMIMECAP | CMS_BINARY |
                            (f->pss ? CMS_KEY_PARAM : 0U));
    cr_assert_not_null(si);
    if (f->pss) {
        EVP_PKEY_CTX *options = CMS_SignerInfo_get0_pkey_ctx(si);
        cr_assert(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) > 0);
        if (f->pss_sha1_mask) {
            cr_assert(EVP_PKEY_CTX_set_rsa_mgf1_md(options, EVP_sha1()) > 0);
        }
    }
}

static void foreign_seal(const struct foreign *f)
{
    BIO *data = BIO_new_mem_buf(text.ptr, (int)text.len);
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY);
    if (f->content_type != 0) {
        cr_assert_eq(CMS_set1_eContentType(cms, OBJ_nid2obj(f->content_type)), 1);
    }
    for (unsigned i = 0U; i < (f->copies != 0U ? f->copies : 1U); i++) {
        foreign_signer(cms, f, i > 0U ? CMS_NOCERTS : 0U); /* the certificate is there */
    }
    cr_assert_eq(CMS_final(cms, data, NULL, CMS_BINARY), 1);
    unsigned char *der = NULL;
    const int n = i2d_CMS_ContentInfo(cms, &der);
    cr_assert(n > 0);
    pt_buf_clear(&seal);
    pt_buf_put(&seal, pt_slice_of(der, (size_t)n));
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(data);
}

static void judge_foreign(const struct foreign *f, enum pt_verdict_kind kind, enum pt_reason reason)
{
    foreign_seal(f);
    (void)ask(pt_buf_slice(&seal), text, true, KIT_NOW);
    expect(kind, reason);
}

/* CRY-02: SHA-1 and MD5 nowhere, RFC 5035 in its second form. */
Test(foreign, old_digests_and_missing_references_are_refused)
{
    kit_new(&kit, "P-256");
    struct foreign f = {.cert = &kit.seal, .digest = "SHA256", .flags = CMS_CADES};
    judge_foreign(&f, PT_VERDICT_VALID, PT_REASON_NONE);
    f.digest = "SHA512";
    judge_foreign(&f, PT_VERDICT_VALID, PT_REASON_NONE);
    f.flags = 0U;
    judge_foreign(&f, PT_VERDICT_INVALID, PT_REASON_CERTIFICATE_REFERENCE);
    f.flags = CMS_CADES;
    f.digest = "SHA1"; /* openssl then writes the reference in its first form */
    judge_foreign(&f, PT_VERDICT_INVALID, PT_REASON_FORBIDDEN_ALGORITHM);
    f.digest = "SHA224";
    judge_foreign(&f, PT_VERDICT_INVALID, PT_REASON_FORBIDDEN_ALGORITHM);
    f.digest = "SHA256";
    f.flags = CMS_CADES | CMS_NOCERTS;
    judge_foreign(&f, PT_VERDICT_INDETERMINATE, PT_REASON_NO_CERTIFICATE);
    f.flags = CMS_NOATTR;
    judge_foreign(&f, PT_VERDICT_INVALID, PT_REASON_NOT_BASELINE);
    f.flags = CMS_CADES;
    f.content_type = NID_id_smime_ct_TSTInfo;
    judge_foreign(&f, PT_VERDICT_INVALID, PT_REASON_NOT_BASELINE);
}

Test(foreign, rsa_is_accepted_with_right_padding_parameters_only)
{
    kit_new(&kit, "RSA-3072");
    struct foreign f = {.cert = &kit.seal, .digest = "SHA256", .flags = CMS_CADES};
    judge_foreign(&f, PT_VERDICT_VALID, PT_REASON_NONE); /* PKCS#1 v1.5: verified only */
    f.pss = true;
    judge_foreign(&f, PT_VERDICT_VALID, PT_REASON_NONE);
    f.pss_sha1_mask = true;
    judge_foreign(&f, PT_VERDICT_INVALID, PT_REASON_FORBIDDEN_ALGORITHM);
}

/* CRY-01: RSA of 2048 bits ends with 2030; before that day a token keeps it good for ever. */
Test(foreign, an_algorithm_that_ends_is_judged_at_the_proven_time)
{
    kit_new(&kit, "P-256");
    struct test_cert old =
        test_cert_new(&(struct test_cert_spec){.cn = "vieux",
                                               .issuer = &kit.root,
                                               .key = "RSA-2048",
                                               .serial = 11,
                                               .until = (time_t)KIT_NOW + 3000 * (time_t)KIT_DAY,
                                               .now = (time_t)KIT_NOW});
    const struct foreign f = {.cert = &old, .digest = "SHA256", .flags = CMS_CADES};
    judge_foreign(&f, PT_VERDICT_VALID, PT_REASON_NONE);
    const int64_t in_2031 = KIT_NOW + 1600 * (int64_t)KIT_DAY;
    (void)ask(pt_buf_slice(&seal), text, true, in_2031);
    expect(PT_VERDICT_INDETERMINATE, PT_REASON_POLICY_ENDED);
    test_cert_free(&old);
}

Test(foreign, small_keys_and_other_curves_are_refused)
{
    static const char *const keys[] = {"RSA-1024", "P-224", "secp256k1"};
    kit_new(&kit, "P-256");
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        struct test_cert weak = test_cert_new(&(struct test_cert_spec){.cn = "faible",
                                                                       .issuer = &kit.root,
                                                                       .key = keys[i],
                                                                       .serial = 12,
                                                                       .now = (time_t)KIT_NOW});
        const struct foreign f = {.cert = &weak, .digest = "SHA256", .flags = CMS_CADES};
        judge_foreign(&f, PT_VERDICT_INVALID, PT_REASON_FORBIDDEN_ALGORITHM);
        test_cert_free(&weak);
    }
}

Test(foreign, several_signatures_give_the_worst_verdict_and_too_many_none)
{
    kit_new(&kit, "P-256");
    struct foreign f = {.cert = &kit.seal, .digest = "SHA256", .flags = CMS_CADES, .copies = 2U};
    judge_foreign(&f, PT_VERDICT_VALID, PT_REASON_NONE);
    cr_expect_eq(verdict.signers, 2U);
    seal.ptr[seal.len - 1U] = (char)(seal.ptr[seal.len - 1U] ^ 1);
    (void)ask(pt_buf_slice(&seal), text, true, KIT_NOW);
    expect(PT_VERDICT_INVALID, PT_REASON_SIGNATURE);
    cr_expect_eq(verdict.signers, 2U);
    f.copies = PT_CMS_SIGNERS_MAX + 1U;
    judge_foreign(&f, PT_VERDICT_INVALID, PT_REASON_TOO_LARGE);
}

/* RGS-11 */
Test(foreign, the_siren_comes_from_either_place_and_both_must_agree)
{
    static const struct {
        const char *pairs[7];
        enum pt_verdict_kind kind;
        enum pt_reason reason;
        const char *siren;
    } cases[] = {
        {{"OU", "0002 216809996", NULL}, PT_VERDICT_VALID, PT_REASON_NONE, "216809996"},
        {{"OU", "0002 21680999600004", NULL}, PT_VERDICT_VALID, PT_REASON_NONE, "216809996"},
        {{"organizationIdentifier", "NTRFR-216809996", NULL},
         PT_VERDICT_VALID,
         PT_REASON_NONE,
         "216809996"},
        {{"OU", "0002 21680999600004", "organizationIdentifier", "NTRFR-216809996", NULL},
         PT_VERDICT_VALID,
         PT_REASON_NONE,
         "216809996"},
        {{"OU", "0002 21680999600004", "organizationIdentifier", "NTRFR-130025265", NULL},
         PT_VERDICT_INVALID,
         PT_REASON_SIREN_CONFLICT,
         ""},
        {{"OU", "0002 123", "organizationIdentifier", "NTRFR-1300252651", NULL},
         PT_VERDICT_VALID,
         PT_REASON_NONE,
         ""},
    };
    kit_new(&kit, "P-256");
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        struct test_cert named = kit_cert_named(&kit, cases[i].pairs);
        const struct foreign f = {.cert = &named, .digest = "SHA256", .flags = CMS_CADES};
        judge_foreign(&f, cases[i].kind, cases[i].reason);
        cr_expect_str_eq(verdict.signer.siren, cases[i].siren, "%zu", i);
        test_cert_free(&named);
    }
}

Test(foreign, only_a_seal_of_one_signature_is_stamped)
{
    const struct kit_tsa tsa = {.unit = &kit.unit, .time = KIT_NOW};
    struct pt_buf token;
    struct pt_buf out;
    uint8_t imprint[PT_DIGEST_MAX];
    size_t len = 0U;
    kit_new(&kit, "P-256");
    pt_buf_init(&token, 65536U);
    pt_buf_init(&out, 65536U);
    kit_token(&tsa, text, &token);
    const struct foreign two = {
        .cert = &kit.seal, .digest = "SHA256", .flags = CMS_CADES, .copies = 2U};
    foreign_seal(&two);
    cr_expect_eq(pt_cades_stamp(pt_buf_slice(&seal), pt_buf_slice(&token), &out).code, PT_E_SYNTAX);
    cr_expect_eq(pt_cades_imprint(pt_buf_slice(&seal), PT_SEAL_SHA256, imprint, &len).code,
                 PT_E_SYNTAX);
    pt_buf_done(&token);
    pt_buf_done(&out);
}
