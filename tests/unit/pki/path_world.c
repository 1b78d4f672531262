/* SPDX-License-Identifier: EUPL-1.2 */
/* path_world.c -- see path_world.h. */
#include "tests/unit/pki/path_world.h"

#include <criterion/criterion.h>
#include <openssl/x509v3.h>

#define LIST_URL "http://crl.test/sub.crl"
#define OCSP_URL "http://ocsp.test/"

struct world world;

static pt_slice anchors[2];
static pt_slice extra[2];

/* --- certificates ---------------------------------------------------------------------------- */

static void make(enum who who, struct test_cert_spec spec)
{
    spec.now = (time_t)NOW;
    spec.from = spec.from == 0 ? (time_t)(NOW - 60 * DAY) : spec.from;
    spec.serial = 100 + (long)who;
    world.certs[who] = test_cert_new(&spec);
    unsigned char *der = NULL;
    const int n = i2d_X509(world.certs[who].cert, &der);
    pt_buf_init(&world.ders[who], 65536U);
    pt_buf_put(&world.ders[who], pt_slice_of(der, (size_t)n));
    OPENSSL_free(der);
}

static const struct test_cert *by(enum who who)
{
    return &world.certs[who];
}

#define NOCHECK                                                                                    \
    {                                                                                              \
        {                                                                                          \
            NID_id_pkix_OCSP_noCheck, "ignored"                                                    \
        }                                                                                          \
    }

static void make_authorities(void)
{
    make(ROOT, (struct test_cert_spec){.cn = "racine", .ca = true});
    make(OTHER, (struct test_cert_spec){.cn = "autre racine", .ca = true});
    make(SUB, (struct test_cert_spec){.cn = "sub", .ca = true, .issuer = by(ROOT)});
    make(TWIN, (struct test_cert_spec){.cn = "sub", .ca = true, .issuer = by(OTHER)});
    make(MUTE,
         (struct test_cert_spec){
             .cn = "muette", .ca = true, .key_usage = "critical,keyCertSign", .issuer = by(ROOT)});
}

static void make_clients(void)
{
    make(LEAF, (struct test_cert_spec){.cn = "client",
                                       .eku = "clientAuth",
                                       .issuer = by(SUB),
                                       .more = {{NID_crl_distribution_points, "URI:" LIST_URL},
                                                {NID_info_access, "OCSP;URI:" OCSP_URL}}});
    make(PLAIN, (struct test_cert_spec){.cn = "simple", .eku = "clientAuth", .issuer = by(SUB)});
    make(BY_MUTE, (struct test_cert_spec){.cn = "m", .eku = "clientAuth", .issuer = by(MUTE)});
    make(SHORT, (struct test_cert_spec){.cn = "bref",
                                        .eku = "clientAuth",
                                        .from = NOW - 30 * DAY,
                                        .until = NOW - 2 * DAY,
                                        .issuer = by(SUB)});
}

static void make_responders(void)
{
    make(RESPONDER, (struct test_cert_spec){
                        .cn = "ocsp", .eku = "OCSPSigning", .issuer = by(SUB), .more = NOCHECK});
    make(RESPONDER_NO_EKU,
         (struct test_cert_spec){
             .cn = "ocsp2", .eku = "clientAuth", .issuer = by(SUB), .more = NOCHECK});
    make(RESPONDER_OTHER,
         (struct test_cert_spec){
             .cn = "ocsp3", .eku = "OCSPSigning", .issuer = by(OTHER), .more = NOCHECK});
    make(RESPONDER_EXPIRED, (struct test_cert_spec){.cn = "ocsp4",
                                                    .eku = "OCSPSigning",
                                                    .issuer = by(SUB),
                                                    .from = NOW - 10 * DAY,
                                                    .until = NOW - HOUR,
                                                    .more = NOCHECK});
    make(RESPONDER_CHECK, (struct test_cert_spec){.cn = "ocsp5",
                                                  .eku = "OCSPSigning",
                                                  .issuer = by(SUB),
                                                  .more = {{NID_crl_distribution_points,
                                                            "URI:http://crl.test/ocsp.crl"}}});
    make(RESPONDER_WEAK, (struct test_cert_spec){.cn = "ocsp6",
                                                 .key = "RSA-1024",
                                                 .eku = "OCSPSigning",
                                                 .issuer = by(SUB),
                                                 .more = NOCHECK});
    make(RESPONDER_TWIN,
         (struct test_cert_spec){
             .cn = "ocsp7", .eku = "OCSPSigning", .issuer = by(TWIN), .more = NOCHECK});
    make(RESPONDER_CRITICAL,
         (struct test_cert_spec){.cn = "ocsp8",
                                 .eku = "OCSPSigning",
                                 .issuer = by(SUB),
                                 .more = {{NID_id_pkix_OCSP_noCheck, "ignored"}, {0, "critical"}}});
}

void world_setup(void)
{
    make_authorities();
    make_clients();
    make_responders();
    pt_buf_init(&world.root_list, 65536U);
    test_list_der(&(struct test_list){.name = by(ROOT), .from = NOW - HOUR, .until = NOW + HOUR},
                  &world.root_list);
    pt_buf_init(&world.last_type, 256U);
    pt_buf_init(&world.last_url, 256U);
    pt_buf_init(&world.last_body, 1024U);
    cr_assert(pt_ok(pt_arena_new(4194304U, &world.arena)));
    anchors[0] = pt_buf_slice(&world.ders[ROOT]);
    extra[0] = pt_buf_slice(&world.ders[SUB]);
    extra[1] = pt_buf_slice(&world.ders[MUTE]);
}

void world_teardown(void)
{
    for (size_t i = 0U; i < WHO_COUNT; i++) {
        test_cert_free(&world.certs[i]);
        pt_buf_done(&world.ders[i]);
    }
    pt_buf_done(&world.root_list);
    pt_buf_done(&world.last_type);
    pt_buf_done(&world.last_url);
    pt_buf_done(&world.last_body);
    world.arena = pt_arena_free(world.arena);
    world.cache = pt_revocation_cache_free(world.cache);
}

/* --- evidence -------------------------------------------------------------------------------- */

static enum who target_of(const struct one *one)
{
    return one->target != SUB ? one->target : LEAF;
}

static time_t from_of(const struct one *one)
{
    return (time_t)(NOW + (one->from == 0 && one->until == 0 ? -HOUR : one->from));
}

static time_t until_of(const struct one *one)
{
    return (time_t)(NOW + (one->from == 0 && one->until == 0 ? 5 * HOUR : one->until));
}

void world_list(const struct one *one, struct pt_buf *out)
{
    const bool own = one->source == LIST || one->source == ASK_LIST;
    const struct test_cert *revoked = one->revoked && own ? by(target_of(one)) : NULL;
    const struct test_list list = {
        .name = by(one->list_name),
        .signer = by(one->list_key != SUB ? one->list_key : one->list_name),
        .digest = own ? one->digest : NULL,
        .point = one->point,
        .faults = one->list_faults,
        .from = own ? from_of(one) : (time_t)(NOW - HOUR),
        .until = own ? until_of(one) : (time_t)(NOW + HOUR),
        .revoked = one->responder_revoked ? by(RESPONDER_CHECK) : revoked,
        .revoked_at = (time_t)(NOW + one->revoked_at),
        .reason = one->reason,
        .invalid_at = one->invalid_at != 0 ? (time_t)(NOW + one->invalid_at) : 0};
    test_list_der(&list, out);
}

void world_answer(const struct one *one, pt_slice request, struct pt_buf *out)
{
    const struct test_answer answer = {
        .cert = by(one->about != SUB ? one->about : target_of(one)),
        .issuer = by(SUB),
        .signer = by(one->signer),
        .response = one->response,
        .status = one->revoked ? V_OCSP_CERTSTATUS_REVOKED : one->status,
        .reason = one->reason,
        .revoked_at = (time_t)(NOW + one->revoked_at),
        .from = from_of(one),
        .until = until_of(one),
        .digest = one->digest,
        .id_digest = one->id_digest,
        .request = one->nonce == ECHO ? request : PT_SLICE_EMPTY,
        .nonce =
            one->nonce == WRONG ? PT_SLICE("0123456789abcdef0123456789abcdef") : PT_SLICE_EMPTY,
        .faults = one->answer_faults};
    test_answer_der(&answer, out);
}

/* --- the network ----------------------------------------------------------------------------- */

static pt_status net_fault(const struct one *one, struct pt_buf *answer)
{
    switch (one->net) {
    case DOWN:
        return PT_FAIL(PT_E_UPSTREAM);
    case SLOW:
        return PT_FAIL(PT_E_TIMEOUT);
    case TOO_LARGE:
        return PT_FAIL(PT_E_LIMIT);
    case GARBAGE:
        pt_buf_put(answer, PT_SLICE("<html>portail captif</html>"));
        return PT_SUCCESS;
    case EMPTY:
    case ANSWERS:
    default:
        return PT_SUCCESS;
    }
}

static pt_status fetch(void *ctx, const struct pt_fetch_ask *ask, struct pt_buf *answer)
{
    const struct one *one = world.one;
    (void)ctx;
    world.calls++;
    pt_buf_clear(&world.last_type);
    pt_buf_put(&world.last_type, ask->type);
    pt_buf_clear(&world.last_url);
    pt_buf_put(&world.last_url, ask->url);
    pt_buf_clear(&world.last_body);
    pt_buf_put(&world.last_body, ask->body);
    if (one->net != ANSWERS) {
        return net_fault(one, answer);
    }
    const bool ocsp = pt_slice_eq(ask->url, PT_SLICE(OCSP_URL));
    if (one->source == ASK_OCSP && ocsp) {
        world_answer(one, ask->body, answer);
    } else if (one->source == ASK_LIST && !ocsp) {
        world_list(one, answer);
    } else {
        return PT_FAIL_AUX(PT_E_UPSTREAM, 404U);
    }
    return PT_SUCCESS;
}

const struct pt_fetch_port *world_port(void)
{
    static const struct pt_fetch_port port = {.fetch = fetch};
    return &port;
}

/* --- a request ------------------------------------------------------------------------------- */

struct pt_path_request world_request(enum who target)
{
    return (struct pt_path_request){.target = pt_buf_slice(&world.ders[target]),
                                    .extra = extra,
                                    .nextra = PT_COUNT(extra),
                                    .anchors = anchors,
                                    .nanchors = 1U,
                                    .at_s = NOW,
                                    .fresh_s = NOW,
                                    .purpose = PT_PATH_CLIENT,
                                    .level = PT_RGS_1,
                                    .cache = world.cache,
                                    .arena = world.arena};
}

pt_status world_judge(const struct one *one, struct pt_path_result *ret)
{
    struct pt_buf root;
    struct pt_buf list;
    struct pt_buf answer;
    pt_buf_init(&root, 65536U);
    pt_buf_init(&list, 1048576U);
    pt_buf_init(&answer, 1048576U);
    const bool listed = one->source == LIST || one->source == LIST_AND_STAPLE || one->list_beside;
    const bool stapled = one->source == STAPLE || one->source == LIST_AND_STAPLE;
    /* The authority lives on, and its root lists today. */
    const int64_t day = one->past ? 0 : one->fresh;
    test_list_der(
        &(struct test_list){.name = by(ROOT), .from = NOW + day - HOUR, .until = NOW + day + HOUR},
        &root);
    if (listed) {
        world_list(one, &list);
    }
    if (stapled) {
        world_answer(one, PT_SLICE_EMPTY, &answer);
    }
    const pt_slice lists[] = {pt_buf_slice(&root), pt_buf_slice(&list)};
    const pt_slice answers[] = {pt_buf_slice(&answer)};
    struct pt_path_request request = world_request(target_of(one));
    request.at_s = NOW + one->at;
    request.fresh_s = NOW + one->fresh;
    request.past = one->past;
    request.level = one->level != 0 ? one->level : PT_RGS_1;
    request.evidence = (struct pt_path_evidence){
        .crls = lists, .ncrls = listed ? 2U : 1U, .ocsp = answers, .nocsp = stapled ? 1U : 0U};
    request.fetch = one->source == ASK_OCSP || one->source == ASK_LIST ? world_port() : NULL;
    world.one = one;
    const pt_status st = pt_path_check(&request, ret);
    pt_buf_done(&root);
    pt_buf_done(&list);
    pt_buf_done(&answer);
    return st;
}
