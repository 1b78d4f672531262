/* SPDX-License-Identifier: EUPL-1.2 */
/* http1_reason.c -- the table of refusals of http1.h, by its columns. Layer: gateway. */
#include "poterne/gateway/http1.h"

struct reason_row {
    uint16_t status;
    const char *name;
    const char *clause;
};
static const struct reason_row reasons[PT_HTTP1_REASON_COUNT] = {
#define X(id, code, text, rfc) [id] = {.status = (code), .name = (text), .clause = (rfc)},
    PT_HTTP1_REASONS(X)
#undef X
};

uint16_t pt_http1_reason_status(enum pt_http1_reason reason)
{
    return reason < PT_HTTP1_REASON_COUNT ? reasons[reason].status : 0U;
}

const char *pt_http1_reason_name(enum pt_http1_reason reason)
{
    return reason < PT_HTTP1_REASON_COUNT ? reasons[reason].name : "unknown";
}

const char *pt_http1_reason_clause(enum pt_http1_reason reason)
{
    return reason < PT_HTTP1_REASON_COUNT ? reasons[reason].clause : "";
}
