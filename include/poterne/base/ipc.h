/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * ipc.h -- how our processes speak: SOCK_SEQPACKET, one frame a packet, versioned,
 * length-checked, consumed exactly (a frame with bytes left over is a protocol error).
 *
 * Frame: magic "PT" (2) · version (1) · type (1) · payload length (u32 BE) · payload.
 * Integers are big-endian; bytes are u32 length + content. Descriptors travel beside a frame
 * (SCM_RIGHTS), at most PT_IPC_FDS_MAX. Layer 0 (base).
 */
#ifndef POTERNE_BASE_IPC_H
#define POTERNE_BASE_IPC_H

#include "poterne/base/buf.h"
#include "poterne/base/limits.h"

#define PT_IPC_VERSION 1U
#define PT_IPC_HEADER  8U

/* Writing: begin, put..., end; the buffer then holds one frame (or carries the sticky error). */
void pt_ipc_begin(struct pt_buf *frame, uint8_t type);
void pt_ipc_put_u8(struct pt_buf *frame, uint8_t n);
void pt_ipc_put_u16(struct pt_buf *frame, uint16_t n);
void pt_ipc_put_u32(struct pt_buf *frame, uint32_t n);
void pt_ipc_put_u64(struct pt_buf *frame, uint64_t n);
void pt_ipc_put_fixed(struct pt_buf *frame, const void *bytes, size_t n); /* no length prefix */
void pt_ipc_put_bytes(struct pt_buf *frame, pt_slice bytes);
PT_RESULT pt_ipc_end(struct pt_buf *frame); /* patches the length; PT_E_LIMIT when too long */

/* Reading: the slices point into the frame. The first failure sticks; check it in _get_end. */
struct pt_ipc_reader {
    pt_slice rest;
    uint32_t error;
};
/** Checks magic, version and length. @return PT_E_PROTOCOL */
PT_RESULT pt_ipc_open(pt_slice frame, uint8_t *ret_type, struct pt_ipc_reader *ret_reader);
uint8_t pt_ipc_get_u8(struct pt_ipc_reader *r);
uint16_t pt_ipc_get_u16(struct pt_ipc_reader *r);
uint32_t pt_ipc_get_u32(struct pt_ipc_reader *r);
uint64_t pt_ipc_get_u64(struct pt_ipc_reader *r);
void pt_ipc_get_fixed(struct pt_ipc_reader *r, void *out, size_t n);
pt_slice pt_ipc_get_bytes(struct pt_ipc_reader *r, size_t max);
/** Exact consumption: PT_E_PROTOCOL when a get failed or bytes remain. */
PT_RESULT pt_ipc_get_end(const struct pt_ipc_reader *r);

/** A connected pair, close-on-exec, non-blocking, with PT_IPC_SNDBUF of room each way. */
PT_RESULT pt_ipc_pair(int ret_fds[2]);
/** One frame out, with @nfds descriptors. @return PT_E_AGAIN full, PT_E_CLOSED, PT_E_IO */
PT_RESULT pt_ipc_send(int fd, pt_slice frame, const int *fds, size_t nfds);
/**
 * One frame in: @frame is cleared, then filled. Descriptors land in @fds (the caller owns them);
 * *ret_nfds tells how many; with fds == NULL any descriptor received is closed and refused.
 * @return PT_E_AGAIN nothing there, PT_E_CLOSED, PT_E_PROTOCOL, PT_E_IO
 */
PT_RESULT pt_ipc_recv(int fd, struct pt_buf *frame, int *fds, size_t *ret_nfds);

#endif /* POTERNE_BASE_IPC_H */
