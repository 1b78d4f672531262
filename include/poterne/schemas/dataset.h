/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * dataset.h -- a dataset (jeu de données): one operation of a State API, as one descriptor
 * file says (law 9: data, not code; docs/datasets.md is the format).
 *
 * Everything here is compiled once at load, is immutable afterwards and may be read by several
 * threads. Slices point into the catalogue's own memory.
 * Layer 1 (schemas).
 */
#ifndef POTERNE_SCHEMAS_DATASET_H
#define POTERNE_SCHEMAS_DATASET_H

#include "poterne/base/arena.h"
#include "poterne/base/buf.h"
#include "poterne/schemas/format.h"

/* JSON types a value may have, as a set. */
enum pt_type {
    PT_TYPE_STRING = 1,
    PT_TYPE_NUMBER = 2, /* any JSON number */
    PT_TYPE_INTEGER = 4,
    PT_TYPE_BOOLEAN = 8,
    PT_TYPE_OBJECT = 16,
    PT_TYPE_ARRAY = 32,
};

/* Who could be hurt by the value (decides agents' duty and what a report may show). */
enum pt_class { PT_CLASS_PUBLIC = 0, PT_CLASS_PERSONAL, PT_CLASS_SENSITIVE };

/* A place in the answer. The tree of an envelope: root object with data, links and meta. */
struct pt_node {
    pt_slice name;  /* member name; empty for the root and for the items of an array */
    uint32_t index; /* 0 (root) .. pt_dataset.nnodes - 1, in preorder */
    uint8_t types;  /* enum pt_type, or-ed */
    bool nullable;
    bool required;        /* only for members */
    enum pt_class class_; /* the highest of the value and of everything under it */
    uint32_t nmembers;
    const struct pt_node *members; /* sorted by name (byte order); contiguous */
    const struct pt_node *items;   /* NULL when not an array */
    const struct pt_node *parent;  /* NULL for the root */
};

enum pt_param_in { PT_PARAM_PATH = 0, PT_PARAM_QUERY };

struct pt_param {
    pt_slice name;
    enum pt_param_in in;
    bool required;
    enum pt_format_id format;
    const pt_slice *values; /* PT_FORMAT_ENUM: the only ones; else: taken besides the format's */
    size_t nvalues;
};

struct pt_dataset {
    pt_slice id;       /* "entreprise/v4/insee/unites_legales" */
    pt_slice api;      /* "entreprise" */
    pt_slice path;     /* "/v4/insee/sirene/unites_legales/{siren}" */
    pt_slice title;    /* French */
    pt_slice provider; /* short name of the administration that owns the data: "insee" */
    bool deprecated;
    enum pt_class class_;          /* the highest of its fields */
    const struct pt_param *params; /* without context, object, recipient: the connector's */
    size_t nparams;
    const pt_slice *scopes; /* any one opens the dataset; empty: none needed */
    size_t nscopes;
    pt_slice quota_bucket; /* shared counter's name; empty: not throttled */
    uint32_t quota_limit;
    uint32_t quota_period_s;
    pt_slice cache;   /* the State's own cache ("1h", "J+1 08:00"), informative; may be empty */
    pt_slice subject; /* name of the parameter that identifies whose data it is; may be empty */
    const struct pt_node *root;
    size_t nnodes;
};

/** The member of that name, or NULL. */
const struct pt_node *pt_node_member(const struct pt_node *node, pt_slice name);
/** "public", "personal", "sensitive". */
const char *pt_class_name(enum pt_class class_);
/** "string", "integer", ...; NULL when @type is not exactly one type. */
const char *pt_type_name(enum pt_type type);

/**
 * The node a JSON Pointer names ("/data/siren", "/data/" with "*" for items); "" is the root.
 * @return PT_E_SYNTAX not a pointer · PT_E_ABSENT no such place in the descriptor
 */
PT_RESULT pt_dataset_find(const struct pt_dataset *dataset, pt_slice pointer,
                          const struct pt_node **ret_node);
/** The pointer of a node, appended to @out. */
void pt_node_pointer(const struct pt_node *node, struct pt_buf *out);

/* A parameter given by a caller. Values are decoded (no percent escapes). */
struct pt_arg {
    pt_slice name;
    pt_slice value;
};
/** PT_E_SYNTAX when @value is neither of the parameter's format nor among its values. */
PT_RESULT pt_param_check(const struct pt_param *param, pt_slice value);
/**
 * Check @args against the parameters: unknown, repeated, missing, ill-formed.
 * @return PT_E_SCHEMA with *ret_param the culprit's name (borrowed from the dataset when known)
 */
PT_RESULT pt_dataset_check_args(const struct pt_dataset *dataset, const struct pt_arg *args,
                                size_t n, pt_slice *ret_param);

#endif /* POTERNE_SCHEMAS_DATASET_H */
