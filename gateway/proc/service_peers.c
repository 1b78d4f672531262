/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * poterne-audit at the scribe's unix socket: who may open it is decided by the file system (0660),
 * who asked is known from the kernel, and every answer is preceded by its `read` entry (law 7).
 */
#include "gateway/proc/service_int.h"

#include "poterne/audit/tool.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static PT_RESULT bind_socket(int fd, const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    PT_ENSURE(strlen(path) < sizeof at.sun_path, PT_E_LIMIT);
    memcpy(at.sun_path, path, strlen(path));
    (void)unlink(path); /* of an earlier scribe; only one runs on a log (the journal's lock) */
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 || chmod(path, 0660) != 0 ||
        listen(fd, (int)PT_AUDIT_SOCKET_PEERS_MAX) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    return PT_SUCCESS;
}

PT_RESULT pt_service_listen(struct pt_service *service)
{
    char path[PT_PATH_MAX];
    PT_TRY(
        pt_file_join(service->scribe->settings.log_directory, PT_AUDIT_SOCKET, path, sizeof path));
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    const pt_status st = bind_socket(fd, path);
    if (!pt_ok(st)) {
        (void)close(fd);
        return st;
    }
    service->listener = fd;
    return PT_SUCCESS;
}

struct peers {
    struct pt_service *service;
    struct pt_archive *archive;
    struct pt_buf frame;
    struct pollfd fds[2U + PT_AUDIT_SOCKET_PEERS_MAX]; /* wake, listener, peers */
    size_t n;
};

static void leave(struct peers *p, size_t i)
{
    (void)close(p->fds[i].fd);
    p->n--;
    p->fds[i] = p->fds[p->n];
}

static void enter(struct peers *p)
{
    const int fd = accept4(p->service->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    if (p->n == PT_COUNT(p->fds)) {
        (void)close(fd);
        return;
    }
    p->fds[p->n] = (struct pollfd){.fd = fd, .events = POLLIN};
    p->n++;
}

static PT_RESULT uid_of(int fd, uint32_t *ret_uid)
{
    struct ucred who;
    socklen_t len = sizeof who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    *ret_uid = who.uid;
    return PT_SUCCESS;
}

static PT_RESULT answer(struct peers *p, int fd)
{
    uint32_t uid = 0U;
    struct pt_service_reply reply = {.service = p->service, .fd = fd};
    const struct pt_audit_service port = {
        .archive = p->archive, .trace = pt_service_trace, .send = pt_service_send, .ctx = &reply};
    PT_TRY(pt_ipc_recv(fd, &p->frame, NULL, NULL));
    PT_TRY(uid_of(fd, &uid));
    return pt_service_query(&port, pt_buf_slice(&p->frame), uid);
}

static void turn(struct peers *p)
{
    if (poll(p->fds, (nfds_t)p->n, -1) < 0) {
        return;
    }
    for (size_t i = p->n; i > 2U; i--) { /* backwards: leave() moves the last one here */
        if (p->fds[i - 1U].revents != 0) {
            const pt_status st = answer(p, p->fds[i - 1U].fd);
            if (!pt_ok(st) && st.code != PT_E_AGAIN) {
                leave(p, i - 1U);
            }
        }
    }
    if (p->fds[1].revents != 0) {
        enter(p);
    }
}

void *pt_service_peers(void *arg)
{
    struct peers p = {.service = arg, .n = 2U};
    const pt_status st = pt_archive_of(p.service->scribe->journal, &p.archive);
    if (!pt_ok(st)) {
        PT_LOG(&p.service->scribe->log, PT_ERROR, "service.archive", PT_F_STATUS("why", st));
        return NULL;
    }
    pt_buf_init(&p.frame, PT_IPC_FRAME_MAX);
    p.fds[0] = (struct pollfd){.fd = p.service->wake, .events = POLLIN};
    p.fds[1] = (struct pollfd){.fd = p.service->listener, .events = POLLIN};
    while (!atomic_load(&p.service->stop)) {
        turn(&p);
    }
    while (p.n > 2U) {
        leave(&p, p.n - 1U);
    }
    pt_buf_done(&p.frame);
    p.archive = pt_archive_close(p.archive);
    return NULL;
}
