/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * fuzz_cert.c -- a certificate from anybody, DER or PEM: its facts, its SIREN, its verdicts under
 * every profile and level.
 * Properties: no crash; OpenSSL's error queue is left empty; every rule of the table answers,
 * and the counts are those of the answers; a SIREN that is given passes its own check and agrees
 * with the report; the PEM form of a DER certificate gets the same verdicts; two that differ never
 * give a SIREN.
 */
#include "pki/lint_int.h"
#include "poterne/base/buf.h"
#include "poterne/pki/cert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok || ERR_peek_error() != 0U) {
        abort();
    }
}

static void check(const struct pt_lint_report *report)
{
    size_t failed = 0U;
    size_t warned = 0U;
    size_t n = 0U;
    (void)lint_rows(&n);
    must(report->n == n);
    for (size_t i = 0U; i < n; i++) {
        failed += report->lines[i].verdict == PT_LINT_FAIL ? 1U : 0U;
        warned += report->lines[i].verdict == PT_LINT_WARN ? 1U : 0U;
        must(pt_lint_verdict_text(report->lines[i].verdict)[0] != '\0');
    }
    must(failed == report->failed && warned == report->warned);
    must(report->siren[0] == '\0' || pt_siren_ok(pt_slice_str(report->siren)));
}

static void same_as_pem(pt_slice der, const struct pt_lint_request *request,
                        const struct pt_lint_report *want)
{
    struct pt_lint_report got;
    char *ptr = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    must(bio != NULL &&
         PEM_write_bio(bio, "CERTIFICATE", "", (const unsigned char *)der.ptr, (long)der.len) > 0);
    const long n = BIO_get_mem_data(bio, &ptr);
    must(pt_ok(pt_lint(pt_slice_of(ptr, (size_t)n), request, &got)));
    for (size_t i = 0U; i < want->n; i++) {
        must(got.lines[i].verdict == want->lines[i].verdict);
    }
    must(strcmp(got.siren, want->siren) == 0);
    (void)BIO_free(bio);
}

static void lint_all(pt_slice bytes)
{
    struct pt_lint_request request = {
        .now = 1795478400, .siren = PT_SLICE("216809996"), .policies = PT_SLICE("1.2.3,1.2.4")};
    for (unsigned i = 0U; i < PT_LINT_PROFILES * 2U; i++) {
        struct pt_lint_report report;
        request.profile = (enum pt_lint_profile)(i / 2U);
        request.level = i % 2U == 0U ? PT_LINT_LEVEL_NONE : PT_LINT_LEVEL_2;
        request.issuer = i % 2U == 0U ? PT_SLICE_EMPTY : bytes;
        const pt_status st = pt_lint(bytes, &request, &report);
        must(pt_ok(st) || st.code == PT_E_SYNTAX);
        if (!pt_ok(st)) {
            return;
        }
        check(&report);
        if (i == 0U && bytes.ptr[0] == 0x30) {
            same_as_pem(bytes, &request, &report);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pt_slice bytes = pt_slice_of(data, size);
    struct pt_cert_facts facts;
    char siren[PT_SIREN_LEN + 1U];
    if (pt_ok(pt_cert_facts(bytes, &facts))) {
        must(strlen(facts.common_name) < PT_CERT_NAME_MAX);
        (void)pt_cert_policy(&facts, 20000, NULL);
    }
    must(true);
    if (pt_ok(pt_cert_siren(bytes, siren))) {
        must(pt_siren_ok(pt_slice_str(siren)));
    }
    must(true);
    lint_all(bytes);
    return 0;
}
