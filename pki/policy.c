/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * policy.c -- see policy.h. One table; a row is a fact with its source, and the search reads it
 * from top to bottom. Refusals are written out where somebody may meet the algorithm, so that the
 * answer can quote its source; everything else is refused because nobody named it.
 * Layer 1 (pki).
 */
#include "poterne/pki/policy.h"

#include "poterne/base/clock.h"

#define RSA_2030 "2030-12-31"

static const struct pt_policy_rule rules[] = {
    /* Hash functions. */
    {"sha256", 0U, 0U, NULL, true, "PG-083 v3.00 RègleHachage"},
    {"sha384", 0U, 0U, NULL, true, "PG-083 v3.00 RègleHachage, RecoPQHachage"},
    {"sha512", 0U, 0U, NULL, true, "PG-083 v3.00 RègleHachage, RecoPQHachage"},
    {"sha3-256", 0U, 0U, NULL, true, "PG-083 v3.00 RègleHachage"},
    {"sha3-384", 0U, 0U, NULL, true, "PG-083 v3.00 RègleHachage, RecoPQHachage"},
    {"sha3-512", 0U, 0U, NULL, true, "PG-083 v3.00 RègleHachage, RecoPQHachage"},
    {"shake256", 0U, 0U, NULL, true, "PG-083 v3.00 RègleXOF"},
    {"md5", 0U, 0U, NULL, false, "PG-083 v3.00 RègleHachage"},
    {"sha1", 0U, 0U, NULL, false, "PG-083 v3.00 RègleHachage"},
    {"sha224", 0U, 0U, NULL, false, "PG-083 v3.00 RègleHachage"},
    {"sha3-224", 0U, 0U, NULL, false, "PG-083 v3.00 RègleHachage"},
    /* Message authentication; the size is the tag's. */
    {"hmac-sha256", 128U, 0U, NULL, true, "PG-083 v3.00 RègleMAC, RecoPQMAC"},
    {"hmac-sha384", 128U, 0U, NULL, true, "PG-083 v3.00 RègleMAC, RecoPQMAC"},
    {"hmac-sha512", 128U, 0U, NULL, true, "PG-083 v3.00 RègleMAC, RecoPQMAC"},
    {"hmac-sha1", 0U, 0U, NULL, false, "PG-083 v3.00 RecoMAC"},
    {"hmac-md5", 0U, 0U, NULL, false, "PG-083 v3.00 RecoMAC"},
    /* Encryption: never without integrity (RecoModeChiff 3). */
    {"aes-256-gcm", 0U, 0U, NULL, true, "PG-083 v3.00 RègleModeChiff, RecoModeChiff"},
    {"aes-128-gcm", 0U, 0U, NULL, true, "PG-083 v3.00 RègleTailleCléSym, RecoModeChiff"},
    {"tls-chacha20-poly1305", 0U, 0U, NULL, true, "PG-083 v3.00 RègleChiffFlot, guide TLS v1.2"},
    {"chacha20", 0U, 0U, NULL, false, "PG-083 v3.00 RecoChiffFlot (sans intégrité)"},
    {"ecb", 0U, 0U, NULL, false, "PG-083 v3.00 RègleModeChiff"},
    {"cbc", 0U, 0U, NULL, false, "PG-083 v3.00 RecoModeChiff (sans intégrité)"},
    {"ctr", 0U, 0U, NULL, false, "PG-083 v3.00 RecoModeChiff (sans intégrité)"},
    {"des", 0U, 0U, NULL, false, "PG-083 v3.00 RègleTailleCléSym, RègleTailleBlocSym"},
    {"3des", 0U, 0U, NULL, false, "PG-083 v3.00 RègleTailleBlocSym"},
    {"rc4", 0U, 0U, NULL, false, "PG-083 v3.00 RègleChiffFlot"},
    /* RSA and finite-field Diffie-Hellman: use, not creation, ends with 2030. */
    {"rsa", 2048U, 3071U, RSA_2030, true, "PG-083 v3.00 RègleFactorisation"},
    {"rsa", 3072U, 16384U, NULL, true, "PG-083 v3.00 RègleFactorisation, RecoFactorisation"},
    {"dh", 2048U, 3071U, RSA_2030, true, "PG-083 v3.00 RègleLogDiscretGFp"},
    {"dh", 3072U, 16384U, NULL, true, "PG-083 v3.00 RègleLogDiscretGFp"},
    {"rsa-pss", 0U, 0U, NULL, true, "PG-083 v3.00 RecoSignature"},
    {"rsa-oaep", 0U, 0U, NULL, true, "PG-083 v3.00 RecoConfidentialitéAsym"},
    {"rsa-pkcs1-verify", 0U, 0U, NULL, true, "guide TLS v1.2 (toléré en vérification)"},
    {"rsa-pkcs1-sign", 0U, 0U, NULL, false, "PA-079 v1.0 (obsolescent)"},
    {"rsa-pkcs1-encrypt", 0U, 0U, NULL, false, "PG-083 v3.00 RecoConfidentialitéAsym"},
    {"dsa", 0U, 0U, NULL, false, "PA-079 v1.0"},
    /* Elliptic curves: prime-order part of at least 250 bits. */
    {"ec", 250U, 1024U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {"ecdsa", 250U, 1024U, NULL, true, "PG-083 v3.00 RecoSignature"},
    {"p-256", 256U, 256U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {"p-384", 384U, 384U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {"p-521", 521U, 521U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {"frp256v1", 256U, 256U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {"brainpoolp256r1", 256U, 256U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {"brainpoolp384r1", 384U, 384U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {"brainpoolp512r1", 512U, 512U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {"x25519", 253U, 256U, NULL, true, "guide TLS v1.2 R7, PA-079 v1.0"},
    {"ed25519", 253U, 256U, NULL, true, "PA-079 v1.0 (transparence C2SP, à côté de P-256)"},
    {"p-224", 0U, 0U, NULL, false, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    /* Post-quantum: ML-KEM and ML-DSA in hybrid only, SLH-DSA alone is allowed. */
    {"x25519mlkem768", 0U, 0U, NULL, true, "PG-083 v3.00 RecoConfidentialitéAsym"},
    {"secp256r1mlkem768", 0U, 0U, NULL, true, "PG-083 v3.00 RecoConfidentialitéAsym"},
    {"slh-dsa", 0U, 0U, NULL, true, "PG-083 v3.00 RecoSignature"},
    {"ml-kem", 0U, 0U, NULL, false, "PG-083 v3.00 RecoConfidentialitéAsym (hybride seulement)"},
    {"ml-dsa", 0U, 0U, NULL, false, "PG-083 v3.00 RecoSignature (hybride seulement)"},
};

const struct pt_policy_rule *pt_policy_rules(size_t *ret_count)
{
    *ret_count = PT_COUNT(rules);
    return rules;
}

static bool size_matches(const struct pt_policy_rule *rule, uint32_t bits)
{
    return bits >= rule->bits_min && (rule->bits_max == 0U || bits <= rule->bits_max);
}

static const struct pt_policy_rule *find(pt_slice name, uint32_t bits)
{
    for (size_t i = 0U; i < PT_COUNT(rules); i++) {
        if (pt_slice_eq_nocase(name, pt_slice_str(rules[i].name)) &&
            size_matches(&rules[i], bits)) {
            return &rules[i];
        }
    }
    return NULL;
}

static enum pt_policy_verdict verdict(const struct pt_policy_rule *rule, int32_t days)
{
    if (rule == NULL || !rule->accepted) {
        return PT_POLICY_REFUSED;
    }
    if (rule->until == NULL) {
        return PT_POLICY_ACCEPTED;
    }
    int32_t last = 0;
    if (!pt_ok(pt_time_date_parse(pt_slice_str(rule->until), &last)) || days > last) {
        return PT_POLICY_REFUSED;
    }
    return PT_POLICY_ENDING;
}

enum pt_policy_verdict pt_policy_check(pt_slice name, uint32_t bits, int32_t days,
                                       const struct pt_policy_rule **ret_rule)
{
    const struct pt_policy_rule *rule = find(name, bits);
    if (ret_rule != NULL) {
        *ret_rule = rule;
    }
    return verdict(rule, days);
}

PT_RESULT pt_policy_require(const char *name, uint32_t bits, int32_t days)
{
    if (pt_policy_check(pt_slice_str(name), bits, days, NULL) == PT_POLICY_REFUSED) {
        return PT_FAIL_AUX(PT_E_DENIED, bits);
    }
    return PT_SUCCESS;
}
