/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * inventory_things.c -- the rest of the inventory: certificates of GRCs, tokens and authorities of
 * the State's APIs, products and trust services (RGS-05). Layer 1 (pki).
 */
#include "pki/cli/inventory_int.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"
#include "poterne/pki/cert.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S       86400
#define NOTICE_DAYS 90

/* --- the GRCs -------------------------------------------------------------------------------- */

static const struct pt_pki_thing *find_client(const struct tool *tool, const struct row *row)
{
    for (size_t i = 0U; i < tool->site.nthings; i++) {
        const struct pt_pki_thing *thing = &tool->site.things[i];
        if (thing->kind == PT_PKI_CLIENT && row->has_sha256 &&
            memcmp(thing->sha256, row->sha256, sizeof(row->sha256)) == 0) {
            return thing;
        }
    }
    return NULL;
}

static bool is_revoked(const char *path, pt_slice list)
{
    bool listed = false;
    struct pt_buf pem;
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    const bool known = list.len > 0U && pt_ok(pt_file_read(path, &pem)) &&
                       pt_ok(pt_crl_lists(list, pt_buf_slice(&pem), &listed));
    pt_buf_done(&pem);
    return known && listed;
}

static void add_client(struct tool *tool, struct inventory *inv, const char *path, pt_slice list)
{
    struct row *row = inventory_add(inv, "client", "GRC", path);
    row->key_path = tool_key_beside(tool, path);
    row_read_certificate(tool, row);
    row_judge_mode(row, row->key_path);
    const struct pt_pki_thing *thing = find_client(tool, row);
    row->unused = thing == NULL && !tool->standalone;
    const char *slash = strrchr(path, '/');
    row->name = thing != NULL ? thing->name : slash != NULL ? slash + 1 : path;
    if (is_revoked(path, list)) { /* its end has come: nothing of it has to be replaced */
        row->state = STATE_REVOKED;
    }
}

static bool is_certificate_name(const char *name)
{
    static const char *const ends[] = {".pem", ".pem.next"}; /* next: see renew.c */
    const size_t n = strlen(name);
    for (size_t i = 0U; i < PT_COUNT(ends); i++) {
        const size_t end = strlen(ends[i]);
        if (n > end && name[0] != '.' && strcmp(name + n - end, ends[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void add_folder(struct tool *tool, struct inventory *inv, pt_slice list)
{
    struct dirent **entries = NULL;
    const char *dir = client_dir(tool);
    const int n = dir != NULL ? scandir(dir, &entries, NULL, alphasort) : -1;
    size_t left = INVENTORY_CLIENTS_MAX;
    for (int i = 0; i < n; i++) {
        const bool wanted = left > 0U && is_certificate_name(entries[i]->d_name);
        const char *path = wanted ? tool_join(tool, dir, entries[i]->d_name) : NULL;
        if (path != NULL) {
            add_client(tool, inv, path, list);
            left--;
        }
        free(entries[i]);
    }
    free((void *)entries);
}

static bool has_client(const struct inventory *inv, const struct pt_pki_thing *thing)
{
    for (size_t i = 0U; i < inv->n; i++) {
        if (inv->rows[i].has_sha256 &&
            memcmp(inv->rows[i].sha256, thing->sha256, sizeof(thing->sha256)) == 0) {
            return true;
        }
    }
    return false;
}

/* --- things of the configuration ------------------------------------------------------------- */

static void add_known_client(struct inventory *inv, const struct pt_pki_thing *thing)
{
    if (!has_client(inv, thing)) {
        struct row *row = inventory_add(inv, "client", "GRC", "");
        row->name = thing->name;
        row->state = STATE_ELSEWHERE;
        row->has_sha256 = true;
        memcpy(row->sha256, thing->sha256, sizeof(row->sha256));
    }
}

static void judge_fault(struct row *row, uint32_t fault)
{
    if (fault == PT_E_ABSENT) {
        row_worsen(row, STATE_ABSENT);
    } else if (fault == PT_E_DENIED) {
        row_worsen(row, STATE_OPEN);
    } else if (fault != PT_OK) {
        row_worsen(row, STATE_UNREADABLE);
    }
}

static void add_token(const struct tool *tool, struct inventory *inv,
                      const struct pt_pki_thing *thing)
{
    struct row *row = inventory_add(inv, "token", "jeton d'une API de l'État", thing->path);
    row->name = thing->name;
    row->key_path = thing->path;
    row->not_after = thing->until;
    row->replace = thing->until != 0 ? thing->until - (int64_t)NOTICE_DAYS * DAY_S : 0;
    row_judge_dates(tool, row);
    judge_fault(row, thing->fault);
}

/* One certificate pinned is judged; a bundle of the system is Debian's to keep. */
static void add_anchors(const struct tool *tool, struct inventory *inv,
                        const struct pt_pki_thing *thing)
{
    struct row *row = inventory_add(inv, "anchors", "autorités d'une API de l'État", thing->path);
    struct pt_buf pem;
    row->name = thing->name;
    pt_buf_init(&pem, PT_CONFIG_FILE_MAX);
    const pt_status st = pt_file_read(thing->path, &pem);
    const pt_slice mark = PT_SLICE("-----BEGIN CERTIFICATE-----");
    const char *first = pem.len > 0U ? memmem(pem.ptr, pem.len, mark.ptr, mark.len) : NULL;
    const size_t left = first != NULL ? pem.len - (size_t)(first - pem.ptr) - 1U : 0U;
    const bool several = left > 0U && memmem(first + 1, left, mark.ptr, mark.len) != NULL;
    pt_buf_done(&pem);
    if (!pt_ok(st)) {
        judge_fault(row, st.code);
    } else if (!several) {
        row_read_certificate(tool, row);
    }
}

static void add_product(struct inventory *inv, const struct pt_pki_thing *thing)
{
    struct row *row = inventory_add(inv, "product", "produit ou prestataire", "");
    row->name = thing->name;
    row->reference = thing->reference;
    row->state = thing->reference[0] == '\0' ? STATE_REPLACE : STATE_OK;
}

static void add_thing(const struct tool *tool, struct inventory *inv,
                      const struct pt_pki_thing *thing)
{
    switch (thing->kind) {
    case PT_PKI_CLIENT:
        add_known_client(inv, thing);
        break;
    case PT_PKI_TOKEN:
        add_token(tool, inv, thing);
        break;
    case PT_PKI_ANCHORS:
        add_anchors(tool, inv, thing);
        break;
    case PT_PKI_PRODUCT:
        add_product(inv, thing);
        break;
    case PT_PKI_HABILITATION:
    case PT_PKI_DATAPASS:
    case PT_PKI_HOMOLOGATION:
    default: /* of the calendar alone */
        break;
    }
}

PT_RESULT inventory_things(struct tool *tool, struct inventory *inv)
{
    struct pt_buf list;
    pt_buf_init(&list, PT_CRL_MAX);
    const pt_status read = pt_file_read(tool->site.client_crl, &list);
    if (read.code == PT_E_NOMEM) {
        pt_buf_done(&list);
        return read;
    }
    add_folder(tool, inv, pt_buf_slice(&list));
    pt_buf_done(&list);
    for (size_t i = 0U; i < tool->site.nthings; i++) {
        add_thing(tool, inv, &tool->site.things[i]);
    }
    return PT_SUCCESS;
}
