/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * jws.h -- seals in JSON Web Signature, compact form (RFC 7515): JAdES B-B (ETSI TS 119 182-1).
 *
 * Written: alg by the key (ES256, ES384, PS256, PS384), x5c (the chain), x5t#S256 (signed reference
 * to the certificate), iat (claimed time, which since TS 119 182-1 v1.2.1 replaces sigT), cty;
 * detached, also sigD by ObjectIdByURI with the name of the document, and crit ["sigD"].
 * The signature is over the raw bytes of the content, never over a reading of them (SIG-09).
 *
 * Read (CRY-09): the same and sigT; ES512 and PS512 too. Refused: none, HS*, RS*, an algorithm that
 * is not the key's, a member twice, an unknown name in crit, b64 (RFC 7797), zip, jwk, jku, x5u,
 * base64url with padding, white space or unused bits. The key is that of x5c[0], and counts only
 * once its path is checked. Layer 1 (pki): no clock, no file, no socket.
 */
#ifndef POTERNE_PKI_JWS_H
#define POTERNE_PKI_JWS_H

#include "poterne/pki/signer.h"
#include "poterne/pki/trust.h"

#define PT_JWS_MAX        25165824U /* bytes of one JWS, content inside */
#define PT_JWS_HEADER_MAX 65536U    /* bytes of its header, decoded */

/**
 * Append the JWS of @statement (its bytes are sealed: not for PT_STATEMENT_DOCUMENT). Detached: the
 * middle part is empty, and the document needs a name.
 * @return PT_E_DENIED with aux = enum pt_signer_fault, or for a key and digest that JWS has no name
 *         for · PT_E_ABSENT a document held elsewhere · PT_E_ARG, PT_E_LIMIT, PT_E_NOMEM
 */
PT_RESULT pt_jws_seal(const struct pt_signer *signer, const struct pt_statement *statement,
                      bool detached, struct pt_buf *out);

/* What is asked about one JWS. */
struct pt_jws_check {
    pt_slice jws; /* compact; surrounding white space is not part of it and is refused */
    bool has_content;
    pt_slice content; /* of a detached one; for an attached one it must equal the content inside */
    const struct pt_trust *trust;
    int64_t now;
};

/**
 * @verdict is initialised here; release it with pt_verdict_done().
 * @return PT_E_ARG for a broken contract; what is wrong with the bytes is in the verdict
 */
PT_RESULT pt_jws_verify(const struct pt_jws_check *check, struct pt_verdict *verdict);

/** The content of an attached JWS, only after a verdict that says yes: appended to @out.
 * @return PT_E_DENIED */
PT_RESULT pt_jws_content(const struct pt_jws_check *check, const struct pt_verdict *verdict,
                         struct pt_buf *out);

#endif /* POTERNE_PKI_JWS_H */
