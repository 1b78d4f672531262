/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * export.c -- `export --tlog DIR`: a copy of the published tree that agrees with its checkpoint.
 *
 * Law: the checkpoint is read first and written last; what it covers is taken as prefixes of what
 * lies there now, so the writer may go on. Nothing is ever overwritten. Layer 1 (audit).
 */
#include "audit/cli/tool_int.h"
#include "audit/tlog_int.h"
#include "poterne/audit/note.h"

#include <stdio.h>

struct copy {
    struct tool *tool;
    const struct pt_cli *cli;
    char from[PT_PATH_MAX];
    const char *to;
    uint64_t size;
    uint64_t done;
    uint64_t total;
    struct pt_buf bytes;
};

/* The bytes of the first @width items of a tile or bundle that holds more. */
static pt_status prefix(unsigned level, unsigned width, pt_slice bytes, pt_slice *ret)
{
    pt_slice rest = bytes;
    pt_slice entry;

    if (level != PT_TILE_ENTRIES) {
        PT_ENSURE(bytes.len >= (size_t)width * PT_HASH_LEN, PT_E_CORRUPT);
        *ret = pt_slice_head(bytes, (size_t)width * PT_HASH_LEN);
        return PT_SUCCESS;
    }
    for (unsigned i = 0; i < width; i++) {
        PT_TRY(pt_bundle_next(&rest, &entry));
    }
    *ret = pt_slice_head(bytes, bytes.len - rest.len);
    return PT_SUCCESS;
}

static pt_status write_below(const struct copy *copy, const char *path, pt_slice bytes)
{
    char whole[PT_PATH_MAX];

    PT_TRY(pt_file_join(copy->to, path, whole, sizeof whole));
    char *const slash = strrchr(whole, '/');
    *slash = '\0';
    PT_TRY(pt_file_mkdirs(whole, 0755));
    *slash = '/';
    return pt_file_create(whole, bytes, 0644);
}

static pt_status copy_tile(struct copy *copy, unsigned level, uint64_t index)
{
    const unsigned width = pt_tile_width(level, index, copy->size);
    char path[PT_TILE_PATH_MAX];
    unsigned stored = 0;
    pt_slice bytes;

    pt_buf_clear(&copy->bytes);
    PT_TRY(pt_tile_read(copy->from, level, index, width, &copy->bytes, &stored));
    PT_TRY(prefix(level, width, pt_buf_slice(&copy->bytes), &bytes));
    pt_tile_path(level, index, width, path);
    copy->done++;
    tool_progress(copy->tool, copy->done, copy->total);
    return write_below(copy, path, bytes);
}

static uint64_t tiles_of(const struct copy *copy, unsigned level)
{
    const unsigned shift = level == PT_TILE_ENTRIES ? 0U : level * 8U;

    return ((copy->size >> shift) + PT_TILE_WIDTH - 1U) / PT_TILE_WIDTH;
}

static pt_status copy_level(struct copy *copy, unsigned level)
{
    const uint64_t tiles = tiles_of(copy, level);

    for (uint64_t i = 0; i < tiles; i++) {
        PT_TRY(copy_tile(copy, level, i));
    }
    return PT_SUCCESS;
}

static pt_status copy_all(struct copy *copy, struct pt_buf *note)
{
    char path[PT_PATH_MAX];
    struct pt_checkpoint cp;

    PT_TRY(pt_file_join(copy->from, "checkpoint", path, sizeof path));
    PT_TRY(pt_file_read(path, note));
    PT_TRY(pt_checkpoint_peek(pt_buf_slice(note), &cp));
    copy->size = cp.head.size;
    copy->total = tiles_of(copy, PT_TILE_ENTRIES);
    for (unsigned level = 0; level < PT_TILE_LEVELS; level++) {
        copy->total += tiles_of(copy, level);
    }
    PT_TRY(copy_level(copy, PT_TILE_ENTRIES));
    for (unsigned level = 0; level < PT_TILE_LEVELS; level++) {
        PT_TRY(copy_level(copy, level));
    }
    return write_below(copy, "checkpoint", pt_buf_slice(note));
}

static int say_copied(const struct copy *copy, pt_status st)
{
    tool_progress_end(copy->cli);
    if (pt_ok(st)) {
        (void)fprintf(copy->cli->out, "%s : %llu traces, vérifiables avec poterne-verify\n",
                      copy->to, (unsigned long long)copy->size);
        return PT_EXIT_OK;
    }
    if (st.code == (uint32_t)PT_E_EXISTS) {
        tool_say(copy->cli, "le dossier contient déjà un export ; rien n'est écrasé : ", copy->to);
        return PT_EXIT_NO;
    }
    if (st.code == (uint32_t)PT_E_ABSENT) {
        tool_say(copy->cli, "le journal n'a pas de scellé ou il lui manque des tuiles", "");
        return PT_EXIT_NO;
    }
    return tool_fail(copy->cli, st);
}

int tool_export(struct tool *tool)
{
    struct copy copy = {.tool = tool, .cli = tool->cli, .to = pt_cli_get(tool->cli, "tlog")};
    struct pt_buf note;

    if (copy.to == NULL || tool->cli->nargs != 0U ||
        !pt_ok(pt_file_join(tool->dir, "tlog", copy.from, sizeof copy.from))) {
        tool_say(tool->cli, "export attend --tlog DOSSIER", "");
        return PT_EXIT_USAGE;
    }
    tool_note(tool, "export");
    pt_buf_init(&copy.bytes, PT_BUNDLE_BYTES);
    pt_buf_init(&note, PT_NOTE_MAX);
    const pt_status st = copy_all(&copy, &note);
    pt_buf_done(&copy.bytes);
    pt_buf_done(&note);
    return say_copied(&copy, st);
}
