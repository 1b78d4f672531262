/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * hash.c -- SHA-256 for leaves, nodes, commitments and key derivation.
 *
 * Law: no failure path. A hash that may fail would make every caller carry a status for something
 * that cannot happen, and the provider interface of OpenSSL 3 costs more than the hash itself for
 * messages of one to ten blocks: docs/adr/0010 has the figures, and is why the deprecated
 * SHA256_* functions are used on purpose in this file alone. Layer 1 (audit), part of the pure
 * proof library; one of the three files of this layer that include OpenSSL.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "audit/hash_int.h"

#include "poterne/base/codec.h"
#include "poterne/base/secret.h"

#include <endian.h>
#include <openssl/sha.h>

#define BLOCK 64U

static void put_state(const uint32_t state[static 8], uint8_t out[static PT_HASH_LEN])
{
    uint32_t words[8];

    for (size_t i = 0; i < 8U; i++) {
        words[i] = htobe32(state[i]);
    }
    memcpy(out, words, sizeof words);
}

/* --- RFC 6962 ------------------------------------------------------------------------------ */

void pt_hash_bytes(pt_slice bytes, struct pt_hash *ret)
{
    SHA256_CTX ctx;

    (void)SHA256_Init(&ctx);
    (void)SHA256_Update(&ctx, bytes.ptr, bytes.len);
    (void)SHA256_Final(ret->bytes, &ctx);
}

void pt_leaf_hash(pt_slice entry, struct pt_hash *ret)
{
    static const uint8_t prefix = 0x00U;
    SHA256_CTX ctx;

    (void)SHA256_Init(&ctx);
    (void)SHA256_Update(&ctx, &prefix, 1U);
    (void)SHA256_Update(&ctx, entry.ptr, entry.len);
    (void)SHA256_Final(ret->bytes, &ctx);
}

/* 65 bytes are always two blocks: with the padding laid out here, one call hashes both. */
void pt_node_hash(const struct pt_hash *left, const struct pt_hash *right, struct pt_hash *ret)
{
    uint8_t blocks[2U * BLOCK] = {0x01U};
    SHA256_CTX ctx;

    memcpy(blocks + 1U, left->bytes, PT_HASH_LEN);
    memcpy(blocks + 1U + PT_HASH_LEN, right->bytes, PT_HASH_LEN);
    blocks[65] = 0x80U;
    pt_be16_put(blocks + 126U, 65U * 8U);
    (void)SHA256_Init(&ctx);
    (void)SHA256_Update(&ctx, blocks, sizeof blocks);
    put_state(ctx.h, ret->bytes);
}

/* --- HMAC, HKDF, GGM ----------------------------------------------------------------------- */

static void pad_state(const uint8_t key[static PT_HASH_LEN], uint8_t pad, uint32_t ret[static 8])
{
    uint8_t block[BLOCK];
    SHA256_CTX ctx;

    memset(block, pad, sizeof block);
    for (size_t i = 0; i < PT_HASH_LEN; i++) {
        block[i] ^= key[i];
    }
    (void)SHA256_Init(&ctx);
    SHA256_Transform(&ctx, block);
    memcpy(ret, ctx.h, sizeof ctx.h);
    pt_wipe(block, sizeof block);
    pt_wipe(&ctx, sizeof ctx);
}

void pt_hmac_init(const uint8_t key[static PT_HASH_LEN], struct pt_hmac *ret)
{
    pad_state(key, 0x36U, ret->inner);
    pad_state(key, 0x5cU, ret->outer);
}

#define ONE_BLOCK (BLOCK - 9U) /* bytes of a message that fill one block with their padding */

/* One block of @n bytes and their padding, after the block that made @state. */
static void last_block(const uint32_t state[static 8], const void *bytes, size_t n,
                       uint8_t out[static PT_HASH_LEN])
{
    uint8_t block[BLOCK] = {0};
    SHA256_CTX ctx;

    if (n != 0U) {
        memcpy(block, bytes, n);
    }
    block[n] = 0x80U;
    pt_be16_put(block + BLOCK - 2U, (uint16_t)((BLOCK + n) * 8U));
    memcpy(ctx.h, state, sizeof ctx.h); /* all of the context that one block needs */
    SHA256_Transform(&ctx, block);
    put_state(ctx.h, out);
    pt_wipe(block, sizeof block);
}

/* The state after one block, to be continued. */
static void resume(const uint32_t state[static 8], SHA256_CTX *ctx)
{
    (void)SHA256_Init(ctx);
    memcpy(ctx->h, state, sizeof ctx->h);
    ctx->Nl = BLOCK * 8U;
}

void pt_hmac(const struct pt_hmac *key, pt_slice message, uint8_t out[static PT_HASH_LEN])
{
    if (message.len <= ONE_BLOCK) { /* as those of keys and salts are: no buffering */
        last_block(key->inner, message.ptr, message.len, out);
    } else {
        SHA256_CTX ctx;
        resume(key->inner, &ctx);
        (void)SHA256_Update(&ctx, message.ptr, message.len);
        (void)SHA256_Final(out, &ctx);
    }
    last_block(key->outer, out, PT_HASH_LEN, out);
}

void pt_hkdf_expand(const struct pt_hmac *key, pt_slice info, uint8_t *out, size_t n)
{
    uint8_t message[PT_HASH_LEN + 64U + 1U]; /* T(i-1) || info || i */
    uint8_t block[PT_HASH_LEN];
    size_t before = 0; /* length of T(i-1): nothing before the first block */
    uint8_t i = 0;

    PT_BUG_ON(info.len > 64U || n > (size_t)PT_HKDF_MAX * PT_HASH_LEN);
    while (n > 0U) {
        const size_t take = n < sizeof block ? n : sizeof block;
        i++;
        memcpy(message, block, before);
        memcpy(message + before, info.ptr, info.len);
        message[before + info.len] = i;
        pt_hmac(key, pt_slice_of(message, before + info.len + 1U), block);
        memcpy(out, block, take);
        out += take;
        n -= take;
        before = sizeof block;
    }
    pt_wipe(block, sizeof block);
    pt_wipe(message, sizeof message);
}

void pt_ggm(const uint8_t seed[static PT_HASH_LEN], const uint8_t tag[static 8],
            uint8_t out[static PT_HASH_LEN])
{
    uint8_t block[BLOCK] = {0}; /* bit || key: 33 bytes, always one block */
    SHA256_CTX start;
    SHA256_CTX ctx;

    (void)SHA256_Init(&start);
    memcpy(block + 1U, seed, PT_HASH_LEN);
    block[33] = 0x80U;
    pt_be16_put(block + 62U, 33U * 8U);
    for (size_t i = 0; i < 64U; i++) {
        block[0] = (uint8_t)(((unsigned)tag[i / 8U] >> (7U - i % 8U)) & 1U);
        ctx = start;
        SHA256_Transform(&ctx, block);
        put_state(ctx.h, block + 1U);
    }
    memcpy(out, block + 1U, PT_HASH_LEN);
    pt_wipe(block, sizeof block);
    pt_wipe(&ctx, sizeof ctx);
}
