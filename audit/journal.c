/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * journal.c -- the write side of the log: opening, group commit, closing.
 *
 * Law (laws 1 and 4): what is acknowledged is on stable storage, numbered without a gap, and in
 * the tree; a log in doubt is never written to. Threads may append at the same time: one batch is
 * sealed while the one before it is being flushed. Layer 1 (audit).
 */
#include "audit/journal_state_int.h"

#include "poterne/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* --- opening ------------------------------------------------------------------------------- */

static pt_status lock_directory(struct pt_journal *journal)
{
    char path[PT_PATH_MAX];

    PT_TRY(pt_file_mkdirs(journal->dir, 0700));
    PT_TRY(pt_file_join(journal->dir, "lock", path, sizeof path));
    journal->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    PT_ENSURE(journal->lock_fd >= 0, PT_E_IO);
    if (flock(journal->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return PT_FAIL_AUX(errno == EWOULDBLOCK ? PT_E_EXISTS : PT_E_IO, errno);
    }
    return PT_SUCCESS;
}

static pt_status copy_names(struct pt_journal *journal, const struct pt_journal_options *options)
{
    pt_buf_init(&journal->names, PT_CHECKPOINT_MAX / 4U);
    pt_buf_put(&journal->names, options->origin);
    pt_buf_put(&journal->names, options->gateway);
    PT_TRY(pt_buf_status(&journal->names));
    journal->origin = pt_slice_head(pt_buf_slice(&journal->names), options->origin.len);
    journal->gateway = pt_slice_from(pt_buf_slice(&journal->names), options->origin.len);
    return PT_SUCCESS;
}

static pt_status copy_options(struct pt_journal *journal, const struct pt_journal_options *options)
{
    const size_t n = strlen(options->dir);

    PT_ENSURE(n < sizeof journal->dir, PT_E_LIMIT);
    memcpy(journal->dir, options->dir, n + 1U);
    journal->clock = options->clock;
    journal->random = options->random;
    journal->nsigners = options->nsigners;
    memcpy(journal->signers, options->signers, sizeof journal->signers);
    journal->reserve_bytes = options->reserve_bytes;
    journal->ahead_bytes = options->ahead_bytes;
    return copy_names(journal, options);
}

static pt_status open_keyring(struct pt_journal *journal, pt_slice kek)
{
    char folder[PT_PATH_MAX];
    char path[PT_PATH_MAX];

    PT_TRY(pt_file_join(journal->dir, "keys", folder, sizeof folder));
    PT_TRY(pt_file_mkdirs(folder, 0700));
    PT_TRY(pt_file_join(folder, "keyring", path, sizeof path));
    return pt_keyring_open(path, kek, &journal->keyring);
}

static pt_status open_memory(struct pt_journal *journal)
{
    journal->batches = calloc(2, sizeof *journal->batches);
    journal->tail = calloc(PT_LOG_TAIL, sizeof *journal->tail);
    journal->rows = calloc(PT_IDX_ROWS_MAX, sizeof *journal->rows);
    PT_ENSURE(journal->batches != NULL && journal->tail != NULL && journal->rows != NULL,
              PT_E_NOMEM);
    pt_batch_init(&journal->batches[0]);
    pt_batch_init(&journal->batches[1]);
    pt_buf_init(&journal->scratch, PT_BOX_MAX);
    PT_TRY(pt_batcher_new(&journal->batcher));
    PT_TRY(pt_cipher_new(&journal->cipher));
    return pt_tiles_new(journal->dir, &journal->tiles);
}

static pt_status journal_fill(struct pt_journal *journal, const struct pt_journal_options *options,
                              struct pt_journal_boot *ret_boot)
{
    const struct pt_months_options months = {.dir = options->dir,
                                             .writable = true,
                                             .map_bytes = options->map_bytes,
                                             .ahead = options->ahead_bytes};

    PT_TRY(copy_options(journal, options));
    PT_TRY(lock_directory(journal));
    PT_TRY(open_keyring(journal, options->kek));
    PT_TRY(open_memory(journal));
    PT_TRY(pt_months_open(&months, &journal->months));
    PT_TRY(pt_view_open(journal->months, &journal->view));
    PT_TRY(pt_idx_open(journal->dir, true, &journal->idx));
    return pt_journal_recover(journal, ret_boot);
}

static void locks_init(struct pt_journal *journal)
{
    PT_BUG_ON(pthread_mutex_init(&journal->build, NULL) != 0 ||
              pthread_mutex_init(&journal->commit, NULL) != 0 ||
              pthread_mutex_init(&journal->state, NULL) != 0 ||
              pthread_mutex_init(&journal->sealing, NULL) != 0);
}

/* Everything is released, whatever stands; NULL and zero are nothing. */
static struct pt_journal *journal_free(struct pt_journal *journal)
{
    journal->idx = pt_idx_close(journal->idx);
    journal->view = pt_view_close(journal->view);
    journal->months = pt_months_close(journal->months);
    journal->tiles = pt_tiles_free(journal->tiles);
    journal->cipher = pt_cipher_free(journal->cipher);
    journal->batcher = pt_batcher_free(journal->batcher);
    journal->keyring = pt_keyring_free(journal->keyring);
    if (journal->batches != NULL) {
        pt_batch_done(&journal->batches[0]);
        pt_batch_done(&journal->batches[1]);
    }
    free(journal->batches);
    free(journal->tail);
    free(journal->rows);
    pt_buf_done(&journal->scratch);
    pt_buf_done(&journal->names);
    if (journal->lock_fd >= 0) {
        (void)close(journal->lock_fd);
    }
    (void)pthread_mutex_destroy(&journal->build);
    (void)pthread_mutex_destroy(&journal->commit);
    (void)pthread_mutex_destroy(&journal->state);
    (void)pthread_mutex_destroy(&journal->sealing);
    pt_wipe(journal, sizeof *journal);
    free(journal);
    return NULL;
}

static bool options_valid(const struct pt_journal_options *options)
{
    return options->dir != NULL && options->clock != NULL && options->random.fill != NULL &&
           options->nsigners <= PT_COUNT(options->signers) && options->kek.len == PT_BOX_KEY &&
           options->origin.len != 0U && pt_clear_text(options->origin) &&
           options->gateway.len != 0U && options->gateway.len <= PT_ID_MAX &&
           pt_clear_text(options->gateway);
}

PT_RESULT pt_journal_open(const struct pt_journal_options *options, struct pt_journal **ret_journal,
                          struct pt_journal_boot *ret_boot)
{
    PT_ENSURE(options_valid(options), PT_E_ARG);
    struct pt_journal *journal = calloc(1, sizeof *journal);

    PT_ENSURE(journal != NULL, PT_E_NOMEM);
    journal->lock_fd = -1;
    locks_init(journal);
    const pt_status st = journal_fill(journal, options, ret_boot);
    if (!pt_ok(st)) {
        (void)journal_free(journal);
        return st;
    }
    *ret_journal = journal;
    return PT_SUCCESS;
}

struct pt_journal *pt_journal_close(struct pt_journal *journal)
{
    uint64_t size = 0;

    if (journal == NULL) {
        return NULL;
    }
    if (!journal->poisoned && pt_ok(pt_journal_seal(journal, &size)) &&
        pt_ok(pt_seal_index_flush(journal))) {
        (void)pt_ok(pt_journal_mark_closed(journal)); /* without the mark, the next boot looks */
    }
    return journal_free(journal);
}

/* --- numbering and sealing: `build` is held -------------------------------------------------- */

void pt_journal_poison(struct pt_journal *journal)
{
    (void)pthread_mutex_lock(&journal->state);
    journal->poisoned = true;
    (void)pthread_mutex_unlock(&journal->state);
}

/* LMDB reports a full disk as an input/output error, after the fact: so we look before. */
static pt_status check_room(const struct pt_journal *journal)
{
    struct statvfs vfs;

    if (journal->reserve_bytes == 0U) {
        return PT_SUCCESS;
    }
    PT_ENSURE(statvfs(journal->dir, &vfs) == 0, PT_E_IO);
    PT_ENSURE((uint64_t)vfs.f_bavail * vfs.f_frsize >= journal->reserve_bytes, PT_E_FULL);
    return PT_SUCCESS;
}

/* The instant of a batch, never before the last one; the keys of its month. */
static pt_status take_time(struct pt_journal *journal, uint64_t *ret_ms)
{
    const uint64_t now = pt_clock_wall_ms(journal->clock);
    const uint64_t ms = now > journal->last_ms ? now : journal->last_ms;
    const uint32_t month = pt_time_month(ms);

    if (journal->keys.month != month) {
        PT_TRY(pt_keyring_make(journal->keyring, month, &journal->random));
        PT_TRY(pt_keyring_get(journal->keyring, month, &journal->keys));
    }
    journal->last_ms = ms;
    *ret_ms = ms;
    return PT_SUCCESS;
}

static pt_status build(struct pt_journal *journal, const struct pt_record *records, size_t n,
                       struct pt_batch *batch)
{
    struct pt_place place = {.gateway = journal->gateway};

    (void)pthread_mutex_lock(&journal->state);
    const bool poisoned = journal->poisoned;
    place.seq = journal->next;
    (void)pthread_mutex_unlock(&journal->state);
    PT_ENSURE(!poisoned, PT_E_IO);
    PT_TRY(check_room(journal));
    PT_TRY(take_time(journal, &place.time_ms));
    PT_TRY(pt_batcher_seal(journal->batcher, &journal->keys, &place, records, n, batch));
    (void)pthread_mutex_lock(&journal->state);
    if (journal->next == batch->first) { /* else the batch before was refused meanwhile */
        journal->next = batch->first + n;
    }
    (void)pthread_mutex_unlock(&journal->state);
    return PT_SUCCESS;
}

/* --- writing: `commit` is held ---------------------------------------------------------------- */

static void grow(struct pt_journal *journal, const struct pt_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++) {
        pt_range_append(&journal->growing, &batch->entries[i].leaf);
    }
    (void)pthread_mutex_lock(&journal->state);
    journal->range = journal->growing;
    for (size_t i = 0; i < batch->n; i++) {
        pt_tail_push(journal, batch->first + i, &batch->entries[i]);
    }
    (void)pthread_mutex_unlock(&journal->state);
}

/* Numbers that were given and not written are given again. */
static pt_status refuse(struct pt_journal *journal, pt_status why)
{
    (void)pthread_mutex_lock(&journal->state);
    journal->next = journal->range.size;
    journal->poisoned = journal->poisoned || why.code != (uint32_t)PT_E_FULL;
    (void)pthread_mutex_unlock(&journal->state);
    return why;
}

static pt_status commit(struct pt_journal *journal, const struct pt_batch *batch)
{
    (void)pthread_mutex_lock(&journal->state);
    const bool poisoned = journal->poisoned;
    (void)pthread_mutex_unlock(&journal->state);
    PT_ENSURE(!poisoned, PT_E_IO);
    PT_ENSURE(batch->first == journal->growing.size, PT_E_FULL); /* as was the batch before */
    pt_status st = pt_months_enter(journal->months, batch->month);
    if (pt_ok(st)) {
        st = pt_months_append(journal->months, batch->first, batch->values, batch->n);
    }
    if (!pt_ok(st)) {
        return refuse(journal, st);
    }
    grow(journal, batch);
    return PT_SUCCESS;
}

static void tell(const struct pt_batch *batch, struct pt_appended *ret)
{
    for (size_t i = 0; i < batch->n; i++) {
        ret[i] = (struct pt_appended){.seq = batch->first + i, .leaf = batch->entries[i].leaf};
    }
}

PT_RESULT pt_journal_append(struct pt_journal *journal, const struct pt_record *records, size_t n,
                            struct pt_appended *ret)
{
    PT_ENSURE(n != 0U && n <= PT_BATCH_RECORDS_MAX, PT_E_ARG);
    (void)pthread_mutex_lock(&journal->build);
    struct pt_batch *const batch = &journal->batches[journal->turn];
    pt_status st = build(journal, records, n, batch);
    if (!pt_ok(st)) {
        (void)pthread_mutex_unlock(&journal->build);
        return st;
    }
    journal->turn = 1U - journal->turn;
    (void)pthread_mutex_lock(&journal->commit);
    (void)pthread_mutex_unlock(&journal->build);
    st = commit(journal, batch);
    if (pt_ok(st)) {
        tell(batch, ret); /* the batch is used again as soon as the lock is open */
    }
    (void)pthread_mutex_unlock(&journal->commit);
    return st;
}

/* --- asking ----------------------------------------------------------------------------------- */

uint64_t pt_journal_size(struct pt_journal *journal)
{
    (void)pthread_mutex_lock(&journal->state);
    const uint64_t size = journal->range.size;
    (void)pthread_mutex_unlock(&journal->state);
    return size;
}

uint64_t pt_journal_sealed_size(struct pt_journal *journal)
{
    (void)pthread_mutex_lock(&journal->state);
    const uint64_t size = journal->sealed;
    (void)pthread_mutex_unlock(&journal->state);
    return size;
}

struct pt_months *pt_journal_months(struct pt_journal *journal)
{
    return journal->months;
}

struct pt_keyring *pt_journal_keyring(struct pt_journal *journal)
{
    return journal->keyring;
}

const char *pt_journal_dir(const struct pt_journal *journal)
{
    return journal->dir;
}

/* The tail before the index: an entry goes from the one to the other, never back. */
PT_RESULT pt_journal_find(struct pt_journal *journal, const struct pt_uuid *id, uint64_t *ret_first,
                          uint64_t *ret_last)
{
    uint64_t tail[2] = {0U, 0U};
    uint64_t indexed[2] = {0U, 0U};

    (void)pthread_mutex_lock(&journal->state);
    const bool in_tail = pt_tail_find(journal, journal->indexed, id, &tail[0], &tail[1]);
    const bool unknown = journal->tail_from > journal->indexed;
    (void)pthread_mutex_unlock(&journal->state);
    const pt_status st = pt_idx_find(journal->idx, journal->keyring, id, &indexed[0], &indexed[1]);
    const bool in_index = pt_ok(st);
    PT_ENSURE(in_index || st.code == (uint32_t)PT_E_ABSENT, st.code);
    PT_ENSURE(!unknown || (in_index && in_tail), PT_E_AGAIN); /* one half may be in the gap */
    PT_ENSURE(in_index || in_tail, PT_E_ABSENT);
    *ret_first = in_index ? indexed[0] : tail[0];
    *ret_last = in_tail ? tail[1] : indexed[1];
    return PT_SUCCESS;
}
