/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * question.c -- the text of a question, and the figures of a whole log.
 *
 * Law: an unknown key is refused, never ignored: an answer to another question than the one asked
 * would be a lie. Layer 1 (audit).
 */
#include "audit/service_int.h"

#include "poterne/audit/note.h"
#include "poterne/base/clock.h"
#include "poterne/base/num.h"

/* --- the question ----------------------------------------------------------------------------- */

static pt_status take_text(struct pt_question *q, pt_slice key, pt_slice value, bool *ret_known)
{
    struct pt_filter *f = &q->filter;
    const struct {
        pt_slice key;
        pt_slice *value;
    } texts[] = {{PT_SLICE("agent"), &f->agent},         {PT_SLICE("dataset"), &f->dataset},
                 {PT_SLICE("procedure"), &f->procedure}, {PT_SLICE("outcome"), &f->outcome},
                 {PT_SLICE("channel"), &f->channel},     {PT_SLICE("case"), &f->case_ref},
                 {PT_SLICE("client"), &f->client},       {PT_SLICE("type"), &f->type},
                 {PT_SLICE("class"), &q->class_}};

    for (size_t i = 0; i < PT_COUNT(texts); i++) {
        if (pt_slice_eq(texts[i].key, key)) {
            PT_ENSURE(texts[i].value->len == 0U, PT_E_SYNTAX);
            *texts[i].value = value;
            *ret_known = true;
        }
    }
    return PT_SUCCESS;
}

static pt_status take_number(struct pt_question *q, pt_slice key, pt_slice value)
{
    if (pt_slice_eq(key, PT_SLICE("since"))) {
        return pt_time_parse(value, &q->filter.since_ms);
    }
    if (pt_slice_eq(key, PT_SLICE("until"))) {
        return pt_time_parse(value, &q->filter.until_ms);
    }
    if (pt_slice_eq(key, PT_SLICE("from"))) {
        return pt_num_u64(value, 0U, INT64_MAX, &q->filter.from_seq);
    }
    if (pt_slice_eq(key, PT_SLICE("limit"))) {
        return pt_num_u64(value, 1U, PT_QUERY_ROWS_MAX, &q->filter.limit);
    }
    if (pt_slice_eq(key, PT_SLICE("seq"))) {
        q->by_seq = true;
        return pt_num_u64(value, 0U, INT64_MAX, &q->seq);
    }
    PT_ENSURE(pt_slice_eq(key, PT_SLICE("exchange")), PT_E_SYNTAX);
    q->by_exchange = true;
    return pt_uuid_parse(value, &q->exchange);
}

PT_RESULT pt_question_parse(pt_slice text, struct pt_question *ret)
{
    struct pt_question q = {.filter = {.limit = PT_QUERY_ROWS_DEFAULT}};

    PT_ENSURE(text.len <= PT_QUERY_TEXT_MAX, PT_E_SYNTAX);
    while (text.len != 0U) {
        pt_slice value = pt_slice_cut(&text, '\n');
        const bool assigned = pt_slice_find(value, '=') < value.len;
        const pt_slice key = pt_slice_cut(&value, '=');
        bool known = false;
        PT_ENSURE(assigned && value.len != 0U, PT_E_SYNTAX);
        PT_TRY(take_text(&q, key, value, &known));
        if (!known) {
            PT_ENSURE(pt_ok(take_number(&q, key, value)), PT_E_SYNTAX);
        }
    }
    *ret = q;
    return PT_SUCCESS;
}

/* --- figures -----------------------------------------------------------------------------------
 */

#define TYPES_MAX 16U

struct counts {
    uint64_t types[TYPES_MAX];
    uint64_t outcomes[PT_OUTCOME_COUNT];
    uint64_t entries;
    uint64_t first_hour;
    uint64_t last_hour;
};

/* An outcome is counted where an exchange ends. */
static PT_RESULT count_entry(void *ctx, const struct pt_entry *entry)
{
    struct counts *counts = ctx;
    const struct pt_record *r = &entry->record;

    if ((unsigned)r->type < TYPES_MAX) {
        counts->types[r->type]++;
    }
    if (r->type == PT_ENTRY_ANSWERED || r->type == PT_ENTRY_REFUSED || r->type == PT_ENTRY_FAILED) {
        counts->outcomes[r->outcome]++;
    }
    counts->first_hour = counts->entries == 0U ? entry->hour : counts->first_hour;
    counts->last_hour = entry->hour;
    counts->entries++;
    return PT_SUCCESS;
}

static void put_count(struct pt_buf *out, const char *name, uint64_t count, bool *first)
{
    pt_buf_put_str(out, *first ? "\"" : ",\"");
    pt_buf_put_str(out, name);
    pt_buf_put_str(out, "\":");
    pt_buf_put_u64(out, count);
    *first = false;
}

static void put_hour(struct pt_buf *out, const char *name, const struct counts *counts,
                     uint64_t hour)
{
    char text[PT_RFC3339_LEN + 1U];

    pt_time_rfc3339(hour * 3600000U, text);
    pt_buf_put_str(out, name);
    if (counts->entries == 0U) {
        pt_buf_put_str(out, "null");
    } else {
        pt_buf_put_json(out, pt_slice_str(text));
    }
}

static void put_counts(struct pt_buf *out, const struct counts *counts, uint64_t sealed)
{
    static const enum pt_entry_type TYPES[] = {
#define X(name, number, text) name,
        PT_ENTRIES(X)
#undef X
    };
    bool first = true;

    pt_buf_put_byte(out, '{');
    put_count(out, "size", counts->entries, &first);
    put_count(out, "sealed", sealed, &first);
    put_hour(out, ",\"first_hour\":", counts, counts->first_hour);
    put_hour(out, ",\"last_hour\":", counts, counts->last_hour);
    pt_buf_put_str(out, ",\"types\":{");
    first = true;
    for (size_t i = 0; i < PT_COUNT(TYPES); i++) {
        put_count(out, pt_entry_name(TYPES[i]), counts->types[TYPES[i]], &first);
    }
    pt_buf_put_str(out, "},\"outcomes\":{");
    first = true;
    for (unsigned i = 1; i < (unsigned)PT_OUTCOME_COUNT; i++) {
        put_count(out, pt_outcome_name((enum pt_outcome)i), counts->outcomes[i], &first);
    }
    pt_buf_put_str(out, "}}");
}

static uint64_t sealed_size(struct pt_archive *archive)
{
    struct pt_checkpoint cp = {.head = {.size = 0U}};
    struct pt_buf note;

    pt_buf_init(&note, PT_NOTE_MAX);
    if (pt_ok(pt_archive_checkpoint(archive, &note))) {
        const pt_status st = pt_checkpoint_peek(pt_buf_slice(&note), &cp);
        cp.head.size = pt_ok(st) ? cp.head.size : 0U;
    }
    pt_buf_done(&note);
    return cp.head.size;
}

PT_RESULT pt_archive_stats(struct pt_archive *archive, struct pt_buf *out)
{
    const struct pt_filter all = {.limit = UINT64_MAX, .clear = true};
    struct counts counts = {.entries = 0U};
    uint64_t next = 0;

    PT_TRY(pt_archive_list(archive, &all, count_entry, &counts, &next));
    put_counts(out, &counts, sealed_size(archive));
    return pt_buf_status(out);
}
