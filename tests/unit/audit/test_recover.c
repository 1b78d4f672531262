/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Opening again: after an orderly close, after a kill at any instant, after somebody has touched
 * the files. Covers G10 of the design (no acknowledged entry is lost) and LOG-12.
 */
#include "audit/journal_int.h"
#include "log_files.h"
#include "logkit.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

TestSuite(recover, .init = setup, .fini = teardown, .timeout = 180);

static const char *path_of(const char *below)
{
    static char path[512];

    (void)snprintf(path, sizeof path, "%s/%s", kit.dir, below);
    return path;
}

static void pairs(uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        logkit_append(&kit, PT_ENTRY_ASKED, i);
        logkit_append(&kit, PT_ENTRY_ANSWERED, i);
    }
}

static void assert_refused(enum pt_code code)
{
    const pt_status st = logkit_try(&kit);

    cr_assert_eq(st.code, code, "%s at %s", pt_code_name(st.code), st.origin);
    cr_assert_null(kit.journal);
}

static void assert_whole(void)
{
    const uint64_t size = logkit_seal(&kit);

    logkit_close(&kit);
    const struct pt_verdict verdict = log_verdict(&kit, true);
    cr_assert(verdict.ok, "%s at %llu in %s", pt_fault_code(verdict.fault),
              (unsigned long long)verdict.bad_seq, verdict.file);
    cr_assert_eq(verdict.size, size);
}

/* A copy of log/ as it is now, to be put back later: what somebody would do who wants to undo. */
static void shell(const char *command)
{
    char text[1024];

    (void)snprintf(text, sizeof text, "cd '%s' && %s", kit.dir, command);
    cr_assert_eq(system(text), 0, "%s", text);
}

/* --- what is refused ------------------------------------------------------------------------- */

Test(recover, a_log_shorter_than_its_checkpoint_is_refused)
{
    logkit_open(&kit);
    pairs(0U, 5U);
    logkit_close(&kit);
    shell("cp -r log older");
    logkit_open(&kit);
    pairs(5U, 9U);
    logkit_close(&kit);
    shell("rm -r log && mv older log");
    assert_refused(PT_E_CORRUPT);
    shell("rm -r log");
    assert_refused(PT_E_CORRUPT);
}

Test(recover, another_log_under_the_same_checkpoint_is_refused)
{
    logkit_open(&kit);
    pairs(0U, 5U);
    shell("cp -r log other"); /* five pairs, and from here another history */
    pairs(5U, 200U);
    logkit_close(&kit);
    shell("mv tlog published && mv log real && mv other log && rm -r idx closed");
    logkit_open(&kit);
    pairs(300U, 600U);
    logkit_close(&kit);
    shell("rm -r tlog && mv published tlog");
    assert_refused(PT_E_CORRUPT);
}

Test(recover, a_tail_that_the_index_knows_and_the_store_does_not_is_refused)
{
    logkit_open(&kit);
    pairs(0U, 5U);
    logkit_close(&kit);
    shell("cp -r log older && cp -r tlog published");
    logkit_open(&kit);
    pairs(5U, 9U);
    logkit_close(&kit);
    shell("rm -r log tlog && mv older log && mv published tlog"); /* both put back together */
    assert_refused(PT_E_CORRUPT);
}

Test(recover, a_checkpoint_that_we_did_not_sign_is_refused)
{
    struct pt_buf note;

    logkit_open(&kit);
    pairs(0U, 5U);
    logkit_close(&kit);
    pt_buf_init(&note, 4096U);
    cr_assert(pt_ok(pt_file_read(path_of("tlog/checkpoint"), &note)));
    const size_t text = strlen(LOGKIT_ORIGIN) + 1U;
    cr_assert_eq(note.ptr[text], '1'); /* size 10 */
    note.ptr[text + 1U] = '2';
    log_file_put(path_of("tlog/checkpoint"), note.ptr, note.len);
    assert_refused(PT_E_FORGED);
    note.ptr[text + 1U] = '0';
    note.ptr[note.len - 10U] = note.ptr[note.len - 10U] == 'A' ? 'B' : 'A'; /* the signature */
    log_file_put(path_of("tlog/checkpoint"), note.ptr, note.len);
    assert_refused(PT_E_FORGED);
    log_file_put(path_of("tlog/checkpoint"), "", 0U);
    assert_refused(PT_E_FORGED);
    pt_buf_done(&note);
}

Test(recover, without_our_verifier_key_no_checkpoint_is_believed)
{
    logkit_open(&kit);
    pairs(0U, 5U);
    logkit_close(&kit);
    shell("mv keys/log.vkey keys/away");
    assert_refused(PT_E_FORGED);
    shell("mv keys/away keys/log.vkey");
    kit.options.origin = PT_SLICE("trace.elsewhere.example/gw1");
    assert_refused(PT_E_FORGED);
    kit.options.origin = PT_SLICE(LOGKIT_ORIGIN);
    logkit_open(&kit);
    cr_assert(kit.boot.clean);
}

Test(recover, entries_whose_keys_are_lost_are_damage_and_get_no_new_keys)
{
    logkit_open(&kit);
    pairs(0U, 5U);
    logkit_close(&kit);
    shell("rm keys/keyring");
    assert_refused(PT_E_CORRUPT);
    cr_assert_neq(access(path_of("keys/keyring"), F_OK), 0);
}

Test(recover, another_kek_opens_nothing)
{
    static const uint8_t OTHER[32] = {9};
    const pt_slice kek = kit.options.kek;

    logkit_open(&kit);
    pairs(0U, 1U);
    logkit_close(&kit);
    kit.options.kek = pt_slice_of(OTHER, sizeof OTHER);
    assert_refused(PT_E_FORGED);
    kit.options.kek = kek;
}

/* One byte of a stored leaf of the tail, in the file of the month. */
static void flip_in_store(const char *what)
{
    struct pt_buf file;

    pt_buf_init(&file, 1U << 26U);
    cr_assert(pt_ok(pt_file_read(path_of("log/2026-11/data.mdb"), &file)));
    size_t hits = 0;
    for (char *at = file.ptr; at != NULL; hits++) {
        at = memmem(at, file.len - (size_t)(at - file.ptr), what, strlen(what));
        if (at != NULL) {
            at[strlen(what) - 1U] ^= 1;
            at++;
        }
    }
    cr_assert_gt(hits, 1U);
    log_file_put(path_of("log/2026-11/data.mdb"), file.ptr, file.len);
    pt_buf_done(&file);
}

Test(recover, a_leaf_that_was_changed_in_the_last_tile_is_seen_at_once)
{
    logkit_open(&kit);
    pairs(0U, 5U);
    logkit_close(&kit);
    flip_in_store("\"seq\":7,\"t\":\"answered\"");
    assert_refused(PT_E_CORRUPT);
}

/* --- what is rebuilt -------------------------------------------------------------------------- */

Test(recover, an_orderly_close_is_known_as_such)
{
    logkit_open(&kit);
    cr_assert_eq(kit.boot.size, 0U);
    cr_assert_not(kit.boot.clean);
    logkit_append(&kit, PT_ENTRY_BOOT, 0U);
    pairs(0U, 3U);
    logkit_close(&kit);
    logkit_open(&kit);
    cr_assert(kit.boot.clean);
    cr_assert_eq(kit.boot.size, 7U);
    cr_assert_eq(kit.boot.rebuilt, 0U);
    cr_assert_eq(kit.boot.open_exchanges, 0U);
}

Test(recover, tiles_and_index_are_rebuilt_from_the_store)
{
    const char *const losses[] = {
        "rm -r idx",
        "rm -r tlog/tile",
        "rm -r tlog/tile idx",
        "rm tlog/tile/1/000.p/*",
        "rm -r tlog",
        "truncate -s 100 tlog/tile/1/000.p/*",
        "dd if=/dev/urandom of=idx/2026-11/data.mdb bs=8192 count=1 2>/dev/null"};
    uint64_t at = 0;

    for (size_t i = 0; i < PT_COUNT(losses); i++) {
        logkit_open(&kit);
        pairs(at, at + 200U);
        at += 200U;
        logkit_close(&kit);
        shell(losses[i]);
        logkit_open(&kit);
        cr_assert_gt(kit.boot.rebuilt + (i == 4U), 0U, "%s", losses[i]);
        const struct pt_uuid id = logkit_uuid(&kit, at - 1U);
        uint64_t found[2];
        cr_assert(pt_ok(pt_journal_find(kit.journal, &id, &found[0], &found[1])), "%s", losses[i]);
        cr_assert_eq(found[1], kit.boot.size - 1U);
        assert_whole();
    }
}

Test(recover, exchanges_without_an_end_are_counted_until_a_boot_entry)
{
    logkit_open(&kit);
    pairs(0U, 3U);
    logkit_append(&kit, PT_ENTRY_ASKED, 10U);
    logkit_append(&kit, PT_ENTRY_ASKED, 11U);
    logkit_append(&kit, PT_ENTRY_REFUSED, 12U);
    logkit_close(&kit);
    for (int again = 0; again < 2; again++) { /* telling does not change it */
        logkit_open(&kit);
        cr_assert_eq(kit.boot.open_exchanges, 2U);
        logkit_close(&kit);
    }
    logkit_open(&kit);
    logkit_append(&kit, PT_ENTRY_FAILED, 10U);
    logkit_close(&kit);
    logkit_open(&kit);
    cr_assert_eq(kit.boot.open_exchanges, 1U);
    logkit_append(&kit, PT_ENTRY_BOOT, 0U);
    logkit_close(&kit);
    logkit_open(&kit);
    cr_assert_eq(kit.boot.open_exchanges, 0U);
    shell("rm -r idx 2>/dev/null || true");
}

Test(recover, an_exchange_that_ends_in_the_next_month_is_not_open)
{
    logkit_open(&kit);
    logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    logkit_append(&kit, PT_ENTRY_ASKED, 2U);
    const struct pt_record end = logkit_record(&kit, PT_ENTRY_ANSWERED, 1U);
    struct pt_appended told;
    kit.now_ms += 7U * 86400000ULL;
    cr_assert(pt_ok(pt_journal_append(kit.journal, &end, 1U, &told)));
    logkit_close(&kit);
    logkit_open(&kit);
    cr_assert_eq(kit.boot.open_exchanges, 1U);
    logkit_append(&kit, PT_ENTRY_BOOT, 0U);
    logkit_close(&kit);
    logkit_open(&kit);
    cr_assert_eq(kit.boot.open_exchanges, 0U);
}

/* --- kill -9 ------------------------------------------------------------------------------------
 */

/* What the child has been told is on stable storage; shared memory outlives it. */
struct told {
    _Atomic uint64_t appended; /* entries acknowledged */
    _Atomic uint64_t appends;  /* calls */
    _Atomic uint64_t sealed;
};

static void *seal_for_ever(void *arg)
{
    struct told *const told = arg;

    for (;;) {
        uint64_t size = 0;
        if (!pt_ok(pt_journal_seal(kit.journal, &size))) {
            _exit(3);
        }
        told->sealed = size;
    }
    return NULL;
}

static void child(struct told *told, uint64_t number)
{
    pthread_t sealer;
    static struct pt_record records[9];
    static struct pt_appended places[9];

    if (!pt_ok(logkit_try(&kit)) || pthread_create(&sealer, NULL, seal_for_ever, told) != 0) {
        _exit(2);
    }
    for (;; number += 9U) {
        for (size_t i = 0; i < 9U; i++) {
            records[i] = logkit_record(&kit, i % 2U == 0U ? PT_ENTRY_ASKED : PT_ENTRY_ANSWERED,
                                       number + i / 2U);
        }
        if (!pt_ok(pt_journal_append(kit.journal, records, 1U + number % 9U, places))) {
            _exit(3);
        }
        told->appended = places[number % 9U].seq + 1U;
        told->appends++;
        kit.now_ms += 3600000U; /* months go by */
    }
}

#define PATIENCE_US 20000000U

/* Kill it when it has been told of @more appends (0: whatever it is doing), and a moment later. */
static void run_and_kill(struct told *told, uint64_t more, useconds_t later, uint64_t number)
{
    const uint64_t appends = told->appends + more;
    int status = 0;

    const pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        child(told, number);
    }
    for (unsigned us = 0; told->appends < appends && us < PATIENCE_US; us += 100U) {
        (void)usleep(100U);
    }
    (void)usleep(later);
    cr_assert_eq(kill(pid, SIGKILL), 0);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFSIGNALED(status), "the child gave up with %d", WEXITSTATUS(status));
}

Test(recover, what_was_acknowledged_survives_a_kill_at_any_instant)
{
    struct told *const told =
        mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t seed = (uint64_t)getpid();

    cr_assert_neq(told, MAP_FAILED);
    kit.options.map_bytes = 1U << 26U;
    kit.options.ahead_bytes = 1U << 20U;
    for (unsigned round = 0; round < 30U; round++) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        run_and_kill(told, (seed >> 33U) % 24U, (useconds_t)((seed >> 45U) % 3000U), round * 1000U);
        kit.now_ms += 40U * 86400000ULL;
        logkit_open(&kit);
        cr_assert_geq(kit.boot.size, told->appended);
        cr_assert_leq(told->sealed, kit.boot.size);
        cr_assert_not(kit.boot.clean);
        logkit_append(&kit, PT_ENTRY_BOOT, round);
        if (round % 8U == 7U) {
            assert_whole();
        } else {
            /* no orderly close: the next child finds what a crash leaves */
            logkit_seal(&kit);
            logkit_close(&kit);
        }
        (void)unlink(path_of("closed"));
    }
    cr_assert_gt(told->appends, 0U);
    (void)munmap(told, sizeof *told);
}
