/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * archive_proof.c -- receipts and proofs out of the published tiles.
 *
 * Law: a proof is checked before it is handed out; what a client gets is about its own exchange or
 * does not exist. Layer 1 (audit).
 */
#include "audit/archive_int.h"

#include "audit/proof_int.h"
#include "poterne/audit/note.h"

PT_RESULT pt_archive_checkpoint(struct pt_archive *archive, struct pt_buf *out)
{
    char path[PT_PATH_MAX];

    PT_TRY(pt_file_join(archive->dir, "tlog/checkpoint", path, sizeof path));
    return pt_file_read(path, out);
}

/* The tiles of another size are of no use: partial ones grow. */
static pt_status aim_tiles(struct pt_archive *archive, char *dir, size_t size, uint64_t tree)
{
    PT_TRY(pt_file_join(archive->dir, "tlog", dir, size));
    for (unsigned level = 0; level < PT_TILE_LEVELS; level++) {
        archive->tiles.tiles[level].loaded = false;
    }
    archive->tiles.dir = dir;
    archive->tiles.size = tree;
    return PT_SUCCESS;
}

static pt_status prove(struct pt_archive *archive, const struct pt_stored *stored, uint64_t seq,
                       const pt_slice boxes[static 2], pt_slice note, struct pt_buf *out)
{
    char dir[PT_PATH_MAX];
    struct pt_checkpoint cp;
    struct pt_hash leaf;
    struct pt_hash hashes[64];
    size_t n = 0;
    const struct pt_hash_port port = {.get = pt_tile_source_get, .ctx = &archive->tiles};

    PT_TRY(pt_checkpoint_peek(note, &cp));
    PT_ENSURE(seq < cp.head.size, PT_E_AGAIN);
    PT_TRY(aim_tiles(archive, dir, sizeof dir, cp.head.size));
    PT_TRY(pt_inclusion_prove(&port, seq, cp.head.size, hashes, &n));
    pt_leaf_hash(stored->leaf, &leaf);
    PT_ENSURE(pt_ok(pt_inclusion_verify(seq, cp.head.size, &leaf, hashes, n, &cp.head.root)),
              PT_E_CORRUPT);
    const struct pt_proof_parts parts = {.index = seq,
                                         .hashes = hashes,
                                         .n = n,
                                         .leaf = stored->leaf,
                                         .boxes = {boxes[0], boxes[1]},
                                         .checkpoint = note};
    return pt_proof_write(&parts, out);
}

static pt_status prove_published(struct pt_archive *archive, const struct pt_stored *stored,
                                 uint64_t seq, const pt_slice boxes[static 2], struct pt_buf *out)
{
    struct pt_buf note;

    pt_buf_init(&note, PT_NOTE_MAX);
    pt_status st = pt_archive_checkpoint(archive, &note);
    if (pt_ok(st)) {
        st = prove(archive, stored, seq, boxes, pt_buf_slice(&note), out);
    } else if (st.code == (uint32_t)PT_E_ABSENT) {
        st = PT_FAIL(PT_E_AGAIN); /* nothing was published yet */
    }
    pt_buf_done(&note);
    return st;
}

PT_RESULT pt_archive_prove(struct pt_archive *archive, uint64_t seq, struct pt_buf *out)
{
    static const pt_slice CLOSED[2] = {{.ptr = NULL, .len = 0U}, {.ptr = NULL, .len = 0U}};
    struct pt_stored stored;
    struct pt_leaf leaf;

    const pt_status st = pt_archive_fetch(archive, seq, &stored, &leaf);
    pt_view_reset(archive->view);
    PT_TRY(st);
    return prove_published(archive, &stored, seq, CLOSED, out);
}

PT_RESULT pt_archive_receipt(struct pt_archive *archive, const struct pt_uuid *id, pt_slice client,
                             struct pt_buf *out)
{
    struct pt_owned owned;
    struct pt_stored stored;
    struct pt_leaf leaf;

    PT_TRY(pt_archive_own(archive, id, client, &owned));
    const pt_status st = pt_archive_fetch(archive, owned.last, &stored, &leaf);
    pt_view_reset(archive->view);
    PT_TRY(st);
    PT_TRY(pt_archive_unseal(archive, owned.last, &stored));
    const pt_slice boxes[2] = {pt_buf_slice(&archive->plain_s), pt_buf_slice(&archive->plain_a)};
    return prove_published(archive, &stored, owned.last, boxes, out);
}
