/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/config: readers of files; a bundle is exact, bounded, and trusts no byte. */
#include "poterne/gateway/reader.h"

#include "poterne/base/limits.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static struct pt_reader_fs fs;
static struct pt_reader_port files;
static struct pt_buf out;

static void write_file(const char *name, const char *text, mode_t mode)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    cr_assert_eq(chmod(path, mode), 0);
}

static void make_folder(const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    cr_assert_eq(mkdir(path, 0700), 0);
}

static void setup(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/poterne-reader-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    fs = (struct pt_reader_fs){.credentials = folder};
    files = pt_reader_fs(&fs);
    pt_buf_init(&out, 4096U);
}

static void teardown(void)
{
    pt_buf_done(&out);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    (void)!system(command);
}

TestSuite(config_reader, .init = setup, .fini = teardown, .timeout = 20.0);

static const char *at(const char *name)
{
    static char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* --- files
 * ---------------------------------------------------------------------------------------------------------
 */

Test(config_reader, a_file_that_is_not_there_is_absent_and_one_too_large_is_a_limit)
{
    cr_expect_eq(files.read(files.ctx, at("nothing"), &out).code, PT_E_ABSENT);
    uint32_t mode = 7U;
    cr_expect_eq(files.mode(files.ctx, at("nothing"), &mode).code, PT_E_ABSENT);
    cr_expect_eq(mode, 7U);
    write_file("big", "0123456789", 0600);
    struct pt_buf small;
    pt_buf_init(&small, 9U);
    cr_expect_eq(files.read(files.ctx, at("big"), &small).code, PT_E_LIMIT);
    pt_buf_done(&small);
    make_folder("dir");
    cr_expect_neq(files.read(files.ctx, at("dir"), &out).code, PT_OK);
}

Test(config_reader, a_file_is_read_whole_and_its_mode_told)
{
    write_file("a", "contenu", 0640);
    cr_assert(pt_ok(files.read(files.ctx, at("a"), &out)));
    cr_expect(pt_slice_eq(pt_buf_slice(&out), PT_SLICE("contenu")));
    uint32_t mode = 0U;
    cr_assert(pt_ok(files.mode(files.ctx, at("a"), &mode)));
    cr_expect_eq(mode, 0640U);
}

Test(config_reader, a_credential_lives_in_its_folder_and_cannot_leave_it)
{
    write_file("jeton", "secret", 0400);
    cr_assert(pt_ok(files.read(files.ctx, "credential:jeton", &out)));
    cr_expect(pt_slice_eq(pt_buf_slice(&out), PT_SLICE("secret")));
    static const char *const bad[] = {"credential:", "credential:../etc/passwd", "credential:a/b",
                                      "credential:.x", "credential:nothing"};
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        cr_expect_eq(files.read(files.ctx, bad[i], &out).code, PT_E_ABSENT, "%s", bad[i]);
    }
    fs.credentials = NULL;
    cr_expect_eq(files.read(files.ctx, "credential:jeton", &out).code, PT_E_ABSENT);
    cr_expect_not(pt_reader_is_credential(PT_SLICE("jeton")));
    cr_expect_not(pt_reader_is_credential(PT_SLICE_EMPTY));
    cr_expect_not(pt_reader_is_credential(PT_SLICE("credential:.x")));
}

Test(config_reader, a_listing_is_sorted_by_bytes_and_leaves_out_what_is_not_asked_for)
{
    write_file("b.yaml", "", 0600);
    write_file("a.yaml", "", 0600);
    write_file(".hidden.yaml", "", 0600);
    write_file("c.yml", "", 0600);
    make_folder("d.yaml");
    write_file("d.yaml/e.yaml", "", 0600);
    cr_assert_eq(symlink("/nowhere", at("f.yaml")), 0);
    cr_assert_eq(symlink("a.yaml", at("g.yaml")), 0);
    cr_assert(pt_ok(files.list(files.ctx, folder, ".yaml", 0U, &out)));
    char want[512];
    const int n =
        snprintf(want, sizeof want, "%s/a.yaml|%s/b.yaml|%s/g.yaml|", folder, folder, folder);
    for (int i = 0; i < n; i++) {
        want[i] = want[i] == '|' ? '\0' : want[i];
    }
    cr_expect(pt_slice_eq(pt_buf_slice(&out), pt_slice_of(want, (size_t)n)));
    pt_buf_clear(&out);
    cr_assert(pt_ok(files.list(files.ctx, folder, ".yaml", 1U, &out)));
    cr_expect_eq(out.len, (size_t)n + strlen(folder) + strlen("/d.yaml/e.yaml") + 1U);
}

Test(config_reader, a_folder_that_is_not_there_is_empty)
{
    cr_assert(pt_ok(files.list(files.ctx, at("nothing"), ".yaml", 0U, &out)));
    cr_expect_eq(out.len, 0U);
    cr_expect_eq(files.list(files.ctx, folder, ".yaml", PT_READER_DEPTH_MAX + 1U, &out).code,
                 PT_E_ARG);
    write_file("file", "", 0600);
    cr_expect_eq(files.list(files.ctx, at("file"), ".yaml", 0U, &out).code, PT_E_IO);
}

Test(config_reader, a_listing_survives_running_out_of_memory)
{
    make_folder("d");
    write_file("d/a.yaml", "", 0600);
    write_file("b.yaml", "", 0600);
    bool done = false;
    TORTURE(nth)
    {
        pt_buf_clear(&out);
        torture_arm(nth);
        const pt_status st = files.list(files.ctx, folder, ".yaml", 2U, &out);
        torture_disarm();
        if (pt_ok(st)) {
            done = true;
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
        pt_buf_done(&out);
        pt_buf_init(&out, 4096U);
    }
    cr_assert(done);
}

/* --- bundles
 * --------------------------------------------------------------------------------------------------------
 */

static struct pt_reader_recording recording;

static pt_slice record_some(void)
{
    write_file("a.yaml", "contenu", 0640);
    pt_reader_recording_init(&recording, &files);
    const struct pt_reader_port port = pt_reader_recording(&recording);
    uint32_t mode = 0U;
    cr_assert(pt_ok(port.list(port.ctx, folder, ".yaml", 0U, &out)));
    cr_assert(pt_ok(port.read(port.ctx, at("a.yaml"), &out)));
    cr_assert(pt_ok(port.mode(port.ctx, at("a.yaml"), &mode)));
    cr_expect_eq(port.read(port.ctx, at("nothing"), &out).code, PT_E_ABSENT);
    pt_slice bytes;
    cr_assert(pt_ok(pt_reader_recording_end(&recording, &bytes)));
    pt_buf_clear(&out);
    return bytes;
}

Test(config_reader, a_bundle_gives_back_what_was_read_and_nothing_else)
{
    struct pt_reader_bundle bundle;
    cr_assert(pt_ok(pt_reader_bundle_open(record_some(), &bundle)));
    const struct pt_reader_port port = pt_reader_bundle(&bundle);
    write_file("a.yaml", "autre chose", 0600);
    write_file("b.yaml", "", 0600);
    cr_assert(pt_ok(port.read(port.ctx, at("a.yaml"), &out)));
    cr_expect(pt_slice_eq(pt_buf_slice(&out), PT_SLICE("contenu")));
    uint32_t mode = 0U;
    cr_assert(pt_ok(port.mode(port.ctx, at("a.yaml"), &mode)));
    cr_expect_eq(mode, 0640U);
    pt_buf_clear(&out);
    cr_assert(pt_ok(port.list(port.ctx, folder, ".yaml", 0U, &out)));
    cr_expect_eq(out.len, strlen(at("a.yaml")) + 1U);
    cr_expect_eq(port.read(port.ctx, at("b.yaml"), &out).code, PT_E_ABSENT);
    cr_expect_eq(port.read(port.ctx, at("nothing"), &out).code, PT_E_ABSENT);
    cr_expect_eq(port.mode(port.ctx, at("b.yaml"), &mode).code, PT_E_ABSENT);
    cr_expect_eq(port.list(port.ctx, folder, ".yaml", 1U, &out).code, PT_E_ABSENT);
    cr_expect_eq(port.list(port.ctx, folder, ".json", 0U, &out).code, PT_E_ABSENT);
    pt_reader_recording_done(&recording);
}

Test(config_reader, a_file_that_changes_while_it_is_recorded_keeps_its_first_bytes)
{
    pt_reader_recording_init(&recording, &files);
    const struct pt_reader_port port = pt_reader_recording(&recording);
    write_file("a", "avant", 0600);
    cr_assert(pt_ok(port.read(port.ctx, at("a"), &out)));
    write_file("a", "après", 0600);
    pt_buf_clear(&out);
    cr_assert(pt_ok(port.read(port.ctx, at("a"), &out)));
    cr_expect(pt_slice_eq(pt_buf_slice(&out), PT_SLICE("avant")));
    pt_reader_recording_done(&recording);
}

Test(config_reader, a_reader_that_tells_no_mode_is_recorded_without)
{
    struct pt_reader_port modeless = files;
    modeless.mode = NULL;
    pt_reader_recording_init(&recording, &modeless);
    cr_expect_null(pt_reader_recording(&recording).mode);
    pt_reader_recording_done(&recording);
}

Test(config_reader, a_bundle_cut_anywhere_or_followed_by_a_byte_is_refused)
{
    const pt_slice bytes = record_some();
    struct pt_reader_bundle bundle = {.entries = PT_SLICE("untouched")};
    for (size_t n = 0U; n < bytes.len; n++) {
        char *exact = malloc(n > 0U ? n : 1U);
        cr_assert_not_null(exact);
        memcpy(exact, bytes.ptr, n);
        cr_expect_neq(pt_reader_bundle_open(pt_slice_of(exact, n), &bundle).code, PT_OK, "%zu", n);
        free(exact);
    }
    char *longer = malloc(bytes.len + 1U);
    cr_assert_not_null(longer);
    memcpy(longer, bytes.ptr, bytes.len);
    longer[bytes.len] = '\0';
    cr_expect_eq(pt_reader_bundle_open(pt_slice_of(longer, bytes.len + 1U), &bundle).code,
                 PT_E_PROTOCOL);
    free(longer);
    cr_expect(pt_slice_eq(bundle.entries, PT_SLICE("untouched")));
    pt_reader_recording_done(&recording);
}

Test(config_reader, a_bundle_that_lies_about_kinds_or_lengths_is_refused)
{
    static const struct {
        const char *bytes;
        size_t n;
        uint32_t code;
    } rows[] = {
        {"", 0U, PT_E_PROTOCOL},
        {"PTB2\0", 5U, PT_E_PROTOCOL},
        {"PTB1", 4U, PT_E_PROTOCOL},
        {"PTB1\4", 5U, PT_E_PROTOCOL},
        {"PTB1\377", 5U, PT_E_PROTOCOL},
        {"PTB1\1\377\377\377\377", 9U, PT_E_LIMIT},
        {"PTB1\1\0\0\0\1a\377\377\377\377", 14U, PT_E_LIMIT},
        {"PTB1\1\0\0\0\1a\0\0\0\2b\0", 16U, PT_E_PROTOCOL},
        {"PTB1\3\0\0\0\1a\0\0\0\3bcd\0", 18U, PT_E_PROTOCOL}, /* a mode has four bytes */
    };
    struct pt_reader_bundle bundle;
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        cr_expect_eq(pt_reader_bundle_open(pt_slice_of(rows[i].bytes, rows[i].n), &bundle).code,
                     rows[i].code, "row %zu", i);
    }
    cr_expect(pt_ok(pt_reader_bundle_open(pt_slice_of("PTB1\0", 5U), &bundle)));
}
