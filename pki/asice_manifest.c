/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * asice_manifest.c -- see asice_int.h. ASiCManifest (EN 319 162-1 A.4): what a detached CMS signs
 * is the manifest; the manifest names the documents by their digests. Layer 1 (pki).
 */
#include "pki/asice_int.h"

#include "pki/dsig_int.h"

#define NS_ASIC "http://uri.etsi.org/02918/v1.2.1#"

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
        !pt_xml_is(value, PT_NS_DSIG, "DigestValue")) {
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
    if (!pt_xml_is(at, NS_ASIC, "SigReference")) {
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
