/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * archive_list.c -- entries by filter.
 *
 * Law: what is clear is compared before a box is opened; a page costs what it reads, and no read
 * transaction is open while a row is handed over. Layer 1 (audit).
 */
#include "audit/archive_int.h"

#include "poterne/base/clock.h"
#include "poterne/base/codec.h"

#define MS_PER_HOUR 3600000U

/* --- filter ----------------------------------------------------------------------------------- */

static bool wants(pt_slice filter, pt_slice value)
{
    return filter.len == 0U || pt_slice_eq(filter, value);
}

bool pt_filter_needs_keys(const struct pt_filter *filter)
{
    return filter->agent.len != 0U || filter->channel.len != 0U || filter->case_ref.len != 0U ||
           filter->client.len != 0U;
}

/* What the leaf alone can tell; its hour overlaps the period. */
static bool leaf_matches(const struct pt_filter *filter, const struct pt_leaf *leaf)
{
    const uint64_t from = leaf->hour * MS_PER_HOUR;

    return from + MS_PER_HOUR > filter->since_ms &&
           (filter->until_ms == 0U || from < filter->until_ms) &&
           wants(filter->type, pt_slice_str(pt_entry_name(leaf->type))) &&
           wants(filter->dataset, leaf->dataset) && wants(filter->procedure, leaf->procedure) &&
           wants(filter->outcome, pt_slice_str(pt_outcome_name(leaf->outcome)));
}

static bool entry_matches(const struct pt_filter *filter, const struct pt_entry *entry)
{
    if (!entry->opened) {
        return !pt_filter_needs_keys(filter);
    }
    return entry->time_ms >= filter->since_ms &&
           (filter->until_ms == 0U || entry->time_ms < filter->until_ms) &&
           wants(filter->agent, entry->record.agent) &&
           wants(filter->channel, entry->record.channel) &&
           wants(filter->case_ref, entry->record.case_ref) &&
           wants(filter->client, entry->record.client);
}

/* --- list ------------------------------------------------------------------------------------- */

static pt_status hour_of(struct pt_archive *archive, uint64_t seq, uint64_t *ret)
{
    struct pt_stored stored;
    struct pt_leaf leaf;

    const pt_status st = pt_archive_fetch(archive, seq, &stored, &leaf);
    pt_view_reset(archive->view);
    PT_TRY(st);
    *ret = leaf.hour;
    return PT_SUCCESS;
}

/* Hours never go back: the first entry of the period by bisection. */
static pt_status seek(struct pt_archive *archive, uint64_t since_ms, uint64_t *from, uint64_t end)
{
    uint64_t low = *from;
    uint64_t high = end;

    while (since_ms != 0U && low < high) {
        const uint64_t middle = low + (high - low) / 2U;
        uint64_t hour = 0;
        PT_TRY(hour_of(archive, middle, &hour));
        if ((hour + 1U) * MS_PER_HOUR <= since_ms) {
            low = middle + 1U;
        } else {
            high = middle;
        }
    }
    *from = low;
    return PT_SUCCESS;
}

/* Where the walk through the log stands. */
struct walk {
    const struct pt_filter *filter;
    PT_RESULT (*row)(void *ctx, const struct pt_entry *entry);
    void *ctx;
    uint64_t rows;
    bool past; /* the period is over */
};

static pt_status step(struct pt_archive *archive, uint64_t seq, struct walk *walk)
{
    struct pt_stored stored;
    struct pt_leaf leaf;
    struct pt_entry entry;

    PT_TRY(pt_archive_fetch(archive, seq, &stored, &leaf));
    walk->past = walk->filter->until_ms != 0U && leaf.hour * MS_PER_HOUR >= walk->filter->until_ms;
    if (walk->past || !leaf_matches(walk->filter, &leaf)) {
        return PT_SUCCESS;
    }
    pt_archive_entry(archive, &stored, &leaf, walk->filter->clear, &entry);
    if (!entry_matches(walk->filter, &entry)) {
        return PT_SUCCESS;
    }
    walk->rows++;
    pt_view_reset(archive->view);
    return walk->row(walk->ctx, &entry);
}

static pt_status walk_from(struct pt_archive *archive, struct walk *walk, uint64_t from,
                           uint64_t end, uint64_t *ret_next)
{
    const uint64_t limit = walk->filter->limit;
    uint64_t seq = from;

    for (; seq < end && !walk->past && walk->rows < limit; seq++) {
        if ((seq - from) % PT_READ_TXN_ROWS_MAX == 0U) {
            pt_view_reset(archive->view);
        }
        PT_TRY(step(archive, seq, walk));
    }
    *ret_next = seq < end && !walk->past ? seq : 0U;
    return PT_SUCCESS;
}

PT_RESULT pt_archive_list(struct pt_archive *archive, const struct pt_filter *filter,
                          PT_RESULT (*row)(void *ctx, const struct pt_entry *entry), void *ctx,
                          uint64_t *ret_next)
{
    struct walk walk = {.filter = filter, .row = row, .ctx = ctx};
    const uint64_t oldest = pt_months_first(archive->months);
    uint64_t from = filter->from_seq < oldest ? oldest : filter->from_seq;
    uint64_t end = 0;

    PT_TRY(pt_archive_size(archive, &end));
    if (filter->end_seq != 0U && filter->end_seq < end) {
        end = filter->end_seq;
    }
    PT_TRY(seek(archive, filter->since_ms, &from, end));
    const pt_status st = walk_from(archive, &walk, from, end, ret_next);
    pt_view_reset(archive->view);
    return st;
}
