/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * import.h -- an OpenAPI 3 file of the State turned into descriptors (docs/datasets.md), and
 * what changed from one descriptor to the next, field by field.
 *
 * The State's file says paths, parameters and answers. What it does not say (scopes, quotas,
 * classes) or says wrongly stands in an overlay kept by hand, so that a new import loses none
 * of it. No I/O here: bytes in, bytes out. The same input gives the same bytes.
 * Layer 1 (schemas).
 */
#ifndef POTERNE_SCHEMAS_IMPORT_H
#define POTERNE_SCHEMAS_IMPORT_H

#include "poterne/base/buf.h"

struct pt_import;

struct pt_import_source {
    pt_slice api;          /* "entreprise" */
    pt_slice openapi_name; /* for messages */
    pt_slice openapi;      /* YAML (no anchor, alias or tag) or JSON */
    pt_slice overlay_name;
    pt_slice overlay; /* JSON; empty: none */
};

/**
 * Turn every GET operation into a descriptor that loads. On failure a French line
 * "NAME: /pointer: why" or "NAME:LINE:COL: why" is appended to @why.
 * @return PT_E_SYNTAX, PT_E_SCHEMA, PT_E_EXISTS (two operations with one id), PT_E_LIMIT,
 *         PT_E_ABSENT (a $ref or an overlay entry leads nowhere), PT_E_NOMEM
 */
PT_RESULT pt_import_new(const struct pt_import_source *source, struct pt_buf *why,
                        struct pt_import **ret_import);
struct pt_import *pt_import_free(struct pt_import *import);
size_t pt_import_count(const struct pt_import *import);
/** In the order of ids. Borrowed. */
pt_slice pt_import_id(const struct pt_import *import, size_t i);
/** The text of the descriptor's file, appended to @out. */
PT_RESULT pt_import_text(const struct pt_import *import, size_t i, struct pt_buf *out);

/**
 * Append one line a difference: "+ /data/x string", "- /data/y", "~ /data/z nullable: non -> oui".
 * @before empty: everything is new. Both must be JSON objects. *ret_changes counts the lines.
 */
PT_RESULT pt_import_diff(pt_slice before, pt_slice after, struct pt_buf *out,
                         uint32_t *ret_changes);

#endif /* POTERNE_SCHEMAS_IMPORT_H */
