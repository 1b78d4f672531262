/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/xml.c and xml_scan.c: SIG-03, what becomes a document and what does not. */
#include "pki/xml_int.h"
#include "poterne/base/file.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

TestSuite(xml, .timeout = 60.0);

static pt_status parse(pt_slice text)
{
    xmlDoc *doc = NULL;
    const pt_status st = pt_xml_parse(text, &doc);
    cr_expect_eq(doc != NULL, pt_ok(st));
    xmlFreeDoc(doc);
    return st;
}

struct refusal {
    const char *text;
    uint32_t code;
    enum pt_xml_fault why;
};

static void expect(const struct refusal *rows, size_t n)
{
    for (size_t i = 0U; i < n; i++) {
        const pt_status st = parse(pt_slice_str(rows[i].text));
        cr_expect_eq(st.code, rows[i].code, "%.60s -> %x/%u", rows[i].text, st.code, st.aux);
        cr_expect_eq(st.aux, (uint32_t)rows[i].why, "%.60s -> %u", rows[i].text, st.aux);
    }
}

Test(xml, SIG_03_no_doctype_no_entity_no_inclusion)
{
    static const struct refusal rows[] = {
        {"<!DOCTYPE a><a/>", PT_E_DENIED, PT_XML_FAULT_DOCTYPE},
        {"<?xml version=\"1.0\"?><!DOCTYPE a SYSTEM \"http://x.invalid/a.dtd\"><a/>", PT_E_DENIED,
         PT_XML_FAULT_DOCTYPE},
        {"<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><a>&e;</a>", PT_E_DENIED,
         PT_XML_FAULT_DOCTYPE},
        {"<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>", PT_E_DENIED,
         PT_XML_FAULT_DOCTYPE},
        {"<!-- first --><!DOCTYPE a [<!ATTLIST a Id ID \"x\">]><a/>", PT_E_DENIED,
         PT_XML_FAULT_DOCTYPE},
        {"<!doctype a><a/>", PT_E_DENIED, PT_XML_FAULT_DOCTYPE},
        {"<!ENTITY x \"y\"><a/>", PT_E_DENIED, PT_XML_FAULT_DOCTYPE},
        {"<!-- x -- > --><!DOCTYPE a><a/>", PT_E_DENIED, PT_XML_FAULT_DOCTYPE},
        {"<a>&e;</a>", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<?xml version=\"1.1\"?><a/>", PT_E_DENIED, PT_XML_FAULT_FORM},
        {"<a xmlns:xi=\"http://www.w3.org/2001/XInclude\"><xi:include href=\"b.xml\"/></a>",
         PT_E_DENIED, PT_XML_FAULT_XINCLUDE},
        {"<a><include xmlns=\"http://www.w3.org/2003/XInclude\" href=\"b.xml\"/></a>", PT_E_DENIED,
         PT_XML_FAULT_XINCLUDE},
        {"<?xml-stylesheet href=\"http://x.invalid/a.xsl\" type=\"text/xsl\"?><a/>", PT_E_DENIED,
         PT_XML_FAULT_STYLESHEET},
        {"<a><?php 1 ?></a>", PT_E_DENIED, PT_XML_FAULT_STYLESHEET},
    };
    expect(rows, PT_COUNT(rows));
}

Test(xml, three_encodings_and_what_they_declare)
{
    static const struct refusal rows[] = {
        {"<a>\xc3\xa9</a>", PT_OK, PT_XML_FAULT_NONE},
        {"\xef\xbb\xbf<a>\xc3\xa9</a>", PT_OK, PT_XML_FAULT_NONE},
        {"<?xml version=\"1.0\" encoding=\"utf-8\"?><a/>", PT_OK, PT_XML_FAULT_NONE},
        {"<?xml version='1.0' encoding = 'ISO-8859-1'?><a>\xe9</a>", PT_OK, PT_XML_FAULT_NONE},
        {"<?xml version=\"1.0\" encoding=\"Windows-1252\"?><a>\x80</a>", PT_OK, PT_XML_FAULT_NONE},
        {"<a>\xe9</a>", PT_E_SYNTAX, PT_XML_FAULT_ENCODING},
        {"<a>\xc0\xbc</a>", PT_E_SYNTAX, PT_XML_FAULT_ENCODING},
        {"<a>\xed\xa0\x80</a>", PT_E_SYNTAX, PT_XML_FAULT_ENCODING},
        {"<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", PT_E_DENIED, PT_XML_FAULT_ENCODING},
        {"<?xml version=\"1.0\" encoding=\"UTF-7\"?><a/>", PT_E_DENIED, PT_XML_FAULT_ENCODING},
        {"<?xml version=\"1.0\" encoding=\"ISO-8859-15\"?><a/>", PT_E_DENIED,
         PT_XML_FAULT_ENCODING},
        {"<?xml version=\"1.0\" encoding=\"IBM037\"?><a/>", PT_E_DENIED, PT_XML_FAULT_ENCODING},
        {"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", PT_E_DENIED,
         PT_XML_FAULT_ENCODING},
        {"\xff\xfe<", PT_E_DENIED, PT_XML_FAULT_ENCODING},
        {" <a/>", PT_E_DENIED, PT_XML_FAULT_ENCODING},
        {"", PT_E_DENIED, PT_XML_FAULT_FORM},
        {"<?xml version=\"1.0\" encoding=UTF-8?><a/>", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<?xml version=\"1.0\" encoding=\"\"?><a/>", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<?xml version=\"1.0\" encoding=\"UTF-8?><a/>", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<?xml version=\"1.0\"", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>\x81</a>", PT_E_SYNTAX,
         PT_XML_FAULT_FORM},
    };
    expect(rows, PT_COUNT(rows));
    cr_expect_eq(parse(PT_SLICE("<\0a/>")).aux, PT_XML_FAULT_ENCODING);
    cr_expect_eq(parse(PT_SLICE("\0<\0a\0/\0>")).aux, PT_XML_FAULT_ENCODING);
}

Test(xml, what_is_not_well_formed_is_refused)
{
    static const struct refusal rows[] = {
        {"<a>", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<a></b>", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<a/><b/>", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<a x=\"1\" x=\"2\"/>", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<p:a/>", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<a><!-- never closed</a>", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<a><![CDATA[ never closed</a>", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<a>\x01</a>", PT_E_SYNTAX, PT_XML_FAULT_FORM},
        {"<a><![CDATA[<!DOCTYPE b>]]><!-- <!DOCTYPE c> --></a>", PT_OK, PT_XML_FAULT_NONE},
    };
    expect(rows, PT_COUNT(rows));
}

/* @n times @open, then @middle, then @n times @close. */
static char *nested(size_t n, const char *open, const char *middle, const char *close)
{
    const size_t len = n * (strlen(open) + strlen(close)) + strlen(middle) + 1U;
    char *const text = malloc(len);
    cr_assert_not_null(text);
    char *at = text;
    for (size_t i = 0U; i < n; i++) {
        at = stpcpy(at, open);
    }
    at = stpcpy(at, middle);
    for (size_t i = 0U; i < n; i++) {
        at = stpcpy(at, close);
    }
    return text;
}

static void expect_bound(char *text, uint32_t code)
{
    const pt_status st = parse(pt_slice_str(text));
    cr_expect_eq(st.code, code, "%.40s... -> %x/%u", text, st.code, st.aux);
    free(text);
}

Test(xml, SIG_03_depth_elements_attributes_and_size_are_bounded)
{
    expect_bound(nested(PT_XML_DEPTH_MAX, "<a>", "", "</a>"), PT_OK);
    expect_bound(nested(PT_XML_DEPTH_MAX + 1U, "<a>", "", "</a>"), PT_E_LIMIT);
    char *many = nested(PT_XML_ELEMENTS_MAX - 1U, "<b/>", "", "");
    char *whole = malloc(strlen(many) + 16U);
    cr_assert_not_null(whole);
    (void)sprintf(whole, "<a>%s</a>", many);
    expect_bound(whole, PT_OK);
    whole = malloc(strlen(many) + 16U);
    cr_assert_not_null(whole);
    (void)sprintf(whole, "<a>%s<b/></a>", many);
    expect_bound(whole, PT_E_LIMIT);
    free(many);
    char wide[4096] = "<a";
    for (unsigned i = 0U; i <= PT_XML_ATTRIBUTES_MAX; i++) {
        (void)sprintf(wide + strlen(wide), " x%u=\"\"", i);
    }
    strcat(wide, "/>");
    cr_expect_eq(parse(pt_slice_str(wide)).code, PT_E_LIMIT);
    char *const large = calloc(1U, PT_XML_BYTES_MAX + 1U);
    cr_assert_not_null(large);
    cr_expect_eq(parse(pt_slice_of(large, PT_XML_BYTES_MAX + 1U)).aux, PT_XML_FAULT_SIZE);
    free(large);
}

Test(xml, text_and_attributes_are_read_as_they_are)
{
    xmlDoc *doc = NULL;
    cr_assert(pt_ok(pt_xml_parse(
        PT_SLICE("<a xmlns:p=\"urn:p\" x=\"1\" p:y=\"2\" z=\"\"><b>t</b><c/><d>u<e/></d></a>"),
        &doc)));
    xmlNode *const a = xmlDocGetRootElement(doc);
    xmlNode *const b = pt_xml_child(a);
    cr_expect_str_eq(pt_xml_attribute(a, "x"), "1");
    cr_expect_null(pt_xml_attribute(a, "y"));
    cr_expect_str_eq(pt_xml_attribute(a, "z"), "");
    cr_expect(pt_xml_is(b, "", "b") && !pt_xml_is(b, "urn:p", "b") && !pt_xml_is(NULL, "", "b"));
    cr_expect(pt_slice_eq(pt_xml_text(b), PT_SLICE("t")));
    cr_expect_eq(pt_xml_text(pt_xml_next(b)).len, 0U);
    cr_expect_eq(pt_xml_text(pt_xml_next(pt_xml_next(b))).len, 0U);
    size_t n = 0U;
    for (const xmlNode *at = a; at != NULL; at = pt_xml_walk(at, a)) {
        n++;
    }
    cr_expect_eq(n, 5U);
    xmlFreeDoc(doc);
}

/* The shared samples, when they are there: SIG-03 on files that were not written by us. */
Test(xml, SIG_03_hostile_samples_are_refused_and_real_ones_are_read)
{
    static const struct {
        const char *file;
        uint32_t code;
    } rows[] = {
        {"negative/billion_laughs.xml", PT_E_DENIED},
        {"negative/xxe_file.xml", PT_E_DENIED},
        {"negative/xxe_external_dtd.xml", PT_E_DENIED},
        {"negative/xinclude.xml", PT_E_DENIED},
        {"negative/invalid_utf8.xml", PT_E_SYNTAX},
        {"negative/truncated_etatcivil.xml", PT_E_SYNTAX},
        {"pastell/actes_ar_windows-1252.xml", PT_OK},
        {"pastell/pes_retour_iso8859-1.xml", PT_OK},
        {"pastell/pes_aller_unsigned.xml", PT_OK},
        {"hubee/certdc_DD.xml", PT_OK},
        {"hubee/EtatCivil_demande_acte.xml", PT_OK},
        {"hubee/rsactm_iso8859-1_noNamespaceSchemaLocation.xml", PT_OK},
    };
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        char path[512];
        struct pt_buf bytes;
        struct stat info;
        (void)snprintf(path, sizeof(path), PT_SOURCE_DIR "/../shared/data/xml/%s", rows[i].file);
        if (stat(path, &info) != 0) {
            continue;
        }
        pt_buf_init(&bytes, PT_XML_BYTES_MAX);
        cr_assert(pt_ok(pt_file_read(path, &bytes)), "%s", path);
        const pt_status st = parse(pt_buf_slice(&bytes));
        cr_expect_eq(st.code, rows[i].code, "%s -> %x/%u", rows[i].file, st.code, st.aux);
        pt_buf_done(&bytes);
    }
}
