/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * policy.c -- poterne-pki policy: the table of pki/policy.c as it stands today, for the RSSI's
 * homologation file and for a reviewer's diff. Needs no configuration. Layer 1 (pki).
 */
#include "poterne/pki/policy.h"
#include "pki/cli/tool_int.h"

static struct pt_cell number_or_null(uint32_t n)
{
    return (struct pt_cell){.kind = n == 0U ? PT_CELL_NULL : PT_CELL_NUMBER, .number = n};
}

static struct pt_cell text_or_null(const char *text)
{
    return (struct pt_cell){.kind = text == NULL ? PT_CELL_NULL : PT_CELL_TEXT,
                            .text = pt_slice_str(text)};
}

static const char *verdict_text(const struct pt_policy_rule *rule, int32_t days)
{
    static const char *const texts[] = {[PT_POLICY_REFUSED] = "refusé",
                                        [PT_POLICY_ENDING] = "accepté, fin prévue",
                                        [PT_POLICY_ACCEPTED] = "accepté"};
    return texts[pt_policy_check(pt_slice_str(rule->name), rule->bits_min, days, NULL)];
}

static void print_rules(const struct pt_cli *cli, enum pt_format format, int32_t days)
{
    static const struct pt_column columns[] = {
        {"name", "Algorithme", 22}, {"bits_min", "Min", 5},         {"bits_max", "Max", 5},
        {"until", "Jusqu'au", 10},  {"verdict", "Aujourd'hui", 19}, {"source", "Source", 30},
    };
    struct pt_table table = {
        .out = cli->out, .format = format, .columns = columns, .ncolumns = PT_COUNT(columns)};
    size_t n = 0U;
    const struct pt_policy_rule *rules = pt_policy_rules(&n);
    pt_table_begin(&table);
    for (size_t i = 0U; i < n; i++) {
        const struct pt_cell cells[] = {
            text_or_null(rules[i].name),
            number_or_null(rules[i].bits_min),
            number_or_null(rules[i].bits_max),
            text_or_null(rules[i].until),
            text_or_null(verdict_text(&rules[i], days)),
            text_or_null(rules[i].source),
        };
        pt_table_row(&table, cells);
    }
    pt_table_end(&table);
}

int command_policy(const struct pt_cli *cli, void *ctx)
{
    const struct pt_pki_env *env = (const struct pt_pki_env *)ctx;
    enum pt_format format = PT_FORMAT_TABLE;
    if (!pt_ok(pt_cli_format(cli, &format))) {
        return PT_EXIT_USAGE;
    }
    print_rules(cli, format, (int32_t)(pt_clock_wall_ms(env->clock) / 86400000U));
    return PT_EXIT_OK;
}
