/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * verify.h -- does the log still say what it said? For a receipt, an exported tlog/ folder, or the
 * whole log directory. Trusts nothing but the verifier keys. Layer 1 (audit).
 */
#ifndef POTERNE_AUDIT_VERIFY_H
#define POTERNE_AUDIT_VERIFY_H

#include "poterne/audit/merkle.h"
#include "poterne/base/buf.h"

/* Verdict with the place of the first fault. */
struct pt_verdict {
    bool ok;
    uint64_t entries;     /* leaves checked */
    uint64_t size;        /* of the checkpoint */
    uint64_t bad_seq;     /* first bad entry; UINT64_MAX when the fault is not in an entry */
    const char *fault;    /* stable code: "leaf", "tile", "checkpoint", "order", "missing", "box", "index" ... */
    const char *file;     /* which file, when one is to blame; static or in the verifier's buffer */
};

/** Text of a .tlog-proof receipt; disclosures in it must match the leaf's commitments. */
PT_RESULT pt_verify_receipt(pt_slice receipt, pt_slice vkeys, struct pt_verdict *ret);
/** A C2SP tlog-tiles folder: checkpoint, hash tiles, entry bundles. */
PT_RESULT pt_verify_tlog(const char *dir, pt_slice vkeys, struct pt_verdict *ret);

#endif /* POTERNE_AUDIT_VERIFY_H */
