/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Unit tests of pki/signer.c, signer_place.c, signer_token.c: RGS-14, RGS-15, SYS-04. The token is
 * SoftHSM2; where it is not installed, that test says so and proves nothing.
 */
#include "pki/signer_place_int.h"
#include "poterne/pki/cms.h"
#include "sealkit.h"
#include "tests/unit/pki/forge.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"

static struct seal_kit kit;
static struct pt_buf out;

static void setup(void)
{
    pt_buf_init(&out, 1U << 20U);
    kit_new(&kit, "P-256");
}

static void teardown(void)
{
    pt_buf_done(&out);
    kit_free(&kit);
}

TestSuite(signer, .init = setup, .fini = teardown, .timeout = 120.0);

static enum pt_signer_fault open_with(const struct pt_signer_spec *spec)
{
    struct pt_signer *signer = NULL;
    enum pt_signer_fault fault = PT_SIGNER_OK;
    const pt_status st = pt_signer_open(spec, &signer, &fault);
    cr_assert_eq(pt_ok(st), fault == PT_SIGNER_OK);
    cr_assert_eq(pt_ok(st), signer != NULL);
    cr_assert_eq(ERR_peek_error(), 0U);
    (void)pt_signer_free(signer);
    return fault;
}

static struct pt_signer_spec spec_of(const char *key)
{
    return (struct pt_signer_spec){
        .key = key, .chain = pt_slice_str(kit.seal_pem), .now = KIT_NOW, .credentials = kit.dir};
}

Test(signer, a_key_lives_in_a_file_or_a_credential)
{
    struct pt_signer_spec spec = spec_of(kit.key_path);
    cr_expect_eq(open_with(&spec), PT_SIGNER_OK);
    spec.key = "credential:seal.key";
    cr_expect_eq(open_with(&spec), PT_SIGNER_OK);
    /* systemd guards the folder; its access lists make the mode look wide open. */
    cr_assert_eq(chmod(kit.key_path, 0440), 0);
    cr_expect_eq(open_with(&spec), PT_SIGNER_OK);
    spec.key = kit.key_path;
    cr_expect_eq(open_with(&spec), PT_SIGNER_KEY_MODE); /* SYS-04 */
    cr_assert_eq(chmod(kit.key_path, 0400), 0);
    spec.key = "credential:absent";
    cr_expect_eq(open_with(&spec), PT_SIGNER_KEY_ABSENT);
    spec.key = "credential:seal.key";
    spec.credentials = NULL;
    cr_expect_eq(open_with(&spec), PT_SIGNER_KEY_ABSENT);
    spec.key = "/nowhere/key.pem";
    cr_expect_eq(open_with(&spec), PT_SIGNER_KEY_ABSENT);
    static const char *const bad[] = {"credential:", "credential:../seal.key", "credential:a/b",
                                      "credential:.x", ""};
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        spec.key = bad[i];
        cr_expect_eq(open_with(&spec), PT_SIGNER_KEY_PLACE, "%s", bad[i]);
    }
}

Test(signer, what_is_no_key_is_refused)
{
    const struct pt_signer_spec spec = spec_of(kit.key_path);
    char big[PT_SIGNER_KEY_MAX + 1U];
    memset(big, 'x', sizeof(big));
    kit_write(&kit, "seal.key", PT_SLICE("not a key\n"));
    cr_expect_eq(open_with(&spec), PT_SIGNER_KEY_FORMAT);
    kit_write(&kit, "seal.key", pt_slice_of(big, sizeof(big)));
    cr_expect_eq(open_with(&spec), PT_SIGNER_KEY_FORMAT);
    forge_key_pem(kit.seal.key, "secret", &out);
    kit_write(&kit, "seal.key", pt_buf_slice(&out));
    cr_expect_eq(open_with(&spec), PT_SIGNER_KEY_FORMAT);
}

/* RGS-15: authenticity. */
Test(signer, a_key_that_is_not_the_certificates_is_refused)
{
    struct test_cert other = test_cert_new(&(struct test_cert_spec){.now = (time_t)KIT_NOW});
    char *const pem = test_key_pem(&other);
    const struct pt_signer_spec spec = spec_of(kit.key_path);
    kit_write(&kit, "seal.key", pt_slice_str(pem));
    cr_expect_eq(open_with(&spec), PT_SIGNER_MISMATCH);
    test_cert_free(&other);
    free(pem);
    EVP_PKEY *rsa = kit_key("RSA-2048");
    pt_buf_clear(&out);
    forge_key_pem(rsa, NULL, &out);
    kit_write(&kit, "seal.key", pt_buf_slice(&out));
    const enum pt_signer_fault fault = open_with(&spec);
    cr_expect(fault == PT_SIGNER_MISMATCH || fault == PT_SIGNER_BROKEN);
    EVP_PKEY_free(rsa);
}

static enum pt_signer_fault with_cert(const struct test_cert_spec *cert_spec, int64_t now)
{
    struct test_cert made = test_cert_new(cert_spec);
    char *const pem = test_cert_pem(&made);
    char *const key = test_key_pem(&made);
    kit_write(&kit, "seal.key", pt_slice_str(key));
    const struct pt_signer_spec spec = {
        .key = kit.key_path, .chain = pt_slice_str(pem), .now = now};
    const enum pt_signer_fault fault = open_with(&spec);
    test_cert_free(&made);
    free(pem);
    free(key);
    return fault;
}

/* RGS-14, RGS-15, CRY-02 */
Test(signer, a_certificate_must_be_a_living_seals_own)
{
    const time_t now = (time_t)KIT_NOW;
    const struct {
        struct test_cert_spec cert;
        int64_t now;
        enum pt_signer_fault fault;
    } cases[] = {
        {{.now = now}, KIT_NOW, PT_SIGNER_OK},
        {{.now = now, .key_usage = "critical,nonRepudiation"}, KIT_NOW, PT_SIGNER_OK},
        {{.now = now, .eku = "emailProtection"}, KIT_NOW, PT_SIGNER_OK},
        {{.now = now}, KIT_NOW - 2 * KIT_DAY, PT_SIGNER_NOT_YET},
        {{.now = now}, KIT_NOW + 366 * (int64_t)KIT_DAY, PT_SIGNER_EXPIRED},
        {{.now = now, .eku = "serverAuth"}, KIT_NOW, PT_SIGNER_USAGE},
        {{.now = now, .eku = "clientAuth"}, KIT_NOW, PT_SIGNER_USAGE},
        {{.now = now, .eku = "critical,timeStamping"}, KIT_NOW, PT_SIGNER_USAGE},
        {{.now = now, .eku = "OCSPSigning"}, KIT_NOW, PT_SIGNER_USAGE},
        {{.now = now, .key_usage = "critical,keyEncipherment"}, KIT_NOW, PT_SIGNER_USAGE},
        {{.now = now, .key_usage = "critical,digitalSignature,cRLSign"}, KIT_NOW, PT_SIGNER_USAGE},
        {{.now = now, .ca = true}, KIT_NOW, PT_SIGNER_USAGE},
        {{.now = now, .key = "P-224"}, KIT_NOW, PT_SIGNER_KEY_KIND},
        {{.now = now, .key = "ED25519"}, KIT_NOW, PT_SIGNER_KEY_KIND},
        {{.now = now, .key = "RSA-2048"}, KIT_NOW, PT_SIGNER_KEY_KIND},
        {{.now = now, .digest = "SHA1"}, KIT_NOW, PT_SIGNER_POLICY},
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        cr_expect_eq(with_cert(&cases[i].cert, cases[i].now), cases[i].fault, "%zu", i);
    }
}

Test(signer, the_chain_is_the_certificate_and_those_that_issued_it)
{
    struct pt_signer_spec spec = spec_of(kit.key_path);
    char *const good = test_join(kit.seal_pem, kit.root_pem, NULL);
    char *const turned = test_join(kit.root_pem, kit.seal_pem, NULL);
    char *const foreign = test_join(kit.seal_pem, kit.tsa_pem, NULL);
    char *const broken = test_join(
        kit.seal_pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", NULL);
    spec.chain = pt_slice_str(good);
    cr_expect_eq(open_with(&spec), PT_SIGNER_OK);
    spec.chain = pt_slice_str(turned);
    cr_expect_eq(open_with(&spec), PT_SIGNER_CHAIN);
    spec.chain = pt_slice_str(foreign);
    cr_expect_eq(open_with(&spec), PT_SIGNER_CHAIN);
    spec.chain = pt_slice_str(broken);
    cr_expect_eq(open_with(&spec), PT_SIGNER_CHAIN);
    spec.chain = PT_SLICE("nothing here\n");
    cr_expect_eq(open_with(&spec), PT_SIGNER_CHAIN);
    spec.chain = PT_SLICE_EMPTY;
    cr_expect_eq(open_with(&spec), PT_SIGNER_CHAIN);
    pt_buf_put_str(&out, kit.seal_pem);
    for (unsigned i = 0U; i < PT_SIGNER_CHAIN_MAX; i++) {
        pt_buf_put_str(&out, kit.root_pem);
    }
    spec.chain = pt_buf_slice(&out);
    cr_expect_eq(open_with(&spec), PT_SIGNER_CHAIN);
    free(good);
    free(turned);
    free(foreign);
    free(broken);
}

/* RGS-15: "still usable" is asked before every seal. */
Test(signer, sealing_stops_when_the_certificate_expires_or_is_revoked)
{
    struct pt_statement statement = {.kind = PT_STATEMENT_CONTENT,
                                     .time = KIT_NOW + 731 * (int64_t)KIT_DAY,
                                     .is.content = {.bytes = PT_SLICE("x")}};
    pt_status st = pt_cades_seal(kit.signer, &statement, true, &out);
    cr_expect_eq(st.code, PT_E_DENIED);
    cr_expect_eq(st.aux, PT_SIGNER_EXPIRED);
    statement.time = KIT_NOW;
    cr_expect(pt_ok(pt_cades_seal(kit.signer, &statement, true, &out)));
    cr_expect_eq(pt_signer_check(kit.signer, KIT_NOW), PT_SIGNER_OK);
    pt_signer_revoke(kit.signer);
    st = pt_cades_seal(kit.signer, &statement, true, &out);
    cr_expect_eq(st.code, PT_E_DENIED);
    cr_expect_eq(st.aux, PT_SIGNER_REVOKED);
    cr_expect_str_eq(pt_signer_fault_code(PT_SIGNER_REVOKED), "revoked");
    cr_expect_not_null(strstr(pt_signer_fault_text(PT_SIGNER_REVOKED), "révoqué"));
    cr_expect_str_eq(pt_signer_fault_code((enum pt_signer_fault)999), "unknown");
    cr_expect_str_eq(pt_signer_fault_text((enum pt_signer_fault)999), "faute inconnue");
}

Test(signer, it_says_what_it_is)
{
    uint32_t bits = 0U;
    uint8_t spki[32];
    uint8_t sha[32];
    uint8_t want[32];
    cr_expect_str_eq(pt_signer_algorithm(kit.signer, &bits), "p-256");
    cr_expect_eq(bits, 256U);
    cr_expect_str_eq(pt_signer_digest(kit.signer), "sha256");
    cr_expect_eq(pt_signer_not_after(kit.signer), KIT_NOW + 730 * (int64_t)KIT_DAY);
    test_cert_fingerprint(&kit.seal, want);
    cr_expect(pt_ok(pt_signer_cert_sha256(kit.signer, sha)));
    cr_expect_arr_eq(sha, want, 32U);
    cr_expect(pt_ok(pt_signer_spki_sha256(kit.signer, spki)));
    cr_expect_neq(memcmp(spki, sha, 32U), 0);
    struct pt_signer *signer = NULL;
    enum pt_signer_fault fault = PT_SIGNER_OK;
    struct pt_signer_spec spec = spec_of(kit.key_path);
    spec.digest = PT_SEAL_SHA384; /* CRY-06 */
    cr_assert(pt_ok(pt_signer_open(&spec, &signer, &fault)));
    cr_expect_str_eq(pt_signer_digest(signer), "sha384");
    (void)pt_signer_free(signer);
    cr_expect_eq(pt_signer_open(NULL, &signer, &fault).code, PT_E_ARG);
}

/* --- tokens ------------------------------------------------------------------------------------
 */

Test(signer, an_uri_is_read_strictly)
{
    static const struct {
        const char *uri;
        enum pt_signer_fault fault;
    } cases[] = {
        {"pkcs11:token=a;object=b?module-path=/m.so&pin-source=/p", PT_SIGNER_OK},
        {"pkcs11:token=a%20b;id=%01%02;type=private?module-path=/m.so", PT_SIGNER_OK},
        {"pkcs11:token=a?module-path=/m.so&pin-value=1234", PT_SIGNER_PIN},
        {"pkcs11:token=a", PT_SIGNER_KEY_PLACE},
        {"pkcs11:", PT_SIGNER_KEY_PLACE},
        {"pkcs11:?module-path=/m.so", PT_SIGNER_KEY_PLACE},
        {"pkcs11:token=a?module-path=m.so", PT_SIGNER_KEY_PLACE},
        {"pkcs11:token=a;type=public?module-path=/m.so", PT_SIGNER_KEY_PLACE},
        {"pkcs11:token=a%2?module-path=/m.so", PT_SIGNER_KEY_PLACE},
        {"pkcs11:token=a%00?module-path=/m.so", PT_SIGNER_KEY_PLACE},
        {"pkcs11:token=?module-path=/m.so", PT_SIGNER_KEY_PLACE},
        {"pkcs11:token=a;slot=3?module-path=/m.so", PT_SIGNER_KEY_PLACE},
        {"pkcs11:token=a?module-path=/m.so&module-path=/n.so", PT_SIGNER_KEY_PLACE},
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        struct pt_token_uri uri;
        const pt_status st = pt_token_parse(cases[i].uri, &uri);
        cr_expect_eq(pt_ok(st) ? PT_SIGNER_OK : st.aux, cases[i].fault, "%s", cases[i].uri);
    }
    char lengthy[PT_TOKEN_PART_MAX * 12U] = "pkcs11:token=";
    memset(lengthy + 13, 'a', PT_TOKEN_PART_MAX);
    struct pt_token_uri uri;
    cr_expect_eq(pt_token_parse(lengthy, &uri).aux, PT_SIGNER_KEY_PLACE);
    char *at = lengthy + 7;
    for (unsigned i = 0U; i < 11U; i++) { /* each part is short, all together are not */
        memcpy(at, "token=", 6U);
        memset(at + 6, 'a', 200U);
        at[206] = ';';
        at += 207;
    }
    at[-1] = '\0';
    cr_expect_eq(pt_token_parse(lengthy, &uri).aux, PT_SIGNER_KEY_PLACE);
}

/* libp11 loses its method tables when its engine is unloaded after a module failed to load: a few
 * hundred bytes of its own, once, before the program ends. Absent without the sanitizer. */
extern void __lsan_disable(void) __attribute__((weak));
extern void __lsan_enable(void) __attribute__((weak));

static void ignore_leaks(bool on)
{
    if (__lsan_disable != NULL && __lsan_enable != NULL) {
        (on ? __lsan_disable : __lsan_enable)();
    }
}

Test(signer, a_module_that_is_none_is_refused)
{
    ignore_leaks(true);
    struct pt_signer_spec spec = spec_of("pkcs11:token=a;object=b?module-path=/nowhere/none.so");
    cr_expect_eq(open_with(&spec), PT_SIGNER_TOKEN);
    spec.key = "pkcs11:token=a;object=b?module-path=/nowhere.so&pin-source=credential:none";
    cr_expect_eq(open_with(&spec), PT_SIGNER_PIN);
    kit_write(&kit, "pin", PT_SLICE("1234\n"));
    char uri[800];
    (void)snprintf(uri, sizeof(uri), "pkcs11:token=a;object=b?module-path=/n.so&pin-source=%s/pin",
                   kit.dir);
    spec.key = uri;
    cr_expect_eq(open_with(&spec), PT_SIGNER_TOKEN);
    ignore_leaks(false);
}

/* A token of its own under the test's folder, with the key of the seal in it. */
static bool token_new(void)
{
    char command[2000];
    char conf[600];
    (void)snprintf(conf, sizeof(conf), "directories.tokendir = %s/tokens\nlog.level = ERROR\n",
                   kit.dir);
    kit_write(&kit, "softhsm2.conf", pt_slice_str(conf));
    kit_write(&kit, "pin", PT_SLICE("1234\n"));
    (void)snprintf(conf, sizeof(conf), "%s/softhsm2.conf", kit.dir);
    cr_assert_eq(setenv("SOFTHSM2_CONF", conf, 1), 0);
    (void)snprintf(command, sizeof(command),
                   "cd %s && mkdir -p tokens && softhsm2-util --init-token --free --label poterne "
                   "--so-pin 5678 --pin 1234 >log 2>&1 && softhsm2-util --import seal.key --token "
                   "poterne --label cachet --id 01 --pin 1234 >log 2>&1",
                   kit.dir);
    return forge_run(command, &out) == 0;
}

static void token_seals(const char *key_kind)
{
    char uri[800];
    struct pt_signer *signer = NULL;
    enum pt_signer_fault fault = PT_SIGNER_OK;
    if (access(SOFTHSM, R_OK) != 0) {
        cr_skip_test("softhsm2 is not installed");
    }
    kit_free(&kit);
    kit_new(&kit, key_kind);
    cr_assert(token_new());
    (void)snprintf(uri, sizeof(uri),
                   "pkcs11:token=poterne;object=cachet?module-path=%s&pin-source=%s/pin", SOFTHSM,
                   kit.dir);
    struct pt_signer_spec spec = spec_of(uri);
    const pt_status opened = pt_signer_open(&spec, &signer, &fault);
    cr_assert(pt_ok(opened), "%s", pt_signer_fault_code(fault));
    const struct pt_statement statement = {
        .kind = PT_STATEMENT_CONTENT, .time = KIT_NOW, .is.content = {.bytes = PT_SLICE("x")}};
    const pt_status st = pt_cades_seal(signer, &statement, true, &out);
    cr_assert(pt_ok(st), "%s %#x", st.origin, st.code);
    struct pt_verdict verdict;
    const struct pt_cms_check check = {
        .cms = pt_buf_slice(&out), .trust = &kit.trust, .now = KIT_NOW};
    cr_assert(pt_ok(pt_cms_verify(&check, &verdict)));
    cr_expect_eq(verdict.kind, PT_VERDICT_VALID, "%s", pt_reason_code(verdict.reason));
    pt_verdict_done(&verdict);
    (void)pt_signer_free(signer);
    kit_write(&kit, "pin", PT_SLICE("9999\n"));
    cr_expect_eq(open_with(&spec), PT_SIGNER_TOKEN);
}

Test(signer, a_token_seals_with_p256)
{
    token_seals("P-256");
}

Test(signer, a_token_seals_with_rsa_3072)
{
    token_seals("RSA-3072");
}

Test(signer, running_out_of_memory_is_reported_and_leaks_nothing)
{
    const struct pt_signer_spec spec = spec_of(kit.key_path);
    bool done = false;
    TORTURE(nth)
    {
        struct pt_signer *signer = NULL;
        enum pt_signer_fault fault = PT_SIGNER_OK;
        torture_arm(nth);
        const pt_status st = pt_signer_open(&spec, &signer, &fault);
        torture_disarm();
        (void)pt_signer_free(signer);
        if (pt_ok(st)) {
            done = true;
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM, "%u: %#x %s", nth, st.code, st.origin);
    }
    cr_assert(done);
}
