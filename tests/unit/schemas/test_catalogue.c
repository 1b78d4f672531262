/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The catalogue: routing, and the 52 shipped descriptors of API Entreprise against recorded
 * answers: the project's own cases, and the State's official ones where they are at hand.
 */
#include <criterion/criterion.h>

#include "poterne/base/limits.h"
#include "poterne/base/num.h"
#include "poterne/schemas/walk.h"
#include "tests/support/descriptors.h"
#include "tests/support/torture.h"

#include <jansson.h>
#include <stdlib.h>

#define SHIPPED      PT_SOURCE_DIR "/schemas/datasets"
#define OWN_CASES    PT_FIXTURES_DIR "/staging/entreprise.jsonl"
#define STATE_CASES  "data/state-apis/api_entreprise/staging_cases.jsonl"
#define ENTREPRISE_N 52U

TestSuite(catalogue, .timeout = 60.0);

/* --- routing -------------------------------------------------------------------------------- */

static void add(struct pt_catalogue *catalogue, const char *json)
{
    cr_assert(pt_ok(pt_catalogue_add(catalogue, PT_SLICE("essai"), pt_slice_str(json), NULL)));
}

static struct pt_catalogue *crossroads(void)
{
    static const char other[] =
        "{\"id\":\"particulier/v9/essai/liste\",\"api\":\"particulier\",\"path\":\"/v9/essai/"
        "liste\","
        "\"title\":\"Essai\",\"provider\":\"essai\",\"params\":[],\"scopes\":[],\"response\":{"
        "\"type\":\"object\",\"members\":{\"data\":{\"type\":\"string\"},\"links\":{\"type\":"
        "\"string\"},\"meta\":{\"type\":\"string\"}}}}";
    struct pt_catalogue *catalogue = NULL;
    cr_assert(pt_ok(pt_catalogue_new(&catalogue)));
    add(catalogue, DESCRIPTOR("un", "/v9/essai/{siren}", SIREN_PARAM, ""));
    add(catalogue, DESCRIPTOR("siege", "/v9/essai/{siren}/siege", SIREN_PARAM, ""));
    add(catalogue, DESCRIPTOR("libre", "/v9/essai/libre/{siren}", SIREN_PARAM, ""));
    add(catalogue, DESCRIPTOR("libre-tous", "/v9/essai/libre", "", ""));
    add(catalogue, DESCRIPTOR("essai", "/v9/essai", "", ""));
    add(catalogue,
        DESCRIPTOR("deux", "/v9/essai/{siren}/siege/{year}",
                   SIREN_PARAM ",{\"name\":\"year\",\"in\":\"path\",\"required\":true,\"format\":"
                               "\"year\"}",
                   ""));
    add(catalogue, other);
    cr_assert(pt_ok(pt_catalogue_seal(catalogue)));
    return catalogue;
}

struct way {
    const char *path;
    const char *id; /* after "entreprise/v9/essai/", NULL: nowhere */
    const char *first;
    uint32_t code;
};

static void expect_way(const struct pt_catalogue *catalogue, const struct way *way)
{
    struct pt_arena *arena = NULL;
    struct pt_arg args[4] = {{.name = PT_SLICE_EMPTY}};
    size_t n = PT_COUNT(args);
    const struct pt_dataset *dataset = NULL;
    cr_assert(pt_ok(pt_arena_new(4096U, &arena)));
    const pt_status st =
        pt_catalogue_route(catalogue, pt_slice_str(way->path), arena, &dataset, args, &n);
    cr_expect_eq(st.code, way->code, "%s: %s", way->path, pt_code_name(st.code));
    if (pt_ok(st) && way->id != NULL) {
        const pt_slice id = pt_slice_from(dataset->id, strlen("entreprise/v9/essai/"));
        cr_expect(pt_slice_eq(id, pt_slice_str(way->id)), "%s leads to %s", way->path,
                  dataset->id.ptr);
        cr_expect_eq(n > 0U, way->first != NULL, "%s: %zu args", way->path, n);
    }
    if (pt_ok(st) && way->first != NULL) {
        cr_expect(pt_slice_eq(args[0].value, pt_slice_str(way->first)), "%s", way->path);
        cr_expect(pt_slice_eq(args[0].name, PT_SLICE("siren")));
    }
    if (!pt_ok(st)) {
        cr_expect_null(dataset);
        cr_expect_eq(n, PT_COUNT(args));
        cr_expect_eq(args[0].name.len, 0U);
    }
    arena = pt_arena_free(arena);
}

Test(catalogue, a_literal_wins_over_a_parameter_and_a_dead_end_goes_back)
{
    static const struct way ways[] = {
        {"/entreprise/v9/essai", "essai", NULL, PT_OK},
        {"/entreprise/v9/essai/999000102", "un", "999000102", PT_OK},
        {"/entreprise/v9/essai/libre", "libre-tous", NULL, PT_OK},
        {"/entreprise/v9/essai/libre/999000102", "libre", "999000102", PT_OK},
        {"/entreprise/v9/essai/libre/siege", "libre", "siege", PT_OK},
        {"/entreprise/v9/essai/999000102/siege", "siege", "999000102", PT_OK},
        {"/entreprise/v9/essai/libre/siege/2026", "deux", "libre", PT_OK},
        {"/entreprise/v9/essai/999000102/siege/2026", "deux", "999000102", PT_OK},
        {"/entreprise/v9/essai/999%30%300102", "un", "999000102", PT_OK},
        {"/entreprise/v9/essai/%C3%A9t%C3%A9", "un", "été", PT_OK},
        {"/entreprise/v9/essai/{siren}", "un", "{siren}", PT_OK},
        {"/particulier/v9/essai/liste", NULL, NULL, PT_OK},
        {"/particulier/v9/essai/999000102", NULL, NULL, PT_E_ABSENT},
        {"/entreprise/v9/essai/999000102/autre", NULL, NULL, PT_E_ABSENT},
        {"/entreprise/v9/essai/", NULL, NULL, PT_E_SYNTAX},
        {"/entreprise/v9/essai//siege", NULL, NULL, PT_E_SYNTAX},
        {"/entreprise/v9", NULL, NULL, PT_E_ABSENT},
        {"/entreprise", NULL, NULL, PT_E_ABSENT},
        {"/entreprise/v9/%65ssai", NULL, NULL, PT_E_ABSENT},
        {"/Entreprise/v9/essai", NULL, NULL, PT_E_ABSENT},
        {"entreprise/v9/essai", NULL, NULL, PT_E_ABSENT},
        {"//entreprise/v9/essai", NULL, NULL, PT_E_ABSENT},
        {"/", NULL, NULL, PT_E_ABSENT},
        {"", NULL, NULL, PT_E_ABSENT},
        {"/entreprise/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18", NULL, NULL, PT_E_ABSENT},
    };
    struct pt_catalogue *catalogue = crossroads();
    for (size_t i = 0U; i < PT_COUNT(ways); i++) {
        expect_way(catalogue, &ways[i]);
    }
    catalogue = pt_catalogue_free(catalogue);
}

Test(catalogue, a_parameter_that_could_walk_or_hide_is_refused)
{
    static const char *const values[] = {
        "%",         "%9",     "%zz", "99%", "%2", "%2F",    "a%2fb", "%00", "%0a", "%7f",  "%c3",
        "%ed%a0%80", "%2e%2e", "%2e", ".",   "..", "%C3%28", "%%30",  "%+1", "% 1", "\x01", "\xff",
    };
    struct pt_catalogue *catalogue = crossroads();
    for (size_t i = 0U; i < PT_COUNT(values); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "/entreprise/v9/essai/%s", values[i]);
        const struct way way = {.path = path, .code = PT_E_SYNTAX};
        expect_way(catalogue, &way);
    }
    catalogue = pt_catalogue_free(catalogue);
}

Test(catalogue, no_more_arguments_than_room_and_no_more_memory_than_the_arena)
{
    struct pt_catalogue *catalogue = crossroads();
    struct pt_arena *arena = NULL;
    struct pt_arg args[1];
    size_t n = 1U;
    const struct pt_dataset *dataset = NULL;
    const pt_slice path = PT_SLICE("/entreprise/v9/essai/999000102/siege/2026");
    cr_assert(pt_ok(pt_arena_new(4096U, &arena)));
    cr_expect_eq(pt_catalogue_route(catalogue, path, arena, &dataset, args, &n).code, PT_E_LIMIT);
    cr_expect_null(dataset);
    cr_expect_eq(n, 1U);
    while (pt_arena_alloc(arena, 16U) != NULL) {
    }
    cr_expect_eq(pt_catalogue_route(catalogue, path, arena, &dataset, args, &n).code, PT_E_NOMEM);
    arena = pt_arena_free(arena);
    catalogue = pt_catalogue_free(catalogue);
}

Test(catalogue, one_id_and_one_path_are_one_dataset)
{
    static const char first[] = DESCRIPTOR("un", "/v9/essai/{siren}", SIREN_PARAM, "");
    static const char same_id[] = DESCRIPTOR("un", "/v9/autre", "", "");
    static const char same_path[] = DESCRIPTOR(
        "deux", "/v9/essai/{siret}",
        "{\"name\":\"siret\",\"in\":\"path\",\"required\":true,\"format\":\"siret\"}", "");
    struct pt_catalogue *catalogue = NULL;
    struct pt_buf why;
    pt_buf_init(&why, 4096U);
    cr_assert(pt_ok(pt_catalogue_new(&catalogue)));
    add(catalogue, first);
    cr_expect_eq(pt_catalogue_add(catalogue, PT_SLICE("b"), pt_slice_str(same_id), &why).code,
                 PT_E_EXISTS);
    cr_expect_eq(pt_catalogue_add(catalogue, PT_SLICE("c"), pt_slice_str(same_path), &why).code,
                 PT_E_EXISTS);
    pt_buf_put_byte(&why, '\0');
    cr_expect_not_null(strstr(why.ptr, "b: /id: cet identifiant est déjà pris"));
    cr_expect_not_null(strstr(why.ptr, "c: /path: ce chemin est déjà celui"));
    cr_expect_eq(pt_catalogue_count(catalogue), 1U);
    cr_assert(pt_ok(pt_catalogue_seal(catalogue)));
    cr_expect_eq(pt_catalogue_add(catalogue, PT_SLICE("d"), PT_SLICE("{}"), &why).code, PT_E_ARG,
                 "nothing changes once it is sealed");
    cr_expect_null(pt_catalogue_at(catalogue, 1U));
    pt_buf_done(&why);
    catalogue = pt_catalogue_free(catalogue);
}

Test(catalogue, what_was_not_sealed_answers_nothing)
{
    struct pt_catalogue *catalogue = NULL;
    struct pt_arena *arena = NULL;
    const struct pt_dataset *dataset = NULL;
    size_t n = 0U;
    cr_assert(pt_ok(pt_catalogue_new(&catalogue)));
    cr_assert(pt_ok(pt_arena_new(1024U, &arena)));
    add(catalogue, DESCRIPTOR("un", "/v9/essai", "", ""));
    cr_expect_null(pt_catalogue_find(catalogue, PT_SLICE("entreprise/v9/essai/un")));
    cr_expect_eq(
        pt_catalogue_route(catalogue, PT_SLICE("/entreprise/v9/essai"), arena, &dataset, NULL, &n)
            .code,
        PT_E_ARG);
    arena = pt_arena_free(arena);
    catalogue = pt_catalogue_free(catalogue);
    cr_expect_eq(pt_catalogue_count(NULL), 0U);
    cr_expect_null(pt_catalogue_at(NULL, 0U));
    cr_expect_null(pt_catalogue_free(NULL));
}

/* --- the shipped descriptors ------------------------------------------------------------------ */

Test(catalogue, all_52_paths_of_api_entreprise_are_there_and_lead_to_themselves)
{
    struct pt_catalogue *catalogue = load_folder(SHIPPED);
    cr_assert_not_null(catalogue);
    size_t entreprise = 0U;
    for (size_t i = 0U; i < pt_catalogue_count(catalogue); i++) {
        const struct pt_dataset *d = pt_catalogue_at(catalogue, i);
        struct pt_arena *arena = NULL;
        struct pt_arg args[8];
        size_t n = PT_COUNT(args);
        const struct pt_dataset *found = NULL;
        char path[512];
        cr_assert(pt_ok(pt_arena_new(4096U, &arena)));
        (void)snprintf(path, sizeof(path), "/%s%s", d->api.ptr, d->path.ptr);
        cr_expect(
            pt_ok(pt_catalogue_route(catalogue, pt_slice_str(path), arena, &found, args, &n)));
        cr_expect_eq(found, d, "%s", d->id.ptr);
        cr_expect_eq(pt_catalogue_find(catalogue, d->id), d);
        entreprise += pt_slice_eq(d->api, PT_SLICE("entreprise")) ? 1U : 0U;
        arena = pt_arena_free(arena);
    }
    cr_expect_eq(entreprise, ENTREPRISE_N);
    catalogue = pt_catalogue_free(catalogue);
}

Test(catalogue, the_ids_that_configurations_name_are_the_ones_that_are_shipped)
{
    static const struct {
        const char *id;
        const char *path;
    } rows[] = {
        {"entreprise/v4/insee/unites_legales", "/v4/insee/sirene/unites_legales/{siren}"},
        {"entreprise/v4/insee/unites_legales-diffusibles-siege_social",
         "/v4/insee/sirene/unites_legales/diffusibles/{siren}/siege_social"},
        {"entreprise/v3/dgfip/unites_legales-liasses_fiscales",
         "/v3/dgfip/unites_legales/{siren}/liasses_fiscales/{year}"},
        {"entreprise/v0/dinum/privileges", "/privileges"},
    };
    struct pt_catalogue *catalogue = load_folder(SHIPPED);
    cr_assert_not_null(catalogue);
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        const struct pt_dataset *d = pt_catalogue_find(catalogue, pt_slice_str(rows[i].id));
        cr_assert_not_null(d, "%s", rows[i].id);
        cr_expect_str_eq(d->path.ptr, rows[i].path);
    }
    catalogue = pt_catalogue_free(catalogue);
}

Test(catalogue, natural_persons_data_is_personal_and_company_data_is_public)
{
    static const struct {
        const char *id;
        const char *pointer;
        enum pt_class class_;
    } rows[] = {
        {"v4/insee/unites_legales", "/data/siren", PT_CLASS_PUBLIC},
        {"v4/insee/unites_legales", "/data/personne_morale_attributs/raison_sociale",
         PT_CLASS_PUBLIC},
        {"v4/insee/unites_legales", "/data/etat_administratif", PT_CLASS_PUBLIC},
        {"v4/insee/unites_legales", "/data/personne_physique_attributs/prenom_2",
         PT_CLASS_PERSONAL},
        {"v4/insee/unites_legales", "/data", PT_CLASS_PERSONAL},
        {"v4/insee/etablissements", "/data/adresse/libelle_voie", PT_CLASS_PERSONAL},
        {"v4/insee/etablissements-diffusibles", "/data/adresse/libelle_voie", PT_CLASS_PUBLIC},
        {"v3/infogreffe/unites_legales-mandataires_sociaux", "/data/*/data/fonction",
         PT_CLASS_PERSONAL},
        {"v3/inpi/unites_legales-beneficiaires_effectifs", "/data/*/data/modalites",
         PT_CLASS_PERSONAL},
        {"v3/inpi/unites_legales-extrait_rne", "/data/dirigeants_et_associes/*/nom",
         PT_CLASS_PERSONAL},
        {"v4/djepva/associations", "/data/etablissements/*/representants_legaux",
         PT_CLASS_PERSONAL},
        {"v3/dgfip/etablissements-chiffres_affaires", "", PT_CLASS_PUBLIC},
    };
    struct pt_catalogue *catalogue = load_folder(SHIPPED);
    cr_assert_not_null(catalogue);
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        char id[128];
        const struct pt_node *node = NULL;
        (void)snprintf(id, sizeof(id), "entreprise/%s", rows[i].id);
        const struct pt_dataset *d = pt_catalogue_find(catalogue, pt_slice_str(id));
        cr_assert_not_null(d, "%s", id);
        cr_assert(pt_ok(pt_dataset_find(d, pt_slice_str(rows[i].pointer), &node)), "%s %s", id,
                  rows[i].pointer);
        cr_expect_eq(node->class_, rows[i].class_, "%s %s", id, rows[i].pointer);
    }
    catalogue = pt_catalogue_free(catalogue);
}

/* --- recorded answers --------------------------------------------------------------------------
 */

static bool type_fits(const struct pt_node *node, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return (node->types & PT_TYPE_OBJECT) != 0;
    case JSON_ARRAY:
        return (node->types & PT_TYPE_ARRAY) != 0;
    case JSON_STRING:
        return (node->types & PT_TYPE_STRING) != 0;
    case JSON_INTEGER:
        return (node->types & (PT_TYPE_INTEGER | PT_TYPE_NUMBER)) != 0;
    case JSON_REAL:
        return (node->types & PT_TYPE_NUMBER) != 0;
    case JSON_NULL:
        return node->nullable;
    default:
        return (node->types & PT_TYPE_BOOLEAN) != 0;
    }
}

static size_t misfits(const struct pt_node *node, json_t *value, const char *path);

static size_t misfits_of_object(const struct pt_node *node, json_t *value, const char *path)
{
    size_t bad = 0U;
    const char *key = NULL;
    json_t *member = NULL;
    json_object_foreach(value, key, member)
    {
        const struct pt_node *known = pt_node_member(node, pt_slice_str(key));
        cr_expect_not_null(known, "%s: unknown member %s", path, key);
        bad += known != NULL ? misfits(known, member, path) : 1U;
    }
    for (uint32_t i = 0U; i < node->nmembers; i++) {
        const bool missing =
            node->members[i].required && json_object_get(value, node->members[i].name.ptr) == NULL;
        cr_expect_not(missing, "%s: no member %s", path, node->members[i].name.ptr);
        bad += missing ? 1U : 0U;
    }
    return bad;
}

static size_t misfits(const struct pt_node *node, json_t *value, const char *path)
{
    if (!type_fits(node, value)) {
        cr_expect_fail("%s: wrong type at %s", path, node->name.len > 0U ? node->name.ptr : "*");
        return 1U;
    }
    if (json_is_object(value)) {
        return misfits_of_object(node, value, path);
    }
    size_t bad = 0U;
    for (size_t i = 0U; i < json_array_size(value); i++) {
        bad += misfits(node->items, json_array_get(value, i), path);
    }
    return bad;
}

struct recorded {
    json_t *json;
    const char *path;
    int status;
    char asked[512]; /* the drop-in path */
    struct pt_arg args[16];
    char values[16][64];
    size_t nargs;
};

static void fill_path(struct recorded *c)
{
    size_t n = (size_t)snprintf(c->asked, sizeof(c->asked), "/entreprise");
    for (const char *p = c->path; *p != '\0';) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (end == NULL) {
            c->asked[n++] = *p++;
            continue;
        }
        for (size_t i = 0U; i < c->nargs; i++) {
            if (pt_slice_eq(c->args[i].name, pt_slice_of(p + 1, (size_t)(end - p) - 1U))) {
                n += (size_t)snprintf(c->asked + n, sizeof(c->asked) - n, "%s", c->values[i]);
            }
        }
        p = end + 1;
    }
    c->asked[n] = '\0';
}

static void read_case(struct recorded *c, json_t *json)
{
    const char *key = NULL;
    json_t *value = NULL;
    *c = (struct recorded){.json = json};
    c->path = json_string_value(json_object_get(json, "path"));
    c->status = (int)json_integer_value(json_object_get(json, "status"));
    json_object_foreach(json_object_get(json, "params"), key, value)
    {
        char *text = c->values[c->nargs];
        if (json_is_integer(value)) {
            (void)snprintf(text, 64U, "%lld", (long long)json_integer_value(value));
        } else {
            (void)snprintf(text, 64U, "%s", json_string_value(value));
        }
        c->args[c->nargs++] =
            (struct pt_arg){.name = pt_slice_str(key), .value = pt_slice_str(text)};
    }
    fill_path(c);
}

/* Every field allowed: the whole of data, links and meta. */
static void expect_all_of_it(const struct pt_dataset *dataset, json_t *payload, const char *path)
{
    const pt_slice all[] = {PT_SLICE("/data"), PT_SLICE("/links"), PT_SLICE("/meta")};
    struct pt_mask *mask = NULL;
    struct pt_buf out;
    struct pt_walk_report report;
    size_t bad = 0U;
    char *text = json_dumps(payload, JSON_COMPACT);
    pt_buf_init(&out, PT_FETCH_BODY_MAX);
    cr_assert(pt_ok(pt_mask_new(dataset, all, PT_COUNT(all), &mask, &bad)));
    const pt_status st = pt_walk(dataset, mask, pt_slice_str(text), &out, &report);
    cr_expect(pt_ok(st), "%s: %s", path, pt_code_name(st.code));
    cr_expect_eq(report.unknown, 0U, "%s", path);
    json_t *back = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, NULL);
    const char *const keys[] = {"data", "links", "meta"};
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        json_t *want = json_object_get(payload, keys[i]);
        cr_expect(want == NULL || json_equal(want, json_object_get(back, keys[i])), "%s %s", path,
                  keys[i]);
    }
    json_decref(back);
    free(text);
    pt_buf_done(&out);
    mask = pt_mask_free(mask);
}

static void check_case(const struct pt_catalogue *catalogue, const struct recorded *c)
{
    struct pt_arena *arena = NULL;
    struct pt_arg args[8];
    size_t n = PT_COUNT(args);
    const struct pt_dataset *dataset = NULL;
    pt_slice culprit = PT_SLICE_EMPTY;
    cr_assert(pt_ok(pt_arena_new(4096U, &arena)));
    const pt_status st =
        pt_catalogue_route(catalogue, pt_slice_str(c->asked), arena, &dataset, args, &n);
    cr_assert(pt_ok(st), "%s", c->path);
    cr_expect_str_eq(dataset->path.ptr, c->path);
    cr_expect(pt_ok(pt_dataset_check_args(dataset, c->args, c->nargs, &culprit)), "%s: %.*s",
              c->path, (int)culprit.len, culprit.ptr);
    if (c->status == 200) {
        json_t *payload = json_object_get(c->json, "payload");
        cr_expect_eq(misfits(dataset->root, payload, c->path), 0U, "%s", c->path);
        expect_all_of_it(dataset, payload, c->path);
    }
    arena = pt_arena_free(arena);
}

static size_t check_cases(const char *file)
{
    struct pt_catalogue *catalogue = load_folder(SHIPPED);
    struct pt_buf text;
    size_t n = 0U;
    cr_assert_not_null(catalogue);
    pt_buf_init(&text, 8U * 1024U * 1024U);
    cr_assert(pt_ok(pt_file_read(file, &text)), "%s", file);
    pt_slice lines = pt_buf_slice(&text);
    while (lines.len > 0U) {
        const pt_slice line = pt_slice_cut(&lines, '\n');
        struct recorded c;
        json_t *json = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
        cr_assert_not_null(json);
        read_case(&c, json);
        check_case(catalogue, &c);
        json_decref(json);
        n++;
    }
    pt_buf_done(&text);
    catalogue = pt_catalogue_free(catalogue);
    return n;
}

Test(catalogue, every_answer_of_the_invented_state_fits_its_descriptor)
{
    cr_expect_geq(check_cases(OWN_CASES), 15U);
}

Test(catalogue, every_official_answer_of_the_state_fits_its_descriptor)
{
    char file[PT_PATH_MAX];
    const char *shared = getenv("PT_SHARED");
    (void)snprintf(file, sizeof(file), "%s/" STATE_CASES,
                   shared != NULL ? shared : PT_SOURCE_DIR "/../shared");
    FILE *there = fopen(file, "re");
    if (there != NULL) {
        (void)fclose(there);
    }
    /* The State's own file is not ours to ship; without it the invented State stands in. */
    cr_expect_geq(check_cases(there != NULL ? file : OWN_CASES), there != NULL ? 97U : 15U);
}

Test(catalogue, running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    bool done = false;
    TORTURE(nth)
    {
        struct pt_catalogue *catalogue = NULL;
        torture_arm(nth);
        pt_status st = pt_catalogue_new(&catalogue);
        for (size_t i = 0U; pt_ok(st) && i < 3U; i++) {
            static const char *const texts[] = {
                DESCRIPTOR("un", "/v9/essai/{siren}", SIREN_PARAM, ""),
                DESCRIPTOR("deux", "/v9/essai/deux", "", ""),
                DESCRIPTOR("trois", "/v9/essai/trois", "", ""),
            };
            st = pt_catalogue_add(catalogue, PT_SLICE("x"), pt_slice_str(texts[i]), NULL);
        }
        torture_disarm();
        catalogue = pt_catalogue_free(catalogue);
        if (pt_ok(st)) {
            done = nth > 1U;
            break;
        }
        cr_expect_eq(st.code, PT_E_NOMEM, "allocation %u: %s at %s", nth, pt_code_name(st.code),
                     st.origin);
    }
    cr_assert(done);
}
