/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * jcs_int.h -- numbers as ECMAScript writes them. Layer 1 (schemas), private.
 */
#ifndef SCHEMAS_JCS_INT_H
#define SCHEMAS_JCS_INT_H

#include "poterne/base/buf.h"

#define PT_JCS_NUMBER_MAX 32U

/** Append @number (finite) as ECMA-262 Number::toString(10) writes it. */
void pt_jcs_number(double number, struct pt_buf *out);

#endif /* SCHEMAS_JCS_INT_H */
