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

int64_t pt_judge_instant(const struct pt_verdict *verdict)
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
    const int32_t day = (int32_t)(pt_judge_instant(verdict) / 86400);
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

static enum pt_reason read_and_judge(struct pt_verdict *verdict, pt_slice token, pt_slice stamped,
                                     const struct pt_trust *trust)
{
    struct pt_tst tst;
    struct pt_verdict_times *const times = &verdict->times;
    struct pt_verdict_signer authority = {.algorithm = ""};
    const pt_status st = pt_tst_read(token, &tst);
    if (!pt_ok(st)) {
        return pt_cms_reason(st);
    }
    enum pt_reason reason = PT_REASON_TOKEN_IMPRINT;
    if (pt_tst_covers(&tst, stamped)) {
        reason = pt_tst_judge(&tst, trust, times->judged, &authority);
    } else if (pt_ossl_starved()) {
        reason = PT_REASON_FAILED;
    }
    const int64_t proven = pt_tst_proven(&tst);
    const bool earliest = !times->has_proven || proven < times->proven;
    pt_tst_done(&tst);
    /* Named is the authority of the earliest token, or of the one that is not believed. */
    if (reason != PT_REASON_NONE || earliest) {
        verdict->authority = authority;
    }
    if (reason == PT_REASON_NONE && earliest) {
        times->has_proven = true;
        times->proven = proven;
    }
    return reason;
}

enum pt_reason pt_judge_token(struct pt_verdict *verdict, pt_slice token, pt_slice stamped,
                              const struct pt_trust *trust)
{
    verdict->token = read_and_judge(verdict, token, stamped, trust);
    return verdict->token == PT_REASON_NONE ? PT_REASON_NONE : inside(verdict->token);
}

/* The certificate's life around the instant that is proven, or now. */
static enum pt_reason life(const struct pt_verdict *verdict)
{
    const bool proven = verdict->times.has_proven;
    if (pt_judge_instant(verdict) < verdict->signer.not_before) {
        return proven ? PT_REASON_NOT_YET_VALID : PT_REASON_NOT_YET_NO_PROOF;
    }
    if (pt_judge_instant(verdict) > verdict->signer.not_after) {
        return proven ? PT_REASON_EXPIRED_AT_SIGNING : PT_REASON_EXPIRED_NO_PROOF;
    }
    return PT_REASON_NONE;
}

/* --- trust ----------------------------------------------------------------------------------- */

static enum pt_reason believed(const struct pt_verdict *verdict, X509 *cert,
                               STACK_OF(X509) * others, const struct pt_trust *trust,
                               bool *ret_since)
{
    const bool expired = verdict->times.judged > verdict->signer.not_after;
    const struct pt_trust_question question = {
        .trust = trust,
        .cert = cert,
        .others = others,
        .at = pt_judge_instant(verdict),
        /* An expired certificate has no fresh evidence any more: that made since the proven time,
         * during its life, counts. */
        .fresh = expired ? pt_judge_instant(verdict) : verdict->times.judged,
        .past = expired,
        .proven = verdict->times.has_proven,
    };
    return pt_trust_judge(&question, ret_since);
}

enum pt_reason pt_judge_signer(struct pt_verdict *verdict, X509 *cert, STACK_OF(X509) * others,
                               const struct pt_trust *trust)
{
    bool since = false;
    enum pt_reason reason = life(verdict);
    if (reason == PT_REASON_NONE) {
        reason = believed(verdict, cert, others, trust, &since);
    }
    if (reason == PT_REASON_NONE) {
        pt_verdict_accept(verdict, since || verdict->times.judged > verdict->signer.not_after);
    } else {
        pt_verdict_refuse(verdict, reason);
    }
    (void)pt_ossl_done(PT_SUCCESS);
    return reason;
}

void pt_judge(struct pt_verdict *verdict, const struct pt_judge_certs *certs,
              const struct pt_trust *trust)
{
    STACK_OF(X509) *const others = sk_X509_new_null();
    bool ok = others != NULL;
    for (size_t i = 0U; ok && i < certs->n; i++) {
        ok = i == certs->signer || sk_X509_push(others, certs->list[i]) > 0;
    }
    if (ok) {
        (void)pt_judge_signer(verdict, certs->list[certs->signer], others, trust);
    } else {
        pt_verdict_refuse(verdict, PT_REASON_FAILED);
    }
    sk_X509_free(others);
    (void)pt_ossl_done(PT_SUCCESS);
}
