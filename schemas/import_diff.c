/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * import_diff.c -- what changed from one descriptor to the next, one line a fact.
 * Layer 1 (schemas).
 */
#include "schemas/import_int.h"

#include "poterne/base/limits.h"
#include "schemas/json_int.h"

struct diff {
    struct pt_arena *arena;
    struct pt_buf *out;
    uint32_t changes;
};

static void put_pointer(struct pt_buf *out, const struct pt_at *at)
{
    if (at != NULL && at->key != NULL) {
        put_pointer(out, at->up);
        pt_buf_put_byte(out, '/');
        pt_buf_put_str(out, at->key);
    }
}

static void put_value(struct pt_buf *out, json_t *value)
{
    if (json_is_string(value)) {
        pt_buf_put(out, pt_slice_of(json_string_value(value), json_string_length(value)));
    } else if (json_is_integer(value)) {
        pt_buf_put_u64(out, (uint64_t)json_integer_value(value));
    } else if (json_is_array(value)) {
        for (size_t i = 0U; i < json_array_size(value); i++) {
            pt_buf_put_str(out, i > 0U ? "|" : "");
            put_value(out, json_array_get(value, i));
        }
        pt_buf_put_str(out, json_array_size(value) == 0U ? "(rien)" : "");
    } else if (json_is_object(value)) {
        const char *separator = "";
        for (void *it = json_object_iter(value); it != NULL;
             it = json_object_iter_next(value, it)) {
            pt_buf_put_str(out, separator);
            put_value(out, json_object_iter_value(it));
            separator = " ";
        }
    } else {
        pt_buf_put_str(out, json_is_true(value) ? "oui" : value == NULL ? "(rien)" : "non");
    }
}

static void begin(struct diff *d, char sign, const struct pt_at *at)
{
    d->changes++;
    pt_buf_put_byte(d->out, sign);
    pt_buf_put_byte(d->out, ' ');
    put_pointer(d->out, at);
}

static void changed(struct diff *d, const struct pt_at *at, const char *what, json_t *from,
                    json_t *to)
{
    begin(d, '~', at);
    pt_buf_put_str(d->out, at != NULL ? " " : "");
    pt_buf_put_str(d->out, what);
    pt_buf_put_str(d->out, ": ");
    put_value(d->out, from);
    pt_buf_put_str(d->out, " -> ");
    put_value(d->out, to);
    pt_buf_put_byte(d->out, '\n');
}

static bool same(json_t *a, json_t *b)
{
    return (a == NULL && b == NULL) || (a != NULL && b != NULL && json_equal(a, b) == 1);
}

/* A flag that is absent is false. */
static json_t *attribute(json_t *node, const char *key)
{
    json_t *value = json_object_get(node, key);
    const bool flag = strcmp(key, "nullable") == 0 || strcmp(key, "required") == 0;
    return value == NULL && flag ? json_false() : value;
}

static void put_attributes(struct diff *d, json_t *node)
{
    pt_buf_put_byte(d->out, ' ');
    put_value(d->out, json_object_get(node, "type"));
    if (json_is_true(json_object_get(node, "nullable"))) {
        pt_buf_put_str(d->out, " nullable");
    }
    if (json_is_true(json_object_get(node, "required"))) {
        pt_buf_put_str(d->out, " obligatoire");
    }
    const char *class_ = json_string_value(json_object_get(node, "class"));
    if (class_ != NULL) {
        pt_buf_put_byte(d->out, ' ');
        pt_buf_put_str(d->out, class_);
    }
}

static PT_RESULT compare_places(struct diff *d, const struct pt_at *at, json_t *from, json_t *to);

/* The members of one side; on the second pass only those the first did not have. */
static PT_RESULT compare_members(struct diff *d, const struct pt_at *at, json_t *from, json_t *to,
                                 bool second)
{
    json_t *side = second ? to : from;
    const char **names = NULL;
    PT_TRY(pt_json_keys(d->arena, side, &names));
    for (size_t i = 0U; i < json_object_size(side); i++) {
        const struct pt_at member = {at, names[i]};
        json_t *old = json_object_get(from, names[i]);
        if (second && old != NULL) {
            continue;
        }
        PT_TRY(compare_places(d, &member, old, json_object_get(to, names[i])));
    }
    return PT_SUCCESS;
}

static PT_RESULT compare_children(struct diff *d, const struct pt_at *at, json_t *from, json_t *to)
{
    const struct pt_at items = {at, "*"};
    json_t *before = json_object_get(from, "members");
    json_t *after = json_object_get(to, "members");
    PT_TRY(compare_members(d, at, before, after, false));
    PT_TRY(compare_members(d, at, before, after, true));
    return compare_places(d, &items, json_object_get(from, "items"), json_object_get(to, "items"));
}

static PT_RESULT compare_places(struct diff *d, const struct pt_at *at, json_t *from, json_t *to)
{
    static const char *const keys[] = {"type", "nullable", "required", "class"};
    static const char *const words[] = {"type", "nullable", "obligatoire", "classe"};
    if (from == NULL && to == NULL) {
        return PT_SUCCESS;
    }
    if (from == NULL || to == NULL) {
        begin(d, from == NULL ? '+' : '-', at);
        if (from == NULL) {
            put_attributes(d, to);
        }
        pt_buf_put_byte(d->out, '\n');
        return from == NULL ? compare_children(d, at, NULL, to) : PT_SUCCESS;
    }
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        json_t *a = attribute(from, keys[i]);
        json_t *b = attribute(to, keys[i]);
        if (!same(a, b)) {
            changed(d, at, words[i], a, b);
        }
    }
    return compare_children(d, at, from, to);
}

static json_t *param_named(json_t *params, const char *name)
{
    for (size_t i = 0U; i < json_array_size(params); i++) {
        json_t *param = json_array_get(params, i);
        const char *known = json_string_value(json_object_get(param, "name"));
        if (known != NULL && name != NULL && strcmp(known, name) == 0) {
            return param;
        }
    }
    return NULL;
}

static void put_param(struct diff *d, char sign, json_t *param)
{
    begin(d, sign, NULL);
    pt_buf_put_str(d->out, "paramètre ");
    put_value(d->out, json_object_get(param, "name"));
    pt_buf_put_byte(d->out, ' ');
    put_value(d->out, json_object_get(param, "format"));
    pt_buf_put_byte(d->out, '\n');
}

static void compare_param(struct diff *d, json_t *from, json_t *to)
{
    static const char *const keys[] = {"in", "required", "format", "values"};
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        json_t *a = json_object_get(from, keys[i]);
        json_t *b = json_object_get(to, keys[i]);
        if (!same(a, b)) {
            begin(d, '~', NULL);
            pt_buf_put_str(d->out, "paramètre ");
            put_value(d->out, json_object_get(to, "name"));
            pt_buf_put_byte(d->out, ' ');
            pt_buf_put_str(d->out, keys[i]);
            pt_buf_put_str(d->out, ": ");
            put_value(d->out, a);
            pt_buf_put_str(d->out, " -> ");
            put_value(d->out, b);
            pt_buf_put_byte(d->out, '\n');
        }
    }
}

static void compare_params(struct diff *d, json_t *from, json_t *to)
{
    for (size_t i = 0U; i < json_array_size(from); i++) {
        json_t *param = json_array_get(from, i);
        json_t *other = param_named(to, json_string_value(json_object_get(param, "name")));
        if (other == NULL) {
            put_param(d, '-', param);
        } else {
            compare_param(d, param, other);
        }
    }
    for (size_t i = 0U; i < json_array_size(to); i++) {
        json_t *param = json_array_get(to, i);
        if (param_named(from, json_string_value(json_object_get(param, "name"))) == NULL) {
            put_param(d, '+', param);
        }
    }
}

static PT_RESULT compare(struct diff *d, json_t *from, json_t *to)
{
    static const char *const keys[] = {"id",         "api",    "path",  "title", "provider",
                                       "deprecated", "scopes", "quota", "cache", "subject"};
    const struct pt_at root = {NULL, NULL};
    for (size_t i = 0U; from != NULL && i < PT_COUNT(keys); i++) {
        json_t *a = json_object_get(from, keys[i]);
        json_t *b = json_object_get(to, keys[i]);
        if (!same(a, b)) {
            changed(d, NULL, keys[i], a, b);
        }
    }
    compare_params(d, json_object_get(from, "params"), json_object_get(to, "params"));
    json_t *before = json_object_get(from, "response");
    return before != NULL ? compare_places(d, &root, before, json_object_get(to, "response"))
                          : compare_children(d, &root, NULL, json_object_get(to, "response"));
}

static PT_RESULT diff_texts(struct diff *d, pt_slice before, json_t *to)
{
    json_error_t error;
    json_t *from = NULL;
    if (before.len > 0U) {
        PT_TRY(pt_json_parse(before, 0U, &error, &from));
    }
    const pt_status st = compare(d, from, to);
    json_decref(from);
    return st;
}

static PT_RESULT diff_after(struct diff *d, pt_slice before, pt_slice after)
{
    json_error_t error;
    json_t *to = NULL;
    PT_TRY(pt_json_parse(after, 0U, &error, &to));
    const pt_status st = diff_texts(d, before, to);
    json_decref(to);
    return st;
}

PT_RESULT pt_import_diff(pt_slice before, pt_slice after, struct pt_buf *out, uint32_t *ret_changes)
{
    PT_ENSURE(out != NULL && ret_changes != NULL, PT_E_ARG);
    struct diff d = {.out = out};
    PT_TRY(pt_arena_new(PT_DATASET_FILE_MAX, &d.arena));
    const pt_status st = diff_after(&d, before, after);
    d.arena = pt_arena_free(d.arena);
    if (pt_ok(st)) {
        *ret_changes = d.changes;
    }
    return st;
}
