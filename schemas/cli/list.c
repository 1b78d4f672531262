/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * list.c -- poterne-catalogue list: every dataset, one row each. Layer 1 (schemas).
 */
#include "schemas/cli/cli_int.h"

#include "poterne/base/limits.h"

static void put_bool(struct pt_buf *out, bool value)
{
    pt_buf_put_str(out, value ? "true" : "false");
}

void pt_tool_texts_json(const pt_slice *texts, size_t n, struct pt_buf *out)
{
    pt_buf_put_byte(out, '[');
    for (size_t i = 0U; i < n; i++) {
        pt_buf_put_str(out, i > 0U ? "," : "");
        pt_buf_put_json(out, texts[i]);
    }
    pt_buf_put_byte(out, ']');
}

static void put_param(const struct pt_param *param, struct pt_buf *out)
{
    pt_buf_put_str(out, "{\"name\":");
    pt_buf_put_json(out, param->name);
    pt_buf_put_str(out, param->in == PT_PARAM_PATH ? ",\"in\":\"path\"" : ",\"in\":\"query\"");
    pt_buf_put_str(out, ",\"required\":");
    put_bool(out, param->required);
    pt_buf_put_str(out, ",\"format\":");
    pt_buf_put_json(out, pt_slice_str(pt_format_name(param->format)));
    if (param->format == PT_FORMAT_ENUM) {
        pt_buf_put_str(out, ",\"values\":");
        pt_tool_texts_json(param->values, param->nvalues, out);
    }
    pt_buf_put_byte(out, '}');
}

void pt_tool_params_json(const struct pt_dataset *dataset, struct pt_buf *out)
{
    pt_buf_put_byte(out, '[');
    for (size_t i = 0U; i < dataset->nparams; i++) {
        pt_buf_put_str(out, i > 0U ? "," : "");
        put_param(&dataset->params[i], out);
    }
    pt_buf_put_byte(out, ']');
}

void pt_tool_quota_json(const struct pt_dataset *dataset, struct pt_buf *out)
{
    if (dataset->quota_bucket.len == 0U) {
        pt_buf_put_str(out, "null");
        return;
    }
    pt_buf_put_str(out, "{\"bucket\":");
    pt_buf_put_json(out, dataset->quota_bucket);
    pt_buf_put_str(out, ",\"limit\":");
    pt_buf_put_u64(out, dataset->quota_limit);
    pt_buf_put_str(out, ",\"period_s\":");
    pt_buf_put_u64(out, dataset->quota_period_s);
    pt_buf_put_byte(out, '}');
}

void pt_tool_params_text(const struct pt_dataset *dataset, struct pt_buf *out)
{
    for (size_t i = 0U; i < dataset->nparams; i++) {
        pt_buf_put_str(out, i > 0U ? ", " : "");
        pt_buf_put(out, dataset->params[i].name);
        pt_buf_put_str(out, dataset->params[i].required ? "" : "?");
    }
}

static struct pt_cell text_cell(pt_slice text)
{
    return (struct pt_cell){.kind = PT_CELL_TEXT, .text = text};
}

static void print_row(struct pt_table *table, const struct pt_dataset *d, struct pt_buf *params)
{
    const bool json = table->format == PT_FORMAT_JSON;
    if (json) {
        pt_tool_params_json(d, params);
    } else {
        pt_tool_params_text(d, params);
    }
    const pt_slice deprecated = json ? (d->deprecated ? PT_SLICE("true") : PT_SLICE("false"))
                                     : (d->deprecated ? PT_SLICE("oui") : PT_SLICE_EMPTY);
    const enum pt_cell_kind kind = json ? PT_CELL_JSON : PT_CELL_TEXT;
    const struct pt_cell cells[] = {
        text_cell(d->id),
        text_cell(d->api),
        text_cell(d->path),
        {.kind = kind, .text = pt_buf_slice(params)},
        text_cell(pt_slice_str(pt_class_name(d->class_))),
        {.kind = kind, .text = deprecated},
        text_cell(d->provider),
        text_cell(d->title),
    };
    pt_table_row(table, cells);
}

static int print_list(const struct pt_cli *cli, const struct pt_folder *folder)
{
    static const struct pt_column columns[] = {
        {"id", "IDENTIFIANT", 62},       {"api", "API", 10},     {"path", "CHEMIN", 64},
        {"params", "PARAMÈTRES", 26},    {"class", "CLASSE", 9}, {"deprecated", "DÉPRÉCIÉ", 8},
        {"provider", "FOURNISSEUR", 12}, {"title", "TITRE", 0},
    };
    struct pt_table table = {.out = cli->out, .columns = columns, .ncolumns = PT_COUNT(columns)};
    if (!pt_ok(pt_cli_format(cli, &table.format))) {
        return PT_EXIT_USAGE;
    }
    pt_table_begin(&table);
    for (size_t i = 0U; i < pt_catalogue_count(folder->catalogue); i++) {
        struct pt_buf params;
        pt_buf_init(&params, PT_DATASET_FILE_MAX);
        print_row(&table, pt_catalogue_at(folder->catalogue, i), &params);
        pt_buf_done(&params);
    }
    pt_table_end(&table);
    return folder->errors == 0U ? PT_EXIT_OK : PT_EXIT_CONFIG;
}

int pt_tool_list(const struct pt_cli *cli, void *ctx)
{
    (void)ctx;
    char dir[PT_PATH_MAX] = "";
    struct pt_folder folder;
    pt_status st = pt_tool_datasets(cli, dir, sizeof(dir));
    if (pt_ok(st)) {
        st = pt_folder_load(cli, dir, &folder);
    }
    if (!pt_ok(st)) {
        return pt_tool_io_exit(cli, st, dir);
    }
    const int code = print_list(cli, &folder);
    folder.catalogue = pt_catalogue_free(folder.catalogue);
    return code;
}
