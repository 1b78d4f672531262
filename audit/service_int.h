/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * service_int.h -- a question, taken apart. Private to audit/.
 */
#ifndef POTERNE_AUDIT_SERVICE_INT_H
#define POTERNE_AUDIT_SERVICE_INT_H

#include "poterne/audit/service.h"

struct pt_question {
    struct pt_filter filter; /* limit: PT_QUERY_ROWS_DEFAULT when not said */
    pt_slice class_;
    uint64_t seq;
    struct pt_uuid exchange;
    bool by_seq;
    bool by_exchange;
};

/** Slices point into @text. @return PT_E_SYNTAX */
PT_RESULT pt_question_parse(pt_slice text, struct pt_question *ret);

/** {"size":…,"sealed":…,"types":{…},"outcomes":{…}}: counts over the whole log, no box opened. */
PT_RESULT pt_archive_stats(struct pt_archive *archive, struct pt_buf *out);

#endif /* POTERNE_AUDIT_SERVICE_INT_H */
