/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * tool.h -- the program poterne-audit as a function. It knows no YAML: where the log of a
 * configuration lies comes through the environment, wired by the executable. Layer 1 (audit).
 *
 * `-c FILE` asks the running scribe over <log directory>/audit.sock (service.h), which traces the
 * reading before it answers. `--log DIR` reads a copy alone and says so on stderr. What is public
 * by construction is read from the directory in both cases: `checkpoint`; `verify` and `export`,
 * which the scribe is told of when it runs.
 */
#ifndef POTERNE_AUDIT_TOOL_H
#define POTERNE_AUDIT_TOOL_H

#include "poterne/base/buf.h"

/* Name of the scribe's unix socket in the log directory: SOCK_SEQPACKET, mode 0660. */
#define PT_AUDIT_SOCKET "audit.sock"

struct pt_audit_env {
    /**
     * The log directory that configuration @file names; its diagnostics, in French, go to @report.
     * The string lives until pt_audit_main() has returned.
     */
    PT_RESULT(*directory)
    (void *ctx, const char *file, struct pt_buf *report, const char **ret_directory);
    void *ctx;
};

/** @return an exit code of poterne/base/cli.h */
int pt_audit_main(int argc, char **argv, const struct pt_audit_env *env);

#endif /* POTERNE_AUDIT_TOOL_H */
