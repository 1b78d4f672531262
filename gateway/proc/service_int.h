/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The scribe's readers: own threads, own archives, nothing of the commit thread but the request to
 * append a `read` entry. Private to gateway/proc.
 */
#ifndef POTERNE_GATEWAY_SERVICE_INT_H
#define POTERNE_GATEWAY_SERVICE_INT_H

#include "gateway/proc/scribe_int.h"

#include "poterne/audit/service.h"

#define PT_SERVICE_QUEUE_MAX 256U /* questions of gate that wait */

/* A question of gate; it may have to wait for the next checkpoint. */
struct pt_service_question {
    int fd; /* a duplicate of its channel: the original may be closed meanwhile */
    struct pt_buf frame;
    uint64_t deadline_ms;
    struct pt_service_question *next;
};

struct pt_service {
    struct pt_scribe *scribe;
    atomic_bool stop;

    pthread_t answers; /* gate's questions (service.c) */
    pthread_mutex_t lock;
    pthread_cond_t due;
    struct pt_service_question *first;
    unsigned queued;
    bool sealed; /* a new checkpoint came out since the last round */

    pthread_t peers; /* poterne-audit (service_peers.c) */
    int listener;
    int wake;
};

/** Socket of the log directory, mode 0660. */
PT_RESULT pt_service_listen(struct pt_service *service);
void *pt_service_peers(void *arg);
PT_RESULT pt_service_trace(void *ctx,
                           const struct pt_record *record); /* ctx: struct pt_service_reply */
PT_RESULT pt_service_send(void *ctx, pt_slice frame);

/* Who gets the answer. */
struct pt_service_reply {
    struct pt_service *service;
    int fd;
};

#endif /* POTERNE_GATEWAY_SERVICE_INT_H */
