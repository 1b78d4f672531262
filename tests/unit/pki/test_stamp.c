/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of XAdES B-T: pki/xades_seal.c, judge.c. SIG-05, SIG-06: only a token proves a time.
 */
#include "poterne/pki/xmlsig.h"
#include "sealkit.h"
#include "tests/unit/pki/xmlforge.h"

#include <criterion/criterion.h>

static struct seal_kit kit;
static struct pt_buf sealed, stamped, imprint, token;

static void setup(void)
{
    const struct pt_statement s = {
        .kind = PT_STATEMENT_CONTENT, .time = KIT_NOW, .is.content.bytes = PT_SLICE("<a>1</a>")};
    kit_new(&kit, "P-256");
    pt_buf_init(&sealed, 1048576U);
    pt_buf_init(&stamped, 1048576U);
    pt_buf_init(&imprint, 65536U);
    pt_buf_init(&token, 65536U);
    cr_assert(pt_ok(pt_xml_seal_enveloped(kit.signer, &s, &sealed)));
    cr_assert(pt_ok(pt_xml_imprint(pt_buf_slice(&sealed), &imprint)));
}

static void teardown(void)
{
    pt_buf_done(&sealed);
    pt_buf_done(&stamped);
    pt_buf_done(&imprint);
    pt_buf_done(&token);
    kit_free(&kit);
}

TestSuite(stamp, .init = setup, .fini = teardown, .timeout = 60.0);

static enum pt_reason with(const struct kit_tsa *tsa, pt_slice over, int64_t now,
                           enum pt_verdict_kind *ret_kind)
{
    struct pt_verdict verdict;
    pt_buf_clear(&token);
    pt_buf_clear(&stamped);
    kit_token(tsa, over, &token);
    cr_assert(pt_ok(pt_xml_stamp(pt_buf_slice(&sealed), pt_buf_slice(&token), &stamped)));
    const struct pt_xml_check check = {
        .document = pt_buf_slice(&stamped), .trust = &kit.trust, .now = now};
    cr_assert(pt_ok(pt_xml_verify(&check, &verdict)));
    const enum pt_reason reason = verdict.reason;
    *ret_kind = verdict.kind;
    cr_expect(!pt_verdict_ok(&verdict) || verdict.level == PT_LEVEL_B_T);
    pt_verdict_done(&verdict);
    return reason;
}

Test(stamp, SIG_05_a_good_token_makes_B_T_and_a_bad_one_makes_the_seal_invalid)
{
    enum pt_verdict_kind kind = PT_VERDICT_INDETERMINATE;
    const struct kit_tsa good = {.unit = &kit.unit, .time = KIT_NOW};
    const struct kit_tsa bad = {.unit = &kit.unit, .time = KIT_NOW, .bad_signature = true};
    const pt_slice right = pt_buf_slice(&imprint);
    cr_expect_eq(with(&good, right, KIT_NOW + 60, &kind), PT_REASON_NONE);
    cr_expect_eq(kind, PT_VERDICT_VALID);
    cr_expect_eq(with(&good, PT_SLICE("autre"), KIT_NOW + 60, &kind), PT_REASON_TOKEN_INVALID);
    cr_expect_eq(with(&bad, right, KIT_NOW + 60, &kind), PT_REASON_TOKEN_INVALID);
    kit.trust.ntsa_anchors = 0U;
    cr_expect_eq(with(&good, right, KIT_NOW + 60, &kind), PT_REASON_TOKEN_UNTRUSTED);
}

/* The forger asked for a token over nothing, and says that SignatureValue is cut out of itself. */
Test(stamp, SIG_05_a_second_canonicalization_method_does_not_empty_what_is_stamped)
{
    enum pt_verdict_kind kind = PT_VERDICT_INDETERMINATE;
    struct pt_verdict verdict;
    const struct kit_tsa good = {.unit = &kit.unit, .time = KIT_NOW};
    cr_expect_eq(with(&good, PT_SLICE_EMPTY, KIT_NOW + 60, &kind), PT_REASON_TOKEN_INVALID);
    xmlforge_replace(&stamped, "SignatureTimeStamp><ds:CanonicalizationMethod ",
                     "SignatureTimeStamp><ds:CanonicalizationMethod xmlns:x=\"urn:x\" "
                     "x:Algorithm=\"" X_DS "enveloped-signature\" ");
    const struct pt_xml_check check = {
        .document = pt_buf_slice(&stamped), .trust = &kit.trust, .now = KIT_NOW + 60};
    cr_assert(pt_ok(pt_xml_verify(&check, &verdict)));
    cr_expect_eq(verdict.reason, PT_REASON_TOKEN_INVALID);
    cr_expect(!verdict.times.has_proven);
    pt_verdict_done(&verdict);
}

Test(stamp, SIG_06_only_a_token_keeps_an_expired_seal_valid)
{
    enum pt_verdict_kind kind = PT_VERDICT_INDETERMINATE;
    const int64_t later = KIT_NOW + 800 * (int64_t)KIT_DAY;
    const struct kit_tsa in_time = {.unit = &kit.unit, .time = KIT_NOW};
    const struct kit_tsa too_late = {.unit = &kit.unit, .time = later - 60};
    const pt_slice right = pt_buf_slice(&imprint);
    char *const before = test_join(kit.root_crl, NULL, NULL);
    kit_lists(&kit, KIT_NOW + KIT_DAY, 0, 0);
    char *const since = test_join(kit.root_crl, NULL, NULL);
    kit_lists(&kit, later, 0, 0);
    pt_slice lists[] = {pt_slice_str(before), pt_slice_str(kit.tsa_crl)};
    kit.trust.evidence.crls = lists;
    kit.trust.evidence.ncrls = 2U;
    /* A list from before the token cannot know what was revoked up to it. */
    cr_expect_eq(with(&in_time, right, later, &kind), PT_REASON_REVOCATION_UNKNOWN);
    lists[0] = pt_slice_str(since);
    cr_expect_eq(with(&in_time, right, later, &kind), PT_REASON_NONE);
    cr_expect_eq(kind, PT_VERDICT_EXPIRED_NOW);
    cr_expect_eq(with(&too_late, right, later, &kind), PT_REASON_EXPIRED_AT_SIGNING);
    free(before);
    free(since);
}

Test(stamp, one_token_a_seal_and_nothing_but_a_seal)
{
    enum pt_verdict_kind kind = PT_VERDICT_INDETERMINATE;
    struct pt_buf out;
    const struct kit_tsa good = {.unit = &kit.unit, .time = KIT_NOW};
    (void)with(&good, pt_buf_slice(&imprint), KIT_NOW + 60, &kind);
    pt_buf_init(&out, 1048576U);
    cr_expect_eq(pt_xml_stamp(pt_buf_slice(&stamped), PT_SLICE("x"), &out).code, PT_E_EXISTS);
    cr_expect_eq(pt_xml_stamp(PT_SLICE("<a/>"), PT_SLICE("x"), &out).code, PT_E_SYNTAX);
    cr_expect_eq(pt_xml_stamp(pt_buf_slice(&sealed), PT_SLICE_EMPTY, &out).code, PT_E_ARG);
    cr_expect_eq(pt_xml_imprint(PT_SLICE("<a"), &out).code, PT_E_SYNTAX);
    pt_buf_done(&out);
}
