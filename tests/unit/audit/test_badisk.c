/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Disks that fail and power that goes: nothing that is in doubt is acknowledged, nothing that was
 * acknowledged is lost. Covers law 1, LOG-06, goals G10 and G11 of the design.
 */
#include "audit/journal_int.h"
#include "badisk.h"
#include "log_files.h"
#include "logkit.h"
#include "poterne/base/num.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static struct logkit kit;

static void setup(void)
{
    logkit_init(&kit, NULL);
    kit.options.map_bytes = 1U << 26U;
}

static void teardown(void)
{
    badisk_disarm();
    logkit_done(&kit);
}

TestSuite(badisk, .init = setup, .fini = teardown, .timeout = 200);

static const char *log_folder(void)
{
    static char path[300];

    (void)snprintf(path, sizeof path, "%s/log/", kit.dir);
    return path;
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

static uint64_t exchange = 1000000U;

static pt_status append(size_t n, struct pt_appended *told)
{
    static struct pt_record records[64];

    exchange += 64U; /* no exchange twice */
    for (size_t i = 0; i < n; i++) {
        records[i] = logkit_record(&kit, i % 2U == 0U ? PT_ENTRY_ASKED : PT_ENTRY_ANSWERED,
                                   exchange + i / 2U);
    }
    return pt_journal_append(kit.journal, records, n, told);
}

/* The journal is poisoned: it answers nothing but "no", and its size is what it was. */
static void assert_poisoned(uint64_t size)
{
    struct pt_appended told[1];

    for (int i = 0; i < 3; i++) {
        cr_assert_eq(append(1U, told).code, PT_E_IO);
    }
    cr_assert_eq(pt_journal_size(kit.journal), size);
}

static void every_failing_operation(int error, bool once)
{
    static struct pt_appended told[64];
    bool hit = true;
    unsigned hits = 0;

    for (unsigned nth = 0; hit; nth++) {
        logkit_open(&kit);
        logkit_append(&kit, PT_ENTRY_ASKED, 1000U + nth);
        const uint64_t size = pt_journal_size(kit.journal);
        if (once) {
            badisk_arm_once(log_folder(), nth, error);
        } else {
            badisk_arm(log_folder(), nth, error);
        }
        const pt_status st = append(1U + nth * 7U % 64U, told);
        hit = badisk_hit();
        if (hit) {
            cr_assert_eq(st.code, PT_E_IO, "operation %u", nth);
            hits++;
            badisk_disarm(); /* the disk recovers; the journal must not believe it */
            assert_poisoned(size);
        } else {
            cr_assert(pt_ok(st));
            badisk_disarm();
        }
        logkit_close(&kit);
        logkit_open(&kit);
        cr_assert_geq(kit.boot.size, size);
        assert_whole();
    }
    cr_assert_geq(hits, 4U); /* two writes, the flush, the meta page: else nothing was tried */
}

Test(badisk, an_input_output_error_at_any_operation_acknowledges_nothing_and_poisons)
{
    every_failing_operation(EIO, false);
}

Test(badisk, an_error_that_comes_once_poisons_as_well)
{
    every_failing_operation(EIO, true);
}

Test(badisk, a_disk_that_fills_up_during_a_commit_poisons_as_well)
{
    every_failing_operation(ENOSPC, false);
}

/* A writer that was killed may have left its last transaction in the page cache only: the next one
 * must not build on it, nor seal it, before it is on the disk. */
Test(badisk, what_is_found_at_opening_is_flushed_before_it_counts)
{
    logkit_open(&kit);
    logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    logkit_close(&kit);
    badisk_arm(log_folder(), 0U, EIO);
    const pt_status st = logkit_try(&kit);
    badisk_disarm();
    cr_assert_eq(st.code, PT_E_IO);
    logkit_open(&kit);
    cr_assert_eq(kit.boot.size, 1U);
    assert_whole();
}

Test(badisk, a_new_month_on_a_failing_disk_acknowledges_nothing)
{
    bool hit = true;

    for (unsigned nth = 0; hit && nth < 100U; nth++) {
        struct pt_appended told[1];
        logkit_open(&kit);
        logkit_append(&kit, PT_ENTRY_ASKED, nth);
        const uint64_t size = pt_journal_size(kit.journal);
        kit.now_ms += 31ULL * 86400000ULL;
        badisk_arm(kit.dir, nth, EIO);
        const pt_status st = append(1U, told);
        hit = badisk_hit();
        badisk_disarm();
        cr_assert_eq(pt_ok(st), !hit);
        cr_assert_eq(pt_journal_size(kit.journal), size + (hit ? 0U : 1U));
        logkit_close(&kit);
        logkit_open(&kit);
        cr_assert_geq(kit.boot.size, size);
        assert_whole();
    }
    cr_assert_not(hit);
}

Test(badisk, sealing_on_a_failing_disk_harms_no_append_and_is_made_good)
{
    bool hit = true;

    for (unsigned nth = 0; hit; nth++) {
        uint64_t size = 0;
        struct pt_appended told[64];
        logkit_open(&kit);
        cr_assert(pt_ok(append(64U, told)));
        logkit_seal(&kit);
        cr_assert(pt_ok(append(61U, told)));
        char tlog[300];
        (void)snprintf(tlog, sizeof tlog, "%s/%s", kit.dir, nth % 2U == 0U ? "tlog" : "idx");
        badisk_arm(tlog, nth / 2U, nth % 3U == 0U ? ENOSPC : EIO);
        const pt_status st = pt_journal_seal(kit.journal, &size);
        hit = badisk_hit() || nth % 2U == 0U;
        cr_assert_eq(pt_ok(st), !badisk_hit());
        cr_assert(pt_ok(append(1U, told)));
        badisk_disarm();
        logkit_close(&kit);
        logkit_open(&kit);
        assert_whole();
    }
}

/* --- power cut -----------------------------------------------------------------------------------
 */

struct told {
    _Atomic uint64_t appended;
};

/* Opens, appends, never closes: the power goes at the operation chosen. */
static void child(struct told *told, const char *data, const char *image, unsigned nth,
                  uint64_t seed)
{
    struct pt_appended places[64];

    if (!pt_ok(logkit_try(&kit))) {
        _exit(2);
    }
    badisk_cut(data, image, nth, seed);
    exchange = 1000000U * (1U + kit.boot.size);
    for (uint64_t i = 0; i < 1000U; i++) {
        const size_t n = 1U + (size_t)((seed >> 8U) + i) % 40U;
        if (!pt_ok(append(n, places))) {
            _exit(3);
        }
        told->appended = places[n - 1U].seq + 1U;
        if (i % 5U == 4U) {
            uint64_t size = 0;
            if (!pt_ok(pt_journal_seal(kit.journal, &size))) {
                _exit(4);
            }
        }
    }
    _exit(5);
}

static unsigned crash_points(void)
{
    const char *const text = getenv("PT_POWER_CUTS");
    uint64_t n = 40U;

    if (text != NULL) {
        cr_assert(pt_ok(pt_num_u64(pt_slice_str(text), 1U, 1000000U, &n)));
    }
    return (unsigned)n;
}

/* One cut, one opening. */
static void cut_once(struct told *told, unsigned round, uint64_t seed)
{
    char data[512];
    char image[512];
    int status = 0;

    (void)snprintf(data, sizeof data, "%s/log/2026-11/data.mdb", kit.dir);
    (void)snprintf(image, sizeof image, "%s/image", kit.dir);
    const pid_t pid = fork();
    if (pid == 0) {
        child(told, data, image, (unsigned)(seed >> 40U) % 90U, seed >> 3U);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 77, "round %u: %d", round, status);
    cr_assert_eq(rename(image, data), 0);
    const pt_status st = logkit_try(&kit);
    cr_assert(pt_ok(st), "round %u: %s at %s", round, pt_code_name(st.code), st.origin);
    cr_assert_geq(kit.boot.size, told->appended, "round %u", round);
}

#define FRESH_AFTER 150U /* rounds, before the folder outgrows the image */

Test(badisk, what_was_acknowledged_survives_a_power_cut_at_any_write, .timeout = 100000)
{
    struct told *const told =
        mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t seed = 20261124U;

    cr_assert_neq(told, MAP_FAILED);
    for (unsigned round = 0; round < crash_points(); round++) {
        if (round % FRESH_AFTER == 0U) {
            teardown();
            setup();
            told->appended = 0U;
            kit.options.ahead_bytes = 1U << 20U;
            logkit_open(&kit);
            logkit_append(&kit, PT_ENTRY_BOOT, 0U);
            logkit_close(&kit);
        }
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        cut_once(told, round, seed);
        if (round % 10U == 9U) {
            assert_whole();
        } else {
            logkit_append(&kit, PT_ENTRY_BOOT, round);
            logkit_seal(&kit);
            logkit_close(&kit);
        }
    }
    (void)munmap(told, sizeof *told);
}
