/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * From YAML events to a tree of our own, in a closed profile: one document of maps, lists and
 * scalars. Anchors, aliases, tags, directives, merge keys, tabs and repeated keys are refused by
 * name. Every scalar stays text: the table types it, so `no`, `1e3` or `010` mean nothing here.
 *
 * A file that libyaml cannot read to its end leaves the tree it had so far and is `broken`.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"
#include "gateway/config/yaml_int.h"

#include "poterne/base/codec.h"

struct walk {
    struct pt_yaml_parse *parse;
    struct pt_yaml *stack[PT_CONFIG_DEPTH_MAX];
    uint32_t depth;
    bool has_key; /* the innermost map has a key that waits for its value */
    bool bad_key; /* ... and it was refused */
    pt_slice key;
    struct pt_mark key_mark;
    struct pt_yaml *newest; /* scalar: the one that a fault right after it may have cut */
    bool end;
};

static struct pt_mark mark_of(const struct pt_yaml_parse *parse, const yaml_mark_t *start,
                              const yaml_mark_t *end)
{
    struct pt_mark mark = {.file = parse->file,
                           .line = (uint32_t)start->line + 1U,
                           .column = (uint32_t)start->column + 1U,
                           .width = 1U,
                           .last = (uint32_t)end->line + 1U};
    if (end->line == start->line && end->column > start->column) {
        mark.width = (uint32_t)(end->column - start->column);
    }
    if (mark.last > mark.line && end->column == 0U) {
        mark.last--; /* a block scalar ends where the next line begins */
    }
    return mark;
}

/* Refuse and stop reading this file: what follows cannot be placed. */
static PT_RESULT stop(struct walk *w, const struct pt_mark *mark, const char *why)
{
    PT_REPORT(w->parse->diag, mark, pt_slice_str(why));
    w->parse->broken = true;
    w->end = true;
    return PT_SUCCESS;
}

/* --- attaching ---------------------------------------------------------------------------------
 */

static PT_RESULT attach(struct walk *w, struct pt_yaml *node)
{
    w->newest = node->kind == PT_YAML_SCALAR ? node : NULL;
    struct pt_yaml *parent = w->depth > 0U ? w->stack[w->depth - 1U] : NULL;
    if (parent == NULL) {
        w->parse->root = node;
        return PT_SUCCESS;
    }
    if (parent->count >= PT_CONFIG_ENTRIES_MAX) {
        return stop(w, &node->mark, "trop d'éléments dans une même table ou liste");
    }
    if (parent->kind == PT_YAML_MAP) {
        node->key = w->key;
        node->key_mark = w->key_mark;
        node->bad = node->bad || w->bad_key;
        w->has_key = false;
        w->bad_key = false;
    }
    pt_yaml_append(parent, node);
    return PT_SUCCESS;
}

static PT_RESULT new_node(struct walk *w, enum pt_yaml_kind kind, const struct pt_mark *mark,
                          struct pt_yaml **ret)
{
    struct pt_yaml *node = pt_yaml_new(w->parse->arena, kind, mark);
    PT_ENSURE(node != NULL, PT_E_NOMEM);
    w->parse->nodes++;
    *ret = node;
    return PT_SUCCESS;
}

static bool too_many(const struct walk *w)
{
    return w->parse->nodes >= PT_CONFIG_NODES_MAX;
}

static bool expects_key(const struct walk *w)
{
    return w->depth > 0U && w->stack[w->depth - 1U]->kind == PT_YAML_MAP && !w->has_key;
}

/* --- events ------------------------------------------------------------------------------------
 */

/* What an event carries beside its value; our profile wants none of it. */
static bool refuse_extras(struct walk *w, const struct pt_mark *mark, const yaml_char_t *anchor,
                          const yaml_char_t *tag)
{
    struct pt_diag *diag = w->parse->diag;
    if (anchor != NULL) {
        PT_REPORT(diag, mark, PT_SLICE("ancre « &"), pt_slice_str((const char *)anchor),
                  PT_SLICE(" » refusée : écrire la valeur à chaque endroit"));
    }
    if (tag != NULL) {
        PT_REPORT(diag, mark, PT_SLICE("étiquette YAML « "), pt_slice_str((const char *)tag),
                  PT_SLICE(" » refusée : le type de chaque valeur est connu"));
    }
    return anchor != NULL || tag != NULL;
}

static void refuse_secret(struct walk *w, const struct pt_mark *mark)
{
    struct pt_mark place = *mark;
    place.width = 1U;
    pt_diag_mask(w->parse->diag, mark);
    PT_REPORT_HELP(w->parse->diag, &place,
                   PT_SLICE("le mettre dans un fichier à part (mode 0400) et nommer ce fichier"),
                   PT_SLICE("un secret (jeton ou clé privée) n'a pas sa place dans ce fichier"));
}

static PT_RESULT on_key(struct walk *w, pt_slice text, const struct pt_mark *mark)
{
    PT_TRY(pt_arena_dup(w->parse->arena, text, &w->key));
    w->key_mark = *mark;
    w->has_key = true;
    if (pt_slice_eq(text, PT_SLICE("<<"))) {
        PT_REPORT(w->parse->diag, mark, PT_SLICE("clé de fusion « << » refusée"));
        w->bad_key = true;
    } else if (pt_looks_secret(text)) {
        refuse_secret(w, mark);
        w->bad_key = true;
    }
    return PT_SUCCESS;
}

static PT_RESULT on_scalar(struct walk *w, const yaml_event_t *event)
{
    const struct pt_mark mark = mark_of(w->parse, &event->start_mark, &event->end_mark);
    const pt_slice text = pt_slice_of(event->data.scalar.value, event->data.scalar.length);
    const bool bad = refuse_extras(w, &mark, event->data.scalar.anchor, event->data.scalar.tag);
    if (expects_key(w)) {
        PT_TRY(on_key(w, text, &mark));
        w->bad_key = w->bad_key || bad;
        return PT_SUCCESS;
    }
    if (too_many(w)) {
        return stop(w, &mark, "trop de valeurs dans la configuration");
    }
    struct pt_yaml *node = NULL;
    PT_TRY(new_node(w, PT_YAML_SCALAR, &mark, &node));
    PT_TRY(pt_arena_dup(w->parse->arena, text, &node->text));
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->bad = bad;
    if (pt_looks_secret(text)) {
        refuse_secret(w, &mark);
        node->bad = true;
    }
    return attach(w, node);
}

static PT_RESULT on_alias(struct walk *w, const yaml_event_t *event)
{
    const struct pt_mark mark = mark_of(w->parse, &event->start_mark, &event->end_mark);
    const pt_slice name = pt_slice_str((const char *)event->data.alias.anchor);
    PT_REPORT(w->parse->diag, &mark, PT_SLICE("alias « *"), name,
              PT_SLICE(" » refusé : écrire la valeur à chaque endroit"));
    if (expects_key(w)) {
        PT_TRY(on_key(w, PT_SLICE("*"), &mark));
        w->bad_key = true;
        return PT_SUCCESS;
    }
    struct pt_yaml *node = NULL;
    PT_TRY(new_node(w, PT_YAML_SCALAR, &mark, &node));
    node->bad = true;
    return attach(w, node);
}

static PT_RESULT on_start(struct walk *w, const yaml_event_t *event, enum pt_yaml_kind kind)
{
    const struct pt_mark mark = mark_of(w->parse, &event->start_mark, &event->end_mark);
    const bool map = kind == PT_YAML_MAP;
    if (expects_key(w)) {
        return stop(w, &mark, "une clé est un texte, pas une table ni une liste");
    }
    if (w->depth == PT_CONFIG_DEPTH_MAX || too_many(w)) {
        return stop(w, &mark, "trop de niveaux ou trop de valeurs");
    }
    struct pt_yaml *node = NULL;
    PT_TRY(new_node(w, kind, &mark, &node));
    node->bad = refuse_extras(
        w, &mark, map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
        map ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    PT_TRY(attach(w, node));
    w->stack[w->depth] = node;
    w->depth++;
    return PT_SUCCESS;
}

static PT_RESULT on_end(struct walk *w)
{
    PT_BUG_ON(w->depth == 0U || w->stack[w->depth - 1U] == NULL);
    struct pt_yaml *node = w->stack[w->depth - 1U];
    w->depth--;
    if (node->kind == PT_YAML_MAP) {
        return pt_yaml_index(node, w->parse->arena, w->parse->diag);
    }
    return PT_SUCCESS;
}

static PT_RESULT on_document(struct walk *w, const yaml_event_t *event)
{
    const struct pt_mark mark = mark_of(w->parse, &event->start_mark, &event->end_mark);
    if (w->parse->root != NULL) {
        return stop(w, &mark, "un seul document par fichier");
    }
    if (event->data.document_start.version_directive != NULL ||
        event->data.document_start.tag_directives.start !=
            event->data.document_start.tag_directives.end) {
        return stop(w, &mark, "directive YAML (« % ») refusée");
    }
    return PT_SUCCESS;
}

static PT_RESULT on_event(struct walk *w, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return on_document(w, event);
    case YAML_SCALAR_EVENT:
        return on_scalar(w, event);
    case YAML_ALIAS_EVENT:
        return on_alias(w, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(w, event, PT_YAML_LIST);
    case YAML_MAPPING_START_EVENT:
        return on_start(w, event, PT_YAML_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(w);
    case YAML_NO_EVENT:
    case YAML_STREAM_END_EVENT:
        w->end = true;
        return PT_SUCCESS;
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    default:
        return PT_SUCCESS;
    }
}

/* --- reading a file ----------------------------------------------------------------------------
 */

static PT_RESULT read_events(struct walk *w, yaml_parser_t *parser)
{
    while (!w->end) {
        yaml_event_t event;
        if (yaml_parser_parse(parser, &event) == 0) {
            w->parse->broken = true;
            return pt_yaml_fault(w->parse, parser);
        }
        const pt_status st = on_event(w, &event);
        yaml_event_delete(&event);
        PT_TRY(st);
    }
    return PT_SUCCESS;
}

/*
 * The file broke off: maps that were still open can be looked up, but what stands next to the
 * fault may be half of something else. It is not judged.
 */
static PT_RESULT close_broken(struct walk *w)
{
    if (w->newest != NULL) {
        w->newest->bad = true;
    }
    while (w->depth > 0U) {
        w->stack[w->depth - 1U]->cut = true;
        PT_TRY(on_end(w));
    }
    return PT_SUCCESS;
}

/* libyaml reads a tab as a space in some places only; nobody sees which. */
static bool report_tabs(struct pt_yaml_parse *parse, struct pt_buf *text)
{
    uint32_t line = 1U;
    uint32_t column = 1U;
    uint32_t reported = 0U;
    bool blank = true; /* only white space so far on this line */
    bool indents = false;
    for (size_t i = 0U; i < text->len; i++) {
        const char c = text->ptr[i];
        if (c == '\n') {
            line++;
            column = 1U;
            blank = true;
            continue;
        }
        if (c == '\t') {
            if (reported != line) {
                const struct pt_mark mark = {
                    .file = parse->file, .line = line, .column = column, .width = 1U, .last = line};
                PT_REPORT(parse->diag, &mark, PT_SLICE("tabulation : écrire des espaces"));
                reported = line;
            }
            indents = indents || blank;
            text->ptr[i] = ' ';
        } else if (c != ' ') {
            blank = false;
        }
        column += ((uint8_t)c & 0xC0U) != 0x80U ? 1U : 0U;
    }
    return indents;
}

static PT_RESULT parse_text(struct pt_yaml_parse *parse, pt_slice text)
{
    yaml_parser_t parser;
    PT_ENSURE(yaml_parser_initialize(&parser) != 0, PT_E_NOMEM);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr, text.len);
    struct walk w = {.parse = parse};
    pt_status st = read_events(&w, &parser);
    yaml_parser_delete(&parser);
    if (pt_ok(st) && parse->broken) {
        st = close_broken(&w);
    }
    return st;
}

PT_RESULT pt_yaml_parse(struct pt_yaml_parse *parse, struct pt_buf *text)
{
    if (report_tabs(parse, text)) {
        parse->broken = true;
        return PT_SUCCESS;
    }
    pt_slice bytes = pt_buf_slice(text);
    if (pt_slice_starts(bytes, PT_SLICE("\xEF\xBB\xBF"))) {
        bytes = pt_slice_from(bytes, 3U); /* a byte order mark is no column */
    }
    if (bytes.len == 0U) {
        bytes = PT_SLICE("\n");
    }
    return parse_text(parse, bytes);
}
