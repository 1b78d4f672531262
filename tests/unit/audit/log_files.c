/* SPDX-License-Identifier: EUPL-1.2 */
/* A small log on disk, and ways to damage it: see log_files.h. */
#include "log_files.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void log_make(struct logkit *kit, uint64_t exchanges, uint64_t every)
{
    logkit_init(kit, NULL);
    logkit_open(kit);
    for (uint64_t i = 0; i < exchanges; i++) {
        (void)logkit_append(kit, PT_ENTRY_ASKED, i);
        (void)logkit_append(kit, PT_ENTRY_ANSWERED, i);
        kit->now_ms += 600000U;
        if ((i + 1U) % every == 0U) {
            (void)logkit_seal(kit);
        }
    }
    (void)logkit_seal(kit);
}

static void read_one(struct log_file *file)
{
    FILE *in = fopen(file->path, "rb");

    cr_assert_not_null(in);
    (void)fseek(in, 0, SEEK_END);
    file->len = (size_t)ftell(in);
    (void)fseek(in, 0, SEEK_SET);
    file->bytes = malloc(file->len + 1U);
    cr_assert_not_null(file->bytes);
    cr_assert_eq(fread(file->bytes, 1U, file->len, in), file->len);
    (void)fclose(in);
}

static void walk(const char *dir, const char *sub, struct log_files *files)
{
    char path[384];
    struct stat st;

    (void)snprintf(path, sizeof path, "%s/%s", dir, sub);
    DIR *folder = opendir(path);
    cr_assert_not_null(folder, "%s", path);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char below[512];
        char whole[1024];
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(below, sizeof below, "%s/%s", sub, entry->d_name);
        (void)snprintf(whole, sizeof whole, "%s/%s", dir, below);
        cr_assert_eq(stat(whole, &st), 0);
        if (S_ISDIR(st.st_mode)) {
            walk(dir, below, files);
            continue;
        }
        cr_assert_lt(files->n, LOG_FILES_MAX);
        struct log_file *file = &files->files[files->n++];
        (void)snprintf(file->path, sizeof file->path, "%.511s", whole);
        (void)snprintf(file->below, sizeof file->below, "%.127s", below);
        read_one(file);
    }
    (void)closedir(folder);
}

void log_files_read(const char *dir, const char *sub, struct log_files *ret)
{
    memset(ret, 0, sizeof *ret);
    walk(dir, sub, ret);
    cr_assert_gt(ret->n, 0);
}

void log_files_free(struct log_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        free(files->files[i].bytes);
    }
    files->n = 0;
}

void log_file_poke(const struct log_file *file, size_t at, uint8_t byte)
{
    const int fd = open(file->path, O_WRONLY | O_CLOEXEC);

    cr_assert_geq(fd, 0);
    cr_assert_eq(pwrite(fd, &byte, 1U, (off_t)at), 1);
    (void)close(fd);
}

void log_file_put(const char *path, const void *bytes, size_t n)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    cr_assert_geq(fd, 0, "%s", path);
    cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
    (void)close(fd);
}

void log_file_restore(const struct log_file *file)
{
    log_file_put(file->path, file->bytes, file->len);
}

struct pt_verdict log_verdict_tlog(const struct logkit *kit)
{
    const struct pt_verify_options options = {.vkeys = pt_buf_slice(&kit->vkeys)};
    struct pt_verdict verdict;
    char dir[384];

    (void)snprintf(dir, sizeof dir, "%s/tlog", kit->dir);
    const pt_status st = pt_verify_tlog(dir, &options, &verdict);
    cr_assert(pt_ok(st), "%s at %s", pt_code_name(st.code), st.origin);
    return verdict;
}

struct pt_verdict log_verdict(const struct logkit *kit, bool with_kek)
{
    const struct pt_verify_options options = {.vkeys = pt_buf_slice(&kit->vkeys),
                                              .kek = with_kek ? kit->options.kek : PT_SLICE_EMPTY};
    struct pt_verdict verdict;

    const pt_status st = pt_verify_log(kit->dir, &options, &verdict);
    cr_assert(pt_ok(st), "%s at %s", pt_code_name(st.code), st.origin);
    return verdict;
}
