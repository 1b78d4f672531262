/* SPDX-License-Identifier: EUPL-1.2 */
/* The memory of one exchange: its cap, its zeroes, its reset. */
#include "poterne/base/arena.h"

#include "torture.h"

#include <criterion/criterion.h>

static struct pt_arena *arena_of(size_t max)
{
    struct pt_arena *arena = NULL;
    cr_assert(pt_ok(pt_arena_new(max, &arena)));
    return arena;
}

Test(arena, freeing_nothing_is_allowed)
{
    cr_assert_null(pt_arena_free(NULL));
    struct pt_arena *arena = arena_of(0U);
    pt_arena_reset(arena);
    cr_assert_null(pt_arena_alloc(arena, 1U));
    cr_assert_null(pt_arena_alloc(arena, 0U));
    cr_assert_null(pt_arena_free(arena));
}

Test(arena, the_cap_is_exact)
{
    static const size_t CAPS[] = {16U, 64U, 16384U, 16400U, 40000U};
    for (size_t i = 0U; i < PT_COUNT(CAPS); i++) {
        struct pt_arena *arena = arena_of(CAPS[i]);
        cr_assert_null(pt_arena_alloc(arena, CAPS[i] + 1U));
        cr_assert_not_null(pt_arena_alloc(arena, CAPS[i]));
        cr_assert_null(pt_arena_alloc(arena, 1U));
        pt_arena_reset(arena);
        cr_assert_not_null(pt_arena_alloc(arena, CAPS[i] - 1U));
        cr_assert_null(pt_arena_alloc(arena, 17U));
        arena = pt_arena_free(arena);
    }
}

Test(arena, a_huge_request_does_not_wrap)
{
    struct pt_arena *arena = arena_of(1024U);
    cr_assert_not_null(pt_arena_alloc(arena, 1U));
    cr_assert_null(pt_arena_alloc(arena, SIZE_MAX));
    cr_assert_null(pt_arena_alloc(arena, SIZE_MAX - 8U));
    pt_slice out = PT_SLICE("kept");
    cr_assert_eq(pt_arena_dup(arena, pt_slice_of("x", SIZE_MAX), &out).code, PT_E_NOMEM);
    cr_assert(pt_slice_eq(out, PT_SLICE("kept")));
    arena = pt_arena_free(arena);
}

Test(arena, all_blocks_together_stay_below_the_cap)
{
    struct pt_arena *arena = arena_of(100000U);
    size_t total = 0U;
    while (pt_arena_alloc(arena, 1000U) != NULL) {
        total += 1000U;
        cr_assert(total <= 100000U);
    }
    cr_assert_gt(total, 80000U);
    arena = pt_arena_free(arena);
}

Test(arena, memory_is_zeroed_and_aligned_for_any_type)
{
    struct pt_arena *arena = arena_of(65536U);
    for (size_t n = 0U; n < 200U; n++) {
        unsigned char *p = pt_arena_alloc(arena, n);
        cr_assert_not_null(p);
        cr_assert_eq((uintptr_t)p % 16U, 0U);
        for (size_t i = 0U; i < n; i++) {
            cr_assert_eq(p[i], 0U);
            p[i] = 0xFFU;
        }
    }
    arena = pt_arena_free(arena);
}

/* CCC-05: no value of an exchange outlives it. */
Test(arena, reset_wipes_and_keeps_the_first_block)
{
    struct pt_arena *arena = arena_of(65536U);
    char *first = pt_arena_alloc(arena, 64U);
    memset(first, 'x', 64U);
    for (unsigned i = 0U; i < 3U; i++) {
        memset(pt_arena_alloc(arena, 15000U), 'y', 15000U);
    }
    pt_arena_reset(arena);
    char *again = pt_arena_alloc(arena, 64U);
    cr_assert_eq(again, first);
    for (size_t i = 0U; i < 64U; i++) {
        cr_assert_eq(again[i], '\0');
    }
    for (unsigned i = 0U; i < 3U; i++) {
        cr_assert_not_null(pt_arena_alloc(arena, 15000U));
    }
    arena = pt_arena_free(arena);
}

Test(arena, a_copy_ends_with_nul_and_may_be_empty)
{
    struct pt_arena *arena = arena_of(1024U);
    pt_slice copy = PT_SLICE_EMPTY;
    cr_assert(pt_ok(pt_arena_dup(arena, PT_SLICE("a\0b"), &copy)));
    cr_assert_eq(copy.len, 3U);
    cr_assert_arr_eq(copy.ptr, "a\0b", 4U);
    cr_assert(pt_ok(pt_arena_dup(arena, PT_SLICE_EMPTY, &copy)));
    cr_assert_eq(copy.len, 0U);
    cr_assert_eq(*copy.ptr, '\0');
    arena = pt_arena_free(arena);
}

Test(arena, out_of_memory_leaves_the_arena_usable)
{
    TORTURE(nth)
    {
        struct pt_arena *arena = NULL;
        torture_arm(nth);
        const pt_status st = pt_arena_new(65536U, &arena);
        void *a = pt_ok(st) ? pt_arena_alloc(arena, 10U) : NULL;
        void *b = pt_ok(st) ? pt_arena_alloc(arena, 20000U) : NULL;
        torture_disarm();
        if (!pt_ok(st)) {
            cr_assert_eq(st.code, PT_E_NOMEM);
            cr_assert_null(arena);
            continue;
        }
        const bool complete = a != NULL && b != NULL;
        cr_assert_not_null(pt_arena_alloc(arena, 20000U));
        arena = pt_arena_free(arena);
        if (complete) {
            cr_assert_eq(nth, 5U, "an arena and two blocks are five allocations, not %u", nth);
            return;
        }
    }
    cr_assert_fail("never succeeded");
}
