/* SPDX-License-Identifier: EUPL-1.2 */
/* tls_client.c -- who may come in: the authorities and CRLs of the clients, and what is checked on
 * each certificate of a client's chain beyond what OpenSSL checks. Layer: gateway. */
#include "gateway/net/tls_ossl_int.h"

#include "poterne/base/limits.h"
#include "poterne/pki/policy.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <time.h>

static bool accepted(pt_slice name, uint32_t bits, int32_t days)
{
    return pt_policy_check(name, bits, days, NULL) != PT_POLICY_REFUSED;
}

/* Names of the curves as OpenSSL has them, and as the policy has them. */
static pt_slice curve_name(const EVP_PKEY *key)
{
    static const struct {
        pt_slice openssl;
        pt_slice policy;
    } curves[] = {
        {PT_SLICE_INIT("prime256v1"), PT_SLICE_INIT("p-256")},
        {PT_SLICE_INIT("secp384r1"), PT_SLICE_INIT("p-384")},
        {PT_SLICE_INIT("secp521r1"), PT_SLICE_INIT("p-521")},
    };
    char name[64];
    size_t len = 0U;
    if (EVP_PKEY_get_group_name(key, name, sizeof name, &len) != 1) {
        return PT_SLICE("none");
    }
    for (size_t i = 0U; i < PT_COUNT(curves); i++) {
        if (pt_slice_eq(pt_slice_of(name, len), curves[i].openssl)) {
            return curves[i].policy;
        }
    }
    return PT_SLICE("none");
}

/* R26: "l'exposant de la clé publique doit être supérieur ou égal à 2 puissance 16 + 1". */
static bool exponent_ok(const EVP_PKEY *key)
{
    BIGNUM *e = NULL;
    const bool ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
                    BN_num_bits(e) > 16 && BN_is_odd(e);
    BN_free(e);
    return ok;
}

static bool key_ok(const EVP_PKEY *key, int32_t days)
{
    const uint32_t bits = (uint32_t)EVP_PKEY_get_bits(key);
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return accepted(PT_SLICE("rsa"), bits, days) && exponent_ok(key);
    case EVP_PKEY_EC:
        return accepted(curve_name(key), bits, days);
    case EVP_PKEY_ED25519:
        return accepted(PT_SLICE("ed25519"), bits, days);
    default:
        return false;
    }
}

static bool signature_ok(int digest, int kind, int32_t days)
{
    if (kind == EVP_PKEY_ED25519) {
        return accepted(PT_SLICE("ed25519"), 256U, days);
    }
    if (kind != EVP_PKEY_EC && kind != EVP_PKEY_RSA && kind != EVP_PKEY_RSA_PSS) {
        return false;
    }
    const char *const name = OBJ_nid2sn(digest);
    return digest != NID_undef && name != NULL && accepted(pt_slice_str(name), 0U, days);
}

bool pt_tls_certificate_ok(X509 *certificate, int32_t days)
{
    const EVP_PKEY *const key = X509_get0_pubkey(certificate);
    if (key == NULL || !key_ok(key, days)) {
        return false;
    }
    int digest = NID_undef;
    int kind = NID_undef;
    if (X509_get_signature_info(certificate, &digest, &kind, NULL, NULL) != 1) {
        return false;
    }
    /* The signature of a root on itself proves nothing: its key is trusted because it is listed. */
    const bool root = (X509_get_extension_flags(certificate) & EXFLAG_SS) != 0U;
    return root || signature_ok(digest, kind, days);
}

/* Called for each certificate of the chain, after OpenSSL's own checks, and for each failure. */
static int verify(int ok, X509_STORE_CTX *store)
{
    if (ok != 1) {
        return 0;
    }
    SSL *const ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    const struct pt_tls_context *const context = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    X509 *const certificate = X509_STORE_CTX_get_current_cert(store);
    if (certificate == NULL || !pt_tls_certificate_ok(certificate, pt_tls_today(context->clock))) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_CA_MD_TOO_WEAK);
        return 0;
    }
    return 1;
}

static PT_RESULT add_authorities(struct pt_tls_context *context, BIO *pem)
{
    X509_STORE *const store = SSL_CTX_get_cert_store(context->ssl);
    size_t n = 0U;
    for (;;) {
        X509 *const authority = PEM_read_bio_X509(pem, NULL, pt_tls_no_passphrase, NULL);
        if (authority == NULL) {
            break;
        }
        const bool added = X509_STORE_add_cert(store, authority) == 1 &&
                           SSL_CTX_add_client_CA(context->ssl, authority) == 1;
        X509_free(authority);
        if (!added) {
            return PT_FAIL_AUX(PT_E_NOMEM, PT_TLS_CLIENT_CA);
        }
        n++;
    }
    if (n == 0U || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        return PT_FAIL_AUX(PT_E_SYNTAX, PT_TLS_CLIENT_CA);
    }
    return PT_SUCCESS;
}

/* For the alert of RGS-13; pt_crl_check has read the date already. */
static bool note_end(struct pt_tls_context *context, const X509_CRL *crl)
{
    struct tm tm;
    if (ASN1_TIME_to_tm(X509_CRL_get0_nextUpdate(crl), &tm) != 1) {
        return false;
    }
    const time_t seconds = timegm(&tm);
    const uint64_t ends_ms = seconds > 0 ? (uint64_t)seconds * 1000U : 0U;
    if (ends_ms < context->crl_ends_ms) {
        context->crl_ends_ms = ends_ms;
    }
    return true;
}

static PT_RESULT add_crls(struct pt_tls_context *context, BIO *pem)
{
    X509_STORE *const store = SSL_CTX_get_cert_store(context->ssl);
    size_t n = 0U;
    for (;;) {
        X509_CRL *const crl = PEM_read_bio_X509_CRL(pem, NULL, pt_tls_no_passphrase, NULL);
        if (crl == NULL) {
            break;
        }
        const bool ok = note_end(context, crl);
        const bool added = ok && X509_STORE_add_crl(store, crl) == 1;
        X509_CRL_free(crl);
        if (!added) {
            return PT_FAIL_AUX(ok ? PT_E_NOMEM : PT_E_DENIED, PT_TLS_CLIENT_CRL);
        }
        n++;
    }
    if (n == 0U || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        return PT_FAIL_AUX(PT_E_SYNTAX, PT_TLS_CLIENT_CRL);
    }
    return PT_SUCCESS;
}

static PT_RESULT load(struct pt_tls_context *context, pt_slice text,
                      PT_RESULT (*add)(struct pt_tls_context *context, BIO *pem), uint32_t part)
{
    if (text.len == 0U || text.len > INT32_MAX) {
        return PT_FAIL_AUX(PT_E_SYNTAX, part);
    }
    BIO *const pem = BIO_new_mem_buf(text.ptr, (int)text.len);
    PT_ENSURE(pem != NULL, PT_E_NOMEM);
    ERR_clear_error();
    const pt_status st = add(context, pem);
    BIO_free_all(pem);
    return st;
}

/* Stale or of the future is OpenSSL's to say, at each handshake: the list that replaces it may come
 * any time, and meanwhile nobody gets in. */
static PT_RESULT check_crls(const struct pt_tls_context *context,
                            const struct pt_tls_material *material)
{
    const enum pt_rgs_level level = material->level != 0 ? material->level : PT_RGS_1;
    const int64_t now_s = (int64_t)(pt_clock_wall_ms(context->clock) / 1000U);
    switch ((int)pt_crl_check(material->client_crl, level, now_s)) {
    case PT_PATH_OK:
    case PT_CRL_STALE:
    case PT_CRL_FUTURE:
        return PT_SUCCESS;
    case PT_CRL_UNREADABLE:
    case PT_CRL_TOO_LARGE:
        return PT_FAIL_AUX(PT_E_SYNTAX, PT_TLS_CLIENT_CRL);
    default:
        return PT_FAIL_AUX(PT_E_DENIED, PT_TLS_CLIENT_CRL);
    }
}

PT_RESULT pt_tls_load_clients(struct pt_tls_context *context,
                              const struct pt_tls_material *material)
{
    PT_TRY(load(context, material->client_ca, add_authorities, PT_TLS_CLIENT_CA));
    PT_TRY(check_crls(context, material));
    PT_TRY(load(context, material->client_crl, add_crls, PT_TLS_CLIENT_CRL));
    PT_ENSURE(SSL_CTX_set_app_data(context->ssl, context) == 1, PT_E_NOMEM);
    PT_ENSURE(SSL_CTX_set_purpose(context->ssl, X509_PURPOSE_SSL_CLIENT) == 1, PT_E_CRYPTO);
    X509_VERIFY_PARAM *const rules = SSL_CTX_get0_param(context->ssl);
    PT_ENSURE(
        X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1,
        PT_E_CRYPTO);
    SSL_CTX_set_verify_depth(context->ssl, (int)PT_TLS_CLIENT_DEPTH_MAX);
    SSL_CTX_set_verify(context->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify);
    return PT_SUCCESS;
}

/* --- once more, for a connection that is open --------------------------------------------------
 */

static PT_RESULT judge_chain(const STACK_OF(X509) * chain, int32_t days)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        if (!pt_tls_certificate_ok(sk_X509_value(chain, i), days)) {
            return PT_FAIL_AUX(PT_E_DENIED, X509_V_ERR_CA_MD_TOO_WEAK);
        }
    }
    return PT_SUCCESS;
}

static PT_RESULT verify_by(const struct pt_tls_context *context, X509_STORE_CTX *store, X509 *peer,
                           STACK_OF(X509) * others)
{
    X509_VERIFY_PARAM *const rules = SSL_CTX_get0_param(context->ssl);
    PT_ENSURE(X509_STORE_CTX_init(store, SSL_CTX_get_cert_store(context->ssl), peer, others) == 1,
              PT_E_NOMEM);
    PT_ENSURE(X509_STORE_CTX_set_default(store, "ssl_client") == 1, PT_E_CRYPTO);
    X509_VERIFY_PARAM *const own = X509_STORE_CTX_get0_param(store);
    PT_ENSURE(X509_VERIFY_PARAM_set1(own, rules) == 1, PT_E_NOMEM);
    X509_VERIFY_PARAM_set_auth_level(own, SSL_CTX_get_security_level(context->ssl));
    X509_VERIFY_PARAM_set_time(own, (time_t)(pt_clock_wall_ms(context->clock) / 1000U));
    if (X509_verify_cert(store) != 1) {
        return PT_FAIL_AUX(PT_E_DENIED, X509_STORE_CTX_get_error(store));
    }
    return judge_chain(X509_STORE_CTX_get0_chain(store), pt_tls_today(context->clock));
}

PT_RESULT pt_tls_verify_again(const struct pt_tls_context *context, X509 *peer,
                              STACK_OF(X509) * others)
{
    X509_STORE_CTX *const store = X509_STORE_CTX_new();
    PT_ENSURE(store != NULL, PT_E_NOMEM);
    const pt_status st = verify_by(context, store, peer, others);
    X509_STORE_CTX_free(store);
    ERR_clear_error();
    return st;
}
