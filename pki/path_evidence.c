/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path_evidence.c -- see path_int.h: every certificate of the chain but the anchor, against every
 * piece of evidence. Bad news wins over good news; no news is no good news (hard fail, R37).
 * Layer 1 (pki).
 */
#include "pki/path_int.h"

#define WEIGHT_GOOD 4U

/*
 * revoked > a responder that does not know the certificate > good > what is wrong with the evidence
 * > nobody answered > lists of others only > nothing.
 */
static unsigned weight(const struct pt_finding *finding)
{
    if (finding->verdict == PT_PATH_REVOKED) {
        return 6U;
    }
    if (finding->verdict == PT_PATH_GOOD) {
        return WEIGHT_GOOD;
    }
    switch ((int)finding->reason) {
    case PT_OCSP_UNKNOWN:
        return 5U;
    case PT_PATH_UNREACHABLE:
        return 2U;
    case PT_CRL_OTHER_ISSUER:
        return 1U;
    case PT_PATH_NOT_JUDGED:
    case PT_PATH_NO_EVIDENCE:
        return 0U;
    default:
        return 3U;
    }
}

/* Of two good ones the one that speaks of the revocation to come, or else lasts longer. */
static bool says_more(const struct pt_finding *a, const struct pt_finding *b)
{
    return (a->revoked_s != 0) != (b->revoked_s != 0) ? a->revoked_s != 0
                                                      : a->next_update_s > b->next_update_s;
}

void pt_finding_merge(struct pt_finding *inout, const struct pt_finding *other)
{
    const unsigned known = weight(inout);
    const unsigned heard = weight(other);
    if (heard > known ||
        (heard == WEIGHT_GOOD && known == WEIGHT_GOOD && says_more(other, inout))) {
        *inout = *other;
    }
}

/* Revoked after the instant of interest: it was good then, and the later date is kept. A
 * certificate that had expired before the evidence was made may have left it (RFC 5280 5). */
void pt_finding_date(const struct pt_subject *subject, struct pt_finding *inout)
{
    int64_t end_s = 0;
    if (inout->verdict == PT_PATH_REVOKED && inout->revoked_s > subject->at_s) {
        inout->verdict = PT_PATH_GOOD;
        inout->reason = PT_PATH_OK;
        return;
    }
    if (inout->verdict == PT_PATH_GOOD &&
        (!pt_ok(pt_ossl_seconds(X509_get0_notAfter(subject->cert), &end_s)) ||
         end_s < inout->this_update_s)) {
        inout->verdict = PT_PATH_UNKNOWN;
        inout->reason = PT_PATH_AFTER_EXPIRY;
    }
}

static void hear_given(struct pt_path_work *work, const struct pt_subject *subject,
                       struct pt_finding *inout)
{
    const struct pt_path_evidence *evidence = &work->request->evidence;
    struct pt_finding heard;
    for (size_t i = 0U; i < evidence->nocsp; i++) {
        pt_ocsp_judge(subject, evidence->ocsp[i], NULL, work->crls, &heard);
        pt_finding_merge(inout, &heard);
    }
    for (int i = 0; i < sk_X509_CRL_num(work->crls); i++) {
        pt_crl_judge(subject, sk_X509_CRL_value(work->crls, i), &heard);
        pt_finding_merge(inout, &heard);
    }
}

/* --- into the result ------------------------------------------------------------------------- */

static pt_status keep_bytes(const struct pt_path_work *work, const struct pt_finding *finding,
                            pt_slice *ret)
{
    if (!work->request->keep_evidence) {
        return PT_SUCCESS;
    }
    if (finding->by == PT_PATH_BY_OCSP) {
        return pt_arena_dup(work->request->arena, finding->der, ret);
    }
    unsigned char *der = NULL;
    const int n = i2d_X509_CRL(finding->crl, &der);
    PT_ENSURE(n > 0, PT_E_NOMEM);
    const pt_status st = pt_arena_dup(work->request->arena, pt_slice_of(der, (size_t)n), ret);
    OPENSSL_free(der);
    return st;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 || b < a ? b : a;
}

/* Of several revocations still to come the first one is told; one that has come, alone. */
static void record_revocation(struct pt_path_result *result, const struct pt_finding *finding)
{
    const bool first = result->revoked_s == 0 || finding->revoked_s < result->revoked_s;
    if (finding->verdict == PT_PATH_REVOKED || (finding->revoked_s != 0 && first)) {
        result->revoked_s = finding->revoked_s;
        result->revocation_reason = finding->revocation_reason;
    }
}

static pt_status record(struct pt_path_work *work, size_t depth, const struct pt_finding *finding)
{
    struct pt_path_result *result = work->result;
    struct pt_path_link *link = &result->chain[depth];
    result->verdict = finding->verdict;
    result->reason = finding->reason;
    result->aux = finding->aux;
    result->depth = (uint32_t)depth;
    record_revocation(result, finding);
    if (finding->verdict == PT_PATH_UNKNOWN) {
        return PT_SUCCESS;
    }
    const int64_t until_s = finding->next_update_s != 0 ? finding->next_update_s
                                                        : finding->this_update_s + PT_OCSP_SKEW_S;
    link->by = finding->by;
    link->this_update_s = finding->this_update_s;
    link->next_update_s = finding->next_update_s;
    result->fresh_until_s = earlier(result->fresh_until_s, until_s);
    result->renew_s =
        earlier(result->renew_s, pt_revocation_half_life_s(finding->this_update_s, until_s));
    return keep_bytes(work, finding, &link->evidence);
}

static pt_status judge_one(struct pt_path_work *work, size_t depth)
{
    const struct pt_path_request *request = work->request;
    const struct pt_subject subject = {.cert = sk_X509_value(work->chain, (int)depth),
                                       .issuer = sk_X509_value(work->chain, (int)depth + 1),
                                       .at_s = request->at_s,
                                       .fresh_s = request->fresh_s,
                                       .level = request->level};
    struct pt_finding finding = {.reason = work->unread != PT_PATH_NOT_JUDGED ? work->unread
                                                                              : PT_PATH_NO_EVIDENCE,
                                 .revocation_reason = -1};
    hear_given(work, &subject, &finding);
    PT_TRY(pt_path_ask(work, &subject, &finding));
    return record(work, depth, &finding);
}

PT_RESULT pt_path_evidence(struct pt_path_work *work)
{
    struct pt_path_result *result = work->result;
    result->verdict = PT_PATH_GOOD;
    result->reason = PT_PATH_OK;
    result->fresh_until_s = 0;
    for (size_t depth = 0U; depth + 1U < result->nchain && result->verdict == PT_PATH_GOOD;
         depth++) {
        PT_TRY(judge_one(work, depth));
    }
    if (result->verdict == PT_PATH_GOOD) {
        result->depth = 0U;
    } else {
        result->fresh_until_s = 0;
        result->renew_s = 0;
    }
    return PT_SUCCESS;
}
