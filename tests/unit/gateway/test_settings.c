/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/proc: the first message a child hears. */
#include "gateway/proc/proc_int.h"
#include "torture.h"

#include <criterion/criterion.h>

static struct pt_settings good(void)
{
    return (struct pt_settings){.lanes = 4U,
                                .reserve_bytes = UINT64_C(0x1122334455667788),
                                .user = "poterne",
                                .config_path = "/etc/poterne/poterne.yaml",
                                .datasets = "/usr/share/poterne/datasets",
                                .log_directory = "/var/lib/poterne/log",
                                .origin = "trace.21680999600004/poterne",
                                .gateway = "gw-1"};
}

static void write_frame(struct pt_buf *frame, const struct pt_settings *settings)
{
    pt_buf_init(frame, PT_IPC_FRAME_MAX);
    pt_ipc_begin(frame, PT_MSG_SETTINGS);
    cr_assert(pt_ok(pt_settings_put(frame, settings)));
    cr_assert(pt_ok(pt_ipc_end(frame)));
}

static struct pt_ipc_reader body_of(const struct pt_buf *frame)
{
    return (struct pt_ipc_reader){.rest = pt_slice_from(pt_buf_slice(frame), PT_IPC_HEADER)};
}

static void expect_refused(struct pt_ipc_reader reader)
{
    struct pt_settings got;
    memset(&got, 0x5A, sizeof got);
    const struct pt_settings before = got;
    cr_expect_eq(pt_settings_get(&reader, &got).code, PT_E_PROTOCOL);
    cr_expect_eq(memcmp(&got, &before, sizeof got), 0, "a failure leaves the result alone");
}

Test(settings, cut_anywhere_they_are_refused)
{
    struct pt_buf frame;
    const struct pt_settings settings = good();
    write_frame(&frame, &settings);
    const struct pt_ipc_reader whole = body_of(&frame);
    for (size_t n = 0U; n < whole.rest.len; n++) {
        expect_refused((struct pt_ipc_reader){.rest = pt_slice_head(whole.rest, n)});
    }
    pt_buf_done(&frame);
}

Test(settings, a_byte_after_the_end_is_refused)
{
    struct pt_buf frame;
    const struct pt_settings settings = good();
    write_frame(&frame, &settings);
    pt_buf_put_byte(&frame, '\0');
    expect_refused(body_of(&frame));
    pt_buf_done(&frame);
}

Test(settings, no_lane_or_too_many_are_refused)
{
    static const uint16_t bad[] = {0U, PT_LANES_MAX + 1U, UINT16_MAX};
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        struct pt_buf frame;
        struct pt_settings settings = good();
        settings.lanes = bad[i];
        write_frame(&frame, &settings);
        expect_refused(body_of(&frame));
        pt_buf_done(&frame);
    }
}

Test(settings, a_text_longer_than_its_room_is_refused)
{
    static const size_t rooms[] = {
        sizeof((struct pt_settings *)0)->user,     sizeof((struct pt_settings *)0)->config_path,
        sizeof((struct pt_settings *)0)->datasets, sizeof((struct pt_settings *)0)->log_directory,
        sizeof((struct pt_settings *)0)->origin,   sizeof((struct pt_settings *)0)->gateway};
    static char text[PT_PATH_MAX];
    memset(text, 'x', sizeof text);
    for (size_t which = 0U; which < PT_COUNT(rooms); which++) {
        struct pt_buf frame;
        pt_buf_init(&frame, PT_IPC_FRAME_MAX);
        pt_ipc_begin(&frame, PT_MSG_SETTINGS);
        pt_ipc_put_u16(&frame, 1U);
        pt_ipc_put_u64(&frame, 0U);
        for (size_t i = 0U; i < PT_COUNT(rooms); i++) {
            pt_ipc_put_bytes(&frame, pt_slice_of(text, i == which ? rooms[i] : rooms[i] - 1U));
        }
        cr_assert(pt_ok(pt_ipc_end(&frame)));
        expect_refused(body_of(&frame));
        pt_buf_done(&frame);
    }
}

Test(settings, a_length_beyond_the_frame_is_refused)
{
    struct pt_buf frame;
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    pt_ipc_begin(&frame, PT_MSG_SETTINGS);
    pt_ipc_put_u16(&frame, 1U);
    pt_ipc_put_u64(&frame, 0U);
    pt_ipc_put_u32(&frame, UINT32_MAX);
    expect_refused(body_of(&frame));
    pt_buf_done(&frame);
}

Test(settings, what_was_put_is_what_is_got)
{
    struct pt_buf frame;
    struct pt_settings got;
    const struct pt_settings settings = good();
    write_frame(&frame, &settings);
    struct pt_ipc_reader reader = body_of(&frame);
    cr_assert(pt_ok(pt_settings_get(&reader, &got)));
    cr_expect_eq(got.lanes, settings.lanes);
    cr_expect_eq(got.reserve_bytes, settings.reserve_bytes);
    cr_expect_str_eq(got.user, settings.user);
    cr_expect_str_eq(got.config_path, settings.config_path);
    cr_expect_str_eq(got.datasets, settings.datasets);
    cr_expect_str_eq(got.log_directory, settings.log_directory);
    cr_expect_str_eq(got.origin, settings.origin);
    cr_expect_str_eq(got.gateway, settings.gateway);
    pt_buf_done(&frame);
}

Test(settings, without_memory_putting_fails_and_nothing_stays)
{
    const struct pt_settings settings = good();
    TORTURE(nth)
    {
        struct pt_buf frame;
        pt_buf_init(&frame, PT_IPC_FRAME_MAX);
        torture_arm(nth);
        pt_ipc_begin(&frame, PT_MSG_SETTINGS);
        const pt_status st = pt_settings_put(&frame, &settings);
        torture_disarm();
        pt_buf_done(&frame);
        if (pt_ok(st)) {
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
    }
}
