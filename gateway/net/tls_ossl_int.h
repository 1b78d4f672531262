/* SPDX-License-Identifier: EUPL-1.2 */
/* Private to gateway/net/tls*.c: the only header of gateway/ that knows OpenSSL. */
#ifndef POTERNE_GATEWAY_NET_TLS_OSSL_INT_H
#define POTERNE_GATEWAY_NET_TLS_OSSL_INT_H

#include "poterne/gateway/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdatomic.h>

struct pt_tls_context {
    atomic_uint refs;
    SSL_CTX *ssl;
    BIO_METHOD *socket; /* how its connections read and write */
    EVP_MD *sha256;
    const struct pt_clock *clock;
    uint64_t crl_ends_ms;
    bool clients;
};

/** Authorities, CRLs and the check of every certificate a client shows (tls_client.c). */
PT_RESULT pt_tls_load_clients(struct pt_tls_context *context,
                              const struct pt_tls_material *material);
/** Would the client that showed @peer and @others be let in by @context now?
 * @return PT_E_DENIED aux = X509_V_ERR_* · PT_E_NOMEM */
PT_RESULT pt_tls_verify_again(const struct pt_tls_context *context, X509 *peer,
                              STACK_OF(X509) * others);
/** The socket of a connection as a BIO whose data is its struct pt_tls (tls_session.c).
 *  @return PT_E_NOMEM */
PT_RESULT pt_tls_socket_method(BIO_METHOD **ret_method);
/** pki/policy.h on the key and on the signature of @certificate, on day @days. */
bool pt_tls_certificate_ok(X509 *certificate, int32_t days);
/** For every PEM reader: never ask a terminal. */
int pt_tls_no_passphrase(char *buf, int size, int rwflag, void *arg);
int32_t pt_tls_today(const struct pt_clock *clock);

#endif /* POTERNE_GATEWAY_NET_TLS_OSSL_INT_H */
