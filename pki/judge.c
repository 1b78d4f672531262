/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * judge.c -- see judge_int.h. Law: without a proven time the instant of judgement is now, whatever
 * the signature says of itself. Layer 1 (pki).
 */
#include "pki/judge_int.h"

#include "pki/ossl_int.h"
#include "pki/trust_int.h"
#include "pki/tsr_int.h"
#include "poterne/pki/policy.h"

#include <openssl/crypto.h>

PT_RESULT pt_judge_certs_add(struct pt_judge_certs *certs, pt_slice der)
{
    PT_ENSURE(certs->n < PT_JUDGE_CERTS_MAX, PT_E_LIMIT);
    PT_ENSURE(der.len > 0U && der.len <= PT_JUDGE_CERT_BYTES_MAX, PT_E_SYNTAX);
    const unsigned char *at = (const unsigned char *)der.ptr;
    X509 *cert = d2i_X509(NULL, &at, (long)der.len);
    if (cert == NULL || at != (const unsigned char *)der.ptr + der.len) {
        X509_free(cert);
        return pt_ossl_done(PT_FAIL(PT_E_SYNTAX));
    }
    certs->list[certs->n++] = cert;
    return pt_ossl_done(PT_SUCCESS);
}

void pt_judge_certs_done(struct pt_judge_certs *certs)
{
    for (size_t i = 0U; i < certs->n; i++) {
        X509_free(certs->list[i]);
    }
    *certs = (struct pt_judge_certs){.n = 0U};
}

bool pt_judge_cert_matches(X509 *cert, const char *digest, pt_slice value)
{
    unsigned char got[EVP_MAX_MD_SIZE];
    unsigned int n = 0U;
    const EVP_MD *const md = EVP_get_digestbyname(digest);
    const bool ok = md != NULL && X509_digest(cert, md, got, &n) == 1 && n == value.len &&
                    CRYPTO_memcmp(got, value.ptr, n) == 0;
    (void)pt_ossl_done(PT_SUCCESS);
    return ok;
}

static int64_t instant(const struct pt_verdict *verdict)
{
    const struct pt_verdict_times *const times = &verdict->times;
    return times->has_proven && times->proven < times->judged ? times->proven : times->judged;
}

enum pt_reason pt_judge_algorithm(const struct pt_verdict *verdict, struct pt_judge_made made)
{
    const struct {
        const char *name;
        uint32_t bits;
    } used[] = {{made.digest, 0U},
                {made.mechanism, verdict->signer.bits},
                {verdict->signer.algorithm, verdict->signer.bits}};
    const int32_t day = (int32_t)(instant(verdict) / 86400);
    enum pt_reason worst = PT_REASON_NONE;
    for (size_t i = 0U; i < PT_COUNT(used); i++) {
        const struct pt_policy_rule *rule = NULL;
        if (pt_policy_check(pt_slice_str(used[i].name), used[i].bits, day, &rule) !=
            PT_POLICY_REFUSED) {
            continue;
        }
        if (rule == NULL || !rule->accepted) {
            return PT_REASON_FORBIDDEN_ALGORITHM;
        }
        worst = PT_REASON_POLICY_ENDED; /* it was good once: an older proof would settle it */
    }
    return worst;
}

/* --- time ------------------------------------------------------------------------------------ */

/* A token that is wrong makes the seal wrong; one that leads nowhere leaves it undecided. */
static enum pt_reason inside(enum pt_reason reason)
{
    struct pt_verdict as;
    pt_verdict_init(&as, 0);
    pt_verdict_refuse(&as, reason);
    const bool invalid = as.kind == PT_VERDICT_INVALID;
    pt_verdict_done(&as);
    if (reason == PT_REASON_FAILED) {
        return reason;
    }
    return invalid ? PT_REASON_TOKEN_INVALID : PT_REASON_TOKEN_UNTRUSTED;
}

enum pt_reason pt_judge_token(struct pt_verdict *verdict, pt_slice token, pt_slice stamped,
                              const struct pt_trust *trust)
{
    struct pt_tst tst;
    if (!pt_ok(pt_tst_read(token, &tst))) {
        return PT_REASON_TOKEN_INVALID;
    }
    enum pt_reason reason = PT_REASON_TOKEN_INVALID;
    if (pt_tst_covers(&tst, stamped)) {
        reason = pt_tst_judge(&tst, trust, verdict->times.judged, &verdict->authority);
        reason = reason == PT_REASON_NONE ? reason : inside(reason);
    }
    if (reason == PT_REASON_NONE) {
        verdict->times.has_proven = true;
        verdict->times.proven = pt_tst_proven(&tst);
    }
    pt_tst_done(&tst);
    return reason;
}

/* The certificate's life around the instant that is proven, or now. */
static enum pt_reason life(const struct pt_verdict *verdict)
{
    const bool proven = verdict->times.has_proven;
    if (instant(verdict) < verdict->signer.not_before) {
        return proven ? PT_REASON_NOT_YET_VALID : PT_REASON_NOT_YET_NO_PROOF;
    }
    if (instant(verdict) > verdict->signer.not_after) {
        return proven ? PT_REASON_EXPIRED_AT_SIGNING : PT_REASON_EXPIRED_NO_PROOF;
    }
    return PT_REASON_NONE;
}

/* --- trust ----------------------------------------------------------------------------------- */

static enum pt_reason believed(const struct pt_verdict *verdict, const struct pt_judge_certs *certs,
                               const struct pt_trust *trust, bool *ret_since)
{
    STACK_OF(X509) *const others = sk_X509_new_null();
    bool ok = others != NULL;
    for (size_t i = 0U; ok && i < certs->n; i++) {
        ok = i == certs->signer || sk_X509_push(others, certs->list[i]) > 0;
    }
    const bool expired = verdict->times.judged > verdict->signer.not_after;
    const struct pt_trust_question question = {
        .trust = trust,
        .cert = certs->list[certs->signer],
        .others = others,
        .at = instant(verdict),
        /* An expired certificate has no fresh evidence any more: that of the day counts. */
        .fresh = expired ? instant(verdict) : verdict->times.judged,
        .proven = verdict->times.has_proven,
    };
    const enum pt_reason reason = ok ? pt_trust_judge(&question, ret_since) : PT_REASON_FAILED;
    sk_X509_free(others);
    return reason;
}

void pt_judge(struct pt_verdict *verdict, const struct pt_judge_certs *certs,
              const struct pt_trust *trust)
{
    bool since = false;
    enum pt_reason reason = life(verdict);
    if (reason == PT_REASON_NONE) {
        reason = believed(verdict, certs, trust, &since);
    }
    if (reason == PT_REASON_NONE) {
        pt_verdict_accept(verdict, since || verdict->times.judged > verdict->signer.not_after);
    } else {
        pt_verdict_refuse(verdict, reason);
    }
    (void)pt_ossl_done(PT_SUCCESS);
}
