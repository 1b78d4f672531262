/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * batch_int.h -- sealing the records of one commit, by two threads when there are many.
 *
 * Private to audit/.
 */
#ifndef POTERNE_AUDIT_BATCH_INT_H
#define POTERNE_AUDIT_BATCH_INT_H

#include "audit/leaf_int.h"

/* What is remembered of an entry beside its stored value. */
struct pt_tail_entry {
    struct pt_hash leaf;
    struct pt_uuid exchange;
    enum pt_entry_type type;
};

/* A batch from its numbers to its commit. */
struct pt_batch {
    uint32_t month;
    uint64_t first;
    size_t n;
    struct pt_buf bytes[2]; /* stored values that each thread has made */
    struct pt_batch_place {
        unsigned by; /* whose buffer */
        size_t at;
        size_t len;
    } places[PT_BATCH_RECORDS_MAX];
    pt_slice values[PT_BATCH_RECORDS_MAX];
    struct pt_tail_entry entries[PT_BATCH_RECORDS_MAX];
};
void pt_batch_init(struct pt_batch *batch);
void pt_batch_done(struct pt_batch *batch);

struct pt_batcher;

/** Starts the second thread. */
PT_RESULT pt_batcher_new(struct pt_batcher **ret_batcher);
struct pt_batcher *pt_batcher_free(struct pt_batcher *batcher); /* accepts NULL; ends the thread */
/**
 * Seal @n records as entries place->seq and on. One caller at a time.
 * @return as pt_sealer_seal; the batch is then of no use
 */
PT_RESULT pt_batcher_seal(struct pt_batcher *batcher, const struct pt_month_keys *keys,
                          const struct pt_place *place, const struct pt_record *records, size_t n,
                          struct pt_batch *batch);

#endif /* POTERNE_AUDIT_BATCH_INT_H */
