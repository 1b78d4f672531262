/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * fuzz_xmlsig.c -- XML from anybody, signed or not. Properties: no crash; a document with a
 * DOCTYPE is never parsed; without an anchor nothing is ever a yes; a verdict always has a reason;
 * OpenSSL's error queue is left empty.
 */
#include "pki/xml_int.h"
#include "poterne/pki/xmlsig.h"

#include <openssl/err.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void parse(pt_slice text)
{
    xmlDoc *doc = NULL;
    const pt_status st = pt_xml_parse(text, &doc);
    must(pt_ok(st) == (doc != NULL));
    if (doc != NULL) {
        must(doc->intSubset == NULL && doc->extSubset == NULL);
        must(xmlDocGetRootElement(doc) != NULL);
    }
    xmlFreeDoc(doc);
}

static void judge(pt_slice text)
{
    const struct pt_trust trust = {.level = PT_RGS_1};
    const struct pt_xml_content one = {.name = PT_SLICE("a.txt"), .bytes = PT_SLICE("abc")};
    struct pt_verdict verdict;
    const struct pt_xml_check check = {
        .document = text, .contents = {.list = &one, .n = 1U}, .trust = &trust, .now = 1795478400};
    must(pt_ok(pt_xml_verify(&check, &verdict)));
    must(!pt_verdict_ok(&verdict) && verdict.reason != PT_REASON_NONE);
    must(ERR_peek_error() == 0U);
    pt_verdict_done(&verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pt_slice text = pt_slice_of(data, size);
    struct pt_buf out;
    parse(text);
    judge(text);
    pt_buf_init(&out, 1048576U);
    (void)pt_ok(pt_xml_imprint(text, &out));
    pt_buf_clear(&out);
    (void)pt_ok(pt_xml_stamp(text, PT_SLICE("token"), &out));
    pt_buf_done(&out);
    return 0;
}
