/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * xades_seal.c -- see xmlsig.h. The signature is written out as text with empty values, read back
 * by the verifier's own grammar, and only then filled: what we cannot read we do not sign.
 * Layer 1 (pki).
 */
#include "pki/xades_int.h"

#include "pki/dsig_sec_int.h"
#include "pki/ossl_int.h"
#include "pki/raw_int.h"
#include "pki/signer_int.h"
#include "poterne/base/clock.h"
#include "poterne/base/codec.h"
#include "poterne/pki/digest.h"

#define NS_ASIC  "http://uri.etsi.org/02918/v1.2.1#"
#define EXC_C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
#define TEXT_MAX 1048576U /* a signature with its certificates */
#define ID_BYTES 12U

struct seal {
    const struct pt_signer *signer;
    const struct pt_statement *statements;
    size_t n;
    bool enveloped;
    char id[PT_HEX_LEN(ID_BYTES) + 1U];
};

/* --- the text of a signature ----------------------------------------------------------------- */

static void put_xml(struct pt_buf *out, pt_slice text)
{
    static const struct {
        char byte;
        const char *as;
    } escapes[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
    for (size_t i = 0U; i < text.len; i++) {
        const char *as = NULL;
        for (size_t k = 0U; k < PT_COUNT(escapes); k++) {
            as = text.ptr[i] == escapes[k].byte ? escapes[k].as : as;
        }
        if (as != NULL) {
            pt_buf_put_str(out, as);
        } else {
            pt_buf_put_byte(out, text.ptr[i]);
        }
    }
}

/* A file name as a relative URI: everything but the unreserved characters is escaped. */
static void put_uri(struct pt_buf *out, pt_slice name)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0U; i < name.len; i++) {
        const unsigned char c = (unsigned char)name.ptr[i];
        if (c != '\0' && strchr(plain, c) != NULL) {
            pt_buf_put_byte(out, (char)c);
        } else {
            pt_buf_put_byte(out, '%');
            pt_buf_put_byte(out, digits[c >> 4U]);
            pt_buf_put_byte(out, digits[c & 15U]);
        }
    }
}

static void put_number(struct pt_buf *out, const struct seal *s, const char *before, size_t i,
                       const char *after)
{
    pt_buf_put_str(out, before);
    pt_buf_put_str(out, s->id);
    pt_buf_put_str(out, "-r");
    pt_buf_put_u64(out, i + 1U);
    pt_buf_put_str(out, after);
}

static void put_digest(struct pt_buf *out, const struct seal *s)
{
    pt_buf_put_str(out, "<ds:DigestMethod Algorithm=\"");
    pt_buf_put_str(out, pt_dsig_sec_digest_uri(pt_signer_digest(s->signer)));
    pt_buf_put_str(out, "\"></ds:DigestMethod>");
}

static void put_references(struct pt_buf *out, const struct seal *s)
{
    for (size_t i = 0U; i < s->n; i++) {
        put_number(out, s, "<ds:Reference Id=\"", i, "\" URI=\"");
        if (!s->enveloped) {
            put_uri(out, s->statements[i].is.content.name);
        }
        pt_buf_put_str(out, "\">");
        if (s->enveloped) {
            pt_buf_put_str(out, "<ds:Transforms><ds:Transform Algorithm=\"" PT_NS_DSIG
                                "enveloped-signature\"/><ds:Transform Algorithm=\"" EXC_C14N
                                "\"/></ds:Transforms>");
        }
        put_digest(out, s);
        pt_buf_put_str(out, "<ds:DigestValue/></ds:Reference>");
    }
    pt_buf_put_str(out, "<ds:Reference Type=\"" PT_XADES_TYPE_SIGNED "\" URI=\"#");
    pt_buf_put_str(out, s->id);
    pt_buf_put_str(out, "-p\"><ds:Transforms><ds:Transform Algorithm=\"" EXC_C14N
                        "\"/></ds:Transforms>");
    put_digest(out, s);
    pt_buf_put_str(out, "<ds:DigestValue/></ds:Reference>");
}

static pt_status put_cert(struct pt_buf *out, X509 *cert)
{
    unsigned char *der = NULL;
    const int n = i2d_X509(cert, &der);
    PT_ENSURE(n > 0, PT_E_CRYPTO);
    pt_buf_put_str(out, "<ds:X509Certificate>");
    pt_b64_encode(out, pt_slice_of(der, (size_t)n));
    pt_buf_put_str(out, "</ds:X509Certificate>");
    OPENSSL_free(der);
    return PT_SUCCESS;
}

static pt_status put_key_info(struct pt_buf *out, const struct seal *s)
{
    const STACK_OF(X509) *const chain = pt_signer_chain(s->signer);
    pt_buf_put_str(out, "<ds:KeyInfo><ds:X509Data>");
    PT_TRY(put_cert(out, pt_signer_cert(s->signer)));
    for (int i = 0; chain != NULL && i < sk_X509_num(chain); i++) {
        PT_TRY(put_cert(out, sk_X509_value(chain, i)));
    }
    pt_buf_put_str(out, "</ds:X509Data></ds:KeyInfo>");
    return PT_SUCCESS;
}

static void put_formats(struct pt_buf *out, const struct seal *s)
{
    pt_buf_put_str(out, "<xades:SignedDataObjectProperties>");
    for (size_t i = 0U; i < s->n; i++) {
        const pt_slice type = s->statements[i].is.content.media_type;
        put_number(out, s, "<xades:DataObjectFormat ObjectReference=\"#", i, "\"><xades:MimeType>");
        put_xml(out, type.len > 0U  ? type
                     : s->enveloped ? PT_SLICE("text/xml")
                                    : PT_SLICE("application/octet-stream"));
        pt_buf_put_str(out, "</xades:MimeType></xades:DataObjectFormat>");
    }
    pt_buf_put_str(out, "</xades:SignedDataObjectProperties>");
}

static pt_status put_properties(struct pt_buf *out, const struct seal *s)
{
    uint8_t sha[EVP_MAX_MD_SIZE];
    unsigned int n = 0U;
    char time[PT_RFC3339_LEN + 1U];
    PT_ENSURE(X509_digest(pt_signer_cert(s->signer), pt_signer_md(s->signer), sha, &n) == 1,
              PT_E_CRYPTO);
    pt_time_rfc3339((uint64_t)s->statements[0].time * 1000U, time);
    pt_buf_put_str(out, "<ds:Object><xades:QualifyingProperties xmlns:xades=\"" PT_NS_XADES
                        "\" Target=\"#");
    pt_buf_put_str(out, s->id);
    pt_buf_put_str(out, "\"><xades:SignedProperties Id=\"");
    pt_buf_put_str(out, s->id);
    pt_buf_put_str(out, "-p\"><xades:SignedSignatureProperties><xades:SigningTime>");
    pt_buf_put(out, pt_slice_of(time, sizeof("2026-11-24T01:02:03") - 1U));
    pt_buf_put_str(out, "Z</xades:SigningTime><xades:SigningCertificateV2><xades:Cert>"
                        "<xades:CertDigest>");
    put_digest(out, s);
    pt_buf_put_str(out, "<ds:DigestValue>");
    pt_b64_encode(out, pt_slice_of(sha, n));
    pt_buf_put_str(out, "</ds:DigestValue></xades:CertDigest></xades:Cert>"
                        "</xades:SigningCertificateV2></xades:SignedSignatureProperties>");
    put_formats(out, s);
    pt_buf_put_str(out, "</xades:SignedProperties></xades:QualifyingProperties></ds:Object>");
    return PT_SUCCESS;
}

static pt_status put_signature(struct pt_buf *out, const struct seal *s)
{
    pt_buf_put_str(out, "<ds:Signature xmlns:ds=\"" PT_NS_DSIG "\" Id=\"");
    pt_buf_put_str(out, s->id);
    pt_buf_put_str(out, "\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"" EXC_C14N
                        "\"/><ds:SignatureMethod Algorithm=\"");
    pt_buf_put_str(out, pt_dsig_sec_ecdsa_uri(pt_signer_digest(s->signer)));
    pt_buf_put_str(out, "\"/>");
    put_references(out, s);
    pt_buf_put_str(out, "</ds:SignedInfo><ds:SignatureValue/>");
    PT_TRY(put_key_info(out, s));
    PT_TRY(put_properties(out, s));
    pt_buf_put_str(out, "</ds:Signature>");
    return pt_buf_status(out);
}

/* --- filling --------------------------------------------------------------------------------- */

static pt_status set_base64(xmlNode *node, pt_slice bytes)
{
    struct pt_buf text;
    pt_buf_init(&text, PT_B64_LEN(PT_XADES_TOKEN_MAX) + 1U);
    pt_b64_encode(&text, bytes);
    pt_buf_put_byte(&text, '\0');
    const pt_status st = pt_buf_status(&text);
    if (pt_ok(st)) {
        xmlNodeSetContent(node, (const xmlChar *)text.ptr);
    }
    pt_buf_done(&text);
    return pt_ok(st) && node->children == NULL ? PT_FAIL(PT_E_NOMEM) : st;
}

static pt_status fill_digests(struct pt_dsig *dsig, const struct pt_xml_contents *contents)
{
    for (size_t i = 0U; i < dsig->nreferences; i++) {
        struct pt_buf digest;
        pt_buf_init(&digest, EVP_MAX_MD_SIZE);
        pt_status st = pt_dsig_digest_of(dsig, &dsig->references[i], contents, &digest);
        if (pt_ok(st)) {
            st = set_base64(dsig->references[i].digest_value, pt_buf_slice(&digest));
        }
        pt_buf_done(&digest);
        PT_TRY(st);
    }
    return PT_SUCCESS;
}

static pt_status sign_into(const struct seal *s, const struct pt_dsig *dsig, struct pt_buf *tbs,
                           struct pt_buf *value)
{
    PT_TRY(pt_dsig_canonical(dsig->doc, dsig->signed_info, dsig->c14n, tbs));
    PT_TRY(pt_signer_sign(s->signer, pt_buf_slice(tbs), value));
    PT_TRY(pt_raw_from_der(pt_signer_key(s->signer), value));
    return set_base64(dsig->signature_value, pt_buf_slice(value));
}

static pt_status fill_value(const struct seal *s, const struct pt_dsig *dsig)
{
    struct pt_buf tbs;
    struct pt_buf value;
    pt_buf_init(&tbs, TEXT_MAX);
    pt_buf_init(&value, PT_DSIG_VALUE_MAX);
    const pt_status st = sign_into(s, dsig, &tbs, &value);
    pt_buf_done(&tbs);
    pt_buf_done(&value);
    return st;
}

static pt_status refused(enum pt_reason reason)
{
    return reason == PT_REASON_FAILED ? PT_FAIL(PT_E_NOMEM) : PT_FAIL_AUX(PT_E_SYNTAX, reason);
}

static pt_status fill(const struct seal *s, xmlDoc *doc, const struct pt_xml_contents *contents)
{
    xmlNode *found[PT_DSIG_SIGNATURES_MAX];
    size_t n = 0U;
    struct pt_dsig dsig;
    struct pt_xades xades;
    enum pt_reason reason = pt_dsig_find(doc, found, &n);
    reason = reason == PT_REASON_NONE ? pt_dsig_read(doc, found, n, 0U, &dsig) : reason;
    reason = reason == PT_REASON_NONE ? pt_dsig_resolve(&dsig, contents) : reason;
    reason = reason == PT_REASON_NONE ? pt_xades_read(&dsig, &xades) : reason;
    if (reason != PT_REASON_NONE) {
        return refused(reason);
    }
    PT_TRY(fill_digests(&dsig, contents));
    return fill_value(s, &dsig);
}

static pt_status dump(xmlDoc *doc, struct pt_buf *out)
{
    xmlChar *text = NULL;
    int n = 0;
    const char *const encoding = doc->encoding != NULL ? (const char *)doc->encoding : "UTF-8";
    xmlDocDumpFormatMemoryEnc(doc, &text, &n, encoding, 0);
    PT_ENSURE(text != NULL && n > 0, PT_E_NOMEM);
    pt_buf_put(out, pt_slice_of(text, (size_t)n));
    xmlFree(text);
    return pt_buf_status(out);
}

/* --- seals ----------------------------------------------------------------------------------- */

static pt_status prepare(struct seal *s)
{
    uint8_t random[ID_BYTES];
    PT_ENSURE(s->signer != NULL && s->statements != NULL && s->n > 0U, PT_E_ARG);
    PT_ENSURE(s->n <= PT_XML_CONTENTS_MAX, PT_E_LIMIT);
    for (size_t i = 0U; i < s->n; i++) {
        PT_ENSURE(s->statements[i].kind == PT_STATEMENT_CONTENT, PT_E_ARG);
        PT_TRY(pt_statement_check(&s->statements[i]));
        PT_ENSURE(s->enveloped || s->statements[i].is.content.name.len > 0U, PT_E_ARG);
    }
    PT_TRY(pt_signer_ready(s->signer, s->statements[0].time));
    PT_ENSURE(!pt_signer_is_rsa(s->signer), PT_E_DENIED);
    PT_TRY(pt_dsig_start());
    PT_TRY(pt_random(random, sizeof(random)));
    s->id[0] = 'S'; /* an NCName does not begin with a digit */
    pt_hex_encode(pt_slice_of(random, sizeof(random) - 1U), s->id + 1);
    s->id[PT_HEX_LEN(ID_BYTES) - 1U] = '\0';
    return PT_SUCCESS;
}

/* Parse the text of our signature and hang a copy of it under the root of @doc. */
static pt_status graft(xmlDoc *doc, pt_slice text)
{
    xmlDoc *own = NULL;
    PT_TRY(pt_xml_parse(text, &own));
    xmlNode *const copy = xmlDocCopyNode(xmlDocGetRootElement(own), doc, 1);
    xmlFreeDoc(own);
    PT_ENSURE(copy != NULL, PT_E_NOMEM);
    if (xmlAddChild(xmlDocGetRootElement(doc), copy) == NULL) {
        xmlFreeNode(copy);
        return PT_FAIL(PT_E_NOMEM);
    }
    return PT_SUCCESS;
}

static pt_status seal_into(const struct seal *s, xmlDoc *doc, struct pt_buf *out)
{
    xmlNode *found[PT_DSIG_SIGNATURES_MAX];
    size_t n = 0U;
    struct pt_buf text;
    PT_ENSURE(pt_dsig_find(doc, found, &n) == PT_REASON_FORMAT, PT_E_EXISTS);
    pt_buf_init(&text, TEXT_MAX);
    pt_status st = put_signature(&text, s);
    if (pt_ok(st)) {
        st = graft(doc, pt_buf_slice(&text));
    }
    pt_buf_done(&text);
    PT_TRY(st);
    PT_TRY(fill(s, doc, NULL));
    return dump(doc, out);
}

PT_RESULT pt_xml_seal_enveloped(const struct pt_signer *signer,
                                const struct pt_statement *statement, struct pt_buf *out)
{
    struct seal s = {.signer = signer, .statements = statement, .n = 1U, .enveloped = true};
    xmlDoc *doc = NULL;
    PT_ENSURE(out != NULL, PT_E_ARG);
    PT_TRY(prepare(&s));
    PT_TRY(pt_xml_parse(statement->is.content.bytes, &doc));
    const pt_status st = seal_into(&s, doc, out);
    xmlFreeDoc(doc);
    return pt_ossl_done(st);
}

static pt_status detached_doc(const struct seal *s, xmlDoc **ret_doc)
{
    struct pt_buf text;
    pt_buf_init(&text, TEXT_MAX);
    pt_buf_put_str(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<asic:XAdESSignatures "
                          "xmlns:asic=\"" NS_ASIC "\">");
    pt_status st = put_signature(&text, s);
    pt_buf_put_str(&text, "</asic:XAdESSignatures>");
    st = pt_ok(st) ? pt_buf_status(&text) : st;
    if (pt_ok(st)) {
        st = pt_xml_parse(pt_buf_slice(&text), ret_doc);
    }
    pt_buf_done(&text);
    return st;
}

PT_RESULT pt_xml_seal_detached(const struct pt_signer *signer,
                               const struct pt_statement *statements, size_t n, struct pt_buf *out)
{
    struct seal s = {.signer = signer, .statements = statements, .n = n};
    struct pt_xml_content list[PT_XML_CONTENTS_MAX];
    xmlDoc *doc = NULL;
    PT_ENSURE(out != NULL, PT_E_ARG);
    PT_TRY(prepare(&s));
    for (size_t i = 0U; i < n; i++) {
        list[i] = (struct pt_xml_content){.name = statements[i].is.content.name,
                                          .bytes = statements[i].is.content.bytes};
    }
    const struct pt_xml_contents contents = {.list = list, .n = n};
    PT_TRY(detached_doc(&s, &doc));
    pt_status st = fill(&s, doc, &contents);
    if (pt_ok(st)) {
        st = dump(doc, out);
    }
    xmlFreeDoc(doc);
    return pt_ossl_done(st);
}

/* --- time ------------------------------------------------------------------------------------ */

/* The one signature of a document we sealed, and its properties. */
static pt_status only_signature(xmlDoc *doc, struct pt_dsig *dsig, struct pt_xades *xades)
{
    xmlNode *found[PT_DSIG_SIGNATURES_MAX];
    size_t n = 0U;
    enum pt_reason reason = pt_dsig_find(doc, found, &n);
    PT_ENSURE(reason != PT_REASON_NONE || n == 1U, PT_E_SYNTAX);
    reason = reason == PT_REASON_NONE ? pt_dsig_read(doc, found, n, 0U, dsig) : reason;
    if (reason == PT_REASON_NONE) {
        /* Contents are not here: references to them stay unresolved, ours does not. */
        (void)pt_dsig_resolve(dsig, NULL);
        for (size_t i = 0U; i < dsig->nreferences; i++) {
            struct pt_dsig_reference *const ref = &dsig->references[i];
            if (ref->uri[0] == '#' && ref->target == NULL) {
                reason = pt_dsig_by_id(doc, ref->uri + 1, &ref->target);
            }
        }
    }
    reason = reason == PT_REASON_NONE ? pt_xades_read(dsig, xades) : reason;
    if (reason != PT_REASON_NONE) {
        return refused(reason);
    }
    PT_ENSURE(xades->timestamp == NULL, PT_E_EXISTS);
    return PT_SUCCESS;
}

PT_RESULT pt_xml_imprint(pt_slice sealed, struct pt_buf *out)
{
    xmlDoc *doc = NULL;
    struct pt_dsig dsig;
    struct pt_xades xades;
    PT_ENSURE(out != NULL, PT_E_ARG);
    PT_TRY(pt_dsig_start());
    PT_TRY(pt_xml_parse(sealed, &doc));
    pt_status st = only_signature(doc, &dsig, &xades);
    if (pt_ok(st)) {
        st = pt_dsig_canonical(doc, dsig.signature_value, dsig.c14n, out);
    }
    xmlFreeDoc(doc);
    return pt_ossl_done(st);
}

static xmlNode *add(xmlNode *parent, xmlNs *ns, const char *name)
{
    return parent != NULL ? xmlNewChild(parent, ns, (const xmlChar *)name, NULL) : NULL;
}

static pt_status stamp(xmlDoc *doc, pt_slice token, struct pt_buf *out)
{
    struct pt_dsig dsig;
    struct pt_xades xades;
    PT_TRY(only_signature(doc, &dsig, &xades));
    xmlNs *const ns = xades.qualifying->ns;
    xmlNode *const stamped =
        add(add(add(xades.qualifying, ns, "UnsignedProperties"), ns, "UnsignedSignatureProperties"),
            ns, "SignatureTimeStamp");
    xmlNode *const method = add(stamped, dsig.signature->ns, "CanonicalizationMethod");
    xmlNode *const holder = add(stamped, ns, "EncapsulatedTimeStamp");
    PT_ENSURE(method != NULL && holder != NULL, PT_E_NOMEM);
    PT_ENSURE(xmlNewProp(method, (const xmlChar *)"Algorithm", (const xmlChar *)dsig.c14n) != NULL,
              PT_E_NOMEM);
    PT_TRY(set_base64(holder, token));
    return dump(doc, out);
}

PT_RESULT pt_xml_stamp(pt_slice sealed, pt_slice token, struct pt_buf *out)
{
    xmlDoc *doc = NULL;
    PT_ENSURE(out != NULL && token.len > 0U, PT_E_ARG);
    PT_ENSURE(token.len <= PT_XADES_TOKEN_MAX, PT_E_LIMIT);
    PT_TRY(pt_dsig_start());
    PT_TRY(pt_xml_parse(sealed, &doc));
    const pt_status st = stamp(doc, token, out);
    xmlFreeDoc(doc);
    return pt_ossl_done(st);
}
