/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * verify.c -- a receipt, or a whole tlog-tiles folder, against verifier keys.
 *
 * Law: only the keys are trusted; everything else is recomputed. Of two files that contradict each
 * other the one that leads to the signed root is right, so the verdict names the other. Layer 1
 * (audit), part of the pure proof library.
 */
#include "poterne/audit/verify.h"

#include "audit/proof_int.h"
#include "audit/tlog_int.h"
#include "audit/verify_int.h"
#include "poterne/audit/note.h"
#include "poterne/base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define RETRIES 5U /* the writer may publish while we read */

const char *pt_fault_code(enum pt_fault fault)
{
    static const char *const CODES[] = {
#define X(name, code, text) code,
        PT_FAULTS(X)
#undef X
    };
    return (size_t)fault < PT_COUNT(CODES) ? CODES[fault] : "unknown";
}

const char *pt_fault_text(enum pt_fault fault)
{
    static const char *const TEXTS[] = {
#define X(name, code, text) text,
        PT_FAULTS(X)
#undef X
    };
    return (size_t)fault < PT_COUNT(TEXTS) ? TEXTS[fault] : "anomalie inconnue";
}

pt_status pt_verdict_fault(struct pt_verdict *verdict, enum pt_fault fault, uint64_t seq,
                           const char *file)
{
    if (verdict->fault == PT_FAULT_NONE) {
        verdict->fault = fault;
        verdict->bad_seq = seq;
        (void)snprintf(verdict->file, sizeof verdict->file, "%s", file);
    }
    return PT_FAIL(PT_E_FORGED);
}

pt_status pt_verdict_end(struct pt_verdict *verdict, pt_status st)
{
    verdict->ok = verdict->fault == PT_FAULT_NONE;
    if (!verdict->ok) {
        return PT_SUCCESS; /* the fault is the answer */
    }
    return st;
}

static enum pt_fault leaf_fault(const struct pt_reading *reading, pt_slice bytes, uint64_t seq,
                                struct pt_leaf *ret_leaf)
{
    if (!pt_ok(pt_leaf_read(bytes, ret_leaf))) {
        return PT_FAULT_LEAF;
    }
    if (ret_leaf->seq != seq) {
        return PT_FAULT_ORDER;
    }
    return ret_leaf->hour < reading->hour ? PT_FAULT_TIME : PT_FAULT_NONE;
}

bool pt_leaf_follows(struct pt_reading *reading, pt_slice bytes, uint64_t seq)
{
    struct pt_leaf leaf = {.seq = 0U};

    reading->fault = leaf_fault(reading, bytes, seq, &leaf);
    if (reading->fault == PT_FAULT_NONE) {
        reading->leaf = leaf;
        reading->hour = leaf.hour;
    }
    return reading->fault == PT_FAULT_NONE;
}

/* --- a receipt ------------------------------------------------------------------------------ */

struct receipt {
    const struct pt_vkeys *vkeys;
    struct pt_verdict *verdict;
    struct pt_buf json;
    struct pt_buf leaf;
};

static pt_status receipt_fault(const struct receipt *r, enum pt_fault fault, uint64_t seq)
{
    return pt_verdict_fault(r->verdict, fault, seq, "");
}

static pt_status check_disclosures(const struct receipt *r, const struct pt_leaf *leaf,
                                   pt_slice rest)
{
    char commitment[PT_COMMITMENT_TEXT];
    pt_slice disclosure;

    while (rest.len != 0U) {
        if (!pt_ok(pt_disclosure_next(&rest, &disclosure))) {
            return receipt_fault(r, PT_FAULT_SYNTAX, UINT64_MAX);
        }
        pt_disclosure_commitment(disclosure, commitment);
        if (!pt_leaf_commits(leaf, pt_slice_of(commitment, sizeof commitment))) {
            return receipt_fault(r, PT_FAULT_DISCLOSURE, leaf->seq);
        }
    }
    return PT_SUCCESS;
}

/* What the receipt says of itself: a canonical leaf that bears the number of its place. */
static pt_status check_content(struct receipt *r, const struct pt_proof *proof,
                               struct pt_hash *ret_hash)
{
    struct pt_reading reading = {.hour = 0U};
    pt_slice disclosures;

    const pt_status st = pt_extra_open(proof->extra, &r->json, &r->leaf, &disclosures);
    if (st.code == (uint32_t)PT_E_NOMEM) {
        return st;
    }
    if (!pt_ok(st)) {
        return receipt_fault(r, PT_FAULT_SYNTAX, UINT64_MAX);
    }
    const pt_slice bytes = pt_buf_slice(&r->leaf);
    if (!pt_leaf_follows(&reading, bytes, proof->index)) {
        return receipt_fault(r, reading.fault, proof->index);
    }
    pt_leaf_hash(bytes, ret_hash);
    return check_disclosures(r, &reading.leaf, disclosures);
}

static pt_status check_receipt(struct receipt *r, pt_slice text)
{
    struct pt_proof proof;
    struct pt_checkpoint cp;
    struct pt_hash leaf;

    if (!pt_ok(pt_proof_parse(text, &proof))) {
        return receipt_fault(r, PT_FAULT_SYNTAX, UINT64_MAX);
    }
    if (!pt_ok(pt_checkpoint_open(proof.checkpoint, r->vkeys, &cp))) {
        return receipt_fault(r, PT_FAULT_CHECKPOINT, UINT64_MAX);
    }
    r->verdict->size = cp.head.size;
    PT_TRY(check_content(r, &proof, &leaf));
    if (!pt_ok(pt_inclusion_verify(proof.index, cp.head.size, &leaf, proof.hashes, proof.n,
                                   &cp.head.root))) {
        return receipt_fault(r, PT_FAULT_PROOF, proof.index);
    }
    r->verdict->entries = 1U;
    return PT_SUCCESS;
}

PT_RESULT pt_verify_receipt(pt_slice receipt, pt_slice vkeys, struct pt_verdict *ret)
{
    struct pt_vkeys keys;
    struct pt_verdict verdict = {.bad_seq = UINT64_MAX};
    struct receipt r = {.vkeys = &keys, .verdict = &verdict};

    PT_TRY(pt_vkeys_parse(vkeys, &keys));
    pt_buf_init(&r.json, PT_RECEIPT_MAX);
    pt_buf_init(&r.leaf, PT_LEAF_MAX + 3U);
    const pt_status st = pt_verdict_end(&verdict, check_receipt(&r, receipt));
    pt_buf_done(&r.json);
    pt_buf_done(&r.leaf);
    PT_TRY(st);
    *ret = verdict;
    return PT_SUCCESS;
}

/* --- a folder of tiles ---------------------------------------------------------------------- */

struct level {
    uint64_t index; /* of the tile that is being filled */
    unsigned n;
    struct pt_hash hashes[PT_TILE_WIDTH];
};

struct check {
    const char *dir;
    const struct pt_verify_options *options;
    struct pt_verdict *verdict;
    struct pt_tree_head head;
    struct pt_range entries; /* the tree that the entries give */
    struct pt_reading reading;
    bool doubt; /* two files contradict each other: who is right is decided at the end */
    uint64_t doubt_seq;
    char doubt_file[PT_TILE_PATH_MAX];
    struct level levels[PT_TILE_LEVELS];
};

/* One tile or bundle under comparison with all its stored versions. */
struct compare {
    struct check *check;
    unsigned level;
    uint64_t index;
    unsigned need;  /* items that the checkpoint covers */
    unsigned known; /* items whose hash was taken from a bundle */
    bool covered;   /* a version with all of them was seen */
    bool optional;  /* none at all is no fault */
    struct pt_hash *hashes;
};

static uint64_t first_seq(const struct compare *c, unsigned item)
{
    const unsigned shift = c->level == PT_TILE_ENTRIES ? 0U : c->level * 8U;

    return (c->index * PT_TILE_WIDTH + item) << shift;
}

static pt_status missing(const struct compare *c)
{
    char path[PT_TILE_PATH_MAX];

    pt_tile_path(c->level, c->index, c->need, path);
    return pt_verdict_fault(c->check->verdict, PT_FAULT_MISSING, first_seq(c, 0U), path);
}

static void doubt(const struct compare *c, unsigned item, const char *path)
{
    struct check *check = c->check;

    if (!check->doubt) {
        check->doubt = true;
        check->doubt_seq = first_seq(c, item);
        (void)snprintf(check->doubt_file, sizeof check->doubt_file, "%s", path);
    }
}

/* Every version in the folder is a prefix of the same sequence. */
static pt_status see_tile(void *ctx, const struct pt_tile_version *version)
{
    struct compare *c = ctx;
    const unsigned n = version->width < c->need ? version->width : c->need;

    if (version->bytes.len != (size_t)version->width * PT_HASH_LEN) {
        return pt_verdict_fault(c->check->verdict, PT_FAULT_TILE, first_seq(c, 0U), version->path);
    }
    c->covered = c->covered || version->width >= c->need;
    for (unsigned i = 0; i < n; i++) {
        if (memcmp(c->hashes[i].bytes, version->bytes.ptr + (size_t)i * PT_HASH_LEN, PT_HASH_LEN) !=
            0) {
            doubt(c, i, version->path);
            break;
        }
    }
    return PT_SUCCESS;
}

/* Files that are too long or no files at all are faults of the log; rights and memory are not. */
static pt_status each_version(struct compare *c,
                              PT_RESULT (*see)(void *ctx, const struct pt_tile_version *version))
{
    const pt_status st = pt_tile_each(c->check->dir, c->level, c->index, see, c);
    const bool rights = st.aux == EACCES || st.aux == EPERM || st.aux == ENOMEM;

    if (st.code == (uint32_t)PT_E_LIMIT || (st.code == (uint32_t)PT_E_IO && !rights)) {
        return missing(c);
    }
    PT_TRY(st);
    return c->covered || c->optional ? PT_SUCCESS : missing(c);
}

/* The tile is complete (for this size): compare it; a full one is a hash of the level above. */
static pt_status finish_tile(struct check *check, unsigned level, struct pt_hash *ret_root)
{
    struct level *at = &check->levels[level];
    struct compare c = {
        .check = check, .level = level, .index = at->index, .need = at->n, .hashes = at->hashes};
    struct pt_range range;

    PT_TRY(each_version(&c, see_tile));
    pt_range_init(&range);
    for (unsigned i = 0; i < at->n; i++) {
        pt_range_append(&range, &at->hashes[i]);
    }
    pt_range_root(&range, ret_root);
    at->n = 0;
    at->index++;
    return PT_SUCCESS;
}

static pt_status push(struct check *check, const struct pt_hash *leaf)
{
    struct pt_hash hash = *leaf;

    pt_range_append(&check->entries, leaf);
    for (unsigned level = 0; level < PT_TILE_LEVELS; level++) {
        struct level *at = &check->levels[level];
        at->hashes[at->n++] = hash;
        if (at->n < PT_TILE_WIDTH) {
            return PT_SUCCESS;
        }
        PT_TRY(finish_tile(check, level, &hash));
    }
    return PT_FAIL(PT_E_LIMIT);
}

/* One entry of a bundle: of the first version that reaches it the hash is kept. */
static pt_status see_entry(struct compare *c, unsigned item, pt_slice entry, const char *path)
{
    struct check *check = c->check;
    struct pt_hash hash;

    pt_leaf_hash(entry, &hash);
    if (item < c->known) {
        return memcmp(hash.bytes, c->hashes[item].bytes, PT_HASH_LEN) == 0
                   ? PT_SUCCESS
                   : pt_verdict_fault(check->verdict, PT_FAULT_LEAF, first_seq(c, item), path);
    }
    if (!check->options->foreign && !pt_leaf_follows(&check->reading, entry, first_seq(c, item))) {
        return pt_verdict_fault(check->verdict, check->reading.fault, first_seq(c, item), path);
    }
    c->hashes[item] = hash;
    c->known++;
    return PT_SUCCESS;
}

static pt_status see_bundle(void *ctx, const struct pt_tile_version *version)
{
    struct compare *c = ctx;
    pt_slice rest = version->bytes;
    pt_slice entry;

    for (unsigned i = 0; i < version->width; i++) {
        if (!pt_ok(pt_bundle_next(&rest, &entry))) {
            return pt_verdict_fault(c->check->verdict, PT_FAULT_LEAF, first_seq(c, i),
                                    version->path);
        }
        if (i < c->need) {
            PT_TRY(see_entry(c, i, entry, version->path));
        }
    }
    if (rest.len != 0U) {
        return pt_verdict_fault(c->check->verdict, PT_FAULT_LEAF, first_seq(c, version->width - 1U),
                                version->path);
    }
    c->covered = c->covered || version->width >= c->need;
    return PT_SUCCESS;
}

/* Another program's log without entry bundles: its own level 0 tile gives the leaf hashes. */
static pt_status take_tile(struct compare *c)
{
    struct pt_buf bytes;
    unsigned width = 0;

    pt_buf_init(&bytes, PT_TILE_BYTES);
    const pt_status st = pt_tile_read(c->check->dir, 0U, c->index, c->need, &bytes, &width);
    if (pt_ok(st) && bytes.len == (size_t)width * PT_HASH_LEN) {
        memcpy(c->hashes, bytes.ptr, (size_t)c->need * PT_HASH_LEN);
        c->known = c->need;
    }
    pt_buf_done(&bytes);
    return c->known == c->need ? PT_SUCCESS : missing(c);
}

/* The leaf hashes of one bundle, then their way up. */
static pt_status check_bundle(struct check *check, uint64_t index, struct pt_hash *hashes)
{
    struct compare c = {.check = check,
                        .level = PT_TILE_ENTRIES,
                        .index = index,
                        .need = pt_tile_width(PT_TILE_ENTRIES, index, check->head.size),
                        .hashes = hashes};

    c.optional = check->options->foreign;
    PT_TRY(each_version(&c, see_bundle));
    if (!c.covered) {
        PT_TRY(take_tile(&c));
    }
    for (unsigned i = 0; i < c.need; i++) {
        PT_TRY(push(check, &hashes[i]));
    }
    check->verdict->entries += c.need;
    if (check->options->progress != NULL) {
        check->options->progress(check->options->ctx, check->verdict->entries, check->head.size);
    }
    return PT_SUCCESS;
}

/* Whoever leads to the signed root is right: the entries, or the file that contradicts them. */
static pt_status check_root(struct check *check)
{
    struct pt_hash root;
    char path[PT_TILE_PATH_MAX];
    const uint64_t bundle = check->doubt_seq / PT_TILE_WIDTH;

    pt_range_root(&check->entries, &root);
    const bool right = memcmp(root.bytes, check->head.root.bytes, PT_HASH_LEN) == 0;
    if (check->doubt && right) {
        return pt_verdict_fault(check->verdict, PT_FAULT_TILE, check->doubt_seq, check->doubt_file);
    }
    if (check->doubt) {
        pt_tile_path(PT_TILE_ENTRIES, bundle,
                     pt_tile_width(PT_TILE_ENTRIES, bundle, check->head.size), path);
        return pt_verdict_fault(check->verdict, PT_FAULT_LEAF, check->doubt_seq, path);
    }
    return right ? PT_SUCCESS
                 : pt_verdict_fault(check->verdict, PT_FAULT_ROOT, UINT64_MAX, "checkpoint");
}

static pt_status check_tree(struct check *check)
{
    struct pt_hash hashes[PT_TILE_WIDTH];
    struct pt_hash ignored;
    const uint64_t bundles = (check->head.size + PT_TILE_WIDTH - 1U) / PT_TILE_WIDTH;

    for (uint64_t i = 0; i < bundles; i++) {
        PT_TRY(check_bundle(check, i, hashes));
    }
    for (unsigned level = 0; level < PT_TILE_LEVELS; level++) {
        if (check->levels[level].n != 0U) {
            PT_TRY(finish_tile(check, level, &ignored));
        }
    }
    return check_root(check);
}

static pt_status check_folder(struct check *check, const struct pt_vkeys *keys, pt_slice note)
{
    struct pt_checkpoint cp;

    if (!pt_ok(pt_checkpoint_open(note, keys, &cp)) || (!check->options->foreign && !cp.complete)) {
        return pt_verdict_fault(check->verdict, PT_FAULT_CHECKPOINT, UINT64_MAX, "checkpoint");
    }
    check->head = cp.head;
    check->verdict->size = cp.head.size;
    pt_range_init(&check->entries);
    return check_tree(check);
}

static pt_status read_checkpoint(const char *dir, struct pt_buf *note)
{
    char path[PT_PATH_MAX];

    pt_buf_clear(note);
    PT_TRY(pt_file_join(dir, "checkpoint", path, sizeof path));
    const pt_status st = pt_file_read(path, note);
    if (st.code == (uint32_t)PT_E_ABSENT || st.code == (uint32_t)PT_E_LIMIT) {
        pt_buf_clear(note); /* no checkpoint: an empty text verifies under no key */
        return PT_SUCCESS;
    }
    return st;
}

/* In place: the struct is too large for a stack. */
static void start_over(struct check *check)
{
    const char *const dir = check->dir;
    const struct pt_verify_options *const options = check->options;
    struct pt_verdict *const verdict = check->verdict;

    memset(check, 0, sizeof *check);
    check->dir = dir;
    check->options = options;
    check->verdict = verdict;
    *verdict = (struct pt_verdict){.bad_seq = UINT64_MAX};
}

/* Again when the checkpoint changed under our feet: the writer publishes several times a second. */
static pt_status check_attempts(struct check *check, const struct pt_vkeys *keys,
                                struct pt_buf *note, struct pt_buf *again)
{
    struct pt_verdict *verdict = check->verdict;
    pt_status st = PT_SUCCESS;

    PT_TRY(read_checkpoint(check->dir, note));
    for (unsigned attempt = 0; attempt < RETRIES; attempt++) {
        start_over(check);
        st = pt_verdict_end(verdict, check_folder(check, keys, pt_buf_slice(note)));
        PT_TRY(st);
        if (verdict->ok) {
            break;
        }
        PT_TRY(read_checkpoint(check->dir, again));
        if (pt_slice_eq(pt_buf_slice(note), pt_buf_slice(again))) {
            break;
        }
        pt_buf_clear(note);
        pt_buf_put(note, pt_buf_slice(again));
        PT_TRY(pt_buf_status(note));
    }
    return st;
}

PT_RESULT pt_verify_tlog(const char *dir, const struct pt_verify_options *options,
                         struct pt_verdict *ret)
{
    struct pt_vkeys keys;
    struct pt_verdict verdict = {.bad_seq = UINT64_MAX};
    struct pt_buf notes[2];

    PT_TRY(pt_vkeys_parse(options->vkeys, &keys));
    struct check *check = calloc(1, sizeof *check);
    PT_ENSURE(check != NULL, PT_E_NOMEM);
    check->dir = dir;
    check->options = options;
    check->verdict = &verdict;
    pt_buf_init(&notes[0], PT_NOTE_MAX);
    pt_buf_init(&notes[1], PT_NOTE_MAX);
    const pt_status st = check_attempts(check, &keys, &notes[0], &notes[1]);
    pt_buf_done(&notes[0]);
    pt_buf_done(&notes[1]);
    free(check);
    PT_TRY(st);
    *ret = verdict;
    return PT_SUCCESS;
}
