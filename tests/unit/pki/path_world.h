/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path_world.h -- a small PKI made while a test runs, a network of one scripted server, and one
 * case of the matrix: which evidence, with which fault, gives which code.
 */
#ifndef TESTS_UNIT_PKI_PATH_WORLD_H
#define TESTS_UNIT_PKI_PATH_WORLD_H

#include "poterne/pki/path.h"
#include "testrevoke.h"

#include <openssl/ocsp.h>

#define NOW  ((int64_t)1795604400) /* 2026-11-25 */
#define HOUR ((int64_t)3600)
#define DAY  ((int64_t)86400)

enum who {
    SUB = 0, /* issues everything below */
    ROOT,
    TWIN,  /* another authority of SUB's name, another key */
    OTHER, /* another root */
    MUTE,  /* an authority without cRLSign, under ROOT */
    LEAF,  /* client, by SUB; names a list and a responder */
    PLAIN, /* client, by SUB; names nothing */
    BY_MUTE,
    SHORT, /* client, by SUB; expired two days ago */
    RESPONDER,
    RESPONDER_NO_EKU,
    RESPONDER_OTHER,    /* by OTHER */
    RESPONDER_EXPIRED,  /* ... an hour ago */
    RESPONDER_CHECK,    /* without ocsp-nocheck */
    RESPONDER_WEAK,     /* RSA-1024 */
    RESPONDER_TWIN,     /* by TWIN */
    RESPONDER_CRITICAL, /* an unknown critical extension */
    WHO_COUNT
};

enum source { NOTHING = 0, LIST, STAPLE, ASK_OCSP, ASK_LIST, LIST_AND_STAPLE };
enum nonce { ECHO = 0, ABSENT, WRONG };
enum net { ANSWERS = 0, DOWN, SLOW, TOO_LARGE, GARBAGE, EMPTY };

struct one {
    const char *name;
    const char *code; /* pt_path_reason_code */
    enum pt_path_verdict verdict;
    enum source source;
    enum who target; /* 0 (SUB): LEAF */
    enum pt_rgs_level level;
    int64_t at, fresh; /* from NOW */
    bool past;
    /* the list */
    enum who list_name;  /* 0: SUB */
    enum who list_key;   /* 0: SUB */
    int64_t from, until; /* from NOW; 0, 0: an hour ago, in five hours */
    const char *digest;
    const char *point;
    unsigned list_faults;
    bool revoked;
    int64_t revoked_at, invalid_at; /* from NOW */
    int reason;
    bool responder_revoked; /* the list names RESPONDER_CHECK */
    /* the answer */
    enum who signer; /* 0: SUB itself */
    enum nonce nonce;
    enum net net;
    int response, status;
    enum who about; /* 0: the target */
    const char *id_digest;
    unsigned answer_faults;
    bool list_beside; /* a good list is there, too, for the responder */
};

struct world {
    struct test_cert certs[WHO_COUNT];
    struct pt_buf ders[WHO_COUNT];
    struct pt_buf root_list; /* clears SUB and MUTE */
    struct pt_arena *arena;
    struct pt_revocation_cache *cache; /* NULL unless a test makes one */
    const struct one *one;             /* what the scripted server answers */
    unsigned calls;
    struct pt_buf last_type, last_url, last_body;
};
extern struct world world;

void world_setup(void);
void world_teardown(void);
/** The list and the answer of @one, as bytes. */
void world_list(const struct one *one, struct pt_buf *out);
void world_answer(const struct one *one, pt_slice request, struct pt_buf *out);
/** Judge @one. */
pt_status world_judge(const struct one *one, struct pt_path_result *ret);
/** The request behind it, without evidence: for tests of their own. */
struct pt_path_request world_request(enum who target);
const struct pt_fetch_port *world_port(void);

#endif /* TESTS_UNIT_PKI_PATH_WORLD_H */
