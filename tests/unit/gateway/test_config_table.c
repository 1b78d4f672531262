/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/config: the table, its documentation, and the sample that is shipped. */
#include "gateway/config/config_int.h"

#include "poterne/base/clock.h"
#include "poterne/connectors/connector.h"
#include "poterne/gateway/reader.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(config_table, .timeout = 20.0);

static void read_file(const char *path, struct pt_buf *buf)
{
    struct pt_reader_fs fs = {.credentials = NULL};
    const struct pt_reader_port reader = pt_reader_fs(&fs);
    pt_buf_init(buf, PT_CONFIG_FILE_MAX);
    cr_assert(pt_ok(reader.read(reader.ctx, path, buf)), "%s", path);
    pt_buf_put_byte(buf, '\0');
}

static const struct pt_row *row_of(const char *path)
{
    size_t n = 0U;
    const struct pt_row *rows = pt_table(&n);
    for (size_t i = 0U; i < n; i++) {
        if (strcmp(rows[i].path, path) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

Test(config_table, every_row_has_a_parent_before_it_and_is_named_once)
{
    size_t n = 0U;
    const struct pt_row *rows = pt_table(&n);
    for (size_t i = 1U; i < n; i++) {
        size_t parents = 0U;
        for (size_t j = 0U; j < i; j++) {
            cr_expect_neq(strcmp(rows[i].path, rows[j].path), 0, "%s", rows[i].path);
            parents += pt_table_is_child(&rows[i], &rows[j]) ? 1U : 0U;
        }
        cr_expect_eq(parents, 1U, "%s", rows[i].path);
        cr_expect_not_null(rows[i].help);
    }
}

Test(config_table, every_default_is_a_value_of_its_own_type)
{
    size_t n = 0U;
    const struct pt_row *rows = pt_table(&n);
    for (size_t i = 0U; i < n; i++) {
        int64_t number = 0;
        if (rows[i].fallback != NULL) {
            cr_expect(
                pt_value_check(rows[i].type, &rows[i], pt_slice_str(rows[i].fallback), &number),
                "%s", rows[i].path);
        }
        const bool words =
            rows[i].type == PT_V_WORD || (rows[i].type == PT_V_LIST && rows[i].of == PT_V_WORD);
        cr_expect_eq(words, rows[i].words != NULL, "%s", rows[i].path);
    }
}

Test(config_table, every_type_says_what_it_expects)
{
    size_t n = 0U;
    const struct pt_row *rows = pt_table(&n);
    for (size_t i = 0U; i < n; i++) {
        struct pt_buf text;
        pt_buf_init(&text, 256U);
        pt_value_expected(rows[i].type, &rows[i], &text);
        cr_expect(pt_ok(pt_buf_status(&text)) && text.len > 0U, "%s", rows[i].path);
        pt_buf_done(&text);
    }
}

Test(config_table, every_key_is_documented_with_its_default)
{
    struct pt_buf doc;
    read_file(PT_SOURCE_DIR "/docs/configuration.md", &doc);
    size_t n = 0U;
    const struct pt_row *rows = pt_table(&n);
    for (size_t i = 1U; i < n; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "| `%s` |", rows[i].path);
        const char *line = strstr(doc.ptr, text);
        cr_assert_not_null(line, "docs/configuration.md does not name %s", rows[i].path);
        const char *end = strchr(line, '\n');
        const char *must = strstr(line, "| oui |");
        cr_expect_eq(rows[i].required, must != NULL && must < end, "%s", rows[i].path);
        if (rows[i].fallback != NULL) {
            (void)snprintf(text, sizeof text, "| `%s` |", rows[i].fallback);
            const char *value = strstr(line, text);
            cr_expect(value != NULL && value < end, "default of %s", rows[i].path);
        }
        const char *restart = strstr(line, "| redémarrage |");
        cr_expect_eq(rows[i].reload, restart == NULL || restart > end, "%s", rows[i].path);
    }
    pt_buf_done(&doc);
}

Test(config_table, the_documentation_names_no_key_that_does_not_exist)
{
    struct pt_buf doc;
    read_file(PT_SOURCE_DIR "/docs/configuration.md", &doc);
    pt_slice rest = pt_slice_str(doc.ptr);
    size_t seen = 0U;
    while (rest.len > 0U) {
        pt_slice line = pt_slice_cut(&rest, '\n');
        if (!pt_slice_starts(line, PT_SLICE("| `"))) {
            continue;
        }
        line = pt_slice_from(line, 3U);
        char path[128];
        const size_t len = pt_slice_find(line, '`');
        cr_assert_lt(len, sizeof path);
        memcpy(path, line.ptr, len);
        path[len] = '\0';
        cr_expect_not_null(row_of(path), "%s", path);
        seen++;
    }
    cr_expect_gt(seen, 40U);
    pt_buf_done(&doc);
}

Test(config_table, every_known_family_has_its_api_and_the_served_ones_agree_with_their_connector)
{
    size_t n = 0U;
    for (const struct pt_upstream_kind *k = pt_upstream_kinds; k->kind != NULL; k++) {
        cr_expect_str_eq(k->kind, pt_words_kind[n]);
        const struct pt_connector_ops *ops = pt_connector_find(pt_slice_str(k->kind));
        if (ops != NULL) {
            cr_expect_str_eq(ops->api, k->api);
        }
        n++;
    }
    cr_expect_null(pt_words_kind[n]);
    cr_expect_null(pt_upstream_api(PT_SLICE("api-citoyen")));
}

Test(config_table, the_sample_that_is_shipped_checks_against_the_descriptors_that_are_shipped)
{
    struct pt_reader_fs fs = {.credentials = NULL};
    const struct pt_reader_port reader = pt_reader_fs(&fs);
    int32_t today = 0;
    cr_assert(pt_ok(pt_time_date_parse(PT_SLICE("2026-11-24"), &today)));
    const struct pt_config_source source = {.reader = &reader,
                                            .path = PT_SOURCE_DIR "/packaging/poterne.yaml",
                                            .datasets = PT_SOURCE_DIR "/schemas/datasets",
                                            .depth = PT_CONFIG_PATHS,
                                            .today = today};
    struct pt_buf report;
    pt_buf_init(&report, PT_CONFIG_REPORT_MAX);
    struct pt_config *config = NULL;
    const pt_status st = pt_config_load(&source, &report, &config);
    pt_buf_put_byte(&report, '\0');
    cr_assert(pt_ok(st), "%s at %s\n%s", pt_code_name(st.code), st.origin, report.ptr);
    cr_expect_eq(report.len, 1U, "%s", report.ptr);
    cr_expect_eq(config->nhabilitations, 1U);
    (void)pt_config_free(config);
    pt_buf_done(&report);
}

/* --- values
 * ----------------------------------------------------------------------------------------------------------
 */

struct value {
    enum pt_value type;
    const char *text;
    bool ok;
};

static const struct value edges[] = {
    {PT_V_ID, "", false},
    {PT_V_ID, "-a", false},
    {PT_V_ID, "a", true},
    {PT_V_ID, "a_b", false},
    {PT_V_ID, "0a-", true},
    {PT_V_ID, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true},
    {PT_V_ID, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    {PT_V_AGENT, "service:", false},
    {PT_V_AGENT, "service:a", true},
    {PT_V_AGENT, "services:a", false},
    {PT_V_USER, "", false},
    {PT_V_USER, "_", true},
    {PT_V_USER, "_a-b_c9", true},
    {PT_V_USER, "9a", false},
    {PT_V_USER, "__a", false},
    {PT_V_USER, "root;", false},
    {PT_V_ORIGIN, "a+b", false},
    {PT_V_ORIGIN, "a b", false},
    {PT_V_ORIGIN, "trace.fr/x", true},
    {PT_V_LISTEN, "127.0.0.1:0", true},
    {PT_V_LISTEN, "127.0.0.1:", false},
    {PT_V_LISTEN, "127.0.0.1:+1", false},
    {PT_V_LISTEN, "127.0.0.1:000080", false},
    {PT_V_LISTEN, "[::]:65535", true},
    {PT_V_LISTEN, "[::1]x:1", false},
    {PT_V_LISTEN, "[127.0.0.1]:1", false},
    {PT_V_LISTEN, "01.0.0.1:1", false},
    {PT_V_URL, "https://[::1]:8443", true},
    {PT_V_URL, "https://127.0.0.1:8443", true},
    {PT_V_URL, "https://a", true},
    {PT_V_URL, "https://a:65536", false},
    {PT_V_EMAIL, "a@b.fr", true},
    {PT_V_EMAIL, "@b.fr", false},
    {PT_V_EMAIL, "a@b.fr@c.fr", false},
    {PT_V_EMAIL, "a@.fr", false},
    {PT_V_SIRET, "35600000012345", true}, /* La Poste: exempt from the sum */
    {PT_V_SIRET, "2168099960000", false},
    {PT_V_DATE, "2024-02-29", true},
    {PT_V_DATE, "2023-02-29", false},
    {PT_V_DATE, "2026-1-1", false},
    {PT_V_BOOL, "True", false},
    {PT_V_BOOL, "on", false},
    {PT_V_BOOL, "1", false},
    {PT_V_BOOL, "true", true},
    {PT_V_POINTER, "/", false},
    {PT_V_POINTER, "/a", true},
    {PT_V_POINTER, "a", false},
    {PT_V_PATH, "a\nb", false},
    {PT_V_SECRET, "credential:", false},
    {PT_V_SECRET, "credential:a.b", true},
    {PT_V_DATASET, "Entreprise/v4", false},
    {PT_V_DATASET, "entreprise/v4/insee/unites_legales-siege_social", true},
    {PT_V_SECTION, "x", false},
};

Test(config_table, values_at_the_edge_of_each_type)
{
    const struct pt_row row = {.path = ""};
    for (size_t i = 0U; i < PT_COUNT(edges); i++) {
        int64_t number = 0;
        cr_expect_eq(pt_value_check(edges[i].type, &row, pt_slice_str(edges[i].text), &number),
                     edges[i].ok, "« %s »", edges[i].text);
    }
}

Test(config_table, a_fingerprint_is_64_digits_or_32_pairs_with_colons)
{
    uint8_t bytes[32];
    char text[96];
    for (size_t i = 0U; i < 32U; i++) {
        (void)snprintf(text + i * 3U, sizeof text - i * 3U, "%02X:", (unsigned)i);
    }
    cr_expect(pt_fingerprint_parse(pt_slice_of(text, 95U), bytes));
    cr_expect_eq(bytes[31], 31U);
    cr_expect_not(pt_fingerprint_parse(pt_slice_of(text, 96U), bytes));
    cr_expect_not(pt_fingerprint_parse(pt_slice_of(text, 94U), bytes));
    text[2] = ';';
    cr_expect_not(pt_fingerprint_parse(pt_slice_of(text, 95U), bytes));
    text[2] = ':';
    text[93] = 'G';
    cr_expect_not(pt_fingerprint_parse(pt_slice_of(text, 95U), bytes));
}

Test(config_table, what_looks_like_a_secret_does_and_what_does_not_does_not)
{
    static const struct {
        const char *text;
        bool secret;
    } rows[] = {
        {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx", true},
        {"-----BEGIN EC PRIVATE KEY-----", true},
        {"q8Zr3TqLw0Pz7mKxVb2NcD5fGh1JkLqWeRtYuIoPaSdFgHjKlZxCvBnM", true},
        {"eyJ", false},
        {"", false},
        {"/etc/poterne/tokens/subvention-association", false},
        {"00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF", false},
        {"/data/personne_morale_attributs/raison_sociale/tout/cela/est/long", false},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        cr_expect_eq(pt_looks_secret(pt_slice_str(rows[i].text)), rows[i].secret, "« %s »",
                     rows[i].text);
    }
}
