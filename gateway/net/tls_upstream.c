/* SPDX-License-Identifier: EUPL-1.2 */
/* tls_upstream.c -- see tls_upstream_int.h. libcurl hands OpenSSL's own structs through void
 * pointers. Layer: gateway. */
#include "gateway/net/tls_upstream_int.h"

#include <openssl/ssl.h>

void pt_tls_upstream_set(void *ssl_ctx)
{
    SSL_CTX *const context = ssl_ctx;
    SSL_CTX_set_read_ahead(context, 1);
    /* R21: the server's name was checked once; what OpenSSL has read is somebody's data */
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CLEANSE_PLAINTEXT);
    SSL_CTX_set_keylog_callback(context, NULL); /* libcurl obeys SSLKEYLOGFILE */
}

bool pt_tls_upstream_pending(const void *ssl)
{
    const SSL *const connection = ssl;
    return connection == NULL || SSL_has_pending(connection) == 1;
}

bool pt_tls_upstream_ended(const void *ssl)
{
    const SSL *const connection = ssl;
    return connection != NULL && (SSL_get_shutdown(connection) & SSL_RECEIVED_SHUTDOWN) != 0;
}
