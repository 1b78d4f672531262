/* SPDX-License-Identifier: EUPL-1.2 */
/* URLs we write: percent-encoding and path templates (RFC 3986 2.3, RFC 6570 level 1). */
#include "connectors/connectors_int.h"

#include "poterne/base/codec.h"

static bool is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void pt_url_put(struct pt_buf *url, pt_slice text)
{
    for (size_t i = 0U; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];
        if (is_unreserved(c)) {
            pt_buf_put_byte(url, (char)c);
            continue;
        }
        const char digits[] = "0123456789ABCDEF";
        pt_buf_put_byte(url, '%');
        pt_buf_put_byte(url, digits[c >> 4U]);
        pt_buf_put_byte(url, digits[c & 15U]);
    }
}

static const struct pt_arg *find_arg(const struct pt_arg *args, size_t n, pt_slice name)
{
    for (size_t i = 0U; i < n; i++) {
        if (pt_slice_eq(args[i].name, name)) {
            return &args[i];
        }
    }
    return NULL;
}

PT_RESULT pt_url_put_path(struct pt_buf *url, pt_slice path, const struct pt_arg *args, size_t n)
{
    pt_slice rest = path;
    while (rest.len > 0U) {
        const size_t open = pt_slice_find(rest, '{');
        pt_buf_put(url, pt_slice_head(rest, open));
        if (open == rest.len) {
            break;
        }
        rest = pt_slice_from(rest, open + 1U);
        const pt_slice name = pt_slice_cut(&rest, '}');
        const struct pt_arg *arg = find_arg(args, n, name);
        PT_ENSURE(arg != NULL && arg->value.len > 0U, PT_E_SCHEMA);
        pt_url_put(url, arg->value);
    }
    return pt_buf_status(url);
}

void pt_url_put_query(struct pt_buf *url, bool *inout_first, pt_slice name, pt_slice value)
{
    pt_buf_put_byte(url, *inout_first ? '?' : '&');
    *inout_first = false;
    pt_url_put(url, name);
    pt_buf_put_byte(url, '=');
    pt_url_put(url, value);
}
