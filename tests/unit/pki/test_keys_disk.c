/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Unit tests of pki/cli on a disk that fails, and without memory (RGS-16): a key is whole or its
 * record is there; what was cut can be run again.
 */
#include "badisk.h"
#include "poterne/base/file.h"
#include "tests/unit/pki/forge.h"
#include "tests/unit/pki/tool_case.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(keys_disk, .init = tool_setup, .fini = tool_teardown, .timeout = 170.0);

#define FAULTS_MAX 400U

static char config[700];
static char key[700];
static struct pt_buf bytes;

static void make_key(void)
{
    (void)snprintf(config, sizeof config, "%s", in_dir("poterne.yaml"));
    cr_assert_eq(RUN("init", "-c", config, "--client", "grc"), PT_EXIT_OK, "%s", err.ptr);
    (void)snprintf(key, sizeof key, "%s", in_dir("tls/clients/grc.key"));
    read_file("tls/clients/grc.key", &bytes);
}

static void put_key(void)
{
    (void)unlink(key);
    cr_assert(pt_ok(pt_file_create(key, pt_buf_slice(&bytes), 0400)));
    forge_dir_remove(in_dir("destructions"));
}

static bool key_is_whole(void)
{
    struct pt_buf now;
    pt_buf_init(&now, 65536U);
    const bool whole =
        pt_ok(pt_file_read(key, &now)) && pt_slice_eq(pt_buf_slice(&now), pt_buf_slice(&bytes));
    pt_buf_done(&now);
    return whole;
}

/* Whatever was cut: the key as it was, or a trace of what was done to it. */
static void expect_no_silent_loss(unsigned nth)
{
    if (!key_is_whole()) {
        const bool record = find_file("destructions", ".json")[0] != '\0';
        cr_expect(record, "a key was lost without a word at %u", nth);
    }
}

Test(keys_disk, RGS_16_no_key_is_lost_without_a_trace_on_a_failing_disk)
{
    int code = -1;
    make_key();
    for (unsigned nth = 0U; nth < FAULTS_MAX && code != PT_EXIT_OK; nth++) {
        put_key();
        badisk_arm(dir, nth, EIO);
        code = RUN("destroy", "-c", config, key, "--reason", "x");
        badisk_disarm();
        cr_expect(code == PT_EXIT_OK || code == PT_EXIT_PERMISSION, "%d: %s", code, err.ptr);
        expect_no_silent_loss(nth);
    }
    cr_expect_eq(code, PT_EXIT_OK);
    pt_buf_done(&bytes);
}

Test(keys_disk, RGS_16_no_key_is_lost_without_a_trace_when_memory_is_out)
{
    int code = -1;
    make_key();
    TORTURE(nth)
    {
        put_key();
        torture_arm(nth);
        code = RUN("destroy", "-c", config, key, "--reason", "x");
        torture_disarm();
        expect_no_silent_loss(nth);
        if (torture_seen() <= nth) {
            break;
        }
    }
    cr_expect_eq(code, PT_EXIT_OK);
    pt_buf_done(&bytes);
}

/* --- everything else that writes ---------------------------------------------------------------
 */

static void on_failing_disk(const char *const *words, const char *undo)
{
    int code = -1;
    for (unsigned nth = 0U; nth < FAULTS_MAX && code != PT_EXIT_OK; nth++) {
        if (undo != NULL) {
            (void)shell(undo, dir, "");
        }
        badisk_arm(dir, nth, EIO);
        code = run(words);
        badisk_disarm();
        cr_expect(code == PT_EXIT_OK || code == PT_EXIT_PERMISSION, "%s: %d: %s", words[0], code,
                  err.ptr);
    }
    cr_expect_eq(code, PT_EXIT_OK, "%s: %s", words[0], err.ptr);
}

static void without_memory(const char *const *words, const char *undo)
{
    int code = -1;
    TORTURE(nth)
    {
        if (undo != NULL) {
            (void)shell(undo, dir, "");
        }
        torture_arm(nth);
        code = run(words);
        torture_disarm();
        if (torture_seen() <= nth) {
            break;
        }
    }
    cr_expect_eq(code, PT_EXIT_OK, "%s: %s", words[0], err.ptr);
}

static void both(const char *const *words, const char *undo)
{
    on_failing_disk(words, undo);
    without_memory(words, undo);
}

Test(keys_disk, a_run_that_a_failing_disk_cut_can_be_run_again)
{
    on_failing_disk((const char *const[]){"init", "-c", "p", "--client", "grc", NULL}, NULL);
    cr_expect_eq(RUN("show", "-c", "p"), PT_EXIT_OK, "%s%s", out.ptr, err.ptr);
    on_failing_disk((const char *const[]){"renew", "-c", "p", NULL}, NULL);
}

Test(keys_disk, requests_are_made_whole_or_not_at_all)
{
    char folder[700];
    (void)snprintf(folder, sizeof folder, "%s", in_dir("demande"));
    both(
        (const char *const[]){"csr", "-c", "p", "--profile", "auth-serveur", "--out", folder, NULL},
        "rm -rf $A/demande");
}

Test(keys_disk, renewals_are_made_whole_and_finished_by_the_next_run)
{
    cr_assert_eq(RUN("init", "-c", "p", "--client", "grc"), PT_EXIT_OK);
    both((const char *const[]){"renew", "-c", "p", "server", NULL}, NULL);
    both((const char *const[]){"renew", "-c", "p", "client", "grc", NULL}, NULL);
    on_failing_disk((const char *const[]){"renew", "-c", "p", "server", "--switch", NULL}, NULL);
    cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_OK, "%s", err.ptr);
    cr_assert_eq(RUN("renew", "-c", "p", "server"), PT_EXIT_OK);
    without_memory((const char *const[]){"renew", "-c", "p", "server", "--switch", NULL}, NULL);
    cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_OK, "%s", err.ptr);
}

Test(keys_disk, a_revocation_is_on_the_list_or_the_old_list_stands)
{
    cr_assert_eq(RUN("init", "-c", "p", "--client", "grc"), PT_EXIT_OK);
    cr_assert_eq(shell("cp -p $A/tls/clients.crl $A/old.crl", dir, ""), 0);
    both((const char *const[]){"revoke", "-c", "p", "grc", NULL},
         "cp -p $A/old.crl $A/tls/clients.crl");
}

Test(keys_disk, a_private_PKI_is_finished_by_the_next_run)
{
    char folder[700];
    (void)snprintf(folder, sizeof folder, "%s", in_dir("igc"));
    both((const char *const[]){"init", "--commune", "A", "--siret", "21680999600004", "--out",
                               folder, "--name", "h.fr", "--client", "grc", NULL},
         NULL);
    without_memory((const char *const[]){"calendar", "--out", folder, "--format", "ics", NULL},
                   NULL);
}
