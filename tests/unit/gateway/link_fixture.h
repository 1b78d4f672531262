/* SPDX-License-Identifier: EUPL-1.2 */
/* A lane's link, and the scribe at its other end; for test_link.c alone. */
#ifndef POTERNE_TESTS_LINK_FIXTURE_H
#define POTERNE_TESTS_LINK_FIXTURE_H
#include "gateway/exchange/link_int.h"
#include "poterne/wire.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEXT_MAX 64U

struct waited {
    unsigned calls;
    pt_status st;
    char text[TEXT_MAX];
};

static uint64_t mono;
static struct pt_clock clock_;
static struct pt_loop *loop;
static struct pt_link lane;
static int scribe; /* the other end */
static struct pt_buf frame;

static uint64_t read_mono(void *ctx)
{
    return *(uint64_t *)ctx;
}

static void attach(void)
{
    int pair[2];
    cr_assert(pt_ok(pt_ipc_pair(pair)));
    scribe = pair[1];
    cr_assert(pt_ok(pt_link_attach(&lane, pair[0])));
}

static void open_link(void)
{
    mono = 1000000U;
    clock_ = (struct pt_clock){.wall_ms = read_mono, .mono_us = read_mono, .ctx = &mono};
    cr_assert(pt_ok(pt_loop_new(&clock_, &loop)));
    memset(&lane, 0, sizeof lane);
    pt_link_init(&lane, loop);
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    scribe = -1;
}

static void set_up(void)
{
    open_link();
    attach();
}

static void hang_up(void)
{
    if (scribe >= 0) {
        (void)close(scribe);
        scribe = -1;
    }
}

static void tear_down(void)
{
    pt_link_done_with(&lane);
    loop = pt_loop_free(loop);
    pt_buf_done(&frame);
    hang_up();
}

TestSuite(link, .init = set_up, .fini = tear_down, .timeout = 20.0);
TestSuite(link_alone, .init = open_link, .fini = tear_down, .timeout = 20.0);

static void turn(void)
{
    for (unsigned i = 0U; i < 3U; i++) {
        cr_assert(pt_ok(pt_loop_turn(loop, 0U)));
    }
}

static void pass_ms(uint64_t ms)
{
    mono += ms * 1000U;
    turn();
}

static void on_done(void *ctx, pt_status st, pt_slice payload)
{
    struct waited *w = ctx;
    w->calls++;
    w->st = st;
    const pt_slice kept = pt_slice_head(payload, TEXT_MAX - 1U);
    if (kept.len > 0U) {
        memcpy(w->text, kept.ptr, kept.len);
    }
    w->text[kept.len] = '\0';
}

static struct pt_record asked(void)
{
    return (struct pt_record){
        .type = PT_ENTRY_ASKED, .dataset = PT_SLICE("d"), .client = PT_SLICE("c")};
}

static pt_status record(struct waited *w)
{
    const struct pt_record r = asked();
    return pt_link_record(&lane, &r, on_done, w);
}

/* --- the scribe --- */

/* Tokens of the next frame of records; returns how many there are. */
static size_t hear_records(uint64_t *tokens, size_t max)
{
    uint8_t type = 0U;
    struct pt_ipc_reader body;
    cr_assert(pt_ok(pt_ipc_recv(scribe, &frame, NULL, NULL)));
    cr_assert(pt_ok(pt_ipc_open(pt_buf_slice(&frame), &type, &body)));
    cr_assert_eq(type, PT_MSG_RECORD);
    size_t n = 0U;
    while (body.rest.len > 0U) {
        struct pt_record r;
        cr_assert_lt(n, max);
        tokens[n++] = pt_ipc_get_u64(&body);
        cr_assert(pt_ok(pt_record_get(&body, &r)));
    }
    cr_assert(pt_ok(pt_ipc_get_end(&body)));
    return n;
}

static uint64_t hear_question(uint8_t *type)
{
    struct pt_ipc_reader body;
    cr_assert(pt_ok(pt_ipc_recv(scribe, &frame, NULL, NULL)));
    cr_assert(pt_ok(pt_ipc_open(pt_buf_slice(&frame), type, &body)));
    return pt_ipc_get_u64(&body);
}

static void say(void)
{
    cr_assert(pt_ok(pt_ipc_end(&frame)));
    cr_assert(pt_ok(pt_ipc_send(scribe, pt_buf_slice(&frame), NULL, 0U)));
    turn();
}

static void say_recorded(const uint64_t *tokens, uint16_t n, uint32_t code)
{
    pt_ipc_begin(&frame, PT_MSG_RECORDED);
    pt_ipc_put_u16(&frame, n);
    for (uint16_t i = 0U; i < n; i++) {
        pt_ipc_put_u64(&frame, tokens[i]);
        pt_ipc_put_u32(&frame, code);
        pt_ipc_put_u64(&frame, 7U);
    }
    say();
}

static void say_text(uint8_t type, uint64_t token, uint32_t code, pt_slice text)
{
    pt_ipc_begin(&frame, type);
    pt_ipc_put_u64(&frame, token);
    pt_ipc_put_u32(&frame, code);
    pt_ipc_put_bytes(&frame, text);
    say();
}

static void expect_done(const struct waited *w, uint32_t code)
{
    cr_assert_eq(w->calls, 1U);
    cr_expect_eq(w->st.code, code, "%s", pt_code_name(w->st.code));
}

#endif /* POTERNE_TESTS_LINK_FIXTURE_H */
