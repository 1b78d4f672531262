/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Minimisation, rule by rule (docs/minimisation.md). LEG-02: what is not named does not leave.
 */
#include <criterion/criterion.h>

#include "tests/support/masked.h"
#include "tests/support/minimise_slow.h"
#include "tests/support/torture.h"

static struct masked m;

TestSuite(walk, .timeout = 30.0);

/* One walk: code, and the output when it is PT_OK. */
static void expect_on(const char *tree, const char *fields, const char *json, const char *want)
{
    masked_open(&m, tree, fields);
    const uint32_t code = masked_walk(&m, pt_slice_str(json));
    const pt_slice got = pt_buf_slice(&m.out);
    cr_expect_eq(code, PT_OK, "%s: %#x at %zu", json, code, m.report.offset);
    cr_expect(pt_slice_eq(got, pt_slice_str(want)), "%s [%s]\n   got %.*s\n  want %s", json, fields,
              (int)got.len, got.ptr != NULL ? got.ptr : "", want);
    masked_close(&m);
}

static void refuse_on(const char *tree, const char *fields, const char *json, uint32_t want)
{
    masked_open(&m, tree, fields);
    pt_buf_put_str(&m.out, "left over");
    const uint32_t code = masked_walk(&m, pt_slice_str(json));
    cr_expect_eq(code, want, "%s: %#x", json, code);
    cr_expect_eq(m.out.len, 0U, "a half-checked answer never leaves");
    masked_close(&m);
}

static const char tree_text[] =
    "o{data:o!{siren:s!,nom:s?1,age:i?,taux:n,actif:b,adresse:o?{ville:s,voie:o?{type:s,nom:s}},"
    "liste:a?[o?{x:i,y:s?}],noms:a[s],libre:o,vrac:a,mixte:snbao?{z:s}[i]},"
    "links:o{self:s},meta:o{maj:i?}}";

static void expect(const char *fields, const char *json, const char *want)
{
    expect_on(tree_text, fields, json, want);
}

/* @member stands in data beside the required siren. */
static void refuse_member(const char *member, uint32_t want)
{
    char json[512];
    (void)snprintf(json, sizeof(json), "{\"data\":{\"siren\":\"1\",%s}}", member);
    refuse_on(tree_text, "/data/siren", json, want);
    refuse_on(tree_text, "", json, want);
    refuse_on(tree_text, "/data /links /meta", json, want);
}

static void accept_member(const char *member)
{
    char json[512];
    char want[512];
    (void)snprintf(json, sizeof(json), "{\"data\":{\"siren\":\"1\",%s}}", member);
    (void)snprintf(want, sizeof(want), "{\"data\":{\"siren\":\"1\",%s},\"links\":{},\"meta\":{}}",
                   member);
    expect("/data", json, want);
    expect("/data/siren", json, "{\"data\":{\"siren\":\"1\"},\"links\":{},\"meta\":{}}");
}

/* --- LEG-02 ---------------------------------------------------------------------------------- */

static const char thirty_tree[] =
    "o{data:o!{f01:s!,f02:s!,f03:i!,f04:b!,f05:s?!,f06:s!,f07:s!,f08:s!,f09:s!,f10:n!,f11:s!,"
    "f12:s!,f13:s!,f14:s!,f15:s!,f16:s!,f17:s!,f18:s!,f19:s!,f20:s!,f21:s!,f22:s!,f23:s!,f24:s!,"
    "f25:s!,f26:s!,f27:s!,f28:s!,f29:s!,f30:o!{a:s}},links:o,meta:o}";

/* Thirty fields, then @more, in the order f07, f14 ... f30 (the State's order is not ours). */
static size_t thirty(char *json, size_t size, const char *more)
{
    static const char *const odd[] = {"3", "true", "null"};
    size_t at = (size_t)snprintf(json, size, "{\"data\":{");
    for (unsigned i = 0U; i < 30U; i++) {
        const unsigned f = (i * 7U + 6U) % 30U + 1U;
        at += (size_t)snprintf(json + at, size - at, "%s\"f%02u\":", i > 0U ? "," : "", f);
        if (f >= 3U && f <= 5U) {
            at += (size_t)snprintf(json + at, size - at, "%s", odd[f - 3U]);
        } else if (f == 10U) {
            at += (size_t)snprintf(json + at, size - at, "1.50");
        } else if (f == 30U) {
            at += (size_t)snprintf(json + at, size - at, "{\"a\":\"secret\"}");
        } else {
            at += (size_t)snprintf(json + at, size - at, "\"v%02u\"", f);
        }
    }
    return at + (size_t)snprintf(json + at, size - at, "%s},\"links\":{},\"meta\":{}}", more);
}

Test(walk, LEG_02_of_thirty_fields_exactly_the_four_that_are_allowed_come_out)
{
    char json[2048];
    const size_t len = thirty(json, sizeof(json), "");
    masked_open(&m, thirty_tree, "/data/f21 /data/f02 /data/f10 /data/f05");
    cr_assert_eq(masked_walk(&m, pt_slice_of(json, len)), PT_OK);
    json_t *const tree = json_loadb(m.out.ptr, m.out.len, SLOW_FLAGS, NULL);
    const json_t *const data = json_object_get(tree, "data");
    cr_expect_eq(json_object_size(tree), 3U);
    cr_expect_eq(json_object_size(data), 4U);
    cr_expect_str_eq(json_string_value(json_object_get(data, "f02")), "v02");
    cr_expect_str_eq(json_string_value(json_object_get(data, "f21")), "v21");
    cr_expect(json_is_null(json_object_get(data, "f05")));
    cr_expect(json_is_real(json_object_get(data, "f10")));
    json_decref(tree);
    cr_expect_eq(m.report.withheld, 26U);
    cr_expect_eq(m.report.unknown, 0U);
    cr_expect_eq(m.report.hit[0], 0xFU);
    masked_close(&m);
}

Test(walk, LEG_02_a_new_upstream_field_never_passes)
{
    const char *const news[] = {
        ",\"nouveau\":\"x\"",
        ",\"f31\":{\"f01\":\"x\"}",
        ",\"f0\":\"x\"",
        ",\"f010\":\"x\"",
        ",\"F01\":\"x\"",
        ",\"f01 \":\"x\"",
        ",\"\":\"x\"",
        ",\"f01\\u0000\":\"x\"",
        ",\"data\":{\"f01\":\"x\"}",
        ",\"\xEF\xBC\xA6\x30\x31\":\"x\"",
        ",\"*\":[{\"f01\":\"x\"}]",
        ",\"f02/a\":\"x\"",
    };
    const char *const masks[] = {"/data", "/data/f01", "/data/f01 /data/f30", ""};
    for (size_t k = 0U; k < PT_COUNT(masks); k++) {
        char plain[2048];
        masked_open(&m, thirty_tree, masks[k]);
        cr_assert_eq(masked_walk(&m, pt_slice_of(plain, thirty(plain, sizeof(plain), ""))), PT_OK);
        char before[2048];
        const size_t len = m.out.len;
        memcpy(before, m.out.ptr, len);
        for (size_t i = 0U; i < PT_COUNT(news); i++) {
            char json[2048];
            const size_t n = thirty(json, sizeof(json), news[i]);
            cr_assert_eq(masked_walk(&m, pt_slice_of(json, n)), PT_OK, "%s", news[i]);
            cr_expect(pt_slice_eq(pt_buf_slice(&m.out), pt_slice_of(before, len)), "%s", news[i]);
            cr_expect_eq(m.report.unknown, 1U, "%s", news[i]);
        }
        masked_close(&m);
    }
}

Test(walk, LEG_02_a_new_field_inside_an_open_object_or_item_never_passes)
{
    expect("/data", "{\"data\":{\"siren\":\"1\",\"adresse\":{\"etage\":2,\"ville\":\"P\"}}}",
           "{\"data\":{\"siren\":\"1\",\"adresse\":{\"ville\":\"P\"}},\"links\":{},\"meta\":{}}");
    expect("/data/liste", "{\"data\":{\"siren\":\"1\",\"liste\":[{\"x\":1,\"w\":[1]},{\"v\":0}]}}",
           "{\"data\":{\"liste\":[{\"x\":1},{}]},\"links\":{},\"meta\":{}}");
    expect("/data/libre /data/vrac",
           "{\"data\":{\"siren\":\"1\",\"libre\":{\"a\":1},\"vrac\":[1,{\"a\":2}]}}",
           "{\"data\":{\"libre\":{},\"vrac\":[]},\"links\":{},\"meta\":{}}");
}

Test(walk, LEG_02_an_empty_mask_discloses_nothing_but_the_envelope)
{
    expect("",
           "{\"data\":{\"siren\":\"1\",\"adresse\":{\"ville\":\"P\"}},\"links\":{\"self\":\"u\"},"
           "\"meta\":{\"maj\":1}}",
           "{\"data\":{},\"links\":{},\"meta\":{}}");
}

Test(walk, a_new_member_beside_the_envelope_never_passes)
{
    expect("/data /links /meta", "{\"jwt\":\"x\",\"data\":{\"siren\":\"1\"},\"errors\":[]}",
           "{\"data\":{\"siren\":\"1\"},\"links\":{},\"meta\":{}}");
}

/* --- the middle of a pointer ------------------------------------------------------------------ */

Test(walk, a_scalar_in_the_middle_of_a_pointer_discloses_nothing)
{
    expect("/data/mixte/z", "{\"data\":{\"siren\":\"1\",\"mixte\":\"secret\"}}",
           "{\"data\":{},\"links\":{},\"meta\":{}}");
    expect("/data/mixte/z", "{\"data\":{\"siren\":\"1\",\"mixte\":7}}",
           "{\"data\":{},\"links\":{},\"meta\":{}}");
    expect("/data/mixte/z", "{\"data\":{\"siren\":\"1\",\"mixte\":true}}",
           "{\"data\":{},\"links\":{},\"meta\":{}}");
}

Test(walk, a_null_in_the_middle_of_a_pointer_discloses_nothing)
{
    expect("/data/adresse/ville", "{\"data\":{\"siren\":\"1\",\"adresse\":null}}",
           "{\"data\":{},\"links\":{},\"meta\":{}}");
    expect("/data/liste/*/x", "{\"data\":{\"siren\":\"1\",\"liste\":null}}",
           "{\"data\":{},\"links\":{},\"meta\":{}}");
}

Test(walk, a_container_of_the_other_kind_in_the_middle_of_a_pointer_discloses_nothing)
{
    expect("/data/mixte/z", "{\"data\":{\"siren\":\"1\",\"mixte\":[1,2]}}",
           "{\"data\":{},\"links\":{},\"meta\":{}}");
    expect("/data/mixte/*", "{\"data\":{\"siren\":\"1\",\"mixte\":{\"z\":\"s\"}}}",
           "{\"data\":{},\"links\":{},\"meta\":{}}");
    expect("/data/mixte/z /data/mixte/*", "{\"data\":{\"siren\":\"1\",\"mixte\":{\"z\":\"s\"}}}",
           "{\"data\":{\"mixte\":{\"z\":\"s\"}},\"links\":{},\"meta\":{}}");
    expect("/data/mixte/z /data/mixte/*", "{\"data\":{\"siren\":\"1\",\"mixte\":[1]}}",
           "{\"data\":{\"mixte\":[1]},\"links\":{},\"meta\":{}}");
}

Test(walk, an_object_on_the_way_keeps_the_allowed_members_only_and_may_be_empty)
{
    expect("/data/adresse/voie/nom",
           "{\"data\":{\"siren\":\"1\",\"adresse\":{\"ville\":\"P\",\"voie\":{\"type\":\"AV\","
           "\"nom\":\"N\"}}}}",
           "{\"data\":{\"adresse\":{\"voie\":{\"nom\":\"N\"}}},\"links\":{},\"meta\":{}}");
    expect("/data/adresse/voie/nom", "{\"data\":{\"siren\":\"1\",\"adresse\":{\"ville\":\"P\"}}}",
           "{\"data\":{\"adresse\":{}},\"links\":{},\"meta\":{}}");
}

Test(walk, an_array_on_the_way_keeps_one_item_an_item)
{
    expect("/data/liste/*/x",
           "{\"data\":{\"siren\":\"1\",\"liste\":[{\"x\":1,\"y\":\"a\"},{\"y\":\"b\"},{\"x\":3}]}}",
           "{\"data\":{\"liste\":[{\"x\":1},{},{\"x\":3}]},\"links\":{},\"meta\":{}}");
    expect("/data/liste/*/x", "{\"data\":{\"siren\":\"1\",\"liste\":[]}}",
           "{\"data\":{\"liste\":[]},\"links\":{},\"meta\":{}}");
}

Test(walk, a_null_item_on_the_way_is_dropped_and_one_that_is_named_is_kept)
{
    const char json[] = "{\"data\":{\"siren\":\"1\",\"liste\":[null,{\"x\":1},null]}}";
    expect("/data/liste/*/x", json, "{\"data\":{\"liste\":[{\"x\":1}]},\"links\":{},\"meta\":{}}");
    expect("/data/liste/*", json,
           "{\"data\":{\"liste\":[null,{\"x\":1},null]},\"links\":{},\"meta\":{}}");
}

Test(walk, scalars_named_by_a_star_are_kept)
{
    expect("/data/noms/*", "{\"data\":{\"siren\":\"1\",\"noms\":[\"a\",\"b\"]}}",
           "{\"data\":{\"noms\":[\"a\",\"b\"]},\"links\":{},\"meta\":{}}");
}

Test(walk, pointers_may_lie_inside_one_another)
{
    const char json[] = "{\"data\":{\"siren\":\"1\",\"adresse\":{\"ville\":\"P\",\"voie\":null}}}";
    const char want[] = "{\"data\":{\"adresse\":{\"ville\":\"P\",\"voie\":null}},\"links\":{},"
                        "\"meta\":{}}";
    expect("/data/adresse /data/adresse/ville", json, want);
    expect("/data/adresse/ville /data/adresse", json, want);
}

/* --- the envelope ----------------------------------------------------------------------------- */

Test(walk, the_envelope_keeps_the_order_of_the_answer)
{
    expect("/data/siren", "{\"meta\":{\"maj\":1},\"data\":{\"siren\":\"1\"},\"links\":{}}",
           "{\"meta\":{},\"data\":{\"siren\":\"1\"},\"links\":{}}");
}

Test(walk, members_the_envelope_lacks_are_added_empty)
{
    expect_on("o{data:o,links:o,meta:o}", "", "{}", "{\"data\":{},\"links\":{},\"meta\":{}}");
    expect_on("o{data:a[s],links:o?,meta:oa}", "", "{\"links\":null}",
              "{\"links\":{},\"data\":[],\"meta\":{}}");
    expect_on("o{data:o}", "", "{\"meta\":{\"a\":1}}", "{\"data\":{},\"links\":{},\"meta\":{}}");
}

Test(walk, an_envelope_member_is_emptied_as_the_kind_of_value_it_has)
{
    const char tree[] = "o{data:oa?[o{a:s}],links:s?,meta:oa?[s]}";
    expect_on(tree, "", "{\"data\":[{\"a\":\"x\"},{}],\"links\":\"u\",\"meta\":[\"a\"]}",
              "{\"data\":[],\"links\":{},\"meta\":[]}");
    expect_on(tree, "", "{\"data\":{},\"links\":null,\"meta\":null}",
              "{\"data\":{},\"links\":{},\"meta\":{}}");
    expect_on(tree, "/data /links /meta", "{\"data\":null,\"links\":null,\"meta\":[\"a\"]}",
              "{\"data\":null,\"links\":null,\"meta\":[\"a\"]}");
    expect_on(tree, "/data/*/a", "{\"data\":[{\"a\":\"x\"},{}]}",
              "{\"data\":[{\"a\":\"x\"},{}],\"links\":{},\"meta\":{}}");
}

Test(walk, only_an_envelope_is_given_the_members_it_lacks)
{
    expect_on("o{nom:s,data_x:s}", "/nom", "{\"nom\":\"a\",\"data_x\":\"b\"}", "{\"nom\":\"a\"}");
    expect_on("o{data:o{data:o{a:s},meta:o},links:o,meta:o}", "/data/data",
              "{\"data\":{\"meta\":{},\"data\":{\"a\":\"x\"}}}",
              "{\"data\":{\"data\":{\"a\":\"x\"}},\"links\":{},\"meta\":{}}");
}

/* --- copying ---------------------------------------------------------------------------------- */

Test(walk, what_is_allowed_keeps_its_spelling_and_white_space_goes)
{
    const char spelled[] = "{\"data\":{\"siren\":\"\\u0031\\/\\u00e9\xC3\xA9\",\"taux\":-0.10E+02,"
                           "\"age\":1e2,\"actif\":false},\"links\":{\"self\":\"\\\"\"},"
                           "\"meta\":{\"maj\":null}}";
    expect("/data /links /meta", spelled, spelled);
    expect("/data /links /meta",
           " {\n\t\"data\" : { \"siren\" : \"a b\" ,\r\n \"taux\":\t1.50 , \"noms\" : [ \"x y\" , "
           "\"\" ] } , \"links\" : { } , \"meta\" : { } } \n",
           "{\"data\":{\"siren\":\"a b\",\"taux\":1.50,\"noms\":[\"x y\",\"\"]},\"links\":{},"
           "\"meta\":{}}");
}

Test(walk, a_dropped_member_takes_its_comma_with_it_wherever_it_stands)
{
    const char *const fields[] = {"/data/a",         "/data/b",         "/data/c",
                                  "/data/a /data/c", "/data/b /data/c", "/data/a /data/b"};
    const char *const want[] = {"\"a\":1",         "\"b\":2",         "\"c\":3",
                                "\"a\":1,\"c\":3", "\"b\":2,\"c\":3", "\"a\":1,\"b\":2"};
    for (size_t i = 0U; i < PT_COUNT(fields); i++) {
        char whole[128];
        (void)snprintf(whole, sizeof(whole), "{\"data\":{%s},\"links\":{},\"meta\":{}}", want[i]);
        expect_on("o{data:o{a:i,b:i,c:i},links:o,meta:o}", fields[i],
                  "{\"data\":{\"z\":0,\"a\":1,\"b\":2,\"y\":0,\"c\":3,\"x\":0}}", whole);
        expect_on("o{data:o{a:i,b:i,c:i},links:o,meta:o}", fields[i],
                  "{ \"data\" : { \"a\" : 1 , \"b\" : 2 , \"c\" : 3 } }", whole);
    }
}

Test(walk, a_name_spelled_with_escapes_is_the_same_name)
{
    expect("/data/siren", "{\"d\\u0061ta\":{\"\\u0073iren\":\"1\",\"nom\":\"x\"}}",
           "{\"d\\u0061ta\":{\"\\u0073iren\":\"1\"},\"links\":{},\"meta\":{}}");
}

Test(walk, the_output_is_appended_to_what_the_caller_has_written)
{
    masked_open(&m, tree_text, "/data/siren");
    pt_buf_put_str(&m.out, "before ");
    const pt_slice json = PT_SLICE("{\"data\":{\"siren\":\"1\"}}");
    const pt_status st = pt_walk(&m.tree.dataset, m.mask, json, &m.out, &m.report);
    cr_assert_eq(st.code, PT_OK);
    cr_expect(
        pt_slice_starts(pt_buf_slice(&m.out), PT_SLICE("before {\"data\":{\"siren\":\"1\"}")));
    masked_close(&m);
}

/* --- types ------------------------------------------------------------------------------------ */

Test(walk, a_value_of_another_type_is_refused_allowed_or_not)
{
    const char *const bad[] = {"\"nom\":1",       "\"nom\":true",   "\"nom\":{}",
                               "\"nom\":[]",      "\"age\":\"1\"",  "\"age\":1.5",
                               "\"age\":1e-1",    "\"age\":false",  "\"taux\":\"1\"",
                               "\"taux\":null",   "\"actif\":0",    "\"actif\":\"true\"",
                               "\"actif\":null",  "\"adresse\":[]", "\"adresse\":\"x\"",
                               "\"liste\":{}",    "\"liste\":[1]",  "\"liste\":[{\"x\":\"1\"}]",
                               "\"noms\":[null]", "\"noms\":null",  "\"noms\":[\"a\",1]",
                               "\"libre\":[]",    "\"vrac\":{}",    "\"mixte\":[1.5]"};
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        refuse_member(bad[i], PT_E_SCHEMA);
    }
}

Test(walk, null_is_taken_only_where_the_descriptor_says_so)
{
    accept_member("\"nom\":null");
    accept_member("\"age\":null");
    accept_member("\"mixte\":null");
    refuse_on(tree_text, "/data", "{\"data\":null}", PT_E_SCHEMA);
    refuse_on(tree_text, "/data", "{\"data\":{\"siren\":null}}", PT_E_SCHEMA);
    refuse_on(tree_text, "/data", "null", PT_E_SCHEMA);
}

Test(walk, an_integer_may_be_spelled_as_any_number_without_fraction)
{
    accept_member("\"age\":1.0");
    accept_member("\"age\":1e2");
    accept_member("\"age\":-0");
    accept_member("\"age\":12.50e1");
    refuse_member("\"age\":12.55e1", PT_E_SCHEMA);
}

Test(walk, a_place_may_have_several_types)
{
    accept_member("\"mixte\":\"a\"");
    accept_member("\"mixte\":1.5");
    accept_member("\"mixte\":false");
    accept_member("\"mixte\":{\"z\":\"a\"}");
    accept_member("\"mixte\":[1,2]");
}

Test(walk, a_root_that_is_no_object_is_refused)
{
    const char *const roots[] = {"[]", "\"a\"", "1", "true", "null", "[{\"data\":{}}]"};
    for (size_t i = 0U; i < PT_COUNT(roots); i++) {
        refuse_on(tree_text, "/data", roots[i], PT_E_SCHEMA);
        refuse_on("oasnb?{data:o}[s]", "/data", i == 5U ? "[\"a\"]" : roots[i], PT_E_SCHEMA);
    }
}

Test(walk, a_required_member_that_is_missing_is_refused_allowed_or_not)
{
    refuse_on(tree_text, "/data/nom", "{\"data\":{\"nom\":\"x\"}}", PT_E_SCHEMA);
    refuse_on(tree_text, "/data", "{\"data\":{}}", PT_E_SCHEMA);
    refuse_on(tree_text, "/meta", "{\"links\":{},\"meta\":{}}", PT_E_SCHEMA);
    const char nested[] = "o{data:o{a:a[o{x:i!,y:s}],b:o{c:s!}}}";
    refuse_on(nested, "/data/b", "{\"data\":{\"a\":[{\"x\":1},{\"y\":\"s\"}]}}", PT_E_SCHEMA);
    refuse_on(nested, "", "{\"data\":{\"b\":{}}}", PT_E_SCHEMA);
    expect_on(nested, "", "{\"data\":{\"a\":[]}}", "{\"data\":{},\"links\":{},\"meta\":{}}");
}

/* --- duplicates ------------------------------------------------------------------------------- */

Test(walk, a_member_twice_is_refused_at_every_level_known_or_not)
{
    const char *const bad[] = {
        "\"siren\":\"1\"",
        "\"sire\\u006e\":\"1\"",
        "\"nom\":\"a\",\"nom\":\"a\"",
        "\"adresse\":{\"ville\":\"a\",\"ville\":\"a\"}",
        "\"adresse\":{\"voie\":{\"nom\":\"a\",\"n\\u006fm\":\"a\"}}",
        "\"liste\":[{\"x\":1},{\"x\":1,\"x\":1}]",
        "\"q\":1,\"q\":1",
        "\"q\":1,\"nom\":\"a\",\"\\u0071\":1",
        "\"q\":{\"r\":1,\"r\":1}",
        "\"q\":[[{\"r\":1,\"s\":{},\"r\":1}]]",
        "\"libre\":{\"r\":1,\"r\":1}",
        "\"vrac\":[{\"r\":1,\"r\":1}]",
        "\"q\":{\"a\":1},\"r\":2,\"q\":3",
    };
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        refuse_member(bad[i], PT_E_SYNTAX);
    }
    refuse_on(tree_text, "", "{\"data\":{\"siren\":\"1\"},\"data\":{\"siren\":\"1\"}}",
              PT_E_SYNTAX);
    refuse_on(tree_text, "", "{\"z\":1,\"data\":{\"siren\":\"1\"},\"z\":1}", PT_E_SYNTAX);
}

Test(walk, one_name_in_two_objects_is_no_duplicate)
{
    const char json[] = "{\"z\":{\"a\":1,\"z\":{\"a\":2,\"z\":3}},\"a\":{\"a\":1},\"y\":[{\"a\":1},"
                        "{\"a\":1}],\"data\":{\"siren\":\"1\",\"a\":0,\"z\":0,\"adresse\":"
                        "{\"a\":1}}}";
    expect("", json, "{\"data\":{},\"links\":{},\"meta\":{}}");
}

/* --- report ----------------------------------------------------------------------------------- */

static void walk_once(const char *fields, const char *json, uint32_t want)
{
    masked_open(&m, tree_text, fields);
    const uint32_t code = masked_walk(&m, pt_slice_str(json));
    cr_assert_eq(code, want, "%s: %#x", json, code);
}

static void expect_culprit_on(const char *tree, const char *json, const char *pointer)
{
    char text[PT_POINTER_MAX];
    masked_open(&m, tree, "/data");
    cr_assert_eq(masked_walk(&m, pt_slice_str(json)), PT_E_SCHEMA, "%s", json);
    cr_assert_not_null(m.report.culprit);
    struct pt_buf out;
    pt_buf_init(&out, sizeof(text));
    pt_node_pointer(m.report.culprit, &out);
    cr_expect(pt_slice_eq(pt_buf_slice(&out), pt_slice_str(pointer)), "%s: %.*s", json,
              (int)out.len, out.ptr != NULL ? out.ptr : "");
    pt_buf_done(&out);
    masked_close(&m);
}

static void expect_culprit(const char *json, const char *pointer)
{
    expect_culprit_on(tree_text, json, pointer);
}

Test(walk, the_culprit_of_a_missing_member_is_that_member_and_no_other)
{
    const char tree[] = "o{data:o{a:s!,b:s,c:s!,d:s!}}";
    expect_culprit_on(tree, "{\"data\":{\"d\":\"\",\"b\":\"\",\"c\":\"\"}}", "/data/a");
    expect_culprit_on(tree, "{\"data\":{\"a\":\"\",\"d\":\"\"}}", "/data/c");
    expect_culprit_on(tree, "{\"data\":{\"c\":\"\",\"a\":\"\",\"b\":\"\"}}", "/data/d");
}

Test(walk, the_culprit_is_the_place_that_broke_the_descriptor)
{
    expect_culprit("[]", "");
    expect_culprit("{}", "/data");
    expect_culprit("{\"data\":{}}", "/data/siren");
    expect_culprit("{\"data\":{\"siren\":1}}", "/data/siren");
    expect_culprit("{\"data\":{\"siren\":\"1\",\"liste\":[{},{\"x\":true}]}}", "/data/liste/*/x");
    expect_culprit("{\"data\":{\"siren\":\"1\",\"noms\":[null]}}", "/data/noms/*");
    expect_culprit("{\"data\":{\"siren\":\"1\",\"adresse\":{\"voie\":[]}}}", "/data/adresse/voie");
}

Test(walk, the_offset_is_the_byte_that_is_wrong)
{
    const struct {
        const char *json;
        size_t offset;
    } table[] = {
        {"", 0U},
        {"   ", 3U},
        {"x", 0U},
        {"{\"data\":{\"siren\":\"1\"}} x", 23U},
        {"{\"data\":{\"siren\":\"a\nb\"}}", 19U},
        {"{\"data\":{\"siren\":\"1\",\"z\":1,\"z\":1}}", 27U},
        {"{\"data\":{\"siren\":\"1\",\"siren\":\"1\"}}", 21U},
        {"{\"data\":{\"siren\":\"1\",}}", 21U},
        {"{\"data\":{\"siren\":\"1\"", 20U},
    };
    for (size_t i = 0U; i < PT_COUNT(table); i++) {
        walk_once("/data", table[i].json, PT_E_SYNTAX);
        cr_expect_eq(m.report.offset, table[i].offset, "%s: %zu", table[i].json, m.report.offset);
        cr_expect_null(m.report.culprit);
        masked_close(&m);
    }
}

Test(walk, what_is_dropped_is_counted_once_at_the_outermost_place)
{
    walk_once("/data/siren",
              "{\"data\":{\"siren\":\"1\",\"adresse\":{\"ville\":\"a\",\"voie\":{\"nom\":\"b\"},"
              "\"etage\":1},\"q\":{\"r\":1,\"s\":{\"t\":2}},\"vrac\":[1,{\"a\":2}]},"
              "\"links\":{\"self\":\"u\"},\"meta\":{},\"jwt\":\"x\"}",
              PT_OK);
    cr_expect_eq(m.report.withheld, 3U, "adresse, vrac, self: %u", m.report.withheld);
    cr_expect_eq(m.report.unknown, 5U, "etage, q, two items of vrac, jwt: %u", m.report.unknown);
    masked_close(&m);
}

Test(walk, items_and_envelope_members_that_are_dropped_count_too)
{
    walk_once("/data/liste/*/x", "{\"data\":{\"siren\":\"1\",\"liste\":[null,{\"y\":null},null]}}",
              PT_OK);
    cr_expect_eq(m.report.withheld, 4U, "siren, two items, y: %u", m.report.withheld);
    masked_close(&m);
    masked_open(&m, "o{data:a?[s],links:o?}", "");
    cr_expect_eq(masked_walk(&m, PT_SLICE("{\"data\":[\"a\",\"b\"],\"links\":null}")), PT_OK);
    cr_expect_eq(m.report.withheld, 3U, "%u", m.report.withheld);
    masked_close(&m);
}

Test(walk, a_pointer_is_hit_when_its_place_was_there_and_went_out)
{
    const char fields[] = "/data/siren /data/nom /data/adresse/ville /data/liste/* /data/liste/*/x "
                          "/data/adresse /data/siren /meta";
    walk_once(fields,
              "{\"data\":{\"siren\":\"1\",\"adresse\":{\"voie\":null},\"liste\":[]},\"meta\":{}}",
              PT_OK);
    const bool want[] = {true, false, false, false, false, true, true, true};
    for (size_t i = 0U; i < PT_COUNT(want); i++) {
        cr_expect_eq(masked_hit(&m, i), want[i], "pointer %zu", i);
    }
    masked_close(&m);
    walk_once(fields, "{\"data\":{\"siren\":\"1\",\"nom\":null,\"liste\":[{},{\"x\":1}]}}", PT_OK);
    const bool next[] = {true, true, false, true, true, false, true, false};
    for (size_t i = 0U; i < PT_COUNT(next); i++) {
        cr_expect_eq(masked_hit(&m, i), next[i], "pointer %zu", i);
    }
    masked_close(&m);
}

Test(walk, the_last_pointers_of_a_full_mask_are_hit_like_the_first)
{
    char tree[PT_MASK_FIELDS_MAX * 12U] = "o{data:o{";
    char fields[PT_MASK_FIELDS_MAX * 12U] = "";
    char json[PT_MASK_FIELDS_MAX * 12U] = "{\"data\":{";
    size_t t = strlen(tree);
    size_t f = 0U;
    size_t j = strlen(json);
    for (unsigned i = 0U; i < PT_MASK_FIELDS_MAX; i++) {
        t += (size_t)snprintf(tree + t, 16U, "m%03u:i!,", i);
        f += (size_t)snprintf(fields + f, 16U, "%s/data/m%03u", i > 0U ? " " : "", i);
        j += (size_t)snprintf(json + j, 16U, "\"m%03u\":%u,", PT_MASK_FIELDS_MAX - 1U - i, i % 10U);
    }
    memcpy(tree + t - 1U, "}}", 3U);
    memcpy(json + j - 1U, "}}", 3U);
    masked_open(&m, tree, fields);
    cr_assert_eq(masked_walk(&m, pt_slice_str(json)), PT_OK);
    for (size_t i = 0U; i < PT_COUNT(m.report.hit); i++) {
        cr_expect_eq(m.report.hit[i], UINT64_MAX);
    }
    masked_close(&m);
}
