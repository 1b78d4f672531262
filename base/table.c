/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * One answer in three forms. Law: what a cell holds was chosen by somebody else, so it can
 * neither drive a terminal (control characters become '?') nor a spreadsheet (a text that would
 * be a formula gets a leading apostrophe). Layer 0 (base).
 */
#include "base/escape_int.h"
#include "poterne/base/cli.h"
#include "poterne/base/codec.h"
#include "poterne/base/num.h"

static void put(FILE *out, pt_slice s)
{
    if (s.len > 0U) {
        (void)fwrite(s.ptr, 1U, s.len, out);
    }
}

static pt_slice number_text(uint64_t number, char out[static PT_U64_DIGITS])
{
    return pt_slice_of(out, pt_num_format(number, out));
}

/* What a person reads in the cell; @digits is where a number is written. */
static pt_slice cell_text(const struct pt_cell *cell, char digits[static PT_U64_DIGITS])
{
    switch (cell->kind) {
    case PT_CELL_NUMBER:
        return number_text(cell->number, digits);
    case PT_CELL_NULL:
        return PT_SLICE_EMPTY;
    case PT_CELL_TEXT:
    case PT_CELL_JSON:
    default:
        return cell->text;
    }
}

/* --- table --------------------------------------------------------------------------------- */

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0U) == 0x80U;
}

/* C0, DEL, and the C1 controls, which UTF-8 writes C2 80 to C2 9F. */
static bool is_control(pt_slice s, size_t i, bool utf8)
{
    const unsigned char c = (unsigned char)s.ptr[i];
    if (c < 0x20U || c == 0x7FU || (!utf8 && c >= 0x80U)) {
        return true;
    }
    return i > 0U && (unsigned char)s.ptr[i - 1U] == 0xC2U && c >= 0x80U && c < 0xA0U;
}

/* Prints @s safely, returns its width in characters. */
static int put_shown(FILE *out, pt_slice s)
{
    const bool utf8 = pt_utf8_valid(s);
    int width = 0;
    for (size_t i = 0U; i < s.len; i++) {
        const bool c1 = utf8 && i + 1U < s.len && is_control(s, i + 1U, utf8) &&
                        (unsigned char)s.ptr[i] == 0xC2U;
        if (c1) {
            continue; /* the byte after it becomes the '?' */
        }
        const bool control = is_control(s, i, utf8);
        (void)fputc(control ? '?' : (unsigned char)s.ptr[i], out);
        width += control || !continues(s.ptr[i]) ? 1 : 0;
    }
    return width;
}

static void put_padded(const struct pt_table *table, size_t column, pt_slice s)
{
    int width = put_shown(table->out, s);
    if (column + 1U == table->ncolumns) {
        (void)fputc('\n', table->out);
        return;
    }
    for (; width < table->columns[column].width; width++) {
        (void)fputc(' ', table->out);
    }
    put(table->out, PT_SLICE("  "));
}

/* --- csv (RFC 4180) ------------------------------------------------------------------------ */

static bool is_formula(pt_slice s)
{
    return s.len > 0U && s.ptr[0] != '\0' && strchr("=+-@\t\r", s.ptr[0]) != NULL;
}

static void put_quoted(FILE *out, pt_slice s, bool defuse)
{
    (void)fputc('"', out);
    if (defuse) {
        (void)fputc('\'', out);
    }
    for (size_t i = 0U; i < s.len; i++) {
        if (s.ptr[i] == '"') {
            (void)fputc('"', out);
        }
        (void)fputc((unsigned char)s.ptr[i], out);
    }
    (void)fputc('"', out);
}

static void put_csv(const struct pt_table *table, size_t column, pt_slice s, bool text)
{
    const bool defuse = text && is_formula(s);
    bool quote = defuse;
    for (size_t i = 0U; i < s.len; i++) {
        const char c = s.ptr[i];
        quote = quote || c == '"' || c == ',' || c == ';' || c == '\n' || c == '\r';
    }
    if (quote) {
        put_quoted(table->out, s, defuse);
    } else {
        put(table->out, s);
    }
    put(table->out, column + 1U == table->ncolumns ? PT_SLICE("\r\n") : PT_SLICE(","));
}

/* --- json ---------------------------------------------------------------------------------- */

static void put_json_text(FILE *out, pt_slice s)
{
    const bool utf8 = pt_utf8_valid(s);
    (void)fputc('"', out);
    for (size_t i = 0U; i < s.len; i++) {
        char escape[PT_JSON_ESCAPE_MAX];
        const bool foreign = !utf8 && (unsigned char)s.ptr[i] >= 0x80U;
        put(out, pt_slice_of(escape, pt_json_escape((char)(foreign ? '?' : s.ptr[i]), escape)));
    }
    (void)fputc('"', out);
}

static void put_json_cell(FILE *out, const struct pt_cell *cell)
{
    char digits[PT_U64_DIGITS];
    switch (cell->kind) {
    case PT_CELL_NUMBER:
        put(out, number_text(cell->number, digits));
        break;
    case PT_CELL_NULL:
        put(out, PT_SLICE("null"));
        break;
    case PT_CELL_JSON:
        put(out, cell->text);
        break;
    case PT_CELL_TEXT:
    default:
        put_json_text(out, cell->text);
        break;
    }
}

static void put_json_row(const struct pt_table *table, const struct pt_cell *cells)
{
    put(table->out, table->rows == 0U ? PT_SLICE("\n{") : PT_SLICE(",\n{"));
    for (size_t i = 0U; i < table->ncolumns; i++) {
        put(table->out, i > 0U ? PT_SLICE(",") : PT_SLICE_EMPTY);
        put_json_text(table->out, pt_slice_str(table->columns[i].key));
        (void)fputc(':', table->out);
        put_json_cell(table->out, &cells[i]);
    }
    (void)fputc('}', table->out);
}

/* --- the three together -------------------------------------------------------------------- */

void pt_table_begin(struct pt_table *table)
{
    table->rows = 0U;
    if (table->format == PT_FORMAT_JSON) {
        (void)fputc('[', table->out);
        return;
    }
    for (size_t i = 0U; i < table->ncolumns; i++) {
        if (table->format == PT_FORMAT_CSV) {
            put_csv(table, i, pt_slice_str(table->columns[i].key), true);
        } else {
            put_padded(table, i, pt_slice_str(table->columns[i].title));
        }
    }
}

void pt_table_row(struct pt_table *table, const struct pt_cell *cells)
{
    char digits[PT_U64_DIGITS];
    if (table->format == PT_FORMAT_JSON) {
        put_json_row(table, cells);
        table->rows++;
        return;
    }
    for (size_t i = 0U; i < table->ncolumns; i++) {
        const pt_slice text = cell_text(&cells[i], digits);
        if (table->format == PT_FORMAT_CSV) {
            put_csv(table, i, text, cells[i].kind != PT_CELL_NUMBER);
        } else {
            put_padded(table, i, text);
        }
    }
    table->rows++;
}

void pt_table_end(struct pt_table *table)
{
    if (table->format == PT_FORMAT_JSON) {
        put(table->out, table->rows > 0U ? PT_SLICE("\n]\n") : PT_SLICE("]\n"));
    }
}
