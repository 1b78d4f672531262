/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The four entries of an exchange. Each of these stages sends one record to the scribe, waits until
 * it is durable, and only then succeeds (law 1). When it cannot be written nothing leaves: the
 * answer becomes "no traceability", 503.
 */
#include "gateway/exchange/exchange_int.h"

#include "poterne/pki/digest.h"

/* --- what is said --- */

static const struct pt_arg *find_arg(const struct pt_exchange *x, pt_slice name)
{
    for (size_t i = 0U; i < x->nargs; i++) {
        if (pt_slice_eq(x->args[i].name, name)) {
            return &x->args[i];
        }
    }
    return NULL;
}

/* What kind of identifier this is; NULL: none that the State knows, so nobody is named by it. */
static const char *kind_of(pt_slice value)
{
    if (pt_siren_valid(value) || pt_siret_valid(value)) {
        return "siren:";
    }
    if (pt_ok(pt_format_check(PT_FORMAT_RNA, value))) {
        return "rna:";
    }
    return pt_ok(pt_format_check(PT_FORMAT_EORI, value)) ? "id:" : NULL;
}

/* A SIRET is a place of its SIREN: one subject, however it was named. A request that is refused
 * for what it names has no subject: what its caller typed may be anything, of any length. */
PT_RESULT pt_exchange_subject(const struct pt_exchange *x, pt_slice *ret)
{
    const struct pt_arg *arg =
        x->dataset->subject.len > 0U ? find_arg(x, x->dataset->subject) : NULL;
    const char *const kind = arg != NULL ? kind_of(arg->value) : NULL;
    if (kind == NULL) {
        *ret = PT_SLICE_EMPTY;
        return PT_SUCCESS;
    }
    const bool company = pt_slice_eq(pt_slice_str(kind), PT_SLICE("siren:"));
    struct pt_buf text;
    pt_buf_init(&text, PT_ID_MAX);
    pt_buf_put_str(&text, kind);
    pt_buf_put(&text, company ? pt_slice_head(arg->value, 9U) : arg->value);
    pt_status st = pt_buf_status(&text);
    if (pt_ok(st)) {
        st = pt_arena_dup(x->arena, pt_buf_slice(&text), ret);
    }
    pt_buf_done(&text);
    return st;
}

static void put_fields(const struct pt_mask *mask, const uint64_t *hit, struct pt_buf *out)
{
    for (size_t i = 0U; i < pt_mask_count(mask); i++) {
        if (hit != NULL && (hit[i / 64U] >> (i % 64U) & 1U) == 0U) {
            continue;
        }
        if (out->len > 0U) {
            pt_buf_put_byte(out, '\n');
        }
        pt_buf_put(out, pt_mask_pointer(mask, i));
    }
}

/* The members every entry of an exchange shares; unknown ones stay empty (a refusal may be early).
 */
static PT_RESULT fill(struct pt_exchange *x, enum pt_entry_type type, enum pt_outcome outcome,
                      struct pt_record *ret)
{
    const struct pt_habilitation *h = x->decision.habilitation;
    *ret = (struct pt_record){
        .type = type,
        .outcome = outcome,
        .exchange = x->id,
        .dataset = x->dataset->id,
        .client = x->decision.client->id,
        .agent = x->agent,
        .channel = pt_channel_name(x->channel),
        .case_ref = x->case_ref,
    };
    if (h != NULL) {
        ret->procedure = h->procedure;
        ret->habilitation = h->id;
        ret->mode = h->mode == PT_MODE_DEMANDE ? PT_SLICE("demande") : PT_SLICE("proactif");
    }
    return pt_exchange_subject(x, &ret->subject);
}

/* --- how it is sent and awaited --- */

static void on_recorded(void *ctx, pt_status st, pt_slice payload)
{
    (void)payload;
    pt_exchange_resume(ctx, st);
}

/* The second half of a tracing stage: nothing but PT_OK lets anything leave. */
static PT_RESULT settle(struct pt_exchange *x)
{
    x->waiting = false;
    if (!pt_ok(x->came)) {
        return pt_exchange_error(x, PT_ERR_LOG);
    }
    x->declared = true;
    return PT_SUCCESS;
}

static PT_RESULT await_record(struct pt_exchange *x, const struct pt_record *record)
{
    const pt_status st = pt_link_record(&x->lane->link, record, on_recorded, x);
    if (!pt_ok(st)) {
        return pt_exchange_error(x, PT_ERR_LOG);
    }
    x->waiting = true;
    return PT_FAIL(PT_E_AGAIN);
}

/* --- the stages --- */

static PT_RESULT send_asked(struct pt_exchange *x, struct pt_buf *fields)
{
    struct pt_record record;
    if (!pt_ok(fill(x, PT_ENTRY_ASKED, PT_OUTCOME_NONE, &record))) {
        return pt_exchange_error(x, PT_ERR_INTERNAL);
    }
    put_fields(x->call.mask, NULL, fields);
    if (!pt_ok(pt_buf_status(fields))) { /* a list cut short would be a false trace */
        return pt_exchange_error(x, PT_ERR_INTERNAL);
    }
    record.fields = pt_buf_slice(fields);
    return await_record(x, &record);
}

PT_RESULT pt_stage_declare(struct pt_exchange *x)
{
    if (x->waiting) {
        return settle(x);
    }
    struct pt_buf fields;
    pt_buf_init(&fields, PT_BOX_MAX / 2U);
    const pt_status st = send_asked(x, &fields);
    pt_buf_done(&fields);
    return st;
}

static PT_RESULT send_answered(struct pt_exchange *x, struct pt_buf *fields)
{
    struct pt_record record;
    if (!pt_ok(fill(x, PT_ENTRY_ANSWERED, x->answer.outcome, &record)) ||
        !pt_ok(pt_sha256(pt_buf_slice(&x->body), record.digest))) {
        return pt_exchange_error(x, PT_ERR_INTERNAL);
    }
    if (x->answer.outcome == PT_OUTCOME_DELIVERED) {
        put_fields(x->call.mask, x->answer.report.hit, fields);
        record.fields = pt_buf_slice(fields);
        record.count = x->answer.report.unknown;
    } else {
        record.reason = pt_slice_str(x->answer.state_code);
    }
    if (!pt_ok(pt_buf_status(fields))) {
        return pt_exchange_error(x, PT_ERR_INTERNAL);
    }
    return await_record(x, &record);
}

PT_RESULT pt_stage_record(struct pt_exchange *x)
{
    if (x->waiting) {
        return settle(x);
    }
    struct pt_buf fields;
    pt_buf_init(&fields, PT_BOX_MAX / 2U);
    const pt_status st = send_answered(x, &fields);
    pt_buf_done(&fields);
    return st;
}

PT_RESULT pt_stage_refuse(struct pt_exchange *x)
{
    if (x->waiting) {
        return settle(x);
    }
    struct pt_record record;
    if (!pt_ok(fill(x, PT_ENTRY_REFUSED, pt_error_info(x->error.error)->outcome, &record))) {
        return pt_exchange_error(x, PT_ERR_INTERNAL);
    }
    /* the condition in full for the log; the GRC gets one code */
    record.reason = x->decision.refused != PT_COND_NONE
                        ? pt_slice_str(pt_condition_name(x->decision.refused))
                        : pt_slice_str(pt_error_info(x->error.error)->code);
    return await_record(x, &record);
}

/* Asked, and nothing to hand on: ours (PT4xx, gone) or the State's own error. */
PT_RESULT pt_stage_fail(struct pt_exchange *x)
{
    if (x->waiting) {
        return settle(x);
    }
    struct pt_record record;
    const enum pt_outcome outcome =
        x->has_error ? pt_error_info(x->error.error)->outcome : x->answer.outcome;
    if (!pt_ok(fill(x, PT_ENTRY_FAILED, outcome, &record))) {
        return pt_exchange_error(x, PT_ERR_INTERNAL);
    }
    record.reason = x->has_error ? pt_slice_str(pt_error_info(x->error.error)->code)
                                 : pt_slice_str(x->answer.state_code);
    if (x->door->gone) {
        record.reason = PT_SLICE("client-gone");
    }
    return await_record(x, &record);
}
