/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Unit tests of pki/tsp.c, tst.c, tsr.c, tsp_client.c: RFC 3161. SIG-06, SIG-07, SIG-08. The
 * service lies in every way it can; openssl(1) is the third party in both directions.
 */
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/pki/tsp.h"
#include "sealkit.h"
#include "tests/unit/pki/forge.h"
#include "torture.h"

#include <criterion/criterion.h>
#include <openssl/err.h>
#include <openssl/ts.h>
#include <stdio.h>

static struct seal_kit kit;
static struct pt_buf request;
static struct pt_buf answer;
static struct pt_buf token;
static struct pt_buf output;
static struct pt_verdict verdict;
static struct pt_tsp_ask ask;

static const pt_slice text = PT_SLICE_INIT("checkpoint\n42\nAAAA\n");

static pt_slice imprint_of(pt_slice bytes)
{
    static uint8_t hash[32];
    cr_assert_eq(EVP_Digest(bytes.ptr, bytes.len, hash, NULL, EVP_sha256(), NULL), 1);
    return pt_slice_of(hash, sizeof(hash));
}

static void setup(void)
{
    pt_buf_init(&request, 4096U);
    pt_buf_init(&answer, 1U << 20U);
    pt_buf_init(&token, 65536U);
    pt_buf_init(&output, 65536U);
    pt_verdict_init(&verdict, KIT_NOW);
    kit_new(&kit, "P-256");
    cr_assert(pt_ok(pt_tsp_ask_new(imprint_of(text), PT_SLICE_EMPTY, NULL, &ask)));
    cr_assert(pt_ok(pt_tsp_request(&ask, &request)));
}

static void teardown(void)
{
    pt_buf_done(&request);
    pt_buf_done(&answer);
    pt_buf_done(&token);
    pt_buf_done(&output);
    pt_verdict_done(&verdict);
    kit_free(&kit);
}

TestSuite(tsp, .init = setup, .fini = teardown, .timeout = 120.0);

static const struct pt_tsp_window window = {.sent = KIT_NOW, .received = KIT_NOW + 2};

static enum pt_reason judge(pt_slice bytes)
{
    pt_verdict_done(&verdict);
    pt_buf_clear(&token);
    const pt_status st = pt_tsp_accept(&ask, &window, &kit.trust, bytes, &verdict, &token);
    cr_assert(pt_ok(st), "%s %#x", st.origin, st.code);
    cr_assert_eq(ERR_peek_error(), 0U);
    cr_assert_eq(token.len != 0U, verdict.kind == PT_VERDICT_VALID);
    return verdict.reason;
}

static enum pt_reason answered(const struct kit_tsa *tsa)
{
    pt_buf_clear(&answer);
    kit_answer(tsa, pt_buf_slice(&request), &answer);
    return judge(pt_buf_slice(&answer));
}

/* --- the question ------------------------------------------------------------------------------
 */

Test(tsp, openssl_reads_our_question)
{
    char command[800];
    kit_write(&kit, "q.tsq", pt_buf_slice(&request));
    (void)snprintf(command, sizeof(command), "cd %s && openssl ts -query -in q.tsq -text", kit.dir);
    cr_assert_eq(forge_run(command, &output), 0);
    pt_buf_put_byte(&output, '\0');
    cr_expect_not_null(strstr(output.ptr, "Hash Algorithm: sha256"));
    cr_expect_not_null(strstr(output.ptr, "Certificate required: yes"));
    const char *nonce = strstr(output.ptr, "Nonce: 0x");
    cr_assert_not_null(nonce);
    cr_expect_eq(strspn(nonce + 9, "0123456789ABCDEF"), 32U); /* 128 bits */
}

Test(tsp, a_nonce_is_never_the_same_and_the_policy_is_in_the_question)
{
    struct pt_tsp_ask second;
    cr_assert(pt_ok(pt_tsp_ask_new(imprint_of(text), PT_SLICE("1.2.3.4"), NULL, &second)));
    cr_expect_neq(memcmp(ask.nonce, second.nonce, sizeof(ask.nonce)), 0);
    pt_buf_clear(&request);
    cr_assert(pt_ok(pt_tsp_request(&second, &request)));
    const unsigned char *at = (const unsigned char *)request.ptr;
    TS_REQ *req = d2i_TS_REQ(NULL, &at, (long)request.len);
    char policy[64];
    cr_assert_not_null(req);
    (void)OBJ_obj2txt(policy, sizeof(policy), TS_REQ_get_policy_id(req), 1);
    cr_expect_str_eq(policy, "1.2.3.4");
    TS_REQ_free(req);
    second.policy = PT_SLICE("not an oid");
    cr_expect_eq(pt_tsp_request(&second, &request).code, PT_E_SYNTAX);
    char lengthy[200];
    memset(lengthy, '1', sizeof(lengthy));
    second.policy = pt_slice_of(lengthy, sizeof(lengthy));
    cr_expect_eq(pt_tsp_request(&second, &request).code, PT_E_SYNTAX);
    cr_expect_eq(pt_tsp_ask_new(PT_SLICE("20 bytes of nothing!"), PT_SLICE_EMPTY, NULL, &ask).code,
                 PT_E_ARG);
}

static pt_status no_random(void *ctx, void *out, size_t n)
{
    (void)ctx;
    (void)out;
    (void)n;
    return PT_FAIL(PT_E_CRYPTO);
}

Test(tsp, without_random_bits_nothing_is_asked)
{
    const struct pt_random_port none = {.fill = no_random};
    cr_expect_eq(pt_tsp_ask_new(imprint_of(text), PT_SLICE_EMPTY, &none, &ask).code, PT_E_CRYPTO);
}

/* --- the answer --------------------------------------------------------------------------------
 */

Test(tsp, an_honest_answer_is_accepted_by_openssl_and_by_us)
{
    char command[1200];
    const struct kit_tsa tsa = {.unit = &kit.unit, .time = KIT_NOW + 1, .own_name = true};
    cr_expect_eq(answered(&tsa), PT_REASON_NONE, "%s", pt_reason_code(verdict.reason));
    cr_expect_eq(verdict.kind, PT_VERDICT_VALID);
    cr_expect_eq(verdict.coverage, PT_COVERS_WHOLE);
    cr_expect_eq(verdict.times.proven, KIT_NOW + 2);
    kit_write(&kit, "q.tsq", pt_buf_slice(&request));
    kit_write(&kit, "a.tsr", pt_buf_slice(&answer));
    kit_write(&kit, "a.token", pt_buf_slice(&token));
    kit_write(&kit, "data", text);
    (void)snprintf(command, sizeof(command),
                   "cd %s && openssl ts -verify -in a.tsr -queryfile q.tsq -CAfile tsa.pem "
                   "-attime %lld >log 2>&1 && openssl ts -verify -in a.token -token_in -data data "
                   "-CAfile tsa.pem -attime %lld >log 2>&1 && openssl ts -reply -in a.tsr -text",
                   kit.dir, (long long)KIT_NOW, (long long)KIT_NOW);
    cr_expect_eq(forge_run(command, &output), 0);
}

/* A real third party answers: openssl ts -reply. */
Test(tsp, the_answer_of_openssl_is_accepted)
{
    char command[2400];
    struct test_cert unit = test_cert_new(&(struct test_cert_spec){.cn = "Horodatage",
                                                                   .issuer = &kit.tsa,
                                                                   .eku = "critical,timeStamping",
                                                                   .serial = 21,
                                                                   .from = (time_t)KIT_NOW,
                                                                   .now = (time_t)KIT_NOW});
    /* openssl ts takes the system's time: the world is made around it. */
    const int64_t now = (int64_t)time(NULL);
    X509_gmtime_adj(X509_getm_notBefore(unit.cert), -KIT_DAY);
    X509_gmtime_adj(X509_getm_notAfter(unit.cert), KIT_DAY);
    cr_assert(X509_sign(unit.cert, kit.tsa.key, EVP_sha256()) > 0);
    X509_gmtime_adj(X509_getm_notBefore(kit.tsa.cert), -KIT_DAY);
    cr_assert(X509_sign(kit.tsa.cert, kit.tsa.key, EVP_sha256()) > 0);
    char *const pem = test_cert_pem(&unit);
    char *const key = test_key_pem(&unit);
    char *const anchor = test_cert_pem(&kit.tsa);
    kit.tsa_anchors[0] = pt_slice_str(anchor);
    kit_lists(&kit, now, 0, 0);
    kit_write(&kit, "unit.pem", pt_slice_str(pem));
    kit_write(&kit, "unit.key", pt_slice_str(key));
    kit_write(&kit, "q.tsq", pt_buf_slice(&request));
    kit_write(&kit, "ts.cnf",
              PT_SLICE("[tsa]\ndefault_tsa = t\n[t]\nserial = serial\ncrypto_device = builtin\n"
                       "signer_digest = sha256\ndefault_policy = 1.3.6.1.4.1.99999.1\n"
                       "digests = sha256, sha384\naccuracy = secs:1\nordering = yes\n"
                       "tsa_name = yes\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n"));
    (void)snprintf(command, sizeof(command),
                   "cd %s && openssl ts -reply -config ts.cnf -section t -queryfile q.tsq "
                   "-signer unit.pem -inkey unit.key -out a.tsr 2>&1",
                   kit.dir);
    cr_assert_eq(forge_run(command, &output), 0, "%.*s", (int)output.len, output.ptr);
    char path[600];
    (void)snprintf(path, sizeof(path), "%s/a.tsr", kit.dir);
    cr_assert(pt_ok(pt_file_read(path, &answer)));
    const struct pt_tsp_window real = {.sent = now, .received = now + 30};
    pt_verdict_done(&verdict);
    cr_assert(
        pt_ok(pt_tsp_accept(&ask, &real, &kit.trust, pt_buf_slice(&answer), &verdict, &token)));
    cr_expect_eq(verdict.kind, PT_VERDICT_VALID, "%s", pt_reason_code(verdict.reason));
    test_cert_free(&unit);
    free(pem);
    free(key);
    free(anchor);
}

Test(tsp, an_answer_that_lies_is_refused_for_its_own_reason)
{
    const struct kit_tsa honest = {.unit = &kit.unit, .time = KIT_NOW + 1};
    struct {
        struct kit_tsa tsa;
        enum pt_reason reason;
    } cases[] = {
        {{.other_nonce = true}, PT_REASON_TOKEN_NONCE},
        {{.no_nonce = true}, PT_REASON_TOKEN_NONCE},
        {{.other_imprint = true}, PT_REASON_TOKEN_IMPRINT},
        {{.imprint_digest = "SHA1"}, PT_REASON_TOKEN_IMPRINT},
        {{.time = KIT_NOW - 62}, PT_REASON_TOKEN_TIME},
        {{.time = KIT_NOW + 64}, PT_REASON_TOKEN_TIME},
        {{.accuracy_ms = 1500}, PT_REASON_TOKEN_TIME},
        {{.accuracy_ms = -1}, PT_REASON_TOKEN_TIME},
        {{.status = 2}, PT_REASON_TOKEN_STATUS},
        {{.status = 2, .no_token = true}, PT_REASON_TOKEN_STATUS},
        {{.status = 5, .no_token = true}, PT_REASON_TOKEN_STATUS},
        {{.no_token = true}, PT_REASON_FORMAT},
        {{.no_certificate = true}, PT_REASON_NO_CERTIFICATE},
        {{.no_ess = true}, PT_REASON_CERTIFICATE_REFERENCE},
        {{.sha1_ess = true}, PT_REASON_FORBIDDEN_ALGORITHM},
        {{.digest = "SHA224"}, PT_REASON_FORBIDDEN_ALGORITHM},
        {{.bad_signature = true}, PT_REASON_SIGNATURE},
        {{.critical_extension = true}, PT_REASON_FORMAT},
        {{.other_name = true}, PT_REASON_CERTIFICATE_REFERENCE},
        {{.version = 2}, PT_REASON_FORMAT},
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        cases[i].tsa.unit = honest.unit;
        cases[i].tsa.time = cases[i].tsa.time != 0 ? cases[i].tsa.time : honest.time;
        cr_expect_eq(answered(&cases[i].tsa), cases[i].reason, "%zu: %s", i,
                     pt_reason_code(verdict.reason));
    }
    const struct kit_tsa modified = {.unit = &kit.unit, .time = KIT_NOW + 1, .status = 1};
    cr_expect_eq(answered(&modified),
                 PT_REASON_NONE); /* granted with mods, but none that matters */
    const struct kit_tsa rough = {.unit = &kit.unit, .gen_time = "20261124000001.5Z"};
    cr_expect_eq(answered(&rough), PT_REASON_NONE);
    cr_expect_eq(verdict.times.proven, KIT_NOW + 3);
}

Test(tsp, the_policy_is_the_one_asked_for_and_one_that_is_accepted)
{
    static const pt_slice accepted[] = {PT_SLICE_INIT("1.2.3.4"), PT_SLICE_INIT(KIT_POLICY)};
    struct kit_tsa tsa = {.unit = &kit.unit, .time = KIT_NOW + 1};
    kit.trust.policies = accepted;
    kit.trust.npolicies = 2U;
    cr_expect_eq(answered(&tsa), PT_REASON_NONE);
    kit.trust.npolicies = 1U;
    cr_expect_eq(answered(&tsa), PT_REASON_TOKEN_POLICY);
    pt_buf_clear(&request);
    cr_assert(pt_ok(pt_tsp_ask_new(imprint_of(text), PT_SLICE("1.2.3.4"), NULL, &ask)));
    cr_assert(pt_ok(pt_tsp_request(&ask, &request)));
    cr_expect_eq(answered(&tsa), PT_REASON_NONE);
    tsa.policy = KIT_POLICY;
    tsa.status = 1;
    kit.trust.npolicies = 2U;
    cr_expect_eq(answered(&tsa), PT_REASON_TOKEN_POLICY);
}

/* RFC 3161 2.3 */
Test(tsp, a_unit_has_the_one_critical_usage_and_lives)
{
    static const struct {
        const char *eku;
        const char *key_usage;
        const char *digest;
        int64_t from, until;
        enum pt_reason reason;
    } cases[] = {
        {NULL, NULL, NULL, 0, 0, PT_REASON_USAGE},
        {"timeStamping", NULL, NULL, 0, 0, PT_REASON_USAGE},
        {"critical,timeStamping,emailProtection", NULL, NULL, 0, 0, PT_REASON_USAGE},
        {"critical,emailProtection", NULL, NULL, 0, 0, PT_REASON_USAGE},
        {"critical,timeStamping", "critical,keyEncipherment", NULL, 0, 0, PT_REASON_USAGE},
        {"critical,timeStamping", NULL, NULL, 0, KIT_NOW - 10, PT_REASON_EXPIRED_AT_SIGNING},
        {"critical,timeStamping", NULL, NULL, KIT_NOW + 10, 0, PT_REASON_NOT_YET_VALID},
        {"critical,timeStamping", NULL, "SHA1", 0, 0, PT_REASON_FORBIDDEN_ALGORITHM},
        {"critical,timeStamping", NULL, NULL, 0, 0, PT_REASON_NONE},
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        struct test_cert unit =
            test_cert_new(&(struct test_cert_spec){.cn = "Horodatage",
                                                   .issuer = &kit.tsa,
                                                   .eku = cases[i].eku,
                                                   .key_usage = cases[i].key_usage,
                                                   .digest = cases[i].digest,
                                                   .serial = 22,
                                                   .from = (time_t)cases[i].from,
                                                   .until = (time_t)cases[i].until,
                                                   .now = (time_t)KIT_NOW});
        const struct kit_tsa tsa = {.unit = &unit, .time = KIT_NOW + 1};
        cr_expect_eq(answered(&tsa), cases[i].reason, "%zu: %s", i, pt_reason_code(verdict.reason));
        test_cert_free(&unit);
    }
    struct test_cert stranger = test_cert_new(&(struct test_cert_spec){
        .cn = "Horodatage", .eku = "critical,timeStamping", .now = (time_t)KIT_NOW});
    const struct kit_tsa tsa = {.unit = &stranger, .time = KIT_NOW + 1};
    cr_expect_eq(answered(&tsa), PT_REASON_NO_PATH);
    test_cert_free(&stranger);
    struct test_cert small = test_cert_new(&(struct test_cert_spec){.cn = "Horodatage",
                                                                    .issuer = &kit.tsa,
                                                                    .key = "RSA-1024",
                                                                    .eku = "critical,timeStamping",
                                                                    .now = (time_t)KIT_NOW});
    const struct kit_tsa weak = {.unit = &small, .time = KIT_NOW + 1};
    cr_expect_eq(answered(&weak), PT_REASON_FORBIDDEN_ALGORITHM);
    test_cert_free(&small);
}

Test(tsp, rubbish_and_monsters_are_refused)
{
    static const pt_slice cases[] = {
        PT_SLICE_INIT(""),
        PT_SLICE_INIT("<html>502 Bad Gateway</html>"),
        PT_SLICE_INIT("\x30\x00"),
        PT_SLICE_INIT("\x30\x80\x30\x03\x02\x01\x00\x00\x00"),
        PT_SLICE_INIT("\x30\x05\x30\x03\x02\x01\x00garbage"),
        PT_SLICE_INIT("\x30\x05\x30\x03\x02\x01\xff"),
        PT_SLICE_INIT("\x30\x04\x30\x02\x02\x00"),
        PT_SLICE_INIT("\x30\x84\xff\xff\xff\xff"),
        PT_SLICE_INIT("\x30\x81\x05\x30\x03\x02\x01\x00"),
        PT_SLICE_INIT("\x30\x82\x00\x05\x30\x03\x02\x01\x00"),
    };
    for (size_t i = 0U; i < PT_COUNT(cases); i++) {
        cr_expect_eq(judge(cases[i]), PT_REASON_FORMAT, "%zu", i);
    }
    char *const huge = (char *)calloc(1U, PT_TSR_MAX + 1U);
    cr_expect_eq(judge(pt_slice_of(huge, PT_TSR_MAX + 1U)), PT_REASON_TOO_LARGE);
    cr_expect_eq(judge(pt_slice_of(huge, PT_TSR_MAX)), PT_REASON_FORMAT);
    free(huge);
}

Test(tsp, every_change_of_an_answer_is_refused)
{
    const struct kit_tsa tsa = {.unit = &kit.unit, .time = KIT_NOW + 1};
    cr_assert_eq(answered(&tsa), PT_REASON_NONE);
    /* From the end of the status on: granted may become granted with modifications. */
    for (size_t at = 9U; at < answer.len; at += 1U) {
        answer.ptr[at] = (char)(answer.ptr[at] ^ 1);
        const enum pt_reason reason = judge(pt_buf_slice(&answer));
        cr_expect_neq(reason, PT_REASON_NONE, "%zu of %zu", at, answer.len);
        answer.ptr[at] = (char)(answer.ptr[at] ^ 1);
    }
}

/* --- stored ------------------------------------------------------------------------------------
 */

static enum pt_reason stored(pt_slice bytes, pt_slice content, bool has, int64_t now)
{
    const struct pt_tsr_check check = {
        .tsr = bytes, .has_content = has, .content = content, .trust = &kit.trust, .now = now};
    pt_verdict_done(&verdict);
    cr_assert(pt_ok(pt_tsr_verify(&check, &verdict)));
    return verdict.reason;
}

Test(tsp, a_stored_answer_and_a_bare_token_are_judged_for_what_they_cover)
{
    const struct kit_tsa tsa = {.unit = &kit.unit, .time = KIT_NOW + 1};
    cr_assert_eq(answered(&tsa), PT_REASON_NONE);
    const int64_t later = KIT_NOW + KIT_DAY;
    cr_expect_eq(stored(pt_buf_slice(&answer), text, true, later), PT_REASON_NONE);
    cr_expect_eq(verdict.kind, PT_VERDICT_VALID);
    cr_expect_eq(verdict.format, PT_FORMAT_TSR);
    cr_expect_eq(verdict.times.proven, KIT_NOW + 2);
    cr_expect_eq(stored(pt_buf_slice(&token), text, true, later), PT_REASON_NONE);
    cr_expect_eq(stored(pt_buf_slice(&token), PT_SLICE("autre"), true, later),
                 PT_REASON_TOKEN_IMPRINT);
    cr_expect_eq(verdict.coverage, PT_COVERS_NOTHING);
    cr_expect_eq(stored(pt_buf_slice(&token), PT_SLICE_EMPTY, false, later),
                 PT_REASON_CONTENT_ABSENT);
    /* A time that has not come yet. */
    cr_expect_eq(stored(pt_buf_slice(&token), text, true, KIT_NOW - 100), PT_REASON_TOKEN_TIME);
    /* The unit has expired since: what was known during its life, after the token, counts. */
    kit.trust.evidence.ncrls = 2U;
    cr_expect_eq(stored(pt_buf_slice(&token), text, true, KIT_NOW + 1900 * (int64_t)KIT_DAY),
                 PT_REASON_REVOCATION_UNKNOWN);
    kit_lists(&kit, later, 0, 0);
    cr_expect_eq(stored(pt_buf_slice(&token), text, true, KIT_NOW + 1900 * (int64_t)KIT_DAY),
                 PT_REASON_NONE);
    cr_expect_eq(verdict.kind, PT_VERDICT_EXPIRED_NOW);
    kit.trust.evidence.ncrls = 0U;
    cr_expect_eq(stored(pt_buf_slice(&token), text, true, later), PT_REASON_REVOCATION_UNKNOWN);
    const struct kit_tsa refused = {.unit = &kit.unit, .status = 2, .no_token = true};
    pt_buf_clear(&answer);
    kit_answer(&refused, pt_buf_slice(&request), &answer);
    cr_expect_eq(stored(pt_buf_slice(&answer), text, true, later), PT_REASON_TOKEN_STATUS);
    cr_expect_eq(stored(text, text, true, later), PT_REASON_FORMAT);
    const struct kit_tsa sha1 = {.unit = &kit.unit, .time = KIT_NOW, .imprint_digest = "SHA1"};
    pt_buf_clear(&answer);
    kit_token(&sha1, text, &answer);
    cr_expect_eq(stored(pt_buf_slice(&answer), text, true, later), PT_REASON_FORBIDDEN_ALGORITHM);
}

/* --- the client --------------------------------------------------------------------------------
 */

struct service {
    struct kit_tsa first, second;
    bool first_down, second_down;
    unsigned calls[2];
    uint64_t now_ms;
};

static struct service service;

static pt_status fetch(void *ctx, const struct pt_fetch_ask *question, struct pt_buf *out)
{
    struct service *const s = (struct service *)ctx;
    const bool one = pt_slice_eq(question->url, PT_SLICE("https://tsa.un.fr/"));
    cr_expect(pt_slice_eq(question->type, PT_SLICE("application/timestamp-query")));
    s->calls[one ? 0 : 1]++;
    if (one ? s->first_down : s->second_down) {
        return PT_FAIL(PT_E_TIMEOUT);
    }
    kit_answer(one ? &s->first : &s->second, question->body, out);
    return PT_SUCCESS;
}

static uint64_t wall(void *ctx)
{
    return ((struct service *)ctx)->now_ms;
}

static const struct pt_fetch_port port = {.fetch = fetch, .ctx = &service};
static const struct pt_clock the_clock = {.wall_ms = wall, .mono_us = wall, .ctx = &service};

static struct pt_tsp_client *client_new(void)
{
    static const struct pt_tsp_authority two[] = {{.url = PT_SLICE_INIT("https://tsa.un.fr/")},
                                                  {.url = PT_SLICE_INIT("http://tsa.deux.fr/")}};
    const struct pt_tsp_spec spec = {.authorities = two, .nauthorities = 2U, .trust = &kit.trust};
    struct pt_tsp_client *client = NULL;
    service = (struct service){.first = {.unit = &kit.unit, .time = KIT_NOW},
                               .second = {.unit = &kit.unit, .time = KIT_NOW},
                               .now_ms = (uint64_t)KIT_NOW * 1000U};
    cr_assert(pt_ok(pt_tsp_client_new(&spec, &client)));
    return client;
}

static void at(int64_t now)
{
    service.now_ms = (uint64_t)now * 1000U;
    service.first.time = now;
    service.second.time = now;
}

/* SIG-08 */
Test(tsp, the_second_authority_answers_when_the_first_fails_or_lies)
{
    struct pt_tsp_client *client = client_new();
    cr_expect(pt_ok(pt_tsp_run(client, imprint_of(text), &port, &the_clock)));
    cr_expect_eq(pt_tsp_authority(client), 0U);
    cr_expect(pt_tsp_token(client).len != 0U && pt_tsp_response(client).len != 0U);
    service.first_down = true;
    cr_expect(pt_ok(pt_tsp_run(client, imprint_of(PT_SLICE("b")), &port, &the_clock)));
    cr_expect_eq(pt_tsp_authority(client), 1U);
    cr_expect_eq(service.calls[0], 2U);
    /* It rests: the second one is asked first. */
    service.first_down = false;
    cr_expect(pt_ok(pt_tsp_run(client, imprint_of(PT_SLICE("c")), &port, &the_clock)));
    cr_expect_eq(pt_tsp_authority(client), 1U);
    cr_expect_eq(service.calls[0], 2U);
    at(KIT_NOW + PT_TSP_REST_S);
    service.first.other_nonce = true;
    cr_expect(pt_ok(pt_tsp_run(client, imprint_of(PT_SLICE("d")), &port, &the_clock)));
    cr_expect_eq(service.calls[0], 3U);
    cr_expect_eq(pt_tsp_authority(client), 1U);
    /* Both are ill: both are asked all the same. */
    service.second_down = true;
    cr_expect_eq(pt_tsp_run(client, imprint_of(PT_SLICE("e")), &port, &the_clock).code,
                 PT_E_UPSTREAM);
    cr_expect_eq(pt_tsp_refusal(client), PT_REASON_TOKEN_NONCE);
    cr_expect_eq(service.calls[0], 4U);
    cr_expect_eq(pt_tsp_token(client).len, 0U);
    (void)pt_tsp_client_free(client);
}

/* SIG-07 */
Test(tsp, an_outage_is_degraded_at_once_and_an_alert_after_a_day)
{
    struct pt_tsp_client *client = client_new();
    struct pt_tsp_health health;
    pt_tsp_health(client, KIT_NOW, &health);
    cr_expect(!health.degraded && !health.alert && health.last_token == 0);
    service.first_down = service.second_down = true;
    cr_expect_eq(pt_tsp_run(client, imprint_of(text), &port, &the_clock).code, PT_E_UPSTREAM);
    at(KIT_NOW + 3600);
    cr_expect_eq(pt_tsp_run(client, imprint_of(text), &port, &the_clock).code, PT_E_UPSTREAM);
    pt_tsp_health(client, KIT_NOW + PT_TSP_ALERT_S - 1, &health);
    cr_expect(health.degraded && !health.alert && health.failing_since == KIT_NOW);
    pt_tsp_health(client, KIT_NOW + PT_TSP_ALERT_S, &health);
    cr_expect(health.alert);
    at(KIT_NOW + PT_TSP_ALERT_S);
    service.second_down = false;
    cr_expect(pt_ok(pt_tsp_run(client, imprint_of(text), &port, &the_clock)));
    pt_tsp_health(client, KIT_NOW + PT_TSP_ALERT_S, &health);
    cr_expect(!health.degraded && !health.alert && health.last_token == KIT_NOW + PT_TSP_ALERT_S);
    (void)pt_tsp_client_free(client);
}

Test(tsp, an_answer_is_remembered_for_a_day_and_a_bounded_number_of_them)
{
    struct pt_tsp_client *client = client_new();
    cr_expect(pt_ok(pt_tsp_run(client, imprint_of(text), &port, &the_clock)));
    at(KIT_NOW + PT_TSP_CACHE_S);
    cr_expect(pt_ok(pt_tsp_run(client, imprint_of(text), &port, &the_clock)));
    cr_expect_eq(service.calls[0], 1U);
    cr_expect(pt_tsp_token(client).len != 0U && pt_tsp_response(client).len != 0U);
    at(KIT_NOW + PT_TSP_CACHE_S + 1);
    kit_lists(&kit, KIT_NOW + PT_TSP_CACHE_S, 0, 0);
    cr_expect(pt_ok(pt_tsp_run(client, imprint_of(text), &port, &the_clock)));
    cr_expect_eq(service.calls[0], 2U);
    for (unsigned i = 0U; i < PT_TSP_CACHE_MAX; i++) {
        cr_expect(
            pt_ok(pt_tsp_run(client, imprint_of(pt_slice_of(&i, sizeof(i))), &port, &the_clock)));
    }
    cr_expect(pt_ok(pt_tsp_run(client, imprint_of(text), &port, &the_clock)));
    cr_expect_eq(service.calls[0], 3U + PT_TSP_CACHE_MAX);
    (void)pt_tsp_client_free(client);
}

Test(tsp, a_clock_that_was_set_back_is_not_believed)
{
    struct pt_tsp_client *client = client_new();
    service.first.time = KIT_NOW + 30;
    cr_expect(pt_ok(pt_tsp_run(client, imprint_of(text), &port, &the_clock)));
    service.first.time = KIT_NOW;
    service.second_down = true;
    cr_expect_eq(pt_tsp_run(client, imprint_of(PT_SLICE("b")), &port, &the_clock).code,
                 PT_E_UPSTREAM);
    cr_expect_eq(pt_tsp_refusal(client), PT_REASON_TOKEN_TIME);
    (void)pt_tsp_client_free(client);
}

Test(tsp, a_client_without_a_right_address_is_none)
{
    struct pt_tsp_client *client = NULL;
    static const pt_slice bad[] = {PT_SLICE_INIT("ftp://a"), PT_SLICE_INIT(""),
                                   PT_SLICE_INIT("http://a b"), PT_SLICE_INIT("http://u@a/"),
                                   PT_SLICE_INIT("http://a/#b")};
    for (size_t i = 0U; i < PT_COUNT(bad); i++) {
        const struct pt_tsp_authority one = {.url = bad[i]};
        const struct pt_tsp_spec spec = {
            .authorities = &one, .nauthorities = 1U, .trust = &kit.trust};
        cr_expect_eq(pt_tsp_client_new(&spec, &client).code, PT_E_ARG);
    }
    const struct pt_tsp_spec none = {.trust = &kit.trust};
    cr_expect_eq(pt_tsp_client_new(&none, &client).code, PT_E_ARG);
    cr_expect_eq(pt_tsp_client_new(NULL, &client).code, PT_E_ARG);
    client = client_new();
    struct pt_fetch_ask question;
    cr_expect_eq(pt_tsp_next(client, KIT_NOW, &question).code, PT_E_UPSTREAM);
    cr_expect_eq(pt_tsp_begin(client, PT_SLICE("x"), KIT_NOW).code, PT_E_ARG);
    (void)pt_tsp_client_free(client);
}

Test(tsp, running_out_of_memory_loses_no_byte_and_believes_nothing)
{
    struct pt_tsp_client *client = client_new();
    bool done = false;
    TORTURE(nth)
    {
        torture_arm(nth);
        const pt_status st = pt_tsp_run(client, imprint_of(text), &port, &the_clock);
        torture_disarm();
        if (pt_ok(st)) {
            done = true;
            break;
        }
        cr_assert(st.code == PT_E_NOMEM || st.code == PT_E_UPSTREAM, "%u: %#x %s", nth, st.code,
                  st.origin);
    }
    cr_assert(done);
    (void)pt_tsp_client_free(client);
}
