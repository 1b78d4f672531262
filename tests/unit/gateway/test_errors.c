/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/exchange/errors.h: the one table of what Poterne answers by itself (law 8). */
#include "gateway/exchange/errors.h"
#include "poterne/base/limits.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>

#define DOCUMENT_MAX 65536U

static const char *const advice_of_impossible = "CRPA L.114-10";

/* --- the table --- */

Test(errors, no_code_is_used_twice)
{
    for (unsigned i = 0U; i < (unsigned)PT_ERROR_COUNT; i++) {
        for (unsigned j = 0U; j < i; j++) {
            cr_expect_str_neq(pt_error_info((enum pt_error)i)->code,
                              pt_error_info((enum pt_error)j)->code);
        }
    }
}

Test(errors, a_code_is_PT_and_three_digits)
{
    for (unsigned i = 0U; i < (unsigned)PT_ERROR_COUNT; i++) {
        const char *code = pt_error_info((enum pt_error)i)->code;
        cr_assert_eq(strlen(code), 5U, "%s", code);
        cr_expect_eq(strncmp(code, "PT", 2U), 0, "%s", code);
        cr_expect_eq(strspn(code + 2, "0123456789"), 3U, "%s", code);
    }
}

/* The five answers are never mixed: what the status says and what the outcome says agree. */
Test(errors, the_status_and_the_outcome_of_an_error_say_the_same)
{
    for (unsigned i = 0U; i < (unsigned)PT_ERROR_COUNT; i++) {
        const struct pt_error_info *info = pt_error_info((enum pt_error)i);
        const bool ours = info->http >= 500U && info->http <= 504U;
        switch (info->outcome) {
        case PT_OUTCOME_REFUSED:
            cr_expect_eq(info->http, 403U, "%s", info->code);
            break;
        case PT_OUTCOME_QUOTA:
            cr_expect_eq(info->http, 429U, "%s", info->code);
            break;
        case PT_OUTCOME_IMPOSSIBLE:
            cr_expect(ours, "%s", info->code);
            break;
        case PT_OUTCOME_INVALID:
            cr_expect((info->http >= 400U && info->http < 500U) || info->http == 501U, "%s",
                      info->code);
            break;
        case PT_OUTCOME_NONE: /* a resource of our own: no exchange, hence no outcome */
            cr_expect_eq(info->code[2], '5', "%s", info->code);
            break;
        case PT_OUTCOME_DELIVERED:
        case PT_OUTCOME_NOT_FOUND:
        case PT_OUTCOME_COUNT:
        default:
            cr_assert_fail("%s cannot be said by Poterne itself", info->code);
        }
    }
}

/* A failure of the State, or ours, is never a "no" to the citizen (LEG-13). */
Test(errors, what_is_impossible_names_the_way_out_by_the_law)
{
    for (unsigned i = 0U; i < (unsigned)PT_ERROR_COUNT; i++) {
        const struct pt_error_info *info = pt_error_info((enum pt_error)i);
        if (info->outcome == PT_OUTCOME_IMPOSSIBLE) {
            cr_expect_not_null(strstr(info->advice, advice_of_impossible), "%s", info->code);
        }
    }
}

Test(errors, every_error_has_a_title_and_an_advice_that_is_a_sentence)
{
    for (unsigned i = 0U; i < (unsigned)PT_ERROR_COUNT; i++) {
        const struct pt_error_info *info = pt_error_info((enum pt_error)i);
        cr_expect_gt(strlen(info->title), 5U);
        cr_expect_gt(strlen(info->advice), 10U);
        cr_expect_eq(info->advice[strlen(info->advice) - 1U], '.', "%s", info->code);
    }
}

/* --- the envelope --- */

static json_t *envelope(const struct pt_error_detail *detail)
{
    struct pt_buf body;
    json_error_t why;
    pt_buf_init(&body, PT_HTTP_LINE_MAX);
    pt_error_body(detail, &body);
    cr_assert(pt_ok(pt_buf_status(&body)));
    json_t *root = json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES, &why);
    cr_assert_not_null(root, "%s: %.*s", why.text, (int)body.len, body.ptr);
    pt_buf_done(&body);
    return root;
}

static const char *text_at(json_t *error, const char *key)
{
    return json_string_value(json_object_get(error, key));
}

static void expect_whole(enum pt_error error)
{
    const struct pt_error_info *info = pt_error_info(error);
    json_t *root = envelope(&(struct pt_error_detail){.error = error});
    json_t *errors = json_object_get(root, "errors");
    cr_assert_eq(json_object_size(root), 1U);
    cr_assert_eq(json_array_size(errors), 1U);
    json_t *one = json_array_get(errors, 0U);
    cr_expect_str_eq(text_at(one, "code"), info->code);
    cr_expect_str_eq(text_at(one, "title"), info->title);
    cr_expect_str_eq(text_at(one, "detail"), info->advice);
    cr_expect_null(json_object_get(one, "source"));
    json_t *meta = json_object_get(one, "meta");
    cr_assert_not_null(meta);
    cr_expect_null(json_object_get(meta, "retry_in"));
    if (info->outcome == PT_OUTCOME_NONE) {
        cr_expect_eq(json_object_size(meta), 0U);
    } else {
        cr_expect_str_eq(text_at(meta, "outcome"), pt_outcome_name(info->outcome));
    }
    json_decref(root);
}

Test(errors, every_error_is_one_json_envelope_of_the_states_form)
{
    for (unsigned i = 0U; i < (unsigned)PT_ERROR_COUNT; i++) {
        expect_whole((enum pt_error)i);
    }
}

Test(errors, a_name_with_quotes_and_control_bytes_cannot_leave_its_string)
{
    const pt_slice hostile = PT_SLICE("a\"},{\"code\":\"x\n\t\\\x01");
    json_t *root = envelope(&(struct pt_error_detail){
        .error = PT_ERR_PARAM, .source_kind = "parameter", .source = hostile});
    json_t *errors = json_object_get(root, "errors");
    cr_assert_eq(json_array_size(errors), 1U);
    json_t *source = json_object_get(json_array_get(errors, 0U), "source");
    cr_expect_eq(json_object_size(source), 1U);
    cr_expect_eq(memcmp(text_at(source, "parameter"), hostile.ptr, hostile.len), 0);
    json_decref(root);
}

Test(errors, a_delay_is_told_with_and_without_an_outcome)
{
    const enum pt_error both[] = {PT_ERR_STATE_QUOTA, PT_ERR_RECEIPT_LATER};
    for (size_t i = 0U; i < PT_COUNT(both); i++) {
        json_t *root = envelope(&(struct pt_error_detail){.error = both[i], .retry_in = 42U});
        json_t *one = json_array_get(json_object_get(root, "errors"), 0U);
        json_t *meta = json_object_get(one, "meta");
        cr_expect_eq(json_integer_value(json_object_get(meta, "retry_in")), 42);
        json_decref(root);
    }
}

Test(errors, a_body_that_does_not_fit_is_told_and_not_cut_unseen)
{
    struct pt_buf body;
    pt_buf_init(&body, 40U);
    pt_error_body(&(struct pt_error_detail){.error = PT_ERR_LOG}, &body);
    cr_expect_eq(pt_buf_status(&body).code, PT_E_LIMIT);
    pt_buf_done(&body);
}

/* --- the document --- */

static void generate(struct pt_buf *out)
{
    pt_buf_init(out, DOCUMENT_MAX);
    pt_errors_document(out);
    pt_buf_put_byte(out, '\0');
    cr_assert(pt_ok(pt_buf_status(out)));
    out->len--;
}

static size_t read_all(FILE *from, char *out)
{
    cr_assert_not_null(from);
    const size_t n = fread(out, 1U, DOCUMENT_MAX - 1U, from);
    out[n] = '\0';
    return n;
}

static void expect_document(FILE *from, int (*end)(FILE *stream))
{
    static char text[DOCUMENT_MAX];
    struct pt_buf expected;
    generate(&expected);
    const size_t n = read_all(from, text);
    cr_expect_eq(end(from), 0);
    cr_expect_eq(n, expected.len);
    cr_expect_str_eq(text, expected.ptr);
    pt_buf_done(&expected);
}

Test(errors, the_page_in_the_repository_is_the_one_of_the_table)
{
    expect_document(fopen(PT_SOURCE_DIR "/docs/errors.md", "r"), fclose);
}

Test(errors, the_program_writes_the_same_page)
{
    expect_document(popen(PT_BIN_DIR "/poterned --errors", "r"), pclose);
}

Test(errors, the_page_has_a_row_for_every_code)
{
    struct pt_buf text;
    generate(&text);
    for (unsigned i = 0U; i < (unsigned)PT_ERROR_COUNT; i++) {
        char row[32];
        const struct pt_error_info *info = pt_error_info((enum pt_error)i);
        (void)snprintf(row, sizeof row, "\n| `%s` | %u | ", info->code, info->http);
        cr_expect_not_null(strstr(text.ptr, row), "%s", info->code);
    }
    pt_buf_done(&text);
}
