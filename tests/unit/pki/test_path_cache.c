/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * RGS-12: what was fetched is remembered within bounds, and judged again each time it is used: a
 * remembered answer ages like any other.
 */
#include "pki/path_int.h"
#include "poterne/pki/digest.h"
#include "tests/unit/pki/path_world.h"

#include <criterion/criterion.h>

static void setup(void)
{
    world_setup();
    cr_assert(pt_ok(pt_revocation_cache_new(4U, 65536U, &world.cache)));
}

TestSuite(path_cache, .init = setup, .fini = world_teardown, .timeout = 30.0);

static unsigned calls_of(const struct one *one, enum pt_path_verdict want)
{
    struct pt_path_result got;
    world.calls = 0U;
    pt_arena_reset(world.arena);
    cr_assert(pt_ok(world_judge(one, &got)));
    cr_expect_eq(got.verdict, want, "%s", pt_path_reason_code(got.reason));
    return world.calls;
}

Test(path_cache, RGS_12_an_answer_is_asked_once_while_it_is_fresh)
{
    struct one one = {.source = ASK_OCSP, .signer = RESPONDER, .from = -HOUR, .until = 5 * HOUR};
    cr_expect_eq(calls_of(&one, PT_PATH_GOOD), 1U);
    cr_expect_eq(calls_of(&one, PT_PATH_GOOD), 0U);
    one.at = 6 * HOUR; /* the remembered answer has ended; the server has a new one */
    one.fresh = 6 * HOUR;
    one.from = 5 * HOUR;
    one.until = 10 * HOUR;
    cr_expect_eq(calls_of(&one, PT_PATH_GOOD), 1U);
    cr_expect_eq(calls_of(&one, PT_PATH_GOOD), 0U);
    one.at = 11 * HOUR;
    one.fresh = 11 * HOUR;
    one.net = DOWN;
    cr_expect_eq(calls_of(&one, PT_PATH_UNKNOWN), 2U, "responder, then list");
    cr_expect_eq(pt_revocation_cache_entries(world.cache), 1U);
}

Test(path_cache, a_list_is_asked_once_too_and_revocations_are_remembered)
{
    struct one one = {.source = ASK_LIST};
    cr_expect_eq(calls_of(&one, PT_PATH_GOOD), 2U, "the responder is tried first");
    cr_expect_eq(calls_of(&one, PT_PATH_GOOD), 0U);
    world.cache = pt_revocation_cache_free(world.cache);
    cr_assert(pt_ok(pt_revocation_cache_new(4U, 65536U, &world.cache)));
    one.revoked = true;
    one.revoked_at = -HOUR;
    cr_expect_eq(calls_of(&one, PT_PATH_REVOKED), 2U);
    cr_expect_eq(calls_of(&one, PT_PATH_REVOKED), 0U);
}

Test(path_cache, what_decides_nothing_is_not_remembered)
{
    struct one one = {.source = ASK_OCSP, .signer = RESPONDER, .status = V_OCSP_CERTSTATUS_UNKNOWN};
    cr_expect_eq(calls_of(&one, PT_PATH_UNKNOWN), 1U);
    cr_expect_eq(pt_revocation_cache_entries(world.cache), 0U);
    one.status = 0;
    one.nonce = WRONG;
    (void)calls_of(&one, PT_PATH_UNKNOWN);
    cr_expect_eq(pt_revocation_cache_entries(world.cache), 0U);
    one.nonce = ECHO;
    one.answer_faults = TEST_ANSWER_TWICE;
    (void)calls_of(&one, PT_PATH_UNKNOWN);
    cr_expect_eq(pt_revocation_cache_entries(world.cache), 0U);
}

static void key_of(char letter, uint8_t out[static PT_SHA256_LEN])
{
    memset(out, letter, PT_SHA256_LEN);
}

static pt_slice get(const struct pt_revocation_cache *cache, char letter)
{
    uint8_t key[PT_SHA256_LEN];
    key_of(letter, key);
    return pt_revocation_cache_get(cache, key);
}

static void put(struct pt_revocation_cache *cache, char letter, pt_slice bytes)
{
    uint8_t key[PT_SHA256_LEN];
    key_of(letter, key);
    cr_assert(pt_ok(pt_revocation_cache_put(cache, key, bytes)));
}

Test(path_cache, the_oldest_leaves_when_there_is_no_room)
{
    struct pt_revocation_cache *cache = NULL;
    cr_assert(pt_ok(pt_revocation_cache_new(2U, 8U, &cache)));
    put(cache, 'a', PT_SLICE("1"));
    put(cache, 'b', PT_SLICE("2"));
    put(cache, 'c', PT_SLICE("3"));
    cr_expect_eq(get(cache, 'a').len, 0U);
    cr_expect(pt_slice_eq(get(cache, 'b'), PT_SLICE("2")));
    put(cache, 'd', PT_SLICE("12345678"));
    cr_expect_eq(pt_revocation_cache_entries(cache), 1U, "bytes are a bound, too");
    put(cache, 'd', PT_SLICE("4"));
    cr_expect(pt_slice_eq(get(cache, 'd'), PT_SLICE("4")));
    put(cache, 'e', PT_SLICE("123456789"));
    cr_expect_eq(get(cache, 'e').len, 0U, "larger than everything");
    put(cache, 'd', PT_SLICE_EMPTY);
    cr_expect_eq(pt_revocation_cache_entries(cache), 0U);
    cache = pt_revocation_cache_free(cache);
    cr_expect_null(pt_revocation_cache_free(NULL));
}

Test(path_cache, a_cache_without_bounds_is_refused)
{
    struct pt_revocation_cache *cache = NULL;
    cr_expect_eq(pt_revocation_cache_new(0U, 1U, &cache).code, PT_E_ARG);
    cr_expect_eq(pt_revocation_cache_new(1U, 0U, &cache).code, PT_E_ARG);
    cr_expect_eq(pt_revocation_cache_new(PT_REVOCATION_CACHE_ENTRIES_MAX + 1U, 1U, &cache).code,
                 PT_E_ARG);
    cr_expect_eq(pt_revocation_cache_new(1U, PT_REVOCATION_CACHE_BYTES_MAX + 1U, &cache).code,
                 PT_E_ARG);
    cr_expect_eq(pt_revocation_cache_new(1U, 1U, NULL).code, PT_E_ARG);
}

Test(path_cache, two_certificates_and_two_kinds_have_four_keys)
{
    uint8_t keys[4][PT_SHA256_LEN];
    const enum who whos[] = {LEAF, PLAIN};
    for (size_t i = 0U; i < 4U; i++) {
        const struct pt_subject subject = {.cert = world.certs[whos[i / 2U]].cert,
                                           .issuer = world.certs[SUB].cert};
        cr_assert(pt_ok(pt_revocation_key(
            &subject, i % 2U == 0U ? PT_SLICE("ocsp") : PT_SLICE("http://x"), keys[i])));
    }
    cr_expect(memcmp(keys[0], keys[2], PT_SHA256_LEN) != 0);
    cr_expect(memcmp(keys[0], keys[1], PT_SHA256_LEN) != 0);
    cr_expect(memcmp(keys[1], keys[3], PT_SHA256_LEN) == 0, "a list is its issuer's");
}
