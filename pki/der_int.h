/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * der_int.h -- the few DER gestures for structures OpenSSL keeps opaque (ESS, accuracy of a token)
 * or does not know (content-hints). Definite lengths of at most four bytes, one-byte tags; nothing
 * else is DER that we read. Private to pki/.
 */
#ifndef PKI_DER_INT_H
#define PKI_DER_INT_H

#include "poterne/base/buf.h"

#define PT_DER_INTEGER          0x02U
#define PT_DER_OCTETS           0x04U
#define PT_DER_OID              0x06U
#define PT_DER_UTF8             0x0cU
#define PT_DER_UTC_TIME         0x17U
#define PT_DER_GENERALIZED_TIME 0x18U
#define PT_DER_SEQUENCE         0x30U
#define PT_DER_SET              0x31U
#define PT_DER_CONSTRUCTED_0    0xa0U /* [0] around something, or in its place */

/** Cut one element off the front of *@rest; its content into *@ret. @return PT_E_SYNTAX */
PT_RESULT pt_der_next(pt_slice *rest, uint8_t *ret_tag, pt_slice *ret);
/** As above for one expected tag. */
PT_RESULT pt_der_take(pt_slice *rest, uint8_t tag, pt_slice *ret);
/** As above when the next tag is @tag; otherwise *@ret is empty and nothing is cut. */
PT_RESULT pt_der_maybe(pt_slice *rest, uint8_t tag, pt_slice *ret);
/** Append tag and length; the content of @len bytes follows. */
void pt_der_head(struct pt_buf *out, uint8_t tag, size_t len);
void pt_der_put(struct pt_buf *out, uint8_t tag, pt_slice content);

#endif /* PKI_DER_INT_H */
