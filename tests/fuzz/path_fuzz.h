/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path_fuzz.h -- an authority and a bearer whose keys are made when the fuzzer starts: foreign
 * bytes are judged as they are (nobody can have signed them: they must decide nothing), and signed
 * again by our authority, so that what lies behind the signature check is reached, too.
 */
#ifndef TESTS_FUZZ_PATH_FUZZ_H
#define TESTS_FUZZ_PATH_FUZZ_H

#include "pki/path_int.h"
#include "testpki.h"

#include <openssl/err.h>
#include <stdlib.h>

#define FUZZ_NOW ((int64_t)1795604400)

static struct test_cert fuzz_authority;
static struct test_cert fuzz_bearer;

static inline void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static inline struct pt_subject fuzz_subject(void)
{
    if (fuzz_authority.cert == NULL) {
        fuzz_authority = test_cert_new(
            &(struct test_cert_spec){.cn = "fuzz", .ca = true, .now = (time_t)FUZZ_NOW});
        fuzz_bearer = test_cert_new(&(struct test_cert_spec){
            .cn = "porteur", .issuer = &fuzz_authority, .serial = 42, .now = (time_t)FUZZ_NOW});
    }
    return (struct pt_subject){.cert = fuzz_bearer.cert,
                               .issuer = fuzz_authority.cert,
                               .at_s = FUZZ_NOW,
                               .fresh_s = FUZZ_NOW,
                               .level = PT_RGS_1};
}

#endif /* TESTS_FUZZ_PATH_FUZZ_H */
