/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/cli: poterne-pki as the operator meets it, in a folder of its own. */
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/pki/cert.h"
#include "poterne/pki/key.h"
#include "tests/unit/pki/forge.h"
#include "tests/unit/pki/tool_case.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(tool, .init = tool_setup, .fini = tool_teardown, .timeout = 60.0);

/* --- init ------------------------------------------------------------------------------------ */

Test(tool, init_makes_all_that_the_configuration_names_with_its_mode)
{
    static const struct {
        const char *name;
        unsigned mode;
    } made[] = {
        {"tls/server.pem", 0644},
        {"tls/server.key", 0400},
        {"tls/server-ca.pem", 0644},
        {"tls/server-ca.key", 0400},
        {"tls/clients-ca.pem", 0644},
        {"tls/clients-ca.key", 0400},
        {"tls/clients.crl", 0644},
        {"log", 0700},
        {"log/keys", 0700},
        {"log/keys/log-ed25519.pem", 0400},
        {"log/keys/log-p256.pem", 0400},
        {"log/keys/kek", 0400},
        {"log/keys/log.vkey", 0444},
        {"log/keys/origin", 0444},
    };
    cr_assert_eq(RUN("init", "-c", "poterne.yaml"), PT_EXIT_OK, "%s", err.ptr);
    for (size_t i = 0U; i < PT_COUNT(made); i++) {
        cr_expect_eq(mode_of(made[i].name), made[i].mode, "%s %o", made[i].name,
                     mode_of(made[i].name));
        cr_expect(mode_of(made[i].name) == 0700U || said(in_dir(made[i].name)), "%s", made[i].name);
    }
    cr_expect(said("poterned -c poterne.yaml --check"), "%s", out.ptr);
}

Test(tool, init_makes_a_server_that_openssl_verifies_under_its_names)
{
    char command[1500];
    cr_assert_eq(RUN("init", "-c", "p", "--name", "grc.admiville.fr"), PT_EXIT_OK, "%s", err.ptr);
    static const char *const names[] = {"-verify_hostname localhost", "-verify_ip 127.0.0.1",
                                        "-verify_hostname grc.admiville.fr"};
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        (void)snprintf(command, sizeof(command),
                       "cd %s/tls && openssl verify -x509_strict -CAfile server-ca.pem -purpose "
                       "sslserver %s server.pem 2>&1",
                       dir, names[i]);
        cr_expect_eq(forge_run(command, &out), 0, "%s", names[i]);
    }
}

Test(tool, init_again_keeps_every_byte)
{
    struct pt_buf before[3];
    struct pt_buf after[3];
    static const char *const files[] = {"tls/server.key", "tls/clients.crl", "log/keys/log.vkey"};
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    for (size_t i = 0U; i < 3U; i++) {
        read_file(files[i], &before[i]);
    }
    wall_ms += DAY_MS;
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect_not(said("créé "), "%s", out.ptr);
    for (size_t i = 0U; i < 3U; i++) {
        read_file(files[i], &after[i]);
        cr_expect(pt_slice_eq(pt_buf_slice(&before[i]), pt_buf_slice(&after[i])), "%s", files[i]);
        pt_buf_done(&before[i]);
        pt_buf_done(&after[i]);
    }
}

Test(tool, init_finishes_what_a_cut_run_began)
{
    static const char *const lost[] = {"tls/server.pem",  "tls/clients-ca.pem",
                                       "tls/clients.crl", "log/keys/log.vkey",
                                       "log/keys/kek",    "log/keys/origin"};
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    for (size_t i = 0U; i < PT_COUNT(lost); i++) {
        cr_assert_eq(unlink(in_dir(lost[i])), 0);
        if (i == 1U) { /* a new authority certificate does not know the old list */
            cr_assert_eq(unlink(in_dir("tls/clients.crl")), 0);
        }
        cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_OK, "%s: %s", lost[i], err.ptr);
        cr_expect(said(in_dir(lost[i])));
    }
}

Test(tool, init_respects_a_server_certificate_that_came_from_elsewhere)
{
    struct pt_buf pem;
    pt_buf_init(&pem, 65536U);
    EVP_PKEY *key = forge_key("rsa:3072");
    cr_assert(pt_ok(pt_file_mkdirs(in_dir("tls"), 0755)));
    forge_key_pem(key, NULL, &pem);
    pt_buf_put_byte(&pem, '\0');
    write_file("tls/server.key", pem.ptr, 0400);
    pt_buf_clear(&pem);
    forge_cert(key, "SHA256", "certificat RGS", &pem);
    pt_buf_put_byte(&pem, '\0');
    write_file("tls/server.pem", pem.ptr, 0644);
    cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect_eq(mode_of("tls/server-ca.pem"), 0U);
    EVP_PKEY_free(key);
    pt_buf_done(&pem);
}

Test(tool, init_refuses_a_certificate_and_a_key_that_do_not_go_together)
{
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    cr_assert_eq(rename(in_dir("log/keys/log-p256.pem"), site.tls_key), 0);
    cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_NO);
    cr_expect(complained("ne vont pas ensemble"), "%s", err.ptr);
}

Test(tool, init_refuses_a_server_certificate_without_its_key)
{
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    cr_assert_eq(unlink(site.tls_key), 0);
    cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_NO);
    cr_expect(complained("sans sa clé"), "%s", err.ptr);
    cr_expect_eq(mode_of("tls/server.key"), 0U);
}

Test(tool, SYS_04_init_refuses_a_key_file_that_others_may_read)
{
    static const char *const keys[] = {"tls/server.key", "tls/clients-ca.key",
                                       "log/keys/log-ed25519.pem", "log/keys/log-p256.pem",
                                       "log/keys/kek"};
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        cr_assert_eq(chmod(in_dir(keys[i]), 0440), 0);
        cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_PERMISSION, "%s", keys[i]);
        cr_expect(complained(keys[i]) && complained("chmod 0400"), "%s", err.ptr);
        cr_assert_eq(chmod(in_dir(keys[i]), 0400), 0);
    }
}

Test(tool, init_refuses_keys_that_no_longer_match_what_was_published)
{
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    site.origin = "trace.21680999600004/autre";
    cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_NO);
    cr_expect(complained("log.vkey"), "%s", err.ptr);
    site.origin = "trace.21680999600004/poterne";
    cr_assert_eq(unlink(in_dir("log/keys/log-p256.pem")), 0);
    cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_NO);
}

Test(tool, the_published_log_keys_are_two_vkey_lines_under_the_origin)
{
    struct pt_buf vkeys;
    struct pt_buf origin;
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    read_file("log/keys/log.vkey", &vkeys);
    read_file("log/keys/origin", &origin);
    cr_expect(pt_slice_eq(pt_buf_slice(&origin), PT_SLICE("trace.21680999600004/poterne\n")));
    pt_slice rest = pt_buf_slice(&vkeys);
    size_t lines = 0U;
    for (; rest.len > 0U; lines++) {
        uint8_t spki[32];
        const pt_slice line = pt_slice_cut(&rest, '\n');
        cr_expect(pt_slice_starts(line, PT_SLICE("trace.21680999600004/poterne+")));
        cr_expect(pt_ok(pt_vkey_spki_sha256(line, spki)));
    }
    cr_expect_eq(lines, 2U);
    pt_buf_done(&vkeys);
    pt_buf_done(&origin);
}

/* --- clients --------------------------------------------------------------------------------- */

Test(tool, init_makes_clients_and_prints_the_fingerprint_the_configuration_wants)
{
    struct pt_cert_facts facts;
    struct pt_buf pem;
    char hex[65] = {0};
    cr_assert_eq(RUN("init", "-c", "p", "--client", "grc-a", "--client", "grc-b"), PT_EXIT_OK, "%s",
                 err.ptr);
    static const char *const names[] = {"tls/clients/grc-a.pem", "tls/clients/grc-b.pem"};
    for (size_t i = 0U; i < 2U; i++) {
        char want[128];
        read_file(names[i], &pem);
        cr_assert(pt_ok(pt_cert_facts(pt_buf_slice(&pem), &facts)));
        pt_hex_encode(pt_slice_of(facts.sha256, 32U), hex);
        (void)snprintf(want, sizeof(want), "certificate-sha256: \"%s\"", hex);
        cr_expect(said(want), "%s", out.ptr);
        cr_expect_eq(strncmp(facts.common_name, "grc-", 4U), 0);
        pt_buf_done(&pem);
    }
    cr_expect_eq(mode_of("tls/clients/grc-b.key"), 0400U);
}

Test(tool, clients_may_be_listed_with_commas_and_put_elsewhere)
{
    char folder[512];
    (void)snprintf(folder, sizeof(folder), "%s/ailleurs", dir);
    cr_assert_eq(RUN("init", "-c", "p", "--client", "a,b", "--out", folder, "c"), PT_EXIT_OK, "%s",
                 err.ptr);
    cr_expect_eq(mode_of("ailleurs/a.key"), 0400U);
    cr_expect_eq(mode_of("ailleurs/b.key"), 0400U);
    cr_expect_eq(mode_of("ailleurs/c.pem"), 0644U);
}

Test(tool, a_client_name_cannot_leave_its_folder)
{
    static const char *const bad[] = {"../x", "a/b", "", ".cache", "a b", "-x", "\xc3\xa9"};
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        cr_expect_eq(RUN("client", "-c", "p", "--", bad[i]), PT_EXIT_USAGE, "%s", bad[i]);
    }
}

Test(tool, a_revoked_client_is_refused_by_openssl_until_the_end)
{
    char command[1500];
    cr_assert_eq(RUN("init", "-c", "p", "--client", "grc"), PT_EXIT_OK);
    (void)snprintf(command, sizeof(command),
                   "cd %s/tls && openssl verify -CAfile clients-ca.pem -crl_check -CRLfile "
                   "clients.crl -purpose sslclient clients/grc.pem 2>&1",
                   dir);
    cr_expect_eq(forge_run(command, &out), 0);
    cr_assert_eq(RUN("revoke", "-c", "p", "grc"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect_neq(forge_run(command, &out), 0);
    cr_assert_eq(RUN("renew", "-c", "p"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect_neq(forge_run(command, &out), 0);
    cr_expect_eq(RUN("revoke", "-c", "p", "grc"), PT_EXIT_NO);
    cr_expect(complained("déjà révoqué"), "%s", err.ptr);
}

Test(tool, a_client_is_revoked_by_its_fingerprint)
{
    struct pt_buf pem;
    uint8_t digest[32];
    char hex[65] = {0};
    cr_assert_eq(RUN("init", "-c", "p", "--client", "a,b"), PT_EXIT_OK);
    read_file("tls/clients/b.pem", &pem);
    cr_assert(pt_ok(pt_cert_sha256(pt_buf_slice(&pem), digest)));
    pt_hex_encode(pt_slice_of(digest, 32U), hex);
    cr_assert_eq(RUN("revoke", "-c", "p", hex), PT_EXIT_OK, "%s", err.ptr);
    cr_expect(said("b.pem"), "%s", out.ptr);
    char shown[96] = {0}; /* as openssl shows it */
    for (size_t i = 0U; i < 32U; i++) {
        (void)snprintf(shown + 3U * i, 4U, "%02X%s", digest[i], i < 31U ? ":" : "");
    }
    cr_expect_eq(RUN("revoke", "-c", "p", shown), PT_EXIT_NO);
    cr_expect(complained("déjà révoqué"), "%s", err.ptr);
    shown[94] = '\0';
    cr_expect_eq(RUN("revoke", "-c", "p", shown), PT_EXIT_NO);
    cr_expect(complained("aucun certificat"), "%s", err.ptr);
    hex[0] = hex[0] == '0' ? '1' : '0';
    cr_expect_eq(RUN("revoke", "-c", "p", hex), PT_EXIT_NO);
    cr_expect_eq(RUN("revoke", "-c", "p", "inconnue"), PT_EXIT_NO);
    cr_expect_eq(RUN("revoke", "-c", "p"), PT_EXIT_USAGE);
    pt_buf_done(&pem);
}

Test(tool, an_authority_whose_key_is_elsewhere_is_respected_but_signs_nothing)
{
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    cr_assert_eq(unlink(in_dir("tls/clients-ca.key")), 0);
    cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect_eq(RUN("client", "-c", "p", "grc"), PT_EXIT_NO);
    cr_expect(complained("elle seule signe"), "%s", err.ptr);
    cr_expect_eq(RUN("renew", "-c", "p"), PT_EXIT_NO);
}

static int revoked_count(void)
{
    (void)shell("openssl crl -in $A/$B -noout -text | grep -c 'Serial Number'", dir,
                "tls/clients.crl");
    return atoi(out.ptr);
}

Test(tool, of_two_revocations_at_once_none_is_lost)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    pid_t runs[PT_COUNT(names)];
    cr_assert_eq(RUN("init", "-c", "p", "--client", "a,b,c,d,e,f,g,h"), PT_EXIT_OK);
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        runs[i] = fork();
        cr_assert_geq(runs[i], 0);
        if (runs[i] == 0) {
            _exit(RUN("revoke", "-c", "p", names[i]));
        }
    }
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        int status = -1;
        cr_assert_eq(waitpid(runs[i], &status, 0), runs[i]);
        cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == PT_EXIT_OK, "%s", names[i]);
    }
    cr_expect_eq(revoked_count(), 8);
}

Test(tool, a_list_that_is_lost_is_not_replaced_by_an_empty_one)
{
    cr_assert_eq(RUN("init", "-c", "p", "--client", "a,b"), PT_EXIT_OK);
    cr_assert_eq(RUN("revoke", "-c", "p", "a"), PT_EXIT_OK);
    cr_assert_eq(unlink(in_dir("tls/clients.crl")), 0);
    cr_expect_eq(RUN("renew", "-c", "p"), PT_EXIT_NO);
    cr_expect(complained("sauvegarde"), "%s", err.ptr);
    cr_expect_eq(RUN("revoke", "-c", "p", "b"), PT_EXIT_NO);
    cr_expect_eq(mode_of("tls/clients.crl"), 0U);
    cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_OK); /* on request, and not in silence */
    cr_expect(complained("refaites chaque révocation"), "%s", err.ptr);
    cr_expect_eq(revoked_count(), 0);
}

Test(tool, only_init_makes_an_authority)
{
    cr_expect_eq(RUN("renew", "-c", "p"), PT_EXIT_NO);
    cr_expect(complained("vérifiez le dossier"), "%s", err.ptr);
    cr_expect_eq(RUN("client", "-c", "p", "grc"), PT_EXIT_NO);
    cr_expect_eq(mode_of("tls"), 0U, "nothing was made");
}

Test(tool, what_was_typed_is_read_before_a_key_is_made)
{
    const char *const siret = "21680999600004";
    char folder[512];
    char longer[] = "12345678901234567890123456789012345678901234567890123456789012345";
    (void)snprintf(folder, sizeof(folder), "%s/igc", dir);
    cr_expect_eq(RUN("init", "-c", "p", "--client", "a,../b"), PT_EXIT_USAGE);
    cr_expect_eq(RUN("init", "-c", "p", "a", "b c"), PT_EXIT_USAGE);
    cr_expect_eq(RUN("init", "-c", "p", "--name", "a b"), PT_EXIT_USAGE);
    cr_expect_eq(mode_of("tls"), 0U, "nothing was made");
    cr_expect_eq(RUN("init", "--commune", "A\nB", "--siret", siret, "--out", folder),
                 PT_EXIT_USAGE);
    cr_expect_eq(RUN("init", "--commune", longer, "--siret", siret, "--out", folder),
                 PT_EXIT_USAGE);
    cr_expect_eq(mode_of("igc"), 0U, "nothing was made");
    cr_expect_eq(RUN("show", "-c", "p", "mot"), PT_EXIT_USAGE);
    cr_expect(complained("argument de trop"), "%s", err.ptr);
}

Test(tool, another_commune_gets_no_certificate_of_this_authority)
{
    char folder[512];
    (void)snprintf(folder, sizeof(folder), "%s/igc", dir);
    cr_assert_eq(RUN("init", "--commune", "A", "--siret", "21680999600004", "--out", folder),
                 PT_EXIT_OK, "%s", err.ptr);
    cr_expect_eq(
        RUN("client", "grc", "--commune", "B", "--siret", "35600000000048", "--out", folder),
        PT_EXIT_USAGE);
    cr_expect(complained("pas la commune"), "%s", err.ptr);
    cr_expect_eq(mode_of("igc/clients"), 0U, "nothing was made");
    cr_expect_eq(RUN("client", "autre", "--out", folder), PT_EXIT_OK, "%s", err.ptr);
    (void)shell("openssl x509 -in $A/$B -noout -subject", folder, "clients/autre.pem");
    cr_expect(said("O = A, OU = 0002 21680999600004, CN = autre"), "%s", out.ptr);
    cr_expect_eq(
        RUN("client", "grc", "--commune", "A", "--siret", "21680999600004", "--out", folder),
        PT_EXIT_OK, "%s", err.ptr);
}

Test(tool, what_root_makes_in_the_folder_of_another_is_given_to_him)
{
    if (geteuid() != 0U) {
        return; /* only root gives files away */
    }
    struct stat info;
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    cr_assert_eq(shell("chown 12345:12345 $A/$B", dir, "tls"), 0);
    cr_assert_eq(RUN("client", "-c", "p", "grc"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect(stat(in_dir("tls/clients/grc.key"), &info) == 0 && info.st_uid == 12345U);
    cr_expect(stat(in_dir("tls/clients"), &info) == 0 && info.st_uid == 12345U);
    cr_expect(stat(in_dir("tls/clients-ca.key"), &info) == 0 && info.st_uid == 0U);
}

Test(tool, verify_says_which_option_it_lacks_or_cannot_read)
{
    char file[512];
    char other[512];
    (void)snprintf(file, sizeof(file), "%s/seal", dir);
    (void)snprintf(other, sizeof(other), "%s/der", dir);
    write_file("seal", "ey", 0644);
    write_file("der", "\x30\x03\x02\x01\x01", 0644);
    static const char *const options[] = {"--anchors", "--tsa-anchors", "--crl"};
    for (size_t i = 0U; i < PT_COUNT(options); i++) {
        cr_expect_eq(RUN("verify", file, options[i], other), PT_EXIT_USAGE, "%s", options[i]);
        cr_expect(complained("il faut du PEM"), "%s", err.ptr);
        cr_expect_eq(RUN("verify", file, options[i], "/nulle/part"), PT_EXIT_USAGE);
    }
    cr_expect_eq(RUN("verify", file), PT_EXIT_NO);
}

/* --- show ------------------------------------------------------------------------------------ */

Test(tool, RGS_16_show_tells_the_end_and_the_replacement_of_each_key)
{
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    cr_expect_eq(RUN("show", "-c", "p", "--format", "json"), PT_EXIT_OK, "%s%s", out.ptr, err.ptr);
    static const char *const words[] = {"\"serveur TLS\"",
                                        "\"AC du serveur\"",
                                        "\"AC des GRC\"",
                                        "\"liste de révocation\"",
                                        "\"scellé du journal (RGS)\"",
                                        "\"chiffrement du trousseau\"",
                                        "\"p-256\"",
                                        "\"ed25519\"",
                                        "\"aes-256-gcm\"",
                                        "\"ok\""};
    for (size_t i = 0U; i < PT_COUNT(words); i++) {
        cr_expect(said(words[i]), "%s in %s", words[i], out.ptr);
    }
}

Test(tool, RGS_13_show_alerts_at_half_the_life_of_the_list_and_refuses_a_stale_one)
{
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    wall_ms += 3U * DAY_MS;
    cr_expect_eq(RUN("show", "-c", "p"), PT_EXIT_OK);
    cr_expect(said("à remplacer"), "%s", out.ptr);
    wall_ms += 4U * DAY_MS;
    cr_expect_eq(RUN("show", "-c", "p"), PT_EXIT_NO);
    cr_expect(said("expiré"), "%s", out.ptr);
    cr_assert_eq(RUN("renew", "-c", "p"), PT_EXIT_OK);
    cr_expect_eq(RUN("show", "-c", "p"), PT_EXIT_OK);
}

Test(tool, show_says_what_is_absent_and_which_key_others_may_read)
{
    cr_expect_eq(RUN("show", "-c", "p"), PT_EXIT_NO);
    cr_expect(said("absent"), "%s", out.ptr);
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    cr_assert_eq(chmod(in_dir("log/keys/kek"), 0444), 0);
    cr_expect_eq(RUN("show", "-c", "p"), PT_EXIT_NO);
    cr_expect(said("clé lisible par d'autres"), "%s", out.ptr);
}

Test(tool, RGS_14_show_names_the_two_uses_that_share_a_key)
{
    struct pt_buf pem;
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    read_file("tls/clients-ca.pem", &pem);
    pt_buf_put_byte(&pem, '\0');
    write_file("tls/server.pem", pem.ptr, 0644);
    cr_expect_eq(RUN("show", "-c", "p"), PT_EXIT_NO);
    cr_expect(complained("RGS-14") && complained("serveur TLS") && complained("AC des GRC"), "%s",
              err.ptr);
    pt_buf_done(&pem);
}

Test(tool, CRY_01_show_refuses_a_server_key_after_its_last_day)
{
    struct pt_buf pem;
    pt_buf_init(&pem, 65536U);
    EVP_PKEY *key = forge_key("rsa:2048");
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    forge_cert(key, "SHA256", "serveur", &pem);
    pt_buf_put_byte(&pem, '\0');
    write_file("tls/server.pem", pem.ptr, 0644);
    (void)RUN("show", "-c", "p");
    cr_expect(said("fin prévue"), "%s", out.ptr);
    wall_ms = 1924992000000ULL; /* 2031-01-01 */
    (void)RUN("show", "-c", "p");
    cr_expect(said("algorithme refusé"), "%s", out.ptr);
    EVP_PKEY_free(key);
    pt_buf_done(&pem);
}

Test(tool, policy_prints_the_table_without_a_configuration)
{
    config_ok = false;
    cr_expect_eq(RUN("policy", "--format", "csv"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect(said("rsa,2048,3071,bits,2030-12-31"), "%s", out.ptr);
    cr_expect(said("sha1"));
}

/* CRY-01: what is accepted today and refused then is marked in the table and said in words. */
Test(tool, CRY_01_policy_at_a_day_shows_what_will_be_refused_then)
{
    wall_ms = 1795478400000ULL; /* 2026-11-24 */
    cr_expect_eq(RUN("policy", "--at", "2031-01-01", "--format", "csv"), PT_EXIT_OK);
    cr_expect(said("rsa,2048,3071,bits,2030-12-31,refusé,REFUSÉ ALORS"), "%s", out.ptr);
    cr_expect(said("rsa,3072,16384,bits,,accepté,,"), "%s", out.ptr);
    cr_expect(said("sha1,,,,,refusé,,"), "%s", out.ptr);
    cr_expect(complained("rsa, 2048 à 3071 bits : accepté aujourd'hui, refusé le 2031-01-01"));
    cr_expect_eq(RUN("policy", "--at", "2030-12-31"), PT_EXIT_OK);
    cr_expect(!said("REFUSÉ ALORS") || !complained("rsa"), "%s", err.ptr);
    cr_expect_eq(RUN("policy", "--at", "2031-02-30"), PT_EXIT_USAGE);
    cr_expect(complained("AAAA-MM-JJ"), "%s", err.ptr);
}

/* --- lint ------------------------------------------------------------------------------------- */

/* RGS-10, TLS-11: what init makes breaks none of the rules we apply to others. */
Test(tool, RGS_10_TLS_11_our_own_certificates_pass_their_profiles)
{
    cr_assert_eq(RUN("init", "-c", "p", "--client", "grc"), PT_EXIT_OK, "%s", err.ptr);
    char server[600];
    char client[600];
    (void)snprintf(server, sizeof(server), "%s/tls/server.pem", dir);
    (void)snprintf(client, sizeof(client), "%s/tls/clients/grc.pem", dir);
    cr_expect_eq(RUN("lint", server, "--profile", "auth-serveur", "--siren", "216809996"),
                 PT_EXIT_OK, "%s", out.ptr);
    cr_expect(complained("0 en échec"), "%s", err.ptr);
    cr_expect_eq(RUN("lint", client, "--profile", "auth-client"), PT_EXIT_OK, "%s", out.ptr);
    cr_expect_eq(RUN("lint", client, "--profile", "auth-serveur", "--format", "csv"), PT_EXIT_NO);
    cr_expect(said("eku.single,fail,"), "%s", out.ptr);
    cr_expect_eq(RUN("lint", client, "--profile", "auth-client", "--at", "2035-01-01"), PT_EXIT_NO);
    cr_expect(said("validity.now                    fail"), "%s", out.ptr);
}

/* --- usage ----------------------------------------------------------------------------------- */

Test(tool, wrong_use_and_a_wrong_configuration_have_their_exit_codes)
{
    cr_expect_eq(RUN("init"), PT_EXIT_USAGE);
    cr_expect(complained("-c FICHIER"), "%s", err.ptr);
    cr_expect_eq(RUN("ini", "-c", "p"), PT_EXIT_USAGE);
    cr_expect_eq(RUN("init", "-c", "p", "--name", "a b"), PT_EXIT_USAGE);
    cr_expect_eq(RUN("show", "-c", "p", "--format", "xml"), PT_EXIT_USAGE);
    config_ok = false;
    cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_CONFIG);
    cr_expect(complained("poterne.yaml:1:1"), "%s", err.ptr);
}

Test(tool, a_folder_that_cannot_be_made_is_told_with_its_reason)
{
    write_file("tls", "un fichier", 0644);
    cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_PERMISSION, "%s", err.ptr);
    cr_expect(complained("tls"), "%s", err.ptr);
}

Test(tool, running_out_of_memory_anywhere_ends_without_a_leak_and_can_be_run_again)
{
    int code = -1;
    TORTURE(nth)
    {
        torture_arm(nth);
        code = RUN("init", "-c", "p", "--client", "grc");
        torture_disarm();
        if (code == PT_EXIT_OK && torture_seen() <= nth) {
            break;
        }
        cr_assert(code == PT_EXIT_NO || code == PT_EXIT_CONFIG || code == PT_EXIT_OK, "%d", code);
    }
    cr_expect_eq(code, PT_EXIT_OK);
    cr_expect_eq(RUN("show", "-c", "p"), PT_EXIT_OK, "%s%s", out.ptr, err.ptr);
}
