/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Out of memory anywhere in a path check: OpenSSL's allocator and ours fail at the n-th call. What
 * is proved: no crash, no leak, an empty error queue, and never "good" for a certificate that is
 * revoked, nor for one that nothing clears.
 */
#include "tests/unit/pki/path_world.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>

#define NEVER   UINT64_MAX
#define NTH_MAX 40000U

static uint64_t seen;
static uint64_t fail_at = NEVER;

/* The linker's names of the functions behind tests/support/torture.c. */
void *__real_malloc(size_t n);

static bool must_fail(void)
{
    return fail_at != NEVER && seen++ == fail_at;
}

static void *failing_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return must_fail() ? NULL : __real_malloc(n);
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

static int replaced;
static void __attribute__((constructor)) replace_allocator(void)
{
    replaced = CRYPTO_set_mem_functions(failing_malloc, failing_realloc, plain_free);
}

static struct pt_buf lists[3]; /* root, clears the leaf, revokes the leaf */
static struct pt_buf answer;

static void setup(void)
{
    cr_assert_eq(replaced, 1);
    world_setup();
    for (size_t i = 0U; i < 3U; i++) {
        pt_buf_init(&lists[i], 65536U);
    }
    pt_buf_init(&answer, 65536U);
    pt_buf_put(&lists[0], pt_buf_slice(&world.root_list));
    world_list(&(struct one){.source = LIST}, &lists[1]);
    world_list(&(struct one){.source = LIST, .revoked = true, .revoked_at = -HOUR}, &lists[2]);
    world_answer(&(struct one){.source = STAPLE, .signer = RESPONDER}, PT_SLICE_EMPTY, &answer);
}

static void teardown(void)
{
    for (size_t i = 0U; i < 3U; i++) {
        pt_buf_done(&lists[i]);
    }
    pt_buf_done(&answer);
    world_teardown();
}

TestSuite(path_memory, .init = setup, .fini = teardown, .timeout = 120.0);

enum evidence { CLEARED, STRUCK, SILENT, STAPLED };

static pt_status judge(enum evidence evidence, struct pt_path_result *got)
{
    const pt_slice given[] = {pt_buf_slice(&lists[0]),
                              pt_buf_slice(&lists[evidence == STRUCK ? 2 : 1])};
    const pt_slice stapled[] = {pt_buf_slice(&answer)};
    struct pt_path_request request = world_request(LEAF);
    pt_arena_reset(world.arena);
    request.keep_evidence = true;
    request.evidence =
        (struct pt_path_evidence){.crls = given,
                                  .ncrls = evidence == CLEARED || evidence == STRUCK ? 2U : 1U,
                                  .ocsp = stapled,
                                  .nocsp = evidence == STAPLED ? 1U : 0U};
    return pt_path_check(&request, got);
}

static void starve(enum evidence evidence, enum pt_path_verdict truth)
{
    struct pt_path_result got;
    cr_assert(pt_ok(judge(evidence, &got)));
    cr_assert_eq(got.verdict, truth, "%s", pt_path_reason_code(got.reason));
    for (uint64_t nth = 0U; nth < NTH_MAX; nth += 1U + nth / 60U) {
        seen = 0U;
        fail_at = nth;
        const pt_status st = judge(evidence, &got);
        fail_at = NEVER;
        cr_assert_eq(ERR_peek_error(), 0U, "an error stays behind at %lu", (unsigned long)nth);
        cr_assert(got.verdict == PT_PATH_UNKNOWN || (pt_ok(st) && got.verdict == truth),
                  "%s at %lu", pt_path_verdict_name(got.verdict), (unsigned long)nth);
        if (seen <= nth) {
            cr_assert_eq(got.verdict, truth);
            return;
        }
    }
    cr_assert(false, "it never succeeds");
}

Test(path_memory, a_starving_openssl_never_clears_anybody)
{
    starve(CLEARED, PT_PATH_GOOD);
    starve(STRUCK, PT_PATH_REVOKED);
    starve(SILENT, PT_PATH_UNKNOWN);
    starve(STAPLED, PT_PATH_GOOD);
}

/* Our own allocations, the scripted server's buffers among them: a list that was lost on the way is
 * no list. */
static void torture(const struct one *one, enum pt_path_verdict truth)
{
    bool done = false;
    TORTURE(nth)
    {
        struct pt_path_result got = {.verdict = PT_PATH_UNKNOWN};
        world.cache = pt_revocation_cache_free(world.cache);
        pt_arena_reset(world.arena);
        torture_arm(nth);
        pt_status st = pt_revocation_cache_new(4U, 65536U, &world.cache);
        if (pt_ok(st)) {
            st = world_judge(one, &got);
        }
        const unsigned calls = torture_seen();
        torture_disarm();
        cr_assert(got.verdict == PT_PATH_UNKNOWN || got.verdict == truth, "%u", nth);
        if (calls <= nth) {
            cr_assert(pt_ok(st));
            cr_assert_eq(got.verdict, truth);
            done = true;
            break;
        }
    }
    cr_assert(done);
}

Test(path_memory, our_own_allocations_may_fail_anywhere)
{
    const struct one good = {.source = ASK_LIST};
    const struct one revoked = {.source = ASK_LIST, .revoked = true, .revoked_at = -HOUR};
    const struct one asked = {.source = ASK_OCSP, .signer = RESPONDER};
    torture(&good, PT_PATH_GOOD);
    torture(&revoked, PT_PATH_REVOKED);
    torture(&asked, PT_PATH_GOOD);
}
