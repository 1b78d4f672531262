/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * ca.c -- see ca.h: certificates. Subjects and extensions are data; one worker fills a
 * certificate, one owner frees it. Layer 1 (pki).
 */
#include "poterne/pki/ca.h"

#include "pki/ossl_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/limits.h"
#include "poterne/pki/digest.h"
#include "poterne/pki/policy.h"

#include <arpa/inet.h>
#include <limits.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define DAY_S         86400
#define RDN_MAX       64U /* RFC 5280 appendix A.1: ub-common-name, ub-organization-name */
#define SERIAL_LEN    16U
#define SIRET_LEN     14U
#define DNS_NAME_MAX  253U
#define DNS_LABEL_MAX 63U

/* --- names ----------------------------------------------------------------------------------- */

static bool label_ok(pt_slice label)
{
    if (label.len == 0U || label.len > DNS_LABEL_MAX || label.ptr[0] == '-' ||
        label.ptr[label.len - 1U] == '-') {
        return false;
    }
    for (size_t i = 0U; i < label.len; i++) {
        const char c = label.ptr[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '-') {
            return false;
        }
    }
    return true;
}

static bool dns_ok(pt_slice name)
{
    if (name.len == 0U || name.len > DNS_NAME_MAX) {
        return false;
    }
    while (name.len > 0U) {
        const size_t dot = pt_slice_find(name, '.');
        if (!label_ok(pt_slice_head(name, dot)) || dot + 1U == name.len) {
            return false;
        }
        name = pt_slice_from(name, dot + 1U);
    }
    return true;
}

/* Address bytes of @name; 0 when it is no address. */
static size_t ip_bytes(pt_slice name, uint8_t out[static 16])
{
    char text[INET6_ADDRSTRLEN] = {0};
    if (name.len == 0U || name.len >= sizeof(text)) {
        return 0U;
    }
    memcpy(text, name.ptr, name.len);
    if (inet_pton(AF_INET, text, out) == 1) {
        return 4U;
    }
    return inet_pton(AF_INET6, text, out) == 1 ? 16U : 0U;
}

/* 192.0.2.300 is a well-formed DNS name, but nobody means one by it. */
static bool looks_like_address(pt_slice name)
{
    for (size_t i = 0U; i < name.len; i++) {
        if (!(name.ptr[i] >= '0' && name.ptr[i] <= '9') && name.ptr[i] != '.') {
            return false;
        }
    }
    return true;
}

bool pt_ca_name_ok(pt_slice name)
{
    uint8_t ip[16];
    return ip_bytes(name, ip) > 0U || (dns_ok(name) && !looks_like_address(name));
}

static size_t characters(pt_slice utf8)
{
    size_t n = 0U;
    for (size_t i = 0U; i < utf8.len; i++) {
        n += ((uint8_t)utf8.ptr[i] & 0xC0U) != 0x80U ? 1U : 0U;
    }
    return n;
}

static bool rdn_ok(pt_slice text)
{
    for (size_t i = 0U; i < text.len; i++) {
        if ((uint8_t)text.ptr[i] < 0x20U || (uint8_t)text.ptr[i] == 0x7fU) {
            return false;
        }
    }
    return text.len > 0U && characters(text) <= RDN_MAX && pt_utf8_valid(text);
}

static bool siret_ok(pt_slice siret)
{
    for (size_t i = 0U; i < siret.len; i++) {
        if (siret.ptr[i] < '0' || siret.ptr[i] > '9') {
            return false;
        }
    }
    return siret.len == SIRET_LEN;
}

static bool add_rdn(X509_NAME *name, const char *field, int type, pt_slice text)
{
    return X509_NAME_add_entry_by_txt(name, field, type, (const unsigned char *)text.ptr,
                                      (int)text.len, -1, 0) == 1;
}

/* C and the OU are PrintableString or plain ASCII; O and CN may carry accents. */
static pt_status put_subject(X509 *cert, const struct pt_ca_subject *subject)
{
    static const char icd[] = {'0', '0', '0', '2', ' '};
    char unit[sizeof(icd) + SIRET_LEN];
    PT_ENSURE(rdn_ok(subject->common_name) && rdn_ok(subject->organization) &&
                  siret_ok(subject->siret),
              PT_E_SYNTAX);
    memcpy(unit, icd, sizeof(icd));
    memcpy(unit + sizeof(icd), subject->siret.ptr, SIRET_LEN);
    X509_NAME *name = X509_get_subject_name(cert);
    if (!add_rdn(name, "C", MBSTRING_ASC, PT_SLICE("FR")) ||
        !add_rdn(name, "O", MBSTRING_UTF8, subject->organization) ||
        !add_rdn(name, "OU", MBSTRING_UTF8, pt_slice_of(unit, sizeof(unit))) ||
        !add_rdn(name, "CN", MBSTRING_UTF8, subject->common_name)) {
        return PT_FAIL(PT_E_CRYPTO);
    }
    return PT_SUCCESS;
}

/* --- extensions ------------------------------------------------------------------------------ */

static bool add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    const bool ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
    X509_EXTENSION_free(ext);
    return ok;
}

static const struct {
    enum pt_ca_profile profile;
    int nid;
    const char *value;
} extensions[] = {
    {PT_CA_ROOT, NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {PT_CA_ROOT, NID_key_usage, "critical,keyCertSign,cRLSign"},
    {PT_CA_SERVER, NID_basic_constraints, "critical,CA:FALSE"},
    {PT_CA_SERVER, NID_key_usage, "critical,digitalSignature"},
    {PT_CA_SERVER, NID_ext_key_usage, "serverAuth"},
    {PT_CA_CLIENT, NID_basic_constraints, "critical,CA:FALSE"},
    {PT_CA_CLIENT, NID_key_usage, "critical,digitalSignature"},
    {PT_CA_CLIENT, NID_ext_key_usage, "clientAuth"},
};

static pt_status put_extensions(X509 *cert, X509 *issuer, enum pt_ca_profile profile)
{
    for (size_t i = 0U; i < PT_COUNT(extensions); i++) {
        if (extensions[i].profile == profile &&
            !add_ext(cert, issuer, extensions[i].nid, extensions[i].value)) {
            return PT_FAIL(PT_E_CRYPTO);
        }
    }
    if (!add_ext(cert, issuer, NID_subject_key_identifier, "hash") ||
        !add_ext(cert, issuer, NID_authority_key_identifier, "keyid:always")) {
        return PT_FAIL(PT_E_CRYPTO);
    }
    return PT_SUCCESS;
}

/* Built from octets, never from a configuration string: a name cannot smuggle in a second one. */
static GENERAL_NAME *general_name(pt_slice name)
{
    uint8_t ip[16];
    const size_t nip = ip_bytes(name, ip);
    const pt_slice value = nip > 0U ? pt_slice_of(ip, nip) : name;
    GENERAL_NAME *general = GENERAL_NAME_new();
    ASN1_STRING *text = nip > 0U ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
    if (general == NULL || text == NULL || ASN1_STRING_set(text, value.ptr, (int)value.len) != 1) {
        GENERAL_NAME_free(general);
        ASN1_STRING_free(text);
        return NULL;
    }
    GENERAL_NAME_set0_value(general, nip > 0U ? GEN_IPADD : GEN_DNS, text);
    return general;
}

static pt_status fill_names(GENERAL_NAMES *names, const struct pt_ca_request *request)
{
    for (size_t i = 0U; i < request->nnames; i++) {
        PT_ENSURE(pt_ca_name_ok(request->names[i]), PT_E_SYNTAX);
        GENERAL_NAME *one = general_name(request->names[i]);
        if (one == NULL || sk_GENERAL_NAME_push(names, one) <= 0) {
            GENERAL_NAME_free(one);
            return PT_FAIL(PT_E_NOMEM);
        }
    }
    return PT_SUCCESS;
}

static pt_status put_names(X509 *cert, const struct pt_ca_request *request)
{
    if (request->profile != PT_CA_SERVER) {
        return PT_SUCCESS;
    }
    PT_ENSURE(request->nnames > 0U && request->nnames <= PT_SAN_MAX, PT_E_SYNTAX);
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    if (names == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    pt_status st = fill_names(names, request);
    if (pt_ok(st) && X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0) != 1) {
        st = PT_FAIL(PT_E_CRYPTO);
    }
    GENERAL_NAMES_free(names);
    return st;
}

/* --- certificate ----------------------------------------------------------------------------- */

static pt_status put_serial(X509 *cert)
{
    uint8_t bytes[SERIAL_LEN];
    PT_TRY(pt_random(bytes, sizeof(bytes)));
    /* RFC 5280 4.1.2.2: positive and not zero; 126 bits of it stay unpredictable. */
    bytes[0] = (uint8_t)((bytes[0] & 0x7fU) | 0x40U);
    BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    if (number == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    const bool ok = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
    BN_free(number);
    PT_ENSURE(ok, PT_E_NOMEM);
    return PT_SUCCESS;
}

static pt_status put_validity(X509 *cert, X509 *issuer, const struct pt_ca_request *request)
{
    const int days = request->profile == PT_CA_ROOT ? (int)PT_CA_DAYS : (int)PT_LEAF_DAYS;
    time_t now = (time_t)request->now;
    PT_ENSURE(X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &now) != NULL &&
                  X509_time_adj_ex(X509_getm_notAfter(cert), days, -1, &now) != NULL,
              PT_E_CRYPTO);
    const ASN1_TIME *end = X509_get0_notAfter(issuer);
    if (ASN1_TIME_compare(X509_get0_notAfter(cert), end) > 0) {
        PT_ENSURE(X509_set1_notAfter(cert, end) == 1, PT_E_NOMEM);
    }
    PT_ENSURE(ASN1_TIME_compare(X509_get0_notBefore(cert), X509_get0_notAfter(cert)) < 0,
              PT_E_DENIED);
    return PT_SUCCESS;
}

static pt_status sign_cert(X509 *cert, const struct pt_key *signer)
{
    const EVP_MD *md = pt_key_kind(signer) == PT_KEY_P256 ? EVP_sha256() : NULL;
    PT_ENSURE(X509_sign(cert, pt_key_ossl(signer), md) > 0, PT_E_CRYPTO);
    return PT_SUCCESS;
}

static pt_status put_names_of_parties(X509 *cert, X509 *issuer, const struct pt_ca_request *request,
                                      const struct pt_key *key)
{
    PT_ENSURE(X509_set_version(cert, X509_VERSION_3) == 1, PT_E_CRYPTO);
    PT_TRY(put_serial(cert));
    PT_TRY(put_subject(cert, &request->subject));
    PT_ENSURE(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1, PT_E_CRYPTO);
    PT_ENSURE(X509_set_pubkey(cert, pt_key_ossl(key)) == 1, PT_E_CRYPTO);
    return PT_SUCCESS;
}

static pt_status fill_cert(X509 *cert, X509 *issuer, const struct pt_ca_request *request,
                           const struct pt_key *key)
{
    PT_TRY(put_names_of_parties(cert, issuer, request, key));
    PT_TRY(put_validity(cert, issuer, request));
    PT_TRY(put_names(cert, request));
    return put_extensions(cert, issuer, request->profile);
}

static pt_status write_cert(X509 *cert, struct pt_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    pt_status st = PT_FAIL(PT_E_CRYPTO);
    if (PEM_write_bio_X509(bio, cert) == 1) {
        st = pt_ossl_drain(bio, out);
    }
    (void)BIO_free(bio);
    return st;
}

static pt_status issue(X509 *issuer, const struct pt_ca_request *request, const struct pt_key *key,
                       const struct pt_key *signer, struct pt_buf *out)
{
    X509 *cert = X509_new();
    if (cert == NULL) {
        return pt_ossl_done(PT_FAIL(PT_E_NOMEM));
    }
    pt_status st = fill_cert(cert, issuer != NULL ? issuer : cert, request, key);
    if (pt_ok(st)) {
        st = sign_cert(cert, signer);
    }
    if (pt_ok(st)) {
        st = write_cert(cert, out);
    }
    X509_free(cert);
    return pt_ossl_done(st);
}

static pt_status policy_gate(const struct pt_key *key, int64_t now)
{
    const int32_t days = (int32_t)(now / DAY_S);
    PT_TRY(pt_policy_require("sha256", 0U, days));
    return pt_policy_require(pt_key_algorithm(key), 256U, days);
}

/* The issuer must be an authority, and its key the one in its certificate. */
static pt_status issuer_gate(X509 *cert, const struct pt_key *key)
{
    if (X509_check_ca(cert) != 1 || X509_check_private_key(cert, pt_key_ossl(key)) != 1) {
        return pt_ossl_done(PT_FAIL(PT_E_FORGED));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_ossl_issuer(const struct pt_ca_issuer *issuer, X509 **ret_cert)
{
    X509 *cert = NULL;
    PT_TRY(pt_ossl_cert(issuer->cert_pem, &cert));
    const pt_status st = issuer_gate(cert, issuer->key);
    if (!pt_ok(st)) {
        X509_free(cert);
        return st;
    }
    *ret_cert = cert;
    return PT_SUCCESS;
}

PT_RESULT pt_ca_issue(const struct pt_ca_request *request, const struct pt_key *key,
                      const struct pt_ca_issuer *issuer, struct pt_buf *out)
{
    PT_ENSURE(request != NULL && key != NULL && out != NULL, PT_E_ARG);
    /* pathLen 0: an authority signs no authority, and a leaf needs one. */
    PT_ENSURE((issuer == NULL) == (request->profile == PT_CA_ROOT), PT_E_ARG);
    const struct pt_key *signer = issuer != NULL ? issuer->key : key;
    PT_TRY(policy_gate(key, request->now));
    PT_TRY(policy_gate(signer, request->now));
    X509 *cert = NULL;
    if (issuer != NULL) {
        PT_TRY(pt_ossl_issuer(issuer, &cert));
    }
    const pt_status st = issue(cert, request, key, signer, out);
    X509_free(cert);
    return pt_ossl_done(st);
}
