/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * clock.h -- time as a port: product code never asks the system, tests own time.
 * Wall time is milliseconds since 1970-01-01T00:00:00Z; monotonic time is microseconds.
 * Layer 0 (base).
 */
#ifndef POTERNE_BASE_CLOCK_H
#define POTERNE_BASE_CLOCK_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

struct pt_clock {
    uint64_t (*wall_ms)(void *ctx);
    uint64_t (*mono_us)(void *ctx);
    void *ctx;
};

/** The system's clocks (CLOCK_REALTIME, CLOCK_MONOTONIC). */
extern const struct pt_clock pt_clock_system;

static inline uint64_t pt_clock_wall_ms(const struct pt_clock *clock)
{
    return clock->wall_ms(clock->ctx);
}
static inline uint64_t pt_clock_mono_us(const struct pt_clock *clock)
{
    return clock->mono_us(clock->ctx);
}
static inline uint64_t pt_clock_mono_ms(const struct pt_clock *clock)
{
    return clock->mono_us(clock->ctx) / 1000U;
}

#define PT_RFC3339_LEN 24U /* 2026-11-24T01:02:03.456Z */
#define PT_DATE_LEN    10U /* 2026-11-24 */
#define PT_MONTH_LEN   7U  /* 2026-11 */

/** UTC, milliseconds, NUL-terminated (RFC 3339, LOG-01). Years 1970 to 9999. */
void pt_time_rfc3339(uint64_t wall_ms, char out[static PT_RFC3339_LEN + 1U]);
PT_RESULT pt_time_parse(pt_slice text, uint64_t *ret_wall_ms); /* the form above, or a date */
/** Calendar month in UTC as year * 100 + month (202611), and its text "2026-11". */
uint32_t pt_time_month(uint64_t wall_ms);
void pt_time_month_text(uint32_t month, char out[static PT_MONTH_LEN + 1U]);
PT_RESULT pt_time_month_parse(pt_slice text, uint32_t *ret_month);
/** Calendar date as days since 1970-01-01; refuses 2026-02-30. */
PT_RESULT pt_time_date_parse(pt_slice text, int32_t *ret_days);
void pt_time_date_text(int32_t days, char out[static PT_DATE_LEN + 1U]);

#endif /* POTERNE_BASE_CLOCK_H */
