/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * trust.h -- whom a verification of seals and time-stamps believes: explicit anchors of its own
 * for either use, never the system's store, and the evidence of revocation at hand.
 * Layer 1 (pki). Borrowed, immutable while a verification runs; several threads may share it when
 * its fetch port and cache may be.
 */
#ifndef POTERNE_PKI_TRUST_H
#define POTERNE_PKI_TRUST_H

#include "poterne/pki/path.h"
#include "poterne/pki/verdict.h"

#define PT_TRUST_POLICIES_MAX 16U /* time-stamping policies accepted */

struct pt_trust {
    const pt_slice *anchors; /* authorities of seals: each DER, or PEM of one or more */
    size_t nanchors;
    const pt_slice *tsa_anchors; /* authorities of time-stamping units */
    size_t ntsa_anchors;
    const pt_slice *extra; /* intermediates to be had besides those a seal carries */
    size_t nextra;
    struct pt_path_evidence evidence;
    enum pt_rgs_level level;
    const struct pt_fetch_port *fetch; /* NULL: offline */
    struct pt_revocation_cache *cache; /* may be NULL */
    const pt_slice *policies;          /* time-stamping policy OIDs, dotted; none: any */
    size_t npolicies;
};

#endif /* POTERNE_PKI_TRUST_H */
