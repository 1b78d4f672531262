/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * link_int.h -- a lane's channel to the scribe: requests out, answers back by token, bounded in
 * number and in time. A lost scribe fails every waiter at once; a new channel may then be given.
 * Private to gateway/exchange. One link a lane, used from its thread only.
 */
#ifndef POTERNE_GATEWAY_LINK_INT_H
#define POTERNE_GATEWAY_LINK_INT_H

#include "poterne/audit/record.h"
#include "poterne/base/limits.h"
#include "poterne/gateway/loop.h"

#include <stdatomic.h>

#define PT_LINK_WAITERS (PT_EXCHANGE_IN_FLIGHT_MAX * 2U)

/** @st: PT_OK durable, or why not; @payload: JSON or text of an answer, valid during the call. */
typedef void (*pt_link_done)(void *ctx, pt_status st, pt_slice payload);

struct pt_link_waiter {
    pt_link_done done; /* NULL: free */
    void *ctx;
    uint32_t generation; /* upper half of the token: an old answer finds nobody */
    uint64_t deadline_us;
    uint32_t next_free;
};

struct pt_link {
    struct pt_loop *loop;
    struct pt_watch watch; /* fd -1: no channel */
    atomic_bool up;
    struct pt_timer timer;
    struct pt_task flush;
    struct pt_buf out; /* the records of this turn: one frame */
    uint32_t unsent[PT_IPC_RECORDS_MAX];
    uint32_t nunsent;
    struct pt_buf question;
    struct pt_buf in;
    uint32_t first_free;
    uint32_t waiting;
    struct pt_link_waiter waiters[PT_LINK_WAITERS];
};

void pt_link_init(struct pt_link *link, struct pt_loop *loop);
void pt_link_done_with(struct pt_link *link); /* fails the waiters, closes */
/** Use @fd (owned) from now on; waiters on the old channel have failed. */
PT_RESULT pt_link_attach(struct pt_link *link, int fd);
bool pt_link_is_up(const struct pt_link *link); /* any thread */

/**
 * @done is called once from the loop, never from here. A record leaves at the end of the turn, with
 * the others of this turn; that the scribe does not keep up is said to @done (PT_E_AGAIN).
 * @return PT_E_CLOSED no scribe · PT_E_LIMIT · PT_E_NOMEM
 */
PT_RESULT pt_link_record(struct pt_link *link, const struct pt_record *record, pt_link_done done,
                         void *ctx);
struct pt_link_question {
    uint8_t type; /* PT_MSG_STATUS_GET or PT_MSG_RECEIPT_GET */
    struct pt_uuid exchange;
    pt_slice client; /* who asks: only its own exchanges exist for it */
};
/** As above, at once. @return also PT_E_AGAIN */
PT_RESULT pt_link_ask(struct pt_link *link, const struct pt_link_question *question,
                      pt_link_done done, void *ctx);

#endif /* POTERNE_GATEWAY_LINK_INT_H */
