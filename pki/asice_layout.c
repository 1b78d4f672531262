/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * asice_layout.c -- see asice_int.h. A ZIP file can be read from its end (the directory) or from
 * its beginning (one local header after the other), and two readers that begin at different ends
 * may see different documents. Law: every byte of a container belongs to exactly one local entry,
 * to the directory or to the end record, in this order and without a gap; both descriptions of an
 * entry agree. What remains has one reading (APPNOTE.TXT 6.3.10, 4.3). Layer 1 (pki).
 */
#include "pki/asice_int.h"

#define LOCAL_MARK   0x04034b50U
#define CENTRAL_MARK 0x02014b50U
#define END_MARK     0x06054b50U
#define LATER_MARK   0x08074b50U
#define ZIP64_MARK   0x07064b50U
#define LOCAL_LEN    30U
#define CENTRAL_LEN  46U
#define END_LEN      22U
#define LATER_LEN    16U
#define ZIP64_LEN    20U /* of the ZIP64 locator, which readers look for before the end record */

#define METHOD_STORED   0U
#define METHOD_DEFLATED 8U
#define FLAG_EFFORT     0x0006U /* how hard the deflater tried */
#define FLAG_LATER      0x0008U /* checksum and sizes stand behind the data */
#define FLAG_UTF8       0x0800U
#define HOST_UNIX       3U
#define UNIX_KIND       0170000U
#define UNIX_FILE       0100000U
#define UNIX_FOLDER     0040000U

/* What both headers of an entry say, in the order of both: version, flags, method, time, date,
 * checksum, sizes, length of the name. */
struct entry {
    uint32_t flags, method, crc, packed, size, name_len, extra_len;
    pt_slice name, extra;
};

/* What is not there reads as 0, which is no mark. */
static uint32_t le16(pt_slice s, size_t at)
{
    if (s.ptr == NULL || s.len < 2U || at > s.len - 2U) {
        return 0U;
    }
    return (uint32_t)(unsigned char)s.ptr[at] | (uint32_t)(unsigned char)s.ptr[at + 1U] << 8U;
}

static uint32_t le32(pt_slice s, size_t at)
{
    return le16(s, at) | le16(s, at + 2U) << 16U;
}

/* The fields that begin at @at, and behind the @fixed bytes of its header name and extra field. */
static bool read_entry(pt_slice header, size_t at, size_t fixed, struct entry *ret)
{
    *ret = (struct entry){.flags = le16(header, at),
                          .method = le16(header, at + 2U),
                          .crc = le32(header, at + 8U),
                          .packed = le32(header, at + 12U),
                          .size = le32(header, at + 16U),
                          .name_len = le16(header, at + 20U),
                          .extra_len = le16(header, at + 22U)};
    const pt_slice rest = pt_slice_from(header, fixed);
    if (rest.len < (size_t)ret->name_len + ret->extra_len) {
        return false;
    }
    ret->name = pt_slice_head(rest, ret->name_len);
    ret->extra = pt_slice_head(pt_slice_from(rest, ret->name_len), ret->extra_len);
    return true;
}

/*
 * Extra fields that say when and by whom, and nothing of name, size or content: times of Unix, of
 * Windows, owners, the mark of a Java archive. ZIP64 sizes and a second name are not among them.
 */
static bool extra_ok(pt_slice extra)
{
    static const uint32_t known[] = {0x5455U, 0x000aU, 0x7875U, 0xcafeU};
    while (extra.len >= 4U) {
        const size_t len = 4U + le16(extra, 2U);
        bool ok = false;
        for (size_t i = 0U; i < PT_COUNT(known); i++) {
            ok = ok || le16(extra, 0U) == known[i];
        }
        if (!ok || extra.len < len) {
            return false;
        }
        extra = pt_slice_from(extra, len);
    }
    return extra.len == 0U;
}

/* Another reader takes bytes above 127 for the code page of an old PC unless a flag says UTF-8. */
static bool name_coded(const struct entry *e)
{
    for (size_t i = 0U; i < e->name.len; i++) {
        if ((unsigned char)e->name.ptr[i] > 0x7fU && (e->flags & FLAG_UTF8) == 0U) {
            return false;
        }
    }
    return true;
}

/* Stored bytes have no end of their own: their size must stand before them. */
static bool method_ok(const struct entry *e)
{
    const bool later = (e->flags & FLAG_LATER) != 0U;
    return e->method == METHOD_STORED ? e->packed == e->size && !later
                                      : e->method == METHOD_DEFLATED;
}

/* A link, a device: who unpacks would get something else than the bytes that are sealed. */
static bool kind_ok(pt_slice header, const struct entry *e)
{
    const bool folder = e->name.len > 0U && e->name.ptr[e->name.len - 1U] == '/';
    const uint32_t kind = le16(header, 40U) & UNIX_KIND;
    if (folder && e->size > 0U) {
        return false;
    }
    return le16(header, 4U) >> 8U != HOST_UNIX || kind == 0U || kind == UNIX_FILE ||
           (folder && kind == UNIX_FOLDER);
}

/* No flag but those above: not encrypted, no patch, no hidden header. */
static bool central_ok(pt_slice header, const struct entry *e)
{
    const bool flags = (e->flags & ~(FLAG_EFFORT | FLAG_LATER | FLAG_UTF8)) == 0U;
    const bool no_comment = le16(header, 32U) == 0U;
    const bool one_disk = le16(header, 34U) == 0U;
    return flags && no_comment && one_disk && method_ok(e) && extra_ok(e->extra) && name_coded(e) &&
           pt_asice_name_ok(e->name) && kind_ok(header, e);
}

static bool same(const struct entry *local, const struct entry *central)
{
    const bool later = (central->flags & FLAG_LATER) != 0U;
    return local->flags == central->flags && local->method == central->method &&
           local->crc == (later ? 0U : central->crc) &&
           local->packed == (later ? 0U : central->packed) &&
           local->size == (later ? 0U : central->size) && pt_slice_eq(local->name, central->name);
}

/* Checksum and sizes behind the data, with their mark: as Java writes every deflated entry. */
static bool past_later(pt_slice *locals, const struct entry *want)
{
    if ((want->flags & FLAG_LATER) == 0U) {
        return true;
    }
    if (locals->len < LATER_LEN || le32(*locals, 0U) != LATER_MARK ||
        le32(*locals, 4U) != want->crc || le32(*locals, 8U) != want->packed ||
        le32(*locals, 12U) != want->size) {
        return false;
    }
    *locals = pt_slice_from(*locals, LATER_LEN);
    return true;
}

/* The local entry at the head of *@locals is the one @want describes; past it. */
static bool past_local(pt_slice *locals, const struct entry *want, pt_slice *ret_packed)
{
    struct entry e;
    if (locals->len < LOCAL_LEN || le32(*locals, 0U) != LOCAL_MARK ||
        !read_entry(*locals, 6U, LOCAL_LEN, &e) || !same(&e, want) || !extra_ok(e.extra)) {
        return false;
    }
    const pt_slice rest = pt_slice_from(*locals, LOCAL_LEN + e.name_len + e.extra_len);
    if (rest.len < want->packed) {
        return false;
    }
    *ret_packed = pt_slice_head(rest, want->packed);
    *locals = pt_slice_from(rest, want->packed);
    return past_later(locals, want);
}

/* @at: where the local entry has to stand. */
static bool past_central(pt_slice *directory, pt_slice *locals, size_t at,
                         struct pt_asice_packed *ret)
{
    struct entry e;
    if (directory->len < CENTRAL_LEN || le32(*directory, 0U) != CENTRAL_MARK ||
        !read_entry(*directory, 8U, CENTRAL_LEN, &e) || !central_ok(*directory, &e) ||
        le32(*directory, 42U) != at || !past_local(locals, &e, &ret->bytes)) {
        return false;
    }
    ret->deflated = e.method == METHOD_DEFLATED;
    *directory = pt_slice_from(*directory, CENTRAL_LEN + e.name_len + e.extra_len);
    return true;
}

PT_RESULT pt_asice_layout(pt_slice container,
                          struct pt_asice_packed packed[static PT_ASICE_ENTRIES_MAX])
{
    PT_ENSURE(container.len > END_LEN, PT_E_SYNTAX);
    const size_t body = container.len - END_LEN;
    const pt_slice end = pt_slice_from(container, body);
    PT_ENSURE(le32(end, 0U) == END_MARK && le16(end, 20U) == 0U, PT_E_SYNTAX);
    PT_ENSURE(body < ZIP64_LEN || le32(container, body - ZIP64_LEN) != ZIP64_MARK, PT_E_SYNTAX);
    const uint32_t n = le16(end, 10U);
    const size_t start = le32(end, 16U);
    PT_ENSURE(le32(end, 4U) == 0U && le16(end, 8U) == n && n > 0U, PT_E_SYNTAX);
    PT_ENSURE(n <= PT_ASICE_ENTRIES_MAX, PT_E_LIMIT);
    PT_ENSURE(start < body && le32(end, 12U) == body - start, PT_E_SYNTAX);
    pt_slice locals = pt_slice_head(container, start);
    pt_slice directory = pt_slice_head(pt_slice_from(container, start), body - start);
    for (uint32_t i = 0U; i < n; i++) {
        PT_ENSURE(past_central(&directory, &locals, start - locals.len, &packed[i]), PT_E_DENIED);
    }
    PT_ENSURE(locals.len == 0U && directory.len == 0U, PT_E_SYNTAX);
    return PT_SUCCESS;
}
