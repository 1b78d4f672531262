/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the files hold against each other: the TLS key is the certificate's (and nobody else's,
 * RGS-14: "une clé, un usage"), a token serves one procedure (LEG-27).
 * Layer 3 (gateway).
 */
#include "gateway/config/files_int.h"

#include "poterne/base/clock.h"
#include "poterne/base/file.h"
#include "poterne/pki/cert.h"
#include "poterne/pki/digest.h"
#include "poterne/pki/key.h"

#include <stdlib.h>

#define DAY_S    86400
#define USES_MAX 64U /* keys compared with each other */

static const pt_slice cert_begin = PT_SLICE_INIT("-----BEGIN CERTIFICATE-----");

static const struct pt_yaml *tls_node(const struct pt_load *load, const char *key)
{
    return pt_yaml_get(pt_yaml_get(load->root, "tls"), key);
}

/* --- certificates
 * ----------------------------------------------------------------------------------- */

static int64_t now_s(const struct pt_load *load)
{
    return (int64_t)load->source->today * DAY_S;
}

/* The text from the next certificate of @pem on; empty when there is none. */
static pt_slice next_certificate(pt_slice pem)
{
    while (pem.len > 0U && !pt_slice_starts(pem, cert_begin)) {
        const size_t line = pt_slice_find(pem, '\n');
        pem = pt_slice_from(pem, line + 1U);
    }
    return pem;
}

void pt_files_check_anchors(struct pt_load *load, const struct pt_yaml *node, pt_slice pem)
{
    uint8_t digest[32];
    if (pem.len > 0U && !pt_ok(pt_cert_sha256(pem, digest))) {
        PT_REPORT(&load->diag, &node->mark, PT_SLICE("aucun certificat PEM lisible"));
    }
}

static void check_certificate(struct pt_load *load, const struct pt_yaml *node,
                              const struct pt_cert_facts *facts)
{
    const struct pt_policy_rule *rule = NULL;
    if (facts->not_after < now_s(load)) {
        PT_WARNING(&load->diag, &node->mark, PT_SLICE("certificat expiré"));
    }
    if (pt_cert_policy(facts, load->source->today, &rule) == PT_POLICY_REFUSED) {
        PT_REPORT(&load->diag, &node->mark, PT_SLICE("algorithme ou taille de clé refusés ("),
                  rule != NULL ? pt_slice_str(rule->source) : PT_SLICE("inconnus"), PT_SLICE(")"));
    }
}

/* The certificate with its key; false when one of them cannot be compared. */
static PT_RESULT check_server(struct pt_load *load)
{
    const struct pt_config *config = &load->own->config;
    struct pt_cert_facts facts;
    uint8_t spki[32];
    if (config->tls_certificate.len == 0U) {
        return PT_SUCCESS;
    }
    const struct pt_yaml *node = tls_node(load, "certificate");
    const pt_status st = pt_cert_facts(config->tls_certificate, &facts);
    PT_ENSURE(st.code != PT_E_NOMEM, PT_E_NOMEM);
    if (!pt_ok(st)) {
        PT_REPORT(&load->diag, &node->mark, PT_SLICE("aucun certificat PEM lisible"));
        return PT_SUCCESS;
    }
    check_certificate(load, node, &facts);
    if (config->tls_key != NULL &&
        pt_ok(pt_pem_key_spki_sha256(pt_secret_slice(config->tls_key), spki)) &&
        memcmp(spki, facts.spki_sha256, sizeof spki) != 0) {
        PT_REPORT(&load->diag, &tls_node(load, "key")->mark,
                  PT_SLICE("cette clé n'est pas celle du certificat « tls.certificate »"));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_files_check_lists(struct pt_load *load, const struct pt_yaml *node, pt_slice pem,
                               enum pt_rgs_level level)
{
    struct pt_crl_facts facts;
    if (pem.len == 0U) {
        return PT_SUCCESS;
    }
    const pt_status st = pt_crl_facts(pem, &facts);
    PT_ENSURE(st.code != PT_E_NOMEM, PT_E_NOMEM);
    if (!pt_ok(st)) {
        PT_REPORT(&load->diag, &node->mark, PT_SLICE("aucune liste de révocation PEM lisible"));
        return PT_SUCCESS;
    }
    const enum pt_path_reason reason = pt_crl_check(pem, level, now_s(load));
    if (reason != PT_PATH_OK && reason != PT_CRL_STALE && reason != PT_CRL_FUTURE) {
        PT_REPORT(&load->diag, &node->mark, pt_slice_str(pt_path_reason_text(reason)),
                  PT_SLICE(" : cette liste ne prouve rien"));
    } else if (facts.next_update < now_s(load)) {
        PT_WARNING(&load->diag, &node->mark,
                   PT_SLICE("liste de révocation périmée : toute connexion sera refusée"));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_files_check_tls(struct pt_load *load)
{
    const struct pt_config *config = &load->own->config;
    PT_TRY(check_server(load));
    return pt_files_check_lists(load, tls_node(load, "client-crl"), config->tls_client_crl,
                                config->tls_client_level);
}

static const char use_tls[] = "clé TLS du serveur";
static const char use_ca[] = "autorité des clients";
static const char use_log[] = "clé de scellement du journal";

/* --- one key, one use
 * ---------------------------------------------------------------------------------- */

struct uses {
    struct pt_key_use list[USES_MAX];
    const struct pt_mark *marks[USES_MAX];
    size_t n;
};

/* A renewed authority may keep its key: one use, however often it is written down. */
static bool is_known(const struct uses *uses, const struct pt_key_use *use)
{
    for (size_t i = 0U; i < uses->n; i++) {
        if (uses->list[i].use == use->use &&
            memcmp(uses->list[i].spki_sha256, use->spki_sha256, sizeof use->spki_sha256) == 0) {
            return true;
        }
    }
    return false;
}

/* false: there is no room left to compare it. */
static bool add_use(struct uses *uses, const struct pt_key_use *use, const struct pt_mark *mark)
{
    if (is_known(uses, use)) {
        return true;
    }
    if (uses->n == USES_MAX) {
        return false;
    }
    uses->list[uses->n] = *use;
    uses->marks[uses->n] = mark;
    uses->n++;
    return true;
}

static void add_tls_key(struct pt_load *load, struct uses *uses)
{
    const struct pt_secret *key = load->own->config.tls_key;
    struct pt_key_use use = {.use = use_tls};
    if (key == NULL) {
        return;
    }
    const struct pt_yaml *node = tls_node(load, "key");
    if (!pt_ok(pt_pem_key_spki_sha256(pt_secret_slice(key), use.spki_sha256)) ||
        !add_use(uses, &use, &node->mark)) {
        PT_REPORT(&load->diag, &node->mark,
                  PT_SLICE("aucune clé privée PEM lisible (sans phrase de passe)"));
    }
}

static void add_client_ca(struct pt_load *load, struct uses *uses)
{
    const pt_slice pem = load->own->config.tls_client_ca;
    struct pt_key_use use = {.use = use_ca};
    if (pem.len == 0U) {
        return;
    }
    const struct pt_yaml *node = tls_node(load, "client-ca");
    pt_slice rest = next_certificate(pem);
    bool readable = rest.len > 0U;
    while (rest.len > 0U && readable) {
        readable =
            pt_ok(pt_cert_spki_sha256(rest, use.spki_sha256)) && add_use(uses, &use, &node->mark);
        rest = next_certificate(pt_slice_from(rest, cert_begin.len));
    }
    if (!readable) {
        PT_REPORT(&load->diag, &node->mark,
                  PT_SLICE("certificat illisible, ou trop de certificats, dans ce fichier"));
    }
}

static void add_vkeys(struct pt_load *load, const struct pt_yaml *node, pt_slice text,
                      struct uses *uses)
{
    pt_slice rest = text;
    struct pt_key_use use = {.use = use_log};
    while (rest.len > 0U) {
        const pt_slice line = pt_slice_cut(&rest, '\n');
        if (line.len == 0U || line.ptr[0] == '#') {
            continue;
        }
        if (!pt_ok(pt_vkey_spki_sha256(line, use.spki_sha256)) ||
            !add_use(uses, &use, &node->mark)) {
            PT_WARNING(&load->diag, &node->mark,
                       PT_SLICE("clé publique du journal illisible (keys/log.vkey)"));
            return;
        }
    }
}

/* Absent before the first start: poterne-pki init writes it. */
static PT_RESULT add_log_keys(struct pt_load *load, struct uses *uses)
{
    const struct pt_config *config = &load->own->config;
    const struct pt_yaml *node = pt_yaml_get(pt_yaml_get(load->root, "log"), "directory");
    char path[PT_PATH_MAX];
    if (node == NULL || config->log_directory.len == 0U ||
        !pt_ok(pt_file_join(config->log_directory.ptr, "keys/log.vkey", path, sizeof path))) {
        return PT_SUCCESS;
    }
    struct pt_buf text;
    pt_buf_init(&text, PT_SECRET_FILE_MAX);
    const struct pt_reader_port *reader = load->source->reader;
    const pt_status st = reader->read(reader->ctx, path, &text);
    if (pt_ok(st)) {
        add_vkeys(load, node, pt_buf_slice(&text), uses);
    }
    pt_buf_done(&text);
    PT_ENSURE(st.code != PT_E_NOMEM, PT_E_NOMEM);
    return PT_SUCCESS;
}

PT_RESULT pt_files_check_keys(struct pt_load *load)
{
    struct uses uses = {.n = 0U};
    add_tls_key(load, &uses);
    add_client_ca(load, &uses);
    PT_TRY(add_log_keys(load, &uses));
    size_t a = 0U;
    size_t b = 0U;
    const pt_status st = pt_pki_distinct(uses.list, uses.n, &a, &b);
    if (st.code == PT_E_DENIED) {
        PT_REPORT(&load->diag, uses.marks[b], PT_SLICE("une clé, un usage : « "),
                  pt_slice_str(uses.list[a].use), PT_SLICE(" » et « "),
                  pt_slice_str(uses.list[b].use), PT_SLICE(" » sont la même clé"));
    }
    return PT_SUCCESS;
}

/* --- one token, one procedure
 * ---------------------------------------------------------------------------- */

struct token {
    uint8_t digest[PT_SHA256_LEN];
    size_t index; /* of the habilitation */
};

static int by_digest(const void *a, const void *b)
{
    const struct token *x = a;
    const struct token *y = b;
    const int order = memcmp(x->digest, y->digest, sizeof x->digest);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static void compare(struct pt_load *load, const struct token *a, const struct token *b)
{
    const struct pt_habilitation *x = &load->habilitations[a->index];
    const struct pt_habilitation *y = &load->habilitations[b->index];
    if (!pt_equal_ct(pt_secret_slice(x->token), pt_secret_slice(y->token)) ||
        pt_slice_eq(x->procedure, y->procedure)) {
        return;
    }
    const struct pt_yaml *first = pt_yaml_get(load->habilitation_nodes[a->index], "token-file");
    const struct pt_yaml *second = pt_yaml_get(load->habilitation_nodes[b->index], "token-file");
    PT_REPORT_HELP(&load->diag, &second->mark, PT_SLICE("un jeton par démarche (DataPass)"),
                   PT_SLICE("« "), y->id, PT_SLICE(" » a le même jeton que « "), x->id,
                   PT_SLICE(" » ("), pt_diag_place(&load->diag, &first->mark),
                   PT_SLICE("), pour une autre démarche"));
}

/*
 * Equal tokens stand together once sorted by digest; the first of a run is compared with all the
 * others, so that three habilitations of two procedures give each pair that matters.
 */
static void compare_runs(struct pt_load *load, const struct token *tokens, size_t n)
{
    size_t first = 0U;
    for (size_t i = 1U; i < n; i++) {
        if (memcmp(tokens[first].digest, tokens[i].digest, PT_SHA256_LEN) == 0) {
            compare(load, &tokens[first], &tokens[i]);
        } else {
            first = i;
        }
    }
}

PT_RESULT pt_files_check_tokens(struct pt_load *load)
{
    const struct pt_config *config = &load->own->config;
    struct token *tokens =
        pt_arena_alloc(load->arena, (config->nhabilitations + 1U) * sizeof *tokens);
    PT_ENSURE(tokens != NULL, PT_E_NOMEM);
    size_t n = 0U;
    for (size_t i = 0U; i < config->nhabilitations; i++) {
        if (config->habilitations[i].token != NULL) {
            PT_TRY(pt_sha256(pt_secret_slice(config->habilitations[i].token), tokens[n].digest));
            tokens[n].index = i;
            n++;
        }
    }
    qsort(tokens, n, sizeof *tokens, by_digest);
    compare_runs(load, tokens, n);
    return PT_SUCCESS;
}
