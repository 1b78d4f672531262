/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * One exchange: everything it owns, and the stages it passes. Private to gateway/exchange.
 * One direction, no way back: a stage may only pass on, wait, or fail to the place its row names.
 */
#ifndef POTERNE_GATEWAY_EXCHANGE_INT_H
#define POTERNE_GATEWAY_EXCHANGE_INT_H

#include "gateway/exchange/errors.h"
#include "gateway/exchange/lane_int.h"

#include "poterne/audit/record.h"
#include "poterne/connectors/connector.h"
#include "poterne/gateway/policy.h"

/*
 * step, handler, where a failure goes. What is recorded is durable before the next step runs:
 * `asked` before the first byte goes to the State, `answered`, `refused` or `failed` before the
 * first byte goes to the GRC (law 1; R.114-9-5).
 */
#define PT_EXCHANGE_STEPS(X)                                                                       \
    X(ROUTE, route, ANSWER)           /* which dataset; not an exchange until that is known */     \
    X(RECOGNISE, recognise, ANSWER)   /* which client; a stranger never causes a flush */          \
    X(READ, read, REFUSE)             /* parameters and headers of the request */                  \
    X(HABILITATE, habilitate, REFUSE) /* default deny (law 2) */                                   \
    X(DECLARE, declare, ANSWER)       /* [log: asked] */                                           \
    X(CALL, call, FAIL)               /* the State */                                              \
    X(JUDGE, judge, FAIL)             /* one pass: validate, minimise */                           \
    X(RECORD, record, ANSWER)         /* [log: answered] */                                        \
    X(ANSWER, answer, END)                                                                         \
    X(REFUSE, refuse, ANSWER) /* [log: refused] nothing left */                                    \
    X(FAIL, fail, ANSWER)     /* [log: failed] asked, and no answer to give */                     \
    X(END, end, END)

enum pt_step {
#define X(name, handler, failure) PT_STEP_##name,
    PT_EXCHANGE_STEPS(X)
#undef X
        PT_STEP_COUNT
};

#define PT_ARGS_MAX (PT_DATASET_PARAMS_MAX + 3U) /* with context, object, recipient */

struct pt_exchange {
    struct pt_lane *lane;
    struct pt_door_exchange *door;          /* where the answer goes; NULL once the peer is gone */
    const struct pt_http1_request *request; /* valid until the peer is gone or answered */
    const uint8_t *fingerprint;             /* 32 bytes, of the client's certificate */
    struct pt_exchange *next;               /* of the lane's spare ones */

    struct pt_arena *arena; /* every copy below lives here; wiped at the end */
    struct pt_snapshot *snapshot;
    const struct pt_config *config; /* of the snapshot */
    enum pt_step step;
    bool waiting;   /* the current step has been started and comes back */
    pt_status came; /* what it came back with */

    struct pt_uuid id;
    char id_text[PT_UUID_TEXT + 1U];
    bool declared; /* it has an id in the log */
    const struct pt_dataset *dataset;
    struct pt_arg args[PT_ARGS_MAX];
    size_t nargs;
    pt_slice procedure, object, agent, case_ref, trace; /* as given; empty: absent */
    enum pt_channel channel;
    bool no_cache;
    struct pt_decision decision;

    const struct pt_connector_ops *connector;
    struct pt_call call;
    struct pt_upstream_request upstream;
    struct pt_fetch *fetch;
    struct pt_buf body; /* what the GRC gets */
    struct pt_answer answer;

    struct pt_error_detail error; /* meaningful when has_error */
    bool has_error;
    uint8_t digest[32]; /* of body, once recorded */
};

/* --- life (exchange.c) --- */
void pt_exchange_start(struct pt_lane *lane, struct pt_door_exchange *door);
/** The awaited event of the current step happened. */
void pt_exchange_resume(struct pt_exchange *x, pt_status came);
const char *pt_step_name(enum pt_step step);

/** Set the error the GRC gets and return a failure. */
PT_RESULT pt_exchange_error(struct pt_exchange *x, enum pt_error error);
PT_RESULT pt_exchange_error_source(struct pt_exchange *x, enum pt_error error, const char *kind,
                                   pt_slice name);

/* --- stages, a file a concern --- */
PT_RESULT pt_stage_route(struct pt_exchange *x); /* stage_request.c */
PT_RESULT pt_stage_recognise(struct pt_exchange *x);
PT_RESULT pt_stage_read(struct pt_exchange *x);
PT_RESULT pt_stage_habilitate(struct pt_exchange *x); /* stage_habilitate.c */
PT_RESULT pt_stage_declare(struct pt_exchange *x);    /* stage_trace.c */
PT_RESULT pt_stage_record(struct pt_exchange *x);
PT_RESULT pt_stage_refuse(struct pt_exchange *x);
PT_RESULT pt_stage_fail(struct pt_exchange *x);
PT_RESULT pt_stage_call(struct pt_exchange *x); /* stage_call.c */
PT_RESULT pt_stage_judge(struct pt_exchange *x);
PT_RESULT pt_stage_answer(struct pt_exchange *x); /* stage_answer.c */
PT_RESULT pt_stage_end(struct pt_exchange *x);

/** "siren:552100554" from the parameter that says whose data it is; empty when there is none. */
PT_RESULT pt_exchange_subject(const struct pt_exchange *x, pt_slice *ret);

#endif /* POTERNE_GATEWAY_EXCHANGE_INT_H */
