/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * arena.h -- memory of one exchange: many small allocations, one wipe at the end.
 *
 * The hard cap given at birth is an anti-denial-of-service bound; reset wipes every byte, so
 * no value of an exchange outlives it. Not thread-safe: an arena belongs to one lane.
 * Layer 0 (base).
 */
#ifndef POTERNE_BASE_ARENA_H
#define POTERNE_BASE_ARENA_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

struct pt_arena;

PT_RESULT pt_arena_new(size_t max, struct pt_arena **ret_arena);
/** Accepts NULL; wipes. Returns NULL so that the caller writes: a = pt_arena_free(a); */
struct pt_arena *pt_arena_free(struct pt_arena *arena);
/** Zeroed memory aligned for any type, or NULL when the cap or the machine is exhausted. */
void *pt_arena_alloc(struct pt_arena *arena, size_t n);
/** A NUL-terminated copy of @s in the arena; *ret is untouched on failure. */
PT_RESULT pt_arena_dup(struct pt_arena *arena, pt_slice s, pt_slice *ret);
/** Wipe everything; keeps the first block for the next exchange. */
void pt_arena_reset(struct pt_arena *arena);

#endif /* POTERNE_BASE_ARENA_H */
