/* SPDX-License-Identifier: EUPL-1.2 */
/* The request parser on any bytes. Properties, not only "no crash":
 *   - however the bytes are cut, the verdict, the reason and the length taken are the same;
 *   - slices of an accepted request stay inside the bytes, and no value holds CR, LF or NUL;
 *   - an accepted request written out again in canonical form parses to the same request. */
#include "poterne/gateway/http1.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RAW_MAX 200000U

struct verdict {
    enum pt_http1_verdict verdict;
    enum pt_http1_reason reason;
    size_t used;
    struct pt_http1_request request;
    char *bytes; /* what the slices of the request point into */
};

static void must(bool property)
{
    if (!property) {
        abort();
    }
}

static struct verdict parse(pt_slice raw, size_t first, size_t step)
{
    struct verdict v = {.verdict = PT_HTTP1_MORE};
    struct pt_http1_parser parser;
    pt_http1_init(&parser);
    v.bytes = malloc(raw.len + 1U);
    must(v.bytes != NULL);
    if (raw.len != 0U) {
        memcpy(v.bytes, raw.ptr, raw.len);
    }
    size_t len = first < raw.len ? first : raw.len;
    for (;;) {
        v.verdict = pt_http1_feed(&parser, v.bytes, len);
        if (v.verdict != PT_HTTP1_MORE || len == raw.len) {
            break;
        }
        len = raw.len - len > step ? len + step : raw.len;
    }
    v.reason = pt_http1_reason(&parser);
    if (v.verdict == PT_HTTP1_REQUEST) {
        v.used = pt_http1_used(&parser);
        pt_http1_request(&parser, v.bytes, &v.request);
    }
    return v;
}

static bool clean(pt_slice s)
{
    for (size_t i = 0U; i < s.len; i++) {
        if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || s.ptr[i] == '\0') {
            return false;
        }
    }
    return true;
}

static bool same_request(const struct pt_http1_request *a, const struct pt_http1_request *b)
{
    if (a->method != b->method || !pt_slice_eq(a->path, b->path) ||
        !pt_slice_eq(a->query, b->query) || !pt_slice_eq(a->host, b->host) ||
        !pt_slice_eq(a->body, b->body) || a->keep_alive != b->keep_alive ||
        a->header_count != b->header_count) {
        return false;
    }
    for (size_t i = 0U; i < a->header_count; i++) {
        if (!pt_slice_eq(a->headers[i].name, b->headers[i].name) ||
            !pt_slice_eq(a->headers[i].value, b->headers[i].value)) {
            return false;
        }
    }
    return true;
}

struct writer {
    char *out;
    size_t len;
};

static void put(struct writer *w, pt_slice s)
{
    must(w->len + s.len <= RAW_MAX);
    if (s.len != 0U) {
        memcpy(w->out + w->len, s.ptr, s.len);
        w->len += s.len;
    }
}

/* Same fields in the same order; a chunked body goes out as one chunk. */
static size_t rewrite(const struct pt_http1_request *r, char *out)
{
    struct writer w = {.out = out, .len = 0U};
    bool chunked = false;
    put(&w, pt_slice_str(pt_http1_method_name(r->method)));
    put(&w, PT_SLICE(" "));
    put(&w, r->target);
    put(&w, PT_SLICE(" HTTP/1.1\r\n"));
    for (size_t i = 0U; i < r->header_count; i++) {
        chunked = chunked || pt_slice_eq_nocase(r->headers[i].name, PT_SLICE("transfer-encoding"));
        put(&w, r->headers[i].name);
        put(&w, PT_SLICE(": "));
        put(&w, r->headers[i].value);
        put(&w, PT_SLICE("\r\n"));
    }
    put(&w, PT_SLICE("\r\n"));
    if (chunked && r->body.len != 0U) {
        static const char digits[] = "0123456789abcdef";
        char size[8];
        for (size_t i = 0U; i < sizeof size; i++) {
            size[i] = digits[(r->body.len >> (28U - 4U * i)) & 0xfU];
        }
        put(&w, pt_slice_of(size, sizeof size));
        put(&w, PT_SLICE("\r\n"));
    }
    put(&w, r->body);
    if (chunked) {
        put(&w, r->body.len != 0U ? PT_SLICE("\r\n0\r\n\r\n") : PT_SLICE("0\r\n\r\n"));
    }
    return w.len;
}

static void check_accepted(const struct verdict *v, size_t size)
{
    const struct pt_http1_request *const r = &v->request;
    must(v->used <= size && r->path.len != 0U && r->path.ptr[0] == '/' && r->host.len != 0U);
    must(r->header_count <= PT_HTTP_HEADERS_COUNT && r->body.len <= PT_HTTP_BODY_MAX);
    for (size_t i = 0U; i < r->header_count; i++) {
        must(clean(r->headers[i].name) && clean(r->headers[i].value));
    }
    must(clean(r->path) && clean(r->query) && clean(r->host));

    char *const again = malloc(RAW_MAX);
    must(again != NULL);
    const size_t len = rewrite(r, again);
    const struct verdict w = parse(pt_slice_of(again, len), len, 1U);
    /* The added blank after a colon may push a line over its limit; nothing else may differ. */
    if (w.verdict == PT_HTTP1_REQUEST) {
        must(w.used == len && same_request(r, &w.request));
    } else {
        must(w.reason == PT_HTTP1_FIELD_LONG || w.reason == PT_HTTP1_FIELDS_LONG);
    }
    free(w.bytes);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2U || size > 100000U) {
        return 0;
    }
    /* The first two bytes choose the cut. */
    const size_t cut = (size_t)data[0] << 8U | data[1];
    const pt_slice raw = pt_slice_of(data + 2, size - 2U);
    const struct verdict whole = parse(raw, raw.len, 1U);
    const struct verdict two = parse(raw, raw.len != 0U ? cut % (raw.len + 1U) : 0U, raw.len + 1U);
    must(whole.verdict == two.verdict && whole.reason == two.reason && whole.used == two.used);
    if (raw.len <= 4096U) {
        const struct verdict bytes = parse(raw, 0U, 1U);
        must(whole.verdict == bytes.verdict && whole.reason == bytes.reason);
        must(whole.used == bytes.used);
        if (whole.verdict == PT_HTTP1_REQUEST) {
            must(same_request(&whole.request, &bytes.request));
        }
        free(bytes.bytes);
    }
    if (whole.verdict == PT_HTTP1_REQUEST) {
        must(same_request(&whole.request, &two.request));
        check_accepted(&whole, raw.len);
    }
    free(whole.bytes);
    free(two.bytes);
    return 0;
}
