/* SPDX-License-Identifier: EUPL-1.2 */
/* The allocator that fails on demand; see torture.h. */
#include "torture.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);

static atomic_uint fail_at = UINT_MAX;
static atomic_uint seen;

void torture_arm(unsigned nth)
{
    atomic_store(&seen, 0U);
    atomic_store(&fail_at, nth);
}

void torture_disarm(void)
{
    atomic_store(&fail_at, UINT_MAX);
}

unsigned torture_seen(void)
{
    return atomic_load(&seen);
}

static bool must_fail(void)
{
    const unsigned nth = atomic_load(&fail_at);
    return nth != UINT_MAX && atomic_fetch_add(&seen, 1U) == nth;
}

void *__wrap_malloc(size_t n)
{
    return must_fail() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return must_fail() ? NULL : __real_calloc(n, size);
}
