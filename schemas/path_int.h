/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path_int.h -- paths and path templates, segment by segment. Layer 1 (schemas), private.
 */
#ifndef SCHEMAS_PATH_INT_H
#define SCHEMAS_PATH_INT_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

struct pt_path_cursor {
    pt_slice rest;
    bool more;
};

/** The segments after the leading '/'. A path that does not begin with '/' has none. */
static inline struct pt_path_cursor pt_path_begin(pt_slice path)
{
    const bool rooted = path.len > 1U && path.ptr[0] == '/';
    return (struct pt_path_cursor){.rest = pt_slice_from(path, 1U), .more = rooted};
}

/** The next segment, maybe empty ("//" or a '/' at the end). */
static inline bool pt_path_next(struct pt_path_cursor *cursor, pt_slice *ret)
{
    if (!cursor->more) {
        return false;
    }
    cursor->more = pt_slice_find(cursor->rest, '/') < cursor->rest.len;
    *ret = pt_slice_cut(&cursor->rest, '/');
    return true;
}

static inline bool pt_path_is_param(pt_slice segment)
{
    return segment.len > 2U && segment.ptr[0] == '{' && segment.ptr[segment.len - 1U] == '}';
}

/** The name between the braces. */
static inline pt_slice pt_path_param(pt_slice segment)
{
    return pt_slice_of(segment.ptr + 1, segment.len - 2U);
}

/** A template whose segments are all a literal of safe characters or one {parameter}. */
bool pt_path_template_valid(pt_slice path);

#endif /* SCHEMAS_PATH_INT_H */
