/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * disclosed.c -- reading what a box held.
 *
 * Law: a disclosure is `[salt, name, value]` in the one spelling the log writes; decoding only ever
 * shortens, so it happens in place and allocates nothing that would have to be wiped. Layer 1
 * (audit).
 */
#include "audit/disclosed_int.h"

#include "audit/proof_int.h"
#include "poterne/base/clock.h"
#include "poterne/base/codec.h"
#include "poterne/base/limits.h"
#include "poterne/base/uuid.h"

/* The text that is being decoded in place. */
struct text {
    char *at;
    char *end;
    struct pt_record *record;
    uint64_t time_ms;
};

/* --- strings -------------------------------------------------------------------------------- */

static bool take(struct text *t, char byte)
{
    if (t->at == t->end || *t->at != byte) {
        return false;
    }
    t->at++;
    return true;
}

/* The escapes of RFC 8785 3.2.2.2, after the backslash. */
static pt_status unescape(struct text *t, char *ret)
{
    static const char FROM[] = "\"\\bfnrt";
    static const char TO[] = "\"\\\b\f\n\r\t";
    uint8_t byte[2];

    PT_ENSURE(t->at < t->end, PT_E_SYNTAX);
    for (size_t i = 0; i < sizeof FROM - 1U; i++) {
        if (*t->at == FROM[i]) {
            *ret = TO[i];
            t->at++;
            return PT_SUCCESS;
        }
    }
    PT_ENSURE(t->end - t->at >= 5 && *t->at == 'u', PT_E_SYNTAX);
    PT_TRY(pt_hex_decode(pt_slice_of(t->at + 1, 4U), byte, sizeof byte));
    PT_ENSURE(byte[0] == 0U && byte[1] < 0x20U, PT_E_SYNTAX);
    *ret = (char)byte[1];
    t->at += 5;
    return PT_SUCCESS;
}

/* A JSON string; its decoded bytes stand where it stood, or further left at *out. */
static pt_status string(struct text *t, char **out)
{
    PT_ENSURE(take(t, '"'), PT_E_SYNTAX);
    while (t->at < t->end && *t->at != '"') {
        char byte = *t->at++;
        PT_ENSURE((uint8_t)byte >= 0x20U, PT_E_SYNTAX);
        if (byte == '\\') {
            PT_TRY(unescape(t, &byte));
        }
        *(*out)++ = byte;
    }
    PT_ENSURE(take(t, '"'), PT_E_SYNTAX);
    return PT_SUCCESS;
}

static pt_status slice(struct text *t, pt_slice *ret)
{
    char *const from = t->at;
    char *out = from;

    PT_TRY(string(t, &out));
    *ret = pt_slice_of(from, (size_t)(out - from));
    return PT_SUCCESS;
}

/* --- values ---------------------------------------------------------------------------------- */

static pt_status read_subject(struct text *t)
{
    return slice(t, &t->record->subject);
}

static pt_status read_case(struct text *t)
{
    return slice(t, &t->record->case_ref);
}

static pt_status read_reason(struct text *t)
{
    return slice(t, &t->record->reason);
}

static pt_status read_digest(struct text *t)
{
    pt_slice value;
    size_t n = 0;

    PT_TRY(slice(t, &value));
    PT_ENSURE(pt_ok(pt_b64url_decode(value, t->record->digest, sizeof t->record->digest, &n)) &&
                  n == sizeof t->record->digest,
              PT_E_SYNTAX);
    return PT_SUCCESS;
}

static pt_status read_exchange(struct text *t)
{
    pt_slice value;

    PT_TRY(slice(t, &value));
    return pt_uuid_parse(value, &t->record->exchange);
}

static pt_status read_time(struct text *t)
{
    pt_slice value;

    PT_TRY(slice(t, &value));
    return pt_time_parse(value, &t->time_ms);
}

/* ["/data/a","/data/b"] becomes the two pointers with a newline between them. */
static pt_status read_fields(struct text *t)
{
    char *const from = t->at;
    char *out = from;

    PT_ENSURE(take(t, '['), PT_E_SYNTAX);
    for (bool first = true; !take(t, ']'); first = false) {
        if (!first) {
            PT_ENSURE(take(t, ','), PT_E_SYNTAX);
            *out++ = '\n';
        }
        PT_TRY(string(t, &out));
    }
    t->record->fields = pt_slice_of(from, (size_t)(out - from));
    return PT_SUCCESS;
}

static pt_status read_actor_member(struct text *t)
{
    pt_slice name;
    pt_slice value;

    PT_TRY(slice(t, &name));
    PT_ENSURE(take(t, ':'), PT_E_SYNTAX);
    PT_TRY(slice(t, &value));
    const struct {
        pt_slice name;
        pt_slice *value;
    } members[] = {{PT_SLICE("agent"), &t->record->agent},
                   {PT_SLICE("channel"), &t->record->channel},
                   {PT_SLICE("client"), &t->record->client},
                   {PT_SLICE("habilitation"), &t->record->habilitation}};
    for (size_t i = 0; i < PT_COUNT(members); i++) {
        if (pt_slice_eq(members[i].name, name)) {
            *members[i].value = value;
            return PT_SUCCESS;
        }
    }
    return PT_FAIL(PT_E_SYNTAX);
}

static pt_status read_actor(struct text *t)
{
    PT_ENSURE(take(t, '{'), PT_E_SYNTAX);
    for (bool first = true; !take(t, '}'); first = false) {
        PT_ENSURE(first || take(t, ','), PT_E_SYNTAX);
        PT_TRY(read_actor_member(t));
    }
    return PT_SUCCESS;
}

/* --- disclosures ----------------------------------------------------------------------------- */

static pt_status read_value(struct text *t, pt_slice name)
{
    static const struct {
        pt_slice name;
        pt_status (*read)(struct text *t);
    } NAMES[] = {
        {PT_SLICE_INIT("actor"), read_actor},     {PT_SLICE_INIT("case"), read_case},
        {PT_SLICE_INIT("digest"), read_digest},   {PT_SLICE_INIT("exchange"), read_exchange},
        {PT_SLICE_INIT("fields"), read_fields},   {PT_SLICE_INIT("reason"), read_reason},
        {PT_SLICE_INIT("subject"), read_subject}, {PT_SLICE_INIT("time"), read_time}};

    for (size_t i = 0; i < PT_COUNT(NAMES); i++) {
        if (pt_slice_eq(NAMES[i].name, name)) {
            return NAMES[i].read(t);
        }
    }
    return PT_FAIL(PT_E_SYNTAX);
}

static pt_status read_disclosure(struct text *t)
{
    pt_slice salt;
    pt_slice name;

    PT_ENSURE(take(t, '['), PT_E_SYNTAX);
    PT_TRY(slice(t, &salt));
    PT_ENSURE(take(t, ','), PT_E_SYNTAX);
    PT_TRY(slice(t, &name));
    PT_ENSURE(take(t, ','), PT_E_SYNTAX);
    PT_TRY(read_value(t, name));
    PT_ENSURE(take(t, ']'), PT_E_SYNTAX);
    return PT_SUCCESS;
}

PT_RESULT pt_disclosed_read(struct pt_buf *plain, struct pt_record *record, uint64_t *time_ms)
{
    struct text t = {.at = plain->ptr,
                     .end = plain->len != 0U ? plain->ptr + plain->len : plain->ptr,
                     .record = record,
                     .time_ms = *time_ms};

    while (t.at != t.end) {
        PT_TRY(read_disclosure(&t));
        PT_ENSURE(t.at == t.end || (take(&t, '\n') && t.at != t.end), PT_E_SYNTAX);
    }
    *time_ms = t.time_ms;
    return PT_SUCCESS;
}

static pt_status committed(const struct pt_leaf *leaf, pt_slice disclosure, struct pt_buf *text)
{
    char commitment[PT_COMMITMENT_TEXT];

    pt_buf_clear(text);
    pt_b64url_encode(text, disclosure);
    PT_TRY(pt_buf_status(text));
    pt_disclosure_commitment(pt_buf_slice(text), commitment);
    PT_ENSURE(pt_leaf_commits(leaf, pt_slice_of(commitment, sizeof commitment)), PT_E_FORGED);
    return PT_SUCCESS;
}

static pt_status all_committed(const struct pt_leaf *leaf, pt_slice plain, struct pt_buf *text)
{
    while (plain.len != 0U) {
        PT_TRY(committed(leaf, pt_slice_cut(&plain, '\n'), text));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_disclosed_committed(const struct pt_leaf *leaf, pt_slice plain)
{
    struct pt_buf text;

    pt_buf_init(&text, PT_B64URL_LEN(PT_BOX_MAX));
    const pt_status st = all_committed(leaf, plain, &text);
    pt_buf_done(&text);
    return st;
}
