/* SPDX-License-Identifier: EUPL-1.2 */
/* Checked numbers, both ways. Law: a number is the whole slice or an error. Layer 0 (base). */
#include "poterne/base/num.h"

static bool digit_of(char c, uint32_t base, uint32_t *ret)
{
    uint32_t value = 99U;
    if (c >= '0' && c <= '9') {
        value = (uint32_t)(c - '0');
    } else if (c >= 'a' && c <= 'f') {
        value = (uint32_t)(c - 'a') + 10U;
    } else if (c >= 'A' && c <= 'F') {
        value = (uint32_t)(c - 'A') + 10U;
    }
    *ret = value;
    return value < base;
}

/* Goes through the whole text even once too large: "99x" is a syntax fault, not a limit. */
static PT_RESULT read_number(pt_slice text, uint32_t base, uint64_t *ret)
{
    PT_ENSURE(text.len > 0U, PT_E_SYNTAX);
    uint64_t number = 0U;
    bool over = false;
    for (size_t i = 0U; i < text.len; i++) {
        uint32_t digit = 0U;
        PT_ENSURE(digit_of(text.ptr[i], base, &digit), PT_E_SYNTAX);
        over = over || number > (UINT64_MAX - digit) / base;
        number = number * base + digit; /* wraps only once `over` is set */
    }
    PT_ENSURE(!over, PT_E_LIMIT);
    *ret = number;
    return PT_SUCCESS;
}

PT_RESULT pt_num_u64(pt_slice text, uint64_t min, uint64_t max, uint64_t *ret)
{
    uint64_t number = 0U;
    PT_TRY(read_number(text, 10U, &number));
    PT_ENSURE(number >= min && number <= max, PT_E_LIMIT);
    *ret = number;
    return PT_SUCCESS;
}

PT_RESULT pt_num_hex(pt_slice text, uint64_t max, uint64_t *ret)
{
    PT_ENSURE(text.len <= 16U, PT_E_SYNTAX);
    uint64_t number = 0U;
    PT_TRY(read_number(text, 16U, &number));
    PT_ENSURE(number <= max, PT_E_LIMIT);
    *ret = number;
    return PT_SUCCESS;
}

size_t pt_num_format(uint64_t number, char out[static PT_U64_DIGITS])
{
    char reversed[PT_U64_DIGITS];
    size_t n = 0U;
    do {
        reversed[n++] = (char)('0' + (char)(number % 10U));
        number /= 10U;
    } while (number > 0U);
    for (size_t i = 0U; i < n; i++) {
        out[i] = reversed[n - 1U - i];
    }
    return n;
}
