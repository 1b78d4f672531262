/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * stored_int.h -- the stored value of one entry: leaf, subject tag, two sealed boxes.
 *
 * Private to audit/.
 */
#ifndef POTERNE_AUDIT_STORED_INT_H
#define POTERNE_AUDIT_STORED_INT_H

#include "audit/box_int.h"
#include "audit/keyring_int.h"
#include "poterne/base/buf.h"

#define PT_STORED_VERSION 1U

struct pt_stored {
    pt_slice leaf;
    uint8_t tag[PT_TAG_LEN];
    pt_slice box_s;
    pt_slice box_a;
};

/**
 * What the boxes of an entry are bound to; @ret points into both. The nonce is the beginning of the
 * leaf hash: a number that was given to an entry which a crash or a full disk undid is given again,
 * with the same keys and other contents, and pages of the first may still be in the file.
 */
struct pt_box_key pt_box_key_of(const uint8_t key[static PT_HASH_LEN], const struct pt_hash *leaf);

/** Slices point into @value. @return PT_E_CORRUPT not exactly one stored entry */
PT_RESULT pt_stored_read(pt_slice value, struct pt_stored *ret);

/**
 * Open both boxes of entry @seq: the disclosures (raw JSON) of each, joined by LF, are appended.
 * A box that holds nothing gives nothing. @return PT_E_FORGED, PT_E_CRYPTO, PT_E_LIMIT
 */
PT_RESULT pt_stored_open(struct pt_cipher *cipher, const struct pt_month_keys *keys, uint64_t seq,
                         const struct pt_stored *stored, struct pt_buf *plain_s,
                         struct pt_buf *plain_a);
/** Box A alone: what the index needs. */
PT_RESULT pt_stored_open_a(struct pt_cipher *cipher, const struct pt_month_keys *keys, uint64_t seq,
                           const struct pt_stored *stored, struct pt_buf *plain_a);

#endif /* POTERNE_AUDIT_STORED_INT_H */
