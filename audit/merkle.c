/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * merkle.c -- the shape of the RFC 6962 tree: compact range, proofs, and their verification.
 *
 * Law: whatever a proof says, only hashes decide; a proof with one hash too many or too few is as
 * false as one with a wrong hash. The hash functions themselves are in hash.c. Layer 1 (audit),
 * part of the pure proof library.
 */
#include "poterne/audit/merkle.h"

/* SHA-256 of the empty string: the root of the tree of size 0 (RFC 6962 2.1). */
static const struct pt_hash EMPTY_ROOT = {
    .bytes = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
              0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
              0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}};

static bool same(const struct pt_hash *a, const struct pt_hash *b)
{
    return memcmp(a->bytes, b->bytes, PT_HASH_LEN) == 0;
}

/* --- compact range ----------------------------------------------------------------------- */

void pt_range_init(struct pt_range *range)
{
    *range = (struct pt_range){0};
}

/* Each trailing one bit of the size is a perfect subtree that the new leaf completes. */
void pt_range_append(struct pt_range *range, const struct pt_hash *leaf)
{
    struct pt_hash hash = *leaf;

    PT_BUG_ON(range->size == UINT64_MAX);
    for (uint64_t bits = range->size; (bits & 1U) != 0U; bits >>= 1U) {
        range->count--;
        pt_node_hash(&range->right[range->count], &hash, &hash);
    }
    range->right[range->count] = hash;
    range->count++;
    range->size++;
}

void pt_range_root(const struct pt_range *range, struct pt_hash *ret)
{
    if (range->count == 0U) {
        *ret = EMPTY_ROOT;
        return;
    }
    struct pt_hash root = range->right[range->count - 1U];
    for (unsigned i = range->count - 1U; i > 0U; i--) {
        pt_node_hash(&range->right[i - 1U], &root, &root);
    }
    *ret = root;
}

/* --- verification (RFC 9162 2.1.3.2 and 2.1.4.2) ----------------------------------------- */

/* Where the walk from a node to the root stands: the node's index and the last index, level by
 * level. */
struct walk {
    uint64_t at;
    uint64_t last;
};

/* Is the next hash of the proof a left sibling? Then levels without a right sibling are skipped. */
static bool left_sibling(struct walk *walk)
{
    if ((walk->at & 1U) == 0U && walk->at != walk->last) {
        return false;
    }
    while ((walk->at & 1U) == 0U && walk->at != 0U) {
        walk->at >>= 1U;
        walk->last >>= 1U;
    }
    return true;
}

static void climb(struct walk *walk)
{
    walk->at >>= 1U;
    walk->last >>= 1U;
}

PT_RESULT pt_inclusion_verify(uint64_t index, uint64_t size, const struct pt_hash *leaf,
                              const struct pt_hash *proof, size_t nproof,
                              const struct pt_hash *root)
{
    PT_ENSURE(index < size, PT_E_ARG);
    struct walk walk = {.at = index, .last = size - 1U};
    struct pt_hash hash = *leaf;

    for (size_t i = 0; i < nproof; i++) {
        PT_ENSURE(walk.last != 0U, PT_E_FORGED);
        if (left_sibling(&walk)) {
            pt_node_hash(&proof[i], &hash, &hash);
        } else {
            pt_node_hash(&hash, &proof[i], &hash);
        }
        climb(&walk);
    }
    PT_ENSURE(walk.last == 0U && same(&hash, root), PT_E_FORGED);
    return PT_SUCCESS;
}

/* Both roots are computed in one walk from the largest subtree that ends the old tree. */
static pt_status consistency_walk(const struct pt_tree_head *old, const struct pt_tree_head *new_,
                                  const struct pt_hash *proof, size_t nproof)
{
    struct walk walk = {.at = old->size - 1U, .last = new_->size - 1U};
    size_t next = 0;
    struct pt_hash old_hash = old->root;

    while ((walk.at & 1U) != 0U) {
        climb(&walk);
    }
    if (walk.at != 0U) { /* the old tree is not one perfect subtree: its last one comes first */
        PT_ENSURE(nproof > 0U, PT_E_FORGED);
        old_hash = proof[next++];
    }
    struct pt_hash new_hash = old_hash;
    for (; next < nproof; next++) {
        PT_ENSURE(walk.last != 0U, PT_E_FORGED);
        if (left_sibling(&walk)) {
            pt_node_hash(&proof[next], &old_hash, &old_hash);
            pt_node_hash(&proof[next], &new_hash, &new_hash);
        } else {
            pt_node_hash(&new_hash, &proof[next], &new_hash);
        }
        climb(&walk);
    }
    PT_ENSURE(walk.last == 0U && same(&old_hash, &old->root) && same(&new_hash, &new_->root),
              PT_E_FORGED);
    return PT_SUCCESS;
}

PT_RESULT pt_consistency_verify(const struct pt_tree_head *old, const struct pt_tree_head *new_,
                                const struct pt_hash *proof, size_t nproof)
{
    PT_ENSURE(old->size != 0U && old->size <= new_->size, PT_E_ARG);
    if (old->size == new_->size) {
        PT_ENSURE(nproof == 0U && same(&old->root, &new_->root), PT_E_FORGED);
        return PT_SUCCESS;
    }
    return consistency_walk(old, new_, proof, nproof);
}

/* --- proving (RFC 6962 2.1.1 and 2.1.2) --------------------------------------------------- */

/* The largest power of two smaller than @n (n > 1): where a tree of @n leaves splits. */
static unsigned split_level(uint64_t n)
{
    unsigned level = 0;

    while (((n - 1U) >> level) > 1U) {
        level++;
    }
    return level;
}

/* Leaves [from, to) whose subtree is a node of the tree. */
struct span {
    uint64_t from;
    uint64_t to;
};

/* Root of a span: one perfect subtree, or several folded from the right. */
static pt_status span_root(const struct pt_hash_port *hashes, struct span span, struct pt_hash *ret)
{
    struct pt_hash parts[PT_RANGE_MAX];
    unsigned count = 0;

    for (unsigned level = PT_RANGE_MAX; level > 0U; level--) {
        const uint64_t width = 1ULL << (level - 1U);
        if (((span.to - span.from) & width) != 0U) {
            PT_TRY(hashes->get(hashes->ctx, level - 1U, span.from >> (level - 1U), &parts[count]));
            count++;
            span.from += width;
        }
    }
    PT_BUG_ON(count == 0U);
    for (; count > 1U; count--) {
        pt_node_hash(&parts[count - 2U], &parts[count - 1U], &parts[count - 2U]);
    }
    *ret = parts[0];
    return PT_SUCCESS;
}

/* Spans are found from the root down, a proof lists them from the leaf up. */
static pt_status spans_reversed(const struct pt_hash_port *hashes, const struct span *spans,
                                size_t n, struct pt_hash *proof)
{
    for (size_t i = 0; i < n; i++) {
        PT_TRY(span_root(hashes, spans[n - 1U - i], &proof[i]));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_inclusion_prove(const struct pt_hash_port *hashes, uint64_t index, uint64_t size,
                             struct pt_hash proof[static 64], size_t *ret_n)
{
    PT_ENSURE(index < size, PT_E_ARG);
    struct span spans[64];
    size_t n = 0;
    struct span in = {.from = 0U, .to = size};

    while (in.to - in.from > 1U) {
        const uint64_t middle = in.from + (1ULL << split_level(in.to - in.from));
        if (index < middle) {
            spans[n++] = (struct span){.from = middle, .to = in.to};
            in.to = middle;
        } else {
            spans[n++] = (struct span){.from = in.from, .to = middle};
            in.from = middle;
        }
    }
    PT_TRY(spans_reversed(hashes, spans, n, proof));
    *ret_n = n;
    return PT_SUCCESS;
}

PT_RESULT pt_consistency_prove(const struct pt_hash_port *hashes, uint64_t old_size, uint64_t size,
                               struct pt_hash proof[static 128], size_t *ret_n)
{
    PT_ENSURE(old_size <= size, PT_E_ARG);
    struct span spans[66];
    size_t n = 0;
    struct span in = {.from = 0U, .to = old_size == 0U ? 0U : size};

    while (in.to != old_size) { /* the old tree ends inside this span */
        const uint64_t middle = in.from + (1ULL << split_level(in.to - in.from));
        if (old_size <= middle) {
            spans[n++] = (struct span){.from = middle, .to = in.to};
            in.to = middle;
        } else {
            spans[n++] = (struct span){.from = in.from, .to = middle};
            in.from = middle;
        }
    }
    if (in.from != 0U) { /* else the old root itself, which the verifier has */
        spans[n++] = in;
    }
    PT_TRY(spans_reversed(hashes, spans, n, proof));
    *ret_n = n;
    return PT_SUCCESS;
}
