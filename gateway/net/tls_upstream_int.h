/* SPDX-License-Identifier: EUPL-1.2 */
/* tls_upstream_int.h -- what the way out needs of OpenSSL beside libcurl. Private to gateway/net.
 */
#ifndef POTERNE_GATEWAY_NET_TLS_UPSTREAM_INT_H
#define POTERNE_GATEWAY_NET_TLS_UPSTREAM_INT_H

#include "poterne/base/slice.h"

/** @ssl_ctx: of CURLOPT_SSL_CTX_FUNCTION. One system call a read instead of one a record's part. */
void pt_tls_upstream_set(void *ssl_ctx);
/** The server's chain, its anchor but for it, must be cleared by the PEM lists @crl (hard fail:
 * stale, missing or revoked). false: the lists cannot be used, and no connection may be made. */
bool pt_tls_upstream_lists(void *ssl_ctx, pt_slice crl);
/** @ssl: of CURLINFO_TLS_SSL_PTR. Bytes were received that no read has given: NULL cannot tell. */
bool pt_tls_upstream_pending(const void *ssl);

#endif /* POTERNE_GATEWAY_NET_TLS_UPSTREAM_INT_H */
