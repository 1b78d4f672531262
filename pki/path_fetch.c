/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path_fetch.c -- see path_int.h: evidence that nobody brought. First what was fetched before, then
 * OCSP, then the list; every answer is judged like any other, and kept only when it decided
 * something. The addresses are those of a certificate whose signature was checked, and the owner of
 * the port has the last word on them. Layer 1 (pki).
 */
#include "pki/path_int.h"
#include "poterne/base/limits.h"
#include "poterne/pki/digest.h"

#define ADDRESSES_MAX 2U /* of one kind in one certificate: more are not asked */

static bool has_news(const struct pt_finding *finding)
{
    return finding->verdict != PT_PATH_UNKNOWN || finding->reason == PT_OCSP_UNKNOWN;
}

static bool is_http(pt_slice url)
{
    const bool http = pt_slice_starts(url, PT_SLICE("http://"));
    return (http || pt_slice_starts(url, PT_SLICE("https://"))) && url.len <= PT_URL_MAX &&
           memchr(url.ptr, '@', url.len) == NULL && memchr(url.ptr, '#', url.len) == NULL &&
           memchr(url.ptr, '\0', url.len) == NULL;
}

/* --- one exchange ---------------------------------------------------------------------------- */

static void unreachable(struct pt_finding *inout, pt_status st, enum pt_path_reason too_large)
{
    const struct pt_finding heard = {.reason =
                                         st.code == PT_E_LIMIT ? too_large : PT_PATH_UNREACHABLE,
                                     .aux = st.code,
                                     .revocation_reason = -1};
    pt_finding_merge(inout, &heard);
}

static pt_status keep(struct pt_path_work *work, const struct pt_subject *subject, pt_slice kind,
                      pt_slice bytes)
{
    uint8_t key[32];
    if (work->request->cache == NULL) {
        return PT_SUCCESS;
    }
    PT_TRY(pt_revocation_key(subject, kind, key));
    return pt_revocation_cache_put(work->request->cache, key, bytes);
}

static pt_status call(struct pt_path_work *work, const struct pt_fetch_ask *ask, size_t max)
{
    const struct pt_fetch_port *port = work->request->fetch;
    pt_buf_done(&work->fetched);
    pt_buf_init(&work->fetched, max);
    PT_TRY(port->fetch(port->ctx, ask, &work->fetched));
    return pt_buf_status(&work->fetched);
}

/* --- OCSP ------------------------------------------------------------------------------------ */

static pt_status nonce_of(const struct pt_path_request *request,
                          uint8_t out[static PT_OCSP_NONCE_LEN])
{
    return request->random != NULL
               ? request->random->fill(request->random->ctx, out, PT_OCSP_NONCE_LEN)
               : pt_random(out, PT_OCSP_NONCE_LEN);
}

static pt_status post(struct pt_path_work *work, OCSP_REQUEST *question, pt_slice url)
{
    unsigned char *der = NULL;
    const int n = i2d_OCSP_REQUEST(question, &der);
    PT_ENSURE(n > 0, PT_E_NOMEM);
    const struct pt_fetch_ask ask = {.url = url,
                                     .type = PT_SLICE("application/ocsp-request"),
                                     .accept = PT_SLICE("application/ocsp-response"),
                                     .body = pt_slice_of(der, (size_t)n)};
    const pt_status st = call(work, &ask, PT_OCSP_ANSWER_MAX);
    OPENSSL_free(der);
    return st;
}

static pt_status ask_responder(struct pt_path_work *work, const struct pt_subject *subject,
                               pt_slice url, struct pt_finding *inout)
{
    uint8_t nonce[PT_OCSP_NONCE_LEN];
    struct pt_finding heard;
    PT_TRY(nonce_of(work->request, nonce));
    OCSP_REQUEST *question = pt_ocsp_request(subject, pt_slice_of(nonce, sizeof nonce));
    PT_ENSURE(question != NULL, PT_E_NOMEM);
    pt_status st = post(work, question, url);
    if (pt_ok(st)) {
        pt_ocsp_judge(subject, pt_buf_slice(&work->fetched), question, work->crls, &heard);
        pt_finding_merge(inout, &heard);
        if (heard.verdict != PT_PATH_UNKNOWN) {
            st = keep(work, subject, PT_SLICE("ocsp"), pt_buf_slice(&work->fetched));
        }
    } else if (st.code != PT_E_NOMEM) {
        unreachable(inout, st, PT_OCSP_TOO_LARGE);
        st = PT_SUCCESS;
    }
    OCSP_REQUEST_free(question);
    return st;
}

static pt_status ask_responders(struct pt_path_work *work, const struct pt_subject *subject,
                                struct pt_finding *inout)
{
    STACK_OF(OPENSSL_STRING) *urls = X509_get1_ocsp(subject->cert);
    pt_status st = PT_SUCCESS;
    size_t asked = 0U;
    for (int i = 0; i < sk_OPENSSL_STRING_num(urls); i++) {
        const pt_slice url = pt_slice_str(sk_OPENSSL_STRING_value(urls, i));
        if (pt_ok(st) && !has_news(inout) && asked < ADDRESSES_MAX && is_http(url)) {
            st = ask_responder(work, subject, url, inout);
            asked++;
        }
    }
    X509_email_free(urls);
    return st;
}

/* --- lists ----------------------------------------------------------------------------------- */

/* The list joins the others: the next certificate of the same issuer needs no second call. */
static pt_status take_list(struct pt_path_work *work, const struct pt_subject *subject,
                           pt_slice bytes, struct pt_finding *ret)
{
    const int before = sk_X509_CRL_num(work->crls);
    *ret = (struct pt_finding){.revocation_reason = -1};
    ret->reason = pt_path_read_crls(bytes, work->crls);
    if (ret->reason == PT_PATH_OK) {
        pt_crl_judge(subject, sk_X509_CRL_value(work->crls, before), ret);
    }
    return PT_SUCCESS;
}

static pt_status ask_list(struct pt_path_work *work, const struct pt_subject *subject, pt_slice url,
                          struct pt_finding *inout)
{
    const struct pt_fetch_ask ask = {.url = url, .accept = PT_SLICE("application/pkix-crl")};
    struct pt_finding heard;
    const pt_status st = call(work, &ask, PT_CRL_FETCH_MAX);
    if (!pt_ok(st)) {
        PT_ENSURE(st.code != PT_E_NOMEM, PT_E_NOMEM);
        unreachable(inout, st, PT_CRL_TOO_LARGE);
        return PT_SUCCESS;
    }
    PT_TRY(take_list(work, subject, pt_buf_slice(&work->fetched), &heard));
    pt_finding_merge(inout, &heard);
    return heard.verdict != PT_PATH_UNKNOWN ? keep(work, subject, url, pt_buf_slice(&work->fetched))
                                            : PT_SUCCESS;
}

static pt_status recall_list(struct pt_path_work *work, const struct pt_subject *subject,
                             pt_slice url, struct pt_finding *inout)
{
    uint8_t key[32];
    struct pt_finding heard;
    PT_TRY(pt_revocation_key(subject, url, key));
    const pt_slice bytes = pt_revocation_cache_get(work->request->cache, key);
    if (bytes.len > 0U) {
        PT_TRY(take_list(work, subject, bytes, &heard));
        pt_finding_merge(inout, &heard);
    }
    return PT_SUCCESS;
}

typedef pt_status (*list_step)(struct pt_path_work *work, const struct pt_subject *subject,
                               pt_slice url, struct pt_finding *inout);

static pt_slice address_of(const DIST_POINT *point)
{
    const bool full = point->distpoint != NULL && point->distpoint->type == 0 &&
                      point->CRLissuer == NULL && point->reasons == NULL;
    const GENERAL_NAMES *names = full ? point->distpoint->name.fullname : NULL;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_URI) {
            const ASN1_IA5STRING *uri = name->d.uniformResourceIdentifier;
            return pt_slice_of(ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri));
        }
    }
    return PT_SLICE_EMPTY;
}

static pt_status for_lists(struct pt_path_work *work, const struct pt_subject *subject,
                           list_step step, struct pt_finding *inout)
{
    CRL_DIST_POINTS *points =
        X509_get_ext_d2i(subject->cert, NID_crl_distribution_points, NULL, NULL);
    pt_status st = PT_SUCCESS;
    size_t asked = 0U;
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        const pt_slice url = address_of(sk_DIST_POINT_value(points, i));
        if (pt_ok(st) && !has_news(inout) && asked < ADDRESSES_MAX && is_http(url)) {
            st = step(work, subject, url, inout);
            asked++;
        }
    }
    CRL_DIST_POINTS_free(points);
    return st;
}

/* --- the order ------------------------------------------------------------------------------- */

static pt_status recall(struct pt_path_work *work, const struct pt_subject *subject,
                        struct pt_finding *inout)
{
    uint8_t key[32];
    struct pt_finding heard;
    PT_TRY(pt_revocation_key(subject, PT_SLICE("ocsp"), key));
    const pt_slice bytes = pt_revocation_cache_get(work->request->cache, key);
    if (bytes.len > 0U) {
        pt_ocsp_judge(subject, bytes, NULL, work->crls, &heard);
        pt_finding_merge(inout, &heard);
    }
    return for_lists(work, subject, recall_list, inout);
}

PT_RESULT pt_path_ask(struct pt_path_work *work, const struct pt_subject *subject,
                      struct pt_finding *inout)
{
    struct pt_finding remembered = *inout;
    if (!has_news(inout) && work->request->cache != NULL) {
        PT_TRY(recall(work, subject, &remembered));
        *inout = has_news(&remembered) ? remembered : *inout;
    }
    if (!has_news(inout) && work->request->fetch != NULL) {
        PT_TRY(ask_responders(work, subject, inout));
        PT_TRY(for_lists(work, subject, ask_list, inout));
    }
    return PT_SUCCESS;
}
