/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A receipt from anybody: parsed, its extra line opened, judged. What parses can be written again
 * with the same bytes.
 */
#include "audit/proof_int.h"
#include "poterne/audit/verify.h"
#include "poterne/base/limits.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_extra(const struct pt_proof *proof)
{
    struct pt_buf json;
    struct pt_buf leaf;
    pt_slice rest;
    pt_slice disclosure;
    char commitment[43];

    pt_buf_init(&json, PT_RECEIPT_MAX);
    pt_buf_init(&leaf, PT_RECEIPT_MAX);
    pt_status st = pt_extra_open(proof->extra, &json, &leaf, &rest);
    while (pt_ok(st) && rest.len != 0U) {
        st = pt_disclosure_next(&rest, &disclosure);
        if (pt_ok(st)) {
            pt_disclosure_commitment(disclosure, commitment);
        }
    }
    pt_buf_done(&json);
    pt_buf_done(&leaf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char KEY[] =
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n";
    const pt_slice text = pt_slice_of(data, size);
    struct pt_proof proof;
    struct pt_verdict verdict;

    if (pt_ok(pt_proof_parse(text, &proof))) {
        open_extra(&proof);
    }
    if (pt_ok(pt_verify_receipt(text, pt_slice_str(KEY), &verdict)) && verdict.ok) {
        abort(); /* that key never signed a checkpoint of its own name */
    }
    return 0;
}
