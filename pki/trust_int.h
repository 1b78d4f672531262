/* SPDX-License-Identifier: EUPL-1.2 */
/* trust_int.h -- is the bearer of this certificate to be believed, then? Private to pki/. */
#ifndef PKI_TRUST_INT_H
#define PKI_TRUST_INT_H

#include "poterne/pki/trust.h"

#include <openssl/x509.h>

struct pt_trust_question {
    const struct pt_trust *trust;
    X509 *cert;
    STACK_OF(X509) * others; /* what came with the signature; may be NULL */
    bool tsu;                /* a time-stamping unit, else a seal */
    int64_t at;              /* the instant it must be good at */
    int64_t fresh;           /* the instant the evidence must be fresh at */
    bool past;               /* @at is proven and the certificate has expired since: see path.h */
    bool proven;             /* @at is proven, not merely now */
};

/**
 * @return PT_REASON_NONE when it is good at @at; of a unit, PT_REASON_TOKEN_UNTRUSTED when it was
 *         but its key may have become another's since. *@ret_since (may be NULL) tells that a
 * certificate of the path was revoked later than @at.
 */
enum pt_reason pt_trust_judge(const struct pt_trust_question *question, bool *ret_since);

#endif /* PKI_TRUST_INT_H */
