/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Gate's questions about its clients' own exchanges: status and receipt. A receipt that is not yet
 * under a checkpoint waits for the next one, within its bound.
 */
#include "gateway/proc/service_int.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define SEND_MS 5000

static uint64_t now_ms(void)
{
    return pt_clock_mono_ms(&pt_clock_system);
}

PT_RESULT pt_service_trace(void *ctx, const struct pt_record *record)
{
    struct pt_service_reply *reply = ctx;
    return pt_scribe_append_wait(reply->service->scribe, record);
}

PT_RESULT pt_service_send(void *ctx, pt_slice frame)
{
    const struct pt_service_reply *reply = ctx;
    for (;;) {
        const pt_status st = pt_ipc_send(reply->fd, frame, NULL, 0U);
        if (st.code != PT_E_AGAIN) {
            return st;
        }
        struct pollfd wait = {.fd = reply->fd, .events = POLLOUT};
        if (atomic_load(&reply->service->stop) || poll(&wait, 1U, SEND_MS) <= 0) {
            return PT_FAIL(PT_E_TIMEOUT);
        }
    }
}

/* --- the queue --- */

static void drop(struct pt_service_question *question)
{
    (void)close(question->fd);
    pt_buf_done(&question->frame);
    free(question);
}

static struct pt_service_question *question_new(int channel, pt_slice frame)
{
    struct pt_service_question *question = calloc(1U, sizeof *question);
    if (question == NULL) {
        return NULL;
    }
    pt_buf_init(&question->frame, PT_IPC_FRAME_MAX);
    pt_buf_put(&question->frame, frame);
    question->fd = fcntl(channel, F_DUPFD_CLOEXEC, 0);
    question->deadline_ms = now_ms() + PT_EXCHANGE_RECEIPT_MS;
    if (question->fd < 0 || !pt_ok(pt_buf_status(&question->frame))) {
        drop(question);
        return NULL;
    }
    return question;
}

void pt_service_take(struct pt_service *service, int channel_fd, pt_slice frame)
{
    struct pt_service_question *question = question_new(channel_fd, frame);
    if (question == NULL) {
        return; /* gate's own delay answers its client */
    }
    (void)pthread_mutex_lock(&service->lock);
    if (service->queued < PT_SERVICE_QUEUE_MAX) {
        struct pt_service_question **last = &service->first; /* first come, first served */
        while (*last != NULL) {
            last = &(*last)->next;
        }
        *last = question;
        service->queued++;
        question = NULL;
        (void)pthread_cond_signal(&service->due);
    }
    (void)pthread_mutex_unlock(&service->lock);
    if (question != NULL) {
        drop(question);
    }
}

void pt_service_sealed(struct pt_service *service)
{
    (void)pthread_mutex_lock(&service->lock);
    service->sealed = true;
    (void)pthread_cond_signal(&service->due);
    (void)pthread_mutex_unlock(&service->lock);
}

/* --- the answering thread --- */

/* True when the question is over; false when it waits for the next checkpoint. */
static bool answer(struct pt_service *service, struct pt_archive *archive,
                   struct pt_service_question *question)
{
    struct pt_service_reply reply = {.service = service, .fd = question->fd};
    const struct pt_audit_service port = {
        .archive = archive, .trace = pt_service_trace, .send = pt_service_send, .ctx = &reply};
    const bool last = now_ms() >= question->deadline_ms;
    const pt_status st = pt_service_exchange(&port, pt_buf_slice(&question->frame), last);
    return st.code != PT_E_AGAIN || last;
}

static void put_back(struct pt_service *service, struct pt_service_question *waiting)
{
    while (waiting != NULL) {
        struct pt_service_question *next = waiting->next;
        waiting->next = service->first;
        service->first = waiting;
        service->queued++;
        waiting = next;
    }
}

/* Answers @list; what must wait comes back as a list. */
static struct pt_service_question *round_of(struct pt_service *service, struct pt_archive *archive,
                                            struct pt_service_question *list)
{
    struct pt_service_question *waiting = NULL;
    while (list != NULL) {
        struct pt_service_question *next = list->next;
        if (atomic_load(&service->stop) || answer(service, archive, list)) {
            drop(list);
        } else {
            list->next = waiting;
            waiting = list;
        }
        list = next;
    }
    return waiting;
}

/* Until a question comes, a checkpoint comes out, or a waiting one may be over its delay. */
static void rest(struct pt_service *service, bool some_wait)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += some_wait ? 0 : 3600;
    until.tv_nsec += some_wait ? 100000000L : 0L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    int over = 0;
    const unsigned before = service->queued;
    while (over == 0 && !service->sealed && !atomic_load(&service->stop) &&
           service->queued == before) {
        over = pthread_cond_timedwait(&service->due, &service->lock, &until);
    }
    service->sealed = false;
}

static void serve(struct pt_service *service, struct pt_archive *archive)
{
    (void)pthread_mutex_lock(&service->lock);
    while (!atomic_load(&service->stop)) {
        struct pt_service_question *list = service->first;
        service->first = NULL;
        service->queued = 0U;
        (void)pthread_mutex_unlock(&service->lock);
        struct pt_service_question *waiting = round_of(service, archive, list);
        (void)pthread_mutex_lock(&service->lock);
        const bool fresh = service->first != NULL;
        put_back(service, waiting);
        if (!fresh) {
            rest(service, waiting != NULL);
        }
    }
    (void)round_of(service, archive, service->first);
    service->first = NULL;
    (void)pthread_mutex_unlock(&service->lock);
}

static void *run(void *arg)
{
    struct pt_service *service = arg;
    struct pt_archive *archive = NULL;
    const pt_status st = pt_archive_of(service->scribe->journal, &archive);
    if (!pt_ok(st)) {
        PT_LOG(&service->scribe->log, PT_ERROR, "service.archive", PT_F_STATUS("why", st));
        return NULL;
    }
    serve(service, archive);
    archive = pt_archive_close(archive);
    return NULL;
}

/* --- life --- */

static PT_RESULT init(struct pt_service *service)
{
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0 ||
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&service->due, &monotonic) != 0 ||
        pthread_mutex_init(&service->lock, NULL) != 0) {
        return PT_FAIL(PT_E_NOMEM);
    }
    (void)pthread_condattr_destroy(&monotonic);
    service->wake = eventfd(0U, EFD_CLOEXEC | EFD_NONBLOCK);
    if (service->wake < 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    return pt_service_listen(service);
}

static PT_RESULT start_threads(struct pt_service *service)
{
    int failed = pthread_create(&service->answers, NULL, run, service);
    if (failed != 0) {
        return PT_FAIL_AUX(PT_E_IO, failed);
    }
    failed = pthread_create(&service->peers, NULL, pt_service_peers, service);
    if (failed == 0) {
        return PT_SUCCESS;
    }
    atomic_store(&service->stop, true);
    pt_service_sealed(service);
    (void)pthread_join(service->answers, NULL);
    return PT_FAIL_AUX(PT_E_IO, failed);
}

PT_RESULT pt_service_start(struct pt_scribe *s, struct pt_service **ret_service)
{
    struct pt_service *service = calloc(1U, sizeof *service);
    PT_ENSURE(service != NULL, PT_E_NOMEM);
    service->scribe = s;
    service->listener = -1;
    pt_status st = init(service);
    if (pt_ok(st)) {
        st = start_threads(service);
    }
    if (!pt_ok(st)) { /* the process ends with this: its descriptors too */
        free(service);
        return st;
    }
    *ret_service = service;
    return PT_SUCCESS;
}

struct pt_service *pt_service_stop(struct pt_service *service)
{
    if (service == NULL) {
        return NULL;
    }
    const uint64_t one = 1U;
    atomic_store(&service->stop, true);
    (void)!write(service->wake, &one, sizeof one);
    pt_service_sealed(service);
    (void)pthread_join(service->answers, NULL);
    (void)pthread_join(service->peers, NULL);
    (void)close(service->listener);
    (void)close(service->wake);
    (void)pthread_mutex_destroy(&service->lock);
    (void)pthread_cond_destroy(&service->due);
    free(service);
    return NULL;
}
