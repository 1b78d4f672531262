/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * gateway/net/fetch_conn: an answer belongs to the request before it. A State API is played by a
 * thread on the loopback that serves one connection after the other.
 */
#include "fetch_fixture.h"

#include <sched.h>

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

/* The next request is made before the loop could see what has come. */
Test(fetch_conn, what_came_before_a_request_is_not_its_answer)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    static const char *const noise[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"};
    const struct test_cert_spec spec = good_spec();
    make_tls(&spec);
    server.answer = spoken;
    server.paused = true;
    server.more = noise[0];
    start_server();
    for (size_t i = 0U; i < PT_COUNT(versions); i++) {
        const unsigned before = atomic_load(&server.accepted);
        cr_assert_eq(SSL_CTX_set_max_proto_version(server.tls, versions[i]), 1);
        pt_fetcher_forget(fetcher);
        server.more = noise[i];
        expect(url_of("/v4/x"), root_pem, PT_OK);
        (void)sem_post(&server.go);
        (void)sem_wait(&server.said);
        server.more = NULL; /* it stands in our socket now */
        pt_status st = PT_SUCCESS;
        struct pt_fetch *fetch = fetch_with(url_of("/v4/y"), root_pem, &st);
        cr_assert(pt_ok(st), "%s", pt_code_name(st.code));
        cr_expect_eq(pt_fetch_response(fetch)->status, 200U);
        cr_expect(pt_slice_eq(pt_fetch_response(fetch)->body, PT_SLICE("{}")));
        cr_expect_eq(atomic_load(&server.accepted), before + 2U);
        fetch = pt_fetch_free(fetch);
    }
}

Test(fetch_conn, a_request_that_met_a_closing_connection_is_asked_again)
{
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_OK);
    server.mute_once = true; /* takes the request, closes */
    expect(url_of("/v4/x"), root_pem, PT_OK);
    cr_expect_eq(atomic_load(&server.accepted), 2U);
    cr_expect_eq(atomic_load(&server.requests), 3U);
}

Test(fetch_conn, a_request_is_asked_again_once)
{
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_OK);
    server.mute_close = true; /* from now on */
    expect(url_of("/v4/x"), root_pem, PT_E_UPSTREAM);
    cr_expect_eq(atomic_load(&server.accepted), 2U);
    cr_expect_eq(atomic_load(&server.requests), 3U);
}

Test(fetch_conn, a_body_without_length_ends_with_the_peers_word_and_not_with_a_cut)
{
    server.answer = "HTTP/1.1 200 OK\r\n\r\n{\"a\":1}";
    server.close_after = true;
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_OK);
    server.cut = true;
    expect(url_of("/v4/x"), root_pem, PT_E_UPSTREAM);
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

/* --- a State that answers before it has read ---
 * Its window fills, until a request is only half sent when its answer is here. */

static atomic_uint answers_due;
static atomic_bool hasty_end;

static void *answer_unread(void *arg)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    const int fd = accept(server.listener, NULL, NULL);
    SSL *ssl = SSL_new(server.tls);
    (void)arg;
    (void)SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
        unsigned said = 0U;
        while (!atomic_load(&hasty_end)) {
            if (said < atomic_load(&answers_due)) {
                said++;
                (void)SSL_write(ssl, text, (int)sizeof text - 1);
            } else {
                (void)sched_yield();
            }
        }
    }
    SSL_free(ssl);
    (void)close(fd);
    return NULL;
}

static void start_hasty(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    const int small = 4096;
    const struct test_cert_spec spec = good_spec();
    make_tls(&spec);
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(server.listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    cr_assert_eq(bind(server.listener, (const struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(listen(server.listener, 16), 0);
    cr_assert_eq(getsockname(server.listener, (struct sockaddr *)&at, &len), 0);
    server.port = ntohs(at.sin_port);
    cr_assert_eq(pthread_create(&server.thread, NULL, answer_unread, NULL), 0);
}

Test(fetch_conn, a_connection_that_has_not_taken_the_whole_request_carries_no_other)
{
    static char header[24000];
    bool half = false;
    start_hasty();
    memset(header, 'h', sizeof header);
    memcpy(header, "X: ", 3U);
    header[sizeof header - 1U] = '\0';
    for (unsigned k = 1U; k < 2000U && !half; k++) {
        struct waited w = {0U, PT_SUCCESS};
        struct pt_fetch *fetch = NULL;
        const struct pt_fetch_request request = {.url = url_of("/v4/x"),
                                                 .headers = pt_slice_of(header, sizeof header),
                                                 .trust = {.ca = pt_slice_str(root_pem)}};
        cr_assert(pt_ok(pt_fetch_start(fetcher, &request, on_done, &w, &fetch)));
        while (!fetch->conn->connected) {
            cr_assert(pt_ok(pt_loop_turn(loop, 20U)));
        }
        atomic_store(&answers_due, k);
        wait_for(&w);
        cr_assert(pt_ok(w.st));
        half = fetch->sent < fetch->head.len;
        cr_expect_eq(fetcher->origins->conns, half ? 0U : 1U, "request %u", k);
        fetch = pt_fetch_free(fetch);
    }
    cr_expect(half, "the window never filled");
    atomic_store(&hasty_end, true);
}

/* --- who waits --- */

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

/* --- secrets --- */

Test(fetch_conn, no_secret_of_a_connection_is_written_for_who_sets_SSLKEYLOGFILE)
{
    char path[] = "/tmp/poterne-keylog-XXXXXX";
    const int fd = mkstemp(path);
    cr_assert(fd >= 0);
    fetcher = pt_fetcher_free(fetcher);
    curl_global_cleanup();
    (void)setenv("SSLKEYLOGFILE", path, 1); /* libcurl reads it when it begins */
    cr_assert(pt_ok(pt_fetch_global()));
    cr_assert(pt_ok(pt_fetcher_new(loop, &fetcher)));
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_OK);
    cr_expect_eq(lseek(fd, 0, SEEK_END), 0);
    (void)close(fd);
    (void)unlink(path);
}
