/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/key.c, vkey.c, key_file.c: RGS-14, RGS-17, SYS-04, C2SP signed-note. */
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/pki/digest.h"
#include "poterne/pki/key.h"
#include "tests/unit/pki/forge.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct pt_buf text;
static char dir[256];

static void setup(void)
{
    pt_buf_init(&text, 65536U);
    forge_dir(dir);
}

static void teardown(void)
{
    pt_buf_done(&text);
    forge_dir_remove(dir);
}

TestSuite(key, .init = setup, .fini = teardown, .timeout = 30.0);

/* RFC 8410 10.3 wraps a seed as PKCS#8: the fixed 16 bytes, then the 32 of the seed. */
static struct pt_key *ed25519_of_seed(const char *seed_b64)
{
    static const uint8_t prefix[16] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                       0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
    uint8_t der[48];
    size_t n = 0U;
    memcpy(der, prefix, sizeof(prefix));
    cr_assert(pt_ok(pt_b64_decode(pt_slice_str(seed_b64), der + 16, 32U, &n)));
    cr_assert_eq(n, 32U);
    struct pt_key *key = NULL;
    pt_buf_put_str(&text, "-----BEGIN PRIVATE KEY-----\n");
    pt_b64_encode(&text, pt_slice_of(der, sizeof(der)));
    pt_buf_put_str(&text, "\n-----END PRIVATE KEY-----\n");
    cr_assert(pt_ok(pt_key_from_pem(pt_buf_slice(&text), &key)));
    pt_buf_clear(&text);
    return key;
}

/* golang/mod sumdb/note, public test key of "PeterNeumann" */
static const char *const neumann_seed = "gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM=";
static const char *const neumann_vkey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

Test(key, an_ed25519_vkey_is_the_published_one_of_the_go_note_tests)
{
    struct pt_key *key = ed25519_of_seed(neumann_seed);
    cr_assert(pt_ok(pt_key_vkey(key, PT_SLICE("PeterNeumann"), &text)));
    cr_assert_eq(text.len, strlen(neumann_vkey));
    cr_expect_arr_eq(text.ptr, neumann_vkey, text.len);
    uint8_t id[4];
    static const uint8_t want[4] = {0xc7, 0x4f, 0x20, 0xa3};
    cr_assert(pt_ok(pt_key_note_id(key, PT_SLICE("PeterNeumann"), id)));
    cr_expect_arr_eq(id, want, 4U);
    (void)pt_key_free(key);
}

/* RFC 6979 A.2.5 key, SPKI and vkey computed apart with openssl(1) and sha256sum(1). */
static const char *const p256_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX\n"
    "Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth\n"
    "+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ\n"
    "-----END PRIVATE KEY-----\n";
static const char *const p256_vkey =
    "trace.21680999600004/poterne+5a7a78cc+"
    "AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGD+1LolWp0xyWHrdMY1bWjASbiS"
    "O2H6bOZpYi5g8p+2eQP+EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk=";

Test(key, a_p256_vkey_carries_the_spki_and_its_digest)
{
    struct pt_key *key = NULL;
    uint8_t spki[32];
    char hex[65] = {0};
    cr_assert(pt_ok(pt_key_from_pem(pt_slice_str(p256_pem), &key)));
    cr_assert(pt_ok(pt_key_vkey(key, PT_SLICE("trace.21680999600004/poterne"), &text)));
    cr_assert_eq(text.len, strlen(p256_vkey));
    cr_expect_arr_eq(text.ptr, p256_vkey, text.len);
    cr_assert(pt_ok(pt_key_spki_sha256(key, spki)));
    pt_hex_encode(pt_slice_of(spki, sizeof(spki)), hex);
    cr_expect_str_eq(hex, "5a7a78cca4a0f420d9bc62bb669c3c2759e39f723d3ae10dcbe0f0815a07ecd4");
    (void)pt_key_free(key);
}

Test(key, generated_keys_are_of_their_kind_and_never_twice_the_same)
{
    static const enum pt_key_kind kinds[] = {PT_KEY_P256, PT_KEY_ED25519};
    static const size_t lengths[] = {91U, 32U};
    for (size_t i = 0U; i < PT_COUNT(kinds); i++) {
        struct pt_key *a = NULL;
        struct pt_key *b = NULL;
        uint8_t spki_a[32];
        uint8_t spki_b[32];
        cr_assert(pt_ok(pt_key_generate(kinds[i], &a)));
        cr_assert(pt_ok(pt_key_generate(kinds[i], &b)));
        cr_expect_eq(pt_key_kind(a), kinds[i]);
        cr_assert(pt_ok(pt_key_public(a, &text)));
        cr_expect_eq(text.len, lengths[i]);
        cr_assert(pt_ok(pt_key_spki_sha256(a, spki_a)));
        cr_assert(pt_ok(pt_key_spki_sha256(b, spki_b)));
        cr_expect_neq(memcmp(spki_a, spki_b, 32U), 0);
        pt_buf_clear(&text);
        a = pt_key_free(a);
        b = pt_key_free(b);
        cr_expect_null(a);
    }
}

Test(key, a_kind_that_does_not_exist_is_a_broken_contract)
{
    struct pt_key *key = NULL;
    cr_expect_eq(pt_key_generate((enum pt_key_kind)9, &key).code, PT_E_ARG);
    cr_expect_null(key);
    cr_expect_null(pt_key_free(NULL));
}

Test(key, a_key_comes_back_from_its_pem_as_the_same_key)
{
    static const enum pt_key_kind kinds[] = {PT_KEY_P256, PT_KEY_ED25519};
    for (size_t i = 0U; i < PT_COUNT(kinds); i++) {
        struct pt_key *a = NULL;
        struct pt_key *b = NULL;
        uint8_t spki[3][32];
        cr_assert(pt_ok(pt_key_generate(kinds[i], &a)));
        cr_assert(pt_ok(pt_key_to_pem(a, &text)));
        cr_assert(pt_ok(pt_key_from_pem(pt_buf_slice(&text), &b)));
        cr_assert(pt_ok(pt_key_spki_sha256(a, spki[0])));
        cr_assert(pt_ok(pt_key_spki_sha256(b, spki[1])));
        cr_assert(pt_ok(pt_pem_key_spki_sha256(pt_buf_slice(&text), spki[2])));
        cr_expect_arr_eq(spki[0], spki[1], 32U);
        cr_expect_arr_eq(spki[0], spki[2], 32U);
        pt_buf_clear(&text);
        (void)pt_key_free(a);
        (void)pt_key_free(b);
    }
}

static void expect_refused(const char *spec, uint32_t code)
{
    struct pt_key *key = NULL;
    EVP_PKEY *forged = forge_key(spec);
    forge_key_pem(forged, NULL, &text);
    cr_expect_eq(pt_key_from_pem(pt_buf_slice(&text), &key).code, code, "%s", spec);
    cr_expect_null(key);
    pt_buf_clear(&text);
    EVP_PKEY_free(forged);
}

Test(key, CRY_02_other_kinds_of_key_never_sign_for_us)
{
    static const char *const specs[] = {"rsa:2048",     "ec:P-384", "ec:P-224",
                                        "ec:secp256k1", "ED448",    "X25519"};
    for (size_t i = 0U; i < PT_COUNT(specs); i++) {
        expect_refused(specs[i], PT_E_DENIED);
    }
}

/* prime256v1 spelled out number by number, as the openssl program writes it */
Test(key, CRY_02_a_curve_spelled_out_is_refused_even_when_it_is_p256)
{
    struct pt_key *key = NULL;
    FILE *made = popen("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 "
                       "-pkeyopt ec_param_enc:explicit 2>/dev/null",
                       "r");
    cr_assert_not_null(made);
    char *room = pt_buf_space(&text, 4096U);
    pt_buf_commit(&text, fread(room, 1U, 4096U, made));
    cr_assert_eq(pclose(made), 0);
    cr_expect_eq(pt_key_from_pem(pt_buf_slice(&text), &key).code, PT_E_DENIED);
    cr_expect_null(key);
}

Test(key, a_key_under_a_passphrase_is_refused_and_nobody_is_asked)
{
    struct pt_key *key = NULL;
    uint8_t spki[32];
    EVP_PKEY *forged = forge_key("ec:P-256");
    forge_key_pem(forged, "secret", &text);
    cr_expect_eq(pt_key_from_pem(pt_buf_slice(&text), &key).code, PT_E_SYNTAX);
    cr_expect_eq(pt_pem_key_spki_sha256(pt_buf_slice(&text), spki).code, PT_E_SYNTAX);
    EVP_PKEY_free(forged);
}

Test(key, text_that_is_no_key_is_refused)
{
    static const char *const texts[] = {
        "",
        "x",
        "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    };
    for (size_t i = 0U; i < PT_COUNT(texts); i++) {
        struct pt_key *key = NULL;
        uint8_t digest[32];
        const pt_slice pem = pt_slice_str(texts[i]);
        cr_expect_eq(pt_key_from_pem(pem, &key).code, PT_E_SYNTAX, "%zu", i);
        cr_expect_eq(pt_pem_key_spki_sha256(pem, digest).code, PT_E_SYNTAX, "%zu", i);
        cr_expect_eq(pt_cert_sha256(pem, digest).code, PT_E_SYNTAX, "%zu", i);
    }
}

static bool verifies(const EVP_PKEY *key, const char *md, pt_slice sig, pt_slice message)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY *own = EVP_PKEY_dup((EVP_PKEY *)(uintptr_t)key);
    const bool ok = EVP_DigestVerifyInit_ex(ctx, NULL, md, NULL, NULL, own, NULL) == 1 &&
                    EVP_DigestVerify(ctx, (const unsigned char *)sig.ptr, sig.len,
                                     (const unsigned char *)message.ptr, message.len) == 1;
    EVP_PKEY_free(own);
    EVP_MD_CTX_free(ctx);
    return ok;
}

static void expect_signature(enum pt_key_kind kind, const char *md)
{
    struct pt_key *key = NULL;
    struct pt_buf pem;
    pt_buf_init(&pem, 4096U);
    cr_assert(pt_ok(pt_key_generate(kind, &key)));
    cr_assert(pt_ok(pt_key_to_pem(key, &pem)));
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    EVP_PKEY *own = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    cr_assert(pt_ok(pt_key_sign(key, PT_SLICE("origine\n1\nracine\n"), &text)));
    cr_expect(verifies(own, md, pt_buf_slice(&text), PT_SLICE("origine\n1\nracine\n")));
    cr_expect_not(verifies(own, md, pt_buf_slice(&text), PT_SLICE("origine\n2\nracine\n")));
    cr_expect(kind != PT_KEY_ED25519 || text.len == 64U);
    pt_buf_clear(&text);
    cr_assert(pt_ok(pt_key_sign(key, PT_SLICE_EMPTY, &text)));
    EVP_PKEY_free(own);
    (void)BIO_free(bio);
    pt_buf_done(&pem);
    (void)pt_key_free(key);
}

Test(key, a_p256_signature_verifies_and_binds_the_message)
{
    expect_signature(PT_KEY_P256, "SHA256");
}

Test(key, an_ed25519_signature_verifies_and_binds_the_message)
{
    expect_signature(PT_KEY_ED25519, NULL);
}

Test(key, a_note_name_holds_no_space_no_plus_and_is_not_empty)
{
    struct pt_key *key = NULL;
    cr_assert(pt_ok(pt_key_generate(PT_KEY_ED25519, &key)));
    static const char *const names[] = {"", "a b", "a+b", "a\nb", "a\tb", "caf\xc3\xa9"};
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        uint8_t id[4];
        cr_expect_eq(pt_key_vkey(key, pt_slice_str(names[i]), &text).code, PT_E_ARG, "%zu", i);
        cr_expect_eq(pt_key_note_id(key, pt_slice_str(names[i]), id).code, PT_E_ARG, "%zu", i);
    }
    cr_expect_eq(text.len, 0U);
    (void)pt_key_free(key);
}

Test(key, RGS_14_a_vkey_gives_the_same_spki_as_its_private_key)
{
    static const enum pt_key_kind kinds[] = {PT_KEY_P256, PT_KEY_ED25519};
    for (size_t i = 0U; i < PT_COUNT(kinds); i++) {
        struct pt_key *key = NULL;
        uint8_t a[32];
        uint8_t b[32];
        cr_assert(pt_ok(pt_key_generate(kinds[i], &key)));
        cr_assert(pt_ok(pt_key_vkey(key, PT_SLICE("trace.21680999600004/poterne"), &text)));
        cr_assert(pt_ok(pt_key_spki_sha256(key, a)));
        cr_assert(pt_ok(pt_vkey_spki_sha256(pt_buf_slice(&text), b)));
        cr_expect_arr_eq(a, b, 32U);
        pt_buf_clear(&text);
        (void)pt_key_free(key);
    }
}

Test(key, a_vkey_that_was_touched_is_refused)
{
    static const struct {
        const char *vkey;
        uint32_t code;
    } rows[] = {
        {"", PT_E_SYNTAX},
        {"PeterNeumann", PT_E_SYNTAX},
        {"PeterNeumann+c74f20a3", PT_E_SYNTAX},
        {"PeterNeumann+c74f20a3+", PT_E_SYNTAX},
        {"PeterNeumann+c74f20a3+AR==", PT_E_SYNTAX},
        {"PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", PT_E_SYNTAX},
        {"PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", PT_E_SYNTAX},
        {"PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", PT_E_SYNTAX},
        {"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", PT_E_FORGED},
        {"PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", PT_E_FORGED},
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX", PT_E_FORGED},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        uint8_t spki[32] = {0};
        cr_expect_eq(pt_vkey_spki_sha256(pt_slice_str(rows[i].vkey), spki).code, rows[i].code,
                     "row %zu", i);
        cr_expect_eq(spki[0], 0U);
    }
}

/* --- RGS-14 ---------------------------------------------------------------------------------- */

Test(key, RGS_14_two_uses_that_share_a_key_are_named)
{
    struct pt_key_use uses[4] = {{.use = "serveur TLS", .spki_sha256 = {1}},
                                 {.use = "AC des GRC", .spki_sha256 = {2}},
                                 {.use = "journal P-256", .spki_sha256 = {3}},
                                 {.use = "cachet", .spki_sha256 = {2}}};
    size_t a = 99U;
    size_t b = 99U;
    cr_expect_eq(pt_pki_distinct(uses, 4U, &a, &b).code, PT_E_DENIED);
    cr_expect_eq(a, 1U);
    cr_expect_eq(b, 3U);
}

Test(key, RGS_14_distinct_keys_and_no_keys_pass)
{
    const struct pt_key_use uses[2] = {{.use = "a", .spki_sha256 = {1}},
                                       {.use = "b", .spki_sha256 = {2}}};
    size_t a = 99U;
    size_t b = 99U;
    cr_expect(pt_ok(pt_pki_distinct(uses, 2U, &a, &b)));
    cr_expect(pt_ok(pt_pki_distinct(NULL, 0U, &a, &b)));
    cr_expect_eq(a, 99U);
}

/* --- SYS-04 ---------------------------------------------------------------------------------- */

static const char *file_of_mode(mode_t mode)
{
    static char path[300];
    (void)snprintf(path, sizeof(path), "%s/key", dir);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert(fd >= 0 && write(fd, "secret", 6U) == 6 && fchmod(fd, mode) == 0);
    (void)close(fd);
    return path;
}

Test(key, SYS_04_a_key_file_that_others_may_touch_is_refused)
{
    static const mode_t modes[] = {0440, 0404, 0420, 0402, 0410, 0401, 0644, 0777};
    for (size_t i = 0U; i < PT_COUNT(modes); i++) {
        const pt_status st = pt_key_file_read(file_of_mode(modes[i]), &text);
        cr_expect_eq(st.code, PT_E_DENIED, "%o", (unsigned)modes[i]);
        cr_expect_eq(st.aux, modes[i]);
        cr_expect_eq(text.len, 0U);
    }
}

Test(key, SYS_04_a_key_file_of_the_owner_alone_is_read)
{
    cr_assert(pt_ok(pt_key_file_read(file_of_mode(0400), &text)));
    cr_expect_arr_eq(text.ptr, "secret", 6U);
    pt_buf_clear(&text);
    cr_assert(pt_ok(pt_key_file_read(file_of_mode(0600), &text)));
}

Test(key, SYS_04_only_regular_files_are_read_and_within_the_limit)
{
    char path[300];
    struct pt_buf small;
    pt_buf_init(&small, 5U);
    (void)snprintf(path, sizeof(path), "%s/absent", dir);
    cr_expect_eq(pt_key_file_read(path, &text).code, PT_E_ABSENT);
    (void)snprintf(path, sizeof(path), "%s/fifo", dir);
    cr_assert_eq(mkfifo(path, 0400), 0);
    cr_expect_eq(pt_key_file_read(path, &text).code, PT_E_DENIED);
    cr_expect_eq(pt_key_file_read(dir, &text).code, PT_E_DENIED);
    cr_expect_eq(pt_key_file_read(file_of_mode(0400), &small).code, PT_E_LIMIT);
    pt_buf_done(&small);
}

/* --- memory ---------------------------------------------------------------------------------- */

static pt_status everything(struct pt_buf *out)
{
    struct pt_key *key = NULL;
    PT_TRY(pt_key_generate(PT_KEY_P256, &key));
    pt_status st = pt_key_to_pem(key, out);
    if (pt_ok(st)) {
        st = pt_key_vkey(key, PT_SLICE("trace/x"), out);
    }
    if (pt_ok(st)) {
        st = pt_key_sign(key, PT_SLICE("m"), out);
    }
    (void)pt_key_free(key);
    return st;
}

Test(key, running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    bool done = false;
    TORTURE(nth)
    {
        struct pt_buf out;
        pt_buf_init(&out, 65536U);
        torture_arm(nth);
        const pt_status st = everything(&out);
        torture_disarm();
        pt_buf_done(&out);
        if (pt_ok(st)) {
            done = nth > 0U;
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM, "allocation %u: %#x at %s", nth, st.code, st.origin);
    }
    cr_assert(done);
}
