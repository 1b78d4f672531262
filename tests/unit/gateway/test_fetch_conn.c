/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * gateway/net/fetch_conn: an answer belongs to the request before it. A State API is played by a
 * thread on the loopback that serves one connection after the other.
 */
#include "fetch_fixture.h"

TestSuite(fetch_conn, .init = set_up, .fini = tear_down, .timeout = 40.0);

static const char spoken[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

Test(fetch_conn, a_connection_that_says_more_than_its_answer_serves_nobody_else)
{
    server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n"
                    "Content-Length: 4\r\n\r\nevil";
    start_server();
    for (unsigned i = 0U; i < 3U; i++) {
        pt_status st = PT_SUCCESS;
        struct pt_fetch *fetch = fetch_with(url_of("/v4/x"), root_pem, &st);
        cr_assert(pt_ok(st));
        cr_expect(pt_slice_eq(pt_fetch_response(fetch)->body, PT_SLICE("{}")));
        fetch = pt_fetch_free(fetch);
    }
    cr_expect_eq(atomic_load(&server.accepted), 3U);
}

Test(fetch_conn, what_comes_in_a_record_of_its_own_behind_an_answer_is_not_the_next_answer)
{
    server.answer = spoken;
    server.more = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    start_server();
    for (unsigned i = 0U; i < 3U; i++) {
        pt_status st = PT_SUCCESS;
        struct pt_fetch *fetch = fetch_with(url_of("/v4/x"), root_pem, &st);
        cr_assert(pt_ok(st));
        cr_expect(pt_slice_eq(pt_fetch_response(fetch)->body, PT_SLICE("{}")));
        fetch = pt_fetch_free(fetch);
        for (unsigned turn = 0U; turn < 5U; turn++) { /* idle: what it says is noise */
            cr_assert(pt_ok(pt_loop_turn(loop, 20U)));
        }
    }
    cr_expect_eq(atomic_load(&server.accepted), 3U);
}

Test(fetch_conn, a_request_that_met_a_closing_connection_is_asked_again_once)
{
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_OK);
    server.mute_close = true; /* from now on: takes the request, closes */
    expect(url_of("/v4/x"), root_pem, PT_E_UPSTREAM);
    cr_expect_eq(atomic_load(&server.accepted), 2U);
    cr_expect_eq(atomic_load(&server.requests), 3U);
}

Test(fetch_conn, on_a_new_connection_nothing_is_asked_twice)
{
    server.mute_close = true;
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_E_UPSTREAM);
    cr_expect_eq(atomic_load(&server.requests), 1U);
}

Test(fetch_conn, an_answer_that_breaks_off_is_not_asked_again)
{
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_OK);
    server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this";
    server.close_after = true;
    expect(url_of("/v4/x"), root_pem, PT_E_UPSTREAM);
    cr_expect_eq(atomic_load(&server.requests), 2U);
}

Test(fetch_conn, an_answer_in_many_records_is_one_answer)
{
    pt_status st = PT_SUCCESS;
    server.answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\n"
                    "defg\r\n0\r\n\r\n";
    server.record = 1U;
    start_server();
    for (unsigned i = 0U; i < 2U; i++) {
        struct pt_fetch *fetch = fetch_with(url_of("/v4/x"), root_pem, &st);
        cr_assert(pt_ok(st), "%s aux %u", pt_code_name(st.code), st.aux);
        cr_expect(pt_slice_eq(pt_fetch_response(fetch)->body, PT_SLICE("abcdefg")));
        fetch = pt_fetch_free(fetch);
    }
    cr_expect_eq(atomic_load(&server.accepted), 1U);
}

Test(fetch_conn, who_comes_when_all_connections_are_taken_waits_for_one)
{
    struct waited w[4] = {{0U, PT_SUCCESS}};
    struct pt_fetch *fetches[4];
    fetcher->per_host_max = 1U;
    start_server();
    for (size_t i = 0U; i < PT_COUNT(w); i++) {
        cr_assert(pt_ok(start(url_of("/v4/x"), root_pem, &w[i], &fetches[i])));
    }
    fetches[2] = pt_fetch_free(fetches[2]); /* gave up waiting */
    for (size_t i = 0U; i < PT_COUNT(w); i++) {
        if (i != 2U) {
            wait_for(&w[i]);
            cr_expect(pt_ok(w[i].st));
            fetches[i] = pt_fetch_free(fetches[i]);
        }
    }
    cr_expect_eq(w[2].calls, 0U);
    cr_expect_eq(atomic_load(&server.accepted), 1U);
    cr_expect_eq(atomic_load(&server.requests), 3U);
}

Test(fetch_conn, who_waits_is_served_when_the_one_before_gives_up)
{
    struct waited first = {0U, PT_SUCCESS};
    struct waited then = {0U, PT_SUCCESS};
    struct pt_fetch *fetches[2];
    fetcher->per_host_max = 1U;
    start_server();
    cr_assert(pt_ok(start(url_of("/v4/x"), root_pem, &first, &fetches[0])));
    cr_assert(pt_ok(start(url_of("/v4/x"), root_pem, &then, &fetches[1])));
    fetches[0] = pt_fetch_free(fetches[0]);
    wait_for(&then);
    cr_expect(pt_ok(then.st));
    fetches[1] = pt_fetch_free(fetches[1]);
    cr_expect_eq(first.calls, 0U);
}

Test(fetch_conn, a_connection_that_idles_too_long_is_closed)
{
    fetcher->idle_ms = 1U;
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_OK);
    for (unsigned i = 0U; i < TURNS_MAX && fetcher->sweep.armed; i++) {
        cr_assert(pt_ok(pt_loop_turn(loop, 10U)));
    }
    cr_expect_not(fetcher->sweep.armed);
    expect(url_of("/v4/x"), root_pem, PT_OK);
    cr_expect_eq(atomic_load(&server.accepted), 2U);
}

Test(fetch_conn, a_reload_lets_a_running_fetch_end_and_keeps_nothing_of_it)
{
    struct waited w = {0U, PT_SUCCESS};
    struct pt_fetch *fetch = NULL;
    start_server();
    cr_assert(pt_ok(start(url_of("/v4/x"), root_pem, &w, &fetch)));
    pt_fetcher_forget(fetcher);
    wait_for(&w);
    cr_expect(pt_ok(w.st));
    fetch = pt_fetch_free(fetch);
    cr_expect_null(fetcher->origins);
}
