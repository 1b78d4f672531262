/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * policy.h -- the one crypto policy, with dates: every algorithm, size and curve we use or
 * accept passes through it (CRY-01, CRY-02; ANSSI PG-083 v3.00 of 2026-03-20, which prevails over
 * PA-079 v1.0 and the TLS guide v1.2).
 * Layer 1 (pki). The date is a parameter: no clock here.
 */
#ifndef POTERNE_PKI_POLICY_H
#define POTERNE_PKI_POLICY_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

enum pt_policy_verdict { PT_POLICY_REFUSED = 0, PT_POLICY_ENDING, PT_POLICY_ACCEPTED };

struct pt_policy_rule {
    const char *name;  /* lower case: "rsa", "p-256", "ed25519", "sha256", "aes-256-gcm", "ecb" */
    uint32_t bits_min; /* 0: size has no meaning */
    uint32_t bits_max; /* 0: no upper bound */
    const char *until; /* last day it may be used, "2030-12-31"; NULL: no date yet */
    bool accepted;
    const char *source; /* "PG-083 v3.00 RègleFactorisation" */
};

/** The table, for printing and for tests. */
const struct pt_policy_rule *pt_policy_rules(size_t *ret_count);
/**
 * May (@name, @bits) be used on @days (days since 1970-01-01)? Names compare without case. What
 * the table does not name is refused. ENDING: accepted, but the table gives it an end date.
 * @ret_rule (may be NULL) gets the rule that decided; NULL when no rule names it or its size.
 */
enum pt_policy_verdict pt_policy_check(pt_slice name, uint32_t bits, int32_t days,
                                       const struct pt_policy_rule **ret_rule);
/** As above for a caller that only needs yes or no. @return PT_E_DENIED with aux = @bits */
PT_RESULT pt_policy_require(const char *name, uint32_t bits, int32_t days);

#endif /* POTERNE_PKI_POLICY_H */
