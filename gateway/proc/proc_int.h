/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the processes share: the control channel, settings, privileges. Private to gateway/proc
 * and its tests. docs/processes.md tells the story.
 */
#ifndef POTERNE_GATEWAY_PROC_INT_H
#define POTERNE_GATEWAY_PROC_INT_H

#include "poterne/base/file.h"
#include "poterne/base/ipc.h"
#include "poterne/base/log.h"
#include "poterne/wire.h"

#include <sys/types.h>

#define PT_CONTROL_FD 3 /* of every child */

enum pt_listener_kind { PT_LISTENER_GRC = 1, PT_LISTENER_METRICS };

/* What a child is told at start; each role reads what concerns it. NUL-terminated strings. */
struct pt_settings {
    uint16_t lanes;
    uint64_t reserve_bytes;          /* scribe */
    char user[64];                   /* to become; empty: the role's default */
    char config_path[PT_PATH_MAX];   /* gate: name of the main file inside the bundle */
    char datasets[PT_PATH_MAX];      /* gate: name of the descriptors' folder inside the bundle */
    char log_directory[PT_PATH_MAX]; /* scribe */
    char origin[256];                /* scribe */
    char gateway[64];                /* scribe */
};
PT_RESULT pt_settings_put(struct pt_buf *frame, const struct pt_settings *settings);
PT_RESULT pt_settings_get(struct pt_ipc_reader *reader, struct pt_settings *ret_settings);

/* --- control channel: blocking sends, small frames --- */
PT_RESULT pt_control_send(int fd, uint8_t type, const int *fds, size_t nfds);
PT_RESULT pt_control_send_u32(int fd, uint8_t type, uint32_t n);
PT_RESULT pt_control_send_bytes(int fd, uint8_t type, pt_slice bytes); /* fixed, no prefix */
/** @fds from lane @first on, PT_IPC_FDS_MAX a frame. kind 0: CHANNELS. */
PT_RESULT pt_control_send_fds(int fd, uint8_t kind, const int *fds, size_t nfds);

struct pt_control_message {
    uint8_t type;
    struct pt_ipc_reader body; /* points into the frame buffer given to pt_control_recv */
    int fds[PT_IPC_FDS_MAX];   /* owned by the receiver */
    size_t nfds;
};
/** May @role be told @type on its control channel? The table of docs/processes.md. */
bool pt_control_permits(enum pt_role to, uint8_t type);
/**
 * Next message for @role; a type outside its row is PT_E_PROTOCOL.
 * @return PT_E_AGAIN nothing there, PT_E_CLOSED the other side is gone
 */
PT_RESULT pt_control_recv(int fd, enum pt_role role, struct pt_buf *frame,
                          struct pt_control_message *ret_message);

/** Until something can be received. @return PT_E_TIMEOUT, PT_E_IO */
PT_RESULT pt_control_wait(int fd, uint32_t ms);

/* --- privileges --- */
/** No core dump, no ptrace: it holds, or has held, keys and tokens (CRY-08). */
PT_RESULT pt_process_no_dump(void);
/** The above; no new privileges, umask 077, dies with the supervisor. */
PT_RESULT pt_process_harden(void);
/**
 * When root: become @user, or @fallback_uid when @user is empty; all supplementary groups and
 * capabilities go. (uid_t)-1 as fallback keeps the user but still drops every capability.
 * Not root: the user stays; capabilities it may have inherited go.
 */
PT_RESULT pt_process_drop(const char *user, uid_t fallback_uid);

/** sd_notify(3) without its library: one datagram to $NOTIFY_SOCKET, silently nothing without it.
 */
void pt_notify(const char *state);

/** A child that runs `poterned --role @role` with @control as its descriptor 3. */
PT_RESULT pt_process_spawn(const char *role, int control, pid_t *ret_pid);
/** A read-only, sealed memfd with @bytes. */
PT_RESULT pt_memfd_sealed(const char *name, pt_slice bytes, int *ret_fd);
/** Its content, bounded. */
PT_RESULT pt_memfd_read(int fd, struct pt_buf *out);

#endif /* POTERNE_GATEWAY_PROC_INT_H */
