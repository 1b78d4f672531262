/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Poterne's own resources on the GRC listener: a client's own exchanges and their receipts
 * (INTERFACES 3.2). Nothing here reads the log: the scribe does, and writes that it was read (law
 * 7).
 */
#include "gateway/exchange/exchange_int.h"

#include "poterne/wire.h"

static pt_slice type_of(uint8_t question)
{
    return question == PT_MSG_RECEIPT_GET ? PT_SLICE("text/plain; charset=utf-8")
                                          : PT_SLICE("application/json");
}

static enum pt_error error_of(pt_status st)
{
    switch (st.code) {
    case PT_E_ABSENT:
        return PT_ERR_EXCHANGE_UNKNOWN;
    case PT_E_AGAIN:
    case PT_E_TIMEOUT:
        return PT_ERR_RECEIPT_LATER;
    default:
        return PT_ERR_LOG;
    }
}

static void reply(struct pt_door_exchange *door, uint8_t question, pt_status st, pt_slice payload)
{
    if (pt_ok(st)) {
        pt_lane_reply(door, &(struct pt_reply){.status = 200U,
                                               .content_type = type_of(question).ptr,
                                               .body = payload});
    } else {
        pt_lane_refuse(door, error_of(st));
    }
}

static void on_status(void *ctx, pt_status st, pt_slice payload)
{
    reply(ctx, PT_MSG_STATUS_GET, st, payload);
}

static void on_receipt(void *ctx, pt_status st, pt_slice payload)
{
    reply(ctx, PT_MSG_RECEIPT_GET, st, payload);
}

/* "/v1/exchanges/{id}" or "/v1/exchanges/{id}/receipt" */
static PT_RESULT parse(pt_slice path, struct pt_link_question *question)
{
    const pt_slice prefix = PT_SLICE("/v1/exchanges/");
    PT_ENSURE(pt_slice_starts(path, prefix), PT_E_ABSENT);
    pt_slice rest = pt_slice_from(path, prefix.len);
    const pt_slice id = pt_slice_head(rest, PT_UUID_TEXT);
    rest = pt_slice_from(rest, id.len);
    PT_ENSURE(rest.len == 0U || pt_slice_eq(rest, PT_SLICE("/receipt")), PT_E_ABSENT);
    question->type = rest.len == 0U ? PT_MSG_STATUS_GET : PT_MSG_RECEIPT_GET;
    return pt_uuid_parse(id, &question->exchange);
}

void pt_resources_request(struct pt_lane *lane, struct pt_door_exchange *door)
{
    const struct pt_client *client =
        pt_policy_client(pt_snapshot_config(lane->snapshot), door->client);
    struct pt_link_question question = {0};
    if (client == NULL) {
        pt_lane_refuse(door, PT_ERR_DENIED);
        return;
    }
    if (!pt_ok(parse(door->request->path, &question))) {
        pt_lane_refuse(door, PT_ERR_PATH);
        return;
    }
    if (door->request->method != PT_HTTP_GET) {
        pt_lane_refuse(door, PT_ERR_METHOD);
        return;
    }
    question.client = client->id;
    const pt_link_done done = question.type == PT_MSG_STATUS_GET ? on_status : on_receipt;
    if (!pt_ok(pt_link_ask(&lane->link, &question, done, door))) {
        pt_lane_refuse(door, PT_ERR_LOG);
    }
}
