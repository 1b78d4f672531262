/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * walk.h -- one pass over the State's bytes: tokenise strictly, check against the descriptor,
 * copy what the mask allows. Nothing is built in memory; allowed values are copied byte for
 * byte (numbers and string escapes keep their exact spelling), white space is dropped.
 *
 * Strict means RFC 8259 with I-JSON's care (RFC 7493): valid UTF-8, no lone surrogate escape,
 * no duplicate member, depth, member and number bounds of limits.h, one value, nothing after it.
 * The envelope always keeps `data`, `links` and `meta`, each {} or [] when nothing in it is
 * allowed. A member the descriptor does not know is dropped and counted, wherever it stands.
 * A required member that is missing, or a value of another type, is PT_E_SCHEMA.
 * Layer 1 (schemas). No I/O, no allocation but @out's growth.
 */
#ifndef POTERNE_SCHEMAS_WALK_H
#define POTERNE_SCHEMAS_WALK_H

#include "poterne/base/buf.h"
#include "poterne/schemas/mask.h"

struct pt_walk_report {
    uint32_t unknown;  /* members the descriptor does not know: dropped */
    uint32_t withheld; /* members known but not allowed: dropped (outermost only) */
    uint64_t hit[PT_MASK_FIELDS_MAX / 64U]; /* bit i: pointer i of the mask opened something */
    const struct pt_node *culprit; /* on PT_E_SCHEMA: where; NULL when not known */
    size_t offset;     /* on PT_E_SYNTAX: byte offset in @json */
};

/**
 * @return PT_E_SYNTAX not strict JSON · PT_E_LIMIT a bound · PT_E_SCHEMA against the descriptor ·
 *         PT_E_NOMEM. On failure @out is cleared: a half-checked answer never leaves.
 */
PT_RESULT pt_walk(const struct pt_dataset *dataset, const struct pt_mask *mask, pt_slice json,
                  struct pt_buf *out, struct pt_walk_report *ret_report);

#endif /* POTERNE_SCHEMAS_WALK_H */
