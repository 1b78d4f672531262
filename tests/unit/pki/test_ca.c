/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/ca.c and crl.c: RGS_A4 profiles, RGS-12 freshness, agreement of openssl(1). */
#include "poterne/base/clock.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/pki/ca.h"
#include "poterne/pki/cert.h"
#include "tests/unit/pki/forge.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

#define DAY 86400

struct authority {
    struct pt_key *key;
    struct pt_buf pem;
};

static struct authority ca;
static struct pt_key *key;
static struct pt_buf pem;
static struct pt_buf text;
static char dir[256];
static int64_t now;

static const struct pt_ca_subject admiville = {
    .common_name = PT_SLICE_INIT("AC des GRC"),
    .organization = PT_SLICE_INIT("Commune d'Admiville-l\xc3\xa8s-Bains"),
    .siret = PT_SLICE_INIT("21680999600004"),
};

static void make_authority(struct authority *a)
{
    const struct pt_ca_request request = {.profile = PT_CA_ROOT, .subject = admiville, .now = now};
    pt_buf_init(&a->pem, 65536U);
    cr_assert(pt_ok(pt_key_generate(PT_KEY_P256, &a->key)));
    cr_assert(pt_ok(pt_ca_issue(&request, a->key, NULL, &a->pem)));
}

static void drop_authority(struct authority *a)
{
    a->key = pt_key_free(a->key);
    pt_buf_done(&a->pem);
}

static void setup(void)
{
    now = (int64_t)time(NULL); /* openssl(1) verifies against the machine's clock */
    make_authority(&ca);
    cr_assert(pt_ok(pt_key_generate(PT_KEY_P256, &key)));
    pt_buf_init(&pem, 65536U);
    pt_buf_init(&text, 262144U);
    forge_dir(dir);
}

static void teardown(void)
{
    drop_authority(&ca);
    key = pt_key_free(key);
    pt_buf_done(&pem);
    pt_buf_done(&text);
    forge_dir_remove(dir);
}

TestSuite(ca, .init = setup, .fini = teardown, .timeout = 60.0);

static pt_status issue(enum pt_ca_profile profile, const pt_slice *names, size_t n)
{
    const struct pt_ca_issuer issuer = {.cert_pem = pt_buf_slice(&ca.pem), .key = ca.key};
    struct pt_ca_request request = {
        .profile = profile, .subject = admiville, .names = names, .nnames = n, .now = now};
    request.subject.common_name = PT_SLICE("grc-publik");
    pt_buf_clear(&pem);
    return pt_ca_issue(&request, key, &issuer, &pem);
}

static void save(const char *name, pt_slice bytes)
{
    char path[300];
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    cr_assert(pt_ok(pt_file_create(path, bytes, 0600)));
}

/* Runs openssl in the folder; the text it printed ends with a NUL. */
static int openssl(const char *arguments)
{
    char command[1024];
    pt_buf_clear(&text);
    (void)snprintf(command, sizeof(command), "cd %s && openssl %s 2>&1", dir, arguments);
    const int code = forge_run(command, &text);
    pt_buf_put_byte(&text, '\0');
    return code;
}

static bool printed(const char *what)
{
    return strstr(text.ptr, what) != NULL;
}

/* --- profiles -------------------------------------------------------------------------------- */

Test(ca, a_client_certificate_satisfies_openssl_verify_for_its_purpose_only)
{
    cr_assert(pt_ok(issue(PT_CA_CLIENT, NULL, 0U)));
    save("ca.pem", pt_buf_slice(&ca.pem));
    save("cert.pem", pt_buf_slice(&pem));
    cr_expect_eq(openssl("verify -x509_strict -CAfile ca.pem -purpose sslclient cert.pem"), 0, "%s",
                 text.ptr);
    cr_expect_neq(openssl("verify -x509_strict -CAfile ca.pem -purpose sslserver cert.pem"), 0);
    cr_expect_eq(openssl("verify -x509_strict -CAfile ca.pem ca.pem"), 0, "%s", text.ptr);
}

Test(ca, a_server_certificate_names_hosts_and_addresses_and_satisfies_openssl)
{
    static const pt_slice names[] = {PT_SLICE_INIT("localhost"),
                                     PT_SLICE_INIT("poterne.admiville.fr"),
                                     PT_SLICE_INIT("127.0.0.1"), PT_SLICE_INIT("2001:db8::1")};
    cr_assert(pt_ok(issue(PT_CA_SERVER, names, PT_COUNT(names))));
    save("ca.pem", pt_buf_slice(&ca.pem));
    save("cert.pem", pt_buf_slice(&pem));
    static const char *const good[] = {"-verify_hostname localhost",
                                       "-verify_hostname poterne.admiville.fr",
                                       "-verify_ip 127.0.0.1", "-verify_ip 2001:db8::1"};
    char arguments[256];
    for (size_t i = 0U; i < PT_COUNT(good); i++) {
        (void)snprintf(arguments, sizeof(arguments),
                       "verify -x509_strict -CAfile ca.pem -purpose sslserver %s cert.pem",
                       good[i]);
        cr_expect_eq(openssl(arguments), 0, "%s: %s", good[i], text.ptr);
    }
    cr_expect_neq(openssl("verify -CAfile ca.pem -verify_hostname evil.fr cert.pem"), 0);
    cr_expect_neq(openssl("verify -CAfile ca.pem -purpose sslclient cert.pem"), 0);
}

Test(ca, RGS_10_certificates_have_the_profile_of_rgs_a4)
{
    static const pt_slice names[] = {PT_SLICE_INIT("localhost")};
    cr_assert(pt_ok(issue(PT_CA_SERVER, names, 1U)));
    save("cert.pem", pt_buf_slice(&pem));
    cr_assert_eq(openssl("x509 -in cert.pem -noout -text -nameopt utf8,sep_comma_plus"), 0);
    static const char *const words[] = {
        "Version: 3 (0x2)",
        "C=FR",
        "OU=0002 21680999600004",
        "O=Commune d'Admiville-l\xc3\xa8s-Bains",
        "CN=grc-publik",
        "X509v3 Key Usage: critical\n                Digital Signature\n",
        "X509v3 Extended Key Usage: \n                TLS Web Server Authentication\n",
        "X509v3 Basic Constraints: critical\n                CA:FALSE\n",
        "X509v3 Authority Key Identifier: \n",
        "X509v3 Subject Alternative Name: \n                DNS:localhost\n",
        "Signature Algorithm: ecdsa-with-SHA256",
        "ASN1 OID: prime256v1",
    };
    for (size_t i = 0U; i < PT_COUNT(words); i++) {
        cr_expect(printed(words[i]), "missing %s in %s", words[i], text.ptr);
    }
}

Test(ca, RGS_10_an_authority_has_path_length_0_and_signs_certificates_and_lists_only)
{
    save("ca.pem", pt_buf_slice(&ca.pem));
    cr_assert_eq(openssl("x509 -in ca.pem -noout -text"), 0);
    cr_expect(printed("CA:TRUE, pathlen:0"));
    cr_expect(printed("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n"));
    cr_expect(printed("X509v3 Basic Constraints: critical"));
}

Test(ca, RGS_10_an_authority_lives_10_years_at_most_and_what_it_signs_3)
{
    struct pt_cert_facts facts;
    cr_assert(pt_ok(pt_cert_facts(pt_buf_slice(&ca.pem), &facts)));
    cr_expect(facts.is_ca);
    cr_expect_eq(facts.not_before, now);
    cr_expect_leq(facts.not_after - now, (int64_t)3653 * DAY);
    cr_assert(pt_ok(issue(PT_CA_CLIENT, NULL, 0U)));
    cr_assert(pt_ok(pt_cert_facts(pt_buf_slice(&pem), &facts)));
    cr_expect_not(facts.is_ca);
    cr_expect_leq(facts.not_after - now, (int64_t)3 * 365 * DAY);
}

Test(ca, a_certificate_never_outlives_its_authority)
{
    struct pt_cert_facts leaf;
    struct pt_cert_facts root;
    now += (int64_t)(PT_CA_DAYS - 100U) * DAY;
    cr_assert(pt_ok(issue(PT_CA_CLIENT, NULL, 0U)));
    cr_assert(pt_ok(pt_cert_facts(pt_buf_slice(&pem), &leaf)));
    cr_assert(pt_ok(pt_cert_facts(pt_buf_slice(&ca.pem), &root)));
    cr_expect_eq(leaf.not_after, root.not_after);
    now += (int64_t)101 * DAY;
    cr_expect_eq(issue(PT_CA_CLIENT, NULL, 0U).code, PT_E_DENIED);
}

Test(ca, serial_numbers_are_long_and_differ)
{
    cr_assert(pt_ok(issue(PT_CA_CLIENT, NULL, 0U)));
    save("a.pem", pt_buf_slice(&pem));
    cr_assert(pt_ok(issue(PT_CA_CLIENT, NULL, 0U)));
    save("b.pem", pt_buf_slice(&pem));
    char first[64];
    cr_assert_eq(openssl("x509 -in a.pem -noout -serial"), 0);
    (void)snprintf(first, sizeof(first), "%s", text.ptr);
    cr_expect_eq(strlen(first), strlen("serial=") + 32U + 1U);
    cr_assert_eq(openssl("x509 -in b.pem -noout -serial"), 0);
    cr_expect_str_neq(first, text.ptr);
}

Test(ca, our_fingerprint_is_the_one_openssl_prints)
{
    uint8_t digest[32];
    char hex[65] = {0};
    cr_assert(pt_ok(issue(PT_CA_CLIENT, NULL, 0U)));
    save("cert.pem", pt_buf_slice(&pem));
    cr_assert(pt_ok(pt_cert_sha256(pt_buf_slice(&pem), digest)));
    pt_hex_encode(pt_slice_of(digest, 32U), hex);
    cr_assert_eq(openssl("x509 -in cert.pem -outform DER -out cert.der"), 0);
    cr_assert_eq(openssl("dgst -sha256 -r cert.der"), 0);
    cr_expect(printed(hex), "%s / %s", hex, text.ptr);
}

/* --- refusals -------------------------------------------------------------------------------- */

Test(ca, a_leaf_without_an_authority_and_an_authority_under_another_are_refused)
{
    const struct pt_ca_request leaf = {.profile = PT_CA_CLIENT, .subject = admiville, .now = now};
    cr_expect_eq(pt_ca_issue(&leaf, key, NULL, &pem).code, PT_E_ARG);
    cr_expect_eq(issue(PT_CA_ROOT, NULL, 0U).code, PT_E_ARG);
    cr_expect_eq(pem.len, 0U);
}

Test(ca, an_issuer_whose_key_is_not_that_of_its_certificate_is_refused)
{
    const struct pt_ca_issuer issuer = {.cert_pem = pt_buf_slice(&ca.pem), .key = key};
    const struct pt_ca_request request = {
        .profile = PT_CA_CLIENT, .subject = admiville, .now = now};
    cr_expect_eq(pt_ca_issue(&request, key, &issuer, &pem).code, PT_E_FORGED);
}

Test(ca, a_client_certificate_is_no_authority)
{
    struct pt_buf out;
    pt_buf_init(&out, 65536U);
    cr_assert(pt_ok(issue(PT_CA_CLIENT, NULL, 0U)));
    const struct pt_ca_issuer issuer = {.cert_pem = pt_buf_slice(&pem), .key = key};
    const struct pt_ca_request request = {
        .profile = PT_CA_CLIENT, .subject = admiville, .now = now};
    cr_expect_eq(pt_ca_issue(&request, key, &issuer, &out).code, PT_E_FORGED);
    pt_buf_done(&out);
}

Test(ca, names_that_a_certificate_cannot_carry_are_refused)
{
    static const char *const bad[] = {
        "",
        "Commune d'Admiville",
        "a..b",
        ".a",
        "a.",
        "-a.fr",
        "a-.fr",
        "a b",
        "a,DNS:b",
        "a\nb",
        "*.a.fr",
        "caf\xc3\xa9.fr",
        "127.0.0.300",
        "1.2.3",
        "a_b.fr",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.fr",
    };
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        const pt_slice name = pt_slice_str(bad[i]);
        cr_expect_not(pt_ca_name_ok(name), "%s", bad[i]);
        cr_expect_eq(issue(PT_CA_SERVER, &name, 1U).code, PT_E_SYNTAX, "%s", bad[i]);
    }
    static const char *const good[] = {"a",         "localhost", "grc.admiville.fr",
                                       "127.0.0.1", "::1",       "1a.fr"};
    for (size_t i = 0U; i < PT_COUNT(good); i++) {
        cr_expect(pt_ca_name_ok(pt_slice_str(good[i])), "%s", good[i]);
    }
}

Test(ca, a_server_without_a_name_is_refused)
{
    cr_expect_eq(issue(PT_CA_SERVER, NULL, 0U).code, PT_E_SYNTAX);
}

Test(ca, subjects_are_checked)
{
    static const struct pt_ca_subject bad[] = {
        {PT_SLICE_INIT(""), PT_SLICE_INIT("o"), PT_SLICE_INIT("21680999600004")},
        {PT_SLICE_INIT("c"), PT_SLICE_INIT(""), PT_SLICE_INIT("21680999600004")},
        {PT_SLICE_INIT("c"), PT_SLICE_INIT("o"), PT_SLICE_INIT("2168099960000")},
        {PT_SLICE_INIT("c"), PT_SLICE_INIT("o"), PT_SLICE_INIT("2168099960000x")},
        {PT_SLICE_INIT("c\nd"), PT_SLICE_INIT("o"), PT_SLICE_INIT("21680999600004")},
        {PT_SLICE_INIT("c\xff"), PT_SLICE_INIT("o"), PT_SLICE_INIT("21680999600004")},
        {PT_SLICE_INIT("01234567890123456789012345678901234567890123456789012345678901234"),
         PT_SLICE_INIT("o"), PT_SLICE_INIT("21680999600004")},
    };
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        const struct pt_ca_request request = {.profile = PT_CA_ROOT, .subject = bad[i], .now = now};
        cr_expect_eq(pt_ca_issue(&request, key, NULL, &pem).code, PT_E_SYNTAX, "%zu", i);
    }
}

/* --- revocation ------------------------------------------------------------------------------ */

static pt_status list(pt_slice previous, pt_slice revoke, struct pt_buf *out)
{
    const struct pt_ca_issuer issuer = {.cert_pem = pt_buf_slice(&ca.pem), .key = ca.key};
    const struct pt_ca_crl request = {.now = now, .previous = previous, .revoke = revoke};
    return pt_ca_crl(&request, &issuer, out);
}

Test(ca, RGS_12_a_fresh_list_lives_6_days_and_satisfies_openssl)
{
    struct pt_crl_facts facts;
    cr_assert(pt_ok(list(PT_SLICE_EMPTY, PT_SLICE_EMPTY, &text)));
    cr_assert(pt_ok(pt_crl_facts(pt_buf_slice(&text), &facts)));
    cr_expect_eq(facts.this_update, now);
    cr_expect_eq(facts.next_update - facts.this_update, (int64_t)6 * DAY);
    cr_expect_eq(facts.revoked, 0U);
    save("crl.pem", pt_buf_slice(&text));
    save("ca.pem", pt_buf_slice(&ca.pem));
    cr_assert(pt_ok(issue(PT_CA_CLIENT, NULL, 0U)));
    save("cert.pem", pt_buf_slice(&pem));
    cr_expect_eq(openssl("verify -x509_strict -CAfile ca.pem -crl_check -CRLfile crl.pem cert.pem"),
                 0, "%s", text.ptr);
    cr_assert_eq(openssl("crl -in crl.pem -noout -text"), 0);
    cr_expect(printed("Version 2"));
    cr_expect(printed("X509v3 CRL Number: \n                1\n"), "%s", text.ptr);
    cr_expect(printed("X509v3 Authority Key Identifier: \n"));
}

Test(ca, RGS_13_several_lists_live_as_long_as_the_one_that_ends_first)
{
    struct pt_buf both;
    struct pt_crl_facts facts;
    pt_buf_init(&both, 65536U);
    cr_assert(pt_ok(issue(PT_CA_CLIENT, NULL, 0U)));
    now += 3 * DAY;
    cr_assert(pt_ok(list(PT_SLICE_EMPTY, PT_SLICE_EMPTY, &both)));
    now -= 3 * DAY;
    cr_assert(pt_ok(list(PT_SLICE_EMPTY, pt_buf_slice(&pem), &both)));
    cr_assert(pt_ok(pt_crl_facts(pt_buf_slice(&both), &facts)));
    cr_expect_eq(facts.this_update, now);
    cr_expect_eq(facts.next_update, now + 6 * DAY);
    cr_expect_eq(facts.revoked, 1U);
    pt_buf_put_str(&both, "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
    cr_expect_eq(pt_crl_facts(pt_buf_slice(&both), &facts).code, PT_E_SYNTAX);
    pt_buf_done(&both);
}

Test(ca, a_revoked_certificate_is_refused_by_openssl_and_stays_on_the_next_list)
{
    struct pt_buf first;
    struct pt_buf second;
    struct pt_crl_facts facts;
    pt_buf_init(&first, 65536U);
    pt_buf_init(&second, 65536U);
    cr_assert(pt_ok(issue(PT_CA_CLIENT, NULL, 0U)));
    cr_assert(pt_ok(list(PT_SLICE_EMPTY, pt_buf_slice(&pem), &first)));
    cr_assert(pt_ok(list(pt_buf_slice(&first), PT_SLICE_EMPTY, &second)));
    cr_assert(pt_ok(pt_crl_facts(pt_buf_slice(&second), &facts)));
    cr_expect_eq(facts.revoked, 1U);
    save("ca.pem", pt_buf_slice(&ca.pem));
    save("cert.pem", pt_buf_slice(&pem));
    save("crl.pem", pt_buf_slice(&second));
    cr_expect_neq(openssl("verify -CAfile ca.pem -crl_check -CRLfile crl.pem cert.pem"), 0);
    cr_expect(printed("certificate revoked"), "%s", text.ptr);
    cr_assert_eq(openssl("crl -in crl.pem -noout -text"), 0);
    cr_expect(printed("X509v3 CRL Number: \n                2\n"));
    pt_buf_done(&first);
    pt_buf_done(&second);
}

Test(ca, revoking_twice_or_another_authoritys_certificate_is_refused)
{
    struct authority other;
    make_authority(&other);
    cr_assert(pt_ok(issue(PT_CA_CLIENT, NULL, 0U)));
    cr_assert(pt_ok(list(PT_SLICE_EMPTY, pt_buf_slice(&pem), &text)));
    struct pt_buf out;
    pt_buf_init(&out, 65536U);
    cr_expect_eq(list(pt_buf_slice(&text), pt_buf_slice(&pem), &out).code, PT_E_EXISTS);
    cr_expect_eq(list(PT_SLICE_EMPTY, pt_buf_slice(&other.pem), &out).code, PT_E_FORGED);
    cr_expect_eq(out.len, 0U);
    pt_buf_done(&out);
    drop_authority(&other);
}

Test(ca, a_list_of_another_authority_is_not_carried_over)
{
    struct authority other;
    make_authority(&other);
    const struct pt_ca_issuer issuer = {.cert_pem = pt_buf_slice(&other.pem), .key = other.key};
    const struct pt_ca_crl request = {.now = now};
    struct pt_buf out;
    pt_buf_init(&out, 65536U);
    cr_assert(pt_ok(pt_ca_crl(&request, &issuer, &text)));
    cr_expect_eq(list(pt_buf_slice(&text), PT_SLICE_EMPTY, &out).code, PT_E_FORGED);
    cr_expect_eq(list(PT_SLICE("x"), PT_SLICE_EMPTY, &out).code, PT_E_SYNTAX);
    pt_buf_done(&out);
    drop_authority(&other);
}

/* --- memory ---------------------------------------------------------------------------------- */

Test(ca, running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    bool done = false;
    cr_assert(pt_ok(issue(PT_CA_CLIENT, NULL, 0U)));
    TORTURE(nth)
    {
        struct pt_buf out;
        pt_buf_init(&out, 65536U);
        torture_arm(nth);
        const pt_status st = list(PT_SLICE_EMPTY, pt_buf_slice(&pem), &out);
        torture_disarm();
        pt_buf_done(&out);
        if (pt_ok(st)) {
            done = nth > 0U;
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
    }
    cr_assert(done);
}
