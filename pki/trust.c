/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * trust.c -- from the verdict of a path (path.h) to the reason of a seal's verdict (verdict.h).
 * Layer 1 (pki).
 */
#include "pki/trust_int.h"

#include "pki/ossl_int.h"
#include "poterne/base/arena.h"
#include "poterne/pki/cms.h"

/* The certificates of the path and of the signature, as DER. */
#define ARENA_MAX  2097152U
#define EXTRAS_MAX (PT_CMS_CERTS_MAX + PT_PATH_CERTS_MAX)

static pt_status der_of(struct pt_arena *arena, X509 *cert, pt_slice *ret)
{
    unsigned char *der = NULL;
    const int n = i2d_X509(cert, &der);
    PT_ENSURE(n > 0, PT_E_NOMEM);
    const pt_status st = pt_arena_dup(arena, pt_slice_of(der, (size_t)n), ret);
    OPENSSL_free(der);
    return st;
}

/* What came with the signature, then what the caller has besides. */
static pt_status extras_of(const struct pt_trust_question *q, struct pt_arena *arena,
                           struct pt_path_request *request)
{
    pt_slice *const list = (pt_slice *)pt_arena_alloc(arena, EXTRAS_MAX * sizeof(pt_slice));
    PT_ENSURE(list != NULL, PT_E_NOMEM);
    size_t n = 0U;
    for (int i = 0; i < sk_X509_num(q->others) && n < PT_CMS_CERTS_MAX; i++, n++) {
        PT_TRY(der_of(arena, sk_X509_value(q->others, i), &list[n]));
    }
    for (size_t i = 0U; i < q->trust->nextra && n < EXTRAS_MAX; i++) {
        list[n++] = q->trust->extra[i];
    }
    request->extra = list;
    request->nextra = n;
    return PT_SUCCESS;
}

static pt_status ask(const struct pt_trust_question *q, struct pt_arena *arena,
                     struct pt_path_result *ret)
{
    const struct pt_trust *const trust = q->trust;
    struct pt_path_request request = {
        .anchors = q->tsu ? trust->tsa_anchors : trust->anchors,
        .nanchors = q->tsu ? trust->ntsa_anchors : trust->nanchors,
        .at_s = q->at,
        .fresh_s = q->fresh,
        .past = q->past,
        .purpose = q->tsu ? PT_PATH_TSU : PT_PATH_SEAL,
        .level = trust->level,
        .evidence = trust->evidence,
        .fetch = trust->fetch,
        .cache = trust->cache,
        .arena = arena,
    };
    PT_TRY(der_of(arena, q->cert, &request.target));
    PT_TRY(extras_of(q, arena, &request));
    return pt_path_check(&request, ret);
}

static enum pt_reason revoked_reason(const struct pt_trust_question *q)
{
    return q->proven ? PT_REASON_REVOKED : PT_REASON_REVOKED_NO_PROOF;
}

static enum pt_reason chain_reason(enum pt_path_reason reason)
{
    static const struct {
        enum pt_path_reason path;
        enum pt_reason seal;
    } rows[] = {
        {PT_PATH_NOT_FOUND, PT_REASON_NO_PATH}, {PT_PATH_ANCHOR_UNREADABLE, PT_REASON_NO_PATH},
        {PT_PATH_PURPOSE, PT_REASON_USAGE},     {PT_PATH_POLICY, PT_REASON_FORBIDDEN_ALGORITHM},
        {PT_PATH_NOT_JUDGED, PT_REASON_FAILED}, {PT_PATH_POLICY_ENDED, PT_REASON_POLICY_ENDED},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        if (rows[i].path == reason) {
            return rows[i].seal;
        }
    }
    return PT_REASON_CHAIN;
}

/* RFC 3161 section 4 (1): whoever has a unit's key, or its authority's, also writes the time of its
 * tokens; a revocation that does not rule that out ends the older tokens too. */
static bool dated_by_a_thief(const struct pt_trust_question *q, const struct pt_path_result *result)
{
    return q->tsu && result->revoked_s != 0 &&
           pt_path_revocation_compromises(result->revocation_reason);
}

static enum pt_reason reason_of(const struct pt_trust_question *q,
                                const struct pt_path_result *result)
{
    if (result->verdict == PT_PATH_GOOD) {
        return dated_by_a_thief(q, result) ? PT_REASON_TOKEN_UNTRUSTED : PT_REASON_NONE;
    }
    if (result->verdict == PT_PATH_REVOKED) {
        return revoked_reason(q);
    }
    /* Everything that is not of the chain is of the evidence: unknown, stale, unreachable. */
    return result->reason > PT_PATH_REVOKED_AT ? PT_REASON_REVOCATION_UNKNOWN
                                               : chain_reason(result->reason);
}

enum pt_reason pt_trust_judge(const struct pt_trust_question *question, bool *ret_since)
{
    struct pt_path_result result = {.verdict = PT_PATH_UNKNOWN};
    struct pt_arena *arena = NULL;
    pt_status st = pt_arena_new(ARENA_MAX, &arena);
    if (pt_ok(st)) {
        st = ask(question, arena, &result);
    }
    (void)pt_arena_free(arena);
    (void)pt_ossl_done(PT_SUCCESS);
    if (!pt_ok(st)) {
        return PT_REASON_FAILED;
    }
    if (ret_since != NULL) {
        *ret_since = result.verdict == PT_PATH_GOOD && result.revoked_s > question->at;
    }
    return reason_of(question, &result);
}
