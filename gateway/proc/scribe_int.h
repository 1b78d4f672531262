/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The scribe's own state. Three threads: commit (this file's owner: intake, append, acknowledge),
 * seal (checkpoints), service (reads for gate and for poterne-audit). Private to gateway/proc.
 */
#ifndef POTERNE_GATEWAY_SCRIBE_INT_H
#define POTERNE_GATEWAY_SCRIBE_INT_H

#include "gateway/proc/proc_int.h"

#include "poterne/audit/journal.h"
#include "poterne/pki/key.h"

#include <pthread.h>
#include <stdatomic.h>

struct pt_secret;

#define PT_SCRIBE_CHANNELS_MAX (PT_LANES_MAX * 2U) /* old and new ones while gate restarts */

struct pt_scribe_channel {
    int fd;        /* -1: free */
    uint64_t open; /* exchanges asked and not ended: more records are on their way */
};

/* A record of the scribe's own threads, handed to the commit thread and waited for. */
struct pt_scribe_own {
    const struct pt_record *record;
    pt_status status;
    bool done;
    struct pt_scribe_own *next;
};

/* What came from a channel and belongs to the batch being built. */
struct pt_scribe_item {
    unsigned channel; /* PT_SCRIBE_CHANNELS_MAX: an own record */
    uint64_t token;
    struct pt_scribe_own *own;
};

struct pt_scribe {
    struct pt_log log;
    struct pt_settings settings;
    struct pt_key *keys[2];
    struct pt_journal *journal;

    int epoll;
    int wake;  /* eventfd: own records wait */
    bool told; /* the supervisor has said something */
    struct pt_scribe_channel channels[PT_SCRIBE_CHANNELS_MAX];
    struct pt_buf frames[PT_BATCH_RECORDS_MAX]; /* hold the bytes the records' slices point to */
    size_t nframes;
    struct pt_scribe_item items[PT_BATCH_RECORDS_MAX];
    struct pt_record records[PT_BATCH_RECORDS_MAX];
    struct pt_appended appended[PT_BATCH_RECORDS_MAX];
    size_t nitems;
    size_t nbytes;
    size_t last_batch;
    struct pt_buf out;
    bool draining;

    pthread_mutex_t own_lock;
    pthread_cond_t own_done;
    struct pt_scribe_own *own_first;
    bool own_closed; /* the commit thread has stopped: nobody will serve */

    pthread_t sealer;
    pthread_mutex_t seal_lock;
    pthread_cond_t seal_due;
    bool seal_stop;
    bool seal_idle; /* waits for something to seal */
    atomic_bool seal_failed;

    struct pt_service *service;
};

/* --- start (scribe_keys.c) --- */
/** Load the log keys and the KEK of <log directory>/keys, open the journal. */
PT_RESULT pt_scribe_open_journal(struct pt_scribe *s, struct pt_journal_boot *ret_boot);

/* --- commit thread (scribe_batch.c) -------------------------------------------------------------
 */
/** The scribe's own wake-ups and the supervisor; channels come later. */
PT_RESULT pt_scribe_listen(struct pt_scribe *s);
PT_RESULT pt_scribe_add_channel(struct pt_scribe *s, int fd);
void pt_scribe_drop_channel(struct pt_scribe *s, unsigned channel);
/** Take what waits on every channel and commit it. @return a failure: the journal is in doubt */
PT_RESULT pt_scribe_turn(struct pt_scribe *s, int timeout_ms);
/** One record of the commit thread itself (boot, conf, gap). */
PT_RESULT pt_scribe_append_one(struct pt_scribe *s, const struct pt_record *record);

/* --- other threads --- */
/** Any thread but the commit thread: returns when @record is durable, or will never be. */
PT_RESULT pt_scribe_append_wait(struct pt_scribe *s, const struct pt_record *record);

PT_RESULT pt_scribe_start_sealer(struct pt_scribe *s);
void pt_scribe_stop_sealer(struct pt_scribe *s); /* after a last seal */
void pt_scribe_wake_sealer(struct pt_scribe *s);

/** Readers of the log: a thread for gate's questions, a thread for poterne-audit. */
PT_RESULT pt_service_start(struct pt_scribe *s, struct pt_service **ret_service);
struct pt_service *pt_service_stop(struct pt_service *service); /* accepts NULL */
/** A frame of gate (STATUS_GET, RECEIPT_GET) from @channel; copied. Never blocks. */
void pt_service_take(struct pt_service *service, int channel_fd, pt_slice frame);
void pt_service_sealed(struct pt_service *service); /* a new checkpoint is out */

#endif /* POTERNE_GATEWAY_SCRIBE_INT_H */
