/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Descriptors: everything that refuses one (with its place and reason), what a good one becomes,
 * pointers, arguments. LEG-02: a place that is not in the descriptor cannot be allowed.
 */
#include <criterion/criterion.h>

#include "poterne/base/limits.h"
#include "tests/support/descriptors.h"
#include "tests/support/torture.h"

TestSuite(dataset, .timeout = 20.0);

static pt_status load(const char *json, struct pt_catalogue **ret, struct pt_buf *why)
{
    struct pt_catalogue *catalogue = NULL;
    pt_status st = pt_catalogue_new(&catalogue);
    if (pt_ok(st)) {
        st = pt_catalogue_add(catalogue, PT_SLICE("essai.json"), pt_slice_str(json), why);
    }
    if (pt_ok(st)) {
        st = pt_catalogue_seal(catalogue);
    }
    if (!pt_ok(st)) {
        catalogue = pt_catalogue_free(catalogue);
    }
    *ret = catalogue;
    return st;
}

static void expect_refused(const char *json, uint32_t code, const char *reason)
{
    struct pt_catalogue *catalogue = NULL;
    struct pt_buf why;
    pt_buf_init(&why, 4096U);
    const pt_status st = load(json, &catalogue, &why);
    pt_buf_put_byte(&why, '\0');
    cr_expect_eq(st.code, code, "%s: %s (%s)", json, pt_code_name(st.code), why.ptr);
    cr_expect(strstr(why.ptr, reason) != NULL, "« %s » is not in « %s »", reason, why.ptr);
    cr_expect(strncmp(why.ptr, "essai.json:", 11U) == 0, "%s", why.ptr);
    catalogue = pt_catalogue_free(catalogue);
    pt_buf_done(&why);
}

struct refusal {
    const char *json;
    uint32_t code;
    const char *reason;
};

static void expect_all_refused(const struct refusal *rows, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        expect_refused(rows[i].json, rows[i].code, rows[i].reason);
    }
}

#define NODE(text)  DESCRIPTOR("x", "/v9/essai/{siren}", SIREN_PARAM, "\"m\":" text)
#define PARAM(text) DESCRIPTOR("x", "/v9/essai/{siren}", text, "")

Test(dataset, text_that_is_no_json_is_refused_with_its_line)
{
    static const struct refusal rows[] = {
        {"", PT_E_SYNTAX, ":1:0: ce n'est pas du JSON"},
        {"{\n \"id\": ,", PT_E_SYNTAX, ":2:"},
        {"{\"id\":\"a\",\"id\":\"b\"}", PT_E_SYNTAX, "deux fois"},
        {"[]", PT_E_SCHEMA, "un objet est attendu"},
    };
    expect_all_refused(rows, PT_COUNT(rows));
}

Test(dataset, an_unknown_key_is_refused_wherever_it_stands)
{
    static const struct refusal rows[] = {
        {"{\"identifiant\":\"x\"}", PT_E_SCHEMA, "clé inconnue « identifiant »"},
        {PARAM("{\"name\":\"siren\",\"in\":\"path\",\"required\":true,\"format\":\"siren\","
               "\"type\":\"x\"}"),
         PT_E_SCHEMA, "/params: clé inconnue « type »"},
        {NODE("{\"type\":\"string\",\"enum\":[]}"), PT_E_SCHEMA,
         "/response/members/data/members/m: clé inconnue « enum »"},
        {NODE("{\"type\":\"array\",\"items\":{\"type\":\"string\",\"required\":true}}"),
         PT_E_SCHEMA, "/response/members/data/members/m/items: clé inconnue « required »"},
        {NODE("{\"type\":\"string\",\"\":1}"), PT_E_SCHEMA, "clé inconnue «  »"},
    };
    expect_all_refused(rows, PT_COUNT(rows));
}

Test(dataset, a_place_says_exactly_what_it_is)
{
    static const struct refusal rows[] = {
        {NODE("{}"), PT_E_SCHEMA, "/m/type: type attendu"},
        {NODE("\"string\""), PT_E_SCHEMA, "/m: un objet est attendu"},
        {NODE("{\"type\":\"date\"}"), PT_E_SCHEMA, "/m/type: type attendu"},
        {NODE("{\"type\":[]}"), PT_E_SCHEMA, "/m/type: type attendu"},
        {NODE("{\"type\":[\"string\",\"null\"]}"), PT_E_SCHEMA, "/m/type: type attendu"},
        {NODE("{\"type\":[\"string\",\"string\"]}"), PT_E_SCHEMA, "type donné deux fois"},
        {NODE("{\"type\":\"string\",\"nullable\":\"oui\"}"), PT_E_SCHEMA, "/m/nullable: true"},
        {NODE("{\"type\":\"string\",\"required\":1}"), PT_E_SCHEMA, "/m/required: true"},
        {NODE("{\"type\":\"string\",\"class\":\"secret\"}"), PT_E_SCHEMA, "/m/class: classe"},
        {NODE("{\"type\":\"string\",\"members\":{}}"), PT_E_SCHEMA, "« members »"},
        {NODE("{\"type\":\"object\"}"), PT_E_SCHEMA, "« members »"},
        {NODE("{\"type\":\"object\",\"members\":[]}"), PT_E_SCHEMA, "« members »"},
        {NODE("{\"type\":\"array\"}"), PT_E_SCHEMA, "« items »"},
        {NODE("{\"type\":\"string\",\"items\":{\"type\":\"string\"}}"), PT_E_SCHEMA, "« items »"},
        {NODE("{\"type\":\"object\",\"members\":{\"\":{\"type\":\"string\"}}}"), PT_E_SCHEMA,
         "un nom de membre est vide"},
        {NODE("{\"type\":\"object\",\"class\":\"sensitive\",\"members\":{\"n\":{\"type\":"
              "\"string\",\"class\":\"personal\"}}}"),
         PT_E_SCHEMA, "/m/members/n/class: une place ne peut pas"},
    };
    expect_all_refused(rows, PT_COUNT(rows));
}

Test(dataset, parameters_and_path_agree)
{
    static const struct refusal rows[] = {
        {PARAM(""), PT_E_SCHEMA, "/params: chaque paramètre du chemin"},
        {PARAM("{\"name\":\"siret\",\"in\":\"path\",\"required\":true,\"format\":\"siret\"}"),
         PT_E_SCHEMA, "figure dans le chemin « siret »"},
        {PARAM("{\"name\":\"siren\",\"in\":\"path\",\"format\":\"siren\"}"), PT_E_SCHEMA,
         "est obligatoire"},
        {PARAM(SIREN_PARAM "," SIREN_PARAM), PT_E_SCHEMA, "donné deux fois « siren »"},
        {PARAM(SIREN_PARAM ",{\"name\":\"recipient\",\"in\":\"query\",\"format\":\"siret\"}"),
         PT_E_SCHEMA, "rempli par le connecteur « recipient »"},
        {PARAM(SIREN_PARAM ",{\"name\":\"a b\",\"in\":\"query\",\"format\":\"text\"}"), PT_E_SCHEMA,
         "/name: lettres"},
        {PARAM(SIREN_PARAM ",{\"name\":\"a\",\"in\":\"header\",\"format\":\"text\"}"), PT_E_SCHEMA,
         "/in: « path »"},
        {PARAM(SIREN_PARAM ",{\"name\":\"a\",\"in\":\"query\",\"format\":\"nir\"}"), PT_E_SCHEMA,
         "format inconnu « nir »"},
        {PARAM(SIREN_PARAM ",{\"name\":\"a\",\"in\":\"query\",\"format\":\"enum\"}"), PT_E_SCHEMA,
         "/values: une liste"},
        {PARAM(SIREN_PARAM ",{\"name\":\"a\",\"in\":\"query\",\"format\":\"enum\",\"values\":[]}"),
         PT_E_SCHEMA, "/values: la liste est vide"},
        {PARAM(SIREN_PARAM
               ",{\"name\":\"a\",\"in\":\"query\",\"format\":\"enum\",\"values\":[\"x\",\"x\"]}"),
         PT_E_SCHEMA, "donné deux fois « x »"},
        {DESCRIPTOR("x", "v9/essai", "", ""), PT_E_SCHEMA, "/path: ce chemin"},
        {DESCRIPTOR("x", "/v9//essai", "", ""), PT_E_SCHEMA, "/path: ce chemin"},
        {DESCRIPTOR("x", "/v9/essai/", "", ""), PT_E_SCHEMA, "/path: ce chemin"},
        {DESCRIPTOR("x", "/v9/es%20sai", "", ""), PT_E_SCHEMA, "/path: ce chemin"},
        {DESCRIPTOR("x", "/v9/x{siren}", SIREN_PARAM, ""), PT_E_SCHEMA, "/path: ce chemin"},
        {DESCRIPTOR("x", "/", "", ""), PT_E_SCHEMA, "/path: ce chemin"},
        {DESCRIPTOR("x", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", "", ""), PT_E_SCHEMA,
         "/path: ce chemin"},
        {DESCRIPTOR("X", "/v9/essai", "", ""), PT_E_SCHEMA, "/id: l'identifiant attendu"},
        {DESCRIPTOR("x/y", "/v9/essai", "", ""), PT_E_SCHEMA, "/id: l'identifiant attendu"},
        {DESCRIPTOR("../x", "/v9/essai", "", ""), PT_E_SCHEMA, "/id: l'identifiant attendu"},
        {DESCRIPTOR("..", "/v9/essai", "", ""), PT_E_SCHEMA, "/id: l'identifiant attendu"},
    };
    expect_all_refused(rows, PT_COUNT(rows));
}

#define HEAD                                                                                       \
    "{\"id\":\"entreprise/v9/essai/x\",\"api\":\"entreprise\",\"path\":\"/v9/essai\",\"title\":"   \
    "\"Essai\",\"provider\":\"essai\",\"params\":[],\"scopes\":[]"
#define TAIL                                                                                       \
    ",\"response\":{\"type\":\"object\",\"members\":{\"data\":{\"type\":\"string\"},\"links\":{"   \
    "\"type\":\"string\"},\"meta\":{\"type\":\"string\"}}}}"

Test(dataset, the_rest_of_the_file_is_checked_too)
{
    static const struct refusal rows[] = {
        {"{\"id\":\"entreprise/v9/essai/x\"}", PT_E_SCHEMA, "/api: cette clé est obligatoire"},
        {HEAD ",\"quota\":{\"bucket\":\"b\",\"limit\":0,\"period_s\":60}" TAIL, PT_E_SCHEMA,
         "/quota/limit: un nombre entier"},
        {HEAD ",\"quota\":{\"bucket\":\"b\",\"limit\":5,\"period_s\":4294967296}" TAIL, PT_E_SCHEMA,
         "/quota/period_s: un nombre entier"},
        {HEAD ",\"quota\":{\"limit\":5,\"period_s\":60}" TAIL, PT_E_SCHEMA,
         "/quota/bucket: cette clé est obligatoire"},
        {HEAD ",\"quota\":5" TAIL, PT_E_SCHEMA, "/quota: un objet est attendu"},
        {HEAD ",\"subject\":\"siren\"" TAIL, PT_E_SCHEMA, "/subject: aucun paramètre"},
        {HEAD ",\"cache\":\"\"" TAIL, PT_E_SCHEMA, "/cache: le texte est vide"},
        {HEAD ",\"cache\":\"a\\u0007\"" TAIL, PT_E_SCHEMA, "/cache: le texte est vide"},
        {HEAD ",\"deprecated\":\"non\"" TAIL, PT_E_SCHEMA, "/deprecated: true"},
        {HEAD "}", PT_E_SCHEMA, "/response: un objet est attendu"},
        {HEAD ",\"response\":{\"type\":\"string\"}}", PT_E_SCHEMA, "data, links et meta"},
        {HEAD ",\"response\":{\"type\":\"object\",\"members\":{\"data\":{\"type\":\"string\"}}}}",
         PT_E_SCHEMA, "data, links et meta"},
    };
    expect_all_refused(rows, PT_COUNT(rows));
}

Test(dataset, depth_members_and_size_are_bounded)
{
    struct pt_buf json;
    pt_buf_init(&json, PT_DATASET_FILE_MAX * 2U);
    for (unsigned i = 0U; i < PT_JSON_DEPTH_MAX; i++) {
        pt_buf_put_str(&json, "{\"type\":\"array\",\"items\":");
    }
    pt_buf_put_str(&json, "{\"type\":\"string\"}");
    for (unsigned i = 0U; i < PT_JSON_DEPTH_MAX; i++) {
        pt_buf_put_byte(&json, '}');
    }
    pt_buf_put_byte(&json, '\0');
    struct pt_buf whole;
    pt_buf_init(&whole, PT_DATASET_FILE_MAX * 2U);
    pt_buf_put_str(&whole, HEAD ",\"response\":");
    pt_buf_put_str(&whole, json.ptr);
    pt_buf_put_str(&whole, "}");
    pt_buf_put_byte(&whole, '\0');
    expect_refused(whole.ptr, PT_E_LIMIT, "trop de niveaux");

    pt_buf_clear(&whole);
    pt_buf_put_str(&whole, HEAD ",\"response\":{\"type\":\"object\",\"members\":{\"data\":{"
                                "\"type\":\"object\",\"members\":{");
    for (uint64_t i = 0U; i <= PT_NODE_MEMBERS_MAX; i++) {
        pt_buf_put_str(&whole, i > 0U ? ",\"m" : "\"m");
        pt_buf_put_u64(&whole, i);
        pt_buf_put_str(&whole, "\":{\"type\":\"string\"}");
    }
    pt_buf_put_str(&whole, "}}}}}");
    pt_buf_put_byte(&whole, '\0');
    expect_refused(whole.ptr, PT_E_LIMIT, "trop de membres");

    pt_buf_clear(&whole);
    for (size_t i = 0U; i <= PT_DATASET_FILE_MAX; i++) {
        pt_buf_put_byte(&whole, ' ');
    }
    pt_buf_put_byte(&whole, '\0');
    expect_refused(whole.ptr, PT_E_LIMIT, "trop gros");
    pt_buf_done(&whole);
    pt_buf_done(&json);
}

#define GOOD                                                                                       \
    DESCRIPTOR("bon", "/v9/essai/{siren}/annee/{year}",                                            \
               SIREN_PARAM ",{\"name\":\"year\",\"in\":\"path\",\"required\":true,\"format\":"     \
                           "\"year\"},{\"name\":\"limit\",\"in\":\"query\",\"format\":"            \
                           "\"integer\"},{\"name\":\"nature\",\"in\":\"query\",\"format\":"        \
                           "\"enum\",\"values\":[\"moyen\",\"boeth\"]},{\"name\":\"essai\","       \
                           "\"in\":\"query\",\"format\":\"siren\",\"values\":[\"000000001\"]}",    \
               "\"zone\":{\"type\":[\"string\",\"integer\"],\"nullable\":true,\"required\":true}," \
               "\"a/b\":{\"type\":\"string\"},\"a~c\":{\"type\":\"boolean\"},"                     \
               "\"gens\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"members\":{"         \
               "\"nom\":{\"type\":\"string\",\"class\":\"personal\"},\"sante\":{\"type\":"         \
               "\"string\",\"class\":\"sensitive\"},\"rang\":{\"type\":\"number\"}}}},"            \
               "\"seul\":{\"type\":\"object\",\"class\":\"personal\",\"members\":{\"x\":{"         \
               "\"type\":\"string\"}}}")

struct check_walk {
    uint32_t next;
    size_t nodes;
};

static void expect_order(const struct pt_node *node, struct check_walk *walk)
{
    cr_expect_eq(node->index, walk->next, "preorder");
    walk->next++;
    walk->nodes++;
    for (uint32_t i = 0U; i < node->nmembers; i++) {
        cr_expect_eq(node->members[i].parent, node);
        cr_expect(i == 0U || pt_slice_cmp(node->members[i - 1U].name, node->members[i].name) < 0);
        expect_order(&node->members[i], walk);
    }
    if (node->items != NULL) {
        cr_expect_eq(node->items->parent, node);
        expect_order(node->items, walk);
    }
}

Test(dataset, a_good_descriptor_becomes_a_tree_in_preorder_with_sorted_members)
{
    struct pt_catalogue *catalogue = NULL;
    cr_assert(pt_ok(load(GOOD, &catalogue, NULL)));
    const struct pt_dataset *d = pt_catalogue_find(catalogue, PT_SLICE("entreprise/v9/essai/bon"));
    cr_assert_not_null(d);
    struct check_walk walk = {.next = 0U};
    expect_order(d->root, &walk);
    cr_expect_eq(walk.nodes, d->nnodes);
    cr_expect_eq(d->nnodes, 14U);
    cr_expect_eq(d->class_, PT_CLASS_SENSITIVE);
    cr_expect_eq(d->nparams, 5U);
    catalogue = pt_catalogue_free(catalogue);
}

Test(dataset, a_place_is_of_the_highest_class_of_what_it_is_in_and_what_it_holds)
{
    static const struct {
        const char *pointer;
        enum pt_class class_;
        uint8_t types;
    } rows[] = {
        {"/data/zone", PT_CLASS_PUBLIC, PT_TYPE_STRING | PT_TYPE_INTEGER},
        {"/data/gens", PT_CLASS_SENSITIVE, PT_TYPE_ARRAY},
        {"/data/gens/*", PT_CLASS_SENSITIVE, PT_TYPE_OBJECT},
        {"/data/gens/*/nom", PT_CLASS_PERSONAL, PT_TYPE_STRING},
        {"/data/gens/*/rang", PT_CLASS_PUBLIC, PT_TYPE_NUMBER},
        {"/data/seul/x", PT_CLASS_PERSONAL, PT_TYPE_STRING},
        {"/data/a~1b", PT_CLASS_PUBLIC, PT_TYPE_STRING},
        {"/data/a~0c", PT_CLASS_PUBLIC, PT_TYPE_BOOLEAN},
        {"/links", PT_CLASS_PUBLIC, PT_TYPE_OBJECT},
        {"", PT_CLASS_SENSITIVE, PT_TYPE_OBJECT},
    };
    struct pt_catalogue *catalogue = NULL;
    cr_assert(pt_ok(load(GOOD, &catalogue, NULL)));
    const struct pt_dataset *d = pt_catalogue_at(catalogue, 0U);
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        const struct pt_node *node = NULL;
        struct pt_buf back;
        pt_buf_init(&back, 256U);
        cr_assert(pt_ok(pt_dataset_find(d, pt_slice_str(rows[i].pointer), &node)), "%s",
                  rows[i].pointer);
        pt_node_pointer(node, &back);
        cr_expect_eq(node->class_, rows[i].class_, "%s", rows[i].pointer);
        cr_expect_eq(node->types, rows[i].types, "%s", rows[i].pointer);
        cr_expect(pt_slice_eq(pt_buf_slice(&back), pt_slice_str(rows[i].pointer)));
        pt_buf_done(&back);
    }
    catalogue = pt_catalogue_free(catalogue);
}

Test(dataset, LEG_02_a_pointer_that_names_no_place_finds_nothing)
{
    static const struct {
        const char *pointer;
        uint32_t code;
    } rows[] = {
        {"data", PT_E_SYNTAX},
        {"/data/a~2b", PT_E_SYNTAX},
        {"/data/a~", PT_E_SYNTAX},
        {"/data/absent/x~", PT_E_SYNTAX},
        {"/data/absent", PT_E_ABSENT},
        {"/data/", PT_E_ABSENT},
        {"/data/zone/*", PT_E_ABSENT},
        {"/data/gens/0", PT_E_ABSENT},
        {"/data/*", PT_E_ABSENT},
        {"/data/absent/zone", PT_E_ABSENT},
        {"//data", PT_E_ABSENT},
        {"/DATA", PT_E_ABSENT},
        {"/data/gens/*/nom/x", PT_E_ABSENT},
    };
    struct pt_catalogue *catalogue = NULL;
    cr_assert(pt_ok(load(GOOD, &catalogue, NULL)));
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        const struct pt_node *node = NULL;
        const pt_status st =
            pt_dataset_find(pt_catalogue_at(catalogue, 0U), pt_slice_str(rows[i].pointer), &node);
        cr_expect_eq(st.code, rows[i].code, "%s: %s", rows[i].pointer, pt_code_name(st.code));
        cr_expect_null(node);
    }
    char longer[PT_POINTER_MAX + 2U];
    (void)memset(longer, '/', sizeof(longer));
    const struct pt_node *node = NULL;
    cr_expect_eq(pt_dataset_find(pt_catalogue_at(catalogue, 0U),
                                 pt_slice_of(longer, PT_POINTER_MAX + 1U), &node)
                     .code,
                 PT_E_SYNTAX);
    catalogue = pt_catalogue_free(catalogue);
}

#define ARG(n, v)                                                                                  \
    {                                                                                              \
        .name = PT_SLICE_INIT(n), .value = PT_SLICE_INIT(v)                                        \
    }

Test(dataset, arguments_are_known_once_present_and_well_formed)
{
    static const struct {
        struct pt_arg args[4];
        size_t n;
        const char *culprit;
    } rows[] = {
        {{ARG("siren", "999000102"), ARG("year", "2026")}, 2U, NULL},
        {{ARG("year", "2026"), ARG("siren", "999000102"), ARG("limit", "5"),
          ARG("nature", "boeth")},
         4U,
         NULL},
        {{ARG("siren", "999000102"), ARG("year", "2026"), ARG("essai", "000000001")}, 3U, NULL},
        {{ARG("siren", "000000001"), ARG("year", "2026")}, 2U, "siren"},
        {{ARG("siren", "999000102")}, 1U, "year"},
        {{ARG("siren", "999000102"), ARG("year", "26")}, 2U, "year"},
        {{ARG("siren", "999000102"), ARG("year", "2026"), ARG("year", "2026")}, 3U, "year"},
        {{ARG("siren", "999000102"), ARG("year", "2026"), ARG("nature", "x")}, 3U, "nature"},
        {{ARG("siren", "999000102"), ARG("year", "2026"), ARG("nature", "")}, 3U, "nature"},
        {{ARG("siren", "999000102"), ARG("year", "2026"), ARG("recipient", "x")}, 3U, "recipient"},
        {{ARG("siren", "999000102"), ARG("year", "2026"), ARG("", "x")}, 3U, ""},
    };
    struct pt_catalogue *catalogue = NULL;
    cr_assert(pt_ok(load(GOOD, &catalogue, NULL)));
    const struct pt_dataset *d = pt_catalogue_at(catalogue, 0U);
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        pt_slice culprit = PT_SLICE("untouched");
        const pt_status st = pt_dataset_check_args(d, rows[i].args, rows[i].n, &culprit);
        const char *want = rows[i].culprit != NULL ? rows[i].culprit : "untouched";
        cr_expect_eq(st.code, rows[i].culprit != NULL ? PT_E_SCHEMA : PT_OK, "row %zu", i);
        cr_expect(pt_slice_eq(culprit, pt_slice_str(want)), "row %zu: %.*s", i, (int)culprit.len,
                  culprit.ptr);
    }
    catalogue = pt_catalogue_free(catalogue);
}

Test(dataset, running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    bool done = false;
    TORTURE(nth)
    {
        struct pt_catalogue *catalogue = NULL;
        struct pt_buf why;
        pt_buf_init(&why, 4096U);
        torture_arm(nth);
        const pt_status st = load(GOOD, &catalogue, &why);
        torture_disarm();
        pt_buf_done(&why);
        if (pt_ok(st)) {
            catalogue = pt_catalogue_free(catalogue);
            done = nth > 1U;
            break;
        }
        cr_expect_null(catalogue);
        cr_expect_eq(st.code, PT_E_NOMEM, "allocation %u: %s at %s", nth, pt_code_name(st.code),
                     st.origin);
    }
    cr_assert(done);
}
