/* SPDX-License-Identifier: EUPL-1.2 */
/* testrevoke.c -- see testrevoke.h. OpenSSL directly: the tests do not trust what they test. */
#include "testrevoke.h"

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static X509_EXTENSION *unknown_extension(void)
{
    static const unsigned char null_der[] = {5U, 0U};
    ASN1_OBJECT *const object = OBJ_txt2obj("1.3.6.1.4.1.32473.2", 1);
    ASN1_OCTET_STRING *const value = ASN1_OCTET_STRING_new();
    must(object != NULL && value != NULL && ASN1_OCTET_STRING_set(value, null_der, 2) == 1);
    X509_EXTENSION *const extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
    must(extension != NULL);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
    return extension;
}

/* --- lists ----------------------------------------------------------------------------------- */

static void set_serial(X509_REVOKED *entry, const struct test_cert *revoked)
{
    if (revoked != NULL) {
        must(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->cert)) == 1);
        return;
    }
    ASN1_INTEGER *const other = ASN1_INTEGER_new();
    must(other != NULL && ASN1_INTEGER_set(other, 987654) == 1);
    must(X509_REVOKED_set_serialNumber(entry, other) == 1);
    ASN1_INTEGER_free(other);
}

static void entry_reason(X509_REVOKED *entry, int reason)
{
    if (reason != 0) {
        ASN1_ENUMERATED *const value = ASN1_ENUMERATED_new();
        must(value != NULL && ASN1_ENUMERATED_set(value, reason > 0 ? reason : 0) == 1);
        must(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, value, 0, 0) == 1);
        ASN1_ENUMERATED_free(value);
    }
}

static void entry_invalid(X509_REVOKED *entry, time_t at)
{
    if (at != 0) {
        ASN1_GENERALIZEDTIME *const value = ASN1_GENERALIZEDTIME_set(NULL, at);
        must(value != NULL &&
             X509_REVOKED_add1_ext_i2d(entry, NID_invalidity_date, value, 0, 0) == 1);
        ASN1_GENERALIZEDTIME_free(value);
    }
}

static void entry_faults(X509_REVOKED *entry, const struct test_list *list)
{
    if ((list->faults & TEST_LIST_ENTRY_CRITICAL) != 0U) {
        X509_EXTENSION *const extension = unknown_extension();
        must(X509_REVOKED_add_ext(entry, extension, -1) == 1);
        X509_EXTENSION_free(extension);
    }
    if ((list->faults & TEST_LIST_ENTRY_ISSUER) != 0U) {
        GENERAL_NAMES *const names = GENERAL_NAMES_new();
        GENERAL_NAME *const name = GENERAL_NAME_new();
        X509_NAME *const subject = X509_NAME_dup(X509_get_subject_name(list->name->cert));
        must(names != NULL && name != NULL && subject != NULL);
        GENERAL_NAME_set0_value(name, GEN_DIRNAME, subject);
        must(sk_GENERAL_NAME_push(names, name) > 0);
        must(X509_REVOKED_add1_ext_i2d(entry, NID_certificate_issuer, names, 1, 0) == 1);
        GENERAL_NAMES_free(names);
    }
}

static X509_REVOKED *new_entry(const struct test_cert *revoked, time_t at)
{
    X509_REVOKED *const entry = X509_REVOKED_new();
    ASN1_TIME *const when = ASN1_TIME_set(NULL, at);
    must(entry != NULL && when != NULL);
    set_serial(entry, revoked);
    must(X509_REVOKED_set_revocationDate(entry, when) == 1);
    ASN1_TIME_free(when);
    return entry;
}

static void list_entries(X509_CRL *crl, const struct test_list *list)
{
    X509_REVOKED *const other = new_entry(NULL, list->from);
    entry_faults(other, list);
    must(X509_CRL_add0_revoked(crl, other) == 1);
    if (list->revoked != NULL) {
        X509_REVOKED *const entry =
            new_entry(list->revoked, list->revoked_at != 0 ? list->revoked_at : list->from);
        entry_reason(entry, list->reason);
        entry_invalid(entry, list->invalid_at);
        must(X509_CRL_add0_revoked(crl, entry) == 1);
    }
    must(X509_CRL_sort(crl) == 1);
}

static void list_point(X509_CRL *crl, const struct test_list *list)
{
    X509V3_CTX ctx;
    if (list->point == NULL) {
        return;
    }
    X509V3_set_ctx(&ctx, list->name->cert, NULL, NULL, crl, 0);
    X509_EXTENSION *const extension =
        X509V3_EXT_conf_nid(NULL, &ctx, NID_issuing_distribution_point, list->point);
    must(extension != NULL && X509_CRL_add_ext(crl, extension, -1) == 1);
    if ((list->faults & TEST_LIST_TWO_POINTS) != 0U) {
        must(X509_CRL_add_ext(crl, extension, -1) == 1);
    }
    X509_EXTENSION_free(extension);
}

static void list_extensions(X509_CRL *crl, const struct test_list *list)
{
    ASN1_INTEGER *const number = ASN1_INTEGER_new();
    must(number != NULL && ASN1_INTEGER_set(number, 7) == 1);
    must(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1);
    if ((list->faults & TEST_LIST_DELTA) != 0U) {
        must(X509_CRL_add1_ext_i2d(crl, NID_delta_crl, number, 1, 0) == 1);
    }
    ASN1_INTEGER_free(number);
    if ((list->faults & TEST_LIST_CRITICAL) != 0U) {
        X509_EXTENSION *const extension = unknown_extension();
        must(X509_CRL_add_ext(crl, extension, -1) == 1);
        X509_EXTENSION_free(extension);
    }
    list_point(crl, list);
}

static void list_dates(X509_CRL *crl, const struct test_list *list)
{
    ASN1_TIME *const from = ASN1_TIME_set(NULL, list->from);
    ASN1_TIME *const until = ASN1_TIME_set(NULL, list->until);
    must(from != NULL && until != NULL && X509_CRL_set1_lastUpdate(crl, from) == 1);
    if ((list->faults & TEST_LIST_NO_END) == 0U) {
        must(X509_CRL_set1_nextUpdate(crl, until) == 1);
    }
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
}

void test_list_der(const struct test_list *list, struct pt_buf *out)
{
    const struct test_cert *const signer = list->signer != NULL ? list->signer : list->name;
    X509_CRL *const crl = X509_CRL_new();
    unsigned char *der = NULL;
    must(crl != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1);
    must(X509_CRL_set_issuer_name(crl, X509_get_subject_name(list->name->cert)) == 1);
    list_dates(crl, list);
    list_entries(crl, list);
    list_extensions(crl, list);
    must(X509_CRL_sign(crl, signer->key,
                       EVP_get_digestbyname(list->digest != NULL ? list->digest : "SHA256")) > 0);
    const int n = i2d_X509_CRL(crl, &der);
    must(n > 0);
    pt_buf_put(out, pt_slice_of(der, (size_t)n));
    OPENSSL_free(der);
    X509_CRL_free(crl);
}

/* --- OCSP ------------------------------------------------------------------------------------ */

static void answer_single(OCSP_BASICRESP *basic, const struct test_answer *answer)
{
    const EVP_MD *const md =
        EVP_get_digestbyname(answer->id_digest != NULL ? answer->id_digest : "SHA256");
    OCSP_CERTID *const id = OCSP_cert_to_id(md, answer->cert->cert, answer->issuer->cert);
    ASN1_TIME *const revoked = ASN1_TIME_set(NULL, answer->revoked_at);
    ASN1_TIME *const from = ASN1_TIME_set(NULL, answer->from);
    ASN1_TIME *const until = ASN1_TIME_set(NULL, answer->until);
    must(id != NULL && revoked != NULL && from != NULL && until != NULL);
    OCSP_SINGLERESP *const single = OCSP_basic_add1_status(
        basic, id, answer->status,
        answer->reason != 0 ? answer->reason : OCSP_REVOKED_STATUS_NOSTATUS, revoked, from,
        (answer->faults & TEST_ANSWER_NO_END) != 0U ? NULL : until);
    must(single != NULL);
    if ((answer->faults & TEST_ANSWER_SINGLE_CRITICAL) != 0U) {
        X509_EXTENSION *const extension = unknown_extension();
        must(OCSP_SINGLERESP_add_ext(single, extension, -1) == 1);
        X509_EXTENSION_free(extension);
    }
    ASN1_TIME_free(revoked);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    OCSP_CERTID_free(id);
}

static void answer_nonce(OCSP_BASICRESP *basic, const struct test_answer *answer)
{
    if (answer->nonce.len > 0U) {
        unsigned char bytes[64];
        must(answer->nonce.len <= sizeof bytes);
        memcpy(bytes, answer->nonce.ptr, answer->nonce.len);
        must(OCSP_basic_add1_nonce(basic, bytes, (int)answer->nonce.len) == 1);
    } else if (answer->request.len > 0U) {
        const unsigned char *at = (const unsigned char *)answer->request.ptr;
        OCSP_REQUEST *const request = d2i_OCSP_REQUEST(NULL, &at, (long)answer->request.len);
        must(request != NULL && OCSP_copy_nonce(basic, request) == 1);
        OCSP_REQUEST_free(request);
    }
}

static OCSP_BASICRESP *basic_of(const struct test_answer *answer)
{
    const struct test_cert *const signer = answer->signer != NULL ? answer->signer : answer->issuer;
    const unsigned long flags = (answer->faults & TEST_ANSWER_NO_CERT) != 0U ? OCSP_NOCERTS : 0U;
    OCSP_BASICRESP *const basic = OCSP_BASICRESP_new();
    must(basic != NULL);
    answer_single(basic, answer);
    if ((answer->faults & TEST_ANSWER_TWICE) != 0U) {
        answer_single(basic, answer);
    }
    answer_nonce(basic, answer);
    if ((answer->faults & TEST_ANSWER_CRITICAL) != 0U) {
        X509_EXTENSION *const extension = unknown_extension();
        must(OCSP_BASICRESP_add_ext(basic, extension, -1) == 1);
        X509_EXTENSION_free(extension);
    }
    must(OCSP_basic_sign(basic, signer->cert, signer->key,
                         EVP_get_digestbyname(answer->digest != NULL ? answer->digest : "SHA256"),
                         NULL, flags) == 1);
    return basic;
}

/* The last byte of a signed answer without certificates is the signature's. */
void test_answer_der(const struct test_answer *answer, struct pt_buf *out)
{
    OCSP_BASICRESP *basic = NULL;
    unsigned char *der = NULL;
    if (answer->response == OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        basic = basic_of(answer);
    }
    OCSP_RESPONSE *const response = OCSP_response_create(answer->response, basic);
    must(response != NULL);
    const int n = i2d_OCSP_RESPONSE(response, &der);
    must(n > 0);
    if ((answer->faults & TEST_ANSWER_BAD_SIGNATURE) != 0U) {
        der[n - 1] ^= 1U;
    }
    pt_buf_put(out, pt_slice_of(der, (size_t)n));
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
}
