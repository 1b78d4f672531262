/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The verifier of a whole log directory against somebody who may write to the disk and to the
 * database. Covers LOG-12 (flip, delete, truncate, swap, roll back) and R.114-9-6 (integrity).
 */
#include "log_files.h"

#include "audit/journal_int.h"
#include "audit/stored_int.h"
#include "poterne/base/codec.h"

#include <criterion/criterion.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>

#define SMALL 6U   /* exchanges: 12 entries */
#define LARGE 137U /* 274 entries */

static const struct log_file *file_named(const struct log_files *files, const char *below)
{
    for (size_t i = 0; i < files->n; i++) {
        if (strcmp(files->files[i].below, below) == 0) {
            return &files->files[i];
        }
    }
    cr_assert_fail("no file %s", below);
    return NULL;
}

/* --- the whole directory: lies
 * -------------------------------------------------------------------- */

/* Where the stored bytes stand in the file: old pages may hold them too, so every place. */
static void poke_all(const struct log_file *file, pt_slice needle, size_t at, uint8_t flip)
{
    const uint8_t *from = file->bytes;
    size_t left = file->len;
    unsigned places = 0;

    for (const uint8_t *p = memmem(from, left, needle.ptr, needle.len); p != NULL;
         p = memmem(from, left, needle.ptr, needle.len)) {
        const size_t place = (size_t)(p - file->bytes) + at;
        log_file_poke(file, place, (uint8_t)(file->bytes[place] ^ flip));
        from = p + 1;
        left = file->len - (size_t)(from - file->bytes);
        places++;
    }
    cr_assert_gt(places, 0U);
}

/* A copy of a stored value, to look for. */
static size_t stored_value(struct logkit *kit, uint64_t seq, uint8_t out[static 4096],
                           size_t *ret_leaf)
{
    struct pt_view *view = NULL;
    struct pt_stored stored;
    pt_slice value;

    cr_assert(pt_ok(pt_view_open(pt_journal_months(kit->journal), &view)));
    cr_assert(pt_ok(pt_view_get(view, seq, &value)));
    cr_assert(pt_ok(pt_stored_read(value, &stored)));
    cr_assert_leq(value.len, 4096U);
    memcpy(out, value.ptr, value.len);
    *ret_leaf = stored.leaf.len;
    const size_t n = value.len;
    view = pt_view_close(view);
    return n;
}

#define ENTRIES (2U * SMALL)

Test(verify_log, every_stored_entry_counts_LOG_12, .timeout = 120)
{
    struct logkit kit;
    struct log_files files;
    static uint8_t values[ENTRIES + 4U][4096];
    size_t lens[ENTRIES + 4U];
    size_t leaves[ENTRIES + 4U];
    unsigned tried = 0;

    log_make(&kit, SMALL, 2U);
    const uint64_t size = pt_journal_size(kit.journal);
    cr_assert_leq(size, ENTRIES + 4U);
    for (uint64_t seq = 0; seq < size; seq++) {
        lens[seq] = stored_value(&kit, seq, values[seq], &leaves[seq]);
    }
    logkit_close(&kit);
    log_files_read(kit.dir, "log/2026-11", &files);
    const struct log_file *file = file_named(&files, "log/2026-11/data.mdb");
    cr_assert(log_verdict(&kit, true).ok);
    for (uint64_t seq = 0; seq < size; seq++) {
        const pt_slice needle = pt_slice_of(values[seq], lens[seq]);
        for (size_t at = seq % 17U; at < lens[seq]; at += 17U) {
            poke_all(file, needle, at, (uint8_t)(1U << (at % 8U)));
            const struct pt_verdict v = log_verdict(&kit, true);
            cr_assert(!v.ok && v.bad_seq == seq, "byte %zu of entry %llu: %s %llu", at,
                      (unsigned long long)seq, pt_fault_code(v.fault),
                      (unsigned long long)v.bad_seq);
            if (at > 3U && at < leaves[seq] && at % 3U == 0U) { /* keys are not needed for that */
                const struct pt_verdict clear = log_verdict(&kit, false);
                cr_assert(!clear.ok && clear.bad_seq == seq);
            }
            poke_all(file, needle, at, 0U);
            tried++;
        }
    }
    cr_assert(log_verdict(&kit, true).ok);
    cr_log_info("%u stored mutations", tried);
    log_files_free(&files);
    logkit_done(&kit);
}

/* LMDB has no checksum: a damaged page may do anything to its reader, but nothing to us. */
Test(verify_log, damaged_pages_of_the_database_never_take_the_verifier_down, .timeout = 120)
{
    struct logkit kit;
    struct log_files files;
    unsigned faults = 0;

    log_make(&kit, 40U, 10U);
    logkit_close(&kit);
    log_files_read(kit.dir, "log/2026-11", &files);
    const struct log_file *file = file_named(&files, "log/2026-11/data.mdb");
    for (size_t page = 0; page * 4096U < file->len && page < 16U; page++) {
        for (size_t at = 0; at < 48U; at += 5U) {
            const size_t place = page * 4096U + at;
            log_file_poke(file, place, (uint8_t)(file->bytes[place] ^ (0x81U << (at % 3U))));
            const struct pt_verdict v = log_verdict(&kit, at % 2U == 0U);
            faults += v.ok ? 0U : 1U; /* free pages and unused bytes say nothing */
            log_file_poke(file, place, file->bytes[place]);
        }
    }
    cr_assert(log_verdict(&kit, true).ok);
    cr_assert_gt(faults, 20U);
    for (size_t cut = 0; cut < file->len; cut += file->len / 9U + 1U) {
        log_file_put(file->path, file->bytes, cut);
        const struct pt_verdict v = log_verdict(&kit, false);
        cr_expect(!v.ok, "database cut to %zu", cut);
    }
    log_files_free(&files);
    logkit_done(&kit);
}

/* Straight into the database, as its owner could. */
static void with_database(const struct logkit *kit, void (*work)(MDB_txn *txn, MDB_dbi dbi))
{
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;
    MDB_dbi dbi;
    char path[384];

    (void)snprintf(path, sizeof path, "%s/log/2026-11", kit->dir);
    cr_assert_eq(mdb_env_create(&env), 0);
    cr_assert_eq(mdb_env_set_mapsize(env, 1ULL << 30U), 0);
    cr_assert_eq(mdb_env_open(env, path, 0, 0600), 0);
    cr_assert_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    cr_assert_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
    work(txn, dbi);
    cr_assert_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void database_get(MDB_txn *txn, MDB_dbi dbi, uint64_t seq, struct pt_buf *out)
{
    uint8_t bytes[8];
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value;

    pt_be64_put(bytes, seq);
    cr_assert_eq(mdb_get(txn, dbi, &key, &value), 0);
    pt_buf_put(out, pt_slice_of(value.mv_data, value.mv_size));
}

static void database_put(MDB_txn *txn, MDB_dbi dbi, uint64_t seq, const struct pt_buf *from)
{
    uint8_t bytes[8];
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value = {from->len, from->ptr};

    pt_be64_put(bytes, seq);
    cr_assert_eq(mdb_put(txn, dbi, &key, &value, 0), 0);
}

static void swap_4_and_7(MDB_txn *txn, MDB_dbi dbi)
{
    struct pt_buf four;
    struct pt_buf seven;

    pt_buf_init(&four, 8192U);
    pt_buf_init(&seven, 8192U);
    database_get(txn, dbi, 4U, &four);
    database_get(txn, dbi, 7U, &seven);
    database_put(txn, dbi, 4U, &seven);
    database_put(txn, dbi, 7U, &four);
    pt_buf_done(&four);
    pt_buf_done(&seven);
}

static void delete_5(MDB_txn *txn, MDB_dbi dbi)
{
    uint8_t bytes[8];
    MDB_val key = {sizeof bytes, bytes};

    pt_be64_put(bytes, 5U);
    cr_assert_eq(mdb_del(txn, dbi, &key, NULL), 0);
}

static void copy_4_over_5(MDB_txn *txn, MDB_dbi dbi)
{
    struct pt_buf four;

    pt_buf_init(&four, 8192U);
    database_get(txn, dbi, 4U, &four);
    database_put(txn, dbi, 5U, &four);
    pt_buf_done(&four);
}

static void append_another(MDB_txn *txn, MDB_dbi dbi)
{
    struct pt_buf four;
    MDB_stat stat;

    pt_buf_init(&four, 8192U);
    database_get(txn, dbi, 4U, &four);
    cr_assert_eq(mdb_stat(txn, dbi, &stat), 0);
    database_put(txn, dbi, stat.ms_entries, &four);
    pt_buf_done(&four);
}

Test(verify_log, entries_swapped_deleted_copied_or_added_in_the_database_are_named_LOG_12)
{
    static const struct {
        void (*work)(MDB_txn *txn, MDB_dbi dbi);
        enum pt_fault fault;
        uint64_t seq; /* UINT64_MAX: the one after the last */
    } TABLE[] = {{swap_4_and_7, PT_FAULT_ORDER, 4U},
                 {delete_5, PT_FAULT_MISSING, 5U},
                 {copy_4_over_5, PT_FAULT_ORDER, 5U},
                 {append_another, PT_FAULT_ORDER, UINT64_MAX}};

    for (size_t i = 0; i < PT_COUNT(TABLE); i++) {
        struct logkit kit;
        log_make(&kit, SMALL, 3U);
        logkit_close(&kit);
        const struct pt_verdict good = log_verdict(&kit, true);
        cr_assert(good.ok);
        with_database(&kit, TABLE[i].work);
        const uint64_t want = TABLE[i].seq == UINT64_MAX ? good.entries : TABLE[i].seq;
        for (unsigned kek = 0; kek < 2U; kek++) {
            const struct pt_verdict v = log_verdict(&kit, kek != 0U);
            cr_expect(!v.ok && v.fault == TABLE[i].fault && v.bad_seq == want,
                      "row %zu: %s at %llu", i, pt_fault_code(v.fault),
                      (unsigned long long)v.bad_seq);
        }
        logkit_done(&kit);
    }
}

Test(verify_log, a_log_whose_months_are_gone_is_short_of_its_checkpoint_LOG_12)
{
    struct logkit kit;
    char path[512];

    log_make(&kit, SMALL, 2U);
    logkit_close(&kit);
    (void)snprintf(path, sizeof path, "%s/log", kit.dir);
    logkit_remove(path);
    const struct pt_verdict v = log_verdict(&kit, false);
    cr_expect(!v.ok && v.fault == PT_FAULT_MISSING && v.bad_seq == 0U);
    logkit_done(&kit);
}

/* An old copy of the store under a new checkpoint: a tail that was cut. */
Test(verify_log, an_old_store_under_a_newer_checkpoint_names_the_first_lost_entry_LOG_12)
{
    struct logkit kit;
    struct log_files files;

    log_make(&kit, 3U, 3U);
    const uint64_t before = pt_journal_size(kit.journal);
    logkit_close(&kit);
    log_files_read(kit.dir, "log/2026-11", &files);
    logkit_open(&kit);
    (void)logkit_append(&kit, PT_ENTRY_ASKED, 50U);
    (void)logkit_append(&kit, PT_ENTRY_ANSWERED, 50U);
    (void)logkit_seal(&kit);
    logkit_close(&kit);
    log_file_restore(file_named(&files, "log/2026-11/data.mdb"));
    const struct pt_verdict v = log_verdict(&kit, true);
    cr_expect(!v.ok && v.fault == PT_FAULT_MISSING, "%s", pt_fault_code(v.fault));
    cr_expect_geq(v.bad_seq, before);
    log_files_free(&files);
    logkit_done(&kit);
}

Test(verify_log, a_wrong_kek_is_said_and_not_guessed)
{
    struct logkit kit;
    uint8_t kek[32] = {9};
    struct pt_verdict v;

    log_make(&kit, 1U, 1U);
    logkit_close(&kit);
    const struct pt_verify_options options = {.vkeys = pt_buf_slice(&kit.vkeys),
                                              .kek = pt_slice_of(kek, sizeof kek)};
    cr_assert(pt_ok(pt_verify_log(kit.dir, &options, &v)));
    cr_expect(!v.ok && v.fault == PT_FAULT_BOX);
    cr_expect_str_eq(v.file, "keys/keyring");
    logkit_done(&kit);
}

Test(verify_log, an_index_that_hides_an_exchange_is_seen_when_the_keys_are_there)
{
    struct logkit kit;
    struct log_files files;
    char path[512];

    log_make(&kit, 2U, 2U);
    logkit_close(&kit);
    log_files_read(kit.dir, "idx/2026-11", &files);
    const struct log_file *old = file_named(&files, "idx/2026-11/data.mdb");
    logkit_open(&kit);
    (void)logkit_append(&kit, PT_ENTRY_ASKED, 70U);
    (void)logkit_append(&kit, PT_ENTRY_ANSWERED, 70U);
    (void)logkit_seal(&kit);
    logkit_close(&kit);
    cr_assert(log_verdict(&kit, true).ok);
    log_file_restore(old); /* merely late: its watermark says so */
    cr_expect(log_verdict(&kit, true).ok);
    (void)snprintf(path, sizeof path, "%s/idx", kit.dir);
    logkit_remove(path);
    cr_expect(log_verdict(&kit, true).ok, "an index may be missing: it is rebuilt");
    log_files_free(&files);
    logkit_done(&kit);
}

Test(verify_log, an_older_checkpoint_is_whole_and_the_rest_unsealed)
{
    struct logkit kit;
    struct log_files files;

    log_make(&kit, 2U, 2U);
    log_files_read(kit.dir, "tlog", &files);
    (void)logkit_append(&kit, PT_ENTRY_ASKED, 9U);
    (void)logkit_seal(&kit);
    logkit_close(&kit);
    log_file_restore(file_named(&files, "tlog/checkpoint"));
    const struct pt_verdict v = log_verdict(&kit, true);
    cr_expect(v.ok, "%s %s", pt_fault_code(v.fault), v.file);
    cr_expect_lt(v.size, v.entries);
    cr_expect_eq(v.unsealed, v.entries - v.size);
    log_files_free(&files);
    logkit_done(&kit);
}

/* --- what is true
 * ------------------------------------------------------------------------------------ */

Test(verify_log, a_log_of_several_tiles_is_whole_with_and_without_keys)
{
    struct logkit kit;

    log_make(&kit, LARGE, 40U);
    const uint64_t size = pt_journal_size(kit.journal);
    logkit_close(&kit);
    const struct pt_verdict closed = log_verdict(&kit, false);
    cr_expect(closed.ok, "%s %s", pt_fault_code(closed.fault), closed.file);
    cr_expect_eq(closed.opened, 0U);
    const struct pt_verdict open_ = log_verdict(&kit, true);
    cr_expect(open_.ok, "%s %s %llu", pt_fault_code(open_.fault), open_.file,
              (unsigned long long)open_.bad_seq);
    cr_expect_eq(open_.opened, open_.entries);
    cr_expect_geq(open_.entries, size);
    logkit_done(&kit);
}

Test(verify_log, a_log_that_crosses_months_is_whole)
{
    struct logkit kit;

    log_make(&kit, 3U, 1U);
    kit.now_ms += 10ULL * 86400000ULL;
    for (uint64_t i = 10; i < 14U; i++) {
        (void)logkit_append(&kit, PT_ENTRY_ASKED, i);
        (void)logkit_append(&kit, PT_ENTRY_ANSWERED, i);
    }
    (void)logkit_seal(&kit);
    logkit_close(&kit);
    const struct pt_verdict v = log_verdict(&kit, true);
    cr_expect(v.ok, "%s %s", pt_fault_code(v.fault), v.file);
    logkit_done(&kit);
}

Test(verify_log, beside_the_writer_the_verdict_stays_good)
{
    struct logkit kit;

    log_make(&kit, 4U, 2U);
    (void)logkit_append(&kit, PT_ENTRY_ASKED, 99U);
    const struct pt_verdict v = log_verdict(&kit, true);
    cr_expect(v.ok && v.unsealed == 1U, "%s %s", pt_fault_code(v.fault), v.file);
    logkit_done(&kit);
}

static void count_progress(void *ctx, uint64_t done, uint64_t total)
{
    cr_assert_leq(done, total);
    (*(unsigned *)ctx)++;
}

Test(verify_log, progress_is_told_to_whoever_asked)
{
    struct logkit kit;
    unsigned told = 0;
    struct pt_verdict v;

    log_make(&kit, LARGE, 300U);
    const struct pt_verify_options options = {
        .vkeys = pt_buf_slice(&kit.vkeys), .progress = count_progress, .ctx = &told};
    cr_assert(pt_ok(pt_verify_log(kit.dir, &options, &v)));
    cr_expect(v.ok);
    cr_expect_gt(told, 0U);
    logkit_done(&kit);
}
