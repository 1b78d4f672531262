/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Unit tests of pki/asice_layout.c, asice_zip.c, asice_manifest.c: SIG-02 for containers: one
 * reading, whichever end a reader begins at. The containers are written here byte by byte.
 */
#include "pki/asice_int.h"
#include "tests/unit/pki/sealworld.h"

#include <criterion/criterion.h>
#define ZLIB_CONST
#include <zlib.h>

#define MANY    8U
#define LATER   0x0008U
#define UTF8    0x0800U
#define FOLDER  (0040755U << 16U)
#define LINK    (0120777U << 16U)
#define ON_UNIX 0x0314U

/* An entry, and in what its two descriptions differ from what it holds. */
struct part {
    pt_slice name, bytes;
    unsigned flags;
    bool deflated;
    pt_slice slack; /* behind the packed bytes, counted as theirs */
    pt_slice extra, comment;
    pt_slice local_name; /* empty: the name */
    unsigned crc_off, size_off, attributes;
    pt_slice before; /* bytes that belong to nobody */
};

struct box {
    struct part parts[MANY];
    size_t n;
    pt_slice before_directory, before_end, comment;
    unsigned disk, more; /* more entries announced than there are */
};

static struct pt_buf out;
static size_t at[MANY], packed[MANY];
static uint32_t crcs[MANY];

static void setup(void)
{
    pt_buf_init(&out, 1048576U);
}

static void teardown(void)
{
    pt_buf_done(&out);
}

TestSuite(layout, .init = setup, .fini = teardown, .timeout = 60.0);

static void put16(unsigned v)
{
    pt_buf_put_byte(&out, (char)(v & 0xffU));
    pt_buf_put_byte(&out, (char)(v >> 8U & 0xffU));
}

static void put32(size_t v)
{
    put16((unsigned)(v & 0xffffU));
    put16((unsigned)(v >> 16U & 0xffffU));
}

static void put_data(const struct part *p, size_t i)
{
    const size_t from = out.len;
    if (p->deflated) {
        unsigned char bytes[4096];
        z_stream z = {.next_in = (const Bytef *)p->bytes.ptr,
                      .avail_in = (uInt)p->bytes.len,
                      .next_out = bytes,
                      .avail_out = sizeof(bytes)};
        cr_assert_eq(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
        cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
        pt_buf_put(&out, pt_slice_of(bytes, z.total_out));
        (void)deflateEnd(&z);
    } else {
        pt_buf_put(&out, p->bytes);
    }
    pt_buf_put(&out, p->slack);
    packed[i] = out.len - from;
}

/* Flags to sizes, as both headers have them. */
static void put_facts(const struct part *p, size_t i, bool local)
{
    const bool later = local && (p->flags & LATER) != 0U;
    put16(p->flags);
    put16(p->deflated ? 8U : 0U);
    put16(0U);
    put16(0x21U);
    put32(later ? 0U : crcs[i] + (local ? p->crc_off : 0U));
    put32(later ? 0U : packed[i]);
    put32(later ? 0U : p->bytes.len + (local ? p->size_off : 0U));
}

static void put_local(const struct part *p, size_t i)
{
    struct pt_buf kept = out;
    const pt_slice name = p->local_name.len > 0U ? p->local_name : p->name;
    crcs[i] = (uint32_t)crc32(0U, (const Bytef *)p->bytes.ptr, (uInt)p->bytes.len);
    /* The size of the packed bytes stands before them: pack once aside. */
    pt_buf_init(&out, 65536U);
    put_data(p, i);
    pt_buf_done(&out);
    out = kept;
    pt_buf_put(&out, p->before);
    at[i] = out.len;
    put32(0x04034b50U);
    put16(20U);
    put_facts(p, i, true);
    put16((unsigned)name.len);
    put16((unsigned)p->extra.len);
    pt_buf_put(&out, name);
    pt_buf_put(&out, p->extra);
    put_data(p, i);
    if ((p->flags & LATER) != 0U) {
        put32(0x08074b50U);
        put32(crcs[i] + p->crc_off);
        put32(packed[i]);
        put32(p->bytes.len + p->size_off);
    }
}

static void put_central(const struct part *p, size_t i)
{
    put32(0x02014b50U);
    put16(ON_UNIX);
    put16(20U);
    put_facts(p, i, false);
    put16((unsigned)p->name.len);
    put16((unsigned)p->extra.len);
    put16((unsigned)p->comment.len);
    put16(0U);
    put16(0U);
    put32(p->attributes);
    put32(at[i]);
    pt_buf_put(&out, p->name);
    pt_buf_put(&out, p->extra);
    pt_buf_put(&out, p->comment);
}

static void write_box(const struct box *box)
{
    pt_buf_clear(&out);
    for (size_t i = 0U; i < box->n; i++) {
        put_local(&box->parts[i], i);
    }
    pt_buf_put(&out, box->before_directory);
    const size_t directory = out.len;
    for (size_t i = 0U; i < box->n; i++) {
        put_central(&box->parts[i], i);
    }
    const size_t size = out.len - directory;
    pt_buf_put(&out, box->before_end);
    put32(0x06054b50U);
    put16(box->disk);
    put16(0U);
    put16((unsigned)box->n + box->more);
    put16((unsigned)box->n + box->more);
    put32(size);
    put32(directory);
    put16((unsigned)box->comment.len);
    pt_buf_put(&out, box->comment);
    cr_assert(pt_ok(pt_buf_status(&out)));
}

static uint32_t code_of(const struct box *box)
{
    struct pt_asice_zip zip;
    write_box(box);
    const pt_status st = pt_asice_zip_read(pt_buf_slice(&out), &zip);
    pt_asice_zip_done(&zip);
    return st.code;
}

#define MIME                                                                                       \
    {                                                                                              \
        .name = PT_SLICE("mimetype"), .bytes = PT_SLICE(PT_ASICE_MIMETYPE)                         \
    }
#define TEXT "le texte, le texte, le texte, le texte"

static struct box honest(void)
{
    return (struct box){.parts = {MIME, {.name = PT_SLICE("a.txt"), .bytes = PT_SLICE(TEXT)}},
                        .n = 2U};
}

static void expect_part(const char *what, struct part part, bool good)
{
    struct box box = honest();
    box.parts[1] = part;
    const uint32_t code = code_of(&box);
    cr_expect_eq(code == PT_OK, good, "%s: %x", what, code);
}

Test(layout, SIG_02_every_byte_of_a_container_has_its_place)
{
    struct box box = honest();
    cr_assert_eq(code_of(&box), PT_OK);
    box.comment = PT_SLICE("des mots que personne ne signe");
    cr_expect_eq(code_of(&box), PT_E_SYNTAX);
    box = honest();
    box.before_directory = PT_SLICE("trou");
    cr_expect_neq(code_of(&box), PT_OK);
    box = honest();
    box.before_end = PT_SLICE("trou");
    cr_expect_neq(code_of(&box), PT_OK);
    box = honest();
    box.parts[1].before = PT_SLICE("trou");
    cr_expect_neq(code_of(&box), PT_OK);
    box = honest();
    box.more = 1U;
    cr_expect_neq(code_of(&box), PT_OK);
    box = honest();
    box.disk = 1U;
    cr_expect_neq(code_of(&box), PT_OK);
    box = honest();
    write_box(&box);
    pt_buf_put_str(&out, "x");
    struct pt_asice_zip zip;
    cr_expect_eq(pt_asice_zip_read(pt_buf_slice(&out), &zip).code, PT_E_SYNTAX);
    pt_asice_zip_done(&zip);
}

/* The first archive has a comment, and the comment is an archive: who looks for the last end
 * record finds the second one. */
Test(layout, SIG_02_two_archives_in_one_file_are_refused)
{
    struct pt_buf first;
    struct pt_asice_zip zip;
    struct box box = honest();
    write_box(&box);
    pt_buf_init(&first, 65536U);
    pt_buf_put(&first, pt_buf_slice(&out));
    const size_t shift = first.len;
    box.parts[1].bytes = PT_SLICE("FAUX");
    write_box(&box);
    char *const end = out.ptr + out.len - 22U;
    const size_t directory = (unsigned char)end[16] | (size_t)(unsigned char)end[17] << 8U;
    end[16] = (char)((directory + shift) & 0xffU);
    end[17] = (char)((directory + shift) >> 8U & 0xffU);
    first.ptr[shift - 2U] = (char)(out.len & 0xffU);
    first.ptr[shift - 1U] = (char)(out.len >> 8U & 0xffU);
    pt_buf_put(&first, pt_buf_slice(&out));
    cr_expect_neq(pt_asice_zip_read(pt_buf_slice(&first), &zip).code, PT_OK);
    pt_asice_zip_done(&zip);
    pt_buf_done(&first);
}

/* A local entry that the directory does not know: who reads from the beginning finds it. */
Test(layout, SIG_02_a_hidden_local_entry_is_refused)
{
    struct box box = honest();
    box.parts[2] = (struct part){.name = PT_SLICE("a.txt"), .bytes = PT_SLICE("FAUX")};
    box.n = 3U;
    write_box(&box);
    struct pt_buf hidden;
    pt_buf_init(&hidden, 65536U);
    const size_t end_of_local = at[2] + 30U + 5U + 4U;
    pt_buf_put(&hidden, pt_slice_of(out.ptr + at[2], end_of_local - at[2]));
    box.n = 2U;
    box.before_directory = pt_buf_slice(&hidden);
    cr_expect_neq(code_of(&box), PT_OK);
    pt_buf_done(&hidden);
}

Test(layout, SIG_02_both_descriptions_of_an_entry_agree)
{
    const struct part good = honest().parts[1];
    struct part part = good;
    part.local_name = PT_SLICE("b.txt");
    expect_part("another name", part, false);
    part = good;
    part.size_off = 1U;
    expect_part("another size", part, false);
    part = good;
    part.crc_off = 1U;
    expect_part("another checksum", part, false);
    part = good;
    part.comment = PT_SLICE("mots");
    expect_part("a comment of the entry", part, false);
}

Test(layout, SIG_02_extra_fields_say_nothing_of_name_and_size)
{
    static const struct {
        const char *what;
        pt_slice extra;
        bool good;
    } rows[] = {
        {"times of Unix", PT_SLICE("UT\5\0\1\0\0\0\0"), true},
        {"ZIP64 sizes", PT_SLICE("\1\0\10\0\0\0\0\0\0\0\0\0"), false},
        {"a second name", PT_SLICE("up\6\0\1\0\0\0\0b"), false},
        {"cut short", PT_SLICE("UT\5\0\1"), false},
        {"a stub", PT_SLICE("UT"), false},
        /* As times of Unix, at the very end of the directory: where ZIP64 readers look. */
        {"a ZIP64 locator", PT_SLICE("UT\24\0PK\6\7\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0"), false},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        struct part part = honest().parts[1];
        part.extra = rows[i].extra;
        expect_part(rows[i].what, part, rows[i].good);
    }
}

Test(layout, SIG_02_deflated_bytes_end_where_they_say)
{
    const struct part good = {.name = PT_SLICE("a.txt"), .bytes = PT_SLICE(TEXT), .deflated = true};
    struct part part = good;
    expect_part("deflated", part, true);
    part.slack = PT_SLICE("PK\3\4 une suite");
    expect_part("slack", part, false);
    part = good;
    part.flags = LATER;
    expect_part("sizes behind the data", part, true);
    part.slack = PT_SLICE("x");
    expect_part("sizes behind the data and slack", part, false);
    part.slack = PT_SLICE_EMPTY;
    part.size_off = 1U;
    expect_part("another size behind the data", part, false);
    part = honest().parts[1];
    part.flags = LATER;
    expect_part("stored, sizes behind the data", part, false);
    part.flags = 0x2000U;
    expect_part("a flag of others", part, false);
}

Test(layout, SIG_02_names_and_kinds_are_the_same_for_everybody)
{
    static const struct {
        pt_slice name;
        const char *bytes;
        unsigned flags, attributes;
        bool good;
    } rows[] = {
        {PT_SLICE("a/b.txt"), "x", 0U, 0U, true},
        {PT_SLICE("./a.txt"), "x", 0U, 0U, false},
        {PT_SLICE("a/./b.txt"), "x", 0U, 0U, false},
        {PT_SLICE("a//b.txt"), "x", 0U, 0U, false},
        {PT_SLICE("/a.txt"), "x", 0U, 0U, false},
        {PT_SLICE("a.txt\0.exe"), "x", 0U, 0U, false},
        {PT_SLICE("\xc3\xa9.txt"), "x", UTF8, 0U, true},
        {PT_SLICE("\xc3\xa9.txt"), "x", 0U, 0U, false},
        {PT_SLICE("lien"), "/etc/passwd", 0U, LINK, false},
        {PT_SLICE("dossier/"), "", 0U, FOLDER, true},
        {PT_SLICE("dossier/"), "", 0U, 0U, true},
        {PT_SLICE("dossier/"), "x", 0U, FOLDER, false},
        {PT_SLICE("dossier"), "", 0U, FOLDER, false},
        {PT_SLICE("mimetype/"), "", 0U, 0U, false},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        expect_part(rows[i].name.ptr,
                    (struct part){.name = rows[i].name,
                                  .bytes = pt_slice_str(rows[i].bytes),
                                  .flags = rows[i].flags,
                                  .attributes = rows[i].attributes},
                    rows[i].good);
    }
    struct box box = honest();
    box.parts[0].bytes = PT_SLICE(PT_ASICE_MIMETYPE " et autre chose");
    cr_expect_eq(code_of(&box), PT_E_DENIED);
}

/* --- the list of files ------------------------------------------------------------------------ */

#define NS    "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
#define L(i)  "<m:manifest xmlns:m=\"" NS "\">" i "</m:manifest>"
#define ROOT  "<m:file-entry m:full-path=\"/\" m:media-type=\"application/vnd.etsi.asic-e+zip\"/>"
#define A_TXT "<m:file-entry m:full-path=\"a.txt\" m:media-type=\"text/plain\"/>"

Test(layout, SIG_02_a_list_of_files_holds_a_list_of_files)
{
    static const struct {
        const char *list;
        bool good;
    } rows[] = {
        {L(ROOT A_TXT), true},
        {L(A_TXT), true},
        {"<m:manifest xmlns:m=\"" NS "\" m:version=\"1.2\">" ROOT "</m:manifest>", true},
        {"<evil/>", false},
        {"<!DOCTYPE x><x/>", false},
        {"des mots", false},
        {L(ROOT A_TXT A_TXT), false},
        {L(ROOT "<m:file-entry m:full-path=\"b.txt\" m:media-type=\"text/plain\"/>"), false},
        {L("<m:file-entry m:full-path=\"/\" m:media-type=\"text/plain\"/>"), false},
        {L("<m:file-entry m:full-path=\"a.txt\" m:media-type=\"des mots\"/>"), false},
        {L("<m:file-entry full-path=\"a.txt\" m:media-type=\"text/plain\"/>"), false},
        {L("<m:file-entry m:full-path=\"a.txt\"/>"), false},
        {L("<m:file-entry m:full-path=\"a.txt\" m:media-type=\"text/plain\" m:note=\"x\"/>"),
         false},
        {L("<m:file-entry m:full-path=\"a.txt\" m:media-type=\"text/plain\">x</m:file-entry>"),
         false},
        {L(A_TXT "des mots"), false},
        {L(A_TXT "<!-- des mots -->"), false},
        {L(A_TXT "<m:autre/>"), false},
        {"<m:manifest xmlns:m=\"" NS "\" m:version=\"x\"/>", false},
        {"<m:manifest xmlns:m=\"" NS "\" note=\"x\"/>", false},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        struct pt_asice_zip zip = {
            .entries = {{PT_SLICE("a.txt"), PT_SLICE("x")},
                        {PT_SLICE("META-INF/manifest.xml"), pt_slice_str(rows[i].list)}},
            .n = 2U};
        cr_expect_eq(pt_asice_list_ok(&zip, 1U), rows[i].good, "%s", rows[i].list);
    }
}
