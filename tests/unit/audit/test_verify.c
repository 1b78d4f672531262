/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The verifier against somebody who may write to the disk: every byte, swaps, cuts, old files.
 * Covers LOG-12 (flip, delete, truncate, swap, roll back) and R.114-9-6 (integrity).
 */
#include "log_files.h"

#include "audit/tlog_int.h"
#include "poterne/base/codec.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALL 6U   /* exchanges: 12 entries, partial tiles only */
#define LARGE 137U /* 274 entries: a full tile, a partial one, a second level */

static const struct log_file *file_named(const struct log_files *files, const char *below)
{
    for (size_t i = 0; i < files->n; i++) {
        if (strcmp(files->files[i].below, below) == 0) {
            return &files->files[i];
        }
    }
    cr_assert_fail("no file %s", below);
    return NULL;
}

/* --- folders of tiles: lies ---------------------------------------------------------------------
 */

Test(verify, every_byte_of_every_published_file_counts_LOG_12, .timeout = 120)
{
    struct logkit kit;
    struct log_files files;
    unsigned tried = 0;

    log_make(&kit, SMALL, 2U);
    log_files_read(kit.dir, "tlog", &files);
    cr_assert(log_verdict_tlog(&kit).ok);
    for (size_t f = 0; f < files.n; f++) {
        const struct log_file *file = &files.files[f];
        for (size_t at = 0; at < file->len; at++) {
            log_file_poke(file, at, (uint8_t)(file->bytes[at] ^ (1U << (at % 8U))));
            const struct pt_verdict v = log_verdict_tlog(&kit);
            cr_assert(!v.ok, "byte %zu of %s was not missed", at, file->below);
            tried++;
            log_file_poke(file, at, file->bytes[at]);
        }
    }
    cr_assert(log_verdict_tlog(&kit).ok);
    cr_assert_gt(tried, 2000U);
    log_files_free(&files);
    logkit_done(&kit);
}

Test(verify, a_flipped_byte_of_a_bundle_names_the_entry_it_is_in, .timeout = 60)
{
    struct logkit kit;
    struct log_files files;

    log_make(&kit, LARGE, 50U);
    log_files_read(kit.dir, "tlog", &files);
    const struct log_file *file = file_named(&files, "tlog/tile/entries/000");
    size_t at = 0;
    for (uint64_t seq = 0; seq < 256U; seq++) {
        const size_t n = pt_be16_get(&file->bytes[at]);
        const size_t in = at + 2U + (seq * 37U) % n;
        log_file_poke(file, in, (uint8_t)(file->bytes[in] ^ 1U));
        const struct pt_verdict v = log_verdict_tlog(&kit);
        cr_expect(!v.ok && v.bad_seq == seq, "entry %llu: named %llu (%s)", (unsigned long long)seq,
                  (unsigned long long)v.bad_seq, pt_fault_code(v.fault));
        cr_expect_str_eq(v.file, "tile/entries/000");
        log_file_poke(file, in, file->bytes[in]);
        at += 2U + n;
    }
    log_files_free(&files);
    logkit_done(&kit);
}

Test(verify, a_flipped_tile_is_told_from_a_flipped_leaf, .timeout = 60)
{
    struct logkit kit;
    struct log_files files;

    log_make(&kit, LARGE, 50U);
    log_files_read(kit.dir, "tlog", &files);
    const struct log_file *level0 = file_named(&files, "tlog/tile/0/000");
    for (size_t at = 5; at < level0->len; at += 251U) {
        log_file_poke(level0, at, (uint8_t)(level0->bytes[at] ^ 0x80U));
        const struct pt_verdict v = log_verdict_tlog(&kit);
        cr_expect(!v.ok && v.fault == PT_FAULT_TILE && v.bad_seq == at / 32U);
        cr_expect_str_eq(v.file, "tile/0/000");
        log_file_poke(level0, at, level0->bytes[at]);
    }
    const struct log_file *level1 = file_named(&files, "tlog/tile/1/000.p/1");
    log_file_poke(level1, 3U, (uint8_t)(level1->bytes[3] ^ 0x80U));
    const struct pt_verdict v = log_verdict_tlog(&kit);
    cr_expect(!v.ok && v.fault == PT_FAULT_TILE && v.bad_seq == 0U);
    cr_expect_str_eq(v.file, "tile/1/000.p/1");
    log_files_free(&files);
    logkit_done(&kit);
}

/* Somebody rewrites a leaf and every hash above it, but cannot sign. */
Test(verify, a_leaf_rewritten_with_its_tile_does_not_lead_to_the_signed_root)
{
    struct logkit kit;
    struct log_files files;
    struct pt_hash hash;

    log_make(&kit, SMALL, SMALL);
    log_files_read(kit.dir, "tlog", &files);
    const struct log_file *bundle = file_named(&files, "tlog/tile/entries/000.p/12");
    const struct log_file *tile = file_named(&files, "tlog/tile/0/000.p/12");
    const size_t n = pt_be16_get(bundle->bytes);
    uint8_t *leaf = &bundle->bytes[2];
    char *dataset = strstr((char *)leaf, "unites_legales");
    cr_assert_not_null(dataset);
    dataset[0] = 'v';
    log_file_put(bundle->path, bundle->bytes, bundle->len);
    pt_leaf_hash(pt_slice_of(leaf, n), &hash);
    memcpy(tile->bytes, hash.bytes, PT_HASH_LEN);
    log_file_put(tile->path, tile->bytes, tile->len);
    const struct pt_verdict v = log_verdict_tlog(&kit);
    cr_expect(!v.ok && v.fault == PT_FAULT_ROOT, "%s", pt_fault_code(v.fault));
    const struct pt_verdict whole = log_verdict(&kit, false);
    cr_expect(!whole.ok, "the store still has the true leaf");
    log_files_free(&files);
    logkit_done(&kit);
}

Test(verify, files_that_are_missing_cut_or_too_long_are_faults)
{
    struct logkit kit;
    struct log_files files;
    char longer[9000] = {0};

    log_make(&kit, SMALL, 2U);
    log_files_read(kit.dir, "tlog", &files);
    for (size_t f = 0; f < files.n; f++) {
        const struct log_file *file = &files.files[f];
        cr_assert_eq(unlink(file->path), 0);
        cr_expect(!log_verdict_tlog(&kit).ok, "without %s", file->below);
        for (size_t cut = 0; cut < file->len; cut += file->len / 7U + 1U) {
            log_file_put(file->path, file->bytes, cut);
            cr_expect(!log_verdict_tlog(&kit).ok, "%s cut to %zu", file->below, cut);
        }
        memcpy(longer, file->bytes, file->len < 8999U ? file->len : 8999U);
        log_file_put(file->path, longer, file->len < 8999U ? file->len + 1U : 9000U);
        cr_expect(!log_verdict_tlog(&kit).ok, "%s one byte longer", file->below);
        log_file_restore(file);
    }
    cr_assert(log_verdict_tlog(&kit).ok);
    log_files_free(&files);
    logkit_done(&kit);
}

Test(verify, two_leaves_that_change_places_are_seen_LOG_12)
{
    struct logkit kit;
    struct log_files files;

    log_make(&kit, SMALL, SMALL);
    log_files_read(kit.dir, "tlog", &files);
    const struct log_file *file = file_named(&files, "tlog/tile/entries/000.p/12");
    uint8_t *swapped = malloc(file->len);
    cr_assert_not_null(swapped);
    const size_t first = 2U + pt_be16_get(file->bytes);
    const size_t second = 2U + pt_be16_get(&file->bytes[first]);
    memcpy(swapped, file->bytes, file->len);
    memcpy(swapped, &file->bytes[first], second);
    memcpy(&swapped[second], file->bytes, first);
    log_file_put(file->path, swapped, file->len);
    const struct pt_verdict v = log_verdict_tlog(&kit);
    cr_expect(!v.ok && v.fault == PT_FAULT_ORDER && v.bad_seq == 0U, "%s", pt_fault_code(v.fault));
    free(swapped);
    log_files_free(&files);
    logkit_done(&kit);
}

/* Tiles of older sizes may stay after a crash; they must say the same. */
Test(verify, a_partial_tile_that_was_left_behind_must_agree)
{
    struct logkit kit;
    struct log_files files;
    char path[512];

    log_make(&kit, SMALL, SMALL);
    log_files_read(kit.dir, "tlog", &files);
    const struct log_file *tile = file_named(&files, "tlog/tile/0/000.p/12");
    (void)snprintf(path, sizeof path, "%s/tlog/tile/0/000.p/5", kit.dir);
    log_file_put(path, tile->bytes, 5U * 32U);
    cr_expect(log_verdict_tlog(&kit).ok);
    tile->bytes[100] ^= 1U;
    log_file_put(path, tile->bytes, 5U * 32U);
    const struct pt_verdict v = log_verdict_tlog(&kit);
    cr_expect(!v.ok && v.fault == PT_FAULT_TILE && v.bad_seq == 3U);
    cr_expect_str_eq(v.file, "tile/0/000.p/5");
    log_files_free(&files);
    logkit_done(&kit);
}

Test(verify, keys_that_are_not_the_logs_verify_nothing)
{
    struct logkit kit;
    struct pt_verify_options options = {.vkeys = PT_SLICE("nonsense\n")};
    struct pt_verdict verdict = {.size = 77U};
    char dir[384];

    log_make(&kit, 1U, 1U);
    (void)snprintf(dir, sizeof dir, "%s/tlog", kit.dir);
    cr_expect_eq(pt_verify_tlog(dir, &options, &verdict).code, PT_E_SYNTAX);
    cr_expect_eq(verdict.size, 77U);
    options.vkeys =
        PT_SLICE("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n");
    cr_assert(pt_ok(pt_verify_tlog(dir, &options, &verdict)));
    cr_expect(!verdict.ok && verdict.fault == PT_FAULT_CHECKPOINT);
    options.foreign = true;
    cr_assert(pt_ok(pt_verify_tlog(dir, &options, &verdict)));
    cr_expect(!verdict.ok && verdict.fault == PT_FAULT_CHECKPOINT);
    cr_assert(pt_ok(pt_verify_tlog("/nonexistent/poterne", &options, &verdict)));
    cr_expect(!verdict.ok && verdict.fault == PT_FAULT_CHECKPOINT);
    logkit_done(&kit);
}

/* One of the log's two keys is enough for a third party, not for its owner. */
Test(verify, both_keys_of_the_log_must_have_signed)
{
    struct logkit kit;
    struct log_files files;

    log_make(&kit, 1U, 1U);
    log_files_read(kit.dir, "tlog", &files);
    const struct log_file *file = file_named(&files, "tlog/checkpoint");
    char *text = (char *)file->bytes;
    text[file->len] = '\0';
    char *first = strstr(text, "\n\n");
    cr_assert_not_null(first);
    char *second = strchr(first + 2, '\n');
    cr_assert_not_null(second);
    log_file_put(file->path, text, (size_t)(second + 1 - text));
    cr_expect(!log_verdict_tlog(&kit).ok);
    pt_slice keys = pt_buf_slice(&kit.vkeys);
    const struct pt_verify_options one = {.vkeys = pt_slice_cut(&keys, '\n')};
    struct pt_verdict v;
    char dir[384];
    (void)snprintf(dir, sizeof dir, "%s/tlog", kit.dir);
    cr_assert(pt_ok(pt_verify_tlog(dir, &one, &v)));
    cr_expect(v.ok, "%s", pt_fault_code(v.fault));
    log_files_free(&files);
    logkit_done(&kit);
}

/* --- what is true
 * ------------------------------------------------------------------------------------ */

/* Another program's log: entries of any form, and no bundles at all. */
Test(verify, a_foreign_log_needs_neither_our_leaves_nor_bundles)
{
    struct logkit kit;
    struct pt_verdict v;
    char dir[384];
    char path[512];

    log_make(&kit, LARGE, 300U);
    (void)snprintf(dir, sizeof dir, "%s/tlog", kit.dir);
    (void)snprintf(path, sizeof path, "%s/tile/entries", dir);
    logkit_remove(path);
    struct pt_verify_options options = {.vkeys = pt_buf_slice(&kit.vkeys)};
    cr_assert(pt_ok(pt_verify_tlog(dir, &options, &v)));
    cr_expect(!v.ok && v.fault == PT_FAULT_MISSING && v.bad_seq == 0U);
    options.foreign = true;
    cr_assert(pt_ok(pt_verify_tlog(dir, &options, &v)));
    cr_expect(v.ok, "%s", pt_fault_code(v.fault));
    logkit_done(&kit);
}

Test(verify, memory_that_runs_out_is_a_failure_and_not_a_verdict)
{
    struct logkit kit;
    struct pt_verdict v;
    char dir[384];
    unsigned nth = 0;

    log_make(&kit, 2U, 2U);
    (void)snprintf(dir, sizeof dir, "%s/tlog", kit.dir);
    const struct pt_verify_options options = {.vkeys = pt_buf_slice(&kit.vkeys)};
    for (; nth < TORTURE_MAX; nth++) {
        torture_arm(nth);
        const pt_status st = pt_verify_tlog(dir, &options, &v);
        torture_disarm();
        if (pt_ok(st)) {
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM, "allocation %u: %s at %s", nth, pt_code_name(st.code),
                     st.origin);
    }
    cr_expect(v.ok, "%s", pt_fault_code(v.fault));
    cr_expect_gt(nth, 0U);
    logkit_done(&kit);
}
