/* SPDX-License-Identifier: EUPL-1.2 */
/* Certificates made while a test runs, with every fault a test may want: nothing on disk, nothing
 * that expires. Failures abort: this is a test's scaffolding. Free with the functions below. */
#ifndef POTERNE_TESTS_TESTPKI_H
#define POTERNE_TESTS_TESTPKI_H

#include "poterne/base/slice.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <time.h>

struct test_cert {
    X509 *cert;
    EVP_PKEY *key;
};

/* One more extension, in the words of openssl's configuration; nid 0: one that nobody knows, whose
 * value is "critical" or not. */
struct test_extension {
    int nid;
    const char *value;
};
#define TEST_EXTENSIONS_MAX 3U

/* Zero takes what stands after the colon. */
struct test_cert_spec {
    const char *cn;                 /* : "test" */
    const struct test_cert *issuer; /* : self-signed */
    const char *key;                /* "P-256", "P-384", "P-224", "secp256k1", "ED25519",
                                       "RSA-3072", "RSA-2048", "RSA-1024" : "P-256" */
    const char *digest;             /* "SHA256", "SHA1", "PSS-SHA256", "PSS1-SHA256" (its
                                       mask by SHA-1) ... : "SHA256" */
    const char *eku;                /* "serverAuth", "clientAuth" ... : none */
    const char *key_usage;          /* : "critical,digitalSignature", or a CA's */
    const char *san;                /* "DNS:localhost,IP:127.0.0.1" : none */
    bool ca;
    const char *basic;                               /* basic constraints : by `ca` */
    struct test_extension more[TEST_EXTENSIONS_MAX]; /* up to the first without value */
    long serial;                                     /* : 1 */
    time_t from;                                     /* : a day before `now` */
    time_t until;                                    /* : a year after `now` */
    time_t now;                                      /* needed when from or until is zero */
};

struct test_cert test_cert_new(const struct test_cert_spec *spec);
void test_cert_free(struct test_cert *cert);

struct test_crl_spec {
    const struct test_cert *issuer;
    const long *revoked; /* serial numbers */
    size_t revoked_count;
    const char *digest; /* : "SHA256" */
    time_t from;
    time_t until; /* zero: no nextUpdate */
};

/* PEM text, NUL-terminated, from malloc. */
char *test_cert_pem(const struct test_cert *cert);
char *test_key_pem(const struct test_cert *cert);
char *test_crl_pem(const struct test_crl_spec *spec);
/* Two or three texts one behind the other; b and c may be NULL. */
char *test_join(const char *a, const char *b, const char *c);

/* SHA-256 of the DER. */
void test_cert_fingerprint(const struct test_cert *cert, unsigned char out[32]);

#endif /* POTERNE_TESTS_TESTPKI_H */
