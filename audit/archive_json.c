/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * archive_json.c -- an entry, and an exchange, as JSON.
 *
 * Law: what could not be read is null, never guessed; an exchange of somebody else and one that
 * does not exist give the same answer. Layer 1 (audit).
 */
#include "audit/archive_int.h"

#include "poterne/base/clock.h"
#include "poterne/base/codec.h"
#include "poterne/base/secret.h"

#define MS_PER_HOUR 3600000U

/* --- one entry -------------------------------------------------------------------------------- */

void pt_json_key(struct pt_buf *out, const char *key)
{
    pt_buf_put_str(out, ",\"");
    pt_buf_put_str(out, key);
    pt_buf_put_str(out, "\":");
}

void pt_json_text(struct pt_buf *out, const char *key, pt_slice value)
{
    pt_json_key(out, key);
    if (value.len == 0U) {
        pt_buf_put_str(out, "null");
    } else {
        pt_buf_put_json(out, value);
    }
}

static void put_exchange(struct pt_buf *out, const struct pt_uuid *id)
{
    static const struct pt_uuid NONE = {{0}};
    char text[PT_UUID_TEXT + 1U];

    pt_uuid_text(id, text);
    pt_json_text(out, "exchange",
                 memcmp(id->bytes, NONE.bytes, PT_UUID_LEN) == 0 ? PT_SLICE_EMPTY
                                                                 : pt_slice_str(text));
}

void pt_json_time(struct pt_buf *out, const char *key, uint64_t time_ms)
{
    char text[PT_RFC3339_LEN + 1U];

    pt_time_rfc3339(time_ms, text);
    pt_json_text(out, key, pt_slice_str(text));
}

void pt_json_fields(struct pt_buf *out, pt_slice fields)
{
    const char *separator = "[";

    pt_json_key(out, "fields");
    if (fields.len == 0U) {
        pt_buf_put_str(out, "null");
        return;
    }
    while (fields.len != 0U) {
        pt_buf_put_str(out, separator);
        pt_buf_put_json(out, pt_slice_cut(&fields, '\n'));
        separator = ",";
    }
    pt_buf_put_byte(out, ']');
}

static void put_conf(struct pt_buf *out, const struct pt_record *record)
{
    char hex[PT_HEX_LEN(sizeof record->conf)];

    pt_hex_encode(pt_slice_of(record->conf, sizeof record->conf), hex);
    pt_json_text(out, "conf",
                 record->type == PT_ENTRY_CONF ? pt_slice_of(hex, sizeof hex) : PT_SLICE_EMPTY);
}

PT_RESULT pt_entry_json(const struct pt_entry *entry, struct pt_buf *out)
{
    const struct pt_record *r = &entry->record;

    pt_buf_put_str(out, "{\"seq\":");
    pt_buf_put_u64(out, entry->seq);
    pt_json_text(out, "type", pt_slice_str(pt_entry_name(r->type)));
    put_exchange(out, &r->exchange);
    if (entry->opened) {
        pt_json_time(out, "time", entry->time_ms);
    } else {
        pt_json_text(out, "time", PT_SLICE_EMPTY);
    }
    pt_json_time(out, "hour", entry->hour * MS_PER_HOUR);
    pt_json_text(out, "client", r->client);
    pt_json_text(out, "procedure", r->procedure);
    pt_json_text(out, "dataset", r->dataset);
    pt_json_text(out, "agent", r->agent);
    pt_json_text(out, "channel", r->channel);
    pt_json_text(out, "case", r->case_ref);
    pt_json_text(out, "outcome",
                 r->outcome == PT_OUTCOME_NONE ? PT_SLICE_EMPTY
                                               : pt_slice_str(pt_outcome_name(r->outcome)));
    pt_json_fields(out, r->fields);
    pt_json_text(out, "mode", r->mode);
    pt_json_text(out, "habilitation", r->habilitation);
    pt_json_text(out, "reason", r->reason);
    pt_json_text(out, "filter", r->filter);
    put_conf(out, r);
    pt_json_key(out, "count");
    pt_buf_put_u64(out, r->count);
    pt_buf_put_str(out, entry->opened ? ",\"opened\":true}" : ",\"opened\":false}");
    return pt_buf_status(out);
}

/* --- one exchange ------------------------------------------------------------------------------
 */

/* Both ends bear the client when the gate gave it; the first one decides. */
PT_RESULT pt_archive_own(struct pt_archive *archive, const struct pt_uuid *id, pt_slice client,
                         struct pt_owned *ret)
{
    struct pt_owned owned;
    struct pt_entry entry;

    PT_TRY(pt_archive_exchange(archive, id, &owned.first, &owned.last));
    PT_TRY(pt_archive_get(archive, owned.first, &entry));
    PT_ENSURE(entry.opened && client.len != 0U && pt_equal_ct(entry.record.client, client),
              PT_E_ABSENT);
    owned.asked_ms = entry.time_ms;
    *ret = owned;
    return PT_SUCCESS;
}

PT_RESULT pt_archive_status(struct pt_archive *archive, const struct pt_uuid *id, pt_slice client,
                            struct pt_buf *out)
{
    struct pt_owned owned;
    struct pt_entry entry;
    char text[PT_UUID_TEXT + 1U];

    PT_TRY(pt_archive_own(archive, id, client, &owned));
    PT_TRY(pt_archive_get(archive, owned.last, &entry));
    const bool ended = entry.record.type != PT_ENTRY_ASKED;
    const bool delivered = entry.record.type == PT_ENTRY_ANSWERED;
    pt_uuid_text(id, text);
    pt_buf_put_str(out, "{\"id\":\"");
    pt_buf_put_str(out, text);
    pt_buf_put_byte(out, '"');
    pt_json_text(out, "outcome",
                 ended ? pt_slice_str(pt_outcome_name(entry.record.outcome)) : PT_SLICE_EMPTY);
    pt_json_text(out, "dataset", entry.record.dataset);
    pt_json_text(out, "procedure", entry.record.procedure);
    pt_json_time(out, "asked_at", owned.asked_ms);
    if (ended) {
        pt_json_time(out, "ended_at", entry.time_ms);
    } else {
        pt_json_text(out, "ended_at", PT_SLICE_EMPTY);
    }
    pt_json_fields(out, delivered ? entry.record.fields : PT_SLICE_EMPTY);
    pt_buf_put_str(out, ",\"receipt\":\"/v1/exchanges/");
    pt_buf_put_str(out, text);
    pt_buf_put_str(out, "/receipt\"}");
    return pt_buf_status(out);
}
