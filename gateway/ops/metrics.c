/* SPDX-License-Identifier: EUPL-1.2 */
/* The metrics listener. It says how much and how well, never who or what. */
#include "poterne/gateway/metrics.h"

#include "poterne/base/limits.h"
#include "poterne/gateway/door.h"

#include <stdlib.h>

#define METRICS_MAX 2097152U /* 4096 habilitations, three dates each */

struct pt_metrics {
    struct pt_door *door;
    struct pt_lane *const *lanes;
    unsigned nlanes;
    struct pt_board *board;
    const struct pt_clock *clock;
};

static void put_counter(struct pt_buf *out, const char *label, uint64_t value)
{
    pt_buf_put_str(out, "poterne_exchanges_total{outcome=\"");
    pt_buf_put_str(out, label);
    pt_buf_put_str(out, "\"} ");
    pt_buf_put_u64(out, value);
    pt_buf_put_byte(out, '\n');
}

static uint64_t sum(const struct pt_metrics *m, enum pt_outcome outcome)
{
    uint64_t total = 0U;
    for (unsigned i = 0U; i < m->nlanes; i++) {
        total += pt_lane_outcomes(m->lanes[i], outcome);
    }
    return total;
}

static void put_metrics(const struct pt_metrics *m, struct pt_buf *out)
{
    pt_buf_put_str(out, "# HELP poterne_exchanges_total Exchanges answered, by outcome.\n"
                        "# TYPE poterne_exchanges_total counter\n");
    for (unsigned o = PT_OUTCOME_DELIVERED; o < (unsigned)PT_OUTCOME_COUNT; o++) {
        put_counter(out, pt_outcome_name((enum pt_outcome)o), sum(m, (enum pt_outcome)o));
    }
    uint64_t strangers = 0U;
    for (unsigned i = 0U; i < m->nlanes; i++) {
        strangers += pt_lane_strangers(m->lanes[i]);
    }
    pt_buf_put_str(out,
                   "# HELP poterne_strangers_total Requests of certificates that no client has.\n"
                   "# TYPE poterne_strangers_total counter\npoterne_strangers_total ");
    pt_buf_put_u64(out, strangers);
    pt_buf_put_byte(out, '\n');
    if (m->board != NULL) {
        pt_board_metrics(m->board, (int64_t)(pt_clock_wall_ms(m->clock) / 1000U), out);
    }
}

static uint16_t answer(const struct pt_metrics *m, pt_slice path, struct pt_buf *out)
{
    if (pt_slice_eq(path, PT_SLICE("/metrics"))) {
        put_metrics(m, out);
        return 200U;
    }
    if (pt_slice_eq(path, PT_SLICE("/health/live"))) {
        pt_buf_put_str(out, "alive\n");
        return 200U;
    }
    if (pt_slice_eq(path, PT_SLICE("/health/ready"))) {
        bool up = true;
        for (unsigned i = 0U; i < m->nlanes; i++) {
            up = up && pt_lane_is_up(m->lanes[i]);
        }
        pt_buf_put_str(out, up ? "ready\n" : "no log\n");
        return up ? 200U : 503U;
    }
    pt_buf_put_str(out, "not found\n");
    return 404U;
}

static void on_request(void *ctx, struct pt_door_exchange *x)
{
    const struct pt_metrics *m = ctx;
    struct pt_buf out;
    pt_buf_init(&out, METRICS_MAX);
    const uint16_t status =
        x->request->method == PT_HTTP_GET ? answer(m, x->request->path, &out) : 405U;
    const struct pt_http_header type = {PT_SLICE("Content-Type"),
                                        PT_SLICE("text/plain; version=0.0.4; charset=utf-8")};
    pt_door_reply(
        x, &(struct pt_door_reply){
               .status = status, .headers = &type, .header_count = 1U, .body = pt_buf_slice(&out)});
    pt_buf_done(&out);
}

PT_RESULT pt_metrics_new(struct pt_loop *loop, const struct pt_metrics_options *options,
                         struct pt_metrics **ret_metrics)
{
    struct pt_metrics *m = calloc(1U, sizeof *m);
    PT_ENSURE(m != NULL, PT_E_NOMEM);
    m->lanes = options->lanes;
    m->nlanes = options->nlanes;
    m->board = options->board;
    m->clock = options->clock;
    const struct pt_door_config config = {.fd = options->listener,
                                          .handler = {.request = on_request, .ctx = m},
                                          .limits = {.connections = 16U}};
    const pt_status st = pt_door_new(loop, &config, &m->door);
    if (!pt_ok(st)) {
        free(m);
        return st;
    }
    *ret_metrics = m;
    return PT_SUCCESS;
}

struct pt_metrics *pt_metrics_free(struct pt_metrics *metrics)
{
    if (metrics != NULL) {
        metrics->door = pt_door_free(metrics->door);
        free(metrics);
    }
    return NULL;
}
