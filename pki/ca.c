/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * ca.c -- see ca.h: certificates. Extensions are data; one worker fills a
 * certificate, one owner frees it. Layer 1 (pki).
 */
#include "poterne/pki/ca.h"

#include "pki/names_int.h"
#include "pki/ossl_int.h"
#include "poterne/base/limits.h"
#include "poterne/pki/digest.h"
#include "poterne/pki/policy.h"

#include <limits.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define DAY_S      86400
#define SERIAL_LEN 16U

/* --- extensions ------------------------------------------------------------------------------ */

static bool add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    const bool ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
    X509_EXTENSION_free(ext);
    return ok;
}

static const struct {
    enum pt_ca_profile profile;
    int nid;
    const char *value;
} extensions[] = {
    {PT_CA_ROOT, NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {PT_CA_ROOT, NID_key_usage, "critical,keyCertSign,cRLSign"},
    {PT_CA_SERVER, NID_basic_constraints, "critical,CA:FALSE"},
    {PT_CA_SERVER, NID_key_usage, "critical,digitalSignature"},
    {PT_CA_SERVER, NID_ext_key_usage, "serverAuth"},
    {PT_CA_CLIENT, NID_basic_constraints, "critical,CA:FALSE"},
    {PT_CA_CLIENT, NID_key_usage, "critical,digitalSignature"},
    {PT_CA_CLIENT, NID_ext_key_usage, "clientAuth"},
};

static pt_status put_extensions(X509 *cert, X509 *issuer, enum pt_ca_profile profile)
{
    for (size_t i = 0U; i < PT_COUNT(extensions); i++) {
        if (extensions[i].profile == profile &&
            !add_ext(cert, issuer, extensions[i].nid, extensions[i].value)) {
            return PT_FAIL(PT_E_CRYPTO);
        }
    }
    if (!add_ext(cert, issuer, NID_subject_key_identifier, "hash") ||
        !add_ext(cert, issuer, NID_authority_key_identifier, "keyid:always")) {
        return PT_FAIL(PT_E_CRYPTO);
    }
    return PT_SUCCESS;
}

static pt_status put_names(X509 *cert, const struct pt_ca_request *request)
{
    if (request->profile != PT_CA_SERVER) {
        return PT_SUCCESS;
    }
    PT_ENSURE(request->nnames > 0U && request->nnames <= PT_SAN_MAX, PT_E_SYNTAX);
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    if (names == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    pt_status st = pt_names_fill(names, request->names, request->nnames);
    if (pt_ok(st) && X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0) != 1) {
        st = PT_FAIL(PT_E_CRYPTO);
    }
    GENERAL_NAMES_free(names);
    return st;
}

/* --- certificate ----------------------------------------------------------------------------- */

static pt_status put_serial(X509 *cert)
{
    uint8_t bytes[SERIAL_LEN];
    PT_TRY(pt_random(bytes, sizeof(bytes)));
    /* RFC 5280 4.1.2.2: positive and not zero; 126 bits of it stay unpredictable. */
    bytes[0] = (uint8_t)((bytes[0] & 0x7fU) | 0x40U);
    BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    if (number == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    const bool ok = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
    BN_free(number);
    PT_ENSURE(ok, PT_E_NOMEM);
    return PT_SUCCESS;
}

static pt_status put_validity(X509 *cert, X509 *issuer, const struct pt_ca_request *request)
{
    const int days = request->profile == PT_CA_ROOT ? (int)PT_CA_DAYS : (int)PT_LEAF_DAYS;
    time_t now = (time_t)request->now;
    PT_ENSURE(X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &now) != NULL &&
                  X509_time_adj_ex(X509_getm_notAfter(cert), days, -1, &now) != NULL,
              PT_E_CRYPTO);
    const ASN1_TIME *end = X509_get0_notAfter(issuer);
    if (ASN1_TIME_compare(X509_get0_notAfter(cert), end) > 0) {
        PT_ENSURE(X509_set1_notAfter(cert, end) == 1, PT_E_NOMEM);
    }
    PT_ENSURE(ASN1_TIME_compare(X509_get0_notBefore(cert), X509_get0_notAfter(cert)) < 0,
              PT_E_DENIED);
    return PT_SUCCESS;
}

static pt_status sign_cert(X509 *cert, const struct pt_key *signer)
{
    const EVP_MD *md = pt_key_kind(signer) == PT_KEY_P256 ? EVP_sha256() : NULL;
    PT_ENSURE(X509_sign(cert, pt_key_ossl(signer), md) > 0, PT_E_CRYPTO);
    return PT_SUCCESS;
}

static pt_status put_names_of_parties(X509 *cert, X509 *issuer, const struct pt_ca_request *request,
                                      const struct pt_key *key)
{
    PT_ENSURE(X509_set_version(cert, X509_VERSION_3) == 1, PT_E_CRYPTO);
    PT_TRY(put_serial(cert));
    PT_TRY(pt_names_subject(X509_get_subject_name(cert), &request->subject));
    PT_ENSURE(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1, PT_E_CRYPTO);
    PT_ENSURE(X509_set_pubkey(cert, pt_key_ossl(key)) == 1, PT_E_CRYPTO);
    return PT_SUCCESS;
}

static pt_status fill_cert(X509 *cert, X509 *issuer, const struct pt_ca_request *request,
                           const struct pt_key *key)
{
    PT_TRY(put_names_of_parties(cert, issuer, request, key));
    PT_TRY(put_validity(cert, issuer, request));
    PT_TRY(put_names(cert, request));
    return put_extensions(cert, issuer, request->profile);
}

static pt_status write_cert(X509 *cert, struct pt_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    pt_status st = PT_FAIL(PT_E_CRYPTO);
    if (PEM_write_bio_X509(bio, cert) == 1) {
        st = pt_ossl_drain(bio, out);
    }
    (void)BIO_free(bio);
    return st;
}

static pt_status issue(X509 *issuer, const struct pt_ca_request *request, const struct pt_key *key,
                       const struct pt_key *signer, struct pt_buf *out)
{
    X509 *cert = X509_new();
    if (cert == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    pt_status st = fill_cert(cert, issuer != NULL ? issuer : cert, request, key);
    if (pt_ok(st)) {
        st = sign_cert(cert, signer);
    }
    if (pt_ok(st)) {
        st = write_cert(cert, out);
    }
    X509_free(cert);
    return pt_ossl_done(st);
}

static pt_status policy_gate(const struct pt_key *key, int64_t now)
{
    const int32_t days = (int32_t)(now / DAY_S);
    PT_TRY(pt_policy_require("sha256", 0U, days));
    return pt_policy_require(pt_key_algorithm(key), 256U, days);
}

/* The issuer must be an authority, and its key the one in its certificate. */
static pt_status issuer_gate(X509 *cert, const struct pt_key *key)
{
    if (X509_check_ca(cert) != 1 || X509_check_private_key(cert, pt_key_ossl(key)) != 1) {
        return pt_ossl_done(PT_FAIL(PT_E_FORGED));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_ossl_issuer(const struct pt_ca_issuer *issuer, X509 **ret_cert)
{
    X509 *cert = NULL;
    PT_TRY(pt_ossl_cert(issuer->cert_pem, &cert));
    const pt_status st = issuer_gate(cert, issuer->key);
    if (!pt_ok(st)) {
        X509_free(cert);
        return st;
    }
    *ret_cert = cert;
    return PT_SUCCESS;
}

PT_RESULT pt_ca_issue(const struct pt_ca_request *request, const struct pt_key *key,
                      const struct pt_ca_issuer *issuer, struct pt_buf *out)
{
    PT_ENSURE(request != NULL && key != NULL && out != NULL, PT_E_ARG);
    /* pathLen 0: an authority signs no authority, and a leaf needs one. */
    PT_ENSURE((issuer == NULL) == (request->profile == PT_CA_ROOT), PT_E_ARG);
    const struct pt_key *signer = issuer != NULL ? issuer->key : key;
    PT_TRY(policy_gate(key, request->now));
    PT_TRY(policy_gate(signer, request->now));
    X509 *cert = NULL;
    if (issuer != NULL) {
        PT_TRY(pt_ossl_issuer(issuer, &cert));
    }
    const pt_status st = issue(cert, request, key, signer, out);
    X509_free(cert);
    return pt_ossl_done(st);
}
