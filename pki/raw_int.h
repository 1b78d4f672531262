/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * raw_int.h -- ECDSA signatures as XML and JWS write them: r and s, each as long as the order of
 * the curve, one behind the other (RFC 7518 3.4, XML-DSig 1.1 6.4.3). Private to pki/.
 */
#ifndef PKI_RAW_INT_H
#define PKI_RAW_INT_H

#include "poterne/base/buf.h"

#include <openssl/evp.h>

#define PT_RAW_MAX 132U /* P-521 */

/** Replace the DER in @value by the raw form. @return PT_E_CRYPTO, PT_E_DENIED for no EC key */
PT_RESULT pt_raw_from_der(const EVP_PKEY *key, struct pt_buf *value);
/** Append the DER of @raw. @return PT_E_SYNTAX when its length is not that of @key */
PT_RESULT pt_raw_to_der(const EVP_PKEY *key, pt_slice raw, struct pt_buf *out);

#endif /* PKI_RAW_INT_H */
