/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tst.c -- a time-stamp token: read, and judged (RFC 3161 2.4.2, RFC 5816, EN 319 422). A token is
 * a CMS, so that its signature is judged as a seal's is. Layer 1 (pki).
 */
#include "pki/ossl_int.h"
#include "pki/path_int.h"
#include "pki/trust_int.h"
#include "pki/tsr_int.h"
#include "pki/verdict_int.h"
#include "poterne/pki/policy.h"

#include <openssl/x509v3.h>

/* --- reading -----------------------------------------------------------------------------------
 */

/* The whole content is one TSTInfo. */
static TS_TST_INFO *read_info(pt_slice der)
{
    const unsigned char *at = (const unsigned char *)der.ptr;
    TS_TST_INFO *info = d2i_TS_TST_INFO(NULL, &at, (long)der.len);
    if (info != NULL && at != (const unsigned char *)der.ptr + der.len) {
        TS_TST_INFO_free(info);
        return NULL;
    }
    return info;
}

/* A number of at most @max; absent is zero. */
static bool small_number(const ASN1_INTEGER *number, uint64_t max, uint64_t *ret)
{
    *ret = 0U;
    return number == NULL || (ASN1_INTEGER_get_uint64(ret, number) == 1 && *ret <= max);
}

static bool read_accuracy(struct pt_tst *tst)
{
    const TS_ACCURACY *const accuracy = TS_TST_INFO_get_accuracy(tst->info);
    uint64_t s = 0U;
    uint64_t ms = 0U;
    uint64_t us = 0U;
    if (accuracy == NULL) {
        return true;
    }
    if (!small_number(TS_ACCURACY_get_seconds(accuracy), 86400U, &s) ||
        !small_number(TS_ACCURACY_get_millis(accuracy), 999U, &ms) ||
        !small_number(TS_ACCURACY_get_micros(accuracy), 999U, &us)) {
        return false;
    }
    tst->has_accuracy = true;
    tst->accuracy_ms = (uint32_t)(s * 1000U + ms + (us != 0U ? 1U : 0U));
    return true;
}

static pt_status read_fields(struct pt_tst *tst)
{
    TS_MSG_IMPRINT *const imprint = TS_TST_INFO_get_msg_imprint(tst->info);
    const ASN1_OBJECT *oid = NULL;
    X509_ALGOR_get0(&oid, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    const ASN1_OCTET_STRING *const hash = TS_MSG_IMPRINT_get_msg(imprint);
    tst->imprint_nid = OBJ_obj2nid(oid);
    tst->imprint = pt_slice_of(ASN1_STRING_get0_data(hash), (size_t)ASN1_STRING_length(hash));
    const int n =
        OBJ_obj2txt(tst->policy, (int)sizeof(tst->policy), TS_TST_INFO_get_policy_id(tst->info), 1);
    PT_ENSURE(n > 0 && n < (int)sizeof(tst->policy) && read_accuracy(tst), PT_E_SYNTAX);
    return pt_ossl_seconds(TS_TST_INFO_get_time(tst->info), &tst->time);
}

static pt_status read_token(pt_slice token, struct pt_tst *tst)
{
    PT_TRY(pt_cms_read(token, PT_TSR_MAX, &tst->cms));
    PT_ENSURE(tst->cms.attached && tst->cms.nsigners == 1 &&
                  OBJ_obj2nid(CMS_get0_eContentType(tst->cms.ossl)) == NID_id_smime_ct_TSTInfo,
              PT_E_SYNTAX);
    tst->info = read_info(tst->cms.content);
    PT_ENSURE(tst->info != NULL && TS_TST_INFO_get_version(tst->info) == 1, PT_E_SYNTAX);
    return read_fields(tst);
}

PT_RESULT pt_tst_read(pt_slice token, struct pt_tst *ret)
{
    struct pt_tst tst = {.info = NULL};
    *ret = tst;
    const pt_status st = read_token(token, &tst);
    if (!pt_ok(st)) {
        pt_tst_done(&tst);
        return pt_ossl_starved() ? PT_FAIL(PT_E_NOMEM) : st;
    }
    *ret = tst;
    return pt_ossl_done(PT_SUCCESS);
}

void pt_tst_done(struct pt_tst *tst)
{
    TS_TST_INFO_free(tst->info);
    pt_cms_done(&tst->cms);
    *tst = (struct pt_tst){.info = NULL};
}

bool pt_tst_covers(const struct pt_tst *tst, pt_slice bytes)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned int n = 0U;
    const EVP_MD *const md = EVP_get_digestbynid(tst->imprint_nid);
    const pt_slice name = pt_slice_str(pt_ossl_digest_name(tst->imprint_nid));
    if (md == NULL || pt_policy_check(name, 0U, 0, NULL) == PT_POLICY_REFUSED ||
        EVP_Digest(bytes.len != 0U ? bytes.ptr : "", bytes.len, hash, &n, md, NULL) != 1) {
        return false;
    }
    return pt_slice_eq(tst->imprint, pt_slice_of(hash, n));
}

/* --- judging -----------------------------------------------------------------------------------
 */

int64_t pt_tst_proven(const struct pt_tst *tst)
{
    const ASN1_GENERALIZEDTIME *const time = TS_TST_INFO_get_time(tst->info);
    const bool fraction =
        memchr(ASN1_STRING_get0_data(time), '.', (size_t)ASN1_STRING_length(time)) != NULL;
    return tst->time + (fraction ? 1 : 0) + (tst->accuracy_ms + 999) / 1000;
}

/* RFC 3161 2.3: extended key usage critical, and time-stamping alone. */
static bool unit_usage_ok(X509 *cert)
{
    const int at = X509_get_ext_by_NID(cert, NID_ext_key_usage, -1);
    if (at < 0 || X509_EXTENSION_get_critical(X509_get_ext(cert, at)) != 1) {
        return false;
    }
    EXTENDED_KEY_USAGE *usage =
        (EXTENDED_KEY_USAGE *)X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    const bool alone = usage != NULL && sk_ASN1_OBJECT_num(usage) == 1 &&
                       OBJ_obj2nid(sk_ASN1_OBJECT_value(usage, 0)) == NID_time_stamp;
    EXTENDED_KEY_USAGE_free(usage);
    return alone;
}

/* A directory name in the token must be the unit's own. */
static bool name_fits(const struct pt_tst *tst, X509 *cert)
{
    const GENERAL_NAME *const name = TS_TST_INFO_get_tsa(tst->info);
    return name == NULL || name->type != GEN_DIRNAME ||
           X509_NAME_cmp(name->d.directoryName, X509_get_subject_name(cert)) == 0;
}

static bool policy_fits(const struct pt_tst *tst, const struct pt_trust *trust)
{
    for (size_t i = 0U; i < trust->npolicies; i++) {
        if (pt_slice_eq(trust->policies[i], pt_slice_str(tst->policy))) {
            return true;
        }
    }
    return trust->npolicies == 0U;
}

/* What the token says, before anybody is believed. */
static enum pt_reason info_reason(const struct pt_tst *tst, const struct pt_trust *trust,
                                  int64_t now)
{
    const pt_slice digest = pt_slice_str(pt_ossl_digest_name(tst->imprint_nid));
    if (TS_TST_INFO_get_ext_by_critical(tst->info, 1, -1) >= 0) {
        return PT_REASON_FORMAT;
    }
    if (pt_policy_check(digest, 0U, 0, NULL) == PT_POLICY_REFUSED) {
        return PT_REASON_FORBIDDEN_ALGORITHM;
    }
    if (!policy_fits(tst, trust)) {
        return PT_REASON_TOKEN_POLICY;
    }
    if (tst->time < 0 || tst->accuracy_ms > PT_TSP_ACCURACY_MAX_MS ||
        tst->time > now + PT_TSP_SKEW_S) {
        return PT_REASON_TOKEN_TIME;
    }
    return PT_REASON_NONE;
}

static enum pt_reason signature_reason(const struct pt_tst *tst, struct pt_cms_judged *judged,
                                       struct pt_verdict_signer *authority)
{
    const struct pt_cms_question question = {
        .cms = &tst->cms,
        .si = pt_cms_signer(&tst->cms, 0),
        .content_type = NID_id_smime_ct_TSTInfo,
        .has_content = true,
        .content = tst->cms.content,
    };
    const enum pt_reason reason = pt_cms_judge(&question, judged);
    if (judged->cert == NULL) {
        return reason;
    }
    const pt_status st = pt_verdict_signer_of(judged->cert, authority);
    if (reason != PT_REASON_NONE) {
        return reason;
    }
    return pt_ok(st)
               ? PT_REASON_NONE
               : (st.code == (uint32_t)PT_E_DENIED ? PT_REASON_SIREN_CONFLICT : PT_REASON_FAILED);
}

/* The unit: its certificate at genTime. */
static enum pt_reason unit_reason(const struct pt_tst *tst, const struct pt_trust *trust,
                                  int64_t now, const struct pt_cms_judged *judged,
                                  const struct pt_verdict_signer *authority)
{
    if (!unit_usage_ok(judged->cert)) {
        return PT_REASON_USAGE;
    }
    if (!name_fits(tst, judged->cert)) {
        return PT_REASON_CERTIFICATE_REFERENCE;
    }
    if (tst->time < authority->not_before) {
        return PT_REASON_NOT_YET_VALID;
    }
    if (tst->time > authority->not_after) {
        return PT_REASON_EXPIRED_AT_SIGNING;
    }
    const enum pt_reason reason = pt_cms_policy(judged, tst->time);
    if (reason != PT_REASON_NONE) {
        return reason;
    }
    const struct pt_trust_question question = {
        .trust = trust,
        .cert = judged->cert,
        .others = tst->cms.certs,
        .tsu = true,
        .at = tst->time,
        /* A unit that has expired since leaves no fresh evidence: that made after the token,
         * during its life, counts. */
        .fresh = now > authority->not_after || now < tst->time ? tst->time : now,
        .past = now > authority->not_after,
        .proven = true,
    };
    return pt_trust_judge(&question, NULL);
}

enum pt_reason pt_tst_judge(const struct pt_tst *tst, const struct pt_trust *trust, int64_t now,
                            struct pt_verdict_signer *authority)
{
    struct pt_cms_judged judged;
    enum pt_reason reason = info_reason(tst, trust, now);
    if (reason == PT_REASON_NONE) {
        reason = signature_reason(tst, &judged, authority);
    }
    if (reason == PT_REASON_NONE) {
        reason = unit_reason(tst, trust, now, &judged, authority);
    }
    const bool starved = pt_ossl_starved();
    return starved && reason != PT_REASON_NONE ? PT_REASON_FAILED : reason;
}
