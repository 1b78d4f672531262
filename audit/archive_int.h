/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * archive_int.h -- the inside of an archive, for archive.c, archive_list.c and archive_proof.c.
 *
 * Private to audit/.
 */
#ifndef POTERNE_AUDIT_ARCHIVE_INT_H
#define POTERNE_AUDIT_ARCHIVE_INT_H

#include "audit/journal_int.h"
#include "audit/leaf_read_int.h"
#include "audit/stored_int.h"
#include "audit/tlog_int.h"
#include "poterne/audit/query.h"
#include "poterne/base/file.h"

struct pt_archive {
    struct pt_journal *journal; /* NULL: alone on a directory */
    struct pt_months *months;
    struct pt_keyring *keyring; /* NULL: no keys */
    struct pt_idx *idx;         /* alone: our own; NULL when there is none */
    struct pt_view *view;
    struct pt_cipher *cipher;
    struct pt_month_keys keys; /* of the month last read; .month 0: none */
    struct pt_buf value;       /* the stored entry last read: no transaction outlives a call */
    struct pt_buf plain_s;
    struct pt_buf plain_a;
    struct pt_tile_source tiles;
    char dir[PT_PATH_MAX];
};

/** The stored value of @seq copied into archive->value and cut up; the transaction stays open. */
PT_RESULT pt_archive_fetch(struct pt_archive *archive, uint64_t seq, struct pt_stored *ret_stored,
                           struct pt_leaf *ret_leaf);
/** Open both boxes of the fetched entry into plain_s and plain_a. @return PT_E_ABSENT no keys */
PT_RESULT pt_archive_unseal(struct pt_archive *archive, uint64_t seq,
                            const struct pt_stored *stored);
/** The entry as far as it can be read; @clear: leave the boxes closed. */
void pt_archive_entry(struct pt_archive *archive, const struct pt_stored *stored,
                      const struct pt_leaf *leaf, bool clear, struct pt_entry *ret_entry);

/* An exchange that belongs to the client who asks. */
struct pt_owned {
    uint64_t first;
    uint64_t last;
    uint64_t asked_ms;
};
/** @return PT_E_ABSENT unknown or another's */
PT_RESULT pt_archive_own(struct pt_archive *archive, const struct pt_uuid *id, pt_slice client,
                         struct pt_owned *ret);

/* Members of a JSON object, each with its leading comma; empty texts are null. */
void pt_json_key(struct pt_buf *out, const char *key);
void pt_json_text(struct pt_buf *out, const char *key, pt_slice value);
void pt_json_time(struct pt_buf *out, const char *key, uint64_t time_ms);
void pt_json_fields(struct pt_buf *out, pt_slice fields);

#endif /* POTERNE_AUDIT_ARCHIVE_INT_H */
