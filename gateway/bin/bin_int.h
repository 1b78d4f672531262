/* SPDX-License-Identifier: EUPL-1.2 */
/* What the executables share: where descriptors are, how a tool reads the configuration's paths. */
#ifndef POTERNE_GATEWAY_BIN_INT_H
#define POTERNE_GATEWAY_BIN_INT_H

#include "poterne/gateway/config.h"

/** <folder of the running executable>/../share/poterne/datasets, NUL-terminated. */
PT_RESULT pt_datasets_folder(char *out, size_t size);
/** The configuration of @file as far as tools need it; diagnostics are appended to @report. */
PT_RESULT pt_tool_config(const char *file, struct pt_buf *report, struct pt_config **ret_config);

#endif /* POTERNE_GATEWAY_BIN_INT_H */
