/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tiles.c -- hash tiles and entry bundles as files (c2sp.org/tlog-tiles).
 *
 * Law: a tile never changes; a checkpoint is not published before everything that it covers is on
 * the disk. Layer 1 (audit).
 */
#include "audit/tiles_int.h"

#include "audit/tiles_file_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"

#include <stdlib.h>

struct pt_tiles {
    struct pt_tile_files files;
    uint64_t size;
    struct pt_hash hashes[PT_TILE_LEVELS][PT_TILE_WIDTH];
    struct pt_buf bundle; /* entries of the last, partial tile */
    uint64_t bundle_from; /* the first of them */
    uint64_t flushed;     /* size whose partial tiles are on the disk */
};

/* --- life ---------------------------------------------------------------------------------- */

PT_RESULT pt_tiles_new(const char *dir, struct pt_tiles **ret_tiles)
{
    struct pt_tiles *tiles = calloc(1, sizeof *tiles);

    PT_ENSURE(tiles != NULL, PT_E_NOMEM);
    tiles->files.fd = -1;
    pt_buf_init(&tiles->bundle, (size_t)PT_TILE_WIDTH * (2U + PT_LEAF_MAX));
    const pt_status st = pt_tile_files_init(&tiles->files, dir);
    if (!pt_ok(st)) {
        (void)pt_tiles_free(tiles);
        return st;
    }
    *ret_tiles = tiles;
    return PT_SUCCESS;
}

struct pt_tiles *pt_tiles_free(struct pt_tiles *tiles)
{
    if (tiles != NULL) {
        pt_tile_files_done(&tiles->files);
        pt_buf_done(&tiles->bundle);
        free(tiles);
    }
    return NULL;
}

void pt_tiles_reset(struct pt_tiles *tiles)
{
    tiles->size = 0;
    tiles->flushed = 0;
    tiles->bundle_from = 0;
    pt_buf_clear(&tiles->bundle);
}

uint64_t pt_tiles_size(const struct pt_tiles *tiles)
{
    return tiles->size;
}

/* --- shape --------------------------------------------------------------------------------- */

/* Full nodes of the level in a tree of @size leaves. */
static uint64_t level_nodes(uint64_t size, unsigned level)
{
    return size >> (8U * level);
}

static unsigned level_width(uint64_t size, unsigned level)
{
    return (unsigned)(level_nodes(size, level) % PT_TILE_WIDTH);
}

/* The partial tile at the end of the level; width 0: there is none. */
static struct pt_tile_id tile_id(uint64_t size, unsigned level)
{
    return (struct pt_tile_id){.level = level,
                               .index = level_nodes(size, level) / PT_TILE_WIDTH,
                               .width = level_width(size, level)};
}

static struct pt_tile_id bundle_id(uint64_t size)
{
    struct pt_tile_id id = tile_id(size, 0U);

    id.level = PT_TILE_ENTRIES;
    return id;
}

/* Root of @n hashes, a power of two. */
static void fold(const struct pt_hash *hashes, unsigned n, struct pt_hash *ret)
{
    struct pt_hash work[PT_TILE_WIDTH / 2U];

    if (n == 1U) {
        *ret = hashes[0];
        return;
    }
    for (size_t i = 0; i < n / 2U; i++) {
        pt_node_hash(&hashes[2U * i], &hashes[2U * i + 1U], &work[i]);
    }
    for (n /= 2U; n > 1U; n /= 2U) {
        for (size_t i = 0; i < n / 2U; i++) {
            pt_node_hash(&work[2U * i], &work[2U * i + 1U], &work[i]);
        }
    }
    *ret = work[0];
}

void pt_tiles_range(const struct pt_tiles *tiles, struct pt_range *ret)
{
    pt_range_init(ret);
    for (unsigned level = PT_TILE_LEVELS; level > 0U; level--) {
        const unsigned width = level_width(tiles->size, level - 1U);
        unsigned from = 0;
        for (unsigned n = PT_TILE_WIDTH / 2U; n > 0U; n /= 2U) {
            if ((width & n) != 0U) {
                fold(&tiles->hashes[level - 1U][from], n, &ret->right[ret->count]);
                ret->count++;
                from += n;
            }
        }
    }
    ret->size = tiles->size;
}

void pt_tiles_root(const struct pt_tiles *tiles, struct pt_hash *ret)
{
    struct pt_range range;

    pt_tiles_range(tiles, &range);
    pt_range_root(&range, ret);
}

/* --- growing ------------------------------------------------------------------------------- */

static pt_slice level_bytes(const struct pt_tiles *tiles, unsigned level, unsigned width)
{
    return pt_slice_of(tiles->hashes[level], (size_t)width * PT_HASH_LEN);
}

/* A full tile goes to the disk; its root is the next hash one level up. */
static pt_status add_hash(struct pt_tiles *tiles, const struct pt_hash *leaf, uint64_t at)
{
    struct pt_hash hash = *leaf;

    for (unsigned level = 0; level < PT_TILE_LEVELS; level++) {
        const uint64_t node = level_nodes(at, level);
        tiles->hashes[level][node % PT_TILE_WIDTH] = hash;
        if ((node + 1U) % PT_TILE_WIDTH != 0U) {
            return PT_SUCCESS;
        }
        const struct pt_tile_id id = {
            .level = level, .index = node / PT_TILE_WIDTH, .width = PT_TILE_WIDTH};
        PT_TRY(pt_tile_write(&tiles->files, &id, level_bytes(tiles, level, PT_TILE_WIDTH)));
        fold(tiles->hashes[level], PT_TILE_WIDTH, &hash);
    }
    return PT_FAIL(PT_E_LIMIT); /* 2^64 leaves */
}

static void bundle_add(struct pt_tiles *tiles, pt_slice entry)
{
    uint8_t length[2];

    if (tiles->bundle.len == 0U) {
        tiles->bundle_from = tiles->size;
    }
    pt_be16_put(length, (uint16_t)entry.len);
    pt_buf_put(&tiles->bundle, pt_slice_of(length, sizeof length));
    pt_buf_put(&tiles->bundle, entry);
}

/* A bundle that does not begin with its tile belongs to a month that is gone. */
static bool bundle_whole(const struct pt_tiles *tiles)
{
    return tiles->bundle.len != 0U && tiles->bundle_from % PT_TILE_WIDTH == 0U;
}

static pt_status add_entry(struct pt_tiles *tiles, const struct pt_hash *leaf, pt_slice entry)
{
    const struct pt_tile_id bundle = {
        .level = PT_TILE_ENTRIES, .index = tiles->size / PT_TILE_WIDTH, .width = PT_TILE_WIDTH};
    const bool last = (tiles->size + 1U) % PT_TILE_WIDTH == 0U;

    if (entry.len != 0U) {
        bundle_add(tiles, entry);
    }
    PT_TRY(pt_buf_status(&tiles->bundle));
    if (last && bundle_whole(tiles)) {
        PT_TRY(pt_tile_write(&tiles->files, &bundle, pt_buf_slice(&tiles->bundle)));
    }
    PT_TRY(add_hash(tiles, leaf, tiles->size));
    tiles->size++;
    if (last) {
        pt_buf_clear(&tiles->bundle);
    }
    return PT_SUCCESS;
}

/* A failure leaves everything as it was, so that the same leaf can be added later. */
PT_RESULT pt_tiles_add(struct pt_tiles *tiles, const struct pt_hash *leaf, pt_slice entry)
{
    PT_ENSURE(entry.len <= PT_LEAF_MAX, PT_E_LIMIT);
    const size_t before = tiles->bundle.len;
    const pt_status st = add_entry(tiles, leaf, entry);

    if (!pt_ok(st)) {
        tiles->bundle.len = before;
        tiles->bundle.error = PT_OK;
    }
    return st;
}

/* --- reading back -------------------------------------------------------------------------- */

/* The first @n hashes of a tile, of whichever version is there. */
static pt_status read_hashes(const struct pt_tiles *tiles, const struct pt_tile_id *id,
                             struct pt_hash *hashes)
{
    struct pt_buf file;
    unsigned width = 0;
    const size_t n = (size_t)id->width * PT_HASH_LEN;

    pt_buf_init(&file, PT_TILE_BYTES);
    pt_status st = pt_tile_read(tiles->files.root, id->level, id->index, id->width, &file, &width);
    if (pt_ok(st) && file.len != (size_t)width * PT_HASH_LEN) {
        st = PT_FAIL(PT_E_CORRUPT);
    }
    if (pt_ok(st)) {
        memcpy(hashes, file.ptr, n);
    }
    pt_buf_done(&file);
    return st;
}

PT_RESULT pt_tiles_load(struct pt_tiles *tiles, uint64_t size)
{
    pt_tiles_reset(tiles);
    for (unsigned level = 1; level < PT_TILE_LEVELS; level++) {
        const struct pt_tile_id id = tile_id(size, level);
        if (id.width != 0U) {
            PT_TRY(read_hashes(tiles, &id, tiles->hashes[level]));
        }
    }
    tiles->size = size - size % PT_TILE_WIDTH;
    return PT_SUCCESS; /* flushed stays 0: the partial tiles are written anew */
}

PT_RESULT pt_tiles_read_leaf(const struct pt_tiles *tiles, uint64_t seq, uint64_t size,
                             struct pt_hash *ret)
{
    struct pt_buf file;
    const uint64_t index = seq / PT_TILE_WIDTH;
    const size_t at = (size_t)(seq % PT_TILE_WIDTH) * PT_HASH_LEN;
    unsigned width = pt_tile_width(0U, index, size);

    PT_ENSURE(seq < size, PT_E_ARG);
    pt_buf_init(&file, PT_TILE_BYTES);
    pt_status st = pt_tile_read(tiles->files.root, 0U, index, width, &file, &width);
    if (pt_ok(st) && file.len < at + PT_HASH_LEN) {
        st = PT_FAIL(PT_E_CORRUPT);
    }
    if (pt_ok(st)) {
        memcpy(ret->bytes, file.ptr + at, PT_HASH_LEN);
    }
    pt_buf_done(&file);
    return st;
}

/* --- publishing ---------------------------------------------------------------------------- */

static bool same_tile(struct pt_tile_id a, struct pt_tile_id b)
{
    return a.index == b.index && a.width == b.width;
}

static pt_status flush_levels(struct pt_tiles *tiles)
{
    for (unsigned level = 0; level < PT_TILE_LEVELS; level++) {
        const struct pt_tile_id id = tile_id(tiles->size, level);
        if (id.width != 0U && !same_tile(id, tile_id(tiles->flushed, level))) {
            PT_TRY(pt_tile_write(&tiles->files, &id, level_bytes(tiles, level, id.width)));
        }
    }
    return PT_SUCCESS;
}

PT_RESULT pt_tiles_flush(struct pt_tiles *tiles)
{
    const struct pt_tile_id bundle = bundle_id(tiles->size);

    PT_TRY(pt_buf_status(&tiles->bundle));
    if (bundle.width != 0U && bundle_whole(tiles) &&
        !same_tile(bundle, bundle_id(tiles->flushed))) {
        PT_TRY(pt_tile_write(&tiles->files, &bundle, pt_buf_slice(&tiles->bundle)));
    }
    PT_TRY(flush_levels(tiles));
    PT_TRY(pt_tile_sync(&tiles->files));
    tiles->flushed = tiles->size;
    return PT_SUCCESS;
}

void pt_tiles_forget(struct pt_tiles *tiles, uint64_t older)
{
    for (unsigned level = 0; level < PT_TILE_LEVELS; level++) {
        const struct pt_tile_id was = tile_id(older, level);
        const struct pt_tile_id is = tile_id(tiles->size, level);
        if (was.width != 0U && !same_tile(was, is)) {
            pt_tile_remove(&tiles->files, &was);
        }
    }
    const struct pt_tile_id was = bundle_id(older);
    if (was.width != 0U && !same_tile(was, bundle_id(tiles->size))) {
        pt_tile_remove(&tiles->files, &was);
    }
}

PT_RESULT pt_tiles_publish(struct pt_tiles *tiles, pt_slice checkpoint)
{
    char path[PT_PATH_MAX];

    PT_TRY(pt_file_join(tiles->files.root, "checkpoint", path, sizeof path));
    return pt_file_replace(path, checkpoint, 0644);
}
