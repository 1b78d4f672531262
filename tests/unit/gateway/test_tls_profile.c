/* SPDX-License-Identifier: EUPL-1.2 */
/* The TLS profile seen from outside: what is spoken, what is never done. */
#include "tls_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/err.h>
#include <stdlib.h>

static struct fixture f;
static struct tls_fixture t;

static void set_up(void)
{
    tls_fixture_open(&t);
    tls_door_open(&f, &t, NULL);
}

static void tear_down(void)
{
    fixture_close(&f);
    tls_fixture_close(&t);
}

TestSuite(tls_profile, .init = set_up, .fini = tear_down, .timeout = 30.0);

/* --- versions, suites, groups ---------------------------------------------------------------- */

static SSL_CTX *client_of_versions(int min, int max)
{
    SSL_CTX *const ctx = tls_client(&t, &t.grc);
    cr_assert(SSL_CTX_set_min_proto_version(ctx, min) == 1);
    cr_assert(SSL_CTX_set_max_proto_version(ctx, max) == 1);
    return ctx;
}

Test(tls_profile, tls_1_3_and_1_2_are_spoken_and_nothing_older_TLS_01)
{
    cr_assert(tls_admitted(&f, client_of_versions(TLS1_3_VERSION, TLS1_3_VERSION)));
    cr_assert(tls_admitted(&f, client_of_versions(TLS1_2_VERSION, TLS1_2_VERSION)));
    cr_assert(not(tls_admitted(&f, client_of_versions(TLS1_1_VERSION, TLS1_1_VERSION))));
    cr_assert(not(tls_admitted(&f, client_of_versions(TLS1_VERSION, TLS1_VERSION))));
    cr_assert(eq(sz, f.handshakes_failed, 2U));
}

Test(tls_profile, tls_1_3_is_the_default_TLS_01)
{
    struct peer p;
    SSL_CTX *const ctx = tls_client(&t, &t.grc);
    peer_open(&f, &p);
    cr_assert(peer_handshake(&f, &p, ctx));
    cr_assert(eq(int, SSL_version(p.ssl), TLS1_3_VERSION));
    cr_assert(strcmp(SSL_get_cipher_name(p.ssl), "TLS_AES_256_GCM_SHA384") == 0);
    peer_close(&p);
    SSL_CTX_free(ctx);
}

Test(tls_profile, the_order_of_suites_is_the_servers_TLS_05)
{
    struct peer p;
    SSL_CTX *const ctx = tls_client(&t, &t.grc);
    cr_assert(SSL_CTX_set_ciphersuites(ctx, "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:"
                                            "TLS_AES_256_GCM_SHA384") == 1);
    peer_open(&f, &p);
    cr_assert(peer_handshake(&f, &p, ctx));
    cr_assert(strcmp(SSL_get_cipher_name(p.ssl), "TLS_AES_256_GCM_SHA384") == 0);
    peer_close(&p);
    SSL_CTX_free(ctx);
}

Test(tls_profile, only_ephemeral_authenticated_suites_are_taken_TLS_02_TLS_04)
{
    static const struct {
        const char *suite;
        bool taken;
    } suites[] = {
        {"ECDHE-ECDSA-AES256-GCM-SHA384", true},
        {"ECDHE-ECDSA-AES128-GCM-SHA256", true},
        {"ECDHE-ECDSA-CHACHA20-POLY1305", true},
        {"ECDHE-ECDSA-AES256-CCM", true},
        {"ECDHE-ECDSA-AES128-CCM", true},
        {"ECDHE-ECDSA-AES256-CCM8", false},
        {"ECDHE-ECDSA-AES128-SHA256", false},
        {"ECDHE-ECDSA-AES256-SHA", false},
        {"AES256-GCM-SHA384", false},
        {"DHE-RSA-AES256-GCM-SHA384", false},
        {"AECDH-AES256-SHA", false},
        {"ECDHE-ECDSA-NULL-SHA", false},
        {"ECDHE-ECDSA-ARIA256-GCM-SHA384", false},
        {"ECDHE-ECDSA-CAMELLIA256-SHA384", false},
    };
    for (size_t i = 0U; i < PT_COUNT(suites); i++) {
        SSL_CTX *const ctx = client_of_versions(TLS1_2_VERSION, TLS1_2_VERSION);
        char list[128];
        (void)snprintf(list, sizeof list, "%s:@SECLEVEL=0", suites[i].suite);
        if (SSL_CTX_set_cipher_list(ctx, list) != 1) {
            cr_assert(not(suites[i].taken), "%s", suites[i].suite);
            SSL_CTX_free(ctx); /* this OpenSSL does not even know it */
            continue;
        }
        cr_assert(tls_admitted(&f, ctx) == suites[i].taken, "%s", suites[i].suite);
    }
}

Test(tls_profile, the_groups_are_p256_p384_and_x25519_TLS_02)
{
    static const struct {
        const char *group;
        bool taken;
    } groups[] = {{"P-256", true},      {"P-384", true},      {"X25519", true}, {"P-224", false},
                  {"secp256k1", false}, {"ffdhe2048", false}, {"X448", false}};
    for (size_t i = 0U; i < PT_COUNT(groups); i++) {
        SSL_CTX *const ctx = client_of_versions(TLS1_2_VERSION, TLS1_3_VERSION);
        cr_assert(SSL_CTX_set1_groups_list(ctx, groups[i].group) == 1, "%s", groups[i].group);
        cr_assert(tls_admitted(&f, ctx) == groups[i].taken, "%s", groups[i].group);
    }
}

Test(tls_profile, signatures_with_sha1_or_pkcs1_are_not_negotiated)
{
    static const struct {
        const char *algorithms;
        bool taken;
    } cases[] = {{"ECDSA+SHA256", true},
                 {"ECDSA+SHA1", false},
                 {"RSA+SHA256", false},
                 {"ECDSA+SHA224", false}};
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        SSL_CTX *const ctx = client_of_versions(TLS1_2_VERSION, TLS1_2_VERSION);
        cr_assert(SSL_CTX_set1_sigalgs_list(ctx, cases[i].algorithms) == 1);
        cr_assert(tls_admitted(&f, ctx) == cases[i].taken, "%s", cases[i].algorithms);
    }
}

Test(tls_profile, a_tls_1_2_client_needs_the_extended_master_secret_TLS_06)
{
    SSL_CTX *const ctx = client_of_versions(TLS1_2_VERSION, TLS1_2_VERSION);
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    cr_assert(not(tls_admitted(&f, ctx)));
    cr_assert(eq(u32, f.last_failure.code, PT_E_PROTOCOL));
}

Test(tls_profile, a_client_that_asks_for_max_fragment_length_is_refused_TLS_06)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0U; i < PT_COUNT(versions); i++) {
        SSL_CTX *const ctx = client_of_versions(versions[i], versions[i]);
        cr_assert(SSL_CTX_set_tlsext_max_fragment_length(ctx, TLSEXT_max_fragment_length_512) == 1);
        cr_assert(not(tls_admitted(&f, ctx)));
    }
}

Test(tls_profile, another_application_protocol_is_refused)
{
    SSL_CTX *ctx = tls_client(&t, &t.grc);
    cr_assert(SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\x02h2", 3U) == 0);
    cr_assert(not(tls_admitted(&f, ctx)));
    ctx = tls_client(&t, &t.grc);
    cr_assert(SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\x02h2\x08http/1.1", 12U) == 0);
    cr_assert(tls_admitted(&f, ctx));
}

/* --- what is never done ---------------------------------------------------------------------- */

Test(tls_profile, renegotiation_is_refused_TLS_09)
{
    struct peer p;
    SSL_CTX *const ctx = client_of_versions(TLS1_2_VERSION, TLS1_2_VERSION);
    peer_open(&f, &p);
    cr_assert(peer_handshake(&f, &p, ctx));
    cr_assert(eq(int, (int)SSL_get_secure_renegotiation_support(p.ssl), 1));
    cr_assert(eq(int, SSL_renegotiate(p.ssl), 1));
    bool done = false;
    for (unsigned i = 0U; i < 50U && !done; i++) {
        ERR_clear_error();
        const int rc = SSL_do_handshake(p.ssl);
        fixture_turn(&f);
        done = rc == 1 && SSL_renegotiate_pending(p.ssl) == 0;
        if (rc != 1 && SSL_get_error(p.ssl, rc) != SSL_ERROR_WANT_READ) {
            break;
        }
    }
    cr_assert(not(done));
    cr_assert(eq(u64, pt_door_counters(f.door)->handshakes, 1U));
    peer_close(&p);
    SSL_CTX_free(ctx);
}

Test(tls_profile, no_ticket_no_early_data_no_resumption_no_compression_TLS_07_TLS_08_TLS_10)
{
    struct peer p;
    SSL_CTX *const ctx = tls_client(&t, &t.grc);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT);
    peer_open(&f, &p);
    cr_assert(peer_handshake(&f, &p, ctx));
    SEND(&f, &p, "GET /one HTTP/1.1\r\nHost: h\r\n\r\n");
    cr_assert(peer_expect(&f, &p, "/one", 1U));
    SSL_SESSION *const session = SSL_get1_session(p.ssl);
    cr_assert(eq(int, SSL_SESSION_has_ticket(session), 0));
    cr_assert(eq(u32, SSL_SESSION_get_max_early_data(session), 0U));
    cr_assert(SSL_get_current_compression(p.ssl) == NULL);
    cr_assert(eq(int, SSL_session_reused(p.ssl), 0));
    SSL_SESSION_free(session);
    peer_close(&p);
    SSL_CTX_free(ctx);
}

Test(tls_profile, a_tls_1_2_session_is_not_resumed_TLS_08)
{
    SSL_SESSION *session = NULL;
    SSL_CTX *const ctx = client_of_versions(TLS1_2_VERSION, TLS1_2_VERSION);
    for (unsigned round = 0U; round < 2U; round++) {
        struct peer p;
        peer_open(&f, &p);
        p.ssl = SSL_new(ctx);
        cr_assert(p.ssl != NULL);
        cr_assert(session == NULL || SSL_set_session(p.ssl, session) == 1);
        cr_assert(peer_handshake(&f, &p, ctx));
        cr_assert(eq(int, SSL_session_reused(p.ssl), 0));
        SSL_SESSION_free(session);
        session = SSL_get1_session(p.ssl);
        peer_close(&p);
        fixture_turn(&f);
    }
    SSL_SESSION_free(session);
    SSL_CTX_free(ctx);
}

Test(tls_profile, the_chain_is_sent_as_given_R34)
{
    const struct test_cert_spec middle_spec = {
        .cn = "Middle", .issuer = &t.root, .ca = true, .now = FIXTURE_NOW};
    struct test_cert middle = test_cert_new(&middle_spec);
    const struct test_cert_spec server_spec = {
        .cn = "localhost", .issuer = &middle, .eku = "serverAuth", .now = FIXTURE_NOW};
    struct test_cert server = test_cert_new(&server_spec);
    char *const leaf_pem = test_cert_pem(&server);
    char *const middle_pem = test_cert_pem(&middle);
    char *const chain = test_join(leaf_pem, middle_pem, NULL);
    char *const key = test_key_pem(&server);
    struct pt_tls_material material = t.material;
    material.certificate = pt_slice_str(chain);
    material.key = pt_slice_str(key);
    fixture_close(&f);
    tls_door_open(&f, &t, &material);
    struct peer p;
    SSL_CTX *const ctx = tls_client(&t, &t.grc);
    peer_open(&f, &p);
    cr_assert(peer_handshake(&f, &p, ctx));
    cr_assert(eq(int, sk_X509_num(SSL_get_peer_cert_chain(p.ssl)), 2));
    peer_close(&p);
    SSL_CTX_free(ctx);
    free(leaf_pem);
    free(middle_pem);
    free(chain);
    free(key);
    test_cert_free(&server);
    test_cert_free(&middle);
}
