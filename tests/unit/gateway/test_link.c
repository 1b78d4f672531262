/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/exchange/link: a lane and a scribe played by the test, on a clock of our own. What a lane
 * believes decides what leaves (law 1), so most of this is about not believing. */
#include "link_fixture.h"

/* --- no scribe --- */

Test(link_alone, without_a_scribe_nothing_can_be_recorded_or_asked)
{
    struct waited w = {0};
    const struct pt_link_question question = {.type = PT_MSG_STATUS_GET};
    cr_expect_not(pt_link_is_up(&lane));
    cr_expect_eq(record(&w).code, PT_E_CLOSED);
    cr_expect_eq(pt_link_ask(&lane, &question, on_done, &w).code, PT_E_CLOSED);
    turn();
    cr_expect_eq(w.calls, 0U, "a request that was refused is not answered too");
}

Test(link, a_lost_scribe_fails_every_waiter_at_once)
{
    struct waited w[5] = {{0}};
    for (size_t i = 0U; i < PT_COUNT(w); i++) {
        cr_assert(pt_ok(record(&w[i])));
    }
    turn();
    hang_up();
    turn();
    for (size_t i = 0U; i < PT_COUNT(w); i++) {
        expect_done(&w[i], PT_E_CLOSED);
    }
    cr_expect_not(pt_link_is_up(&lane));
    cr_expect_eq(record(&w[0]).code, PT_E_CLOSED);
}

Test(link, a_scribe_lost_before_the_records_left_fails_them_too)
{
    struct waited w = {0};
    hang_up();
    cr_assert(pt_ok(record(&w)), "the loss has not been seen yet");
    turn();
    cr_expect_eq(w.calls, 1U);
    cr_expect_not(pt_ok(w.st));
}

Test(link, the_end_of_the_lane_fails_its_waiters)
{
    struct waited w = {0};
    cr_assert(pt_ok(record(&w)));
    pt_link_done_with(&lane);
    expect_done(&w, PT_E_CLOSED);
}

Test(link, a_new_channel_serves_after_the_old_one_was_lost)
{
    struct waited lost = {0};
    struct waited kept = {0};
    uint64_t token = 0U;
    cr_assert(pt_ok(record(&lost)));
    hang_up();
    turn();
    attach();
    cr_expect(pt_link_is_up(&lane));
    cr_assert(pt_ok(record(&kept)));
    turn();
    cr_assert_eq(hear_records(&token, 1U), 1U);
    say_recorded(&token, 1U, PT_OK);
    expect_done(&lost, PT_E_CLOSED);
    expect_done(&kept, PT_OK);
}

Test(link, a_channel_given_while_the_old_one_lives_replaces_it)
{
    struct waited w = {0};
    const int old = scribe;
    cr_assert(pt_ok(record(&w)));
    turn();
    attach();
    expect_done(&w, PT_E_CLOSED);
    struct pt_buf rest;
    pt_buf_init(&rest, PT_IPC_FRAME_MAX);
    cr_expect(pt_ok(pt_ipc_recv(old, &rest, NULL, NULL)));
    cr_expect_eq(pt_ipc_recv(old, &rest, NULL, NULL).code, PT_E_CLOSED);
    pt_buf_done(&rest);
    (void)close(old);
}

/* --- a scribe that lies --- */

Test(link, a_frame_that_is_none_ends_the_channel)
{
    static const pt_slice bad[] = {
        PT_SLICE_INIT("x"),
        PT_SLICE_INIT("XX\x01\x11\0\0\0\0"),         /* magic */
        PT_SLICE_INIT("PT\x02\x11\0\0\0\0"),         /* version */
        PT_SLICE_INIT("PT\x01\x11\0\0\0\x09"),       /* length */
        PT_SLICE_INIT("PT\x01\x11\0\0\0\x02\0\x01"), /* one record, none there */
        PT_SLICE_INIT("PT\x01\x11\0\0\0\x03\0\0\0"), /* a byte too many */
        PT_SLICE_INIT("PT\x01\x10\0\0\0\0"),         /* RECORD: ours to say */
        PT_SLICE_INIT("PT\x01\x08\0\0\0\0"),         /* DRAIN: the supervisor's to say */
        PT_SLICE_INIT("PT\x01\xFF\0\0\0\0"),         /* nobody's */
        PT_SLICE_INIT("PT\x01\x13\0\0\0\x02\0\0"),   /* STATUS, cut */
    };
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        struct waited w = {0};
        cr_assert(pt_ok(record(&w)));
        turn();
        cr_assert_eq(send(scribe, bad[i].ptr, bad[i].len, 0), (ssize_t)bad[i].len);
        turn();
        cr_expect_eq(w.calls, 1U, "frame %zu", i);
        cr_expect_eq(w.st.code, PT_E_CLOSED, "frame %zu", i);
        cr_expect_not(pt_link_is_up(&lane), "frame %zu", i);
        hang_up();
        attach();
    }
}

Test(link, an_answer_nobody_waits_for_finds_nobody)
{
    struct waited w = {0};
    uint64_t token = 0U;
    cr_assert(pt_ok(record(&w)));
    turn();
    cr_assert_eq(hear_records(&token, 1U), 1U);
    const uint64_t strangers[] = {token + 1U, token + PT_LINK_WAITERS, token ^ (UINT64_C(1) << 32U),
                                  UINT64_MAX, UINT32_MAX};
    say_recorded(strangers, (uint16_t)PT_COUNT(strangers), PT_OK);
    cr_expect_eq(w.calls, 0U);
    cr_expect(pt_link_is_up(&lane));
    say_recorded(&token, 1U, PT_OK);
    expect_done(&w, PT_OK);
}

Test(link, an_answer_given_twice_counts_once)
{
    struct waited first = {0};
    static struct waited second; /* the end of the test finds it waiting */
    uint64_t token = 0U;
    cr_assert(pt_ok(record(&first)));
    turn();
    cr_assert_eq(hear_records(&token, 1U), 1U);
    say_recorded(&token, 1U, PT_OK);
    cr_assert(pt_ok(record(&second))); /* takes the same place */
    turn();
    say_recorded(&token, 1U, PT_OK);
    expect_done(&first, PT_OK);
    cr_expect_eq(second.calls, 0U, "an old acknowledgement would let an answer leave untraced");
}

Test(link, an_answer_after_its_delay_does_not_reach_who_took_the_place)
{
    struct waited late = {0};
    static struct waited next; /* the end of the test finds it waiting */
    uint64_t token = 0U;
    cr_assert(pt_ok(record(&late)));
    turn();
    cr_assert_eq(hear_records(&token, 1U), 1U);
    pass_ms(PT_EXCHANGE_RECORD_MS + 500U);
    expect_done(&late, PT_E_TIMEOUT);
    cr_assert(pt_ok(record(&next)));
    turn();
    say_recorded(&token, 1U, PT_OK);
    cr_expect_eq(next.calls, 0U);
}

/* --- bounds --- */

Test(link, a_silent_scribe_is_waited_for_until_the_delay_and_no_longer)
{
    struct waited w = {0};
    cr_assert(pt_ok(record(&w)));
    turn();
    pass_ms(PT_EXCHANGE_RECORD_MS - 1U);
    cr_expect_eq(w.calls, 0U);
    pass_ms(501U); /* the look-out passes twice a second */
    expect_done(&w, PT_E_TIMEOUT);
    cr_expect(pt_link_is_up(&lane), "slow is not lost");
}

Test(link, more_waiters_than_there_are_places_are_refused)
{
    static struct waited w[PT_LINK_WAITERS];
    struct waited one_more = {0};
    memset(w, 0, sizeof w);
    for (size_t i = 0U; i < PT_LINK_WAITERS; i++) {
        cr_assert(pt_ok(record(&w[i])), "%zu", i);
    }
    cr_expect_eq(record(&one_more).code, PT_E_LIMIT);
    hang_up();
    turn();
    for (size_t i = 0U; i < PT_LINK_WAITERS; i++) {
        cr_assert_eq(w[i].calls, 1U);
    }
    cr_expect_eq(one_more.calls, 0U);
}

Test(link, a_record_too_large_is_refused_and_its_neighbours_are_not)
{
    static char huge[PT_IPC_FRAME_MAX];
    struct waited before = {0};
    struct waited big = {0};
    struct waited after = {0};
    uint64_t tokens[2] = {0U, 0U};
    memset(huge, 'x', sizeof huge);
    struct pt_record r = asked();
    r.fields = pt_slice_of(huge, sizeof huge);
    cr_assert(pt_ok(record(&before)));
    cr_expect_eq(pt_link_record(&lane, &r, on_done, &big).code, PT_E_LIMIT);
    cr_assert(pt_ok(record(&after)));
    turn();
    cr_assert_eq(hear_records(tokens, 2U), 2U);
    say_recorded(tokens, 2U, PT_OK);
    expect_done(&before, PT_OK);
    expect_done(&after, PT_OK);
    cr_expect_eq(big.calls, 0U);
}

Test(link, a_scribe_that_does_not_keep_up_is_told_to_who_waits)
{
    static struct waited w[PT_LINK_WAITERS];
    const int least = 1;
    memset(w, 0, sizeof w);
    cr_assert_eq(setsockopt(lane.watch.fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof least), 0);
    size_t n = 0U;
    while (n < PT_LINK_WAITERS && (n == 0U || w[n - 1U].calls == 0U)) {
        cr_assert(pt_ok(record(&w[n])));
        turn();
        n++;
    }
    expect_done(&w[n - 1U], PT_E_AGAIN);
    cr_expect_gt(n, 1U);
    cr_expect(pt_link_is_up(&lane));
    const struct pt_link_question question = {.type = PT_MSG_STATUS_GET};
    static struct waited asker;
    cr_expect_eq(pt_link_ask(&lane, &question, on_done, &asker).code, PT_E_AGAIN);
}

/* --- what is in order --- */

Test(link, what_the_scribe_says_of_a_record_reaches_who_waits)
{
    static const uint32_t codes[] = {PT_OK, PT_E_IO, PT_E_LIMIT};
    for (size_t i = 0U; i < PT_COUNT(codes); i++) {
        struct waited w = {0};
        uint64_t token = 0U;
        cr_assert(pt_ok(record(&w)));
        turn();
        cr_assert_eq(hear_records(&token, 1U), 1U);
        say_recorded(&token, 1U, codes[i]);
        expect_done(&w, codes[i]);
    }
}

Test(link, nobody_is_called_from_within_his_own_request)
{
    struct waited w = {0};
    cr_assert(pt_ok(record(&w)));
    cr_expect_eq(w.calls, 0U);
    hang_up();
    cr_expect_eq(w.calls, 0U);
    turn();
    cr_expect_eq(w.calls, 1U);
}

Test(link, the_records_of_one_turn_share_frames_of_a_bounded_number)
{
    static struct waited w[PT_IPC_RECORDS_MAX + 3U];
    uint64_t tokens[PT_IPC_RECORDS_MAX];
    memset(w, 0, sizeof w);
    for (size_t i = 0U; i < PT_COUNT(w); i++) {
        cr_assert(pt_ok(record(&w[i])));
    }
    turn();
    cr_expect_eq(hear_records(tokens, PT_COUNT(tokens)), PT_IPC_RECORDS_MAX);
    say_recorded(tokens, PT_IPC_RECORDS_MAX, PT_OK);
    cr_expect_eq(hear_records(tokens, PT_COUNT(tokens)), 3U);
    say_recorded(tokens, 3U, PT_OK);
    for (size_t i = 0U; i < PT_COUNT(w); i++) {
        expect_done(&w[i], PT_OK);
    }
}

Test(link, a_question_goes_at_once_and_its_answer_carries_the_text)
{
    static const uint8_t kinds[][2] = {{PT_MSG_STATUS_GET, PT_MSG_STATUS},
                                       {PT_MSG_RECEIPT_GET, PT_MSG_RECEIPT}};
    for (size_t i = 0U; i < PT_COUNT(kinds); i++) {
        struct waited w = {0};
        uint8_t type = 0U;
        const struct pt_link_question question = {.type = kinds[i][0], .client = PT_SLICE("grc")};
        cr_assert(pt_ok(pt_link_ask(&lane, &question, on_done, &w)));
        const uint64_t token = hear_question(&type);
        cr_expect_eq(type, kinds[i][0]);
        say_text(kinds[i][1], token, PT_OK, PT_SLICE("the text"));
        expect_done(&w, PT_OK);
        cr_expect_str_eq(w.text, "the text");
    }
}

Test(link, a_question_that_cannot_be_answered_says_why)
{
    struct waited w = {0};
    uint8_t type = 0U;
    const struct pt_link_question question = {.type = PT_MSG_RECEIPT_GET};
    cr_assert(pt_ok(pt_link_ask(&lane, &question, on_done, &w)));
    say_text(PT_MSG_RECEIPT, hear_question(&type), PT_E_ABSENT, PT_SLICE_EMPTY);
    expect_done(&w, PT_E_ABSENT);
}

static void record_again(void *ctx, pt_status st, pt_slice payload)
{
    struct waited *w = ctx;
    on_done(&w[0], st, payload);
    cr_expect(pt_ok(record(&w[1])));
}

Test(link, who_is_answered_may_record_again_from_there)
{
    struct waited w[2] = {{0}};
    uint64_t token = 0U;
    const struct pt_record r = asked();
    cr_assert(pt_ok(pt_link_record(&lane, &r, record_again, w)));
    turn();
    cr_assert_eq(hear_records(&token, 1U), 1U);
    say_recorded(&token, 1U, PT_OK);
    cr_assert_eq(hear_records(&token, 1U), 1U);
    say_recorded(&token, 1U, PT_OK);
    expect_done(&w[0], PT_OK);
    expect_done(&w[1], PT_OK);
}

static void record_in_vain(void *ctx, pt_status st, pt_slice payload)
{
    on_done(ctx, st, payload);
    struct waited nobody = {0};
    cr_expect_eq(record(&nobody).code, PT_E_CLOSED);
}

Test(link, who_hears_of_the_loss_cannot_record_into_it)
{
    struct waited w[3] = {{0}};
    const struct pt_record r = asked();
    for (size_t i = 0U; i < PT_COUNT(w); i++) {
        cr_assert(pt_ok(pt_link_record(&lane, &r, record_in_vain, &w[i])));
    }
    turn();
    hang_up();
    turn();
    for (size_t i = 0U; i < PT_COUNT(w); i++) {
        expect_done(&w[i], PT_E_CLOSED);
    }
}

/* --- memory --- */

Test(link_alone, a_record_without_memory_is_refused_and_the_next_one_goes)
{
    TORTURE(nth)
    {
        struct waited w = {0};
        struct waited later = {0};
        uint64_t tokens[2] = {0U, 0U};
        attach();
        torture_arm(nth);
        const pt_status st = record(&w);
        torture_disarm();
        cr_assert(pt_ok(record(&later)));
        turn();
        const size_t n = hear_records(tokens, 2U);
        cr_assert_eq(n, pt_ok(st) ? 2U : 1U);
        say_recorded(tokens, (uint16_t)n, PT_OK);
        expect_done(&later, PT_OK);
        cr_assert_eq(w.calls, n - 1U);
        pt_link_done_with(&lane);
        hang_up();
        pt_link_init(&lane, loop);
        if (pt_ok(st)) {
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
    }
}

Test(link_alone, a_question_without_memory_is_refused)
{
    TORTURE(nth)
    {
        struct waited w = {0};
        const struct pt_link_question question = {.type = PT_MSG_STATUS_GET,
                                                  .client = PT_SLICE("grc")};
        attach();
        torture_arm(nth);
        const pt_status st = pt_link_ask(&lane, &question, on_done, &w);
        torture_disarm();
        pt_link_done_with(&lane);
        hang_up();
        pt_link_init(&lane, loop);
        if (pt_ok(st)) {
            expect_done(&w, PT_E_CLOSED);
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
        cr_assert_eq(w.calls, 0U);
    }
}

Test(link_alone, a_channel_without_memory_is_closed_and_the_next_one_serves)
{
    TORTURE(nth)
    {
        int pair[2];
        cr_assert(pt_ok(pt_ipc_pair(pair)));
        scribe = pair[1];
        torture_arm(nth);
        const pt_status st = pt_link_attach(&lane, pair[0]);
        torture_disarm();
        cr_assert_eq(pt_link_is_up(&lane), pt_ok(st));
        if (pt_ok(st)) {
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
        cr_assert_eq(pt_ipc_recv(scribe, &frame, NULL, NULL).code, PT_E_CLOSED);
        hang_up();
    }
}

Test(link, hearing_needs_no_memory)
{
    struct waited w = {0};
    uint64_t token = 0U;
    cr_assert(pt_ok(record(&w)));
    turn();
    cr_assert_eq(hear_records(&token, 1U), 1U);
    torture_arm(0U);
    say_recorded(&token, 1U, PT_OK);
    const unsigned seen = torture_seen();
    torture_disarm();
    expect_done(&w, PT_OK);
    cr_expect_eq(seen, 0U);
}
