/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * lint_rules.c -- see lint_int.h: the table of rules, and one small function a rule. A rule that
 * has no object in this certificate says n/a; a rule that wants something absent says fail.
 * Layer 1 (pki).
 */
#include "pki/lint_int.h"
#include "poterne/pki/policy.h"

#define DAY_S           86400
#define SERIAL_OCTETS   20U        /* RFC 5280 4.1.2.2 */
#define SERIAL_BITS_MIN 64U        /* what an authority draws at least, CA/B Forum BR 7.1 */
#define MARCH_2018      1519862400 /* guide TLS R25: 825 days for what was issued from then on */

static enum pt_lint_verdict need(bool ok)
{
    return ok ? PT_LINT_OK : PT_LINT_FAIL;
}

static enum pt_lint_verdict wish(bool ok)
{
    return ok ? PT_LINT_OK : PT_LINT_WARN;
}

static bool is(const struct lint *lint, enum pt_lint_profile profile)
{
    return lint->request->profile == profile;
}

static bool is_tls(const struct lint *lint)
{
    return is(lint, PT_LINT_AUTH_SERVEUR) || is(lint, PT_LINT_AUTH_CLIENT);
}

static bool there(enum lint_ext extension)
{
    return extension == LINT_PLAIN || extension == LINT_CRITICAL;
}

static enum pt_policy_verdict policy(const char *name, uint32_t bits, int32_t days)
{
    return pt_policy_check(pt_slice_str(name), bits, days, NULL);
}

/* --- the certificate itself ------------------------------------------------------------------- */

static enum pt_lint_verdict version_3(const struct lint *lint)
{
    return need(lint->f.version == X509_VERSION_3);
}

static enum pt_lint_verdict serial_form(const struct lint *lint)
{
    return need(lint->f.serial_positive && lint->f.serial_octets <= SERIAL_OCTETS);
}

static enum pt_lint_verdict serial_entropy(const struct lint *lint)
{
    /* 64 drawn bits give a number whose top bits may be zero: one octet of tolerance. */
    return wish(lint->f.serial_bits + 8U > SERIAL_BITS_MIN);
}

static enum pt_lint_verdict no_unique_ids(const struct lint *lint)
{
    return need(!lint->f.unique_ids);
}

static enum pt_lint_verdict issuer_named(const struct lint *lint)
{
    return need(lint->f.issuer_named);
}

static enum pt_lint_verdict algorithms_agree(const struct lint *lint)
{
    return need(lint->f.algorithms_agree);
}

static enum pt_lint_verdict signature_digest(const struct lint *lint)
{
    if (lint->f.digest[0] == '\0') {
        return PT_LINT_NA; /* Ed25519 hashes by itself */
    }
    return need(policy(lint->f.digest, 0U, lint->days) != PT_POLICY_REFUSED);
}

static enum pt_lint_verdict signature_scheme(const struct lint *lint)
{
    return need(policy(lint->f.scheme, 256U, lint->days) != PT_POLICY_REFUSED);
}

static enum pt_lint_verdict key_size(const struct lint *lint)
{
    return need(policy(lint->f.algorithm, lint->f.bits, lint->days) != PT_POLICY_REFUSED);
}

static enum pt_lint_verdict key_to_the_end(const struct lint *lint)
{
    const int32_t last = (int32_t)(lint->f.not_after / DAY_S);
    if (!lint->f.times_ok || key_size(lint) != PT_LINT_OK) {
        return PT_LINT_NA;
    }
    return wish(policy(lint->f.algorithm, lint->f.bits, last) != PT_POLICY_REFUSED);
}

static enum pt_lint_verdict key_exponent(const struct lint *lint)
{
    if (strcmp(lint->f.algorithm, "rsa") != 0) {
        return PT_LINT_NA;
    }
    return need(policy("rsa-exponent", lint->f.exponent, lint->days) != PT_POLICY_REFUSED);
}

/* --- dates ------------------------------------------------------------------------------------ */

static enum pt_lint_verdict validity_now(const struct lint *lint)
{
    return need(lint->f.times_ok && lint->f.not_before <= lint->request->now &&
                lint->request->now <= lint->f.not_after);
}

static enum pt_lint_verdict validity_life(const struct lint *lint)
{
    const int64_t seconds = lint->f.not_after - lint->f.not_before;
    const char *life = "life-bearer";
    if (is_tls(lint)) {
        life = lint->f.not_before >= MARCH_2018 ? "life-tls" : "life-tls-2018";
    }
    if (!lint->f.times_ok || seconds <= 0) {
        return PT_LINT_FAIL;
    }
    const int64_t days = (seconds + DAY_S - 1) / DAY_S;
    return need(days <= (int64_t)pt_policy_most(life, lint->days));
}

static enum pt_lint_verdict validity_encoding(const struct lint *lint)
{
    return need(lint->f.times_encoded);
}

/* --- subject ---------------------------------------------------------------------------------- */

static enum pt_lint_verdict country(const struct lint *lint)
{
    return need(lint->f.subject.countries == 1U && lint->f.subject.country_ok);
}

static enum pt_lint_verdict organization(const struct lint *lint)
{
    return need(lint->f.subject.organizations == 1U);
}

static enum pt_lint_verdict unit_0002(const struct lint *lint)
{
    const struct lint_name *subject = &lint->f.subject;
    const bool otherwise = subject->ou_0002 == 0U && subject->org_ids > 0U && subject->org_id_ok;
    return need(subject->ou_0002 == 1U || otherwise);
}

static enum pt_lint_verdict unit_other(const struct lint *lint)
{
    return need(lint->f.subject.ou_other4 == 0U);
}

static enum pt_lint_verdict identifier(const struct lint *lint)
{
    if (lint->f.subject.org_ids == 0U) {
        return PT_LINT_NA;
    }
    return need(lint->f.subject.org_ids == 1U && lint->f.subject.org_id_ok);
}

static enum pt_lint_verdict siren_agrees(const struct lint *lint)
{
    const char *ou = lint->f.subject.siren_ou;
    const char *id = lint->f.subject.siren_id;
    if (ou[0] == '\0' || id[0] == '\0') {
        return PT_LINT_NA;
    }
    return need(strcmp(ou, id) == 0);
}

static enum pt_lint_verdict siren_expected(const struct lint *lint)
{
    const pt_slice want = lint->request->siren;
    const pt_slice ou = pt_slice_str(lint->f.subject.siren_ou);
    const pt_slice id = pt_slice_str(lint->f.subject.siren_id);
    if (want.len == 0U) {
        return PT_LINT_NA;
    }
    return need((ou.len > 0U || id.len > 0U) && (ou.len == 0U || pt_slice_eq(ou, want)) &&
                (id.len == 0U || pt_slice_eq(id, want)));
}

static enum pt_lint_verdict common_name(const struct lint *lint)
{
    const bool one = lint->f.subject.common_names == 1U && lint->f.subject.cn[0] != '\0';
    if (!is(lint, PT_LINT_AUTH_SERVEUR)) {
        return need(one);
    }
    if (lint->f.subject.common_names == 0U) {
        return PT_LINT_NA;
    }
    return need(one && lint->f.cn_in_san);
}

static enum pt_lint_verdict encoding(const struct lint *lint)
{
    return need(lint->f.subject.encoding_ok && !lint->f.subject.empty);
}

/* --- usages ----------------------------------------------------------------------------------- */

static enum pt_lint_verdict ku_critical(const struct lint *lint)
{
    return need(lint->f.ku == LINT_CRITICAL);
}

static enum pt_lint_verdict ku_bits(const struct lint *lint)
{
    const uint32_t bits = lint->f.ku_bits;
    switch (lint->request->profile) {
    case PT_LINT_AUTH_SERVEUR:
        if (bits == LINT_KU_ENCIPHERMENT) {
            return PT_LINT_WARN; /* R27 lets it, R6 leaves it nothing to do */
        }
        return need((bits & LINT_KU_SIGNATURE) != 0U &&
                    (bits & ~(LINT_KU_SIGNATURE | LINT_KU_ENCIPHERMENT)) == 0U);
    case PT_LINT_AUTH_CLIENT:
        return need(bits == LINT_KU_SIGNATURE);
    case PT_LINT_CACHET:
    case PT_LINT_TSU:
    case PT_LINT_OCSP:
    default:
        return need((bits & LINT_KU_SIGNATURE) != 0U &&
                    (bits & ~(LINT_KU_SIGNATURE | LINT_KU_COMMITMENT)) == 0U);
    }
}

static uint32_t purpose_of(const struct lint *lint)
{
    static const uint32_t purposes[PT_LINT_PROFILES] = {
        [PT_LINT_AUTH_SERVEUR] = LINT_EKU_SERVER,
        [PT_LINT_AUTH_CLIENT] = LINT_EKU_CLIENT,
        [PT_LINT_TSU] = LINT_EKU_TIME,
        [PT_LINT_OCSP] = LINT_EKU_OCSP,
    };
    return purposes[lint->request->profile];
}

static enum pt_lint_verdict eku_present(const struct lint *lint)
{
    return need(there(lint->f.eku) && (lint->f.eku_bits & purpose_of(lint)) != 0U);
}

static enum pt_lint_verdict eku_critical(const struct lint *lint)
{
    if (lint->f.eku == LINT_ABSENT) {
        return PT_LINT_NA; /* eku.present says so, where it is wanted */
    }
    return need(lint->f.eku == (is(lint, PT_LINT_TSU) ? LINT_CRITICAL : LINT_PLAIN));
}

static enum pt_lint_verdict eku_single(const struct lint *lint)
{
    const uint32_t both = LINT_EKU_SERVER | LINT_EKU_CLIENT;
    const uint32_t bits = lint->f.eku_bits;
    if (lint->f.eku == LINT_ABSENT) {
        return is(lint, PT_LINT_CACHET) ? PT_LINT_OK : PT_LINT_NA;
    }
    if (is(lint, PT_LINT_CACHET)) {
        return need(there(lint->f.eku) && (bits & ~(LINT_EKU_DOCUMENT | LINT_EKU_EMAIL)) == 0U);
    }
    if (is_tls(lint) && bits == both && lint->request->both_purposes) {
        return PT_LINT_WARN;
    }
    return need(bits == purpose_of(lint));
}

/* --- extensions ------------------------------------------------------------------------------- */

static enum pt_lint_verdict no_authority(const struct lint *lint)
{
    return need(lint->f.constraints != LINT_BROKEN && !lint->f.is_ca);
}

static enum pt_lint_verdict extensions_known(const struct lint *lint)
{
    return need(!lint->f.unknown_critical);
}

static enum pt_lint_verdict extensions_once(const struct lint *lint)
{
    return need(!lint->f.duplicate);
}

static enum pt_lint_verdict aki(const struct lint *lint)
{
    return need(lint->f.aki == LINT_PLAIN && lint->f.aki_keyid);
}

static enum pt_lint_verdict aki_matches(const struct lint *lint)
{
    return lint->request->issuer.len == 0U ? PT_LINT_NA : need(lint->f.aki_matches);
}

static enum pt_lint_verdict ski(const struct lint *lint)
{
    if (lint->f.ski == LINT_ABSENT) {
        return PT_LINT_WARN; /* RFC 5280: SHOULD, for a bearer */
    }
    return need(lint->f.ski == LINT_PLAIN);
}

static enum pt_lint_verdict san(const struct lint *lint)
{
    /* R29 wants it not critical; RFC 5280 and RGS A4 want it critical when nothing else names. */
    const bool form = lint->f.san == LINT_PLAIN ||
                      (lint->f.san == LINT_CRITICAL && lint->f.subject.common_names == 0U);
    return need(form && lint->f.dns > 0U);
}

static enum pt_lint_verdict san_names(const struct lint *lint)
{
    return lint->f.dns == 0U ? PT_LINT_NA : need(lint->f.dns_bad == 0U);
}

/* The commune's own authorities publish no list: the door reads it from its file (RGS-13). */
static enum pt_lint_verdict revocation(const struct lint *lint)
{
    const struct lint_facts *f = &lint->f;
    const bool broken = f->crldp == LINT_BROKEN || f->aia == LINT_BROKEN ||
                        f->crldp == LINT_CRITICAL || f->aia == LINT_CRITICAL;
    if (f->crldp == LINT_ABSENT && f->aia == LINT_ABSENT &&
        lint->request->level == PT_LINT_LEVEL_NONE) {
        return PT_LINT_WARN;
    }
    return need(!broken && (f->crldp_uri || f->ocsp_uri));
}

static enum pt_lint_verdict nocheck(const struct lint *lint)
{
    return wish(lint->f.nocheck != LINT_ABSENT);
}

static enum pt_lint_verdict policies(const struct lint *lint)
{
    if (lint->request->level == PT_LINT_LEVEL_NONE) {
        return PT_LINT_NA;
    }
    return need(there(lint->f.policies));
}

/* RGS-04. Without a list nobody can tell the level: said, never passed over. */
static enum pt_lint_verdict policies_listed(const struct lint *lint)
{
    if (lint->request->level == PT_LINT_LEVEL_NONE) {
        return PT_LINT_NA;
    }
    if (lint->request->policies.len == 0U) {
        return PT_LINT_WARN;
    }
    return need(lint->f.policy_listed);
}

static enum pt_lint_verdict qc_type(const struct lint *lint)
{
    const uint32_t types = lint->f.qc_bits & (LINT_QC_ESIGN | LINT_QC_ESEAL | LINT_QC_WEB);
    if (lint->f.qc == LINT_ABSENT) {
        return PT_LINT_NA; /* not qualified: RGS does not ask for it */
    }
    if (lint->f.qc == LINT_BROKEN) {
        return PT_LINT_FAIL;
    }
    const uint32_t want = is(lint, PT_LINT_AUTH_SERVEUR) ? LINT_QC_WEB : LINT_QC_ESEAL;
    return types == 0U ? PT_LINT_WARN : need(types == want);
}

/* --- the table -------------------------------------------------------------------------------- */

#define CACHET (1U << PT_LINT_CACHET)
#define SERVER (1U << PT_LINT_AUTH_SERVEUR)
#define CLIENT (1U << PT_LINT_AUTH_CLIENT)
#define TSU    (1U << PT_LINT_TSU)
#define OCSP   (1U << PT_LINT_OCSP)
#define ALL    (CACHET | SERVER | CLIENT | TSU | OCSP)

static const struct lint_row rows[] = {
    {{"version.3", "Le certificat est un X.509 version 3.", "RGS_A4 v2.3 version"}, ALL, version_3},
    {{"serial.form", "Le numéro de série est positif, non nul, de 20 octets au plus.",
      "RFC 5280 4.1.2.2; RGS_A4 v2.3 serialNumber"},
     ALL,
     serial_form},
    {{"serial.entropy", "Le numéro de série est imprévisible : environ 64 bits ou plus.",
      "RGS_A4 v2.3 serialNumber (recommandé)"},
     ALL,
     serial_entropy},
    {{"unique-ids.absent", "Les identifiants uniques d'émetteur et de sujet sont absents.",
      "RGS_A4 v2.3 unique identifiers"},
     ALL,
     no_unique_ids},
    {{"issuer.named", "L'émetteur porte un nom.", "RFC 5280 4.1.2.4"}, ALL, issuer_named},
    {{"signature.agree", "L'algorithme annoncé est le même dedans et dehors.", "RFC 5280 4.1.1.2"},
     ALL,
     algorithms_agree},
    {{"signature.digest", "La signature emploie une fonction de hachage admise (SHA-2).",
      "guide TLS v1.2 R24; PG-083 v3.00 RègleHachage"},
     ALL,
     signature_digest},
    {{"signature.scheme", "Le schéma de signature est admis.",
      "PG-083 v3.00 RecoSignature; guide TLS v1.2 R8"},
     ALL,
     signature_scheme},
    {{"key.size", "La clé est d'un type, d'une taille et sur une courbe admis ce jour.",
      "guide TLS v1.2 R26; PG-083 v3.00 RègleFactorisation, RègleCourbeElliptiqueGFp"},
     ALL,
     key_size},
    {{"key.until-end", "La clé restera admise jusqu'à la fin du certificat.",
      "PG-083 v3.00 RègleFactorisation"},
     ALL,
     key_to_the_end},
    {{"key.exponent", "L'exposant public RSA est impair et vaut au moins 65537.",
      "guide TLS v1.2 R26; PG-083 v3.00 RecoFactorisation"},
     ALL,
     key_exponent},
    {{"validity.now", "Le certificat est valable ce jour.",
      "RGS_B2 RègleVérificationUtilisabilité-1; RFC 5280 6.1.3"},
     ALL,
     validity_now},
    {{"validity.life", "La durée est de 3 ans au plus, de 825 jours au plus pour TLS.",
      "RGS_A4 v2.3 validity; guide TLS v1.2 R25"},
     ALL,
     validity_life},
    {{"validity.encoding", "Les dates sont en UTCTime jusqu'en 2049, puis GeneralizedTime.",
      "RFC 5280 4.1.2.5"},
     ALL,
     validity_encoding},
    {{"subject.country", "Le pays est présent une fois : deux majuscules, PrintableString.",
      "RGS_A4 v2.3 subject.countryName"},
     ALL,
     country},
    {{"subject.organization", "Le nom officiel de l'organisme est présent une fois.",
      "RGS_A4 v2.3 subject.organizationName"},
     ALL,
     organization},
    {{"subject.ou-0002",
      "Une seule unité « 0002 <SIREN ou SIRET> », ou à défaut un identifiant NTRFR.",
      "RGS_A4 v2.3 subject.organizationalUnitName"},
     ALL,
     unit_0002},
    {{"subject.ou-other", "Aucune autre unité ne commence par quatre chiffres.",
      "RGS_A4 v2.3 subject.organizationalUnitName"},
     ALL,
     unit_other},
    {{"subject.organization-identifier", "L'identifiant d'organisme est « NTRFR-<SIREN> ».",
      "EN 319 412-1 5.1.4"},
     ALL,
     identifier},
    {{"subject.siren-agrees", "Le SIREN de l'unité 0002 est celui de l'identifiant NTRFR.",
      "RGS_A4 v2.3 subject; RGS-11"},
     ALL,
     siren_agrees},
    {{"subject.siren-expected", "Le SIREN est celui qu'on attend.", "CRPA R.114-9-6; LEG-10"},
     ALL,
     siren_expected},
    {{"subject.common-name",
      "Un nom commun, un seul ; pour un serveur il figure aussi dans le SAN.",
      "RGS_A4 v2.3 subject.commonName"},
     ALL,
     common_name},
    {{"subject.encoding", "Le sujet est écrit en PrintableString ou UTF8String.",
      "RGS_A4 v2.3 DN encoding"},
     ALL,
     encoding},
    {{"ku.critical", "L'usage de clé (keyUsage) est présent et critique.",
      "RGS_A4 v2.3 keyUsage; guide TLS v1.2 R27"},
     ALL,
     ku_critical},
    {{"ku.bits", "L'usage de clé est celui du profil, sans aucun autre.",
      "RGS_A4 v2.3 keyUsage; guide TLS v1.2 R27"},
     ALL,
     ku_bits},
    {{"eku.present", "L'usage étendu (extendedKeyUsage) contient celui du profil.",
      "RGS_A4 v2.3 extendedKeyUsage; guide TLS v1.2 R28"},
     SERVER | CLIENT | TSU | OCSP,
     eku_present},
    {{"eku.critical", "L'usage étendu n'est pas critique ; pour l'horodatage il l'est.",
      "RGS_A4 v2.3 extendedKeyUsage; guide TLS v1.2 R28; RFC 3161 2.3"},
     ALL,
     eku_critical},
    {{"eku.single", "Le certificat sert un seul usage.",
      "RGS_B2 RègleUsage-1; guide TLS v1.2 R28; RFC 3161 2.3"},
     ALL,
     eku_single},
    {{"ca.not", "Le certificat n'est pas celui d'une autorité.",
      "RGS_A4 v2.3 basicConstraints; RFC 5280 4.2.1.9"},
     ALL,
     no_authority},
    {{"extensions.known", "Aucune extension critique n'est inconnue.", "RFC 5280 4.2"},
     ALL,
     extensions_known},
    {{"extensions.once", "Aucune extension n'est répétée.", "RFC 5280 4.2"}, ALL, extensions_once},
    {{"aki.present", "L'identifiant de clé de l'AC (AKI) est présent et non critique.",
      "RGS_A4 v2.3 authorityKeyIdentifier; guide TLS v1.2 R32"},
     ALL,
     aki},
    {{"aki.matches", "L'AKI est l'identifiant de clé (SKI) de l'AC.",
      "RGS_A4 v2.3 authorityKeyIdentifier; guide TLS v1.2 R32"},
     ALL,
     aki_matches},
    {{"ski.present", "L'identifiant de clé du sujet (SKI) est présent et non critique.",
      "RFC 5280 4.2.1.2"},
     ALL,
     ski},
    {{"san.dns", "Le SAN est présent, non critique, avec au moins un nom DNS.",
      "RGS_A4 v2.3 subjectAltName; guide TLS v1.2 R29"},
     SERVER,
     san},
    {{"san.names", "Chaque nom DNS du SAN est complet et sans joker.",
      "RGS_A4 v2.3 subjectAltName; guide TLS v1.2 R29, R30"},
     SERVER,
     san_names},
    {{"revocation.source", "Une liste de révocation ou un répondeur OCSP est indiqué.",
      "RGS_A4 v2.3 cRLDistributionPoints / AIA; guide TLS v1.2 R33"},
     CACHET | SERVER | CLIENT | TSU,
     revocation},
    {{"ocsp.nocheck", "Le répondeur porte id-pkix-ocsp-nocheck.", "RFC 6960 4.2.2.2.1"},
     OCSP,
     nocheck},
    {{"policies.present", "La politique de certification est indiquée.",
      "RGS_A4 v2.3 certificatePolicies"},
     ALL,
     policies},
    {{"policies.listed", "La politique de certification est admise pour ce niveau.", "RGS-04"},
     ALL,
     policies_listed},
    {{"qc.type", "Le type de certificat qualifié est celui du profil (cachet, site).",
      "EN 319 412-5 4.2.3; règlement 910/2014 art. 38, 45"},
     CACHET | SERVER,
     qc_type},
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) <= PT_LINT_RULES_MAX, "a report has room for all");

const struct lint_row *lint_rows(size_t *ret_count)
{
    *ret_count = PT_COUNT(rows);
    return rows;
}
