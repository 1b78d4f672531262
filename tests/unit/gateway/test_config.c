/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/config: one mistake, one error, at its place. */
#include "config_case.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct config_case c;

static void setup(void)
{
    case_init(&c);
}

static void teardown(void)
{
    case_done(&c);
}

TestSuite(config, .init = setup, .fini = teardown, .timeout = 20.0);

/* --- one wrong thing at a time
 * ------------------------------------------------------------------------------ */

struct wrong {
    const char *old;
    const char *now;
    const char *place;
    const char *message;
};

static void expect_all(const struct wrong *rows, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        case_edit(&c, rows[i].old, rows[i].now);
        case_expect_error(&c, rows[i].place, rows[i].message);
    }
}

Test(config, a_value_of_the_wrong_type_is_refused_where_it_stands)
{
    static const struct wrong rows[] = {
        {"\"21680999600004\"", "\"21680999600005\"", "2:10", "il faut un SIRET"},
        {"\"21680999600004\"", "216809996", "2:10", "« 216809996 » : il faut un SIRET"},
        {"dpo@admiville.fr", "dpo", "4:8", "il faut une adresse électronique"},
        {"dpo@admiville.fr", "dpo@admiville", "4:8", "il faut une adresse électronique"},
        {"dpo@admiville.fr", "d po@admiville.fr", "4:8", "il faut une adresse électronique"},
        {"0.0.0.0:8443", "8443", "6:8", "il faut une adresse IP et un port"},
        {"0.0.0.0:8443", "0.0.0.0", "6:8", "il faut une adresse IP et un port"},
        {"0.0.0.0:8443", "0.0.0.0:65536", "6:8", "il faut une adresse IP et un port"},
        {"0.0.0.0:8443", "0.0.0.256:8443", "6:8", "il faut une adresse IP et un port"},
        {"0.0.0.0:8443", "localhost:8443", "6:8", "il faut une adresse IP et un port"},
        {"0.0.0.0:8443", "::1:8443", "6:8", "il faut une adresse IP et un port"},
        {"\"[::1]:9464\"", "\"[::1]\"", "7:12", "il faut une adresse IP et un port"},
        {"\"[::1]:9464\"", "\"[::1:9464\"", "7:12", "il faut une adresse IP et un port"},
        {"legal-mode: demande", "legal-mode: autre", "28:17", "il faut demande ou proactif"},
        {"valid-from: 2026-01-01", "valid-from: 2026-02-30", "31:17", "il faut une date"},
        {"valid-from: 2026-01-01", "valid-from: 1/1/2026", "31:17", "il faut une date"},
        {"procedure: subvention-association", "procedure: Subvention", "26:16",
         "il faut un identifiant"},
        {"[/data/siren, /data/adresse]", "[data/siren]", "40:18", "il faut un JSON Pointer"},
        {"[agent-042]", "[\"service:\"]", "33:14", "il faut un identifiant d'agent"},
        {"[agent-042]", "agent-042", "33:13", "« agent-042 » : il faut une liste"},
        {"[agent-042]", "[{a: b}]", "33:14", "« agents » : il faut un identifiant d'agent"},
        {"datapass: \"12345\"", "datapass: \"\"", "30:15", "il faut un texte d'une ligne"},
        {"datapass: \"12345\"", "datapass: \"a\\nb\"", "30:15", "il faut un texte d'une ligne"},
        {"datapass: \"12345\"", "datapass:", "30:14", "« datapass » : il faut un texte"},
        {"datapass: \"12345\"", "case-required: yes", "30:20", "il faut true ou false"},
        {"datapass: \"12345\"", "channels: [en-ligne, fax]", "30:26",
         "il faut en-ligne, guichet, telephone ou courrier"},
        {"00112233445566778899aabb", "0g112233445566778899aabb", "20:25",
         "il faut une empreinte SHA-256"},
        {"00112233445566778899aabb", "112233445566778899aabb", "20:25",
         "il faut une empreinte SHA-256"},
        {"  agent-042: {", "  Agent-042: {", "23:3", "« Agent-042 » : il faut un identifiant"},
    };
    case_load(&c);
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        case_edit(&c, rows[i].old, rows[i].now);
        if (strstr(rows[i].now, "Agent") != NULL) {
            case_edit_more(&c, "[agent-042]", "[\"service:x\"]");
        }
        case_expect_error(&c, rows[i].place, rows[i].message);
    }
}

Test(config, an_address_that_is_more_than_scheme_host_and_port_is_refused)
{
    static const char *const urls[] = {"http://entreprise.api.gouv.fr",
                                       "https://entreprise.api.gouv.fr/",
                                       "https://entreprise.api.gouv.fr/v4",
                                       "https://entreprise.api.gouv.fr?x=1",
                                       "https://u@entreprise.api.gouv.fr",
                                       "https://u:p@entreprise.api.gouv.fr",
                                       "https://",
                                       "https://:443",
                                       "https://a..b",
                                       "https://-a.fr",
                                       "https://a.fr.",
                                       "https://a.fr:0",
                                       "https://a.fr:",
                                       "https://a_b.fr",
                                       "https://[::1",
                                       "HTTPS://a.fr"};
    for (size_t i = 0U; i < PT_COUNT(urls); i++) {
        char value[128];
        (void)snprintf(value, sizeof value, "url: \"%s\" }\n  part", urls[i]);
        case_edit(&c, "url: https://entreprise.api.gouv.fr }\n  part", value);
        case_expect_error(&c, "16:44", "il faut https://hôte[:port]");
    }
}

Test(config, a_key_that_does_not_exist_is_refused_with_the_nearest_one_that_does)
{
    static const struct wrong rows[] = {
        {"  siret:", "  sirt:", "2:3", "clé inconnue « sirt »"},
        {"title:", "titel:", "27:5", "clé inconnue « titel »"},
        {"    context:", "    contexte:", "36:5", "clé inconnue « contexte »"},
        {"  dpo:", "  dpoo:", "4:3", "clé inconnue « dpoo »"},
        {"listen:", "lisen:", "5:1", "clé inconnue « lisen »"},
    };
    expect_all(rows, PT_COUNT(rows)); /* one error each: what was meant is not missing too */
    case_edit(&c, "title:", "titel:");
    case_load(&c);
    cr_expect(case_reports(&c, "      = aide : vouliez-vous dire « title » ?\n"), "%s",
              c.report.ptr);
}

Test(config, what_is_missing_is_said_once_and_not_below)
{
    static const struct wrong rows[] = {
        {"  siret: \"21680999600004\"\n", "", "1:1", "clé manquante « siret »"},
        {"  grc: 0.0.0.0:8443\n", "", "5:1", "clé manquante « grc »"},
        {"  key: tls/server.key\n", "", "8:1", "clé manquante « key »"},
        {"log:\n  directory: /var/lib/poterne/log\n", "", "1:1", "section manquante « log »"},
        {"  directory: /var/lib/poterne/log\n", "", "13:1", "clé manquante « directory »"},
        {"    procedure: subvention-association\n", "", "25:3", "clé manquante « procedure »"},
        {"    token-file: tokens/subvention\n", "", "25:3", "clé manquante « token-file »"},
        {"        fields: [/data/siren, /data/adresse]\n", "", "39:7", "clé manquante « fields »"},
        {"[/data/siren, /data/adresse]", "[]", "40:17", "« fields » est vide"},
        {"habilitations: [subvention]", "habilitations: []", "21:20", "« habilitations » est vide"},
        {"    habilitations: [subvention]\n", "", "19:3", "clé manquante « habilitations »"},
        {"granted-by: dgs, ", "", "23:3", "clé manquante « granted-by »"},
    };
    expect_all(rows, PT_COUNT(rows));
}

Test(config, LEG_01_a_habilitation_without_legal_mode_or_basis_is_refused)
{
    static const struct wrong rows[] = {
        {"    legal-mode: demande\n", "", "25:3", "clé manquante « legal-mode »"},
        {"    legal-basis: CRPA L.114-8 I\n", "", "25:3", "clé manquante « legal-basis »"},
        {"legal-mode: demande", "legal-mode: fraude", "28:17", "il faut demande ou proactif"},
    };
    expect_all(rows, PT_COUNT(rows));
}

Test(config, LEG_02_a_field_the_dataset_does_not_have_is_refused_with_the_nearest_one)
{
    case_edit(&c, "/data/adresse", "/data/adrese");
    case_expect_error(&c, "40:31",
                      "champ « /data/adrese » inconnu de « entreprise/v4/insee/unites_legales »");
    cr_expect(case_reports(&c, "vouliez-vous dire « adresse » ?"), "%s", c.report.ptr);
    case_edit(&c, "/data/adresse", "/data/codes/0");
    case_expect_error(&c, "40:31", "champ « /data/codes/0 » inconnu");
    case_edit(&c, "[/data/siren, /data/adresse]", "[\"*\"]");
    case_expect_error(&c, "40:18", "il faut un JSON Pointer");
}

Test(config, LEG_02_a_dataset_nobody_knows_is_refused_with_the_nearest_one)
{
    case_edit(&c, "entreprise/v4/insee/unites_legales", "entreprise/v4/insee/unites_legale");
    case_expect_error(&c, "39:7", "jeu de données « entreprise/v4/insee/unites_legale » inconnu");
    cr_expect(case_reports(&c, "vouliez-vous dire « entreprise/v4/insee/unites_legales » ?"), "%s",
              c.report.ptr);
}

Test(config, LEG_10_a_commune_without_a_true_SIRET_is_refused)
{
    case_edit(&c, "21680999600004", "21680999600014");
    case_expect_error(&c, "2:10", "il faut un SIRET");
}

Test(config, LEG_11_an_agent_without_who_granted_it_or_who_does_not_exist_is_refused)
{
    case_edit(&c, "granted-by: dgs", "granted-by: \"\"");
    case_expect_error(&c, "23:54", "il faut un texte");
    case_edit(&c, "[agent-042]", "[agent-43]");
    case_expect_error(&c, "33:14", "agent « agent-43 » n'est pas défini sous « agents »");
    cr_expect(case_reports(&c, "vouliez-vous dire « agent-042 » ?"), "%s", c.report.ptr);
    case_edit(&c, "[agent-042]", "[\"service:a\", \"service:b\"]");
    case_expect_error(&c, "33:27", "un seul agent automatique");
}

Test(config, LEG_18_traces_are_kept_thirty_six_months_no_less_and_no_more)
{
    case_edit(&c, "log\nupstreams:", "log\n  retention-months: 35\nupstreams:");
    case_expect_error(&c, "15:21", "« 35 » : il faut exactement 36");
    case_edit(&c, "log\nupstreams:", "log\n  retention-months: 37\nupstreams:");
    case_expect_error(&c, "15:21", "« 37 » : il faut exactement 36");
    case_edit(&c, "log\nupstreams:", "log\n  retention-months: 36\nupstreams:");
    case_expect_clean(&c);
    cr_expect_eq(c.config->retention_months, 36U);
}

Test(config, LEG_26_an_api_entreprise_habilitation_without_context_or_object_is_refused)
{
    static const struct wrong rows[] = {
        {"    context: Subventions\n", "", "25:3", "clé manquante « context »"},
        {"    object: subvention-association\n", "", "25:3", "clé manquante « object »"},
        {"context: Subventions", "context: \"  \"", "36:14", "il faut un texte"},
        {"object: subvention-association",
         "object: éééééééééééééééééééééééééééééééééééééééééééééééééé", "37:13",
         "moins de 50 caractères"},
    };
    expect_all(rows, PT_COUNT(rows));
    case_edit(&c, "object: subvention-association",
              "object: ééééééééééééééééééééééééééééééééééééééééééééééééé");
    case_expect_clean(&c);
}

Test(config, a_reference_to_nothing_is_refused_with_the_nearest_name)
{
    static const struct wrong rows[] = {
        {"upstream: entreprise", "upstream: entreprse", "34:15",
         "API « entreprse » n'est pas défini sous « upstreams »"},
        {"habilitations: [subvention]", "habilitations: [subventions]", "21:21",
         "habilitation « subventions » n'est pas défini sous « habilitations »"},
    };
    expect_all(rows, PT_COUNT(rows));
    cr_expect(case_reports(&c, "vouliez-vous dire « subvention » ?"), "%s", c.report.ptr);
}

Test(config, what_refers_to_a_refused_entry_is_not_a_second_error)
{
    case_edit(&c, "  agent-042: { service: vie-associative", "  agent-042: { servce: x");
    case_load(&c);
    cr_expect(case_reports(&c, "clé inconnue « servce »"), "%s", c.report.ptr);
    cr_expect_not(case_reports(&c, "n'est pas défini"), "%s", c.report.ptr);
    case_edit(&c, "{ service: vie-associative, granted-by: dgs, valid-until: 2027-12-31 }", "non");
    case_expect_error(&c, "23:14", "il faut une table de clés");
}

Test(config, a_family_without_connector_is_known_but_cannot_be_habilitated)
{
    case_edit(&c, "upstream: entreprise", "upstream: particulier");
    case_expect_error(&c, "34:15",
                      "aucun connecteur de cette version ne sert la famille « api-particulier »");
    case_edit(&c, "kind: api-particulier", "kind: api-citoyen");
    case_expect_error(&c, "17:24", "il faut api-entreprise ou api-particulier");
}

Test(config, a_dataset_of_another_api_than_its_upstream_is_refused)
{
    case_edit(&c, "entreprise/v4/insee/unites_legales", "particulier/v3/cnaf/quotient");
    case_edit_more(&c, "[/data/siren, /data/adresse]", "[/data/quotient]");
    case_expect_error(&c, "39:7", "est de l'API « particulier »");
}

Test(config, dates_in_the_wrong_order_are_refused)
{
    case_edit(&c, "valid-until: 2027-12-31\n", "valid-until: 2025-12-31\n");
    case_expect_error(&c, "32:18", "« valid-until » est avant « valid-from »");
    case_edit(&c, "valid-from: 2026-01-01", "valid-from: 2027-12-31");
    case_expect_clean(&c);
}

Test(config, two_clients_with_one_certificate_are_refused_with_both_places)
{
    case_edit(&c, "agents:\n",
              "  z-autre: { certificate-sha256: "
              "\"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
              "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\", habilitations: [subvention] }\n"
              "agents:\n");
    case_expect_error(&c, "22:34",
                      "le client « z-autre » a le même certificat que « grc-publik » "
                      "(" CASE_YAML ":20:25)");
}

#define NEXT                                                                                       \
    "    next-certificate-sha256: "                                                                \
    "\"0022112233445566778899aabbccddeeff00112233445566778899aabbccddee\"\n"

Test(config, RGS_16_a_client_that_is_renewed_is_known_by_both_of_its_certificates)
{
    case_edit(&c, "    habilitations: [subvention]\n", NEXT "    habilitations: [subvention]\n");
    case_expect_clean(&c);
    cr_assert_eq(c.config->nclients, 2U);
    const struct pt_client *clients = c.config->clients;
    cr_expect_eq(clients[0].fingerprint[1], 0x11U);
    cr_expect_eq(clients[1].fingerprint[1], 0x22U);
    cr_expect(pt_slice_eq(clients[0].id, clients[1].id));
    cr_expect_eq(clients[0].habilitations[0], clients[1].habilitations[0]);
    case_edit(&c, "    habilitations: [subvention]\n",
              "    next-certificate-sha256: "
              "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"\n"
              "    habilitations: [subvention]\n");
    case_load(&c);
    cr_expect_eq(c.status.code, PT_E_SCHEMA);
    cr_expect(case_reports(&c, "a le même certificat que"), "%s", c.report.ptr);
}

Test(config, two_listeners_on_one_address_are_refused_unless_the_kernel_picks_the_port)
{
    case_edit(&c, "\"[::1]:9464\"", "0.0.0.0:8443");
    case_expect_error(&c, "7:12", "adresse déjà prise par « listen.grc »");
    case_edit(&c, "\"[::1]:9464\"", "127.0.0.1:0");
    case_edit_more(&c, "0.0.0.0:8443", "127.0.0.1:0");
    case_expect_clean(&c);
}

Test(config, a_door_and_a_journal_of_one_user_are_refused)
{
    case_edit(&c, "upstreams:\n",
              "process: { gate-user: poterne, scribe-user: poterne }\nupstreams:\n");
    case_expect_error(&c, "15:45", "deux utilisateurs distincts");
    case_edit(&c, "upstreams:\n", "process: { lanes: 17 }\nupstreams:\n");
    case_expect_error(&c, "15:19", "« 17 » : il faut un nombre entier de 0 à 16");
    case_edit(&c, "upstreams:\n", "process: { gate-user: 0day }\nupstreams:\n");
    case_expect_error(&c, "15:23", "il faut un utilisateur du système");
}

Test(config, an_item_written_twice_is_refused)
{
    case_edit(&c, "[/data/siren, /data/adresse]", "[/data/siren, /data/siren]");
    case_expect_error(&c, "40:31", "« /data/siren » est déjà défini à " CASE_YAML ":40:18");
}

/* --- warnings
 * ---------------------------------------------------------------------------------------------------
 */

Test(config, what_has_expired_is_a_warning_from_the_day_after)
{
    case_edit(&c, "valid-until: 2027-12-31\n", "valid-until: 2026-11-23\n");
    case_expect_warning(&c, "32:18", "habilitation « subvention » : expiré depuis le 2026-11-23");
    case_edit(&c, "valid-until: 2027-12-31 }", "valid-until: 2026-11-23 }");
    case_expect_warning(&c, "23:72", "agent « agent-042 » : expiré depuis le 2026-11-23");
    case_edit(&c, "valid-until: 2027-12-31\n", "valid-until: 2026-11-24\n");
    case_expect_clean(&c);
}

Test(config, a_dataset_the_state_has_deprecated_is_a_warning)
{
    case_edit(&c, "entreprise/v4/insee/unites_legales", "entreprise/v4/djepva/associations");
    case_edit_more(&c, "[/data/siren, /data/adresse]", "[/data/objet]");
    case_expect_warning(&c, "39:7", "déprécié par l'État");
}

Test(config, rgs_12_without_a_revocation_list_the_door_has_no_clients)
{
    case_edit(&c, "  client-crl: tls/clients.crl\n", "");
    case_expect_error(&c, "8:1", "« client-crl »");
}

Test(config, no_delegate_and_no_habilitation_are_warnings)
{
    case_edit(&c, "  dpo: dpo@admiville.fr\n", "");
    case_expect_warning(&c, "1:1", "« dpo » manque");
    case_put(&c, CASE_YAML,
             "commune: { siret: \"21680999600004\", name: A, dpo: d@a.fr }\n"
             "listen: { grc: 127.0.0.1:0 }\n"
             "tls: { certificate: a, key: b, client-ca: c, client-crl: d }\n"
             "log: { directory: e }\nclients:\nhabilitations:\n");
    case_expect_warning(&c, "1:1", "aucune habilitation");
}

/* --- several files
 * -----------------------------------------------------------------------------------------------
 */

Test(config, a_file_that_is_not_there_is_an_error_of_its_own_code)
{
    case_remove(&c, CASE_YAML);
    case_load(&c);
    cr_expect_eq(c.status.code, PT_E_IO);
    cr_expect_str_eq(c.report.ptr, CASE_YAML ": erreur : fichier absent\n1 erreur\n");
}

Test(config, fragments_are_united_in_the_order_of_their_names)
{
    case_put(&c, "/etc/poterne/conf.d/20-b.yaml",
             "agents:\n  agent-b: { service: s, granted-by: g }\n");
    case_put(&c, "/etc/poterne/conf.d/10-a.yaml",
             "agents:\n  agent-a: { service: s, granted-by: g }\nprocess: { lanes: 2 }\n");
    case_put(&c, "/etc/poterne/conf.d/ignored.yml", "nonsense: [");
    case_put(&c, "/etc/poterne/conf.d/deep/er.yaml", "nonsense: [");
    case_expect_clean(&c);
    cr_assert_eq(c.config->nagents, 3U);
    cr_expect(pt_slice_eq(c.config->agents[0].id, PT_SLICE("agent-042")));
    cr_expect(pt_slice_eq(c.config->agents[1].id, PT_SLICE("agent-a")));
    cr_expect(pt_slice_eq(c.config->agents[2].id, PT_SLICE("agent-b")));
    cr_expect_eq(c.config->lanes, 2U);
}

Test(config, an_entry_in_two_files_is_refused_with_both_places)
{
    case_put(&c, "/etc/poterne/conf.d/a.yaml",
             "agents:\n  agent-042: { service: s, granted-by: g }\n");
    case_load(&c);
    cr_expect_eq(c.status.code, PT_E_SCHEMA);
    cr_expect(case_reports(&c, "/etc/poterne/conf.d/a.yaml:2:3: erreur : « agent-042 » est déjà "
                               "défini à " CASE_YAML ":23:3\n"),
              "%s", c.report.ptr);
    cr_expect(case_reports(&c, "\n1 erreur\n"), "%s", c.report.ptr);
}

Test(config, a_section_in_two_files_is_refused_with_both_places)
{
    case_put(&c, "/etc/poterne/conf.d/a.yaml", "\nlog: { directory: /tmp }\n");
    case_load(&c);
    cr_expect(
        case_reports(&c,
                     "/etc/poterne/conf.d/a.yaml:2:1: erreur : « log » est déjà défini à " CASE_YAML
                     ":13:1\n"),
        "%s", c.report.ptr);
    cr_expect(case_reports(&c, "\n1 erreur\n"), "%s", c.report.ptr);
}

Test(config, errors_of_all_files_come_in_one_run_sorted_and_counted)
{
    case_edit(&c, "0.0.0.0:8443", "nulle-part");
    case_put(&c, "/etc/poterne/conf.d/a.yaml",
             "agents:\n  agent-x: { servce: s, granted-by: g }\n");
    case_load(&c);
    cr_expect_str_eq(c.report.ptr,
                     CASE_YAML ":6:8: erreur : « nulle-part » : il faut une adresse IP et un port "
                               "(0.0.0.0:8443, [::1]:8443)\n"
                               "    6 |   grc: nulle-part\n"
                               "      |        ^~~~~~~~~~\n"
                               "/etc/poterne/conf.d/a.yaml:2:14: erreur : clé inconnue « servce »\n"
                               "    2 |   agent-x: { servce: s, granted-by: g }\n"
                               "      |              ^~~~~~\n"
                               "      = aide : vouliez-vous dire « service » ?\n"
                               "2 erreurs\n");
}

Test(config, a_fragment_that_is_no_table_or_cannot_be_read_is_refused)
{
    case_put(&c, "/etc/poterne/conf.d/a.yaml", "- liste\n");
    case_load(&c);
    cr_expect(case_reports(&c, "a.yaml:1:1: erreur : il faut une table de sections"), "%s",
              c.report.ptr);
    case_put(&c, "/etc/poterne/conf.d/a.yaml", "agents: 3\n");
    case_load(&c);
    cr_expect(case_reports(&c, "a.yaml:1:9: erreur : « agents » : il faut une table"), "%s",
              c.report.ptr);
    case_file(&c, "/etc/poterne/conf.d/a.yaml")->fault = PT_E_IO;
    case_load(&c);
    cr_expect(case_reports(&c, "a.yaml: erreur : fichier illisible\n1 erreur\n"), "%s",
              c.report.ptr);
    case_put(&c, "/etc/poterne/conf.d/a.yaml", "# rien\n");
    case_expect_clean(&c);
}

Test(config, a_bad_descriptor_is_reported_and_does_not_make_its_users_wrong)
{
    case_put(&c, CASE_DATASETS "/entreprise/v4/insee/unites_legales.json", "{");
    case_load(&c);
    cr_expect_eq(c.status.code, PT_E_SCHEMA);
    cr_expect(case_reports(&c, "descripteur "), "%s", c.report.ptr);
    cr_expect(case_reports(&c, "\n1 erreur\n") || case_reports(&c, "1 erreur\n"), "%s",
              c.report.ptr);
    cr_expect_not(case_reports(&c, "inconnu"), "%s", c.report.ptr);
    c.source.datasets = "/nowhere";
    case_load(&c);
    cr_expect(case_reports(&c, "aucun descripteur de jeu de données dans « /nowhere »"), "%s",
              c.report.ptr);
}

/* --- what was accepted
 * --------------------------------------------------------------------------------------------- */

Test(config, the_good_configuration_gives_the_snapshot_it_says)
{
    case_expect_clean(&c);
    const struct pt_config *config = c.config;
    cr_expect(pt_slice_eq(config->siret, PT_SLICE("21680999600004")));
    cr_expect(pt_slice_eq(config->name, PT_SLICE("Commune d'Admiville")));
    cr_expect(pt_slice_eq(config->listen_grc, PT_SLICE("0.0.0.0:8443")));
    cr_expect(pt_slice_eq(config->listen_metrics, PT_SLICE("[::1]:9464")));
    cr_expect_eq(config->listen_identity.len, 0U);
    cr_expect(pt_slice_eq(config->tls_key_path, PT_SLICE("/etc/poterne/tls/server.key")));
    cr_expect(pt_slice_eq(config->tls_client_ca_path, PT_SLICE("/etc/poterne/tls/ca.pem")));
    cr_expect_eq(config->retention_months, 36U);
    cr_expect(pt_slice_eq(config->log_origin, PT_SLICE("trace.21680999600004/poterne")));
    cr_expect(pt_slice_eq(config->log_gateway, PT_SLICE("poterne")));
    cr_expect_eq(config->log_reserve_bytes, PT_LOG_RESERVE_BYTES);
    cr_expect_eq(config->lanes, 0U);
    cr_assert_eq(config->nclients, 1U);
    cr_expect_eq(config->clients[0].fingerprint[1], 0x11U);
    cr_assert_eq(config->clients[0].nhabilitations, 1U);
    const struct pt_habilitation *h = config->clients[0].habilitations[0];
    cr_expect_eq(h, &config->habilitations[0]);
    cr_expect_eq(h->channels, 15U);
    cr_expect_eq(h->mode, PT_MODE_DEMANDE);
    cr_expect_not(h->case_required);
    cr_expect_eq(h->upstream, &config->upstreams[0]);
    cr_assert_eq(h->nagents, 1U);
    cr_expect_eq(h->agents[0], &config->agents[0]);
    cr_assert_eq(h->ngrants, 1U);
    cr_expect_eq(pt_mask_count(h->grants[0].mask), 2U);
    cr_expect_null(h->token, "PATHS reads no secret");
}

Test(config, the_optional_keys_reach_the_snapshot)
{
    case_edit(&c, "[agent-042]",
              "[\"service:guichet-unique\", agent-042]\n"
              "    channels: [guichet, courrier]\n    case-required: true");
    case_edit_more(&c, "log\nupstreams:",
                   "log\n  origin: exemple.fr/journal\n  gateway: porte-2\n  reserve: 512\n"
                   "process: { gate-user: pt-gate, scribe-user: _pt }\nupstreams:");
    case_edit_more(&c, "legal-mode: demande", "legal-mode: proactif");
    case_expect_clean(&c);
    const struct pt_habilitation *h = &c.config->habilitations[0];
    cr_expect(pt_slice_eq(h->automatic_agent, PT_SLICE("service:guichet-unique")));
    cr_expect_eq(h->nagents, 1U);
    cr_expect_eq(h->channels, (1U << PT_CHANNEL_DESK) | (1U << PT_CHANNEL_POST));
    cr_expect(h->case_required);
    cr_expect_eq(h->mode, PT_MODE_PROACTIF);
    cr_expect(pt_slice_eq(c.config->log_origin, PT_SLICE("exemple.fr/journal")));
    cr_expect(pt_slice_eq(c.config->log_gateway, PT_SLICE("porte-2")));
    cr_expect_eq(c.config->log_reserve_bytes, 512U * 1048576ULL);
    cr_expect(pt_slice_eq(c.config->scribe_user, PT_SLICE("_pt")));
}

Test(config, a_tool_may_load_the_paths_without_any_descriptor)
{
    c.source.datasets = NULL;
    case_expect_clean(&c);
    cr_expect_eq(c.config->habilitations[0].ngrants, 0U);
    c.source.depth = PT_CONFIG_FULL;
    struct pt_config *none = NULL;
    cr_expect_eq(pt_config_load(&c.source, &c.report, &none).code, PT_E_ARG);
}

Test(config, a_relative_main_file_keeps_relative_paths)
{
    c.source.path = "poterne.yaml";
    case_file(&c, CASE_YAML)->path = "poterne.yaml";
    case_expect_clean(&c);
    cr_expect(pt_slice_eq(c.config->tls_key_path, PT_SLICE("tls/server.key")));
}

Test(config, channels_have_one_name_each_and_no_other)
{
    for (uint32_t i = 0U; i < PT_CHANNEL_COUNT; i++) {
        enum pt_channel found = PT_CHANNEL_COUNT;
        cr_assert(pt_ok(pt_channel_find(pt_channel_name((enum pt_channel)i), &found)));
        cr_expect_eq(found, i);
    }
    enum pt_channel found = PT_CHANNEL_DESK;
    cr_expect_eq(pt_channel_find(PT_SLICE("fax"), &found).code, PT_E_ABSENT);
    cr_expect_eq(pt_channel_find(PT_SLICE_EMPTY, &found).code, PT_E_ABSENT);
    cr_expect_eq(found, PT_CHANNEL_DESK);
    cr_expect_eq(pt_channel_name(PT_CHANNEL_COUNT).len, 0U);
}
