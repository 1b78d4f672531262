/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/digest.c: NIST vectors, threads, the system's random bits. */
#include "poterne/base/codec.h"
#include "poterne/pki/digest.h"

#include <criterion/criterion.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>

TestSuite(digest, .timeout = 20.0);

static void expect_sha256(pt_slice bytes, const char *hex)
{
    uint8_t got[PT_SHA256_LEN];
    uint8_t want[PT_SHA256_LEN];
    cr_assert(pt_ok(pt_hex_decode(pt_slice_str(hex), want, sizeof(want))));
    cr_assert(pt_ok(pt_sha256(bytes, got)));
    cr_assert_arr_eq(got, want, sizeof(want));
}

Test(digest, sha256_gives_the_values_of_fips_180_4)
{
    expect_sha256(PT_SLICE("abc"),
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect_sha256(PT_SLICE("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

Test(digest, sha256_of_nothing_is_that_of_the_empty_string_even_for_a_null_slice)
{
    static const char *const empty =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect_sha256(PT_SLICE_EMPTY, empty);
    expect_sha256(PT_SLICE(""), empty);
}

static void *hash_many(void *ctx)
{
    (void)ctx;
    for (unsigned i = 0U; i < 2000U; i++) {
        expect_sha256(PT_SLICE("abc"),
                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    return NULL;
}

Test(digest, several_threads_may_start_hashing_at_the_same_moment)
{
    pthread_t threads[4];
    for (size_t i = 0U; i < PT_COUNT(threads); i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, hash_many, NULL), 0);
    }
    for (size_t i = 0U; i < PT_COUNT(threads); i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    }
}

Test(digest, CRY_04_random_bits_come_from_a_seeded_generator_and_do_not_repeat)
{
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    cr_assert_eq(RAND_status(), 1);
    cr_assert(pt_ok(pt_random(a, sizeof(a))));
    cr_assert(pt_ok(pt_random(b, sizeof(b))));
    cr_assert_neq(memcmp(a, b, sizeof(a)), 0);
}

Test(digest, no_random_bits_at_all_is_a_request_like_another)
{
    cr_assert(pt_ok(pt_random(NULL, 0U)));
    cr_assert_eq(pt_random(NULL, 1U).code, PT_E_ARG);
}
