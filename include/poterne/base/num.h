/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * num.h -- checked decimal numbers: the whole slice or nothing. Layer 0 (base).
 */
#ifndef POTERNE_BASE_NUM_H
#define POTERNE_BASE_NUM_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

#define PT_U64_DIGITS 20U

/**
 * Digits only: no sign, no space, no empty text; leading zeros are accepted.
 * @return PT_E_SYNTAX not digits · PT_E_LIMIT outside [min, max]. *ret is untouched on failure.
 */
PT_RESULT pt_num_u64(pt_slice text, uint64_t min, uint64_t max, uint64_t *ret);
/** Hexadecimal digits (1 to 16 of them), either case. */
PT_RESULT pt_num_hex(pt_slice text, uint64_t max, uint64_t *ret);
/** Writes the decimal form at @out (no NUL), returns its length. */
size_t pt_num_format(uint64_t number, char out[static PT_U64_DIGITS]);

#endif /* POTERNE_BASE_NUM_H */
