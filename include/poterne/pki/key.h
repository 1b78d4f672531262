/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * key.h -- signature keys of one use (RGS-14, RGS-17), and what identifies them.
 * Layer 1 (pki). Private keys never leave the struct; it wipes them.
 */
#ifndef POTERNE_PKI_KEY_H
#define POTERNE_PKI_KEY_H

#include "poterne/base/buf.h"

enum pt_key_kind { PT_KEY_P256 = 1, PT_KEY_ED25519 };

struct pt_key;

PT_RESULT pt_key_generate(enum pt_key_kind kind, struct pt_key **ret_key);
/** PKCS#8 PEM, no passphrase; other kinds of key are refused. @return PT_E_SYNTAX, PT_E_CRYPTO */
PT_RESULT pt_key_from_pem(pt_slice pem, struct pt_key **ret_key);
struct pt_key *pt_key_free(struct pt_key *key);
enum pt_key_kind pt_key_kind(const struct pt_key *key);
PT_RESULT pt_key_to_pem(const struct pt_key *key, struct pt_buf *out);
/** Ed25519: 32 raw bytes; P-256: SubjectPublicKeyInfo DER. */
PT_RESULT pt_key_public(const struct pt_key *key, struct pt_buf *out);
PT_RESULT pt_key_spki_sha256(const struct pt_key *key, uint8_t out[static 32]);
/** Ed25519: 64 bytes; P-256: ECDSA over SHA-256, DER. Not thread-safe for one key. */
PT_RESULT pt_key_sign(const struct pt_key *key, pt_slice message, struct pt_buf *out);

/* Of certificates (PEM, first one) and keys, for the identity of a client and RGS-14. */
PT_RESULT pt_cert_sha256(pt_slice pem, uint8_t out[static 32]);      /* of the DER */
PT_RESULT pt_cert_spki_sha256(pt_slice pem, uint8_t out[static 32]);
PT_RESULT pt_pem_key_spki_sha256(pt_slice key_pem, uint8_t out[static 32]);

/**
 * C2SP signed-note verifier key "<name>+<8 hex>+<base64>" of @key under @name, no newline.
 * Ed25519: type 0x01, key id = SHA-256(name LF 0x01 key)[:4].
 * P-256: type 0x02, key id = SHA-256(SPKI DER)[:4].
 */
PT_RESULT pt_key_vkey(const struct pt_key *key, pt_slice name, struct pt_buf *out);

#endif /* POTERNE_PKI_KEY_H */
