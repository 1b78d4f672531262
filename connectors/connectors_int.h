/* SPDX-License-Identifier: EUPL-1.2 */
/* What the connectors share. Private to connectors/ and its tests. */
#ifndef POTERNE_CONNECTORS_INT_H
#define POTERNE_CONNECTORS_INT_H

#include "poterne/connectors/connector.h"

/** Percent-encode everything but RFC 3986 unreserved characters. */
void pt_url_put(struct pt_buf *url, pt_slice text);
/**
 * Expand the path template ("/v4/.../{siren}") with the arguments.
 * @return PT_E_SCHEMA a placeholder has no argument
 */
PT_RESULT pt_url_put_path(struct pt_buf *url, pt_slice path, const struct pt_arg *args, size_t n);
/** "?name=value" or "&name=value". */
void pt_url_put_query(struct pt_buf *url, bool *inout_first, pt_slice name, pt_slice value);

/**
 * The State's error envelope (state-apis 3.2): read strictly, rewritten with the members we know
 * and `meta.outcome`, so that nothing unexpected passes. Fills state_code and retry_in of the
 * answer.
 * @return PT_E_SYNTAX when it is not that envelope, PT_E_NOMEM
 */
PT_RESULT pt_state_errors(pt_slice json, struct pt_buf *body, struct pt_answer *answer);
/** application/json or application/vnd.api+json, with or without parameters (state-apis 0, 3). */
bool pt_state_is_json(pt_slice content_type);

#endif /* POTERNE_CONNECTORS_INT_H */
