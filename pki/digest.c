/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * digest.c -- see digest.h.
 *
 * EVP_sha256() makes OpenSSL 3.0 look the algorithm up, under a lock, at every call; the
 * algorithm is therefore fetched once per process, behind pthread_once. That holder is the one
 * object of this layer that is written after start-up, and it is written exactly once.
 * Layer 1 (pki).
 */
#include "poterne/pki/digest.h"

#include "pki/ossl_int.h"

#include <limits.h>
#include <openssl/rand.h>
#include <pthread.h>

static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

static void fetch_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
}

PT_RESULT pt_sha256(pt_slice bytes, uint8_t out[static PT_SHA256_LEN])
{
    PT_ENSURE(pthread_once(&fetched, fetch_sha256) == 0, PT_E_CRYPTO);
    unsigned int n = 0U;
    const EVP_MD *md = sha256 != NULL ? sha256 : EVP_sha256();
    const void *ptr = bytes.ptr != NULL ? bytes.ptr : "";
    if (EVP_Digest(ptr, bytes.len, out, &n, md, NULL) != 1 || n != PT_SHA256_LEN) {
        return pt_ossl_done(PT_FAIL(PT_E_CRYPTO));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_random(void *out, size_t n)
{
    PT_ENSURE(out != NULL || n == 0U, PT_E_ARG);
    PT_ENSURE(n <= INT_MAX, PT_E_LIMIT);
    if (n > 0U && RAND_bytes((unsigned char *)out, (int)n) != 1) {
        return pt_ossl_done(PT_FAIL(PT_E_CRYPTO));
    }
    return PT_SUCCESS;
}
