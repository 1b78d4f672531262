/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * xml.c -- see xml_int.h. libxml2's SAX2 builder with our hooks in front of it: they count, and
 * they stop the parser at a DOCTYPE that the scan should have refused already.
 * Layer 1 (pki).
 */
#include "pki/xml_int.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#define XINCLUDE_2001 "http://www.w3.org/2001/XInclude"
#define XINCLUDE_2003 "http://www.w3.org/2003/XInclude"

struct guard {
    uint32_t depth;
    uint32_t elements;
    enum pt_xml_fault fault;
};

static void quiet(void *ctx, xmlErrorPtr error)
{
    (void)ctx;
    (void)error;
}

void pt_xml_quiet(void)
{
    xmlSetStructuredErrorFunc(NULL, quiet);
}

static void stop(xmlParserCtxt *parser, enum pt_xml_fault why)
{
    struct guard *const guard = (struct guard *)parser->_private;
    if (guard->fault == PT_XML_FAULT_NONE) {
        guard->fault = why;
    }
    xmlStopParser(parser);
}

static bool xinclude(const xmlChar *uri)
{
    return uri != NULL && (xmlStrEqual(uri, (const xmlChar *)XINCLUDE_2001) == 1 ||
                           xmlStrEqual(uri, (const xmlChar *)XINCLUDE_2003) == 1);
}

/* NOLINTNEXTLINE(readability-function-size): the shape is libxml2's */
static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int n_ns, const xmlChar **namespaces, int n_attributes, int n_defaulted,
                     const xmlChar **attributes)
{
    xmlParserCtxt *const parser = (xmlParserCtxt *)ctx;
    struct guard *const guard = (struct guard *)parser->_private;
    guard->depth++;
    guard->elements++;
    if (xinclude(uri)) {
        stop(parser, PT_XML_FAULT_XINCLUDE);
    } else if (guard->depth > PT_XML_DEPTH_MAX || guard->elements > PT_XML_ELEMENTS_MAX ||
               n_ns + n_attributes > (int)PT_XML_ATTRIBUTES_MAX) {
        stop(parser, PT_XML_FAULT_BOUNDS);
    } else {
        xmlSAX2StartElementNs(ctx, name, prefix, uri, n_ns, namespaces, n_attributes, n_defaulted,
                              attributes);
    }
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    xmlParserCtxt *const parser = (xmlParserCtxt *)ctx;
    struct guard *const guard = (struct guard *)parser->_private;
    guard->depth--;
    xmlSAX2EndElementNs(ctx, name, prefix, uri);
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *public_id,
                       const xmlChar *system_id)
{
    (void)name;
    (void)public_id;
    (void)system_id;
    stop((xmlParserCtxt *)ctx, PT_XML_FAULT_DOCTYPE);
}

static void on_instruction(void *ctx, const xmlChar *target, const xmlChar *data)
{
    (void)target;
    (void)data;
    stop((xmlParserCtxt *)ctx, PT_XML_FAULT_STYLESHEET);
}

static pt_status verdict(const xmlParserCtxt *parser, const struct guard *guard, const xmlDoc *doc)
{
    if (guard->fault == PT_XML_FAULT_BOUNDS) {
        return PT_FAIL_AUX(PT_E_LIMIT, guard->fault);
    }
    if (guard->fault != PT_XML_FAULT_NONE) {
        return PT_FAIL_AUX(PT_E_DENIED, guard->fault);
    }
    if (parser->errNo == XML_ERR_NO_MEMORY) {
        return PT_FAIL(PT_E_NOMEM);
    }
    /* XML 1.1 has other line ends and characters: a reader of it would see another text. */
    if (doc != NULL && xmlStrEqual(doc->version, (const xmlChar *)"1.0") != 1) {
        return PT_FAIL_AUX(PT_E_DENIED, PT_XML_FAULT_FORM);
    }
    /* nsWellFormed: a document whose prefixes do not resolve has no meaning to sign. */
    if (parser->wellFormed != 1 || parser->nsWellFormed != 1 || doc == NULL) {
        return PT_FAIL_AUX(PT_E_SYNTAX, PT_XML_FAULT_FORM);
    }
    return PT_SUCCESS;
}

static pt_status parse(xmlParserCtxt *parser, pt_slice bytes, xmlDoc **ret_doc)
{
    struct guard guard = {.depth = 0U};
    parser->_private = &guard;
    parser->sax->startElementNs = on_start;
    parser->sax->endElementNs = on_end;
    parser->sax->internalSubset = on_doctype;
    parser->sax->externalSubset = on_doctype;
    parser->sax->processingInstruction = on_instruction;
    *ret_doc = xmlCtxtReadMemory(parser, bytes.ptr, (int)bytes.len, NULL, NULL,
                                 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                     XML_PARSE_NOXINCNODE);
    parser->_private = NULL;
    return verdict(parser, &guard, *ret_doc);
}

PT_RESULT pt_xml_parse(pt_slice bytes, xmlDoc **ret_doc)
{
    PT_ENSURE(ret_doc != NULL, PT_E_ARG);
    PT_TRY(pt_xml_scan(bytes));
    pt_xml_quiet();
    xmlParserCtxt *parser = xmlNewParserCtxt();
    PT_ENSURE(parser != NULL, PT_E_NOMEM);
    xmlDoc *doc = NULL;
    const pt_status st = parse(parser, bytes, &doc);
    xmlFreeParserCtxt(parser);
    if (!pt_ok(st)) {
        xmlFreeDoc(doc);
        return st;
    }
    *ret_doc = doc;
    return PT_SUCCESS;
}

/* --- moving about ---------------------------------------------------------------------------- */

bool pt_xml_is(const xmlNode *node, const char *ns, const char *name)
{
    if (node == NULL || node->type != XML_ELEMENT_NODE ||
        xmlStrEqual(node->name, (const xmlChar *)name) != 1) {
        return false;
    }
    const char *const have =
        node->ns != NULL && node->ns->href != NULL ? (const char *)node->ns->href : "";
    return strcmp(have, ns) == 0;
}

static xmlNode *element_from(xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE) {
        node = node->next;
    }
    return node;
}

xmlNode *pt_xml_child(const xmlNode *node)
{
    return element_from(node->children);
}

xmlNode *pt_xml_next(const xmlNode *node)
{
    return element_from(node->next);
}

xmlNode *pt_xml_walk(const xmlNode *node, const xmlNode *top)
{
    xmlNode *next = pt_xml_child(node);
    while (next == NULL && node != NULL && node != top) {
        next = pt_xml_next(node);
        node = node->parent;
    }
    return next;
}

const char *pt_xml_attribute(const xmlNode *node, const char *name)
{
    const xmlAttr *const attribute =
        xmlHasNsProp((xmlNode *)(uintptr_t)node, (const xmlChar *)name, NULL);
    if (attribute == NULL || attribute->children == NULL) {
        return attribute != NULL ? "" : NULL;
    }
    /* Without a DTD there are no entity nodes: one text node is the whole value. */
    return attribute->children->next == NULL && attribute->children->type == XML_TEXT_NODE
               ? (const char *)attribute->children->content
               : NULL;
}

pt_slice pt_xml_text(const xmlNode *node)
{
    const xmlNode *const text = node->children;
    if (text == NULL || text->next != NULL || text->type != XML_TEXT_NODE) {
        return PT_SLICE_EMPTY;
    }
    return pt_slice_str((const char *)text->content);
}

/* Is @name one of the words of @names? */
static bool listed(const char *name, const char *names)
{
    pt_slice rest = pt_slice_str(names);
    while (rest.len > 0U) {
        if (pt_slice_eq(pt_slice_cut(&rest, ' '), pt_slice_str(name))) {
            return true;
        }
    }
    return false;
}

bool pt_xml_attributes_are(const xmlNode *node, const char *names)
{
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        if (a->ns != NULL || !listed((const char *)a->name, names)) {
            return false;
        }
    }
    return true;
}

bool pt_xml_no_text(const xmlNode *node)
{
    for (const xmlNode *at = node->children; at != NULL; at = at->next) {
        const bool blank = at->type == XML_TEXT_NODE && xmlIsBlankNode(at) == 1;
        if (at->type != XML_ELEMENT_NODE && at->type != XML_COMMENT_NODE && !blank) {
            return false;
        }
    }
    return true;
}

bool pt_xml_has_comment(const xmlDoc *doc, const xmlNode *skip)
{
    const xmlNode *const top = (const xmlNode *)doc;
    const xmlNode *node = doc->children;
    while (node != NULL && node != top) {
        if (node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE) {
            return true;
        }
        if (node != skip && node->type == XML_ELEMENT_NODE && node->children != NULL) {
            node = node->children;
            continue;
        }
        while (node != top && node->next == NULL) {
            node = node->parent;
        }
        node = node != top ? node->next : top;
    }
    return false;
}
