/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * journal_tail.c -- the newest entries in memory, for the index and for those who ask at once.
 *
 * A ring of fixed size: when sealing lags behind, the oldest are forgotten here and read from the
 * store instead. Layer 1 (audit).
 */
#include "audit/journal_state_int.h"

void pt_tail_push(struct pt_journal *journal, uint64_t seq, const struct pt_tail_entry *entry)
{
    journal->tail[seq % PT_LOG_TAIL] = *entry;
    if (seq - journal->tail_from >= PT_LOG_TAIL) {
        journal->tail_from = seq - PT_LOG_TAIL + 1U;
    }
}

bool pt_tail_get(const struct pt_journal *journal, uint64_t seq, struct pt_tail_entry *ret)
{
    if (seq < journal->tail_from || seq >= journal->range.size) {
        return false;
    }
    *ret = journal->tail[seq % PT_LOG_TAIL];
    return true;
}

/* Consultations and incidents may name an exchange without being a part of it. */
static bool part_of(const struct pt_tail_entry *entry, const struct pt_uuid *id)
{
    return (unsigned)entry->type <= (unsigned)PT_ENTRY_FAILED &&
           memcmp(&entry->exchange, id, sizeof *id) == 0;
}

bool pt_tail_find(const struct pt_journal *journal, uint64_t from, const struct pt_uuid *id,
                  uint64_t *ret_first, uint64_t *ret_last)
{
    bool found = false;

    from = from > journal->tail_from ? from : journal->tail_from;
    for (uint64_t seq = from; seq < journal->range.size; seq++) {
        if (part_of(&journal->tail[seq % PT_LOG_TAIL], id)) {
            *ret_first = found ? *ret_first : seq;
            *ret_last = seq;
            found = true;
        }
    }
    return found;
}
