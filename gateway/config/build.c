/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * From the typed tree to the snapshot: sections, upstreams, agents (habilitations and clients:
 * grants.c). Entries stand in the order of their ids, so that references and questions are
 * answered by bisection. A value that was reported stays empty here: the snapshot is handed out
 * only when nothing was.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

#include <stddef.h>
#include <stdlib.h>

#define MIB 1048576U

/* --- helpers ------------------------------------------------------------------------------------
 */

PT_RESULT pt_load_bind(struct pt_load *load, const struct pt_yaml *section,
                       const struct pt_bind *binds, size_t n, void *target)
{
    for (size_t i = 0U; i < n; i++) {
        const struct pt_yaml *node = pt_yaml_get(section, binds[i].key);
        if (node == NULL) {
            continue;
        }
        pt_slice value = PT_SLICE_EMPTY;
        PT_TRY(binds[i].path ? pt_load_path(load, node, &value)
                             : pt_load_keep(load, node->text, &value));
        memcpy((char *)target + binds[i].offset, &value, sizeof value);
    }
    return PT_SUCCESS;
}

int64_t pt_load_number(const struct pt_yaml *section, const char *key, int64_t otherwise)
{
    const struct pt_yaml *node = pt_yaml_get(section, key);
    return node != NULL ? node->number : otherwise;
}

PT_RESULT pt_load_entries(struct pt_load *load, const char *name, const struct pt_yaml ***ret,
                          size_t *ret_n)
{
    const struct pt_yaml *map = pt_yaml_get(load->root, name);
    *ret = NULL;
    *ret_n = 0U;
    if (map == NULL || map->nindex == 0U) {
        return PT_SUCCESS;
    }
    const struct pt_yaml **nodes = pt_arena_alloc(load->arena, map->nindex * sizeof(void *));
    PT_ENSURE(nodes != NULL, PT_E_NOMEM);
    for (uint32_t i = 0U; i < map->nindex; i++) {
        if (!map->index[i]->bad) {
            nodes[*ret_n] = map->index[i];
            (*ret_n)++;
        }
    }
    *ret = nodes;
    return PT_SUCCESS;
}

PT_RESULT pt_load_array(struct pt_load *load, size_t n, size_t size, void **ret)
{
    *ret = NULL;
    if (n == 0U) {
        return PT_SUCCESS;
    }
    *ret = pt_arena_alloc(load->own->arena, n * size);
    PT_ENSURE(*ret != NULL, PT_E_NOMEM);
    return PT_SUCCESS;
}

const void *pt_load_find(const void *array, size_t n, size_t size, pt_slice id)
{
    size_t low = 0U;
    size_t high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2U;
        const char *entry = (const char *)array + middle * size;
        pt_slice other;
        memcpy(&other, entry, sizeof other);
        const int order = pt_slice_cmp(other, id);
        if (order == 0) {
            return entry;
        }
        if (order < 0) {
            low = middle + 1U;
        } else {
            high = middle;
        }
    }
    return NULL;
}

void pt_load_unresolved(struct pt_load *load, const struct pt_yaml *node, const char *section,
                        const char *what)
{
    const struct pt_yaml *map = pt_yaml_get(load->root, section);
    if (load->partial || map == NULL || pt_yaml_find(map, node->text) < map->nindex) {
        return; /* it may be in what could not be read, or was reported where it stands */
    }
    pt_slice help = PT_SLICE_EMPTY;
    const char **names = load->diag.n < PT_CONFIG_ERRORS_MAX
                             ? pt_arena_alloc(load->arena, (map->nindex + 1U) * sizeof *names)
                             : NULL;
    if (names != NULL) {
        for (uint32_t i = 0U; i < map->nindex; i++) {
            names[i] = map->index[i]->key.ptr;
        }
        help = pt_diag_suggest(&load->diag, node->text, names, map->nindex);
    }
    PT_REPORT_HELP(&load->diag, &node->mark, help, pt_slice_str(what), PT_SLICE(" « "), node->text,
                   PT_SLICE(" » n'est pas défini sous « "), pt_slice_str(section), PT_SLICE(" »"));
}

/* --- sections ------------------------------------------------------------------------------------
 */

#define AT(member) offsetof(struct pt_config, member)

static PT_RESULT build_texts(struct pt_load *load)
{
    static const struct pt_bind commune[] = {
        {"siret", AT(siret), false}, {"name", AT(name), false}, {"dpo", AT(dpo), false}};
    static const struct pt_bind listen[] = {{"grc", AT(listen_grc), false},
                                            {"identity", AT(listen_identity), false},
                                            {"console", AT(listen_console), false},
                                            {"metrics", AT(listen_metrics), false}};
    static const struct pt_bind tls[] = {{"certificate", AT(tls_certificate_path), true},
                                         {"key", AT(tls_key_path), true},
                                         {"client-ca", AT(tls_client_ca_path), true},
                                         {"client-crl", AT(tls_client_crl_path), true}};
    static const struct pt_bind log[] = {{"directory", AT(log_directory), true},
                                         {"origin", AT(log_origin), false},
                                         {"gateway", AT(log_gateway), false}};
    static const struct pt_bind process[] = {{"gate-user", AT(gate_user), false},
                                             {"scribe-user", AT(scribe_user), false}};
    static const struct {
        const char *section;
        const struct pt_bind *binds;
        size_t n;
    } sections[] = {{"commune", commune, PT_COUNT(commune)},
                    {"listen", listen, PT_COUNT(listen)},
                    {"tls", tls, PT_COUNT(tls)},
                    {"log", log, PT_COUNT(log)},
                    {"process", process, PT_COUNT(process)}};
    for (size_t i = 0U; i < PT_COUNT(sections); i++) {
        PT_TRY(pt_load_bind(load, pt_yaml_get(load->root, sections[i].section), sections[i].binds,
                            sections[i].n, &load->own->config));
    }
    return PT_SUCCESS;
}

/* One log a commune unless it says otherwise: audit-log design, 7. */
static PT_RESULT default_origin(struct pt_load *load)
{
    struct pt_config *config = &load->own->config;
    if (config->log_origin.len > 0U) {
        return PT_SUCCESS;
    }
    struct pt_buf origin;
    pt_buf_init(&origin, PT_CONFIG_TEXT_MAX);
    pt_buf_put_str(&origin, "trace.");
    pt_buf_put(&origin, config->siret);
    pt_buf_put_str(&origin, "/poterne");
    pt_status st = pt_buf_status(&origin);
    if (pt_ok(st)) {
        st = pt_load_keep(load, pt_buf_slice(&origin), &config->log_origin);
    }
    pt_buf_done(&origin);
    return st;
}

static void build_numbers(struct pt_load *load)
{
    struct pt_config *config = &load->own->config;
    const struct pt_yaml *log = pt_yaml_get(load->root, "log");
    config->retention_months = (uint32_t)pt_load_number(log, "retention-months", 0);
    config->log_reserve_bytes = (uint64_t)pt_load_number(log, "reserve", 0) * MIB;
    config->lanes = (uint32_t)pt_load_number(pt_yaml_get(load->root, "process"), "lanes", 0);
    const struct pt_yaml *tls = pt_yaml_get(load->root, "tls");
    config->tls_client_level =
        (enum pt_rgs_level)(PT_RGS_1 + (int)pt_load_number(tls, "client-level", 0));
    config->tls_client_crl_poll_s = (uint32_t)pt_load_number(tls, "client-crl-poll", 0);
}

/* --- upstreams and agents
 * -------------------------------------------------------------------------- */

static PT_RESULT build_upstreams(struct pt_load *load)
{
    static const struct pt_bind binds[] = {{"kind", offsetof(struct pt_upstream, kind), false},
                                           {"url", offsetof(struct pt_upstream, url), false}};
    struct pt_config *config = &load->own->config;
    PT_TRY(pt_load_entries(load, "upstreams", &load->upstream_nodes, &config->nupstreams));
    void *array = NULL;
    PT_TRY(pt_load_array(load, config->nupstreams, sizeof *load->upstreams, &array));
    load->upstreams = array;
    config->upstreams = array;
    for (size_t i = 0U; i < config->nupstreams; i++) {
        const struct pt_yaml *node = load->upstream_nodes[i];
        PT_TRY(pt_load_keep(load, node->key, &load->upstreams[i].id));
        PT_TRY(pt_load_bind(load, node, binds, PT_COUNT(binds), &load->upstreams[i]));
        load->upstreams[i].ocsp_stapling = pt_load_number(node, "ocsp-stapling", 0) == 1;
    }
    return PT_SUCCESS;
}

static PT_RESULT build_agent(struct pt_load *load, const struct pt_yaml *node,
                             struct pt_agent *agent)
{
    static const struct pt_bind binds[] = {
        {"service", offsetof(struct pt_agent, service), false},
        {"granted-by", offsetof(struct pt_agent, granted_by), false}};
    PT_TRY(pt_load_keep(load, node->key, &agent->id));
    PT_TRY(pt_load_bind(load, node, binds, PT_COUNT(binds), agent));
    agent->has_from = pt_yaml_get(node, "valid-from") != NULL;
    agent->has_until = pt_yaml_get(node, "valid-until") != NULL;
    agent->valid_from = (int32_t)pt_load_number(node, "valid-from", 0);
    agent->valid_until = (int32_t)pt_load_number(node, "valid-until", 0);
    return PT_SUCCESS;
}

static PT_RESULT build_agents(struct pt_load *load)
{
    struct pt_config *config = &load->own->config;
    PT_TRY(pt_load_entries(load, "agents", &load->agent_nodes, &config->nagents));
    void *array = NULL;
    PT_TRY(pt_load_array(load, config->nagents, sizeof *load->agents, &array));
    load->agents = array;
    config->agents = array;
    for (size_t i = 0U; i < config->nagents; i++) {
        PT_TRY(build_agent(load, load->agent_nodes[i], &load->agents[i]));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_load_build(struct pt_load *load)
{
    PT_TRY(build_texts(load));
    PT_TRY(default_origin(load));
    build_numbers(load);
    PT_TRY(build_upstreams(load));
    PT_TRY(build_agents(load));
    PT_TRY(pt_load_habilitations(load));
    return pt_load_clients(load);
}
