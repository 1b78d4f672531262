/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * fuzz_asice.c -- containers from anybody. Properties: no crash; what was unpacked stays within the
 * limits; no name leaves the container; without an anchor nothing is ever a yes.
 */
#include "pki/asice_int.h"

#include <openssl/err.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void unpack(pt_slice container)
{
    struct pt_asice_zip zip;
    if (pt_ok(pt_asice_zip_read(container, &zip))) {
        must(zip.n > 0U && zip.n <= PT_ASICE_ENTRIES_MAX);
        must(zip.bytes.len <= PT_ASICE_CONTENT_MAX);
        for (size_t i = 0U; i < zip.n; i++) {
            const pt_slice name = zip.entries[i].name;
            must(name.len > 0U && name.ptr[0] != '/');
            must(memmem(name.ptr, name.len, "..", 2U) == NULL);
        }
    }
    pt_asice_zip_done(&zip);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pt_slice container = pt_slice_of(data, size);
    const struct pt_trust trust = {.level = PT_RGS_1};
    struct pt_verdict verdict;
    const struct pt_asice_check check = {
        .container = container, .trust = &trust, .now = 1795478400};
    unpack(container);
    must(pt_ok(pt_asice_verify(&check, &verdict)));
    must(!pt_verdict_ok(&verdict) && verdict.reason != PT_REASON_NONE);
    must(ERR_peek_error() == 0U);
    pt_verdict_done(&verdict);
    return 0;
}
