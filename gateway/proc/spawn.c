/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Children are started by fork and exec of our own image: a fresh address space that has never seen
 * the supervisor's memory (tokens, keys), with one inherited descriptor, the control channel.
 */
#include "gateway/proc/proc_int.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* In the child: only async-signal-safe calls until exec. */
static _Noreturn void run_child(const char *role, int control)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (control == PT_CONTROL_FD) {
        (void)fcntl(control, F_SETFD, 0);
    } else if (dup2(control, PT_CONTROL_FD) != PT_CONTROL_FD) {
        _exit(PT_CONTROL_FD);
    }
    (void)close_range(PT_CONTROL_FD + 1U, ~0U, 0);
    char name[] = "poterned";
    char option[] = "--role";
    char value[16] = {0};
    memcpy(value, role, strnlen(role, sizeof value - 1U));
    char *const argv[] = {name, option, value, NULL};
    (void)execv("/proc/self/exe", argv);
    _exit(127);
}

PT_RESULT pt_process_spawn(const char *role, int control, pid_t *ret_pid)
{
    const pid_t pid = fork();
    if (pid < 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    if (pid == 0) {
        run_child(role, control);
    }
    *ret_pid = pid;
    return PT_SUCCESS;
}

static PT_RESULT write_sealed(int fd, pt_slice bytes)
{
    pt_slice rest = bytes;
    while (rest.len > 0U) {
        const ssize_t n = write(fd, rest.ptr, rest.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return PT_FAIL_AUX(PT_E_IO, errno);
        }
        rest = pt_slice_from(rest, (size_t)n);
    }
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    if (fcntl(fd, F_ADD_SEALS, seals) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    return PT_SUCCESS;
}

PT_RESULT pt_memfd_sealed(const char *name, pt_slice bytes, int *ret_fd)
{
    const int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    const pt_status st = write_sealed(fd, bytes);
    if (!pt_ok(st)) {
        (void)close(fd);
        return st;
    }
    *ret_fd = fd;
    return PT_SUCCESS;
}

PT_RESULT pt_memfd_read(int fd, struct pt_buf *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    PT_ENSURE(st.st_size >= 0 && (uint64_t)st.st_size <= PT_BUNDLE_MAX, PT_E_LIMIT);
    const size_t size = (size_t)st.st_size;
    char *room = pt_buf_space(out, size);
    if (room == NULL) {
        return pt_buf_status(out);
    }
    size_t done = 0U;
    while (done < size) {
        const ssize_t n = pread(fd, room + done, size - done, (off_t)done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return PT_FAIL_AUX(PT_E_IO, errno);
        }
        done += (size_t)n;
    }
    pt_buf_commit(out, size);
    return PT_SUCCESS;
}

void pt_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (path == NULL || path[0] == '\0' || strlen(path) >= sizeof to.sun_path) {
        return;
    }
    memcpy(to.sun_path, path, strlen(path));
    if (to.sun_path[0] == '@') {
        to.sun_path[0] = '\0';
    }
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    const size_t head = sizeof to - sizeof to.sun_path;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
                 (socklen_t)(head + strlen(path)));
    (void)close(fd);
}
