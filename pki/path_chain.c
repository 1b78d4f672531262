/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path_chain.c -- see path_int.h: the chain is OpenSSL's work, over explicit anchors; its verdict
 * is put into our words, and the purposes that RFC 5280 leaves open are closed.
 * Layer 1 (pki).
 */
#include "pki/path_int.h"
#include "poterne/pki/digest.h"

/* An absent key usage or extended key usage is no permission. */
static bool usage(X509 *cert, uint32_t bits)
{
    return (X509_get_extension_flags(cert) & EXFLAG_KUSAGE) != 0U &&
           (X509_get_key_usage(cert) & bits) != 0U;
}

static bool extended(X509 *cert, uint32_t bits)
{
    return (X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) != 0U &&
           (X509_get_extended_key_usage(cert) & bits) != 0U;
}

/* A certificate whose only extended usages are those of machines does not seal. OpenSSL counts the
 * usages it knows; one that it does not know (document signing) is more than those. */
static bool only_machine(X509 *cert)
{
    static const int machine[] = {NID_server_auth, NID_client_auth, NID_OCSP_sign, NID_time_stamp};
    int found = 0;
    EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(cert, NID_ext_key_usage, &found, NULL);
    bool only = found != -1; /* -1: there is none; else one, or one too many, or unreadable */
    for (int i = 0; only && i < sk_ASN1_OBJECT_num(list); i++) {
        const int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(list, i));
        bool known = false;
        for (size_t j = 0U; j < PT_COUNT(machine); j++) {
            known = known || nid == machine[j];
        }
        only = known;
    }
    EXTENDED_KEY_USAGE_free(list);
    return only;
}

static bool has_usage(X509 *cert, int wanted)
{
    EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    bool has = false;
    for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++) {
        has = has || OBJ_obj2nid(sk_ASN1_OBJECT_value(list, i)) == wanted;
    }
    EXTENDED_KEY_USAGE_free(list);
    return has;
}

/* An authority between may issue for what its own extended usages say, and for anything when it has
 * none. OpenSSL asks this for TLS only. The anchor is trusted for the use it is listed for. */
static bool between_ok(X509 *cert, enum pt_path_purpose purpose)
{
    if (X509_get_ext_by_NID(cert, NID_ext_key_usage, -1) < 0) {
        return true;
    }
    if (purpose == PT_PATH_SEAL) {
        return !only_machine(cert);
    }
    return purpose != PT_PATH_TSU || has_usage(cert, NID_time_stamp) ||
           has_usage(cert, NID_anyExtendedKeyUsage);
}

bool pt_path_purpose_ok(X509 *cert, enum pt_path_purpose purpose)
{
    switch (purpose) {
    case PT_PATH_CLIENT:
        return usage(cert, KU_DIGITAL_SIGNATURE) && extended(cert, XKU_SSL_CLIENT);
    case PT_PATH_SERVER:
        return usage(cert, KU_DIGITAL_SIGNATURE) && extended(cert, XKU_SSL_SERVER);
    case PT_PATH_SEAL:
        return usage(cert, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION) && !only_machine(cert);
    case PT_PATH_TSU:
        return usage(cert, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION) &&
               extended(cert, XKU_TIMESTAMP);
    default:
        return false;
    }
}

/* 0: no purpose of OpenSSL's; the rest of its checks is made all the same. */
static int ossl_purpose(enum pt_path_purpose purpose)
{
    switch (purpose) {
    case PT_PATH_CLIENT:
        return X509_PURPOSE_SSL_CLIENT;
    case PT_PATH_SERVER:
        return X509_PURPOSE_SSL_SERVER;
    case PT_PATH_TSU:
        return X509_PURPOSE_TIMESTAMP_SIGN;
    case PT_PATH_SEAL:
    default:
        return 0;
    }
}

static enum pt_path_reason reason_of(int error)
{
    static const struct {
        int error;
        enum pt_path_reason reason;
    } known[] = {
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, PT_PATH_NOT_FOUND},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, PT_PATH_NOT_FOUND},
        {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, PT_PATH_NOT_FOUND},
        {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, PT_PATH_NOT_FOUND},
        {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, PT_PATH_NOT_FOUND},
        {X509_V_ERR_CERT_SIGNATURE_FAILURE, PT_PATH_SIGNATURE},
        {X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, PT_PATH_SIGNATURE},
        {X509_V_ERR_CERT_NOT_YET_VALID, PT_PATH_NOT_YET_VALID},
        {X509_V_ERR_CERT_HAS_EXPIRED, PT_PATH_EXPIRED},
        {X509_V_ERR_INVALID_PURPOSE, PT_PATH_PURPOSE},
        {X509_V_ERR_INVALID_CA, PT_PATH_NOT_AUTHORITY},
        {X509_V_ERR_INVALID_NON_CA, PT_PATH_NOT_AUTHORITY},
        {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, PT_PATH_NOT_AUTHORITY},
        {X509_V_ERR_PATH_LENGTH_EXCEEDED, PT_PATH_TOO_LONG},
        {X509_V_ERR_CERT_CHAIN_TOO_LONG, PT_PATH_TOO_DEEP},
        {X509_V_ERR_PERMITTED_VIOLATION, PT_PATH_NAMES},
        {X509_V_ERR_EXCLUDED_VIOLATION, PT_PATH_NAMES},
        {X509_V_ERR_SUBTREE_MINMAX, PT_PATH_NAMES},
        {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, PT_PATH_NAMES},
        {X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, PT_PATH_NAMES},
        {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, PT_PATH_NAMES},
        {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, PT_PATH_CRITICAL},
    };
    for (size_t i = 0U; i < PT_COUNT(known); i++) {
        if (known[i].error == error) {
            return known[i].reason;
        }
    }
    return PT_PATH_INVALID;
}

static bool set_rules(X509_STORE_CTX *ctx, const struct pt_path_request *request)
{
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(ctx);
    const int purpose = ossl_purpose(request->purpose);
    X509_VERIFY_PARAM_set_time(rules, (time_t)request->at_s);
    X509_VERIFY_PARAM_set_depth(rules, (int)PT_PATH_INTERMEDIATES_MAX);
    return X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN) == 1 &&
           (purpose == 0 || X509_VERIFY_PARAM_set_purpose(rules, purpose) == 1);
}

/* --- the chain as data ----------------------------------------------------------------------- */

static pt_status link_of(X509 *cert, struct pt_arena *arena, struct pt_path_link *link)
{
    unsigned char *der = NULL;
    const int n = i2d_X509(cert, &der);
    PT_ENSURE(n > 0, PT_E_NOMEM);
    pt_status st = pt_arena_dup(arena, pt_slice_of(der, (size_t)n), &link->der);
    if (pt_ok(st)) {
        st = pt_sha256(link->der, link->sha256);
    }
    OPENSSL_free(der);
    PT_TRY(st);
    PT_TRY(pt_ossl_seconds(X509_get0_notBefore(cert), &link->not_before_s));
    return pt_ossl_seconds(X509_get0_notAfter(cert), &link->not_after_s);
}

static pt_status keep_chain(struct pt_path_work *work)
{
    const int n = sk_X509_num(work->chain);
    PT_ENSURE(n > 0 && n <= (int)PT_PATH_CHAIN_MAX, PT_E_CRYPTO);
    for (int i = 0; i < n; i++) {
        struct pt_path_link *link = &work->result->chain[i];
        PT_TRY(link_of(sk_X509_value(work->chain, i), work->request->arena, link));
    }
    work->result->nchain = (size_t)n;
    return PT_SUCCESS;
}

static bool refuse(struct pt_path_work *work, enum pt_path_reason reason, int depth)
{
    work->result->reason = reason;
    work->result->depth = depth > 0 ? (uint32_t)depth : 0U;
    return false;
}

struct link_algorithms {
    const EVP_PKEY *key;
    const X509_ALGOR *signature; /* NULL: not looked at */
};

static bool accepted_on(const struct link_algorithms *used, int64_t day_s)
{
    return pt_path_key_ok(used->key, day_s) &&
           (used->signature == NULL || pt_path_signature_ok(used->signature, day_s));
}

/* The anchor's signature on itself proves nothing: its key is trusted because it is listed. */
static bool policy_ok(struct pt_path_work *work)
{
    const int64_t fresh_s = work->request->fresh_s;
    const int n = sk_X509_num(work->chain);
    for (int i = 0; i < n; i++) {
        X509 *cert = sk_X509_value(work->chain, i);
        const struct link_algorithms used = {X509_get0_pubkey(cert),
                                             i + 1 < n ? X509_get0_tbs_sigalg(cert) : NULL};
        if (!accepted_on(&used, fresh_s)) {
            /* On the first day of the epoch nothing has ended yet. */
            return refuse(work, accepted_on(&used, 0) ? PT_PATH_POLICY_ENDED : PT_PATH_POLICY, i);
        }
    }
    return true;
}

static bool purpose_ok(struct pt_path_work *work)
{
    const enum pt_path_purpose purpose = work->request->purpose;
    for (int i = 1; i + 1 < sk_X509_num(work->chain); i++) {
        if (!between_ok(sk_X509_value(work->chain, i), purpose)) {
            return refuse(work, PT_PATH_PURPOSE, i);
        }
    }
    return pt_path_purpose_ok(work->target, purpose) || refuse(work, PT_PATH_PURPOSE, 0);
}

static pt_status verify(struct pt_path_work *work, X509_STORE_CTX *ctx, bool *ret_built)
{
    PT_ENSURE(X509_STORE_CTX_init(ctx, work->anchors, work->target, work->extra) == 1 &&
                  set_rules(ctx, work->request),
              PT_E_NOMEM);
    *ret_built = X509_verify_cert(ctx) == 1;
    const int error = X509_STORE_CTX_get_error(ctx);
    if (!*ret_built) {
        PT_ENSURE(error != X509_V_ERR_OUT_OF_MEM && !pt_ossl_starved(), PT_E_NOMEM);
        work->result->aux = (uint32_t)error;
        (void)refuse(work, reason_of(error), X509_STORE_CTX_get_error_depth(ctx));
        return PT_SUCCESS;
    }
    work->chain = X509_STORE_CTX_get1_chain(ctx);
    PT_ENSURE(work->chain != NULL, PT_E_NOMEM);
    PT_TRY(keep_chain(work));
    *ret_built = policy_ok(work) && purpose_ok(work);
    PT_ENSURE(*ret_built || !pt_ossl_starved(), PT_E_NOMEM);
    return PT_SUCCESS;
}

PT_RESULT pt_path_build(struct pt_path_work *work, bool *ret_built)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    PT_ENSURE(ctx != NULL, PT_E_NOMEM);
    const pt_status st = verify(work, ctx, ret_built);
    X509_STORE_CTX_free(ctx);
    return st;
}
