/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * path.h -- is this certificate good for this use, at this instant? One function for the peers of
 * a connection, for seals and for time-stamping units: chain, profile, crypto policy, revocation.
 *
 *   chain       explicit anchors only; never the system's store, never a certificate fetched
 *               because another one names it (no AIA chasing). Signatures, dates, name
 *               constraints, path length and purpose are OpenSSL's verdict (RFC 5280 section 6)
 *   policy      every key and signature of the path passes pki/policy.h (CRY-01, CRY-02)
 *   revocation  of every certificate but the anchor, by a complete CRL or an OCSP answer that is
 *               fresh by level (RGS-12). Unknown, stale or unreachable is never "good": hard fail
 *               (TLS guide R37, TLS-12)
 *
 * The verdict is never a bare boolean: good, revoked (when, why), or unknown with a reason that
 * has a stable code. A zeroed result is "unknown". Layer 1 (pki): no clock, no socket; whoever
 * gives a fetch port does the I/O. Times are seconds since 1970-01-01.
 */
#ifndef POTERNE_PKI_PATH_H
#define POTERNE_PKI_PATH_H

#include "poterne/base/arena.h"
#include "poterne/pki/revocation.h"
#include "poterne/ports.h"

#define PT_PATH_INTERMEDIATES_MAX 4U   /* authorities between the target and its anchor */
#define PT_PATH_CHAIN_MAX         6U   /* ... with both ends */
#define PT_PATH_CERTS_MAX         32U  /* extra certificates of one request */
#define PT_PATH_ANCHORS_MAX       256U /* the trust anchors of one use */
#define PT_PATH_EVIDENCE_MAX      64U  /* CRLs, and as many OCSP answers, of one request */

/* What the target is asked to be. The profiles beyond RFC 5280 are the linter's (RGS_A4). */
enum pt_path_purpose {
    PT_PATH_CLIENT = 1, /* TLS client: EKU clientAuth, KU digitalSignature */
    PT_PATH_SERVER,     /* TLS server: EKU serverAuth, KU digitalSignature */
    PT_PATH_SEAL,       /* seal or signature: KU digitalSignature or nonRepudiation */
    PT_PATH_TSU, /* time-stamping unit: EKU timeStamping, critical and alone (RFC 3161 2.3) */
};

/* The evidence a caller already holds. */
struct pt_path_evidence {
    const pt_slice *crls; /* each: one DER list, or a PEM text of one list or more */
    size_t ncrls;
    const pt_slice *ocsp; /* DER OCSPResponse each; stapled or stored: without a nonce of ours */
    size_t nocsp;
};

struct pt_path_request {
    pt_slice target;         /* DER or PEM (its first certificate) */
    const pt_slice *extra;   /* intermediates, never trusted: each DER, or PEM of one or more */
    size_t nextra;           /* ... the target may be among them */
    const pt_slice *anchors; /* trusted because listed: each DER, or PEM of one or more. Roots, or
                              * the issuing authorities of a trusted list; always authorities */
    size_t nanchors;
    /**
     * The instant the certificate must be good at: now for a peer, the time of the time-stamp
     * token for a seal (SIG-06: never a SigningTime). 1970 or later.
     */
    int64_t at_s;
    /**
     * The instant the evidence must be fresh at: now, unless the evidence was stored with a seal
     * (B-LT); then the time that proves it was there. Never before at_s. Algorithms are judged
     * here too: a seal of 2026 with RSA-2048 is refused in 2031, unless archived before.
     */
    int64_t fresh_s;
    /**
     * at_s is proven, and the target has expired since: nobody has to publish fresh evidence about
     * it any more. Then only evidence made at at_s or later, and within the life of the
     * certificate it clears, is good, however old: a list from before cannot know what was revoked
     * between it and at_s. fresh_s is then the day of the algorithms alone.
     */
    bool past;
    enum pt_path_purpose purpose;
    enum pt_rgs_level level;
    struct pt_path_evidence evidence;
    /**
     * Where missing or unfit evidence may be asked for: OCSP (with a nonce) and CRL, at the
     * http(s) addresses that the certificate under test names. NULL: offline, only what was given
     * and what is cached counts.
     */
    const struct pt_fetch_port *fetch;
    const struct pt_random_port *random; /* of the nonces; NULL: OpenSSL's DRBG (CRY-04) */
    struct pt_revocation_cache *cache;   /* may be NULL */
    struct pt_arena *arena;              /* the DER of the chain goes here; never NULL */
    bool keep_evidence; /* ... and the DER of the evidence that decided (B-LT); CRLs are large */
};

enum pt_path_verdict { PT_PATH_UNKNOWN = 0, PT_PATH_REVOKED, PT_PATH_GOOD };

enum pt_path_evidence_kind {
    PT_PATH_BY_NONE = 0, /* the anchor, or not judged because the path was refused before */
    PT_PATH_BY_CRL,
    PT_PATH_BY_OCSP,
    PT_PATH_BY_NOCHECK, /* an OCSP responder with id-pkix-ocsp-nocheck */
};

struct pt_path_link {
    pt_slice der; /* in the arena of the request */
    uint8_t sha256[32];
    int64_t not_before_s, not_after_s;
    enum pt_path_evidence_kind by;
    int64_t this_update_s, next_update_s; /* of the evidence; next_update_s 0: OCSP without one */
    pt_slice evidence; /* with keep_evidence: DER of the CRL or OCSP answer, in the arena */
};

struct pt_path_result {
    enum pt_path_verdict verdict;
    enum pt_path_reason reason; /* PT_PATH_OK only with PT_PATH_GOOD */
    uint32_t aux;               /* X509_V_ERR_*, OCSP response status, PT_E_* of the fetch; or 0 */
    uint32_t depth;             /* of the certificate at fault in the chain, 0: the target */
    /**
     * PT_PATH_REVOKED: when the certificate at `depth` was revoked (the earlier of revocation and
     * invalidity date). Otherwise 0, or the day after at_s on which a certificate of the chain was
     * revoked: it is no longer good now. Of several the worst: one that makes the key another's
     * (pt_path_revocation_compromises) before any other, then the first.
     */
    int64_t revoked_s;
    int32_t revocation_reason; /* RFC 5280 5.3.1 CRLReason; -1: none given */
    int64_t fresh_until_s;     /* PT_PATH_GOOD: first end of the evidence; ask again then */
    int64_t renew_s;           /* PT_PATH_GOOD: first half life of the evidence (RGS-13) */
    struct pt_path_link chain[PT_PATH_CHAIN_MAX]; /* target first, anchor last */
    size_t nchain;                                /* 0: no chain could be built */
};

/**
 * Judge @request. The verdict is in *@ret; the status only tells that there is one.
 * @return PT_E_ARG the request breaks its contract · PT_E_NOMEM · PT_E_CRYPTO the library failed.
 *         On failure *@ret is a zeroed result: unknown. Bytes of others that cannot be read are a
 *         reason of the verdict, never a failure.
 */
PT_RESULT pt_path_check(const struct pt_path_request *request, struct pt_path_result *ret);

/** "good", "revoked", "unknown". */
const char *pt_path_verdict_name(enum pt_path_verdict verdict);
/**
 * May somebody else have the key, as far as this CRLReason tells? Not for unspecified (0),
 * affiliationChanged (3), superseded (4), cessationOfOperation (5); yes for any other, and when
 * none is given (-1): RFC 3161 section 4 (1).
 */
bool pt_path_revocation_compromises(int32_t reason);
/** French name of an RFC 5280 CRLReason: "clé compromise"...; "motif non précisé" for others. */
const char *pt_path_revocation_text(int32_t reason);

#endif /* POTERNE_PKI_PATH_H */
