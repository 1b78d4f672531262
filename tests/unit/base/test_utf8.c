/* SPDX-License-Identifier: EUPL-1.2 */
/* RFC 3629: each row just inside or just outside a range of its ABNF. */
#include "poterne/base/codec.h"

#include <criterion/criterion.h>

static const struct {
    pt_slice text;
    bool valid;
} ROWS[] = {
    {PT_SLICE_INIT("\x80"), false}, /* continuation alone */
    {PT_SLICE_INIT("\xBF"), false},
    {PT_SLICE_INIT("\xC0\x80"), false}, /* overlong NUL */
    {PT_SLICE_INIT("\xC1\xBF"), false}, /* overlong U+007F */
    {PT_SLICE_INIT("\xC2"), false},     /* cut */
    {PT_SLICE_INIT("\xC2\x7F"), false},
    {PT_SLICE_INIT("\xC2\xC0"), false},
    {PT_SLICE_INIT("\xE0\x80\x80"), false}, /* overlong */
    {PT_SLICE_INIT("\xE0\x9F\xBF"), false}, /* overlong U+07FF */
    {PT_SLICE_INIT("\xE1\x80"), false},
    {PT_SLICE_INIT("\xE1\x80\x7F"), false},
    {PT_SLICE_INIT("\xED\xA0\x80"), false},     /* U+D800, a surrogate */
    {PT_SLICE_INIT("\xED\xBF\xBF"), false},     /* U+DFFF */
    {PT_SLICE_INIT("\xF0\x8F\xBF\xBF"), false}, /* overlong U+FFFF */
    {PT_SLICE_INIT("\xF0\x90\x80"), false},
    {PT_SLICE_INIT("\xF0\x90\x80\xC0"), false},
    {PT_SLICE_INIT("\xF4\x90\x80\x80"), false}, /* U+110000 */
    {PT_SLICE_INIT("\xF5\x80\x80\x80"), false},
    {PT_SLICE_INIT("\xFE"), false},
    {PT_SLICE_INIT("\xFF"), false},
    {PT_SLICE_INIT("abc\xC3"), false},
    {PT_SLICE_INIT("\xC3\xA9\xA9"), false},
    {PT_SLICE_INIT(""), true},
    {PT_SLICE_INIT("\0\x7F"), true},
    {PT_SLICE_INIT("\xC2\x80"), true},         /* U+0080 */
    {PT_SLICE_INIT("\xDF\xBF"), true},         /* U+07FF */
    {PT_SLICE_INIT("\xE0\xA0\x80"), true},     /* U+0800 */
    {PT_SLICE_INIT("\xED\x9F\xBF"), true},     /* U+D7FF */
    {PT_SLICE_INIT("\xEE\x80\x80"), true},     /* U+E000 */
    {PT_SLICE_INIT("\xEF\xBF\xBF"), true},     /* U+FFFF */
    {PT_SLICE_INIT("\xF0\x90\x80\x80"), true}, /* U+10000 */
    {PT_SLICE_INIT("\xF3\xBF\xBF\xBF"), true},
    {PT_SLICE_INIT("\xF4\x8F\xBF\xBF"), true}, /* U+10FFFF */
    {PT_SLICE_INIT("H\xC3\xB4tel de ville \xE2\x82\xAC"), true},
};

Test(utf8, the_ranges_of_rfc_3629_are_exact)
{
    for (size_t i = 0U; i < PT_COUNT(ROWS); i++) {
        cr_assert_eq(pt_utf8_valid(ROWS[i].text), ROWS[i].valid, "row %zu", i);
    }
}

/* Every code point, written by an independent encoder. */
static size_t put_code_point(uint32_t c, unsigned char out[4])
{
    if (c < 0x80U) {
        out[0] = (unsigned char)c;
        return 1U;
    }
    if (c < 0x800U) {
        out[0] = (unsigned char)(0xC0U + (c / 64U));
        out[1] = (unsigned char)(0x80U + (c % 64U));
        return 2U;
    }
    if (c < 0x10000U) {
        out[0] = (unsigned char)(0xE0U + (c / 4096U));
        out[1] = (unsigned char)(0x80U + (c / 64U % 64U));
        out[2] = (unsigned char)(0x80U + (c % 64U));
        return 3U;
    }
    out[0] = (unsigned char)(0xF0U + (c / 262144U));
    out[1] = (unsigned char)(0x80U + (c / 4096U % 64U));
    out[2] = (unsigned char)(0x80U + (c / 64U % 64U));
    out[3] = (unsigned char)(0x80U + (c % 64U));
    return 4U;
}

Test(utf8, every_code_point_but_the_surrogates_is_valid)
{
    for (uint32_t c = 0U; c < 0x120000U; c++) {
        unsigned char bytes[4];
        const size_t n = put_code_point(c, bytes);
        const bool valid = c < 0x110000U && (c < 0xD800U || c > 0xDFFFU);
        if (pt_utf8_valid(pt_slice_of(bytes, n)) != valid) {
            cr_assert_fail("U+%X", c);
        }
    }
}
