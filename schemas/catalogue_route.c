/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * catalogue_route.c -- from the path of a request to a dataset and its path parameters.
 *
 * The routes are sorted by segments, parameters after all literals: a range of routes that
 * share their first segments is a node of a tree that needs no memory of its own. Each segment
 * narrows the range by bisection; where the literal leads nowhere, the parameter is tried.
 * Layer 1 (schemas). No allocation but the decoded values, in the caller's arena.
 */
#include "schemas/catalogue_int.h"

#include "poterne/base/codec.h"
#include "poterne/base/num.h"
#include "schemas/path_int.h"

#define SEGMENTS_MAX (PT_DATASET_SEGMENTS_MAX + 1U)

static int compare_segments(pt_slice a, pt_slice b)
{
    const bool param_a = pt_path_is_param(a);
    const bool param_b = pt_path_is_param(b);
    if (param_a != param_b) {
        return param_a ? 1 : -1;
    }
    return param_a ? 0 : pt_slice_cmp(a, b);
}

int pt_route_compare(const struct pt_route *a, const struct pt_route *b)
{
    for (size_t i = 0U; i < a->n && i < b->n; i++) {
        const int order = compare_segments(a->segments[i], b->segments[i]);
        if (order != 0) {
            return order;
        }
    }
    return a->n == b->n ? 0 : (a->n < b->n ? -1 : 1);
}

/* Append the segments of @path; @segments has room for SEGMENTS_MAX. @return false: too many. */
static bool cut(pt_slice path, pt_slice *segments, size_t *inout_n)
{
    struct pt_path_cursor cursor = pt_path_begin(path);
    pt_slice segment = PT_SLICE_EMPTY;
    while (pt_path_next(&cursor, &segment)) {
        if (*inout_n >= SEGMENTS_MAX) {
            return false;
        }
        segments[(*inout_n)++] = segment;
    }
    return *inout_n > 1U;
}

PT_RESULT pt_route_make(struct pt_arena *arena, const struct pt_dataset *dataset,
                        struct pt_route *ret)
{
    pt_slice *segments = pt_arena_alloc(arena, SEGMENTS_MAX * sizeof(*segments));
    PT_ENSURE(segments != NULL, PT_E_NOMEM);
    size_t n = 1U;
    segments[0] = dataset->api;
    PT_ENSURE(cut(dataset->path, segments, &n), PT_E_SCHEMA);
    *ret = (struct pt_route){.dataset = dataset, .segments = segments, .n = n};
    return PT_SUCCESS;
}

/* What is asked: the segments of a request. */
struct asked {
    const struct pt_route *routes;
    const pt_slice *segments;
    size_t n;
};

/* Routes of [low, high) whose segment @depth stands before @literal (or before every parameter
 * when @literal is NULL) come first: their end. */
static size_t bound(const struct asked *asked, size_t depth, size_t low, size_t high,
                    const pt_slice *literal)
{
    while (low < high) {
        const size_t middle = low + (high - low) / 2U;
        const struct pt_route *route = &asked->routes[middle];
        bool before = route->n <= depth;
        if (!before && !pt_path_is_param(route->segments[depth])) {
            before = literal == NULL || pt_slice_cmp(route->segments[depth], *literal) < 0;
        }
        if (before) {
            low = middle + 1U;
        } else {
            high = middle;
        }
    }
    return low;
}

static size_t bound_after(const struct asked *asked, size_t depth, size_t low, size_t high)
{
    const pt_slice literal = asked->segments[depth];
    while (low < high && !pt_path_is_param(asked->routes[low].segments[depth]) &&
           pt_slice_eq(asked->routes[low].segments[depth], literal)) {
        low++;
    }
    return low;
}

static const struct pt_route *match(const struct asked *asked, size_t depth, size_t low,
                                    size_t high)
{
    if (low >= high) {
        return NULL;
    }
    if (depth == asked->n) {
        /* Of routes that share all these segments, the shortest is the first. */
        return asked->routes[low].n == depth ? &asked->routes[low] : NULL;
    }
    const pt_slice *literal = &asked->segments[depth];
    const size_t first = bound(asked, depth, low, high, literal);
    const struct pt_route *found =
        match(asked, depth + 1U, first, bound_after(asked, depth, first, high));
    if (found == NULL && depth > 0U) {
        found = match(asked, depth + 1U, bound(asked, depth, low, high, NULL), high);
    }
    return found;
}

/* RFC 3986 2.1, strictly: '%' and two hexadecimal digits, nothing else begins with '%'. */
static PT_RESULT decode(pt_slice raw, char *out, size_t *ret_len)
{
    size_t len = 0U;
    for (size_t i = 0U; i < raw.len; i++) {
        uint64_t byte = (unsigned char)raw.ptr[i];
        if (raw.ptr[i] == '%') {
            PT_ENSURE(raw.len - i > 2U, PT_E_SYNTAX);
            PT_TRY(pt_num_hex(pt_slice_of(raw.ptr + i + 1U, 2U), UINT8_MAX, &byte));
            i += 2U;
        }
        PT_ENSURE(byte >= 0x20U && byte != 0x7fU && byte != '/', PT_E_SYNTAX);
        out[len++] = (char)(unsigned char)byte;
    }
    *ret_len = len;
    return PT_SUCCESS;
}

static PT_RESULT decode_param(struct pt_arena *arena, pt_slice raw, pt_slice *ret)
{
    char *text = pt_arena_alloc(arena, raw.len + 1U);
    PT_ENSURE(text != NULL, PT_E_NOMEM);
    size_t len = 0U;
    PT_TRY(decode(raw, text, &len));
    const pt_slice value = pt_slice_of(text, len);
    PT_ENSURE(len > 0U && pt_utf8_valid(value), PT_E_SYNTAX);
    /* Whoever normalises the State's URL would walk up with these. */
    PT_ENSURE(!pt_slice_eq(value, PT_SLICE(".")) && !pt_slice_eq(value, PT_SLICE("..")),
              PT_E_SYNTAX);
    *ret = value;
    return PT_SUCCESS;
}

static PT_RESULT decode_params(const struct pt_route *route, const pt_slice *segments,
                               struct pt_arena *arena, struct pt_arg *params, size_t *ret_n)
{
    size_t n = 0U;
    for (size_t i = 1U; i < route->n; i++) {
        if (pt_path_is_param(route->segments[i])) {
            params[n].name = pt_path_param(route->segments[i]);
            PT_TRY(decode_param(arena, segments[i], &params[n].value));
            n++;
        }
    }
    *ret_n = n;
    return PT_SUCCESS;
}

PT_RESULT pt_catalogue_route(const struct pt_catalogue *catalogue, pt_slice path,
                             struct pt_arena *arena, const struct pt_dataset **ret_dataset,
                             struct pt_arg *args, size_t *inout_nargs)
{
    PT_ENSURE(catalogue != NULL && catalogue->sealed && arena != NULL && ret_dataset != NULL &&
                  inout_nargs != NULL,
              PT_E_ARG);
    pt_slice segments[SEGMENTS_MAX];
    size_t n = 0U;
    PT_ENSURE(cut(path, segments, &n), PT_E_ABSENT);
    const struct asked asked = {.routes = catalogue->routes, .segments = segments, .n = n};
    const struct pt_route *route = match(&asked, 0U, 0U, catalogue->count);
    PT_ENSURE(route != NULL, PT_E_ABSENT);
    struct pt_arg params[SEGMENTS_MAX];
    size_t nparams = 0U;
    PT_TRY(decode_params(route, segments, arena, params, &nparams));
    PT_ENSURE(nparams <= *inout_nargs && (nparams == 0U || args != NULL), PT_E_LIMIT);
    for (size_t i = 0U; i < nparams; i++) {
        args[i] = params[i];
    }
    *inout_nargs = nparams;
    *ret_dataset = route->dataset;
    return PT_SUCCESS;
}
