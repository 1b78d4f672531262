/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Secrets in their own pages: out of core dumps, out of forked children, out of swap when the
 * system grants the lock (CRY-08, CCC-05). Layer 0 (base).
 */
#include "poterne/base/secret.h"

#include "poterne/base/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct pt_secret {
    uint8_t *bytes;
    size_t len;
    size_t mapped;
};

void pt_wipe(void *ptr, size_t len)
{
    if (len > 0U) {
        explicit_bzero(ptr, len);
    }
}

bool pt_equal_ct(pt_slice a, pt_slice b)
{
    if (a.len != b.len) {
        return false;
    }
    volatile unsigned char diff = 0U; /* volatile: no early way out may be invented */
    for (size_t i = 0U; i < a.len; i++) {
        diff = (unsigned char)(diff | (unsigned char)(a.ptr[i] ^ b.ptr[i]));
    }
    return diff == 0U;
}

/* Whole pages for @len bytes, at least one. */
static size_t page_round(size_t len)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t need = len > 0U ? len : 1U;
    return (need + page - 1U) / page * page;
}

/* The lock is best effort (RLIMIT_MEMLOCK of a container may be 0); the rest is not. */
static PT_RESULT map_pages(size_t size, uint8_t **ret)
{
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        return PT_FAIL(PT_E_NOMEM);
    }
    if (madvise(pages, size, MADV_DONTDUMP) != 0 || madvise(pages, size, MADV_DONTFORK) != 0) {
        const int error = errno;
        (void)munmap(pages, size);
        return PT_FAIL_AUX(PT_E_IO, error);
    }
    (void)mlock(pages, size);
    *ret = (uint8_t *)pages;
    return PT_SUCCESS;
}

PT_RESULT pt_secret_new(size_t len, struct pt_secret **ret_secret)
{
    PT_ENSURE(len <= PT_BUNDLE_MAX, PT_E_LIMIT);
    struct pt_secret *secret = calloc(1U, sizeof *secret);
    if (secret == NULL) {
        return PT_FAIL(PT_E_NOMEM);
    }
    secret->len = len;
    secret->mapped = page_round(len);
    const pt_status st = map_pages(secret->mapped, &secret->bytes);
    if (!pt_ok(st)) {
        free(secret);
        return st;
    }
    *ret_secret = secret;
    return PT_SUCCESS;
}

PT_RESULT pt_secret_from(pt_slice bytes, struct pt_secret **ret_secret)
{
    struct pt_secret *secret = NULL;
    PT_TRY(pt_secret_new(bytes.len, &secret));
    if (bytes.len > 0U) {
        memcpy(secret->bytes, bytes.ptr, bytes.len);
    }
    *ret_secret = secret;
    return PT_SUCCESS;
}

struct pt_secret *pt_secret_free(struct pt_secret *secret)
{
    if (secret != NULL) {
        pt_wipe(secret->bytes, secret->len);
        (void)munmap(secret->bytes, secret->mapped);
        free(secret);
    }
    return NULL;
}

uint8_t *pt_secret_bytes(struct pt_secret *secret)
{
    return secret->bytes;
}

pt_slice pt_secret_slice(const struct pt_secret *secret)
{
    return pt_slice_of(secret->bytes, secret->len);
}
