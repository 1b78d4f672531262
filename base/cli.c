/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The command line of every program, from one table: parser, help and suggestions cannot
 * disagree. Options stand before or after the command; "--" ends them. Layer 0 (base).
 */
#include "poterne/base/cli.h"

#define NAME_MAX_LEN 64U
#define HELP_COLUMN  30U

#ifndef PT_VERSION
#error "PT_VERSION comes from the build"
#endif

struct parser {
    struct pt_cli cli;
    int argc;
    char **argv;
    int at;
    bool options_over; /* "--" was seen */
    bool help;
    bool version;
};

static void say(FILE *out, const char *text)
{
    (void)fputs(text, out);
}

/* --- suggestions --------------------------------------------------------------------------- */

static size_t min3(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static size_t min2(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Restricted Damerau-Levenshtein over three rows: insert, delete, replace, swap neighbours. */
static size_t distance(pt_slice a, pt_slice b)
{
    size_t rows[3][NAME_MAX_LEN + 1U];
    for (size_t j = 0U; j <= b.len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1U; i <= a.len; i++) {
        size_t *now = rows[i % 3U];
        const size_t *last = rows[(i + 2U) % 3U];
        const size_t *before = rows[(i + 1U) % 3U];
        now[0] = i;
        for (size_t j = 1U; j <= b.len; j++) {
            const bool same = a.ptr[i - 1U] == b.ptr[j - 1U];
            now[j] = min3(last[j] + 1U, now[j - 1U] + 1U, last[j - 1U] + (same ? 0U : 1U));
            if (i > 1U && j > 1U && a.ptr[i - 1U] == b.ptr[j - 2U] &&
                a.ptr[i - 2U] == b.ptr[j - 1U]) {
                now[j] = min2(now[j], before[j - 2U] + 1U);
            }
        }
    }
    return rows[a.len % 3U][b.len];
}

const char *pt_cli_suggest(pt_slice text, const char *const *names, size_t n)
{
    const char *best = NULL;
    size_t best_distance = NAME_MAX_LEN;
    if (text.len > NAME_MAX_LEN) {
        return NULL;
    }
    for (size_t i = 0U; i < n; i++) {
        const pt_slice name = pt_slice_str(names[i]);
        if (name.len > NAME_MAX_LEN) {
            continue;
        }
        const size_t limit = name.len / 3U > 2U ? name.len / 3U : 2U;
        const size_t d = distance(text, name);
        /* A distance as long as the name would suggest anything for anything. */
        if (d <= limit && d < name.len && d < best_distance) {
            best = names[i];
            best_distance = d;
        }
    }
    return best;
}

/* --- usage errors -------------------------------------------------------------------------- */

/* What the user typed goes back to the terminal without its control characters. */
static void say_typed(FILE *out, pt_slice text)
{
    for (size_t i = 0U; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];
        (void)fputc(c < 0x20U || c == 0x7FU ? '?' : c, out);
    }
}

static bool complain(const struct pt_cli *cli, const char *what, pt_slice typed)
{
    say(cli->err, cli->program->name);
    say(cli->err, " : ");
    say(cli->err, what);
    say(cli->err, " « ");
    say_typed(cli->err, typed);
    say(cli->err, " »");
    return false;
}

static void finish_complaint(const struct pt_cli *cli)
{
    say(cli->err, "\nEssayez « ");
    say(cli->err, cli->program->name);
    say(cli->err, " --help ».\n");
}

static void propose(const struct pt_cli *cli, const char *dashes, const char *name)
{
    if (name != NULL) {
        say(cli->err, " ; vouliez-vous dire « ");
        say(cli->err, dashes);
        say(cli->err, name);
        say(cli->err, " » ?");
    }
    finish_complaint(cli);
}

static bool unknown_option(const struct pt_cli *cli, pt_slice typed, pt_slice name)
{
    const char *names[PT_CLI_OPTIONS_MAX + 2U] = {"help", "version"};
    const struct pt_cli_program *program = cli->program;
    for (size_t i = 0U; i < program->noptions; i++) {
        names[i + 2U] = program->options[i].name;
    }
    (void)complain(cli, "option inconnue", typed);
    propose(cli, "--", pt_cli_suggest(name, names, program->noptions + 2U));
    return false;
}

static bool unknown_command(const struct pt_cli *cli, pt_slice typed)
{
    const char *best = NULL;
    const char *names[PT_CLI_OPTIONS_MAX] = {NULL};
    size_t n = 0U;
    for (; n < cli->program->ncommands && n < PT_CLI_OPTIONS_MAX; n++) {
        names[n] = cli->program->commands[n].name;
    }
    best = pt_cli_suggest(typed, names, n);
    (void)complain(cli, "commande inconnue", typed);
    propose(cli, "", best);
    return false;
}

static bool wrong_use(const struct pt_cli *cli, const char *what, pt_slice typed)
{
    (void)complain(cli, what, typed);
    finish_complaint(cli);
    return false;
}

/* --- parsing ------------------------------------------------------------------------------- */

static bool set_option(struct parser *p, size_t index, pt_slice typed, const char *value)
{
    const struct pt_cli_option *option = &p->cli.program->options[index];
    if (p->cli.values[index] != NULL) {
        return wrong_use(&p->cli, "option donnée deux fois", typed);
    }
    if (option->value == NULL) {
        if (value != NULL) {
            return wrong_use(&p->cli, "cette option n'attend pas de valeur", typed);
        }
        p->cli.values[index] = "";
        return true;
    }
    if (value == NULL && p->at < p->argc) {
        value = p->argv[p->at++];
    }
    if (value == NULL) {
        return wrong_use(&p->cli, "il manque la valeur de l'option", typed);
    }
    p->cli.values[index] = value;
    return true;
}

static bool parse_long(struct parser *p, const char *word)
{
    pt_slice rest = pt_slice_str(word + 2);
    const bool has_value = pt_slice_find(rest, '=') < rest.len;
    const pt_slice name = pt_slice_cut(&rest, '=');
    const pt_slice typed = pt_slice_of(word, name.len + 2U);
    if (!has_value && pt_slice_eq(name, PT_SLICE("help"))) {
        p->help = true;
        return true;
    }
    if (!has_value && pt_slice_eq(name, PT_SLICE("version"))) {
        p->version = true;
        return true;
    }
    for (size_t i = 0U; i < p->cli.program->noptions; i++) {
        if (pt_slice_eq(name, pt_slice_str(p->cli.program->options[i].name))) {
            return set_option(p, i, typed, has_value ? word + name.len + 3U : NULL);
        }
    }
    return unknown_option(&p->cli, typed, name);
}

static bool parse_short(struct parser *p, const char *word)
{
    const pt_slice typed = pt_slice_str(word);
    if (typed.len == 2U && word[1] == 'h') {
        p->help = true;
        return true;
    }
    for (size_t i = 0U; typed.len == 2U && i < p->cli.program->noptions; i++) {
        if (p->cli.program->options[i].letter == word[1]) {
            return set_option(p, i, typed, NULL);
        }
    }
    return unknown_option(&p->cli, typed, pt_slice_from(typed, 1U));
}

static bool has_commands(const struct pt_cli_program *program)
{
    return program->ncommands > 0U && program->commands[0].name != NULL;
}

static bool parse_word(struct parser *p, const char *word)
{
    const struct pt_cli_program *program = p->cli.program;
    if (has_commands(program) && p->cli.command == NULL) {
        for (size_t i = 0U; i < program->ncommands; i++) {
            if (strcmp(program->commands[i].name, word) == 0) {
                p->cli.command = &program->commands[i];
                return true;
            }
        }
        return unknown_command(&p->cli, pt_slice_str(word));
    }
    if (p->cli.nargs == PT_CLI_ARGS_MAX) {
        return wrong_use(&p->cli, "argument de trop", pt_slice_str(word));
    }
    p->cli.args[p->cli.nargs++] = word;
    return true;
}

static bool parse_next(struct parser *p)
{
    const char *word = p->argv[p->at++];
    if (p->options_over || word[0] != '-' || word[1] == '\0') {
        return parse_word(p, word);
    }
    if (strcmp(word, "--") == 0) {
        p->options_over = true;
        return true;
    }
    return word[1] == '-' ? parse_long(p, word) : parse_short(p, word);
}

/* --- help ---------------------------------------------------------------------------------- */

static size_t characters(const char *text)
{
    size_t n = 0U;
    for (; *text != '\0'; text++) {
        n += ((unsigned char)*text & 0xC0U) != 0x80U ? 1U : 0U;
    }
    return n;
}

/* "  --left RIGHT   help", the help text in its own column. */
static void help_line(FILE *out, const char *left, const char *right, const char *help)
{
    size_t width = 2U + characters(left) + characters(right);
    say(out, "  ");
    say(out, left);
    if (*right != '\0') {
        say(out, " ");
        say(out, right);
        width++;
    }
    if (width + 2U > HELP_COLUMN) {
        say(out, "\n");
        width = 0U;
    }
    for (; width < HELP_COLUMN; width++) {
        (void)fputc(' ', out);
    }
    say(out, help);
    say(out, "\n");
}

static void help_option(FILE *out, const struct pt_cli_option *option)
{
    char left[NAME_MAX_LEN + 8U];
    const size_t len = strnlen(option->name, NAME_MAX_LEN);
    memcpy(left, "    --", 6U);
    if (option->letter != '\0') {
        left[0] = '-';
        left[1] = option->letter;
        left[2] = ',';
    }
    memcpy(left + 6, option->name, len);
    left[6U + len] = '\0';
    help_line(out, left, option->value != NULL ? option->value : "", option->help);
}

static void help_usage(const struct pt_cli *cli)
{
    const struct pt_cli_program *program = cli->program;
    say(cli->out, "Usage : ");
    say(cli->out, program->name);
    say(cli->out, " [options]");
    if (cli->command != NULL) {
        const bool named = cli->command->name != NULL;
        say(cli->out, named ? " " : "");
        say(cli->out, named ? cli->command->name : "");
        say(cli->out, *cli->command->args != '\0' ? " " : "");
        say(cli->out, cli->command->args);
    } else {
        say(cli->out, " <commande> [arguments]");
    }
    say(cli->out, "\n\n");
    say(cli->out, cli->command != NULL ? cli->command->help : program->summary);
    say(cli->out, "\n");
}

static int show_help(const struct pt_cli *cli)
{
    const struct pt_cli_program *program = cli->program;
    help_usage(cli);
    if (cli->command == NULL) {
        say(cli->out, "\nCommandes :\n");
        for (size_t i = 0U; i < program->ncommands; i++) {
            const struct pt_cli_command *command = &program->commands[i];
            help_line(cli->out, command->name, command->args, command->help);
        }
    }
    say(cli->out, "\nOptions :\n");
    for (size_t i = 0U; i < program->noptions; i++) {
        help_option(cli->out, &program->options[i]);
    }
    help_line(cli->out, "-h, --help", "", "affiche cette aide");
    help_line(cli->out, "    --version", "", "affiche la version");
    return PT_EXIT_OK;
}

static int show_version(const struct pt_cli *cli)
{
    say(cli->out, cli->program->name);
    say(cli->out, " " PT_VERSION "\n");
    return PT_EXIT_OK;
}

/* --- the entry points ---------------------------------------------------------------------- */

/* A word that no one would read is a mistake of who typed it: it is not passed over. */
static bool takes_no_word(const struct pt_cli_command *command)
{
    return command->name != NULL && *command->args == '\0';
}

static int run(struct parser *p, void *ctx)
{
    if (p->help) {
        return show_help(&p->cli);
    }
    if (p->version) {
        return show_version(&p->cli);
    }
    if (p->cli.command == NULL) {
        say(p->cli.err, p->cli.program->name);
        say(p->cli.err, " : il manque une commande");
        finish_complaint(&p->cli);
        return PT_EXIT_USAGE;
    }
    if (takes_no_word(p->cli.command) && p->cli.nargs > 0U) {
        (void)wrong_use(&p->cli, "argument de trop", pt_slice_str(p->cli.args[0]));
        return PT_EXIT_USAGE;
    }
    return p->cli.command->run(&p->cli, ctx);
}

int pt_cli_main(const struct pt_cli_program *program, int argc, char **argv, void *ctx)
{
    PT_BUG_ON(program->noptions > PT_CLI_OPTIONS_MAX);
    struct parser p = {.cli = {.program = program, .out = stdout, .err = stderr},
                       .argc = argc,
                       .argv = argv,
                       .at = 1};
    if (!has_commands(program)) {
        p.cli.command = program->commands;
    }
    while (p.at < argc) {
        if (!parse_next(&p)) {
            return PT_EXIT_USAGE;
        }
    }
    const int code = run(&p, ctx);
    /* An answer that did not reach its file (disk full, closed pipe) is not an answer. */
    if ((fflush(p.cli.out) != 0 || ferror(p.cli.out) != 0) && code == PT_EXIT_OK) {
        say(p.cli.err, program->name);
        say(p.cli.err, " : la sortie n'a pas pu être écrite\n");
        return PT_EXIT_UNAVAILABLE;
    }
    return code;
}

const char *pt_cli_get(const struct pt_cli *cli, const char *name)
{
    for (size_t i = 0U; i < cli->program->noptions; i++) {
        if (strcmp(cli->program->options[i].name, name) == 0) {
            return cli->values[i];
        }
    }
    return NULL;
}

PT_RESULT pt_cli_format(const struct pt_cli *cli, enum pt_format *ret)
{
    static const char *const FORMATS[] = {"table", "json", "csv"};
    const char *value = pt_cli_get(cli, "format");
    if (value == NULL) {
        *ret = PT_FORMAT_TABLE;
        return PT_SUCCESS;
    }
    for (size_t i = 0U; i < PT_COUNT(FORMATS); i++) {
        if (strcmp(value, FORMATS[i]) == 0) {
            *ret = (enum pt_format)i;
            return PT_SUCCESS;
        }
    }
    (void)complain(cli, "format inconnu (table, json ou csv)", pt_slice_str(value));
    propose(cli, "", pt_cli_suggest(pt_slice_str(value), FORMATS, PT_COUNT(FORMATS)));
    return PT_FAIL(PT_E_SYNTAX);
}
