/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * show.c -- poterne-pki show: the inventory that RGS-16 asks for (end of life, replacement and
 * place of each key), and whether each key has one use (RGS-14). Layer 1 (pki).
 */
#include "pki/cli/inventory_int.h"
#include "poterne/base/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S     86400
#define ALGO_SIZE 32U

static struct pt_cell text_cell(const char *text)
{
    const bool none = text == NULL || text[0] == '\0';
    return (struct pt_cell){.kind = none ? PT_CELL_NULL : PT_CELL_TEXT, .text = pt_slice_str(text)};
}

static struct pt_cell number_cell(uint32_t number)
{
    return (struct pt_cell){.kind = number == 0U ? PT_CELL_NULL : PT_CELL_NUMBER, .number = number};
}

static const char *date_text(int64_t seconds, char out[static PT_DATE_LEN + 1U])
{
    out[0] = '\0';
    if (seconds > 0) {
        pt_time_date_text((int32_t)(seconds / DAY_S), out);
    }
    return out;
}

/* What a row says, as text; lives as long as the printing of one row. */
struct texts {
    char not_after[PT_DATE_LEN + 1U];
    char replace[PT_DATE_LEN + 1U];
    char spki[PT_HEX_LEN(32U) + 1U];
    char sha256[PT_HEX_LEN(32U) + 1U];
    char algorithm[ALGO_SIZE];
};

static void fill_texts(const struct row *row, struct texts *t)
{
    *t = (struct texts){.spki = {0}};
    (void)date_text(row->not_after, t->not_after);
    (void)date_text(row->replace, t->replace);
    if (row->has_spki) {
        pt_hex_encode(pt_slice_of(row->spki, sizeof(row->spki)), t->spki);
    }
    if (row->has_sha256) {
        pt_hex_encode(pt_slice_of(row->sha256, sizeof(row->sha256)), t->sha256);
    }
    if (strcmp(row->algorithm, "rsa") == 0) {
        (void)snprintf(t->algorithm, sizeof(t->algorithm), "rsa-%u", row->bits);
    } else {
        (void)snprintf(t->algorithm, sizeof(t->algorithm), "%s", row->algorithm);
    }
}

/* --- for a person: what fits on a wide terminal ---------------------------------------------- */

static void print_table(const struct tool *tool, const struct inventory *inv)
{
    static const struct pt_column columns[] = {
        {"use", "Usage", 24},     {"name", "Nom", 14},          {"algorithm", "Algorithme", 11},
        {"not_after", "Fin", 10}, {"replace", "Remplacer", 10}, {"state", "État", 12},
        {"held", "Clé", 10},      {"spki_sha256", "SPKI", 16},  {"path", "Où", 24},
        {"reference", "Réf.", 6},
    };
    struct pt_table table = {.out = tool->cli->out,
                             .format = PT_FORMAT_TABLE,
                             .columns = columns,
                             .ncolumns = PT_COUNT(columns)};
    pt_table_begin(&table);
    for (size_t i = 0U; i < inv->n; i++) {
        const struct row *row = &inv->rows[i];
        struct texts t;
        fill_texts(row, &t);
        t.spki[16] = '\0'; /* the whole of it: --format json */
        const struct pt_cell cells[] = {
            text_cell(row->use),       text_cell(row->name), text_cell(t.algorithm),
            text_cell(t.not_after),    text_cell(t.replace), text_cell(state_text(row->state)),
            text_cell(row_held(row)),  text_cell(t.spki),    text_cell(row->path),
            text_cell(row->reference),
        };
        pt_table_row(&table, cells);
    }
    pt_table_end(&table);
}

/* --- for a program: everything --------------------------------------------------------------- */

static void print_records(const struct tool *tool, const struct inventory *inv,
                          enum pt_format format)
{
    static const struct pt_column columns[] = {
        {"kind", "kind", 1},           {"name", "name", 1},   {"use", "use", 1},
        {"algorithm", "algorithm", 1}, {"bits", "bits", 1},   {"not_after", "not_after", 1},
        {"replace", "replace", 1},     {"state", "state", 1}, {"state_code", "state_code", 1},
        {"held", "held", 1},           {"key", "key", 1},     {"spki_sha256", "spki_sha256", 1},
        {"sha256", "sha256", 1},       {"path", "path", 1},   {"reference", "reference", 1},
    };
    struct pt_table table = {
        .out = tool->cli->out, .format = format, .columns = columns, .ncolumns = PT_COUNT(columns)};
    pt_table_begin(&table);
    for (size_t i = 0U; i < inv->n; i++) {
        const struct row *row = &inv->rows[i];
        struct texts t;
        fill_texts(row, &t);
        const struct pt_cell cells[] = {
            text_cell(row->kind),
            text_cell(row->name),
            text_cell(row->use),
            text_cell(row->algorithm),
            number_cell(row->bits),
            text_cell(t.not_after),
            text_cell(t.replace),
            text_cell(state_text(row->state)),
            text_cell(state_code(row->state)),
            text_cell(row_held(row)),
            text_cell(row->key_path),
            text_cell(t.spki),
            text_cell(t.sha256),
            text_cell(row->path),
            text_cell(row->reference),
        };
        pt_table_row(&table, cells);
    }
    pt_table_end(&table);
}

/* --- the verdict ----------------------------------------------------------------------------- */

/* RGS-14 over what was found; says which two uses share a key. */
static pt_status compare(const struct tool *tool, const struct inventory *inv,
                         struct pt_key_use *uses)
{
    size_t n = 0U;
    size_t a = 0U;
    size_t b = 0U;
    for (size_t i = 0U; i < inv->n; i++) {
        const struct row *row = &inv->rows[i];
        if (row->has_spki && strcmp(row->kind, "anchors") != 0) {
            uses[n].use = row->use;
            memcpy(uses[n++].spki_sha256, row->spki, sizeof(uses[0].spki_sha256));
        }
    }
    const pt_status st = pt_pki_distinct(uses, n, &a, &b);
    if (!pt_ok(st)) {
        (void)fprintf(
            tool->cli->err,
            "poterne-pki: une clé, un usage (RGS-14) : « %s » et « %s » partagent la leur\n",
            uses[a].use, uses[b].use);
        return PT_FAIL(PT_E_FORGED);
    }
    return PT_SUCCESS;
}

static pt_status distinct(const struct tool *tool, const struct inventory *inv)
{
    struct pt_key_use *uses = (struct pt_key_use *)calloc(inv->n + 1U, sizeof(*uses));
    PT_ENSURE(uses != NULL, PT_E_NOMEM);
    const pt_status st = compare(tool, inv, uses);
    free(uses);
    return st;
}

static pt_status healthy(const struct inventory *inv)
{
    for (size_t i = 0U; i < inv->n; i++) {
        PT_ENSURE(inv->rows[i].unused || inv->rows[i].state < STATE_EXPIRED, PT_E_ABSENT);
    }
    return PT_SUCCESS;
}

static pt_status show(struct tool *tool)
{
    enum pt_format format = PT_FORMAT_TABLE;
    struct inventory inv = {.n = 0U};
    if (!pt_ok(pt_cli_format(tool->cli, &format))) {
        return PT_FAIL(PT_E_ARG);
    }
    PT_TRY(inventory_collect(tool, &inv));
    if (format == PT_FORMAT_TABLE) {
        print_table(tool, &inv);
    } else {
        print_records(tool, &inv, format);
    }
    pt_status st = distinct(tool, &inv);
    if (pt_ok(st)) {
        st = healthy(&inv);
    }
    free(inv.rows);
    return st;
}

int command_show(const struct pt_cli *cli, void *ctx)
{
    return tool_command(cli, ctx, show);
}
