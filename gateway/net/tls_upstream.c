/* SPDX-License-Identifier: EUPL-1.2 */
/* tls_upstream.c -- see tls_upstream_int.h. libcurl hands OpenSSL's own structs through void
 * pointers. Layer: gateway. */
#include "gateway/net/tls_upstream_int.h"

#include "gateway/net/tls_ossl_int.h"

#include <openssl/err.h>
#include <openssl/pem.h>

void pt_tls_upstream_set(void *ssl_ctx)
{
    SSL_CTX *const context = ssl_ctx;
    SSL_CTX_set_read_ahead(context, 1);
}

static size_t add_lists(X509_STORE *store, BIO *pem)
{
    size_t n = 0U;
    X509_CRL *crl = PEM_read_bio_X509_CRL(pem, NULL, pt_tls_no_passphrase, NULL);
    while (crl != NULL) {
        const bool added = X509_STORE_add_crl(store, crl) == 1;
        X509_CRL_free(crl);
        if (!added) {
            return 0U;
        }
        n++;
        crl = PEM_read_bio_X509_CRL(pem, NULL, pt_tls_no_passphrase, NULL);
    }
    return n;
}

bool pt_tls_upstream_lists(void *ssl_ctx, pt_slice crl)
{
    SSL_CTX *const context = ssl_ctx;
    BIO *const pem = crl.len <= INT32_MAX ? BIO_new_mem_buf(crl.ptr, (int)crl.len) : NULL;
    const bool added = pem != NULL && add_lists(SSL_CTX_get_cert_store(context), pem) > 0U;
    BIO_free_all(pem);
    ERR_clear_error();
    return added &&
           X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context),
                                       X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1;
}

bool pt_tls_upstream_pending(const void *ssl)
{
    const SSL *const connection = ssl;
    return connection == NULL || SSL_has_pending(connection) == 1;
}
