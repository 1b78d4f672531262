/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * box_int.h -- AES-256-GCM, sealing and opening (docs/log-format.md, "Commitments and boxes").
 *
 * A key that seals one message only may go without a nonce. The keyring's, which serve for years,
 * give a random one; those of a record, which serve again when a number is given again, the
 * beginning of the leaf hash (stored_int.h). One struct pt_cipher a thread. Private to audit/.
 */
#ifndef POTERNE_AUDIT_BOX_INT_H
#define POTERNE_AUDIT_BOX_INT_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

#define PT_BOX_TAG   16U
#define PT_BOX_NONCE 12U
#define PT_BOX_KEY   32U

struct pt_cipher;

/* What a box is bound to; nonce NULL is twelve zero bytes. */
struct pt_box_key {
    const uint8_t *key; /* PT_BOX_KEY bytes */
    const uint8_t *nonce;
    pt_slice aad;
};

PT_RESULT pt_cipher_new(struct pt_cipher **ret_cipher);
struct pt_cipher *pt_cipher_free(struct pt_cipher *cipher); /* accepts NULL, wipes */
/** Writes plain.len + PT_BOX_TAG bytes at @out, which may not overlap. @return PT_E_CRYPTO */
PT_RESULT pt_box_seal(struct pt_cipher *cipher, const struct pt_box_key *with, pt_slice plain,
                      uint8_t *out);
/**
 * Writes box.len - PT_BOX_TAG bytes at @out; they are wiped when the tag is wrong.
 * @return PT_E_FORGED, PT_E_CRYPTO
 */
PT_RESULT pt_box_open(struct pt_cipher *cipher, const struct pt_box_key *with, pt_slice box,
                      uint8_t *out);

#endif /* POTERNE_AUDIT_BOX_INT_H */
