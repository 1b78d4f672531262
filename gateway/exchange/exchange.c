/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The way of one exchange, as a table (exchange_int.h). This file only moves along it.
 */
#include "gateway/exchange/exchange_int.h"

#include "poterne/pki/digest.h"

static const struct {
    const char *name;
    PT_RESULT (*run)(struct pt_exchange *x);
    enum pt_step failure;
} steps[] = {
#define X(name, handler, failure) {#name, pt_stage_##handler, PT_STEP_##failure},
    PT_EXCHANGE_STEPS(X)
#undef X
};

/* What follows a step that succeeded. The three ends join at ANSWER. */
static enum pt_step successor(enum pt_step step)
{
    if (step == PT_STEP_REFUSE || step == PT_STEP_FAIL) {
        return PT_STEP_ANSWER;
    }
    if (step == PT_STEP_ANSWER || step == PT_STEP_END) {
        return PT_STEP_END;
    }
    return (enum pt_step)((unsigned)step + 1U);
}

const char *pt_step_name(enum pt_step step)
{
    return (unsigned)step < PT_COUNT(steps) ? steps[step].name : "?";
}

static void finish(struct pt_exchange *x)
{
    struct pt_lane *lane = x->lane;
    pt_arena_reset(x->arena);
    pt_buf_done(&x->body);
    pt_buf_done(&x->upstream.url);
    pt_buf_done(&x->upstream.headers);
    pt_snapshot_release(x->snapshot);
    pt_lane_recycle(lane, x);
}

static void run(struct pt_exchange *x)
{
    while (x->step != PT_STEP_END) {
        const pt_status st = steps[x->step].run(x);
        if (st.code == PT_E_AGAIN) {
            return;
        }
        x->step = pt_ok(st) ? successor(x->step) : steps[x->step].failure;
    }
    finish(x);
}

static PT_RESULT identify(struct pt_exchange *x)
{
    uint8_t random[10];
    PT_TRY(pt_random(random, sizeof random));
    pt_uuid7(pt_clock_wall_ms(x->lane->clock), random, &x->id);
    pt_uuid_text(&x->id, x->id_text);
    return PT_SUCCESS;
}

void pt_exchange_start(struct pt_lane *lane, struct pt_door_exchange *door)
{
    struct pt_exchange *x = NULL;
    if (!pt_ok(pt_lane_take(lane, &x))) {
        pt_lane_refuse(door, PT_ERR_BUSY);
        return;
    }
    x->door = door;
    x->snapshot = pt_snapshot_hold(lane->snapshot);
    x->config = pt_snapshot_config(x->snapshot);
    pt_buf_init(&x->body, PT_FETCH_BODY_MAX);
    pt_buf_init(&x->upstream.url, PT_URL_MAX);
    pt_buf_init(&x->upstream.headers, PT_SECRET_FILE_MAX + PT_HTTP_LINE_MAX);
    if (!pt_ok(identify(x))) {
        (void)pt_ok(pt_exchange_error(x, PT_ERR_INTERNAL));
        x->step = PT_STEP_ANSWER;
    }
    run(x);
}

void pt_exchange_resume(struct pt_exchange *x, pt_status came)
{
    PT_BUG_ON(!x->waiting);
    x->came = came;
    run(x);
}

PT_RESULT pt_exchange_error(struct pt_exchange *x, enum pt_error error)
{
    return pt_exchange_error_source(x, error, NULL, PT_SLICE_EMPTY);
}

PT_RESULT pt_exchange_error_source(struct pt_exchange *x, enum pt_error error, const char *kind,
                                   pt_slice name)
{
    pt_buf_clear(&x->body);
    x->has_error = true;
    x->error = (struct pt_error_detail){.error = error, .source_kind = kind, .source = name};
    return PT_FAIL_AUX(PT_E_DENIED, error);
}
