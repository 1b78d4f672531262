/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * csr.c -- see csr.h. A profile is a row of data; the request is filled, signed by its own key and
 * written. Layer 1 (pki).
 */
#include "poterne/pki/csr.h"

#include "pki/names_int.h"
#include "pki/ossl_int.h"
#include "poterne/base/limits.h"
#include "poterne/pki/policy.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <string.h>

/* RFC 3161 2.3 wants the purpose of a time-stamping unit critical, alone among them. */
static const struct {
    const char *name;
    const char *usage;
    const char *purpose; /* NULL: none */
} profiles[] = {
    [PT_CSR_CACHET] = {"cachet", "critical,digitalSignature,nonRepudiation", NULL},
    [PT_CSR_AUTH_SERVEUR] = {"auth-serveur", "critical,digitalSignature", "serverAuth"},
    [PT_CSR_AUTH_CLIENT] = {"auth-client", "critical,digitalSignature", "clientAuth"},
    [PT_CSR_TSU] = {"tsu", "critical,digitalSignature", "critical,timeStamping"},
    [PT_CSR_OCSP] = {"ocsp", "critical,digitalSignature", "OCSPSigning"},
};

const char *const pt_csr_algorithms[] = {"p-256", "p-384", "rsa-3072", NULL};

#define RSA_BITS 3072U

const char *pt_csr_profile_name(enum pt_csr_profile profile)
{
    return (size_t)profile < PT_COUNT(profiles) ? profiles[profile].name : "";
}

PT_RESULT pt_csr_profile_find(const char *name, enum pt_csr_profile *ret)
{
    for (size_t i = 0U; i < PT_COUNT(profiles); i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            *ret = (enum pt_csr_profile)i;
            return PT_SUCCESS;
        }
    }
    return PT_FAIL(PT_E_ABSENT);
}

/* --- the key --------------------------------------------------------------------------------- */

static pt_status key_gate(const EVP_PKEY *key, int32_t days)
{
    const char *name = NULL;
    uint32_t bits = 0U;
    PT_TRY(pt_ossl_algorithm(key, &name, &bits));
    return pt_policy_require(name, bits, days);
}

static EVP_PKEY *generate(const char *algorithm)
{
    if (strcmp(algorithm, "p-256") == 0) {
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    }
    if (strcmp(algorithm, "p-384") == 0) {
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    }
    return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS);
}

static bool is_algorithm(const char *name)
{
    for (size_t i = 0U; pt_csr_algorithms[i] != NULL; i++) {
        if (strcmp(pt_csr_algorithms[i], name) == 0) {
            return true;
        }
    }
    return false;
}

PT_RESULT pt_csr_key(const char *algorithm, int32_t days, struct pt_buf *out)
{
    PT_ENSURE(algorithm != NULL && out != NULL && is_algorithm(algorithm), PT_E_ARG);
    EVP_PKEY *key = generate(algorithm);
    if (key == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_CRYPTO));
    }
    pt_status st = key_gate(key, days);
    if (pt_ok(st)) {
        st = pt_ossl_key_pem(key, out);
    }
    EVP_PKEY_free(key);
    return pt_ossl_done(st);
}

/* --- the extensions asked for ---------------------------------------------------------------- */

static pt_status add_ext(X509_EXTENSIONS *list, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, NULL, NULL, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    if (ext == NULL || sk_X509_EXTENSION_push(list, ext) <= 0) {
        X509_EXTENSION_free(ext);
        return PT_FAIL(PT_E_CRYPTO);
    }
    return PT_SUCCESS;
}

static pt_status put_names(X509_EXTENSIONS **list, const struct pt_csr_request *request)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    if (names == NULL) {
        return PT_FAIL(PT_E_NOMEM);
    }
    pt_status st = pt_names_fill(names, request->names, request->nnames);
    if (pt_ok(st) &&
        X509V3_add1_i2d(list, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) != 1) {
        st = PT_FAIL(PT_E_CRYPTO);
    }
    GENERAL_NAMES_free(names);
    return st;
}

static pt_status fill_extensions(X509_EXTENSIONS **list, const struct pt_csr_request *request)
{
    PT_TRY(add_ext(*list, NID_key_usage, profiles[request->profile].usage));
    if (profiles[request->profile].purpose != NULL) {
        PT_TRY(add_ext(*list, NID_ext_key_usage, profiles[request->profile].purpose));
    }
    return request->profile == PT_CSR_AUTH_SERVEUR ? put_names(list, request) : PT_SUCCESS;
}

static pt_status put_extensions(X509_REQ *req, const struct pt_csr_request *request)
{
    X509_EXTENSIONS *list = sk_X509_EXTENSION_new_null();
    if (list == NULL) {
        return PT_FAIL(PT_E_NOMEM);
    }
    pt_status st = fill_extensions(&list, request);
    if (pt_ok(st) && X509_REQ_add_extensions(req, list) != 1) {
        st = PT_FAIL(PT_E_CRYPTO);
    }
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    return st;
}

/* --- the request ------------------------------------------------------------------------------ */

static pt_status fill(X509_REQ *req, const struct pt_csr_request *request, EVP_PKEY *key)
{
    X509_NAME *subject = X509_REQ_get_subject_name(req);
    PT_ENSURE(X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1, PT_E_CRYPTO);
    PT_TRY(pt_names_subject(subject, &request->subject));
    PT_TRY(pt_names_identifier(subject, request->subject.siret));
    PT_ENSURE(X509_REQ_set_pubkey(req, key) == 1, PT_E_CRYPTO);
    return put_extensions(req, request);
}

/* A digest of the curve's strength; RSA-3072 stands at 128 bits. */
static pt_status sign(X509_REQ *req, EVP_PKEY *key)
{
    const EVP_MD *md = EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
    PT_ENSURE(X509_REQ_sign(req, key, md) > 0, PT_E_CRYPTO);
    return PT_SUCCESS;
}

static pt_status write_req(X509_REQ *req, struct pt_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL) {
        return PT_FAIL(PT_E_NOMEM);
    }
    pt_status st = PT_FAIL(PT_E_CRYPTO);
    if (PEM_write_bio_X509_REQ(bio, req) == 1) {
        st = pt_ossl_drain(bio, out);
    }
    (void)BIO_free(bio);
    return st;
}

static pt_status make(const struct pt_csr_request *request, EVP_PKEY *key, struct pt_buf *out)
{
    X509_REQ *req = X509_REQ_new();
    if (req == NULL) {
        return PT_FAIL(PT_E_NOMEM);
    }
    pt_status st = fill(req, request, key);
    if (pt_ok(st)) {
        st = sign(req, key);
    }
    if (pt_ok(st)) {
        st = write_req(req, out);
    }
    X509_REQ_free(req);
    return st;
}

PT_RESULT pt_csr_make(const struct pt_csr_request *request, pt_slice key_pem, struct pt_buf *out)
{
    PT_ENSURE(request != NULL && out != NULL, PT_E_ARG);
    PT_ENSURE((size_t)request->profile < PT_COUNT(profiles), PT_E_ARG);
    const bool server = request->profile == PT_CSR_AUTH_SERVEUR;
    PT_ENSURE(!server || (request->nnames > 0U && request->nnames <= PT_SAN_MAX), PT_E_SYNTAX);
    EVP_PKEY *key = NULL;
    PT_TRY(pt_ossl_key(key_pem, &key));
    pt_status st = key_gate(key, request->days);
    if (pt_ok(st)) {
        st = make(request, key, out);
    }
    EVP_PKEY_free(key);
    return pt_ossl_done(st);
}
