/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * fuzz_jws.c -- JWS from anybody. Properties: no crash; without an anchor nothing is ever a yes; a
 * verdict always has a reason; OpenSSL's error queue is left empty; a content comes out only after
 * a yes.
 */
#include "poterne/pki/jws.h"

#include <openssl/err.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void judge(pt_slice text, bool has_content, pt_slice content)
{
    const struct pt_trust trust = {.level = PT_RGS_1};
    struct pt_verdict verdict;
    struct pt_buf out;
    const struct pt_jws_check check = {.jws = text,
                                       .has_content = has_content,
                                       .content = content,
                                       .trust = &trust,
                                       .now = 1795478400};
    pt_buf_init(&out, 4096U);
    must(pt_ok(pt_jws_verify(&check, &verdict)));
    must(!pt_verdict_ok(&verdict) && verdict.reason != PT_REASON_NONE);
    must(!pt_ok(pt_jws_content(&check, &verdict, &out)) && out.len == 0U);
    must(ERR_peek_error() == 0U);
    pt_verdict_done(&verdict);
    pt_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pt_slice text = pt_slice_of(data, size);
    judge(text, false, PT_SLICE_EMPTY);
    judge(text, true, PT_SLICE("contenu"));
    return 0;
}
