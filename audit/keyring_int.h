/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * keyring_int.h -- the secrets of each month, wrapped under the KEK (docs/log-format.md, "Keys").
 *
 * Thread-safe: the commit thread makes months, readers copy their keys out. A month is made once
 * and never changes. Private to audit/.
 */
#ifndef POTERNE_AUDIT_KEYRING_INT_H
#define POTERNE_AUDIT_KEYRING_INT_H

#include "audit/hash_int.h"
#include "poterne/ports.h"

#define PT_TAG_LEN 8U

struct pt_keyring;

/* The keys of one month, ready for use; a copy to wipe with pt_month_keys_done. */
struct pt_month_keys {
    uint32_t month;            /* 202611 */
    uint8_t seed[PT_HASH_LEN]; /* of the subjects' tree */
    struct pt_hmac agent;
    struct pt_hmac pepper;
    uint8_t nobody[PT_HASH_LEN]; /* K_subj of entries without a subject: GGM(seed, 0) */
};

/** @path is keys/keyring; a missing file is an empty keyring. @return PT_E_FORGED wrong KEK or
 *  altered file · PT_E_CORRUPT not a keyring · PT_E_IO */
PT_RESULT pt_keyring_open(const char *path, pt_slice kek, struct pt_keyring **ret_keyring);
struct pt_keyring *pt_keyring_free(struct pt_keyring *keyring); /* accepts NULL, wipes */
/** @return PT_E_ABSENT when the month has no keys */
PT_RESULT pt_keyring_get(struct pt_keyring *keyring, uint32_t month, struct pt_month_keys *ret);
/**
 * Three fresh secrets, durable in the file before they are used; nothing happens when the month
 * is there already.
 */
PT_RESULT pt_keyring_make(struct pt_keyring *keyring, uint32_t month,
                          const struct pt_random_port *random);
void pt_month_keys_done(struct pt_month_keys *keys);

/* Derivations. */
void pt_subject_tag(const struct pt_month_keys *keys, pt_slice subject,
                    uint8_t ret_tag[static PT_TAG_LEN]);
void pt_subject_key(const struct pt_month_keys *keys, const uint8_t tag[static PT_TAG_LEN],
                    uint8_t ret_key[static PT_HASH_LEN]);
/** K_S from K_subj, K_A from the month's agent key. */
void pt_record_key_s(const struct pt_hmac *subject, uint64_t seq, uint8_t ret[static PT_HASH_LEN]);
void pt_record_key_a(const struct pt_month_keys *keys, uint64_t seq,
                     uint8_t ret[static PT_HASH_LEN]);
/** HMAC(pepper, 0x00 || exchange)[0..16) and HMAC(pepper, 0x01 || seconds u64 BE)[0..4): of what
 * the index makes the name of an exchange. */
void pt_exchange_tag(const struct pt_month_keys *keys, const uint8_t exchange[static 16],
                     uint8_t ret_tag[static 16]);
void pt_second_tag(const struct pt_month_keys *keys, uint64_t seconds, uint8_t ret_tag[static 4]);

#endif /* POTERNE_AUDIT_KEYRING_INT_H */
