/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path_crl.c -- see path_int.h: one list, one certificate (RFC 5280 section 6.3 for complete,
 * direct lists only; RGS-12). A list that is not fully understood says nothing. Layer 1 (pki).
 */
#include "pki/path_int.h"
#include "poterne/base/limits.h"

#include <openssl/err.h>

/* --- form: what does not depend on the certificate ------------------------------------------- */

static bool is_one_of(const X509_EXTENSION *ext, const int *nids, size_t n)
{
    const int nid = OBJ_obj2nid(X509_EXTENSION_get_object((X509_EXTENSION *)(uintptr_t)ext));
    for (size_t i = 0U; i < n; i++) {
        if (nids[i] == nid) {
            return true;
        }
    }
    return false;
}

static bool extensions_known(const STACK_OF(X509_EXTENSION) * list, const int *nids, size_t n)
{
    const int count = list != NULL ? sk_X509_EXTENSION_num(list) : 0;
    for (int i = 0; i < count; i++) {
        const X509_EXTENSION *ext = sk_X509_EXTENSION_value(list, i);
        if (X509_EXTENSION_get_critical(ext) == 1 && !is_one_of(ext, nids, n)) {
            return false;
        }
    }
    return true;
}

/* RFC 5280 5.3: a critical entry extension nobody knows spoils the whole list. */
static enum pt_path_reason entries_form(const X509_CRL *crl)
{
    static const int known[] = {NID_crl_reason, NID_invalidity_date};
    const STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED((X509_CRL *)(uintptr_t)crl);
    const int n = list != NULL ? sk_X509_REVOKED_num(list) : 0;
    for (int i = 0; i < n; i++) {
        const X509_REVOKED *entry = sk_X509_REVOKED_value(list, i);
        if (X509_REVOKED_get_ext_by_NID(entry, NID_certificate_issuer, -1) >= 0) {
            return PT_CRL_INDIRECT;
        }
        if (!extensions_known(X509_REVOKED_get0_extensions(entry), known, PT_COUNT(known))) {
            return PT_CRL_CRITICAL;
        }
    }
    return PT_PATH_OK;
}

static enum pt_path_reason point_form(const X509_CRL *crl)
{
    int critical = 0;
    ISSUING_DIST_POINT *point =
        X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &critical, NULL);
    if (point == NULL) { /* -1: there is none; else twice, or unreadable */
        return critical == -1 ? PT_PATH_OK : PT_CRL_CRITICAL;
    }
    enum pt_path_reason reason = PT_PATH_OK;
    if (point->indirectCRL > 0) {
        reason = PT_CRL_INDIRECT;
    } else if (point->onlysomereasons != NULL || point->onlyattr > 0) {
        reason = PT_CRL_SCOPE;
    }
    ISSUING_DIST_POINT_free(point);
    return reason;
}

enum pt_path_reason pt_crl_form(const X509_CRL *crl, int64_t fresh_s)
{
    static const int known[] = {NID_issuing_distribution_point, NID_authority_key_identifier,
                                NID_crl_number};
    const X509_ALGOR *algorithm = NULL;
    if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0) {
        return PT_CRL_DELTA;
    }
    const enum pt_path_reason point = point_form(crl);
    if (point != PT_PATH_OK) {
        return point;
    }
    if (!extensions_known(X509_CRL_get0_extensions(crl), known, PT_COUNT(known))) {
        return PT_CRL_CRITICAL;
    }
    const enum pt_path_reason entries = entries_form(crl);
    if (entries != PT_PATH_OK) {
        return entries;
    }
    X509_CRL_get0_signature(crl, NULL, &algorithm);
    return pt_path_signature_ok(algorithm, fresh_s) ? PT_PATH_OK : PT_CRL_POLICY;
}

/* --- scope: does it speak for this certificate? ---------------------------------------------- */

static bool names_meet(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(a); i++) {
        for (int j = 0; j < sk_GENERAL_NAME_num(b); j++) {
            if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a, i), sk_GENERAL_NAME_value(b, j)) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* RFC 5280 6.3.3 (b)(2)(i), for full names; a name relative to the issuer meets nothing. */
static bool named_by(const GENERAL_NAMES *names, const X509 *cert)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    bool meet = false;
    for (int i = 0; !meet && i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);
        meet = point->distpoint != NULL && point->distpoint->type == 0 &&
               point->CRLissuer == NULL && names_meet(names, point->distpoint->name.fullname);
    }
    CRL_DIST_POINTS_free(points);
    return meet;
}

static bool in_scope(X509_CRL *crl, X509 *cert)
{
    int critical = 0;
    ISSUING_DIST_POINT *point =
        X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &critical, NULL);
    if (point == NULL) {
        return critical == -1;
    }
    const bool authority = X509_check_ca(cert) != 0;
    bool ok = !(point->onlyuser > 0 && authority) && !(point->onlyCA > 0 && !authority);
    if (ok && point->distpoint != NULL) {
        ok = point->distpoint->type == 0 && named_by(point->distpoint->name.fullname, cert);
    }
    ISSUING_DIST_POINT_free(point);
    return ok;
}

/* --- authenticity and freshness -------------------------------------------------------------- */

static enum pt_path_reason authentic(const struct pt_subject *subject, X509_CRL *crl)
{
    const X509_NAME *issuer = X509_CRL_get_issuer(crl);
    if (X509_NAME_cmp(issuer, X509_get_subject_name(subject->issuer)) != 0 ||
        X509_NAME_cmp(issuer, X509_get_issuer_name(subject->cert)) != 0) {
        return PT_CRL_OTHER_ISSUER;
    }
    /* An absent key usage allows everything (RFC 5280 6.3.3 (f)). */
    if ((X509_get_key_usage(subject->issuer) & KU_CRL_SIGN) == 0U) {
        return PT_CRL_KEY_USAGE;
    }
    return X509_CRL_verify(crl, X509_get0_pubkey(subject->issuer)) == 1 ? PT_PATH_OK
                                                                        : PT_CRL_SIGNATURE;
}

static enum pt_path_reason fresh(const struct pt_subject *subject, const X509_CRL *crl,
                                 struct pt_finding *ret)
{
    int64_t from = 0;
    int64_t until = 0;
    const ASN1_TIME *end = X509_CRL_get0_nextUpdate(crl);
    if (end == NULL) {
        return PT_CRL_NO_END;
    }
    if (!pt_ok(pt_ossl_seconds(X509_CRL_get0_lastUpdate(crl), &from)) ||
        !pt_ok(pt_ossl_seconds(end, &until))) {
        return PT_CRL_UNREADABLE;
    }
    ret->this_update_s = from;
    ret->next_update_s = until;
    return pt_revocation_fresh(subject->level, from, until, subject->fresh_s);
}

/* --- the entry ------------------------------------------------------------------------------- */

/* Twice, or unreadable, is -2 or a positive criticality: the caller refuses. */
static bool entry_reason(const X509_REVOKED *entry, int32_t *ret)
{
    int critical = 0;
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, &critical, NULL);
    if (reason == NULL) {
        *ret = -1;
        return critical == -1;
    }
    *ret = (int32_t)ASN1_ENUMERATED_get(reason);
    ASN1_ENUMERATED_free(reason);
    return *ret >= 0 && *ret <= 10;
}

/* The key may have been lost before it was said: the earlier of both dates counts. */
static bool entry_date(const X509_REVOKED *entry, int64_t *ret)
{
    int critical = 0;
    int64_t since = 0;
    if (!pt_ok(pt_ossl_seconds(X509_REVOKED_get0_revocationDate(entry), ret))) {
        return false;
    }
    ASN1_GENERALIZEDTIME *invalid =
        X509_REVOKED_get_ext_d2i(entry, NID_invalidity_date, &critical, NULL);
    if (invalid == NULL) {
        return critical == -1;
    }
    const bool ok = pt_ok(pt_ossl_seconds(invalid, &since));
    ASN1_GENERALIZEDTIME_free(invalid);
    *ret = ok && since < *ret ? since : *ret;
    return ok;
}

static enum pt_path_reason look_up(const struct pt_subject *subject, X509_CRL *crl,
                                   struct pt_finding *ret)
{
    X509_REVOKED *entry = NULL;
    const int found = X509_CRL_get0_by_cert(crl, &entry, subject->cert);
    if (found == 0) {
        ret->verdict = PT_PATH_GOOD;
        return PT_PATH_OK;
    }
    /* 2: removeFromCRL, which only a delta may say. */
    if (found != 1 || !entry_reason(entry, &ret->revocation_reason) ||
        !entry_date(entry, &ret->revoked_s)) {
        ret->revoked_s = 0;
        return PT_CRL_ENTRY;
    }
    ret->verdict = PT_PATH_REVOKED;
    return PT_PATH_REVOKED_AT;
}

void pt_crl_judge(const struct pt_subject *subject, X509_CRL *crl, struct pt_finding *ret)
{
    *ret = (struct pt_finding){.revocation_reason = -1, .by = PT_PATH_BY_CRL, .crl = crl};
    ret->reason = authentic(subject, crl);
    if (ret->reason == PT_PATH_OK) {
        ret->reason = pt_crl_form(crl, subject->fresh_s);
    }
    if (ret->reason == PT_PATH_OK && !in_scope(crl, subject->cert)) {
        ret->reason = PT_CRL_SCOPE;
    }
    if (ret->reason == PT_PATH_OK) {
        const enum pt_path_reason when = fresh(subject, crl, ret);
        ret->reason = look_up(subject, crl, ret);
        pt_finding_date(subject, when, ret);
    }
    ERR_clear_error();
}

/* --- a file of lists, before anybody is judged by it ----------------------------------------- */

static enum pt_path_reason file_form(const STACK_OF(X509_CRL) * list, enum pt_rgs_level level,
                                     int64_t now_s)
{
    enum pt_path_reason worst = PT_PATH_OK;
    const struct pt_subject by = {.fresh_s = now_s, .level = level};
    for (int i = 0; i < sk_X509_CRL_num(list); i++) {
        const X509_CRL *crl = sk_X509_CRL_value(list, i);
        struct pt_finding dates = {.reason = PT_PATH_OK};
        enum pt_path_reason reason = pt_crl_form(crl, now_s);
        reason = reason == PT_PATH_OK ? fresh(&by, crl, &dates) : reason;
        if (reason != PT_PATH_OK && reason != PT_CRL_STALE && reason != PT_CRL_FUTURE) {
            return reason;
        }
        worst = worst == PT_PATH_OK ? reason : worst;
    }
    return worst;
}

enum pt_path_reason pt_crl_check(pt_slice bytes, enum pt_rgs_level level, int64_t now_s)
{
    STACK_OF(X509_CRL) *list = sk_X509_CRL_new_null();
    enum pt_path_reason reason = list != NULL ? pt_path_read_crls(bytes, list) : PT_CRL_UNREADABLE;
    if (reason == PT_PATH_OK) {
        reason = file_form(list, level, now_s);
    }
    sk_X509_CRL_pop_free(list, X509_CRL_free);
    ERR_clear_error();
    return reason;
}
