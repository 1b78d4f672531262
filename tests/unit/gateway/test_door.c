/* SPDX-License-Identifier: EUPL-1.2 */
/* The door over plain HTTP: delays with a clock of our own, limits, order, broken peers. */
#include "door_fixture.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fixture f;
static struct peer p;

static void open_plain(void)
{
    const struct pt_door_config config = {0};
    fixture_open(&f, &config);
    peer_open(&f, &p);
}

static void close_plain(void)
{
    peer_close(&p);
    fixture_close(&f);
}

TestSuite(door, .init = open_plain, .fini = close_plain, .timeout = 30.0);

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"

/* --- refusals -------------------------------------------------------------------------------- */

Test(door, a_refusal_is_answered_with_the_envelope_and_the_connection_closed)
{
    SEND(&f, &p, "GET / HTTP/1.1\nHost: h\n\n");
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "HTTP/1.1 400 Bad Request\r\n"), 1U));
    cr_assert(eq(sz, count_text(p.received, "\"detail\":\"bare-lf\""), 1U));
    cr_assert(eq(sz, count_text(p.received, "Content-Type: application/json\r\n"), 1U));
    cr_assert(eq(sz, count_text(p.received, "Connection: close\r\n"), 1U));
    cr_assert(eq(sz, f.requests, 0U));
    cr_assert(not(p.reset));
}

Test(door, nothing_behind_a_refused_request_is_looked_at)
{
    SEND(&f, &p, "GET / HTTP/1.0\r\n\r\n" GET("/smuggled"));
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "HTTP/1.1 "), 1U));
    cr_assert(eq(sz, f.requests, 0U));
}

Test(door, a_refused_head_gets_the_length_of_the_envelope_and_no_body)
{
    SEND(&f, &p, "HEAD / HTTP/1.1\r\n\r\n");
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "HTTP/1.1 400 "), 1U));
    cr_assert(eq(sz, count_text(p.received, "errors"), 0U));
}

static void expect_refused_oversize(const char *head, size_t n, const char *status)
{
    char *const many = malloc(n);
    cr_assert(many != NULL);
    memset(many, 'a', n);
    peer_send(&f, &p, pt_slice_str(head));
    peer_send(&f, &p, pt_slice_of(many, n));
    free(many);
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, status), 1U), "%s", p.received);
    cr_assert(not(p.reset), "the answer must survive the bytes behind it");
}

Test(door, an_oversized_request_line_is_414_and_the_answer_arrives)
{
    expect_refused_oversize("GET /", 50000U, "HTTP/1.1 414 ");
}
Test(door, an_oversized_field_is_431_and_the_answer_arrives)
{
    expect_refused_oversize("GET / HTTP/1.1\r\nHost: h\r\nX: ", 50000U, "HTTP/1.1 431 ");
}
Test(door, an_oversized_body_is_413_and_the_answer_arrives)
{
    expect_refused_oversize("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 150000\r\n\r\n", 150000U,
                            "HTTP/1.1 413 ");
}

Test(door, a_reply_with_a_line_break_in_a_header_becomes_an_empty_500)
{
    const struct pt_http_header evil = {PT_SLICE("X"), PT_SLICE("a\r\nSet-Cookie: b")};
    const struct pt_door_reply reply = {
        .status = 200U, .headers = &evil, .header_count = 1U, .body = PT_SLICE("secret")};
    f.park = true;
    SEND(&f, &p, GET("/"));
    cr_assert(eq(sz, f.parked_count, 1U));
    pt_door_reply(f.parked[0], &reply);
    f.parked[0] = NULL;
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "HTTP/1.1 500 "), 1U));
    cr_assert(eq(sz, count_text(p.received, "Set-Cookie"), 0U));
    cr_assert(eq(sz, count_text(p.received, "secret"), 0U));
}

/* --- delays ---------------------------------------------------------------------------------- */

Test(door, a_drip_client_is_cut_at_the_deadline_that_its_bytes_do_not_extend)
{
    const char *const request = GET("/slow");
    size_t sent = 0U;
    for (unsigned second = 0U; second < 10U; second++) {
        peer_send(&f, &p, pt_slice_of(request + sent, 2U));
        sent += 2U;
        cr_assert(peer_quiet(&f, &p), "cut after %u s", second);
        fixture_pass_ms(&f, 1000U);
    }
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "HTTP/1.1 408 "), 1U));
    cr_assert(eq(sz, f.requests, 0U));
    cr_assert(eq(u64, pt_door_counters(f.door)->timeouts, 1U));
}

Test(door, a_body_that_drips_is_cut_too)
{
    SEND(&f, &p, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n");
    for (unsigned second = 0U; second < 9U; second++) {
        SEND(&f, &p, "x");
        fixture_pass_ms(&f, 1000U);
    }
    cr_assert(peer_quiet(&f, &p));
    fixture_pass_ms(&f, 1000U);
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "HTTP/1.1 408 "), 1U));
}

Test(door, an_idle_connection_is_closed_silently_after_its_delay)
{
    SEND(&f, &p, GET("/"));
    cr_assert(peer_expect(&f, &p, "HTTP/1.1 200 ", 1U));
    fixture_pass_ms(&f, PT_HTTP_IDLE_MS - 1U);
    cr_assert(peer_quiet(&f, &p));
    fixture_pass_ms(&f, 1U);
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "HTTP/1.1 "), 1U));
}

Test(door, a_parked_request_waits_for_its_handler_as_long_as_it_takes)
{
    f.park = true;
    SEND(&f, &p, GET("/"));
    fixture_pass_ms(&f, 3600000U);
    cr_assert(peer_quiet(&f, &p));
    fixture_answer(&f, 0U, "at last");
    cr_assert(peer_expect(&f, &p, "at last", 1U));
}

Test(door, a_peer_that_does_not_read_is_cut_when_the_write_delay_is_over)
{
    const size_t n = 2000000U;
    char *const much = malloc(n);
    cr_assert(much != NULL);
    memset(much, 'a', n);
    const struct pt_door_reply reply = {.status = 200U, .body = pt_slice_of(much, n)};
    f.park = true;
    SEND(&f, &p, GET("/1") GET("/2") GET("/3") GET("/4") GET("/5") GET("/6") GET("/7") GET("/8"));
    for (size_t i = 0U; f.parked_count == i + 1U; i++) {
        pt_door_reply(f.parked[i], &reply);
        f.parked[i] = NULL;
        fixture_turn(&f);
    }
    free(much);
    fixture_pass_ms(&f, PT_HTTP_WRITE_MS - 1U);
    cr_assert(eq(u64, pt_door_counters(f.door)->open, 1U));
    fixture_pass_ms(&f, 1U);
    cr_assert(eq(u64, pt_door_counters(f.door)->open, 0U));
    cr_assert(eq(u64, pt_door_counters(f.door)->timeouts, 1U));
}

/* --- answers --------------------------------------------------------------------------------- */

Test(door, a_connection_serves_many_requests)
{
    for (size_t i = 1U; i <= 50U; i++) {
        SEND(&f, &p, GET("/again"));
        cr_assert(peer_expect(&f, &p, "\r\n\r\n/again", i));
    }
    cr_assert(eq(u64, pt_door_counters(f.door)->accepted, 1U));
    cr_assert(eq(u64, pt_door_counters(f.door)->replies, 50U));
}

Test(door, an_answer_carries_date_length_and_body)
{
    SEND(&f, &p, GET("/x"));
    cr_assert(peer_expect(&f, &p, "/x", 1U));
    cr_assert(strcmp(p.received, "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 00:00:00 GMT\r\n"
                                 "Content-Length: 2\r\n\r\n/x") == 0,
              "%s", p.received);
}

Test(door, head_gets_the_length_and_no_body)
{
    SEND(&f, &p, "HEAD /four HTTP/1.1\r\nHost: h\r\n\r\n" GET("/next"));
    cr_assert(peer_expect(&f, &p, "\r\n\r\n/next", 1U));
    cr_assert(eq(sz, count_text(p.received, "\r\n\r\n/four"), 0U));
    cr_assert(eq(sz, count_text(p.received, "Content-Length: 5\r\n"), 2U));
}

Test(door, an_answer_may_quote_its_request)
{
    SEND(&f, &p, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    cr_assert(peer_expect(&f, &p, "\r\n\r\nhello", 1U));
}

Test(door, a_chunked_body_reaches_the_handler_joined)
{
    SEND(&f, &p, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    SEND(&f, &p, "2\r\nde\r\n0\r\n\r\n");
    cr_assert(peer_expect(&f, &p, "\r\n\r\nabcde", 1U));
}

Test(door, continue_is_said_before_the_body_and_the_answer_after_it)
{
    SEND(&f, &p, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    cr_assert(peer_expect(&f, &p, "HTTP/1.1 100 Continue\r\n\r\n", 1U));
    SEND(&f, &p, "ok");
    cr_assert(peer_expect(&f, &p, "\r\n\r\nok", 1U));
    cr_assert(eq(sz, count_text(p.received, "HTTP/1.1 100"), 1U));
}

Test(door, connection_close_is_obeyed_after_the_answer)
{
    SEND(&f, &p, "GET /bye HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" GET("/never"));
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "/bye"), 1U));
    cr_assert(eq(sz, count_text(p.received, "Connection: close\r\n"), 1U));
    cr_assert(eq(sz, f.requests, 1U));
    cr_assert(not(p.reset));
}

Test(door, an_answer_larger_than_the_socket_arrives_whole)
{
    const size_t n = 150000U;
    char *const body = malloc(n);
    cr_assert(body != NULL);
    memset(body, 'z', n);
    const struct pt_door_reply reply = {.status = 200U, .body = pt_slice_of(body, n)};
    f.park = true;
    SEND(&f, &p, GET("/"));
    pt_door_reply(f.parked[0], &reply);
    f.parked[0] = NULL;
    free(body);
    cr_assert(eq(sz, peer_expect_bytes(&f, &p, 'z', n), n));
}

Test(door, a_peer_that_never_takes_its_leave_is_cut)
{
    SEND(&f, &p, "GET /bye HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    cr_assert(peer_expect(&f, &p, "/bye", 1U));
    fixture_pass_ms(&f, PT_HTTP_LINGER_MS - 1U);
    cr_assert(eq(u64, pt_door_counters(f.door)->open, 1U));
    fixture_pass_ms(&f, 1U);
    cr_assert(eq(u64, pt_door_counters(f.door)->open, 0U));
}

Test(door, a_flood_after_the_last_answer_is_cut)
{
    static char flood[65536];
    SEND(&f, &p, "GET /bye HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    for (unsigned i = 0U; i < 40U && pt_door_counters(f.door)->open != 0U; i++) {
        (void)send(p.fd, flood, sizeof flood, MSG_NOSIGNAL);
        for (unsigned turn = 0U; turn < 20U; turn++) {
            fixture_turn(&f);
        }
    }
    cr_assert(eq(u64, pt_door_counters(f.door)->open, 0U));
}

/* --- pipelining ---------------------------------------------------------------------------------
 */

Test(door, answers_keep_the_order_of_pipelined_requests)
{
    SEND(&f, &p, GET("/1") GET("/2") GET("/3"));
    cr_assert(peer_expect(&f, &p, "\r\n\r\n/3", 1U));
    const char *const one = strstr(p.received, "\r\n\r\n/1");
    const char *const two = strstr(p.received, "\r\n\r\n/2");
    const char *const three = strstr(p.received, "\r\n\r\n/3");
    cr_assert(one != NULL && two != NULL && one < two && two < three);
}

Test(door, the_next_request_waits_until_the_one_before_is_answered)
{
    f.park = true;
    SEND(&f, &p, GET("/1") GET("/2"));
    SEND(&f, &p, GET("/3"));
    cr_assert(peer_quiet(&f, &p));
    cr_assert(eq(sz, f.parked_count, 1U));
    for (size_t i = 0U; i < 3U; i++) {
        cr_assert(eq(sz, f.parked_count, i + 1U));
        fixture_answer(&f, i, "done");
        cr_assert(peer_expect(&f, &p, "done", i + 1U));
        fixture_turn(&f);
    }
    cr_assert(strcmp(f.last_target, "/3") == 0);
}

Test(door, a_long_pipeline_is_served_whole_and_in_turns)
{
    char many[200U * (sizeof GET("/n") - 1U)];
    for (size_t i = 0U; i < 200U; i++) {
        memcpy(many + i * (sizeof GET("/n") - 1U), GET("/n"), sizeof GET("/n") - 1U);
    }
    peer_send(&f, &p, pt_slice_of(many, sizeof many));
    cr_assert(peer_expect(&f, &p, "\r\n\r\n/n", 200U));
    cr_assert(eq(sz, f.requests, 200U));
}

Test(door, a_flood_behind_a_parked_request_waits_in_the_kernel)
{
    char flood[8192];
    memset(flood, 'x', sizeof flood);
    f.park = true;
    SEND(&f, &p, GET("/1"));
    for (unsigned i = 0U; i < 20U; i++) {
        (void)!write(p.fd, flood, sizeof flood);
        fixture_turn(&f);
    }
    cr_assert(pt_door_counters(f.door)->bytes_in < 25000U);
    fixture_answer(&f, 0U, "first");
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "first"), 1U));
    cr_assert(eq(sz, count_text(p.received, "HTTP/1.1 414 "), 1U));
}

/* --- peers that go away ---------------------------------------------------------------------- */

Test(door, a_peer_gone_while_parked_is_told_and_the_reply_is_a_no_op)
{
    f.park = true;
    SEND(&f, &p, GET("/"));
    cr_assert(eq(sz, f.parked_count, 1U));
    peer_abort(&p);
    fixture_turn(&f);
    cr_assert(eq(sz, f.gone, 1U));
    cr_assert(f.parked[0]->gone);
    cr_assert(pt_slice_eq(f.parked[0]->request->path, PT_SLICE("/")), "still readable");
    cr_assert(eq(u64, pt_door_counters(f.door)->in_flight, 1U));
    fixture_answer(&f, 0U, "nobody");
    cr_assert(eq(u64, pt_door_counters(f.door)->in_flight, 0U));
    cr_assert(eq(u64, pt_door_counters(f.door)->open, 0U));
}

Test(door, a_peer_that_only_stops_sending_still_gets_its_answer)
{
    f.park = true;
    SEND(&f, &p, GET("/"));
    peer_half_close(&p);
    cr_assert(peer_quiet(&f, &p));
    cr_assert(eq(sz, f.gone, 0U));
    fixture_answer(&f, 0U, "still there");
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "still there"), 1U));
}

Test(door, a_peer_that_stops_in_the_middle_of_a_request_is_closed)
{
    SEND(&f, &p, "GET / HT");
    peer_half_close(&p);
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, p.len, 0U));
    cr_assert(eq(sz, f.requests, 0U));
}

Test(door, freeing_the_door_tells_what_is_in_flight_and_late_replies_are_safe)
{
    f.park = true;
    SEND(&f, &p, GET("/"));
    f.door = pt_door_free(f.door);
    cr_assert(eq(sz, f.gone, 1U));
    fixture_answer(&f, 0U, "too late");
    cr_assert(peer_expect_close(&f, &p));
}

/* --- limits and the end ---------------------------------------------------------------------- */

Test(door, draining_finishes_what_is_in_flight_closes_what_is_idle_and_then_says_so)
{
    struct peer idle;
    f.park = true;
    peer_open(&f, &idle);
    SEND(&f, &p, GET("/last"));
    pt_door_drain(f.door);
    cr_assert(peer_expect_close(&f, &idle));
    cr_assert(not(f.drained));
    fixture_answer(&f, 0U, "finished");
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "Connection: close\r\n"), 1U));
    cr_assert(eq(sz, count_text(p.received, "finished"), 1U));
    peer_close(&idle);
    peer_close(&p);
    for (unsigned i = 0U; i < TURNS_MAX && !f.drained; i++) {
        fixture_turn(&f);
    }
    cr_assert(f.drained);
}

Test(door, draining_a_door_without_connections_says_so_at_once)
{
    peer_close(&p);
    fixture_turn(&f);
    fixture_turn(&f);
    pt_door_drain(f.door);
    fixture_turn(&f);
    cr_assert(f.drained);
}

TestSuite(door_limits, .timeout = 30.0);

Test(door_limits, above_the_limit_of_connections_new_ones_wait_for_a_place)
{
    const struct pt_door_config config = {.limits = {.connections = 2U}};
    struct peer peers[3];
    fixture_open(&f, &config);
    for (size_t i = 0U; i < 3U; i++) {
        peer_open(&f, &peers[i]);
        SEND(&f, &peers[i], GET("/in"));
    }
    cr_assert(peer_expect(&f, &peers[0], "/in", 1U));
    cr_assert(peer_expect(&f, &peers[1], "/in", 1U));
    cr_assert(peer_quiet(&f, &peers[2]));
    peer_close(&peers[0]);
    cr_assert(peer_expect(&f, &peers[2], "/in", 1U));
    peer_close(&peers[1]);
    peer_close(&peers[2]);
    fixture_close(&f);
}

Test(door_limits, delays_are_those_of_the_configuration)
{
    const struct pt_door_config config = {.limits = {.request_ms = 50U, .idle_ms = 70U}};
    fixture_open(&f, &config);
    peer_open(&f, &p);
    SEND(&f, &p, "G");
    fixture_pass_ms(&f, 50U);
    cr_assert(peer_expect(&f, &p, "HTTP/1.1 408 ", 1U));
    peer_close(&p);
    fixture_close(&f);
}

static void nothing(void *ctx, struct pt_door_exchange *x)
{
    (void)ctx;
    (void)x;
}

Test(door_limits, a_process_that_sigpipe_would_kill_gets_no_door)
{
    const struct pt_door_config config = {.fd = -1, .handler = {.request = nothing}};
    struct pt_loop *loop = NULL;
    struct pt_door *door = NULL;
    (void)signal(SIGPIPE, SIG_DFL);
    cr_assert(pt_ok(pt_loop_new(&pt_clock_system, &loop)));
    cr_assert(eq(u32, pt_door_new(loop, &config, &door).code, PT_E_ARG));
    cr_assert(door == NULL);
    (void)pt_loop_free(loop);
}

Test(door_limits, running_out_of_memory_drops_a_connection_and_never_the_door)
{
    const struct pt_door_config config = {0};
    fixture_open(&f, &config);
    bool served = false;
    for (unsigned nth = 0U; nth < 40U && !served; nth++) {
        peer_open(&f, &p);
        torture_arm(nth);
        SEND(&f, &p, GET("/ok"));
        for (unsigned i = 0U; i < 10U; i++) {
            fixture_turn(&f);
        }
        torture_disarm();
        served = peer_expect(&f, &p, "\r\n\r\n/ok", 1U) && torture_seen() <= nth;
        peer_close(&p);
        fixture_turn(&f);
        fixture_turn(&f);
    }
    cr_assert(served);
    fixture_close(&f);
}

Test(door_limits, a_process_without_a_descriptor_left_looks_again_later)
{
    const struct pt_door_config config = {0};
    struct rlimit limit;
    fixture_open(&f, &config);
    peer_open(&f, &p);
    const int next = dup(0); /* every descriptor below this one is taken */
    cr_assert(next >= 0 && close(next) == 0);
    cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    const struct rlimit none = {.rlim_cur = (rlim_t)next, .rlim_max = limit.rlim_max};
    cr_assert(setrlimit(RLIMIT_NOFILE, &none) == 0);
    SEND(&f, &p, GET("/patience"));
    cr_assert(eq(u64, pt_door_counters(f.door)->accepted, 0U));
    cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    fixture_turn(&f);
    cr_assert(eq(u64, pt_door_counters(f.door)->accepted, 0U), "no busy loop meanwhile");
    fixture_pass_ms(&f, 100U);
    cr_assert(peer_expect(&f, &p, "/patience", 1U));
    peer_close(&p);
    fixture_close(&f);
}

/* --- listening ------------------------------------------------------------------------------- */

Test(door_limits, lanes_listen_on_one_port_with_a_socket_each)
{
    int fds[4];
    uint16_t port = 0U;
    cr_assert(pt_ok(pt_door_listen(PT_SLICE("127.0.0.1:0"), 4U, fds, &port)));
    cr_assert(port != 0U);
    for (size_t i = 0U; i < 4U; i++) {
        cr_assert(close(fds[i]) == 0);
    }
    cr_assert(pt_ok(pt_door_listen(PT_SLICE("localhost:0"), 1U, fds, NULL)));
    cr_assert(close(fds[0]) == 0);
    cr_assert(pt_ok(pt_door_listen(PT_SLICE("[::1]:0"), 1U, fds, &port)));
    cr_assert(close(fds[0]) == 0);
}

Test(door_limits, a_port_that_somebody_listens_on_is_refused_even_if_it_could_be_shared)
{
    int first = -1;
    int second = -1;
    uint16_t port = 0U;
    char address[32];
    cr_assert(pt_ok(pt_door_listen(PT_SLICE("127.0.0.1:0"), 1U, &first, &port)));
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)port);
    const pt_status st = pt_door_listen(pt_slice_str(address), 1U, &second, NULL);
    cr_assert(eq(u32, st.code, PT_E_IO));
    cr_assert(eq(u32, st.aux, (uint32_t)EADDRINUSE));
    cr_assert(close(first) == 0);
    cr_assert(pt_ok(pt_door_listen(pt_slice_str(address), 2U, (int[2]){0}, NULL)));
}

Test(door_limits, an_address_that_is_none_is_refused)
{
    static const char *const wrong[] = {
        "",
        "127.0.0.1",
        ":80",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "a.b.c.d:80",
        "127.0.0:x",
        "[::1:80",
        "::1:80",
        "[]:80",
        "256.0.0.1:1",
        "127.0.0.1:-1",
        "example.fr:80",
        "127.0.0.1:80 ",
        " 127.0.0.1:80",
    };
    for (size_t i = 0U; i < PT_COUNT(wrong); i++) {
        int fd = -1;
        cr_assert(pt_door_listen(pt_slice_str(wrong[i]), 1U, &fd, NULL).code == PT_E_SYNTAX, "%s",
                  wrong[i]);
        cr_assert(fd == -1);
    }
    int fds[2] = {-1, -1};
    cr_assert(pt_door_listen(PT_SLICE("127.0.0.1:0"), 0U, fds, NULL).code == PT_E_ARG);
    cr_assert(pt_door_listen(PT_SLICE("192.0.2.1:0"), 1U, fds, NULL).code == PT_E_IO);
}
