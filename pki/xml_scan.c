/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * xml_scan.c -- see xml_int.h. The look at a document before any parser sees it. The three allowed
 * encodings are supersets of ASCII, so markup is found on bytes. What this scan misreads, the
 * parser's own hooks (xml.c) refuse again: two readers, one verdict. Layer 1 (pki).
 */
#include "pki/xml_int.h"
#include "poterne/base/codec.h"

#define DECLARATION_MAX 256U

static pt_status fault(enum pt_code code, enum pt_xml_fault why)
{
    return PT_FAIL_AUX(code, why);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Index of @needle in @text, text.len when it is not there. */
static size_t find(pt_slice text, pt_slice needle)
{
    const char *at = text.ptr != NULL && text.len >= needle.len
                         ? (const char *)memmem(text.ptr, text.len, needle.ptr, needle.len)
                         : NULL;
    return at != NULL ? (size_t)(at - text.ptr) : text.len;
}

/* The value of the pseudo-attribute encoding, empty when there is none. */
static pt_status declared_encoding(pt_slice declaration, pt_slice *ret)
{
    size_t at = find(declaration, PT_SLICE("encoding"));
    *ret = PT_SLICE_EMPTY;
    if (at == declaration.len) {
        return PT_SUCCESS;
    }
    pt_slice rest = pt_slice_from(declaration, at + sizeof("encoding") - 1U);
    while (rest.len > 0U && (blank(rest.ptr[0]) || rest.ptr[0] == '=')) {
        rest = pt_slice_from(rest, 1U);
    }
    if (rest.len == 0U || (rest.ptr[0] != '"' && rest.ptr[0] != '\'')) {
        return fault(PT_E_SYNTAX, PT_XML_FAULT_FORM);
    }
    const pt_slice value = pt_slice_from(rest, 1U);
    at = pt_slice_find(value, rest.ptr[0]);
    if (at == value.len || at == 0U) {
        return fault(PT_E_SYNTAX, PT_XML_FAULT_FORM);
    }
    *ret = pt_slice_head(value, at);
    return PT_SUCCESS;
}

static pt_status check_encoding(pt_slice text, pt_slice name, bool marked)
{
    const bool utf8 = name.len == 0U || pt_slice_eq_nocase(name, PT_SLICE("UTF-8"));
    if (utf8) {
        return pt_utf8_valid(text) ? PT_SUCCESS : fault(PT_E_SYNTAX, PT_XML_FAULT_ENCODING);
    }
    /* A byte-order mark says UTF-8: a second opinion is a contradiction. */
    if (!marked && (pt_slice_eq_nocase(name, PT_SLICE("ISO-8859-1")) ||
                    pt_slice_eq_nocase(name, PT_SLICE("windows-1252")))) {
        return PT_SUCCESS;
    }
    return fault(PT_E_DENIED, PT_XML_FAULT_ENCODING);
}

/* From behind the opening @skip bytes, past @closing; SYNTAX when it never closes. */
static pt_status past(pt_slice *rest, size_t skip, pt_slice closing)
{
    const pt_slice inside = pt_slice_from(*rest, skip);
    const size_t at = find(inside, closing);
    if (at == inside.len) {
        return fault(PT_E_SYNTAX, PT_XML_FAULT_FORM);
    }
    *rest = pt_slice_from(inside, at + closing.len);
    return PT_SUCCESS;
}

/* @rest begins with '<'. */
static pt_status past_markup(pt_slice *rest)
{
    if (pt_slice_starts(*rest, PT_SLICE("<!--"))) {
        return past(rest, 4U, PT_SLICE("-->"));
    }
    if (pt_slice_starts(*rest, PT_SLICE("<![CDATA["))) {
        return past(rest, 9U, PT_SLICE("]]>"));
    }
    if (pt_slice_starts(*rest, PT_SLICE("<!"))) {
        return fault(PT_E_DENIED, PT_XML_FAULT_DOCTYPE);
    }
    if (pt_slice_starts(*rest, PT_SLICE("<?"))) {
        return fault(PT_E_DENIED, PT_XML_FAULT_STYLESHEET);
    }
    *rest = pt_slice_from(*rest, 1U);
    return PT_SUCCESS;
}

static pt_status scan_markup(pt_slice rest)
{
    while (rest.len > 0U) {
        const size_t at = pt_slice_find(rest, '<');
        rest = pt_slice_from(rest, at);
        if (rest.len > 0U) {
            PT_TRY(past_markup(&rest));
        }
    }
    return PT_SUCCESS;
}

PT_RESULT pt_xml_scan(pt_slice bytes)
{
    pt_slice encoding = PT_SLICE_EMPTY;
    if (bytes.len > PT_XML_BYTES_MAX) {
        return fault(PT_E_LIMIT, PT_XML_FAULT_SIZE);
    }
    const bool marked = pt_slice_starts(bytes, PT_SLICE("\xef\xbb\xbf"));
    pt_slice rest = pt_slice_from(bytes, marked ? 3U : 0U);
    /* UTF-16, UTF-32 and EBCDIC all fail one of these two. */
    if (rest.len == 0U || rest.ptr[0] != '<' || pt_slice_find(rest, '\0') != rest.len) {
        return fault(PT_E_DENIED, rest.len == 0U ? PT_XML_FAULT_FORM : PT_XML_FAULT_ENCODING);
    }
    if (pt_slice_starts(rest, PT_SLICE("<?xml")) && rest.len > 5U && blank(rest.ptr[5])) {
        const size_t end = find(pt_slice_head(rest, DECLARATION_MAX), PT_SLICE("?>"));
        if (end >= DECLARATION_MAX || end >= rest.len) {
            return fault(PT_E_SYNTAX, PT_XML_FAULT_FORM);
        }
        PT_TRY(declared_encoding(pt_slice_head(rest, end), &encoding));
        rest = pt_slice_from(rest, end + 2U);
    }
    PT_TRY(check_encoding(bytes, encoding, marked));
    return scan_markup(rest);
}
