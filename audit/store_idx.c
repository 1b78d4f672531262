/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * store_idx.c -- exchange -> first and last entry, and which exchanges have no end yet.
 *
 * Law: rebuildable, and never trusted for more than speed. Flushed once a transaction
 * (MDB_NOMETASYNC: a power cut may undo the last one, never mix two), because it is written beside
 * the commit path. Layer 1 (audit).
 */
#include "audit/store_idx_int.h"

#include "audit/store_env_int.h"
#include "poterne/base/clock.h"
#include "poterne/base/codec.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define DBS      3U
#define TAG      16U
#define IDX_MAP  17179869184ULL /* 16 GiB of addresses; 10 million entries take 1 */
#define MARK_KEY "next"

struct idx_month {
    uint32_t month;
    MDB_env *env;
    MDB_dbi exchanges; /* "x": tag -> first, last */
    MDB_dbi open;      /* "o": tag -> seq of asked */
    MDB_dbi mark;      /* "w": "next" -> watermark */
};

struct pt_idx {
    pthread_mutex_t lock; /* n */
    bool writable;
    size_t n;
    struct idx_month months[PT_LOG_MONTHS_MAX];
    char dir[PT_PATH_MAX];
};

/* --- one month ----------------------------------------------------------------------------- */

static pt_status open_dbs(struct idx_month *month, MDB_txn *txn, unsigned create)
{
    PT_TRY(pt_env_status(mdb_dbi_open(txn, "x", create, &month->exchanges)));
    PT_TRY(pt_env_status(mdb_dbi_open(txn, "o", create, &month->open)));
    return pt_env_status(mdb_dbi_open(txn, "w", create, &month->mark));
}

static pt_status load_dbs(struct idx_month *month, bool writable)
{
    MDB_txn *txn = NULL;

    PT_TRY(
        pt_env_status(mdb_txn_begin(month->env, NULL, writable ? 0U : (unsigned)MDB_RDONLY, &txn)));
    const pt_status st = open_dbs(month, txn, writable ? (unsigned)MDB_CREATE : 0U);
    if (!pt_ok(st)) {
        mdb_txn_abort(txn);
        return st;
    }
    return pt_env_status(mdb_txn_commit(txn));
}

static pt_status month_try(const struct pt_env_options *options, struct idx_month *ret)
{
    struct idx_month month = {.month = options->month};

    PT_TRY(pt_env_open(options, &month.env));
    const pt_status st = load_dbs(&month, options->writable);
    if (!pt_ok(st)) {
        mdb_env_close(month.env);
        return st;
    }
    *ret = month;
    return PT_SUCCESS;
}

static pt_status forget_month(const struct pt_env_options *options)
{
    char folder[PT_PATH_MAX];
    char file[PT_PATH_MAX];

    PT_TRY(pt_env_path(options, folder));
    PT_TRY(pt_file_join(folder, "data.mdb", file, sizeof file));
    PT_ENSURE(unlink(file) == 0, PT_E_IO);
    return PT_SUCCESS;
}

/* A damaged index is thrown away and rebuilt from the log. */
static pt_status month_open(const struct pt_idx *idx, uint32_t number, bool create,
                            struct idx_month *ret)
{
    const struct pt_env_options options = {.root = idx->dir,
                                           .kind = "idx",
                                           .month = number,
                                           .create = create,
                                           .writable = idx->writable,
                                           .map_bytes = idx->writable ? IDX_MAP : 0U,
                                           .flags = (unsigned)MDB_NOMETASYNC,
                                           .dbs = DBS};
    const pt_status st = month_try(&options, ret);

    if (st.code != (uint32_t)PT_E_CORRUPT || !idx->writable) {
        return st;
    }
    PT_TRY(forget_month(&options));
    return month_try(&options, ret);
}

/* --- all months ---------------------------------------------------------------------------- */

static pt_status add_month(struct pt_idx *idx, uint32_t number, bool create)
{
    struct idx_month opened;

    PT_ENSURE(idx->n < PT_LOG_MONTHS_MAX, PT_E_LIMIT);
    PT_TRY(month_open(idx, number, create, &opened));
    (void)pthread_mutex_lock(&idx->lock);
    size_t at = idx->n;
    while (at > 0U && idx->months[at - 1U].month > number) {
        idx->months[at] = idx->months[at - 1U];
        at--;
    }
    idx->months[at] = opened;
    idx->n++;
    (void)pthread_mutex_unlock(&idx->lock);
    return PT_SUCCESS;
}

static pt_status idx_fill(struct pt_idx *idx, const char *dir, bool writable)
{
    uint32_t numbers[PT_LOG_MONTHS_MAX];
    size_t n = 0;
    const size_t len = strlen(dir);

    PT_ENSURE(len < sizeof idx->dir, PT_E_LIMIT);
    memcpy(idx->dir, dir, len + 1U);
    idx->writable = writable;
    PT_TRY(pt_env_months(dir, "idx", numbers, &n));
    for (size_t i = 0; i < n; i++) {
        const pt_status st = add_month(idx, numbers[i], false);
        if (!pt_ok(st) && writable) { /* a reader alone does without a month it cannot open */
            return st;
        }
    }
    return PT_SUCCESS;
}

PT_RESULT pt_idx_open(const char *dir, bool writable, struct pt_idx **ret_idx)
{
    struct pt_idx *idx = calloc(1, sizeof *idx);

    PT_ENSURE(idx != NULL, PT_E_NOMEM);
    if (pthread_mutex_init(&idx->lock, NULL) != 0) {
        free(idx);
        return PT_FAIL(PT_E_NOMEM);
    }
    const pt_status st = idx_fill(idx, dir, writable);
    if (!pt_ok(st)) {
        (void)pt_idx_close(idx);
        return st;
    }
    *ret_idx = idx;
    return PT_SUCCESS;
}

struct pt_idx *pt_idx_close(struct pt_idx *idx)
{
    if (idx != NULL) {
        for (size_t i = 0; i < idx->n; i++) {
            mdb_env_close(idx->months[i].env);
        }
        (void)pthread_mutex_destroy(&idx->lock);
        free(idx);
    }
    return NULL;
}

/* A copy of the handles of a month. */
static bool month_get(struct pt_idx *idx, uint32_t number, struct idx_month *ret)
{
    bool found = false;

    (void)pthread_mutex_lock(&idx->lock);
    for (size_t i = idx->n; i > 0U && !found; i--) {
        found = idx->months[i - 1U].month == number;
        if (found) {
            *ret = idx->months[i - 1U];
        }
    }
    (void)pthread_mutex_unlock(&idx->lock);
    return found;
}

static uint32_t month_before(uint32_t month)
{
    return month % 100U > 1U ? month - 1U : month - 100U + 11U;
}

static uint32_t month_after(uint32_t month)
{
    return month % 100U < 12U ? month + 1U : month + 100U - 11U;
}

/* --- reading ------------------------------------------------------------------------------- */

static pt_status get(MDB_txn *txn, MDB_dbi dbi, pt_slice name, size_t size, uint8_t *out)
{
    MDB_val key = {.mv_size = name.len, .mv_data = NULL};
    MDB_val value = {0};
    uint8_t bytes[TAG]; /* LMDB takes keys through a pointer that is not const */

    PT_BUG_ON(name.len > sizeof bytes);
    memcpy(bytes, name.ptr, name.len);
    key.mv_data = bytes;
    PT_TRY(pt_env_status(mdb_get(txn, dbi, &key, &value)));
    PT_ENSURE(value.mv_size == size, PT_E_CORRUPT);
    memcpy(out, value.mv_data, size);
    return PT_SUCCESS;
}

static pt_status read_one(const struct idx_month *month, MDB_dbi dbi, pt_slice name, size_t size,
                          uint8_t *out)
{
    MDB_txn *txn = NULL;

    PT_TRY(pt_env_status(mdb_txn_begin(month->env, NULL, (unsigned)MDB_RDONLY, &txn)));
    const pt_status st = get(txn, dbi, name, size, out);
    mdb_txn_abort(txn);
    return st;
}

/* Widen [first, last] by what @number knows of the exchange; a month without index or keys knows
 * nothing. */
static pt_status find_in(struct pt_idx *idx, struct pt_keyring *keyring, uint32_t number,
                         const struct pt_uuid *id, uint64_t bounds[static 2])
{
    struct idx_month month;
    struct pt_month_keys keys;
    uint8_t tag[TAG];
    uint8_t row[16];

    if (!month_get(idx, number, &month) || !pt_ok(pt_keyring_get(keyring, number, &keys))) {
        return PT_SUCCESS;
    }
    pt_exchange_tag(&keys, id->bytes, tag);
    pt_month_keys_done(&keys);
    const pt_status st =
        read_one(&month, month.exchanges, pt_slice_of(tag, sizeof tag), sizeof row, row);
    if (pt_ok(st)) {
        const uint64_t first = pt_be64_get(row);
        const uint64_t last = pt_be64_get(row + 8U);
        bounds[0] = first < bounds[0] ? first : bounds[0];
        bounds[1] = last > bounds[1] ? last : bounds[1];
        return PT_SUCCESS;
    }
    return st.code == (uint32_t)PT_E_ABSENT ? PT_SUCCESS : st;
}

PT_RESULT pt_idx_find(struct pt_idx *idx, struct pt_keyring *keyring, const struct pt_uuid *id,
                      uint64_t *ret_first, uint64_t *ret_last)
{
    const uint32_t month = pt_time_month(pt_uuid_wall_ms(id));
    uint64_t bounds[2] = {UINT64_MAX, 0U};

    PT_TRY(find_in(idx, keyring, month_before(month), id, bounds));
    PT_TRY(find_in(idx, keyring, month, id, bounds));
    PT_TRY(find_in(idx, keyring, month_after(month), id, bounds));
    PT_ENSURE(bounds[0] != UINT64_MAX, PT_E_ABSENT);
    *ret_first = bounds[0];
    *ret_last = bounds[1];
    return PT_SUCCESS;
}

PT_RESULT pt_idx_watermark(struct pt_idx *idx, uint64_t *ret_seq)
{
    uint64_t newest = 0;

    (void)pthread_mutex_lock(&idx->lock);
    const size_t n = idx->n;
    (void)pthread_mutex_unlock(&idx->lock);
    for (size_t i = n; i > 0U && newest == 0U; i--) {
        PT_TRY(pt_idx_watermark_of(idx, idx->months[i - 1U].month, &newest));
    }
    *ret_seq = newest;
    return PT_SUCCESS;
}

PT_RESULT pt_idx_watermark_of(struct pt_idx *idx, uint32_t month, uint64_t *ret_seq)
{
    struct idx_month found;
    uint8_t bytes[8] = {0};

    if (month_get(idx, month, &found)) {
        const pt_status st = read_one(&found, found.mark, PT_SLICE(MARK_KEY), sizeof bytes, bytes);
        if (!pt_ok(st) && st.code != (uint32_t)PT_E_ABSENT) {
            return st;
        }
    }
    *ret_seq = pt_be64_get(bytes);
    return PT_SUCCESS;
}

static pt_status count_open(const struct idx_month *month, uint64_t *count)
{
    MDB_txn *txn = NULL;
    MDB_stat stat = {0};

    PT_TRY(pt_env_status(mdb_txn_begin(month->env, NULL, (unsigned)MDB_RDONLY, &txn)));
    const pt_status st = pt_env_status(mdb_stat(txn, month->open, &stat));
    mdb_txn_abort(txn);
    *count += stat.ms_entries;
    return st;
}

PT_RESULT pt_idx_open_exchanges(struct pt_idx *idx, uint64_t *ret_count)
{
    uint64_t count = 0;

    (void)pthread_mutex_lock(&idx->lock);
    const size_t n = idx->n;
    (void)pthread_mutex_unlock(&idx->lock);
    for (size_t i = n > 2U ? n - 2U : 0U; i < n; i++) {
        PT_TRY(count_open(&idx->months[i], &count));
    }
    *ret_count = count;
    return PT_SUCCESS;
}

/* --- writing ------------------------------------------------------------------------------- */

static pt_status put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, const uint8_t *bytes, size_t n)
{
    MDB_val value = {.mv_size = n, .mv_data = NULL};

    PT_TRY(pt_env_status(mdb_put(txn, dbi, key, &value, (unsigned)MDB_RESERVE)));
    memcpy(value.mv_data, bytes, n);
    return PT_SUCCESS;
}

static pt_status put_exchange(const struct idx_month *month, MDB_txn *txn, MDB_val *key,
                              uint64_t seq)
{
    uint8_t row[16];

    const pt_status st =
        get(txn, month->exchanges, pt_slice_of(key->mv_data, TAG), sizeof row, row);
    if (st.code == (uint32_t)PT_E_ABSENT) {
        pt_be64_put(row, seq);
        pt_be64_put(row + 8U, seq);
    } else {
        PT_TRY(st);
        if (seq > pt_be64_get(row + 8U)) {
            pt_be64_put(row + 8U, seq);
        }
    }
    return put(txn, month->exchanges, key, row, sizeof row);
}

static pt_status del_open(const struct idx_month *month, MDB_txn *txn, MDB_val *key)
{
    const int rc = mdb_del(txn, month->open, key, NULL);

    return rc == MDB_NOTFOUND ? PT_SUCCESS : pt_env_status(rc);
}

/* An exchange that began before midnight of the month's end is open in the month before. */
static pt_status end_before(struct pt_idx *idx, struct pt_keyring *keyring, uint32_t number,
                            const struct pt_uuid *id)
{
    struct idx_month month;
    struct pt_month_keys keys;
    uint8_t tag[TAG];
    MDB_val key = {.mv_size = sizeof tag, .mv_data = tag};
    MDB_txn *txn = NULL;

    if (!month_get(idx, number, &month) || !pt_ok(pt_keyring_get(keyring, number, &keys))) {
        return PT_SUCCESS;
    }
    pt_exchange_tag(&keys, id->bytes, tag);
    pt_month_keys_done(&keys);
    PT_TRY(pt_env_status(mdb_txn_begin(month.env, NULL, 0U, &txn)));
    const pt_status st = del_open(&month, txn, &key);
    if (!pt_ok(st)) {
        mdb_txn_abort(txn);
        return st;
    }
    return pt_env_status(mdb_txn_commit(txn));
}

/* A boot entry closes the account of exchanges without end: its gap entry has told them. */
static pt_status boot_before(struct pt_idx *idx, uint32_t number)
{
    struct idx_month month;
    MDB_txn *txn = NULL;

    if (!month_get(idx, number, &month)) {
        return PT_SUCCESS;
    }
    PT_TRY(pt_env_status(mdb_txn_begin(month.env, NULL, 0U, &txn)));
    const pt_status st = pt_env_status(mdb_drop(txn, month.open, 0));
    if (!pt_ok(st)) {
        mdb_txn_abort(txn);
        return st;
    }
    return pt_env_status(mdb_txn_commit(txn));
}

/* What one transaction writes. */
struct writing {
    struct pt_idx *idx;
    struct pt_keyring *keyring;
    struct idx_month month;
    struct pt_month_keys keys;
    MDB_txn *txn;
};

/* A consultation or an incident that names an exchange is not a part of it. */
static bool of_exchange(const struct pt_idx_row *row)
{
    static const struct pt_uuid NONE = {{0}};
    const bool type = row->type == PT_ENTRY_ASKED || row->type == PT_ENTRY_ANSWERED ||
                      row->type == PT_ENTRY_REFUSED || row->type == PT_ENTRY_FAILED;

    return type && memcmp(&row->exchange, &NONE, sizeof NONE) != 0;
}

static pt_status put_row(const struct writing *writing, const struct pt_idx_row *row)
{
    const struct idx_month *const month = &writing->month;
    uint8_t tag[TAG];
    uint8_t seq[8];
    MDB_val key = {.mv_size = sizeof tag, .mv_data = tag};

    if (row->type == PT_ENTRY_BOOT) {
        PT_TRY(boot_before(writing->idx, month_before(month->month)));
        return pt_env_status(mdb_drop(writing->txn, month->open, 0));
    }
    if (!of_exchange(row)) {
        return PT_SUCCESS;
    }
    pt_exchange_tag(&writing->keys, row->exchange.bytes, tag);
    PT_TRY(put_exchange(month, writing->txn, &key, row->seq));
    if (row->type == PT_ENTRY_ASKED) {
        pt_be64_put(seq, row->seq);
        return put(writing->txn, month->open, &key, seq, sizeof seq);
    }
    if (pt_time_month(pt_uuid_wall_ms(&row->exchange)) < month->month) {
        PT_TRY(
            end_before(writing->idx, writing->keyring, month_before(month->month), &row->exchange));
    }
    return del_open(month, writing->txn, &key);
}

static pt_status put_rows(const struct writing *writing, const struct pt_idx_row *rows, size_t n)
{
    uint8_t next[8];
    char name[] = MARK_KEY;
    MDB_val key = {.mv_size = sizeof name - 1U, .mv_data = name};

    for (size_t i = 0; i < n; i++) {
        PT_TRY(put_row(writing, &rows[i]));
    }
    pt_be64_put(next, rows[n - 1U].seq + 1U);
    return put(writing->txn, writing->month.mark, &key, next, sizeof next);
}

PT_RESULT pt_idx_put(struct pt_idx *idx, struct pt_keyring *keyring, uint32_t month,
                     const struct pt_idx_row *rows, size_t n)
{
    struct writing writing = {.idx = idx, .keyring = keyring};

    PT_ENSURE(idx->writable && n != 0U, PT_E_ARG);
    if (!month_get(idx, month, &writing.month)) {
        PT_TRY(add_month(idx, month, true));
        PT_BUG_ON(!month_get(idx, month, &writing.month));
    }
    PT_TRY(pt_keyring_get(keyring, month, &writing.keys));
    pt_status st = pt_env_status(mdb_txn_begin(writing.month.env, NULL, 0U, &writing.txn));
    if (pt_ok(st)) {
        st = put_rows(&writing, rows, n);
        if (pt_ok(st)) {
            st = pt_env_status(mdb_txn_commit(writing.txn));
        } else {
            mdb_txn_abort(writing.txn);
        }
    }
    pt_month_keys_done(&writing.keys);
    return st;
}
