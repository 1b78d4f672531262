/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * lint_int.h -- what the linter's rules look at: a certificate decoded once. Rules are pure
 * functions of these facts and of the request; only the decoders know OpenSSL.
 * Private to pki/lint*.c and their tests.
 */
#ifndef PKI_LINT_INT_H
#define PKI_LINT_INT_H

#include "poterne/pki/lint.h"

#include <openssl/x509.h>

/* BROKEN: there twice, or its content cannot be decoded. */
enum lint_ext { LINT_ABSENT = 0, LINT_PLAIN, LINT_CRITICAL, LINT_BROKEN };

/* Purposes of extendedKeyUsage, as bits. */
#define LINT_EKU_SERVER   0x01U
#define LINT_EKU_CLIENT   0x02U
#define LINT_EKU_OCSP     0x04U
#define LINT_EKU_TIME     0x08U
#define LINT_EKU_DOCUMENT 0x10U
#define LINT_EKU_EMAIL    0x20U
#define LINT_EKU_OTHER    0x40U

/* Bits of keyUsage, as KU_* of OpenSSL. */
#define LINT_KU_SIGNATURE    0x80U
#define LINT_KU_COMMITMENT   0x40U
#define LINT_KU_ENCIPHERMENT 0x20U

/* Statements of ETSI EN 319 412-5, as bits. */
#define LINT_QC_COMPLIANCE 0x01U
#define LINT_QC_ESIGN      0x02U
#define LINT_QC_ESEAL      0x04U
#define LINT_QC_WEB        0x08U

#define LINT_CN_MAX 64U /* RFC 5280 ub-common-name */

struct lint_name {
    uint32_t countries, organizations, common_names; /* how many of each */
    bool country_ok;                                 /* two upper-case letters, PrintableString */
    bool encoding_ok;                                /* PrintableString or UTF8String only */
    bool empty;
    uint32_t ou_0002;   /* well-formed "0002 <SIREN|SIRET>" */
    uint32_t ou_other4; /* other OU that begin with four digits, malformed 0002 included */
    uint32_t org_ids;
    bool org_id_ok; /* every organizationIdentifier is "NTRFR-<SIREN|SIRET>" */
    char siren_ou[PT_SIREN_LEN + 1U];
    char siren_id[PT_SIREN_LEN + 1U];
    char cn[LINT_CN_MAX * 4U + 1U]; /* UTF-8; empty when absent, too long or holding a NUL */
};

struct lint_facts {
    long version;
    uint32_t serial_octets, serial_bits;
    bool serial_positive;
    bool unique_ids;
    bool issuer_named;
    bool algorithms_agree;   /* inside and outside what is signed */
    const char *digest;      /* as pt_cert_facts */
    const char *scheme;      /* policy name of the signature's scheme, "inconnu" */
    const char *algorithm;   /* of the key; "inconnu" */
    uint32_t bits, exponent; /* exponent: its size in bits, 0 when the key has none */
    bool times_ok, times_encoded;
    int64_t not_before, not_after;
    struct lint_name subject;
    bool duplicate, unknown_critical;
    enum lint_ext ku, eku, constraints, aki, ski, san, crldp, aia, policies, qc, nocheck;
    uint32_t ku_bits, eku_bits, qc_bits;
    bool is_ca;
    bool aki_keyid, aki_matches; /* matches: the SKI of the issuer that was given */
    uint32_t dns, dns_bad;
    bool cn_in_san;
    bool crldp_uri, ocsp_uri;
    bool policy_listed;
};

struct lint {
    const struct pt_lint_request *request;
    int32_t days;
    struct lint_facts f;
};

typedef enum pt_lint_verdict (*lint_check)(const struct lint *lint);
struct lint_row {
    struct pt_lint_rule rule;
    uint32_t profiles; /* bit 1 << enum pt_lint_profile; elsewhere n/a */
    lint_check check;
};

/** lint_rules.c: the table. */
const struct lint_row *lint_rows(size_t *ret_count);
/** lint_name.c: subject. */
void lint_read_name(const X509_NAME *name, struct lint_name *ret);
/** lint_ext.c: extensions. @issuer may be NULL. */
void lint_read_extensions(const X509 *cert, const X509 *issuer,
                          const struct pt_lint_request *request, struct lint_facts *facts);
/** lint.c: PEM or DER; the caller frees. */
PT_RESULT lint_cert(pt_slice bytes, X509 **ret_cert);

#endif /* PKI_LINT_INT_H */
