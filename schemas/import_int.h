/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * import_int.h -- what the files of the import share. Layer 1 (schemas), private.
 *
 * The jansson values built here always hang from a parent that somebody owns: a child is
 * created inside its parent and then filled, so that a failure needs no cleaning on its way up.
 */
#ifndef SCHEMAS_IMPORT_INT_H
#define SCHEMAS_IMPORT_INT_H

#include "poterne/schemas/import.h"
#include "schemas/load_int.h"

/* One import: what is read, and where complaints go. */
struct pt_job {
    struct pt_load openapi; /* refusals name this file ... */
    struct pt_load overlay; /* ... or this one */
    json_t *document;       /* the OpenAPI file */
    json_t *rules;          /* the overlay */
    pt_slice api;
};

/** YAML or JSON text into a tree the caller owns. */
PT_RESULT pt_import_parse(const struct pt_load *load, pt_slice text, json_t **ret);
PT_RESULT pt_import_yaml(const struct pt_load *load, pt_slice text, json_t **ret);

/** Follow local references from @json; the result is borrowed from the document. */
PT_RESULT pt_import_deref(const struct pt_job *job, const struct pt_at *at, json_t *json,
                          json_t **ret);

/** Fold an OpenAPI schema into the descriptor place @node (an object, maybe filled before). */
PT_RESULT pt_import_schema(const struct pt_job *job, const struct pt_at *at, json_t *schema,
                           json_t *node);

/** Fill the descriptor of one operation, as the OpenAPI file says. */
PT_RESULT pt_import_operation(const struct pt_job *job, const char *path, json_t *item,
                              json_t *descriptor);
/** Apply the overlay's rules and entry of @path. */
PT_RESULT pt_import_overlay(const struct pt_job *job, const char *path, json_t *descriptor);
/** The overlay's own form, and that each of its paths is one of the document. */
PT_RESULT pt_import_check_rules(const struct pt_job *job);

/** The canonical text of a descriptor. */
PT_RESULT pt_describe(json_t *descriptor, struct pt_buf *out);

/* Small steps on jansson values. @value is stolen; PT_E_NOMEM when it is NULL. */
PT_RESULT pt_json_put(json_t *object, const char *key, json_t *value);
PT_RESULT pt_json_add(json_t *array, json_t *value);
/** The object or array under @key, made when it is not there yet. */
PT_RESULT pt_json_child(json_t *object, const char *key, json_type type, json_t **ret);
/** Keys of @object in byte order, as borrowed texts in @arena. */
PT_RESULT pt_json_keys(struct pt_arena *arena, json_t *object, const char ***ret);

#endif /* SCHEMAS_IMPORT_INT_H */
