/* SPDX-License-Identifier: EUPL-1.2 */
/* raw.c -- see raw_int.h. Layer 1 (pki). */
#include "pki/raw_int.h"

#include "pki/ossl_int.h"

#include <openssl/ecdsa.h>

/* Bytes of one of the two numbers; 0 for a key that is not EC. */
static size_t half(const EVP_PKEY *key)
{
    const int bits = EVP_PKEY_is_a(key, "EC") == 1 ? EVP_PKEY_get_bits(key) : 0;
    return bits > 0 ? ((size_t)bits + 7U) / 8U : 0U;
}

static bool spread(const ECDSA_SIG *sig, size_t n, unsigned char raw[static PT_RAW_MAX])
{
    return BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)n) == (int)n &&
           BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + n, (int)n) == (int)n;
}

PT_RESULT pt_raw_from_der(const EVP_PKEY *key, struct pt_buf *value)
{
    unsigned char raw[PT_RAW_MAX];
    const unsigned char *at = (const unsigned char *)value->ptr;
    const size_t n = half(key);
    PT_ENSURE(n > 0U && 2U * n <= sizeof(raw), PT_E_DENIED);
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)value->len);
    const bool ok = sig != NULL && spread(sig, n, raw);
    ECDSA_SIG_free(sig);
    (void)pt_ossl_done(PT_SUCCESS);
    PT_ENSURE(ok, PT_E_CRYPTO);
    pt_buf_clear(value);
    pt_buf_put(value, pt_slice_of(raw, 2U * n));
    return pt_buf_status(value);
}

static int join(ECDSA_SIG *sig, pt_slice raw, unsigned char **ret_der)
{
    const int n = (int)(raw.len / 2U);
    BIGNUM *r = BN_bin2bn((const unsigned char *)raw.ptr, n, NULL);
    BIGNUM *s = BN_bin2bn((const unsigned char *)raw.ptr + n, n, NULL);
    if (r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return -1;
    }
    return i2d_ECDSA_SIG(sig, ret_der);
}

PT_RESULT pt_raw_to_der(const EVP_PKEY *key, pt_slice raw, struct pt_buf *out)
{
    unsigned char *der = NULL;
    const size_t n = half(key);
    PT_ENSURE(n > 0U && raw.len == 2U * n, PT_E_SYNTAX);
    ECDSA_SIG *sig = ECDSA_SIG_new();
    PT_ENSURE(sig != NULL, PT_E_NOMEM);
    const int len = join(sig, raw, &der);
    ECDSA_SIG_free(sig);
    if (len > 0) {
        pt_buf_put(out, pt_slice_of(der, (size_t)len));
    }
    OPENSSL_free(der);
    (void)pt_ossl_done(PT_SUCCESS);
    PT_ENSURE(len > 0, PT_E_CRYPTO);
    return pt_buf_status(out);
}
