/* SPDX-License-Identifier: EUPL-1.2 */
/* LOG-01: UTC, RFC 3339, milliseconds. The calendar is compared with the C library's. */
#include "poterne/base/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

#define WALL_LAST 253402300799999U

Test(clock, dates_that_do_not_exist_are_refused)
{
    static const char *const BAD[] = {
        "",           "2026",       "2026-1-1",    "2026-00-10",  "2026-13-01", "2026-01-00",
        "2026-01-32", "2026-02-29", "2026-02-30",  "2100-02-29",  "1900-02-29", "2026-04-31",
        "2026-06-31", "2026-09-31", "2026-11-31",  "2026/01/01",  "2026-01-1x", " 026-01-01",
        "+026-01-01", "2026-1 -01", "2026-01-01 ", "2026-01-01T", "20260101",   "2026-01:01",
    };
    for (size_t i = 0U; i < PT_COUNT(BAD); i++) {
        int32_t days = 7;
        cr_assert_eq(pt_time_date_parse(pt_slice_str(BAD[i]), &days).code, PT_E_SYNTAX, "%s",
                     BAD[i]);
        cr_assert_eq(days, 7);
    }
}

Test(clock, times_of_another_form_are_refused)
{
    static const char *const BAD[] = {
        "2026-11-24T01:02:03Z",
        "2026-11-24t01:02:03.456Z",
        "2026-11-24T01:02:03.456z",
        "2026-11-24 01:02:03.456Z",
        "2026-11-24T24:00:00.000Z",
        "2026-11-24T01:60:00.000Z",
        "2026-12-31T23:59:60.000Z",
        "2026-11-24T01:02:03,456Z",
        "2026-11-24T01:02:03.456+",
        "2026-11-24T01-02:03.456Z",
        "2026-11-24T01:02-03.456Z",
        "1969-12-31T23:59:59.999Z",
        "2026-11-24T01:02:03.45xZ",
        "2026-02-29T00:00:00.000Z",
        "1969-12-31",
        "2026-11-24T01:02:03.4567Z",
        "2026-11-24Tx1:02:03.456Z",
        "2026-11-24T01:x2:03.456Z",
        "2026-11-24T01:02:x3.456Z",
        "",
    };
    for (size_t i = 0U; i < PT_COUNT(BAD); i++) {
        uint64_t wall = 7U;
        cr_assert_eq(pt_time_parse(pt_slice_str(BAD[i]), &wall).code, PT_E_SYNTAX, "%s", BAD[i]);
        cr_assert_eq(wall, 7U);
    }
}

Test(clock, months_of_another_form_are_refused)
{
    static const char *const BAD[] = {"",       "2026-00", "2026-13", "2026/01", "202601",
                                      "2026-1", "026-011", "1969-12", "2026-1x", "2026-011"};
    for (size_t i = 0U; i < PT_COUNT(BAD); i++) {
        uint32_t month = 7U;
        cr_assert_eq(pt_time_month_parse(pt_slice_str(BAD[i]), &month).code, PT_E_SYNTAX, "%s",
                     BAD[i]);
        cr_assert_eq(month, 7U);
    }
}

Test(clock, LOG_01_known_instants_have_their_text_and_back)
{
    static const struct {
        uint64_t wall;
        const char *text;
    } ROWS[] = {
        {0U, "1970-01-01T00:00:00.000Z"},
        {1U, "1970-01-01T00:00:00.001Z"},
        {86399999U, "1970-01-01T23:59:59.999Z"},
        {86400000U, "1970-01-02T00:00:00.000Z"},
        {951782400000U, "2000-02-29T00:00:00.000Z"},
        {951868800000U, "2000-03-01T00:00:00.000Z"},
        {1000000000000U, "2001-09-09T01:46:40.000Z"},
        {1709164800000U, "2024-02-29T00:00:00.000Z"},
        {1767225599999U, "2025-12-31T23:59:59.999Z"},
        {2147483648000U, "2038-01-19T03:14:08.000Z"},
        {4107542399999U, "2100-02-28T23:59:59.999Z"},
        {4107542400000U, "2100-03-01T00:00:00.000Z"},
        {WALL_LAST, "9999-12-31T23:59:59.999Z"},
    };
    for (size_t i = 0U; i < PT_COUNT(ROWS); i++) {
        char text[PT_RFC3339_LEN + 1U];
        uint64_t wall = 0U;
        pt_time_rfc3339(ROWS[i].wall, text);
        cr_assert_str_eq(text, ROWS[i].text);
        cr_assert(pt_ok(pt_time_parse(pt_slice_str(text), &wall)));
        cr_assert_eq(wall, ROWS[i].wall);
    }
}

Test(clock, an_instant_after_the_year_9999_shows_the_last_one)
{
    char text[PT_RFC3339_LEN + 1U];
    pt_time_rfc3339(WALL_LAST + 1U, text);
    cr_assert_str_eq(text, "9999-12-31T23:59:59.999Z");
    pt_time_rfc3339(UINT64_MAX, text);
    cr_assert_str_eq(text, "9999-12-31T23:59:59.999Z");
    cr_assert_eq(pt_time_month(UINT64_MAX), 999912U);
}

Test(clock, a_date_is_its_first_instant)
{
    uint64_t wall = 0U;
    cr_assert(pt_ok(pt_time_parse(PT_SLICE("2024-02-29"), &wall)));
    cr_assert_eq(wall, 1709164800000U);
}

Test(clock, every_day_from_the_year_0_to_9999_makes_the_round_trip)
{
    char last[PT_DATE_LEN + 1U] = "";
    for (int32_t day = -719528; day <= 2932896; day++) {
        char text[PT_DATE_LEN + 1U];
        int32_t back = 0;
        pt_time_date_text(day, text);
        if (!pt_ok(pt_time_date_parse(pt_slice_str(text), &back)) || back != day ||
            strcmp(last, text) >= 0) {
            cr_assert_fail("day %d is %s after %s", day, text, last);
        }
        memcpy(last, text, sizeof last);
    }
    cr_assert_str_eq(last, "9999-12-31");
}

Test(clock, days_outside_the_calendar_show_its_ends)
{
    char text[PT_DATE_LEN + 1U];
    pt_time_date_text(INT32_MIN, text);
    cr_assert_str_eq(text, "0000-01-01");
    pt_time_date_text(INT32_MAX, text);
    cr_assert_str_eq(text, "9999-12-31");
}

Test(clock, the_calendar_agrees_with_the_c_library)
{
    for (uint64_t wall = 0U; wall < 253402300800000U; wall += 86400000U * 13U + 12345678U) {
        const time_t seconds = (time_t)(wall / 1000U);
        struct tm utc;
        cr_assert_not_null(gmtime_r(&seconds, &utc));
        char expected[64];
        (void)snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ",
                       utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                       utc.tm_sec, (unsigned)(wall % 1000U));
        char text[PT_RFC3339_LEN + 1U];
        pt_time_rfc3339(wall, text);
        cr_assert_str_eq(text, expected);
        cr_assert_eq(pt_time_month(wall),
                     (uint32_t)(utc.tm_year + 1900) * 100U + (uint32_t)utc.tm_mon + 1U);
    }
}

Test(clock, dates_of_birth_before_1970_are_negative_days)
{
    int32_t days = 0;
    cr_assert(pt_ok(pt_time_date_parse(PT_SLICE("1969-12-31"), &days)));
    cr_assert_eq(days, -1);
    cr_assert(pt_ok(pt_time_date_parse(PT_SLICE("1900-03-01"), &days)));
    cr_assert_eq(days, -25508);
    cr_assert(pt_ok(pt_time_date_parse(PT_SLICE("2000-02-29"), &days)));
    cr_assert_eq(days, 11016);
}

Test(clock, months_change_at_midnight_utc)
{
    char text[PT_MONTH_LEN + 1U];
    uint32_t month = 0U;
    cr_assert_eq(pt_time_month(0U), 197001U);
    cr_assert_eq(pt_time_month(1767225599999U), 202512U);
    cr_assert_eq(pt_time_month(1767225600000U), 202601U);
    pt_time_month_text(202601U, text);
    cr_assert_str_eq(text, "2026-01");
    cr_assert(pt_ok(pt_time_month_parse(PT_SLICE("2026-12"), &month)));
    cr_assert_eq(month, 202612U);
}

Test(clock, the_system_clock_runs_forward)
{
    const uint64_t wall = pt_clock_wall_ms(&pt_clock_system);
    const uint64_t mono = pt_clock_mono_us(&pt_clock_system);
    cr_assert_gt(wall, 1700000000000U);
    cr_assert(pt_clock_mono_us(&pt_clock_system) >= mono);
    cr_assert(pt_clock_mono_ms(&pt_clock_system) >= mono / 1000U);
}
