/* SPDX-License-Identifier: EUPL-1.2 */
/* Unit tests of pki/jws*.c: CRY-09, SIG-01, SIG-06, SIG-09 for JWS. */
#include "pki/raw_int.h"
#include "poterne/base/codec.h"
#include "poterne/pki/jws.h"
#include "tests/unit/pki/sealworld.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdio.h>

static struct sealworld kit;
static struct pt_buf jws;
static const char content[] = "{\"objet\":\"accus\xc3\xa9 de r\xc3\xa9"
                              "ception\"}";

static void setup(void)
{
    sealworld_open(&kit, &(struct sealworld_spec){.key = "P-256"});
    pt_buf_init(&jws, PT_JWS_MAX);
}

static void teardown(void)
{
    pt_buf_done(&jws);
    sealworld_close(&kit);
}

TestSuite(jws, .init = setup, .fini = teardown, .timeout = 120.0);

static struct pt_verdict verdict_of(pt_slice text, const char *detached)
{
    struct pt_verdict verdict;
    const struct pt_jws_check check = {.jws = text,
                                       .has_content = detached != NULL,
                                       .content = pt_slice_str(detached),
                                       .trust = &kit.trust,
                                       .now = SEALWORLD_NOW};
    cr_assert(pt_ok(pt_jws_verify(&check, &verdict)));
    return verdict;
}

static enum pt_reason reason_of(pt_slice text, const char *detached)
{
    struct pt_verdict verdict = verdict_of(text, detached);
    const enum pt_reason reason = verdict.reason;
    cr_expect_eq(pt_verdict_ok(&verdict), reason == PT_REASON_NONE);
    pt_verdict_done(&verdict);
    return reason;
}

static void seal(bool detached)
{
    const struct pt_statement statement =
        sealworld_content("demande.json", "application/json", pt_slice_str(content));
    pt_buf_clear(&jws);
    const pt_status st = pt_jws_seal(kit.signer, &statement, detached, &jws);
    cr_assert(pt_ok(st), "%x at %s", st.code, st.origin);
}

Test(jws, what_we_seal_is_valid_and_covers_everything)
{
    static const char *const keys[] = {"P-256", "P-384", "RSA-3072"};
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        sealworld_close(&kit);
        sealworld_open(&kit, &(struct sealworld_spec){.key = keys[i]});
        for (int detached = 0; detached < 2; detached++) {
            seal(detached == 1);
            struct pt_verdict verdict =
                verdict_of(pt_buf_slice(&jws), detached == 1 ? content : NULL);
            cr_expect_eq(verdict.kind, PT_VERDICT_VALID, "%s: %s", keys[i],
                         pt_reason_code(verdict.reason));
            cr_expect_eq(verdict.coverage, PT_COVERS_WHOLE);
            cr_expect_eq(verdict.level, PT_LEVEL_B_B);
            cr_expect_eq(verdict.format, PT_FORMAT_JWS);
            cr_expect_str_eq(verdict.signer.common_name, "Cachet de test");
            cr_expect_eq(verdict.times.claimed, SEALWORLD_NOW);
            cr_expect(!verdict.times.has_proven);
            pt_verdict_done(&verdict);
        }
    }
}

Test(jws, the_content_comes_out_after_a_yes_and_only_then)
{
    struct pt_buf out;
    pt_buf_init(&out, 4096U);
    seal(false);
    struct pt_verdict verdict = verdict_of(pt_buf_slice(&jws), NULL);
    struct pt_jws_check check = {.jws = pt_buf_slice(&jws), .trust = &kit.trust};
    cr_assert(pt_ok(pt_jws_content(&check, &verdict, &out)));
    cr_expect(pt_slice_eq(pt_buf_slice(&out), pt_slice_str(content)));
    pt_verdict_refuse(&verdict, PT_REASON_SIGNATURE);
    cr_expect_eq(pt_jws_content(&check, &verdict, &out).code, PT_E_DENIED);
    pt_verdict_done(&verdict);
    seal(true);
    verdict = verdict_of(pt_buf_slice(&jws), content);
    check.jws = pt_buf_slice(&jws);
    cr_expect_eq(pt_jws_content(&check, &verdict, &out).code, PT_E_DENIED);
    pt_verdict_done(&verdict);
    pt_buf_done(&out);
}

Test(jws, a_detached_content_is_the_one_that_was_sealed)
{
    seal(true);
    cr_expect_eq(reason_of(pt_buf_slice(&jws), NULL), PT_REASON_CONTENT_ABSENT);
    cr_expect_eq(reason_of(pt_buf_slice(&jws), "autre"), PT_REASON_SIGNATURE);
    cr_expect_eq(reason_of(pt_buf_slice(&jws), ""), PT_REASON_SIGNATURE);
    seal(false);
    cr_expect_eq(reason_of(pt_buf_slice(&jws), "autre"), PT_REASON_DIGEST);
    cr_expect_eq(reason_of(pt_buf_slice(&jws), content), PT_REASON_NONE);
}

/* SIG-09: one byte of the content more or less is another content, however equal it means. */
Test(jws, SIG_09_raw_bytes_are_sealed_not_their_meaning)
{
    seal(true);
    cr_expect_eq(reason_of(pt_buf_slice(&jws), "{ \"objet\":\"accus\xc3\xa9 de r\xc3\xa9"
                                               "ception\"}"),
                 PT_REASON_SIGNATURE);
    cr_expect_eq(reason_of(pt_buf_slice(&jws), "{\"objet\":\"accus\\u00e9 de r\\u00e9"
                                               "ception\"}"),
                 PT_REASON_SIGNATURE);
}

Test(jws, every_changed_character_is_noticed)
{
    seal(false);
    for (size_t i = 0U; i < jws.len; i += 1U + jws.len / 400U) {
        const char kept = jws.ptr[i];
        jws.ptr[i] = kept == 'A' ? 'B' : 'A';
        cr_expect_neq(reason_of(pt_buf_slice(&jws), NULL), PT_REASON_NONE, "%zu", i);
        jws.ptr[i] = kept;
    }
    for (size_t n = 0U; n < jws.len; n += 1U + jws.len / 200U) {
        cr_expect_neq(reason_of(pt_slice_of(jws.ptr, n), NULL), PT_REASON_NONE, "%zu", n);
    }
}

/* --- headers of our own making ---------------------------------------------------------------- */

static void encode(struct pt_buf *out, const char *text)
{
    pt_b64url_encode(out, pt_slice_str(text));
}

static void sign_es256(struct pt_buf *text)
{
    struct pt_buf value;
    unsigned char der[256];
    size_t n = sizeof(der);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    cr_assert_eq(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, kit.leaf.key), 1);
    cr_assert_eq(EVP_DigestSign(md, der, &n, (const unsigned char *)text->ptr, text->len), 1);
    EVP_MD_CTX_free(md);
    pt_buf_init(&value, 1024U);
    pt_buf_put(&value, pt_slice_of(der, n));
    cr_assert(pt_ok(pt_raw_from_der(kit.leaf.key, &value)));
    pt_buf_put_byte(text, '.');
    pt_b64url_encode(text, pt_buf_slice(&value));
    pt_buf_done(&value);
}

static void thumbprint(char out[static 64])
{
    unsigned char sha[32];
    test_cert_fingerprint(&kit.leaf, sha);
    const size_t n = pt_b64url_encode_raw(pt_slice_of(sha, 32U), out);
    out[n] = '\0';
}

static char *x5c(void)
{
    unsigned char *der = NULL;
    const int n = i2d_X509(kit.leaf.cert, &der);
    char *const text = calloc(1U, PT_B64_LEN((size_t)n) + 1U);
    cr_assert(n > 0 && text != NULL);
    (void)pt_b64_encode_raw(pt_slice_of(der, (size_t)n), text);
    OPENSSL_free(der);
    return text;
}

/* $T stands for the thumbprint, $C for the certificate. Signed with the right key, as ES256. */
static enum pt_reason with_header(const char *pattern, const char *payload)
{
    struct pt_buf header;
    char sha[64];
    char *const cert = x5c();
    thumbprint(sha);
    pt_buf_init(&header, 65536U);
    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at == '$') {
            at++;
            pt_buf_put_str(&header, *at == 'T' ? sha : cert);
        } else {
            pt_buf_put_byte(&header, *at);
        }
    }
    pt_buf_clear(&jws);
    pt_b64url_encode(&jws, pt_buf_slice(&header));
    pt_buf_put_byte(&jws, '.');
    encode(&jws, payload);
    sign_es256(&jws);
    pt_buf_done(&header);
    free(cert);
    return reason_of(pt_buf_slice(&jws), NULL);
}

#define GOOD "\"x5t#S256\":\"$T\",\"x5c\":[\"$C\"]"

static const struct {
    const char *header;
    enum pt_reason want;
} headers_tried[] = {
    {"{\"alg\":\"ES256\"," GOOD "}", PT_REASON_NONE},
    {"{\"alg\":\"ES256\",\"iat\":1795478400," GOOD "}", PT_REASON_NONE},
    {"{\"alg\":\"ES256\",\"sigT\":\"2026-11-24T00:00:00Z\",\"crit\":[\"sigT\"]," GOOD "}",
     PT_REASON_NONE},
    {"{\"alg\":\"ES256\",\"typ\":\"jose\",\"kid\":\"a\",\"inconnu\":[1]," GOOD "}", PT_REASON_NONE},
    {"{\"alg\":\"none\"," GOOD "}", PT_REASON_FORBIDDEN_ALGORITHM},
    {"{\"alg\":\"None\"," GOOD "}", PT_REASON_FORBIDDEN_ALGORITHM},
    {"{\"alg\":\"HS256\"," GOOD "}", PT_REASON_FORBIDDEN_ALGORITHM},
    {"{\"alg\":\"RS256\"," GOOD "}", PT_REASON_FORBIDDEN_ALGORITHM},
    {"{\"alg\":\"es256\"," GOOD "}", PT_REASON_FORBIDDEN_ALGORITHM},
    {"{\"alg\":\"ES384\"," GOOD "}", PT_REASON_FORBIDDEN_ALGORITHM},
    {"{\"alg\":\"PS256\"," GOOD "}", PT_REASON_FORBIDDEN_ALGORITHM},
    {"{\"alg\":[\"ES256\"]," GOOD "}", PT_REASON_FORBIDDEN_ALGORITHM},
    {"{" GOOD "}", PT_REASON_FORBIDDEN_ALGORITHM},
    {"{\"alg\":\"none\",\"alg\":\"ES256\"," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"crit\":[\"exp\"],\"exp\":1," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"crit\":[]," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"crit\":\"iat\",\"iat\":1," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"crit\":[\"iat\"]," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"crit\":[\"iat\",\"iat\"],\"iat\":1," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"crit\":[\"alg\"]," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"crit\":[1]," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"b64\":false,\"crit\":[\"b64\"]," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"b64\":true," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"zip\":\"DEF\"," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"jku\":\"https://x.invalid/\"," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"x5u\":\"https://x.invalid/\"," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"jwk\":{}," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"iat\":\"1\"," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"iat\":1.5," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"iat\":-1," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"iat\":1,\"sigT\":\"2026-11-24T00:00:00Z\"," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"sigT\":\"24/11/2026\"," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"cty\":1," GOOD "}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"x5c\":[\"$C\"]}", PT_REASON_CERTIFICATE_REFERENCE},
    {"{\"alg\":\"ES256\",\"x5t#S256\":\"AAAA\",\"x5c\":[\"$C\"]}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"x5c\":[\"$C\"],"
     "\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
     PT_REASON_CERTIFICATE_REFERENCE},
    {"{\"alg\":\"ES256\",\"x5t#S256\":\"$T\"}", PT_REASON_NO_CERTIFICATE},
    {"{\"alg\":\"ES256\",\"x5t#S256\":\"$T\",\"x5c\":[]}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"x5t#S256\":\"$T\",\"x5c\":[\"AAAA\"]}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"x5t#S256\":\"$T\",\"x5c\":[\"$C\\n\"]}", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"x5t#S256\":\"$T\",\"x5c\":[\"$C\",\"$C\",\"$C\",\"$C\",\"$C\","
     "\"$C\",\"$C\",\"$C\",\"$C\"]}",
     PT_REASON_TOO_LARGE},
    {"{\"alg\":\"ES256\",\"sigD\":{\"mId\":\""
     "http://uri.etsi.org/19182/ObjectIdByURI"
     "\",\"pars\":[\"a\"]},\"crit\":[\"sigD\"]," GOOD "}",
     PT_REASON_HEADER},
    {"{\"alg\":\"ES256\",\"sigD\":{\"mId\":\"http://uri.etsi.org/19182/HttpHeaders\","
     "\"pars\":[\"a\"]},\"crit\":[\"sigD\"]," GOOD "}",
     PT_REASON_HEADER},
    {"[\"ES256\"]", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\"", PT_REASON_HEADER},
    {"{\"alg\":\"ES256\"," GOOD "} ", PT_REASON_NONE},
    {"{\"alg\":\"ES256\"," GOOD "}x", PT_REASON_HEADER},
};

Test(jws, CRY_09_headers_that_are_refused_although_the_signature_is_right)
{
    for (size_t i = 0U; i < PT_COUNT(headers_tried); i++) {
        const enum pt_reason got = with_header(headers_tried[i].header, "contenu");
        cr_expect_eq(got, headers_tried[i].want, "%.120s -> %s", headers_tried[i].header,
                     pt_reason_code(got));
    }
}

Test(jws, a_detached_name_must_be_critical_and_alone)
{
    static const char *const headers[] = {
        "{\"alg\":\"ES256\",\"sigD\":{\"mId\":\"http://uri.etsi.org/19182/ObjectIdByURI\","
        "\"pars\":[\"a\"]}," GOOD "}",
        "{\"alg\":\"ES256\",\"sigD\":{\"mId\":\"http://uri.etsi.org/19182/ObjectIdByURI\","
        "\"pars\":[\"a\"]},\"iat\":1,\"crit\":[\"iat\"]," GOOD "}",
        "{\"alg\":\"ES256\",\"sigD\":{\"mId\":\"http://uri.etsi.org/19182/ObjectIdByURI\","
        "\"pars\":[\"a\",\"b\"]},\"crit\":[\"sigD\"]," GOOD "}",
        "{\"alg\":\"ES256\",\"sigD\":{\"mId\":\"http://uri.etsi.org/19182/ObjectIdByURI\","
        "\"pars\":[\"\"]},\"crit\":[\"sigD\"]," GOOD "}",
        "{\"alg\":\"ES256\",\"sigD\":{\"mId\":\"http://uri.etsi.org/19182/ObjectIdByURI\","
        "\"pars\":[\"a\"],\"hashM\":\"S256\"},\"crit\":[\"sigD\"]," GOOD "}",
    };
    for (size_t i = 0U; i < PT_COUNT(headers); i++) {
        cr_expect_eq(with_header(headers[i], ""), PT_REASON_HEADER, "%zu", i);
    }
    cr_expect_eq(with_header("{\"alg\":\"ES256\",\"sigD\":{\"mId\":"
                             "\"http://uri.etsi.org/19182/ObjectIdByURI\",\"pars\":[\"a\"]},"
                             "\"crit\":[\"sigD\"]," GOOD "}",
                             ""),
                 PT_REASON_CONTENT_ABSENT);
}

/* The classic: the public key as a secret of HMAC. */
Test(jws, CRY_09_the_public_key_is_no_hmac_secret)
{
    unsigned char mac[32];
    unsigned int n = 0U;
    char *const cert = x5c();
    char sha[64];
    char header[4096];
    thumbprint(sha);
    (void)snprintf(header, sizeof(header),
                   "{\"alg\":\"HS256\",\"x5t#S256\":\"%s\",\"x5c\":[\"%s\"]}", sha, cert);
    encode(&jws, header);
    pt_buf_put_byte(&jws, '.');
    encode(&jws, content);
    cr_assert_not_null(HMAC(EVP_sha256(), kit.leaf_pem, (int)strlen(kit.leaf_pem),
                            (const unsigned char *)jws.ptr, jws.len, mac, &n));
    pt_buf_put_byte(&jws, '.');
    pt_b64url_encode(&jws, pt_slice_of(mac, n));
    cr_expect_eq(reason_of(pt_buf_slice(&jws), NULL), PT_REASON_FORBIDDEN_ALGORITHM);
    free(cert);
}

Test(jws, the_form_is_three_parts_of_strict_base64url)
{
    static const char *const texts[] = {"", ".", "..", "a.b", "a.b.c.d", "a..", ".b.c", "e30..QQ"};
    for (size_t i = 0U; i < PT_COUNT(texts); i++) {
        cr_expect_neq(reason_of(pt_slice_str(texts[i]), NULL), PT_REASON_NONE, "%s", texts[i]);
    }
    seal(false);
    struct pt_buf text;
    pt_buf_init(&text, PT_JWS_MAX);
    static const char *const tails[] = {"=", "\n", " ", ".", "A"};
    for (size_t i = 0U; i < PT_COUNT(tails); i++) {
        pt_buf_clear(&text);
        pt_buf_put(&text, pt_buf_slice(&jws));
        pt_buf_put_str(&text, tails[i]);
        cr_expect_neq(reason_of(pt_buf_slice(&text), NULL), PT_REASON_NONE, "%zu", i);
    }
    pt_buf_done(&text);
}

Test(jws, SIG_01_the_verdict_names_what_stands_between_it_and_a_yes)
{
    struct pt_trust whole = kit.trust;
    seal(false);
    kit.trust.nanchors = 0U;
    cr_expect_eq(reason_of(pt_buf_slice(&jws), NULL), PT_REASON_NO_PATH);
    kit.trust = whole;
    kit.trust.evidence.ncrls = 0U;
    cr_expect_eq(reason_of(pt_buf_slice(&jws), NULL), PT_REASON_REVOCATION_UNKNOWN);
    sealworld_close(&kit);
    sealworld_open(&kit, &(struct sealworld_spec){.key = "P-256", .revoked = true});
    seal(false);
    cr_expect_eq(reason_of(pt_buf_slice(&jws), NULL), PT_REASON_REVOKED_NO_PROOF);
}

/* SIG-06: whatever time it claims, an expired certificate without a token stays undecided. */
Test(jws, SIG_06_a_claimed_time_changes_nothing)
{
    sealworld_close(&kit);
    sealworld_open(&kit, &(struct sealworld_spec){.key = "P-256",
                                                  .from = SEALWORLD_NOW - 400L * 86400,
                                                  .until = SEALWORLD_NOW - 86400,
                                                  .sealed_at = SEALWORLD_NOW - 30L * 86400});
    static const char *const times[] = {"1760000000", "1793000000", "1795478400"};
    for (size_t i = 0U; i < PT_COUNT(times); i++) {
        char header[256];
        (void)snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"iat\":%s," GOOD "}", times[i]);
        cr_expect_eq(with_header(header, "x"), PT_REASON_EXPIRED_NO_PROOF, "%s", times[i]);
    }
}

Test(jws, what_cannot_be_sealed_is_refused)
{
    struct pt_statement statement = sealworld_content("", "", pt_slice_str(content));
    cr_expect_eq(pt_jws_seal(kit.signer, &statement, true, &jws).code, PT_E_ARG);
    cr_expect(pt_ok(pt_jws_seal(kit.signer, &statement, false, &jws)));
    statement.kind = PT_STATEMENT_DOCUMENT;
    statement.is.document = (struct pt_statement_document){.digest_len = 32U};
    cr_expect_eq(pt_jws_seal(kit.signer, &statement, false, &jws).code, PT_E_ABSENT);
    cr_expect_eq(pt_jws_seal(NULL, &statement, false, &jws).code, PT_E_ARG);
    pt_signer_revoke(kit.signer);
    statement = sealworld_content("", "", pt_slice_str(content));
    const pt_status st = pt_jws_seal(kit.signer, &statement, false, &jws);
    cr_expect_eq(st.code, PT_E_DENIED);
    cr_expect_eq(st.aux, PT_SIGNER_REVOKED);
}

Test(jws, raw_signatures_have_the_length_of_their_curve)
{
    struct pt_buf out;
    static const uint8_t raw[132] = {1U};
    pt_buf_init(&out, 1024U);
    cr_expect_eq(pt_raw_to_der(kit.leaf.key, pt_slice_of(raw, 63U), &out).code, PT_E_SYNTAX);
    cr_expect_eq(pt_raw_to_der(kit.leaf.key, pt_slice_of(raw, 96U), &out).code, PT_E_SYNTAX);
    cr_expect(pt_ok(pt_raw_to_der(kit.leaf.key, pt_slice_of(raw, 64U), &out)));
    cr_expect(pt_ok(pt_raw_from_der(kit.leaf.key, &out)));
    cr_expect(pt_slice_eq(pt_buf_slice(&out), pt_slice_of(raw, 64U)));
    cr_expect_eq(pt_raw_from_der(kit.leaf.key, &out).code, PT_E_CRYPTO);
    pt_buf_done(&out);
}

Test(jws, running_out_of_memory_is_never_a_yes)
{
    seal(true);
    TORTURE(nth)
    {
        struct pt_verdict verdict;
        const struct pt_jws_check check = {.jws = pt_buf_slice(&jws),
                                           .has_content = true,
                                           .content = pt_slice_str(content),
                                           .trust = &kit.trust,
                                           .now = SEALWORLD_NOW};
        torture_arm(nth);
        const pt_status st = pt_jws_verify(&check, &verdict);
        torture_disarm();
        const bool done = pt_ok(st) && pt_verdict_ok(&verdict);
        cr_expect(done || verdict.kind != PT_VERDICT_VALID);
        pt_verdict_done(&verdict);
        if (done && torture_seen() <= nth) {
            return;
        }
    }
    cr_assert(false);
}
