/* SPDX-License-Identifier: EUPL-1.2 */
/* The keys of the months: made once, wrapped, derived. Covers CRY-08 and law 6 (one key, one use).
 */
#include "audit/keyring_int.h"

#include "logkit.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct logkit kit;
static char path[512];

static void setup(void)
{
    logkit_init(&kit, NULL);
    (void)snprintf(path, sizeof path, "%s/keys/keyring", kit.dir);
}

static void teardown(void)
{
    logkit_done(&kit);
}

TestSuite(keyring, .init = setup, .fini = teardown);

static struct pt_keyring *open_keyring(void)
{
    struct pt_keyring *keyring = NULL;

    cr_assert(pt_ok(pt_keyring_open(path, kit.options.kek, &keyring)));
    return keyring;
}

static void make(struct pt_keyring *keyring, uint32_t month)
{
    cr_assert(pt_ok(pt_keyring_make(keyring, month, &kit.options.random)));
}

static void read_file(struct pt_buf *file)
{
    pt_buf_init(file, 65536U);
    cr_assert(pt_ok(pt_file_read(path, file)));
}

static pt_status try_open(pt_slice bytes)
{
    struct pt_keyring *keyring = NULL;

    cr_assert(pt_ok(pt_file_replace(path, bytes, 0600)));
    const pt_status st = pt_keyring_open(path, kit.options.kek, &keyring);
    keyring = pt_keyring_free(keyring);
    return st;
}

Test(keyring, any_flipped_bit_of_the_file_is_seen)
{
    struct pt_keyring *keyring = open_keyring();
    struct pt_buf file;

    make(keyring, 202611U);
    make(keyring, 202612U);
    keyring = pt_keyring_free(keyring);
    read_file(&file);
    for (size_t bit = 0; bit < 8U * file.len; bit += 3U) {
        file.ptr[bit / 8U] = (char)(file.ptr[bit / 8U] ^ (1 << (bit % 8U)));
        const uint32_t code = try_open(pt_buf_slice(&file)).code;
        cr_assert(code == PT_E_FORGED || code == PT_E_CORRUPT, "bit %zu: %u", bit, code);
        file.ptr[bit / 8U] = (char)(file.ptr[bit / 8U] ^ (1 << (bit % 8U)));
    }
    cr_assert(pt_ok(try_open(pt_buf_slice(&file))));
    pt_buf_done(&file);
}

Test(keyring, a_file_cut_short_or_swapped_months_are_damage)
{
    struct pt_keyring *keyring = open_keyring();
    struct pt_buf file;
    char month[128];

    make(keyring, 202611U);
    make(keyring, 202612U);
    keyring = pt_keyring_free(keyring);
    read_file(&file);
    for (size_t n = 0; n < file.len; n++) {
        cr_assert_eq(try_open(pt_slice_head(pt_buf_slice(&file), n)).code, PT_E_CORRUPT);
    }
    memcpy(month, file.ptr + 7, sizeof month);
    memcpy(file.ptr + 7, file.ptr + 7 + 128, sizeof month);
    memcpy(file.ptr + 7 + 128, month, sizeof month);
    cr_assert_eq(try_open(pt_buf_slice(&file)).code, PT_E_CORRUPT);
    pt_buf_done(&file);
}

Test(keyring, another_kek_opens_nothing)
{
    static const uint8_t OTHER[32] = {0x4b, 0x45, 0x4c};
    struct pt_keyring *keyring = open_keyring();

    make(keyring, 202611U);
    keyring = pt_keyring_free(keyring);
    cr_assert_eq(pt_keyring_open(path, pt_slice_of(OTHER, sizeof OTHER), &keyring).code,
                 PT_E_FORGED);
    cr_assert_eq(pt_keyring_open(path, PT_SLICE("short"), &keyring).code, PT_E_ARG);
    cr_assert_null(keyring);
}

Test(keyring, a_month_that_was_not_made_has_no_keys)
{
    struct pt_keyring *keyring = open_keyring();
    struct pt_month_keys keys;

    cr_assert_eq(pt_keyring_get(keyring, 202611U, &keys).code, PT_E_ABSENT);
    make(keyring, 202611U);
    cr_assert(pt_ok(pt_keyring_get(keyring, 202611U, &keys)));
    cr_assert_eq(pt_keyring_get(keyring, 202610U, &keys).code, PT_E_ABSENT);
    keyring = pt_keyring_free(keyring);
}

Test(keyring, months_are_made_in_their_order_only)
{
    struct pt_keyring *keyring = open_keyring();

    make(keyring, 202611U);
    cr_assert_eq(pt_keyring_make(keyring, 202610U, &kit.options.random).code, PT_E_ARG);
    keyring = pt_keyring_free(keyring);
}

Test(keyring, without_random_bits_no_month_is_made)
{
    struct pt_keyring *keyring = open_keyring();
    struct pt_month_keys keys;

    kit.no_random = true;
    cr_assert_eq(pt_keyring_make(keyring, 202611U, &kit.options.random).code, PT_E_CRYPTO);
    cr_assert_eq(pt_keyring_get(keyring, 202611U, &keys).code, PT_E_ABSENT);
    cr_assert_neq(access(path, F_OK), 0);
    keyring = pt_keyring_free(keyring);
}

Test(keyring, keys_survive_and_are_made_once)
{
    struct pt_keyring *keyring = open_keyring();
    struct pt_month_keys before;
    struct pt_month_keys after;

    make(keyring, 202611U);
    cr_assert(pt_ok(pt_keyring_get(keyring, 202611U, &before)));
    make(keyring, 202611U);
    keyring = pt_keyring_free(keyring);
    keyring = open_keyring();
    make(keyring, 202612U);
    cr_assert(pt_ok(pt_keyring_get(keyring, 202611U, &after)));
    cr_assert_arr_eq(before.seed, after.seed, PT_HASH_LEN);
    cr_assert_eq(memcmp(&before.agent, &after.agent, sizeof before.agent), 0);
    cr_assert_eq(memcmp(&before.pepper, &after.pepper, sizeof before.pepper), 0);
    keyring = pt_keyring_free(keyring);
}

Test(keyring, the_file_is_ours_alone_and_holds_no_secret_in_the_clear)
{
    struct pt_keyring *keyring = open_keyring();
    struct pt_month_keys keys;
    struct pt_buf file;
    struct stat info;

    make(keyring, 202611U);
    cr_assert(pt_ok(pt_keyring_get(keyring, 202611U, &keys)));
    keyring = pt_keyring_free(keyring);
    read_file(&file);
    cr_assert_null(memmem(file.ptr, file.len, keys.seed, PT_HASH_LEN));
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_eq(info.st_mode & 0777U, 0600U);
    pt_buf_done(&file);
}

Test(keyring, each_entry_subject_and_month_has_its_own_key)
{
    struct pt_keyring *keyring = open_keyring();
    struct pt_month_keys months[2];
    uint8_t keys[6][PT_HASH_LEN];
    uint8_t tags[3][PT_TAG_LEN];
    struct pt_hmac hmac;

    make(keyring, 202611U);
    make(keyring, 202612U);
    cr_assert(pt_ok(pt_keyring_get(keyring, 202611U, &months[0])));
    cr_assert(pt_ok(pt_keyring_get(keyring, 202612U, &months[1])));
    pt_subject_tag(&months[0], PT_SLICE("siren:552100554"), tags[0]);
    pt_subject_tag(&months[0], PT_SLICE("siren:552100555"), tags[1]);
    pt_subject_tag(&months[1], PT_SLICE("siren:552100554"), tags[2]);
    cr_assert_arr_neq(tags[0], tags[1], PT_TAG_LEN);
    cr_assert_arr_neq(tags[0], tags[2], PT_TAG_LEN);
    pt_subject_key(&months[0], tags[0], keys[0]);
    pt_subject_key(&months[0], tags[1], keys[1]);
    pt_hmac_init(keys[0], &hmac);
    pt_record_key_s(&hmac, 7U, keys[2]);
    pt_record_key_s(&hmac, 8U, keys[3]);
    pt_record_key_a(&months[0], 7U, keys[4]);
    pt_record_key_a(&months[0], 8U, keys[5]);
    for (size_t a = 0; a < PT_COUNT(keys); a++) {
        for (size_t b = 0; b < a; b++) {
            cr_assert_arr_neq(keys[a], keys[b], PT_HASH_LEN);
        }
    }
    keyring = pt_keyring_free(keyring);
}

Test(keyring, without_a_subject_the_key_is_the_leaf_zero_of_the_tree)
{
    static const uint8_t ZERO[PT_TAG_LEN];
    struct pt_keyring *keyring = open_keyring();
    struct pt_month_keys keys;
    uint8_t ggm[PT_HASH_LEN];
    uint8_t key[PT_HASH_LEN];

    make(keyring, 202611U);
    cr_assert(pt_ok(pt_keyring_get(keyring, 202611U, &keys)));
    pt_ggm(keys.seed, ZERO, ggm);
    pt_subject_key(&keys, ZERO, key);
    cr_assert_arr_eq(key, ggm, PT_HASH_LEN);
    keyring = pt_keyring_free(keyring);
}

Test(keyring, without_memory_nothing_is_opened_and_nothing_leaks)
{
    struct pt_keyring *keyring = open_keyring();

    make(keyring, 202611U);
    keyring = pt_keyring_free(keyring);
    TORTURE(nth)
    {
        torture_arm(nth);
        const pt_status st = pt_keyring_open(path, kit.options.kek, &keyring);
        torture_disarm();
        if (pt_ok(st)) {
            keyring = pt_keyring_free(keyring);
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
        cr_assert_null(keyring);
    }
}
