/* SPDX-License-Identifier: EUPL-1.2 */
/* The command line: what is refused, with which words, and what reaches the command. */
#include "poterne/base/cli.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>

struct seen {
    int runs;
    size_t nargs;
    char args[64];
    char config[32];
    char format[32];
    bool trace;
};

static int run_list(const struct pt_cli *cli, void *ctx)
{
    struct seen *seen = (struct seen *)ctx;
    const char *config = pt_cli_get(cli, "config");
    const char *format = pt_cli_get(cli, "format");
    seen->runs++;
    seen->nargs = cli->nargs;
    for (size_t i = 0U; i < cli->nargs; i++) {
        (void)strncat(seen->args, cli->args[i], 8U);
        (void)strncat(seen->args, "|", 2U);
    }
    (void)snprintf(seen->config, sizeof seen->config, "%s", config != NULL ? config : "-");
    (void)snprintf(seen->format, sizeof seen->format, "%s", format != NULL ? format : "-");
    seen->trace = pt_cli_get(cli, "trace") != NULL;
    cr_assert_null(pt_cli_get(cli, "no-such-option"));
    return PT_EXIT_NO;
}

static int run_ok(const struct pt_cli *cli, void *ctx)
{
    (void)cli;
    (void)ctx;
    return PT_EXIT_OK;
}

static int run_format(const struct pt_cli *cli, void *ctx)
{
    enum pt_format *format = (enum pt_format *)ctx;
    return pt_ok(pt_cli_format(cli, format)) ? PT_EXIT_OK : PT_EXIT_USAGE;
}

static const struct pt_cli_option OPTIONS[] = {
    {"config", 'c', "FICHIER", "fichier de configuration"},
    {"format", 0, "FORME", "table, json ou csv"},
    {"trace", 't', NULL, "dit ce qui est fait"},
    {"un-nom-d-option-assez-long", 0, "VALEUR", "une aide"},
};
static const struct pt_cli_command COMMANDS[] = {
    {"list", "[FILTRE…]", "liste les entrées", run_list},
    {"verify", "", "vérifie tout le journal", run_ok},
    {"format", "", "lit --format", run_format},
};
static const struct pt_cli_program PROGRAM = {.name = "essai",
                                              .summary = "Programme d'essai.",
                                              .commands = COMMANDS,
                                              .ncommands = PT_COUNT(COMMANDS),
                                              .options = OPTIONS,
                                              .noptions = PT_COUNT(OPTIONS)};
static const struct pt_cli_command ALONE[] = {{NULL, "PREUVE", "vérifie une preuve", run_list}};
static const struct pt_cli_program SINGLE = {.name = "seul",
                                             .summary = "Vérifie.",
                                             .commands = ALONE,
                                             .ncommands = 1U,
                                             .options = OPTIONS,
                                             .noptions = PT_COUNT(OPTIONS)};

#define WORDS 24

/* Words separated by one space. */
static int call(const struct pt_cli_program *program, const char *line, void *ctx)
{
    char copy[256];
    char *argv[WORDS + 1] = {copy};
    int argc = 1;
    (void)snprintf(copy, sizeof copy, "prog %s", line);
    for (char *p = copy; *p != '\0' && argc < WORDS; p++) {
        if (*p == ' ') {
            *p = '\0';
            argv[argc++] = p + 1;
        }
    }
    return pt_cli_main(program, line[0] == '\0' ? 1 : argc, argv, ctx);
}

/* What the program printed since cr_redirect_*. */
static const char *all_of(FILE *stream)
{
    static char text[4096];
    const size_t n = fread(text, 1U, sizeof text - 1U, stream);
    text[n] = '\0';
    return text;
}

static void quiet(void)
{
    cr_redirect_stdout();
    cr_redirect_stderr();
}

Test(cli, wrong_usage_runs_nothing_and_exits_2, .init = quiet)
{
    static const char *const BAD[] = {
        "",
        "nothing",
        "list --unknown",
        "list -x",
        "list -cx",
        "list --config",
        "list -c",
        "list --trace=yes",
        "list --trace --trace",
        "list -c a --config b",
        "list --help=x",
        "list --=x",
        "-- --list",
        "list 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
    };
    for (size_t i = 0U; i < PT_COUNT(BAD); i++) {
        struct seen seen = {0};
        cr_assert_eq(call(&PROGRAM, BAD[i], &seen), PT_EXIT_USAGE, "%s", BAD[i]);
        cr_assert_eq(seen.runs, 0);
    }
}

Test(cli, an_unknown_option_gets_a_suggestion_on_stderr, .init = quiet)
{
    cr_assert_eq(call(&PROGRAM, "list --fromat json", NULL), PT_EXIT_USAGE);
    (void)fflush(stderr);
    cr_assert_str_eq(all_of(cr_get_redirected_stderr()),
                     "essai : option inconnue « --fromat » ; vouliez-vous dire « --format » ?\n"
                     "Essayez « essai --help ».\n");
}

Test(cli, an_unknown_command_gets_a_suggestion_too, .init = quiet)
{
    cr_assert_eq(call(&PROGRAM, "verifi", NULL), PT_EXIT_USAGE);
    (void)fflush(stderr);
    cr_assert_str_eq(all_of(cr_get_redirected_stderr()),
                     "essai : commande inconnue « verifi » ; vouliez-vous dire « verify » ?\n"
                     "Essayez « essai --help ».\n");
}

Test(cli, what_was_typed_cannot_drive_the_terminal, .init = quiet)
{
    cr_assert_eq(call(&PROGRAM, "\033[2Jwxyz", NULL), PT_EXIT_USAGE);
    (void)fflush(stderr);
    cr_assert_str_eq(all_of(cr_get_redirected_stderr()),
                     "essai : commande inconnue « ?[2Jwxyz »\nEssayez « essai --help ».\n");
}

Test(cli, options_stand_before_or_after_the_command_in_every_form)
{
    static const char *const LINES[] = {
        "-c f.yaml --format json -t list a b",
        "list -c f.yaml --format json -t a b",
        "list a --config f.yaml b -t --format=json",
        "--config=f.yaml list --trace a --format json b",
        "-t -c f.yaml --format=json list -- a b",
        "-t -c f.yaml --format=json -- list a b",
    };
    for (size_t i = 0U; i < PT_COUNT(LINES); i++) {
        struct seen seen = {0};
        cr_assert_eq(call(&PROGRAM, LINES[i], &seen), PT_EXIT_NO, "%s", LINES[i]);
        cr_assert_str_eq(seen.args, "a|b|");
        cr_assert_str_eq(seen.config, "f.yaml");
        cr_assert_str_eq(seen.format, "json");
        cr_assert(seen.trace);
    }
}

Test(cli, absent_options_are_absent_and_empty_values_are_values)
{
    struct seen seen = {0};
    cr_assert_eq(call(&PROGRAM, "list --format=", &seen), PT_EXIT_NO);
    cr_assert_str_eq(seen.config, "-");
    cr_assert_str_eq(seen.format, "");
    cr_assert_not(seen.trace);
    cr_assert_eq(seen.nargs, 0U);
}

Test(cli, a_value_may_look_like_an_option_and_a_dash_is_an_argument)
{
    struct seen seen = {0};
    cr_assert_eq(call(&PROGRAM, "list -c -t - -- -x", &seen), PT_EXIT_NO);
    cr_assert_str_eq(seen.config, "-t");
    cr_assert_str_eq(seen.args, "-|-x|");
}

Test(cli, a_command_that_takes_no_argument_refuses_one, .init = quiet)
{
    cr_expect_eq(call(&PROGRAM, "verify", NULL), PT_EXIT_OK);
    cr_expect_eq(call(&PROGRAM, "verify mot", NULL), PT_EXIT_USAGE);
    (void)fflush(stderr);
    cr_expect_not_null(strstr(all_of(cr_get_redirected_stderr()), "argument de trop « mot »"));
}

Test(cli, sixteen_arguments_pass)
{
    struct seen seen = {0};
    cr_assert_eq(call(&PROGRAM, "list 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6", &seen), PT_EXIT_NO);
    cr_assert_eq(seen.nargs, PT_CLI_ARGS_MAX);
}

Test(cli, a_program_without_commands_takes_arguments_directly)
{
    struct seen seen = {0};
    cr_assert_eq(call(&SINGLE, "preuve -t", &seen), PT_EXIT_NO);
    cr_assert_str_eq(seen.args, "preuve|");
    cr_assert_eq(call(&SINGLE, "", &seen), PT_EXIT_NO);
}

Test(cli, version_is_name_and_number, .init = quiet)
{
    cr_assert_eq(call(&PROGRAM, "--version", NULL), PT_EXIT_OK);
    (void)fflush(stdout);
    cr_assert_str_eq(all_of(cr_get_redirected_stdout()), "essai " PT_VERSION "\n");
}

Test(cli, help_shows_commands_and_options_in_columns, .init = quiet)
{
    cr_assert_eq(call(&PROGRAM, "-h", NULL), PT_EXIT_OK);
    (void)fflush(stdout);
    cr_assert_str_eq(all_of(cr_get_redirected_stdout()),
                     "Usage : essai [options] <commande> [arguments]\n\n"
                     "Programme d'essai.\n\n"
                     "Commandes :\n"
                     "  list [FILTRE…]              liste les entrées\n"
                     "  verify                      vérifie tout le journal\n"
                     "  format                      lit --format\n\n"
                     "Options :\n"
                     "  -c, --config FICHIER        fichier de configuration\n"
                     "      --format FORME          table, json ou csv\n"
                     "  -t, --trace                 dit ce qui est fait\n"
                     "      --un-nom-d-option-assez-long VALEUR\n"
                     "                              une aide\n"
                     "  -h, --help                  affiche cette aide\n"
                     "      --version               affiche la version\n");
}

Test(cli, help_of_one_command_shows_its_arguments, .init = quiet)
{
    cr_assert_eq(call(&PROGRAM, "list --help", NULL), PT_EXIT_OK);
    cr_assert_eq(call(&SINGLE, "--help", NULL), PT_EXIT_OK);
    (void)fflush(stdout);
    const char *text = all_of(cr_get_redirected_stdout());
    cr_assert_not_null(
        strstr(text, "Usage : essai [options] list [FILTRE…]\n\nliste les entrées\n"));
    cr_assert_not_null(strstr(text, "Usage : seul [options] PREUVE\n\nvérifie une preuve\n"));
    cr_assert_null(strstr(text, "Commandes"));
}

static const char *const NAMES[] = {"list", "show", "prove", "verify", "checkpoint", "stats", "a"};

Test(cli, suggestions_stay_near)
{
    static const struct {
        const char *typed;
        const char *expected;
    } ROWS[] = {
        {"lst", "list"},
        {"lsit", "list"},
        {"lits", "list"},
        {"verfiy", "verify"},
        {"chekpiont", "checkpoint"},
        {"statistics", NULL},
        {"stat", "stats"},
        {"zzzz", NULL},
        {"", NULL},
        {"b", NULL},
        {"prover", "prove"},
        {"xxlist", "list"},
        {"xxxlist", NULL},
        {"ckpoint", "checkpoint"},
        {"kpoint", NULL},
    };
    for (size_t i = 0U; i < PT_COUNT(ROWS); i++) {
        const char *best = pt_cli_suggest(pt_slice_str(ROWS[i].typed), NAMES, PT_COUNT(NAMES));
        if (ROWS[i].expected == NULL) {
            cr_assert_null(best, "%s gave %s", ROWS[i].typed, best);
        } else {
            cr_assert_str_eq(best, ROWS[i].expected);
        }
    }
}

Test(cli, a_word_or_a_name_of_more_than_64_bytes_gets_no_suggestion)
{
    char text[66];
    memset(text, 'x', sizeof text - 1U);
    text[65] = '\0';
    const char *const names[] = {text};
    cr_assert_null(pt_cli_suggest(pt_slice_str(text), NAMES, PT_COUNT(NAMES)));
    cr_assert_null(pt_cli_suggest(pt_slice_of(text, 64U), names, 1U));
    text[64] = '\0';
    cr_assert_eq(pt_cli_suggest(pt_slice_of(text, 63U), names, 1U), text);
    cr_assert_null(pt_cli_suggest(PT_SLICE("x"), NULL, 0U));
}

Test(cli, the_format_is_one_of_three, .init = quiet)
{
    static const struct {
        const char *line;
        int code;
        enum pt_format format;
    } ROWS[] = {
        {"format", PT_EXIT_OK, PT_FORMAT_TABLE},
        {"format --format table", PT_EXIT_OK, PT_FORMAT_TABLE},
        {"format --format json", PT_EXIT_OK, PT_FORMAT_JSON},
        {"format --format csv", PT_EXIT_OK, PT_FORMAT_CSV},
        {"format --format JSON", PT_EXIT_USAGE, PT_FORMAT_CSV},
        {"format --format xml", PT_EXIT_USAGE, PT_FORMAT_CSV},
        {"format --format=", PT_EXIT_USAGE, PT_FORMAT_CSV},
    };
    for (size_t i = 0U; i < PT_COUNT(ROWS); i++) {
        enum pt_format format = PT_FORMAT_CSV;
        cr_assert_eq(call(&PROGRAM, ROWS[i].line, &format), ROWS[i].code, "%s", ROWS[i].line);
        cr_assert_eq(format, ROWS[i].format);
    }
}

Test(cli, an_answer_that_cannot_be_written_is_no_success)
{
    cr_assert_not_null(freopen("/dev/full", "w", stdout));
    cr_assert_eq(call(&PROGRAM, "--version", NULL), PT_EXIT_UNAVAILABLE);
}
