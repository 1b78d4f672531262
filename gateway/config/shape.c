/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The tree against the table. Values wait in a queue, so that the depth of the file costs no
 * stack; a value that was reported is not looked into, so that one mistake gives one error.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

#include "poterne/base/cli.h"

#define NAMES_MAX    64U
#define EXPECTED_MAX 256U

struct shape {
    struct pt_arena *arena;
    struct pt_diag *diag;
    bool partial;
    struct pt_yaml *queue_last;
};

static void enqueue(struct shape *s, struct pt_yaml *node, const struct pt_row *row)
{
    node->row = row;
    s->queue_last->queue = node;
    s->queue_last = node;
}

/* --- reporting ---------------------------------------------------------------------------------
 */

static size_t count_words(const char *const *words)
{
    size_t n = 0U;
    while (words[n] != NULL) {
        n++;
    }
    return n;
}

static pt_slice expected_text(struct shape *s, enum pt_value type, const struct pt_row *row)
{
    struct pt_buf expected;
    pt_buf_init(&expected, EXPECTED_MAX);
    pt_value_expected(type, row, &expected);
    pt_slice text = PT_SLICE_EMPTY;
    if (!pt_ok(pt_buf_status(&expected)) ||
        !pt_ok(pt_arena_dup(s->arena, pt_buf_slice(&expected), &text))) {
        s->diag->failed = PT_E_NOMEM;
    }
    pt_buf_done(&expected);
    return text;
}

/* A value that names a secret is never copied, whatever it is. */
static void report_value(struct shape *s, struct pt_yaml *node, enum pt_value type,
                         const struct pt_row *row)
{
    node->bad = true;
    if (node->cut) {
        return;
    }
    const pt_slice expected = expected_text(s, type, row);
    if (node->kind != PT_YAML_SCALAR || pt_yaml_is_null(node) || pt_row_is_secret(row)) {
        PT_REPORT(s->diag, &node->mark, PT_SLICE("« "), pt_slice_str(pt_table_name(row)),
                  PT_SLICE(" » : il faut "), expected);
        return;
    }
    const pt_slice help = type == PT_V_WORD ? pt_diag_suggest(s->diag, node->text, row->words,
                                                              count_words(row->words))
                                            : PT_SLICE_EMPTY;
    PT_REPORT_HELP(s->diag, &node->mark, help, PT_SLICE("« "), node->text,
                   PT_SLICE(" » : il faut "), expected);
}

static bool has_word(pt_slice text, const char *word)
{
    const size_t n = strlen(word);
    for (size_t i = 0U; i + n <= text.len; i++) {
        if (pt_slice_eq_nocase(pt_slice_of(text.ptr + i, n), pt_slice_of(word, n))) {
            return true;
        }
    }
    return false;
}

/* An invented key of such a name may well hold the secret itself. */
static bool smells_of_secret(pt_slice key)
{
    static const char *const words[] = {"token", "jeton",  "secret", "pass", "mdp",
                                        "key",   "bearer", "cle",    "priv", "auth"};
    for (size_t i = 0U; i < PT_COUNT(words); i++) {
        if (has_word(key, words[i])) {
            return true;
        }
    }
    return false;
}

static void report_unknown(struct shape *s, struct pt_yaml *node, const struct pt_row *parent)
{
    const char *names[NAMES_MAX];
    size_t n = 0U;
    size_t count = 0U;
    const struct pt_row *rows = pt_table(&count);
    for (size_t i = 0U; i < count && n < NAMES_MAX; i++) {
        if (pt_table_is_child(&rows[i], parent)) {
            names[n] = pt_table_name(&rows[i]);
            n++;
        }
    }
    node->bad = true;
    node->meant = pt_cli_suggest(node->key, names, n);
    if (smells_of_secret(node->key)) {
        struct pt_mark both = node->mark;
        both.line = node->key_mark.line;
        pt_diag_mask(s->diag, &both);
    }
    PT_REPORT_HELP(s->diag, &node->key_mark, pt_diag_suggest(s->diag, node->key, names, n),
                   PT_SLICE("clé inconnue « "), node->key, PT_SLICE(" »"));
}

/* --- sections -----------------------------------------------------------------------------------
 */

/* A section nobody wrote is made for its defaults, unless it cannot be without what it needs. */
static bool needs_writing(const struct pt_row *row)
{
    size_t count = 0U;
    const struct pt_row *rows = pt_table(&count);
    for (size_t i = 0U; i < count; i++) {
        if (rows[i].required && pt_table_is_child(&rows[i], row)) {
            return true;
        }
    }
    return false;
}

static PT_RESULT add_default(struct shape *s, struct pt_yaml *section, const struct pt_row *row)
{
    const bool map = row->type == PT_V_MAP || row->type == PT_V_SECTION;
    if ((row->fallback == NULL && !map) || (row->type == PT_V_SECTION && needs_writing(row))) {
        return PT_SUCCESS;
    }
    struct pt_yaml *node =
        pt_yaml_new(s->arena, map ? PT_YAML_MAP : PT_YAML_SCALAR, &section->mark);
    PT_ENSURE(node != NULL, PT_E_NOMEM);
    node->key = pt_slice_str(pt_table_name(row));
    node->key_mark = section->key_mark;
    node->text = pt_slice_str(row->fallback);
    pt_yaml_append(section, node);
    enqueue(s, node, row);
    return PT_SUCCESS;
}

static void report_missing(struct shape *s, const struct pt_yaml *section, const struct pt_row *row)
{
    const bool root = section->row == pt_table_root();
    const struct pt_mark *mark = section->key_mark.line > 0U ? &section->key_mark : &section->mark;
    PT_REPORT_HELP(s->diag, mark, pt_slice_str(row->help),
                   root ? PT_SLICE("section manquante « ") : PT_SLICE("clé manquante « "),
                   pt_slice_str(pt_table_name(row)), PT_SLICE(" »"));
}

static PT_RESULT complete_section(struct shape *s, struct pt_yaml *section)
{
    size_t count = 0U;
    const struct pt_row *rows = pt_table(&count);
    for (size_t i = 1U; i < count; i++) {
        if (!pt_table_is_child(&rows[i], section->row) ||
            pt_yaml_has(section, pt_table_name(&rows[i]))) {
            continue;
        }
        if (!rows[i].required) {
            PT_TRY(add_default(s, section, &rows[i]));
        } else if (!s->partial) {
            report_missing(s, section, &rows[i]);
        }
    }
    return PT_SUCCESS;
}

static PT_RESULT shape_section(struct shape *s, struct pt_yaml *section)
{
    for (struct pt_yaml *child = section->first; child != NULL; child = child->next) {
        if (child->bad) {
            continue;
        }
        const struct pt_row *row = pt_table_child(section->row, child->key);
        if (row == NULL) {
            report_unknown(s, child, section->row);
        } else {
            enqueue(s, child, row);
        }
    }
    return complete_section(s, section);
}

/* --- maps, lists, scalars -----------------------------------------------------------------------
 */

static void shape_map(struct shape *s, struct pt_yaml *map)
{
    const struct pt_row *entry = pt_table_child(map->row, PT_SLICE_EMPTY);
    for (struct pt_yaml *child = map->first; child != NULL; child = child->next) {
        int64_t number = 0;
        if (child->bad) {
            continue;
        }
        if (pt_value_check(map->row->of, map->row, child->key, &number)) {
            enqueue(s, child, entry);
            continue;
        }
        child->bad = true;
        PT_REPORT(s->diag, &child->key_mark, PT_SLICE("« "), child->key, PT_SLICE(" » : il faut "),
                  expected_text(s, map->row->of, map->row));
    }
}

/* Items are indexed by their text, as if each were the key of itself. */
static PT_RESULT shape_list(struct shape *s, struct pt_yaml *list)
{
    if (list->count == 0U && !list->cut) {
        list->bad = true;
        PT_REPORT(s->diag, &list->mark, PT_SLICE("« "), pt_slice_str(pt_table_name(list->row)),
                  PT_SLICE(" » est vide : au moins un élément"));
        return PT_SUCCESS;
    }
    for (struct pt_yaml *item = list->first; item != NULL; item = item->next) {
        if (item->bad) {
            continue;
        }
        item->row = list->row;
        if (item->kind != PT_YAML_SCALAR ||
            !pt_value_check(list->row->of, list->row, item->text, &item->number)) {
            report_value(s, item, list->row->of, list->row);
            continue;
        }
        item->key = item->text;
        item->key_mark = item->mark;
    }
    return pt_yaml_index(list, s->arena, s->diag);
}

static void shape_scalar(struct shape *s, struct pt_yaml *node)
{
    const struct pt_row *row = node->row;
    if (node->kind != PT_YAML_SCALAR || pt_yaml_is_null(node) ||
        !pt_value_check(row->type, row, node->text, &node->number)) {
        report_value(s, node, row->type, row);
    }
}

/* A key without a value is an empty table or list: entries that are all commented out. */
static void coerce(struct pt_yaml *node, enum pt_yaml_kind kind)
{
    if (pt_yaml_is_null(node)) {
        node->kind = kind;
    }
}

static PT_RESULT shape_node(struct shape *s, struct pt_yaml *node)
{
    const enum pt_value type = node->row->type;
    if (type != PT_V_SECTION && type != PT_V_MAP && type != PT_V_LIST) {
        shape_scalar(s, node);
        return PT_SUCCESS;
    }
    const enum pt_yaml_kind kind = type == PT_V_LIST ? PT_YAML_LIST : PT_YAML_MAP;
    coerce(node, kind);
    if (node->kind != kind) {
        report_value(s, node, type, node->row);
        return PT_SUCCESS;
    }
    if (type == PT_V_SECTION) {
        return shape_section(s, node);
    }
    if (type == PT_V_LIST) {
        return shape_list(s, node);
    }
    shape_map(s, node);
    return PT_SUCCESS;
}

PT_RESULT pt_shape(struct pt_yaml *root, bool partial, struct pt_arena *arena, struct pt_diag *diag)
{
    struct shape s = {.arena = arena, .diag = diag, .partial = partial, .queue_last = root};
    root->row = pt_table_root();
    for (struct pt_yaml *node = root; node != NULL; node = node->queue) {
        PT_TRY(shape_node(&s, node));
    }
    return PT_SUCCESS;
}
