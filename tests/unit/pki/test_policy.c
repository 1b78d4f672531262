/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/policy.c: CRY-01 and CRY-02 with the cases of requirements 2.4. */
#include "poterne/base/clock.h"
#include "poterne/pki/policy.h"

#include <criterion/criterion.h>

TestSuite(policy, .timeout = 10.0);

static int32_t day(const char *text)
{
    int32_t days = 0;
    cr_assert(pt_ok(pt_time_date_parse(pt_slice_str(text), &days)));
    return days;
}

static enum pt_policy_verdict ask(const char *name, uint32_t bits, const char *date)
{
    return pt_policy_check(pt_slice_str(name), bits, day(date), NULL);
}

Test(policy, CRY_01_rsa_2048_ends_with_2030_and_rsa_3072_does_not)
{
    cr_expect_eq(ask("rsa", 2048U, "2030-12-31"), PT_POLICY_ENDING);
    cr_expect_eq(ask("rsa", 2048U, "2031-01-01"), PT_POLICY_REFUSED);
    cr_expect_eq(ask("rsa", 3072U, "2030-12-31"), PT_POLICY_ACCEPTED);
    cr_expect_eq(ask("rsa", 3072U, "2031-01-01"), PT_POLICY_ACCEPTED);
    cr_expect_eq(ask("rsa", 4096U, "2045-06-01"), PT_POLICY_ACCEPTED);
}

Test(policy, CRY_01_sizes_are_judged_at_their_bounds)
{
    static const struct {
        const char *name;
        uint32_t bits;
        enum pt_policy_verdict want;
    } rows[] = {
        {"rsa", 0U, PT_POLICY_REFUSED},           {"rsa", 1024U, PT_POLICY_REFUSED},
        {"rsa", 1536U, PT_POLICY_REFUSED},        {"rsa", 2047U, PT_POLICY_REFUSED},
        {"rsa", 2048U, PT_POLICY_ENDING},         {"rsa", 3071U, PT_POLICY_ENDING},
        {"rsa", 3072U, PT_POLICY_ACCEPTED},       {"rsa", 16384U, PT_POLICY_ACCEPTED},
        {"rsa", 16385U, PT_POLICY_REFUSED},       {"dh", 2047U, PT_POLICY_REFUSED},
        {"dh", 2048U, PT_POLICY_ENDING},          {"dh", 3072U, PT_POLICY_ACCEPTED},
        {"ec", 249U, PT_POLICY_REFUSED},          {"ec", 250U, PT_POLICY_ACCEPTED},
        {"p-256", 255U, PT_POLICY_REFUSED},       {"p-256", 256U, PT_POLICY_ACCEPTED},
        {"p-384", 384U, PT_POLICY_ACCEPTED},      {"p-521", 521U, PT_POLICY_ACCEPTED},
        {"hmac-sha256", 127U, PT_POLICY_REFUSED}, {"hmac-sha256", 128U, PT_POLICY_ACCEPTED},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        cr_expect_eq(ask(rows[i].name, rows[i].bits, "2026-11-24"), rows[i].want, "%s %u",
                     rows[i].name, rows[i].bits);
    }
}

Test(policy, CRY_02_what_is_broken_or_without_integrity_is_refused_with_its_source)
{
    static const char *const denied[] = {
        "md5",
        "sha1",
        "sha224",
        "sha3-224",
        "hmac-md5",
        "hmac-sha1",
        "des",
        "3des",
        "rc4",
        "dsa",
        "ecb",
        "cbc",
        "ctr",
        "chacha20",
        "p-224",
        "rsa-pkcs1-sign",
        "rsa-pkcs1-encrypt",
        "ml-kem",
        "ml-dsa",
    };
    for (size_t i = 0U; i < PT_COUNT(denied); i++) {
        const struct pt_policy_rule *rule = NULL;
        cr_expect_eq(pt_policy_check(pt_slice_str(denied[i]), 256U, day("2026-01-01"), &rule),
                     PT_POLICY_REFUSED, "%s", denied[i]);
        cr_assert_not_null(rule, "%s", denied[i]);
        cr_expect_neq(rule->source[0], '\0');
    }
}

Test(policy, CRY_02_a_name_that_nobody_wrote_down_is_refused)
{
    static const char *const unknown[] = {"", "rsa ", "aes", "secp256k1", "ec-other", "none", "*"};
    for (size_t i = 0U; i < PT_COUNT(unknown); i++) {
        const struct pt_policy_rule *rule = pt_policy_rules(&(size_t){0U});
        cr_expect_eq(pt_policy_check(pt_slice_str(unknown[i]), 4096U, day("2026-01-01"), &rule),
                     PT_POLICY_REFUSED, "%s", unknown[i]);
        cr_expect_null(rule, "%s", unknown[i]);
    }
}

Test(policy, what_we_use_ourselves_is_accepted)
{
    static const struct {
        const char *name;
        uint32_t bits;
    } ours[] = {
        {"sha256", 0U},        {"p-256", 256U},
        {"ed25519", 256U},     {"x25519", 253U},
        {"aes-256-gcm", 0U},   {"aes-128-gcm", 0U},
        {"sha384", 0U},        {"tls-chacha20-poly1305", 0U},
        {"hmac-sha256", 256U}, {"brainpoolp256r1", 256U},
        {"rsa-pss", 0U},       {"rsa-pkcs1-verify", 0U},
    };
    for (size_t i = 0U; i < PT_COUNT(ours); i++) {
        cr_expect_eq(ask(ours[i].name, ours[i].bits, "2026-11-24"), PT_POLICY_ACCEPTED, "%s",
                     ours[i].name);
    }
}

Test(policy, names_compare_without_case)
{
    cr_expect_eq(ask("SHA256", 0U, "2026-01-01"), PT_POLICY_ACCEPTED);
    cr_expect_eq(ask("Md5", 0U, "2026-01-01"), PT_POLICY_REFUSED);
}

Test(policy, a_requirement_turns_the_verdict_into_a_status)
{
    cr_expect(pt_ok(pt_policy_require("rsa", 2048U, day("2030-12-31"))));
    const pt_status st = pt_policy_require("rsa", 2048U, day("2031-01-01"));
    cr_expect_eq(st.code, PT_E_DENIED);
    cr_expect_eq(st.aux, 2048U);
}

/* --- lives, JOSE, TLS ------------------------------------------------------------------------- */

Test(policy, CRY_01_lives_are_judged_at_their_bounds)
{
    static const struct {
        const char *name;
        uint32_t most;
    } rows[] = {
        {"life-ca", 3653U},          {"life-bearer", 1096U},   {"life-tls", 825U},
        {"crl-life-*", 518400U},     {"crl-life-**", 172800U}, {"crl-life-***", 129600U},
        {"tls-ticket-life", 86400U},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        cr_expect_eq(ask(rows[i].name, rows[i].most, "2026-11-24"), PT_POLICY_ACCEPTED);
        cr_expect_eq(ask(rows[i].name, rows[i].most + 1U, "2026-11-24"), PT_POLICY_REFUSED);
        cr_expect_eq(ask(rows[i].name, 0U, "2026-11-24"), PT_POLICY_REFUSED, "%s", rows[i].name);
        cr_expect_eq(pt_policy_most(rows[i].name, day("2026-11-24")), rows[i].most);
    }
}

Test(policy, TLS_17_the_security_level_is_2_until_2030_and_3_from_2031)
{
    cr_expect_eq(pt_policy_least("tls-security-level", day("2026-11-24")), 2U);
    cr_expect_eq(pt_policy_least("tls-security-level", day("2030-12-31")), 2U);
    cr_expect_eq(pt_policy_least("tls-security-level", day("2031-01-01")), 3U);
    cr_expect_eq(pt_policy_least("rsa", day("2026-11-24")), 2048U);
    cr_expect_eq(pt_policy_least("rsa", day("2031-01-01")), 3072U);
    cr_expect_eq(pt_policy_least("no-such-name", day("2031-01-01")), 0U);
    cr_expect_eq(pt_policy_most("sha1", day("2026-11-24")), 0U);
}

Test(policy, CRY_05_hybrid_groups_are_accepted_and_ml_kem_alone_is_not)
{
    cr_expect_eq(ask("SecP256r1MLKEM768", 0U, "2026-11-24"), PT_POLICY_ACCEPTED);
    cr_expect_eq(ask("X25519MLKEM768", 0U, "2026-11-24"), PT_POLICY_ACCEPTED);
    cr_expect_eq(ask("ml-kem", 768U, "2026-11-24"), PT_POLICY_REFUSED);
}

/* CRY-06: a seal or a root that must outlive 2030 is over 384 bits or more. */
Test(policy, CRY_06_what_must_last_takes_384_bits)
{
    cr_expect_eq(ask("archive-digest", 256U, "2026-11-24"), PT_POLICY_ENDING);
    cr_expect_eq(ask("archive-digest", 256U, "2030-01-01"), PT_POLICY_REFUSED);
    cr_expect_eq(ask("archive-digest", 384U, "2045-01-01"), PT_POLICY_ACCEPTED);
    cr_expect_eq(ask("archive-digest", 512U, "2045-01-01"), PT_POLICY_ACCEPTED);
    cr_expect_eq(ask("archive-digest", 255U, "2026-11-24"), PT_POLICY_REFUSED);
    cr_expect_eq(pt_policy_least("archive-digest", day("2030-01-01")), 384U);
}

Test(policy, CRY_09_jose_takes_es256_and_ps256_rs256_to_verify_only_and_no_secret_or_nothing)
{
    static const struct {
        const char *alg;
        enum pt_policy_verdict want;
    } rows[] = {
        {"jose-ES256", PT_POLICY_ACCEPTED},
        {"jose-PS256", PT_POLICY_ACCEPTED},
        {"jose-RS256-verify", PT_POLICY_ACCEPTED},
        {"jose-RS256-sign", PT_POLICY_REFUSED},
        {"jose-RS256", PT_POLICY_REFUSED},
        {"jose-none", PT_POLICY_REFUSED},
        {"jose-NONE", PT_POLICY_REFUSED},
        {"jose-HS256", PT_POLICY_REFUSED},
        {"jose-HS384", PT_POLICY_REFUSED},
        {"jose-HS512", PT_POLICY_REFUSED},
        {"jose-RS1", PT_POLICY_REFUSED},
        {"jose-ES256K", PT_POLICY_REFUSED},
        {"jose-", PT_POLICY_REFUSED},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        cr_expect_eq(ask(rows[i].alg, 0U, "2026-11-24"), rows[i].want, "%s", rows[i].alg);
    }
}

Test(policy, the_table_is_sound)
{
    size_t n = 0U;
    const struct pt_policy_rule *rules = pt_policy_rules(&n);
    cr_assert_geq(n, 40U);
    for (size_t i = 0U; i < n; i++) {
        int32_t days = 0;
        cr_expect_neq(rules[i].source[0], '\0', "%s has no source", rules[i].name);
        cr_expect(rules[i].until == NULL ||
                  pt_ok(pt_time_date_parse(pt_slice_str(rules[i].until), &days)));
        cr_expect(rules[i].bits_max == 0U || rules[i].bits_max >= rules[i].bits_min);
        for (size_t j = i + 1U; j < n; j++) {
            const bool same = strcmp(rules[i].name, rules[j].name) == 0;
            cr_expect(!same || rules[i].kind == rules[j].kind, "%s", rules[i].name);
            cr_expect(!same || rules[i].bits_max < rules[j].bits_min, "%s overlaps", rules[i].name);
        }
    }
}
