/* SPDX-License-Identifier: EUPL-1.2 */
/* record_int.h -- the "procès-verbal de destruction" of a key. Private to pki/cli/. */
#ifndef PKI_CLI_RECORD_INT_H
#define PKI_CLI_RECORD_INT_H

#include "pki/cli/tool_int.h"

struct record {
    const char *path; /* of the key */
    const char *use;  /* French */
    const char *reason;
    uint64_t uid; /* who asked */
    struct pt_key_facts facts;
    bool has_certificate;
    int64_t not_after;
    uint8_t certificate_sha256[32];
    uint64_t bytes;        /* overwritten */
    const char *intention; /* file, once it is written */
};

/** Write down what is about to happen; says so and stops everything when it cannot. */
PT_RESULT record_intend(struct tool *tool, struct record *record);
/** The record, signed by the log's P-256 key when the caller may read it; the intention goes. */
PT_RESULT record_write(struct tool *tool, const struct record *record);

#endif /* PKI_CLI_RECORD_INT_H */
