/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * cms_judge.c -- one CMS signature, judged in itself (cms_int.h). Law: an algorithm is named,
 * matched with the others and passed through the policy before anything is computed with it; the
 * parameters of RSA-PSS too, whose mask digest is SHA-1 unless it says otherwise. Layer 1 (pki).
 */
#include "pki/cms_int.h"

#include "pki/ossl_int.h"
#include "poterne/base/secret.h"
#include "poterne/pki/policy.h"

/* --- algorithms --------------------------------------------------------------------------------
 */

static int algorithm_of(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *oid = NULL;
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    return OBJ_obj2nid(oid);
}

/* Which mechanism, for which kind of key; NULL: one we do not accept or that contradicts itself. */
static const char *mechanism_of(const X509_ALGOR *signature, int md, bool rsa_key)
{
    const int nid = algorithm_of(signature);
    int hash = NID_undef;
    int kind = NID_undef;
    if (nid == NID_rsassaPss) {
        return rsa_key && pt_ossl_pss_digest(signature) == md ? "rsa-pss" : NULL;
    }
    if (nid == NID_rsaEncryption) {
        return rsa_key ? "rsa-pkcs1-verify" : NULL;
    }
    if (OBJ_find_sigid_algs(nid, &hash, &kind) != 1 || hash != md) {
        return NULL;
    }
    if (kind == NID_rsaEncryption) {
        return rsa_key ? "rsa-pkcs1-verify" : NULL;
    }
    return kind == NID_X9_62_id_ecPublicKey && !rsa_key ? "ecdsa" : NULL;
}

/* OpenSSL forgets a key that it could not decode, for want of memory too: a second try tells. */
static bool decodes(const X509 *cert)
{
    unsigned char *der = NULL;
    const int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    const unsigned char *at = der;
    EVP_PKEY *key = n > 0 ? d2i_PUBKEY(NULL, &at, (long)n) : NULL;
    const bool good = key != NULL;
    EVP_PKEY_free(key);
    OPENSSL_free(der);
    return good;
}

enum pt_reason pt_cms_mechanism(CMS_SignerInfo *si, struct pt_cms_judged *judged)
{
    X509_ALGOR *digest = NULL;
    X509_ALGOR *signature = NULL;
    const EVP_PKEY *const key = X509_get0_pubkey(judged->cert);
    CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, &signature);
    const int md = algorithm_of(digest);
    judged->digest = pt_ossl_digest_name(md);
    if (key == NULL) {
        return decodes(judged->cert) ? PT_REASON_FAILED : PT_REASON_FORBIDDEN_ALGORITHM;
    }
    const pt_status st = pt_ossl_algorithm(key, &judged->key, &judged->bits);
    if (!pt_ok(st)) {
        return st.code == (uint32_t)PT_E_NOMEM ? PT_REASON_FAILED : PT_REASON_FORBIDDEN_ALGORITHM;
    }
    judged->mechanism = mechanism_of(signature, md, strcmp(judged->key, "rsa") == 0);
    return judged->mechanism != NULL ? PT_REASON_NONE : PT_REASON_FORBIDDEN_ALGORITHM;
}

static enum pt_reason one_rule(const char *name, uint32_t bits, int32_t days)
{
    const struct pt_policy_rule *rule = NULL;
    if (pt_policy_check(pt_slice_str(name), bits, days, &rule) != PT_POLICY_REFUSED) {
        return PT_REASON_NONE;
    }
    return rule != NULL && rule->accepted ? PT_REASON_POLICY_ENDED : PT_REASON_FORBIDDEN_ALGORITHM;
}

enum pt_reason pt_cms_policy(const struct pt_cms_judged *judged, int64_t at)
{
    const int32_t days = (int32_t)(at / 86400);
    const enum pt_reason found[] = {one_rule(judged->digest, 0U, days),
                                    one_rule(judged->mechanism, judged->bits, days),
                                    one_rule(judged->key, judged->bits, days)};
    enum pt_reason worst = PT_REASON_NONE;
    for (size_t i = 0U; i < PT_COUNT(found); i++) {
        if (found[i] == PT_REASON_FORBIDDEN_ALGORITHM ||
            (found[i] == PT_REASON_POLICY_ENDED && worst == PT_REASON_NONE)) {
            worst = found[i];
        }
    }
    return worst;
}

/* --- parts -------------------------------------------------------------------------------------
 */

static X509 *find_cert(const struct pt_cms_question *q)
{
    for (int i = 0; i < sk_X509_num(q->cms->certs); i++) {
        X509 *const cert = sk_X509_value(q->cms->certs, i);
        if (CMS_SignerInfo_cert_cmp(q->si, cert) == 0) {
            return cert;
        }
    }
    return NULL;
}

/* RFC 5652 11.1, 11.2: content-type and message-digest, each once, the type as it is outside. */
static bool attributes_ok(const struct pt_cms_question *q)
{
    const ASN1_OBJECT *const type =
        (const ASN1_OBJECT *)pt_cms_attribute(q->si, NID_pkcs9_contentType, V_ASN1_OBJECT);
    return type != NULL && OBJ_obj2nid(type) == q->content_type &&
           OBJ_obj2nid(CMS_get0_eContentType(q->cms->ossl)) == q->content_type &&
           pt_cms_attribute(q->si, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING) != NULL;
}

static enum pt_reason digest_reason(const struct pt_cms_question *q)
{
    X509_ALGOR *digest = NULL;
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned int n = 0U;
    if (!q->has_content) {
        return PT_REASON_CONTENT_ABSENT;
    }
    CMS_SignerInfo_get0_algs(q->si, NULL, NULL, &digest, NULL);
    const EVP_MD *const md = EVP_get_digestbynid(algorithm_of(digest));
    if (md == NULL || EVP_Digest(q->content.len != 0U ? q->content.ptr : "", q->content.len, hash,
                                 &n, md, NULL) != 1) {
        return PT_REASON_FAILED;
    }
    const ASN1_OCTET_STRING *const said = (const ASN1_OCTET_STRING *)pt_cms_attribute(
        q->si, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING);
    const pt_slice want =
        pt_slice_of(ASN1_STRING_get0_data(said), (size_t)ASN1_STRING_length(said));
    return pt_slice_eq(want, pt_slice_of(hash, n)) ? PT_REASON_NONE : PT_REASON_DIGEST;
}

static enum pt_reason signature_reason(const struct pt_cms_question *q, X509 *cert)
{
    CMS_SignerInfo_set1_signer_cert(q->si, cert);
    return CMS_SignerInfo_verify(q->si) == 1 ? PT_REASON_NONE : PT_REASON_SIGNATURE;
}

static enum pt_reason judge(const struct pt_cms_question *q, struct pt_cms_judged *ret)
{
    ret->cert = find_cert(q);
    if (ret->cert == NULL) {
        return PT_REASON_NO_CERTIFICATE;
    }
    if (!attributes_ok(q)) {
        return PT_REASON_NOT_BASELINE;
    }
    enum pt_reason reason = pt_cms_ess(q->si, ret->cert);
    if (reason == PT_REASON_NONE) {
        reason = pt_cms_mechanism(q->si, ret);
    }
    /* On the first day of the epoch nothing has ended yet: what is refused then always is. */
    if (reason == PT_REASON_NONE) {
        reason = pt_cms_policy(ret, 0);
    }
    if (reason == PT_REASON_NONE) {
        reason = signature_reason(q, ret->cert);
    }
    return reason == PT_REASON_NONE ? digest_reason(q) : reason;
}

enum pt_reason pt_cms_judge(const struct pt_cms_question *question, struct pt_cms_judged *ret)
{
    *ret = (struct pt_cms_judged){.digest = "", .mechanism = "", .key = ""};
    const enum pt_reason reason = judge(question, ret);
    const bool starved = pt_ossl_starved();
    return starved && reason != PT_REASON_NONE ? PT_REASON_FAILED : reason;
}
