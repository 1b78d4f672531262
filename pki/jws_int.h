/* SPDX-License-Identifier: EUPL-1.2 */
/* jws_int.h -- the algorithms of JWS that exist for us, and a header once read. Private to pki/. */
#ifndef PKI_JWS_INT_H
#define PKI_JWS_INT_H

#include "pki/judge_int.h"
#include "poterne/pki/jws.h"

#include <openssl/evp.h>

struct pt_jws_alg {
    const char *name;   /* "ES256" */
    const char *key;    /* name in the policy table: "p-256", "rsa" */
    const char *digest; /* "sha256" */
    bool made;          /* our own seals use it */
};
/** By its name; NULL: not allowed. */
const struct pt_jws_alg *pt_jws_alg_named(pt_slice name);
/** That our own seals use for this key and digest; NULL: none. */
const struct pt_jws_alg *pt_jws_alg_for(const char *key, const char *digest);

/* What a header says, once every guard has let it pass. Owned: pt_jws_header_done(). */
struct pt_jws_header {
    const struct pt_jws_alg *alg;
    struct pt_judge_certs certs; /* x5c, the signer's first */
    bool has_thumbprint;
    uint8_t thumbprint[32]; /* x5t#S256 */
    bool has_claimed;
    int64_t claimed;      /* iat or sigT */
    bool detached;        /* sigD by ObjectIdByURI */
    struct pt_buf object; /* ... and the name it gives */
};
/** @json: the decoded protected header. @return PT_REASON_NONE, HEADER, FORBIDDEN_ALGORITHM... */
enum pt_reason pt_jws_header_read(pt_slice json, struct pt_jws_header *ret);
void pt_jws_header_done(struct pt_jws_header *header);

#define PT_JWS_SIGD_URI "http://uri.etsi.org/19182/ObjectIdByURI"

#endif /* PKI_JWS_INT_H */
