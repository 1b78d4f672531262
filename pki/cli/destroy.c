/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * destroy.c -- poterne-pki destroy: end of a private key, with a French "procès-verbal" (RGS-16).
 * Order: the intention is written, the key is overwritten and removed, the record is written and
 * signed, the intention goes; a run that is cut leaves the intention behind. A key in use is not
 * destroyed unless its successor is ready, which then takes its place first. Layer 1 (pki).
 */
#include "poterne/pki/destroy.h"

#include "pki/cli/record_int.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"
#include "poterne/pki/cert.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REASON_MAX 512U

/* --- which key -------------------------------------------------------------------------------- */

struct use {
    const char *code; /* what the operator types */
    const char *text;
    const char *path; /* of the private key */
};

#define USES 5U

static void uses_of(struct tool *tool, struct use uses[static USES])
{
    const struct pt_pki_site *site = &tool->site;
    const char *server_ca = tool_beside(tool, site->tls_certificate, "server-ca.key");
    const char *keys = tool->standalone ? NULL : tool_join(tool, site->log_directory, "keys");
    const struct use all[USES] = {
        {"server", "serveur TLS", site->tls_key},
        {"server-ca", "AC du serveur", server_ca},
        {"client-ca", "AC des GRC", tool_key_beside(tool, site->client_ca)},
        {"log-p256", "scellé du journal (RGS)",
         keys != NULL ? tool_join(tool, keys, "log-p256.pem") : NULL},
        {"log-ed25519", "scellé du journal (C2SP)",
         keys != NULL ? tool_join(tool, keys, "log-ed25519.pem") : NULL},
    };
    memcpy(uses, all, sizeof(all));
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x;
    struct stat y;
    return a != NULL && b != NULL && stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

/* The use that @asked names, by its code or by the file; NULL: a key that nothing uses. */
static const struct use *find_use(const struct use *uses, size_t n, const char *asked)
{
    for (size_t i = 0U; i < n; i++) {
        if (uses[i].path != NULL &&
            (strcmp(uses[i].code, asked) == 0 || is_same_file(uses[i].path, asked))) {
            return &uses[i];
        }
    }
    return NULL;
}

/* --- what it is ------------------------------------------------------------------------------- */

static pt_status read_key(struct tool *tool, const char *path, struct pt_key_facts *facts)
{
    struct pt_buf pem;
    pt_buf_init(&pem, PT_SECRET_FILE_MAX);
    pt_status st = pt_file_read(path, &pem);
    if (pt_ok(st)) {
        st = pt_pem_key_facts(pt_buf_slice(&pem), facts);
        if (!pt_ok(st)) {
            st = tool_refuse(tool, path,
                             "ce n'est pas une clé privée PEM sans phrase : rien n'est détruit",
                             PT_FAIL(PT_E_SYNTAX));
        }
    } else {
        st = tool_fail(tool, path, st);
    }
    pt_buf_done(&pem);
    return st;
}

/* The certificate that stands beside it under the same name, when it is this key's. */
static void add_certificate(struct record *record)
{
    char path[PT_PATH_MAX];
    struct pt_cert_facts facts;
    struct pt_buf pem;
    const size_t n = strlen(record->path);
    if (n < 4U || n >= sizeof(path) || strcmp(record->path + n - 4U, ".key") != 0) {
        return;
    }
    (void)snprintf(path, sizeof(path), "%.*s.pem", (int)(n - 4U), record->path);
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    if (pt_ok(pt_file_read(path, &pem)) && pt_ok(pt_cert_facts(pt_buf_slice(&pem), &facts)) &&
        memcmp(facts.spki_sha256, record->facts.spki_sha256, sizeof(facts.spki_sha256)) == 0) {
        record->has_certificate = true;
        record->not_after = facts.not_after;
        memcpy(record->certificate_sha256, facts.sha256, sizeof(facts.sha256));
    }
    pt_buf_done(&pem);
}

/* A key held as a credential or in a token: its certificate in force says that it is in use. */
static bool is_certificates_key(struct tool *tool, const struct pt_key_facts *facts)
{
    uint8_t spki[32];
    struct pt_buf pem;
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    const bool same = !tool_exists(tool->site.tls_key) &&
                      pt_ok(pt_file_read(tool->site.tls_certificate, &pem)) &&
                      pt_ok(pt_cert_spki_sha256(pt_buf_slice(&pem), spki)) &&
                      memcmp(spki, facts->spki_sha256, sizeof(spki)) == 0;
    pt_buf_done(&pem);
    return same;
}

/* --- doing it --------------------------------------------------------------------------------- */

static pt_status destroy_file(struct tool *tool, struct record *record)
{
    PT_TRY(record_intend(tool, record));
    const pt_status st = pt_key_file_destroy(record->path, &record->bytes);
    if (!pt_ok(st)) {
        if (st.code == PT_E_DENIED && st.aux > 1U) {
            return tool_refuse(tool, record->path,
                               "ce fichier porte encore un autre nom : l'effacer toucherait "
                               "l'autre ; rien n'est détruit",
                               st);
        }
        return tool_fail(tool, record->path, st);
    }
    (void)fprintf(tool->cli->out, "détruit %s\n", record->path);
    return record_write(tool, record);
}

static pt_status refuse_in_use(struct tool *tool, const char *path)
{
    return tool_refuse(tool, path,
                       "la configuration se sert de cette clé et aucun successeur n'est prêt "
                       "(poterne-pki renew server) : rien n'est détruit",
                       PT_FAIL(PT_E_EXISTS));
}

/* Only the server's key has a successor that can take its place here and now. */
static pt_status replace_first(struct tool *tool, const struct use *use, struct record *record)
{
    struct pair pair;
    const char *old_key = NULL;
    PT_TRY(pair_of_server(tool, &pair));
    if (strcmp(use->code, "server") != 0 || !pair_has_successor(tool, &pair)) {
        return refuse_in_use(tool, use->path);
    }
    PT_TRY(pair_switch(tool, &pair, &old_key));
    PT_ENSURE(old_key != NULL, PT_E_NOMEM);
    record->path = old_key;
    return PT_SUCCESS;
}

static pt_status destroy_asked(struct tool *tool, const char *asked, struct record *record)
{
    struct use uses[USES];
    uses_of(tool, uses);
    const struct use *use = find_use(uses, USES, asked);
    record->path = use != NULL ? use->path : asked;
    record->use = use != NULL ? use->text : "hors service";
    PT_TRY(read_key(tool, record->path, &record->facts));
    if (use != NULL) {
        PT_TRY(replace_first(tool, use, record));
    } else if (is_certificates_key(tool, &record->facts)) {
        return refuse_in_use(tool, record->path);
    }
    add_certificate(record);
    return destroy_file(tool, record);
}

static pt_status destroy(struct tool *tool)
{
    const char *reason = pt_cli_get(tool->cli, "reason");
    if (tool->cli->nargs != 1U) {
        return tool_refuse(tool, "destroy", "il faut un usage ou un fichier", PT_FAIL(PT_E_ARG));
    }
    if (reason == NULL || reason[0] == '\0' || strlen(reason) > REASON_MAX) {
        return tool_refuse(tool, "--reason", "il faut dire pourquoi (512 octets au plus)",
                           PT_FAIL(PT_E_ARG));
    }
    PT_TRY(tool_lock(tool));
    struct record record = {.reason = reason, .uid = (uint64_t)getuid()};
    return destroy_asked(tool, tool->cli->args[0], &record);
}

int command_destroy(const struct pt_cli *cli, void *ctx)
{
    return tool_command(cli, ctx, destroy);
}
