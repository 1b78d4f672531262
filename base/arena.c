/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A list of zeroed blocks, newest first, and the count of all their bytes against the cap.
 * Law: nothing an exchange wrote outlives its reset. Layer 0 (base).
 */
#include "poterne/base/arena.h"

#include "poterne/base/secret.h"

#include <stdalign.h>
#include <stdlib.h>

#define BLOCK_SIZE 16384U
#define ALIGNMENT  16U

_Static_assert(ALIGNMENT >= alignof(max_align_t), "an arena serves any type");

struct block {
    struct block *older;
    char *data;
    size_t size;
    size_t used; /* a multiple of ALIGNMENT, or size */
};

struct pt_arena {
    struct block *newest;
    size_t max;
    size_t total; /* bytes of all blocks */
};

static struct block *block_free(struct block *block)
{
    pt_wipe(block->data, block->used);
    free(block->data);
    free(block);
    return NULL;
}

static struct block *block_new(size_t size)
{
    struct block *block = calloc(1U, sizeof *block);
    if (block == NULL) {
        return NULL;
    }
    block->data = calloc(1U, size);
    if (block->data == NULL) {
        return block_free(block);
    }
    block->size = size;
    return block;
}

PT_RESULT pt_arena_new(size_t max, struct pt_arena **ret_arena)
{
    struct pt_arena *arena = calloc(1U, sizeof *arena);
    if (arena == NULL) {
        return PT_FAIL(PT_E_NOMEM);
    }
    arena->max = max;
    *ret_arena = arena;
    return PT_SUCCESS;
}

struct pt_arena *pt_arena_free(struct pt_arena *arena)
{
    if (arena == NULL) {
        return NULL;
    }
    struct block *block = arena->newest;
    while (block != NULL) {
        struct block *older = block->older;
        (void)block_free(block);
        block = older;
    }
    free(arena);
    return NULL;
}

static void *take(struct block *block, size_t n)
{
    char *at = block->data + block->used;
    const size_t padded = (n + (ALIGNMENT - 1U)) & ~(size_t)(ALIGNMENT - 1U);
    const size_t left = block->size - block->used;
    block->used += padded < left ? padded : left;
    return at;
}

void *pt_arena_alloc(struct pt_arena *arena, size_t n)
{
    const size_t need = n > 0U ? n : 1U;
    struct block *block = arena->newest;
    if (block != NULL && need <= block->size - block->used) {
        return take(block, need);
    }
    const size_t left = arena->max - arena->total;
    if (need > left) {
        return NULL;
    }
    size_t size = need > BLOCK_SIZE ? need : BLOCK_SIZE;
    if (size > left) {
        size = left;
    }
    block = block_new(size);
    if (block == NULL) {
        return NULL;
    }
    block->older = arena->newest;
    arena->newest = block;
    arena->total += size;
    return take(block, need);
}

PT_RESULT pt_arena_dup(struct pt_arena *arena, pt_slice s, pt_slice *ret)
{
    PT_ENSURE(s.len < SIZE_MAX, PT_E_NOMEM);
    char *copy = pt_arena_alloc(arena, s.len + 1U);
    PT_ENSURE(copy != NULL, PT_E_NOMEM);
    if (s.len > 0U) {
        memcpy(copy, s.ptr, s.len);
    }
    *ret = pt_slice_of(copy, s.len);
    return PT_SUCCESS;
}

void pt_arena_reset(struct pt_arena *arena)
{
    struct block *block = arena->newest;
    if (block == NULL) {
        return;
    }
    while (block->older != NULL) {
        struct block *older = block->older;
        arena->total -= block->size;
        (void)block_free(block);
        block = older;
    }
    pt_wipe(block->data, block->used);
    block->used = 0U;
    arena->newest = block;
}
