/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * check.c -- poterne-catalogue check: loads every descriptor, names every bad one.
 * Layer 1 (schemas).
 */
#include "schemas/cli/cli_int.h"

static int report(const struct pt_cli *cli, const struct pt_folder *folder)
{
    const size_t n = pt_catalogue_count(folder->catalogue);
    if (folder->errors > 0U) {
        (void)fprintf(cli->out, "%zu erreur%s, %zu jeu%s de données lisible%s\n", folder->errors,
                      folder->errors > 1U ? "s" : "", n, n > 1U ? "x" : "", n > 1U ? "s" : "");
        return PT_EXIT_CONFIG;
    }
    if (n == 0U) {
        pt_tool_complain(cli, "aucun jeu de données dans ce dossier", NULL);
        return PT_EXIT_CONFIG;
    }
    (void)fprintf(cli->out, "%zu jeu%s de données, aucune erreur\n", n, n > 1U ? "x" : "");
    return PT_EXIT_OK;
}

int pt_tool_check(const struct pt_cli *cli, void *ctx)
{
    (void)ctx;
    char dir[PT_PATH_MAX] = "";
    struct pt_folder folder;
    if (cli->nargs > 1U) {
        pt_tool_complain(cli, "un seul dossier à la fois", NULL);
        return PT_EXIT_USAGE;
    }
    pt_status st = pt_tool_datasets(cli, dir, sizeof(dir));
    const char *asked = cli->nargs == 1U ? cli->args[0] : dir;
    if (pt_ok(st)) {
        st = pt_folder_load(cli, asked, &folder);
    }
    if (!pt_ok(st)) {
        return pt_tool_io_exit(cli, st, asked);
    }
    const int code = report(cli, &folder);
    folder.catalogue = pt_catalogue_free(folder.catalogue);
    return code;
}
