/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Which addresses of a certificate are asked, how many, and what RSA-PSS and Ed25519 authorities
 * make of a path (CRY-02): a list or a certificate whose digest hides in parameters is no
 * exception.
 */
#include "tests/unit/pki/path_world.h"

#include <criterion/criterion.h>
#include <openssl/x509v3.h>

TestSuite(path_fetch, .init = world_setup, .fini = world_teardown, .timeout = 60.0);

static char asked[8][64];
static unsigned nasked;
static uint32_t code; /* of every answer */

static pt_status refuse(void *ctx, const struct pt_fetch_ask *ask, struct pt_buf *answer)
{
    (void)ctx;
    (void)answer;
    cr_assert_lt(nasked, PT_COUNT(asked));
    (void)snprintf(asked[nasked], sizeof asked[nasked], "%.*s", (int)ask->url.len, ask->url.ptr);
    cr_assert_eq(ask->body.len > 0U, pt_slice_eq(ask->type, PT_SLICE("application/ocsp-request")));
    nasked++;
    return PT_FAIL(code);
}

static const struct pt_fetch_port port = {.fetch = refuse};

static pt_slice der_of(const struct test_cert *cert, struct pt_buf *out)
{
    unsigned char *der = NULL;
    const int n = i2d_X509(cert->cert, &der);
    pt_buf_put(out, pt_slice_of(der, (size_t)n));
    OPENSSL_free(der);
    return pt_buf_slice(out);
}

static pt_status ask_for(const char *lists, const char *responders, struct pt_path_result *got)
{
    struct pt_buf der;
    const struct test_cert_spec spec = {
        .cn = "adresses",
        .eku = "clientAuth",
        .issuer = &world.certs[SUB],
        .now = NOW,
        .more = {{NID_crl_distribution_points, lists}, {NID_info_access, responders}}};
    struct test_cert cert = test_cert_new(&spec);
    pt_buf_init(&der, 65536U);
    nasked = 0U;
    struct pt_path_request request = world_request(LEAF);
    request.target = der_of(&cert, &der);
    request.fetch = &port;
    const pt_status st = pt_path_check(&request, got);
    pt_buf_done(&der);
    test_cert_free(&cert);
    return st;
}

Test(path_fetch, only_http_addresses_are_asked_and_two_of_a_kind)
{
    struct pt_path_result got;
    code = PT_E_UPSTREAM;
    cr_assert(pt_ok(ask_for("URI:ldap://annuaire/,URI:http://l1/a,URI:http://l2/b,URI:http://l3/c",
                            "OCSP;URI:ldap://x/,OCSP;URI:http://moi@y/,OCSP;URI:http://y/#f,OCSP;"
                            "URI:https://o1/,OCSP;URI:http://o2/,OCSP;URI:http://o3/",
                            &got)));
    cr_assert_eq(nasked, 4U);
    cr_expect_str_eq(asked[0], "http://o2/"); /* OpenSSL gives them in an order of its own */
    cr_expect_str_eq(asked[1], "https://o1/");
    cr_expect_str_eq(asked[2], "http://l1/a");
    cr_expect_str_eq(asked[3], "http://l2/b");
    cr_expect_eq(got.verdict, PT_PATH_UNKNOWN);
    cr_expect_eq(got.reason, PT_PATH_UNREACHABLE);
    cr_expect_eq(got.aux, PT_E_UPSTREAM);
}

Test(path_fetch, an_address_that_the_port_does_not_allow_is_unreachable)
{
    struct pt_path_result got;
    code = PT_E_DENIED;
    cr_assert(pt_ok(ask_for("URI:http://169.254.169.254/", "OCSP;URI:http://o1/", &got)));
    cr_expect_eq(got.reason, PT_PATH_UNREACHABLE);
    cr_expect_eq(got.aux, PT_E_DENIED);
}

Test(path_fetch, no_memory_on_the_way_is_no_verdict)
{
    struct pt_path_result got;
    code = PT_E_NOMEM;
    cr_expect_eq(ask_for("URI:http://l1/", NULL, &got).code, PT_E_NOMEM);
    cr_expect_eq(got.verdict, PT_PATH_UNKNOWN);
    cr_expect_eq(ask_for("URI:http://l1/", "OCSP;URI:http://o1/", &got).code, PT_E_NOMEM);
}

Test(path_fetch, an_answer_above_its_limit_is_said_to_be_too_large)
{
    struct pt_path_result got;
    code = PT_E_LIMIT;
    cr_assert(pt_ok(ask_for("URI:http://l1/", "OCSP;URI:http://o1/", &got)));
    cr_expect_eq(got.reason, PT_OCSP_TOO_LARGE);
}

static pt_status no_random(void *ctx, void *out, size_t n)
{
    (void)ctx;
    (void)out;
    (void)n;
    return PT_FAIL(PT_E_IO);
}

Test(path_fetch, without_random_bits_nothing_is_asked)
{
    const struct pt_random_port random = {.fill = no_random};
    struct pt_path_result got;
    struct pt_path_request request = world_request(LEAF);
    code = PT_E_UPSTREAM;
    nasked = 0U;
    request.fetch = &port;
    request.random = &random;
    cr_expect_eq(pt_path_check(&request, &got).code, PT_E_IO);
    cr_expect_eq(nasked, 0U);
    cr_expect_eq(got.verdict, PT_PATH_UNKNOWN);
}

/* --- other signatures --------------------------------------------------------------------------
 */

/* A bearer and a list of an authority with @key, signed with @leaf and @list digests. */
static const char *signed_with(const char *key, const char *leaf, const char *list)
{
    struct pt_buf ders[2];
    struct pt_path_result got;
    struct test_cert ca =
        test_cert_new(&(struct test_cert_spec){.cn = "a", .ca = true, .key = key, .now = NOW});
    struct test_cert cert = test_cert_new(&(struct test_cert_spec){
        .cn = "b", .eku = "clientAuth", .digest = leaf, .issuer = &ca, .now = NOW});
    char *crl = test_crl_pem(&(struct test_crl_spec){
        .issuer = &ca, .digest = list, .from = NOW - HOUR, .until = NOW + HOUR});
    pt_buf_init(&ders[0], 65536U);
    pt_buf_init(&ders[1], 65536U);
    const pt_slice anchor = der_of(&ca, &ders[0]);
    const pt_slice crls[] = {pt_slice_str(crl)};
    struct pt_path_request request = world_request(LEAF);
    request.target = der_of(&cert, &ders[1]);
    request.anchors = &anchor;
    request.evidence = (struct pt_path_evidence){.crls = crls, .ncrls = 1U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    pt_buf_done(&ders[0]);
    pt_buf_done(&ders[1]);
    test_cert_free(&ca);
    test_cert_free(&cert);
    free(crl);
    return pt_path_reason_code(got.reason);
}

Test(path_fetch, CRY_02_the_digest_of_each_signature_is_judged)
{
    static const struct {
        const char *key, *leaf, *list, *code;
    } cases[] = {
        {"RSA-2048", "SHA256", "SHA256", "ok"},
        {"RSA-2048", "PSS-SHA256", "PSS-SHA384", "ok"},
        {"RSA-2048", "PSS-SHA1", "PSS-SHA256", "policy"},
        {"RSA-2048", "PSS-SHA256", "PSS-SHA1", "crl-policy"},
        {"RSA-2048", "PSS-SHA256", "PSS-SHA224", "crl-policy"},
        {"RSA-2048", "PSS1-SHA256", "PSS-SHA256", "policy"},
        {"RSA-2048", "PSS-SHA256", "PSS1-SHA256", "crl-policy"},
        {"RSA-2048", "SHA256", "MD5", "crl-policy"},
        {"RSA-1024", "SHA256", "SHA256", "policy"},
        {"ED25519", NULL, NULL, "ok"},
        {"P-384", "SHA384", "SHA512", "ok"},
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        const char *got = signed_with(cases[i].key, cases[i].leaf, cases[i].list);
        cr_expect_str_eq(got, cases[i].code, "%s %s %s: %s", cases[i].key,
                         cases[i].leaf != NULL ? cases[i].leaf : "-",
                         cases[i].list != NULL ? cases[i].list : "-", got);
    }
}
