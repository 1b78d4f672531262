/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * xades_int.h -- the signed properties of an XML signature (ETSI EN 319 132-1; the older XAdES
 * 1.1.1 and 1.2.2, which PES v2 still uses, are read as well). Private to pki/.
 */
#ifndef PKI_XADES_INT_H
#define PKI_XADES_INT_H

#include "pki/dsig_int.h"
#include "pki/judge_int.h"

#define PT_NS_XADES             "http://uri.etsi.org/01903/v1.3.2#"
#define PT_XADES_TYPE_SIGNED    "http://uri.etsi.org/01903#SignedProperties"
#define PT_XADES_TOKEN_MAX      65536U /* DER of one time-stamp token */
#define PT_XADES_REFERENCES_MAX 4U     /* certificates that SigningCertificate names */

struct pt_xades {
    const char *ns; /* the XAdES namespace it is written in */
    xmlNode *qualifying, *signed_properties;
    xmlNode *signing_certificate; /* SigningCertificate or SigningCertificateV2 */
    xmlNode *timestamp;           /* SignatureTimeStamp, NULL when there is none */
    bool baseline;                /* 1.3.2, V2 reference, no SHA-1: may be called B-B */
    bool has_claimed;
    int64_t claimed;
};

/** Find and check what stands around @dsig. @return NOT_BASELINE, WRAPPING, FORMAT... */
enum pt_reason pt_xades_read(const struct pt_dsig *dsig, struct pt_xades *ret);
/** Certificates of KeyInfo, and which one the signature itself names (the reference is signed). */
enum pt_reason pt_xades_certs(const struct pt_dsig *dsig, struct pt_xades *xades,
                              struct pt_judge_certs *ret);
/** DER of the token, decoded. @return PT_E_SYNTAX, PT_E_LIMIT, PT_E_NOMEM */
PT_RESULT pt_xades_token(const struct pt_xades *xades, struct pt_buf *out);
/** What the token is over: the canonical SignatureValue element (EN 319 132-1 5.3). */
PT_RESULT pt_xades_stamped(const struct pt_dsig *dsig, const struct pt_xades *xades,
                           struct pt_buf *out);
/** xs:dateTime with a zone, as seconds. */
bool pt_xades_time(pt_slice text, int64_t *ret);

#endif /* PKI_XADES_INT_H */
