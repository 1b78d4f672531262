/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/ops: the calendar as metrics and as daily alarms (LEG-28, RGS-01, RGS-13, RGS-16). */
#include "config_case.h"

#include "poterne/base/codec.h"
#include "poterne/gateway/calendar.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY INT64_C(86400)
#define NOW (CASE_TODAY * DAY)

static struct config_case c;
static struct pt_board *board;
static struct pt_buf out;
static char token[512];

static uint64_t no_time(void *ctx)
{
    (void)ctx;
    return 0U;
}
static const struct pt_clock clock_zero = {.wall_ms = no_time, .mono_us = no_time};

static void put_token(int64_t exp)
{
    struct pt_buf text;
    char claims[64];
    (void)snprintf(claims, sizeof claims, "{\"exp\":%lld}", (long long)exp);
    pt_buf_init(&text, sizeof token - 1U);
    pt_buf_put_str(&text, "eyJhbGciOiJIUzI1NiJ9.");
    pt_b64url_encode(&text, pt_slice_str(claims));
    pt_buf_put_str(&text, ".c2lnbmF0dXJl");
    memcpy(token, text.ptr, text.len);
    token[text.len] = '\0';
    pt_buf_done(&text);
    case_put(&c, CASE_TOKEN, token);
}

static void show(void)
{
    struct pt_calendar *calendar = NULL;
    case_load(&c);
    cr_assert_eq(c.status.code, PT_OK, "%s", c.report.ptr);
    cr_assert(pt_ok(pt_calendar_new(c.config, &calendar)));
    c.config = pt_config_free(c.config); /* the calendar does not need it any more */
    pt_board_show(board, calendar);
}

static void setup(void)
{
    case_init_full(&c);
    case_edit(&c, "    valid-from: 2026-01-01\n",
              "    datapass-until: 2026-12-31\n    valid-from: 2026-01-01\n");
    put_token(NOW + 20 * DAY);
    pt_buf_init(&out, 65536U);
    cr_assert(pt_ok(pt_board_new(&board)));
}

static void teardown(void)
{
    board = pt_board_free(board);
    case_done(&c);
    pt_buf_done(&out);
}

TestSuite(calendar, .init = setup, .fini = teardown, .timeout = 20.0);

static bool said(const char *what)
{
    pt_buf_put_byte(&out, '\0');
    const bool found = strstr(out.ptr, what) != NULL;
    out.len--;
    return found;
}

static void alarms(int64_t now)
{
    int fds[2];
    pt_buf_clear(&out);
    cr_assert_eq(pipe(fds), 0);
    const struct pt_log log = {.fd = fds[1], .min = PT_DEBUG, .role = "gate", .clock = &clock_zero};
    pt_board_alarms(board, &log, now);
    (void)close(fds[1]);
    char part[4096];
    for (ssize_t n = 1; n > 0;) {
        n = read(fds[0], part, sizeof part);
        pt_buf_put(&out, pt_slice_of(part, n > 0 ? (size_t)n : 0U));
    }
    (void)close(fds[0]);
}

Test(calendar, an_empty_board_has_the_metric_and_no_value)
{
    pt_board_metrics(board, NOW, &out);
    cr_expect(said("# TYPE poterne_expiry_seconds gauge\n"));
    cr_expect_not(said("poterne_expiry_seconds{"));
    alarms(NOW);
    cr_expect_eq(out.len, 0U);
}

Test(calendar, LEG_28_every_end_is_a_gauge_of_seconds)
{
    static const char *const lines[] = {
        "poterne_expiry_seconds{kind=\"certificate\",name=\"server\"} ",
        "poterne_expiry_seconds{kind=\"authority\",name=\"clients\"} ",
        "poterne_expiry_seconds{kind=\"crl\",name=\"clients\"} 518400\n",
        "poterne_expiry_seconds{kind=\"crl-half\",name=\"clients\"} 259200\n",
        "poterne_expiry_seconds{kind=\"token\",name=\"subvention\"} 1728000\n",
        "poterne_expiry_seconds{kind=\"datapass\",name=\"subvention\"} 3283200\n",
        "poterne_expiry_seconds{kind=\"habilitation\",name=\"subvention\"} ",
        "poterne_expiry_seconds{kind=\"homologation\",name=\"homologation\"} ",
    };
    show();
    pt_board_metrics(board, NOW, &out);
    for (size_t i = 0U; i < PT_COUNT(lines); i++) {
        cr_expect(said(lines[i]), "%s in %s", lines[i], out.ptr);
    }
    cr_expect_not(said("agent-042"));
    cr_expect_not(said(token));
    pt_buf_clear(&out);
    pt_board_metrics(board, NOW + 21 * DAY, &out);
    cr_expect(said("name=\"subvention\"} -86400\n"), "%s", out.ptr);
}

Test(calendar, LEG_28_a_token_has_its_alarms_at_90_30_and_7_days_and_when_it_is_over)
{
    const int64_t at = NOW + 400 * DAY;
    cr_expect_null(pt_calendar_code(PT_EXPIRY_TOKEN, at, at - 90 * DAY - 1));
    cr_expect_str_eq(pt_calendar_code(PT_EXPIRY_TOKEN, at, at - 90 * DAY), "expiry-90");
    cr_expect_str_eq(pt_calendar_code(PT_EXPIRY_CERTIFICATE, at, at - 30 * DAY), "expiry-30");
    cr_expect_str_eq(pt_calendar_code(PT_EXPIRY_TOKEN, at, at - 7 * DAY - 1), "expiry-30");
    cr_expect_str_eq(pt_calendar_code(PT_EXPIRY_DATAPASS, at, at - 7 * DAY), "expiry-7");
    cr_expect_str_eq(pt_calendar_code(PT_EXPIRY_HABILITATION, at, at - 1), "expiry-7");
    cr_expect_str_eq(pt_calendar_code(PT_EXPIRY_TOKEN, at, at), "expiry-over");
}

Test(calendar, LEG_28_the_homologation_is_announced_six_and_three_months_before)
{
    const int64_t at = NOW + 400 * DAY;
    cr_expect_null(pt_calendar_code(PT_EXPIRY_HOMOLOGATION, at, at - 184 * DAY));
    cr_expect_str_eq(pt_calendar_code(PT_EXPIRY_HOMOLOGATION, at, at - 183 * DAY), "expiry-183");
    cr_expect_str_eq(pt_calendar_code(PT_EXPIRY_HOMOLOGATION, at, at - 92 * DAY), "expiry-92");
    cr_expect_str_eq(pt_calendar_code(PT_EXPIRY_HOMOLOGATION, at, at), "expiry-over");
}

Test(calendar, RGS_13_a_list_alarms_at_half_its_life_and_not_before)
{
    const int64_t at = NOW + DAY;
    cr_expect_null(pt_calendar_code(PT_EXPIRY_CRL, at, NOW));
    cr_expect_null(pt_calendar_code(PT_EXPIRY_CRL_HALF, at, at - 1));
    cr_expect_str_eq(pt_calendar_code(PT_EXPIRY_CRL_HALF, at, at), "crl.due");
    cr_expect_str_eq(pt_calendar_code(PT_EXPIRY_CRL, at, at), "expiry-over");
}

Test(calendar, LEG_28_alarms_come_once_a_day_with_a_stable_code)
{
    show();
    alarms(NOW);
    cr_expect(said("\"event\":\"expiry\",\"code\":\"expiry-30\",\"kind\":\"token\","
                   "\"name\":\"subvention\",\"days_left\":20"),
              "%s", out.ptr);
    cr_expect(said("\"code\":\"expiry-90\",\"kind\":\"datapass\""), "%s", out.ptr);
    cr_expect_not(said("\"kind\":\"certificate\""), "%s", out.ptr);
    alarms(NOW + DAY - 1);
    cr_expect_eq(out.len, 0U);
    alarms(NOW + DAY);
    cr_expect(said("\"days_left\":19"), "%s", out.ptr);
    alarms(NOW + 30 * DAY);
    cr_expect(said("\"level\":\"error\""), "%s", out.ptr);
    cr_expect(said("\"code\":\"expiry-over\",\"kind\":\"token\",\"name\":\"subvention\","
                   "\"days_left\":0"),
              "%s", out.ptr);
    /* RGS-13: once a list, by crl.due; not every day by this one too */
    cr_expect_not(said("crl-half"), "%s", out.ptr);
}

Test(calendar, a_new_calendar_takes_the_place_of_the_old_one)
{
    show();
    put_token(NOW + 5 * DAY);
    show();
    pt_board_metrics(board, NOW, &out);
    cr_expect(said("{kind=\"token\",name=\"subvention\"} 432000\n"), "%s", out.ptr);
    cr_expect_not(said(" 1728000\n"));
}

Test(calendar, an_opaque_token_and_an_absent_decision_have_no_date)
{
    case_put(&c, CASE_TOKEN, "opaque\n");
    case_remove(&c, CASE_HOMOLOGATION);
    show();
    pt_board_metrics(board, NOW, &out);
    cr_expect_not(said("kind=\"token\""));
    cr_expect_not(said("kind=\"homologation\""));
}

Test(calendar, without_memory_there_is_no_calendar_and_nothing_is_kept)
{
    case_load(&c);
    cr_assert_eq(c.status.code, PT_OK);
    TORTURE(nth)
    {
        struct pt_calendar *calendar = NULL;
        struct pt_board *other = NULL;
        torture_arm(nth);
        pt_status st = pt_calendar_new(c.config, &calendar);
        st = pt_ok(st) ? pt_board_new(&other) : st;
        torture_disarm();
        (void)pt_calendar_free(calendar);
        (void)pt_board_free(other);
        if (pt_ok(st)) {
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
    }
    cr_expect_eq(pt_expiry_collect(NULL, NULL, NULL).code, PT_E_ARG);
    cr_expect_str_eq(pt_expiry_kind_name(PT_EXPIRY_KIND_COUNT), "");
}
