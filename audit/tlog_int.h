/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * tlog_int.h -- the files of a C2SP tlog-tiles folder as a reader finds them.
 *
 * Private to audit/. Part of the pure proof library: files and hashes, no store, no key.
 */
#ifndef POTERNE_AUDIT_TLOG_INT_H
#define POTERNE_AUDIT_TLOG_INT_H

#include "poterne/audit/merkle.h"
#include "poterne/base/buf.h"

#define PT_TILE_WIDTH    256U
#define PT_TILE_LEVELS   8U  /* trees of up to 2^63 leaves */
#define PT_TILE_ENTRIES  64U /* "level" that names the entry bundles */
#define PT_TILE_PATH_MAX 64U
#define PT_TILE_BYTES    8192U
#define PT_BUNDLE_BYTES  16777472U /* 256 entries of 65,535 bytes with their lengths */

/** "tile/0/x001/x234/067", with ".p/W" when width < 256. */
void pt_tile_path(unsigned level, uint64_t index, unsigned width,
                  char out[static PT_TILE_PATH_MAX]);
/** Hashes (or entries) that tile @index of @level holds in a tree of @size leaves: 0 to 256. */
unsigned pt_tile_width(unsigned level, uint64_t index, uint64_t size);

/**
 * Read the version of a tile or bundle that has at least @width items: the exact one, else the full
 * one, else a wider partial one (the writer may have gone on). *ret_width: how many it holds.
 * @return PT_E_ABSENT none of them, PT_E_IO, PT_E_LIMIT
 */
PT_RESULT pt_tile_read(const char *dir, unsigned level, uint64_t index, unsigned width,
                       struct pt_buf *out, unsigned *ret_width);

/**
 * Call @see for every version of a tile or bundle that the folder holds, full or partial.
 * A failure of @see stops and is returned.
 */
struct pt_tile_version {
    const char *path; /* below the folder */
    unsigned width;
    pt_slice bytes;
};
PT_RESULT pt_tile_each(const char *dir, unsigned level, uint64_t index,
                       PT_RESULT (*see)(void *ctx, const struct pt_tile_version *version),
                       void *ctx);

/** Next entry of a bundle (u16 BE length, bytes). @return PT_E_CORRUPT when cut short or empty */
PT_RESULT pt_bundle_next(pt_slice *rest, pt_slice *ret_entry);

/* Hashes of perfect subtrees, out of tiles: the port of the provers. One tile a level is kept. */
struct pt_tile_source {
    const char *dir;
    uint64_t size; /* of the tree that the tiles must cover */
    struct {
        bool loaded;
        uint64_t index;
        unsigned width;
        struct pt_hash hashes[PT_TILE_WIDTH];
    } tiles[PT_TILE_LEVELS];
};
/** get of struct pt_hash_port, ctx a struct pt_tile_source. @return PT_E_ABSENT, PT_E_CORRUPT,
 * PT_E_IO */
PT_RESULT pt_tile_source_get(void *ctx, unsigned level, uint64_t index, struct pt_hash *ret);

#endif /* POTERNE_AUDIT_TLOG_INT_H */
