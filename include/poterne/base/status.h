/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * status.h -- the one way a function of this project says "it worked" or "it did not".
 *
 * A status is a 16-byte value: no allocation, no thread-local, no varargs, and never any
 * personal data. It is created once, where the fault is seen, and travels up unchanged.
 * The upper byte of the code is its class: the class decides what the caller may do, the
 * code says what happened, `aux` carries one number (errno, HTTP status, X509_V_ERR_*).
 *
 * Layer 0 (base). Includes nothing but the C standard headers.
 */
#ifndef POTERNE_BASE_STATUS_H
#define POTERNE_BASE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#define PT_CODES(X)                                                                                \
    X(PT_OK, 0x0000U, "ok")                                                                        \
    X(PT_E_ARG, 0x0101U, "caller broke the contract")                                              \
    X(PT_E_NOMEM, 0x0201U, "out of memory")                                                        \
    X(PT_E_LIMIT, 0x0202U, "a stated limit was reached")                                           \
    X(PT_E_SYNTAX, 0x0301U, "input is not well formed")                                            \
    X(PT_E_SCHEMA, 0x0302U, "input does not match its contract")                                   \
    X(PT_E_ABSENT, 0x0303U, "what was asked for does not exist")                                   \
    X(PT_E_EXISTS, 0x0304U, "it exists already and is never overwritten")                          \
    X(PT_E_DENIED, 0x0401U, "policy refuses")                                                      \
    X(PT_E_UPSTREAM, 0x0501U, "data provider failed")                                              \
    X(PT_E_AGAIN, 0x0502U, "not ready, wait for an event")                                         \
    X(PT_E_CLOSED, 0x0503U, "the peer closed")                                                     \
    X(PT_E_TIMEOUT, 0x0504U, "a stated delay has passed")                                          \
    X(PT_E_PROTOCOL, 0x0505U, "the peer broke the protocol")                                       \
    X(PT_E_CRYPTO, 0x0601U, "cryptographic operation failed")                                      \
    X(PT_E_FORGED, 0x0602U, "a signature, proof or hash does not match")                           \
    X(PT_E_IO, 0x0701U, "storage or system call failed")                                           \
    X(PT_E_FULL, 0x0702U, "storage is full")                                                       \
    X(PT_E_CORRUPT, 0x0703U, "stored data is damaged")

enum pt_code {
#define X(name, value, text) name = value,
    PT_CODES(X)
#undef X
};

typedef struct pt_status {
    const char *origin; /* "file.c:123" where it was raised, NULL when ok */
    uint32_t code;      /* enum pt_code */
    uint32_t aux;       /* errno, HTTP status, X509_V_ERR_*, 0 */
} pt_status;            /* 16 bytes: returned in two registers */

/* Every fallible function is declared PT_RESULT: ignoring it does not compile. */
#define PT_RESULT __attribute__((warn_unused_result)) pt_status

#define PT_STR_(x) #x
#define PT_STR(x)  PT_STR_(x)

#define PT_SUCCESS ((pt_status){.origin = (const char *)0, .code = PT_OK, .aux = 0U})
#define PT_FAIL_AUX(c, a)                                                                          \
    ((pt_status){.origin = __FILE_NAME__ ":" PT_STR(__LINE__), .code = (c), .aux = (uint32_t)(a)})
#define PT_FAIL(c) PT_FAIL_AUX(c, 0U)

static inline bool pt_ok(pt_status st)
{
    return st.code == (uint32_t)PT_OK;
}

/** Stable English name of a code ("PT_E_IO"), "PT_E_UNKNOWN" for a number that is none. */
const char *pt_code_name(uint32_t code);
/** One English line for a code, from the table above. */
const char *pt_code_text(uint32_t code);

/* For functions that hold nothing to release; owners test the status by hand. These two are
 * the only macros of the project that hide a return (docs/adr/0003). */
#define PT_TRY(expr)                                                                               \
    do {                                                                                           \
        const pt_status pt_try_ = (expr);                                                          \
        if (!pt_ok(pt_try_)) {                                                                     \
            return pt_try_;                                                                        \
        }                                                                                          \
    } while (0)

#define PT_ENSURE(cond, c)                                                                         \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            return PT_FAIL(c);                                                                     \
        }                                                                                          \
    } while (0)

/* A broken invariant: never continue with a doubtful state; the supervisor restarts us. */
#define PT_BUG_ON(cond)                                                                            \
    do {                                                                                           \
        if (cond) {                                                                                \
            pt_bug(__FILE_NAME__ ":" PT_STR(__LINE__));                                            \
        }                                                                                          \
    } while (0)
_Noreturn void pt_bug(const char *where);

#define PT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif /* POTERNE_BASE_STATUS_H */
