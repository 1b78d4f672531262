/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * logkit.h -- a throw-away log for tests and benches: a folder, a clock that only the test moves,
 * counted random bytes, two fixed signing keys (tests/fixtures/log), their log.vkey.
 */
#ifndef POTERNE_TESTS_LOGKIT_H
#define POTERNE_TESTS_LOGKIT_H

#include "poterne/audit/journal.h"
#include "poterne/pki/key.h"

#define LOGKIT_START_MS 1795478400123ULL /* 2026-11-24T00:00:00.123Z */
#define LOGKIT_ORIGIN   "trace.admiville.example/gw1"

struct logkit {
    char dir[256];
    uint64_t now_ms;
    uint64_t random;
    bool no_random;
    struct pt_clock clock;
    struct pt_key *keys[2]; /* Ed25519, P-256 */
    struct pt_buf vkeys;
    struct pt_journal_options options;
    struct pt_journal *journal;
    struct pt_journal_boot boot;
};

/** A fresh folder under @parent (NULL: TMPDIR or /tmp); nothing is opened. Stops the test on any
 * failure. */
void logkit_init(struct logkit *kit, const char *parent);
void logkit_open(struct logkit *kit);
PT_RESULT logkit_try(struct logkit *kit);
void logkit_close(struct logkit *kit);
/** Close what is open, remove the folder. */
void logkit_done(struct logkit *kit);

/** An exchange number as a UUID of the present time of the kit, always the same. */
struct pt_uuid logkit_uuid(const struct logkit *kit, uint64_t number);
/** A record with every member that its type may have; two numbers never share a sealed value. */
struct pt_record logkit_record(const struct logkit *kit, enum pt_entry_type type, uint64_t number);
/** Append one; returns its number. */
uint64_t logkit_append(struct logkit *kit, enum pt_entry_type type, uint64_t number);
uint64_t logkit_seal(struct logkit *kit);
/** Bytes of the stored values of [first, first + n). */
uint64_t logkit_stored_bytes(struct logkit *kit, uint64_t first, uint64_t n);
/** Remove a whole folder. */
void logkit_remove(const char *dir);

#endif /* POTERNE_TESTS_LOGKIT_H */
