/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * check.c -- `verify`, `checkpoint`, `prove`, `stats`.
 *
 * Law: verify needs no daemon and trusts it in nothing: it reads the directory itself, whoever
 * runs; the daemon is only told of the reading, so that it traces it. Without --vkey the keys are
 * those of the directory itself, which proves that the log is whole, not whose it is: said on
 * stderr. Layer 1 (audit).
 */
#include "audit/cli/tool_int.h"
#include "poterne/audit/note.h"
#include "poterne/audit/verify.h"

#include <inttypes.h>

/* --- verify --------------------------------------------------------------------------------------
 */

static pt_status read_keys(const struct tool *tool, struct pt_buf *keys)
{
    const char *const given = pt_cli_get(tool->cli, "vkey");
    char path[PT_PATH_MAX];

    if (given != NULL) {
        return pt_file_read(given, keys);
    }
    PT_TRY(pt_file_join(tool->dir, "keys/log.vkey", path, sizeof path));
    return pt_file_read(path, keys);
}

static void put_null_or(FILE *out, const char *key, bool known, uint64_t number)
{
    if (known) {
        (void)fprintf(out, ",\"%s\":%" PRIu64, key, number);
    } else {
        (void)fprintf(out, ",\"%s\":null", key);
    }
}

static void put_verdict_json(const struct pt_cli *cli, const struct pt_verdict *v)
{
    (void)fprintf(cli->out, "{\"ok\":%s", v->ok ? "true" : "false");
    put_null_or(cli->out, "entries", true, v->entries);
    put_null_or(cli->out, "size", true, v->size);
    put_null_or(cli->out, "unsealed", true, v->unsealed);
    put_null_or(cli->out, "opened", true, v->opened);
    (void)fprintf(cli->out, v->ok ? ",\"fault\":null" : ",\"fault\":\"%s\"",
                  pt_fault_code(v->fault));
    put_null_or(cli->out, "bad_seq", !v->ok && v->bad_seq != UINT64_MAX, v->bad_seq);
    (void)fprintf(cli->out, v->file[0] != '\0' ? ",\"file\":\"%s\"}\n" : ",\"file\":null}\n",
                  v->file);
}

static void put_verdict(const struct pt_cli *cli, const struct pt_verdict *v)
{
    if (v->ok) {
        (void)fprintf(cli->out,
                      "Journal intègre : %" PRIu64 " traces vérifiées, %" PRIu64
                      " scellées, %" PRIu64 " parties scellées ouvertes et conformes.\n",
                      v->entries, v->size, v->opened);
        if (v->unsealed != 0U) {
            (void)fprintf(cli->out,
                          "%" PRIu64 " trace(s) enregistrée(s) mais pas encore scellée(s).\n",
                          v->unsealed);
        }
        return;
    }
    (void)fprintf(cli->out, "INTÉGRITÉ ROMPUE : %s", pt_fault_text(v->fault));
    if (v->bad_seq != UINT64_MAX) {
        (void)fprintf(cli->out, " ; première trace en cause : %" PRIu64, v->bad_seq);
    }
    if (v->file[0] != '\0') {
        (void)fprintf(cli->out, " ; fichier : %s", v->file);
    }
    (void)fprintf(cli->out, " [%s]\n", pt_fault_code(v->fault));
}

static int verify_with(struct tool *tool, enum pt_format format, pt_slice keys, pt_slice kek)
{
    const struct pt_cli *cli = tool->cli;
    const struct pt_verify_options options = {
        .vkeys = keys, .kek = kek, .progress = tool_progress, .ctx = tool};
    struct pt_verdict verdict;

    const pt_status st = pt_verify_log(tool->dir, &options, &verdict);
    tool_progress_end(cli);
    if (!pt_ok(st)) {
        if (st.code == (uint32_t)PT_E_SYNTAX) {
            tool_say(cli, "le fichier de clés publiques n'est pas lisible comme tel", "");
            return PT_EXIT_USAGE;
        }
        return tool_fail(cli, st);
    }
    if (format == PT_FORMAT_JSON) {
        put_verdict_json(cli, &verdict);
    } else {
        put_verdict(cli, &verdict);
    }
    return verdict.ok ? PT_EXIT_OK : PT_EXIT_INTEGRITY;
}

static int verify_keys(struct tool *tool, enum pt_format format, struct pt_buf *keys,
                       struct pt_buf *kek)
{
    const pt_status st = read_keys(tool, keys);

    if (!pt_ok(st)) {
        tool_say(tool->cli, "les clés publiques du journal ne sont pas lisibles : donnez --vkey",
                 "");
        return st.code == (uint32_t)PT_E_ABSENT ? PT_EXIT_USAGE : tool_fail(tool->cli, st);
    }
    if (pt_cli_get(tool->cli, "vkey") == NULL) {
        tool_say(tool->cli,
                 "clés prises dans le journal lui-même ; pour ne pas lui faire confiance : --vkey",
                 "");
    }
    tool_kek(tool, kek);
    return verify_with(tool, format, pt_buf_slice(keys), pt_buf_slice(kek));
}

int tool_verify(struct tool *tool)
{
    enum pt_format format = PT_FORMAT_TABLE;
    struct pt_buf keys;
    struct pt_buf kek;

    if (tool->cli->nargs != 0U || !pt_ok(pt_cli_format(tool->cli, &format))) {
        return PT_EXIT_USAGE;
    }
    tool_note(tool, "verify");
    pt_buf_init(&keys, PT_NOTE_MAX);
    pt_buf_init(&kek, 32U);
    const int code = verify_keys(tool, format, &keys, &kek);
    pt_buf_done(&keys);
    pt_buf_done(&kek);
    return code;
}

/* --- checkpoint
 * ------------------------------------------------------------------------------------ */

int tool_checkpoint(struct tool *tool)
{
    char path[PT_PATH_MAX];
    struct pt_buf note;

    if (!pt_ok(pt_file_join(tool->dir, "tlog/checkpoint", path, sizeof path))) {
        return PT_EXIT_USAGE;
    }
    pt_buf_init(&note, PT_NOTE_MAX);
    const pt_status st = pt_file_read(path, &note);
    if (pt_ok(st)) {
        (void)fwrite(note.ptr, 1U, note.len, tool->cli->out);
    } else if (st.code == (uint32_t)PT_E_ABSENT) {
        tool_say(tool->cli, "aucun scellé n'a encore été publié", "");
    }
    pt_buf_done(&note);
    if (st.code == (uint32_t)PT_E_ABSENT) {
        return PT_EXIT_NO;
    }
    return pt_ok(st) ? PT_EXIT_OK : tool_fail(tool->cli, st);
}

/* --- prove, stats
 * ------------------------------------------------------------------------------------ */

static PT_RESULT put_text(void *ctx, pt_slice text)
{
    const struct tool *tool = ctx;

    (void)fwrite(text.ptr, 1U, text.len, tool->cli->out);
    return PT_SUCCESS;
}

int tool_prove(struct tool *tool)
{
    struct pt_buf question;
    int code = PT_EXIT_USAGE;

    pt_buf_init(&question, PT_QUERY_TEXT_MAX);
    if (pt_ok(tool_which(tool->cli, &question))) {
        struct ask ask = {
            .op = PT_QUERY_PROVE, .text = pt_buf_slice(&question), .note = put_text, .ctx = tool};
        code = tool_ask(tool, &ask);
    } else {
        tool_say(tool->cli, "prove attend un numéro de trace ou un identifiant d'échange", "");
    }
    pt_buf_done(&question);
    return code;
}

/* {"a":1,"b":{"c":2}} as lines: names in French where a person reads them. */
static void put_group(const struct pt_cli *cli, pt_slice object, const char *title)
{
    pt_slice rest = object.len > 2U ? pt_slice_head(pt_slice_from(object, 1U), object.len - 2U)
                                    : PT_SLICE_EMPTY;

    (void)fprintf(cli->out, "%s\n", title);
    while (rest.len != 0U) {
        pt_slice pair = pt_slice_cut(&rest, ',');
        const pt_slice name = pt_slice_cut(&pair, ':');
        if (name.len > 2U) {
            (void)fprintf(cli->out, "  %-14.*s %.*s\n", (int)(name.len - 2U), name.ptr + 1,
                          (int)pair.len, pair.ptr);
        }
    }
}

static PT_RESULT put_stats(void *ctx, pt_slice text)
{
    const struct tool *tool = ctx;
    const pt_slice size = member(text, "size");
    const pt_slice sealed = member(text, "sealed");

    (void)fprintf(tool->cli->out, "%.*s traces, dont %.*s scellées\n", (int)size.len, size.ptr,
                  (int)sealed.len, sealed.ptr);
    put_group(tool->cli, member(text, "types"), "Par nature");
    put_group(tool->cli, member(text, "outcomes"), "Échanges par issue");
    return PT_SUCCESS;
}

static PT_RESULT put_stats_json(void *ctx, pt_slice text)
{
    const struct tool *tool = ctx;

    PT_TRY(put_text(ctx, text));
    (void)fputc('\n', tool->cli->out);
    return PT_SUCCESS;
}

int tool_stats(struct tool *tool)
{
    enum pt_format format = PT_FORMAT_TABLE;
    struct ask ask = {.op = PT_QUERY_STATS, .ctx = tool};

    if (tool->cli->nargs != 0U || !pt_ok(pt_cli_format(tool->cli, &format))) {
        return PT_EXIT_USAGE;
    }
    ask.note = format == PT_FORMAT_JSON ? put_stats_json : put_stats;
    return tool_ask(tool, &ask);
}
