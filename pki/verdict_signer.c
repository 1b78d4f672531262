/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * verdict_signer.c -- who a certificate says its bearer is. RGS_A4: the SIREN or SIRET stands in
 * an OU "0002 <number>"; eIDAS certificates write organizationIdentifier "NTRFR-<SIREN>"; a real
 * one may carry both, and then they must agree (RGS-11). Layer 1 (pki).
 */
#include "pki/ossl_int.h"
#include "pki/path_int.h"
#include "pki/verdict_int.h"

#include <openssl/x509v3.h>

/* An embedded NUL or a text too long gives no text at all, never a cut one. */
static void entry_text(const X509_NAME *name, int at, char out[static PT_VERDICT_NAME_MAX])
{
    const X509_NAME_ENTRY *entry = at >= 0 ? X509_NAME_get_entry(name, at) : NULL;
    unsigned char *text = NULL;
    const int n = entry != NULL ? ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry)) : -1;
    out[0] = '\0';
    if (n > 0 && (size_t)n < PT_VERDICT_NAME_MAX && memchr(text, 0, (size_t)n) == NULL) {
        memcpy(out, text, (size_t)n);
        out[n] = '\0';
    }
    OPENSSL_free(text);
}

static void first_text(const X509_NAME *name, int nid, char out[static PT_VERDICT_NAME_MAX])
{
    entry_text(name, X509_NAME_get_index_by_NID(name, nid, -1), out);
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* "0002 123456789", with or without the space, SIREN or SIRET; "NTRFR-123456789". */
static const char *siren_in(int nid, const char *text)
{
    if (nid == NID_organizationalUnitName && strncmp(text, "0002", 4U) == 0) {
        const char *const number = text + 4U + strspn(text + 4U, " ");
        const size_t n = digits(number);
        return (n == 9U || n == 14U) && number[n] == '\0' ? number : NULL;
    }
    if (nid == NID_organizationIdentifier && strncmp(text, "NTRFR-", 6U) == 0) {
        return digits(text + 6U) == 9U && text[15] == '\0' ? text + 6U : NULL;
    }
    return NULL;
}

/* One more SIREN of the same certificate: the first is kept, another one is a conflict. */
static bool agree(char siren[static 10], const char *found)
{
    if (siren[0] == '\0') {
        memcpy(siren, found, 9U);
        siren[9] = '\0';
        return true;
    }
    return memcmp(siren, found, 9U) == 0;
}

static bool siren_of(const X509_NAME *name, char siren[static 10])
{
    static const int places[] = {NID_organizationalUnitName, NID_organizationIdentifier};
    bool same = true;
    for (size_t i = 0U; i < PT_COUNT(places); i++) {
        int at = X509_NAME_get_index_by_NID(name, places[i], -1);
        while (at >= 0) {
            char text[PT_VERDICT_NAME_MAX] = "";
            entry_text(name, at, text);
            const char *const found = siren_in(places[i], text);
            same = (found == NULL || agree(siren, found)) && same;
            at = X509_NAME_get_index_by_NID(name, places[i], at);
        }
    }
    if (!same) {
        siren[0] = '\0';
    }
    return same;
}

PT_RESULT pt_verdict_signer_of(X509 *cert, struct pt_verdict_signer *ret)
{
    struct pt_verdict_signer signer = {.known = true, .algorithm = ""};
    const X509_NAME *const subject = X509_get_subject_name(cert);
    first_text(subject, NID_commonName, signer.common_name);
    first_text(subject, NID_organizationName, signer.organization);
    first_text(X509_get_issuer_name(cert), NID_commonName, signer.issuer);
    const bool same = siren_of(subject, signer.siren);
    unsigned int n = 0U;
    if (X509_digest(cert, EVP_sha256(), signer.sha256, &n) != 1) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    PT_TRY(pt_ossl_seconds(X509_get0_notBefore(cert), &signer.not_before));
    PT_TRY(pt_ossl_seconds(X509_get0_notAfter(cert), &signer.not_after));
    const EVP_PKEY *const key = X509_get0_pubkey(cert);
    if (key == NULL || !pt_ok(pt_ossl_algorithm(key, &signer.algorithm, &signer.bits))) {
        signer.algorithm = "";
    }
    *ret = signer;
    return pt_ossl_done(same ? PT_SUCCESS : PT_FAIL(PT_E_DENIED));
}
