/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * recover.c -- what happened since the last checkpoint, and is it still the same log?
 *
 * Law: the last durable transaction counts, and it must continue what was signed: a log that is
 * shorter than its own checkpoint, or another one, is not opened (audit-log design 2.10). log/ and
 * keys/ are enough; tiles and index are rebuilt from them. Layer 1 (audit).
 */
#include "audit/journal_state_int.h"

#include "poterne/base/num.h"

/* --- the last checkpoint --------------------------------------------------------------------- */

static pt_status read_below(const struct pt_journal *journal, const char *folder, const char *name,
                            struct pt_buf *out)
{
    char path[PT_PATH_MAX];
    char file[PT_PATH_MAX / 2U];

    PT_TRY(pt_file_join(folder, name, file, sizeof file));
    PT_TRY(pt_file_join(journal->dir, file, path, sizeof path));
    return pt_file_read(path, out);
}

/* Our own signature on our own origin; whose key it is, keys/log.vkey says. */
static pt_status checkpoint_judge(const struct pt_journal *journal, pt_slice note, pt_slice vkeys,
                                  struct pt_tree_head *ret_head)
{
    struct pt_vkeys keys;
    struct pt_checkpoint checkpoint;

    PT_ENSURE(pt_ok(pt_vkeys_parse(vkeys, &keys)), PT_E_FORGED);
    PT_ENSURE(pt_ok(pt_checkpoint_open(note, &keys, &checkpoint)), PT_E_FORGED);
    PT_ENSURE(pt_slice_eq(checkpoint.origin, journal->origin), PT_E_FORGED);
    *ret_head = checkpoint.head;
    return PT_SUCCESS;
}

static pt_status checkpoint_read(const struct pt_journal *journal, struct pt_buf *note,
                                 struct pt_buf *vkeys, struct pt_tree_head *ret_head)
{
    const pt_status st = read_below(journal, "tlog", "checkpoint", note);

    if (st.code == (uint32_t)PT_E_ABSENT) {
        *ret_head = (struct pt_tree_head){.size = 0U};
        return PT_SUCCESS;
    }
    PT_TRY(st);
    PT_ENSURE(pt_ok(read_below(journal, "keys", "log.vkey", vkeys)), PT_E_FORGED);
    return checkpoint_judge(journal, pt_buf_slice(note), pt_buf_slice(vkeys), ret_head);
}

static pt_status last_checkpoint(const struct pt_journal *journal, struct pt_tree_head *ret_head)
{
    struct pt_buf note;
    struct pt_buf vkeys;

    pt_buf_init(&note, PT_CHECKPOINT_MAX);
    pt_buf_init(&vkeys, PT_CHECKPOINT_MAX);
    const pt_status st = checkpoint_read(journal, &note, &vkeys, ret_head);
    pt_buf_done(&note);
    pt_buf_done(&vkeys);
    return st;
}

/* --- the tree --------------------------------------------------------------------------------- */

/* One leaf of the published tree: out of the store, or, of a purged month, out of its tile. */
static pt_status feed_one(struct pt_journal *journal, uint64_t seq, uint64_t first, uint64_t size)
{
    struct pt_stored stored;
    struct pt_tail_entry entry;

    if (seq < first) {
        PT_TRY(pt_tiles_read_leaf(journal->tiles, seq, size, &entry.leaf));
        return pt_tiles_add(journal->tiles, &entry.leaf, PT_SLICE_EMPTY);
    }
    PT_TRY(pt_seal_read(journal, seq, &stored, &entry));
    return pt_tiles_add(journal->tiles, &entry.leaf, stored.leaf);
}

static pt_status feed(struct pt_journal *journal, const struct pt_tree_head *head)
{
    const uint64_t first = pt_months_first(journal->months);
    struct pt_hash root;

    for (uint64_t seq = pt_tiles_size(journal->tiles); seq < head->size; seq++) {
        if (seq % PT_READ_TXN_ROWS_MAX == 0U) {
            pt_view_reset(journal->view);
        }
        PT_TRY(feed_one(journal, seq, first, head->size));
    }
    pt_tiles_root(journal->tiles, &root);
    PT_ENSURE(memcmp(&root, &head->root, sizeof root) == 0, PT_E_CORRUPT);
    return PT_SUCCESS;
}

/*
 * The short way: upper levels from the disk, the last tile from the store, always at least one
 * entry of it. When the root is another one, the long way decides: every tile again.
 */
static pt_status rebuild_tree(struct pt_journal *journal, const struct pt_tree_head *head,
                              struct pt_journal_boot *boot)
{
    if (head->size == 0U) {
        return PT_SUCCESS;
    }
    pt_status st =
        pt_tiles_load(journal->tiles, (head->size - 1U) - (head->size - 1U) % PT_TILE_WIDTH);
    if (pt_ok(st)) {
        st = feed(journal, head);
    }
    if (!pt_ok(st)) {
        pt_tiles_reset(journal->tiles);
        boot->rebuilt += head->size;
        st = feed(journal, head);
    }
    PT_TRY(st);
    st = pt_tiles_flush(journal->tiles); /* a full disk is no reason not to open */
    return st.code == (uint32_t)PT_E_FULL ? PT_SUCCESS : st;
}

/* What was committed after the last checkpoint. */
static pt_status read_tail(struct pt_journal *journal, uint64_t size)
{
    pt_tiles_range(journal->tiles, &journal->growing);
    journal->range = journal->growing;
    journal->tail_from = journal->growing.size;
    for (uint64_t seq = journal->growing.size; seq < size; seq++) {
        struct pt_stored stored;
        struct pt_tail_entry entry;

        if (seq % PT_READ_TXN_ROWS_MAX == 0U) {
            pt_view_reset(journal->view);
        }
        PT_TRY(pt_seal_read(journal, seq, &stored, &entry));
        pt_range_append(&journal->growing, &entry.leaf);
        pt_tail_push(journal, seq, &entry);
    }
    journal->range = journal->growing;
    return PT_SUCCESS;
}

/* --- the index -------------------------------------------------------------------------------- */

static pt_status index_month(struct pt_journal *journal, const struct pt_month_span *span,
                             struct pt_journal_boot *boot)
{
    uint64_t seq = 0;

    PT_TRY(pt_idx_watermark_of(journal->idx, span->month, &seq));
    PT_ENSURE(seq <= span->first + span->n, PT_E_CORRUPT);
    seq = seq > span->first ? seq : span->first;
    for (; seq < span->first + span->n; seq++) {
        struct pt_stored stored;
        struct pt_tail_entry entry;

        if (seq % PT_READ_TXN_ROWS_MAX == 0U) {
            pt_view_reset(journal->view);
        }
        PT_TRY(pt_seal_read(journal, seq, &stored, &entry));
        PT_TRY(pt_seal_index(journal, seq, span->month, &entry));
        boot->rebuilt++;
    }
    return pt_seal_index_flush(journal);
}

static pt_status rebuild_index(struct pt_journal *journal, struct pt_journal_boot *boot)
{
    struct pt_month_span span;

    for (size_t i = 0; pt_ok(pt_months_nth(journal->months, i, &span)); i++) {
        if (span.n != 0U) {
            PT_TRY(index_month(journal, &span, boot));
        }
    }
    return pt_idx_open_exchanges(journal->idx, &boot->open_exchanges);
}

/* --- the mark of an orderly close ------------------------------------------------------------- */

PT_RESULT pt_journal_mark_closed(const struct pt_journal *journal)
{
    char path[PT_PATH_MAX];
    char digits[PT_U64_DIGITS];
    const size_t n = pt_num_format(journal->range.size, digits);

    PT_TRY(pt_file_join(journal->dir, "closed", path, sizeof path));
    return pt_file_replace(path, pt_slice_of(digits, n), 0600);
}

/* The mark needs no removal: one entry more, and it says another size. */
static bool was_closed(const struct pt_journal *journal, uint64_t size)
{
    char path[PT_PATH_MAX];
    struct pt_buf mark;
    uint64_t marked = 0;

    pt_buf_init(&mark, PT_U64_DIGITS);
    const bool same = pt_ok(pt_file_join(journal->dir, "closed", path, sizeof path)) &&
                      pt_ok(pt_file_read(path, &mark)) &&
                      pt_ok(pt_num_u64(pt_buf_slice(&mark), 0U, UINT64_MAX, &marked)) &&
                      marked == size;
    pt_buf_done(&mark);
    return same;
}

/* --- all of it ---------------------------------------------------------------------------------
 */

static pt_status recover(struct pt_journal *journal, struct pt_journal_boot *boot)
{
    struct pt_tree_head head;

    PT_TRY(pt_months_size(journal->months, &boot->size));
    PT_TRY(last_checkpoint(journal, &head));
    PT_ENSURE(head.size <= boot->size, PT_E_CORRUPT);
    PT_TRY(rebuild_tree(journal, &head, boot));
    PT_TRY(read_tail(journal, boot->size));
    PT_TRY(rebuild_index(journal, boot));
    if (boot->size != 0U) {
        PT_TRY(pt_seal_time(journal, boot->size - 1U, &journal->last_ms));
    }
    boot->clean = was_closed(journal, boot->size);
    journal->sealed = head.size;
    journal->next = boot->size;
    journal->indexed = boot->size;
    journal->queued = boot->size;
    return PT_SUCCESS;
}

PT_RESULT pt_journal_recover(struct pt_journal *journal, struct pt_journal_boot *ret_boot)
{
    struct pt_journal_boot boot = {.clean = false};
    const pt_status st = recover(journal, &boot);

    pt_view_reset(journal->view);
    PT_TRY(st);
    *ret_boot = boot;
    return PT_SUCCESS;
}
