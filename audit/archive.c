/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * archive.c -- one entry at a time: fetch, open, find by exchange.
 *
 * Law: reading never holds the writer up. A stored value is copied out and the transaction closed
 * before anything is done with it (a reader that stays makes the file grow). An entry whose boxes
 * do not open is still an entry: its clear part is for ever. Layer 1 (audit).
 */
#include "audit/archive_int.h"

#include "audit/disclosed_int.h"
#include "poterne/base/secret.h"

#include <stdio.h>
#include <stdlib.h>

#define MS_PER_HOUR 3600000U

/* --- life ------------------------------------------------------------------------------------ */

static pt_status archive_start(struct pt_archive *archive)
{
    pt_buf_init(&archive->value, PT_RECORD_MAX + PT_LEAF_MAX);
    pt_buf_init(&archive->plain_s, PT_BOX_MAX);
    pt_buf_init(&archive->plain_a, PT_BOX_MAX);
    PT_TRY(pt_cipher_new(&archive->cipher));
    return pt_view_open(archive->months, &archive->view);
}

static pt_status start_of_journal(struct pt_archive *archive, struct pt_journal *journal)
{
    archive->journal = journal;
    archive->months = pt_journal_months(journal);
    archive->keyring = pt_journal_keyring(journal);
    const int n = snprintf(archive->dir, sizeof archive->dir, "%s", pt_journal_dir(journal));
    PT_ENSURE(n > 0 && (size_t)n < sizeof archive->dir, PT_E_LIMIT);
    return archive_start(archive);
}

PT_RESULT pt_archive_of(struct pt_journal *journal, struct pt_archive **ret_archive)
{
    struct pt_archive *archive = calloc(1, sizeof *archive);

    PT_ENSURE(archive != NULL, PT_E_NOMEM);
    const pt_status st = start_of_journal(archive, journal);
    if (!pt_ok(st)) {
        (void)pt_archive_close(archive);
        return st;
    }
    *ret_archive = archive;
    return PT_SUCCESS;
}

/* The index is worth nothing without keys: its rows bear tags, not identifiers. */
static pt_status open_keys(struct pt_archive *archive, pt_slice kek)
{
    char path[PT_PATH_MAX];

    if (kek.len == 0U) {
        return PT_SUCCESS;
    }
    PT_TRY(pt_file_join(archive->dir, "keys/keyring", path, sizeof path));
    PT_TRY(pt_keyring_open(path, kek, &archive->keyring));
    return pt_idx_open(archive->dir, false, &archive->idx);
}

static pt_status start_alone(struct pt_archive *archive, const char *dir, pt_slice kek)
{
    const struct pt_months_options options = {.dir = dir, .writable = false};
    const int n = snprintf(archive->dir, sizeof archive->dir, "%s", dir);

    PT_ENSURE(n > 0 && (size_t)n < sizeof archive->dir, PT_E_LIMIT);
    PT_TRY(pt_months_open(&options, &archive->months));
    PT_TRY(open_keys(archive, kek));
    return archive_start(archive);
}

PT_RESULT pt_archive_open(const char *dir, pt_slice kek, struct pt_archive **ret_archive)
{
    struct pt_archive *archive = calloc(1, sizeof *archive);

    PT_ENSURE(archive != NULL, PT_E_NOMEM);
    const pt_status st = start_alone(archive, dir, kek);
    if (!pt_ok(st)) {
        (void)pt_archive_close(archive);
        return st;
    }
    *ret_archive = archive;
    return PT_SUCCESS;
}

struct pt_archive *pt_archive_close(struct pt_archive *archive)
{
    if (archive == NULL) {
        return NULL;
    }
    archive->view = pt_view_close(archive->view);
    archive->cipher = pt_cipher_free(archive->cipher);
    if (archive->journal == NULL) {
        archive->idx = pt_idx_close(archive->idx);
        archive->keyring = pt_keyring_free(archive->keyring);
        archive->months = pt_months_close(archive->months);
    }
    pt_month_keys_done(&archive->keys);
    pt_buf_done(&archive->value);
    pt_buf_done(&archive->plain_s);
    pt_buf_done(&archive->plain_a);
    free(archive);
    return NULL;
}

PT_RESULT pt_archive_size(struct pt_archive *archive, uint64_t *ret_size)
{
    if (archive->journal != NULL) {
        *ret_size = pt_journal_size(archive->journal);
        return PT_SUCCESS;
    }
    return pt_months_size(archive->months, ret_size);
}

bool pt_archive_has_keys(const struct pt_archive *archive)
{
    return archive->keyring != NULL;
}

/* --- one entry ------------------------------------------------------------------------------- */

PT_RESULT pt_archive_fetch(struct pt_archive *archive, uint64_t seq, struct pt_stored *ret_stored,
                           struct pt_leaf *ret_leaf)
{
    pt_slice value;

    PT_TRY(pt_view_get(archive->view, seq, &value));
    pt_buf_clear(&archive->value);
    pt_buf_put(&archive->value, value);
    PT_ENSURE(pt_ok(pt_buf_status(&archive->value)), PT_E_CORRUPT);
    PT_TRY(pt_stored_read(pt_buf_slice(&archive->value), ret_stored));
    PT_ENSURE(pt_ok(pt_leaf_read(ret_stored->leaf, ret_leaf)) && ret_leaf->seq == seq,
              PT_E_CORRUPT);
    return PT_SUCCESS;
}

static pt_status month_keys(struct pt_archive *archive, uint64_t seq)
{
    uint32_t month = 0;

    PT_ENSURE(archive->keyring != NULL, PT_E_ABSENT);
    PT_TRY(pt_months_of(archive->months, seq, &month));
    if (archive->keys.month == month) {
        return PT_SUCCESS;
    }
    pt_month_keys_done(&archive->keys);
    archive->keys.month = 0;
    return pt_keyring_get(archive->keyring, month, &archive->keys);
}

PT_RESULT pt_archive_unseal(struct pt_archive *archive, uint64_t seq,
                            const struct pt_stored *stored)
{
    pt_buf_clear(&archive->plain_s);
    pt_buf_clear(&archive->plain_a);
    PT_TRY(month_keys(archive, seq));
    return pt_stored_open(archive->cipher, &archive->keys, seq, stored, &archive->plain_s,
                          &archive->plain_a);
}

static pt_status disclose(struct pt_archive *archive, uint64_t seq, const struct pt_stored *stored,
                          struct pt_record *record, uint64_t *time_ms)
{
    PT_TRY(pt_archive_unseal(archive, seq, stored));
    PT_TRY(pt_disclosed_read(&archive->plain_s, record, time_ms));
    return pt_disclosed_read(&archive->plain_a, record, time_ms);
}

void pt_archive_entry(struct pt_archive *archive, const struct pt_stored *stored,
                      const struct pt_leaf *leaf, bool clear, struct pt_entry *ret_entry)
{
    struct pt_entry entry = {.seq = leaf->seq,
                             .leaf = stored->leaf,
                             .hour = leaf->hour,
                             .time_ms = leaf->hour * MS_PER_HOUR};
    struct pt_record record = {.type = leaf->type,
                               .outcome = leaf->outcome,
                               .dataset = leaf->dataset,
                               .procedure = leaf->procedure,
                               .mode = leaf->mode,
                               .filter = leaf->filter,
                               .count = leaf->count};

    memcpy(record.conf, leaf->conf, sizeof record.conf);
    entry.record = record;
    if (!clear && pt_ok(disclose(archive, leaf->seq, stored, &record, &entry.time_ms))) {
        entry.record = record;
        entry.opened = true;
    } else {
        entry.time_ms = leaf->hour * MS_PER_HOUR;
    }
    *ret_entry = entry;
}

PT_RESULT pt_archive_get(struct pt_archive *archive, uint64_t seq, struct pt_entry *ret_entry)
{
    struct pt_stored stored;
    struct pt_leaf leaf;

    const pt_status st = pt_archive_fetch(archive, seq, &stored, &leaf);
    pt_view_reset(archive->view);
    PT_TRY(st);
    pt_archive_entry(archive, &stored, &leaf, false, ret_entry);
    return PT_SUCCESS;
}

/* --- by exchange ------------------------------------------------------------------------------ */

struct search {
    const struct pt_uuid *id;
    uint64_t first;
    uint64_t last;
    bool found;
};

/* Only box A tells which exchange an entry is about. */
static pt_status look_at(struct pt_archive *archive, uint64_t seq, struct search *search)
{
    struct pt_stored stored;
    struct pt_leaf leaf;
    struct pt_record record = {.type = PT_ENTRY_ASKED};
    uint64_t time_ms = 0;

    PT_TRY(pt_archive_fetch(archive, seq, &stored, &leaf));
    PT_TRY(month_keys(archive, seq));
    pt_buf_clear(&archive->plain_a);
    PT_TRY(pt_stored_open_a(archive->cipher, &archive->keys, seq, &stored, &archive->plain_a));
    PT_TRY(pt_disclosed_read(&archive->plain_a, &record, &time_ms));
    if (memcmp(record.exchange.bytes, search->id->bytes, PT_UUID_LEN) == 0) {
        search->first = search->found ? search->first : seq;
        search->last = seq;
        search->found = true;
    }
    return PT_SUCCESS;
}

static pt_status scan(struct pt_archive *archive, uint64_t from, struct search *search)
{
    uint64_t size = 0;

    PT_TRY(pt_archive_size(archive, &size));
    for (uint64_t seq = from; seq < size; seq++) {
        const pt_status st = look_at(archive, seq, search);
        if (seq % PT_READ_TXN_ROWS_MAX == 0U || !pt_ok(st)) {
            pt_view_reset(archive->view);
        }
        /* an entry that cannot be opened cannot be the one: its keys are dead or it is damaged */
        PT_ENSURE(st.code != (uint32_t)PT_E_IO && st.code != (uint32_t)PT_E_NOMEM, st.code);
    }
    pt_view_reset(archive->view);
    return PT_SUCCESS;
}

static pt_status find_alone(struct pt_archive *archive, struct search *search)
{
    uint64_t from = 0;

    const pt_status st =
        pt_idx_find(archive->idx, archive->keyring, search->id, &search->first, &search->last);
    PT_ENSURE(pt_ok(st) || st.code == (uint32_t)PT_E_ABSENT, st.code);
    search->found = pt_ok(st);
    PT_TRY(pt_idx_watermark(archive->idx, &from));
    PT_TRY(scan(archive, from, search));
    PT_ENSURE(search->found, PT_E_ABSENT);
    return PT_SUCCESS;
}

PT_RESULT pt_archive_exchange(struct pt_archive *archive, const struct pt_uuid *id,
                              uint64_t *ret_first, uint64_t *ret_last)
{
    struct search search = {.id = id};

    if (archive->journal != NULL) {
        return pt_journal_find(archive->journal, id, ret_first, ret_last);
    }
    PT_ENSURE(archive->keyring != NULL, PT_E_DENIED);
    PT_TRY(find_alone(archive, &search));
    *ret_first = search.first;
    *ret_last = search.last;
    return PT_SUCCESS;
}
