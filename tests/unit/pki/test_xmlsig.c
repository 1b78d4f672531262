/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/dsig*.c, xades*.c: SIG-01 to SIG-04, SIG-06 for XML signatures. */
#include "pki/xades_int.h"
#include "poterne/pki/xmlsig.h"
#include "tests/unit/pki/xmlforge.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>

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

TestSuite(xmlsig, .init = setup, .fini = teardown, .timeout = 120.0);

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

#define TEXT                                                                                       \
    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<d:demande xmlns:d=\"urn:x\" a=\"1\">\r\n"   \
    "<nom>\xe9t\xe9 &amp; hiver</nom><!-- note -->\n<vide/></d:demande>\n"

/* --- our own seals ---------------------------------------------------------------------------- */

Test(xmlsig, an_enveloped_seal_is_valid_and_covers_the_whole_document)
{
    static const char *const keys[] = {"P-256", "P-384"};
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        sealworld_close(&kit);
        sealworld_open(&kit, &(struct sealworld_spec){.key = keys[i]});
        seal(TEXT);
        struct pt_verdict verdict = verdict_of(pt_buf_slice(&doc), none);
        cr_expect_eq(verdict.kind, PT_VERDICT_VALID, "%s", pt_reason_code(verdict.reason));
        /* Its comment is not covered. */
        cr_expect_eq(verdict.coverage, PT_COVERS_PARTIAL);
        cr_expect_eq(verdict.level, PT_LEVEL_B_B);
        cr_expect_eq(verdict.format, PT_FORMAT_XML_ENVELOPED);
        cr_expect_eq(verdict.signers, 1U);
        cr_expect_eq(verdict.times.claimed, SEALWORLD_NOW);
        cr_expect_str_eq(verdict.signer.common_name, "Cachet de test");
        pt_verdict_done(&verdict);
        xmlforge_replace(&doc, "<!-- note -->", "");
        verdict = verdict_of(pt_buf_slice(&doc), none);
        cr_expect_eq(verdict.kind, PT_VERDICT_VALID);
        cr_expect_eq(verdict.coverage, PT_COVERS_WHOLE);
        pt_verdict_done(&verdict);
    }
}

Test(xmlsig, a_detached_seal_covers_the_documents_it_names)
{
    const struct pt_statement list[] = {
        sealworld_content("pi\xc3\xa8"
                          "ce jointe.pdf",
                          "application/pdf", PT_SLICE("%PDF-1.7 ...")),
        sealworld_content("donnees.json", "", PT_SLICE("{}")),
    };
    const struct pt_xml_content held[] = {
        {list[0].is.content.name, list[0].is.content.bytes},
        {list[1].is.content.name, list[1].is.content.bytes},
        {PT_SLICE("autre"), PT_SLICE("x")},
    };
    cr_assert(pt_ok(pt_xml_seal_detached(kit.signer, list, 2U, &doc)));
    struct pt_verdict verdict =
        verdict_of(pt_buf_slice(&doc), (struct pt_xml_contents){.list = held, .n = 2U});
    cr_expect_eq(verdict.kind, PT_VERDICT_VALID, "%s", pt_reason_code(verdict.reason));
    cr_expect_eq(verdict.coverage, PT_COVERS_PARTS);
    cr_expect_eq(verdict.nparts, 2U);
    cr_expect_eq(verdict.format, PT_FORMAT_XML_DETACHED);
    cr_expect_str_eq(verdict.parts.ptr, "pi\xc3\xa8"
                                        "ce jointe.pdf");
    pt_verdict_done(&verdict);
    verdict = verdict_of(pt_buf_slice(&doc), (struct pt_xml_contents){.list = held, .n = 3U});
    cr_expect_eq(verdict.coverage, PT_COVERS_PARTIAL);
    pt_verdict_done(&verdict);
    verdict = verdict_of(pt_buf_slice(&doc), (struct pt_xml_contents){.list = held, .n = 1U});
    cr_expect_eq(verdict.reason, PT_REASON_CONTENT_ABSENT);
    pt_verdict_done(&verdict);
    const struct pt_xml_content changed[] = {held[0], {held[1].name, PT_SLICE("[]")}};
    verdict = verdict_of(pt_buf_slice(&doc), (struct pt_xml_contents){.list = changed, .n = 2U});
    cr_expect_eq(verdict.reason, PT_REASON_DIGEST);
    pt_verdict_done(&verdict);
}

Test(xmlsig, one_detached_document_is_covered_whole)
{
    const struct pt_statement one = sealworld_content("a.txt", "text/plain", PT_SLICE("abc"));
    const struct pt_xml_content held = {PT_SLICE("a.txt"), PT_SLICE("abc")};
    cr_assert(pt_ok(pt_xml_seal_detached(kit.signer, &one, 1U, &doc)));
    struct pt_verdict verdict =
        verdict_of(pt_buf_slice(&doc), (struct pt_xml_contents){.list = &held, .n = 1U});
    cr_expect_eq(verdict.kind, PT_VERDICT_VALID);
    cr_expect_eq(verdict.coverage, PT_COVERS_WHOLE);
    pt_verdict_done(&verdict);
}

Test(xmlsig, every_changed_character_of_a_seal_is_noticed)
{
    seal(TEXT);
    pt_buf_put_byte(&doc, '\0'); /* for strstr; not a part of the document */
    cr_assert(pt_ok(pt_buf_status(&doc)));
    doc.len--;
    size_t refused = 0U;
    size_t tried = 0U;
    /* The authority's certificate in KeyInfo is an offer, not a part of the seal. */
    const size_t offer = (size_t)(strstr(doc.ptr, "</ds:X509Certificate>") - doc.ptr);
    const size_t end = (size_t)(strstr(doc.ptr, "</ds:KeyInfo>") - doc.ptr);
    for (size_t i = 0U; i < doc.len; i += 1U + doc.len / 500U) {
        const char kept = doc.ptr[i];
        /* What no canonical form keeps: white space between, and the text of comments. */
        if ((i > offer && i < end) || kept == ' ' || kept == '\n' || kept == '\r' ||
            (kept >= 'a' && kept <= 'z' && i < 45U)) {
            continue;
        }
        doc.ptr[i] = kept == 'A' ? 'B' : 'A';
        tried++;
        refused += reason_of(pt_buf_slice(&doc)) != PT_REASON_NONE ? 1U : 0U;
        doc.ptr[i] = kept;
    }
    /* The comment is the only place where a change is nothing. */
    cr_expect(tried - refused <= 2U, "%zu of %zu", refused, tried);
    for (size_t n = 0U; n < doc.len - 1U; n += 1U + doc.len / 200U) {
        cr_expect_neq(reason_of(pt_slice_of(doc.ptr, n)), PT_REASON_NONE, "%zu", n);
    }
}

Test(xmlsig, what_cannot_be_sealed_is_refused)
{
    struct pt_statement s = sealworld_content("", "", PT_SLICE("<a"));
    cr_expect_eq(pt_xml_seal_enveloped(kit.signer, &s, &doc).code, PT_E_SYNTAX);
    s.is.content.bytes = PT_SLICE("<!DOCTYPE a><a/>");
    cr_expect_eq(pt_xml_seal_enveloped(kit.signer, &s, &doc).code, PT_E_DENIED);
    s.is.content.bytes = PT_SLICE("<a/>");
    cr_expect_eq(pt_xml_seal_detached(kit.signer, &s, 1U, &doc).code, PT_E_ARG);
    cr_expect_eq(pt_xml_seal_detached(kit.signer, &s, 0U, &doc).code, PT_E_ARG);
    cr_expect_eq(pt_xml_seal_enveloped(NULL, &s, &doc).code, PT_E_ARG);
    seal("<a/>");
    struct pt_buf twice;
    pt_buf_init(&twice, 65536U);
    s.is.content.bytes = pt_buf_slice(&doc);
    cr_expect_eq(pt_xml_seal_enveloped(kit.signer, &s, &twice).code, PT_E_EXISTS);
    pt_buf_done(&twice);
    s.is.content.bytes = PT_SLICE("<a/>");
    pt_signer_revoke(kit.signer);
    cr_expect_eq(pt_xml_seal_enveloped(kit.signer, &s, &doc).aux, PT_SIGNER_REVOKED);
    sealworld_close(&kit);
    sealworld_open(&kit, &(struct sealworld_spec){.key = "RSA-3072"});
    cr_expect_eq(pt_xml_seal_enveloped(kit.signer, &s, &doc).code, PT_E_DENIED);
}

/* --- forms ------------------------------------------------------------------------------------ */

#define R(inside) "<r xmlns=\"urn:poterne:test\"><head Id=\"H\">tete</head>" inside "</r>"
#define BODY      "<body Id=\"B\"><x>corps</x></body>"

static void forge(const char *text)
{
    xmlforge_sign(&kit, text, &doc);
}

static const struct {
    const char *text;
    enum pt_coverage want;
} accepted[] = {
    {R(BODY X_SIGN(X_REF("", X_TS(X_ENVELOPED X_T(X_EXC))))), PT_COVERS_WHOLE},
    {R(BODY X_SIGN(X_REF("", X_TS(X_ENVELOPED)))), PT_COVERS_WHOLE},
    {R(BODY X_SIGN(X_REF("", X_TS(X_ENVELOPED X_T(X_C10))))), PT_COVERS_WHOLE},
    {R(BODY X_SIGN(X_REF("", X_TS(X_ENVELOPED X_T(X_C11))))), PT_COVERS_WHOLE},
    {R(BODY X_SIGN(X_REF("", X_TS(X_ENVELOPED X_T(X_EXC "WithComments"))))), PT_COVERS_WHOLE},
    {R(BODY X_SIGN(X_REF("", X_TS("<ds:Transform "
                                  "Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">"
                                  "<ds:XPath>\n not( ancestor-or-self::ds:Signature )\n"
                                  "</ds:XPath></ds:Transform>" X_T(X_EXC))))),
     PT_COVERS_WHOLE},
    {R(BODY X_SIGN(X_REF("#B", X_TS(X_T(X_EXC))))), PT_COVERS_PARTIAL},
    {R(BODY X_SIGN(X_REF("#B", ""))), PT_COVERS_PARTIAL},
    {R(BODY X_SIGN(X_REF("#B", "") X_REF("#H", ""))), PT_COVERS_PARTIAL},
    {"<r xmlns=\"urn:poterne:test\" Id=\"R\">" X_SIGN(X_REF("#R", X_TS(X_ENVELOPED))) "</r>",
     PT_COVERS_WHOLE},
    {"<r xmlns=\"urn:poterne:test\" xml:id=\"R\">" X_SIGN(X_REF("#R", X_TS(X_ENVELOPED))) "</r>",
     PT_COVERS_WHOLE},
    {R(BODY X_SIGNATURE(X_C11, X_ES256, X_REF("", X_TS(X_ENVELOPED)),
                        "<ds:Object>" X_QUALIFYING "</ds:Object>")),
     PT_COVERS_WHOLE},
    {R(BODY X_SIGNATURE(X_EXC, X_ES256, X_REF("", X_TS(X_ENVELOPED)),
                        "<ds:Object>" X_QUALIFYING "</ds:Object><ds:Object><evil/></ds:Object>")),
     PT_COVERS_PARTIAL},
    {X_SIGNATURE(X_EXC, X_ES256, X_REF("#O", ""),
                 "<ds:Object Id=\"O\">data</ds:Object><ds:Object>" X_QUALIFYING "</ds:Object>"),
     PT_COVERS_PARTIAL},
};

Test(xmlsig, the_forms_that_are_accepted)
{
    for (size_t i = 0U; i < PT_COUNT(accepted); i++) {
        forge(accepted[i].text);
        struct pt_verdict verdict = verdict_of(pt_buf_slice(&doc), none);
        cr_expect_eq(verdict.kind, PT_VERDICT_VALID, "%zu: %s", i, pt_reason_code(verdict.reason));
        cr_expect_eq(verdict.coverage, accepted[i].want, "%zu: %s", i,
                     pt_coverage_name(verdict.coverage));
        pt_verdict_done(&verdict);
    }
}

#define OBJECT "<ds:Object>" X_QUALIFYING "</ds:Object>"
#define ENV    X_REF("", X_TS(X_ENVELOPED X_T(X_EXC)))
#define MORE   "http://www.w3.org/2001/04/xmldsig-more#"

/* Refused by what they say, before anything is computed: no valid value is needed. */
static const struct {
    const char *text;
    enum pt_reason want;
} refused[] = {
    /* SHA-1, MD5, HMAC, DSA, RSA-PSS, unknown */
    {R(X_SIGNATURE(X_EXC, X_DS "rsa-sha1", ENV, OBJECT)), PT_REASON_FORBIDDEN_ALGORITHM},
    {R(X_SIGNATURE(X_EXC, MORE "ecdsa-sha1", ENV, OBJECT)), PT_REASON_FORBIDDEN_ALGORITHM},
    {R(X_SIGNATURE(X_EXC, X_DS "dsa-sha1", ENV, OBJECT)), PT_REASON_FORBIDDEN_ALGORITHM},
    {R(X_SIGNATURE(X_EXC, X_DS "hmac-sha1", ENV, OBJECT)), PT_REASON_FORBIDDEN_ALGORITHM},
    {R(X_SIGNATURE(X_EXC, MORE "hmac-sha256", ENV, OBJECT)), PT_REASON_FORBIDDEN_ALGORITHM},
    {R(X_SIGNATURE(X_EXC, MORE "rsa-md5", ENV, OBJECT)), PT_REASON_FORBIDDEN_ALGORITHM},
    {R(X_SIGNATURE(X_EXC, "", ENV, OBJECT)), PT_REASON_FORBIDDEN_ALGORITHM},
    {R(X_SIGN(
         "<ds:Reference URI=\"\">" X_TS(X_ENVELOPED) "<ds:DigestMethod Algorithm=\"" X_DS
                                                     "sha1\"/><ds:DigestValue/></ds:Reference>")),
     PT_REASON_FORBIDDEN_ALGORITHM},
    {R(X_SIGN(
         "<ds:Reference URI=\"\">" X_TS(X_ENVELOPED) "<ds:DigestMethod Algorithm=\"" MORE
                                                     "md5\"/><ds:DigestValue/></ds:Reference>")),
     PT_REASON_FORBIDDEN_ALGORITHM},
    /* transforms */
    {R(X_SIGN(X_REF("", X_TS("<ds:Transform "
                             "Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"><x/>"
                             "</ds:Transform>")))),
     PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("", X_TS("<ds:Transform "
                             "Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">"
                             "<ds:XPath>not(ancestor-or-self::ds:Object)</ds:XPath>"
                             "</ds:Transform>")))),
     PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("", X_TS("<ds:Transform "
                             "Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">"
                             "<ds:XPath xmlns:z=\"urn:z\">"
                             "not(ancestor-or-self::z:Signature)</ds:XPath>"
                             "</ds:Transform>")))),
     PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("", X_TS("<ds:Transform "
                             "Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">"
                             "<ds:XPath>not(ancestor-or-self::ds:Signature) or true() or "
                             "not(not(not(not(not(not(not(true())))))))</ds:XPath>"
                             "</ds:Transform>")))),
     PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("", X_TS(X_T("http://www.w3.org/2002/06/xmldsig-filter2"))))),
     PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("#B", X_TS(X_T(X_DS "base64"))))), PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("", X_TS(X_T(X_EXC) X_ENVELOPED)))), PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("", X_TS(X_ENVELOPED X_ENVELOPED)))), PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("", X_TS(X_ENVELOPED X_T(X_EXC) X_T(X_EXC))))), PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("", X_TS("")))), PT_REASON_FORMAT},
    {R(X_SIGN(X_REF("", X_TS("<ds:Transform Algorithm=\"" X_EXC
                             "\"><i:InclusiveNamespaces xmlns:i=\"" X_EXC
                             "\" PrefixList=\"a\"/></ds:Transform>")))),
     PT_REASON_TRANSFORM},
    {R(X_SIGNATURE("http://www.w3.org/TR/1999/REC-xslt-19991116", X_ES256, ENV, OBJECT)),
     PT_REASON_TRANSFORM},
    /* references */
    {R(X_SIGN(X_REF("http://x.invalid/a.xml", ""))), PT_REASON_REMOTE_REFERENCE},
    {R(X_SIGN(X_REF("file:///etc/hostname", ""))), PT_REASON_REMOTE_REFERENCE},
    {R(X_SIGN(X_REF("/etc/hostname", ""))), PT_REASON_REMOTE_REFERENCE},
    {R(X_SIGN(X_REF("../a", ""))), PT_REASON_REMOTE_REFERENCE},
    {R(X_SIGN(X_REF("a%2e%2e/b", ""))), PT_REASON_REMOTE_REFERENCE},
    {R(X_SIGN(X_REF("a%zz", ""))), PT_REASON_REMOTE_REFERENCE},
    {R(X_SIGN(X_REF("a%00", ""))), PT_REASON_REMOTE_REFERENCE},
    {R(X_SIGN(X_REF("a.xml#b", ""))), PT_REASON_REMOTE_REFERENCE},
    {R(X_SIGN(X_REF("a.xml?b", ""))), PT_REASON_REMOTE_REFERENCE},
    {R(X_SIGN(X_REF("a\\b", ""))), PT_REASON_REMOTE_REFERENCE},
    {R(X_SIGN(X_REF("a.xml", X_TS(X_T(X_EXC))))), PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("a.xml", ""))), PT_REASON_CONTENT_ABSENT},
    {R(X_SIGN(X_REF("#xpointer(/)", ""))), PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("#xpointer(id('B'))", ""))), PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("#", ""))), PT_REASON_TRANSFORM},
    {R(X_SIGN(X_REF("#absent", ""))), PT_REASON_FORMAT},
    {R(BODY X_SIGN(X_REF("", ""))), PT_REASON_FORMAT},
    {R(BODY X_SIGN(X_REF("#B", "") X_REF("#B", ""))), PT_REASON_FORMAT},
    {R(X_SIGN("<ds:Reference>" X_DIGEST "</ds:Reference>")), PT_REASON_FORMAT},
    {R(X_SIGN("<ds:Reference URI=\"\"/>")), PT_REASON_FORMAT},
    {R(X_SIGN("<ds:Manifest/>")), PT_REASON_FORMAT},
    /* an Id that no schema declares */
    {"<r><body Id=\"B\"/>" X_SIGN(X_REF("#B", "")) "</r>", PT_REASON_FORMAT},
    {"<r xmlns=\"urn:poterne:test\"><body ID=\"B\"/>" X_SIGN(X_REF("#B", "")) "</r>",
     PT_REASON_FORMAT},
    /* no signature, half a signature */
    {R(""), PT_REASON_FORMAT},
    {R("<ds:Signature xmlns:ds=\"" X_DS "\"/>"), PT_REASON_FORMAT},
    {R("<ds:Signature xmlns:ds=\"" X_DS "\"><ds:SignedInfo/><ds:SignatureValue/>"
       "</ds:Signature>"),
     PT_REASON_FORMAT},
    {"<!DOCTYPE r>" R(""), PT_REASON_DOCTYPE},
    {"<r", PT_REASON_FORMAT},
    /* XAdES */
    {R(X_SIGNATURE(X_EXC, X_ES256, ENV, "")), PT_REASON_FORMAT},
    {R("<ds:Signature xmlns:ds=\"" X_DS "\" Id=\"S\"><ds:SignedInfo><ds:CanonicalizationMethod "
       "Algorithm=\"" X_EXC "\"/><ds:SignatureMethod Algorithm=\"" X_ES256 "\"/>" ENV
       "</ds:SignedInfo><ds:SignatureValue/></ds:Signature>"),
     PT_REASON_NOT_BASELINE},
    {R("<ds:Signature xmlns:ds=\"" X_DS "\" Id=\"S\"><ds:SignedInfo><ds:CanonicalizationMethod "
       "Algorithm=\"" X_EXC "\"/><ds:SignatureMethod Algorithm=\"" X_ES256 "\"/>" ENV
       "</ds:SignedInfo><ds:SignatureValue/>" X_KEYINFO OBJECT "</ds:Signature>"),
     PT_REASON_NOT_BASELINE},
};

Test(xmlsig, SIG_03_CRY_02_CRY_09_forms_that_are_refused)
{
    for (size_t i = 0U; i < PT_COUNT(refused); i++) {
        pt_buf_clear(&doc);
        xmlforge_fill(&kit, refused[i].text, &doc);
        const enum pt_reason got = reason_of(pt_buf_slice(&doc));
        cr_expect_eq(got, refused[i].want, "%zu -> %s", i, pt_reason_code(got));
    }
}

Test(xmlsig, SIG_03_references_transforms_and_signatures_are_counted)
{
    struct pt_buf refs;
    struct pt_buf text;
    pt_buf_init(&refs, 262144U);
    pt_buf_init(&text, 1048576U);
    for (unsigned i = 0U; i < PT_DSIG_REFERENCES_MAX; i++) {
        char one[512];
        (void)snprintf(one, sizeof(one), X_REF("#i%u", ""), i);
        pt_buf_put_str(&refs, one);
    }
    pt_buf_put_str(&text, "<r xmlns=\"urn:poterne:test\"><ds:Signature xmlns:ds=\"" X_DS
                          "\" Id=\"S\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"" X_EXC
                          "\"/><ds:SignatureMethod Algorithm=\"" X_ES256 "\"/>");
    pt_buf_put(&text, pt_buf_slice(&refs));
    pt_buf_put_str(&text, X_PROPREF "</ds:SignedInfo><ds:SignatureValue/></ds:Signature></r>");
    cr_expect_eq(reason_of(pt_buf_slice(&text)), PT_REASON_TOO_LARGE);
    pt_buf_clear(&text);
    pt_buf_put_str(&text, "<r xmlns:ds=\"" X_DS "\">");
    for (unsigned i = 0U; i <= PT_DSIG_SIGNATURES_MAX; i++) {
        pt_buf_put_str(&text, "<ds:Signature/>");
    }
    pt_buf_put_str(&text, "</r>");
    cr_expect_eq(reason_of(pt_buf_slice(&text)), PT_REASON_TOO_LARGE);
    pt_buf_done(&refs);
    pt_buf_done(&text);
}

#define SIGNED_B R(BODY X_SIGN(X_REF("#B", X_TS(X_T(X_EXC)))))

/* --- certificates and trust ------------------------------------------------------------------- */

Test(xmlsig, the_certificate_is_the_one_the_signature_names)
{
    forge(SIGNED_B);
    static const struct {
        const char *what;
        const char *by;
        enum pt_reason want;
    } rows[] = {
        {"<ds:X509Certificate>", "<ds:X509Certificate>AAAA", PT_REASON_FORMAT},
        {"<ds:X509Data>", "<ds:X509SKI/><ds:X509Data>", PT_REASON_NONE},
        {"<ds:X509Data>", "<ds:KeyValue/><ds:X509Data>", PT_REASON_NONE},
        {"ds:X509Data", "ds:PGPData", PT_REASON_FORMAT},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        forge(SIGNED_B);
        xmlforge_replace(&doc, rows[i].what, rows[i].by);
        cr_expect_eq(reason_of(pt_buf_slice(&doc)), rows[i].want, "%zu", i);
    }
    /* Another certificate in KeyInfo: the signed digest still names the real one. */
    struct sealworld other;
    sealworld_open(&other, &(struct sealworld_spec){.key = "P-256"});
    forge(SIGNED_B);
    pt_buf_put_byte(&doc, '\0'); /* for strstr; not a part of the document */
    cr_assert(pt_ok(pt_buf_status(&doc)));
    doc.len--;
    const char *const begin = strstr(doc.ptr, "<ds:X509Certificate>") + 20;
    char kept[4096];
    const size_t n = (size_t)(strstr(begin, "</ds:X509Certificate>") - begin);
    (void)snprintf(kept, sizeof(kept), "%.*s", (int)n, begin);
    struct pt_buf cert;
    pt_buf_init(&cert, 8192U);
    xmlforge_fill(&other, "$C", &cert);
    pt_buf_put_byte(&cert, '\0');
    xmlforge_replace(&doc, kept, cert.ptr);
    cr_expect_eq(reason_of(pt_buf_slice(&doc)), PT_REASON_CERTIFICATE_REFERENCE);
    pt_buf_done(&cert);
    sealworld_close(&other);
    forge(SIGNED_B);
    xmlforge_replace(&doc, kept, "");
    cr_expect_neq(reason_of(pt_buf_slice(&doc)), PT_REASON_NONE);
}

Test(xmlsig, SIG_01_the_verdict_names_what_stands_between_it_and_a_yes)
{
    seal("<a/>");
    const struct pt_trust whole = kit.trust;
    kit.trust.nanchors = 0U;
    cr_expect_eq(reason_of(pt_buf_slice(&doc)), PT_REASON_NO_PATH);
    kit.trust = whole;
    kit.trust.evidence.ncrls = 0U;
    cr_expect_eq(reason_of(pt_buf_slice(&doc)), PT_REASON_REVOCATION_UNKNOWN);
    sealworld_close(&kit);
    sealworld_open(&kit, &(struct sealworld_spec){.key = "P-256", .revoked = true});
    seal("<a/>");
    cr_expect_eq(reason_of(pt_buf_slice(&doc)), PT_REASON_REVOKED_NO_PROOF);
}

Test(xmlsig, SIG_06_a_claimed_time_changes_nothing)
{
    static const char *const times[] = {"2020-01-01T00:00:00Z", "2026-11-01T00:00:00+01:00",
                                        "2030-01-01T00:00:00.5Z"};
    sealworld_close(&kit);
    sealworld_open(&kit, &(struct sealworld_spec){.key = "P-256",
                                                  .from = SEALWORLD_NOW - 400L * 86400,
                                                  .until = SEALWORLD_NOW - 86400,
                                                  .sealed_at = SEALWORLD_NOW - 30L * 86400});
    for (size_t i = 0U; i < PT_COUNT(times); i++) {
        struct pt_buf text;
        pt_buf_init(&text, 65536U);
        pt_buf_put_str(&text, SIGNED_B);
        xmlforge_replace(&text, "2026-11-24T00:00:00Z", times[i]);
        pt_buf_put_byte(&text, '\0');
        forge(text.ptr);
        cr_expect_eq(reason_of(pt_buf_slice(&doc)), PT_REASON_EXPIRED_NO_PROOF, "%s", times[i]);
        pt_buf_done(&text);
    }
}

Test(xmlsig, RSA_of_others_is_verified_and_too_short_keys_are_not_believed)
{
    static const struct {
        const char *key;
        enum pt_reason want;
    } rows[] = {{"RSA-3072", PT_REASON_NONE}, {"RSA-1024", PT_REASON_FORBIDDEN_ALGORITHM}};
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        struct test_cert held = kit.leaf;
        kit.leaf = test_cert_new(&(struct test_cert_spec){.cn = "Autre",
                                                          .issuer = &kit.ca,
                                                          .key = rows[i].key,
                                                          .serial = 9,
                                                          .now = SEALWORLD_NOW});
        forge(R(BODY X_SIGNATURE(X_EXC, MORE "rsa-sha256", ENV, OBJECT)));
        cr_expect_eq(reason_of(pt_buf_slice(&doc)), rows[i].want, "%s", rows[i].key);
        /* The right value under the name of another mechanism. */
        xmlforge_replace(&doc, MORE "rsa-sha256", X_ES256);
        cr_expect_eq(reason_of(pt_buf_slice(&doc)), PT_REASON_SIGNATURE);
        test_cert_free(&kit.leaf);
        kit.leaf = held;
    }
}

Test(xmlsig, the_worst_of_several_signatures_is_the_answer)
{
#define XPATH_CUT                                                                                  \
    "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">"                    \
    "<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath></ds:Transform>"
#define FIRST X_SIGN(X_REF("", X_TS(XPATH_CUT X_T(X_EXC))))
    struct pt_buf text;
    pt_buf_init(&text, 65536U);
    pt_buf_put_str(&text, R(BODY FIRST "<!-- -->" FIRST));
    /* The second one has Ids of its own. */
    static const char *const ids[][2] = {{"Id=\"S\"", "Id=\"T\""},
                                         {"\"#P\"", "\"#U\""},
                                         {"Target=\"#S\"", "Target=\"#T\""},
                                         {"Id=\"P\"", "Id=\"U\""}};
    for (size_t i = 0U; i < PT_COUNT(ids); i++) {
        xmlforge_replace(&text, ids[i][0], ids[i][1]);
    }
    pt_buf_put_byte(&text, '\0');
    forge(text.ptr);
    struct pt_verdict verdict = verdict_of(pt_buf_slice(&doc), none);
    cr_expect_eq(verdict.kind, PT_VERDICT_VALID, "%s", pt_reason_code(verdict.reason));
    cr_expect_eq(verdict.signers, 2U);
    cr_expect_eq(verdict.coverage, PT_COVERS_PARTIAL);
    pt_verdict_done(&verdict);
    /* Break the second value only: its last reference digest. */
    const char *last = NULL;
    for (const char *at = doc.ptr; (at = strstr(at, "<ds:SignatureValue>")) != NULL; at++) {
        last = at;
    }
    doc.ptr[(size_t)(last - doc.ptr) + 25U] ^= 1;
    cr_expect_neq(reason_of(pt_buf_slice(&doc)), PT_REASON_NONE);
    pt_buf_done(&text);
}

Test(xmlsig, xs_datetime_is_read_strictly)
{
    static const struct {
        const char *text;
        int64_t want; /* -1: refused */
    } rows[] = {
        {"1970-01-01T00:00:01Z", 1},
        {"1970-01-01T01:00:01+01:00", 1},
        {"1969-12-31T23:00:01-01:00", 1},
        {"1970-01-01T00:00:01.999Z", 1},
        {"1970-01-01T00:00:01", -1},
        {"1970-01-01", -1},
        {"1970-13-01T00:00:00Z", -1},
        {"1970-01-01T24:00:00Z", -1},
        {"1970-01-01T00:00:00+15:00", -1},
        {"1970-01-01T00:00:00+0100", -1},
        {"1970-01-01 00:00:00Z", -1},
        {"1970-01-01T00:00Z", -1},
        {"", -1},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        int64_t got = -1;
        cr_expect_eq(pt_xades_time(pt_slice_str(rows[i].text), &got), rows[i].want != -1, "%s",
                     rows[i].text);
        cr_expect_eq(got, rows[i].want, "%s", rows[i].text);
    }
}

/* Ours only: libxml2 and xmlsec keep their own allocator here. */
Test(xmlsig, running_out_of_memory_is_never_a_yes)
{
    seal("<a/>");
    TORTURE(nth)
    {
        struct pt_verdict verdict;
        const struct pt_xml_check check = {
            .document = pt_buf_slice(&doc), .trust = &kit.trust, .now = SEALWORLD_NOW};
        torture_arm(nth);
        const pt_status st = pt_xml_verify(&check, &verdict);
        torture_disarm();
        const bool done = pt_ok(st) && pt_verdict_ok(&verdict);
        pt_verdict_done(&verdict);
        if (done && torture_seen() <= nth) {
            break;
        }
        cr_expect(!done, "%u", nth);
    }
    TORTURE(nth)
    {
        struct pt_buf out;
        const struct pt_statement s = sealworld_content("", "", PT_SLICE("<a/>"));
        pt_buf_init(&out, 65536U);
        torture_arm(nth);
        const pt_status st = pt_xml_seal_enveloped(kit.signer, &s, &out);
        torture_disarm();
        pt_buf_done(&out);
        if (pt_ok(st)) {
            return;
        }
    }
    cr_assert(false);
}
