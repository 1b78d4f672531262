/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The import: what an OpenAPI file of the State becomes, what is refused, the overlay, what
 * changed, and that the same input gives the same bytes.
 */
#include <criterion/criterion.h>

#include "poterne/base/file.h"
#include "poterne/base/limits.h"
#include "poterne/schemas/catalogue.h"
#include "poterne/schemas/import.h"
#include "tests/support/torture.h"

#include <stdio.h>
#include <stdlib.h>

TestSuite(import, .timeout = 60.0);

static const char small_yaml[] =
    "openapi: 3.0.0\n"
    "paths:\n"
    "  \"/v9/insee/sirene/unites_legales/{siren}/annee/{year}\":\n"
    "    parameters:\n"
    "    - {name: siren, in: path, required: true, schema: {type: string}}\n"
    "    get:\n"
    "      summary: Essai d'unité légale\n"
    "      deprecated: true\n"
    "      parameters:\n"
    "      - $ref: '#/components/parameters/Year'\n"
    "      - {name: recipient, in: query, required: true, schema: {type: string}}\n"
    "      - {name: Cache-Control, in: header, schema: {type: string}}\n"
    "      - {name: nature, in: query, schema: {type: string, enum: [moyen, boeth]}}\n"
    "      - {name: limit, in: query, schema: {type: number}}\n"
    "      - {name: depuis, in: query, schema: {type: string, format: date}}\n"
    "      - {name: seul, in: query, schema: {type: boolean}}\n"
    "      - {name: nom, in: query, schema: {type: string}}\n"
    "      responses:\n"
    "        '200':\n"
    "          content:\n"
    "            application/json:\n"
    "              schema:\n"
    "                type: object\n"
    "                required: [data]\n"
    "                properties:\n"
    "                  data:\n"
    "                    $ref: '#/components/schemas/Unite'\n"
    "    post: {summary: rien}\n"
    "components:\n"
    "  parameters:\n"
    "    Year: {name: year, in: path, required: true, schema: {type: integer}}\n"
    "  schemas:\n"
    "    Unite:\n"
    "      allOf:\n"
    "      - type: object\n"
    "        required: [siren]\n"
    "        properties:\n"
    "          siren: {type: string}\n"
    "          effectif: {type: integer, nullable: true}\n"
    "      - type: object\n"
    "        properties:\n"
    "          prenom: {type: [string, 'null']}\n"
    "          liste: {type: array, items: {type: number}}\n"
    "          soit:\n"
    "            oneOf:\n"
    "            - {type: object, required: [a], properties: {a: {type: string}}}\n"
    "            - {type: string}\n"
    "          vague: {description: sans type}\n";

static const char small_overlay[] =
    "{\"api\":\"entreprise\",\"buckets\":{\"b\":{\"limit\":5,\"period_s\":60}},"
    "\"classes\":{\"personal\":[\"prenom\"]},\"paths\":{"
    "\"/v9/insee/sirene/unites_legales/{siren}/annee/{year}\":{"
    "\"scopes\":[\"s1\",\"s2\"],\"bucket\":\"b\",\"cache\":\"1h\","
    "\"params\":{\"plus\":{\"in\":\"query\",\"format\":\"integer\"},"
    "\"siren\":{\"values\":[\"000000001\"]}},"
    "\"fields\":{\"/data/effectif\":{\"nullable\":false,\"type\":[\"integer\",\"string\"]},"
    "\"/data/liste\":{\"class\":\"sensitive\"},\"/meta/total\":{\"type\":\"integer\"}}}}}";

static const char small_want[] =
    "{\n"
    "  \"id\": \"entreprise/v9/insee/unites_legales-annee\",\n"
    "  \"api\": \"entreprise\",\n"
    "  \"path\": \"/v9/insee/sirene/unites_legales/{siren}/annee/{year}\",\n"
    "  \"title\": \"Essai d'unité légale\",\n"
    "  \"provider\": \"insee\",\n"
    "  \"deprecated\": true,\n"
    "  \"params\": [\n"
    "    {\"name\": \"siren\", \"in\": \"path\", \"required\": true, \"format\": \"siren\", "
    "\"values\": [\"000000001\"]},\n"
    "    {\"name\": \"year\", \"in\": \"path\", \"required\": true, \"format\": \"year\"},\n"
    "    {\"name\": \"nature\", \"in\": \"query\", \"required\": false, \"format\": \"enum\", "
    "\"values\": [\"moyen\", \"boeth\"]},\n"
    "    {\"name\": \"limit\", \"in\": \"query\", \"required\": false, \"format\": \"integer\"},\n"
    "    {\"name\": \"depuis\", \"in\": \"query\", \"required\": false, \"format\": \"date\"},\n"
    "    {\"name\": \"seul\", \"in\": \"query\", \"required\": false, \"format\": \"boolean\"},\n"
    "    {\"name\": \"nom\", \"in\": \"query\", \"required\": false, \"format\": \"text\"},\n"
    "    {\"name\": \"plus\", \"in\": \"query\", \"required\": false, \"format\": \"integer\"}\n"
    "  ],\n"
    "  \"scopes\": [\"s1\", \"s2\"],\n"
    "  \"quota\": {\"bucket\": \"b\", \"limit\": 5, \"period_s\": 60},\n"
    "  \"cache\": \"1h\",\n"
    "  \"subject\": \"siren\",\n"
    "  \"response\": {\"type\": \"object\", \"members\": {\n"
    "    \"data\": {\"type\": \"object\", \"required\": true, \"members\": {\n"
    "      \"effectif\": {\"type\": [\"integer\", \"string\"]},\n"
    "      \"liste\": {\"type\": \"array\", \"class\": \"sensitive\", \"items\": {\"type\": "
    "\"number\"}},\n"
    "      \"prenom\": {\"type\": \"string\", \"nullable\": true, \"class\": \"personal\"},\n"
    "      \"siren\": {\"type\": \"string\", \"required\": true},\n"
    "      \"soit\": {\"type\": [\"object\", \"string\"], \"members\": {\n"
    "        \"a\": {\"type\": \"string\"}\n"
    "      }},\n"
    "      \"vague\": {\"type\": [\"string\", \"number\", \"boolean\"], \"nullable\": true}\n"
    "    }},\n"
    "    \"links\": {\"type\": \"object\", \"members\": {}},\n"
    "    \"meta\": {\"type\": \"object\", \"members\": {\n"
    "      \"total\": {\"type\": \"integer\"}\n"
    "    }}\n"
    "  }}\n"
    "}\n";

static pt_status import_texts(const char *openapi, const char *overlay, struct pt_buf *why,
                              struct pt_import **ret)
{
    const struct pt_import_source source = {
        .api = PT_SLICE("entreprise"),
        .openapi_name = PT_SLICE("etat.yaml"),
        .openapi = pt_slice_str(openapi),
        .overlay_name = PT_SLICE("faits.json"),
        .overlay = pt_slice_str(overlay),
    };
    return pt_import_new(&source, why, ret);
}

static void expect_refused(const char *openapi, const char *overlay, uint32_t code,
                           const char *reason)
{
    struct pt_import *import = NULL;
    struct pt_buf why;
    pt_buf_init(&why, 8192U);
    const pt_status st = import_texts(openapi, overlay, &why, &import);
    pt_buf_put_byte(&why, '\0');
    cr_expect_eq(st.code, code, "%s: %s", pt_code_name(st.code), why.ptr);
    cr_expect_not_null(strstr(why.ptr, reason), "« %s » is not in « %s »", reason, why.ptr);
    cr_expect_null(import);
    import = pt_import_free(import);
    pt_buf_done(&why);
}

Test(import, an_operation_becomes_exactly_this_descriptor)
{
    struct pt_import *import = NULL;
    struct pt_buf why;
    struct pt_buf text;
    pt_buf_init(&why, 8192U);
    pt_buf_init(&text, PT_DATASET_FILE_MAX);
    const pt_status st = import_texts(small_yaml, small_overlay, &why, &import);
    cr_assert(pt_ok(st), "%.*s", (int)why.len, why.ptr);
    cr_assert_eq(pt_import_count(import), 1U);
    cr_expect(pt_slice_eq(pt_import_id(import, 0U),
                          PT_SLICE("entreprise/v9/insee/unites_legales-annee")));
    cr_assert(pt_ok(pt_import_text(import, 0U, &text)));
    cr_expect(pt_slice_eq(pt_buf_slice(&text), pt_slice_str(small_want)), "%.*s", (int)text.len,
              text.ptr);
    import = pt_import_free(import);
    pt_buf_done(&text);
    pt_buf_done(&why);
}

Test(import, what_is_not_the_closed_part_of_yaml_is_refused_with_its_place)
{
    static const struct {
        const char *text;
        uint32_t code;
        const char *reason;
    } rows[] = {
        {"a: &x 1\nb: *x\n", PT_E_SYNTAX, "etat.yaml:1:4: ancres"},
        {"a: !!str 1\n", PT_E_SYNTAX, "etat.yaml:1:4: ancres"},
        {"b:\n  - *x\n", PT_E_SYNTAX, "etat.yaml:2:5: ancres"},
        {"a: 1\na: 2\n", PT_E_SYNTAX, "etat.yaml:2:1: cette clé est donnée deux fois"},
        {"a: [1\n", PT_E_SYNTAX, "ce n'est pas du YAML bien formé"},
        {"[a]: 1\n", PT_E_SYNTAX, "une clé est un texte simple"},
        {"a: 1\n---\nb: 2\n", PT_E_SYNTAX, "un seul document"},
        {"", PT_E_SYNTAX, "un seul document"},
        {"{\"a\":1,\"a\":2}", PT_E_SYNTAX, "ce n'est pas du JSON bien formé"},
        {"a: 1\n", PT_E_SCHEMA, "/paths: les chemins manquent"},
        {"- 1\n", PT_E_SCHEMA, "/paths: les chemins manquent"},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        expect_refused(rows[i].text, "", rows[i].code, rows[i].reason);
    }
}

Test(import, nesting_is_bounded)
{
    char text[2U * PT_IMPORT_DEPTH_MAX + 8U];
    (void)memset(text, '[', PT_IMPORT_DEPTH_MAX + 1U);
    (void)memset(text + PT_IMPORT_DEPTH_MAX + 1U, ']', PT_IMPORT_DEPTH_MAX + 1U);
    text[2U * PT_IMPORT_DEPTH_MAX + 2U] = '\0';
    expect_refused(text, "", PT_E_LIMIT, "trop de niveaux");
}

#define PATH_WITH(schema)                                                                          \
    "{\"paths\":{\"/v9/essai/x\":{\"get\":{\"responses\":{\"200\":{\"content\":{"                  \
    "\"application/json\":{\"schema\":" schema "}}}}}}},\"components\":{\"schemas\":{"             \
    "\"Soi\":{\"type\":\"object\",\"properties\":{\"data\":{\"$ref\":"                             \
    "\"#/components/schemas/Soi\"}}},\"A\":{\"$ref\":\"#/components/schemas/B\"},"                 \
    "\"B\":{\"$ref\":\"#/components/schemas/A\"}}}}"
#define ENVELOPE(data) "{\"type\":\"object\",\"properties\":{\"data\":" data "}}"

Test(import, a_schema_that_leads_nowhere_or_in_circles_is_refused)
{
    static const struct {
        const char *text;
        uint32_t code;
        const char *reason;
    } rows[] = {
        {PATH_WITH("{\"$ref\":\"#/components/schemas/Absent\"}"), PT_E_ABSENT,
         "cette référence ne mène nulle part « #/components/schemas/Absent »"},
        {PATH_WITH("{\"$ref\":\"http://ailleurs/x\"}"), PT_E_ABSENT, "ne mène nulle part"},
        {PATH_WITH("{\"$ref\":\"#/components/schemas/Soi\"}"), PT_E_LIMIT, "référence circulaire"},
        {PATH_WITH("{\"$ref\":\"#/components/schemas/A\"}"), PT_E_LIMIT, "trop de références"},
        {PATH_WITH("\"texte\""), PT_E_SCHEMA, "un schéma est attendu"},
        {PATH_WITH(ENVELOPE("{\"type\":\"date\"}")), PT_E_SCHEMA,
         "/response/members/data/type: type attendu"},
        {PATH_WITH("{\"type\":\"string\"}"), PT_E_SCHEMA, "data, links et meta"},
        {PATH_WITH("null"), PT_E_SCHEMA, "un schéma est attendu"},
        {"{\"paths\":{\"/v9/essai/x\":{\"get\":{}}}}", PT_E_ABSENT,
         "la réponse 200 n'a pas de schéma"},
        {"{\"paths\":{\"/seul\":{\"get\":{}}}}", PT_E_ABSENT, "aucun identifiant"},
        {"{\"paths\":{\"/v9/essai/x\":{\"get\":{\"parameters\":[{\"in\":\"query\"}]}}}}",
         PT_E_SCHEMA, "sans « name »"},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        expect_refused(rows[i].text, "", rows[i].code, rows[i].reason);
    }
}

Test(import, an_overlay_that_says_what_nobody_reads_is_refused)
{
    static const char *const path = PATH_WITH(ENVELOPE("{\"type\":\"string\"}"));
    static const struct {
        const char *overlay;
        uint32_t code;
        const char *reason;
    } rows[] = {
        {"{\"chemins\":{}}", PT_E_SCHEMA, "faits.json: clé inconnue « chemins »"},
        {"{\"api\":\"particulier\"}", PT_E_SCHEMA, "faits.json: /api: ce fichier est celui"},
        {"{\"classes\":{\"secret\":[]}}", PT_E_SCHEMA, "/classes: clé inconnue « secret »"},
        {"{\"paths\":{\"/v9/essai/y\":{}}}", PT_E_ABSENT,
         "/paths: ce chemin n'est pas dans le fichier OpenAPI « /v9/essai/y »"},
        {"{\"paths\":{\"/v9/essai/x\":{\"quota\":{}}}}", PT_E_SCHEMA,
         "/paths/~1v9~1essai~1x: clé inconnue « quota »"},
        {"{\"paths\":{\"/v9/essai/x\":{\"bucket\":\"b\"}}}", PT_E_ABSENT,
         "/bucket: ce compteur n'est pas dans « buckets » « b »"},
        {"{\"paths\":{\"/v9/essai/x\":{\"fields\":{\"data\":{}}}}}", PT_E_ABSENT,
         "/fields/data: ce pointeur"},
        {"{\"paths\":{\"/v9/essai/x\":{\"fields\":{\"/data\":{\"format\":\"x\"}}}}}", PT_E_SCHEMA,
         "clé inconnue « format »"},
        {"{\"paths\":{\"/v9/essai/x\":{\"fields\":{\"/data/x\":{\"type\":\"string\"}}}}}",
         PT_E_SCHEMA, "« members »"},
        {"{\"paths\":{\"/v9/essai/x\":{\"params\":{\"p\":{\"format\":\"nir\",\"in\":"
         "\"query\"}}}}}",
         PT_E_SCHEMA, "format inconnu « nir »"},
        {"{\"paths\":{\"/v9/essai/x\":{\"id\":\"autre/v9/essai/x\"}}}", PT_E_SCHEMA,
         "/id: l'identifiant attendu"},
        {"[", PT_E_SYNTAX, "faits.json:"},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        expect_refused(path, rows[i].overlay, rows[i].code, rows[i].reason);
    }
}

Test(import, two_operations_with_one_id_are_refused)
{
    expect_refused(
        "{\"paths\":{\"/v9/insee/sirene/x\":{\"get\":{\"responses\":{\"200\":{"
        "\"content\":{\"application/json\":{\"schema\":" ENVELOPE(
            "{\"type\":\"string\"}") "}}}}}},\"/v9/insee/x\":{\"get\":{\"responses\":{"
                                     "\"200\":{\"content\":{\"application/vnd.api+json"
                                     "\":{\"schema\":" ENVELOPE("{\"type\":\"string\"}") "}}}}}}}}",
        "", PT_E_EXISTS, "cet identifiant est déjà pris « entreprise/v9/insee/x »");
}

Test(import, a_small_file_that_unfolds_into_a_huge_tree_is_refused)
{
    struct pt_buf text;
    pt_buf_init(&text, 65536U);
    pt_buf_put_str(&text,
                   "{\"paths\":{\"/v9/essai/x\":{\"get\":{\"responses\":{\"200\":{\"content\":{"
                   "\"application/json\":{\"schema\":{\"$ref\":\"#/s/s0\"}}}}}}}},\"s\":{");
    for (uint64_t i = 0U; i < 30U; i++) {
        pt_buf_put_str(&text, i > 0U ? ",\"s" : "\"s");
        pt_buf_put_u64(&text, i);
        pt_buf_put_str(&text, "\":{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/s/s");
        pt_buf_put_u64(&text, i + 1U);
        pt_buf_put_str(&text, "\"},\"b\":{\"$ref\":\"#/s/s");
        pt_buf_put_u64(&text, i + 1U);
        pt_buf_put_str(&text, "\"}}}");
    }
    pt_buf_put_str(&text, ",\"s30\":{\"type\":\"string\"}}}");
    pt_buf_put_byte(&text, '\0');
    expect_refused(text.ptr, "", PT_E_LIMIT, "trop de niveaux ou de places");
    pt_buf_done(&text);
}

/* --- what changed -------------------------------------------------------------------------------
 */

static void expect_diff(const char *before, const char *after, const char *want, uint32_t changes)
{
    struct pt_buf out;
    uint32_t n = 99U;
    pt_buf_init(&out, 65536U);
    cr_assert(pt_ok(pt_import_diff(pt_slice_str(before), pt_slice_str(after), &out, &n)));
    cr_expect(pt_slice_eq(pt_buf_slice(&out), pt_slice_str(want)), "%.*s", (int)out.len, out.ptr);
    cr_expect_eq(n, changes, "%u", n);
    pt_buf_done(&out);
}

#define DATA(members)                                                                              \
    "{\"title\":\"T\",\"scopes\":[\"s\"],\"params\":[{\"name\":\"siren\",\"in\":\"path\","         \
    "\"required\":true,\"format\":\"siren\"}],\"response\":{\"type\":\"object\",\"members\":{"     \
    "\"data\":{\"type\":\"object\",\"members\":{" members "}}}}}"

Test(import, nothing_changed_is_no_line)
{
    expect_diff(small_want, small_want, "", 0U);
    expect_diff(DATA("\"x\":{\"type\":\"string\",\"nullable\":false}"),
                DATA("\"x\":{\"type\":\"string\"}"), "", 0U);
}

Test(import, every_change_is_one_line)
{
    expect_diff(DATA("\"y\":{\"type\":\"string\"},\"z\":{\"type\":\"string\"}"),
                DATA("\"x\":{\"type\":\"string\"},\"z\":{\"type\":\"string\",\"nullable\":true}"),
                "- /data/y\n~ /data/z nullable: non -> oui\n+ /data/x string\n", 3U);
    expect_diff(DATA("\"l\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"),
                DATA("\"l\":{\"type\":\"array\",\"required\":true,\"items\":{\"type\":[\"string\","
                     "\"integer\"],\"class\":\"personal\"}}"),
                "~ /data/l obligatoire: non -> oui\n~ /data/l/* type: string -> string|integer\n"
                "~ /data/l/* classe: (rien) -> personal\n",
                3U);
    expect_diff("{\"title\":\"A\",\"scopes\":[],\"params\":[{\"name\":\"p\",\"format\":\"text\"},{"
                "\"name\":\"q\",\"format\":\"text\"}]}",
                "{\"title\":\"B\",\"scopes\":[\"s\",\"t\"],\"cache\":\"1h\",\"params\":[{\"name\":"
                "\"q\",\"format\":\"date\"},{\"name\":\"r\",\"format\":\"siren\"}]}",
                "~ title: A -> B\n~ scopes: (rien) -> s|t\n~ cache: (rien) -> 1h\n"
                "- paramètre p text\n~ paramètre q format: text -> date\n+ paramètre r siren\n",
                6U);
}

Test(import, a_new_dataset_shows_all_its_fields)
{
    expect_diff("",
                DATA("\"x\":{\"type\":\"array\",\"required\":true,\"items\":{\"type\":\"object\","
                     "\"members\":{\"y\":{\"type\":\"string\",\"nullable\":true}}}}"),
                "+ paramètre siren siren\n+ /data object\n+ /data/x array obligatoire\n"
                "+ /data/x/* object\n+ /data/x/*/y string nullable\n",
                5U);
}

/* --- the shipped files --------------------------------------------------------------------------
 */

static void read_whole(const char *path, struct pt_buf *text)
{
    pt_buf_init(text, PT_IMPORT_FILE_MAX);
    cr_assert(pt_ok(pt_file_read(path, text)), "%s", path);
}

static void expect_shipped(const struct pt_import *import)
{
    for (size_t i = 0U; i < pt_import_count(import); i++) {
        char path[PT_PATH_MAX];
        struct pt_buf shipped;
        struct pt_buf made;
        const pt_slice id = pt_import_id(import, i);
        (void)snprintf(path, sizeof(path), PT_SOURCE_DIR "/schemas/datasets/%.*s.json", (int)id.len,
                       id.ptr);
        read_whole(path, &shipped);
        pt_buf_init(&made, PT_DATASET_FILE_MAX);
        cr_assert(pt_ok(pt_import_text(import, i, &made)));
        cr_expect(pt_slice_eq(pt_buf_slice(&made), pt_buf_slice(&shipped)), "%s", path);
        pt_buf_done(&made);
        pt_buf_done(&shipped);
    }
}

/* The State's own file is not ours to ship: with it, the shipped descriptors are what it gives;
 * without it, the small one is imported twice. */
Test(import, the_same_input_gives_the_same_bytes)
{
    char path[PT_PATH_MAX];
    const char *shared = getenv("PT_SHARED");
    (void)snprintf(path, sizeof(path), "%s/data/state-apis/api_entreprise/openapi-entreprise.yaml",
                   shared != NULL ? shared : PT_SOURCE_DIR "/../shared");
    struct pt_import *import = NULL;
    struct pt_buf openapi;
    struct pt_buf overlay;
    struct pt_buf why;
    pt_buf_init(&why, 8192U);
    pt_buf_init(&openapi, PT_IMPORT_FILE_MAX);
    const bool there = pt_ok(pt_file_read(path, &openapi));
    read_whole(PT_SOURCE_DIR "/schemas/overlay/entreprise.json", &overlay);
    const struct pt_import_source source = {
        .api = PT_SLICE("entreprise"),
        .openapi_name = PT_SLICE("etat.yaml"),
        .openapi = there ? pt_buf_slice(&openapi) : pt_slice_str(small_yaml),
        .overlay_name = PT_SLICE("faits.json"),
        .overlay = there ? pt_buf_slice(&overlay) : pt_slice_str(small_overlay),
    };
    cr_assert(pt_ok(pt_import_new(&source, &why, &import)), "%.*s", (int)why.len, why.ptr);
    cr_expect_eq(pt_import_count(import), there ? 52U : 1U);
    if (there) {
        expect_shipped(import);
    }
    import = pt_import_free(import);
    pt_buf_done(&overlay);
    pt_buf_done(&openapi);
    pt_buf_done(&why);
}

Test(import, running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    bool done = false;
    TORTURE(nth)
    {
        struct pt_import *import = NULL;
        struct pt_buf why;
        struct pt_buf text;
        pt_buf_init(&why, 8192U);
        pt_buf_init(&text, PT_DATASET_FILE_MAX);
        torture_arm(nth);
        pt_status st = import_texts(small_yaml, small_overlay, &why, &import);
        if (pt_ok(st)) {
            st = pt_import_text(import, 0U, &text);
        }
        torture_disarm();
        import = pt_import_free(import);
        pt_buf_done(&text);
        pt_buf_done(&why);
        if (pt_ok(st)) {
            done = nth > 5U;
            break;
        }
        cr_expect_eq(st.code, PT_E_NOMEM, "allocation %u: %s at %s", nth, pt_code_name(st.code),
                     st.origin);
    }
    cr_assert(done);
}
