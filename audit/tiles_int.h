/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * tiles_int.h -- the published tree: C2SP tlog-tiles files under tlog/ (c2sp.org/tlog-tiles).
 *
 * Holds the tiles that are not full yet: at most 255 hashes a level and 255 entries. For the
 * sealing thread alone. Private to audit/.
 */
#ifndef POTERNE_AUDIT_TILES_INT_H
#define POTERNE_AUDIT_TILES_INT_H

#include "audit/tlog_int.h"

struct pt_tiles;

/** @dir is the log directory. */
PT_RESULT pt_tiles_new(const char *dir, struct pt_tiles **ret_tiles);
struct pt_tiles *pt_tiles_free(struct pt_tiles *tiles); /* accepts NULL */
uint64_t pt_tiles_size(const struct pt_tiles *tiles);
/** Forget everything: size 0. Files stay. */
void pt_tiles_reset(struct pt_tiles *tiles);
/**
 * Take over the upper levels of a tree of @size leaves from the partial tiles on the disk; the
 * leaves from size - size % 256 on must then be added again. @return PT_E_ABSENT, PT_E_CORRUPT
 */
PT_RESULT pt_tiles_load(struct pt_tiles *tiles, uint64_t size);
/**
 * One leaf more; writes what it completes. An empty @entry (of a purged month) leaves the bundle
 * of its tile as it is on the disk.
 */
PT_RESULT pt_tiles_add(struct pt_tiles *tiles, const struct pt_hash *leaf, pt_slice entry);
/** Level-0 hash of a leaf from the disk: for months whose entries are gone. */
PT_RESULT pt_tiles_read_leaf(const struct pt_tiles *tiles, uint64_t seq, uint64_t size,
                             struct pt_hash *ret);
void pt_tiles_root(const struct pt_tiles *tiles, struct pt_hash *ret);
/** The compact range that stands for the same tree. */
void pt_tiles_range(const struct pt_tiles *tiles, struct pt_range *ret);
/** Partial tiles and bundle of the present size; everything written is on the disk afterwards. */
PT_RESULT pt_tiles_flush(struct pt_tiles *tiles);
/** The partial tiles of an older size that the present size does not need. */
void pt_tiles_forget(struct pt_tiles *tiles, uint64_t older);
/** tlog/checkpoint, atomically. */
PT_RESULT pt_tiles_publish(struct pt_tiles *tiles, pt_slice checkpoint);

#endif /* POTERNE_AUDIT_TILES_INT_H */
