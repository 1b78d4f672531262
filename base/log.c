/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * One JSON line of the operational log, built on the stack and given to one write(): lines of
 * several threads never mix. A field that does not fit is left out whole, and the line says so
 * ("cut":true): what is written is always valid JSON. Layer 0 (base).
 */
#include "poterne/base/log.h"

#include "base/escape_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/limits.h"
#include "poterne/base/num.h"

#include <errno.h>
#include <unistd.h>

#define STR_MAX 256U

static const pt_slice TAIL = PT_SLICE_INIT("}\n");
static const pt_slice TAIL_CUT = PT_SLICE_INIT(",\"cut\":true}\n");

struct line {
    char text[PT_LOG_LINE_MAX];
    size_t len;
    bool full; /* something did not fit before the room kept for the tail */
};

static void put(struct line *line, pt_slice bytes)
{
    if (line->full || bytes.len > sizeof line->text - TAIL_CUT.len - line->len) {
        line->full = true;
        return;
    }
    if (bytes.len > 0U) {
        memcpy(line->text + line->len, bytes.ptr, bytes.len);
        line->len += bytes.len;
    }
}

/* At most STR_MAX bytes, never half a character. */
static pt_slice shorten(pt_slice s)
{
    size_t n = s.len;
    if (n > STR_MAX) {
        n = STR_MAX;
        while (n > 0U && ((unsigned char)s.ptr[n] & 0xC0U) == 0x80U) {
            n--;
        }
    }
    return pt_slice_head(s, n);
}

/* Bytes that are not UTF-8 would break the reader of the whole file: they become '?'. */
static void put_text(struct line *line, pt_slice text)
{
    const pt_slice s = shorten(text);
    const bool utf8 = pt_utf8_valid(s);
    put(line, PT_SLICE("\""));
    for (size_t i = 0U; i < s.len; i++) {
        char escape[PT_JSON_ESCAPE_MAX];
        const bool foreign = !utf8 && (unsigned char)s.ptr[i] >= 0x80U;
        const size_t n = pt_json_escape((char)(foreign ? '?' : s.ptr[i]), escape);
        put(line, pt_slice_of(escape, n));
    }
    put(line, PT_SLICE("\""));
}

static void put_number(struct line *line, uint64_t number)
{
    char digits[PT_U64_DIGITS];
    const size_t n = pt_num_format(number, digits);
    put(line, pt_slice_of(digits, n));
}

static void put_status(struct line *line, pt_status st)
{
    put(line, PT_SLICE("{\"code\":"));
    put_text(line, pt_slice_str(pt_code_name(st.code)));
    if (st.origin != NULL) {
        put(line, PT_SLICE(",\"origin\":"));
        put_text(line, pt_slice_str(st.origin));
    }
    put(line, PT_SLICE(",\"aux\":"));
    put_number(line, st.aux);
    put(line, PT_SLICE("}"));
}

static void put_value(struct line *line, const struct pt_field *field)
{
    switch (field->kind) {
    case PT_FIELD_U64:
        put_number(line, field->u64);
        break;
    case PT_FIELD_STATUS:
        put_status(line, field->status);
        break;
    case PT_FIELD_STR:
    default:
        put_text(line, field->str);
        break;
    }
}

static void put_field(struct line *line, const struct pt_field *field)
{
    const size_t mark = line->len;
    put(line, PT_SLICE(","));
    put_text(line, pt_slice_str(field->key));
    put(line, PT_SLICE(":"));
    put_value(line, field);
    if (line->full) {
        line->len = mark;
    }
}

static void put_head(struct line *line, const struct pt_log *log, enum pt_level level,
                     const char *event)
{
    static const char *const LEVELS[] = {"debug", "info", "warn", "error"};
    char now[PT_RFC3339_LEN + 1U];
    pt_time_rfc3339(pt_clock_wall_ms(log->clock), now);
    put(line, PT_SLICE("{\"time\":"));
    put_text(line, pt_slice_str(now));
    put(line, PT_SLICE(",\"level\":"));
    put_text(line, pt_slice_str(LEVELS[(unsigned)level & 3U]));
    put(line, PT_SLICE(",\"role\":"));
    put_text(line, pt_slice_str(log->role));
    put(line, PT_SLICE(",\"event\":"));
    put_text(line, pt_slice_str(event));
}

static void put_tail(struct line *line)
{
    const pt_slice tail = line->full ? TAIL_CUT : TAIL;
    memcpy(line->text + line->len, tail.ptr, tail.len);
    line->len += tail.len;
}

void pt_log_write(const struct pt_log *log, enum pt_level level, const char *event,
                  const struct pt_field *fields, size_t n)
{
    if (level < log->min) {
        return;
    }
    struct line line;
    line.len = 0U;
    line.full = false;
    put_head(&line, log, level, event);
    for (size_t i = 0U; i < n && !line.full; i++) {
        put_field(&line, &fields[i]);
    }
    put_tail(&line);
    /* Nobody can be told that the log itself fails; the audit log does not pass here. */
    while (write(log->fd, line.text, line.len) < 0 && errno == EINTR) {
    }
}
