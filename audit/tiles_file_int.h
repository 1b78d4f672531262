/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * tiles_file_int.h -- writing the files of tlog/ durably, without a flush more than needed.
 *
 * Private to audit/.
 */
#ifndef POTERNE_AUDIT_TILES_FILE_INT_H
#define POTERNE_AUDIT_TILES_FILE_INT_H

#include "audit/tlog_int.h"
#include "poterne/base/file.h"

#define PT_TOUCHED_MAX 8U

struct pt_tile_id {
    unsigned level; /* or PT_TILE_ENTRIES */
    uint64_t index;
    unsigned width; /* PT_TILE_WIDTH: the full one */
};

struct pt_tile_files {
    char root[PT_PATH_MAX];      /* dir/tlog */
    char path[PT_PATH_MAX];      /* of the file under work */
    char temporary[PT_PATH_MAX]; /* its name before it is whole */
    size_t ntouched;
    char touched[PT_TOUCHED_MAX][PT_PATH_MAX]; /* folders whose names are not flushed yet */
};

/** Creates dir/tlog. */
PT_RESULT pt_tile_files_init(struct pt_tile_files *files, const char *dir);
/** The content is on the disk, under its final name; the name is after pt_tile_sync. */
PT_RESULT pt_tile_write(struct pt_tile_files *files, const struct pt_tile_id *id, pt_slice bytes);
PT_RESULT pt_tile_sync(struct pt_tile_files *files);
/** Best effort: what is left behind does no harm. */
void pt_tile_remove(const struct pt_tile_files *files, const struct pt_tile_id *id);

#endif /* POTERNE_AUDIT_TILES_FILE_INT_H */
