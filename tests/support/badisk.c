/* SPDX-License-Identifier: EUPL-1.2 */
/* A disk that fails: see badisk.h. One thread writes to it at a time. */
#include "badisk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define IMAGE_MAX   (1U << 26U)
#define SECTOR      512U
#define PENDING_MAX 65536U
#define REPLACES    __attribute__((visibility("default")))

static struct {
    const char *where;
    unsigned left;
    int error;
    bool once;
    bool hit;
} fault;

static struct {
    const char *path; /* NULL: no power cut is planned */
    const char *image;
    unsigned left;
    uint64_t seed;
    uint8_t *stable;
    uint64_t size;
    struct {
        uint64_t at;
        uint8_t bytes[SECTOR];
    } * pending;
    size_t npending;
} power;

static bool below(int fd, const char *what)
{
    char link[64];
    char path[1024];

    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path - 1U);
    if (n < 0) {
        return false;
    }
    path[n] = '\0';
    return strstr(path, what) != NULL;
}

/* --- failing -------------------------------------------------------------------------------- */

void badisk_arm(const char *where, unsigned nth, int error)
{
    fault.left = nth;
    fault.error = error;
    fault.once = false;
    fault.hit = false;
    fault.where = where;
}

void badisk_arm_once(const char *where, unsigned nth, int error)
{
    badisk_arm(where, nth, error);
    fault.once = true;
}

void badisk_disarm(void)
{
    fault.where = NULL;
}

bool badisk_hit(void)
{
    return fault.hit;
}

static bool fails(int fd)
{
    if (fault.where == NULL || !below(fd, fault.where)) {
        return false;
    }
    if (fault.left > 0U) {
        fault.left--;
        return false;
    }
    if (fault.once && fault.hit) {
        return false;
    }
    fault.hit = true;
    errno = fault.error;
    return true;
}

/* --- power ---------------------------------------------------------------------------------- */

void badisk_cut(const char *path, const char *image, unsigned nth, uint64_t seed)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;

    power.stable = calloc(1, IMAGE_MAX);
    power.pending = calloc(PENDING_MAX, sizeof *power.pending);
    if (fd < 0 || fstat(fd, &info) != 0 || power.stable == NULL || power.pending == NULL ||
        read(fd, power.stable, IMAGE_MAX) != info.st_size) {
        abort();
    }
    (void)close(fd);
    power.size = (uint64_t)info.st_size;
    power.image = image;
    power.left = nth;
    power.seed = seed | 1U;
    power.path = path;
}

static void apply(const uint8_t *bytes, size_t n, uint64_t at)
{
    if (at + n > IMAGE_MAX) {
        abort();
    }
    memcpy(power.stable + at, bytes, n);
    power.size = at + n > power.size ? at + n : power.size;
}

static void apply_pending(bool all)
{
    for (size_t i = 0; i < power.npending; i++) {
        power.seed = power.seed * 6364136223846793005ULL + 1442695040888963407ULL;
        if (all || (power.seed >> 63U) != 0U) {
            apply(power.pending[i].bytes, SECTOR, power.pending[i].at);
        }
    }
    power.npending = 0;
}

static void cut(void)
{
    apply_pending(false);
    const int fd = open(power.image, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (uint64_t at = 0; at < power.size;) {
        const long n = syscall(SYS_write, fd, power.stable + at, power.size - at);
        if (n <= 0) {
            _exit(1);
        }
        at += (uint64_t)n;
    }
    _exit(77);
}

/* One operation on the file is done; was it the last one? */
static void tick(void)
{
    if (power.left == 0U) {
        cut();
    }
    power.left--;
}

static bool concerned(int fd)
{
    return power.path != NULL && below(fd, power.path);
}

static void written(int fd, const uint8_t *bytes, size_t n, uint64_t at)
{
    const int flags = fcntl(fd, F_GETFL);

    if ((flags & O_DSYNC) != 0) { /* a small write under O_DSYNC is stable when it returns, but may
                                     be cut before */
        if (power.left == 0U && (power.seed & 2U) != 0U) {
            cut();
        }
        apply(bytes, n, at);
        return;
    }
    for (size_t from = 0; from < n; from += SECTOR) {
        if (power.npending == PENDING_MAX || n % SECTOR != 0U) {
            abort();
        }
        power.pending[power.npending].at = at + from;
        memcpy(power.pending[power.npending].bytes, bytes + from, SECTOR);
        power.npending++;
    }
}

/* --- the calls: seen by the libraries too
 * -------------------------------------------------------------------------------- */

REPLACES ssize_t write(int fd, const void *bytes, size_t n)
{
    return fails(fd) ? -1 : syscall(SYS_write, fd, bytes, n);
}

REPLACES ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    if (fails(fd)) {
        return -1;
    }
    const ssize_t done = syscall(SYS_pwrite64, fd, bytes, n, at);
    if (done > 0 && concerned(fd)) {
        written(fd, bytes, (size_t)done, (uint64_t)at);
        tick();
    }
    return done;
}

REPLACES ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (fails(fd)) {
        return -1;
    }
    uint64_t at = (uint64_t)lseek(fd, 0, SEEK_CUR);
    const ssize_t done = syscall(SYS_writev, fd, parts, count);
    if (done > 0 && concerned(fd)) {
        for (int i = 0; i < count; i++) {
            written(fd, parts[i].iov_base, parts[i].iov_len, at);
            at += parts[i].iov_len;
        }
        tick();
    }
    return done;
}

REPLACES int fdatasync(int fd)
{
    if (fails(fd)) {
        return -1;
    }
    if (concerned(fd)) {
        tick(); /* cut before the flush has done anything */
        apply_pending(true);
        tick();
    }
    return (int)syscall(SYS_fdatasync, fd);
}

REPLACES int fsync(int fd)
{
    if (fails(fd)) {
        return -1;
    }
    if (concerned(fd)) {
        apply_pending(true);
    }
    return (int)syscall(SYS_fsync, fd);
}

REPLACES int syncfs(int fd)
{
    return fails(fd) ? -1 : (int)syscall(SYS_syncfs, fd);
}
