/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/csr.c and pki/deadline.c: requests that openssl reads and verifies. */
#include "poterne/pki/csr.h"

#include "poterne/base/file.h"
#include "poterne/pki/cert.h"
#include "poterne/pki/deadline.h"
#include "poterne/pki/key.h"
#include "tests/unit/pki/forge.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define TODAY 20781 /* 2026-11-24 */

static char dir[256];
static struct pt_buf key;
static struct pt_buf csr;
static struct pt_buf text;

static const pt_slice names[] = {PT_SLICE_INIT("grc.admiville.fr"), PT_SLICE_INIT("192.0.2.7"),
                                 PT_SLICE_INIT("2001:db8::1")};
static struct pt_csr_request request;

static void setup(void)
{
    forge_dir(dir);
    pt_buf_init(&key, 16384U);
    pt_buf_init(&csr, 65536U);
    pt_buf_init(&text, 65536U);
    request = (struct pt_csr_request){.profile = PT_CSR_CACHET,
                                      .subject = {.common_name = PT_SLICE("Cachet d'Admiville"),
                                                  .organization = PT_SLICE("Commune d'Admiville"),
                                                  .siret = PT_SLICE("21680999600004")},
                                      .names = names,
                                      .nnames = PT_COUNT(names),
                                      .days = TODAY};
}

static void teardown(void)
{
    pt_buf_done(&key);
    pt_buf_done(&csr);
    pt_buf_done(&text);
    forge_dir_remove(dir);
}

TestSuite(csr, .init = setup, .fini = teardown, .timeout = 60.0);

static void make(const char *algorithm, enum pt_csr_profile profile)
{
    request.profile = profile;
    pt_buf_clear(&key);
    pt_buf_clear(&csr);
    cr_assert(pt_ok(pt_csr_key(algorithm, TODAY, &key)), "%s", algorithm);
    const pt_status st = pt_csr_make(&request, pt_buf_slice(&key), &csr);
    cr_assert(pt_ok(st), "%s at %s", pt_code_name(st.code), st.origin);
}

/* What openssl says of the request; it verifies the proof of possession too. */
static const char *openssl_text(void)
{
    char path[400];
    char command[600];
    (void)snprintf(path, sizeof path, "%s/r.csr", dir);
    cr_assert(pt_ok(pt_file_replace(path, pt_buf_slice(&csr), 0600)));
    (void)snprintf(command, sizeof command,
                   "openssl req -in %s -verify -noout -text -nameopt utf8,sep_comma_plus 2>&1",
                   path);
    pt_buf_clear(&text);
    cr_assert_eq(forge_run(command, &text), 0);
    pt_buf_put_byte(&text, '\0');
    cr_expect_not_null(strstr(text.ptr, "verify OK"), "%s", text.ptr);
    return text.ptr;
}

static void expect(const char *what)
{
    cr_expect_not_null(strstr(text.ptr, what), "no \"%s\" in %s", what, text.ptr);
}

Test(csr, RGS_10_each_profile_asks_for_its_usage_and_nothing_else)
{
    static const struct {
        enum pt_csr_profile profile;
        const char *usage;
        const char *purpose; /* NULL: none */
    } wanted[] = {
        {PT_CSR_CACHET, "Digital Signature, Non Repudiation", NULL},
        {PT_CSR_AUTH_SERVEUR, "Digital Signature\n", "TLS Web Server Authentication"},
        {PT_CSR_AUTH_CLIENT, "Digital Signature\n", "TLS Web Client Authentication"},
        {PT_CSR_TSU, "Digital Signature\n", "Extended Key Usage: critical"},
        {PT_CSR_OCSP, "Digital Signature\n", "OCSP Signing"},
    };
    for (size_t i = 0U; i < PT_COUNT(wanted); i++) {
        make("p-256", wanted[i].profile);
        (void)openssl_text();
        expect("X509v3 Key Usage: critical");
        expect(wanted[i].usage);
        expect("OU=0002 21680999600004");
        expect("NTRFR-216809996");
        expect("O=Commune d'Admiville");
        expect("C=FR");
        if (wanted[i].purpose != NULL) {
            expect(wanted[i].purpose);
        } else {
            cr_expect_null(strstr(text.ptr, "Extended Key Usage"));
        }
        const bool san = strstr(text.ptr, "Subject Alternative Name") != NULL;
        cr_expect_eq(san, wanted[i].profile == PT_CSR_AUTH_SERVEUR);
    }
}

Test(csr, a_server_asks_for_its_names)
{
    make("p-256", PT_CSR_AUTH_SERVEUR);
    (void)openssl_text();
    expect("DNS:grc.admiville.fr");
    expect("IP Address:192.0.2.7");
    request.nnames = 0U;
    cr_expect_eq(pt_csr_make(&request, pt_buf_slice(&key), &csr).code, PT_E_SYNTAX);
    static const pt_slice bad[] = {PT_SLICE_INIT("a b")};
    request.names = bad;
    request.nnames = 1U;
    cr_expect_eq(pt_csr_make(&request, pt_buf_slice(&key), &csr).code, PT_E_SYNTAX);
}

Test(csr, RGS_17_every_algorithm_gives_a_new_key_and_a_signed_request)
{
    static const char *const shown[] = {"P-256", "P-384", "(3072 bit)"};
    static const char *const digests[] = {"SHA256", "SHA384", "sha256"};
    uint8_t before[32] = {0};
    for (size_t i = 0U; pt_csr_algorithms[i] != NULL; i++) {
        struct pt_key_facts facts;
        make(pt_csr_algorithms[i], PT_CSR_CACHET);
        (void)openssl_text();
        expect(shown[i]);
        expect(digests[i]);
        cr_assert(pt_ok(pt_pem_key_facts(pt_buf_slice(&key), &facts)));
        cr_expect_neq(memcmp(before, facts.spki_sha256, 32U), 0);
        memcpy(before, facts.spki_sha256, 32U);
    }
}

Test(csr, what_the_policy_or_the_profile_refuses_is_not_made)
{
    enum pt_csr_profile profile = PT_CSR_OCSP;
    cr_expect_eq(pt_csr_key("rsa-2048", TODAY, &key).code, PT_E_ARG);
    cr_expect_eq(pt_csr_key(NULL, TODAY, &key).code, PT_E_ARG);
    cr_expect_eq(key.len, 0U);
    cr_expect_eq(pt_csr_profile_find("signature", &profile).code, PT_E_ABSENT);
    cr_expect(pt_ok(pt_csr_profile_find("tsu", &profile)) && profile == PT_CSR_TSU);
    cr_expect_str_eq(pt_csr_profile_name(PT_CSR_COUNT), "");
    EVP_PKEY *small = forge_key("rsa:1024");
    forge_key_pem(small, NULL, &key);
    cr_expect_eq(pt_csr_make(&request, pt_buf_slice(&key), &csr).code, PT_E_DENIED);
    EVP_PKEY_free(small);
    cr_expect_eq(pt_csr_make(&request, PT_SLICE("rien"), &csr).code, PT_E_SYNTAX);
    cr_expect_eq(pt_csr_make(NULL, PT_SLICE_EMPTY, &csr).code, PT_E_ARG);
    request.profile = PT_CSR_COUNT;
    cr_expect_eq(pt_csr_make(&request, pt_buf_slice(&key), &csr).code, PT_E_ARG);
    cr_expect_eq(csr.len, 0U);
}

Test(csr, a_commune_without_its_siret_or_name_gets_no_request)
{
    make("p-256", PT_CSR_CACHET);
    pt_buf_clear(&csr);
    request.subject.siret = PT_SLICE("2168099960000");
    cr_expect_eq(pt_csr_make(&request, pt_buf_slice(&key), &csr).code, PT_E_SYNTAX);
    request.subject.siret = PT_SLICE("21680999600004");
    request.subject.organization = PT_SLICE("");
    cr_expect_eq(pt_csr_make(&request, pt_buf_slice(&key), &csr).code, PT_E_SYNTAX);
    cr_expect_eq(csr.len, 0U);
}

Test(csr, running_out_of_memory_anywhere_is_a_failure)
{
    TORTURE(nth)
    {
        pt_buf_clear(&key);
        pt_buf_clear(&csr);
        torture_arm(nth);
        pt_status st = pt_csr_key("p-256", TODAY, &key);
        st = pt_ok(st) ? pt_csr_make(&request, pt_buf_slice(&key), &csr) : st;
        torture_disarm();
        if (pt_ok(st)) {
            break;
        }
        cr_assert(nth < 100U);
    }
}

/* --- names of a certificate, lists, facts of keys -------------------------------------------- */

Test(csr, the_names_of_a_certificate_can_be_asked_for_again)
{
    struct pt_key *ca = NULL;
    struct pt_buf pem;
    struct pt_buf got;
    pt_buf_init(&pem, 65536U);
    pt_buf_init(&got, 65536U);
    cr_assert(pt_ok(pt_key_generate(PT_KEY_P256, &ca)));
    struct pt_ca_request root = {
        .profile = PT_CA_ROOT, .subject = request.subject, .now = (int64_t)TODAY * 86400};
    cr_assert(pt_ok(pt_ca_issue(&root, ca, NULL, &pem)));
    const struct pt_ca_issuer issuer = {.cert_pem = pt_buf_slice(&pem), .key = ca};
    struct pt_ca_request server = root;
    server.profile = PT_CA_SERVER;
    server.names = names;
    server.nnames = PT_COUNT(names);
    struct pt_buf leaf;
    pt_buf_init(&leaf, 65536U);
    cr_assert(pt_ok(pt_ca_issue(&server, ca, &issuer, &leaf)));
    cr_assert(pt_ok(pt_cert_names(pt_buf_slice(&leaf), &got)));
    cr_expect(
        pt_slice_eq(pt_buf_slice(&got), PT_SLICE("grc.admiville.fr\n192.0.2.7\n2001:db8::1\n")));
    pt_buf_clear(&got);
    cr_expect(pt_ok(pt_cert_names(pt_buf_slice(&pem), &got)) && got.len == 0U);
    cr_expect_eq(pt_cert_names(PT_SLICE("rien"), &got).code, PT_E_SYNTAX);
    cr_expect_eq(pt_cert_names(pt_buf_slice(&pem), NULL).code, PT_E_ARG);

    struct pt_buf crl;
    bool listed = true;
    struct pt_ca_crl empty = {.now = root.now};
    pt_buf_init(&crl, 65536U);
    cr_assert(pt_ok(pt_ca_crl(&empty, &issuer, &crl)));
    cr_assert(pt_ok(pt_crl_lists(pt_buf_slice(&crl), pt_buf_slice(&leaf), &listed)));
    cr_expect_not(listed);
    empty.revoke = pt_buf_slice(&leaf);
    pt_buf_clear(&crl);
    cr_assert(pt_ok(pt_ca_crl(&empty, &issuer, &crl)));
    cr_assert(pt_ok(pt_crl_lists(pt_buf_slice(&crl), pt_buf_slice(&leaf), &listed)));
    cr_expect(listed);
    cr_expect_eq(pt_crl_lists(pt_buf_slice(&crl), PT_SLICE("x"), &listed).code, PT_E_SYNTAX);
    cr_expect_eq(pt_crl_lists(PT_SLICE("x"), pt_buf_slice(&leaf), &listed).code, PT_E_SYNTAX);
    cr_expect_eq(pt_crl_lists(PT_SLICE("x"), pt_buf_slice(&leaf), NULL).code, PT_E_ARG);
    pt_buf_done(&crl);
    pt_buf_done(&leaf);
    pt_buf_done(&pem);
    pt_buf_done(&got);
    (void)pt_key_free(ca);
}

Test(csr, the_facts_of_a_key_name_its_algorithm_and_size)
{
    struct pt_key_facts facts;
    EVP_PKEY *rsa = forge_key("rsa:2048");
    forge_key_pem(rsa, NULL, &key);
    cr_assert(pt_ok(pt_pem_key_facts(pt_buf_slice(&key), &facts)));
    cr_expect_str_eq(facts.algorithm, "rsa");
    cr_expect_eq(facts.bits, 2048U);
    EVP_PKEY_free(rsa);
    cr_expect_eq(pt_pem_key_facts(PT_SLICE("rien"), &facts).code, PT_E_SYNTAX);
    cr_expect_eq(pt_pem_key_facts(PT_SLICE("rien"), NULL).code, PT_E_ARG);
}

Test(csr, LEG_28_a_deadline_has_a_code_from_its_first_notice_on)
{
    cr_expect_null(pt_deadline_code(PT_DEADLINE_LIST, 100, 99));
    cr_expect_str_eq(pt_deadline_code(PT_DEADLINE_LIST, 100, 100), "expiry-over");
    cr_expect_str_eq(pt_deadline_code(PT_DEADLINE_HALF, 100, 100), "crl.due");
    cr_expect_str_eq(pt_deadline_code(PT_DEADLINE_CREDENTIAL, 100, 99), "expiry-7");
    cr_expect_str_eq(pt_deadline_code(PT_DEADLINE_DECISION, 183 * 86400, 0), "expiry-183");
    cr_expect_null(pt_deadline_code(PT_DEADLINE_CREDENTIAL, 92 * 86400, 0));
}
