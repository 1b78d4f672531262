/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * token.c -- strict JSON tokens: strings, numbers, words.
 *
 * Strings are read eight bytes at a time as long as they are plain ASCII; the first byte that is
 * a quote, an escape, a control character or the start of a UTF-8 sequence is then looked at
 * alone. RFC 8259 for the grammar, RFC 3629 for UTF-8, RFC 7493 2.1 for lone surrogates.
 * Layer 1 (schemas).
 */
#include "schemas/token_int.h"

#include "poterne/base/limits.h"

#define ONES   UINT64_C(0x0101010101010101)
#define HIGHS  UINT64_C(0x8080808080808080)
#define NO_HEX UINT32_MAX
#define POWER_HUGE                                                                                 \
    100000L /* saturation of an exponent: far beyond any bound, far from overflow                  \
             */

void pt_scan_init(struct pt_scan *scan, pt_slice json)
{
    *scan = (struct pt_scan){.status = PT_SUCCESS};
    if (json.len > 0U) {
        scan->begin = json.ptr;
        scan->at = json.ptr;
        scan->end = json.ptr + json.len;
    }
}

bool pt_scan_fail(struct pt_scan *scan, pt_status status, const char *at)
{
    if (pt_ok(scan->status)) {
        scan->status = status;
        scan->at = at;
    }
    return false;
}

/* --- strings --------------------------------------------------------------------------------- */

/* High bit of each byte that may not be taken blindly. A borrow can set the bit of a byte above
 * a true one, never below: the lowest bit is exact. */
static inline uint64_t stops(uint64_t word)
{
    const uint64_t quote = word ^ (ONES * (uint64_t)'"');
    const uint64_t escape = word ^ (ONES * (uint64_t)'\\');
    const uint64_t low = word - ONES * 0x20U;
    return (((quote - ONES) & ~quote) | ((escape - ONES) & ~escape) | (low & ~word) | word) & HIGHS;
}

static inline bool is_plain(char byte)
{
    const uint8_t b = (uint8_t)byte;
    return b >= 0x20U && b < 0x80U && b != (uint8_t)'"' && b != (uint8_t)'\\';
}

/* First byte from @p on that is not plain ASCII inside a string, or @end. */
static inline const char *skip_plain(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t word = 0U;
        memcpy(&word, p, sizeof(word));
        const uint64_t found = stops(word);
        if (found != 0U) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            return p + (__builtin_ctzll(found) >> 3);
#else
            break;
#endif
        }
        p += sizeof(word);
    }
    while (p < end && is_plain(*p)) {
        p++;
    }
    return p;
}

static bool between(uint8_t byte, uint8_t low, uint8_t high)
{
    return byte >= low && byte <= high;
}

/* RFC 3629 4, row by row: no overlong form, no surrogate, nothing above U+10FFFF. */
static const struct utf8_row {
    uint8_t lead_low;
    uint8_t lead_high;
    uint8_t second_low;
    uint8_t second_high;
    uint8_t length;
} utf8_rows[] = {
    {0xC2U, 0xDFU, 0x80U, 0xBFU, 2U}, {0xE0U, 0xE0U, 0xA0U, 0xBFU, 3U},
    {0xE1U, 0xECU, 0x80U, 0xBFU, 3U}, {0xEDU, 0xEDU, 0x80U, 0x9FU, 3U},
    {0xEEU, 0xEFU, 0x80U, 0xBFU, 3U}, {0xF0U, 0xF0U, 0x90U, 0xBFU, 4U},
    {0xF1U, 0xF3U, 0x80U, 0xBFU, 4U}, {0xF4U, 0xF4U, 0x80U, 0x8FU, 4U},
};

static bool follows(const struct utf8_row *row, const uint8_t *u)
{
    bool well = between(u[1], row->second_low, row->second_high);
    for (size_t i = 2U; i < row->length; i++) {
        well = well && between(u[i], 0x80U, 0xBFU);
    }
    return well;
}

/* @p is on a byte >= 0x80. The byte after the sequence, NULL when it is ill-formed or cut. */
static const char *skip_utf8(const char *p, const char *end)
{
    uint8_t u[4] = {0U};
    const size_t left = (size_t)(end - p);
    memcpy(u, p, left < sizeof(u) ? left : sizeof(u)); /* a zero never follows: cut is ill-formed */
    for (size_t i = 0U; i < PT_COUNT(utf8_rows); i++) {
        if (between(u[0], utf8_rows[i].lead_low, utf8_rows[i].lead_high)) {
            return follows(&utf8_rows[i], u) ? p + utf8_rows[i].length : NULL;
        }
    }
    return NULL;
}

static uint32_t hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return (uint32_t)(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return (uint32_t)(c - 'a') + 10U;
    }
    if (c >= 'A' && c <= 'F') {
        return (uint32_t)(c - 'A') + 10U;
    }
    return NO_HEX;
}

/* The code unit of an escape "\uXXXX" at @p, NO_HEX when it is not one. */
static uint32_t code_unit(const char *p, const char *end)
{
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u') {
        return NO_HEX;
    }
    uint32_t unit = 0U;
    for (size_t i = 2U; i < 6U; i++) {
        const uint32_t digit = hex_digit(p[i]);
        if (digit == NO_HEX) {
            return NO_HEX;
        }
        unit = (unit << 4) | digit;
    }
    return unit;
}

static bool is_high_surrogate(uint32_t unit)
{
    return unit >= 0xD800U && unit <= 0xDBFFU;
}

static bool is_low_surrogate(uint32_t unit)
{
    return unit >= 0xDC00U && unit <= 0xDFFFU;
}

static const char *skip_unicode_escape(const char *p, const char *end)
{
    const uint32_t unit = code_unit(p, end);
    if (unit == NO_HEX || is_low_surrogate(unit)) {
        return NULL;
    }
    if (!is_high_surrogate(unit)) {
        return p + 6;
    }
    return is_low_surrogate(code_unit(p + 6, end)) ? p + 12 : NULL;
}

/* The byte after the escape at @p, NULL when it is none of RFC 8259 7. */
static const char *skip_escape(const char *p, const char *end)
{
    switch (end - p >= 2 ? p[1] : '\0') {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return p + 2;
    case 'u':
        return skip_unicode_escape(p, end);
    default:
        return NULL;
    }
}

bool pt_scan_string(struct pt_scan *scan, struct pt_text *ret_text)
{
    const char *const from = scan->at + 1;
    const char *const end = scan->end;
    const char *p = from;
    bool escaped = false;

    for (;;) {
        p = skip_plain(p, end);
        if (p == end) {
            return pt_scan_fail(scan, PT_FAIL(PT_E_SYNTAX), end);
        }
        if (*p == '"') {
            break;
        }
        const char *next = NULL;
        if (*p == '\\') {
            next = skip_escape(p, end);
            escaped = true;
        } else if ((uint8_t)*p >= 0x80U) {
            next = skip_utf8(p, end);
        }
        if (next == NULL) { /* a control character too */
            return pt_scan_fail(scan, PT_FAIL(PT_E_SYNTAX), p);
        }
        p = next;
    }
    *ret_text = (struct pt_text){.ptr = from, .len = (uint32_t)(p - from), .escaped = escaped};
    scan->at = p + 1;
    return true;
}

/* --- numbers --------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && is_digit(*p)) {
        p++;
    }
    return p;
}

/* Where a number's parts stand. Parts that are missing are empty. */
struct number {
    const char *whole; /* digits before the point */
    const char *whole_end;
    const char *fraction; /* digits after it */
    const char *fraction_end;
    const char *exponent; /* sign and digits after the e */
    const char *end;
};

/* One or more digits at *inout_p. */
static bool take_digits(struct pt_scan *scan, const char **inout_p)
{
    const char *p = skip_digits(*inout_p, scan->end);
    if (p == *inout_p) {
        return pt_scan_fail(scan, PT_FAIL(PT_E_SYNTAX), p);
    }
    *inout_p = p;
    return true;
}

static bool fraction_part(struct pt_scan *scan, struct number *n, const char **inout_p)
{
    n->fraction = *inout_p;
    n->fraction_end = *inout_p;
    if (*inout_p == scan->end || **inout_p != '.') {
        return true;
    }
    n->fraction = ++*inout_p;
    const bool digits = take_digits(scan, inout_p);
    n->fraction_end = *inout_p;
    return digits;
}

static bool exponent_part(struct pt_scan *scan, struct number *n, const char **inout_p)
{
    n->exponent = *inout_p;
    if (*inout_p == scan->end || (**inout_p != 'e' && **inout_p != 'E')) {
        return true;
    }
    n->exponent = ++*inout_p;
    if (*inout_p < scan->end && (**inout_p == '+' || **inout_p == '-')) {
        ++*inout_p;
    }
    return take_digits(scan, inout_p);
}

static bool number_parts(struct pt_scan *scan, struct number *n)
{
    const char *p = scan->at;

    if (p < scan->end && *p == '-') {
        p++;
    }
    n->whole = p;
    if (p < scan->end && *p == '0') {
        p++; /* nothing may follow a leading zero but a point or an exponent */
    } else if (!take_digits(scan, &p)) {
        return false;
    }
    n->whole_end = p;
    const bool well = fraction_part(scan, n, &p) && exponent_part(scan, n, &p);
    n->end = p;
    return well;
}

static long exponent_value(const struct number *n)
{
    const bool negative = n->exponent < n->end && *n->exponent == '-';
    long value = 0L;
    for (const char *p = n->exponent; p < n->end; p++) {
        if (is_digit(*p) && value < POWER_HUGE) {
            value = value * 10L + (*p - '0');
        }
    }
    return negative ? -value : value;
}

/* Powers of ten of the first and last digits that are not zero, exponent included. */
struct magnitude {
    bool zero;
    long first;
    long last;
};

static void magnitude_digits(struct magnitude *m, const char *p, const char *end, long power)
{
    for (; p < end; p++, power--) {
        if (*p != '0') {
            m->first = m->zero ? power : m->first;
            m->last = power;
            m->zero = false;
        }
    }
}

static struct magnitude magnitude_of(const struct number *n)
{
    const long exponent = exponent_value(n);
    struct magnitude m = {.zero = true};
    magnitude_digits(&m, n->whole, n->whole_end, exponent + (n->whole_end - n->whole) - 1L);
    magnitude_digits(&m, n->fraction, n->fraction_end, exponent - 1L);
    return m;
}

bool pt_scan_number(struct pt_scan *scan, bool *ret_integer)
{
    const char *const from = scan->at;
    struct number n = {0};
    if (!number_parts(scan, &n)) {
        return false;
    }
    if (n.end - from > (long)PT_JSON_NUMBER_MAX) {
        return pt_scan_fail(scan, PT_FAIL(PT_E_LIMIT), from);
    }
    bool integer = true;
    if (n.end != n.whole_end) {
        const struct magnitude m = magnitude_of(&n);
        if (!m.zero && m.first > PT_JSON_EXPONENT_MAX) {
            return pt_scan_fail(scan, PT_FAIL(PT_E_LIMIT), from);
        }
        integer = m.zero || m.last >= 0L;
    }
    *ret_integer = integer;
    scan->at = n.end;
    return true;
}

bool pt_scan_word(struct pt_scan *scan, pt_slice word)
{
    const pt_slice rest = pt_slice_of(scan->at, (size_t)(scan->end - scan->at));
    if (!pt_slice_starts(rest, word)) {
        return pt_scan_fail(scan, PT_FAIL(PT_E_SYNTAX), scan->at);
    }
    scan->at += word.len;
    return true;
}

/* --- comparing names ------------------------------------------------------------------------- */

/* Reads a text one decoded byte at a time. */
struct reader {
    const char *at;
    const char *end;
    uint8_t queue[4]; /* UTF-8 of the escape that was read last */
    uint32_t head;
    uint32_t count;
};

static void queue_utf8(struct reader *r, uint32_t c)
{
    r->head = 0U;
    if (c < 0x80U) {
        r->queue[0] = (uint8_t)c;
        r->count = 1U;
    } else if (c < 0x800U) {
        r->queue[0] = (uint8_t)(0xC0U | (c >> 6));
        r->queue[1] = (uint8_t)(0x80U | (c & 0x3FU));
        r->count = 2U;
    } else if (c < 0x10000U) {
        r->queue[0] = (uint8_t)(0xE0U | (c >> 12));
        r->queue[1] = (uint8_t)(0x80U | ((c >> 6) & 0x3FU));
        r->queue[2] = (uint8_t)(0x80U | (c & 0x3FU));
        r->count = 3U;
    } else {
        r->queue[0] = (uint8_t)(0xF0U | (c >> 18));
        r->queue[1] = (uint8_t)(0x80U | ((c >> 12) & 0x3FU));
        r->queue[2] = (uint8_t)(0x80U | ((c >> 6) & 0x3FU));
        r->queue[3] = (uint8_t)(0x80U | (c & 0x3FU));
        r->count = 4U;
    }
}

static uint32_t simple_escape(char letter)
{
    switch (letter) {
    case 'b':
        return 0x08U;
    case 'f':
        return 0x0CU;
    case 'n':
        return 0x0AU;
    case 'r':
        return 0x0DU;
    case 't':
        return 0x09U;
    default:
        return (uint32_t)(uint8_t)letter; /* the quote and the two solidi stand for themselves */
    }
}

/* The escape at the cursor has been accepted by pt_scan_string(). */
static void read_escape(struct reader *r)
{
    const uint32_t unit = code_unit(r->at, r->end);
    if (unit == NO_HEX) {
        queue_utf8(r, simple_escape(r->at[1]));
        r->at += 2;
    } else if (is_high_surrogate(unit)) {
        const uint32_t low = code_unit(r->at + 6, r->end);
        queue_utf8(r, 0x10000U + ((unit - 0xD800U) << 10) + (low - 0xDC00U));
        r->at += 12;
    } else {
        queue_utf8(r, unit);
        r->at += 6;
    }
}

/* The next byte, -1 at the end. */
static int read_byte(struct reader *r, bool escaped)
{
    if (r->head < r->count) {
        return r->queue[r->head++];
    }
    if (r->at == r->end) {
        return -1;
    }
    if (!escaped || *r->at != '\\') {
        return (uint8_t)*r->at++;
    }
    read_escape(r);
    return r->queue[r->head++];
}

static int cmp_decoded(const struct pt_text *a, const struct pt_text *b)
{
    struct reader left = {.at = a->ptr, .end = a->ptr + a->len};
    struct reader right = {.at = b->ptr, .end = b->ptr + b->len};
    for (;;) {
        const int x = read_byte(&left, a->escaped);
        const int y = read_byte(&right, b->escaped);
        if (x != y || x < 0) {
            return x - y;
        }
    }
}

int pt_text_cmp(const struct pt_text *a, const struct pt_text *b)
{
    if (a->escaped || b->escaped) {
        return cmp_decoded(a, b);
    }
    const uint32_t least = a->len < b->len ? a->len : b->len;
    const int order = least > 0U ? memcmp(a->ptr, b->ptr, least) : 0;
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}
