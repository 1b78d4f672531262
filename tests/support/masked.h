/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * masked.h -- a tree, a mask and a walk in three lines, for the tests of schemas/.
 */
#ifndef PT_TEST_MASKED_H
#define PT_TEST_MASKED_H

#include <stdio.h>
#include <stdlib.h>

#include "poterne/schemas/walk.h"
#include "tests/support/tree.h"

struct masked {
    struct tree tree;
    struct pt_mask *mask;
    struct pt_buf out;
    struct pt_walk_report report;
    pt_status status;
};

/** @fields is one text: pointers separated by spaces. Aborts when they are no mask. */
static inline void masked_open(struct masked *m, const char *tree, const char *fields)
{
    pt_slice pointers[PT_MASK_FIELDS_MAX];
    size_t n = 0U;
    size_t bad = 0U;
    pt_slice rest = pt_slice_str(fields);
    while (rest.len > 0U) {
        size_t len = 0U;
        while (len < rest.len && rest.ptr[len] != ' ') {
            len++;
        }
        pointers[n++] = pt_slice_head(rest, len);
        rest = pt_slice_from(rest, len + 1U);
    }
    const pt_status st = pt_mask_new(tree_init(&m->tree, tree), pointers, n, &m->mask, &bad);
    if (!pt_ok(st)) {
        (void)fprintf(stderr, "masked_open: pointer %zu of \"%s\"\n", bad, fields);
        abort();
    }
    pt_buf_init(&m->out, PT_FETCH_BODY_MAX);
}

/** The code of the walk; the rest is in @m. */
static inline uint32_t masked_walk(struct masked *m, pt_slice json)
{
    pt_buf_clear(&m->out);
    m->status = pt_walk(&m->tree.dataset, m->mask, json, &m->out, &m->report);
    return m->status.code;
}

static inline void masked_close(struct masked *m)
{
    m->mask = pt_mask_free(m->mask);
    pt_buf_done(&m->out);
}

static inline bool masked_hit(const struct masked *m, size_t pointer)
{
    return ((m->report.hit[pointer / 64U] >> (pointer % 64U)) & 1U) != 0U;
}

#endif /* PT_TEST_MASKED_H */
