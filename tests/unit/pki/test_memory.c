/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Out of memory inside OpenSSL (tests/support/starve.h).
 */
#include "poterne/pki/ca.h"
#include "poterne/pki/cert.h"
#include "poterne/pki/digest.h"
#include "poterne/pki/key.h"
#include "starve.h"

#include <criterion/criterion.h>

struct world {
    struct pt_key *ca_key;
    struct pt_key *key;
    struct pt_buf ca_pem;
    struct pt_buf key_pem;
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
}

static void teardown(void)
{
    world.ca_key = pt_key_free(world.ca_key);
    world.key = pt_key_free(world.key);
    pt_buf_done(&world.ca_pem);
    pt_buf_done(&world.key_pem);
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

Test(memory, a_digest_survives_a_starving_openssl)
{
    starve(digest, "digest");
}
