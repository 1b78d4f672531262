/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/config: the homologation decision (RGS-01, RGS-02, RGS-05) and the end of tokens. */
#include "config_case.h"

#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/gateway/expiry.h"
#include "poterne/pki/digest.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define DECISION(more)                                                                             \
    "{\"authority\":\"maire\",\"date\":\"2026-01-15\",\"valid-until\":\"2028-01-14\","             \
    "\"scope\":\"s\",\"version\":\"1\",\"residual-risks\":\"r\",\"levels\":{\"cachet\":\"**\"}"    \
    "" more "}\n"

static struct config_case c;

static void setup(void)
{
    case_init_full(&c);
}

static void teardown(void)
{
    case_done(&c);
}

TestSuite(homologation, .init = setup, .fini = teardown, .timeout = 20.0);

static void hex_of(const uint8_t digest[static 32], char out[static 65])
{
    pt_hex_encode(pt_slice_of(digest, 32U), out);
    out[64] = '\0';
}

/* The last decision that was put: the reader borrows it. */
static char text[4096];

static void put_decision(const char *more)
{
    (void)snprintf(text, sizeof text, DECISION("%s"), more);
    case_put(&c, CASE_HOMOLOGATION, text);
}

static void expect_report(uint32_t code, const char *what)
{
    case_load(&c);
    cr_assert_eq(c.status.code, code, "%s\n%s", pt_code_name(c.status.code), c.report.ptr);
    cr_expect(case_reports(&c, what), "no \"%s\" in:\n%s", what, c.report.ptr);
}

Test(homologation, RGS_01_the_decision_reaches_the_snapshot)
{
    case_expect_clean(&c);
    const struct pt_homologation *h = &c.config->homologation;
    cr_expect(h->present);
    cr_expect(pt_slice_eq(h->authority, PT_SLICE("Le maire d'Admiville")));
    cr_expect(pt_slice_eq(h->residual_risks, PT_SLICE("HOM-2026-01 annexe 4")));
    cr_expect_eq(h->valid_until - h->date, 729);
    cr_expect_not(h->has_program || h->has_configuration || c.config->production);
    cr_assert_eq(h->nproducts, 1U);
    cr_expect(pt_slice_eq(h->products[0].kind, PT_SLICE("horodatage")));
    cr_expect(pt_slice_eq(h->products[0].qualification, PT_SLICE("QTSP 1")));
}

Test(homologation, RGS_01_in_production_a_start_without_a_decision_is_refused)
{
    case_edit(&c, "listen:", "stage: production\nlisten:");
    case_expect_clean(&c);
    cr_expect(c.config->production);
    case_remove(&c, CASE_HOMOLOGATION);
    expect_report(PT_E_SCHEMA, "pas de décision d'homologation");
    case_edit(&c, "homologation-file: homologation.json\n", "stage: production\n");
    expect_report(PT_E_SCHEMA, "pas de décision d'homologation");
}

Test(homologation, RGS_01_outside_production_an_absent_decision_is_a_warning)
{
    case_remove(&c, CASE_HOMOLOGATION);
    case_expect_warning(&c, "41:20", "pas de décision d'homologation");
    cr_expect_not(c.config->homologation.present);
    case_edit(&c, "homologation-file: homologation.json\n", "");
    expect_report(PT_OK, "pas de décision d'homologation");
}

Test(homologation, RGS_01_an_expired_decision_is_a_warning_from_the_day_after)
{
    cr_assert(pt_ok(pt_time_date_parse(PT_SLICE("2028-01-14"), &c.source.today)));
    case_load(&c);
    cr_expect_not(case_reports(&c, "homologation expirée"), "%s", c.report.ptr);
    c.source.today++;
    expect_report(PT_OK, "homologation.json:4:18: avertissement : homologation expirée depuis le "
                         "2028-01-14");
}

Test(homologation, RGS_01_a_decision_that_is_not_whole_is_refused_where_it_stands)
{
    static const struct {
        const char *text;
        const char *report;
    } bad[] = {
        {"", "décision d'homologation vide"},
        {"{", "homologation.json:2:1: erreur"},
        {"[1]", "homologation.json:1:1: erreur"},
        {"{\"authority\":\"a\"}", "clé manquante « scope »"},
        {DECISION(",\"authorty\":\"a\""), "vouliez-vous dire « authority »"},
        {DECISION(",\"program-sha256\":\"abc\""), "une empreinte SHA-256"},
        {"{\"authority\":\"maire\",\"date\":\"2026-01-15\",\"valid-until\":\"2025-01-14\","
         "\"scope\":\"s\",\"version\":\"1\",\"residual-risks\":\"r\",\"levels\":{}}",
         "« valid-until » est avant « date »"},
        {"{\"authority\":\"maire\",\"date\":\"2026-01-15\",\"valid-until\":\"2028-01-14\","
         "\"scope\":\"s\",\"version\":\"1\",\"residual-risks\":\"r\",\"levels\":{\"cachet\":"
         "\"****\"}}",
         "« **** » : il faut"},
    };
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        case_put(&c, CASE_HOMOLOGATION, bad[i].text);
        expect_report(PT_E_SCHEMA, bad[i].report);
        cr_expect_null(c.config);
    }
}

Test(homologation, RGS_01_a_decision_that_cannot_be_read_is_refused)
{
    case_file(&c, CASE_HOMOLOGATION)->fault = PT_E_IO;
    case_expect_error(&c, "41:20", "fichier illisible");
    case_file(&c, CASE_HOMOLOGATION)->fault = PT_E_NOMEM;
    case_load(&c);
    cr_expect_eq(c.status.code, PT_E_NOMEM);
}

Test(homologation, RGS_01_the_decision_stands_in_its_own_file)
{
    case_edit(&c, "listen:", "homologation: { authority: moi }\nlisten:");
    case_expect_error(&c, "5:1", "s'écrit dans le fichier que nomme « homologation-file »");
}

Test(homologation, tools_that_read_paths_do_not_need_the_decision)
{
    c.source.depth = PT_CONFIG_PATHS;
    case_remove(&c, CASE_HOMOLOGATION);
    case_expect_clean(&c);
    cr_expect(pt_slice_eq(c.config->habilitations[0].token_path, PT_SLICE(CASE_TOKEN)));
}

Test(homologation, the_sample_that_is_shipped_is_a_whole_decision)
{
    struct pt_buf sample;
    pt_buf_init(&sample, sizeof text - 1U);
    cr_assert(pt_ok(pt_file_read(PT_SOURCE_DIR "/packaging/homologation.json", &sample)));
    memcpy(text, sample.ptr, sample.len);
    text[sample.len] = '\0';
    pt_buf_done(&sample);
    case_put(&c, CASE_HOMOLOGATION, text);
    case_expect_clean(&c);
}

Test(homologation, RGS_02_another_configuration_than_the_homologated_one_is_seen)
{
    char hex[65];
    char more[128];
    case_expect_clean(&c);
    hex_of(c.config->files_sha256, hex);
    (void)snprintf(more, sizeof more, ",\"configuration-sha256\":\"%s\"", hex);
    put_decision(more);
    case_expect_clean(&c);
    cr_expect(c.config->homologation.has_configuration);
}

Test(homologation, RGS_02_the_digest_is_that_of_the_files_one_after_the_other)
{
    uint8_t want[32];
    struct pt_buf all;
    static const char fragment[] = "agents:\n  b: { service: s, granted-by: g }\n";
    case_put(&c, "/etc/poterne/conf.d/10.yaml", fragment);
    case_expect_clean(&c);
    pt_buf_init(&all, 65536U);
    pt_buf_put(&all, case_file(&c, CASE_YAML)->bytes);
    pt_buf_put_str(&all, fragment);
    cr_assert(pt_ok(pt_sha256(pt_buf_slice(&all), want)));
    cr_expect_arr_eq(c.config->files_sha256, want, sizeof want);
    pt_buf_done(&all);
}

Test(homologation, RGS_02_a_changed_word_is_a_warning_and_never_silence)
{
    char hex[65];
    char more[128];
    case_expect_clean(&c);
    hex_of(c.config->files_sha256, hex);
    (void)snprintf(more, sizeof more, ",\"configuration-sha256\":\"%s\"", hex);
    put_decision(more);
    case_edit(&c, "granted-by: dgs", "granted-by: maire");
    expect_report(PT_OK, "la configuration n'est pas celle qui a été homologuée (RGS-02)");
}

Test(homologation, RGS_05_a_product_without_qualification_nor_justification_is_a_warning)
{
    put_decision(",\"products\":{\"hsm\":{\"kind\":\"hsm\",\"name\":\"SoftHSM\"}}");
    expect_report(PT_OK, "« hsm » : ni qualification ni justification (RGS-05)");
    put_decision(",\"products\":{\"hsm\":{\"kind\":\"hsm\",\"name\":\"SoftHSM\","
                 "\"justification\":\"essais\"}}");
    case_expect_clean(&c);
}

/* --- the end of tokens ------------------------------------------------------------------------ */

static pt_status jwt_expiry(const char *claims, int64_t *ret)
{
    struct pt_buf token;
    pt_buf_init(&token, PT_SECRET_FILE_MAX * 2U);
    pt_buf_put_str(&token, "eyJhbGciOiJIUzI1NiJ9.");
    pt_b64url_encode(&token, pt_slice_str(claims));
    pt_buf_put_str(&token, ".c2lnbmF0dXJl");
    const pt_status st = pt_jwt_expiry(pt_buf_slice(&token), ret);
    pt_buf_done(&token);
    return st;
}

Test(homologation, LEG_28_the_end_of_a_jwt_is_read)
{
    int64_t end = 0;
    cr_assert(pt_ok(jwt_expiry("{\"uid\":\"x\",\"exp\":1810000000}", &end)));
    cr_expect_eq(end, 1810000000);
    cr_assert(pt_ok(jwt_expiry("{\"exp\":1810000000.9}", &end)));
    cr_expect_eq(end, 1810000000);
}

Test(homologation, what_is_no_jwt_has_no_end)
{
    static const char *const claims[] = {"",
                                         "{}",
                                         "[]",
                                         "{\"exp\":\"1810000000\"}",
                                         "{\"exp\":-5}",
                                         "{\"exp\":1e300}",
                                         "{\"exp\":1,\"exp\":2}",
                                         "{\"exp\":"};
    static const char *const tokens[] = {"", "opaque", "a.b", "a..c", "a.!!.c", ".."};
    int64_t end = 7;
    for (size_t i = 0U; i < PT_COUNT(claims); i++) {
        cr_expect_eq(jwt_expiry(claims[i], &end).code, PT_E_ABSENT, "%s", claims[i]);
    }
    for (size_t i = 0U; i < PT_COUNT(tokens); i++) {
        cr_expect_eq(pt_jwt_expiry(pt_slice_str(tokens[i]), &end).code, PT_E_ABSENT, "%s",
                     tokens[i]);
    }
    cr_expect_eq(end, 7);
    cr_expect_eq(pt_jwt_expiry(PT_SLICE("a.b.c"), NULL).code, PT_E_ARG);
}

Test(homologation, running_out_of_memory_never_gives_a_snapshot_without_its_decision)
{
    put_decision(",\"products\":{\"hsm\":{\"kind\":\"hsm\",\"name\":\"n\",\"qualification\":"
                 "\"q\"}}");
    case_expect_clean(&c);
    TORTURE(nth)
    {
        torture_arm(nth);
        case_load(&c);
        torture_disarm();
        if (torture_seen() <= nth) {
            cr_expect_eq(c.status.code, PT_OK);
            cr_expect(c.config->homologation.present);
            break;
        }
        cr_expect(c.config == NULL || c.config->homologation.nproducts == 1U, "%u", nth);
    }
}
