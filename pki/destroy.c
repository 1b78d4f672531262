/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * destroy.c -- see destroy.h. Everything goes through one descriptor: what was checked is what is
 * overwritten; only the last step, the name, needs the path again. Layer 1 (pki).
 */
#include "poterne/pki/destroy.h"

#include "poterne/base/file.h"
#include "poterne/pki/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP         1024U
#define SIZE_MAX_KEY 1048576 /* bytes: no key is longer */

static pt_status io_failure(void)
{
    return PT_FAIL_AUX(errno == ENOENT ? PT_E_ABSENT : PT_E_IO, errno);
}

static pt_status gate(int fd, struct stat *info)
{
    if (fstat(fd, info) != 0) {
        return io_failure();
    }
    const bool ours = info->st_uid == geteuid() || geteuid() == 0U;
    PT_ENSURE(S_ISREG(info->st_mode) && ours, PT_E_DENIED);
    if (info->st_nlink != 1U) {
        return PT_FAIL_AUX(PT_E_DENIED, info->st_nlink);
    }
    PT_ENSURE(info->st_size <= SIZE_MAX_KEY, PT_E_LIMIT);
    return PT_SUCCESS;
}

static pt_status write_step(int fd, const uint8_t *bytes, size_t n, off_t at)
{
    size_t done = 0U;
    while (done < n) {
        const ssize_t wrote = pwrite(fd, bytes + done, n - done, at + (off_t)done);
        if (wrote < 0 && errno != EINTR) {
            return io_failure();
        }
        done += wrote > 0 ? (size_t)wrote : 0U;
    }
    return PT_SUCCESS;
}

static pt_status pass(int fd, off_t size, bool random)
{
    uint8_t bytes[STEP] = {0};
    for (off_t at = 0; at < size; at += (off_t)sizeof(bytes)) {
        const off_t left = size - at;
        const size_t n = left < (off_t)sizeof(bytes) ? (size_t)left : sizeof(bytes);
        if (random) {
            PT_TRY(pt_random(bytes, n));
        }
        PT_TRY(write_step(fd, bytes, n, at));
    }
    return fsync(fd) == 0 ? PT_SUCCESS : io_failure();
}

static pt_status erase(int fd, off_t size)
{
    PT_TRY(pass(fd, size, true));
    PT_TRY(pass(fd, size, false));
    if (ftruncate(fd, 0) != 0 || fsync(fd) != 0) {
        return io_failure();
    }
    return PT_SUCCESS;
}

/* A key file is 0400: its owner opens it for reading, gives himself the right, and opens again. */
static pt_status reopen(int fd, int *ret_fd)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0) {
        return io_failure();
    }
    const int writable = open(path, O_WRONLY | O_CLOEXEC);
    if (writable < 0) {
        return io_failure();
    }
    *ret_fd = writable;
    return PT_SUCCESS;
}

static pt_status erase_open(int fd, uint64_t *ret_bytes)
{
    struct stat info;
    int writable = -1;
    PT_TRY(gate(fd, &info));
    PT_TRY(reopen(fd, &writable));
    const pt_status st = erase(writable, info.st_size);
    (void)close(writable);
    *ret_bytes = pt_ok(st) ? (uint64_t)info.st_size : 0U;
    return st;
}

static pt_status sync_folder(const char *path)
{
    char folder[PT_PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    const size_t n = slash == NULL ? 0U : slash == path ? 1U : (size_t)(slash - path);
    PT_ENSURE(n < sizeof(folder), PT_E_LIMIT);
    if (n > 0U) {
        memcpy(folder, path, n);
        folder[n] = '\0';
    }
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return io_failure();
    }
    const pt_status st = fsync(fd) == 0 ? PT_SUCCESS : io_failure();
    (void)close(fd);
    return st;
}

PT_RESULT pt_key_file_destroy(const char *path, uint64_t *ret_bytes)
{
    PT_ENSURE(path != NULL && ret_bytes != NULL, PT_E_ARG);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return errno == ELOOP ? PT_FAIL(PT_E_DENIED) : io_failure();
    }
    const pt_status st = erase_open(fd, ret_bytes);
    (void)close(fd);
    PT_TRY(st);
    if (unlink(path) != 0) {
        return io_failure();
    }
    return sync_folder(path);
}
