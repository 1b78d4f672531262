/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * RGS-12, TLS-12: the way out refuses a State server that a list revokes, that no list clears, or
 * that brings no stapled answer where one is compulsory. Without either key nothing is asked for.
 */
#include "fetch_fixture.h"
#include "testrevoke.h"

#include <openssl/ocsp.h>

static struct test_cert state;

/* A server whose certificate is kept, so that lists and answers can speak of it. */
static void open_state(void)
{
    struct test_cert_spec spec = good_spec();
    spec.serial = 77;
    set_up();
    spec.issuer = &root;
    spec.now = time(NULL);
    state = test_cert_new(&spec);
    server.tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(server.tls, 0);
    cr_assert_eq(SSL_CTX_use_certificate(server.tls, state.cert), 1);
    cr_assert_eq(SSL_CTX_use_PrivateKey(server.tls, state.key), 1);
    /* libcurl looks for the issuer among what the server sends, and nowhere else. */
    cr_assert_eq(SSL_CTX_add1_chain_cert(server.tls, root.cert), 1);
    pt_buf_init(&server.staple, 65536U);
    state_lists = PT_SLICE_EMPTY;
    state_stapling = false;
}

static void close_state(void)
{
    tear_down();
    test_cert_free(&state);
}

TestSuite(fetch_revoked, .init = open_state, .fini = close_state, .timeout = 30.0);

static void expect_with(struct test_crl_spec spec, uint32_t code)
{
    spec.issuer = spec.issuer != NULL ? spec.issuer : &root;
    char *const crl = test_crl_pem(&spec);
    state_lists = pt_slice_str(crl);
    start_server();
    expect(url_of("/"), root_pem, code);
    pt_fetcher_forget(fetcher);
    free(crl);
}

Test(fetch_revoked, RGS_12_a_list_that_clears_the_server_lets_it_be_called)
{
    expect_with((struct test_crl_spec){.from = time(NULL) - 3600, .until = time(NULL) + 3600},
                PT_OK);
}

Test(fetch_revoked, RGS_12_a_revoked_server_is_not_called)
{
    static const long revoked[] = {77};
    expect_with((struct test_crl_spec){.revoked = revoked,
                                       .revoked_count = 1U,
                                       .from = time(NULL) - 3600,
                                       .until = time(NULL) + 3600},
                PT_E_UPSTREAM);
    cr_expect_eq(atomic_load(&server.requests), 0U);
}

Test(fetch_revoked, RGS_12_a_stale_list_is_a_refusal)
{
    expect_with((struct test_crl_spec){.from = time(NULL) - 7200, .until = time(NULL) - 3600},
                PT_E_UPSTREAM);
}

Test(fetch_revoked, RGS_12_the_list_of_another_authority_is_a_refusal)
{
    struct test_cert stranger =
        test_cert_new(&(struct test_cert_spec){.cn = "ailleurs", .ca = true, .now = time(NULL)});
    expect_with((struct test_crl_spec){.issuer = &stranger,
                                       .from = time(NULL) - 3600,
                                       .until = time(NULL) + 3600},
                PT_E_UPSTREAM);
    test_cert_free(&stranger);
}

Test(fetch_revoked, RGS_12_lists_that_cannot_be_read_are_a_refusal)
{
    state_lists = PT_SLICE("rien");
    start_server();
    expect(url_of("/"), root_pem, PT_E_UPSTREAM);
}

/* --- stapling ----------------------------------------------------------------------------------
 */

static void staple(struct test_answer answer)
{
    answer.cert = &state;
    answer.issuer = &root;
    if (answer.from == 0) {
        answer.from = time(NULL) - 3600;
        answer.until = time(NULL) + 3600;
    }
    test_answer_der(&answer, &server.staple);
}

static void expect_stapled(uint32_t code)
{
    state_stapling = true;
    start_server();
    expect(url_of("/"), root_pem, code);
}

Test(fetch_revoked, TLS_12_a_good_staple_lets_the_server_be_called)
{
    staple((struct test_answer){.id_digest = "SHA1"});
    expect_stapled(PT_OK);
}

Test(fetch_revoked, TLS_12_no_staple_is_a_refusal)
{
    expect_stapled(PT_E_UPSTREAM);
    cr_expect_eq(atomic_load(&server.requests), 0U);
}

Test(fetch_revoked, TLS_12_a_staple_that_revokes_is_a_refusal)
{
    staple((struct test_answer){
        .id_digest = "SHA1", .status = V_OCSP_CERTSTATUS_REVOKED, .revoked_at = time(NULL) - 7200});
    expect_stapled(PT_E_UPSTREAM);
}

Test(fetch_revoked, TLS_12_a_stale_staple_is_a_refusal)
{
    staple((struct test_answer){
        .id_digest = "SHA1", .from = time(NULL) - 86400, .until = time(NULL) - 3600});
    expect_stapled(PT_E_UPSTREAM);
}

Test(fetch_revoked, TLS_12_a_staple_of_somebody_else_is_a_refusal)
{
    staple((struct test_answer){.id_digest = "SHA1", .signer = &other});
    expect_stapled(PT_E_UPSTREAM);
}

Test(fetch_revoked, without_either_key_nothing_is_asked_for)
{
    start_server();
    expect(url_of("/"), root_pem, PT_OK);
}
