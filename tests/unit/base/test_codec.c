/* SPDX-License-Identifier: EUPL-1.2 */
/* RFC 4648: its vectors, and that one value has exactly one text. */
#include "poterne/base/codec.h"

#include <criterion/criterion.h>

/* RFC 4648 10 */
static const struct {
    pt_slice plain;
    pt_slice b64;
    pt_slice b64url;
    pt_slice hex;
} VECTORS[] = {
    {PT_SLICE_INIT(""), PT_SLICE_INIT(""), PT_SLICE_INIT(""), PT_SLICE_INIT("")},
    {PT_SLICE_INIT("f"), PT_SLICE_INIT("Zg=="), PT_SLICE_INIT("Zg"), PT_SLICE_INIT("66")},
    {PT_SLICE_INIT("fo"), PT_SLICE_INIT("Zm8="), PT_SLICE_INIT("Zm8"), PT_SLICE_INIT("666f")},
    {PT_SLICE_INIT("foo"), PT_SLICE_INIT("Zm9v"), PT_SLICE_INIT("Zm9v"), PT_SLICE_INIT("666f6f")},
    {PT_SLICE_INIT("foob"), PT_SLICE_INIT("Zm9vYg=="), PT_SLICE_INIT("Zm9vYg"),
     PT_SLICE_INIT("666f6f62")},
    {PT_SLICE_INIT("fooba"), PT_SLICE_INIT("Zm9vYmE="), PT_SLICE_INIT("Zm9vYmE"),
     PT_SLICE_INIT("666f6f6261")},
    {PT_SLICE_INIT("foobar"), PT_SLICE_INIT("Zm9vYmFy"), PT_SLICE_INIT("Zm9vYmFy"),
     PT_SLICE_INIT("666f6f626172")},
    {PT_SLICE_INIT("\xFB\xFF\xBF"), PT_SLICE_INIT("+/+/"), PT_SLICE_INIT("-_-_"),
     PT_SLICE_INIT("fbffbf")},
};

Test(codec, base64_that_is_not_strict_is_refused)
{
    static const pt_slice BAD[] = {
        PT_SLICE_INIT("Z"),        PT_SLICE_INIT("Zg"),       PT_SLICE_INIT("Zg="),
        PT_SLICE_INIT("Zg==="),    PT_SLICE_INIT("Z==="),     PT_SLICE_INIT("===="),
        PT_SLICE_INIT("=Zg="),     PT_SLICE_INIT("Zg=A"),     PT_SLICE_INIT("Zg==Zg=="),
        PT_SLICE_INIT("Zm9 "),     PT_SLICE_INIT("Zm\n9"),    PT_SLICE_INIT("Zh=="),
        PT_SLICE_INIT("Zm9="),     PT_SLICE_INIT("Zm8\0"),    PT_SLICE_INIT("-_-_"),
        PT_SLICE_INIT("Zm9v\r\n"), PT_SLICE_INIT("Zm9v===="), PT_SLICE_INIT("Zm9\xC3"),
    };
    for (size_t i = 0U; i < PT_COUNT(BAD); i++) {
        uint8_t out[16];
        size_t n = 99U;
        cr_assert_eq(pt_b64_decode(BAD[i], out, sizeof out, &n).code, PT_E_SYNTAX, "row %zu", i);
        cr_assert_eq(n, 99U);
    }
}

Test(codec, base64url_refuses_padding_stray_bits_and_the_other_alphabet)
{
    static const pt_slice BAD[] = {
        PT_SLICE_INIT("Z"),    PT_SLICE_INIT("Zg=="),  PT_SLICE_INIT("Zh"),   PT_SLICE_INIT("Zm9"),
        PT_SLICE_INIT("+/+/"), PT_SLICE_INIT("Zm9v="), PT_SLICE_INIT("Zm 9"), PT_SLICE_INIT("="),
    };
    for (size_t i = 0U; i < PT_COUNT(BAD); i++) {
        uint8_t out[16];
        size_t n = 99U;
        cr_assert_eq(pt_b64url_decode(BAD[i], out, sizeof out, &n).code, PT_E_SYNTAX, "row %zu", i);
        cr_assert_eq(n, 99U);
    }
}

Test(codec, decoding_stops_at_the_room_given)
{
    uint8_t out[3];
    size_t n = 99U;
    cr_assert_eq(pt_b64_decode(PT_SLICE("Zm9v"), out, 2U, &n).code, PT_E_LIMIT);
    cr_assert_eq(pt_b64url_decode(PT_SLICE("Zm8"), out, 1U, &n).code, PT_E_LIMIT);
    cr_assert_eq(pt_b64url_decode(PT_SLICE("Zg"), out, 0U, &n).code, PT_E_LIMIT);
    cr_assert_eq(n, 99U);
    cr_assert(pt_ok(pt_b64_decode(PT_SLICE("Zm9v"), out, 3U, &n)));
    cr_assert_eq(n, 3U);
}

Test(codec, nothing_is_left_of_a_refused_text)
{
    uint8_t out[6] = {0};
    size_t n = 0U;
    cr_assert_eq(pt_b64_decode(PT_SLICE("Zm9vYm!="), out, sizeof out, &n).code, PT_E_SYNTAX);
    cr_assert_arr_eq(out, "\0\0\0\0\0\0", 6U);
}

Test(codec, hexadecimal_of_the_wrong_length_or_alphabet_is_refused)
{
    static const pt_slice BAD[] = {
        PT_SLICE_INIT(""),      PT_SLICE_INIT("0"),    PT_SLICE_INIT("000"),
        PT_SLICE_INIT("00000"), PT_SLICE_INIT("0g00"), PT_SLICE_INIT("00 0"),
        PT_SLICE_INIT("@000"),  PT_SLICE_INIT("0`00"), PT_SLICE_INIT("00/0"),
        PT_SLICE_INIT(":000"),  PT_SLICE_INIT("00G0"), PT_SLICE_INIT("000\xE1")};
    for (size_t i = 0U; i < PT_COUNT(BAD); i++) {
        uint8_t out[2];
        cr_assert_eq(pt_hex_decode(BAD[i], out, sizeof out).code, PT_E_SYNTAX, "row %zu", i);
    }
}

Test(codec, rfc_4648_vectors_encode)
{
    for (size_t i = 0U; i < PT_COUNT(VECTORS); i++) {
        struct pt_buf buf;
        pt_buf_init(&buf, 64U);
        pt_b64_encode(&buf, VECTORS[i].plain);
        cr_assert(pt_slice_eq(pt_buf_slice(&buf), VECTORS[i].b64), "row %zu", i);
        cr_assert_eq(buf.len, PT_B64_LEN(VECTORS[i].plain.len));
        pt_buf_clear(&buf);
        pt_b64url_encode(&buf, VECTORS[i].plain);
        cr_assert(pt_slice_eq(pt_buf_slice(&buf), VECTORS[i].b64url), "row %zu", i);
        cr_assert_eq(buf.len, PT_B64URL_LEN(VECTORS[i].plain.len));
        pt_buf_done(&buf);
        char hex[16];
        pt_hex_encode(VECTORS[i].plain, hex);
        cr_assert(pt_slice_eq(pt_slice_of(hex, PT_HEX_LEN(VECTORS[i].plain.len)), VECTORS[i].hex));
    }
}

Test(codec, rfc_4648_vectors_decode)
{
    for (size_t i = 0U; i < PT_COUNT(VECTORS); i++) {
        uint8_t out[8];
        size_t n = 99U;
        cr_assert(pt_ok(pt_b64_decode(VECTORS[i].b64, out, sizeof out, &n)));
        cr_assert(pt_slice_eq(pt_slice_of(out, n), VECTORS[i].plain));
        cr_assert(pt_ok(pt_b64url_decode(VECTORS[i].b64url, out, sizeof out, &n)));
        cr_assert(pt_slice_eq(pt_slice_of(out, n), VECTORS[i].plain));
        cr_assert(pt_ok(pt_hex_decode(VECTORS[i].hex, out, VECTORS[i].plain.len)));
        cr_assert(pt_slice_eq(pt_slice_of(out, VECTORS[i].plain.len), VECTORS[i].plain));
    }
}

Test(codec, every_byte_value_makes_the_round_trip)
{
    uint8_t all[256];
    for (size_t i = 0U; i < sizeof all; i++) {
        all[i] = (uint8_t)i;
    }
    for (size_t len = 250U; len <= 256U; len++) {
        char text[400];
        uint8_t back[256];
        size_t n = 0U;
        const pt_slice plain = pt_slice_of(all + 256U - len, len);
        const size_t a = pt_b64_encode_raw(plain, text);
        cr_assert(pt_ok(pt_b64_decode(pt_slice_of(text, a), back, sizeof back, &n)));
        cr_assert(pt_slice_eq(pt_slice_of(back, n), plain));
        const size_t b = pt_b64url_encode_raw(plain, text);
        cr_assert(pt_ok(pt_b64url_decode(pt_slice_of(text, b), back, sizeof back, &n)));
        cr_assert(pt_slice_eq(pt_slice_of(back, n), plain));
    }
}

/* An independent encoder: one bit at a time, from the list of RFC 4648 4. */
static size_t slow_encode(pt_slice bytes, char *out)
{
    static const char STD[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0U;
    for (size_t bit = 0U; bit < bytes.len * 8U; bit += 6U) {
        unsigned value = 0U;
        for (size_t i = bit; i < bit + 6U; i++) {
            const bool inside = i < bytes.len * 8U;
            const unsigned one =
                inside ? ((unsigned char)bytes.ptr[i / 8U] >> (7U - i % 8U)) & 1U : 0U;
            value = value * 2U + one;
        }
        out[n++] = STD[value];
    }
    while (n % 4U != 0U) {
        out[n++] = '=';
    }
    return n;
}

Test(codec, encoding_agrees_with_an_independent_encoder_and_stays_inside_its_room)
{
    uint64_t state = 1U;
    for (unsigned round = 0U; round < 4000U; round++) {
        uint8_t plain[64];
        for (size_t i = 0U; i < sizeof plain; i++) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            plain[i] = (uint8_t)(state >> 56);
        }
        const pt_slice bytes = pt_slice_of(plain, round % 65U);
        char slow[96];
        char fast[96];
        memset(fast, '!', sizeof fast);
        const size_t n = slow_encode(bytes, slow);
        cr_assert_eq(pt_b64_encode_raw(bytes, fast), n);
        cr_assert(pt_slice_eq(pt_slice_of(fast, n), pt_slice_of(slow, n)));
        for (size_t i = n; i < sizeof fast; i++) {
            cr_assert_eq(fast[i], '!');
        }
    }
}

/* Every character against an independent list of the alphabets. */
Test(codec, the_alphabets_are_exactly_those_of_the_rfc)
{
    static const char STD[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char HEX[] = "0123456789abcdefABCDEF";
    for (unsigned c = 1U; c < 256U; c++) {
        const char text[4] = {(char)c, 'A', 'A', 'A'};
        uint8_t out[3];
        size_t n = 0U;
        const bool is_b64 = strchr(STD, (int)c) != NULL;
        cr_assert_eq(pt_ok(pt_b64_decode(pt_slice_of(text, 4U), out, 3U, &n)), is_b64, "%u", c);
        if (is_b64) {
            cr_assert_eq(out[0] >> 2, (int)(strchr(STD, (int)c) - STD));
        }
        const char hex[2] = {'0', (char)c};
        cr_assert_eq(pt_ok(pt_hex_decode(pt_slice_of(hex, 2U), out, 1U)),
                     strchr(HEX, (int)c) != NULL, "%u", c);
    }
}

Test(codec, upper_case_hexadecimal_is_read)
{
    uint8_t out[3];
    cr_assert(pt_ok(pt_hex_decode(PT_SLICE("aBcDeF"), out, 3U)));
    cr_assert_arr_eq(out, "\xAB\xCD\xEF", 3U);
}

Test(codec, encoding_into_a_full_buffer_is_an_error)
{
    struct pt_buf buf;
    pt_buf_init(&buf, 3U);
    pt_b64_encode(&buf, PT_SLICE("f"));
    cr_assert_eq(pt_buf_status(&buf).code, PT_E_LIMIT);
    pt_buf_clear(&buf);
    pt_b64url_encode(&buf, PT_SLICE("foo"));
    cr_assert_eq(pt_buf_status(&buf).code, PT_E_LIMIT);
    pt_buf_clear(&buf);
    pt_b64url_encode(&buf, PT_SLICE("fo"));
    cr_assert(pt_ok(pt_buf_status(&buf)));
    pt_b64_encode(&buf, PT_SLICE_EMPTY);
    pt_b64url_encode(&buf, PT_SLICE_EMPTY);
    cr_assert(pt_ok(pt_buf_status(&buf)));
    pt_buf_done(&buf);
}

Test(codec, big_endian_integers_have_their_bytes_in_order)
{
    uint8_t out[8];
    pt_be16_put(out, 0x0102U);
    cr_assert_arr_eq(out, "\x01\x02", 2U);
    pt_be32_put(out, 0x01020304U);
    cr_assert_arr_eq(out, "\x01\x02\x03\x04", 4U);
    pt_be64_put(out, 0x0102030405060708U);
    cr_assert_arr_eq(out, "\x01\x02\x03\x04\x05\x06\x07\x08", 8U);
    cr_assert_eq(pt_be16_get(out), 0x0102U);
    cr_assert_eq(pt_be32_get(out), 0x01020304U);
    cr_assert_eq(pt_be64_get(out), 0x0102030405060708U);
    memset(out, 0xFF, sizeof out);
    cr_assert_eq(pt_be16_get(out), UINT16_MAX);
    cr_assert_eq(pt_be32_get(out), UINT32_MAX);
    cr_assert_eq(pt_be64_get(out), UINT64_MAX);
}
