/* SPDX-License-Identifier: EUPL-1.2 */
/* pki/selftest.c and its command: every answer is the known one, and a wrong one is said. */
#define OPENSSL_SUPPRESS_DEPRECATED /* RAND_set_rand_method: the one way to break the source */
#include "poterne/base/cli.h"
#include "poterne/pki/selftest.h"
#include "poterne/pki/tool.h"
#include "starve.h"

#include <criterion/criterion.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

TestSuite(selftest, .timeout = 60.0);

static const struct pt_selftest *find(const char *id)
{
    size_t n = 0U;
    const struct pt_selftest *const tests = pt_selftests(&n);
    for (size_t i = 0U; i < n; i++) {
        if (strcmp(tests[i].id, id) == 0) {
            return &tests[i];
        }
    }
    return NULL;
}

Test(selftest, CRY_04_every_answer_is_the_known_one)
{
    size_t n = 0U;
    const struct pt_selftest *const tests = pt_selftests(&n);
    cr_assert_geq(n, 7U);
    for (size_t i = 0U; i < n; i++) {
        cr_expect(pt_ok(tests[i].run()), "%s", tests[i].id);
    }
    cr_expect_null(find("md5"));
}

/* A source that always draws the same is what a broken one looks like. */
static int stuck(unsigned char *out, int n)
{
    memset(out, 7, (size_t)n);
    return 1;
}

static int seeded(void)
{
    return 1;
}

static int unseeded(void)
{
    return 0;
}

Test(selftest, CRY_04_a_random_source_that_is_stuck_or_not_seeded_is_said)
{
    RAND_METHOD broken = {.bytes = stuck, .status = seeded};
    cr_assert_eq(RAND_set_rand_method(&broken), 1);
    cr_expect_eq(find("drbg")->run().code, PT_E_CRYPTO);
    broken.status = unseeded;
    cr_expect_eq(find("drbg")->run().code, PT_E_CRYPTO);
    cr_assert_eq(RAND_set_rand_method(NULL), 1);
    cr_expect(pt_ok(find("drbg")->run()));
}

Test(selftest, a_library_without_an_algorithm_fails_its_test)
{
    /* properties that no provider has: what is fetched from now on does not exist */
    cr_assert_eq(EVP_set_default_properties(NULL, "provider=none"), 1);
    cr_expect_eq(find("aes-256-gcm")->run().code, PT_E_CRYPTO);
    cr_expect_eq(find("hmac-sha256")->run().code, PT_E_CRYPTO);
    char *argv[] = {(char[]){"poterne-pki"}, (char[]){"selftest"}, NULL};
    const struct pt_pki_env env = {.clock = &pt_clock_system};
    cr_expect_eq(pt_pki_main(2, argv, &env), PT_EXIT_NO);
    cr_assert_eq(EVP_set_default_properties(NULL, ""), 1);
    cr_expect_eq(pt_pki_main(2, argv, &env), PT_EXIT_OK);
}

Test(selftest, the_command_takes_no_argument)
{
    char *argv[] = {(char[]){"poterne-pki"}, (char[]){"selftest"}, (char[]){"x"}, NULL};
    const struct pt_pki_env env = {.clock = &pt_clock_system};
    cr_expect_eq(pt_pki_main(3, argv, &env), PT_EXIT_USAGE);
}

static pt_status all(struct pt_buf *out)
{
    size_t n = 0U;
    const struct pt_selftest *const tests = pt_selftests(&n);
    (void)out;
    for (size_t i = 0U; i < n; i++) {
        PT_TRY(tests[i].run());
    }
    return PT_SUCCESS;
}

Test(selftest, a_starving_library_is_a_failure_and_never_a_crash)
{
    starve(all, "selftest");
}
