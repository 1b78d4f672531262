/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The JSON escape of one byte, shared by the buffer, the log line and the table.
 * Layer 0 (base), private.
 */
#ifndef POTERNE_BASE_ESCAPE_INT_H
#define POTERNE_BASE_ESCAPE_INT_H

#include <stddef.h>

#define PT_JSON_ESCAPE_MAX 6U

/**
 * RFC 8785 3.2.2.2: the two-character escapes where JSON has one, lower-case \u00xx for the
 * other control characters, the byte itself otherwise. Returns the count written (1, 2 or 6).
 */
size_t pt_json_escape(char byte, char out[static PT_JSON_ESCAPE_MAX]);

#endif /* POTERNE_BASE_ESCAPE_INT_H */
