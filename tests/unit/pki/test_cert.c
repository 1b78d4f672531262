/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/cert.c: facts of a certificate, and CRY-01, CRY-02 over them. */
#include "poterne/base/clock.h"
#include "poterne/base/codec.h"
#include "poterne/pki/cert.h"
#include "poterne/pki/key.h"
#include "tests/unit/pki/forge.h"

#include <criterion/criterion.h>
#include <openssl/pem.h>

static struct pt_buf pem;

static void setup(void)
{
    pt_buf_init(&pem, 65536U);
}

static void teardown(void)
{
    pt_buf_done(&pem);
}

TestSuite(cert, .init = setup, .fini = teardown, .timeout = 60.0);

static void forge(const char *spec, const char *digest, const char *name)
{
    EVP_PKEY *key = forge_key(spec);
    pt_buf_clear(&pem);
    forge_cert(key, digest, name, &pem);
    EVP_PKEY_free(key);
}

static int32_t day(const char *text)
{
    int32_t days = 0;
    cr_assert(pt_ok(pt_time_date_parse(pt_slice_str(text), &days)));
    return days;
}

Test(cert, its_own_words_are_read)
{
    struct pt_cert_facts facts;
    forge("ec:P-256", "SHA256", "Commune d'Adm\xc3\xadville");
    cr_assert(pt_ok(pt_cert_facts(pt_buf_slice(&pem), &facts)));
    cr_expect_str_eq(facts.algorithm, "p-256");
    cr_expect_eq(facts.bits, 256U);
    cr_expect_str_eq(facts.digest, "sha256");
    cr_expect_str_eq(facts.common_name, "Commune d'Adm\xc3\xadville");
    cr_expect_eq(facts.not_before, (int64_t)day("2026-01-01") * 86400);
    cr_expect_eq(facts.not_after, (int64_t)day("2036-01-01") * 86400 - 1);
}

Test(cert, the_fingerprint_is_that_of_the_der_as_openssl_computes_it)
{
    uint8_t got[32];
    uint8_t spki[32];
    unsigned char want[32];
    unsigned int n = 0U;
    struct pt_cert_facts facts;
    forge("ec:P-256", "SHA256", "x");
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    cr_assert_eq(X509_digest(cert, EVP_sha256(), want, &n), 1);
    cr_assert(pt_ok(pt_cert_sha256(pt_buf_slice(&pem), got)));
    cr_assert(pt_ok(pt_cert_spki_sha256(pt_buf_slice(&pem), spki)));
    cr_assert(pt_ok(pt_cert_facts(pt_buf_slice(&pem), &facts)));
    cr_expect_arr_eq(got, want, 32U);
    cr_expect_arr_eq(facts.sha256, want, 32U);
    cr_expect_arr_eq(facts.spki_sha256, spki, 32U);
    X509_free(cert);
    (void)BIO_free(bio);
}

Test(cert, CRY_01_CRY_02_key_and_signature_are_judged_on_a_date)
{
    static const struct {
        const char *spec;
        const char *digest;
        const char *date;
        enum pt_policy_verdict want;
    } rows[] = {
        {"ec:P-256", "SHA256", "2045-01-01", PT_POLICY_ACCEPTED},
        {"ec:P-384", "SHA384", "2026-01-01", PT_POLICY_ACCEPTED},
        {"ec:P-521", "SHA512", "2026-01-01", PT_POLICY_ACCEPTED},
        {"ec:brainpoolP256r1", "SHA256", "2026-01-01", PT_POLICY_ACCEPTED},
        {"ec:P-224", "SHA256", "2026-01-01", PT_POLICY_REFUSED},
        {"ec:secp256k1", "SHA256", "2026-01-01", PT_POLICY_REFUSED},
        {"ec:P-256", "SHA1", "2026-01-01", PT_POLICY_REFUSED},
        {"ec:P-256", "SHA224", "2026-01-01", PT_POLICY_REFUSED},
        {"ED25519", NULL, "2026-01-01", PT_POLICY_ACCEPTED},
        {"ED448", NULL, "2026-01-01", PT_POLICY_REFUSED},
        {"rsa:1024", "SHA256", "2026-01-01", PT_POLICY_REFUSED},
        {"rsa:2048", "SHA256", "2030-12-31", PT_POLICY_ENDING},
        {"rsa:2048", "SHA256", "2031-01-01", PT_POLICY_REFUSED},
        {"rsa:3072", "SHA256", "2031-01-01", PT_POLICY_ACCEPTED},
        {"rsa:2048", "SHA1", "2026-01-01", PT_POLICY_REFUSED},
        {"rsa:2048", "MD5", "2026-01-01", PT_POLICY_REFUSED},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        struct pt_cert_facts facts;
        const struct pt_policy_rule *rule = NULL;
        forge(rows[i].spec, rows[i].digest, "x");
        cr_assert(pt_ok(pt_cert_facts(pt_buf_slice(&pem), &facts)), "%s", rows[i].spec);
        cr_expect_eq(pt_cert_policy(&facts, day(rows[i].date), &rule), rows[i].want, "%s %s %s",
                     rows[i].spec, rows[i].digest, rows[i].date);
    }
}

Test(cert, a_refused_signature_names_the_rule_of_its_digest)
{
    struct pt_cert_facts facts;
    const struct pt_policy_rule *rule = NULL;
    forge("ec:P-256", "SHA1", "x");
    cr_assert(pt_ok(pt_cert_facts(pt_buf_slice(&pem), &facts)));
    cr_expect_eq(pt_cert_policy(&facts, 0, &rule), PT_POLICY_REFUSED);
    cr_assert_not_null(rule);
    cr_expect_str_eq(rule->name, "sha1");
}

Test(cert, what_is_no_certificate_is_refused_and_leaves_the_result_alone)
{
    struct pt_cert_facts facts = {.bits = 7U};
    struct pt_crl_facts list = {.revoked = 7U};
    EVP_PKEY *key = forge_key("ec:P-256");
    forge_key_pem(key, NULL, &pem);
    cr_expect_eq(pt_cert_facts(pt_buf_slice(&pem), &facts).code, PT_E_SYNTAX);
    cr_expect_eq(pt_crl_facts(pt_buf_slice(&pem), &list).code, PT_E_SYNTAX);
    cr_expect_eq(pt_cert_facts(PT_SLICE_EMPTY, &facts).code, PT_E_SYNTAX);
    cr_expect_eq(facts.bits, 7U);
    cr_expect_eq(list.revoked, 7U);
    EVP_PKEY_free(key);
}

Test(cert, every_cut_of_a_certificate_is_refused)
{
    struct pt_cert_facts facts;
    forge("ec:P-256", "SHA256", "x");
    static const char *const end = "-----END CERTIFICATE-----";
    const size_t whole =
        (size_t)((const char *)memmem(pem.ptr, pem.len, end, strlen(end)) - pem.ptr) + strlen(end);
    for (size_t n = 0U; n < whole; n += 7U) {
        cr_expect_eq(pt_cert_facts(pt_slice_of(pem.ptr, n), &facts).code, PT_E_SYNTAX, "%zu", n);
    }
}

Test(cert, only_the_first_certificate_of_a_bundle_counts)
{
    struct pt_cert_facts facts;
    struct pt_buf bundle;
    pt_buf_init(&bundle, 65536U);
    forge("ec:P-256", "SHA256", "premier");
    pt_buf_put(&bundle, pt_buf_slice(&pem));
    forge("rsa:1024", "SHA1", "second");
    pt_buf_put(&bundle, pt_buf_slice(&pem));
    cr_assert(pt_ok(pt_cert_facts(pt_buf_slice(&bundle), &facts)));
    cr_expect_str_eq(facts.common_name, "premier");
    pt_buf_done(&bundle);
}
