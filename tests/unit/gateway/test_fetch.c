/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * gateway/net/fetch: what may be asked, and of whom (SYS-05). A State API is played by a thread on
 * the loopback that serves one connection after the other.
 */
#include "fetch_fixture.h"

TestSuite(fetch, .init = set_up, .fini = tear_down, .timeout = 40.0);

/* --- whom we do not ask --- */

static void expect_refused_server(void)
{
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_E_UPSTREAM);
    cr_expect_eq(atomic_load(&server.requests), 0U, "a request reached a server we do not trust");
}

Test(fetch, a_server_of_another_authority_is_refused, .description = "SYS-05")
{
    start_server();
    expect(url_of("/v4/x"), other_pem, PT_E_UPSTREAM);
    cr_expect_eq(atomic_load(&server.requests), 0U);
}

Test(fetch, a_server_with_another_name_is_refused, .description = "SYS-05")
{
    struct test_cert_spec spec = good_spec();
    spec.san = "DNS:elsewhere.gouv.example";
    make_tls(&spec);
    expect_refused_server();
}

Test(fetch, a_server_whose_certificate_has_expired_is_refused)
{
    struct test_cert_spec spec = good_spec();
    spec.from = time(NULL) - 10 * DAY;
    spec.until = time(NULL) - DAY;
    make_tls(&spec);
    expect_refused_server();
}

Test(fetch, a_certificate_that_is_not_for_servers_is_refused)
{
    struct test_cert_spec spec = good_spec();
    spec.eku = "clientAuth";
    make_tls(&spec);
    expect_refused_server();
}

Test(fetch, a_server_that_signs_for_itself_is_refused)
{
    struct test_cert_spec spec = good_spec();
    spec.issuer = NULL;
    make_tls(&spec);
    expect_refused_server();
}

Test(fetch, a_server_that_speaks_only_TLS_1_1_is_refused, .description = "TLS guide R3, R8")
{
    const struct test_cert_spec spec = good_spec();
    make_tls(&spec);
    cr_assert_eq(SSL_CTX_set_min_proto_version(server.tls, TLS1_VERSION), 1);
    cr_assert_eq(SSL_CTX_set_max_proto_version(server.tls, TLS1_1_VERSION), 1);
    expect_refused_server();
}

Test(fetch, a_server_without_an_authenticated_cipher_is_refused, .description = "TLS guide R3, R8")
{
    const struct test_cert_spec spec = good_spec();
    make_tls(&spec);
    cr_assert_eq(SSL_CTX_set_max_proto_version(server.tls, TLS1_2_VERSION), 1);
    cr_assert_eq(SSL_CTX_set_cipher_list(server.tls, "ECDHE-ECDSA-AES128-SHA"), 1);
    expect_refused_server();
}

Test(fetch, a_server_that_only_knows_an_old_group_is_refused)
{
    const struct test_cert_spec spec = good_spec();
    make_tls(&spec);
    cr_assert_eq(SSL_CTX_set1_groups_list(server.tls, "P-521"), 1);
    expect_refused_server();
}

/* --- what we do not ask --- */

Test(fetch, nothing_but_https_is_fetched)
{
    char url[128];
    start_server();
    static const char *const schemes[] = {"http", "ftp", "ws", "file", "gopher", "dict"};
    for (size_t i = 0U; i < PT_COUNT(schemes); i++) {
        (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u/v4/x", schemes[i], server.port);
        expect(url, root_pem, PT_E_UPSTREAM);
    }
    expect("file:///etc/passwd", root_pem, PT_E_UPSTREAM);
    cr_expect_eq(atomic_load(&server.accepted), 0U);
}

Test(fetch, a_credential_in_the_address_is_refused)
{
    char url[128];
    start_server();
    (void)snprintf(url, sizeof url, "https://user:pass@127.0.0.1:%u/", server.port);
    expect(url, root_pem, PT_E_UPSTREAM);
    cr_expect_eq(atomic_load(&server.requests), 0U);
}

Test(fetch, without_anchors_nothing_is_asked)
{
    struct waited w = {0};
    struct pt_fetch *fetch = NULL;
    cr_expect_eq(start("https://127.0.0.1:1/", "", &w, &fetch).code, PT_E_ARG);
    cr_expect_null(fetch);
    expect("https://127.0.0.1:1/", "not a certificate", PT_E_UPSTREAM);
}

Test(fetch, nobody_there_is_told_as_the_upstreams_trouble)
{
    start_server();
    const int fd = socket(AF_INET, SOCK_STREAM, 0); /* a port that is bound, not listened to */
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    char url[64];
    cr_assert_eq(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u/", ntohs(at.sin_port));
    expect(url, root_pem, PT_E_UPSTREAM);
    (void)close(fd);
}

Test(fetch, a_proxy_of_the_environment_is_not_used, .description = "SYS-05")
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"};
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        (void)setenv(names[i], "http://127.0.0.1:1", 1);
    }
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_OK);
}

/* --- what we do not take --- */

Test(fetch, a_redirection_is_an_answer_and_not_followed)
{
    char text[160];
    pt_status st = PT_SUCCESS;
    start_server();
    (void)snprintf(text, sizeof text,
                   "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
                   url_of("/elsewhere"));
    server.answer = text;
    struct pt_fetch *fetch = fetch_with(url_of("/v4/x"), root_pem, &st);
    cr_assert(pt_ok(st));
    cr_expect_eq(pt_fetch_response(fetch)->status, 302U);
    cr_expect_eq(atomic_load(&server.requests), 1U);
    fetch = pt_fetch_free(fetch);
}

Test(fetch, a_body_announced_larger_than_the_bound_is_not_taken)
{
    char text[128];
    (void)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n",
                   PT_FETCH_BODY_MAX + 1U);
    server.answer = text;
    server.close_after = true;
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_E_LIMIT);
}

Test(fetch, a_body_without_length_is_cut_at_the_bound)
{
    server.answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    server.filler = PT_FETCH_BODY_MAX + 1U;
    server.close_after = true;
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_E_LIMIT);
}

Test(fetch, a_body_of_exactly_the_bound_is_taken)
{
    char text[128];
    pt_status st = PT_SUCCESS;
    (void)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n",
                   PT_FETCH_BODY_MAX);
    server.answer = text;
    server.filler = PT_FETCH_BODY_MAX;
    start_server();
    struct pt_fetch *fetch = fetch_with(url_of("/v4/x"), root_pem, &st);
    cr_assert(pt_ok(st));
    cr_expect_eq(pt_fetch_response(fetch)->body.len, PT_FETCH_BODY_MAX);
    fetch = pt_fetch_free(fetch);
}

Test(fetch, headers_beyond_the_bound_are_not_taken)
{
    static char text[PT_FETCH_HEADERS_MAX + 4096U];
    size_t n = (size_t)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n");
    while (n <= PT_FETCH_HEADERS_MAX) {
        n += (size_t)snprintf(text + n, sizeof text - n, "X-Fill-%zu: %01000u\r\n", n, 0U);
    }
    (void)snprintf(text + n, sizeof text - n, "Content-Length: 0\r\n\r\n");
    server.answer = text;
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_E_LIMIT);
}

Test(fetch, an_answer_that_is_broken_is_the_upstreams_trouble)
{
    static const char *const broken[] = {
        "",
        "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    };
    server.close_after = true;
    start_server();
    for (size_t i = 0U; i < PT_COUNT(broken); i++) {
        server.answer = broken[i];
        expect(url_of("/v4/x"), root_pem, PT_E_UPSTREAM);
    }
}

Test(fetch, a_server_that_does_not_answer_is_a_time_out)
{
    struct waited w = {0};
    struct pt_fetch *fetch = NULL;
    server.answer = NULL;
    start_server();
    fetcher->total_ms = 150U; /* the real delay is half a minute */
    cr_assert(pt_ok(start(url_of("/v4/x"), root_pem, &w, &fetch)));
    wait_for(&w);
    cr_expect_eq(w.st.code, PT_E_TIMEOUT, "%s aux %u", pt_code_name(w.st.code), w.st.aux);
    fetch = pt_fetch_free(fetch);
}

Test(fetch, a_header_too_long_to_be_kept_is_dropped_and_the_rest_is_not)
{
    char text[600];
    pt_status st = PT_SUCCESS;
    (void)snprintf(text, sizeof text,
                   "HTTP/1.1 200 OK\r\nX-Request-Id: %0200u\r\nContent-Type: text/html\r\n"
                   "Content-Length: 0\r\n\r\n",
                   0U);
    server.answer = text;
    start_server();
    struct pt_fetch *fetch = fetch_with(url_of("/v4/x"), root_pem, &st);
    cr_assert(pt_ok(st));
    cr_expect_eq(pt_fetch_response(fetch)->request_id.len, 0U);
    cr_expect(pt_slice_eq(pt_fetch_response(fetch)->content_type, PT_SLICE("text/html")));
    fetch = pt_fetch_free(fetch);
}

/* --- what is in order --- */

Test(fetch, an_answer_in_order_is_handed_on_with_the_headers_that_count)
{
    pt_status st = PT_SUCCESS;
    start_server();
    struct pt_fetch *fetch = fetch_with(url_of("/v4/x?a=1"), root_pem, &st);
    cr_assert(pt_ok(st), "%s aux %u", pt_code_name(st.code), st.aux);
    const struct pt_upstream_response *r = pt_fetch_response(fetch);
    cr_expect_eq(r->status, 200U);
    cr_expect(pt_slice_eq(r->body, PT_SLICE("{}")));
    cr_expect(pt_slice_eq(r->content_type, PT_SLICE("application/json")));
    cr_expect(pt_slice_eq(r->rate_limit, PT_SLICE("10")));
    cr_expect(pt_slice_eq(r->rate_remaining, PT_SLICE("9")));
    cr_expect(pt_slice_eq(r->rate_reset, PT_SLICE("1795478400")));
    cr_expect(pt_slice_eq(r->retry_after, PT_SLICE("3")));
    cr_expect(pt_slice_eq(r->request_id, PT_SLICE("r-1")));
    fetch = pt_fetch_free(fetch);
}

Test(fetch, what_is_sent_is_what_was_given_and_a_name)
{
    start_server();
    expect(url_of("/v4/x/../y?a=%20b"), root_pem, PT_OK);
    cr_expect_eq(strncmp(server.request, "GET /v4/x/../y?a=%20b HTTP/1.1\r\n", 32U), 0, "%s",
                 server.request);
    cr_expect_not_null(strstr(server.request, "\r\nAuthorization: Bearer t\r\n"));
    cr_expect_not_null(strstr(server.request, "\r\nAccept: application/json\r\n"));
    cr_expect_not_null(strstr(server.request, "\r\nUser-Agent: Poterne\r\n"));
    expect(url_of("/again"), root_pem, PT_OK);
    cr_expect_null(strstr(server.request, "ookie"), "%s", server.request);
}

Test(fetch, the_second_request_takes_the_same_connection)
{
    start_server();
    for (unsigned i = 0U; i < 5U; i++) {
        expect(url_of("/v4/x"), root_pem, PT_OK);
    }
    cr_expect_eq(atomic_load(&server.requests), 5U);
    cr_expect_eq(atomic_load(&server.accepted), 1U);
}

Test(fetch, a_connection_made_under_other_anchors_is_not_used)
{
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_OK);
    struct waited w = {0};
    struct pt_fetch *fetch = NULL;
    cr_assert(pt_ok(start(url_of("/v4/x"), other_pem, &w, &fetch)));
    for (unsigned i = 0U; i < 20U; i++) { /* the server still serves the first connection */
        cr_assert(pt_ok(pt_loop_turn(loop, 5U)));
    }
    cr_expect_eq(atomic_load(&server.requests), 1U);
    fetch = pt_fetch_free(fetch);
}

Test(fetch, a_reload_forgets_anchors_and_serves_on)
{
    start_server();
    expect(url_of("/v4/x"), root_pem, PT_OK);
    pt_fetcher_forget(fetcher);
    char *copy = test_cert_pem(&root);
    expect(url_of("/v4/x"), copy, PT_OK);
    pt_fetcher_forget(fetcher);
    free(copy);
    expect(url_of("/v4/x"), root_pem, PT_OK);
}

Test(fetch, a_connection_the_server_closed_is_replaced)
{
    server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    server.close_after = true;
    start_server();
    for (unsigned i = 0U; i < 3U; i++) {
        expect(url_of("/v4/x"), root_pem, PT_OK);
    }
    cr_expect_eq(atomic_load(&server.accepted), 3U);
}

Test(fetch, who_frees_a_running_fetch_is_not_called)
{
    struct waited w = {0};
    struct pt_fetch *fetch = NULL;
    server.answer = NULL;
    start_server();
    for (unsigned turns = 0U; turns < 12U; turns++) {
        cr_assert(pt_ok(start(url_of("/v4/x"), root_pem, &w, &fetch)));
        for (unsigned i = 0U; i < turns; i++) {
            cr_assert(pt_ok(pt_loop_turn(loop, 2U)));
        }
        fetch = pt_fetch_free(fetch);
    }
    for (unsigned i = 0U; i < 10U; i++) {
        cr_assert(pt_ok(pt_loop_turn(loop, 1U)));
    }
    cr_expect_eq(w.calls, 0U);
}

Test(fetch, a_header_that_would_be_two_is_refused)
{
    static const pt_slice bad[] = {PT_SLICE_INIT("A: b\r\nC: d\0"), PT_SLICE_INIT("A: b\n\0"),
                                   PT_SLICE_INIT("\0"), PT_SLICE_INIT("A: \x01\0")};
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        struct waited w = {0U, PT_SUCCESS};
        struct pt_fetch *fetch = NULL;
        const struct pt_fetch_request request = {.url = "https://127.0.0.1:1/",
                                                 .headers = bad[i],
                                                 .trust = {.ca = pt_slice_str(root_pem)}};
        cr_expect_eq(pt_fetch_start(fetcher, &request, on_done, &w, &fetch).code, PT_E_ARG);
    }
}

Test(fetch, an_address_that_is_not_one_is_refused_before_anything_is_sent)
{
    static const char *const bad[] = {
        "https://",
        "https:///x",
        "https://127.0.0.1:1/a b",
        "HTTPS://127.0.0.1/",
        "https://a@b/",
        "https://a b/",
        "https://127.0.0.1:1/#x",
        "//127.0.0.1/",
        "https://127.0.0.1:1/\r\nX: y",
        "",
    };
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        expect(bad[i], root_pem, PT_E_UPSTREAM);
    }
}

static struct waited second;

static void fetch_again(void *ctx, pt_status st)
{
    on_done(ctx, st);
    struct pt_fetch **fetch = (struct pt_fetch **)(void *)((char *)ctx + sizeof(struct waited));
    cr_expect(pt_ok(start(url_of("/v4/second"), root_pem, &second, fetch)));
}

Test(fetch, who_is_answered_may_fetch_again_from_there)
{
    struct {
        struct waited w;
        struct pt_fetch *next;
    } first = {.next = NULL};
    struct pt_fetch *fetch = NULL;
    start_server();
    const struct pt_fetch_request request = {.url = url_of("/v4/first"),
                                             .trust = {.ca = pt_slice_str(root_pem)}};
    cr_assert(pt_ok(pt_fetch_start(fetcher, &request, fetch_again, &first, &fetch)));
    wait_for(&first.w);
    wait_for(&second);
    cr_expect(pt_ok(second.st));
    fetch = pt_fetch_free(fetch);
    first.next = pt_fetch_free(first.next);
}

Test(fetch, nothing_to_free_is_no_failure)
{
    cr_expect_null(pt_fetch_free(NULL));
    cr_expect_null(pt_fetcher_free(NULL));
}

/* --- memory --- */

Test(fetch, without_memory_no_fetcher_is_made)
{
    TORTURE(nth)
    {
        struct pt_fetcher *one = NULL;
        torture_arm(nth);
        const pt_status st = pt_fetcher_new(loop, &one);
        torture_disarm();
        if (pt_ok(st)) {
            one = pt_fetcher_free(one);
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
        cr_assert_null(one);
    }
}

Test(fetch, without_memory_a_fetch_fails_and_the_next_one_goes)
{
    start_server();
    TORTURE(nth)
    {
        struct waited w = {0};
        struct pt_fetch *fetch = NULL;
        torture_arm(nth);
        pt_status st = start(url_of("/v4/x"), root_pem, &w, &fetch);
        for (unsigned i = 0U; pt_ok(st) && i < TURNS_MAX && w.calls == 0U; i++) {
            cr_assert(pt_ok(pt_loop_turn(loop, 100U)));
        }
        torture_disarm();
        st = pt_ok(st) ? w.st : st;
        fetch = pt_fetch_free(fetch);
        if (pt_ok(st)) {
            break;
        }
        pt_fetcher_forget(fetcher);
        expect(url_of("/v4/x"), root_pem, PT_OK);
        pt_fetcher_forget(fetcher);
    }
    expect(url_of("/v4/x"), root_pem, PT_OK);
}

/* libcurl's resolver has a descriptor that libcurl closes without telling us. */
Test(fetch, a_descriptor_that_is_not_ours_is_forgotten_before_its_number_is_somebody_elses)
{
    int pair[2];
    struct pt_watch probe = {.fd = -1};
    for (unsigned round = 0U; round < 2U; round++) {
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        cr_assert(probe.fd == -1 || probe.fd == pair[0], "the kernel gives the lowest number");
        cr_assert_eq(pt_fetch_socket_want(NULL, pair[0], CURL_POLL_IN, fetcher, NULL), 0);
        probe = (struct pt_watch){.fd = pair[0]};
        cr_expect_eq(pt_loop_watch(loop, &probe, PT_LOOP_IN).code, PT_E_EXISTS, "round %u", round);
        cr_assert_eq(pt_fetch_socket_want(NULL, pair[0], CURL_POLL_REMOVE, fetcher, NULL), 0);
        (void)close(pair[0]);
        (void)close(pair[1]);
    }
}
