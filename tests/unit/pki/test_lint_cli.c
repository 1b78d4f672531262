/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/cli/lint.c: poterne-pki lint as the operator meets it. */
#include "poterne/base/cli.h"
#include "poterne/base/file.h"
#include "poterne/pki/tool.h"
#include "tests/unit/pki/forge.h"
#include "tests/unit/pki/forge_profile.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

static char dir[256];
static char cert[300];
static char ca[300];
static char text[300];
static struct pt_buf out;
static struct pt_buf err;

static uint64_t test_wall(void *ctx)
{
    (void)ctx;
    return FORGE_NOW * 1000ULL;
}

static const struct pt_clock test_clock = {.wall_ms = test_wall, .mono_us = test_wall};

static void put(const char *path, pt_slice bytes)
{
    (void)unlink(path);
    cr_assert(pt_ok(pt_file_create(path, bytes, 0644)));
}

static void put_cert(enum pt_lint_profile profile, const char *edit)
{
    const char *const edits[FORGE_EDITS] = {edit};
    struct pt_buf der;
    pt_buf_init(&der, 65536U);
    forge_profile(profile, edits, &der);
    put(cert, pt_buf_slice(&der));
    pt_buf_done(&der);
}

static void setup(void)
{
    struct pt_buf pem;
    forge_dir(dir);
    (void)snprintf(cert, sizeof(cert), "%s/c.der", dir);
    (void)snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
    (void)snprintf(text, sizeof(text), "%s/x.pem", dir);
    pt_buf_init(&pem, 65536U);
    pt_buf_init(&out, 262144U);
    pt_buf_init(&err, 262144U);
    forge_profile_authority(&pem);
    put(ca, pt_buf_slice(&pem));
    put(text, PT_SLICE("bonjour"));
    pt_buf_done(&pem);
}

static void teardown(void)
{
    pt_buf_done(&out);
    pt_buf_done(&err);
    forge_profile_done();
    forge_dir_remove(dir);
}

TestSuite(lint_cli, .init = setup, .fini = teardown, .timeout = 60.0);

static void slurp(FILE *file, struct pt_buf *buf)
{
    char part[4096];
    size_t n = 0U;
    pt_buf_clear(buf);
    rewind(file);
    while ((n = fread(part, 1U, sizeof(part), file)) > 0U) {
        pt_buf_put(buf, pt_slice_of(part, n));
    }
    pt_buf_put_byte(buf, '\0');
    (void)fclose(file);
}

/* "poterne-pki lint" and up to 12 words, NULL at the end; both streams are caught. */
static int run(const char *const *words)
{
    const struct pt_pki_env env = {.clock = &test_clock};
    char *argv[16] = {(char *)(uintptr_t) "poterne-pki", (char *)(uintptr_t) "lint"};
    int argc = 2;
    FILE *files[2] = {tmpfile(), tmpfile()};
    const int saved[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    for (; words[argc - 2] != NULL && argc < 14; argc++) {
        argv[argc] = (char *)(uintptr_t)words[argc - 2];
    }
    (void)fflush(NULL);
    (void)dup2(fileno(files[0]), STDOUT_FILENO);
    (void)dup2(fileno(files[1]), STDERR_FILENO);
    const int code = pt_pki_main(argc, argv, &env);
    (void)fflush(NULL);
    (void)dup2(saved[0], STDOUT_FILENO);
    (void)dup2(saved[1], STDERR_FILENO);
    (void)close(saved[0]);
    (void)close(saved[1]);
    slurp(files[0], &out);
    slurp(files[1], &err);
    return code;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static bool said(const char *what)
{
    return strstr(out.ptr, what) != NULL;
}

static bool complained(const char *what)
{
    return strstr(err.ptr, what) != NULL;
}

Test(lint_cli, RGS_10_a_good_certificate_ends_with_0_and_a_bad_one_with_1)
{
    put_cert(PT_LINT_AUTH_SERVEUR, NULL);
    cr_expect_eq(RUN(cert, "--profile", "auth-serveur", "--level", "**", "--policies", FORGE_POLICY,
                     "--issuer", ca, "--siren", FORGE_SIREN),
                 PT_EXIT_OK, "%s", out.ptr);
    cr_expect(complained("41 règles, 0 en échec, 0 en alerte ; SIREN " FORGE_SIREN), "%s", err.ptr);
    cr_expect_eq(RUN(cert, "--profile", "cachet", "--format", "csv"), PT_EXIT_NO);
    cr_expect(said("\neku.single,fail,"), "%s", out.ptr);
    cr_expect_eq(RUN(cert, "--profile", "auth-serveur", "--siren", "552100554"), PT_EXIT_NO);
    cr_expect_eq(RUN(cert, "--profile", "auth-serveur", "--at", "2031-01-01"), PT_EXIT_NO);
    cr_expect_eq(RUN(cert, "--profile", "auth-serveur", "--format", "json"), PT_EXIT_OK);
    cr_expect(said("{\"rule\":\"version.3\",\"verdict\":\"ok\",\"text\":"), "%s", out.ptr);
}

Test(lint_cli, RGS_04_TLS_16_the_level_and_the_switch_reach_the_rules)
{
    put_cert(PT_LINT_AUTH_CLIENT, "ext:extendedKeyUsage=serverAuth,clientAuth");
    cr_expect_eq(RUN(cert, "--profile", "auth-client"), PT_EXIT_NO);
    cr_expect_eq(RUN(cert, "--profile", "auth-client", "--both-purposes"), PT_EXIT_OK);
    cr_expect_eq(RUN(cert, "--profile", "auth-client", "--both-purposes", "--level", "***",
                     "--policies", "1.2.3"),
                 PT_EXIT_NO);
    cr_expect(said("policies.listed                 fail"), "%s", out.ptr);
    put_cert(PT_LINT_AUTH_CLIENT, "-OU");
    cr_expect_eq(RUN(cert, "--profile", "auth-client"), PT_EXIT_NO);
    cr_expect(complained("SIREN aucun"), "%s", err.ptr);
}

Test(lint_cli, wrong_arguments_are_told)
{
    cr_expect_eq(RUN("--profile", "cachet"), PT_EXIT_USAGE);
    cr_expect_eq(RUN(text), PT_EXIT_USAGE);
    cr_expect(complained("cachet, auth-serveur"), "%s", err.ptr);
    cr_expect_eq(RUN(text, "--profile", "cachet", "--level", "2"), PT_EXIT_USAGE);
    cr_expect_eq(RUN(text, "--profile", "cachet", "--siren", "123"), PT_EXIT_USAGE);
    cr_expect_eq(RUN(text, "--profile", "cachet", "--at", "demain"), PT_EXIT_USAGE);
    cr_expect_eq(RUN(text, "--profile", "cachet", "--format", "xml"), PT_EXIT_USAGE);
}

Test(lint_cli, what_cannot_be_read_is_told)
{
    cr_expect_eq(RUN(text, "--profile", "cachet"), PT_EXIT_NO);
    cr_expect(complained("aucun certificat lisible"), "%s", err.ptr);
    /* 1 is "a rule fails": what was not read was not judged */
    cr_expect_eq(RUN("/nulle/part", "--profile", "cachet"), PT_EXIT_USAGE);
    cr_expect(complained("n'existe pas"), "%s", err.ptr);
    cr_expect_eq(RUN("/", "--profile", "cachet"), PT_EXIT_PERMISSION);
    cr_expect(complained("lecture impossible"), "%s", err.ptr);
    put_cert(PT_LINT_CACHET, NULL);
    cr_expect_neq(RUN(cert, "--profile", "cachet", "--issuer", "/nulle/part"), PT_EXIT_OK);
    cr_expect_eq(RUN(cert, "--profile", "cachet", "--issuer", text), PT_EXIT_NO);
}

Test(lint_cli, running_out_of_memory_anywhere_is_no_verdict)
{
    int code = -1;
    put_cert(PT_LINT_CACHET, NULL);
    TORTURE(nth)
    {
        torture_arm(nth);
        code = RUN(cert, "--profile", "cachet", "--issuer", ca);
        torture_disarm();
        if (torture_seen() <= nth) {
            break;
        }
    }
    cr_expect_eq(code, PT_EXIT_OK, "%s", err.ptr);
}
