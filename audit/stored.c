/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * stored.c -- one stored entry: cut it up, open its boxes (docs/log-format.md).
 *
 * Law: a value is exactly one entry, or it is damage; nothing is guessed. Layer 1 (audit).
 */
#include "audit/stored_int.h"

#include "poterne/base/codec.h"
#include "poterne/base/limits.h"
#include "poterne/base/secret.h"

static pt_status take_u16_bytes(pt_slice *rest, pt_slice *ret)
{
    PT_ENSURE(rest->len >= 2U, PT_E_CORRUPT);
    const size_t n = pt_be16_get((const uint8_t *)rest->ptr);
    *rest = pt_slice_from(*rest, 2U);
    PT_ENSURE(rest->len >= n, PT_E_CORRUPT);
    *ret = pt_slice_head(*rest, n);
    *rest = pt_slice_from(*rest, n);
    return PT_SUCCESS;
}

PT_RESULT pt_stored_read(pt_slice value, struct pt_stored *ret)
{
    struct pt_stored stored;
    pt_slice rest = pt_slice_from(value, 1U);

    PT_ENSURE(value.len > 1U && (uint8_t)value.ptr[0] == PT_STORED_VERSION, PT_E_CORRUPT);
    PT_TRY(take_u16_bytes(&rest, &stored.leaf));
    PT_ENSURE(stored.leaf.len != 0U && rest.len >= PT_TAG_LEN, PT_E_CORRUPT);
    memcpy(stored.tag, rest.ptr, PT_TAG_LEN);
    rest = pt_slice_from(rest, PT_TAG_LEN);
    PT_TRY(take_u16_bytes(&rest, &stored.box_s));
    PT_TRY(take_u16_bytes(&rest, &stored.box_a));
    PT_ENSURE(rest.len == 0U, PT_E_CORRUPT);
    *ret = stored;
    return PT_SUCCESS;
}

struct pt_box_key pt_box_key_of(const uint8_t key[static PT_HASH_LEN], const struct pt_hash *leaf)
{
    return (struct pt_box_key){
        .key = key, .nonce = leaf->bytes, .aad = pt_slice_of(leaf->bytes, PT_HASH_LEN)};
}

static pt_status open_box(struct pt_cipher *cipher, const uint8_t key[static PT_HASH_LEN],
                          const struct pt_hash *leaf, pt_slice box, struct pt_buf *plain)
{
    PT_ENSURE(box.len >= PT_BOX_TAG, PT_E_FORGED);
    const size_t n = box.len - PT_BOX_TAG;
    const struct pt_box_key with = pt_box_key_of(key, leaf);
    char *const out = pt_buf_space(plain, n != 0U ? n : 1U);

    PT_ENSURE(out != NULL, PT_E_LIMIT);
    PT_TRY(pt_box_open(cipher, &with, box, (uint8_t *)out));
    pt_buf_commit(plain, n);
    return PT_SUCCESS;
}

PT_RESULT pt_stored_open_a(struct pt_cipher *cipher, const struct pt_month_keys *keys, uint64_t seq,
                           const struct pt_stored *stored, struct pt_buf *plain_a)
{
    struct pt_hash leaf;
    uint8_t key[PT_HASH_LEN];

    pt_leaf_hash(stored->leaf, &leaf);
    pt_record_key_a(keys, seq, key);
    const pt_status st = open_box(cipher, key, &leaf, stored->box_a, plain_a);
    pt_wipe(key, sizeof key);
    return st;
}

static pt_status open_s(struct pt_cipher *cipher, const struct pt_month_keys *keys, uint64_t seq,
                        const struct pt_stored *stored, struct pt_buf *plain_s)
{
    struct pt_hash leaf;
    struct pt_hmac subject;
    uint8_t key[PT_HASH_LEN];

    pt_leaf_hash(stored->leaf, &leaf);
    pt_subject_key(keys, stored->tag, key);
    pt_hmac_init(key, &subject);
    pt_record_key_s(&subject, seq, key);
    const pt_status st = open_box(cipher, key, &leaf, stored->box_s, plain_s);
    pt_wipe(&subject, sizeof subject);
    pt_wipe(key, sizeof key);
    return st;
}

PT_RESULT pt_stored_open(struct pt_cipher *cipher, const struct pt_month_keys *keys, uint64_t seq,
                         const struct pt_stored *stored, struct pt_buf *plain_s,
                         struct pt_buf *plain_a)
{
    PT_TRY(pt_stored_open_a(cipher, keys, seq, stored, plain_a));
    return open_s(cipher, keys, seq, stored, plain_s);
}
