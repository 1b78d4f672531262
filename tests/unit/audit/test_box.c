/* SPDX-License-Identifier: EUPL-1.2 */
/* Sealed boxes: what does not authenticate is never seen. Covers CRY-02 (AES-256-GCM). */
#include "audit/box_int.h"

#include "poterne/base/codec.h"
#include "torture.h"

#include <criterion/criterion.h>

static struct pt_cipher *cipher;

static void setup(void)
{
    cr_assert(pt_ok(pt_cipher_new(&cipher)));
}

static void teardown(void)
{
    cipher = pt_cipher_free(cipher);
}

TestSuite(box, .init = setup, .fini = teardown);

#define PLAIN PT_SLICE("[\"salt\",\"subject\",\"siren:552100554\"]")

static const uint8_t KEY[PT_BOX_KEY] = {0x11, 0x22, 0x33};

static struct pt_box_key with(const uint8_t *key, const char *aad)
{
    return (struct pt_box_key){.key = key, .aad = pt_slice_str(aad)};
}

Test(box, any_flipped_bit_is_a_forgery_and_leaves_nothing_behind)
{
    const struct pt_box_key key = with(KEY, "leaf");
    uint8_t sealed[128];
    uint8_t out[128];
    static const uint8_t ZERO[128];
    const size_t n = PLAIN.len + PT_BOX_TAG;

    cr_assert(pt_ok(pt_box_seal(cipher, &key, PLAIN, sealed)));
    for (size_t bit = 0; bit < 8U * n; bit++) {
        sealed[bit / 8U] ^= (uint8_t)(1U << (bit % 8U));
        memset(out, 0xff, sizeof out);
        cr_assert_eq(pt_box_open(cipher, &key, pt_slice_of(sealed, n), out).code, PT_E_FORGED);
        cr_assert_arr_eq(out, ZERO, PLAIN.len);
        sealed[bit / 8U] ^= (uint8_t)(1U << (bit % 8U));
    }
}

Test(box, another_key_leaf_or_length_is_a_forgery)
{
    static const uint8_t OTHER[PT_BOX_KEY] = {0x11, 0x22, 0x34};
    const struct pt_box_key key = with(KEY, "leaf");
    const struct pt_box_key other_key = with(OTHER, "leaf");
    const struct pt_box_key other_leaf = with(KEY, "leaF");
    const size_t n = PLAIN.len + PT_BOX_TAG;
    uint8_t sealed[128];
    uint8_t out[128];

    cr_assert(pt_ok(pt_box_seal(cipher, &key, PLAIN, sealed)));
    cr_assert_eq(pt_box_open(cipher, &other_key, pt_slice_of(sealed, n), out).code, PT_E_FORGED);
    cr_assert_eq(pt_box_open(cipher, &other_leaf, pt_slice_of(sealed, n), out).code, PT_E_FORGED);
    for (size_t cut = 0; cut < n; cut++) {
        cr_assert_eq(pt_box_open(cipher, &key, pt_slice_of(sealed, cut), out).code, PT_E_FORGED);
    }
}

Test(box, what_was_sealed_opens_again_also_when_it_is_empty)
{
    const struct pt_box_key key = with(KEY, "leaf");
    uint8_t sealed[128];
    uint8_t out[128] = {0};

    for (size_t n = 0; n <= PLAIN.len; n++) {
        cr_assert(pt_ok(pt_box_seal(cipher, &key, pt_slice_head(PLAIN, n), sealed)));
        cr_assert(pt_ok(pt_box_open(cipher, &key, pt_slice_of(sealed, n + PT_BOX_TAG), out)));
        cr_assert_arr_eq(out, PLAIN.ptr, n);
    }
}

Test(box, the_vectors_of_the_gcm_specification_hold)
{
    /* McGrew and Viega, test cases 13 and 14: zero key, zero nonce. */
    static const uint8_t ZERO[PT_BOX_KEY];
    const struct pt_box_key key = {.key = ZERO, .aad = PT_SLICE_EMPTY};
    uint8_t out[32];
    char hex[65] = {0};

    cr_assert(pt_ok(pt_box_seal(cipher, &key, PT_SLICE_EMPTY, out)));
    pt_hex_encode(pt_slice_of(out, 16U), hex);
    cr_assert_str_eq(hex, "530f8afbc74536b9a963b4f1c4cb738b");
    cr_assert(pt_ok(pt_box_seal(cipher, &key, pt_slice_of(ZERO, 16U), out)));
    pt_hex_encode(pt_slice_of(out, 32U), hex);
    cr_assert_str_eq(hex, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

Test(box, a_nonce_changes_everything)
{
    static const uint8_t NONCE[PT_BOX_NONCE] = {1};
    const struct pt_box_key zero = with(KEY, "leaf");
    struct pt_box_key nonce = zero;
    uint8_t a[128];
    uint8_t b[128];

    nonce.nonce = NONCE;
    cr_assert(pt_ok(pt_box_seal(cipher, &zero, PLAIN, a)));
    cr_assert(pt_ok(pt_box_seal(cipher, &nonce, PLAIN, b)));
    cr_assert_arr_neq(a, b, PLAIN.len);
    cr_assert_eq(pt_box_open(cipher, &zero, pt_slice_of(b, PLAIN.len + PT_BOX_TAG), a).code,
                 PT_E_FORGED);
}

Test(box, without_memory_there_is_no_cipher)
{
    TORTURE(nth)
    {
        struct pt_cipher *other = NULL;
        torture_arm(nth);
        const pt_status st = pt_cipher_new(&other);
        torture_disarm();
        if (pt_ok(st)) {
            other = pt_cipher_free(other);
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
        cr_assert_null(other);
    }
}
