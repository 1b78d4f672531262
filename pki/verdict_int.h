/* SPDX-License-Identifier: EUPL-1.2 */
/* verdict_int.h -- facts of a certificate into a verdict. Private to pki/. */
#ifndef PKI_VERDICT_INT_H
#define PKI_VERDICT_INT_H

#include "poterne/pki/verdict.h"

#include <openssl/x509.h>

/**
 * Who signed. @return PT_E_DENIED when the certificate names two different SIREN (RGS-11): the
 * facts are then there all the same, without a SIREN.
 */
PT_RESULT pt_verdict_signer_of(X509 *cert, struct pt_verdict_signer *ret);

#endif /* PKI_VERDICT_INT_H */
