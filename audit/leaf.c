/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * leaf.c -- one record becomes one entry (docs/log-format.md).
 *
 * Law (law 3): the leaf, which stays for ever, carries commitments and codes; what identifies
 * anyone goes into the boxes, whose keys die on time. Always eight commitments, so that the
 * absence of a value does not show (RFC 9901 4.2.5). Layer 1 (audit).
 */
#include "audit/leaf_int.h"

#include "audit/box_int.h"
#include "audit/stored_int.h"
#include "poterne/base/clock.h"
#include "poterne/base/codec.h"
#include "poterne/base/secret.h"

#include <stdlib.h>

#define SLOTS_S       3U
#define SLOTS_A       5U
#define SLOTS         (SLOTS_S + SLOTS_A)
#define SALT_LEN      16U
#define SUBJECT_CACHE 1024U /* exchanges between asked and answered; power of 2 */

/* The key of a subject, kept as it is used: 64 hashes and the pads are saved on a hit. */
struct subject {
    uint32_t month;
    uint8_t tag[PT_TAG_LEN];
    struct pt_hmac key;
};

struct pt_sealer {
    struct pt_cipher *cipher;
    struct pt_buf plain_s;
    struct pt_buf plain_a;
    struct pt_buf leaf;
    char text[PT_B64URL_LEN(PT_BOX_MAX)]; /* one disclosure as it is hashed */
    struct subject subjects[SUBJECT_CACHE];
};

/* What is known of the entry under work. */
struct draft {
    const struct pt_month_keys *keys;
    const struct pt_record *record;
    const struct pt_place *place;
    uint8_t tag[PT_TAG_LEN];
    const struct pt_hmac *subject;
    char sd[SLOTS][PT_B64URL_LEN(PT_HASH_LEN)];
};

/* --- life ---------------------------------------------------------------------------------- */

PT_RESULT pt_sealer_new(struct pt_sealer **ret_sealer)
{
    struct pt_sealer *sealer = calloc(1, sizeof *sealer);

    PT_ENSURE(sealer != NULL, PT_E_NOMEM);
    pt_buf_init(&sealer->plain_s, PT_BOX_MAX);
    pt_buf_init(&sealer->plain_a, PT_BOX_MAX);
    pt_buf_init(&sealer->leaf, PT_LEAF_MAX);
    const pt_status st = pt_cipher_new(&sealer->cipher);
    if (!pt_ok(st)) {
        (void)pt_sealer_free(sealer);
        return st;
    }
    *ret_sealer = sealer;
    return PT_SUCCESS;
}

struct pt_sealer *pt_sealer_free(struct pt_sealer *sealer)
{
    if (sealer != NULL) {
        sealer->cipher = pt_cipher_free(sealer->cipher);
        pt_buf_done(&sealer->plain_s);
        pt_buf_done(&sealer->plain_a);
        pt_buf_done(&sealer->leaf);
        pt_wipe(sealer, sizeof *sealer);
        free(sealer);
    }
    return NULL;
}

/* --- keys ---------------------------------------------------------------------------------- */

/* Tags are pseudo-random: their low bits choose the place in the cache. */
static const struct pt_hmac *subject_key(struct pt_sealer *sealer, const struct pt_month_keys *keys,
                                         const uint8_t tag[static PT_TAG_LEN])
{
    const size_t at = pt_be16_get(tag + PT_TAG_LEN - 2U) & (SUBJECT_CACHE - 1U);
    struct subject *const subject = &sealer->subjects[at];

    if (subject->month != keys->month || memcmp(subject->tag, tag, PT_TAG_LEN) != 0) {
        uint8_t key[PT_HASH_LEN];
        pt_subject_key(keys, tag, key);
        pt_hmac_init(key, &subject->key);
        subject->month = keys->month;
        memcpy(subject->tag, tag, PT_TAG_LEN);
        pt_wipe(key, sizeof key);
    }
    return &subject->key;
}

static void draft_begin(struct pt_sealer *sealer, struct draft *draft)
{
    memset(draft->tag, 0, sizeof draft->tag);
    if (draft->record->subject.len != 0U) {
        pt_subject_tag(draft->keys, draft->record->subject, draft->tag);
    }
    draft->subject = subject_key(sealer, draft->keys, draft->tag);
}

/* --- values of the slots ------------------------------------------------------------------- */

static bool all_zero(const uint8_t *bytes, size_t n)
{
    uint8_t any = 0;

    for (size_t i = 0; i < n; i++) {
        any |= bytes[i];
    }
    return any == 0U;
}

static void put_quoted(struct pt_buf *out, pt_slice ascii)
{
    pt_buf_put_byte(out, '"');
    pt_buf_put(out, ascii);
    pt_buf_put_byte(out, '"');
}

static void put_digest(struct pt_buf *out, const struct draft *draft)
{
    char text[PT_B64URL_LEN(PT_HASH_LEN)];

    (void)pt_b64url_encode_raw(pt_slice_of(draft->record->digest, PT_HASH_LEN), text);
    put_quoted(out, pt_slice_of(text, sizeof text));
}

static void put_exchange(struct pt_buf *out, const struct draft *draft)
{
    char text[PT_UUID_TEXT + 1U];

    pt_uuid_text(&draft->record->exchange, text);
    put_quoted(out, pt_slice_of(text, PT_UUID_TEXT));
}

static void put_time(struct pt_buf *out, const struct draft *draft)
{
    char text[PT_RFC3339_LEN + 1U];

    pt_time_rfc3339(draft->place->time_ms, text);
    put_quoted(out, pt_slice_of(text, PT_RFC3339_LEN));
}

/* One member of an object, left out when empty. */
static void put_member(struct pt_buf *out, pt_slice key, pt_slice value, bool *first)
{
    if (value.len != 0U) {
        pt_buf_put_byte(out, *first ? '{' : ',');
        put_quoted(out, key);
        pt_buf_put_byte(out, ':');
        pt_buf_put_json(out, value);
        *first = false;
    }
}

static void put_actor(struct pt_buf *out, const struct draft *draft)
{
    const struct pt_record *const record = draft->record;
    bool first = true;

    put_member(out, PT_SLICE("agent"), record->agent, &first);
    put_member(out, PT_SLICE("channel"), record->channel, &first);
    put_member(out, PT_SLICE("client"), record->client, &first);
    put_member(out, PT_SLICE("habilitation"), record->habilitation, &first);
    pt_buf_put_byte(out, '}');
}

static void put_fields(struct pt_buf *out, const struct draft *draft)
{
    pt_slice rest = draft->record->fields;
    char before = '[';

    while (rest.len != 0U) {
        pt_buf_put_byte(out, before);
        pt_buf_put_json(out, pt_slice_cut(&rest, '\n'));
        before = ',';
    }
    pt_buf_put_byte(out, ']');
}

static void put_subject(struct pt_buf *out, const struct draft *draft)
{
    pt_buf_put_json(out, draft->record->subject);
}

static void put_case(struct pt_buf *out, const struct draft *draft)
{
    pt_buf_put_json(out, draft->record->case_ref);
}

static void put_reason(struct pt_buf *out, const struct draft *draft)
{
    pt_buf_put_json(out, draft->record->reason);
}

/* --- slots --------------------------------------------------------------------------------- */

struct slot {
    pt_slice name;
    void (*put)(struct pt_buf *out, const struct draft *draft);
};

static const struct slot SLOT_TABLE[SLOTS] = {
#define NAME(text) PT_SLICE_INIT("\",\"" text "\",") /* between salt and value */
    {NAME("subject"), put_subject},   {NAME("case"), put_case},     {NAME("digest"), put_digest},
    {NAME("exchange"), put_exchange}, {NAME("time"), put_time},     {NAME("actor"), put_actor},
    {NAME("fields"), put_fields},     {NAME("reason"), put_reason},
#undef NAME
};

/* Which slots have a value: one bit each, in the order of the table. */
static unsigned slots_present(const struct pt_record *record)
{
    const bool actor = (record->agent.len | record->channel.len | record->client.len |
                        record->habilitation.len) != 0U;
    const bool present[SLOTS] = {
        record->subject.len != 0U,
        record->case_ref.len != 0U,
        !all_zero(record->digest, sizeof record->digest),
        !all_zero(record->exchange.bytes, sizeof record->exchange.bytes),
        true,
        actor,
        record->fields.len != 0U,
        record->reason.len != 0U,
    };
    unsigned bits = 0;

    for (unsigned i = 0; i < SLOTS; i++) {
        bits |= (present[i] ? 1U : 0U) << i;
    }
    return bits;
}

/* SD-JWT disclosure [salt, name, value] (RFC 9901 4.2.1) at the end of @out, and its commitment. */
static void disclose(struct pt_sealer *sealer, struct draft *draft, unsigned slot,
                     const uint8_t salt[static SALT_LEN], struct pt_buf *out)
{
    char head[2U + PT_B64URL_LEN(SALT_LEN)] = {'[', '"'};
    struct pt_hash hash;

    if (out->len != 0U) {
        pt_buf_put_byte(out, '\n');
    }
    const size_t from = out->len;
    (void)pt_b64url_encode_raw(pt_slice_of(salt, SALT_LEN), head + 2U);
    pt_buf_put(out, pt_slice_of(head, sizeof head));
    pt_buf_put(out, SLOT_TABLE[slot].name);
    SLOT_TABLE[slot].put(out, draft);
    pt_buf_put_byte(out, ']');
    if (out->error == PT_OK) {
        const size_t n = pt_b64url_encode_raw(pt_slice_from(pt_buf_slice(out), from), sealer->text);
        pt_hash_bytes(pt_slice_of(sealer->text, n), &hash);
        (void)pt_b64url_encode_raw(pt_slice_of(hash.bytes, PT_HASH_LEN), draft->sd[slot]);
    }
}

/* Slots [from, to): disclosures of those that are present, decoys for the others. */
static void fill_slots(struct pt_sealer *sealer, struct draft *draft, unsigned from, unsigned to,
                       const uint8_t key[static PT_HASH_LEN])
{
    struct pt_buf *const out = from == 0U ? &sealer->plain_s : &sealer->plain_a;
    const unsigned present = slots_present(draft->record);
    uint8_t salts[SLOTS_A * PT_HASH_LEN];
    const uint8_t *salt = salts;
    struct pt_hmac hmac;

    pt_hmac_init(key, &hmac);
    size_t need = 0;
    for (unsigned i = from; i < to; i++) {
        need += ((present >> i) & 1U) != 0U ? SALT_LEN : PT_HASH_LEN;
    }
    pt_hkdf_expand(&hmac, PT_SLICE("salt"), salts, need);
    for (unsigned i = from; i < to; i++) {
        if (((present >> i) & 1U) != 0U) {
            disclose(sealer, draft, i, salt, out);
            salt += SALT_LEN;
        } else {
            (void)pt_b64url_encode_raw(pt_slice_of(salt, PT_HASH_LEN), draft->sd[i]);
            salt += PT_HASH_LEN;
        }
    }
    pt_wipe(salts, sizeof salts);
    pt_wipe(&hmac, sizeof hmac);
}

/* Which slot a commitment belongs to does not show in its place (RFC 9901 4.2.4.1). */
static void sort_commitments(char sd[static SLOTS][PT_B64URL_LEN(PT_HASH_LEN)])
{
    char one[PT_B64URL_LEN(PT_HASH_LEN)];

    for (size_t i = 1; i < SLOTS; i++) {
        size_t at = i;
        memcpy(one, sd[i], sizeof one);
        while (at > 0U && memcmp(sd[at - 1U], one, sizeof one) > 0) {
            memcpy(sd[at], sd[at - 1U], sizeof one);
            at--;
        }
        memcpy(sd[at], one, sizeof one);
    }
}

/* --- leaf ---------------------------------------------------------------------------------- */

static void leaf_text(struct pt_buf *leaf, pt_slice key, pt_slice value)
{
    if (value.len != 0U) {
        pt_buf_put(leaf, key);
        pt_buf_put(leaf, value);
        pt_buf_put_byte(leaf, '"');
    }
}

static void leaf_number(struct pt_buf *leaf, pt_slice key, uint64_t value)
{
    pt_buf_put(leaf, key);
    pt_buf_put_u64(leaf, value);
}

static bool about_exchange(enum pt_entry_type type)
{
    return type == PT_ENTRY_ASKED || type == PT_ENTRY_ANSWERED || type == PT_ENTRY_REFUSED ||
           type == PT_ENTRY_FAILED;
}

static void leaf_commitments(struct pt_buf *leaf, const struct draft *draft)
{
    char text[SLOTS][PT_B64URL_LEN(PT_HASH_LEN) + 3U]; /* ,"commitment" */

    for (size_t i = 0; i < SLOTS; i++) {
        text[i][0] = ',';
        text[i][1] = '"';
        memcpy(&text[i][2], draft->sd[i], sizeof draft->sd[i]);
        text[i][sizeof text[i] - 1U] = '"';
    }
    pt_buf_put(leaf, PT_SLICE("{\"_sd\":["));
    pt_buf_put(leaf, pt_slice_of(&text[0][1], sizeof text - 1U));
    pt_buf_put_byte(leaf, ']');
}

/* Members in the byte order of their names (RFC 8785 3.2.3), each where its type has it. */
static void leaf_write(struct pt_buf *leaf, const struct draft *draft)
{
    const struct pt_record *const record = draft->record;
    const bool exchange = about_exchange(record->type);
    const pt_slice none = PT_SLICE_EMPTY;
    char conf[PT_HEX_LEN(sizeof record->conf)];

    leaf_commitments(leaf, draft);
    if (record->type == PT_ENTRY_CONF) {
        pt_hex_encode(pt_slice_of(record->conf, sizeof record->conf), conf);
        leaf_text(leaf, PT_SLICE(",\"cf\":\""), pt_slice_of(conf, sizeof conf));
    }
    leaf_text(leaf, PT_SLICE(",\"ds\":\""), exchange ? record->dataset : none);
    leaf_text(leaf, PT_SLICE(",\"fc\":\""), record->type == PT_ENTRY_READ ? record->filter : none);
    leaf_text(leaf, PT_SLICE(",\"gw\":\""), draft->place->gateway);
    leaf_number(leaf, PT_SLICE(",\"h\":"), draft->place->time_ms / 3600000U);
    leaf_text(leaf, PT_SLICE(",\"md\":\""), exchange ? record->mode : none);
    if (record->count != 0U) {
        leaf_number(leaf, PT_SLICE(",\"n\":"), record->count);
    }
    leaf_text(leaf, PT_SLICE(",\"pu\":\""), exchange ? record->procedure : none);
    leaf_text(leaf, PT_SLICE(",\"rc\":\""),
              exchange ? pt_slice_str(pt_outcome_name(record->outcome)) : none);
    leaf_number(leaf, PT_SLICE(",\"seq\":"), draft->place->seq);
    leaf_text(leaf, PT_SLICE(",\"t\":\""), pt_slice_str(pt_entry_name(record->type)));
    leaf_number(leaf, PT_SLICE(",\"v\":"), 1U);
    pt_buf_put_byte(leaf, '}');
}

/* --- entry --------------------------------------------------------------------------------- */

static void put_u16(struct pt_buf *out, size_t n)
{
    uint8_t bytes[2];

    pt_be16_put(bytes, (uint16_t)n);
    pt_buf_put(out, pt_slice_of(bytes, sizeof bytes));
}

static pt_status put_box(struct pt_sealer *sealer, const uint8_t key[static PT_HASH_LEN],
                         const struct pt_hash *leaf, const struct pt_buf *plain, struct pt_buf *out)
{
    const struct pt_box_key with = pt_box_key_of(key, leaf);
    const size_t n = plain->len + PT_BOX_TAG;

    put_u16(out, n);
    char *const space = pt_buf_space(out, n);
    PT_TRY(pt_buf_status(out));
    PT_TRY(pt_box_seal(sealer->cipher, &with, pt_buf_slice(plain), (uint8_t *)space));
    pt_buf_commit(out, n);
    return PT_SUCCESS;
}

/* Everything that needs the two keys of the record. */
static pt_status seal_with(struct pt_sealer *sealer, struct draft *draft,
                           uint8_t keys[static 2][PT_HASH_LEN], struct pt_buf *out,
                           struct pt_hash *ret_leaf)
{
    pt_record_key_s(draft->subject, draft->place->seq, keys[0]);
    pt_record_key_a(draft->keys, draft->place->seq, keys[1]);
    fill_slots(sealer, draft, 0U, SLOTS_S, keys[0]);
    fill_slots(sealer, draft, SLOTS_S, SLOTS, keys[1]);
    sort_commitments(draft->sd);
    leaf_write(&sealer->leaf, draft);
    PT_TRY(pt_buf_status(&sealer->plain_s));
    PT_TRY(pt_buf_status(&sealer->plain_a));
    PT_TRY(pt_buf_status(&sealer->leaf));
    pt_leaf_hash(pt_buf_slice(&sealer->leaf), ret_leaf);
    pt_buf_put_byte(out, (char)PT_STORED_VERSION);
    put_u16(out, sealer->leaf.len);
    pt_buf_put(out, pt_buf_slice(&sealer->leaf));
    pt_buf_put(out, pt_slice_of(draft->tag, sizeof draft->tag));
    PT_TRY(put_box(sealer, keys[0], ret_leaf, &sealer->plain_s, out));
    return put_box(sealer, keys[1], ret_leaf, &sealer->plain_a, out);
}

PT_RESULT pt_sealer_seal(struct pt_sealer *sealer, const struct pt_month_keys *keys,
                         const struct pt_record *record, const struct pt_place *place,
                         struct pt_buf *out, struct pt_hash *ret_leaf)
{
    struct draft draft = {.keys = keys, .record = record, .place = place};
    uint8_t record_keys[2][PT_HASH_LEN];

    PT_TRY(pt_record_check(record));
    draft_begin(sealer, &draft);
    const pt_status st = seal_with(sealer, &draft, record_keys, out, ret_leaf);
    pt_wipe(record_keys, sizeof record_keys);
    pt_buf_clear(&sealer->plain_s);
    pt_buf_clear(&sealer->plain_a);
    pt_buf_clear(&sealer->leaf);
    return st;
}
