/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A time-stamp answer or token from anybody, judged as stored and as the answer to a question, with
 * no authority believed. Holds: no yes, no token handed on, a reason that says why.
 */
#include "poterne/pki/tsp.h"

#include <stdlib.h>

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pt_trust trust = {.level = (enum pt_rgs_level)1};
    const struct pt_tsr_check check = {
        .tsr = pt_slice_of(data, size),
        .has_content = true,
        .content = PT_SLICE("content"),
        .trust = &trust,
        .now = 1795478400,
    };
    const struct pt_tsp_ask ask = {.digest = PT_SEAL_SHA256, .imprint_len = 32U, .nonce = {0x41}};
    const struct pt_tsp_window window = {.sent = 1795478400, .received = 1795478401};
    struct pt_verdict verdict;
    struct pt_buf token;
    pt_buf_init(&token, PT_TSR_MAX);
    const pt_status stored = pt_tsr_verify(&check, &verdict);
    must(!pt_verdict_ok(&verdict) && (!pt_ok(stored) || verdict.reason != PT_REASON_NONE));
    pt_verdict_done(&verdict);
    const pt_status fresh =
        pt_tsp_accept(&ask, &window, &trust, pt_slice_of(data, size), &verdict, &token);
    must(!pt_verdict_ok(&verdict) && (!pt_ok(fresh) || verdict.reason != PT_REASON_NONE));
    must(token.len == 0U);
    pt_verdict_done(&verdict);
    pt_buf_done(&token);
    return 0;
}
