/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * leaf_read_int.h -- a leaf as a reader sees it (docs/log-format.md, "Leaf").
 *
 * Private to audit/. Slices point into the bytes that were read.
 */
#ifndef POTERNE_AUDIT_LEAF_READ_INT_H
#define POTERNE_AUDIT_LEAF_READ_INT_H

#include "poterne/audit/record.h"
#include "poterne/base/slice.h"
#include "poterne/base/status.h"

#define PT_LEAF_COMMITMENTS 8U
#define PT_COMMITMENT_TEXT  43U /* base64url of a SHA-256, without padding */

struct pt_leaf {
    pt_slice commitments[PT_LEAF_COMMITMENTS]; /* sorted, all different */
    pt_slice dataset, mode, procedure;         /* exchanges; empty: not said */
    pt_slice filter;                           /* read */
    pt_slice gateway;
    uint8_t conf[32]; /* conf */
    uint64_t hour, seq, count;
    enum pt_entry_type type;
    enum pt_outcome outcome;
};

/**
 * Strict by construction: the only text accepted is the canonical form (RFC 8785) of a leaf of this
 * version: members in order, each at most once and only where its type has it, numbers without
 * leading zero, strings of printable ASCII that need no escape, nothing after the brace.
 * @return PT_E_SYNTAX, PT_E_LIMIT longer than PT_LEAF_MAX
 */
PT_RESULT pt_leaf_read(pt_slice leaf, struct pt_leaf *ret);

/** Is @commitment (43 characters) one of the leaf's? */
bool pt_leaf_commits(const struct pt_leaf *leaf, pt_slice commitment);

#endif /* POTERNE_AUDIT_LEAF_READ_INT_H */
