/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * dsig_int.h -- one XML signature (W3C XML-DSig 1.1), read by a closed grammar and checked.
 *
 * What a signature may say is small and listed here: six canonical forms, SHA-2, RSA and ECDSA,
 * the enveloped transform and the one XPath that means the same, references to "" and "#Id" of
 * this document and to contents the caller hands over by name. All the rest is refused before any
 * library acts on it: no XSLT, no XPath engine, no XPointer, no remote address (SIG-03). The node
 * a reference names is looked up here, once, and that very node is digested and reported: there
 * is no second look-up for a wrapped element to slip in between (SIG-02, SIG-04).
 *
 * In the same way an algorithm is read here, once, by its URI; what stands in the tables is then
 * built by its identity. Node sets, canonical form, digests and signature values are xmlsec's
 * (docs/adr/0029). Private to pki/.
 */
#ifndef PKI_DSIG_INT_H
#define PKI_DSIG_INT_H

#include "pki/xml_int.h"
#include "poterne/pki/xmlsig.h"

#include <openssl/evp.h>

#define PT_DSIG_SIGNATURES_MAX 8U  /* of one document */
#define PT_DSIG_REFERENCES_MAX 32U /* of one signature */
#define PT_DSIG_TRANSFORMS_MAX 2U  /* of one reference: cut the signatures out, canonical form */
#define PT_DSIG_URI_MAX        512U
#define PT_DSIG_VALUE_MAX      2048U /* characters of a base64 signature value */

#define PT_NS_DSIG "http://www.w3.org/2000/09/xmldsig#"

enum pt_dsig_cut {
    PT_DSIG_CUT_NONE = 0,
    PT_DSIG_CUT_SELF, /* the signature itself: enveloped-signature */
    PT_DSIG_CUT_ALL,  /* every signature: XPath not(ancestor-or-self::ds:Signature) */
};

struct pt_dsig_reference {
    xmlNode *node;    /* ds:Reference */
    const char *uri;  /* as written */
    const char *type; /* "" when absent */
    xmlNode *target;  /* the element it names; the root for "" */
    bool document;    /* URI="" */
    size_t content;   /* index of the caller's content, when target is NULL */
    enum pt_dsig_cut cut;
    const char *c14n;   /* URI of the canonical form, NULL: Canonical XML 1.0 */
    const char *digest; /* URI of the digest */
    xmlNode *digest_value;
};

struct pt_dsig {
    xmlDoc *doc;
    xmlNode *signature, *signed_info, *signature_value;
    const char *c14n, *method;            /* URIs of SignedInfo's own algorithms */
    xmlNode *key_info;                    /* may be NULL */
    xmlNode *all[PT_DSIG_SIGNATURES_MAX]; /* every signature of the document */
    size_t nall;
    struct pt_dsig_reference references[PT_DSIG_REFERENCES_MAX];
    size_t nreferences;
};

/** Once per process and before anything else here. @return PT_E_CRYPTO */
PT_RESULT pt_dsig_start(void);

/**
 * Every ds:Signature of @doc, in document order. One inside another is refused.
 * @return PT_REASON_NONE, or why not (FORMAT: there is none; TOO_LARGE; WRAPPING)
 */
enum pt_reason pt_dsig_find(xmlDoc *doc, xmlNode *found[static PT_DSIG_SIGNATURES_MAX],
                            size_t *ret_n);
/** Read the signature @index of those found; nothing is computed yet. */
enum pt_reason pt_dsig_read(xmlDoc *doc, xmlNode *const *found, size_t nfound, size_t index,
                            struct pt_dsig *ret);
/** Resolve every reference. @return also DUPLICATE_ID, WRAPPING, REMOTE_REFERENCE, CONTENT_ABSENT
 */
enum pt_reason pt_dsig_resolve(struct pt_dsig *dsig, const struct pt_xml_contents *contents);
/** Digests of all references. @return PT_REASON_DIGEST when one differs */
enum pt_reason pt_dsig_digests(const struct pt_dsig *dsig, const struct pt_xml_contents *contents);
/** The signature value over SignedInfo, by @key and nothing else. @return PT_REASON_SIGNATURE */
enum pt_reason pt_dsig_value(const struct pt_dsig *dsig, EVP_PKEY *key);
/** Policy name of the digest of the signature method, e.g. "sha256". NULL: not allowed. */
const char *pt_dsig_method_digest(const struct pt_dsig *dsig);

/** Is the element @node one whose attribute @name is an ID by the schema list (SIG-04)? */
bool pt_dsig_is_id(const xmlNode *node, const char *name);
/** The element whose declared Id is @id; DUPLICATE_ID when any second one carries the value. */
enum pt_reason pt_dsig_by_id(xmlDoc *doc, const char *id, xmlNode **ret_node);
/** Decode the %XX of @uri into @out. False unless it is a plain relative name: no scheme, no root,
 * no "..", no query, no fragment. */
bool pt_dsig_name(const char *uri, char out[static PT_DSIG_URI_MAX + 1U]);
/** Is the digest of @bytes by the algorithm @uri the base64 @value? False for one not allowed. */
bool pt_dsig_matches(const char *uri, pt_slice value, pt_slice bytes);
/**
 * The algorithm that @node names by its one attribute; "", which no table knows, when it has any
 * other attribute or holds text. This is the only reading there is: xmlsec never sees the element.
 */
const char *pt_dsig_algorithm(const xmlNode *node);
bool pt_dsig_inside(const xmlNode *node, const xmlNode *top);

/**
 * Canonical form of the subtree @node (@c14n: its URI, NULL: Canonical XML 1.0), comments left out.
 * For SignedInfo, SignatureValue, and our own seals.
 */
PT_RESULT pt_dsig_canonical(xmlDoc *doc, xmlNode *node, const char *c14n, struct pt_buf *out);
/** Digest of one resolved reference, by its own DigestMethod: what our own seals write. */
PT_RESULT pt_dsig_digest_of(const struct pt_dsig *dsig, const struct pt_dsig_reference *reference,
                            const struct pt_xml_contents *contents, struct pt_buf *out);

#endif /* PKI_DSIG_INT_H */
