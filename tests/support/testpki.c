/* SPDX-License-Identifier: EUPL-1.2 */
#include "testpki.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#define DAY 86400

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static const char *or_else(const char *given, const char *otherwise)
{
    return given != NULL ? given : otherwise;
}

static EVP_PKEY *new_key(const char *name)
{
    EVP_PKEY *key = NULL;
    if (strcmp(name, "ED25519") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    } else if (strcmp(name, "RSA-1024") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    } else if (strcmp(name, "RSA-3072") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072);
    } else if (strcmp(name, "RSA-2048") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    } else {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", name);
    }
    must(key != NULL);
    return key;
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    if (value == NULL) {
        return;
    }
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *const extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    must(extension != NULL && X509_add_ext(cert, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

/* 1.3.6.1.4.1.32473 is the number for examples (RFC 5612). */
static void add_unknown(X509 *cert, bool critical)
{
    ASN1_OBJECT *const object = OBJ_txt2obj("1.3.6.1.4.1.32473.1", 1);
    ASN1_OCTET_STRING *const value = ASN1_OCTET_STRING_new();
    static const unsigned char null_der[] = {5U, 0U};
    must(object != NULL && value != NULL && ASN1_OCTET_STRING_set(value, null_der, 2) == 1);
    X509_EXTENSION *const extension =
        X509_EXTENSION_create_by_OBJ(NULL, object, critical ? 1 : 0, value);
    must(extension != NULL && X509_add_ext(cert, extension, -1) == 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

static void add_more(X509 *cert, X509 *issuer, const struct test_extension *more)
{
    for (size_t i = 0U; i < TEST_EXTENSIONS_MAX && more[i].value != NULL; i++) {
        if (more[i].nid == 0) {
            add_unknown(cert, strcmp(more[i].value, "critical") == 0);
        } else {
            add_extension(cert, issuer, more[i].nid, more[i].value);
        }
    }
}

static void set_names(X509 *cert, X509 *issuer, const char *cn)
{
    X509_NAME *const name = X509_get_subject_name(cert);
    must(X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const unsigned char *)"FR", -1, -1,
                                    0) == 1);
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1,
                                    0) == 1);
    must(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1);
}

/* "SHA256" and so on; "PSS-SHA256" for an RSA key, "PSS1-SHA256" with a mask by SHA-1; nothing for
 * Ed25519. */
static EVP_MD_CTX *signer_of(EVP_PKEY *key, const char *digest)
{
    const bool sha1_mask = strncmp(digest, "PSS1-", 5U) == 0;
    const bool pss = sha1_mask || strncmp(digest, "PSS-", 4U) == 0;
    const char *const md = pss ? strchr(digest, '-') + 1 : digest;
    const bool ed = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
    EVP_PKEY_CTX *options = NULL;
    EVP_MD_CTX *const ctx = EVP_MD_CTX_new();
    must(ctx != NULL);
    must(EVP_DigestSignInit(ctx, &options, ed ? NULL : EVP_get_digestbyname(md), NULL, key) == 1);
    if (pss) {
        must(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1);
        must(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1);
        must(!sha1_mask || EVP_PKEY_CTX_set_rsa_mgf1_md(options, EVP_sha1()) == 1);
    }
    return ctx;
}

struct test_cert test_cert_new(const struct test_cert_spec *spec)
{
    struct test_cert made = {.cert = X509_new(), .key = new_key(or_else(spec->key, "P-256"))};
    must(made.cert != NULL);
    X509 *const issuer = spec->issuer != NULL ? spec->issuer->cert : made.cert;
    EVP_PKEY *const signer = spec->issuer != NULL ? spec->issuer->key : made.key;
    const time_t from = spec->from != 0 ? spec->from : spec->now - DAY;
    const time_t until = spec->until != 0 ? spec->until : spec->now + 365 * DAY;

    must(X509_set_version(made.cert, X509_VERSION_3) == 1);
    must(ASN1_INTEGER_set(X509_get_serialNumber(made.cert), spec->serial != 0 ? spec->serial : 1));
    must(ASN1_TIME_set(X509_getm_notBefore(made.cert), from) != NULL);
    must(ASN1_TIME_set(X509_getm_notAfter(made.cert), until) != NULL);
    must(X509_set_pubkey(made.cert, made.key) == 1);
    set_names(made.cert, issuer, or_else(spec->cn, "test"));
    add_extension(made.cert, issuer, NID_basic_constraints,
                  or_else(spec->basic, spec->ca ? "critical,CA:TRUE" : "critical,CA:FALSE"));
    add_extension(made.cert, issuer, NID_key_usage,
                  or_else(spec->key_usage,
                          spec->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature"));
    add_extension(made.cert, issuer, NID_ext_key_usage, spec->eku);
    add_extension(made.cert, issuer, NID_subject_alt_name, spec->san);
    add_extension(made.cert, issuer, NID_subject_key_identifier, "hash");
    add_extension(made.cert, issuer, NID_authority_key_identifier, "keyid");
    add_more(made.cert, issuer, spec->more);
    EVP_MD_CTX *const ctx = signer_of(signer, or_else(spec->digest, "SHA256"));
    must(X509_sign_ctx(made.cert, ctx) > 0);
    EVP_MD_CTX_free(ctx);
    return made;
}

void test_cert_free(struct test_cert *cert)
{
    X509_free(cert->cert);
    EVP_PKEY_free(cert->key);
    *cert = (struct test_cert){.cert = NULL};
}

static char *text_of(BIO *bio)
{
    char *bytes = NULL;
    const long len = BIO_get_mem_data(bio, &bytes);
    char *const text = malloc((size_t)len + 1U);
    must(text != NULL);
    memcpy(text, bytes, (size_t)len);
    text[len] = '\0';
    BIO_free(bio);
    return text;
}

char *test_cert_pem(const struct test_cert *cert)
{
    BIO *const bio = BIO_new(BIO_s_mem());
    must(bio != NULL && PEM_write_bio_X509(bio, cert->cert) == 1);
    return text_of(bio);
}

char *test_key_pem(const struct test_cert *cert)
{
    BIO *const bio = BIO_new(BIO_s_mem());
    must(bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, cert->key, NULL, NULL, 0, NULL, NULL));
    return text_of(bio);
}

static void revoke(X509_CRL *crl, long serial, const ASN1_TIME *when)
{
    X509_REVOKED *const entry = X509_REVOKED_new();
    ASN1_INTEGER *const number = ASN1_INTEGER_new();
    must(entry != NULL && number != NULL && ASN1_INTEGER_set(number, serial) == 1);
    must(X509_REVOKED_set_serialNumber(entry, number) == 1);
    must(X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)(uintptr_t)when) == 1);
    must(X509_CRL_add0_revoked(crl, entry) == 1);
    ASN1_INTEGER_free(number);
}

char *test_crl_pem(const struct test_crl_spec *spec)
{
    X509_CRL *const crl = X509_CRL_new();
    ASN1_TIME *const from = ASN1_TIME_set(NULL, spec->from);
    must(crl != NULL && from != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1);
    must(X509_CRL_set_issuer_name(crl, X509_get_subject_name(spec->issuer->cert)) == 1);
    must(X509_CRL_set1_lastUpdate(crl, from) == 1);
    if (spec->until != 0) {
        ASN1_TIME *const until = ASN1_TIME_set(NULL, spec->until);
        must(until != NULL && X509_CRL_set1_nextUpdate(crl, until) == 1);
        ASN1_TIME_free(until);
    }
    for (size_t i = 0U; i < spec->revoked_count; i++) {
        revoke(crl, spec->revoked[i], from);
    }
    must(X509_CRL_sort(crl) == 1);
    EVP_MD_CTX *const ctx = signer_of(spec->issuer->key, or_else(spec->digest, "SHA256"));
    must(X509_CRL_sign_ctx(crl, ctx) > 0);
    EVP_MD_CTX_free(ctx);
    BIO *const bio = BIO_new(BIO_s_mem());
    must(bio != NULL && PEM_write_bio_X509_CRL(bio, crl) == 1);
    ASN1_TIME_free(from);
    X509_CRL_free(crl);
    return text_of(bio);
}

char *test_join(const char *a, const char *b, const char *c)
{
    const size_t len_a = strlen(a);
    const size_t len_b = b != NULL ? strlen(b) : 0U;
    const size_t len_c = c != NULL ? strlen(c) : 0U;
    char *const text = malloc(len_a + len_b + len_c + 1U);
    must(text != NULL);
    memcpy(text, a, len_a);
    memcpy(text + len_a, or_else(b, ""), len_b);
    memcpy(text + len_a + len_b, or_else(c, ""), len_c + 1U);
    return text;
}

void test_cert_fingerprint(const struct test_cert *cert, unsigned char out[32])
{
    must(X509_digest(cert->cert, EVP_sha256(), out, NULL) == 1);
}
