/* SPDX-License-Identifier: EUPL-1.2 */
/* poterne-pki: the tool of pki/, wired to the configuration and the clock. */
#include "gateway/bin/bin_int.h"

#include "poterne/pki/tool.h"

#define NAMES_MAX 8U

struct site {
    struct pt_config *config;
    struct pt_arena *arena;
    const char *names[NAMES_MAX];
    size_t nnames;
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
    return PT_SUCCESS;
}

static PT_RESULT find_site(void *ctx, const char *file, struct pt_buf *report,
                           struct pt_pki_site *ret_site)
{
    struct site *site = ctx;
    PT_TRY(pt_tool_config(file, report, &site->config));
    PT_TRY(pt_arena_new(PT_EXCHANGE_ARENA_MAX, &site->arena));
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
