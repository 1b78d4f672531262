/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * names_int.h -- names of the unknown members of every object that is open, to refuse a name
 * that comes twice (RFC 8259 4, RFC 7493 2.3).
 *
 * One stack for all nested objects: an object remembers where its names begin, and when it
 * closes its names are sorted, compared side by side and popped. Exact (decoded names are
 * compared, no hash), bounded (PT_JSON_NAMES_MAX), and n log n whatever a hostile answer holds.
 * Up to PT_NAMES_FEW names need no allocation.
 * Private to layer 1 (schemas).
 */
#ifndef POTERNE_SCHEMAS_NAMES_INT_H
#define POTERNE_SCHEMAS_NAMES_INT_H

#include "schemas/token_int.h"

#define PT_NAMES_FEW 64U

struct pt_names {
    struct pt_text few[PT_NAMES_FEW];
    struct pt_text *list; /* few, or one block of PT_JSON_NAMES_MAX */
    size_t count;
    size_t cap;
};

void pt_names_init(struct pt_names *names);
void pt_names_done(struct pt_names *names);
/** @return PT_E_LIMIT, PT_E_NOMEM */
PT_RESULT pt_names_push(struct pt_names *names, const struct pt_text *name);
/** Forget the names from @base on. @return where the second of two equal ones is spelled, NULL
 * when all differ. */
const char *pt_names_close(struct pt_names *names, size_t base);

#endif /* POTERNE_SCHEMAS_NAMES_INT_H */
