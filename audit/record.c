/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * record.c -- a record on the wire, and what makes one acceptable.
 *
 * Law: a record that comes through pt_record_get can be written. Records of many exchanges share
 * one commit; none of them may make it fail for the others. Layer 1 (audit).
 */
#include "poterne/audit/record.h"

#include "audit/leaf_int.h"
#include "poterne/base/codec.h"

#define MODE_MAX    16U
#define SUBJECT_MAX 256U
#define REASON_MAX  256U
/* What box A holds beside the fields: salts, names, ids, time, all twice their bound for escapes.
 */
#define BOX_A_REST 4096U

const char *pt_entry_name(enum pt_entry_type type)
{
    switch (type) {
#define X(name, number, text)                                                                      \
    case name:                                                                                     \
        return text;
        PT_ENTRIES(X)
#undef X
    default:
        return "unknown";
    }
}

static bool type_known(uint8_t number)
{
    static const uint8_t TYPES[] = {
#define X(name, number, text) number,
        PT_ENTRIES(X)
#undef X
    };

    return memchr(TYPES, number, sizeof TYPES) != NULL;
}

/* --- the table of the texts of a record ---------------------------------------------------- */

enum place { CLEAR = 0, SEALED };

struct text {
    size_t offset;
    size_t max;
    enum place place;
};

static const struct text TEXTS[] = {
    {offsetof(struct pt_record, dataset), PT_DATASET_ID_MAX, CLEAR},
    {offsetof(struct pt_record, procedure), PT_ID_MAX, CLEAR},
    {offsetof(struct pt_record, mode), MODE_MAX, CLEAR},
    {offsetof(struct pt_record, client), PT_ID_MAX, SEALED},
    {offsetof(struct pt_record, agent), PT_AGENT_MAX, SEALED},
    {offsetof(struct pt_record, channel), PT_ID_MAX, SEALED},
    {offsetof(struct pt_record, habilitation), PT_ID_MAX, SEALED},
    {offsetof(struct pt_record, fields), PT_BOX_MAX, SEALED},
    {offsetof(struct pt_record, reason), REASON_MAX, SEALED},
    {offsetof(struct pt_record, subject), SUBJECT_MAX, SEALED},
    {offsetof(struct pt_record, case_ref), PT_CASE_MAX, SEALED},
    {offsetof(struct pt_record, filter), PT_ID_MAX, CLEAR},
};

static pt_slice text_get(const struct pt_record *record, const struct text *text)
{
    pt_slice value;

    memcpy(&value, (const char *)record + text->offset, sizeof value);
    return value;
}

static void text_set(struct pt_record *record, const struct text *text, pt_slice value)
{
    memcpy((char *)record + text->offset, &value, sizeof value);
}

/* --- what may be written ------------------------------------------------------------------- */

#define LANES(byte) (0x0101010101010101ULL * (byte)) /* the same byte eight times */

/* Is one of eight bytes below 0x20, above 0x7E, a quotation mark or a backslash? May say so when
 * none is, never the contrary. */
static bool suspicious(const char *eight)
{
    uint64_t word = 0;

    memcpy(&word, eight, sizeof word);
    const uint64_t quote = word ^ LANES((uint8_t)'"');
    const uint64_t backslash = word ^ LANES((uint8_t)'\\');
    const uint64_t found = word | (word - LANES(0x20U)) | (word + LANES(1U)) | (quote - LANES(1U)) |
                           (backslash - LANES(1U));
    return (found & LANES(0x80U)) != 0U;
}

/* Bytes from @at on that are printable ASCII and need no escape, eight at a time. */
static size_t skip_plain(pt_slice text, size_t at)
{
    while (text.len - at >= 8U && !suspicious(text.ptr + at)) {
        at += 8U;
    }
    return at;
}

bool pt_clear_text(pt_slice text)
{
    for (size_t i = skip_plain(text, 0U); i < text.len; i++) {
        const char c = text.ptr[i];
        if (c < ' ' || c > '~' || c == '"' || c == '\\') {
            return false;
        }
    }
    return true;
}

/* UTF-8, no control character but @but. */
static bool sealed_text(pt_slice text, char but)
{
    bool ascii = true;

    for (size_t i = skip_plain(text, 0U); i < text.len; i = skip_plain(text, i + 1U)) {
        const uint8_t c = (uint8_t)text.ptr[i];
        if ((c < 0x20U && text.ptr[i] != but) || c == 0x7FU) {
            return false;
        }
        ascii = ascii && c < 0x80U;
    }
    return ascii || pt_utf8_valid(text);
}

/* The length of the fields as a JSON array of strings, from above: a line feed becomes "," */
static bool fields_fit(pt_slice fields, size_t max)
{
    size_t n = fields.len + 4U;

    if (fields.len * 3U + 4U <= max) { /* no byte becomes more than three */
        return true;
    }

    for (size_t i = skip_plain(fields, 0U); i < fields.len; i = skip_plain(fields, i + 1U)) {
        const char c = fields.ptr[i];
        n += c == '\n' ? 2U : 0U;
        n += c == '"' || c == '\\' ? 1U : 0U;
    }
    return n <= max;
}

PT_RESULT pt_record_check(const struct pt_record *record)
{
    PT_ENSURE(type_known((uint8_t)record->type) && (unsigned)record->type <= UINT8_MAX, PT_E_ARG);
    PT_ENSURE((unsigned)record->outcome < (unsigned)PT_OUTCOME_COUNT, PT_E_ARG);
    PT_ENSURE(record->count < (1ULL << 53U), PT_E_ARG); /* RFC 8785 3.2.2.3 */
    for (size_t i = 0; i < PT_COUNT(TEXTS); i++) {
        const pt_slice value = text_get(record, &TEXTS[i]);
        const bool fields = TEXTS[i].offset == offsetof(struct pt_record, fields);
        PT_ENSURE(value.len <= TEXTS[i].max, PT_E_ARG);
        PT_ENSURE(TEXTS[i].place == CLEAR ? pt_clear_text(value)
                                          : sealed_text(value, fields ? '\n' : ' '),
                  PT_E_ARG);
    }
    PT_ENSURE(fields_fit(record->fields, PT_BOX_MAX - BOX_A_REST), PT_E_ARG);
    return PT_SUCCESS;
}

/* --- wire ---------------------------------------------------------------------------------- */

void pt_record_put(struct pt_buf *frame, const struct pt_record *record)
{
    pt_ipc_put_u8(frame, (uint8_t)record->type);
    pt_ipc_put_u8(frame, (uint8_t)record->outcome);
    pt_ipc_put_fixed(frame, record->exchange.bytes, sizeof record->exchange.bytes);
    for (size_t i = 0; i < PT_COUNT(TEXTS); i++) {
        pt_ipc_put_bytes(frame, text_get(record, &TEXTS[i]));
    }
    pt_ipc_put_fixed(frame, record->digest, sizeof record->digest);
    pt_ipc_put_u64(frame, record->count);
    pt_ipc_put_fixed(frame, record->conf, sizeof record->conf);
}

PT_RESULT pt_record_get(struct pt_ipc_reader *reader, struct pt_record *ret_record)
{
    struct pt_record record = {.count = 0U};
    const uint8_t type = pt_ipc_get_u8(reader);
    const uint8_t outcome = pt_ipc_get_u8(reader);

    PT_ENSURE(type_known(type) && outcome < (uint8_t)PT_OUTCOME_COUNT, PT_E_PROTOCOL);
    record.type = (enum pt_entry_type)type;
    record.outcome = (enum pt_outcome)outcome;
    pt_ipc_get_fixed(reader, record.exchange.bytes, sizeof record.exchange.bytes);
    for (size_t i = 0; i < PT_COUNT(TEXTS); i++) {
        text_set(&record, &TEXTS[i], pt_ipc_get_bytes(reader, TEXTS[i].max));
    }
    pt_ipc_get_fixed(reader, record.digest, sizeof record.digest);
    record.count = pt_ipc_get_u64(reader);
    pt_ipc_get_fixed(reader, record.conf, sizeof record.conf);
    PT_ENSURE(reader->error == PT_OK && pt_ok(pt_record_check(&record)), PT_E_PROTOCOL);
    *ret_record = record;
    return PT_SUCCESS;
}
