/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * ask.c -- one question, to the scribe's socket or to a copy of the log in this process.
 *
 * Law: both go through the same handler (service.h), so both give the same answer; only the trace
 * differs, and where there is none the reader is told. Layer 1 (audit).
 */
#include "audit/cli/tool_int.h"
#include "poterne/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define KEK_LEN 32U

/* --- ready -------------------------------------------------------------------------------------
 */

static int no_daemon(const struct pt_cli *cli, int error)
{
    if (error == EACCES || error == EPERM) {
        tool_say(cli, "vous n'avez pas le droit d'interroger le journal (socket du démon)", "");
        return PT_EXIT_PERMISSION;
    }
    tool_say(cli,
             "le démon ne répond pas : la lecture ne peut pas être tracée, donc rien n'est "
             "montré. Pour lire une copie du journal sans démon : --log DOSSIER",
             "");
    return PT_EXIT_UNAVAILABLE;
}

/* The path of a unix socket is short; that of a log need not be. */
static int socket_address(int folder, const char *dir, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(address->sun_path, sizeof address->sun_path, "%s/" PT_AUDIT_SOCKET, dir);
    if ((size_t)n >= sizeof address->sun_path) {
        n = snprintf(address->sun_path, sizeof address->sun_path,
                     "/proc/self/fd/%d/" PT_AUDIT_SOCKET, folder);
    }
    return n > 0 && (size_t)n < sizeof address->sun_path ? 0 : ENAMETOOLONG;
}

/* @return errno, 0 when connected */
static int connect_to(const char *dir, int *ret_fd)
{
    struct sockaddr_un address;
    const int folder = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    int error = folder < 0 || fd < 0 ? errno : socket_address(folder, dir, &address);

    if (error == 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        error = errno;
    }
    if (folder >= 0) {
        (void)close(folder);
    }
    if (error != 0 && fd >= 0) {
        (void)close(fd);
    }
    if (error == 0) {
        *ret_fd = fd;
    }
    return error;
}

void tool_kek(const struct tool *tool, struct pt_buf *kek)
{
    char path[PT_PATH_MAX];

    if (!pt_ok(pt_file_join(tool->dir, "keys/kek", path, sizeof path)) ||
        !pt_ok(pt_file_read(path, kek)) || kek->len != KEK_LEN) {
        pt_buf_clear(kek);
    }
}

static int open_copy(struct tool *tool)
{
    struct pt_buf kek;

    pt_buf_init(&kek, KEK_LEN);
    tool_kek(tool, &kek);
    const pt_status st = pt_archive_open(tool->dir, pt_buf_slice(&kek), &tool->archive);
    tool_say(tool->cli, "lecture directe d'une copie : elle n'est pas tracée dans ce journal", "");
    if (kek.len == 0U) {
        tool_say(tool->cli, "sans la clé keys/kek, seuls les champs en clair sont lisibles", "");
    }
    pt_buf_done(&kek);
    return pt_ok(st) ? PT_EXIT_OK : tool_fail(tool->cli, st);
}

int tool_ready(struct tool *tool)
{
    if (tool->copy) {
        return tool->archive != NULL ? PT_EXIT_OK : open_copy(tool);
    }
    if (tool->fd >= 0) {
        return PT_EXIT_OK;
    }
    const int error = connect_to(tool->dir, &tool->fd);
    return error == 0 ? PT_EXIT_OK : no_daemon(tool->cli, error);
}

void tool_close(struct tool *tool)
{
    if (tool->fd >= 0) {
        (void)close(tool->fd);
        tool->fd = -1;
    }
    tool->archive = pt_archive_close(tool->archive);
}

/* --- answers -------------------------------------------------------------------------------------
 */

static pt_status take_end(struct ask *ask, struct pt_ipc_reader *reader)
{
    const uint32_t code = pt_ipc_get_u32(reader);

    ask->next = pt_ipc_get_u64(reader);
    ask->rows = pt_ipc_get_u64(reader);
    PT_TRY(pt_ipc_get_end(reader));
    ask->end = code == (uint32_t)PT_OK ? PT_SUCCESS : PT_FAIL(code);
    ask->ended = true;
    return PT_SUCCESS;
}

/* The `send` of a copy's service, and what a packet of the scribe goes through. */
static PT_RESULT take_frame(void *ctx, pt_slice frame)
{
    struct ask *ask = ctx;
    struct pt_ipc_reader reader;
    uint8_t type = 0;

    PT_TRY(pt_ipc_open(frame, &type, &reader));
    if (type == PT_MSG_END) {
        return take_end(ask, &reader);
    }
    const pt_slice bytes = pt_ipc_get_bytes(&reader, PT_IPC_FRAME_MAX);
    PT_TRY(pt_ipc_get_end(&reader));
    if (type == PT_MSG_ROW && ask->row != NULL) {
        return ask->row(ask->ctx, bytes);
    }
    PT_ENSURE(type == PT_MSG_TEXT && ask->note != NULL, PT_E_PROTOCOL);
    return ask->note(ask->ctx, bytes);
}

static pt_status exchange_frames(const struct tool *tool, struct ask *ask, struct pt_buf *frame)
{
    if (tool->copy) {
        const struct pt_audit_service service = {
            .archive = tool->archive, .send = take_frame, .ctx = ask};
        return pt_service_query(&service, pt_buf_slice(frame), (uint32_t)getuid());
    }
    PT_TRY(pt_ipc_send(tool->fd, pt_buf_slice(frame), NULL, 0U));
    while (!ask->ended) {
        PT_TRY(pt_ipc_recv(tool->fd, frame, NULL, NULL));
        PT_TRY(take_frame(ask, pt_buf_slice(frame)));
    }
    return PT_SUCCESS;
}

static pt_status put_question(const struct tool *tool, struct ask *ask)
{
    struct pt_buf frame;

    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    pt_ipc_begin(&frame, PT_MSG_QUERY);
    pt_ipc_put_u8(&frame, ask->op);
    pt_ipc_put_bytes(&frame, ask->text);
    pt_status st = pt_ipc_end(&frame);
    if (pt_ok(st)) {
        st = exchange_frames(tool, ask, &frame);
    }
    pt_buf_done(&frame);
    return st;
}

int tool_ask(struct tool *tool, struct ask *ask)
{
    const int ready = tool_ready(tool);

    if (ready != PT_EXIT_OK) {
        return ready;
    }
    pt_status st = put_question(tool, ask);
    if (pt_ok(st)) {
        st = ask->end;
    }
    return pt_ok(st) ? PT_EXIT_OK : tool_fail(tool->cli, st);
}

void tool_note(struct tool *tool, const char *what)
{
    char text[64];
    const int n = snprintf(text, sizeof text, "class=%s\n", what);
    struct ask ask = {.op = PT_QUERY_NOTE, .text = pt_slice_of(text, (size_t)n)};

    if (tool->copy || connect_to(tool->dir, &tool->fd) != 0) {
        tool_say(tool->cli, "cette lecture des fichiers n'est pas tracée : aucun démon ne la note",
                 "");
    } else if (!pt_ok(put_question(tool, &ask)) || !pt_ok(ask.end)) {
        tool_say(tool->cli, "le démon n'a pas pu tracer cette lecture", "");
    }
}
