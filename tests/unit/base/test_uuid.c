/* SPDX-License-Identifier: EUPL-1.2 */
/* UUID version 7, with the example of RFC 9562 A.6. */
#include "poterne/base/uuid.h"

#include <criterion/criterion.h>

#define EXAMPLE    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
#define EXAMPLE_MS 0x017F22E279B0U

static const uint8_t EXAMPLE_RANDOM[10] = {0xFCU, 0xC3U, 0xD8U, 0xC4U, 0xDCU,
                                           0x0CU, 0x0CU, 0x07U, 0x39U, 0x8FU};

Test(uuid, a_text_that_is_not_a_version_7_in_lower_case_is_refused)
{
    static const char *const BAD[] = {
        "",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
        "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398F",
        "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-8cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-18c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-78c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f",
        "017f22e2079b0-7cc3-98c4-dc0c0c07398f",
        "017f22e279b0-7cc3-98c4-dc0c0c07398f-",
        "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    };
    for (size_t i = 0U; i < PT_COUNT(BAD); i++) {
        struct pt_uuid id = {.bytes = {7U}};
        cr_assert_eq(pt_uuid_parse(pt_slice_str(BAD[i]), &id).code, PT_E_SYNTAX, "%s", BAD[i]);
        cr_assert_eq(id.bytes[0], 7U);
    }
}

Test(uuid, the_example_of_the_rfc_comes_out)
{
    struct pt_uuid id;
    char text[PT_UUID_TEXT + 1U];
    pt_uuid7(EXAMPLE_MS, EXAMPLE_RANDOM, &id);
    pt_uuid_text(&id, text);
    cr_assert_str_eq(text, EXAMPLE);
    cr_assert_eq(pt_uuid_wall_ms(&id), EXAMPLE_MS);
}

Test(uuid, text_and_bytes_make_the_round_trip)
{
    struct pt_uuid id;
    struct pt_uuid made;
    cr_assert(pt_ok(pt_uuid_parse(PT_SLICE(EXAMPLE), &id)));
    pt_uuid7(EXAMPLE_MS, EXAMPLE_RANDOM, &made);
    cr_assert_arr_eq(id.bytes, made.bytes, PT_UUID_LEN);
}

Test(uuid, version_and_variant_hold_whatever_the_random_bits)
{
    uint8_t random[10];
    struct pt_uuid id;
    memset(random, 0xFF, sizeof random);
    pt_uuid7(UINT64_MAX, random, &id);
    cr_assert_eq(id.bytes[6], 0x7FU);
    cr_assert_eq(id.bytes[8], 0xBFU);
    cr_assert_eq(pt_uuid_wall_ms(&id), 0xFFFFFFFFFFFFU);
    memset(random, 0, sizeof random);
    pt_uuid7(0U, random, &id);
    cr_assert_eq(id.bytes[6], 0x70U);
    cr_assert_eq(id.bytes[8], 0x80U);
}

Test(uuid, later_identifiers_sort_after_earlier_ones)
{
    char last[PT_UUID_TEXT + 1U] = "";
    for (uint64_t ms = 1U; ms < 1U << 20; ms = ms * 3U + 1U) {
        struct pt_uuid id;
        char text[PT_UUID_TEXT + 1U];
        pt_uuid7(ms, EXAMPLE_RANDOM, &id);
        pt_uuid_text(&id, text);
        cr_assert_gt(strcmp(text, last), 0);
        memcpy(last, text, sizeof last);
    }
}
