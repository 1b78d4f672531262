/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * policy.h -- habilitation: default deny (law 2; R.114-9-6 "seuls peuvent accéder"; LEG-01, LEG-02,
 * LEG-11). One question, one answer, one named condition when the answer is no.
 * Pure: a snapshot and a question in, a decision out. Layer 3 (gateway).
 */
#ifndef POTERNE_GATEWAY_POLICY_H
#define POTERNE_GATEWAY_POLICY_H

#include "poterne/gateway/config.h"

/* The conditions, in the order they are asked; the first that fails is the reason (stable text). */
#define PT_CONDITIONS(X)                                                                           \
    X(PT_COND_NONE, "none")                                                                        \
    X(PT_COND_CLIENT, "client")                       /* no client has this certificate */         \
    X(PT_COND_PROCEDURE_MISSING, "procedure-missing") /* several, and none was named */            \
    X(PT_COND_PROCEDURE, "procedure")                 /* not a procedure of this client */         \
    X(PT_COND_DATASET, "dataset")                     /* not granted to the procedure */           \
    X(PT_COND_NOT_YET, "not-yet")                     /* before valid-from */                      \
    X(PT_COND_EXPIRED, "expired")                     /* after valid-until */                      \
    X(PT_COND_CHANNEL, "channel")                                                                  \
    X(PT_COND_CASE_MISSING, "case-missing")                                                        \
    X(PT_COND_AGENT_MISSING, "agent-missing") /* personal data, no agent, no automatic one */      \
    X(PT_COND_AGENT, "agent")                 /* not an agent of the habilitation */               \
    X(PT_COND_AGENT_NOT_YET, "agent-not-yet")                                                      \
    X(PT_COND_AGENT_EXPIRED, "agent-expired")

enum pt_condition {
#define X(name, text) name,
    PT_CONDITIONS(X)
#undef X
        PT_COND_COUNT
};
const char *pt_condition_name(enum pt_condition condition);

/** The client whose certificate has this SHA-256 (32 bytes), or NULL. */
const struct pt_client *pt_policy_client(const struct pt_config *config,
                                         const uint8_t *fingerprint);

struct pt_question {
    const uint8_t *fingerprint; /* 32 bytes */
    pt_slice procedure;         /* Poterne-Procedure; empty: not given */
    pt_slice object;            /* object parameter of the call; names a procedure when it is one */
    const struct pt_dataset *dataset;
    pt_slice agent; /* empty: not given */
    enum pt_channel channel;
    pt_slice case_ref;
    int32_t today; /* days, in UTC */
};

struct pt_decision {
    enum pt_condition refused;                  /* PT_COND_NONE: allowed */
    const struct pt_client *client;             /* as far as it got; may be NULL when refused */
    const struct pt_habilitation *habilitation; /* likewise */
    const struct pt_grant *grant;               /* likewise */
    pt_slice agent; /* who acts: given, or the automatic agent; empty when none is needed */
};

void pt_policy_decide(const struct pt_config *config, const struct pt_question *question,
                      struct pt_decision *ret_decision);

/**
 * The effective policy as sorted text, one fact a line, that a reviewer can diff
 * (`poterned --check --policy`). Holds no secret.
 */
PT_RESULT pt_policy_dump(const struct pt_config *config, struct pt_buf *out);

#endif /* POTERNE_GATEWAY_POLICY_H */
