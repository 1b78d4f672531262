/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * hash_int.h -- SHA-256 and what is built on it: HMAC with stored pads, HKDF-Expand, GGM.
 *
 * Nothing here can fail: the functions touch no heap and no provider (docs/adr/0010). Private to
 * audit/.
 */
#ifndef POTERNE_AUDIT_HASH_INT_H
#define POTERNE_AUDIT_HASH_INT_H

#include "poterne/audit/merkle.h"

#define PT_HKDF_MAX 255U /* blocks (RFC 5869 2.3) */

/** SHA-256 of the bytes alone, without an RFC 6962 prefix. */
void pt_hash_bytes(pt_slice bytes, struct pt_hash *ret);

/*
 * An HMAC-SHA-256 key as the two hash states after its pads (RFC 2104): a message then costs two
 * compressions less. As secret as the key; wipe with pt_wipe.
 */
struct pt_hmac {
    uint32_t inner[8];
    uint32_t outer[8];
};
void pt_hmac_init(const uint8_t key[static PT_HASH_LEN], struct pt_hmac *ret);
void pt_hmac(const struct pt_hmac *key, pt_slice message, uint8_t out[static PT_HASH_LEN]);
/** RFC 5869 2.3 with the key already extracted; n <= 255 * 32, info.len <= 64. */
void pt_hkdf_expand(const struct pt_hmac *key, pt_slice info, uint8_t *out, size_t n);

/**
 * Leaf @tag of the binary tree of Goldreich, Goldwasser and Micali under @seed: one SHA-256 of
 * (bit || key) for each bit of @tag, most significant first.
 */
void pt_ggm(const uint8_t seed[static PT_HASH_LEN], const uint8_t tag[static 8],
            uint8_t out[static PT_HASH_LEN]);

#endif /* POTERNE_AUDIT_HASH_INT_H */
