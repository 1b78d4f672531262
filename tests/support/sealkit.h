/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * sealkit.h -- a small world of seals, made while a test runs: an authority and a seal
 * certificate, a time-stamping authority and its unit, their lists of revocation, a signer, and a
 * time-stamping service that can be told to lie in every way. OpenSSL directly: the tests do not
 * trust what they test. Failures abort.
 */
#ifndef POTERNE_TESTS_SEALKIT_H
#define POTERNE_TESTS_SEALKIT_H

#include "poterne/pki/signer.h"
#include "poterne/pki/trust.h"
#include "testpki.h"

#define KIT_NOW    INT64_C(1795478400) /* 2026-11-24 */
#define KIT_DAY    86400
#define KIT_POLICY "1.3.6.1.4.1.99999.1"

struct seal_kit {
    struct test_cert root, seal; /* the commune's authority, its seal: two years of life */
    struct test_cert tsa, unit;  /* the time-stamping authority, its unit: five years */
    char *root_pem, *seal_pem, *key_pem, *tsa_pem;
    char *root_crl, *tsa_crl; /* fresh at KIT_NOW */
    pt_slice anchors[1], tsa_anchors[1], crls[2];
    struct pt_trust trust;
    char dir[256];
    char key_path[300];
    struct pt_signer *signer;
};

/* @key as in testpki.h, or "RSA-3072". */
void kit_new(struct seal_kit *kit, const char *key);
void kit_free(struct seal_kit *kit);
/* Both lists again, issued an hour before @now; @revoked (0: nothing) is a serial of the seal's
 * authority, revoked at @since. */
void kit_lists(struct seal_kit *kit, int64_t now, long revoked, int64_t since);
struct test_cert kit_unit(const struct seal_kit *kit, const char *eku, const char *key_usage,
                          const char *digest);
/* Key of any kind, RSA-n too. */
EVP_PKEY *kit_key(const char *name);
/* A certificate with more in its subject: pairs of field name and value, NULL at the end. */
struct test_cert kit_cert_named(const struct seal_kit *kit, const char *const *pairs);
void kit_write(const struct seal_kit *kit, const char *name, pt_slice bytes);

/* How the service answers; zeroed is honest. */
struct kit_tsa {
    const struct test_cert *unit; /* never NULL */
    int64_t time;
    const char *gen_time; /* instead of time: GeneralizedTime as text */
    const char *policy;   /* NULL: what is asked for, else KIT_POLICY */
    int accuracy_ms;      /* 0: 500; -1: does not say */
    int status;           /* PKIStatus */
    bool no_token;
    bool other_nonce, no_nonce;
    bool other_imprint;
    const char *imprint_digest; /* "SHA1": the imprint says so, with 20 bytes */
    bool no_certificate;
    bool no_ess;
    bool sha1_ess;
    bool bad_signature;
    bool critical_extension;
    bool other_name; /* the tsa field names somebody else */
    bool own_name;
    int version;        /* 0: 1 */
    const char *digest; /* of the signature: "SHA256" */
};
void kit_answer(const struct kit_tsa *tsa, pt_slice request, struct pt_buf *out);
/* The bare token over @bytes. */
void kit_token(const struct kit_tsa *tsa, pt_slice bytes, struct pt_buf *out);

#endif /* POTERNE_TESTS_SEALKIT_H */
