/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * selftest.h -- does the cryptographic library of this machine do what its standards say?
 * Known answers for what Poterne relies on, one refusal each where there is one, the random source,
 * and the end dates of the policy (CRY-01, CRY-04). For `poterne-pki selftest` and for the RSSI's
 * record after an update of the system. Layer 1 (pki): no clock, no file, nothing is kept.
 */
#ifndef POTERNE_PKI_SELFTEST_H
#define POTERNE_PKI_SELFTEST_H

#include "poterne/base/status.h"

#include <stddef.h>

struct pt_selftest {
    const char *id;     /* stable: "sha256", "aes-256-gcm"... */
    const char *text;   /* French */
    const char *source; /* where the answer is written */
    /** PT_E_CRYPTO: it is not the known answer; PT_E_NOMEM. */
    PT_RESULT (*run)(void);
};

const struct pt_selftest *pt_selftests(size_t *ret_count);

#endif /* POTERNE_PKI_SELFTEST_H */
