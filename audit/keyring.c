/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * keyring.c -- the secrets of the months and what is derived from them (audit-log design 2.3).
 *
 * Law: the three secrets of a month are independent, so that a subject's can die while the trace
 * of the agents stays (R.114-9-7: 36 months), and none is used before it is durable: an entry
 * whose key was lost could never be opened again. Layer 1 (audit).
 */
#include "audit/keyring_int.h"

#include "audit/box_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"
#include "poterne/base/secret.h"

#include <pthread.h>
#include <stdlib.h>

#define HEADER_LEN  7U  /* magic, version, count */
#define SECRETS_LEN 96U /* seed, agent, pepper */
#define WRAPPED_LEN (4U + PT_BOX_NONCE + SECRETS_LEN + PT_BOX_TAG)

struct month {
    uint32_t month;
    uint8_t secrets[SECRETS_LEN];
    uint8_t wrapped[WRAPPED_LEN]; /* as in the file: unwrapping once is enough */
};

struct vault {
    uint8_t kek[PT_BOX_KEY];
    struct month months[PT_LOG_MONTHS_MAX];
};

struct pt_keyring {
    pthread_mutex_t lock;
    struct pt_cipher *cipher;
    struct pt_secret *vault; /* where kek and months point into (CRY-08) */
    uint8_t *kek;
    struct month *months;
    size_t n;
    char path[PT_PATH_MAX];
};

/* --- file ---------------------------------------------------------------------------------- */

static struct pt_box_key wrap_key(const struct pt_keyring *keyring, const uint8_t *wrapped)
{
    return (struct pt_box_key){
        .key = keyring->kek, .nonce = wrapped + 4U, .aad = pt_slice_of(wrapped, 4U)};
}

static pt_status unwrap(struct pt_keyring *keyring, const uint8_t *wrapped)
{
    struct month *const month = &keyring->months[keyring->n];
    const struct pt_box_key with = wrap_key(keyring, wrapped);

    month->month = pt_be32_get(wrapped);
    PT_ENSURE(keyring->n == 0U || month[-1].month < month->month, PT_E_CORRUPT);
    PT_TRY(pt_box_open(keyring->cipher, &with,
                       pt_slice_of(wrapped + 4U + PT_BOX_NONCE, WRAPPED_LEN - 4U - PT_BOX_NONCE),
                       month->secrets));
    memcpy(month->wrapped, wrapped, WRAPPED_LEN);
    keyring->n++;
    return PT_SUCCESS;
}

static pt_status parse(struct pt_keyring *keyring, pt_slice file)
{
    const uint8_t *const bytes = (const uint8_t *)file.ptr;

    PT_ENSURE(file.len >= HEADER_LEN && memcmp(bytes, "PTKR\x01", 5U) == 0, PT_E_CORRUPT);
    const size_t count = pt_be16_get(bytes + 5U);
    PT_ENSURE(count <= PT_LOG_MONTHS_MAX && file.len == HEADER_LEN + count * WRAPPED_LEN,
              PT_E_CORRUPT);
    for (size_t i = 0; i < count; i++) {
        PT_TRY(unwrap(keyring, bytes + HEADER_LEN + i * WRAPPED_LEN));
    }
    return PT_SUCCESS;
}

static pt_status load(struct pt_keyring *keyring)
{
    struct pt_buf file;

    pt_buf_init(&file, HEADER_LEN + PT_LOG_MONTHS_MAX * WRAPPED_LEN);
    pt_status st = pt_file_read(keyring->path, &file);
    if (st.code == (uint32_t)PT_E_ABSENT) {
        st = PT_SUCCESS;
    } else if (pt_ok(st)) {
        st = parse(keyring, pt_buf_slice(&file));
    }
    pt_buf_done(&file);
    return st;
}

/* The file with one month more, before memory knows it. */
static pt_status save(const struct pt_keyring *keyring, const struct month *more)
{
    struct pt_buf file;
    uint8_t count[2];

    pt_buf_init(&file, HEADER_LEN + PT_LOG_MONTHS_MAX * WRAPPED_LEN);
    pt_be16_put(count, (uint16_t)(keyring->n + 1U));
    pt_buf_put(&file, PT_SLICE("PTKR\x01"));
    pt_buf_put(&file, pt_slice_of(count, sizeof count));
    for (size_t i = 0; i < keyring->n; i++) {
        pt_buf_put(&file, pt_slice_of(keyring->months[i].wrapped, WRAPPED_LEN));
    }
    pt_buf_put(&file, pt_slice_of(more->wrapped, WRAPPED_LEN));
    pt_status st = pt_buf_status(&file);
    if (pt_ok(st)) {
        st = pt_file_replace(keyring->path, pt_buf_slice(&file), 0600);
    }
    pt_buf_done(&file);
    return st;
}

/* --- life ---------------------------------------------------------------------------------- */

static pt_status keyring_fill(struct pt_keyring *keyring, const char *path, pt_slice kek)
{
    const size_t n = strlen(path);

    PT_ENSURE(n < sizeof keyring->path, PT_E_LIMIT);
    memcpy(keyring->path, path, n + 1U);
    PT_TRY(pt_secret_new(sizeof(struct vault), &keyring->vault));
    struct vault *const vault = (struct vault *)(void *)pt_secret_bytes(keyring->vault);
    keyring->kek = vault->kek;
    keyring->months = vault->months;
    memcpy(keyring->kek, kek.ptr, PT_BOX_KEY);
    PT_TRY(pt_cipher_new(&keyring->cipher));
    return load(keyring);
}

PT_RESULT pt_keyring_open(const char *path, pt_slice kek, struct pt_keyring **ret_keyring)
{
    PT_ENSURE(kek.len == PT_BOX_KEY, PT_E_ARG);
    struct pt_keyring *keyring = calloc(1, sizeof *keyring);

    PT_ENSURE(keyring != NULL, PT_E_NOMEM);
    if (pthread_mutex_init(&keyring->lock, NULL) != 0) {
        free(keyring);
        return PT_FAIL(PT_E_NOMEM);
    }
    const pt_status st = keyring_fill(keyring, path, kek);
    if (!pt_ok(st)) {
        (void)pt_keyring_free(keyring);
        return st;
    }
    *ret_keyring = keyring;
    return PT_SUCCESS;
}

struct pt_keyring *pt_keyring_free(struct pt_keyring *keyring)
{
    if (keyring != NULL) {
        keyring->cipher = pt_cipher_free(keyring->cipher);
        (void)pthread_mutex_destroy(&keyring->lock);
        keyring->vault = pt_secret_free(keyring->vault);
        free(keyring);
    }
    return NULL;
}

/* --- months -------------------------------------------------------------------------------- */

static const struct month *find(const struct pt_keyring *keyring, uint32_t month)
{
    for (size_t i = keyring->n; i > 0U; i--) { /* the newest are asked for */
        if (keyring->months[i - 1U].month == month) {
            return &keyring->months[i - 1U];
        }
    }
    return NULL;
}

static void derive(const struct month *from, struct pt_month_keys *ret)
{
    static const uint8_t NO_TAG[PT_TAG_LEN] = {0};

    ret->month = from->month;
    memcpy(ret->seed, from->secrets, PT_HASH_LEN);
    pt_hmac_init(from->secrets + PT_HASH_LEN, &ret->agent);
    pt_hmac_init(from->secrets + (size_t)2U * PT_HASH_LEN, &ret->pepper);
    pt_ggm(ret->seed, NO_TAG, ret->nobody);
}

PT_RESULT pt_keyring_get(struct pt_keyring *keyring, uint32_t month, struct pt_month_keys *ret)
{
    (void)pthread_mutex_lock(&keyring->lock);
    const struct month *const found = find(keyring, month);
    if (found != NULL) {
        derive(found, ret);
    }
    (void)pthread_mutex_unlock(&keyring->lock);
    return found != NULL ? PT_SUCCESS : PT_FAIL(PT_E_ABSENT);
}

static pt_status make_locked(struct pt_keyring *keyring, uint32_t month,
                             const struct pt_random_port *random)
{
    PT_ENSURE(keyring->n < PT_LOG_MONTHS_MAX, PT_E_LIMIT);
    PT_ENSURE(keyring->n == 0U || keyring->months[keyring->n - 1U].month < month, PT_E_ARG);
    struct month *const made = &keyring->months[keyring->n];

    made->month = month;
    pt_be32_put(made->wrapped, month);
    PT_TRY(random->fill(random->ctx, made->secrets, SECRETS_LEN));
    PT_TRY(random->fill(random->ctx, made->wrapped + 4U, PT_BOX_NONCE));
    const struct pt_box_key with = wrap_key(keyring, made->wrapped);
    PT_TRY(pt_box_seal(keyring->cipher, &with, pt_slice_of(made->secrets, SECRETS_LEN),
                       made->wrapped + 4U + PT_BOX_NONCE));
    PT_TRY(save(keyring, made));
    keyring->n++;
    return PT_SUCCESS;
}

PT_RESULT pt_keyring_make(struct pt_keyring *keyring, uint32_t month,
                          const struct pt_random_port *random)
{
    pt_status st = PT_SUCCESS;

    (void)pthread_mutex_lock(&keyring->lock);
    if (find(keyring, month) == NULL) {
        st = make_locked(keyring, month, random);
    }
    (void)pthread_mutex_unlock(&keyring->lock);
    return st;
}

void pt_month_keys_done(struct pt_month_keys *keys)
{
    pt_wipe(keys, sizeof *keys);
}

/* --- derivations ---------------------------------------------------------------------------- */

void pt_subject_tag(const struct pt_month_keys *keys, pt_slice subject,
                    uint8_t ret_tag[static PT_TAG_LEN])
{
    uint8_t mac[PT_HASH_LEN];

    pt_hmac(&keys->pepper, subject, mac);
    memcpy(ret_tag, mac, PT_TAG_LEN);
}

void pt_subject_key(const struct pt_month_keys *keys, const uint8_t tag[static PT_TAG_LEN],
                    uint8_t ret_key[static PT_HASH_LEN])
{
    static const uint8_t NO_TAG[PT_TAG_LEN] = {0};

    if (memcmp(tag, NO_TAG, PT_TAG_LEN) == 0) {
        memcpy(ret_key, keys->nobody, PT_HASH_LEN);
    } else {
        pt_ggm(keys->seed, tag, ret_key);
    }
}

/* One block of HKDF-Expand: HMAC(key, letter || seq || 0x01). */
static void record_key(const struct pt_hmac *key, uint8_t letter, uint64_t seq,
                       uint8_t ret[static PT_HASH_LEN])
{
    uint8_t info[9] = {letter};

    pt_be64_put(info + 1U, seq);
    pt_hkdf_expand(key, pt_slice_of(info, sizeof info), ret, PT_HASH_LEN);
}

void pt_record_key_s(const struct pt_hmac *subject, uint64_t seq, uint8_t ret[static PT_HASH_LEN])
{
    record_key(subject, (uint8_t)'S', seq, ret);
}

void pt_record_key_a(const struct pt_month_keys *keys, uint64_t seq,
                     uint8_t ret[static PT_HASH_LEN])
{
    record_key(&keys->agent, (uint8_t)'A', seq, ret);
}

void pt_exchange_tag(const struct pt_month_keys *keys, const uint8_t exchange[static 16],
                     uint8_t ret_tag[static 16])
{
    uint8_t message[17] = {0}; /* the leading zero is what no subject, a text, begins with */
    uint8_t mac[PT_HASH_LEN];

    memcpy(message + 1U, exchange, 16U);
    pt_hmac(&keys->pepper, pt_slice_of(message, sizeof message), mac);
    memcpy(ret_tag, mac, 16U);
}

void pt_second_tag(const struct pt_month_keys *keys, uint64_t seconds, uint8_t ret_tag[static 4])
{
    uint8_t message[9] = {1U}; /* begins neither a subject nor an exchange */
    uint8_t mac[PT_HASH_LEN];

    pt_be64_put(message + 1U, seconds);
    pt_hmac(&keys->pepper, pt_slice_of(message, sizeof message), mac);
    memcpy(ret_tag, mac, 4U);
}
