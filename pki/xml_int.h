/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * xml_int.h -- the guarded way into libxml2 (SIG-03): foreign bytes become a document here or
 * nowhere. Bounded in size, depth, elements and attributes; one of three encodings; no DOCTYPE, so
 * no entity of the document's own, no default attribute and no ID type of its own; no XInclude;
 * nothing is fetched. Private to pki/.
 */
#ifndef PKI_XML_INT_H
#define PKI_XML_INT_H

#include "poterne/base/buf.h"

#include <libxml/tree.h>

/* Bounds of one document. libxml2 adds its own: 10 MB of one text, 50 000 bytes of one name. */
#define PT_XML_BYTES_MAX      16777216U
#define PT_XML_DEPTH_MAX      64U
#define PT_XML_ELEMENTS_MAX   200000U
#define PT_XML_ATTRIBUTES_MAX 64U /* attributes and namespace declarations of one element */

/* Why a document is refused: `aux` of the status. */
enum pt_xml_fault {
    PT_XML_FAULT_NONE = 0,
    PT_XML_FAULT_SIZE,
    PT_XML_FAULT_ENCODING,   /* not UTF-8, ISO-8859-1 or windows-1252, or not what it declares */
    PT_XML_FAULT_DOCTYPE,    /* any "<!" that is neither a comment nor CDATA */
    PT_XML_FAULT_XINCLUDE,   /* an element of the XInclude namespaces */
    PT_XML_FAULT_STYLESHEET, /* a processing instruction other than the XML declaration */
    PT_XML_FAULT_BOUNDS,     /* depth, elements, attributes */
    PT_XML_FAULT_FORM,       /* not well-formed */
};

/**
 * Parse. The caller frees with xmlFreeDoc().
 * @return PT_E_LIMIT, PT_E_DENIED, PT_E_SYNTAX with aux = enum pt_xml_fault; PT_E_NOMEM
 */
PT_RESULT pt_xml_parse(pt_slice bytes, xmlDoc **ret_doc);
/** The part that needs no parser: encoding, DOCTYPE, processing instructions. */
PT_RESULT pt_xml_scan(pt_slice bytes);

/** Is @node an element @name of namespace @ns ("" for none)? NULL is no element. */
bool pt_xml_is(const xmlNode *node, const char *ns, const char *name);
/** First child element, next sibling element; NULL when there is none. */
xmlNode *pt_xml_child(const xmlNode *node);
xmlNode *pt_xml_next(const xmlNode *node);
/** The next element of the document after @node, inside @top; NULL at the end. */
xmlNode *pt_xml_walk(const xmlNode *node, const xmlNode *top);
/** Value of the attribute @name without namespace, NULL when absent. Owned by the document. */
const char *pt_xml_attribute(const xmlNode *node, const char *name);
/**
 * Are all attributes of @node without a namespace, and each one of @names (one space between two)?
 * Asked of every element whose attributes decide something: a second attribute of the same local
 * name is what another reader might take instead.
 */
bool pt_xml_attributes_are(const xmlNode *node, const char *names);
/** Does @node hold elements only: no text but white space between them, no CDATA? */
bool pt_xml_no_text(const xmlNode *node);
/** Is there a comment or an instruction anywhere in @doc, but inside @skip (NULL: nowhere)? */
bool pt_xml_has_comment(const xmlDoc *doc, const xmlNode *skip);
/** The text of an element that holds nothing but text, as one view; empty when it is not so. */
pt_slice pt_xml_text(const xmlNode *node);
/** libxml2 writes what displeases it on stderr unless told otherwise: per thread, this tells it. */
void pt_xml_quiet(void);

#endif /* PKI_XML_INT_H */
