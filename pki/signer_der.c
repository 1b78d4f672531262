/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * signer_der.c -- what every CMS of one signer has in common, written once when it is opened:
 * certificates, issuer and serial, the ESS reference, algorithm identifiers. Layer 1 (pki).
 */
#include "pki/der_int.h"
#include "pki/ossl_int.h"
#include "pki/signer_int.h"

#define CERTS_MAX 131072U
#define NAMES_MAX 65536U

/* AlgorithmIdentifier; RFC 5754 2: SHA-2 without parameters. */
static const pt_slice sha256 =
    PT_SLICE_INIT("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01");
static const pt_slice sha384 =
    PT_SLICE_INIT("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02");
static const pt_slice ecdsa_sha256 =
    PT_SLICE_INIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02");
static const pt_slice ecdsa_sha384 =
    PT_SLICE_INIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03");
/* RFC 4055 3.1: RSASSA-PSS, digest, MGF1 with it, salt of its length. */
static const pt_slice pss_sha256 = PT_SLICE_INIT(
    "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34\xa0\x0f\x30\x0d\x06\x09\x60\x86"
    "\x48\x01\x65\x03\x04\x02\x01\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
    "\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\xa2\x03\x02\x01\x20");
static const pt_slice pss_sha384 = PT_SLICE_INIT(
    "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34\xa0\x0f\x30\x0d\x06\x09\x60\x86"
    "\x48\x01\x65\x03\x04\x02\x02\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
    "\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\xa2\x03\x02\x01\x30");

void pt_signer_der_init(struct pt_signer_der *der)
{
    pt_buf_init(&der->certs, CERTS_MAX);
    pt_buf_init(&der->sid, NAMES_MAX);
    pt_buf_init(&der->ess, NAMES_MAX);
}

void pt_signer_der_done(struct pt_signer_der *der)
{
    pt_buf_done(&der->certs);
    pt_buf_done(&der->sid);
    pt_buf_done(&der->ess);
}

static pt_status put_cert(struct pt_buf *out, X509 *cert)
{
    unsigned char *der = NULL;
    const int n = i2d_X509(cert, &der);
    PT_ENSURE(n > 0, PT_E_NOMEM);
    pt_buf_put(out, pt_slice_of(der, (size_t)n));
    OPENSSL_free(der);
    return pt_buf_status(out);
}

static pt_status put_serial(struct pt_buf *out, X509 *cert)
{
    unsigned char *der = NULL;
    const int n = i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), &der);
    PT_ENSURE(n > 0, PT_E_NOMEM);
    pt_buf_put(out, pt_slice_of(der, (size_t)n));
    OPENSSL_free(der);
    return pt_buf_status(out);
}

/* issuer Name, serialNumber: the members of IssuerAndSerialNumber. */
static pt_status put_sid(struct pt_buf *out, X509 *cert, pt_slice issuer)
{
    pt_buf_put(out, issuer);
    return put_serial(out, cert);
}

/* IssuerSerial's members: GeneralNames { [4] Name }, serialNumber. */
static pt_status put_issuer_serial(struct pt_buf *out, X509 *cert, pt_slice issuer)
{
    struct pt_buf name;
    pt_buf_init(&name, NAMES_MAX);
    pt_der_put(&name, 0xa4U, issuer);
    pt_der_put(out, PT_DER_SEQUENCE, pt_buf_slice(&name));
    const pt_status st = pt_buf_status(&name);
    pt_buf_done(&name);
    PT_TRY(st);
    return put_serial(out, cert);
}

/* The members of one ESSCertIDv2: SHA-256 is the default and therefore not written in DER. */
static pt_status put_cert_id(struct pt_buf *out, const struct pt_signer *signer, pt_slice issuer)
{
    X509 *const cert = pt_signer_cert(signer);
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned int n = 0U;
    struct pt_buf inner;
    PT_ENSURE(X509_digest(cert, pt_signer_md(signer), hash, &n) == 1, PT_E_CRYPTO);
    if (n == 48U) {
        pt_buf_put(out, sha384);
    }
    pt_der_put(out, PT_DER_OCTETS, pt_slice_of(hash, n));
    pt_buf_init(&inner, NAMES_MAX);
    const pt_status st = put_issuer_serial(&inner, cert, issuer);
    pt_der_put(out, PT_DER_SEQUENCE, pt_buf_slice(&inner));
    pt_buf_done(&inner);
    return pt_ok(st) ? pt_buf_status(out) : st;
}

/* The content of SigningCertificateV2: SEQUENCE { SEQUENCE { members } } without the outermost. */
static pt_status put_ess(struct pt_buf *out, const struct pt_signer *signer, pt_slice issuer)
{
    struct pt_buf id;
    struct pt_buf ids;
    pt_buf_init(&id, NAMES_MAX);
    pt_buf_init(&ids, NAMES_MAX);
    pt_status st = put_cert_id(&id, signer, issuer);
    pt_der_put(&ids, PT_DER_SEQUENCE, pt_buf_slice(&id));
    pt_der_put(out, PT_DER_SEQUENCE, pt_buf_slice(&ids));
    st = pt_ok(st) ? pt_buf_status(&ids) : st;
    pt_buf_done(&id);
    pt_buf_done(&ids);
    return pt_ok(st) ? pt_buf_status(out) : st;
}

static void choose_algorithms(const struct pt_signer *signer, struct pt_signer_der *der)
{
    const bool is_384 = EVP_MD_get_size(pt_signer_md(signer)) == 48;
    der->digest_algorithm = is_384 ? sha384 : sha256;
    if (pt_signer_is_rsa(signer)) {
        der->signature_algorithm = is_384 ? pss_sha384 : pss_sha256;
    } else {
        der->signature_algorithm = is_384 ? ecdsa_sha384 : ecdsa_sha256;
    }
}

PT_RESULT pt_signer_der_fill(const struct pt_signer *signer, struct pt_signer_der *der)
{
    X509 *const cert = pt_signer_cert(signer);
    STACK_OF(X509) *const chain = pt_signer_chain(signer);
    const unsigned char *name = NULL;
    size_t len = 0U;
    PT_ENSURE(X509_NAME_get0_der(X509_get_issuer_name(cert), &name, &len) == 1, PT_E_NOMEM);
    PT_TRY(put_cert(&der->certs, cert));
    for (int i = 0; i < sk_X509_num(chain); i++) {
        PT_TRY(put_cert(&der->certs, sk_X509_value(chain, i)));
    }
    PT_TRY(put_sid(&der->sid, cert, pt_slice_of(name, len)));
    PT_TRY(put_ess(&der->ess, signer, pt_slice_of(name, len)));
    choose_algorithms(signer, der);
    return PT_SUCCESS;
}
