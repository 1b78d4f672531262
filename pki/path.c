/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * path.c -- see path.h: the order of the check, and who frees what.
 * Layer 1 (pki).
 */
#include "poterne/pki/path.h"

#include "pki/path_int.h"

static bool evidence_ok(const struct pt_path_evidence *evidence)
{
    return (evidence->ncrls == 0U || evidence->crls != NULL) &&
           (evidence->nocsp == 0U || evidence->ocsp != NULL) &&
           evidence->ncrls <= PT_PATH_EVIDENCE_MAX && evidence->nocsp <= PT_PATH_EVIDENCE_MAX;
}

static bool request_ok(const struct pt_path_request *request)
{
    return request->purpose >= PT_PATH_CLIENT && request->purpose <= PT_PATH_TSU &&
           request->level >= PT_RGS_1 && request->level <= PT_RGS_3 && request->arena != NULL &&
           request->at_s >= 0 && request->fresh_s >= request->at_s &&
           (request->nextra == 0U || request->extra != NULL) &&
           (request->nanchors == 0U || request->anchors != NULL) && evidence_ok(&request->evidence);
}

static pt_status check(struct pt_path_work *work)
{
    bool going = false;
    PT_TRY(pt_path_read(work, &going));
    if (going) {
        PT_TRY(pt_path_build(work, &going));
    }
    return going ? pt_path_evidence(work) : PT_SUCCESS;
}

PT_RESULT pt_path_check(const struct pt_path_request *request, struct pt_path_result *ret)
{
    PT_ENSURE(ret != NULL, PT_E_ARG);
    *ret = (struct pt_path_result){.verdict = PT_PATH_UNKNOWN};
    PT_ENSURE(request != NULL && request_ok(request), PT_E_ARG);
    struct pt_path_result result = {.verdict = PT_PATH_UNKNOWN, .revocation_reason = -1};
    struct pt_path_work work = {.request = request, .result = &result};
    const pt_status st = check(&work);
    pt_path_unread(&work);
    if (pt_ok(st)) {
        *ret = result;
    }
    return pt_ossl_done(st);
}
