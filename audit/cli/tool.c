/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tool.c -- poterne-audit: its one table, and which log a run is about.
 *
 * Layer 1 (audit).
 */
#include "audit/cli/tool_int.h"

#include <errno.h>
#include <unistd.h>

struct run {
    const struct pt_audit_env *env;
};

/* --- which log -----------------------------------------------------------------------------------
 */

static int set_dir(struct tool *tool, const char *dir)
{
    char path[PT_PATH_MAX];
    const size_t n = strlen(dir);

    if (n == 0U || n >= sizeof tool->dir || !pt_ok(pt_file_join(dir, "tlog", path, sizeof path))) {
        tool_say(tool->cli, "chemin de journal trop long ou vide", "");
        return PT_EXIT_USAGE;
    }
    memcpy(tool->dir, dir, n + 1U);
    if (tool->copy && access(path, R_OK | X_OK) != 0) {
        if (errno == EACCES) {
            return tool_fail(tool->cli, PT_FAIL_AUX(PT_E_IO, EACCES));
        }
        tool_say(tool->cli, "ce dossier n'est pas un journal de Poterne (pas de tlog/) : ", dir);
        return PT_EXIT_USAGE;
    }
    return PT_EXIT_OK;
}

static int of_configuration(struct tool *tool, const struct pt_audit_env *env, const char *file)
{
    struct pt_buf report;
    const char *dir = NULL;
    int code = PT_EXIT_CONFIG;

    pt_buf_init(&report, PT_CONFIG_FILE_MAX);
    const pt_status st = env->directory(env->ctx, file, &report, &dir);
    if (report.len != 0U) {
        (void)fwrite(report.ptr, 1U, report.len, tool->cli->err);
    }
    if (pt_ok(st)) {
        code = set_dir(tool, dir);
    } else {
        tool_say(tool->cli, "la configuration n'est pas utilisable : ", file);
    }
    pt_buf_done(&report);
    return code;
}

static int find_log(struct tool *tool, const struct pt_audit_env *env)
{
    const char *const file = pt_cli_get(tool->cli, "config");
    const char *const dir = pt_cli_get(tool->cli, "log");

    if ((file == NULL) == (dir == NULL)) {
        tool_say(tool->cli, "donnez soit -c FICHIER, soit --log DOSSIER", "");
        return PT_EXIT_USAGE;
    }
    if (dir != NULL) {
        tool->copy = true;
        return set_dir(tool, dir);
    }
    return of_configuration(tool, env, file);
}

static int with_log(const struct pt_cli *cli, void *ctx, int (*work)(struct tool *tool))
{
    const struct run *run = ctx;
    struct tool tool = {.cli = cli, .fd = -1};

    int code = find_log(&tool, run->env);
    if (code == PT_EXIT_OK) {
        code = work(&tool);
    }
    tool_close(&tool);
    return code;
}

/* --- the table
 * ------------------------------------------------------------------------------------- */

#define COMMAND(name)                                                                              \
    static int run_##name(const struct pt_cli *cli, void *ctx)                                     \
    {                                                                                              \
        return with_log(cli, ctx, tool_##name);                                                    \
    }
COMMAND(list)
COMMAND(show)
COMMAND(prove)
COMMAND(verify)
COMMAND(checkpoint)
COMMAND(stats)
COMMAND(export)
#undef COMMAND

static const struct pt_cli_command COMMANDS[] = {
    {"list", "", "Liste les traces qui répondent aux filtres.", run_list},
    {"show", "NUMÉRO|ÉCHANGE", "Montre une trace, ou le début et la fin d'un échange.", run_show},
    {"prove", "NUMÉRO|ÉCHANGE", "Écrit la preuve d'inclusion d'une trace (.tlog-proof).",
     run_prove},
    {"verify", "", "Vérifie tout le journal ; 4 si l'intégrité est rompue.", run_verify},
    {"checkpoint", "", "Écrit le dernier scellé publié.", run_checkpoint},
    {"stats", "", "Compte les traces par nature et par issue.", run_stats},
    {"export", "", "Copie l'arbre publié dans un dossier vérifiable par des tiers (--tlog).",
     run_export}};

static const struct pt_cli_option OPTIONS[] = {
    {"config", 'c', "FICHIER", "configuration ; le démon trace la lecture"},
    {"log", 0, "DOSSIER", "copie d'un journal, lue sans démon ni trace"},
    {"format", 0, "FORMAT", "table (par défaut), json ou csv"},
    {"agent", 0, "ID", "traces de cet agent"},
    {"dataset", 0, "ID", "traces de ce jeu de données"},
    {"procedure", 0, "ID", "traces de cette démarche"},
    {"outcome", 0, "ISSUE", "delivered, not-found, refused, invalid, impossible, quota"},
    {"channel", 0, "CANAL", "en-ligne, guichet, telephone, courrier"},
    {"case", 0, "DOSSIER", "traces de ce dossier de la GRC"},
    {"since", 0, "DATE", "à partir de cette date (AAAA-MM-JJ ou RFC 3339)"},
    {"until", 0, "DATE", "avant cette date"},
    {"limit", 0, "N", "au plus N traces (1000 par défaut)"},
    {"cursor", 0, "N", "suite d'une liste, donnée par la page précédente"},
    {"vkey", 0, "FICHIER", "clés publiques auxquelles se fier (verify)"},
    {"tlog", 0, "DOSSIER", "où copier l'arbre (export)"}};

int pt_audit_main(int argc, char **argv, const struct pt_audit_env *env)
{
    static const struct pt_cli_program PROGRAM = {
        .name = "poterne-audit",
        .summary = "Consulte et vérifie le journal des échanges.",
        .commands = COMMANDS,
        .ncommands = PT_COUNT(COMMANDS),
        .options = OPTIONS,
        .noptions = PT_COUNT(OPTIONS)};
    struct run run = {.env = env};

    return pt_cli_main(&PROGRAM, argc, argv, &run);
}
