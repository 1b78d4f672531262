/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Real files for the supervisor. One listing is one walk of folders without recursion: folders
 * still to visit wait in a buffer, one byte of depth before each path.
 * Layer 3 (gateway).
 */
#include "poterne/gateway/reader.h"

#include "poterne/base/file.h"
#include "poterne/base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static const pt_slice credential_prefix = PT_SLICE_INIT("credential:");

bool pt_reader_is_credential(pt_slice path)
{
    if (!pt_slice_starts(path, credential_prefix)) {
        return false;
    }
    const pt_slice name = pt_slice_from(path, credential_prefix.len);
    return name.len > 0U && name.len <= PT_ID_MAX && name.ptr[0] != '.' &&
           pt_slice_find(name, '/') == name.len;
}

/* The file @path stands for: itself, or a file of the credentials' folder. */
static PT_RESULT real_path(const struct pt_reader_fs *fs, const char *path, char *out, size_t size)
{
    const pt_slice text = pt_slice_str(path);
    if (!pt_slice_starts(text, credential_prefix)) {
        PT_ENSURE(text.len < size, PT_E_LIMIT);
        memcpy(out, path, text.len + 1U);
        return PT_SUCCESS;
    }
    PT_ENSURE(fs->credentials != NULL && pt_reader_is_credential(text), PT_E_ABSENT);
    return pt_file_join(fs->credentials, path + credential_prefix.len, out, size);
}

static PT_RESULT fs_read(void *ctx, const char *path, struct pt_buf *buf)
{
    char real[PT_PATH_MAX];
    PT_TRY(real_path(ctx, path, real, sizeof real));
    return pt_file_read(real, buf);
}

static PT_RESULT fs_mode(void *ctx, const char *path, uint32_t *ret_mode)
{
    char real[PT_PATH_MAX];
    PT_TRY(real_path(ctx, path, real, sizeof real));
    struct stat st;
    if (stat(real, &st) != 0) {
        return PT_FAIL_AUX(errno == ENOENT ? PT_E_ABSENT : PT_E_IO, errno);
    }
    *ret_mode = (uint32_t)(st.st_mode & 07777U);
    return PT_SUCCESS;
}

/* --- listing --------------------------------------------------------------------------------- */

struct listing {
    const char *suffix;
    struct pt_buf folders; /* depth byte, path, NUL: still to visit */
    struct pt_buf paths;   /* path, NUL: found */
    uint32_t count;
};

static bool ends_with(const char *name, const char *suffix)
{
    const size_t n = strlen(name);
    const size_t k = strlen(suffix);
    return n >= k && memcmp(name + (n - k), suffix, k) == 0;
}

static void put_path(struct pt_buf *buf, const char *path)
{
    pt_buf_put(buf, pt_slice_of(path, strlen(path) + 1U));
}

static PT_RESULT list_entry(struct listing *l, const char *path, const char *name, uint8_t depth)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return PT_SUCCESS; /* gone meanwhile, or a dangling link: not a regular file */
    }
    if (S_ISDIR(st.st_mode) && depth > 0U) {
        pt_buf_put_byte(&l->folders, (char)(depth - 1U));
        put_path(&l->folders, path);
        return pt_buf_status(&l->folders);
    }
    if (!S_ISREG(st.st_mode) || !ends_with(name, l->suffix)) {
        return PT_SUCCESS;
    }
    PT_ENSURE(l->count < PT_DATASETS_MAX * 2U, PT_E_LIMIT);
    l->count++;
    put_path(&l->paths, path);
    return pt_buf_status(&l->paths);
}

static PT_RESULT list_open(struct listing *l, DIR *dir, const char *folder, uint8_t depth)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir); /* NOLINT(concurrency-mt-unsafe): own stream */
        if (entry == NULL) {
            return errno == 0 ? PT_SUCCESS : PT_FAIL_AUX(PT_E_IO, errno);
        }
        if (entry->d_name[0] == '.') {
            continue;
        }
        char path[PT_PATH_MAX];
        PT_TRY(pt_file_join(folder, entry->d_name, path, sizeof path));
        PT_TRY(list_entry(l, path, entry->d_name, depth));
    }
}

static PT_RESULT list_folder(struct listing *l, const char *folder, uint8_t depth)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return errno == ENOENT ? PT_SUCCESS : PT_FAIL_AUX(PT_E_IO, errno);
    }
    const pt_status st = list_open(l, dir, folder, depth);
    (void)closedir(dir);
    return st;
}

static PT_RESULT list_all(struct listing *l)
{
    while (l->folders.len > 0U) {
        char folder[PT_PATH_MAX];
        const uint8_t depth = (uint8_t)l->folders.ptr[0];
        const size_t n = strlen(l->folders.ptr + 1U) + 1U;
        PT_ENSURE(n <= sizeof folder, PT_E_LIMIT);
        memcpy(folder, l->folders.ptr + 1U, n);
        pt_buf_consume(&l->folders, n + 1U);
        PT_TRY(list_folder(l, folder, depth));
    }
    return PT_SUCCESS;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static PT_RESULT list_sorted(const struct listing *l, struct pt_buf *buf)
{
    if (l->count == 0U) {
        return PT_SUCCESS;
    }
    const char **sorted = calloc(l->count, sizeof *sorted);
    PT_ENSURE(sorted != NULL, PT_E_NOMEM);
    const char *at = l->paths.ptr;
    for (uint32_t i = 0U; i < l->count; i++) {
        sorted[i] = at;
        at += strlen(at) + 1U;
    }
    qsort(sorted, l->count, sizeof *sorted, by_bytes);
    for (uint32_t i = 0U; i < l->count; i++) {
        put_path(buf, sorted[i]);
    }
    free(sorted);
    return pt_buf_status(buf);
}

static PT_RESULT fs_list(void *ctx, const char *path, const char *suffix, uint32_t depth,
                         struct pt_buf *buf)
{
    (void)ctx;
    PT_ENSURE(depth <= PT_READER_DEPTH_MAX, PT_E_ARG);
    struct listing l = {.suffix = suffix};
    pt_buf_init(&l.folders, PT_CONFIG_FILE_MAX);
    pt_buf_init(&l.paths, PT_CONFIG_FILE_MAX);
    pt_buf_put_byte(&l.folders, (char)depth);
    put_path(&l.folders, path);
    pt_status st = pt_buf_status(&l.folders);
    if (pt_ok(st)) {
        st = list_all(&l);
    }
    if (pt_ok(st)) {
        st = list_sorted(&l, buf);
    }
    pt_buf_done(&l.paths);
    pt_buf_done(&l.folders);
    return st;
}

struct pt_reader_port pt_reader_fs(struct pt_reader_fs *fs)
{
    return (struct pt_reader_port){.read = fs_read, .list = fs_list, .mode = fs_mode, .ctx = fs};
}
