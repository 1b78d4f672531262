/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * calendar.c -- poterne-pki calendar: everything that ends one day, the nearest first, with the
 * codes of the daemon's alarms (LEG-28, RGS-01, RGS-13, RGS-16). Layer 1 (pki).
 */
#include "pki/cli/inventory_int.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"
#include "poterne/pki/cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400U

struct item {
    const char *kind;
    const char *name;
    const char *what; /* French */
    enum pt_deadline deadline;
    int64_t at;
};

struct items {
    struct item *list;
    size_t n;
};

static void add(struct items *items, const char *kind, const char *name, const char *what,
                int64_t at)
{
    items->list[items->n++] = (struct item){.kind = kind, .name = name, .what = what, .at = at};
}

/* --- what there is --------------------------------------------------------------------------- */

/* A key without a certificate ends when it is to be replaced; a revoked one has ended. */
static void add_row(struct items *items, const struct row *row)
{
    const bool key = row->not_after == 0 && strcmp(row->kind, "key") == 0;
    const int64_t at = key ? row->replace : row->not_after;
    if (at != 0 && !row->unused && row->state != STATE_REVOKED) {
        add(items, row->kind, row->name, row->use, at);
        items->list[items->n - 1U].deadline = row->deadline;
    }
    if (strcmp(row->kind, "crl") == 0 && row->replace != 0) {
        add(items, "crl-half", row->name, "mi-vie de la liste de révocation", row->replace);
        items->list[items->n - 1U].deadline = PT_DEADLINE_HALF;
    }
}

static void add_thing(struct items *items, const struct pt_pki_thing *thing)
{
    if (thing->kind == PT_PKI_HABILITATION) {
        add(items, "habilitation", thing->name, "habilitation", thing->until);
    } else if (thing->kind == PT_PKI_DATAPASS) {
        add(items, "datapass", thing->name, "habilitation DataPass", thing->until);
    } else if (thing->kind == PT_PKI_HOMOLOGATION) {
        add(items, "homologation", thing->name, "homologation", thing->until);
        items->list[items->n - 1U].deadline = PT_DEADLINE_DECISION;
    }
}

static int by_date(const void *a, const void *b)
{
    const struct item *x = (const struct item *)a;
    const struct item *y = (const struct item *)b;
    const int order = (x->at > y->at) - (x->at < y->at);
    return order != 0 ? order : strcmp(x->name, y->name);
}

static void fill(const struct tool *tool, const struct inventory *inv, struct items *items)
{
    for (size_t i = 0U; i < inv->n; i++) {
        add_row(items, &inv->rows[i]);
    }
    for (size_t i = 0U; i < tool->site.nthings; i++) {
        add_thing(items, &tool->site.things[i]);
    }
    qsort(items->list, items->n, sizeof(*items->list), by_date);
}

/* --- how it is shown ------------------------------------------------------------------------- */

/* Whole days that are left, rounded down; 0 once it is over, as in the daemon's alarms. */
static uint64_t days_left(const struct tool *tool, const struct item *item)
{
    return item->at > tool->now ? (uint64_t)(item->at - tool->now) / DAY_S : 0U;
}

static void print_item(const struct tool *tool, struct pt_table *table, const struct item *item)
{
    char when[PT_RFC3339_LEN + 1U];
    const char *code = pt_deadline_code(item->deadline, item->at, tool->now);
    pt_time_rfc3339((uint64_t)(item->at > 0 ? item->at : 0) * 1000U, when);
    const struct pt_cell cells[] = {
        {.kind = PT_CELL_TEXT, .text = pt_slice_of(when, PT_DATE_LEN)},
        {.kind = PT_CELL_NUMBER, .number = days_left(tool, item)},
        {.kind = code == NULL ? PT_CELL_NULL : PT_CELL_TEXT, .text = pt_slice_str(code)},
        {.kind = PT_CELL_TEXT, .text = pt_slice_str(item->kind)},
        {.kind = PT_CELL_TEXT, .text = pt_slice_str(item->name)},
        {.kind = PT_CELL_TEXT, .text = pt_slice_str(item->what)},
        {.kind = PT_CELL_TEXT, .text = pt_slice_str(when)},
    };
    pt_table_row(table, cells);
}

static void print_table(const struct tool *tool, const struct items *items, enum pt_format format)
{
    static const struct pt_column columns[] = {
        {"date", "Date", 10},  {"days_left", "Jours", 6}, {"code", "Alarme", 11},
        {"kind", "Genre", 13}, {"name", "Nom", 24},       {"what", "Quoi", 24},
        {"at", "Instant", 24},
    };
    struct pt_table table = {
        .out = tool->cli->out, .format = format, .columns = columns, .ncolumns = PT_COUNT(columns)};
    pt_table_begin(&table);
    for (size_t i = 0U; i < items->n; i++) {
        print_item(tool, &table, &items->list[i]);
    }
    pt_table_end(&table);
}

/* RFC 5545 3.3.11; a name is free text of the configuration. */
static void put_ics(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        const char c = *text;
        if (c == '\\' || c == ';' || c == ',') {
            (void)fputc('\\', to);
        }
        (void)fputc((unsigned char)c < 0x20U ? ' ' : c, to);
    }
}

/* An all-day event a thing, for the calendar of the RSSI; several communes may share one. */
static void print_event(const struct tool *tool, const struct item *item, const char *stamp)
{
    char day[PT_DATE_LEN + 1U];
    pt_time_date_text((int32_t)(item->at / (int64_t)DAY_S), day);
    FILE *to = tool->cli->out;
    (void)fprintf(to, "BEGIN:VEVENT\r\nUID:%s-", item->kind);
    put_ics(to, item->name);
    (void)fprintf(to,
                  "@%s.poterne\r\nDTSTAMP:%s\r\nDTSTART;VALUE=DATE:%.4s%.2s%.2s\r\n"
                  "SUMMARY:Poterne : fin de %s (",
                  tool->site.siret, stamp, day, day + 5, day + 8, item->what);
    put_ics(to, item->name);
    (void)fputs(")\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P30D\r\n"
                "DESCRIPTION:Poterne\r\nEND:VALARM\r\nEND:VEVENT\r\n",
                to);
}

static void print_ics(const struct tool *tool, const struct items *items)
{
    char when[PT_RFC3339_LEN + 1U];
    char stamp[32];
    pt_time_rfc3339((uint64_t)tool->now * 1000U, when);
    (void)snprintf(stamp, sizeof(stamp), "%.4s%.2s%.2sT%.2s%.2s%.2sZ", when, when + 5, when + 8,
                   when + 11, when + 14, when + 17);
    (void)fputs("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Poterne//poterne-pki//FR\r\n",
                tool->cli->out);
    for (size_t i = 0U; i < items->n; i++) {
        /* A timer signs the list every day: no appointment of a person's. */
        if (items->list[i].deadline < PT_DEADLINE_LIST) {
            print_event(tool, &items->list[i], stamp);
        }
    }
    (void)fputs("END:VCALENDAR\r\n", tool->cli->out);
}

static pt_status print(struct tool *tool, const struct items *items, bool ics,
                       enum pt_format format)
{
    if (ics) {
        print_ics(tool, items);
    } else {
        print_table(tool, items, format);
    }
    for (size_t i = 0U; i < items->n; i++) {
        const struct item *item = &items->list[i];
        PT_ENSURE(item->at > tool->now || item->deadline == PT_DEADLINE_HALF, PT_E_ABSENT);
    }
    return PT_SUCCESS;
}

static pt_status list(struct tool *tool, const struct inventory *inv, bool ics,
                      enum pt_format format)
{
    struct items items = {.n = 0U};
    items.list = (struct item *)calloc(inv->n * 2U + tool->site.nthings + 1U, sizeof(*items.list));
    PT_ENSURE(items.list != NULL, PT_E_NOMEM);
    fill(tool, inv, &items);
    const pt_status st = print(tool, &items, ics, format);
    free(items.list);
    return st;
}

static pt_status calendar(struct tool *tool)
{
    enum pt_format format = PT_FORMAT_TABLE;
    struct inventory inv = {.n = 0U};
    const char *asked = pt_cli_get(tool->cli, "format");
    const bool ics = asked != NULL && strcmp(asked, "ics") == 0;
    if (!ics && !pt_ok(pt_cli_format(tool->cli, &format))) {
        return PT_FAIL(PT_E_ARG);
    }
    PT_TRY(inventory_collect(tool, &inv));
    const pt_status st = list(tool, &inv, ics, format);
    free(inv.rows);
    return st;
}

int command_calendar(const struct pt_cli *cli, void *ctx)
{
    return tool_command(cli, ctx, calendar);
}
