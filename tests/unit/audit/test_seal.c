/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Tiles, bundles, index and the signed checkpoint: what is published is complete, consistent and
 * readable by a stranger, at every size. Covers law 4 and LOG-12; golden log in
 * tests/fixtures/log/checkpoint.txt.
 */
#include "audit/journal_int.h"
#include "audit/tlog_int.h"
#include "log_files.h"
#include "logkit.h"
#include "poterne/audit/note.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct logkit kit;

static void setup(void)
{
    logkit_init(&kit, NULL);
}

static void teardown(void)
{
    logkit_done(&kit);
}

TestSuite(seal, .init = setup, .fini = teardown, .timeout = 120);

static bool exists(const char *below)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/tlog/%s", kit.dir, below);
    return access(path, F_OK) == 0;
}

static void assert_verdict(uint64_t size)
{
    const struct pt_verdict verdict = log_verdict(&kit, true);

    cr_assert(verdict.ok, "%s at %llu in %s", pt_fault_code(verdict.fault),
              (unsigned long long)verdict.bad_seq, verdict.file);
    cr_assert_eq(verdict.size, size);
}

static void append_many(uint64_t n)
{
    static struct pt_record records[PT_BATCH_RECORDS_MAX];
    static struct pt_appended told[PT_BATCH_RECORDS_MAX];

    while (n > 0U) {
        const size_t take = n < PT_COUNT(records) ? (size_t)n : PT_COUNT(records);
        for (size_t i = 0; i < take; i++) {
            records[i] = (struct pt_record){.type = PT_ENTRY_BOOT, .reason = PT_SLICE("many")};
        }
        cr_assert(pt_ok(pt_journal_append(kit.journal, records, take, told)));
        n -= take;
    }
}

static pt_status no_signature(void *ctx, pt_slice message, struct pt_buf *out)
{
    (void)ctx;
    (void)message;
    (void)out;
    return PT_FAIL(PT_E_CRYPTO);
}

Test(seal, a_key_that_does_not_sign_publishes_nothing_and_loses_nothing)
{
    const struct pt_sign_port good = kit.options.signers[1];

    kit.options.signers[1].sign = no_signature;
    logkit_open(&kit);
    logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    uint64_t size = 7U;
    cr_assert_eq(pt_journal_seal(kit.journal, &size).code, PT_E_CRYPTO);
    cr_assert_eq(size, 7U);
    cr_assert_eq(pt_journal_sealed_size(kit.journal), 0U);
    cr_assert_not(exists("checkpoint"));
    logkit_append(&kit, PT_ENTRY_ANSWERED, 1U); /* the commit path does not care */
    logkit_close(&kit);
    kit.options.signers[1] = good;
    logkit_open(&kit);
    cr_assert_not(kit.boot.clean);
    cr_assert_eq(logkit_seal(&kit), 2U);
    logkit_close(&kit);
    assert_verdict(2U);
}

Test(seal, a_folder_that_cannot_be_written_fails_and_the_next_try_makes_it_good)
{
    char path[512];
    char away[512];
    uint64_t size = 0;

    logkit_open(&kit);
    append_many(255U);
    logkit_seal(&kit);
    append_many(400U);
    (void)snprintf(path, sizeof path, "%s/tlog", kit.dir);
    (void)snprintf(away, sizeof away, "%s/tlog-away", kit.dir);
    cr_assert_eq(rename(path, away), 0);
    cr_assert_eq(symlink("/proc/self", path), 0); /* root writes everywhere, but not there */
    cr_assert_not(pt_ok(pt_journal_seal(kit.journal, &size)));
    cr_assert_not(pt_ok(pt_journal_seal(kit.journal, &size)));
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(rename(away, path), 0);
    cr_assert_eq(logkit_seal(&kit), 655U);
    logkit_close(&kit);
    assert_verdict(655U);
}

Test(seal, nothing_new_means_no_new_signature)
{
    struct stat before;
    struct stat after;
    char path[512];

    logkit_open(&kit);
    cr_assert_eq(logkit_seal(&kit), 0U);
    cr_assert_not(exists("checkpoint"));
    logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    logkit_seal(&kit);
    (void)snprintf(path, sizeof path, "%s/tlog/checkpoint", kit.dir);
    cr_assert_eq(stat(path, &before), 0);
    cr_assert_eq(logkit_seal(&kit), 1U);
    cr_assert_eq(stat(path, &after), 0);
    cr_assert_eq(before.st_ino, after.st_ino);
}

Test(seal, every_size_around_a_full_tile_is_published_whole)
{
    const uint64_t sizes[] = {1U, 2U, 255U, 256U, 257U, 511U, 512U, 513U, 1000U};

    logkit_open(&kit);
    for (size_t i = 0; i < PT_COUNT(sizes); i++) {
        append_many(sizes[i] - pt_journal_size(kit.journal));
        cr_assert_eq(logkit_seal(&kit), sizes[i]);
        const struct pt_verdict verdict = log_verdict_tlog(&kit);
        cr_assert(verdict.ok, "size %llu: %s in %s", (unsigned long long)sizes[i],
                  pt_fault_code(verdict.fault), verdict.file);
        cr_assert_eq(verdict.size, sizes[i]);
    }
    logkit_close(&kit);
    assert_verdict(1000U);
}

Test(seal, partial_tiles_of_older_sizes_are_removed)
{
    logkit_open(&kit);
    append_many(10U);
    logkit_seal(&kit);
    cr_assert(exists("tile/0/000.p/10"));
    cr_assert(exists("tile/entries/000.p/10"));
    append_many(10U);
    logkit_seal(&kit);
    cr_assert_not(exists("tile/0/000.p/10"));
    cr_assert_not(exists("tile/entries/000.p/10"));
    cr_assert(exists("tile/0/000.p/20"));
    append_many(240U);
    logkit_seal(&kit);
    cr_assert_not(exists("tile/0/000.p"));
    cr_assert_not(exists("tile/entries/000.p"));
    cr_assert(exists("tile/0/000"));
    cr_assert(exists("tile/entries/000"));
    cr_assert(exists("tile/0/001.p/4"));
    cr_assert(exists("tile/1/000.p/1"));
}

Test(seal, a_second_level_grows_over_a_restart)
{
    logkit_open(&kit);
    append_many(65535U);
    logkit_seal(&kit);
    cr_assert(exists("tile/1/000.p/255"));
    logkit_close(&kit);
    logkit_open(&kit);
    append_many(2U);
    logkit_seal(&kit);
    cr_assert(exists("tile/1/000"));
    cr_assert(exists("tile/2/000.p/1"));
    cr_assert_eq(kit.boot.rebuilt, 0U);
    const struct pt_verdict verdict = log_verdict_tlog(&kit);
    cr_assert(verdict.ok);
    cr_assert_eq(verdict.size, 65537U);
}

Test(seal, when_sealing_lags_behind_the_tail_the_store_tells_the_rest)
{
    struct pt_uuid id;
    uint64_t found[2];

    logkit_open(&kit);
    logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    logkit_append(&kit, PT_ENTRY_ANSWERED, 1U);
    id = logkit_uuid(&kit, 1U);
    append_many(PT_LOG_TAIL + 10U);
    cr_assert_eq(pt_journal_find(kit.journal, &id, &found[0], &found[1]).code, PT_E_AGAIN);
    logkit_seal(&kit);
    cr_assert(pt_ok(pt_journal_find(kit.journal, &id, &found[0], &found[1])));
    cr_assert_eq(found[0], 0U);
    cr_assert_eq(found[1], 1U);
}

/* --- law 3 over the whole folder ----------------------------------------------------------------
 */

static const char *const SEALED[] = {"siren:0000",   "DOSSIER-0000",   "agent-0000",
                                     "grc-publik-0", "guichet",        "habilitation-subvention",
                                     "/data/siren",  "raison_sociale", "PT200"};
static uint64_t files_seen;

static int look(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    struct pt_buf file;
    char id[PT_UUID_TEXT + 1U];

    (void)info;
    (void)ftw;
    if (type != FTW_F) {
        return 0;
    }
    pt_buf_init(&file, 1U << 26U);
    cr_assert(pt_ok(pt_file_read(path, &file)));
    for (size_t i = 0; i < PT_COUNT(SEALED); i++) {
        cr_assert_null(memmem(file.ptr, file.len, SEALED[i], strlen(SEALED[i])), "%s in %s",
                       SEALED[i], path);
    }
    for (uint64_t number = 0; number < 20U; number++) {
        const struct pt_uuid uuid = logkit_uuid(&kit, number);
        pt_uuid_text(&uuid, id);
        cr_assert_null(memmem(file.ptr, file.len, id, PT_UUID_TEXT), "%s in %s", id, path);
        cr_assert_null(memmem(file.ptr, file.len, uuid.bytes, PT_UUID_LEN), "%s in %s", id, path);
    }
    files_seen++;
    pt_buf_done(&file);
    return 0;
}

Test(seal, law_3_no_file_of_the_log_tells_who_asked_about_whom)
{
    logkit_open(&kit);
    for (uint64_t i = 0; i < 20U; i++) {
        logkit_append(&kit, PT_ENTRY_ASKED, i);
        logkit_append(&kit, i % 3U == 0U ? PT_ENTRY_FAILED : PT_ENTRY_ANSWERED, i);
        logkit_append(&kit, PT_ENTRY_READ, i);
        logkit_seal(&kit);
    }
    logkit_append(&kit, PT_ENTRY_ASKED, 77U);
    logkit_close(&kit);
    cr_assert_eq(nftw(kit.dir, look, 16, FTW_PHYS), 0);
    cr_assert_geq(files_seen, 8U);
}

/* --- the format must not drift --------------------------------------------------------------- */

/* Text and Ed25519 line of the checkpoint: ECDSA signatures are never the same twice. */
static void golden_text(struct pt_buf *out)
{
    struct pt_buf note;
    char path[512];

    pt_buf_init(&note, 4096U);
    (void)snprintf(path, sizeof path, "%s/tlog/checkpoint", kit.dir);
    cr_assert(pt_ok(pt_file_read(path, &note)));
    pt_slice rest = pt_buf_slice(&note);
    for (int line = 0; line < 4; line++) { /* origin, size, root, empty: the keys are of the day */
        pt_buf_put(out, pt_slice_cut(&rest, '\n'));
        pt_buf_put_byte(out, '\n');
    }
    pt_buf_done(&note);
}

Test(seal, the_golden_log_still_has_its_root_and_its_signature)
{
    struct pt_buf made;
    struct pt_buf golden;

    pt_buf_init(&made, 4096U);
    pt_buf_init(&golden, 4096U);
    logkit_open(&kit);
    logkit_append(&kit, PT_ENTRY_BOOT, 0U);
    logkit_append(&kit, PT_ENTRY_CONF, 0U);
    for (uint64_t i = 0; i < 5U; i++) {
        kit.now_ms += 60000U;
        logkit_append(&kit, PT_ENTRY_ASKED, i);
        logkit_append(&kit, PT_ENTRY_ANSWERED, i);
    }
    logkit_seal(&kit);
    golden_text(&made);
    if (getenv("PT_GOLDEN") != NULL) {
        cr_assert(pt_ok(
            pt_file_replace(PT_FIXTURES_DIR "/log/checkpoint.txt", pt_buf_slice(&made), 0644)));
    }
    cr_assert(pt_ok(pt_file_read(PT_FIXTURES_DIR "/log/checkpoint.txt", &golden)));
    cr_assert(pt_slice_eq(pt_buf_slice(&made), pt_buf_slice(&golden)), "%.*s", (int)made.len,
              made.ptr);
    pt_buf_done(&made);
    pt_buf_done(&golden);
}

Test(seal, without_memory_sealing_fails_and_the_next_one_is_whole)
{
    uint64_t size = 0;

    logkit_open(&kit);
    TORTURE(nth)
    {
        append_many(70U);
        torture_arm(nth);
        const pt_status st = pt_journal_seal(kit.journal, &size);
        torture_disarm();
        if (pt_ok(st)) {
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
    }
    cr_assert_eq(size, pt_journal_size(kit.journal));
    logkit_close(&kit);
    assert_verdict(size);
}
