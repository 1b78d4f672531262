/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * walk.c -- one pass over the State's answer: tokens, descriptor, mask, copy.
 *
 * An explicit stack of PT_JSON_DEPTH_MAX frames, no recursion. Each value is met with its plan
 * (what the mask decided for that place; NULL where the descriptor knows nothing) and with `copy`:
 * whether this value goes out. Whatever does not go out is read with the same care: a dropped
 * subtree can still make the answer invalid.
 *
 * What goes out is a sequence of spans of the input. Spans that touch are merged, so that an
 * answer without white space and wholly allowed leaves in one copy.
 * The rules, one by one: docs/minimisation.md. Layer 1 (schemas).
 */
#include "poterne/schemas/walk.h"

#include "schemas/mask_int.h"
#include "schemas/names_int.h"
#include "schemas/token_int.h"

#define SEEN_WORDS (PT_NODE_MEMBERS_MAX / 64U)

/* An object or array that is open. */
struct frame {
    const struct pt_plan *plan; /* NULL: the descriptor does not know this place */
    bool copy;
    bool written;      /* something stands before the next element: a comma is due */
    char closing;      /* '}' or ']' */
    const char *comma; /* the comma read last */
    uint32_t count;    /* elements begun */
    uint32_t nrequired;
    size_t names; /* its names in struct walk begin here */
    uint64_t seen[SEEN_WORDS];
};

struct walk {
    struct pt_scan scan;
    const struct pt_mask *mask;
    struct pt_buf *out;
    const char *span; /* [span, span_end): read, allowed, not yet in @out */
    const char *span_end;
    struct pt_walk_report report;
    uint32_t depth;
    struct frame frames[PT_JSON_DEPTH_MAX];
    struct pt_names names;
};

/* --- output ---------------------------------------------------------------------------------- */

static void flush(struct walk *w)
{
    if (w->span != w->span_end) {
        pt_buf_put(w->out, pt_slice_of(w->span, (size_t)(w->span_end - w->span)));
    }
    w->span = NULL;
    w->span_end = NULL;
}

static inline void emit(struct walk *w, const char *from, const char *to)
{
    if (from != w->span_end) {
        flush(w);
        w->span = from;
    }
    w->span_end = to;
}

static inline void emit_byte(struct walk *w, const char *at)
{
    emit(w, at, at + 1);
}

/* Text that is not in the input: only the shells of an envelope need it. */
static void emit_text(struct walk *w, const char *text)
{
    flush(w);
    pt_buf_put_str(w->out, text);
}

static inline void emit_comma(struct walk *w, struct frame *f)
{
    if (f->written) {
        emit_byte(w, f->comma);
    }
    f->written = true;
}

/* --- faults ---------------------------------------------------------------------------------- */

static bool against(struct walk *w, const struct pt_node *culprit)
{
    w->report.culprit = culprit;
    return pt_scan_fail(&w->scan, PT_FAIL(PT_E_SCHEMA), w->scan.at);
}

static bool syntax(struct walk *w)
{
    return pt_scan_fail(&w->scan, PT_FAIL(PT_E_SYNTAX), w->scan.at);
}

static inline bool has_type(struct walk *w, const struct pt_plan *plan, uint32_t types)
{
    return plan == NULL || (plan->node->types & types) != 0U || against(w, plan->node);
}

/* --- scalars --------------------------------------------------------------------------------- */

static bool scan_null(struct walk *w, const struct pt_plan *plan)
{
    const pt_slice word = PT_SLICE("null");
    return pt_scan_word(&w->scan, word) &&
           (plan == NULL || plan->node->nullable || against(w, plan->node));
}

static bool scan_boolean(struct walk *w, const struct pt_plan *plan, pt_slice word)
{
    return pt_scan_word(&w->scan, word) && has_type(w, plan, PT_TYPE_BOOLEAN);
}

static bool scan_string(struct walk *w, const struct pt_plan *plan)
{
    struct pt_text text = {0};
    return pt_scan_string(&w->scan, &text) && has_type(w, plan, PT_TYPE_STRING);
}

static bool scan_number(struct walk *w, const struct pt_plan *plan)
{
    bool integer = false;
    if (!pt_scan_number(&w->scan, &integer)) {
        return false;
    }
    const uint32_t fits =
        integer ? (uint32_t)PT_TYPE_NUMBER | (uint32_t)PT_TYPE_INTEGER : (uint32_t)PT_TYPE_NUMBER;
    return has_type(w, plan, fits);
}

static bool scan_scalar(struct walk *w, const struct pt_plan *plan, char first)
{
    switch (first) {
    case '"':
        return scan_string(w, plan);
    case 't':
        return scan_boolean(w, plan, PT_SLICE("true"));
    case 'f':
        return scan_boolean(w, plan, PT_SLICE("false"));
    case 'n':
        return scan_null(w, plan);
    default:
        return scan_number(w, plan);
    }
}

static bool walk_scalar(struct walk *w, const struct pt_plan *plan, char first, bool copy)
{
    const char *const from = w->scan.at;
    if (!scan_scalar(w, plan, first)) {
        return false;
    }
    if (copy) {
        emit(w, from, w->scan.at);
    }
    return true;
}

/* --- what goes out --------------------------------------------------------------------------- */

/* Does a value that begins with @first go out at this place? A scalar, a null or a container of
 * the wrong kind in the middle of a longer pointer discloses nothing. */
static inline bool opens(const struct pt_plan *plan, char first)
{
    if ((plan->opens & PT_OPENS_WHOLE) != 0U) {
        return true;
    }
    if (first == '{') {
        return (plan->opens & (PT_OPENS_MEMBERS | PT_OPENS_SHELL)) != 0U;
    }
    if (first == '[') {
        return (plan->opens & (PT_OPENS_ITEMS | PT_OPENS_SHELL)) != 0U;
    }
    return false;
}

static inline void note_hit(struct walk *w, const struct pt_plan *plan)
{
    if (plan->pointer != PT_NO_POINTER) {
        w->report.hit[plan->pointer / 64U] |= UINT64_C(1) << (plan->pointer % 64U);
    }
}

/* --- values ---------------------------------------------------------------------------------- */

/* The cursor is on the opening bracket. */
static bool open_frame(struct walk *w, const struct pt_plan *plan, bool copy, char closing)
{
    if (w->depth == PT_JSON_DEPTH_MAX) {
        return pt_scan_fail(&w->scan, PT_FAIL(PT_E_LIMIT), w->scan.at);
    }
    w->frames[w->depth++] =
        (struct frame){.plan = plan, .copy = copy, .closing = closing, .names = w->names.count};
    if (copy) {
        emit_byte(w, w->scan.at);
    }
    w->scan.at++;
    return true;
}

/* The cursor is just after the closing bracket. */
static bool close_frame(struct walk *w, const struct frame *f)
{
    w->depth--;
    if (f->copy) {
        emit_byte(w, w->scan.at - 1);
    }
    return true;
}

/* A scalar is read to its end, a container is opened: step() reads its elements. */
static bool walk_value(struct walk *w, const struct pt_plan *plan, bool copy)
{
    const char first = pt_scan_peek(&w->scan);
    if (first == '{') {
        return has_type(w, plan, PT_TYPE_OBJECT) && open_frame(w, plan, copy, '}');
    }
    if (first == '[') {
        return has_type(w, plan, PT_TYPE_ARRAY) && open_frame(w, plan, copy, ']');
    }
    return walk_scalar(w, plan, first, copy);
}

/* Before an element: its comma, or the end of the container. */
static bool next_element(struct walk *w, struct frame *f, bool *ret_closed)
{
    const char next = pt_scan_peek(&w->scan);
    *ret_closed = next == f->closing;
    if (*ret_closed) {
        w->scan.at++;
        return true;
    }
    if (f->count++ == 0U) {
        return true;
    }
    f->comma = w->scan.at;
    return pt_scan_take(&w->scan, ',') || syntax(w);
}

/* --- items ----------------------------------------------------------------------------------- */

static bool walk_item(struct walk *w, struct frame *f)
{
    const struct pt_plan *const items = f->plan != NULL ? f->plan->items : NULL;
    const char first = pt_scan_peek(&w->scan);
    const bool copy = f->copy && items != NULL && opens(items, first);
    if (copy) {
        emit_comma(w, f);
        note_hit(w, items);
    } else if (f->plan != NULL && items == NULL) {
        w->report.unknown++;
    } else if (f->copy) {
        w->report.withheld++;
    }
    return walk_value(w, items, copy);
}

/* --- objects --------------------------------------------------------------------------------- */

/* The name of a member and its colon; the cursor ends on the first byte of the value. */
static bool read_name(struct walk *w, struct pt_text *ret_name)
{
    if (pt_scan_peek(&w->scan) != '"') {
        return syntax(w);
    }
    return pt_scan_string(&w->scan, ret_name) && (pt_scan_take(&w->scan, ':') || syntax(w));
}

/* Writes `"name":`. The colon is taken where it stands, so that spans keep touching. */
static void emit_name(struct walk *w, const struct pt_text *name, const char *colon)
{
    emit(w, name->ptr - 1, name->ptr + name->len + 1);
    emit_byte(w, colon);
}

static bool unknown_member(struct walk *w, struct frame *f, const struct pt_text *name)
{
    const pt_status st = pt_names_push(&w->names, name);
    if (!pt_ok(st)) {
        return pt_scan_fail(&w->scan, st, name->ptr - 1);
    }
    w->report.unknown += f->plan != NULL ? 1U : 0U;
    return walk_value(w, NULL, false);
}

static bool note_seen(struct walk *w, struct frame *f, const struct pt_plan *member,
                      const struct pt_text *name)
{
    uint64_t *const word = &f->seen[member->rank / 64U];
    const uint64_t bit = UINT64_C(1) << (member->rank % 64U);
    if ((*word & bit) != 0U) {
        return pt_scan_fail(&w->scan, PT_FAIL(PT_E_SYNTAX), name->ptr - 1);
    }
    *word |= bit;
    f->nrequired += member->node->required ? 1U : 0U;
    return true;
}

static const char *shell_text(const struct pt_plan *plan)
{
    const bool array = plan != NULL && (plan->node->types & PT_TYPE_ARRAY) != 0U &&
                       (plan->node->types & PT_TYPE_OBJECT) == 0U;
    return array ? "[]" : "{}";
}

static bool known_member(struct walk *w, struct frame *f, const struct pt_plan *member,
                         const struct pt_text *name)
{
    const char *const colon = w->scan.at - 1;
    const char first = pt_scan_peek(&w->scan);
    const bool copy = f->copy && opens(member, first);
    const bool shell = f->copy && (member->opens & PT_OPENS_SHELL) != 0U;
    if (copy || shell) {
        emit_comma(w, f);
        emit_name(w, name, colon);
    }
    if (copy) {
        note_hit(w, member);
    } else if (f->copy) {
        w->report.withheld++;
    }
    if (shell && !copy) {
        emit_text(w, shell_text(member));
    }
    return walk_value(w, member, copy);
}

static bool walk_member(struct walk *w, struct frame *f)
{
    struct pt_text name = {0};
    if (!read_name(w, &name)) {
        return false;
    }
    if (f->count > PT_JSON_KEYS_MAX) {
        return pt_scan_fail(&w->scan, PT_FAIL(PT_E_LIMIT), name.ptr - 1);
    }
    const struct pt_plan *const member =
        f->plan != NULL ? pt_mask_member(w->mask, f->plan, &name) : NULL;
    if (member == NULL) {
        return unknown_member(w, f, &name);
    }
    return note_seen(w, f, member, &name) && known_member(w, f, member, &name);
}

/* The members of an envelope that the answer left out. */
static void add_shells(struct walk *w, struct frame *f)
{
    for (size_t i = 0U; i < PT_SHELL_COUNT; i++) {
        const struct pt_plan *const shell = w->mask->shells[i];
        const bool seen =
            shell != NULL && ((f->seen[shell->rank / 64U] >> (shell->rank % 64U)) & 1U) != 0U;
        if (!seen) {
            emit_text(w, f->written ? ",\"" : "\"");
            pt_buf_put(w->out, pt_shell_names[i]);
            emit_text(w, "\":");
            emit_text(w, shell_text(shell));
            f->written = true;
        }
    }
}

static const struct pt_node *missing_member(const struct frame *f)
{
    const struct pt_node *const node = f->plan->node;
    for (uint32_t i = 0U; i < node->nmembers; i++) {
        if (node->members[i].required && ((f->seen[i / 64U] >> (i % 64U)) & 1U) == 0U) {
            return &node->members[i];
        }
    }
    return node;
}

static bool close_object(struct walk *w, struct frame *f)
{
    const char *const twice = pt_names_close(&w->names, f->names);
    if (twice != NULL) {
        return pt_scan_fail(&w->scan, PT_FAIL(PT_E_SYNTAX), twice - 1);
    }
    if (f->plan != NULL && f->nrequired != f->plan->nrequired) {
        return against(w, missing_member(f));
    }
    if (f->plan != NULL && f->plan->node->parent == NULL && w->mask->envelope) {
        add_shells(w, f);
    }
    return close_frame(w, f);
}

/* --- the document ---------------------------------------------------------------------------- */

/* One element of the innermost container, or its end. */
static bool step(struct walk *w)
{
    struct frame *const f = &w->frames[w->depth - 1U];
    const bool object = f->closing == '}';
    bool closed = false;
    if (!next_element(w, f, &closed)) {
        return false;
    }
    if (closed) {
        return object ? close_object(w, f) : close_frame(w, f);
    }
    return object ? walk_member(w, f) : walk_item(w, f);
}

static bool walk_document(struct walk *w)
{
    const struct pt_plan *const root = &w->mask->plans[0];
    const bool object = pt_scan_peek(&w->scan) == '{';
    if (!walk_value(w, root, object)) {
        return false;
    }
    while (w->depth > 0U) {
        if (!step(w)) {
            return false;
        }
    }
    pt_scan_space(&w->scan);
    if (w->scan.at != w->scan.end) {
        return syntax(w);
    }
    return object || against(w, root->node);
}

/* Two pointers may name one place: the later ones have what the first one has. */
static void share_hits(struct walk *w)
{
    for (size_t i = 0U; i < w->mask->n; i++) {
        const size_t first = w->mask->first[i];
        if (((w->report.hit[first / 64U] >> (first % 64U)) & 1U) != 0U) {
            w->report.hit[i / 64U] |= UINT64_C(1) << (i % 64U);
        }
    }
}

static pt_status run(struct walk *w, pt_slice json)
{
    PT_ENSURE(json.len <= PT_FETCH_BODY_MAX, PT_E_LIMIT);
    pt_scan_init(&w->scan, json);
    if (!walk_document(w)) {
        w->report.offset = (size_t)(w->scan.at - w->scan.begin);
        return w->scan.status;
    }
    flush(w);
    share_hits(w);
    return pt_buf_status(w->out);
}

PT_RESULT pt_walk(const struct pt_dataset *dataset, const struct pt_mask *mask, pt_slice json,
                  struct pt_buf *out, struct pt_walk_report *ret_report)
{
    PT_ENSURE(dataset != NULL && mask != NULL && out != NULL && ret_report != NULL, PT_E_ARG);
    PT_ENSURE(mask->dataset == dataset && (json.len == 0U || json.ptr != NULL), PT_E_ARG);

    struct walk w = {.mask = mask, .out = out};
    pt_names_init(&w.names);
    const pt_status st = run(&w, json);
    pt_names_done(&w.names);
    if (!pt_ok(st)) {
        pt_buf_clear(out);
    }
    *ret_report = w.report;
    return st;
}
