/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * cms_verify.c -- the verdict on a CMS seal (cms.h): each signature in itself, then its tokens,
 * then whom to believe at the time that is proven. The signer's own signing-time is read only to be
 * shown (SIG-06). Layer 1 (pki).
 */
#include "pki/cms_int.h"
#include "pki/judge_int.h"
#include "pki/ossl_int.h"
#include "pki/path_int.h"
#include "pki/verdict_int.h"
#include "poterne/base/secret.h"

/* --- tokens ------------------------------------------------------------------------------------
 */

/* Every token of the signature; the earliest good one counts, and none may be bad. */
static enum pt_reason judge_tokens(const struct pt_cms_check *check, CMS_SignerInfo *si,
                                   struct pt_verdict *verdict)
{
    unsigned n = 0U;
    int at = CMS_unsigned_get_attr_by_NID(si, NID_id_smime_aa_timeStampToken, -1);
    for (; at >= 0; at = CMS_unsigned_get_attr_by_NID(si, NID_id_smime_aa_timeStampToken, at)) {
        X509_ATTRIBUTE *const attribute = CMS_unsigned_get_attr(si, at);
        const ASN1_STRING *const value =
            (const ASN1_STRING *)X509_ATTRIBUTE_get0_data(attribute, 0, V_ASN1_SEQUENCE, NULL);
        if (value == NULL || X509_ATTRIBUTE_count(attribute) != 1 || ++n > PT_CMS_TOKENS_MAX) {
            return PT_REASON_TOKEN_INVALID;
        }
        const pt_slice token =
            pt_slice_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
        const enum pt_reason reason =
            pt_judge_token(verdict, token, pt_cms_value(si), check->trust);
        if (reason != PT_REASON_NONE) {
            return reason;
        }
    }
    return PT_REASON_NONE;
}

/* --- times -------------------------------------------------------------------------------------
 */

static void read_claimed(CMS_SignerInfo *si, struct pt_verdict *verdict)
{
    const int at = CMS_signed_get_attr_by_NID(si, NID_pkcs9_signingTime, -1);
    X509_ATTRIBUTE *const attribute = at >= 0 ? CMS_signed_get_attr(si, at) : NULL;
    const ASN1_TYPE *const value =
        attribute != NULL ? X509_ATTRIBUTE_get0_type(attribute, 0) : NULL;
    if (value != NULL && (value->type == V_ASN1_UTCTIME || value->type == V_ASN1_GENERALIZEDTIME)) {
        verdict->times.has_claimed =
            pt_ok(pt_ossl_seconds(value->value.asn1_string, &verdict->times.claimed));
    }
}

/* --- one signature -----------------------------------------------------------------------------
 */

/* Whom to believe, once the signature is right in itself. */
static enum pt_reason judge_trust(const struct pt_cms_check *check, const struct pt_cms *cms,
                                  const struct pt_cms_judged *judged, struct pt_verdict *verdict)
{
    enum pt_reason reason = pt_cms_policy(judged, pt_judge_instant(verdict));
    if (reason == PT_REASON_NONE) {
        reason = pt_judge_signer(verdict, judged->cert, cms->certs, check->trust);
    }
    if (reason == PT_REASON_NONE) {
        verdict->level = verdict->times.has_proven ? PT_LEVEL_B_T : PT_LEVEL_B_B;
    }
    return reason;
}

static enum pt_reason facts_reason(const struct pt_cms_judged *judged, struct pt_verdict *verdict)
{
    const pt_status st = pt_verdict_signer_of(judged->cert, &verdict->signer);
    if (st.code == (uint32_t)PT_E_DENIED) {
        return PT_REASON_SIREN_CONFLICT;
    }
    return pt_ok(st) ? PT_REASON_NONE : PT_REASON_FAILED;
}

static void judge_signature(const struct pt_cms_check *check, const struct pt_cms *cms, int index,
                            struct pt_verdict *verdict)
{
    const struct pt_cms_question question = {
        .cms = cms,
        .si = pt_cms_signer(cms, index),
        .content_type = NID_pkcs7_data,
        .has_content = cms->attached || check->has_content,
        .content = cms->attached ? cms->content : check->content,
    };
    struct pt_cms_judged judged;
    read_claimed(question.si, verdict);
    enum pt_reason reason = pt_cms_judge(&question, &judged);
    const enum pt_reason facts =
        judged.cert != NULL ? facts_reason(&judged, verdict) : PT_REASON_NONE;
    reason = reason == PT_REASON_NONE ? facts : reason;
    if (reason == PT_REASON_NONE) {
        reason = judge_tokens(check, question.si, verdict);
    }
    if (reason == PT_REASON_NONE) {
        reason = judge_trust(check, cms, &judged, verdict);
    }
    if (reason != PT_REASON_NONE) {
        pt_verdict_refuse(verdict, reason);
    }
}

/* --- all of them -------------------------------------------------------------------------------
 */

static int badness(enum pt_verdict_kind kind)
{
    static const int order[] = {
        [PT_VERDICT_VALID] = 0,
        [PT_VERDICT_EXPIRED_NOW] = 1,
        [PT_VERDICT_INDETERMINATE] = 2,
        [PT_VERDICT_INVALID] = 3,
    };
    return order[kind];
}

static void judge_all(const struct pt_cms_check *check, const struct pt_cms *cms,
                      struct pt_verdict *verdict)
{
    judge_signature(check, cms, 0, verdict);
    for (int i = 1; i < cms->nsigners; i++) {
        struct pt_verdict one;
        pt_verdict_init(&one, check->now);
        judge_signature(check, cms, i, &one);
        one.format = verdict->format;
        if (badness(one.kind) > badness(verdict->kind)) {
            pt_verdict_done(verdict);
            *verdict = one;
        } else {
            pt_verdict_done(&one);
        }
    }
    verdict->signers = (uint32_t)cms->nsigners;
    verdict->coverage = pt_verdict_ok(verdict) ? PT_COVERS_WHOLE : PT_COVERS_NOTHING;
}

PT_RESULT pt_cms_verify(const struct pt_cms_check *check, struct pt_verdict *verdict)
{
    struct pt_cms cms;
    PT_ENSURE(check != NULL && verdict != NULL && check->trust != NULL && check->now >= 0,
              PT_E_ARG);
    pt_verdict_init(verdict, check->now);
    const pt_status st = pt_cms_read(check->cms, PT_CMS_MAX, &cms);
    if (!pt_ok(st)) {
        pt_verdict_refuse(verdict, pt_cms_reason(st));
        return st.code == (uint32_t)PT_E_NOMEM ? st : PT_SUCCESS;
    }
    verdict->format = cms.attached ? PT_FORMAT_CMS_ATTACHED : PT_FORMAT_CMS_DETACHED;
    if (cms.attached && check->has_content && !pt_slice_eq(cms.content, check->content)) {
        pt_verdict_refuse(verdict, PT_REASON_DIGEST);
    } else {
        judge_all(check, &cms, verdict);
    }
    pt_cms_done(&cms);
    return pt_ossl_done(verdict->reason == PT_REASON_FAILED ? PT_FAIL(PT_E_NOMEM) : PT_SUCCESS);
}

PT_RESULT pt_cms_content(const struct pt_cms_check *check, const struct pt_verdict *verdict,
                         struct pt_buf *out)
{
    struct pt_cms cms;
    PT_ENSURE(check != NULL && verdict != NULL && out != NULL, PT_E_ARG);
    PT_ENSURE(pt_verdict_ok(verdict) && verdict->coverage == PT_COVERS_WHOLE &&
                  verdict->format == PT_FORMAT_CMS_ATTACHED,
              PT_E_DENIED);
    PT_TRY(pt_cms_read(check->cms, PT_CMS_MAX, &cms));
    pt_buf_put(out, cms.content);
    pt_cms_done(&cms);
    return pt_buf_status(out);
}
