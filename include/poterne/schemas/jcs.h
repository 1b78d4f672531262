/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * jcs.h -- JSON Canonicalization Scheme (RFC 8785), for documents that are hashed or signed.
 * Members sorted by UTF-16 code units, minimal escapes, ECMAScript numbers.
 * Layer 1 (schemas).
 */
#ifndef POTERNE_SCHEMAS_JCS_H
#define POTERNE_SCHEMAS_JCS_H

#include "poterne/base/buf.h"

/**
 * Parse @json strictly (duplicates refused) and append its canonical form to @out.
 * @return PT_E_SYNTAX, PT_E_LIMIT (depth, or a number IEEE 754 cannot hold), PT_E_NOMEM
 */
PT_RESULT pt_jcs(pt_slice json, struct pt_buf *out);

#endif /* POTERNE_SCHEMAS_JCS_H */
