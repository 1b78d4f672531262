/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * store_view.c -- reading entries, month after month, in short transactions.
 *
 * Law: a reader never holds up the writer; a transaction that stays open pins every page that is
 * replaced meanwhile (60 MB for 2,000 commits), so views are reset often. Layer 1 (audit).
 */
#include "audit/store_set_int.h"

#include "poterne/base/codec.h"

#include <stdlib.h>

struct pt_view {
    struct pt_months *months;
    uint32_t month; /* of the transaction; 0: none is open */
    MDB_txn *txn;
    MDB_cursor *cursor;
    uint64_t next; /* where the cursor would go with MDB_NEXT */
};

PT_RESULT pt_view_open(struct pt_months *months, struct pt_view **ret_view)
{
    struct pt_view *const view = calloc(1, sizeof *view);

    PT_ENSURE(view != NULL, PT_E_NOMEM);
    view->months = months;
    *ret_view = view;
    return PT_SUCCESS;
}

void pt_view_reset(struct pt_view *view)
{
    if (view->cursor != NULL) {
        mdb_cursor_close(view->cursor);
        view->cursor = NULL;
    }
    if (view->txn != NULL) {
        mdb_txn_abort(view->txn);
        view->txn = NULL;
    }
    view->month = 0;
}

struct pt_view *pt_view_close(struct pt_view *view)
{
    if (view != NULL) {
        pt_view_reset(view);
        free(view);
    }
    return NULL;
}

static pt_status begin(struct pt_view *view, const struct pt_month_store *store)
{
    pt_view_reset(view);
    PT_TRY(pt_env_status(mdb_txn_begin(store->env, NULL, (unsigned)MDB_RDONLY, &view->txn)));
    PT_TRY(pt_env_status(mdb_cursor_open(view->txn, store->dbi, &view->cursor)));
    view->month = store->month;
    view->next = UINT64_MAX;
    return PT_SUCCESS;
}

static pt_status seek(struct pt_view *view, uint64_t seq, pt_slice *ret_value)
{
    uint8_t bytes[8];
    MDB_val key = {.mv_size = sizeof bytes, .mv_data = bytes};
    MDB_val value = {0};
    const bool follows = seq == view->next;

    pt_be64_put(bytes, seq);
    view->next = UINT64_MAX;
    PT_TRY(pt_env_status(
        mdb_cursor_get(view->cursor, &key, &value, follows ? MDB_NEXT : MDB_SET_KEY)));
    PT_ENSURE(key.mv_size == 8U && pt_be64_get(key.mv_data) == seq, PT_E_CORRUPT);
    view->next = seq + 1U;
    *ret_value = pt_slice_of(value.mv_data, value.mv_size);
    return PT_SUCCESS;
}

PT_RESULT pt_view_get(struct pt_view *view, uint64_t seq, pt_slice *ret_value)
{
    struct pt_month_store store;

    PT_TRY(pt_months_find(view->months, seq, &store));
    if (view->month == store.month) {
        const pt_status st = seek(view, seq, ret_value);
        if (st.code != (uint32_t)PT_E_ABSENT) {
            return st;
        }
    } /* committed after the transaction began: look again with a new one */
    PT_TRY(begin(view, &store));
    return seek(view, seq, ret_value);
}
