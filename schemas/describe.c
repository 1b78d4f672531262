/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * describe.c -- the one text of a descriptor: keys in a fixed order, members sorted, one place
 * a line, so that two imports of the same file are the same bytes and a change is a line.
 * Layer 1 (schemas).
 */
#include "schemas/import_int.h"

#include "poterne/base/limits.h"

struct writer {
    struct pt_arena *arena;
    struct pt_buf *out;
    unsigned indent;
};

static void new_line(struct writer *w)
{
    pt_buf_put_byte(w->out, '\n');
    for (unsigned i = 0U; i < w->indent; i++) {
        pt_buf_put_str(w->out, "  ");
    }
}

static void put_key(struct writer *w, const char *key, bool first)
{
    if (!first) {
        pt_buf_put_str(w->out, ", ");
    }
    pt_buf_put_json(w->out, pt_slice_str(key));
    pt_buf_put_str(w->out, ": ");
}

/* A value on one line: text, number, boolean, or a list of them. */
static void put_flat(struct writer *w, json_t *json)
{
    if (json_is_string(json)) {
        pt_buf_put_json(w->out, pt_slice_of(json_string_value(json), json_string_length(json)));
    } else if (json_is_integer(json)) {
        pt_buf_put_u64(w->out, (uint64_t)json_integer_value(json));
    } else if (json_is_array(json)) {
        pt_buf_put_byte(w->out, '[');
        for (size_t i = 0U; i < json_array_size(json); i++) {
            pt_buf_put_str(w->out, i > 0U ? ", " : "");
            put_flat(w, json_array_get(json, i));
        }
        pt_buf_put_byte(w->out, ']');
    } else {
        pt_buf_put_str(w->out, json_is_true(json) ? "true" : "false");
    }
}

static void put_members_flat(struct writer *w, json_t *json, const char *const *keys, size_t n)
{
    bool first = true;
    pt_buf_put_byte(w->out, '{');
    for (size_t i = 0U; i < n; i++) {
        json_t *value = json_object_get(json, keys[i]);
        if (value != NULL) {
            put_key(w, keys[i], first);
            put_flat(w, value);
            first = false;
        }
    }
    pt_buf_put_byte(w->out, '}');
}

static PT_RESULT put_place(struct writer *w, json_t *node);

static PT_RESULT put_members(struct writer *w, json_t *members)
{
    const char **names = NULL;
    const size_t n = json_object_size(members);
    PT_TRY(pt_json_keys(w->arena, members, &names));
    pt_buf_put_str(w->out, ", \"members\": {");
    w->indent++;
    for (size_t i = 0U; i < n; i++) {
        pt_buf_put_str(w->out, i > 0U ? "," : "");
        new_line(w);
        put_key(w, names[i], true);
        PT_TRY(put_place(w, json_object_get(members, names[i])));
    }
    w->indent--;
    if (n > 0U) {
        new_line(w);
    }
    pt_buf_put_byte(w->out, '}');
    return PT_SUCCESS;
}

/* A single type is written as a text, several as a list. */
static void put_type(struct writer *w, json_t *types)
{
    put_key(w, "type", true);
    put_flat(w, json_array_size(types) == 1U ? json_array_get(types, 0U) : types);
}

static PT_RESULT put_place(struct writer *w, json_t *node)
{
    static const char *const keys[] = {"nullable", "required", "class"};
    json_t *members = json_object_get(node, "members");
    json_t *items = json_object_get(node, "items");
    pt_buf_put_byte(w->out, '{');
    put_type(w, json_object_get(node, "type"));
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        json_t *value = json_object_get(node, keys[i]);
        if (value != NULL) {
            put_key(w, keys[i], false);
            put_flat(w, value);
        }
    }
    if (members != NULL) {
        PT_TRY(put_members(w, members));
    }
    if (items != NULL) {
        put_key(w, "items", false);
        PT_TRY(put_place(w, items));
    }
    pt_buf_put_byte(w->out, '}');
    return PT_SUCCESS;
}

static void put_params(struct writer *w, json_t *params)
{
    static const char *const keys[] = {"name", "in", "required", "format", "values"};
    pt_buf_put_byte(w->out, '[');
    w->indent++;
    for (size_t i = 0U; i < json_array_size(params); i++) {
        pt_buf_put_str(w->out, i > 0U ? "," : "");
        new_line(w);
        put_members_flat(w, json_array_get(params, i), keys, PT_COUNT(keys));
    }
    w->indent--;
    if (json_array_size(params) > 0U) {
        new_line(w);
    }
    pt_buf_put_byte(w->out, ']');
}

static PT_RESULT put_value(struct writer *w, const char *key, json_t *value)
{
    static const char *const quota_keys[] = {"bucket", "limit", "period_s"};
    if (strcmp(key, "params") == 0) {
        put_params(w, value);
    } else if (strcmp(key, "quota") == 0) {
        put_members_flat(w, value, quota_keys, PT_COUNT(quota_keys));
    } else if (strcmp(key, "response") == 0) {
        return put_place(w, value);
    } else {
        put_flat(w, value);
    }
    return PT_SUCCESS;
}

static PT_RESULT describe(struct writer *w, json_t *descriptor)
{
    static const char *const keys[] = {"id",       "api",        "path",    "title",
                                       "provider", "deprecated", "params",  "scopes",
                                       "quota",    "cache",      "subject", "response"};
    bool first = true;
    pt_buf_put_byte(w->out, '{');
    w->indent = 1U;
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        json_t *value = json_object_get(descriptor, keys[i]);
        if (value == NULL) {
            continue;
        }
        pt_buf_put_str(w->out, first ? "" : ",");
        first = false;
        new_line(w);
        put_key(w, keys[i], true);
        PT_TRY(put_value(w, keys[i], value));
    }
    pt_buf_put_str(w->out, "\n}\n");
    return pt_buf_status(w->out);
}

PT_RESULT pt_describe(json_t *descriptor, struct pt_buf *out)
{
    struct writer w = {.out = out};
    PT_TRY(pt_arena_new(PT_DATASET_FILE_MAX, &w.arena));
    const pt_status st = describe(&w, descriptor);
    w.arena = pt_arena_free(w.arena);
    return st;
}
