/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/verdict.c: SIG-01, SIG-02: never a bare boolean, always what is covered. */
#include "poterne/pki/verdict.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <string.h>

static struct pt_verdict verdict;
static struct pt_buf out;

static void setup(void)
{
    pt_verdict_init(&verdict, 1795478400);
    pt_buf_init(&out, 65536U);
}

static void teardown(void)
{
    pt_verdict_done(&verdict);
    pt_buf_done(&out);
}

TestSuite(verdict, .init = setup, .fini = teardown, .timeout = 30.0);

static const char *text_of(pt_status (*write)(const struct pt_verdict *, struct pt_buf *))
{
    pt_buf_clear(&out);
    cr_assert(pt_ok(write(&verdict, &out)));
    pt_buf_put_byte(&out, '\0');
    return out.ptr;
}

Test(verdict, nothing_known_is_no_yes)
{
    const struct pt_verdict zero = {.nparts = 0U};
    cr_expect(!pt_verdict_ok(&zero));
    cr_expect_str_eq(pt_verdict_name(zero.kind), "INDETERMINATE");
    cr_expect_eq(zero.coverage, PT_COVERS_NOTHING);
    cr_expect(!pt_verdict_ok(&verdict));
    cr_expect_str_eq(pt_reason_code(verdict.reason), "not-checked");
}

Test(verdict, every_reason_has_its_own_code_and_a_sentence)
{
    for (int a = 0; a < PT_REASON_COUNT; a++) {
        const enum pt_reason one = (enum pt_reason)a;
        cr_expect(strlen(pt_reason_text(one)) > 10U && strlen(pt_reason_indication(one)) > 3U);
        for (int b = a + 1; b < PT_REASON_COUNT; b++) {
            cr_expect_str_neq(pt_reason_code(one), pt_reason_code((enum pt_reason)b));
        }
        pt_verdict_refuse(&verdict, one);
        cr_expect(!pt_verdict_ok(&verdict));
        cr_expect_eq(verdict.reason, one);
    }
    pt_verdict_refuse(&verdict, (enum pt_reason)999);
    cr_expect_eq(verdict.reason, PT_REASON_FAILED);
    pt_verdict_refuse(&verdict, PT_REASON_DIGEST);
    cr_expect_eq(verdict.kind, PT_VERDICT_INVALID);
    pt_verdict_refuse(&verdict, PT_REASON_NO_PATH);
    cr_expect_eq(verdict.kind, PT_VERDICT_INDETERMINATE);
}

Test(verdict, SIG_02_a_refusal_takes_back_what_was_covered)
{
    cr_assert(pt_ok(pt_verdict_cover(&verdict, PT_SLICE("a.txt"))));
    verdict.coverage = PT_COVERS_WHOLE;
    pt_verdict_refuse(&verdict, PT_REASON_NO_PATH);
    cr_expect_eq(verdict.coverage, PT_COVERS_NOTHING);
    cr_expect(verdict.nparts == 0U && verdict.parts.len == 0U);
}

Test(verdict, the_words_of_sig_01)
{
    pt_verdict_accept(&verdict, false);
    cr_expect(pt_verdict_ok(&verdict));
    cr_expect_str_eq(pt_verdict_name(verdict.kind), "VALID");
    pt_verdict_accept(&verdict, true);
    cr_expect(pt_verdict_ok(&verdict));
    cr_expect_str_eq(pt_verdict_name(verdict.kind), "VALID_AT_SIGNING_TIME_EXPIRED_NOW");
    pt_verdict_refuse(&verdict, PT_REASON_SIGNATURE);
    cr_expect_str_eq(pt_verdict_name(verdict.kind), "INVALID");
    cr_expect_str_eq(pt_verdict_name((enum pt_verdict_kind)9), "INDETERMINATE");
    cr_expect_str_eq(pt_coverage_name((enum pt_coverage)9), "nothing");
    cr_expect_str_eq(pt_seal_format_name((enum pt_seal_format)99), "unknown");
    cr_expect_str_eq(pt_level_name((enum pt_seal_level)9), "none");
}

Test(verdict, a_token_that_is_not_believed_is_told_with_its_own_reason)
{
    pt_verdict_refuse(&verdict, PT_REASON_TOKEN_UNTRUSTED);
    verdict.token = PT_REASON_NO_PATH;
    cr_expect_not_null(strstr(text_of(pt_verdict_text),
                              "Jeton d’horodatage non cru : aucune chaîne ne mène à une autorité"));
    cr_expect_not_null(strstr(text_of(pt_verdict_json), ",\"token_reason\":\"no-path\"}"));
}

Test(verdict, a_refusal_is_written_with_its_reason)
{
    pt_verdict_refuse(&verdict, PT_REASON_DIGEST);
    verdict.format = PT_FORMAT_CMS_DETACHED;
    cr_expect_str_eq(
        text_of(pt_verdict_json),
        "{\"verdict\":\"INVALID\",\"reason\":\"digest\",\"indication\":\"HASH_FAILURE\","
        "\"text\":\"le contenu n’est pas celui qui a été signé (empreinte "
        "différente)\",\"format\":\"cms-detached\",\"level\":\"none\","
        "\"coverage\":\"nothing\",\"parts\":[],\"signers\":0,\"signer\":null,"
        "\"time_stamp_authority\":null,\"claimed_time\":null,\"proven_time\":null,"
        "\"judged_at\":\"2026-11-24T00:00:00.000Z\",\"token_reason\":\"\"}");
    cr_expect_str_eq(text_of(pt_verdict_text),
                     "Verdict : invalide\nMotif : le contenu n’est pas celui qui a été signé "
                     "(empreinte différente)\nJugé au : 2026-11-24T00:00:00.000Z\nFormat : "
                     "cms-detached\nNiveau : none\n"
                     "Couvre : rien\n");
}

Test(verdict, everything_that_is_known_is_written)
{
    pt_verdict_accept(&verdict, false);
    verdict.format = PT_FORMAT_ASIC_E;
    verdict.level = PT_LEVEL_B_T;
    verdict.coverage = PT_COVERS_PARTS;
    verdict.signers = 1U;
    verdict.signer = (struct pt_verdict_signer){.known = true,
                                                .common_name = "Cachet \"A\"\x1b[31m",
                                                .organization = "Commune",
                                                .issuer = "AC",
                                                .siren = "216809996",
                                                .not_before = 0,
                                                .not_after = 86400,
                                                .algorithm = "p-256",
                                                .bits = 256U};
    verdict.authority = verdict.signer;
    verdict.times.has_claimed = verdict.times.has_proven = true;
    verdict.times.proven = -5; /* before 1970: there is nothing honest to write */
    cr_assert(pt_ok(pt_verdict_cover(&verdict, PT_SLICE("a.xml"))));
    cr_assert(pt_ok(pt_verdict_cover(&verdict, PT_SLICE("b.pdf"))));
    const char *json = text_of(pt_verdict_json);
    cr_expect_not_null(strstr(json, "\"parts\":[\"a.xml\",\"b.pdf\"]"));
    cr_expect_not_null(strstr(json, "\"subject\":\"Cachet \\\"A\\\"\\u001b[31m\""));
    cr_expect_not_null(strstr(json, "\"siren\":\"216809996\""));
    cr_expect_not_null(strstr(json, "\"proven_time\":\"\""));
    cr_expect_not_null(strstr(json, "\"not_after\":\"1970-01-02T00:00:00.000Z\""));
    const char *people = text_of(pt_verdict_text);
    cr_expect_null(strchr(people, '\x1b')); /* nothing of a certificate steers a terminal */
    cr_expect_not_null(strstr(people, "Partie couverte : a.xml\nPartie couverte : b.pdf\n"));
    cr_expect_not_null(strstr(people, "SIREN : 216809996\n"));
    cr_expect_not_null(strstr(people, "(ne prouve rien) : 1970-01-01T00:00:00.000Z\n"));
}

Test(verdict, parts_are_bounded)
{
    char name[400];
    memset(name, 'a', sizeof(name));
    cr_expect_eq(pt_verdict_cover(&verdict, PT_SLICE("a\0b")).code, PT_E_ARG);
    for (unsigned i = 0U; i < PT_VERDICT_PARTS_MAX; i++) {
        cr_assert(pt_ok(pt_verdict_cover(&verdict, PT_SLICE("a"))));
    }
    cr_expect_eq(pt_verdict_cover(&verdict, PT_SLICE("a")).code, PT_E_LIMIT);
    pt_verdict_done(&verdict);
    pt_verdict_init(&verdict, 0);
    unsigned n = 0U;
    while (pt_ok(pt_verdict_cover(&verdict, pt_slice_of(name, sizeof(name))))) {
        n++;
    }
    cr_expect(n < PT_VERDICT_PARTS_MAX && verdict.nparts == n);
}

Test(verdict, what_cannot_be_written_is_said)
{
    struct pt_buf small;
    pt_buf_init(&small, 16U);
    cr_expect_eq(pt_verdict_json(&verdict, &small).code, PT_E_LIMIT);
    pt_buf_clear(&small);
    cr_expect_eq(pt_verdict_text(&verdict, &small).code, PT_E_LIMIT);
    cr_expect_eq(pt_verdict_json(NULL, &small).code, PT_E_ARG);
    cr_expect_eq(pt_verdict_text(NULL, &small).code, PT_E_ARG);
    pt_buf_done(&small);
}
