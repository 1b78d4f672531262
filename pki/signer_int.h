/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * signer_int.h -- what the seal files (CMS, XML, JWS) may have of the holder: borrowed handles, and
 * a signature over bytes that the seal file has itself rebuilt from a statement. Never in a public
 * header: outside pki/ nobody hands to-be-signed bytes to a seal key.
 *
 * The formats cannot be taken for one another under one key, because what is signed begins
 * differently: CMS 0x31 (SET OF attributes), XML '<', JWS "ey". Private to pki/.
 */
#ifndef PKI_SIGNER_INT_H
#define PKI_SIGNER_INT_H

#include "poterne/pki/signer.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

/** Borrowed. */
EVP_PKEY *pt_signer_key(const struct pt_signer *signer);
X509 *pt_signer_cert(const struct pt_signer *signer);
/** The intermediates that follow it; borrowed, may be empty. */
STACK_OF(X509) * pt_signer_chain(const struct pt_signer *signer);
const EVP_MD *pt_signer_md(const struct pt_signer *signer);
/** RSA: PSS with MGF1 of the same digest and a salt as long as the digest. */
bool pt_signer_is_rsa(const struct pt_signer *signer);
/**
 * pt_signer_check() as a status, with the fault as aux: the first line of every seal function.
 * @return PT_E_DENIED
 */
PT_RESULT pt_signer_ready(const struct pt_signer *signer, int64_t now);
/** RSA-PSS, or ECDSA as DER; the seal file has rebuilt @tbs from a statement. */
PT_RESULT pt_signer_sign(const struct pt_signer *signer, pt_slice tbs, struct pt_buf *out);
/* What every CMS of one signer has in common, in DER; written when it is opened. */
struct pt_signer_der {
    struct pt_buf certs; /* its own, then its chain */
    struct pt_buf sid;   /* the members of IssuerAndSerialNumber */
    struct pt_buf ess;   /* the content of SigningCertificateV2 */
    pt_slice digest_algorithm;
    pt_slice signature_algorithm;
};
void pt_signer_der_init(struct pt_signer_der *der);
void pt_signer_der_done(struct pt_signer_der *der);
PT_RESULT pt_signer_der_fill(const struct pt_signer *signer, struct pt_signer_der *der);
const struct pt_signer_der *pt_signer_der(const struct pt_signer *signer);

/** Digest of the statement's bytes with the signer's algorithm, without copying a document. */
PT_RESULT pt_statement_digest(const struct pt_statement *statement, const EVP_MD *md,
                              uint8_t out[static PT_DIGEST_MAX], size_t *ret_len);

#endif /* PKI_SIGNER_INT_H */
