/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/policy: default deny; each condition, its boundary, and which one is named. */
#include "config_case.h"

#include "poterne/gateway/policy.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define FROM_DAY  20454 /* 2026-01-01 */
#define UNTIL_DAY 21183 /* 2027-12-31 */

/*
 * grc-a holds several procedures, grc-b one, grc-c two habilitations of one procedure. The masks of
 * cantine are personal, the others public.
 */
static const char entries[] =
    "clients:\n"
    "  grc-a:\n"
    "    certificate-sha256: \"aa11111111111111111111111111111111111111111111111111111111111111\"\n"
    "    habilitations: [subvention, cantine]\n"
    "  grc-b:\n"
    "    certificate-sha256: \"0b22222222222222222222222222222222222222222222222222222222222222\"\n"
    "    habilitations: [subvention]\n"
    "  grc-c:\n"
    "    certificate-sha256: \"7c33333333333333333333333333333333333333333333333333333333333333\"\n"
    "    habilitations: [cantine, cantine-guichet]\n"
    "agents:\n"
    "  agent-1: { service: s, granted-by: dgs, valid-from: 2026-03-01, valid-until: 2026-03-31 }\n"
    "  agent-2: { service: s, granted-by: dgs }\n"
    "  agent-3: { service: s, granted-by: dgs }\n"
    "habilitations:\n"
    "  cantine:\n"
    "    { procedure: cantine, title: Cantine, legal-mode: demande, legal-basis: CRPA L.114-8 I,\n"
    "      valid-from: 2026-01-01, valid-until: 2027-12-31, agents: [agent-2, agent-1],\n"
    "      upstream: entreprise, token-file: t, context: c, object: o,\n"
    "      datasets: { entreprise/v4/insee/unites_legales: { fields: [/data/nom, /data/siren] } } "
    "}\n"
    "  cantine-guichet:\n"
    "    { procedure: cantine, title: Cantine, legal-mode: proactif, legal-basis: CRPA L.114-8 "
    "II,\n"
    "      valid-from: 2026-01-01, valid-until: 2026-06-30, agents: [\"service:guichet\"],\n"
    "      channels: [guichet, telephone], case-required: true,\n"
    "      upstream: entreprise, token-file: t, context: c, object: o,\n"
    "      datasets: { entreprise/v4/insee/unites_legales: { fields: [/data/nom] } } }\n"
    "  subvention:\n"
    "    { procedure: subvention-association, title: Subvention, legal-mode: demande,\n"
    "      legal-basis: CRPA L.114-8 I, valid-from: 2026-01-01, valid-until: 2027-12-31,\n"
    "      datapass: \"12345\", upstream: entreprise, token-file: t, context: c, object: o,\n"
    "      datasets: { entreprise/v4/insee/unites_legales: { fields: [/data/siren] } } }\n";

static struct config_case c;
static const struct pt_dataset *unites;
static const struct pt_dataset *associations;
static char yaml[8192];

static const uint8_t grc_a[32] = {0xAA, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                                  0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                                  0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11};
static uint8_t grc_b[32];
static uint8_t grc_c[32];

static void setup(void)
{
    case_init(&c);
    const pt_slice good = case_file(&c, CASE_YAML)->bytes;
    const char *end = strstr(good.ptr, "clients:");
    (void)snprintf(yaml, sizeof yaml, "%.*s%s", (int)(end - good.ptr), good.ptr, entries);
    case_put(&c, CASE_YAML, yaml);
    c.source.today = FROM_DAY; /* nothing has expired yet */
    case_expect_clean(&c);
    unites = pt_catalogue_find(c.config->catalogue, PT_SLICE("entreprise/v4/insee/unites_legales"));
    associations =
        pt_catalogue_find(c.config->catalogue, PT_SLICE("entreprise/v4/djepva/associations"));
    memset(grc_b, 0x22, sizeof grc_b);
    grc_b[0] = 0x0B;
    memset(grc_c, 0x33, sizeof grc_c);
    grc_c[0] = 0x7C;
}

static void teardown(void)
{
    case_done(&c);
}

TestSuite(policy, .init = setup, .fini = teardown, .timeout = 20.0);

/* A question of grc-a that is granted; a test spoils one thing in it. */
static struct pt_question good_question(void)
{
    return (struct pt_question){.fingerprint = grc_a,
                                .procedure = PT_SLICE("cantine"),
                                .dataset = unites,
                                .agent = PT_SLICE("agent-2"),
                                .channel = PT_CHANNEL_ONLINE,
                                .today = CASE_TODAY};
}

static struct pt_decision ask(const struct pt_question *question)
{
    struct pt_decision decision;
    memset(&decision, 0xA5, sizeof decision);
    pt_policy_decide(c.config, question, &decision);
    return decision;
}

static void expect(const struct pt_question *question, enum pt_condition want)
{
    const struct pt_decision decision = ask(question);
    cr_expect_eq(decision.refused, want, "refused: %s, not %s", pt_condition_name(decision.refused),
                 pt_condition_name(want));
}

/* --- no
 * -------------------------------------------------------------------------------------------------------------
 */

Test(policy, LEG_10_a_certificate_nobody_configured_is_refused)
{
    uint8_t unknown[32];
    for (unsigned i = 0U; i < 32U; i++) {
        for (unsigned bit = 0U; bit < 8U; bit++) {
            memcpy(unknown, grc_a, sizeof unknown);
            unknown[i] ^= (uint8_t)(1U << bit);
            struct pt_question q = good_question();
            q.fingerprint = unknown;
            const struct pt_decision decision = ask(&q);
            cr_assert_eq(decision.refused, PT_COND_CLIENT);
            cr_assert_null(decision.client);
            cr_assert_null(decision.habilitation);
            cr_assert_null(decision.grant);
        }
    }
}

Test(policy, a_snapshot_without_clients_refuses_everybody)
{
    struct pt_config empty = *c.config;
    empty.clients = NULL;
    empty.nclients = 0U;
    const struct pt_question q = good_question();
    struct pt_decision decision;
    pt_policy_decide(&empty, &q, &decision);
    cr_expect_eq(decision.refused, PT_COND_CLIENT);
}

Test(policy, several_procedures_and_none_named_is_refused)
{
    struct pt_question q = good_question();
    q.procedure = PT_SLICE_EMPTY;
    expect(&q, PT_COND_PROCEDURE_MISSING);
    q.object = PT_SLICE("un objet quelconque");
    expect(&q, PT_COND_PROCEDURE_MISSING);
    q.object = PT_SLICE("cantin");
    expect(&q, PT_COND_PROCEDURE_MISSING);
    const struct pt_decision decision = ask(&q);
    cr_expect_eq(decision.client, &c.config->clients[2]);
    cr_expect_null(decision.habilitation);
}

Test(policy, LEG_01_a_procedure_the_client_does_not_hold_is_refused)
{
    struct pt_question q = good_question();
    q.procedure = PT_SLICE("creche");
    expect(&q, PT_COND_PROCEDURE);
    q.procedure = PT_SLICE("Cantine");
    expect(&q, PT_COND_PROCEDURE);
    q.fingerprint = grc_b;
    q.procedure = PT_SLICE("cantine");
    expect(&q, PT_COND_PROCEDURE);
    q.object = PT_SLICE("subvention-association"); /* a name that is given is not talked around */
    expect(&q, PT_COND_PROCEDURE);
}

Test(policy, LEG_02_a_dataset_the_procedure_was_not_granted_is_refused)
{
    struct pt_question q = good_question();
    q.dataset = associations;
    expect(&q, PT_COND_DATASET);
    q.dataset = NULL;
    expect(&q, PT_COND_DATASET);
    const struct pt_decision decision = ask(&q);
    cr_expect_null(decision.grant);
    cr_expect_not_null(decision.habilitation);
}

Test(policy, LEG_11_a_habilitation_holds_from_its_first_day_to_its_last_and_not_a_day_more)
{
    struct pt_question q = good_question();
    q.today = FROM_DAY - 1;
    expect(&q, PT_COND_NOT_YET);
    q.today = FROM_DAY;
    expect(&q, PT_COND_NONE);
    q.today = UNTIL_DAY;
    expect(&q, PT_COND_NONE);
    q.today = UNTIL_DAY + 1;
    expect(&q, PT_COND_EXPIRED);
    q.today = INT32_MAX;
    expect(&q, PT_COND_EXPIRED);
    q.today = INT32_MIN;
    expect(&q, PT_COND_NOT_YET);
}

/* cantine-guichet alone: a client that holds only it */
static struct pt_question desk_question(struct pt_config *config, struct pt_client *client)
{
    *config = *c.config;
    *client = c.config->clients[1];
    cr_assert(pt_slice_eq(client->id, PT_SLICE("grc-c")));
    client->habilitations++;
    client->nhabilitations = 1U;
    config->clients = client;
    config->nclients = 1U;
    struct pt_question q = good_question();
    q.fingerprint = grc_c;
    q.agent = PT_SLICE_EMPTY;
    q.channel = PT_CHANNEL_DESK;
    q.case_ref = PT_SLICE("D-1");
    q.today = FROM_DAY;
    return q;
}

Test(policy, a_channel_that_was_not_allowed_is_refused)
{
    struct pt_config config;
    struct pt_client client;
    struct pt_question q = desk_question(&config, &client);
    struct pt_decision decision;
    static const enum pt_condition want[] = {PT_COND_CHANNEL, PT_COND_NONE, PT_COND_NONE,
                                             PT_COND_CHANNEL, PT_COND_CHANNEL};
    for (uint32_t i = 0U; i < PT_COUNT(want); i++) {
        q.channel = (enum pt_channel)i;
        pt_policy_decide(&config, &q, &decision);
        cr_expect_eq(decision.refused, want[i], "channel %u", i);
    }
}

Test(policy, a_call_without_case_number_is_refused_where_one_is_required)
{
    struct pt_config config;
    struct pt_client client;
    struct pt_question q = desk_question(&config, &client);
    q.case_ref = PT_SLICE_EMPTY;
    struct pt_decision decision;
    pt_policy_decide(&config, &q, &decision);
    cr_expect_eq(decision.refused, PT_COND_CASE_MISSING);
    q = good_question();
    expect(&q, PT_COND_NONE);
}

Test(policy, LEG_11_personal_data_without_an_agent_is_refused)
{
    struct pt_question q = good_question();
    q.agent = PT_SLICE_EMPTY;
    expect(&q, PT_COND_AGENT_MISSING);
    const struct pt_decision decision = ask(&q);
    cr_expect_eq(decision.agent.len, 0U);
}

Test(policy, LEG_11_an_agent_of_another_habilitation_or_of_none_is_refused)
{
    static const char *const agents[] = {"agent-3", "agent-9", "agent", "service:guichet",
                                         "AGENT-2"};
    struct pt_question q = good_question();
    for (size_t i = 0U; i < PT_COUNT(agents); i++) {
        q.agent = pt_slice_str(agents[i]);
        expect(&q, PT_COND_AGENT);
    }
}

Test(policy, LEG_11_an_agent_that_is_named_is_checked_also_for_public_data)
{
    struct pt_question q = good_question();
    q.procedure = PT_SLICE("subvention-association");
    expect(&q, PT_COND_AGENT);
    q.agent = PT_SLICE_EMPTY;
    expect(&q, PT_COND_NONE);
}

Test(policy, LEG_11_an_agent_acts_from_the_first_day_to_the_last_and_not_a_day_more)
{
    struct pt_question q = good_question();
    q.agent = PT_SLICE("agent-1"); /* 2026-03-01 to 2026-03-31 */
    q.today = 20512;
    expect(&q, PT_COND_AGENT_NOT_YET);
    q.today = 20513;
    expect(&q, PT_COND_NONE);
    q.today = 20543;
    expect(&q, PT_COND_NONE);
    q.today = 20544;
    expect(&q, PT_COND_AGENT_EXPIRED);
}

/* --- which no
 * ---------------------------------------------------------------------------------------------------------
 */

Test(policy, the_first_condition_that_fails_is_the_one_that_is_named)
{
    struct pt_question q = {.fingerprint = grc_a,
                            .procedure = PT_SLICE("creche"),
                            .dataset = associations,
                            .agent = PT_SLICE("agent-9"),
                            .channel = PT_CHANNEL_COUNT,
                            .today = INT32_MAX};
    expect(&q, PT_COND_PROCEDURE);
    q.procedure = PT_SLICE("cantine");
    expect(&q, PT_COND_DATASET);
    q.dataset = unites;
    expect(&q, PT_COND_EXPIRED);
    q.today = CASE_TODAY;
    expect(&q, PT_COND_CHANNEL);
    q.channel = PT_CHANNEL_POST;
    expect(&q, PT_COND_AGENT);
    q.agent = PT_SLICE("agent-2");
    expect(&q, PT_COND_NONE);
}

Test(policy, of_several_habilitations_the_one_that_got_furthest_says_why)
{
    struct pt_question q = good_question();
    q.fingerprint = grc_c;
    q.agent = PT_SLICE_EMPTY;
    q.channel = PT_CHANNEL_DESK;
    q.today = FROM_DAY; /* cantine: no agent; cantine-guichet: no case */
    struct pt_decision decision = ask(&q);
    cr_expect_eq(decision.refused, PT_COND_AGENT_MISSING);
    cr_expect(pt_slice_eq(decision.habilitation->id, PT_SLICE("cantine")));
    q.agent = PT_SLICE("service:guichet");
    decision = ask(&q);
    cr_expect_eq(decision.refused, PT_COND_AGENT);
    cr_expect(pt_slice_eq(decision.habilitation->id, PT_SLICE("cantine")));
}

Test(policy, of_two_that_got_equally_far_the_first_by_name_says_why)
{
    struct pt_question q = good_question();
    q.fingerprint = grc_c;
    q.dataset = associations;
    const struct pt_decision decision = ask(&q);
    cr_assert_eq(decision.refused, PT_COND_DATASET);
    cr_expect(pt_slice_eq(decision.habilitation->id, PT_SLICE("cantine")));
}

Test(policy, a_channel_that_is_none_is_refused)
{
    struct pt_question q = good_question();
    for (uint32_t channel = PT_CHANNEL_COUNT; channel < 70U; channel++) {
        q.channel = (enum pt_channel)channel;
        expect(&q, PT_COND_CHANNEL);
    }
}

Test(policy, every_condition_has_a_name_of_its_own)
{
    for (uint32_t i = 0U; i < PT_COND_COUNT; i++) {
        const char *name = pt_condition_name((enum pt_condition)i);
        cr_expect_neq(name[0], '\0');
        for (uint32_t j = 0U; j < i; j++) {
            cr_expect_str_neq(name, pt_condition_name((enum pt_condition)j));
        }
    }
    cr_expect_str_eq(pt_condition_name(PT_COND_COUNT), "unknown");
}

/* --- yes
 * -----------------------------------------------------------------------------------------------------------------
 */

Test(policy, a_question_that_meets_every_condition_is_granted_with_what_granted_it)
{
    const struct pt_question q = good_question();
    const struct pt_decision decision = ask(&q);
    cr_assert_eq(decision.refused, PT_COND_NONE);
    cr_expect(pt_slice_eq(decision.client->id, PT_SLICE("grc-a")));
    cr_expect(pt_slice_eq(decision.habilitation->id, PT_SLICE("cantine")));
    cr_expect_eq(decision.grant->dataset, unites);
    cr_expect_eq(pt_mask_count(decision.grant->mask), 2U);
    cr_expect(pt_slice_eq(decision.agent, PT_SLICE("agent-2")));
}

Test(policy, a_client_of_one_procedure_need_not_name_it)
{
    struct pt_question q = good_question();
    q.fingerprint = grc_b;
    q.procedure = PT_SLICE_EMPTY;
    q.agent = PT_SLICE_EMPTY;
    expect(&q, PT_COND_NONE);
    q.object = PT_SLICE("MP-2026-017");
    expect(&q, PT_COND_NONE);
    q.fingerprint = grc_c; /* two habilitations, one procedure */
    q.agent = PT_SLICE("agent-2");
    expect(&q, PT_COND_NONE);
}

Test(policy, the_object_parameter_may_name_the_procedure)
{
    struct pt_question q = good_question();
    q.procedure = PT_SLICE_EMPTY;
    q.object = PT_SLICE("cantine");
    const struct pt_decision decision = ask(&q);
    cr_assert_eq(decision.refused, PT_COND_NONE);
    cr_expect(pt_slice_eq(decision.habilitation->procedure, PT_SLICE("cantine")));
}

Test(policy, any_habilitation_of_the_procedure_may_grant)
{
    struct pt_question q = good_question();
    q.fingerprint = grc_c;
    q.agent = PT_SLICE_EMPTY;
    q.channel = PT_CHANNEL_PHONE;
    q.case_ref = PT_SLICE("D-1");
    q.today = FROM_DAY;
    const struct pt_decision decision = ask(&q);
    cr_assert_eq(decision.refused, PT_COND_NONE);
    cr_expect(pt_slice_eq(decision.habilitation->id, PT_SLICE("cantine-guichet")));
    cr_expect(pt_slice_eq(decision.agent, PT_SLICE("service:guichet")));
}

Test(policy, LEG_11_the_automatic_agent_acts_only_when_nobody_is_named)
{
    struct pt_config config;
    struct pt_client client;
    struct pt_question q = desk_question(&config, &client);
    struct pt_decision decision;
    pt_policy_decide(&config, &q, &decision);
    cr_expect_eq(decision.refused, PT_COND_NONE);
    cr_expect(pt_slice_eq(decision.agent, PT_SLICE("service:guichet")));
    q.agent = PT_SLICE("service:guichet");
    pt_policy_decide(&config, &q, &decision);
    cr_expect_eq(decision.refused, PT_COND_NONE);
    q.agent = PT_SLICE("agent-2");
    pt_policy_decide(&config, &q, &decision);
    cr_expect_eq(decision.refused, PT_COND_AGENT);
}

Test(policy, public_data_needs_no_agent_and_then_none_is_named)
{
    struct pt_question q = good_question();
    q.procedure = PT_SLICE("subvention-association");
    q.agent = PT_SLICE_EMPTY;
    const struct pt_decision decision = ask(&q);
    cr_assert_eq(decision.refused, PT_COND_NONE);
    cr_expect_eq(decision.agent.len, 0U);
}

/* --- the dump
 * ---------------------------------------------------------------------------------------------------------------
 */

Test(policy, the_dump_is_the_golden_text)
{
    struct pt_buf out;
    pt_buf_init(&out, PT_CONFIG_REPORT_MAX);
    cr_assert(pt_ok(pt_policy_dump(c.config, &out)));
    pt_buf_put_byte(&out, '\0');
    FILE *file = fopen(PT_FIXTURES_DIR "/policy/effective.txt", "r");
    cr_assert_not_null(file);
    static char golden[16384];
    golden[fread(golden, 1U, sizeof golden - 1U, file)] = '\0';
    (void)fclose(file);
    cr_expect_str_eq(out.ptr, golden);
    pt_buf_done(&out);
}

Test(policy, the_lines_of_the_dump_are_sorted_and_each_is_there_once)
{
    struct pt_buf out;
    pt_buf_init(&out, PT_CONFIG_REPORT_MAX);
    cr_assert(pt_ok(pt_policy_dump(c.config, &out)));
    pt_slice rest = pt_buf_slice(&out);
    pt_slice last = pt_slice_cut(&rest, '\n');
    while (rest.len > 0U) {
        const pt_slice line = pt_slice_cut(&rest, '\n');
        cr_expect_lt(pt_slice_cmp(last, line), 0, "%.*s", (int)line.len, line.ptr);
        last = line;
    }
    pt_buf_done(&out);
}

Test(policy, RGS_16_both_certificates_of_a_client_that_is_renewed_are_in_the_dump)
{
    static const char *const lines[] = {
        "certificate-sha256 0033333333333333333333333333333333333333333333333333333333333333\n",
        "certificate-sha256 aa11111111111111111111111111111111111111111111111111111111111111\n"};
    struct pt_buf out;
    case_edit_more(&c, "    certificate-sha256: \"aa1111",
                   "    next-certificate-sha256: "
                   "\"0033333333333333333333333333333333333333333333333333333333333333\"\n"
                   "    certificate-sha256: \"aa1111");
    case_expect_clean(&c);
    pt_buf_init(&out, PT_CONFIG_REPORT_MAX);
    cr_assert(pt_ok(pt_policy_dump(c.config, &out)));
    pt_buf_put_byte(&out, '\0');
    const char *first = strstr(out.ptr, lines[0]);
    const char *second = strstr(out.ptr, lines[1]);
    cr_expect(first != NULL && second != NULL && first < second, "%s", out.ptr);
    cr_expect_null(first != NULL ? strstr(first + 1, lines[0]) : out.ptr, "%s", out.ptr);
    pt_buf_done(&out);
}

Test(policy, the_dump_does_not_depend_on_the_order_of_the_file)
{
    struct pt_buf one;
    struct pt_buf two;
    pt_buf_init(&one, PT_CONFIG_REPORT_MAX);
    pt_buf_init(&two, PT_CONFIG_REPORT_MAX);
    cr_assert(pt_ok(pt_policy_dump(c.config, &one)));
    case_edit_more(&c, "[subvention, cantine]", "[cantine, subvention]");
    case_edit_more(&c, "[agent-2, agent-1]", "[agent-1, agent-2]");
    case_edit_more(&c, "[/data/nom, /data/siren]", "[/data/siren, /data/nom]");
    case_edit_more(&c, "  agent-2: { service: s, granted-by: dgs }\n", "");
    case_edit_more(&c, "habilitations:\n  cantine:",
                   "  agent-2: { service: s, granted-by: dgs }\nhabilitations:\n  cantine:");
    case_expect_clean(&c);
    cr_assert(pt_ok(pt_policy_dump(c.config, &two)));
    cr_expect(pt_slice_eq(pt_buf_slice(&one), pt_buf_slice(&two)));
    pt_buf_done(&one);
    pt_buf_done(&two);
}

Test(policy, a_change_of_one_fact_changes_one_line_of_the_dump)
{
    struct pt_buf one;
    struct pt_buf two;
    pt_buf_init(&one, PT_CONFIG_REPORT_MAX);
    pt_buf_init(&two, PT_CONFIG_REPORT_MAX);
    cr_assert(pt_ok(pt_policy_dump(c.config, &one)));
    case_edit_more(&c, "[/data/nom, /data/siren]", "[/data/nom]");
    case_expect_clean(&c);
    cr_assert(pt_ok(pt_policy_dump(c.config, &two)));
    const pt_slice gone =
        PT_SLICE("habilitation cantine field entreprise/v4/insee/unites_legales /data/siren\n");
    cr_expect_eq(one.len - two.len, gone.len);
    pt_buf_done(&one);
    pt_buf_done(&two);
}

Test(policy, a_dump_that_does_not_fit_is_a_limit)
{
    struct pt_buf out;
    pt_buf_init(&out, 64U);
    cr_expect_eq(pt_policy_dump(c.config, &out).code, PT_E_LIMIT);
    pt_buf_done(&out);
}

Test(policy, the_dump_of_an_empty_policy_names_the_commune_only)
{
    struct pt_config empty = {.siret = PT_SLICE("21680999600004"), .name = PT_SLICE("Admiville")};
    struct pt_buf out;
    pt_buf_init(&out, 64U);
    cr_assert(pt_ok(pt_policy_dump(&empty, &out)));
    cr_expect(pt_slice_eq(pt_buf_slice(&out), PT_SLICE("commune 21680999600004 Admiville\n")));
    pt_buf_done(&out);
}
