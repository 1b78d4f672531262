/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * log.h -- operational log (not the audit log): one event name, typed fields, no format string.
 *
 * One JSON object a line on a file descriptor: {"time":…,"level":…,"role":…,"event":…,…}
 * (LOG-01, LOG-03). No varargs: an event cannot be built from user text. Personal data has no
 * constructor here, on purpose (LOG-09). Library code does not log: it returns a status; only
 * gateway/ calls this. Thread-safe: a line is one write().
 * Layer 0 (base).
 */
#ifndef POTERNE_BASE_LOG_H
#define POTERNE_BASE_LOG_H

#include "poterne/base/clock.h"
#include "poterne/base/slice.h"
#include "poterne/base/status.h"

enum pt_level { PT_DEBUG = 0, PT_INFO, PT_WARN, PT_ERROR };
enum pt_field_kind { PT_FIELD_STR = 0, PT_FIELD_U64, PT_FIELD_STATUS };

struct pt_field {
    const char *key;
    enum pt_field_kind kind;
    pt_slice str; /* escaped by the sink, cut at 256 bytes */
    uint64_t u64;
    pt_status status;
};

struct pt_log {
    int fd;
    enum pt_level min;
    const char *role; /* "supervisor", "gate", "scribe" */
    const struct pt_clock *clock;
};

#define PT_F_STR(k, s)    ((struct pt_field){.key = (k), .kind = PT_FIELD_STR, .str = (s)})
#define PT_F_U64(k, n)    ((struct pt_field){.key = (k), .kind = PT_FIELD_U64, .u64 = (n)})
#define PT_F_STATUS(k, v) ((struct pt_field){.key = (k), .kind = PT_FIELD_STATUS, .status = (v)})

/* PT_LOG(log, PT_WARN, "upstream.retry", PT_F_U64("attempt", 2U)); at least one field. */
#define PT_LOG(log, level, event, ...)                                                             \
    pt_log_write((log), (level), ("" event), (const struct pt_field[]){__VA_ARGS__},               \
                 sizeof((const struct pt_field[]){__VA_ARGS__}) / sizeof(struct pt_field))

void pt_log_write(const struct pt_log *log, enum pt_level level, const char *event,
                  const struct pt_field *fields, size_t n);

#endif /* POTERNE_BASE_LOG_H */
