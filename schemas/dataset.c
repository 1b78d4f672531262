/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * dataset.c -- questions about one dataset: where a pointer leads, whether arguments fit.
 * Layer 1 (schemas). No allocation, no state.
 */
#include "poterne/schemas/dataset.h"

#include "poterne/base/limits.h"

const char *pt_class_name(enum pt_class class_)
{
    static const char *const names[] = {"public", "personal", "sensitive"};
    return (unsigned)class_ < PT_COUNT(names) ? names[class_] : "";
}

const char *pt_type_name(enum pt_type type)
{
    switch (type) {
    case PT_TYPE_STRING:
        return "string";
    case PT_TYPE_NUMBER:
        return "number";
    case PT_TYPE_INTEGER:
        return "integer";
    case PT_TYPE_BOOLEAN:
        return "boolean";
    case PT_TYPE_OBJECT:
        return "object";
    case PT_TYPE_ARRAY:
        return "array";
    default:
        return NULL;
    }
}

const struct pt_node *pt_node_member(const struct pt_node *node, pt_slice name)
{
    size_t low = 0U;
    size_t high = node->nmembers;
    while (low < high) {
        const size_t middle = low + (high - low) / 2U;
        const int order = pt_slice_cmp(name, node->members[middle].name);
        if (order == 0) {
            return &node->members[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1U;
        }
    }
    return NULL;
}

/* RFC 6901 4: ~1 is '/', ~0 is '~', nothing else may follow '~'. */
static PT_RESULT unescape(pt_slice token, char *out, size_t max, size_t *ret_len)
{
    size_t len = 0U;
    for (size_t i = 0U; i < token.len; i++) {
        char c = token.ptr[i];
        if (c == '~') {
            PT_ENSURE(i + 1U < token.len, PT_E_SYNTAX);
            i++;
            PT_ENSURE(token.ptr[i] == '0' || token.ptr[i] == '1', PT_E_SYNTAX);
            c = token.ptr[i] == '0' ? '~' : '/';
        }
        PT_ENSURE(len < max, PT_E_SYNTAX);
        out[len++] = c;
    }
    *ret_len = len;
    return PT_SUCCESS;
}

/* @node NULL: an earlier step led nowhere, and the rest is only checked for its form. */
static PT_RESULT step(const struct pt_node *node, pt_slice token, const struct pt_node **ret)
{
    char name[PT_POINTER_MAX];
    size_t len = 0U;
    PT_TRY(unescape(token, name, sizeof(name), &len));
    *ret = NULL;
    if (node != NULL) {
        *ret = pt_node_member(node, pt_slice_of(name, len));
    }
    if (node != NULL && *ret == NULL && pt_slice_eq(token, PT_SLICE("*"))) {
        *ret = node->items;
    }
    return PT_SUCCESS;
}

PT_RESULT pt_dataset_find(const struct pt_dataset *dataset, pt_slice pointer,
                          const struct pt_node **ret_node)
{
    PT_ENSURE(dataset != NULL && ret_node != NULL, PT_E_ARG);
    PT_ENSURE(pointer.len <= PT_POINTER_MAX, PT_E_SYNTAX);
    PT_ENSURE(pointer.len == 0U || pointer.ptr[0] == '/', PT_E_SYNTAX);
    const struct pt_node *node = dataset->root;
    pt_slice rest = pt_slice_from(pointer, 1U);
    for (bool more = pointer.len > 0U; more;) {
        more = pt_slice_find(rest, '/') < rest.len;
        const struct pt_node *next = NULL;
        PT_TRY(step(node, pt_slice_cut(&rest, '/'), &next));
        node = next;
    }
    PT_ENSURE(node != NULL, PT_E_ABSENT);
    *ret_node = node;
    return PT_SUCCESS;
}

void pt_node_pointer(const struct pt_node *node, struct pt_buf *out)
{
    if (node == NULL || node->parent == NULL) {
        return;
    }
    pt_node_pointer(node->parent, out);
    pt_buf_put_byte(out, '/');
    if (node == node->parent->items) {
        pt_buf_put_byte(out, '*');
        return;
    }
    for (size_t i = 0U; i < node->name.len; i++) {
        const char c = node->name.ptr[i];
        if (c == '~' || c == '/') {
            pt_buf_put_str(out, c == '~' ? "~0" : "~1");
        } else {
            pt_buf_put_byte(out, c);
        }
    }
}

PT_RESULT pt_param_check(const struct pt_param *param, pt_slice value)
{
    PT_ENSURE(param != NULL, PT_E_ARG);
    for (size_t i = 0U; i < param->nvalues; i++) {
        if (pt_slice_eq(param->values[i], value)) {
            return PT_SUCCESS;
        }
    }
    PT_ENSURE(param->format != PT_FORMAT_ENUM, PT_E_SYNTAX);
    return pt_format_check(param->format, value);
}

static size_t count_args(const struct pt_arg *args, size_t n, pt_slice name)
{
    size_t count = 0U;
    for (size_t i = 0U; i < n; i++) {
        count += pt_slice_eq(args[i].name, name) ? 1U : 0U;
    }
    return count;
}

static const struct pt_param *find_param(const struct pt_dataset *dataset, pt_slice name)
{
    for (size_t i = 0U; i < dataset->nparams; i++) {
        if (pt_slice_eq(dataset->params[i].name, name)) {
            return &dataset->params[i];
        }
    }
    return NULL;
}

static bool arg_fits(const struct pt_dataset *dataset, const struct pt_arg *arg,
                     pt_slice *ret_param)
{
    const struct pt_param *param = find_param(dataset, arg->name);
    *ret_param = param != NULL ? param->name : arg->name;
    return param != NULL && pt_ok(pt_param_check(param, arg->value));
}

PT_RESULT pt_dataset_check_args(const struct pt_dataset *dataset, const struct pt_arg *args,
                                size_t n, pt_slice *ret_param)
{
    PT_ENSURE(dataset != NULL && ret_param != NULL && (n == 0U || args != NULL), PT_E_ARG);
    for (size_t i = 0U; i < dataset->nparams; i++) {
        const struct pt_param *param = &dataset->params[i];
        const size_t given = count_args(args, n, param->name);
        if (given > 1U || (given == 0U && param->required)) {
            *ret_param = param->name;
            return PT_FAIL(PT_E_SCHEMA);
        }
    }
    for (size_t i = 0U; i < n; i++) {
        pt_slice culprit = PT_SLICE_EMPTY;
        if (!arg_fits(dataset, &args[i], &culprit)) {
            *ret_param = culprit;
            return PT_FAIL(PT_E_SCHEMA);
        }
    }
    return PT_SUCCESS;
}
