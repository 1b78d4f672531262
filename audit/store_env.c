/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * store_env.c -- one LMDB environment a month.
 *
 * Law: no flag that trades durability or integrity (MDB_WRITEMAP kills the process when the disk
 * is full; MDB_NOMEMINIT would write memory that is not ours to the disk). A folder exists on the
 * disk before anything in it counts. Layer 1 (audit).
 */
#include "audit/store_env_int.h"

#include "poterne/base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

PT_RESULT pt_env_status(int rc)
{
    switch (rc) {
    case MDB_SUCCESS:
        return PT_SUCCESS;
    case MDB_NOTFOUND:
        return PT_FAIL(PT_E_ABSENT);
    case MDB_MAP_FULL:
        return PT_FAIL(PT_E_FULL);
    case ENOMEM:
        return PT_FAIL(PT_E_NOMEM);
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_KEYEXIST: /* MDB_APPEND below the last key */
        return PT_FAIL_AUX(PT_E_CORRUPT, rc);
    default:
        return PT_FAIL_AUX(PT_E_IO, rc);
    }
}

PT_RESULT pt_env_path(const struct pt_env_options *options, char out[static PT_PATH_MAX])
{
    char kind[PT_PATH_MAX];
    char month[PT_MONTH_LEN + 1U];

    pt_time_month_text(options->month, month);
    PT_TRY(pt_file_join(options->root, options->kind, kind, sizeof kind));
    return pt_file_join(kind, month, out, PT_PATH_MAX);
}

/* --- folders ------------------------------------------------------------------------------- */

static pt_status sync_folder(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    PT_ENSURE(fd >= 0, PT_E_IO);
    const int rc = fsync(fd);
    const int error = errno;
    (void)close(fd);
    if (rc != 0) {
        return PT_FAIL_AUX(PT_E_IO, error);
    }
    return PT_SUCCESS;
}

static pt_status make_folder(const struct pt_env_options *options, const char *path)
{
    char kind[PT_PATH_MAX];

    PT_TRY(pt_file_join(options->root, options->kind, kind, sizeof kind));
    PT_TRY(pt_file_mkdirs(path, 0700));
    PT_TRY(sync_folder(options->root));
    return sync_folder(kind);
}

static pt_status list_months(DIR *folder, uint32_t *months, size_t *ret_n)
{
    size_t n = 0;

    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        uint32_t month = 0;
        if (!pt_ok(pt_time_month_parse(pt_slice_str(entry->d_name), &month))) {
            continue;
        }
        PT_ENSURE(n < PT_LOG_MONTHS_MAX, PT_E_LIMIT);
        size_t at = n;
        while (at > 0U && months[at - 1U] > month) {
            months[at] = months[at - 1U];
            at--;
        }
        months[at] = month;
        n++;
    }
    *ret_n = n;
    return PT_SUCCESS;
}

PT_RESULT pt_env_months(const char *root, const char *kind,
                        uint32_t ret_months[static PT_LOG_MONTHS_MAX], size_t *ret_n)
{
    char path[PT_PATH_MAX];

    PT_TRY(pt_file_join(root, kind, path, sizeof path));
    DIR *const folder = opendir(path);
    if (folder == NULL && errno == ENOENT) {
        *ret_n = 0;
        return PT_SUCCESS;
    }
    if (folder == NULL) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    const pt_status st = list_months(folder, ret_months, ret_n);
    (void)closedir(folder);
    return st;
}

/* --- environment --------------------------------------------------------------------------- */

static pt_status env_fill(MDB_env *env, const struct pt_env_options *options, const char *path)
{
    const unsigned readonly = options->writable ? 0U : (unsigned)MDB_RDONLY;
    int dead = 0;

    PT_TRY(pt_env_status(mdb_env_set_mapsize(env, (size_t)options->map_bytes)));
    PT_TRY(pt_env_status(mdb_env_set_maxdbs(env, options->dbs)));
    int rc = mdb_env_open(env, path, (unsigned)MDB_NOTLS | options->flags | readonly, 0600);
    if (rc == EACCES && readonly != 0U) { /* a copy in a folder that is not ours to write */
        rc = mdb_env_open(env, path, (unsigned)MDB_NOTLS | readonly | (unsigned)MDB_NOLOCK, 0600);
    }
    PT_TRY(pt_env_status(rc));
    if (!options->writable) {
        return PT_SUCCESS;
    }
    PT_TRY(pt_env_status(mdb_reader_check(env, &dead))); /* slots of the dead pin old pages */
    /* a writer that was killed may have left its last transaction in the page cache only */
    return pt_env_status(mdb_env_sync(env, 1));
}

PT_RESULT pt_env_open(const struct pt_env_options *options, MDB_env **ret_env)
{
    char path[PT_PATH_MAX];
    MDB_env *env = NULL;

    PT_TRY(pt_env_path(options, path));
    if (options->create) {
        PT_TRY(make_folder(options, path));
    }
    PT_TRY(pt_env_status(mdb_env_create(&env)));
    pt_status st = env_fill(env, options, path);
    if (pt_ok(st) && options->create) {
        st = sync_folder(path);
    }
    if (!pt_ok(st)) {
        mdb_env_close(env);
        return st;
    }
    *ret_env = env;
    return PT_SUCCESS;
}
