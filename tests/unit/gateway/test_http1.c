/* SPDX-License-Identifier: EUPL-1.2 */
/* The request parser against its table of raw requests. Every row is fed at once, byte by byte
 * and in every cut into two; the verdict must be the same each time. */
#include "http1_cases.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(http1, .timeout = 30.0);

#define SUMMARY_MAX 70000U

struct outcome {
    enum pt_http1_verdict verdict;
    enum pt_http1_reason reason;
    size_t used;
    size_t decided_at; /* bytes fed when the verdict fell */
    char *summary;     /* malloc, of an accepted request */
};

static char *summarise(const struct pt_http1_request *r)
{
    char *const out = malloc(SUMMARY_MAX + 20000U);
    cr_assert(out != NULL);
    (void)snprintf(out, SUMMARY_MAX + 20000U, "%s %.*s ?%.*s host=%.*s fields=%zu body=%.*s%s",
                   pt_http1_method_name(r->method), (int)r->path.len, r->path.ptr,
                   (int)r->query.len, r->query.len != 0U ? r->query.ptr : "", (int)r->host.len,
                   r->host.ptr, r->header_count, (int)r->body.len,
                   r->body.len != 0U ? r->body.ptr : "", r->keep_alive ? "" : " close");
    return out;
}

/* Feed raw in pieces: up to first_cut, then by steps of step bytes. */
static struct outcome feed(pt_slice raw, size_t first_cut, size_t step)
{
    struct outcome o = {.verdict = PT_HTTP1_MORE};
    struct pt_http1_parser parser;
    char *const buffer = malloc(raw.len + 1U); /* exact: the sanitizer guards its end */
    cr_assert(buffer != NULL);
    memcpy(buffer, raw.ptr, raw.len);
    pt_http1_init(&parser);
    size_t len = first_cut;
    for (;;) {
        o.verdict = pt_http1_feed(&parser, buffer, len);
        o.decided_at = len;
        if (o.verdict != PT_HTTP1_MORE || len == raw.len) {
            break;
        }
        len = raw.len - len > step ? len + step : raw.len;
    }
    o.reason = pt_http1_reason(&parser);
    if (o.verdict == PT_HTTP1_REQUEST) {
        struct pt_http1_request request;
        pt_http1_request(&parser, buffer, &request);
        o.used = pt_http1_used(&parser);
        o.summary = summarise(&request);
    }
    free(buffer);
    return o;
}

static void expect_same(const struct outcome *a, const struct outcome *b, const char *clause,
                        size_t cut)
{
    cr_assert(a->verdict == b->verdict && a->reason == b->reason && a->used == b->used,
              "%s: cut at %zu gives verdict %d (%s) instead of %d (%s)", clause, cut,
              (int)b->verdict, pt_http1_reason_name(b->reason), (int)a->verdict,
              pt_http1_reason_name(a->reason));
    const bool both = (a->summary != NULL) == (b->summary != NULL);
    cr_assert(both);
    if (a->summary != NULL) {
        cr_assert(strcmp(a->summary, b->summary) == 0, "%s: cut at %zu", clause, cut);
    }
}

static void expect_same_when_cut(pt_slice raw, const struct outcome *whole, const char *clause)
{
    const size_t stride = raw.len > 2048U ? 509U : 1U;
    for (size_t cut = 0U; cut <= raw.len; cut += stride) {
        struct outcome two = feed(raw, cut, raw.len);
        expect_same(whole, &two, clause, cut);
        free(two.summary);
    }
    struct outcome bytes = feed(raw, 0U, 1U);
    expect_same(whole, &bytes, clause, 0U);
    free(bytes.summary);
}

static void check_case(const struct http1_case *c, size_t row)
{
    struct outcome whole = feed(c->raw, c->raw.len, 1U);
    if (c->want != NULL) {
        cr_assert(whole.verdict == PT_HTTP1_REQUEST, "row %zu (%s): refused as %s, or not decided",
                  row, c->clause, pt_http1_reason_name(whole.reason));
        cr_assert(strcmp(whole.summary, c->want) == 0, "row %zu (%s): %s", row, c->clause,
                  whole.summary);
    } else if (c->reason == WANTS_MORE) {
        cr_assert(whole.verdict == PT_HTTP1_MORE, "row %zu (%s): decided too early", row,
                  c->clause);
    } else {
        cr_assert(whole.verdict == PT_HTTP1_REFUSED, "row %zu (%s): let through", row, c->clause);
        cr_assert(whole.reason == c->reason, "row %zu (%s): refused as %s instead of %s", row,
                  c->clause, pt_http1_reason_name(whole.reason), pt_http1_reason_name(c->reason));
    }
    expect_same_when_cut(c->raw, &whole, c->clause);
    free(whole.summary);
}

static void check_cases(const struct http1_case *cases, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        check_case(&cases[i], i);
    }
}
#define CHECK(table) check_cases((table), PT_COUNT(table))

/* --- what is let through --------------------------------------------------------------------- */

Test(http1, well_formed_requests_are_accepted_with_their_parts)
{
    CHECK(cases_accepted);
}
Test(http1, connection_close_is_found_in_any_list_and_any_case)
{
    CHECK(cases_connection);
}
Test(http1, an_unfinished_request_asks_for_more_and_decides_nothing)
{
    CHECK(cases_unfinished);
}
Test(http1, bytes_behind_a_request_are_left_for_the_next_one)
{
    CHECK(cases_pipelined);
}

/* --- lines ----------------------------------------------------------------------------------- */

Test(http1, only_crlf_ends_a_line)
{
    CHECK(cases_line_ends);
}
Test(http1, one_empty_line_before_a_request_is_ignored_but_not_two)
{
    CHECK(cases_empty_lines);
}
Test(http1, control_and_non_ascii_bytes_in_the_request_line_are_refused)
{
    CHECK(cases_line_bytes);
}
Test(http1, the_request_line_has_three_parts_and_single_spaces)
{
    CHECK(cases_line_syntax);
}
Test(http1, an_ill_formed_method_is_400_and_an_unknown_one_501)
{
    CHECK(cases_method);
}
Test(http1, only_http_1_1_is_spoken)
{
    CHECK(cases_version);
}

/* --- target and host ------------------------------------------------------------------------- */

Test(http1, the_target_holds_only_what_a_uri_may_hold)
{
    CHECK(cases_target);
}
Test(http1, broken_escapes_escaped_nul_and_dot_segments_are_refused)
{
    CHECK(cases_escapes);
}
Test(http1, asterisk_authority_and_foreign_schemes_are_no_target)
{
    CHECK(cases_forms);
}
Test(http1, an_absolute_target_must_name_the_host)
{
    CHECK(cases_absolute);
}
Test(http1, exactly_one_valid_host_is_required)
{
    CHECK(cases_host);
}
Test(http1, a_host_may_carry_a_port_or_be_an_address_literal)
{
    CHECK(cases_host_port);
}

/* --- fields ---------------------------------------------------------------------------------- */

Test(http1, a_field_name_is_a_token_stuck_to_its_colon)
{
    CHECK(cases_field_names);
}
Test(http1, folded_lines_are_refused_at_their_first_byte)
{
    CHECK(cases_fold);
}
Test(http1, control_bytes_in_a_field_are_refused)
{
    CHECK(cases_field_bytes);
}

/* --- framing --------------------------------------------------------------------------------- */

Test(http1, content_length_is_one_plain_number_said_once)
{
    CHECK(cases_length);
}
Test(http1, a_length_over_the_limit_is_413_and_never_wraps_around)
{
    CHECK(cases_length_limits);
}
Test(http1, methods_without_a_body_get_none)
{
    CHECK(cases_no_body);
}
Test(http1, the_only_transfer_coding_is_chunked_said_once)
{
    CHECK(cases_coding);
}
Test(http1, known_smuggling_vectors_are_refused)
{
    CHECK(cases_smuggling);
}
Test(http1, chunks_are_joined_in_place)
{
    CHECK(cases_chunked);
}
Test(http1, chunk_extensions_are_checked_then_ignored)
{
    CHECK(cases_chunk_extensions);
}
Test(http1, a_chunk_size_is_at_most_eight_hexadecimal_digits)
{
    CHECK(cases_chunk_sizes);
}
Test(http1, a_chunk_ends_exactly_where_its_size_says)
{
    CHECK(cases_chunk_ends);
}
Test(http1, trailers_are_refused)
{
    CHECK(cases_trailers);
}
Test(http1, the_only_expectation_is_100_continue)
{
    CHECK(cases_expect);
}

/* --- limits ---------------------------------------------------------------------------------- */

static pt_slice filled(const struct http1_filled_case *c)
{
    const size_t len = c->before.len + c->n + c->after.len;
    char *const raw = malloc(len);
    cr_assert(raw != NULL);
    memcpy(raw, c->before.ptr, c->before.len);
    memset(raw + c->before.len, c->byte, c->n);
    memcpy(raw + c->before.len + c->n, c->after.ptr, c->after.len);
    return pt_slice_of(raw, len);
}

Test(http1, each_limit_holds_at_its_value_and_refuses_one_byte_more)
{
    for (size_t i = 0U; i < PT_COUNT(cases_limits); i++) {
        const pt_slice raw = filled(&cases_limits[i]);
        struct outcome whole = feed(raw, raw.len, 1U);
        cr_assert(whole.reason == cases_limits[i].reason, "row %zu: %s", i,
                  pt_http1_reason_name(whole.reason));
        const bool let_through = whole.verdict == PT_HTTP1_REQUEST;
        cr_assert(let_through == (cases_limits[i].reason == PT_HTTP1_NO_REASON));
        expect_same_when_cut(raw, &whole, cases_limits[i].clause);
        free(whole.summary);
        free((void *)(uintptr_t)raw.ptr);
    }
}

/* A request of @n times @line between a head and a tail. */
static struct outcome repeated(const char *head, const char *line, size_t n, const char *tail)
{
    const size_t size = strlen(head) + strlen(line) * n + strlen(tail);
    char *const raw = malloc(size + 1U);
    cr_assert(raw != NULL);
    size_t at = strlen(head);
    memcpy(raw, head, at);
    for (size_t i = 0U; i < n; i++) {
        memcpy(raw + at, line, strlen(line));
        at += strlen(line);
    }
    memcpy(raw + at, tail, strlen(tail));
    struct outcome whole = feed(pt_slice_of(raw, size), size, 1U);
    struct outcome bytes = feed(pt_slice_of(raw, size), 0U, 1U);
    expect_same(&whole, &bytes, "limits", 0U);
    free(bytes.summary);
    free(raw);
    return whole;
}

Test(http1, sixty_four_fields_are_accepted_and_sixty_five_refused)
{
    struct outcome o = repeated(GET, "X: y\r\n", PT_HTTP_HEADERS_COUNT - 1U, END);
    cr_assert(eq(int, (int)o.verdict, (int)PT_HTTP1_REQUEST));
    free(o.summary);
    o = repeated(GET, "X: y\r\n", PT_HTTP_HEADERS_COUNT, END);
    cr_assert(eq(int, (int)o.reason, (int)PT_HTTP1_FIELDS_MANY));
}

Test(http1, a_header_section_over_its_total_is_refused)
{
    char line[1026];
    memset(line, 'a', sizeof line);
    memcpy(line, "X: ", 3U);
    memcpy(line + 1022, "\r\n", 3U);
    struct outcome o = repeated(GET, line, 31U, END);
    cr_assert(eq(int, (int)o.verdict, (int)PT_HTTP1_REQUEST));
    free(o.summary);
    o = repeated(GET, line, 33U, END);
    cr_assert(eq(int, (int)o.reason, (int)PT_HTTP1_FIELDS_LONG));
}

Test(http1, a_body_in_countless_tiny_chunks_is_refused)
{
    struct outcome o = repeated(CHUNKED, "1\r\na\r\n", 3000U, "0\r\n\r\n");
    cr_assert(eq(int, (int)o.verdict, (int)PT_HTTP1_REQUEST));
    free(o.summary);
    o = repeated(CHUNKED, "1\r\na\r\n", 4000U, "0\r\n\r\n");
    cr_assert(eq(int, (int)o.reason, (int)PT_HTTP1_CHUNK_OVERHEAD));
}

/* --- the rest of the contract ------------------------------------------------------------------
 */

Test(http1, a_bare_lf_is_refused_at_once_without_waiting_for_more)
{
    struct outcome o = feed(PT_SLICE("GET / HTTP/1.1\nHost: h"), 0U, 1U);
    cr_assert(eq(int, (int)o.reason, (int)PT_HTTP1_BARE_LF));
    cr_assert(eq(sz, o.decided_at, 15U));
    o = feed(PT_SLICE(GET " folded"), 0U, 1U);
    cr_assert(eq(int, (int)o.reason, (int)PT_HTTP1_FOLD));
    cr_assert(eq(sz, o.decided_at, sizeof(GET)));
}

Test(http1, a_refused_parser_stays_refused)
{
    char raw[] = "GET / HTTP/1.0\r\n\r\n";
    struct pt_http1_parser parser;
    pt_http1_init(&parser);
    cr_assert(eq(int, (int)pt_http1_feed(&parser, raw, sizeof raw - 1U), (int)PT_HTTP1_REFUSED));
    cr_assert(eq(int, (int)pt_http1_feed(&parser, raw, sizeof raw - 1U), (int)PT_HTTP1_REFUSED));
}

Test(http1, continue_is_due_once_and_only_before_the_first_body_byte)
{
    char raw[] = POST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab";
    const size_t head = sizeof raw - 3U;
    struct pt_http1_parser parser;
    pt_http1_init(&parser);
    cr_assert(eq(int, (int)pt_http1_feed(&parser, raw, head - 1U), (int)PT_HTTP1_MORE));
    cr_assert(not(pt_http1_continue_due(&parser)));
    cr_assert(eq(int, (int)pt_http1_feed(&parser, raw, head), (int)PT_HTTP1_MORE));
    cr_assert(pt_http1_continue_due(&parser));
    cr_assert(not(pt_http1_continue_due(&parser)));
    cr_assert(eq(int, (int)pt_http1_feed(&parser, raw, head + 2U), (int)PT_HTTP1_REQUEST));

    pt_http1_init(&parser);
    cr_assert(eq(int, (int)pt_http1_feed(&parser, raw, head + 1U), (int)PT_HTTP1_MORE));
    cr_assert(not(pt_http1_continue_due(&parser)));
}

Test(http1, a_repeated_field_has_no_single_value)
{
    char raw[] = GET "Poterne-Agent: a\r\nX: 1\r\npoterne-agent: b\r\n\r\n";
    struct pt_http1_parser parser;
    struct pt_http1_request request;
    pt_slice value = PT_SLICE("untouched");
    pt_http1_init(&parser);
    cr_assert(eq(int, (int)pt_http1_feed(&parser, raw, sizeof raw - 1U), (int)PT_HTTP1_REQUEST));
    pt_http1_request(&parser, raw, &request);
    cr_assert(eq(sz, pt_http1_header(&request, PT_SLICE("Poterne-Agent"), &value), 2U));
    cr_assert(eq(sz, pt_http1_header(&request, PT_SLICE("absent"), &value), 0U));
    cr_assert(pt_slice_eq(value, PT_SLICE("untouched")));
    cr_assert(eq(sz, pt_http1_header(&request, PT_SLICE("x"), &value), 1U));
    cr_assert(pt_slice_eq(value, PT_SLICE("1")));
}

Test(http1, a_parser_used_before_knows_nothing_of_the_request_before)
{
    char first[] = "POST /a?b HTTP/1.1\r\nHost: one\r\nContent-Length: 2\r\nX: y\r\n"
                   "Connection: close\r\nExpect: 100-continue\r\n\r\nhi";
    char second[] = "GET / HTTP/1.1\r\nHost: two\r\n\r\n";
    struct pt_http1_parser parser;
    struct pt_http1_request used;
    struct pt_http1_request fresh;
    memset(&parser, 0, sizeof parser);
    cr_assert(pt_http1_feed(&parser, first, sizeof first - 1U) == PT_HTTP1_REQUEST);
    pt_http1_init(&parser);
    cr_assert(pt_http1_feed(&parser, second, sizeof second - 1U) == PT_HTTP1_REQUEST);
    pt_http1_request(&parser, second, &used);
    memset(&parser, 0, sizeof parser);
    cr_assert(pt_http1_feed(&parser, second, sizeof second - 1U) == PT_HTTP1_REQUEST);
    pt_http1_request(&parser, second, &fresh);
    char *const a = summarise(&used);
    char *const b = summarise(&fresh);
    cr_assert(eq(str, a, b));
    cr_assert(eq(sz, used.header_count, 1U));
    cr_assert(used.keep_alive);
    free(a);
    free(b);
}

Test(http1, the_buffer_may_move_between_two_calls)
{
    const pt_slice raw =
        PT_SLICE(POST "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
    struct pt_http1_parser parser;
    enum pt_http1_verdict verdict = PT_HTTP1_MORE;
    char *buffer = NULL;
    pt_http1_init(&parser);
    for (size_t len = 1U; len <= raw.len; len++) {
        char *const moved = malloc(len);
        cr_assert(moved != NULL);
        if (buffer != NULL) {
            memcpy(moved, buffer, len - 1U);
        }
        moved[len - 1U] = raw.ptr[len - 1U];
        free(buffer);
        buffer = moved;
        verdict = pt_http1_feed(&parser, buffer, len);
    }
    struct pt_http1_request request;
    cr_assert(eq(int, (int)verdict, (int)PT_HTTP1_REQUEST));
    pt_http1_request(&parser, buffer, &request);
    cr_assert(pt_slice_eq(request.body, PT_SLICE("abc")));
    cr_assert(pt_slice_eq(request.host, PT_SLICE("h")));
    free(buffer);
}

Test(http1, every_reason_has_a_status_a_name_and_a_clause)
{
    for (int r = 1; r < (int)PT_HTTP1_REASON_COUNT; r++) {
        const enum pt_http1_reason reason = (enum pt_http1_reason)r;
        cr_assert(pt_http1_reason_status(reason) >= 400U);
        cr_assert(strlen(pt_http1_reason_name(reason)) > 2U);
        cr_assert(strncmp(pt_http1_reason_clause(reason), "RFC ", 4U) == 0);
    }
    cr_assert(eq(int, pt_http1_reason_status(PT_HTTP1_REASON_COUNT), 0));
    cr_assert(strcmp(pt_http1_reason_name(PT_HTTP1_REASON_COUNT), "unknown") == 0);
}

Test(http1, the_table_is_as_large_as_promised)
{
    const size_t rows =
        PT_COUNT(cases_accepted) + PT_COUNT(cases_connection) + PT_COUNT(cases_unfinished) +
        PT_COUNT(cases_line_ends) + PT_COUNT(cases_empty_lines) + PT_COUNT(cases_line_bytes) +
        PT_COUNT(cases_line_syntax) + PT_COUNT(cases_method) + PT_COUNT(cases_version) +
        PT_COUNT(cases_target) + PT_COUNT(cases_escapes) + PT_COUNT(cases_forms) +
        PT_COUNT(cases_absolute) + PT_COUNT(cases_host) + PT_COUNT(cases_host_port) +
        PT_COUNT(cases_field_names) + PT_COUNT(cases_fold) + PT_COUNT(cases_field_bytes) +
        PT_COUNT(cases_length) + PT_COUNT(cases_length_limits) + PT_COUNT(cases_no_body) +
        PT_COUNT(cases_coding) + PT_COUNT(cases_smuggling) + PT_COUNT(cases_chunked) +
        PT_COUNT(cases_chunk_extensions) + PT_COUNT(cases_chunk_sizes) +
        PT_COUNT(cases_chunk_ends) + PT_COUNT(cases_trailers) + PT_COUNT(cases_expect) +
        PT_COUNT(cases_pipelined) + PT_COUNT(cases_limits);
    cr_log_info("%zu raw requests", rows);
    cr_assert(rows >= 300U, "only %zu rows", rows);
}
