/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * show.c -- poterne-pki show: the inventory that RGS-16 asks for (end of life, replacement of
 * each key), and policy: the crypto policy as a table. Reads public files only, so that it can be
 * run by somebody who may not read a key. Layer 1 (pki).
 */
#include "pki/cli/tool_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"
#include "poterne/pki/cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DAY_S       86400
#define NOTICE_DAYS 90   /* LEG-28: the first alarm before an end */
#define KEY_DAYS    1096 /* keys without certificate: RGS_A4's 3 years of a bearer */
#define ROWS_MAX    16U

enum state {
    STATE_OK = 0,
    STATE_ENDING,
    STATE_REPLACE,
    STATE_EXPIRED,
    STATE_REFUSED,
    STATE_OPEN,
    STATE_ABSENT,
    STATE_UNREADABLE
};

static const char *const state_texts[] = {
    [STATE_OK] = "ok",
    [STATE_ENDING] = "fin prévue",
    [STATE_REPLACE] = "à remplacer",
    [STATE_EXPIRED] = "expiré",
    [STATE_REFUSED] = "algorithme refusé",
    [STATE_OPEN] = "clé lisible par d'autres",
    [STATE_ABSENT] = "absent",
    [STATE_UNREADABLE] = "illisible",
};

struct row {
    const char *use;
    const char *path;
    const char *algorithm;
    int64_t not_after; /* seconds, 0: no end */
    int64_t replace;   /* seconds, 0: unknown */
    enum state state;
    bool has_spki;
    uint8_t spki[32];
};

struct inventory {
    struct row rows[ROWS_MAX];
    size_t n;
};

static struct row *add(struct inventory *inv, const char *use, const char *path)
{
    PT_BUG_ON(inv->n >= ROWS_MAX);
    struct row *row = &inv->rows[inv->n++];
    *row = (struct row){.use = use, .path = path != NULL ? path : "", .algorithm = ""};
    return row;
}

static void worsen(struct row *row, enum state state)
{
    row->state = state > row->state ? state : row->state;
}

static void judge_dates(const struct tool *tool, struct row *row)
{
    if (row->replace != 0 && tool->now >= row->replace) {
        worsen(row, STATE_REPLACE);
    }
    if (row->not_after != 0 && tool->now >= row->not_after) {
        worsen(row, STATE_EXPIRED);
    }
}

static void judge_policy(struct row *row, enum pt_policy_verdict verdict)
{
    if (verdict == PT_POLICY_REFUSED) {
        worsen(row, STATE_REFUSED);
    } else if (verdict == PT_POLICY_ENDING) {
        worsen(row, STATE_ENDING);
    }
}

static void judge_mode(struct row *row, const char *key_path)
{
    struct stat info;
    if (key_path != NULL && stat(key_path, &info) == 0 &&
        (info.st_mode & (S_IRWXG | S_IRWXO)) != 0U) {
        worsen(row, STATE_OPEN);
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
    row->not_after = facts.not_after;
    /* An authority is replaced while what it signs can still live its whole life. */
    const int64_t notice = facts.is_ca ? (int64_t)PT_LEAF_DAYS : NOTICE_DAYS;
    row->replace = facts.not_after - notice * DAY_S;
    row->has_spki = true;
    memcpy(row->spki, facts.spki_sha256, sizeof(row->spki));
    judge_policy(row, pt_cert_policy(&facts, tool_days(tool), NULL));
    judge_dates(tool, row);
}

static void show_cert(struct tool *tool, struct inventory *inv, const char *use, const char *path,
                      const char *key_path)
{
    struct row *row = add(inv, use, path);
    struct pt_buf pem;
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    if (load(row, &pem)) {
        fill_cert(tool, row, pt_buf_slice(&pem));
    }
    pt_buf_done(&pem);
    judge_mode(row, key_path);
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
    judge_dates(tool, row);
}

static void show_list(struct tool *tool, struct inventory *inv)
{
    struct row *row = add(inv, "liste de révocation", tool->site.client_crl);
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
    judge_dates(tool, row);
    judge_mode(row, row->path);
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
    struct row *row = add(inv, p256 ? "scellé du journal (RGS)" : "scellé du journal (C2SP)",
                          tool_join(tool, dir, p256 ? "log-p256.pem" : "log-ed25519.pem"));
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
    struct row *kek = add(inv, "chiffrement du trousseau", tool_join(tool, dir, "kek"));
    kek->algorithm = "aes-256-gcm";
    judge_key_file(tool, kek);
}

static void collect(struct tool *tool, struct inventory *inv)
{
    const struct pt_pki_site *site = &tool->site;
    const char *server_ca = tool_beside(tool, site->tls_certificate, "server-ca.pem");
    show_cert(tool, inv, "serveur TLS", site->tls_certificate, site->tls_key);
    if (server_ca != NULL && tool_exists(server_ca)) {
        show_cert(tool, inv, "AC du serveur", server_ca, tool_key_beside(tool, server_ca));
    }
    show_cert(tool, inv, "AC des GRC", site->client_ca, tool_key_beside(tool, site->client_ca));
    show_list(tool, inv);
    show_log(tool, inv);
}

/* --- how it is shown ------------------------------------------------------------------------- */

static struct pt_cell text_cell(const char *text)
{
    const bool none = text[0] == '\0';
    return (struct pt_cell){.kind = none ? PT_CELL_NULL : PT_CELL_TEXT, .text = pt_slice_str(text)};
}

static const char *date_text(int64_t seconds, char out[static PT_DATE_LEN + 1U])
{
    out[0] = '\0';
    if (seconds > 0) {
        pt_time_date_text((int32_t)(seconds / DAY_S), out);
    }
    return out;
}

static void print_row(struct pt_table *table, const struct row *row)
{
    char not_after[PT_DATE_LEN + 1U];
    char replace[PT_DATE_LEN + 1U];
    char spki[PT_HEX_LEN(32U) + 1U] = {0};
    if (row->has_spki) {
        pt_hex_encode(pt_slice_of(row->spki, sizeof(row->spki)), spki);
    }
    const struct pt_cell cells[] = {
        text_cell(row->use),
        text_cell(row->algorithm),
        text_cell(date_text(row->not_after, not_after)),
        text_cell(date_text(row->replace, replace)),
        text_cell(state_texts[row->state]),
        text_cell(spki),
        text_cell(row->path),
    };
    pt_table_row(table, cells);
}

static void print_inventory(const struct tool *tool, const struct inventory *inv,
                            enum pt_format format)
{
    static const struct pt_column columns[] = {
        {"use", "Usage", 24},     {"algorithm", "Algorithme", 11},
        {"not_after", "Fin", 10}, {"replace", "Remplacer le", 12},
        {"state", "État", 12},    {"spki_sha256", "Empreinte de la clé (SPKI, SHA-256)", 64},
        {"path", "Où", 24},
    };
    struct pt_table table = {
        .out = tool->cli->out, .format = format, .columns = columns, .ncolumns = PT_COUNT(columns)};
    pt_table_begin(&table);
    for (size_t i = 0U; i < inv->n; i++) {
        print_row(&table, &inv->rows[i]);
    }
    pt_table_end(&table);
}

/* RGS-14 over what was found; says which two uses share a key. */
static pt_status distinct(const struct tool *tool, const struct inventory *inv)
{
    struct pt_key_use uses[ROWS_MAX];
    size_t n = 0U;
    size_t a = 0U;
    size_t b = 0U;
    for (size_t i = 0U; i < inv->n; i++) {
        if (inv->rows[i].has_spki) {
            uses[n].use = inv->rows[i].use;
            memcpy(uses[n++].spki_sha256, inv->rows[i].spki, sizeof(uses[0].spki_sha256));
        }
    }
    const pt_status st = pt_pki_distinct(uses, n, &a, &b);
    if (!pt_ok(st)) {
        (void)fprintf(
            tool->cli->err,
            "poterne-pki: une clé, un usage (RGS-14) : « %s » et « %s » partagent la leur\n",
            uses[a].use, uses[b].use);
        return PT_FAIL(PT_E_FORGED);
    }
    return PT_SUCCESS;
}

static pt_status healthy(const struct inventory *inv)
{
    for (size_t i = 0U; i < inv->n; i++) {
        PT_ENSURE(inv->rows[i].state < STATE_EXPIRED, PT_E_ABSENT);
    }
    return PT_SUCCESS;
}

static pt_status show(struct tool *tool)
{
    enum pt_format format = PT_FORMAT_TABLE;
    struct inventory inv = {.n = 0U};
    if (!pt_ok(pt_cli_format(tool->cli, &format))) {
        return PT_FAIL(PT_E_ARG);
    }
    collect(tool, &inv);
    print_inventory(tool, &inv, format);
    PT_TRY(distinct(tool, &inv));
    return healthy(&inv);
}

int command_show(const struct pt_cli *cli, void *ctx)
{
    return tool_command(cli, ctx, show);
}
