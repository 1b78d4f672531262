/* SPDX-License-Identifier: EUPL-1.2 */
/* CRY-08, CCC-05: secrets live apart, are compared in constant time and leave nothing behind. */
#include "poterne/base/secret.h"

#include "poterne/base/limits.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

Test(secret, freeing_nothing_is_allowed)
{
    cr_assert_null(pt_secret_free(NULL));
}

Test(secret, a_length_above_every_limit_is_refused)
{
    struct pt_secret *secret = NULL;
    cr_assert_eq(pt_secret_new((size_t)PT_BUNDLE_MAX + 1U, &secret).code, PT_E_LIMIT);
    cr_assert_eq(pt_secret_new(SIZE_MAX, &secret).code, PT_E_LIMIT);
    cr_assert_null(secret);
}

Test(secret, out_of_memory_is_an_error)
{
    struct pt_secret *secret = NULL;
    torture_arm(0U);
    const pt_status st = pt_secret_from(PT_SLICE("key"), &secret);
    torture_disarm();
    cr_assert_eq(st.code, PT_E_NOMEM);
    cr_assert_null(secret);
}

Test(secret, a_new_secret_is_zero_and_may_be_empty)
{
    static const size_t LENGTHS[] = {0U, 1U, 32U, 4095U, 4096U, 4097U};
    for (size_t i = 0U; i < PT_COUNT(LENGTHS); i++) {
        struct pt_secret *secret = NULL;
        cr_assert(pt_ok(pt_secret_new(LENGTHS[i], &secret)));
        const pt_slice s = pt_secret_slice(secret);
        cr_assert_eq(s.len, LENGTHS[i]);
        for (size_t at = 0U; at < s.len; at++) {
            cr_assert_eq(s.ptr[at], '\0');
        }
        if (s.len > 0U) {
            pt_secret_bytes(secret)[s.len - 1U] = 0xFFU;
        }
        secret = pt_secret_free(secret);
    }
}

Test(secret, a_copy_has_the_bytes)
{
    struct pt_secret *secret = NULL;
    cr_assert(pt_ok(pt_secret_from(PT_SLICE("to\0ken"), &secret)));
    cr_assert(pt_slice_eq(pt_secret_slice(secret), PT_SLICE("to\0ken")));
    secret = pt_secret_free(secret);
    cr_assert(pt_ok(pt_secret_from(PT_SLICE_EMPTY, &secret)));
    secret = pt_secret_free(secret);
}

/* The kernel's own word: VmFlags of the mapping holds dd (do not dump) and dc (do not copy on
 * fork). */
static bool mapping_has(const void *address, const char *flag)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    cr_assert_not_null(maps);
    char line[512];
    bool inside = false;
    bool found = false;
    while (fgets(line, (int)sizeof line, maps) != NULL) {
        char *dash = NULL;
        const unsigned long from = strtoul(line, &dash, 16);
        if (dash != line && *dash == '-') {
            const unsigned long to = strtoul(dash + 1, NULL, 16);
            inside = (uintptr_t)address >= from && (uintptr_t)address < to;
        } else if (inside && strncmp(line, "VmFlags:", 8U) == 0) {
            found = strstr(line, flag) != NULL;
        }
    }
    (void)fclose(maps);
    return found;
}

Test(secret, CRY_08_the_pages_stay_out_of_core_dumps_and_of_children)
{
    struct pt_secret *secret = NULL;
    cr_assert(pt_ok(pt_secret_from(PT_SLICE("key"), &secret)));
    cr_assert(mapping_has(pt_secret_bytes(secret), " dd"));
    cr_assert(mapping_has(pt_secret_bytes(secret), " dc"));
    secret = pt_secret_free(secret);
}

Test(secret, wiping_clears_every_byte_and_accepts_nothing)
{
    char bytes[5] = {'a', 'b', 'c', 'd', 'e'};
    pt_wipe(bytes + 1, 3U);
    cr_assert_arr_eq(bytes, "a\0\0\0e", 5U);
    pt_wipe(NULL, 0U);
}

Test(secret, constant_time_equality_sees_each_single_bit)
{
    unsigned char a[32] = {0};
    unsigned char b[32] = {0};
    cr_assert(pt_equal_ct(pt_slice_of(a, 32U), pt_slice_of(b, 32U)));
    for (size_t bit = 0U; bit < 256U; bit++) {
        b[bit / 8U] = (unsigned char)(1U << (bit % 8U));
        cr_assert_not(pt_equal_ct(pt_slice_of(a, 32U), pt_slice_of(b, 32U)));
        b[bit / 8U] = 0U;
    }
    cr_assert_not(pt_equal_ct(pt_slice_of(a, 31U), pt_slice_of(b, 32U)));
    cr_assert(pt_equal_ct(PT_SLICE_EMPTY, PT_SLICE_EMPTY));
}
