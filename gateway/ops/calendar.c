/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * See calendar.h. An alarm is one event a day and a thing that ends: "expiry", with its kind, its
 * name, a stable code and the days that are left. Nothing here names a person.
 */
#include "poterne/gateway/calendar.h"

#include "poterne/pki/deadline.h"

#include <pthread.h>
#include <stdlib.h>

#define DAY_S     INT64_C(86400)
#define ARENA_MAX 4194304U /* 4096 habilitations, three dates each, with their names */

struct pt_calendar {
    struct pt_arena *arena;
    struct pt_expiry_list list;
};

struct pt_board {
    pthread_mutex_t lock;
    struct pt_calendar *calendar; /* NULL: none yet */
    int64_t day;                  /* of the last alarms; -1: none yet */
};

/* --- one calendar --- */

/* The configuration may end before the calendar: names are copied. */
static PT_RESULT keep_names(struct pt_calendar *calendar)
{
    for (size_t i = 0U; i < calendar->list.n; i++) {
        struct pt_expiry *item = &calendar->list.items[i];
        PT_TRY(pt_arena_dup(calendar->arena, item->name, &item->name));
    }
    return PT_SUCCESS;
}

static PT_RESULT fill(struct pt_calendar *calendar, const struct pt_config *config)
{
    PT_TRY(pt_arena_new(ARENA_MAX, &calendar->arena));
    PT_TRY(pt_expiry_collect(config, calendar->arena, &calendar->list));
    return keep_names(calendar);
}

PT_RESULT pt_calendar_new(const struct pt_config *config, struct pt_calendar **ret_calendar)
{
    struct pt_calendar *calendar = calloc(1U, sizeof *calendar);
    PT_ENSURE(calendar != NULL, PT_E_NOMEM);
    const pt_status st = fill(calendar, config);
    if (!pt_ok(st)) {
        (void)pt_calendar_free(calendar);
        return st;
    }
    *ret_calendar = calendar;
    return PT_SUCCESS;
}

struct pt_calendar *pt_calendar_free(struct pt_calendar *calendar)
{
    if (calendar != NULL) {
        calendar->arena = pt_arena_free(calendar->arena);
        free(calendar);
    }
    return NULL;
}

/* --- how near --- */

static enum pt_deadline deadline_of(enum pt_expiry_kind kind)
{
    switch (kind) {
    case PT_EXPIRY_HOMOLOGATION:
        return PT_DEADLINE_DECISION;
    case PT_EXPIRY_CRL:
        return PT_DEADLINE_LIST;
    case PT_EXPIRY_CRL_HALF:
        return PT_DEADLINE_HALF;
    case PT_EXPIRY_CERTIFICATE:
    case PT_EXPIRY_AUTHORITY:
    case PT_EXPIRY_TOKEN:
    case PT_EXPIRY_HABILITATION:
    case PT_EXPIRY_DATAPASS:
    case PT_EXPIRY_KIND_COUNT:
    default:
        return PT_DEADLINE_CREDENTIAL;
    }
}

const char *pt_calendar_code(enum pt_expiry_kind kind, int64_t at, int64_t now)
{
    return pt_deadline_code(deadline_of(kind), at, now);
}

/* --- the board --- */

PT_RESULT pt_board_new(struct pt_board **ret_board)
{
    struct pt_board *board = calloc(1U, sizeof *board);
    PT_ENSURE(board != NULL, PT_E_NOMEM);
    board->day = -1;
    if (pthread_mutex_init(&board->lock, NULL) != 0) {
        free(board);
        return PT_FAIL(PT_E_NOMEM);
    }
    *ret_board = board;
    return PT_SUCCESS;
}

struct pt_board *pt_board_free(struct pt_board *board)
{
    if (board != NULL) {
        board->calendar = pt_calendar_free(board->calendar);
        (void)pthread_mutex_destroy(&board->lock);
        free(board);
    }
    return NULL;
}

void pt_board_show(struct pt_board *board, struct pt_calendar *calendar)
{
    PT_BUG_ON(pthread_mutex_lock(&board->lock) != 0);
    struct pt_calendar *old = board->calendar;
    board->calendar = calendar;
    PT_BUG_ON(pthread_mutex_unlock(&board->lock) != 0);
    (void)pt_calendar_free(old);
}

static void put_seconds(struct pt_buf *out, int64_t seconds)
{
    if (seconds < 0) {
        pt_buf_put_byte(out, '-');
    }
    pt_buf_put_u64(out, (uint64_t)(seconds < 0 ? -seconds : seconds));
}

/* Names are ids of the configuration (a-z, 0-9, -): nothing in them needs an escape. */
static void put_item(struct pt_buf *out, const struct pt_expiry *item, int64_t now)
{
    pt_buf_put_str(out, "poterne_expiry_seconds{kind=\"");
    pt_buf_put_str(out, pt_expiry_kind_name(item->kind));
    pt_buf_put_str(out, "\",name=\"");
    pt_buf_put(out, item->name);
    pt_buf_put_str(out, "\"} ");
    put_seconds(out, item->at - now);
    pt_buf_put_byte(out, '\n');
}

void pt_board_metrics(struct pt_board *board, int64_t now, struct pt_buf *out)
{
    pt_buf_put_str(out, "# HELP poterne_expiry_seconds Seconds until the end of a certificate, a "
                        "list, a token, a habilitation; negative once over.\n"
                        "# TYPE poterne_expiry_seconds gauge\n");
    PT_BUG_ON(pthread_mutex_lock(&board->lock) != 0);
    for (size_t i = 0U; board->calendar != NULL && i < board->calendar->list.n; i++) {
        put_item(out, &board->calendar->list.items[i], now);
    }
    PT_BUG_ON(pthread_mutex_unlock(&board->lock) != 0);
}

static enum pt_level level_of(int64_t left)
{
    if (left <= 7 * DAY_S) {
        return PT_ERROR;
    }
    return left <= 30 * DAY_S ? PT_WARN : PT_INFO;
}

/* The half of a list's life is told once a list, by who watches it: the event crl.due. */
static void alarm_item(const struct pt_log *log, const struct pt_expiry *item, int64_t now)
{
    const char *code = pt_calendar_code(item->kind, item->at, now);
    if (code == NULL || item->kind == PT_EXPIRY_CRL_HALF) {
        return;
    }
    const int64_t left = item->at - now;
    PT_LOG(log, level_of(left), "expiry", PT_F_STR("code", pt_slice_str(code)),
           PT_F_STR("kind", pt_slice_str(pt_expiry_kind_name(item->kind))),
           PT_F_STR("name", item->name),
           PT_F_U64("days_left", left > 0 ? (uint64_t)(left / DAY_S) : 0U));
}

void pt_board_alarms(struct pt_board *board, const struct pt_log *log, int64_t now)
{
    const int64_t day = now / DAY_S;
    PT_BUG_ON(pthread_mutex_lock(&board->lock) != 0);
    if (board->calendar != NULL && day != board->day) {
        board->day = day;
        for (size_t i = 0U; i < board->calendar->list.n; i++) {
            alarm_item(log, &board->calendar->list.items[i], now);
        }
    }
    PT_BUG_ON(pthread_mutex_unlock(&board->lock) != 0);
}
