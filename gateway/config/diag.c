/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Diagnoses: collected by all stages, sorted by place, written once with source line and caret.
 *
 * A report goes to terminals, journals and tickets: nothing that may be a secret is copied into
 * it, neither as part of a message nor with the source line.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

#include "poterne/base/cli.h"
#include "poterne/base/codec.h"

#include <stdlib.h>

#define PART_MAX     400U /* bytes of one part of a message */
#define MESSAGE_MAX  2048U
#define SHOWN_MAX    160U /* characters of a source line */
#define SHOWN_BEFORE 60U  /* of them before the caret, when the line is longer */
#define RANDOM_RUN   48U  /* characters of base64 in a row that no ordinary value has */
#define GUTTER       5U

PT_RESULT pt_diag_init(struct pt_diag *diag, struct pt_arena *arena)
{
    *diag = (struct pt_diag){.arena = arena};
    diag->list = pt_arena_alloc(arena, PT_CONFIG_ERRORS_MAX * sizeof *diag->list);
    PT_ENSURE(diag->list != NULL, PT_E_NOMEM);
    return PT_SUCCESS;
}

/* --- what looks like a secret ----------------------------------------------------------------- */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_base64(char c)
{
    return is_upper(c) || is_lower(c) || is_digit(c) || c == '+' || c == '/' || c == '=';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool contains(pt_slice text, pt_slice what)
{
    for (size_t i = 0U; i + what.len <= text.len; i++) {
        if (memcmp(text.ptr + i, what.ptr, what.len) == 0) {
            return true;
        }
    }
    return false;
}

/* A run of base64 with capitals, small letters and digits; a fingerprint in hexadecimal is none. */
static bool is_random(pt_slice run)
{
    bool upper = false;
    bool lower = false;
    bool digit = false;
    bool other = false;
    for (size_t i = 0U; i < run.len; i++) {
        upper = upper || is_upper(run.ptr[i]);
        lower = lower || is_lower(run.ptr[i]);
        digit = digit || is_digit(run.ptr[i]);
        other = other || !is_hex(run.ptr[i]);
    }
    return run.len >= RANDOM_RUN && upper && lower && digit && other;
}

static bool has_random_run(pt_slice text)
{
    size_t start = 0U;
    for (size_t i = 0U; i <= text.len; i++) {
        if (i < text.len && is_base64(text.ptr[i])) {
            continue;
        }
        if (is_random(pt_slice_of(text.ptr + start, i - start))) {
            return true;
        }
        start = i + 1U;
    }
    return false;
}

/* A JOSE header is a JSON object: in base64url it begins with eyJ (RFC 7515 3.3). */
static bool has_jwt(pt_slice text)
{
    for (size_t i = 0U; i + 20U <= text.len; i++) {
        if (memcmp(text.ptr + i, "eyJ", 3U) == 0) {
            size_t n = 3U;
            while (i + n < text.len && (is_base64(text.ptr[i + n]) || text.ptr[i + n] == '-' ||
                                        text.ptr[i + n] == '_' || text.ptr[i + n] == '.')) {
                n++;
            }
            if (n >= 20U) {
                return true;
            }
        }
    }
    return false;
}

bool pt_looks_secret(pt_slice text)
{
    return text.len > 0U &&
           (contains(text, PT_SLICE("-----BEGIN")) || has_jwt(text) || has_random_run(text));
}

void pt_diag_mask(struct pt_diag *diag, const struct pt_mark *mark)
{
    struct pt_masked *masked = pt_arena_alloc(diag->arena, sizeof *masked);
    if (masked == NULL) {
        diag->failed = PT_E_NOMEM;
        return;
    }
    masked->mark = *mark;
    masked->next = diag->masked;
    diag->masked = masked;
}

static bool is_masked(const struct pt_diag *diag, const struct pt_mark *mark)
{
    for (const struct pt_masked *m = diag->masked; m != NULL; m = m->next) {
        if (m->mark.file == mark->file && mark->line >= m->mark.line &&
            mark->line <= m->mark.last) {
            return true;
        }
    }
    return false;
}

/* --- collecting --------------------------------------------------------------------------------
 */

/* The longest head of @text of at most @max bytes that does not cut a character. */
static pt_slice cut(pt_slice text, size_t max)
{
    size_t n = text.len < max ? text.len : max;
    while (n < text.len && n > 0U && ((uint8_t)text.ptr[n] & 0xC0U) == 0x80U) {
        n--;
    }
    return pt_slice_head(text, n);
}

static void put_clean(struct pt_buf *out, pt_slice text)
{
    const bool utf8 = pt_utf8_valid(text);
    for (size_t i = 0U; i < text.len; i++) {
        const uint8_t c = (uint8_t)text.ptr[i];
        const bool shown = c >= 0x20U && c != 0x7FU && (utf8 || c < 0x80U);
        const char hidden = c == '\t' ? ' ' : '?';
        pt_buf_put(out, pt_slice_of(shown ? text.ptr + i : &hidden, 1U));
    }
}

static void put_part(struct pt_buf *out, pt_slice part)
{
    if (pt_looks_secret(part)) {
        pt_buf_put_str(out, "(masqué)");
        return;
    }
    const pt_slice head = cut(part, PART_MAX);
    put_clean(out, head);
    if (head.len < part.len) {
        pt_buf_put_str(out, "…");
    }
}

static void keep(struct pt_diag *diag, const struct pt_buf *text, pt_slice *ret)
{
    pt_status st = pt_buf_status(text);
    if (pt_ok(st)) {
        st = pt_arena_dup(diag->arena, pt_buf_slice(text), ret);
    }
    if (st.code == PT_E_NOMEM) {
        diag->failed = PT_E_NOMEM;
    }
}

void pt_diag_add(struct pt_diag *diag, enum pt_severity severity, const struct pt_mark *mark,
                 const struct pt_message *message)
{
    if (severity == PT_SEVERITY_ERROR) {
        diag->errors++;
    } else {
        diag->warnings++;
    }
    if (diag->n == PT_CONFIG_ERRORS_MAX) {
        return;
    }
    struct pt_buf text;
    pt_buf_init(&text, MESSAGE_MAX);
    for (size_t i = 0U; i < message->n; i++) {
        put_part(&text, message->parts[i]);
    }
    struct pt_diagnosis *d = &diag->list[diag->n];
    *d = (struct pt_diagnosis){.severity = severity, .mark = *mark, .help = message->help};
    keep(diag, &text, &d->message);
    pt_buf_done(&text);
    diag->n++;
}

pt_slice pt_diag_place(struct pt_diag *diag, const struct pt_mark *mark)
{
    struct pt_buf text;
    pt_buf_init(&text, MESSAGE_MAX);
    pt_buf_put(&text, cut(pt_slice_str(diag->files[mark->file].path), MESSAGE_MAX / 2U));
    pt_buf_put_byte(&text, ':');
    pt_buf_put_u64(&text, mark->line);
    pt_buf_put_byte(&text, ':');
    pt_buf_put_u64(&text, mark->column);
    pt_slice place = PT_SLICE_EMPTY;
    keep(diag, &text, &place);
    pt_buf_done(&text);
    return place;
}

pt_slice pt_diag_suggest(struct pt_diag *diag, pt_slice text, const char *const *names, size_t n)
{
    const char *name = pt_cli_suggest(text, names, n);
    if (name == NULL) {
        return PT_SLICE_EMPTY;
    }
    struct pt_buf help;
    pt_buf_init(&help, MESSAGE_MAX);
    pt_buf_put_str(&help, "vouliez-vous dire « ");
    put_part(&help, pt_slice_str(name));
    pt_buf_put_str(&help, " » ?");
    pt_slice kept = PT_SLICE_EMPTY;
    keep(diag, &help, &kept);
    pt_buf_done(&help);
    return kept;
}

/* --- writing -----------------------------------------------------------------------------------
 */

static pt_slice source_line(pt_slice bytes, uint32_t line)
{
    pt_slice rest = bytes;
    for (uint32_t i = 1U; i < line && rest.len > 0U; i++) {
        (void)pt_slice_cut(&rest, '\n');
    }
    pt_slice text = pt_slice_head(rest, pt_slice_find(rest, '\n'));
    if (text.len > 0U && text.ptr[text.len - 1U] == '\r') {
        text.len--;
    }
    return text;
}

/* Bytes of the first @n characters of @text; *ret_chars: how many there were. */
static size_t chars(pt_slice text, size_t n, size_t *ret_chars)
{
    size_t at = 0U;
    size_t count = 0U;
    while (at < text.len && count < n) {
        at++;
        while (at < text.len && ((uint8_t)text.ptr[at] & 0xC0U) == 0x80U) {
            at++;
        }
        count++;
    }
    *ret_chars = count;
    return at;
}

static void put_repeated(struct pt_buf *out, char c, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        pt_buf_put_byte(out, c);
    }
}

static void put_gutter(struct pt_buf *out, uint32_t line)
{
    uint32_t digits = 1U;
    for (uint32_t n = line; n >= 10U; n /= 10U) {
        digits++;
    }
    put_repeated(out, ' ', digits < GUTTER ? GUTTER - digits : 0U);
    pt_buf_put_u64(out, line);
    pt_buf_put_str(out, " | ");
}

static void put_shown(struct pt_buf *out, const struct pt_mark *mark, pt_slice line)
{
    size_t skipped = 0U;
    size_t total = 0U;
    (void)chars(line, line.len, &total);
    const size_t column = mark->column > 0U ? mark->column - 1U : 0U;
    if (total > SHOWN_MAX && column > SHOWN_BEFORE) {
        const size_t at = chars(line, column - SHOWN_BEFORE, &skipped);
        line = pt_slice_from(line, at);
    }
    size_t shown = 0U;
    const size_t end = chars(line, SHOWN_MAX, &shown);
    put_gutter(out, mark->line);
    put_clean(out, pt_slice_head(line, end));
    pt_buf_put_str(out, "\n      | ");
    const size_t before = column - skipped;
    size_t width = mark->width > 1U ? mark->width : 1U;
    if (before + width > shown) {
        width = shown > before ? shown - before : 1U;
    }
    put_repeated(out, ' ', before);
    pt_buf_put_byte(out, '^');
    put_repeated(out, '~', width - 1U);
    pt_buf_put_byte(out, '\n');
}

static void put_source(const struct pt_diag *diag, struct pt_buf *out, const struct pt_mark *mark)
{
    const pt_slice line = source_line(pt_buf_slice(&diag->files[mark->file].bytes), mark->line);
    if (is_masked(diag, mark) || pt_looks_secret(line)) {
        put_gutter(out, mark->line);
        pt_buf_put_str(out, "(ligne masquée : elle peut contenir un secret)\n");
        return;
    }
    put_shown(out, mark, line);
}

static void put_diagnosis(const struct pt_diag *diag, struct pt_buf *out,
                          const struct pt_diagnosis *d)
{
    pt_buf_put_str(out, diag->files[d->mark.file].path);
    if (d->mark.line > 0U) {
        pt_buf_put_byte(out, ':');
        pt_buf_put_u64(out, d->mark.line);
        pt_buf_put_byte(out, ':');
        pt_buf_put_u64(out, d->mark.column);
    }
    pt_buf_put_str(out, d->severity == PT_SEVERITY_ERROR ? ": erreur : " : ": avertissement : ");
    pt_buf_put(out, d->message);
    pt_buf_put_byte(out, '\n');
    if (d->mark.line > 0U) {
        put_source(diag, out, &d->mark);
    }
    if (d->help.len > 0U) {
        pt_buf_put_str(out, "      = aide : ");
        pt_buf_put(out, d->help);
        pt_buf_put_byte(out, '\n');
    }
}

static int three_way(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

/* Equal places keep the order in which they were found: the list is one array. */
static int by_place(const void *a, const void *b)
{
    const struct pt_diagnosis *x = *(const struct pt_diagnosis *const *)a;
    const struct pt_diagnosis *y = *(const struct pt_diagnosis *const *)b;
    int order = three_way(x->mark.file, y->mark.file);
    if (order == 0) {
        order = three_way(x->mark.line, y->mark.line);
    }
    if (order == 0) {
        order = three_way(x->mark.column, y->mark.column);
    }
    return order != 0 ? order : (x > y) - (x < y);
}

static void put_count(struct pt_buf *out, uint32_t n, const char *one)
{
    pt_buf_put_u64(out, n);
    pt_buf_put_byte(out, ' ');
    pt_buf_put_str(out, one);
    if (n > 1U) {
        pt_buf_put_byte(out, 's');
    }
}

static void put_total(const struct pt_diag *diag, struct pt_buf *out)
{
    const uint32_t all = diag->errors + diag->warnings;
    if (all > diag->n) {
        pt_buf_put_str(out, "… ");
        pt_buf_put_u64(out, all - (uint32_t)diag->n);
        pt_buf_put_str(out, " de plus ne sont pas montrés\n");
    }
    if (diag->errors > 0U) {
        put_count(out, diag->errors, "erreur");
    }
    if (diag->errors > 0U && diag->warnings > 0U) {
        pt_buf_put_str(out, ", ");
    }
    if (diag->warnings > 0U) {
        put_count(out, diag->warnings, "avertissement");
    }
    if (all > 0U) {
        pt_buf_put_byte(out, '\n');
    }
}

void pt_diag_render(const struct pt_diag *diag, struct pt_buf *report)
{
    const struct pt_diagnosis *sorted[PT_CONFIG_ERRORS_MAX];
    for (size_t i = 0U; i < diag->n; i++) {
        sorted[i] = &diag->list[i];
    }
    qsort(sorted, diag->n, sizeof(const struct pt_diagnosis *), by_place);
    for (size_t i = 0U; i < diag->n; i++) {
        put_diagnosis(diag, report, sorted[i]);
    }
    put_total(diag, report);
}
