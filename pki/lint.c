/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * lint.c -- see lint.h: a certificate is decoded once, then every rule of the table answers.
 * Law: out of memory is a failure of the run, never a verdict on a certificate. Layer 1 (pki).
 */
#include "pki/lint_int.h"
#include "pki/ossl_int.h"
#include "poterne/pki/policy.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#define DAY_S       86400
#define UNKNOWN     "inconnu"
#define YEAR_2050_S 2524608000 /* RFC 5280 4.1.2.5: GeneralizedTime from here on */

/* --- input ------------------------------------------------------------------------------------ */

/* A failure that lacked memory says nothing of what was decoded. */
static pt_status unless_starved(pt_status st)
{
    return pt_ossl_starved() ? PT_FAIL(PT_E_NOMEM) : st;
}

PT_RESULT lint_cert(pt_slice bytes, X509 **ret_cert)
{
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    if (bytes.len == 0U || bytes.len > (size_t)INT_MAX) {
        return PT_FAIL(PT_E_SYNTAX);
    }
    /* A DER certificate begins with a SEQUENCE; no PEM text does. */
    if ((uint8_t)bytes.ptr[0] != 0x30U) {
        return pt_ossl_cert(bytes, ret_cert);
    }
    X509 *cert = d2i_X509(NULL, &p, (long)bytes.len);
    if (cert == NULL || p != (const unsigned char *)bytes.ptr + bytes.len) {
        X509_free(cert);
        return unless_starved(PT_FAIL(PT_E_SYNTAX));
    }
    *ret_cert = cert;
    return pt_ossl_done(PT_SUCCESS);
}

/* --- facts ------------------------------------------------------------------------------------ */

static void read_serial(const X509 *cert, struct lint_facts *f)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    const unsigned char *bytes = ASN1_STRING_get0_data(serial);
    const int n = ASN1_STRING_length(serial);
    f->serial_octets = n > 0 ? (uint32_t)n : 0U;
    for (unsigned top = n > 0 ? bytes[0] : 0U; top != 0U; top >>= 1U) {
        f->serial_bits++;
    }
    f->serial_bits += n > 1 ? (uint32_t)(n - 1) * 8U : 0U;
    f->serial_positive = ASN1_STRING_type(serial) == V_ASN1_INTEGER && f->serial_bits > 0U;
    /* In DER a number whose top bit is set takes one octet more. */
    f->serial_octets += n > 0 && bytes[0] >= 0x80U ? 1U : 0U;
}

static const char *scheme_of(X509 *cert)
{
    static const struct {
        int kind;
        const char *name;
    } schemes[] = {{EVP_PKEY_RSA, "rsa-pkcs1-verify"},
                   {EVP_PKEY_RSA_PSS, "rsa-pss"},
                   {EVP_PKEY_EC, "ecdsa"},
                   {EVP_PKEY_ED25519, "ed25519"}};
    int kind = NID_undef;
    if (X509_get_signature_info(cert, NULL, &kind, NULL, NULL) != 1) {
        return UNKNOWN;
    }
    for (size_t i = 0U; i < PT_COUNT(schemes); i++) {
        if (schemes[i].kind == kind) {
            return schemes[i].name;
        }
    }
    return UNKNOWN;
}

static void read_exponent(const EVP_PKEY *key, struct lint_facts *f)
{
    BIGNUM *e = NULL;
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_is_odd(e)) {
        f->exponent = (uint32_t)BN_num_bits(e);
    }
    BN_free(e);
}

/* OpenSSL decodes the key with the certificate and keeps no reason when that fails: if it can be
 * decoded now, memory was missing then. */
static bool decodes_now(const X509 *cert)
{
    unsigned char *der = NULL;
    const int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    const unsigned char *p = der;
    EVP_PKEY *key = n > 0 ? d2i_PUBKEY(NULL, &p, n) : NULL;
    const bool ok = key != NULL;
    EVP_PKEY_free(key);
    OPENSSL_free(der);
    return ok;
}

static pt_status read_key(const X509 *cert, struct lint_facts *f)
{
    const EVP_PKEY *key = X509_get0_pubkey(cert);
    f->algorithm = UNKNOWN;
    if (key == NULL) {
        return unless_starved(decodes_now(cert) ? PT_FAIL(PT_E_NOMEM) : PT_SUCCESS);
    }
    pt_status st = pt_ossl_algorithm(key, &f->algorithm, &f->bits);
    if (st.code == PT_E_DENIED) {
        /* Asked twice: a parameter that could not be copied looks like one that is not there. */
        st = pt_ossl_algorithm(key, &f->algorithm, &f->bits);
    }
    if (!pt_ok(st)) {
        return st.code == PT_E_NOMEM ? st : PT_SUCCESS; /* no name: a fact, judged later */
    }
    read_exponent(key, f);
    return unless_starved(PT_SUCCESS);
}

static bool well_encoded(const ASN1_TIME *time, int64_t seconds)
{
    const int want = seconds < YEAR_2050_S ? V_ASN1_UTCTIME : V_ASN1_GENERALIZEDTIME;
    return ASN1_STRING_type(time) == want;
}

static pt_status read_times(const X509 *cert, struct lint_facts *f)
{
    const ASN1_TIME *begin = X509_get0_notBefore(cert);
    const ASN1_TIME *end = X509_get0_notAfter(cert);
    const pt_status from = pt_ossl_seconds(begin, &f->not_before);
    const pt_status to = pt_ossl_seconds(end, &f->not_after);
    PT_ENSURE(from.code != PT_E_NOMEM && to.code != PT_E_NOMEM, PT_E_NOMEM);
    f->times_ok = pt_ok(from) && pt_ok(to);
    f->times_encoded =
        f->times_ok && well_encoded(begin, f->not_before) && well_encoded(end, f->not_after);
    return PT_SUCCESS;
}

static void read_signature(X509 *cert, struct lint_facts *f)
{
    const X509_ALGOR *outer = NULL;
    X509_get0_signature(NULL, &outer, cert);
    f->algorithms_agree = X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(cert)) == 0;
    f->digest = pt_ossl_signature_digest(cert);
    f->scheme = scheme_of(cert);
}

static pt_status read_facts(X509 *cert, const X509 *issuer, const struct pt_lint_request *request,
                            struct lint_facts *f)
{
    /* Once for all: OpenSSL keeps what it finds, and what it failed to find. */
    (void)X509_check_purpose(cert, -1, 0);
    PT_TRY(unless_starved(PT_SUCCESS));
    const ASN1_BIT_STRING *issuer_id = NULL;
    const ASN1_BIT_STRING *subject_id = NULL;
    X509_get0_uids(cert, &issuer_id, &subject_id);
    f->unique_ids = issuer_id != NULL || subject_id != NULL;
    f->version = X509_get_version(cert);
    f->issuer_named = X509_NAME_entry_count(X509_get_issuer_name(cert)) > 0;
    read_serial(cert, f);
    read_signature(cert, f);
    PT_TRY(read_key(cert, f));
    PT_TRY(read_times(cert, f));
    lint_read_name(X509_get_subject_name(cert), &f->subject);
    lint_read_extensions(cert, issuer, request, f);
    return unless_starved(PT_SUCCESS);
}

/* --- verdicts --------------------------------------------------------------------------------- */

static void put_siren(const struct lint_name *subject, char out[static PT_SIREN_LEN + 1U])
{
    const char *siren = subject->siren_ou[0] != '\0' ? subject->siren_ou : subject->siren_id;
    const bool two = subject->siren_ou[0] != '\0' && subject->siren_id[0] != '\0' &&
                     strcmp(subject->siren_ou, subject->siren_id) != 0;
    memset(out, 0, PT_SIREN_LEN + 1U);
    if (!two && subject->ou_0002 <= 1U && subject->org_ids <= 1U) {
        memcpy(out, siren, PT_SIREN_LEN);
    }
}

static void judge(const struct lint *lint, struct pt_lint_report *report)
{
    size_t n = 0U;
    const struct lint_row *rows = lint_rows(&n);
    for (size_t i = 0U; i < n && i < PT_LINT_RULES_MAX; i++) {
        const bool applies = (rows[i].profiles & (1U << lint->request->profile)) != 0U;
        const enum pt_lint_verdict verdict = applies ? rows[i].check(lint) : PT_LINT_NA;
        report->lines[i] = (struct pt_lint_line){.rule = &rows[i].rule, .verdict = verdict};
        report->failed += verdict == PT_LINT_FAIL ? 1U : 0U;
        report->warned += verdict == PT_LINT_WARN ? 1U : 0U;
        report->n++;
    }
    put_siren(&lint->f.subject, report->siren);
}

/* Worker: both certificates are the caller's. */
static pt_status lint_parsed(X509 *cert, const X509 *issuer, const struct pt_lint_request *request,
                             struct pt_lint_report *ret)
{
    struct lint lint = {.request = request, .days = (int32_t)(request->now / DAY_S)};
    struct pt_lint_report report = {.n = 0U};
    ERR_clear_error();
    PT_TRY(read_facts(cert, issuer, request, &lint.f));
    judge(&lint, &report);
    *ret = report;
    return PT_SUCCESS;
}

static pt_status with_issuer(X509 *cert, const struct pt_lint_request *request,
                             struct pt_lint_report *ret)
{
    X509 *issuer = NULL;
    if (request->issuer.len > 0U) {
        PT_TRY(lint_cert(request->issuer, &issuer));
    }
    const pt_status st = lint_parsed(cert, issuer, request, ret);
    X509_free(issuer);
    return st;
}

PT_RESULT pt_lint(pt_slice certificate, const struct pt_lint_request *request,
                  struct pt_lint_report *ret)
{
    PT_ENSURE(request != NULL && ret != NULL, PT_E_ARG);
    PT_ENSURE((unsigned)request->profile < PT_LINT_PROFILES, PT_E_ARG);
    PT_ENSURE((unsigned)request->level <= PT_LINT_LEVEL_3, PT_E_ARG);
    PT_ENSURE(request->siren.len == 0U || pt_siren_ok(request->siren), PT_E_ARG);
    X509 *cert = NULL;
    PT_TRY(lint_cert(certificate, &cert));
    const pt_status st = with_issuer(cert, request, ret);
    X509_free(cert);
    return pt_ossl_done(st);
}

enum pt_lint_verdict pt_lint_verdict_of(const struct pt_lint_report *report, const char *id)
{
    for (size_t i = 0U; i < report->n; i++) {
        if (strcmp(report->lines[i].rule->id, id) == 0) {
            return report->lines[i].verdict;
        }
    }
    return PT_LINT_NA;
}

/* --- SIREN ------------------------------------------------------------------------------------ */

/* What begins like a SIREN and is none counts as a second one: nobody may choose. */
static pt_status siren_of(const struct lint_name *subject, char out[static PT_SIREN_LEN + 1U])
{
    char siren[PT_SIREN_LEN + 1U];
    PT_ENSURE(subject->ou_0002 > 0U || subject->org_ids > 0U || subject->ou_other4 > 0U,
              PT_E_ABSENT);
    put_siren(subject, siren);
    PT_ENSURE(subject->ou_other4 == 0U && subject->org_id_ok && siren[0] != '\0', PT_E_DENIED);
    memcpy(out, siren, sizeof(siren));
    return PT_SUCCESS;
}

PT_RESULT pt_cert_siren(pt_slice certificate, char out[static PT_SIREN_LEN + 1U])
{
    struct lint_name subject;
    X509 *cert = NULL;
    PT_TRY(lint_cert(certificate, &cert));
    lint_read_name(X509_get_subject_name(cert), &subject);
    X509_free(cert);
    PT_TRY(unless_starved(PT_SUCCESS));
    return siren_of(&subject, out);
}

/* --- words ------------------------------------------------------------------------------------ */

const char *pt_lint_verdict_text(enum pt_lint_verdict verdict)
{
    static const char *const texts[] = {[PT_LINT_NA] = "n/a",
                                        [PT_LINT_OK] = "ok",
                                        [PT_LINT_WARN] = "warn",
                                        [PT_LINT_FAIL] = "fail"};
    return texts[verdict];
}

PT_RESULT pt_lint_profile_parse(pt_slice text, enum pt_lint_profile *ret)
{
    static const pt_slice names[PT_LINT_PROFILES] = {
        [PT_LINT_CACHET] = PT_SLICE_INIT("cachet"),
        [PT_LINT_AUTH_SERVEUR] = PT_SLICE_INIT("auth-serveur"),
        [PT_LINT_AUTH_CLIENT] = PT_SLICE_INIT("auth-client"),
        [PT_LINT_TSU] = PT_SLICE_INIT("tsu"),
        [PT_LINT_OCSP] = PT_SLICE_INIT("ocsp"),
    };
    for (size_t i = 0U; i < PT_LINT_PROFILES; i++) {
        if (pt_slice_eq(text, names[i])) {
            *ret = (enum pt_lint_profile)i;
            return PT_SUCCESS;
        }
    }
    return PT_FAIL(PT_E_SYNTAX);
}

PT_RESULT pt_lint_level_parse(pt_slice text, enum pt_lint_level *ret)
{
    static const pt_slice stars = PT_SLICE_INIT("***");
    PT_ENSURE(text.len > 0U && pt_slice_starts(stars, text), PT_E_SYNTAX);
    *ret = (enum pt_lint_level)text.len;
    return PT_SUCCESS;
}
