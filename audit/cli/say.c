/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * say.c -- what poterne-audit tells a person when it is not the answer itself.
 *
 * Law: diagnostics go to stderr, in French, and name what to do next. Layer 1 (audit).
 */
#include "audit/cli/tool_int.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#define BAR_WIDTH 30U

void tool_say(const struct pt_cli *cli, const char *what, const char *about)
{
    (void)fprintf(cli->err, "%s : %s%s\n", cli->program->name, what, about);
}

struct saying {
    enum pt_code code;
    int exit;
    const char *text;
};

static const struct saying SAYINGS[] = {
    {PT_E_ABSENT, PT_EXIT_NO, "aucune trace ne correspond"},
    {PT_E_AGAIN, PT_EXIT_NO, "la trace n'est pas encore scellée ; réessayez dans un instant"},
    {PT_E_DENIED, PT_EXIT_PERMISSION,
     "cette question porte sur des champs scellés et la clé du journal (keys/kek) n'est pas "
     "lisible "
     "ici"},
    {PT_E_SYNTAX, PT_EXIT_USAGE,
     "la question est mal formée : vérifiez les valeurs des filtres (dates, nombres, "
     "identifiants)"},
    {PT_E_CORRUPT, PT_EXIT_INTEGRITY,
     "le journal est endommagé ; lancez « poterne-audit verify » pour savoir où"},
    {PT_E_FORGED, PT_EXIT_INTEGRITY,
     "le journal ne correspond plus à ses clés ; lancez « poterne-audit verify »"},
    {PT_E_CLOSED, PT_EXIT_UNAVAILABLE, "le démon a fermé la connexion"},
    {PT_E_PROTOCOL, PT_EXIT_UNAVAILABLE, "la réponse du démon n'est pas comprise"},
    {PT_E_FULL, PT_EXIT_UNAVAILABLE,
     "le journal est plein : la lecture ne peut pas être tracée, donc rien n'est montré"},
    {PT_E_LIMIT, PT_EXIT_NO, "la réponse dépasse la taille permise"},
    {PT_E_NOMEM, PT_EXIT_UNAVAILABLE, "mémoire insuffisante"},
};

int tool_fail(const struct pt_cli *cli, pt_status st)
{
    if (st.code == (uint32_t)PT_E_IO && (st.aux == EACCES || st.aux == EPERM)) {
        tool_say(cli, "vous n'avez pas le droit de lire ce journal", "");
        return PT_EXIT_PERMISSION;
    }
    for (size_t i = 0; i < PT_COUNT(SAYINGS); i++) {
        if (st.code == (uint32_t)SAYINGS[i].code) {
            tool_say(cli, SAYINGS[i].text, "");
            return SAYINGS[i].exit;
        }
    }
    tool_say(cli, "le journal ne peut pas être lu : ", pt_code_name(st.code));
    return PT_EXIT_UNAVAILABLE;
}

void tool_progress(void *ctx, uint64_t done, uint64_t total)
{
    const struct tool *tool = ctx;
    const struct pt_cli *cli = tool->cli;
    const uint64_t filled = total == 0U ? BAR_WIDTH : done * BAR_WIDTH / total;

    if (cli->err != stderr || isatty(STDERR_FILENO) == 0) {
        return;
    }
    (void)fputs("\r[", cli->err);
    for (uint64_t i = 0; i < BAR_WIDTH; i++) {
        (void)fputc(i < filled ? '#' : ' ', cli->err);
    }
    (void)fprintf(cli->err, "] %" PRIu64 "/%" PRIu64, done, total);
    (void)fflush(cli->err);
}

void tool_progress_end(const struct pt_cli *cli)
{
    if (cli->err == stderr && isatty(STDERR_FILENO) != 0) {
        (void)fputs("\r\033[K", cli->err);
    }
}
