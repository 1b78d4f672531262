/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * seal.c -- tiles, index and the signed checkpoint of what is committed (audit-log design 2.6).
 *
 * Law: never in the commit path: a snapshot is taken under a lock, everything else happens without
 * it. The published tree is computed from what is stored, and compared with the tree that was
 * committed before anything is signed. Layer 1 (audit).
 */
#include "audit/journal_state_int.h"

#include "audit/leaf_read_int.h"
#include "poterne/base/codec.h"

#include <sys/statvfs.h>

/* --- entries out of the store --------------------------------------------------------------- */

/* The exchange of an entry out of its box A: "exchange" is its first disclosure when it has one,
 * ["<salt, 22 characters>","exchange","<36 characters>"]. */
static void exchange_of(pt_slice plain_a, struct pt_uuid *ret)
{
    const pt_slice name = PT_SLICE("\",\"exchange\",\"");
    const pt_slice rest = pt_slice_from(plain_a, 2U + PT_B64URL_LEN(16U));

    memset(ret, 0, sizeof *ret);
    if (pt_slice_starts(rest, name)) {
        const pt_slice text = pt_slice_head(pt_slice_from(rest, name.len), PT_UUID_TEXT);
        (void)pt_ok(pt_uuid_parse(text, ret)); /* another version of UUID: not indexed */
    }
}

static pt_status month_keys(struct pt_journal *journal, uint64_t seq)
{
    uint32_t month = 0;

    PT_TRY(pt_months_of(journal->months, seq, &month));
    if (journal->index_keys.month != month) {
        const pt_status st = pt_keyring_get(journal->keyring, month, &journal->index_keys);
        PT_ENSURE(pt_ok(st), PT_E_CORRUPT); /* entries whose keys are lost */
    }
    return PT_SUCCESS;
}

/* Box A of an entry, as text in journal->scratch. */
static pt_status open_a(struct pt_journal *journal, uint64_t seq, const struct pt_stored *stored)
{
    pt_buf_clear(&journal->scratch);
    PT_TRY(month_keys(journal, seq));
    return pt_stored_open_a(journal->cipher, &journal->index_keys, seq, stored, &journal->scratch);
}

static pt_status read_exchange(struct pt_journal *journal, uint64_t seq,
                               const struct pt_stored *stored, struct pt_uuid *ret)
{
    PT_TRY(open_a(journal, seq, stored));
    exchange_of(pt_buf_slice(&journal->scratch), ret);
    pt_buf_clear(&journal->scratch);
    return PT_SUCCESS;
}

/* ["<salt>","time","<24 characters>"]: values cannot imitate it, a quotation mark in them is
 * escaped. */
static pt_status time_of(pt_slice plain_a, uint64_t *ret_ms)
{
    const pt_slice name = PT_SLICE("\",\"time\",\"");

    while (plain_a.len != 0U) {
        const pt_slice line = pt_slice_cut(&plain_a, '\n');
        const pt_slice rest = pt_slice_from(line, 2U + PT_B64URL_LEN(16U));
        if (pt_slice_starts(rest, name)) {
            const pt_slice text = pt_slice_head(pt_slice_from(rest, name.len), PT_RFC3339_LEN);
            return pt_time_parse(text, ret_ms);
        }
    }
    return PT_FAIL(PT_E_CORRUPT);
}

PT_RESULT pt_seal_time(struct pt_journal *journal, uint64_t seq, uint64_t *ret_ms)
{
    pt_slice value;
    struct pt_stored stored;

    PT_TRY(pt_view_get(journal->view, seq, &value));
    PT_TRY(pt_stored_read(value, &stored));
    PT_TRY(open_a(journal, seq, &stored));
    const pt_status st = time_of(pt_buf_slice(&journal->scratch), ret_ms);
    pt_buf_clear(&journal->scratch);
    return st;
}

/* A leaf that is not of this place is damage. */
PT_RESULT pt_seal_read(struct pt_journal *journal, uint64_t seq, struct pt_stored *ret_stored,
                       struct pt_tail_entry *ret_entry)
{
    pt_slice value;
    struct pt_leaf leaf;
    struct pt_tail_entry entry;

    PT_TRY(pt_view_get(journal->view, seq, &value));
    PT_TRY(pt_stored_read(value, ret_stored));
    PT_ENSURE(pt_ok(pt_leaf_read(ret_stored->leaf, &leaf)) && leaf.seq == seq, PT_E_CORRUPT);
    PT_TRY(read_exchange(journal, seq, ret_stored, &entry.exchange));
    entry.type = leaf.type;
    pt_leaf_hash(ret_stored->leaf, &entry.leaf);
    *ret_entry = entry;
    return PT_SUCCESS;
}

/* The type of a leaf that this process has written: the last member but one. */
static pt_status type_of(pt_slice leaf, enum pt_entry_type *ret)
{
    static const struct {
        pt_slice end;
        enum pt_entry_type type;
    } ENDS[] = {
#define X(name, number, text) {PT_SLICE_INIT("\"t\":\"" text "\",\"v\":1}"), (name)},
        PT_ENTRIES(X)
#undef X
    };

    for (size_t i = 0; i < PT_COUNT(ENDS); i++) {
        const pt_slice end = ENDS[i].end;
        if (leaf.len > end.len && pt_slice_eq(pt_slice_from(leaf, leaf.len - end.len), end)) {
            *ret = ENDS[i].type;
            return PT_SUCCESS;
        }
    }
    return PT_FAIL(PT_E_CORRUPT);
}

/* What a checkpoint needs of an entry; of the tail, as long as it still knows. The hash is always
 * that of the bytes which are stored: what is damaged on its way is not signed. */
static pt_status read_entry(struct pt_journal *journal, uint64_t seq, struct pt_stored *ret_stored,
                            struct pt_tail_entry *ret_entry)
{
    pt_slice value;

    (void)pthread_mutex_lock(&journal->state);
    const bool known = pt_tail_get(journal, seq, ret_entry);
    (void)pthread_mutex_unlock(&journal->state);
    PT_TRY(pt_view_get(journal->view, seq, &value));
    PT_TRY(pt_stored_read(value, ret_stored));
    if (!known) {
        PT_TRY(type_of(ret_stored->leaf, &ret_entry->type));
        PT_TRY(read_exchange(journal, seq, ret_stored, &ret_entry->exchange));
    }
    pt_leaf_hash(ret_stored->leaf, &ret_entry->leaf);
    return PT_SUCCESS;
}

/* --- index ---------------------------------------------------------------------------------- */

PT_RESULT pt_seal_index_flush(struct pt_journal *journal)
{
    if (journal->nrows == 0U) {
        return PT_SUCCESS;
    }
    const uint64_t next = journal->rows[journal->nrows - 1U].seq + 1U;
    PT_TRY(pt_idx_put(journal->idx, journal->keyring, journal->rows_month, journal->rows,
                      journal->nrows));
    journal->nrows = 0;
    journal->indexed_us = pt_clock_mono_us(journal->clock);
    (void)pthread_mutex_lock(&journal->state);
    journal->indexed = next;
    (void)pthread_mutex_unlock(&journal->state);
    return PT_SUCCESS;
}

PT_RESULT pt_seal_index(struct pt_journal *journal, uint64_t seq, uint32_t month,
                        const struct pt_tail_entry *entry)
{
    if (journal->nrows == PT_IDX_ROWS_MAX || month != journal->rows_month) {
        PT_TRY(pt_seal_index_flush(journal));
    }
    journal->rows_month = month;
    journal->rows[journal->nrows] =
        (struct pt_idx_row){.seq = seq, .exchange = entry->exchange, .type = entry->type};
    journal->nrows++;
    journal->queued = seq + 1U;
    return PT_SUCCESS;
}

/* Waiting makes both rows of an exchange one, and lets those of a second share their pages. */
static pt_status index_when_due(struct pt_journal *journal)
{
    const uint64_t now = pt_clock_mono_us(journal->clock);

    if (now - journal->indexed_us < (uint64_t)PT_IDX_LAG_MS * 1000U) {
        return PT_SUCCESS;
    }
    return pt_seal_index_flush(journal);
}

/* --- one checkpoint -------------------------------------------------------------------------- */

/* Index before tiles: what fails is done again from where the tiles stand. */
static pt_status add_entry(struct pt_journal *journal, uint64_t seq)
{
    struct pt_stored stored;
    struct pt_tail_entry entry;
    uint32_t month = 0;

    PT_TRY(read_entry(journal, seq, &stored, &entry));
    if (seq >= journal->queued) {
        PT_TRY(pt_months_of(journal->months, seq, &month));
        PT_TRY(pt_seal_index(journal, seq, month, &entry));
    }
    return pt_tiles_add(journal->tiles, &entry.leaf, stored.leaf);
}

static pt_status add_entries(struct pt_journal *journal, uint64_t size)
{
    for (uint64_t seq = pt_tiles_size(journal->tiles); seq < size; seq++) {
        if (seq % PT_TILE_WIDTH == 0U) { /* often enough not to pin pages */
            pt_view_reset(journal->view);
        }
        PT_TRY(add_entry(journal, seq));
    }
    return PT_SUCCESS;
}

static pt_status publish(struct pt_journal *journal, const struct pt_range *range, uint64_t older)
{
    struct pt_tree_head head = {.size = range->size};
    struct pt_hash published;

    pt_range_root(range, &head.root);
    pt_tiles_root(journal->tiles, &published);
    PT_ENSURE(memcmp(&published, &head.root, sizeof published) == 0, PT_E_CORRUPT);
    PT_TRY(pt_tiles_flush(journal->tiles));
    PT_TRY(index_when_due(journal));
    PT_TRY(pt_checkpoint_sign(journal, &head, &journal->scratch));
    PT_TRY(pt_tiles_publish(journal->tiles, pt_buf_slice(&journal->scratch)));
    (void)pthread_mutex_lock(&journal->state);
    journal->sealed = head.size;
    (void)pthread_mutex_unlock(&journal->state);
    pt_tiles_forget(journal->tiles, older);
    return PT_SUCCESS;
}

static pt_status seal_range(struct pt_journal *journal, const struct pt_range *range,
                            uint64_t older)
{
    const pt_status st = add_entries(journal, range->size);

    pt_view_reset(journal->view);
    PT_TRY(st);
    return publish(journal, range, older);
}

static pt_status seal_once(struct pt_journal *journal, uint64_t *ret_size)
{
    (void)pthread_mutex_lock(&journal->state);
    const struct pt_range range = journal->range;
    const uint64_t older = journal->sealed;
    (void)pthread_mutex_unlock(&journal->state);

    if (range.size != older) {
        const pt_status st = seal_range(journal, &range, older);
        pt_buf_clear(&journal->scratch);
        PT_TRY(st);
    }
    *ret_size = range.size;
    return PT_SUCCESS;
}

/* Zeroes ahead of the store take room; never the room that is reserved, nor much of what is left.
 */
static pt_status tend(struct pt_journal *journal)
{
    struct statvfs vfs;

    PT_ENSURE(statvfs(journal->dir, &vfs) == 0, PT_E_IO);
    const uint64_t room = (uint64_t)vfs.f_bavail * vfs.f_frsize;
    if (room / 4U < journal->ahead_bytes || room / 4U < journal->reserve_bytes) {
        return PT_SUCCESS;
    }
    return pt_months_tend(journal->months);
}

PT_RESULT pt_journal_seal(struct pt_journal *journal, uint64_t *ret_size)
{
    uint64_t size = 0;

    (void)pthread_mutex_lock(&journal->sealing);
    pt_status st = seal_once(journal, &size);
    const pt_status tended = tend(journal);
    if (!pt_ok(tended)) {
        pt_journal_poison(journal);
        st = pt_ok(st) ? tended : st;
    }
    (void)pthread_mutex_unlock(&journal->sealing);
    PT_TRY(st);
    *ret_size = size;
    return PT_SUCCESS;
}
