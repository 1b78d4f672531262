/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * cades.c -- CAdES B-B from a typed statement (cms.h). OpenSSL writes the CMS and its ESS
 * reference; what is digested and which attributes are signed is said here. Layer 1 (pki).
 */
#include "poterne/pki/cms.h"

#include "pki/cms_int.h"
#include "pki/der_int.h"
#include "pki/ossl_int.h"
#include "pki/signer_int.h"

#include <openssl/rsa.h>

/* EN 319 122-1 5.2.5.2: id-aa-ets-mimeType. */
#define OID_MIME_TYPE "0.4.0.1733.2.1"

#define SEAL_FLAGS (CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP | CMS_CADES)

static pt_slice name_of(const struct pt_statement *s)
{
    switch (s->kind) {
    case PT_STATEMENT_CHECKPOINT:
        return PT_SLICE("checkpoint");
    case PT_STATEMENT_DESCRIPTOR:
        return PT_SLICE("log.json");
    case PT_STATEMENT_DOCUMENT:
        return s->is.document.name;
    case PT_STATEMENT_CONTENT:
    default:
        return s->is.content.name;
    }
}

static pt_slice media_type_of(const struct pt_statement *s)
{
    switch (s->kind) {
    case PT_STATEMENT_CHECKPOINT:
        return PT_SLICE("text/plain");
    case PT_STATEMENT_DESCRIPTOR:
        return PT_SLICE("application/json");
    case PT_STATEMENT_DOCUMENT:
        return s->is.document.media_type;
    case PT_STATEMENT_CONTENT:
    default:
        return s->is.content.media_type;
    }
}

static bool add_attribute(CMS_SignerInfo *si, int nid, int type, pt_slice value)
{
    return CMS_signed_add1_attr_by_NID(si, nid, type, value.ptr, (int)value.len) == 1;
}

static bool add_content_type(CMS_SignerInfo *si)
{
    return CMS_signed_add1_attr_by_NID(si, NID_pkcs9_contentType, V_ASN1_OBJECT,
                                       OBJ_nid2obj(NID_pkcs7_data), -1) == 1;
}

static bool add_time(CMS_SignerInfo *si, int64_t seconds)
{
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)seconds);
    const bool added = time != NULL && CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime,
                                                                   time->type, time, -1) == 1;
    ASN1_TIME_free(time);
    return added;
}

/* ContentHints ::= SEQUENCE { contentDescription UTF8String OPTIONAL, contentType id-data } */
static bool add_name(CMS_SignerInfo *si, pt_slice name)
{
    static const char data[] = {0x2a, (char)0x86, 0x48, (char)0x86, (char)0xf7,
                                0x0d, 0x01,       0x07, 0x01};
    if (name.len == 0U) {
        return true;
    }
    struct pt_buf inner;
    struct pt_buf hints;
    pt_buf_init(&inner, PT_STATEMENT_NAME_MAX + 32U);
    pt_buf_init(&hints, PT_STATEMENT_NAME_MAX + 64U);
    pt_der_put(&inner, PT_DER_UTF8, name);
    pt_der_put(&inner, PT_DER_OID, pt_slice_of(data, sizeof(data)));
    pt_der_put(&hints, PT_DER_SEQUENCE, pt_buf_slice(&inner));
    const bool added =
        pt_ok(pt_buf_status(&inner)) && pt_ok(pt_buf_status(&hints)) &&
        add_attribute(si, NID_id_smime_aa_contentHint, V_ASN1_SEQUENCE, pt_buf_slice(&hints));
    pt_buf_done(&inner);
    pt_buf_done(&hints);
    return added;
}

static bool add_media_type(CMS_SignerInfo *si, pt_slice type)
{
    return type.len == 0U || CMS_signed_add1_attr_by_txt(si, OID_MIME_TYPE, V_ASN1_UTF8STRING,
                                                         type.ptr, (int)type.len) == 1;
}

static bool add_attributes(CMS_SignerInfo *si, const struct pt_statement *statement,
                           pt_slice digest)
{
    return add_content_type(si) &&
           add_attribute(si, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest) &&
           add_time(si, statement->time) && add_name(si, name_of(statement)) &&
           add_media_type(si, media_type_of(statement));
}

/* AlgorithmIdentifier of RSASSA-PSS (RFC 4055 3.1): digest, MGF1 with it, salt of its length. */
static const unsigned char pss_sha256[] = {
    0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30,
    0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
    0x02, 0x01, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
    0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
    0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20};
#define PSS_DIGEST 29U /* last byte of the digest's OID */
#define PSS_MASK   59U /* ... of the mask's digest */
#define PSS_SALT   66U

static bool set_algorithm(const struct pt_signer *signer, CMS_SignerInfo *si)
{
    unsigned char der[sizeof(pss_sha256)];
    const unsigned char *at = der;
    X509_ALGOR *place = NULL;
    memcpy(der, pss_sha256, sizeof(der));
    if (EVP_MD_get_size(pt_signer_md(signer)) == 48) {
        der[PSS_DIGEST] = 2U;
        der[PSS_MASK] = 2U;
        der[PSS_SALT] = 48U;
    }
    X509_ALGOR *pss = d2i_X509_ALGOR(NULL, &at, (long)sizeof(der));
    CMS_SignerInfo_get0_algs(si, NULL, NULL, NULL, &place);
    const bool set = pss != NULL && place != NULL && X509_ALGOR_copy(place, pss) == 1;
    X509_ALGOR_free(pss);
    return set;
}

/* OpenSSL derives the algorithm of an ECDSA key itself; for PSS it must be told, twice. */
static bool use_pss(const struct pt_signer *signer, CMS_SignerInfo *si)
{
    if (!pt_signer_is_rsa(signer)) {
        return true;
    }
    EVP_PKEY_CTX *const options = CMS_SignerInfo_get0_pkey_ctx(si);
    return EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(options, pt_signer_md(signer)) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) > 0 &&
           set_algorithm(signer, si);
}

static bool add_chain(CMS_ContentInfo *cms, const struct pt_signer *signer)
{
    STACK_OF(X509) *const chain = pt_signer_chain(signer);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        if (CMS_add1_cert(cms, sk_X509_value(chain, i)) != 1) {
            return false;
        }
    }
    return true;
}

static bool attach(CMS_ContentInfo *cms, const struct pt_statement *statement)
{
    struct pt_buf bytes;
    pt_buf_init(&bytes, PT_STATEMENT_CONTENT_MAX);
    ASN1_OCTET_STRING **const place = CMS_get0_content(cms);
    bool done = pt_ok(pt_statement_bytes(statement, &bytes)) && place != NULL;
    if (done && *place == NULL) {
        *place = ASN1_OCTET_STRING_new();
    }
    done = done && *place != NULL &&
           ASN1_OCTET_STRING_set(*place, (const unsigned char *)bytes.ptr, (int)bytes.len) == 1;
    if (done) {
        (*place)->flags &= ~ASN1_STRING_FLAG_CONT;
    }
    pt_buf_done(&bytes);
    return done;
}

static bool build(CMS_ContentInfo *cms, const struct pt_signer *signer,
                  const struct pt_statement *statement, pt_slice digest)
{
    CMS_SignerInfo *const si =
        CMS_add1_signer(cms, pt_signer_cert(signer), pt_signer_key(signer), pt_signer_md(signer),
                        SEAL_FLAGS | (pt_signer_is_rsa(signer) ? CMS_KEY_PARAM : 0U));
    return si != NULL && add_chain(cms, signer) && use_pss(signer, si) &&
           add_attributes(si, statement, digest) && CMS_SignerInfo_sign(si) == 1;
}

PT_RESULT pt_cades_seal(const struct pt_signer *signer, const struct pt_statement *statement,
                        bool attached, struct pt_buf *out)
{
    PT_ENSURE(signer != NULL && out != NULL, PT_E_ARG);
    PT_TRY(pt_statement_check(statement));
    PT_ENSURE(!attached || statement->kind != PT_STATEMENT_DOCUMENT, PT_E_ABSENT);
    PT_TRY(pt_signer_ready(signer, statement->time));
    uint8_t digest[PT_DIGEST_MAX];
    size_t len = 0U;
    PT_TRY(pt_statement_digest(statement, pt_signer_md(signer), digest, &len));
    CMS_ContentInfo *cms =
        CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY | (attached ? 0U : CMS_DETACHED));
    if (cms == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    pt_status st = PT_FAIL(PT_E_CRYPTO);
    if ((!attached || attach(cms, statement)) &&
        build(cms, signer, statement, pt_slice_of(digest, len))) {
        st = pt_cms_write(cms, out);
    }
    CMS_ContentInfo_free(cms);
    return pt_ossl_done(st);
}
