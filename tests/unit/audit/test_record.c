/* SPDX-License-Identifier: EUPL-1.2 */
/* Records on the wire: what comes through can always be written. */
#include "audit/leaf_int.h"

#include "logkit.h"

#include <criterion/criterion.h>

#define FRAME_TYPE 16U

static struct logkit kit; /* its clock alone is used */
static struct pt_buf frame;

static void setup(void)
{
    kit.now_ms = LOGKIT_START_MS;
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
}

static void teardown(void)
{
    pt_buf_done(&frame);
}

TestSuite(record, .init = setup, .fini = teardown);

static pt_status through(const struct pt_record *record, struct pt_record *ret)
{
    struct pt_ipc_reader reader;
    uint8_t type = 0;

    pt_buf_clear(&frame);
    pt_ipc_begin(&frame, FRAME_TYPE);
    pt_record_put(&frame, record);
    cr_assert(pt_ok(pt_ipc_end(&frame)));
    cr_assert(pt_ok(pt_ipc_open(pt_buf_slice(&frame), &type, &reader)));
    PT_TRY(pt_record_get(&reader, ret));
    return pt_ipc_get_end(&reader);
}

static void refused(const struct pt_record *record)
{
    struct pt_record read;

    cr_assert_eq(pt_record_check(record).code, PT_E_ARG);
    cr_assert_eq(through(record, &read).code, PT_E_PROTOCOL);
}

static char big[PT_RECORD_MAX];

static pt_slice of_length(size_t n)
{
    memset(big, 'x', sizeof big);
    return pt_slice_of(big, n);
}

Test(record, an_unknown_type_or_outcome_is_refused)
{
    for (unsigned type = 0; type < 256U; type++) {
        struct pt_record record = logkit_record(&kit, PT_ENTRY_ASKED, 1U);
        record.type = (enum pt_entry_type)type;
        if (type == 0U || type > (unsigned)PT_ENTRY_GAP) {
            refused(&record);
        } else {
            cr_assert(pt_ok(pt_record_check(&record)));
        }
    }
    for (unsigned outcome = PT_OUTCOME_COUNT; outcome < 256U; outcome++) {
        struct pt_record record = logkit_record(&kit, PT_ENTRY_ASKED, 1U);
        record.outcome = (enum pt_outcome)outcome;
        refused(&record);
    }
}

struct member {
    size_t offset;
    size_t max;
    bool clear; /* in the leaf */
};

static const struct member MEMBERS[] = {
    {offsetof(struct pt_record, dataset), PT_DATASET_ID_MAX, true},
    {offsetof(struct pt_record, procedure), PT_ID_MAX, true},
    {offsetof(struct pt_record, mode), 16U, true},
    {offsetof(struct pt_record, filter), PT_ID_MAX, true},
    {offsetof(struct pt_record, client), PT_ID_MAX, false},
    {offsetof(struct pt_record, agent), PT_AGENT_MAX, false},
    {offsetof(struct pt_record, channel), PT_ID_MAX, false},
    {offsetof(struct pt_record, habilitation), PT_ID_MAX, false},
    {offsetof(struct pt_record, reason), 256U, false},
    {offsetof(struct pt_record, subject), 256U, false},
    {offsetof(struct pt_record, case_ref), PT_CASE_MAX, false},
};

static struct pt_record record_with(const struct member *member, pt_slice value)
{
    struct pt_record record = logkit_record(&kit, PT_ENTRY_ANSWERED, 1U);

    memcpy((char *)&record + member->offset, &value, sizeof value);
    return record;
}

Test(record, a_text_longer_than_its_bound_is_refused)
{
    for (size_t i = 0; i < PT_COUNT(MEMBERS); i++) {
        struct pt_record record = record_with(&MEMBERS[i], of_length(MEMBERS[i].max));
        cr_assert(pt_ok(pt_record_check(&record)), "member %zu", i);
        record = record_with(&MEMBERS[i], of_length(MEMBERS[i].max + 1U));
        refused(&record);
    }
}

Test(record, a_clear_text_holds_nothing_that_json_escapes_wherever_it_stands)
{
    char text[16];

    for (size_t i = 0; i < PT_COUNT(MEMBERS); i++) {
        for (unsigned c = 0; c < 256U; c++) {
            for (size_t at = 0; at < sizeof text; at += 5U) {
                memset(text, 'a', sizeof text);
                text[at] = (char)c;
                const struct pt_record record =
                    record_with(&MEMBERS[i], pt_slice_of(text, sizeof text));
                const bool plain = c >= 0x20U && c < 0x7FU;
                const bool good = plain && (!MEMBERS[i].clear || (c != '"' && c != '\\'));
                cr_assert_eq(pt_ok(pt_record_check(&record)), good, "member %zu byte %u", i, c);
            }
        }
    }
}

Test(record, a_sealed_text_is_utf_8)
{
    struct pt_record record = logkit_record(&kit, PT_ENTRY_ASKED, 1U);

    record.agent = PT_SLICE("Hélène Œuvré");
    cr_assert(pt_ok(pt_record_check(&record)));
    record.agent = PT_SLICE("Hel\xE8ne");
    refused(&record);
    record.agent = PT_SLICE("aaaaaaaaaaaaaaaaaaaaaaa\xC3");
    refused(&record);
}

Test(record, only_fields_have_lines)
{
    struct pt_record record = logkit_record(&kit, PT_ENTRY_ASKED, 1U);

    record.fields = PT_SLICE("/a\n/b\n/c");
    cr_assert(pt_ok(pt_record_check(&record)));
    record.fields = PT_SLICE("/a\r\n/b");
    refused(&record);
    record.fields = PT_SLICE("/a");
    record.reason = PT_SLICE("one\ntwo");
    refused(&record);
}

Test(record, fields_are_bounded_as_they_will_be_written)
{
    struct pt_record record = logkit_record(&kit, PT_ENTRY_ASKED, 1U);

    record.fields = of_length(PT_BOX_MAX - 4096U - 4U);
    cr_assert(pt_ok(pt_record_check(&record)));
    big[100] = '"'; /* one escape more */
    refused(&record);
    record.fields = of_length(PT_BOX_MAX - 4096U - 3U);
    refused(&record);
}

Test(record, a_count_is_exact_in_json)
{
    struct pt_record record = logkit_record(&kit, PT_ENTRY_READ, 1U);

    record.count = (1ULL << 53U) - 1U;
    cr_assert(pt_ok(pt_record_check(&record)));
    record.count++;
    refused(&record);
}

Test(record, a_frame_cut_anywhere_is_refused)
{
    const struct pt_record record = logkit_record(&kit, PT_ENTRY_ANSWERED, 7U);
    struct pt_record read;

    cr_assert(pt_ok(through(&record, &read)));
    for (size_t n = 0; n + PT_IPC_HEADER < frame.len; n++) {
        struct pt_ipc_reader reader = {
            .rest = pt_slice_head(pt_slice_from(pt_buf_slice(&frame), PT_IPC_HEADER), n)};
        cr_assert_eq(pt_record_get(&reader, &read).code, PT_E_PROTOCOL, "%zu bytes", n);
    }
}

static void same_text(pt_slice a, pt_slice b)
{
    cr_assert(pt_slice_eq(a, b));
}

Test(record, everything_arrives_as_it_was_sent)
{
    struct pt_record record = logkit_record(&kit, PT_ENTRY_ANSWERED, 7U);
    struct pt_record read;

    record.filter = PT_SLICE("list");
    memset(record.conf, 0x77, sizeof record.conf);
    cr_assert(pt_ok(through(&record, &read)));
    cr_assert_eq(read.type, record.type);
    cr_assert_eq(read.outcome, record.outcome);
    cr_assert_eq(memcmp(&read.exchange, &record.exchange, sizeof read.exchange), 0);
    same_text(read.dataset, record.dataset);
    same_text(read.procedure, record.procedure);
    same_text(read.mode, record.mode);
    same_text(read.client, record.client);
    same_text(read.agent, record.agent);
    same_text(read.channel, record.channel);
    same_text(read.habilitation, record.habilitation);
    same_text(read.fields, record.fields);
    same_text(read.reason, record.reason);
    same_text(read.subject, record.subject);
    same_text(read.case_ref, record.case_ref);
    same_text(read.filter, record.filter);
    cr_assert_arr_eq(read.digest, record.digest, sizeof read.digest);
    cr_assert_arr_eq(read.conf, record.conf, sizeof read.conf);
    cr_assert_eq(read.count, record.count);
}

Test(record, each_type_has_its_name)
{
    cr_assert_str_eq(pt_entry_name(PT_ENTRY_ASKED), "asked");
    cr_assert_str_eq(pt_entry_name(PT_ENTRY_GAP), "gap");
    cr_assert_str_eq(pt_entry_name((enum pt_entry_type)99), "unknown");
}
