/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * batch.c -- sealing the records of one commit.
 *
 * An entry costs about five microseconds of hashing and sealing, its part of a large flush about
 * two: from some dozens of records on, a second thread takes its share. Entries do not depend on
 * each other, so the result is the same whoever makes them. Layer 1 (audit).
 */
#include "audit/batch_int.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SHARE_MIN 32U /* below, waking the other thread costs more than it gains */
#define SHARE     8U  /* records taken at a time: who wakes up late takes fewer */

/* One batch under work, by one or two threads. */
struct job {
    const struct pt_month_keys *keys;
    const struct pt_record *records;
    size_t n;
    struct pt_place place; /* of the first record */
    struct pt_batch *batch;
    atomic_size_t taken;
};

enum helper { IDLE = 0, ORDERED, WORKING };

struct pt_batcher {
    struct pt_sealer *sealers[2];
    struct job job;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock; /* --- */
    pthread_cond_t wake;
    pthread_cond_t done;
    enum helper helper;
    bool stop;
    pt_status result; /* of the helper */
};

void pt_batch_init(struct pt_batch *batch)
{
    pt_buf_init(&batch->bytes[0], PT_LOG_STAGE_MAX);
    pt_buf_init(&batch->bytes[1], PT_LOG_STAGE_MAX);
}

void pt_batch_done(struct pt_batch *batch)
{
    pt_buf_done(&batch->bytes[0]);
    pt_buf_done(&batch->bytes[1]);
}

/* --- records -------------------------------------------------------------------------------- */

static pt_status seal_one(struct pt_batcher *batcher, unsigned by, size_t i)
{
    struct job *const job = &batcher->job;
    struct pt_batch *const batch = job->batch;
    struct pt_buf *const bytes = &batch->bytes[by];
    struct pt_place place = job->place;
    const size_t at = bytes->len;

    place.seq += i;
    PT_TRY(pt_sealer_seal(batcher->sealers[by], job->keys, &job->records[i], &place, bytes,
                          &batch->entries[i].leaf));
    batch->entries[i].exchange = job->records[i].exchange;
    batch->entries[i].type = job->records[i].type;
    batch->places[i] = (struct pt_batch_place){.by = by, .at = at, .len = bytes->len - at};
    return PT_SUCCESS;
}

/* Take shares until none is left. */
static pt_status seal_shares(struct pt_batcher *batcher, unsigned by)
{
    struct job *const job = &batcher->job;

    for (;;) {
        const size_t from = atomic_fetch_add(&job->taken, SHARE);
        for (size_t i = from; i < from + SHARE && i < job->n; i++) {
            PT_TRY(seal_one(batcher, by, i));
        }
        if (from + SHARE >= job->n) {
            return PT_SUCCESS;
        }
    }
}

/* --- the second thread --------------------------------------------------------------------- */

static void *work(void *arg)
{
    struct pt_batcher *const batcher = arg;

    (void)pthread_mutex_lock(&batcher->lock);
    while (!batcher->stop) {
        if (batcher->helper != ORDERED) {
            (void)pthread_cond_wait(&batcher->wake, &batcher->lock);
            continue;
        }
        batcher->helper = WORKING;
        (void)pthread_mutex_unlock(&batcher->lock);
        const pt_status st = seal_shares(batcher, 1U);
        (void)pthread_mutex_lock(&batcher->lock);
        batcher->result = st;
        batcher->helper = IDLE;
        (void)pthread_cond_signal(&batcher->done);
    }
    (void)pthread_mutex_unlock(&batcher->lock);
    return NULL;
}

static void order(struct pt_batcher *batcher)
{
    (void)pthread_mutex_lock(&batcher->lock);
    batcher->result = PT_SUCCESS;
    batcher->helper = ORDERED;
    (void)pthread_cond_signal(&batcher->wake);
    (void)pthread_mutex_unlock(&batcher->lock);
}

/* Whoever has not begun yet is not needed any more. */
static pt_status collect(struct pt_batcher *batcher)
{
    (void)pthread_mutex_lock(&batcher->lock);
    if (batcher->helper == ORDERED) {
        batcher->helper = IDLE;
    }
    while (batcher->helper == WORKING) {
        (void)pthread_cond_wait(&batcher->done, &batcher->lock);
    }
    const pt_status st = batcher->result;
    (void)pthread_mutex_unlock(&batcher->lock);
    return st;
}

/* --- life ---------------------------------------------------------------------------------- */

static pt_status batcher_fill(struct pt_batcher *batcher)
{
    PT_TRY(pt_sealer_new(&batcher->sealers[0]));
    PT_TRY(pt_sealer_new(&batcher->sealers[1]));
    PT_ENSURE(pthread_create(&batcher->thread, NULL, work, batcher) == 0, PT_E_NOMEM);
    batcher->started = true;
    return PT_SUCCESS;
}

PT_RESULT pt_batcher_new(struct pt_batcher **ret_batcher)
{
    struct pt_batcher *batcher = calloc(1, sizeof *batcher);

    PT_ENSURE(batcher != NULL, PT_E_NOMEM);
    PT_BUG_ON(pthread_mutex_init(&batcher->lock, NULL) != 0 ||
              pthread_cond_init(&batcher->wake, NULL) != 0 ||
              pthread_cond_init(&batcher->done, NULL) != 0);
    const pt_status st = batcher_fill(batcher);
    if (!pt_ok(st)) {
        (void)pt_batcher_free(batcher);
        return st;
    }
    *ret_batcher = batcher;
    return PT_SUCCESS;
}

struct pt_batcher *pt_batcher_free(struct pt_batcher *batcher)
{
    if (batcher != NULL) {
        if (batcher->started) {
            (void)pthread_mutex_lock(&batcher->lock);
            batcher->stop = true;
            (void)pthread_cond_signal(&batcher->wake);
            (void)pthread_mutex_unlock(&batcher->lock);
            (void)pthread_join(batcher->thread, NULL);
        }
        batcher->sealers[0] = pt_sealer_free(batcher->sealers[0]);
        batcher->sealers[1] = pt_sealer_free(batcher->sealers[1]);
        (void)pthread_cond_destroy(&batcher->wake);
        (void)pthread_cond_destroy(&batcher->done);
        (void)pthread_mutex_destroy(&batcher->lock);
        free(batcher);
    }
    return NULL;
}

/* --- one batch ------------------------------------------------------------------------------- */

/* Only now do the buffers stay where they are. */
static void point(struct pt_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++) {
        const struct pt_batch_place *const place = &batch->places[i];
        batch->values[i] = pt_slice_of(batch->bytes[place->by].ptr + place->at, place->len);
    }
}

PT_RESULT pt_batcher_seal(struct pt_batcher *batcher, const struct pt_month_keys *keys,
                          const struct pt_place *place, const struct pt_record *records, size_t n,
                          struct pt_batch *batch)
{
    struct job *const job = &batcher->job;

    pt_buf_clear(&batch->bytes[0]);
    pt_buf_clear(&batch->bytes[1]);
    job->keys = keys;
    job->records = records;
    job->n = n;
    job->place = *place;
    job->batch = batch;
    atomic_store(&job->taken, 0U);
    if (n >= SHARE_MIN) {
        order(batcher);
    }
    const pt_status mine = seal_shares(batcher, 0U);
    const pt_status theirs = n >= SHARE_MIN ? collect(batcher) : PT_SUCCESS;
    PT_TRY(mine);
    PT_TRY(theirs);
    batch->first = place->seq;
    batch->n = n;
    batch->month = keys->month;
    point(batch);
    return PT_SUCCESS;
}
