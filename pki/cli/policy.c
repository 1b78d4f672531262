/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * policy.c -- poterne-pki policy: the table of pki/policy.c on one day, for the RSSI's
 * homologation file and for a reviewer's diff. With --at, what changes between today and that
 * day is marked in the table and named on the diagnostics. Needs no configuration.
 * Layer 1 (pki).
 */
#include "poterne/pki/policy.h"
#include "pki/cli/tool_int.h"

#include <inttypes.h>

struct view {
    const struct pt_cli *cli;
    enum pt_format format;
    int32_t today;
    int32_t at;
};

static struct pt_cell number_or_null(uint32_t n)
{
    return (struct pt_cell){.kind = n == 0U ? PT_CELL_NULL : PT_CELL_NUMBER, .number = n};
}

static struct pt_cell text_or_null(const char *text)
{
    return (struct pt_cell){.kind = text == NULL ? PT_CELL_NULL : PT_CELL_TEXT,
                            .text = pt_slice_str(text)};
}

static const char *kind_text(const struct pt_policy_rule *rule)
{
    static const char *const texts[] = {
        [PT_POLICY_HASH] = "hachage",     [PT_POLICY_MAC] = "mac",
        [PT_POLICY_CIPHER] = "chiffre",   [PT_POLICY_KEY] = "clé",
        [PT_POLICY_SIGNATURE] = "schéma", [PT_POLICY_KEM] = "kem",
        [PT_POLICY_JOSE] = "jose",        [PT_POLICY_TLS] = "tls",
        [PT_POLICY_DAYS] = "durée",       [PT_POLICY_SECONDS] = "durée",
    };
    return texts[rule->kind];
}

static const char *unit_text(const struct pt_policy_rule *rule)
{
    if (rule->kind == PT_POLICY_DAYS) {
        return "jours";
    }
    if (rule->kind == PT_POLICY_SECONDS) {
        return "s";
    }
    return rule->bits_min == 0U && rule->bits_max == 0U ? NULL : "bits";
}

static const char *verdict_text(const struct pt_policy_rule *rule, int32_t days)
{
    static const char *const texts[] = {[PT_POLICY_REFUSED] = "refusé",
                                        [PT_POLICY_ENDING] = "accepté, fin prévue",
                                        [PT_POLICY_ACCEPTED] = "accepté"};
    return texts[pt_policy_rule_verdict(rule, days)];
}

/* Accepted on the day the operator asks from, refused on the day asked about. */
static bool ends_between(const struct view *view, const struct pt_policy_rule *rule)
{
    return pt_policy_rule_verdict(rule, view->today) != PT_POLICY_REFUSED &&
           pt_policy_rule_verdict(rule, view->at) == PT_POLICY_REFUSED;
}

static void print_rules(const struct view *view)
{
    static const struct pt_column columns[] = {
        {"kind", "Genre", 8},       {"name", "Nom", 24},          {"min", "Min", 5},
        {"max", "Max", 6},          {"unit", "Unité", 5},         {"until", "Jusqu'au", 10},
        {"verdict", "Verdict", 19}, {"change", "Changement", 14}, {"source", "Source", 30},
    };
    struct pt_table table = {.out = view->cli->out,
                             .format = view->format,
                             .columns = columns,
                             .ncolumns = PT_COUNT(columns)};
    size_t n = 0U;
    const struct pt_policy_rule *rules = pt_policy_rules(&n);
    pt_table_begin(&table);
    for (size_t i = 0U; i < n; i++) {
        const struct pt_cell cells[] = {
            text_or_null(kind_text(&rules[i])),
            text_or_null(rules[i].name),
            number_or_null(rules[i].bits_min),
            number_or_null(rules[i].bits_max),
            text_or_null(unit_text(&rules[i])),
            text_or_null(rules[i].until),
            text_or_null(verdict_text(&rules[i], view->at)),
            text_or_null(ends_between(view, &rules[i]) ? "REFUSÉ ALORS" : NULL),
            text_or_null(rules[i].source),
        };
        pt_table_row(&table, cells);
    }
    pt_table_end(&table);
}

/* The same, as sentences: what must be replaced before that day. */
static void print_changes(const struct view *view)
{
    char date[PT_DATE_LEN + 1U];
    size_t n = 0U;
    const struct pt_policy_rule *rules = pt_policy_rules(&n);
    pt_time_date_text(view->at, date);
    for (size_t i = 0U; i < n; i++) {
        if (ends_between(view, &rules[i])) {
            (void)fprintf(view->cli->err,
                          "poterne-pki: %s, %" PRIu32 " à %" PRIu32
                          " bits : accepté aujourd'hui, refusé le %s\n",
                          rules[i].name, rules[i].bits_min, rules[i].bits_max, date);
        }
    }
}

PT_RESULT tool_day(const struct pt_cli *cli, int32_t today, int32_t *ret_day)
{
    const char *at = pt_cli_get(cli, "at");
    *ret_day = today;
    if (at != NULL && !pt_ok(pt_time_date_parse(pt_slice_str(at), ret_day))) {
        (void)fprintf(cli->err,
                      "poterne-pki: --at : une date AAAA-MM-JJ, par exemple 2031-01-01\n");
        return PT_FAIL(PT_E_SYNTAX);
    }
    return PT_SUCCESS;
}

int command_policy(const struct pt_cli *cli, void *ctx)
{
    const struct pt_pki_env *env = (const struct pt_pki_env *)ctx;
    struct view view = {.cli = cli, .today = (int32_t)(pt_clock_wall_ms(env->clock) / 86400000U)};
    if (!pt_ok(pt_cli_format(cli, &view.format)) || !pt_ok(tool_day(cli, view.today, &view.at))) {
        return PT_EXIT_USAGE;
    }
    print_rules(&view);
    print_changes(&view);
    return PT_EXIT_OK;
}
