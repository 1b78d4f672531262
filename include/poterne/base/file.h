/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * file.h -- whole files: read bounded, write atomically and durably. Layer 0 (base).
 */
#ifndef POTERNE_BASE_FILE_H
#define POTERNE_BASE_FILE_H

#include "poterne/base/buf.h"

#include <sys/types.h>

/**
 * Append the content of the regular file @path to @buf (the buffer's maximum is the bound).
 * @return PT_E_ABSENT, PT_E_IO with errno, PT_E_LIMIT
 */
PT_RESULT pt_file_read(const char *path, struct pt_buf *buf);
/** New content under a temporary name, fsync, rename over @path, fsync of the folder. */
PT_RESULT pt_file_replace(const char *path, pt_slice bytes, mode_t mode);
/** As above but refuses to overwrite. @return PT_E_EXISTS */
PT_RESULT pt_file_create(const char *path, pt_slice bytes, mode_t mode);
/** mkdir -p of the whole @path with @mode for what is missing. */
PT_RESULT pt_file_mkdirs(const char *path, mode_t mode);
/** "dir/name" as a NUL-terminated string into @out. @return PT_E_LIMIT */
PT_RESULT pt_file_join(const char *dir, const char *name, char *out, size_t size);

#define PT_PATH_MAX 1024U /* bytes, with the NUL; a longer path is refused */

#endif /* POTERNE_BASE_FILE_H */
