/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Our table beside the published ones (CSV transcriptions of ANSSI PG-083 v3.00, of the TLS guide
 * v1.2 and of RGS A4), where they are at hand: PT_REGULATION names their folder, and ../shared is
 * tried without it. We may be stricter than a table, never laxer; every reference that a source
 * of ours quotes must exist in it.
 */
#include "poterne/base/buf.h"
#include "poterne/base/clock.h"
#include "poterne/base/file.h"
#include "poterne/pki/policy.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(regulation, .timeout = 20.0);

static bool load(const char *name, struct pt_buf *out)
{
    const char *folder = getenv("PT_REGULATION");
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s",
                   folder != NULL ? folder : PT_SOURCE_DIR "/../shared/data/regulatory", name);
    pt_buf_init(out, 1U << 20U);
    const bool there = pt_ok(pt_file_read(path, out));
    pt_buf_put_byte(out, '\0');
    if (!there) {
        cr_log_warn("%s is not at hand: nothing to compare", name);
    }
    return there;
}

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

/* Does a row of the CSV begin with @ref and a comma? */
static bool has_ref(const struct pt_buf *csv, pt_slice ref)
{
    char line[128];
    (void)snprintf(line, sizeof(line), "\n%.*s,", (int)ref.len, ref.ptr);
    return strstr(csv->ptr, line) != NULL;
}

/* Every word of our sources that begins with @letter exists in the table. */
static size_t quoted(const struct pt_buf *csv, const char *publication, const char *letter)
{
    size_t seen = 0U;
    size_t n = 0U;
    const struct pt_policy_rule *rules = pt_policy_rules(&n);
    for (size_t i = 0U; i < n; i++) {
        const char *at = strstr(rules[i].source, publication);
        pt_slice rest = pt_slice_str(at);
        while (rest.len > 0U) {
            pt_slice word = pt_slice_cut(&rest, ' ');
            while (word.len > 0U && (word.ptr[word.len - 1U] == ',')) {
                word.len--;
            }
            if (word.len > 1U && strncmp(word.ptr, letter, strlen(letter)) == 0) {
                cr_expect(has_ref(csv, word), "%s quotes %.*s", rules[i].name, (int)word.len,
                          word.ptr);
                seen++;
            }
        }
    }
    return seen;
}

/* CRY-01: the references and the numbers of PG-083 v3.00. */
Test(regulation, CRY_01_what_we_quote_of_pg_083_is_in_it_and_its_numbers_are_ours)
{
    static const struct {
        const char *text; /* in the table */
        const char *name;
        uint32_t bits;
        const char *date;
        bool accepted;
    } rows[] = {
        {"RSA : module >= 2048 bits jusqu'à fin 2030", "rsa", 2048U, "2030-12-31", true},
        {">= 3072 à partir de 2031", "rsa", 3071U, "2031-01-01", false},
        {">= 3072 à partir de 2031", "rsa", 3072U, "2031-01-01", true},
        {"DH GF(p) : >= 2048 bits jusqu'à fin 2030", "dh", 2048U, "2030-12-31", true},
        {"DH GF(p) : >= 2048 bits jusqu'à fin 2030", "dh", 2047U, "2030-12-31", false},
        {"multiple d'un premier >= 250 bits", "ec", 250U, "2026-11-24", true},
        {"multiple d'un premier >= 250 bits", "ec", 249U, "2026-11-24", false},
        {"exposant public > 65536 et <= 256 bits", "rsa-exponent", 17U, "2026-11-24", true},
        {"exposant public > 65536 et <= 256 bits", "rsa-exponent", 16U, "2026-11-24", false},
        {"exposant public > 65536 et <= 256 bits", "rsa-exponent", 257U, "2026-11-24", false},
        {"Clé symétrique >= 128 bits", "symmetric-key", 127U, "2026-11-24", false},
        {"Clé symétrique >= 128 bits", "symmetric-key", 128U, "2026-11-24", true},
        {"Bloc >= 128 bits", "block", 64U, "2026-11-24", false},
        {"SHA-1, SHA3-224 non conformes", "sha1", 0U, "2026-11-24", false},
        {"SHA-1, SHA3-224 non conformes", "sha3-224", 0U, "2026-11-24", false},
        {"Empreinte >= 256 bits", "sha224", 0U, "2026-11-24", false},
        {"Empreinte >= 384 bits", "archive-digest", 383U, "2030-01-01", false},
        {"état >= 192 bits", "drbg-state", 191U, "2026-11-24", false},
        {"ML-KEM seul NON conforme", "ml-kem", 0U, "2026-11-24", false},
        {"ML-DSA seul NON conforme", "ml-dsa", 0U, "2026-11-24", false},
        {"SLH-DSA conforme seul", "slh-dsa", 0U, "2026-11-24", true},
        {"HMAC-SHA-256 conforme", "hmac-sha256", 128U, "2026-11-24", true},
    };
    struct pt_buf csv;
    if (load("anssi_PG-083_v3.00_2026-03-20.csv", &csv)) {
        cr_expect_gt(quoted(&csv, "PG-083 v3.00 ", "Règle"), 30U);
        cr_expect_gt(quoted(&csv, "PG-083 v3.00 ", "Reco"), 20U);
        for (size_t i = 0U; i < PT_COUNT(rows); i++) {
            cr_expect_not_null(strstr(csv.ptr, rows[i].text), "%s", rows[i].text);
            cr_expect_eq(ask(rows[i].name, rows[i].bits, rows[i].date) != PT_POLICY_REFUSED,
                         rows[i].accepted, "%s %u", rows[i].name, rows[i].bits);
        }
    }
    pt_buf_done(&csv);
}

/* --- TLS guide ------------------------------------------------------------------------------- */

/* Accepted by the guide, and left out by us: nobody we speak to needs them. */
static bool stricter(const char *name)
{
    static const char *const ours[] = {"ed448", "ecdsa_brainpool"};
    for (size_t i = 0U; i < PT_COUNT(ours); i++) {
        if (strncmp(name, ours[i], strlen(ours[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Their names are those of the registry, except for groups: "secp256r1 / P-256". */
static const char *our_name(const char *name)
{
    static const struct {
        const char *theirs;
        const char *ours;
    } names[] = {{"secp256r1", "p-256"}, {"secp384r1", "p-384"}, {"secp521r1", "p-521"},
                 {"secp224r1", "p-224"}, {"X25519 ", "x25519"},  {"X448 ", "x448"},
                 {"SSL 2.0", "ssl-2.0"}, {"SSL 3.0", "ssl-3.0"}, {"TLS 1.0", "tls-1.0"},
                 {"TLS 1.1", "tls-1.1"}, {"TLS 1.2", "tls-1.2"}, {"TLS 1.3", "tls-1.3"}};
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        if (strncmp(name, names[i].theirs, strlen(names[i].theirs)) == 0) {
            return names[i].ours;
        }
    }
    return name;
}

static uint32_t size_of(const char *name)
{
    static const struct {
        const char *name;
        uint32_t bits;
    } sizes[] = {{"p-256", 256U},  {"p-384", 384U}, {"p-521", 521U},
                 {"x25519", 253U}, {"x448", 448U},  {"ed25519", 256U}};
    for (size_t i = 0U; i < PT_COUNT(sizes); i++) {
        if (strcmp(name, sizes[i].name) == 0) {
            return sizes[i].bits;
        }
    }
    return 0U;
}

static bool compared(const char *family)
{
    return strcmp(family, "Protocols") == 0 || strcmp(family, "Cipher Suites") == 0 ||
           strcmp(family, "Supported groups") == 0 || strcmp(family, "Signature algorithms") == 0 ||
           strcmp(family, "Hash Algorithm") == 0;
}

/* One row: family,element,"parameter",level,condition. */
static bool compare(char *line)
{
    char *name = strchr(line, ',');
    if (name == NULL) {
        return false;
    }
    *name++ = '\0';
    char *rest = strchr(name, ',');
    if (rest == NULL || !compared(line)) {
        return false;
    }
    *rest++ = '\0';
    const bool refused = strstr(rest, ",must not,") != NULL || strstr(rest, ",not recommended,");
    const bool wanted = !refused && strstr(rest, ",recommended,") != NULL;
    const char *ours = our_name(name);
    const bool accepted = ask(ours, size_of(ours), "2026-11-24") != PT_POLICY_REFUSED;
    cr_expect(!refused || !accepted, "%s is refused by the guide and accepted by us", name);
    cr_expect(!wanted || accepted || stricter(ours), "%s is recommended and we refuse it", name);
    return true;
}

/* CRY-01, CRY-02: versions, suites, groups, schemes and digests of the tables of the TLS guide. */
Test(regulation, CRY_02_no_element_that_the_tls_guide_refuses_is_accepted)
{
    struct pt_buf csv;
    size_t seen = 0U;
    if (load("anssi_tls_v1.2_elements_levels.csv", &csv)) {
        for (char *line = csv.ptr; line != NULL;) {
            char *end = strchr(line, '\n');
            if (end != NULL) {
                *end++ = '\0';
            }
            seen += compare(line) ? 1U : 0U;
            line = end;
        }
        cr_expect_gt(seen, 100U);
    }
    pt_buf_done(&csv);
}

Test(regulation, CRY_01_what_we_quote_of_the_tls_guide_is_in_it)
{
    struct pt_buf csv;
    if (load("anssi_tls_v1.2_R1-R39.csv", &csv)) {
        cr_expect_gt(quoted(&csv, "guide TLS v1.2 ", "R"), 30U);
        cr_expect_not_null(strstr(csv.ptr, "825 jours"));
        cr_expect_not_null(strstr(csv.ptr, "n’excède pas 24 heures"));
    }
    pt_buf_done(&csv);
}

/* RGS-12: the lives of lists and certificates in the table of RGS A4. */
Test(regulation, RGS_12_the_lives_are_those_of_rgs_a4)
{
    static const struct {
        const char *text;
        const char *name;
        uint32_t most;
    } rows[] = {
        {"2 x 72 h (6 jours)", "crl-life-*", 6U * 86400U},
        {"2 x 24 h (48 h)", "crl-life-**", 48U * 3600U},
        {"thisUpdate + 36 h", "crl-life-***", 36U * 3600U},
        {"porteur 3 ans max", "life-bearer", 3U * 365U + 1U},
        {"AC 10 ans max", "life-ca", 10U * 365U + 3U},
    };
    struct pt_buf csv;
    if (load("rgs_A4_profils_certificats_lcr.csv", &csv)) {
        for (size_t i = 0U; i < PT_COUNT(rows); i++) {
            cr_expect_not_null(strstr(csv.ptr, rows[i].text), "%s", rows[i].text);
            cr_expect_eq(pt_policy_most(rows[i].name, day("2026-11-24")), rows[i].most);
        }
    }
    pt_buf_done(&csv);
}
