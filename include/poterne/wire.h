/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * wire.h -- every message our processes exchange, and who may say what to whom.
 *
 * Frames are those of base/ipc.h. A message that is not in a role's row kills the connection and
 * is a security event: a taken-over gate can ask for nothing but what gates ask for. `desk`, the
 * console, has its row already; it comes later. Layer 0.
 */
#ifndef POTERNE_WIRE_H
#define POTERNE_WIRE_H

#include <stdint.h>

/*  name, number, payload (see docs/processes.md) */
#define PT_MESSAGES(X)                                                                             \
    /* supervisor <-> child, over the control channel (descriptor 3 of the child) */               \
    X(PT_MSG_SETTINGS, 1)  /* supervisor, first message: pt_settings; gate: the bundle as fd */    \
    X(PT_MSG_CHANNELS, 2)  /* supervisor: u16 first lane; one channel to the other child per fd */ \
    X(PT_MSG_LISTENERS, 3) /* supervisor -> gate: u8 kind, u16 first lane; listening sockets */    \
    X(PT_MSG_START, 4)     /* supervisor: everything was handed over */                            \
    X(PT_MSG_READY, 5)     /* child: I serve */                                                    \
    X(PT_MSG_RELOAD, 6)    /* supervisor -> gate: the new bundle as fd */                          \
    X(PT_MSG_RELOADED, 7)  /* gate: u32 status code */                                             \
    X(PT_MSG_DRAIN, 8)     /* supervisor: finish what is in flight, then exit 0 */                 \
    X(PT_MSG_HOSTILE, 9)   /* scribe: gate broke the protocol of its channels */                   \
    /* gate <-> scribe, one channel a lane */                                                      \
    X(PT_MSG_RECORD, 16)      /* 1 to PT_IPC_RECORDS_MAX x { u64 token, pt_record } */             \
    X(PT_MSG_RECORDED, 17)    /* u16 count, count x { u64 token, u32 status code, u64 seq } */     \
    X(PT_MSG_STATUS_GET, 18)  /* u64 token, 16 exchange, bytes client */                           \
    X(PT_MSG_STATUS, 19)      /* u64 token, u32 status code, bytes JSON */                         \
    X(PT_MSG_RECEIPT_GET, 20) /* u64 token, 16 exchange, bytes client */                           \
    X(PT_MSG_RECEIPT, 21)     /* u64 token, u32 status code, bytes text */                         \
    /* supervisor -> scribe */                                                                     \
    X(PT_MSG_CONF, 24)      /* 32 bytes digest of the policy about to be in force */               \
    X(PT_MSG_CONF_DONE, 26) /* scribe: u32 status code, the entry is durable or not */             \
    X(PT_MSG_INCIDENT, 25)  /* bytes reason: "gate-crash"; becomes a gap entry */                  \
    /* poterne-audit <-> scribe, over the unix socket of the log directory */                      \
    X(PT_MSG_QUERY, 32) /* u8 op, bytes filter text; docs/processes.md */                          \
    X(PT_MSG_ROW, 33)   /* bytes JSON of one entry */                                              \
    X(PT_MSG_END, 34)   /* u32 status code, u64 next seq, u64 rows */                              \
    X(PT_MSG_TEXT, 35)  /* bytes: a receipt, a proof, a checkpoint */

enum pt_msg {
#define X(name, number) name = (number),
    PT_MESSAGES(X)
#undef X
};

enum pt_role { PT_ROLE_SUPERVISOR = 0, PT_ROLE_GATE, PT_ROLE_SCRIBE, PT_ROLE_DESK, PT_ROLE_TOOL };

#endif /* POTERNE_WIRE_H */
