/* SPDX-License-Identifier: EUPL-1.2 */
/* Who comes in and who does not: certificates and revocation, over the loopback. */
#include "tls_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
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

TestSuite(tls, .init = set_up, .fini = tear_down, .timeout = 30.0);

/* --- clients that stay outside --------------------------------------------------------------- */

static void expect_refused_client(const struct test_cert *cert, long reason)
{
    cr_assert(not(tls_admitted(&f, tls_client(&t, cert))));
    cr_assert(eq(sz, f.handshakes_failed, 1U));
    cr_assert(eq(u32, f.last_failure.code, PT_E_DENIED), "%s aux %u", f.last_failure.origin,
              f.last_failure.aux);
    cr_assert(eq(u32, f.last_failure.aux, (uint32_t)reason));
    cr_assert(eq(sz, f.requests, 0U));
    cr_assert(eq(u64, pt_door_counters(f.door)->certificates_refused, 1U));
}

static void expect_refused_spec(struct test_cert_spec spec, long reason)
{
    spec.now = FIXTURE_NOW;
    if (spec.issuer == NULL) {
        spec.issuer = &t.clients;
    }
    struct test_cert cert = test_cert_new(&spec);
    expect_refused_client(&cert, reason);
    test_cert_free(&cert);
}

Test(tls, a_client_without_certificate_is_refused)
{
    expect_refused_client(NULL, 0);
}

Test(tls, a_client_of_another_authority_is_refused)
{
    const struct test_cert_spec ca = {.cn = "Other CA", .ca = true, .now = FIXTURE_NOW};
    struct test_cert other = test_cert_new(&ca);
    expect_refused_spec((struct test_cert_spec){.issuer = &other, .eku = "clientAuth"},
                        X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    test_cert_free(&other);
}

Test(tls, an_impostor_of_the_authority_is_refused)
{
    const struct test_cert_spec ca = {.cn = "Clients CA", .ca = true, .now = FIXTURE_NOW};
    struct test_cert impostor = test_cert_new(&ca);
    const struct test_cert_spec spec = {
        .issuer = &impostor, .eku = "clientAuth", .now = FIXTURE_NOW};
    struct test_cert cert = test_cert_new(&spec);
    cr_assert(not(tls_admitted(&f, tls_client(&t, &cert))));
    cr_assert(eq(u32, f.last_failure.code, PT_E_DENIED));
    test_cert_free(&cert);
    test_cert_free(&impostor);
}

Test(tls, a_self_signed_client_is_refused)
{
    const struct test_cert_spec spec = {.cn = "me", .eku = "clientAuth", .now = FIXTURE_NOW};
    struct test_cert self = test_cert_new(&spec);
    expect_refused_client(&self, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    test_cert_free(&self);
}

Test(tls, an_expired_client_is_refused)
{
    expect_refused_spec((struct test_cert_spec){.eku = "clientAuth", .until = FIXTURE_NOW - 1},
                        X509_V_ERR_CERT_HAS_EXPIRED);
}

Test(tls, a_client_of_tomorrow_is_refused)
{
    expect_refused_spec((struct test_cert_spec){.eku = "clientAuth", .from = FIXTURE_NOW + DAY},
                        X509_V_ERR_CERT_NOT_YET_VALID);
}

Test(tls, a_certificate_for_servers_is_no_client_certificate)
{
    expect_refused_spec((struct test_cert_spec){.eku = "serverAuth"}, X509_V_ERR_INVALID_PURPOSE);
}

Test(tls, a_certificate_that_may_not_sign_is_no_client_certificate)
{
    expect_refused_spec(
        (struct test_cert_spec){.eku = "clientAuth", .key_usage = "critical,keyEncipherment"},
        X509_V_ERR_INVALID_PURPOSE);
}

Test(tls, a_client_that_issued_itself_a_certificate_is_refused)
{
    /* The client's own certificate is no authority. */
    const struct test_cert_spec spec = {.issuer = &t.grc, .eku = "clientAuth", .now = FIXTURE_NOW};
    struct test_cert child = test_cert_new(&spec);
    SSL_CTX *const ctx = tls_client(&t, &child);
    cr_assert(SSL_CTX_add1_chain_cert(ctx, t.grc.cert) == 1);
    cr_assert(not(tls_admitted(&f, ctx)));
    cr_assert(eq(u32, f.last_failure.code, PT_E_DENIED));
    test_cert_free(&child);
}

Test(tls, a_sha1_client_certificate_is_refused_CRY_02)
{
    const struct test_cert_spec spec = {
        .issuer = &t.clients, .eku = "clientAuth", .digest = "SHA1", .now = FIXTURE_NOW};
    struct test_cert cert = test_cert_new(&spec);
    cr_assert(not(tls_admitted(&f, tls_client(&t, &cert))));
    cr_assert(eq(sz, f.handshakes_failed, 1U));
    cr_assert(eq(sz, f.requests, 0U));
    test_cert_free(&cert);
}

Test(tls, keys_outside_the_policy_are_refused_CRY_01)
{
    static const char *const keys[] = {"P-224", "secp256k1", "RSA-1024"};
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        const struct test_cert_spec spec = {
            .issuer = &t.clients, .eku = "clientAuth", .key = keys[i], .now = FIXTURE_NOW};
        struct test_cert cert = test_cert_new(&spec);
        cr_assert(not(tls_admitted(&f, tls_client(&t, &cert))), "%s", keys[i]);
        test_cert_free(&cert);
    }
    cr_assert(eq(sz, f.requests, 0U));
}

Test(tls, rsa_2048_ends_with_the_year_2030_CRY_01)
{
    const time_t new_year_2031 = 1924992000;
    const struct test_cert_spec spec = {.issuer = &t.clients,
                                        .eku = "clientAuth",
                                        .key = "RSA-2048",
                                        .from = FIXTURE_NOW - DAY,
                                        .until = new_year_2031 + 100 * DAY};
    struct test_cert cert = test_cert_new(&spec);
    cr_assert(tls_admitted(&f, tls_client(&t, &cert)));

    /* The same client, a CRL and an authority of that day, the day after. */
    const struct test_cert_spec ca = {.cn = "CA 2031", .ca = true, .now = new_year_2031};
    struct test_cert later = test_cert_new(&ca);
    const struct test_cert_spec again = {
        .issuer = &later, .eku = "clientAuth", .key = "RSA-2048", .now = new_year_2031};
    struct test_cert late = test_cert_new(&again);
    const struct test_crl_spec crl = {
        .issuer = &later, .from = new_year_2031 - DAY, .until = new_year_2031 + DAY};
    char *const ca_pem = test_cert_pem(&later);
    char *const crl_pem = test_crl_pem(&crl);
    struct pt_tls_material material = t.material;
    material.client_ca = pt_slice_str(ca_pem);
    material.client_crl = pt_slice_str(crl_pem);
    struct pt_tls_context *const context = tls_context(&f, &material);
    pt_door_set_tls(f.door, context);
    (void)pt_tls_context_free(context);
    f.wall_ms = (uint64_t)new_year_2031 * 1000U;
    cr_assert(not(tls_admitted(&f, tls_client(&t, &late))));
    cr_assert(eq(u32, f.last_failure.code, PT_E_DENIED));
    free(ca_pem);
    free(crl_pem);
    test_cert_free(&late);
    test_cert_free(&later);
    test_cert_free(&cert);
}

/* --- revocation: hard fail ------------------------------------------------------------------- */

/* The fixture's client against another CRL, at another time. */
static void with_crl(char *crl_pem, bool admitted, long reason)
{
    struct pt_tls_material material = t.material;
    material.client_crl = pt_slice_str(crl_pem);
    fixture_close(&f);
    tls_door_open(&f, &t, &material);
    cr_assert(tls_admitted(&f, tls_client(&t, &t.grc)) == admitted);
    if (!admitted) {
        cr_assert(eq(u32, f.last_failure.code, PT_E_DENIED));
        cr_assert(eq(u32, f.last_failure.aux, (uint32_t)reason));
    }
    free(crl_pem);
}

Test(tls, a_revoked_client_is_refused_RGS_12)
{
    static const long revoked[] = {3, 7, 9};
    const struct test_crl_spec crl = {.issuer = &t.clients,
                                      .revoked = revoked,
                                      .revoked_count = PT_COUNT(revoked),
                                      .from = FIXTURE_NOW - DAY,
                                      .until = FIXTURE_NOW + DAY};
    with_crl(test_crl_pem(&crl), false, X509_V_ERR_CERT_REVOKED);
}

Test(tls, a_client_beside_the_revoked_ones_comes_in)
{
    static const long revoked[] = {3, 9};
    const struct test_crl_spec crl = {.issuer = &t.clients,
                                      .revoked = revoked,
                                      .revoked_count = PT_COUNT(revoked),
                                      .from = FIXTURE_NOW - DAY,
                                      .until = FIXTURE_NOW + DAY};
    with_crl(test_crl_pem(&crl), true, 0);
}

Test(tls, a_stale_crl_refuses_everybody_R37)
{
    const struct test_crl_spec crl = {
        .issuer = &t.clients, .from = FIXTURE_NOW - 5 * DAY, .until = FIXTURE_NOW - 1};
    with_crl(test_crl_pem(&crl), false, X509_V_ERR_CRL_HAS_EXPIRED);
}

Test(tls, a_crl_of_tomorrow_refuses_everybody_R37)
{
    const struct test_crl_spec crl = {
        .issuer = &t.clients, .from = FIXTURE_NOW + DAY, .until = FIXTURE_NOW + 2 * DAY};
    with_crl(test_crl_pem(&crl), false, X509_V_ERR_CRL_NOT_YET_VALID);
}

Test(tls, the_crl_of_another_authority_is_no_crl_R37)
{
    const struct test_crl_spec crl = {
        .issuer = &t.root, .from = FIXTURE_NOW - DAY, .until = FIXTURE_NOW + DAY};
    with_crl(test_crl_pem(&crl), false, X509_V_ERR_UNABLE_TO_GET_CRL);
}

Test(tls, a_crl_signed_by_an_impostor_is_refused_RGS_12)
{
    const struct test_cert_spec ca = {.cn = "Clients CA", .ca = true, .now = FIXTURE_NOW};
    struct test_cert impostor = test_cert_new(&ca);
    const struct test_crl_spec crl = {
        .issuer = &impostor, .from = FIXTURE_NOW - DAY, .until = FIXTURE_NOW + DAY};
    struct pt_tls_material material = t.material;
    char *const pem = test_crl_pem(&crl);
    material.client_crl = pt_slice_str(pem);
    fixture_close(&f);
    tls_door_open(&f, &t, &material);
    cr_assert(not(tls_admitted(&f, tls_client(&t, &t.grc))));
    cr_assert(eq(u32, f.last_failure.code, PT_E_DENIED));
    free(pem);
    test_cert_free(&impostor);
}

Test(tls, a_crl_that_ends_while_we_run_shuts_the_door_R37)
{
    cr_assert(tls_admitted(&f, tls_client(&t, &t.grc)));
    f.wall_ms += 5ULL * DAY * 1000U + 1000U;
    cr_assert(not(tls_admitted(&f, tls_client(&t, &t.grc))));
    cr_assert(eq(u32, f.last_failure.aux, (uint32_t)X509_V_ERR_CRL_HAS_EXPIRED));
}

Test(tls, an_intermediate_needs_a_crl_too)
{
    const struct test_cert_spec middle_spec = {
        .cn = "Middle", .issuer = &t.clients, .ca = true, .serial = 50, .now = FIXTURE_NOW};
    struct test_cert middle = test_cert_new(&middle_spec);
    const struct test_cert_spec leaf_spec = {
        .cn = "leaf", .issuer = &middle, .eku = "clientAuth", .serial = 8, .now = FIXTURE_NOW};
    struct test_cert leaf = test_cert_new(&leaf_spec);
    SSL_CTX *ctx = tls_client(&t, &leaf);
    cr_assert(SSL_CTX_add1_chain_cert(ctx, middle.cert) == 1);
    cr_assert(not(tls_admitted(&f, ctx)));
    cr_assert(eq(u32, f.last_failure.aux, (uint32_t)X509_V_ERR_UNABLE_TO_GET_CRL));

    const struct test_crl_spec crl = {
        .issuer = &middle, .from = FIXTURE_NOW - DAY, .until = FIXTURE_NOW + DAY};
    char *const middle_crl = test_crl_pem(&crl);
    char *const both = test_join(t.crl_pem, middle_crl, NULL);
    struct pt_tls_material material = t.material;
    material.client_crl = pt_slice_str(both);
    struct pt_tls_context *const context = tls_context(&f, &material);
    pt_door_set_tls(f.door, context);
    (void)pt_tls_context_free(context);
    ctx = tls_client(&t, &leaf);
    cr_assert(SSL_CTX_add1_chain_cert(ctx, middle.cert) == 1);
    cr_assert(tls_admitted(&f, ctx));
    free(middle_crl);
    free(both);
    test_cert_free(&leaf);
    test_cert_free(&middle);
}

/* --- clients that come in -------------------------------------------------------------------- */

Test(tls, clients_with_any_key_of_the_policy_come_in)
{
    static const char *const keys[] = {"P-256", "P-384", "ED25519", "RSA-2048"};
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        const struct test_cert_spec spec = {
            .issuer = &t.clients, .eku = "clientAuth", .key = keys[i], .now = FIXTURE_NOW};
        struct test_cert cert = test_cert_new(&spec);
        cr_assert(tls_admitted(&f, tls_client(&t, &cert)), "%s: %u", keys[i], f.last_failure.aux);
        test_cert_free(&cert);
    }
}

Test(tls, certificates_signed_by_an_rsa_authority_are_good_on_both_sides)
{
    const struct test_cert_spec ca_spec = {
        .cn = "RSA CA", .ca = true, .key = "RSA-2048", .now = FIXTURE_NOW};
    struct test_cert ca = test_cert_new(&ca_spec);
    const struct test_cert_spec server_spec = {
        .cn = "localhost", .issuer = &ca, .eku = "serverAuth", .now = FIXTURE_NOW};
    const struct test_cert_spec client_spec = {
        .cn = "grc", .issuer = &ca, .key = "RSA-2048", .eku = "clientAuth", .now = FIXTURE_NOW};
    struct test_cert server = test_cert_new(&server_spec);
    struct test_cert client = test_cert_new(&client_spec);
    const struct test_crl_spec crl = {
        .issuer = &ca, .from = FIXTURE_NOW - DAY, .until = FIXTURE_NOW + DAY};
    char *const texts[] = {test_cert_pem(&server), test_key_pem(&server), test_cert_pem(&ca),
                           test_crl_pem(&crl)};
    const struct pt_tls_material material = {.certificate = pt_slice_str(texts[0]),
                                             .key = pt_slice_str(texts[1]),
                                             .client_ca = pt_slice_str(texts[2]),
                                             .client_crl = pt_slice_str(texts[3])};
    fixture_close(&f);
    tls_door_open(&f, &t, &material);
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0U; i < PT_COUNT(versions); i++) {
        SSL_CTX *const ctx = tls_client(&t, &client);
        cr_assert(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca.cert) == 1);
        cr_assert(SSL_CTX_set_min_proto_version(ctx, versions[i]) == 1);
        cr_assert(SSL_CTX_set_max_proto_version(ctx, versions[i]) == 1);
        cr_assert(tls_admitted(&f, ctx), "version %x: %u", (unsigned)versions[i],
                  f.last_failure.aux);
    }
    for (size_t i = 0U; i < PT_COUNT(texts); i++) {
        free(texts[i]);
    }
    test_cert_free(&server);
    test_cert_free(&client);
    test_cert_free(&ca);
}

Test(tls, the_identity_of_a_client_is_the_sha256_of_its_certificate)
{
    unsigned char want[32];
    test_cert_fingerprint(&t.grc, want);
    cr_assert(tls_admitted(&f, tls_client(&t, &t.grc)));
    cr_assert(f.last_has_client);
    cr_assert(memcmp(f.last_client, want, sizeof want) == 0);
}

Test(tls, a_browser_listener_asks_no_certificate_and_knows_no_client)
{
    struct pt_tls_material material = t.material;
    material.clients = PT_TLS_CLIENT_NONE;
    material.client_ca = PT_SLICE_EMPTY;
    material.client_crl = PT_SLICE_EMPTY;
    fixture_close(&f);
    tls_door_open(&f, &t, &material);
    cr_assert(tls_admitted(&f, tls_client(&t, NULL)));
    cr_assert(not(f.last_has_client));
}
