/* SPDX-License-Identifier: EUPL-1.2 */
/* A configuration in memory; see config_case.h. */
#include "config_case.h"

#include "poterne/pki/ca.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define ROOM 65536U

static char edited[2][ROOM];
static unsigned turn;

static const char good_yaml[] =
    /*  1 */
    "commune:\n"
    /*  2 */ "  siret: \"21680999600004\"\n"
    /*  3 */ "  name: Commune d'Admiville\n"
    /*  4 */ "  dpo: dpo@admiville.fr\n"
    /*  5 */ "listen:\n"
    /*  6 */ "  grc: 0.0.0.0:8443\n"
    /*  7 */ "  metrics: \"[::1]:9464\"\n"
    /*  8 */ "tls:\n"
    /*  9 */ "  certificate: tls/server.pem\n"
    /* 10 */ "  key: tls/server.key\n"
    /* 11 */ "  client-ca: /etc/poterne/tls/ca.pem\n"
    /* 12 */ "  client-crl: tls/clients.crl\n"
    /* 13 */ "log:\n"
    /* 14 */ "  directory: /var/lib/poterne/log\n"
    /* 15 */ "upstreams:\n"
    /* 16 */ "  entreprise: { kind: api-entreprise, url: https://entreprise.api.gouv.fr }\n"
    /* 17 */ "  particulier: { kind: api-particulier, url: https://particulier.api.gouv.fr }\n"
    /* 18 */ "clients:\n"
    /* 19 */ "  grc-publik:\n"
    /* 20 */ "    certificate-sha256: "
    "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"\n"
    /* 21 */ "    habilitations: [subvention]\n"
    /* 22 */ "agents:\n"
    /* 23 */ "  agent-042: { service: vie-associative, granted-by: dgs, valid-until: 2027-12-31 }\n"
    /* 24 */ "habilitations:\n"
    /* 25 */ "  subvention:\n"
    /* 26 */ "    procedure: subvention-association\n"
    /* 27 */ "    title: Subvention à une association\n"
    /* 28 */ "    legal-mode: demande\n"
    /* 29 */ "    legal-basis: CRPA L.114-8 I\n"
    /* 30 */ "    datapass: \"12345\"\n"
    /* 31 */ "    valid-from: 2026-01-01\n"
    /* 32 */ "    valid-until: 2027-12-31\n"
    /* 33 */ "    agents: [agent-042]\n"
    /* 34 */ "    upstream: entreprise\n"
    /* 35 */ "    token-file: tokens/subvention\n"
    /* 36 */ "    context: Subventions\n"
    /* 37 */ "    object: subvention-association\n"
    /* 38 */ "    datasets:\n"
    /* 39 */ "      entreprise/v4/insee/unites_legales:\n"
    /* 40 */ "        fields: [/data/siren, /data/adresse]\n"
    /* 41 */ "homologation-file: homologation.json\n";

static const char good_homologation[] =
    "{\n"
    "  \"authority\": \"Le maire d'Admiville\",\n"
    "  \"date\": \"2026-01-15\",\n"
    "  \"valid-until\": \"2028-01-14\",\n"
    "  \"scope\": \"Échanges de données avec l'État\",\n"
    "  \"version\": \"0.1.0\",\n"
    "  \"residual-risks\": \"HOM-2026-01 annexe 4\",\n"
    "  \"levels\": { \"cachet\": \"**\", \"auth-serveur\": \"*\" },\n"
    "  \"products\": {\n"
    "    \"tsa\": { \"kind\": \"horodatage\", \"name\": \"TSA\", \"qualification\": \"QTSP 1\" }\n"
    "  }\n"
    "}\n";

/* Two small descriptors: one with a personal field, one of another API. */
#define MEMBERS_END                                                                                \
    "}},\"links\":{\"type\":\"object\",\"required\":true,\"members\":{}},"                         \
    "\"meta\":{\"type\":\"object\",\"required\":true,\"members\":{}}}}}"
static const char unites_legales[] =
    "{\"id\":\"entreprise/v4/insee/unites_legales\",\"api\":\"entreprise\","
    "\"path\":\"/v4/insee/sirene/unites_legales/{siren}\",\"title\":\"Unité légale\","
    "\"provider\":\"insee\",\"params\":[{\"name\":\"siren\",\"in\":\"path\",\"required\":true,"
    "\"format\":\"siren\"}],\"scopes\":[],\"subject\":\"siren\",\"response\":{\"type\":\"object\","
    "\"members\":{\"data\":{\"type\":\"object\",\"required\":true,\"members\":{"
    "\"siren\":{\"type\":\"string\"},\"adresse\":{\"type\":\"string\"},"
    "\"nom\":{\"type\":\"string\",\"class\":\"personal\"},"
    "\"codes\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}" MEMBERS_END;
static const char associations[] =
    "{\"id\":\"entreprise/v4/djepva/associations\",\"api\":\"entreprise\",\"deprecated\":true,"
    "\"path\":\"/v4/djepva/associations/{siren}\",\"title\":\"Associations\","
    "\"provider\":\"djepva\",\"params\":[{\"name\":\"siren\",\"in\":\"path\",\"required\":true,"
    "\"format\":\"siren\"}],\"scopes\":[],\"response\":{\"type\":\"object\","
    "\"members\":{\"data\":{\"type\":\"object\",\"required\":true,\"members\":{"
    "\"objet\":{\"type\":\"string\"}" MEMBERS_END;
static const char quotient[] =
    "{\"id\":\"particulier/v3/cnaf/quotient\",\"api\":\"particulier\","
    "\"path\":\"/v3/cnaf/quotient\",\"title\":\"Quotient\",\"provider\":\"cnaf\",\"params\":[],"
    "\"scopes\":[],\"response\":{\"type\":\"object\",\"members\":{\"data\":{\"type\":\"object\","
    "\"required\":true,\"members\":{\"quotient\":{\"type\":\"integer\",\"class\":"
    "\"personal\"}" MEMBERS_END;

/* --- the reader
 * ------------------------------------------------------------------------------------------- */

struct config_file *case_file(struct config_case *c, const char *path)
{
    for (size_t i = 0U; i < c->n; i++) {
        if (strcmp(c->files[i].path, path) == 0) {
            return &c->files[i];
        }
    }
    return NULL;
}

static pt_status fake_read(void *ctx, const char *path, struct pt_buf *buf)
{
    const struct config_file *file = case_file(ctx, path);
    PT_ENSURE(file != NULL, PT_E_ABSENT);
    PT_ENSURE(file->fault == 0U, file->fault);
    pt_buf_put(buf, file->bytes);
    return pt_buf_status(buf);
}

static pt_status fake_mode(void *ctx, const char *path, uint32_t *ret_mode)
{
    const struct config_file *file = case_file(ctx, path);
    PT_ENSURE(file != NULL, PT_E_ABSENT);
    *ret_mode = file->mode;
    return PT_SUCCESS;
}

static bool is_listed(const char *path, const char *folder, const char *suffix, uint32_t depth)
{
    const size_t n = strlen(folder);
    const size_t len = strlen(path);
    const size_t end = strlen(suffix);
    if (strncmp(path, folder, n) != 0 || path[n] != '/' || len < end ||
        strcmp(path + (len - end), suffix) != 0) {
        return false;
    }
    uint32_t slashes = 0U;
    for (const char *p = path + n + 1U; *p != '\0'; p++) {
        slashes += *p == '/' ? 1U : 0U;
    }
    return slashes <= depth;
}

/* In byte order: the next path after the last one that was given. */
static pt_status fake_list(void *ctx, const char *path, const char *suffix, uint32_t depth,
                           struct pt_buf *buf)
{
    const struct config_case *c = ctx;
    const char *last = "";
    for (;;) {
        const char *next = NULL;
        for (size_t i = 0U; i < c->n; i++) {
            const char *one = c->files[i].path;
            if (is_listed(one, path, suffix, depth) && strcmp(one, last) > 0 &&
                (next == NULL || strcmp(one, next) < 0)) {
                next = one;
            }
        }
        if (next == NULL) {
            return pt_buf_status(buf);
        }
        pt_buf_put(buf, pt_slice_of(next, strlen(next) + 1U));
        last = next;
    }
}

/* --- the case
 * ---------------------------------------------------------------------------------------------- */

void case_put_bytes(struct config_case *c, const char *path, pt_slice bytes)
{
    struct config_file *file = case_file(c, path);
    if (file == NULL) {
        cr_assert_lt(c->n, CASE_FILES_MAX);
        file = &c->files[c->n];
        c->n++;
    }
    *file = (struct config_file){.path = path, .bytes = bytes, .mode = 0400U};
}

void case_put(struct config_case *c, const char *path, const char *text)
{
    case_put_bytes(c, path, pt_slice_str(text));
}

void case_remove(struct config_case *c, const char *path)
{
    struct config_file *file = case_file(c, path);
    cr_assert_not_null(file);
    *file = c->files[c->n - 1U];
    c->n--;
}

void case_init(struct config_case *c)
{
    *c = (struct config_case){.n = 0U};
    c->reader =
        (struct pt_reader_port){.read = fake_read, .list = fake_list, .mode = fake_mode, .ctx = c};
    c->source = (struct pt_config_source){.reader = &c->reader,
                                          .path = CASE_YAML,
                                          .datasets = CASE_DATASETS,
                                          .depth = PT_CONFIG_PATHS,
                                          .today = CASE_TODAY};
    pt_buf_init(&c->report, PT_CONFIG_REPORT_MAX);
    case_put(c, CASE_YAML, good_yaml);
    case_put(c, CASE_DATASETS "/entreprise/v4/insee/unites_legales.json", unites_legales);
    case_put(c, CASE_DATASETS "/entreprise/v4/djepva/associations.json", associations);
    case_put(c, CASE_DATASETS "/particulier/v3/cnaf/quotient.json", quotient);
}

void case_done(struct config_case *c)
{
    c->config = pt_config_free(c->config);
    pt_buf_done(&c->report);
}

static void edit(struct config_case *c, pt_slice text, const char *old, const char *now)
{
    const char *at = strstr(text.ptr, old);
    cr_assert_not_null(at, "\"%s\" is not in the file", old);
    char *room = edited[turn % 2U];
    turn++;
    const int n =
        snprintf(room, ROOM, "%.*s%s%s", (int)(at - text.ptr), text.ptr, now, at + strlen(old));
    cr_assert(n > 0 && (size_t)n < ROOM);
    case_put(c, CASE_YAML, room);
}

void case_edit(struct config_case *c, const char *old, const char *now)
{
    edit(c, pt_slice_str(good_yaml), old, now);
}

void case_edit_more(struct config_case *c, const char *old, const char *now)
{
    edit(c, case_file(c, CASE_YAML)->bytes, old, now);
}

void case_load(struct config_case *c)
{
    c->config = pt_config_free(c->config);
    pt_buf_clear(&c->report);
    c->status = pt_config_load(&c->source, &c->report, &c->config);
    pt_buf_put_byte(&c->report, '\0');
    c->report.len--;
}

bool case_reports(const struct config_case *c, const char *text)
{
    return strstr(c->report.ptr, text) != NULL;
}

static void expect_line(const struct config_case *c, const char *place, const char *kind,
                        const char *message)
{
    char line[1024];
    (void)snprintf(line, sizeof line, CASE_YAML ":%s: %s : ", place, kind);
    const char *at = strstr(c->report.ptr, line);
    cr_assert_not_null(at, "no \"%s\" in:\n%s", line, c->report.ptr);
    const char *end = strchr(at, '\n');
    const char *found = strstr(at, message);
    cr_expect(found != NULL && found < end, "no \"%s\" in:\n%s", message, c->report.ptr);
}

void case_expect_error(struct config_case *c, const char *place, const char *message)
{
    case_load(c);
    cr_assert_eq(c->status.code, PT_E_SCHEMA, "%s at %s\n%s", pt_code_name(c->status.code),
                 c->status.origin, c->report.ptr);
    cr_expect_null(c->config);
    expect_line(c, place, "erreur", message);
    cr_expect(case_reports(c, "\n1 erreur\n"), "not one error:\n%s", c->report.ptr);
}

void case_expect_warning(struct config_case *c, const char *place, const char *message)
{
    case_load(c);
    cr_assert_eq(c->status.code, PT_OK, "%s", c->report.ptr);
    expect_line(c, place, "avertissement", message);
    cr_expect(case_reports(c, "\n1 avertissement\n"), "%s", c->report.ptr);
}

void case_expect_clean(struct config_case *c)
{
    case_load(c);
    cr_assert_eq(c->status.code, PT_OK, "%s", c->report.ptr);
    cr_expect_eq(c->report.len, 0U, "%s", c->report.ptr);
    cr_assert_not_null(c->config);
}

/* --- keys and certificates
 * ---------------------------------------------------------------------------------- */

static struct pt_buf pems[6];

static pt_slice pem_of(size_t i)
{
    return pt_buf_slice(&pems[i]);
}

static void issue(enum pt_ca_profile profile, const struct pt_key *key, size_t i)
{
    const pt_slice names[] = {PT_SLICE_INIT("localhost")};
    const struct pt_ca_request request = {.profile = profile,
                                          .subject = {.common_name = PT_SLICE("localhost"),
                                                      .organization = PT_SLICE("Admiville"),
                                                      .siret = PT_SLICE("21680999600004")},
                                          .names = names,
                                          .nnames = 1U,
                                          .now = (int64_t)CASE_TODAY * 86400};
    pt_buf_init(&pems[i], PT_SECRET_FILE_MAX);
    const pt_status st = pt_ca_issue(&request, key, NULL, &pems[i]);
    cr_assert(pt_ok(st), "%s at %s", pt_code_name(st.code), st.origin);
}

static void make_keys(void)
{
    struct pt_key *server = NULL;
    struct pt_key *authority = NULL;
    cr_assert(pt_ok(pt_key_generate(PT_KEY_P256, &server)));
    cr_assert(pt_ok(pt_key_generate(PT_KEY_P256, &authority)));
    issue(PT_CA_ROOT, server, 0U);
    pt_buf_init(&pems[1], PT_SECRET_FILE_MAX);
    cr_assert(pt_ok(pt_key_to_pem(server, &pems[1])));
    issue(PT_CA_ROOT, authority, 2U);
    pt_buf_init(&pems[3], PT_SECRET_FILE_MAX);
    const struct pt_ca_issuer issuer = {.cert_pem = pem_of(2U), .key = authority};
    const struct pt_ca_crl crl = {.now = (int64_t)CASE_TODAY * 86400};
    cr_assert(pt_ok(pt_ca_crl(&crl, &issuer, &pems[3])));
    pt_buf_init(&pems[4], PT_SECRET_FILE_MAX);
    cr_assert(pt_ok(pt_key_to_pem(authority, &pems[4])));
    pt_buf_init(&pems[5], PT_SECRET_FILE_MAX);
    cr_assert(pt_ok(pt_key_vkey(server, PT_SLICE("trace.test/poterne"), &pems[5])));
    (void)pt_key_free(server);
    (void)pt_key_free(authority);
}

void case_init_full(struct config_case *c)
{
    case_init(c);
    make_keys();
    c->source.depth = PT_CONFIG_FULL;
    case_put_bytes(c, "/etc/poterne/tls/server.pem", pem_of(0U));
    case_put_bytes(c, "/etc/poterne/tls/server.key", pem_of(1U));
    case_put_bytes(c, "/etc/poterne/tls/ca.pem", pem_of(2U));
    case_put_bytes(c, "/etc/poterne/tls/clients.crl", pem_of(3U));
    case_put_bytes(c, "/etc/ssl/certs/ca-certificates.crt", pem_of(2U));
    /* for tests that put them to a wrong use */
    case_put_bytes(c, "/keep/authority.key", pem_of(4U));
    case_put_bytes(c, "/keep/server.vkey", pem_of(5U));
    case_put(c, CASE_TOKEN, "jeton-de-subvention\n");
    case_put(c, CASE_HOMOLOGATION, good_homologation);
}
