/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * bench_seal.c -- seals and verifications a second, beside the bare signatures they cannot do
 * without: bench_seal SECONDS FILE.json
 *
 * The yardstick is EVP in the same process, in turn with ours, so that both meet the same machine:
 * one signature for a seal; for a verification as many as the verdict needs (the seal's, its
 * certificate's, its list of revocation's, and the same three of the time-stamp for B-T). Medians
 * of several rounds. The keys are made when it runs; nothing is written but the figures.
 */
#include "poterne/pki/asice.h"
#include "poterne/pki/cms.h"
#include "poterne/pki/jws.h"
#include "poterne/pki/tsp.h"
#include "poterne/pki/xmlsig.h"
#include "sealkit.h"

#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 5

static struct seal_kit kit;
static struct pt_buf seal_bb;
static struct pt_buf seal_bt;
static struct pt_buf seal_xml;
static struct pt_buf seal_jws;
static struct pt_buf seal_box;
static struct pt_buf work;

/* 2 KiB of each: bytes for CMS, JWS and the container, an element of text for XML. */
static char document[2048];
static char xml_document[2048];

static void must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "bench_seal: %s\n", what);
        exit(1);
    }
}

static double now(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct pt_statement statement(void)
{
    return (struct pt_statement){
        .kind = PT_STATEMENT_CONTENT,
        .time = KIT_NOW,
        .is.content = {.name = PT_SLICE("accuse.json"),
                       .media_type = PT_SLICE("application/json"),
                       .bytes = pt_slice_of(document, sizeof(document))},
    };
}

static void fill_xml(void)
{
    memset(xml_document, 'a', sizeof(xml_document));
    memcpy(xml_document, "<d>", 3U);
    memcpy(xml_document + sizeof(xml_document) - 4U, "</d>", 4U);
}

static void one_seal_xml(void)
{
    struct pt_statement s = statement();
    s.is.content.name = PT_SLICE("accuse.xml");
    s.is.content.media_type = PT_SLICE("text/xml");
    s.is.content.bytes = pt_slice_of(xml_document, sizeof(xml_document));
    pt_buf_clear(&work);
    must(pt_ok(pt_xml_seal_enveloped(kit.signer, &s, &work)), "seal XAdES");
}

static void one_seal_jws(void)
{
    const struct pt_statement s = statement();
    pt_buf_clear(&work);
    must(pt_ok(pt_jws_seal(kit.signer, &s, false, &work)), "seal JWS");
}

static void one_seal_box(void)
{
    const struct pt_statement s = statement();
    pt_buf_clear(&work);
    must(pt_ok(pt_asice_seal(kit.signer, &s, 1U, &work)), "seal ASiC-E");
}

static void one_seal(void)
{
    const struct pt_statement s = statement();
    pt_buf_clear(&work);
    must(pt_ok(pt_cades_seal(kit.signer, &s, false, &work)), "seal");
}

static void verify(const struct pt_buf *seal)
{
    struct pt_verdict verdict;
    const struct pt_cms_check check = {
        .cms = pt_buf_slice(seal),
        .has_content = true,
        .content = pt_slice_of(document, sizeof(document)),
        .trust = &kit.trust,
        .now = KIT_NOW + 10,
    };
    must(pt_ok(pt_cms_verify(&check, &verdict)) && verdict.kind == PT_VERDICT_VALID, "verify");
    pt_verdict_done(&verdict);
}

static void one_verify_bb(void)
{
    verify(&seal_bb);
}

static void one_verify_bt(void)
{
    verify(&seal_bt);
}

static void yes(pt_status st, struct pt_verdict *verdict, const char *what)
{
    must(pt_ok(st) && verdict->kind == PT_VERDICT_VALID, what);
    pt_verdict_done(verdict);
}

static void one_verify_xml(void)
{
    struct pt_verdict verdict;
    const struct pt_xml_check check = {
        .document = pt_buf_slice(&seal_xml), .trust = &kit.trust, .now = KIT_NOW + 10};
    yes(pt_xml_verify(&check, &verdict), &verdict, "verify XAdES");
}

static void one_verify_jws(void)
{
    struct pt_verdict verdict;
    const struct pt_jws_check check = {
        .jws = pt_buf_slice(&seal_jws), .trust = &kit.trust, .now = KIT_NOW + 10};
    yes(pt_jws_verify(&check, &verdict), &verdict, "verify JWS");
}

static void one_verify_box(void)
{
    struct pt_verdict verdict;
    const struct pt_asice_check check = {
        .container = pt_buf_slice(&seal_box), .trust = &kit.trust, .now = KIT_NOW + 10};
    yes(pt_asice_verify(&check, &verdict), &verdict, "verify ASiC-E");
}

/* --- the bare operations -----------------------------------------------------------------------
 */

static const char message[300];
static unsigned char signature[1024];
static size_t signature_len;

static bool options(EVP_PKEY_CTX *ctx, EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "RSA") != 1 ||
           (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
}

static const EVP_MD *md(void)
{
    return strcmp(pt_signer_digest(kit.signer), "sha384") == 0 ? EVP_sha384() : EVP_sha256();
}

static void bare_sign(void)
{
    EVP_PKEY_CTX *ctx = NULL;
    EVP_MD_CTX *const state = EVP_MD_CTX_new();
    unsigned char hash[48];
    signature_len = sizeof(signature);
    must(EVP_Digest(document, sizeof(document), hash, NULL, md(), NULL) == 1, "digest");
    must(EVP_DigestSignInit(state, &ctx, md(), NULL, kit.seal.key) == 1 &&
             options(ctx, kit.seal.key) &&
             EVP_DigestSign(state, signature, &signature_len, (const unsigned char *)message,
                            sizeof(message)) == 1,
         "bare signature");
    EVP_MD_CTX_free(state);
}

static void bare_verify(void)
{
    EVP_PKEY_CTX *ctx = NULL;
    EVP_MD_CTX *const state = EVP_MD_CTX_new();
    must(EVP_DigestVerifyInit(state, &ctx, md(), NULL, kit.seal.key) == 1 &&
             options(ctx, kit.seal.key) &&
             EVP_DigestVerify(state, signature, signature_len, (const unsigned char *)message,
                              sizeof(message)) == 1,
         "bare verification");
    EVP_MD_CTX_free(state);
}

/* The certificates, lists and tokens of this world are of P-256. */
static void p256_verify(void)
{
    must(X509_verify(kit.seal.cert, kit.root.key) == 1, "bare P-256");
}

static void bare_verify_bb(void)
{
    bare_verify();
    p256_verify();
    p256_verify();
}

static void bare_verify_bt(void)
{
    bare_verify_bb();
    p256_verify();
    p256_verify();
    p256_verify();
}

/* --- figures -----------------------------------------------------------------------------------
 */

static double rate(void (*call)(void), double seconds)
{
    unsigned long n = 0U;
    const double start = now();
    double end = start;
    do {
        for (unsigned i = 0U; i < 8U; i++) {
            call();
        }
        n += 8U;
        end = now();
    } while (end - start < seconds);
    return (double)n / (end - start);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

struct row {
    const char *name;
    const char *baseline;
    void (*ours)(void);
    void (*bare)(void);
};

static void measure(FILE *out, const char *key, const struct row *row, double seconds)
{
    static bool first = true;
    double ours[ROUNDS];
    double bare[ROUNDS];
    char name[64];
    for (size_t i = 0U; i < ROUNDS; i++) {
        ours[i] = rate(row->ours, seconds);
        bare[i] = rate(row->bare, seconds);
    }
    qsort(ours, ROUNDS, sizeof(double), ascending);
    qsort(bare, ROUNDS, sizeof(double), ascending);
    const double a = ours[ROUNDS / 2];
    const double b = bare[ROUNDS / 2];
    (void)snprintf(name, sizeof(name), "%s %s", row->name, key);
    (void)printf("%-28s %10.0f /s   %-44s %10.0f /s   %.2f\n", name, a, row->baseline, b, a / b);
    (void)fprintf(out,
                  "%s{\"name\":\"%s\",\"unit\":\"1/s\",\"ours\":%.1f,\"baseline\":%.1f,"
                  "\"baseline_name\":\"%s\",\"ratio\":%.3f,\"runs\":%d}",
                  first ? "[\n" : ",\n", name, a, b, row->baseline, a / b, ROUNDS);
    first = false;
}

static void stamp(void)
{
    const struct kit_tsa tsa = {.unit = &kit.unit, .time = KIT_NOW};
    struct pt_buf token;
    pt_buf_init(&token, PT_TSR_MAX);
    /* The signature value ends a B-B seal; its length stands before it. */
    size_t at = seal_bb.len - 60U;
    for (; at > 4U; at--) {
        const size_t len = seal_bb.len - at;
        const uint8_t *const p = (const uint8_t *)seal_bb.ptr + at;
        if ((len < 128U && p[-2] == 4U && p[-1] == len) ||
            (len >= 128U && p[-4] == 4U && p[-3] == 0x82U && (size_t)p[-2] * 256U + p[-1] == len)) {
            break;
        }
    }
    kit_token(&tsa, pt_slice_of(seal_bb.ptr + at, seal_bb.len - at), &token);
    must(pt_ok(pt_cades_stamp(pt_buf_slice(&seal_bb), pt_buf_slice(&token), &seal_bt)), "stamp");
    pt_buf_done(&token);
}

/* The seal that a row verifies is one that its neighbour made. */
static void keep(void (*seal)(void), struct pt_buf *kept)
{
    seal();
    pt_buf_clear(kept);
    pt_buf_put(kept, pt_buf_slice(&work));
}

#define THREE "3 signatures (seal, certificate, list)"

static const struct row rows[] = {
    {"seal CAdES B-B", "signature", one_seal, bare_sign},
    {"verify CAdES B-B", THREE, one_verify_bb, bare_verify_bb},
    {"verify CAdES B-T", "6 signatures (the same of the time-stamp)", one_verify_bt,
     bare_verify_bt},
    {"seal JWS", "signature", one_seal_jws, bare_sign},
    {"verify JWS", THREE, one_verify_jws, bare_verify_bb},
};

/* We seal XML, and the containers that hold it, with the curves alone. */
static const struct row xml_rows[] = {
    {"seal XAdES B-B", "signature", one_seal_xml, bare_sign},
    {"verify XAdES B-B", THREE, one_verify_xml, bare_verify_bb},
    {"seal ASiC-E", "signature", one_seal_box, bare_sign},
    {"verify ASiC-E", THREE, one_verify_box, bare_verify_bb},
};

static void measure_xml(FILE *out, const char *key, double seconds)
{
    keep(one_seal_xml, &seal_xml);
    keep(one_seal_box, &seal_box);
    for (size_t i = 0U; i < PT_COUNT(xml_rows); i++) {
        measure(out, key, &xml_rows[i], seconds);
    }
}

static void measure_key(FILE *out, const char *key, double seconds)
{
    kit_new(&kit, key);
    keep(one_seal, &seal_bb);
    keep(one_seal_jws, &seal_jws);
    pt_buf_clear(&seal_bt);
    stamp();
    bare_sign();
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        measure(out, key, &rows[i], seconds);
    }
    if (strncmp(key, "RSA", 3U) != 0) {
        measure_xml(out, key, seconds);
    }
    kit_free(&kit);
}

int main(int argc, char **argv)
{
    static const char *const keys[] = {"P-256", "P-384", "RSA-3072"};
    must(argc == 3, "usage: bench_seal SECONDS FILE.json");
    FILE *const out = fopen(argv[2], "we");
    must(out != NULL, argv[2]);
    struct pt_buf *const bufs[] = {&seal_bb, &seal_bt, &seal_xml, &seal_jws, &seal_box, &work};
    for (size_t i = 0U; i < PT_COUNT(bufs); i++) {
        pt_buf_init(bufs[i], 65536U);
    }
    fill_xml();
    for (size_t i = 0U; i < PT_COUNT(keys); i++) {
        measure_key(out, keys[i], strtod(argv[1], NULL));
    }
    for (size_t i = 0U; i < PT_COUNT(bufs); i++) {
        pt_buf_done(bufs[i]);
    }
    must(fputs("\n]\n", out) >= 0 && fclose(out) == 0, argv[2]);
    return 0;
}
