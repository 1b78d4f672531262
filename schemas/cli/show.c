/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * show.c -- poterne-catalogue show: all that is known about one dataset. Layer 1 (schemas).
 */
#include "schemas/cli/cli_int.h"

#include "poterne/base/limits.h"

static void put_types(const struct pt_node *node, struct pt_buf *out)
{
    const char *separator = "";
    for (unsigned bit = PT_TYPE_STRING; bit <= (unsigned)PT_TYPE_ARRAY; bit <<= 1U) {
        if ((node->types & bit) != 0U) {
            pt_buf_put_str(out, separator);
            pt_buf_put_str(out, pt_type_name((enum pt_type)bit));
            separator = "|";
        }
    }
}

static void print_node(struct pt_table *table, const struct pt_node *node)
{
    struct pt_buf pointer;
    struct pt_buf types;
    const bool json = table->format == PT_FORMAT_JSON;
    const pt_slice yes = json ? PT_SLICE("true") : PT_SLICE("oui");
    const pt_slice no = json ? PT_SLICE("false") : PT_SLICE_EMPTY;
    const enum pt_cell_kind kind = json ? PT_CELL_JSON : PT_CELL_TEXT;
    pt_buf_init(&pointer, PT_DATASET_FILE_MAX);
    pt_buf_init(&types, PT_ID_MAX);
    pt_node_pointer(node, &pointer);
    put_types(node, &types);
    const struct pt_cell cells[] = {
        {.kind = PT_CELL_TEXT, .text = pt_buf_slice(&pointer)},
        {.kind = PT_CELL_TEXT, .text = pt_buf_slice(&types)},
        {.kind = kind, .text = node->nullable ? yes : no},
        {.kind = kind, .text = node->required ? yes : no},
        {.kind = PT_CELL_TEXT, .text = pt_slice_str(pt_class_name(node->class_))},
    };
    pt_table_row(table, cells);
    pt_buf_done(&types);
    pt_buf_done(&pointer);
}

/* Depth is bounded by the loader (PT_JSON_DEPTH_MAX). */
static void print_tree(struct pt_table *table, const struct pt_node *node)
{
    if (node->parent != NULL) {
        print_node(table, node);
    }
    for (uint32_t i = 0U; i < node->nmembers; i++) {
        print_tree(table, &node->members[i]);
    }
    if (node->items != NULL) {
        print_tree(table, node->items);
    }
}

static void print_fields(const struct pt_cli *cli, const struct pt_dataset *d,
                         enum pt_format format)
{
    static const struct pt_column columns[] = {
        {"pointer", "CHAMP", 58},        {"type", "TYPE", 16},   {"nullable", "NULLABLE", 8},
        {"required", "OBLIGATOIRE", 11}, {"class", "CLASSE", 0},
    };
    struct pt_table table = {
        .out = cli->out, .format = format, .columns = columns, .ncolumns = PT_COUNT(columns)};
    pt_table_begin(&table);
    print_tree(&table, d->root);
    pt_table_end(&table);
}

static void put_line(struct pt_buf *out, const char *label, pt_slice text)
{
    pt_buf_put_str(out, label);
    pt_buf_put(out, text.len > 0U ? text : PT_SLICE("—"));
    pt_buf_put_byte(out, '\n');
}

static void put_param(struct pt_buf *out, const struct pt_param *param)
{
    pt_buf_put_str(out, "  ");
    pt_buf_put(out, param->name);
    pt_buf_put_str(out, param->in == PT_PARAM_PATH ? " (chemin" : " (requête");
    pt_buf_put_str(out, param->required ? ", obligatoire) : " : ", facultatif) : ");
    pt_buf_put_str(out, pt_format_help(param->format));
    for (size_t i = 0U; param->format == PT_FORMAT_ENUM && i < param->nvalues; i++) {
        pt_buf_put_str(out, i > 0U ? ", " : " : ");
        pt_buf_put(out, param->values[i]);
    }
    pt_buf_put_byte(out, '\n');
}

static void put_rights(struct pt_buf *out, const struct pt_dataset *d)
{
    pt_buf_put_str(out, "Droits (un suffit) : ");
    for (size_t i = 0U; i < d->nscopes; i++) {
        pt_buf_put_str(out, i > 0U ? ", " : "");
        pt_buf_put(out, d->scopes[i]);
    }
    pt_buf_put_str(out, d->nscopes == 0U ? "aucun\n" : "\n");
    pt_buf_put_str(out, "Quota : ");
    if (d->quota_bucket.len == 0U) {
        pt_buf_put_str(out, "aucun\n");
        return;
    }
    pt_buf_put_u64(out, d->quota_limit);
    pt_buf_put_str(out, " requêtes en ");
    pt_buf_put_u64(out, d->quota_period_s);
    pt_buf_put_str(out, " s par jeton (compteur ");
    pt_buf_put(out, d->quota_bucket);
    pt_buf_put_str(out, ")\n");
}

static void put_head(struct pt_buf *out, const struct pt_dataset *d)
{
    put_line(out, "Identifiant : ", d->id);
    put_line(out, "Titre : ", d->title);
    put_line(out, "Chemin : ", d->path);
    put_line(out, "Fournisseur : ", d->provider);
    put_line(out, "Classe : ", pt_slice_str(pt_class_name(d->class_)));
    put_line(out, "Déprécié : ", d->deprecated ? PT_SLICE("oui") : PT_SLICE("non"));
    put_line(out, "Cache de l'État : ", d->cache);
    put_line(out, "Identifie la personne concernée : ", d->subject);
    put_rights(out, d);
    pt_buf_put_str(out, d->nparams > 0U ? "Paramètres :\n" : "Paramètres : aucun\n");
    for (size_t i = 0U; i < d->nparams; i++) {
        put_param(out, &d->params[i]);
    }
    pt_buf_put_byte(out, '\n');
}

static void put_member(struct pt_buf *out, const char *key, pt_slice text)
{
    pt_buf_put_str(out, key);
    pt_buf_put_json(out, text);
}

/* One JSON object, whose "fields" is the table of places. */
static void put_head_json(struct pt_buf *out, const struct pt_dataset *d)
{
    put_member(out, "{\"id\":", d->id);
    put_member(out, ",\"api\":", d->api);
    put_member(out, ",\"path\":", d->path);
    put_member(out, ",\"title\":", d->title);
    put_member(out, ",\"provider\":", d->provider);
    put_member(out, ",\"class\":", pt_slice_str(pt_class_name(d->class_)));
    put_member(out, ",\"cache\":", d->cache);
    put_member(out, ",\"subject\":", d->subject);
    pt_buf_put_str(out, d->deprecated ? ",\"deprecated\":true" : ",\"deprecated\":false");
    pt_buf_put_str(out, ",\"params\":");
    pt_tool_params_json(d, out);
    pt_buf_put_str(out, ",\"scopes\":");
    pt_tool_texts_json(d->scopes, d->nscopes, out);
    pt_buf_put_str(out, ",\"quota\":");
    pt_tool_quota_json(d, out);
    pt_buf_put_str(out, ",\"fields\":");
}

static int print_dataset(const struct pt_cli *cli, const struct pt_dataset *d)
{
    enum pt_format format = PT_FORMAT_TABLE;
    struct pt_buf head;
    if (!pt_ok(pt_cli_format(cli, &format))) {
        return PT_EXIT_USAGE;
    }
    pt_buf_init(&head, PT_DATASET_FILE_MAX);
    if (format == PT_FORMAT_TABLE) {
        put_head(&head, d);
    } else if (format == PT_FORMAT_JSON) {
        put_head_json(&head, d);
    }
    (void)fwrite(head.ptr != NULL ? head.ptr : "", 1U, head.len, cli->out);
    pt_buf_done(&head);
    print_fields(cli, d, format);
    if (format == PT_FORMAT_JSON) {
        (void)fputs("}\n", cli->out);
    }
    return PT_EXIT_OK;
}

static void suggest(const struct pt_cli *cli, const struct pt_catalogue *catalogue, pt_slice id)
{
    const char *names[PT_DATASETS_MAX];
    const size_t n = pt_catalogue_count(catalogue);
    for (size_t i = 0U; i < n; i++) {
        names[i] = pt_catalogue_at(catalogue, i)->id.ptr;
    }
    pt_tool_complain(cli, "aucun jeu de données", id.ptr);
    const char *near = pt_cli_suggest(id, names, n);
    if (near != NULL) {
        pt_tool_complain(cli, "peut-être", near);
    }
}

static int show(const struct pt_cli *cli, const struct pt_folder *folder)
{
    const pt_slice id = pt_slice_str(cli->args[0]);
    const struct pt_dataset *dataset = pt_catalogue_find(folder->catalogue, id);
    if (dataset == NULL) {
        suggest(cli, folder->catalogue, id);
        return PT_EXIT_NO;
    }
    return print_dataset(cli, dataset);
}

int pt_tool_show(const struct pt_cli *cli, void *ctx)
{
    (void)ctx;
    char dir[PT_PATH_MAX] = "";
    struct pt_folder folder;
    if (cli->nargs != 1U) {
        pt_tool_complain(cli, "show attend un identifiant de jeu de données", NULL);
        return PT_EXIT_USAGE;
    }
    pt_status st = pt_tool_datasets(cli, dir, sizeof(dir));
    if (pt_ok(st)) {
        st = pt_folder_load(cli, dir, &folder);
    }
    if (!pt_ok(st)) {
        return pt_tool_io_exit(cli, st, dir);
    }
    const int code = show(cli, &folder);
    folder.catalogue = pt_catalogue_free(folder.catalogue);
    return code;
}
