/* SPDX-License-Identifier: EUPL-1.2 */
/* jws_seal.c -- see jws.h: sealing. Layer 1 (pki). */
#include "pki/jws_int.h"

#include "pki/ossl_int.h"
#include "pki/raw_int.h"
#include "pki/signer_int.h"
#include "poterne/base/codec.h"

struct seal {
    const struct pt_signer *signer;
    const struct pt_statement *statement;
    const struct pt_jws_alg *alg;
    bool detached;
    struct pt_buf header, content, tbs, value;
};

static pt_status put_cert(struct pt_buf *out, X509 *cert)
{
    unsigned char *der = NULL;
    const int n = i2d_X509(cert, &der);
    PT_ENSURE(n > 0, PT_E_CRYPTO);
    pt_buf_put_byte(out, '"');
    pt_b64_encode(out, pt_slice_of(der, (size_t)n));
    pt_buf_put_byte(out, '"');
    OPENSSL_free(der);
    return PT_SUCCESS;
}

static pt_status put_chain(struct pt_buf *out, const struct pt_signer *signer)
{
    const STACK_OF(X509) *const chain = pt_signer_chain(signer);
    pt_buf_put_str(out, ",\"x5c\":[");
    PT_TRY(put_cert(out, pt_signer_cert(signer)));
    for (int i = 0; chain != NULL && i < sk_X509_num(chain); i++) {
        pt_buf_put_byte(out, ',');
        PT_TRY(put_cert(out, sk_X509_value(chain, i)));
    }
    pt_buf_put_str(out, "]");
    return PT_SUCCESS;
}

static pt_status put_header(struct seal *s)
{
    struct pt_buf *const out = &s->header;
    uint8_t sha[32];
    const struct pt_statement *const st = s->statement;
    PT_TRY(pt_signer_cert_sha256(s->signer, sha));
    pt_buf_put_str(out, "{\"alg\":\"");
    pt_buf_put_str(out, s->alg->name);
    pt_buf_put_str(out, "\"");
    if (st->kind == PT_STATEMENT_CONTENT && st->is.content.media_type.len > 0U) {
        pt_buf_put_str(out, ",\"cty\":");
        pt_buf_put_json(out, st->is.content.media_type);
    }
    pt_buf_put_str(out, ",\"iat\":");
    pt_buf_put_u64(out, (uint64_t)st->time);
    pt_buf_put_str(out, ",\"x5t#S256\":\"");
    pt_b64url_encode(out, pt_slice_of(sha, sizeof(sha)));
    pt_buf_put_str(out, "\"");
    PT_TRY(put_chain(out, s->signer));
    if (s->detached) {
        pt_buf_put_str(out, ",\"sigD\":{\"mId\":\"" PT_JWS_SIGD_URI "\",\"pars\":[");
        pt_buf_put_json(out, st->is.content.name);
        pt_buf_put_str(out, "]},\"crit\":[\"sigD\"]");
    }
    pt_buf_put_str(out, "}");
    return pt_buf_status(out);
}

static pt_status write_out(struct seal *s, struct pt_buf *out)
{
    pt_slice rest = pt_buf_slice(&s->tbs);
    if (s->detached) {
        pt_buf_put(out, pt_slice_cut(&rest, '.'));
        pt_buf_put_str(out, ".");
    } else {
        pt_buf_put(out, rest);
    }
    pt_buf_put_byte(out, '.');
    pt_b64url_encode(out, pt_buf_slice(&s->value));
    return pt_buf_status(out);
}

static pt_status seal(struct seal *s, struct pt_buf *out)
{
    PT_TRY(pt_statement_bytes(s->statement, &s->content));
    PT_TRY(put_header(s));
    pt_b64url_encode(&s->tbs, pt_buf_slice(&s->header));
    pt_buf_put_byte(&s->tbs, '.');
    pt_b64url_encode(&s->tbs, pt_buf_slice(&s->content));
    PT_TRY(pt_buf_status(&s->tbs));
    PT_TRY(pt_signer_sign(s->signer, pt_buf_slice(&s->tbs), &s->value));
    if (!pt_signer_is_rsa(s->signer)) {
        PT_TRY(pt_raw_from_der(pt_signer_key(s->signer), &s->value));
    }
    return write_out(s, out);
}

PT_RESULT pt_jws_seal(const struct pt_signer *signer, const struct pt_statement *statement,
                      bool detached, struct pt_buf *out)
{
    struct seal s = {.signer = signer, .statement = statement, .detached = detached};
    uint32_t bits = 0U;
    PT_ENSURE(signer != NULL && statement != NULL && out != NULL, PT_E_ARG);
    PT_TRY(pt_statement_check(statement));
    PT_ENSURE(!detached ||
                  (statement->kind == PT_STATEMENT_CONTENT && statement->is.content.name.len > 0U),
              PT_E_ARG);
    PT_TRY(pt_signer_ready(signer, statement->time));
    s.alg = pt_jws_alg_for(pt_signer_algorithm(signer, &bits), pt_signer_digest(signer));
    PT_ENSURE(s.alg != NULL, PT_E_DENIED);
    pt_buf_init(&s.header, PT_JWS_HEADER_MAX);
    pt_buf_init(&s.content, PT_STATEMENT_CONTENT_MAX);
    pt_buf_init(&s.tbs, PT_JWS_MAX);
    pt_buf_init(&s.value, 2048U);
    const pt_status st = seal(&s, out);
    pt_buf_done(&s.header);
    pt_buf_done(&s.content);
    pt_buf_done(&s.tbs);
    pt_buf_done(&s.value);
    return pt_ossl_done(st);
}
