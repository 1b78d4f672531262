/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * cert.c -- see cert.h and key.h. Reads what a certificate says; trusts nothing of it.
 * Layer 1 (pki).
 */
#include "poterne/pki/cert.h"

#include "pki/ossl_int.h"
#include "pki/path_int.h"
#include "poterne/pki/digest.h"
#include "poterne/pki/key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static pt_status der_sha256(X509 *cert, uint8_t out[static 32])
{
    unsigned char *der = NULL;
    const int n = i2d_X509(cert, &der);
    if (n <= 0) {
        return pt_ossl_done(PT_FAIL(PT_E_CRYPTO));
    }
    const pt_status st = pt_sha256(pt_slice_of(der, (size_t)n), out);
    OPENSSL_free(der);
    return st;
}

static pt_status cert_spki(X509 *cert, uint8_t out[static 32])
{
    const EVP_PKEY *key = X509_get0_pubkey(cert);
    if (key == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_SYNTAX));
    }
    return pt_ossl_spki_sha256(key, out);
}

PT_RESULT pt_cert_sha256(pt_slice pem, uint8_t out[static 32])
{
    X509 *cert = NULL;
    PT_TRY(pt_ossl_cert(pem, &cert));
    const pt_status st = der_sha256(cert, out);
    X509_free(cert);
    return pt_ossl_done(st);
}

PT_RESULT pt_cert_spki_sha256(pt_slice pem, uint8_t out[static 32])
{
    X509 *cert = NULL;
    PT_TRY(pt_ossl_cert(pem, &cert));
    const pt_status st = cert_spki(cert, out);
    X509_free(cert);
    return pt_ossl_done(st);
}

/* An embedded NUL or a name too long to show gives no name at all, never a cut one. */
static void common_name(X509 *cert, char out[static PT_CERT_NAME_MAX])
{
    const X509_NAME *subject = X509_get_subject_name(cert);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    const X509_NAME_ENTRY *entry = at >= 0 ? X509_NAME_get_entry(subject, at) : NULL;
    unsigned char *text = NULL;
    const int n = entry != NULL ? ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry)) : -1;
    if (n > 0 && (size_t)n < PT_CERT_NAME_MAX && memchr(text, 0, (size_t)n) == NULL) {
        memcpy(out, text, (size_t)n);
        out[n] = '\0';
    }
    OPENSSL_free(text);
    (void)pt_ossl_done(PT_SUCCESS);
}

const char *pt_ossl_digest_name(int nid)
{
    static const struct {
        int nid;
        const char *name;
    } names[] = {
        {NID_sha256, "sha256"},     {NID_sha384, "sha384"},     {NID_sha512, "sha512"},
        {NID_sha3_256, "sha3-256"}, {NID_sha3_384, "sha3-384"}, {NID_sha3_512, "sha3-512"},
        {NID_sha1, "sha1"},         {NID_sha224, "sha224"},     {NID_md5, "md5"},
    };
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        if (names[i].nid == nid) {
            return names[i].name;
        }
    }
    return "inconnu";
}

/* Ed25519 hashes by itself: it has no digest to judge. */
const char *pt_ossl_signature_digest(X509 *cert)
{
    int md = NID_undef;
    int pk = NID_undef;
    int security = 0;
    uint32_t flags = 0U;
    if (X509_get_signature_info(cert, &md, &pk, &security, &flags) != 1) {
        (void)pt_ossl_done(PT_SUCCESS);
        return "inconnu";
    }
    return pk == NID_ED25519 && md == NID_undef ? "" : pt_ossl_digest_name(md);
}

PT_RESULT pt_ossl_cert_facts(X509 *cert, struct pt_cert_facts *facts)
{
    const EVP_PKEY *key = X509_get0_pubkey(cert);
    if (key == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_SYNTAX));
    }
    PT_TRY(pt_ossl_algorithm(key, &facts->algorithm, &facts->bits));
    PT_TRY(pt_ossl_seconds(X509_get0_notBefore(cert), &facts->not_before));
    PT_TRY(pt_ossl_seconds(X509_get0_notAfter(cert), &facts->not_after));
    PT_TRY(der_sha256(cert, facts->sha256));
    PT_TRY(pt_ossl_spki_sha256(key, facts->spki_sha256));
    facts->is_ca = X509_check_ca(cert) == 1;
    facts->digest = pt_ossl_signature_digest(cert);
    common_name(cert, facts->common_name);
    return pt_ossl_done(PT_SUCCESS);
}

PT_RESULT pt_cert_facts(pt_slice pem, struct pt_cert_facts *ret)
{
    PT_ENSURE(ret != NULL, PT_E_ARG);
    struct pt_cert_facts facts = {.algorithm = ""};
    X509 *cert = NULL;
    PT_TRY(pt_ossl_cert(pem, &cert));
    const pt_status st = pt_ossl_cert_facts(cert, &facts);
    X509_free(cert);
    if (pt_ok(st)) {
        *ret = facts;
    }
    return pt_ossl_done(st);
}

enum pt_policy_verdict pt_cert_policy(const struct pt_cert_facts *facts, int32_t days,
                                      const struct pt_policy_rule **ret_rule)
{
    const struct pt_policy_rule *rule = NULL;
    const struct pt_policy_rule *digest_rule = NULL;
    enum pt_policy_verdict worst =
        pt_policy_check(pt_slice_str(facts->algorithm), facts->bits, days, &rule);
    if (facts->digest[0] != '\0') {
        const enum pt_policy_verdict digest =
            pt_policy_check(pt_slice_str(facts->digest), 0U, days, &digest_rule);
        rule = digest < worst ? digest_rule : rule;
        worst = digest < worst ? digest : worst;
    }
    if (ret_rule != NULL) {
        *ret_rule = rule;
    }
    return worst;
}

static pt_status crl_facts_of(X509_CRL *crl, struct pt_crl_facts *facts)
{
    PT_TRY(pt_ossl_seconds(X509_CRL_get0_lastUpdate(crl), &facts->this_update));
    if (X509_CRL_get0_nextUpdate(crl) != NULL) {
        PT_TRY(pt_ossl_seconds(X509_CRL_get0_nextUpdate(crl), &facts->next_update));
    }
    const STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(crl);
    facts->revoked = revoked != NULL ? (uint32_t)sk_X509_REVOKED_num(revoked) : 0U;
    return PT_SUCCESS;
}

/* The life of a text of several lists is that of the one that ends first; one without an end has no
 * life at all. */
static void crl_add(struct pt_crl_facts *all, const struct pt_crl_facts *one)
{
    const uint32_t revoked = all->revoked + one->revoked;
    if (one->next_update < all->next_update) {
        *all = *one;
    }
    all->revoked = revoked;
}

static pt_status crl_facts_read(BIO *bio, struct pt_crl_facts *facts)
{
    pt_status st = PT_SUCCESS;
    size_t n = 0U;
    ERR_clear_error();
    X509_CRL *crl = PEM_read_bio_X509_CRL(bio, NULL, pt_ossl_no_passphrase, NULL);
    while (crl != NULL && pt_ok(st)) {
        struct pt_crl_facts one = {.next_update = 0};
        st = crl_facts_of(crl, &one);
        if (n == 0U) {
            *facts = one;
        } else {
            crl_add(facts, &one);
        }
        n++;
        X509_CRL_free(crl);
        crl = pt_ok(st) ? PEM_read_bio_X509_CRL(bio, NULL, pt_ossl_no_passphrase, NULL) : NULL;
    }
    PT_TRY(st);
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (pt_ossl_starved()) {
        return PT_FAIL(PT_E_NOMEM);
    }
    return n > 0U && at_end ? PT_SUCCESS : PT_FAIL(PT_E_SYNTAX);
}

PT_RESULT pt_crl_facts(pt_slice pem, struct pt_crl_facts *ret)
{
    PT_ENSURE(ret != NULL, PT_E_ARG);
    struct pt_crl_facts facts = {.next_update = 0};
    BIO *bio = pt_ossl_view(pem);
    if (bio == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    const pt_status st = crl_facts_read(bio, &facts);
    (void)BIO_free(bio);
    if (pt_ok(st)) {
        *ret = facts;
    }
    return pt_ossl_done(st);
}

static pt_status lists(X509_CRL *crl, pt_slice cert_pem, bool *ret_listed)
{
    X509 *cert = NULL;
    X509_REVOKED *found = NULL;
    PT_TRY(pt_ossl_cert(cert_pem, &cert));
    *ret_listed = X509_CRL_get0_by_cert(crl, &found, cert) != 0;
    X509_free(cert);
    return PT_SUCCESS;
}

PT_RESULT pt_crl_lists(pt_slice crl_pem, pt_slice cert_pem, bool *ret_listed)
{
    PT_ENSURE(ret_listed != NULL, PT_E_ARG);
    X509_CRL *crl = NULL;
    PT_TRY(pt_ossl_crl(crl_pem, &crl));
    const pt_status st = lists(crl, cert_pem, ret_listed);
    X509_CRL_free(crl);
    return pt_ossl_done(st);
}
