/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The descriptors the configuration may refer to, read into one catalogue.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

static void report(struct pt_load *load, pt_slice path, pt_slice why)
{
    const struct pt_mark mark = {.file = 0U};
    while (why.len > 0U && why.ptr[why.len - 1U] == '\n') {
        why.len--;
    }
    load->no_datasets = true;
    if (why.len > 0U) {
        PT_REPORT(&load->diag, &mark, PT_SLICE("descripteur "), why);
    } else {
        PT_REPORT(&load->diag, &mark, PT_SLICE("descripteur illisible : "), path);
    }
}

/* One descriptor; a bad one is a line of the report and the others are read all the same. */
static PT_RESULT add(struct pt_load *load, pt_slice path, struct pt_buf *json, struct pt_buf *why)
{
    const struct pt_reader_port *reader = load->source->reader;
    pt_status st = reader->read(reader->ctx, path.ptr, json);
    if (pt_ok(st)) {
        st = pt_catalogue_add(load->own->catalogue, path, pt_buf_slice(json), why);
    }
    PT_ENSURE(st.code != PT_E_NOMEM, PT_E_NOMEM);
    if (!pt_ok(st)) {
        report(load, path, pt_buf_slice(why));
    }
    return PT_SUCCESS;
}

static PT_RESULT add_path(struct pt_load *load, pt_slice path)
{
    struct pt_buf json;
    struct pt_buf why;
    pt_buf_init(&json, PT_DATASET_FILE_MAX);
    pt_buf_init(&why, (size_t)PT_CONFIG_TEXT_MAX * 4U);
    const pt_status st = add(load, path, &json, &why);
    pt_buf_done(&why);
    pt_buf_done(&json);
    return st;
}

static PT_RESULT add_all(struct pt_load *load, pt_slice paths)
{
    pt_slice rest = paths;
    while (rest.len > 0U) {
        pt_slice path;
        PT_TRY(pt_arena_dup(load->arena, pt_slice_cut(&rest, '\0'), &path));
        PT_TRY(add_path(load, path));
    }
    return pt_catalogue_seal(load->own->catalogue);
}

static PT_RESULT read_folder(struct pt_load *load)
{
    struct pt_buf paths;
    pt_buf_init(&paths, PT_CONFIG_FILE_MAX);
    const struct pt_reader_port *reader = load->source->reader;
    pt_status st =
        reader->list(reader->ctx, load->source->datasets, ".json", PT_READER_DEPTH_MAX, &paths);
    if (pt_ok(st)) {
        st = add_all(load, pt_buf_slice(&paths));
    } else if (st.code != PT_E_NOMEM) {
        report(load, pt_slice_str(load->source->datasets), PT_SLICE_EMPTY);
        st = PT_SUCCESS;
    }
    pt_buf_done(&paths);
    return st;
}

static PT_RESULT list_names(struct pt_load *load)
{
    const size_t n = pt_catalogue_count(load->own->catalogue);
    const char **names = pt_arena_alloc(load->arena, (n + 1U) * sizeof *names);
    PT_ENSURE(names != NULL, PT_E_NOMEM);
    for (size_t i = 0U; i < n; i++) {
        pt_slice id;
        PT_TRY(pt_arena_dup(load->arena, pt_catalogue_at(load->own->catalogue, i)->id, &id));
        names[i] = id.ptr;
    }
    load->dataset_names = names;
    load->ndatasets = n;
    return PT_SUCCESS;
}

PT_RESULT pt_load_catalogue(struct pt_load *load)
{
    PT_TRY(pt_catalogue_new(&load->own->catalogue));
    load->own->config.catalogue = load->own->catalogue;
    if (load->source->datasets == NULL) {
        load->no_datasets = true;
        return pt_catalogue_seal(load->own->catalogue);
    }
    PT_TRY(read_folder(load));
    if (pt_catalogue_count(load->own->catalogue) == 0U && !load->no_datasets) {
        const struct pt_mark mark = {.file = 0U};
        PT_REPORT(&load->diag, &mark, PT_SLICE("aucun descripteur de jeu de données dans « "),
                  pt_slice_str(load->source->datasets), PT_SLICE(" »"));
        load->no_datasets = true;
    }
    return list_names(load);
}
