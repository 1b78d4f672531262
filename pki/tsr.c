/* SPDX-License-Identifier: EUPL-1.2 */
/* tsr.c -- a time-stamp answer or a bare token, judged as a document of its own. Layer 1 (pki). */
#include "pki/der_int.h"
#include "pki/ossl_int.h"
#include "pki/tsr_int.h"

/*
 * TimeStampResp ::= SEQUENCE { PKIStatusInfo ::= SEQUENCE { INTEGER, ... }, TimeStampToken OPTIONAL
 * } A bare token begins with an OID instead. The token is cut out as it stands.
 */
PT_RESULT pt_tsr_split(pt_slice bytes, uint32_t *ret_status, pt_slice *ret_token)
{
    pt_slice rest = bytes;
    pt_slice outer;
    pt_slice info;
    pt_slice status;
    PT_ENSURE(bytes.len <= PT_TSR_MAX, PT_E_LIMIT);
    PT_TRY(pt_der_take(&rest, PT_DER_SEQUENCE, &outer));
    PT_ENSURE(rest.len == 0U && outer.len != 0U, PT_E_SYNTAX);
    *ret_status = 0U;
    *ret_token = bytes;
    if ((uint8_t)outer.ptr[0] == PT_DER_OID) {
        return PT_SUCCESS;
    }
    PT_TRY(pt_der_take(&outer, PT_DER_SEQUENCE, &info));
    PT_TRY(pt_der_take(&info, PT_DER_INTEGER, &status));
    PT_ENSURE(status.len == 1U && (uint8_t)status.ptr[0] < 0x80U, PT_E_SYNTAX);
    *ret_status = (uint8_t)status.ptr[0];
    *ret_token = outer;
    return PT_SUCCESS;
}

static void judge_token(const struct pt_tsr_check *check, pt_slice token,
                        struct pt_verdict *verdict)
{
    struct pt_tst tst;
    const pt_status st = pt_tst_read(token, &tst);
    if (!pt_ok(st)) {
        pt_verdict_refuse(verdict, pt_cms_reason(st));
        return;
    }
    enum pt_reason reason = pt_tst_judge(&tst, check->trust, check->now, &verdict->authority);
    verdict->signer = verdict->authority;
    if (reason == PT_REASON_NONE && !check->has_content) {
        reason = PT_REASON_CONTENT_ABSENT;
    }
    if (reason == PT_REASON_NONE && !pt_tst_covers(&tst, check->content)) {
        reason = PT_REASON_TOKEN_IMPRINT;
    }
    if (reason == PT_REASON_NONE) {
        verdict->times.has_proven = true;
        verdict->times.proven = pt_tst_proven(&tst);
        verdict->coverage = PT_COVERS_WHOLE;
        pt_verdict_accept(verdict, check->now > verdict->authority.not_after);
    } else {
        pt_verdict_refuse(verdict, reason);
    }
    pt_tst_done(&tst);
}

PT_RESULT pt_tsr_verify(const struct pt_tsr_check *check, struct pt_verdict *verdict)
{
    uint32_t status = 0U;
    pt_slice token = PT_SLICE_EMPTY;
    PT_ENSURE(check != NULL && verdict != NULL && check->trust != NULL && check->now >= 0,
              PT_E_ARG);
    pt_verdict_init(verdict, check->now);
    verdict->format = PT_FORMAT_TSR;
    verdict->signers = 1U;
    const pt_status st = pt_tsr_split(check->tsr, &status, &token);
    if (!pt_ok(st)) {
        pt_verdict_refuse(verdict, pt_cms_reason(st));
    } else if (status > 1U) { /* 0 granted, 1 granted with modifications */
        pt_verdict_refuse(verdict, PT_REASON_TOKEN_STATUS);
    } else {
        judge_token(check, token, verdict);
    }
    return pt_ossl_done(verdict->reason == PT_REASON_FAILED ? PT_FAIL(PT_E_NOMEM) : PT_SUCCESS);
}
