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

/**
 * In the scribe's process: reads through the journal's own environments and keyring. One archive a
 * thread; it is closed before the journal.
 */
PT_RESULT pt_archive_of(struct pt_journal *journal, struct pt_archive **ret_archive);
/** Alone on @dir, without keys (clear fields only) or with @kek (32 bytes). Never writes. */
PT_RESULT pt_archive_open(const char *dir, pt_slice kek, struct pt_archive **ret_archive);
struct pt_archive *pt_archive_close(struct pt_archive *archive); /* accepts NULL */
PT_RESULT pt_archive_size(struct pt_archive *archive,
                          uint64_t *ret_size);              /* entries readable now */
bool pt_archive_has_keys(const struct pt_archive *archive); /* boxes can be opened */

/* One entry as it stands. Slices live until the next call on the archive. */
struct pt_entry {
    uint64_t seq;
    pt_slice leaf; /* exact bytes that were hashed */
    bool opened;   /* boxes could be opened: the fields of .record from boxes are set */
    struct pt_record record;
    uint64_t time_ms; /* exact when opened, else the hour */
    uint64_t hour;
};
/** @return PT_E_ABSENT beyond the end, PT_E_CORRUPT not an entry of this log, PT_E_IO */
PT_RESULT pt_archive_get(struct pt_archive *archive, uint64_t seq, struct pt_entry *ret_entry);
/**
 * First and last entry of an exchange (equal when there is one), by the index and a scan of what is
 * not indexed yet. @return PT_E_ABSENT, PT_E_DENIED without keys (the identifier is sealed)
 */
PT_RESULT pt_archive_exchange(struct pt_archive *archive, const struct pt_uuid *id,
                              uint64_t *ret_first, uint64_t *ret_last);

struct pt_filter {
    pt_slice agent, dataset, procedure, outcome, channel, case_ref, client, type; /* empty: any */
    uint64_t since_ms, until_ms; /* 0: open; until is exclusive; an entry that stays closed counts
                                    with its whole hour */
    uint64_t from_seq;           /* start here */
    uint64_t end_seq;            /* stop before this one; 0: the end */
    uint64_t limit;              /* rows */
    bool clear;                  /* open no box: for counting */
};
/** Does the filter ask for something that only an opened box tells? */
bool pt_filter_needs_keys(const struct pt_filter *filter);
/**
 * Call @row for each entry that matches, in order, until @limit or the end; *ret_next is the seq to
 * continue from (0: the end). @row returning a failure stops and is returned.
 */
PT_RESULT pt_archive_list(struct pt_archive *archive, const struct pt_filter *filter,
                          PT_RESULT (*row)(void *ctx, const struct pt_entry *entry), void *ctx,
                          uint64_t *ret_next);

/**
 * The receipt of the last entry of an exchange as C2SP .tlog-proof text: every disclosure of the
 * caller's own exchange, inclusion proof, published checkpoint.
 * @return PT_E_ABSENT unknown, or not @client's exchange (the two are not told apart)
 *         PT_E_AGAIN not yet covered by a checkpoint
 */
PT_RESULT pt_archive_receipt(struct pt_archive *archive, const struct pt_uuid *id, pt_slice client,
                             struct pt_buf *out);
/**
 * GET /v1/exchanges/{id} (INTERFACES 3.2): the caller's own exchange as JSON: outcome, times,
 * dataset, procedure, fields delivered. @return PT_E_ABSENT as above
 */
PT_RESULT pt_archive_status(struct pt_archive *archive, const struct pt_uuid *id, pt_slice client,
                            struct pt_buf *out);
/** Inclusion proof of any entry, without disclosures. @return PT_E_ABSENT, PT_E_AGAIN */
PT_RESULT pt_archive_prove(struct pt_archive *archive, uint64_t seq, struct pt_buf *out);
/** The published checkpoint as it stands. @return PT_E_ABSENT before the first one */
PT_RESULT pt_archive_checkpoint(struct pt_archive *archive, struct pt_buf *out);

/** {"seq":…,"type":…,…}: one entry as `poterne-audit list` gives it; null what is not readable. */
PT_RESULT pt_entry_json(const struct pt_entry *entry, struct pt_buf *out);

#endif /* POTERNE_AUDIT_QUERY_H */
