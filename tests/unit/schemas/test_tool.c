/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * poterne-catalogue: what it prints and the code it leaves, command by command.
 */
#include <criterion/criterion.h>

#include "poterne/base/cli.h"
#include "poterne/base/file.h"
#include "poterne/schemas/tool.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHIPPED PT_SOURCE_DIR "/schemas/datasets"

static char folder[64];

static void setup(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/poterne-tool-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void teardown(void)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    cr_expect_eq(system(command), 0);
}

TestSuite(tool, .init = setup, .fini = teardown, .timeout = 60.0);

struct answer {
    int code;
    struct pt_buf out;
    struct pt_buf err;
};

static int divert(int fd, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    const int saved = dup(fd);
    const int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    cr_assert(saved >= 0 && file >= 0 && dup2(file, fd) == fd);
    (void)close(file);
    return saved;
}

static void restore(FILE *stream, int fd, int saved, const char *name, struct pt_buf *text)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    (void)fflush(stream);
    (void)dup2(saved, fd);
    (void)close(saved);
    pt_buf_init(text, 8U * 1024U * 1024U);
    cr_assert(pt_ok(pt_file_read(path, text)));
    pt_buf_put_byte(text, '\0');
}

/* @line: the arguments, separated by single blanks. */
static struct answer run(const char *line)
{
    static char name[] = "poterne-catalogue";
    char words[1024];
    char *argv[32] = {name};
    int argc = 1;
    (void)snprintf(words, sizeof(words), "%s", line);
    for (char *w = words; w != NULL && *w != '\0' && argc < 31;) {
        argv[argc++] = w;
        w = strchr(w, ' ');
        if (w != NULL) {
            *w++ = '\0';
        }
    }
    struct answer a;
    const int out = divert(STDOUT_FILENO, "out");
    const int err = divert(STDERR_FILENO, "err");
    a.code = pt_catalogue_main(argc, argv);
    restore(stdout, STDOUT_FILENO, out, "out", &a.out);
    restore(stderr, STDERR_FILENO, err, "err", &a.err);
    return a;
}

static void done(struct answer *a)
{
    pt_buf_done(&a->out);
    pt_buf_done(&a->err);
}

static void expect_run(const char *line, int code, const char *out, const char *err)
{
    struct answer a = run(line);
    cr_expect_eq(a.code, code, "%s: %d %s", line, a.code, a.err.ptr);
    cr_expect_not_null(strstr(a.out.ptr, out), "%s: « %s » is not in « %s »", line, out, a.out.ptr);
    cr_expect_not_null(strstr(a.err.ptr, err), "%s: « %s » is not in « %s »", line, err, a.err.ptr);
    done(&a);
}

static void put_file(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    cr_assert(pt_ok(pt_file_mkdirs(path, 0700)));
    *slash = '/';
    cr_assert(pt_ok(pt_file_replace(path, pt_slice_str(text), 0600)));
}

Test(tool, wrong_usage_is_said_and_leaves_2)
{
    expect_run("", PT_EXIT_USAGE, "", "");
    expect_run("lister", PT_EXIT_USAGE, "", "list");
    expect_run("list --formt json", PT_EXIT_USAGE, "", "format");
    expect_run("list --format xml --datasets " SHIPPED, PT_EXIT_USAGE, "", "");
    expect_run("show --datasets " SHIPPED, PT_EXIT_USAGE, "", "show attend");
    expect_run("import", PT_EXIT_USAGE, "", "import attend");
    expect_run("check /nulle/part", PT_EXIT_USAGE, "", "n'existe pas");
    expect_run("check a b", PT_EXIT_USAGE, "", "un seul dossier");
}

Test(tool, list_in_json_is_what_the_contract_says)
{
    struct answer a = run("list --format json --datasets " SHIPPED);
    json_t *rows = json_loads(a.out.ptr, JSON_REJECT_DUPLICATES, NULL);
    cr_assert_eq(a.code, PT_EXIT_OK);
    cr_assert(json_is_array(rows), "%s", a.out.ptr);
    cr_expect_geq(json_array_size(rows), 52U);
    bool seen = false;
    for (size_t i = 0U; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        const char *id = json_string_value(json_object_get(row, "id"));
        cr_assert(id != NULL && json_is_string(json_object_get(row, "api")));
        cr_expect(json_is_string(json_object_get(row, "path")));
        cr_expect(json_is_boolean(json_object_get(row, "deprecated")));
        json_t *params = json_object_get(row, "params");
        cr_expect(json_is_array(params));
        if (strcmp(id, "entreprise/v4/insee/unites_legales") == 0) {
            json_t *param = json_array_get(params, 0U);
            seen = true;
            cr_expect_str_eq(json_string_value(json_object_get(param, "name")), "siren");
            cr_expect_str_eq(json_string_value(json_object_get(param, "in")), "path");
            cr_expect_str_eq(json_string_value(json_object_get(param, "format")), "siren");
            cr_expect(json_is_true(json_object_get(param, "required")));
        }
    }
    cr_expect(seen);
    json_decref(rows);
    done(&a);
}

Test(tool, list_is_a_table_for_people_and_csv_for_sheets)
{
    expect_run("list --datasets " SHIPPED, PT_EXIT_OK, "IDENTIFIANT", "");
    expect_run("list --datasets " SHIPPED, PT_EXIT_OK, "siret, limit?", "");
    expect_run("list --format csv --datasets " SHIPPED, PT_EXIT_OK,
               "entreprise/v4/insee/unites_legales,", "");
}

Test(tool, show_tells_all_about_one_dataset)
{
    expect_run("show entreprise/v4/insee/unites_legales --datasets " SHIPPED, PT_EXIT_OK,
               "250 requêtes en 60 s par jeton", "");
    expect_run("show entreprise/v4/insee/unites_legales --datasets " SHIPPED, PT_EXIT_OK,
               "siren (chemin, obligatoire) : un SIREN", "");
    expect_run("show entreprise/v0/dinum/privileges --datasets " SHIPPED, PT_EXIT_OK,
               "Quota : aucun", "");
    expect_run("show entreprise/v4/insee/unites_legales --format csv --datasets " SHIPPED,
               PT_EXIT_OK, "/data/personne_physique_attributs/sexe,string,oui,oui,personal", "");
    struct answer a = run("show entreprise/v3/ademe/etablissements-certification_rge --format json "
                          "--datasets " SHIPPED);
    json_t *shown = json_loads(a.out.ptr, JSON_REJECT_DUPLICATES, NULL);
    cr_assert(json_is_object(shown), "%s", a.out.ptr);
    json_t *field = json_array_get(json_object_get(shown, "fields"), 0U);
    cr_expect_str_eq(json_string_value(json_object_get(field, "pointer")), "/data");
    cr_expect(json_is_true(json_object_get(field, "required")));
    cr_expect_eq(json_array_size(json_object_get(shown, "scopes")), 2U);
    json_decref(shown);
    done(&a);
}

Test(tool, show_of_an_unknown_id_says_no_and_proposes)
{
    expect_run("show entreprise/v4/insee/unites_legale --datasets " SHIPPED, PT_EXIT_NO, "",
               "peut-être « entreprise/v4/insee/unites_legales »");
}

Test(tool, check_names_every_bad_file_and_leaves_78)
{
    char line[256];
    expect_run("check " SHIPPED, PT_EXIT_OK, "aucune erreur", "");
    put_file("jeux/a/un.json", "{\"id\":1}");
    put_file("jeux/a/deux.json", "{");
    put_file("jeux/lisez-moi.txt", "pas un descripteur");
    put_file("jeux/a/.cache.json", "{");
    (void)snprintf(line, sizeof(line), "check %s/jeux", folder);
    expect_run(line, PT_EXIT_CONFIG, "2 erreurs, 0 jeu de données lisible", "/a/un.json: /id: un");
    expect_run(line, PT_EXIT_CONFIG, "", "/a/deux.json:1:1: ce n'est pas du JSON");
    (void)snprintf(line, sizeof(line), "list --datasets %s/jeux", folder);
    expect_run(line, PT_EXIT_CONFIG, "", "/a/un.json: /id: un texte est attendu");
    (void)snprintf(line, sizeof(line), "check %s/vide", folder);
    put_file("vide/x.txt", "");
    expect_run(line, PT_EXIT_CONFIG, "", "aucun jeu de données");
}

static const char openapi[] =
    "paths:\n  /v9/essai/x/{siren}:\n    get:\n      summary: X\n      parameters:\n"
    "      - {name: siren, in: path, required: true, schema: {type: string}}\n"
    "      responses:\n        '200':\n          content:\n            application/json:\n"
    "              schema: {type: object, properties: {data: {type: object, properties: "
    "{a: {type: string}, b: {type: string%s}}}}}\n";

static void import_line(char *line, size_t size, const char *more)
{
    (void)snprintf(line, size, "import %s/etat.yaml --datasets %s/jeux --overlay %s/faits.json %s",
                   folder, folder, folder, more);
}

static void put_openapi(const char *flag)
{
    char text[1024];
    (void)snprintf(text, sizeof(text), openapi, flag);
    put_file("etat.yaml", text);
}

Test(tool, import_writes_then_changes_nothing_then_tells_what_changed)
{
    char line[512];
    char with_out[128];
    put_openapi("");
    put_file("faits.json", "{\"classes\":{\"personal\":[\"a\"]}}");
    put_file("jeux/lisez-moi.txt", "");
    (void)snprintf(with_out, sizeof(with_out), "--out %s/jeux --dry-run", folder);
    import_line(line, sizeof(line), with_out);
    expect_run(line, PT_EXIT_OK, "+ entreprise/v9/essai/x\n", "");
    expect_run(line, PT_EXIT_OK, "1 nouveaux, 0 changés, 0 inchangés", "");
    (void)snprintf(with_out, sizeof(with_out), "--out %s/jeux", folder);
    import_line(line, sizeof(line), with_out);
    expect_run(line, PT_EXIT_OK, "+ /data/a string personal", "");
    expect_run(line, PT_EXIT_OK, "0 nouveaux, 0 changés, 1 inchangés", "");
    put_openapi(", nullable: true");
    expect_run(line, PT_EXIT_OK, "~ entreprise/v9/essai/x\n    ~ /data/b nullable: non -> oui\n",
               "");
    expect_run(line, PT_EXIT_OK, "0 nouveaux, 0 changés, 1 inchangés", "");
    put_file("etat.yaml", "paths: {}\n");
    expect_run(line, PT_EXIT_OK, "- entreprise/v9/essai/x\n", "");
    (void)snprintf(line, sizeof(line), "check %s/jeux", folder);
    expect_run(line, PT_EXIT_OK, "1 jeu de données, aucune erreur", "");
}

Test(tool, import_of_a_bad_file_says_where_and_leaves_78)
{
    char line[512];
    put_file("etat.yaml", "paths:\n  - &a x\n");
    put_file("faits.json", "{}");
    put_file("jeux/lisez-moi.txt", "");
    import_line(line, sizeof(line), "");
    expect_run(line, PT_EXIT_CONFIG, "", "etat.yaml:2:5: ancres");
    expect_run("import /nulle/part.yaml --datasets " SHIPPED, PT_EXIT_USAGE, "", "n'existe pas");
    expect_run("import " PT_SOURCE_DIR "/README.md --overlay /nulle/part.json --datasets " SHIPPED,
               PT_EXIT_USAGE, "", "n'existe pas");
}
