/* SPDX-License-Identifier: EUPL-1.2 */
/* What a TLS context refuses to be made of. */
#include "tls_fixture.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/pem.h>
#include <stdlib.h>

static struct tls_fixture t;
static uint64_t now_ms = FIXTURE_NOW * 1000ULL;

static uint64_t wall(void *ctx)
{
    return *(uint64_t *)ctx;
}
static const struct pt_clock test_clock = {.wall_ms = wall, .mono_us = wall, .ctx = &now_ms};

static void set_up(void)
{
    tls_fixture_open(&t);
}
static void tear_down(void)
{
    tls_fixture_close(&t);
}

TestSuite(tls_context, .init = set_up, .fini = tear_down, .timeout = 30.0);

static void expect(struct pt_tls_material material, uint32_t code, uint32_t part)
{
    struct pt_tls_context *context = NULL;
    const pt_status st = pt_tls_context_new(&material, &test_clock, &context);
    cr_assert(eq(u32, st.code, code), "%s", st.origin != NULL ? st.origin : "");
    cr_assert(eq(u32, st.aux, part));
    const bool made = context != NULL;
    cr_assert(made == (code == PT_OK), "untouched on failure");
    (void)pt_tls_context_free(context);
}

Test(tls_context, good_material_makes_a_context)
{
    expect(t.material, PT_OK, 0U);
}

Test(tls_context, a_process_may_reload_more_often_than_openssl_counts_kinds_of_bio)
{
    for (unsigned i = 0U; i < 300U; i++) {
        expect(t.material, PT_OK, 0U);
    }
}

Test(tls_context, what_is_no_pem_is_refused_by_the_part_it_stands_for)
{
    static const pt_slice junk[] = {
        PT_SLICE_INIT(""), PT_SLICE_INIT("junk"),
        PT_SLICE_INIT("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")};
    for (size_t i = 0U; i < PT_COUNT(junk); i++) {
        struct pt_tls_material m = t.material;
        m.certificate = junk[i];
        expect(m, PT_E_SYNTAX, junk[i].len != 0U ? PT_TLS_CERTIFICATE : 0U);
        m = t.material;
        m.key = junk[i];
        expect(m, PT_E_SYNTAX, junk[i].len != 0U ? PT_TLS_KEY : 0U);
        m = t.material;
        m.client_ca = junk[i];
        expect(m, PT_E_SYNTAX, PT_TLS_CLIENT_CA);
        m = t.material;
        m.client_crl = junk[i];
        expect(m, PT_E_SYNTAX, PT_TLS_CLIENT_CRL);
    }
}

Test(tls_context, junk_behind_a_good_part_is_refused)
{
    static const char broken[] = "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n";
    static const char broken_crl[] = "-----BEGIN X509 CRL-----\n!!\n-----END X509 CRL-----\n";
    char *const cert = test_join(t.server_pem, broken, NULL);
    char *const ca = test_join(t.ca_pem, broken, NULL);
    char *const crl = test_join(t.crl_pem, broken_crl, NULL);
    struct pt_tls_material m = t.material;
    m.certificate = pt_slice_str(cert);
    expect(m, PT_E_SYNTAX, PT_TLS_CERTIFICATE);
    m = t.material;
    m.client_ca = pt_slice_str(ca);
    expect(m, PT_E_SYNTAX, PT_TLS_CLIENT_CA);
    m = t.material;
    m.client_crl = pt_slice_str(crl);
    expect(m, PT_E_SYNTAX, PT_TLS_CLIENT_CRL);
    free(cert);
    free(ca);
    free(crl);
}

Test(tls_context, the_key_of_another_certificate_is_refused)
{
    char *const other = test_key_pem(&t.grc);
    struct pt_tls_material m = t.material;
    m.key = pt_slice_str(other);
    expect(m, PT_E_CRYPTO, PT_TLS_KEY);
    free(other);
}

Test(tls_context, an_encrypted_key_is_refused_without_asking_the_terminal)
{
    char passphrase[] = "secret";
    BIO *const bio = BIO_new(BIO_s_mem());
    cr_assert(PEM_write_bio_PKCS8PrivateKey(bio, t.server.key, EVP_aes_256_cbc(), passphrase, 6,
                                            NULL, NULL) == 1);
    char *text = NULL;
    const long len = BIO_get_mem_data(bio, &text);
    struct pt_tls_material m = t.material;
    m.key = pt_slice_of(text, (size_t)len);
    expect(m, PT_E_SYNTAX, PT_TLS_KEY);
    BIO_free(bio);
}

static void expect_own(struct test_cert_spec spec, uint32_t code)
{
    spec.issuer = &t.root;
    spec.eku = "serverAuth";
    if (spec.now == 0) {
        spec.now = FIXTURE_NOW;
    }
    struct test_cert cert = test_cert_new(&spec);
    char *const pem = test_cert_pem(&cert);
    char *const key = test_key_pem(&cert);
    struct pt_tls_material m = t.material;
    m.certificate = pt_slice_str(pem);
    m.key = pt_slice_str(key);
    expect(m, code, code == PT_OK ? 0U : PT_TLS_CERTIFICATE);
    free(pem);
    free(key);
    test_cert_free(&cert);
}

Test(tls_context, our_own_certificate_must_be_usable_today_RGS_15)
{
    expect_own((struct test_cert_spec){.until = FIXTURE_NOW - 1}, PT_E_DENIED);
    expect_own((struct test_cert_spec){.from = FIXTURE_NOW + DAY}, PT_E_DENIED);
}

Test(tls_context, our_own_certificate_obeys_the_policy_CRY_02)
{
    expect_own((struct test_cert_spec){.digest = "SHA1"}, PT_E_DENIED);
    expect_own((struct test_cert_spec){.digest = "SHA224"}, PT_E_DENIED);
    expect_own((struct test_cert_spec){.key = "RSA-1024"}, PT_E_DENIED);
    expect_own((struct test_cert_spec){.key = "P-224"}, PT_E_DENIED);
    expect_own((struct test_cert_spec){.key = "P-384"}, PT_OK);
    expect_own((struct test_cert_spec){.key = "RSA-2048"}, PT_OK);
}

static void expect_crl(const struct test_crl_spec *spec, uint32_t code)
{
    char *const pem = test_crl_pem(spec);
    struct pt_tls_material m = t.material;
    m.client_crl = pt_slice_str(pem);
    expect(m, code, code == PT_OK ? 0U : PT_TLS_CLIENT_CRL);
    free(pem);
}

Test(tls_context, a_crl_without_end_is_refused_RGS_12)
{
    expect_crl(&(struct test_crl_spec){.issuer = &t.clients, .from = FIXTURE_NOW - DAY},
               PT_E_DENIED);
}

Test(tls_context, a_crl_lives_as_long_as_the_level_allows_RGS_12)
{
    static const struct {
        enum pt_rgs_level level;
        long hours;
        uint32_t code;
    } cases[] = {{PT_RGS_1, 144, PT_OK},
                 {PT_RGS_1, 145, PT_E_DENIED},
                 {PT_RGS_2, 48, PT_OK},
                 {PT_RGS_2, 49, PT_E_DENIED},
                 {PT_RGS_3, 36, PT_OK},
                 {PT_RGS_3, 37, PT_E_DENIED},
                 {(enum pt_rgs_level)0, 144, PT_OK}};
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        const struct test_crl_spec spec = {.issuer = &t.clients,
                                           .from = FIXTURE_NOW - 3600,
                                           .until = FIXTURE_NOW + (cases[i].hours - 1) * 3600};
        char *const pem = test_crl_pem(&spec);
        struct pt_tls_material m = t.material;
        m.client_crl = pt_slice_str(pem);
        m.level = cases[i].level;
        expect(m, cases[i].code, cases[i].code == PT_OK ? 0U : PT_TLS_CLIENT_CRL);
        free(pem);
    }
}

Test(tls_context, a_crl_signed_with_sha1_is_refused_CRY_02)
{
    expect_crl(&(struct test_crl_spec){.issuer = &t.clients,
                                       .digest = "SHA1",
                                       .from = FIXTURE_NOW - DAY,
                                       .until = FIXTURE_NOW + DAY},
               PT_E_DENIED);
}

Test(tls_context, the_hash_of_an_rsa_pss_crl_is_found_in_its_parameters_CRY_02)
{
    static const struct {
        const char *digest;
        bool accepted;
    } cases[] = {{"PSS-SHA256", true},  {"PSS-SHA384", true}, {"PSS-SHA1", false},
                 {"PSS-SHA224", false}, {"SHA256", true},     {"MD5", false}};
    const struct test_cert_spec spec = {
        .cn = "RSA CA", .ca = true, .key = "RSA-2048", .now = FIXTURE_NOW};
    struct test_cert ca = test_cert_new(&spec);
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        expect_crl(&(struct test_crl_spec){.issuer = &ca,
                                           .digest = cases[i].digest,
                                           .from = FIXTURE_NOW - DAY,
                                           .until = FIXTURE_NOW + DAY},
                   cases[i].accepted ? PT_OK : PT_E_DENIED);
    }
    test_cert_free(&ca);
}

Test(tls_context, a_crl_signed_with_ed25519_is_good)
{
    const struct test_cert_spec spec = {
        .cn = "Ed CA", .ca = true, .key = "ED25519", .now = FIXTURE_NOW};
    struct test_cert ca = test_cert_new(&spec);
    expect_crl(&(struct test_crl_spec){.issuer = &ca,
                                       .from = FIXTURE_NOW - DAY,
                                       .until = FIXTURE_NOW + DAY},
               PT_OK);
    test_cert_free(&ca);
}

Test(tls_context, the_end_of_the_first_crl_is_known_RGS_13)
{
    struct pt_tls_context *context = NULL;
    cr_assert(pt_ok(pt_tls_context_new(&t.material, &test_clock, &context)));
    cr_assert(eq(u64, pt_tls_crl_ends_ms(context), (FIXTURE_NOW + 5ULL * DAY) * 1000U));
    (void)pt_tls_context_free(context);

    struct pt_tls_material m = t.material;
    m.clients = PT_TLS_CLIENT_NONE;
    cr_assert(pt_ok(pt_tls_context_new(&m, &test_clock, &context)));
    cr_assert(eq(u64, pt_tls_crl_ends_ms(context), UINT64_MAX));
    (void)pt_tls_context_free(context);
}

Test(tls_context, forgetting_the_authorities_never_means_letting_everybody_in)
{
    struct pt_tls_material m = t.material;
    m.client_ca = PT_SLICE_EMPTY;
    m.client_crl = PT_SLICE_EMPTY;
    expect(m, PT_E_SYNTAX, PT_TLS_CLIENT_CA);
}

Test(tls_context, running_out_of_memory_is_reported)
{
    struct pt_tls_context *context = NULL;
    torture_arm(0U);
    const pt_status st = pt_tls_context_new(&t.material, &test_clock, &context);
    torture_disarm();
    cr_assert(eq(u32, st.code, PT_E_NOMEM));
    cr_assert(context == NULL);
}
