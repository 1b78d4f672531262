/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The bundle: what the supervisor read, for children that may not open files.
 *
 * Layout: "PTB1", then entries, then one byte 0. An entry: kind (1 file, 2 listing, 3 mode), key
 * length (u32 BE), key, data length (u32 BE), data. The key of a listing is
 * "path NUL suffix NUL depth byte": two listings never share a key.
 * Layer 3 (gateway).
 */
#include "poterne/base/codec.h"
#include "poterne/base/limits.h"
#include "poterne/gateway/reader.h"

#define KEY_MAX 4608U /* a path, a suffix, a depth */
#define HEAD    5U    /* kind and key length */

enum kind { KIND_END = 0, KIND_FILE, KIND_LIST, KIND_MODE, KIND_COUNT };

struct entry {
    enum kind kind;
    pt_slice key;
    pt_slice data;
};

static const pt_slice magic = PT_SLICE_INIT("PTB1");

/* --- reading a bundle --------------------------------------------------------------------------
 */

static PT_RESULT take(pt_slice *rest, size_t n, pt_slice *ret)
{
    PT_ENSURE(rest->len >= n, PT_E_PROTOCOL);
    *ret = pt_slice_head(*rest, n);
    *rest = (pt_slice){.ptr = rest->ptr + n, .len = rest->len - n};
    return PT_SUCCESS;
}

static PT_RESULT take_sized(pt_slice *rest, size_t max, pt_slice *ret)
{
    pt_slice head;
    PT_TRY(take(rest, 4U, &head));
    const uint32_t n = pt_be32_get((const uint8_t *)head.ptr);
    PT_ENSURE(n <= max, PT_E_LIMIT);
    return take(rest, n, ret);
}

static PT_RESULT take_entry(pt_slice *rest, struct entry *ret)
{
    pt_slice kind;
    PT_TRY(take(rest, 1U, &kind));
    const uint8_t number = (uint8_t)kind.ptr[0];
    PT_ENSURE(number < KIND_COUNT, PT_E_PROTOCOL);
    *ret = (struct entry){.kind = (enum kind)number};
    if (ret->kind == KIND_END) {
        return PT_SUCCESS;
    }
    PT_TRY(take_sized(rest, KEY_MAX, &ret->key));
    PT_TRY(take_sized(rest, PT_BUNDLE_MAX, &ret->data));
    PT_ENSURE(ret->kind != KIND_MODE || ret->data.len == 4U, PT_E_PROTOCOL);
    return PT_SUCCESS;
}

PT_RESULT pt_reader_bundle_open(pt_slice bytes, struct pt_reader_bundle *ret)
{
    PT_ENSURE(bytes.len <= PT_BUNDLE_MAX, PT_E_LIMIT);
    PT_ENSURE(pt_slice_starts(bytes, magic), PT_E_PROTOCOL);
    const pt_slice entries = pt_slice_from(bytes, magic.len);
    pt_slice rest = entries;
    for (;;) {
        struct entry entry;
        PT_TRY(take_entry(&rest, &entry));
        if (entry.kind == KIND_END) {
            PT_ENSURE(rest.len == 0U, PT_E_PROTOCOL);
            *ret = (struct pt_reader_bundle){.entries = entries};
            return PT_SUCCESS;
        }
    }
}

/* @entries may lack its end mark: the recording asks before it is closed. */
static PT_RESULT find(pt_slice entries, enum kind kind, pt_slice key, pt_slice *ret_data)
{
    pt_slice rest = entries;
    while (rest.len > 0U) {
        struct entry entry;
        PT_TRY(take_entry(&rest, &entry));
        if (entry.kind == kind && pt_slice_eq(entry.key, key)) {
            *ret_data = entry.data;
            return PT_SUCCESS;
        }
    }
    return PT_FAIL(PT_E_ABSENT);
}

static PT_RESULT list_key(const char *path, const char *suffix, uint32_t depth,
                          char out[static KEY_MAX], pt_slice *ret)
{
    const size_t n = strlen(path) + 1U;
    const size_t k = strlen(suffix) + 1U;
    PT_ENSURE(n < KEY_MAX && k < KEY_MAX && n + k + 1U <= KEY_MAX, PT_E_LIMIT);
    PT_ENSURE(depth <= PT_READER_DEPTH_MAX, PT_E_ARG);
    memcpy(out, path, n);
    memcpy(out + n, suffix, k);
    out[n + k] = (char)depth;
    *ret = pt_slice_of(out, n + k + 1U);
    return PT_SUCCESS;
}

static PT_RESULT put_found(pt_slice entries, enum kind kind, pt_slice key, struct pt_buf *buf)
{
    pt_slice data;
    PT_TRY(find(entries, kind, key, &data));
    pt_buf_put(buf, data);
    return pt_buf_status(buf);
}

static PT_RESULT find_mode(pt_slice entries, const char *path, uint32_t *ret_mode)
{
    pt_slice data;
    PT_TRY(find(entries, KIND_MODE, pt_slice_str(path), &data));
    *ret_mode = pt_be32_get((const uint8_t *)data.ptr);
    return PT_SUCCESS;
}

static PT_RESULT bundle_read(void *ctx, const char *path, struct pt_buf *buf)
{
    const struct pt_reader_bundle *bundle = ctx;
    return put_found(bundle->entries, KIND_FILE, pt_slice_str(path), buf);
}

static PT_RESULT bundle_list(void *ctx, const char *path, const char *suffix, uint32_t depth,
                             struct pt_buf *buf)
{
    const struct pt_reader_bundle *bundle = ctx;
    char text[KEY_MAX];
    pt_slice key;
    PT_TRY(list_key(path, suffix, depth, text, &key));
    return put_found(bundle->entries, KIND_LIST, key, buf);
}

static PT_RESULT bundle_mode(void *ctx, const char *path, uint32_t *ret_mode)
{
    const struct pt_reader_bundle *bundle = ctx;
    return find_mode(bundle->entries, path, ret_mode);
}

struct pt_reader_port pt_reader_bundle(struct pt_reader_bundle *bundle)
{
    return (struct pt_reader_port){
        .read = bundle_read, .list = bundle_list, .mode = bundle_mode, .ctx = bundle};
}

/* --- recording one ------------------------------------------------------------------------------
 */

static PT_RESULT put_entry(struct pt_buf *bundle, enum kind kind, pt_slice key, pt_slice data)
{
    PT_ENSURE(key.len <= KEY_MAX && data.len <= PT_BUNDLE_MAX, PT_E_LIMIT);
    uint8_t head[HEAD] = {(uint8_t)kind};
    pt_be32_put(head + 1, (uint32_t)key.len);
    pt_buf_put(bundle, pt_slice_of(head, sizeof head));
    pt_buf_put(bundle, key);
    uint8_t size[4];
    pt_be32_put(size, (uint32_t)data.len);
    pt_buf_put(bundle, pt_slice_of(size, sizeof size));
    pt_buf_put(bundle, data);
    return pt_buf_status(bundle);
}

static pt_slice recorded(const struct pt_reader_recording *recording)
{
    return pt_slice_from(pt_buf_slice(&recording->bundle), magic.len);
}

static PT_RESULT recording_read(void *ctx, const char *path, struct pt_buf *buf)
{
    struct pt_reader_recording *recording = ctx;
    const pt_slice key = pt_slice_str(path);
    const pt_status known = put_found(recorded(recording), KIND_FILE, key, buf);
    if (known.code != PT_E_ABSENT) {
        return known;
    }
    const size_t before = buf->len;
    PT_TRY(recording->inner.read(recording->inner.ctx, path, buf));
    return put_entry(&recording->bundle, KIND_FILE, key, pt_slice_from(pt_buf_slice(buf), before));
}

static PT_RESULT recording_list(void *ctx, const char *path, const char *suffix, uint32_t depth,
                                struct pt_buf *buf)
{
    struct pt_reader_recording *recording = ctx;
    char text[KEY_MAX];
    pt_slice key;
    PT_TRY(list_key(path, suffix, depth, text, &key));
    const pt_status known = put_found(recorded(recording), KIND_LIST, key, buf);
    if (known.code != PT_E_ABSENT) {
        return known;
    }
    const size_t before = buf->len;
    PT_TRY(recording->inner.list(recording->inner.ctx, path, suffix, depth, buf));
    return put_entry(&recording->bundle, KIND_LIST, key, pt_slice_from(pt_buf_slice(buf), before));
}

static PT_RESULT recording_mode(void *ctx, const char *path, uint32_t *ret_mode)
{
    struct pt_reader_recording *recording = ctx;
    const pt_status known = find_mode(recorded(recording), path, ret_mode);
    if (known.code != PT_E_ABSENT) {
        return known;
    }
    uint32_t mode = 0U;
    PT_TRY(recording->inner.mode(recording->inner.ctx, path, &mode));
    uint8_t data[4];
    pt_be32_put(data, mode);
    PT_TRY(put_entry(&recording->bundle, KIND_MODE, pt_slice_str(path),
                     pt_slice_of(data, sizeof data)));
    *ret_mode = mode;
    return PT_SUCCESS;
}

void pt_reader_recording_init(struct pt_reader_recording *recording,
                              const struct pt_reader_port *inner)
{
    *recording = (struct pt_reader_recording){.inner = *inner};
    pt_buf_init(&recording->bundle, PT_BUNDLE_MAX);
    pt_buf_put(&recording->bundle, magic);
}

struct pt_reader_port pt_reader_recording(struct pt_reader_recording *recording)
{
    return (struct pt_reader_port){.read = recording_read,
                                   .list = recording_list,
                                   .mode = recording->inner.mode != NULL ? recording_mode : NULL,
                                   .ctx = recording};
}

PT_RESULT pt_reader_recording_end(struct pt_reader_recording *recording, pt_slice *ret_bundle)
{
    pt_buf_put_byte(&recording->bundle, (char)KIND_END);
    PT_TRY(pt_buf_status(&recording->bundle));
    *ret_bundle = pt_buf_slice(&recording->bundle);
    return PT_SUCCESS;
}

void pt_reader_recording_done(struct pt_reader_recording *recording)
{
    pt_buf_done(&recording->bundle);
}
