/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * journal_int.h -- what the read side borrows from a journal of the same process.
 *
 * All three live as long as the journal. Private to audit/.
 */
#ifndef POTERNE_AUDIT_JOURNAL_INT_H
#define POTERNE_AUDIT_JOURNAL_INT_H

#include "audit/keyring_int.h"
#include "audit/store_idx_int.h"
#include "audit/store_int.h"
#include "poterne/audit/journal.h"

struct pt_months *pt_journal_months(struct pt_journal *journal);
struct pt_keyring *pt_journal_keyring(struct pt_journal *journal);
const char *pt_journal_dir(const struct pt_journal *journal);
/**
 * First and last entry of an exchange among all committed ones: the index, then the tail that is
 * not indexed yet. Any thread. @return PT_E_ABSENT, PT_E_IO
 */
PT_RESULT pt_journal_find(struct pt_journal *journal, const struct pt_uuid *id, uint64_t *ret_first,
                          uint64_t *ret_last);

#endif /* POTERNE_AUDIT_JOURNAL_INT_H */
