/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * store_idx_int.h -- the rebuildable index: which entries belong to an exchange.
 *
 * One LMDB environment a month beside the store. The sealing thread writes it; readers look up.
 * An index row never says more than the tag of an exchange, which dies with the month's pepper.
 * Private to audit/.
 */
#ifndef POTERNE_AUDIT_STORE_IDX_INT_H
#define POTERNE_AUDIT_STORE_IDX_INT_H

#include "audit/keyring_int.h"
#include "poterne/audit/record.h"

struct pt_idx;

/** dir/idx/YYYY-MM; writable false: nothing is created. */
PT_RESULT pt_idx_open(const char *dir, bool writable, struct pt_idx **ret_idx);
struct pt_idx *pt_idx_close(struct pt_idx *idx); /* accepts NULL */

/**
 * First and last entry of an exchange. Looked up in the month of the identifier's time and its two
 * neighbours (a clock that stepped back, an answer after midnight). @return PT_E_ABSENT, PT_E_IO
 */
PT_RESULT pt_idx_find(struct pt_idx *idx, struct pt_keyring *keyring, const struct pt_uuid *id,
                      uint64_t *ret_first, uint64_t *ret_last);
/** Next entry to index: the newest watermark, 0 when there is none. */
PT_RESULT pt_idx_watermark(struct pt_idx *idx, uint64_t *ret_seq);
/** Next entry of @month to index, 0 when nothing of it is. */
PT_RESULT pt_idx_watermark_of(struct pt_idx *idx, uint32_t month, uint64_t *ret_seq);
/** Exchanges asked that have neither an end nor a boot entry after them, of the last two months. */
PT_RESULT pt_idx_open_exchanges(struct pt_idx *idx, uint64_t *ret_count);

/* --- writing: the sealing thread alone --------------------------------------------------- */
struct pt_idx_row {
    uint64_t seq;
    struct pt_uuid exchange; /* all zero: not about an exchange */
    enum pt_entry_type type;
};
/**
 * Rows of @month (PT_IDX_ROWS_MAX at most), in order, and the watermark after them, in one
 * transaction. Doing it again is harmless.
 */
PT_RESULT pt_idx_put(struct pt_idx *idx, struct pt_keyring *keyring, uint32_t month,
                     const struct pt_idx_row *rows, size_t n);

#endif /* POTERNE_AUDIT_STORE_IDX_INT_H */
