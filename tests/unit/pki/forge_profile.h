/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * forge_profile.h -- certificates of a profile, with what a test wants wrong in them, written as
 * edits of a good one. Keys and authorities are made when the test runs and kept until it ends.
 *
 *   "OU=text"  replace the attribute   "+OU=text"  one more   "-OU"  without it
 *              (T61:, UTF8:, BMP:, PRINTABLE: before the name choose its encoding)
 *   "ext:NAME=value" replace, "+ext:NAME=value" one more, "-ext:NAME" without; values as in
 *              openssl.cnf
 *   "from=", "to=" YYYYMMDDhhmmssZ (UTCTime when it can be), "gfrom=", "gto=" GeneralizedTime
 *   "key=", "ca=" key specifications of forge_key(), and "rsa-e3:BITS", "ec-explicit:CURVE"
 *   "digest=NAME", "pss" (RSA-PSS signature), "serial=HEX", "version=N", "no-issuer", "uid"
 *   "der:HEX=HEX" replace the last occurrence, same length
 */
#ifndef TESTS_UNIT_PKI_FORGE_PROFILE_H
#define TESTS_UNIT_PKI_FORGE_PROFILE_H

#include "poterne/pki/lint.h"

#include "poterne/base/buf.h"

#define FORGE_NOW    1795478400 /* 2026-11-24 */
#define FORGE_SIREN  "216809996"
#define FORGE_SIRET  "21680999600004"
#define FORGE_POLICY "1.2.250.1.999.1"
#define FORGE_EDITS  6U

/** DER of a good certificate of @profile with @edits (NULL ends them early). */
void forge_profile(enum pt_lint_profile profile, const char *const edits[FORGE_EDITS],
                   struct pt_buf *out);
/** PEM of the P-256 authority that signs them unless "ca=" says otherwise. */
void forge_profile_authority(struct pt_buf *out);
/** Frees the keys; at the end of a test. */
void forge_profile_done(void);

#endif /* TESTS_UNIT_PKI_FORGE_PROFILE_H */
