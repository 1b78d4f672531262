/* SPDX-License-Identifier: EUPL-1.2 */
/* selftest.c -- see selftest.h. Layer 1 (pki). */
#include "poterne/pki/selftest.h"

#include "pki/ossl_int.h"
#include "poterne/base/clock.h"
#include "poterne/base/codec.h"
#include "poterne/pki/digest.h"
#include "poterne/pki/key.h"
#include "poterne/pki/policy.h"

#include <openssl/rand.h>

#define ANSWER_MAX 64U

/* Not the known answer, or no answer for want of memory. */
static pt_status verdict(bool right)
{
    const pt_status st = pt_ossl_starved() ? PT_FAIL(PT_E_NOMEM) : PT_FAIL(PT_E_CRYPTO);
    return right ? PT_SUCCESS : st;
}

static bool is(const uint8_t *bytes, size_t n, const char *hex)
{
    char text[PT_HEX_LEN(ANSWER_MAX)];
    pt_hex_encode(pt_slice_of(bytes, n), text);
    return pt_slice_eq(pt_slice_of(text, PT_HEX_LEN(n)), pt_slice_str(hex));
}

static pt_status drbg(void)
{
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    PT_ENSURE(RAND_status() == 1, PT_E_CRYPTO);
    PT_TRY(pt_random(a, sizeof a));
    PT_TRY(pt_random(b, sizeof b));
    return verdict(memcmp(a, b, sizeof a) != 0);
}

static pt_status sha256(void)
{
    uint8_t digest[PT_SHA256_LEN] = {0};
    PT_TRY(pt_sha256(PT_SLICE("abc"), digest));
    return verdict(is(digest, sizeof digest,
                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

static pt_status hmac(void)
{
    static const char data[] = "what do ya want for nothing?";
    uint8_t mac[32] = {0};
    size_t n = 0U;
    const bool made =
        EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, "Jefe", 4U, (const unsigned char *)data,
                  sizeof data - 1U, mac, sizeof mac, &n) != NULL;
    return verdict(made &&
                   is(mac, n, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
}

/* Key, nonce and sixteen bytes of plaintext, all zero. */
static bool gcm_seal(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *gcm, uint8_t out[static 32])
{
    static const uint8_t zero[32] = {0};
    int n = 0;
    return EVP_EncryptInit_ex2(ctx, gcm, zero, zero, NULL) == 1 &&
           EVP_EncryptUpdate(ctx, out, &n, zero, 16) == 1 &&
           EVP_EncryptFinal_ex(ctx, out + 16, &n) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, out + 16) == 1;
}

static bool gcm_opens(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *gcm, uint8_t box[static 32])
{
    static const uint8_t zero[32] = {0};
    uint8_t plain[16];
    int n = 0;
    return EVP_DecryptInit_ex2(ctx, gcm, zero, zero, NULL) == 1 &&
           EVP_DecryptUpdate(ctx, plain, &n, box, 16) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, box + 16) == 1 &&
           EVP_DecryptFinal_ex(ctx, plain, &n) == 1;
}

static bool gcm_right(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *gcm)
{
    uint8_t box[32] = {0};
    if (!gcm_seal(ctx, gcm, box) ||
        !is(box, sizeof box, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919") ||
        !gcm_opens(ctx, gcm, box)) {
        return false;
    }
    box[31] ^= 1U; /* a wrong tag opens nothing */
    return !gcm_opens(ctx, gcm, box);
}

static pt_status gcm(void)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    const pt_status st = verdict(cipher != NULL && ctx != NULL && gcm_right(ctx, cipher));
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    return pt_ossl_done(st);
}

static bool verifies(EVP_PKEY *key, const char *digest, pt_slice signature, pt_slice message)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const bool ok = ctx != NULL &&
                    EVP_DigestVerifyInit_ex(ctx, NULL, digest, NULL, NULL, key, NULL) == 1 &&
                    EVP_DigestVerify(ctx, (const unsigned char *)signature.ptr, signature.len,
                                     (const unsigned char *)message.ptr, message.len) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static pt_status sign_with(const struct pt_key *key, struct pt_buf *signature)
{
    PT_TRY(pt_key_sign(key, PT_SLICE("poterne"), signature));
    EVP_PKEY *const pkey = pt_key_ossl(key);
    return verdict(verifies(pkey, "SHA256", pt_buf_slice(signature), PT_SLICE("poterne")) &&
                   !verifies(pkey, "SHA256", pt_buf_slice(signature), PT_SLICE("Poterne")));
}

/* Each ECDSA signature is another: what is known is that its own key accepts it, and for nothing
 * else. */
static pt_status ecdsa(void)
{
    struct pt_key *key = NULL;
    struct pt_buf signature;
    PT_TRY(pt_key_generate(PT_KEY_P256, &key));
    pt_buf_init(&signature, 256U);
    const pt_status st = sign_with(key, &signature);
    pt_buf_done(&signature);
    key = pt_key_free(key);
    return pt_ossl_done(st);
}

static bool ed25519_signs(EVP_PKEY *key, uint8_t signature[static 64])
{
    size_t n = 64U;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const bool ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
                    EVP_DigestSign(ctx, signature, &n, (const unsigned char *)"", 0U) == 1;
    EVP_MD_CTX_free(ctx);
    return ok && n == 64U;
}

static pt_status ed25519(void)
{
    static const uint8_t secret[32] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60,
                                       0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
                                       0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19,
                                       0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
    uint8_t signature[64] = {0};
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, sizeof secret);
    const bool made = key != NULL && ed25519_signs(key, signature);
    const pt_status st =
        verdict(made && is(signature, sizeof signature,
                           "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8"
                           "821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"));
    EVP_PKEY_free(key);
    return pt_ossl_done(st);
}

static pt_status policy(void)
{
    int32_t last = 0;
    PT_TRY(pt_time_date_parse(PT_SLICE("2030-12-31"), &last));
    const enum pt_policy_verdict then = pt_policy_check(PT_SLICE("rsa"), 2048U, last, NULL);
    const enum pt_policy_verdict after = pt_policy_check(PT_SLICE("rsa"), 2048U, last + 1, NULL);
    const enum pt_policy_verdict sha1 = pt_policy_check(PT_SLICE("sha1"), 0U, last, NULL);
    const bool right =
        then == PT_POLICY_ENDING && after == PT_POLICY_REFUSED && sha1 == PT_POLICY_REFUSED;
    return right ? PT_SUCCESS : PT_FAIL(PT_E_CRYPTO);
}

const struct pt_selftest *pt_selftests(size_t *ret_count)
{
    static const struct pt_selftest tests[] = {
        {"drbg", "générateur d'aléa amorcé, deux tirages différents", "CRY-04", drbg},
        {"sha256", "SHA-256 de « abc »", "FIPS 180-4", sha256},
        {"hmac-sha256", "HMAC-SHA-256, cas 2", "RFC 4231", hmac},
        {"aes-256-gcm", "AES-256-GCM, cas 14 ; une étiquette fausse est refusée", "NIST GCM", gcm},
        {"ecdsa-p256", "signature ECDSA P-256 vérifiée ; un autre message est refusé", "FIPS 186-4",
         ecdsa},
        {"ed25519", "signature Ed25519, cas 1", "RFC 8032 7.1", ed25519},
        {"policy", "la politique refuse RSA-2048 à partir du 2031-01-01, et SHA-1", "CRY-01",
         policy},
    };
    *ret_count = PT_COUNT(tests);
    return tests;
}
