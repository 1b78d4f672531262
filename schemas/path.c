/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path.c -- what a path template may be. Layer 1 (schemas).
 */
#include "schemas/path_int.h"

#include "poterne/base/limits.h"

static bool safe(pt_slice text, const char *also)
{
    for (size_t i = 0U; i < text.len; i++) {
        const char c = text.ptr[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && (c == '\0' || strchr(also, c) == NULL)) {
            return false;
        }
    }
    return text.len > 0U;
}

bool pt_path_template_valid(pt_slice path)
{
    struct pt_path_cursor cursor = pt_path_begin(path);
    pt_slice segment = PT_SLICE_EMPTY;
    size_t n = 0U;
    while (pt_path_next(&cursor, &segment)) {
        const bool is_param = pt_path_is_param(segment);
        if (!safe(is_param ? pt_path_param(segment) : segment, is_param ? "_-" : "_-.")) {
            return false;
        }
        n++;
    }
    return n > 0U && n <= PT_DATASET_SEGMENTS_MAX;
}
