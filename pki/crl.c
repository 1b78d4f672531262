/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * crl.c -- see ca.h: revocation lists. A new list carries the old one's entries over, after
 * checking that it was ours, so that a forged or foreign file can neither add nor forgive.
 * RGS_A4: version 2, CRL number and AKI not critical, no reason given for bearers.
 * Layer 1 (pki).
 */
#include "pki/ossl_int.h"
#include "poterne/pki/ca.h"
#include "poterne/pki/policy.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

static pt_status copy_entries(X509_CRL *crl, X509_CRL *previous)
{
    const STACK_OF(X509_REVOKED) *old = X509_CRL_get_REVOKED(previous);
    const int n = old != NULL ? sk_X509_REVOKED_num(old) : 0;
    for (int i = 0; i < n; i++) {
        X509_REVOKED *copy = X509_REVOKED_dup(sk_X509_REVOKED_value(old, i));
        if (copy == NULL || X509_CRL_add0_revoked(crl, copy) != 1) {
            X509_REVOKED_free(copy);
            return PT_FAIL(PT_E_NOMEM);
        }
    }
    return PT_SUCCESS;
}

static pt_status number_after(X509_CRL *previous, ASN1_INTEGER *number)
{
    int64_t last = 0;
    ASN1_INTEGER *old = (ASN1_INTEGER *)X509_CRL_get_ext_d2i(previous, NID_crl_number, NULL, NULL);
    const bool read = old != NULL && ASN1_INTEGER_get_int64(&last, old) == 1;
    ASN1_INTEGER_free(old);
    PT_ENSURE(read && last >= 0 && last < INT64_MAX, PT_E_SYNTAX);
    PT_ENSURE(ASN1_INTEGER_set_int64(number, last + 1) == 1, PT_E_NOMEM);
    return PT_SUCCESS;
}

static pt_status carry_over(X509_CRL *crl, X509 *issuer, pt_slice pem, ASN1_INTEGER *number)
{
    X509_CRL *previous = NULL;
    PT_TRY(pt_ossl_crl(pem, &previous));
    pt_status st = PT_FAIL(PT_E_FORGED);
    if (X509_CRL_verify(previous, X509_get0_pubkey(issuer)) == 1) {
        st = number_after(previous, number);
    }
    if (pt_ok(st)) {
        st = copy_entries(crl, previous);
    }
    X509_CRL_free(previous);
    return st;
}

static pt_status fill_entry(X509_REVOKED *entry, X509 *cert, int64_t now)
{
    ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)now);
    if (when == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    const bool ok = X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(cert)) == 1 &&
                    X509_REVOKED_set_revocationDate(entry, when) == 1;
    ASN1_TIME_free(when);
    PT_ENSURE(ok, PT_E_NOMEM);
    return PT_SUCCESS;
}

static pt_status add_entry(X509_CRL *crl, X509 *cert, int64_t now)
{
    X509_REVOKED *found = NULL;
    PT_ENSURE(X509_CRL_get0_by_cert(crl, &found, cert) == 0, PT_E_EXISTS);
    X509_REVOKED *entry = X509_REVOKED_new();
    if (entry == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    pt_status st = fill_entry(entry, cert, now);
    if (pt_ok(st) && X509_CRL_add0_revoked(crl, entry) != 1) {
        st = PT_FAIL(PT_E_NOMEM);
    }
    if (!pt_ok(st)) {
        X509_REVOKED_free(entry);
    }
    return st;
}

static pt_status revoke(X509_CRL *crl, X509 *issuer, pt_slice pem, int64_t now)
{
    X509 *cert = NULL;
    PT_TRY(pt_ossl_cert(pem, &cert));
    pt_status st = PT_FAIL(PT_E_FORGED);
    if (X509_verify(cert, X509_get0_pubkey(issuer)) == 1) {
        st = add_entry(crl, cert, now);
    }
    X509_free(cert);
    return st;
}

static bool put_aki(X509_CRL *crl, X509 *issuer)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, NULL, NULL, crl, 0);
    X509_EXTENSION *ext =
        X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid:always");
    const bool ok = ext != NULL && X509_CRL_add_ext(crl, ext, -1) == 1;
    X509_EXTENSION_free(ext);
    return ok;
}

static pt_status put_dates(X509_CRL *crl, int64_t now)
{
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)now);
    ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)(now + (int64_t)PT_CRL_SECONDS));
    const bool ok = from != NULL && until != NULL && X509_CRL_set1_lastUpdate(crl, from) == 1 &&
                    X509_CRL_set1_nextUpdate(crl, until) == 1;
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    PT_ENSURE(ok, PT_E_NOMEM);
    return PT_SUCCESS;
}

static pt_status fill(X509_CRL *crl, X509 *issuer, const struct pt_ca_crl *request,
                      ASN1_INTEGER *number)
{
    PT_ENSURE(X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
                  X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) == 1,
              PT_E_CRYPTO);
    PT_ENSURE(ASN1_INTEGER_set_int64(number, 1) == 1, PT_E_NOMEM);
    PT_TRY(put_dates(crl, request->now));
    if (request->previous.len > 0U) {
        PT_TRY(carry_over(crl, issuer, request->previous, number));
    }
    if (request->revoke.len > 0U) {
        PT_TRY(revoke(crl, issuer, request->revoke, request->now));
    }
    PT_ENSURE(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1, PT_E_CRYPTO);
    PT_ENSURE(put_aki(crl, issuer) && X509_CRL_sort(crl) == 1, PT_E_CRYPTO);
    return PT_SUCCESS;
}

static pt_status write_crl(X509_CRL *crl, struct pt_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    pt_status st = PT_FAIL(PT_E_CRYPTO);
    if (PEM_write_bio_X509_CRL(bio, crl) == 1) {
        st = pt_ossl_drain(bio, out);
    }
    (void)BIO_free(bio);
    return st;
}

static pt_status make(X509 *issuer, const struct pt_ca_crl *request, const struct pt_key *key,
                      struct pt_buf *out)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    pt_status st = crl != NULL && number != NULL ? PT_SUCCESS : PT_FAIL(PT_E_NOMEM);
    if (pt_ok(st)) {
        st = fill(crl, issuer, request, number);
    }
    const EVP_MD *md = pt_key_kind(key) == PT_KEY_P256 ? EVP_sha256() : NULL;
    if (pt_ok(st) && X509_CRL_sign(crl, pt_key_ossl(key), md) <= 0) {
        st = PT_FAIL(PT_E_CRYPTO);
    }
    if (pt_ok(st)) {
        st = write_crl(crl, out);
    }
    ASN1_INTEGER_free(number);
    X509_CRL_free(crl);
    return st;
}

PT_RESULT pt_ca_crl(const struct pt_ca_crl *request, const struct pt_ca_issuer *issuer,
                    struct pt_buf *out)
{
    PT_ENSURE(request != NULL && issuer != NULL && out != NULL, PT_E_ARG);
    PT_TRY(pt_policy_require("sha256", 0U, (int32_t)(request->now / 86400)));
    X509 *cert = NULL;
    PT_TRY(pt_ossl_issuer(issuer, &cert));
    const pt_status st = make(cert, request, issuer->key, out);
    X509_free(cert);
    return pt_ossl_done(st);
}
