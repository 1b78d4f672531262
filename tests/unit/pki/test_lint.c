/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/lint*.c: RGS-10, RGS-11, RGS-04, TLS-11, TLS-16 on certificates of our own. */
#include "pki/lint_int.h"
#include "poterne/pki/lint.h"
#include "tests/unit/pki/lint_cases.h"

#include <criterion/criterion.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

static struct pt_buf der;
static struct pt_buf issuer;

static void setup(void)
{
    pt_buf_init(&der, 65536U);
    pt_buf_init(&issuer, 65536U);
    forge_profile_authority(&issuer);
}

static void teardown(void)
{
    pt_buf_done(&der);
    pt_buf_done(&issuer);
    forge_profile_done();
}

TestSuite(lint, .init = setup, .fini = teardown, .timeout = 120.0);

static struct pt_lint_request request_of(enum pt_lint_profile profile, enum pt_lint_level level)
{
    return (struct pt_lint_request){.profile = profile,
                                    .level = level,
                                    .now = FORGE_NOW,
                                    .policies = PT_SLICE("1.2.3," FORGE_POLICY),
                                    .issuer = pt_buf_slice(&issuer)};
}

static pt_slice forge(enum pt_lint_profile profile, const char *a, const char *b)
{
    const char *const edits[FORGE_EDITS] = {a, b};
    pt_buf_clear(&der);
    forge_profile(profile, edits, &der);
    return pt_buf_slice(&der);
}

static void ids_with(const struct pt_lint_report *report, enum pt_lint_verdict verdict,
                     char out[static 512])
{
    size_t n = 0U;
    out[0] = '\0';
    for (size_t i = 0U; i < report->n; i++) {
        if (report->lines[i].verdict == verdict) {
            n += (size_t)snprintf(out + n, 512U - n, "%s%s", n > 0U ? " " : "",
                                  report->lines[i].rule->id);
        }
    }
}

static void judge_case(size_t i)
{
    const struct lint_case *c = &lint_cases[i];
    struct pt_lint_request request = request_of(c->profile, c->level);
    struct pt_lint_report report;
    char fails[512];
    char warns[512];
    /* Signed by another authority: its AKI cannot be compared with the usual one. */
    for (size_t e = 0U; e < FORGE_EDITS && c->edits[e] != NULL; e++) {
        if (strncmp(c->edits[e], "ca=", 3U) == 0 && strcmp(c->edits[e], "ca=ec:P-384") != 0) {
            request.issuer = PT_SLICE_EMPTY;
        }
    }
    pt_buf_clear(&der);
    forge_profile(c->profile, c->edits, &der);
    cr_assert(pt_ok(pt_lint(pt_buf_slice(&der), &request, &report)), "case %zu", i);
    ids_with(&report, PT_LINT_FAIL, fails);
    ids_with(&report, PT_LINT_WARN, warns);
    cr_expect_str_eq(fails, c->fails, "case %zu (%s): fails \"%s\", not \"%s\"", i,
                     c->edits[0] != NULL ? c->edits[0] : "good", fails, c->fails);
    cr_expect_str_eq(warns, c->warns, "case %zu (%s): warns \"%s\", not \"%s\"", i,
                     c->edits[0] != NULL ? c->edits[0] : "good", warns, c->warns);
    cr_expect_eq(ERR_peek_error(), 0U, "case %zu leaves an error behind", i);
}

/* Each certificate breaks the rules it was made to break, and no other one. */
Test(lint, RGS_10_TLS_11_a_corpus_of_certificates_breaks_exactly_what_it_was_made_to_break)
{
    cr_assert_geq(PT_COUNT(lint_cases), 60U);
    for (size_t i = 0U; i < PT_COUNT(lint_cases); i++) {
        judge_case(i);
    }
}

Test(lint, RGS_10_every_rule_is_broken_by_the_corpus_and_has_its_sentence_and_its_source)
{
    size_t n = 0U;
    const struct lint_row *rows = lint_rows(&n);
    cr_assert_geq(n, 40U);
    for (size_t i = 0U; i < n; i++) {
        /* siren-expected needs an expectation: its own test below. */
        bool met = strcmp(rows[i].rule.id, "subject.siren-expected") == 0;
        for (size_t k = 0U; !met && k < PT_COUNT(lint_cases); k++) {
            met = strstr(lint_cases[k].fails, rows[i].rule.id) != NULL ||
                  strstr(lint_cases[k].warns, rows[i].rule.id) != NULL;
        }
        cr_expect(met, "nothing breaks %s", rows[i].rule.id);
        cr_expect_neq(rows[i].rule.source[0], '\0', "%s", rows[i].rule.id);
        cr_expect_eq(rows[i].rule.sentence[strlen(rows[i].rule.sentence) - 1U], '.');
        for (size_t k = i + 1U; k < n; k++) {
            cr_expect_str_neq(rows[i].rule.id, rows[k].rule.id);
        }
    }
}

/* --- SIREN ----------------------------------------------------------------------------------- */

/* RGS-11: from the unit, from the identifier, agreeing, differing, none, malformed. */
Test(lint, RGS_11_the_siren_is_taken_from_0002_and_ntrfr_and_two_that_differ_refuse)
{
    static const struct {
        const char *ou;
        const char *id;
        uint32_t code;
    } rows[] = {
        {"OU=0002 " FORGE_SIRET, NULL, PT_OK},
        {"-OU", "organizationIdentifier=NTRFR-" FORGE_SIREN, PT_OK},
        {"OU=0002 " FORGE_SIREN, "organizationIdentifier=NTRFR-" FORGE_SIREN, PT_OK},
        {"OU=0002 " FORGE_SIREN, "organizationIdentifier=NTRFR-552100554", PT_E_DENIED},
        {"+OU=0002 552100554", NULL, PT_E_DENIED},
        {"-OU", NULL, PT_E_ABSENT},
        {"OU=0002 216809997", NULL, PT_E_DENIED},
        {"OU=0002 21680999A", NULL, PT_E_DENIED},
        {"OU=0002" FORGE_SIREN, NULL, PT_E_DENIED},
        {"OU=0002 " FORGE_SIREN, "organizationIdentifier=VATFR-12216809996", PT_E_DENIED},
        {"organizationIdentifier=NTRFR-" FORGE_SIREN, "+organizationIdentifier=NTRFR-552100554",
         PT_E_DENIED},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        char siren[PT_SIREN_LEN + 1U] = "";
        const pt_status st =
            pt_cert_siren(forge(PT_LINT_AUTH_CLIENT, rows[i].ou, rows[i].id), siren);
        cr_expect_eq(st.code, rows[i].code, "%zu: %s", i, pt_code_name(st.code));
        cr_expect_str_eq(siren, rows[i].code == PT_OK ? FORGE_SIREN : "", "%zu", i);
    }
}

Test(lint, RGS_11_another_siren_than_the_expected_one_fails)
{
    struct pt_lint_request request = request_of(PT_LINT_AUTH_CLIENT, PT_LINT_LEVEL_NONE);
    struct pt_lint_report report;
    request.siren = PT_SLICE(FORGE_SIREN);
    cr_assert(pt_ok(pt_lint(forge(PT_LINT_AUTH_CLIENT, NULL, NULL), &request, &report)));
    cr_expect_eq(report.failed, 0U);
    cr_expect_str_eq(report.siren, FORGE_SIREN);
    cr_expect_eq(pt_lint_verdict_of(&report, "subject.siren-expected"), PT_LINT_OK);
    request.siren = PT_SLICE("552100554");
    cr_assert(pt_ok(pt_lint(forge(PT_LINT_AUTH_CLIENT, NULL, NULL), &request, &report)));
    cr_expect_eq(pt_lint_verdict_of(&report, "subject.siren-expected"), PT_LINT_FAIL);
    request.siren = PT_SLICE(FORGE_SIREN);
    cr_assert(pt_ok(pt_lint(forge(PT_LINT_AUTH_CLIENT, "-OU", NULL), &request, &report)));
    cr_expect_eq(pt_lint_verdict_of(&report, "subject.siren-expected"), PT_LINT_FAIL);
    cr_expect_str_eq(report.siren, "");
    request.siren = PT_SLICE("552100555");
    cr_expect_eq(pt_lint(pt_buf_slice(&der), &request, &report).code, PT_E_ARG);
}

Test(lint, a_siren_is_nine_digits_with_a_right_luhn_sum)
{
    static const char *const good[] = {"216809996", "552100554", "356000000", "000000000"};
    static const char *const bad[] = {"", "216809997", "21680999", "2168099960", "21680999x"};
    for (size_t i = 0U; i < PT_COUNT(good); i++) {
        cr_expect(pt_siren_ok(pt_slice_str(good[i])), "%s", good[i]);
    }
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        cr_expect(!pt_siren_ok(pt_slice_str(bad[i])), "%s", bad[i]);
    }
}

/* --- switches -------------------------------------------------------------------------------- */

/* TLS-16: real certificates of the State have both purposes; the switch makes it a warning. */
Test(lint, TLS_16_both_tls_purposes_are_tolerated_under_the_switch_and_nothing_more_is)
{
    static const struct {
        enum pt_lint_profile profile;
        const char *eku;
        enum pt_lint_verdict want;
    } rows[] = {
        {PT_LINT_AUTH_CLIENT, "ext:extendedKeyUsage=serverAuth,clientAuth", PT_LINT_WARN},
        {PT_LINT_AUTH_SERVEUR, "ext:extendedKeyUsage=serverAuth,clientAuth", PT_LINT_WARN},
        {PT_LINT_AUTH_CLIENT, "ext:extendedKeyUsage=serverAuth,clientAuth,codeSigning",
         PT_LINT_FAIL},
        {PT_LINT_AUTH_CLIENT, "ext:extendedKeyUsage=serverAuth", PT_LINT_FAIL},
        {PT_LINT_CACHET, "ext:extendedKeyUsage=serverAuth,clientAuth", PT_LINT_FAIL},
        {PT_LINT_AUTH_CLIENT, NULL, PT_LINT_OK},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        struct pt_lint_request request = request_of(rows[i].profile, PT_LINT_LEVEL_NONE);
        struct pt_lint_report report;
        request.both_purposes = true;
        cr_assert(pt_ok(pt_lint(forge(rows[i].profile, rows[i].eku, NULL), &request, &report)));
        cr_expect_eq(pt_lint_verdict_of(&report, "eku.single"), rows[i].want, "%zu", i);
    }
}

/* RGS-04: a level that nobody listed policies for is not proved, and the report says so. */
Test(lint, RGS_04_a_level_without_a_list_of_policies_is_a_warning)
{
    struct pt_lint_request request = request_of(PT_LINT_CACHET, PT_LINT_LEVEL_2);
    struct pt_lint_report report;
    request.policies = PT_SLICE_EMPTY;
    cr_assert(pt_ok(pt_lint(forge(PT_LINT_CACHET, NULL, NULL), &request, &report)));
    cr_expect_eq(pt_lint_verdict_of(&report, "policies.listed"), PT_LINT_WARN);
    request.policies = PT_SLICE("1.2.250.1.999.11,1.2.250.1.999,");
    cr_assert(pt_ok(pt_lint(pt_buf_slice(&der), &request, &report)));
    cr_expect_eq(pt_lint_verdict_of(&report, "policies.listed"), PT_LINT_FAIL);
}

/* CRY-01: the day decides, not the certificate. */
Test(lint, CRY_01_the_same_certificate_is_refused_from_2031_on)
{
    struct pt_lint_request request = request_of(PT_LINT_CACHET, PT_LINT_LEVEL_NONE);
    struct pt_lint_report report;
    const pt_slice cert = forge(PT_LINT_CACHET, "key=rsa:2048", "to=20311231000000Z");
    cr_assert(pt_ok(pt_lint(cert, &request, &report)));
    cr_expect_eq(pt_lint_verdict_of(&report, "key.size"), PT_LINT_OK);
    cr_expect_eq(pt_lint_verdict_of(&report, "key.until-end"), PT_LINT_WARN);
    request.now = 1924992000; /* 2031-01-01 */
    cr_assert(pt_ok(pt_lint(cert, &request, &report)));
    cr_expect_eq(pt_lint_verdict_of(&report, "key.size"), PT_LINT_FAIL);
    cr_expect_eq(pt_lint_verdict_of(&report, "key.until-end"), PT_LINT_NA);
}

/* --- contract -------------------------------------------------------------------------------- */

Test(lint, what_is_no_certificate_is_refused_and_the_report_untouched)
{
    const struct pt_lint_request request = request_of(PT_LINT_CACHET, PT_LINT_LEVEL_NONE);
    struct pt_lint_request bad = request;
    struct pt_lint_report report = {.n = 77U};
    char siren[PT_SIREN_LEN + 1U];
    const pt_slice good = forge(PT_LINT_CACHET, NULL, NULL);
    cr_expect_eq(pt_lint(PT_SLICE_EMPTY, &request, &report).code, PT_E_SYNTAX);
    cr_expect_eq(pt_lint(PT_SLICE("bonjour"), &request, &report).code, PT_E_SYNTAX);
    cr_expect_eq(pt_lint(pt_slice_head(good, good.len - 1U), &request, &report).code, PT_E_SYNTAX);
    cr_expect_eq(pt_cert_siren(PT_SLICE("0"), siren).code, PT_E_SYNTAX);
    pt_buf_put_byte(&der, 'x');
    cr_expect_eq(pt_lint(pt_buf_slice(&der), &request, &report).code, PT_E_SYNTAX);
    bad.issuer = PT_SLICE("bonjour");
    cr_expect_eq(pt_lint(pt_buf_slice(&issuer), &bad, &report).code, PT_E_SYNTAX);
    bad = request;
    bad.profile = (enum pt_lint_profile)5;
    cr_expect_eq(pt_lint(pt_buf_slice(&issuer), &bad, &report).code, PT_E_ARG);
    bad = request;
    bad.level = (enum pt_lint_level)4;
    cr_expect_eq(pt_lint(pt_buf_slice(&issuer), &bad, &report).code, PT_E_ARG);
    cr_expect_eq(pt_lint(good, NULL, &report).code, PT_E_ARG);
    cr_expect_eq(report.n, 77U);
}

Test(lint, an_authority_given_as_pem_is_no_bearer)
{
    const struct pt_lint_request request = request_of(PT_LINT_CACHET, PT_LINT_LEVEL_NONE);
    struct pt_lint_report report;
    cr_assert(pt_ok(pt_lint(pt_buf_slice(&issuer), &request, &report)));
    cr_expect_eq(pt_lint_verdict_of(&report, "ca.not"), PT_LINT_FAIL);
    cr_expect_eq(pt_lint_verdict_of(&report, "no.such.rule"), PT_LINT_NA);
    cr_expect_gt(report.failed, 5U);
}

Test(lint, words_are_read_and_written)
{
    enum pt_lint_profile profile = PT_LINT_CACHET;
    enum pt_lint_level level = PT_LINT_LEVEL_NONE;
    cr_expect(pt_ok(pt_lint_profile_parse(PT_SLICE("tsu"), &profile)));
    cr_expect_eq(profile, PT_LINT_TSU);
    cr_expect_eq(pt_lint_profile_parse(PT_SLICE("TSU"), &profile).code, PT_E_SYNTAX);
    cr_expect(pt_ok(pt_lint_level_parse(PT_SLICE("**"), &level)));
    cr_expect_eq(level, PT_LINT_LEVEL_2);
    cr_expect_eq(pt_lint_level_parse(PT_SLICE(""), &level).code, PT_E_SYNTAX);
    cr_expect_eq(pt_lint_level_parse(PT_SLICE("****"), &level).code, PT_E_SYNTAX);
    cr_expect_eq(pt_lint_level_parse(PT_SLICE("2"), &level).code, PT_E_SYNTAX);
    cr_expect_str_eq(pt_lint_verdict_text(PT_LINT_NA), "n/a");
    cr_expect_str_eq(pt_lint_verdict_text(PT_LINT_FAIL), "fail");
}
