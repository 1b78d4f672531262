/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * minimise_slow.h -- the rules of docs/minimisation.md a second time: slowly, over a jansson
 * tree, with pointers compared as text. It shares nothing with schemas/ but the descriptor, so
 * that an error has to be made twice to stay unseen (tests and fuzz_walk).
 */
#ifndef PT_TEST_MINIMISE_SLOW_H
#define PT_TEST_MINIMISE_SLOW_H

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poterne/schemas/dataset.h"

#define SLOW_FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL)

struct slow {
    const char *const *pointers;
    size_t n;
    bool hit[256];
    bool ill; /* against the descriptor */
    unsigned unknown;
    unsigned withheld;
};

static inline bool slow_under(const char *path, const char *above)
{
    const size_t len = strlen(above);
    return strncmp(path, above, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

/* Something is allowed at this place or above it. */
static inline bool slow_open(const struct slow *s, const char *path)
{
    for (size_t i = 0U; i < s->n; i++) {
        if (slow_under(path, s->pointers[i])) {
            return true;
        }
    }
    return false;
}

/* Something is allowed below: under an item, or under a member. */
static inline bool slow_leads(const struct slow *s, const struct pt_node *node, const char *path,
                              bool array)
{
    const size_t len = strlen(path);
    for (size_t i = 0U; i < s->n; i++) {
        const char *const p = s->pointers[i];
        if (slow_under(p, path) && p[len] == '/') {
            const bool item = node->items != NULL && p[len + 1U] == '*' &&
                              (p[len + 2U] == '\0' || p[len + 2U] == '/');
            if (item == array) {
                return true;
            }
        }
    }
    return false;
}

static inline bool slow_is_shell(const char *path)
{
    return strcmp(path, "/data") == 0 || strcmp(path, "/links") == 0 || strcmp(path, "/meta") == 0;
}

static inline const struct pt_node *slow_member(const struct pt_node *node, const char *name,
                                                size_t len)
{
    for (uint32_t i = 0U; i < node->nmembers; i++) {
        const pt_slice known = node->members[i].name;
        if (known.len == len && memcmp(known.ptr, name, len) == 0) {
            return &node->members[i];
        }
    }
    return NULL;
}

static inline bool slow_typed(const struct pt_node *node, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return (node->types & PT_TYPE_OBJECT) != 0;
    case JSON_ARRAY:
        return (node->types & PT_TYPE_ARRAY) != 0;
    case JSON_STRING:
        return (node->types & PT_TYPE_STRING) != 0;
    case JSON_TRUE:
    case JSON_FALSE:
        return (node->types & PT_TYPE_BOOLEAN) != 0;
    case JSON_NULL:
        return node->nullable;
    case JSON_INTEGER:
    case JSON_REAL:
    default:
        break;
    }
    const double number = json_number_value(value);
    return (node->types & PT_TYPE_NUMBER) != 0 ||
           ((node->types & PT_TYPE_INTEGER) != 0 && floor(number) == number);
}

static json_t *slow_value(struct slow *s, const struct pt_node *node, json_t *value,
                          const char *path, bool out);

static inline void slow_missing(struct slow *s, const struct pt_node *node, const json_t *value)
{
    for (uint32_t i = 0U; i < node->nmembers; i++) {
        char name[256] = {0};
        memcpy(name, node->members[i].name.ptr, node->members[i].name.len);
        s->ill |= node->members[i].required && json_object_get(value, name) == NULL;
    }
}

/* A JSON Pointer token (RFC 6901 3) behind @path; names of the test trees are short. */
static inline char *slow_path(const char *path, const char *name)
{
    char *const longer = calloc(strlen(path) + 2U * strlen(name) + 2U, 1U);
    if (longer == NULL) {
        abort();
    }
    size_t at = strlen(path);
    memcpy(longer, path, at);
    longer[at++] = '/';
    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/') {
            longer[at++] = '~';
            longer[at++] = *name == '~' ? '0' : '1';
        } else {
            longer[at++] = *name;
        }
    }
    return longer;
}

static inline json_t *slow_object(struct slow *s, const struct pt_node *node, json_t *value,
                                  const char *path, bool out)
{
    json_t *const kept = json_object();
    const char *name = NULL;
    size_t len = 0U;
    json_t *member = NULL;
    json_object_keylen_foreach(value, name, len, member)
    {
        const struct pt_node *const known = slow_member(node, name, len);
        if (known == NULL) {
            s->unknown++;
            continue;
        }
        char *const below = slow_path(path, name);
        json_t *const copy = slow_value(s, known, member, below, out);
        if (copy != NULL) {
            (void)json_object_set_new(kept, name, copy);
        } else if (out) {
            s->withheld++;
            if (node->parent == NULL && slow_is_shell(below)) {
                const bool list =
                    (known->types & PT_TYPE_ARRAY) != 0 && (known->types & PT_TYPE_OBJECT) == 0;
                (void)json_object_set_new(kept, name, list ? json_array() : json_object());
            }
        }
        free(below);
    }
    slow_missing(s, node, value);
    return kept;
}

static inline json_t *slow_array(struct slow *s, const struct pt_node *node, json_t *value,
                                 const char *path, bool out)
{
    json_t *const kept = json_array();
    char *const below = slow_path(path, "*");
    for (size_t i = 0U; i < json_array_size(value); i++) {
        if (node->items == NULL) {
            s->unknown++;
            continue;
        }
        json_t *const copy = slow_value(s, node->items, json_array_get(value, i), below, out);
        if (copy != NULL) {
            (void)json_array_append_new(kept, copy);
        } else if (out) {
            s->withheld++;
        }
    }
    free(below);
    return kept;
}

/* What leaves of @value, NULL when nothing does. */
static inline json_t *slow_value(struct slow *s, const struct pt_node *node, json_t *value,
                                 const char *path, bool out)
{
    const bool array = json_is_array(value);
    const bool leads = (json_is_object(value) || array) &&
                       (slow_leads(s, node, path, array) || slow_is_shell(path) || *path == '\0');
    const bool leaves = out && (slow_open(s, path) || leads);
    for (size_t i = 0U; leaves && i < s->n; i++) {
        s->hit[i] |= strcmp(s->pointers[i], path) == 0;
    }
    if (!slow_typed(node, value)) {
        s->ill = true;
        return NULL;
    }
    json_t *kept = NULL;
    if (json_is_object(value)) {
        kept = slow_object(s, node, value, path, leaves);
    } else if (array) {
        kept = slow_array(s, node, value, path, leaves);
    } else {
        kept = json_incref(value);
    }
    if (!leaves) {
        json_decref(kept);
        return NULL;
    }
    return kept;
}

/** The minimised document (caller owns it), NULL when @document is against the descriptor. */
static inline json_t *slow_minimise(struct slow *s, const struct pt_dataset *dataset,
                                    json_t *document)
{
    json_t *const kept = slow_value(s, dataset->root, document, "", true);
    const char *const shells[] = {"data", "links", "meta"};
    const bool envelope = slow_member(dataset->root, "data", 4U) != NULL;
    for (size_t i = 0U; kept != NULL && envelope && i < 3U; i++) {
        if (json_object_get(kept, shells[i]) == NULL) {
            const struct pt_node *const node =
                slow_member(dataset->root, shells[i], strlen(shells[i]));
            const bool list = node != NULL && (node->types & PT_TYPE_ARRAY) != 0 &&
                              (node->types & PT_TYPE_OBJECT) == 0;
            (void)json_object_set_new(kept, shells[i], list ? json_array() : json_object());
        }
    }
    if (s->ill && kept != NULL) {
        json_decref(kept);
        return NULL;
    }
    return s->ill ? NULL : kept;
}

#endif /* PT_TEST_MINIMISE_SLOW_H */
