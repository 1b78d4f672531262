/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * query.h -- the read side of the log: entries by number, by exchange, by filter, opened when the
 * reader holds the keyring. Read transactions are short (PT_READ_TXN_MS, PT_READ_TXN_ROWS_MAX).
 * Works beside the writer in the same process (share the journal's environments) or alone on a
 * copy of the directory. Layer 1 (audit).
 */
#ifndef POTERNE_AUDIT_QUERY_H
#define POTERNE_AUDIT_QUERY_H

#include "poterne/audit/journal.h"

struct pt_archive;

/** In the scribe's process: reads through the journal's own environments and keyring. */
PT_RESULT pt_archive_of(struct pt_journal *journal, struct pt_archive **ret_archive);
/** Alone on @dir, without keys (clear fields only) or with @kek (32 bytes). Never writes. */
PT_RESULT pt_archive_open(const char *dir, pt_slice kek, struct pt_archive **ret_archive);
struct pt_archive *pt_archive_close(struct pt_archive *archive);
uint64_t pt_archive_size(struct pt_archive *archive); /* entries readable now */

/* One entry as it stands. Slices live until the next call on the archive. */
struct pt_entry {
    uint64_t seq;
    pt_slice leaf;    /* exact bytes that were hashed */
    bool opened;      /* boxes could be opened: the fields of .record from boxes are set */
    struct pt_record record;
    uint64_t time_ms; /* exact when opened, else the hour */
    uint64_t hour;
};
PT_RESULT pt_archive_get(struct pt_archive *archive, uint64_t seq, struct pt_entry *ret_entry);
/** First and last entry of an exchange (equal when there is one). @return PT_E_ABSENT */
PT_RESULT pt_archive_exchange(struct pt_archive *archive, const struct pt_uuid *id,
                              uint64_t *ret_first, uint64_t *ret_last);

struct pt_filter {
    pt_slice agent, dataset, procedure, outcome, channel, case_ref, client, type, exchange; /* empty: any */
    uint64_t since_ms, until_ms; /* 0: open; until is exclusive */
    uint64_t from_seq;           /* start here */
    uint64_t limit;              /* rows */
};
/**
 * Call @row for each entry that matches, in order, until @limit or the end; *ret_next is the seq to
 * continue from (0: the end). @row returning a failure stops and is returned.
 */
PT_RESULT pt_archive_list(struct pt_archive *archive, const struct pt_filter *filter,
                          PT_RESULT (*row)(void *ctx, const struct pt_entry *entry), void *ctx,
                          uint64_t *ret_next);

/**
 * The receipt of the last entry of an exchange as C2SP .tlog-proof text: disclosures the caller is
 * entitled to (all but none of another's), inclusion proof, published checkpoint.
 * @return PT_E_ABSENT unknown, or not @client's exchange (the two are not told apart)
 *         PT_E_AGAIN not yet covered by a checkpoint
 */
PT_RESULT pt_archive_receipt(struct pt_archive *archive, const struct pt_uuid *id, pt_slice client,
                             struct pt_buf *out);
/** Inclusion proof of any entry, without disclosures. */
PT_RESULT pt_archive_prove(struct pt_archive *archive, uint64_t seq, struct pt_buf *out);

#endif /* POTERNE_AUDIT_QUERY_H */
