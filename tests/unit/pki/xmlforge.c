/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/unit/pki/xmlforge.h"

#include "pki/dsig_int.h"
#include "pki/raw_int.h"
#include "poterne/base/codec.h"

#include <criterion/criterion.h>

static void put_base64(struct pt_buf *out, const void *bytes, size_t n)
{
    pt_b64_encode(out, pt_slice_of(bytes, n));
}

void xmlforge_fill(const struct sealworld *kit, const char *text, struct pt_buf *out)
{
    unsigned char *der = NULL;
    unsigned char sha[32];
    const int n = i2d_X509(kit->leaf.cert, &der);
    test_cert_fingerprint(&kit->leaf, sha);
    for (; *text != '\0'; text++) {
        if (text[0] == '$' && text[1] == 'C') {
            put_base64(out, der, (size_t)n);
            text++;
        } else if (text[0] == '$' && text[1] == 'D') {
            put_base64(out, sha, sizeof(sha));
            text++;
        } else {
            pt_buf_put_byte(out, *text);
        }
    }
    OPENSSL_free(der);
    cr_assert(pt_ok(pt_buf_status(out)));
}

static void set(xmlNode *node, pt_slice bytes)
{
    char text[4096];
    cr_assert(bytes.len < 2048U);
    text[pt_b64_encode_raw(bytes, text)] = '\0';
    xmlNodeSetContent(node, BAD_CAST text);
}

static void sign_value(const struct sealworld *kit, const struct pt_dsig *dsig)
{
    struct pt_buf tbs;
    struct pt_buf value;
    unsigned char der[1024];
    size_t n = sizeof(der);
    pt_buf_init(&tbs, 1048576U);
    pt_buf_init(&value, 1024U);
    cr_assert(pt_ok(pt_dsig_canonical(dsig->doc, dsig->signed_info, dsig->c14n, &tbs)));
    EVP_MD_CTX *const md = EVP_MD_CTX_new();
    cr_assert_eq(EVP_DigestSignInit(md, NULL, EVP_get_digestbyname(pt_dsig_method_digest(dsig)),
                                    NULL, kit->leaf.key),
                 1);
    cr_assert_eq(EVP_DigestSign(md, der, &n, (const unsigned char *)tbs.ptr, tbs.len), 1);
    EVP_MD_CTX_free(md);
    pt_buf_put(&value, pt_slice_of(der, n));
    if (EVP_PKEY_is_a(kit->leaf.key, "EC") == 1) {
        cr_assert(pt_ok(pt_raw_from_der(kit->leaf.key, &value)));
    }
    set(dsig->signature_value, pt_buf_slice(&value));
    pt_buf_done(&tbs);
    pt_buf_done(&value);
}

static void sign(const struct sealworld *kit, xmlDoc *doc, xmlNode *const *found, size_t n,
                 size_t i)
{
    struct pt_dsig dsig;
    cr_assert_eq(pt_dsig_read(doc, found, n, i, &dsig), PT_REASON_NONE);
    cr_assert_eq(pt_dsig_resolve(&dsig, NULL), PT_REASON_NONE);
    for (size_t k = 0U; k < dsig.nreferences; k++) {
        struct pt_buf digest;
        pt_buf_init(&digest, 64U);
        cr_assert(pt_ok(pt_dsig_digest_of(&dsig, &dsig.references[k], NULL, &digest)));
        set(dsig.references[k].digest_value, pt_buf_slice(&digest));
        pt_buf_done(&digest);
    }
    sign_value(kit, &dsig);
}

void xmlforge_sign(const struct sealworld *kit, const char *text, struct pt_buf *out)
{
    xmlNode *found[PT_DSIG_SIGNATURES_MAX];
    size_t n = 0U;
    xmlDoc *doc = NULL;
    xmlChar *dumped = NULL;
    int len = 0;
    pt_buf_clear(out);
    xmlforge_fill(kit, text, out);
    cr_assert(pt_ok(pt_dsig_start()));
    const pt_status st = pt_xml_parse(pt_buf_slice(out), &doc);
    cr_assert(pt_ok(st), "%x/%u", st.code, st.aux);
    cr_assert_eq(pt_dsig_find(doc, found, &n), PT_REASON_NONE);
    for (size_t i = 0U; i < n; i++) {
        sign(kit, doc, found, n, i);
    }
    xmlDocDumpMemory(doc, &dumped, &len);
    pt_buf_clear(out);
    pt_buf_put(out, pt_slice_of(dumped, (size_t)len));
    xmlFree(dumped);
    xmlFreeDoc(doc);
}

void xmlforge_replace(struct pt_buf *text, const char *what, const char *by)
{
    struct pt_buf changed;
    const char *const at = (const char *)memmem(text->ptr, text->len, what, strlen(what));
    cr_assert_not_null(at, "%s", what);
    const size_t before = (size_t)(at - text->ptr);
    pt_buf_init(&changed, text->max);
    pt_buf_put(&changed, pt_slice_of(text->ptr, before));
    pt_buf_put_str(&changed, by);
    pt_buf_put(&changed, pt_slice_from(pt_buf_slice(text), before + strlen(what)));
    cr_assert(pt_ok(pt_buf_status(&changed)));
    pt_buf_done(text);
    *text = changed;
}
