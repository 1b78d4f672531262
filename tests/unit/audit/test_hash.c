/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * SHA-256 and what is built on it, against published vectors and against a slow reading of the
 * definitions. Covers CRY-01 (SHA-256, HMAC, HKDF).
 */
#include "audit/hash_int.h"

#include "poterne/base/codec.h"

#include <criterion/criterion.h>
#include <signal.h>

static void unhex(const char *hex, uint8_t *out, size_t n)
{
    cr_assert(pt_ok(pt_hex_decode(pt_slice_str(hex), out, n)));
}

static void assert_hash(const struct pt_hash *hash, const char *hex)
{
    uint8_t expected[PT_HASH_LEN];

    unhex(hex, expected, sizeof expected);
    cr_assert_arr_eq(hash->bytes, expected, PT_HASH_LEN);
}

Test(hash, asking_hkdf_for_more_than_255_blocks_is_a_bug, .signal = SIGABRT)
{
    static const uint8_t key[PT_HASH_LEN];
    static uint8_t out[255U * PT_HASH_LEN + 1U];
    struct pt_hmac hmac;

    pt_hmac_init(key, &hmac);
    pt_hkdf_expand(&hmac, PT_SLICE("x"), out, sizeof out);
}

Test(hash, sha256_gives_the_values_of_fips_180)
{
    struct pt_hash hash;

    pt_hash_bytes(PT_SLICE_EMPTY, &hash);
    assert_hash(&hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    pt_hash_bytes(PT_SLICE("abc"), &hash);
    assert_hash(&hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    pt_hash_bytes(PT_SLICE("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), &hash);
    assert_hash(&hash, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

Test(hash, a_leaf_is_hashed_behind_a_zero_byte)
{
    char text[300] = {0};
    struct pt_hash leaf;
    struct pt_hash plain;

    pt_leaf_hash(PT_SLICE_EMPTY, &leaf);
    assert_hash(&leaf, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    for (size_t n = 1; n < sizeof text; n++) { /* every length around the borders of a block */
        memset(text + 1, 'x', sizeof text - 1U);
        pt_hash_bytes(pt_slice_of(text, n), &plain);
        pt_leaf_hash(pt_slice_of(text + 1, n - 1U), &leaf);
        cr_assert_arr_eq(leaf.bytes, plain.bytes, PT_HASH_LEN);
    }
}

Test(hash, a_node_is_hashed_behind_a_one_byte_and_may_replace_its_child)
{
    uint8_t text[1U + 2U * PT_HASH_LEN] = {0x01};
    struct pt_hash left;
    struct pt_hash right;
    struct pt_hash plain;

    pt_hash_bytes(PT_SLICE("left"), &left);
    pt_hash_bytes(PT_SLICE("right"), &right);
    memcpy(text + 1, left.bytes, PT_HASH_LEN);
    memcpy(text + 1 + PT_HASH_LEN, right.bytes, PT_HASH_LEN);
    pt_hash_bytes(pt_slice_of(text, sizeof text), &plain);
    pt_node_hash(&left, &right, &right);
    cr_assert_arr_eq(right.bytes, plain.bytes, PT_HASH_LEN);
}

Test(hash, hmac_gives_the_values_of_rfc_4231)
{
    /* HMAC pads a short key with zeros, so the shorter keys of the RFC are these. */
    uint8_t key[PT_HASH_LEN] = {0};
    struct pt_hmac hmac;
    struct pt_hash mac;
    char message[50];

    memset(key, 0x0b, 20U);
    pt_hmac_init(key, &hmac);
    pt_hmac(&hmac, PT_SLICE("Hi There"), mac.bytes);
    assert_hash(&mac, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");

    memset(key, 0, sizeof key);
    memcpy(key, "Jefe", 4U);
    pt_hmac_init(key, &hmac);
    pt_hmac(&hmac, PT_SLICE("what do ya want for nothing?"), mac.bytes);
    assert_hash(&mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");

    memset(key, 0, sizeof key);
    memset(key, 0xaa, 20U);
    memset(message, 0xdd, sizeof message);
    pt_hmac_init(key, &hmac);
    pt_hmac(&hmac, pt_slice_of(message, sizeof message), mac.bytes);
    assert_hash(&mac, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
}

Test(hash, one_hmac_key_serves_many_messages)
{
    static const uint8_t key[PT_HASH_LEN] = {7};
    struct pt_hmac hmac;
    struct pt_hash first;
    struct pt_hash again;

    pt_hmac_init(key, &hmac);
    pt_hmac(&hmac, PT_SLICE("one"), first.bytes);
    pt_hmac(&hmac, PT_SLICE("two"), again.bytes);
    cr_assert_arr_neq(first.bytes, again.bytes, PT_HASH_LEN);
    pt_hmac(&hmac, PT_SLICE("one"), again.bytes);
    cr_assert_arr_eq(first.bytes, again.bytes, PT_HASH_LEN);
}

Test(hash, hkdf_expand_gives_the_value_of_rfc_5869)
{
    uint8_t prk[PT_HASH_LEN];
    uint8_t info[10];
    uint8_t expected[42];
    uint8_t out[42];
    struct pt_hmac hmac;

    unhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", prk, sizeof prk);
    unhex("f0f1f2f3f4f5f6f7f8f9", info, sizeof info);
    unhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
          expected, sizeof expected);
    pt_hmac_init(prk, &hmac);
    pt_hkdf_expand(&hmac, pt_slice_of(info, sizeof info), out, sizeof out);
    cr_assert_arr_eq(out, expected, sizeof out);
}

Test(hash, ggm_walks_the_bits_of_the_tag_from_the_top)
{
    static const uint8_t seed[PT_HASH_LEN] = {1, 2, 3};
    const uint8_t tag[8] = {0x80, 0x01, 0xff, 0x00, 0xa5, 0x5a, 0x12, 0x34};
    uint8_t text[1U + PT_HASH_LEN];
    struct pt_hash key;
    uint8_t fast[PT_HASH_LEN];

    memcpy(key.bytes, seed, PT_HASH_LEN);
    for (size_t i = 0; i < 64U; i++) {
        text[0] = (uint8_t)((unsigned)tag[i / 8U] >> (7U - i % 8U) & 1U);
        memcpy(text + 1, key.bytes, PT_HASH_LEN);
        pt_hash_bytes(pt_slice_of(text, sizeof text), &key);
    }
    pt_ggm(seed, tag, fast);
    cr_assert_arr_eq(fast, key.bytes, PT_HASH_LEN);
}
