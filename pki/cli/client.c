/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * client.c -- poterne-pki client, revoke: the certificates of the GRCs. Revoking
 * needs the certificate itself (its serial number), found in the folder by name or fingerprint.
 * Layer 1 (pki).
 */
#include "pki/cli/tool_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"
#include "poterne/pki/digest.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A name becomes a file name and a common name: what the configuration accepts as a client id. */
bool client_name_ok(const char *name)
{
    const size_t n = strlen(name);
    for (size_t i = 0U; i < n; i++) {
        const char c = name[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool inner = i > 0U && (c == '-' || c == '.' || c == '_');
        if (!letter && !(c >= '0' && c <= '9') && !inner) {
            return false;
        }
    }
    return n > 0U && n <= PT_ID_MAX;
}

const char *client_dir(struct tool *tool)
{
    const char *out = tool->standalone ? NULL : pt_cli_get(tool->cli, "out");
    return out != NULL ? out : tool_beside(tool, tool->site.client_ca, "clients");
}

const char *client_path(struct tool *tool, const char *name, const char *suffix)
{
    char file[PT_ID_MAX + 16U];
    const char *dir = client_dir(tool);
    (void)snprintf(file, sizeof(file), "%s%s", name, suffix);
    return dir != NULL ? tool_join(tool, dir, file) : NULL;
}

static pt_status print_fingerprint(struct tool *tool, const char *name, const char *config_key,
                                   pt_slice pem)
{
    uint8_t digest[PT_SHA256_LEN];
    char hex[PT_HEX_LEN(PT_SHA256_LEN)];
    PT_TRY(pt_cert_sha256(pem, digest));
    pt_hex_encode(pt_slice_of(digest, sizeof(digest)), hex);
    (void)fprintf(tool->cli->out, "GRC    %s  %s: \"%.*s\"\n", name, config_key, (int)sizeof(hex),
                  hex);
    return PT_SUCCESS;
}

PT_RESULT client_announce(struct tool *tool, const char *name, const char *path, const char *key)
{
    struct pt_buf pem;
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    pt_status st = tool_read(tool, path, &pem);
    if (pt_ok(st)) {
        st = print_fingerprint(tool, name, key, pt_buf_slice(&pem));
        st = pt_ok(st) ? st : tool_fail(tool, path, st);
    }
    pt_buf_done(&pem);
    return st;
}

static pt_status issue_client(struct tool *tool, const struct authority *a, const char *name,
                              const char *path)
{
    struct pt_key *key = NULL;
    PT_TRY(tool_identity(tool));
    PT_TRY(tool_key_ensure(tool, client_path(tool, name, ".key"), PT_KEY_P256, &key));
    struct pt_ca_request request = {
        .profile = PT_CA_CLIENT,
        .subject = {.common_name = pt_slice_str(name)},
    };
    const pt_status st = authority_issue(tool, a, &request, key, path);
    (void)pt_key_free(key);
    return st;
}

PT_RESULT client_name_check(struct tool *tool, const char *name)
{
    if (!client_name_ok(name)) {
        return tool_refuse(tool, "client", "nom de GRC : lettres, chiffres, - _ . (64 au plus)",
                           PT_FAIL(PT_E_ARG));
    }
    return PT_SUCCESS;
}

PT_RESULT client_make(struct tool *tool, const struct authority *a, const char *name)
{
    PT_TRY(client_name_check(tool, name));
    const char *path = client_path(tool, name, ".pem");
    PT_ENSURE(path != NULL, PT_E_NOMEM);
    if (tool_exists(path)) {
        tool_kept(tool, path);
    } else {
        PT_TRY(issue_client(tool, a, name, path));
    }
    return client_announce(tool, name, path, "certificate-sha256");
}

static pt_status one_arg(struct tool *tool, const char *what)
{
    if (tool->cli->nargs != 1U) {
        return tool_refuse(tool, what, "il faut exactement un argument", PT_FAIL(PT_E_ARG));
    }
    return PT_SUCCESS;
}

/* --- revoke ---------------------------------------------------------------------------------- */

static bool has_fingerprint(const char *path, const uint8_t wanted[static PT_SHA256_LEN])
{
    struct pt_buf pem;
    uint8_t digest[PT_SHA256_LEN] = {0};
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    const bool same = pt_ok(pt_file_read(path, &pem)) &&
                      pt_ok(pt_cert_sha256(pt_buf_slice(&pem), digest)) &&
                      memcmp(digest, wanted, sizeof(digest)) == 0;
    pt_buf_done(&pem);
    return same;
}

static const char *find_in(struct tool *tool, const char *dir,
                           const uint8_t wanted[static PT_SHA256_LEN])
{
    struct dirent **entries = NULL;
    const int n = dir != NULL ? scandir(dir, &entries, NULL, alphasort) : -1;
    const char *found = NULL;
    for (int i = 0; i < n; i++) {
        const char *path = found == NULL ? tool_join(tool, dir, entries[i]->d_name) : NULL;
        found = path != NULL && has_fingerprint(path, wanted) ? path : found;
        free(entries[i]);
    }
    free((void *)entries);
    return found;
}

/* A renewed certificate is in the archive, and may still have to be revoked. */
static const char *find_fingerprint(struct tool *tool, const uint8_t wanted[static PT_SHA256_LEN])
{
    const char *dir = client_dir(tool);
    const char *found = find_in(tool, dir, wanted);
    return found == NULL && dir != NULL ? find_in(tool, tool_join(tool, dir, "archive"), wanted)
                                        : found;
}

/* As the configuration writes it, or as openssl and browsers show it: "AB:CD:...". */
static bool is_fingerprint(const char *asked, uint8_t wanted[static PT_SHA256_LEN])
{
    char hex[PT_HEX_LEN(PT_SHA256_LEN)];
    size_t n = 0U;
    for (; *asked != '\0' && n < sizeof(hex); asked++) {
        if (*asked != ':') {
            hex[n++] = *asked;
        }
    }
    return *asked == '\0' && pt_ok(pt_hex_decode(pt_slice_of(hex, n), wanted, PT_SHA256_LEN));
}

static const char *certificate_of(struct tool *tool, const char *asked)
{
    uint8_t wanted[PT_SHA256_LEN];
    if (is_fingerprint(asked, wanted)) {
        return find_fingerprint(tool, wanted);
    }
    const char *path = client_name_ok(asked) ? client_path(tool, asked, ".pem") : NULL;
    return path != NULL && tool_exists(path) ? path : NULL;
}

static pt_status revoke_path(struct tool *tool, const char *path)
{
    struct authority a;
    struct pt_buf pem;
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    pt_status st = client_authority(tool, &a);
    if (pt_ok(st)) {
        st = tool_read(tool, path, &pem);
    }
    if (pt_ok(st)) {
        st = authority_list(tool, &a, pt_buf_slice(&pem));
    }
    pt_buf_done(&pem);
    authority_done(&a);
    return st;
}

static pt_status revoke(struct tool *tool)
{
    PT_TRY(one_arg(tool, "revoke"));
    PT_TRY(tool_lock(tool));
    const char *path = certificate_of(tool, tool->cli->args[0]);
    if (path == NULL) {
        return tool_refuse(
            tool, tool->cli->args[0],
            "aucun certificat de ce nom ou de cette empreinte dans le dossier des GRC",
            PT_FAIL(PT_E_ABSENT));
    }
    PT_TRY(revoke_path(tool, path));
    (void)fprintf(
        tool->cli->out,
        "révoqué %s\n\nLa porte en tient compte en moins d'une minute, sans redémarrage\n", path);
    return PT_SUCCESS;
}

static pt_status client(struct tool *tool)
{
    PT_TRY(one_arg(tool, "client"));
    PT_TRY(client_name_check(tool, tool->cli->args[0]));
    PT_TRY(tool_lock(tool));
    struct authority a;
    pt_status st = client_authority(tool, &a);
    if (pt_ok(st)) {
        st = client_make(tool, &a, tool->cli->args[0]);
    }
    authority_done(&a);
    return st;
}

int command_client(const struct pt_cli *cli, void *ctx)
{
    return tool_command(cli, ctx, client);
}

int command_revoke(const struct pt_cli *cli, void *ctx)
{
    return tool_command(cli, ctx, revoke);
}
