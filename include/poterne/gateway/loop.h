/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * loop.h -- the event loop of one lane: descriptors, timers, tasks. One thread runs it.
 *
 * Watches, timers and tasks are structs of the caller, linked in place: the loop allocates
 * nothing after _new, so arming a deadline can never fail. Everything here is for the thread that
 * runs the loop, except pt_loop_post and pt_loop_stop. A callback may add, change or remove any
 * watch or timer, its own included, and free what it removed: an event already fetched for a
 * removed watch is dropped. Time is the clock's monotonic time, read once a turn.
 * Layer: gateway.
 */
#ifndef POTERNE_GATEWAY_LOOP_H
#define POTERNE_GATEWAY_LOOP_H

#include "poterne/base/clock.h"
#include "poterne/base/status.h"

struct pt_loop;

enum { /* same values as EPOLLIN and so on; ERR and HUP are always told */
       PT_LOOP_IN = 0x001,
       PT_LOOP_OUT = 0x004,
       PT_LOOP_ERR = 0x008,
       PT_LOOP_HUP = 0x010,
       PT_LOOP_RDHUP = 0x2000
};
/** With the others: an event is told once, when it comes, not as long as it lasts (EPOLLET; costs
 *  the kernel one look less an event). Who asks for it reads until the descriptor has no more, or
 *  asks to be told again (pt_loop_again, or pt_loop_rewatch with other events). */
#define PT_LOOP_EDGE 0x80000000U

/* Level-triggered, unless PT_LOOP_EDGE is asked. Set fd, ready and ctx, zero the rest; stays at its
 * address while watched. */
struct pt_watch {
    int fd;
    uint32_t events; /* what is asked now; changed by the loop only */
    bool watched;
    void (*ready)(void *ctx, uint32_t events);
    void *ctx;
};

/* Set fire and ctx, zero the rest; stays at its address while armed. Fires once. */
struct pt_timer {
    void (*fire)(void *ctx);
    void *ctx;
    uint64_t at_us;
    bool armed;
    struct pt_timer *child; /* pairing heap, private to the loop */
    struct pt_timer *next;
    struct pt_timer *prev; /* left sibling, or parent of the first child */
};

/* Set run and ctx, zero the rest; runs once, may be posted again after (or from) its run. */
struct pt_task {
    void (*run)(void *ctx);
    void *ctx;
    struct pt_task *next;
};

/** @return PT_E_NOMEM, PT_E_IO. The clock must outlive the loop. */
PT_RESULT pt_loop_new(const struct pt_clock *clock, struct pt_loop **ret_loop);
/** Accepts NULL. Watches and timers still there are forgotten, not called; posted tasks too. */
struct pt_loop *pt_loop_free(struct pt_loop *loop);

/** Until pt_loop_stop. @return PT_E_IO */
PT_RESULT pt_loop_run(struct pt_loop *loop);
/** One turn: wait at most @wait_ms (and not past the next timer), then do what is due. */
PT_RESULT pt_loop_turn(struct pt_loop *loop, uint32_t wait_ms);
/** From any thread, also from a signal handler: the current turn is the last one. */
void pt_loop_stop(struct pt_loop *loop);

/** Monotonic microseconds at the beginning of this turn. */
uint64_t pt_loop_now_us(const struct pt_loop *loop);
const struct pt_clock *pt_loop_clock(const struct pt_loop *loop);

/** @return PT_E_EXISTS already watched, PT_E_LIMIT, PT_E_NOMEM, PT_E_IO */
PT_RESULT pt_loop_watch(struct pt_loop *loop, struct pt_watch *watch, uint32_t events);
/** Ask for other events (0: none but ERR and HUP); no system call when nothing changes. */
PT_RESULT pt_loop_rewatch(struct pt_loop *loop, struct pt_watch *watch, uint32_t events);
/** Tell again, in the next turn, what lasts of the events asked for (PT_LOOP_EDGE). */
PT_RESULT pt_loop_again(struct pt_loop *loop, struct pt_watch *watch);
/** Before the descriptor is closed. Does nothing when it is not watched. */
void pt_loop_unwatch(struct pt_loop *loop, struct pt_watch *watch);

/** Fire at or after @at_us; moves a timer that is armed already. */
void pt_timer_arm(struct pt_loop *loop, struct pt_timer *timer, uint64_t at_us);
void pt_timer_disarm(struct pt_loop *loop, struct pt_timer *timer);

/** From any thread: run @task on the loop's thread, in the order of the posts of one thread. */
void pt_loop_post(struct pt_loop *loop, struct pt_task *task);
/** From the loop's thread, without a system call: run @task at the end of this turn, after every
 *  event of the batch (where it is safe to free what the events point to). */
void pt_loop_defer(struct pt_loop *loop, struct pt_task *task);
/** From the loop's thread: forget a deferred task. Does nothing when it is not waiting. */
void pt_loop_undefer(struct pt_loop *loop, struct pt_task *task);

#endif /* POTERNE_GATEWAY_LOOP_H */
