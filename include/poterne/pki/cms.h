/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * cms.h -- CAdES baseline seals (ETSI EN 319 122-1) in CMS (RFC 5652): made by the holder of a seal
 * key from a typed statement, and verified with a verdict that says what is covered.
 *
 * Made: SHA-256 or SHA-384, ECDSA or RSA-PSS; signed attributes content-type, message-digest,
 * signing-time, ESS signing-certificate-v2 (RFC 5035), and when the statement has a name or a
 * media type content-hints (RFC 2634 2.9) and mime-type (EN 319 122-1 5.2.5.2). B-T adds the
 * RFC 3161 token over the signature value as unsigned attribute signature-time-stamp.
 *
 * `openssl cms -verify -cades -binary -inform DER -in SEAL -content FILE -CAfile ROOT` accepts
 * what is made here (docs/seals.md). Layer 1 (pki): no clock, no file.
 */
#ifndef POTERNE_PKI_CMS_H
#define POTERNE_PKI_CMS_H

#include "poterne/pki/signer.h"
#include "poterne/pki/trust.h"

#define PT_CMS_MAX         33554432U /* bytes of one CMS, attached content included */
#define PT_CMS_SIGNERS_MAX 8U        /* signatures of one CMS */
#define PT_CMS_CERTS_MAX   16U       /* certificates in one CMS */
#define PT_CMS_ATTRS_MAX   32U       /* signed, and as many unsigned, attributes of a signature */
#define PT_CMS_TOKENS_MAX  4U        /* time-stamp tokens of one signature */

/**
 * Seal @statement: CAdES B-B as DER appended to @out. With @attached the statement's bytes are
 * inside (not for PT_STATEMENT_DOCUMENT, whose bytes are elsewhere); otherwise the seal stands
 * beside them. The claimed signing time is @statement->time, and the signer must be fit then.
 * @return PT_E_DENIED with aux = enum pt_signer_fault (RGS-15) · PT_E_ABSENT nothing to attach
 *         PT_E_CRYPTO, and the errors of pt_statement_check()
 */
PT_RESULT pt_cades_seal(const struct pt_signer *signer, const struct pt_statement *statement,
                        bool attached, struct pt_buf *out);

/**
 * What a time-stamp of this seal must cover: the digest of its one signature value.
 * @return PT_E_SYNTAX not a CMS with exactly one signature, PT_E_LIMIT
 */
PT_RESULT pt_cades_imprint(pt_slice cms, enum pt_seal_digest digest,
                           uint8_t out[static PT_DIGEST_MAX], size_t *ret_len);
/**
 * B-B becomes B-T: @token (DER TimeStampToken, accepted before by pt_tsp_accept) as unsigned
 * attribute; the new DER is appended to @out. The token must be over this seal's signature.
 * @return PT_E_FORGED it is over something else · PT_E_SYNTAX · PT_E_EXISTS there is one already
 */
PT_RESULT pt_cades_stamp(pt_slice cms, pt_slice token, struct pt_buf *out);

/* What is asked about one CMS. */
struct pt_cms_check {
    pt_slice cms;     /* DER or BER, or PEM ("CMS", "PKCS7") */
    bool has_content; /* @content is what the seal should cover, given apart */
    pt_slice content; /* ... for an attached seal it must then equal the content inside */
    const struct pt_trust *trust;
    int64_t now;
};

/**
 * Judge a CMS signature and its time-stamp. @verdict is initialised here; release it with
 * pt_verdict_done(). Every signature must be good: the worst one is the answer.
 * @return PT_E_ARG, PT_E_NOMEM (the verdict is then INDETERMINATE(failed)); never a status for
 *         what is wrong with the bytes
 */
PT_RESULT pt_cms_verify(const struct pt_cms_check *check, struct pt_verdict *verdict);

/** The content of an attached CMS, only after a verdict that covers it: appended to @out.
 * @return PT_E_DENIED the verdict is no, or covers nothing */
PT_RESULT pt_cms_content(const struct pt_cms_check *check, const struct pt_verdict *verdict,
                         struct pt_buf *out);

#endif /* POTERNE_PKI_CMS_H */
