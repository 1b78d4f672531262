/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The chain: explicit anchors only, purposes, policy by date (CRY-01, CRY-02, TLS-16, SIG-06), and
 * a request that breaks its contract.
 */
#include "pki/path_int.h"
#include "poterne/pki/cert.h"
#include "tests/unit/pki/path_world.h"

#include <criterion/criterion.h>
#include <openssl/x509v3.h>

TestSuite(path, .init = world_setup, .fini = world_teardown, .timeout = 60.0);

/* One more certificate under @issuer, as the target of a request; with the lists that clear it. */
struct asked {
    struct test_cert_spec spec;
    enum who issuer;
    enum pt_path_purpose purpose;
    int64_t at, fresh;
};

static pt_slice der_of(const struct test_cert *cert, struct pt_buf *out)
{
    unsigned char *der = NULL;
    const int n = i2d_X509(cert->cert, &der);
    pt_buf_put(out, pt_slice_of(der, (size_t)n));
    OPENSSL_free(der);
    return pt_buf_slice(out);
}

static void list_of(const struct test_cert *issuer, int64_t at, struct pt_buf *out)
{
    test_list_der(&(struct test_list){.name = issuer, .from = at - HOUR, .until = at + HOUR}, out);
}

static struct pt_path_result ask(const struct asked *asked)
{
    struct pt_buf bytes[3];
    struct pt_path_result got;
    struct test_cert_spec spec = asked->spec;
    spec.issuer = &world.certs[asked->issuer];
    spec.now = (time_t)(NOW + asked->at);
    struct test_cert made = test_cert_new(&spec);
    for (size_t i = 0U; i < 3U; i++) {
        pt_buf_init(&bytes[i], 65536U);
    }
    list_of(&world.certs[ROOT], NOW + asked->fresh, &bytes[0]);
    list_of(&world.certs[asked->issuer], NOW + asked->fresh, &bytes[1]);
    const pt_slice lists[] = {pt_buf_slice(&bytes[0]), pt_buf_slice(&bytes[1])};
    struct pt_path_request request = world_request(LEAF);
    request.target = der_of(&made, &bytes[2]);
    request.purpose = asked->purpose;
    request.at_s += asked->at;
    request.fresh_s += asked->fresh;
    request.evidence = (struct pt_path_evidence){.crls = lists, .ncrls = 2U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    for (size_t i = 0U; i < 3U; i++) {
        pt_buf_done(&bytes[i]);
    }
    test_cert_free(&made);
    return got;
}

static void expect(const struct asked *asked, const char *code, const char *name)
{
    const struct pt_path_result got = ask(asked);
    cr_expect_str_eq(pt_path_reason_code(got.reason), code, "%s: %s (%u)", name,
                     pt_path_reason_code(got.reason), got.aux);
    cr_expect_eq(got.verdict == PT_PATH_GOOD, strcmp(code, "ok") == 0, "%s", name);
}

Test(path, TLS_16_each_purpose_asks_for_its_usages)
{
    static const struct {
        const char *name, *code;
        struct asked asked;
    } cases[] = {
        {"client", "ok", {{.eku = "clientAuth"}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"both usages", "ok", {{.eku = "clientAuth,serverAuth"}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"a server is no client", "purpose", {{.eku = "serverAuth"}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"no extended usage is no permission", "purpose", {{.cn = "x"}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"client without digitalSignature",
         "purpose",
         {{.eku = "clientAuth", .key_usage = "critical,keyAgreement"}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"server", "ok", {{.eku = "serverAuth"}, SUB, PT_PATH_SERVER, 0, 0}},
        {"a client is no server", "purpose", {{.eku = "clientAuth"}, SUB, PT_PATH_SERVER, 0, 0}},
        {"seal", "ok", {{.cn = "cachet"}, SUB, PT_PATH_SEAL, 0, 0}},
        {"seal by nonRepudiation",
         "ok",
         {{.key_usage = "critical,nonRepudiation"}, SUB, PT_PATH_SEAL, 0, 0}},
        {"signature and authentication in one",
         "ok",
         {{.eku = "clientAuth,emailProtection"}, SUB, PT_PATH_SEAL, 0, 0}},
        {"a machine does not seal", "purpose", {{.eku = "clientAuth"}, SUB, PT_PATH_SEAL, 0, 0}},
        {"a key for encryption does not seal",
         "purpose",
         {{.key_usage = "critical,keyEncipherment"}, SUB, PT_PATH_SEAL, 0, 0}},
        {"time stamps", "ok", {{.eku = "critical,timeStamping"}, SUB, PT_PATH_TSU, 0, 0}},
        {"time stamps, not critical", "purpose", {{.eku = "timeStamping"}, SUB, PT_PATH_TSU, 0, 0}},
        {"time stamps, not alone",
         "purpose",
         {{.eku = "critical,timeStamping,clientAuth"}, SUB, PT_PATH_TSU, 0, 0}},
        {"a seal is no time stamp", "purpose", {{.cn = "cachet"}, SUB, PT_PATH_TSU, 0, 0}},
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        expect(&cases[i].asked, cases[i].code, cases[i].name);
    }
}

Test(path, CRY_02_each_fault_of_a_chain_has_its_code)
{
    static const struct {
        const char *name, *code;
        struct asked asked;
    } cases[] = {
        {"another root", "no-path", {{.eku = "clientAuth"}, OTHER, PT_PATH_CLIENT, 0, 0}},
        {"a bearer is no authority",
         "no-path",
         {{.eku = "clientAuth"}, LEAF, PT_PATH_CLIENT, 0, 0}},
        {"SHA-1", "policy", {{.eku = "clientAuth", .digest = "SHA1"}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"P-224", "policy", {{.eku = "clientAuth", .key = "P-224"}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"secp256k1",
         "policy",
         {{.eku = "clientAuth", .key = "secp256k1"}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"RSA-1024",
         "policy",
         {{.eku = "clientAuth", .key = "RSA-1024"}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"RSA-2048 in 2026",
         "ok",
         {{.eku = "clientAuth", .key = "RSA-2048"}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"Ed25519", "ok", {{.eku = "clientAuth", .key = "ED25519"}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"an unknown critical extension",
         "critical-extension",
         {{.eku = "clientAuth", .more = {{0, "critical"}}}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"an unknown extension that is not critical",
         "ok",
         {{.eku = "clientAuth", .more = {{0, "no"}}}, SUB, PT_PATH_CLIENT, 0, 0}},
        {"expired",
         "expired",
         {{.eku = "clientAuth", .from = NOW - 2 * DAY, .until = NOW - 1},
          SUB,
          PT_PATH_CLIENT,
          0,
          0}},
        {"not yet valid",
         "not-yet-valid",
         {{.eku = "clientAuth", .from = NOW + 1, .until = NOW + DAY}, SUB, PT_PATH_CLIENT, 0, 0}},
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        expect(&cases[i].asked, cases[i].code, cases[i].name);
    }
}

/* A chain of @authorities under the root, whose lists are all given. */
static const char *deep(int authorities, const struct test_cert_spec *last)
{
    struct test_cert made[8];
    struct pt_buf ders[8];
    struct pt_buf lists[8];
    pt_slice extra[8];
    pt_slice crls[8];
    struct pt_path_result got;
    const struct test_cert *issuer = &world.certs[ROOT];
    for (int i = 0; i <= authorities; i++) {
        static const char *const names[] = {"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"};
        struct test_cert_spec spec = {.cn = names[i], .ca = true, .now = NOW};
        if (i == 0 && last != NULL && last->ca) {
            spec = *last;
            spec.now = NOW;
        } else if (i == authorities) {
            spec = (struct test_cert_spec){.cn = "fin", .eku = "clientAuth", .now = NOW};
            spec.san = last != NULL ? last->san : NULL;
        }
        spec.issuer = issuer;
        spec.serial = 500 + i;
        made[i] = test_cert_new(&spec);
        pt_buf_init(&ders[i], 65536U);
        pt_buf_init(&lists[i], 65536U);
        extra[i] = der_of(&made[i], &ders[i]);
        list_of(issuer, NOW, &lists[i]);
        crls[i] = pt_buf_slice(&lists[i]);
        issuer = &made[i];
    }
    struct pt_path_request request = world_request(LEAF);
    request.target = extra[authorities];
    request.extra = extra;
    request.nextra = (size_t)authorities + 1U;
    request.evidence = (struct pt_path_evidence){.crls = crls, .ncrls = (size_t)authorities + 1U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    for (int i = 0; i <= authorities; i++) {
        test_cert_free(&made[i]);
        pt_buf_done(&ders[i]);
        pt_buf_done(&lists[i]);
    }
    return pt_path_reason_code(got.reason);
}

Test(path, depth_length_names_and_the_right_to_sign_are_bounds)
{
    cr_expect_str_eq(deep((int)PT_PATH_INTERMEDIATES_MAX, NULL), "ok");
    cr_expect_str_eq(deep((int)PT_PATH_INTERMEDIATES_MAX + 1, NULL), "too-deep");
    const struct test_cert_spec flat = {
        .cn = "plate", .ca = true, .basic = "critical,CA:TRUE,pathlen:0"};
    cr_expect_str_eq(deep(1, &flat), "ok");
    cr_expect_str_eq(deep(2, &flat), "path-length");
    const struct test_cert_spec mute = {
        .cn = "muette", .ca = true, .key_usage = "critical,cRLSign"};
    cr_expect_str_eq(deep(1, &mute), "issuer-not-authority");
    const struct test_cert_spec pretender = {.cn = "usurpateur", .ca = true, .basic = "CA:FALSE"};
    cr_expect_str_eq(deep(1, &pretender), "issuer-not-authority");
}

Test(path, a_name_outside_the_authoritys_perimeter_is_refused)
{
    struct test_cert sub = test_cert_new(&(struct test_cert_spec){
        .cn = "perimetre",
        .ca = true,
        .issuer = &world.certs[ROOT],
        .now = NOW,
        .more = {{NID_name_constraints, "critical,permitted;DNS:commune.test"}}});
    static const struct {
        const char *san, *code;
    } cases[] = {{"DNS:grc.commune.test", "no-evidence"},
                 {"DNS:grc.ailleurs.test", "name-constraints"}};
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        struct pt_buf ders[2];
        struct pt_path_result got;
        struct test_cert leaf = test_cert_new(&(struct test_cert_spec){
            .cn = "grc", .eku = "clientAuth", .san = cases[i].san, .issuer = &sub, .now = NOW});
        pt_buf_init(&ders[0], 65536U);
        pt_buf_init(&ders[1], 65536U);
        const pt_slice extra[] = {der_of(&sub, &ders[0])};
        struct pt_path_request request = world_request(LEAF);
        request.target = der_of(&leaf, &ders[1]);
        request.extra = extra;
        request.nextra = 1U;
        cr_assert(pt_ok(pt_path_check(&request, &got)));
        cr_expect_str_eq(pt_path_reason_code(got.reason), cases[i].code, "%s: %s", cases[i].san,
                         pt_path_reason_code(got.reason));
        test_cert_free(&leaf);
        pt_buf_done(&ders[0]);
        pt_buf_done(&ders[1]);
    }
    test_cert_free(&sub);
}

Test(path, CRY_01_an_algorithm_is_judged_on_the_day_the_evidence_is_fresh)
{
    const int64_t in_2031 = 1925078400 - NOW; /* 2031-01-02 */
    const struct asked asked = {
        {.eku = "clientAuth", .key = "RSA-2048"}, SUB, PT_PATH_CLIENT, 0, in_2031};
    expect(&asked, "policy-ended", "RSA-2048 looked at in 2031");
    const struct asked never = {
        {.eku = "clientAuth", .key = "RSA-1024"}, SUB, PT_PATH_CLIENT, 0, in_2031};
    expect(&never, "policy", "RSA-1024 was never accepted");
}

/* The chain ROOT, an authority with the extended usage @eku, and a bearer for @purpose. */
static const char *under(const char *eku, enum pt_path_purpose purpose)
{
    struct pt_buf bytes[4];
    struct pt_path_result got;
    struct test_cert sub = test_cert_new(&(struct test_cert_spec){
        .cn = "entre", .ca = true, .eku = eku, .issuer = &world.certs[ROOT], .now = NOW});
    struct test_cert end = test_cert_new(
        &(struct test_cert_spec){.cn = "bout",
                                 .eku = purpose == PT_PATH_TSU ? "critical,timeStamping" : NULL,
                                 .issuer = &sub,
                                 .now = NOW});
    for (size_t i = 0U; i < PT_COUNT(bytes); i++) {
        pt_buf_init(&bytes[i], 65536U);
    }
    list_of(&world.certs[ROOT], NOW, &bytes[0]);
    list_of(&sub, NOW, &bytes[1]);
    const pt_slice lists[] = {pt_buf_slice(&bytes[0]), pt_buf_slice(&bytes[1])};
    const pt_slice between = der_of(&sub, &bytes[2]);
    struct pt_path_request request = world_request(LEAF);
    request.target = der_of(&end, &bytes[3]);
    request.extra = &between;
    request.nextra = 1U;
    request.purpose = purpose;
    request.evidence = (struct pt_path_evidence){.crls = lists, .ncrls = 2U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.depth, got.reason == PT_PATH_PURPOSE ? 1U : 0U, "%s", eku != NULL ? eku : "-");
    for (size_t i = 0U; i < PT_COUNT(bytes); i++) {
        pt_buf_done(&bytes[i]);
    }
    test_cert_free(&sub);
    test_cert_free(&end);
    return pt_path_reason_code(got.reason);
}

Test(path, an_authority_issues_only_for_its_own_extended_usages)
{
    static const struct {
        const char *eku, *seal, *unit;
    } cases[] = {
        {NULL, "ok", "ok"},
        {"serverAuth", "purpose", "purpose"},
        {"serverAuth,clientAuth", "purpose", "purpose"},
        {"timeStamping", "purpose", "ok"},
        {"emailProtection", "ok", "purpose"},
        {"anyExtendedKeyUsage", "ok", "ok"},
        {"serverAuth,1.3.6.1.5.5.7.3.36", "ok", "purpose"}, /* document signing, RFC 9336 */
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        const char *const seal = under(cases[i].eku, PT_PATH_SEAL);
        const char *const unit = under(cases[i].eku, PT_PATH_TSU);
        cr_expect_str_eq(seal, cases[i].seal, "seal, %s: %s",
                         cases[i].eku != NULL ? cases[i].eku : "-", seal);
        cr_expect_str_eq(unit, cases[i].unit, "unit, %s: %s",
                         cases[i].eku != NULL ? cases[i].eku : "-", unit);
    }
}

/* OpenSSL refuses the whole certificate before that; nothing may rest on it. */
Test(path, an_extended_usage_that_cannot_be_read_is_no_permission)
{
    static const struct test_cert_spec specs[] = {
        {.cn = "illisible", .eku = "DER:0500", .now = NOW},
        {.cn = "deux",
         .eku = "emailProtection",
         .now = NOW,
         .more = {{NID_ext_key_usage, "emailProtection"}}},
    };
    for (size_t i = 0U; i < PT_COUNT(specs); i++) {
        struct test_cert made = test_cert_new(&specs[i]);
        cr_expect_not(pt_path_purpose_ok(made.cert, PT_PATH_SEAL), "%s", specs[i].cn);
        test_cert_free(&made);
    }
}

Test(path, a_chain_is_given_back_from_the_target_to_its_anchor)
{
    struct pt_path_result got;
    const struct one one = {.source = LIST};
    cr_assert(pt_ok(world_judge(&one, &got)));
    cr_assert_eq(got.nchain, 3U);
    cr_assert(pt_slice_eq(got.chain[0].der, pt_buf_slice(&world.ders[LEAF])));
    cr_assert(pt_slice_eq(got.chain[1].der, pt_buf_slice(&world.ders[SUB])));
    cr_assert(pt_slice_eq(got.chain[2].der, pt_buf_slice(&world.ders[ROOT])));
    uint8_t fingerprint[32];
    test_cert_fingerprint(&world.certs[SUB], fingerprint);
    cr_assert_arr_eq(got.chain[1].sha256, fingerprint, sizeof fingerprint);
    cr_assert_eq(got.chain[0].by, PT_PATH_BY_CRL);
    cr_assert_eq(got.chain[2].by, PT_PATH_BY_NONE);
    cr_assert_eq(got.chain[0].evidence.len, 0U);
    cr_assert_eq(got.chain[1].not_before_s, NOW - 60 * DAY);
}

Test(path, the_evidence_is_kept_when_it_is_asked_for)
{
    struct pt_path_result got;
    struct pt_buf list;
    struct pt_buf answer;
    pt_buf_init(&list, 65536U);
    pt_buf_init(&answer, 65536U);
    world_answer(&(struct one){.source = STAPLE, .signer = RESPONDER}, PT_SLICE_EMPTY, &answer);
    const pt_slice lists[] = {pt_buf_slice(&world.root_list)};
    const pt_slice answers[] = {pt_buf_slice(&answer)};
    struct pt_path_request request = world_request(LEAF);
    request.evidence =
        (struct pt_path_evidence){.crls = lists, .ncrls = 1U, .ocsp = answers, .nocsp = 1U};
    request.keep_evidence = true;
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_assert_eq(got.verdict, PT_PATH_GOOD);
    cr_assert_eq(got.chain[0].by, PT_PATH_BY_OCSP);
    cr_assert(pt_slice_eq(got.chain[0].evidence, answers[0]));
    cr_assert(pt_slice_eq(got.chain[1].evidence, lists[0]));
    /* Years later, offline: the same bytes, at the instant they were kept. */
    request.evidence = (struct pt_path_evidence){
        .crls = &got.chain[1].evidence, .ncrls = 1U, .ocsp = &got.chain[0].evidence, .nocsp = 1U};
    struct pt_path_result again;
    cr_assert(pt_ok(pt_path_check(&request, &again)));
    cr_assert_eq(again.verdict, PT_PATH_GOOD);
    pt_buf_done(&list);
    pt_buf_done(&answer);
}

/* --- anchors --------------------------------------------------------------------------------- */

static const char *with_anchor(pt_slice anchor, size_t n)
{
    struct pt_path_result got;
    struct pt_path_request request = world_request(LEAF);
    request.anchors = &anchor;
    request.nanchors = n;
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    return pt_path_reason_code(got.reason);
}

Test(path, only_listed_authorities_are_anchors)
{
    cr_expect_str_eq(with_anchor(pt_buf_slice(&world.ders[ROOT]), 1U), "no-evidence");
    cr_expect_str_eq(with_anchor(pt_buf_slice(&world.ders[SUB]), 1U), "no-evidence",
                     "an issuing authority of a trusted list");
    cr_expect_str_eq(with_anchor(pt_buf_slice(&world.ders[OTHER]), 1U), "no-path");
    cr_expect_str_eq(with_anchor(pt_buf_slice(&world.ders[LEAF]), 1U), "anchor-unreadable",
                     "a bearer is never its own anchor");
    cr_expect_str_eq(with_anchor(PT_SLICE("rien"), 1U), "anchor-unreadable");
    cr_expect_str_eq(with_anchor(PT_SLICE_EMPTY, 0U), "anchor-unreadable",
                     "the system's store is never looked at");
}

Test(path, an_authority_of_the_same_name_and_another_key_is_another_authority)
{
    struct pt_path_result got;
    const pt_slice twin = pt_buf_slice(&world.ders[TWIN]);
    struct pt_path_request request = world_request(LEAF);
    request.anchors = &twin;
    request.nextra = 0U;
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect(got.verdict == PT_PATH_UNKNOWN);
    cr_expect(got.reason == PT_PATH_SIGNATURE || got.reason == PT_PATH_NOT_FOUND, "%s",
              pt_path_reason_code(got.reason));
}

/* --- PEM, bytes of others, the contract ------------------------------------------------------- */

Test(path, PEM_is_read_like_DER_several_in_one_text)
{
    char *leaf = test_cert_pem(&world.certs[LEAF]);
    char *sub = test_cert_pem(&world.certs[SUB]);
    char *root = test_cert_pem(&world.certs[ROOT]);
    char *crl = test_crl_pem(&(struct test_crl_spec){
        .issuer = &world.certs[SUB], .from = NOW - HOUR, .until = NOW + HOUR});
    char *root_crl = test_crl_pem(&(struct test_crl_spec){
        .issuer = &world.certs[ROOT], .from = NOW - HOUR, .until = NOW + HOUR});
    char *all = test_join(leaf, sub, root);
    char *both = test_join(crl, root_crl, NULL);
    const pt_slice extra[] = {pt_slice_str(all)};
    const pt_slice anchors[] = {pt_slice_str(root)};
    const pt_slice crls[] = {pt_slice_str(both)};
    struct pt_path_result got;
    struct pt_path_request request = world_request(LEAF);
    request.target = pt_slice_str(leaf);
    request.extra = extra;
    request.nextra = 1U;
    request.anchors = anchors;
    request.evidence = (struct pt_path_evidence){.crls = crls, .ncrls = 1U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.verdict, PT_PATH_GOOD, "%s", pt_path_reason_code(got.reason));
    free(leaf);
    free(sub);
    free(root);
    free(crl);
    free(root_crl);
    free(all);
    free(both);
}

Test(path, bytes_that_are_no_certificate_are_a_reason_not_a_failure)
{
    struct pt_path_result got;
    struct pt_path_request request = world_request(LEAF);
    request.target = PT_SLICE("rien");
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.reason, PT_PATH_UNREADABLE);
    struct pt_buf longer;
    pt_buf_init(&longer, 65536U);
    pt_buf_put(&longer, pt_buf_slice(&world.ders[LEAF]));
    pt_buf_put_byte(&longer, '\0');
    request.target = pt_buf_slice(&longer);
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.reason, PT_PATH_UNREADABLE, "bytes behind the certificate");
    request = world_request(LEAF);
    const pt_slice junk[] = {PT_SLICE_INIT("\x30\x03\x02\x01\x01")};
    request.extra = junk;
    request.nextra = 1U;
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.reason, PT_PATH_EXTRA_UNREADABLE);
    request = world_request(LEAF);
    request.evidence = (struct pt_path_evidence){.crls = junk, .ncrls = 1U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.reason, PT_CRL_UNREADABLE);
    request.evidence = (struct pt_path_evidence){.ocsp = junk, .nocsp = 1U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.reason, PT_OCSP_UNREADABLE);
    const pt_slice huge[] = {{.ptr = "\x30", .len = PT_CRL_FETCH_MAX + 1U}};
    request.evidence = (struct pt_path_evidence){.crls = huge, .ncrls = 1U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.reason, PT_CRL_TOO_LARGE);
    request.evidence = (struct pt_path_evidence){.ocsp = huge, .nocsp = 1U};
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.reason, PT_OCSP_TOO_LARGE);
    pt_buf_done(&longer);
}

Test(path, a_request_that_breaks_its_contract_has_no_verdict)
{
    struct pt_path_result got = {.verdict = PT_PATH_GOOD};
    struct pt_path_request request = world_request(LEAF);
    cr_expect_eq(pt_path_check(NULL, &got).code, PT_E_ARG);
    cr_expect_eq(got.verdict, PT_PATH_UNKNOWN);
    cr_expect_eq(pt_path_check(&request, NULL).code, PT_E_ARG);
    request.fresh_s = request.at_s - 1;
    cr_expect_eq(pt_path_check(&request, &got).code, PT_E_ARG);
    request = world_request(LEAF);
    request.level = (enum pt_rgs_level)0;
    cr_expect_eq(pt_path_check(&request, &got).code, PT_E_ARG);
    request = world_request(LEAF);
    request.purpose = (enum pt_path_purpose)9;
    cr_expect_eq(pt_path_check(&request, &got).code, PT_E_ARG);
    request = world_request(LEAF);
    request.arena = NULL;
    cr_expect_eq(pt_path_check(&request, &got).code, PT_E_ARG);
    request = world_request(LEAF);
    request.evidence.ncrls = PT_PATH_EVIDENCE_MAX + 1U;
    cr_expect_eq(pt_path_check(&request, &got).code, PT_E_ARG);
    request = world_request(LEAF);
    request.at_s = -1;
    cr_expect_eq(pt_path_check(&request, &got).code, PT_E_ARG);
    request = world_request(LEAF);
    request.extra = NULL;
    cr_expect_eq(pt_path_check(&request, &got).code, PT_E_ARG);
}

Test(path, more_certificates_than_the_limit_are_refused)
{
    pt_slice many[PT_PATH_CERTS_MAX + 1U];
    struct pt_path_result got;
    struct pt_path_request request = world_request(LEAF);
    for (size_t i = 0U; i < PT_COUNT(many); i++) {
        many[i] = pt_buf_slice(&world.ders[SUB]);
    }
    request.extra = many;
    request.nextra = PT_PATH_CERTS_MAX;
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.reason, PT_PATH_NO_EVIDENCE);
    request.nextra++;
    cr_assert(pt_ok(pt_path_check(&request, &got)));
    cr_expect_eq(got.reason, PT_PATH_EXTRA_UNREADABLE);
}
