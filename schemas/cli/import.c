/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * import.c -- poterne-catalogue import: the State's OpenAPI file beside what we have; prints
 * what changed and, with --out, writes it. Never deletes: a path that is gone is only named.
 * Layer 1 (schemas).
 */
#include "poterne/schemas/import.h"

#include "poterne/base/limits.h"
#include "schemas/cli/cli_int.h"

struct task {
    const struct pt_cli *cli;
    const struct pt_import *import;
    const char *folder; /* what we have */
    bool write;
    size_t added;
    size_t changed;
    size_t same;
    size_t gone;
};

static void print(const struct task *t, const char *sign, pt_slice id, pt_slice lines)
{
    (void)fprintf(t->cli->out, "%s %.*s\n", sign, (int)id.len, id.ptr);
    while (lines.len > 0U) {
        const pt_slice line = pt_slice_cut(&lines, '\n');
        (void)fprintf(t->cli->out, "    %.*s\n", (int)line.len, line.ptr);
    }
}

static PT_RESULT path_of(const char *folder, pt_slice id, char *out, size_t size)
{
    char name[PT_DATASET_ID_MAX + 8U];
    PT_ENSURE(id.len <= PT_DATASET_ID_MAX, PT_E_LIMIT);
    (void)snprintf(name, sizeof(name), "%.*s.json", (int)id.len, id.ptr);
    return pt_file_join(folder, name, out, size);
}

static PT_RESULT write_file(const char *path, pt_slice text)
{
    char folder[PT_PATH_MAX];
    const char *slash = strrchr(path, '/');
    PT_ENSURE(slash != NULL && slash > path && (size_t)(slash - path) < sizeof(folder), PT_E_ARG);
    (void)memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    PT_TRY(pt_file_mkdirs(folder, 0755));
    return pt_file_replace(path, text, 0644);
}

static PT_RESULT compare(struct task *t, pt_slice id, pt_slice before, pt_slice after)
{
    struct pt_buf lines;
    uint32_t changes = 0U;
    pt_buf_init(&lines, PT_IMPORT_FILE_MAX);
    const pt_status st = pt_import_diff(before, after, &lines, &changes);
    if (pt_ok(st) && before.len == 0U) {
        t->added++;
        print(t, "+", id, pt_buf_slice(&lines));
    } else if (pt_ok(st) && changes > 0U) {
        t->changed++;
        print(t, "~", id, pt_buf_slice(&lines));
    } else if (pt_ok(st)) {
        t->same++;
    }
    pt_buf_done(&lines);
    return st;
}

/* What we have is compared as text too: a file written by hand in another form is rewritten. */
static PT_RESULT take(struct task *t, size_t i, struct pt_buf *before, struct pt_buf *after)
{
    char path[PT_PATH_MAX];
    const pt_slice id = pt_import_id(t->import, i);
    PT_TRY(path_of(t->folder, id, path, sizeof(path)));
    const pt_status st = pt_file_read(path, before);
    if (!pt_ok(st) && st.code != (uint32_t)PT_E_ABSENT) {
        return st;
    }
    PT_TRY(pt_import_text(t->import, i, after));
    PT_TRY(compare(t, id, pt_buf_slice(before), pt_buf_slice(after)));
    if (!t->write || pt_slice_eq(pt_buf_slice(before), pt_buf_slice(after))) {
        return PT_SUCCESS;
    }
    return write_file(path, pt_buf_slice(after));
}

static PT_RESULT take_all(struct task *t)
{
    pt_status st = PT_SUCCESS;
    for (size_t i = 0U; pt_ok(st) && i < pt_import_count(t->import); i++) {
        struct pt_buf before;
        struct pt_buf after;
        pt_buf_init(&before, PT_DATASET_FILE_MAX);
        pt_buf_init(&after, PT_DATASET_FILE_MAX);
        st = take(t, i, &before, &after);
        pt_buf_done(&after);
        pt_buf_done(&before);
    }
    return st;
}

static bool imported(const struct task *t, pt_slice id)
{
    for (size_t i = 0U; i < pt_import_count(t->import); i++) {
        if (pt_slice_eq(pt_import_id(t->import, i), id)) {
            return true;
        }
    }
    return false;
}

/* Descriptors of this API whose path the State's file no longer has. */
static void name_gone(struct task *t, const struct pt_catalogue *catalogue, pt_slice api)
{
    for (size_t i = 0U; i < pt_catalogue_count(catalogue); i++) {
        const struct pt_dataset *dataset = pt_catalogue_at(catalogue, i);
        if (pt_slice_eq(dataset->api, api) && !imported(t, dataset->id)) {
            t->gone++;
            print(t, "-", dataset->id, PT_SLICE("absent du fichier OpenAPI ; le fichier reste"));
        }
    }
}

static void sum_up(const struct task *t)
{
    (void)fprintf(t->cli->out,
                  "%zu jeux de données : %zu nouveaux, %zu changés, %zu inchangés, %zu disparus\n",
                  pt_import_count(t->import), t->added, t->changed, t->same, t->gone);
}

static int compare_all(struct task *t, pt_slice api)
{
    struct pt_folder folder = {.catalogue = NULL};
    pt_status st = pt_folder_load(t->cli, t->folder, &folder);
    if (!pt_ok(st) && st.code != (uint32_t)PT_E_ABSENT) {
        return pt_tool_io_exit(t->cli, st, t->folder);
    }
    st = take_all(t);
    if (pt_ok(st)) {
        name_gone(t, folder.catalogue, api);
        sum_up(t);
    }
    folder.catalogue = pt_catalogue_free(folder.catalogue);
    return pt_ok(st) ? PT_EXIT_OK : pt_tool_io_exit(t->cli, st, t->folder);
}

static int import_source(struct task *t, const struct pt_import_source *source)
{
    struct pt_import *import = NULL;
    struct pt_buf why;
    pt_buf_init(&why, PT_LOG_LINE_MAX);
    const pt_status st = pt_import_new(source, &why, &import);
    (void)fwrite(why.ptr != NULL ? why.ptr : "", 1U, why.len, t->cli->err);
    if (!pt_ok(st) && why.len == 0U) {
        pt_tool_complain(t->cli, "l'import a échoué", pt_code_name(st.code));
    }
    pt_buf_done(&why);
    if (!pt_ok(st)) {
        return PT_EXIT_CONFIG;
    }
    t->import = import;
    const int code = compare_all(t, source->api);
    t->import = NULL;
    import = pt_import_free(import);
    return code;
}

/* The overlay may be missing only when nobody named one. */
static int read_overlay(struct task *t, const struct pt_import_source *source,
                        struct pt_buf *overlay)
{
    char datasets[PT_PATH_MAX];
    char name[PT_ID_MAX + 16U];
    char path[PT_PATH_MAX] = "";
    const char *given = pt_cli_get(t->cli, "overlay");
    pt_status st = PT_SUCCESS;
    if (given == NULL) {
        (void)snprintf(name, sizeof(name), "overlay/%.*s.json", (int)source->api.len,
                       source->api.ptr);
        st = pt_tool_datasets(t->cli, datasets, sizeof(datasets));
        if (pt_ok(st)) {
            st = pt_tool_beside(datasets, name, path, sizeof(path));
        }
        given = path;
    }
    if (pt_ok(st)) {
        st = pt_file_read(given, overlay);
    }
    if (!pt_ok(st) && (given != path || st.code != (uint32_t)PT_E_ABSENT)) {
        return pt_tool_io_exit(t->cli, st, given);
    }
    struct pt_import_source complete = *source;
    complete.overlay = pt_buf_slice(overlay);
    complete.overlay_name = pt_slice_str(given);
    return import_source(t, &complete);
}

static int read_openapi(struct task *t, pt_slice api, struct pt_buf *openapi)
{
    struct pt_buf overlay;
    const pt_status st = pt_file_read(t->cli->args[0], openapi);
    if (!pt_ok(st)) {
        return pt_tool_io_exit(t->cli, st, t->cli->args[0]);
    }
    const struct pt_import_source source = {
        .api = api,
        .openapi_name = pt_slice_str(t->cli->args[0]),
        .openapi = pt_buf_slice(openapi),
    };
    pt_buf_init(&overlay, PT_IMPORT_FILE_MAX);
    const int code = read_overlay(t, &source, &overlay);
    pt_buf_done(&overlay);
    return code;
}

int pt_tool_import(const struct pt_cli *cli, void *ctx)
{
    (void)ctx;
    char datasets[PT_PATH_MAX] = "";
    struct pt_buf openapi;
    const char *out = pt_cli_get(cli, "out");
    const char *given = pt_cli_get(cli, "api");
    const pt_slice api = pt_slice_str(given != NULL ? given : "entreprise");
    if (cli->nargs != 1U || api.len == 0U || api.len > PT_ID_MAX) {
        pt_tool_complain(cli, "import attend un fichier OpenAPI", NULL);
        return PT_EXIT_USAGE;
    }
    const pt_status st = pt_tool_datasets(cli, datasets, sizeof(datasets));
    if (!pt_ok(st)) {
        return pt_tool_io_exit(cli, st, datasets);
    }
    struct task t = {
        .cli = cli,
        .folder = out != NULL ? out : datasets,
        .write = out != NULL && pt_cli_get(cli, "dry-run") == NULL,
    };
    pt_buf_init(&openapi, PT_IMPORT_FILE_MAX);
    const int code = read_openapi(&t, api, &openapi);
    pt_buf_done(&openapi);
    return code;
}
