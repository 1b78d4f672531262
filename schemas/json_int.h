/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * json_int.h -- jansson, opened the strict way, with its refusals as statuses.
 * Layer 1 (schemas), private.
 */
#ifndef SCHEMAS_JSON_INT_H
#define SCHEMAS_JSON_INT_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

#include <jansson.h>

/**
 * Parse with JSON_REJECT_DUPLICATES and @flags. On success the caller owns *ret (json_decref).
 * *error tells where. @return PT_E_SYNTAX, PT_E_LIMIT (a number, the depth), PT_E_NOMEM
 * Inside a token jansson cannot tell memory from syntax: it may then say PT_E_SYNTAX.
 */
PT_RESULT pt_json_parse(pt_slice text, size_t flags, json_error_t *error, json_t **ret);

#endif /* SCHEMAS_JSON_INT_H */
