/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * poterne_verify.c -- the stand-alone verifier: a receipt, or a folder of a log, against keys.
 *
 * Law: whoever doubts us can build this alone (libcrypto, base/ and the pure proof library; no
 * store, no configuration, no network) and needs nothing from us but the public key.
 * Exit codes: 0 proven; 1 the receipt proves nothing; 4 the log's integrity failed; 2 or 77 when
 * there is nothing to look at. Layer 1 (audit).
 */
#include "audit/proof_int.h"
#include "poterne/audit/note.h"
#include "poterne/audit/verify.h"
#include "poterne/base/cli.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const struct pt_cli *cli, const char *what, const char *about)
{
    (void)fprintf(cli->err, "poterne-verify : %s%s\n", what, about);
}

static int unreadable(const struct pt_cli *cli, const char *what, pt_status st)
{
    const bool rights = st.aux == EACCES || st.aux == EPERM;

    say(cli, rights ? "pas le droit de lire : " : "illisible : ", what);
    return rights ? PT_EXIT_PERMISSION : PT_EXIT_USAGE;
}

/* --- the verdict ---------------------------------------------------------------------------------
 */

static void put_number(FILE *out, const char *key, bool known, uint64_t number)
{
    if (known) {
        (void)fprintf(out, ",\"%s\":%" PRIu64, key, number);
    } else {
        (void)fprintf(out, ",\"%s\":null", key);
    }
}

static void put_json(FILE *out, const char *kind, const struct pt_verdict *v)
{
    (void)fprintf(out, "{\"ok\":%s,\"kind\":\"%s\"", v->ok ? "true" : "false", kind);
    put_number(out, "entries", true, v->entries);
    put_number(out, "size", true, v->size);
    (void)fprintf(out, ",\"fault\":%s%s%s", v->ok ? "" : "\"",
                  v->ok ? "null" : pt_fault_code(v->fault), v->ok ? "" : "\"");
    put_number(out, "bad_seq", !v->ok && v->bad_seq != UINT64_MAX, v->bad_seq);
    (void)fprintf(out, ",\"file\":%s%s%s}\n", v->file[0] != '\0' ? "\"" : "",
                  v->file[0] != '\0' ? v->file : "null", v->file[0] != '\0' ? "\"" : "");
}

static void put_fault(FILE *out, const char *title, const struct pt_verdict *v)
{
    (void)fprintf(out, "%s : %s", title, pt_fault_text(v->fault));
    if (v->bad_seq != UINT64_MAX) {
        (void)fprintf(out, " ; première trace en cause : %" PRIu64, v->bad_seq);
    }
    if (v->file[0] != '\0') {
        (void)fprintf(out, " ; fichier : %s", v->file);
    }
    (void)fprintf(out, " [%s]\n", pt_fault_code(v->fault));
}

/* --- a receipt
 * ------------------------------------------------------------------------------------ */

/* What was proven may be shown: it is JSON, whose strings have no control characters. */
static pt_status put_disclosures(FILE *out, pt_slice rest, struct pt_buf *text)
{
    pt_slice disclosure;
    size_t n = 0;

    while (rest.len != 0U) {
        PT_TRY(pt_disclosure_next(&rest, &disclosure));
        pt_buf_clear(text);
        char *const space = pt_buf_space(text, disclosure.len);
        PT_TRY(pt_buf_status(text));
        PT_TRY(pt_b64url_decode(disclosure, (uint8_t *)space, disclosure.len, &n));
        pt_buf_commit(text, n);
        (void)fprintf(out, "  révélé : %.*s\n", (int)text->len, text->ptr);
    }
    return PT_SUCCESS;
}

static pt_status put_content(FILE *out, pt_slice receipt, struct pt_buf *json, struct pt_buf *leaf)
{
    struct pt_proof proof;
    struct pt_checkpoint cp;
    pt_slice disclosures;

    PT_TRY(pt_proof_parse(receipt, &proof));
    PT_TRY(pt_checkpoint_peek(proof.checkpoint, &cp));
    PT_TRY(pt_extra_open(proof.extra, json, leaf, &disclosures));
    (void)fprintf(out,
                  "Reçu valide : la trace n° %" PRIu64 " figure dans le journal « %.*s » scellé à "
                  "%" PRIu64 " traces.\n  trace  : %.*s\n",
                  proof.index, (int)cp.origin.len, cp.origin.ptr, cp.head.size, (int)leaf->len,
                  leaf->ptr);
    return put_disclosures(out, disclosures, leaf);
}

static void show_receipt(const struct pt_cli *cli, pt_slice receipt)
{
    struct pt_buf json;
    struct pt_buf leaf;

    pt_buf_init(&json, PT_RECEIPT_MAX);
    pt_buf_init(&leaf, PT_RECEIPT_MAX);
    if (!pt_ok(put_content(cli->out, receipt, &json, &leaf))) {
        say(cli, "le contenu du reçu ne peut pas être affiché", "");
    }
    pt_buf_done(&json);
    pt_buf_done(&leaf);
}

static int verify_receipt(const struct pt_cli *cli, const char *path, pt_slice keys,
                          struct pt_buf *text)
{
    struct pt_verdict verdict;

    pt_status st = pt_file_read(path, text);
    if (!pt_ok(st) && st.code != (uint32_t)PT_E_LIMIT) {
        return unreadable(cli, path, st);
    }
    st = pt_verify_receipt(pt_buf_slice(text), keys, &verdict);
    if (!pt_ok(st)) {
        say(cli, "les clés publiques sont illisibles", "");
        return PT_EXIT_USAGE;
    }
    if (pt_cli_get(cli, "json") != NULL) {
        put_json(cli->out, "receipt", &verdict);
    } else if (verdict.ok) {
        show_receipt(cli, pt_buf_slice(text));
    } else {
        put_fault(cli->out, "REÇU REFUSÉ", &verdict);
    }
    return verdict.ok ? PT_EXIT_OK : PT_EXIT_NO;
}

/* --- a folder
 * ------------------------------------------------------------------------------------- */

static void progress(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    if (isatty(STDERR_FILENO) != 0) {
        (void)fprintf(stderr, done < total ? "\r%" PRIu64 "/%" PRIu64 : "\r\033[K", done, total);
    }
}

static int verify_folder(const struct pt_cli *cli, const char *dir, pt_slice keys)
{
    const struct pt_verify_options options = {
        .vkeys = keys, .foreign = pt_cli_get(cli, "foreign") != NULL, .progress = progress};
    struct pt_verdict verdict;

    const pt_status st = pt_verify_tlog(dir, &options, &verdict);
    if (st.code == (uint32_t)PT_E_SYNTAX) {
        say(cli, "les clés publiques sont illisibles", "");
        return PT_EXIT_USAGE;
    }
    if (!pt_ok(st)) {
        return unreadable(cli, dir, st);
    }
    if (pt_cli_get(cli, "json") != NULL) {
        put_json(cli->out, "log", &verdict);
    } else if (verdict.ok) {
        (void)fprintf(cli->out,
                      "Journal intègre : %" PRIu64 " traces, racine et scellé conformes.\n",
                      verdict.entries);
    } else {
        put_fault(cli->out, "INTÉGRITÉ ROMPUE", &verdict);
    }
    return verdict.ok ? PT_EXIT_OK : PT_EXIT_INTEGRITY;
}

/* The folder of the tree, or the log directory above it. */
static int verify_place(const struct pt_cli *cli, const char *dir, pt_slice keys)
{
    char below[PT_PATH_MAX];
    struct stat st;

    if (pt_ok(pt_file_join(dir, "tlog", below, sizeof below)) && stat(below, &st) == 0 &&
        S_ISDIR(st.st_mode)) {
        return verify_folder(cli, below, keys);
    }
    return verify_folder(cli, dir, keys);
}

/* --- main
 * ----------------------------------------------------------------------------------------- */

static int verify_what(const struct pt_cli *cli, const char *path, pt_slice keys,
                       struct pt_buf *text)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        return unreadable(cli, path, PT_FAIL_AUX(PT_E_IO, errno));
    }
    return S_ISDIR(st.st_mode) ? verify_place(cli, path, keys)
                               : verify_receipt(cli, path, keys, text);
}

static int run(const struct pt_cli *cli, void *ctx)
{
    const char *const vkey = pt_cli_get(cli, "vkey");
    struct pt_buf keys;
    struct pt_buf text;

    (void)ctx;
    if (vkey == NULL || cli->nargs != 1U) {
        say(cli, "usage : poterne-verify FICHIER.tlog-proof|DOSSIER --vkey FICHIER", "");
        return PT_EXIT_USAGE;
    }
    pt_buf_init(&keys, PT_NOTE_MAX);
    pt_buf_init(&text, PT_RECEIPT_MAX);
    const pt_status st = pt_file_read(vkey, &keys);
    const int code = pt_ok(st) ? verify_what(cli, cli->args[0], pt_buf_slice(&keys), &text)
                               : unreadable(cli, vkey, st);
    pt_buf_done(&keys);
    pt_buf_done(&text);
    return code;
}

int main(int argc, char **argv)
{
    static const struct pt_cli_command COMMAND = {
        NULL, "FICHIER.tlog-proof|DOSSIER",
        "Vérifie un reçu, ou tout un journal exporté, avec la seule clé publique.", run};
    static const struct pt_cli_option OPTIONS[] = {
        {"vkey", 0, "FICHIER", "clés publiques du journal (une par ligne)"},
        {"json", 0, NULL, "verdict en JSON"},
        {"foreign", 0, NULL, "journal C2SP d'un autre logiciel : le format des traces est libre"}};
    static const struct pt_cli_program PROGRAM = {
        .name = "poterne-verify",
        .summary = "Vérifie un reçu, ou tout un journal exporté, avec la seule clé publique.",
        .commands = &COMMAND,
        .ncommands = 1U,
        .options = OPTIONS,
        .noptions = PT_COUNT(OPTIONS)};

    return pt_cli_main(&PROGRAM, argc, argv, NULL);
}
