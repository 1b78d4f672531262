/* SPDX-License-Identifier: EUPL-1.2 */
/* Private to gateway/net: one TLS connection as the door uses it. OpenSSL stays in tls*.c. */
#ifndef POTERNE_GATEWAY_NET_TLS_INT_H
#define POTERNE_GATEWAY_NET_TLS_INT_H

#include "poterne/gateway/tls.h"

struct pt_tls;

/** Server side over a connected, non-blocking socket, which stays the caller's. */
PT_RESULT pt_tls_new(struct pt_tls_context *context, int fd, struct pt_tls **ret_tls);
struct pt_tls *pt_tls_free(struct pt_tls *tls);

/**
 * PT_E_AGAIN    call again when the socket is readable, or writable if pt_tls_wants_write
 * PT_E_DENIED   the client's certificate: aux = X509_V_ERR_*, 0 when there was none
 * PT_E_PROTOCOL TLS failed: aux = OpenSSL reason · PT_E_IO the connection broke
 */
PT_RESULT pt_tls_handshake(struct pt_tls *tls);
/** Also PT_E_CLOSED: the peer said it sends no more (close_notify). A connection cut without it
 *  is PT_E_IO. */
PT_RESULT pt_tls_read(struct pt_tls *tls, char *into, size_t n, size_t *ret_n);
/** May take a part only. After PT_E_AGAIN call with the same bytes, at any address. */
PT_RESULT pt_tls_write(struct pt_tls *tls, pt_slice bytes, size_t *ret_n);
/** The last handshake or read call left nothing in the socket. */
bool pt_tls_read_empty(const struct pt_tls *tls);
/** Bytes were received that no read has given yet: read before waiting. They may be the beginning
 *  of a record only; then the next read says PT_E_AGAIN. */
bool pt_tls_pending(const struct pt_tls *tls);
bool pt_tls_wants_write(const struct pt_tls *tls);
/** Nothing is coming for a while: OpenSSL gives back the buffers it took for this connection,
 * unless there is something in them. */
void pt_tls_give_back(struct pt_tls *tls);
/** close_notify, as far as the socket takes it. */
void pt_tls_bye(struct pt_tls *tls);
/** SHA-256 of the client's certificate (DER), after the handshake; NULL when none was asked. */
const uint8_t *pt_tls_client(const struct pt_tls *tls);

/**
 * After the handshake: would @context let this client in now? A connection made under @context
 * itself was just judged by it. @return PT_E_DENIED aux = X509_V_ERR_* · PT_E_NOMEM
 */
PT_RESULT pt_tls_still_welcome(const struct pt_tls *tls, const struct pt_tls_context *context);

#endif /* POTERNE_GATEWAY_NET_TLS_INT_H */
