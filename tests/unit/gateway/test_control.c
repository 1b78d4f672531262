/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/proc/control: who may be told what between the supervisor and its children (SYS-02). */
#include "gateway/proc/proc_int.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2]; /* 0 speaks, 1 hears */
static struct pt_buf frame;
static struct pt_control_message heard;

static void set_up(void)
{
    cr_assert(pt_ok(pt_ipc_pair(ends)));
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
}

static void tear_down(void)
{
    for (size_t i = 0U; i < PT_COUNT(ends); i++) {
        if (ends[i] >= 0) {
            (void)close(ends[i]);
        }
    }
    pt_buf_done(&frame);
}

TestSuite(control, .init = set_up, .fini = tear_down, .timeout = 20.0);

static pt_status hear(enum pt_role role)
{
    return pt_control_recv(ends[1], role, &frame, &heard);
}

/* The table of docs/processes.md, written a second time: a change of one is seen in the other. */
static bool allowed(enum pt_role to, unsigned type)
{
    switch (type) {
    case PT_MSG_SETTINGS:
    case PT_MSG_CHANNELS:
    case PT_MSG_START:
    case PT_MSG_DRAIN:
        return to == PT_ROLE_GATE || to == PT_ROLE_SCRIBE;
    case PT_MSG_LISTENERS:
    case PT_MSG_RELOAD:
        return to == PT_ROLE_GATE;
    case PT_MSG_CONF:
    case PT_MSG_INCIDENT:
        return to == PT_ROLE_SCRIBE;
    case PT_MSG_READY:
    case PT_MSG_RELOADED:
    case PT_MSG_CONF_DONE:
    case PT_MSG_HOSTILE:
        return to == PT_ROLE_SUPERVISOR;
    default:
        return false;
    }
}

Test(control, every_type_and_role_is_permitted_or_refused_as_the_table_says)
{
    for (unsigned role = PT_ROLE_SUPERVISOR; role <= (unsigned)PT_ROLE_TOOL; role++) {
        for (unsigned type = 0U; type <= UINT8_MAX; type++) {
            cr_expect_eq(pt_control_permits((enum pt_role)role, (uint8_t)type),
                         allowed((enum pt_role)role, type), "role %u type %u", role, type);
        }
    }
}

Test(control, a_message_outside_the_row_of_its_receiver_is_a_protocol_failure)
{
    for (unsigned role = PT_ROLE_SUPERVISOR; role <= (unsigned)PT_ROLE_TOOL; role++) {
        for (unsigned type = 0U; type <= UINT8_MAX; type++) {
            cr_assert(pt_ok(pt_control_send(ends[0], (uint8_t)type, NULL, 0U)));
            const pt_status st = hear((enum pt_role)role);
            const uint32_t expected = allowed((enum pt_role)role, type) ? PT_OK : PT_E_PROTOCOL;
            cr_assert_eq(st.code, expected, "role %u type %u", role, type);
        }
    }
}

Test(control, descriptors_of_a_refused_message_are_closed)
{
    int pipe_ends[2];
    char byte = 0;
    cr_assert_eq(pipe2(pipe_ends, O_CLOEXEC), 0);
    cr_assert(pt_ok(pt_control_send(ends[0], PT_MSG_READY, &pipe_ends[1], 1U)));
    (void)close(pipe_ends[1]);
    cr_expect_eq(hear(PT_ROLE_GATE).code, PT_E_PROTOCOL);
    cr_expect_eq(read(pipe_ends[0], &byte, 1U), 0, "the writing end lives on in the receiver");
    (void)close(pipe_ends[0]);
}

Test(control, a_frame_that_is_none_is_a_protocol_failure)
{
    static const pt_slice bad[] = {PT_SLICE_INIT("x"), PT_SLICE_INIT("XX\x01\x04\0\0\0\0"),
                                   PT_SLICE_INIT("PT\x02\x04\0\0\0\0"),
                                   PT_SLICE_INIT("PT\x01\x04\0\0\0\x01")};
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        cr_assert_eq(send(ends[0], bad[i].ptr, bad[i].len, 0), (ssize_t)bad[i].len);
        cr_expect_eq(hear(PT_ROLE_GATE).code, PT_E_PROTOCOL, "frame %zu", i);
    }
}

Test(control, a_failure_leaves_the_message_of_the_caller_alone)
{
    heard = (struct pt_control_message){.type = 99U, .nfds = 3U};
    cr_expect_eq(hear(PT_ROLE_GATE).code, PT_E_AGAIN);
    (void)close(ends[0]);
    ends[0] = -1;
    cr_expect_eq(hear(PT_ROLE_GATE).code, PT_E_CLOSED);
    cr_expect_eq(heard.type, 99U);
    cr_expect_eq(heard.nfds, 3U);
}

Test(control, a_channel_whose_other_end_is_gone_cannot_be_written_to)
{
    (void)close(ends[1]);
    ends[1] = -1;
    cr_expect_eq(pt_control_send(ends[0], PT_MSG_DRAIN, NULL, 0U).code, PT_E_CLOSED);
    cr_expect_eq(pt_control_send_u32(ends[0], PT_MSG_RELOADED, 0U).code, PT_E_CLOSED);
    cr_expect_eq(pt_control_send_bytes(ends[0], PT_MSG_CONF, PT_SLICE("x")).code, PT_E_CLOSED);
    cr_expect_eq(pt_control_send_fds(ends[0], 0U, ends, 1U).code, PT_E_CLOSED);
}

Test(control, waiting_ends_with_the_delay_or_with_a_message)
{
    cr_expect_eq(pt_control_wait(ends[1], 1U).code, PT_E_TIMEOUT);
    cr_assert(pt_ok(pt_control_send(ends[0], PT_MSG_START, NULL, 0U)));
    cr_expect(pt_ok(pt_control_wait(ends[1], 10000U)));
}

Test(control, a_number_and_bytes_arrive_as_they_were_sent)
{
    cr_assert(pt_ok(pt_control_send_u32(ends[0], PT_MSG_RELOADED, 0xDEADBEEFU)));
    cr_assert(pt_ok(hear(PT_ROLE_SUPERVISOR)));
    cr_expect_eq(heard.type, PT_MSG_RELOADED);
    cr_expect_eq(pt_ipc_get_u32(&heard.body), 0xDEADBEEFU);
    cr_expect(pt_ok(pt_ipc_get_end(&heard.body)));
    cr_assert(pt_ok(pt_control_send_bytes(ends[0], PT_MSG_INCIDENT, PT_SLICE("gate-crash"))));
    cr_assert(pt_ok(hear(PT_ROLE_SCRIBE)));
    cr_expect(pt_slice_eq(heard.body.rest, PT_SLICE("gate-crash")));
}

static void expect_lanes(bool listeners, size_t first, size_t n)
{
    cr_assert(pt_ok(hear(PT_ROLE_GATE)));
    cr_expect_eq(heard.type, listeners ? PT_MSG_LISTENERS : PT_MSG_CHANNELS);
    if (listeners) {
        cr_expect_eq(pt_ipc_get_u8(&heard.body), PT_LISTENER_GRC);
    }
    cr_expect_eq(pt_ipc_get_u16(&heard.body), first);
    cr_expect(pt_ok(pt_ipc_get_end(&heard.body)));
    cr_assert_eq(heard.nfds, n);
    for (size_t i = 0U; i < n; i++) {
        cr_expect_eq(fcntl(heard.fds[i], F_GETFD), FD_CLOEXEC);
        (void)close(heard.fds[i]);
    }
}

Test(control, descriptors_of_many_lanes_go_in_frames_that_say_where_they_begin)
{
    int fds[PT_IPC_FDS_MAX + 2U];
    for (size_t i = 0U; i < PT_COUNT(fds); i++) {
        fds[i] = ends[0];
    }
    cr_assert(pt_ok(pt_control_send_fds(ends[0], 0U, fds, PT_COUNT(fds))));
    cr_assert(pt_ok(pt_control_send_fds(ends[0], PT_LISTENER_GRC, fds, PT_COUNT(fds))));
    for (unsigned round = 0U; round < 2U; round++) {
        expect_lanes(round == 1U, 0U, PT_IPC_FDS_MAX);
        expect_lanes(round == 1U, PT_IPC_FDS_MAX, 2U);
    }
}
