/* SPDX-License-Identifier: EUPL-1.2 */
/* Out of memory inside OpenSSL while seals and time-stamps are made and judged: no crash, no leak,
 * no stale error, and never a wrong yes (tests/support/starve.h). */
#include "starve.h"

#include "pki/judge_int.h"
#include "poterne/pki/cms.h"
#include "poterne/pki/tsp.h"
#include "sealkit.h"

#include <criterion/criterion.h>

static struct seal_kit kit;
static struct pt_buf seal;
static struct pt_buf stamped;
static struct pt_buf token;
static struct pt_buf answer;
static struct pt_buf value;
static struct pt_tsp_ask ask;

static const struct pt_statement statement = {
    .kind = PT_STATEMENT_CONTENT,
    .time = KIT_NOW,
    .is.content = {.name = PT_SLICE_INIT("a.txt"),
                   .media_type = PT_SLICE_INIT("text/plain"),
                   .bytes = PT_SLICE_INIT("content")},
};

static void setup(void)
{
    const struct kit_tsa tsa = {.unit = &kit.unit, .time = KIT_NOW};
    static const uint8_t imprint[32] = {1};
    struct pt_buf request;
    pt_buf_init(&seal, 65536U);
    pt_buf_init(&stamped, 65536U);
    pt_buf_init(&token, 65536U);
    pt_buf_init(&answer, 65536U);
    pt_buf_init(&request, 4096U);
    kit_new(&kit, "P-256");
    cr_assert(pt_ok(pt_cades_seal(kit.signer, &statement, true, &seal)));
    /* The signature value is the last thing of a B-B seal: an OCTET STRING of 70 to 72 bytes. */
    size_t at = seal.len - 70U;
    while ((uint8_t)seal.ptr[at - 2U] != 0x04U || (uint8_t)seal.ptr[at - 1U] != seal.len - at) {
        at--;
    }
    pt_buf_init(&value, 4096U);
    pt_buf_put(&value, pt_slice_of(seal.ptr + at, seal.len - at));
    kit_token(&tsa, pt_buf_slice(&value), &token);
    cr_assert(pt_ok(pt_cades_stamp(pt_buf_slice(&seal), pt_buf_slice(&token), &stamped)));
    cr_assert(pt_ok(pt_tsp_ask_new(pt_slice_of(imprint, 32U), PT_SLICE("1.2.3"), NULL, &ask)));
    cr_assert(pt_ok(pt_tsp_request(&ask, &request)));
    kit_answer(&tsa, pt_buf_slice(&request), &answer);
    pt_buf_done(&request);
}

static void teardown(void)
{
    pt_buf_done(&seal);
    pt_buf_done(&stamped);
    pt_buf_done(&token);
    pt_buf_done(&answer);
    pt_buf_done(&value);
    kit_free(&kit);
}

TestSuite(starve, .init = setup, .fini = teardown, .timeout = 230.0);

static pt_status make(struct pt_buf *out)
{
    return pt_cades_seal(kit.signer, &statement, true, out);
}

static pt_status stamp(struct pt_buf *out)
{
    return pt_cades_stamp(pt_buf_slice(&seal), pt_buf_slice(&token), out);
}

static pt_status open_signer(struct pt_buf *out)
{
    (void)out;
    struct pt_signer *signer = NULL;
    enum pt_signer_fault fault = PT_SIGNER_OK;
    const struct pt_signer_spec spec = {
        .key = kit.key_path, .chain = pt_slice_str(kit.seal_pem), .now = KIT_NOW};
    const pt_status st = pt_signer_open(&spec, &signer, &fault);
    (void)pt_signer_free(signer);
    return st;
}

/* A verdict that is no is a failure here: the seal is good. */
static pt_status yes(pt_status st, struct pt_verdict *verdict)
{
    const bool ok = pt_verdict_ok(verdict);
    pt_verdict_done(verdict);
    PT_TRY(st);
    return ok ? PT_SUCCESS : PT_FAIL(PT_E_FORGED);
}

static pt_status verify(struct pt_buf *out)
{
    struct pt_verdict verdict;
    const struct pt_cms_check check = {
        .cms = pt_buf_slice(&stamped), .trust = &kit.trust, .now = KIT_NOW + 10};
    (void)out;
    return yes(pt_cms_verify(&check, &verdict), &verdict);
}

/* No memory is no fault of the token: never TOKEN_INVALID, which nothing mends. */
static pt_status judge_token(struct pt_buf *out)
{
    struct pt_verdict verdict;
    (void)out;
    pt_verdict_init(&verdict, KIT_NOW + 10);
    const enum pt_reason reason =
        pt_judge_token(&verdict, pt_buf_slice(&token), pt_buf_slice(&value), &kit.trust);
    const enum pt_reason why = verdict.token;
    pt_verdict_done(&verdict);
    cr_expect_neq(reason, PT_REASON_TOKEN_INVALID, "%s", pt_reason_code(why));
    return reason == PT_REASON_NONE ? PT_SUCCESS : PT_FAIL(PT_E_NOMEM);
}

static pt_status request(struct pt_buf *out)
{
    return pt_tsp_request(&ask, out);
}

static pt_status accept(struct pt_buf *out)
{
    struct pt_verdict verdict;
    const struct pt_tsp_window window = {.sent = KIT_NOW, .received = KIT_NOW};
    return yes(pt_tsp_accept(&ask, &window, &kit.trust, pt_buf_slice(&answer), &verdict, out),
               &verdict);
}

Test(starve, sealing_and_stamping_survive_a_starving_openssl)
{
    starve(make, "make");
    starve(stamp, "stamp");
    starve(open_signer, "open_signer");
}

Test(starve, a_verdict_survives_a_starving_openssl)
{
    starve(verify, "verify");
    starve(judge_token, "judge_token");
}

Test(starve, time_stamping_survives_a_starving_openssl)
{
    starve(request, "request");
    starve(accept, "accept");
}
