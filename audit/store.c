/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * store.c -- the months of one log: open all, append to the newest.
 *
 * Law: an entry is on stable storage or it does not exist; nothing is ever changed or deleted. A
 * month whose numbers have a gap is not opened. Layer 1 (audit).
 */
#include "audit/store_env_int.h"
#include "audit/store_set_int.h"

#include "poterne/base/codec.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLOSED_MAP_BYTES 1048576U /* LMDB widens it to what the file holds */
#define ZERO_CHUNK       262144U  /* a commit waits for one at most */
#define ZERO_CHUNKS      16U   /* in one go: beyond some 20 MB/s, zeroes cost more than they save */
#define ZERO_PACE        2000U /* entries since the last time: above, the disk has better to do */
#define ZERO_PAGE        4096U /* as LMDB writes: one page more never dirties a large folio */

/* --- one month ----------------------------------------------------------------------------- */

static uint64_t key_seq(const MDB_val *key)
{
    return pt_be64_get(key->mv_data);
}

static pt_status edge(MDB_cursor *cursor, MDB_cursor_op op, uint64_t *ret_seq)
{
    MDB_val key = {0};
    MDB_val value = {0};

    PT_TRY(pt_env_status(mdb_cursor_get(cursor, &key, &value, op)));
    PT_ENSURE(key.mv_size == 8U, PT_E_CORRUPT);
    *ret_seq = key_seq(&key);
    return PT_SUCCESS;
}

/* First number and count; as many rows as numbers, or something is missing. */
static pt_status month_bounds(struct pt_month_store *store, MDB_txn *txn, MDB_cursor *cursor)
{
    MDB_stat stat;
    uint64_t first = 0;
    uint64_t last = 0;

    PT_TRY(pt_env_status(mdb_stat(txn, store->dbi, &stat)));
    if (stat.ms_entries == 0U) {
        return PT_SUCCESS;
    }
    PT_TRY(edge(cursor, MDB_FIRST, &first));
    PT_TRY(edge(cursor, MDB_LAST, &last));
    const uint64_t span = last - first + 1U;
    PT_ENSURE(span == stat.ms_entries || (store->lenient && last >= first), PT_E_CORRUPT);
    store->first = first;
    store->n = span;
    return PT_SUCCESS;
}

static pt_status month_look(struct pt_month_store *store, MDB_txn *txn)
{
    MDB_cursor *cursor = NULL;

    PT_TRY(pt_env_status(mdb_dbi_open(txn, NULL, 0U, &store->dbi)));
    PT_TRY(pt_env_status(mdb_cursor_open(txn, store->dbi, &cursor)));
    const pt_status st = month_bounds(store, txn, cursor);
    mdb_cursor_close(cursor);
    return st;
}

static pt_status month_load(struct pt_month_store *store)
{
    MDB_txn *txn = NULL;

    PT_TRY(pt_env_status(mdb_txn_begin(store->env, NULL, (unsigned)MDB_RDONLY, &txn)));
    const pt_status st = month_look(store, txn);
    if (!pt_ok(st)) {
        mdb_txn_abort(txn);
        return st;
    }
    return pt_env_status(mdb_txn_commit(txn)); /* keeps the handle */
}

static pt_status month_open(const struct pt_months *months, uint32_t month, bool newest,
                            bool create, struct pt_month_store *ret)
{
    const uint64_t writing = months->map_bytes != 0U ? months->map_bytes : PT_LOG_MAP_MAX;
    const uint64_t reading = newest ? 0U : CLOSED_MAP_BYTES; /* 0: as wide as its writer's */
    const bool writable = months->writable && newest;
    const struct pt_env_options options = {.root = months->dir,
                                           .kind = "log",
                                           .month = month,
                                           .create = create,
                                           .writable = writable,
                                           .map_bytes = writable ? writing : reading};
    struct pt_month_store store = {.month = month, .lenient = months->lenient};

    PT_TRY(pt_env_open(&options, &store.env));
    const pt_status st = month_load(&store);
    if (!pt_ok(st)) {
        mdb_env_close(store.env);
        return st;
    }
    *ret = store;
    return PT_SUCCESS;
}

/* --- all months ---------------------------------------------------------------------------- */

/* Months follow each other without a hole; one may be empty (a crash before its first entry). */
static pt_status add_month(struct pt_months *months, uint32_t month, bool newest, bool create)
{
    struct pt_month_store *const store = &months->stores[months->n];
    struct pt_month_store opened = {.month = month};

    PT_ENSURE(months->n < PT_LOG_MONTHS_MAX, PT_E_LIMIT);
    PT_TRY(month_open(months, month, newest, create, &opened));
    if (opened.n != 0U && months->size != 0U && opened.first != months->size && !months->lenient) {
        mdb_env_close(opened.env);
        return PT_FAIL(PT_E_CORRUPT);
    }
    (void)pthread_mutex_lock(&months->lock);
    *store = opened;
    months->n++;
    if (opened.n != 0U) {
        months->size = opened.first + opened.n;
    }
    (void)pthread_mutex_unlock(&months->lock);
    return PT_SUCCESS;
}

static pt_status load_months(struct pt_months *months)
{
    uint32_t numbers[PT_LOG_MONTHS_MAX];
    size_t n = 0;

    PT_TRY(pt_env_months(months->dir, "log", numbers, &n));
    for (size_t i = 0; i < n; i++) {
        PT_TRY(add_month(months, numbers[i], i + 1U == n, false));
    }
    return PT_SUCCESS;
}

static pt_status months_fill(struct pt_months *months, const struct pt_months_options *options)
{
    const size_t n = strlen(options->dir);

    PT_ENSURE(n < sizeof months->dir, PT_E_LIMIT);
    memcpy(months->dir, options->dir, n + 1U);
    months->writable = options->writable;
    months->lenient = options->lenient;
    months->map_bytes = options->map_bytes;
    months->ahead = options->ahead;
    PT_TRY(load_months(months));
    months->tended = months->size;
    return PT_SUCCESS;
}

PT_RESULT pt_months_open(const struct pt_months_options *options, struct pt_months **ret_months)
{
    struct pt_months *months = calloc(1, sizeof *months);

    PT_ENSURE(months != NULL, PT_E_NOMEM);
    if (pthread_mutex_init(&months->lock, NULL) != 0 ||
        pthread_mutex_init(&months->file_lock, NULL) != 0) {
        free(months);
        return PT_FAIL(PT_E_NOMEM);
    }
    const pt_status st = months_fill(months, options);
    if (!pt_ok(st)) {
        (void)pt_months_close(months);
        return st;
    }
    *ret_months = months;
    return PT_SUCCESS;
}

struct pt_months *pt_months_close(struct pt_months *months)
{
    if (months != NULL) {
        for (size_t i = 0; i < months->n; i++) {
            mdb_env_close(months->stores[i].env);
        }
        (void)pthread_mutex_destroy(&months->lock);
        (void)pthread_mutex_destroy(&months->file_lock);
        free(months);
    }
    return NULL;
}

/* --- asking -------------------------------------------------------------------------------- */

/* Another process may have appended since: a reader alone looks again. */
static pt_status refresh(struct pt_months *months)
{
    if (months->writable || months->n == 0U) {
        return PT_SUCCESS;
    }
    struct pt_month_store *const last = &months->stores[months->n - 1U];
    struct pt_month_store now = *last;

    PT_TRY(month_load(&now));
    (void)pthread_mutex_lock(&months->lock);
    *last = now;
    if (now.n != 0U) {
        months->size = now.first + now.n;
    }
    (void)pthread_mutex_unlock(&months->lock);
    return PT_SUCCESS;
}

PT_RESULT pt_months_size(struct pt_months *months, uint64_t *ret_size)
{
    PT_TRY(refresh(months));
    (void)pthread_mutex_lock(&months->lock);
    *ret_size = months->size;
    (void)pthread_mutex_unlock(&months->lock);
    return PT_SUCCESS;
}

uint64_t pt_months_first(struct pt_months *months)
{
    uint64_t first = 0;

    (void)pthread_mutex_lock(&months->lock);
    for (size_t i = months->n; i > 0U; i--) {
        if (months->stores[i - 1U].n != 0U) {
            first = months->stores[i - 1U].first;
        }
    }
    (void)pthread_mutex_unlock(&months->lock);
    return first;
}

uint32_t pt_months_last(struct pt_months *months)
{
    (void)pthread_mutex_lock(&months->lock);
    const uint32_t month = months->n != 0U ? months->stores[months->n - 1U].month : 0U;
    (void)pthread_mutex_unlock(&months->lock);
    return month;
}

PT_RESULT pt_months_nth(struct pt_months *months, size_t i, struct pt_month_span *ret)
{
    (void)pthread_mutex_lock(&months->lock);
    const bool there = i < months->n;
    if (there) {
        const struct pt_month_store *const store = &months->stores[i];
        *ret = (struct pt_month_span){.month = store->month, .first = store->first, .n = store->n};
    }
    (void)pthread_mutex_unlock(&months->lock);
    return there ? PT_SUCCESS : PT_FAIL(PT_E_ABSENT);
}

PT_RESULT pt_months_find(struct pt_months *months, uint64_t seq, struct pt_month_store *ret)
{
    bool found = false;

    (void)pthread_mutex_lock(&months->lock);
    for (size_t i = months->n; i > 0U && !found; i--) { /* the newest are asked for */
        const struct pt_month_store *const store = &months->stores[i - 1U];
        if (store->n != 0U && seq >= store->first && seq - store->first < store->n) {
            *ret = *store;
            found = true;
        }
    }
    (void)pthread_mutex_unlock(&months->lock);
    return found ? PT_SUCCESS : PT_FAIL(PT_E_ABSENT);
}

PT_RESULT pt_months_of(struct pt_months *months, uint64_t seq, uint32_t *ret_month)
{
    struct pt_month_store store;

    PT_TRY(pt_months_find(months, seq, &store));
    *ret_month = store.month;
    return PT_SUCCESS;
}

/* --- writing ------------------------------------------------------------------------------- */

PT_RESULT pt_months_enter(struct pt_months *months, uint32_t month)
{
    const uint32_t last = pt_months_last(months);

    PT_ENSURE(months->writable && month >= last, PT_E_ARG);
    return month == last ? PT_SUCCESS : add_month(months, month, true, true);
}

static pt_status put_all(const struct pt_month_store *store, MDB_txn *txn, uint64_t first,
                         const pt_slice *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t seq[8];
        MDB_val key = {.mv_size = sizeof seq, .mv_data = seq};
        MDB_val value = {.mv_size = values[i].len, .mv_data = NULL};

        pt_be64_put(seq, first + i);
        PT_TRY(pt_env_status(
            mdb_put(txn, store->dbi, &key, &value, (unsigned)MDB_APPEND | (unsigned)MDB_RESERVE)));
        memcpy(value.mv_data, values[i].ptr, values[i].len);
    }
    return PT_SUCCESS;
}

static pt_status commit_values(const struct pt_month_store *store, uint64_t first,
                               const pt_slice *values, size_t n)
{
    MDB_txn *txn = NULL;

    PT_TRY(pt_env_status(mdb_txn_begin(store->env, NULL, 0U, &txn)));
    const pt_status st = put_all(store, txn, first, values, n);
    if (!pt_ok(st)) {
        mdb_txn_abort(txn);
        return st;
    }
    return pt_env_status(mdb_txn_commit(txn));
}

PT_RESULT pt_months_append(struct pt_months *months, uint64_t first, const pt_slice *values,
                           size_t n)
{
    PT_ENSURE(months->writable && months->n != 0U && n != 0U, PT_E_ARG);
    struct pt_month_store *const store = &months->stores[months->n - 1U];

    PT_ENSURE(months->size == 0U || months->size == first, PT_E_ARG);
    (void)pthread_mutex_lock(&months->file_lock);
    const pt_status st = commit_values(store, first, values, n);
    (void)pthread_mutex_unlock(&months->file_lock);
    PT_TRY(st);
    (void)pthread_mutex_lock(&months->lock);
    store->first = store->n == 0U ? first : store->first;
    store->n += n;
    months->size = first + n;
    (void)pthread_mutex_unlock(&months->lock);
    return PT_SUCCESS;
}

/* --- zeroes ahead -------------------------------------------------------------------------- */

static bool zero_pages(int fd, uint64_t at)
{
    static const uint8_t ZEROES[ZERO_PAGE] = {0};

    for (uint64_t end = at + ZERO_CHUNK; at < end; at += ZERO_PAGE) {
        if (pwrite(fd, ZEROES, sizeof ZEROES, (off_t)at) != (ssize_t)sizeof ZEROES) {
            return false;
        }
    }
    return true;
}

/*
 * One chunk behind both the last page and the end of the file. *ret_more: the goal is not reached.
 * No transaction runs meanwhile: no page of one can be overwritten, and an error that the flush
 * reports here is not one that a commit should have seen.
 */
static pt_status zero_chunk(const struct pt_months *months, MDB_env *env, bool *ret_more)
{
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    int fd = -1;

    PT_TRY(pt_env_status(mdb_env_get_fd(env, &fd)));
    PT_TRY(pt_env_status(mdb_env_info(env, &info)));
    PT_TRY(pt_env_status(mdb_env_stat(env, &stat)));
    PT_ENSURE(fstat(fd, &file) == 0, PT_E_IO);
    const uint64_t used = ((uint64_t)info.me_last_pgno + 1U) * stat.ms_psize;
    const uint64_t size = (uint64_t)file.st_size > used ? (uint64_t)file.st_size : used;
    *ret_more = size < used + months->ahead && size + ZERO_CHUNK <= info.me_mapsize;
    if (*ret_more) {
        *ret_more = zero_pages(fd, size); /* no room: later, or never */
        PT_ENSURE(fdatasync(fd) == 0, PT_E_IO);
    }
    return PT_SUCCESS;
}

PT_RESULT pt_months_tend(struct pt_months *months)
{
    int dead = 0;

    (void)pthread_mutex_lock(&months->lock);
    MDB_env *const env = months->n != 0U ? months->stores[months->n - 1U].env : NULL;
    bool more = months->ahead != 0U && months->size - months->tended <= ZERO_PACE;
    months->tended = months->size;
    (void)pthread_mutex_unlock(&months->lock);
    if (env == NULL || !months->writable) {
        return PT_SUCCESS;
    }
    PT_TRY(pt_env_status(mdb_reader_check(env, &dead)));
    for (unsigned i = 0; i < ZERO_CHUNKS && more; i++) {
        (void)pthread_mutex_lock(&months->file_lock);
        const pt_status st = zero_chunk(months, env, &more);
        (void)pthread_mutex_unlock(&months->file_lock);
        PT_TRY(st);
    }
    return PT_SUCCESS;
}
