/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * store_int.h -- the durable store: one LMDB environment a month, seq -> stored value.
 *
 * struct pt_months is every month of one log directory. It is opened once in a process (LMDB's
 * rule) and shared by the commit thread (append), the sealing thread and readers (views). Months
 * only get added; what is open stays open until pt_months_close. Private to audit/; lmdb.h is
 * included by store*.c alone.
 */
#ifndef POTERNE_AUDIT_STORE_INT_H
#define POTERNE_AUDIT_STORE_INT_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

struct pt_months;
struct pt_view;

struct pt_months_options {
    const char *dir;    /* the log directory: months are in dir/log/YYYY-MM */
    bool writable;      /* false: nothing is created, environments are opened read-only */
    uint64_t map_bytes; /* of the month that is written; 0: PT_LOG_MAP_MAX */
    uint64_t ahead;     /* bytes zeroed ahead of the end of the file; 0: none */
    bool lenient;       /* for the verifier: open months with gaps too, so that it can name them */
};

PT_RESULT pt_months_open(const struct pt_months_options *options, struct pt_months **ret_months);
struct pt_months *pt_months_close(struct pt_months *months); /* accepts NULL */

/** Number after the last committed entry; months before the first kept one count too. */
PT_RESULT pt_months_size(struct pt_months *months, uint64_t *ret_size);
/** Number of the oldest entry still stored (0 unless months were purged, or nothing is there). */
uint64_t pt_months_first(struct pt_months *months);
/** Which month holds @seq: 202611. @return PT_E_ABSENT */
PT_RESULT pt_months_of(struct pt_months *months, uint64_t seq, uint32_t *ret_month);
/** The @i-th month from the oldest and what it holds. @return PT_E_ABSENT when there are fewer */
struct pt_month_span {
    uint32_t month;
    uint64_t first; /* has a meaning when n is not zero */
    uint64_t n;
};
PT_RESULT pt_months_nth(struct pt_months *months, size_t i, struct pt_month_span *ret);
/** The newest month, 0 when there is none. */
uint32_t pt_months_last(struct pt_months *months);

/* --- writing: the commit thread alone --------------------------------------------------- */
/** Make @month the one that is written; creates its environment when it is missing. */
PT_RESULT pt_months_enter(struct pt_months *months, uint32_t month);
/**
 * Zero the file ahead of its end, so that a commit allocates no block (audit-log design 2.5), and
 * free the slots of readers that died. For the sealing thread, beside a commit thread.
 * @return PT_E_IO: a flush of the store failed, write no more
 */
PT_RESULT pt_months_tend(struct pt_months *months);
/**
 * Entries first, first + 1, ... in one durable transaction.
 * @return PT_E_FULL the map is full, nothing was written · PT_E_IO: in doubt, write no more
 */
PT_RESULT pt_months_append(struct pt_months *months, uint64_t first, const pt_slice *values,
                           size_t n);

/* --- reading: any thread, each with its own view ----------------------------------------- */
PT_RESULT pt_view_open(struct pt_months *months, struct pt_view **ret_view);
struct pt_view *pt_view_close(struct pt_view *view); /* accepts NULL */
/**
 * The stored value of @seq. The slice lives until the next call on the view. Ascending reads are
 * the fast ones. The read transaction stays open until pt_view_reset: the caller resets every
 * PT_READ_TXN_ROWS_MAX rows or PT_READ_TXN_MS, and to see what was committed since.
 * @return PT_E_ABSENT, PT_E_IO, PT_E_CORRUPT
 */
PT_RESULT pt_view_get(struct pt_view *view, uint64_t seq, pt_slice *ret_value);
void pt_view_reset(struct pt_view *view);

#endif /* POTERNE_AUDIT_STORE_INT_H */
