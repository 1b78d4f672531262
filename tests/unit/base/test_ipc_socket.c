/* SPDX-License-Identifier: EUPL-1.2 */
/* The channel: packets, descriptors that never leak, full, closed, oversized. */
#include "poterne/base/ipc.h"

#include "torture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PING "PT\x01\x10\0\0\0\x04ping"

struct channel {
    int fds[2];
    struct pt_buf frame;
};

static void open_channel(struct channel *c)
{
    cr_assert(pt_ok(pt_ipc_pair(c->fds)));
    pt_buf_init(&c->frame, PT_IPC_FRAME_MAX);
}

static void close_channel(struct channel *c)
{
    (void)close(c->fds[0]);
    (void)close(c->fds[1]);
    pt_buf_done(&c->frame);
}

/* The lowest free descriptor: the same before and after when nothing leaked. */
static int lowest_free(void)
{
    const int fd = dup(STDERR_FILENO);
    (void)close(fd);
    return fd;
}

Test(ipc_socket, a_pair_is_close_on_exec_and_non_blocking)
{
    struct channel c;
    open_channel(&c);
    for (size_t i = 0U; i < 2U; i++) {
        cr_assert(fcntl(c.fds[i], F_GETFD) & FD_CLOEXEC);
        cr_assert(fcntl(c.fds[i], F_GETFL) & O_NONBLOCK);
    }
    close_channel(&c);
}

Test(ipc_socket, a_pair_without_privilege_gets_the_room_the_system_allows)
{
    struct channel c;
    const uid_t user = geteuid();
    cr_assert_eq(seteuid(user == 0U ? 65534U : user), 0);
    open_channel(&c);
    cr_assert_eq(seteuid(user), 0);
    cr_assert_eq(prctl(PR_SET_DUMPABLE, 1), 0); /* the leak checker attaches at exit */
    cr_assert(pt_ok(pt_ipc_send(c.fds[0], PT_SLICE(PING), NULL, 0U)));
    close_channel(&c);
}

Test(ipc_socket, without_a_free_descriptor_there_is_no_pair)
{
    int fds[2] = {-7, -7};
    struct rlimit before;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit limit = {.rlim_cur = (rlim_t)lowest_free() + 1U,
                                 .rlim_max = before.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    const pt_status st = pt_ipc_pair(fds);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    cr_assert_eq(st.code, PT_E_IO);
    cr_assert_eq(st.aux, (uint32_t)EMFILE);
    cr_assert_eq(fds[0], -7);
}

Test(ipc_socket, receiving_from_an_empty_channel_says_again)
{
    struct channel c;
    open_channel(&c);
    cr_assert_eq(pt_ipc_recv(c.fds[0], &c.frame, NULL, NULL).code, PT_E_AGAIN);
    close_channel(&c);
}

Test(ipc_socket, a_full_channel_says_again_and_loses_nothing)
{
    struct channel c;
    open_channel(&c);
    uint32_t sent = 0U;
    pt_status st = PT_SUCCESS;
    for (;;) {
        pt_ipc_begin(&c.frame, 1U);
        pt_ipc_put_u32(&c.frame, sent);
        pt_ipc_put_fixed(&c.frame, (const char[8192]){0}, 8192U);
        cr_assert(pt_ok(pt_ipc_end(&c.frame)));
        st = pt_ipc_send(c.fds[0], pt_buf_slice(&c.frame), NULL, 0U);
        if (!pt_ok(st)) {
            break;
        }
        sent++;
    }
    cr_assert_eq(st.code, PT_E_AGAIN);
    cr_assert_gt(sent, 8U);
    for (uint32_t i = 0U; i < sent; i++) {
        uint8_t type = 0U;
        struct pt_ipc_reader r;
        cr_assert(pt_ok(pt_ipc_recv(c.fds[1], &c.frame, NULL, NULL)));
        cr_assert(pt_ok(pt_ipc_open(pt_buf_slice(&c.frame), &type, &r)));
        cr_assert_eq(pt_ipc_get_u32(&r), i);
    }
    cr_assert_eq(pt_ipc_recv(c.fds[1], &c.frame, NULL, NULL).code, PT_E_AGAIN);
    close_channel(&c);
}

Test(ipc_socket, a_closed_peer_is_told_without_a_signal)
{
    struct channel c;
    open_channel(&c);
    (void)close(c.fds[1]);
    cr_assert_eq(pt_ipc_send(c.fds[0], PT_SLICE(PING), NULL, 0U).code, PT_E_CLOSED);
    cr_assert_eq(pt_ipc_recv(c.fds[0], &c.frame, NULL, NULL).code, PT_E_CLOSED);
    c.fds[1] = -1;
    close_channel(&c);
}

Test(ipc_socket, what_was_sent_before_the_end_still_arrives)
{
    struct channel c;
    open_channel(&c);
    cr_assert(pt_ok(pt_ipc_send(c.fds[0], PT_SLICE(PING), NULL, 0U)));
    (void)close(c.fds[0]);
    c.fds[0] = -1;
    cr_assert(pt_ok(pt_ipc_recv(c.fds[1], &c.frame, NULL, NULL)));
    cr_assert(pt_slice_eq(pt_buf_slice(&c.frame), PT_SLICE(PING)));
    cr_assert_eq(pt_ipc_recv(c.fds[1], &c.frame, NULL, NULL).code, PT_E_CLOSED);
    cr_assert_eq(c.frame.len, 0U);
    close_channel(&c);
}

Test(ipc_socket, a_descriptor_that_is_no_channel_is_an_error)
{
    struct channel c;
    open_channel(&c);
    pt_status st = pt_ipc_send(-1, PT_SLICE(PING), NULL, 0U);
    cr_assert_eq(st.code, PT_E_IO);
    cr_assert_eq(st.aux, (uint32_t)EBADF);
    st = pt_ipc_recv(STDERR_FILENO, &c.frame, NULL, NULL);
    cr_assert_eq(st.code, PT_E_IO);
    close_channel(&c);
}

Test(ipc_socket, a_packet_larger_than_the_buffer_is_a_protocol_error_and_is_gone)
{
    struct channel c;
    struct pt_buf small;
    open_channel(&c);
    pt_buf_init(&small, sizeof PING - 2U);
    cr_assert(pt_ok(pt_ipc_send(c.fds[0], PT_SLICE(PING), NULL, 0U)));
    cr_assert(pt_ok(pt_ipc_send(c.fds[0], PT_SLICE("PT\x01\x11\0\0\0\0"), NULL, 0U)));
    cr_assert_eq(pt_ipc_recv(c.fds[1], &small, NULL, NULL).code, PT_E_PROTOCOL);
    cr_assert_eq(small.len, 0U);
    cr_assert(pt_ok(pt_ipc_recv(c.fds[1], &small, NULL, NULL)));
    pt_buf_done(&small);
    close_channel(&c);
}

Test(ipc_socket, a_packet_above_the_frame_limit_is_refused)
{
    static char big[PT_IPC_FRAME_MAX + 1U];
    struct channel c;
    struct pt_buf large;
    open_channel(&c);
    pt_buf_init(&large, 2U * PT_IPC_FRAME_MAX);
    cr_assert_eq(pt_ipc_send(c.fds[0], pt_slice_of(big, sizeof big), NULL, 0U).code, PT_E_LIMIT);
    cr_assert_eq(send(c.fds[0], big, sizeof big, 0), (ssize_t)sizeof big);
    cr_assert_eq(pt_ipc_recv(c.fds[1], &large, NULL, NULL).code, PT_E_PROTOCOL);
    cr_assert(pt_ok(pt_ipc_send(c.fds[0], pt_slice_of(big, sizeof big - 1U), NULL, 0U)));
    cr_assert(pt_ok(pt_ipc_recv(c.fds[1], &large, NULL, NULL)));
    cr_assert_eq(large.len, PT_IPC_FRAME_MAX);
    pt_buf_done(&large);
    close_channel(&c);
}

Test(ipc_socket, contracts_of_the_caller_are_checked)
{
    struct channel c;
    struct pt_buf none = {0};
    const int fds[PT_IPC_FDS_MAX + 1U] = {0};
    open_channel(&c);
    cr_assert_eq(pt_ipc_send(c.fds[0], PT_SLICE("PT"), NULL, 0U).code, PT_E_ARG);
    cr_assert_eq(pt_ipc_send(c.fds[0], PT_SLICE(PING), fds, PT_IPC_FDS_MAX + 1U).code, PT_E_ARG);
    cr_assert_eq(pt_ipc_recv(c.fds[0], &none, NULL, NULL).code, PT_E_ARG);
    close_channel(&c);
}

Test(ipc_socket, descriptors_travel_up_to_the_limit_and_are_close_on_exec)
{
    for (size_t n = 0U; n <= PT_IPC_FDS_MAX; n++) {
        struct channel c;
        open_channel(&c);
        const int out[PT_IPC_FDS_MAX] = {STDERR_FILENO, c.fds[0], c.fds[1], STDERR_FILENO};
        int in[PT_IPC_FDS_MAX] = {-1, -1, -1, -1};
        size_t got = 99U;
        cr_assert(pt_ok(pt_ipc_send(c.fds[0], PT_SLICE(PING), out, n)));
        cr_assert(pt_ok(pt_ipc_recv(c.fds[1], &c.frame, in, &got)));
        cr_assert_eq(got, n);
        for (size_t i = 0U; i < n; i++) {
            cr_assert(fcntl(in[i], F_GETFD) & FD_CLOEXEC);
            (void)close(in[i]);
        }
        close_channel(&c);
    }
}

Test(ipc_socket, descriptors_nobody_asked_for_are_closed_and_refused)
{
    struct channel c;
    open_channel(&c);
    const int out[2] = {STDERR_FILENO, STDERR_FILENO};
    const int before = lowest_free();
    cr_assert(pt_ok(pt_ipc_send(c.fds[0], PT_SLICE(PING), out, 2U)));
    cr_assert_eq(pt_ipc_recv(c.fds[1], &c.frame, NULL, NULL).code, PT_E_PROTOCOL);
    cr_assert_eq(lowest_free(), before);
    close_channel(&c);
}

/* A taken-over peer does not use our sender: six descriptors at once. */
Test(ipc_socket, too_many_descriptors_are_refused_and_none_stays_open)
{
    struct channel c;
    open_channel(&c);
    int out[6];
    int in[PT_IPC_FDS_MAX];
    size_t got = 99U;
    for (size_t i = 0U; i < 6U; i++) {
        out[i] = STDERR_FILENO;
    }
    char packet[] = PING;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof out)];
    memset(control, 0, sizeof control);
    struct iovec part = {.iov_base = packet, .iov_len = sizeof PING - 1U};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1U,
                         .msg_control = control,
                         .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof out);
    memcpy(CMSG_DATA(header), out, sizeof out);
    const int before = lowest_free();
    cr_assert_eq(sendmsg(c.fds[0], &msg, 0), (ssize_t)part.iov_len);
    cr_assert_eq(pt_ipc_recv(c.fds[1], &c.frame, in, &got).code, PT_E_PROTOCOL);
    cr_assert_eq(got, 99U);
    cr_assert_eq(lowest_free(), before);
    close_channel(&c);
}

Test(ipc_socket, descriptors_with_a_truncated_packet_are_closed)
{
    struct channel c;
    struct pt_buf small;
    open_channel(&c);
    pt_buf_init(&small, PT_IPC_HEADER);
    const int out[1] = {STDERR_FILENO};
    int in[PT_IPC_FDS_MAX];
    size_t got = 0U;
    const int before = lowest_free();
    cr_assert(pt_ok(pt_ipc_send(c.fds[0], PT_SLICE(PING), out, 1U)));
    cr_assert_eq(pt_ipc_recv(c.fds[1], &small, in, &got).code, PT_E_PROTOCOL);
    cr_assert_eq(lowest_free(), before);
    pt_buf_done(&small);
    close_channel(&c);
}

Test(ipc_socket, out_of_memory_leaves_the_packet_for_later)
{
    struct channel c;
    open_channel(&c);
    cr_assert(pt_ok(pt_ipc_send(c.fds[0], PT_SLICE(PING), NULL, 0U)));
    torture_arm(0U);
    const pt_status st = pt_ipc_recv(c.fds[1], &c.frame, NULL, NULL);
    torture_disarm();
    cr_assert_eq(st.code, PT_E_NOMEM);
    cr_assert(pt_ok(pt_ipc_recv(c.fds[1], &c.frame, NULL, NULL)));
    close_channel(&c);
}
