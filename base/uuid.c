/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * UUID version 7 (RFC 9562 5.7): 48 bits of Unix milliseconds, version 0111, 12 random bits,
 * variant 10, 62 random bits. One text per identifier: lower case only. Layer 0 (base).
 */
#include "poterne/base/uuid.h"

#include "poterne/base/codec.h"

#define TIME_BYTES 6U

/* Where the four hyphens stand in the text (RFC 9562 4). */
static bool is_hyphen(size_t at)
{
    return at == 8U || at == 13U || at == 18U || at == 23U;
}

void pt_uuid7(uint64_t wall_ms, const uint8_t random[static 10], struct pt_uuid *ret)
{
    uint8_t time[8];
    pt_be64_put(time, wall_ms);
    memcpy(ret->bytes, time + 2, TIME_BYTES);
    memcpy(ret->bytes + TIME_BYTES, random, PT_UUID_LEN - TIME_BYTES);
    ret->bytes[6] = (uint8_t)(0x70U | (ret->bytes[6] & 0x0FU));
    ret->bytes[8] = (uint8_t)(0x80U | (ret->bytes[8] & 0x3FU));
}

void pt_uuid_text(const struct pt_uuid *id, char out[static PT_UUID_TEXT + 1U])
{
    char digits[PT_HEX_LEN(PT_UUID_LEN)];
    pt_hex_encode(pt_slice_of(id->bytes, PT_UUID_LEN), digits);
    size_t from = 0U;
    for (size_t i = 0U; i < PT_UUID_TEXT; i++) {
        out[i] = (char)(is_hyphen(i) ? '-' : digits[from++]);
    }
    out[PT_UUID_TEXT] = '\0';
}

PT_RESULT pt_uuid_parse(pt_slice text, struct pt_uuid *ret)
{
    PT_ENSURE(text.len == PT_UUID_TEXT, PT_E_SYNTAX);
    char digits[PT_HEX_LEN(PT_UUID_LEN)];
    size_t n = 0U;
    for (size_t i = 0U; i < PT_UUID_TEXT; i++) {
        const char c = text.ptr[i];
        if (is_hyphen(i)) {
            PT_ENSURE(c == '-', PT_E_SYNTAX);
            continue;
        }
        PT_ENSURE(c < 'A' || c > 'F', PT_E_SYNTAX);
        digits[n++] = c;
    }
    struct pt_uuid id;
    PT_TRY(pt_hex_decode(pt_slice_of(digits, n), id.bytes, PT_UUID_LEN));
    PT_ENSURE((id.bytes[6] & 0xF0U) == 0x70U, PT_E_SYNTAX);
    PT_ENSURE((id.bytes[8] & 0xC0U) == 0x80U, PT_E_SYNTAX);
    *ret = id;
    return PT_SUCCESS;
}

uint64_t pt_uuid_wall_ms(const struct pt_uuid *id)
{
    uint8_t time[8] = {0U};
    memcpy(time + 2, id->bytes, TIME_BYTES);
    return pt_be64_get(time);
}
