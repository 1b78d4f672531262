/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * rows.c -- `list` and `show`: entries as a table, as CSV, as JSON.
 *
 * Law: the JSON form is what the log's service said, byte for byte; the others show a part of it.
 * Layer 1 (audit).
 */
#include "audit/cli/tool_int.h"

#include "poterne/base/num.h"
#include "poterne/base/uuid.h"

#include <inttypes.h>

/* What a person looks at; --format json and csv have everything. */
static const struct pt_column TABLE_COLUMNS[] = {
    {"seq", "N°", 6},           {"time", "Date", 24},          {"type", "Nature", 8},
    {"outcome", "Issue", 10},   {"procedure", "Démarche", 24}, {"dataset", "Jeu de données", 36},
    {"agent", "Agent", 14},     {"channel", "Canal", 9},       {"case", "Dossier", 12},
    {"exchange", "Échange", 36}};

static const struct pt_column CSV_COLUMNS[] = {
    {"seq", "", 0},    {"type", "", 0},    {"exchange", "", 0},     {"time", "", 0},
    {"hour", "", 0},   {"client", "", 0},  {"procedure", "", 0},    {"dataset", "", 0},
    {"agent", "", 0},  {"channel", "", 0}, {"case", "", 0},         {"outcome", "", 0},
    {"fields", "", 0}, {"mode", "", 0},    {"habilitation", "", 0}, {"reason", "", 0},
    {"filter", "", 0}, {"count", "", 0}};

#define COLUMNS_MAX 24U

struct output {
    const struct pt_cli *cli;
    struct pt_table table;
    struct pt_buf text; /* of the cells of one row */
};

/* --- one row -----------------------------------------------------------------------------------
 */

/* Only the hour is clear; a person prefers it to nothing. */
static pt_slice shown(const struct output *out, pt_slice json, const char *key)
{
    const pt_slice value = member(json, key);
    const bool hour = out->table.format == PT_FORMAT_TABLE && strcmp(key, "time") == 0 &&
                      pt_slice_eq(value, PT_SLICE("null"));

    return hour ? member(json, "hour") : value;
}

static PT_RESULT put_cells(struct output *out, pt_slice json)
{
    struct pt_cell cells[COLUMNS_MAX] = {{.kind = PT_CELL_NULL}};
    size_t ends[COLUMNS_MAX];

    pt_buf_clear(&out->text);
    for (size_t i = 0; i < out->table.ncolumns; i++) {
        member_plain(shown(out, json, out->table.columns[i].key), &out->text);
        ends[i] = out->text.len;
    }
    PT_TRY(pt_buf_status(&out->text));
    for (size_t i = 0; i < out->table.ncolumns; i++) {
        const size_t from = i == 0U ? 0U : ends[i - 1U];
        cells[i].kind = PT_CELL_TEXT;
        cells[i].text = pt_slice_of(out->text.ptr + from, ends[i] - from);
    }
    pt_table_row(&out->table, cells);
    return PT_SUCCESS;
}

static PT_RESULT put_row(void *ctx, pt_slice json)
{
    struct output *out = ctx;

    if (out->table.format != PT_FORMAT_JSON) {
        return put_cells(out, json);
    }
    (void)fputs(out->table.rows == 0U ? "\n" : ",\n", out->cli->out);
    (void)fwrite(json.ptr, 1U, json.len, out->cli->out);
    out->table.rows++;
    return PT_SUCCESS;
}

static PT_RESULT output_init(struct output *out, const struct pt_cli *cli)
{
    enum pt_format format = PT_FORMAT_TABLE;

    PT_TRY(pt_cli_format(cli, &format));
    const bool table = format == PT_FORMAT_TABLE;
    *out = (struct output){
        .cli = cli,
        .table = {.out = cli->out,
                  .format = format,
                  .columns = table ? TABLE_COLUMNS : CSV_COLUMNS,
                  .ncolumns = table ? PT_COUNT(TABLE_COLUMNS) : PT_COUNT(CSV_COLUMNS)}};
    pt_buf_init(&out->text, PT_IPC_FRAME_MAX);
    return PT_SUCCESS;
}

static int run(struct tool *tool, struct output *out, uint8_t op, struct pt_buf *question,
               struct ask *ask)
{
    *ask = (struct ask){.op = op, .text = pt_buf_slice(question), .row = put_row, .ctx = out};
    const int ready = tool_ready(tool);
    if (ready != PT_EXIT_OK) {
        return ready;
    }
    pt_table_begin(&out->table);
    const int code = tool_ask(tool, ask);
    pt_table_end(&out->table);
    return code;
}

/* --- list ---------------------------------------------------------------------------------------
 */

/* An outcome that does not exist would find nothing, which is not the same answer. */
static bool outcome_exists(const struct pt_cli *cli)
{
    static const char *const OUTCOMES[] = {
#define X(name, text) text,
        PT_OUTCOMES(X)
#undef X
    };
    const char *const value = pt_cli_get(cli, "outcome");

    for (size_t i = 0; i < PT_COUNT(OUTCOMES); i++) {
        if (value == NULL || strcmp(value, OUTCOMES[i]) == 0) {
            return true;
        }
    }
    const char *const nearest = pt_cli_suggest(pt_slice_str(value), OUTCOMES, PT_COUNT(OUTCOMES));
    tool_say(cli, nearest != NULL ? "issue inconnue ; vouliez-vous dire " : "issue inconnue",
             nearest != NULL ? nearest : "");
    return false;
}

static void put_filters(const struct pt_cli *cli, struct pt_buf *text)
{
    static const char *const KEYS[] = {"agent", "dataset", "procedure", "outcome", "channel",
                                       "case",  "since",   "until",     "limit"};

    for (size_t i = 0; i < PT_COUNT(KEYS); i++) {
        const char *const value = pt_cli_get(cli, KEYS[i]);
        if (value != NULL) {
            pt_buf_put_str(text, KEYS[i]);
            pt_buf_put_byte(text, '=');
            pt_buf_put_str(text, value);
            pt_buf_put_byte(text, '\n');
        }
    }
    const char *const cursor = pt_cli_get(cli, "cursor");
    if (cursor != NULL) {
        pt_buf_put_str(text, "from=");
        pt_buf_put_str(text, cursor);
        pt_buf_put_byte(text, '\n');
    }
}

int tool_list(struct tool *tool)
{
    struct output out;
    struct pt_buf question;
    struct ask ask;

    if (tool->cli->nargs != 0U) {
        tool_say(tool->cli, "list n'attend pas d'argument", "");
        return PT_EXIT_USAGE;
    }
    if (!outcome_exists(tool->cli) || !pt_ok(output_init(&out, tool->cli))) {
        return PT_EXIT_USAGE;
    }
    pt_buf_init(&question, PT_QUERY_TEXT_MAX);
    put_filters(tool->cli, &question);
    const int code = run(tool, &out, PT_QUERY_LIST, &question, &ask);
    if (code == PT_EXIT_OK && ask.next != 0U) {
        (void)fprintf(tool->cli->err, "%s : la suite commence à --cursor %" PRIu64 "\n",
                      tool->cli->program->name, ask.next);
    }
    pt_buf_done(&question);
    pt_buf_done(&out.text);
    return code;
}

/* --- show ---------------------------------------------------------------------------------------
 */

PT_RESULT tool_which(const struct pt_cli *cli, struct pt_buf *text)
{
    struct pt_uuid id;
    uint64_t seq = 0;

    PT_ENSURE(cli->nargs == 1U, PT_E_SYNTAX);
    const pt_slice arg = pt_slice_str(cli->args[0]);
    const bool exchange = pt_ok(pt_uuid_parse(arg, &id));
    PT_ENSURE(exchange || pt_ok(pt_num_u64(arg, 0U, INT64_MAX, &seq)), PT_E_SYNTAX);
    pt_buf_put_str(text, exchange ? "exchange=" : "seq=");
    pt_buf_put(text, arg);
    pt_buf_put_byte(text, '\n');
    return pt_buf_status(text);
}

/* On a terminal one member a line, in the order of the JSON. */
static PT_RESULT put_members(void *ctx, pt_slice json)
{
    static const struct pt_column MEMBERS[] = {{"seq", "N°", 0},
                                               {"type", "Nature", 0},
                                               {"exchange", "Échange", 0},
                                               {"time", "Date", 0},
                                               {"hour", "Heure", 0},
                                               {"client", "Client", 0},
                                               {"procedure", "Démarche", 0},
                                               {"dataset", "Jeu de données", 0},
                                               {"agent", "Agent", 0},
                                               {"channel", "Canal", 0},
                                               {"case", "Dossier", 0},
                                               {"outcome", "Issue", 0},
                                               {"fields", "Champs", 0},
                                               {"mode", "Mode légal", 0},
                                               {"habilitation", "Habilitation", 0},
                                               {"reason", "Motif", 0},
                                               {"filter", "Consultation", 0},
                                               {"conf", "Configuration", 0},
                                               {"count", "Nombre", 0}};
    static const struct pt_column PAIR[] = {{"key", "", 16}, {"value", "", 0}};
    struct output *out = ctx;
    struct pt_table table = {
        .out = out->cli->out, .format = PT_FORMAT_TABLE, .columns = PAIR, .ncolumns = 2U};

    for (size_t i = 0; i < PT_COUNT(MEMBERS); i++) {
        pt_buf_clear(&out->text);
        member_plain(member(json, MEMBERS[i].key), &out->text);
        PT_TRY(pt_buf_status(&out->text));
        if (out->text.len == 0U) {
            continue;
        }
        const struct pt_cell cells[2] = {
            {.kind = PT_CELL_TEXT, .text = pt_slice_str(MEMBERS[i].title)},
            {.kind = PT_CELL_TEXT, .text = pt_buf_slice(&out->text)}};
        pt_table_row(&table, cells);
    }
    (void)fputc('\n', out->cli->out);
    return PT_SUCCESS;
}

int tool_show(struct tool *tool)
{
    struct output out;
    struct pt_buf question;
    struct ask ask;
    int code = PT_EXIT_USAGE;

    if (!pt_ok(output_init(&out, tool->cli))) {
        return PT_EXIT_USAGE;
    }
    pt_buf_init(&question, PT_QUERY_TEXT_MAX);
    if (!pt_ok(tool_which(tool->cli, &question))) {
        tool_say(tool->cli, "show attend un numéro de trace ou un identifiant d'échange", "");
    } else if (out.table.format == PT_FORMAT_TABLE) {
        ask = (struct ask){
            .op = PT_QUERY_SHOW, .text = pt_buf_slice(&question), .row = put_members, .ctx = &out};
        code = tool_ask(tool, &ask);
    } else {
        code = run(tool, &out, PT_QUERY_SHOW, &question, &ask);
    }
    pt_buf_done(&question);
    pt_buf_done(&out.text);
    return code;
}
