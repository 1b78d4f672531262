/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A CMS from anybody, judged with no authority believed. Holds: no yes, nothing covered, a reason
 * that says why, and a verdict that can be written.
 */
#include "poterne/pki/cms.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pt_trust trust = {.level = (enum pt_rgs_level)1};
    const struct pt_cms_check check = {
        .cms = pt_slice_of(data, size),
        .has_content = size % 2U == 0U,
        .content = PT_SLICE("content"),
        .trust = &trust,
        .now = 1795478400,
    };
    struct pt_verdict verdict;
    struct pt_buf out;
    uint8_t imprint[PT_DIGEST_MAX];
    size_t len = 0U;
    pt_buf_init(&out, 65536U);
    const pt_status st = pt_cms_verify(&check, &verdict);
    if (pt_verdict_ok(&verdict) || verdict.coverage != PT_COVERS_NOTHING ||
        (pt_ok(st) && verdict.reason == PT_REASON_NONE) ||
        !pt_ok(pt_verdict_json(&verdict, &out))) {
        abort();
    }
    if (pt_ok(pt_cades_imprint(check.cms, PT_SEAL_SHA256, imprint, &len)) && len != 32U) {
        abort();
    }
    pt_verdict_done(&verdict);
    pt_buf_done(&out);
    return 0;
}
