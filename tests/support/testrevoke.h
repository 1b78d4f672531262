/* SPDX-License-Identifier: EUPL-1.2 */
/* Revocation lists and OCSP answers made while a test runs, with every fault a test may want.
 * Failures abort: this is a test's scaffolding. */
#ifndef POTERNE_TESTS_TESTREVOKE_H
#define POTERNE_TESTS_TESTREVOKE_H

#include "poterne/base/buf.h"
#include "testpki.h"

/* --- lists ----------------------------------------------------------------------------------- */

enum test_list_fault {
    TEST_LIST_NO_END = 1 << 0,
    TEST_LIST_DELTA = 1 << 1,
    TEST_LIST_CRITICAL = 1 << 2,       /* an unknown critical extension */
    TEST_LIST_ENTRY_CRITICAL = 1 << 3, /* ... of another entry */
    TEST_LIST_ENTRY_ISSUER = 1 << 4,   /* an entry of another issuer */
    TEST_LIST_TWO_POINTS = 1 << 5      /* the scope extension twice */
};

struct test_list {
    const struct test_cert *name;   /* the issuer it names */
    const struct test_cert *signer; /* : name */
    const char *digest;             /* : "SHA256" */
    const char *point;              /* issuing distribution point : none */
    unsigned faults;
    time_t from, until;
    const struct test_cert *revoked; /* : none */
    time_t revoked_at;
    int reason;        /* CRLReason; 0: none written; -1: unspecified (0), written */
    time_t invalid_at; /* invalidity date; 0: none */
};
/* DER, appended. */
void test_list_der(const struct test_list *list, struct pt_buf *out);

/* --- OCSP ------------------------------------------------------------------------------------ */

enum test_answer_fault {
    TEST_ANSWER_NO_CERT = 1 << 0,  /* the responder's certificate is not sent along */
    TEST_ANSWER_TWICE = 1 << 1,    /* two single responses */
    TEST_ANSWER_CRITICAL = 1 << 2, /* an unknown critical extension */
    TEST_ANSWER_SINGLE_CRITICAL = 1 << 3,
    TEST_ANSWER_BAD_SIGNATURE = 1 << 4,
    TEST_ANSWER_NO_END = 1 << 5
};

struct test_answer {
    const struct test_cert *cert; /* asked about */
    const struct test_cert *issuer;
    const struct test_cert *signer; /* : issuer */
    int response;                   /* OCSP_RESPONSE_STATUS_* : successful */
    int status;                     /* V_OCSP_CERTSTATUS_* : good */
    int reason;                     /* of a revocation : none */
    time_t revoked_at;
    time_t from, until;
    const char *digest;    /* of the signature : "SHA256" */
    const char *id_digest; /* of the CertID : "SHA256" */
    pt_slice request;      /* DER: its nonce is copied; empty: none */
    pt_slice nonce;        /* instead of the request's */
    unsigned faults;
};
void test_answer_der(const struct test_answer *answer, struct pt_buf *out);

#endif /* POTERNE_TESTS_TESTREVOKE_H */
