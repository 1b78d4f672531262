/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * store_env_int.h -- opening one LMDB environment, and what its numbers mean to us.
 *
 * Private to store*.c, the only files that know LMDB.
 */
#ifndef POTERNE_AUDIT_STORE_ENV_INT_H
#define POTERNE_AUDIT_STORE_ENV_INT_H

#include "poterne/base/file.h"
#include "poterne/base/limits.h"

#include <lmdb.h>

struct pt_env_options {
    const char *root; /* the log directory */
    const char *kind; /* "log" or "idx" */
    uint32_t month;
    bool create;   /* the folder, when it is missing */
    bool writable; /* else read-only */
    uint64_t map_bytes;
    unsigned flags; /* beside MDB_NOTLS */
    unsigned dbs;   /* named databases */
};

/** MDB_NOTFOUND: PT_E_ABSENT · MDB_MAP_FULL: PT_E_FULL · damage: PT_E_CORRUPT · else PT_E_IO. */
PT_RESULT pt_env_status(int rc);
PT_RESULT pt_env_open(const struct pt_env_options *options, MDB_env **ret_env);
/** root/kind/YYYY-MM */
PT_RESULT pt_env_path(const struct pt_env_options *options, char out[static PT_PATH_MAX]);
/** Ascending months for which root/kind has a folder; a missing root/kind has none. */
PT_RESULT pt_env_months(const char *root, const char *kind,
                        uint32_t ret_months[static PT_LOG_MONTHS_MAX], size_t *ret_n);

#endif /* POTERNE_AUDIT_STORE_ENV_INT_H */
