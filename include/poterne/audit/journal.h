/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * journal.h -- the write side of the log: one writer, group commit, tiles and checkpoints.
 *
 * Threads: any number may pt_journal_append(); batches are committed one after the other, in the
 * order of their numbers, and with two threads one batch is sealed while the other is flushed (1.1
 * to 1.6 times the throughput of one from 64 records on). pt_journal_seal() is for another thread;
 * pt_journal_close() when all have stopped. Nothing here signs in the commit path.
 * After any failed commit the journal refuses everything until it is opened again: a log in doubt
 * is never written to. (audit-log design 2.5; R.114-9-6 integrity; LOG-06.) Layer 1 (audit).
 */
#ifndef POTERNE_AUDIT_JOURNAL_H
#define POTERNE_AUDIT_JOURNAL_H

#include "poterne/audit/merkle.h"
#include "poterne/audit/record.h"
#include "poterne/ports.h"

struct pt_journal;

struct pt_journal_options {
    const char *dir;  /* the log directory; log/, idx/, tlog/, keys/ live below */
    pt_slice origin;  /* first line of every checkpoint, name in the signed notes */
    pt_slice gateway; /* "gw" of the leaves: short name of this door */
    const struct pt_clock *clock;
    struct pt_random_port random;
    struct pt_sign_port signers[2]; /* Ed25519 and P-256, two keys of one use */
    size_t nsigners;
    pt_slice kek;           /* 32 bytes; wraps the keyring's month secrets */
    uint64_t reserve_bytes; /* free space under which appends are refused (PT_LOG_RESERVE_BYTES) */
    uint64_t map_bytes;     /* LMDB map of one month; 0: PT_LOG_MAP_MAX */
    /* Kept zeroed ahead of the end of the store by pt_journal_seal(): a flush then allocates no
     * block, 1.1 to 1.5 times the rate at small batches (PT_LOG_AHEAD_BYTES); 0: none. */
    uint64_t ahead_bytes;
};

struct pt_journal_boot {
    uint64_t size;           /* entries found */
    uint64_t rebuilt;        /* index rows and tile hashes rebuilt */
    bool clean;              /* the last act of the previous run was an orderly close */
    uint64_t open_exchanges; /* asked without an end since the last boot entry: the caller declares
                                them by a gap entry, appended before its boot entry or with it */
};

/**
 * Open or create; recover: last durable transaction, compact range from the last full tile and the
 * tail, root compared with the last checkpoint, index rebuilt from its watermark.
 * @return PT_E_CORRUPT when the log is shorter than, or differs from, its own last checkpoint, has
 * a hole, or entries whose keys are lost; PT_E_FORGED when that checkpoint's signature is not ours
 * (keys/log.vkey), or the KEK is another; PT_E_EXISTS another writer has the log; PT_E_IO;
 * PT_E_FULL
 */
PT_RESULT pt_journal_open(const struct pt_journal_options *options, struct pt_journal **ret_journal,
                          struct pt_journal_boot *ret_boot);
struct pt_journal *pt_journal_close(struct pt_journal *journal); /* accepts NULL */

struct pt_appended {
    uint64_t seq;
    struct pt_hash leaf;
};
/**
 * Number, seal and commit @n records in one durable transaction; all or nothing.
 * On success every record is on stable storage and ret[i] tells its place. A record that has passed
 * pt_record_get() never makes this fail.
 * @return nothing was written, the journal stays usable: PT_E_FULL, PT_E_ARG, PT_E_LIMIT,
 * PT_E_NOMEM, PT_E_CRYPTO · PT_E_IO or PT_E_CORRUPT: it is poisoned and refuses everything
 */
PT_RESULT pt_journal_append(struct pt_journal *journal, const struct pt_record *records, size_t n,
                            struct pt_appended *ret);

/**
 * Bring tiles, index and the signed checkpoint up to what is committed, when there is something
 * new. Idempotent. *ret_size: size of the published checkpoint. Any thread. What fails is done
 * again by the next call; appends go on meanwhile.
 */
PT_RESULT pt_journal_seal(struct pt_journal *journal, uint64_t *ret_size);
uint64_t pt_journal_size(struct pt_journal *journal); /* committed entries; any thread */
uint64_t
pt_journal_sealed_size(struct pt_journal *journal); /* of the published checkpoint; any thread */

#endif /* POTERNE_AUDIT_JOURNAL_H */
