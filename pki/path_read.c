/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path_read.c -- see path_int.h: what a request holds, DER or PEM, bounded and read once.
 * Layer 1 (pki).
 */
#include "pki/path_int.h"
#include "poterne/base/limits.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#define CERT_BYTES_MAX 65536U

static bool is_der(pt_slice bytes)
{
    return bytes.len > 0U && bytes.ptr[0] == 0x30;
}

static X509 *der_cert(pt_slice bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    if (bytes.len > CERT_BYTES_MAX) {
        return NULL;
    }
    X509 *cert = d2i_X509(NULL, &at, (long)bytes.len);
    if (cert != NULL && (const char *)at != bytes.ptr + bytes.len) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

X509 *pt_path_read_cert(pt_slice bytes)
{
    X509 *cert = NULL;
    if (is_der(bytes)) {
        cert = der_cert(bytes);
    } else if (!pt_ok(pt_ossl_cert(bytes, &cert))) {
        cert = NULL;
    }
    return cert;
}

/* --- several in one text --------------------------------------------------------------------- */

/* The readers of PEM end with this error when nothing is left, and with another on bytes they do
 * not understand. */
static bool at_end(void)
{
    const bool end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return end;
}

static BIO *view(pt_slice bytes)
{
    return bytes.ptr != NULL && bytes.len <= PT_CRL_MAX ? BIO_new_mem_buf(bytes.ptr, (int)bytes.len)
                                                        : NULL;
}

static bool push_cert(STACK_OF(X509) * into, X509 *cert, int max)
{
    if (cert != NULL && sk_X509_num(into) < max && sk_X509_push(into, cert) > 0) {
        return true;
    }
    X509_free(cert);
    return false;
}

static bool pem_certs(pt_slice bytes, int max, STACK_OF(X509) * into)
{
    const int before = sk_X509_num(into);
    BIO *bio = view(bytes);
    if (bio == NULL) {
        return false;
    }
    ERR_clear_error();
    X509 *cert = PEM_read_bio_X509(bio, NULL, pt_ossl_no_passphrase, NULL);
    bool ok = true;
    while (cert != NULL && ok) {
        ok = push_cert(into, cert, max);
        cert = ok ? PEM_read_bio_X509(bio, NULL, pt_ossl_no_passphrase, NULL) : NULL;
    }
    (void)BIO_free(bio);
    return ok && at_end() && sk_X509_num(into) > before;
}

static bool read_certs(const pt_slice *list, size_t n, int max, STACK_OF(X509) * into)
{
    for (size_t i = 0U; i < n; i++) {
        const bool ok = is_der(list[i]) ? push_cert(into, der_cert(list[i]), max)
                                        : pem_certs(list[i], max, into);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool push_crl(STACK_OF(X509_CRL) * into, X509_CRL *crl)
{
    if (crl != NULL && sk_X509_CRL_num(into) < (int)PT_PATH_EVIDENCE_MAX &&
        sk_X509_CRL_push(into, crl) > 0) {
        return true;
    }
    X509_CRL_free(crl);
    return false;
}

static X509_CRL *der_crl(pt_slice bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)bytes.len);
    if (crl != NULL && (const char *)at != bytes.ptr + bytes.len) {
        X509_CRL_free(crl);
        return NULL;
    }
    return crl;
}

static bool pem_crls(pt_slice bytes, STACK_OF(X509_CRL) * into)
{
    const int before = sk_X509_CRL_num(into);
    BIO *bio = view(bytes);
    if (bio == NULL) {
        return false;
    }
    ERR_clear_error();
    X509_CRL *crl = PEM_read_bio_X509_CRL(bio, NULL, pt_ossl_no_passphrase, NULL);
    bool ok = true;
    while (crl != NULL && ok) {
        ok = push_crl(into, crl);
        crl = ok ? PEM_read_bio_X509_CRL(bio, NULL, pt_ossl_no_passphrase, NULL) : NULL;
    }
    (void)BIO_free(bio);
    return ok && at_end() && sk_X509_CRL_num(into) > before;
}

enum pt_path_reason pt_path_read_crls(pt_slice bytes, STACK_OF(X509_CRL) * into)
{
    if (bytes.len > (is_der(bytes) ? PT_CRL_FETCH_MAX : PT_CRL_MAX)) {
        return PT_CRL_TOO_LARGE;
    }
    const bool ok = is_der(bytes) ? push_crl(into, der_crl(bytes)) : pem_crls(bytes, into);
    return ok ? PT_PATH_OK : PT_CRL_UNREADABLE;
}

/* --- the request ----------------------------------------------------------------------------- */

static void read_evidence(struct pt_path_work *work)
{
    const struct pt_path_evidence *evidence = &work->request->evidence;
    for (size_t i = 0U; i < evidence->ncrls; i++) {
        const enum pt_path_reason reason = pt_path_read_crls(evidence->crls[i], work->crls);
        if (reason != PT_PATH_OK && work->unread == PT_PATH_NOT_JUDGED) {
            work->unread = reason;
        }
    }
}

/* An anchor is trusted because it is listed; that it is an authority is asked all the same. */
static bool add_anchors(struct pt_path_work *work, const STACK_OF(X509) * list)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        X509 *anchor = sk_X509_value(list, i);
        if (X509_check_ca(anchor) == 0 || X509_STORE_add_cert(work->anchors, anchor) != 1) {
            return false;
        }
    }
    return sk_X509_num(list) > 0;
}

static bool read_anchors(struct pt_path_work *work)
{
    const struct pt_path_request *request = work->request;
    STACK_OF(X509) *list = sk_X509_new_null();
    const bool ok =
        list != NULL &&
        read_certs(request->anchors, request->nanchors, (int)PT_PATH_ANCHORS_MAX, list) &&
        add_anchors(work, list);
    sk_X509_pop_free(list, X509_free);
    return ok;
}

static enum pt_path_reason read_all(struct pt_path_work *work)
{
    const struct pt_path_request *request = work->request;
    work->target = pt_path_read_cert(request->target);
    if (work->target == NULL) {
        return PT_PATH_UNREADABLE;
    }
    if (!read_certs(request->extra, request->nextra, (int)PT_PATH_CERTS_MAX, work->extra)) {
        return PT_PATH_EXTRA_UNREADABLE;
    }
    if (!read_anchors(work)) {
        return PT_PATH_ANCHOR_UNREADABLE;
    }
    read_evidence(work);
    return PT_PATH_OK;
}

PT_RESULT pt_path_read(struct pt_path_work *work, bool *ret_read)
{
    work->extra = sk_X509_new_null();
    work->crls = sk_X509_CRL_new_null();
    work->anchors = X509_STORE_new();
    PT_ENSURE(work->extra != NULL && work->crls != NULL && work->anchors != NULL, PT_E_NOMEM);
    const enum pt_path_reason reason = read_all(work);
    *ret_read = reason == PT_PATH_OK;
    if (!*ret_read) {
        work->result->reason = reason;
    }
    return PT_SUCCESS;
}

void pt_path_unread(struct pt_path_work *work)
{
    X509_free(work->target);
    sk_X509_pop_free(work->extra, X509_free);
    sk_X509_pop_free(work->chain, X509_free);
    sk_X509_CRL_pop_free(work->crls, X509_CRL_free);
    X509_STORE_free(work->anchors);
    pt_buf_done(&work->fetched);
}
