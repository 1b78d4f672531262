/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * key.h -- signature keys of one use (RGS-14, RGS-17), and what identifies them.
 * Layer 1 (pki). Private keys never leave the struct, except as PEM for their file; the struct
 * wipes them. Keys come from the DRBG directly, never from a derivation (RGS-17).
 */
#ifndef POTERNE_PKI_KEY_H
#define POTERNE_PKI_KEY_H

#include "poterne/base/buf.h"

enum pt_key_kind { PT_KEY_P256 = 1, PT_KEY_ED25519 };

/* C2SP signed-note signature types. */
#define PT_NOTE_ED25519 0x01U
#define PT_NOTE_ECDSA   0x02U

struct pt_key;

PT_RESULT pt_key_generate(enum pt_key_kind kind, struct pt_key **ret_key);
/** PKCS#8 PEM, no passphrase; other kinds of key are refused. @return PT_E_SYNTAX, PT_E_DENIED */
PT_RESULT pt_key_from_pem(pt_slice pem, struct pt_key **ret_key);
struct pt_key *pt_key_free(struct pt_key *key);
enum pt_key_kind pt_key_kind(const struct pt_key *key);
/** Name in the policy table: "p-256", "ed25519". */
const char *pt_key_algorithm(const struct pt_key *key);
PT_RESULT pt_key_to_pem(const struct pt_key *key, struct pt_buf *out);
/** Ed25519: 32 raw bytes; P-256: SubjectPublicKeyInfo DER. */
PT_RESULT pt_key_public(const struct pt_key *key, struct pt_buf *out);
PT_RESULT pt_key_spki_sha256(const struct pt_key *key, uint8_t out[static 32]);
/** Ed25519: 64 bytes; P-256: ECDSA over SHA-256, DER. Not thread-safe for one key. */
PT_RESULT pt_key_sign(const struct pt_key *key, pt_slice message, struct pt_buf *out);

/* Of certificates (PEM, first one) and keys, for the identity of a client and RGS-14. */
PT_RESULT pt_cert_sha256(pt_slice pem, uint8_t out[static 32]); /* of the DER */
PT_RESULT pt_cert_spki_sha256(pt_slice pem, uint8_t out[static 32]);
/** Any algorithm, without passphrase. */
PT_RESULT pt_pem_key_spki_sha256(pt_slice key_pem, uint8_t out[static 32]);

struct pt_key_facts {
    const char *algorithm; /* name in the policy table */
    uint32_t bits;
    uint8_t spki_sha256[32];
};
/** Of a private key, any algorithm, without passphrase. @return PT_E_SYNTAX, PT_E_DENIED */
PT_RESULT pt_pem_key_facts(pt_slice key_pem, struct pt_key_facts *ret);

/**
 * C2SP signed-note verifier key "<name>+<8 hex>+<base64>" of @key under @name, no newline.
 * Ed25519: type 0x01, key id = SHA-256(name LF 0x01 key)[:4].
 * P-256: type 0x02, key id = SHA-256(SPKI DER)[:4].
 * @return PT_E_ARG for a name that is empty or holds a space, a control character or '+'
 */
PT_RESULT pt_key_vkey(const struct pt_key *key, pt_slice name, struct pt_buf *out);
/** The key id that goes with it (struct pt_sign_port). */
PT_RESULT pt_key_note_id(const struct pt_key *key, pt_slice name, uint8_t out[static 4]);
/** SHA-256 of the SubjectPublicKeyInfo of one vkey line, checked; PT_E_SYNTAX, PT_E_FORGED. */
PT_RESULT pt_vkey_spki_sha256(pt_slice vkey, uint8_t out[static 32]);

/**
 * Append the content of a private key file. SYS-04: the file is regular, belongs to root or to
 * us, and nobody else may read or write it.
 * @return PT_E_DENIED with aux = mode, PT_E_ABSENT, PT_E_IO, PT_E_LIMIT (@out's maximum)
 */
PT_RESULT pt_key_file_read(const char *path, struct pt_buf *out);

/* RGS-14: one key, one use. */
struct pt_key_use {
    const char *use; /* French, for the message: "serveur TLS" */
    uint8_t spki_sha256[32];
};
/** @return PT_E_DENIED when two uses share a key; *ret_a and *ret_b then index them. */
PT_RESULT pt_pki_distinct(const struct pt_key_use *uses, size_t n, size_t *ret_a, size_t *ret_b);

#endif /* POTERNE_PKI_KEY_H */
