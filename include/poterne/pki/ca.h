/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * ca.h -- the commune's own small authorities: one that signs the server certificate (GRCs pin
 * it), one that signs the GRCs' client certificates and their revocation list.
 *
 * Profiles follow RGS_A4 v2.3 (requirements 2.3): X.509 v3, unpredictable serial, C=FR, O, one
 * OU "0002 <SIRET>", key usage critical, extended key usage not critical, AKI, SAN on servers,
 * pathLen 0, CA at most 10 years, others at most 825 days (TLS guide R25). Everything passes the
 * crypto policy on the day it is made. Layer 1 (pki): no clock, no file.
 */
#ifndef POTERNE_PKI_CA_H
#define POTERNE_PKI_CA_H

#include "poterne/pki/key.h"

#define PT_CA_DAYS   3650U /* RGS_A4: an authority lives 10 years at most */
#define PT_LEAF_DAYS 825U  /* TLS guide v1.2 R25, TLS-11; RGS_A4 would allow 3 years */
/* RGS-12: a list is fresh while nextUpdate - thisUpdate <= 6 days (level *). */
#define PT_CRL_SECONDS 518400U
#define PT_SAN_MAX     64U

enum pt_ca_profile { PT_CA_ROOT = 1, PT_CA_SERVER, PT_CA_CLIENT };

struct pt_ca_subject {
    pt_slice common_name;  /* UTF-8, 1 to 64 characters (RFC 5280 ub-common-name) */
    pt_slice organization; /* the commune's name, 1 to 64 characters */
    pt_slice siret;        /* 14 digits */
};

struct pt_ca_issuer {
    pt_slice cert_pem;
    const struct pt_key *key;
};

struct pt_ca_request {
    enum pt_ca_profile profile;
    struct pt_ca_subject subject;
    const pt_slice *names; /* servers: DNS names and IP addresses of the SAN */
    size_t nnames;
    int64_t now; /* seconds: not-before; not-after follows from the profile */
};

/**
 * A certificate for @key, as PEM appended to @out; signed by @issuer, or by @key itself when
 * @issuer is NULL (PT_CA_ROOT only). A leaf never outlives its issuer.
 * @return PT_E_DENIED the policy refuses · PT_E_SYNTAX a subject or a SAN name is malformed
 *         PT_E_FORGED the issuer's key is not that of its certificate
 */
PT_RESULT pt_ca_issue(const struct pt_ca_request *request, const struct pt_key *key,
                      const struct pt_ca_issuer *issuer, struct pt_buf *out);

/**
 * Of a certificate as we make them: O appended to @organization, SIRET of OU "0002 <SIRET>" as 14
 * digits and a NUL. @return PT_E_ABSENT one of them is not there, or twice · PT_E_SYNTAX ·
 * PT_E_NOMEM
 */
PT_RESULT pt_ca_commune(pt_slice cert_pem, struct pt_buf *organization, char siret[static 15]);

/** Is @text fit for a subject: UTF-8, 1 to 64 characters (RFC 5280 A.1), none of them a control? */
bool pt_ca_text_ok(pt_slice text);

/** Is @name fit for a SAN: DNS name (letters, digits, hyphens, dots), IPv4 or IPv6 address? */
bool pt_ca_name_ok(pt_slice name);

struct pt_ca_crl {
    int64_t now;       /* thisUpdate; nextUpdate = now + PT_CRL_SECONDS */
    pt_slice previous; /* PEM of the list to carry over, empty: none */
    pt_slice revoke;   /* PEM of the certificate to add, empty: none */
};
/**
 * A new list signed by @issuer, as PEM. Its number is one more than the previous one's.
 * @return PT_E_FORGED @previous or @revoke does not come from this issuer
 *         PT_E_EXISTS @revoke is on the list already
 */
PT_RESULT pt_ca_crl(const struct pt_ca_crl *request, const struct pt_ca_issuer *issuer,
                    struct pt_buf *out);

#endif /* POTERNE_PKI_CA_H */
