/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * forge.h -- certificates that our own authority would never make (SHA-1, RSA-2048, P-224...),
 * and a folder of one's own. OpenSSL directly: the tests do not trust what they test.
 */
#ifndef TESTS_UNIT_PKI_FORGE_H
#define TESTS_UNIT_PKI_FORGE_H

#include "poterne/base/buf.h"

#include <openssl/evp.h>

/** "rsa:2048", "ec:P-224", "ed25519", "ed448". */
EVP_PKEY *forge_key(const char *spec);
void forge_key_pem(const EVP_PKEY *key, const char *passphrase, struct pt_buf *out);
/** Self-signed, CN @name, ten days from the epoch day @from; @digest NULL for Ed25519. */
void forge_cert(EVP_PKEY *key, const char *digest, const char *name, struct pt_buf *out);
/** A new folder under the system's temporary one; NUL-terminated into @out. */
void forge_dir(char out[static 256]);
void forge_dir_remove(const char *dir);
/** Run @command by the shell in the C locale; its standard output and exit code. */
int forge_run(const char *command, struct pt_buf *out);

#endif /* TESTS_UNIT_PKI_FORGE_H */
