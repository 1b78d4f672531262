/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * ossl.c -- see ossl_int.h. Law: PEM readers get a callback that refuses, because OpenSSL's
 * default one opens the terminal, and a daemon that waits for a passphrase is a daemon that is
 * down. Layer 1 (pki).
 */
#include "pki/ossl_int.h"

#include "poterne/base/limits.h"
#include "poterne/pki/digest.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <strings.h>

pt_status pt_ossl_done(pt_status st)
{
    ERR_clear_error();
    return st;
}

bool pt_ossl_starved(void)
{
    bool starved = false;
    for (unsigned long e = ERR_get_error(); e != 0U; e = ERR_get_error()) {
        starved = starved || ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE;
    }
    return starved;
}

BIO *pt_ossl_view(pt_slice bytes)
{
    if (bytes.len > PT_CRL_MAX) { /* the largest of what is read here */
        return NULL;
    }
    /* BIO_new_mem_buf refuses NULL; an empty text is a view on "". */
    return BIO_new_mem_buf(bytes.ptr != NULL ? bytes.ptr : "", (int)bytes.len);
}

PT_RESULT pt_ossl_drain(BIO *bio, struct pt_buf *out)
{
    char *ptr = NULL;
    const long n = BIO_get_mem_data(bio, &ptr);
    PT_ENSURE(n > 0 && ptr != NULL, PT_E_CRYPTO);
    pt_buf_put(out, pt_slice_of(ptr, (size_t)n));
    return pt_buf_status(out);
}

int pt_ossl_no_passphrase(char *buf, int size, int rwflag, void *ctx)
{
    (void)rwflag;
    (void)ctx;
    if (size > 0) {
        buf[0] = '\0';
    }
    return -1;
}

PT_RESULT pt_ossl_cert(pt_slice pem, X509 **ret_cert)
{
    BIO *bio = pt_ossl_view(pem);
    if (bio == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    X509 *cert = PEM_read_bio_X509(bio, NULL, pt_ossl_no_passphrase, NULL);
    (void)BIO_free(bio);
    if (cert == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_SYNTAX));
    }
    *ret_cert = cert;
    return pt_ossl_done(PT_SUCCESS);
}

PT_RESULT pt_ossl_key(pt_slice pem, EVP_PKEY **ret_key)
{
    BIO *bio = pt_ossl_view(pem);
    if (bio == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, pt_ossl_no_passphrase, NULL);
    (void)BIO_free(bio);
    if (key == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_SYNTAX));
    }
    *ret_key = key;
    return pt_ossl_done(PT_SUCCESS);
}

PT_RESULT pt_ossl_key_pem(const EVP_PKEY *key, struct pt_buf *out)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    if (bio == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    pt_status st = PT_FAIL(PT_E_CRYPTO);
    if (PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
        st = pt_ossl_drain(bio, out);
    }
    (void)BIO_free(bio);
    return pt_ossl_done(st);
}

PT_RESULT pt_ossl_crl(pt_slice pem, X509_CRL **ret_crl)
{
    BIO *bio = pt_ossl_view(pem);
    if (bio == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    X509_CRL *crl = PEM_read_bio_X509_CRL(bio, NULL, pt_ossl_no_passphrase, NULL);
    (void)BIO_free(bio);
    if (crl == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_SYNTAX));
    }
    *ret_crl = crl;
    return pt_ossl_done(PT_SUCCESS);
}

PT_RESULT pt_ossl_spki_sha256(const EVP_PKEY *key, uint8_t out[static 32])
{
    unsigned char *der = NULL;
    const int n = i2d_PUBKEY(key, &der);
    if (n <= 0) {
        return pt_ossl_done(PT_FAIL(PT_E_CRYPTO));
    }
    const pt_status st = pt_sha256(pt_slice_of(der, (size_t)n), out);
    OPENSSL_free(der);
    return pt_ossl_done(st);
}

/* OpenSSL's group names, and ours where they differ (the table of policy.c). */
static const char *curve_name(const char *group)
{
    static const struct {
        const char *ossl;
        const char *ours;
    } names[] = {
        {"prime256v1", "p-256"},
        {"P-256", "p-256"},
        {"secp384r1", "p-384"},
        {"P-384", "p-384"},
        {"secp521r1", "p-521"},
        {"P-521", "p-521"},
        {"brainpoolP256r1", "brainpoolp256r1"},
        {"brainpoolP384r1", "brainpoolp384r1"},
        {"brainpoolP512r1", "brainpoolp512r1"},
    };
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        if (strcasecmp(group, names[i].ossl) == 0) {
            return names[i].ours;
        }
    }
    return NULL;
}

static const char *ec_name(const EVP_PKEY *key)
{
    char group[64] = {0};
    size_t n = 0U;
    int spelled_out = 0;
    /* Explicit parameters are refused even when they spell a known curve (CVE-2020-0601). */
    if (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                               &spelled_out) == 1 &&
        spelled_out != 0) {
        return NULL;
    }
    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), &n) !=
        1) {
        return NULL;
    }
    const char *named = curve_name(group);
    return named != NULL ? named : "ec-other";
}

PT_RESULT pt_ossl_algorithm(const EVP_PKEY *key, const char **ret_name, uint32_t *ret_bits)
{
    static const struct {
        const char *ossl;
        const char *ours;
    } types[] = {
        {"RSA", "rsa"},     {"RSA-PSS", "rsa"}, {"ED25519", "ed25519"}, {"X25519", "x25519"},
        {"ED448", "ed448"}, {"X448", "x448"},   {"DSA", "dsa"},         {"DH", "dh"},
    };
    const char *name = NULL;
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        name = ec_name(key);
    }
    for (size_t i = 0U; name == NULL && i < PT_COUNT(types); i++) {
        name = EVP_PKEY_is_a(key, types[i].ossl) == 1 ? types[i].ours : NULL;
    }
    const int bits = EVP_PKEY_get_bits(key);
    PT_ENSURE(!pt_ossl_starved(), PT_E_NOMEM);
    PT_ENSURE(name != NULL && bits > 0, PT_E_DENIED);
    *ret_name = name;
    *ret_bits = (uint32_t)bits;
    return PT_SUCCESS;
}

/* --- RSA-PSS --------------------------------------------------------------------------------- */

static int algorithm_of(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *oid = NULL;
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    return OBJ_obj2nid(oid);
}

static void *parameter_of(const X509_ALGOR *algorithm, const ASN1_ITEM *item)
{
    const void *value = NULL;
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    return type == V_ASN1_SEQUENCE ? ASN1_item_unpack((const ASN1_STRING *)value, item) : NULL;
}

/* MGF1 with the digest @md? Absent means SHA-1. */
static bool mask_is(const X509_ALGOR *mask, int md)
{
    if (mask == NULL || algorithm_of(mask) != NID_mgf1) {
        return false;
    }
    X509_ALGOR *inner = (X509_ALGOR *)parameter_of(mask, ASN1_ITEM_rptr(X509_ALGOR));
    const bool same = inner != NULL && algorithm_of(inner) == md;
    X509_ALGOR_free(inner);
    return same;
}

int pt_ossl_pss_digest(const X509_ALGOR *algorithm)
{
    int digest = NID_undef;
    RSA_PSS_PARAMS *pss = (RSA_PSS_PARAMS *)parameter_of(algorithm, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    if (pss != NULL && pss->hashAlgorithm != NULL) {
        const int hash = algorithm_of(pss->hashAlgorithm);
        digest = mask_is(pss->maskGenAlgorithm, hash) ? hash : NID_undef;
    }
    RSA_PSS_PARAMS_free(pss);
    return digest;
}
