/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * policy.c -- see policy.h. One table; a row is a fact with its source, and the search reads it
 * from top to bottom. Refusals are written out where somebody may meet the algorithm, so that the
 * answer can quote its source; everything else is refused because nobody named it.
 * Layer 1 (pki).
 */
#include "poterne/pki/policy.h"

#include "poterne/base/clock.h"

/* PG-083 v3.00 p. 27 and 29; the day before RecoSécuLongTerme takes hold. */
#define END_2030 "2030-12-31"
#define END_2029 "2029-12-31"

static const struct pt_policy_rule rules[] = {
    /* Hash functions. */
    {PT_POLICY_HASH, "sha256", 0U, 0U, NULL, true, "PG-083 v3.00 RègleHachage"},
    {PT_POLICY_HASH, "sha384", 0U, 0U, NULL, true, "PG-083 v3.00 RègleHachage, RecoPQHachage"},
    {PT_POLICY_HASH, "sha512", 0U, 0U, NULL, true, "PG-083 v3.00 RègleHachage, RecoPQHachage"},
    {PT_POLICY_HASH, "sha3-256", 0U, 0U, NULL, true, "PG-083 v3.00 RègleHachage"},
    {PT_POLICY_HASH, "sha3-384", 0U, 0U, NULL, true, "PG-083 v3.00 RègleHachage, RecoPQHachage"},
    {PT_POLICY_HASH, "sha3-512", 0U, 0U, NULL, true, "PG-083 v3.00 RègleHachage, RecoPQHachage"},
    {PT_POLICY_HASH, "shake256", 0U, 0U, NULL, true, "PG-083 v3.00 RègleXOF, RecoPQXOF"},
    {PT_POLICY_HASH, "md5", 0U, 0U, NULL, false, "PG-083 v3.00 RègleHachage"},
    {PT_POLICY_HASH, "sha1", 0U, 0U, NULL, false, "PG-083 v3.00 RègleHachage"},
    {PT_POLICY_HASH, "sha224", 0U, 0U, NULL, false, "PG-083 v3.00 RègleHachage"},
    {PT_POLICY_HASH, "sha3-224", 0U, 0U, NULL, false, "PG-083 v3.00 RègleHachage"},
    /* Seals and log roots that must outlive 2030; the size is the digest's (CRY-06). */
    {PT_POLICY_HASH, "archive-digest", 256U, 383U, END_2029, true,
     "PG-083 v3.00 RecoSécuLongTerme, RecoPQHachage"},
    {PT_POLICY_HASH, "archive-digest", 384U, 512U, NULL, true, "PG-083 v3.00 RecoPQHachage"},
    /* Message authentication; the size is the tag's. */
    {PT_POLICY_MAC, "hmac-sha256", 128U, 0U, NULL, true, "PG-083 v3.00 RègleMAC, RecoPQMAC"},
    {PT_POLICY_MAC, "hmac-sha384", 128U, 0U, NULL, true, "PG-083 v3.00 RègleMAC, RecoPQMAC"},
    {PT_POLICY_MAC, "hmac-sha512", 128U, 0U, NULL, true, "PG-083 v3.00 RègleMAC, RecoPQMAC"},
    {PT_POLICY_MAC, "gmac", 128U, 128U, NULL, true, "PG-083 v3.00 RègleMAC"},
    {PT_POLICY_MAC, "hmac-sha1", 0U, 0U, NULL, false, "PG-083 v3.00 RecoMAC"},
    {PT_POLICY_MAC, "hmac-md5", 0U, 0U, NULL, false, "PG-083 v3.00 RecoMAC"},
    /* Encryption: never without integrity (RecoModeChiff 3). */
    {PT_POLICY_CIPHER, "symmetric-key", 128U, 0U, NULL, true, "PG-083 v3.00 RègleTailleCléSym"},
    {PT_POLICY_CIPHER, "block", 128U, 0U, NULL, true, "PG-083 v3.00 RègleTailleBlocSym"},
    {PT_POLICY_CIPHER, "aes-256-gcm", 0U, 0U, NULL, true,
     "PG-083 v3.00 RègleModeChiff, RecoModeChiff, RecoPQPrimChiffBloc"},
    {PT_POLICY_CIPHER, "aes-128-gcm", 0U, 0U, NULL, true,
     "PG-083 v3.00 RègleTailleCléSym, RecoModeChiff"},
    {PT_POLICY_CIPHER, "gcm-tag", 128U, 128U, NULL, true, "PG-083 v3.00 RègleMAC, RecoModeChiff"},
    {PT_POLICY_CIPHER, "gcm-iv", 96U, 96U, NULL, true, "PG-083 v3.00 RecoModeChiff"},
    {PT_POLICY_CIPHER, "tls-chacha20-poly1305", 0U, 0U, NULL, true,
     "PG-083 v3.00 RègleChiffFlot, guide TLS v1.2 R9, R10"},
    {PT_POLICY_CIPHER, "chacha20", 0U, 0U, NULL, false,
     "PG-083 v3.00 RecoChiffFlot (sans intégrité)"},
    {PT_POLICY_CIPHER, "ecb", 0U, 0U, NULL, false, "PG-083 v3.00 RègleModeChiff"},
    {PT_POLICY_CIPHER, "cbc", 0U, 0U, NULL, false, "PG-083 v3.00 RecoModeChiff (sans intégrité)"},
    {PT_POLICY_CIPHER, "ctr", 0U, 0U, NULL, false, "PG-083 v3.00 RecoModeChiff (sans intégrité)"},
    {PT_POLICY_CIPHER, "des", 0U, 0U, NULL, false,
     "PG-083 v3.00 RègleTailleCléSym, RègleTailleBlocSym"},
    {PT_POLICY_CIPHER, "3des", 0U, 0U, NULL, false, "PG-083 v3.00 RègleTailleBlocSym"},
    {PT_POLICY_CIPHER, "rc4", 0U, 0U, NULL, false, "PG-083 v3.00 RègleChiffFlot"},
    /* Random generator: its internal state (CRY-04). */
    {PT_POLICY_CIPHER, "drbg-state", 192U, 255U, NULL, true, "PG-083 v3.00 RègleArchiGénAléa"},
    {PT_POLICY_CIPHER, "drbg-state", 256U, 0U, NULL, true,
     "PG-083 v3.00 RecoArchiGénAléa, RègleGénAléaRetraitement"},
    /* RSA and finite-field Diffie-Hellman: use, not creation, ends with 2030. */
    {PT_POLICY_KEY, "rsa", 2048U, 3071U, END_2030, true, "PG-083 v3.00 RègleFactorisation"},
    {PT_POLICY_KEY, "rsa", 3072U, 16384U, NULL, true,
     "PG-083 v3.00 RègleFactorisation, RecoFactorisation"},
    {PT_POLICY_KEY, "rsa-exponent", 17U, 256U, NULL, true,
     "PG-083 v3.00 RègleFactorisation, guide TLS v1.2 R26"},
    {PT_POLICY_KEY, "dh", 2048U, 3071U, END_2030, true, "PG-083 v3.00 RègleLogDiscretGFp"},
    {PT_POLICY_KEY, "dh", 3072U, 16384U, NULL, true,
     "PG-083 v3.00 RègleLogDiscretGFp, RecoLogDiscretGFp"},
    {PT_POLICY_KEY, "dsa", 0U, 0U, NULL, false, "PA-079 v1.0"},
    /* Elliptic curves: prime-order part of at least 250 bits. */
    {PT_POLICY_KEY, "ec", 250U, 1024U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {PT_POLICY_KEY, "p-256", 256U, 256U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {PT_POLICY_KEY, "p-384", 384U, 384U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {PT_POLICY_KEY, "p-521", 521U, 521U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {PT_POLICY_KEY, "frp256v1", 256U, 256U, NULL, true, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {PT_POLICY_KEY, "brainpoolp256r1", 256U, 256U, NULL, true,
     "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {PT_POLICY_KEY, "brainpoolp384r1", 384U, 384U, NULL, true,
     "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {PT_POLICY_KEY, "brainpoolp512r1", 512U, 512U, NULL, true,
     "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {PT_POLICY_KEY, "x25519", 253U, 256U, NULL, true, "guide TLS v1.2 R7, PA-079 v1.0"},
    {PT_POLICY_KEY, "ed25519", 253U, 256U, NULL, true,
     "PA-079 v1.0 (transparence C2SP, à côté de P-256)"},
    {PT_POLICY_KEY, "p-224", 0U, 0U, NULL, false, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    {PT_POLICY_KEY, "p-192", 0U, 0U, NULL, false, "PG-083 v3.00 RègleCourbeElliptiqueGFp"},
    /* Signature and encryption schemes. */
    {PT_POLICY_SIGNATURE, "ecdsa", 250U, 1024U, NULL, true, "PG-083 v3.00 RecoSignature"},
    {PT_POLICY_SIGNATURE, "rsa-pss", 0U, 0U, NULL, true, "PG-083 v3.00 RecoSignature"},
    {PT_POLICY_SIGNATURE, "rsa-oaep", 0U, 0U, NULL, true, "PG-083 v3.00 RecoConfidentialitéAsym"},
    {PT_POLICY_SIGNATURE, "rsa-pkcs1-verify", 0U, 0U, NULL, true,
     "guide TLS v1.2 R8 (toléré en vérification)"},
    {PT_POLICY_SIGNATURE, "rsa-pkcs1-sign", 0U, 0U, NULL, false, "PA-079 v1.0 (obsolescent)"},
    {PT_POLICY_SIGNATURE, "rsa-pkcs1-encrypt", 0U, 0U, NULL, false,
     "PG-083 v3.00 RecoConfidentialitéAsym"},
    /* Post-quantum: ML-KEM and ML-DSA in hybrid only, SLH-DSA alone is allowed. */
    {PT_POLICY_KEM, "x25519mlkem768", 0U, 0U, NULL, true, "PG-083 v3.00 RecoConfidentialitéAsym"},
    {PT_POLICY_KEM, "secp256r1mlkem768", 0U, 0U, NULL, true,
     "PG-083 v3.00 RecoConfidentialitéAsym"},
    {PT_POLICY_KEM, "ml-kem", 0U, 0U, NULL, false,
     "PG-083 v3.00 RecoConfidentialitéAsym (hybride seulement)"},
    {PT_POLICY_SIGNATURE, "slh-dsa", 0U, 0U, NULL, true, "PG-083 v3.00 RecoSignature"},
    {PT_POLICY_SIGNATURE, "ml-dsa", 0U, 0U, NULL, false,
     "PG-083 v3.00 RecoSignature (hybride seulement)"},
    /* JOSE (RFC 7518): what the two words of an "alg" mean differs when one signs and verifies. */
    {PT_POLICY_JOSE, "jose-es256", 0U, 0U, NULL, true, "PG-083 v3.00 RecoSignature"},
    {PT_POLICY_JOSE, "jose-es384", 0U, 0U, NULL, true, "PG-083 v3.00 RecoSignature"},
    {PT_POLICY_JOSE, "jose-es512", 0U, 0U, NULL, true, "PG-083 v3.00 RecoSignature"},
    {PT_POLICY_JOSE, "jose-ps256", 0U, 0U, NULL, true, "PG-083 v3.00 RecoSignature"},
    {PT_POLICY_JOSE, "jose-ps384", 0U, 0U, NULL, true, "PG-083 v3.00 RecoSignature"},
    {PT_POLICY_JOSE, "jose-ps512", 0U, 0U, NULL, true, "PG-083 v3.00 RecoSignature"},
    {PT_POLICY_JOSE, "jose-rs256-verify", 0U, 0U, NULL, true,
     "guide TLS v1.2 R8 (toléré en vérification, si l'IdP l'impose)"},
    {PT_POLICY_JOSE, "jose-rs256-sign", 0U, 0U, NULL, false, "PA-079 v1.0 (obsolescent)"},
    {PT_POLICY_JOSE, "jose-hs256", 0U, 0U, NULL, false,
     "RFC 8725 3.1 (clé publique prise pour un secret)"},
    {PT_POLICY_JOSE, "jose-hs384", 0U, 0U, NULL, false,
     "RFC 8725 3.1 (clé publique prise pour un secret)"},
    {PT_POLICY_JOSE, "jose-hs512", 0U, 0U, NULL, false,
     "RFC 8725 3.1 (clé publique prise pour un secret)"},
    {PT_POLICY_JOSE, "jose-none", 0U, 0U, NULL, false, "RFC 8725 3.1 (sans signature)"},
    /* TLS versions and switches. */
    {PT_POLICY_TLS, "tls-1.3", 0U, 0U, NULL, true, "guide TLS v1.2 R3"},
    {PT_POLICY_TLS, "tls-1.2", 0U, 0U, NULL, true, "guide TLS v1.2 R3"},
    {PT_POLICY_TLS, "tls-1.1", 0U, 0U, NULL, false, "guide TLS v1.2 R4"},
    {PT_POLICY_TLS, "tls-1.0", 0U, 0U, NULL, false, "guide TLS v1.2 R4"},
    {PT_POLICY_TLS, "ssl-3.0", 0U, 0U, NULL, false, "guide TLS v1.2 R4"},
    {PT_POLICY_TLS, "ssl-2.0", 0U, 0U, NULL, false, "guide TLS v1.2 R4"},
    {PT_POLICY_TLS, "tls-compression", 0U, 0U, NULL, false, "guide TLS v1.2 R19"},
    {PT_POLICY_TLS, "tls-renegotiation", 0U, 0U, NULL, false, "guide TLS v1.2 R22"},
    {PT_POLICY_TLS, "tls-early-data", 0U, 0U, NULL, false, "guide TLS v1.2 R23"},
    /* OpenSSL's security level: 2 is 112 bits, 3 is 128 bits (TLS-17). */
    {PT_POLICY_TLS, "tls-security-level", 2U, 2U, END_2030, true,
     "PG-083 v3.00 RègleFactorisation, RègleLogDiscretGFp"},
    {PT_POLICY_TLS, "tls-security-level", 3U, 5U, NULL, true,
     "PG-083 v3.00 RègleFactorisation, RègleLogDiscretGFp"},
    /* TLS suites, by their registered names. */
    {PT_POLICY_TLS, "tls_aes_256_gcm_sha384", 0U, 0U, NULL, true,
     "guide TLS v1.2 R6, R9, R10, R11"},
    {PT_POLICY_TLS, "tls_aes_128_gcm_sha256", 0U, 0U, NULL, true,
     "guide TLS v1.2 R6, R9, R10, R11"},
    {PT_POLICY_TLS, "tls_chacha20_poly1305_sha256", 0U, 0U, NULL, true,
     "guide TLS v1.2 R6, R9, R10, R11"},
    {PT_POLICY_TLS, "tls_aes_128_ccm_sha256", 0U, 0U, NULL, true,
     "guide TLS v1.2 R6, R9, R10, R11"},
    {PT_POLICY_TLS, "tls_ecdhe_ecdsa_with_aes_256_gcm_sha384", 0U, 0U, NULL, true,
     "guide TLS v1.2 R6, R8, R9, R10, R11"},
    {PT_POLICY_TLS, "tls_ecdhe_ecdsa_with_aes_128_gcm_sha256", 0U, 0U, NULL, true,
     "guide TLS v1.2 R6, R8, R9, R10, R11"},
    {PT_POLICY_TLS, "tls_ecdhe_ecdsa_with_chacha20_poly1305_sha256", 0U, 0U, NULL, true,
     "guide TLS v1.2 R6, R8, R9, R10, R11"},
    {PT_POLICY_TLS, "tls_ecdhe_ecdsa_with_aes_256_ccm", 0U, 0U, NULL, true,
     "guide TLS v1.2 R6, R8, R9, R10, R11"},
    {PT_POLICY_TLS, "tls_ecdhe_ecdsa_with_aes_128_ccm", 0U, 0U, NULL, true,
     "guide TLS v1.2 R6, R8, R9, R10, R11"},
    {PT_POLICY_TLS, "tls_ecdhe_rsa_with_aes_256_gcm_sha384", 0U, 0U, NULL, true,
     "guide TLS v1.2 R6, R8, R9, R10, R11"},
    {PT_POLICY_TLS, "tls_ecdhe_rsa_with_aes_128_gcm_sha256", 0U, 0U, NULL, true,
     "guide TLS v1.2 R6, R8, R9, R10, R11"},
    {PT_POLICY_TLS, "tls_ecdhe_rsa_with_chacha20_poly1305_sha256", 0U, 0U, NULL, true,
     "guide TLS v1.2 R6, R8, R9, R10, R11"},
    {PT_POLICY_TLS, "tls_aes_128_ccm_8_sha256", 0U, 0U, NULL, false, "guide TLS v1.2 R10"},
    /* TLS groups that are no key of ours otherwise. */
    {PT_POLICY_TLS, "x448", 448U, 448U, NULL, true, "guide TLS v1.2 R7"},
    {PT_POLICY_TLS, "ffdhe2048", 0U, 0U, NULL, false, "guide TLS v1.2 R7 (R7- non retenue)"},
    {PT_POLICY_TLS, "ffdhe3072", 0U, 0U, NULL, false, "guide TLS v1.2 R7 (R7- non retenue)"},
    {PT_POLICY_TLS, "ffdhe4096", 0U, 0U, NULL, false, "guide TLS v1.2 R7 (R7- non retenue)"},
    {PT_POLICY_TLS, "ffdhe6144", 0U, 0U, NULL, false, "guide TLS v1.2 R7 (R7- non retenue)"},
    {PT_POLICY_TLS, "ffdhe8192", 0U, 0U, NULL, false, "guide TLS v1.2 R7 (R7- non retenue)"},
    /* TLS signature schemes, by their registered names. */
    {PT_POLICY_TLS, "ecdsa_secp256r1_sha256", 0U, 0U, NULL, true, "guide TLS v1.2 R8, R11"},
    {PT_POLICY_TLS, "ecdsa_secp384r1_sha384", 0U, 0U, NULL, true, "guide TLS v1.2 R8, R11"},
    {PT_POLICY_TLS, "ecdsa_secp521r1_sha512", 0U, 0U, NULL, true, "guide TLS v1.2 R8, R11"},
    {PT_POLICY_TLS, "rsa_pss_rsae_sha256", 0U, 0U, NULL, true, "guide TLS v1.2 R8, R11"},
    {PT_POLICY_TLS, "rsa_pss_rsae_sha384", 0U, 0U, NULL, true, "guide TLS v1.2 R8, R11"},
    {PT_POLICY_TLS, "rsa_pss_rsae_sha512", 0U, 0U, NULL, true, "guide TLS v1.2 R8, R11"},
    {PT_POLICY_TLS, "rsa_pss_pss_sha256", 0U, 0U, NULL, true, "guide TLS v1.2 R8, R11"},
    {PT_POLICY_TLS, "rsa_pss_pss_sha384", 0U, 0U, NULL, true, "guide TLS v1.2 R8, R11"},
    {PT_POLICY_TLS, "rsa_pss_pss_sha512", 0U, 0U, NULL, true, "guide TLS v1.2 R8, R11"},
    {PT_POLICY_TLS, "rsa_pkcs1_sha1", 0U, 0U, NULL, false, "guide TLS v1.2 R11"},
    {PT_POLICY_TLS, "rsa_pkcs1_sha224", 0U, 0U, NULL, false, "guide TLS v1.2 R11"},
    {PT_POLICY_TLS, "ecdsa_sha1", 0U, 0U, NULL, false, "guide TLS v1.2 R11"},
    {PT_POLICY_TLS, "ecdsa_sha224", 0U, 0U, NULL, false, "guide TLS v1.2 R11"},
    {PT_POLICY_TLS, "rsa_pkcs1_sha256", 0U, 0U, NULL, false,
     "guide TLS v1.2 R8 (RSASSA-PSS retenu), PA-079 v1.0"},
    {PT_POLICY_TLS, "rsa_pkcs1_sha384", 0U, 0U, NULL, false,
     "guide TLS v1.2 R8 (RSASSA-PSS retenu), PA-079 v1.0"},
    {PT_POLICY_TLS, "rsa_pkcs1_sha512", 0U, 0U, NULL, false,
     "guide TLS v1.2 R8 (RSASSA-PSS retenu), PA-079 v1.0"},
    /* Lives: a value is accepted up to the bound. Three years and ten years hold leap days. */
    {PT_POLICY_DAYS, "life-ca", 1U, 3653U, NULL, true, "RGS_A4 v2.3 validity (AC 10 ans max)"},
    {PT_POLICY_DAYS, "life-bearer", 1U, 1096U, NULL, true,
     "RGS_A4 v2.3 validity (porteur 3 ans max)"},
    {PT_POLICY_DAYS, "life-tls", 1U, 825U, NULL, true, "guide TLS v1.2 R25 (825 jours)"},
    {PT_POLICY_DAYS, "life-tls-2018", 1U, 1096U, NULL, true,
     "guide TLS v1.2 R25 (émis avant le 1er mars 2018)"},
    {PT_POLICY_SECONDS, "crl-life-*", 1U, 518400U, NULL, true, "RGS_A4 v2.3 nextUpdate (6 jours)"},
    {PT_POLICY_SECONDS, "crl-life-**", 1U, 172800U, NULL, true, "RGS_A4 v2.3 nextUpdate (48 h)"},
    {PT_POLICY_SECONDS, "crl-life-***", 1U, 129600U, NULL, true, "RGS_A4 v2.3 nextUpdate (36 h)"},
    {PT_POLICY_SECONDS, "tls-ticket-life", 1U, 86400U, NULL, true,
     "guide TLS v1.2 R20 (24 heures)"},
    {PT_POLICY_SECONDS, "tsa-accuracy", 0U, 1U, NULL, true,
     "EN 319 421, RFC 3628 (une seconde ou mieux)"},
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

enum pt_policy_verdict pt_policy_rule_verdict(const struct pt_policy_rule *rule, int32_t days)
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
    return pt_policy_rule_verdict(rule, days);
}

PT_RESULT pt_policy_require(const char *name, uint32_t bits, int32_t days)
{
    if (pt_policy_check(pt_slice_str(name), bits, days, NULL) == PT_POLICY_REFUSED) {
        return PT_FAIL_AUX(PT_E_DENIED, bits);
    }
    return PT_SUCCESS;
}

uint32_t pt_policy_least(const char *name, int32_t days)
{
    uint32_t least = 0U;
    for (size_t i = 0U; i < PT_COUNT(rules); i++) {
        if (strcmp(rules[i].name, name) == 0 &&
            pt_policy_rule_verdict(&rules[i], days) != PT_POLICY_REFUSED &&
            (least == 0U || rules[i].bits_min < least)) {
            least = rules[i].bits_min;
        }
    }
    return least;
}

uint32_t pt_policy_most(const char *name, int32_t days)
{
    uint32_t most = 0U;
    for (size_t i = 0U; i < PT_COUNT(rules); i++) {
        if (strcmp(rules[i].name, name) == 0 &&
            pt_policy_rule_verdict(&rules[i], days) != PT_POLICY_REFUSED &&
            rules[i].bits_max > most) {
            most = rules[i].bits_max;
        }
    }
    return most;
}
