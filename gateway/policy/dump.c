/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The effective policy as text: one fact a line, each line begins with what it is about, in the
 * order of ids. Two dumps differ in exactly the lines whose fact changed, so a reviewer reads a
 * diff; its digest goes to the log when the policy comes into force. No secret, no file path.
 * Layer 3 (gateway).
 */
#include "poterne/base/clock.h"
#include "poterne/base/codec.h"
#include "poterne/gateway/policy.h"

static void put_parts(struct pt_buf *out, const pt_slice *parts, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        if (i > 0U) {
            pt_buf_put_byte(out, ' ');
        }
        pt_buf_put(out, parts[i]);
    }
    pt_buf_put_byte(out, '\n');
}

#define LINE(out, ...)                                                                             \
    put_parts((out), (const pt_slice[]){__VA_ARGS__},                                              \
              sizeof((const pt_slice[]){__VA_ARGS__}) / sizeof(pt_slice))

static void put_day(struct pt_buf *out, pt_slice kind, pt_slice id, const char *key, int32_t days)
{
    char text[PT_DATE_LEN + 1U];
    pt_time_date_text(days, text);
    LINE(out, kind, id, pt_slice_str(key), pt_slice_str(text));
}

/* --- agents, clients
 * ------------------------------------------------------------------------------------ */

static void dump_agent(struct pt_buf *out, const struct pt_agent *agent)
{
    const pt_slice kind = PT_SLICE("agent");
    LINE(out, kind, agent->id, PT_SLICE("granted-by"), agent->granted_by);
    LINE(out, kind, agent->id, PT_SLICE("service"), agent->service);
    if (agent->has_from) {
        put_day(out, kind, agent->id, "valid-from", agent->valid_from);
    }
    if (agent->has_until) {
        put_day(out, kind, agent->id, "valid-until", agent->valid_until);
    }
}

/* A client that is being renewed has two certificates; the snapshot sorts them. */
static void dump_certificates(struct pt_buf *out, const struct pt_config *config, pt_slice id)
{
    for (size_t i = 0U; i < config->nclients; i++) {
        const struct pt_client *client = &config->clients[i];
        char hex[PT_HEX_LEN(sizeof client->fingerprint)];
        if (pt_slice_eq(client->id, id)) {
            pt_hex_encode(pt_slice_of(client->fingerprint, sizeof client->fingerprint), hex);
            LINE(out, PT_SLICE("client"), id, PT_SLICE("certificate-sha256"),
                 pt_slice_of(hex, sizeof hex));
        }
    }
}

static void dump_client(struct pt_buf *out, const struct pt_config *config,
                        const struct pt_client *client)
{
    const pt_slice kind = PT_SLICE("client");
    dump_certificates(out, config, client->id);
    for (size_t i = 0U; i < client->nhabilitations; i++) {
        LINE(out, kind, client->id, PT_SLICE("habilitation"), client->habilitations[i]->id);
    }
}

/* The client whose id comes next after @last; the snapshot sorts them by certificate. */
static const struct pt_client *next_client(const struct pt_config *config,
                                           const struct pt_client *last)
{
    const struct pt_client *next = NULL;
    for (size_t i = 0U; i < config->nclients; i++) {
        const struct pt_client *client = &config->clients[i];
        const bool after = last == NULL || pt_slice_cmp(client->id, last->id) > 0;
        if (after && (next == NULL || pt_slice_cmp(client->id, next->id) < 0)) {
            next = client;
        }
    }
    return next;
}

static void dump_clients(struct pt_buf *out, const struct pt_config *config)
{
    const struct pt_client *client = next_client(config, NULL);
    while (client != NULL) {
        dump_client(out, config, client);
        client = next_client(config, client);
    }
}

/* --- habilitations
 * ---------------------------------------------------------------------------------------- */

/* The pointer of @mask that comes next after @last (byte order); *last is the empty slice first. */
static bool next_pointer(const struct pt_mask *mask, pt_slice *last)
{
    pt_slice next = PT_SLICE_EMPTY;
    for (size_t i = 0U; i < pt_mask_count(mask); i++) {
        const pt_slice pointer = pt_mask_pointer(mask, i);
        if (pt_slice_cmp(pointer, *last) > 0 &&
            (next.len == 0U || pt_slice_cmp(pointer, next) < 0)) {
            next = pointer;
        }
    }
    *last = next;
    return next.len > 0U;
}

static void dump_grants(struct pt_buf *out, const struct pt_habilitation *h)
{
    for (size_t i = 0U; i < h->ngrants; i++) {
        pt_slice pointer = PT_SLICE_EMPTY;
        while (next_pointer(h->grants[i].mask, &pointer)) {
            LINE(out, PT_SLICE("habilitation"), h->id, PT_SLICE("field"), h->grants[i].dataset->id,
                 pointer);
        }
    }
}

struct text {
    const char *key;
    pt_slice value; /* empty: no line */
};

static void dump_texts(struct pt_buf *out, const struct pt_habilitation *h,
                       const struct text *texts, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        if (texts[i].value.len > 0U) {
            LINE(out, PT_SLICE("habilitation"), h->id, pt_slice_str(texts[i].key), texts[i].value);
        }
    }
}

static void dump_channels(struct pt_buf *out, const struct pt_habilitation *h)
{
    /* in the order of their names */
    static const enum pt_channel channels[] = {PT_CHANNEL_POST, PT_CHANNEL_ONLINE, PT_CHANNEL_DESK,
                                               PT_CHANNEL_PHONE};
    for (size_t i = 0U; i < PT_COUNT(channels); i++) {
        if ((h->channels & (1U << (uint32_t)channels[i])) != 0U) {
            LINE(out, PT_SLICE("habilitation"), h->id, PT_SLICE("channel"),
                 pt_channel_name(channels[i]));
        }
    }
}

static void dump_agents(struct pt_buf *out, const struct pt_habilitation *h)
{
    for (size_t i = 0U; i < h->nagents; i++) {
        LINE(out, PT_SLICE("habilitation"), h->id, PT_SLICE("agent"), h->agents[i]->id);
    }
    if (h->automatic_agent.len > 0U) {
        LINE(out, PT_SLICE("habilitation"), h->id, PT_SLICE("agent-automatic"), h->automatic_agent);
    }
}

/* The keys in byte order, so that the whole is what sort(1) would make of it. */
static void dump_habilitation(struct pt_buf *out, const struct pt_habilitation *h)
{
    const pt_slice kind = PT_SLICE("habilitation");
    const struct text before[] = {
        {"case-required", h->case_required ? PT_SLICE("true") : PT_SLICE("false")}};
    const struct text between[] = {{"context", h->context}, {"datapass", h->datapass}};
    const struct text after[] = {
        {"legal-basis", h->legal_basis},
        {"legal-mode", h->mode == PT_MODE_PROACTIF ? PT_SLICE("proactif") : PT_SLICE("demande")},
        {"object", h->object},
        {"procedure", h->procedure},
        {"title", h->title},
        {"upstream", h->upstream != NULL ? h->upstream->id : PT_SLICE_EMPTY}};
    dump_agents(out, h);
    dump_texts(out, h, before, PT_COUNT(before));
    dump_channels(out, h);
    dump_texts(out, h, between, PT_COUNT(between));
    dump_grants(out, h);
    dump_texts(out, h, after, PT_COUNT(after));
    put_day(out, kind, h->id, "valid-from", h->valid_from);
    put_day(out, kind, h->id, "valid-until", h->valid_until);
}

PT_RESULT pt_policy_dump(const struct pt_config *config, struct pt_buf *out)
{
    for (size_t i = 0U; i < config->nagents; i++) {
        dump_agent(out, &config->agents[i]);
    }
    dump_clients(out, config);
    LINE(out, PT_SLICE("commune"), config->siret, config->name);
    for (size_t i = 0U; i < config->nhabilitations; i++) {
        dump_habilitation(out, &config->habilitations[i]);
    }
    for (size_t i = 0U; i < config->nupstreams; i++) {
        const struct pt_upstream *upstream = &config->upstreams[i];
        LINE(out, PT_SLICE("upstream"), upstream->id, PT_SLICE("kind"), upstream->kind);
        LINE(out, PT_SLICE("upstream"), upstream->id, PT_SLICE("url"), upstream->url);
    }
    return pt_buf_status(out);
}
