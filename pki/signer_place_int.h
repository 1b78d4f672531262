/* SPDX-License-Identifier: EUPL-1.2 */
/* signer_place_int.h -- where a seal key lives: file, systemd credential, PKCS#11 token. Private to
 * pki/. */
#ifndef PKI_SIGNER_PLACE_INT_H
#define PKI_SIGNER_PLACE_INT_H

#include "poterne/pki/signer.h"

#include <openssl/evp.h>

/* A private key and, for a token, the engine that reaches it (NULL otherwise). */
struct pt_held_key {
    EVP_PKEY *key;
    void *engine;
};

#define PT_TOKEN_PART_MAX 256U /* one attribute of a URI, decoded */

/* RFC 7512, the attributes that name one key; NUL-terminated, empty when absent. */
struct pt_token_uri {
    char module[PT_TOKEN_PART_MAX];      /* module-path */
    char pin[PT_TOKEN_PART_MAX];         /* pin-source */
    char object[PT_TOKEN_PART_MAX * 8U]; /* what is left, as the engine is asked for it */
};

/*
 * All: PT_E_DENIED with an enum pt_signer_fault as aux, PT_E_NOMEM.
 */
/** Take the key from @spec->key. Release with pt_held_done(), on failure too. */
PT_RESULT pt_held_open(const struct pt_signer_spec *spec, struct pt_held_key *ret);
void pt_held_done(struct pt_held_key *held);
/** Read "pkcs11:...": PT_SIGNER_PIN for a pin-value, PT_SIGNER_KEY_PLACE for what is not known. */
PT_RESULT pt_token_parse(const char *uri, struct pt_token_uri *ret);
/** The key @uri names, by the module's own code; @pin may be empty. */
PT_RESULT pt_token_open(const struct pt_token_uri *uri, const char *pin, struct pt_held_key *ret);
void pt_token_close(void *engine);

#endif /* PKI_SIGNER_PLACE_INT_H */
