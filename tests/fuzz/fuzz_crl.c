/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * fuzz_crl.c -- revocation lists, DER or PEM.
 * Properties: no crash; OpenSSL's error queue is left empty; a list that our authority did not sign
 * decides nothing; a list that the check of files refuses clears nobody, even when our authority
 * signed it; a list that clears has dates that hold.
 */
#include "tests/fuzz/path_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(X509_CRL *crl, bool ours, enum pt_path_reason checked)
{
    const struct pt_subject subject = fuzz_subject();
    struct pt_finding finding;
    pt_crl_judge(&subject, crl, &finding);
    must(ERR_peek_error() == 0U);
    must(ours || finding.verdict == PT_PATH_UNKNOWN);
    must((finding.verdict == PT_PATH_UNKNOWN) ==
         (finding.reason != PT_PATH_OK && finding.reason != PT_PATH_REVOKED_AT));
    if (finding.verdict == PT_PATH_GOOD) {
        must(checked == PT_PATH_OK);
        must(finding.this_update_s <= FUZZ_NOW && FUZZ_NOW < finding.next_update_s);
        must(finding.next_update_s - finding.this_update_s <= pt_revocation_life_max_s(PT_RGS_1));
    }
}

/* Signing replaces the algorithm, and only that, with one that the policy accepts. */
static void sign_and_judge(X509_CRL *crl)
{
    unsigned char *der = NULL;
    if (X509_CRL_set_issuer_name(crl, X509_get_subject_name(fuzz_authority.cert)) != 1 ||
        X509_CRL_sign(crl, fuzz_authority.key, EVP_sha256()) <= 0) {
        ERR_clear_error();
        return;
    }
    const int n = i2d_X509_CRL(crl, &der);
    ERR_clear_error();
    STACK_OF(X509_CRL) *list = sk_X509_CRL_new_null();
    if (n > 0 && pt_path_read_crls(pt_slice_of(der, (size_t)n), list) == PT_PATH_OK) {
        const enum pt_path_reason checked =
            pt_crl_check(pt_slice_of(der, (size_t)n), PT_RGS_1, FUZZ_NOW);
        judge(sk_X509_CRL_value(list, 0), true, checked);
    }
    ERR_clear_error();
    sk_X509_CRL_pop_free(list, X509_CRL_free);
    OPENSSL_free(der);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pt_slice bytes = pt_slice_of(data, size);
    (void)fuzz_subject();
    STACK_OF(X509_CRL) *list = sk_X509_CRL_new_null();
    const enum pt_path_reason checked = pt_crl_check(bytes, PT_RGS_1, FUZZ_NOW);
    must(ERR_peek_error() == 0U);
    const enum pt_path_reason read = pt_path_read_crls(bytes, list);
    ERR_clear_error();
    must(read == PT_PATH_OK || checked == read);
    for (int i = 0; i < sk_X509_CRL_num(list); i++) {
        judge(sk_X509_CRL_value(list, i), false, checked);
        sign_and_judge(sk_X509_CRL_value(list, i));
    }
    sk_X509_CRL_pop_free(list, X509_CRL_free);
    return 0;
}
