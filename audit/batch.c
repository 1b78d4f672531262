/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * batch.c -- sealing the records of one commit.
 *
 * An entry costs about five microseconds of hashing and sealing, a share of a large flush about
 * three: from some dozens of records on, a second thread seals the second half. Entries do not
 * depend on each other, so the result is the same. Layer 1 (audit).
 */
#include "audit/batch_int.h"

#include <pthread.h>
#include <stdlib.h>

#define SPLIT_MIN 32U /* below, waking the other thread costs more than it gains */

/* Consecutive records of a batch. */
struct half {
    struct pt_sealer *sealer;
    const struct pt_month_keys *keys;
    const struct pt_record *records;
    size_t from;
    size_t to;
    struct pt_place place; /* of the record @from */
    struct pt_batch *batch;
    struct pt_buf *bytes;
};

struct pt_batcher {
    struct pt_sealer *sealers[2];
    pthread_t thread;
    bool started;
    pthread_mutex_t lock; /* --- */
    pthread_cond_t wake;
    pthread_cond_t done;
    struct half job;
    bool working; /* from the order to its end */
    bool stop;
    pt_status result;
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

/* --- one half ------------------------------------------------------------------------------ */

static pt_status seal_half(struct half *half)
{
    struct pt_batch *const batch = half->batch;

    pt_buf_clear(half->bytes);
    for (size_t i = half->from; i < half->to; i++, half->place.seq++) {
        const struct pt_record *const record = &half->records[i];
        struct pt_tail_entry *const entry = &batch->entries[i];
        PT_TRY(pt_sealer_seal(half->sealer, half->keys, record, &half->place, half->bytes,
                              &entry->leaf));
        entry->exchange = record->exchange;
        entry->type = record->type;
        batch->ends[i] = half->bytes->len;
    }
    size_t at = 0;
    for (size_t i = half->from; i < half->to; i++) { /* only now does the buffer stay in place */
        batch->values[i] = pt_slice_of(half->bytes->ptr + at, batch->ends[i] - at);
        at = batch->ends[i];
    }
    return PT_SUCCESS;
}

/* --- the second thread --------------------------------------------------------------------- */

static void *work(void *arg)
{
    struct pt_batcher *const batcher = arg;

    (void)pthread_mutex_lock(&batcher->lock);
    while (!batcher->stop) {
        if (!batcher->working) {
            (void)pthread_cond_wait(&batcher->wake, &batcher->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&batcher->lock);
        const pt_status st = seal_half(&batcher->job);
        (void)pthread_mutex_lock(&batcher->lock);
        batcher->result = st;
        batcher->working = false;
        (void)pthread_cond_signal(&batcher->done);
    }
    (void)pthread_mutex_unlock(&batcher->lock);
    return NULL;
}

static void order(struct pt_batcher *batcher, const struct half *half)
{
    (void)pthread_mutex_lock(&batcher->lock);
    batcher->job = *half;
    batcher->working = true;
    (void)pthread_cond_signal(&batcher->wake);
    (void)pthread_mutex_unlock(&batcher->lock);
}

static pt_status collect(struct pt_batcher *batcher)
{
    (void)pthread_mutex_lock(&batcher->lock);
    while (batcher->working) {
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

/* --- both halves ---------------------------------------------------------------------------- */

PT_RESULT pt_batcher_seal(struct pt_batcher *batcher, const struct pt_month_keys *keys,
                          const struct pt_place *place, const struct pt_record *records, size_t n,
                          struct pt_batch *batch)
{
    const size_t split = n < SPLIT_MIN ? n : (n + 1U) / 2U;
    struct half mine = {.sealer = batcher->sealers[0],
                        .keys = keys,
                        .records = records,
                        .to = split,
                        .place = *place,
                        .batch = batch,
                        .bytes = &batch->bytes[0]};
    struct half other = mine;

    other.sealer = batcher->sealers[1];
    other.bytes = &batch->bytes[1];
    other.from = split;
    other.to = n;
    other.place.seq += split;
    if (split != n) {
        order(batcher, &other);
    }
    pt_status st = seal_half(&mine);
    if (split != n) {
        const pt_status theirs = collect(batcher);
        st = pt_ok(st) ? theirs : st;
    }
    batch->first = place->seq;
    batch->n = n;
    batch->month = keys->month;
    return st;
}
