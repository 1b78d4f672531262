/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * folder.c -- every descriptor of a folder, in the order of names. Layer 1 (schemas).
 */
#include "schemas/cli/cli_int.h"

#include "poterne/base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FOLDER_DEPTH_MAX 8U

/* A walk through the folder. */
struct visit {
    const struct pt_cli *cli;
    struct pt_folder *folder;
    size_t root_len; /* of the path of the folder that was asked, with its '/' */
    unsigned depth;
};

static bool is_descriptor(const char *name)
{
    const size_t n = strlen(name);
    return n > 5U && strcmp(name + n - 5U, ".json") == 0;
}

static int no_dots(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A file stands where its id says: <id>.json below the folder. */
static bool stands_at(const struct visit *v, const char *path, pt_slice id)
{
    const pt_slice relative = pt_slice_str(path + v->root_len);
    return relative.len == id.len + 5U && pt_slice_starts(relative, id);
}

static bool has_id_at(const struct visit *v, const char *path)
{
    const size_t last = pt_catalogue_count(v->folder->catalogue) - 1U;
    return stands_at(v, path, pt_catalogue_at(v->folder->catalogue, last)->id);
}

static void load_text(struct visit *v, const char *path, pt_slice text)
{
    struct pt_buf why;
    pt_buf_init(&why, PT_LOG_LINE_MAX);
    const pt_status st = pt_catalogue_add(v->folder->catalogue, pt_slice_str(path), text, &why);
    if (!pt_ok(st) && why.len == 0U) {
        pt_tool_complain(v->cli, "impossible de charger", path);
    }
    (void)fwrite(why.ptr != NULL ? why.ptr : "", 1U, why.len, v->cli->err);
    if (pt_ok(st) && !has_id_at(v, path)) {
        (void)fprintf(v->cli->err, "%s: /id: le fichier d'un jeu de données s'appelle <id>.json\n",
                      path);
    }
    v->folder->errors += pt_ok(st) && has_id_at(v, path) ? 0U : 1U;
    pt_buf_done(&why);
}

static void load_file(struct visit *v, const char *path)
{
    struct pt_buf text;
    pt_buf_init(&text, PT_DATASET_FILE_MAX);
    const pt_status st = pt_file_read(path, &text);
    if (pt_ok(st)) {
        load_text(v, path, pt_buf_slice(&text));
    } else {
        (void)pt_tool_io_exit(v->cli, st, path);
        v->folder->errors++;
    }
    pt_buf_done(&text);
}

static PT_RESULT visit_folder(struct visit *v, const char *dir);

static PT_RESULT visit_entry(struct visit *v, const char *dir, const char *name)
{
    char path[PT_PATH_MAX];
    struct stat info;
    PT_TRY(pt_file_join(dir, name, path, sizeof(path)));
    if (stat(path, &info) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    if (S_ISDIR(info.st_mode)) {
        return visit_folder(v, path);
    }
    if (is_descriptor(name)) {
        load_file(v, path);
    }
    return PT_SUCCESS;
}

static PT_RESULT visit_folder(struct visit *v, const char *dir)
{
    struct dirent **entries = NULL;
    PT_ENSURE(v->depth < FOLDER_DEPTH_MAX, PT_E_LIMIT);
    const int n = scandir(dir, &entries, no_dots, alphasort);
    if (n < 0) {
        return errno == ENOENT ? PT_FAIL(PT_E_ABSENT) : PT_FAIL_AUX(PT_E_IO, errno);
    }
    v->depth++;
    pt_status st = PT_SUCCESS;
    for (int i = 0; i < n; i++) {
        if (pt_ok(st)) {
            st = visit_entry(v, dir, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free((void *)entries);
    v->depth--;
    return st;
}

PT_RESULT pt_folder_load(const struct pt_cli *cli, const char *dir, struct pt_folder *ret)
{
    struct pt_folder folder = {.errors = 0U};
    char root[PT_PATH_MAX];
    PT_TRY(pt_file_join(dir, "", root, sizeof(root)));
    PT_TRY(pt_catalogue_new(&folder.catalogue));
    struct visit v = {.cli = cli, .folder = &folder, .root_len = strlen(root)};
    pt_status st = visit_folder(&v, dir);
    if (pt_ok(st)) {
        st = pt_catalogue_seal(folder.catalogue);
    }
    if (!pt_ok(st)) {
        folder.catalogue = pt_catalogue_free(folder.catalogue);
        return st;
    }
    *ret = folder;
    return PT_SUCCESS;
}
