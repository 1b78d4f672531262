/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * sim_http.c -- enough HTTP/1.1 for a peer that is trusted: request line, header fields,
 * Content-Length, percent-decoding. Strictness is the door's business, not the simulator's.
 */
#include "tests/peers/sim.h"

#include "poterne/base/num.h"

#include <stddef.h>
#include <string.h>

static pt_slice trim(pt_slice s)
{
    while (s.len > 0U && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s = pt_slice_from(s, 1U);
    }
    while (s.len > 0U && strchr(" \t\r", s.ptr[s.len - 1U]) != NULL) {
        s.len--;
    }
    return s;
}

static void remember_name(struct sim_request *r, pt_slice name)
{
    if (r->nnames + name.len + 2U > sizeof(r->names)) {
        return;
    }
    if (r->nnames > 0U) {
        r->names[r->nnames++] = ',';
    }
    for (size_t i = 0U; i < name.len; i++) {
        const char c = name.ptr[i];
        r->names[r->nnames++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
}

/* @return false when the field makes the request unreadable. */
static bool take_field(struct sim_request *r, pt_slice name, pt_slice value, uint64_t *length)
{
    remember_name(r, name);
    if (pt_slice_eq_nocase(name, PT_SLICE("content-length"))) {
        return pt_ok(pt_num_u64(value, 0U, SIM_BODY_MAX, length));
    }
    if (pt_slice_eq_nocase(name, PT_SLICE("authorization"))) {
        const pt_slice scheme = pt_slice_cut(&value, ' ');
        r->bearer = pt_slice_eq_nocase(scheme, PT_SLICE("bearer")) ? trim(value) : PT_SLICE_EMPTY;
    } else if (pt_slice_eq_nocase(name, PT_SLICE("x-api-key"))) {
        r->api_key = value;
    } else if (pt_slice_eq_nocase(name, PT_SLICE("connection"))) {
        r->keep_alive = !pt_slice_eq_nocase(value, PT_SLICE("close"));
    }
    return !pt_slice_eq_nocase(name, PT_SLICE("transfer-encoding"));
}

static bool take_fields(struct sim_request *r, pt_slice fields, uint64_t *length)
{
    while (fields.len > 0U) {
        pt_slice line = pt_slice_cut(&fields, '\n');
        const pt_slice name = pt_slice_cut(&line, ':');
        if (name.len == 0U || !take_field(r, name, trim(line), length)) {
            return false;
        }
    }
    return true;
}

static bool take_line(struct sim_request *r, pt_slice line)
{
    line = trim(line);
    r->method = pt_slice_cut(&line, ' ');
    r->target = pt_slice_cut(&line, ' ');
    pt_slice target = r->target;
    r->path = pt_slice_cut(&target, '?');
    r->query = target;
    r->keep_alive = pt_slice_eq(line, PT_SLICE("HTTP/1.1"));
    return r->method.len > 0U && r->path.len > 0U && r->path.ptr[0] == '/' &&
           pt_slice_starts(line, PT_SLICE("HTTP/1."));
}

long sim_request_parse(pt_slice bytes, struct sim_request *ret)
{
    static const char end[] = "\r\n\r\n";
    const char *stop = bytes.len > 0U ? (const char *)memmem(bytes.ptr, bytes.len, end, 4U) : NULL;
    if (stop == NULL) {
        return bytes.len > SIM_HEAD_MAX ? -1 : 0;
    }
    memset(ret, 0, offsetof(struct sim_request, scratch));
    ret->used = 0U;
    const size_t head = (size_t)(stop - bytes.ptr) + 4U;
    pt_slice fields = pt_slice_head(bytes, head - 2U);
    uint64_t length = 0U;
    if (!take_line(ret, pt_slice_cut(&fields, '\n')) || !take_fields(ret, fields, &length)) {
        return -1;
    }
    if (bytes.len - head < length) {
        return 0;
    }
    ret->body = pt_slice_of(bytes.ptr + head, (size_t)length);
    return (long)(head + length);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool decode(struct sim_request *r, pt_slice text, pt_slice *ret)
{
    if (r->used + text.len > sizeof(r->scratch)) {
        return false;
    }
    char *out = r->scratch + r->used;
    size_t n = 0U;
    for (size_t i = 0U; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            const int high = i + 2U < text.len ? hex_digit(text.ptr[i + 1U]) : -1;
            const int low = i + 2U < text.len ? hex_digit(text.ptr[i + 2U]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            c = (char)(high * 16 + low);
            i += 2U;
        } else if (c == '+') {
            c = ' ';
        }
        out[n++] = c;
    }
    *ret = pt_slice_of(out, n);
    r->used += n;
    return true;
}

bool sim_query_parse(struct sim_request *request)
{
    pt_slice query = request->query;
    while (query.len > 0U) {
        pt_slice value = pt_slice_cut(&query, '&');
        const pt_slice name = pt_slice_cut(&value, '=');
        struct sim_pair *pair = &request->pairs.list[request->pairs.n];
        if (request->pairs.n >= SIM_PAIRS_MAX || !decode(request, name, &pair->name) ||
            !decode(request, value, &pair->value)) {
            return false;
        }
        request->pairs.n++;
    }
    return true;
}

pt_slice sim_query_get(const struct sim_request *request, const char *name)
{
    for (size_t i = 0U; i < request->pairs.n; i++) {
        if (pt_slice_eq(request->pairs.list[i].name, pt_slice_str(name))) {
            return request->pairs.list[i].value;
        }
    }
    return PT_SLICE_EMPTY;
}
