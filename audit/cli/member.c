/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * member.c -- reading the rows that service.c writes: flat objects whose values are strings,
 * numbers, null, booleans or arrays of strings.
 *
 * Law: a row that is not of that shape has no members; nothing is guessed. Layer 1 (audit).
 */
#include "audit/cli/tool_int.h"

#include "poterne/base/codec.h"

/* Length of the string that begins at @s, quotes included; 0 when there is none. */
static size_t string_len(pt_slice s)
{
    if (s.len < 2U || s.ptr[0] != '"') {
        return 0;
    }
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '\\') {
            i++;
        } else if (s.ptr[i] == '"') {
            return i + 1U;
        }
    }
    return 0;
}

/* What one byte outside strings does to the depth of brackets. */
static int bracket(char c)
{
    switch (c) {
    case '[':
    case '{':
        return 1;
    case ']':
    case '}':
        return -1;
    default:
        return 0;
    }
}

/* Length of any value: up to the comma or brace outside strings and brackets. */
static size_t value_len(pt_slice s)
{
    int depth = 0;

    for (size_t i = 0; i < s.len;) {
        const size_t string = string_len(pt_slice_from(s, i));
        if (depth == 0 && (s.ptr[i] == ',' || s.ptr[i] == '}')) {
            return i;
        }
        depth += bracket(s.ptr[i]);
        i += string != 0U ? string : 1U;
    }
    return 0;
}

pt_slice member(pt_slice json, const char *key)
{
    pt_slice rest = pt_slice_from(json, 1U);

    while (rest.len > 1U) {
        const size_t name = string_len(rest);
        if (name == 0U || name >= rest.len || rest.ptr[name] != ':') {
            break;
        }
        const pt_slice found = pt_slice_head(pt_slice_from(rest, 1U), name - 2U);
        rest = pt_slice_from(rest, name + 1U);
        const pt_slice value = pt_slice_head(rest, value_len(rest));
        if (value.len == 0U || pt_slice_eq(found, pt_slice_str(key))) {
            return value;
        }
        rest = pt_slice_from(rest, value.len + 1U);
    }
    return PT_SLICE_EMPTY;
}

/* \" \\ \b \f \n \r \t \u00xx: what is a control character stays one, the printer defuses it. */
static size_t put_escape(pt_slice s, struct pt_buf *out)
{
    static const char FROM[] = "\"\\bfnrt";
    static const char TO[] = "\"\\\b\f\n\r\t";
    uint8_t code[2] = {0, 0};

    for (size_t i = 0; s.len > 0U && i < sizeof FROM - 1U; i++) {
        if (s.ptr[0] == FROM[i]) {
            pt_buf_put_byte(out, TO[i]);
            return 1U;
        }
    }
    if (s.len >= 5U && pt_ok(pt_hex_decode(pt_slice_head(pt_slice_from(s, 1U), 4U), code, 2U))) {
        pt_buf_put_byte(out, (char)code[1]);
    }
    return 5U;
}

static void put_string(pt_slice quoted, struct pt_buf *out)
{
    const pt_slice s = pt_slice_head(pt_slice_from(quoted, 1U), quoted.len - 2U);

    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\\') {
            i += put_escape(pt_slice_from(s, i + 1U), out);
        } else {
            pt_buf_put_byte(out, s.ptr[i]);
        }
    }
}

static void put_array(pt_slice array, struct pt_buf *out)
{
    pt_slice rest = pt_slice_from(array, 1U);

    for (size_t n = string_len(rest); n != 0U; n = string_len(rest)) {
        if (rest.ptr != array.ptr + 1) {
            pt_buf_put_byte(out, ' ');
        }
        put_string(pt_slice_head(rest, n), out);
        rest = pt_slice_from(rest, n + 1U);
    }
}

void member_plain(pt_slice value, struct pt_buf *out)
{
    if (value.len == 0U || pt_slice_eq(value, PT_SLICE("null"))) {
        return;
    }
    if (string_len(value) == value.len) {
        put_string(value, out);
    } else if (value.ptr[0] == '[') {
        put_array(value, out);
    } else {
        pt_buf_put(out, value);
    }
}
