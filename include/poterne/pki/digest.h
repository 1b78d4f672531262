/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * digest.h -- SHA-256 and the system's random bits (OpenSSL DRBG, CRY-04) for layers that may
 * not include OpenSSL. Layer 1 (pki).
 */
#ifndef POTERNE_PKI_DIGEST_H
#define POTERNE_PKI_DIGEST_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

#define PT_SHA256_LEN 32U

PT_RESULT pt_sha256(pt_slice bytes, uint8_t out[static PT_SHA256_LEN]);
PT_RESULT pt_random(void *out, size_t n);

#endif /* POTERNE_PKI_DIGEST_H */
