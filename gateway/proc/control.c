/* SPDX-License-Identifier: EUPL-1.2 */
/* The control channel between the supervisor and its children, and who may be told what. */
#include "gateway/proc/proc_int.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define SEND_MS 5000

/* One row a role: what it accepts on its control channel. Everything else is an intrusion. */
static const struct {
    enum pt_role to;
    uint8_t type;
} permissions[] = {
    {PT_ROLE_GATE, PT_MSG_SETTINGS},        {PT_ROLE_GATE, PT_MSG_CHANNELS},
    {PT_ROLE_GATE, PT_MSG_LISTENERS},       {PT_ROLE_GATE, PT_MSG_START},
    {PT_ROLE_GATE, PT_MSG_RELOAD},          {PT_ROLE_GATE, PT_MSG_DRAIN},
    {PT_ROLE_SCRIBE, PT_MSG_SETTINGS},      {PT_ROLE_SCRIBE, PT_MSG_CHANNELS},
    {PT_ROLE_SCRIBE, PT_MSG_START},         {PT_ROLE_SCRIBE, PT_MSG_CONF},
    {PT_ROLE_SCRIBE, PT_MSG_INCIDENT},      {PT_ROLE_SCRIBE, PT_MSG_DRAIN},
    {PT_ROLE_SUPERVISOR, PT_MSG_READY},     {PT_ROLE_SUPERVISOR, PT_MSG_RELOADED},
    {PT_ROLE_SUPERVISOR, PT_MSG_CONF_DONE}, {PT_ROLE_SUPERVISOR, PT_MSG_HOSTILE},
};

bool pt_control_permits(enum pt_role to, uint8_t type)
{
    for (size_t i = 0U; i < PT_COUNT(permissions); i++) {
        if (permissions[i].to == to && permissions[i].type == type) {
            return true;
        }
    }
    return false;
}

static PT_RESULT send_waiting(int fd, pt_slice frame, const int *fds, size_t nfds)
{
    for (;;) {
        const pt_status st = pt_ipc_send(fd, frame, fds, nfds);
        if (st.code != PT_E_AGAIN) {
            return st;
        }
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        const int n = poll(&wait, 1U, SEND_MS);
        if (n == 0) {
            return PT_FAIL(PT_E_TIMEOUT);
        }
        if (n < 0 && errno != EINTR) {
            return PT_FAIL_AUX(PT_E_IO, errno);
        }
    }
}

static PT_RESULT finish(int fd, struct pt_buf *frame, const int *fds, size_t nfds)
{
    pt_status st = pt_ipc_end(frame);
    if (pt_ok(st)) {
        st = send_waiting(fd, pt_buf_slice(frame), fds, nfds);
    }
    pt_buf_done(frame);
    return st;
}

PT_RESULT pt_control_send(int fd, uint8_t type, const int *fds, size_t nfds)
{
    struct pt_buf frame;
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    pt_ipc_begin(&frame, type);
    return finish(fd, &frame, fds, nfds);
}

PT_RESULT pt_control_send_u32(int fd, uint8_t type, uint32_t n)
{
    struct pt_buf frame;
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    pt_ipc_begin(&frame, type);
    pt_ipc_put_u32(&frame, n);
    return finish(fd, &frame, NULL, 0U);
}

PT_RESULT pt_control_send_bytes(int fd, uint8_t type, pt_slice bytes)
{
    struct pt_buf frame;
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    pt_ipc_begin(&frame, type);
    pt_ipc_put_fixed(&frame, bytes.ptr, bytes.len);
    return finish(fd, &frame, NULL, 0U);
}

PT_RESULT pt_control_send_fds(int fd, uint8_t kind, const int *fds, size_t nfds)
{
    for (size_t first = 0U; first < nfds; first += PT_IPC_FDS_MAX) {
        const size_t left = nfds - first;
        struct pt_buf frame;
        pt_buf_init(&frame, PT_IPC_FRAME_MAX);
        pt_ipc_begin(&frame, kind == 0U ? PT_MSG_CHANNELS : PT_MSG_LISTENERS);
        if (kind != 0U) {
            pt_ipc_put_u8(&frame, kind);
        }
        pt_ipc_put_u16(&frame, (uint16_t)first);
        PT_TRY(finish(fd, &frame, fds + first, left < PT_IPC_FDS_MAX ? left : PT_IPC_FDS_MAX));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_control_wait(int fd, uint32_t ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    const int n = poll(&wait, 1U, (int)ms);
    if (n == 0) {
        return PT_FAIL(PT_E_TIMEOUT);
    }
    return n > 0 || errno == EINTR ? PT_SUCCESS : PT_FAIL_AUX(PT_E_IO, errno);
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        (void)close(fds[i]);
    }
}

PT_RESULT pt_control_recv(int fd, enum pt_role role, struct pt_buf *frame,
                          struct pt_control_message *ret_message)
{
    struct pt_control_message message = {0};
    PT_TRY(pt_ipc_recv(fd, frame, message.fds, &message.nfds));
    pt_status st = pt_ipc_open(pt_buf_slice(frame), &message.type, &message.body);
    if (pt_ok(st) && !pt_control_permits(role, message.type)) {
        st = PT_FAIL_AUX(PT_E_PROTOCOL, message.type);
    }
    if (!pt_ok(st)) {
        close_all(message.fds, message.nfds);
        return st;
    }
    *ret_message = message;
    return PT_SUCCESS;
}

static void put_text(struct pt_buf *frame, const char *text)
{
    pt_ipc_put_bytes(frame, pt_slice_str(text));
}

PT_RESULT pt_settings_put(struct pt_buf *frame, const struct pt_settings *settings)
{
    pt_ipc_put_u16(frame, settings->lanes);
    pt_ipc_put_u64(frame, settings->reserve_bytes);
    put_text(frame, settings->user);
    put_text(frame, settings->config_path);
    put_text(frame, settings->datasets);
    put_text(frame, settings->log_directory);
    put_text(frame, settings->origin);
    put_text(frame, settings->gateway);
    return pt_buf_status(frame);
}

static void get_text(struct pt_ipc_reader *reader, char *out, size_t size)
{
    const pt_slice text = pt_ipc_get_bytes(reader, size - 1U);
    memset(out, 0, size);
    if (text.len > 0U) {
        memcpy(out, text.ptr, text.len);
    }
}

PT_RESULT pt_settings_get(struct pt_ipc_reader *reader, struct pt_settings *ret_settings)
{
    struct pt_settings settings = {.lanes = pt_ipc_get_u16(reader)};
    settings.reserve_bytes = pt_ipc_get_u64(reader);
    get_text(reader, settings.user, sizeof settings.user);
    get_text(reader, settings.config_path, sizeof settings.config_path);
    get_text(reader, settings.datasets, sizeof settings.datasets);
    get_text(reader, settings.log_directory, sizeof settings.log_directory);
    get_text(reader, settings.origin, sizeof settings.origin);
    get_text(reader, settings.gateway, sizeof settings.gateway);
    PT_TRY(pt_ipc_get_end(reader));
    PT_ENSURE(settings.lanes >= 1U && settings.lanes <= PT_LANES_MAX, PT_E_PROTOCOL);
    *ret_settings = settings;
    return PT_SUCCESS;
}
