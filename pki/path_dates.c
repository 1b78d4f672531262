/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path_dates.c -- see path_int.h: dates as seconds, and the crypto policy on keys and signatures of
 * a path (CRY-01, CRY-02). Layer 1 (pki).
 */
#include "pki/path_int.h"
#include "poterne/pki/policy.h"

#include <openssl/core_names.h>

#define DAY_S 86400

PT_RESULT pt_ossl_seconds(const ASN1_TIME *time, int64_t *ret)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    PT_ENSURE(epoch != NULL, PT_E_NOMEM);
    int days = 0;
    int seconds = 0;
    const int ok = time != NULL ? ASN1_TIME_diff(&days, &seconds, epoch, time) : 0;
    ASN1_TIME_free(epoch);
    PT_ENSURE(ok == 1, PT_E_SYNTAX);
    *ret = (int64_t)days * DAY_S + seconds;
    return PT_SUCCESS;
}

static bool accepted(const char *name, uint32_t bits, int64_t fresh_s)
{
    return pt_policy_check(pt_slice_str(name), bits, (int32_t)(fresh_s / DAY_S), NULL) !=
           PT_POLICY_REFUSED;
}

/* R26: the public exponent is odd and at least 2^16 + 1. */
static bool exponent_ok(const EVP_PKEY *key)
{
    BIGNUM *e = NULL;
    const bool ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
                    BN_num_bits(e) > 16 && BN_is_odd(e);
    BN_free(e);
    return ok;
}

bool pt_path_key_ok(const EVP_PKEY *key, int64_t fresh_s)
{
    const char *name = NULL;
    uint32_t bits = 0U;
    if (key == NULL || !pt_ok(pt_ossl_algorithm(key, &name, &bits)) ||
        !accepted(name, bits, fresh_s)) {
        return false;
    }
    return strcmp(name, "rsa") != 0 || exponent_ok(key);
}

bool pt_path_signature_ok(const X509_ALGOR *algorithm, int64_t fresh_s)
{
    const ASN1_OBJECT *object = NULL;
    int digest = NID_undef;
    int kind = NID_undef;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    const int nid = OBJ_obj2nid(object);
    if (nid == NID_ED25519) {
        return accepted("ed25519", 256U, fresh_s);
    }
    if (OBJ_find_sigid_algs(nid, &digest, &kind) != 1) {
        return false;
    }
    if (nid == NID_rsassaPss) {
        digest = pt_ossl_pss_digest(algorithm);
    } else if (kind == NID_rsaEncryption && !accepted("rsa-pkcs1-verify", 0U, fresh_s)) {
        return false;
    }
    const char *name = digest != NID_undef ? OBJ_nid2sn(digest) : NULL;
    return name != NULL && accepted(name, 0U, fresh_s);
}
