/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * mask.h -- field minimisation: an answer carries only what the procedure needs.
 * (RGPD art. 5-1-c; CRPA L.114-8 "strictement nécessaires"; LEG-02.)
 *
 * A mask is compiled once, when the configuration is loaded, from JSON Pointers with `*` for
 * "every item of the array", against one dataset. It is immutable afterwards. It denies by
 * default: what is not named, or not in the descriptor, is not copied.
 * Layer 1 (schemas).
 */
#ifndef POTERNE_SCHEMAS_MASK_H
#define POTERNE_SCHEMAS_MASK_H

#include "poterne/base/limits.h"
#include "poterne/schemas/dataset.h"

struct pt_mask;

/**
 * @return PT_E_LIMIT  more than PT_MASK_FIELDS_MAX pointers, or a descriptor with more members or
 *                     levels than PT_NODE_MEMBERS_MAX and PT_JSON_DEPTH_MAX
 *         PT_E_SYNTAX, PT_E_ABSENT  pointer *ret_bad is malformed or unknown to the dataset; the
 *                     empty pointer is malformed: the whole document is no field. *ret_bad is
 *                     written in these two cases only.
 * Pointers may repeat or lie inside one another; no pointer at all is a mask that opens nothing.
 * On success the caller owns *ret_mask, which must not outlive @dataset. The pointers' text is
 * copied.
 */
PT_RESULT pt_mask_new(const struct pt_dataset *dataset, const pt_slice *pointers, size_t n,
                      struct pt_mask **ret_mask, size_t *ret_bad);
struct pt_mask *pt_mask_free(struct pt_mask *mask);
size_t pt_mask_count(const struct pt_mask *mask);
pt_slice pt_mask_pointer(const struct pt_mask *mask, size_t i);
/** The highest class among the places it opens. */
enum pt_class pt_mask_class(const struct pt_mask *mask);

#endif /* POTERNE_SCHEMAS_MASK_H */
