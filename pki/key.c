/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * key.c -- see key.h. Two kinds of signature key and no more: P-256 for the RGS, Ed25519 for the
 * C2SP ecosystem. What OpenSSL allocated for a private key, OpenSSL wipes when it frees it.
 * Layer 1 (pki).
 */
#include "poterne/pki/key.h"

#include "pki/ossl_int.h"
#include "poterne/pki/digest.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <stdlib.h>

struct pt_key {
    enum pt_key_kind kind;
    EVP_PKEY *ossl;
};

EVP_PKEY *pt_key_ossl(const struct pt_key *key)
{
    return key->ossl;
}

/* Takes @ossl over, on failure too. */
static pt_status key_wrap(enum pt_key_kind kind, EVP_PKEY *ossl, struct pt_key **ret_key)
{
    struct pt_key *key = (struct pt_key *)calloc(1U, sizeof(*key));
    if (key == NULL) {
        EVP_PKEY_free(ossl);
        return PT_FAIL(PT_E_NOMEM);
    }
    key->kind = kind;
    key->ossl = ossl;
    *ret_key = key;
    return PT_SUCCESS;
}

PT_RESULT pt_key_generate(enum pt_key_kind kind, struct pt_key **ret_key)
{
    PT_ENSURE(ret_key != NULL && (kind == PT_KEY_P256 || kind == PT_KEY_ED25519), PT_E_ARG);
    EVP_PKEY *ossl = kind == PT_KEY_P256 ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")
                                         : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (ossl == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_CRYPTO));
    }
    return pt_ossl_done(key_wrap(kind, ossl, ret_key));
}

static bool kind_of(const EVP_PKEY *ossl, enum pt_key_kind *ret_kind)
{
    const char *name = NULL;
    uint32_t bits = 0U;
    if (!pt_ok(pt_ossl_algorithm(ossl, &name, &bits))) {
        return false;
    }
    if (strcmp(name, "ed25519") == 0) {
        *ret_kind = PT_KEY_ED25519;
        return true;
    }
    *ret_kind = PT_KEY_P256;
    return strcmp(name, "p-256") == 0;
}

PT_RESULT pt_key_from_pem(pt_slice pem, struct pt_key **ret_key)
{
    PT_ENSURE(ret_key != NULL, PT_E_ARG);
    static const pt_slice pkcs8 = PT_SLICE_INIT("-----BEGIN PRIVATE KEY-----");
    PT_ENSURE(pt_slice_starts(pem, pkcs8), PT_E_SYNTAX);
    EVP_PKEY *ossl = NULL;
    PT_TRY(pt_ossl_key(pem, &ossl));
    enum pt_key_kind kind = PT_KEY_P256;
    if (!kind_of(ossl, &kind)) {
        EVP_PKEY_free(ossl);
        return pt_ossl_done(PT_FAIL(PT_E_DENIED));
    }
    return pt_ossl_done(key_wrap(kind, ossl, ret_key));
}

struct pt_key *pt_key_free(struct pt_key *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->ossl);
        free(key);
    }
    return NULL;
}

enum pt_key_kind pt_key_kind(const struct pt_key *key)
{
    return key->kind;
}

const char *pt_key_algorithm(const struct pt_key *key)
{
    return key->kind == PT_KEY_P256 ? "p-256" : "ed25519";
}

PT_RESULT pt_key_to_pem(const struct pt_key *key, struct pt_buf *out)
{
    PT_ENSURE(key != NULL && out != NULL, PT_E_ARG);
    return pt_ossl_done(pt_ossl_key_pem(key->ossl, out));
}

static pt_status public_raw(const struct pt_key *key, struct pt_buf *out)
{
    uint8_t raw[32];
    size_t n = sizeof(raw);
    if (EVP_PKEY_get_raw_public_key(key->ossl, raw, &n) != 1 || n != sizeof(raw)) {
        return pt_ossl_done(PT_FAIL(PT_E_CRYPTO));
    }
    pt_buf_put(out, pt_slice_of(raw, n));
    return pt_ossl_done(pt_buf_status(out));
}

static pt_status public_spki(const struct pt_key *key, struct pt_buf *out)
{
    unsigned char *der = NULL;
    const int n = i2d_PUBKEY(key->ossl, &der);
    if (n <= 0) {
        return pt_ossl_done(PT_FAIL(PT_E_CRYPTO));
    }
    pt_buf_put(out, pt_slice_of(der, (size_t)n));
    OPENSSL_free(der);
    return pt_ossl_done(pt_buf_status(out));
}

PT_RESULT pt_key_public(const struct pt_key *key, struct pt_buf *out)
{
    PT_ENSURE(key != NULL && out != NULL, PT_E_ARG);
    return key->kind == PT_KEY_ED25519 ? public_raw(key, out) : public_spki(key, out);
}

PT_RESULT pt_key_spki_sha256(const struct pt_key *key, uint8_t out[static 32])
{
    PT_ENSURE(key != NULL, PT_E_ARG);
    return pt_ossl_spki_sha256(key->ossl, out);
}

static bool sign_into(EVP_MD_CTX *ctx, const struct pt_key *key, pt_slice message,
                      uint8_t sig[static 128], size_t *ret_len)
{
    const char *md = key->kind == PT_KEY_P256 ? "SHA2-256" : NULL;
    const unsigned char *bytes = (const unsigned char *)(message.ptr != NULL ? message.ptr : "");
    size_t n = 128U;
    if (EVP_DigestSignInit_ex(ctx, NULL, md, NULL, NULL, key->ossl, NULL) != 1 ||
        EVP_DigestSign(ctx, sig, &n, bytes, message.len) != 1) {
        return false;
    }
    *ret_len = n;
    return true;
}

PT_RESULT pt_key_sign(const struct pt_key *key, pt_slice message, struct pt_buf *out)
{
    PT_ENSURE(key != NULL && out != NULL, PT_E_ARG);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    uint8_t sig[128];
    size_t n = 0U;
    const bool signed_ok = sign_into(ctx, key, message, sig, &n);
    EVP_MD_CTX_free(ctx);
    if (!signed_ok) {
        return pt_ossl_done(PT_FAIL(PT_E_CRYPTO));
    }
    pt_buf_put(out, pt_slice_of(sig, n));
    return pt_ossl_done(pt_buf_status(out));
}

PT_RESULT pt_pem_key_spki_sha256(pt_slice key_pem, uint8_t out[static 32])
{
    EVP_PKEY *ossl = NULL;
    PT_TRY(pt_ossl_key(key_pem, &ossl));
    const pt_status st = pt_ossl_spki_sha256(ossl, out);
    EVP_PKEY_free(ossl);
    return pt_ossl_done(st);
}

static pt_status facts_of(const EVP_PKEY *ossl, struct pt_key_facts *facts)
{
    PT_TRY(pt_ossl_algorithm(ossl, &facts->algorithm, &facts->bits));
    return pt_ossl_spki_sha256(ossl, facts->spki_sha256);
}

PT_RESULT pt_pem_key_facts(pt_slice key_pem, struct pt_key_facts *ret)
{
    PT_ENSURE(ret != NULL, PT_E_ARG);
    struct pt_key_facts facts = {.algorithm = ""};
    EVP_PKEY *ossl = NULL;
    PT_TRY(pt_ossl_key(key_pem, &ossl));
    const pt_status st = facts_of(ossl, &facts);
    EVP_PKEY_free(ossl);
    if (pt_ok(st)) {
        *ret = facts;
    }
    return pt_ossl_done(st);
}

PT_RESULT pt_pki_distinct(const struct pt_key_use *uses, size_t n, size_t *ret_a, size_t *ret_b)
{
    PT_ENSURE((uses != NULL || n == 0U) && ret_a != NULL && ret_b != NULL, PT_E_ARG);
    for (size_t i = 0U; i < n; i++) {
        for (size_t j = i + 1U; j < n; j++) {
            if (memcmp(uses[i].spki_sha256, uses[j].spki_sha256, PT_SHA256_LEN) == 0) {
                *ret_a = i;
                *ret_b = j;
                return PT_FAIL(PT_E_DENIED);
            }
        }
    }
    return PT_SUCCESS;
}
