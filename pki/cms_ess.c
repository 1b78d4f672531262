/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * cms_ess.c -- the signed reference to the signer's certificate (RFC 5035): without it a signature
 * can be handed another certificate of the same key. The SHA-1 form (ESSCertID) proves nothing any
 * more and is refused, also beside nothing else. Layer 1 (pki).
 */
#include "pki/cms_int.h"
#include "pki/der_int.h"
#include "pki/ossl_int.h"

#include <openssl/x509.h>

/* 2.16.840.1.101.3.4.2.n: n = 1 SHA-256, 2 SHA-384, 3 SHA-512. */
static const EVP_MD *digest_of(pt_slice oid)
{
    static const char sha2[] = {0x60, (char)0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02};
    if (oid.len != sizeof(sha2) + 1U || memcmp(oid.ptr, sha2, sizeof(sha2)) != 0) {
        return NULL;
    }
    switch (oid.ptr[sizeof(sha2)]) {
    case 1:
        return EVP_sha256();
    case 2:
        return EVP_sha384();
    case 3:
        return EVP_sha512();
    default:
        return NULL;
    }
}

struct cert_id {
    const EVP_MD *md; /* NULL: an algorithm that is not accepted */
    pt_slice hash;
    pt_slice issuer_serial;
};

/* The first ESSCertIDv2 of SigningCertificateV2: the signer's. */
static pt_status read_id(pt_slice der, struct cert_id *id)
{
    pt_slice outer;
    pt_slice certs;
    pt_slice first;
    pt_slice algorithm;
    PT_TRY(pt_der_take(&der, PT_DER_SEQUENCE, &outer));
    PT_ENSURE(der.len == 0U, PT_E_SYNTAX);
    PT_TRY(pt_der_take(&outer, PT_DER_SEQUENCE, &certs));
    PT_TRY(pt_der_take(&certs, PT_DER_SEQUENCE, &first));
    PT_TRY(pt_der_maybe(&first, PT_DER_SEQUENCE, &algorithm));
    id->md = EVP_sha256();
    if (algorithm.len != 0U) {
        pt_slice oid;
        PT_TRY(pt_der_take(&algorithm, PT_DER_OID, &oid));
        id->md = digest_of(oid);
    }
    PT_TRY(pt_der_take(&first, PT_DER_OCTETS, &id->hash));
    PT_TRY(pt_der_maybe(&first, PT_DER_SEQUENCE, &id->issuer_serial));
    PT_ENSURE(first.len == 0U, PT_E_SYNTAX);
    return PT_SUCCESS;
}

/* IssuerSerial ::= SEQUENCE { GeneralNames { [4] Name }, INTEGER } */
static bool issuer_serial_matches(pt_slice is, X509 *cert)
{
    pt_slice names;
    pt_slice name;
    pt_slice serial;
    const unsigned char *der = NULL;
    size_t len = 0U;
    if (!pt_ok(pt_der_take(&is, PT_DER_SEQUENCE, &names)) ||
        !pt_ok(pt_der_take(&names, 0xa4U, &name)) || names.len != 0U ||
        !pt_ok(pt_der_take(&is, PT_DER_INTEGER, &serial)) || is.len != 0U ||
        X509_NAME_get0_der(X509_get_issuer_name(cert), &der, &len) != 1) {
        return false;
    }
    /* The certificate's own DER integer: a positive number may begin with a zero byte. */
    const ASN1_INTEGER *own = X509_get0_serialNumber(cert);
    pt_slice digits = serial;
    while (digits.len > 1U && digits.ptr[0] == 0) {
        digits = pt_slice_from(digits, 1U);
    }
    const pt_slice want = pt_slice_of(ASN1_STRING_get0_data(own), (size_t)ASN1_STRING_length(own));
    return pt_slice_eq(name, pt_slice_of(der, len)) && pt_slice_eq(digits, want);
}

enum pt_reason pt_cms_ess(CMS_SignerInfo *si, X509 *cert)
{
    const ASN1_STRING *const value = (const ASN1_STRING *)pt_cms_attribute(
        si, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE);
    struct cert_id id;
    if (value == NULL) {
        return pt_cms_has(si, NID_id_smime_aa_signingCertificate) &&
                       !pt_cms_has(si, NID_id_smime_aa_signingCertificateV2)
                   ? PT_REASON_FORBIDDEN_ALGORITHM
                   : PT_REASON_CERTIFICATE_REFERENCE;
    }
    if (!pt_ok(read_id(pt_slice_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)),
                       &id))) {
        return PT_REASON_CERTIFICATE_REFERENCE;
    }
    if (id.md == NULL) {
        return PT_REASON_FORBIDDEN_ALGORITHM;
    }
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned int n = 0U;
    if (X509_digest(cert, id.md, hash, &n) != 1) {
        return PT_REASON_FAILED;
    }
    const bool same = pt_slice_eq(id.hash, pt_slice_of(hash, n)) &&
                      (id.issuer_serial.len == 0U || issuer_serial_matches(id.issuer_serial, cert));
    return same ? PT_REASON_NONE : PT_REASON_CERTIFICATE_REFERENCE;
}
