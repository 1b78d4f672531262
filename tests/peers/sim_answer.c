/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * sim_answer.c -- the State's side of one request. Order of the checks: throttle, token,
 * duplicate lock, compulsory parameters (all that are missing, in one array), recipient,
 * maintenance, provider. Early errors are application/json; charset=utf-8, data and provider
 * errors application/vnd.api+json; an unknown route is text/plain.
 */
#include "tests/peers/sim.h"

#include "poterne/base/num.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WINDOW_S 60
#define QUOTA    250U /* requests a minute announced for API Entreprise */

/* --- checks ---------------------------------------------------------------------------------- */

static bool token_known(const struct sim *sim, pt_slice token)
{
    for (size_t i = 0U; i < sim->config.ntokens; i++) {
        if (pt_slice_eq(token, pt_slice_str(sim->config.tokens[i]))) {
            return true;
        }
    }
    return token.len > 0U && sim->config.ntokens == 0U;
}

static bool token_ok(const struct sim *sim, const struct sim_route *route,
                     const struct sim_request *request)
{
    if (route->franceconnect) {
        return request->bearer.len > 0U;
    }
    return token_known(sim, request->bearer.len > 0U ? request->bearer : request->api_key);
}

static bool blank(pt_slice s)
{
    for (size_t i = 0U; i < s.len; i++) {
        if (s.ptr[i] != ' ') {
            return false;
        }
    }
    return true;
}

/* 14 digits, and Luhn or an establishment of La Poste (SIREN 356000000). */
static bool siret_ok(pt_slice s)
{
    unsigned sum = 0U;
    for (size_t i = 0U; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
        const unsigned digit = (unsigned)(s.ptr[i] - '0') * (i % 2U == 0U ? 2U : 1U);
        sum += digit > 9U ? digit - 9U : digit;
    }
    return s.len == 14U && (sum % 10U == 0U || pt_slice_starts(s, PT_SLICE("356000000")));
}

static bool missing_parameters(const struct sim_route *route, const struct sim_request *request,
                               struct sim_answer *answer)
{
    static const struct {
        const char *name;
        const char *code;
        bool entreprise_only;
    } trace[] = {
        {"context", "00201", true}, {"object", "00202", true}, {"recipient", "00203", false}};
    bool first = true;
    sim_errors_begin(answer, 422, sim_json);
    for (size_t i = 0U; i < PT_COUNT(trace); i++) {
        const bool asked = route->trace && (route->entreprise || !trace[i].entreprise_only);
        if (asked && blank(sim_query_get(request, trace[i].name))) {
            pt_buf_put_str(&answer->own, first ? "" : ",");
            sim_errors_put(&answer->own, trace[i].code, NULL, 0U);
            first = false;
        }
    }
    sim_errors_end(answer);
    return !first;
}

/* @return true when a check has answered. */
static bool checks(const struct sim *sim, const struct sim_route *route,
                   const struct sim_request *request, struct sim_answer *answer)
{
    if (!token_ok(sim, route, request)) {
        sim_error(answer, 401, "00101", NULL, 0U);
        return true;
    }
    if (missing_parameters(route, request, answer)) {
        return true;
    }
    if (route->trace && !siret_ok(sim_query_get(request, "recipient"))) {
        sim_error(answer, 422, "00210", NULL, 0U);
        return true;
    }
    return false;
}

/* --- misbehaviour ---------------------------------------------------------------------------- */

static void add_header(struct sim_answer *answer, const char *name, uint64_t value)
{
    const size_t n = strlen(answer->headers);
    (void)snprintf(answer->headers + n, sizeof(answer->headers) - n, "%s: %llu\r\n", name,
                   (unsigned long long)value);
}

static void throttled(struct sim_answer *answer, uint64_t retry_in)
{
    sim_error(answer, 429, "00429", NULL, 0U);
    add_header(answer, "Retry-After", retry_in);
}

static void own_body(struct sim_answer *answer, int status, const char *type, const char *text)
{
    pt_buf_clear(&answer->own);
    pt_buf_put_str(&answer->own, text);
    answer->status = status;
    answer->type = type;
    answer->body = pt_buf_slice(&answer->own);
}

static void big_body(struct sim_answer *answer)
{
    own_body(answer, 200, sim_vnd_json, "{\"data\":{\"remplissage\":\"");
    for (unsigned i = 0U; i < 65536U; i++) {
        pt_buf_put_str(&answer->own, "0123456789abcdef0123456789abcdef0123456789abcdef");
    }
    pt_buf_put_str(&answer->own, "\"},\"links\":{},\"meta\":{}}");
    answer->body = pt_buf_slice(&answer->own);
}

/* The good answer with its first member written twice. */
static void duplicate_key(struct sim_answer *answer)
{
    struct pt_buf copy;
    pt_buf_init(&copy, SIM_OUT_MAX);
    pt_buf_put_str(&copy, "{\"data\":{},");
    pt_buf_put(&copy, pt_slice_from(answer->body, 1U));
    pt_buf_done(&answer->own);
    answer->own = copy;
    answer->body = pt_buf_slice(&answer->own);
}

enum stage { STAGE_RACK, STAGE_LOCK, STAGE_PROVIDER };

static void mode_drop(struct sim_answer *a, const struct sim_rule *r)
{
    (void)r;
    own_body(a, 0, NULL, "");
    a->after = SIM_CLOSE;
}

static void mode_reset(struct sim_answer *a, const struct sim_rule *r)
{
    (void)r;
    own_body(a, 0, NULL, "");
    a->after = SIM_RESET;
}

static void mode_hang(struct sim_answer *a, const struct sim_rule *r)
{
    (void)r;
    a->after = SIM_HANG;
}

static void mode_garbage(struct sim_answer *a, const struct sim_rule *r)
{
    (void)r;
    own_body(a, 0, NULL, "\x16\x03\x01 ceci n'est pas du HTTP \xff\xfe\r\n\r\n");
    a->after = SIM_CLOSE;
}

static void mode_truncated(struct sim_answer *a, const struct sim_rule *r)
{
    (void)r;
    a->cut_short = true;
    a->cut = a->body.len / 2U;
    a->after = SIM_CLOSE;
}

static void mode_slow(struct sim_answer *a, const struct sim_rule *r)
{
    a->delay_ms = r->delay_ms > 0U ? r->delay_ms : 1000U;
}

static void mode_bad_json(struct sim_answer *a, const struct sim_rule *r)
{
    (void)r;
    own_body(a, 200, sim_vnd_json, "{\"data\":{\"siren\":\"130025265\",},\"links\":{},\"meta\":");
}

static void mode_html(struct sim_answer *a, const struct sim_rule *r)
{
    (void)r;
    own_body(a, 502, "text/html",
             "<html><body><center><h1>502 Bad Gateway</h1></center></body></html>\r\n");
}

static void mode_duplicate_key(struct sim_answer *a, const struct sim_rule *r)
{
    (void)r;
    duplicate_key(a);
}

static void mode_big(struct sim_answer *a, const struct sim_rule *r)
{
    (void)r;
    big_body(a);
}

static void mode_chunked(struct sim_answer *a, const struct sim_rule *r)
{
    (void)r;
    a->chunked = true;
}

static void mode_redirect(struct sim_answer *a, const struct sim_rule *r)
{
    (void)r;
    own_body(a, 302, "text/html", "");
    (void)snprintf(a->headers, sizeof(a->headers), "Location: /v3/simulateur/redirection\r\n");
}

static void mode_429(struct sim_answer *a, const struct sim_rule *r)
{
    throttled(a, r->retry_in > 0U ? r->retry_in : 2U);
}

static const struct {
    const char *mode;
    enum stage stage;
    void (*apply)(struct sim_answer *answer, const struct sim_rule *rule);
} modes[] = {
    {"429", STAGE_RACK, mode_429},
    {"drop", STAGE_RACK, mode_drop},
    {"reset", STAGE_RACK, mode_reset},
    {"hang", STAGE_PROVIDER, mode_hang},
    {"garbage", STAGE_RACK, mode_garbage},
    {"truncated", STAGE_PROVIDER, mode_truncated},
    {"slow", STAGE_PROVIDER, mode_slow},
    {"bad-json", STAGE_PROVIDER, mode_bad_json},
    {"html", STAGE_RACK, mode_html},
    {"duplicate-key", STAGE_PROVIDER, mode_duplicate_key},
    {"big", STAGE_PROVIDER, mode_big},
    {"chunked", STAGE_PROVIDER, mode_chunked},
    {"redirect", STAGE_PROVIDER, mode_redirect},
};

static bool apply_mode(const struct sim_rule *rule, enum stage stage, struct sim_answer *answer)
{
    for (size_t i = 0U; i < PT_COUNT(modes); i++) {
        if (strcmp(rule->mode, modes[i].mode) == 0 && modes[i].stage == stage) {
            modes[i].apply(answer, rule);
            return true;
        }
    }
    return false;
}

/* A mode that is a status: what raises it, and its usual code. */
static const struct {
    int status;
    enum stage stage;
    const char *code;
} statuses[] = {
    {400, STAGE_LOCK, "00401"},   {401, STAGE_LOCK, "00101"},   {403, STAGE_LOCK, "00100"},
    {409, STAGE_LOCK, "00015"},   {404, STAGE_PROVIDER, "003"}, {422, STAGE_PROVIDER, "00302"},
    {451, STAGE_PROVIDER, "005"}, {500, STAGE_LOCK, "00500"},   {501, STAGE_LOCK, "00503"},
    {502, STAGE_PROVIDER, "001"}, {503, STAGE_PROVIDER, "020"}, {504, STAGE_PROVIDER, "002"},
};

static int mode_status(const char *mode)
{
    uint64_t status = 0U;
    return pt_ok(pt_num_u64(pt_slice_str(mode), 100U, 599U, &status)) ? (int)status : 0;
}

bool sim_mode_known(const char *mode)
{
    bool known = strcmp(mode, "ok") == 0;
    for (size_t i = 0U; i < PT_COUNT(modes); i++) {
        known = known || strcmp(mode, modes[i].mode) == 0;
    }
    for (size_t i = 0U; i < PT_COUNT(statuses); i++) {
        known = known || mode_status(mode) == statuses[i].status;
    }
    return known;
}

static bool apply_status(const struct sim_rule *rule, enum stage stage,
                         const struct sim_route *route, struct sim_answer *answer)
{
    for (size_t i = 0U; i < PT_COUNT(statuses); i++) {
        if (mode_status(rule->mode) != statuses[i].status || statuses[i].stage != stage) {
            continue;
        }
        const char *code = rule->code[0] != '\0' ? rule->code : statuses[i].code;
        if (stage == STAGE_PROVIDER) {
            sim_provider_error(answer, route, statuses[i].status, code, rule->retry_in);
        } else {
            sim_error(answer, statuses[i].status, code, NULL, rule->retry_in);
        }
        return true;
    }
    return false;
}

/* --- the whole ------------------------------------------------------------------------------- */

static void serve_case(const struct sim_route *route, const struct sim_request *request,
                       struct sim_answer *answer)
{
    const struct sim_case *found = sim_case_find(route, &request->pairs);
    if (found == NULL) {
        sim_provider_error(answer, route, 404, "003", 0U);
        return;
    }
    answer->status = found->status;
    answer->type = sim_vnd_json;
    answer->body = pt_slice_of(found->body, found->len);
}

static bool over_quota(struct sim *sim, struct sim_answer *answer)
{
    const uint64_t now = (uint64_t)time(NULL);
    const uint64_t minute = now / WINDOW_S;
    uint64_t old = atomic_load(&sim->window);
    uint64_t new = 0U;
    do {
        new = old >> 32U == minute ? old + 1U : (minute << 32U) + 1U;
    } while (!atomic_compare_exchange_weak(&sim->window, &old, new));
    const uint64_t used = new & 0xffffffffU;
    const uint64_t limit = sim->config.rate_limit > 0U ? sim->config.rate_limit : QUOTA;
    const bool over = sim->config.rate_limit > 0U && used > limit;
    const uint64_t left = sim->config.rate_limit > 0U && used < limit ? limit - used : 0U;
    if (over) {
        throttled(answer, WINDOW_S - now % WINDOW_S);
    }
    add_header(answer, "RateLimit-Limit", limit);
    add_header(answer, "RateLimit-Remaining", sim->config.rate_limit > 0U ? left : QUOTA - 1U);
    add_header(answer, "RateLimit-Reset", (minute + 1U) * WINDOW_S);
    return over;
}

static void answer_route(struct sim *sim, const struct sim_route *route,
                         struct sim_request *request, struct sim_answer *answer)
{
    struct sim_rule rule = {.mode = ""};
    const bool told = sim_rule_take(sim->control, request->path, &rule);
    if (over_quota(sim, answer) || (told && apply_mode(&rule, STAGE_RACK, answer))) {
        return;
    }
    if (!token_ok(sim, route, request)) {
        sim_error(answer, 401, "00101", NULL, 0U);
        return;
    }
    if (told && apply_status(&rule, STAGE_LOCK, route, answer)) {
        return;
    }
    if (checks(sim, route, request, answer) ||
        (told && apply_status(&rule, STAGE_PROVIDER, route, answer))) {
        return;
    }
    serve_case(route, request, answer);
    if (told) {
        (void)apply_mode(&rule, STAGE_PROVIDER, answer);
    }
}

void sim_answer(struct sim *sim, struct sim_request *request, struct sim_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    pt_buf_init(&answer->own, SIM_OUT_MAX);
    if (sim_control_answer(sim->control, request, answer)) {
        return;
    }
    const struct sim_route *route =
        sim_route_find(&sim->config.table, request->path, &request->pairs);
    if (route == NULL) {
        own_body(answer, 404, "text/plain", "404 Not Found");
    } else if (!pt_slice_eq(request->method, PT_SLICE("GET")) || !sim_query_parse(request)) {
        sim_error(answer, 400, "00401", NULL, 0U);
    } else {
        answer_route(sim, route, request, answer);
    }
    if (answer->delay_ms == 0U) {
        answer->delay_ms = sim->config.stall_ms;
    }
    sim_remember(sim->control, request, answer->status);
}

void sim_answer_done(struct sim_answer *answer)
{
    pt_buf_done(&answer->own);
}

/* --- bytes ----------------------------------------------------------------------------------- */

static void put_head(struct sim *sim, const struct sim_answer *answer, struct pt_buf *out)
{
    char head[1024];
    char date[40];
    struct tm tm;
    const time_t now = time(NULL);
    (void)gmtime_r(&now, &tm);
    (void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    const unsigned long long serial = atomic_fetch_add(&sim->serial, 1U) + 1U;
    int n = snprintf(head, sizeof(head),
                     "HTTP/1.1 %d %s\r\nServer: nginx\r\nDate: %s\r\nContent-Type: %s\r\n"
                     "X-Request-ID: 00000000-0000-4000-8000-%012llx\r\nX-Response-Cached: false\r\n"
                     "X-Cache-Expires-in: \r\nX-Content-Type-Options: nosniff\r\n"
                     "Referrer-Policy: strict-origin-when-cross-origin\r\n%s",
                     answer->status, answer->status < 400 ? "OK" : "Error", date, answer->type,
                     serial, answer->headers);
    pt_buf_put(out, pt_slice_of(head, (size_t)n));
    pt_buf_put_str(out, answer->after == SIM_CLOSE ? "Connection: close\r\n" : "");
    if (answer->chunked) {
        pt_buf_put_str(out, "Transfer-Encoding: chunked\r\n\r\n");
        return;
    }
    pt_buf_put_str(out, "Content-Length: ");
    pt_buf_put_u64(out, answer->body.len);
    pt_buf_put_str(out, "\r\n\r\n");
}

static void put_chunks(pt_slice body, struct pt_buf *out)
{
    while (body.len > 0U) {
        char size[16];
        const pt_slice chunk = pt_slice_head(body, 100U);
        (void)snprintf(size, sizeof(size), "%zx\r\n", chunk.len);
        pt_buf_put_str(out, size);
        pt_buf_put(out, chunk);
        pt_buf_put_str(out, "\r\n");
        body = pt_slice_from(body, chunk.len);
    }
    pt_buf_put_str(out, "0\r\n\r\n");
}

void sim_answer_write(struct sim *sim, const struct sim_answer *answer, struct pt_buf *out)
{
    if (answer->type == NULL) {
        pt_buf_put(out, answer->body);
        return;
    }
    put_head(sim, answer, out);
    if (answer->chunked) {
        put_chunks(answer->body, out);
    } else {
        pt_buf_put(out,
                   answer->cut_short ? pt_slice_head(answer->body, answer->cut) : answer->body);
    }
}
