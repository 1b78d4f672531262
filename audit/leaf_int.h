/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * leaf_int.h -- from a record to a stored entry: disclosures, commitments, leaf, sealed boxes.
 *
 * Private to audit/. Layer 1 (audit).
 */
#ifndef POTERNE_AUDIT_LEAF_INT_H
#define POTERNE_AUDIT_LEAF_INT_H

#include "audit/keyring_int.h"
#include "poterne/audit/record.h"

/* Memory, contexts and caches for building entries: one user at a time. */
struct pt_sealer;

/* Where and when an entry stands. */
struct pt_place {
    uint64_t seq;
    uint64_t time_ms;
    pt_slice gateway;
};

PT_RESULT pt_sealer_new(struct pt_sealer **ret_sealer);
struct pt_sealer *pt_sealer_free(struct pt_sealer *sealer); /* accepts NULL, wipes */

/**
 * Append the stored value of @record to @out (docs/log-format.md).
 * @return PT_E_ARG what pt_record_check refuses · PT_E_LIMIT, PT_E_CRYPTO, PT_E_NOMEM
 */
PT_RESULT pt_sealer_seal(struct pt_sealer *sealer, const struct pt_month_keys *keys,
                         const struct pt_record *record, const struct pt_place *place,
                         struct pt_buf *out, struct pt_hash *ret_leaf);

/**
 * Can this record become an entry? Clear members are printable ASCII that JSON does not escape,
 * sealed ones UTF-8 without control characters, and everything fits. A record that passes never
 * makes an append fail. @return PT_E_ARG
 */
PT_RESULT pt_record_check(const struct pt_record *record);
/** What may stand in the clear part of a leaf; the empty text may. */
bool pt_clear_text(pt_slice text);

#endif /* POTERNE_AUDIT_LEAF_INT_H */
