/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * signer.c -- see signer.h. Opening reads everything a later check needs, so that asking "may I
 * still seal?" before each seal costs a few comparisons. Layer 1 (pki).
 */
#include "pki/signer_int.h"

#include "pki/ossl_int.h"
#include "pki/signer_place_int.h"
#include "poterne/pki/cert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#define RSA_BITS_MIN  3072U
#define SIGNATURE_MAX 2048U /* RSA-16384 */

struct pt_signer {
    struct pt_held_key held;
    STACK_OF(X509) * chain; /* without the signer's own */
    X509 *cert;
    const EVP_MD *md;
    struct pt_signer_der der;
    bool revoked;
    size_t nfacts;
    struct pt_cert_facts facts[PT_SIGNER_CHAIN_MAX]; /* the signer's own first */
};

static const struct {
    const char *code;
    const char *text;
} faults[PT_SIGNER_FAULT_COUNT] = {
#define X(name, code, text) {code, text},
    PT_SIGNER_FAULTS(X)
#undef X
};

const char *pt_signer_fault_code(enum pt_signer_fault fault)
{
    return (size_t)fault < PT_COUNT(faults) ? faults[fault].code : "unknown";
}

const char *pt_signer_fault_text(enum pt_signer_fault fault)
{
    return (size_t)fault < PT_COUNT(faults) ? faults[fault].text : "faute inconnue";
}

EVP_PKEY *pt_signer_key(const struct pt_signer *signer)
{
    return signer->held.key;
}

X509 *pt_signer_cert(const struct pt_signer *signer)
{
    return signer->cert;
}

STACK_OF(X509) * pt_signer_chain(const struct pt_signer *signer)
{
    return signer->chain;
}

const EVP_MD *pt_signer_md(const struct pt_signer *signer)
{
    return signer->md;
}

const struct pt_signer_der *pt_signer_der(const struct pt_signer *signer)
{
    return &signer->der;
}

bool pt_signer_is_rsa(const struct pt_signer *signer)
{
    return strcmp(signer->facts[0].algorithm, "rsa") == 0;
}

const char *pt_signer_algorithm(const struct pt_signer *signer, uint32_t *ret_bits)
{
    *ret_bits = signer->facts[0].bits;
    return signer->facts[0].algorithm;
}

const char *pt_signer_digest(const struct pt_signer *signer)
{
    return EVP_MD_get_size(signer->md) == 48 ? "sha384" : "sha256";
}

int64_t pt_signer_not_after(const struct pt_signer *signer)
{
    return signer->facts[0].not_after;
}

PT_RESULT pt_signer_spki_sha256(const struct pt_signer *signer, uint8_t out[static 32])
{
    PT_ENSURE(signer != NULL, PT_E_ARG);
    memcpy(out, signer->facts[0].spki_sha256, 32U);
    return PT_SUCCESS;
}

PT_RESULT pt_signer_cert_sha256(const struct pt_signer *signer, uint8_t out[static 32])
{
    PT_ENSURE(signer != NULL, PT_E_ARG);
    memcpy(out, signer->facts[0].sha256, 32U);
    return PT_SUCCESS;
}

/* --- fitness (RGS-15) --------------------------------------------------------------------------
 */

enum pt_signer_fault pt_signer_check(const struct pt_signer *signer, int64_t now)
{
    if (signer->revoked) {
        return PT_SIGNER_REVOKED;
    }
    for (size_t i = 0U; i < signer->nfacts; i++) {
        const struct pt_cert_facts *facts = &signer->facts[i];
        if (now < facts->not_before) {
            return i == 0U ? PT_SIGNER_NOT_YET : PT_SIGNER_CHAIN;
        }
        if (now > facts->not_after) {
            return i == 0U ? PT_SIGNER_EXPIRED : PT_SIGNER_CHAIN;
        }
        if (pt_cert_policy(facts, (int32_t)(now / 86400), NULL) == PT_POLICY_REFUSED) {
            return PT_SIGNER_POLICY;
        }
    }
    return PT_SIGNER_OK;
}

void pt_signer_revoke(struct pt_signer *signer)
{
    signer->revoked = true;
}

PT_RESULT pt_signer_ready(const struct pt_signer *signer, int64_t now)
{
    PT_ENSURE(signer != NULL, PT_E_ARG);
    const enum pt_signer_fault fault = pt_signer_check(signer, now);
    return fault == PT_SIGNER_OK ? PT_SUCCESS : PT_FAIL_AUX(PT_E_DENIED, fault);
}

/* A seal's certificate seals; a TLS, OCSP or time-stamping one does not (RGS-14, RGS_A4). */
static bool usage_ok(X509 *cert)
{
    const uint32_t others = XKU_SSL_SERVER | XKU_SSL_CLIENT | XKU_TIMESTAMP | XKU_OCSP_SIGN;
    const uint32_t usage = X509_get_key_usage(cert);
    const uint32_t extended = X509_get_extended_key_usage(cert);
    const bool seals = usage != UINT32_MAX &&
                       (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0U &&
                       (usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) == 0U;
    return seals && (extended == UINT32_MAX || (extended & others) == 0U) &&
           X509_check_ca(cert) == 0;
}

static bool kind_ok(const struct pt_cert_facts *facts)
{
    return strcmp(facts->algorithm, "p-256") == 0 || strcmp(facts->algorithm, "p-384") == 0 ||
           (strcmp(facts->algorithm, "rsa") == 0 && facts->bits >= RSA_BITS_MIN);
}

/* --- signing -----------------------------------------------------------------------------------
 */

static bool pss(const struct pt_signer *signer, EVP_PKEY_CTX *options)
{
    return !pt_signer_is_rsa(signer) ||
           (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) > 0 &&
            EVP_PKEY_CTX_set_rsa_mgf1_md(options, signer->md) > 0 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) > 0);
}

/* One-shot, or in two steps: an engine's key knows only the second way. */
static bool sign_into(const struct pt_signer *signer, EVP_MD_CTX *ctx, pt_slice tbs, uint8_t *sig,
                      size_t *len)
{
    EVP_PKEY_CTX *options = NULL;
    return EVP_DigestSignInit(ctx, &options, signer->md, NULL, signer->held.key) == 1 &&
           pss(signer, options) && EVP_DigestSignUpdate(ctx, tbs.ptr, tbs.len) == 1 &&
           EVP_DigestSignFinal(ctx, sig, len) == 1;
}

PT_RESULT pt_signer_sign(const struct pt_signer *signer, pt_slice tbs, struct pt_buf *out)
{
    PT_ENSURE(signer != NULL && out != NULL && tbs.len != 0U, PT_E_ARG);
    uint8_t sig[SIGNATURE_MAX];
    size_t len = sizeof(sig);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    const bool done = sign_into(signer, ctx, tbs, sig, &len);
    EVP_MD_CTX_free(ctx);
    if (!done) {
        return pt_ossl_done(PT_FAIL(PT_E_CRYPTO));
    }
    pt_buf_put(out, pt_slice_of(sig, len));
    return pt_ossl_done(pt_buf_status(out));
}

static bool verify_with(const struct pt_signer *signer, EVP_MD_CTX *ctx, pt_slice tbs, pt_slice sig)
{
    EVP_PKEY_CTX *options = NULL;
    EVP_PKEY *const key = X509_get0_pubkey(signer->cert);
    return EVP_DigestVerifyInit(ctx, &options, signer->md, NULL, key) == 1 &&
           pss(signer, options) &&
           EVP_DigestVerify(ctx, (const unsigned char *)sig.ptr, sig.len,
                            (const unsigned char *)tbs.ptr, tbs.len) == 1;
}

/* The key signs what the certificate verifies. The text cannot be taken for a seal: see
 * signer_int.h for what seals begin with. */
static pt_status self_test(const struct pt_signer *signer)
{
    static const pt_slice text = PT_SLICE_INIT("poterne: this key belongs to this certificate");
    struct pt_buf sig;
    pt_buf_init(&sig, SIGNATURE_MAX);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    pt_status st = ctx != NULL ? pt_signer_sign(signer, text, &sig) : PT_FAIL(PT_E_NOMEM);
    if (st.code == (uint32_t)PT_E_CRYPTO) {
        st = PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_BROKEN);
    }
    if (pt_ok(st) && !verify_with(signer, ctx, text, pt_buf_slice(&sig))) {
        st = PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_MISMATCH);
    }
    EVP_MD_CTX_free(ctx);
    pt_buf_done(&sig);
    return pt_ossl_done(st);
}

/* --- opening -----------------------------------------------------------------------------------
 */

/* The next certificate of the PEM text. @return PT_E_ABSENT at its end */
static pt_status next_cert(BIO *bio, X509 **ret)
{
    *ret = PEM_read_bio_X509(bio, NULL, pt_ossl_no_passphrase, NULL);
    if (*ret != NULL) {
        return PT_SUCCESS;
    }
    const int why = ERR_GET_REASON(ERR_peek_last_error());
    return pt_ossl_done(why == PEM_R_NO_START_LINE ? PT_FAIL(PT_E_ABSENT)
                                                   : PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_CHAIN));
}

static pt_status take_cert(struct pt_signer *signer, X509 *cert)
{
    X509 *const before =
        signer->nfacts > 1U ? sk_X509_value(signer->chain, (int)signer->nfacts - 2) : signer->cert;
    if (signer->nfacts == PT_SIGNER_CHAIN_MAX ||
        !pt_ok(pt_ossl_cert_facts(cert, &signer->facts[signer->nfacts])) ||
        (before != NULL && X509_check_issued(cert, before) != X509_V_OK)) {
        X509_free(cert);
        return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_CHAIN);
    }
    if (signer->nfacts == 0U) {
        signer->cert = cert;
    } else if (sk_X509_push(signer->chain, cert) == 0) {
        X509_free(cert);
        return PT_FAIL(PT_E_NOMEM);
    }
    signer->nfacts++;
    return PT_SUCCESS;
}

static pt_status read_chain(struct pt_signer *signer, BIO *bio)
{
    X509 *cert = NULL;
    pt_status st = next_cert(bio, &cert);
    while (pt_ok(st)) {
        PT_TRY(take_cert(signer, cert));
        st = next_cert(bio, &cert);
    }
    if (st.code != (uint32_t)PT_E_ABSENT) {
        return st;
    }
    return signer->cert != NULL ? PT_SUCCESS : PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_CHAIN);
}

static pt_status load_chain(struct pt_signer *signer, pt_slice pem)
{
    BIO *bio = pt_ossl_view(pem);
    signer->chain = sk_X509_new_null();
    if (bio == NULL || signer->chain == NULL) {
        (void)BIO_free(bio);
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    const pt_status st = read_chain(signer, bio);
    (void)BIO_free(bio);
    return pt_ossl_done(st);
}

static const EVP_MD *choose_md(const struct pt_signer *signer, enum pt_seal_digest digest)
{
    const bool small = strcmp(signer->facts[0].algorithm, "p-256") == 0;
    if (digest == PT_SEAL_DIGEST_DEFAULT) {
        digest = small ? PT_SEAL_SHA256 : PT_SEAL_SHA384;
    }
    return digest == PT_SEAL_SHA256 ? EVP_sha256() : EVP_sha384();
}

static pt_status fill(struct pt_signer *signer, const struct pt_signer_spec *spec)
{
    PT_TRY(load_chain(signer, spec->chain));
    if (!kind_ok(&signer->facts[0])) {
        return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_KEY_KIND);
    }
    if (!usage_ok(signer->cert)) {
        return pt_ossl_done(PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_USAGE));
    }
    PT_TRY(pt_signer_ready(signer, spec->now));
    signer->md = choose_md(signer, spec->digest);
    PT_TRY(pt_ossl_done(pt_signer_der_fill(signer, &signer->der)));
    PT_TRY(pt_held_open(spec, &signer->held));
    return self_test(signer);
}

PT_RESULT pt_signer_open(const struct pt_signer_spec *spec, struct pt_signer **ret_signer,
                         enum pt_signer_fault *ret_fault)
{
    PT_ENSURE(spec != NULL && spec->key != NULL && ret_signer != NULL && ret_fault != NULL,
              PT_E_ARG);
    struct pt_signer *signer = (struct pt_signer *)calloc(1U, sizeof(*signer));
    PT_ENSURE(signer != NULL, PT_E_NOMEM);
    pt_signer_der_init(&signer->der);
    const pt_status st = fill(signer, spec);
    *ret_fault = st.code == (uint32_t)PT_E_DENIED ? (enum pt_signer_fault)st.aux : PT_SIGNER_OK;
    if (!pt_ok(st)) {
        (void)pt_signer_free(signer);
        return st;
    }
    *ret_signer = signer;
    return PT_SUCCESS;
}

struct pt_signer *pt_signer_free(struct pt_signer *signer)
{
    if (signer != NULL) {
        pt_held_done(&signer->held);
        pt_signer_der_done(&signer->der);
        sk_X509_pop_free(signer->chain, X509_free);
        X509_free(signer->cert);
        free(signer);
    }
    return NULL;
}
