/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * names.c -- names in certificates and requests: what may stand in one, and how it is written.
 * RGS_A4: C, O, one OU "0002 <SIRET>". Layer 1 (pki).
 */
#include "pki/names_int.h"

#include "pki/ossl_int.h"
#include "poterne/base/codec.h"
#include "poterne/pki/cert.h"

#include <arpa/inet.h>

#define RDN_MAX       64U /* RFC 5280 appendix A.1: ub-common-name, ub-organization-name */
#define SIRET_LEN     14U
#define SIREN_LEN     9U
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

bool pt_ca_text_ok(pt_slice text)
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
PT_RESULT pt_names_subject(X509_NAME *name, const struct pt_ca_subject *subject)
{
    static const char icd[] = {'0', '0', '0', '2', ' '};
    char unit[sizeof(icd) + SIRET_LEN];
    PT_ENSURE(pt_ca_text_ok(subject->common_name) && pt_ca_text_ok(subject->organization) &&
                  siret_ok(subject->siret),
              PT_E_SYNTAX);
    memcpy(unit, icd, sizeof(icd));
    memcpy(unit + sizeof(icd), subject->siret.ptr, SIRET_LEN);
    if (!add_rdn(name, "C", MBSTRING_ASC, PT_SLICE("FR")) ||
        !add_rdn(name, "O", MBSTRING_UTF8, subject->organization) ||
        !add_rdn(name, "OU", MBSTRING_UTF8, pt_slice_of(unit, sizeof(unit))) ||
        !add_rdn(name, "CN", MBSTRING_UTF8, subject->common_name)) {
        return PT_FAIL(PT_E_CRYPTO);
    }
    return PT_SUCCESS;
}

/* EN 319 412-1 5.1.4: "NTR" national trade register, "FR", the SIREN. */
PT_RESULT pt_names_identifier(X509_NAME *name, pt_slice siret)
{
    static const char prefix[] = {'N', 'T', 'R', 'F', 'R', '-'};
    char text[sizeof(prefix) + SIREN_LEN];
    PT_ENSURE(siret_ok(siret), PT_E_SYNTAX);
    memcpy(text, prefix, sizeof(prefix));
    memcpy(text + sizeof(prefix), siret.ptr, SIREN_LEN);
    if (!add_rdn(name, "2.5.4.97", MBSTRING_UTF8, pt_slice_of(text, sizeof(text)))) {
        return pt_ossl_done(PT_FAIL(PT_E_CRYPTO));
    }
    return PT_SUCCESS;
}

/* --- alternative names ----------------------------------------------------------------------- */

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

PT_RESULT pt_names_fill(GENERAL_NAMES *names, const pt_slice *list, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        PT_ENSURE(pt_ca_name_ok(list[i]), PT_E_SYNTAX);
        GENERAL_NAME *one = general_name(list[i]);
        if (one == NULL || sk_GENERAL_NAME_push(names, one) <= 0) {
            GENERAL_NAME_free(one);
            return PT_FAIL(PT_E_NOMEM);
        }
    }
    return PT_SUCCESS;
}

static void put_address(const ASN1_OCTET_STRING *ip, struct pt_buf *out)
{
    char text[INET6_ADDRSTRLEN];
    const int n = ASN1_STRING_length(ip);
    const int family = n == 4 ? AF_INET : AF_INET6;
    if ((n == 4 || n == 16) &&
        inet_ntop(family, ASN1_STRING_get0_data(ip), text, sizeof(text)) != NULL) {
        pt_buf_put_str(out, text);
        pt_buf_put_byte(out, '\n');
    }
}

/* A name that could not be asked for again (a newline in it, say) is not handed on. */
static void put_name(const GENERAL_NAME *name, struct pt_buf *out)
{
    int type = 0;
    const ASN1_STRING *text = (const ASN1_STRING *)GENERAL_NAME_get0_value(name, &type);
    if (type == GEN_IPADD) {
        put_address(text, out);
        return;
    }
    const pt_slice dns = pt_slice_of(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
    if (type == GEN_DNS && pt_ca_name_ok(dns)) {
        pt_buf_put(out, dns);
        pt_buf_put_byte(out, '\n');
    }
}

PT_RESULT pt_cert_names(pt_slice pem, struct pt_buf *out)
{
    PT_ENSURE(out != NULL, PT_E_ARG);
    X509 *cert = NULL;
    PT_TRY(pt_ossl_cert(pem, &cert));
    GENERAL_NAMES *names =
        (GENERAL_NAMES *)X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    const int n = names != NULL ? sk_GENERAL_NAME_num(names) : 0;
    for (int i = 0; i < n; i++) {
        put_name(sk_GENERAL_NAME_value(names, i), out);
    }
    GENERAL_NAMES_free(names);
    X509_free(cert);
    return pt_ossl_done(pt_buf_status(out));
}

/* --- read back ------------------------------------------------------------------------------- */

/* The only entry @nid of @name, as UTF-8 for the caller to free. */
static unsigned char *only_entry(const X509_NAME *name, int nid, size_t *ret_len)
{
    unsigned char *utf8 = NULL;
    const int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0) {
        return NULL;
    }
    const int n =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    *ret_len = n > 0 ? (size_t)n : 0U;
    return utf8;
}

static pt_status read_commune(const X509_NAME *name, struct pt_buf *organization,
                              char siret[static 15])
{
    static const pt_slice scheme = PT_SLICE_INIT("0002 ");
    size_t n = 0U;
    unsigned char *utf8 = only_entry(name, NID_organizationalUnitName, &n);
    const pt_slice unit = pt_slice_of(utf8, n);
    const bool ok = pt_slice_starts(unit, scheme) && siret_ok(pt_slice_from(unit, scheme.len));
    if (ok) {
        memcpy(siret, unit.ptr + scheme.len, SIRET_LEN);
        siret[SIRET_LEN] = '\0';
    }
    OPENSSL_free(utf8);
    PT_ENSURE(ok, PT_E_ABSENT);
    utf8 = only_entry(name, NID_organizationName, &n);
    PT_ENSURE(utf8 != NULL, PT_E_ABSENT);
    const bool fit = pt_ca_text_ok(pt_slice_of(utf8, n));
    if (fit) {
        pt_buf_put(organization, pt_slice_of(utf8, n));
    }
    OPENSSL_free(utf8);
    PT_ENSURE(fit, PT_E_SYNTAX);
    return pt_buf_status(organization);
}

PT_RESULT pt_ca_commune(pt_slice cert_pem, struct pt_buf *organization, char siret[static 15])
{
    X509 *cert = NULL;
    PT_TRY(pt_ossl_cert(cert_pem, &cert));
    const pt_status st = read_commune(X509_get_subject_name(cert), organization, siret);
    X509_free(cert);
    return pt_ossl_done(st);
}
