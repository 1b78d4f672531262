/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * tls.h -- what a TLS listener is made of (ANSSI TLS guide v1.2, SDE-NT-35; CRY-01, CRY-02).
 *
 *   versions    TLS 1.3, then TLS 1.2 (R3, R4) with extended master secret and secure
 *               renegotiation information (R14, R22), or the handshake fails
 *   suites      AES-256-GCM, AES-128-GCM, ChaCha20-Poly1305, AES-CCM, all ephemeral (R6 to R11);
 *               the server's order holds (R13)
 *   groups      P-256, P-384, X25519 (R7)
 *   signatures  ECDSA and RSA-PSS with SHA-2, Ed25519: no SHA-1, no PKCS#1 v1.5 (R8, R11)
 *   never       compression (R19), renegotiation (R22), 0-RTT (R23), tickets or any resumption:
 *               every connection proves its certificate again, against today's CRL (R20, R37)
 *   clients     a certificate is compulsory; its chain must end in one of the given authorities,
 *               every one of its certificates be covered by a CRL that is in force (hard fail,
 *               R37, RGS-12), be fit for client authentication, and pass pki/policy.h today
 * All material is PEM text, never a path: the process that holds it opened no file.
 * Layer: gateway. A context may be used by several threads; one context a lane avoids contention.
 */
#ifndef POTERNE_GATEWAY_TLS_H
#define POTERNE_GATEWAY_TLS_H

#include "poterne/base/clock.h"
#include "poterne/base/status.h"
#include "poterne/pki/revocation.h"

enum pt_tls_clients {
    PT_TLS_CLIENT_REQUIRED = 0, /* the GRC listener */
    PT_TLS_CLIENT_NONE          /* the browser listeners: no certificate is asked for */
};

struct pt_tls_material {
    pt_slice certificate; /* leaf first, then its intermediates in order (R34) */
    pt_slice key;         /* of the leaf, not encrypted */
    enum pt_tls_clients clients;
    pt_slice client_ca;      /* authorities of clients, roots included */
    pt_slice client_crl;     /* one CRL or more for each of these authorities */
    enum pt_rgs_level level; /* how long a CRL may live (RGS-12); 0: PT_RGS_1 */
};

/* In the aux of a failure of _new: which part is at fault. */
enum { PT_TLS_CERTIFICATE = 1, PT_TLS_KEY, PT_TLS_CLIENT_CA, PT_TLS_CLIENT_CRL };

struct pt_tls_context;

/**
 * @return PT_E_SYNTAX not PEM, or nothing in it · PT_E_CRYPTO the key is not the certificate's ·
 *         PT_E_DENIED refused by pki/policy.h, not yet or no longer valid, or a CRL that is
 *         partial, indirect, never ends or lives longer than the level allows (pt_crl_check) ·
 *         PT_E_NOMEM. A CRL that is only stale is taken: then nobody is let in.
 * The clock must outlive every connection of the context.
 */
PT_RESULT pt_tls_context_new(const struct pt_tls_material *material, const struct pt_clock *clock,
                             struct pt_tls_context **ret_context);
/** One more owner (connections are owners too, so a replaced context lives as long as they do). */
struct pt_tls_context *pt_tls_context_ref(struct pt_tls_context *context);
/** One owner less. Accepts NULL. Returns NULL. */
struct pt_tls_context *pt_tls_context_free(struct pt_tls_context *context);

/** Wall time (ms) at which the first CRL ends, and no client is let in any more; UINT64_MAX
 *  without CRL. For the alert of RGS-13. */
uint64_t pt_tls_crl_ends_ms(const struct pt_tls_context *context);

#endif /* POTERNE_GATEWAY_TLS_H */
