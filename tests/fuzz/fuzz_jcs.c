/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The canonical form is a fixed point: whatever is accepted gives a text that is its own
 * canonical form, byte for byte.
 */
#include "poterne/schemas/jcs.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pt_buf once;
    struct pt_buf twice;
    pt_buf_init(&once, 4U * 1024U * 1024U);
    pt_buf_init(&twice, 4U * 1024U * 1024U);
    if (pt_ok(pt_jcs(pt_slice_of(data, size), &once))) {
        const pt_status st = pt_jcs(pt_buf_slice(&once), &twice);
        if (!pt_ok(st) || !pt_slice_eq(pt_buf_slice(&once), pt_buf_slice(&twice))) {
            abort();
        }
    }
    pt_buf_done(&twice);
    pt_buf_done(&once);
    return 0;
}
