/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * xmlforge.h -- XML signatures that our own seals would never be: the test writes the whole text,
 * and this fills in certificate, digests and value with the kit's key.
 */
#ifndef TESTS_UNIT_PKI_XMLFORGE_H
#define TESTS_UNIT_PKI_XMLFORGE_H

#include "tests/unit/pki/sealworld.h"

#define X_DS     "http://www.w3.org/2000/09/xmldsig#"
#define X_EXC    "http://www.w3.org/2001/10/xml-exc-c14n#"
#define X_C11    "http://www.w3.org/2006/12/xml-c14n11"
#define X_C10    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define X_XADES  "http://uri.etsi.org/01903/v1.3.2#"
#define X_SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"
#define X_ES256  "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"

#define X_T(uri)       "<ds:Transform Algorithm=\"" uri "\"/>"
#define X_TS(inner)    "<ds:Transforms>" inner "</ds:Transforms>"
#define X_ENVELOPED    X_T(X_DS "enveloped-signature")
#define X_DIGEST       "<ds:DigestMethod Algorithm=\"" X_SHA256 "\"/><ds:DigestValue/>"
#define X_REF(uri, ts) "<ds:Reference URI=\"" uri "\">" ts X_DIGEST "</ds:Reference>"
#define X_PROPREF                                                                                  \
    "<ds:Reference Type=\"http://uri.etsi.org/01903#SignedProperties\" URI=\"#P\">" X_TS(          \
        X_T(X_EXC)) X_DIGEST "</ds:Reference>"
#define X_PROPERTIES                                                                               \
    "<xades:SignedProperties Id=\"P\"><xades:SignedSignatureProperties>"                           \
    "<xades:SigningTime>2026-11-24T00:00:00Z</xades:SigningTime>"                                  \
    "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod "                  \
    "Algorithm=\"" X_SHA256                                                                        \
    "\"/><ds:DigestValue>$D</ds:DigestValue></xades:CertDigest></xades:Cert>"                      \
    "</xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties>"
#define X_QUALIFYING                                                                               \
    "<xades:QualifyingProperties xmlns:xades=\"" X_XADES "\" Target=\"#S\">" X_PROPERTIES          \
    "</xades:QualifyingProperties>"
#define X_KEYINFO                                                                                  \
    "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>$C</ds:X509Certificate></ds:X509Data></"         \
    "ds:KeyInfo>"
#define X_SIGNATURE(c14n, method, refs, objects)                                                   \
    "<ds:Signature xmlns:ds=\"" X_DS "\" Id=\"S\"><ds:SignedInfo><ds:CanonicalizationMethod "      \
    "Algorithm=\"" c14n "\"/><ds:SignatureMethod Algorithm=\"" method "\"/>" refs X_PROPREF        \
    "</ds:SignedInfo><ds:SignatureValue/>" X_KEYINFO objects "</ds:Signature>"
#define X_SIGN(refs) X_SIGNATURE(X_EXC, X_ES256, refs, "<ds:Object>" X_QUALIFYING "</ds:Object>")

/** $C (certificate) and $D (its SHA-256) filled in; nothing signed. */
void xmlforge_fill(const struct sealworld *kit, const char *text, struct pt_buf *out);
/** ... and every signature of the document signed, in document order. */
void xmlforge_sign(const struct sealworld *kit, const char *text, struct pt_buf *out);
/** @text with the first @what replaced by @by; aborts when it is not there. */
void xmlforge_replace(struct pt_buf *text, const char *what, const char *by);

#endif /* TESTS_UNIT_PKI_XMLFORGE_H */
