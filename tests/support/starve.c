/* SPDX-License-Identifier: EUPL-1.2 */
#include "starve.h"

#include <criterion/criterion.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>

#define NEVER   UINT64_MAX
#define NTH_MAX 60000U

static uint64_t seen;
static uint64_t fail_at = NEVER;

static bool must_fail(void)
{
    return fail_at != NEVER && seen++ == fail_at;
}

static void *failing_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return must_fail() ? NULL : malloc(n);
}

static void *failing_realloc(void *ptr, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return must_fail() ? NULL : realloc(ptr, n);
}

static void plain_free(void *ptr, const char *file, int line)
{
    (void)file;
    (void)line;
    free(ptr);
}

/* Before main: the test runner's own libraries allocate from OpenSSL, and then it is too late. */
static int replaced;
static void __attribute__((constructor)) replace_allocator(void)
{
    replaced = CRYPTO_set_mem_functions(failing_malloc, failing_realloc, plain_free);
}

/* The first call warms OpenSSL's own caches up: their memory is not what is tested here. */
void starve(pt_status (*call)(struct pt_buf *out), const char *name)
{
    struct pt_buf out;
    cr_assert_eq(replaced, 1);
    pt_buf_init(&out, 65536U);
    cr_assert(pt_ok(call(&out)), "%s", name);
    for (uint64_t nth = 0U; nth < NTH_MAX; nth += 1U + nth / 40U) {
        pt_buf_clear(&out);
        seen = 0U;
        fail_at = nth;
        const pt_status st = call(&out);
        fail_at = NEVER;
        cr_assert_eq(ERR_peek_error(), 0U, "%s leaves an error behind at %lu", name,
                     (unsigned long)nth);
        if (seen <= nth) {
            cr_assert(pt_ok(st), "%s", name);
            pt_buf_done(&out);
            return;
        }
    }
    cr_assert(false, "%s never succeeds", name);
}
