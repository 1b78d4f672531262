/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * authority.c -- the two small authorities on disk: load, make, sign with them. An authority
 * whose key is kept elsewhere (the prefecture's, a safe's) is respected: its certificate serves,
 * and only what needs a signature fails, with words. Layer 1 (pki).
 */
#include "pki/cli/tool_int.h"
#include "poterne/base/limits.h"
#include "poterne/pki/lint.h"

#include <string.h>

static struct pt_ca_subject subject_of(const struct tool *tool, const char *name)
{
    return (struct pt_ca_subject){
        .common_name = pt_slice_str(name),
        .organization = pt_slice_str(tool->site.commune),
        .siret = pt_slice_str(tool->site.siret),
    };
}

PT_RESULT authority_load(struct tool *tool, struct authority *a)
{
    pt_buf_init(&a->pem, TOOL_TEXT_MAX);
    PT_TRY(tool_read(tool, a->cert_path, &a->pem));
    if (tool_exists(a->key_path)) {
        PT_TRY(tool_key_load(tool, a->key_path, &a->key));
    }
    return PT_SUCCESS;
}

static pt_status authority_make(struct tool *tool, struct authority *a, const char *name)
{
    pt_buf_init(&a->pem, TOOL_TEXT_MAX);
    PT_TRY(tool_key_ensure(tool, a->key_path, PT_KEY_P256, &a->key));
    const struct pt_ca_request request = {
        .profile = PT_CA_ROOT,
        .subject = subject_of(tool, name),
        .now = tool->now,
    };
    const pt_status st = pt_ca_issue(&request, a->key, NULL, &a->pem);
    if (!pt_ok(st)) {
        return tool_fail(tool, a->cert_path, st);
    }
    return tool_write(tool, a->cert_path, pt_buf_slice(&a->pem), 0644);
}

PT_RESULT authority_ensure(struct tool *tool, struct authority *a, const char *name)
{
    PT_ENSURE(a->cert_path != NULL && a->key_path != NULL, PT_E_NOMEM);
    if (!tool_exists(a->cert_path)) {
        return authority_make(tool, a, name);
    }
    PT_TRY(authority_load(tool, a));
    tool_kept(tool, a->cert_path);
    return PT_SUCCESS;
}

void authority_done(struct authority *a)
{
    pt_buf_done(&a->pem);
    a->key = pt_key_free(a->key);
}

static pt_status need_key(struct tool *tool, const struct authority *a)
{
    if (a->key == NULL) {
        return tool_refuse(tool, a->key_path,
                           "la clé de cette autorité n'est pas ici : elle seule signe",
                           PT_FAIL(PT_E_ABSENT));
    }
    return PT_SUCCESS;
}

/* Without a configuration the commune is typed again for each certificate: it stays the same. */
static pt_status same_commune(struct tool *tool, const struct authority *a)
{
    char siren[PT_SIREN_LEN + 1U];
    if (tool->standalone && pt_ok(pt_cert_siren(pt_buf_slice(&a->pem), siren)) &&
        strncmp(siren, tool->site.siret, PT_SIREN_LEN) != 0) {
        return tool_refuse(tool, "--siret", "ce n'est pas la commune de cette autorité",
                           PT_FAIL(PT_E_ARG));
    }
    return PT_SUCCESS;
}

PT_RESULT authority_issue(struct tool *tool, const struct authority *a,
                          struct pt_ca_request *request, const struct pt_key *key, const char *path)
{
    PT_TRY(need_key(tool, a));
    PT_TRY(same_commune(tool, a));
    const struct pt_ca_issuer issuer = {.cert_pem = pt_buf_slice(&a->pem), .key = a->key};
    request->subject.organization = pt_slice_str(tool->site.commune);
    request->subject.siret = pt_slice_str(tool->site.siret);
    request->now = tool->now;
    struct pt_buf pem;
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    pt_status st = pt_ca_issue(request, key, &issuer, &pem);
    if (pt_ok(st)) {
        st = tool_write(tool, path, pt_buf_slice(&pem), 0644);
    } else {
        (void)tool_fail(tool, path, st);
    }
    pt_buf_done(&pem);
    return st;
}

static pt_status list_into(struct tool *tool, const struct authority *a, struct pt_ca_crl *request,
                           struct pt_buf *pem)
{
    const char *path = tool->site.client_crl;
    const struct pt_ca_issuer issuer = {.cert_pem = pt_buf_slice(&a->pem), .key = a->key};
    const pt_status st = pt_ca_crl(request, &issuer, pem);
    if (st.code == PT_E_EXISTS) {
        return tool_refuse(tool, path, "ce certificat est déjà révoqué", st);
    }
    if (st.code == PT_E_FORGED) {
        return tool_refuse(tool, path, "la liste ou le certificat ne vient pas de cette autorité",
                           st);
    }
    return pt_ok(st) ? tool_replace(tool, path, pt_buf_slice(pem), 0644)
                     : tool_fail(tool, path, st);
}

static pt_status list_over(struct tool *tool, const struct authority *a, pt_slice previous,
                           pt_slice revoke)
{
    struct pt_buf pem;
    struct pt_ca_crl request = {.now = tool->now, .previous = previous, .revoke = revoke};
    PT_TRY(need_key(tool, a));
    pt_buf_init(&pem, PT_CRL_MAX);
    const pt_status st = list_into(tool, a, &request, &pem);
    pt_buf_done(&pem);
    return st;
}

PT_RESULT authority_first_list(struct tool *tool, const struct authority *a)
{
    return list_over(tool, a, PT_SLICE_EMPTY, PT_SLICE_EMPTY);
}

PT_RESULT authority_list(struct tool *tool, const struct authority *a, pt_slice revoke)
{
    struct pt_buf previous;
    if (!tool_exists(tool->site.client_crl)) {
        return tool_refuse(tool, tool->site.client_crl,
                           "la liste n'est pas là, et une liste vide rouvrirait la porte à qui fut "
                           "révoqué : remettez-la en place (sauvegarde) ; à défaut, init en fait "
                           "une vide, où chaque révocation est à refaire",
                           PT_FAIL(PT_E_ABSENT));
    }
    pt_buf_init(&previous, PT_CRL_MAX);
    pt_status st = tool_read(tool, tool->site.client_crl, &previous);
    if (pt_ok(st)) {
        st = list_over(tool, a, pt_buf_slice(&previous), revoke);
    }
    pt_buf_done(&previous);
    return st;
}

static pt_status client_place(struct tool *tool, struct authority *a)
{
    *a = (struct authority){.cert_path = tool->site.client_ca,
                            .key_path = tool_key_beside(tool, tool->site.client_ca)};
    PT_ENSURE(a->key_path != NULL, PT_E_NOMEM);
    return PT_SUCCESS;
}

PT_RESULT client_authority(struct tool *tool, struct authority *a)
{
    PT_TRY(client_place(tool, a));
    if (!tool_exists(a->cert_path)) {
        return tool_refuse(tool, a->cert_path,
                           "aucune autorité des GRC ici : vérifiez le dossier, ou poterne-pki init",
                           PT_FAIL(PT_E_ABSENT));
    }
    PT_TRY(authority_load(tool, a));
    return same_commune(tool, a);
}

PT_RESULT client_authority_ensure(struct tool *tool, struct authority *a)
{
    PT_TRY(client_place(tool, a));
    return authority_ensure(tool, a, "AC des GRC Poterne");
}
