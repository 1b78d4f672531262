/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * journal_state_int.h -- the inside of a journal, for journal*.c, seal.c and recover.c.
 *
 * Who holds what: `build` numbers and seals one batch; `commit` writes one batch; a thread takes
 * `commit` before it lets go of `build`, so batches are written in the order of their numbers while
 * the next one is being sealed. `state` guards what other threads ask for and is never held over
 * I/O. `sealing` is one checkpoint at a time. Order: build, commit, state; sealing, state.
 */
#ifndef POTERNE_AUDIT_JOURNAL_STATE_INT_H
#define POTERNE_AUDIT_JOURNAL_STATE_INT_H

#include "audit/batch_int.h"
#include "audit/journal_int.h"
#include "audit/stored_int.h"
#include "audit/tiles_int.h"
#include "poterne/audit/note.h"
#include "poterne/base/file.h"

#include <pthread.h>

struct pt_journal {
    /* immutable after open */
    char dir[PT_PATH_MAX];
    struct pt_buf names; /* origin and gateway */
    pt_slice origin;
    pt_slice gateway;
    const struct pt_clock *clock;
    struct pt_random_port random;
    struct pt_sign_port signers[2];
    size_t nsigners;
    uint64_t reserve_bytes;
    uint64_t ahead_bytes;
    int lock_fd; /* one writer a directory */
    struct pt_months *months;
    struct pt_idx *idx;
    struct pt_keyring *keyring;

    pthread_mutex_t build; /* --- */
    struct pt_batcher *batcher;
    struct pt_month_keys keys; /* of the month that is written */
    uint64_t last_ms;          /* time never goes back */
    size_t turn;               /* which batch is free */
    struct pt_batch *batches;  /* two */

    pthread_mutex_t commit; /* --- */
    struct pt_range growing;

    pthread_mutex_t state; /* --- */
    uint64_t next;         /* number of the next record to be sealed */
    uint64_t indexed;      /* next entry to index */
    uint64_t sealed;       /* size of the published checkpoint */
    struct pt_range range; /* of what is committed */
    bool poisoned;
    struct pt_tail_entry *tail; /* ring by seq % PT_LOG_TAIL */
    uint64_t tail_from;         /* oldest entry that the ring holds */

    pthread_mutex_t sealing; /* --- */
    struct pt_tiles *tiles;
    struct pt_view *view;
    struct pt_cipher *cipher;
    struct pt_month_keys index_keys; /* of the month being indexed; .month 0: none */
    struct pt_buf scratch;
    struct pt_idx_row *rows;
    size_t nrows;
    uint32_t rows_month;
    uint64_t queued;     /* next entry to queue for the index */
    uint64_t indexed_us; /* when the index was last written */
};

/* --- journal_tail.c (caller holds `state`) ------------------------------------------------ */
void pt_tail_push(struct pt_journal *journal, uint64_t seq, const struct pt_tail_entry *entry);
/** false when the ring has gone past @seq */
bool pt_tail_get(const struct pt_journal *journal, uint64_t seq, struct pt_tail_entry *ret);
/** First and last place of an exchange in [from, size); false when it is not there. */
bool pt_tail_find(const struct pt_journal *journal, uint64_t from, const struct pt_uuid *id,
                  uint64_t *ret_first, uint64_t *ret_last);

/* --- journal.c ---------------------------------------------------------------------------- */
/** Nothing is written any more until the journal is opened again. */
void pt_journal_poison(struct pt_journal *journal);

/* --- seal.c ------------------------------------------------------------------------------- */
/**
 * Entry @seq out of the store, for tiles and index: its leaf, and what the tail would have said.
 * *ret_value lives until the next read of the view. @return PT_E_CORRUPT
 */
PT_RESULT pt_seal_read(struct pt_journal *journal, uint64_t seq, struct pt_stored *ret_stored,
                       struct pt_tail_entry *ret_entry);
/** The instant of entry @seq, out of its box. @return PT_E_CORRUPT when the box does not tell */
PT_RESULT pt_seal_time(struct pt_journal *journal, uint64_t seq, uint64_t *ret_ms);
/** Queue a row for the index, writing the queue when it is full or the month changes. */
PT_RESULT pt_seal_index(struct pt_journal *journal, uint64_t seq, uint32_t month,
                        const struct pt_tail_entry *entry);
PT_RESULT pt_seal_index_flush(struct pt_journal *journal);

/* --- checkpoint.c -------------------------------------------------------------------------- */
/** The signed note for @head appended to @out. */
PT_RESULT pt_checkpoint_sign(const struct pt_journal *journal, const struct pt_tree_head *head,
                             struct pt_buf *out);

/* --- recover.c ----------------------------------------------------------------------------- */
PT_RESULT pt_journal_recover(struct pt_journal *journal, struct pt_journal_boot *ret_boot);
/** The mark of an orderly close: the size of the log then. */
PT_RESULT pt_journal_mark_closed(const struct pt_journal *journal);

#endif /* POTERNE_AUDIT_JOURNAL_STATE_INT_H */
