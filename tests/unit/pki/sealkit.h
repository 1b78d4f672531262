/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * sealkit.h -- an authority, a seal certificate, its key in a file of its own, a fresh list of
 * revocation, and the trust that goes with them: what every test of a seal begins with.
 */
#ifndef TESTS_UNIT_PKI_SEALKIT_H
#define TESTS_UNIT_PKI_SEALKIT_H

#include "poterne/pki/signer.h"
#include "poterne/pki/trust.h"
#include "testpki.h"

#define SEALKIT_NOW 1795478400 /* 2026-11-24 */

struct sealkit {
    struct test_cert ca, leaf;
    char *ca_pem, *leaf_pem, *crl_pem;
    char dir[256];
    char key_path[512];
    struct pt_signer *signer;
    pt_slice anchor, crl;
    struct pt_trust trust;
};

/** @key as in testpki.h ("P-256", "RSA-3072"...); dates NULL: a year around SEALKIT_NOW. */
struct sealkit_spec {
    const char *key;
    const char *key_usage; /* NULL: digitalSignature */
    time_t from, until;
    bool revoked;
    bool no_crl;
    int64_t sealed_at; /* when the holder is opened; 0: SEALKIT_NOW */
};
void sealkit_open(struct sealkit *kit, const struct sealkit_spec *spec);
void sealkit_close(struct sealkit *kit);
struct pt_statement sealkit_content(const char *name, const char *type, pt_slice bytes);
/** Write @bytes to NAME in the kit's folder; the path is NUL-terminated in @path. */
void sealkit_file(const struct sealkit *kit, const char *name, pt_slice bytes,
                  char path[static 600]);

#endif /* TESTS_UNIT_PKI_SEALKIT_H */
