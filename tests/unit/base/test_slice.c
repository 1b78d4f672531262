/* SPDX-License-Identifier: EUPL-1.2 */
/* Views on bytes: empty, past the end, embedded NUL. */
#include "poterne/base/slice.h"

#include <criterion/criterion.h>

Test(slice, an_empty_slice_may_have_no_address)
{
    pt_slice none = PT_SLICE_EMPTY;
    cr_assert(pt_slice_eq(none, pt_slice_str("")));
    cr_assert(pt_slice_eq(none, pt_slice_str(NULL)));
    cr_assert(pt_slice_eq_nocase(none, pt_slice_str("")));
    cr_assert_eq(pt_slice_find(none, 'x'), 0U);
    cr_assert_eq(pt_slice_cmp(none, none), 0);
    cr_assert_eq(pt_slice_cut(&none, ',').len, 0U);
    cr_assert(pt_slice_starts(PT_SLICE("a"), none));
    cr_assert_not(pt_slice_starts(none, PT_SLICE("a")));
}

Test(slice, from_past_the_end_is_empty)
{
    const pt_slice s = PT_SLICE("abc");
    cr_assert_eq(pt_slice_from(s, 2U).len, 1U);
    cr_assert_eq(pt_slice_from(s, 3U).len, 0U);
    cr_assert_eq(pt_slice_from(s, 4U).len, 0U);
    cr_assert_eq(pt_slice_from(s, SIZE_MAX).len, 0U);
}

Test(slice, head_never_grows)
{
    const pt_slice s = PT_SLICE("abc");
    cr_assert_eq(pt_slice_head(s, 0U).len, 0U);
    cr_assert_eq(pt_slice_head(s, 2U).len, 2U);
    cr_assert_eq(pt_slice_head(s, 3U).len, 3U);
    cr_assert_eq(pt_slice_head(s, 4U).len, 3U);
}

Test(slice, equality_sees_every_byte_and_the_nul)
{
    cr_assert_not(pt_slice_eq(PT_SLICE("a\0b"), PT_SLICE("a\0c")));
    cr_assert(pt_slice_eq(PT_SLICE("a\0b"), PT_SLICE("a\0b")));
    cr_assert_not(pt_slice_eq(PT_SLICE("ab"), PT_SLICE("abc")));
}

Test(slice, case_is_folded_for_ascii_letters_only)
{
    cr_assert(pt_slice_eq_nocase(PT_SLICE("Content-LENGTH"), PT_SLICE("content-length")));
    cr_assert_not(pt_slice_eq_nocase(PT_SLICE("a["), PT_SLICE("a{")));
    cr_assert_not(pt_slice_eq_nocase(PT_SLICE("@"), PT_SLICE("`")));
    cr_assert_not(pt_slice_eq_nocase(PT_SLICE("\xC3\x89"), PT_SLICE("\xC3\xA9")));
    cr_assert_not(pt_slice_eq_nocase(PT_SLICE("ab"), PT_SLICE("abc")));
    cr_assert_not(pt_slice_eq_nocase(PT_SLICE("abd"), PT_SLICE("abc")));
}

Test(slice, find_gives_the_first_or_the_length)
{
    cr_assert_eq(pt_slice_find(PT_SLICE("a,b,c"), ','), 1U);
    cr_assert_eq(pt_slice_find(PT_SLICE("abc"), ','), 3U);
    cr_assert_eq(pt_slice_find(PT_SLICE("ab\xFF"), '\xFF'), 2U);
}

Test(slice, cut_walks_through_a_list)
{
    pt_slice rest = PT_SLICE("a,,b");
    cr_assert(pt_slice_eq(pt_slice_cut(&rest, ','), PT_SLICE("a")));
    cr_assert(pt_slice_eq(pt_slice_cut(&rest, ','), PT_SLICE("")));
    cr_assert(pt_slice_eq(pt_slice_cut(&rest, ','), PT_SLICE("b")));
    cr_assert_eq(rest.len, 0U);
}

Test(slice, cut_at_the_last_byte_leaves_nothing)
{
    pt_slice rest = PT_SLICE("a,");
    cr_assert(pt_slice_eq(pt_slice_cut(&rest, ','), PT_SLICE("a")));
    cr_assert_eq(rest.len, 0U);
}

Test(slice, order_is_by_unsigned_bytes_then_by_length)
{
    cr_assert_eq(pt_slice_cmp(PT_SLICE("a"), PT_SLICE("b")), -1);
    cr_assert_eq(pt_slice_cmp(PT_SLICE("b"), PT_SLICE("a")), 1);
    cr_assert_eq(pt_slice_cmp(PT_SLICE("a"), PT_SLICE("ab")), -1);
    cr_assert_eq(pt_slice_cmp(PT_SLICE("ab"), PT_SLICE("a")), 1);
    cr_assert_eq(pt_slice_cmp(PT_SLICE("ab"), PT_SLICE("ab")), 0);
    cr_assert_eq(pt_slice_cmp(PT_SLICE("\x7F"), PT_SLICE("\x80")), -1);
}

Test(slice, starts_is_true_for_itself_and_false_for_longer)
{
    cr_assert(pt_slice_starts(PT_SLICE("/entreprise/"), PT_SLICE("/entreprise/")));
    cr_assert_not(pt_slice_starts(PT_SLICE("/entreprise"), PT_SLICE("/entreprise/")));
    cr_assert_not(pt_slice_starts(PT_SLICE("/Entreprise"), PT_SLICE("/entreprise")));
}
