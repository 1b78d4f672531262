/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * supervisor.h -- the three processes of the daemon (ARCHITECTURE 3; docs/processes.md).
 *
 * supervisor: no network traffic, no key in use. gate: faces the network, no file, no log. scribe:
 * the log and its keys, no network. Each is started by exec of our own image with `--role`.
 * Layer 3 (gateway).
 */
#ifndef POTERNE_GATEWAY_SUPERVISOR_H
#define POTERNE_GATEWAY_SUPERVISOR_H

#include "poterne/base/status.h"

struct pt_supervisor_options {
    const char *config_path;
    const char *datasets; /* folder of the dataset descriptors */
};

/** Run until SIGTERM or SIGINT; returns the exit code (base/cli.h). */
int pt_supervisor_run(const struct pt_supervisor_options *options);
/** `poterned --check [--policy]`: report, and the effective policy on stdout when @policy. */
int pt_supervisor_check(const struct pt_supervisor_options *options, bool policy);

/** The children's mains; the control channel is descriptor 3. */
int pt_gate_main(void);
int pt_scribe_main(void);

#endif /* POTERNE_GATEWAY_SUPERVISOR_H */
