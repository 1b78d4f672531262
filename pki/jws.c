/* SPDX-License-Identifier: EUPL-1.2 */
/* jws.c -- see jws.h: verification. Layer 1 (pki). */
#include "pki/jws_int.h"

#include "pki/ossl_int.h"
#include "pki/raw_int.h"
#include "pki/verdict_int.h"
#include "poterne/base/codec.h"

#include <openssl/rsa.h>

#define SIGNATURE_MAX 2048U /* RSA-16384 */

/* One JWS under examination. */
struct exam {
    const struct pt_jws_check *check;
    struct pt_verdict *verdict;
    pt_slice header, payload, signature; /* as they stand, base64url */
    struct pt_jws_header read;
    struct pt_buf json;    /* the header, decoded */
    struct pt_buf content; /* the payload, decoded */
};

static bool decode(pt_slice text, struct pt_buf *out)
{
    size_t n = 0U;
    char *const space = pt_buf_space(out, text.len + 1U);
    if (space == NULL || !pt_ok(pt_b64url_decode(text, (uint8_t *)space, text.len, &n))) {
        return false;
    }
    pt_buf_commit(out, n);
    return true;
}

/* --- gates ----------------------------------------------------------------------------------- */

static enum pt_reason gate_form(struct exam *x)
{
    pt_slice rest = x->check->jws;
    if (rest.len > PT_JWS_MAX) {
        return PT_REASON_TOO_LARGE;
    }
    x->header = pt_slice_cut(&rest, '.');
    x->payload = pt_slice_cut(&rest, '.');
    x->signature = rest;
    if (x->header.len == 0U || x->signature.len == 0U ||
        pt_slice_find(x->signature, '.') != x->signature.len) {
        return PT_REASON_FORMAT;
    }
    if (x->header.len > PT_B64URL_LEN(PT_JWS_HEADER_MAX)) {
        return PT_REASON_TOO_LARGE;
    }
    return decode(x->header, &x->json) && decode(x->payload, &x->content) ? PT_REASON_NONE
                                                                          : PT_REASON_FORMAT;
}

static enum pt_reason gate_header(struct exam *x)
{
    const enum pt_reason reason = pt_jws_header_read(pt_buf_slice(&x->json), &x->read);
    x->verdict->times.has_claimed = x->read.has_claimed;
    x->verdict->times.claimed = x->read.claimed;
    return reason;
}

static enum pt_reason gate_signer(struct exam *x)
{
    X509 *const cert = x->read.certs.list[0];
    if (!pt_judge_cert_matches(cert, "sha256",
                               pt_slice_of(x->read.thumbprint, sizeof(x->read.thumbprint)))) {
        return PT_REASON_CERTIFICATE_REFERENCE;
    }
    const pt_status st = pt_verdict_signer_of(cert, &x->verdict->signer);
    if (!pt_ok(st)) {
        return st.code == PT_E_DENIED ? PT_REASON_SIREN_CONFLICT : PT_REASON_FAILED;
    }
    /* The key says which algorithm it is for; the message does not choose (RFC 8725 3.1). */
    return strcmp(x->verdict->signer.algorithm, x->read.alg->key) == 0
               ? PT_REASON_NONE
               : PT_REASON_FORBIDDEN_ALGORITHM;
}

/* The bytes that were signed are header "." base64url(content), whoever holds the content. */
static enum pt_reason gate_content(struct exam *x)
{
    const struct pt_jws_check *const check = x->check;
    if (x->payload.len > 0U) {
        const bool same =
            !check->has_content || pt_slice_eq(check->content, pt_buf_slice(&x->content));
        return x->read.detached ? PT_REASON_HEADER : same ? PT_REASON_NONE : PT_REASON_DIGEST;
    }
    if (!check->has_content) {
        return x->read.detached ? PT_REASON_CONTENT_ABSENT : PT_REASON_NONE;
    }
    if (check->content.len > PT_STATEMENT_CONTENT_MAX) {
        return PT_REASON_TOO_LARGE;
    }
    pt_buf_clear(&x->content);
    pt_buf_put(&x->content, check->content);
    return pt_ok(pt_buf_status(&x->content)) ? PT_REASON_NONE : PT_REASON_FAILED;
}

static bool pss(EVP_PKEY_CTX *options)
{
    return EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static enum pt_reason run(const struct exam *x, EVP_MD_CTX *md, EVP_PKEY *key, pt_slice tbs,
                          pt_slice signature)
{
    EVP_PKEY_CTX *options = NULL;
    if (EVP_DigestVerifyInit_ex(md, &options, x->read.alg->digest, NULL, NULL, key, NULL) != 1 ||
        (x->read.alg->name[0] == 'P' && !pss(options))) {
        return PT_REASON_FAILED;
    }
    return EVP_DigestVerify(md, (const unsigned char *)signature.ptr, signature.len,
                            (const unsigned char *)tbs.ptr, tbs.len) == 1
               ? PT_REASON_NONE
               : PT_REASON_SIGNATURE;
}

static enum pt_reason verify(const struct exam *x, struct pt_buf *tbs, struct pt_buf *value)
{
    uint8_t raw[SIGNATURE_MAX];
    size_t n = 0U;
    EVP_PKEY *const key = X509_get0_pubkey(x->read.certs.list[0]);
    if (key == NULL || !pt_ok(pt_b64url_decode(x->signature, raw, sizeof(raw), &n))) {
        return PT_REASON_FORMAT;
    }
    pt_buf_put(tbs, x->header);
    pt_buf_put_byte(tbs, '.');
    pt_b64url_encode(tbs, pt_buf_slice(&x->content));
    if (x->read.alg->name[0] == 'P') {
        pt_buf_put(value, pt_slice_of(raw, n));
    } else if (!pt_ok(pt_raw_to_der(key, pt_slice_of(raw, n), value))) {
        return PT_REASON_SIGNATURE;
    }
    EVP_MD_CTX *const md = EVP_MD_CTX_new();
    if (!pt_ok(pt_buf_status(tbs)) || !pt_ok(pt_buf_status(value)) || md == NULL) {
        EVP_MD_CTX_free(md);
        return PT_REASON_FAILED;
    }
    const enum pt_reason reason = run(x, md, key, pt_buf_slice(tbs), pt_buf_slice(value));
    EVP_MD_CTX_free(md);
    return reason;
}

static enum pt_reason gate_value(struct exam *x)
{
    struct pt_buf tbs;
    struct pt_buf value;
    pt_buf_init(&tbs, PT_JWS_MAX + PT_B64URL_LEN(PT_JWS_HEADER_MAX));
    pt_buf_init(&value, SIGNATURE_MAX);
    const enum pt_reason reason = verify(x, &tbs, &value);
    pt_buf_done(&tbs);
    pt_buf_done(&value);
    (void)pt_ossl_done(PT_SUCCESS);
    return reason;
}

static enum pt_reason gate_coverage(struct exam *x)
{
    x->verdict->coverage = PT_COVERS_WHOLE;
    x->verdict->level = x->read.has_claimed ? PT_LEVEL_B_B : PT_LEVEL_NONE;
    if (x->read.detached && !pt_ok(pt_verdict_cover(x->verdict, pt_buf_slice(&x->read.object)))) {
        return PT_REASON_HEADER;
    }
    return PT_REASON_NONE;
}

static enum pt_reason gate_policy(struct exam *x)
{
    const bool rsa = strcmp(x->read.alg->key, "rsa") == 0;
    return pt_judge_algorithm(x->verdict, (struct pt_judge_made){
                                              .digest = x->read.alg->digest,
                                              .mechanism = rsa ? "rsa-pss" : "ecdsa",
                                          });
}

static void examine(struct exam *x)
{
    static enum pt_reason (*const gates[])(struct exam * x) = {
        gate_form, gate_header, gate_signer, gate_content, gate_value, gate_coverage, gate_policy,
    };
    for (size_t i = 0U; i < PT_COUNT(gates); i++) {
        const enum pt_reason reason = gates[i](x);
        if (reason != PT_REASON_NONE) {
            pt_verdict_refuse(x->verdict, reason);
            return;
        }
    }
    pt_judge(x->verdict, &x->read.certs, x->check->trust);
}

PT_RESULT pt_jws_verify(const struct pt_jws_check *check, struct pt_verdict *verdict)
{
    PT_ENSURE(check != NULL && verdict != NULL && check->trust != NULL, PT_E_ARG);
    struct exam x = {.check = check, .verdict = verdict};
    pt_verdict_init(verdict, check->now);
    verdict->format = PT_FORMAT_JWS;
    verdict->signers = 1U;
    pt_buf_init(&x.json, PT_JWS_HEADER_MAX + 4U);
    pt_buf_init(&x.content, PT_JWS_MAX);
    examine(&x);
    pt_jws_header_done(&x.read);
    pt_buf_done(&x.json);
    pt_buf_done(&x.content);
    return pt_ossl_done(PT_SUCCESS);
}

PT_RESULT pt_jws_content(const struct pt_jws_check *check, const struct pt_verdict *verdict,
                         struct pt_buf *out)
{
    PT_ENSURE(check != NULL && verdict != NULL && out != NULL, PT_E_ARG);
    PT_ENSURE(pt_verdict_ok(verdict) && verdict->coverage == PT_COVERS_WHOLE &&
                  verdict->format == PT_FORMAT_JWS,
              PT_E_DENIED);
    pt_slice rest = check->jws;
    (void)pt_slice_cut(&rest, '.');
    const pt_slice payload = pt_slice_cut(&rest, '.');
    PT_ENSURE(payload.len > 0U, PT_E_DENIED);
    return decode(payload, out) ? PT_SUCCESS : PT_FAIL(PT_E_SYNTAX);
}
