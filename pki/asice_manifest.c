/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * asice_manifest.c -- see asice_int.h. ASiCManifest (EN 319 162-1 A.4): what a detached CMS signs
 * is the manifest; the manifest names the documents by their digests. Layer 1 (pki).
 */
#include "pki/asice_int.h"

#include "pki/dsig_int.h"

#define NS_ASIC "http://uri.etsi.org/02918/v1.2.1#"
#define NS_LIST "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"

static size_t entry_named(const struct pt_asice_zip *zip, const char *uri)
{
    char name[PT_DSIG_URI_MAX + 1U];
    if (uri == NULL || strlen(uri) > PT_DSIG_URI_MAX || !pt_dsig_name(uri, name)) {
        return zip->n;
    }
    for (size_t i = 0U; i < zip->n; i++) {
        if (pt_slice_eq(zip->entries[i].name, pt_slice_str(name))) {
            return i;
        }
    }
    return zip->n;
}

static enum pt_reason read_object(const struct pt_asice_zip *zip, const xmlNode *node,
                                  struct pt_asice_manifest *ret)
{
    const size_t at = entry_named(zip, pt_xml_attribute(node, "URI"));
    const xmlNode *const method = pt_xml_child(node);
    const xmlNode *const value = method != NULL ? pt_xml_next(method) : NULL;
    if (at == zip->n || ret->covers[at] || !pt_xml_is(method, PT_NS_DSIG, "DigestMethod") ||
        !pt_xml_is(value, PT_NS_DSIG, "DigestValue") ||
        !pt_xml_attributes_are(node, "URI MimeType Rootfile")) {
        return PT_REASON_CONTAINER;
    }
    ret->covers[at] = true;
    return pt_dsig_matches(pt_dsig_algorithm(method), pt_xml_text(value), zip->entries[at].bytes)
               ? PT_REASON_NONE
               : PT_REASON_DIGEST;
}

static enum pt_reason read_manifest(const struct pt_asice_zip *zip, const xmlNode *root,
                                    struct pt_asice_manifest *ret)
{
    const xmlNode *at = pt_xml_is(root, NS_ASIC, "ASiCManifest") ? pt_xml_child(root) : NULL;
    if (!pt_xml_is(at, NS_ASIC, "SigReference") || !pt_xml_attributes_are(at, "URI MimeType")) {
        return PT_REASON_CONTAINER;
    }
    ret->signature = entry_named(zip, pt_xml_attribute(at, "URI"));
    if (ret->signature == zip->n) {
        return PT_REASON_CONTAINER;
    }
    size_t n = 0U;
    for (at = pt_xml_next(at); at != NULL; at = pt_xml_next(at), n++) {
        const enum pt_reason reason = pt_xml_is(at, NS_ASIC, "DataObjectReference")
                                          ? read_object(zip, at, ret)
                                          : PT_REASON_CONTAINER;
        if (reason != PT_REASON_NONE) {
            return reason;
        }
    }
    return n > 0U ? PT_REASON_NONE : PT_REASON_CONTAINER;
}

enum pt_reason pt_asice_manifest_read(const struct pt_asice_zip *zip, size_t index,
                                      struct pt_asice_manifest *ret)
{
    xmlDoc *doc = NULL;
    *ret = (struct pt_asice_manifest){.signature = 0U};
    const pt_status st = pt_xml_parse(zip->entries[index].bytes, &doc);
    if (!pt_ok(st)) {
        return st.code == PT_E_NOMEM ? PT_REASON_FAILED : PT_REASON_CONTAINER;
    }
    const enum pt_reason reason = read_manifest(zip, xmlDocGetRootElement(doc), ret);
    xmlFreeDoc(doc);
    return reason;
}

/* --- the list of files ----------------------------------------------------------------------- */

/* The value of the attribute @name in the namespace of the list; NULL when it is not there. */
static const char *of_list(const xmlNode *node, const char *name)
{
    const xmlAttr *const a =
        xmlHasNsProp((xmlNode *)(uintptr_t)node, (const xmlChar *)name, (const xmlChar *)NS_LIST);
    return a != NULL && a->children != NULL ? (const char *)a->children->content : NULL;
}

/* All attributes of @node are of the list, and no more than those @n that the caller has read. */
static bool only_of_list(const xmlNode *node, size_t n)
{
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        if (n == 0U || a->ns == NULL || !xmlStrEqual(a->ns->href, (const xmlChar *)NS_LIST)) {
            return false;
        }
        n--;
    }
    return n == 0U;
}

/* RFC 6838 4.2 with parameters: no words for people. */
static bool media_type(const char *type)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "!#$&^_.+-/;=";
    return strlen(type) <= PT_ASICE_NAME_MAX && type[strspn(type, plain)] == '\0';
}

static bool listed(const struct pt_asice_zip *zip, const xmlNode *node, bool *seen)
{
    const char *const path = of_list(node, "full-path");
    const char *const type = of_list(node, "media-type");
    if (!pt_xml_is(node, NS_LIST, "file-entry") || path == NULL || type == NULL ||
        !only_of_list(node, 2U) || node->children != NULL || !media_type(type)) {
        return false;
    }
    if (strcmp(path, "/") == 0) {
        return strcmp(type, PT_ASICE_MIMETYPE) == 0;
    }
    for (size_t i = 0U; i < zip->n; i++) {
        if (pt_slice_eq(zip->entries[i].name, pt_slice_str(path))) {
            const bool first = !seen[i];
            seen[i] = true;
            return first;
        }
    }
    return false;
}

/* The root: no attribute but the version, elements only. */
static bool list_root(const xmlNode *root)
{
    if (root == NULL || !pt_xml_is(root, NS_LIST, "manifest") || !pt_xml_no_text(root)) {
        return false;
    }
    const char *const version = of_list(root, "version");
    return only_of_list(root, version != NULL ? 1U : 0U) &&
           (version == NULL || strcmp(version, "1.2") == 0);
}

static bool list_ok(const struct pt_asice_zip *zip, const xmlDoc *doc)
{
    bool seen[PT_ASICE_ENTRIES_MAX] = {false};
    const xmlNode *const root = xmlDocGetRootElement(doc);
    if (!list_root(root) || pt_xml_has_comment(doc, NULL)) {
        return false;
    }
    for (const xmlNode *node = pt_xml_child(root); node != NULL; node = pt_xml_next(node)) {
        if (!listed(zip, node, seen)) {
            return false;
        }
    }
    return true;
}

bool pt_asice_list_ok(const struct pt_asice_zip *zip, size_t index)
{
    xmlDoc *doc = NULL;
    if (!pt_ok(pt_xml_parse(zip->entries[index].bytes, &doc))) {
        return false;
    }
    const bool ok = list_ok(zip, doc);
    xmlFreeDoc(doc);
    return ok;
}
