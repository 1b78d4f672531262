/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * sim_control.c -- what a test tells the simulator, and what the simulator remembers. Rules are
 * taken in the order they were given, each for `count` requests (all of them when absent), so that
 * a test writes a story: twice 502, then all is well. The memory is what proves that nothing was
 * sent. Loopback only, like the whole program.
 */
#include "tests/peers/sim.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct seen {
    uint64_t serial;
    int status;
    char method[8];
    char target[2048];
    char names[512];
};

struct sim_control {
    pthread_mutex_t lock;
    atomic_uint nrules; /* read without the lock on the hot path */
    struct sim_rule rules[SIM_RULES_MAX];
    struct seen *seen;
    uint64_t nseen;
};

struct sim_control *sim_control_new(void)
{
    struct sim_control *control = (struct sim_control *)calloc(1U, sizeof(*control));
    struct seen *seen = (struct seen *)calloc(SIM_LOG_MAX, sizeof(*seen));
    if (control == NULL || seen == NULL || pthread_mutex_init(&control->lock, NULL) != 0) {
        free(control);
        free(seen);
        return NULL;
    }
    control->seen = seen;
    return control;
}

struct sim_control *sim_control_free(struct sim_control *control)
{
    if (control != NULL) {
        (void)pthread_mutex_destroy(&control->lock);
        free(control->seen);
        free(control);
    }
    return NULL;
}

/* --- rules ----------------------------------------------------------------------------------- */

static void remove_rule(struct sim_control *control, unsigned at)
{
    const unsigned n = atomic_load(&control->nrules) - 1U;
    memmove(&control->rules[at], &control->rules[at + 1U], (n - at) * sizeof(control->rules[0]));
    atomic_store(&control->nrules, n);
}

bool sim_rule_take(struct sim_control *control, pt_slice path, struct sim_rule *ret)
{
    if (atomic_load_explicit(&control->nrules, memory_order_relaxed) == 0U) {
        return false;
    }
    bool found = false;
    (void)pthread_mutex_lock(&control->lock);
    for (unsigned i = 0U; !found && i < atomic_load(&control->nrules); i++) {
        struct sim_rule *rule = &control->rules[i];
        if (!pt_slice_starts(path, pt_slice_str(rule->prefix))) {
            continue;
        }
        *ret = *rule;
        found = true;
        if (rule->count != UINT64_MAX && --rule->count == 0U) {
            remove_rule(control, i);
        }
    }
    (void)pthread_mutex_unlock(&control->lock);
    return found;
}

static void clear_rules(struct sim_control *control, const char *prefix)
{
    unsigned i = 0U;
    while (i < atomic_load(&control->nrules)) {
        if (strncmp(control->rules[i].prefix, prefix, strlen(prefix)) == 0) {
            remove_rule(control, i);
        } else {
            i++;
        }
    }
}

static void copy_text(char *out, size_t size, const json_t *value)
{
    const char *text = json_string_value(value);
    const size_t n = text != NULL ? strlen(text) : 0U;
    if (n > 0U && n < size) {
        memcpy(out, text, n + 1U);
    }
}

static uint64_t number(const json_t *object, const char *name, uint64_t otherwise)
{
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value) && json_integer_value(value) >= 0
               ? (uint64_t)json_integer_value(value)
               : otherwise;
}

static bool add_rule(struct sim_control *control, const json_t *json)
{
    struct sim_rule rule = {.count = number(json, "count", UINT64_MAX),
                            .retry_in = number(json, "retry_in", 0U),
                            .delay_ms = number(json, "delay_ms", 0U)};
    copy_text(rule.prefix, sizeof(rule.prefix), json_object_get(json, "path_prefix"));
    copy_text(rule.mode, sizeof(rule.mode), json_object_get(json, "mode"));
    copy_text(rule.code, sizeof(rule.code), json_object_get(json, "code"));
    if (strcmp(rule.mode, "ok") == 0 && rule.count == UINT64_MAX) {
        clear_rules(control, rule.prefix);
        return true;
    }
    const unsigned n = atomic_load(&control->nrules);
    if (!sim_mode_known(rule.mode) || rule.count == 0U || n >= SIM_RULES_MAX) {
        return false;
    }
    control->rules[n] = rule;
    atomic_store(&control->nrules, n + 1U);
    return true;
}

static bool take_rule(struct sim_control *control, pt_slice body)
{
    json_t *json =
        json_loadb(body.len > 0U ? body.ptr : "", body.len, JSON_REJECT_DUPLICATES, NULL);
    bool ok = false;
    if (json_is_object(json)) {
        (void)pthread_mutex_lock(&control->lock);
        ok = add_rule(control, json);
        (void)pthread_mutex_unlock(&control->lock);
    }
    json_decref(json);
    return ok;
}

/* --- memory ---------------------------------------------------------------------------------- */

static void keep(char *out, size_t size, pt_slice text)
{
    const size_t n = text.len < size - 1U ? text.len : size - 1U;
    memcpy(out, text.len > 0U ? text.ptr : "", n);
    out[n] = '\0';
}

void sim_remember(struct sim_control *control, const struct sim_request *request, int status)
{
    (void)pthread_mutex_lock(&control->lock);
    struct seen *seen = &control->seen[control->nseen % SIM_LOG_MAX];
    seen->serial = ++control->nseen;
    seen->status = status;
    keep(seen->method, sizeof(seen->method), request->method);
    keep(seen->target, sizeof(seen->target), request->target);
    keep(seen->names, sizeof(seen->names), pt_slice_of(request->names, request->nnames));
    (void)pthread_mutex_unlock(&control->lock);
}

static void put_seen(struct pt_buf *out, const struct seen *seen)
{
    pt_buf_put_str(out, "{\"n\":");
    pt_buf_put_u64(out, seen->serial);
    pt_buf_put_str(out, ",\"method\":");
    pt_buf_put_json(out, pt_slice_str(seen->method));
    pt_buf_put_str(out, ",\"target\":");
    pt_buf_put_json(out, pt_slice_str(seen->target));
    pt_buf_put_str(out, ",\"status\":");
    pt_buf_put_u64(out, (uint64_t)seen->status);
    pt_buf_put_str(out, ",\"headers\":[");
    pt_slice names = pt_slice_str(seen->names);
    for (bool first = true; names.len > 0U; first = false) {
        pt_buf_put_str(out, first ? "" : ",");
        pt_buf_put_json(out, pt_slice_cut(&names, ','));
    }
    pt_buf_put_str(out, "]}");
}

static void list_seen(struct sim_control *control, struct pt_buf *out)
{
    (void)pthread_mutex_lock(&control->lock);
    const uint64_t n = control->nseen;
    pt_buf_put_byte(out, '[');
    for (uint64_t i = n > SIM_LOG_MAX ? n - SIM_LOG_MAX : 0U; i < n; i++) {
        put_seen(out, &control->seen[i % SIM_LOG_MAX]);
        pt_buf_put_str(out, i + 1U < n ? "," : "");
    }
    pt_buf_put_byte(out, ']');
    (void)pthread_mutex_unlock(&control->lock);
}

static void forget(struct sim_control *control, bool rules)
{
    (void)pthread_mutex_lock(&control->lock);
    if (rules) {
        atomic_store(&control->nrules, 0U);
    } else {
        control->nseen = 0U;
    }
    (void)pthread_mutex_unlock(&control->lock);
}

/* --- the control resources ------------------------------------------------------------------- */

static bool is(const struct sim_request *r, const char *method, const char *path)
{
    return pt_slice_eq(r->method, pt_slice_str(method)) && pt_slice_eq(r->path, pt_slice_str(path));
}

bool sim_control_answer(struct sim_control *control, const struct sim_request *request,
                        struct sim_answer *answer)
{
    if (!pt_slice_starts(request->path, PT_SLICE("/_sim/"))) {
        return false;
    }
    answer->type = sim_json;
    answer->status = 200;
    if (is(request, "GET", "/_sim/requests")) {
        list_seen(control, &answer->own);
    } else if (is(request, "DELETE", "/_sim/requests")) {
        forget(control, false);
    } else if (is(request, "DELETE", "/_sim/behaviour")) {
        forget(control, true);
    } else if (is(request, "POST", "/_sim/behaviour")) {
        answer->status = take_rule(control, request->body) ? 200 : 400;
    } else if (!is(request, "GET", "/_sim/ready")) {
        answer->status = 404;
    }
    if (answer->own.len == 0U) {
        pt_buf_put_str(&answer->own, answer->status == 200 ? "{}" : "{\"error\":true}");
    }
    answer->body = pt_buf_slice(&answer->own);
    return true;
}
