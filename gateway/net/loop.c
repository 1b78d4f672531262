/* SPDX-License-Identifier: EUPL-1.2 */
/* loop.c -- epoll, timers, tasks (contract: poterne/gateway/loop.h).
 *
 * Level-triggered unless told otherwise: nothing is lost when a callback reads less than there is.
 * Either way a connection that answers at once never needs a second epoll_ctl. Layer: gateway. */
#include "poterne/gateway/loop.h"

#include "gateway/net/loop_int.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BATCH 64

struct pt_loop {
    const struct pt_clock *clock;
    int epoll;
    int wake; /* eventfd: another thread posted, or asked to stop */
    uint64_t now_us;
    struct pt_timer *timers;
    bool firing;
    struct pt_task *deferred;
    struct pt_task **deferred_tail;
    _Atomic(struct pt_task *) posted; /* last post first */
    atomic_bool stopping;
    struct pt_watch waking;
    int batch_at;
    int batch_n;
    struct epoll_event batch[BATCH];
};

_Static_assert((int)PT_LOOP_IN == (int)EPOLLIN && (int)PT_LOOP_OUT == (int)EPOLLOUT &&
                   (int)PT_LOOP_ERR == (int)EPOLLERR && (int)PT_LOOP_HUP == (int)EPOLLHUP &&
                   (int)PT_LOOP_RDHUP == (int)EPOLLRDHUP && PT_LOOP_EDGE == (uint32_t)EPOLLET,
               "loop.h repeats the values of epoll");

static void woken(void *ctx, uint32_t events)
{
    struct pt_loop *const loop = ctx;
    uint64_t count = 0U;
    (void)events;
    (void)!read(loop->wake, &count, sizeof count);
}

static PT_RESULT loop_open(struct pt_loop *loop)
{
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = eventfd(0U, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll < 0 || loop->wake < 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    loop->waking = (struct pt_watch){.fd = loop->wake, .ready = woken, .ctx = loop};
    return pt_loop_watch(loop, &loop->waking, PT_LOOP_IN);
}

PT_RESULT pt_loop_new(const struct pt_clock *clock, struct pt_loop **ret_loop)
{
    PT_ENSURE(clock != NULL && ret_loop != NULL, PT_E_ARG);
    struct pt_loop *const loop = calloc(1U, sizeof *loop);
    PT_ENSURE(loop != NULL, PT_E_NOMEM);
    loop->clock = clock;
    loop->now_us = pt_clock_mono_us(clock);
    loop->epoll = -1;
    loop->wake = -1;
    loop->deferred_tail = &loop->deferred;
    const pt_status st = loop_open(loop);
    if (!pt_ok(st)) {
        (void)pt_loop_free(loop);
        return st;
    }
    *ret_loop = loop;
    return PT_SUCCESS;
}

struct pt_loop *pt_loop_free(struct pt_loop *loop)
{
    if (loop != NULL) {
        if (loop->epoll >= 0) {
            (void)close(loop->epoll);
        }
        if (loop->wake >= 0) {
            (void)close(loop->wake);
        }
        free(loop);
    }
    return NULL;
}

uint64_t pt_loop_now_us(const struct pt_loop *loop)
{
    return loop->now_us;
}

const struct pt_clock *pt_loop_clock(const struct pt_loop *loop)
{
    return loop->clock;
}

/* --- descriptors ----------------------------------------------------------------------------- */

static PT_RESULT control(struct pt_loop *loop, int what, struct pt_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.ptr = watch}};
    if (epoll_ctl(loop->epoll, what, watch->fd, &event) == 0) {
        watch->events = events;
        return PT_SUCCESS;
    }
    switch (errno) {
    case EEXIST:
        return PT_FAIL(PT_E_EXISTS);
    case ENOMEM:
        return PT_FAIL(PT_E_NOMEM);
    case ENOSPC:
        return PT_FAIL(PT_E_LIMIT);
    default:
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
}

PT_RESULT pt_loop_watch(struct pt_loop *loop, struct pt_watch *watch, uint32_t events)
{
    PT_ENSURE(!watch->watched, PT_E_EXISTS);
    PT_TRY(control(loop, EPOLL_CTL_ADD, watch, events));
    watch->watched = true;
    return PT_SUCCESS;
}

PT_RESULT pt_loop_rewatch(struct pt_loop *loop, struct pt_watch *watch, uint32_t events)
{
    PT_ENSURE(watch->watched, PT_E_ARG);
    if (watch->events == events) {
        return PT_SUCCESS;
    }
    return control(loop, EPOLL_CTL_MOD, watch, events);
}

PT_RESULT pt_loop_again(struct pt_loop *loop, struct pt_watch *watch)
{
    PT_ENSURE(watch->watched, PT_E_ARG);
    return control(loop, EPOLL_CTL_MOD, watch, watch->events);
}

void pt_loop_unwatch(struct pt_loop *loop, struct pt_watch *watch)
{
    if (!watch->watched) {
        return;
    }
    watch->watched = false;
    (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    for (int i = loop->batch_at; i < loop->batch_n; i++) {
        if (loop->batch[i].data.ptr == watch) {
            loop->batch[i].data.ptr = NULL;
        }
    }
}

/* --- timers ---------------------------------------------------------------------------------- */

void pt_timer_arm(struct pt_loop *loop, struct pt_timer *timer, uint64_t at_us)
{
    pt_timer_disarm(loop, timer);
    /* What a callback arms for a time already passed waits for the next turn: a turn ends. */
    timer->at_us = loop->firing && at_us <= loop->now_us ? loop->now_us + 1U : at_us;
    timer->armed = true;
    loop->timers = pt_heap_insert(loop->timers, timer);
}

void pt_timer_disarm(struct pt_loop *loop, struct pt_timer *timer)
{
    if (timer->armed) {
        timer->armed = false;
        loop->timers = pt_heap_remove(loop->timers, timer);
    }
}

static void fire_timers(struct pt_loop *loop)
{
    loop->firing = true;
    while (loop->timers != NULL && loop->timers->at_us <= loop->now_us) {
        struct pt_timer *const timer = loop->timers;
        pt_timer_disarm(loop, timer);
        timer->fire(timer->ctx);
    }
    loop->firing = false;
}

/* --- tasks ----------------------------------------------------------------------------------- */

static void wake(struct pt_loop *loop)
{
    const uint64_t one = 1U;
    (void)!write(loop->wake, &one, sizeof one);
}

void pt_loop_post(struct pt_loop *loop, struct pt_task *task)
{
    struct pt_task *head = atomic_load_explicit(&loop->posted, memory_order_relaxed);
    do {
        task->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&loop->posted, &head, task,
                                                    memory_order_release, memory_order_relaxed));
    if (head == NULL) { /* whoever posted before us has woken the loop already */
        wake(loop);
    }
}

void pt_loop_defer(struct pt_loop *loop, struct pt_task *task)
{
    task->next = NULL;
    *loop->deferred_tail = task;
    loop->deferred_tail = &task->next;
}

void pt_loop_undefer(struct pt_loop *loop, struct pt_task *task)
{
    struct pt_task **at = &loop->deferred;
    while (*at != NULL && *at != task) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = task->next;
        if (task->next == NULL) {
            loop->deferred_tail = at;
        }
    }
}

/* What other threads posted, in order, goes behind what was deferred here. */
static void take_posted(struct pt_loop *loop)
{
    struct pt_task *task = atomic_exchange_explicit(&loop->posted, NULL, memory_order_acquire);
    struct pt_task *in_order = NULL;
    while (task != NULL) {
        struct pt_task *const next = task->next;
        task->next = in_order;
        in_order = task;
        task = next;
    }
    while (in_order != NULL) {
        task = in_order;
        in_order = task->next;
        pt_loop_defer(loop, task);
    }
}

/* Those that wait now, one by one, since each may forget another; what they defer in turn stands
 * behind `last` and runs in the next turn. */
static void run_tasks(struct pt_loop *loop)
{
    struct pt_task last = {0};
    take_posted(loop);
    pt_loop_defer(loop, &last);
    while (loop->deferred != NULL && loop->deferred != &last) {
        struct pt_task *const task = loop->deferred;
        pt_loop_undefer(loop, task);
        task->run(task->ctx);
    }
    pt_loop_undefer(loop, &last);
}

/* --- turns ----------------------------------------------------------------------------------- */

static int wait_for(const struct pt_loop *loop, uint32_t wait_ms)
{
    if (loop->deferred != NULL || wait_ms == 0U) {
        return 0;
    }
    uint64_t ms = wait_ms;
    if (loop->timers != NULL) {
        const uint64_t now = pt_clock_mono_us(loop->clock);
        const uint64_t left = loop->timers->at_us > now ? loop->timers->at_us - now : 0U;
        const uint64_t until = (left + 999U) / 1000U;
        ms = until < ms ? until : ms;
    }
    return ms < 60000U ? (int)ms : 60000;
}

PT_RESULT pt_loop_turn(struct pt_loop *loop, uint32_t wait_ms)
{
    const int n = epoll_wait(loop->epoll, loop->batch, BATCH, wait_for(loop, wait_ms));
    if (n < 0 && errno != EINTR) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    loop->now_us = pt_clock_mono_us(loop->clock);
    loop->batch_n = n > 0 ? n : 0;
    for (loop->batch_at = 0; loop->batch_at < loop->batch_n; loop->batch_at++) {
        struct pt_watch *const watch = loop->batch[loop->batch_at].data.ptr;
        if (watch != NULL) {
            watch->ready(watch->ctx, loop->batch[loop->batch_at].events);
        }
    }
    loop->batch_n = 0;
    fire_timers(loop);
    run_tasks(loop);
    return PT_SUCCESS;
}

PT_RESULT pt_loop_run(struct pt_loop *loop)
{
    while (!atomic_load_explicit(&loop->stopping, memory_order_acquire)) {
        PT_TRY(pt_loop_turn(loop, 60000U));
    }
    return PT_SUCCESS;
}

void pt_loop_stop(struct pt_loop *loop)
{
    atomic_store_explicit(&loop->stopping, true, memory_order_release);
    wake(loop);
}
