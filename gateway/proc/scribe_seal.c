/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The sealing thread: at most one checkpoint every PT_CHECKPOINT_MS while there is something new.
 * A failure here does not stop exchanges (the entries are durable), but it is said once, and tried
 * again: the receipts wait.
 */
#include "gateway/proc/scribe_int.h"

#include <time.h>

static void seal_once(struct pt_scribe *s)
{
    uint64_t size = 0U;
    const pt_status st = pt_journal_seal(s->journal, &size);
    if (!pt_ok(st)) {
        if (!atomic_exchange(&s->seal_failed, true)) {
            PT_LOG(&s->log, PT_ERROR, "log.seal", PT_F_STATUS("why", st));
        }
        return;
    }
    atomic_store(&s->seal_failed, false);
    if (s->service != NULL) {
        pt_service_sealed(s->service);
    }
}

static bool is_due(const struct pt_scribe *s)
{
    return pt_journal_size(s->journal) != pt_journal_sealed_size(s->journal);
}

static void rest(struct pt_scribe *s)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)PT_CHECKPOINT_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    int woken = 0;
    while (!s->seal_stop && woken == 0) {
        woken = pthread_cond_timedwait(&s->seal_due, &s->seal_lock, &until);
    }
}

static void *run(void *arg)
{
    struct pt_scribe *s = arg;
    (void)pthread_mutex_lock(&s->seal_lock);
    while (!s->seal_stop) {
        while (!s->seal_stop && !is_due(s)) {
            s->seal_idle = true;
            (void)pthread_cond_wait(&s->seal_due, &s->seal_lock);
        }
        s->seal_idle = false;
        (void)pthread_mutex_unlock(&s->seal_lock);
        seal_once(s);
        (void)pthread_mutex_lock(&s->seal_lock);
        rest(s);
    }
    (void)pthread_mutex_unlock(&s->seal_lock);
    return NULL;
}

PT_RESULT pt_scribe_start_sealer(struct pt_scribe *s)
{
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0 ||
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&s->seal_due, &monotonic) != 0 ||
        pthread_mutex_init(&s->seal_lock, NULL) != 0) {
        return PT_FAIL(PT_E_NOMEM);
    }
    (void)pthread_condattr_destroy(&monotonic);
    const int failed = pthread_create(&s->sealer, NULL, run, s);
    return failed == 0 ? PT_SUCCESS : PT_FAIL_AUX(PT_E_IO, failed);
}

void pt_scribe_wake_sealer(struct pt_scribe *s)
{
    (void)pthread_mutex_lock(&s->seal_lock);
    if (s->seal_idle) { /* between two checkpoints it wakes by itself */
        (void)pthread_cond_signal(&s->seal_due);
    }
    (void)pthread_mutex_unlock(&s->seal_lock);
}

void pt_scribe_stop_sealer(struct pt_scribe *s)
{
    (void)pthread_mutex_lock(&s->seal_lock);
    s->seal_stop = true;
    (void)pthread_cond_broadcast(&s->seal_due);
    (void)pthread_mutex_unlock(&s->seal_lock);
    (void)pthread_join(s->sealer, NULL);
    seal_once(s);
}
