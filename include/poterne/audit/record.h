/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * record.h -- what is said to the log about one act; the log decides the form (docs/log-format.md).
 *
 * A record is handed over by the process that acts (gate), with a codec for the wire; the scribe
 * adds sequence number and time, splits it into what stays readable for ever (the leaf) and what
 * dies with its month (the sealed boxes). A record never carries a value of an answer (law 3).
 * Layer 1 (audit).
 */
#ifndef POTERNE_AUDIT_RECORD_H
#define POTERNE_AUDIT_RECORD_H

#include "poterne/base/ipc.h"
#include "poterne/base/uuid.h"
#include "poterne/outcome.h"

/* Types of entries; the number is the wire's, the text is the leaf's. */
#define PT_ENTRIES(X)                                                                              \
    X(PT_ENTRY_ASKED, 1, "asked")       /* durable before the first byte goes to the State */      \
    X(PT_ENTRY_ANSWERED, 2, "answered") /* durable before the first byte goes to the GRC */        \
    X(PT_ENTRY_REFUSED, 3, "refused")   /* Poterne said no: nothing left */                        \
    X(PT_ENTRY_FAILED, 4, "failed")     /* asked, but no answer can be given */                    \
    X(PT_ENTRY_BOOT, 5, "boot")         /* the scribe (re)started */                               \
    X(PT_ENTRY_CONF, 6, "conf")         /* a configuration came into force */                      \
    X(PT_ENTRY_READ, 7, "read")         /* somebody consulted the log (law 7) */                   \
    X(PT_ENTRY_GAP, 8, "gap") /* a declared incident: exchanges stopped or an end is unknown */

enum pt_entry_type {
#define X(name, number, text) name = (number),
    PT_ENTRIES(X)
#undef X
};
const char *pt_entry_name(enum pt_entry_type type);

/*
 * Slices are borrowed. Empty means absent. In the leaf (clear, for ever): type, dataset,
 * procedure, mode, outcome, filter, count, conf. In box A (dies with the month key): exchange,
 * time, client, agent, channel, habilitation, fields, reason. In box S (dies with the subject key):
 * subject, case_ref, digest.
 */
struct pt_record {
    enum pt_entry_type type;
    enum pt_outcome outcome;
    struct pt_uuid exchange; /* all zero: not about an exchange */
    pt_slice dataset;        /* "entreprise/v4/insee/unites_legales" */
    pt_slice procedure;
    pt_slice mode;   /* "demande" | "proactif" */
    pt_slice client; /* configured id; for READ: who read ("unix:1000", "client:grc") */
    pt_slice agent;
    pt_slice channel;
    pt_slice habilitation;
    pt_slice fields;    /* JSON Pointers joined by LF: asked = allowed, answered = delivered */
    pt_slice reason;    /* stable code: which condition failed, or "PT502:upstream:00429" */
    pt_slice subject;   /* canonical "siren:552100554" */
    pt_slice case_ref;  /* GRC file number */
    uint8_t digest[32]; /* SHA-256 of the body handed to the GRC; all zero: none */
    pt_slice filter;    /* READ: class of the filter ("exchange", "list", "person") */
    uint64_t count;     /* READ: rows; ANSWERED: unknown members dropped; GAP: what is missing */
    uint8_t conf[32];   /* CONF: SHA-256 of the effective policy text */
};

/** Append the fields of a record to an IPC frame that was begun. */
void pt_record_put(struct pt_buf *frame, const struct pt_record *record);
/** Slices point into the frame. @return PT_E_PROTOCOL on an unknown type, outcome, or a bound */
PT_RESULT pt_record_get(struct pt_ipc_reader *reader, struct pt_record *ret_record);

#endif /* POTERNE_AUDIT_RECORD_H */
