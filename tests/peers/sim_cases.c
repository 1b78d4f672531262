/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * sim_cases.c -- recorded cases: one JSON object a line {api, path, params, status, payload}. The
 * payload is served byte for byte as it stands in the file: re-printing it would change the
 * spelling of numbers, which is just what a test of the gateway wants to see unchanged.
 */
#include "tests/peers/sim.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- raw text of one member ------------------------------------------------------------------ */

static size_t skip_string(pt_slice s, size_t at)
{
    for (at++; at < s.len && s.ptr[at] != '"'; at++) {
        at += s.ptr[at] == '\\' ? 1U : 0U;
    }
    return at + 1U;
}

/* End of the value that starts at @at; the line is known to be valid JSON. */
static size_t skip_value(pt_slice s, size_t at)
{
    unsigned depth = 0U;
    while (at < s.len) {
        const char c = s.ptr[at];
        if (c == '"') {
            at = skip_string(s, at);
            continue;
        }
        if (depth == 0U && (c == ',' || c == '}' || c == ']')) {
            break;
        }
        depth += c == '{' || c == '[' ? 1U : 0U;
        depth -= c == '}' || c == ']' ? 1U : 0U;
        at++;
    }
    return at;
}

static size_t skip_space(pt_slice s, size_t at)
{
    while (at < s.len && strchr(" \t\r\n:,{", s.ptr[at]) != NULL) {
        at++;
    }
    return at;
}

static pt_slice raw_member(pt_slice line, const char *name)
{
    size_t at = skip_space(line, 0U);
    while (at < line.len && line.ptr[at] == '"') {
        const size_t end = skip_string(line, at);
        const bool found =
            pt_slice_eq(pt_slice_of(line.ptr + at + 1U, end - at - 2U), pt_slice_str(name));
        at = end;
        while (at < line.len && (line.ptr[at] == ' ' || line.ptr[at] == ':')) {
            at++;
        }
        const size_t stop = skip_value(line, at);
        if (found) {
            return pt_slice_of(line.ptr + at, stop - at);
        }
        at = skip_space(line, stop);
    }
    return PT_SLICE_EMPTY;
}

/* --- routes ---------------------------------------------------------------------------------- */

static size_t split(pt_slice path, pt_slice segments[static SIM_SEGMENTS_MAX])
{
    size_t n = 0U;
    path = pt_slice_from(path, 1U);
    while (path.len > 0U && n < SIM_SEGMENTS_MAX) {
        segments[n++] = pt_slice_cut(&path, '/');
    }
    return path.len == 0U ? n : 0U;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text);
    const size_t m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static struct sim_route *route_new(const char *path, bool entreprise)
{
    struct sim_route *route = (struct sim_route *)calloc(1U, sizeof(*route));
    char *copy = strdup(path);
    if (route == NULL || copy == NULL) {
        free(route);
        free(copy);
        return NULL;
    }
    route->path = copy;
    route->nsegments = split(pt_slice_str(copy), route->segments);
    route->entreprise = entreprise;
    route->franceconnect = ends_with(path, "/france_connect");
    route->legacy = strncmp(path, "/api/", 5U) == 0;
    route->trace = strncmp(path, "/v", 2U) == 0;
    return route;
}

static struct sim_route *route_for(struct sim_table *table, const char *path, bool entreprise)
{
    for (size_t i = 0U; i < table->n; i++) {
        if (strcmp(table->routes[i]->path, path) == 0) {
            return table->routes[i];
        }
    }
    if (table->n >= SIM_ROUTES_MAX || path[0] != '/') {
        return NULL;
    }
    struct sim_route *route = route_new(path, entreprise);
    if (route != NULL) {
        table->routes[table->n++] = route;
    }
    return route;
}

static bool is_parameter(pt_slice segment)
{
    return segment.len > 2U && segment.ptr[0] == '{';
}

static bool route_matches(const struct sim_route *route, const pt_slice *segments, size_t n)
{
    if (route->nsegments != n || n == 0U) {
        return false;
    }
    for (size_t i = 0U; i < n; i++) {
        if (!is_parameter(route->segments[i]) && !pt_slice_eq(route->segments[i], segments[i])) {
            return false;
        }
    }
    return true;
}

static bool more_literal(const struct sim_route *a, const struct sim_route *b)
{
    for (size_t i = 0U; b != NULL && i < a->nsegments; i++) {
        if (is_parameter(a->segments[i]) != is_parameter(b->segments[i])) {
            return is_parameter(b->segments[i]);
        }
    }
    return b == NULL;
}

const struct sim_route *sim_route_find(const struct sim_table *table, pt_slice path,
                                       struct sim_pairs *pairs)
{
    pt_slice segments[SIM_SEGMENTS_MAX];
    const size_t n = path.len > 1U ? split(path, segments) : 0U;
    const struct sim_route *found = NULL;
    for (size_t i = 0U; i < table->n; i++) {
        if (route_matches(table->routes[i], segments, n) && more_literal(table->routes[i], found)) {
            found = table->routes[i];
        }
    }
    for (size_t i = 0U; found != NULL && i < n && pairs->n < SIM_PAIRS_MAX; i++) {
        const pt_slice name = found->segments[i];
        if (is_parameter(name)) {
            pairs->list[pairs->n++] = (struct sim_pair){
                .name = pt_slice_of(name.ptr + 1U, name.len - 2U), .value = segments[i]};
        }
    }
    return found;
}

/* --- cases ----------------------------------------------------------------------------------- */

static bool value_matches(const struct sim_value *want, pt_slice got)
{
    if (want->number) {
        while (got.len > 1U && got.ptr[0] == '0') {
            got = pt_slice_from(got, 1U);
        }
    }
    return pt_slice_eq(pt_slice_str(want->text), got);
}

/* Arrays: the k-th value of a name in the case is the k-th in the request. */
static bool case_matches(const struct sim_case *c, const struct sim_pairs *pairs)
{
    bool used[SIM_PAIRS_MAX] = {false};
    for (size_t i = 0U; i < c->nvalues; i++) {
        size_t k = 0U;
        while (k < pairs->n &&
               (used[k] || !pt_slice_eq(pairs->list[k].name, pt_slice_str(c->values[i].name)))) {
            k++;
        }
        if (k == pairs->n || !value_matches(&c->values[i], pairs->list[k].value)) {
            return false;
        }
        used[k] = true;
    }
    return true;
}

const struct sim_case *sim_case_find(const struct sim_route *route, const struct sim_pairs *pairs)
{
    const struct sim_case *best = NULL;
    for (const struct sim_case *c = route->cases; c != NULL; c = c->next) {
        if ((best == NULL || c->nvalues > best->nvalues) && case_matches(c, pairs)) {
            best = c;
        }
    }
    return best;
}

static bool add_value(struct sim_case *c, const char *name, bool array, const json_t *value)
{
    char number[32];
    char key[256];
    const char *text = json_string_value(value);
    if (json_is_integer(value)) {
        (void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
        text = number;
    } else if (json_is_boolean(value)) {
        text = json_is_true(value) ? "true" : "false";
    }
    if (text == NULL || c->nvalues >= SIM_PARAMS_MAX) {
        return json_is_null(value);
    }
    (void)snprintf(key, sizeof(key), "%s%s", name, array && !ends_with(name, "[]") ? "[]" : "");
    struct sim_value *v = &c->values[c->nvalues++];
    *v = (struct sim_value){
        .name = strdup(key), .text = strdup(text), .number = json_is_integer(value)};
    return v->name != NULL && v->text != NULL;
}

static bool add_values(struct sim_case *c, json_t *params)
{
    const char *name = NULL;
    json_t *value = NULL;
    bool ok = true;
    json_object_foreach(params, name, value)
    {
        size_t i = 0U;
        json_t *item = NULL;
        if (!json_is_array(value)) {
            ok = add_value(c, name, false, value) && ok;
            continue;
        }
        json_array_foreach(value, i, item)
        {
            ok = add_value(c, name, true, item) && ok;
        }
    }
    return ok;
}

static void case_free(struct sim_case *c)
{
    for (size_t i = 0U; i < c->nvalues; i++) {
        free(c->values[i].name);
        free(c->values[i].text);
    }
    free(c->body);
    free(c);
}

static bool case_fill(struct sim_case *c, json_t *line, pt_slice payload)
{
    c->status = (int)json_integer_value(json_object_get(line, "status"));
    c->body = strndup(payload.ptr != NULL ? payload.ptr : "", payload.len);
    c->len = payload.len;
    return c->body != NULL && c->status >= 200 && c->status <= 599 &&
           add_values(c, json_object_get(line, "params"));
}

static bool case_add(struct sim_table *table, json_t *line, pt_slice raw)
{
    const char *path = json_string_value(json_object_get(line, "path"));
    const char *api = json_string_value(json_object_get(line, "api"));
    if (path == NULL) {
        return true;
    }
    struct sim_route *route =
        route_for(table, path, api != NULL && strcmp(api, "api_entreprise") == 0);
    struct sim_case *c = route != NULL ? (struct sim_case *)calloc(1U, sizeof(*c)) : NULL;
    if (c == NULL) {
        return false;
    }
    if (!case_fill(c, line, raw_member(raw, "payload"))) {
        case_free(c);
        return false;
    }
    c->next = route->cases;
    route->cases = c;
    table->ncases++;
    return true;
}

static bool line_load(struct sim_table *table, pt_slice raw)
{
    json_t *line = json_loadb(raw.ptr, raw.len, 0, NULL);
    const bool ok = json_is_object(line) && case_add(table, line, raw);
    json_decref(line);
    return ok;
}

bool sim_cases_load(struct sim_table *table, const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t cap = 0U;
    ssize_t n = 0;
    bool ok = file != NULL;
    while (ok && (n = getline(&text, &cap, file)) > 0) {
        ok = n == 1 || line_load(table, pt_slice_of(text, (size_t)n));
    }
    free(text);
    if (file != NULL) {
        (void)fclose(file);
    }
    return ok;
}

void sim_cases_free(struct sim_table *table)
{
    for (size_t i = 0U; i < table->n; i++) {
        struct sim_route *route = table->routes[i];
        while (route->cases != NULL) {
            struct sim_case *next = route->cases->next;
            case_free(route->cases);
            route->cases = next;
        }
        free(route->path);
        free(route);
    }
    table->n = 0U;
}
