/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * renew.c -- poterne-pki renew: the revocation list, the server's certificate, a GRC's. A new key
 * and certificate are made beside the old ones, both valid; `--switch` puts them in their place by
 * rename, the old ones in the archive, and a run that was cut can be run again. Layer 1 (pki).
 */
#include "pki/cli/tool_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"
#include "poterne/pki/cert.h"

#include <stdio.h>
#include <string.h>

#define LABEL_MAX 160U
#define TAG_LEN   8U /* bytes of the certificate's fingerprint in an archived name */

/* --- a pair and its successor ---------------------------------------------------------------- */

static const char *with_suffix(struct tool *tool, const char *path, const char *suffix)
{
    char text[PT_PATH_MAX];
    pt_slice copy;
    const int n = snprintf(text, sizeof(text), "%s%s", path, suffix);
    const bool whole = n > 0 && (size_t)n < sizeof(text);
    return whole && pt_ok(pt_arena_dup(tool->arena, pt_slice_str(text), &copy)) ? copy.ptr : NULL;
}

static pt_status pair_fill(struct tool *tool, struct pair *pair)
{
    PT_ENSURE(pair->cert != NULL && pair->key != NULL && pair->label != NULL, PT_E_NOMEM);
    pair->next_cert = with_suffix(tool, pair->cert, ".next");
    pair->next_key = with_suffix(tool, pair->key, ".next");
    pair->archive = tool_beside(tool, pair->cert, "archive");
    PT_ENSURE(pair->next_cert != NULL && pair->next_key != NULL && pair->archive != NULL,
              PT_E_NOMEM);
    return PT_SUCCESS;
}

PT_RESULT pair_of_server(struct tool *tool, struct pair *ret)
{
    *ret = (struct pair){
        .cert = tool->site.tls_certificate, .key = tool->site.tls_key, .label = "server"};
    return pair_fill(tool, ret);
}

static pt_status pair_of_client(struct tool *tool, const char *name, struct pair *ret)
{
    char label[LABEL_MAX];
    pt_slice copy;
    (void)snprintf(label, sizeof(label), "client-%s", name);
    PT_TRY(pt_arena_dup(tool->arena, pt_slice_str(label), &copy));
    *ret = (struct pair){.cert = client_path(tool, name, ".pem"),
                         .key = client_path(tool, name, ".key"),
                         .label = copy.ptr};
    return pair_fill(tool, ret);
}

static pt_status read_facts(const char *path, struct pt_cert_facts *facts)
{
    struct pt_buf pem;
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    pt_status st = pt_file_read(path, &pem);
    if (pt_ok(st)) {
        st = pt_cert_facts(pt_buf_slice(&pem), facts);
    }
    pt_buf_done(&pem);
    return st;
}

static bool is_pair(const char *cert, const char *key)
{
    struct pt_cert_facts facts;
    uint8_t spki[32];
    struct pt_buf pem;
    pt_buf_init(&pem, PT_SECRET_FILE_MAX);
    const bool same = pt_ok(read_facts(cert, &facts)) && pt_ok(pt_key_file_read(key, &pem)) &&
                      pt_ok(pt_pem_key_spki_sha256(pt_buf_slice(&pem), spki)) &&
                      memcmp(spki, facts.spki_sha256, sizeof(spki)) == 0;
    pt_buf_done(&pem);
    return same;
}

bool pair_has_successor(struct tool *tool, const struct pair *pair)
{
    struct pt_cert_facts facts;
    return is_pair(pair->next_cert, pair->next_key) && pt_ok(read_facts(pair->next_cert, &facts)) &&
           facts.not_before <= tool->now && tool->now < facts.not_after;
}

/* "server-0123456789abcdef.pem": the certificate's own fingerprint names it for ever. */
static const char *archived(struct tool *tool, const struct pair *pair,
                            const struct pt_cert_facts *facts, const char *suffix)
{
    char hex[PT_HEX_LEN(TAG_LEN) + 1U] = {0};
    char name[LABEL_MAX + 32U];
    pt_hex_encode(pt_slice_of(facts->sha256, TAG_LEN), hex);
    (void)snprintf(name, sizeof(name), "%s-%s%s", pair->label, hex, suffix);
    return tool_join(tool, pair->archive, name);
}

static pt_status archive(struct tool *tool, const struct pair *pair, const char **ret_old_key)
{
    struct pt_cert_facts facts;
    const pt_status st = read_facts(pair->cert, &facts);
    if (!pt_ok(st)) {
        return tool_fail(tool, pair->cert, st);
    }
    *ret_old_key = archived(tool, pair, &facts, ".key");
    PT_TRY(tool_keep_copy(tool, pair->cert, archived(tool, pair, &facts, ".pem")));
    return tool_exists(pair->key) ? tool_keep_copy(tool, pair->key, *ret_old_key) : PT_SUCCESS;
}

/*
 * The key first, its certificate right after: two renames. A run that is cut between them is
 * finished by the next one, which sees the new key in place and the new certificate waiting.
 */
PT_RESULT pair_switch(struct tool *tool, const struct pair *pair, const char **ret_old_key)
{
    *ret_old_key = NULL;
    if (!tool_exists(pair->next_key) && is_pair(pair->next_cert, pair->key)) {
        return tool_rename(tool, pair->next_cert, pair->cert);
    }
    if (!pair_has_successor(tool, pair)) {
        return tool_refuse(tool, pair->next_cert,
                           "aucun successeur valable : faites d'abord renew sans --switch",
                           PT_FAIL(PT_E_ABSENT));
    }
    PT_TRY(archive(tool, pair, ret_old_key));
    PT_TRY(tool_rename(tool, pair->next_key, pair->key));
    return tool_rename(tool, pair->next_cert, pair->cert);
}

static void print_old_key(const struct tool *tool, const char *old_key)
{
    if (old_key != NULL) {
        (void)fprintf(tool->cli->out,
                      "L'ancienne clé, quand plus rien ne s'en sert : poterne-pki destroy %s %s %s "
                      "--reason TEXTE\n",
                      old_key, tool->standalone ? "--out" : "-c", tool->file);
    }
}

static pt_status issue_next(struct tool *tool, const struct authority *a, const struct pair *pair,
                            struct pt_ca_request *request)
{
    struct pt_key *key = NULL;
    PT_TRY(tool_identity(tool));
    PT_TRY(tool_key_ensure(tool, pair->next_key, PT_KEY_P256, &key));
    const pt_status st = authority_issue(tool, a, request, key, pair->next_cert);
    (void)pt_key_free(key);
    return st;
}

/* --- the server ------------------------------------------------------------------------------- */

/* Whoever pins a name today must find it tomorrow. */
static pt_status names_of_old(struct tool *tool, pt_slice pem, struct names *names)
{
    struct pt_buf text;
    pt_buf_init(&text, TOOL_TEXT_MAX);
    pt_slice copy = PT_SLICE_EMPTY;
    pt_status st = pt_cert_names(pem, &text);
    if (pt_ok(st) && text.len > 0U) {
        st = pt_arena_dup(tool->arena, pt_buf_slice(&text), &copy);
    }
    pt_buf_done(&text);
    while (pt_ok(st) && copy.len > 0U) {
        names_add(names, pt_slice_cut(&copy, '\n'));
    }
    return st;
}

static pt_status server_next(struct tool *tool, const struct pair *pair, pt_slice old_pem)
{
    struct names names = {.n = 0U};
    struct authority a = server_authority(tool);
    PT_ENSURE(a.cert_path != NULL && a.key_path != NULL, PT_E_NOMEM);
    if (!tool_exists(a.cert_path)) {
        return tool_refuse(tool, pair->cert,
                           "ce certificat vient d'un prestataire : poterne-pki csr --profile "
                           "auth-serveur, puis placez clé et certificat reçus sous le nom de "
                           "l'ancien suivi de .next, et renew server --switch",
                           PT_FAIL(PT_E_ABSENT));
    }
    PT_TRY(names_of_old(tool, old_pem, &names));
    PT_TRY(server_names(tool, &names));
    struct pt_ca_request request = {.profile = PT_CA_SERVER,
                                    .subject = {.common_name = server_common_name(&names)},
                                    .names = names.list,
                                    .nnames = names.n};
    pt_status st = authority_load(tool, &a);
    if (pt_ok(st)) {
        st = issue_next(tool, &a, pair, &request);
    }
    authority_done(&a);
    return st;
}

static pt_status server_prepare(struct tool *tool, const struct pair *pair)
{
    if (pair_has_successor(tool, pair)) {
        tool_kept(tool, pair->next_cert);
        return PT_SUCCESS;
    }
    struct pt_buf pem;
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    pt_status st = tool_read(tool, pair->cert, &pem);
    if (pt_ok(st)) {
        st = server_next(tool, pair, pt_buf_slice(&pem));
    }
    pt_buf_done(&pem);
    return st;
}

static pt_status server(struct tool *tool)
{
    struct pair pair;
    const char *old_key = NULL;
    if (strncmp(tool->site.tls_key, "credential:", 11U) == 0) {
        return tool_refuse(tool, tool->site.tls_key,
                           "la clé est un credential de systemd : renouvelez-le là où il est tenu",
                           PT_FAIL(PT_E_ARG));
    }
    PT_TRY(pair_of_server(tool, &pair));
    if (pt_cli_get(tool->cli, "switch") == NULL) {
        PT_TRY(server_prepare(tool, &pair));
        (void)fprintf(tool->cli->out,
                      "\nLe nouveau certificat attend, l'ancien sert encore. Ensuite : "
                      "poterne-pki renew server --switch %s %s\n",
                      tool->standalone ? "--out" : "-c", tool->file);
        return PT_SUCCESS;
    }
    PT_TRY(pair_switch(tool, &pair, &old_key));
    (void)fprintf(tool->cli->out, "\nEnsuite : faites relire sa configuration à poterned "
                                  "(SIGHUP) : aucune connexion n'est coupée.\n");
    print_old_key(tool, old_key);
    return PT_SUCCESS;
}

/* --- a GRC ----------------------------------------------------------------------------------- */

static pt_status client_prepare(struct tool *tool, const struct pair *pair, const char *name)
{
    struct pt_ca_request request = {.profile = PT_CA_CLIENT,
                                    .subject = {.common_name = pt_slice_str(name)}};
    if (!tool_exists(pair->cert)) {
        return tool_refuse(tool, pair->cert, "aucune GRC de ce nom ici", PT_FAIL(PT_E_ABSENT));
    }
    if (tool_exists(pair->next_cert)) {
        tool_kept(tool, pair->next_cert);
    } else {
        struct authority a;
        pt_status st = client_authority(tool, &a);
        if (pt_ok(st)) {
            st = issue_next(tool, &a, pair, &request);
        }
        authority_done(&a);
        PT_TRY(st);
    }
    PT_TRY(client_announce(tool, name, pair->next_cert, "next-certificate-sha256"));
    (void)fprintf(tool->cli->out,
                  "\nEnsuite : ajoutez cette ligne au client dans la configuration (SIGHUP), "
                  "remettez %s et %s à la GRC, puis : poterne-pki renew client %s --switch %s %s\n",
                  pair->next_cert, pair->next_key, name, tool->standalone ? "--out" : "-c",
                  tool->file);
    return PT_SUCCESS;
}

static pt_status client_switch(struct tool *tool, const struct pair *pair, const char *name)
{
    const char *old_key = NULL;
    PT_TRY(pair_switch(tool, pair, &old_key));
    PT_TRY(client_announce(tool, name, pair->cert, "certificate-sha256"));
    (void)fprintf(tool->cli->out,
                  "\nEnsuite : dans la configuration, cette ligne remplace l'ancienne et "
                  "next-certificate-sha256 (SIGHUP) ; révoquez l'ancien certificat (revoke "
                  "EMPREINTE).\n");
    print_old_key(tool, old_key);
    return PT_SUCCESS;
}

static pt_status one_client(struct tool *tool, const char *name)
{
    struct pair pair;
    PT_TRY(client_name_check(tool, name));
    PT_TRY(pair_of_client(tool, name, &pair));
    return pt_cli_get(tool->cli, "switch") != NULL ? client_switch(tool, &pair, name)
                                                   : client_prepare(tool, &pair, name);
}

/* --- the list, and the choice ---------------------------------------------------------------- */

static pt_status list(struct tool *tool)
{
    struct authority a;
    pt_status st = client_authority(tool, &a);
    if (pt_ok(st)) {
        st = authority_list(tool, &a, PT_SLICE_EMPTY);
    }
    authority_done(&a);
    return st;
}

static pt_status renew(struct tool *tool)
{
    PT_TRY(tool_lock(tool));
    const char *what = tool->cli->nargs > 0U ? tool->cli->args[0] : "crl";
    const size_t nargs = tool->cli->nargs;
    if (strcmp(what, "crl") == 0 && nargs <= 1U) {
        return list(tool);
    }
    if (strcmp(what, "server") == 0 && nargs == 1U) {
        return server(tool);
    }
    if (strcmp(what, "client") == 0 && nargs == 2U) {
        return one_client(tool, tool->cli->args[1]);
    }
    if (strcmp(what, "log") == 0) {
        return tool_refuse(tool, "log",
                           "les clés du journal l'identifient devant tout vérificateur : elles ne "
                           "changent qu'avec un nouveau journal (docs/keys-life.md)",
                           PT_FAIL(PT_E_EXISTS));
    }
    return tool_refuse(tool, what, "renew [crl], renew server ou renew client NOM",
                       PT_FAIL(PT_E_ARG));
}

int command_renew(const struct pt_cli *cli, void *ctx)
{
    return tool_command(cli, ctx, renew);
}
