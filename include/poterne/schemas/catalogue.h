/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * catalogue.h -- all datasets the daemon knows, loaded once from descriptor files.
 *
 * The loader does no I/O: the caller hands it the bytes of each file. It refuses unknown keys,
 * duplicate ids and duplicate paths, and says where (file, JSON Pointer) and why.
 * Layer 1 (schemas).
 */
#ifndef POTERNE_SCHEMAS_CATALOGUE_H
#define POTERNE_SCHEMAS_CATALOGUE_H

#include "poterne/schemas/dataset.h"

struct pt_catalogue;

PT_RESULT pt_catalogue_new(struct pt_catalogue **ret_catalogue);
struct pt_catalogue *pt_catalogue_free(struct pt_catalogue *catalogue);
/**
 * Add one descriptor. On failure a French line "NAME: /pointer: why" is appended to @why.
 * @return PT_E_SYNTAX, PT_E_SCHEMA, PT_E_EXISTS, PT_E_LIMIT, PT_E_NOMEM
 */
PT_RESULT pt_catalogue_add(struct pt_catalogue *catalogue, pt_slice name, pt_slice json,
                           struct pt_buf *why);
/** After the last add: sorts and builds the routes. */
PT_RESULT pt_catalogue_seal(struct pt_catalogue *catalogue);

size_t pt_catalogue_count(const struct pt_catalogue *catalogue);
const struct pt_dataset *pt_catalogue_at(const struct pt_catalogue *catalogue,
                                         size_t i); /* by id */
const struct pt_dataset *pt_catalogue_find(const struct pt_catalogue *catalogue, pt_slice id);

/**
 * The dataset that a drop-in path names: "/<api><path of the State>", still percent-encoded,
 * without query ("/entreprise/v4/insee/sirene/unites_legales/418166096").
 * A literal segment wins over a parameter. Path parameters are decoded into @args, values
 * living in @arena, names in the catalogue. *inout_nargs is the room in @args, then what was
 * written. Nothing is written on failure.
 * @return PT_E_ABSENT no such path
 *         PT_E_SYNTAX bad percent escape, or a parameter that is empty, "." or "..", holds '/',
 *                     a control character or no UTF-8
 *         PT_E_LIMIT  more parameters than room · PT_E_NOMEM
 */
PT_RESULT pt_catalogue_route(const struct pt_catalogue *catalogue, pt_slice path,
                             struct pt_arena *arena, const struct pt_dataset **ret_dataset,
                             struct pt_arg *args, size_t *inout_nargs);

#endif /* POTERNE_SCHEMAS_CATALOGUE_H */
