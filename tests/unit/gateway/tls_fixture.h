/* SPDX-License-Identifier: EUPL-1.2 */
/* A small PKI around the fixture's clock: a server, the commune's authority for clients with its
 * CRL, and a client in order. */
#ifndef POTERNE_TESTS_TLS_FIXTURE_H
#define POTERNE_TESTS_TLS_FIXTURE_H

#include "door_fixture.h"
#include "testpki.h"

#define DAY 86400

struct tls_fixture {
    struct test_cert root;    /* of the server */
    struct test_cert server;  /* localhost */
    struct test_cert clients; /* authority of the clients */
    struct test_cert grc;     /* a client in order, serial 7 */
    char *server_pem;
    char *key_pem;
    char *ca_pem;
    char *crl_pem;
    struct pt_tls_material material; /* over the texts above */
};

void tls_fixture_open(struct tls_fixture *t);
void tls_fixture_close(struct tls_fixture *t);

/* A client of the door. The certificate may be NULL. Everything OpenSSL can do is allowed here:
 * what is refused is refused by the server. */
SSL_CTX *tls_client(const struct tls_fixture *t, const struct test_cert *cert);
/* Context from @material on the fixture's clock; aborts on failure. */
struct pt_tls_context *tls_context(struct fixture *f, const struct pt_tls_material *material);
/* A door with a context of @material (NULL: the fixture's). */
void tls_door_open(struct fixture *f, const struct tls_fixture *t,
                   const struct pt_tls_material *material);
/* Does the door serve this client? Takes @ctx. The reason of a refusal is in the fixture. */
bool tls_admitted(struct fixture *f, SSL_CTX *ctx);

#endif /* POTERNE_TESTS_TLS_FIXTURE_H */
