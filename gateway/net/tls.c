/* SPDX-License-Identifier: EUPL-1.2 */
/* tls.c -- the server's TLS profile and its own certificate (contract: poterne/gateway/tls.h).
 * Layer: gateway; one of the files that know OpenSSL. */
#include "gateway/net/tls_ossl_int.h"

#include "poterne/base/limits.h"
#include "poterne/pki/policy.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

/* ANSSI TLS guide v1.2, tables of annex A: every recommended suite, strongest first. */
#define SUITES_13                                                                                  \
    "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:"                  \
    "TLS_AES_128_CCM_SHA256"
#define SUITES_12                                                                                  \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"   \
    "ECDHE-ECDSA-AES256-CCM:ECDHE-ECDSA-AES128-CCM:ECDHE-RSA-AES256-GCM-SHA384:"                   \
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305"
#define GROUPS "P-256:P-384:X25519"
/* CRY-05: hybrid groups first, where the library has them (OpenSSL 3.5); PG-083 names P-256. */
#define GROUPS_HYBRID "SecP256r1MLKEM768:X25519MLKEM768:" GROUPS
#define SIGNATURES                                                                                 \
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:"      \
    "rsa_pss_rsae_sha512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512"

/* RFC 7301: we speak http/1.1; a client that names protocols and not this one is refused. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *in, unsigned in_len, void *arg)
{
    static const unsigned char ours[] = {8U, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char *chosen = NULL;
    (void)ssl;
    (void)arg;
    if (SSL_select_next_proto(&chosen, out_len, ours, sizeof ours, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/*
 * R16: OpenSSL answers max_fragment_length (RFC 6066) by itself and has no switch for it. Who asks
 * for it would be given it; so who asks for it is turned away (docs/adr/0020).
 */
static int check_hello(SSL *ssl, int *alert, void *arg)
{
    const unsigned char *content = NULL;
    size_t n = 0U;
    (void)arg;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_max_fragment_length, &content, &n) == 1) {
        *alert = SSL_AD_HANDSHAKE_FAILURE;
        return SSL_CLIENT_HELLO_ERROR;
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

/* Copies: these macros of OpenSSL want text they could write to. */
static bool set_groups(SSL_CTX *ssl)
{
    char hybrid[] = GROUPS_HYBRID;
    char classical[] = GROUPS;
    if (SSL_CTX_set1_groups_list(ssl, hybrid) == 1) {
        return true;
    }
    ERR_clear_error();
    return SSL_CTX_set1_groups_list(ssl, classical) == 1;
}

/* TLS-17: 2 (112 bits) now, 3 (128 bits) from the day the policy says. */
static PT_RESULT set_security_level(SSL_CTX *ssl, int32_t today)
{
    const uint32_t level = pt_policy_least("tls-security-level", today);
    PT_ENSURE(level > 0U, PT_E_DENIED);
    SSL_CTX_set_security_level(ssl, (int)level);
    return PT_SUCCESS;
}

static PT_RESULT set_profile(SSL_CTX *ssl)
{
    char signatures[] = SIGNATURES;
    PT_ENSURE(SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1, PT_E_CRYPTO);
    PT_ENSURE(SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) == 1, PT_E_CRYPTO);
    PT_ENSURE(SSL_CTX_set_ciphersuites(ssl, SUITES_13) == 1, PT_E_CRYPTO);
    PT_ENSURE(SSL_CTX_set_cipher_list(ssl, SUITES_12) == 1, PT_E_CRYPTO);
    PT_ENSURE(set_groups(ssl), PT_E_CRYPTO);
    PT_ENSURE(SSL_CTX_set1_sigalgs_list(ssl, signatures) == 1, PT_E_CRYPTO);
    PT_ENSURE(SSL_CTX_set1_client_sigalgs_list(ssl, signatures) == 1, PT_E_CRYPTO);
    PT_ENSURE(SSL_CTX_set_num_tickets(ssl, 0U) == 1, PT_E_CRYPTO);
    PT_ENSURE(SSL_CTX_set_max_early_data(ssl, 0U) == 1, PT_E_CRYPTO);
    (void)SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                       SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                       SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
    (void)SSL_CTX_clear_options(ssl, SSL_OP_LEGACY_SERVER_CONNECT);
    (void)SSL_CTX_set_options(ssl, SSL_OP_CLEANSE_PLAINTEXT); /* what was read is somebody's */
    (void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    /* NO_AUTO_CHAIN: a chain is sent as given, and 15 % of a handshake's CPU is saved. */
    (void)SSL_CTX_set_mode(ssl, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ssl, 1);
    SSL_CTX_set_max_cert_list(ssl, (long)PT_TLS_CLIENT_CHAIN_MAX);
    SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, NULL);
    SSL_CTX_set_client_hello_cb(ssl, check_hello, NULL);
    return PT_SUCCESS;
}

/* Without it OpenSSL would ask for the passphrase of an encrypted key on the terminal. */
int pt_tls_no_passphrase(char *buf, int size, int rwflag, void *arg)
{
    (void)rwflag;
    (void)arg;
    if (size > 0) {
        buf[0] = '\0';
    }
    return -1;
}

int32_t pt_tls_today(const struct pt_clock *clock)
{
    return (int32_t)(pt_clock_wall_ms(clock) / 86400000U);
}

/* RGS-15: before use, "still usable" is checked. */
static bool leaf_ok(X509 *leaf, const struct pt_clock *clock)
{
    time_t now = (time_t)(pt_clock_wall_ms(clock) / 1000U);
    return X509_cmp_time(X509_get0_notBefore(leaf), &now) < 0 &&
           X509_cmp_time(X509_get0_notAfter(leaf), &now) > 0 &&
           pt_tls_certificate_ok(leaf, pt_tls_today(clock));
}

static PT_RESULT load_leaf(struct pt_tls_context *context, BIO *pem)
{
    X509 *const leaf = PEM_read_bio_X509(pem, NULL, pt_tls_no_passphrase, NULL);
    if (leaf == NULL) {
        return PT_FAIL_AUX(PT_E_SYNTAX, PT_TLS_CERTIFICATE);
    }
    pt_status st = PT_SUCCESS;
    if (!leaf_ok(leaf, context->clock) || SSL_CTX_use_certificate(context->ssl, leaf) != 1) {
        st = PT_FAIL_AUX(PT_E_DENIED, PT_TLS_CERTIFICATE);
    }
    X509_free(leaf);
    return st;
}

static PT_RESULT load_intermediates(struct pt_tls_context *context, BIO *pem)
{
    for (;;) {
        X509 *const next = PEM_read_bio_X509(pem, NULL, pt_tls_no_passphrase, NULL);
        if (next == NULL) {
            break;
        }
        if (SSL_CTX_add0_chain_cert(context->ssl, next) != 1) {
            X509_free(next);
            return PT_FAIL_AUX(PT_E_DENIED, PT_TLS_CERTIFICATE);
        }
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        return PT_FAIL_AUX(PT_E_SYNTAX, PT_TLS_CERTIFICATE);
    }
    return PT_SUCCESS;
}

static PT_RESULT load_certificate(struct pt_tls_context *context, pt_slice text)
{
    PT_ENSURE(text.len != 0U && text.len <= INT32_MAX, PT_E_SYNTAX);
    BIO *const pem = BIO_new_mem_buf(text.ptr, (int)text.len);
    PT_ENSURE(pem != NULL, PT_E_NOMEM);
    pt_status st = load_leaf(context, pem);
    if (pt_ok(st)) {
        st = load_intermediates(context, pem);
    }
    BIO_free_all(pem);
    return st;
}

static PT_RESULT load_key(struct pt_tls_context *context, pt_slice text)
{
    PT_ENSURE(text.len != 0U && text.len <= INT32_MAX, PT_E_SYNTAX);
    BIO *const pem = BIO_new_mem_buf(text.ptr, (int)text.len);
    PT_ENSURE(pem != NULL, PT_E_NOMEM);
    EVP_PKEY *const key = PEM_read_bio_PrivateKey(pem, NULL, pt_tls_no_passphrase, NULL);
    BIO_free_all(pem);
    if (key == NULL) {
        return PT_FAIL_AUX(PT_E_SYNTAX, PT_TLS_KEY);
    }
    const bool ok = SSL_CTX_use_PrivateKey(context->ssl, key) == 1 &&
                    SSL_CTX_check_private_key(context->ssl) == 1;
    EVP_PKEY_free(key);
    return ok ? PT_SUCCESS : PT_FAIL_AUX(PT_E_CRYPTO, PT_TLS_KEY);
}

static PT_RESULT fill(struct pt_tls_context *context, const struct pt_tls_material *material)
{
    context->ssl = SSL_CTX_new(TLS_server_method());
    context->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    PT_ENSURE(context->ssl != NULL && context->sha256 != NULL, PT_E_NOMEM);
    PT_TRY(pt_tls_socket_method(&context->socket));
    PT_TRY(set_profile(context->ssl));
    PT_TRY(set_security_level(context->ssl, pt_tls_today(context->clock)));
    PT_TRY(load_certificate(context, material->certificate));
    PT_TRY(load_key(context, material->key));
    if (context->clients) {
        PT_TRY(pt_tls_load_clients(context, material));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_tls_context_new(const struct pt_tls_material *material, const struct pt_clock *clock,
                             struct pt_tls_context **ret_context)
{
    PT_ENSURE(material != NULL && clock != NULL && ret_context != NULL, PT_E_ARG);
    struct pt_tls_context *const context = calloc(1U, sizeof *context);
    PT_ENSURE(context != NULL, PT_E_NOMEM);
    atomic_init(&context->refs, 1U);
    context->clock = clock;
    context->crl_ends_ms = UINT64_MAX;
    context->clients = material->clients != PT_TLS_CLIENT_NONE;
    ERR_clear_error();
    const pt_status st = fill(context, material);
    ERR_clear_error();
    if (!pt_ok(st)) {
        (void)pt_tls_context_free(context);
        return st;
    }
    *ret_context = context;
    return PT_SUCCESS;
}

struct pt_tls_context *pt_tls_context_ref(struct pt_tls_context *context)
{
    (void)atomic_fetch_add_explicit(&context->refs, 1U, memory_order_relaxed);
    return context;
}

struct pt_tls_context *pt_tls_context_free(struct pt_tls_context *context)
{
    if (context != NULL &&
        atomic_fetch_sub_explicit(&context->refs, 1U, memory_order_acq_rel) == 1U) {
        SSL_CTX_free(context->ssl);
        EVP_MD_free(context->sha256);
        BIO_meth_free(context->socket);
        free(context);
    }
    return NULL;
}

uint64_t pt_tls_crl_ends_ms(const struct pt_tls_context *context)
{
    return context->crl_ends_ms;
}
