/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * idx_spans.c -- from rows in the order of the log to exchanges in the order of the index.
 *
 * Law: the result says what the rows, taken one after the other, would have said. Layer 1 (audit).
 */
#include "audit/idx_spans_int.h"

#include <stdlib.h>

#define PLACE 4U /* bytes of a name that come from the time */

/* --- rows ----------------------------------------------------------------------------------- */

/* A consultation or an incident that names an exchange is not a part of it. */
static bool of_exchange(const struct pt_idx_row *row)
{
    static const struct pt_uuid NONE = {{0}};
    const bool type = row->type == PT_ENTRY_ASKED || row->type == PT_ENTRY_ANSWERED ||
                      row->type == PT_ENTRY_REFUSED || row->type == PT_ENTRY_FAILED;

    return type && memcmp(&row->exchange, &NONE, sizeof NONE) != 0;
}

static struct pt_idx_span span_of(const struct pt_idx_row *row)
{
    const bool asked = row->type == PT_ENTRY_ASKED;

    return (struct pt_idx_span){.exchange = row->exchange,
                                .first = row->seq,
                                .last = row->seq,
                                .open = asked,
                                .ended = !asked};
}

static int by_exchange(const void *left, const void *right)
{
    const struct pt_idx_span *const a = left;
    const struct pt_idx_span *const b = right;
    const int order = memcmp(&a->exchange, &b->exchange, sizeof a->exchange);

    return order != 0 ? order : (a->first > b->first) - (a->first < b->first);
}

static size_t merge(struct pt_idx_span *spans, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        struct pt_idx_span *const last = kept != 0U ? &spans[kept - 1U] : NULL;
        if (last != NULL &&
            memcmp(&last->exchange, &spans[i].exchange, sizeof last->exchange) == 0) {
            last->last = spans[i].last;
            last->open = spans[i].open;
            last->ended = last->ended || spans[i].ended;
        } else {
            spans[kept] = spans[i];
            kept++;
        }
    }
    return kept;
}

size_t pt_idx_spans(const struct pt_idx_row *rows, size_t n, struct pt_idx_span *spans)
{
    size_t taken = 0;

    for (size_t i = 0; i < n; i++) {
        if (of_exchange(&rows[i])) {
            spans[taken] = span_of(&rows[i]);
            taken++;
        }
    }
    qsort(spans, taken, sizeof *spans, by_exchange);
    return merge(spans, taken);
}

/* --- names ---------------------------------------------------------------------------------- */

static uint64_t second_of(const struct pt_uuid *id)
{
    return pt_uuid_wall_ms(id) / 1000U;
}

static void put_name(const struct pt_month_keys *keys, const struct pt_uuid *id,
                     const uint8_t place[static PLACE], uint8_t name[static PT_IDX_NAME])
{
    uint8_t tag[PT_IDX_NAME];

    pt_exchange_tag(keys, id->bytes, tag);
    memcpy(name, place, PLACE);
    memcpy(name + PLACE, tag, PT_IDX_NAME - PLACE);
}

void pt_idx_name(const struct pt_month_keys *keys, const struct pt_uuid *id,
                 uint8_t ret_name[static PT_IDX_NAME])
{
    uint8_t place[PLACE];

    pt_second_tag(keys, second_of(id), place);
    put_name(keys, id, place, ret_name);
}

static int by_name(const void *left, const void *right)
{
    const struct pt_idx_span *const a = left;
    const struct pt_idx_span *const b = right;

    return memcmp(a->name, b->name, sizeof a->name);
}

/* Identifiers of one second follow each other (RFC 9562 5.7): its place is computed once. */
void pt_idx_spans_name(const struct pt_month_keys *keys, struct pt_idx_span *spans, size_t n)
{
    uint8_t place[PLACE] = {0};
    uint64_t second = UINT64_MAX;

    for (size_t i = 0; i < n; i++) {
        if (second_of(&spans[i].exchange) != second) {
            second = second_of(&spans[i].exchange);
            pt_second_tag(keys, second, place);
        }
        put_name(keys, &spans[i].exchange, place, spans[i].name);
    }
    qsort(spans, n, sizeof *spans, by_name);
}
