/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/asice*.c: containers that are sealed, broken, and hostile. */
#include "pki/asice_int.h"
#include "poterne/base/codec.h"
#include "poterne/pki/cms.h"
#include "poterne/pki/digest.h"
#include "tests/unit/pki/forge.h"
#include "tests/unit/pki/sealworld.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <zip.h>

static struct sealworld kit;
static struct pt_buf box;

static void setup(void)
{
    sealworld_open(&kit, &(struct sealworld_spec){.key = "P-256"});
    pt_buf_init(&box, PT_ASICE_MAX + 1024U);
}

static void teardown(void)
{
    pt_buf_done(&box);
    sealworld_close(&kit);
}

TestSuite(asice, .init = setup, .fini = teardown, .timeout = 120.0);

static struct pt_verdict verdict_of(pt_slice container)
{
    struct pt_verdict verdict;
    const struct pt_asice_check check = {
        .container = container, .trust = &kit.trust, .now = SEALWORLD_NOW};
    cr_assert(pt_ok(pt_asice_verify(&check, &verdict)));
    cr_expect_eq(verdict.format, PT_FORMAT_ASIC_E);
    return verdict;
}

static enum pt_reason reason_of(pt_slice container)
{
    struct pt_verdict verdict = verdict_of(container);
    const enum pt_reason reason = verdict.reason;
    cr_expect_eq(pt_verdict_ok(&verdict), reason == PT_REASON_NONE);
    pt_verdict_done(&verdict);
    return reason;
}

static void seal(void)
{
    const struct pt_statement list[] = {
        sealworld_content("demande.json", "application/json", PT_SLICE("{\"a\":1}")),
        sealworld_content("justificatif.txt", "text/plain", PT_SLICE("texte")),
    };
    pt_buf_clear(&box);
    const pt_status st = pt_asice_seal(kit.signer, list, 2U, &box);
    cr_assert(pt_ok(st), "%x at %s", st.code, st.origin);
}

Test(asice, what_we_make_is_valid_and_says_which_documents_are_sealed)
{
    seal();
    struct pt_verdict verdict = verdict_of(pt_buf_slice(&box));
    cr_expect_eq(verdict.kind, PT_VERDICT_VALID, "%s", pt_reason_code(verdict.reason));
    cr_expect_eq(verdict.coverage, PT_COVERS_PARTS);
    cr_expect_eq(verdict.nparts, 2U);
    cr_expect_str_eq(verdict.parts.ptr, "demande.json");
    cr_expect_eq(verdict.level, PT_LEVEL_B_B);
    pt_verdict_done(&verdict);
    cr_expect(memcmp(box.ptr + 30, "mimetype" PT_ASICE_MIMETYPE, 39U) == 0);
}

Test(asice, one_document_is_a_container_too)
{
    const struct pt_statement one = sealworld_content("a.txt", "text/plain", PT_SLICE("abc"));
    cr_assert(pt_ok(pt_asice_seal(kit.signer, &one, 1U, &box)));
    struct pt_verdict verdict = verdict_of(pt_buf_slice(&box));
    cr_expect_eq(verdict.kind, PT_VERDICT_VALID);
    cr_expect_eq(verdict.coverage, PT_COVERS_PARTS);
    pt_verdict_done(&verdict);
}

Test(asice, a_foreign_unzip_finds_the_documents)
{
    char path[600];
    struct pt_buf out;
    char command[1024];
    seal();
    sealworld_file(&kit, "box.asice", pt_buf_slice(&box), path);
    (void)snprintf(command, sizeof(command),
                   "python3 -c 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); "
                   "assert z.testzip() is None; print(z.namelist()[0], z.read(\"demande.json\"))' "
                   "%s",
                   path);
    pt_buf_init(&out, 4096U);
    cr_expect_eq(forge_run(command, &out), 0);
    pt_buf_put_byte(&out, '\0');
    cr_expect_not_null(strstr(out.ptr, "mimetype b'{\"a\":1}'"));
    pt_buf_done(&out);
}

Test(asice, every_changed_byte_is_noticed_or_means_nothing)
{
    seal();
    size_t unnoticed = 0U;
    for (size_t i = 0U; i < box.len; i += 3U) {
        box.ptr[i] ^= 0x20;
        unnoticed += reason_of(pt_buf_slice(&box)) == PT_REASON_NONE ? 1U : 0U;
        box.ptr[i] ^= 0x20;
    }
    /* Dates, versions and attributes of entries are nobody's. */
    cr_expect_lt(unnoticed, 60U, "%zu", unnoticed);
    for (size_t n = 0U; n < box.len; n += 97U) {
        cr_expect_neq(reason_of(pt_slice_of(box.ptr, n)), PT_REASON_NONE, "%zu", n);
    }
}

#define LIST                                                                                       \
    "<m:manifest xmlns:m=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><m:file-entry "    \
    "m:full-path=\"a.txt\" m:media-type=\"text/plain\"/></m:manifest>"

/* --- containers of our own making --------------------------------------------------------------
 */

static struct pt_xml_content sealed_by(const struct pt_xml_content *data, size_t n,
                                       struct pt_buf *xml)
{
    struct pt_statement list[PT_ASICE_ENTRIES_MAX];
    for (size_t i = 0U; i < n; i++) {
        list[i] = sealworld_content("", "", data[i].bytes);
        list[i].is.content.name = data[i].name;
    }
    cr_assert(pt_ok(pt_xml_seal_detached(kit.signer, list, n, xml)));
    return (struct pt_xml_content){PT_SLICE("META-INF/signatures.xml"), pt_buf_slice(xml)};
}

static enum pt_reason with_entries(const struct pt_xml_content *entries, size_t n)
{
    pt_buf_clear(&box);
    cr_assert(pt_ok(pt_asice_zip_write(entries, n, &box)));
    return reason_of(pt_buf_slice(&box));
}

Test(asice, SIG_02_a_document_that_is_not_sealed_makes_the_container_invalid)
{
    struct pt_buf xml;
    pt_buf_init(&xml, 1048576U);
    struct pt_xml_content all[] = {{PT_SLICE("a.txt"), PT_SLICE("a")},
                                   {PT_SLICE("b.txt"), PT_SLICE("b")},
                                   {PT_SLICE_EMPTY, PT_SLICE_EMPTY}};
    all[2] = sealed_by(all, 1U, &xml);
    cr_expect_eq(with_entries(all, 3U), PT_REASON_CONTAINER);
    const struct pt_xml_content without[] = {all[0]};
    cr_expect_eq(with_entries(without, 1U), PT_REASON_CONTAINER);
    const struct pt_xml_content missing[] = {all[1], all[2]};
    cr_expect_eq(with_entries(missing, 2U), PT_REASON_CONTENT_ABSENT);
    const struct pt_xml_content alone[] = {all[2]};
    cr_expect_eq(with_entries(alone, 1U), PT_REASON_CONTAINER);
    const struct pt_xml_content stranger[] = {
        all[0], all[2], {PT_SLICE("META-INF/autre.bin"), PT_SLICE("x")}};
    cr_expect_eq(with_entries(stranger, 3U), PT_REASON_CONTAINER);
    struct pt_xml_content listed[] = {
        all[0], all[2], {PT_SLICE("META-INF/manifest.xml"), PT_SLICE("<x/>")}};
    cr_expect_eq(with_entries(listed, 3U), PT_REASON_CONTAINER);
    listed[2].bytes = PT_SLICE(LIST);
    cr_expect_eq(with_entries(listed, 3U), PT_REASON_NONE);
    const struct pt_xml_content folder[] = {
        all[0], all[2], {PT_SLICE("META-INF/"), PT_SLICE_EMPTY}};
    cr_expect_eq(with_entries(folder, 3U), PT_REASON_NONE);
    const struct pt_xml_content lonely_cms[] = {
        all[0], all[2], {PT_SLICE("META-INF/signature.p7s"), PT_SLICE("x")}};
    cr_expect_eq(with_entries(lonely_cms, 3U), PT_REASON_CONTAINER);
    pt_buf_done(&xml);
}

Test(asice, names_that_leave_the_container_or_come_twice_are_not_written)
{
    static const char *const names[] = {"../a", "/a",   "a/../../b", "a\\b",
                                        "c:a",  "a\nb", "",          "\xff"};
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        const struct pt_xml_content one = {pt_slice_str(names[i]), PT_SLICE("x")};
        cr_expect_eq(pt_asice_zip_write(&one, 1U, &box).code, PT_E_ARG, "%s", names[i]);
    }
    const struct pt_xml_content two[] = {{PT_SLICE("a"), PT_SLICE("1")},
                                         {PT_SLICE("a"), PT_SLICE("2")}};
    cr_expect_eq(pt_asice_zip_write(two, 2U, &box).code, PT_E_EXISTS);
    cr_expect_eq(pt_asice_seal(kit.signer, NULL, 0U, &box).code, PT_E_ARG);
}

/* Every place where @what stands in the container becomes @by, of the same length. */
static void patch(const char *what, const char *by)
{
    const size_t n = strlen(what);
    size_t hits = 0U;
    for (size_t i = 0U; i + n <= box.len; i++) {
        if (memcmp(box.ptr + i, what, n) == 0) {
            memcpy(box.ptr + i, by, n);
            hits++;
        }
    }
    cr_assert(hits > 0U);
}

static uint32_t read_code(void)
{
    struct pt_asice_zip zip;
    const pt_status st = pt_asice_zip_read(pt_buf_slice(&box), &zip);
    pt_asice_zip_done(&zip);
    return st.code;
}

Test(asice, hostile_names_and_headers_are_refused)
{
    static const struct {
        const char *what;
        const char *by;
    } rows[] = {
        {"aaaa.txt", "../a.txt"},
        {"aaaa.txt", "/aaa.txt"},
        {"aaaa.txt", "aa\\a.txt"},
        {"aaaa.txt", "bbbb.txt"},
        {"aaaa.txt", "BBBB.TXT"},
        {"aaaa.txt", "aa\x01"
                     "a.txt"},
        {"mimetype", "mimetypf"},
        {"asic-e+zip", "asic-s+zip"},
    };
    const struct pt_xml_content two[] = {{PT_SLICE("aaaa.txt"), PT_SLICE("1")},
                                         {PT_SLICE("bbbb.txt"), PT_SLICE("2")}};
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        pt_buf_clear(&box);
        cr_assert(pt_ok(pt_asice_zip_write(two, 2U, &box)));
        cr_expect_eq(read_code(), PT_OK);
        patch(rows[i].what, rows[i].by);
        /* libzip itself finds some of them inconsistent. */
        const uint32_t code = read_code();
        cr_expect(code == PT_E_DENIED || code == PT_E_SYNTAX, "%s -> %s: %x", rows[i].what,
                  rows[i].by, code);
    }
    pt_buf_clear(&box);
    pt_buf_put_str(&box, "PK\003\004");
    cr_expect_eq(read_code(), PT_E_DENIED);
}

/* A container from libzip itself, with what our writer would never do. */
static void foreign(zip_int32_t method, zip_uint16_t encryption, size_t size, unsigned entries)
{
    char path[600];
    int error = 0;
    char *const zeros = calloc(1U, size + 1U);
    (void)snprintf(path, sizeof(path), "%s/foreign.zip", kit.dir);
    (void)remove(path);
    zip_t *const z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
    cr_assert(z != NULL && zeros != NULL);
    cr_assert_geq(
        zip_file_add(z, "mimetype",
                     zip_source_buffer(z, PT_ASICE_MIMETYPE, sizeof(PT_ASICE_MIMETYPE) - 1U, 0), 0),
        0);
    (void)zip_set_file_compression(z, 0U, ZIP_CM_STORE, 0U);
    for (unsigned i = 0U; i < entries; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "f%u", i);
        const zip_int64_t at = zip_file_add(z, name, zip_source_buffer(z, zeros, size, 0), 0);
        cr_assert_geq(at, 0);
        cr_assert_eq(zip_set_file_compression(z, (zip_uint64_t)at, method, 0U), 0);
        if (encryption != ZIP_EM_NONE) {
            cr_assert_eq(zip_file_set_encryption(z, (zip_uint64_t)at, encryption, "x"), 0);
        }
    }
    cr_assert_eq(zip_close(z), 0);
    free(zeros);
    FILE *const file = fopen(path, "rb");
    pt_buf_clear(&box);
    char *const space = pt_buf_space(&box, PT_ASICE_MAX);
    cr_assert(file != NULL && space != NULL);
    pt_buf_commit(&box, fread(space, 1U, PT_ASICE_MAX, file));
    (void)fclose(file);
}

Test(asice, bombs_encryption_and_crowds_are_refused_before_they_are_unpacked)
{
    foreign(ZIP_CM_DEFLATE, ZIP_EM_NONE, 1000U, 3U);
    cr_expect_eq(read_code(), PT_OK);
    foreign(ZIP_CM_DEFLATE, ZIP_EM_NONE, PT_ASICE_CONTENT_MAX + 1U, 1U);
    cr_expect_lt(box.len, 200000U, "that is a bomb");
    cr_expect_eq(read_code(), PT_E_LIMIT);
    foreign(ZIP_CM_DEFLATE, ZIP_EM_NONE, PT_ASICE_CONTENT_MAX / 8U, 9U);
    cr_expect_eq(read_code(), PT_E_LIMIT);
    foreign(ZIP_CM_STORE, ZIP_EM_AES_256, 10U, 1U);
    cr_expect_eq(read_code(), PT_E_DENIED);
    foreign(ZIP_CM_BZIP2, ZIP_EM_NONE, 1000U, 1U);
    cr_expect_eq(read_code(), PT_E_DENIED);
    foreign(ZIP_CM_STORE, ZIP_EM_NONE, 1U, PT_ASICE_ENTRIES_MAX);
    cr_expect_eq(read_code(), PT_E_LIMIT);
    pt_buf_clear(&box);
    cr_assert_not_null(pt_buf_space(&box, PT_ASICE_MAX + 1U));
    memset(box.ptr, 0, PT_ASICE_MAX + 1U);
    pt_buf_commit(&box, PT_ASICE_MAX + 1U);
    cr_expect_eq(reason_of(pt_buf_slice(&box)), PT_REASON_TOO_LARGE);
}

/* --- CAdES inside ------------------------------------------------------------------------------
 */

#define ASIC_NS "http://uri.etsi.org/02918/v1.2.1#"
#define OBJECT(name, digest)                                                                       \
    "<asic:DataObjectReference URI=\"" name "\"><ds:DigestMethod xmlns:ds=\"http://www.w3.org/"    \
    "2000/09/xmldsig#\" Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue "   \
    "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">" digest                                      \
    "</ds:DigestValue></asic:DataObjectReference>"
#define MANIFEST(inside)                                                                           \
    "<asic:ASiCManifest xmlns:asic=\"" ASIC_NS                                                     \
    "\"><asic:SigReference URI=\"META-INF/signature.p7s\"/>" inside "</asic:ASiCManifest>"
#define DIGEST_A "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=" /* of "a" */

static enum pt_reason with_manifest(const char *manifest, const char *data)
{
    struct pt_buf cms;
    pt_buf_init(&cms, 65536U);
    const struct pt_statement s = sealworld_content("", "", pt_slice_str(manifest));
    cr_assert(pt_ok(pt_cades_seal(kit.signer, &s, false, &cms)));
    const struct pt_xml_content entries[] = {
        {PT_SLICE("a.txt"), pt_slice_str(data)},
        {PT_SLICE("META-INF/ASiCManifest.xml"), pt_slice_str(manifest)},
        {PT_SLICE("META-INF/signature.p7s"), pt_buf_slice(&cms)},
    };
    const enum pt_reason reason = with_entries(entries, 3U);
    pt_buf_done(&cms);
    return reason;
}

Test(asice, a_manifest_sealed_by_CMS_is_read)
{
    static const struct {
        const char *manifest;
        const char *data;
        enum pt_reason want;
    } rows[] = {
        {MANIFEST(OBJECT("a.txt", DIGEST_A)), "a", PT_REASON_NONE},
        {MANIFEST(OBJECT("a.txt", DIGEST_A)), "b", PT_REASON_DIGEST},
        {MANIFEST(OBJECT("a.txt", "AAAA")), "a", PT_REASON_DIGEST},
        {MANIFEST(OBJECT("b.txt", DIGEST_A)), "a", PT_REASON_CONTAINER},
        {MANIFEST(OBJECT("a.txt", DIGEST_A) OBJECT("a.txt", DIGEST_A)), "a", PT_REASON_CONTAINER},
        {MANIFEST(""), "a", PT_REASON_CONTAINER},
        {MANIFEST("<autre/>"), "a", PT_REASON_CONTAINER},
        {MANIFEST(OBJECT("mimetype", "AAAA")), "a", PT_REASON_DIGEST},
        {"<asic:ASiCManifest xmlns:asic=\"" ASIC_NS "\"/>", "a", PT_REASON_CONTAINER},
        {"<asic:ASiCManifest xmlns:asic=\"" ASIC_NS "\"><asic:SigReference URI=\"x\"/>"
         "</asic:ASiCManifest>",
         "a", PT_REASON_CONTAINER},
        {"<autre/>", "a", PT_REASON_CONTAINER},
        {"<!DOCTYPE a><a/>", "a", PT_REASON_CONTAINER},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        const enum pt_reason got = with_manifest(rows[i].manifest, rows[i].data);
        cr_expect_eq(got, rows[i].want, "%zu: %s", i, pt_reason_code(got));
    }
}

Test(asice, a_manifest_that_leaves_a_document_out_does_not_seal_the_container)
{
    struct pt_buf cms;
    pt_buf_init(&cms, 65536U);
    static const char manifest[] = MANIFEST(OBJECT("a.txt", DIGEST_A));
    const struct pt_statement s = sealworld_content("", "", pt_slice_str(manifest));
    cr_assert(pt_ok(pt_cades_seal(kit.signer, &s, false, &cms)));
    const struct pt_xml_content entries[] = {
        {PT_SLICE("a.txt"), PT_SLICE("a")},
        {PT_SLICE("b.txt"), PT_SLICE("b")},
        {PT_SLICE("META-INF/ASiCManifest.xml"), pt_slice_str(manifest)},
        {PT_SLICE("META-INF/signature.p7s"), pt_buf_slice(&cms)},
    };
    cr_expect_eq(with_entries(entries, 4U), PT_REASON_CONTAINER);
    struct pt_xml_content broken[4];
    memcpy(broken, entries, sizeof(broken));
    broken[1] = (struct pt_xml_content){PT_SLICE("META-INF/manifest.xml"), PT_SLICE(LIST)};
    broken[3].bytes = PT_SLICE("rien");
    cr_expect_eq(with_entries(broken, 4U), PT_REASON_FORMAT);
    pt_buf_done(&cms);
}

Test(asice, SIG_02_every_CMS_of_a_container_is_the_one_of_its_manifest)
{
    struct pt_buf cms;
    pt_buf_init(&cms, 65536U);
    static const char manifest[] = MANIFEST(OBJECT("a.txt", DIGEST_A));
    const struct pt_statement s = sealworld_content("", "", pt_slice_str(manifest));
    cr_assert(pt_ok(pt_cades_seal(kit.signer, &s, false, &cms)));
    const struct pt_xml_content entries[] = {
        {PT_SLICE("a.txt"), PT_SLICE("a")},
        {PT_SLICE("META-INF/ASiCManifest1.xml"), pt_slice_str(manifest)},
        {PT_SLICE("META-INF/ASiCManifest2.xml"), pt_slice_str(manifest)},
        {PT_SLICE("META-INF/signature.p7s"), pt_buf_slice(&cms)},
        {PT_SLICE("META-INF/signature2.p7s"), PT_SLICE("que personne ne lit")},
    };
    cr_expect_eq(with_entries(entries, 5U), PT_REASON_CONTAINER);
    pt_buf_done(&cms);
}

Test(asice, running_out_of_memory_is_never_a_yes)
{
    seal();
    TORTURE(nth)
    {
        struct pt_verdict verdict;
        const struct pt_asice_check check = {
            .container = pt_buf_slice(&box), .trust = &kit.trust, .now = SEALWORLD_NOW};
        torture_arm(nth);
        const pt_status st = pt_asice_verify(&check, &verdict);
        torture_disarm();
        const bool done = pt_ok(st) && pt_verdict_ok(&verdict);
        pt_verdict_done(&verdict);
        if (done && torture_seen() <= nth) {
            return;
        }
        cr_expect(!done, "%u", nth);
    }
    cr_assert(false);
}
