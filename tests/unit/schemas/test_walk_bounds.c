/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The walker against hostile and endless answers, against a full memory, and against the slow
 * reference over jansson.
 */
#include <criterion/criterion.h>

#include "tests/support/masked.h"
#include "tests/support/minimise_slow.h"
#include "tests/support/torture.h"

static struct masked m;

TestSuite(walk_bounds, .timeout = 60.0);

static struct pt_buf text;

static void begin(const char *start)
{
    pt_buf_init(&text, 2U * PT_FETCH_BODY_MAX);
    pt_buf_put_str(&text, start);
}

/* Walks what was built, frees it. */
static uint32_t run(const char *tree, const char *fields)
{
    const pt_status built = pt_buf_status(&text);
    cr_assert_eq(built.code, PT_OK);
    masked_open(&m, tree, fields);
    const uint32_t code = masked_walk(&m, pt_buf_slice(&text));
    pt_buf_done(&text);
    return code;
}

static void put_name(const char *prefix, uint64_t i)
{
    pt_buf_put_byte(&text, '"');
    pt_buf_put_str(&text, prefix);
    pt_buf_put_u64(&text, i);
    pt_buf_put_str(&text, "\":");
}

/* @n members with the names @prefix0, @prefix1 ... */
static void put_members(const char *prefix, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        if (i > 0U) {
            pt_buf_put_byte(&text, ',');
        }
        put_name(prefix, i);
        pt_buf_put_byte(&text, '1');
    }
}

static void put_times(const char *what, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        pt_buf_put_str(&text, what);
    }
}

static uint32_t nested(size_t levels, const char *open, const char *close)
{
    begin("");
    put_times(open, levels);
    pt_buf_put_str(&text, "1");
    put_times(close, levels);
    const uint32_t code = run("o", "");
    masked_close(&m);
    return code;
}

Test(walk_bounds, one_level_more_than_the_bound_is_refused)
{
    cr_expect_eq(nested(PT_JSON_DEPTH_MAX, "{\"a\":", "}"), PT_OK);
    cr_expect_eq(nested(PT_JSON_DEPTH_MAX + 1U, "{\"a\":", "}"), PT_E_LIMIT);
    cr_expect_eq(nested(100000U, "{\"a\":", "}"), PT_E_LIMIT);
    begin("{\"a\":");
    put_times("[", 1000000U);
    cr_expect_eq(run("o", ""), PT_E_LIMIT);
    cr_expect_eq(m.report.offset, 5U + PT_JSON_DEPTH_MAX - 1U);
    masked_close(&m);
}

Test(walk_bounds, one_member_more_than_the_bound_is_refused_known_or_not)
{
    begin("{");
    put_members("k", PT_JSON_KEYS_MAX);
    pt_buf_put_str(&text, "}");
    cr_expect_eq(run("o", ""), PT_OK);
    cr_expect_eq(m.report.unknown, PT_JSON_KEYS_MAX);
    masked_close(&m);

    begin("{\"known\":\"x\",");
    put_members("k", PT_JSON_KEYS_MAX);
    pt_buf_put_str(&text, "}");
    cr_expect_eq(run("o{known:s}", ""), PT_E_LIMIT);
    masked_close(&m);
}

Test(walk_bounds, more_unknown_members_open_at_once_than_the_bound_are_refused)
{
    begin("{");
    put_members("k", PT_JSON_KEYS_MAX - 1U);
    pt_buf_put_str(&text, ",\"o\":{");
    put_members("k", PT_JSON_KEYS_MAX - 1U);
    pt_buf_put_str(&text, ",\"o\":{}}}");
    cr_expect_eq(run("o", ""), PT_OK);
    masked_close(&m);

    begin("{");
    put_members("k", PT_JSON_KEYS_MAX - 1U);
    pt_buf_put_str(&text, ",\"o\":{");
    put_members("k", PT_JSON_KEYS_MAX - 1U);
    pt_buf_put_str(&text, ",\"o\":{\"a\":1}}}");
    cr_expect_eq(run("o", ""), PT_E_LIMIT);
    masked_close(&m);
}

Test(walk_bounds, a_document_longer_than_an_answer_may_be_is_refused)
{
    begin("{\"a\":\"");
    put_times("0123456789abcdef", (PT_FETCH_BODY_MAX - 16U) / 16U);
    pt_buf_put_str(&text, "12345678\"}");
    cr_expect_eq(text.len, PT_FETCH_BODY_MAX);
    cr_expect_eq(run("o{a:s}", "/a"), PT_OK);
    cr_expect_eq(m.out.len, PT_FETCH_BODY_MAX);
    masked_close(&m);

    begin("{}");
    put_times(" ", PT_FETCH_BODY_MAX);
    cr_expect_eq(run("o", ""), PT_E_LIMIT);
    masked_close(&m);
}

Test(walk_bounds, two_megabytes_of_unknown_members_are_read_and_a_twin_among_them_is_found)
{
    /* 18 objects of 4096 names with one long common beginning: the worst a sort can be given. */
    const char prefix[] = "le_debut_commun";
    for (int twin = 0; twin < 2; twin++) {
        begin("{\"q\":[");
        for (size_t i = 0U; i < 18U; i++) {
            pt_buf_put_str(&text, i > 0U ? ",{" : "{");
            put_members(prefix, PT_JSON_KEYS_MAX - 1U);
            pt_buf_put_str(&text, ",");
            put_name(twin > 0 && i == 17U ? prefix : "autre", 2047U);
            pt_buf_put_str(&text, "2}");
        }
        pt_buf_put_str(&text, "]}");
        cr_expect_gt(text.len, 1500000U);
        cr_expect_eq(run("o", ""), twin > 0 ? PT_E_SYNTAX : PT_OK);
        masked_close(&m);
    }
}

Test(walk_bounds, names_spelled_with_escapes_only_are_compared_in_bounded_time)
{
    begin("{");
    for (size_t i = 0U; i < PT_JSON_KEYS_MAX; i++) {
        pt_buf_put_str(&text, i > 0U ? ",\"" : "\"");
        for (size_t bit = 0U; bit < 12U; bit++) {
            pt_buf_put_str(&text, ((i >> bit) & 1U) != 0U ? "\\u0061" : "\\uD83D\\uDE00");
        }
        pt_buf_put_str(&text, "\":0");
    }
    pt_buf_put_str(&text, "}");
    cr_expect_eq(run("o", ""), PT_OK);
    cr_expect_eq(m.report.unknown, PT_JSON_KEYS_MAX);
    masked_close(&m);
}

Test(walk_bounds, the_sixty_fifth_unknown_name_changes_nothing)
{
    for (size_t n = 62U; n < 68U; n++) {
        for (int twin = 0; twin < 2; twin++) {
            begin("{\"o\":{");
            put_members("k", n);
            pt_buf_put_str(&text, twin > 0 ? ",\"k3\":0},\"k0\":1}" : "},\"k0\":1}");
            cr_expect_eq(run("o", ""), twin > 0 ? PT_E_SYNTAX : PT_OK, "%zu", n);
            masked_close(&m);
        }
    }
}

Test(walk_bounds, an_output_that_has_no_room_is_a_limit_and_is_cleared)
{
    const pt_slice json = PT_SLICE("{\"data\":{\"a\":\"0123456789\"}}");
    masked_open(&m, "o{data:o{a:s}}", "/data");
    cr_assert_eq(masked_walk(&m, json), PT_OK);
    const size_t whole = m.out.len;
    for (size_t max = 0U; max <= whole; max++) {
        struct pt_buf out;
        pt_buf_init(&out, max);
        const pt_status st = pt_walk(&m.tree.dataset, m.mask, json, &out, &m.report);
        cr_expect_eq(st.code, max < whole ? PT_E_LIMIT : PT_OK, "%zu", max);
        cr_expect_eq(out.len, max < whole ? 0U : whole);
        pt_buf_done(&out);
    }
    masked_close(&m);
}

Test(walk_bounds, a_mask_of_another_dataset_is_refused)
{
    static struct tree other;
    masked_open(&m, "o{data:o}", "/data");
    pt_status st =
        pt_walk(tree_init(&other, "o{data:o}"), m.mask, PT_SLICE("{}"), &m.out, &m.report);
    cr_expect_eq(st.code, PT_E_ARG);
    st = pt_walk(&m.tree.dataset, m.mask, PT_SLICE_EMPTY, &m.out, &m.report);
    cr_expect_eq(st.code, PT_E_SYNTAX, "no byte at all is no document");
    st = pt_walk(&m.tree.dataset, m.mask, pt_slice_of(NULL, 2U), &m.out, &m.report);
    cr_expect_eq(st.code, PT_E_ARG);
    st = pt_walk(NULL, m.mask, PT_SLICE("{}"), &m.out, &m.report);
    cr_expect_eq(st.code, PT_E_ARG);
    masked_close(&m);
}

Test(walk_bounds, running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    bool done = false;
    begin("{ \"a\" : 1 , ");
    put_members("k", 100U);
    pt_buf_put_str(&text, " , \"data\" : { \"b\" : [ 1 , 2 , 3 , 4 , 5 , 6 , 7 , 8 , 9 ] , "
                          "\"c\" : \"0123456789012345678901234567890123456789012345678901234567890"
                          "12345678901234567890123456789012345678901234567890123456789\" } }");
    masked_open(&m, "o{data:o{b:a[i],c:s}}", "/data");
    TORTURE(nth)
    {
        struct pt_buf out;
        pt_buf_init(&out, PT_FETCH_BODY_MAX);
        torture_arm(nth);
        const pt_status st = pt_walk(&m.tree.dataset, m.mask, pt_buf_slice(&text), &out, &m.report);
        torture_disarm();
        done = pt_ok(st);
        cr_expect(done || st.code == PT_E_NOMEM, "allocation %u: %#x", nth, st.code);
        cr_expect_eq(out.len > 0U, done);
        pt_buf_done(&out);
        if (done) {
            cr_expect_gt(nth, 1U, "both the names and the output have to grow");
            break;
        }
    }
    cr_assert(done);
    masked_close(&m);
    pt_buf_done(&text);
}

/* --- random answers against the slow reference ----------------------------------------------- */

static const char random_tree[] =
    "o{data:oa?!{a:s!,b:i?,c:o{a:s,d:o?{e:n,f:b}},l:a?[o?{a:s,b:i!,l:a[s?]}],x:snbao?{a:s}[i]},"
    "links:o?{a:s},meta:ao[s]}";
static const char *const random_fields[] = {
    "/data/a",   "/data/b",  "/data/c",       "/data/c/d/e", "/data/c/d", "/data/l/*/a",
    "/data/l/*", "/data/l",  "/data/l/*/l/*", "/data/x",     "/data/x/a", "/data/x/*",
    "/links",    "/links/a", "/meta/*",       "/meta",       "/data",
};

static uint64_t state;

/* xorshift64*: the same answers in each run. */
static unsigned pick(unsigned n)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (unsigned)((state * UINT64_C(2685821657736338717)) >> 33) % n;
}

static void put_space(void)
{
    static const char *const spaces[] = {" ", "\n  ", "\t", "\r\n"};
    if (pick(8U) == 0U) {
        pt_buf_put_str(&text, spaces[pick(4U)]);
    }
}

static void put_scalar(uint32_t types)
{
    static const char *const strings[] = {"\"\"", "\"x\"", "\"\\u00e9\xC3\xA9 12345678\"",
                                          "\"\\\"\\\\ \\uD83D\\uDE00\""};
    static const char *const numbers[] = {"0", "-1", "12", "1.0", "1.5", "1e2", "-0.25E+1"};
    if ((types & PT_TYPE_STRING) != 0U) {
        pt_buf_put_str(&text, strings[pick(4U)]);
    } else if ((types & PT_TYPE_INTEGER) != 0U) {
        pt_buf_put_str(&text, numbers[pick(pick(40U) == 0U ? 7U : 4U)]);
    } else if ((types & PT_TYPE_NUMBER) != 0U) {
        pt_buf_put_str(&text, numbers[pick(7U)]);
    } else {
        pt_buf_put_str(&text, pick(2U) == 0U ? "true" : "false");
    }
}

static void put_value(const struct pt_node *node, unsigned depth);

static void put_object(const struct pt_node *node, unsigned depth)
{
    bool first = true;
    const uint32_t from = node->nmembers > 0U ? pick(node->nmembers) : 0U;
    pt_buf_put_byte(&text, '{');
    for (uint32_t i = 0U; i <= node->nmembers; i++) {
        const bool strange = i == node->nmembers;
        const struct pt_node *const member =
            strange ? NULL : &node->members[(from + i) % node->nmembers];
        const bool due = !strange && member->required && pick(60U) > 0U;
        if (!due && pick(strange ? 6U : 3U) != 0U) {
            continue;
        }
        pt_buf_put_str(&text, first ? "\"" : ",\"");
        pt_buf_put(&text, strange ? PT_SLICE("zz\\u0061") : member->name);
        pt_buf_put_str(&text, "\":");
        put_space();
        put_value(strange ? node : member, depth + 1U);
        first = false;
    }
    put_space();
    pt_buf_put_byte(&text, '}');
}

static void put_value(const struct pt_node *node, unsigned depth)
{
    uint32_t types = node->types;
    put_space();
    if (node->nullable && pick(4U) == 0U) {
        pt_buf_put_str(&text, "null");
        return;
    }
    if (pick(150U) == 0U) {
        types = PT_TYPE_BOOLEAN;
    }
    if ((types & PT_TYPE_OBJECT) != 0U && depth < 8U &&
        pick(types == PT_TYPE_OBJECT ? 40U : 3U) > 0U) {
        put_object(node, depth);
    } else if ((types & PT_TYPE_ARRAY) != 0U && (types == PT_TYPE_ARRAY || pick(2U) > 0U)) {
        pt_buf_put_byte(&text, '[');
        for (unsigned i = pick(4U); i > 0U && depth < 8U; i--) {
            put_value(node->items != NULL ? node->items : node, depth + 1U);
            pt_buf_put_str(&text, i > 1U ? "," : "");
        }
        pt_buf_put_byte(&text, ']');
    } else {
        put_scalar(types);
    }
}

static char *plain(json_t *tree)
{
    return tree != NULL ? json_dumps(tree, JSON_COMPACT) : NULL;
}

/* One random answer through both; returns whether it was accepted. */
static bool compare(const char *const *fields, size_t n)
{
    struct slow slow = {.pointers = fields, .n = n};
    json_t *const tree = json_loadb(text.ptr, text.len, SLOW_FLAGS, NULL);
    cr_assert_not_null(tree, "%.*s", (int)text.len, text.ptr);
    json_t *const want = slow_minimise(&slow, &m.tree.dataset, tree);
    const uint32_t code = masked_walk(&m, pt_buf_slice(&text));
    cr_expect_eq(code, want != NULL ? PT_OK : PT_E_SCHEMA, "%.*s", (int)text.len, text.ptr);
    if (code == PT_OK && want != NULL) {
        json_t *const got = json_loadb(m.out.ptr, m.out.len, SLOW_FLAGS, NULL);
        char *const a = plain(got);
        char *const b = plain(want);
        cr_expect_str_eq(a, b, "%.*s", (int)text.len, text.ptr);
        cr_expect_eq(m.report.unknown, slow.unknown, "%.*s", (int)text.len, text.ptr);
        cr_expect_eq(m.report.withheld, slow.withheld, "%.*s", (int)text.len, text.ptr);
        for (size_t i = 0U; i < n; i++) {
            cr_expect_eq(masked_hit(&m, i), slow.hit[i], "%s: %.*s", fields[i], (int)text.len,
                         text.ptr);
        }
        free(a);
        free(b);
        json_decref(got);
    }
    json_decref(want);
    json_decref(tree);
    return code == PT_OK;
}

Test(walk_bounds, LEG_02_twenty_thousand_random_answers_leave_as_the_slow_reference_says)
{
    unsigned accepted = 0U;
    state = UINT64_C(20251124);
    for (unsigned round = 0U; round < 400U; round++) {
        const char *fields[4] = {NULL};
        char joined[256] = "";
        size_t len = 0U;
        const size_t n = pick(5U);
        for (size_t i = 0U; i < n; i++) {
            fields[i] = random_fields[pick((unsigned)PT_COUNT(random_fields))];
            len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s%s", i > 0U ? " " : "",
                                    fields[i]);
        }
        masked_open(&m, random_tree, joined);
        for (unsigned i = 0U; i < 50U; i++) {
            begin("");
            put_object(m.tree.dataset.root, 0U);
            accepted += compare(fields, n) ? 1U : 0U;
            pt_buf_done(&text);
        }
        masked_close(&m);
    }
    cr_expect_gt(accepted, 8000U, "most answers must be good ones: %u", accepted);
    cr_expect_lt(accepted, 19500U, "and some must not: %u", accepted);
}
