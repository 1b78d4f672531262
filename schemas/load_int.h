/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * load_int.h -- what the files that read a descriptor share: where we are, and how to refuse.
 * Layer 1 (schemas), private.
 */
#ifndef SCHEMAS_LOAD_INT_H
#define SCHEMAS_LOAD_INT_H

#include "poterne/base/arena.h"
#include "poterne/base/buf.h"
#include "poterne/schemas/dataset.h"

#include <jansson.h>

#define PT_LOAD_TEXT_MAX 512U /* one text of a descriptor, bytes */

/* A load in progress: the catalogue's memory, the file's name, where the reason goes. */
struct pt_load {
    struct pt_arena *arena;
    pt_slice file;
    struct pt_buf *why; /* may be NULL */
};

/* Where we are in the file: a chain from the value up to the root (whose key is NULL). */
struct pt_at {
    const struct pt_at *up;
    const char *key;
};

/** Write "FILE: /pointer: @what « @detail »" (no detail when NULL) and hand @st back. */
pt_status pt_load_refuse(const struct pt_load *load, const struct pt_at *at, pt_status st,
                         const char *what, const char *detail);
/** @json is an object whose keys are all among @n @names. */
PT_RESULT pt_load_keys(const struct pt_load *load, const struct pt_at *at, json_t *json,
                       const char *const *names, size_t n);
/** A non-empty text without controls, copied into the arena. @json may be NULL: it is missing. */
PT_RESULT pt_load_text(const struct pt_load *load, const struct pt_at *at, json_t *json,
                       pt_slice *ret);
/** true or false; @json NULL gives false. */
PT_RESULT pt_load_bool(const struct pt_load *load, const struct pt_at *at, json_t *json, bool *ret);
PT_RESULT pt_load_u32(const struct pt_load *load, const struct pt_at *at, json_t *json,
                      uint32_t *ret);
/** A list of at most @max different texts. */
PT_RESULT pt_load_texts(const struct pt_load *load, const struct pt_at *at, json_t *json,
                        size_t max, pt_slice **ret);

/** The parts of a descriptor; each fills its members of @dataset. */
PT_RESULT pt_load_params(const struct pt_load *load, const struct pt_at *at, json_t *json,
                         struct pt_dataset *dataset);
PT_RESULT pt_load_tree(const struct pt_load *load, const struct pt_at *at, json_t *json,
                       struct pt_dataset *dataset);
/** The whole file; @ret lives in the arena. */
PT_RESULT pt_load_dataset(const struct pt_load *load, pt_slice json, const struct pt_dataset **ret);

#endif /* SCHEMAS_LOAD_INT_H */
