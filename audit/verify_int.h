/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * verify_int.h -- what the verifiers of a folder and of a whole log share. Private to audit/.
 */
#ifndef POTERNE_AUDIT_VERIFY_INT_H
#define POTERNE_AUDIT_VERIFY_INT_H

#include "poterne/audit/verify.h"

/** Note the first fault; always a failure, so that the caller stops. */
pt_status pt_verdict_fault(struct pt_verdict *verdict, enum pt_fault fault, uint64_t seq,
                           const char *file);
/** A noted fault is an answer, any other failure stays one. Sets ok. */
pt_status pt_verdict_end(struct pt_verdict *verdict, pt_status st);
/**
 * Is @bytes a canonical leaf that bears the number @seq and is not older than *@hour? *@hour moves
 * on; on failure *ret_fault says what is wrong.
 */
pt_status pt_leaf_follows(pt_slice bytes, uint64_t seq, uint64_t *hour, enum pt_fault *ret_fault);

#endif /* POTERNE_AUDIT_VERIFY_INT_H */
