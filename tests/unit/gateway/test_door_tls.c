/* SPDX-License-Identifier: EUPL-1.2 */
/* The door with TLS: connections that live on, a context that is replaced, clients that flood. */
#include "tls_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fixture f;
static struct tls_fixture t;
static struct peer p;
static SSL_CTX *ctx;

static void open_door(const struct pt_door_limits *limits)
{
    const struct pt_door_config config = {.limits = *limits};
    tls_fixture_open(&t);
    fixture_open(&f, &config);
    struct pt_tls_context *const context = tls_context(&f, &t.material);
    pt_door_set_tls(f.door, context);
    (void)pt_tls_context_free(context);
    ctx = tls_client(&t, &t.grc);
    peer_open(&f, &p);
}

static void set_up(void)
{
    const struct pt_door_limits limits = {.per_client = 2U};
    open_door(&limits);
}

static void tear_down(void)
{
    peer_close(&p);
    SSL_CTX_free(ctx);
    fixture_close(&f);
    tls_fixture_close(&t);
}

TestSuite(door_tls, .init = set_up, .fini = tear_down, .timeout = 30.0);

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"

/* --- peers that never finish ----------------------------------------------------------------- */

Test(door_tls, a_handshake_that_never_begins_is_cut)
{
    fixture_turn(&f);
    fixture_pass_ms(&f, PT_HTTP_HANDSHAKE_MS - 1U);
    cr_assert(peer_quiet(&f, &p));
    fixture_pass_ms(&f, 1U);
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(u32, f.last_failure.code, PT_E_TIMEOUT));
    cr_assert(eq(u64, pt_door_counters(f.door)->timeouts, 1U));
}

Test(door_tls, a_handshake_that_drips_is_cut_at_its_deadline)
{
    static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    fixture_turn(&f);
    for (size_t i = 0U; i < 10U; i++) {
        cr_assert(eq(sz, f.handshakes_failed, 0U));
        cr_assert(send(p.fd, hello + i, 1U, 0) == 1);
        fixture_pass_ms(&f, 1000U);
    }
    fixture_turn(&f);
    cr_assert(eq(sz, f.handshakes_failed, 1U));
    cr_assert(eq(u32, f.last_failure.code, PT_E_TIMEOUT));
}

Test(door_tls, plain_http_on_a_tls_port_is_refused)
{
    SEND(&f, &p, GET("/"));
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(u32, f.last_failure.code, PT_E_PROTOCOL));
    cr_assert(eq(sz, f.requests, 0U));
}

Test(door_tls, junk_in_place_of_a_handshake_is_refused)
{
    SEND(&f, &p, "\x16\x03\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, f.handshakes_failed, 1U));
}

Test(door_tls, a_drip_inside_tls_is_cut_too)
{
    cr_assert(peer_handshake(&f, &p, ctx));
    for (unsigned second = 0U; second < 10U; second++) {
        SEND(&f, &p, "G");
        fixture_pass_ms(&f, 1000U);
    }
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "HTTP/1.1 408 "), 1U));
}

/* --- requests over one connection ---------------------------------------------------------------
 */

Test(door_tls, one_handshake_serves_many_requests)
{
    cr_assert(peer_handshake(&f, &p, ctx));
    for (size_t i = 1U; i <= 50U; i++) {
        SEND(&f, &p, GET("/again"));
        cr_assert(peer_expect(&f, &p, "\r\n\r\n/again", i));
    }
    cr_assert(eq(u64, pt_door_counters(f.door)->handshakes, 1U));
}

Test(door_tls, head_and_body_of_an_answer_come_in_one_record)
{
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, GET("/one-record"));
    char buffer[4096];
    int n = 0;
    for (unsigned i = 0U; i < TURNS_MAX && n <= 0; i++) {
        fixture_turn(&f);
        n = SSL_read(p.ssl, buffer, sizeof buffer - 1);
    }
    cr_assert(n > 0);
    buffer[n] = '\0';
    cr_assert(strstr(buffer, "HTTP/1.1 200 OK") != NULL);
    cr_assert(strstr(buffer, "\r\n\r\n/one-record") != NULL);
}

Test(door_tls, many_requests_in_one_record_and_one_request_in_many_are_served)
{
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, GET("/a") GET("/b") GET("/c") GET("/d"));
    cr_assert(peer_expect(&f, &p, "\r\n\r\n/d", 1U));
    const pt_slice request = PT_SLICE(GET("/pieces"));
    for (size_t i = 0U; i < request.len; i++) {
        peer_send(&f, &p, pt_slice_of(request.ptr + i, 1U));
    }
    cr_assert(peer_expect(&f, &p, "\r\n\r\n/pieces", 1U));
}

/* Small records fill what OpenSSL reads ahead: each read leaves more inside. */
Test(door_tls, who_sends_without_end_does_not_keep_the_others_waiting)
{
    const pt_slice request = PT_SLICE(GET("/flood"));
    const uint64_t all = 100U;
    cr_assert(peer_handshake(&f, &p, ctx));
    const uint64_t before = pt_door_counters(f.door)->requests;
    for (uint64_t i = 0U; i < all; i++) { /* a record each, before the door has its turn */
        cr_assert_eq(SSL_write(p.ssl, request.ptr, (int)request.len), (int)request.len);
    }
    fixture_turn(&f);
    const uint64_t served = pt_door_counters(f.door)->requests - before;
    cr_assert(served > 0U && served < all, "%lu in one turn", (unsigned long)served);
    for (unsigned i = 0U; i < 100U && pt_door_counters(f.door)->requests < before + all; i++) {
        fixture_turn(&f);
    }
    cr_assert_eq(pt_door_counters(f.door)->requests, before + all);
}

Test(door_tls, a_body_of_many_records_arrives_whole)
{
    const size_t n = PT_HTTP_BODY_MAX;
    char *const body = malloc(n);
    cr_assert(body != NULL);
    memset(body, 'q', n);
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 65536\r\n\r\n");
    peer_send(&f, &p, pt_slice_of(body, n));
    cr_assert(eq(sz, peer_expect_bytes(&f, &p, 'q', n), n));
    free(body);
}

Test(door_tls, a_refusal_arrives_whole_before_the_end)
{
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, "GET / HTTP/1.1\r\nHost : h\r\n\r\n");
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(not(p.reset), "close_notify, then the end");
    cr_assert(eq(sz, count_text(p.received, "\"detail\":\"colon-space\""), 1U));
}

Test(door_tls, an_idle_connection_is_told_goodbye)
{
    cr_assert(peer_handshake(&f, &p, ctx));
    fixture_turn(&f);
    fixture_pass_ms(&f, PT_HTTP_IDLE_MS);
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(not(p.reset));
}

/* --- the end of a peer ----------------------------------------------------------------------- */

Test(door_tls, a_connection_cut_without_close_notify_while_parked_is_gone)
{
    f.park = true;
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, GET("/"));
    cr_assert(eq(sz, f.parked_count, 1U));
    cr_assert(shutdown(p.fd, SHUT_WR) == 0);
    for (unsigned i = 0U; i < TURNS_MAX && f.gone == 0U; i++) {
        fixture_turn(&f);
    }
    cr_assert(eq(sz, f.gone, 1U));
    fixture_answer(&f, 0U, "nobody");
}

Test(door_tls, close_notify_while_parked_only_ends_the_requests)
{
    f.park = true;
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, GET("/"));
    peer_half_close(&p);
    cr_assert(peer_quiet(&f, &p));
    cr_assert(eq(sz, f.gone, 0U));
    fixture_answer(&f, 0U, "for you");
    cr_assert(peer_expect(&f, &p, "for you", 1U));
}

Test(door_tls, a_reset_while_parked_is_gone)
{
    f.park = true;
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, GET("/"));
    cr_assert(eq(sz, f.parked_count, 1U));
    peer_abort(&p);
    for (unsigned i = 0U; i < TURNS_MAX && f.gone == 0U; i++) {
        fixture_turn(&f);
    }
    cr_assert(eq(sz, f.gone, 1U));
}

/* --- limits, reload -------------------------------------------------------------------------- */

Test(door_tls, a_client_with_too_many_requests_in_flight_is_told_and_another_is_served)
{
    struct peer more[2];
    struct peer another;
    const struct test_cert_spec spec = {
        .issuer = &t.clients, .eku = "clientAuth", .serial = 8, .now = FIXTURE_NOW};
    struct test_cert other = test_cert_new(&spec);
    SSL_CTX *const other_ctx = tls_client(&t, &other);
    f.park = true;
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, GET("/1"));
    for (size_t i = 0U; i < 2U; i++) {
        peer_open(&f, &more[i]);
        cr_assert(peer_handshake(&f, &more[i], ctx));
        SEND(&f, &more[i], GET("/more"));
    }
    cr_assert(eq(sz, f.parked_count, 2U), "two are allowed");
    cr_assert(peer_expect(&f, &more[1], "HTTP/1.1 429 ", 1U));
    cr_assert(eq(int, (int)f.last_reason, (int)PT_HTTP1_CLIENT_BUSY));

    peer_open(&f, &another);
    cr_assert(peer_handshake(&f, &another, other_ctx));
    SEND(&f, &another, GET("/other"));
    cr_assert(eq(sz, f.parked_count, 3U));

    fixture_answer(&f, 0U, "one");
    cr_assert(peer_expect(&f, &p, "one", 1U));
    SEND(&f, &more[1], GET("/again"));
    cr_assert(eq(sz, f.parked_count, 4U), "the connection lived on, there is room again");

    peer_close(&more[0]);
    peer_close(&more[1]);
    peer_close(&another);
    SSL_CTX_free(other_ctx);
    test_cert_free(&other);
}

/* --- a new context ---------------------------------------------------------------------------- */

/* The list of the clients' authority is replaced by one that names @serial, and lasts @days. */
static void replace_list(long serial, long days)
{
    const struct test_crl_spec spec = {.issuer = &t.clients,
                                       .revoked = &serial,
                                       .revoked_count = 1U,
                                       .from = FIXTURE_NOW - DAY,
                                       .until = FIXTURE_NOW + days * DAY};
    char *const crl = test_crl_pem(&spec);
    struct pt_tls_material material = t.material;
    material.client_crl = pt_slice_str(crl);
    struct pt_tls_context *const context = tls_context(&f, &material);
    pt_door_set_tls(f.door, context);
    (void)pt_tls_context_free(context);
    free(crl);
}

#define GRC_SERIAL   7L
#define NOBODY       4242L
#define OTHER_SERIAL 8L

Test(door_tls, a_new_context_serves_new_connections_and_the_open_ones_go_on)
{
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, GET("/before"));
    cr_assert(peer_expect(&f, &p, "/before", 1U));
    replace_list(NOBODY, 2L);
    SEND(&f, &p, GET("/after"));
    cr_assert(peer_expect(&f, &p, "/after", 1U));
    cr_assert(eq(u64, pt_door_counters(f.door)->expelled, 0U));
}

Test(door_tls, RGS_12_a_revoked_client_loses_its_open_connections_and_nobody_else_does)
{
    const struct test_cert_spec spec = {.cn = "autre",
                                        .issuer = &t.clients,
                                        .eku = "clientAuth",
                                        .serial = OTHER_SERIAL,
                                        .now = FIXTURE_NOW};
    struct test_cert other = test_cert_new(&spec);
    SSL_CTX *const other_ctx = tls_client(&t, &other);
    struct peer second;
    struct peer spared;
    cr_assert(peer_handshake(&f, &p, ctx));
    peer_open(&f, &second);
    cr_assert(peer_handshake(&f, &second, ctx));
    peer_open(&f, &spared);
    cr_assert(peer_handshake(&f, &spared, other_ctx));
    replace_list(GRC_SERIAL, 2L);
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(peer_expect_close(&f, &second));
    SEND(&f, &spared, GET("/still"));
    cr_assert(peer_expect(&f, &spared, "/still", 1U));
    cr_assert(eq(u64, pt_door_counters(f.door)->expelled, 2U));
    cr_assert(eq(u32, f.last_failure.code, PT_E_DENIED));
    cr_assert(eq(u32, f.last_failure.aux, (uint32_t)X509_V_ERR_CERT_REVOKED));
    cr_assert(not(tls_admitted(&f, tls_client(&t, &t.grc))));
    cr_assert(eq(u32, f.last_failure.aux, (uint32_t)X509_V_ERR_CERT_REVOKED));
    peer_close(&second);
    peer_close(&spared);
    SSL_CTX_free(other_ctx);
    test_cert_free(&other);
}

Test(door_tls, RGS_12_an_exchange_under_way_gives_a_revoked_client_no_answer)
{
    f.park = true;
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, GET("/secret"));
    peer_pump(&f, &p);
    cr_assert(eq(sz, f.parked_count, 1U));
    replace_list(GRC_SERIAL, 2L);
    cr_assert(eq(sz, f.gone, 1U), "the exchange is told");
    fixture_answer(&f, 0U, "tenu secret");
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "tenu secret"), 0U));
}

Test(door_tls, RGS_12_a_handshake_under_way_is_judged_by_the_new_list)
{
    fixture_turn(&f); /* accepted: its session is of the old context */
    replace_list(GRC_SERIAL, 2L);
    (void)peer_handshake(&f, &p, ctx);
    SEND(&f, &p, GET("/late"));
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, f.requests, 0U));
    cr_assert(eq(u64, pt_door_counters(f.door)->expelled, 1U));
}

Test(door_tls, RGS_12_a_list_that_has_ended_cuts_everybody)
{
    cr_assert(peer_handshake(&f, &p, ctx));
    fixture_pass_ms(&f, 30000U);
    f.wall_ms = (FIXTURE_NOW + 3ULL * DAY) * 1000U;
    replace_list(NOBODY, 2L);
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(u32, f.last_failure.aux, (uint32_t)X509_V_ERR_CRL_HAS_EXPIRED));
}

Test(door_tls, TLS_16_an_authority_that_is_taken_away_takes_its_clients_along)
{
    cr_assert(peer_handshake(&f, &p, ctx));
    const struct test_cert_spec spec = {.cn = "Autre CA", .ca = true, .now = FIXTURE_NOW};
    struct test_cert ca = test_cert_new(&spec);
    char *const pem = test_cert_pem(&ca);
    char *const crl = test_crl_pem(&(struct test_crl_spec){
        .issuer = &ca, .from = FIXTURE_NOW - DAY, .until = FIXTURE_NOW + DAY});
    struct pt_tls_material material = t.material;
    material.client_ca = pt_slice_str(pem);
    material.client_crl = pt_slice_str(crl);
    struct pt_tls_context *const context = tls_context(&f, &material);
    pt_door_set_tls(f.door, context);
    (void)pt_tls_context_free(context);
    cr_assert(peer_expect_close(&f, &p));
    free(pem);
    free(crl);
    test_cert_free(&ca);
}

Test(door_tls, an_error_that_others_left_on_the_thread_is_not_ours)
{
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, GET("/one"));
    cr_assert(peer_expect(&f, &p, "/one", 1U));
    ERR_raise(ERR_LIB_USER, 1);
    fixture_turn(&f);
    cr_assert(SSL_write(p.ssl, GET("/tw"), (int)strlen(GET("/tw")) - 2) > 0);
    ERR_raise(ERR_LIB_USER, 1); /* the read that finds half a request has to wait for more */
    for (unsigned i = 0U; i < 20U; i++) {
        fixture_turn(&f);
    }
    ERR_clear_error();
    SEND(&f, &p, "\r\n");
    cr_assert(peer_expect(&f, &p, "/tw", 1U));
}

Test(door_tls, a_key_update_in_the_middle_is_no_trouble)
{
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, GET("/one"));
    cr_assert(peer_expect(&f, &p, "/one", 1U));
    cr_assert(SSL_key_update(p.ssl, SSL_KEY_UPDATE_REQUESTED) == 1);
    SEND(&f, &p, GET("/two"));
    cr_assert(peer_expect(&f, &p, "/two", 1U));
    SEND(&f, &p, GET("/three"));
    cr_assert(peer_expect(&f, &p, "/three", 1U));
}
