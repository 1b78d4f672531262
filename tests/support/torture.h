/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Fail the n-th allocation, for every n, until the call succeeds:
 *
 *     TORTURE(nth) {
 *         torture_arm(nth);
 *         const pt_status st = the_call(...);
 *         torture_disarm();
 *         if (pt_ok(st)) { ...release...; break; }
 *         cr_assert_eq(st.code, PT_E_NOMEM);
 *     }
 *
 * Every test is linked with -Wl,--wrap=malloc,--wrap=calloc: our own code only, libraries keep
 * their allocator. tests/CMakeLists.txt does it.
 */
#ifndef POTERNE_TESTS_TORTURE_H
#define POTERNE_TESTS_TORTURE_H

void torture_arm(unsigned nth); /* the nth allocation from now (0 is the next) returns NULL */
void torture_disarm(void);
unsigned torture_seen(void); /* allocations since torture_arm() */

#define TORTURE_MAX  2000U
#define TORTURE(nth) for (unsigned nth = 0U; nth < TORTURE_MAX; nth++)

#endif /* POTERNE_TESTS_TORTURE_H */
