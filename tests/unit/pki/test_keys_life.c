/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Unit tests of pki/cli: the life of keys (RGS-14 to RGS-17, RGS-05, LEG-28), as the operator
 * meets it: inventory, calendar, requests, renewal.
 */
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/pki/cert.h"
#include "poterne/pki/key.h"
#include "tests/unit/pki/forge.h"
#include "tests/unit/pki/tool_case.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY INT64_C(86400)

static struct pt_pki_thing things[8];

static void setup(void)
{
    tool_setup();
    site.things = things;
    site.nthings = 0U;
}

TestSuite(keys_life, .init = setup, .fini = tool_teardown, .timeout = 120.0);

static int64_t now_s(void)
{
    return (int64_t)(wall_ms / 1000U);
}

static struct pt_pki_thing *add_thing(enum pt_pki_thing_kind kind, const char *name,
                                      const char *path, int64_t until)
{
    struct pt_pki_thing *thing = &things[site.nthings++];
    *thing = (struct pt_pki_thing){
        .kind = kind, .name = name, .path = path, .reference = "", .until = until};
    return thing;
}

/* --- inventory -------------------------------------------------------------------------------- */

Test(keys_life, RGS_16_the_inventory_says_where_each_key_is_held_and_its_size)
{
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect_eq(RUN("show", "-c", "p", "--format", "json"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect(said("\"name\":\"log-p256\""), "%s", out.ptr);
    cr_expect(said("\"held\":\"file\"") && said("\"bits\":256"), "%s", out.ptr);
    cr_expect(said("\"state_code\":\"ok\"") && said("\"state\":\"ok\""), "%s", out.ptr);
    site.tls_key = "credential:tls-key";
    (void)RUN("show", "-c", "p", "--format", "json");
    cr_expect(said("\"held\":\"credential\",\"key\":\"credential:tls-key\""), "%s", out.ptr);
    site.tls_key = "pkcs11:token=poterne;object=tls";
    (void)RUN("show", "-c", "p", "--format", "json");
    cr_expect(said("\"held\":\"pkcs11\""), "%s", out.ptr);
    site.tls_key = "/nulle/part";
    (void)RUN("show", "-c", "p", "--format", "csv");
    cr_expect(said("elsewhere"), "%s", out.ptr);
}

Test(keys_life, RGS_16_the_inventory_holds_the_certificates_of_the_GRCs)
{
    struct pt_cert_facts facts;
    cr_assert_eq(RUN("init", "-c", "p", "--client", "grc-a,grc-b"), PT_EXIT_OK, "%s", err.ptr);
    facts_of("tls/clients/grc-a.pem", &facts);
    struct pt_pki_thing *known = add_thing(PT_PKI_CLIENT, "grc-a", "", 0);
    memcpy(known->sha256, facts.sha256, 32U);
    struct pt_pki_thing *far = add_thing(PT_PKI_CLIENT, "grc-lointaine", "", 0);
    memset(far->sha256, 0x5a, 32U);
    cr_expect_eq(RUN("show", "-c", "p", "--format", "json"), PT_EXIT_OK, "%s%s", out.ptr, err.ptr);
    cr_expect(said("\"name\":\"grc-a\"") && said("\"name\":\"grc-b.pem\""), "%s", out.ptr);
    cr_expect(said("\"name\":\"grc-lointaine\"") && said("\"elsewhere\""), "%s", out.ptr);
    cr_assert_eq(RUN("revoke", "-c", "p", "grc-b"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect_eq(RUN("show", "-c", "p", "--format", "json"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect(said("\"revoked\""), "%s", out.ptr);
}

Test(keys_life, RGS_16_a_GRC_of_the_configuration_that_expired_is_wrong_another_is_not)
{
    struct pt_cert_facts facts;
    cr_assert_eq(RUN("init", "-c", "p", "--client", "grc"), PT_EXIT_OK);
    wall_ms += 1095U * DAY_MS;
    cr_assert_eq(RUN("renew", "-c", "p"), PT_EXIT_OK);
    cr_assert_eq(unlink(site.tls_certificate), 0);
    cr_assert_eq(unlink(site.tls_key), 0);
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect_eq(RUN("show", "-c", "p"), PT_EXIT_OK, "%s", out.ptr);
    cr_expect(said("expiré"), "%s", out.ptr);
    facts_of("tls/clients/grc.pem", &facts);
    memcpy(add_thing(PT_PKI_CLIENT, "grc", "", 0)->sha256, facts.sha256, 32U);
    cr_expect_eq(RUN("show", "-c", "p"), PT_EXIT_NO);
}

Test(keys_life, LEG_28_a_token_has_its_end_and_its_state)
{
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    struct pt_pki_thing *token =
        add_thing(PT_PKI_TOKEN, "subvention", "/etc/jeton", now_s() + 200 * DAY);
    static const struct {
        uint32_t fault;
        int64_t days;
        int code;
        const char *state;
    } cases[] = {
        {PT_OK, 200, PT_EXIT_OK, "\"ok\""},         {PT_OK, 80, PT_EXIT_OK, "\"replace\""},
        {PT_OK, -1, PT_EXIT_NO, "\"expired\""},     {PT_E_ABSENT, 200, PT_EXIT_NO, "\"absent\""},
        {PT_E_DENIED, 200, PT_EXIT_NO, "\"open\""}, {PT_E_IO, 200, PT_EXIT_NO, "\"unreadable\""},
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        token->fault = cases[i].fault;
        token->until = now_s() + cases[i].days * DAY;
        cr_expect_eq(RUN("show", "-c", "p", "--format", "json"), cases[i].code, "%s",
                     cases[i].state);
        const char *row = strstr(out.ptr, "\"kind\":\"token\"");
        cr_assert_not_null(row);
        cr_expect_not_null(strstr(row, cases[i].state), "%s in %s", cases[i].state, row);
    }
    token->fault = PT_OK;
    token->until = 0; /* opaque: no date, and nothing wrong */
    cr_expect_eq(RUN("show", "-c", "p"), PT_EXIT_OK);
}

Test(keys_life, RGS_05_products_are_listed_with_what_vouches_for_them)
{
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    add_thing(PT_PKI_PRODUCT, "TSA de l'État", "", 0)->reference = "QTSP FR-2025-12";
    (void)add_thing(PT_PKI_PRODUCT, "HSM", "", 0);
    cr_expect_eq(RUN("show", "-c", "p", "--format", "json"), PT_EXIT_OK);
    cr_expect(said("\"reference\":\"QTSP FR-2025-12\""), "%s", out.ptr);
    cr_expect(said("à remplacer"), "%s", out.ptr);
}

Test(keys_life, RGS_16_authorities_of_the_State_are_judged_when_one_is_pinned)
{
    struct pt_buf pem;
    pt_buf_init(&pem, 65536U);
    EVP_PKEY *key = forge_key("ec:P-256");
    forge_cert(key, "SHA256", "État", &pem);
    pt_buf_put_byte(&pem, '\0');
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    write_file("etat.pem", pem.ptr, 0644);
    char path[600];
    (void)snprintf(path, sizeof path, "%s", in_dir("etat.pem"));
    (void)add_thing(PT_PKI_ANCHORS, "entreprise", path, 0);
    cr_expect_eq(RUN("show", "-c", "p", "--format", "json"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect(said("\"not_after\":\"2035-12-31\""), "%s", out.ptr);
    pem.len--;
    forge_cert(key, "SHA256", "autre", &pem);
    pt_buf_put_byte(&pem, '\0');
    write_file("etat.pem", pem.ptr, 0644);
    cr_expect_eq(RUN("show", "-c", "p", "--format", "json"), PT_EXIT_OK);
    cr_expect_not(said("\"not_after\":\"2035-12-31\""), "%s", out.ptr);
    cr_assert_eq(unlink(path), 0);
    cr_expect_eq(RUN("show", "-c", "p"), PT_EXIT_NO);
    EVP_PKEY_free(key);
    pt_buf_done(&pem);
}

/* --- calendar -------------------------------------------------------------------------------- */

static void add_dates(void)
{
    (void)add_thing(PT_PKI_TOKEN, "subvention", "/etc/jeton", now_s() + 20 * DAY);
    (void)add_thing(PT_PKI_HABILITATION, "subvention", "", now_s() + 60 * DAY);
    (void)add_thing(PT_PKI_DATAPASS, "subvention", "", now_s() + 500 * DAY);
    (void)add_thing(PT_PKI_HOMOLOGATION, "Échanges", "", now_s() + 150 * DAY);
}

Test(keys_life, LEG_28_the_calendar_lists_every_end_the_nearest_first)
{
    static const char *const order[] = {"\"crl-half\"",     "\"crl\"",          "\"token\"",
                                        "\"habilitation\"", "\"homologation\"", "\"datapass\"",
                                        "\"certificate\"",  "\"authority\""};
    add_dates();
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    cr_expect_eq(RUN("calendar", "-c", "p", "--format", "json"), PT_EXIT_OK, "%s", err.ptr);
    const char *at = out.ptr;
    for (size_t i = 0U; i < PT_COUNT(order); i++) {
        at = at != NULL ? strstr(at, order[i]) : NULL;
        cr_expect_not_null(at, "%s in %s", order[i], out.ptr);
    }
    cr_expect(said("\"days_left\":20,\"code\":\"expiry-30\",\"kind\":\"token\""), "%s", out.ptr);
    cr_expect(said("\"code\":\"expiry-90\",\"kind\":\"habilitation\""), "%s", out.ptr);
    cr_expect(said("\"code\":\"expiry-183\",\"kind\":\"homologation\""), "%s", out.ptr);
    cr_expect(said("\"code\":null,\"kind\":\"datapass\""), "%s", out.ptr);
    cr_expect(said("\"name\":\"log-ed25519\"") && said("\"name\":\"kek\""), "%s", out.ptr);
}

Test(keys_life, LEG_28_the_calendar_says_no_once_something_is_over)
{
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    wall_ms += 4U * DAY_MS; /* half of the life of the list is an alarm, not an end */
    cr_expect_eq(RUN("calendar", "-c", "p"), PT_EXIT_OK, "%s", out.ptr);
    cr_expect(said("crl.due"), "%s", out.ptr);
    (void)add_thing(PT_PKI_TOKEN, "subvention", "", now_s() - DAY / 2);
    cr_expect_eq(RUN("calendar", "-c", "p", "--format", "csv"), PT_EXIT_NO, "%s", out.ptr);
    cr_expect(said(",0,expiry-over,token,subvention,"), "%s", out.ptr);
    cr_expect_eq(RUN("calendar", "-c", "p", "--format", "xml"), PT_EXIT_USAGE);
}

Test(keys_life, the_calendar_goes_into_an_agenda)
{
    add_dates();
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    cr_expect_eq(RUN("calendar", "-c", "p", "--format", "ics"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect(said("BEGIN:VCALENDAR\r\n") && said("END:VCALENDAR\r\n"), "%s", out.ptr);
    cr_expect(said("UID:token-subvention@21680999600004.poterne\r\n"), "%s", out.ptr);
    cr_expect_not(said("UID:crl"), "a timer signs the list, nobody has an appointment");
    add_thing(PT_PKI_HOMOLOGATION, "Le maire, A;B\nEND:VEVENT", "", now_s() + 9 * DAY);
    cr_expect_eq(RUN("calendar", "-c", "p", "--format", "ics"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect(said("(Le maire\\, A\\;B END:VEVENT)\r\n"), "%s", out.ptr);
}

/* --- csr ------------------------------------------------------------------------------------- */

Test(keys_life, RGS_17_a_request_is_made_beside_its_key_and_openssl_verifies_it)
{
    struct pt_buf before;
    struct pt_buf after;
    char folder[600];
    (void)snprintf(folder, sizeof folder, "%s", in_dir("demande"));
    cr_assert_eq(RUN("csr", "-c", "p", "--profile", "auth-serveur", "--out", folder, "--name",
                     "grc.admiville.fr", "--algorithm", "p-384"),
                 PT_EXIT_OK, "%s", err.ptr);
    cr_expect_eq(mode_of("demande"), 0700U);
    cr_expect_eq(mode_of("demande/auth-serveur.key"), 0400U);
    cr_expect_eq(mode_of("demande/auth-serveur.csr"), 0644U);
    cr_expect_eq(shell("openssl req -in $A/auth-serveur.csr -verify -noout -text 2>&1", folder, ""),
                 0);
    cr_expect(said("verify OK") && said("CN = grc.admiville.fr") && said("P-384"), "%s", out.ptr);
    read_file("demande/auth-serveur.key", &before);
    cr_expect_eq(RUN("csr", "-c", "p", "--profile", "auth-serveur", "--out", folder), PT_EXIT_NO);
    cr_expect(complained("jamais écrasé"), "%s", err.ptr);
    cr_assert_eq(unlink(in_dir("demande/auth-serveur.csr")), 0); /* a run that was cut */
    cr_expect_eq(RUN("csr", "-c", "p", "--profile", "auth-serveur", "--out", folder), PT_EXIT_OK);
    cr_expect(said("gardé"), "%s", out.ptr);
    read_file("demande/auth-serveur.key", &after);
    cr_expect(pt_slice_eq(pt_buf_slice(&before), pt_buf_slice(&after)));
    pt_buf_done(&before);
    pt_buf_done(&after);
}

Test(keys_life, each_profile_has_a_name_a_person_can_read)
{
    static const char *const profiles[][2] = {{"cachet", "CN = Commune d'Admiville"},
                                              {"auth-client", "CN = Poterne"},
                                              {"tsu", "horodatage"},
                                              {"ocsp", "pondeur OCSP"}};
    char folder[600];
    (void)snprintf(folder, sizeof folder, "%s", in_dir("demandes"));
    for (size_t i = 0U; i < PT_COUNT(profiles); i++) {
        cr_assert_eq(RUN("csr", "-c", "p", "--profile", profiles[i][0], "--out", folder),
                     PT_EXIT_OK, "%s", err.ptr);
        (void)shell("openssl req -in $A/$B.csr -noout -subject -nameopt utf8,oneline,-esc_msb 2>&1",
                    folder, profiles[i][0]);
        cr_expect(said(profiles[i][1]), "%s in %s", profiles[i][1], out.ptr);
    }
    (void)snprintf(folder, sizeof folder, "%s", in_dir("autre"));
    cr_assert_eq(RUN("csr", "--commune", "Admiville", "--siret", "21680999600004", "--profile",
                     "cachet", "--cn", "Cachet 2027", "--out", folder),
                 PT_EXIT_OK, "%s", err.ptr);
    (void)shell("openssl req -in $A/$B.csr -noout -subject 2>&1", folder, "cachet");
    cr_expect(said("CN = Cachet 2027"), "%s", out.ptr);
}

Test(keys_life, a_request_that_cannot_be_right_is_not_made)
{
    char folder[600];
    (void)snprintf(folder, sizeof folder, "%s", in_dir("demande"));
    cr_expect_eq(RUN("csr", "-c", "p", "--profile", "x", "--out", folder), PT_EXIT_USAGE);
    cr_expect_eq(RUN("csr", "-c", "p", "--out", folder), PT_EXIT_USAGE);
    cr_expect_eq(RUN("csr", "-c", "p", "--profile", "cachet"), PT_EXIT_USAGE);
    cr_expect(complained("--out"), "%s", err.ptr);
    cr_expect_eq(
        RUN("csr", "-c", "p", "--profile", "cachet", "--out", folder, "--algorithm", "rsa-2048"),
        PT_EXIT_USAGE);
    cr_expect_eq(RUN("csr", "--profile", "cachet", "--out", folder), PT_EXIT_USAGE);
    cr_expect(complained("--commune"), "%s", err.ptr);
    cr_expect_eq(RUN("csr", "--profile", "cachet", "--out", folder, "--commune", "A", "--siret",
                     "21680999600005"),
                 PT_EXIT_USAGE);
    cr_expect(complained("SIRET"), "%s", err.ptr);
    cr_expect_eq(
        RUN("csr", "-c", "p", "--profile", "auth-serveur", "--out", folder, "--name", "a b"),
        PT_EXIT_USAGE);
    cr_expect_eq(mode_of("demande/cachet.key"), 0U);
    cr_assert(pt_ok(pt_file_mkdirs(folder, 0700)));
    write_file("demande/cachet.key", "rien", 0644);
    cr_expect_eq(RUN("csr", "-c", "p", "--profile", "cachet", "--out", folder), PT_EXIT_PERMISSION);
    cr_assert_eq(chmod(in_dir("demande/cachet.key"), 0400), 0);
    cr_expect_eq(RUN("csr", "-c", "p", "--profile", "cachet", "--out", folder), PT_EXIT_NO);
}

Test(keys_life, a_request_is_not_made_with_a_key_of_another_algorithm)
{
    static const char *const kinds[] = {"p-256", "p-384", "rsa-3072"};
    for (size_t i = 0U; i < PT_COUNT(kinds); i++) {
        const char *other = kinds[(i + 1U) % PT_COUNT(kinds)];
        char folder[600];
        (void)snprintf(folder, sizeof folder, "%s/%s", dir, kinds[i]);
        cr_assert_eq(
            RUN("csr", "-c", "p", "--profile", "tsu", "--out", folder, "--algorithm", kinds[i]),
            PT_EXIT_OK, "%s", err.ptr);
        cr_assert_eq(shell("rm $A/$B", folder, "tsu.csr"), 0);
        cr_expect_eq(
            RUN("csr", "-c", "p", "--profile", "tsu", "--out", folder, "--algorithm", other),
            PT_EXIT_NO);
        cr_expect(complained("d'un autre algorithme"), "%s", err.ptr);
        cr_expect_eq(
            RUN("csr", "-c", "p", "--profile", "tsu", "--out", folder, "--algorithm", kinds[i]),
            PT_EXIT_OK, "%s", err.ptr);
        cr_expect(said("gardé"), "%s", out.ptr);
    }
}

/* --- renewal --------------------------------------------------------------------------------- */

Test(keys_life, RGS_16_the_server_is_renewed_beside_the_old_one_and_switched_by_rename)
{
    struct pt_cert_facts old;
    struct pt_cert_facts next;
    struct pt_cert_facts now;
    char archived[700];
    cr_assert_eq(RUN("init", "-c", "p", "--name", "grc.admiville.fr"), PT_EXIT_OK);
    facts_of("tls/server.pem", &old);
    cr_expect_eq(RUN("renew", "-c", "p", "server", "--switch"), PT_EXIT_NO);
    cr_expect(complained("aucun successeur"), "%s", err.ptr);
    wall_ms += 760U * DAY_MS; /* of 825 */
    cr_assert_eq(RUN("renew", "-c", "p", "server"), PT_EXIT_OK, "%s", err.ptr);
    facts_of("tls/server.pem", &now);
    facts_of("tls/server.pem.next", &next);
    cr_expect_eq(memcmp(old.sha256, now.sha256, 32U), 0);             /* the old one still serves */
    cr_expect(now.not_after > now_s() && next.not_before <= now_s()); /* both are valid */
    cr_expect_neq(memcmp(old.spki_sha256, next.spki_sha256, 32U), 0); /* a new key */
    cr_expect_eq(mode_of("tls/server.key.next"), 0400U);
    (void)RUN("show", "-c", "p", "--format", "json");
    cr_expect(said("serveur TLS, successeur"), "%s", out.ptr);
    cr_expect_eq(RUN("renew", "-c", "p", "server"), PT_EXIT_OK); /* again: nothing new */
    cr_expect(said("gardé"), "%s", out.ptr);
    cr_assert_eq(RUN("renew", "-c", "p", "server", "--switch"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect(said("SIGHUP") && said("poterne-pki destroy"), "%s", out.ptr);
    facts_of("tls/server.pem", &now);
    cr_expect_eq(memcmp(next.sha256, now.sha256, 32U), 0);
    cr_expect_eq(mode_of("tls/server.pem.next"), 0U);
    cr_expect_eq(mode_of("tls/server.key"), 0400U);
    (void)snprintf(archived, sizeof archived, "%s", find_file("tls/archive", ".key"));
    cr_expect_neq(archived[0], '\0');
    cr_expect_eq(
        shell(
            "openssl verify -x509_strict -no_check_time -verify_hostname grc.admiville.fr -CAfile "
            "$A $B 2>&1",
            in_dir("tls/server-ca.pem"), site.tls_certificate),
        0, "%s", out.ptr);
}

Test(keys_life, a_switch_that_was_cut_between_the_two_files_is_finished_by_the_next_run)
{
    struct pt_cert_facts next;
    struct pt_cert_facts now;
    char key_next[700];
    cr_assert_eq(RUN("init", "-c", "p"), PT_EXIT_OK);
    cr_assert_eq(RUN("renew", "-c", "p", "server"), PT_EXIT_OK);
    facts_of("tls/server.pem.next", &next);
    (void)snprintf(key_next, sizeof key_next, "%s", in_dir("tls/server.key.next"));
    cr_assert_eq(rename(key_next, site.tls_key), 0);
    cr_assert_eq(RUN("renew", "-c", "p", "server", "--switch"), PT_EXIT_OK, "%s", err.ptr);
    facts_of("tls/server.pem", &now);
    cr_expect_eq(memcmp(next.sha256, now.sha256, 32U), 0);
    cr_expect_eq(RUN("init", "-c", "p"), PT_EXIT_OK, "%s", err.ptr); /* they go together */
}

Test(keys_life, what_we_do_not_hold_is_not_renewed_here)
{
    cr_assert_eq(RUN("init", "-c", "p", "--client", "grc"), PT_EXIT_OK);
    cr_assert_eq(unlink(in_dir("tls/server-ca.key")), 0);
    cr_expect_eq(RUN("renew", "-c", "p", "server"), PT_EXIT_NO);
    cr_expect(complained("elle seule signe"), "%s", err.ptr);
    cr_assert_eq(unlink(in_dir("tls/server-ca.pem")), 0);
    cr_expect_eq(RUN("renew", "-c", "p", "server"), PT_EXIT_NO);
    cr_expect(complained("csr --profile auth-serveur"), "%s", err.ptr);
    site.tls_key = "credential:tls";
    cr_expect_eq(RUN("renew", "-c", "p", "server"), PT_EXIT_USAGE);
    cr_expect(complained("credential"), "%s", err.ptr);
    cr_expect_eq(RUN("renew", "-c", "p", "client", "inconnue"), PT_EXIT_NO);
    cr_expect_eq(RUN("renew", "-c", "p", "client", "../x"), PT_EXIT_USAGE);
    cr_expect_eq(RUN("renew", "-c", "p", "log"), PT_EXIT_NO);
    cr_expect(complained("nouveau journal"), "%s", err.ptr);
    cr_expect_eq(RUN("renew", "-c", "p", "lune"), PT_EXIT_USAGE);
    cr_expect_eq(RUN("renew", "-c", "p", "crl"), PT_EXIT_OK, "%s", err.ptr);
}

Test(keys_life, a_GRC_is_renewed_with_two_certificates_that_are_valid_together)
{
    struct pt_cert_facts old;
    struct pt_cert_facts now;
    char hex[65] = {0};
    cr_assert_eq(RUN("init", "-c", "p", "--client", "grc"), PT_EXIT_OK);
    facts_of("tls/clients/grc.pem", &old);
    cr_assert_eq(RUN("renew", "-c", "p", "client", "grc"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect(said("next-certificate-sha256: \""), "%s", out.ptr);
    cr_assert_eq(RUN("renew", "-c", "p", "client", "grc"), PT_EXIT_OK, "%s", err.ptr);
    static const char *const files[] = {"tls/clients/grc.pem", "tls/clients/grc.pem.next"};
    for (size_t i = 0U; i < 2U; i++) {
        char path[700];
        (void)snprintf(path, sizeof path, "%s", in_dir(files[i]));
        cr_expect_eq(
            shell("openssl verify -purpose sslclient -CAfile $A $B 2>&1", site.client_ca, path), 0,
            "%s", out.ptr);
    }
    cr_assert_eq(RUN("renew", "-c", "p", "client", "grc", "--switch"), PT_EXIT_OK, "%s", err.ptr);
    cr_expect(said("certificate-sha256: \"") && said("révoquez"), "%s", out.ptr);
    facts_of("tls/clients/grc.pem", &now);
    cr_expect_neq(memcmp(old.sha256, now.sha256, 32U), 0);
    pt_hex_encode(pt_slice_of(old.sha256, 32U), hex); /* the archived one can be revoked */
    cr_expect_eq(RUN("revoke", "-c", "p", hex), PT_EXIT_OK, "%s", err.ptr);
}

Test(keys_life, a_new_list_takes_its_place_whole_and_with_its_mode)
{
    struct stat before;
    struct stat after;
    const mode_t old = umask(0077);
    cr_assert_eq(RUN("init", "-c", "p", "--client", "grc"), PT_EXIT_OK);
    cr_assert_eq(stat(site.client_crl, &before), 0);
    cr_assert_eq(RUN("revoke", "-c", "p", "grc"), PT_EXIT_OK);
    cr_assert_eq(stat(site.client_crl, &after), 0);
    cr_expect_neq(before.st_ino, after.st_ino); /* another file, renamed over the first */
    cr_expect_eq(after.st_mode & 0777U, 0644U);
    cr_expect_eq(after.st_uid, before.st_uid);
    (void)umask(old);
}

/* --- out of memory --------------------------------------------------------------------------- */

static void starve(const char *const *words, int wanted)
{
    int code = -1;
    TORTURE(nth)
    {
        torture_arm(nth);
        code = run(words);
        torture_disarm();
        if (torture_seen() <= nth) {
            break;
        }
        cr_assert(code == PT_EXIT_NO || code == PT_EXIT_OK || code == PT_EXIT_CONFIG ||
                      code == PT_EXIT_PERMISSION,
                  "%s %u: %d", words[0], nth, code);
    }
    cr_expect_eq(code, wanted, "%s: %s", words[0], err.ptr);
}

Test(keys_life, running_out_of_memory_anywhere_is_survived_by_every_command)
{
    char folder[600];
    char key[700];
    add_dates();
    cr_assert_eq(RUN("init", "-c", in_dir("poterne.yaml"), "--client", "grc,autre"), PT_EXIT_OK);
    (void)snprintf(folder, sizeof folder, "%s", in_dir("demande"));
    (void)snprintf(key, sizeof key, "%s", in_dir("tls/clients/autre.key"));
    starve((const char *const[]){"show", "-c", "p", "--format", "json", NULL}, PT_EXIT_OK);
    starve((const char *const[]){"calendar", "-c", "p", NULL}, PT_EXIT_OK);
    starve((const char *const[]){"renew", "-c", "p", "client", "grc", NULL}, PT_EXIT_OK);
    starve((const char *const[]){"renew", "-c", "p", "server", NULL}, PT_EXIT_OK);
}
