/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * fuzz_walk.c -- pt_walk() against jansson: the first byte picks a mask, the rest is an answer.
 *
 * Two properties. As the value of a member nobody knows, the answer is accepted exactly when
 * jansson accepts it. As an answer, it is refused exactly when the slow reference refuses it,
 * and what leaves is, for jansson, what the reference lets leave. The places where the two may
 * differ are those of docs/minimisation.md and no other.
 */
#include "tests/support/masked.h"
#include "tests/support/minimise_slow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MASKS 8U

static const char tree_text[] =
    "o{data:oa?!{a:s!,b:i?,c:o{a:s,d:o?{e:n,f:b}},l:a?[o?{a:s,b:i!,l:a[s?]}],x:snbao?{a:s}[i]},"
    "links:o?{a:s},meta:ao[s]}";
static const struct {
    size_t n;
    const char *fields[4];
} masks[MASKS] = {
    {0U, {NULL}},
    {3U, {"/data", "/links", "/meta"}},
    {2U, {"/data/a", "/data/c/d/e"}},
    {2U, {"/data/l/*/a", "/data/l/*/l/*"}},
    {4U, {"/data/l/*", "/data/x/a", "/data/x", "/links/a"}},
    {2U, {"/data/x/*", "/meta/*"}},
    {2U, {"/data/x/a", "/data/c"}},
    {4U, {"/data/b", "/data/c/d", "/data/c/d/f", "/data/l"}},
};

static void check(bool holds, const char *property, pt_slice json)
{
    if (!holds) {
        (void)fprintf(stderr, "fuzz_walk: %s\n%.*s\n", property, (int)json.len, json.ptr);
        abort();
    }
}

/* --- what docs/minimisation.md says the two readers see differently --------------------------- */

/* jansson loses a NUL byte that follows a number or a word; for us it is never white space. */
static bool has_nul(pt_slice json)
{
    return json.len > 0U && memchr(json.ptr, '\0', json.len) != NULL;
}

/* jansson refuses U+0000 in a name; RFC 8259 does not. */
static bool has_escaped_nul(pt_slice json)
{
    return memmem(json.ptr, json.len, "\\u0000", 6U) != NULL;
}

static bool in_number(char c)
{
    return c != '\0' && strchr("0123456789+-.eE", c) != NULL;
}

/* jansson rounds to a double before anybody can ask whether the fraction is zero. */
static bool has_long_number(pt_slice json)
{
    size_t digits = 0U;
    size_t exponent = 0U;
    for (size_t i = 0U; i < json.len; i++) {
        const char c = json.ptr[i];
        digits = in_number(c) ? digits + 1U : 0U;
        exponent = c == 'e' || c == 'E' ? 1U : exponent;
        exponent = digits > 0U && exponent > 0U ? exponent + 1U : 0U;
        if (digits > 15U || exponent > 5U) {
            return true;
        }
    }
    return false;
}

/* --- the two properties ----------------------------------------------------------------------- */

static json_t *load(pt_slice json)
{
    return json_loadb(json.ptr, json.len, SLOW_FLAGS, NULL);
}

static void check_verdict(pt_slice value)
{
    static struct masked m;
    struct pt_buf text;
    pt_buf_init(&text, PT_FETCH_BODY_MAX);
    pt_buf_put_str(&text, "{\"x\":");
    pt_buf_put(&text, value);
    pt_buf_put_str(&text, "}");
    const pt_slice json = pt_buf_slice(&text);
    masked_open(&m, "o", "");
    const uint32_t code = masked_walk(&m, json);
    json_t *const tree = load(json);

    check(code == PT_OK || code == PT_E_SYNTAX || code == PT_E_LIMIT, "unexpected code", json);
    check(code == PT_OK || m.out.len == 0U, "output after a failure", json);
    check(code != PT_OK || pt_slice_eq(pt_buf_slice(&m.out), PT_SLICE("{}")), "a leak", json);
    if (has_nul(json)) {
        check(code != PT_OK, "a NUL byte was accepted", json);
    } else if (code == PT_OK) {
        check(tree != NULL || has_escaped_nul(json), "jansson refuses", json);
    } else {
        check(tree == NULL || code == PT_E_LIMIT, "jansson accepts", json);
    }
    json_decref(tree);
    masked_close(&m);
    pt_buf_done(&text);
}

static void check_output(struct masked *m, const struct slow *slow, json_t *want, pt_slice json)
{
    json_t *const got = load(pt_buf_slice(&m->out));
    char *const a = got != NULL ? json_dumps(got, JSON_COMPACT) : NULL;
    char *const b = json_dumps(want, JSON_COMPACT);
    check(a != NULL && b != NULL && strcmp(a, b) == 0, "another output", json);
    check(m->report.unknown == slow->unknown, "unknown", json);
    check(m->report.withheld == slow->withheld, "withheld", json);
    for (size_t i = 0U; i < slow->n; i++) {
        check(masked_hit(m, i) == slow->hit[i], "hit", json);
    }
    free(a);
    free(b);
    json_decref(got);
}

static void check_answer(size_t mask, pt_slice json)
{
    static struct masked m;
    char joined[128] = "";
    size_t len = 0U;
    struct slow slow = {.pointers = masks[mask].fields, .n = masks[mask].n};
    for (size_t i = 0U; i < slow.n; i++) {
        len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s%s", i > 0U ? " " : "",
                                slow.pointers[i]);
    }
    masked_open(&m, tree_text, joined);
    const uint32_t code = masked_walk(&m, json);
    json_t *const tree = load(json);
    json_t *const want = tree != NULL ? slow_minimise(&slow, &m.tree.dataset, tree) : NULL;
    const bool comparable = tree != NULL && !has_nul(json) && !has_long_number(json);

    check(code == PT_OK || m.out.len == 0U, "output after a failure", json);
    if (comparable && code != PT_E_LIMIT) {
        check(code == (want != NULL ? PT_OK : PT_E_SCHEMA), "another verdict", json);
    }
    if (comparable && code == PT_OK && want != NULL) {
        check_output(&m, &slow, want, json);
    }
    json_decref(want);
    json_decref(tree);
    masked_close(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1U || size > 65536U) {
        return 0;
    }
    const pt_slice json = pt_slice_of(data + 1, size - 1U);
    check_verdict(json);
    check_answer(data[0] % MASKS, json);
    return 0;
}
