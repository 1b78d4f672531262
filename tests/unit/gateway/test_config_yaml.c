/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/config: the closed profile of YAML, and what a diagnosis shows and hides. */
#include "config_case.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct config_case c;

static void setup(void)
{
    case_init(&c);
}

static void teardown(void)
{
    case_done(&c);
}

TestSuite(config_yaml, .init = setup, .fini = teardown, .timeout = 20.0);

/* The only file, and what must be said of it. */
static void expect(const char *yaml, const char *line)
{
    case_put(&c, CASE_YAML, yaml);
    case_load(&c);
    cr_assert_eq(c.status.code, PT_E_SCHEMA, "%s", c.report.ptr);
    char text[512];
    (void)snprintf(text, sizeof text, CASE_YAML ":%s", line);
    cr_expect(case_reports(&c, text), "no \"%s\" in:\n%s", text, c.report.ptr);
}

static void expect_only(const char *yaml, const char *line)
{
    expect(yaml, line);
    cr_expect(case_reports(&c, "\n1 erreur\n"), "not one error:\n%s", c.report.ptr);
}

/* --- the profile
 * ---------------------------------------------------------------------------------------------- */

Test(config_yaml, an_anchor_an_alias_a_tag_and_a_merge_key_are_refused_by_name)
{
    case_edit(&c, "dpo: dpo@admiville.fr", "dpo: &a dpo@admiville.fr");
    case_expect_error(&c, "4:8", "ancre « &a » refusée");
    case_edit(&c, "title: Subvention", "title: *a # Subvention");
    case_expect_error(&c, "27:12", "alias « *a » refusé");
    case_edit(&c, "dpo: dpo@admiville.fr", "dpo: !!str dpo@admiville.fr");
    case_expect_error(&c, "4:8", "refusée : le type de chaque valeur est connu");
    case_edit(&c, "dpo: dpo@admiville.fr", "dpo: !interne dpo@admiville.fr");
    case_expect_error(&c, "4:8", "étiquette YAML « !interne »");
    case_edit(&c, "  dpo: dpo@admiville.fr", "  dpo: dpo@admiville.fr\n  <<: { a: b }");
    case_expect_error(&c, "5:3", "clé de fusion « << » refusée");
    case_edit(&c, "{ kind: api-particulier,", "!!map { kind: api-particulier,");
    case_expect_error(&c, "17:16", "étiquette YAML");
    case_edit(&c, "  dpo:", "  *a : x\n  dpo:");
    case_expect_error(&c, "4:3", "alias « *a » refusé");
}

Test(config_yaml, a_bomb_of_aliases_costs_nothing)
{
    expect("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
           "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n",
           "2:8: erreur : alias « *a » refusé");
}

Test(config_yaml, a_second_document_or_a_directive_is_refused)
{
    case_put(&c, "/etc/poterne/conf.d/a.yaml", "agents:\n---\nagents:\n");
    case_load(&c);
    cr_expect(case_reports(&c, "a.yaml:2:1: erreur : un seul document par fichier\n"), "%s",
              c.report.ptr);
    case_put(&c, "/etc/poterne/conf.d/a.yaml", "%YAML 1.1\n---\nagents:\n");
    case_load(&c);
    cr_expect(case_reports(&c, "a.yaml:1:1: erreur : directive YAML"), "%s", c.report.ptr);
    case_put(&c, "/etc/poterne/conf.d/a.yaml", "---\nagents:\n");
    case_expect_clean(&c);
}

Test(config_yaml, a_repeated_key_is_refused_with_the_place_of_the_first)
{
    case_edit(&c, "  dpo:", "  name: Autre\n  dpo:");
    case_expect_error(&c, "4:3", "« name » est déjà défini à " CASE_YAML ":3:3");
    case_edit(&c, "agents:\n", "agents:\n  agent-042: { service: a, granted-by: b }\n");
    case_expect_error(&c, "24:3", "« agent-042 » est déjà défini à " CASE_YAML ":23:3");
}

Test(config_yaml, a_tab_is_refused_wherever_it_stands)
{
    case_edit(&c, "name: Commune", "name:\tCommune");
    case_expect_error(&c, "3:8", "tabulation : écrire des espaces");
    case_edit(&c, "  dpo:", "\tdpo:");
    case_load(&c);
    cr_expect(case_reports(&c, ":4:1: erreur : tabulation"), "%s", c.report.ptr);
    cr_expect(case_reports(&c, "\n1 erreur\n"), "nothing is said of the rest:\n%s", c.report.ptr);
}

Test(config_yaml, text_that_is_not_UTF_8_or_holds_control_characters_is_refused)
{
    case_edit(&c, "name: Commune", "name: Comm\xFFune");
    case_load(&c);
    cr_expect(case_reports(&c, ":3:13: erreur : ce n'est pas de l'UTF-8"), "%s", c.report.ptr);
    case_edit(&c, "name: Commune", "name: é\x01");
    case_load(&c);
    cr_expect(case_reports(&c, ":3:10: erreur : caractère de commande interdit"), "%s",
              c.report.ptr);
    cr_expect(case_reports(&c, "name: é?"), "shown without it:\n%s", c.report.ptr);
}

Test(config_yaml, text_that_is_not_YAML_is_one_error_in_French_at_its_place)
{
    static const struct {
        const char *yaml;
        const char *line;
    } rows[] = {
        {"commune: a: b\n", "1:11: erreur : « : » inattendu"},
        {"commune:\n   siret: 1\n  name: 2\n", "3:3: erreur : "},
        {"commune: \"abc\n", "1:10: erreur : ce guillemet n'est pas fermé"},
        {"commune: { a: b\n", "2:1: erreur : « , » ou « } » manque"},
        {"commune: [ a\n", "2:1: erreur : « , » ou « ] » manque"},
        {"commune: @x\n", "1:10: erreur : caractère inattendu"},
        {"commune: \"\\q\"\n", "1:11: erreur : « \\ » suivi d'un caractère inconnu"},
        {"listen: {\n", "2:1: erreur : "},
        {"? [a]\n: b\n", "1:3: erreur : une clé est un texte"},
        {"{a: b}: c\n", "1:1: erreur : "},
        {"commune: !x!y z\n", "1:10: erreur : "},
        {"] \n", "1:1: erreur : "},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        expect_only(rows[i].yaml, rows[i].line);
    }
}

Test(config_yaml, a_broken_file_does_not_make_the_others_wrong)
{
    case_put(&c, "/etc/poterne/conf.d/a.yaml", "agents: [\n");
    case_load(&c);
    cr_expect(case_reports(&c, "a.yaml:2:1: erreur : "), "%s", c.report.ptr);
    cr_expect(case_reports(&c, "\n1 erreur\n"), "%s", c.report.ptr);
    case_edit(&c, "agents:\n", "agents: \"\n");
    case_load(&c);
    cr_expect_not(case_reports(&c, "manqu"), "%s", c.report.ptr);
    cr_expect_not(case_reports(&c, "n'est pas défini"), "%s", c.report.ptr);
}

Test(config_yaml, an_empty_file_lacks_its_sections_and_a_scalar_is_no_file)
{
    expect("", "1:1: erreur : section manquante « commune »");
    cr_expect(case_reports(&c, "\n4 erreurs\n"), "%s", c.report.ptr);
    expect("# rien\n", "1:1: erreur : section manquante « tls »");
    expect_only("bonjour\n", "1:1: erreur : « bonjour » : il faut une table de clés");
    expect_only("- a\n", "1:1: erreur : ");
}

Test(config_yaml, a_byte_order_mark_and_CRLF_are_no_columns)
{
    case_put(&c, CASE_YAML, "\xEF\xBB\xBFlisten: 3\r\ncommune: 4\r\n");
    case_load(&c);
    cr_expect(case_reports(&c, ":1:9: erreur : « 3 » : il faut une table de clés\n"), "%s",
              c.report.ptr);
    cr_expect(case_reports(&c, "    2 | commune: 4\n      |          ^\n"), "%s", c.report.ptr);
}

/* --- bounds
 * ------------------------------------------------------------------------------------------------------
 */

static char *repeat(const char *head, const char *what, size_t n, const char *tail)
{
    const size_t k = strlen(what);
    const size_t size = strlen(head) + n * k + strlen(tail) + 1U;
    char *text = malloc(size);
    cr_assert_not_null(text);
    (void)snprintf(text, size, "%s", head);
    size_t at = strlen(head);
    for (size_t i = 0U; i < n; i++) {
        memcpy(text + at, what, k);
        at += k;
    }
    (void)snprintf(text + at, size - at, "%s", tail);
    return text;
}

Test(config_yaml, depth_has_a_bound)
{
    char *deep = repeat("a: ", "[", PT_CONFIG_DEPTH_MAX, "\n");
    expect(deep, "1:19: erreur : trop de niveaux");
    free(deep);
    deep = repeat("a: ", "[", 100000U, "");
    expect(deep, "1:19: erreur : trop de niveaux");
    free(deep);
}

Test(config_yaml, the_entries_of_a_table_have_a_bound)
{
    char *wide = repeat("agents: [", "a,", PT_CONFIG_ENTRIES_MAX, "a]\n");
    expect_only(wide, "1:8202: erreur : trop d'éléments");
    free(wide);
    wide = repeat("agents: [", "a,", PT_CONFIG_ENTRIES_MAX, "]\n");
    expect(wide, "1:9: erreur : « agents » : il faut une table\n");
    free(wide);
}

Test(config_yaml, all_values_together_have_a_bound)
{
    char *list = repeat("- [", "a,", 4000U, "]\n");
    char *many = repeat("x:\n", list, 40U, "");
    expect(many, "34:");
    cr_expect(case_reports(&c, "trop de "), "%s", c.report.ptr);
    free(many);
    free(list);
}

Test(config_yaml, a_file_that_is_too_large_is_refused)
{
    case_file(&c, CASE_YAML)->fault = PT_E_LIMIT;
    case_load(&c);
    cr_expect_eq(c.status.code, PT_E_IO);
    cr_expect(case_reports(&c, ": erreur : fichier trop grand\n"), "%s", c.report.ptr);
}

Test(config_yaml, errors_beyond_the_bound_are_counted)
{
    struct pt_buf yaml;
    pt_buf_init(&yaml, PT_CONFIG_FILE_MAX);
    for (uint64_t i = 0U; i < PT_CONFIG_ERRORS_MAX + 50U; i++) {
        pt_buf_put_str(&yaml, "k");
        pt_buf_put_u64(&yaml, i);
        pt_buf_put_str(&yaml, ": 1\n");
    }
    pt_buf_put_byte(&yaml, '\0');
    case_put(&c, CASE_YAML, yaml.ptr);
    case_load(&c);
    cr_expect(case_reports(&c, "\n… 54 de plus ne sont pas montrés\n254 erreurs\n"), "%s",
              c.report.ptr + c.report.len - 200U);
    case_put(&c, CASE_YAML, "");
    pt_buf_done(&yaml);
}

/* --- places
 * -------------------------------------------------------------------------------------------------------
 */

Test(config_yaml, columns_are_characters_and_the_caret_stands_below)
{
    case_edit(&c, "agent-042: { service: vie-associative, granted-by: dgs",
              "agent-042: { service: \"été à Noël\", granted-by: \"\"");
    case_expect_error(&c, "23:51", "il faut un texte");
    cr_expect(case_reports(&c, "   23 |   agent-042: { service: \"été à Noël\", granted-by: \"\", "
                               "valid-until: 2027-12-31 }\n"
                               "      |                                                   ^~\n"),
              "%s", c.report.ptr);
}

Test(config_yaml, a_very_long_line_is_shown_around_the_caret)
{
    char *pad = repeat("name: \"", "é ", 170U, "\", nam: x }\nlisten:");
    case_edit(&c,
              "commune:\n  siret: \"21680999600004\"\n  name: Commune d'Admiville\n"
              "  dpo: dpo@admiville.fr\nlisten:",
              "commune: { siret: \"21680999600004\", dpo: d@a.fr, XX\nlisten:");
    case_edit_more(&c, "XX\nlisten:", pad);
    case_expect_error(&c, "1:400", "clé inconnue « nam »");
    cr_expect(case_reports(&c,
                           "\n      |                                                             "
                           "^~~\n"),
              "%s", c.report.ptr);
    free(pad);
}

/* --- secrets
 * -------------------------------------------------------------------------------------------------------
 */

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwb3Rlcm5lIn0.c2lnbmF0dXJl"

static void expect_hidden(const char *secret)
{
    case_load(&c);
    cr_assert_eq(c.status.code, PT_E_SCHEMA, "%s", c.report.ptr);
    cr_expect_not(case_reports(&c, secret), "%s", c.report.ptr);
    cr_expect(case_reports(&c, "(ligne masquée : elle peut contenir un secret)\n"), "%s",
              c.report.ptr);
}

Test(config_yaml, a_token_in_the_file_is_refused_and_not_shown)
{
    case_edit(&c, "token-file: tokens/subvention", "token-file: " JWT);
    case_expect_error(&c, "35:17", "un secret (jeton ou clé privée) n'a pas sa place");
    expect_hidden("eyJ");
    case_edit(&c, "title: Subvention à une association", "title: \"" JWT "\"");
    expect_hidden("eyJ");
    case_edit(&c, "    title:", "    " JWT ": x\n    title:");
    expect_hidden("eyJ");
    case_edit(&c, "object: subvention-association", "object: x # " JWT "\n    bad: 1");
    case_load(&c);
    cr_expect_not(case_reports(&c, "eyJ"), "%s", c.report.ptr);
    case_edit(&c, "valid-from: 2026-01-01", "valid-from: 2026 # " JWT);
    expect_hidden("eyJ");
}

Test(config_yaml, a_private_key_in_the_file_is_refused_and_not_shown)
{
    case_edit(&c, "  key: tls/server.key",
              "  key: |\n    -----BEGIN PRIVATE KEY-----\n    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49\n"
              "    -----END PRIVATE KEY-----\n  zzz: 1");
    case_load(&c);
    cr_expect(case_reports(&c, ":10:8: erreur : un secret"), "%s", c.report.ptr);
    cr_expect(case_reports(&c, "clé inconnue « zzz »\n   14 |   zzz: 1\n"), "%s", c.report.ptr);
    expect_hidden("MIGHAg");
}

Test(config_yaml, the_value_of_an_invented_key_that_sounds_secret_is_not_shown)
{
    case_edit(&c, "token-file: tokens/subvention", "token: s3cret-court");
    case_load(&c);
    cr_expect(case_reports(&c, ":35:5: erreur : clé inconnue « token »"), "%s", c.report.ptr);
    expect_hidden("s3cret-court");
    case_edit(&c, "    title:", "    motDePasse:\n      - s3cret-court\n    title:");
    case_load(&c);
    cr_expect_not(case_reports(&c, "s3cret-court"), "%s", c.report.ptr);
}

Test(config_yaml, a_wrong_path_of_a_secret_is_not_repeated_in_the_message)
{
    case_edit(&c, "token-file: tokens/subvention", "token-file: \"credential:../x\"");
    case_expect_error(&c, "35:17",
                      "« token-file » : il faut un chemin de fichier ou credential:NOM");
    case_edit(&c, "token-file: tokens/subvention", "token-file: [a]");
    case_expect_error(&c, "35:17", "« token-file » : il faut un chemin");
    case_edit(&c, "token-file: tokens/subvention", "token-file: ~");
    case_expect_error(&c, "35:17", "« token-file » : il faut un chemin");
}

Test(config_yaml, a_line_of_random_base64_is_not_shown_but_a_fingerprint_is)
{
    case_edit(&c, "    title:",
              "    titel: q8Zr3TqLw0Pz7mKxVb2NcD5fGh1JkLqWeRtYuIoPaSdFgHjKlZxCvBnM\n    title:");
    expect_hidden("q8Zr3TqLw0Pz7");
    case_edit(&c, "00112233445566778899aabb", "001122334455667788");
    case_load(&c);
    cr_expect(case_reports(&c, "« 001122334455667788ccdd"), "%s", c.report.ptr);
}

Test(config_yaml, an_unclosed_quote_around_a_token_does_not_show_it)
{
    case_edit(&c, "token-file: tokens/subvention", "token-file: \"" JWT);
    case_expect_error(&c, "35:17", "ce guillemet n'est pas fermé");
    cr_expect_not(case_reports(&c, "eyJ"), "%s", c.report.ptr);
}
