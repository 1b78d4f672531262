/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * inventory.c -- see inventory_int.h: the gateway's own keys, authorities and list (RGS-16). Reads
 * public files only, so that it can be run by somebody who may not read a key. Layer 1 (pki).
 */
#include "pki/cli/inventory_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"
#include "poterne/pki/cert.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DAY_S       86400
#define NOTICE_DAYS 90   /* LEG-28: the first alarm before an end */
#define KEY_DAYS    1096 /* keys without certificate: RGS_A4's 3 years of a bearer */

static const struct {
    const char *text;
    const char *code;
} states[STATE_COUNT] = {
    [STATE_OK] = {"ok", "ok"},
    [STATE_ELSEWHERE] = {"non détenu ici", "elsewhere"},
    [STATE_REVOKED] = {"révoqué", "revoked"},
    [STATE_ENDING] = {"fin prévue", "ending"},
    [STATE_REPLACE] = {"à remplacer", "replace"},
    [STATE_EXPIRED] = {"expiré", "expired"},
    [STATE_REFUSED] = {"algorithme refusé", "refused"},
    [STATE_OPEN] = {"clé lisible par d'autres", "open"},
    [STATE_ABSENT] = {"absent", "absent"},
    [STATE_UNREADABLE] = {"illisible", "unreadable"},
};

const char *state_text(enum state state)
{
    return states[state].text;
}

const char *state_code(enum state state)
{
    return states[state].code;
}

const char *row_held(const struct row *row)
{
    if (row->key_path == NULL) {
        return "";
    }
    if (strncmp(row->key_path, "credential:", 11U) == 0) {
        return "credential";
    }
    if (strncmp(row->key_path, "pkcs11:", 7U) == 0) {
        return "pkcs11";
    }
    return tool_exists(row->key_path) ? "file" : "elsewhere";
}

struct row *inventory_add(struct inventory *inv, const char *kind, const char *use,
                          const char *path)
{
    PT_BUG_ON(inv->n >= inv->max);
    struct row *row = &inv->rows[inv->n++];
    *row = (struct row){.kind = kind,
                        .name = "",
                        .use = use,
                        .path = path != NULL ? path : "",
                        .algorithm = "",
                        .reference = ""};
    return row;
}

void row_worsen(struct row *row, enum state state)
{
    row->state = state > row->state ? state : row->state;
}

void row_judge_dates(const struct tool *tool, struct row *row)
{
    if (row->replace != 0 && tool->now >= row->replace) {
        row_worsen(row, STATE_REPLACE);
    }
    if (row->not_after != 0 && tool->now >= row->not_after) {
        row_worsen(row, STATE_EXPIRED);
    }
}

static void judge_policy(struct row *row, enum pt_policy_verdict verdict)
{
    if (verdict == PT_POLICY_REFUSED) {
        row_worsen(row, STATE_REFUSED);
    } else if (verdict == PT_POLICY_ENDING) {
        row_worsen(row, STATE_ENDING);
    }
}

void row_judge_mode(struct row *row, const char *key_path)
{
    struct stat info;
    if (key_path != NULL && stat(key_path, &info) == 0 &&
        (info.st_mode & (S_IRWXG | S_IRWXO)) != 0U) {
        row_worsen(row, STATE_OPEN);
    }
}

static bool load(struct row *row, struct pt_buf *text)
{
    const pt_status st = pt_file_read(row->path, text);
    if (!pt_ok(st)) {
        row->state = st.code == PT_E_ABSENT ? STATE_ABSENT : STATE_UNREADABLE;
    }
    return pt_ok(st);
}

/* --- what there is --------------------------------------------------------------------------- */

static void fill_cert(const struct tool *tool, struct row *row, pt_slice pem)
{
    struct pt_cert_facts facts;
    if (!pt_ok(pt_cert_facts(pem, &facts))) {
        row->state = STATE_UNREADABLE;
        return;
    }
    row->algorithm = facts.algorithm;
    row->bits = facts.bits;
    row->not_after = facts.not_after;
    row->has_sha256 = true;
    memcpy(row->sha256, facts.sha256, sizeof(row->sha256));
    /* An authority is replaced while what it signs can still live its whole life. */
    const int64_t notice = facts.is_ca ? (int64_t)PT_LEAF_DAYS : NOTICE_DAYS;
    row->replace = facts.not_after - notice * DAY_S;
    row->has_spki = true;
    memcpy(row->spki, facts.spki_sha256, sizeof(row->spki));
    judge_policy(row, pt_cert_policy(&facts, tool_days(tool), NULL));
    row_judge_dates(tool, row);
}

void row_read_certificate(const struct tool *tool, struct row *row)
{
    struct pt_buf pem;
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    if (load(row, &pem)) {
        fill_cert(tool, row, pt_buf_slice(&pem));
    }
    pt_buf_done(&pem);
}

static void show_cert(struct tool *tool, struct inventory *inv, const char *name, const char *use,
                      const char *path, const char *key_path)
{
    const bool server = strcmp(name, "server") == 0 || strcmp(name, "server-next") == 0;
    struct row *row = inventory_add(inv, server ? "certificate" : "authority", use, path);
    row->name = name;
    row->key_path = key_path;
    row_read_certificate(tool, row);
    row_judge_mode(row, key_path);
}

static void fill_list(const struct tool *tool, struct row *row, pt_slice pem)
{
    struct pt_crl_facts facts;
    if (!pt_ok(pt_crl_facts(pem, &facts))) {
        row->state = STATE_UNREADABLE;
        return;
    }
    row->not_after = facts.next_update;
    /* RGS-13: alert at half the life of a list. */
    row->replace = facts.this_update + (facts.next_update - facts.this_update) / 2;
    row_judge_dates(tool, row);
}

static void show_list(struct tool *tool, struct inventory *inv)
{
    struct row *row = inventory_add(inv, "crl", "liste de révocation", tool->site.client_crl);
    row->name = "clients";
    row->deadline = PT_DEADLINE_LIST;
    struct pt_buf pem;
    pt_buf_init(&pem, PT_CRL_MAX);
    if (load(row, &pem)) {
        fill_list(tool, row, pt_buf_slice(&pem));
    }
    pt_buf_done(&pem);
}

/* A key without a certificate lives from the day its file was written. */
static void judge_key_file(const struct tool *tool, struct row *row)
{
    struct stat info;
    if (row->path[0] == '\0' || stat(row->path, &info) != 0) {
        row->state = STATE_ABSENT;
        return;
    }
    row->replace = (int64_t)info.st_mtime + (int64_t)KEY_DAYS * DAY_S;
    judge_policy(row, pt_policy_check(pt_slice_str(row->algorithm), 256U, tool_days(tool), NULL));
    row_judge_dates(tool, row);
    row_judge_mode(row, row->path);
}

static uint8_t vkey_type(pt_slice vkey)
{
    uint8_t typed[128];
    size_t n = 0U;
    (void)pt_slice_cut(&vkey, '+');
    (void)pt_slice_cut(&vkey, '+');
    return pt_ok(pt_b64_decode(vkey, typed, sizeof(typed), &n)) && n > 0U ? typed[0] : 0U;
}

static void note_spki(struct row *row, uint8_t type, pt_slice vkeys)
{
    while (vkeys.len > 0U && !row->has_spki) {
        const pt_slice line = pt_slice_cut(&vkeys, '\n');
        row->has_spki = vkey_type(line) == type && pt_ok(pt_vkey_spki_sha256(line, row->spki));
    }
}

static void show_log_key(struct tool *tool, struct inventory *inv, const char *dir, uint8_t type,
                         pt_slice vkeys)
{
    const bool p256 = type == PT_NOTE_ECDSA;
    struct row *row =
        inventory_add(inv, "key", p256 ? "scellé du journal (RGS)" : "scellé du journal (C2SP)",
                      tool_join(tool, dir, p256 ? "log-p256.pem" : "log-ed25519.pem"));
    row->name = p256 ? "log-p256" : "log-ed25519";
    row->key_path = row->path;
    row->algorithm = p256 ? "p-256" : "ed25519";
    note_spki(row, type, vkeys);
    judge_key_file(tool, row);
}

static void show_log(struct tool *tool, struct inventory *inv)
{
    const char *dir = tool_join(tool, tool->site.log_directory, "keys");
    const char *path = dir != NULL ? tool_join(tool, dir, "log.vkey") : NULL;
    if (path == NULL) {
        return;
    }
    struct pt_buf vkeys;
    pt_buf_init(&vkeys, TOOL_TEXT_MAX);
    const pt_status read = pt_file_read(path, &vkeys);
    (void)read; /* absent: the rows below say so of the keys */
    show_log_key(tool, inv, dir, PT_NOTE_ED25519, pt_buf_slice(&vkeys));
    show_log_key(tool, inv, dir, PT_NOTE_ECDSA, pt_buf_slice(&vkeys));
    pt_buf_done(&vkeys);
    struct row *kek =
        inventory_add(inv, "key", "chiffrement du trousseau", tool_join(tool, dir, "kek"));
    kek->name = "kek";
    kek->key_path = kek->path;
    kek->algorithm = "aes-256-gcm";
    judge_key_file(tool, kek);
}

static void collect_own(struct tool *tool, struct inventory *inv)
{
    const struct pt_pki_site *site = &tool->site;
    const char *server_ca = tool_beside(tool, site->tls_certificate, "server-ca.pem");
    if (!tool->standalone || tool_exists(site->tls_certificate)) {
        show_cert(tool, inv, "server", "serveur TLS", site->tls_certificate, site->tls_key);
    }
    struct pair pair;
    if (pt_ok(pair_of_server(tool, &pair)) && tool_exists(pair.next_cert)) {
        show_cert(tool, inv, "server-next", "serveur TLS, successeur", pair.next_cert,
                  pair.next_key);
    }
    if (server_ca != NULL && tool_exists(server_ca)) {
        show_cert(tool, inv, "server-ca", "AC du serveur", server_ca,
                  tool_key_beside(tool, server_ca));
    }
    show_cert(tool, inv, "clients", "AC des GRC", site->client_ca,
              tool_key_beside(tool, site->client_ca));
    show_list(tool, inv);
    if (!tool->standalone) {
        show_log(tool, inv);
    }
}

PT_RESULT inventory_collect(struct tool *tool, struct inventory *ret)
{
    struct inventory inv = {.max = INVENTORY_FIXED + INVENTORY_CLIENTS_MAX + tool->site.nthings};
    inv.rows = (struct row *)calloc(inv.max, sizeof(*inv.rows));
    PT_ENSURE(inv.rows != NULL, PT_E_NOMEM);
    collect_own(tool, &inv);
    const pt_status st = inventory_things(tool, &inv);
    if (!pt_ok(st)) {
        free(inv.rows);
        return st;
    }
    *ret = inv;
    return PT_SUCCESS;
}
