/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A frame from a peer that was taken over. First byte: how to read (a seed of getters); the rest:
 * the frame. Properties: no byte outside the frame is touched; what is accepted was consumed
 * exactly, and writing the same values again gives the same bytes.
 */
#include "poterne/base/ipc.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One value, of the kind the two low bits of @how say; written to @copy as it was read. */
static void get_one(struct pt_ipc_reader *r, struct pt_buf *copy, unsigned how)
{
    switch (how & 3U) {
    case 0U:
        pt_ipc_put_u8(copy, pt_ipc_get_u8(r));
        break;
    case 1U:
        pt_ipc_put_u16(copy, pt_ipc_get_u16(r));
        break;
    case 2U:
        pt_ipc_put_u64(copy, pt_ipc_get_u64(r));
        break;
    default:
        pt_ipc_put_bytes(copy, pt_ipc_get_bytes(r, 1024U));
        break;
    }
}

static void check_same(const struct pt_ipc_reader *r, struct pt_buf *copy, pt_slice frame)
{
    if (!pt_ok(pt_ipc_get_end(r))) {
        return;
    }
    if (!pt_ok(pt_ipc_end(copy)) || !pt_slice_eq(pt_buf_slice(copy), frame)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0U) {
        return 0;
    }
    unsigned how = data[0];
    const pt_slice frame = pt_slice_of(data + 1, size - 1U);
    uint8_t type = 0U;
    struct pt_ipc_reader r;
    if (!pt_ok(pt_ipc_open(frame, &type, &r))) {
        return 0;
    }
    struct pt_buf copy;
    pt_buf_init(&copy, 2U * PT_IPC_FRAME_MAX);
    pt_ipc_begin(&copy, type);
    while (r.rest.len > 0U && r.error == PT_OK) {
        get_one(&r, &copy, how);
        how = how / 4U + (how & 3U) * 64U + 1U;
    }
    check_same(&r, &copy, frame);
    pt_buf_done(&copy);
    return 0;
}
