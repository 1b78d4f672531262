/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * policy.h -- the one crypto policy, with dates: every algorithm, size, curve, digest, padding,
 * protocol element and life we use or accept passes through it (CRY-01, CRY-02). Sources: ANSSI
 * PG-083 v3.00 of 2026-03-20, which prevails over PA-079 v1.0 and over the TLS guide v1.2
 * (R1-R39); RGS A4 v2.3 and B2 for certificates, lists and keys.
 * Layer 1 (pki). The date is a parameter: no clock here.
 */
#ifndef POTERNE_PKI_POLICY_H
#define POTERNE_PKI_POLICY_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

enum pt_policy_verdict { PT_POLICY_REFUSED = 0, PT_POLICY_ENDING, PT_POLICY_ACCEPTED };

/* What a row speaks about. The unit of its bounds follows, unless the row is a life. */
enum pt_policy_kind {
    PT_POLICY_HASH = 0,
    PT_POLICY_MAC,
    PT_POLICY_CIPHER,
    PT_POLICY_KEY,       /* key types, sizes, exponents, curves */
    PT_POLICY_SIGNATURE, /* schemes and paddings */
    PT_POLICY_KEM,
    PT_POLICY_JOSE,
    PT_POLICY_TLS,     /* versions, suites, groups, signature schemes, switches */
    PT_POLICY_DAYS,    /* a life in days */
    PT_POLICY_SECONDS, /* a life in seconds */
};

struct pt_policy_rule {
    enum pt_policy_kind kind;
    const char *name;  /* lower case: "rsa", "p-256", "sha256", "aes-256-gcm", "life-ca" */
    uint32_t bits_min; /* bits, or the unit of a life; 0: size has no meaning */
    uint32_t bits_max; /* 0: no upper bound */
    const char *until; /* last day it may be used, "2030-12-31"; NULL: no date yet */
    bool accepted;
    const char *source; /* "PG-083 v3.00 RègleFactorisation" */
};

/** The table, for printing and for tests. */
const struct pt_policy_rule *pt_policy_rules(size_t *ret_count);
/** One row on one day: accepted, ending (accepted, with an end date) or refused. */
enum pt_policy_verdict pt_policy_rule_verdict(const struct pt_policy_rule *rule, int32_t days);
/**
 * May (@name, @bits) be used on @days (days since 1970-01-01)? Names compare without case. What
 * the table does not name is refused. ENDING: accepted, but the table gives it an end date.
 * @ret_rule (may be NULL) gets the rule that decided; NULL when no rule names it or its size.
 */
enum pt_policy_verdict pt_policy_check(pt_slice name, uint32_t bits, int32_t days,
                                       const struct pt_policy_rule **ret_rule);
/** As above for a caller that only needs yes or no. @return PT_E_DENIED with aux = @bits */
PT_RESULT pt_policy_require(const char *name, uint32_t bits, int32_t days);
/**
 * The least and the greatest value of @name that are accepted on @days: the key size to ask for,
 * the security level to set (TLS-17), the longest life. 0: none is accepted, or no bound.
 */
uint32_t pt_policy_least(const char *name, int32_t days);
uint32_t pt_policy_most(const char *name, int32_t days);

#endif /* POTERNE_PKI_POLICY_H */
