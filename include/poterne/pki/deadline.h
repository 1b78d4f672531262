/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * deadline.h -- how near an end is, as a stable code: the same in the daemon's alarms and in
 * poterne-pki (LEG-28: credentials at 90, 30 and 7 days, the homologation at 6 and 3 months too;
 * RGS-13: a revocation list at half its life, since a timer renews it).
 * Layer 1 (pki). Seconds since 1970-01-01; no clock.
 */
#ifndef POTERNE_PKI_DEADLINE_H
#define POTERNE_PKI_DEADLINE_H

#include "poterne/base/slice.h"

enum pt_deadline {
    PT_DEADLINE_CREDENTIAL = 0, /* certificate, key, token, habilitation */
    PT_DEADLINE_DECISION,       /* homologation: months to renew */
    PT_DEADLINE_LIST,           /* revocation list: only when it is over */
    PT_DEADLINE_HALF            /* half of the life of a list */
};
/**
 * "expiry-183", "expiry-92", "expiry-90", "expiry-30", "expiry-7", "crl.due", "expiry-over";
 * NULL while there is nothing to say. @at is the first second when it is over.
 */
const char *pt_deadline_code(enum pt_deadline kind, int64_t at, int64_t now);

#endif /* POTERNE_PKI_DEADLINE_H */
