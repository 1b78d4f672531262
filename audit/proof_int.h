/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * proof_int.h -- C2SP .tlog-proof texts and what our receipts carry in their `extra` line
 * (docs/log-format.md, "Receipt").
 *
 * Private to audit/. Part of the pure proof library.
 */
#ifndef POTERNE_AUDIT_PROOF_INT_H
#define POTERNE_AUDIT_PROOF_INT_H

#include "poterne/audit/merkle.h"
#include "poterne/base/buf.h"

struct pt_proof {
    pt_slice extra; /* base64 as it stands; empty when the line is not there */
    uint64_t index;
    struct pt_hash hashes[64];
    size_t n;
    pt_slice checkpoint; /* a signed note, not verified here */
};
/** c2sp.org/tlog-proof@v1. Slices point into @text. @return PT_E_SYNTAX, PT_E_LIMIT */
PT_RESULT pt_proof_parse(pt_slice text, struct pt_proof *ret);

/**
 * The JSON of an extra line into @json, the leaf's bytes into @leaf; *ret_disclosures is the inside
 * of the array, for pt_disclosure_next. Only the one spelling that pt_proof_write gives is
 * accepted.
 * @return PT_E_SYNTAX, PT_E_LIMIT, PT_E_NOMEM
 */
PT_RESULT pt_extra_open(pt_slice extra, struct pt_buf *json, struct pt_buf *leaf,
                        pt_slice *ret_disclosures);
/** Next disclosure, base64url as it was hashed. @return PT_E_SYNTAX; PT_E_ABSENT at the end */
PT_RESULT pt_disclosure_next(pt_slice *rest, pt_slice *ret);
/** base64url(SHA-256(ASCII(disclosure))) (RFC 9901 4.2.3), 43 characters. */
void pt_disclosure_commitment(pt_slice disclosure, char out[static 43]);

/* Everything a receipt is made of. */
struct pt_proof_parts {
    uint64_t index;
    const struct pt_hash *hashes;
    size_t n;
    pt_slice leaf;
    pt_slice boxes[2]; /* raw JSON disclosures joined by LF; empty: none */
    pt_slice checkpoint;
};
PT_RESULT pt_proof_write(const struct pt_proof_parts *parts, struct pt_buf *out);

#endif /* POTERNE_AUDIT_PROOF_INT_H */
