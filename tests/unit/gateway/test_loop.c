/* SPDX-License-Identifier: EUPL-1.2 */
/* The loop: order of timers, watches removed under its feet, tasks from other threads. */
#include "gateway/net/loop_int.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t now_us;
static struct pt_loop *loop;

static uint64_t read_now(void *ctx)
{
    (void)ctx;
    return now_us;
}
static const struct pt_clock test_clock = {.wall_ms = read_now, .mono_us = read_now};

static void set_up(void)
{
    now_us = 1000U;
    cr_assert(pt_ok(pt_loop_new(&test_clock, &loop)));
}
static void tear_down(void)
{
    loop = pt_loop_free(loop);
}

TestSuite(loop, .init = set_up, .fini = tear_down, .timeout = 30.0);

static void turn(void)
{
    cr_assert(pt_ok(pt_loop_turn(loop, 0U)));
}

/* --- timers ---------------------------------------------------------------------------------- */

#define TIMERS 500U
static uint64_t fired[TIMERS * 2U];
static size_t fired_count;

static void note_time(void *ctx)
{
    const struct pt_timer *const timer = ctx;
    fired[fired_count++] = timer->at_us;
}

Test(loop, a_timer_fires_at_its_time_and_once)
{
    struct pt_timer timer = {.fire = note_time};
    timer.ctx = &timer;
    pt_timer_arm(loop, &timer, 5000U);
    now_us = 4999U;
    turn();
    cr_assert(eq(sz, fired_count, 0U));
    now_us = 5000U;
    turn();
    turn();
    cr_assert(eq(sz, fired_count, 1U));
    cr_assert(not(timer.armed));
}

Test(loop, a_timer_moved_or_disarmed_does_not_fire_at_its_old_time)
{
    struct pt_timer moved = {.fire = note_time};
    struct pt_timer gone = {.fire = note_time};
    moved.ctx = &moved;
    gone.ctx = &gone;
    pt_timer_arm(loop, &moved, 2000U);
    pt_timer_arm(loop, &gone, 2000U);
    pt_timer_arm(loop, &moved, 9000U);
    pt_timer_disarm(loop, &gone);
    pt_timer_disarm(loop, &gone);
    now_us = 8999U;
    turn();
    cr_assert(eq(sz, fired_count, 0U));
    now_us = 9000U;
    turn();
    cr_assert(eq(sz, fired_count, 1U));
}

static struct pt_timer many[TIMERS];

Test(loop, timers_fire_in_order_whatever_the_order_of_arming_moving_and_removing)
{
    uint32_t seed = 42U;
    for (size_t round = 0U; round < 4U; round++) {
        for (size_t i = 0U; i < TIMERS; i++) {
            seed = seed * 1664525U + 1013904223U;
            many[i].fire = note_time;
            many[i].ctx = &many[i];
            if ((seed >> 28U) == 0U) {
                pt_timer_disarm(loop, &many[i]);
            } else {
                pt_timer_arm(loop, &many[i], 2000U + (seed >> 8U) % 100000U);
            }
        }
    }
    size_t armed = 0U;
    for (size_t i = 0U; i < TIMERS; i++) {
        armed += many[i].armed ? 1U : 0U;
    }
    for (now_us = 1000U; now_us < 110000U; now_us += 777U) {
        turn();
    }
    cr_assert(eq(sz, fired_count, armed));
    for (size_t i = 1U; i < fired_count; i++) {
        cr_assert(fired[i - 1U] <= fired[i], "at %zu", i);
    }
}

static void arm_again(void *ctx)
{
    struct pt_timer *const timer = ctx;
    fired_count++;
    pt_timer_arm(loop, timer, 0U);
}

Test(loop, a_timer_armed_for_the_past_by_a_timer_waits_for_the_next_turn)
{
    struct pt_timer timer = {.fire = arm_again};
    timer.ctx = &timer;
    pt_timer_arm(loop, &timer, 0U);
    turn();
    cr_assert(eq(sz, fired_count, 1U));
    now_us++;
    turn();
    cr_assert(eq(sz, fired_count, 2U));
}

static void disarm_other(void *ctx)
{
    fired_count++;
    pt_timer_disarm(loop, ctx);
}

Test(loop, a_timer_may_disarm_another_that_is_due)
{
    struct pt_timer a = {.fire = disarm_other};
    struct pt_timer b = {.fire = disarm_other};
    a.ctx = &b;
    b.ctx = &a;
    pt_timer_arm(loop, &a, 2000U);
    pt_timer_arm(loop, &b, 2000U);
    now_us = 3000U;
    turn();
    cr_assert(eq(sz, fired_count, 1U));
}

/* --- watches -------------------------------------------------------------------------------------
 */

struct seen {
    struct pt_watch watch;
    struct pt_watch *other;
    unsigned n;
    uint32_t events;
};

static void note_event(void *ctx, uint32_t events)
{
    struct seen *const s = ctx;
    s->n++;
    s->events = events;
    if (s->other != NULL) {
        pt_loop_unwatch(loop, s->other);
    }
}

static void watch_fd(struct seen *s, int fd, uint32_t events)
{
    *s = (struct seen){.watch = {.fd = fd, .ready = note_event}};
    s->watch.ctx = s;
    cr_assert(pt_ok(pt_loop_watch(loop, &s->watch, events)));
}

Test(loop, a_watch_tells_what_is_asked_until_it_is_removed)
{
    int fds[2];
    struct seen s;
    cr_assert(pipe(fds) == 0);
    watch_fd(&s, fds[0], PT_LOOP_IN);
    turn();
    cr_assert(eq(u32, s.n, 0U));
    cr_assert(write(fds[1], "x", 1U) == 1);
    turn();
    turn();
    cr_assert(eq(u32, s.n, 2U), "level-triggered");
    cr_assert(pt_ok(pt_loop_rewatch(loop, &s.watch, 0U)));
    turn();
    cr_assert(eq(u32, s.n, 2U));
    cr_assert(pt_ok(pt_loop_rewatch(loop, &s.watch, PT_LOOP_IN)));
    turn();
    cr_assert(eq(u32, s.n, 3U));
    pt_loop_unwatch(loop, &s.watch);
    pt_loop_unwatch(loop, &s.watch);
    turn();
    cr_assert(eq(u32, s.n, 3U));
    (void)close(fds[0]);
    (void)close(fds[1]);
}

Test(loop, at_an_edge_an_event_is_told_once_or_when_asked_again)
{
    int fds[2];
    struct seen s;
    cr_assert(pipe(fds) == 0);
    watch_fd(&s, fds[0], PT_LOOP_IN | PT_LOOP_EDGE);
    cr_assert(write(fds[1], "x", 1U) == 1);
    turn();
    turn();
    cr_assert(eq(u32, s.n, 1U), "once");
    cr_assert(pt_ok(pt_loop_again(loop, &s.watch)));
    turn();
    turn();
    cr_assert(eq(u32, s.n, 2U), "it lasts, and was asked for");
    cr_assert(write(fds[1], "y", 1U) == 1);
    turn();
    cr_assert(eq(u32, s.n, 3U), "something new");
    cr_assert(pt_ok(pt_loop_rewatch(loop, &s.watch, 0U)));
    cr_assert(pt_ok(pt_loop_rewatch(loop, &s.watch, PT_LOOP_IN | PT_LOOP_EDGE)));
    turn();
    cr_assert(eq(u32, s.n, 4U), "to ask for other events is to ask again");
    char both[2];
    cr_assert(read(fds[0], both, sizeof both) == 2);
    cr_assert(pt_ok(pt_loop_again(loop, &s.watch)));
    turn();
    cr_assert(eq(u32, s.n, 4U), "nothing lasts");
    pt_loop_unwatch(loop, &s.watch);
    cr_assert(eq(u32, pt_loop_again(loop, &s.watch).code, PT_E_ARG));
    (void)close(fds[0]);
    (void)close(fds[1]);
}

Test(loop, an_event_of_a_watch_removed_in_the_same_batch_is_dropped)
{
    int a[2];
    int b[2];
    struct seen one;
    struct seen two;
    cr_assert(pipe(a) == 0 && pipe(b) == 0);
    watch_fd(&one, a[0], PT_LOOP_IN);
    watch_fd(&two, b[0], PT_LOOP_IN);
    one.other = &two.watch;
    two.other = &one.watch;
    cr_assert(write(a[1], "x", 1U) == 1 && write(b[1], "x", 1U) == 1);
    turn();
    cr_assert(eq(u32, one.n + two.n, 1U));
    pt_loop_unwatch(loop, &one.watch);
    pt_loop_unwatch(loop, &two.watch);
    for (size_t i = 0U; i < 2U; i++) {
        (void)close(a[i]);
        (void)close(b[i]);
    }
}

Test(loop, watching_twice_or_a_bad_descriptor_is_refused)
{
    int fds[2];
    struct seen s;
    cr_assert(pipe(fds) == 0);
    watch_fd(&s, fds[0], PT_LOOP_IN);
    cr_assert(eq(u32, pt_loop_watch(loop, &s.watch, PT_LOOP_IN).code, PT_E_EXISTS));
    struct pt_watch bad = {.fd = -1, .ready = note_event};
    cr_assert(eq(u32, pt_loop_watch(loop, &bad, PT_LOOP_IN).code, PT_E_IO));
    cr_assert(not(bad.watched));
    cr_assert(eq(u32, pt_loop_rewatch(loop, &bad, PT_LOOP_IN).code, PT_E_ARG));
    (void)close(fds[0]);
    (void)close(fds[1]);
}

Test(loop, the_end_of_the_other_side_is_always_told)
{
    int fds[2];
    struct seen s;
    cr_assert(pipe(fds) == 0);
    watch_fd(&s, fds[0], 0U);
    (void)close(fds[1]);
    turn();
    cr_assert(eq(u32, s.n, 1U));
    const uint32_t hung_up = s.events & PT_LOOP_HUP;
    cr_assert(hung_up != 0U);
    pt_loop_unwatch(loop, &s.watch);
    (void)close(fds[0]);
}

/* --- tasks ----------------------------------------------------------------------------------- */

static unsigned order[8];
static size_t ran;

struct numbered {
    struct pt_task task;
    unsigned number;
    struct pt_task *next; /* defer this one when run */
    struct pt_task *drop; /* ... and forget this one */
};

static void run_numbered(void *ctx)
{
    struct numbered *const n = ctx;
    order[ran++] = n->number;
    if (n->next != NULL) {
        pt_loop_defer(loop, n->next);
    }
    if (n->drop != NULL) {
        pt_loop_undefer(loop, n->drop);
    }
}

static struct numbered numbered(unsigned number)
{
    return (struct numbered){.task = {.run = run_numbered}, .number = number};
}

Test(loop, deferred_tasks_run_in_order_at_the_end_of_the_turn)
{
    struct numbered tasks[3] = {numbered(1U), numbered(2U), numbered(3U)};
    for (size_t i = 0U; i < 3U; i++) {
        tasks[i].task.ctx = &tasks[i];
        pt_loop_defer(loop, &tasks[i].task);
    }
    turn();
    cr_assert(eq(sz, ran, 3U));
    cr_assert(order[0] == 1U && order[1] == 2U && order[2] == 3U);
}

Test(loop, what_a_task_defers_runs_in_the_next_turn)
{
    struct numbered one = numbered(1U);
    struct numbered two = numbered(2U);
    one.task.ctx = &one;
    two.task.ctx = &two;
    one.next = &two.task;
    pt_loop_defer(loop, &one.task);
    turn();
    cr_assert(eq(sz, ran, 1U));
    turn();
    cr_assert(eq(sz, ran, 2U));
}

Test(loop, a_task_may_forget_another_that_waits_in_the_same_turn)
{
    struct numbered tasks[3] = {numbered(1U), numbered(2U), numbered(3U)};
    for (size_t i = 0U; i < 3U; i++) {
        tasks[i].task.ctx = &tasks[i];
        pt_loop_defer(loop, &tasks[i].task);
    }
    tasks[0].drop = &tasks[2].task;
    turn();
    cr_assert(eq(sz, ran, 2U));
    pt_loop_undefer(loop, &tasks[2].task);
    pt_loop_defer(loop, &tasks[2].task);
    turn();
    cr_assert(eq(sz, ran, 3U));
}

#define POSTS   2000U
#define THREADS 4U

struct posted {
    struct pt_task task;
    unsigned thread;
    unsigned number;
};
static struct posted posts[THREADS][POSTS];
static unsigned last_of[THREADS];
static size_t posts_run;

static void run_posted(void *ctx)
{
    const struct posted *const p = ctx;
    cr_assert(p->number == last_of[p->thread] + 1U, "out of order");
    last_of[p->thread] = p->number;
    posts_run++;
    if (posts_run == (size_t)THREADS * POSTS) {
        pt_loop_stop(loop);
    }
}

static void *poster(void *arg)
{
    struct posted *const mine = arg;
    for (unsigned i = 0U; i < POSTS; i++) {
        pt_loop_post(loop, &mine[i].task);
    }
    return NULL;
}

Test(loop, tasks_posted_by_threads_all_run_in_the_order_of_each_thread)
{
    pthread_t threads[THREADS];
    for (unsigned t = 0U; t < THREADS; t++) {
        for (unsigned i = 0U; i < POSTS; i++) {
            posts[t][i] = (struct posted){
                .task = {.run = run_posted, .ctx = &posts[t][i]}, .thread = t, .number = i + 1U};
        }
        cr_assert(pthread_create(&threads[t], NULL, poster, posts[t]) == 0);
    }
    cr_assert(pt_ok(pt_loop_run(loop)));
    for (unsigned t = 0U; t < THREADS; t++) {
        cr_assert(pthread_join(threads[t], NULL) == 0);
    }
    cr_assert(eq(sz, posts_run, (size_t)THREADS * POSTS));
}

Test(loop, stop_ends_a_loop_that_waits)
{
    pt_loop_stop(loop);
    cr_assert(pt_ok(pt_loop_run(loop)));
}

Test(loop, the_wait_ends_with_the_first_timer_and_never_goes_over_it)
{
    struct pt_timer timer = {.fire = note_time};
    timer.ctx = &timer;
    pt_timer_arm(loop, &timer, now_us);
    cr_assert(pt_ok(pt_loop_turn(loop, 60000U))); /* the suite's time-out would tell */
    cr_assert(eq(sz, fired_count, 1U));
}

Test(loop, running_out_of_memory_is_reported)
{
    struct pt_loop *other = NULL;
    torture_arm(0U);
    const pt_status st = pt_loop_new(&test_clock, &other);
    torture_disarm();
    cr_assert(eq(u32, st.code, PT_E_NOMEM));
    cr_assert(other == NULL);
}
