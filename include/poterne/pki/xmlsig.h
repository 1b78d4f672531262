/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * xmlsig.h -- seals of XML documents and by XML: XAdES B-B and B-T (ETSI EN 319 132-1), enveloped
 * in the document or detached from what they seal.
 *
 * Reading is closed (SIG-03, SIG-04): UTF-8, ISO-8859-1 or windows-1252; no DOCTYPE, no XInclude,
 * no XSLT, no XPath but the one that means "without the signatures", no remote reference, SHA-2
 * with RSA (PKCS #1 v1.5) or ECDSA; bounded in every direction. The verdict names what is covered
 * (SIG-02): the whole document but its signature, or a list of "#Id /path/of/the/element". A
 * consumer uses the elements at those paths and nothing else. Comments are never covered: a
 * document that has one outside its signature is covered in part.
 *
 * Writing is by ECDSA keys only: the Debian 12 xmlsec that others verify with knows no RSA-PSS, and
 * our holder signs with no other RSA (docs/adr/0029).
 * Layer 1 (pki): no clock, no file, no socket.
 */
#ifndef POTERNE_PKI_XMLSIG_H
#define POTERNE_PKI_XMLSIG_H

#include "poterne/pki/signer.h"
#include "poterne/pki/trust.h"

#define PT_XML_CONTENTS_MAX 32U /* documents one detached seal covers */

/* A content the caller holds, for a seal that is detached from it. */
struct pt_xml_content {
    pt_slice name; /* as the reference writes it, once its %XX are decoded: a plain file name */
    pt_slice bytes;
};
struct pt_xml_contents {
    const struct pt_xml_content *list;
    size_t n;
};

/* What is asked about one document. */
struct pt_xml_check {
    pt_slice document;
    struct pt_xml_contents contents; /* n 0: none */
    const struct pt_trust *trust;
    int64_t now;
};

/**
 * Verify every signature of the document; the verdict is that of the worst one. @verdict is
 * initialised here; release it with pt_verdict_done().
 * @return PT_E_ARG for a broken contract; what is wrong with the bytes is in the verdict
 */
PT_RESULT pt_xml_verify(const struct pt_xml_check *check, struct pt_verdict *verdict);

/**
 * Append the document of @statement (PT_STATEMENT_CONTENT, well-formed XML without a signature)
 * with its XAdES B-B seal as last child of the root. The encoding of the document is kept.
 * @return PT_E_DENIED the signer is not fit (aux: enum pt_signer_fault) or holds an RSA key ·
 *         PT_E_SYNTAX, PT_E_LIMIT the document · PT_E_EXISTS it has a signature already
 */
PT_RESULT pt_xml_seal_enveloped(const struct pt_signer *signer,
                                const struct pt_statement *statement, struct pt_buf *out);
/**
 * Append a XAdES B-B seal over @n documents, each a PT_STATEMENT_CONTENT with a name. The root is
 * asic:XAdESSignatures (EN 319 162-1 A.5), which any verifier of XML signatures walks through.
 */
PT_RESULT pt_xml_seal_detached(const struct pt_signer *signer,
                               const struct pt_statement *statements, size_t n, struct pt_buf *out);

/**
 * B-T: append the bytes that a time-stamp token has to be asked for (the canonical SignatureValue
 * of the one signature of @sealed).
 */
PT_RESULT pt_xml_imprint(pt_slice sealed, struct pt_buf *out);
/** ... and append @sealed with the token (DER of the CMS) in its SignatureTimeStamp. */
PT_RESULT pt_xml_stamp(pt_slice sealed, pt_slice token, struct pt_buf *out);

#endif /* POTERNE_PKI_XMLSIG_H */
