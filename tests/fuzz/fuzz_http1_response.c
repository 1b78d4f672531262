/* SPDX-License-Identifier: EUPL-1.2 */
/* The response parser on any bytes. Properties, not only "no crash":
 *   - however the bytes are cut, the verdict, the reason, the status and the body are the same;
 *   - body and kept fields stay inside the bytes; no kept field holds CR, LF or NUL. */
#include "gateway/net/http1_response_int.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct verdict {
    struct pt_http1_response r;
    enum pt_http1_answer answer;
    char *bytes;
};

static void must(bool property)
{
    if (!property) {
        abort();
    }
}

static struct verdict parse(pt_slice raw, size_t step, bool ended)
{
    struct verdict v = {.bytes = malloc(raw.len + 1U)};
    must(v.bytes != NULL);
    if (raw.len != 0U) {
        memcpy(v.bytes, raw.ptr, raw.len);
    }
    pt_http1_response_init(&v.r);
    size_t len = 0U;
    do {
        len = raw.len - len > step ? len + step : raw.len;
        v.answer = pt_http1_response_feed(&v.r, v.bytes, len, false);
    } while (v.answer == PT_HTTP1_ANSWER_MORE && len < raw.len);
    if (v.answer == PT_HTTP1_ANSWER_MORE && ended) {
        v.answer = pt_http1_response_feed(&v.r, v.bytes, raw.len, true);
        must(v.answer != PT_HTTP1_ANSWER_MORE);
    }
    return v;
}

static void inside(const struct verdict *v, pt_slice part, size_t n)
{
    must(part.len == 0U || (part.ptr >= v->bytes && part.ptr + part.len <= v->bytes + n));
}

static void check(const struct verdict *v, size_t n)
{
    must(pt_http1_response_used(&v->r) <= n);
    inside(v, pt_http1_response_body(&v->r, v->bytes), n);
    must(pt_http1_response_body(&v->r, v->bytes).len <= PT_FETCH_BODY_MAX);
    must(v->r.status >= 200U && v->r.status <= 599U);
    for (unsigned i = 0U; i < PT_KEPT_COUNT; i++) {
        const pt_slice kept = pt_http1_response_kept(&v->r, v->bytes, (enum pt_http1_kept)i);
        inside(v, kept, n);
        must(kept.len <= PT_HTTP1_KEPT_MAX);
        for (size_t at = 0U; at < kept.len; at++) {
            must(kept.ptr[at] != '\r' && kept.ptr[at] != '\n' && kept.ptr[at] != '\0');
        }
    }
}

static void same(const struct verdict *a, const struct verdict *b)
{
    must(a->answer == b->answer);
    must(pt_http1_response_reason(&a->r) == pt_http1_response_reason(&b->r));
    if (a->answer == PT_HTTP1_ANSWER) {
        must(a->r.status == b->r.status);
        must(pt_http1_response_used(&a->r) == pt_http1_response_used(&b->r));
        must(pt_http1_response_keeps(&a->r) == pt_http1_response_keeps(&b->r));
        must(pt_slice_eq(pt_http1_response_body(&a->r, a->bytes),
                         pt_http1_response_body(&b->r, b->bytes)));
    }
}

/* First byte: how it is cut, and whether the connection ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0U) {
        return 0;
    }
    const pt_slice raw = pt_slice_of(data + 1U, size - 1U);
    const bool ended = (data[0] & 0x80U) != 0U;
    struct verdict whole = parse(raw, raw.len + 1U, ended);
    struct verdict cut = parse(raw, (data[0] & 0x7fU) + 1U, ended);
    same(&whole, &cut);
    if (whole.answer == PT_HTTP1_ANSWER) {
        check(&whole, raw.len);
    }
    free(whole.bytes);
    free(cut.bytes);
    return 0;
}
