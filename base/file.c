/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Whole files. Law: a reader sees the old content or the new one, never a mixture, also after a
 * power cut: temporary name, fsync, rename, fsync of the folder. Layer 0 (base).
 */
#include "poterne/base/file.h"

#include "poterne/base/num.h"
#include "poterne/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_STEP 4096U
#define TMP_TRIES 16U
#define NAME_SIZE 256U

static pt_status io_failure(int error)
{
    switch (error) {
    case ENOENT:
        return PT_FAIL_AUX(PT_E_ABSENT, error);
    case EEXIST:
        return PT_FAIL_AUX(PT_E_EXISTS, error);
    case ENOSPC:
    case EDQUOT:
        return PT_FAIL_AUX(PT_E_FULL, error);
    case ENOMEM:
        return PT_FAIL_AUX(PT_E_NOMEM, error);
    default:
        return PT_FAIL_AUX(PT_E_IO, error);
    }
}

/* --- reading ------------------------------------------------------------------------------- */

static ssize_t read_retry(int fd, void *out, size_t n)
{
    ssize_t got = -1;
    do {
        got = read(fd, out, n);
    } while (got < 0 && errno == EINTR);
    return got;
}

/* The buffer is at its maximum: fine when the file ends here. */
static PT_RESULT expect_end(int fd)
{
    char extra = '\0';
    const ssize_t got = read_retry(fd, &extra, 1U);
    if (got < 0) {
        return io_failure(errno);
    }
    PT_ENSURE(got == 0, PT_E_LIMIT);
    return PT_SUCCESS;
}

static PT_RESULT read_all(int fd, struct pt_buf *buf)
{
    for (;;) {
        const size_t left = buf->max - buf->len;
        if (left == 0U) {
            return expect_end(fd);
        }
        const size_t step = left < READ_STEP ? left : READ_STEP;
        char *space = pt_buf_space(buf, step);
        if (space == NULL) {
            return pt_buf_status(buf);
        }
        const ssize_t got = read_retry(fd, space, step);
        if (got < 0) {
            return io_failure(errno);
        }
        if (got == 0) {
            return PT_SUCCESS;
        }
        pt_buf_commit(buf, (size_t)got);
    }
}

static PT_RESULT check_regular(int fd)
{
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return io_failure(errno);
    }
    if (!S_ISREG(info.st_mode)) {
        return PT_FAIL_AUX(PT_E_IO, S_ISDIR(info.st_mode) ? EISDIR : EINVAL);
    }
    return PT_SUCCESS;
}

PT_RESULT pt_file_read(const char *path, struct pt_buf *buf)
{
    PT_TRY(pt_buf_status(buf));
    /* O_NONBLOCK: a FIFO put in the place of a file must not hang us. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return io_failure(errno);
    }
    const size_t before = buf->len;
    pt_status st = check_regular(fd);
    if (pt_ok(st)) {
        st = read_all(fd, buf);
    }
    if (!pt_ok(st) && buf->len > before) {
        pt_wipe(buf->ptr + before, buf->len - before);
        buf->len = before;
    }
    (void)close(fd);
    return st;
}

/* --- writing ------------------------------------------------------------------------------- */

struct target {
    int dir;          /* the folder */
    const char *name; /* the last component, inside the caller's path */
    char tmp[NAME_SIZE];
};

static PT_RESULT open_folder(const char *path, struct target *t)
{
    char folder[PT_PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = 1U;
    if (slash == NULL) {
        folder[0] = '.';
    } else {
        len = slash == path ? 1U : (size_t)(slash - path);
        PT_ENSURE(len < sizeof folder, PT_E_LIMIT);
        memcpy(folder, path, len);
    }
    folder[len] = '\0';
    t->name = slash != NULL ? slash + 1 : path;
    PT_ENSURE(*t->name != '\0', PT_E_ARG);
    t->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return t->dir >= 0 ? PT_SUCCESS : io_failure(errno);
}

/* ".name.<pid>.<try>" beside the target. */
static PT_RESULT tmp_name(struct target *t, uint64_t attempt)
{
    struct pt_buf buf;
    pt_buf_init(&buf, sizeof t->tmp);
    pt_buf_put_byte(&buf, '.');
    pt_buf_put_str(&buf, t->name);
    pt_buf_put_byte(&buf, '.');
    pt_buf_put_u64(&buf, (uint64_t)getpid());
    pt_buf_put_byte(&buf, '.');
    pt_buf_put_u64(&buf, attempt);
    pt_buf_put_byte(&buf, '\0');
    const pt_status st = pt_buf_status(&buf);
    if (pt_ok(st)) {
        memcpy(t->tmp, buf.ptr, buf.len);
    }
    pt_buf_done(&buf);
    return st;
}

static PT_RESULT open_tmp(struct target *t, mode_t mode, int *ret_fd)
{
    int error = EEXIST;
    for (uint64_t attempt = 0U; attempt < TMP_TRIES && error == EEXIST; attempt++) {
        PT_TRY(tmp_name(t, attempt));
        const int fd =
            openat(t->dir, t->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (fd >= 0) {
            *ret_fd = fd;
            return PT_SUCCESS;
        }
        error = errno;
    }
    /* Our own temporary name being taken says nothing of the target. */
    return error == EEXIST ? PT_FAIL_AUX(PT_E_IO, error) : io_failure(error);
}

static PT_RESULT write_all(int fd, pt_slice bytes)
{
    while (bytes.len > 0U) {
        const ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno != EINTR) {
            return io_failure(errno);
        }
        bytes = pt_slice_from(bytes, n > 0 ? (size_t)n : 0U);
    }
    return PT_SUCCESS;
}

/* fchmod: the mode asked for, whatever the umask. */
static PT_RESULT fill(int fd, pt_slice bytes, mode_t mode)
{
    if (fchmod(fd, mode) != 0) {
        return io_failure(errno);
    }
    PT_TRY(write_all(fd, bytes));
    return fsync(fd) == 0 ? PT_SUCCESS : io_failure(errno);
}

static PT_RESULT publish(const struct target *t, unsigned flags)
{
    if (renameat2(t->dir, t->tmp, t->dir, t->name, flags) != 0) {
        return io_failure(errno);
    }
    return PT_SUCCESS;
}

static PT_RESULT write_beside(struct target *t, pt_slice bytes, mode_t mode, unsigned flags)
{
    int fd = -1;
    PT_TRY(open_tmp(t, mode, &fd));
    pt_status st = fill(fd, bytes, mode);
    if (close(fd) != 0 && pt_ok(st)) {
        st = io_failure(errno);
    }
    if (pt_ok(st)) {
        st = publish(t, flags);
    }
    if (!pt_ok(st)) {
        (void)unlinkat(t->dir, t->tmp, 0);
        return st;
    }
    return fsync(t->dir) == 0 ? PT_SUCCESS : io_failure(errno);
}

static PT_RESULT put_file(const char *path, pt_slice bytes, mode_t mode, unsigned flags)
{
    struct target target = {.dir = -1};
    PT_TRY(open_folder(path, &target));
    const pt_status st = write_beside(&target, bytes, mode, flags);
    (void)close(target.dir);
    return st;
}

PT_RESULT pt_file_replace(const char *path, pt_slice bytes, mode_t mode)
{
    return put_file(path, bytes, mode, 0U);
}

PT_RESULT pt_file_create(const char *path, pt_slice bytes, mode_t mode)
{
    return put_file(path, bytes, mode, RENAME_NOREPLACE);
}

/* --- folders and names --------------------------------------------------------------------- */

static PT_RESULT make_folder(const char *path, mode_t mode)
{
    struct stat info;
    if (mkdir(path, mode) == 0) {
        return PT_SUCCESS;
    }
    const int error = errno;
    if (stat(path, &info) == 0) {
        return S_ISDIR(info.st_mode) ? PT_SUCCESS : PT_FAIL_AUX(PT_E_IO, ENOTDIR);
    }
    return io_failure(error);
}

PT_RESULT pt_file_mkdirs(const char *path, mode_t mode)
{
    char prefix[PT_PATH_MAX];
    const size_t len = strlen(path);
    PT_ENSURE(len > 0U, PT_E_ARG);
    PT_ENSURE(len < sizeof prefix, PT_E_LIMIT);
    memcpy(prefix, path, len + 1U);
    for (size_t i = 1U; i < len; i++) {
        if (prefix[i] == '/') {
            prefix[i] = '\0';
            PT_TRY(make_folder(prefix, mode));
            prefix[i] = '/';
        }
    }
    return make_folder(prefix, mode);
}

PT_RESULT pt_file_join(const char *dir, const char *name, char *out, size_t size)
{
    const pt_slice head = pt_slice_str(dir);
    const pt_slice tail = pt_slice_str(name);
    const bool slash = head.len > 0U && head.ptr[head.len - 1U] != '/';
    const size_t at = head.len + (slash ? 1U : 0U);
    PT_ENSURE(at < size && tail.len < size - at, PT_E_LIMIT);
    memcpy(out, head.ptr, head.len);
    if (slash) {
        out[head.len] = '/';
    }
    memcpy(out + at, tail.ptr, tail.len);
    out[at + tail.len] = '\0';
    return PT_SUCCESS;
}
