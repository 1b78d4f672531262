/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * dsig_ref.c -- see dsig_int.h. From a URI to a node: by the declared Ids and nothing else
 * (SIG-04). Laws: a value that two elements carry names neither, however the second one spells
 * its attribute; a signature that says it is enveloped stands inside what it signs; a reference
 * into another signature is nobody's. Layer 1 (pki).
 */
#include "pki/dsig_int.h"

#include <strings.h>

#define XADES "http://uri.etsi.org/01903/v"

/* Whose attribute is an ID, by schema. Without a DTD no document adds to this list. */
static const struct id_rule {
    const char *ns; /* a prefix of the namespace name; "" with exact: no namespace */
    bool exact;
    const char *element; /* NULL: every element of that namespace */
    const char *attribute;
} id_rules[] = {
    {PT_NS_DSIG, true, NULL, "Id"},
    {XADES, false, NULL, "Id"},                                         /* XAdES 1.1.1-1.4.1 */
    {"http://www.minefi.gouv.fr/cp/helios/pes_v2/", false, NULL, "Id"}, /* PES_Aller */
    {"", true, "Bordereau", "Id"},                                      /* its bordereaux */
    {"fr:gouv:culture:archivesdefrance:seda:", false, NULL, "Id"},      /* SEDA */
    {"http://www.interieur.gouv.fr/ACTES#", false, NULL, "Id"},         /* @CTES */
    {"urn:poterne:", false, NULL, "Id"},                                /* our own seals */
};

bool pt_dsig_is_id(const xmlNode *node, const char *name)
{
    const char *const ns =
        node->ns != NULL && node->ns->href != NULL ? (const char *)node->ns->href : "";
    for (size_t i = 0U; i < PT_COUNT(id_rules); i++) {
        const struct id_rule *const rule = &id_rules[i];
        const bool same =
            rule->exact ? strcmp(ns, rule->ns) == 0 : strncmp(ns, rule->ns, strlen(rule->ns)) == 0;
        if (same && strcmp(name, rule->attribute) == 0 &&
            (rule->element == NULL || strcmp((const char *)node->name, rule->element) == 0)) {
            return true;
        }
    }
    return false;
}

/* @text is @id, but for the white space that a reader by schema strips from an identifier. */
static bool spelled(const char *text, const char *id)
{
    static const char white[] = " \t\r\n";
    const size_t n = strlen(id);
    text += strspn(text, white);
    return strncmp(text, id, n) == 0 && text[n + strspn(text + n, white)] == '\0';
}

/* Does an attribute of @node look like an identifier (any case, any namespace) with this value? */
static bool carries(const xmlNode *node, const char *id, bool *ret_declared)
{
    bool any = false;
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        if (strcasecmp((const char *)a->name, "id") != 0 || a->children == NULL ||
            a->children->content == NULL || !spelled((const char *)a->children->content, id)) {
            continue;
        }
        any = true;
        const bool xml_id = a->ns != NULL && a->ns->href != NULL &&
                            xmlStrEqual(a->ns->href, XML_XML_NAMESPACE) == 1 &&
                            strcmp((const char *)a->name, "id") == 0;
        *ret_declared |= xml_id || (a->ns == NULL && pt_dsig_is_id(node, (const char *)a->name));
    }
    return any;
}

enum pt_reason pt_dsig_by_id(xmlDoc *doc, const char *id, xmlNode **ret_node)
{
    const xmlNode *const root = xmlDocGetRootElement(doc);
    size_t carriers = 0U;
    *ret_node = NULL;
    for (xmlNode *node = xmlDocGetRootElement(doc); node != NULL; node = pt_xml_walk(node, root)) {
        bool declared = false;
        if (carries(node, id, &declared)) {
            carriers++;
            *ret_node = declared ? node : *ret_node;
        }
    }
    if (carriers > 1U) {
        return PT_REASON_DUPLICATE_ID;
    }
    return *ret_node != NULL ? PT_REASON_NONE : PT_REASON_FORMAT;
}

/* --- contents of the caller ------------------------------------------------------------------ */

static int hex(char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *const at = c != '\0' ? strchr(digits, c) : NULL;
    if (at == NULL) {
        return -1;
    }
    const int n = (int)(at - digits);
    return n < 16 ? n : n - 6;
}

/* RFC 3986 2.1. False for a broken escape, a NUL, or a name too long. */
static bool decode(const char *uri, char out[static PT_DSIG_URI_MAX + 1U])
{
    size_t n = 0U;
    for (; *uri != '\0'; uri++) {
        char c = *uri;
        if (n == PT_DSIG_URI_MAX) {
            return false;
        }
        if (c == '%') {
            const int high = hex(uri[1]);
            const int low = high >= 0 ? hex(uri[2]) : -1;
            if (low < 0 || high * 16 + low == 0) {
                return false;
            }
            c = (char)(high * 16 + low);
            uri += 2;
        }
        out[n++] = c;
    }
    out[n] = '\0';
    return true;
}

/* A plain relative name, as ASiC and detached seals write it: no scheme, no root, no "..". */
static bool plain_name(const char *name)
{
    return name[0] != '\0' && name[0] != '/' && name[0] != '#' && strchr(name, ':') == NULL &&
           strchr(name, '\\') == NULL && strstr(name, "..") == NULL;
}

bool pt_dsig_name(const char *uri, char out[static PT_DSIG_URI_MAX + 1U])
{
    return decode(uri, out) && plain_name(out) && strpbrk(uri, "#?") == NULL;
}

static enum pt_reason resolve_content(struct pt_dsig_reference *ref,
                                      const struct pt_xml_contents *contents)
{
    char name[PT_DSIG_URI_MAX + 1U];
    if (!pt_dsig_name(ref->uri, name)) {
        return PT_REASON_REMOTE_REFERENCE;
    }
    if (ref->cut != PT_DSIG_CUT_NONE || ref->c14n != NULL) {
        return PT_REASON_TRANSFORM;
    }
    for (size_t i = 0U; contents != NULL && i < contents->n; i++) {
        if (pt_slice_eq(contents->list[i].name, pt_slice_str(name))) {
            ref->content = i;
            return PT_REASON_NONE;
        }
    }
    return PT_REASON_CONTENT_ABSENT;
}

/* --- nodes ----------------------------------------------------------------------------------- */

/* "#Id", and nothing of XPointer. */
static bool bare_name(const char *id)
{
    return id[0] != '\0' && strpbrk(id, "()'\"# \t\r\n") == NULL;
}

static enum pt_reason placed(const struct pt_dsig *dsig, const struct pt_dsig_reference *ref)
{
    const bool around = pt_dsig_inside(dsig->signature, ref->target);
    if (ref->target == dsig->signature) {
        return PT_REASON_FORMAT; /* itself, cut out of itself: nothing is left to sign */
    }
    if (around) {
        /* It cannot sign its own value: without a cut the digest could never match. */
        return ref->cut != PT_DSIG_CUT_NONE ? PT_REASON_NONE : PT_REASON_FORMAT;
    }
    for (size_t i = 0U; i < dsig->nall; i++) {
        if (dsig->all[i] != dsig->signature && pt_dsig_inside(ref->target, dsig->all[i])) {
            return PT_REASON_WRAPPING;
        }
    }
    return ref->cut == PT_DSIG_CUT_SELF ? PT_REASON_WRAPPING : PT_REASON_NONE;
}

static enum pt_reason resolve(const struct pt_dsig *dsig, struct pt_dsig_reference *ref,
                              const struct pt_xml_contents *contents)
{
    enum pt_reason reason = PT_REASON_NONE;
    if (ref->uri[0] == '\0') {
        ref->document = true;
        ref->target = xmlDocGetRootElement(dsig->doc);
    } else if (ref->uri[0] == '#') {
        reason = bare_name(ref->uri + 1) ? pt_dsig_by_id(dsig->doc, ref->uri + 1, &ref->target)
                                         : PT_REASON_TRANSFORM;
    } else {
        return resolve_content(ref, contents);
    }
    return reason == PT_REASON_NONE ? placed(dsig, ref) : reason;
}

/* By what they lead to, not by how it is written: "a" and "%61" name one content. */
static bool same(const struct pt_dsig_reference *a, const struct pt_dsig_reference *b)
{
    return a->target == b->target && (a->target != NULL || a->content == b->content);
}

enum pt_reason pt_dsig_resolve(struct pt_dsig *dsig, const struct pt_xml_contents *contents)
{
    for (size_t i = 0U; i < dsig->nreferences; i++) {
        struct pt_dsig_reference *const ref = &dsig->references[i];
        const enum pt_reason reason = resolve(dsig, ref, contents);
        if (reason != PT_REASON_NONE) {
            return reason;
        }
        for (size_t j = 0U; j < i; j++) {
            if (same(&dsig->references[j], ref)) {
                return PT_REASON_FORMAT;
            }
        }
    }
    return PT_REASON_NONE;
}
