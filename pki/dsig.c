/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * dsig.c -- see dsig_int.h. Reading a signature by its grammar: what stands where, how often, and
 * with which algorithms. Layer 1 (pki).
 */
#include "pki/dsig_int.h"

#include "pki/dsig_sec_int.h"

#define XPATH_1   "http://www.w3.org/TR/1999/REC-xpath-19991116"
#define ENVELOPED PT_NS_DSIG "enveloped-signature"

bool pt_dsig_inside(const xmlNode *node, const xmlNode *top)
{
    while (node != NULL && node != top) {
        node = node->parent;
    }
    return node != NULL;
}

enum pt_reason pt_dsig_find(xmlDoc *doc, xmlNode *found[static PT_DSIG_SIGNATURES_MAX],
                            size_t *ret_n)
{
    const xmlNode *const root = xmlDocGetRootElement(doc);
    size_t n = 0U;
    *ret_n = 0U;
    for (xmlNode *node = xmlDocGetRootElement(doc); node != NULL; node = pt_xml_walk(node, root)) {
        if (!pt_xml_is(node, PT_NS_DSIG, "Signature")) {
            continue;
        }
        if (n > 0U && pt_dsig_inside(node, found[n - 1U])) {
            return PT_REASON_WRAPPING;
        }
        if (n == PT_DSIG_SIGNATURES_MAX) {
            return PT_REASON_TOO_LARGE;
        }
        found[n++] = node;
    }
    *ret_n = n;
    return n > 0U ? PT_REASON_NONE : PT_REASON_FORMAT;
}

/* The element at *@at when it is ds:@name, and *@at moves on; NULL otherwise. */
static xmlNode *take(xmlNode **at, const char *name)
{
    xmlNode *const node = *at;
    if (!pt_xml_is(node, PT_NS_DSIG, name)) {
        return NULL;
    }
    *at = pt_xml_next(node);
    return node;
}

const char *pt_dsig_algorithm(const xmlNode *node)
{
    const char *const href = pt_xml_attribute(node, "Algorithm");
    return href != NULL && pt_xml_attributes_are(node, "Algorithm") && pt_xml_no_text(node) ? href
                                                                                            : "";
}

/* An element of the grammar: these attributes, and elements only. */
static bool plain(const xmlNode *node, const char *attributes)
{
    return pt_xml_attributes_are(node, attributes) && pt_xml_no_text(node);
}

/* An element that holds a value. */
static bool valued(const xmlNode *node, const char *attributes)
{
    return pt_xml_attributes_are(node, attributes) && pt_xml_child(node) == NULL;
}

/* --- transforms ------------------------------------------------------------------------------ */

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Is the text of @xpath not(ancestor-or-self::P:Signature), with P bound to XML-DSig there? */
static bool cuts_signatures(xmlDoc *doc, xmlNode *xpath)
{
    static const char head[] = "not(ancestor-or-self::";
    static const char tail[] = ":Signature)";
    char packed[96];
    size_t n = 0U;
    const pt_slice text = pt_xml_text(xpath);
    for (size_t i = 0U; i < text.len; i++) {
        if (blank(text.ptr[i])) {
            continue;
        }
        if (n == sizeof(packed) - 1U) {
            return false;
        }
        packed[n++] = text.ptr[i];
    }
    packed[n] = '\0';
    const size_t fixed = sizeof(head) - 1U + sizeof(tail) - 1U;
    if (n <= fixed || strncmp(packed, head, sizeof(head) - 1U) != 0 ||
        strcmp(packed + n - (sizeof(tail) - 1U), tail) != 0) {
        return false;
    }
    packed[n - (sizeof(tail) - 1U)] = '\0';
    const xmlNs *const ns = xmlSearchNs(doc, xpath, (const xmlChar *)(packed + sizeof(head) - 1U));
    return ns != NULL && ns->href != NULL && strcmp((const char *)ns->href, PT_NS_DSIG) == 0;
}

static enum pt_reason read_transform(xmlDoc *doc, xmlNode *node, struct pt_dsig_reference *ref)
{
    const char *const href = pt_dsig_algorithm(node);
    xmlNode *const inner = pt_xml_child(node);
    /* Nothing follows the canonical form, and signatures are cut out once. */
    if (ref->c14n != NULL) {
        return PT_REASON_TRANSFORM;
    }
    if (pt_dsig_sec_is_c14n(href)) {
        ref->c14n = href;
        return inner == NULL ? PT_REASON_NONE : PT_REASON_TRANSFORM;
    }
    if (ref->cut != PT_DSIG_CUT_NONE) {
        return PT_REASON_TRANSFORM;
    }
    if (strcmp(href, ENVELOPED) == 0 && inner == NULL) {
        ref->cut = PT_DSIG_CUT_SELF;
        return PT_REASON_NONE;
    }
    if (strcmp(href, XPATH_1) == 0 && pt_xml_is(inner, PT_NS_DSIG, "XPath") && valued(inner, "") &&
        pt_xml_next(inner) == NULL && cuts_signatures(doc, inner)) {
        ref->cut = PT_DSIG_CUT_ALL;
        return PT_REASON_NONE;
    }
    return PT_REASON_TRANSFORM;
}

static enum pt_reason read_transforms(xmlDoc *doc, xmlNode *list, struct pt_dsig_reference *ref)
{
    size_t n = 0U;
    if (!plain(list, "")) {
        return PT_REASON_FORMAT;
    }
    for (xmlNode *node = pt_xml_child(list); node != NULL; node = pt_xml_next(node)) {
        if (!pt_xml_is(node, PT_NS_DSIG, "Transform") || n++ == PT_DSIG_TRANSFORMS_MAX) {
            return PT_REASON_TRANSFORM;
        }
        const enum pt_reason reason = read_transform(doc, node, ref);
        if (reason != PT_REASON_NONE) {
            return reason;
        }
    }
    return n > 0U ? PT_REASON_NONE : PT_REASON_FORMAT;
}

/* --- references ------------------------------------------------------------------------------ */

static enum pt_reason read_reference(xmlDoc *doc, xmlNode *node, struct pt_dsig_reference *ref)
{
    xmlNode *at = pt_xml_child(node);
    *ref = (struct pt_dsig_reference){.node = node, .uri = pt_xml_attribute(node, "URI")};
    ref->type = pt_xml_attribute(node, "Type");
    ref->type = ref->type != NULL ? ref->type : "";
    xmlNode *const transforms = take(&at, "Transforms");
    const xmlNode *const method = take(&at, "DigestMethod");
    ref->digest_value = take(&at, "DigestValue");
    if (ref->uri == NULL || method == NULL || ref->digest_value == NULL || at != NULL ||
        !plain(node, "Id URI Type") || !valued(ref->digest_value, "")) {
        return PT_REASON_FORMAT;
    }
    if (strlen(ref->uri) > PT_DSIG_URI_MAX) {
        return PT_REASON_TOO_LARGE;
    }
    ref->digest = pt_dsig_algorithm(method);
    if (pt_dsig_sec_digest(ref->digest) == NULL || pt_xml_child(method) != NULL) {
        return PT_REASON_FORBIDDEN_ALGORITHM;
    }
    return transforms != NULL ? read_transforms(doc, transforms, ref) : PT_REASON_NONE;
}

static enum pt_reason read_references(struct pt_dsig *dsig, xmlNode *at)
{
    for (; at != NULL; at = pt_xml_next(at)) {
        if (!pt_xml_is(at, PT_NS_DSIG, "Reference")) {
            return PT_REASON_FORMAT;
        }
        if (dsig->nreferences == PT_DSIG_REFERENCES_MAX) {
            return PT_REASON_TOO_LARGE;
        }
        const enum pt_reason reason =
            read_reference(dsig->doc, at, &dsig->references[dsig->nreferences]);
        if (reason != PT_REASON_NONE) {
            return reason;
        }
        dsig->nreferences++;
    }
    return dsig->nreferences > 0U ? PT_REASON_NONE : PT_REASON_FORMAT;
}

static enum pt_reason read_signed_info(struct pt_dsig *dsig)
{
    xmlNode *at = pt_xml_child(dsig->signed_info);
    const xmlNode *const c14n = take(&at, "CanonicalizationMethod");
    const xmlNode *const method = take(&at, "SignatureMethod");
    if (c14n == NULL || method == NULL || !plain(dsig->signed_info, "Id")) {
        return PT_REASON_FORMAT;
    }
    dsig->c14n = pt_dsig_algorithm(c14n);
    dsig->method = pt_dsig_algorithm(method);
    if (!pt_dsig_sec_is_c14n(dsig->c14n) || pt_xml_child(c14n) != NULL) {
        return PT_REASON_TRANSFORM;
    }
    /* HMACOutputLength and the parameters of RSA-PSS would stand inside. */
    if (pt_dsig_method_digest(dsig) == NULL || pt_xml_child(method) != NULL) {
        return PT_REASON_FORBIDDEN_ALGORITHM;
    }
    return read_references(dsig, at);
}

const char *pt_dsig_method_digest(const struct pt_dsig *dsig)
{
    return pt_dsig_sec_method(dsig->method);
}

enum pt_reason pt_dsig_read(xmlDoc *doc, xmlNode *const *found, size_t nfound, size_t index,
                            struct pt_dsig *ret)
{
    *ret = (struct pt_dsig){.doc = doc, .signature = found[index], .nall = nfound};
    for (size_t i = 0U; i < nfound; i++) {
        ret->all[i] = found[i];
    }
    xmlNode *at = pt_xml_child(ret->signature);
    ret->signed_info = take(&at, "SignedInfo");
    ret->signature_value = take(&at, "SignatureValue");
    ret->key_info = take(&at, "KeyInfo");
    bool objects = true;
    for (const xmlNode *o = take(&at, "Object"); o != NULL; o = take(&at, "Object")) {
        objects = objects && pt_xml_attributes_are(o, "Id MimeType Encoding");
    }
    if (ret->signed_info == NULL || ret->signature_value == NULL || at != NULL || !objects ||
        !plain(ret->signature, "Id") || !valued(ret->signature_value, "Id") ||
        (ret->key_info != NULL && !plain(ret->key_info, "Id"))) {
        return PT_REASON_FORMAT;
    }
    if (pt_xml_text(ret->signature_value).len > PT_DSIG_VALUE_MAX) {
        return PT_REASON_TOO_LARGE;
    }
    return read_signed_info(ret);
}
