/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path_int.h -- between the files of the path check (pki/path*.c): one certificate under judgement,
 * and what one piece of evidence says of it. Private to pki/.
 */
#ifndef PKI_PATH_INT_H
#define PKI_PATH_INT_H

#include "pki/ossl_int.h"
#include "poterne/pki/path.h"

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

/* One certificate, the one that issued it, and by which rules. */
struct pt_subject {
    X509 *cert;
    X509 *issuer;
    int64_t at_s;
    int64_t fresh_s;
    bool past; /* see path.h */
    enum pt_rgs_level level;
};

/* A zeroed finding says nothing. */
struct pt_finding {
    enum pt_path_verdict verdict;
    enum pt_path_reason reason;
    uint32_t aux;
    /* The worst revocation that any authentic evidence tells, also when it is later than at_s, and
     * also when the evidence is too old or too new to clear anybody; 0: none. */
    int64_t revoked_s;
    int32_t revocation_reason;
    enum pt_path_evidence_kind by;
    int64_t this_update_s, next_update_s;
    X509_CRL *crl; /* borrowed: the list that decided */
    pt_slice der;  /* borrowed: the OCSP answer that decided */
};

/* The request, read once. */
struct pt_path_work {
    const struct pt_path_request *request;
    X509 *target;
    STACK_OF(X509) * extra;
    X509_STORE *anchors;
    STACK_OF(X509_CRL) * crls;
    enum pt_path_reason unread; /* evidence that could not be read: the reason, else 0 */
    STACK_OF(X509) * chain;     /* target first */
    struct pt_buf fetched;      /* the last answer */
    struct pt_path_result *result;
};

/* --- path_dates.c: time and algorithms --- */

/** @return PT_E_SYNTAX for a date that is none */
PT_RESULT pt_ossl_seconds(const ASN1_TIME *time, int64_t *ret);
/** pki/policy.h on a public key, on day @fresh_s. */
bool pt_path_key_ok(const EVP_PKEY *key, int64_t fresh_s);
/** ... and on a signature algorithm. */
bool pt_path_signature_ok(const X509_ALGOR *algorithm, int64_t fresh_s);

/* --- path_read.c --- */

/** Everything the request holds; false with the reason in the result. */
PT_RESULT pt_path_read(struct pt_path_work *work, bool *ret_read);
void pt_path_unread(struct pt_path_work *work);
/** One DER or PEM certificate. NULL: unreadable. */
X509 *pt_path_read_cert(pt_slice bytes);
/** The lists of one piece of evidence, pushed. @return the reason it cannot be used, or PT_PATH_OK
 */
enum pt_path_reason pt_path_read_crls(pt_slice bytes, STACK_OF(X509_CRL) * into);

/* --- path_chain.c --- */

/** Build work->chain; false with the reason in the result. */
PT_RESULT pt_path_build(struct pt_path_work *work, bool *ret_built);
/** RFC 5280 and profile rules that OpenSSL's purposes do not have. */
bool pt_path_purpose_ok(X509 *cert, enum pt_path_purpose purpose);

/* --- path_crl.c --- */

/** Is @crl complete, of accepted algorithms, and understood, whoever it is about? */
enum pt_path_reason pt_crl_form(const X509_CRL *crl, int64_t fresh_s);
void pt_crl_judge(const struct pt_subject *subject, X509_CRL *crl, struct pt_finding *ret);

/* --- path_ocsp.c --- */

/** A request for @subject with @nonce; the caller frees. NULL: no memory. */
OCSP_REQUEST *pt_ocsp_request(const struct pt_subject *subject, pt_slice nonce);
/**
 * Judge @der. @asked: the request whose nonce must come back; NULL: none was sent. @crls (may be
 * NULL) may clear a responder that has no ocsp-nocheck.
 */
void pt_ocsp_judge(const struct pt_subject *subject, pt_slice der, OCSP_REQUEST *asked,
                   const STACK_OF(X509_CRL) * crls, struct pt_finding *ret);

/* --- path_fetch.c --- */

/** Ask the cache, then the port, as far as @inout has no verdict yet. */
PT_RESULT pt_path_ask(struct pt_path_work *work, const struct pt_subject *subject,
                      struct pt_finding *inout);

/* --- path_evidence.c --- */

/** The worse news of the two, or the better reason when none is news, into *inout. */
void pt_finding_merge(struct pt_finding *inout, const struct pt_finding *other);
/**
 * @inout says what an authentic, well-formed piece of evidence in scope says, and @fresh whether it
 * is fresh at fresh_s. A revocation up to at_s counts whatever the freshness (RFC 5280 6.3.3: there
 * is no way back); only what clears must be fresh.
 */
void pt_finding_date(const struct pt_subject *subject, enum pt_path_reason fresh,
                     struct pt_finding *inout);
/** Revocation of the whole chain, into the result. */
PT_RESULT pt_path_evidence(struct pt_path_work *work);

/* --- revocation_cache.c --- */

/** SHA-256 key of what an answer is about. */
PT_RESULT pt_revocation_key(const struct pt_subject *subject, pt_slice kind,
                            uint8_t out[static 32]);
/** The bytes kept under @key, borrowed until the next put; empty when there are none. */
pt_slice pt_revocation_cache_get(const struct pt_revocation_cache *cache,
                                 const uint8_t key[static 32]);
/** Keep a copy; silently none when it does not fit. @return PT_E_NOMEM */
PT_RESULT pt_revocation_cache_put(struct pt_revocation_cache *cache, const uint8_t key[static 32],
                                  pt_slice bytes);

#endif /* PKI_PATH_INT_H */
