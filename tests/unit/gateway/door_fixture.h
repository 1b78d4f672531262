/* SPDX-License-Identifier: EUPL-1.2 */
/* A door on a loop with a clock of our own, and peers that speak to it over the loopback, all in
 * one thread: a test turns the loop until what it waits for is there. */
#ifndef POTERNE_TESTS_DOOR_FIXTURE_H
#define POTERNE_TESTS_DOOR_FIXTURE_H

#include "poterne/gateway/door.h"

#include <openssl/ssl.h>
#include <time.h>

#define FIXTURE_NOW  1795478400 /* 2026-11-24T00:00:00Z */
#define PARKED_MAX   600U
#define TURNS_MAX    4000U
#define RECEIVED_MAX 200000U

struct fixture {
    struct pt_clock clock;
    uint64_t mono_us;
    uint64_t wall_ms;
    struct pt_loop *loop;
    struct pt_door *door;
    uint16_t port;
    /* the handler */
    bool park;
    struct pt_door_exchange *parked[PARKED_MAX];
    size_t parked_count;
    size_t requests;
    size_t gone;
    size_t refused;
    enum pt_http1_reason last_reason;
    size_t handshakes_failed;
    pt_status last_failure;
    bool drained;
    char last_target[256];
    unsigned char last_client[32];
    bool last_has_client;
};

struct peer {
    int fd;
    SSL *ssl;
    char *received; /* NUL-terminated */
    size_t len;
    bool closed; /* end of stream, clean or not */
    bool reset;
};

/* @config: its fd and handler are set here. */
void fixture_open(struct fixture *f, const struct pt_door_config *config);
void fixture_close(struct fixture *f);
void fixture_turn(struct fixture *f);
/* Let time pass, then turn. */
void fixture_pass_ms(struct fixture *f, uint64_t ms);
/* Answer what is parked at @index with @body. */
void fixture_answer(struct fixture *f, size_t index, const char *body);

void peer_open(struct fixture *f, struct peer *p);
void peer_close(struct peer *p);
void peer_abort(struct peer *p); /* with a reset */
/* TLS over it (p->ssl, if set before, is used); true when the handshake ended well on this side. */
bool peer_handshake(struct fixture *f, struct peer *p, SSL_CTX *ctx);
void peer_send(struct fixture *f, struct peer *p, pt_slice bytes);
void peer_half_close(struct peer *p);
/* One turn, then take what came. */
void peer_pump(struct fixture *f, struct peer *p);
/* Until @text was received @times times, or the turns are over; true when it was. */
bool peer_expect(struct fixture *f, struct peer *p, const char *text, size_t times);
bool peer_expect_close(struct fixture *f, struct peer *p);
/* Nothing (more) comes in some turns. */
bool peer_quiet(struct fixture *f, struct peer *p);
size_t count_text(const char *in, const char *text);
/* For long bodies: until @n bytes @byte were received; returns how many were. */
size_t peer_expect_bytes(struct fixture *f, struct peer *p, char byte, size_t n);

#define SEND(f, p, text) peer_send((f), (p), PT_SLICE(text))

#endif /* POTERNE_TESTS_DOOR_FIXTURE_H */
