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

/* A lost key outweighs an earlier date: it makes the dates themselves doubtful. */
static bool worse_revocation(int64_t when_s, int32_t why, int64_t than_s, int32_t than_why)
{
    const bool lost = pt_path_revocation_compromises(why);
    if (when_s == 0 || than_s == 0) {
        return when_s != 0;
    }
    return lost != pt_path_revocation_compromises(than_why) ? lost : when_s < than_s;
}

void pt_finding_merge(struct pt_finding *inout, const struct pt_finding *other)
{
    const struct pt_finding before = *inout;
    const unsigned known = weight(inout);
    const unsigned heard = weight(other);
    const bool take =
        heard > known || (heard == WEIGHT_GOOD && known == WEIGHT_GOOD && says_more(other, inout));
    const struct pt_finding *const lost = take ? &before : other;
    if (take) {
        *inout = *other;
    }
    /* One that has come is told as its evidence says; of those to come, the worst. */
    if (inout->verdict != PT_PATH_REVOKED &&
        worse_revocation(lost->revoked_s, lost->revocation_reason, inout->revoked_s,
                         inout->revocation_reason)) {
        inout->revoked_s = lost->revoked_s;
        inout->revocation_reason = lost->revocation_reason;
    }
}

/* A list from before the proven instant cannot know it; one from after the certificate's end may
 * have left it out (RFC 5280 5), unless it still names it. */
static enum pt_path_reason made_in_time(const struct pt_subject *subject, int64_t made_s,
                                        bool named)
{
    int64_t end_s = 0;
    if (subject->past && made_s < subject->at_s) {
        return PT_PATH_BEFORE_PROOF;
    }
    return named || (pt_ok(pt_ossl_seconds(X509_get0_notAfter(subject->cert), &end_s)) &&
                     made_s <= end_s)
               ? PT_PATH_OK
               : PT_PATH_AFTER_EXPIRY;
}

/* How old is no question about the past; how long a life it claims, or that it has no end, is. */
static enum pt_path_reason fresh_enough(const struct pt_subject *subject, enum pt_path_reason fresh)
{
    static const enum pt_path_reason ages[] = {PT_CRL_STALE, PT_CRL_FUTURE, PT_OCSP_STALE,
                                               PT_OCSP_FUTURE};
    for (size_t i = 0U; subject->past && i < PT_COUNT(ages); i++) {
        if (ages[i] == fresh) {
            return PT_PATH_OK;
        }
    }
    return fresh;
}

/* Revoked after the instant of interest: it was good then, and the later date is kept. */
void pt_finding_date(const struct pt_subject *subject, enum pt_path_reason fresh,
                     struct pt_finding *inout)
{
    const bool revoked = inout->verdict == PT_PATH_REVOKED;
    if (inout->verdict == PT_PATH_UNKNOWN || (revoked && inout->revoked_s <= subject->at_s)) {
        return;
    }
    inout->reason = fresh_enough(subject, fresh);
    if (inout->reason == PT_PATH_OK) {
        inout->reason = made_in_time(subject, inout->this_update_s, revoked);
    }
    inout->verdict = inout->reason == PT_PATH_OK ? PT_PATH_GOOD : PT_PATH_UNKNOWN;
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

/* Of several revocations still to come the worst one is told; one that has come, alone. */
static void record_revocation(struct pt_path_result *result, const struct pt_finding *finding)
{
    if (finding->verdict == PT_PATH_REVOKED ||
        worse_revocation(finding->revoked_s, finding->revocation_reason, result->revoked_s,
                         result->revocation_reason)) {
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
                                       .past = request->past,
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
