/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The tree of RFC 6962: proofs that lie first, then the shape against a naive reading of the RFC,
 * then known vectors. Covers R.114-9-6 (integrity) and LOG-12.
 */
#include "poterne/audit/merkle.h"

#include "poterne/base/codec.h"
#include "tests/fixtures/merkle/tree8.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define LEAVES 131U

/* --- a naive reading of RFC 6962 2.1 ------------------------------------------------------- */

struct tree {
    struct pt_hash leaves[LEAVES];
    size_t reads;
};

static void tree_fill(struct tree *tree)
{
    for (size_t i = 0; i < LEAVES; i++) {
        char text[16];
        const int n = snprintf(text, sizeof text, "leaf %zu", i);
        pt_leaf_hash(pt_slice_of(text, (size_t)n), &tree->leaves[i]);
    }
    tree->reads = 0;
}

static void naive_root(const struct pt_hash *leaves, size_t n, struct pt_hash *ret)
{
    struct pt_hash left;
    struct pt_hash right;
    size_t k = 1;

    if (n == 1U) {
        *ret = leaves[0];
        return;
    }
    while (k * 2U < n) {
        k *= 2U;
    }
    naive_root(leaves, k, &left);
    naive_root(&leaves[k], n - k, &right);
    pt_node_hash(&left, &right, ret);
}

static PT_RESULT tree_get(void *ctx, unsigned level, uint64_t index, struct pt_hash *ret)
{
    struct tree *tree = ctx;
    const size_t from = (size_t)(index << level);

    tree->reads++;
    PT_ENSURE(from + (1ULL << level) <= LEAVES, PT_E_ARG);
    naive_root(&tree->leaves[from], (size_t)1U << level, ret);
    return PT_SUCCESS;
}

static PT_RESULT get_fails(void *ctx, unsigned level, uint64_t index, struct pt_hash *ret)
{
    (void)ctx;
    (void)level;
    (void)index;
    (void)ret;
    return PT_FAIL(PT_E_CORRUPT);
}

static struct pt_hash root_of(const struct tree *tree, size_t n)
{
    struct pt_hash root;
    naive_root(tree->leaves, n, &root);
    return root;
}

static bool same(const struct pt_hash *a, const struct pt_hash *b)
{
    return memcmp(a->bytes, b->bytes, PT_HASH_LEN) == 0;
}

/* --- lies ---------------------------------------------------------------------------------- */

Test(merkle, an_index_outside_the_tree_is_the_callers_fault)
{
    struct pt_hash leaf = {{0}};

    cr_assert_eq(pt_inclusion_verify(0, 0, &leaf, NULL, 0, &leaf).code, PT_E_ARG);
    cr_assert_eq(pt_inclusion_verify(5, 5, &leaf, NULL, 0, &leaf).code, PT_E_ARG);
    cr_assert_eq(pt_inclusion_verify(UINT64_MAX, 5, &leaf, NULL, 0, &leaf).code, PT_E_ARG);
}

Test(merkle, a_proof_for_another_place_size_leaf_or_length_is_forged_LOG_12)
{
    static struct tree tree;
    const struct pt_hash_port port = {.get = tree_get, .ctx = &tree};

    tree_fill(&tree);
    for (uint64_t size = 2; size <= 40U; size++) {
        const struct pt_hash root = root_of(&tree, (size_t)size);
        for (uint64_t index = 0; index < size; index++) {
            struct pt_hash proof[66];
            size_t n = 0;
            const struct pt_hash *leaf = &tree.leaves[index];
            cr_assert(pt_ok(pt_inclusion_prove(&port, index, size, proof, &n)));
            proof[n] = root;
            cr_expect_eq(pt_inclusion_verify(index, size, leaf, proof, n + 1U, &root).code,
                         PT_E_FORGED);
            cr_expect_eq(pt_inclusion_verify(index, size, leaf, proof, n - 1U, &root).code,
                         PT_E_FORGED);
            cr_expect_eq(pt_inclusion_verify(index, size, leaf, NULL, 0, &root).code, PT_E_FORGED);
            cr_expect_eq(pt_inclusion_verify(index, size, leaf, &proof[1], n, &root).code,
                         PT_E_FORGED);
            cr_expect_eq(pt_inclusion_verify(index, size, &root, proof, n, &root).code,
                         PT_E_FORGED);
            if ((index ^ 1U) < size) {
                cr_expect_eq(pt_inclusion_verify(index ^ 1U, size, leaf, proof, n, &root).code,
                             PT_E_FORGED);
            }
            for (size_t bit = 0; bit < n * 256U; bit += 97U) {
                proof[bit / 256U].bytes[bit / 8U % 32U] ^= (uint8_t)(1U << (bit % 8U));
                cr_expect_eq(pt_inclusion_verify(index, size, leaf, proof, n, &root).code,
                             PT_E_FORGED);
                proof[bit / 256U].bytes[bit / 8U % 32U] ^= (uint8_t)(1U << (bit % 8U));
            }
        }
    }
}

Test(merkle, an_empty_proof_includes_only_the_single_leaf)
{
    static struct tree tree;

    tree_fill(&tree);
    cr_assert(pt_ok(pt_inclusion_verify(0, 1, &tree.leaves[0], NULL, 0, &tree.leaves[0])));
    cr_assert_eq(pt_inclusion_verify(0, 1, &tree.leaves[0], NULL, 0, &tree.leaves[1]).code,
                 PT_E_FORGED);
    cr_assert_eq(pt_inclusion_verify(0, 1, &tree.leaves[0], tree.leaves, 1, &tree.leaves[0]).code,
                 PT_E_FORGED);
}

Test(merkle, nothing_is_consistent_with_the_empty_tree_because_nothing_was_said)
{
    struct pt_tree_head empty = {.size = 0U};
    struct pt_tree_head one = {.size = 1U};
    struct pt_range range;

    pt_range_init(&range);
    pt_range_root(&range, &empty.root);
    cr_assert_eq(pt_consistency_verify(&empty, &empty, NULL, 0).code, PT_E_ARG);
    cr_assert_eq(pt_consistency_verify(&empty, &one, NULL, 0).code, PT_E_ARG);
    cr_assert_eq(pt_consistency_verify(&one, &empty, NULL, 0).code, PT_E_ARG);
}

/* c2sp.org/tlog-witness: the proof from size 0 is empty, for the witness to accept or not. */
Test(merkle, the_proof_from_the_empty_tree_is_empty)
{
    static struct tree tree;
    const struct pt_hash_port port = {.get = tree_get, .ctx = &tree};
    struct pt_hash proof[128];

    tree_fill(&tree);
    for (uint64_t size = 0; size < 20U; size++) {
        size_t n = 99;
        cr_assert(pt_ok(pt_consistency_prove(&port, 0, size, proof, &n)));
        cr_expect_eq(n, 0);
    }
    cr_assert_eq(tree.reads, 0);
}

Test(merkle, a_consistency_proof_that_lies_is_forged_LOG_12)
{
    static struct tree tree;
    const struct pt_hash_port port = {.get = tree_get, .ctx = &tree};

    tree_fill(&tree);
    for (uint64_t size = 2; size <= 33U; size++) {
        const struct pt_tree_head new_ = {.size = size, .root = root_of(&tree, (size_t)size)};
        for (uint64_t from = 1; from < size; from++) {
            const struct pt_tree_head old = {.size = from, .root = root_of(&tree, (size_t)from)};
            const struct pt_tree_head swapped = {.size = from, .root = new_.root};
            struct pt_hash proof[129];
            size_t n = 0;
            cr_assert(pt_ok(pt_consistency_prove(&port, from, size, proof, &n)));
            cr_assert_gt(n, 0);
            proof[n] = new_.root;
            cr_expect_eq(pt_consistency_verify(&old, &new_, proof, n + 1U).code, PT_E_FORGED);
            cr_expect_eq(pt_consistency_verify(&old, &new_, proof, n - 1U).code, PT_E_FORGED);
            cr_expect_eq(pt_consistency_verify(&old, &new_, NULL, 0).code, PT_E_FORGED);
            cr_expect_eq(pt_consistency_verify(&swapped, &new_, proof, n).code, PT_E_FORGED);
            cr_expect_eq(pt_consistency_verify(&new_, &old, proof, n).code, PT_E_ARG);
            for (size_t bit = 0; bit < n * 256U; bit += 61U) {
                proof[bit / 256U].bytes[bit / 8U % 32U] ^= (uint8_t)(1U << (bit % 8U));
                cr_expect_eq(pt_consistency_verify(&old, &new_, proof, n).code, PT_E_FORGED);
                proof[bit / 256U].bytes[bit / 8U % 32U] ^= (uint8_t)(1U << (bit % 8U));
            }
        }
    }
}

Test(merkle, equal_sizes_need_equal_roots_and_no_hash)
{
    static struct tree tree;

    tree_fill(&tree);
    const struct pt_tree_head a = {.size = 7U, .root = tree.leaves[0]};
    const struct pt_tree_head b = {.size = 7U, .root = tree.leaves[1]};
    cr_assert(pt_ok(pt_consistency_verify(&a, &a, NULL, 0)));
    cr_assert_eq(pt_consistency_verify(&a, &b, NULL, 0).code, PT_E_FORGED);
    cr_assert_eq(pt_consistency_verify(&a, &a, tree.leaves, 1).code, PT_E_FORGED);
}

Test(merkle, a_prover_asks_for_nothing_outside_the_tree_and_passes_failures_on)
{
    const struct pt_hash_port port = {.get = get_fails, .ctx = NULL};
    struct pt_hash proof[128];
    size_t n = 77;

    cr_assert_eq(pt_inclusion_prove(&port, 3, 3, proof, &n).code, PT_E_ARG);
    cr_assert_eq(pt_inclusion_prove(&port, 0, 0, proof, &n).code, PT_E_ARG);
    cr_assert_eq(pt_consistency_prove(&port, 4, 3, proof, &n).code, PT_E_ARG);
    cr_assert_eq(pt_inclusion_prove(&port, 0, 3, proof, &n).code, PT_E_CORRUPT);
    cr_assert_eq(pt_consistency_prove(&port, 2, 3, proof, &n).code, PT_E_CORRUPT);
    cr_assert_eq(n, 77, "an out-parameter moved although the function failed");
}

Test(merkle, sizes_near_the_end_of_64_bits_do_not_overflow)
{
    const struct pt_hash_port port = {.get = get_fails, .ctx = NULL};
    struct pt_hash proof[128] = {{{0}}};
    size_t n = 0;

    cr_assert_eq(pt_inclusion_prove(&port, UINT64_MAX - 1U, UINT64_MAX, proof, &n).code,
                 PT_E_CORRUPT);
    cr_assert_eq(pt_consistency_prove(&port, UINT64_MAX - 1U, UINT64_MAX, proof, &n).code,
                 PT_E_CORRUPT);
    cr_assert_eq(
        pt_inclusion_verify(UINT64_MAX - 1U, UINT64_MAX, &proof[0], proof, 64, &proof[1]).code,
        PT_E_FORGED);
}

/* --- the shape ------------------------------------------------------------------------------ */

Test(merkle, the_compact_range_gives_the_root_of_every_size)
{
    static struct tree tree;
    struct pt_range range;

    tree_fill(&tree);
    pt_range_init(&range);
    for (size_t n = 1; n <= LEAVES; n++) {
        struct pt_hash root;
        pt_range_append(&range, &tree.leaves[n - 1U]);
        pt_range_root(&range, &root);
        const struct pt_hash want = root_of(&tree, n);
        cr_assert_eq(range.size, n);
        cr_assert_eq(range.count, (unsigned)__builtin_popcountll((unsigned long long)n));
        cr_assert(same(&root, &want), "root of size %zu", n);
    }
}

Test(merkle, every_leaf_of_every_size_is_proven)
{
    static struct tree tree;
    const struct pt_hash_port port = {.get = tree_get, .ctx = &tree};

    tree_fill(&tree);
    for (uint64_t size = 1; size <= LEAVES; size++) {
        const struct pt_hash root = root_of(&tree, (size_t)size);
        for (uint64_t index = 0; index < size; index++) {
            struct pt_hash proof[64];
            size_t n = 0;
            cr_assert(pt_ok(pt_inclusion_prove(&port, index, size, proof, &n)));
            cr_assert(pt_ok(pt_inclusion_verify(index, size, &tree.leaves[index], proof, n, &root)),
                      "leaf %u of %u", (unsigned)index, (unsigned)size);
        }
    }
}

Test(merkle, every_pair_of_sizes_is_consistent)
{
    static struct tree tree;
    const struct pt_hash_port port = {.get = tree_get, .ctx = &tree};

    tree_fill(&tree);
    for (uint64_t size = 1; size <= 70U; size++) {
        const struct pt_tree_head new_ = {.size = size, .root = root_of(&tree, (size_t)size)};
        for (uint64_t from = 1; from <= size; from++) {
            const struct pt_tree_head old = {.size = from, .root = root_of(&tree, (size_t)from)};
            struct pt_hash proof[128];
            size_t n = 0;
            cr_assert(pt_ok(pt_consistency_prove(&port, from, size, proof, &n)));
            cr_assert(pt_ok(pt_consistency_verify(&old, &new_, proof, n)), "%u to %u",
                      (unsigned)from, (unsigned)size);
        }
    }
}

/* --- known vectors -------------------------------------------------------------------------- */

static struct pt_hash from_hex(const char *text)
{
    struct pt_hash hash;
    cr_assert(pt_ok(pt_hex_decode(pt_slice_str(text), hash.bytes, PT_HASH_LEN)));
    return hash;
}

static struct pt_hash tree8_leaf(size_t i)
{
    uint8_t bytes[16];
    struct pt_hash hash;
    const pt_slice text = pt_slice_str(TREE8_INPUTS[i]);

    cr_assert(pt_ok(pt_hex_decode(text, bytes, text.len / 2U)));
    pt_leaf_hash(pt_slice_of(bytes, text.len / 2U), &hash);
    return hash;
}

Test(merkle, the_eight_leaf_tree_has_its_known_roots)
{
    struct pt_range range;

    pt_range_init(&range);
    for (size_t n = 0; n <= 8U; n++) {
        struct pt_hash root;
        const struct pt_hash want = from_hex(TREE8_ROOTS[n]);
        pt_range_root(&range, &root);
        cr_expect(same(&root, &want), "root of size %zu", n);
        if (n < 8U) {
            const struct pt_hash leaf = tree8_leaf(n);
            pt_range_append(&range, &leaf);
        }
    }
}

Test(merkle, the_eight_leaf_tree_has_its_known_proofs)
{
    struct pt_hash proof[4];

    for (size_t i = 0; i < PT_COUNT(TREE8_INCLUSION); i++) {
        const struct tree8_proof *row = &TREE8_INCLUSION[i];
        const struct pt_hash leaf = tree8_leaf(row->from);
        const struct pt_hash root = from_hex(TREE8_ROOTS[row->size]);
        for (size_t k = 0; k < row->n; k++) {
            proof[k] = from_hex(row->hashes[k]);
        }
        cr_expect(pt_ok(pt_inclusion_verify(row->from, row->size, &leaf, proof, row->n, &root)),
                  "inclusion %zu", i);
    }
    for (size_t i = 0; i < PT_COUNT(TREE8_CONSISTENCY); i++) {
        const struct tree8_proof *row = &TREE8_CONSISTENCY[i];
        const struct pt_tree_head old = {row->from, from_hex(TREE8_ROOTS[row->from])};
        const struct pt_tree_head new_ = {row->size, from_hex(TREE8_ROOTS[row->size])};
        for (size_t k = 0; k < row->n; k++) {
            proof[k] = from_hex(row->hashes[k]);
        }
        cr_expect(pt_ok(pt_consistency_verify(&old, &new_, proof, row->n)), "consistency %zu", i);
    }
}

/* The JSON cases of transparency-dev/merkle, when somebody put them beside the project. */

static unsigned vectors_seen; /* nftw has no context */
static unsigned vectors_wrong;

/* A hash of another length is no hash: the case expects an error, and the shape refuses it. */
static bool vector_hash(const json_t *value, struct pt_hash *ret)
{
    size_t n = 0;
    const char *text = json_string_value(value);
    return text != NULL && pt_ok(pt_b64_decode(pt_slice_str(text), ret->bytes, PT_HASH_LEN, &n)) &&
           n == PT_HASH_LEN;
}

/* Some sizes there are 2^64 - 1, which is more than jansson's integers hold. */
static uint64_t vector_number(const json_t *root, const char *key)
{
    const double number = json_number_value(json_object_get(root, key));
    return number >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)number;
}

static bool vector_verdict(const json_t *root)
{
    static struct pt_hash proof[128];
    const json_t *hashes = json_object_get(root, "proof");
    const size_t n = json_array_size(hashes);
    struct pt_hash leaf;
    struct pt_tree_head old = {0};
    struct pt_tree_head new_ = {0};

    for (size_t i = 0; i < n; i++) {
        if (n > PT_COUNT(proof) || !vector_hash(json_array_get(hashes, i), &proof[i])) {
            return false;
        }
    }
    if (json_object_get(root, "leafIdx") != NULL) {
        return vector_hash(json_object_get(root, "leafHash"), &leaf) &&
               vector_hash(json_object_get(root, "root"), &new_.root) &&
               pt_ok(pt_inclusion_verify(vector_number(root, "leafIdx"),
                                         vector_number(root, "treeSize"), &leaf, proof, n,
                                         &new_.root));
    }
    old.size = vector_number(root, "size1");
    new_.size = vector_number(root, "size2");
    const bool first = vector_hash(json_object_get(root, "root1"), &old.root);
    const bool second = vector_hash(json_object_get(root, "root2"), &new_.root);
    if (!first && !second) { /* roots are labels there: equal labels are equal roots */
        const bool equal =
            json_equal(json_object_get(root, "root1"), json_object_get(root, "root2"));
        memset(old.root.bytes, 1, PT_HASH_LEN);
        memset(new_.root.bytes, equal ? 1 : 2, PT_HASH_LEN);
    }
    return pt_ok(pt_consistency_verify(&old, &new_, proof, n));
}

static int vector_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    if (flag != FTW_F || strstr(path, ".json") == NULL || strstr(path, "subtree") != NULL) {
        return 0;
    }
    json_error_t error;
    json_t *root = json_load_file(path, JSON_DECODE_INT_AS_REAL, &error);
    cr_assert_not_null(root, "%s: %s", path, error.text);
    const bool want = !json_is_true(json_object_get(root, "wantErr"));
    vectors_seen++;
    if (vector_verdict(root) != want) {
        vectors_wrong++;
        cr_expect_fail("%s", path);
    }
    json_decref(root);
    return 0;
}

Test(merkle, foreign_vectors_agree_where_they_are_at_hand)
{
    const char *env = getenv("PT_SHARED");
    char path[1024];

    if (env != NULL) {
        (void)snprintf(path, sizeof path, "%s/data/merkle/transparency-dev-merkle", env);
    } else {
        (void)snprintf(path, sizeof path, "%s/../shared/data/merkle/transparency-dev-merkle",
                       PT_SOURCE_DIR);
    }
    (void)nftw(path, vector_file, 8, FTW_PHYS);
    cr_log_info("%u foreign vectors", vectors_seen);
    cr_expect_eq(vectors_wrong, 0);
}
