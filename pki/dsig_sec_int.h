/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * dsig_sec_int.h -- which algorithms of XML signatures exist for us. A name that is not in these
 * tables does not reach xmlsec. Private to pki/.
 */
#ifndef PKI_DSIG_SEC_INT_H
#define PKI_DSIG_SEC_INT_H

#include <stdbool.h>

bool pt_dsig_sec_is_c14n(const char *href);
/** Name in the policy table: "sha256"...; NULL when it is not allowed. */
const char *pt_dsig_sec_digest(const char *href);
/** Digest of a signature method, same names; NULL: not allowed (HMAC, DSA, SHA-1, RSA-PSS). */
const char *pt_dsig_sec_method(const char *href);
/** The URIs our own seals write. */
const char *pt_dsig_sec_digest_uri(const char *digest);
const char *pt_dsig_sec_ecdsa_uri(const char *digest);

#endif /* PKI_DSIG_SEC_INT_H */
