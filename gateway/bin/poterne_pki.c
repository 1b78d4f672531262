/* SPDX-License-Identifier: EUPL-1.2 */
/* poterne-pki: the tool of pki/, wired to the configuration and the clock. */
#include "gateway/bin/bin_int.h"

#include "poterne/pki/tool.h"

#include "poterne/base/file.h"
#include "poterne/gateway/expiry.h"
#include "poterne/gateway/reader.h"

#include <stdlib.h>

#define NAMES_MAX  8U
#define SITE_ARENA 4194304U /* 4096 habilitations, a token and three dates each */
#define DAY_S      86400
#define OTHERS     077U

struct site {
    struct pt_config *config;
    struct pt_arena *arena;
    const char *names[NAMES_MAX];
    size_t nnames;
    struct pt_pki_thing *things;
    size_t nthings;
};

/* "host:port" or "[v6]:port" -> host */
static pt_slice host_of(pt_slice address)
{
    pt_slice rest = address;
    if (rest.len > 0U && rest.ptr[0] == '[') {
        rest = pt_slice_from(rest, 1U);
        return pt_slice_cut(&rest, ']');
    }
    return pt_slice_cut(&rest, ':');
}

static PT_RESULT text(struct site *site, pt_slice from, const char **ret)
{
    pt_slice copy;
    PT_TRY(pt_arena_dup(site->arena, from, &copy));
    *ret = copy.ptr;
    return PT_SUCCESS;
}

static PT_RESULT add_name(struct site *site, pt_slice name)
{
    if (name.len == 0U || site->nnames == NAMES_MAX) {
        return PT_SUCCESS;
    }
    for (size_t i = 0U; i < site->nnames; i++) {
        if (pt_slice_eq(pt_slice_str(site->names[i]), name)) {
            return PT_SUCCESS;
        }
    }
    PT_TRY(text(site, name, &site->names[site->nnames]));
    site->nnames++;
    return PT_SUCCESS;
}

/* --- what else the configuration names --- */

/* Nothing of the token leaves but the date of its end. SYS-04: one that others may read is said. */
static void read_token(const struct pt_reader_port *reader, struct pt_pki_thing *thing)
{
    uint32_t mode = 0U;
    struct pt_buf bytes;
    pt_buf_init(&bytes, PT_SECRET_FILE_MAX);
    const pt_status st = reader->read(reader->ctx, thing->path, &bytes);
    thing->fault = st.code;
    if (pt_ok(st)) {
        pt_slice token = pt_buf_slice(&bytes);
        while (token.len > 0U && (uint8_t)token.ptr[token.len - 1U] <= ' ') {
            token.len--;
        }
        const pt_status end = pt_jwt_expiry(token, &thing->until);
        (void)end; /* an opaque token has no date */
        const bool open = strncmp(thing->path, "credential:", 11U) != 0 &&
                          pt_ok(reader->mode(reader->ctx, thing->path, &mode)) &&
                          (mode & OTHERS) != 0U;
        thing->fault = open ? PT_E_DENIED : PT_OK;
    }
    pt_buf_done(&bytes);
}

static PT_RESULT add_thing(struct site *site, enum pt_pki_thing_kind kind, pt_slice name,
                           pt_slice path, int64_t until)
{
    struct pt_pki_thing *thing = &site->things[site->nthings];
    *thing = (struct pt_pki_thing){.kind = kind, .reference = "", .until = until};
    PT_TRY(text(site, name, &thing->name));
    PT_TRY(text(site, path, &thing->path));
    site->nthings++;
    return PT_SUCCESS;
}

static int64_t after(int32_t day)
{
    return ((int64_t)day + 1) * DAY_S;
}

static PT_RESULT add_habilitation(struct site *site, const struct pt_reader_port *reader,
                                  const struct pt_habilitation *h)
{
    PT_TRY(add_thing(site, PT_PKI_HABILITATION, h->id, PT_SLICE(""), after(h->valid_until)));
    if (h->has_datapass_until) {
        PT_TRY(add_thing(site, PT_PKI_DATAPASS, h->id, PT_SLICE(""), after(h->datapass_until)));
    }
    PT_TRY(add_thing(site, PT_PKI_TOKEN, h->id, h->token_path, 0));
    read_token(reader, &site->things[site->nthings - 1U]);
    return PT_SUCCESS;
}

static PT_RESULT add_decision(struct site *site, const struct pt_homologation *h)
{
    if (!h->present) {
        return PT_SUCCESS;
    }
    PT_TRY(add_thing(site, PT_PKI_HOMOLOGATION, h->scope, PT_SLICE(""), after(h->valid_until)));
    for (size_t i = 0U; i < h->nproducts; i++) {
        const struct pt_product *product = &h->products[i];
        const bool qualified = product->qualification.len > 0U;
        PT_TRY(add_thing(site, PT_PKI_PRODUCT, product->name, PT_SLICE(""), 0));
        PT_TRY(text(site, qualified ? product->qualification : product->justification,
                    &site->things[site->nthings - 1U].reference));
    }
    return PT_SUCCESS;
}

static PT_RESULT add_others(struct site *site)
{
    const struct pt_config *c = site->config;
    for (size_t i = 0U; i < c->nupstreams; i++) {
        if (c->upstreams[i].ca_path.len > 0U) {
            PT_TRY(add_thing(site, PT_PKI_ANCHORS, c->upstreams[i].id, c->upstreams[i].ca_path, 0));
        }
    }
    for (size_t i = 0U; i < c->nclients; i++) {
        PT_TRY(add_thing(site, PT_PKI_CLIENT, c->clients[i].id, PT_SLICE(""), 0));
        memcpy(site->things[site->nthings - 1U].sha256, c->clients[i].fingerprint, 32U);
    }
    return add_decision(site, &c->homologation);
}

static PT_RESULT add_things(struct site *site)
{
    const struct pt_config *c = site->config;
    struct pt_reader_fs fs = {.credentials = getenv("CREDENTIALS_DIRECTORY")};
    const struct pt_reader_port reader = pt_reader_fs(&fs);
    const size_t most =
        3U * c->nhabilitations + c->nupstreams + c->nclients + c->homologation.nproducts + 1U;
    site->things = pt_arena_alloc(site->arena, most * sizeof *site->things);
    PT_ENSURE(site->things != NULL, PT_E_NOMEM);
    for (size_t i = 0U; i < c->nhabilitations; i++) {
        PT_TRY(add_habilitation(site, &reader, &c->habilitations[i]));
    }
    return add_others(site);
}

static PT_RESULT fill(struct site *site, struct pt_pki_site *ret)
{
    const struct pt_config *c = site->config;
    PT_TRY(text(site, c->tls_certificate_path, &ret->tls_certificate));
    PT_TRY(text(site, c->tls_key_path, &ret->tls_key));
    PT_TRY(text(site, c->tls_client_ca_path, &ret->client_ca));
    PT_TRY(text(site, c->tls_client_crl_path, &ret->client_crl));
    PT_TRY(text(site, c->log_directory, &ret->log_directory));
    PT_TRY(text(site, c->siret, &ret->siret));
    PT_TRY(text(site, c->name, &ret->commune));
    PT_TRY(text(site, c->log_origin, &ret->origin));
    PT_TRY(add_name(site, PT_SLICE("localhost")));
    PT_TRY(add_name(site, PT_SLICE("127.0.0.1")));
    PT_TRY(add_name(site, host_of(c->listen_grc)));
    PT_TRY(add_name(site, host_of(c->listen_identity)));
    ret->names = site->names;
    ret->nnames = site->nnames;
    PT_TRY(add_things(site));
    ret->things = site->things;
    ret->nthings = site->nthings;
    return PT_SUCCESS;
}

static PT_RESULT find_site(void *ctx, const char *file, struct pt_buf *report,
                           struct pt_pki_site *ret_site)
{
    struct site *site = ctx;
    PT_TRY(pt_tool_config(file, report, &site->config));
    PT_TRY(pt_arena_new(SITE_ARENA, &site->arena));
    return fill(site, ret_site);
}

int main(int argc, char **argv)
{
    struct site site = {0};
    const struct pt_pki_env env = {.clock = &pt_clock_system, .site = find_site, .ctx = &site};
    const int code = pt_pki_main(argc, argv, &env);
    site.arena = pt_arena_free(site.arena);
    site.config = pt_config_free(site.config);
    return code;
}
