/* SPDX-License-Identifier: EUPL-1.2 */
/* Frames: what a hostile peer may write, and that a frame is consumed exactly. */
#include "poterne/base/ipc.h"

#include "torture.h"

#include <criterion/criterion.h>

#define TYPE 16U

/* A frame with every kind of value. */
static void fill(struct pt_buf *frame)
{
    pt_buf_init(frame, PT_IPC_FRAME_MAX);
    pt_ipc_begin(frame, TYPE);
    pt_ipc_put_u8(frame, 0x01U);
    pt_ipc_put_u16(frame, 0x0203U);
    pt_ipc_put_u32(frame, 0x04050607U);
    pt_ipc_put_u64(frame, 0x08090A0B0C0D0E0FU);
    pt_ipc_put_fixed(frame, "fix", 3U);
    pt_ipc_put_bytes(frame, PT_SLICE("bytes"));
    pt_ipc_put_bytes(frame, PT_SLICE_EMPTY);
}

static const char WIRE[] = "PT\x01\x10\0\0\0\x1F"
                           "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"
                           "fix\0\0\0\x05"
                           "bytes\0\0\0\0";

Test(ipc_frame, a_header_that_is_not_ours_is_refused)
{
    static const pt_slice BAD[] = {
        PT_SLICE_INIT(""),
        PT_SLICE_INIT("PT\x01\x10\0\0\0"),
        PT_SLICE_INIT("QT\x01\x10\0\0\0\0"),
        PT_SLICE_INIT("PU\x01\x10\0\0\0\0"),
        PT_SLICE_INIT("PT\x00\x10\0\0\0\0"),
        PT_SLICE_INIT("PT\x02\x10\0\0\0\0"),
        PT_SLICE_INIT("PT\x01\x10\0\0\0\x01"),
        PT_SLICE_INIT("PT\x01\x10\0\0\0\0x"),
        PT_SLICE_INIT("PT\x01\x10\x01\0\0\0"),
        PT_SLICE_INIT("PT\x01\x10\xFF\xFF\xFF\xFF"),
    };
    for (size_t i = 0U; i < PT_COUNT(BAD); i++) {
        uint8_t type = 77U;
        struct pt_ipc_reader r = {.error = 77U};
        cr_assert_eq(pt_ipc_open(BAD[i], &type, &r).code, PT_E_PROTOCOL, "row %zu", i);
        cr_assert_eq(type, 77U);
        cr_assert_eq(r.error, 77U);
    }
}

Test(ipc_frame, a_frame_above_the_limit_is_refused_both_ways)
{
    static char big[PT_IPC_FRAME_MAX + 1U];
    for (size_t extra = 0U; extra <= 1U; extra++) {
        struct pt_buf frame;
        pt_buf_init(&frame, PT_IPC_FRAME_MAX + 64U);
        pt_ipc_begin(&frame, TYPE);
        pt_ipc_put_fixed(&frame, big, PT_IPC_FRAME_MAX - PT_IPC_HEADER + extra);
        cr_assert_eq(pt_ipc_end(&frame).code, extra == 0U ? PT_OK : PT_E_LIMIT);
        uint8_t type = 0U;
        struct pt_ipc_reader r;
        cr_assert_eq(pt_ipc_open(pt_buf_slice(&frame), &type, &r).code,
                     extra == 0U ? PT_OK : PT_E_PROTOCOL);
        pt_buf_done(&frame);
    }
}

Test(ipc_frame, bytes_longer_than_a_frame_are_refused_at_once)
{
    struct pt_buf frame;
    pt_buf_init(&frame, SIZE_MAX);
    pt_ipc_begin(&frame, TYPE);
    pt_ipc_put_bytes(&frame, pt_slice_of(WIRE, PT_IPC_FRAME_MAX + 1U)); /* never read */
    cr_assert_eq(pt_ipc_end(&frame).code, PT_E_LIMIT);
    pt_buf_done(&frame);
}

Test(ipc_frame, ending_what_was_not_begun_is_refused)
{
    struct pt_buf frame;
    pt_buf_init(&frame, 64U);
    cr_assert_eq(pt_ipc_end(&frame).code, PT_E_ARG);
    pt_buf_done(&frame);
}

Test(ipc_frame, a_frame_is_the_bytes_the_header_says)
{
    struct pt_buf frame;
    fill(&frame);
    cr_assert(pt_ok(pt_ipc_end(&frame)));
    cr_assert_eq(frame.len, sizeof WIRE - 1U);
    cr_assert_arr_eq(frame.ptr, WIRE, sizeof WIRE - 1U);
    pt_buf_done(&frame);
}

static PT_RESULT read_all(pt_slice wire)
{
    uint8_t type = 0U;
    struct pt_ipc_reader r;
    char fixed[3];
    PT_TRY(pt_ipc_open(wire, &type, &r));
    const bool numbers = pt_ipc_get_u8(&r) == 0x01U && pt_ipc_get_u16(&r) == 0x0203U &&
                         pt_ipc_get_u32(&r) == 0x04050607U &&
                         pt_ipc_get_u64(&r) == 0x08090A0B0C0D0E0FU;
    pt_ipc_get_fixed(&r, fixed, sizeof fixed);
    const pt_slice bytes = pt_ipc_get_bytes(&r, 5U);
    const pt_slice none = pt_ipc_get_bytes(&r, 0U);
    PT_TRY(pt_ipc_get_end(&r));
    PT_ENSURE(type == TYPE && numbers && memcmp(fixed, "fix", 3U) == 0, PT_E_CORRUPT);
    PT_ENSURE(pt_slice_eq(bytes, PT_SLICE("bytes")) && none.len == 0U, PT_E_CORRUPT);
    return PT_SUCCESS;
}

Test(ipc_frame, what_was_put_is_got)
{
    cr_assert(pt_ok(read_all(pt_slice_of(WIRE, sizeof WIRE - 1U))));
}

/* The length in the header always agrees, so only the reading itself can see the fault. */
Test(ipc_frame, a_payload_cut_anywhere_or_too_long_is_refused)
{
    for (size_t len = PT_IPC_HEADER; len < sizeof WIRE + 2U; len++) {
        char wire[sizeof WIRE + 2U] = {0};
        memcpy(wire, WIRE, len < sizeof WIRE ? len : sizeof WIRE);
        wire[7] = (char)(len - PT_IPC_HEADER);
        const pt_status st = read_all(pt_slice_of(wire, len));
        cr_assert_eq(st.code, len == sizeof WIRE - 1U ? PT_OK : PT_E_PROTOCOL, "length %zu", len);
    }
}

Test(ipc_frame, bytes_above_the_caller_s_maximum_are_refused)
{
    static const char wire[] = "PT\x01\x10\0\0\0\x07\0\0\0\x03"
                               "abc";
    for (size_t max = 2U; max <= 4U; max++) {
        uint8_t type = 0U;
        struct pt_ipc_reader r;
        cr_assert(pt_ok(pt_ipc_open(pt_slice_of(wire, sizeof wire - 1U), &type, &r)));
        cr_assert_eq(pt_ipc_get_bytes(&r, max).len, max < 3U ? 0U : 3U);
        cr_assert_eq(pt_ipc_get_end(&r).code, max < 3U ? PT_E_PROTOCOL : PT_OK);
    }
}

Test(ipc_frame, a_length_of_four_gigabytes_reads_nothing)
{
    static const char wire[] = "PT\x01\x10\0\0\0\x05\xFF\xFF\xFF\xFF"
                               "a";
    uint8_t type = 0U;
    struct pt_ipc_reader r;
    cr_assert(pt_ok(pt_ipc_open(pt_slice_of(wire, sizeof wire - 1U), &type, &r)));
    cr_assert_eq(pt_ipc_get_bytes(&r, SIZE_MAX).len, 0U);
    cr_assert_eq(pt_ipc_get_end(&r).code, PT_E_PROTOCOL);
}

Test(ipc_frame, the_first_failure_sticks_and_gives_zeroes)
{
    static const char wire[] = "PT\x01\x10\0\0\0\x01\x7F";
    uint8_t type = 0U;
    struct pt_ipc_reader r;
    cr_assert(pt_ok(pt_ipc_open(pt_slice_of(wire, sizeof wire - 1U), &type, &r)));
    cr_assert_eq(pt_ipc_get_u64(&r), 0U);
    cr_assert_eq(pt_ipc_get_u8(&r), 0U); /* there is a byte, but the reader has failed */
    cr_assert_eq(pt_ipc_get_u32(&r), 0U);
    cr_assert_eq(pt_ipc_get_u16(&r), 0U);
    cr_assert_eq(pt_ipc_get_bytes(&r, 10U).len, 0U);
    cr_assert_eq(pt_ipc_get_end(&r).code, PT_E_PROTOCOL);
}

Test(ipc_frame, a_buffer_too_small_is_told_at_the_end)
{
    for (size_t max = 0U; max < sizeof WIRE; max++) {
        struct pt_buf frame;
        fill(&frame);
        pt_buf_done(&frame);
        pt_buf_init(&frame, max);
        pt_ipc_begin(&frame, TYPE);
        pt_ipc_put_fixed(&frame, WIRE, sizeof WIRE - 1U - PT_IPC_HEADER);
        cr_assert_eq(pt_ipc_end(&frame).code, max < sizeof WIRE - 1U ? PT_E_LIMIT : PT_OK);
        pt_buf_done(&frame);
    }
}

Test(ipc_frame, out_of_memory_is_told_at_the_end)
{
    struct pt_buf frame;
    torture_arm(0U);
    fill(&frame);
    torture_disarm();
    cr_assert_eq(pt_ipc_end(&frame).code, PT_E_NOMEM);
    pt_buf_done(&frame);
}

Test(ipc_frame, begin_starts_afresh)
{
    struct pt_buf frame;
    pt_buf_init(&frame, PT_IPC_HEADER);
    pt_ipc_begin(&frame, TYPE);
    pt_ipc_put_u8(&frame, 1U);
    cr_assert_eq(pt_ipc_end(&frame).code, PT_E_LIMIT);
    pt_ipc_begin(&frame, TYPE);
    cr_assert(pt_ok(pt_ipc_end(&frame)));
    cr_assert_eq(frame.len, PT_IPC_HEADER);
    pt_buf_done(&frame);
}
