/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * xades.c -- see xades_int.h. Law: a property counts where the signature covers it and nowhere
 * else; the same element anywhere else in the document is an attack (SIG-02). Layer 1 (pki).
 */
#include "pki/xades_int.h"

#include "pki/dsig_sec_int.h"
#include "poterne/base/clock.h"
#include "poterne/base/codec.h"
#include "poterne/base/num.h"

#define XADES_111 "http://uri.etsi.org/01903/v1.1.1#"
#define XADES_122 "http://uri.etsi.org/01903/v1.2.2#"
#define SHA1_URI  PT_NS_DSIG "sha1"

static const char *namespace_of(const xmlNode *node)
{
    static const char *const known[] = {XADES_111, XADES_122, PT_NS_XADES};
    for (size_t i = 0U; i < PT_COUNT(known); i++) {
        if (pt_xml_is(node, known[i], "QualifyingProperties")) {
            return known[i];
        }
    }
    return NULL;
}

/* One more Object of the signature. False when it brings a second QualifyingProperties. */
static bool look_into(const xmlNode *object, struct pt_xades *ret)
{
    for (xmlNode *node = pt_xml_child(object); node != NULL; node = pt_xml_next(node)) {
        const char *const ns = namespace_of(node);
        if (ns == NULL) {
            continue;
        }
        if (ret->qualifying != NULL) {
            return false;
        }
        ret->qualifying = node;
        ret->ns = ns;
    }
    return true;
}

/* The one QualifyingProperties of the signature's own Objects. */
static enum pt_reason find_qualifying(const struct pt_dsig *dsig, struct pt_xades *ret)
{
    for (xmlNode *o = pt_xml_child(dsig->signature); o != NULL; o = pt_xml_next(o)) {
        if (pt_xml_is(o, PT_NS_DSIG, "Object") && !look_into(o, ret)) {
            return PT_REASON_WRAPPING;
        }
    }
    return ret->qualifying != NULL ? PT_REASON_NONE : PT_REASON_NOT_BASELINE;
}

/* The only child @name of @node; *@ret_many when there are more. */
static xmlNode *only_child(const xmlNode *node, const char *ns, const char *name, bool *ret_many)
{
    xmlNode *found = NULL;
    for (xmlNode *at = node != NULL ? pt_xml_child(node) : NULL; at != NULL; at = pt_xml_next(at)) {
        if (pt_xml_is(at, ns, name)) {
            *ret_many |= found != NULL;
            found = at;
        }
    }
    return found;
}

static bool targets(const struct pt_dsig *dsig, const xmlNode *qualifying)
{
    const char *const target = pt_xml_attribute(qualifying, "Target");
    const char *const id = pt_xml_attribute(dsig->signature, "Id");
    return pt_xml_attributes_are(qualifying, "Id Target") && target != NULL && id != NULL &&
           target[0] == '#' && strcmp(target + 1, id) == 0;
}

static bool typed_signed(const char *type)
{
    static const char *const types[] = {PT_XADES_TYPE_SIGNED, XADES_111 "SignedProperties",
                                        XADES_122 "SignedProperties",
                                        PT_NS_XADES "SignedProperties"};
    for (size_t i = 0U; i < PT_COUNT(types); i++) {
        if (strcmp(types[i], type) == 0) {
            return true;
        }
    }
    return false;
}

/* Exactly one reference leads to our properties, says so, and cuts nothing out of them. */
static enum pt_reason referenced(const struct pt_dsig *dsig, const xmlNode *properties)
{
    size_t to_us = 0U;
    for (size_t i = 0U; i < dsig->nreferences; i++) {
        const struct pt_dsig_reference *const ref = &dsig->references[i];
        if (typed_signed(ref->type) != (ref->target == properties)) {
            return PT_REASON_WRAPPING;
        }
        if (ref->target == properties) {
            to_us++;
            if (ref->cut != PT_DSIG_CUT_NONE) {
                return PT_REASON_TRANSFORM;
            }
        }
    }
    if (to_us != 1U) {
        return PT_REASON_NOT_BASELINE;
    }
    return dsig->nreferences > 1U ? PT_REASON_NONE : PT_REASON_NOT_BASELINE;
}

static enum pt_reason read_signature_properties(struct pt_xades *ret, const xmlNode *node)
{
    bool many = false;
    const xmlNode *const time = only_child(node, ret->ns, "SigningTime", &many);
    xmlNode *const v1 = only_child(node, ret->ns, "SigningCertificate", &many);
    xmlNode *const v2 = only_child(node, ret->ns, "SigningCertificateV2", &many);
    if (many || (v1 != NULL && v2 != NULL)) {
        return PT_REASON_NOT_BASELINE;
    }
    if (v1 == NULL && v2 == NULL) {
        return PT_REASON_CERTIFICATE_REFERENCE;
    }
    ret->signing_certificate = v2 != NULL ? v2 : v1;
    ret->has_claimed = time != NULL && pt_xades_time(pt_xml_text(time), &ret->claimed);
    ret->baseline = v2 != NULL && ret->has_claimed && strcmp(ret->ns, PT_NS_XADES) == 0;
    return time == NULL || ret->has_claimed ? PT_REASON_NONE : PT_REASON_NOT_BASELINE;
}

static enum pt_reason read_unsigned(struct pt_xades *ret)
{
    bool many = false;
    const xmlNode *const all = only_child(ret->qualifying, ret->ns, "UnsignedProperties", &many);
    const xmlNode *const node = only_child(all, ret->ns, "UnsignedSignatureProperties", &many);
    ret->timestamp = only_child(node, ret->ns, "SignatureTimeStamp", &many);
    return many ? PT_REASON_NOT_BASELINE : PT_REASON_NONE;
}

enum pt_reason pt_xades_read(const struct pt_dsig *dsig, struct pt_xades *ret)
{
    bool many = false;
    *ret = (struct pt_xades){.ns = ""};
    enum pt_reason reason = find_qualifying(dsig, ret);
    if (reason != PT_REASON_NONE) {
        return reason;
    }
    if (!targets(dsig, ret->qualifying)) {
        return PT_REASON_WRAPPING;
    }
    ret->signed_properties = only_child(ret->qualifying, ret->ns, "SignedProperties", &many);
    if (many || ret->signed_properties == NULL) {
        return PT_REASON_NOT_BASELINE;
    }
    reason = referenced(dsig, ret->signed_properties);
    const xmlNode *const node =
        only_child(ret->signed_properties, ret->ns, "SignedSignatureProperties", &many);
    if (reason == PT_REASON_NONE && (many || node == NULL)) {
        reason = PT_REASON_NOT_BASELINE;
    }
    if (reason == PT_REASON_NONE) {
        reason = read_signature_properties(ret, node);
    }
    return reason == PT_REASON_NONE ? read_unsigned(ret) : reason;
}

/* --- certificates ---------------------------------------------------------------------------- */

/* Base64 text with XML's white space, appended as bytes. */
static pt_status decode(pt_slice text, struct pt_buf *out)
{
    struct pt_buf packed;
    size_t n = 0U;
    pt_buf_init(&packed, PT_B64_LEN((size_t)PT_XADES_TOKEN_MAX));
    for (size_t i = 0U; i < text.len; i++) {
        const char c = text.ptr[i];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            pt_buf_put_byte(&packed, c);
        }
    }
    pt_status st = pt_buf_status(&packed);
    char *const space = pt_ok(st) ? pt_buf_space(out, packed.len + 1U) : NULL;
    if (pt_ok(st) && space == NULL) {
        st = pt_buf_status(out);
    }
    if (pt_ok(st)) {
        st = pt_b64_decode(pt_buf_slice(&packed), (uint8_t *)space, packed.len, &n);
    }
    if (pt_ok(st)) {
        pt_buf_commit(out, n);
    }
    pt_buf_done(&packed);
    return st;
}

static enum pt_reason add_cert(pt_slice text, struct pt_judge_certs *ret)
{
    struct pt_buf der;
    pt_buf_init(&der, PT_B64_LEN((size_t)PT_JUDGE_CERT_BYTES_MAX));
    pt_status st = decode(text, &der);
    if (pt_ok(st)) {
        st = pt_judge_certs_add(ret, pt_buf_slice(&der));
    }
    pt_buf_done(&der);
    return pt_ok(st)               ? PT_REASON_NONE
           : st.code == PT_E_NOMEM ? PT_REASON_FAILED
           : st.code == PT_E_LIMIT ? PT_REASON_TOO_LARGE
                                   : PT_REASON_FORMAT;
}

/* KeyInfo offers certificates; nothing else in it is looked at (no KeyName, no KeyValue). */
static enum pt_reason offered(const struct pt_dsig *dsig, struct pt_judge_certs *ret)
{
    const xmlNode *const top = dsig->key_info;
    for (const xmlNode *node = top; node != NULL; node = pt_xml_walk(node, top)) {
        if (!pt_xml_is(node, PT_NS_DSIG, "X509Certificate") ||
            !pt_xml_is(node->parent, PT_NS_DSIG, "X509Data") || node->parent->parent != top) {
            continue;
        }
        const enum pt_reason reason = add_cert(pt_xml_text(node), ret);
        if (reason != PT_REASON_NONE) {
            return reason;
        }
    }
    return ret->n > 0U ? PT_REASON_NONE : PT_REASON_NO_CERTIFICATE;
}

/*
 * SHA-1 is read here and only here: the older State seals name their certificate with it, and a
 * match still says which of the certificates is meant. Such a signature is never called baseline.
 */
static const char *digest_named(const char *uri)
{
    const char *const name = pt_dsig_sec_digest(uri);
    return name == NULL && strcmp(uri, SHA1_URI) == 0 ? "sha1" : name;
}

static bool names_cert(struct pt_xades *xades, const xmlNode *cert_digest, X509 *cert)
{
    bool many = false;
    struct pt_buf value;
    const char *ns = xades->ns;
    const xmlNode *method = only_child(cert_digest, PT_NS_DSIG, "DigestMethod", &many);
    const xmlNode *digest = only_child(cert_digest, PT_NS_DSIG, "DigestValue", &many);
    /* XAdES 1.1.1 and 1.2.2 have elements of their own for these two. */
    method = method != NULL ? method : only_child(cert_digest, ns, "DigestMethod", &many);
    digest = digest != NULL ? digest : only_child(cert_digest, ns, "DigestValue", &many);
    const char *const name = method != NULL ? digest_named(pt_dsig_algorithm(method)) : NULL;
    if (many || name == NULL || digest == NULL) {
        return false;
    }
    pt_buf_init(&value, PT_DSIG_VALUE_MAX);
    const bool match = pt_ok(decode(pt_xml_text(digest), &value)) &&
                       pt_judge_cert_matches(cert, name, pt_buf_slice(&value));
    pt_buf_done(&value);
    xades->baseline = xades->baseline && strcmp(name, "sha1") != 0;
    return match;
}

enum pt_reason pt_xades_certs(const struct pt_dsig *dsig, struct pt_xades *xades,
                              struct pt_judge_certs *ret)
{
    bool many = false;
    const enum pt_reason reason = offered(dsig, ret);
    if (reason != PT_REASON_NONE) {
        return reason;
    }
    /* The first Cert is the signer's (EN 319 132-1 5.2.2); others would be its chain. */
    const xmlNode *const first = pt_xml_child(xades->signing_certificate);
    const xmlNode *const digest = pt_xml_is(first, xades->ns, "Cert")
                                      ? only_child(first, xades->ns, "CertDigest", &many)
                                      : NULL;
    for (size_t i = 0U; digest != NULL && !many && i < ret->n; i++) {
        if (names_cert(xades, digest, ret->list[i])) {
            ret->signer = i;
            return PT_REASON_NONE;
        }
    }
    return PT_REASON_CERTIFICATE_REFERENCE;
}

/* --- time ------------------------------------------------------------------------------------ */

PT_RESULT pt_xades_token(const struct pt_xades *xades, struct pt_buf *out)
{
    bool many = false;
    const xmlNode *const token =
        only_child(xades->timestamp, xades->ns, "EncapsulatedTimeStamp", &many);
    PT_ENSURE(token != NULL && !many, PT_E_SYNTAX);
    return decode(pt_xml_text(token), out);
}

PT_RESULT pt_xades_stamped(const struct pt_dsig *dsig, const struct pt_xades *xades,
                           struct pt_buf *out)
{
    bool many = false;
    const xmlNode *const method =
        only_child(xades->timestamp, PT_NS_DSIG, "CanonicalizationMethod", &many);
    const char *const uri = method != NULL ? pt_dsig_algorithm(method) : NULL;
    PT_ENSURE(!many, PT_E_SYNTAX);
    PT_ENSURE(uri == NULL || (pt_dsig_sec_is_c14n(uri) && pt_xml_child(method) == NULL),
              PT_E_SYNTAX);
    return pt_dsig_canonical(dsig->doc, dsig->signature_value, uri, out);
}

/* Two digits below @limit, behind the separator @mark (0: none); *@s moves on. */
static bool two(pt_slice *s, char mark, uint64_t limit, int64_t *ret)
{
    uint64_t n = 0U;
    const size_t skip = mark != '\0' ? 1U : 0U;
    if (s->len < skip + 2U || (skip == 1U && s->ptr[0] != mark) ||
        !pt_ok(pt_num_u64(pt_slice_of(s->ptr + skip, 2U), 0U, limit, &n))) {
        return false;
    }
    *ret = (int64_t)n;
    *s = pt_slice_from(*s, skip + 2U);
    return true;
}

static bool zone(pt_slice s, int64_t *ret)
{
    int64_t h = 0;
    int64_t m = 0;
    *ret = 0;
    if (pt_slice_eq(s, PT_SLICE("Z"))) {
        return true;
    }
    if (s.len != 6U || (s.ptr[0] != '+' && s.ptr[0] != '-')) {
        return false;
    }
    const int64_t sign = s.ptr[0] == '+' ? 1 : -1;
    s = pt_slice_from(s, 1U);
    if (!two(&s, '\0', 14U, &h) || !two(&s, ':', 59U, &m)) {
        return false;
    }
    *ret = sign * (h * 3600 + m * 60);
    return true;
}

bool pt_xades_time(pt_slice text, int64_t *ret)
{
    int32_t days = 0;
    int64_t h = 0;
    int64_t m = 0;
    int64_t s = 0;
    int64_t offset = 0;
    if (!pt_ok(pt_time_date_parse(pt_slice_head(text, PT_DATE_LEN), &days))) {
        return false;
    }
    text = pt_slice_from(text, PT_DATE_LEN);
    if (!two(&text, 'T', 23U, &h) || !two(&text, ':', 59U, &m) || !two(&text, ':', 59U, &s)) {
        return false;
    }
    if (text.len > 1U && text.ptr[0] == '.') {
        size_t n = 1U;
        while (n < text.len && text.ptr[n] >= '0' && text.ptr[n] <= '9') {
            n++;
        }
        text = pt_slice_from(text, n);
    }
    if (!zone(text, &offset)) {
        return false;
    }
    *ret = (int64_t)days * 86400 + h * 3600 + m * 60 + s - offset;
    return true;
}
