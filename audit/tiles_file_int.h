/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * tiles_file_int.h -- writing the files of tlog/ durably, without a flush more than needed: few
 * files are flushed one by one, many at once with their file system.
 *
 * Private to audit/.
 */
#ifndef POTERNE_AUDIT_TILES_FILE_INT_H
#define POTERNE_AUDIT_TILES_FILE_INT_H

#include "audit/tlog_int.h"
#include "poterne/base/file.h"

#define PT_TOUCHED_MAX  8U /* folders */
#define PT_UNSYNCED_MAX 4U /* files */

struct pt_tile_id {
    unsigned level; /* or PT_TILE_ENTRIES */
    uint64_t index;
    unsigned width; /* PT_TILE_WIDTH: the full one */
};

struct pt_tile_files {
    int fd;                      /* of dir/tlog */
    char root[PT_PATH_MAX];      /* dir/tlog */
    char path[PT_PATH_MAX];      /* of the file under work */
    char temporary[PT_PATH_MAX]; /* its name before it is whole */
    bool many;                   /* more than the lists hold: flush the file system */
    size_t nunsynced;
    char unsynced[PT_UNSYNCED_MAX][PT_PATH_MAX];
    size_t ntouched;
    char touched[PT_TOUCHED_MAX][PT_PATH_MAX];
};

/** Creates dir/tlog. */
PT_RESULT pt_tile_files_init(struct pt_tile_files *files, const char *dir);
void pt_tile_files_done(struct pt_tile_files *files);
/** Under its final name at once; on the disk after pt_tile_sync. */
PT_RESULT pt_tile_write(struct pt_tile_files *files, const struct pt_tile_id *id, pt_slice bytes);
PT_RESULT pt_tile_sync(struct pt_tile_files *files);
/** Best effort: what is left behind does no harm. */
void pt_tile_remove(const struct pt_tile_files *files, const struct pt_tile_id *id);

#endif /* POTERNE_AUDIT_TILES_FILE_INT_H */
