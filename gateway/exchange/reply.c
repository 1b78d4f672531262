/* SPDX-License-Identifier: EUPL-1.2 */
/* What a GRC is answered: our headers around a body, or one of our own errors. */
#include "gateway/exchange/lane_int.h"

#include "poterne/base/num.h"

#include <stdio.h>

static size_t put_number(char *out, uint32_t number)
{
    char digits[PT_U64_DIGITS];
    const size_t n = pt_num_format(number, digits);
    memcpy(out, digits, n);
    return n;
}

void pt_lane_reply(struct pt_door_exchange *door, const struct pt_reply *reply)
{
    struct pt_http_header headers[7];
    char retry[PT_U64_DIGITS];
    char link[96];
    size_t n = 0U;
    const char *type = reply->content_type != NULL ? reply->content_type : "application/json";
    headers[n++] = (struct pt_http_header){PT_SLICE("Content-Type"), pt_slice_str(type)};
    headers[n++] = (struct pt_http_header){PT_SLICE("Cache-Control"), PT_SLICE("no-store")};
    if (reply->status == 405U) { /* RFC 9110 15.5.6: it says which ones are */
        headers[n++] = (struct pt_http_header){PT_SLICE("Allow"), PT_SLICE("GET")};
    }
    if (reply->outcome != PT_OUTCOME_NONE) {
        headers[n++] = (struct pt_http_header){PT_SLICE("Poterne-Outcome"),
                                               pt_slice_str(pt_outcome_name(reply->outcome))};
    }
    if (reply->retry_in != 0U) {
        headers[n++] = (struct pt_http_header){
            PT_SLICE("Retry-After"), pt_slice_of(retry, put_number(retry, reply->retry_in))};
    }
    if (reply->exchange != NULL) {
        const int len = snprintf(link, sizeof link, "</v1/exchanges/%s/receipt>; rel=\"receipt\"",
                                 reply->exchange);
        headers[n++] =
            (struct pt_http_header){PT_SLICE("Poterne-Exchange"), pt_slice_str(reply->exchange)};
        headers[n++] = (struct pt_http_header){PT_SLICE("Link"), pt_slice_of(link, (size_t)len)};
    }
    pt_door_reply(door, &(struct pt_door_reply){.status = reply->status,
                                                .headers = headers,
                                                .header_count = n,
                                                .body = reply->body});
}

void pt_lane_refuse(struct pt_door_exchange *door, enum pt_error error)
{
    struct pt_buf body;
    pt_buf_init(&body, PT_HTTP_LINE_MAX);
    const struct pt_error_detail detail = {.error = error};
    pt_error_body(&detail, &body);
    pt_lane_reply(door, &(struct pt_reply){.status = pt_error_info(error)->http,
                                           .outcome = pt_error_info(error)->outcome,
                                           .body = pt_buf_slice(&body)});
    pt_buf_done(&body);
}
