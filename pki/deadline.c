/* SPDX-License-Identifier: EUPL-1.2 */
/* deadline.c -- see deadline.h. Layer 1 (pki). */
#include "poterne/pki/deadline.h"

#define DAY_S 86400

static const struct {
    int64_t days; /* at most so many are left */
    const char *code;
} steps[] = {
    {7, "expiry-7"}, {30, "expiry-30"}, {90, "expiry-90"}, {92, "expiry-92"}, {183, "expiry-183"}};

static const int64_t first_notice[] = {[PT_DEADLINE_CREDENTIAL] = 90,
                                       [PT_DEADLINE_DECISION] = 183,
                                       [PT_DEADLINE_LIST] = 0,
                                       [PT_DEADLINE_HALF] = 0};

const char *pt_deadline_code(enum pt_deadline kind, int64_t at, int64_t now)
{
    if (now >= at) {
        return kind == PT_DEADLINE_HALF ? "crl.due" : "expiry-over";
    }
    for (size_t i = 0U; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (steps[i].days <= first_notice[kind] && at - now <= steps[i].days * DAY_S) {
            return steps[i].code;
        }
    }
    return NULL;
}
