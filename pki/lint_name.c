/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * lint_name.c -- see lint.h: the subject of a certificate, and the SIREN in it. A text with a
 * NUL inside, or longer than its place, is no text. Layer 1 (pki).
 */
#include "pki/lint_int.h"
#include "pki/ossl_int.h"

#include <openssl/obj_mac.h>

#define SIRET_LEN 14U

static bool digits(pt_slice text)
{
    for (size_t i = 0U; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

bool pt_siren_ok(pt_slice text)
{
    if (text.len != PT_SIREN_LEN || !digits(text)) {
        return false;
    }
    unsigned sum = 0U;
    for (size_t i = 0U; i < PT_SIREN_LEN; i++) {
        /* Luhn: every second digit from the right counts double. */
        const unsigned digit = (unsigned)(text.ptr[i] - '0') * (i % 2U == 1U ? 2U : 1U);
        sum += digit > 9U ? digit - 9U : digit;
    }
    return sum % 10U == 0U;
}

/* "<SIREN>" or "<SIRET>": the SIREN of it into @out. */
static bool take_siren(pt_slice text, char out[static PT_SIREN_LEN + 1U])
{
    const pt_slice siren = pt_slice_head(text, PT_SIREN_LEN);
    if ((text.len != PT_SIREN_LEN && text.len != SIRET_LEN) || !digits(text) ||
        !pt_siren_ok(siren)) {
        return false;
    }
    memcpy(out, siren.ptr, PT_SIREN_LEN);
    out[PT_SIREN_LEN] = '\0';
    return true;
}

static void read_unit(pt_slice text, struct lint_name *name)
{
    static const pt_slice icd = PT_SLICE_INIT("0002 ");
    if (pt_slice_starts(text, icd) && take_siren(pt_slice_from(text, icd.len), name->siren_ou)) {
        name->ou_0002++;
        return;
    }
    if (text.len >= 4U && digits(pt_slice_head(text, 4U))) {
        name->ou_other4++;
    }
}

static void read_identifier(pt_slice text, struct lint_name *name)
{
    static const pt_slice scheme = PT_SLICE_INIT("NTRFR-");
    name->org_ids++;
    if (!pt_slice_starts(text, scheme) ||
        !take_siren(pt_slice_from(text, scheme.len), name->siren_id)) {
        name->org_id_ok = false;
    }
}

static void read_country(const ASN1_STRING *value, pt_slice text, struct lint_name *name)
{
    name->countries++;
    name->country_ok = ASN1_STRING_type(value) == V_ASN1_PRINTABLESTRING && text.len == 2U &&
                       text.ptr[0] >= 'A' && text.ptr[0] <= 'Z' && text.ptr[1] >= 'A' &&
                       text.ptr[1] <= 'Z';
}

static void read_common_name(pt_slice text, struct lint_name *name)
{
    name->common_names++;
    if (text.len > 0U && text.len < sizeof(name->cn) && memchr(text.ptr, 0, text.len) == NULL) {
        memcpy(name->cn, text.ptr, text.len);
        name->cn[text.len] = '\0';
    }
}

static void read_entry(int nid, const ASN1_STRING *value, pt_slice text, struct lint_name *name)
{
    switch (nid) {
    case NID_countryName:
        read_country(value, text, name);
        break;
    case NID_organizationName:
        name->organizations += text.len > 0U ? 1U : 0U;
        break;
    case NID_organizationalUnitName:
        read_unit(text, name);
        break;
    case NID_organizationIdentifier:
        read_identifier(text, name);
        break;
    case NID_commonName:
        read_common_name(text, name);
        break;
    default:
        break;
    }
}

/* RFC 5280 wants a domain component and an e-mail address as IA5String. */
static bool encoding_ok(int nid, const ASN1_STRING *value)
{
    const int type = ASN1_STRING_type(value);
    if (nid == NID_pkcs9_emailAddress || nid == NID_domainComponent) {
        return type == V_ASN1_IA5STRING;
    }
    return type == V_ASN1_PRINTABLESTRING || type == V_ASN1_UTF8STRING;
}

void lint_read_name(const X509_NAME *name, struct lint_name *ret)
{
    *ret = (struct lint_name){.encoding_ok = true, .org_id_ok = true};
    const int n = X509_NAME_entry_count(name);
    ret->empty = n <= 0;
    for (int i = 0; i < n; i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
        const int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
        unsigned char *utf8 = NULL;
        const int len = ASN1_STRING_to_UTF8(&utf8, value);
        ret->encoding_ok = ret->encoding_ok && len >= 0 && encoding_ok(nid, value);
        read_entry(nid, value, len > 0 ? pt_slice_of(utf8, (size_t)len) : PT_SLICE_EMPTY, ret);
        OPENSSL_free(utf8);
    }
}
