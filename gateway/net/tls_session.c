/* SPDX-License-Identifier: EUPL-1.2 */
/* tls_session.c -- one connection: handshake, bytes, good-bye (contract: gateway/net/tls_int.h).
 * Layer: gateway. */
#include "gateway/net/tls_int.h"
#include "gateway/net/tls_ossl_int.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>

struct pt_tls {
    SSL *ssl;
    struct pt_tls_context *context;
    bool wants_write;
    bool open;   /* the handshake is done */
    bool broken; /* a fatal error: not even close_notify may be sent */
    bool has_client;
    uint8_t client[32];
};

static PT_RESULT set_up(struct pt_tls *tls, int fd)
{
    tls->ssl = SSL_new(tls->context->ssl);
    PT_ENSURE(tls->ssl != NULL, PT_E_NOMEM);
    PT_ENSURE(SSL_set_fd(tls->ssl, fd) == 1, PT_E_NOMEM);
    /* The product's clock decides about validity, not the system's. */
    X509_VERIFY_PARAM_set_time(SSL_get0_param(tls->ssl),
                               (time_t)(pt_clock_wall_ms(tls->context->clock) / 1000U));
    SSL_set_accept_state(tls->ssl);
    return PT_SUCCESS;
}

PT_RESULT pt_tls_new(struct pt_tls_context *context, int fd, struct pt_tls **ret_tls)
{
    PT_ENSURE(context != NULL && ret_tls != NULL, PT_E_ARG);
    struct pt_tls *const tls = calloc(1U, sizeof *tls);
    PT_ENSURE(tls != NULL, PT_E_NOMEM);
    tls->context = pt_tls_context_ref(context);
    const pt_status st = set_up(tls, fd);
    if (!pt_ok(st)) {
        ERR_clear_error();
        (void)pt_tls_free(tls);
        return st;
    }
    *ret_tls = tls;
    return PT_SUCCESS;
}

struct pt_tls *pt_tls_free(struct pt_tls *tls)
{
    if (tls != NULL) {
        SSL_free(tls->ssl);
        (void)pt_tls_context_free(tls->context);
        free(tls);
    }
    return NULL;
}

static PT_RESULT broke(struct pt_tls *tls)
{
    const int number = errno;
    const unsigned long error = ERR_peek_last_error();
    const int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    const long verdict = SSL_get_verify_result(tls->ssl);
    tls->broken = true;
    ERR_clear_error();
    if (reason == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        return PT_FAIL_AUX(PT_E_IO, number);
    }
    if (!tls->open && verdict != X509_V_OK) {
        return PT_FAIL_AUX(PT_E_DENIED, verdict);
    }
    if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
        return PT_FAIL(PT_E_DENIED);
    }
    return PT_FAIL_AUX(PT_E_PROTOCOL, reason);
}

static PT_RESULT failure(struct pt_tls *tls, int rc)
{
    tls->wants_write = false;
    switch (SSL_get_error(tls->ssl, rc)) {
    case SSL_ERROR_WANT_READ:
        return PT_FAIL(PT_E_AGAIN);
    case SSL_ERROR_WANT_WRITE:
        tls->wants_write = true;
        return PT_FAIL(PT_E_AGAIN);
    case SSL_ERROR_ZERO_RETURN:
        return PT_FAIL(PT_E_CLOSED);
    default:
        return broke(tls);
    }
}

/* R14, R22: a TLS 1.2 client must have both extensions; OpenSSL only notes their absence. */
static bool extensions_ok(SSL *ssl)
{
    return SSL_version(ssl) == TLS1_3_VERSION ||
           (SSL_get_extms_support(ssl) == 1 && SSL_get_secure_renegotiation_support(ssl) == 1);
}

static PT_RESULT identify(struct pt_tls *tls)
{
    X509 *const peer = SSL_get0_peer_certificate(tls->ssl);
    unsigned len = 0U;
    PT_ENSURE(peer != NULL && SSL_get_verify_result(tls->ssl) == X509_V_OK, PT_E_DENIED);
    PT_ENSURE(X509_digest(peer, tls->context->sha256, tls->client, &len) == 1 &&
                  len == sizeof tls->client,
              PT_E_CRYPTO);
    tls->has_client = true;
    return PT_SUCCESS;
}

PT_RESULT pt_tls_handshake(struct pt_tls *tls)
{
    ERR_clear_error();
    const int rc = SSL_do_handshake(tls->ssl);
    if (rc != 1) {
        return failure(tls, rc);
    }
    tls->wants_write = false;
    PT_ENSURE(extensions_ok(tls->ssl), PT_E_PROTOCOL);
    if (tls->context->clients) {
        PT_TRY(identify(tls));
    }
    tls->open = true;
    return PT_SUCCESS;
}

PT_RESULT pt_tls_read(struct pt_tls *tls, char *into, size_t n, size_t *ret_n)
{
    PT_ENSURE(tls->open && !tls->broken, PT_E_IO);
    ERR_clear_error();
    errno = 0;
    const int rc = SSL_read_ex(tls->ssl, into, n, ret_n);
    if (rc != 1) {
        return failure(tls, rc);
    }
    tls->wants_write = false;
    return PT_SUCCESS;
}

PT_RESULT pt_tls_write(struct pt_tls *tls, pt_slice bytes, size_t *ret_n)
{
    PT_ENSURE(tls->open && !tls->broken && bytes.len != 0U, PT_E_IO);
    ERR_clear_error();
    errno = 0;
    const int rc = SSL_write_ex(tls->ssl, bytes.ptr, bytes.len, ret_n);
    if (rc != 1) {
        return failure(tls, rc);
    }
    tls->wants_write = false;
    return PT_SUCCESS;
}

bool pt_tls_pending(const struct pt_tls *tls)
{
    return SSL_has_pending(tls->ssl) == 1;
}

bool pt_tls_wants_write(const struct pt_tls *tls)
{
    return tls->wants_write;
}

void pt_tls_bye(struct pt_tls *tls)
{
    if (tls->open && !tls->broken) {
        ERR_clear_error();
        (void)SSL_shutdown(tls->ssl);
        ERR_clear_error();
    }
}

const uint8_t *pt_tls_client(const struct pt_tls *tls)
{
    return tls->has_client ? tls->client : NULL;
}

PT_RESULT pt_tls_still_welcome(const struct pt_tls *tls, const struct pt_tls_context *context)
{
    if (tls->context == context || !context->clients) {
        return PT_SUCCESS;
    }
    X509 *const peer = SSL_get0_peer_certificate(tls->ssl);
    PT_ENSURE(peer != NULL, PT_E_DENIED);
    return pt_tls_verify_again(context, peer, SSL_get_peer_cert_chain(tls->ssl));
}
