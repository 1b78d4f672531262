/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Unit tests of pki/trust.c, judge.c, tst.c: whom a seal and its time-stamps are believed by when
 * keys are lost, certificates expire and lists come late. SIG-01, SIG-06, RGS-12, RFC 3161
 * section 4.
 */
#include "poterne/base/codec.h"
#include "poterne/pki/cms.h"
#include "sealkit.h"
#include "testrevoke.h"

#include <criterion/criterion.h>
#include <openssl/cms.h>

static struct seal_kit kit;
static struct pt_buf seal;
static struct pt_buf lists[4];
static struct pt_verdict verdict;

static const pt_slice text = PT_SLICE_INIT("Accusé de réception n° 42\n");

static void setup(void)
{
    kit_new(&kit, "P-256");
    pt_buf_init(&seal, 1048576U);
    for (size_t i = 0U; i < PT_COUNT(lists); i++) {
        pt_buf_init(&lists[i], 65536U);
    }
    pt_verdict_init(&verdict, KIT_NOW);
}

static void teardown(void)
{
    pt_buf_done(&seal);
    for (size_t i = 0U; i < PT_COUNT(lists); i++) {
        pt_buf_done(&lists[i]);
    }
    pt_verdict_done(&verdict);
    kit_free(&kit);
}

TestSuite(trust, .init = setup, .fini = teardown, .timeout = 120.0);

/* --- a seal, its tokens, its lists ------------------------------------------------------------ */

/* As openssl(1) seals: @cert's, with the authority @between beside it (may be NULL). */
static CMS_ContentInfo *sign(const struct test_cert *cert, const struct test_cert *between)
{
    BIO *data = BIO_new_mem_buf(text.ptr, (int)text.len);
    STACK_OF(X509) *more = sk_X509_new_null();
    cr_assert(between == NULL || sk_X509_push(more, between->cert) > 0);
    CMS_ContentInfo *cms =
        CMS_sign(cert->cert, cert->key, more, data, CMS_BINARY | CMS_CADES | CMS_NOSMIMECAP);
    cr_assert_not_null(cms);
    sk_X509_free(more);
    BIO_free(data);
    return cms;
}

static void add_token(CMS_ContentInfo *cms, const struct test_cert *unit, int64_t time)
{
    struct pt_buf token;
    CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
    const ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature(si);
    pt_buf_init(&token, 65536U);
    kit_token(&(struct kit_tsa){.unit = unit, .time = time},
              pt_slice_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)), &token);
    cr_assert_eq(CMS_unsigned_add1_attr_by_NID(si, NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE,
                                               token.ptr, (int)token.len),
                 1);
    pt_buf_done(&token);
}

static void keep(CMS_ContentInfo *cms)
{
    unsigned char *der = NULL;
    const int n = i2d_CMS_ContentInfo(cms, &der);
    cr_assert(n > 0);
    pt_buf_clear(&seal);
    pt_buf_put(&seal, pt_slice_of(der, (size_t)n));
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
}

/* The kit's seal, and a token of the kit's unit (0: none). */
static void make(int64_t time)
{
    CMS_ContentInfo *cms = sign(&kit.seal, NULL);
    if (time != 0) {
        add_token(cms, &kit.unit, time);
    }
    keep(cms);
}

/* The list @i of the evidence; two days long unless it says otherwise. */
static void list(size_t i, struct test_list spec)
{
    spec.until = spec.until != 0 ? spec.until : spec.from + 2 * KIT_DAY;
    pt_buf_clear(&lists[i]);
    test_list_der(&spec, &lists[i]);
}

static void judge(size_t nlists, int64_t now, enum pt_verdict_kind kind, enum pt_reason reason)
{
    pt_slice given[PT_COUNT(lists)];
    for (size_t i = 0U; i < nlists; i++) {
        given[i] = pt_buf_slice(&lists[i]);
    }
    kit.trust.evidence = (struct pt_path_evidence){.crls = given, .ncrls = nlists};
    const struct pt_cms_check check = {.cms = pt_buf_slice(&seal),
                                       .has_content = true,
                                       .content = text,
                                       .trust = &kit.trust,
                                       .now = now};
    pt_verdict_done(&verdict);
    cr_assert(pt_ok(pt_cms_verify(&check, &verdict)));
    cr_expect_str_eq(pt_verdict_name(verdict.kind), pt_verdict_name(kind));
    cr_expect_str_eq(pt_reason_code(verdict.reason), pt_reason_code(reason));
}

/* --- one block and nothing else --------------------------------------------------------------- */

static enum pt_reason reason_of(pt_slice cms)
{
    const struct pt_cms_check check = {
        .cms = cms, .has_content = true, .content = text, .trust = &kit.trust, .now = KIT_NOW};
    pt_verdict_done(&verdict);
    cr_assert(pt_ok(pt_cms_verify(&check, &verdict)));
    return verdict.reason;
}

/* SIG-02: "whole" is every byte of the file. */
Test(trust, nothing_but_white_space_stands_around_the_one_PEM_block)
{
    struct pt_buf other;
    pt_buf_init(&other, 1U << 20U);
    make(0);
    struct pt_buf body;
    pt_buf_init(&body, 1U << 20U);
    pt_b64_encode(&body, pt_buf_slice(&seal));
    /* What stands around the block is signed by nobody (the % is its Base64). */
    static const struct {
        const char *form;
        enum pt_reason want;
    } frames[] = {
        {" \r\n-----BEGIN CMS-----\r\n%\r\n-----END CMS-----\t\r\n\n", PT_REASON_NONE},
        {"-----BEGIN CMS-----\n%\n-----END CMS-----\nBon pour accord\n", PT_REASON_FORMAT},
        {"Bon pour accord\n-----BEGIN CMS-----\n%\n-----END CMS-----\n", PT_REASON_FORMAT},
        {"-----BEGIN X\n-----BEGIN CMS-----\n%\n-----END CMS-----\n", PT_REASON_FORMAT},
        {"-----BEGIN CMS----- accord\n-----BEGIN CMS-----\n%\n-----END CMS-----\n",
         PT_REASON_FORMAT},
        {"-----BEGIN CMS-----\nObjet: accord\n\n%\n-----END CMS-----\n", PT_REASON_FORMAT},
        {"-----BEGIN CMS-----\n%\n-----END CMS-----\n-----BEGIN CMS-----\n%\n-----END CMS-----\n",
         PT_REASON_FORMAT},
        {"-----BEGIN CMS-----\n%\n-----END PKCS7-----\n", PT_REASON_FORMAT},
        {"-----BEGIN CMS-----\n%\n-----END CMS-----", PT_REASON_NONE},
        {"-----BEGIN CMS-----\n%====AAAA\n-----END CMS-----\n", PT_REASON_FORMAT},
        {"-----BEGIN CMS-----", PT_REASON_FORMAT},
    };
    for (size_t i = 0U; i < PT_COUNT(frames); i++) {
        pt_buf_clear(&other);
        for (const char *c = frames[i].form; *c != '\0'; c++) {
            pt_buf_put(&other, *c == '%' ? pt_buf_slice(&body) : pt_slice_of(c, 1U));
        }
        cr_expect_eq(reason_of(pt_buf_slice(&other)), frames[i].want, "%zu", i);
    }
    pt_buf_done(&body);
    pt_buf_done(&other);
}

#define NEXT_DAY (KIT_NOW + KIT_DAY)
#define HOUR     3600

/* --- a time-stamping unit that lost its key --------------------------------------------------- */

Test(trust, RFC_3161_a_lost_key_ends_the_older_tokens_of_a_unit_too)
{
    static const struct {
        int reason; /* of test_list: 0 none, -1 unspecified */
        bool spared;
    } cases[] = {{0, false}, {-1, true}, {1, false}, {2, false}, {3, true},
                 {4, true},  {5, true},  {6, false}, {9, false}, {10, false}};
    make(KIT_NOW + 5);
    list(0, (struct test_list){.name = &kit.root, .from = NEXT_DAY - HOUR});
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        list(1, (struct test_list){.name = &kit.tsa,
                                   .from = NEXT_DAY - HOUR,
                                   .revoked = &kit.unit,
                                   .revoked_at = KIT_NOW + HOUR,
                                   .reason = cases[i].reason});
        judge(2U, NEXT_DAY, cases[i].spared ? PT_VERDICT_VALID : PT_VERDICT_INDETERMINATE,
              cases[i].spared ? PT_REASON_NONE : PT_REASON_TOKEN_UNTRUSTED);
        cr_expect_eq(verdict.times.has_proven, cases[i].spared, "%d", cases[i].reason);
    }
}

/* The list of the unit's life clears it; one after its end still names it. */
Test(trust, a_lost_key_told_after_the_units_end_is_heard)
{
    const int64_t late = KIT_NOW + 1900 * (int64_t)KIT_DAY;
    make(KIT_NOW + 5);
    list(0, (struct test_list){.name = &kit.root, .from = NEXT_DAY});
    list(1, (struct test_list){.name = &kit.tsa, .from = NEXT_DAY});
    judge(2U, late, PT_VERDICT_EXPIRED_NOW, PT_REASON_NONE);
    list(2, (struct test_list){.name = &kit.tsa,
                               .from = late - HOUR,
                               .revoked = &kit.unit,
                               .revoked_at = NEXT_DAY + HOUR,
                               .reason = 1});
    judge(3U, late, PT_VERDICT_INDETERMINATE, PT_REASON_TOKEN_UNTRUSTED);
    cr_expect_eq(verdict.token, PT_REASON_TOKEN_UNTRUSTED);
}

/* The first to come is harmless and of the unit; the worst is of the authority above it. */
Test(trust, a_lost_key_above_a_unit_ends_its_older_tokens_too)
{
    struct test_cert between = test_cert_new(&(struct test_cert_spec){
        .cn = "AC 2", .ca = true, .issuer = &kit.tsa, .serial = 30, .now = (time_t)KIT_NOW});
    struct test_cert unit = test_cert_new(&(struct test_cert_spec){.cn = "Horodatage 2",
                                                                   .issuer = &between,
                                                                   .eku = "critical,timeStamping",
                                                                   .serial = 31,
                                                                   .now = (time_t)KIT_NOW});
    char *const pem = test_cert_pem(&between);
    const pt_slice extra = pt_slice_str(pem);
    CMS_ContentInfo *cms = sign(&kit.seal, NULL);
    add_token(cms, &unit, KIT_NOW + 5);
    keep(cms);
    kit.trust.extra = &extra;
    kit.trust.nextra = 1U;
    list(0, (struct test_list){.name = &kit.root, .from = NEXT_DAY - HOUR});
    list(1, (struct test_list){.name = &between,
                               .from = NEXT_DAY - HOUR,
                               .revoked = &unit,
                               .revoked_at = KIT_NOW + HOUR,
                               .reason = 4});
    list(2, (struct test_list){.name = &kit.tsa, .from = NEXT_DAY - HOUR});
    judge(3U, NEXT_DAY, PT_VERDICT_VALID, PT_REASON_NONE);
    list(2, (struct test_list){.name = &kit.tsa,
                               .from = NEXT_DAY - HOUR,
                               .revoked = &between,
                               .revoked_at = KIT_NOW + 2 * HOUR,
                               .reason = 2});
    judge(3U, NEXT_DAY, PT_VERDICT_INDETERMINATE, PT_REASON_TOKEN_UNTRUSTED);
    test_cert_free(&between);
    test_cert_free(&unit);
    free(pem);
}

/* --- lists that come late --------------------------------------------------------------------- */

#define LATER (KIT_NOW + 800 * (int64_t)KIT_DAY) /* the seal's certificate has expired */

/* RGS-12: an old list clears nobody of what a later one tells. */
Test(trust, a_later_list_that_tells_of_an_earlier_revocation_is_heard)
{
    make(KIT_NOW + 5);
    list(0, (struct test_list){.name = &kit.tsa, .from = LATER - HOUR});
    list(1, (struct test_list){.name = &kit.root, .from = KIT_NOW});
    judge(2U, LATER, PT_VERDICT_INDETERMINATE, PT_REASON_REVOCATION_UNKNOWN);
    list(2, (struct test_list){.name = &kit.root, .from = NEXT_DAY});
    judge(3U, LATER, PT_VERDICT_EXPIRED_NOW, PT_REASON_NONE);
    list(3, (struct test_list){.name = &kit.root,
                               .from = LATER - HOUR,
                               .revoked = &kit.seal,
                               .revoked_at = KIT_NOW - 5 * KIT_DAY,
                               .reason = 1});
    judge(4U, LATER, PT_VERDICT_INVALID, PT_REASON_REVOKED);
}

/* --- several tokens --------------------------------------------------------------------------- */

Test(trust, of_several_tokens_the_earliest_counts_with_its_own_authority)
{
    struct test_cert other = test_cert_new(&(struct test_cert_spec){.cn = "Horodatage 2",
                                                                    .issuer = &kit.tsa,
                                                                    .eku = "critical,timeStamping",
                                                                    .serial = 21,
                                                                    .now = (time_t)KIT_NOW});
    list(0, (struct test_list){.name = &kit.root, .from = KIT_NOW - HOUR});
    list(1, (struct test_list){.name = &kit.tsa, .from = KIT_NOW - HOUR});
    for (int first = 0; first < 2; first++) {
        CMS_ContentInfo *cms = sign(&kit.seal, NULL);
        add_token(cms, &kit.unit, first == 0 ? KIT_NOW + 5 : KIT_NOW + 50);
        add_token(cms, &other, first == 0 ? KIT_NOW + 50 : KIT_NOW + 5);
        keep(cms);
        judge(2U, KIT_NOW + 60, PT_VERDICT_VALID, PT_REASON_NONE);
        cr_expect_eq(verdict.times.proven, KIT_NOW + 6);
        cr_expect_str_eq(verdict.authority.common_name, first == 0 ? "Horodatage" : "Horodatage 2");
    }
    test_cert_free(&other);
}

/* --- authorities ------------------------------------------------------------------------------ */

Test(trust, an_authority_of_servers_does_not_make_seals)
{
    struct test_cert between = test_cert_new(&(struct test_cert_spec){.cn = "AC serveurs",
                                                                      .ca = true,
                                                                      .eku = "serverAuth",
                                                                      .issuer = &kit.root,
                                                                      .serial = 40,
                                                                      .now = (time_t)KIT_NOW});
    struct test_cert forged = test_cert_new(&(struct test_cert_spec){
        .cn = "faux cachet", .issuer = &between, .serial = 41, .now = (time_t)KIT_NOW});
    keep(sign(&forged, &between));
    list(0, (struct test_list){.name = &kit.root, .from = KIT_NOW - HOUR});
    list(1, (struct test_list){.name = &between, .from = KIT_NOW - HOUR});
    judge(2U, KIT_NOW, PT_VERDICT_INVALID, PT_REASON_USAGE);
    test_cert_free(&between);
    test_cert_free(&forged);
}

/* CRY-01: what has ended since may be settled by an older proof; what was never accepted not. */
Test(trust, an_algorithm_of_the_chain_that_has_ended_is_not_one_that_was_forbidden)
{
    static const struct {
        const char *key;
        int64_t now;
        enum pt_verdict_kind kind;
        enum pt_reason reason;
    } cases[] = {
        {"RSA-2048", KIT_NOW, PT_VERDICT_VALID, PT_REASON_NONE},
        {"RSA-2048", KIT_NOW + 1600 * (int64_t)KIT_DAY, PT_VERDICT_INDETERMINATE,
         PT_REASON_POLICY_ENDED},
        {"RSA-1024", KIT_NOW, PT_VERDICT_INVALID, PT_REASON_FORBIDDEN_ALGORITHM},
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        const time_t end = (time_t)(KIT_NOW + 3000 * (int64_t)KIT_DAY);
        struct test_cert root = test_cert_new(&(struct test_cert_spec){
            .cn = "AC", .ca = true, .key = cases[i].key, .until = end, .now = (time_t)KIT_NOW});
        struct test_cert cert = test_cert_new(&(struct test_cert_spec){
            .cn = "cachet", .issuer = &root, .until = end, .now = (time_t)KIT_NOW});
        char *const pem = test_cert_pem(&root);
        kit.anchors[0] = pt_slice_str(pem);
        keep(sign(&cert, NULL));
        list(0, (struct test_list){.name = &root, .from = cases[i].now - HOUR});
        judge(1U, cases[i].now, cases[i].kind, cases[i].reason);
        test_cert_free(&root);
        test_cert_free(&cert);
        free(pem);
    }
}
