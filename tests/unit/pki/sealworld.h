/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * sealworld.h -- an authority, a seal certificate, its key in a file of its own, a fresh list of
 * revocation, and the trust that goes with them: what every test of a seal begins with.
 */
#ifndef TESTS_UNIT_PKI_SEALWORLD_H
#define TESTS_UNIT_PKI_SEALWORLD_H

#include "poterne/pki/signer.h"
#include "poterne/pki/trust.h"
#include "testpki.h"

#define SEALWORLD_NOW 1795478400 /* 2026-11-24 */

struct sealworld {
    struct test_cert ca, leaf;
    char *ca_pem, *leaf_pem, *crl_pem;
    char dir[256];
    char key_path[512];
    struct pt_signer *signer;
    pt_slice anchor, crl;
    struct pt_trust trust;
};

/** @key as in testpki.h ("P-256", "RSA-3072"...); dates NULL: a year around SEALWORLD_NOW. */
struct sealworld_spec {
    const char *key;
    const char *key_usage; /* NULL: digitalSignature */
    time_t from, until;
    bool revoked;
    bool no_crl;
    int64_t sealed_at; /* when the holder is opened; 0: SEALWORLD_NOW */
};
void sealworld_open(struct sealworld *kit, const struct sealworld_spec *spec);
void sealworld_close(struct sealworld *kit);
struct pt_statement sealworld_content(const char *name, const char *type, pt_slice bytes);
/** Write @bytes to NAME in the kit's folder; the path is NUL-terminated in @path. */
void sealworld_file(const struct sealworld *kit, const char *name, pt_slice bytes,
                    char path[static 600]);

#endif /* TESTS_UNIT_PKI_SEALWORLD_H */
