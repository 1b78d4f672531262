/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * jcs.c -- JSON Canonicalization Scheme (RFC 8785) over a jansson tree.
 *
 * I-JSON (RFC 7493) is what RFC 8785 starts from: duplicates are refused by jansson, as are
 * ill-formed UTF-8 and lone surrogates; U+0000 in a member name is refused too (jansson cannot
 * hold it). Every number is read as a double, whatever its spelling.
 * Layer 1 (schemas).
 */
#include "poterne/schemas/jcs.h"

#include "poterne/base/limits.h"
#include "schemas/jcs_int.h"
#include "schemas/json_int.h"

#include <stdlib.h>

struct writer {
    struct pt_buf *out;
    unsigned depth;
};

static PT_RESULT put_value(struct writer *w, json_t *json);

/* The next UTF-16 code unit of valid UTF-8. A character outside the BMP gives its high
 * surrogate: that is enough to order it among others but its own kind. */
static unsigned leading_unit(const unsigned char *c)
{
    if (c[0] < 0x80U) {
        return c[0];
    }
    if (c[0] < 0xe0U) {
        return ((c[0] & 0x1fU) << 6U) | (c[1] & 0x3fU);
    }
    if (c[0] < 0xf0U) {
        return ((c[0] & 0x0fU) << 12U) | ((c[1] & 0x3fU) << 6U) | (c[2] & 0x3fU);
    }
    return 0xd800U;
}

/* RFC 8785 3.2.3: by UTF-16 code units. That differs from the order of UTF-8 bytes only where
 * a character outside the BMP meets one from U+E000 to U+FFFF, and shows at the first byte
 * that differs. */
static int compare_utf16(const char *a, const char *b)
{
    size_t i = 0U;
    while (a[i] != '\0' && a[i] == b[i]) {
        i++;
    }
    const unsigned char x = (unsigned char)a[i];
    const unsigned char y = (unsigned char)b[i];
    if ((x & 0xc0U) != 0x80U && (y & 0xc0U) != 0x80U) {
        const unsigned p = leading_unit((const unsigned char *)a + i);
        const unsigned q = leading_unit((const unsigned char *)b + i);
        if (p != q) {
            return p < q ? -1 : 1;
        }
    }
    return x == y ? 0 : (x < y ? -1 : 1);
}

static int compare_keys(const void *a, const void *b)
{
    const char *const *x = (const char *const *)a;
    const char *const *y = (const char *const *)b;
    return compare_utf16(*x, *y);
}

static PT_RESULT put_sorted(struct writer *w, json_t *json, const char **keys, size_t n)
{
    size_t i = 0U;
    for (void *it = json_object_iter(json); it != NULL; it = json_object_iter_next(json, it)) {
        keys[i++] = json_object_iter_key(it);
    }
    qsort((void *)keys, n, sizeof(*keys), compare_keys);
    for (i = 0U; i < n; i++) {
        if (i > 0U) {
            pt_buf_put_byte(w->out, ',');
        }
        pt_buf_put_json(w->out, pt_slice_str(keys[i]));
        pt_buf_put_byte(w->out, ':');
        PT_TRY(put_value(w, json_object_get(json, keys[i])));
    }
    return PT_SUCCESS;
}

static PT_RESULT put_object(struct writer *w, json_t *json)
{
    const size_t n = json_object_size(json);
    PT_ENSURE(n <= PT_JSON_KEYS_MAX, PT_E_LIMIT);
    const char **keys = calloc(n + 1U, sizeof(*keys));
    PT_ENSURE(keys != NULL, PT_E_NOMEM);
    pt_buf_put_byte(w->out, '{');
    const pt_status st = put_sorted(w, json, keys, n);
    pt_buf_put_byte(w->out, '}');
    free((void *)keys);
    return st;
}

static PT_RESULT put_array(struct writer *w, json_t *json)
{
    pt_buf_put_byte(w->out, '[');
    for (size_t i = 0U; i < json_array_size(json); i++) {
        if (i > 0U) {
            pt_buf_put_byte(w->out, ',');
        }
        PT_TRY(put_value(w, json_array_get(json, i)));
    }
    pt_buf_put_byte(w->out, ']');
    return PT_SUCCESS;
}

static PT_RESULT put_nested(struct writer *w, json_t *json)
{
    PT_ENSURE(w->depth < PT_JSON_DEPTH_MAX, PT_E_LIMIT);
    w->depth++;
    const pt_status st = json_is_object(json) ? put_object(w, json) : put_array(w, json);
    w->depth--;
    return st;
}

static PT_RESULT put_value(struct writer *w, json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        return put_nested(w, json);
    case JSON_STRING:
        pt_buf_put_json(w->out, pt_slice_of(json_string_value(json), json_string_length(json)));
        return PT_SUCCESS;
    case JSON_INTEGER:
    case JSON_REAL:
        pt_jcs_number(json_number_value(json), w->out);
        return PT_SUCCESS;
    case JSON_TRUE:
        pt_buf_put_str(w->out, "true");
        return PT_SUCCESS;
    case JSON_FALSE:
        pt_buf_put_str(w->out, "false");
        return PT_SUCCESS;
    case JSON_NULL:
        pt_buf_put_str(w->out, "null");
        return PT_SUCCESS;
    default:
        return PT_FAIL(PT_E_ARG);
    }
}

PT_RESULT pt_jcs(pt_slice json, struct pt_buf *out)
{
    PT_ENSURE(out != NULL, PT_E_ARG);
    json_error_t error;
    json_t *tree = NULL;
    PT_TRY(pt_json_parse(json, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, &error,
                         &tree));
    struct writer w = {.out = out, .depth = 0U};
    const pt_status st = put_value(&w, tree);
    json_decref(tree);
    return pt_ok(st) ? pt_buf_status(out) : st;
}
