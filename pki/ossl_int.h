/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * ossl_int.h -- the few OpenSSL gestures every file of pki/ needs, made once: views on memory,
 * PEM without ever prompting for a passphrase, and an error queue left empty behind us (a stale
 * entry would be read by the next TLS call of the same thread as its own). Private to pki/.
 */
#ifndef PKI_OSSL_INT_H
#define PKI_OSSL_INT_H

#include "poterne/base/buf.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

struct pt_ca_issuer;
struct pt_cert_facts;
struct pt_key;

/** Empty this thread's OpenSSL error queue and hand @st back: the last word of every function that
 * called OpenSSL, in success too (a call may fail inside, recover, and leave its complaint). */
pt_status pt_ossl_done(pt_status st);
/** Did a lack of memory stand behind the last failure? Empties the error queue. */
bool pt_ossl_starved(void);
/** A read-only view on @bytes; NULL when too large or out of memory. */
BIO *pt_ossl_view(pt_slice bytes);
/** Append what was written to the memory @bio. */
PT_RESULT pt_ossl_drain(BIO *bio, struct pt_buf *out);
/** PEM callback that never asks anybody: a key with a passphrase is refused. */
int pt_ossl_no_passphrase(char *buf, int size, int rwflag, void *ctx);
/** First certificate of a PEM text. @return PT_E_SYNTAX, PT_E_NOMEM; the caller frees. */
PT_RESULT pt_ossl_cert(pt_slice pem, X509 **ret_cert);
/** Private key of a PEM text, any algorithm, no passphrase. The caller frees. */
PT_RESULT pt_ossl_key(pt_slice pem, EVP_PKEY **ret_key);
/** PKCS#8 PEM without passphrase, appended to @out: only for the file of the key. */
PT_RESULT pt_ossl_key_pem(const EVP_PKEY *key, struct pt_buf *out);
/** First revocation list of a PEM text. The caller frees. */
PT_RESULT pt_ossl_crl(pt_slice pem, X509_CRL **ret_crl);
/** SHA-256 of the SubjectPublicKeyInfo. */
PT_RESULT pt_ossl_spki_sha256(const EVP_PKEY *key, uint8_t out[static 32]);
/** Policy name of a digest: "sha256"...; "inconnu", which the policy refuses. */
const char *pt_ossl_digest_name(int nid);
/** What a certificate says of itself (poterne/pki/cert.h). */
PT_RESULT pt_ossl_cert_facts(X509 *cert, struct pt_cert_facts *facts);
/** Policy name ("p-256", "rsa", "ed25519"...) and size in bits; PT_E_DENIED for what has no name.
 */
PT_RESULT pt_ossl_algorithm(const EVP_PKEY *key, const char **ret_name, uint32_t *ret_bits);
/** Seconds since 1970-01-01, before it too. @return PT_E_SYNTAX, PT_E_NOMEM */
PT_RESULT pt_ossl_seconds(const ASN1_TIME *time, int64_t *ret);
/** Policy name of the digest that was signed; "" for Ed25519, "inconnu" for what has no name. */
const char *pt_ossl_signature_digest(X509 *cert);
/** The digest (NID) of an RSA-PSS signature algorithm, hash and MGF1 alike; NID_undef when the two
 * differ or one is not said: it is then SHA-1 (RFC 4055 3.1). */
int pt_ossl_pss_digest(const X509_ALGOR *algorithm);
/** The issuer's certificate, once it is known to be an authority and to match its key. */
PT_RESULT pt_ossl_issuer(const struct pt_ca_issuer *issuer, X509 **ret_cert);
/** Borrowed from the key. */
EVP_PKEY *pt_key_ossl(const struct pt_key *key);

#endif /* PKI_OSSL_INT_H */
