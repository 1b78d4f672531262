/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * store_idx.c -- exchange -> first and last entry, and which exchanges have no end yet.
 *
 * Law: rebuildable, and never trusted for more than speed. Flushed once a transaction
 * (MDB_NOMETASYNC: a power cut may undo the last one, never mix two), because it is written beside
 * the commit path. Layer 1 (audit).
 */
#include "audit/store_idx_int.h"

#include "audit/idx_spans_int.h"
#include "audit/store_env_int.h"
#include "poterne/base/clock.h"
#include "poterne/base/codec.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define DBS      3U
#define IDX_MAP  17179869184ULL /* 16 GiB of addresses; 10 million entries take 1 */
#define MARK_KEY "next"

struct idx_month {
    uint32_t month;
    MDB_env *env;
    MDB_dbi exchanges; /* "x2": name -> first, last */
    MDB_dbi open;      /* "o2": name -> seq of asked */
    MDB_dbi mark;      /* "w2": "next" -> watermark */
};

struct pt_idx {
    pthread_mutex_t lock; /* n */
    bool writable;
    size_t n;
    struct idx_month months[PT_LOG_MONTHS_MAX];
    char dir[PT_PATH_MAX];
    struct pt_idx_span *spans; /* of one transaction; NULL when nothing is written */
};

/* --- one month ----------------------------------------------------------------------------- */

static pt_status open_dbs(struct idx_month *month, MDB_txn *txn, unsigned create)
{
    PT_TRY(pt_env_status(mdb_dbi_open(txn, "x2", create, &month->exchanges)));
    PT_TRY(pt_env_status(mdb_dbi_open(txn, "o2", create, &month->open)));
    return pt_env_status(mdb_dbi_open(txn, "w2", create, &month->mark));
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
    if (writable) {
        idx->spans = calloc(PT_IDX_ROWS_MAX, sizeof *idx->spans);
        PT_ENSURE(idx->spans != NULL, PT_E_NOMEM);
    }
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
        free(idx->spans);
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
    uint8_t bytes[PT_IDX_NAME]; /* LMDB takes keys through a pointer that is not const */

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
    uint8_t name[PT_IDX_NAME];
    uint8_t row[16];

    if (!month_get(idx, number, &month) || !pt_ok(pt_keyring_get(keyring, number, &keys))) {
        return PT_SUCCESS;
    }
    pt_idx_name(&keys, id, name);
    pt_month_keys_done(&keys);
    const pt_status st =
        read_one(&month, month.exchanges, pt_slice_of(name, sizeof name), sizeof row, row);
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

/* What one transaction writes. */
struct writing {
    struct pt_idx *idx;
    struct pt_keyring *keyring;
    struct idx_month month;
    struct pt_month_keys keys;
    MDB_txn *txn;
    MDB_cursor *exchanges;
};

/* An exchange that is there keeps its first entry. */
static pt_status put_exchange(const struct writing *writing, const struct pt_idx_span *span,
                              MDB_val *key)
{
    uint8_t row[16];
    MDB_val value = {.mv_size = sizeof row, .mv_data = row};

    pt_be64_put(row, span->first);
    pt_be64_put(row + 8U, span->last);
    const int rc = mdb_cursor_put(writing->exchanges, key, &value, (unsigned)MDB_NOOVERWRITE);
    if (rc != MDB_KEYEXIST) {
        return pt_env_status(rc);
    }
    PT_ENSURE(value.mv_size == sizeof row, PT_E_CORRUPT);
    const uint64_t last = pt_be64_get((const uint8_t *)value.mv_data + 8U);
    memcpy(row, value.mv_data, 8U);
    pt_be64_put(row + 8U, last > span->last ? last : span->last);
    value.mv_data = row;
    return pt_env_status(mdb_cursor_put(writing->exchanges, key, &value, 0U));
}

static pt_status put_open(const struct writing *writing, const struct pt_idx_span *span,
                          MDB_val *key)
{
    uint8_t seq[8];
    MDB_val value = {.mv_size = sizeof seq, .mv_data = seq};

    pt_be64_put(seq, span->last);
    return pt_env_status(mdb_put(writing->txn, writing->month.open, key, &value, 0U));
}

static pt_status del_open(MDB_txn *txn, MDB_dbi open, MDB_val *key)
{
    const int rc = mdb_del(txn, open, key, NULL);

    return rc == MDB_NOTFOUND ? PT_SUCCESS : pt_env_status(rc);
}

/* An exchange that began before midnight of the month's end is open in the month before. */
static pt_status end_before(const struct writing *writing, const struct pt_uuid *id)
{
    const uint32_t number = month_before(writing->month.month);
    struct idx_month month;
    struct pt_month_keys keys;
    uint8_t name[PT_IDX_NAME];
    MDB_val key = {.mv_size = sizeof name, .mv_data = name};
    MDB_txn *txn = NULL;

    if (!month_get(writing->idx, number, &month) ||
        !pt_ok(pt_keyring_get(writing->keyring, number, &keys))) {
        return PT_SUCCESS;
    }
    pt_idx_name(&keys, id, name);
    pt_month_keys_done(&keys);
    PT_TRY(pt_env_status(mdb_txn_begin(month.env, NULL, 0U, &txn)));
    const pt_status st = del_open(txn, month.open, &key);
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

static pt_status boot(const struct writing *writing)
{
    PT_TRY(boot_before(writing->idx, month_before(writing->month.month)));
    return pt_env_status(mdb_drop(writing->txn, writing->month.open, 0));
}

static pt_status put_span(const struct writing *writing, struct pt_idx_span *span)
{
    MDB_val key = {.mv_size = sizeof span->name, .mv_data = span->name};
    const uint32_t begun = pt_time_month(pt_uuid_wall_ms(&span->exchange));

    PT_TRY(put_exchange(writing, span, &key));
    if (span->ended && begun < writing->month.month) {
        PT_TRY(end_before(writing, &span->exchange));
    }
    return span->open ? put_open(writing, span, &key)
                      : del_open(writing->txn, writing->month.open, &key);
}

/* Rows without a boot row among them. */
static pt_status put_spans(const struct writing *writing, const struct pt_idx_row *rows, size_t n)
{
    struct pt_idx_span *const spans = writing->idx->spans;
    const size_t count = pt_idx_spans(rows, n, spans);

    pt_idx_spans_name(&writing->keys, spans, count);
    for (size_t i = 0; i < count; i++) {
        PT_TRY(put_span(writing, &spans[i]));
    }
    return PT_SUCCESS;
}

static pt_status put_mark(const struct writing *writing, uint64_t seq)
{
    uint8_t next[8];
    char name[] = MARK_KEY;
    MDB_val key = {.mv_size = sizeof name - 1U, .mv_data = name};
    MDB_val value = {.mv_size = sizeof next, .mv_data = next};

    pt_be64_put(next, seq);
    return pt_env_status(mdb_put(writing->txn, writing->month.mark, &key, &value, 0U));
}

static pt_status put_rows(const struct writing *writing, const struct pt_idx_row *rows, size_t n)
{
    size_t from = 0;

    for (size_t i = 0; i < n; i++) {
        if (rows[i].type == PT_ENTRY_BOOT) {
            PT_TRY(put_spans(writing, &rows[from], i - from));
            PT_TRY(boot(writing));
            from = i + 1U;
        }
    }
    PT_TRY(put_spans(writing, &rows[from], n - from));
    return put_mark(writing, rows[n - 1U].seq + 1U);
}

static pt_status put_all(struct writing *writing, const struct pt_idx_row *rows, size_t n)
{
    PT_TRY(pt_env_status(
        mdb_cursor_open(writing->txn, writing->month.exchanges, &writing->exchanges)));
    const pt_status st = put_rows(writing, rows, n);
    mdb_cursor_close(writing->exchanges);
    return st;
}

PT_RESULT pt_idx_put(struct pt_idx *idx, struct pt_keyring *keyring, uint32_t month,
                     const struct pt_idx_row *rows, size_t n)
{
    struct writing writing = {.idx = idx, .keyring = keyring};

    PT_ENSURE(idx->writable && n != 0U && n <= PT_IDX_ROWS_MAX, PT_E_ARG);
    if (!month_get(idx, month, &writing.month)) {
        PT_TRY(add_month(idx, month, true));
        PT_BUG_ON(!month_get(idx, month, &writing.month));
    }
    PT_TRY(pt_keyring_get(keyring, month, &writing.keys));
    pt_status st = pt_env_status(mdb_txn_begin(writing.month.env, NULL, 0U, &writing.txn));
    if (pt_ok(st)) {
        st = put_all(&writing, rows, n);
        if (pt_ok(st)) {
            st = pt_env_status(mdb_txn_commit(writing.txn));
        } else {
            mdb_txn_abort(writing.txn);
        }
    }
    pt_month_keys_done(&writing.keys);
    return st;
}
