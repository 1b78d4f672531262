/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * One load from the first byte to the snapshot: the stages in order, and who frees what.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

#include "poterne/base/file.h"
#include "poterne/pki/digest.h"

#include <stdlib.h>

/* --- the snapshot's owner -----------------------------------------------------------------------
 */

static PT_RESULT own_new(struct pt_config_own **ret)
{
    struct pt_config_own *own = calloc(1U, sizeof *own);
    PT_ENSURE(own != NULL, PT_E_NOMEM);
    const pt_status st = pt_arena_new(PT_CONFIG_ARENA_MAX, &own->arena);
    if (!pt_ok(st)) {
        free(own);
        return st;
    }
    *ret = own;
    return PT_SUCCESS;
}

struct pt_config *pt_config_free(struct pt_config *config)
{
    if (config == NULL) {
        return NULL;
    }
    struct pt_config_own *own = (struct pt_config_own *)config; /* its first member */
    for (struct pt_owned *o = own->owned; o != NULL; o = o->next) {
        o->mask = pt_mask_free(o->mask);
        o->secret = pt_secret_free(o->secret);
    }
    own->catalogue = pt_catalogue_free(own->catalogue);
    own->arena = pt_arena_free(own->arena);
    pt_wipe(own, sizeof *own);
    free(own);
    return NULL;
}

static PT_RESULT own_add(struct pt_config_own *own, struct pt_mask *mask, struct pt_secret *secret)
{
    struct pt_owned *owned = pt_arena_alloc(own->arena, sizeof *owned);
    if (owned == NULL) {
        (void)pt_mask_free(mask);
        (void)pt_secret_free(secret);
        return PT_FAIL(PT_E_NOMEM);
    }
    *owned = (struct pt_owned){.next = own->owned, .mask = mask, .secret = secret};
    own->owned = owned;
    return PT_SUCCESS;
}

PT_RESULT pt_config_own_mask(struct pt_config_own *config, struct pt_mask *mask)
{
    return own_add(config, mask, NULL);
}

PT_RESULT pt_config_own_secret(struct pt_config_own *config, struct pt_secret *secret)
{
    return own_add(config, NULL, secret);
}

PT_RESULT pt_load_keep(struct pt_load *load, pt_slice text, pt_slice *ret)
{
    return pt_arena_dup(load->own->arena, text, ret);
}

PT_RESULT pt_load_path(struct pt_load *load, const struct pt_yaml *node, pt_slice *ret)
{
    const pt_slice text = node->text;
    const bool whole = text.ptr[0] == '/' || pt_slice_starts(text, PT_SLICE("credential:"));
    if (whole || load->folder[0] == '\0') {
        return pt_load_keep(load, text, ret);
    }
    char path[PT_PATH_MAX];
    const pt_status st = pt_file_join(load->folder, text.ptr, path, sizeof path);
    if (st.code == PT_E_LIMIT) {
        PT_REPORT(&load->diag, &node->mark, PT_SLICE("chemin trop long"));
        return PT_SUCCESS;
    }
    PT_TRY(st);
    return pt_load_keep(load, pt_slice_str(path), ret);
}

/* --- files
 * ---------------------------------------------------------------------------------------- */

/* A fault of the machine ends the load; any other is one more line of the report. */
static PT_RESULT report_unreadable(struct pt_load *load, uint32_t file, pt_status st)
{
    PT_ENSURE(st.code != PT_E_NOMEM, PT_E_NOMEM);
    const struct pt_mark mark = {.file = file};
    PT_REPORT(&load->diag, &mark,
              st.code == PT_E_ABSENT  ? PT_SLICE("fichier absent")
              : st.code == PT_E_LIMIT ? PT_SLICE("fichier trop grand")
                                      : PT_SLICE("fichier illisible"));
    load->partial = true;
    return PT_SUCCESS;
}

PT_RESULT pt_load_parse(struct pt_load *load, uint32_t index, struct pt_yaml **ret_root)
{
    struct pt_yaml_parse parse = {
        .arena = load->arena, .diag = &load->diag, .file = index, .nodes = load->nodes};
    PT_TRY(pt_yaml_parse(&parse, &load->files[index].bytes));
    load->nodes = parse.nodes;
    load->partial = load->partial || parse.broken;
    *ret_root = parse.root;
    return PT_SUCCESS;
}

static PT_RESULT read_file(struct pt_load *load, const char *path)
{
    const uint32_t index = (uint32_t)load->nfiles;
    struct pt_config_file *file = &load->files[index];
    file->path = path;
    pt_buf_init(&file->bytes, PT_CONFIG_FILE_MAX);
    load->nfiles++;
    const struct pt_reader_port *reader = load->source->reader;
    const pt_status st = reader->read(reader->ctx, path, &file->bytes);
    if (!pt_ok(st)) {
        PT_TRY(report_unreadable(load, index, st));
        return index == 0U ? PT_FAIL_AUX(PT_E_IO, st.aux) : PT_SUCCESS;
    }
    struct pt_yaml *root = NULL;
    PT_TRY(pt_load_parse(load, index, &root));
    return root != NULL ? pt_load_merge(load, root) : PT_SUCCESS;
}

static PT_RESULT read_fragments(struct pt_load *load, const struct pt_buf *paths)
{
    pt_slice rest = pt_buf_slice(paths);
    while (rest.len > 0U) {
        pt_slice path;
        PT_TRY(pt_arena_dup(load->arena, pt_slice_cut(&rest, '\0'), &path));
        if (load->nfiles == PT_CONFIG_FILES_MAX - 1U) { /* the last: homologation-file */
            const struct pt_mark mark = {.file = 0U};
            PT_REPORT(&load->diag, &mark, PT_SLICE("trop de fichiers dans conf.d"));
            return PT_SUCCESS;
        }
        PT_TRY(read_file(load, path.ptr));
    }
    return PT_SUCCESS;
}

static PT_RESULT read_folder(struct pt_load *load)
{
    char folder[PT_PATH_MAX];
    PT_TRY(pt_file_join(load->folder[0] != '\0' ? load->folder : ".", "conf.d", folder,
                        sizeof folder));
    struct pt_buf paths;
    pt_buf_init(&paths, PT_CONFIG_FILE_MAX);
    const struct pt_reader_port *reader = load->source->reader;
    pt_status st = reader->list(reader->ctx, folder, ".yaml", 0U, &paths);
    if (pt_ok(st)) {
        st = read_fragments(load, &paths);
    } else if (st.code != PT_E_NOMEM) {
        const struct pt_mark mark = {.file = 0U};
        PT_REPORT(&load->diag, &mark, PT_SLICE("dossier conf.d illisible"));
        load->partial = true;
        st = PT_SUCCESS;
    }
    pt_buf_done(&paths);
    return st;
}

/* The folder of the main file, without its last slash; empty for the current one. */
static PT_RESULT find_folder(struct pt_load *load)
{
    const char *path = load->source->path;
    const char *slash = strrchr(path, '/');
    const size_t n = slash == NULL ? 0U : (size_t)(slash - path);
    pt_slice folder;
    PT_TRY(
        pt_arena_dup(load->arena, slash == path ? PT_SLICE("/") : pt_slice_of(path, n), &folder));
    load->folder = folder.len > 0U ? folder.ptr : "";
    return PT_SUCCESS;
}

/* RGS-02: what `cat` of the main file and of those of conf.d gives to sha256sum. */
static PT_RESULT digest_files(struct pt_load *load)
{
    size_t size = 0U;
    for (size_t i = 0U; i < load->nconfig; i++) {
        size += load->files[i].bytes.len;
    }
    struct pt_buf all;
    pt_buf_init(&all, size);
    for (size_t i = 0U; i < load->nconfig; i++) {
        pt_buf_put(&all, pt_buf_slice(&load->files[i].bytes));
    }
    pt_status st = pt_buf_status(&all);
    if (pt_ok(st)) {
        st = pt_sha256(pt_buf_slice(&all), load->own->config.files_sha256);
    }
    pt_buf_done(&all);
    return st;
}

static PT_RESULT read_all(struct pt_load *load)
{
    PT_TRY(find_folder(load));
    PT_TRY(read_file(load, load->source->path));
    PT_TRY(read_folder(load));
    load->nconfig = load->nfiles;
    if (load->root == NULL) {
        const struct pt_mark mark = {.line = 1U, .column = 1U, .width = 1U, .last = 1U};
        load->root = pt_yaml_new(load->arena, PT_YAML_MAP, &mark);
        PT_ENSURE(load->root != NULL, PT_E_NOMEM);
    }
    PT_TRY(digest_files(load));
    return pt_load_homologation_file(load);
}

/* --- the stages
 * ----------------------------------------------------------------------------------- */

static PT_RESULT run_stages(struct pt_load *load)
{
    PT_TRY(read_all(load));
    PT_TRY(pt_shape(load->root, load->partial, load->arena, &load->diag));
    PT_TRY(pt_load_catalogue(load));
    PT_TRY(pt_load_build(load));
    PT_TRY(pt_load_check(load));
    if (load->source->depth == PT_CONFIG_FULL) {
        PT_TRY(pt_load_files(load));
    }
    PT_ENSURE(load->diag.failed == PT_OK, load->diag.failed);
    PT_ENSURE(load->diag.errors == 0U, PT_E_SCHEMA);
    return PT_SUCCESS;
}

/* The report is written whatever the end was, except when memory is out. */
static PT_RESULT run(struct pt_load *load, struct pt_buf *report)
{
    const pt_status st = run_stages(load);
    if (st.code == PT_E_NOMEM) {
        return st;
    }
    pt_diag_render(&load->diag, report);
    PT_ENSURE(report->error != PT_E_NOMEM, PT_E_NOMEM);
    return st;
}

static PT_RESULT run_with_files(struct pt_load *load, struct pt_buf *report)
{
    PT_TRY(pt_diag_init(&load->diag, load->arena));
    load->files = pt_arena_alloc(load->arena, PT_CONFIG_FILES_MAX * sizeof *load->files);
    PT_ENSURE(load->files != NULL, PT_E_NOMEM);
    load->diag.files = load->files;
    const pt_status st = run(load, report);
    for (size_t i = 0U; i < load->nfiles; i++) {
        pt_buf_done(&load->files[i].bytes);
    }
    return st;
}

PT_RESULT pt_config_load(const struct pt_config_source *source, struct pt_buf *report,
                         struct pt_config **ret_config)
{
    PT_ENSURE(source != NULL && source->reader != NULL && source->path != NULL, PT_E_ARG);
    PT_ENSURE(report != NULL && ret_config != NULL, PT_E_ARG);
    PT_ENSURE(source->datasets != NULL || source->depth == PT_CONFIG_PATHS, PT_E_ARG);
    struct pt_load load = {.source = source};
    PT_TRY(own_new(&load.own));
    pt_status st = pt_arena_new(PT_CONFIG_ARENA_MAX, &load.arena);
    if (pt_ok(st)) {
        st = run_with_files(&load, report);
        load.arena = pt_arena_free(load.arena);
    }
    if (!pt_ok(st)) {
        (void)pt_config_free(&load.own->config);
        return st;
    }
    *ret_config = &load.own->config;
    return PT_SUCCESS;
}
