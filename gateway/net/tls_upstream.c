/* SPDX-License-Identifier: EUPL-1.2 */
/* tls_upstream.c -- see tls_upstream_int.h. libcurl hands OpenSSL's own structs through void
 * pointers. Layer: gateway. */
#include "gateway/net/tls_upstream_int.h"

#include <openssl/ssl.h>

void pt_tls_upstream_set(void *ssl_ctx)
{
    SSL_CTX *const context = ssl_ctx;
    SSL_CTX_set_read_ahead(context, 1);
}

bool pt_tls_upstream_pending(const void *ssl)
{
    const SSL *const connection = ssl;
    return connection == NULL || SSL_has_pending(connection) == 1;
}
