/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * csr.c -- poterne-pki csr: a key and the request for its certificate, to send to an RGS provider.
 * The key is made where it will live and never leaves; a run that was cut can be run again.
 * Layer 1 (pki).
 */
#include "poterne/pki/csr.h"

#include "pki/cli/tool_int.h"
#include "poterne/base/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX 64U

static const char *file_of(struct tool *tool, const char *dir, enum pt_csr_profile profile,
                           const char *suffix)
{
    char name[FILE_MAX];
    (void)snprintf(name, sizeof(name), "%s%s", pt_csr_profile_name(profile), suffix);
    return tool_join(tool, dir, name);
}

static pt_status asked_profile(const struct tool *tool, enum pt_csr_profile *ret)
{
    const char *asked = pt_cli_get(tool->cli, "profile");
    if (asked == NULL || !pt_ok(pt_csr_profile_find(asked, ret))) {
        return tool_refuse(tool, "--profile",
                           "il faut cachet, auth-serveur, auth-client, tsu ou ocsp",
                           PT_FAIL(PT_E_ARG));
    }
    return PT_SUCCESS;
}

/* The name a person will read in the certificate, unless --cn gives a better one. */
static pt_slice common_name(const struct tool *tool, const struct pt_csr_request *request)
{
    const char *asked = pt_cli_get(tool->cli, "cn");
    if (asked != NULL) {
        return pt_slice_str(asked);
    }
    switch (request->profile) {
    case PT_CSR_CACHET:
        return pt_slice_str(tool->site.commune);
    case PT_CSR_AUTH_SERVEUR:
        return request->names[0];
    case PT_CSR_TSU:
        return PT_SLICE("Unité d'horodatage");
    case PT_CSR_OCSP:
        return PT_SLICE("Répondeur OCSP");
    case PT_CSR_AUTH_CLIENT:
    case PT_CSR_COUNT:
    default:
        return PT_SLICE("Poterne");
    }
}

static pt_status key_make(struct tool *tool, const char *path, struct pt_buf *pem)
{
    const char *asked = pt_cli_get(tool->cli, "algorithm");
    const pt_status st = pt_csr_key(asked != NULL ? asked : "p-256", tool_days(tool), pem);
    if (st.code == PT_E_ARG) {
        return tool_refuse(tool, "--algorithm", "il faut p-256, p-384 ou rsa-3072", st);
    }
    return pt_ok(st) ? tool_write(tool, path, pt_buf_slice(pem), 0400) : tool_fail(tool, path, st);
}

/* Who asks for RSA gets RSA, or is told that the key that is there is another. */
static pt_status same_algorithm(struct tool *tool, const char *path, pt_slice pem)
{
    struct pt_key_facts facts;
    char name[FILE_MAX];
    const char *asked = pt_cli_get(tool->cli, "algorithm");
    pt_status st = asked != NULL ? pt_pem_key_facts(pem, &facts) : PT_SUCCESS;
    if (asked == NULL || !pt_ok(st)) {
        return pt_ok(st) ? st : tool_fail(tool, path, st);
    }
    if (strcmp(facts.algorithm, "rsa") == 0) {
        (void)snprintf(name, sizeof(name), "rsa-%" PRIu32, facts.bits);
    } else {
        (void)snprintf(name, sizeof(name), "%s", facts.algorithm);
    }
    if (strcmp(name, asked) != 0) {
        return tool_refuse(tool, path,
                           "cette clé est là et d'un autre algorithme que --algorithm : un autre "
                           "--out, ou détruisez-la (destroy)",
                           PT_FAIL(PT_E_EXISTS));
    }
    return PT_SUCCESS;
}

/* A key without its request is that of a run that was cut. */
static pt_status key_ready(struct tool *tool, const char *path, struct pt_buf *pem)
{
    PT_ENSURE(path != NULL, PT_E_NOMEM);
    if (!tool_exists(path)) {
        return key_make(tool, path, pem);
    }
    const pt_status st = pt_key_file_read(path, pem);
    if (!pt_ok(st)) {
        return tool_refuse(tool, path, "clé illisible, ou accessible à d'autres (chmod 0400)", st);
    }
    PT_TRY(same_algorithm(tool, path, pt_buf_slice(pem)));
    tool_kept(tool, path);
    return PT_SUCCESS;
}

static pt_status request_write(struct tool *tool, const struct pt_csr_request *request,
                               const char *path, pt_slice key_pem)
{
    struct pt_buf pem;
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    pt_status st = pt_csr_make(request, key_pem, &pem);
    st = pt_ok(st) ? tool_write(tool, path, pt_buf_slice(&pem), 0644) : tool_fail(tool, path, st);
    pt_buf_done(&pem);
    return st;
}

static pt_status make(struct tool *tool, const struct pt_csr_request *request, const char *dir)
{
    const char *path = file_of(tool, dir, request->profile, ".csr");
    PT_ENSURE(path != NULL, PT_E_NOMEM);
    if (tool_exists(path)) {
        return tool_fail(tool, path, PT_FAIL(PT_E_EXISTS));
    }
    PT_TRY(tool_mkdirs(tool, dir, 0700));
    struct pt_buf key;
    pt_buf_init(&key, PT_SECRET_FILE_MAX);
    pt_status st = key_ready(tool, file_of(tool, dir, request->profile, ".key"), &key);
    if (pt_ok(st)) {
        st = request_write(tool, request, path, pt_buf_slice(&key));
    }
    pt_buf_done(&key);
    if (pt_ok(st)) {
        (void)fprintf(tool->cli->out,
                      "\nEnsuite : envoyez %s au prestataire ; la clé reste ici.\n"
                      "Vérifier : openssl req -in %s -verify -noout -text\n",
                      path, path);
    }
    return st;
}

static pt_status csr(struct tool *tool)
{
    const char *dir = pt_cli_get(tool->cli, "out");
    struct names names = {.n = 0U};
    struct pt_csr_request request = {.names = names.list, .days = tool_days(tool)};
    PT_TRY(asked_profile(tool, &request.profile));
    PT_TRY(tool_identity(tool));
    if (dir == NULL) {
        return tool_refuse(tool, "--out", "il manque le dossier de la demande", PT_FAIL(PT_E_ARG));
    }
    if (request.profile == PT_CSR_AUTH_SERVEUR) {
        PT_TRY(server_names(tool, &names));
    }
    request.nnames = names.n;
    request.subject = (struct pt_ca_subject){.common_name = common_name(tool, &request),
                                             .organization = pt_slice_str(tool->site.commune),
                                             .siret = pt_slice_str(tool->site.siret)};
    return make(tool, &request, dir);
}

int command_csr(const struct pt_cli *cli, void *ctx)
{
    return tool_command(cli, ctx, csr);
}
