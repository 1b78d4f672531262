/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Out of memory inside OpenSSL (tests/support/starve.h).
 */
#include "poterne/pki/ca.h"
#include "poterne/pki/cert.h"
#include "poterne/pki/csr.h"
#include "poterne/pki/digest.h"
#include "poterne/pki/key.h"
#include "poterne/pki/lint.h"
#include "starve.h"

#include <criterion/criterion.h>

struct world {
    struct pt_key *ca_key;
    struct pt_key *key;
    struct pt_buf ca_pem;
    struct pt_buf key_pem;
    struct pt_buf leaf_pem;
    struct pt_buf list_pem; /* with another certificate on it */
};

static struct world world;

static const struct pt_ca_subject subject = {
    .common_name = PT_SLICE_INIT("x"),
    .organization = PT_SLICE_INIT("Commune"),
    .siret = PT_SLICE_INIT("21680999600004"),
};

static pt_status make_cert(struct pt_buf *out)
{
    static const pt_slice names[] = {PT_SLICE_INIT("localhost"), PT_SLICE_INIT("127.0.0.1")};
    const struct pt_ca_issuer issuer = {.cert_pem = pt_buf_slice(&world.ca_pem),
                                        .key = world.ca_key};
    const struct pt_ca_request request = {.profile = PT_CA_SERVER,
                                          .subject = subject,
                                          .names = names,
                                          .nnames = PT_COUNT(names),
                                          .now = 1795478400};
    return pt_ca_issue(&request, world.key, &issuer, out);
}

static pt_status make_list(struct pt_buf *out)
{
    const struct pt_ca_issuer issuer = {.cert_pem = pt_buf_slice(&world.ca_pem),
                                        .key = world.ca_key};
    const struct pt_ca_crl request = {.now = 1795478400};
    return pt_ca_crl(&request, &issuer, out);
}

/* A list over the one before it, with one more certificate. */
static pt_status make_next_list(struct pt_buf *out)
{
    const struct pt_ca_issuer issuer = {.cert_pem = pt_buf_slice(&world.ca_pem),
                                        .key = world.ca_key};
    const struct pt_ca_crl request = {.now = 1795478400,
                                      .previous = pt_buf_slice(&world.list_pem),
                                      .revoke = pt_buf_slice(&world.leaf_pem)};
    return pt_ca_crl(&request, &issuer, out);
}

static pt_status make_request(struct pt_buf *out)
{
    static const pt_slice names[] = {PT_SLICE_INIT("localhost"), PT_SLICE_INIT("::1")};
    const struct pt_csr_request request = {.profile = PT_CSR_AUTH_SERVEUR,
                                           .subject = subject,
                                           .names = names,
                                           .nnames = PT_COUNT(names),
                                           .days = 20781};
    return pt_csr_make(&request, pt_buf_slice(&world.key_pem), out);
}

static pt_status make_key(struct pt_buf *out)
{
    return pt_csr_key("p-384", 20781, out);
}

static pt_status read_names(struct pt_buf *out)
{
    return pt_cert_names(pt_buf_slice(&world.leaf_pem), out);
}

static pt_status read_key_facts(struct pt_buf *out)
{
    struct pt_key_facts facts;
    (void)out;
    return pt_pem_key_facts(pt_buf_slice(&world.key_pem), &facts);
}

static pt_status read_key_spki(struct pt_buf *out)
{
    uint8_t digest[PT_SHA256_LEN];
    (void)out;
    return pt_pem_key_spki_sha256(pt_buf_slice(&world.key_pem), digest);
}

static pt_status read_digests(struct pt_buf *out)
{
    uint8_t digest[PT_SHA256_LEN];
    (void)out;
    PT_TRY(pt_cert_sha256(pt_buf_slice(&world.leaf_pem), digest));
    return pt_cert_spki_sha256(pt_buf_slice(&world.leaf_pem), digest);
}

static pt_status read_list(struct pt_buf *out)
{
    struct pt_crl_facts list;
    bool listed = false;
    (void)out;
    PT_TRY(pt_crl_facts(pt_buf_slice(&world.list_pem), &list));
    return pt_crl_lists(pt_buf_slice(&world.list_pem), pt_buf_slice(&world.leaf_pem), &listed);
}

static pt_status generate(struct pt_buf *out)
{
    struct pt_key *key = NULL;
    PT_TRY(pt_key_generate(PT_KEY_ED25519, &key));
    pt_status st = pt_key_public(key, out);
    st = pt_ok(st) ? pt_key_public(world.key, out) : st;
    (void)pt_key_free(key);
    return st;
}

static pt_status sign(struct pt_buf *out)
{
    return pt_key_sign(world.key, PT_SLICE("message"), out);
}

static pt_status write_key(struct pt_buf *out)
{
    return pt_key_to_pem(world.key, out);
}

static pt_status read_key(struct pt_buf *out)
{
    struct pt_key *key = NULL;
    PT_TRY(pt_key_from_pem(pt_buf_slice(&world.key_pem), &key));
    const pt_status st = pt_key_vkey(key, PT_SLICE("origine"), out);
    (void)pt_key_free(key);
    return st;
}

static pt_status judge(struct pt_buf *out)
{
    struct pt_cert_facts facts;
    (void)out;
    return pt_cert_facts(pt_buf_slice(&world.ca_pem), &facts);
}

/* Out of memory is a failure of the run: the verdicts are those of a full run, or none at all. */
static pt_status lint(struct pt_buf *out)
{
    const struct pt_lint_request request = {
        .profile = PT_LINT_AUTH_SERVEUR, .now = 1795478400, .issuer = pt_buf_slice(&world.ca_pem)};
    struct pt_lint_report report;
    const pt_status st = pt_lint(pt_buf_slice(&world.leaf_pem), &request, &report);
    if (pt_ok(st)) {
        cr_expect_eq(report.failed, 1U); /* the common name "x" is not in the SAN */
        cr_expect_eq(report.warned, 1U);
        cr_expect_str_eq(report.siren, "216809996");
    }
    (void)out;
    return st;
}

static pt_status siren(struct pt_buf *out)
{
    char text[PT_SIREN_LEN + 1U];
    (void)out;
    return pt_cert_siren(pt_buf_slice(&world.ca_pem), text);
}

static pt_status digest(struct pt_buf *out)
{
    uint8_t sha[PT_SHA256_LEN];
    (void)out;
    return pt_sha256(PT_SLICE("abc"), sha);
}

static void setup(void)
{
    const struct pt_ca_request request = {
        .profile = PT_CA_ROOT, .subject = subject, .now = 1795478400};
    pt_buf_init(&world.ca_pem, 65536U);
    pt_buf_init(&world.key_pem, 65536U);
    cr_assert(pt_ok(pt_key_generate(PT_KEY_P256, &world.ca_key)));
    cr_assert(pt_ok(pt_key_generate(PT_KEY_P256, &world.key)));
    cr_assert(pt_ok(pt_ca_issue(&request, world.ca_key, NULL, &world.ca_pem)));
    cr_assert(pt_ok(pt_key_to_pem(world.key, &world.key_pem)));
    pt_buf_init(&world.leaf_pem, 65536U);
    pt_buf_init(&world.list_pem, 65536U);
    cr_assert(pt_ok(make_cert(&world.leaf_pem)));
    const struct pt_ca_issuer issuer = {.cert_pem = pt_buf_slice(&world.ca_pem),
                                        .key = world.ca_key};
    const struct pt_ca_crl first = {.now = 1795478400, .revoke = pt_buf_slice(&world.leaf_pem)};
    cr_assert(pt_ok(pt_ca_crl(&first, &issuer, &world.list_pem)));
    pt_buf_clear(&world.leaf_pem);
    cr_assert(pt_ok(make_cert(&world.leaf_pem)));
}

static void teardown(void)
{
    world.ca_key = pt_key_free(world.ca_key);
    world.key = pt_key_free(world.key);
    pt_buf_done(&world.ca_pem);
    pt_buf_done(&world.key_pem);
    pt_buf_done(&world.leaf_pem);
    pt_buf_done(&world.list_pem);
}

TestSuite(memory, .init = setup, .fini = teardown, .timeout = 120.0);

Test(memory, signing_survives_a_starving_openssl)
{
    starve(sign, "sign");
}

Test(memory, reading_and_writing_keys_survives_a_starving_openssl)
{
    starve(write_key, "write_key");
    starve(read_key, "read_key");
}

Test(memory, certificates_and_lists_survive_a_starving_openssl)
{
    starve(make_cert, "make_cert");
    starve(make_list, "make_list");
    starve(judge, "judge");
}

Test(memory, a_lint_under_a_starving_openssl_is_right_or_says_that_memory_ran_out)
{
    starve(lint, "lint");
    starve(siren, "siren");
}

Test(memory, the_next_list_survives_a_starving_openssl)
{
    starve(make_next_list, "make_next_list");
}

Test(memory, requests_survive_a_starving_openssl)
{
    starve(make_request, "make_request");
    starve(make_key, "make_key");
    starve(generate, "generate");
}

Test(memory, names_and_facts_survive_a_starving_openssl)
{
    starve(read_names, "read_names");
    starve(read_key_facts, "read_key_facts");
    starve(read_key_spki, "read_key_spki");
    starve(read_digests, "read_digests");
    starve(read_list, "read_list");
}

Test(memory, a_digest_survives_a_starving_openssl)
{
    starve(digest, "digest");
}
