/* SPDX-License-Identifier: EUPL-1.2 */
/* names_int.h -- subjects and alternative names, for certificates and requests. Private to pki/. */
#ifndef PKI_NAMES_INT_H
#define PKI_NAMES_INT_H

#include "poterne/pki/ca.h"

#include <openssl/x509v3.h>

/** C, O, OU "0002 <SIRET>", CN. @return PT_E_SYNTAX, PT_E_CRYPTO */
PT_RESULT pt_names_subject(X509_NAME *name, const struct pt_ca_subject *subject);
/** organizationIdentifier "NTRFR-<SIREN>" (EN 319 412-1). */
PT_RESULT pt_names_identifier(X509_NAME *name, pt_slice siret);
/** DNS names and addresses of a SAN. @return PT_E_SYNTAX, PT_E_NOMEM */
PT_RESULT pt_names_fill(GENERAL_NAMES *names, const pt_slice *list, size_t n);

#endif /* PKI_NAMES_INT_H */
