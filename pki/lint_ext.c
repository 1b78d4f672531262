/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * lint_ext.c -- see lint_int.h: the extensions of a certificate as facts. One reader an
 * extension; each owns what it decodes for as long as it reads. Layer 1 (pki).
 */
#include "pki/lint_int.h"
#include "pki/ossl_int.h"
#include "poterne/pki/ca.h"

#include <openssl/x509v3.h>

#define EXTENSIONS_MAX 64  /* more than any certificate of the field; beyond: duplicate */
#define OID_TEXT_MAX   128 /* dotted */

/* Decoded content, NULL unless it is there once and well formed. */
static void *decode(const X509 *cert, int nid, enum lint_ext *ret)
{
    int critical = -1;
    void *content = X509_get_ext_d2i(cert, nid, &critical, NULL);
    if (content == NULL) {
        *ret = critical == -1 ? LINT_ABSENT : LINT_BROKEN;
        return NULL;
    }
    *ret = critical > 0 ? LINT_CRITICAL : LINT_PLAIN;
    return content;
}

static bool oid_is(const ASN1_OBJECT *object, pt_slice dotted)
{
    char text[OID_TEXT_MAX];
    const int n = OBJ_obj2txt(text, (int)sizeof(text), object, 1);
    return n > 0 && (size_t)n < sizeof(text) && pt_slice_eq(pt_slice_of(text, (size_t)n), dotted);
}

static void read_ku(const X509 *cert, struct lint_facts *f)
{
    ASN1_BIT_STRING *bits = decode(cert, NID_key_usage, &f->ku);
    if (bits == NULL) {
        return;
    }
    const unsigned char *bytes = ASN1_STRING_get0_data(bits);
    const int n = ASN1_STRING_length(bits);
    f->ku_bits = (n > 0 ? bytes[0] : 0U) | (n > 1 ? (uint32_t)bytes[1] << 8U : 0U);
    ASN1_BIT_STRING_free(bits);
}

static uint32_t purpose(const ASN1_OBJECT *object)
{
    switch (OBJ_obj2nid(object)) {
    case NID_server_auth:
        return LINT_EKU_SERVER;
    case NID_client_auth:
        return LINT_EKU_CLIENT;
    case NID_OCSP_sign:
        return LINT_EKU_OCSP;
    case NID_time_stamp:
        return LINT_EKU_TIME;
    case NID_email_protect:
        return LINT_EKU_EMAIL;
    default:
        break;
    }
    /* RFC 9336, and the older one of Microsoft. */
    return oid_is(object, PT_SLICE("1.3.6.1.5.5.7.3.36")) ||
                   oid_is(object, PT_SLICE("1.3.6.1.4.1.311.10.3.12"))
               ? LINT_EKU_DOCUMENT
               : LINT_EKU_OTHER;
}

static void read_eku(const X509 *cert, struct lint_facts *f)
{
    EXTENDED_KEY_USAGE *list = decode(cert, NID_ext_key_usage, &f->eku);
    for (int i = 0; list != NULL && i < sk_ASN1_OBJECT_num(list); i++) {
        f->eku_bits |= purpose(sk_ASN1_OBJECT_value(list, i));
    }
    EXTENDED_KEY_USAGE_free(list);
}

static void read_constraints(const X509 *cert, struct lint_facts *f)
{
    BASIC_CONSTRAINTS *content = decode(cert, NID_basic_constraints, &f->constraints);
    f->is_ca = content != NULL && content->ca != 0;
    BASIC_CONSTRAINTS_free(content);
}

static void read_key_ids(const X509 *cert, const X509 *issuer, struct lint_facts *f)
{
    enum lint_ext unused = LINT_ABSENT;
    AUTHORITY_KEYID *aki = decode(cert, NID_authority_key_identifier, &f->aki);
    ASN1_OCTET_STRING *ski = decode(cert, NID_subject_key_identifier, &f->ski);
    ASN1_OCTET_STRING *theirs =
        issuer != NULL ? decode(issuer, NID_subject_key_identifier, &unused) : NULL;
    f->aki_keyid = aki != NULL && aki->keyid != NULL && ASN1_STRING_length(aki->keyid) > 0;
    f->aki_matches =
        f->aki_keyid && theirs != NULL && ASN1_OCTET_STRING_cmp(aki->keyid, theirs) == 0;
    ASN1_OCTET_STRING_free(theirs);
    ASN1_OCTET_STRING_free(ski);
    AUTHORITY_KEYID_free(aki);
}

static pt_slice ia5(const ASN1_STRING *text)
{
    const int n = ASN1_STRING_length(text);
    return pt_slice_of(ASN1_STRING_get0_data(text), n > 0 ? (size_t)n : 0U);
}

static void read_san(const X509 *cert, struct lint_facts *f)
{
    GENERAL_NAMES *names = decode(cert, NID_subject_alt_name, &f->san);
    for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_DNS) {
            continue;
        }
        const pt_slice dns = ia5(name->d.dNSName);
        f->dns++;
        f->dns_bad += pt_ca_name_ok(dns) ? 0U : 1U;
        f->cn_in_san = f->cn_in_san || pt_slice_eq_nocase(dns, pt_slice_str(f->subject.cn));
    }
    GENERAL_NAMES_free(names);
}

static bool is_uri(const GENERAL_NAME *name)
{
    if (name == NULL || name->type != GEN_URI) {
        return false;
    }
    const pt_slice uri = ia5(name->d.uniformResourceIdentifier);
    return pt_slice_starts(uri, PT_SLICE("http://")) ||
           pt_slice_starts(uri, PT_SLICE("https://")) || pt_slice_starts(uri, PT_SLICE("ldap://"));
}

static bool point_has_uri(const DIST_POINT *point)
{
    if (point->distpoint == NULL || point->distpoint->type != 0) {
        return false;
    }
    const GENERAL_NAMES *names = point->distpoint->name.fullname;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        if (is_uri(sk_GENERAL_NAME_value(names, i))) {
            return true;
        }
    }
    return false;
}

static void read_revocation(const X509 *cert, struct lint_facts *f)
{
    CRL_DIST_POINTS *points = decode(cert, NID_crl_distribution_points, &f->crldp);
    for (int i = 0; points != NULL && i < sk_DIST_POINT_num(points); i++) {
        f->crldp_uri = f->crldp_uri || point_has_uri(sk_DIST_POINT_value(points, i));
    }
    CRL_DIST_POINTS_free(points);
    AUTHORITY_INFO_ACCESS *access = decode(cert, NID_info_access, &f->aia);
    for (int i = 0; access != NULL && i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(access, i);
        f->ocsp_uri =
            f->ocsp_uri || (OBJ_obj2nid(one->method) == NID_ad_OCSP && is_uri(one->location));
    }
    AUTHORITY_INFO_ACCESS_free(access);
}

static bool listed(const ASN1_OBJECT *policy, pt_slice list)
{
    while (list.len > 0U) {
        if (oid_is(policy, pt_slice_cut(&list, ','))) {
            return true;
        }
    }
    return false;
}

static void read_policies(const X509 *cert, pt_slice accepted, struct lint_facts *f)
{
    CERTIFICATEPOLICIES *policies = decode(cert, NID_certificate_policies, &f->policies);
    for (int i = 0; policies != NULL && i < sk_POLICYINFO_num(policies); i++) {
        f->policy_listed =
            f->policy_listed || listed(sk_POLICYINFO_value(policies, i)->policyid, accepted);
    }
    CERTIFICATEPOLICIES_free(policies);
}

/* --- ETSI EN 319 412-5: OpenSSL does not decode it -------------------------------------------- */

static uint32_t statement(const ASN1_OBJECT *object)
{
    static const struct {
        pt_slice oid;
        uint32_t bit;
    } known[] = {
        {PT_SLICE_INIT("0.4.0.1862.1.1"), LINT_QC_COMPLIANCE},
        {PT_SLICE_INIT("0.4.0.1862.1.6.1"), LINT_QC_ESIGN},
        {PT_SLICE_INIT("0.4.0.1862.1.6.2"), LINT_QC_ESEAL},
        {PT_SLICE_INIT("0.4.0.1862.1.6.3"), LINT_QC_WEB},
    };
    for (size_t i = 0U; i < PT_COUNT(known); i++) {
        if (oid_is(object, known[i].oid)) {
            return known[i].bit;
        }
    }
    return 0U;
}

/*
 * QCStatements ::= SEQUENCE OF SEQUENCE { statementId OID, statementInfo ANY OPTIONAL }, and the
 * info of QcType is a SEQUENCE OF OID: every object identifier down to @depth is looked up.
 */
static bool read_statements(pt_slice der, unsigned depth, uint32_t *bits)
{
    const unsigned char *p = (const unsigned char *)der.ptr;
    ASN1_SEQUENCE_ANY *list = d2i_ASN1_SEQUENCE_ANY(NULL, &p, (long)der.len);
    bool ok = list != NULL && p == (const unsigned char *)der.ptr + der.len;
    for (int i = 0; ok && i < sk_ASN1_TYPE_num(list); i++) {
        const ASN1_TYPE *one = sk_ASN1_TYPE_value(list, i);
        if (one->type == V_ASN1_OBJECT) {
            *bits |= statement(one->value.object);
        } else if (one->type == V_ASN1_SEQUENCE && depth > 0U) {
            ok = read_statements(ia5(one->value.sequence), depth - 1U, bits);
        }
    }
    sk_ASN1_TYPE_pop_free(list, ASN1_TYPE_free);
    return ok;
}

static void read_qc(const X509 *cert, struct lint_facts *f)
{
    const int at = X509_get_ext_by_NID(cert, NID_qcStatements, -1);
    if (at < 0) {
        return;
    }
    X509_EXTENSION *extension = X509_get_ext(cert, at);
    const bool ok = read_statements(ia5(X509_EXTENSION_get_data(extension)), 2U, &f->qc_bits);
    f->qc = X509_EXTENSION_get_critical(extension) == 1 ? LINT_CRITICAL : LINT_PLAIN;
    f->qc = ok ? f->qc : LINT_BROKEN;
}

/* --- the list itself -------------------------------------------------------------------------- */

static bool appears_again(const X509 *cert, int at)
{
    const ASN1_OBJECT *object = X509_EXTENSION_get_object(X509_get_ext(cert, at));
    return X509_get_ext_by_OBJ(cert, object, at) >= 0;
}

/* RFC 5280 4.2: an extension appears once; a critical one that we do not know refuses. */
static void read_list(const X509 *cert, struct lint_facts *f)
{
    const int n = X509_get_ext_count(cert);
    f->duplicate = n > EXTENSIONS_MAX;
    for (int i = 0; !f->duplicate && i < n; i++) {
        X509_EXTENSION *extension = X509_get_ext(cert, i);
        f->duplicate = appears_again(cert, i);
        f->unknown_critical = f->unknown_critical || (X509_EXTENSION_get_critical(extension) == 1 &&
                                                      X509_supported_extension(extension) == 0);
    }
}

void lint_read_extensions(const X509 *cert, const X509 *issuer,
                          const struct pt_lint_request *request, struct lint_facts *facts)
{
    read_list(cert, facts);
    read_ku(cert, facts);
    read_eku(cert, facts);
    read_constraints(cert, facts);
    read_key_ids(cert, issuer, facts);
    read_san(cert, facts);
    read_revocation(cert, facts);
    read_policies(cert, request->policies, facts);
    read_qc(cert, facts);
    const int at = X509_get_ext_by_NID(cert, NID_id_pkix_OCSP_noCheck, -1);
    facts->nocheck = at >= 0 ? LINT_PLAIN : LINT_ABSENT;
}
