/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * xades_verify.c -- see xmlsig.h. From bytes to a verdict, one gate after the other; each gate
 * answers PT_REASON_NONE or the reason of the refusal. Layer 1 (pki).
 */
#include "pki/xades_int.h"

#include "pki/ossl_int.h"
#include "pki/verdict_int.h"
#include "poterne/base/codec.h"

#define NS_ASIC "http://uri.etsi.org/02918/v1.2.1#"

/* One signature under examination. */
struct exam {
    const struct pt_xml_contents *contents;
    const struct pt_trust *trust;
    struct pt_verdict *verdict;
    struct pt_dsig dsig;
    struct pt_xades xades;
    struct pt_judge_certs certs;
};

/* --- what is covered ------------------------------------------------------------------------- */

/* The properties and the KeyInfo are signed of the signature itself: no content of anybody. */
static bool is_data(const struct exam *x, const struct pt_dsig_reference *ref)
{
    return ref->target == NULL ||
           (ref->target != x->xades.signed_properties && ref->target != x->dsig.key_info);
}

static pt_status cover_node(struct exam *x, const struct pt_dsig_reference *ref)
{
    struct pt_buf name;
    xmlChar *const path = xmlGetNodePath(ref->target);
    PT_ENSURE(path != NULL, PT_E_NOMEM);
    pt_buf_init(&name, 4096U);
    if (ref->uri[0] != '\0') {
        pt_buf_put_str(&name, ref->uri);
        pt_buf_put_byte(&name, ' ');
    }
    pt_buf_put_str(&name, (const char *)path);
    xmlFree(path);
    pt_status st = pt_buf_status(&name);
    if (pt_ok(st)) {
        st = pt_verdict_cover(x->verdict, pt_buf_slice(&name));
    }
    pt_buf_done(&name);
    return st;
}

/* Is @node, or what it stands in, what a reference of the signature leads to? */
static bool referenced(const struct exam *x, const xmlNode *node)
{
    for (size_t i = 0U; i < x->dsig.nreferences; i++) {
        const xmlNode *const target = x->dsig.references[i].target;
        if (target != NULL && target != xmlDocGetRootElement(x->dsig.doc) &&
            pt_dsig_inside(node, target) && pt_dsig_inside(target, x->dsig.signature)) {
            return true;
        }
    }
    return false;
}

/* Text beside the elements of an Object is seen by who reads the document, and signed by nobody. */
static enum pt_reason gate_objects(struct exam *x)
{
    for (const xmlNode *o = pt_xml_child(x->dsig.signature); o != NULL; o = pt_xml_next(o)) {
        if (pt_xml_is(o, PT_NS_DSIG, "Object") && !pt_xml_no_text(o) && !referenced(x, o)) {
            return PT_REASON_FORMAT;
        }
    }
    return PT_REASON_NONE;
}

/* An element of the vocabularies of signatures, which no business document is read for. */
static bool vocabulary(const xmlNode *node)
{
    static const char *const known[] = {PT_NS_DSIG, "http://www.w3.org/2009/xmldsig11#",
                                        "http://uri.etsi.org/01903/v"};
    const char *const ns =
        node->ns != NULL && node->ns->href != NULL ? (const char *)node->ns->href : "";
    for (size_t i = 0U; i < PT_COUNT(known); i++) {
        if (strncmp(ns, known[i], strlen(known[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Does the signature hold what is neither ours to read nor signed? */
static bool foreign(const struct exam *x)
{
    const xmlNode *const top = x->dsig.signature;
    for (const xmlNode *o = pt_xml_child(top); o != NULL; o = pt_xml_next(o)) {
        const bool object = pt_xml_is(o, PT_NS_DSIG, "Object");
        if (object &&
            (pt_xml_child(o) != x->xades.qualifying || pt_xml_next(x->xades.qualifying) != NULL)) {
            return true;
        }
    }
    for (const xmlNode *node = top; node != NULL; node = pt_xml_walk(node, top)) {
        if (!vocabulary(node) && !referenced(x, node)) {
            return true;
        }
    }
    return false;
}

/* A document that is nothing but signatures. */
static bool bare(const struct exam *x)
{
    const xmlNode *const root = xmlDocGetRootElement(x->dsig.doc);
    if (root == x->dsig.signature) {
        return true;
    }
    size_t n = 0U;
    for (const xmlNode *node = pt_xml_child(root); node != NULL; node = pt_xml_next(node)) {
        n += pt_xml_is(node, PT_NS_DSIG, "Signature") ? 0U : 1U;
    }
    return n == 0U && pt_xml_is(root, NS_ASIC, "XAdESSignatures") && pt_xml_no_text(root);
}

struct tally {
    bool contents[PT_XML_CONTENTS_MAX]; /* of the caller, by index */
    size_t ncontents, nodes;
    bool root;
};

static pt_status tally(struct exam *x, struct tally *ret)
{
    const xmlNode *const root = xmlDocGetRootElement(x->dsig.doc);
    *ret = (struct tally){.root = false};
    for (size_t i = 0U; i < x->dsig.nreferences; i++) {
        const struct pt_dsig_reference *const ref = &x->dsig.references[i];
        if (!is_data(x, ref)) {
            continue;
        }
        if (ref->target == NULL) {
            ret->ncontents++;
            ret->contents[ref->content] = true;
            PT_TRY(pt_verdict_cover(x->verdict, x->contents->list[ref->content].name));
        } else {
            ret->nodes++;
            ret->root |= ref->target == root;
            PT_TRY(cover_node(x, ref));
        }
    }
    return PT_SUCCESS;
}

/* Each of them, not as many of them: a list may name one content twice. */
static bool all_contents(const struct exam *x, const struct tally *t)
{
    for (size_t i = 0U; i < x->contents->n; i++) {
        if (!t->contents[i]) {
            return false;
        }
    }
    return true;
}

static enum pt_coverage coverage(const struct exam *x, const struct tally *t)
{
    if (foreign(x) || !all_contents(x, t)) {
        return PT_COVERS_PARTIAL;
    }
    /* No reference we accept keeps comments (XML-DSig 4.4.3.3), whatever the canonical form. */
    if (t->root && x->dsig.nall == 1U && !pt_xml_has_comment(x->dsig.doc, x->dsig.signature)) {
        return PT_COVERS_WHOLE;
    }
    if (t->nodes == 0U && bare(x)) {
        return x->contents->n == 1U ? PT_COVERS_WHOLE : PT_COVERS_PARTS;
    }
    return PT_COVERS_PARTIAL;
}

static enum pt_reason report_coverage(struct exam *x)
{
    struct tally t;
    if (!pt_ok(tally(x, &t))) {
        return PT_REASON_TOO_LARGE;
    }
    if (t.nodes == 0U && t.ncontents == 0U) {
        return PT_REASON_NOT_BASELINE; /* a signature of nothing but itself */
    }
    x->verdict->coverage = coverage(x, &t);
    x->verdict->format = t.nodes == 0U ? PT_FORMAT_XML_DETACHED : PT_FORMAT_XML_ENVELOPED;
    return PT_REASON_NONE;
}

/* --- gates ----------------------------------------------------------------------------------- */

static enum pt_reason gate_read(struct exam *x)
{
    enum pt_reason reason = pt_dsig_resolve(&x->dsig, x->contents);
    if (reason == PT_REASON_NONE) {
        reason = pt_xades_read(&x->dsig, &x->xades);
    }
    x->verdict->times.has_claimed = x->xades.has_claimed;
    x->verdict->times.claimed = x->xades.claimed;
    return reason;
}

static enum pt_reason gate_signer(struct exam *x)
{
    const enum pt_reason reason = pt_xades_certs(&x->dsig, &x->xades, &x->certs);
    if (reason != PT_REASON_NONE) {
        return reason;
    }
    const pt_status st = pt_verdict_signer_of(x->certs.list[x->certs.signer], &x->verdict->signer);
    return st.code == PT_E_DENIED ? PT_REASON_SIREN_CONFLICT
           : pt_ok(st)            ? PT_REASON_NONE
                                  : PT_REASON_FAILED;
}

static enum pt_reason gate_mathematics(struct exam *x)
{
    EVP_PKEY *const key = X509_get0_pubkey(x->certs.list[x->certs.signer]);
    if (key == NULL) {
        return PT_REASON_FORMAT;
    }
    const enum pt_reason reason = pt_dsig_digests(&x->dsig, x->contents);
    return reason == PT_REASON_NONE ? pt_dsig_value(&x->dsig, key) : reason;
}

static enum pt_reason with_token(struct exam *x, struct pt_buf *token, struct pt_buf *stamped)
{
    if (!pt_ok(pt_xades_token(&x->xades, token)) ||
        !pt_ok(pt_xades_stamped(&x->dsig, &x->xades, stamped))) {
        return PT_REASON_TOKEN_INVALID;
    }
    return pt_judge_token(x->verdict, pt_buf_slice(token), pt_buf_slice(stamped), x->trust);
}

static enum pt_reason gate_time(struct exam *x)
{
    struct pt_buf token;
    struct pt_buf stamped;
    x->verdict->level = x->xades.baseline ? PT_LEVEL_B_B : PT_LEVEL_NONE;
    if (x->xades.timestamp == NULL) {
        return PT_REASON_NONE;
    }
    pt_buf_init(&token, PT_B64_LEN((size_t)PT_XADES_TOKEN_MAX));
    pt_buf_init(&stamped, PT_XML_BYTES_MAX);
    const enum pt_reason reason = with_token(x, &token, &stamped);
    pt_buf_done(&token);
    pt_buf_done(&stamped);
    if (reason == PT_REASON_NONE && x->xades.baseline) {
        x->verdict->level = PT_LEVEL_B_T;
    }
    return reason;
}

static enum pt_reason gate_policy(struct exam *x)
{
    const bool rsa = strcmp(x->verdict->signer.algorithm, "rsa") == 0;
    return pt_judge_algorithm(x->verdict, (struct pt_judge_made){
                                              .digest = pt_dsig_method_digest(&x->dsig),
                                              .mechanism = rsa ? "rsa-pkcs1-verify" : "ecdsa",
                                          });
}

static void examine(struct exam *x)
{
    static enum pt_reason (*const gates[])(struct exam * x) = {
        gate_read,       gate_objects, gate_signer, gate_mathematics,
        report_coverage, gate_time,    gate_policy,
    };
    for (size_t i = 0U; i < PT_COUNT(gates); i++) {
        const enum pt_reason reason = gates[i](x);
        if (reason != PT_REASON_NONE) {
            pt_verdict_refuse(x->verdict, reason);
            return;
        }
    }
    pt_judge(x->verdict, &x->certs, x->trust);
}

/* --- a document ------------------------------------------------------------------------------ */

struct document {
    xmlDoc *doc;
    xmlNode *found[PT_DSIG_SIGNATURES_MAX];
    size_t n;
    const struct pt_xml_contents *contents;
    const struct pt_trust *trust;
};

static void verify_one(const struct document *d, size_t index, struct pt_verdict *verdict)
{
    struct exam x = {.contents = d->contents, .trust = d->trust, .verdict = verdict};
    verdict->format = PT_FORMAT_XML_ENVELOPED;
    verdict->signers = (uint32_t)d->n;
    const enum pt_reason reason = pt_dsig_read(d->doc, d->found, d->n, index, &x.dsig);
    if (reason == PT_REASON_NONE) {
        examine(&x);
    } else {
        pt_verdict_refuse(verdict, reason);
    }
    pt_judge_certs_done(&x.certs);
}

static int rank(const struct pt_verdict *verdict)
{
    static const int ranks[] = {[PT_VERDICT_INVALID] = 0,
                                [PT_VERDICT_INDETERMINATE] = 1,
                                [PT_VERDICT_EXPIRED_NOW] = 2,
                                [PT_VERDICT_VALID] = 3};
    return ranks[verdict->kind];
}

static void verify_all(const struct document *d, struct pt_verdict *verdict)
{
    verify_one(d, 0U, verdict);
    for (size_t i = 1U; i < d->n; i++) {
        struct pt_verdict next;
        pt_verdict_init(&next, verdict->times.judged);
        verify_one(d, i, &next);
        if (rank(&next) < rank(verdict)) {
            const struct pt_verdict kept = *verdict;
            *verdict = next;
            next = kept;
        }
        pt_verdict_done(&next);
    }
}

static enum pt_reason parse_reason(pt_status st)
{
    if (st.code == PT_E_NOMEM) {
        return PT_REASON_FAILED;
    }
    switch (st.aux) {
    case PT_XML_FAULT_DOCTYPE:
    case PT_XML_FAULT_XINCLUDE:
    case PT_XML_FAULT_STYLESHEET:
        return PT_REASON_DOCTYPE;
    case PT_XML_FAULT_SIZE:
    case PT_XML_FAULT_BOUNDS:
        return PT_REASON_TOO_LARGE;
    default:
        return PT_REASON_FORMAT;
    }
}

PT_RESULT pt_xml_verify(const struct pt_xml_check *check, struct pt_verdict *verdict)
{
    PT_ENSURE(check != NULL && verdict != NULL && check->trust != NULL, PT_E_ARG);
    PT_ENSURE(check->contents.n <= PT_XML_CONTENTS_MAX, PT_E_ARG);
    struct document d = {.contents = &check->contents, .trust = check->trust};
    pt_verdict_init(verdict, check->now);
    verdict->format = PT_FORMAT_XML_ENVELOPED;
    pt_status st = pt_dsig_start();
    st = pt_ok(st) ? pt_xml_parse(check->document, &d.doc) : PT_FAIL(PT_E_NOMEM);
    if (!pt_ok(st)) {
        pt_verdict_refuse(verdict, parse_reason(st));
        return pt_ossl_done(PT_SUCCESS);
    }
    const enum pt_reason reason = pt_dsig_find(d.doc, d.found, &d.n);
    if (reason == PT_REASON_NONE) {
        verify_all(&d, verdict);
    } else {
        pt_verdict_refuse(verdict, reason);
    }
    xmlFreeDoc(d.doc);
    return pt_ossl_done(PT_SUCCESS);
}
