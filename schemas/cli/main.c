/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * main.c -- the table of commands and options of poterne-catalogue. Layer 1 (schemas).
 */
#include "poterne/schemas/tool.h"

#include "schemas/cli/cli_int.h"

#include <errno.h>
#include <unistd.h>

void pt_tool_complain(const struct pt_cli *cli, const char *what, const char *detail)
{
    if (detail != NULL) {
        (void)fprintf(cli->err, "poterne-catalogue: %s « %s »\n", what, detail);
    } else {
        (void)fprintf(cli->err, "poterne-catalogue: %s\n", what);
    }
}

int pt_tool_io_exit(const struct pt_cli *cli, pt_status st, const char *path)
{
    if (st.code == (uint32_t)PT_E_ABSENT) {
        pt_tool_complain(cli, "ce fichier ou ce dossier n'existe pas :", path);
        return PT_EXIT_USAGE;
    }
    if (st.aux == (uint32_t)EACCES || st.aux == (uint32_t)EPERM || st.aux == (uint32_t)EROFS) {
        pt_tool_complain(cli, "pas le droit de lire ou d'écrire", path);
        return PT_EXIT_PERMISSION;
    }
    pt_tool_complain(cli, "impossible de lire ou d'écrire", path);
    return PT_EXIT_CONFIG;
}

/* The folder of this program's file, without its last '/'. */
static PT_RESULT program_folder(char *out, size_t size)
{
    const ssize_t n = readlink("/proc/self/exe", out, size - 1U);
    PT_ENSURE(n > 0 && (size_t)n < size - 1U, PT_E_IO);
    out[n] = '\0';
    char *slash = strrchr(out, '/');
    PT_ENSURE(slash != NULL, PT_E_IO);
    *slash = '\0';
    return PT_SUCCESS;
}

PT_RESULT pt_tool_datasets(const struct pt_cli *cli, char *out, size_t size)
{
    char folder[PT_PATH_MAX];
    const char *given = pt_cli_get(cli, "datasets");
    if (given != NULL) {
        const pt_slice text = pt_slice_str(given);
        PT_ENSURE(text.len > 0U && text.len < size, PT_E_LIMIT);
        (void)memcpy(out, given, text.len + 1U);
        return PT_SUCCESS;
    }
    PT_TRY(program_folder(folder, sizeof(folder)));
    return pt_file_join(folder, "../share/poterne/datasets", out, size);
}

PT_RESULT pt_tool_beside(const char *datasets, const char *name, char *out, size_t size)
{
    char up[PT_PATH_MAX];
    PT_TRY(pt_file_join(datasets, "..", up, sizeof(up)));
    return pt_file_join(up, name, out, size);
}

int pt_catalogue_main(int argc, char **argv)
{
    static const struct pt_cli_command commands[] = {
        {"list", "", "liste les jeux de données", pt_tool_list},
        {"show", "ID", "montre un jeu de données : paramètres, quota, droits, champs",
         pt_tool_show},
        {"check", "[DOSSIER]", "vérifie tous les descripteurs d'un dossier", pt_tool_check},
        {"import", "OPENAPI",
         "tire des descripteurs d'un fichier OpenAPI de l'État et montre ce qui change",
         pt_tool_import},
    };
    static const struct pt_cli_option options[] = {
        {"datasets", 0, "DOSSIER", "dossier des descripteurs (défaut : celui du programme)"},
        {"format", 0, "table|json|csv", "forme de la réponse (défaut : table)"},
        {"out", 0, "DOSSIER", "import : écrit les descripteurs dans ce dossier"},
        {"dry-run", 0, NULL, "import : montre ce qui change, n'écrit rien"},
        {"overlay", 0, "FICHIER",
         "import : faits tenus à la main (défaut : overlay/<api>.json "
         "à côté des descripteurs)"},
        {"api", 0, "NOM", "import : nom de l'API (défaut : entreprise)"},
    };
    static const struct pt_cli_program program = {
        .name = "poterne-catalogue",
        .summary = "Les jeux de données des API de l'État que Poterne connaît.",
        .commands = commands,
        .ncommands = PT_COUNT(commands),
        .options = options,
        .noptions = PT_COUNT(options),
    };
    return pt_cli_main(&program, argc, argv, NULL);
}
