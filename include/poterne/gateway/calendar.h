/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * calendar.h -- what ends one day, as metrics and as daily alarms (LEG-28: credentials at 90, 30
 * and 7 days, the homologation at 6 and 3 months too). The half life of a revocation list (RGS-13)
 * is a metric here; its alarm is crl.due, of the process that watches the list.
 *
 * A calendar is made from one configuration and owns all it holds. The board shows the calendar in
 * force; it may be asked by the metrics' thread while another thread replaces it.
 * Layer 3 (gateway). Time is a parameter: seconds since 1970-01-01.
 */
#ifndef POTERNE_GATEWAY_CALENDAR_H
#define POTERNE_GATEWAY_CALENDAR_H

#include "poterne/base/log.h"
#include "poterne/gateway/expiry.h"

struct pt_calendar;
/** @return PT_E_NOMEM */
PT_RESULT pt_calendar_new(const struct pt_config *config, struct pt_calendar **ret_calendar);
struct pt_calendar *pt_calendar_free(struct pt_calendar *calendar); /* accepts NULL */

/** The code of poterne/pki/deadline.h: what a supervision tool matches. NULL: nothing to say. */
const char *pt_calendar_code(enum pt_expiry_kind kind, int64_t at, int64_t now);

struct pt_board;
PT_RESULT pt_board_new(struct pt_board **ret_board);
struct pt_board *pt_board_free(struct pt_board *board); /* accepts NULL; frees its calendar */
/** Put @calendar in force and own it; the one before it is freed. Cannot fail. */
void pt_board_show(struct pt_board *board, struct pt_calendar *calendar);
/** poterne_expiry_seconds{kind=,name=}: seconds left, negative once over. */
void pt_board_metrics(struct pt_board *board, int64_t now, struct pt_buf *out);
/** The alarms of the day, once: the first call of a day (UTC) writes them, the others nothing. */
void pt_board_alarms(struct pt_board *board, const struct pt_log *log, int64_t now);

#endif /* POTERNE_GATEWAY_CALENDAR_H */
