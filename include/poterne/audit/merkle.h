/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * merkle.h -- the RFC 6962 tree: hashes, compact range, proofs (RFC 6962 2.1, RFC 9162 2.1).
 *
 * Links nothing but libcrypto, so that the stand-alone verifier can use it. The compact range is
 * all a writer keeps in memory: at most 64 hashes for ever. Layer 1 (audit).
 */
#ifndef POTERNE_AUDIT_MERKLE_H
#define POTERNE_AUDIT_MERKLE_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

#define PT_HASH_LEN 32U
struct pt_hash {
    uint8_t bytes[PT_HASH_LEN];
};

/** SHA-256(0x00 || entry) and SHA-256(0x01 || left || right). */
void pt_leaf_hash(pt_slice entry, struct pt_hash *ret);
void pt_node_hash(const struct pt_hash *left, const struct pt_hash *right, struct pt_hash *ret);

#define PT_RANGE_MAX 64U
struct pt_range {
    uint64_t size;
    struct pt_hash right[PT_RANGE_MAX]; /* roots of the perfect subtrees, largest first */
    unsigned count;                     /* number of one bits of size */
};
void pt_range_init(struct pt_range *range);
void pt_range_append(struct pt_range *range, const struct pt_hash *leaf);
/** Root of the tree; SHA-256 of the empty string for size 0. */
void pt_range_root(const struct pt_range *range, struct pt_hash *ret);

/** @return PT_E_FORGED when the proof does not lead from @leaf at @index to @root; PT_E_ARG index
 * >= size */
PT_RESULT pt_inclusion_verify(uint64_t index, uint64_t size, const struct pt_hash *leaf,
                              const struct pt_hash *proof, size_t nproof,
                              const struct pt_hash *root);
struct pt_tree_head {
    uint64_t size;
    struct pt_hash root;
};
PT_RESULT pt_consistency_verify(const struct pt_tree_head *old, const struct pt_tree_head *new_,
                                const struct pt_hash *proof, size_t nproof);

/* Where the hash of the perfect subtree (level, index) comes from: tiles, memory. */
struct pt_hash_port {
    PT_RESULT (*get)(void *ctx, unsigned level, uint64_t index, struct pt_hash *ret);
    void *ctx;
};
/** Inclusion proof of leaf @index in the tree of @size; @proof holds 64, *ret_n tells how many. */
PT_RESULT pt_inclusion_prove(const struct pt_hash_port *hashes, uint64_t index, uint64_t size,
                             struct pt_hash proof[static 64], size_t *ret_n);
PT_RESULT pt_consistency_prove(const struct pt_hash_port *hashes, uint64_t old_size, uint64_t size,
                               struct pt_hash proof[static 128], size_t *ret_n);

#endif /* POTERNE_AUDIT_MERKLE_H */
