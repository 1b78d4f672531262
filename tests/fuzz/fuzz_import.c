/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Any bytes as the State's OpenAPI file: refused with a reason, or descriptors that load and
 * that are the same text when they are compared with themselves.
 */
#include "poterne/schemas/import.h"

#include "poterne/base/limits.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct pt_import *import, size_t i)
{
    struct pt_buf text;
    struct pt_buf lines;
    uint32_t changes = 1U;
    pt_buf_init(&text, PT_DATASET_FILE_MAX);
    pt_buf_init(&lines, PT_DATASET_FILE_MAX);
    if (!pt_ok(pt_import_text(import, i, &text)) ||
        !pt_ok(pt_import_diff(pt_buf_slice(&text), pt_buf_slice(&text), &lines, &changes)) ||
        changes != 0U || lines.len != 0U) {
        abort();
    }
    pt_buf_done(&lines);
    pt_buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pt_import *import = NULL;
    struct pt_buf why;
    const struct pt_import_source source = {
        .api = PT_SLICE("entreprise"),
        .openapi_name = PT_SLICE("x"),
        .openapi = pt_slice_of(data, size),
    };
    pt_buf_init(&why, 1024U * 1024U);
    const pt_status st = pt_import_new(&source, &why, &import);
    if (!pt_ok(st) && st.code != (uint32_t)PT_E_NOMEM && why.len == 0U) {
        abort();
    }
    for (size_t i = 0U; i < pt_import_count(import); i++) {
        check_text(import, i);
    }
    import = pt_import_free(import);
    pt_buf_done(&why);
    return 0;
}
