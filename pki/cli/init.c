/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * init.c -- poterne-pki init: one function a folder (TLS server, GRC authority, log), each of
 * them "keep what is there, make what is missing", so that a run that was cut can be run again.
 * Layer 1 (pki).
 */
#include "pki/cli/tool_int.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"
#include "poterne/base/secret.h"
#include "poterne/pki/digest.h"

#include <stdio.h>
#include <string.h>

#define KEK_LEN 32U

/* --- server ---------------------------------------------------------------------------------- */

#define COMMON_NAME_MAX 64U /* RFC 5280 ub-common-name */

void names_add(struct names *names, pt_slice name)
{
    static const char *const any[] = {"0.0.0.0", "::", "*"};
    for (size_t i = 0U; i < PT_COUNT(any); i++) {
        if (pt_slice_eq(name, pt_slice_str(any[i]))) {
            return;
        }
    }
    for (size_t i = 0U; i < names->n; i++) {
        if (pt_slice_eq_nocase(name, names->list[i])) {
            return;
        }
    }
    if (pt_ca_name_ok(name) && names->n < PT_SAN_MAX) {
        names->list[names->n++] = name;
    }
}

static pt_status asked_names(struct tool *tool, struct names *names)
{
    pt_slice asked = pt_slice_str(pt_cli_get(tool->cli, "name"));
    while (asked.len > 0U) {
        const pt_slice name = pt_slice_cut(&asked, ',');
        if (!pt_ca_name_ok(name)) {
            return tool_refuse(tool, "--name", "ni un nom DNS ni une adresse IP",
                               PT_FAIL(PT_E_ARG));
        }
        names_add(names, name);
    }
    return PT_SUCCESS;
}

/* A door that listens on every address is at least reachable from its own machine. */
PT_RESULT server_names(struct tool *tool, struct names *names)
{
    PT_TRY(asked_names(tool, names));
    for (size_t i = 0U; i < tool->site.nnames; i++) {
        names_add(names, pt_slice_str(tool->site.names[i]));
    }
    if (names->n == 0U) {
        names_add(names, PT_SLICE("localhost"));
    }
    return PT_SUCCESS;
}

static bool is_host_name(pt_slice name)
{
    if (pt_slice_find(name, ':') < name.len || name.len > COMMON_NAME_MAX) {
        return false;
    }
    for (size_t i = 0U; i < name.len; i++) {
        if ((name.ptr[i] < '0' || name.ptr[i] > '9') && name.ptr[i] != '.') {
            return true;
        }
    }
    return false;
}

pt_slice server_common_name(const struct names *names)
{
    for (size_t i = 0U; i < names->n; i++) {
        if (is_host_name(names->list[i])) {
            return names->list[i];
        }
    }
    return PT_SLICE("Poterne");
}

static pt_status server_issue(struct tool *tool, struct authority *a, const struct pt_key *key)
{
    struct names names = {.n = 0U};
    PT_TRY(server_names(tool, &names));
    PT_TRY(authority_ensure(tool, a, "AC serveur Poterne"));
    struct pt_ca_request request = {
        .profile = PT_CA_SERVER,
        .subject = {.common_name = server_common_name(&names)},
        .names = names.list,
        .nnames = names.n,
    };
    return authority_issue(tool, a, &request, key, tool->site.tls_certificate);
}

struct authority server_authority(struct tool *tool)
{
    return (struct authority){
        .cert_path = tool_beside(tool, tool->site.tls_certificate, "server-ca.pem"),
        .key_path = tool_beside(tool, tool->site.tls_certificate, "server-ca.key")};
}

static pt_status server_make(struct tool *tool)
{
    struct authority a = server_authority(tool);
    struct pt_key *key = NULL;
    pt_status st = tool_key_ensure(tool, tool->site.tls_key, PT_KEY_P256, &key);
    if (pt_ok(st)) {
        st = server_issue(tool, &a, key);
    }
    authority_done(&a);
    (void)pt_key_free(key);
    return st;
}

static pt_status pair_check(struct tool *tool, struct pt_buf *cert, struct pt_buf *key)
{
    uint8_t of_cert[PT_SHA256_LEN];
    uint8_t of_key[PT_SHA256_LEN];
    PT_TRY(tool_read(tool, tool->site.tls_certificate, cert));
    pt_status st = pt_key_file_read(tool->site.tls_key, key);
    if (st.code == PT_E_DENIED) {
        return tool_refuse(tool, tool->site.tls_key,
                           "ce fichier de clé est accessible à d'autres que son propriétaire ; "
                           "faites : chmod 0400 (SYS-04)",
                           st);
    }
    if (pt_ok(st)) {
        st = pt_pem_key_spki_sha256(pt_buf_slice(key), of_key);
    }
    if (!pt_ok(st)) {
        return tool_fail(tool, tool->site.tls_key, st);
    }
    st = pt_cert_spki_sha256(pt_buf_slice(cert), of_cert);
    if (pt_ok(st) && memcmp(of_cert, of_key, sizeof(of_key)) != 0) {
        st = PT_FAIL(PT_E_FORGED);
    }
    return pt_ok(st) ? st : tool_fail(tool, tool->site.tls_certificate, st);
}

static pt_status server_keep(struct tool *tool)
{
    struct pt_buf cert;
    struct pt_buf key;
    pt_buf_init(&cert, TOOL_TEXT_MAX);
    pt_buf_init(&key, PT_SECRET_FILE_MAX);
    const pt_status st = pair_check(tool, &cert, &key);
    pt_buf_done(&cert);
    pt_buf_done(&key);
    if (pt_ok(st)) {
        tool_kept(tool, tool->site.tls_key);
        tool_kept(tool, tool->site.tls_certificate);
    }
    return st;
}

static pt_status init_server(struct tool *tool)
{
    const bool cert = tool_exists(tool->site.tls_certificate);
    const bool key = tool_exists(tool->site.tls_key);
    if (cert && key) {
        return server_keep(tool);
    }
    if (cert) {
        return tool_refuse(tool, tool->site.tls_key, "le certificat du serveur est là sans sa clé",
                           PT_FAIL(PT_E_ABSENT));
    }
    return server_make(tool);
}

/* --- log ------------------------------------------------------------------------------------- */

static pt_status random_file(struct tool *tool, const char *path)
{
    uint8_t kek[KEK_LEN];
    pt_status st = pt_random(kek, sizeof(kek));
    if (pt_ok(st)) {
        st = tool_write(tool, path, pt_slice_of(kek, sizeof(kek)), 0400);
    } else {
        (void)tool_fail(tool, path, st);
    }
    pt_wipe(kek, sizeof(kek));
    return st;
}

static pt_status init_kek(struct tool *tool, const char *path)
{
    PT_ENSURE(path != NULL, PT_E_NOMEM);
    if (!tool_exists(path)) {
        return random_file(tool, path);
    }
    struct pt_buf kek;
    pt_buf_init(&kek, PT_SECRET_FILE_MAX);
    pt_status st = pt_key_file_read(path, &kek);
    if (pt_ok(st) && kek.len != KEK_LEN) {
        st = PT_FAIL(PT_E_SYNTAX);
    }
    pt_buf_done(&kek);
    if (st.code == PT_E_DENIED) {
        return tool_refuse(
            tool, path, "accessible à d'autres que son propriétaire ; faites : chmod 0400 (SYS-04)",
            st);
    }
    if (!pt_ok(st)) {
        return tool_fail(tool, path, st);
    }
    tool_kept(tool, path);
    return PT_SUCCESS;
}

/* A public text that follows from the keys: written once, then it must stay what it was. */
static pt_status public_text(struct tool *tool, const char *path, pt_slice text)
{
    PT_ENSURE(path != NULL, PT_E_NOMEM);
    if (!tool_exists(path)) {
        return tool_write(tool, path, text, 0444);
    }
    struct pt_buf old;
    pt_buf_init(&old, TOOL_TEXT_MAX);
    pt_status st = tool_read(tool, path, &old);
    if (pt_ok(st) && !pt_slice_eq(pt_buf_slice(&old), text)) {
        st = tool_refuse(tool, path, "ne correspond pas aux clés ou à la configuration",
                         PT_FAIL(PT_E_FORGED));
    }
    pt_buf_done(&old);
    if (pt_ok(st)) {
        tool_kept(tool, path);
    }
    return st;
}

static pt_status vkeys(const struct tool *tool, struct pt_key *const keys[2], struct pt_buf *out)
{
    for (size_t i = 0U; i < 2U; i++) {
        PT_TRY(pt_key_vkey(keys[i], pt_slice_str(tool->site.origin), out));
        pt_buf_put_byte(out, '\n');
    }
    return pt_buf_status(out);
}

static pt_status init_public(struct tool *tool, const char *dir, struct pt_key *const keys[2],
                             struct pt_buf *text)
{
    pt_status st = vkeys(tool, keys, text);
    if (!pt_ok(st)) {
        return tool_fail(tool, tool->site.origin, st);
    }
    PT_TRY(public_text(tool, tool_join(tool, dir, "log.vkey"), pt_buf_slice(text)));
    pt_buf_clear(text);
    pt_buf_put_str(text, tool->site.origin);
    pt_buf_put_byte(text, '\n');
    return public_text(tool, tool_join(tool, dir, "origin"), pt_buf_slice(text));
}

static pt_status init_log_keys(struct tool *tool, const char *dir, struct pt_key *keys[2])
{
    PT_TRY(
        tool_key_ensure(tool, tool_join(tool, dir, "log-ed25519.pem"), PT_KEY_ED25519, &keys[0]));
    PT_TRY(tool_key_ensure(tool, tool_join(tool, dir, "log-p256.pem"), PT_KEY_P256, &keys[1]));
    PT_TRY(init_kek(tool, tool_join(tool, dir, "kek")));
    struct pt_buf text;
    pt_buf_init(&text, TOOL_TEXT_MAX);
    const pt_status st = init_public(tool, dir, keys, &text);
    pt_buf_done(&text);
    return st;
}

static pt_status init_log(struct tool *tool)
{
    const char *dir = tool_join(tool, tool->site.log_directory, "keys");
    PT_ENSURE(dir != NULL, PT_E_NOMEM);
    PT_TRY(tool_mkdirs(tool, tool->site.log_directory, 0700));
    PT_TRY(tool_mkdirs(tool, dir, 0700));
    struct pt_key *keys[2] = {NULL, NULL};
    const pt_status st = init_log_keys(tool, dir, keys);
    (void)pt_key_free(keys[0]);
    (void)pt_key_free(keys[1]);
    return st;
}

/* --- GRC ------------------------------------------------------------------------------------- */

static pt_status asked_clients(struct tool *tool, const struct authority *a)
{
    pt_slice asked = pt_slice_str(pt_cli_get(tool->cli, "client"));
    while (asked.len > 0U) {
        pt_slice name = pt_slice_cut(&asked, ',');
        PT_TRY(pt_arena_dup(tool->arena, name, &name));
        PT_TRY(client_make(tool, a, name.ptr));
    }
    for (size_t i = 0U; i < tool->cli->nargs; i++) {
        PT_TRY(client_make(tool, a, tool->cli->args[i]));
    }
    return PT_SUCCESS;
}

/* The operator who lost the list is told what an empty one does. */
static pt_status first_list(struct tool *tool, const struct authority *a)
{
    const char *clients = client_dir(tool);
    PT_ENSURE(clients != NULL, PT_E_NOMEM);
    if (tool_exists(clients)) {
        (void)tool_refuse(tool, tool->site.client_crl,
                          "la liste manquait alors que des GRC ont un certificat : celle-ci est "
                          "vide, refaites chaque révocation (revoke)",
                          PT_SUCCESS);
    }
    return authority_first_list(tool, a);
}

static pt_status init_clients(struct tool *tool)
{
    struct authority a;
    pt_status st = client_authority_ensure(tool, &a);
    if (pt_ok(st) && tool_exists(tool->site.client_crl)) {
        tool_kept(tool, tool->site.client_crl);
    } else if (pt_ok(st)) {
        st = first_list(tool, &a);
    }
    if (pt_ok(st)) {
        st = asked_clients(tool, &a);
    }
    authority_done(&a);
    return st;
}

/* --- a commune without a configuration -------------------------------------------------------- */

static void print_next_steps(const struct tool *tool)
{
    const char *dir = tool->file;
    FILE *to = tool->cli->out;
    (void)fprintf(
        to,
        "\nEnsuite :\n"
        "  1. Remettez à chaque GRC son certificat et sa clé (%s/clients/NOM.pem et .key)\n"
        "     par un canal sûr, puis détruisez la copie de la clé :\n"
        "     poterne-pki destroy %s/clients/NOM.key --out %s --reason \"remise à la GRC\"\n",
        dir, dir, dir);
    (void)fprintf(to,
                  "  2. Dans poterne.yaml : tls.client-ca: %s\n"
                  "                         tls.client-crl: %s\n"
                  "     et, pour chaque client, la ligne certificate-sha256 écrite ci-dessus.\n",
                  tool->site.client_ca, tool->site.client_crl);
    if (tool_exists(tool->site.tls_certificate)) {
        (void)fprintf(to,
                      "     tls.certificate: %s, tls.key: %s ;\n"
                      "     les GRC n'admettent que %s/server-ca.pem.\n",
                      tool->site.tls_certificate, tool->site.tls_key, dir);
    }
    (void)fprintf(to,
                  "  3. Chaque jour (une liste vit six jours) : poterne-pki renew --out %s\n"
                  "  4. Pour retirer une GRC : poterne-pki revoke NOM --out %s\n"
                  "  5. Gardez clients-ca.key sous clé : elle seule peut créer une GRC.\n",
                  dir, dir);
}

static pt_status init_commune(struct tool *tool)
{
    PT_TRY(tool_identity(tool));
    PT_TRY(tool_mkdirs(tool, tool->file, 0700));
    PT_TRY(tool_lock(tool));
    if (pt_cli_get(tool->cli, "name") != NULL) {
        PT_TRY(init_server(tool));
    }
    PT_TRY(init_clients(tool));
    print_next_steps(tool);
    return PT_SUCCESS;
}

/* What was typed is read before anything is made: a key is not a test of a name. */
static pt_status check_words(struct tool *tool)
{
    struct names names = {.n = 0U};
    pt_slice asked = pt_slice_str(pt_cli_get(tool->cli, "client"));
    PT_TRY(asked_names(tool, &names));
    while (asked.len > 0U) {
        pt_slice name = pt_slice_cut(&asked, ',');
        PT_TRY(pt_arena_dup(tool->arena, name, &name));
        PT_TRY(client_name_check(tool, name.ptr));
    }
    for (size_t i = 0U; i < tool->cli->nargs; i++) {
        PT_TRY(client_name_check(tool, tool->cli->args[i]));
    }
    return PT_SUCCESS;
}

static pt_status init(struct tool *tool)
{
    PT_TRY(check_words(tool));
    if (tool->standalone) {
        return init_commune(tool);
    }
    PT_TRY(tool_lock(tool));
    PT_TRY(init_server(tool));
    PT_TRY(init_clients(tool));
    PT_TRY(init_log(tool));
    (void)fprintf(tool->cli->out, "\nEnsuite : poterned -c %s --check\n", tool->file);
    return PT_SUCCESS;
}

int command_init(const struct pt_cli *cli, void *ctx)
{
    return tool_command(cli, ctx, init);
}
