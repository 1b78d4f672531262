/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * fuzz_ocsp.c -- OCSP answers. The first byte says what is done to the rest: bit 0, name our
 * bearer.
 *
 * Properties: no crash; OpenSSL's error queue is left empty; an answer that our authority did not
 * sign decides nothing; one that does not bring our nonce back clears nobody, though it may revoke;
 * one that clears has dates that hold and speaks of one certificate.
 */
#include "tests/fuzz/path_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(pt_slice der, OCSP_REQUEST *asked, bool ours)
{
    const struct pt_subject subject = fuzz_subject();
    struct pt_finding finding;
    pt_ocsp_judge(&subject, der, asked, NULL, &finding);
    must(ERR_peek_error() == 0U);
    must(ours || finding.verdict == PT_PATH_UNKNOWN);
    must(asked == NULL || finding.verdict != PT_PATH_GOOD);
    must(finding.verdict != PT_PATH_REVOKED || finding.revoked_s <= FUZZ_NOW);
    must((finding.verdict == PT_PATH_UNKNOWN) ==
         (finding.reason != PT_PATH_OK && finding.reason != PT_PATH_REVOKED_AT));
    if (finding.verdict == PT_PATH_GOOD) {
        must(finding.this_update_s <= FUZZ_NOW + PT_OCSP_SKEW_S &&
             FUZZ_NOW < finding.next_update_s);
    }
}

/* The CertID of the first answer becomes ours, in its own digest. */
static void name_bearer(OCSP_BASICRESP *basic)
{
    const struct pt_subject subject = fuzz_subject();
    ASN1_OCTET_STRING *names[2] = {NULL, NULL};
    ASN1_OCTET_STRING *own[2] = {NULL, NULL};
    ASN1_INTEGER *serial = NULL;
    ASN1_OBJECT *digest = NULL;
    OCSP_SINGLERESP *single = OCSP_resp_get0(basic, 0);
    if (single == NULL) {
        return;
    }
    OCSP_CERTID *id = (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(single);
    (void)OCSP_id_get0_info(&names[0], &digest, &names[1], &serial, id);
    const EVP_MD *md = EVP_get_digestbyobj(digest);
    OCSP_CERTID *ours = md != NULL ? OCSP_cert_to_id(md, subject.cert, subject.issuer) : NULL;
    if (ours != NULL) {
        (void)OCSP_id_get0_info(&own[0], NULL, &own[1], NULL, ours);
        for (size_t i = 0U; i < 2U; i++) {
            must(ASN1_OCTET_STRING_set(names[i], ASN1_STRING_get0_data(own[i]),
                                       ASN1_STRING_length(own[i])) == 1);
        }
        must(ASN1_INTEGER_set(serial, 42) == 1);
    }
    OCSP_CERTID_free(ours);
}

static void sign_and_judge(OCSP_BASICRESP *basic, OCSP_REQUEST *asked)
{
    unsigned char *der = NULL;
    if (OCSP_basic_sign(basic, fuzz_authority.cert, fuzz_authority.key, EVP_sha256(), NULL,
                        OCSP_NOTIME) != 1) {
        ERR_clear_error();
        return;
    }
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    const int n = i2d_OCSP_RESPONSE(response, &der);
    ERR_clear_error();
    if (n > 0) {
        judge(pt_slice_of(der, (size_t)n), NULL, true);
        judge(pt_slice_of(der, (size_t)n), asked, true);
    }
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pt_slice der = pt_slice_from(pt_slice_of(data, size), 1U);
    const struct pt_subject subject = fuzz_subject();
    uint8_t nonce[PT_OCSP_NONCE_LEN] = {1U, 2U, 3U};
    OCSP_REQUEST *asked = pt_ocsp_request(&subject, pt_slice_of(nonce, sizeof nonce));
    must(asked != NULL);
    judge(der, NULL, false);
    judge(der, asked, false);
    const unsigned char *at = (const unsigned char *)der.ptr;
    OCSP_RESPONSE *response = der.len > 0U ? d2i_OCSP_RESPONSE(NULL, &at, (long)der.len) : NULL;
    OCSP_BASICRESP *basic = response != NULL ? OCSP_response_get1_basic(response) : NULL;
    if (basic != NULL) {
        if ((data[0] & 1U) != 0U) {
            name_bearer(basic);
        }
        sign_and_judge(basic, asked);
    }
    ERR_clear_error();
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    OCSP_REQUEST_free(asked);
    return 0;
}
