/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/dsig*.c, xades*.c: SIG-01, SIG-02, SIG-04: wrapped elements, and files that
 * were not written by us. */
#include "pki/xades_int.h"
#include "poterne/base/file.h"
#include "poterne/pki/xmlsig.h"
#include "tests/unit/pki/forge.h"
#include "tests/unit/pki/xmlforge.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>

static struct sealworld kit;
static struct pt_buf doc;
static struct pt_xml_contents none;

static void setup(void)
{
    sealworld_open(&kit, &(struct sealworld_spec){.key = "P-256"});
    pt_buf_init(&doc, PT_XML_BYTES_MAX);
}

static void teardown(void)
{
    pt_buf_done(&doc);
    sealworld_close(&kit);
}

TestSuite(wrapping, .init = setup, .fini = teardown, .timeout = 120.0);

static struct pt_verdict verdict_of(pt_slice text, struct pt_xml_contents contents)
{
    struct pt_verdict verdict;
    const struct pt_xml_check check = {
        .document = text, .contents = contents, .trust = &kit.trust, .now = SEALWORLD_NOW};
    cr_assert(pt_ok(pt_xml_verify(&check, &verdict)));
    return verdict;
}

static enum pt_reason reason_of(pt_slice text)
{
    struct pt_verdict verdict = verdict_of(text, none);
    const enum pt_reason reason = verdict.reason;
    cr_expect_eq(pt_verdict_ok(&verdict), reason == PT_REASON_NONE);
    pt_verdict_done(&verdict);
    return reason;
}

static void seal(const char *text)
{
    const struct pt_statement statement =
        sealworld_content("demande.xml", "text/xml", pt_slice_str(text));
    pt_buf_clear(&doc);
    const pt_status st = pt_xml_seal_enveloped(kit.signer, &statement, &doc);
    cr_assert(pt_ok(st), "%x/%u at %s", st.code, st.aux, st.origin);
}

#define R(inside) "<r xmlns=\"urn:poterne:test\"><head Id=\"H\">tete</head>" inside "</r>"
#define BODY      "<body Id=\"B\"><x>corps</x></body>"
#define ENV       X_REF("", X_TS(X_ENVELOPED X_T(X_EXC)))

static void forge(const char *text)
{
    xmlforge_sign(&kit, text, &doc);
}

/* --- wrapping --------------------------------------------------------------------------------- */

/* Not a yes over the whole; and when it is a yes, then over @part, which is where the element is.
 */
static void expect_unwrapped(const char *name, const char *part)
{
    struct pt_verdict verdict = verdict_of(pt_buf_slice(&doc), none);
    if (part == NULL) {
        cr_expect(!pt_verdict_ok(&verdict), "%s is accepted", name);
    } else {
        cr_expect_eq(verdict.kind, PT_VERDICT_VALID, "%s: %s", name,
                     pt_reason_code(verdict.reason));
        cr_expect_eq(verdict.coverage, PT_COVERS_PARTIAL, "%s", name);
        cr_expect_str_eq(verdict.parts.ptr, part, "%s", name);
    }
    pt_verdict_done(&verdict);
}

#define SIGNED_B R(BODY X_SIGN(X_REF("#B", X_TS(X_T(X_EXC)))))
#define EVIL     "<body Id=\"E\"><x>faux</x></body>"

Test(wrapping, SIG_02_SIG_04_a_wrapped_element_is_refused_or_reported_where_it_is)
{
    forge(SIGNED_B);
    expect_unwrapped("the honest one", "#B /*/*[2]");

    /* 1: the signed element is moved aside, another one takes its place */
    xmlforge_replace(&doc, BODY, EVIL "<w>" BODY "</w>");
    expect_unwrapped("moved aside", "#B /*/*[3]/*");
    /* 2-5: a second carrier of the same Id, however spelled */
    static const char *const twins[] = {"Id=\"B\"", "xml:id=\"B\"", "ID=\"B\"", "q:id=\"B\"",
                                        "Id=\" B \""};
    for (size_t i = 0U; i < PT_COUNT(twins); i++) {
        char twin[128];
        forge(SIGNED_B);
        (void)snprintf(twin, sizeof(twin), "<body xmlns:q=\"urn:q\" %s/>" BODY, twins[i]);
        xmlforge_replace(&doc, BODY, twin);
        cr_expect_eq(reason_of(pt_buf_slice(&doc)), PT_REASON_DUPLICATE_ID, "%s", twins[i]);
    }
    /* 6: into an Object of the signature */
    forge(SIGNED_B);
    xmlforge_replace(&doc, BODY, EVIL);
    xmlforge_replace(&doc, "</ds:Signature>",
                     "<ds:Object><body xmlns=\"urn:poterne:test\" Id=\"B\"><x>corps</x></body>"
                     "</ds:Object></ds:Signature>");
    expect_unwrapped("into an Object", "#B /*/ds:Signature/ds:Object[2]/*");
}

Test(wrapping, SIG_02_SIG_04_moved_signatures_and_properties_are_refused)
{
    /* 7: the whole document under another root */
    seal("<a><b>1</b></a>");
    xmlforge_replace(&doc, "<a>", "<z><b>2</b><a>");
    xmlforge_replace(&doc, "</a>", "</a></z>");
    expect_unwrapped("another root", NULL);
    /* 8: the signature is moved out of what it says it is enveloped in */
    forge(R("<body Id=\"B\">" X_SIGN(X_REF("#B", X_TS(X_ENVELOPED X_T(X_EXC)))) "</body>"));
    xmlforge_replace(&doc, "<ds:Signature ", "</body><ds:Signature ");
    xmlforge_replace(&doc, "</ds:Signature></body>", "</ds:Signature>");
    cr_expect_eq(reason_of(pt_buf_slice(&doc)), PT_REASON_WRAPPING);
    /* 9: signed properties moved out, others in their place */
    forge(SIGNED_B);
    xmlforge_replace(&doc, "<xades:SignedProperties Id=\"P\">",
                     "<xades:SignedProperties Id=\"F\"/><xades:SignedProperties Id=\"P\">");
    expect_unwrapped("two SignedProperties", NULL);
    forge(SIGNED_B);
    xmlforge_replace(&doc, "Target=\"#S\"", "Target=\"#T\"");
    cr_expect_eq(reason_of(pt_buf_slice(&doc)), PT_REASON_WRAPPING);
    /* 10: a second QualifyingProperties */
    forge(SIGNED_B);
    xmlforge_replace(&doc, "<ds:Object>",
                     "<ds:Object><q:QualifyingProperties xmlns:q=\"" X_XADES "\"/></ds:Object>"
                     "<ds:Object>");
    cr_expect_eq(reason_of(pt_buf_slice(&doc)), PT_REASON_WRAPPING);
    /* 11: a signature inside a signature */
    forge(SIGNED_B);
    xmlforge_replace(&doc, "</ds:Signature>",
                     "<ds:Object><ds:Signature/></ds:Object></ds:Signature>");
    cr_expect_eq(reason_of(pt_buf_slice(&doc)), PT_REASON_WRAPPING);
    /* 12: the signed element into another signature */
    forge(SIGNED_B);
    xmlforge_replace(&doc, BODY,
                     "<d:Signature xmlns:d=\"" X_DS "\"><d:Object>" BODY
                     "</d:Object></d:Signature>");
    expect_unwrapped("into another signature", NULL);
    /* 13: the properties of somewhere else, with the type of the real ones */
    pt_buf_clear(&doc);
    xmlforge_fill(&kit,
                  R("<xades:SignedProperties xmlns:xades=\"" X_XADES "\" Id=\"P\"/>" X_SIGNATURE(
                      X_EXC, X_ES256, ENV,
                      "<ds:Object><xades:QualifyingProperties xmlns:xades=\"" X_XADES
                      "\" Target=\"#S\"><xades:SignedProperties Id=\"Q\"/>"
                      "</xades:QualifyingProperties></ds:Object>")),
                  &doc);
    cr_expect_eq(reason_of(pt_buf_slice(&doc)), PT_REASON_WRAPPING);
}

/* --- files that were not written by us -------------------------------------------------------- */

static bool load(const char *name)
{
    char path[512];
    struct stat info;
    (void)snprintf(path, sizeof(path), PT_SOURCE_DIR "/../shared/data/xml/%s", name);
    pt_buf_clear(&doc);
    return stat(path, &info) == 0 && pt_ok(pt_file_read(path, &doc));
}

/*
 * What their README says of them. The mathematics of the signed PES are right; its authority is not
 * ours to trust and no token proves a time, so the answer is INDETERMINATE, never VALID, and covers
 * nothing. What was changed outside the signed node does not change the answer; what was changed
 * inside is INVALID.
 */
Test(wrapping, SIG_01_SIG_02_real_and_hostile_files_get_the_verdicts_of_their_readme)
{
    static const struct {
        const char *file;
        enum pt_reason reason;
        enum pt_coverage coverage;
    } rows[] = {
        {"hubee/certdc_VA_xades_altered.xml", PT_REASON_DIGEST, PT_COVERS_NOTHING},
        {"pastell/pes_aller_xades_epes_signed_valid.xml", PT_REASON_EXPIRED_NO_PROOF,
         PT_COVERS_NOTHING},
        {"negative/pes_aller_modified_outside_signed_node.xml", PT_REASON_EXPIRED_NO_PROOF,
         PT_COVERS_NOTHING},
        {"negative/pes_aller_tampered.xml", PT_REASON_DIGEST, PT_COVERS_NOTHING},
        {"negative/billion_laughs.xml", PT_REASON_DOCTYPE, PT_COVERS_NOTHING},
        {"negative/xxe_file.xml", PT_REASON_DOCTYPE, PT_COVERS_NOTHING},
        {"negative/xxe_external_dtd.xml", PT_REASON_DOCTYPE, PT_COVERS_NOTHING},
        {"negative/xinclude.xml", PT_REASON_DOCTYPE, PT_COVERS_NOTHING},
        {"negative/invalid_utf8.xml", PT_REASON_FORMAT, PT_COVERS_NOTHING},
        {"negative/truncated_etatcivil.xml", PT_REASON_FORMAT, PT_COVERS_NOTHING},
        {"pastell/pes_aller_unsigned.xml", PT_REASON_FORMAT, PT_COVERS_NOTHING},
        {"hubee/certdc_DD.xml", PT_REASON_FORMAT, PT_COVERS_NOTHING},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        if (!load(rows[i].file)) {
            continue;
        }
        struct pt_verdict verdict = verdict_of(pt_buf_slice(&doc), none);
        cr_expect_eq(verdict.reason, rows[i].reason, "%s: %s", rows[i].file,
                     pt_reason_code(verdict.reason));
        cr_expect_eq(verdict.coverage, rows[i].coverage, "%s", rows[i].file);
        cr_expect_eq(verdict.nparts, 0U, "%s", rows[i].file);
        cr_expect_eq(verdict.level, PT_LEVEL_NONE, "SHA-1 names its certificate");
        pt_verdict_done(&verdict);
    }
}
