/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The system's clocks behind the port, and the proleptic Gregorian calendar in UTC, computed
 * here: the C library's gmtime knows locales and time zones we never want. Layer 0 (base).
 */
#include "poterne/base/clock.h"

#include <time.h>

#define DAY_MS       ((uint64_t)86400000U)
#define WALL_MAX     253402300799999ULL /* 9999-12-31T23:59:59.999Z */
#define DAYS_MIN     (-719528)          /* 0000-01-01 */
#define DAYS_MAX     2932896            /* 9999-12-31 */
#define DAYS_TO_1970 719468             /* from 0000-03-01 */
#define ERA_DAYS     146097             /* 400 years */

static uint64_t system_wall_ms(void *ctx)
{
    (void)ctx;
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000U + (uint64_t)now.tv_nsec / 1000000U;
}

static uint64_t system_mono_us(void *ctx)
{
    (void)ctx;
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

const struct pt_clock pt_clock_system = {.wall_ms = system_wall_ms, .mono_us = system_mono_us};

struct date {
    uint32_t year;
    uint32_t month;
    uint32_t day;
};

static bool is_leap(uint32_t year)
{
    return year % 4U == 0U && (year % 100U != 0U || year % 400U == 0U);
}

static uint32_t month_days(uint32_t year, uint32_t month)
{
    static const uint8_t DAYS[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return DAYS[month - 1U] + (month == 2U && is_leap(year) ? 1U : 0U);
}

/* Years start in March, so that the leap day is the last of its year. 400 years are added first:
 * the arithmetic stays above zero for the year 0. */
static int32_t days_of(const struct date *date)
{
    const uint32_t march = (date->month + 9U) % 12U;
    const uint32_t year = date->year + 400U - (date->month <= 2U ? 1U : 0U);
    const uint32_t leaps = year / 4U - year / 100U + year / 400U;
    const uint32_t before = (153U * march + 2U) / 5U; /* 31,30,31,30,31 repeats in 153 days */
    return (int32_t)(365U * year + leaps + before + date->day - 1U) - ERA_DAYS - DAYS_TO_1970;
}

static struct date date_of(int32_t days)
{
    const uint32_t n = (uint32_t)(days + DAYS_TO_1970 + ERA_DAYS);
    const uint32_t era = n / ERA_DAYS;
    const uint32_t in_era = n % ERA_DAYS;
    /* Of the 1460 days, 36524 days and 146096 days before a leap day, one each is not a year's. */
    const uint32_t in_year = (in_era - in_era / 1460U + in_era / 36524U - in_era / 146096U) / 365U;
    const uint32_t day = in_era - (365U * in_year + in_year / 4U - in_year / 100U);
    const uint32_t march = (5U * day + 2U) / 153U;
    const uint32_t month = march < 10U ? march + 3U : march - 9U;
    return (struct date){.year = era * 400U + in_year - 400U + (month <= 2U ? 1U : 0U),
                         .month = month,
                         .day = day - (153U * march + 2U) / 5U + 1U};
}

static void put_digits(char *out, uint32_t number, size_t n)
{
    for (size_t i = n; i > 0U; i--) {
        out[i - 1U] = (char)('0' + (char)(number % 10U));
        number /= 10U;
    }
}

/* Exactly @n digits at @at, in a text that is long enough. */
static bool get_digits(pt_slice text, size_t at, size_t n, uint32_t *ret)
{
    uint32_t number = 0U;
    for (size_t i = at; i < at + n; i++) {
        const char c = text.ptr[i];
        if (c < '0' || c > '9') {
            return false;
        }
        number = number * 10U + (uint32_t)(c - '0');
    }
    *ret = number;
    return true;
}

static void put_date(char *out, const struct date *date)
{
    put_digits(out, date->year, 4U);
    out[4] = '-';
    put_digits(out + 5, date->month, 2U);
    out[7] = '-';
    put_digits(out + 8, date->day, 2U);
}

static PT_RESULT get_date(pt_slice text, struct date *ret)
{
    struct date d = {0};
    PT_ENSURE(text.len >= PT_DATE_LEN, PT_E_SYNTAX);
    PT_ENSURE(get_digits(text, 0U, 4U, &d.year) && text.ptr[4] == '-', PT_E_SYNTAX);
    PT_ENSURE(get_digits(text, 5U, 2U, &d.month) && text.ptr[7] == '-', PT_E_SYNTAX);
    PT_ENSURE(get_digits(text, 8U, 2U, &d.day), PT_E_SYNTAX);
    PT_ENSURE(d.month >= 1U && d.month <= 12U, PT_E_SYNTAX);
    PT_ENSURE(d.day >= 1U && d.day <= month_days(d.year, d.month), PT_E_SYNTAX);
    *ret = d;
    return PT_SUCCESS;
}

void pt_time_rfc3339(uint64_t wall_ms, char out[static PT_RFC3339_LEN + 1U])
{
    const uint64_t ms = wall_ms < WALL_MAX ? wall_ms : WALL_MAX;
    const struct date date = date_of((int32_t)(ms / DAY_MS));
    const uint32_t in_day = (uint32_t)(ms % DAY_MS);
    put_date(out, &date);
    out[10] = 'T';
    put_digits(out + 11, in_day / 3600000U, 2U);
    out[13] = ':';
    put_digits(out + 14, in_day / 60000U % 60U, 2U);
    out[16] = ':';
    put_digits(out + 17, in_day / 1000U % 60U, 2U);
    out[19] = '.';
    put_digits(out + 20, in_day % 1000U, 3U);
    out[23] = 'Z';
    out[PT_RFC3339_LEN] = '\0';
}

/* "T01:02:03.456Z" after the date. A leap second has no place in Unix time: 60 is refused. */
static PT_RESULT get_time(pt_slice text, uint64_t *ret_ms)
{
    uint32_t h = 0U;
    uint32_t m = 0U;
    uint32_t s = 0U;
    uint32_t ms = 0U;
    PT_ENSURE(text.ptr[10] == 'T' && get_digits(text, 11U, 2U, &h), PT_E_SYNTAX);
    PT_ENSURE(text.ptr[13] == ':' && get_digits(text, 14U, 2U, &m), PT_E_SYNTAX);
    PT_ENSURE(text.ptr[16] == ':' && get_digits(text, 17U, 2U, &s), PT_E_SYNTAX);
    PT_ENSURE(text.ptr[19] == '.' && get_digits(text, 20U, 3U, &ms), PT_E_SYNTAX);
    PT_ENSURE(text.ptr[23] == 'Z' && h < 24U && m < 60U && s < 60U, PT_E_SYNTAX);
    *ret_ms = (uint64_t)((h * 60U + m) * 60U + s) * 1000U + ms;
    return PT_SUCCESS;
}

PT_RESULT pt_time_parse(pt_slice text, uint64_t *ret_wall_ms)
{
    PT_ENSURE(text.len == PT_DATE_LEN || text.len == PT_RFC3339_LEN, PT_E_SYNTAX);
    struct date date = {0};
    uint64_t in_day = 0U;
    PT_TRY(get_date(text, &date));
    PT_ENSURE(date.year >= 1970U, PT_E_SYNTAX);
    if (text.len == PT_RFC3339_LEN) {
        PT_TRY(get_time(text, &in_day));
    }
    *ret_wall_ms = (uint64_t)(uint32_t)days_of(&date) * DAY_MS + in_day;
    return PT_SUCCESS;
}

uint32_t pt_time_month(uint64_t wall_ms)
{
    const uint64_t ms = wall_ms < WALL_MAX ? wall_ms : WALL_MAX;
    const struct date date = date_of((int32_t)(ms / DAY_MS));
    return date.year * 100U + date.month;
}

void pt_time_month_text(uint32_t month, char out[static PT_MONTH_LEN + 1U])
{
    put_digits(out, month / 100U, 4U);
    out[4] = '-';
    put_digits(out + 5, month % 100U, 2U);
    out[PT_MONTH_LEN] = '\0';
}

PT_RESULT pt_time_month_parse(pt_slice text, uint32_t *ret_month)
{
    uint32_t year = 0U;
    uint32_t month = 0U;
    PT_ENSURE(text.len == PT_MONTH_LEN, PT_E_SYNTAX);
    PT_ENSURE(get_digits(text, 0U, 4U, &year) && text.ptr[4] == '-', PT_E_SYNTAX);
    PT_ENSURE(get_digits(text, 5U, 2U, &month), PT_E_SYNTAX);
    PT_ENSURE(year >= 1970U && month >= 1U && month <= 12U, PT_E_SYNTAX);
    *ret_month = year * 100U + month;
    return PT_SUCCESS;
}

PT_RESULT pt_time_date_parse(pt_slice text, int32_t *ret_days)
{
    struct date date = {0};
    PT_ENSURE(text.len == PT_DATE_LEN, PT_E_SYNTAX);
    PT_TRY(get_date(text, &date));
    *ret_days = days_of(&date);
    return PT_SUCCESS;
}

void pt_time_date_text(int32_t days, char out[static PT_DATE_LEN + 1U])
{
    int32_t day = days > DAYS_MIN ? days : DAYS_MIN;
    day = day < DAYS_MAX ? day : DAYS_MAX;
    const struct date date = date_of(day);
    put_date(out, &date);
    out[PT_DATE_LEN] = '\0';
}
