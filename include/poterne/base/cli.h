/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * cli.h -- what the programs share: one declarative table of commands and options that gives
 * the parser and --help, and one table printer for --format table|json|csv.
 * Answers go to stdout, diagnostics to stderr. Texts are French. Layer 0 (base).
 */
#ifndef POTERNE_BASE_CLI_H
#define POTERNE_BASE_CLI_H

#include "poterne/base/buf.h"

#include <stdio.h>

/* Exit codes, the same for every program (docs/errors.md). */
enum pt_exit {
    PT_EXIT_OK = 0,
    PT_EXIT_NO = 1, /* the answer is "no": refused, verification failed */
    PT_EXIT_USAGE = 2,
    PT_EXIT_INTEGRITY = 4, /* the log's integrity failed */
    PT_EXIT_UNAVAILABLE = 69,
    PT_EXIT_PERMISSION = 77,
    PT_EXIT_CONFIG = 78,
};

#define PT_CLI_OPTIONS_MAX 32U
#define PT_CLI_ARGS_MAX    16U

struct pt_cli_option {
    const char *name;  /* "format": long form --format VALUE */
    char letter;       /* 'c' for -c, 0 when there is none */
    const char *value; /* name of the value in --help, NULL for a flag */
    const char *help;  /* French, one line */
};

struct pt_cli;
struct pt_cli_command {
    const char *name; /* NULL: the program has no sub-commands */
    const char *args; /* positional synopsis, "" when none */
    const char *help;
    int (*run)(const struct pt_cli *cli, void *ctx);
};

struct pt_cli_program {
    const char *name;
    const char *summary; /* French, one line */
    const struct pt_cli_command *commands;
    size_t ncommands;
    const struct pt_cli_option *options;
    size_t noptions;
};

struct pt_cli {
    const struct pt_cli_program *program;
    const struct pt_cli_command *command;
    const char *values[PT_CLI_OPTIONS_MAX]; /* by option index; "" for a flag that is set */
    const char *args[PT_CLI_ARGS_MAX];
    size_t nargs;
    FILE *out;
    FILE *err;
};

/**
 * Parse, answer --help and --version, run the command.
 * An unknown command or option gets a suggestion and PT_EXIT_USAGE.
 */
int pt_cli_main(const struct pt_cli_program *program, int argc, char **argv, void *ctx);
/** Value of --@name, NULL when absent; a flag that is set gives "". */
const char *pt_cli_get(const struct pt_cli *cli, const char *name);
/** Nearest of @n names within an edit distance of 2 (one third of longer names), or NULL. */
const char *pt_cli_suggest(pt_slice text, const char *const *names, size_t n);

enum pt_format { PT_FORMAT_TABLE = 0, PT_FORMAT_JSON, PT_FORMAT_CSV };
/** From --format; @return PT_E_SYNTAX after a message on stderr. */
PT_RESULT pt_cli_format(const struct pt_cli *cli, enum pt_format *ret);

/* A table is written row by row; JSON rows are objects, cells keep their JSON type. */
enum pt_cell_kind { PT_CELL_TEXT = 0, PT_CELL_NUMBER, PT_CELL_NULL, PT_CELL_JSON };
struct pt_cell {
    enum pt_cell_kind kind;
    pt_slice text; /* TEXT; JSON: one value written as it is (its text is shown in table and csv) */
    uint64_t number; /* NUMBER */
};
struct pt_column {
    const char *key;   /* JSON name */
    const char *title; /* French heading */
    int width;         /* minimum width in a table */
};
struct pt_table {
    FILE *out;
    enum pt_format format;
    const struct pt_column *columns;
    size_t ncolumns;
    size_t rows;
};
void pt_table_begin(struct pt_table *table);
void pt_table_row(struct pt_table *table, const struct pt_cell *cells);
void pt_table_end(struct pt_table *table);

#endif /* POTERNE_BASE_CLI_H */
