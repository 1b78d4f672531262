/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * disclosed_int.h -- what opened boxes say (docs/log-format.md, "Commitments and boxes").
 *
 * Private to audit/.
 */
#ifndef POTERNE_AUDIT_DISCLOSED_INT_H
#define POTERNE_AUDIT_DISCLOSED_INT_H

#include "audit/leaf_read_int.h"
#include "poterne/base/buf.h"

/**
 * Read the disclosures of one box into the fields of @record (and *@time_ms). The text is decoded
 * in place: the record's slices point into @plain, whose content is no JSON any more afterwards.
 * @return PT_E_SYNTAX not our disclosures; record and time may then be half filled
 */
PT_RESULT pt_disclosed_read(struct pt_buf *plain, struct pt_record *record, uint64_t *time_ms);

/** Is every disclosure (raw JSON joined by LF) one of the leaf's commitments? @return PT_E_FORGED
 */
PT_RESULT pt_disclosed_committed(const struct pt_leaf *leaf, pt_slice plain);

#endif /* POTERNE_AUDIT_DISCLOSED_INT_H */
