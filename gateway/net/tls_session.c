/* SPDX-License-Identifier: EUPL-1.2 */
/* tls_session.c -- one connection: handshake, bytes, good-bye (contract: gateway/net/tls_int.h).
 * Layer: gateway. */
#include "gateway/net/tls_int.h"
#include "gateway/net/tls_ossl_int.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/socket.h>

struct pt_tls {
    SSL *ssl;
    struct pt_tls_context *context;
    int fd;
    int error; /* errno of the socket call that failed last */
    bool eof;
    bool emptied; /* the socket, by the call that runs or the last one */
    bool wants_write;
    bool open;   /* the handshake is done */
    bool broken; /* a fatal error: not even close_notify may be sent */
    bool has_client;
    uint8_t client[32];
};

/* --- the socket under OpenSSL: what BIO_s_socket does, by recv and send (no SIGPIPE) ---------- */

static bool try_again(int error)
{
    return error == EAGAIN || error == EINTR;
}

static int socket_read(BIO *bio, char *into, size_t n, size_t *ret_n)
{
    struct pt_tls *const tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    const ssize_t got = recv(tls->fd, into, n, 0);
    if (got > 0) {
        tls->emptied = (size_t)got < n;
        *ret_n = (size_t)got;
        return 1;
    }
    tls->eof = got == 0;
    tls->error = got == 0 ? 0 : errno;
    tls->emptied = tls->eof || tls->error == EAGAIN;
    if (!tls->eof && try_again(tls->error)) {
        BIO_set_retry_read(bio);
    }
    return 0;
}

static int socket_write(BIO *bio, const char *bytes, size_t n, size_t *ret_n)
{
    struct pt_tls *const tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    const ssize_t put = send(tls->fd, bytes, n, MSG_NOSIGNAL);
    if (put >= 0) {
        *ret_n = (size_t)put;
        return 1;
    }
    tls->error = errno;
    if (try_again(tls->error)) {
        BIO_set_retry_write(bio);
    }
    return 0;
}

static long socket_control(BIO *bio, int what, long number, void *arg)
{
    const struct pt_tls *const tls = BIO_get_data(bio);
    (void)number;
    (void)arg;
    if (what == BIO_CTRL_FLUSH) {
        return 1;
    }
    return what == BIO_CTRL_EOF && tls->eof ? 1 : 0;
}

PT_RESULT pt_tls_socket_method(BIO_METHOD **ret_method)
{
    /* no BIO_get_new_index: a process has some hundred of them, and may reload more often */
    BIO_METHOD *const method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "door");
    PT_ENSURE(method != NULL, PT_E_NOMEM);
    (void)BIO_meth_set_read_ex(method, socket_read);
    (void)BIO_meth_set_write_ex(method, socket_write);
    (void)BIO_meth_set_ctrl(method, socket_control);
    *ret_method = method;
    return PT_SUCCESS;
}

/* --- its life -------------------------------------------------------------------------------- */

static PT_RESULT set_up(struct pt_tls *tls)
{
    tls->ssl = SSL_new(tls->context->ssl);
    PT_ENSURE(tls->ssl != NULL, PT_E_NOMEM);
    BIO *const bio = BIO_new(tls->context->socket);
    PT_ENSURE(bio != NULL, PT_E_NOMEM);
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
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
    tls->fd = fd;
    const pt_status st = set_up(tls);
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
    const int number = tls->error;
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

/* SSL_get_error reads the thread's queue of errors: it must be empty before a call. It is, but for
 * what others of this thread left, and asking costs a tenth of clearing. */
static void before(struct pt_tls *tls)
{
    tls->error = 0;
    tls->emptied = false;
    if (ERR_peek_error() != 0U) {
        ERR_clear_error();
    }
}

PT_RESULT pt_tls_handshake(struct pt_tls *tls)
{
    before(tls);
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
    before(tls);
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
    before(tls);
    const int rc = SSL_write_ex(tls->ssl, bytes.ptr, bytes.len, ret_n);
    if (rc != 1) {
        return failure(tls, rc);
    }
    tls->wants_write = false;
    return PT_SUCCESS;
}

bool pt_tls_read_empty(const struct pt_tls *tls)
{
    return tls->emptied;
}

bool pt_tls_pending(const struct pt_tls *tls)
{
    return SSL_has_pending(tls->ssl) == 1;
}

bool pt_tls_wants_write(const struct pt_tls *tls)
{
    return tls->wants_write;
}

/* Before 3.0.14 OpenSSL gave back what it still needed, in two cases: the rest of a record that was
 * read in part, and the body of one whose header alone had come (CVE-2024-4741). */
void pt_tls_give_back(struct pt_tls *tls)
{
    if (SSL_has_pending(tls->ssl) == 0 && strcmp(SSL_rstate_string(tls->ssl), "RH") == 0) {
        (void)SSL_free_buffers(tls->ssl);
    }
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
