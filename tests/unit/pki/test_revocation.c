/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * RGS-12, RGS-13, TLS-12: what each kind of evidence of revocation, sound or faulty, makes of a
 * certificate. One table; a row is a sentence, its evidence, and the stable code it must give.
 */
#include "tests/unit/pki/path_world.h"

#include <criterion/criterion.h>

TestSuite(revocation, .init = world_setup, .fini = world_teardown, .timeout = 60.0);

#define GOOD    PT_PATH_GOOD
#define REVOKED PT_PATH_REVOKED
#define UNKNOWN PT_PATH_UNKNOWN

/* A list that speaks of the responder and of nobody else. */
#define RESPONDER_POINT "critical,fullname:URI:http://crl.test/ocsp.crl"

#define PAST .target = SHORT, .at = -3 * DAY, .fresh = -3 * DAY, .past = true

static const struct one lists[] = {
    {"only the list of its issuer's issuer", "crl-other-issuer", UNKNOWN, NOTHING, .target = LEAF},
    {"a complete, fresh list", "ok", GOOD, LIST, .target = LEAF},
    {"RGS-12 level 1: a list of six days", "ok", GOOD, LIST, .from = -DAY, .until = 5 * DAY},
    {"RGS-12 level 1: a list of six days and a second", "crl-life", UNKNOWN, LIST, .from = -DAY,
     .until = 5 * DAY + 1},
    {"RGS-12 level 2: a list of 48 hours", "ok", GOOD, LIST, .level = PT_RGS_2, .from = -HOUR,
     .until = 47 * HOUR},
    {"RGS-12 level 2: a list of 49 hours", "crl-life", UNKNOWN, LIST, .level = PT_RGS_2,
     .from = -HOUR, .until = 48 * HOUR},
    {"RGS-12 level 3: a list of 36 hours", "ok", GOOD, LIST, .level = PT_RGS_3, .from = -HOUR,
     .until = 35 * HOUR},
    {"RGS-12 level 3: a list of 37 hours", "crl-life", UNKNOWN, LIST, .level = PT_RGS_3,
     .from = -HOUR, .until = 36 * HOUR},
    {"RGS-12: a stale list", "crl-stale", UNKNOWN, LIST, .from = -2 * DAY, .until = -1},
    {"RGS-12: a list is stale from nextUpdate on", "crl-stale", UNKNOWN, LIST, .from = -DAY,
     .until = 0},
    {"a list of the future", "crl-future", UNKNOWN, LIST, .from = 1, .until = DAY},
    {"a list that ends before it begins", "crl-life", UNKNOWN, LIST, .from = -HOUR,
     .until = -2 * HOUR},
    {"a list without nextUpdate", "crl-no-next-update", UNKNOWN, LIST,
     .list_faults = TEST_LIST_NO_END},
    {"RGS-12: the list of another issuer", "crl-other-issuer", UNKNOWN, LIST, .list_name = OTHER,
     .list_key = OTHER},
    {"RGS-12: a list in the issuer's name signed by another key", "crl-signature", UNKNOWN, LIST,
     .list_key = TWIN},
    {"the list of an authority of the same name", "crl-signature", UNKNOWN, LIST, .list_name = TWIN,
     .list_key = TWIN},
    {"an authority without cRLSign", "crl-key-usage", UNKNOWN, LIST, .target = BY_MUTE,
     .list_name = MUTE, .list_key = MUTE},
    {"a list signed with SHA-1", "crl-policy", UNKNOWN, LIST, .digest = "SHA1"},
    {"a list signed with SHA-224", "crl-policy", UNKNOWN, LIST, .digest = "SHA224"},
    {"a delta list", "crl-delta", UNKNOWN, LIST, .list_faults = TEST_LIST_DELTA},
    {"an indirect list", "crl-indirect", UNKNOWN, LIST, .point = "critical,indirectCRL:TRUE"},
    {"an entry of another issuer", "crl-indirect", UNKNOWN, LIST,
     .list_faults = TEST_LIST_ENTRY_ISSUER},
    {"a list of bearers, for a bearer", "ok", GOOD, LIST, .point = "critical,onlyuser:TRUE"},
    {"a list of authorities, for a bearer", "crl-scope", UNKNOWN, LIST,
     .point = "critical,onlyCA:TRUE"},
    {"a list of attribute certificates", "crl-scope", UNKNOWN, LIST,
     .point = "critical,onlyAA:TRUE"},
    {"a list of some reasons only", "crl-scope", UNKNOWN, LIST,
     .point = "critical,onlysomereasons:keyCompromise"},
    {"the list of the certificate's own distribution point", "ok", GOOD, LIST,
     .point = "critical,fullname:URI:http://crl.test/sub.crl"},
    {"the list of another distribution point", "crl-scope", UNKNOWN, LIST,
     .point = "critical,fullname:URI:http://crl.test/part2.crl"},
    {"a distribution point, for a certificate that names none", "crl-scope", UNKNOWN, LIST,
     .target = PLAIN, .point = "critical,fullname:URI:http://crl.test/sub.crl"},
    {"two scopes", "crl-critical-extension", UNKNOWN, LIST, .point = "critical,onlyuser:TRUE",
     .list_faults = TEST_LIST_TWO_POINTS},
    {"an unknown critical extension", "crl-critical-extension", UNKNOWN, LIST,
     .list_faults = TEST_LIST_CRITICAL},
    {"an unknown critical extension of somebody else's entry", "crl-critical-extension", UNKNOWN,
     LIST, .list_faults = TEST_LIST_ENTRY_CRITICAL},
    {"revoked an hour ago", "revoked", REVOKED, LIST, .revoked = true, .revoked_at = -HOUR,
     .reason = 1},
    {"revoked at this very second", "revoked", REVOKED, LIST, .revoked = true, .revoked_at = 0},
    {"suspended", "revoked", REVOKED, LIST, .revoked = true, .revoked_at = -HOUR, .reason = 6},
    {"the suspension was lifted: the new list does not name it", "ok", GOOD, LIST,
     .revoked = false},
    {"removeFromCRL in a complete list", "crl-entry", UNKNOWN, LIST, .revoked = true,
     .revoked_at = -HOUR, .reason = 8},
    {"a reason that does not exist", "crl-entry", UNKNOWN, LIST, .revoked = true,
     .revoked_at = -HOUR, .reason = 77},
    {"revoked after the time of interest", "ok", GOOD, LIST, .at = -3 * HOUR, .revoked = true,
     .revoked_at = -2 * HOUR},
    {"revoked before the time of interest", "revoked", REVOKED, LIST, .at = -3 * HOUR,
     .revoked = true, .revoked_at = -4 * HOUR},
    {"revoked after, but invalid before the time of interest", "revoked", REVOKED, LIST,
     .at = -3 * HOUR, .revoked = true, .revoked_at = -2 * HOUR, .invalid_at = -5 * HOUR},
    {"expired since: the list may have forgotten it", "evidence-after-expiry", UNKNOWN, LIST,
     .target = SHORT, .at = -3 * DAY},
    {"expired since: the list of that day was kept", "ok", GOOD, LIST, .target = SHORT,
     .at = -3 * DAY, .fresh = -3 * DAY + HOUR, .from = -3 * DAY, .until = -2 * DAY - HOUR},
    /* Only what clears must be fresh. */
    {"revoked before, says a stale list", "revoked", REVOKED, LIST, .from = -2 * DAY, .until = -DAY,
     .revoked = true, .revoked_at = -3 * DAY},
    {"revoked before, says a list of the future", "revoked", REVOKED, LIST, .from = HOUR,
     .until = DAY, .revoked = true, .revoked_at = -HOUR},
    {"revoked before, says a list of seven days", "revoked", REVOKED, LIST, .from = -DAY,
     .until = 6 * DAY, .revoked = true, .revoked_at = -HOUR},
    {"revoked before, says a list without nextUpdate", "revoked", REVOKED, LIST, .revoked = true,
     .revoked_at = -HOUR, .list_faults = TEST_LIST_NO_END},
    {"revoked before, says a stale list of another key", "crl-signature", UNKNOWN, LIST,
     .list_key = TWIN, .from = -2 * DAY, .until = -DAY, .revoked = true, .revoked_at = -3 * DAY},
    {"revoked before, says a stale list of another scope", "crl-scope", UNKNOWN, LIST,
     .from = -2 * DAY, .until = -DAY, .revoked = true, .revoked_at = -3 * DAY,
     .point = "critical,onlyCA:TRUE"},
    {"revoked later, says a stale list", "crl-stale", UNKNOWN, LIST, .at = -3 * DAY,
     .from = -2 * DAY, .until = -DAY, .revoked = true, .revoked_at = -2 * DAY},
    /* Proven three days ago, expired two days ago. */
    {"past: a list from before the proven time", "evidence-before-proof", UNKNOWN, LIST, PAST,
     .from = -3 * DAY - 1, .until = -2 * DAY - HOUR},
    {"past: a list from the proven time on", "ok", GOOD, LIST, PAST, .from = -3 * DAY,
     .until = -2 * DAY - HOUR},
    {"past: a list from between the proven time and the end", "ok", GOOD, LIST, PAST,
     .from = -2 * DAY - HOUR, .until = DAY},
    {"past: a list from after the end", "evidence-after-expiry", UNKNOWN, LIST, PAST},
    {"past: a list from after the end that names it, revoked before", "revoked", REVOKED, LIST,
     PAST, .revoked = true, .revoked_at = -4 * DAY},
    {"past: a list from after the end that names it, revoked after", "ok", GOOD, LIST, PAST,
     .revoked = true, .revoked_at = -2 * DAY - HOUR},
    {"past: a list of seven days", "crl-life", UNKNOWN, LIST, PAST, .from = -3 * DAY,
     .until = 4 * DAY},
};

static const struct one answers[] = {
    {"an answer of the issuer itself", "ok", GOOD, ASK_OCSP, .target = LEAF},
    {"an answer of a mandated responder", "ok", GOOD, ASK_OCSP, .signer = RESPONDER},
    {"a CertID by SHA-1 is only a name", "ok", GOOD, ASK_OCSP, .signer = RESPONDER,
     .id_digest = "SHA1"},
    {"a CertID by MD5", "ocsp-cert-id", UNKNOWN, ASK_OCSP, .signer = RESPONDER, .id_digest = "MD5"},
    {"RGS-12: OCSP unknown is a refusal", "ocsp-unknown", UNKNOWN, ASK_OCSP, .signer = RESPONDER,
     .status = V_OCSP_CERTSTATUS_UNKNOWN},
    {"RGS-12: OCSP replay, an old answer without nonce", "ocsp-nonce", UNKNOWN, ASK_OCSP,
     .signer = RESPONDER, .nonce = ABSENT, .from = -2 * DAY, .until = -DAY},
    {"RGS-12: OCSP replay, a fresh answer with an old nonce", "ocsp-nonce", UNKNOWN, ASK_OCSP,
     .signer = RESPONDER, .nonce = WRONG},
    {"our nonce, but an old time", "ocsp-stale", UNKNOWN, ASK_OCSP, .signer = RESPONDER,
     .from = -2 * DAY, .until = -DAY},
    {"our nonce, no nextUpdate, made now", "ok", GOOD, ASK_OCSP, .signer = RESPONDER, .from = -60,
     .until = 60, .answer_faults = TEST_ANSWER_NO_END},
    {"our nonce, no nextUpdate, an hour old", "ocsp-stale", UNKNOWN, ASK_OCSP, .signer = RESPONDER,
     .answer_faults = TEST_ANSWER_NO_END},
    {"a responder a little ahead of us", "ok", GOOD, ASK_OCSP, .signer = RESPONDER, .from = 300,
     .until = DAY},
    {"an answer of the future", "ocsp-future", UNKNOWN, ASK_OCSP, .signer = RESPONDER, .from = 301,
     .until = DAY},
    {"RGS-12: an answer of seven days", "ocsp-life", UNKNOWN, ASK_OCSP, .signer = RESPONDER,
     .from = -HOUR, .until = 7 * DAY},
    {"RGS-12 level 3: an answer of 37 hours", "ocsp-life", UNKNOWN, ASK_OCSP, .signer = RESPONDER,
     .level = PT_RGS_3, .from = -HOUR, .until = 36 * HOUR},
    {"RGS-12: a responder without EKU", "ocsp-eku", UNKNOWN, ASK_OCSP, .signer = RESPONDER_NO_EKU},
    {"the certificate itself answers", "ocsp-eku", UNKNOWN, ASK_OCSP, .signer = LEAF},
    {"a responder of another CA", "ocsp-responder", UNKNOWN, ASK_OCSP, .signer = RESPONDER_OTHER},
    {"a responder of an authority of the same name", "ocsp-responder", UNKNOWN, ASK_OCSP,
     .signer = RESPONDER_TWIN},
    {"the root answers for the sub-authority's bearer", "ocsp-responder", UNKNOWN, ASK_OCSP,
     .signer = ROOT},
    {"a responder that has expired", "ocsp-responder-dates", UNKNOWN, ASK_OCSP,
     .signer = RESPONDER_EXPIRED},
    {"a responder with a weak key", "ocsp-policy", UNKNOWN, ASK_OCSP, .signer = RESPONDER_WEAK},
    {"a responder whose certificate is not sent", "ocsp-responder", UNKNOWN, ASK_OCSP,
     .signer = RESPONDER, .answer_faults = TEST_ANSWER_NO_CERT},
    {"no ocsp-nocheck, and no list", "ocsp-responder-revocation", UNKNOWN, ASK_OCSP,
     .signer = RESPONDER_CHECK},
    {"no ocsp-nocheck, and a list that clears the responder", "ok", GOOD, STAPLE,
     .signer = RESPONDER_CHECK, .list_beside = true, .point = RESPONDER_POINT},
    {"no ocsp-nocheck, and a list that revokes the responder", "ocsp-responder-revocation", UNKNOWN,
     STAPLE, .signer = RESPONDER_CHECK, .list_beside = true, .responder_revoked = true,
     .point = RESPONDER_POINT},
    {"a false signature", "ocsp-signature", UNKNOWN, ASK_OCSP,
     .answer_faults = TEST_ANSWER_NO_CERT | TEST_ANSWER_BAD_SIGNATURE},
    {"an answer signed with SHA-1", "ocsp-policy", UNKNOWN, ASK_OCSP, .signer = RESPONDER,
     .digest = "SHA1"},
    {"the answer about another certificate", "ocsp-cert-id", UNKNOWN, ASK_OCSP, .signer = RESPONDER,
     .about = PLAIN},
    {"two answers in one", "ocsp-many", UNKNOWN, ASK_OCSP, .signer = RESPONDER,
     .answer_faults = TEST_ANSWER_TWICE},
    {"an unknown critical extension of the answer", "ocsp-critical-extension", UNKNOWN, ASK_OCSP,
     .signer = RESPONDER, .answer_faults = TEST_ANSWER_CRITICAL},
    {"an unknown critical extension of the single answer", "ocsp-critical-extension", UNKNOWN,
     ASK_OCSP, .signer = RESPONDER, .answer_faults = TEST_ANSWER_SINGLE_CRITICAL},
    {"the responder says tryLater", "ocsp-status", UNKNOWN, ASK_OCSP,
     .response = OCSP_RESPONSE_STATUS_TRYLATER},
    {"the responder says unauthorized", "ocsp-status", UNKNOWN, ASK_OCSP,
     .response = OCSP_RESPONSE_STATUS_UNAUTHORIZED},
    {"OCSP says revoked", "revoked", REVOKED, ASK_OCSP, .signer = RESPONDER, .revoked = true,
     .revoked_at = -HOUR, .reason = 1},
    {"OCSP says revoked later", "ok", GOOD, ASK_OCSP, .signer = RESPONDER, .at = -3 * HOUR,
     .revoked = true, .revoked_at = -2 * HOUR},
    {"revoked before, says a stale answer", "revoked", REVOKED, STAPLE, .signer = RESPONDER,
     .from = -2 * DAY, .until = -DAY, .revoked = true, .revoked_at = -3 * DAY},
    {"revoked before, says an old answer without our nonce", "revoked", REVOKED, ASK_OCSP,
     .signer = RESPONDER, .nonce = WRONG, .revoked = true, .revoked_at = -HOUR},
    {"revoked before, says a stale answer of nobody", "ocsp-responder", UNKNOWN, STAPLE,
     .signer = RESPONDER_TWIN, .from = -2 * DAY, .until = -DAY, .revoked = true,
     .revoked_at = -3 * DAY},
    {"revoked later, says a stale answer", "ocsp-stale", UNKNOWN, STAPLE, .signer = RESPONDER,
     .at = -3 * DAY, .from = -2 * DAY, .until = -DAY, .revoked = true, .revoked_at = -2 * DAY},
    {"past: an answer from before the proven time", "evidence-before-proof", UNKNOWN, STAPLE, PAST,
     .signer = RESPONDER, .from = -3 * DAY - 1, .until = -2 * DAY - HOUR},
    {"past: an answer since", "ok", GOOD, STAPLE, PAST, .signer = RESPONDER, .from = -3 * DAY,
     .until = -2 * DAY - HOUR},
    {"past: an answer since, of a responder that expired after it", "ok", GOOD, STAPLE, PAST,
     .signer = RESPONDER_EXPIRED, .from = -3 * DAY, .until = -2 * DAY - HOUR},
    {"a responder with an unknown critical extension", "ocsp-critical-extension", UNKNOWN, ASK_OCSP,
     .signer = RESPONDER_CRITICAL},
    {"RGS-12: responder down", "unreachable", UNKNOWN, ASK_OCSP, .net = DOWN},
    {"RGS-12: responder too slow", "unreachable", UNKNOWN, ASK_OCSP, .net = SLOW},
    {"an answer that is too large", "ocsp-too-large", UNKNOWN, ASK_OCSP, .net = TOO_LARGE},
    {"a captive portal", "ocsp-unreadable", UNKNOWN, ASK_OCSP, .net = GARBAGE},
    {"an empty answer", "ocsp-unreadable", UNKNOWN, ASK_OCSP, .net = EMPTY},
    {"no address in the certificate", "crl-other-issuer", UNKNOWN, ASK_OCSP, .target = PLAIN},
    {"TLS-12: a stapled answer, fresh", "ok", GOOD, STAPLE, .signer = RESPONDER},
    {"TLS-12: a stapled answer, stale", "ocsp-stale", UNKNOWN, STAPLE, .signer = RESPONDER,
     .from = -2 * DAY, .until = -1},
    {"a stapled answer without nextUpdate", "ocsp-stale", UNKNOWN, STAPLE, .signer = RESPONDER,
     .from = -60, .until = 60, .answer_faults = TEST_ANSWER_NO_END},
    {"the list says good, the staple revoked", "revoked", REVOKED, LIST_AND_STAPLE,
     .signer = RESPONDER, .revoked = true, .revoked_at = -HOUR},
    {"the list says good, the staple unknown", "ocsp-unknown", UNKNOWN, LIST_AND_STAPLE,
     .signer = RESPONDER, .status = V_OCSP_CERTSTATUS_UNKNOWN},
    {"the list is fetched when the responder does not answer", "ok", GOOD, ASK_LIST,
     .target = LEAF},
    {"a fetched list that revokes", "revoked", REVOKED, ASK_LIST, .revoked = true,
     .revoked_at = -HOUR},
    {"a fetched list that is stale", "crl-stale", UNKNOWN, ASK_LIST, .from = -2 * DAY, .until = -1},
    {"a fetched list signed by another key", "crl-signature", UNKNOWN, ASK_LIST, .list_key = TWIN},
};

static void run(const struct one *table, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        struct pt_path_result got;
        pt_arena_reset(world.arena);
        const pt_status st = world_judge(&table[i], &got);
        cr_expect(pt_ok(st), "%s: %s", table[i].name, pt_code_name(st.code));
        cr_expect_str_eq(pt_path_reason_code(got.reason), table[i].code, "%s: %s instead of %s",
                         table[i].name, pt_path_reason_code(got.reason), table[i].code);
        cr_expect(got.verdict == table[i].verdict, "%s: %s", table[i].name,
                  pt_path_verdict_name(got.verdict));
        cr_expect((got.verdict == GOOD) == (got.reason == PT_PATH_OK), "%s", table[i].name);
        cr_expect((got.verdict == GOOD) == (got.fresh_until_s > NOW - 4 * DAY), "%s",
                  table[i].name);
    }
}

Test(revocation, RGS_12_each_list_gives_its_code)
{
    run(lists, PT_COUNT(lists));
}

Test(revocation, RGS_12_TLS_12_each_answer_gives_its_code)
{
    run(answers, PT_COUNT(answers));
}

Test(revocation, a_verdict_says_when_and_why)
{
    struct pt_path_result got;
    const struct one now = {.source = LIST, .revoked = true, .revoked_at = -HOUR, .reason = 1};
    cr_assert(pt_ok(world_judge(&now, &got)));
    cr_assert_eq(got.revoked_s, NOW - HOUR);
    cr_assert_eq(got.revocation_reason, 1);
    cr_assert_eq(got.depth, 0U);
    cr_assert_str_eq(pt_path_revocation_text(got.revocation_reason), "clé compromise");
    const struct one later = {
        .source = LIST, .at = -3 * HOUR, .revoked = true, .revoked_at = -2 * HOUR, .reason = 4};
    cr_assert(pt_ok(world_judge(&later, &got)));
    cr_assert_eq(got.verdict, GOOD);
    cr_assert_eq(got.revoked_s, NOW - 2 * HOUR);
    cr_assert_eq(got.revocation_reason, 4);
}

/* The root's list says @root of the authority, the authority's list @sub of its bearer. */
static struct pt_path_result both_later(const struct test_list *root, const struct test_list *sub)
{
    struct pt_path_result got;
    struct pt_buf ders[2];
    const struct test_list *const both[] = {root, sub};
    for (size_t i = 0U; i < 2U; i++) {
        struct test_list list = *both[i];
        list.name = &world.certs[i == 0U ? ROOT : SUB];
        list.revoked = &world.certs[i == 0U ? SUB : LEAF];
        list.from = NOW - HOUR;
        list.until = NOW + HOUR;
        pt_buf_init(&ders[i], 65536U);
        test_list_der(&list, &ders[i]);
    }
    const pt_slice given[] = {pt_buf_slice(&ders[0]), pt_buf_slice(&ders[1])};
    struct pt_path_request request = world_request(LEAF);
    request.at_s = NOW - 5 * HOUR;
    request.evidence = (struct pt_path_evidence){.crls = given, .ncrls = 2U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    pt_buf_done(&ders[0]);
    pt_buf_done(&ders[1]);
    return got;
}

Test(revocation, of_several_revocations_to_come_the_worst_is_told)
{
    const struct test_list ended = {.revoked_at = NOW - 4 * HOUR, .reason = 5};
    const struct test_list replaced = {.revoked_at = NOW - 3 * HOUR, .reason = 4};
    const struct test_list lost = {.revoked_at = NOW - 2 * HOUR, .reason = 2};
    struct pt_path_result got = both_later(&lost, &ended);
    cr_expect_eq(got.verdict, GOOD);
    cr_expect_eq(got.revocation_reason, 2);
    cr_expect_eq(got.revoked_s, NOW - 2 * HOUR);
    got = both_later(&ended, &lost);
    cr_expect_eq(got.revocation_reason, 2);
    got = both_later(&ended, &replaced);
    cr_expect_eq(got.revocation_reason, 5, "else the first");
    cr_expect_eq(got.revoked_s, NOW - 4 * HOUR);
}

/* A list that clears, fresh, and an older or newer one that does not: the bad news stays. */
Test(revocation, a_list_that_clears_takes_nothing_back)
{
    struct pt_path_result got;
    struct pt_buf ders[2];
    const struct test_list stale = {.name = &world.certs[SUB],
                                    .from = NOW - 3 * DAY,
                                    .until = NOW - 2 * DAY,
                                    .revoked = &world.certs[LEAF],
                                    .revoked_at = NOW - 4 * DAY,
                                    .reason = 1};
    pt_buf_init(&ders[0], 65536U);
    pt_buf_init(&ders[1], 65536U);
    test_list_der(&stale, &ders[0]);
    world_list(&(struct one){.source = LIST}, &ders[1]);
    const pt_slice given[] = {pt_buf_slice(&world.root_list), pt_buf_slice(&ders[0]),
                              pt_buf_slice(&ders[1])};
    struct pt_path_request request = world_request(LEAF);
    request.evidence = (struct pt_path_evidence){.crls = given, .ncrls = 3U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.verdict, REVOKED);
    cr_expect_eq(got.revoked_s, NOW - 4 * DAY);
    /* Five days ago it was good, and the lost key is still told. */
    request.at_s = NOW - 5 * DAY;
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.verdict, GOOD);
    cr_expect_eq(got.revoked_s, NOW - 4 * DAY);
    cr_expect_eq(got.revocation_reason, 1);
    pt_buf_done(&ders[0]);
    pt_buf_done(&ders[1]);
}

Test(revocation, a_revoked_authority_takes_its_bearers_with_it)
{
    struct pt_path_result got;
    struct pt_buf root;
    struct pt_buf sub;
    pt_buf_init(&root, 65536U);
    pt_buf_init(&sub, 65536U);
    const struct test_list revoking = {.name = &world.certs[ROOT],
                                       .from = NOW - HOUR,
                                       .until = NOW + HOUR,
                                       .revoked = &world.certs[SUB],
                                       .reason = 2};
    test_list_der(&revoking, &root);
    world_list(&(struct one){.source = LIST}, &sub);
    const pt_slice given[] = {pt_buf_slice(&root), pt_buf_slice(&sub)};
    struct pt_path_request request = world_request(LEAF);
    request.evidence = (struct pt_path_evidence){.crls = given, .ncrls = 2U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_assert_eq(got.verdict, REVOKED);
    cr_assert_eq(got.depth, 1U);
    request.evidence.ncrls = 0U;
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_assert_eq(got.verdict, UNKNOWN);
    cr_assert_eq(got.reason, PT_PATH_NO_EVIDENCE);
    request.evidence = (struct pt_path_evidence){.crls = &given[1], .ncrls = 1U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_assert_eq(got.depth, 1U, "nobody clears the authority");
    cr_assert_eq(got.verdict, UNKNOWN);
    pt_buf_done(&root);
    pt_buf_done(&sub);
}

static void expect_nonce(pt_slice body)
{
    const unsigned char *at = (const unsigned char *)body.ptr;
    OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &at, (long)body.len);
    cr_assert_not_null(request);
    const int index = OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, -1);
    cr_assert(index >= 0);
    const X509_EXTENSION *ext = OCSP_REQUEST_get_ext(request, index);
    /* Two bytes of the inner OCTET STRING's header. */
    cr_assert_eq(ASN1_STRING_length(X509_EXTENSION_get_data((X509_EXTENSION *)(uintptr_t)ext)),
                 (int)PT_OCSP_NONCE_LEN + 2);
    OCSP_REQUEST_free(request);
}

Test(revocation, RGS_12_the_question_carries_a_nonce_of_256_bits_that_is_never_the_same)
{
    const struct one one = {.source = ASK_OCSP, .signer = RESPONDER};
    struct pt_path_result got;
    struct pt_buf first;
    pt_buf_init(&first, 1024U);
    cr_assert(pt_ok(world_judge(&one, &got)));
    pt_buf_put(&first, pt_buf_slice(&world.last_body));
    cr_assert(pt_ok(world_judge(&one, &got)));
    expect_nonce(pt_buf_slice(&first));
    expect_nonce(pt_buf_slice(&world.last_body));
    cr_assert_not(pt_slice_eq(pt_buf_slice(&first), pt_buf_slice(&world.last_body)));
    cr_assert(pt_slice_eq(pt_buf_slice(&world.last_type), PT_SLICE("application/ocsp-request")));
    cr_assert(pt_slice_eq(pt_buf_slice(&world.last_url), PT_SLICE("http://ocsp.test/")));
    pt_buf_done(&first);
}

/* --- freshness ------------------------------------------------------------------------------- */

Test(revocation, RGS_13_the_alert_is_due_at_half_life)
{
    cr_assert_not(pt_revocation_due(0, 6 * DAY, 3 * DAY - 1));
    cr_assert(pt_revocation_due(0, 6 * DAY, 3 * DAY));
    cr_assert(pt_revocation_due(0, 6 * DAY, 7 * DAY));
    cr_assert(pt_revocation_due(DAY, 0, DAY), "a list without end is always due");
    struct pt_path_result got;
    const struct one one = {.source = LIST, .from = -HOUR, .until = 5 * HOUR};
    cr_assert(pt_ok(world_judge(&one, &got)));
    cr_assert_eq(got.fresh_until_s, NOW + HOUR, "the root's list ends first");
    cr_assert_eq(got.renew_s, NOW);
}

Test(revocation, RGS_12_an_unknown_level_is_the_strictest)
{
    cr_assert_eq(pt_revocation_life_max_s((enum pt_rgs_level)9), 36 * HOUR);
    cr_assert_eq(pt_revocation_fresh(PT_RGS_1, 0, DAY, DAY - 1), PT_PATH_OK);
    cr_assert_eq(pt_revocation_fresh(PT_RGS_1, 0, DAY, DAY), PT_CRL_STALE);
    cr_assert_eq(pt_revocation_fresh(PT_RGS_1, 0, 0, DAY), PT_CRL_NO_END);
}

Test(revocation, RGS_13_a_file_of_lists_is_judged_when_it_is_loaded)
{
    static const struct {
        struct one one;
        enum pt_path_reason want;
    } files[] = {
        {{.source = LIST}, PT_PATH_OK},
        {{.source = LIST, .from = -2 * DAY, .until = -HOUR}, PT_CRL_STALE},
        {{.source = LIST, .from = HOUR, .until = DAY}, PT_CRL_FUTURE},
        {{.source = LIST, .from = -HOUR, .until = 7 * DAY}, PT_CRL_LIFE},
        {{.source = LIST, .list_faults = TEST_LIST_DELTA}, PT_CRL_DELTA},
        {{.source = LIST, .list_faults = TEST_LIST_NO_END}, PT_CRL_NO_END},
        {{.source = LIST, .point = "critical,indirectCRL:TRUE"}, PT_CRL_INDIRECT},
        {{.source = LIST, .digest = "SHA1"}, PT_CRL_POLICY},
    };
    for (size_t i = 0U; i < PT_COUNT(files); i++) {
        struct pt_buf list;
        pt_buf_init(&list, 65536U);
        world_list(&files[i].one, &list);
        const enum pt_path_reason got = pt_crl_check(pt_buf_slice(&list), PT_RGS_1, NOW);
        cr_expect_eq(got, files[i].want, "%zu: %s", i, pt_path_reason_code(got));
        pt_buf_done(&list);
    }
    cr_assert_eq(pt_crl_check(PT_SLICE("rien"), PT_RGS_1, NOW), PT_CRL_UNREADABLE);
    cr_assert_eq(pt_crl_check(PT_SLICE_EMPTY, PT_RGS_1, NOW), PT_CRL_UNREADABLE);
    cr_assert_eq(pt_crl_check((pt_slice){.ptr = "-", .len = 16777217U}, PT_RGS_1, NOW),
                 PT_CRL_TOO_LARGE);
}

/* --- words ----------------------------------------------------------------------------------- */

Test(revocation, every_reason_has_a_code_of_its_own_and_a_sentence)
{
    for (int i = 0; i < (int)PT_PATH_REASON_COUNT; i++) {
        const char *code = pt_path_reason_code((enum pt_path_reason)i);
        cr_expect(strlen(pt_path_reason_text((enum pt_path_reason)i)) > 5U);
        for (int j = 0; j < i; j++) {
            cr_expect_str_neq(code, pt_path_reason_code((enum pt_path_reason)j));
        }
    }
    cr_assert_str_eq(pt_path_reason_code(PT_PATH_REASON_COUNT), "not-judged");
    cr_assert_str_eq(pt_path_reason_text(PT_PATH_REASON_COUNT),
                     pt_path_reason_text(PT_PATH_NOT_JUDGED));
    cr_assert_str_eq(pt_path_verdict_name(GOOD), "good");
    cr_assert_str_eq(pt_path_verdict_name(REVOKED), "revoked");
    cr_assert_str_eq(pt_path_verdict_name(UNKNOWN), "unknown");
    cr_assert_str_eq(pt_path_revocation_text(-1), "motif non précisé");
}
