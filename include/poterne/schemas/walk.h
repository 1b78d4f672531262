/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * walk.h -- one pass over the State's bytes: tokenise strictly, check against the descriptor,
 * copy what the mask allows. Nothing is built in memory; allowed values are copied byte for
 * byte (numbers and string escapes keep their exact spelling), white space is dropped.
 *
 * Strict means RFC 8259 with I-JSON's care (RFC 7493): valid UTF-8, no lone surrogate escape,
 * no duplicate member (names compared decoded), depth, member and number bounds of limits.h, one
 * value, nothing after it. An envelope (a root with a member `data`) always keeps `data`, `links`
 * and `meta`, each {} or [] when nothing in it is allowed. A member the descriptor does not know
 * is dropped and counted, wherever it stands, also under a pointer that names an object. A scalar,
 * a null or the other kind of container in the middle of a longer pointer discloses nothing.
 * A required member that is missing, or a value of another type, is PT_E_SCHEMA, allowed or not.
 * Every rule with its reason: docs/minimisation.md.
 * Layer 1 (schemas). No I/O. Allocates for @out's growth and, when an answer has more than 64
 * unknown members open at once, one block for their names, freed before it returns.
 */
#ifndef POTERNE_SCHEMAS_WALK_H
#define POTERNE_SCHEMAS_WALK_H

#include "poterne/base/buf.h"
#include "poterne/schemas/mask.h"

struct pt_walk_report {
    uint32_t unknown; /* members and items the descriptor does not know: dropped (outermost only) */
    uint32_t withheld; /* known but not allowed: dropped (outermost only) */
    uint64_t
        hit[PT_MASK_FIELDS_MAX / 64U]; /* bit i: the place pointer i names was there and left */
    const struct pt_node *culprit;     /* on PT_E_SCHEMA: where; NULL otherwise */
    size_t offset; /* on failure: where reading stopped; on PT_E_SYNTAX the byte that is wrong */
};

/**
 * Append to @out what @mask, compiled for @dataset, lets leave of @json.
 * @return PT_E_SYNTAX not strict JSON · PT_E_LIMIT a bound, or no room in @out · PT_E_SCHEMA
 *         against the descriptor · PT_E_NOMEM · PT_E_ARG a mask of another dataset.
 *         On failure @out is cleared: a half-checked answer never leaves. *ret_report is written
 *         on failure too (not on PT_E_ARG).
 */
PT_RESULT pt_walk(const struct pt_dataset *dataset, const struct pt_mask *mask, pt_slice json,
                  struct pt_buf *out, struct pt_walk_report *ret_report);

#endif /* POTERNE_SCHEMAS_WALK_H */
