/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * key_file.c -- SYS-04: "keys 0400 [...] stat gate at start; wrong mode: refuse". The mode is
 * checked on the open descriptor, so that what was checked is what is read. Layer 1 (pki).
 */
#include "poterne/base/secret.h"
#include "poterne/pki/key.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static pt_status stat_gate(int fd)
{
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    const bool ours = info.st_uid == 0U || info.st_uid == geteuid();
    if (!S_ISREG(info.st_mode) || !ours || (info.st_mode & (S_IRWXG | S_IRWXO)) != 0U) {
        return PT_FAIL_AUX(PT_E_DENIED, info.st_mode & 07777U);
    }
    return PT_SUCCESS;
}

static pt_status read_all(int fd, struct pt_buf *out)
{
    char part[1024];
    ssize_t n = 0;
    do {
        n = read(fd, part, sizeof(part));
        if (n > 0) {
            pt_buf_put(out, pt_slice_of(part, (size_t)n));
        }
    } while (pt_ok(pt_buf_status(out)) && (n > 0 || (n < 0 && errno == EINTR)));
    pt_wipe(part, sizeof(part));
    if (n < 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    return pt_buf_status(out);
}

PT_RESULT pt_key_file_read(const char *path, struct pt_buf *out)
{
    PT_ENSURE(path != NULL && out != NULL, PT_E_ARG);
    /* O_NONBLOCK: a FIFO under that name must not hang the start. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return PT_FAIL_AUX(errno == ENOENT ? PT_E_ABSENT : PT_E_IO, errno);
    }
    pt_status st = stat_gate(fd);
    if (pt_ok(st)) {
        st = read_all(fd, out);
    }
    (void)close(fd);
    return st;
}
