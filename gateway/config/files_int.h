/* SPDX-License-Identifier: EUPL-1.2 */
/* Reading the files that are named (files.c) and judging what they hold (trust.c). */
#ifndef POTERNE_CONFIG_FILES_INT_H
#define POTERNE_CONFIG_FILES_INT_H

#include "gateway/config/config_int.h"

/** Fills @bytes; what cannot be read is reported at @node and leaves it empty. @return PT_E_NOMEM
 */
PT_RESULT pt_files_read(struct pt_load *load, const struct pt_yaml *node, pt_slice path,
                        struct pt_buf *bytes);
PT_RESULT pt_files_read_secret(struct pt_load *load, const struct pt_yaml *node, pt_slice path,
                               struct pt_buf *bytes);

void pt_files_check_anchors(struct pt_load *load, const struct pt_yaml *node, pt_slice pem);
/** PEM lists of revoked certificates: readable, complete, alive no longer than @level allows; a
 *  warning when stale. @return PT_E_NOMEM */
PT_RESULT pt_files_check_lists(struct pt_load *load, const struct pt_yaml *node, pt_slice pem,
                               enum pt_rgs_level level);
/** Certificate, key and list of revoked clients: readable, matching, in force. */
PT_RESULT pt_files_check_tls(struct pt_load *load);
/** RGS-14 */
PT_RESULT pt_files_check_keys(struct pt_load *load);
/** LEG-27 */
PT_RESULT pt_files_check_tokens(struct pt_load *load);

#endif /* POTERNE_CONFIG_FILES_INT_H */
