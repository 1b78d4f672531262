/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tlog.c -- reading a folder of C2SP tlog-tiles.
 *
 * Law: nothing here is believed; lengths are exact, and whoever reads compares with hashes. Layer 1
 * (audit), part of the pure proof library.
 */
#include "audit/tlog_int.h"

#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/base/num.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

/* --- names --------------------------------------------------------------------------------- */

void pt_tile_path(unsigned level, uint64_t index, unsigned width, char out[static PT_TILE_PATH_MAX])
{
    unsigned groups = 1;
    int n = level == PT_TILE_ENTRIES ? snprintf(out, PT_TILE_PATH_MAX, "tile/entries")
                                     : snprintf(out, PT_TILE_PATH_MAX, "tile/%u", level);

    for (uint64_t rest = index / 1000U; rest != 0U; rest /= 1000U) {
        groups++;
    }
    for (; groups > 0U; groups--) {
        uint64_t group = index;
        for (unsigned i = 1; i < groups; i++) {
            group /= 1000U;
        }
        n += snprintf(&out[n], PT_TILE_PATH_MAX - (size_t)n, groups > 1U ? "/x%03u" : "/%03u",
                      (unsigned)(group % 1000U));
    }
    if (width < PT_TILE_WIDTH) {
        n += snprintf(&out[n], PT_TILE_PATH_MAX - (size_t)n, ".p/%u", width);
    }
    PT_BUG_ON((size_t)n >= PT_TILE_PATH_MAX);
}

unsigned pt_tile_width(unsigned level, uint64_t index, uint64_t size)
{
    const unsigned shift = level == PT_TILE_ENTRIES ? 0U : level * 8U;
    const uint64_t items = size >> shift;

    if (items / PT_TILE_WIDTH > index) {
        return PT_TILE_WIDTH;
    }
    return items / PT_TILE_WIDTH == index ? (unsigned)(items % PT_TILE_WIDTH) : 0U;
}

/* --- files --------------------------------------------------------------------------------- */

static pt_status read_below(const char *dir, const char *path, struct pt_buf *out)
{
    char whole[PT_PATH_MAX];

    PT_TRY(pt_file_join(dir, path, whole, sizeof whole));
    return pt_file_read(whole, out);
}

PT_RESULT pt_tile_read(const char *dir, unsigned level, uint64_t index, unsigned width,
                       struct pt_buf *out, unsigned *ret_width)
{
    char path[PT_TILE_PATH_MAX];
    unsigned next = width;

    for (unsigned tries = 0; tries <= PT_TILE_WIDTH - width; tries++) {
        pt_tile_path(level, index, next, path);
        const pt_status st = read_below(dir, path, out);
        if (pt_ok(st)) {
            *ret_width = next;
            return st;
        }
        PT_ENSURE(st.code == (uint32_t)PT_E_ABSENT, st.code);
        /* the exact one first, then the full one, then the partial ones in between */
        next = tries == 0U ? PT_TILE_WIDTH : width + tries;
    }
    return PT_FAIL(PT_E_ABSENT);
}

struct versions {
    const char *dir;
    PT_RESULT (*see)(void *ctx, const struct pt_tile_version *version);
    void *ctx;
    struct pt_buf bytes;
};

static pt_status see_version(struct versions *v, unsigned level, uint64_t index, unsigned width)
{
    char path[PT_TILE_PATH_MAX];

    pt_tile_path(level, index, width, path);
    pt_buf_clear(&v->bytes);
    const pt_status st = read_below(v->dir, path, &v->bytes);
    if (st.code == (uint32_t)PT_E_ABSENT) {
        return PT_SUCCESS; /* removed meanwhile: its successor is seen */
    }
    PT_TRY(st);
    const struct pt_tile_version version = {
        .path = path, .width = width, .bytes = pt_buf_slice(&v->bytes)};
    return v->see(v->ctx, &version);
}

/* Names that are not the canonical decimal of a width are none of ours. */
static unsigned width_of(const char *name)
{
    uint64_t width = 0;

    if (name[0] == '0' || !pt_ok(pt_num_u64(pt_slice_str(name), 1U, PT_TILE_WIDTH - 1U, &width))) {
        return 0;
    }
    return (unsigned)width;
}

static pt_status see_partials(struct versions *v, unsigned level, uint64_t index, DIR *folder)
{
    const struct dirent *entry = NULL;

    while ((entry = readdir(folder)) != NULL) {
        const unsigned width = width_of(entry->d_name);
        if (width != 0U) {
            PT_TRY(see_version(v, level, index, width));
        }
    }
    return PT_SUCCESS;
}

static pt_status see_all(struct versions *v, unsigned level, uint64_t index)
{
    char path[PT_TILE_PATH_MAX];
    char whole[PT_PATH_MAX];

    PT_TRY(see_version(v, level, index, PT_TILE_WIDTH));
    pt_tile_path(level, index, 1U, path);
    path[strlen(path) - strlen("/1")] = '\0';
    PT_TRY(pt_file_join(v->dir, path, whole, sizeof whole));
    DIR *folder = opendir(whole);
    if (folder == NULL) {
        return errno == ENOENT ? PT_SUCCESS : PT_FAIL_AUX(PT_E_IO, errno);
    }
    const pt_status st = see_partials(v, level, index, folder);
    closedir(folder);
    return st;
}

PT_RESULT pt_tile_each(const char *dir, unsigned level, uint64_t index,
                       PT_RESULT (*see)(void *ctx, const struct pt_tile_version *version),
                       void *ctx)
{
    struct versions v = {.dir = dir, .see = see, .ctx = ctx};

    pt_buf_init(&v.bytes, level == PT_TILE_ENTRIES ? PT_BUNDLE_BYTES : PT_TILE_BYTES);
    const pt_status st = see_all(&v, level, index);
    pt_buf_done(&v.bytes);
    return st;
}

PT_RESULT pt_bundle_next(pt_slice *rest, pt_slice *ret_entry)
{
    PT_ENSURE(rest->len >= 2U, PT_E_CORRUPT);
    const uint8_t length[2] = {(uint8_t)rest->ptr[0], (uint8_t)rest->ptr[1]};
    const size_t n = pt_be16_get(length);
    PT_ENSURE(rest->len - 2U >= n, PT_E_CORRUPT);
    *ret_entry = pt_slice_head(pt_slice_from(*rest, 2U), n);
    *rest = pt_slice_from(*rest, 2U + n);
    return PT_SUCCESS;
}

/* --- the port of the provers --------------------------------------------------------------- */

static pt_status load_tile(struct pt_tile_source *source, unsigned level, uint64_t index,
                           struct pt_buf *bytes)
{
    const unsigned need = pt_tile_width(level, index, source->size);
    unsigned width = 0;

    PT_ENSURE(need != 0U, PT_E_ARG);
    PT_TRY(pt_tile_read(source->dir, level, index, need, bytes, &width));
    PT_ENSURE(bytes->len == (size_t)width * PT_HASH_LEN, PT_E_CORRUPT);
    memcpy(source->tiles[level].hashes, bytes->ptr, (size_t)need * PT_HASH_LEN);
    source->tiles[level].index = index;
    source->tiles[level].width = need;
    source->tiles[level].loaded = true;
    return PT_SUCCESS;
}

PT_RESULT pt_tile_source_get(void *ctx, unsigned level, uint64_t index, struct pt_hash *ret)
{
    struct pt_tile_source *source = ctx;
    const unsigned tile_level = level / 8U;
    const unsigned height = level % 8U; /* of the subtree above the tile's hashes */
    const uint64_t tile = index >> (8U - height);
    const size_t first = (size_t)((index << height) % PT_TILE_WIDTH);
    struct pt_range range;

    PT_ENSURE(tile_level < PT_TILE_LEVELS, PT_E_ARG);
    if (!source->tiles[tile_level].loaded || source->tiles[tile_level].index != tile) {
        struct pt_buf bytes;
        pt_buf_init(&bytes, PT_TILE_BYTES);
        const pt_status st = load_tile(source, tile_level, tile, &bytes);
        pt_buf_done(&bytes);
        PT_TRY(st);
    }
    PT_ENSURE(first + (1U << height) <= source->tiles[tile_level].width, PT_E_ARG);
    pt_range_init(&range);
    for (size_t i = 0; i < (1U << height); i++) {
        pt_range_append(&range, &source->tiles[tile_level].hashes[first + i]);
    }
    pt_range_root(&range, ret);
    return PT_SUCCESS;
}
