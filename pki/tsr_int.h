/* SPDX-License-Identifier: EUPL-1.2 */
/* tsr_int.h -- a time-stamp token taken apart (RFC 3161 2.4.2). Private to pki/. */
#ifndef PKI_TSR_INT_H
#define PKI_TSR_INT_H

#include "pki/cms_int.h"
#include "poterne/pki/tsp.h"

#include <openssl/ts.h>

#define PT_OID_TEXT_MAX 128U

struct pt_tst {
    struct pt_cms cms;
    TS_TST_INFO *info; /* owned */
    pt_slice imprint;  /* in info */
    int imprint_nid;
    int64_t time; /* genTime, fraction cut off */
    bool has_accuracy;
    uint32_t accuracy_ms;
    char policy[PT_OID_TEXT_MAX]; /* dotted */
};

/** A bare TimeStampToken; nothing is verified. Release with pt_tst_done(). */
PT_RESULT pt_tst_read(pt_slice token, struct pt_tst *ret);
void pt_tst_done(struct pt_tst *tst);
/** Is the imprint the digest of @bytes? Only with a digest the policy has never ended. */
bool pt_tst_covers(const struct pt_tst *tst, pt_slice bytes);

/**
 * Everything about a token but what it is over: form, signature, TSU, policy, plausible time,
 * chain at genTime. The unit's facts go to @authority also when the answer is no.
 */
enum pt_reason pt_tst_judge(const struct pt_tst *tst, const struct pt_trust *trust, int64_t now,
                            struct pt_verdict_signer *authority);
/** The latest second at which what it is over existed: genTime, its fraction and its accuracy. */
int64_t pt_tst_proven(const struct pt_tst *tst);

/** TimeStampResp or bare token: the bytes of the token and the PKIStatus (0 for a bare token). */
PT_RESULT pt_tsr_split(pt_slice bytes, uint32_t *ret_status, pt_slice *ret_token);

#endif /* PKI_TSR_INT_H */
