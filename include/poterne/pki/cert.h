/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * cert.h -- what a certificate or a revocation list says of itself, and whether the crypto policy
 * accepts it. No chain is built here: the door does that with OpenSSL's own verifier.
 * Layer 1 (pki). Dates are seconds since 1970-01-01 and may lie before it.
 */
#ifndef POTERNE_PKI_CERT_H
#define POTERNE_PKI_CERT_H

#include "poterne/base/buf.h"
#include "poterne/pki/policy.h"

#define PT_CERT_NAME_MAX 256U

struct pt_cert_facts {
    const char *algorithm; /* of the key, name in the policy table */
    uint32_t bits;
    const char *digest; /* of the signature: "sha256", "sha1"...; "" for Ed25519 */
    int64_t not_before, not_after;
    bool is_ca;
    char common_name[PT_CERT_NAME_MAX]; /* UTF-8, NUL-terminated, empty when absent or too long */
    uint8_t sha256[32];                 /* of the DER: the identity of a client */
    uint8_t spki_sha256[32];            /* of the public key: RGS-14 */
};

/** Of the first certificate of @pem. @return PT_E_SYNTAX, PT_E_DENIED for an unknown algorithm */
PT_RESULT pt_cert_facts(pt_slice pem, struct pt_cert_facts *ret);
/**
 * Key and signature digest against the policy on @days. The worse of the two verdicts, with the
 * rule that gave it (NULL: nobody named it).
 */
enum pt_policy_verdict pt_cert_policy(const struct pt_cert_facts *facts, int32_t days,
                                      const struct pt_policy_rule **ret_rule);

/**
 * The DNS names and addresses of the SAN, each followed by a newline, appended to @out: what a
 * renewed certificate must carry again. Other kinds of names are left out.
 */
PT_RESULT pt_cert_names(pt_slice pem, struct pt_buf *out);

struct pt_crl_facts {
    int64_t this_update, next_update; /* of the list that ends first; 0: one has no end */
    uint32_t revoked;                 /* entries of all lists */
};
/** Of every list of @pem: who relies on them needs them all. @return PT_E_SYNTAX, PT_E_NOMEM */
PT_RESULT pt_crl_facts(pt_slice pem, struct pt_crl_facts *ret);
/** Is the certificate of @cert_pem on the list @crl_pem? @return PT_E_SYNTAX */
PT_RESULT pt_crl_lists(pt_slice crl_pem, pt_slice cert_pem, bool *ret_listed);

#endif /* POTERNE_PKI_CERT_H */
