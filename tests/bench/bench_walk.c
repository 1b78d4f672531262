/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * bench_walk.c -- CPU time of one State answer of about 2 KB through pt_walk(), beside jansson.
 *
 * Prints one line a variant: the median of ROUNDS rounds, thread CPU time, one core. The variants
 * alternate inside a round, so that a busy machine disturbs them alike. No figure is asserted.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "poterne/schemas/walk.h"
#include "tests/support/tree.h"

#define ROUNDS 15U
#define LOOPS  2000U

static const char tree_text[] =
    "o{data:o!{siren:s!,siret_siege_social:s?!,rna:s?,categorie_entreprise:s?,type:s!,"
    "personne_morale_attributs:o!{raison_sociale:s?,sigle:s?},"
    "personne_physique_attributs:o!{pseudonyme:s?1,prenom_usuel:s?1,prenom_1:s?1,prenom_2:s?1,"
    "nom_usage:s?1,nom_naissance:s?1,sexe:s?1},"
    "denominations_usuelles:a?[s?],status_diffusion:s!,diffusable_commercialement:b!,"
    "forme_juridique:o!{code:s,libelle:s},"
    "activite_principale:o!{code:s,libelle:s,nomenclature:s},"
    "tranche_effectif_salarie:o!{code:s,intitule:s,date_reference:s?,de:i?,a:i?},"
    "economie_sociale_et_solidaire:b?,date_creation:i?,date_cessation:i?,etat_administratif:s!,"
    "adresse:o{numero_voie:s?,type_voie:s?,libelle_voie:s?,code_postal:s?,libelle_commune:s?,"
    "code_commune:s?,complement_adresse:s?,code_pays_etranger:s?},"
    "etablissements:a[o{siret:s!,siege:b!,activite:s?,effectif:i?,date_ouverture:s?}]},"
    "links:o{siege_social:s?,siege_social_adresse:s?},meta:o{date_derniere_mise_a_jour:i?,"
    "redirect_from_siren:s?}}";

static const char document[] =
    "{\"data\":{\"siren\":\"130025265\",\"rna\":null,\"siret_siege_social\":\"13002526500013\","
    "\"categorie_entreprise\":\"PME\",\"type\":\"personne_morale\",\"personne_morale_attributs\":"
    "{\"raison_sociale\":\"DIRECTION INTERMINISTERIELLE DU NUMERIQUE\",\"sigle\":\"DINUM\"},"
    "\"personne_physique_attributs\":{\"pseudonyme\":null,\"prenom_usuel\":null,\"prenom_1\":null,"
    "\"prenom_2\":null,\"nom_usage\":null,\"nom_naissance\":null,\"sexe\":null},"
    "\"denominations_usuelles\":[\"DINUM\",\"ETALAB\"],\"status_diffusion\":\"diffusible\","
    "\"diffusable_commercialement\":true,\"forme_juridique\":{\"code\":\"7120\",\"libelle\":"
    "\"Service central d'un ministère\"},\"activite_principale\":{\"code\":\"8411Z\",\"libelle\":"
    "\"Administration publique générale\",\"nomenclature\":\"NAFRev2\"},"
    "\"tranche_effectif_salarie\":{\"code\":\"22\",\"intitule\":\"100 à 199 salariés\","
    "\"date_reference\":\"2021\",\"de\":100,\"a\":199},\"economie_sociale_et_solidaire\":false,"
    "\"date_creation\":1634103818,\"date_cessation\":null,\"etat_administratif\":\"A\",\"adresse\":"
    "{\"complement_adresse\":\"Bâtiment Ségur, 3ᵉ étage\",\"numero_voie\":\"20\",\"type_voie\":"
    "\"AVENUE\",\"libelle_voie\":\"DE SÉGUR\",\"code_postal\":\"75007\",\"libelle_commune\":"
    "\"PARIS 7\",\"code_commune\":\"75107\",\"code_pays_etranger\":null},\"etablissements\":["
    "{\"siret\":\"13002526500013\",\"siege\":true,\"activite\":\"8411Z\",\"effectif\":150,"
    "\"date_ouverture\":\"2015-09-22\"},{\"siret\":\"13002526500021\",\"siege\":false,\"activite\":"
    "\"6201Z\",\"effectif\":32,\"date_ouverture\":\"2017-01-01\"},{\"siret\":\"13002526500039\","
    "\"siege\":false,\"activite\":\"6202A\",\"effectif\":12,\"date_ouverture\":\"2019-11-25\"},"
    "{\"siret\":\"13002526500047\",\"siege\":false,\"activite\":null,\"effectif\":null,"
    "\"date_ouverture\":\"2021-03-01\"}]},\"links\":{\"siege_social\":"
    "\"https://entreprise.api.gouv.fr/v3/insee/sirene/etablissements/13002526500013\","
    "\"siege_social_adresse\":"
    "\"https://entreprise.api.gouv.fr/v3/insee/sirene/etablissements/13002526500013/adresse\"},"
    "\"meta\":{\"date_derniere_mise_a_jour\":1618396818,\"redirect_from_siren\":null}}";

struct bench {
    const struct pt_dataset *dataset;
    struct pt_mask *all;
    struct pt_mask *four;
    pt_slice compact;
    pt_slice spaced;
    struct pt_buf out;
};

static void fail(const char *what)
{
    (void)fprintf(stderr, "bench_walk: %s\n", what);
    exit(1);
}

static void walk(struct bench *b, const struct pt_mask *mask, pt_slice json)
{
    struct pt_walk_report report = {0};
    pt_buf_clear(&b->out);
    if (!pt_ok(pt_walk(b->dataset, mask, json, &b->out, &report))) {
        fail("pt_walk");
    }
}

static void run_all(struct bench *b)
{
    walk(b, b->all, b->compact);
}

static void run_four(struct bench *b)
{
    walk(b, b->four, b->compact);
}

static void run_spaced(struct bench *b)
{
    walk(b, b->all, b->spaced);
}

static json_t *parse(const struct bench *b)
{
    json_t *const tree = json_loadb(b->compact.ptr, b->compact.len, JSON_REJECT_DUPLICATES, NULL);
    if (tree == NULL) {
        fail("json_loadb");
    }
    return tree;
}

static void run_jansson(struct bench *b)
{
    json_decref(parse(b));
}

static void run_jansson_dump(struct bench *b)
{
    json_t *const tree = parse(b);
    char *const text = json_dumps(tree, JSON_COMPACT);
    if (text == NULL) {
        fail("json_dumps");
    }
    free(text);
    json_decref(tree);
}

static double now_us(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int order(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static const struct {
    const char *name;
    void (*run)(struct bench *b);
} variants[] = {
    {"pt_walk, every field allowed", run_all},
    {"pt_walk, 4 fields allowed", run_four},
    {"pt_walk, every field, indented input", run_spaced},
    {"jansson parse", run_jansson},
    {"jansson parse and dump", run_jansson_dump},
};

static void measure(struct bench *b)
{
    double us[PT_COUNT(variants)][ROUNDS];
    for (size_t round = 0U; round < ROUNDS; round++) {
        for (size_t v = 0U; v < PT_COUNT(variants); v++) {
            const double from = now_us();
            for (size_t i = 0U; i < LOOPS; i++) {
                variants[v].run(b);
            }
            us[v][round] = (now_us() - from) / (double)LOOPS;
        }
    }
    for (size_t v = 0U; v < PT_COUNT(variants); v++) {
        qsort(us[v], ROUNDS, sizeof(us[v][0]), order);
        (void)printf("%-40s %8.2f us/doc (best %.2f)\n", variants[v].name, us[v][ROUNDS / 2U],
                     us[v][0]);
    }
}

int main(void)
{
    static struct tree tree;
    const pt_slice all[] = {PT_SLICE("/data"), PT_SLICE("/links"), PT_SLICE("/meta")};
    const pt_slice four[] = {PT_SLICE("/data/siren"), PT_SLICE("/data/etat_administratif"),
                             PT_SLICE("/data/personne_morale_attributs/raison_sociale"),
                             PT_SLICE("/data/etablissements/*/siret")};
    struct bench b = {.dataset = tree_init(&tree, tree_text), .compact = pt_slice_str(document)};
    size_t bad = 0U;
    if (!pt_ok(pt_mask_new(b.dataset, all, PT_COUNT(all), &b.all, &bad)) ||
        !pt_ok(pt_mask_new(b.dataset, four, PT_COUNT(four), &b.four, &bad))) {
        fail("pt_mask_new");
    }
    json_t *const parsed = parse(&b);
    char *const spaced = json_dumps(parsed, JSON_INDENT(2));
    json_decref(parsed);
    b.spaced = pt_slice_str(spaced);
    pt_buf_init(&b.out, PT_FETCH_BODY_MAX);
    (void)printf("document of %zu bytes, %zu places; indented: %zu bytes\n", b.compact.len,
                 b.dataset->nnodes, b.spaced.len);

    measure(&b);

    free(spaced);
    pt_buf_done(&b.out);
    b.all = pt_mask_free(b.all);
    b.four = pt_mask_free(b.four);
    return 0;
}
