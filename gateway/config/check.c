/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Rules over the whole configuration that no single value shows: dates, LEG-26, doubles,
 * families of API. What needs the bytes of other files is in files.c.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

#include "poterne/base/clock.h"
#include "poterne/connectors/connector.h"

#define OBJECT_MAX 49U /* characters; the State says "< 50" (state-apis 2.2) */

static const struct pt_mark *key_of(const struct pt_yaml *node)
{
    return node->key_mark.line > 0U ? &node->key_mark : &node->mark;
}

/* The value of @key, or else the entry itself: where to point. */
static const struct pt_mark *mark_of(const struct pt_yaml *entry, const char *key)
{
    const struct pt_yaml *node = pt_yaml_get(entry, key);
    return node != NULL && node->mark.line > 0U ? &node->mark : key_of(entry);
}

/* --- sections
 * --------------------------------------------------------------------------------------- */

/* An address nobody answers at must not look served. */
static void check_unserved(struct pt_load *load, const struct pt_yaml *section)
{
    const char *const names[] = {"identity", "console"};
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        const struct pt_yaml *node = pt_yaml_get(section, names[i]);
        if (node != NULL) {
            PT_WARNING(&load->diag, key_of(node), PT_SLICE("« "), pt_slice_str(names[i]),
                       PT_SLICE(" » : cette version de Poterne n'y répond pas"));
        }
    }
}

static void check_listen(struct pt_load *load)
{
    const struct pt_yaml *section = pt_yaml_get(load->root, "listen");
    if (section == NULL) {
        return;
    }
    check_unserved(load, section);
    for (const struct pt_yaml *a = section->first; a != NULL; a = a->next) {
        const bool any_port =
            a->text.len >= 2U && memcmp(a->text.ptr + a->text.len - 2U, ":0", 2U) == 0;
        for (const struct pt_yaml *b = section->first; b != a; b = b->next) {
            if (!a->bad && !b->bad && !any_port && pt_slice_eq(a->text, b->text)) {
                PT_REPORT(&load->diag, &a->mark, PT_SLICE("adresse déjà prise par « listen."),
                          b->key, PT_SLICE(" »"));
                break;
            }
        }
    }
}

static void check_sections(struct pt_load *load)
{
    const struct pt_yaml *commune = pt_yaml_get(load->root, "commune");
    const struct pt_yaml *process = pt_yaml_get(load->root, "process");
    const struct pt_config *config = &load->own->config;
    check_listen(load);
    if (commune != NULL && !load->partial && !pt_yaml_has(commune, "dpo")) {
        PT_WARNING(&load->diag, key_of(commune),
                   PT_SLICE("« dpo » manque : une commune a un délégué à la protection des "
                            "données (RGPD art. 37)"));
    }
    if (config->gate_user.len > 0U && pt_slice_eq(config->gate_user, config->scribe_user)) {
        PT_REPORT(&load->diag, mark_of(process, "scribe-user"),
                  PT_SLICE("« gate-user » et « scribe-user » : deux utilisateurs distincts, la "
                           "porte n'a aucun accès au journal"));
    }
}

/* --- dates
 * -------------------------------------------------------------------------------------------- */

static void check_dates(struct pt_load *load, const struct pt_yaml *entry, const char *what)
{
    const struct pt_yaml *from = pt_yaml_get(entry, "valid-from");
    const struct pt_yaml *until = pt_yaml_get(entry, "valid-until");
    if (until == NULL) {
        return;
    }
    if (from != NULL && from->number > until->number) {
        PT_REPORT(&load->diag, &until->mark, PT_SLICE("« valid-until » est avant « valid-from »"));
    } else if (until->number < load->source->today) {
        char text[PT_DATE_LEN + 1U];
        pt_time_date_text((int32_t)until->number, text);
        PT_WARNING(&load->diag, &until->mark, pt_slice_str(what), PT_SLICE(" « "), entry->key,
                   PT_SLICE(" » : expiré depuis le "), pt_slice_str(text));
    }
}

/* --- habilitations
 * -------------------------------------------------------------------------------------- */

static size_t count_chars(pt_slice text)
{
    size_t n = 0U;
    for (size_t i = 0U; i < text.len; i++) {
        n += ((uint8_t)text.ptr[i] & 0xC0U) != 0x80U ? 1U : 0U;
    }
    return n;
}

/* LEG-26: no call without its compulsory tracing parameters; the recipient is commune.siret. */
static void check_tracing(struct pt_load *load, const struct pt_yaml *node,
                          const struct pt_habilitation *h)
{
    static const char *const keys[] = {"context", "object"};
    if (h->upstream == NULL || load->partial ||
        !pt_slice_eq(h->upstream->kind, PT_SLICE("api-entreprise"))) {
        return;
    }
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        if (!pt_yaml_has(node, keys[i])) {
            PT_REPORT(&load->diag, key_of(node), PT_SLICE("clé manquante « "),
                      pt_slice_str(keys[i]),
                      PT_SLICE(" » : obligatoire pour API Entreprise (traçabilité des appels)"));
        }
    }
    if (count_chars(h->object) > OBJECT_MAX) {
        PT_REPORT(&load->diag, mark_of(node, "object"),
                  PT_SLICE("« object » : moins de 50 caractères pour API Entreprise"));
    }
}

static void check_family(struct pt_load *load, const struct pt_yaml *node,
                         const struct pt_habilitation *h)
{
    if (h->upstream == NULL || h->upstream->kind.len == 0U) {
        return;
    }
    if (pt_connector_find(h->upstream->kind) == NULL) {
        PT_REPORT(&load->diag, mark_of(node, "upstream"),
                  PT_SLICE("aucun connecteur de cette version ne sert la famille « "),
                  h->upstream->kind, PT_SLICE(" »"));
        return;
    }
    const pt_slice api = pt_slice_str(pt_upstream_api(h->upstream->kind));
    const struct pt_yaml *datasets = pt_yaml_get(node, "datasets");
    for (size_t i = 0U; i < h->ngrants; i++) {
        const struct pt_dataset *dataset = h->grants[i].dataset;
        if (dataset == NULL || pt_slice_eq(dataset->api, api)) {
            continue;
        }
        const uint32_t at = pt_yaml_find(datasets, dataset->id);
        PT_REPORT(&load->diag, key_of(datasets->index[at]), PT_SLICE("« "), dataset->id,
                  PT_SLICE(" » est de l'API « "), dataset->api, PT_SLICE(" », mais « "),
                  h->upstream->id, PT_SLICE(" » est de la famille « "), h->upstream->kind,
                  PT_SLICE(" »"));
    }
}

/* --- clients
 * ------------------------------------------------------------------------------------------- */

/* The certificate is who the client is: two clients with one certificate are one too many. */
static void check_fingerprints(struct pt_load *load)
{
    const struct pt_config *config = &load->own->config;
    for (size_t i = 1U; i < config->nclients; i++) {
        const struct pt_client *a = &config->clients[i - 1U];
        const struct pt_client *b = &config->clients[i];
        const struct pt_yaml *node = pt_yaml_get(load->client_nodes[i], "certificate-sha256");
        const struct pt_yaml *other = pt_yaml_get(load->client_nodes[i - 1U], "certificate-sha256");
        if (node != NULL && other != NULL &&
            memcmp(a->fingerprint, b->fingerprint, sizeof a->fingerprint) == 0) {
            PT_REPORT(&load->diag, &node->mark, PT_SLICE("le client « "), b->id,
                      PT_SLICE(" » a le même certificat que « "), a->id, PT_SLICE(" » ("),
                      pt_diag_place(&load->diag, &other->mark), PT_SLICE(")"));
        }
    }
}

PT_RESULT pt_load_check(struct pt_load *load)
{
    const struct pt_config *config = &load->own->config;
    check_sections(load);
    pt_load_check_homologation(load);
    for (size_t i = 0U; i < config->nagents; i++) {
        check_dates(load, load->agent_nodes[i], "agent");
    }
    for (size_t i = 0U; i < config->nhabilitations; i++) {
        const struct pt_yaml *node = load->habilitation_nodes[i];
        check_dates(load, node, "habilitation");
        check_tracing(load, node, &config->habilitations[i]);
        check_family(load, node, &config->habilitations[i]);
    }
    check_fingerprints(load);
    if (config->nhabilitations == 0U && !load->partial && load->diag.errors == 0U) {
        PT_WARNING(&load->diag, key_of(load->root),
                   PT_SLICE("aucune habilitation : toute demande sera refusée"));
    }
    PT_ENSURE(load->diag.failed == PT_OK, load->diag.failed);
    return PT_SUCCESS;
}
