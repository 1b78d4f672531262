/* SPDX-License-Identifier: EUPL-1.2 */
#include "tls_fixture.h"

#include <stdlib.h>

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

void tls_fixture_open(struct tls_fixture *t)
{
    const struct test_cert_spec root = {.cn = "Root", .ca = true, .now = FIXTURE_NOW};
    const struct test_cert_spec clients = {.cn = "Clients CA", .ca = true, .now = FIXTURE_NOW};
    t->root = test_cert_new(&root);
    t->clients = test_cert_new(&clients);
    const struct test_cert_spec server = {.cn = "localhost",
                                          .issuer = &t->root,
                                          .eku = "serverAuth",
                                          .san = "DNS:localhost,IP:127.0.0.1",
                                          .now = FIXTURE_NOW};
    const struct test_cert_spec grc = {
        .cn = "grc", .issuer = &t->clients, .eku = "clientAuth", .serial = 7, .now = FIXTURE_NOW};
    t->server = test_cert_new(&server);
    t->grc = test_cert_new(&grc);
    const struct test_crl_spec crl = {
        .issuer = &t->clients, .from = FIXTURE_NOW - DAY, .until = FIXTURE_NOW + 5 * DAY};
    t->server_pem = test_cert_pem(&t->server);
    t->key_pem = test_key_pem(&t->server);
    t->ca_pem = test_cert_pem(&t->clients);
    t->crl_pem = test_crl_pem(&crl);
    t->material = (struct pt_tls_material){.certificate = pt_slice_str(t->server_pem),
                                           .key = pt_slice_str(t->key_pem),
                                           .client_ca = pt_slice_str(t->ca_pem),
                                           .client_crl = pt_slice_str(t->crl_pem)};
}

void tls_fixture_close(struct tls_fixture *t)
{
    test_cert_free(&t->root);
    test_cert_free(&t->server);
    test_cert_free(&t->clients);
    test_cert_free(&t->grc);
    free(t->server_pem);
    free(t->key_pem);
    free(t->ca_pem);
    free(t->crl_pem);
}

SSL_CTX *tls_client(const struct tls_fixture *t, const struct test_cert *cert)
{
    SSL_CTX *const ctx = SSL_CTX_new(TLS_client_method());
    must(ctx != NULL);
    SSL_CTX_set_security_level(ctx, 0);
    must(SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) == 1);
    must(SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0") == 1);
    must(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), t->root.cert) == 1);
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ctx), FIXTURE_NOW);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    if (cert != NULL) {
        must(SSL_CTX_use_certificate(ctx, cert->cert) == 1);
        must(SSL_CTX_use_PrivateKey(ctx, cert->key) == 1);
    }
    return ctx;
}

struct pt_tls_context *tls_context(struct fixture *f, const struct pt_tls_material *material)
{
    struct pt_tls_context *context = NULL;
    must(pt_ok(pt_tls_context_new(material, &f->clock, &context)));
    return context;
}

void tls_door_open(struct fixture *f, const struct tls_fixture *t,
                   const struct pt_tls_material *material)
{
    const struct pt_door_config config = {.tls = NULL};
    fixture_open(f, &config);
    struct pt_tls_context *const context =
        tls_context(f, material != NULL ? material : &t->material);
    pt_door_set_tls(f->door, context);
    (void)pt_tls_context_free(context);
}

bool tls_admitted(struct fixture *f, SSL_CTX *ctx)
{
    struct peer p;
    bool served = false;
    peer_open(f, &p);
    if (peer_handshake(f, &p, ctx)) {
        SEND(f, &p, "GET /in HTTP/1.1\r\nHost: h\r\n\r\n");
        served = peer_expect(f, &p, "\r\n\r\n/in", 1U);
    } else {
        for (unsigned i = 0U; i < 20U; i++) {
            fixture_turn(f); /* the door sees the end of it */
        }
    }
    peer_close(&p);
    fixture_turn(f);
    fixture_turn(f);
    SSL_CTX_free(ctx);
    return served;
}
