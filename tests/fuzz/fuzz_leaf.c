/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A leaf that is accepted is its own canonical form: no byte of it can be left out.
 */
#include "audit/leaf_read_int.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pt_leaf leaf;
    const pt_slice text = pt_slice_of(data, size);

    if (!pt_ok(pt_leaf_read(text, &leaf))) {
        return 0;
    }
    if (leaf.seq > 9007199254740991ULL || !pt_leaf_commits(&leaf, leaf.commitments[7]) ||
        pt_ok(pt_leaf_read(pt_slice_head(text, size - 1U), &leaf)) ||
        pt_ok(pt_leaf_read(pt_slice_from(text, 1U), &leaf))) {
        abort();
    }
    return 0;
}
