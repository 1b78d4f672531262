/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * judge_int.h -- from a signature whose mathematics are right to a verdict: who signed, was the
 * certificate good, and when is that proven (ETSI EN 319 102-1 5.5 and 5.6.2). Private to pki/.
 */
#ifndef PKI_JUDGE_INT_H
#define PKI_JUDGE_INT_H

#include "poterne/pki/trust.h"

#include <openssl/x509.h>

#define PT_JUDGE_CERTS_MAX      8U     /* certificates that come with one signature */
#define PT_JUDGE_CERT_BYTES_MAX 16384U /* of one of them */

/* The certificates of one signature, the signer's found among them. Owned. */
struct pt_judge_certs {
    X509 *list[PT_JUDGE_CERTS_MAX];
    size_t n;
    size_t signer; /* index; meaningless until found */
};
/** One more, from DER, the whole of it. @return PT_E_LIMIT, PT_E_SYNTAX */
PT_RESULT pt_judge_certs_add(struct pt_judge_certs *certs, pt_slice der);
void pt_judge_certs_done(struct pt_judge_certs *certs);
/** Does the certificate's DER have this digest under the policy name @digest ("sha256"...)? */
bool pt_judge_cert_matches(X509 *cert, const char *digest, pt_slice value);

/* How a signature was made; names in the policy table. */
struct pt_judge_made {
    const char *digest;    /* "sha256"... */
    const char *mechanism; /* "ecdsa", "rsa-pss", "rsa-pkcs1-verify" */
};
/**
 * Are digest, mechanism and key allowed on the day the signature is judged at?
 * @return PT_REASON_NONE, FORBIDDEN_ALGORITHM, POLICY_ENDED
 */
enum pt_reason pt_judge_algorithm(const struct pt_verdict *verdict, struct pt_judge_made made);

/** The proven time, or now: when the signature is judged at. */
int64_t pt_judge_instant(const struct pt_verdict *verdict);

/**
 * The last word: fills kind and reason of @verdict. @verdict->times says whether a time is proven;
 * a claimed time changes nothing (SIG-06).
 */
void pt_judge(struct pt_verdict *verdict, const struct pt_judge_certs *certs,
              const struct pt_trust *trust);

/** The same for one certificate and those that came with it (may be NULL), and gives the reason. */
enum pt_reason pt_judge_signer(struct pt_verdict *verdict, X509 *cert, STACK_OF(X509) * others,
                               const struct pt_trust *trust);

/**
 * The time-stamp @token (DER of the CMS) over @stamped: on success the time is proven, and
 * @verdict says by whom; of several tokens the earliest counts. Otherwise @verdict->token says what
 * is wrong with it. @return PT_REASON_NONE, or why the seal is refused for it
 */
enum pt_reason pt_judge_token(struct pt_verdict *verdict, pt_slice token, pt_slice stamped,
                              const struct pt_trust *trust);

#endif /* PKI_JUDGE_INT_H */
