/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/config: the files a configuration names, and what they may not have in common. */
#include "config_case.h"
#include "torture.h"

#include "poterne/gateway/policy.h"
#include "poterne/gateway/reader.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SERVER_CERT "/etc/poterne/tls/server.pem"
#define SERVER_KEY  "/etc/poterne/tls/server.key"
#define CLIENT_CA   "/etc/poterne/tls/ca.pem"
#define CLIENT_CRL  "/etc/poterne/tls/clients.crl"
#define SPARE_KEY   "/keep/authority.key"
#define SERVER_VKEY "/keep/server.vkey"
#define LOG_VKEY    "/var/lib/poterne/log/keys/log.vkey"

static struct config_case c;

static void setup(void)
{
    case_init_full(&c);
}

static void teardown(void)
{
    case_done(&c);
}

TestSuite(config_files, .init = setup, .fini = teardown, .timeout = 60.0);

static void copy(const char *from, const char *to)
{
    case_put_bytes(&c, to, case_file(&c, from)->bytes);
}

/* A second habilitation, of another procedure, with its own token file. */
static void add_second(const char *procedure)
{
    char text[1024];
    (void)snprintf(
        text, sizeof text,
        "habilitations:\n  aide: { procedure: %s, title: Aide, legal-mode: demande, "
        "legal-basis: CRPA, valid-from: 2026-01-01, valid-until: 2027-01-01,\n"
        "    upstream: entreprise, token-file: tokens/aide, context: a, object: b,\n"
        "    datasets: { entreprise/v4/insee/unites_legales: { fields: [/data/siren] } } "
        "}\n",
        procedure);
    case_edit(&c, "habilitations:\n  subvention:", text);
    case_edit_more(&c, "} }\n", "} }\n  subvention:");
}

Test(config_files, a_file_that_is_missing_empty_or_unreadable_is_refused_at_the_key_that_names_it)
{
    static const struct {
        const char *path;
        const char *place;
    } rows[] = {{SERVER_CERT, "9:16"},
                {SERVER_KEY, "10:8"},
                {CLIENT_CA, "11:14"},
                {CLIENT_CRL, "12:15"},
                {CASE_TOKEN, "35:17"}};
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        struct config_file *file = case_file(&c, rows[i].path);
        const struct config_file before = *file;
        file->fault = PT_E_ABSENT;
        case_expect_error(&c, rows[i].place, "fichier absent : /etc/poterne/t");
        file->fault = PT_E_IO;
        case_expect_error(&c, rows[i].place, "fichier illisible : /etc/poterne/t");
        file->fault = PT_E_LIMIT;
        case_expect_error(&c, rows[i].place, "fichier trop grand : /etc/poterne/t");
        file->fault = 0U;
        file->bytes = PT_SLICE_EMPTY;
        case_expect_error(&c, rows[i].place, "fichier vide : /etc/poterne/t");
        *file = before;
    }
}

Test(config_files, a_file_of_another_kind_is_refused_without_a_word_of_its_content)
{
    static const struct {
        const char *path;
        const char *place;
        const char *message;
    } rows[] = {{SERVER_CERT, "9:16", "aucun certificat PEM lisible"},
                {SERVER_KEY, "10:8", "aucune clé privée PEM lisible"},
                {CLIENT_CA, "11:14", "certificat illisible"},
                {CLIENT_CRL, "12:15", "aucune liste de révocation PEM lisible"}};
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        struct config_file *file = case_file(&c, rows[i].path);
        const struct config_file before = *file;
        file->bytes = PT_SLICE("-----BEGIN SOUVENIR-----\nZm9v\n-----END SOUVENIR-----\n");
        case_expect_error(&c, rows[i].place, rows[i].message);
        cr_expect_not(case_reports(&c, "Zm9v"));
        *file = before;
    }
}

Test(config_files, a_token_that_is_not_one_line_of_visible_ASCII_is_refused)
{
    static const char *const tokens[] = {"\n", "   \r\n", "a b", "a\nb", "é", "a\x01", "\x7F"};
    for (size_t i = 0U; i < PT_COUNT(tokens); i++) {
        case_put(&c, CASE_TOKEN, tokens[i]);
        case_expect_error(&c, "35:17", "ce fichier ne contient pas un jeton");
    }
}

Test(config_files, SYS_04_a_secret_that_others_may_read_is_refused)
{
    static const struct {
        const char *path;
        const char *place;
    } rows[] = {{SERVER_KEY, "10:8"}, {CASE_TOKEN, "35:17"}};
    static const struct {
        uint32_t mode;
        const char *message;
    } modes[] = {{0640U, "(mode 0640)"}, {0604U, "(mode 0604)"}, {0401U, "(mode 0401)"},
                 {0420U, "(mode 0420)"}, {0777U, "(mode 0777)"}, {04440U, "(mode 4440)"}};
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        for (size_t j = 0U; j < PT_COUNT(modes); j++) {
            case_file(&c, rows[i].path)->mode = modes[j].mode;
            case_expect_error(&c, rows[i].place, "secret lisible par d'autres que le service");
            cr_expect(case_reports(&c, modes[j].message), "%s", c.report.ptr);
        }
        case_file(&c, rows[i].path)->mode = 0600U;
    }
    case_file(&c, SERVER_CERT)->mode = 0644U;
    case_expect_clean(&c);
    case_file(&c, SERVER_KEY)->mode = 0644U;
    c.reader.mode = NULL;
    case_expect_clean(&c);
}

Test(config_files, a_systemd_credential_is_a_secret_file_whose_mode_is_systemd_s)
{
    copy(SERVER_KEY, "credential:tls-key");
    case_file(&c, "credential:tls-key")->mode = 0444U;
    case_edit(&c, "key: tls/server.key", "key: credential:tls-key");
    case_expect_clean(&c);
    cr_expect(pt_slice_eq(c.config->tls_key_path, PT_SLICE("credential:tls-key")));
    case_remove(&c, "credential:tls-key");
    case_expect_error(&c, "10:8", "fichier absent : credential:tls-key");
}

Test(config_files, a_key_that_is_not_the_certificate_s_is_refused)
{
    copy(SPARE_KEY, SERVER_KEY);
    case_remove(&c, CLIENT_CA);
    copy(SERVER_CERT, CLIENT_CA);
    case_expect_error(&c, "10:8", "cette clé n'est pas celle du certificat");
}

Test(config_files, RGS_14_the_server_key_may_not_be_the_client_authority)
{
    copy(SERVER_CERT, CLIENT_CA);
    case_expect_error(&c, "11:14",
                      "une clé, un usage : « clé TLS du serveur » et « autorité des clients » sont "
                      "la même clé");
}

Test(config_files, RGS_14_an_authority_written_down_twice_is_one_use)
{
    struct pt_buf twice;
    pt_buf_init(&twice, PT_CONFIG_FILE_MAX);
    pt_buf_put(&twice, case_file(&c, CLIENT_CA)->bytes);
    pt_buf_put_str(&twice, "un commentaire\n");
    pt_buf_put(&twice, case_file(&c, CLIENT_CA)->bytes);
    case_put_bytes(&c, CLIENT_CA, pt_buf_slice(&twice));
    case_expect_clean(&c);
    pt_buf_put(&twice, case_file(&c, SERVER_CERT)->bytes);
    case_put_bytes(&c, CLIENT_CA, pt_buf_slice(&twice));
    case_expect_error(&c, "11:14", "une clé, un usage");
    pt_buf_done(&twice);
}

static const char weak[] = "-----BEGIN CERTIFICATE-----\n"
                           "MIICBjCCAW+gAwIBAgIUWY+6SN4kcGjD8cngS7kjYpsU0HYwDQYJKoZIhvcNAQEL\n"
                           "BQAwFDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDAzMjgzNFoYDzIxMjYx\n"
                           "MDMxMDMyODM0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwgZ8wDQYJKoZIhvcNAQEB\n"
                           "BQADgY0AMIGJAoGBAKwE35Rai2MEvR24EViiDj+whZ1iCudhwF5gZC+X2aIUk5Tb\n"
                           "rinc5O2OsEXFMzmPliO0fj2zrjs37s8y/ONcKvBfPVToXHHMWxCFXcyvlIuTyAep\n"
                           "bR37aETkFLuEgsMcJ+8IOXBZSfZefbjDnHybxzha6+p1TC2CxhBSy949NkltAgMB\n"
                           "AAGjUzBRMB0GA1UdDgQWBBQKPduJ9LjISAtLofE+4udZFYoTbjAfBgNVHSMEGDAW\n"
                           "gBQKPduJ9LjISAtLofE+4udZFYoTbjAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3\n"
                           "DQEBCwUAA4GBAHBUvLanjUrOu8Fj5tCC3AaOYUNzfVsVua5rDmIT7DV81OvCyGJg\n"
                           "hNfaySyTvo2oN+jaDBfw2z/+Uosp0L1rY5OyStj9g0xjCNVRuc6vhUjhmIVm9Qys\n"
                           "xGk5tD1i4ctVNRERcWUsNrHsQ/Lr21X5eAGTpKe1os9lDWbV7+8CawaD\n"
                           "-----END CERTIFICATE-----\n";

Test(config_files, CRY_01_a_server_certificate_of_a_weak_key_is_refused)
{
    case_put(&c, SERVER_CERT, weak);
    case_load(&c);
    cr_expect_eq(c.status.code, PT_E_SCHEMA);
    cr_expect(case_reports(&c, CASE_YAML ":9:16: erreur : algorithme ou taille de clé refusés ("),
              "%s", c.report.ptr);
}

Test(config_files, RGS_14_the_server_key_may_not_sign_the_log)
{
    copy(SERVER_VKEY, LOG_VKEY);
    case_expect_error(
        &c, "14:14",
        "une clé, un usage : « clé TLS du serveur » et « clé de scellement du journal »");
}

Test(config_files, a_public_key_of_the_log_that_cannot_be_read_is_a_warning)
{
    case_put(&c, LOG_VKEY, "# vide\n\npas une clé\n");
    case_expect_warning(&c, "14:14", "clé publique du journal illisible");
}

Test(config_files, LEG_27_one_token_for_two_procedures_is_refused_with_both_names)
{
    add_second("aide");
    case_put(&c, "/etc/poterne/tokens/aide", "\r\n jeton-de-subvention");
    case_load(&c);
    cr_assert_eq(c.status.code, PT_E_SCHEMA, "%s", c.report.ptr);
    cr_expect(case_reports(&c, ": erreur : « subvention » a le même jeton que « aide » (" CASE_YAML
                               ":26:39), pour une autre démarche\n"),
              "%s", c.report.ptr);
    cr_expect(case_reports(&c, "\n1 erreur\n"), "%s", c.report.ptr);
    cr_expect_not(case_reports(&c, "jeton-de-subvention"));
}

Test(config_files, LEG_27_one_token_for_two_habilitations_of_one_procedure_is_accepted)
{
    add_second("subvention-association");
    case_put(&c, "/etc/poterne/tokens/aide", "jeton-de-subvention");
    case_expect_clean(&c);
    add_second("aide");
    case_put(&c, "/etc/poterne/tokens/aide", "jeton-d-aide");
    case_expect_clean(&c);
}

Test(config_files, what_has_expired_is_a_warning)
{
    c.source.today = CASE_TODAY + 7;
    case_load(&c);
    cr_expect_eq(c.status.code, PT_OK, "%s", c.report.ptr);
    cr_expect(case_reports(&c, CASE_YAML ":12:15: avertissement : liste de révocation périmée"),
              "%s", c.report.ptr);
    c.source.today = CASE_TODAY + 3660;
    case_load(&c);
    cr_expect(case_reports(&c, CASE_YAML ":9:16: avertissement : certificat expiré"), "%s",
              c.report.ptr);
}

Test(config_files, an_upstream_that_names_no_anchors_has_those_of_the_system)
{
    static const char system_anchors[] = "/etc/ssl/certs/ca-certificates.crt";
    case_expect_clean(&c);
    cr_expect(pt_slice_eq(c.config->upstreams[0].ca, case_file(&c, system_anchors)->bytes));
    case_remove(&c, system_anchors);
    case_load(&c);
    cr_assert(pt_ok(c.status));
    cr_expect(case_reports(&c, CASE_YAML ":16:15: avertissement : ni « ca » ni autorités"), "%s",
              c.report.ptr);
    cr_expect_eq(c.config->upstreams[0].ca.len, 0U);
}

Test(config_files, the_anchors_of_an_upstream_are_certificates)
{
    case_edit(&c, "url: https://entreprise.api.gouv.fr }",
              "url: https://entreprise.api.gouv.fr, ca: anchors.pem }");
    case_expect_error(&c, "16:80", "fichier absent : /etc/poterne/anchors.pem");
    case_put(&c, "/etc/poterne/anchors.pem", "rien\n");
    case_expect_error(&c, "16:80", "aucun certificat PEM lisible");
    copy(CLIENT_CA, "/etc/poterne/anchors.pem");
    case_expect_clean(&c);
    cr_expect(pt_slice_eq(c.config->upstreams[0].ca, case_file(&c, CLIENT_CA)->bytes));
}

Test(config_files, the_bytes_of_every_file_reach_the_snapshot)
{
    case_put(&c, CASE_TOKEN, "  jeton \r\n\n");
    case_expect_clean(&c);
    const struct pt_config *config = c.config;
    cr_expect(pt_slice_eq(config->tls_certificate, case_file(&c, SERVER_CERT)->bytes));
    cr_expect(pt_slice_eq(config->tls_client_ca, case_file(&c, CLIENT_CA)->bytes));
    cr_expect(pt_slice_eq(config->tls_client_crl, case_file(&c, CLIENT_CRL)->bytes));
    cr_expect(pt_slice_eq(pt_secret_slice(config->tls_key), case_file(&c, SERVER_KEY)->bytes));
    cr_expect(pt_slice_eq(pt_secret_slice(config->habilitations[0].token), PT_SLICE("jeton")));
}

/* --- memory and bundles
 * ------------------------------------------------------------------------------------------ */

Test(config_files, running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    add_second("aide");
    case_put(&c, "/etc/poterne/tokens/aide", "jeton-d-aide");
    copy(SERVER_VKEY, LOG_VKEY); /* an error too: messages allocate */
    bool done = false;
    TORTURE(nth)
    {
        struct pt_buf report;
        pt_buf_init(&report, PT_CONFIG_REPORT_MAX);
        struct pt_config *config = NULL;
        torture_arm(nth);
        const pt_status st = pt_config_load(&c.source, &report, &config);
        torture_disarm();
        pt_buf_done(&report);
        cr_expect_null(config);
        if (st.code == PT_E_SCHEMA) {
            done = true;
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM, "allocation %u -> %s at %s", nth, pt_code_name(st.code),
                     st.origin);
    }
    cr_assert(done);
}

Test(config_files, running_out_of_memory_never_gives_a_snapshot_that_lacks_something)
{
    bool done = false;
    TORTURE(nth)
    {
        struct pt_buf report;
        pt_buf_init(&report, PT_CONFIG_REPORT_MAX);
        struct pt_config *config = NULL;
        torture_arm(nth);
        const pt_status st = pt_config_load(&c.source, &report, &config);
        torture_disarm();
        pt_buf_done(&report);
        if (pt_ok(st)) {
            cr_expect_not_null(config->habilitations[0].token);
            (void)pt_config_free(config);
            done = true;
            break;
        }
        cr_expect_null(config);
        cr_assert_eq(st.code, PT_E_NOMEM, "allocation %u -> %s at %s", nth, pt_code_name(st.code),
                     st.origin);
    }
    cr_assert(done);
}

Test(config_files, a_child_builds_the_same_snapshot_from_the_bundle_of_the_supervisor)
{
    copy(SERVER_KEY, "credential:tls-key");
    case_edit(&c, "key: tls/server.key", "key: credential:tls-key");
    case_put(&c, "/etc/poterne/conf.d/a.yaml", "process: { lanes: 3 }\n");
    struct pt_reader_recording recording;
    pt_reader_recording_init(&recording, &c.reader);
    const struct pt_reader_port recorder = pt_reader_recording(&recording);
    c.source.reader = &recorder;
    case_expect_clean(&c);
    pt_slice bytes;
    cr_assert(pt_ok(pt_reader_recording_end(&recording, &bytes)));

    struct pt_reader_bundle bundle;
    cr_assert(pt_ok(pt_reader_bundle_open(bytes, &bundle)));
    const struct pt_reader_port reader = pt_reader_bundle(&bundle);
    struct pt_config_source source = c.source;
    source.reader = &reader;
    struct pt_config *child = NULL;
    const pt_status st = pt_config_load(&source, &c.report, &child);
    cr_assert(pt_ok(st), "%s at %s\n%s", pt_code_name(st.code), st.origin, c.report.ptr);
    cr_expect_eq(child->lanes, 3U);
    cr_expect(pt_slice_eq(pt_secret_slice(child->tls_key), pt_secret_slice(c.config->tls_key)));
    struct pt_buf ours;
    struct pt_buf theirs;
    pt_buf_init(&ours, PT_CONFIG_REPORT_MAX);
    pt_buf_init(&theirs, PT_CONFIG_REPORT_MAX);
    cr_assert(pt_ok(pt_policy_dump(c.config, &ours)));
    cr_assert(pt_ok(pt_policy_dump(child, &theirs)));
    cr_expect(pt_slice_eq(pt_buf_slice(&ours), pt_buf_slice(&theirs)));
    pt_buf_done(&ours);
    pt_buf_done(&theirs);
    (void)pt_config_free(child);
    pt_reader_recording_done(&recording);
}
