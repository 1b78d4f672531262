/* SPDX-License-Identifier: EUPL-1.2 */
/* tool_case.c -- see tool_case.h. */
#include "tests/unit/pki/tool_case.h"

#include "poterne/base/file.h"
#include "tests/unit/pki/forge.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

char dir[256];
struct pt_pki_site site;
struct pt_buf out;
struct pt_buf err;
uint64_t wall_ms;
bool config_ok;

static char paths[5][512];

static uint64_t test_wall(void *ctx)
{
    (void)ctx;
    return wall_ms;
}

static const struct pt_clock test_clock = {.wall_ms = test_wall, .mono_us = test_wall};

static pt_status find_site(void *ctx, const char *file, struct pt_buf *report,
                           struct pt_pki_site *ret_site)
{
    (void)ctx;
    (void)file;
    if (!config_ok) {
        pt_buf_put_str(report, "poterne.yaml:1:1: erreur\n");
        return PT_FAIL(PT_E_SCHEMA);
    }
    *ret_site = site;
    return PT_SUCCESS;
}

const char *in_dir(const char *name)
{
    static char path[600];
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

void tool_setup(void)
{
    static const char *const names[] = {"0.0.0.0", "localhost", "Commune d'Admiville", "127.0.0.1"};
    static const char *const files[] = {"tls/server.pem", "tls/server.key", "tls/clients-ca.pem",
                                        "tls/clients.crl", "log"};
    forge_dir(dir);
    for (size_t i = 0U; i < PT_COUNT(files); i++) {
        (void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", dir, files[i]);
    }
    site = (struct pt_pki_site){.tls_certificate = paths[0],
                                .tls_key = paths[1],
                                .client_ca = paths[2],
                                .client_crl = paths[3],
                                .log_directory = paths[4],
                                .siret = "21680999600004",
                                .commune = "Commune d'Admiville",
                                .origin = "trace.21680999600004/poterne",
                                .names = names,
                                .nnames = PT_COUNT(names)};
    wall_ms = (uint64_t)time(NULL) * 1000U;
    config_ok = true;
    pt_buf_init(&out, 262144U);
    pt_buf_init(&err, 262144U);
}

void tool_teardown(void)
{
    pt_buf_done(&out);
    pt_buf_done(&err);
    forge_dir_remove(dir);
}

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

/* Runs the program with its two streams caught; up to 18 words after its name, NULL at the end. */
int run(const char *const *words)
{
    const struct pt_pki_env env = {.clock = &test_clock, .site = find_site};
    char *argv[20] = {(char *)(uintptr_t) "poterne-pki"};
    int argc = 1;
    FILE *files[2] = {tmpfile(), tmpfile()};
    const int saved[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    for (; words[argc - 1] != NULL && argc < 19; argc++) {
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
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

bool said(const char *what)
{
    return strstr(out.ptr, what) != NULL;
}

bool complained(const char *what)
{
    return strstr(err.ptr, what) != NULL;
}

unsigned mode_of(const char *name)
{
    struct stat info;
    return stat(in_dir(name), &info) == 0 ? (unsigned)(info.st_mode & 07777U) : 0U;
}

void read_file(const char *name, struct pt_buf *buf)
{
    pt_buf_init(buf, 262144U);
    cr_assert(pt_ok(pt_file_read(in_dir(name), buf)), "%s", name);
}

void write_file(const char *name, const char *content, mode_t mode)
{
    const char *path = in_dir(name);
    (void)unlink(path);
    cr_assert(pt_ok(pt_file_create(path, pt_slice_str(content), mode)));
}

void facts_of(const char *name, struct pt_cert_facts *facts)
{
    struct pt_buf pem;
    read_file(name, &pem);
    cr_assert(pt_ok(pt_cert_facts(pt_buf_slice(&pem), facts)), "%s", name);
    pt_buf_done(&pem);
}

/* @command finds its two words as $A and $B. */
int shell(const char *command, const char *a, const char *b)
{
    char line[4096];
    (void)snprintf(line, sizeof line, "A='%s'; B='%s'; %s", a, b, command);
    pt_buf_clear(&out);
    const int code = forge_run(line, &out);
    pt_buf_put_byte(&out, '\0');
    return code;
}

/* The only file of folder @name that ends with @suffix; empty when there is none. */
const char *find_file(const char *name, const char *suffix)
{
    static char found[700];
    (void)shell("ls -1 $A/*$B 2>/dev/null", in_dir(name), suffix);
    (void)snprintf(found, sizeof found, "%.*s", (int)strcspn(out.ptr, "\n"), out.ptr);
    return found;
}
