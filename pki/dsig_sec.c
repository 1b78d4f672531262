/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * dsig_sec.c -- see dsig_int.h: the one file that calls xmlsec. Every chain is built of transforms
 * named in the tables below; xmlsec gets nodes, never an address, a key name or a KeyInfo.
 * Layer 1 (pki).
 */
#include "pki/dsig_sec_int.h"

#include "pki/dsig_int.h"
#include "pki/ossl_int.h"
#include "poterne/base/codec.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/nodeset.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmlsec.h>

#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define ENC  "http://www.w3.org/2001/04/xmlenc#"
#define EXC  "http://www.w3.org/2001/10/xml-exc-c14n#"
#define INC  "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define C11  "http://www.w3.org/2006/12/xml-c14n11"

/*
 * A URI, and the one transform of xmlsec that it stands for here. Chains are built of these
 * identities; the elements that named them are never shown to xmlsec, whose own reader takes the
 * first attribute called Algorithm of whatever namespace.
 */
struct named {
    const char *uri;
    const char *digest; /* NULL for a canonical form */
    const char *key;    /* OpenSSL's name of the key type; NULL for what needs no key */
    xmlSecTransformId (*klass)(void);
};

static const struct named canonical_forms[] = {
    {INC, NULL, NULL, xmlSecTransformInclC14NGetKlass},
    {INC "#WithComments", NULL, NULL, xmlSecTransformInclC14NWithCommentsGetKlass},
    {C11, NULL, NULL, xmlSecTransformInclC14N11GetKlass},
    {C11 "#WithComments", NULL, NULL, xmlSecTransformInclC14N11WithCommentsGetKlass},
    {EXC, NULL, NULL, xmlSecTransformExclC14NGetKlass},
    {EXC "WithComments", NULL, NULL, xmlSecTransformExclC14NWithCommentsGetKlass},
};

static const struct named digests[] = {
    {ENC "sha256", "sha256", NULL, xmlSecOpenSSLTransformSha256GetKlass},
    {MORE "sha384", "sha384", NULL, xmlSecOpenSSLTransformSha384GetKlass},
    {ENC "sha512", "sha512", NULL, xmlSecOpenSSLTransformSha512GetKlass},
};

/* RSA-PSS (RFC 9231) came with xmlsec 1.3. */
static const struct named methods[] = {
    {MORE "ecdsa-sha256", "sha256", "EC", xmlSecOpenSSLTransformEcdsaSha256GetKlass},
    {MORE "ecdsa-sha384", "sha384", "EC", xmlSecOpenSSLTransformEcdsaSha384GetKlass},
    {MORE "ecdsa-sha512", "sha512", "EC", xmlSecOpenSSLTransformEcdsaSha512GetKlass},
    {MORE "rsa-sha256", "sha256", "RSA", xmlSecOpenSSLTransformRsaSha256GetKlass},
    {MORE "rsa-sha384", "sha384", "RSA", xmlSecOpenSSLTransformRsaSha384GetKlass},
    {MORE "rsa-sha512", "sha512", "RSA", xmlSecOpenSSLTransformRsaSha512GetKlass},
};

static const struct named *by_uri(const struct named *table, size_t n, const char *uri)
{
    for (size_t i = 0U; i < n; i++) {
        if (strcmp(table[i].uri, uri) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

bool pt_dsig_sec_is_c14n(const char *href)
{
    return by_uri(canonical_forms, PT_COUNT(canonical_forms), href) != NULL;
}

const char *pt_dsig_sec_digest(const char *href)
{
    const struct named *const found = by_uri(digests, PT_COUNT(digests), href);
    return found != NULL ? found->digest : NULL;
}

const char *pt_dsig_sec_method(const char *href)
{
    const struct named *const found = by_uri(methods, PT_COUNT(methods), href);
    return found != NULL ? found->digest : NULL;
}

const char *pt_dsig_sec_digest_uri(const char *digest)
{
    for (size_t i = 0U; i < PT_COUNT(digests); i++) {
        if (strcmp(digests[i].digest, digest) == 0) {
            return digests[i].uri;
        }
    }
    return NULL;
}

const char *pt_dsig_sec_ecdsa_uri(const char *digest)
{
    for (size_t i = 0U; i < PT_COUNT(methods); i++) {
        if (strcmp(methods[i].digest, digest) == 0 && strcmp(methods[i].key, "EC") == 0) {
            return methods[i].uri;
        }
    }
    return NULL;
}

/* --- start ----------------------------------------------------------------------------------- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int started = -1;

/* NOLINTNEXTLINE(readability-function-size): the shape is xmlsec's */
static void quiet(const char *file, int line, const char *func, const char *object,
                  const char *subject, int reason, const char *msg)
{
    (void)file;
    (void)line;
    (void)func;
    (void)object;
    (void)subject;
    (void)reason;
    (void)msg;
}

static void start(void)
{
    xmlInitParser();
    started = xmlSecInit() >= 0 && xmlSecCryptoInit() >= 0 ? 0 : -1;
    xmlSecErrorsSetCallback(quiet); /* after the start, which sets its own: stderr is not ours */
}

PT_RESULT pt_dsig_start(void)
{
    PT_ENSURE(pthread_once(&once, start) == 0 && started == 0, PT_E_CRYPTO);
    pt_xml_quiet();
    return pt_ossl_done(PT_SUCCESS);
}

/* --- chains ---------------------------------------------------------------------------------- */

/* The subtree of @node without its comments; minus the signatures that @ref cuts out. */
static xmlSecNodeSetPtr nodes_of(xmlDoc *doc, xmlNode *node)
{
    return xmlSecNodeSetGetChildren(doc, node, 0, 0);
}

static xmlSecNodeSetPtr cut_out(xmlSecNodeSetPtr nodes, const struct pt_dsig *dsig, xmlNode *cut)
{
    xmlSecNodeSetPtr rest = xmlSecNodeSetGetChildren(dsig->doc, cut, 1, 1);
    xmlSecNodeSetPtr both =
        rest != NULL ? xmlSecNodeSetAdd(nodes, rest, xmlSecNodeSetIntersection) : NULL;
    if (both == NULL) {
        xmlSecNodeSetDestroy(rest);
        xmlSecNodeSetDestroy(nodes);
    }
    return both;
}

static xmlSecNodeSetPtr reference_nodes(const struct pt_dsig *dsig,
                                        const struct pt_dsig_reference *ref)
{
    xmlSecNodeSetPtr nodes = nodes_of(dsig->doc, ref->document ? NULL : ref->target);
    for (size_t i = 0U; nodes != NULL && i < dsig->nall; i++) {
        if (ref->cut == PT_DSIG_CUT_ALL ||
            (ref->cut == PT_DSIG_CUT_SELF && dsig->all[i] == dsig->signature)) {
            nodes = cut_out(nodes, dsig, dsig->all[i]);
        }
    }
    return nodes;
}

/* Run the chain @ctx over @nodes (taken over), and append what comes out. */
static pt_status run(xmlSecTransformCtxPtr ctx, xmlSecNodeSetPtr nodes, struct pt_buf *out)
{
    PT_ENSURE(nodes != NULL, PT_E_NOMEM);
    const int ran = xmlSecTransformCtxXmlExecute(ctx, nodes);
    xmlSecNodeSetDestroy(nodes);
    PT_ENSURE(ran >= 0 && ctx->result != NULL, PT_E_CRYPTO);
    pt_buf_put(out,
               pt_slice_of(xmlSecBufferGetData(ctx->result), xmlSecBufferGetSize(ctx->result)));
    return pt_buf_status(out);
}

/* One more transform at the end of the chain, by what the tables say of it. */
static xmlSecTransformPtr append(xmlSecTransformCtxPtr ctx, const struct named *what)
{
    return what != NULL ? xmlSecTransformCtxCreateAndAppend(ctx, what->klass()) : NULL;
}

/* Canonical XML 1.0 is what XML-DSig 4.4.3.2 means when nothing is said. */
static bool add_c14n(xmlSecTransformCtxPtr ctx, const char *uri)
{
    return append(ctx, by_uri(canonical_forms, PT_COUNT(canonical_forms),
                              uri != NULL ? uri : INC)) != NULL;
}

static pt_status canonical(xmlSecTransformCtxPtr ctx, xmlDoc *doc, xmlNode *node, const char *c14n,
                           struct pt_buf *out)
{
    PT_ENSURE(add_c14n(ctx, c14n), PT_E_CRYPTO);
    return run(ctx, nodes_of(doc, node), out);
}

PT_RESULT pt_dsig_canonical(xmlDoc *doc, xmlNode *node, const char *c14n, struct pt_buf *out)
{
    xmlSecTransformCtxPtr ctx = xmlSecTransformCtxCreate();
    PT_ENSURE(ctx != NULL, PT_E_NOMEM);
    const pt_status st = canonical(ctx, doc, node, c14n, out);
    xmlSecTransformCtxDestroy(ctx);
    return pt_ossl_done(st);
}

static pt_status node_digest(xmlSecTransformCtxPtr ctx, const struct pt_dsig *dsig,
                             const struct pt_dsig_reference *ref, struct pt_buf *out)
{
    PT_ENSURE(add_c14n(ctx, ref->c14n), PT_E_CRYPTO);
    xmlSecTransformPtr digest = append(ctx, by_uri(digests, PT_COUNT(digests), ref->digest));
    PT_ENSURE(digest != NULL, PT_E_CRYPTO);
    digest->operation = xmlSecTransformOperationSign;
    return run(ctx, reference_nodes(dsig, ref), out);
}

static pt_status content_digest(const char *name, pt_slice bytes, struct pt_buf *out)
{
    unsigned char value[EVP_MAX_MD_SIZE];
    size_t n = 0U;
    PT_ENSURE(
        EVP_Q_digest(NULL, name, NULL, bytes.len > 0U ? bytes.ptr : "", bytes.len, value, &n) == 1,
        PT_E_CRYPTO);
    pt_buf_put(out, pt_slice_of(value, n));
    return pt_buf_status(out);
}

PT_RESULT pt_dsig_digest_of(const struct pt_dsig *dsig, const struct pt_dsig_reference *reference,
                            const struct pt_xml_contents *contents, struct pt_buf *out)
{
    if (reference->target == NULL) {
        return pt_ossl_done(content_digest(pt_dsig_sec_digest(reference->digest),
                                           contents->list[reference->content].bytes, out));
    }
    xmlSecTransformCtxPtr ctx = xmlSecTransformCtxCreate();
    PT_ENSURE(ctx != NULL, PT_E_NOMEM);
    const pt_status st = node_digest(ctx, dsig, reference, out);
    xmlSecTransformCtxDestroy(ctx);
    return pt_ossl_done(st);
}

/* --- verdicts -------------------------------------------------------------------------------- */

/* Base64 with the white space that XML allows; 0 when it is not base64 or too long. */
static size_t unbase64(pt_slice text, uint8_t *out, size_t max)
{
    char packed[PT_DSIG_VALUE_MAX];
    size_t n = 0U;
    size_t len = 0U;
    for (size_t i = 0U; i < text.len; i++) {
        const char c = text.ptr[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            continue;
        }
        if (n == sizeof(packed)) {
            return 0U;
        }
        packed[n++] = c;
    }
    return pt_ok(pt_b64_decode(pt_slice_of(packed, n), out, max, &len)) ? len : 0U;
}

static enum pt_reason compare(const struct pt_dsig *dsig, const struct pt_dsig_reference *ref,
                              const struct pt_xml_contents *contents, struct pt_buf *got)
{
    uint8_t want[EVP_MAX_MD_SIZE];
    if (!pt_ok(pt_dsig_digest_of(dsig, ref, contents, got))) {
        return PT_REASON_FAILED;
    }
    const size_t n = unbase64(pt_xml_text(ref->digest_value), want, sizeof(want));
    return n == got->len && n > 0U && CRYPTO_memcmp(want, got->ptr, n) == 0 ? PT_REASON_NONE
                                                                            : PT_REASON_DIGEST;
}

bool pt_dsig_matches(const char *uri, pt_slice value, pt_slice bytes)
{
    uint8_t want[EVP_MAX_MD_SIZE];
    struct pt_buf got;
    const char *const digest = uri != NULL ? pt_dsig_sec_digest(uri) : NULL;
    if (digest == NULL) {
        return false;
    }
    pt_buf_init(&got, EVP_MAX_MD_SIZE);
    const size_t n = unbase64(value, want, sizeof(want));
    const bool same = pt_ok(content_digest(digest, bytes, &got)) && n == got.len && n > 0U &&
                      CRYPTO_memcmp(want, got.ptr, n) == 0;
    pt_buf_done(&got);
    (void)pt_ossl_done(PT_SUCCESS);
    return same;
}

enum pt_reason pt_dsig_digests(const struct pt_dsig *dsig, const struct pt_xml_contents *contents)
{
    for (size_t i = 0U; i < dsig->nreferences; i++) {
        struct pt_buf got;
        pt_buf_init(&got, EVP_MAX_MD_SIZE);
        const enum pt_reason reason = compare(dsig, &dsig->references[i], contents, &got);
        pt_buf_done(&got);
        if (reason != PT_REASON_NONE) {
            return reason;
        }
    }
    return PT_REASON_NONE;
}

/* xmlsec's key takes its own reference of ours. NULL: out of memory or not one of its kinds. */
static xmlSecKeyPtr wrap_key(EVP_PKEY *key)
{
    if (EVP_PKEY_up_ref(key) != 1) {
        return NULL;
    }
    xmlSecKeyDataPtr data = xmlSecOpenSSLEvpKeyAdopt(key);
    if (data == NULL) {
        EVP_PKEY_free(key);
        return NULL;
    }
    xmlSecKeyPtr wrapped = xmlSecKeyCreate();
    if (wrapped == NULL || xmlSecKeySetValue(wrapped, data) < 0) {
        xmlSecKeyDataDestroy(data);
        xmlSecKeyDestroy(wrapped);
        return NULL;
    }
    return wrapped;
}

/* The value is decoded by us, so that what was bounded is what is compared. */
static enum pt_reason compare_value(xmlSecTransformCtxPtr ctx, xmlSecTransformPtr method,
                                    const xmlNode *holder)
{
    uint8_t value[PT_DSIG_VALUE_MAX];
    const size_t n = unbase64(pt_xml_text(holder), value, sizeof(value));
    if (n == 0U || xmlSecTransformVerify(method, value, (xmlSecSize)n, ctx) < 0) {
        return PT_REASON_SIGNATURE;
    }
    return method->status == xmlSecTransformStatusOk ? PT_REASON_NONE : PT_REASON_SIGNATURE;
}

static enum pt_reason check_value(xmlSecTransformCtxPtr ctx, const struct pt_dsig *dsig,
                                  const struct named *how, xmlSecKeyPtr key)
{
    if (!add_c14n(ctx, dsig->c14n)) {
        return PT_REASON_FAILED;
    }
    xmlSecTransformPtr method = append(ctx, how);
    xmlSecNodeSetPtr nodes = nodes_of(dsig->doc, dsig->signed_info);
    if (method != NULL) {
        method->operation = xmlSecTransformOperationVerify;
    }
    if (method == NULL || nodes == NULL || xmlSecTransformSetKey(method, key) < 0) {
        xmlSecNodeSetDestroy(nodes);
        return PT_REASON_FAILED;
    }
    const int ran = xmlSecTransformCtxXmlExecute(ctx, nodes);
    xmlSecNodeSetDestroy(nodes);
    return ran >= 0 ? compare_value(ctx, method, dsig->signature_value) : PT_REASON_FAILED;
}

enum pt_reason pt_dsig_value(const struct pt_dsig *dsig, EVP_PKEY *key)
{
    const struct named *const method = by_uri(methods, PT_COUNT(methods), dsig->method);
    if (method == NULL || EVP_PKEY_is_a(key, method->key) != 1) {
        return PT_REASON_SIGNATURE;
    }
    xmlSecTransformCtxPtr ctx = xmlSecTransformCtxCreate();
    xmlSecKeyPtr wrapped = ctx != NULL ? wrap_key(key) : NULL;
    const enum pt_reason reason =
        wrapped != NULL ? check_value(ctx, dsig, method, wrapped) : PT_REASON_FAILED;
    xmlSecKeyDestroy(wrapped);
    xmlSecTransformCtxDestroy(ctx);
    (void)pt_ossl_done(PT_SUCCESS);
    return reason;
}
