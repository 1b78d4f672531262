/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * box.c -- sealing and opening: AES-256-GCM by OpenSSL.
 *
 * Law: what does not authenticate is never seen: a wrong tag wipes the output. Contexts live as
 * long as their owner, because fetching a cipher costs more than sealing a record. Layer 1
 * (audit); one of the three files of this layer that include OpenSSL.
 */
#include "audit/box_int.h"

#include "poterne/base/secret.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct pt_cipher {
    EVP_CIPHER *gcm;
    EVP_CIPHER_CTX *seal;
    EVP_CIPHER_CTX *open;
};

static pt_status cipher_fill(struct pt_cipher *cipher)
{
    cipher->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    cipher->seal = EVP_CIPHER_CTX_new();
    cipher->open = EVP_CIPHER_CTX_new();
    PT_ENSURE(cipher->gcm != NULL && cipher->seal != NULL && cipher->open != NULL, PT_E_CRYPTO);
    PT_ENSURE(EVP_EncryptInit_ex2(cipher->seal, cipher->gcm, NULL, NULL, NULL) == 1 &&
                  EVP_DecryptInit_ex2(cipher->open, cipher->gcm, NULL, NULL, NULL) == 1,
              PT_E_CRYPTO);
    return PT_SUCCESS;
}

PT_RESULT pt_cipher_new(struct pt_cipher **ret_cipher)
{
    struct pt_cipher *cipher = calloc(1, sizeof *cipher);

    PT_ENSURE(cipher != NULL, PT_E_NOMEM);
    const pt_status st = cipher_fill(cipher);
    if (!pt_ok(st)) {
        (void)pt_cipher_free(cipher);
        return st;
    }
    *ret_cipher = cipher;
    return PT_SUCCESS;
}

struct pt_cipher *pt_cipher_free(struct pt_cipher *cipher)
{
    if (cipher != NULL) {
        EVP_CIPHER_CTX_free(cipher->seal); /* wipes the key schedule */
        EVP_CIPHER_CTX_free(cipher->open);
        EVP_CIPHER_free(cipher->gcm);
        free(cipher);
    }
    return NULL;
}

static const uint8_t *nonce_of(const struct pt_box_key *with)
{
    static const uint8_t ZERO[PT_BOX_NONCE] = {0};

    return with->nonce != NULL ? with->nonce : ZERO;
}

PT_RESULT pt_box_seal(struct pt_cipher *cipher, const struct pt_box_key *with, pt_slice plain,
                      uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = cipher->seal;
    int n = 0;

    PT_ENSURE(plain.len <= INT32_MAX && with->aad.len <= INT32_MAX, PT_E_LIMIT);
    PT_ENSURE(
        EVP_EncryptInit_ex2(ctx, NULL, with->key, nonce_of(with), NULL) == 1 &&
            EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)with->aad.ptr, (int)with->aad.len) ==
                1 &&
            EVP_EncryptUpdate(ctx, out, &n, (const uint8_t *)plain.ptr, (int)plain.len) == 1 &&
            EVP_EncryptFinal_ex(ctx, out + plain.len, &n) == 1 &&
            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)PT_BOX_TAG, out + plain.len) == 1,
        PT_E_CRYPTO);
    return PT_SUCCESS;
}

/* OpenSSL takes the expected tag through a pointer that is not const. */
static pt_status open_into(EVP_CIPHER_CTX *ctx, const struct pt_box_key *with, pt_slice body,
                           uint8_t tag[static PT_BOX_TAG], uint8_t *out)
{
    int n = 0;

    PT_ENSURE(EVP_DecryptInit_ex2(ctx, NULL, with->key, nonce_of(with), NULL) == 1 &&
                  EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)with->aad.ptr,
                                    (int)with->aad.len) == 1 &&
                  EVP_DecryptUpdate(ctx, out, &n, (const uint8_t *)body.ptr, (int)body.len) == 1 &&
                  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)PT_BOX_TAG, tag) == 1,
              PT_E_CRYPTO);
    PT_ENSURE(EVP_DecryptFinal_ex(ctx, out + body.len, &n) == 1, PT_E_FORGED);
    return PT_SUCCESS;
}

PT_RESULT pt_box_open(struct pt_cipher *cipher, const struct pt_box_key *with, pt_slice box,
                      uint8_t *out)
{
    PT_ENSURE(box.len >= PT_BOX_TAG, PT_E_FORGED);
    PT_ENSURE(box.len <= INT32_MAX && with->aad.len <= INT32_MAX, PT_E_LIMIT);
    const pt_slice body = pt_slice_head(box, box.len - PT_BOX_TAG);
    uint8_t tag[PT_BOX_TAG];

    memcpy(tag, box.ptr + body.len, sizeof tag);
    const pt_status st = open_into(cipher->open, with, body, tag, out);
    if (!pt_ok(st)) {
        pt_wipe(out, body.len);
    }
    return st;
}
