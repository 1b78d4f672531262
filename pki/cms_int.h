/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * cms_int.h -- a CMS signature taken apart: shared by seals and by time-stamp tokens, which are CMS
 * too. Private to pki/.
 */
#ifndef PKI_CMS_INT_H
#define PKI_CMS_INT_H

#include "poterne/pki/cms.h"

#include <openssl/cms.h>

/* A signedData, parsed and bounded; nothing in it is verified yet. */
struct pt_cms {
    CMS_ContentInfo *ossl;
    STACK_OF(X509) * certs; /* owned; NULL: it carries none */
    int nsigners;
    bool attached;
    pt_slice content; /* in ossl */
};

/**
 * Exactly one signedData of at most @max bytes, DER, BER or PEM. Release with pt_cms_done().
 * @return PT_E_SYNTAX · PT_E_LIMIT too many bytes, signatures, certificates or attributes
 */
PT_RESULT pt_cms_read(pt_slice bytes, size_t max, struct pt_cms *ret);
void pt_cms_done(struct pt_cms *cms);
/** DER appended. */
PT_RESULT pt_cms_write(CMS_ContentInfo *cms, struct pt_buf *out);
CMS_SignerInfo *pt_cms_signer(const struct pt_cms *cms, int index);
/** The octets of the signature; borrowed. */
pt_slice pt_cms_value(CMS_SignerInfo *si);
/** The one value of the one signed attribute @nid, of type @type; NULL when it is not so. */
const void *pt_cms_attribute(CMS_SignerInfo *si, int nid, int type);
bool pt_cms_has(CMS_SignerInfo *si, int nid);
/** PT_E_NOMEM and the like are PT_REASON_FAILED. */
enum pt_reason pt_cms_reason(pt_status st);

/* One signature, judged in itself: not yet when, and whom to believe. */
struct pt_cms_judged {
    X509 *cert;            /* borrowed from the CMS */
    const char *digest;    /* policy names of what was used */
    const char *mechanism; /* "ecdsa", "rsa-pss", "rsa-pkcs1-verify" */
    const char *key;
    uint32_t bits;
};

struct pt_cms_question {
    const struct pt_cms *cms;
    CMS_SignerInfo *si;
    int content_type; /* NID the signed content-type must name */
    bool has_content;
    pt_slice content;
};

/**
 * Certificate, attributes, ESS reference, algorithms, digest and signature, in this order.
 * @return PT_REASON_NONE when all of it is as it must be
 */
enum pt_reason pt_cms_judge(const struct pt_cms_question *question, struct pt_cms_judged *ret);
/** The algorithms on the day of @at. @return NONE, FORBIDDEN_ALGORITHM, POLICY_ENDED */
enum pt_reason pt_cms_policy(const struct pt_cms_judged *judged, int64_t at);
/** Does the ESS signing-certificate-v2 of @si name @cert? */
enum pt_reason pt_cms_ess(CMS_SignerInfo *si, X509 *cert);
/** Mechanism and digest of the signature algorithm, the parameters of PSS included. */
enum pt_reason pt_cms_mechanism(CMS_SignerInfo *si, struct pt_cms_judged *judged);

#endif /* PKI_CMS_INT_H */
