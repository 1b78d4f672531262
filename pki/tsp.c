/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tsp.c -- the question to a time-stamping authority, and what is checked of its answer before it
 * is believed (tsp.h). What costs nothing is compared first. Layer 1 (pki).
 */
#include "poterne/pki/tsp.h"

#include "pki/ossl_int.h"
#include "pki/tsr_int.h"
#include "poterne/base/secret.h"
#include "poterne/pki/digest.h"

PT_RESULT pt_tsp_ask_new(pt_slice imprint, pt_slice policy, const struct pt_random_port *random,
                         struct pt_tsp_ask *ret)
{
    PT_ENSURE(ret != NULL && (imprint.len == 32U || imprint.len == PT_DIGEST_MAX), PT_E_ARG);
    struct pt_tsp_ask ask = {
        .digest = imprint.len == 32U ? PT_SEAL_SHA256 : PT_SEAL_SHA384,
        .imprint_len = imprint.len,
        .policy = policy,
    };
    memcpy(ask.imprint, imprint.ptr, imprint.len);
    PT_TRY(random != NULL ? random->fill(random->ctx, ask.nonce, sizeof(ask.nonce))
                          : pt_random(ask.nonce, sizeof(ask.nonce)));
    ask.nonce[0] = (uint8_t)((ask.nonce[0] & 0x3fU) | 0x40U);
    *ret = ask;
    return PT_SUCCESS;
}

/* --- the request -------------------------------------------------------------------------------
 */

static bool set_imprint(TS_REQ *req, const struct pt_tsp_ask *ask)
{
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    const int nid = ask->digest == PT_SEAL_SHA384 ? NID_sha384 : NID_sha256;
    uint8_t bytes[PT_DIGEST_MAX];
    memcpy(bytes, ask->imprint, sizeof(bytes));
    const bool set = imprint != NULL && algorithm != NULL &&
                     X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), V_ASN1_NULL, NULL) == 1 &&
                     TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
                     TS_MSG_IMPRINT_set_msg(imprint, bytes, (int)ask->imprint_len) == 1 &&
                     TS_REQ_set_msg_imprint(req, imprint) == 1;
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    return set;
}

static bool set_nonce(TS_REQ *req, const struct pt_tsp_ask *ask)
{
    BIGNUM *number = BN_bin2bn(ask->nonce, (int)sizeof(ask->nonce), NULL);
    ASN1_INTEGER *nonce = number != NULL ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    const bool set = nonce != NULL && TS_REQ_set_nonce(req, nonce) == 1;
    ASN1_INTEGER_free(nonce);
    BN_free(number);
    return set;
}

static pt_status set_policy(TS_REQ *req, pt_slice policy)
{
    char text[PT_OID_TEXT_MAX];
    if (policy.len == 0U) {
        return PT_SUCCESS;
    }
    PT_ENSURE(policy.len < sizeof(text), PT_E_SYNTAX);
    memcpy(text, policy.ptr, policy.len);
    text[policy.len] = '\0';
    ASN1_OBJECT *oid = OBJ_txt2obj(text, 1);
    PT_ENSURE(oid != NULL, PT_E_SYNTAX);
    const int set = TS_REQ_set_policy_id(req, oid);
    ASN1_OBJECT_free(oid);
    return set == 1 ? PT_SUCCESS : PT_FAIL(PT_E_NOMEM);
}

static pt_status write_request(TS_REQ *req, struct pt_buf *out)
{
    unsigned char *der = NULL;
    const int n = i2d_TS_REQ(req, &der);
    PT_ENSURE(n > 0, PT_E_NOMEM);
    pt_buf_put(out, pt_slice_of(der, (size_t)n));
    OPENSSL_free(der);
    return pt_buf_status(out);
}

PT_RESULT pt_tsp_request(const struct pt_tsp_ask *ask, struct pt_buf *out)
{
    PT_ENSURE(ask != NULL && out != NULL &&
                  (ask->imprint_len == 32U || ask->imprint_len == PT_DIGEST_MAX),
              PT_E_ARG);
    TS_REQ *req = TS_REQ_new();
    if (req == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    pt_status st = set_policy(req, ask->policy);
    if (pt_ok(st) && (TS_REQ_set_version(req, 1) != 1 || !set_imprint(req, ask) ||
                      !set_nonce(req, ask) || TS_REQ_set_cert_req(req, 1) != 1)) {
        st = PT_FAIL(PT_E_NOMEM);
    }
    if (pt_ok(st)) {
        st = write_request(req, out);
    }
    TS_REQ_free(req);
    return pt_ossl_done(st);
}

/* --- the answer --------------------------------------------------------------------------------
 */

static bool imprint_fits(const struct pt_tsp_ask *ask, const struct pt_tst *tst)
{
    const int nid = ask->digest == PT_SEAL_SHA384 ? NID_sha384 : NID_sha256;
    return tst->imprint_nid == nid &&
           pt_slice_eq(tst->imprint, pt_slice_of(ask->imprint, ask->imprint_len));
}

static bool nonce_fits(const struct pt_tsp_ask *ask, const struct pt_tst *tst)
{
    uint8_t bytes[PT_TSP_NONCE_LEN];
    const ASN1_INTEGER *const nonce = TS_TST_INFO_get_nonce(tst->info);
    BIGNUM *number = nonce != NULL ? ASN1_INTEGER_to_BN(nonce, NULL) : NULL;
    const bool fits =
        number != NULL && BN_is_negative(number) == 0 &&
        BN_bn2binpad(number, bytes, (int)sizeof(bytes)) == (int)sizeof(bytes) &&
        pt_equal_ct(pt_slice_of(bytes, sizeof(bytes)), pt_slice_of(ask->nonce, sizeof(ask->nonce)));
    BN_free(number);
    return fits;
}

/* genTime and its accuracy overlap the time the exchange took, our clock's error on both sides. */
static bool time_fits(const struct pt_tsp_window *window, const struct pt_tst *tst)
{
    const int64_t accuracy = (tst->accuracy_ms + 999) / 1000;
    return (tst->has_accuracy || window->accuracy_optional) &&
           tst->time - accuracy <= window->received + PT_TSP_SKEW_S &&
           pt_tst_proven(tst) >= window->sent - PT_TSP_SKEW_S;
}

static enum pt_reason answer_reason(const struct pt_tsp_ask *ask,
                                    const struct pt_tsp_window *window, const struct pt_tst *tst)
{
    if (!imprint_fits(ask, tst)) {
        return PT_REASON_TOKEN_IMPRINT;
    }
    if (!nonce_fits(ask, tst)) {
        return PT_REASON_TOKEN_NONCE;
    }
    if (ask->policy.len != 0U && !pt_slice_eq(ask->policy, pt_slice_str(tst->policy))) {
        return PT_REASON_TOKEN_POLICY;
    }
    return time_fits(window, tst) ? PT_REASON_NONE : PT_REASON_TOKEN_TIME;
}

struct answer {
    const struct pt_tsp_ask *ask;
    const struct pt_tsp_window *window;
    const struct pt_trust *trust;
};

static enum pt_reason judge(const struct answer *a, pt_slice token, struct pt_verdict *verdict)
{
    struct pt_tst tst;
    const pt_status st = pt_tst_read(token, &tst);
    if (!pt_ok(st)) {
        return pt_cms_reason(st);
    }
    enum pt_reason reason = answer_reason(a->ask, a->window, &tst);
    if (reason == PT_REASON_NONE) {
        reason = pt_tst_judge(&tst, a->trust, a->window->received, &verdict->authority);
        verdict->signer = verdict->authority;
    }
    if (reason == PT_REASON_NONE) {
        verdict->times.has_proven = true;
        verdict->times.proven = pt_tst_proven(&tst);
        verdict->coverage = PT_COVERS_WHOLE;
        pt_verdict_accept(verdict, false);
    }
    pt_tst_done(&tst);
    return reason;
}

PT_RESULT pt_tsp_accept(const struct pt_tsp_ask *ask, const struct pt_tsp_window *window,
                        const struct pt_trust *trust, pt_slice answer, struct pt_verdict *verdict,
                        struct pt_buf *token)
{
    uint32_t status = 0U;
    pt_slice der = PT_SLICE_EMPTY;
    PT_ENSURE(ask != NULL && window != NULL && trust != NULL && verdict != NULL && token != NULL &&
                  window->received >= 0,
              PT_E_ARG);
    const struct answer a = {.ask = ask, .window = window, .trust = trust};
    pt_verdict_init(verdict, window->received);
    verdict->format = PT_FORMAT_TSR;
    verdict->signers = 1U;
    enum pt_reason reason = pt_cms_reason(pt_tsr_split(answer, &status, &der));
    if (reason == PT_REASON_NONE && status > 1U) {
        reason = PT_REASON_TOKEN_STATUS;
    }
    if (reason == PT_REASON_NONE) {
        reason = judge(&a, der, verdict);
    }
    if (reason != PT_REASON_NONE) {
        pt_verdict_refuse(verdict, reason);
        return pt_ossl_done(reason == PT_REASON_FAILED ? PT_FAIL(PT_E_NOMEM) : PT_SUCCESS);
    }
    pt_buf_put(token, der);
    return pt_ossl_done(pt_buf_status(token));
}
