/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * cms.c -- reading a CMS within bounds, and the two gestures that make a B-B seal a B-T one.
 * Layer 1 (pki).
 */
#include "pki/cms_int.h"

#include "pki/der_int.h"
#include "pki/ossl_int.h"
#include "pki/tsr_int.h"

#include <openssl/pem.h>

enum pt_reason pt_cms_reason(pt_status st)
{
    switch (st.code) {
    case PT_OK:
        return PT_REASON_NONE;
    case PT_E_SYNTAX:
        return PT_REASON_FORMAT;
    case PT_E_LIMIT:
        return PT_REASON_TOO_LARGE;
    default:
        return PT_REASON_FAILED;
    }
}

#define DIGESTS_MAX 8U /* digest algorithms one CMS announces */

/* Nobody signs the version numbers: only those that RFC 5652 5.1 and 5.3 can mean are read. */
static pt_status take_version(pt_slice *rest)
{
    pt_slice version;
    PT_TRY(pt_der_take(rest, PT_DER_INTEGER, &version));
    PT_ENSURE(version.len == 1U && (version.ptr[0] == 1 || version.ptr[0] == 3), PT_E_SYNTAX);
    return PT_SUCCESS;
}

static pt_status signer_versions(pt_slice infos)
{
    for (unsigned n = 0U; infos.len != 0U && n <= PT_CMS_SIGNERS_MAX; n++) {
        pt_slice one;
        PT_TRY(pt_der_take(&infos, PT_DER_SEQUENCE, &one));
        PT_TRY(take_version(&one));
    }
    return PT_SUCCESS;
}

/* SignedData.digestAlgorithms, out of the whole structure in DER. */
static pt_status announced(pt_slice der, pt_slice *ret)
{
    pt_slice info;
    pt_slice content;
    pt_slice data;
    pt_slice passed;
    PT_TRY(pt_der_take(&der, PT_DER_SEQUENCE, &info));
    PT_TRY(pt_der_take(&info, PT_DER_OID, &passed));
    PT_TRY(pt_der_take(&info, PT_DER_CONSTRUCTED_0, &content));
    PT_TRY(pt_der_take(&content, PT_DER_SEQUENCE, &data));
    PT_TRY(take_version(&data));
    PT_TRY(pt_der_take(&data, PT_DER_SET, ret));
    PT_TRY(pt_der_take(&data, PT_DER_SEQUENCE, &passed));            /* content */
    PT_TRY(pt_der_maybe(&data, PT_DER_CONSTRUCTED_0, &passed));      /* certificates */
    PT_TRY(pt_der_maybe(&data, PT_DER_CONSTRUCTED_0 + 1U, &passed)); /* lists */
    PT_TRY(pt_der_take(&data, PT_DER_SET, &passed));
    return signer_versions(passed);
}

static bool names_digest(pt_slice set, CMS_SignerInfo *si)
{
    X509_ALGOR *digest = NULL;
    const ASN1_OBJECT *oid = NULL;
    pt_slice one;
    pt_slice name;
    CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, NULL);
    X509_ALGOR_get0(&oid, NULL, NULL, digest);
    const pt_slice want = pt_slice_of(OBJ_get0_data(oid), OBJ_length(oid));
    for (unsigned n = 0U; set.len != 0U && n < DIGESTS_MAX; n++) {
        if (!pt_ok(pt_der_take(&set, PT_DER_SEQUENCE, &one)) ||
            !pt_ok(pt_der_take(&one, PT_DER_OID, &name))) {
            return false;
        }
        if (pt_slice_eq(name, want)) {
            return true;
        }
    }
    return false;
}

static bool all_announced(CMS_ContentInfo *cms, pt_slice set)
{
    STACK_OF(CMS_SignerInfo) *const all = CMS_get0_SignerInfos(cms);
    for (int i = 0; i < sk_CMS_SignerInfo_num(all) && i <= (int)PT_CMS_SIGNERS_MAX; i++) {
        if (!names_digest(set, sk_CMS_SignerInfo_value(all, i))) {
            return false;
        }
    }
    return true;
}

/*
 * RFC 5652 5.1: every signer's digest is announced in front. Nothing we compute depends on it, but
 * other verifiers' does, and a seal must not be good here and bad there. @bytes may be BER.
 */
static bool digests_announced(CMS_ContentInfo *cms, pt_slice bytes)
{
    pt_slice set = PT_SLICE_EMPTY;
    if (pt_ok(announced(bytes, &set))) {
        return all_announced(cms, set);
    }
    unsigned char *der = NULL;
    const int n = i2d_CMS_ContentInfo(cms, &der);
    const bool good =
        n > 0 && pt_ok(announced(pt_slice_of(der, (size_t)n), &set)) && all_announced(cms, set);
    OPENSSL_free(der);
    return good;
}

/* The whole of @bytes is one structure: what follows it would be covered by nobody. */
static CMS_ContentInfo *read_der(pt_slice bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)bytes.len);
    if (cms != NULL &&
        (at != (const unsigned char *)bytes.ptr + bytes.len || !digests_announced(cms, bytes))) {
        CMS_ContentInfo_free(cms);
        return NULL;
    }
    return cms;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static pt_slice trim(pt_slice bytes)
{
    while (bytes.len > 0U && is_space(bytes.ptr[0])) {
        bytes = pt_slice_of(bytes.ptr + 1, bytes.len - 1U);
    }
    while (bytes.len > 0U && is_space(bytes.ptr[bytes.len - 1U])) {
        bytes.len--;
    }
    return bytes;
}

/* Base64 and white space, with nothing after the padding. */
static bool is_body(pt_slice text)
{
    bool padded = false;
    for (size_t i = 0U; i < text.len; i++) {
        const char c = text.ptr[i];
        const bool digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           (c >= '0' && c <= '9') || c == '+' || c == '/';
        if (!is_space(c) && c != '=' && (!digit || padded)) {
            return false;
        }
        padded = padded || c == '=';
    }
    return true;
}

/* Is @text one block from its first byte to its last? OpenSSL skips what stands around one, and a
 * signature over the block would be taken for one over the file. */
static bool one_block(pt_slice text)
{
    static const struct {
        pt_slice begin, end;
    } frames[] = {
        {PT_SLICE_INIT("-----BEGIN CMS-----"), PT_SLICE_INIT("-----END CMS-----")},
        {PT_SLICE_INIT("-----BEGIN PKCS7-----"), PT_SLICE_INIT("-----END PKCS7-----")},
    };
    for (size_t i = 0U; i < PT_COUNT(frames); i++) {
        const size_t begin = frames[i].begin.len;
        const size_t end = frames[i].end.len;
        if (pt_slice_starts(text, frames[i].begin) && text.len > begin + end &&
            pt_slice_eq(pt_slice_of(text.ptr + text.len - end, end), frames[i].end)) {
            return is_body(pt_slice_of(text.ptr + begin, text.len - begin - end));
        }
    }
    return false;
}

static CMS_ContentInfo *read_pem(BIO *bio)
{
    char *name = NULL;
    char *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    CMS_ContentInfo *cms = NULL;
    if (PEM_read_bio(bio, &name, &header, &der, &len) == 1) {
        const bool ours = strcmp(name, PEM_STRING_CMS) == 0 || strcmp(name, PEM_STRING_PKCS7) == 0;
        cms = ours && header[0] == '\0' ? read_der(pt_slice_of(der, (size_t)len)) : NULL;
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    return cms;
}

static pt_status parse(pt_slice bytes, CMS_ContentInfo **ret)
{
    CMS_ContentInfo *cms = NULL;
    const pt_slice text = trim(bytes);
    if (pt_slice_starts(text, PT_SLICE("-----BEGIN "))) {
        PT_ENSURE(one_block(text), PT_E_SYNTAX);
        BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
        PT_ENSURE(bio != NULL, PT_E_NOMEM);
        cms = read_pem(bio);
        (void)BIO_free(bio);
    } else {
        cms = read_der(bytes);
    }
    if (cms == NULL) {
        return pt_ossl_starved() ? PT_FAIL(PT_E_NOMEM) : PT_FAIL(PT_E_SYNTAX);
    }
    *ret = cms;
    return PT_SUCCESS;
}

CMS_SignerInfo *pt_cms_signer(const struct pt_cms *cms, int index)
{
    return sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms->ossl), index);
}

pt_slice pt_cms_value(CMS_SignerInfo *si)
{
    const ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature(si);
    return pt_slice_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
}

static pt_status bounds(const struct pt_cms *cms)
{
    PT_ENSURE(cms->nsigners > 0, PT_E_SYNTAX);
    PT_ENSURE(cms->nsigners <= (int)PT_CMS_SIGNERS_MAX, PT_E_LIMIT);
    PT_ENSURE(sk_X509_num(cms->certs) <= (int)PT_CMS_CERTS_MAX, PT_E_LIMIT);
    for (int i = 0; i < cms->nsigners; i++) {
        CMS_SignerInfo *const si = pt_cms_signer(cms, i);
        PT_ENSURE(CMS_signed_get_attr_count(si) <= (int)PT_CMS_ATTRS_MAX, PT_E_LIMIT);
        PT_ENSURE(CMS_unsigned_get_attr_count(si) <= (int)PT_CMS_ATTRS_MAX, PT_E_LIMIT);
    }
    return PT_SUCCESS;
}

static pt_status take_parts(struct pt_cms *cms)
{
    PT_ENSURE(OBJ_obj2nid(CMS_get0_type(cms->ossl)) == NID_pkcs7_signed, PT_E_SYNTAX);
    cms->nsigners = sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms->ossl));
    cms->certs = CMS_get1_certs(cms->ossl);
    ASN1_OCTET_STRING **const content = CMS_get0_content(cms->ossl);
    cms->attached = content != NULL && *content != NULL;
    if (cms->attached) {
        cms->content =
            pt_slice_of(ASN1_STRING_get0_data(*content), (size_t)ASN1_STRING_length(*content));
    }
    return bounds(cms);
}

PT_RESULT pt_cms_read(pt_slice bytes, size_t max, struct pt_cms *ret)
{
    struct pt_cms cms = {.ossl = NULL};
    *ret = cms;
    PT_ENSURE(bytes.len != 0U, PT_E_SYNTAX);
    PT_ENSURE(bytes.len <= max && max <= PT_CMS_MAX, PT_E_LIMIT);
    pt_status st = parse(bytes, &cms.ossl);
    if (pt_ok(st)) {
        st = take_parts(&cms);
    }
    if (!pt_ok(st)) {
        pt_cms_done(&cms);
        return pt_ossl_done(st);
    }
    *ret = cms;
    return pt_ossl_done(PT_SUCCESS);
}

void pt_cms_done(struct pt_cms *cms)
{
    sk_X509_pop_free(cms->certs, X509_free);
    CMS_ContentInfo_free(cms->ossl);
    *cms = (struct pt_cms){.ossl = NULL};
}

PT_RESULT pt_cms_write(CMS_ContentInfo *cms, struct pt_buf *out)
{
    unsigned char *der = NULL;
    const int len = i2d_CMS_ContentInfo(cms, &der);
    PT_ENSURE(len > 0, PT_E_CRYPTO);
    pt_buf_put(out, pt_slice_of(der, (size_t)len));
    OPENSSL_free(der);
    return pt_buf_status(out);
}

bool pt_cms_has(CMS_SignerInfo *si, int nid)
{
    return CMS_signed_get_attr_by_NID(si, nid, -1) >= 0;
}

const void *pt_cms_attribute(CMS_SignerInfo *si, int nid, int type)
{
    const int at = CMS_signed_get_attr_by_NID(si, nid, -1);
    if (at < 0 || CMS_signed_get_attr_by_NID(si, nid, at) >= 0) {
        return NULL;
    }
    X509_ATTRIBUTE *const attribute = CMS_signed_get_attr(si, at);
    return X509_ATTRIBUTE_count(attribute) == 1 ? X509_ATTRIBUTE_get0_data(attribute, 0, type, NULL)
                                                : NULL;
}

/* --- B-T ---------------------------------------------------------------------------------------
 */

static pt_status digest_value(CMS_SignerInfo *si, const EVP_MD *md,
                              uint8_t out[static PT_DIGEST_MAX], size_t *ret_len)
{
    const pt_slice value = pt_cms_value(si);
    unsigned int n = 0U;
    if (EVP_Digest(value.ptr, value.len, out, &n, md, NULL) != 1) {
        return pt_ossl_done(PT_FAIL(PT_E_CRYPTO));
    }
    *ret_len = n;
    return pt_ossl_done(PT_SUCCESS);
}

PT_RESULT pt_cades_imprint(pt_slice bytes, enum pt_seal_digest digest,
                           uint8_t out[static PT_DIGEST_MAX], size_t *ret_len)
{
    struct pt_cms cms;
    PT_ENSURE(ret_len != NULL, PT_E_ARG);
    PT_TRY(pt_cms_read(bytes, PT_CMS_MAX, &cms));
    pt_status st = PT_FAIL(PT_E_SYNTAX);
    if (cms.nsigners == 1) {
        st = digest_value(pt_cms_signer(&cms, 0),
                          digest == PT_SEAL_SHA384 ? EVP_sha384() : EVP_sha256(), out, ret_len);
    }
    pt_cms_done(&cms);
    return st;
}

/* Is the token over this signature? Whether it is good is pt_tsp_accept()'s matter. */
static pt_status token_fits(CMS_SignerInfo *si, pt_slice token)
{
    struct pt_tst tst;
    PT_TRY(pt_tst_read(token, &tst));
    const pt_status st = pt_tst_covers(&tst, pt_cms_value(si)) ? PT_SUCCESS : PT_FAIL(PT_E_FORGED);
    pt_tst_done(&tst);
    return st;
}

static pt_status add_token(CMS_SignerInfo *si, pt_slice token)
{
    PT_ENSURE(CMS_unsigned_get_attr_by_NID(si, NID_id_smime_aa_timeStampToken, -1) < 0,
              PT_E_EXISTS);
    PT_TRY(token_fits(si, token));
    if (CMS_unsigned_add1_attr_by_NID(si, NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE,
                                      token.ptr, (int)token.len) != 1) {
        return PT_FAIL(PT_E_NOMEM);
    }
    return PT_SUCCESS;
}

PT_RESULT pt_cades_stamp(pt_slice bytes, pt_slice token, struct pt_buf *out)
{
    struct pt_cms cms;
    PT_ENSURE(out != NULL, PT_E_ARG);
    PT_TRY(pt_cms_read(bytes, PT_CMS_MAX, &cms));
    pt_status st = PT_FAIL(PT_E_SYNTAX);
    if (cms.nsigners == 1) {
        st = add_token(pt_cms_signer(&cms, 0), token);
    }
    if (pt_ok(st)) {
        st = pt_cms_write(cms.ossl, out);
    }
    pt_cms_done(&cms);
    return pt_ossl_done(st);
}
