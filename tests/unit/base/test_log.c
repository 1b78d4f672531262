/* SPDX-License-Identifier: EUPL-1.2 */
/* LOG-01, LOG-03, LOG-09: one valid JSON object a line, whatever the fields hold. */
#include "poterne/base/log.h"

#include "poterne/base/codec.h"
#include "poterne/base/limits.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <unistd.h>

static uint64_t fixed_wall(void *ctx)
{
    (void)ctx;
    return 1709164800123U;
}

static const struct pt_clock CLOCK = {.wall_ms = fixed_wall};

struct capture {
    int pipe[2];
    struct pt_log log;
    char line[2U * PT_LOG_LINE_MAX];
    size_t len;
};

static void open_capture(struct capture *c)
{
    *c = (struct capture){.log = {.min = PT_INFO, .role = "gate", .clock = &CLOCK}};
    cr_assert_eq(pipe(c->pipe), 0);
    c->log.fd = c->pipe[1];
}

static void close_capture(struct capture *c)
{
    (void)close(c->pipe[1]);
    ssize_t n = 0;
    while ((n = read(c->pipe[0], c->line + c->len, sizeof c->line - 1U - c->len)) > 0) {
        c->len += (size_t)n;
    }
    (void)close(c->pipe[0]);
    c->line[c->len] = '\0';
}

Test(log, a_line_below_the_level_is_not_written)
{
    struct capture c;
    open_capture(&c);
    PT_LOG(&c.log, PT_DEBUG, "tick", PT_F_U64("n", 1U));
    close_capture(&c);
    cr_assert_eq(c.len, 0U);
}

Test(log, a_closed_descriptor_does_no_harm)
{
    const struct pt_log log = {.fd = -1, .role = "gate", .clock = &CLOCK};
    PT_LOG(&log, PT_ERROR, "tick", PT_F_U64("n", 1U));
}

Test(log, LOG_01_LOG_03_a_line_has_time_level_role_event_and_typed_fields)
{
    struct capture c;
    open_capture(&c);
    PT_LOG(
        &c.log, PT_WARN, "upstream.retry", PT_F_U64("attempt", 2U),
        PT_F_STR("host", PT_SLICE("entreprise.api.gouv.fr")),
        PT_F_STATUS("status", ((pt_status){.origin = "fetch.c:12", .code = PT_E_IO, .aux = 104U})));
    close_capture(&c);
    cr_assert_str_eq(c.line, "{\"time\":\"2024-02-29T00:00:00.123Z\",\"level\":\"warn\","
                             "\"role\":\"gate\",\"event\":\"upstream.retry\",\"attempt\":2,"
                             "\"host\":\"entreprise.api.gouv.fr\",\"status\":{\"code\":\"PT_E_IO\","
                             "\"origin\":\"fetch.c:12\",\"aux\":104}}\n");
}

Test(log, a_status_without_origin_and_the_other_levels_are_written)
{
    struct capture c;
    open_capture(&c);
    c.log.min = PT_DEBUG;
    PT_LOG(&c.log, PT_DEBUG, "a", PT_F_STATUS("s", PT_SUCCESS));
    PT_LOG(&c.log, PT_INFO, "b", PT_F_U64("n", 0U));
    PT_LOG(&c.log, PT_ERROR, "c", PT_F_U64("n", UINT64_MAX));
    close_capture(&c);
    cr_assert_not_null(strstr(c.line, "\"level\":\"debug\""));
    cr_assert_not_null(strstr(c.line, "\"s\":{\"code\":\"PT_OK\",\"aux\":0}}\n"));
    cr_assert_not_null(strstr(c.line, "\"level\":\"info\""));
    cr_assert_not_null(strstr(c.line, "\"level\":\"error\""));
    cr_assert_not_null(strstr(c.line, "\"n\":18446744073709551615}\n"));
}

Test(log, LOG_03_a_value_can_neither_break_the_line_nor_the_json)
{
    struct capture c;
    open_capture(&c);
    PT_LOG(&c.log, PT_INFO, "x", PT_F_STR("v", PT_SLICE("\"},\n{\"level\":\"error\x01\\")));
    close_capture(&c);
    cr_assert_not_null(strstr(c.line, "\"v\":\"\\\"},\\n{\\\"level\\\":\\\"error\\u0001\\\\\"}\n"),
                       "%s", c.line);
    cr_assert_eq(strchr(c.line, '\n'), c.line + c.len - 1U);
}

Test(log, bytes_that_are_not_utf_8_become_question_marks)
{
    struct capture c;
    open_capture(&c);
    PT_LOG(&c.log, PT_INFO, "x", PT_F_STR("v", PT_SLICE("a\xFFz\xC3\xA9")),
           PT_F_STR("w", PT_SLICE("\xC3\xA9")));
    close_capture(&c);
    cr_assert_not_null(strstr(c.line, "\"v\":\"a?z\?\?\""), "%s", c.line);
    cr_assert_not_null(strstr(c.line, "\"w\":\"\xC3\xA9\""));
}

Test(log, LOG_09_a_long_value_is_cut_at_256_bytes_between_two_characters)
{
    char text[300];
    struct capture c;
    memset(text, 'a', sizeof text);
    memcpy(text + 255, "\xC3\xA9", 2U); /* would be cut in the middle */
    open_capture(&c);
    PT_LOG(&c.log, PT_INFO, "x", PT_F_STR("v", pt_slice_of(text, 256U)),
           PT_F_STR("w", pt_slice_of(text, 257U)), PT_F_STR("y", pt_slice_of(text, 255U)));
    close_capture(&c);
    cr_assert(pt_utf8_valid(pt_slice_of(c.line, c.len)));
    const char *w = strstr(c.line, "\"w\":\"");
    cr_assert_eq(strcspn(w + 5, "\""), 255U);
    const char *y = strstr(c.line, "\"y\":\"");
    cr_assert_eq(strcspn(y + 5, "\""), 255U);
}

Test(log, a_line_that_would_be_too_long_drops_whole_fields_and_says_so)
{
    char text[256];
    memset(text, '\x01', sizeof text); /* six characters each once escaped */
    struct capture c;
    open_capture(&c);
    const struct pt_field long_field = PT_F_STR("long", pt_slice_of(text, sizeof text));
    const struct pt_field fields[] = {long_field, long_field, long_field, PT_F_U64("n", 1U)};
    pt_log_write(&c.log, PT_INFO, "x", fields, PT_COUNT(fields));
    close_capture(&c);
    cr_assert_leq(c.len, PT_LOG_LINE_MAX);
    const char *tail = ",\"cut\":true}\n";
    cr_assert_str_eq(c.line + c.len - strlen(tail), tail);
    cr_assert_null(strstr(c.line, "\"n\":1"));
    cr_assert_not_null(strstr(c.line, "\\u0001\",\"cut\""));
}

Test(log, every_length_around_the_limit_gives_a_complete_line)
{
    char text[256];
    memset(text, 'a', sizeof text);
    for (size_t n = 0U; n <= 256U; n++) {
        struct capture c;
        struct pt_field fields[17];
        open_capture(&c);
        for (size_t i = 0U; i < PT_COUNT(fields); i++) {
            fields[i] = (struct pt_field)PT_F_STR("k", pt_slice_of(text, i < 14U ? 256U : n));
        }
        pt_log_write(&c.log, PT_INFO, "x", fields, PT_COUNT(fields));
        close_capture(&c);
        cr_assert_leq(c.len, PT_LOG_LINE_MAX);
        cr_assert_eq(c.line[c.len - 1U], '\n');
        cr_assert_eq(c.line[c.len - 2U], '}');
    }
}
