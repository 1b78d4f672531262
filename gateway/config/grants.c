/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Habilitations and the clients that hold them: references resolved, fields compiled to masks
 * (LEG-02: what is not named is not delivered).
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

#include <stddef.h>
#include <stdlib.h>

#define MEMBERS_MAX PT_NODE_MEMBERS_MAX

/* --- fields
 * ----------------------------------------------------------------------------------------- */

/* The longest head of @pointer that is a place of the dataset, cut at a slash. */
static const struct pt_node *known_head(const struct pt_dataset *dataset, pt_slice pointer,
                                        size_t *ret_len)
{
    const struct pt_node *node = dataset->root;
    *ret_len = 0U;
    for (size_t at = 1U; at <= pointer.len; at++) {
        if (at < pointer.len && pointer.ptr[at] != '/') {
            continue;
        }
        const struct pt_node *found = NULL;
        if (!pt_ok(pt_dataset_find(dataset, pt_slice_head(pointer, at), &found))) {
            break;
        }
        node = found;
        *ret_len = at;
    }
    return node;
}

/* What the first unknown segment may have meant, among the members of the last known place. */
static PT_RESULT suggest_field(struct pt_load *load, const struct pt_dataset *dataset,
                               pt_slice pointer, pt_slice *ret)
{
    size_t known = 0U;
    const struct pt_node *node = known_head(dataset, pointer, &known);
    pt_slice segment = pt_slice_from(pointer, known + 1U);
    segment = pt_slice_head(segment, pt_slice_find(segment, '/'));
    const char *names[MEMBERS_MAX];
    size_t n = 0U;
    for (; n < node->nmembers && n < MEMBERS_MAX; n++) {
        pt_slice name;
        PT_TRY(pt_arena_dup(load->arena, node->members[n].name, &name));
        names[n] = name.ptr;
    }
    if (n == 0U && node->items != NULL) {
        names[n] = "*";
        n++;
    }
    *ret = pt_diag_suggest(&load->diag, segment, names, n);
    return PT_SUCCESS;
}

static PT_RESULT report_fields(struct pt_load *load, const struct pt_dataset *dataset,
                               const struct pt_yaml *fields)
{
    for (const struct pt_yaml *item = fields->first; item != NULL; item = item->next) {
        const struct pt_node *found = NULL;
        const bool known = pt_ok(pt_dataset_find(dataset, item->text, &found));
        if (known || load->diag.n == PT_CONFIG_ERRORS_MAX) {
            continue;
        }
        pt_slice help = PT_SLICE_EMPTY;
        PT_TRY(suggest_field(load, dataset, item->text, &help));
        PT_REPORT_HELP(&load->diag, &item->mark, help, PT_SLICE("champ « "), item->text,
                       PT_SLICE(" » inconnu de « "), dataset->id, PT_SLICE(" »"));
    }
    return PT_SUCCESS;
}

static PT_RESULT compile(struct pt_load *load, const struct pt_dataset *dataset,
                         const struct pt_yaml *fields, const struct pt_mask **ret)
{
    pt_slice pointers[PT_MASK_FIELDS_MAX];
    size_t n = 0U;
    if (fields->count > PT_MASK_FIELDS_MAX) {
        PT_REPORT(&load->diag, &fields->mark, PT_SLICE("trop de champs pour un jeu de données"));
        return PT_SUCCESS;
    }
    for (const struct pt_yaml *item = fields->first; item != NULL; item = item->next) {
        if (item->bad) {
            return PT_SUCCESS; /* reported; its neighbours are checked once it is right */
        }
        pointers[n] = item->text;
        n++;
    }
    struct pt_mask *mask = NULL;
    size_t culprit = 0U;
    const pt_status st = pt_mask_new(dataset, pointers, n, &mask, &culprit);
    if (st.code == PT_E_ABSENT || st.code == PT_E_SYNTAX) {
        return report_fields(load, dataset, fields);
    }
    if (!pt_ok(st)) {
        return st;
    }
    PT_TRY(pt_config_own_mask(load->own, mask));
    *ret = mask;
    return PT_SUCCESS;
}

/* --- datasets
 * --------------------------------------------------------------------------------------- */

static void report_dataset(struct pt_load *load, const struct pt_yaml *node)
{
    PT_REPORT_HELP(&load->diag, &node->key_mark,
                   pt_diag_suggest(&load->diag, node->key, load->dataset_names, load->ndatasets),
                   PT_SLICE("jeu de données « "), node->key, PT_SLICE(" » inconnu"));
}

static PT_RESULT build_grant(struct pt_load *load, const struct pt_yaml *node,
                             struct pt_grant *grant)
{
    grant->dataset = pt_catalogue_find(load->own->catalogue, node->key);
    if (grant->dataset == NULL) {
        report_dataset(load, node);
        return PT_SUCCESS;
    }
    if (grant->dataset->deprecated) {
        PT_WARNING(&load->diag, &node->key_mark, PT_SLICE("jeu de données « "), node->key,
                   PT_SLICE(" » déprécié par l'État"));
    }
    const struct pt_yaml *fields = pt_yaml_get(node, "fields");
    return fields != NULL ? compile(load, grant->dataset, fields, &grant->mask) : PT_SUCCESS;
}

static PT_RESULT build_grants(struct pt_load *load, const struct pt_yaml *node,
                              struct pt_habilitation *habilitation)
{
    const struct pt_yaml *datasets = pt_yaml_get(node, "datasets");
    if (datasets == NULL || load->no_datasets) {
        return PT_SUCCESS;
    }
    if (datasets->count == 0U && !load->partial) {
        PT_REPORT(&load->diag, &datasets->key_mark,
                  PT_SLICE("« datasets » est vide : au moins un jeu de données"));
        return PT_SUCCESS;
    }
    void *array = NULL;
    PT_TRY(pt_load_array(load, datasets->nindex, sizeof(struct pt_grant), &array));
    struct pt_grant *grants = array;
    size_t n = 0U;
    for (uint32_t i = 0U; i < datasets->nindex; i++) {
        if (!datasets->index[i]->bad) {
            PT_TRY(build_grant(load, datasets->index[i], &grants[n]));
            n++;
        }
    }
    habilitation->grants = grants;
    habilitation->ngrants = n;
    return PT_SUCCESS;
}

/* --- one habilitation
 * ------------------------------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
    const void *const *x = a;
    const void *const *y = b;
    return ((uintptr_t)*x > (uintptr_t)*y) - ((uintptr_t)*x < (uintptr_t)*y);
}

static PT_RESULT build_agent_ref(struct pt_load *load, const struct pt_yaml *item,
                                 struct pt_habilitation *habilitation, const struct pt_agent **slot)
{
    const struct pt_config *config = &load->own->config;
    if (!pt_slice_starts(item->text, PT_SLICE("service:"))) {
        *slot = pt_load_find(config->agents, config->nagents, sizeof *config->agents, item->text);
        if (*slot == NULL) {
            pt_load_unresolved(load, item, "agents", "agent");
        }
        return PT_SUCCESS;
    }
    if (habilitation->automatic_agent.len > 0U) {
        PT_REPORT(&load->diag, &item->mark, PT_SLICE("un seul agent automatique par habilitation"));
        return PT_SUCCESS;
    }
    return pt_load_keep(load, item->text, &habilitation->automatic_agent);
}

static PT_RESULT build_agent_refs(struct pt_load *load, const struct pt_yaml *node,
                                  struct pt_habilitation *habilitation)
{
    const struct pt_yaml *list = pt_yaml_get(node, "agents");
    if (list == NULL) {
        return PT_SUCCESS;
    }
    void *array = NULL;
    PT_TRY(pt_load_array(load, list->count, sizeof(struct pt_agent *), &array));
    const struct pt_agent **agents = array;
    size_t n = 0U;
    for (const struct pt_yaml *item = list->first; item != NULL; item = item->next) {
        const struct pt_agent *agent = NULL;
        if (!item->bad) {
            PT_TRY(build_agent_ref(load, item, habilitation, &agent));
        }
        if (agent != NULL) {
            agents[n] = agent;
            n++;
        }
    }
    if (n > 1U) { /* config->agents is in the order of ids: so are the addresses */
        qsort(array, n, sizeof(struct pt_agent *), by_address);
    }
    habilitation->agents = agents;
    habilitation->nagents = n;
    return PT_SUCCESS;
}

static uint32_t build_channels(const struct pt_yaml *node)
{
    const struct pt_yaml *list = pt_yaml_get(node, "channels");
    uint32_t channels = 0U;
    if (list == NULL) {
        return (1U << PT_CHANNEL_COUNT) - 1U;
    }
    for (const struct pt_yaml *item = list->first; item != NULL; item = item->next) {
        channels |= item->bad ? 0U : 1U << (uint32_t)item->number;
    }
    return channels;
}

static PT_RESULT build_habilitation(struct pt_load *load, const struct pt_yaml *node,
                                    struct pt_habilitation *h)
{
    static const struct pt_bind binds[] = {
        {"procedure", offsetof(struct pt_habilitation, procedure), false},
        {"title", offsetof(struct pt_habilitation, title), false},
        {"legal-basis", offsetof(struct pt_habilitation, legal_basis), false},
        {"datapass", offsetof(struct pt_habilitation, datapass), false},
        {"token-file", offsetof(struct pt_habilitation, token_path), true},
        {"context", offsetof(struct pt_habilitation, context), false},
        {"object", offsetof(struct pt_habilitation, object), false}};
    const struct pt_config *config = &load->own->config;
    PT_TRY(pt_load_keep(load, node->key, &h->id));
    PT_TRY(pt_load_bind(load, node, binds, PT_COUNT(binds), h));
    h->mode = (enum pt_legal_mode)pt_load_number(node, "legal-mode", PT_MODE_DEMANDE);
    h->valid_from = (int32_t)pt_load_number(node, "valid-from", INT32_MAX);
    h->valid_until = (int32_t)pt_load_number(node, "valid-until", INT32_MIN);
    h->has_datapass_until = pt_yaml_get(node, "datapass-until") != NULL;
    h->datapass_until = (int32_t)pt_load_number(node, "datapass-until", 0);
    h->case_required = pt_load_number(node, "case-required", 1) != 0;
    h->channels = build_channels(node);
    const struct pt_yaml *upstream = pt_yaml_get(node, "upstream");
    if (upstream != NULL) {
        h->upstream = pt_load_find(config->upstreams, config->nupstreams, sizeof *config->upstreams,
                                   upstream->text);
        if (h->upstream == NULL) {
            pt_load_unresolved(load, upstream, "upstreams", "API");
        }
    }
    PT_TRY(build_agent_refs(load, node, h));
    return build_grants(load, node, h);
}

PT_RESULT pt_load_habilitations(struct pt_load *load)
{
    struct pt_config *config = &load->own->config;
    PT_TRY(
        pt_load_entries(load, "habilitations", &load->habilitation_nodes, &config->nhabilitations));
    void *array = NULL;
    PT_TRY(pt_load_array(load, config->nhabilitations, sizeof *load->habilitations, &array));
    load->habilitations = array;
    config->habilitations = array;
    for (size_t i = 0U; i < config->nhabilitations; i++) {
        PT_TRY(build_habilitation(load, load->habilitation_nodes[i], &load->habilitations[i]));
    }
    return PT_SUCCESS;
}

/* --- clients
 * ---------------------------------------------------------------------------------------- */

struct found_client {
    uint8_t fingerprint[32]; /* of the certificate in force, or of the next one */
    const struct pt_yaml *node;
};

static int by_fingerprint(const void *a, const void *b)
{
    const struct found_client *x = a;
    const struct found_client *y = b;
    const int order = memcmp(x->fingerprint, y->fingerprint, sizeof x->fingerprint);
    return order != 0 ? order : pt_slice_cmp(x->node->key, y->node->key);
}

static PT_RESULT build_client(struct pt_load *load, const struct found_client *found,
                              struct pt_client *client)
{
    const struct pt_config *config = &load->own->config;
    memcpy(client->fingerprint, found->fingerprint, sizeof client->fingerprint);
    PT_TRY(pt_load_keep(load, found->node->key, &client->id));
    const struct pt_yaml *list = pt_yaml_get(found->node, "habilitations");
    if (list == NULL) {
        return PT_SUCCESS;
    }
    void *array = NULL;
    PT_TRY(pt_load_array(load, list->count, sizeof(struct pt_habilitation *), &array));
    const struct pt_habilitation **held = array;
    size_t n = 0U;
    for (const struct pt_yaml *item = list->first; item != NULL; item = item->next) {
        if (item->bad) {
            continue;
        }
        held[n] = pt_load_find(config->habilitations, config->nhabilitations,
                               sizeof *config->habilitations, item->text);
        if (held[n] == NULL) {
            pt_load_unresolved(load, item, "habilitations", "habilitation");
        } else {
            n++;
        }
    }
    if (n > 1U) {
        qsort(array, n, sizeof(struct pt_habilitation *), by_address);
    }
    client->habilitations = held;
    client->nhabilitations = n;
    return PT_SUCCESS;
}

static void note_client(const struct pt_yaml *node, const char *key, struct found_client *found)
{
    const struct pt_yaml *text = pt_yaml_get(node, key);
    found->node = node;
    if (text == NULL || !pt_fingerprint_parse(text->text, found->fingerprint)) {
        memset(found->fingerprint, 0, sizeof found->fingerprint);
    }
}

/* A client that is being renewed is found under both of its certificates (RGS-16). */
static PT_RESULT sort_clients(struct pt_load *load, const struct pt_yaml *const *nodes,
                              size_t *inout_n, struct found_client **ret)
{
    const size_t most = *inout_n * 2U + 1U;
    struct found_client *found = pt_arena_alloc(load->arena, most * sizeof *found);
    PT_ENSURE(found != NULL, PT_E_NOMEM);
    size_t n = 0U;
    for (size_t i = 0U; i < *inout_n; i++) {
        note_client(nodes[i], "certificate-sha256", &found[n]);
        n++;
        if (pt_yaml_get(nodes[i], "next-certificate-sha256") != NULL) {
            note_client(nodes[i], "next-certificate-sha256", &found[n]);
            n++;
        }
    }
    qsort(found, n, sizeof *found, by_fingerprint);
    *inout_n = n;
    *ret = found;
    return PT_SUCCESS;
}

PT_RESULT pt_load_clients(struct pt_load *load)
{
    struct pt_config *config = &load->own->config;
    PT_TRY(pt_load_entries(load, "clients", &load->client_nodes, &config->nclients));
    struct found_client *found = NULL;
    PT_TRY(sort_clients(load, load->client_nodes, &config->nclients, &found));
    void *array = NULL;
    PT_TRY(pt_load_array(load, config->nclients, sizeof *load->clients, &array));
    load->clients = array;
    config->clients = array;
    load->client_nodes = pt_arena_alloc(load->arena, (config->nclients + 1U) * sizeof(void *));
    PT_ENSURE(load->client_nodes != NULL, PT_E_NOMEM);
    for (size_t i = 0U; i < config->nclients; i++) {
        load->client_nodes[i] = found[i].node;
        PT_TRY(build_client(load, &found[i], &load->clients[i]));
    }
    return PT_SUCCESS;
}
