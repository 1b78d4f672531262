/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/cli: destruction with its record (RGS-16), and a private PKI of a commune. */
#include "poterne/base/file.h"
#include "poterne/pki/destroy.h"
#include "tests/unit/pki/forge.h"
#include "tests/unit/pki/tool_case.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(keys_end, .init = tool_setup, .fini = tool_teardown, .timeout = 120.0);

/* --- destruction ----------------------------------------------------------------------------- */

Test(keys_end, RGS_16_a_destroyed_key_leaves_a_record_that_openssl_verifies)
{
    char key[700];
    char record[700];
    cr_assert_eq(RUN("init", "-c", in_dir("poterne.yaml"), "--client", "grc"), PT_EXIT_OK);
    (void)snprintf(key, sizeof key, "%s", in_dir("tls/clients/grc.key"));
    const char *config = in_dir("poterne.yaml");
    cr_assert_eq(RUN("destroy", "-c", config, key, "--reason", "remise à la \"GRC\""), PT_EXIT_OK,
                 "%s", err.ptr);
    cr_expect_eq(access(key, F_OK), -1);
    (void)snprintf(record, sizeof record, "%s", find_file("destructions", ".json"));
    cr_assert_neq(record[0], '\0');
    cr_expect_eq(shell("cat $A", record, ""), 0);
    static const char *const words[] = {"\"type\": \"poterne-destruction/1\"",
                                        "Procès-verbal de destruction de clé",
                                        "\"reason\": \"remise à la \\\"GRC\\\"\"",
                                        "\"spki_sha256\": \"",
                                        "\"certificate_sha256\": \"",
                                        "\"certificate_not_after\": \"",
                                        "\"operator_uid\": ",
                                        "sauvegardes",
                                        "SSD",
                                        "\"siret\": \"21680999600004\""};
    for (size_t i = 0U; i < PT_COUNT(words); i++) {
        cr_expect(said(words[i]), "%s in %s", words[i], out.ptr);
    }
}

Test(keys_end, the_signature_of_a_record_is_over_its_bytes)
{
    char key[700];
    char record[700];
    cr_assert_eq(RUN("init", "-c", in_dir("poterne.yaml"), "--client", "grc"), PT_EXIT_OK);
    (void)snprintf(key, sizeof key, "%s", in_dir("tls/clients/grc.key"));
    cr_assert_eq(RUN("destroy", "-c", in_dir("poterne.yaml"), key, "--reason", "x"), PT_EXIT_OK);
    (void)snprintf(record, sizeof record, "%s", find_file("destructions", ".json"));
    cr_assert_eq(
        shell("openssl pkey -in $A/log/keys/log-p256.pem -pubout -out $A/pub.pem", dir, ""), 0);
    static const char verify[] =
        "openssl dgst -sha256 -verify $A/pub.pem -signature $B.sig $B 2>&1";
    cr_expect_eq(shell(verify, dir, record), 0, "%s", out.ptr);
    cr_assert_eq(shell("chmod u+w $B && echo >> $B", dir, record), 0);
    cr_expect_neq(shell(verify, dir, record), 0, "%s", out.ptr);
}

Test(keys_end, a_record_without_the_log_key_says_that_it_is_not_signed)
{
    char key[700];
    char record[700];
    cr_assert_eq(RUN("init", "-c", in_dir("poterne.yaml"), "--client", "grc"), PT_EXIT_OK);
    cr_assert_eq(chmod(in_dir("log/keys/log-p256.pem"), 0440), 0); /* not a key we may use */
    (void)snprintf(key, sizeof key, "%s", in_dir("tls/clients/grc.key"));
    cr_assert_eq(RUN("destroy", "-c", in_dir("poterne.yaml"), key, "--reason", "x"), PT_EXIT_OK);
    (void)snprintf(record, sizeof record, "%s", find_file("destructions", ".json"));
    (void)shell("cat $A", record, "");
    cr_expect(said("\"signature\": null") && said("non signé"), "%s", out.ptr);
    cr_expect_eq(find_file("destructions", ".sig")[0], '\0');
    cr_expect_eq(find_file("destructions", ".intention.json")[0], '\0');
}

Test(keys_end, RGS_16_a_key_in_use_is_not_destroyed)
{
    static const char *const uses[] = {"server", "server-ca", "client-ca", "log-p256",
                                       "log-ed25519"};
    char key[700];
    cr_assert_eq(RUN("init", "-c", in_dir("poterne.yaml")), PT_EXIT_OK);
    for (size_t i = 0U; i < PT_COUNT(uses); i++) {
        cr_expect_eq(RUN("destroy", "-c", in_dir("poterne.yaml"), uses[i], "--reason", "x"),
                     PT_EXIT_NO, "%s", uses[i]);
        cr_expect(complained("se sert de cette clé"), "%s", err.ptr);
    }
    cr_expect_eq(RUN("destroy", "-c", in_dir("poterne.yaml"), site.tls_key, "--reason", "x"),
                 PT_EXIT_NO); /* by its path too */
    cr_assert_eq(symlink(site.tls_key, in_dir("lien.key")), 0);
    (void)snprintf(key, sizeof key, "%s", in_dir("lien.key"));
    cr_expect_eq(RUN("destroy", "-c", in_dir("poterne.yaml"), key, "--reason", "x"), PT_EXIT_NO);
    cr_expect_eq(RUN("init", "-c", in_dir("poterne.yaml")), PT_EXIT_OK); /* all is there */
    cr_expect_eq(mode_of("destructions"), 0U);
}

Test(keys_end, the_source_of_a_credential_that_is_in_use_is_not_destroyed)
{
    char key[700];
    cr_assert_eq(RUN("init", "-c", in_dir("poterne.yaml")), PT_EXIT_OK);
    (void)snprintf(key, sizeof key, "%s", site.tls_key);
    site.tls_key = "credential:tls";
    cr_expect_eq(RUN("destroy", "-c", in_dir("poterne.yaml"), key, "--reason", "x"), PT_EXIT_NO);
    cr_expect(complained("se sert de cette clé"), "%s", err.ptr);
}

Test(keys_end, RGS_16_a_key_with_a_successor_gives_its_place_and_is_destroyed)
{
    struct pt_cert_facts next;
    struct pt_cert_facts now;
    cr_assert_eq(RUN("init", "-c", in_dir("poterne.yaml")), PT_EXIT_OK);
    cr_assert_eq(RUN("renew", "-c", in_dir("poterne.yaml"), "server"), PT_EXIT_OK);
    facts_of("tls/server.pem.next", &next);
    cr_assert_eq(RUN("destroy", "-c", in_dir("poterne.yaml"), "server", "--reason", "fin de vie"),
                 PT_EXIT_OK, "%s", err.ptr);
    facts_of("tls/server.pem", &now);
    cr_expect_eq(memcmp(next.sha256, now.sha256, 32U), 0);
    cr_expect_eq(find_file("tls/archive", ".key")[0], '\0');
    cr_expect_neq(find_file("tls/archive", ".pem")[0], '\0');
    cr_expect_eq(RUN("init", "-c", in_dir("poterne.yaml")), PT_EXIT_OK, "%s", err.ptr);
}

Test(keys_end, what_is_no_key_or_has_another_name_is_not_destroyed)
{
    char path[700];
    char other[700];
    const char *config = "p";
    cr_assert_eq(RUN("init", "-c", "p", "--client", "grc"), PT_EXIT_OK);
    (void)snprintf(path, sizeof path, "%s", in_dir("tls/clients.crl"));
    cr_expect_eq(RUN("destroy", "-c", config, path, "--reason", "x"), PT_EXIT_NO);
    cr_expect(complained("rien n'est détruit"), "%s", err.ptr);
    (void)snprintf(path, sizeof path, "%s", in_dir("log/keys/kek"));
    cr_expect_eq(RUN("destroy", "-c", config, path, "--reason", "x"), PT_EXIT_NO);
    cr_expect_eq(RUN("destroy", "-c", config, "/nulle/part", "--reason", "x"), PT_EXIT_NO);
    (void)snprintf(path, sizeof path, "%s", in_dir("tls/clients/grc.key"));
    cr_expect_eq(RUN("destroy", "-c", config, path), PT_EXIT_USAGE);
    cr_expect(complained("--reason"), "%s", err.ptr);
    cr_expect_eq(RUN("destroy", "-c", config, path, "--reason", ""), PT_EXIT_USAGE);
    cr_expect_eq(RUN("destroy", "-c", config, "--reason", "x"), PT_EXIT_USAGE);
    (void)snprintf(other, sizeof other, "%s", in_dir("copie.key"));
    cr_assert_eq(link(path, other), 0);
    (void)snprintf(other, sizeof other, "%s", in_dir("poterne.yaml"));
    cr_expect_eq(RUN("destroy", "-c", other, path, "--reason", "x"), PT_EXIT_PERMISSION);
    cr_expect(complained("un autre nom"), "%s", err.ptr);
    cr_expect_eq(access(path, F_OK), 0);
    cr_expect_neq(find_file("destructions", ".intention.json")[0], '\0'); /* it says so */
}

Test(keys_end, a_key_file_is_overwritten_before_its_name_goes)
{
    struct stat info;
    uint64_t bytes = 0U;
    char zero[4096];
    char path[700];
    (void)snprintf(path, sizeof path, "%s", in_dir("cle"));
    memset(zero, 'S', sizeof zero - 1U);
    zero[sizeof zero - 1U] = '\0';
    write_file("cle", zero, 0400);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert(pt_ok(pt_key_file_destroy(path, &bytes)));
    cr_expect_eq(bytes, sizeof zero - 1U);
    cr_assert_eq(fstat(fd, &info), 0);
    cr_expect_eq(info.st_size, 0); /* cut to nothing, whoever still holds it */
    cr_expect_eq(info.st_nlink, 0U);
    (void)close(fd);
    cr_expect_eq(pt_key_file_destroy(path, &bytes).code, PT_E_ABSENT);
    cr_expect_eq(pt_key_file_destroy(dir, &bytes).code, PT_E_DENIED);
    cr_expect_eq(pt_key_file_destroy(NULL, &bytes).code, PT_E_ARG);
    cr_assert_eq(symlink("/dev/null", path), 0);
    cr_expect_eq(pt_key_file_destroy(path, &bytes).code, PT_E_DENIED);
}

/* --- a commune without a configuration ------------------------------------------------------- */

#define COMMUNE "--commune", "Commune d'Admiville", "--siret", "21680999600004"

Test(keys_end, a_private_PKI_needs_no_configuration)
{
    char folder[600];
    char command[2000];
    config_ok = false;
    (void)snprintf(folder, sizeof folder, "%s", in_dir("igc"));
    cr_assert_eq(RUN("init", COMMUNE, "--out", folder, "--client", "grc-a", "--client", "grc-b"),
                 PT_EXIT_OK, "%s", err.ptr);
    cr_expect(said("Ensuite") && said("tls.client-crl") && said("certificate-sha256"), "%s",
              out.ptr);
    cr_expect_eq(mode_of("igc"), 0700U);
    cr_expect_eq(mode_of("igc/clients-ca.key"), 0400U);
    cr_expect_eq(mode_of("igc/clients/grc-b.key"), 0400U);
    cr_expect_eq(mode_of("igc/server.pem"), 0U);
    (void)snprintf(command, sizeof command,
                   "cd %s && openssl verify -CAfile clients-ca.pem -crl_check -CRLfile "
                   "clients.crl -purpose sslclient clients/grc-a.pem 2>&1",
                   folder);
    cr_expect_eq(forge_run(command, &out), 0);
    cr_assert_eq(RUN("revoke", "grc-a", "--out", folder), PT_EXIT_OK, "%s", err.ptr);
    cr_expect_neq(forge_run(command, &out), 0);
    cr_assert_eq(RUN("renew", "--out", folder), PT_EXIT_OK, "%s", err.ptr);
    cr_assert_eq(RUN("client", "grc-c", "--out", folder, COMMUNE), PT_EXIT_OK, "%s", err.ptr);
    cr_assert_eq(RUN("show", "--out", folder), PT_EXIT_OK, "%s%s", out.ptr, err.ptr);
    cr_assert_eq(RUN("calendar", "--out", folder), PT_EXIT_OK, "%s%s", out.ptr, err.ptr);
    (void)snprintf(command, sizeof command, "%s/clients/grc-a.key", folder);
    cr_assert_eq(RUN("destroy", command, "--out", folder, "--reason", "révoquée"), PT_EXIT_OK, "%s",
                 err.ptr);
    cr_expect_neq(find_file("igc/destructions", ".json")[0], '\0');
}

Test(keys_end, a_private_PKI_may_have_its_server_too)
{
    char folder[600];
    (void)snprintf(folder, sizeof folder, "%s", in_dir("igc"));
    cr_assert_eq(RUN("init", COMMUNE, "--out", folder, "--name", "grc.admiville.fr"), PT_EXIT_OK,
                 "%s", err.ptr);
    cr_expect_eq(shell("openssl verify -verify_hostname grc.admiville.fr -CAfile "
                       "$A/server-ca.pem $B/server.pem 2>&1",
                       folder, folder),
                 0, "%s", out.ptr);
    cr_expect_eq(RUN("show", "--out", folder), PT_EXIT_OK, "%s", err.ptr);
    cr_expect(said("serveur TLS"), "%s", out.ptr);
    cr_assert_eq(RUN("renew", "server", "--out", folder, COMMUNE), PT_EXIT_OK, "%s", err.ptr);
    cr_assert_eq(RUN("renew", "server", "--switch", "--out", folder, COMMUNE), PT_EXIT_OK, "%s",
                 err.ptr);
}

Test(keys_end, a_private_PKI_needs_a_commune_and_its_true_SIRET)
{
    static const char *const bad[] = {"", "1234", "2168099960000a", "21680999600005"};
    char folder[600];
    (void)snprintf(folder, sizeof folder, "%s", in_dir("igc"));
    cr_expect_eq(RUN("init", "--out", folder), PT_EXIT_USAGE);
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        cr_expect_eq(RUN("init", "--commune", "A", "--siret", bad[i], "--out", folder),
                     PT_EXIT_USAGE, "%s", bad[i]);
        cr_expect(complained("SIRET"), "%s", err.ptr);
    }
    cr_expect_eq(mode_of("igc"), 0U);
    cr_expect_eq(RUN("init", "--commune", "La Poste", "--siret", "35600000000048", "--out", folder),
                 PT_EXIT_OK, "%s", err.ptr);
    cr_expect_eq(RUN("client", "x", "--out", folder), PT_EXIT_OK, "of its authority: %s", err.ptr);
    cr_expect_eq(RUN("init"), PT_EXIT_USAGE);
    cr_expect(complained("-c FICHIER"), "%s", err.ptr);
}
