/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * gateway/proc/spawn: a child begins with a fresh image, one descriptor and no blocked signal; what
 * it reads is sealed. The child of these tests is this program itself, started with `--role probe`.
 */
#include "gateway/proc/proc_int.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the probe: what a child finds --- */

struct found {
    char name[16];
    unsigned descriptors; /* above the three standard ones */
    bool control;
    bool blocked; /* some signal is */
};

static void look(struct found *found)
{
    sigset_t set;
    for (int fd = PT_CONTROL_FD; fd < 1024; fd++) {
        found->descriptors += fcntl(fd, F_GETFD) >= 0 ? 1U : 0U;
    }
    found->control = fcntl(PT_CONTROL_FD, F_GETFD) >= 0;
    (void)sigprocmask(SIG_BLOCK, NULL, &set);
    found->blocked = sigismember(&set, SIGTERM) != 0 || sigismember(&set, SIGCHLD) != 0;
}

__attribute__((constructor)) static void probe(int argc, char **argv)
{
    struct found found = {.descriptors = 0U};
    if (argc != 3 || strcmp(argv[1], "--role") != 0 || strncmp(argv[2], "probe", 5U) != 0) {
        return;
    }
    (void)snprintf(found.name, sizeof found.name, "%s", argv[0]);
    look(&found);
    (void)!write(PT_CONTROL_FD, &found, sizeof found);
    _exit(17);
}

static void expect_child(const char *role, int control, int ours)
{
    struct found found = {.descriptors = 99U};
    pid_t pid = 0;
    int status = 0;
    cr_assert(pt_ok(pt_process_spawn(role, control, &pid)));
    (void)close(control);
    cr_assert(pt_ok(pt_control_wait(ours, 20000U)));
    cr_assert_eq(recv(ours, &found, sizeof found, 0), (ssize_t)sizeof found);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(WEXITSTATUS(status), 17);
    cr_expect_str_eq(found.name, "poterned");
    cr_expect(found.control);
    cr_expect_eq(found.descriptors, 1U, "%u descriptors came along", found.descriptors);
    cr_expect_not(found.blocked);
}

Test(spawn, a_child_inherits_its_control_channel_and_nothing_else)
{
    int pair[2];
    sigset_t set;
    const int leak = open("/dev/null", O_RDONLY); /* not close-on-exec */
    cr_assert_geq(leak, 0);
    (void)sigfillset(&set);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    cr_assert(pt_ok(pt_ipc_pair(pair)));
    expect_child("probe", pair[1], pair[0]);
    (void)close(pair[0]);
    (void)close(leak);
}

/* In a process of its own: number 3 is Criterion's here. */
static int spawn_from_number_3(int ours, int theirs)
{
    pid_t pid = 0;
    int status = 0;
    const int kept = fcntl(ours, F_DUPFD_CLOEXEC, 100);
    if (dup3(theirs, PT_CONTROL_FD, O_CLOEXEC) != PT_CONTROL_FD && theirs != PT_CONTROL_FD) {
        return 1;
    }
    if (!pt_ok(pt_process_spawn("probe", PT_CONTROL_FD, &pid)) || waitpid(pid, &status, 0) != pid) {
        return 2;
    }
    struct found found;
    const bool heard = recv(kept, &found, sizeof found, MSG_DONTWAIT) == (ssize_t)sizeof found;
    return heard && found.control && found.descriptors == 1U ? 0 : 3;
}

Test(spawn, a_control_channel_that_has_the_number_already_is_kept)
{
    int pair[2];
    int status = 0;
    cr_assert(pt_ok(pt_ipc_pair(pair)));
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(spawn_from_number_3(pair[0], pair[1]));
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(WEXITSTATUS(status), 0, "step %d", WEXITSTATUS(status));
    (void)close(pair[0]);
    (void)close(pair[1]);
}

Test(spawn, a_role_that_is_too_long_does_not_overflow)
{
    int pair[2];
    cr_assert(pt_ok(pt_ipc_pair(pair)));
    expect_child("probe-and-much-more-than-there-is-room-for", pair[1], pair[0]);
    (void)close(pair[0]);
}

/* --- what is sealed (SYS-04) --- */

static int sealed(pt_slice bytes)
{
    int fd = -1;
    cr_assert(pt_ok(pt_memfd_sealed("test", bytes, &fd)));
    return fd;
}

Test(spawn, a_sealed_file_cannot_be_written_cut_grown_mapped_for_writing_or_unsealed)
{
    const int fd = sealed(PT_SLICE("secret"));
    cr_expect_eq(pwrite(fd, "x", 1U, 0), -1);
    cr_expect_eq(pwrite(fd, "x", 1U, 100), -1);
    cr_expect_neq(ftruncate(fd, 0), 0);
    cr_expect_neq(ftruncate(fd, 1000), 0);
    cr_expect_eq(mmap(NULL, 6U, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    cr_expect_neq(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0);
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    cr_expect_eq(fcntl(fd, F_GET_SEALS), seals);
    cr_expect_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    (void)close(fd);
}

static void expect_content(pt_slice bytes)
{
    struct pt_buf got;
    const int fd = sealed(bytes);
    pt_buf_init(&got, PT_BUNDLE_MAX);
    for (unsigned twice = 0U; twice < 2U; twice++) { /* reading moves nothing */
        pt_buf_clear(&got);
        const pt_status st = pt_memfd_read(fd, &got);
        cr_assert(pt_ok(st), "%s at %s", pt_code_name(st.code), st.origin);
        cr_expect(pt_slice_eq(pt_buf_slice(&got), bytes));
    }
    pt_buf_done(&got);
    (void)close(fd);
}

Test(spawn, what_was_sealed_is_what_is_read)
{
    static char large[300000];
    memset(large, 'L', sizeof large);
    expect_content(PT_SLICE("bundle"));
    expect_content(PT_SLICE_EMPTY);
    expect_content(pt_slice_of(large, sizeof large));
}

Test(spawn, a_file_larger_than_the_buffer_or_the_bound_is_refused)
{
    struct pt_buf small;
    const int fd = sealed(PT_SLICE("0123456789"));
    pt_buf_init(&small, 9U);
    cr_expect_eq(pt_memfd_read(fd, &small).code, PT_E_LIMIT);
    pt_buf_done(&small);
    (void)close(fd);
    const int huge = memfd_create("huge", MFD_CLOEXEC);
    cr_assert_eq(ftruncate(huge, (off_t)PT_BUNDLE_MAX + 1), 0);
    pt_buf_init(&small, 2U * PT_BUNDLE_MAX);
    cr_expect_eq(pt_memfd_read(huge, &small).code, PT_E_LIMIT);
    pt_buf_done(&small);
    (void)close(huge);
}

Test(spawn, a_descriptor_that_is_none_is_told)
{
    struct pt_buf out;
    pt_buf_init(&out, 16U);
    cr_expect_eq(pt_memfd_read(-1, &out).code, PT_E_IO);
    pt_buf_done(&out);
}

Test(spawn, reading_without_memory_fails_and_keeps_nothing)
{
    const int fd = sealed(PT_SLICE("bytes"));
    TORTURE(nth)
    {
        struct pt_buf out;
        pt_buf_init(&out, 100U);
        torture_arm(nth);
        const pt_status st = pt_memfd_read(fd, &out);
        torture_disarm();
        pt_buf_done(&out);
        if (pt_ok(st)) {
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
    }
    (void)close(fd);
}

/* --- sd_notify --- */

static int listen_at(const char *path, size_t len)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    cr_assert_leq(len, sizeof at.sun_path);
    memcpy(at.sun_path, path, len);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&at, size), 0);
    return fd;
}

static void expect_datagram(int fd)
{
    char text[64] = {0};
    pt_notify("READY=1");
    cr_expect_eq(recv(fd, text, sizeof text - 1U, 0), 7);
    cr_expect_str_eq(text, "READY=1");
    cr_expect_eq(recv(fd, text, sizeof text, 0), -1, "one datagram, once");
    (void)close(fd);
}

Test(spawn, without_a_notify_socket_or_with_a_bad_one_nothing_happens)
{
    char longer[200];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1U] = '\0';
    const char *const bad[] = {"", "/nonexistent/notify", "@", longer};
    (void)unsetenv("NOTIFY_SOCKET");
    pt_notify("READY=1");
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        (void)setenv("NOTIFY_SOCKET", bad[i], 1);
        pt_notify("READY=1");
    }
}

Test(spawn, the_service_manager_is_told_over_a_socket_in_the_file_system)
{
    char folder[] = "/tmp/poterne-notify-XXXXXX";
    char path[64];
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/s", folder);
    (void)setenv("NOTIFY_SOCKET", path, 1);
    expect_datagram(listen_at(path, strlen(path)));
    (void)unlink(path);
    (void)rmdir(folder);
}

Test(spawn, the_service_manager_is_told_over_an_abstract_socket)
{
    char name[64] = {0};
    const int n = snprintf(name, sizeof name, "@poterne-notify-%d", (int)getpid());
    (void)setenv("NOTIFY_SOCKET", name, 1);
    name[0] = '\0';
    expect_datagram(listen_at(name, (size_t)n));
}
