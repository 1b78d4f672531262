/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * service.h -- answering questions about the log: those of poterne-audit over the unix socket, and
 * those of a gate for the exchanges of its own clients.
 *
 * Reading is an act (law 7): every answer that comes out of the archive is preceded by a durable
 * `read` entry that says who read, what kind of question it was, and how many entries it gave. The
 * handler runs in a reader's thread of the scribe, never in the commit thread; it holds no read
 * transaction while a frame is being sent. Layer 1 (audit).
 *
 * The text of a question is lines `key=value`, each ended by LF, each key at most once:
 *   agent dataset procedure outcome channel case client type   equality
 *   since until                                                RFC 3339 or a date; until is
 * exclusive from limit                                                 decimal seq exchange which
 * entry (SHOW, PROVE) class                                                      what was done
 * beside (NOTE)
 */
#ifndef POTERNE_AUDIT_SERVICE_H
#define POTERNE_AUDIT_SERVICE_H

#include "poterne/audit/query.h"

/* u8 op of PT_MSG_QUERY. Every answer ends with PT_MSG_END. */
enum pt_query_op {
    PT_QUERY_LIST = 1, /* ROW... */
    PT_QUERY_SHOW,     /* ROW...: one entry, or both ends of an exchange */
    PT_QUERY_PROVE,    /* TEXT: inclusion proof without disclosures */
    PT_QUERY_STATS,    /* TEXT: JSON */
    PT_QUERY_NOTE,     /* nothing: only the trace of a reading done on the files ("verify") */
};

struct pt_audit_service {
    struct pt_archive *archive;
    /** Append the record and return once it is durable. NULL: a copy, where nothing is traced. */
    PT_RESULT (*trace)(void *ctx, const struct pt_record *record);
    /** Send one frame to the peer who asked; a failure ends the answer. May wait for the peer. */
    PT_RESULT (*send)(void *ctx, pt_slice frame);
    void *ctx;
};

/**
 * One PT_MSG_QUERY frame of a peer (@uid from SO_PEERCRED). What is wrong with the question or the
 * log is said in PT_MSG_END.
 * @return PT_E_PROTOCOL not a question: close the connection · what send returned
 */
PT_RESULT pt_service_query(const struct pt_audit_service *service, pt_slice frame, uint32_t uid);

/**
 * One PT_MSG_STATUS_GET or PT_MSG_RECEIPT_GET of a gate, answered by STATUS or RECEIPT.
 * @return PT_E_PROTOCOL; what send returned; PT_E_AGAIN a receipt that waits for the next
 *         checkpoint, nothing was sent nor traced: ask again after it. With @last set such a
 *         receipt is answered with PT_E_AGAIN in the frame instead.
 */
PT_RESULT pt_service_exchange(const struct pt_audit_service *service, pt_slice frame, bool last);

#endif /* POTERNE_AUDIT_SERVICE_H */
