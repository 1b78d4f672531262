/* SPDX-License-Identifier: EUPL-1.2 */
/* See expiry.h: what ends, from one configuration. Layer 3 (gateway). */
#include "poterne/gateway/expiry.h"

#include "poterne/pki/cert.h"

#define DAY_S 86400
#define FIXED 5U /* certificate, authority, list, half of it, homologation */

const char *pt_expiry_kind_name(enum pt_expiry_kind kind)
{
    static const char *const names[] = {
        [PT_EXPIRY_CERTIFICATE] = "certificate",
        [PT_EXPIRY_AUTHORITY] = "authority",
        [PT_EXPIRY_CRL] = "crl",
        [PT_EXPIRY_CRL_HALF] = "crl-half",
        [PT_EXPIRY_TOKEN] = "token",
        [PT_EXPIRY_HABILITATION] = "habilitation",
        [PT_EXPIRY_DATAPASS] = "datapass",
        [PT_EXPIRY_HOMOLOGATION] = "homologation",
    };
    return (size_t)kind < PT_COUNT(names) ? names[kind] : "";
}

static void add(struct pt_expiry_list *list, enum pt_expiry_kind kind, pt_slice name, int64_t at)
{
    list->items[list->n] = (struct pt_expiry){.kind = kind, .name = name, .at = at};
    list->n++;
}

/* A last day is lived to its end. */
static int64_t after(int32_t day)
{
    return ((int64_t)day + 1) * DAY_S;
}

static PT_RESULT add_certificate(struct pt_expiry_list *list, enum pt_expiry_kind kind,
                                 pt_slice name, pt_slice pem)
{
    struct pt_cert_facts facts;
    const pt_status st = pem.len > 0U ? pt_cert_facts(pem, &facts) : PT_FAIL(PT_E_ABSENT);
    PT_ENSURE(st.code != PT_E_NOMEM, PT_E_NOMEM);
    if (pt_ok(st)) {
        add(list, kind, name, facts.not_after);
    }
    return PT_SUCCESS;
}

static PT_RESULT add_crl(struct pt_expiry_list *list, pt_slice pem)
{
    struct pt_crl_facts facts;
    const pt_status st = pem.len > 0U ? pt_crl_facts(pem, &facts) : PT_FAIL(PT_E_ABSENT);
    PT_ENSURE(st.code != PT_E_NOMEM, PT_E_NOMEM);
    if (pt_ok(st) && facts.next_update != 0) {
        const int64_t half = (facts.next_update - facts.this_update) / 2;
        add(list, PT_EXPIRY_CRL, PT_SLICE("clients"), facts.next_update);
        add(list, PT_EXPIRY_CRL_HALF, PT_SLICE("clients"), facts.this_update + half);
    }
    return PT_SUCCESS;
}

static PT_RESULT add_habilitation(struct pt_expiry_list *list, const struct pt_habilitation *h)
{
    int64_t end = 0;
    add(list, PT_EXPIRY_HABILITATION, h->id, after(h->valid_until));
    if (h->has_datapass_until) {
        add(list, PT_EXPIRY_DATAPASS, h->id, after(h->datapass_until));
    }
    if (h->token == NULL) {
        return PT_SUCCESS;
    }
    const pt_status st = pt_jwt_expiry(pt_secret_slice(h->token), &end);
    PT_ENSURE(st.code != PT_E_NOMEM, PT_E_NOMEM);
    if (pt_ok(st)) {
        add(list, PT_EXPIRY_TOKEN, h->id, end);
    }
    return PT_SUCCESS;
}

static PT_RESULT fill(const struct pt_config *config, struct pt_expiry_list *list)
{
    PT_TRY(
        add_certificate(list, PT_EXPIRY_CERTIFICATE, PT_SLICE("server"), config->tls_certificate));
    PT_TRY(add_certificate(list, PT_EXPIRY_AUTHORITY, PT_SLICE("clients"), config->tls_client_ca));
    PT_TRY(add_crl(list, config->tls_client_crl));
    for (size_t i = 0U; i < config->nhabilitations; i++) {
        PT_TRY(add_habilitation(list, &config->habilitations[i]));
    }
    if (config->homologation.present) {
        add(list, PT_EXPIRY_HOMOLOGATION, PT_SLICE("homologation"),
            after(config->homologation.valid_until));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_expiry_collect(const struct pt_config *config, struct pt_arena *arena,
                            struct pt_expiry_list *ret)
{
    PT_ENSURE(config != NULL && arena != NULL && ret != NULL, PT_E_ARG);
    struct pt_expiry_list list = {.n = 0U};
    const size_t most = FIXED + config->nhabilitations * 3U;
    list.items = pt_arena_alloc(arena, most * sizeof *list.items);
    PT_ENSURE(list.items != NULL, PT_E_NOMEM);
    PT_TRY(fill(config, &list));
    *ret = list;
    return PT_SUCCESS;
}
