/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path_ocsp.c -- see path_int.h: one OCSP answer, one certificate (RFC 6960 section 3.2, RGS-12).
 * Who signed is decided here, not by OpenSSL's chain building: the issuer itself, or a responder
 * that this very issuer certified for nothing else (4.2.2.2). Nobody else, ever.
 * Layer 1 (pki).
 */
#include "pki/path_int.h"

#include <openssl/err.h>

/* --- the question ---------------------------------------------------------------------------- */

static bool fill_request(OCSP_REQUEST *request, const struct pt_subject *subject, pt_slice nonce)
{
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha256(), subject->cert, subject->issuer);
    if (id == NULL || OCSP_request_add0_id(request, id) == NULL) {
        OCSP_CERTID_free(id);
        return false;
    }
    unsigned char bytes[PT_OCSP_NONCE_LEN];
    if (nonce.len != sizeof bytes) {
        return false;
    }
    memcpy(bytes, nonce.ptr, sizeof bytes);
    return OCSP_request_add1_nonce(request, bytes, (int)sizeof bytes) == 1;
}

OCSP_REQUEST *pt_ocsp_request(const struct pt_subject *subject, pt_slice nonce)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    if (request != NULL && !fill_request(request, subject, nonce)) {
        OCSP_REQUEST_free(request);
        return NULL;
    }
    return request;
}

/* --- form: extensions, one answer, about this certificate ------------------------------------ */

static bool critical_unknown(const OCSP_BASICRESP *basic, const OCSP_SINGLERESP *single)
{
    for (int i = 0; i < OCSP_BASICRESP_get_ext_count((OCSP_BASICRESP *)(uintptr_t)basic); i++) {
        X509_EXTENSION *ext = OCSP_BASICRESP_get_ext((OCSP_BASICRESP *)(uintptr_t)basic, i);
        if (X509_EXTENSION_get_critical(ext) == 1 &&
            OBJ_obj2nid(X509_EXTENSION_get_object(ext)) != NID_id_pkix_OCSP_Nonce) {
            return true;
        }
    }
    for (int i = 0; i < OCSP_SINGLERESP_get_ext_count((OCSP_SINGLERESP *)(uintptr_t)single); i++) {
        if (X509_EXTENSION_get_critical(
                OCSP_SINGLERESP_get_ext((OCSP_SINGLERESP *)(uintptr_t)single, i)) == 1) {
            return true;
        }
    }
    return false;
}

/* The digest of a CertID only finds the issuer again; SHA-1 is what most responders use there, and
 * nothing rests on it: the issuer's key decides below. */
static const EVP_MD *id_digest(const ASN1_OBJECT *algorithm)
{
    switch (OBJ_obj2nid(algorithm)) {
    case NID_sha1:
    case NID_sha256:
    case NID_sha384:
    case NID_sha512:
        return EVP_get_digestbyobj(algorithm);
    default:
        return NULL;
    }
}

static bool same_certificate(const struct pt_subject *subject, const OCSP_SINGLERESP *single)
{
    OCSP_CERTID *theirs = (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(single);
    ASN1_OBJECT *algorithm = NULL;
    if (OCSP_id_get0_info(NULL, &algorithm, NULL, NULL, theirs) != 1) {
        return false;
    }
    const EVP_MD *digest = id_digest(algorithm);
    OCSP_CERTID *ours =
        digest != NULL ? OCSP_cert_to_id(digest, subject->cert, subject->issuer) : NULL;
    const bool same = ours != NULL && OCSP_id_cmp(ours, theirs) == 0;
    OCSP_CERTID_free(ours);
    return same;
}

static enum pt_path_reason form(const struct pt_subject *subject, OCSP_BASICRESP *basic)
{
    if (OCSP_resp_count(basic) != 1) {
        return PT_OCSP_MANY;
    }
    const OCSP_SINGLERESP *single = OCSP_resp_get0(basic, 0);
    if (!same_certificate(subject, single)) {
        return PT_OCSP_CERT_ID;
    }
    return critical_unknown(basic, single) ? PT_OCSP_CRITICAL : PT_PATH_OK;
}

/* --- who signed ------------------------------------------------------------------------------ */

static bool is_issuer(const struct pt_subject *subject, X509 *signer)
{
    return X509_cmp(signer, subject->issuer) == 0;
}

static bool in_its_dates(X509 *cert, int64_t at_s)
{
    int64_t from = 0;
    int64_t until = 0;
    return pt_ok(pt_ossl_seconds(X509_get0_notBefore(cert), &from)) &&
           pt_ok(pt_ossl_seconds(X509_get0_notAfter(cert), &until)) && from <= at_s &&
           at_s <= until;
}

/* RFC 6960 4.2.2.2.1: ocsp-nocheck says that its life is short enough; without it a list of the
 * same issuer must clear the responder. Whoever lost its key may have dated the answer back. */
static bool not_revoked(const struct pt_subject *responder, const STACK_OF(X509_CRL) * crls)
{
    bool cleared = X509_get_ext_by_NID(responder->cert, NID_id_pkix_OCSP_noCheck, -1) >= 0;
    for (int i = 0; i < sk_X509_CRL_num(crls); i++) {
        struct pt_finding finding;
        pt_crl_judge(responder, sk_X509_CRL_value(crls, i), &finding);
        if (finding.verdict == PT_PATH_REVOKED ||
            (finding.revoked_s != 0 && pt_path_revocation_compromises(finding.revocation_reason))) {
            return false;
        }
        cleared = cleared || finding.verdict == PT_PATH_GOOD;
    }
    return cleared;
}

/* X509_check_issued compares names and key identifiers; the signature is what counts. */
static enum pt_path_reason delegated(const struct pt_subject *subject, X509 *signer, int64_t at_s,
                                     const STACK_OF(X509_CRL) * crls)
{
    const uint32_t usage = X509_get_key_usage(signer);
    const struct pt_subject responder = {.cert = signer,
                                         .issuer = subject->issuer,
                                         .at_s = at_s,
                                         .fresh_s = at_s,
                                         .level = subject->level};
    if (X509_check_issued(subject->issuer, signer) != X509_V_OK ||
        X509_verify(signer, X509_get0_pubkey(subject->issuer)) != 1) {
        return PT_OCSP_RESPONDER;
    }
    if ((X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) == 0U ||
        (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) == 0U ||
        (usage & KU_DIGITAL_SIGNATURE) == 0U) {
        return PT_OCSP_EKU;
    }
    if ((X509_get_extension_flags(signer) & (EXFLAG_CRITICAL | EXFLAG_INVALID)) != 0U) {
        return PT_OCSP_CRITICAL;
    }
    if (!in_its_dates(signer, at_s)) {
        return PT_OCSP_RESPONDER_DATES;
    }
    if (!pt_path_key_ok(X509_get0_pubkey(signer), subject->fresh_s) ||
        !pt_path_signature_ok(X509_get0_tbs_sigalg(signer), subject->fresh_s)) {
        return PT_OCSP_POLICY;
    }
    return not_revoked(&responder, crls) ? PT_PATH_OK : PT_OCSP_RESPONDER_REVOCATION;
}

/* With NOVERIFY and NOINTERN OpenSSL checks one thing only: this signature under that key. */
static enum pt_path_reason signed_by(OCSP_BASICRESP *basic, X509 *signer, int64_t fresh_s)
{
    if (!pt_path_signature_ok(OCSP_resp_get0_tbs_sigalg(basic), fresh_s)) {
        return PT_OCSP_POLICY;
    }
    STACK_OF(X509) *only = sk_X509_new_null();
    const bool ok = only != NULL && sk_X509_push(only, signer) > 0 &&
                    OCSP_basic_verify(basic, only, NULL, OCSP_NOVERIFY | OCSP_NOINTERN) == 1;
    sk_X509_free(only);
    return ok ? PT_PATH_OK : PT_OCSP_SIGNATURE;
}

/* @at_s: when the responder must have been good. */
static enum pt_path_reason authentic(const struct pt_subject *subject, OCSP_BASICRESP *basic,
                                     int64_t at_s, const STACK_OF(X509_CRL) * crls)
{
    X509 *signer = NULL;
    STACK_OF(X509) *issuer = sk_X509_new_null();
    const bool found = issuer != NULL && sk_X509_push(issuer, subject->issuer) > 0 &&
                       OCSP_resp_get0_signer(basic, &signer, issuer) == 1;
    sk_X509_free(issuer);
    if (!found) {
        return PT_OCSP_RESPONDER;
    }
    const enum pt_path_reason reason =
        is_issuer(subject, signer) ? PT_PATH_OK : delegated(subject, signer, at_s, crls);
    return reason == PT_PATH_OK ? signed_by(basic, signer, subject->fresh_s) : reason;
}

/* --- when ------------------------------------------------------------------------------------ */

/* Without nextUpdate only an answer to our own nonce counts, and only while it is new. */
static enum pt_path_reason fresh(const struct pt_subject *subject, const struct pt_finding *dates,
                                 bool ours)
{
    const int64_t now_s = subject->fresh_s;
    if (dates->this_update_s > now_s + PT_OCSP_SKEW_S) {
        return PT_OCSP_FUTURE;
    }
    if (dates->next_update_s == 0) {
        return ours && now_s - dates->this_update_s <= PT_OCSP_SKEW_S ? PT_PATH_OK : PT_OCSP_STALE;
    }
    if (dates->next_update_s <= dates->this_update_s ||
        dates->next_update_s - dates->this_update_s > pt_revocation_life_max_s(subject->level)) {
        return PT_OCSP_LIFE;
    }
    return now_s < dates->next_update_s ? PT_PATH_OK : PT_OCSP_STALE;
}

/* What the one answer says, not yet whether it may. */
static enum pt_path_reason read_answer(OCSP_BASICRESP *basic, struct pt_finding *ret)
{
    int reason = -1;
    ASN1_GENERALIZEDTIME *revoked = NULL;
    ASN1_GENERALIZEDTIME *from = NULL;
    ASN1_GENERALIZEDTIME *until = NULL;
    const int status =
        OCSP_single_get0_status(OCSP_resp_get0(basic, 0), &reason, &revoked, &from, &until);
    if (!pt_ok(pt_ossl_seconds(from, &ret->this_update_s)) ||
        (until != NULL && !pt_ok(pt_ossl_seconds(until, &ret->next_update_s)))) {
        return PT_OCSP_UNREADABLE;
    }
    if (status == V_OCSP_CERTSTATUS_GOOD) {
        ret->verdict = PT_PATH_GOOD;
        return PT_PATH_OK;
    }
    if (status != V_OCSP_CERTSTATUS_REVOKED || !pt_ok(pt_ossl_seconds(revoked, &ret->revoked_s))) {
        return PT_OCSP_UNKNOWN;
    }
    ret->verdict = PT_PATH_REVOKED;
    ret->revocation_reason = reason;
    return PT_PATH_REVOKED_AT;
}

/* --- all of it ------------------------------------------------------------------------------- */

/* Whether the answer may be used at all, and then when. The nonce is a matter of freshness. */
static enum pt_path_reason judge(const struct pt_subject *subject, OCSP_BASICRESP *basic,
                                 OCSP_REQUEST *asked, const STACK_OF(X509_CRL) * crls,
                                 struct pt_finding *ret)
{
    const enum pt_path_reason form_reason = form(subject, basic);
    if (form_reason != PT_PATH_OK) {
        return form_reason;
    }
    struct pt_finding said = *ret;
    const enum pt_path_reason answer = read_answer(basic, &said);
    const bool final = answer == PT_PATH_REVOKED_AT && said.revoked_s <= subject->at_s;
    const int64_t at_s = final || subject->past ? said.this_update_s : subject->fresh_s;
    const enum pt_path_reason who = authentic(subject, basic, at_s, crls);
    if (who != PT_PATH_OK) {
        return who;
    }
    /* 1: both have one, and they are equal. */
    const bool replayed = asked != NULL && OCSP_check_nonce(asked, basic) != 1;
    const enum pt_path_reason when =
        replayed ? PT_OCSP_NONCE : fresh(subject, &said, asked != NULL);
    if (answer == PT_OCSP_UNKNOWN && when != PT_PATH_OK) {
        return when;
    }
    *ret = said;
    ret->reason = answer;
    pt_finding_date(subject, when, ret);
    return ret->reason;
}

static void open_and_judge(const struct pt_subject *subject, OCSP_RESPONSE *response,
                           OCSP_REQUEST *asked, const STACK_OF(X509_CRL) * crls,
                           struct pt_finding *ret)
{
    const int status = OCSP_response_status(response);
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        ret->reason = PT_OCSP_STATUS;
        ret->aux = (uint32_t)status;
        return;
    }
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
    if (basic == NULL) {
        ret->reason = PT_OCSP_UNREADABLE;
        return;
    }
    ret->reason = judge(subject, basic, asked, crls, ret);
    OCSP_BASICRESP_free(basic);
}

void pt_ocsp_judge(const struct pt_subject *subject, pt_slice der, OCSP_REQUEST *asked,
                   const STACK_OF(X509_CRL) * crls, struct pt_finding *ret)
{
    *ret = (struct pt_finding){
        .reason = PT_OCSP_UNREADABLE, .revocation_reason = -1, .by = PT_PATH_BY_OCSP, .der = der};
    if (der.len > PT_OCSP_ANSWER_MAX) {
        ret->reason = PT_OCSP_TOO_LARGE;
        return;
    }
    const unsigned char *at = (const unsigned char *)der.ptr;
    OCSP_RESPONSE *response = der.len > 0U ? d2i_OCSP_RESPONSE(NULL, &at, (long)der.len) : NULL;
    if (response != NULL && (const char *)at == der.ptr + der.len) {
        open_and_judge(subject, response, asked, crls, ret);
    }
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
}
