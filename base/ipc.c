/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Frames between our processes. Law: the peer may be taken over, so a frame is believed only
 * once magic, version, length and exact consumption agree, and every descriptor received is
 * either handed to a caller who asked for some or closed. Layer 0 (base).
 */
#include "poterne/base/ipc.h"

#include "poterne/base/codec.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_VERSION 2U
#define AT_TYPE    3U
#define AT_LENGTH  4U

/* --- writing ------------------------------------------------------------------------------- */

void pt_ipc_begin(struct pt_buf *frame, uint8_t type)
{
    pt_buf_clear(frame);
    pt_buf_put(frame, PT_SLICE("PT"));
    pt_ipc_put_u8(frame, PT_IPC_VERSION);
    pt_ipc_put_u8(frame, type);
    pt_ipc_put_u32(frame, 0U);
}

void pt_ipc_put_u8(struct pt_buf *frame, uint8_t n)
{
    pt_ipc_put_fixed(frame, &n, sizeof n);
}

void pt_ipc_put_u16(struct pt_buf *frame, uint16_t n)
{
    uint8_t bytes[2];
    pt_be16_put(bytes, n);
    pt_ipc_put_fixed(frame, bytes, sizeof bytes);
}

void pt_ipc_put_u32(struct pt_buf *frame, uint32_t n)
{
    uint8_t bytes[4];
    pt_be32_put(bytes, n);
    pt_ipc_put_fixed(frame, bytes, sizeof bytes);
}

void pt_ipc_put_u64(struct pt_buf *frame, uint64_t n)
{
    uint8_t bytes[8];
    pt_be64_put(bytes, n);
    pt_ipc_put_fixed(frame, bytes, sizeof bytes);
}

void pt_ipc_put_fixed(struct pt_buf *frame, const void *bytes, size_t n)
{
    pt_buf_put(frame, pt_slice_of(bytes, n));
}

void pt_ipc_put_bytes(struct pt_buf *frame, pt_slice bytes)
{
    if (bytes.len > PT_IPC_FRAME_MAX) {
        frame->error = frame->error == PT_OK ? PT_E_LIMIT : frame->error;
        return;
    }
    pt_ipc_put_u32(frame, (uint32_t)bytes.len);
    pt_buf_put(frame, bytes);
}

PT_RESULT pt_ipc_end(struct pt_buf *frame)
{
    PT_TRY(pt_buf_status(frame));
    PT_ENSURE(frame->len >= PT_IPC_HEADER, PT_E_ARG);
    PT_ENSURE(frame->len <= PT_IPC_FRAME_MAX, PT_E_LIMIT);
    uint8_t length[4];
    pt_be32_put(length, (uint32_t)(frame->len - PT_IPC_HEADER));
    memcpy(frame->ptr + AT_LENGTH, length, sizeof length);
    return PT_SUCCESS;
}

/* --- reading ------------------------------------------------------------------------------- */

PT_RESULT pt_ipc_open(pt_slice frame, uint8_t *ret_type, struct pt_ipc_reader *ret_reader)
{
    PT_ENSURE(frame.len >= PT_IPC_HEADER && frame.len <= PT_IPC_FRAME_MAX, PT_E_PROTOCOL);
    uint8_t header[PT_IPC_HEADER];
    memcpy(header, frame.ptr, sizeof header);
    PT_ENSURE(header[0] == 'P' && header[1] == 'T', PT_E_PROTOCOL);
    PT_ENSURE(header[AT_VERSION] == PT_IPC_VERSION, PT_E_PROTOCOL);
    PT_ENSURE(pt_be32_get(header + AT_LENGTH) == frame.len - PT_IPC_HEADER, PT_E_PROTOCOL);
    *ret_type = header[AT_TYPE];
    *ret_reader = (struct pt_ipc_reader){.rest = pt_slice_from(frame, PT_IPC_HEADER)};
    return PT_SUCCESS;
}

void pt_ipc_get_fixed(struct pt_ipc_reader *r, void *out, size_t n)
{
    if (r->error != PT_OK || n > r->rest.len) {
        r->error = PT_E_PROTOCOL;
        memset(out, 0, n);
        return;
    }
    if (n > 0U) {
        memcpy(out, r->rest.ptr, n);
    }
    r->rest = pt_slice_from(r->rest, n);
}

uint8_t pt_ipc_get_u8(struct pt_ipc_reader *r)
{
    uint8_t n = 0U;
    pt_ipc_get_fixed(r, &n, sizeof n);
    return n;
}

uint16_t pt_ipc_get_u16(struct pt_ipc_reader *r)
{
    uint8_t bytes[2];
    pt_ipc_get_fixed(r, bytes, sizeof bytes);
    return pt_be16_get(bytes);
}

uint32_t pt_ipc_get_u32(struct pt_ipc_reader *r)
{
    uint8_t bytes[4];
    pt_ipc_get_fixed(r, bytes, sizeof bytes);
    return pt_be32_get(bytes);
}

uint64_t pt_ipc_get_u64(struct pt_ipc_reader *r)
{
    uint8_t bytes[8];
    pt_ipc_get_fixed(r, bytes, sizeof bytes);
    return pt_be64_get(bytes);
}

pt_slice pt_ipc_get_bytes(struct pt_ipc_reader *r, size_t max)
{
    const size_t n = pt_ipc_get_u32(r);
    if (r->error != PT_OK || n > max || n > r->rest.len) {
        r->error = PT_E_PROTOCOL;
        return PT_SLICE_EMPTY;
    }
    const pt_slice bytes = pt_slice_head(r->rest, n);
    r->rest = pt_slice_from(r->rest, n);
    return bytes;
}

PT_RESULT pt_ipc_get_end(const struct pt_ipc_reader *r)
{
    PT_ENSURE(r->error == PT_OK && r->rest.len == 0U, PT_E_PROTOCOL);
    return PT_SUCCESS;
}

/* --- the socket ---------------------------------------------------------------------------- */

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(PT_IPC_FDS_MAX * sizeof(int))];
};

/* Root may pass the system-wide ceiling (SO_SNDBUFFORCE); others get as much as it allows. */
static PT_RESULT set_room(int fd)
{
    const int size = (int)PT_IPC_SNDBUF;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) == 0) {
        return PT_SUCCESS;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    return PT_SUCCESS;
}

PT_RESULT pt_ipc_pair(int ret_fds[2])
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    pt_status st = set_room(fds[0]);
    if (pt_ok(st)) {
        st = set_room(fds[1]);
    }
    if (!pt_ok(st)) {
        (void)close(fds[0]);
        (void)close(fds[1]);
        return st;
    }
    ret_fds[0] = fds[0];
    ret_fds[1] = fds[1];
    return PT_SUCCESS;
}

static PT_RESULT socket_failure(int error)
{
    switch (error) {
    case EAGAIN:
    case ENOBUFS: /* the kernel is short of memory: as good as full */
        return PT_FAIL_AUX(PT_E_AGAIN, error);
    case EPIPE:
    case ECONNRESET:
        return PT_FAIL_AUX(PT_E_CLOSED, error);
    default:
        return PT_FAIL_AUX(PT_E_IO, error);
    }
}

static void attach(struct msghdr *msg, union control *control, const int *fds, size_t nfds)
{
    memset(control, 0, sizeof *control);
    msg->msg_control = control->bytes;
    msg->msg_controllen = CMSG_SPACE(nfds * sizeof(int));
    struct cmsghdr *header = &control->align; /* the first and only one */
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(nfds * sizeof(int));
    memcpy(CMSG_DATA(header), fds, nfds * sizeof(int));
}

PT_RESULT pt_ipc_send(int fd, pt_slice frame, const int *fds, size_t nfds)
{
    PT_ENSURE(frame.len >= PT_IPC_HEADER && nfds <= PT_IPC_FDS_MAX, PT_E_ARG);
    PT_ENSURE(frame.len <= PT_IPC_FRAME_MAX, PT_E_LIMIT);
    union control control;
    struct iovec part = {.iov_len = frame.len};
    memcpy(&part.iov_base, &frame.ptr, sizeof part.iov_base); /* sendmsg does not write there */
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1U};
    if (nfds > 0U) {
        attach(&msg, &control, fds, nfds);
    }
    ssize_t sent = -1;
    do {
        sent = sendmsg(fd, &msg, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return socket_failure(errno);
    }
    PT_ENSURE((size_t)sent == frame.len, PT_E_IO); /* SEQPACKET: whole or not at all */
    return PT_SUCCESS;
}

/* Moves the descriptors of @msg to @fds; how many there were. */
static size_t detach(struct msghdr *msg, int fds[static PT_IPC_FDS_MAX])
{
    size_t n = 0U;
    for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h != NULL; h = CMSG_NXTHDR(msg, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const size_t here = (h->cmsg_len - CMSG_LEN(0U)) / sizeof(int);
        for (size_t i = 0U; i < here && n < PT_IPC_FDS_MAX; i++) {
            memcpy(&fds[n++], CMSG_DATA(h) + i * sizeof(int), sizeof(int));
        }
    }
    return n;
}

/* Every packet goes through here with @fds of PT_IPC_FDS_MAX: none is lost in the kernel. */
static PT_RESULT receive(int fd, struct pt_buf *frame, int *fds, size_t *ret_nfds)
{
    const size_t room = frame->max < PT_IPC_FRAME_MAX ? frame->max : PT_IPC_FRAME_MAX;
    char *space = pt_buf_space(frame, room);
    if (space == NULL) {
        return PT_FAIL(frame->error != PT_OK ? frame->error : PT_E_ARG);
    }
    union control control;
    struct iovec part = {.iov_base = space, .iov_len = room};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1U,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
    ssize_t got = -1;
    do {
        got = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return socket_failure(errno);
    }
    *ret_nfds = detach(&msg, fds);
    pt_buf_commit(frame, (size_t)got);
    PT_ENSURE((msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0, PT_E_PROTOCOL);
    /* An empty packet is no frame; the end of the stream looks the same and is far likelier. */
    PT_ENSURE(got > 0, PT_E_CLOSED);
    return PT_SUCCESS;
}

PT_RESULT pt_ipc_recv(int fd, struct pt_buf *frame, int *fds, size_t *ret_nfds)
{
    int received[PT_IPC_FDS_MAX];
    size_t n = 0U;
    pt_buf_clear(frame);
    pt_status st = receive(fd, frame, received, &n);
    if (pt_ok(st) && fds == NULL && n > 0U) {
        st = PT_FAIL(PT_E_PROTOCOL);
    }
    if (!pt_ok(st)) {
        for (size_t i = 0U; i < n; i++) {
            (void)close(received[i]);
        }
        pt_buf_clear(frame);
        return st;
    }
    if (fds != NULL) {
        memcpy(fds, received, n * sizeof(int));
    }
    if (ret_nfds != NULL) {
        *ret_nfds = n;
    }
    return PT_SUCCESS;
}
