/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * import_yaml.c -- the closed part of YAML that the State's OpenAPI files use, as a tree.
 *
 * One document, no anchor, no alias, no tag: so the tree is never larger than its text, and
 * nothing is built behind the reader's back. Plain scalars that are null, a boolean or a small
 * integer are typed (YAML 1.2 core); everything else is text. Layer 1 (schemas).
 */
#include "schemas/import_int.h"

#include "poterne/base/codec.h"
#include "poterne/base/limits.h"
#include "poterne/base/num.h"

#include <yaml.h>

#define INTEGER_DIGITS 18U

struct reader {
    yaml_parser_t parser;
    const struct pt_load *load;
    unsigned depth;
};

static pt_status refuse(const struct reader *r, yaml_mark_t mark, pt_status st, const char *what)
{
    struct pt_buf *why = r->load->why;
    if (why != NULL) {
        pt_buf_put(why, r->load->file);
        pt_buf_put_byte(why, ':');
        pt_buf_put_u64(why, (uint64_t)mark.line + 1U);
        pt_buf_put_byte(why, ':');
        pt_buf_put_u64(why, (uint64_t)mark.column + 1U);
        pt_buf_put_str(why, ": ");
        pt_buf_put_str(why, what);
        pt_buf_put_byte(why, '\n');
    }
    return st;
}

static bool has_extra(const yaml_event_t *event)
{
    switch ((int)event->type) {
    case YAML_ALIAS_EVENT:
        return true;
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL;
    default:
        return false;
    }
}

/* On success the caller owns *event. */
static PT_RESULT next(struct reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event) == 0) {
        return r->parser.error == YAML_MEMORY_ERROR
                   ? PT_FAIL(PT_E_NOMEM)
                   : refuse(r, r->parser.problem_mark, PT_FAIL(PT_E_SYNTAX),
                            "ce n'est pas du YAML bien formé");
    }
    if (has_extra(event)) {
        const pt_status st = refuse(r, event->start_mark, PT_FAIL(PT_E_SYNTAX),
                                    "ancres, alias et étiquettes YAML sont refusés");
        yaml_event_delete(event);
        return st;
    }
    return PT_SUCCESS;
}

static bool among(pt_slice text, const char *const *words, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        if (pt_slice_eq(text, pt_slice_str(words[i]))) {
            return true;
        }
    }
    return false;
}

static json_t *scalar_value(const yaml_event_t *event)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const trues[] = {"true", "True", "TRUE"};
    static const char *const falses[] = {"false", "False", "FALSE"};
    const pt_slice text = pt_slice_of(event->data.scalar.value, event->data.scalar.length);
    uint64_t number = 0U;
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        if (among(text, nulls, PT_COUNT(nulls))) {
            return json_null();
        }
        if (among(text, trues, PT_COUNT(trues))) {
            return json_true();
        }
        if (among(text, falses, PT_COUNT(falses))) {
            return json_false();
        }
        if (text.len <= INTEGER_DIGITS && pt_ok(pt_num_u64(text, 0U, INT64_MAX, &number))) {
            return json_integer((json_int_t)number);
        }
    }
    return json_stringn(text.ptr, text.len);
}

/* Reads what @event begins, and releases it. */
static PT_RESULT read_value(struct reader *r, yaml_event_t *event, json_t **ret);

static PT_RESULT read_sequence(struct reader *r, json_t *array)
{
    for (;;) {
        yaml_event_t event;
        json_t *item = NULL;
        PT_TRY(next(r, &event));
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return PT_SUCCESS;
        }
        PT_TRY(read_value(r, &event, &item));
        PT_TRY(pt_json_add(array, item));
    }
}

static PT_RESULT check_key(const struct reader *r, const json_t *object, const yaml_event_t *event)
{
    if (event->type != YAML_SCALAR_EVENT) {
        return refuse(r, event->start_mark, PT_FAIL(PT_E_SYNTAX), "une clé est un texte simple");
    }
    const char *key = (const char *)event->data.scalar.value;
    if (strlen(key) != event->data.scalar.length) {
        return refuse(r, event->start_mark, PT_FAIL(PT_E_SYNTAX), "une clé contient U+0000");
    }
    if (json_object_get(object, key) != NULL) {
        return refuse(r, event->start_mark, PT_FAIL(PT_E_SYNTAX), "cette clé est donnée deux fois");
    }
    return PT_SUCCESS;
}

static PT_RESULT read_member(struct reader *r, json_t *object, const yaml_event_t *key)
{
    yaml_event_t event;
    json_t *value = NULL;
    PT_TRY(check_key(r, object, key));
    PT_TRY(next(r, &event));
    PT_TRY(read_value(r, &event, &value));
    return pt_json_put(object, (const char *)key->data.scalar.value, value);
}

static PT_RESULT read_mapping(struct reader *r, json_t *object)
{
    for (;;) {
        yaml_event_t key;
        PT_TRY(next(r, &key));
        const bool end = key.type == YAML_MAPPING_END_EVENT;
        const pt_status st = end ? PT_SUCCESS : read_member(r, object, &key);
        yaml_event_delete(&key);
        if (end || !pt_ok(st)) {
            return st;
        }
    }
}

static PT_RESULT read_container(struct reader *r, bool mapping, json_t **ret)
{
    json_t *container = mapping ? json_object() : json_array();
    PT_ENSURE(container != NULL, PT_E_NOMEM);
    r->depth++;
    const pt_status st = mapping ? read_mapping(r, container) : read_sequence(r, container);
    r->depth--;
    if (!pt_ok(st)) {
        json_decref(container);
        return st;
    }
    *ret = container;
    return PT_SUCCESS;
}

static PT_RESULT read_scalar(const struct reader *r, const yaml_event_t *event, json_t **ret)
{
    const pt_slice text = pt_slice_of(event->data.scalar.value, event->data.scalar.length);
    if (!pt_utf8_valid(text)) {
        return refuse(r, event->start_mark, PT_FAIL(PT_E_SYNTAX), "ce texte n'est pas de l'UTF-8");
    }
    json_t *scalar = scalar_value(event);
    PT_ENSURE(scalar != NULL, PT_E_NOMEM);
    *ret = scalar;
    return PT_SUCCESS;
}

static PT_RESULT read_begun(struct reader *r, const yaml_event_t *event, json_t **ret)
{
    if (event->type == YAML_SCALAR_EVENT) {
        return read_scalar(r, event, ret);
    }
    if (event->type != YAML_MAPPING_START_EVENT && event->type != YAML_SEQUENCE_START_EVENT) {
        return refuse(r, event->start_mark, PT_FAIL(PT_E_SYNTAX), "une valeur est attendue");
    }
    if (r->depth >= PT_IMPORT_DEPTH_MAX) {
        return refuse(r, event->start_mark, PT_FAIL(PT_E_LIMIT), "trop de niveaux");
    }
    return read_container(r, event->type == YAML_MAPPING_START_EVENT, ret);
}

static PT_RESULT read_value(struct reader *r, yaml_event_t *event, json_t **ret)
{
    const pt_status st = read_begun(r, event, ret);
    yaml_event_delete(event);
    return st;
}

static PT_RESULT expect(struct reader *r, yaml_event_type_t type)
{
    yaml_event_t event;
    PT_TRY(next(r, &event));
    const bool same = event.type == type;
    const yaml_mark_t mark = event.start_mark;
    yaml_event_delete(&event);
    return same ? PT_SUCCESS
                : refuse(r, mark, PT_FAIL(PT_E_SYNTAX), "un seul document YAML est attendu");
}

static PT_RESULT read_end(struct reader *r)
{
    PT_TRY(expect(r, YAML_DOCUMENT_END_EVENT));
    return expect(r, YAML_STREAM_END_EVENT);
}

static PT_RESULT read_document(struct reader *r, json_t **ret)
{
    yaml_event_t event;
    json_t *root = NULL;
    PT_TRY(expect(r, YAML_STREAM_START_EVENT));
    PT_TRY(expect(r, YAML_DOCUMENT_START_EVENT));
    PT_TRY(next(r, &event));
    PT_TRY(read_value(r, &event, &root));
    const pt_status st = read_end(r);
    if (!pt_ok(st)) {
        json_decref(root);
        return st;
    }
    *ret = root;
    return PT_SUCCESS;
}

PT_RESULT pt_import_yaml(const struct pt_load *load, pt_slice text, json_t **ret)
{
    struct reader r = {.load = load};
    PT_ENSURE(yaml_parser_initialize(&r.parser) != 0, PT_E_NOMEM);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.ptr, text.len);
    const pt_status st = read_document(&r, ret);
    yaml_parser_delete(&r.parser);
    return st;
}
