/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * connector.h -- what stands between the engine and one family of State APIs. Nothing here does
 * I/O.
 *
 * A connector is a pure translator: a call in, a request out; a complete bounded response in, an
 * answer out. The engine (gateway/exchange) owns sockets, time-outs, quotas and the clock. So a
 * connector is tested with two strings, and accept() is its fuzz target. It keeps nothing: no
 * state, no body, no token survives the call.
 * Compiled in, never dlopen()ed: what runs is what was reviewed. Layer 2 (connectors).
 */
#ifndef POTERNE_CONNECTORS_CONNECTOR_H
#define POTERNE_CONNECTORS_CONNECTOR_H

#include "poterne/base/buf.h"
#include "poterne/base/secret.h"
#include "poterne/outcome.h"
#include "poterne/schemas/walk.h"

#define PT_CONNECTOR_ABI 1U

/* What the engine asks. Everything is borrowed and already habilitated. */
struct pt_call {
    const struct pt_dataset *dataset;
    const struct pt_mask *mask;
    const struct pt_arg *args; /* of the dataset: checked, decoded */
    size_t nargs;
    pt_slice base_url;  /* "https://entreprise.api.gouv.fr" */
    pt_slice recipient; /* SIRET of the commune */
    pt_slice context;   /* of the habilitation */
    pt_slice object;
    const struct pt_secret *token;
    bool no_cache; /* the GRC sent Cache-Control: no-cache (state-apis 3.6) */
};

/* Owned by the engine, filled by prepare(). Both hold secrets or identifiers: wiped, never logged.
 */
struct pt_upstream_request {
    struct pt_buf url;     /* NUL-terminated */
    struct pt_buf headers; /* "Name: value" lines, each followed by a NUL */
};

/* Complete, bounded, untrusted. Header slices are empty when absent. */
struct pt_upstream_response {
    uint32_t status;
    pt_slice content_type;
    pt_slice retry_after;
    pt_slice rate_limit, rate_remaining, rate_reset;
    pt_slice request_id;
    pt_slice body;
};

/* Why the engine must write the error itself: the State said nothing usable. */
enum pt_fault {
    PT_FAULT_NONE = 0,
    PT_FAULT_UNREADABLE, /* not the content type or the envelope that the State documents */
    PT_FAULT_CONTRACT,   /* a well-formed answer that breaks its descriptor */
};

#define PT_STATE_CODE_MAX 8U /* "00429" and the shorter ones staging uses */

struct pt_answer {
    enum pt_outcome outcome;
    enum pt_fault fault; /* NONE: the body is what the GRC gets */
    uint32_t status;     /* HTTP status for the GRC */
    bool has_retry;
    uint32_t retry_in;                       /* seconds; only when has_retry (unknown is never 0) */
    char state_code[PT_STATE_CODE_MAX + 1U]; /* first code of the State's errors; "" none */
    bool has_rate;
    uint64_t rate_limit, rate_remaining, rate_reset; /* reset: epoch seconds */
    struct pt_walk_report report;                    /* of a delivered answer, or of the fault */
};

struct pt_connector_ops {
    uint32_t abi;     /* PT_CONNECTOR_ABI */
    const char *kind; /* "api-entreprise": the configuration's word, written in the audit log */
    const char *api;  /* which descriptors it serves: "entreprise" */

    /**
     * Write the request. By construction it cannot be written without its compulsory tracing
     * parameters (LEG-26). @return PT_E_SCHEMA one is missing or malformed, PT_E_LIMIT, PT_E_NOMEM
     */
    PT_RESULT (*prepare)(const struct pt_call *call, struct pt_upstream_request *request);
    /**
     * Judge the response; @body (cleared first) receives what the GRC is given. Any response gives
     * an answer; only the machine's own troubles are failures. @return PT_E_NOMEM
     */
    PT_RESULT(*accept)
    (const struct pt_call *call, const struct pt_upstream_response *response, struct pt_buf *body,
     struct pt_answer *ret_answer);
};

extern const struct pt_connector_ops pt_connector_api_entreprise;

/** By configured kind, or by api name; NULL when there is none. */
const struct pt_connector_ops *pt_connector_find(pt_slice kind);
const struct pt_connector_ops *pt_connector_for_api(pt_slice api);

#endif /* POTERNE_CONNECTORS_CONNECTOR_H */
