/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * RFC 4648 and big-endian integers. The characters of secrets pass here, so each byte is mapped
 * by arithmetic on masks: no branch and no table index depends on its value. Layer 0 (base).
 */
#include "poterne/base/codec.h"

#include "poterne/base/secret.h"

#include <endian.h>

/* All ones when a < b, else 0; both below 2^31. */
static uint32_t mask_lt(uint32_t a, uint32_t b)
{
    return 0U - ((a - b) >> 31);
}

/* All ones when lo <= c <= hi. */
static uint32_t mask_in(uint32_t c, uint32_t lo, uint32_t hi)
{
    return ~mask_lt(c, lo) & ~mask_lt(hi, c);
}

static uint32_t mask_is(uint32_t c, uint32_t value)
{
    return mask_in(c, value, value);
}

static char hex_char(uint32_t nibble)
{
    return (char)('0' + nibble + (~mask_lt(nibble, 10U) & ('a' - '0' - 10U)));
}

/* 0 to 15, or a number with bit 8 set. */
static uint32_t hex_value(char c)
{
    const uint32_t u = (unsigned char)c;
    const uint32_t digit = mask_in(u, '0', '9');
    const uint32_t lower = mask_in(u, 'a', 'f');
    const uint32_t upper = mask_in(u, 'A', 'F');
    const uint32_t bad = ~(digit | lower | upper) & 0x100U;
    return (digit & (u - '0')) | (lower & (u - 'a' + 10U)) | (upper & (u - 'A' + 10U)) | bad;
}

void pt_hex_encode(pt_slice bytes, char *out)
{
    for (size_t i = 0U; i < bytes.len; i++) {
        const uint32_t byte = (unsigned char)bytes.ptr[i];
        out[2U * i] = hex_char(byte >> 4);
        out[2U * i + 1U] = hex_char(byte & 15U);
    }
}

PT_RESULT pt_hex_decode(pt_slice text, uint8_t *out, size_t n)
{
    PT_ENSURE(text.len % 2U == 0U && text.len / 2U == n, PT_E_SYNTAX);
    uint32_t bad = 0U;
    for (size_t i = 0U; i < n; i++) {
        const uint32_t high = hex_value(text.ptr[2U * i]);
        const uint32_t low = hex_value(text.ptr[2U * i + 1U]);
        bad |= high | low;
        out[i] = (uint8_t)(((high << 4) | low) & 0xFFU);
    }
    PT_ENSURE((bad & 0x100U) == 0U, PT_E_SYNTAX);
    return PT_SUCCESS;
}

/* The two characters in which the alphabets of RFC 4648 4 and 5 differ. */
struct alphabet {
    char c62;
    char c63;
};
static const struct alphabet STANDARD = {'+', '/'};
static const struct alphabet URL_SAFE = {'-', '_'};

/* 0 to 63, or a number with bit 8 set. */
static uint32_t b64_value(const struct alphabet *abc, char c)
{
    const uint32_t u = (unsigned char)c;
    const uint32_t upper = mask_in(u, 'A', 'Z');
    const uint32_t lower = mask_in(u, 'a', 'z');
    const uint32_t digit = mask_in(u, '0', '9');
    const uint32_t is62 = mask_is(u, (unsigned char)abc->c62);
    const uint32_t is63 = mask_is(u, (unsigned char)abc->c63);
    const uint32_t bad = ~(upper | lower | digit | is62 | is63) & 0x100U;
    return (upper & (u - 'A')) | (lower & (u - 'a' + 26U)) | (digit & (u - '0' + 52U)) |
           (is62 & 62U) | (is63 & 63U) | bad;
}

#define LANES(byte) (0x0101010101010101ULL * (byte)) /* the same byte eight times */

/* Sixteen characters at a time, two words of eight: GCC's vectors, which every machine has. */
typedef uint64_t words __attribute__((vector_size(16)));
typedef uint8_t lanes __attribute__((vector_size(16)));
typedef int8_t signed_lanes __attribute__((vector_size(16)));

/* @add in each lane whose value (0 to 63) is above @floor. */
static lanes add_above(lanes values, int8_t floor, int add)
{
    return (lanes)((signed_lanes)values > floor) & (uint8_t)add;
}

/* Six bytes, the first one highest, as eight sextets, one in each byte. */
static uint64_t sextets(uint64_t bits)
{
    bits = ((bits & 0xFFFFFF000000ULL) << 8) | (bits & 0xFFFFFFULL);
    bits = ((bits & 0x00FFF00000FFF000ULL) << 4) | (bits & 0x00000FFF00000FFFULL);
    return ((bits & 0x0FC00FC00FC00FC0ULL) << 2) | (bits & 0x003F003F003F003FULL);
}

/* Values as characters: the ranges of the alphabet differ by constants. */
static lanes b64_chars(const struct alphabet *abc, lanes values)
{
    const int from62 = abc->c62 - ('0' + 10);
    const int from63 = abc->c63 - abc->c62 - 1;

    return values + (uint8_t)'A' + add_above(values, 25, 'a' - 'Z' - 1) +
           add_above(values, 51, '0' - 'z' - 1) + add_above(values, 61, from62) +
           add_above(values, 62, from63);
}

/* The first six bytes at @in (eight are there), the first one highest. */
static uint64_t six_bytes(const char *in)
{
    uint64_t word = 0U;

    memcpy(&word, in, sizeof word);
    return be64toh(word) >> 16;
}

/* Twelve bytes at @in (fourteen are there) as sixteen characters. */
static void encode_twelve(const struct alphabet *abc, const char *in, char *out)
{
    const words values = {sextets(six_bytes(in)), sextets(six_bytes(in + 6U))};
    const words text = (words)b64_chars(abc, (lanes)values);
    const uint64_t ends[2] = {htobe64(text[0]), htobe64(text[1])};

    memcpy(out, ends, sizeof ends);
}

/* Without padding, twelve bytes at a time; behind the last byte come zero bits. */
static size_t encode(const struct alphabet *abc, pt_slice bytes, char *out)
{
    const char *in = bytes.ptr;
    size_t left = bytes.len;
    char *const begin = out;

    for (; left >= 14U; left -= 12U, in += 12U, out += 16U) {
        encode_twelve(abc, in, out);
    }
    while (left > 0U) {
        const size_t take = left < 12U ? left : 12U;
        char last[14] = {0};
        char text[16];
        memcpy(last, in, take);
        encode_twelve(abc, last, text);
        memcpy(out, text, PT_B64URL_LEN(take));
        left -= take;
        in += take;
        out += PT_B64URL_LEN(take);
    }
    return (size_t)(out - begin);
}

size_t pt_b64url_encode_raw(pt_slice bytes, char *out)
{
    return encode(&URL_SAFE, bytes, out);
}

size_t pt_b64_encode_raw(pt_slice bytes, char *out)
{
    size_t n = encode(&STANDARD, bytes, out);
    while (n % 4U != 0U) {
        out[n++] = '=';
    }
    return n;
}

void pt_b64_encode(struct pt_buf *buf, pt_slice bytes)
{
    const size_t need = bytes.len <= SIZE_MAX / 2U ? PT_B64_LEN(bytes.len) : SIZE_MAX;
    char *space = need > 0U ? pt_buf_space(buf, need) : NULL;
    if (space != NULL) {
        pt_buf_commit(buf, pt_b64_encode_raw(bytes, space));
    }
}

void pt_b64url_encode(struct pt_buf *buf, pt_slice bytes)
{
    const size_t need = bytes.len <= SIZE_MAX / 8U ? PT_B64URL_LEN(bytes.len) : SIZE_MAX;
    char *space = need > 0U ? pt_buf_space(buf, need) : NULL;
    if (space != NULL) {
        pt_buf_commit(buf, pt_b64url_encode_raw(bytes, space));
    }
}

static PT_RESULT decode(const struct alphabet *abc, pt_slice text, uint8_t *out, size_t max,
                        size_t *ret_len)
{
    PT_ENSURE(text.len % 4U != 1U, PT_E_SYNTAX);
    PT_ENSURE(text.len / 4U * 3U + text.len % 4U * 3U / 4U <= max, PT_E_LIMIT);
    size_t n = 0U;
    uint32_t bits = 0U;
    uint32_t count = 0U;
    uint32_t bad = 0U;
    for (size_t i = 0U; i < text.len; i++) {
        const uint32_t value = b64_value(abc, text.ptr[i]);
        bad |= value;
        bits = ((bits << 6) | (value & 63U)) & 0xFFFFU;
        count += 6U;
        if (count >= 8U) {
            count -= 8U;
            out[n++] = (uint8_t)((bits >> count) & 0xFFU);
        }
    }
    /* RFC 4648 3.5: one value has one text; stray bits would be a second one. */
    const uint32_t stray = bits & ((1U << count) - 1U);
    if ((bad & 0x100U) != 0U || stray != 0U) {
        pt_wipe(out, n);
        return PT_FAIL(PT_E_SYNTAX);
    }
    *ret_len = n;
    return PT_SUCCESS;
}

PT_RESULT pt_b64url_decode(pt_slice text, uint8_t *out, size_t max, size_t *ret_len)
{
    return decode(&URL_SAFE, text, out, max, ret_len);
}

PT_RESULT pt_b64_decode(pt_slice text, uint8_t *out, size_t max, size_t *ret_len)
{
    PT_ENSURE(text.len % 4U == 0U, PT_E_SYNTAX);
    pt_slice body = text;
    for (unsigned i = 0U; i < 2U && body.len > 0U && body.ptr[body.len - 1U] == '='; i++) {
        body.len--;
    }
    return decode(&STANDARD, body, out, max, ret_len);
}

void pt_be16_put(uint8_t out[static 2], uint16_t n)
{
    out[0] = (uint8_t)(n >> 8);
    out[1] = (uint8_t)(n & 0xFFU);
}

void pt_be32_put(uint8_t out[static 4], uint32_t n)
{
    pt_be16_put(out, (uint16_t)(n >> 16));
    pt_be16_put(out + 2, (uint16_t)(n & 0xFFFFU));
}

void pt_be64_put(uint8_t out[static 8], uint64_t n)
{
    pt_be32_put(out, (uint32_t)(n >> 32));
    pt_be32_put(out + 4, (uint32_t)(n & 0xFFFFFFFFU));
}

uint16_t pt_be16_get(const uint8_t in[static 2])
{
    return (uint16_t)(((uint32_t)in[0] << 8) | in[1]);
}

uint32_t pt_be32_get(const uint8_t in[static 4])
{
    return ((uint32_t)pt_be16_get(in) << 16) | pt_be16_get(in + 2);
}

uint64_t pt_be64_get(const uint8_t in[static 8])
{
    return ((uint64_t)pt_be32_get(in) << 32) | pt_be32_get(in + 4);
}

/* RFC 3629 4, the ABNF: what the second byte may be depends on the first. */
struct utf8_lead {
    unsigned char first_lo;
    unsigned char first_hi;
    unsigned char second_lo;
    unsigned char second_hi;
    size_t len;
};

static const struct utf8_lead UTF8_LEADS[] = {
    {0x00U, 0x7FU, 0x00U, 0x00U, 1U}, {0xC2U, 0xDFU, 0x80U, 0xBFU, 2U},
    {0xE0U, 0xE0U, 0xA0U, 0xBFU, 3U}, {0xE1U, 0xECU, 0x80U, 0xBFU, 3U},
    {0xEDU, 0xEDU, 0x80U, 0x9FU, 3U}, {0xEEU, 0xEFU, 0x80U, 0xBFU, 3U},
    {0xF0U, 0xF0U, 0x90U, 0xBFU, 4U}, {0xF1U, 0xF3U, 0x80U, 0xBFU, 4U},
    {0xF4U, 0xF4U, 0x80U, 0x8FU, 4U},
};

static const struct utf8_lead *utf8_lead(unsigned char first)
{
    for (size_t i = 0U; i < PT_COUNT(UTF8_LEADS); i++) {
        if (first >= UTF8_LEADS[i].first_lo && first <= UTF8_LEADS[i].first_hi) {
            return &UTF8_LEADS[i];
        }
    }
    return NULL;
}

/* Length of the character at @s, 0 when there is no valid one. */
static size_t utf8_char(const unsigned char *s, size_t left)
{
    const struct utf8_lead *lead = utf8_lead(s[0]);
    if (lead == NULL || lead->len > left) {
        return 0U;
    }
    if (lead->len > 1U && (s[1] < lead->second_lo || s[1] > lead->second_hi)) {
        return 0U;
    }
    for (size_t i = 2U; i < lead->len; i++) {
        if (s[i] < 0x80U || s[i] > 0xBFU) {
            return 0U;
        }
    }
    return lead->len;
}

/* 8 when the next eight bytes are ASCII, else 0. */
static size_t ascii_head(const unsigned char *s, size_t left)
{
    uint64_t word = 0U;
    if (left < sizeof word) {
        return 0U;
    }
    memcpy(&word, s, sizeof word);
    return (word & LANES(0x80U)) == 0U ? sizeof word : 0U;
}

bool pt_utf8_valid(pt_slice text)
{
    const unsigned char *s = (const unsigned char *)text.ptr;
    size_t at = 0U;
    while (at < text.len) {
        const size_t ascii = ascii_head(s + at, text.len - at);
        if (ascii > 0U) {
            at += ascii;
            continue;
        }
        const size_t n = utf8_char(s + at, text.len - at);
        if (n == 0U) {
            return false;
        }
        at += n;
    }
    return true;
}
