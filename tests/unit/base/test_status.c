/* SPDX-License-Identifier: EUPL-1.2 */
/* The status values: one table, stable names, origin kept on the way up. */
#include "poterne/base/status.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

static PT_RESULT fail_here(void)
{
    return PT_FAIL_AUX(PT_E_IO, 28);
}

static PT_RESULT pass_on(void)
{
    PT_TRY(fail_here());
    return PT_SUCCESS;
}

static PT_RESULT ensure(bool condition)
{
    PT_ENSURE(condition, PT_E_DENIED);
    return PT_SUCCESS;
}

Test(status, a_number_that_is_no_code_has_a_name_too)
{
    cr_assert_str_eq(pt_code_name(0xFFFFFFFFU), "PT_E_UNKNOWN");
    cr_assert_str_eq(pt_code_text(0xFFFFFFFFU), "unknown status code");
}

Test(status, every_code_has_its_name_and_its_text)
{
#define X(name, value, text)                                                                       \
    cr_assert_str_eq(pt_code_name(value), #name);                                                  \
    cr_assert_str_eq(pt_code_text(value), text);
    PT_CODES(X)
#undef X
}

Test(status, no_two_codes_share_a_number)
{
#define X(name, value, text) value,
    static const uint32_t codes[] = {PT_CODES(X)};
#undef X
    for (size_t i = 0U; i < PT_COUNT(codes); i++) {
        for (size_t j = i + 1U; j < PT_COUNT(codes); j++) {
            cr_assert_neq(codes[i], codes[j], "%#x twice", codes[i]);
        }
    }
}

Test(status, a_failure_travels_up_unchanged_with_its_origin_and_number)
{
    const pt_status st = pass_on();
    cr_assert_eq(st.code, PT_E_IO);
    cr_assert_eq(st.aux, 28U);
    cr_assert_eq(strncmp(st.origin, "test_status.c:", 14U), 0, "%s", st.origin);
}

Test(status, ensure_lets_a_true_condition_through_only)
{
    cr_assert(pt_ok(ensure(true)));
    const pt_status st = ensure(false);
    cr_assert_eq(st.code, PT_E_DENIED);
}

Test(status, success_has_no_origin)
{
    cr_assert(pt_ok(PT_SUCCESS));
    cr_assert_null(PT_SUCCESS.origin);
}

Test(status, a_broken_invariant_ends_the_process, .signal = SIGABRT)
{
    PT_BUG_ON(true);
}

Test(status, a_kept_invariant_does_nothing)
{
    PT_BUG_ON(false);
}
