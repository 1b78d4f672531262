/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * asice_zip.c -- see asice_int.h: the one file that calls libzip, on containers whose layout
 * (asice_layout.c) leaves it no choice. The sizes a container declares are added up before a byte
 * is unpacked, and no more than was declared is unpacked.
 * Layer 1 (pki).
 */
#include "pki/asice_int.h"

#include "poterne/base/codec.h"

#include <strings.h>
#include <zip.h>
#define ZLIB_CONST /* what inflate() reads is const */
#include <zlib.h>

#define DOS_DATE   0x21U /* 1980-01-01: a container made twice is the same twice */
#define LOCAL_SIZE 30U   /* of a local file header, without name and extra field */

/* --- reading --------------------------------------------------------------------------------- */

/* EN 319 162-1 A.1: the first entry, stored, no extra field, so that its bytes stand at 38. */
static bool mimetype_first(pt_slice container)
{
    static const char magic[] = "PK\003\004";
    static const char name[] = "mimetype";
    const size_t at = LOCAL_SIZE + sizeof(name) - 1U;
    const size_t want = sizeof(PT_ASICE_MIMETYPE) - 1U;
    if (container.len < at + want || memcmp(container.ptr, magic, 4U) != 0) {
        return false;
    }
    const unsigned char *const p = (const unsigned char *)container.ptr;
    const bool stored = p[8] == 0U && p[9] == 0U;
    const bool named = p[26] == sizeof(name) - 1U && p[27] == 0U && p[28] == 0U && p[29] == 0U;
    return stored && named && memcmp(p + LOCAL_SIZE, name, sizeof(name) - 1U) == 0 &&
           memcmp(p + at, PT_ASICE_MIMETYPE, want) == 0;
}

/* "a", "./a" and "b//../a" are one file where they are unpacked. */
static bool segments_ok(pt_slice name)
{
    while (name.len > 0U) {
        const pt_slice segment = pt_slice_cut(&name, '/');
        if (segment.len == 0U || pt_slice_eq(segment, PT_SLICE("."))) {
            return false;
        }
    }
    return true;
}

bool pt_asice_name_ok(pt_slice name)
{
    if (name.len == 0U || name.len > PT_ASICE_NAME_MAX || !pt_utf8_valid(name)) {
        return false;
    }
    for (size_t i = 0U; i < name.len; i++) {
        const unsigned char c = (unsigned char)name.ptr[i];
        if (c < 0x20U || c == 0x7fU || c == '\\' || c == ':') {
            return false;
        }
    }
    return memmem(name.ptr, name.len, "..", 2U) == NULL && segments_ok(name);
}

/* Names that differ only by case, or by the "/" of a folder, are one name: where the documents end
 * up, they may be. */
static bool same_name(const char *a, const char *b)
{
    const size_t na = strlen(a) - (a[0] != '\0' && a[strlen(a) - 1U] == '/' ? 1U : 0U);
    const size_t nb = strlen(b) - (b[0] != '\0' && b[strlen(b) - 1U] == '/' ? 1U : 0U);
    return na == nb && strncasecmp(a, b, na) == 0;
}

static pt_status check_stat(const zip_stat_t *stat)
{
    const zip_uint64_t all = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                             ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    PT_ENSURE((stat->valid & all) == all, PT_E_SYNTAX);
    PT_ENSURE(stat->encryption_method == ZIP_EM_NONE, PT_E_DENIED);
    PT_ENSURE(stat->comp_method == ZIP_CM_STORE || stat->comp_method == ZIP_CM_DEFLATE,
              PT_E_DENIED);
    PT_ENSURE(pt_asice_name_ok(pt_slice_str(stat->name)), PT_E_DENIED);
    PT_ENSURE(stat->size <= PT_ASICE_CONTENT_MAX, PT_E_LIMIT);
    return PT_SUCCESS;
}

/* All of them, before anything is unpacked. */
static pt_status check_all(zip_t *archive, size_t n)
{
    zip_uint64_t total = 0U;
    for (size_t i = 0U; i < n; i++) {
        zip_stat_t stat;
        PT_ENSURE(zip_stat_index(archive, i, ZIP_FL_ENC_RAW, &stat) == 0, PT_E_SYNTAX);
        PT_TRY(check_stat(&stat));
        total += stat.size;
        PT_ENSURE(total <= PT_ASICE_CONTENT_MAX, PT_E_LIMIT);
        for (size_t k = 0U; k < i; k++) {
            const char *const other = zip_get_name(archive, k, ZIP_FL_ENC_RAW);
            PT_ENSURE(other != NULL && !same_name(other, stat.name), PT_E_DENIED);
        }
    }
    return PT_SUCCESS;
}

/* Exactly @size bytes, and then the end, where libzip compares the checksum. */
static pt_status unpack(zip_file_t *file, size_t size, struct pt_buf *out)
{
    char one = 0;
    if (size > 0U) {
        char *const space = pt_buf_space(out, size);
        PT_ENSURE(space != NULL, out->error);
        PT_ENSURE(zip_fread(file, space, size) == (zip_int64_t)size, PT_E_SYNTAX);
        pt_buf_commit(out, size);
    }
    PT_ENSURE(zip_fread(file, &one, 1U) == 0, PT_E_SYNTAX);
    return PT_SUCCESS;
}

/*
 * Does the deflated stream end with the last of its bytes? libzip stops at the end of the stream
 * and does not ask; a reader that finds the next entry by that end would find it elsewhere.
 */
static pt_status ends_there(const struct pt_asice_packed *packed, size_t size)
{
    unsigned char scratch[8192];
    z_stream z = {.avail_in = (uInt)packed->bytes.len, .next_in = (const Bytef *)packed->bytes.ptr};
    if (!packed->deflated) {
        return PT_SUCCESS;
    }
    PT_ENSURE(inflateInit2(&z, -MAX_WBITS) == Z_OK, PT_E_NOMEM);
    int rc = Z_OK;
    while (rc == Z_OK && z.total_out <= size) {
        z.next_out = scratch;
        z.avail_out = sizeof(scratch);
        rc = inflate(&z, Z_NO_FLUSH);
    }
    const bool whole = rc == Z_STREAM_END && z.avail_in == 0U && z.total_out == size;
    (void)inflateEnd(&z);
    PT_ENSURE(rc != Z_MEM_ERROR, PT_E_NOMEM);
    PT_ENSURE(whole, PT_E_SYNTAX);
    return PT_SUCCESS;
}

static pt_status read_entry(zip_t *archive, size_t index, struct pt_asice_zip *ret)
{
    zip_stat_t stat;
    PT_ENSURE(zip_stat_index(archive, index, ZIP_FL_ENC_RAW, &stat) == 0, PT_E_SYNTAX);
    struct pt_xml_content *const entry = &ret->entries[ret->n];
    entry->name = pt_slice_of(NULL, strlen(stat.name));
    entry->bytes = pt_slice_of(NULL, (size_t)stat.size);
    pt_buf_put(&ret->names, pt_slice_of(stat.name, entry->name.len));
    PT_TRY(pt_buf_status(&ret->names));
    PT_TRY(ends_there(&ret->packed[index], entry->bytes.len));
    zip_file_t *file = zip_fopen_index(archive, index, 0);
    PT_ENSURE(file != NULL, PT_E_SYNTAX);
    const pt_status st = unpack(file, entry->bytes.len, &ret->bytes);
    (void)zip_fclose(file);
    PT_TRY(st);
    ret->n++;
    return PT_SUCCESS;
}

static pt_status read_all(zip_t *archive, struct pt_asice_zip *ret)
{
    const zip_int64_t n = zip_get_num_entries(archive, 0);
    PT_ENSURE(n > 0, PT_E_SYNTAX);
    PT_ENSURE(n <= (zip_int64_t)PT_ASICE_ENTRIES_MAX, PT_E_LIMIT);
    PT_TRY(check_all(archive, (size_t)n));
    for (size_t i = 0U; i < (size_t)n; i++) {
        PT_TRY(read_entry(archive, i, ret));
    }
    /* The buffers stand still now: the entries may look at them. */
    size_t name = 0U;
    size_t byte = 0U;
    for (size_t i = 0U; i < ret->n; i++) {
        ret->entries[i].name.ptr = ret->names.ptr + name;
        ret->entries[i].bytes.ptr = ret->bytes.ptr != NULL ? ret->bytes.ptr + byte : NULL;
        name += ret->entries[i].name.len;
        byte += ret->entries[i].bytes.len;
    }
    /* mimetype_first() has seen how it begins. */
    const pt_slice type = ret->entries[0].bytes;
    PT_ENSURE(type.ptr != NULL && pt_slice_eq(type, PT_SLICE(PT_ASICE_MIMETYPE)), PT_E_DENIED);
    return PT_SUCCESS;
}

PT_RESULT pt_asice_zip_read(pt_slice container, struct pt_asice_zip *ret)
{
    *ret = (struct pt_asice_zip){.n = 0U};
    pt_buf_init(&ret->names, (size_t)PT_ASICE_ENTRIES_MAX * PT_ASICE_NAME_MAX);
    pt_buf_init(&ret->bytes, PT_ASICE_CONTENT_MAX);
    PT_ENSURE(container.len <= PT_ASICE_MAX, PT_E_LIMIT);
    PT_ENSURE(mimetype_first(container), PT_E_DENIED);
    PT_TRY(pt_asice_layout(container, ret->packed));
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(container.ptr, container.len, 0, &error);
    zip_t *archive =
        source != NULL ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : NULL;
    zip_error_fini(&error);
    if (archive == NULL) {
        zip_source_free(source);
        return PT_FAIL(PT_E_SYNTAX);
    }
    const pt_status st = read_all(archive, ret);
    zip_discard(archive);
    return st;
}

void pt_asice_zip_done(struct pt_asice_zip *zip)
{
    pt_buf_done(&zip->names);
    pt_buf_done(&zip->bytes);
    zip->n = 0U;
}

/* --- writing --------------------------------------------------------------------------------- */

static pt_status add(zip_t *archive, const char *name, pt_slice bytes)
{
    zip_source_t *source =
        zip_source_buffer(archive, bytes.len > 0U ? bytes.ptr : "", bytes.len, 0);
    PT_ENSURE(source != NULL, PT_E_NOMEM);
    const zip_int64_t index = zip_file_add(archive, name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return PT_FAIL(PT_E_EXISTS);
    }
    PT_ENSURE(zip_set_file_compression(archive, (zip_uint64_t)index, ZIP_CM_STORE, 0U) == 0 &&
                  zip_file_set_dostime(archive, (zip_uint64_t)index, 0U, DOS_DATE, 0U) == 0,
              PT_E_NOMEM);
    return PT_SUCCESS;
}

static pt_status add_all(zip_t *archive, const struct pt_xml_content *entries, size_t n)
{
    PT_TRY(add(archive, "mimetype", PT_SLICE(PT_ASICE_MIMETYPE)));
    for (size_t i = 0U; i < n; i++) {
        char name[PT_ASICE_NAME_MAX + 1U];
        PT_ENSURE(pt_asice_name_ok(entries[i].name), PT_E_ARG);
        memcpy(name, entries[i].name.ptr, entries[i].name.len);
        name[entries[i].name.len] = '\0';
        PT_TRY(add(archive, name, entries[i].bytes));
    }
    return PT_SUCCESS;
}

static pt_status copy_out(zip_source_t *source, struct pt_buf *out)
{
    zip_stat_t stat;
    zip_stat_init(&stat);
    PT_ENSURE(zip_source_stat(source, &stat) == 0 && (stat.valid & ZIP_STAT_SIZE) != 0U,
              PT_E_NOMEM);
    PT_ENSURE(stat.size > 0U && stat.size <= PT_ASICE_MAX, PT_E_LIMIT);
    char *const space = pt_buf_space(out, (size_t)stat.size);
    PT_ENSURE(space != NULL, out->error);
    PT_ENSURE(zip_source_open(source) == 0, PT_E_NOMEM);
    const zip_int64_t got = zip_source_read(source, space, stat.size);
    (void)zip_source_close(source);
    PT_ENSURE(got == (zip_int64_t)stat.size, PT_E_NOMEM);
    pt_buf_commit(out, (size_t)stat.size);
    return PT_SUCCESS;
}

static pt_status write_into(zip_source_t *source, const struct pt_xml_content *entries, size_t n,
                            struct pt_buf *out)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_keep(source);
    zip_t *archive = zip_open_from_source(source, ZIP_TRUNCATE, &error);
    zip_error_fini(&error);
    if (archive == NULL) {
        zip_source_free(source);
        return PT_FAIL(PT_E_NOMEM);
    }
    const pt_status st = add_all(archive, entries, n);
    if (!pt_ok(st) || zip_close(archive) != 0) {
        zip_discard(archive);
        return pt_ok(st) ? PT_FAIL(PT_E_NOMEM) : st;
    }
    return copy_out(source, out);
}

PT_RESULT pt_asice_zip_write(const struct pt_xml_content *entries, size_t n, struct pt_buf *out)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(NULL, 0U, 0, &error);
    zip_error_fini(&error);
    PT_ENSURE(source != NULL, PT_E_NOMEM);
    const pt_status st = write_into(source, entries, n, out);
    zip_source_free(source);
    return st;
}
