/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * verify_int.h -- what the verifiers of a folder and of a whole log share. Private to audit/.
 */
#ifndef POTERNE_AUDIT_VERIFY_INT_H
#define POTERNE_AUDIT_VERIFY_INT_H

#include "audit/leaf_read_int.h"
#include "poterne/audit/verify.h"

/** Note the first fault; always a failure, so that the caller stops. */
pt_status pt_verdict_fault(struct pt_verdict *verdict, enum pt_fault fault, uint64_t seq,
                           const char *file);
/** A noted fault is an answer, any other failure stays one. Sets ok. */
pt_status pt_verdict_end(struct pt_verdict *verdict, pt_status st);
/* Where a reader of consecutive leaves stands. */
struct pt_reading {
    uint64_t hour;       /* of the last leaf: hours never go back */
    struct pt_leaf leaf; /* the last one that was accepted */
    enum pt_fault fault; /* why the last one was not */
};
/** Is @bytes a canonical leaf that bears the number @seq and is not older than the one before? */
bool pt_leaf_follows(struct pt_reading *reading, pt_slice bytes, uint64_t seq);

#endif /* POTERNE_AUDIT_VERIFY_INT_H */
