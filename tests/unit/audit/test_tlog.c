/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Tiles as files (c2sp.org/tlog-tiles): what is not there or of the wrong length first.
 */
#include "audit/tlog_int.h"

#include "log_files.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* --- names and widths
 * ----------------------------------------------------------------------------- */

Test(tlog, paths_are_those_of_the_specification)
{
    static const struct {
        unsigned level;
        uint64_t index;
        unsigned width;
        const char *path;
    } TABLE[] = {
        {0, 0, 256, "tile/0/000"},
        {0, 1234067, 256, "tile/0/x001/x234/067"},
        {0, 273, 112, "tile/0/273.p/112"},
        {1, 0, 1, "tile/1/000.p/1"},
        {63, 999, 255, "tile/63/999.p/255"},
        {5, 1000, 256, "tile/5/x001/000"},
        {PT_TILE_ENTRIES, 0, 256, "tile/entries/000"},
        {PT_TILE_ENTRIES, 1000000, 7, "tile/entries/x001/x000/000.p/7"},
        {PT_TILE_ENTRIES, UINT64_MAX, 255, "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255"}};

    for (size_t i = 0; i < PT_COUNT(TABLE); i++) {
        char path[PT_TILE_PATH_MAX];
        pt_tile_path(TABLE[i].level, TABLE[i].index, TABLE[i].width, path);
        cr_expect_str_eq(path, TABLE[i].path);
    }
}

/* The example of the specification: a tree of 70,000. */
Test(tlog, widths_are_those_of_the_specification)
{
    static const struct {
        unsigned level;
        uint64_t index;
        uint64_t size;
        unsigned width;
    } TABLE[] = {{0, 272, 70000, 256},
                 {0, 273, 70000, 112},
                 {0, 274, 70000, 0},
                 {1, 0, 70000, 256},
                 {1, 1, 70000, 17},
                 {1, 2, 70000, 0},
                 {2, 0, 70000, 1},
                 {3, 0, 70000, 0},
                 {0, 0, 256, 256},
                 {0, 1, 256, 0},
                 {1, 0, 256, 1},
                 {0, 0, 0, 0},
                 {PT_TILE_ENTRIES, 273, 70000, 112}};

    for (size_t i = 0; i < PT_COUNT(TABLE); i++) {
        cr_expect_eq(pt_tile_width(TABLE[i].level, TABLE[i].index, TABLE[i].size), TABLE[i].width,
                     "row %zu", i);
    }
}

/* --- bundles
 * ----------------------------------------------------------------------------------------- */

Test(tlog, a_bundle_that_is_cut_short_is_damage)
{
    static const struct {
        const char *bytes;
        size_t len;
        unsigned entries; /* before the damage; 99: none */
    } TABLE[] = {{"", 0, 0},       {"\0", 1, 0},         {"\0\1", 2, 0},
                 {"\0\3ab", 4, 0}, {"\0\1a\0\2b", 6, 1}, {"\0\0\0\1a\xFF", 6, 2}};

    for (size_t i = 0; i < PT_COUNT(TABLE); i++) {
        pt_slice rest = pt_slice_of(TABLE[i].bytes, TABLE[i].len);
        pt_slice entry;
        unsigned n = 0;
        pt_status st = pt_bundle_next(&rest, &entry);
        for (; pt_ok(st); st = pt_bundle_next(&rest, &entry)) {
            n++;
        }
        cr_expect_eq(st.code, PT_E_CORRUPT);
        cr_expect_eq(n, TABLE[i].entries, "row %zu", i);
    }
}

/* --- files
 * --------------------------------------------------------------------------------------------- */

static void folder(const struct logkit *kit, char out[static 384])
{
    (void)snprintf(out, 384, "%s/tlog", kit->dir);
}

Test(tlog, a_tile_is_read_exact_or_full_or_wider)
{
    struct logkit kit;
    struct pt_buf out;
    char dir[384];
    char path[512];
    uint8_t bytes[256U * 32U];
    unsigned width = 0;

    logkit_init(&kit, NULL);
    folder(&kit, dir);
    (void)snprintf(path, sizeof path, "mkdir -p %s/tile/0/000.p", dir);
    cr_assert_eq(system(path), 0);
    memset(bytes, 7, sizeof bytes);
    pt_buf_init(&out, PT_TILE_BYTES);
    cr_expect_eq(pt_tile_read(dir, 0, 0, 5, &out, &width).code, PT_E_ABSENT);
    (void)snprintf(path, sizeof path, "%s/tile/0/000.p/9", dir);
    log_file_put(path, bytes, 9U * 32U);
    cr_assert(pt_ok(pt_tile_read(dir, 0, 0, 5, &out, &width)));
    cr_expect(width == 9U && out.len == 9U * 32U);
    pt_buf_clear(&out);
    cr_expect_eq(pt_tile_read(dir, 0, 0, 10, &out, &width).code, PT_E_ABSENT);
    (void)snprintf(path, sizeof path, "%s/tile/0/000", dir);
    log_file_put(path, bytes, sizeof bytes);
    cr_assert(pt_ok(pt_tile_read(dir, 0, 0, 5, &out, &width)));
    cr_expect_eq(width, 256U);
    pt_buf_clear(&out);
    (void)snprintf(path, sizeof path, "%s/tile/0/000.p/5", dir);
    log_file_put(path, bytes, 5U * 32U);
    cr_assert(pt_ok(pt_tile_read(dir, 0, 0, 5, &out, &width)));
    cr_expect_eq(width, 5U);
    pt_buf_done(&out);
    logkit_done(&kit);
}

static PT_RESULT count_version(void *ctx, const struct pt_tile_version *version)
{
    cr_expect_gt(version->bytes.len, 0U);
    (*(unsigned *)ctx)++;
    return PT_SUCCESS;
}

static PT_RESULT refuse_version(void *ctx, const struct pt_tile_version *version)
{
    (void)ctx;
    (void)version;
    return PT_FAIL(PT_E_FORGED);
}

Test(tlog, every_version_of_a_tile_is_shown_and_foreign_names_are_not)
{
    static const char *const FOREIGN[] = {"0", "07", "256", "x", "9.tmp", "-1", "1000"};
    struct logkit kit;
    char dir[384];
    char path[512];
    unsigned n = 0;

    log_make(&kit, 6U, 6U);
    folder(&kit, dir);
    cr_assert(pt_ok(pt_tile_each(dir, 0, 0, count_version, &n)));
    cr_expect_eq(n, 1U);
    for (size_t i = 0; i < PT_COUNT(FOREIGN); i++) {
        (void)snprintf(path, sizeof path, "%s/tile/0/000.p/%s", dir, FOREIGN[i]);
        log_file_put(path, "x", 1U);
    }
    n = 0;
    cr_assert(pt_ok(pt_tile_each(dir, 0, 0, count_version, &n)));
    cr_expect_eq(n, 1U);
    cr_expect(pt_ok(pt_tile_each(dir, 0, 77, count_version, &n)));
    cr_expect_eq(n, 1U);
    cr_expect_eq(pt_tile_each(dir, 0, 0, refuse_version, NULL).code, PT_E_FORGED);
    logkit_done(&kit);
}

/* --- the port of the provers
 * ------------------------------------------------------------------------------ */

Test(tlog, hashes_that_the_tiles_do_not_hold_are_not_invented)
{
    struct logkit kit;
    char dir[384];
    struct pt_hash hash;
    struct pt_tile_source *source = calloc(1, sizeof *source);

    cr_assert_not_null(source);
    log_make(&kit, 6U, 6U); /* 12 entries */
    folder(&kit, dir);
    source->dir = dir;
    source->size = 12U;
    cr_expect(pt_ok(pt_tile_source_get(source, 0, 11, &hash)));
    cr_expect(pt_ok(pt_tile_source_get(source, 2, 2, &hash)));
    cr_expect_eq(pt_tile_source_get(source, 0, 12, &hash).code, PT_E_ARG);
    cr_expect_eq(pt_tile_source_get(source, 2, 3, &hash).code, PT_E_ARG);
    cr_expect_eq(pt_tile_source_get(source, 8, 0, &hash).code, PT_E_ARG);
    cr_expect_eq(pt_tile_source_get(source, 64, 0, &hash).code, PT_E_ARG);
    free(source);
    logkit_done(&kit);
}

Test(tlog, a_tile_of_the_wrong_length_is_damage)
{
    struct logkit kit;
    char dir[384];
    char path[512];
    struct pt_hash hash;
    struct pt_tile_source *source = calloc(1, sizeof *source);

    cr_assert_not_null(source);
    log_make(&kit, 6U, 6U);
    folder(&kit, dir);
    (void)snprintf(path, sizeof path, "%s/tile/0/000.p/12", dir);
    log_file_put(path, "short", 5U);
    source->dir = dir;
    source->size = 12U;
    cr_expect_eq(pt_tile_source_get(source, 0, 0, &hash).code, PT_E_CORRUPT);
    cr_assert_eq(unlink(path), 0);
    cr_expect_eq(pt_tile_source_get(source, 0, 0, &hash).code, PT_E_ABSENT);
    free(source);
    logkit_done(&kit);
}

/* Subtrees above one tile come from the tiles of the next level. */
Test(tlog, every_inclusion_proof_out_of_the_tiles_holds)
{
    struct logkit kit;
    char dir[384];
    struct pt_tile_source *source = calloc(1, sizeof *source);
    const struct pt_hash_port port = {.get = pt_tile_source_get, .ctx = source};
    struct pt_range range;
    struct pt_hash root;
    struct pt_hash leaves[700];

    cr_assert_not_null(source);
    log_make(&kit, 300U, 301U);
    folder(&kit, dir);
    const uint64_t size = pt_journal_sealed_size(kit.journal);
    cr_assert_leq(size, 700U);
    source->dir = dir;
    source->size = size;
    pt_range_init(&range);
    for (uint64_t i = 0; i < size; i++) {
        cr_assert(pt_ok(pt_tile_source_get(source, 0, i, &leaves[i])));
        pt_range_append(&range, &leaves[i]);
    }
    pt_range_root(&range, &root);
    for (uint64_t i = 0; i < size; i += 7U) {
        struct pt_hash proof[64];
        size_t n = 0;
        cr_assert(pt_ok(pt_inclusion_prove(&port, i, size, proof, &n)));
        cr_expect(pt_ok(pt_inclusion_verify(i, size, &leaves[i], proof, n, &root)));
    }
    free(source);
    logkit_done(&kit);
}
