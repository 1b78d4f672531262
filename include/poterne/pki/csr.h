/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * csr.h -- requests for certificates of an RGS provider (PKCS#10, RFC 2986), one profile a use.
 *
 * RGS_A4 v2.3 and EN 319 412: C=FR, O the commune, organizationIdentifier "NTRFR-<SIREN>", one OU
 * "0002 <SIRET>", CN; key usage critical, extended key usage single, SAN on servers. The key is
 * made for this request and straight from the DRBG (RGS-17): one key, one use (RGS-14).
 * Layer 1 (pki): no clock, no file.
 */
#ifndef POTERNE_PKI_CSR_H
#define POTERNE_PKI_CSR_H

#include "poterne/pki/ca.h"

enum pt_csr_profile {
    PT_CSR_CACHET = 0, /* seal: digitalSignature, nonRepudiation */
    PT_CSR_AUTH_SERVEUR,
    PT_CSR_AUTH_CLIENT,
    PT_CSR_TSU,  /* time-stamping unit */
    PT_CSR_OCSP, /* responder */
    PT_CSR_COUNT
};
/** "cachet", "auth-serveur", "auth-client", "tsu", "ocsp". */
const char *pt_csr_profile_name(enum pt_csr_profile profile);
/** @return PT_E_ABSENT */
PT_RESULT pt_csr_profile_find(const char *name, enum pt_csr_profile *ret);

/** The algorithms a key may be asked for: "p-256", "p-384", "rsa-3072". NULL ends the list. */
extern const char *const pt_csr_algorithms[];

/**
 * A new private key as PKCS#8 PEM appended to @out.
 * @return PT_E_ARG unknown algorithm · PT_E_DENIED refused by the policy on @days
 */
PT_RESULT pt_csr_key(const char *algorithm, int32_t days, struct pt_buf *out);

struct pt_csr_request {
    enum pt_csr_profile profile;
    struct pt_ca_subject subject;
    const pt_slice *names; /* servers: DNS names and addresses, at least one */
    size_t nnames;
    int32_t days; /* today: the policy's date */
};
/**
 * The request for the key of @key_pem, signed by it (proof of possession), as PEM in @out.
 * @return PT_E_DENIED the policy refuses the key · PT_E_SYNTAX a name is malformed, or it is no key
 */
PT_RESULT pt_csr_make(const struct pt_csr_request *request, pt_slice key_pem, struct pt_buf *out);

#endif /* POTERNE_PKI_CSR_H */
