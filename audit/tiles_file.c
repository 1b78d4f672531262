/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tiles_file.c -- files of tlog/: content first, name second, flush last.
 *
 * Law: who follows a checkpoint finds whole files, also after a power cut: a file gets its name
 * when it is complete, and all of them are flushed before the checkpoint that covers them. What no
 * checkpoint covers yet is written again after a crash. Layer 1 (audit).
 */
#include "audit/tiles_file_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_MODE 0755 /* tlog/ holds no personal value: any static server may read it */
#define FILE_MODE   0644

static pt_status failure(int error)
{
    switch (error) {
    case ENOENT:
        return PT_FAIL_AUX(PT_E_ABSENT, error);
    case ENOSPC:
    case EDQUOT:
        return PT_FAIL_AUX(PT_E_FULL, error);
    default:
        return PT_FAIL_AUX(PT_E_IO, error);
    }
}

/* --- folders ------------------------------------------------------------------------------- */

static pt_status sync_folder(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return failure(errno);
    }
    const int rc = fsync(fd);
    const int error = errno;
    (void)close(fd);
    return rc == 0 ? PT_SUCCESS : failure(error);
}

static pt_status sync_file(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0) {
        return failure(errno);
    }
    const int rc = fsync(fd);
    const int error = errno;
    (void)close(fd);
    return rc == 0 ? PT_SUCCESS : failure(error);
}

/* After a failure everything is flushed again by the next call. */
PT_RESULT pt_tile_sync(struct pt_tile_files *files)
{
    if (files->many && syncfs(files->fd) != 0) {
        return failure(errno);
    }
    for (size_t i = 0; !files->many && i < files->nunsynced; i++) {
        PT_TRY(sync_file(files->unsynced[i]));
    }
    for (size_t i = 0; !files->many && i < files->ntouched; i++) {
        PT_TRY(sync_folder(files->touched[i]));
    }
    files->many = false;
    files->nunsynced = 0;
    files->ntouched = 0;
    return PT_SUCCESS;
}

static void touch(struct pt_tile_files *files, const char *folder)
{
    for (size_t i = 0; i < files->ntouched; i++) {
        if (strcmp(files->touched[i], folder) == 0) {
            return;
        }
    }
    if (files->ntouched == PT_TOUCHED_MAX) {
        files->many = true;
        return;
    }
    memcpy(files->touched[files->ntouched], folder, strlen(folder) + 1U);
    files->ntouched++;
}

static void unsynced(struct pt_tile_files *files, const char *path)
{
    if (files->nunsynced == PT_UNSYNCED_MAX) {
        files->many = true;
        return;
    }
    memcpy(files->unsynced[files->nunsynced], path, strlen(path) + 1U);
    files->nunsynced++;
}

/* Cut the last component off; false at the root of tlog/. */
static bool parent(const struct pt_tile_files *files, char *path)
{
    char *const slash = strrchr(path, '/');

    if (slash == NULL || strlen(path) <= strlen(files->root)) {
        return false;
    }
    *slash = '\0';
    return true;
}

/* Folders that are new are named in their parents: all the way up. */
static pt_status make_folders(struct pt_tile_files *files, const char *folder)
{
    char path[PT_PATH_MAX];

    PT_TRY(pt_file_mkdirs(folder, FOLDER_MODE));
    memcpy(path, folder, strlen(folder) + 1U);
    while (parent(files, path)) {
        touch(files, path);
    }
    return PT_SUCCESS;
}

PT_RESULT pt_tile_files_init(struct pt_tile_files *files, const char *dir)
{
    PT_TRY(pt_file_join(dir, "tlog", files->root, sizeof files->root));
    PT_TRY(pt_file_mkdirs(files->root, FOLDER_MODE));
    files->fd = open(files->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    PT_ENSURE(files->fd >= 0, PT_E_IO);
    return sync_folder(dir);
}

void pt_tile_files_done(struct pt_tile_files *files)
{
    if (files->fd >= 0) {
        (void)close(files->fd);
        files->fd = -1;
    }
}

/* --- one file ------------------------------------------------------------------------------ */

static pt_status tile_path(const struct pt_tile_files *files, const struct pt_tile_id *id,
                           char path[static PT_PATH_MAX])
{
    char name[PT_TILE_PATH_MAX];

    pt_tile_path(id->level, id->index, id->width, name);
    return pt_file_join(files->root, name, path, PT_PATH_MAX);
}

static pt_status write_whole(int fd, pt_slice bytes)
{
    while (bytes.len != 0U) {
        const ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno != EINTR) {
            return failure(errno);
        }
        bytes = pt_slice_from(bytes, n > 0 ? (size_t)n : 0U);
    }
    return PT_SUCCESS;
}

/* One temporary name outside the tiles: a crash leaves nothing among them. */
static pt_status write_temporary(const struct pt_tile_files *files, pt_slice bytes,
                                 char path[static PT_PATH_MAX])
{
    PT_TRY(pt_file_join(files->root, ".new", path, PT_PATH_MAX));
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd < 0) {
        return failure(errno);
    }
    const pt_status st = write_whole(fd, bytes);
    (void)close(fd);
    return st;
}

static pt_status move(struct pt_tile_files *files, const char *from, const char *path)
{
    char folder[PT_PATH_MAX];

    memcpy(folder, path, strlen(path) + 1U);
    PT_BUG_ON(!parent(files, folder));
    if (rename(from, path) != 0) {
        if (errno != ENOENT) {
            return failure(errno);
        }
        PT_TRY(make_folders(files, folder));
        if (rename(from, path) != 0) {
            return failure(errno);
        }
    }
    touch(files, folder);
    unsynced(files, path);
    return PT_SUCCESS;
}

PT_RESULT pt_tile_write(struct pt_tile_files *files, const struct pt_tile_id *id, pt_slice bytes)
{
    char *const path = files->path;
    char *const temporary = files->temporary;

    PT_TRY(tile_path(files, id, path));
    PT_TRY(write_temporary(files, bytes, temporary));
    return move(files, temporary, path);
}

void pt_tile_remove(const struct pt_tile_files *files, const struct pt_tile_id *id)
{
    char path[PT_PATH_MAX];

    if (pt_ok(tile_path(files, id, path)) && unlink(path) == 0 && parent(files, path)) {
        (void)rmdir(path); /* "234.p": fails while another partial tile is in it */
    }
}
