/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * judge.c -- see judge_int.h. Law: without a proven time the instant of judgement is now, whatever
 * the signature says of itself. Layer 1 (pki).
 */
#include "pki/judge_int.h"

#include "pki/ossl_int.h"
#include "poterne/pki/policy.h"

#include <openssl/crypto.h>

#define ARENA_MAX 1048576U /* the chain of one path */

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
    return verdict->times.has_proven ? verdict->times.proven : verdict->times.judged;
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

/* --- the path -------------------------------------------------------------------------------- */

/* What the path could not settle: with a proven time some of it is settled, against the seal. */
static enum pt_reason unknown_reason(const struct pt_path_result *path, bool proven)
{
    static const struct {
        enum pt_path_reason path;
        enum pt_reason now, then; /* without and with a proven time, of the signer's certificate */
        enum pt_reason above;     /* of an authority */
    } table[] = {
        {PT_PATH_NOT_FOUND, PT_REASON_NO_PATH, PT_REASON_NO_PATH, PT_REASON_NO_PATH},
        {PT_PATH_EXPIRED, PT_REASON_EXPIRED_NO_PROOF, PT_REASON_EXPIRED_AT_SIGNING,
         PT_REASON_CHAIN},
        {PT_PATH_NOT_YET_VALID, PT_REASON_NOT_YET_NO_PROOF, PT_REASON_NOT_YET_VALID,
         PT_REASON_CHAIN},
        {PT_PATH_PURPOSE, PT_REASON_USAGE, PT_REASON_USAGE, PT_REASON_CHAIN},
    };
    for (size_t i = 0U; i < PT_COUNT(table); i++) {
        if (table[i].path == path->reason) {
            const enum pt_reason own = proven ? table[i].then : table[i].now;
            return path->depth == 0U ? own : table[i].above;
        }
    }
    return path->reason >= PT_PATH_REVOKED_AT ? PT_REASON_REVOCATION_UNKNOWN : PT_REASON_CHAIN;
}

static void conclude(struct pt_verdict *verdict, const struct pt_path_result *path)
{
    const bool proven = verdict->times.has_proven;
    if (path->verdict == PT_PATH_GOOD) {
        pt_verdict_accept(verdict, proven && (verdict->times.judged > verdict->signer.not_after ||
                                              path->revoked_s != 0));
    } else if (path->verdict == PT_PATH_REVOKED) {
        pt_verdict_refuse(verdict, proven ? PT_REASON_REVOKED : PT_REASON_REVOKED_NO_PROOF);
    } else {
        pt_verdict_refuse(verdict, unknown_reason(path, proven));
    }
}

/* A copy in the arena: the path wants slices that outlive the call. */
static pt_status der_of(X509 *cert, struct pt_arena *arena, pt_slice *ret)
{
    unsigned char *der = NULL;
    const int n = i2d_X509(cert, &der);
    PT_ENSURE(n > 0, PT_E_CRYPTO);
    const pt_status st = pt_arena_dup(arena, pt_slice_of(der, (size_t)n), ret);
    OPENSSL_free(der);
    return st;
}

static pt_status check_path(const struct pt_verdict *verdict, const struct pt_judge_certs *certs,
                            const struct pt_trust *trust, struct pt_arena *arena,
                            struct pt_path_result *ret)
{
    pt_slice ders[PT_JUDGE_CERTS_MAX + PT_PATH_CERTS_MAX];
    size_t n = 0U;
    PT_ENSURE(trust->nextra <= PT_PATH_CERTS_MAX - PT_JUDGE_CERTS_MAX, PT_E_ARG);
    while (n < certs->n) {
        PT_TRY(der_of(certs->list[n], arena, &ders[n]));
        n++;
    }
    for (size_t i = 0U; i < trust->nextra; i++) {
        ders[n++] = trust->extra[i];
    }
    const struct pt_path_request request = {.target = ders[certs->signer],
                                            .extra = ders,
                                            .nextra = n,
                                            .anchors = trust->anchors,
                                            .nanchors = trust->nanchors,
                                            .at_s = instant(verdict),
                                            .fresh_s = verdict->times.judged,
                                            .purpose = PT_PATH_SEAL,
                                            .level = trust->level,
                                            .evidence = trust->evidence,
                                            .fetch = trust->fetch,
                                            .cache = trust->cache,
                                            .arena = arena};
    return pt_path_check(&request, ret);
}

void pt_judge(struct pt_verdict *verdict, const struct pt_judge_certs *certs,
              const struct pt_trust *trust)
{
    struct pt_path_result path = {.verdict = PT_PATH_UNKNOWN};
    struct pt_arena *arena = NULL;
    if (trust->nanchors == 0U) {
        pt_verdict_refuse(verdict, PT_REASON_NO_PATH);
        return;
    }
    pt_status st = pt_arena_new(ARENA_MAX, &arena);
    if (pt_ok(st)) {
        st = check_path(verdict, certs, trust, arena, &path);
    }
    (void)pt_arena_free(arena);
    (void)pt_ossl_done(PT_SUCCESS);
    if (pt_ok(st)) {
        conclude(verdict, &path);
    } else {
        pt_verdict_refuse(verdict, PT_REASON_FAILED);
    }
}

enum pt_reason pt_judge_token(struct pt_verdict *verdict, pt_slice token, pt_slice stamped,
                              const struct pt_trust *trust)
{
    (void)verdict;
    (void)token;
    (void)stamped;
    (void)trust;
    return PT_REASON_TOKEN_UNTRUSTED;
}
