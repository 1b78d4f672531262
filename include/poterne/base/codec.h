/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * codec.h -- hexadecimal, base64 and base64url (RFC 4648), strict, without table look-ups on
 * the data (constant time per byte). Layer 0 (base).
 */
#ifndef POTERNE_BASE_CODEC_H
#define POTERNE_BASE_CODEC_H

#include "poterne/base/buf.h"

#define PT_HEX_LEN(n)    ((n)*2U)
#define PT_B64_LEN(n)    ((((n) + 2U) / 3U) * 4U)
#define PT_B64URL_LEN(n) (((n)*4U + 2U) / 3U) /* without padding */

/** Lower case. @out holds PT_HEX_LEN(bytes.len) characters, no NUL. */
void pt_hex_encode(pt_slice bytes, char *out);
/** Exactly @n bytes from 2n characters of either case. @return PT_E_SYNTAX */
PT_RESULT pt_hex_decode(pt_slice text, uint8_t *out, size_t n);

/** Raw forms: @out holds PT_B64_LEN or PT_B64URL_LEN characters; return the count written. */
size_t pt_b64_encode_raw(pt_slice bytes, char *out);
size_t pt_b64url_encode_raw(pt_slice bytes, char *out);
void pt_b64_encode(struct pt_buf *buf, pt_slice bytes);    /* padded */
void pt_b64url_encode(struct pt_buf *buf, pt_slice bytes); /* without padding */
/**
 * Strict: right alphabet, right length, no white space, unused bits zero.
 * At most @max bytes are written at @out. @return PT_E_SYNTAX, PT_E_LIMIT
 */
PT_RESULT pt_b64_decode(pt_slice text, uint8_t *out, size_t max, size_t *ret_len);
PT_RESULT pt_b64url_decode(pt_slice text, uint8_t *out, size_t max, size_t *ret_len);

/* Big-endian integers. */
void pt_be16_put(uint8_t out[static 2], uint16_t n);
void pt_be32_put(uint8_t out[static 4], uint32_t n);
void pt_be64_put(uint8_t out[static 8], uint64_t n);
uint16_t pt_be16_get(const uint8_t in[static 2]);
uint32_t pt_be32_get(const uint8_t in[static 4]);
uint64_t pt_be64_get(const uint8_t in[static 8]);

/** RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF. */
bool pt_utf8_valid(pt_slice text);

#endif /* POTERNE_BASE_CODEC_H */
