/* SPDX-License-Identifier: EUPL-1.2 */
/* poterned: the daemon. Nothing is decided here; the processes are in gateway/proc. */
#include "gateway/bin/bin_int.h"
#include "gateway/exchange/errors.h"

#include "poterne/base/cli.h"
#include "poterne/base/file.h"
#include "poterne/gateway/supervisor.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int print_errors(void)
{
    struct pt_buf text;
    pt_buf_init(&text, PT_CONFIG_FILE_MAX);
    pt_errors_document(&text);
    const bool written = fwrite(text.ptr, 1U, text.len, stdout) == text.len;
    pt_buf_done(&text);
    return written ? PT_EXIT_OK : PT_EXIT_NO;
}

static int run(const struct pt_cli *cli, void *ctx)
{
    (void)ctx;
    if (pt_cli_get(cli, "errors") != NULL) {
        return print_errors();
    }
    char datasets[PT_PATH_MAX];
    const char *given = pt_cli_get(cli, "datasets");
    const struct pt_supervisor_options options = {
        .config_path = pt_cli_get(cli, "config"),
        .datasets = given != NULL ? given : datasets,
    };
    if (options.config_path == NULL) {
        (void)fprintf(cli->err, "poterned : -c FICHIER est nécessaire (voir --help)\n");
        return PT_EXIT_USAGE;
    }
    if (!pt_ok(pt_datasets_folder(datasets, sizeof datasets))) {
        return PT_EXIT_CONFIG;
    }
    if (pt_cli_get(cli, "check") != NULL || pt_cli_get(cli, "policy") != NULL) {
        return pt_supervisor_check(&options, pt_cli_get(cli, "policy") != NULL);
    }
    return pt_supervisor_run(&options);
}

/* `--role`: how the supervisor starts its children; it is not for people, hence not in --help. */
static int run_role(const char *role)
{
    if (strcmp(role, "gate") == 0) {
        return pt_gate_main();
    }
    if (strcmp(role, "scribe") == 0) {
        return pt_scribe_main();
    }
    return PT_EXIT_USAGE;
}

/* Started without 0, 1 or 2, a listening socket would take the number, and our log go into it. */
static bool stand_on_three(void)
{
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO) {
        fd = open("/dev/null", O_RDWR);
    }
    return fd > STDERR_FILENO && close(fd) == 0;
}

int main(int argc, char **argv)
{
    static const struct pt_cli_option options[] = {
        {"config", 'c', "FICHIER", "configuration (poterne.yaml)"},
        {"check", 0, NULL, "vérifie la configuration, dit toutes les erreurs et s'arrête"},
        {"policy", 0, NULL, "vérifie, puis écrit la politique effective (à comparer par diff)"},
        {"errors", 0, NULL, "écrit docs/errors.md, la page des codes d'erreur"},
        {"datasets", 0, "DOSSIER", "descripteurs des jeux de données"},
    };
    static const struct pt_cli_command commands[] = {{NULL, "", "", run}};
    static const struct pt_cli_program program = {
        .name = "poterned",
        .summary = "la porte gardée entre la GRC d'une commune et les API de l'État",
        .commands = commands,
        .ncommands = PT_COUNT(commands),
        .options = options,
        .noptions = PT_COUNT(options),
    };
    if (argc == 3 && strcmp(argv[1], "--role") == 0) {
        return run_role(argv[2]);
    }
    if (!stand_on_three()) {
        return PT_EXIT_UNAVAILABLE;
    }
    return pt_cli_main(&program, argc, argv, NULL);
}
