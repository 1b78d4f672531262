/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Unit tests of pki/dsig*.c, xades*.c: SIG-02, SIG-03, CRY-09: nothing in a signature may be read
 * in two ways. The forger here holds the key: every value is right for the reading he has in mind.
 */
#include "pki/dsig_int.h"
#include "pki/raw_int.h"
#include "poterne/base/codec.h"
#include "poterne/pki/jws.h"
#include "poterne/pki/xmlsig.h"
#include "tests/unit/pki/xmlforge.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct sealworld kit;
static struct pt_buf doc;
static const struct pt_xml_contents none;

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

TestSuite(shadow, .init = setup, .fini = teardown, .timeout = 120.0);

static struct pt_verdict verdict_of(struct pt_xml_contents contents)
{
    struct pt_verdict verdict;
    const struct pt_xml_check check = {.document = pt_buf_slice(&doc),
                                       .contents = contents,
                                       .trust = &kit.trust,
                                       .now = SEALWORLD_NOW};
    cr_assert(pt_ok(pt_xml_verify(&check, &verdict)));
    return verdict;
}

static enum pt_reason reason_with(struct pt_xml_contents contents)
{
    struct pt_verdict verdict = verdict_of(contents);
    const enum pt_reason reason = verdict.reason;
    cr_expect_eq(pt_verdict_ok(&verdict), reason == PT_REASON_NONE);
    pt_verdict_done(&verdict);
    return reason;
}

static enum pt_reason reason_of(void)
{
    return reason_with(none);
}

static void expect_coverage(enum pt_coverage want, const char *what)
{
    struct pt_verdict verdict = verdict_of(none);
    cr_expect(pt_verdict_ok(&verdict), "%s: %s", what, pt_reason_code(verdict.reason));
    cr_expect_eq(verdict.coverage, want, "%s: %s", what, pt_coverage_name(verdict.coverage));
    pt_verdict_done(&verdict);
}

/* --- the forger ------------------------------------------------------------------------------- */

static void digest64(const char *md, pt_slice bytes, char out[static 128])
{
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned int n = 0U;
    cr_assert_eq(EVP_Digest(bytes.ptr, bytes.len, value, &n, EVP_get_digestbyname(md), NULL), 1);
    out[pt_b64_encode_raw(pt_slice_of(value, n), out)] = '\0';
}

/* The signature of the kit over @bytes with @md, as a SignatureValue holds it. */
static void value64(const char *md, pt_slice bytes, char out[static 256])
{
    struct pt_buf value;
    unsigned char der[256];
    size_t n = sizeof(der);
    EVP_MD_CTX *const ctx = EVP_MD_CTX_new();
    cr_assert_eq(EVP_DigestSignInit(ctx, NULL, EVP_get_digestbyname(md), NULL, kit.leaf.key), 1);
    cr_assert_eq(EVP_DigestSign(ctx, der, &n, (const unsigned char *)bytes.ptr, bytes.len), 1);
    EVP_MD_CTX_free(ctx);
    pt_buf_init(&value, 256U);
    pt_buf_put(&value, pt_slice_of(der, n));
    cr_assert(pt_ok(pt_raw_from_der(kit.leaf.key, &value)));
    out[pt_b64_encode_raw(pt_buf_slice(&value), out)] = '\0';
    pt_buf_done(&value);
}

/* The exclusive canonical form of the one element ds:@name, or of SignedProperties. */
static void canonical_of(const char *ns, const char *name, struct pt_buf *out)
{
    xmlDoc *tree = NULL;
    cr_assert(pt_ok(pt_dsig_start()) && pt_ok(pt_xml_parse(pt_buf_slice(&doc), &tree)));
    const xmlNode *const root = xmlDocGetRootElement(tree);
    xmlNode *node = xmlDocGetRootElement(tree);
    while (node != NULL && !pt_xml_is(node, ns, name)) {
        node = pt_xml_walk(node, root);
    }
    pt_buf_init(out, 65536U);
    cr_assert(node != NULL && pt_ok(pt_dsig_canonical(tree, node, X_EXC, out)));
    xmlFreeDoc(tree);
}

/* @doc with the digest of its properties at $P and its signature, by @md, at $V. */
static void finish(const char *md)
{
    char text[256];
    struct pt_buf bytes;
    canonical_of(X_XADES, "SignedProperties", &bytes);
    digest64("sha256", pt_buf_slice(&bytes), text);
    pt_buf_done(&bytes);
    xmlforge_replace(&doc, "$P", text);
    canonical_of(X_DS, "SignedInfo", &bytes);
    value64(md, pt_buf_slice(&bytes), text);
    pt_buf_done(&bytes);
    xmlforge_replace(&doc, "$V", text);
}

#define RAW_REF(uri, ts, method, digest)                                                           \
    "<ds:Reference URI=\"" uri "\">" ts "<ds:DigestMethod " method "/><ds:DigestValue>" digest     \
    "</ds:DigestValue></ds:Reference>"
#define RAW_SIGN(method, refs)                                                                     \
    "<ds:Signature xmlns:ds=\"" X_DS "\" Id=\"S\"><ds:SignedInfo><ds:CanonicalizationMethod "      \
    "Algorithm=\"" X_EXC "\"/><ds:SignatureMethod " method "/>" refs                               \
    "<ds:Reference Type=\"http://uri.etsi.org/01903#SignedProperties\" URI=\"#P\">" X_TS(          \
        X_T(X_EXC)) "<ds:DigestMethod Algorithm=\"" X_SHA256                                       \
                    "\"/><ds:DigestValue>$P</ds:DigestValue></ds:Reference></ds:SignedInfo>"       \
                    "<ds:SignatureValue>$V</ds:SignatureValue>" X_KEYINFO                          \
                    "<ds:Object>" X_QUALIFYING "</ds:Object></ds:Signature>"
#define A(uri)        "Algorithm=\"" uri "\""
#define SHADOWED(uri) "xmlns:x=\"urn:x\" x:Algorithm=\"" uri "\" "
#define R(inside)     "<r xmlns=\"urn:poterne:test\"><head Id=\"H\">tete</head>" inside "</r>"
#define ENV           X_TS(X_ENVELOPED X_T(X_EXC))

static void fill(const char *text, const char *md, const char *of)
{
    char digest[128];
    digest64(md, pt_slice_str(of), digest);
    pt_buf_clear(&doc);
    xmlforge_fill(&kit, text, &doc);
    if (memmem(doc.ptr, doc.len, "$1", 2U) != NULL) {
        xmlforge_replace(&doc, "$1", digest);
    }
}

/* --- algorithms ------------------------------------------------------------------------------- */

Test(shadow, CRY_09_an_honest_file_of_this_forge_is_valid)
{
    fill(R(RAW_SIGN(A(X_ES256), RAW_REF("", ENV, A(X_SHA256), "$1"))), "sha256", R(""));
    finish("sha256");
    expect_coverage(PT_COVERS_WHOLE, "honest");
}

Test(shadow, SIG_03_a_second_canonicalization_method_does_not_empty_SignedInfo)
{
    char nothing[256];
    fill(R("<forged/>" RAW_SIGN(A(X_ES256), RAW_REF("", ENV, A(X_SHA256), "$1"))), "sha256",
         R("<forged></forged>"));
    finish("sha256");
    char honest[256];
    struct pt_buf bytes;
    canonical_of(X_DS, "SignatureValue", &bytes);
    pt_buf_put_byte(&bytes, '\0'); /* for strcspn */
    cr_assert(pt_ok(pt_buf_status(&bytes)));
    const char *const at = (const char *)memchr(bytes.ptr, '>', bytes.len) + 1;
    (void)snprintf(honest, sizeof(honest), "%.*s", (int)strcspn(at, "<"), at);
    pt_buf_done(&bytes);
    /* The key has signed nothing at all, once, anywhere. */
    value64("sha256", PT_SLICE_EMPTY, nothing);
    xmlforge_replace(&doc, honest, nothing);
    cr_expect_eq(reason_of(), PT_REASON_SIGNATURE);
    xmlforge_replace(&doc, "<ds:CanonicalizationMethod ",
                     "<ds:CanonicalizationMethod " SHADOWED(X_DS "enveloped-signature"));
    cr_expect_eq(reason_of(), PT_REASON_TRANSFORM);
}

Test(shadow, CRY_09_a_second_digest_method_does_not_bring_SHA_1_back)
{
    fill(R(RAW_SIGN(A(X_ES256), RAW_REF("", ENV, SHADOWED(X_DS "sha1") A(X_SHA256), "$1"))), "sha1",
         R(""));
    finish("sha256");
    cr_expect_eq(reason_of(), PT_REASON_FORBIDDEN_ALGORITHM);
}

Test(shadow, CRY_09_a_second_signature_method_does_not_bring_SHA_1_back)
{
    fill(R(RAW_SIGN(SHADOWED("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1") A(X_ES256),
                    RAW_REF("", ENV, A(X_SHA256), "$1"))),
         "sha256", R(""));
    finish("sha1");
    cr_expect_eq(reason_of(), PT_REASON_FORBIDDEN_ALGORITHM);
}

Test(shadow, SIG_03_a_second_transform_is_not_run)
{
    fill(R(RAW_SIGN(
             A(X_ES256),
             RAW_REF("", X_TS(X_ENVELOPED "<ds:Transform " SHADOWED(X_DS "base64") A(X_EXC) "/>"),
                     A(X_SHA256), "$1"))),
         "sha256", "\xb5\xeb\x5e");
    finish("sha256");
    cr_expect_eq(reason_of(), PT_REASON_TRANSFORM);
}

/* Outside of what is signed, where whoever holds the file adds them. */
Test(shadow, SIG_02_an_attribute_that_the_grammar_does_not_know_is_refused)
{
    static const struct {
        const char *what;
        const char *by;
    } rows[] = {
        {"<ds:Signature ", "<ds:Signature xmlns:x=\"urn:x\" x:Id=\"T\" "},
        {"<ds:Signature ", "<ds:Signature other=\"T\" "},
        {"<ds:SignatureValue>", "<ds:SignatureValue xmlns:x=\"urn:x\" x:Id=\"V\">"},
        {"<ds:KeyInfo>", "<ds:KeyInfo xml:lang=\"fr\">"},
        {"<ds:Object>", "<ds:Object xmlns:x=\"urn:x\" x:Encoding=\"b\">"},
        {" Target=\"#S\"", " xmlns:x=\"urn:x\" x:Target=\"#T\" Target=\"#S\""},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        xmlforge_sign(&kit, R(X_SIGN(X_REF("", ENV))), &doc);
        cr_assert_eq(reason_of(), PT_REASON_NONE);
        xmlforge_replace(&doc, rows[i].what, rows[i].by);
        const enum pt_reason reason = reason_of();
        cr_expect(reason == PT_REASON_FORMAT || reason == PT_REASON_WRAPPING, "%s: %s", rows[i].by,
                  pt_reason_code(reason));
    }
}

Test(shadow, SIG_02_a_value_is_text_and_nothing_else)
{
    xmlforge_sign(&kit, R(X_SIGN(X_REF("", ENV))), &doc);
    xmlforge_replace(&doc, "<ds:SignatureValue>", "<ds:SignatureValue><!-- x -->");
    cr_expect_eq(reason_of(), PT_REASON_SIGNATURE);
    xmlforge_replace(&doc, "<!-- x -->", "<x/>");
    cr_expect_eq(reason_of(), PT_REASON_FORMAT);
}

/* --- what is covered -------------------------------------------------------------------------- */

#define TWICE RAW_REF("a.txt", "", A(X_SHA256), "$1") RAW_REF("%61.txt", "", A(X_SHA256), "$2")

Test(shadow, SIG_02_one_content_named_twice_is_not_two_contents)
{
    static const struct pt_xml_content held[] = {{PT_SLICE("a.txt"), PT_SLICE("AAA")},
                                                 {PT_SLICE("evil.txt"), PT_SLICE("not signed")}};
    char digest[128];
    digest64("sha256", PT_SLICE("AAA"), digest);
    fill("<z:XAdESSignatures xmlns:z=\"http://uri.etsi.org/02918/v1.2.1#\">" RAW_SIGN(
             A(X_ES256), TWICE) "</z:XAdESSignatures>",
         "sha256", "AAA");
    xmlforge_replace(&doc, "$2", digest);
    finish("sha256");
    cr_expect_eq(reason_with((struct pt_xml_contents){.list = held, .n = 2U}), PT_REASON_FORMAT);
    cr_expect_eq(reason_with((struct pt_xml_contents){.list = held, .n = 1U}), PT_REASON_FORMAT);
    /* Nor one element by two names. */
    fill("<r xmlns=\"urn:poterne:test\" Id=\"H\">" RAW_SIGN(
             A(X_ES256),
             RAW_REF("", ENV, A(X_SHA256), "$1") RAW_REF("#H", ENV, A(X_SHA256), "$2")) "</r>",
         "sha256", "<r xmlns=\"urn:poterne:test\" Id=\"H\"></r>");
    digest64("sha256", PT_SLICE("<r xmlns=\"urn:poterne:test\" Id=\"H\"></r>"), digest);
    xmlforge_replace(&doc, "$2", digest);
    finish("sha256");
    cr_expect_eq(reason_of(), PT_REASON_FORMAT);
}

Test(shadow, SIG_02_a_signature_that_is_the_document_covers_nothing_of_it)
{
    fill(RAW_SIGN(A(X_ES256), RAW_REF("", ENV, A(X_SHA256), "$1")), "sha256", "");
    finish("sha256");
    cr_expect_eq(reason_of(), PT_REASON_FORMAT);
}

Test(shadow, SIG_02_a_comment_makes_the_coverage_partial)
{
    static const struct {
        const char *what;
        const char *by;
        enum pt_coverage want;
    } rows[] = {
        {"tete", "te<!-- virement -->te", PT_COVERS_PARTIAL},
        {"<head", "<!-- <montant>1</montant> --><head", PT_COVERS_PARTIAL},
        {"<r ", "<!-- avant --><r ", PT_COVERS_PARTIAL},
        {"</r>", "</r><!-- apres -->", PT_COVERS_PARTIAL},
        {"<ds:KeyInfo>", "<ds:KeyInfo><!-- la signature -->", PT_COVERS_WHOLE},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        xmlforge_sign(&kit, R(X_SIGN(X_REF("", ENV))), &doc);
        xmlforge_replace(&doc, rows[i].what, rows[i].by);
        expect_coverage(rows[i].want, rows[i].by);
    }
    /* A canonical form with comments does not help: a reference by "" leaves them out before. */
    xmlforge_sign(&kit,
                  R("<!-- note -->" X_SIGN(X_REF("", X_TS(X_ENVELOPED X_T(X_EXC "WithComments"))))),
                  &doc);
    expect_coverage(PT_COVERS_PARTIAL, "with comments");
    xmlforge_replace(&doc, "<!-- note -->", "<!-- faux -->");
    expect_coverage(PT_COVERS_PARTIAL, "with comments, changed");
}

Test(shadow, SIG_02_words_of_others_in_the_signature_are_refused_or_not_covered)
{
    static const struct {
        const char *what;
        const char *by;
        bool refused;
    } rows[] = {
        {"<ds:Object>", "<ds:Object MimeType=\"x\">texte ajoute", true},
        {"</ds:Object>", "<![CDATA[texte]]></ds:Object>", true},
        {"<ds:KeyInfo>", "texte<ds:KeyInfo>", true},
        {"<ds:KeyInfo>", "<ds:KeyInfo>texte", true},
        {"<ds:KeyInfo>", "<ds:KeyInfo><montant xmlns=\"\">1</montant>", false},
        {"</xades:QualifyingProperties>",
         "<xades:UnsignedProperties><montant xmlns=\"\">1</montant></xades:UnsignedProperties>"
         "</xades:QualifyingProperties>",
         false},
        {"<ds:Object>", "<ds:Object><montant xmlns=\"\">1</montant></ds:Object><ds:Object>", false},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        xmlforge_sign(&kit, R(X_SIGN(X_REF("", ENV))), &doc);
        xmlforge_replace(&doc, rows[i].what, rows[i].by);
        if (rows[i].refused) {
            cr_expect_eq(reason_of(), PT_REASON_FORMAT, "%s", rows[i].by);
        } else {
            expect_coverage(PT_COVERS_PARTIAL, rows[i].by);
        }
    }
}

/* @text with an Id on its KeyInfo, signed. */
static void sign_with_key_info(const char *text)
{
    struct pt_buf changed;
    pt_buf_init(&changed, 65536U);
    pt_buf_put_str(&changed, text);
    xmlforge_replace(&changed, "<ds:KeyInfo>", "<ds:KeyInfo Id=\"K\">");
    pt_buf_put_byte(&changed, '\0');
    xmlforge_sign(&kit, changed.ptr, &doc);
    pt_buf_done(&changed);
}

#define KEY_REF X_REF("#K", X_TS(X_T(X_EXC)))

Test(shadow, a_signed_KeyInfo_is_no_content)
{
    sign_with_key_info(R(X_SIGN(X_REF("", ENV) KEY_REF)));
    struct pt_verdict verdict = verdict_of(none);
    cr_expect_eq(verdict.kind, PT_VERDICT_VALID, "%s", pt_reason_code(verdict.reason));
    cr_expect_eq(verdict.coverage, PT_COVERS_WHOLE);
    cr_expect_eq(verdict.nparts, 1U);
    pt_verdict_done(&verdict);
    sign_with_key_info(R(X_SIGN(KEY_REF)));
    cr_expect_eq(reason_of(), PT_REASON_NOT_BASELINE);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void expect_nothing(struct pt_verdict *verdict, const char *what)
{
    cr_expect(!pt_verdict_ok(verdict), "%s", what);
    cr_expect_eq(verdict->coverage, PT_COVERS_NOTHING, "%s", what);
    cr_expect(verdict->nparts == 0U && verdict->parts.len == 0U, "%s", what);
    pt_verdict_done(verdict);
}

Test(shadow, SIG_02_a_refusal_covers_nothing)
{
    struct pt_verdict verdict;
    xmlforge_sign(&kit, R(X_SIGN(X_REF("", ENV))), &doc);
    kit.trust.nanchors = 0U;
    verdict = verdict_of(none);
    expect_nothing(&verdict, "XML");
    for (int detached = 0; detached < 2; detached++) {
        struct pt_buf jws;
        const struct pt_statement s = sealworld_content("a.json", "", PT_SLICE("{}"));
        pt_buf_init(&jws, PT_JWS_MAX);
        cr_assert(pt_ok(pt_jws_seal(kit.signer, &s, detached == 1, &jws)));
        const struct pt_jws_check check = {.jws = pt_buf_slice(&jws),
                                           .has_content = detached == 1,
                                           .content = PT_SLICE("{}"),
                                           .trust = &kit.trust,
                                           .now = SEALWORLD_NOW};
        cr_assert(pt_ok(pt_jws_verify(&check, &verdict)));
        expect_nothing(&verdict, "JWS");
        pt_buf_done(&jws);
    }
}
